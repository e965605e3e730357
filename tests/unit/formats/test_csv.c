/* SPDX-License-Identifier: Apache-2.0
 *
 * test_csv.c - tables with a header: separators, quotes, cut rows, tables that are no logs.
 */
#include "records.h"

static records *read_lines(const char *lines)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(lines)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    CHECK(records_won(r, "csv"));
    return r;
}

TEST(separators_and_quotes)
{
    static const char *const tables[] = {
        "Time,Source IP,User-Agent\n2025-10-10T13:55:36Z,192.0.2.1,\"a \"\"b\"\", c\"\n",
        "time;src_ip;useragent\n\"2025-10-10T13:55:36Z\";\"192.0.2.1\";\"a \"\"b\"\", c\"\n",
        "timestamp\tsrcip\tUserAgent\n1760104536\t192.0.2.1\ta \"b\", c\n",
    };
    for (size_t i = 0; i < HMI_COUNT(tables); i++) {
        records *r = read_lines(tables[i]);
        CHECK_EQ(r->count, 1);
        const hmi_event *e = &r->events[0];
        CHECK_EQ(e->time.us, records_us("2025-10-10T13:55:36Z"));
        CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
        CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "a \"b\", c");
        records_free(r);
    }
}

TEST(cut_rows_and_rows_that_are_none)
{
    records *r = read_lines("time,src_ip,user\n2025-10-10T13:55:36Z,192.0.2.1\nnonsense\n"
                            "2025-10-10T13:55:37Z,192.0.2.2,bob,more\n");
    CHECK_EQ(r->count, 2);
    CHECK(r->events[0].cut);
    CHECK_EQ(r->sums.skipped, 1);
    CHECK_TEXT(field_of(&r->events[1], HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    records_free(r);
}

TEST(a_table_without_times_is_no_log)
{
    records *r = records_of(HM_BYTES("src_ip,user,comment\n192.0.2.1,bob,x\n"), HMI_TIME_NONE);
    CHECK_EQ(r->count, 0);
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("time,src_ip,message\n2025-10-10T13:55:36Z,\"::1\",\"a \"\"b\"\"\"\n"));
}

RUN_TESTS()
