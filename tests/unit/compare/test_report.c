/* SPDX-License-Identifier: Apache-2.0
 *
 * test_report.c - lines in, dated reports out; what cannot be scored is left out and counted.
 */
#include "check.h"

#include "base/error.h"
#include "compare/actor/report.h"

static const char GOOD[] =
    "{\"id\":\"b\",\"actor\":\"x\",\"date\":\"2020-03-01\",\"urls\":[\"u1\"],"
    "\"obs\":{\"domain\":[\"a.example.com\"],\"colour\":[\"red\"]}}\n"
    "{\"id\":\"a\",\"actor\":\"y\",\"date\":\"2020-03-01\",\"urls\":[],\"obs\":{\"ip\":[\"1.2.3."
    "4\"]}}\n"
    "\n"
    "{\"id\":\"c\",\"actor\":\"x\",\"date\":null,\"urls\":[],\"obs\":{}}\n"
    "{\"id\":\"d\",\"actor\":\"x\",\"date\":\"2019-01-01\",\"urls\":[\"u2\"],\"obs\":{}}\n"
    "{\"id\":\"e\",\"actor\":\"y\",\"date\":\"2019-02-01\",\"urls\":[\"u2\"],\"obs\":{}}\n"
    "{\"id\":\"f\",\"actor\":\"y\",\"date\":\"2019-02-30\"}\n"
    "not json\n";

TEST(reports_are_dated_sorted_and_the_rest_is_counted)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_reports reports;
    hmi_arena_init(&arena, 16 << 20);
    CHECK_OK(hmi_reports_read(&reports, &arena, HM_BYTES(GOOD), false, &err));
    CHECK_EQ(reports.count, 2);
    CHECK_EQ(reports.undated, 1);
    CHECK_EQ(reports.disputed, 2);
    CHECK_EQ(reports.malformed, 2);
    CHECK_EQ(reports.first_bad_line, 7);
    CHECK_TEXT(reports.reports[0].id, "a"); /* same day: by id */
    CHECK_TEXT(reports.reports[1].id, "b");
    CHECK_EQ(reports.actor_count, 2);
    CHECK_TEXT(reports.actors[reports.actor_of[0]], "y");
    CHECK_EQ(reports.reports[1].observed_count, 1); /* a kind nobody knows is left out */
    CHECK(reports.reports[1].derived_count > 4);
    CHECK(hmi_lexicon_find(&reports.lexicon, HMI_KIND_REGDOM, HM_TEXT("example.com")) >= 0);
    CHECK_EQ(hmi_lexicon_find(&reports.lexicon, HMI_KIND_REGDOM, HM_TEXT("example.org")), -1);
    hmi_arena_fini(&arena);
}

TEST(every_prefix_and_every_flipped_bit_is_survived)
{
    static char copy[sizeof(GOOD)];
    for (size_t i = 0; i < (sizeof(GOOD) - 1) * 9; i++) {
        hm_err err = { 0 };
        hmi_arena arena;
        hmi_reports reports;
        size_t len = sizeof(GOOD) - 1;
        memcpy(copy, GOOD, sizeof(GOOD));
        if (i < len) {
            len = i;
        } else {
            copy[(i - len) / 8] = (char)(copy[(i - len) / 8] ^ 1 << (i - len) % 8);
        }
        hmi_arena_init(&arena, 16 << 20);
        CHECK_OK(hmi_reports_read(&reports, &arena, hmi_bytes(copy, len), false, &err));
        CHECK(reports.count <= 6);
        hmi_arena_fini(&arena);
    }
}

TEST(without_memory_it_says_so)
{
    for (size_t ceiling = 64; ceiling < (1 << 20); ceiling *= 2) {
        hm_err err = { 0 };
        hmi_arena arena;
        hmi_reports reports;
        hmi_arena_init(&arena, ceiling);
        int code = hmi_reports_read(&reports, &arena, HM_BYTES(GOOD), false, &err);
        CHECK(code == HM_OK || code == HM_E_LIMIT);
        hmi_arena_fini(&arena);
    }
}

TEST(days_and_months)
{
    int32_t day = 7;
    CHECK(hmi_day_parse(HM_TEXT("1970-01-01"), &day));
    CHECK_EQ(day, 0);
    CHECK(hmi_day_parse(HM_TEXT("2014-11-24"), &day));
    CHECK_EQ(day, 16398);
    for (int32_t d = -800000; d < 800000; d += 17) {
        int year = 0, month = 0;
        hmi_day_month(d, &year, &month);
        const int32_t first = hmi_day_of(year, month, 1);
        CHECK(first <= d && d - first < 31);
    }
    CHECK(!hmi_day_parse(HM_TEXT("2014-13-01"), &day));
    CHECK(!hmi_day_parse(HM_TEXT("2014-1-01"), &day));
    CHECK(!hmi_day_parse(HM_TEXT("2014-11-2x"), &day));
    CHECK_EQ(day, 16398);
}

RUN_TESTS()
