/* SPDX-License-Identifier: Apache-2.0
 *
 * test_rita.c - the marks of a beacon are RITA v5's, to the third decimal.
 *
 * The expected numbers are those that RITA's own tests state for the same series.
 */
#include "behave/rita.h"

#include <math.h>

#include "check.h"

#define CHECK_NEAR(actual, expected)                                             \
    do {                                                                         \
        double near_a = (actual), near_b = (expected);                           \
        if (fabs(near_a - near_b) > 0.0011) {                                    \
            print_error("%s is %.4f, expected %.4f\n", #actual, near_a, near_b); \
            _fail(__FILE__, __LINE__);                                           \
        }                                                                        \
    } while (0)

static double timestamps_of(const uint32_t *gaps, size_t count)
{
    uint32_t seconds[64] = { 1517338924 };
    double room[64], score = -1;
    for (size_t i = 0; i < count; i++) {
        seconds[i + 1] = seconds[i] + gaps[i];
    }
    CHECK(hmi_rita_timestamps(seconds, count + 1, room, &score));
    return score;
}

#define GAPS(...) \
    timestamps_of((const uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

TEST(intervals_score_as_in_rita)
{
    CHECK_NEAR(GAPS(1, 1, 1, 1, 1, 1, 1, 1, 1), 1);
    CHECK_NEAR(GAPS(60, 60, 60, 60, 60, 60, 60, 60, 60), 1);
    CHECK_NEAR(GAPS(98, 99, 99, 100, 100, 100, 101, 101, 102), 0.995);
    CHECK_NEAR(GAPS(98, 300, 98, 300, 98, 300, 98, 300, 98, 300), 0.746);
    CHECK_NEAR(GAPS(1, 299, 25, 4975, 90, 2, 42, 500, 1500), 0.083);
}

TEST(too_few_moments_have_no_score)
{
    uint32_t same[9] = { 60, 60, 60, 60, 60, 60, 60, 60, 60 };
    double room[9], score = 7;
    CHECK(!hmi_rita_timestamps(same, 9, room, &score));
    CHECK(!hmi_rita_timestamps(same, 0, room, &score));
    CHECK(score > 6.9); /* untouched */
}

#define STATISTIC(mad, ...)                             \
    hmi_rita_statistic((const double[]){ __VA_ARGS__ }, \
                       sizeof((double[]){ __VA_ARGS__ }) / sizeof(double), mad)

TEST(sizes_score_as_in_rita)
{
    CHECK_NEAR(STATISTIC(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 0.773);
    CHECK_NEAR(STATISTIC(0, 60, 60, 60, 60, 60, 60, 60, 60, 60), 1);
    CHECK_NEAR(STATISTIC(0, 1, 3, 41, 50, 5000, 98654, 524885, 965842), 0.008);
    CHECK_NEAR(STATISTIC(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 0.5);
    CHECK_NEAR(STATISTIC(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 1);
    CHECK_NEAR(STATISTIC(1, 7, 7, 7, 7, 7, 8, 8, 8, 8), 1);
    CHECK_NEAR(STATISTIC(1, 1, 1, 2, 2, 2, 2), 1);
    CHECK_NEAR(STATISTIC(1, 1, 2), 0); /* two say nothing */
}

static double histogram_of(const uint32_t *seconds, size_t count, int64_t begin, int64_t end,
                           unsigned bins, unsigned bimodal, unsigned *bars, unsigned *run)
{
    uint32_t counts[64];
    hmi_rita_histogram(seconds, count, begin, end, bins, counts);
    return hmi_rita_histogram_score(counts, bins, bimodal, bars, run);
}

TEST(histograms_score_as_in_rita)
{
    unsigned bars = 0, run = 0;
    uint32_t stairs[55];
    size_t n = 0;
    for (uint32_t value = 1; value <= 10; value++) {
        for (uint32_t i = 0; i < value; i++) {
            stairs[n++] = value;
        }
    }
    CHECK_NEAR(histogram_of(stairs, n, 1, 11, 10, 6, &bars, &run), 0.478);
    CHECK_EQ(bars, 10);
    CHECK_EQ(run, 10);
    static const uint32_t close[] = { 98, 99, 99, 100, 100, 100, 101, 101, 102 };
    CHECK_NEAR(histogram_of(close, 9, 98, 102, 8, 6, &bars, &run), 0.064);
    CHECK_EQ(bars, 5);
    CHECK_EQ(run, 3);
    static const uint32_t random[] = { 1,     3,      41,     50,     5000,   12001,
                                       98654, 104001, 199999, 200400, 524885, 965842 };
    CHECK_NEAR(histogram_of(random, 12, 0, 1000000, 10, 6, &bars, &run), 0);
    CHECK_EQ(run, 4); /* around the end */
    static const uint32_t two[] = { 1,  2,  3,  4,  15, 21, 22, 23, 24, 35, 41, 42, 43,
                                    44, 55, 61, 62, 63, 64, 75, 81, 82, 83, 84, 95 };
    CHECK_NEAR(histogram_of(two, 25, 0, 100, 10, 6, &bars, &run), 1);
    static const uint32_t gaps[] = { 10, 20, 100, 110, 110, 220 };
    CHECK_NEAR(histogram_of(gaps, 6, 0, 250, 5, 6, &bars, &run), 0.028);
    CHECK_EQ(bars, 3);
    CHECK_EQ(run, 2);
}

TEST(durations_score_as_in_rita)
{
    const int64_t day = 86400, hour = 3600;
    CHECK_NEAR(hmi_rita_duration(0, day, 0, day, 24, 24), 1);
    CHECK_NEAR(hmi_rita_duration(0, day, 12 * hour, day, 6, 0), 0.5);
    CHECK_NEAR(hmi_rita_duration(0, day, 6 * hour, day, 6, 0), 0.75);
    CHECK_NEAR(hmi_rita_duration(0, day, 12 * hour, day, 12, 12), 1);
    CHECK_NEAR(hmi_rita_duration(0, day, 12 * hour, 18 * hour, 6, 6), 0.5);
    CHECK_NEAR(hmi_rita_duration(0, day, 6 * hour, 18 * hour, 3, 1), 0);
    CHECK_NEAR(hmi_rita_duration(1, 0, 0, 1, 6, 12), 0);
}

TEST(a_whole_day_of_even_calls_is_a_beacon)
{
    enum { COUNT = 1440 };
    uint32_t seconds[COUNT];
    double sizes[COUNT], room[COUNT];
    hmi_rita_score score;
    for (uint32_t i = 0; i < COUNT; i++) {
        seconds[i] = 1517338924 + (COUNT - 1 - i) * 60; /* in no order */
        sizes[i] = 512;
    }
    CHECK(hmi_rita_beacon(seconds, sizes, COUNT, seconds[COUNT - 1], seconds[0] + 1, room, &score));
    CHECK_NEAR(score.all, 1);
    CHECK_NEAR(score.median_s, 60);
}

RUN_TESTS()
