/* SPDX-License-Identifier: Apache-2.0
 *
 * hours.c - hours of the week in which an account acts, weighed against working weeks of 24 zones.
 *
 * WHY    People sleep, and their employers close on some days. Where the hours fit a working week
 *        far better than activity at all hours, the zones in which they do are worth telling: as
 *        likelihoods, for hours are forged by setting an alarm clock, and machines have none.
 * FORM   Each different hour counts once, half of its weight taken off because hours of one day
 *        are not independent. A working week: 9 to 18 with a break at noon, less around it, little
 *        at night and on the two days off (Saturday and Sunday, or Friday and Saturday).
 *        Said only of accounts seen in 40 and more hours of 5 and more days, when the best zone
 *        is at least 2^12 times likelier than no rhythm.
 * TRUST  Summer time shifts a zone by an hour; zones of half an hour are told as a neighbour. Of
 *        records without a zone nothing is concluded but the fact.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/hours.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum { HOUR_S = 3600, DAY_S = 86400, CELLS_MIN = 40, DAYS_MIN = 5, WEST = 11 };
static const double BITS_MIN = 12, INDEPENDENT = 0.5, OFF_DAY = 0.12;

int hmi_hours_init(hmi_hours *hours, hmi_arena *arena, size_t scale, size_t name_max, hm_err *err)
{
    *hours = (hmi_hours){ .max = hmi_min(scale, HMI_HOURS_ACTORS_MAX), .name_max = name_max };
    hours->list = hmi_new_array(arena, hmi_hours_actor, hours->max);
    hours->by_name = hmi_new_array(arena, uint32_t, name_max + 1);
    return hours->list && hours->by_name ? HM_OK : hmi_arena_fail(arena, err);
}

void hmi_hours_act(hmi_hours *hours, uint32_t name, const hmi_act *act)
{
    uint32_t second = hmi_second_of(act->us);
    hmi_assert(name <= hours->name_max);
    if (name == 0 || second == 0) {
        return;
    }
    if (hours->by_name[name] == 0) {
        if (hours->count == hours->max) {
            return;
        }
        hours->list[hours->count] = (hmi_hours_actor){ .name = name, .offset = act->offset };
        hours->by_name[name] = (uint32_t)++hours->count;
    }
    hmi_hours_actor *actor = &hours->list[hours->by_name[name] - 1];
    actor->zone_assumed |= act->zone_assumed;
    uint32_t cell = second / HOUR_S, day = second / DAY_S;
    if (cell == actor->cell) {
        return;
    }
    actor->cell = cell;
    actor->cells++;
    actor->days += day != actor->last_day;
    actor->last_day = day;
    actor->first_s = actor->first_s == 0 || second < actor->first_s ? second : actor->first_s;
    actor->last_s = second > actor->last_s ? second : actor->last_s;
    /* 1970-01-01 was a Thursday. */
    uint16_t *hour = &actor->week[(cell + 3 * 24) % HMI_HOURS_WEEK];
    *hour = (uint16_t)hmi_min(*hour + 1u, UINT16_MAX);
}

/* ---- Likelihood */

static const double DAY_SHAPE[24] = { 0.2, 0.15, 0.15, 0.15, 0.15, 0.2, 0.4, 1.0,
                                      2.2, 3.6,  4.0,  3.8,  2.4,  3.6, 4.0, 4.0,
                                      3.8, 3.2,  2.0,  1.2,  0.9,  0.7, 0.5, 0.3 };

/* `first_off`: the day of the week, Monday 0, on which two days off begin. */
static void working_week(unsigned first_off, double ret_log2[HMI_HOURS_WEEK])
{
    double total = 0;
    for (unsigned h = 0; h < HMI_HOURS_WEEK; h++) {
        unsigned day = h / 24;
        bool off = day == first_off || day == first_off + 1;
        ret_log2[h] = DAY_SHAPE[h % 24] * (off ? OFF_DAY : 1);
        total += ret_log2[h];
    }
    for (unsigned h = 0; h < HMI_HOURS_WEEK; h++) {
        ret_log2[h] = log2(ret_log2[h] / total);
    }
}

