/* SPDX-License-Identifier: Apache-2.0
 * test_time.c - every form is read as a whole or not at all, and dates are real ones. */
#include "base/time.h"

#include "base/text.h"
#include "check.h"

static const int64_t SECOND = 1000000;

static hm_text shown(int64_t us)
{
    static hmi_buf buf;
    hmi_buf_clear(&buf);
    hmi_buf_add_time(&buf, us);
    return hmi_buf_text(&buf);
}

TEST(known_moments)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } CASES[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2014-11-24T08:00:00Z", 1416816000 },
        { "2000-02-29T23:59:59Z", 951868799 },
        { "1969-12-31T23:59:59Z", -1 },
        { "0001-01-01T00:00:00Z", -62135596800 },
        { "9999-12-31T23:59:59Z", 253402300799 },
        { "1900-03-01T00:00:00Z", -2203891200 },
        { "2038-01-19T03:14:08Z", 2147483648 },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hmi_instant instant;
        CHECK(hmi_time_parse_rfc3339(hmi_text_of(CASES[i].text), &instant));
        CHECK_EQ(instant.us, CASES[i].seconds * SECOND);
        CHECK_EQ(instant.trust, HMI_TIME_EXACT);
        CHECK_TEXT(shown(instant.us), CASES[i].text);
    }
}

TEST(every_day_of_the_calendar_there_and_back)
{
    int64_t expected = -62135596800 * SECOND;
    for (int32_t year = 1; year <= 9999; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (uint8_t month = 1; month <= 12; month++) {
            uint8_t days = month == 2 ? (leap ? 29 : 28)
                           : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                                   : 31;
            for (uint8_t day = 1; day <= days; day++) {
                hmi_civil in = { .year = year, .month = month, .day = day };
                int64_t us = 0;
                bool real = hmi_civil_to_us(&in, 0, &us);
                hmi_civil out = hmi_us_to_civil(us);
                if (!real || us != expected || out.year != year || out.month != month ||
                    out.day != day || out.hour != 0) {
                    CHECK_EQ(year * 10000 + month * 100 + day, -1);
                }
                expected += 86400 * SECOND;
            }
            hmi_civil none = { .year = year, .month = month, .day = (uint8_t)(days + 1) };
            int64_t untouched = 7;
            if (hmi_civil_to_us(&none, 0, &untouched) || untouched != 7) {
                CHECK_EQ(year * 100 + month, -1);
            }
        }
    }
}

TEST(fields_outside_their_range_are_refused)
{
    static const hmi_civil BAD[] = {
        { .year = 0, .month = 1, .day = 1 },
        { .year = 10000, .month = 1, .day = 1 },
        { .year = 2014, .month = 0, .day = 1 },
        { .year = 2014, .month = 13, .day = 1 },
        { .year = 2014, .month = 1, .day = 0 },
        { .year = 2014, .month = 1, .day = 1, .hour = 24 },
        { .year = 2014, .month = 1, .day = 1, .minute = 60 },
        { .year = 2014, .month = 1, .day = 1, .second = 61 },
        { .year = 2014, .month = 1, .day = 1, .us = 1000000 },
    };
    int64_t us;
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        CHECK(!hmi_civil_to_us(&BAD[i], 0, &us));
    }
    hmi_civil first = { .year = 1, .month = 1, .day = 1 };
    CHECK(!hmi_civil_to_us(&first, 1, &us));
    CHECK(hmi_civil_to_us(&first, -1, &us));
    CHECK(!hmi_civil_to_us(&first, -24 * 60, &us));
    hmi_civil extreme = hmi_us_to_civil(INT64_MIN + 1);
    CHECK_EQ(extreme.year, -290308);
}

TEST(leap_second_folds)
{
    hmi_instant instant;
    CHECK(hmi_time_parse_rfc3339(HM_TEXT("2016-12-31T23:59:60.5Z"), &instant));
    CHECK_TEXT(shown(instant.us), "2016-12-31T23:59:59.999999Z");
}

