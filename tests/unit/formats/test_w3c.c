/* SPDX-License-Identifier: Apache-2.0
 *
 * test_w3c.c - IIS logs: two columns of time, blanks as +, headers that come again.
 */
#include "records.h"

#define HEADER                                                                            \
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"            \
    "#Date: 2025-10-10 00:00:01\n"                                                        \
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip " \
    "cs(User-Agent) cs(Referer) sc-status\n"
#define ROW                                                                             \
    "2025-10-10 13:55:36 10.0.0.5 POST /owa/auth.aspx a=1+2&b= 443 DOM\\bob 192.0.2.9 " \
    "Mozilla/5.0+(Windows+NT) http://ref.example.net/ 302\n"

static records *read_lines(const char *lines)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(lines)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    CHECK(records_won(r, "w3c"));
    return r;
}

TEST(iis)
{
    records *r = read_lines(HEADER ROW);
    CHECK_EQ(r->count, 1);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->time.us, records_us("2025-10-10T13:55:36Z"));
    CHECK_EQ(e->time.trust, HMI_TIME_EXACT);
    CHECK_EQ(e->status, 302);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.9");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "10.0.0.5");
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "POST /owa/auth.aspx?a=1+2&b=");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "DOM\\bob");
    records_free(r);
}

TEST(a_blank_in_an_agent_was_written_as_plus)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(HEADER ROW), &err));
    CHECK(collect_has(&got, HMI_USER_AGENT, HMI_ROLE_CLIENT, "Mozilla/5.0 (Windows NT)"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_REFERRER, "ref.example.net"));
    CHECK_TEXT(collect_fact_of(&got, "log-formats"), "w3c");
    collect_fini(&got);
}

TEST(the_header_may_change_in_the_middle)
{
    records *r =
        read_lines(HEADER ROW "#Date: 2025-10-11 07:00:00\n#Fields: time c-ip cs-uri-stem\n"
                              "07:00:01 192.0.2.10 /x\n"
                              "not a time 192.0.2.10 /x\n"
                              "07:00:02 192.0.2.11\n");
    CHECK_EQ(r->count, 3);
    CHECK_EQ(r->events[1].time.us, records_us("2025-10-11T07:00:01Z"));
    CHECK_TEXT(field_of(&r->events[1], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.10");
    CHECK_EQ(r->sums.skipped, 1);
    CHECK_EQ(r->sums.cut, 1);
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES(HEADER ROW));
}

RUN_TESTS()