static double bits_at(const uint16_t week[HMI_HOURS_WEEK], const double shape[HMI_HOURS_WEEK],
                      int east)
{
    double bits = 0, flat = -log2(HMI_HOURS_WEEK);
    for (int h = 0; h < HMI_HOURS_WEEK; h++) {
        bits += week[h] * (shape[(h + east + HMI_HOURS_WEEK) % HMI_HOURS_WEEK] - flat);
    }
    return bits * INDEPENDENT;
}

void hmi_zone_guess_of(const uint16_t week[HMI_HOURS_WEEK], hmi_zone_guess *ret)
{
    double shape[2][HMI_HOURS_WEEK], best[2] = { -INFINITY, -INFINITY };
    working_week(5, shape[0]);
    working_week(4, shape[1]);
    for (int s = 0; s < 2; s++) {
        for (int zone = 0; zone < 24; zone++) {
            best[s] = fmax(best[s], bits_at(week, shape[s], zone - WEST));
        }
    }
    ret->friday_weekend = best[1] > best[0] + 1;
    double top = -INFINITY, sum = 0;
    for (int zone = 0; zone < 24; zone++) {
        ret->bits[zone] = bits_at(week, shape[ret->friday_weekend], zone - WEST);
        if (ret->bits[zone] > top) {
            top = ret->bits[zone];
            ret->best = zone - WEST;
        }
    }
    for (int zone = 0; zone < 24; zone++) {
        ret->share[zone] = exp2(ret->bits[zone] - top);
        sum += ret->share[zone];
    }
    for (int zone = 0; zone < 24; zone++) {
        ret->share[zone] /= sum;
    }
}

/* ---- What is said */

static void say_actor(const hmi_hours_actor *actor, const hmi_names *names, hmi_voice *voice)
{
    hmi_zone_guess guess;
    if (actor->cells < CELLS_MIN || actor->days < DAYS_MIN) {
        return;
    }
    hmi_zone_guess_of(actor->week, &guess);
    double bits = guess.bits[guess.best + WEST];
    if (bits < BITS_MIN) {
        return;
    }
    const char *days = guess.friday_weekend ? "Sunday to Thursday" : "Monday to Friday";
    if (!actor->zone_assumed) {
        hmi_span span = { actor->offset, actor->cells, hmi_us_of(actor->first_s),
                          hmi_us_of(actor->last_s) };
        hmi_say_traitf(voice, HMI_ACTIVE_HOURS, &span, "working week %s at UTC%+03d:00", days,
                       guess.best);
    }
    int west = guess.best > -11 ? guess.best - 1 : guess.best;
    int east = guess.best < 12 ? guess.best + 1 : guess.best;
    hmi_say_fact(
        voice, "behaviour-active-hours",
        "%.*s: %u hours on %u days fit a working week %s: UTC%+03d:00 %.0f %%, UTC%+03d:00 "
        "%.0f %%, UTC%+03d:00 %.0f %% of the likelihood; 2^%.0f times likelier than all "
        "hours alike; easily forged%s",
        HMI_FMT(hmi_names_text(names, actor->name)), actor->cells, actor->days, days, guess.best,
        guess.share[guess.best + WEST] * 100, west, guess.share[west + WEST] * 100, east,
        guess.share[east + WEST] * 100, bits,
        actor->zone_assumed ? "; the records have no zone, so the offset is from theirs" : "");
}

void hmi_hours_say(const hmi_hours *hours, const hmi_names *names, hmi_voice *voice)
{
    hmi_voice_begin(voice);
    for (size_t i = 0; i < hours->count; i++) {
        say_actor(&hours->list[i], names, voice);
    }
}
