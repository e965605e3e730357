/* SPDX-License-Identifier: Apache-2.0
 *
 * test_zeek.c - Zeek's tab-separated logs by their header, escapes, rotation, damage.
 */
#include "records.h"

#define HTTP_HEADER                                                                               \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n"  \
    "#open\t2025-10-10-00-00-00\n"                                                                \
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tmethod\thost\turi\tuser_agent" \
    "\tstatus_code\ttags\n"                                                                       \
    "#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\tcount\t"       \
    "set[enum]\n"
#define HTTP_ROW                                                                                  \
    "1591367999.305988\tCM\t192.0.2.1\t4711\t198.51.100.7\t80\tGET\tevil.example.net\t/a/b?c=1\t" \
    "agent\\x09with tab\t200\t(empty)\n"

static records *read_lines(const char *lines)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(lines)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    CHECK(records_won(r, "zeek"));
    return r;
}

TEST(http)
{
    records *r = read_lines(HTTP_HEADER HTTP_ROW "#close\t2025-10-10-01-00-00\n");
    CHECK_EQ(r->count, 1);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_REQUEST);
    CHECK_EQ(e->time.us, INT64_C(1591367999305988));
    CHECK_EQ(e->status, 200);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://evil.example.net/a/b?c=1");
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /a/b?c=1");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "agent\\x09with tab");
    CHECK(!e->cut);
    records_free(r);
}

TEST(dns_answers_are_a_set)
{
    records *r = read_lines("#separator \\x09\n#path\tdns\n"
                            "#fields\tts\tid.orig_h\tquery\tanswers\n"
                            "1.0\t192.0.2.1\tx\t-\n"
                            "1591367999.3\t192.0.2.1\tevil.example.net\t198.51.100.1,"
                            "cdn.example.org,TXT 8 v=spf1 -all\n");
    /* 1.0 is a time before any log: too small to be one, so no row */
    CHECK_EQ(r->count, 1);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_QUERY);
    CHECK_EQ(e->time.us, INT64_C(1591367999300000));
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_QUERY, 0), "evil.example.net");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.1");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_SERVER, 0), "cdn.example.org");
    CHECK_EQ(field_of(e, HMI_DOMAIN, HMI_ROLE_SERVER, 1).len, 0);
    records_free(r);
}

TEST(other_separators_and_unset_words)
{
    records *r =
        read_lines("#separator |\n#unset_field|NIL\n#path|conn\n#fields|ts|id.orig_h|id.resp_h\n"
                   "1591367999.3|192.0.2.1|NIL\n");
    CHECK_EQ(r->count, 1);
    CHECK_EQ(r->events[0].field_count, 1);
    records_free(r);
}

TEST(a_second_header_changes_the_columns)
{
    records *r = read_lines(HTTP_HEADER HTTP_ROW
                            "#separator \\x09\n#path\tssl\n#fields\tts\tserver_name\tja3\n"
                            "1591368000.0\tc2.example.net\te7d705a3286e19ea42f587b344ee6865\n");
    CHECK_EQ(r->count, 2);
    CHECK_TEXT(field_of(&r->events[1], HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    CHECK_TEXT(field_of(&r->events[1], HMI_JA3, HMI_ROLE_CLIENT, 0),
               "e7d705a3286e19ea42f587b344ee6865");
    records_free(r);
}

TEST(missing_columns_cut_a_row_and_more_are_ignored)
{
    records *r = read_lines("#separator \\x09\n#fields\tts\tid.orig_h\tid.resp_h\tuser_agent\n"
                            "1591368000.0\t192.0.2.1\n"
                            "1591368001.0\t192.0.2.1\t192.0.2.2\tUA\tmore\teven more\n"
                            "garbage\n"
                            "1591368002.0\t192.0.2.3\t192.0.2.2\tUA\n");
    CHECK_EQ(r->count, 3);
    CHECK_EQ(r->sums.cut, 1);
    CHECK_EQ(r->sums.skipped, 1);
    CHECK(r->events[0].cut);
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(&r->events[2], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.3");
    records_free(r);
}

TEST(traits)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(HTTP_HEADER HTTP_ROW HTTP_ROW), &err));
    CHECK_TEXT(collect_fact_of(&got, "log-formats"), "zeek");
    const hmi_trait *host = collect_find(&got, HMI_DOMAIN, HMI_ROLE_QUERY, "evil.example.net");
    assert_non_null(host);
    CHECK_EQ(host->count, 2);
    CHECK_EQ(host->first_us, INT64_C(1591367999305988));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_QUERY, "http://evil.example.net/a/b?c=1"));
    collect_fini(&got);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES(HTTP_HEADER HTTP_ROW));
}

RUN_TESTS()
