/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hours.c - office hours tell a zone, machines and night owls do not.
 */
#include "behave/hours.h"

#include "check.h"

/* Four weeks of 9 to 18 with noon off, at `east`, on the five days from `first_day`. */
static void office(uint16_t week[HMI_HOURS_WEEK], int east, unsigned first_day)
{
    memset(week, 0, sizeof(uint16_t) * HMI_HOURS_WEEK);
    for (unsigned day = 0; day < 5; day++) {
        for (int hour = 9; hour < 18; hour++) {
            int at = (int)((first_day + day) % 7) * 24 + hour - east;
            if (hour != 12) {
                week[(at + HMI_HOURS_WEEK) % HMI_HOURS_WEEK] = 4;
            }
        }
    }
}

TEST(office_hours_tell_the_zone)
{
    for (int east = -11; east <= 12; east++) {
        uint16_t week[HMI_HOURS_WEEK];
        hmi_zone_guess guess;
        office(week, east, 0);
        hmi_zone_guess_of(week, &guess);
        CHECK_EQ(guess.best, east);
        CHECK(!guess.friday_weekend);
        CHECK(guess.bits[guess.best + 11] > 50);
        CHECK(guess.share[guess.best + 11] > 0.5);
    }
}

TEST(days_off_may_be_friday_and_saturday)
{
    uint16_t week[HMI_HOURS_WEEK];
    hmi_zone_guess guess;
    office(week, 3, 6);
    hmi_zone_guess_of(week, &guess);
    CHECK(guess.friday_weekend);
    CHECK_EQ(guess.best, 3);
}

TEST(a_machine_has_no_zone)
{
    uint16_t week[HMI_HOURS_WEEK];
    hmi_zone_guess guess;
    for (size_t i = 0; i < HMI_HOURS_WEEK; i++) {
        week[i] = 4;
    }
    hmi_zone_guess_of(week, &guess);
    CHECK(guess.bits[guess.best + 11] < 0);
}

TEST(a_nightly_job_is_no_working_week)
{
    uint16_t week[HMI_HOURS_WEEK] = { 0 };
    hmi_zone_guess guess;
    for (unsigned day = 0; day < 7; day++) {
        week[day * 24 + 3] = 4;
    }
    hmi_zone_guess_of(week, &guess);
    CHECK(guess.bits[guess.best + 11] < 12);
}

RUN_TESTS()
