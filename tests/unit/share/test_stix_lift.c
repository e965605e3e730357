/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_lift.c - STIX 2.0 says the same in the words of 2.1, and what it became is valid.
 */
#include "check.h"
#include "share/stix_check.h"
#include "share/stix_lift.h"

#define WHEN "\"created\":\"2016-04-06T20:03:48.000Z\",\"modified\":\"2016-04-06T20:03:48.000Z\""
#define UUID "0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"

static hmi_arena arena;
static hm_err err;

/* Lifts and parses; NULL text when it is none of 2.0. */
static hm_text lift(const char *text)
{
    hmi_json *json;
    hmi_value root;
    hmi_buf out;
    hm_text lifted = { NULL, 0 };
    uint64_t count = 0;
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_json_parse(json, hmi_bytes(text, strlen(text)), 0, &root, &err));
    hmi_buf_init(&out, 0);
    CHECK_OK(hmi_stix_lift_document(root, &arena, &out, &count, &err));
    if (count > 0) {
        lifted = hmi_arena_text(&arena, hmi_buf_text(&out));
    }
    hmi_buf_fini(&out);
    hmi_json_free(json);
    return lifted;
}

static uint64_t errors(hm_text text)
{
    hmi_stix_checker *checker;
    hmi_stix_report report;
    CHECK_OK(hmi_stix_checker_new(&checker, &err));
    CHECK_OK(hmi_stix_check_document(checker, hmi_text_bytes(text), NULL, &report, &err));
    uint64_t count = report.errors;
    hmi_stix_checker_free(checker);
    return count;
}

TEST(every_changed_type_becomes_valid)
{
    static const struct {
        const char *old, *has;
    } CASES[] = {
        { "{\"type\":\"indicator\",\"id\":\"indicator--" UUID "\"," WHEN
          ",\"labels\":[\"malicious-activity\"],\"pattern\":\"[url:value = 'http://a.b/']\","
          "\"valid_from\":\"2016-04-06T20:03:48Z\"}",
          "\"indicator_types\":[\"malicious-activity\"]" },
        { "{\"type\":\"indicator\",\"id\":\"indicator--" UUID "\"," WHEN
          ",\"labels\":[\"malicious-activity\"],\"pattern\":\"[url:value = 'http://a.b/']\","
          "\"valid_from\":\"2016-04-06T20:03:48Z\"}",
          "\"pattern_type\":\"stix\"" },
        { "{\"type\":\"malware\",\"id\":\"malware--" UUID "\"," WHEN
          ",\"name\":\"x\",\"labels\":[\"worm\"]}",
          "\"is_family\":false" },
        { "{\"type\":\"tool\",\"spec_version\":\"2.0\",\"id\":\"tool--" UUID "\"," WHEN
          ",\"name\":\"x\",\"labels\":[\"remote-access\"]}",
          "\"tool_types\":[\"remote-access\"]" },
        { "{\"type\":\"report\",\"id\":\"report--" UUID "\"," WHEN
          ",\"name\":\"x\",\"labels\":[\"campaign\"],\"published\":\"2016-04-06T20:03:48Z\","
          "\"object_refs\":[\"tool--" UUID "\"]}",
          "\"report_types\"" },
        { "{\"type\":\"threat-actor\",\"id\":\"threat-actor--" UUID "\"," WHEN
          ",\"name\":\"x\",\"labels\":[\"hacker\"]}",
          "\"threat_actor_types\"" },
        { "{\"type\":\"observed-data\",\"id\":\"observed-data--" UUID "\"," WHEN
          ",\"first_observed\":\"2016-04-06T20:03:48Z\",\"last_observed\":\"2016-04-06T20:03:48Z\","
          "\"number_observed\":1,\"objects\":{\"0\":{\"type\":\"file\",\"name\":\"a\"},\"1\":{"
          "\"type\":\"process\",\"pid\":1,\"binary_ref\":\"0\"}}}",
          "\"image_ref\":\"0\"" },
        { "{\"type\":\"bundle\",\"spec_version\":\"2.0\",\"id\":\"bundle--" UUID "\",\"objects\":[{"
          "\"type\":\"identity\",\"id\":\"identity--" UUID "\"," WHEN
          ",\"name\":\"x\",\"identity_class\":\"individual\"}]}",
          "\"type\":\"identity\",\"spec_version\":\"2.1\"" },
    };
    hmi_arena_init(&arena, 8 << 20);
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hm_text lifted = lift(CASES[i].old);
        CHECK(lifted.ptr != NULL);
        CHECK(hmi_find(hmi_text_bytes(lifted), hmi_text_bytes(hmi_text_of(CASES[i].has))) !=
              HMI_NPOS);
        CHECK_EQ(errors(lifted), 0);
        /* And as it came it is valid in 2.1, too: it is judged by what it becomes. */
        CHECK_EQ(errors(hmi_text_of(CASES[i].old)), 0);
    }
    hmi_arena_fini(&arena);
}

TEST(what_is_of_21_stays)
{
    static const char *const STAY[] = {
        "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"tool--" UUID "\"," WHEN
        ",\"name\":\"x\"}",
        "{\"type\":\"grouping\",\"id\":\"grouping--" UUID "\"," WHEN
        ",\"context\":\"unspecified\"}",
        "{\"type\":\"domain-name\",\"id\":\"domain-name--" UUID "\",\"value\":\"a.b\"}",
        "{\"type\":\"tool\",\"spec_version\":7}",
        "[]",
        "7",
    };
    hmi_arena_init(&arena, 8 << 20);
    for (size_t i = 0; i < HMI_COUNT(STAY); i++) {
        CHECK(lift(STAY[i]).ptr == NULL);
    }
    /* A type that 2.0 did not have needs its version. */
    CHECK(errors(hmi_text_of(STAY[1])) > 0);
    hmi_arena_fini(&arena);
}

/* Lifting would give one member twice: the newer one is there already and stays. */
TEST(a_member_is_never_given_twice)
{
    hmi_arena_init(&arena, 8 << 20);
    hm_text lifted = lift("{\"type\":\"tool\",\"id\":\"tool--" UUID "\"," WHEN
                          ",\"name\":\"x\",\"labels\":[\"a\"],\"tool_types\":[\"b\"]}");
    hmi_json *json;
    hmi_value root;
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_json_parse(json, hmi_text_bytes(lifted), 0, &root, &err));
    CHECK_EQ(hmi_json_count(hmi_json_get(root, "labels")), 1);
    CHECK_EQ(hmi_json_count(hmi_json_get(root, "tool_types")), 1);
    hmi_json_free(json);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
