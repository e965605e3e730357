/* SPDX-License-Identifier: Apache-2.0
 *
 * test_incident_json.c - evidence as JSON: words, members that are left out, names that are no
 * text.
 */
#include "check.h"
#include "tell/incident_json.h"

static hmi_buf buf;
static hmi_json_writer writer;

static hmi_json_writer *begin(void)
{
    hmi_buf_init(&buf, 4096);
    hmi_json_begin(&writer, &buf, false);
    hmi_json_open_object(&writer);
    return &writer;
}

static void ends_as(const char *expected)
{
    hmi_json_close_object(&writer);
    CHECK(hmi_text_is(hmi_buf_text(&buf), expected));
    hmi_buf_fini(&buf);
}

TEST(a_name_that_is_no_text_is_repaired_and_no_reason_is_left_out)
{
    hmi_evidence e = { .name = HM_BYTES("a\"\xff"),
                       .size = 7,
                       .format = HM_TEXT("elf"),
                       .trait_count = 3,
                       .kept = true };
    memset(e.sha256.bytes, 0xab, sizeof(e.sha256.bytes));
    hmi_evidence_json_members(begin(), &e, "read");
    ends_as("{\"name\":\"a\\\"\xef\xbf\xbd\",\"sha256\":"
            "\"abababababababababababababababababababababababababababababababab\",\"size\":7,"
            "\"format\":\"elf\",\"verdict\":\"read\",\"added\":\"1970-01-01T00:00:00Z\","
            "\"traits\":3,\"kept\":true}");
    e.reason = HM_TEXT("cut");
    hmi_evidence_json_members(begin(), &e, "partial");
    hm_text told = hmi_buf_text(&buf);
    static const char REASON[] = "\"verdict\":\"partial\",\"reason\":\"cut\"";
    CHECK(memmem(told.ptr, told.len, REASON, sizeof(REASON) - 1) != NULL);
    hmi_buf_fini(&buf);
}

TEST(notes_have_the_words_of_a_log_whatever_a_casebook_says)
{
    const hmi_evidence_note notes[] = {
        { HMI_NOTE_INFO, HM_E_CONFLICT, HM_OFFSET_NONE, HM_TEXT("a") },
        { HMI_NOTE_ODD, HM_E_CONFLICT, 0, HM_TEXT("b") },
        { HMI_NOTE_DAMAGE, HM_E_CONFLICT, 9, HM_TEXT("c") },
        { (hmi_severity)77, HM_E_CONFLICT, HM_OFFSET_NONE, HM_TEXT("d") },
    };
    hmi_evidence_notes_json(begin(), notes, HMI_COUNT(notes));
    ends_as("{\"notes\":[{\"severity\":\"info\",\"code\":\"conflict\",\"text\":\"a\"},"
            "{\"severity\":\"warning\",\"code\":\"conflict\",\"offset\":0,\"text\":\"b\"},"
            "{\"severity\":\"error\",\"code\":\"conflict\",\"offset\":9,\"text\":\"c\"},"
            "{\"severity\":\"error\",\"code\":\"conflict\",\"text\":\"d\"}]}");
}

TEST(facts_are_pairs_and_none_is_an_empty_list)
{
    const hmi_evidence_fact fact = { HM_TEXT("size"), HM_TEXT("7") };
    hmi_evidence_facts_json(begin(), &fact, 1);
    ends_as("{\"facts\":[{\"name\":\"size\",\"value\":\"7\"}]}");
    hmi_evidence_facts_json(begin(), NULL, 0);
    ends_as("{\"facts\":[]}");
}

RUN_TESTS()