TEST(rfc3339_dresses)
{
    static const struct {
        const char *text;
        const char *utc;
        int16_t zone;
        uint8_t trust, digits;
    } CASES[] = {
        { "2014-11-24T08:00:00.5+09:00", "2014-11-23T23:00:00.500Z", 540, HMI_TIME_EXACT, 1 },
        { "2014-11-24t08:00:00z", "2014-11-24T08:00:00Z", 0, HMI_TIME_EXACT, 0 },
        { "2014-11-24 08:00:00.123456-0330", "2014-11-24T11:30:00.123456Z", -210, HMI_TIME_EXACT,
          6 },
        { "2014-11-24 08:00:00", "2014-11-24T08:00:00Z", 0, HMI_TIME_ZONE_ASSUMED, 0 },
        { "2014-11-24T08:00:00.1234567890123Z", "2014-11-24T08:00:00.123456Z", 0, HMI_TIME_EXACT,
          9 },
        { "2014-11-24T08:00:00-00:00", "2014-11-24T08:00:00Z", 0, HMI_TIME_EXACT, 0 },
        { "2014-11-24T08:00:00+23:59", "2014-11-23T08:01:00Z", 1439, HMI_TIME_EXACT, 0 },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hmi_instant instant;
        CHECK(hmi_time_parse_rfc3339(hmi_text_of(CASES[i].text), &instant));
        CHECK_TEXT(shown(instant.us), CASES[i].utc);
        CHECK_EQ(instant.zone_minutes, CASES[i].zone);
        CHECK_EQ(instant.trust, CASES[i].trust);
        CHECK_EQ(instant.digits, CASES[i].digits);
    }
}

TEST(what_is_no_rfc3339_is_refused)
{
    static const char *const BAD[] = {
        "",
        "2014-11-24",
        "2014-11-24T08:00",
        "2014-11-24T08:00:00.",
        "2014-11-24T08:00:00.Z",
        "2014-11-24T08:00:00+9",
        "2014-11-24T08:00:00+09",
        "2014-11-24T08:00:00+09:0",
        "2014-11-24T08:00:00+24:00",
        "2014-11-24T08:00:00+09:60",
        "2014-11-24T08:00:00+09000",
        "2014-11-24T08:00:000",
        "2014-11-24T08:00:00Zx",
        "2014-11-24T24:00:00Z",
        "2014-02-29T00:00:00Z",
        "2014-11-24T08:60:00Z",
        "2014-11-24T08:00:61Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2014/11/24 08:00:00",
        "2014-11-24_08:00:00",
        " 2014-11-24T08:00:00Z",
        "+014-11-24T08:00:00Z",
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hmi_instant instant = { .us = 7 };
        CHECK(!hmi_time_parse_rfc3339(hmi_text_of(BAD[i]), &instant));
        CHECK_EQ(instant.us, 7);
    }
}

TEST(every_prefix_of_every_form)
{
    hmi_instant instant = { .us = 7 };
    hm_text rfc3339 = HM_TEXT("2014-11-24T08:00:00.25+09:00");
    for (size_t len = 0; len < rfc3339.len; len++) {
        /* whole up to the second, or to a digit of the fraction: a moment without a zone */
        bool whole = len == 19 || len == 21 || len == 22;
        CHECK_EQ(hmi_time_parse_rfc3339(hmi_text_slice(rfc3339, 0, len), &instant), whole);
    }
    instant.us = 7;
    hm_text clf = HM_TEXT("24/Nov/2014:08:00:00 +0900");
    for (size_t len = 0; len < clf.len; len++) {
        CHECK(!hmi_time_parse_clf(hmi_text_slice(clf, 0, len), &instant));
    }
    hm_text rfc3164 = HM_TEXT("Nov 24 08:00:00");
    size_t used;
    for (size_t len = 0; len < rfc3164.len; len++) {
        CHECK(!hmi_time_parse_rfc3164(hmi_text_slice(rfc3164, 0, len), 0, &instant, &used));
    }
    CHECK_EQ(instant.us, 7);
}

TEST(a_prefix_says_how_much_it_took)
{
    hmi_instant instant;
    size_t used;
    CHECK(hmi_time_parse_rfc3339_prefix(HM_TEXT("2014-11-24 08:00:00 GET /"), &instant, &used));
    CHECK_EQ(used, 19);
    CHECK_EQ(instant.trust, HMI_TIME_ZONE_ASSUMED);
    CHECK(hmi_time_parse_rfc3339_prefix(HM_TEXT("2014-11-24T08:00:00.12Z host"), &instant, &used));
    CHECK_EQ(used, 23);
    CHECK(hmi_time_parse_rfc3339_prefix(HM_TEXT("2014-11-24T08:00:00. Then"), &instant, &used));
    CHECK_EQ(used, 19);
    CHECK(hmi_time_parse_rfc3339_prefix(HM_TEXT("2014-11-24T08:00:00-host"), &instant, &used));
    CHECK_EQ(used, 19);
    CHECK(!hmi_time_parse_rfc3339_prefix(HM_TEXT("2014-11-24T08:00:00+09 x"), &instant, &used));
}

