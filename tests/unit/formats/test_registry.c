/* SPDX-License-Identifier: Apache-2.0
 *
 * test_registry.c - who claims a file reads it; several may; refusals and strangers are said.
 */
#include "base/error.h"
#include "check.h"
#include "collect.h"
#include "formats/generic.h"
#include "formats/reader.h"

static int detect_a(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_find_byte(file, 'A') != HMI_NPOS ? 90 : 0;
}

static int detect_b(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_find_byte(file, 'B') != HMI_NPOS ? 95 : 0;
}

static int detect_unsure(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_find_byte(file, '?') != HMI_NPOS ? 20 : 0;
}

static int read_fine(hmi_reading *reading, __attribute__((unused)) hm_bytes file, hm_err *err)
{
    return hmi_emit_fact(reading, "read-by", HM_TEXT("fine"), err);
}

static int read_refused(__attribute__((unused)) hmi_reading *reading,
                        __attribute__((unused)) hm_bytes file, hm_err *err)
{
    return hmi_fail(err, HM_E_MALFORMED, 3, "no sense in it");
}

static int read_stopped(__attribute__((unused)) hmi_reading *reading,
                        __attribute__((unused)) hm_bytes file, hm_err *err)
{
    return hmi_fail(err, HM_E_LIMIT, 3, "memory limit");
}

static const hmi_reader reader_a = { "a", "", 3, detect_a, read_fine };
static const hmi_reader reader_b = { "b", "", 7, detect_b, read_refused };
static const hmi_reader reader_unsure = { "unsure", "", 1, detect_unsure, read_refused };
static const hmi_reader reader_maybe = { "maybe", "", 2, detect_unsure, read_fine };
static const hmi_reader reader_stopped = { "stopped", "", 1, detect_a, read_stopped };
static const hmi_reader *const all[] = { &reader_a, &reader_b, &reader_unsure, &reader_maybe,
                                         NULL };
static const hmi_reader *const stops[] = { &reader_stopped, NULL };

static int read_with(collector *got, const hmi_reader *const *readers, hm_bytes file, hm_err *err)
{
    collect_init(got, 1 << 20);
    hmi_reading reading = collect_reading(got);
    reading.name = HM_BYTES("evil/..\\na\xffme.log");
    return hmi_formats_read_with(readers, &reading, file, err);
}

TEST(one_claim_one_format)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(read_with(&got, all, HM_BYTES("xxA"), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "a");
    CHECK_TEXT(collect_fact_of(&got, "reader-version"), "a:3+generic:1");
    CHECK_TEXT(collect_fact_of(&got, "read-by"), "fine");
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
}

TEST(a_polyglot_is_read_in_each_of_its_meanings)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(read_with(&got, all, HM_BYTES("ABx"), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "b+a");
    CHECK_TEXT(collect_fact_of(&got, "reader-version"), "b:7+a:3+generic:1");
    CHECK_TEXT(collect_fact_of(&got, "read-by"), "fine");
    CHECK(collect_note_of(&got, HMI_NOTE_ODD, "2 formats") != NULL);
    const hmi_note *refused = collect_note_of(&got, HMI_NOTE_DAMAGE, "looks like b, but: no sense");
    assert_non_null(refused);
    CHECK_EQ(refused->offset, 3);
    CHECK_EQ(refused->code, HM_E_MALFORMED);
    collect_fini(&got);
}

TEST(an_unsure_reader_is_tried_only_when_nobody_claims)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(read_with(&got, all, HM_BYTES("?"), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "maybe");
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
    CHECK_OK(read_with(&got, all, HM_BYTES("A?"), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "a");
    collect_fini(&got);
}

TEST(unknown_bytes_are_data_with_an_identity)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(read_with(&got, all, HM_BYTES("abc"), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "data");
    CHECK_TEXT(collect_fact_of(&got, "reader-version"), "generic:1");
    CHECK_TEXT(collect_fact_of(&got, "size"), "3");
    CHECK_TEXT(collect_fact_of(&got, "entropy"), "1.585");
    CHECK(collect_has(&got, HMI_SHA256, HMI_ROLE_SELF,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(collect_has(&got, HMI_SHA1, HMI_ROLE_SELF, "a9993e364706816aba3e25717850c26c9cd0d89d"));
    CHECK(collect_has(&got, HMI_MD5, HMI_ROLE_SELF, "900150983cd24fb0d6963f7d28e17f72"));
    CHECK(collect_has(&got, HMI_FILE_NAME, HMI_ROLE_SELF, "na\xef\xbf\xbdme.log"));
    collect_fini(&got);
}

TEST(who_is_stopped_has_said_the_identity)
{
    collector got;
    hm_err err = { 0 };
    CHECK_EQ(read_with(&got, stops, HM_BYTES("A"), &err), HM_E_LIMIT);
    CHECK(got.trait_count >= 3);
    CHECK_TEXT(collect_fact_of(&got, "format"), "stopped");
    CHECK_CSTR(err.text, "stopped: memory limit");
    collect_fini(&got);
}

TEST(a_sink_that_stops_is_obeyed_at_every_step)
{
    for (size_t n = 1;; n++) {
        collector got;
        hm_err err = { 0 };
        collect_init(&got, 1 << 20);
        got.fail_after = n;
        hmi_reading reading = collect_reading(&got);
        int code = hmi_formats_read_with(all, &reading, HM_BYTES("AB"), &err);
        bool finished = got.fail_after > 0;
        collect_fini(&got);
        if (finished) {
            CHECK_EQ(code, HM_OK);
            break;
        }
        CHECK_EQ(code, HM_E_CANCELLED);
    }
}

TEST(entropy_is_exact_at_its_ends)
{
    uint8_t every[256];
    for (unsigned i = 0; i < 256; i++) {
        every[i] = (uint8_t)i;
    }
    CHECK_EQ(hmi_entropy_milli((hm_bytes){ NULL, 0 }), 0);
    CHECK_EQ(hmi_entropy_milli(HM_BYTES("aaaaaaa")), 0);
    CHECK_EQ(hmi_entropy_milli(HM_BYTES("abababab")), 1000);
    CHECK_EQ(hmi_entropy_milli((hm_bytes){ every, 256 }), 8000);
}

TEST(the_real_list_is_sound)
{
    for (size_t i = 0; hmi_readers[i] != NULL; i++) {
        CHECK(hmi_reader_find(hmi_text_of(hmi_readers[i]->name)) == hmi_readers[i]);
        CHECK(hmi_readers[i]->version > 0);
        CHECK_EQ(hmi_readers[i]->detect((hm_bytes){ NULL, 0 }, (hm_bytes){ NULL, 0 }), 0);
    }
    CHECK(hmi_reader_find(HM_TEXT("no such")) == NULL);
}

RUN_TESTS()
