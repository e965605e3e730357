/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rtf.c - objects in digits, fields, templates, makers; broken up as Word still reads it.
 */
#include "collect.h"
#include "formats/document/ole/ole.h"
#include "sweep.h"

static void read_with(collector *got, hm_bytes file)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
}

/* version, kind 2, "Equation.3", no topic, no item, 12 bytes */
#define OBJECT               \
    "0105000002000000"       \
    "0b000000"               \
    "4571756174696f6e2e3300" \
    "00000000"               \
    "00000000"               \
    "0c000000"               \
    "68656c6c6f206f626a656374"

static const char DOCUMENT[] =
    "{\\rtf1\\ansi{\\info{\\author Kim \\'b0}{\\operator Lee}{\\company ACME}"
    "{\\creatim\\yr2014\\mo11\\dy24\\hr8\\min1}}{\\*\\generator Tool 1.0;}"
    "{\\*\\rsidtbl \\rsid1\\rsidroot4711}{\\*\\template http://c2.example.net/t.dotm}"
    "{\\field{\\*\\fldinst {DDEAUTO c:\\\\x.exe \"/k echo\"}}{\\fldrslt x}}"
    "{\\object\\objemb\\objupdate{\\*\\objclass Equation.3}{\\*\\objdata " OBJECT "}}"
    " see http://c2.example.net/body }";

TEST(objects_fields_and_makers)
{
    collector got;
    read_with(&got, HM_BYTES(DOCUMENT));
    CHECK_TEXT(collect_fact_of(&got, "format"), "rtf");
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "author=Kim \\xb0"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "modified-by=Lee"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "application=Tool 1.0"));
    CHECK(
        collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "created=2014-11-24T08:01:00Z"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "rsid-root=00001267"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/t.dotm"));
    CHECK(collect_has(&got, HMI_TECHNIQUE, HMI_ROLE_CONTENT, "T1221"));
    CHECK(collect_has(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, "DDEAUTO c:\\x.exe \"/k echo\""));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/body"));
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "without being asked") != NULL);
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("hello object")));
    collect_fini(&got);
}

TEST(digits_broken_up_are_put_together)
{
    collector got;
    read_with(&got, HM_BYTES("{\\rt{\\object{\\*\\objdata 01050000 0200\r\n0000{\\*\\x}0b000000 "
                             "4571756174696f6e2e33\\foo 00 00000000 00000000 0c000000 "
                             "68656c6c6f206f62 {6a}6563\t74"));
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("hello object")));
    collect_fini(&got);
}

TEST(groups_deeper_than_any_document)
{
    collector got;
    hmi_buf file;
    hm_err err = { 0 };
    hmi_buf_init(&file, 0);
    hmi_buf_add_cstr(&file, "{\\rtf1");
    for (unsigned i = 0; i < 200000; i++) {
        hmi_buf_add_char(&file, '{');
    }
    hmi_buf_add_cstr(&file, "\\objdata 0102");
    for (unsigned i = 0; i < 300000; i++) {
        hmi_buf_add_char(&file, '}');
    }
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_reader_rtf.read(&reading, hmi_buf_bytes(&file), &err));
    CHECK_EQ(got.member_count, 0);
    collect_fini(&got);
    hmi_buf_fini(&file);
}

TEST(cut_anywhere_flipped_anywhere)
{
    sweep(&hmi_reader_rtf, HM_BYTES(DOCUMENT), sizeof(DOCUMENT) - 1);
}

RUN_TESTS()
