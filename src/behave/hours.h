/* SPDX-License-Identifier: Apache-2.0
 *
 * hours.h - when somebody works, and in which zone those would be office hours.
 */
#ifndef HMI_BEHAVE_HOURS_H
#define HMI_BEHAVE_HOURS_H

#include "behave/say.h"

enum { HMI_HOURS_ACTORS_MAX = 512, HMI_HOURS_WEEK = 168 };

typedef struct hmi_hours_actor {
    uint32_t name;
    uint32_t cell; /* the hour it was last seen in */
    uint32_t cells, days, last_day;
    uint32_t first_s, last_s;
    uint16_t week[HMI_HOURS_WEEK]; /* from Monday 00:00 UTC */
    bool zone_assumed;
    uint64_t offset;
} hmi_hours_actor;

typedef struct hmi_hours {
    hmi_hours_actor *list;
    uint32_t *by_name;
    size_t count, max, name_max;
} hmi_hours;

typedef struct hmi_zone_guess {
    double bits[24];     /* against activity at all hours alike; index 0: UTC-11 */
    double share[24];    /* of the likelihood of all zones */
    int best;            /* hours east of UTC */
    bool friday_weekend; /* Friday and Saturday are the days off that fit better */
} hmi_zone_guess;
/* Pure: the likelihood of each zone for hours of a week. */
void hmi_zone_guess_of(const uint16_t week[HMI_HOURS_WEEK], hmi_zone_guess *ret);

int hmi_hours_init(hmi_hours *hours, hmi_arena *arena, size_t scale, size_t name_max, hm_err *err);
void hmi_hours_act(hmi_hours *hours, uint32_t name, const hmi_act *act);
void hmi_hours_say(const hmi_hours *hours, const hmi_names *names, hmi_voice *voice);

#endif
