/* SPDX-License-Identifier: Apache-2.0
 *
 * test_spectrum.c - rhythms are found through jitter and gaps, and not found where there are none.
 */
#include "behave/spectrum.h"

#include <math.h>

#include "check.h"

enum { MOMENTS = 2000 };
static double room[HMI_SPECTRUM_ROOM];
static uint32_t seconds[MOMENTS];

static uint64_t dice;
static double chance(void)
{
    dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(dice >> 11) / 9007199254740992.0;
}

/* A program that sleeps period * (1 - jitter .. 1 + jitter) and misses calls now and then. */
static size_t program(double period, double jitter, double missed, size_t count)
{
    double at = 1700000000;
    size_t n = 0;
    dice = 7;
    for (size_t i = 0; i < count; i++) {
        at += period * (1 + jitter * (2 * chance() - 1));
        if (chance() >= missed) {
            seconds[n++] = (uint32_t)at;
        }
    }
    return n;
}

TEST(an_even_rhythm_is_found)
{
    hmi_rhythm rhythm;
    CHECK(hmi_spectrum_rhythm(seconds, program(60, 0, 0, 500), room, &rhythm));
    CHECK(fabs(rhythm.period_s - 60) < 1.5);
}

TEST(jitter_and_gaps_do_not_hide_it)
{
    static const double jitter[] = { 0.05, 0.1, 0.2, 0.3 };
    hmi_rhythm rhythm;
    for (size_t i = 0; i < 4; i++) {
        CHECK(hmi_spectrum_rhythm(seconds, program(300, jitter[i], 0.1, 600), room, &rhythm));
        CHECK(fabs(rhythm.period_s - 300) < 300 * 0.08);
    }
}

TEST(a_schedule_with_late_starts_is_found)
{
    dice = 11;
    for (size_t i = 0; i < 400; i++) { /* every 600 s, up to 200 s late, errors do not add up */
        seconds[i] = (uint32_t)(1700000000 + i * 600 + (size_t)(chance() * 200));
    }
    hmi_rhythm rhythm;
    CHECK(hmi_spectrum_rhythm(seconds, 400, room, &rhythm));
    CHECK(fabs(rhythm.period_s - 600) < 15);
}

TEST(chance_has_no_rhythm)
{
    for (uint64_t seed = 1; seed <= 40; seed++) {
        hmi_rhythm rhythm;
        double at = 1700000000;
        dice = seed;
        for (size_t i = 0; i < 800; i++) {
            at += -120 * log(1 - chance());
            seconds[i] = (uint32_t)at;
        }
        CHECK(!hmi_spectrum_rhythm(seconds, 800, room, &rhythm));
    }
}

TEST(a_person_reading_pages_has_no_rhythm)
{
    hmi_rhythm rhythm;
    double at = 1700000000;
    size_t n = 0;
    dice = 5;
    for (size_t visit = 0; visit < 30; visit++) {
        at += 3600 + 20000 * chance();
        for (size_t page = 0; page < 20 && n < MOMENTS; page++) {
            at += 5 - 40 * log(1 - chance());
            seconds[n++] = (uint32_t)at;
        }
    }
    CHECK(!hmi_spectrum_rhythm(seconds, n, room, &rhythm));
}

TEST(few_or_equal_moments_say_nothing)
{
    hmi_rhythm rhythm;
    CHECK(!hmi_spectrum_rhythm(seconds, 0, room, &rhythm));
    for (size_t i = 0; i < 100; i++) {
        seconds[i] = 5;
    }
    CHECK(!hmi_spectrum_rhythm(seconds, 100, room, &rhythm));
    seconds[99] = UINT32_MAX;
    (void)hmi_spectrum_rhythm(seconds, 100, room, &rhythm);
    seconds[99] = 6;
    CHECK(!hmi_spectrum_rhythm(seconds, 100, room, &rhythm));
}

RUN_TESTS()