TEST(clf)
{
    hmi_instant instant;
    CHECK(hmi_time_parse_clf(HM_TEXT("24/Nov/2014:08:00:00 +0900"), &instant));
    CHECK_TEXT(shown(instant.us), "2014-11-23T23:00:00Z");
    CHECK_EQ(instant.zone_minutes, 540);
    CHECK(!hmi_time_parse_clf(HM_TEXT("24/Xyz/2014:08:00:00 +0900"), &instant));
    CHECK(!hmi_time_parse_clf(HM_TEXT("31/Nov/2014:08:00:00 +0900"), &instant));
    CHECK(!hmi_time_parse_clf(HM_TEXT("24/Nov/2014:08:00:00 Z"), &instant));
    CHECK(!hmi_time_parse_clf(HM_TEXT("24/Nov/2014:08:00:00 +0900]"), &instant));
}

static hm_text rfc3164(const char *text, const char *context)
{
    hmi_instant now, instant = HMI_INSTANT_NONE;
    size_t used = 0;
    CHECK(hmi_time_parse_rfc3339(hmi_text_of(context), &now));
    if (!hmi_time_parse_rfc3164(hmi_text_of(text), now.us, &instant, &used)) {
        return HM_TEXT("refused");
    }
    CHECK_EQ(instant.trust, HMI_TIME_ZONE_ASSUMED | HMI_TIME_YEAR_ASSUMED);
    return shown(instant.us);
}

TEST(rfc3164_takes_the_year_from_the_context)
{
    CHECK_TEXT(rfc3164("Nov 24 08:00:00", "2014-12-01T00:00:00Z"), "2014-11-24T08:00:00Z");
    CHECK_TEXT(rfc3164("Nov 24 08:00:00", "2014-11-24T00:00:00Z"), "2014-11-24T08:00:00Z");
    CHECK_TEXT(rfc3164("Nov 24 08:00:00", "2014-11-20T00:00:00Z"), "2013-11-24T08:00:00Z");
    /* a day of slack for clocks and zones, also over New Year */
    CHECK_TEXT(rfc3164("Jan  1 00:30:00", "2014-12-31T23:00:00Z"), "2015-01-01T00:30:00Z");
    CHECK_TEXT(rfc3164("Dec 31 23:30:00", "2015-01-01T00:10:00Z"), "2014-12-31T23:30:00Z");
    CHECK_TEXT(rfc3164("Feb 29 10:00:00", "2015-06-01T00:00:00Z"), "2012-02-29T10:00:00Z");
    CHECK_TEXT(rfc3164("Feb 29 10:00:00", "1903-06-01T00:00:00Z"), "1896-02-29T10:00:00Z");
    CHECK_TEXT(rfc3164("Feb 30 10:00:00", "2015-06-01T00:00:00Z"), "refused");
    CHECK_TEXT(rfc3164("Nov 4 08:00:00", "2014-12-01T00:00:00Z"), "2014-11-04T08:00:00Z");
    CHECK_TEXT(rfc3164("Nov 24 08:00:00", "0001-01-01T00:00:00Z"), "refused");
    CHECK_TEXT(rfc3164("Dec 31 08:00:00", "9999-12-31T23:00:00Z"), "9999-12-31T08:00:00Z");
    hmi_instant instant;
    size_t used;
    CHECK(!hmi_time_parse_rfc3164(HM_TEXT("Nov 24 08:00:00"), HMI_TIME_NONE, &instant, &used));
    CHECK(hmi_time_parse_rfc3164(HM_TEXT("Nov 24 08:00:00 host"), 0, &instant, &used));
    CHECK_EQ(used, 15);
}

TEST(written_with_the_digits_that_count)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    CHECK_TEXT(shown(1), "1970-01-01T00:00:00.000001Z");
    CHECK_TEXT(shown(120000), "1970-01-01T00:00:00.120Z");
    CHECK_TEXT(shown(-1), "1969-12-31T23:59:59.999999Z");
    CHECK_TEXT(shown(INT64_MAX), "9999-12-31T23:59:59.999999Z");
    CHECK_TEXT(shown(INT64_MIN + 1), "0001-01-01T00:00:00Z");
    CHECK_TEXT(shown(HMI_TIME_NONE), "");
    hmi_buf_add_stix_time(&buf, 0);
    CHECK_TEXT(hmi_buf_text(&buf), "1970-01-01T00:00:00.000Z");
    hmi_buf_clear(&buf);
    hmi_buf_add_stix_time(&buf, 1001);
    CHECK_TEXT(hmi_buf_text(&buf), "1970-01-01T00:00:00.001001Z");
    hmi_buf_fini(&buf);
}

TEST(the_clock_runs)
{
    int64_t before = hmi_clock_us();
    CHECK(hmi_clock_us() >= before);
    CHECK(hmi_now_us() > 1600000000 * SECOND);
}

RUN_TESTS()
