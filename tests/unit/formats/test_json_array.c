/* SPDX-License-Identifier: Apache-2.0
 *
 * test_json_array.c - CloudTrail on one line, exports over many, elements that JSON refuses.
 */
#include "records.h"

#define TRAIL(name, address)                                                                      \
    "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"IAMUser\",\"arn\":"                  \
    "\"arn:aws:iam::1:user/eve\",\"accessKeyId\":\"AKIAEXAMPLE\",\"userName\":\"eve\"},"          \
    "\"eventTime\":\"2025-10-10T12:00:00Z\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":" \
    "\"" name "\",\"sourceIPAddress\":\"" address "\",\"userAgent\":\"aws-cli/2.1\"}"

static records *read_text(const char *text)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(text)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    return r;
}

TEST(cloudtrail_on_one_line)
{
    records *r = read_text("{\"Records\":[" TRAIL("CreateAccessKey", "198.51.100.7") "," TRAIL(
        "ConsoleLogin", "198.51.100.8") "]}");
    CHECK_EQ(r->count, 2);
    CHECK_EQ(r->sums.skipped, 0);
    CHECK(records_won(r, "json-array"));
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->time.us, records_us("2025-10-10T12:00:00Z"));
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "198.51.100.7");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "aws-cli/2.1");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "arn:aws:iam::1:user/eve");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 1), "AKIAEXAMPLE");
    CHECK_EQ(r->events[1].kind, HMI_EVENT_LOGIN);
    records_free(r);
}

TEST(cloudtrail_is_claimed)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(
        &got, HM_BYTES("{\"Records\":[" TRAIL("CreateAccessKey", "198.51.100.7") "]}\n"), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "log");
    CHECK_TEXT(collect_fact_of(&got, "log-formats"), "json-array");
    CHECK(collect_has(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "198.51.100.7"));
    collect_fini(&got);
}

TEST(an_array_over_many_lines)
{
    records *r =
        read_text("[\n  {\n    \"src_ip\": \"198.51.100.7\",\n    \"note\": \"a } in text\"\n"
                  "  },\n  {\"src_ip\": \"198.51.100.8\"}\n]\n");
    CHECK_EQ(r->count, 2);
    CHECK_EQ(r->sums.skipped, 0);
    CHECK_TEXT(field_of(&r->events[1], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "198.51.100.8");
    records_free(r);
}

TEST(a_refused_element_is_cut_and_the_next_one_read)
{
    records *r = read_text("[{\"src_ip\":tru},{\"src_ip\":\"198.51.100.8\"}]\n"
                           "{\"src_ip\":\"198.51.100.9\"}\n");
    CHECK_EQ(r->count, 3);
    CHECK_EQ(r->sums.cut, 1);
    CHECK(r->events[0].cut);
    CHECK_TEXT(field_of(&r->events[2], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "198.51.100.9");
    records_free(r);
}

TEST(passive_dns)
{
    records *r = read_text("{\"rrname\":\"c2.example.net\",\"rrtype\":\"A\",\"rdata\":"
                           "[\"198.51.100.7\"],\"time_first\":1591367999,\"time_last\":1591368999,"
                           "\"count\":7}\n");
    CHECK_EQ(r->count, 1);
    CHECK_TEXT(field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    CHECK_EQ(r->events[0].time.us, INT64_C(1591367999000000));
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(
        HM_BYTES("{\"Records\":[{\"eventVersion\":\"1\",\"eventSource\":\"i\",\"eventName\":"
                 "\"n\",\"sourceIPAddress\":\"198.51.100.7\"},{\"a\":1}]}\n[{\"ip\":2}]"));
}

RUN_TESTS()
