/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ole.c - compound files of our own making: macros, properties, packages, messages; damaged.
 */
#include "collect.h"
#include "formats/document/ole/ole.h"
#include "ole_build.h"
#include "sweep.h"

static void read_with(collector *got, hm_bytes file)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
}

static hm_bytes document(ole_build *b)
{
    static uint8_t dir[256], module[512], summary[512], native[256];
    size_t word = ole_add(b, 0, "WordDocument", 2, HM_BYTES("see http://c2.example.net/doc "));
    (void)word;
    ole_add(b, 0, "\005SummaryInformation", 2, ole_summary(summary, "Kim", "Park \xb0\xa1"));
    size_t macros = ole_add(b, 0, "Macros", 1, HM_BYTES(""));
    size_t vba = ole_add(b, macros, "VBA", 1, HM_BYTES(""));
    ole_add(b, vba, "dir", 2, ole_vba_dir(dir, "NewMacros", 7));
    ole_add(b, vba, "NewMacros", 2,
            ole_vba_module(module, "skipped",
                           "Attribute VB_Name = \"NewMacros\"\r\nSub AutoOpen()\r\n"
                           "  Shell \"cmd /c echo hello\"\r\nEnd Sub\r\n"));
    ole_add(b, macros, "PROJECT", 2,
            HM_BYTES("ID=\"{11111111-2222-3333-4444-555555555555}\"\r\nDocument=ThisDocument\r\n"));
    size_t pool = ole_add(b, 0, "ObjectPool", 1, HM_BYTES(""));
    ole_add(b, pool, "\001Ole10Native", 2, ole_native(native, "invoice.js", "var a = 1;"));
    return ole_finish(b);
}

TEST(macros_properties_and_packages)
{
    static ole_build b;
    collector got;
    ole_begin(&b);
    read_with(&got, document(&b));
    CHECK_TEXT(collect_fact_of(&got, "format"), "ole");
    CHECK_TEXT(collect_fact_of(&got, "document"), "word");
    CHECK_TEXT(collect_fact_of(&got, "author"), "Kim");
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "author=Kim"));
    /* bytes of a foreign code page stay what they are, and apart */
    CHECK(
        collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "modified-by=Park \\xb0\\xa1"));
    CHECK(
        collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT, "created=2014-11-24T00:00:00Z"));
    CHECK(collect_has(&got, HMI_DOCUMENT_PROPERTY, HMI_ROLE_CONTENT,
                      "vba-project-id=11111111-2222-3333-4444-555555555555"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/doc"));
    CHECK_EQ(got.member_count, 2);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("VBA/NewMacros.vba")));
    CHECK(hmi_starts_with(got.members[0].content, HM_BYTES("Attribute VB_Name")));
    CHECK(hmi_ends_with(got.members[0].content, HM_BYTES("End Sub\r\n")));
    CHECK(hmi_bytes_eq(got.members[1].name, HM_BYTES("invoice.js")));
    CHECK(hmi_bytes_eq(got.members[1].content, HM_BYTES("var a = 1;")));
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
}

TEST(source_is_found_without_its_directory)
{
    static ole_build b;
    static uint8_t module[512];
    collector got;
    ole_begin(&b);
    size_t vba = ole_add(&b, 0, "VBA", 1, HM_BYTES(""));
    ole_add(&b, vba, "ThisDocument", 2,
            ole_vba_module(module, "cache", "Attribute VB_Name = \"ThisDocument\"\r\n"));
    read_with(&got, ole_finish(&b));
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_starts_with(got.members[0].content, HM_BYTES("Attribute VB_Name")));
    collect_fini(&got);
}

TEST(copies_of_any_distance_are_unpacked)
{
    /* MS-OVBA 3.2.2: "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa" */
    static const uint8_t packed[] = { 0x01, 0x2f, 0xb0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62,
                                      0x63, 0x64, 0x65, 0x82, 0x66, 0x00, 0x70, 0x61, 0x67,
                                      0x68, 0x69, 0x6a, 0x01, 0x38, 0x08, 0x61, 0x6b, 0x6c,
                                      0x00, 0x30, 0x6d, 0x6e, 0x6f, 0x70, 0x06, 0x71, 0x02,
                                      0x70, 0x04, 0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10,
                                      0x77, 0x78, 0x79, 0x7a, 0x00, 0x3c };
    hm_bytes text;
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_vba_unpack(&arena, hmi_bytes(packed, sizeof(packed)), 1 << 16, &text, &err));
    CHECK(hmi_bytes_eq(text, HM_BYTES("#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa")));
    hmi_arena_fini(&arena);
}

TEST(an_outlook_message)
{
    static ole_build b;
    collector got;
    ole_begin(&b);
    ole_add(&b, 0, "__properties_version1.0", 2, HM_BYTES("0123456789abcdef"));
    ole_add(&b, 0, "__substg1.0_0C1F001F", 2, HM_BYTES("b\0o\0s\0s\0@\0x\0.\0n\0e\0t\0"));
    ole_add(&b, 0, "__substg1.0_1000001E", 2, HM_BYTES("go to http://c2.example.net/msg"));
    ole_add(&b, 0, "__substg1.0_007D001E", 2, HM_BYTES("From: boss@x.net\r\n\r\n"));
    size_t folder = ole_add(&b, 0, "__attach_version1.0_#00000000", 1, HM_BYTES(""));
    ole_add(&b, folder, "__substg1.0_37010102", 2, HM_BYTES("attached bytes"));
    ole_add(&b, folder, "__substg1.0_3707001E", 2, HM_BYTES("plan.doc"));
    read_with(&got, ole_finish(&b));
    CHECK_TEXT(collect_fact_of(&got, "document"), "outlook-message");
    CHECK(collect_has(&got, HMI_MAIL, HMI_ROLE_SENDER, "boss@x.net"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/msg"));
    CHECK_EQ(got.member_count, 2);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("headers.eml")));
    CHECK(hmi_bytes_eq(got.members[1].name, HM_BYTES("plan.doc")));
    collect_fini(&got);
}

TEST(chains_that_turn_in_circles)
{
    static ole_build b;
    collector got;
    ole_begin(&b);
    hm_bytes file = document(&b);
    /* every sector's next is the first: directory, streams and tables all run in circles */
    for (size_t i = 0; i < 128; i++) {
        memset(b.out + 512 + i * 4, 0, 4);
    }
    hm_err err = { 0 };
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    int code = hmi_reader_ole.read(&reading, file, &err);
    CHECK(code == HM_OK || code == HM_E_TRUNCATED);
    collect_fini(&got);
}

TEST(cut_anywhere_flipped_anywhere)
{
    static ole_build b;
    ole_begin(&b);
    hm_bytes file = document(&b);
    sweep(&hmi_reader_ole, file, 1536);
    sweep_bits(&hmi_reader_ole, file, 1024, file.len);
}

RUN_TESTS()
