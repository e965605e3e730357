/* SPDX-License-Identifier: Apache-2.0
 *
 * pairs.c - keeps the moments of each pair within a bound, and finds rhythms in them.
 *
 * WHY    A beacon is a pair that talks evenly for hours; a long connection is one that does not
 *        stop. Both are what a foothold looks like from outside, whatever it says.
 * FORM   Pairs in order of appearance with an index; their moments in chunks of one pool. When the
 *        pool is empty, the moments of pairs whose intervals are plainly uneven are given up; when
 *        the table is full, pairs that talked least.
 *        A beacon is scored over the 24 hours of the evidence in which the pair talked at most
 *        different seconds (RITA looks at one day). Marks: 0.9 and more, or a rhythm in the
 *        spectrum with a mark of 0.5 and more.
 * TRUST  Log writers' numbers. Whoever floods a log with pairs can push quiet ones out: the note
 *        at the end says how many.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "behave/rita.h"
#include "behave/spectrum.h"
#include "trait/noise.h"

enum {
    DAY_S = 86400,
    LONG_S = 3600, /* from here a connection is long */
    SPECTRA_MAX = 512,
    SELDOM = 2,            /* moments */
    UNEVEN_LOOK = 64,      /* moments, and at every doubling */
    COMMON_CLIENTS_MIN = 4 /* fewer clients have no customs */
};
static const double BEACON_MIN = 0.9, RHYTHM_MIN = 0.5,
                    UNEVEN = 0.62 /* moments by chance: about 0.52 */;

/* ---- The table */

int hmi_pairs_init(hmi_pairs *pairs, hmi_arena *arena, size_t max, hm_err *err)
{
    size_t room = 64;
    while (room < max && room < HMI_PAIRS_MAX) {
        room *= 2;
    }
    *pairs = (hmi_pairs){ .arena = arena,
                          .max = room,
                          .chunk_max = hmi_min(room * 2, HMI_PAIR_CHUNKS_MAX) };
    pairs->list = hmi_new_array(arena, hmi_pair, room);
    pairs->slots = hmi_new_array(arena, uint32_t, room * 2);
    pairs->chunks = hmi_new_array(arena, hmi_chunk_of_samples, pairs->chunk_max);
    bool whole = pairs->list != NULL && pairs->slots != NULL && pairs->chunks != NULL;
    return whole ? HM_OK : hmi_arena_fail(arena, err);
}

static size_t slot_of(const hmi_pairs *pairs, uint32_t client, uint32_t target)
{
    uint64_t mix = ((uint64_t)client << 32 | target) * UINT64_C(0x9e3779b97f4a7c15);
    size_t mask = pairs->max * 2 - 1, slot = (size_t)(mix >> 40) & mask;
    while (pairs->slots[slot] != 0) {
        const hmi_pair *pair = &pairs->list[pairs->slots[slot] - 1];
        if (pair->client == client && pair->target == target) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

static void free_samples(hmi_pairs *pairs, hmi_pair *pair)
{
    if (pair->head != 0) {
        pairs->chunks[pair->tail - 1].next = pairs->free_chunk;
        pairs->free_chunk = pair->head;
    }
    pair->head = 0;
    pair->tail = 0;
    pair->samples = 0;
}

/* Pairs that talked no more often than `most` go. */
static void sweep(hmi_pairs *pairs, uint32_t most)
{
    size_t kept = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        hmi_pair *pair = &pairs->list[i];
        if (pair->count <= most && pair->longest_us < (uint64_t)LONG_S * 1000000) {
            free_samples(pairs, pair);
            pairs->given_up++;
        } else {
            pairs->list[kept++] = *pair;
        }
    }
    pairs->count = kept;
    memset(pairs->slots, 0, pairs->max * 2 * sizeof(*pairs->slots));
    for (size_t i = 0; i < kept; i++) {
        size_t slot = slot_of(pairs, pairs->list[i].client, pairs->list[i].target);
        pairs->slots[slot] = (uint32_t)i + 1;
    }
}

static bool make_room(hmi_pairs *pairs)
{
    for (uint32_t most = 1; pairs->count > pairs->max / 4 * 3 && most < 64; most *= 2) {
        sweep(pairs, most);
    }
    return pairs->count < pairs->max;
}

/* ---- Moments */

static size_t samples_of(const hmi_pairs *pairs, const hmi_pair *pair, hmi_sample *ret, size_t max)
{
    size_t count = 0;
    for (uint32_t at = pair->head; at != 0 && count < max;) {
        const hmi_chunk_of_samples *chunk = &pairs->chunks[at - 1];
        for (uint32_t i = 0; i < chunk->used && count < max; i++) {
            ret[count++] = chunk->samples[i];
        }
        at = at == pair->tail ? 0 : chunk->next;
    }
    return count;
}

static int by_second(const void *a, const void *b)
{
    uint32_t x = ((const hmi_sample *)a)->second, y = ((const hmi_sample *)b)->second;
    return (x > y) - (x < y);
}

static bool is_uneven(const hmi_pairs *pairs, const hmi_pair *pair)
{
    enum { LOOK = 128 };
    hmi_sample first[LOOK];
    uint32_t seconds[LOOK];
    double room[LOOK], score = 0;
    size_t count = samples_of(pairs, pair, first, LOOK);
    qsort(first, count, sizeof(*first), by_second);
    for (size_t i = 0; i < count; i++) {
        seconds[i] = first[i].second;
    }
    return !hmi_rita_timestamps(seconds, count, room, &score) || score < UNEVEN;
}

/* Gives up the moments of pairs without rhythm; if all have one, of those that talk seldom, and at
 * last of those that talk most. */
static void free_some(hmi_pairs *pairs)
{
    uint32_t most = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        most = pairs->list[i].samples > most ? pairs->list[i].samples : most;
    }
    bool freed = false;
    for (size_t i = 0; i < pairs->count; i++) {
        hmi_pair *pair = &pairs->list[i];
        if (pair->samples >= UNEVEN_LOOK / 4 && is_uneven(pairs, pair)) {
            free_samples(pairs, pair);
            pair->noisy = true;
            freed = true;
        }
    }
    bool seldom = false;
    for (size_t i = 0; i < pairs->count && !freed; i++) {
        hmi_pair *pair = &pairs->list[i];
        if (pair->samples > 0 && pair->samples <= SELDOM) {
            free_samples(pairs, pair);
            seldom = true;
        }
    }
    for (size_t i = 0; i < pairs->count && !freed && !seldom; i++) {
        hmi_pair *pair = &pairs->list[i];
        if (pair->samples > most / 2) {
            free_samples(pairs, pair);
            pair->noisy = true;
            pairs->unsampled++;
        }
    }
}

static hmi_chunk_of_samples *new_chunk(hmi_pairs *pairs, hmi_pair *pair)
{
    if (pairs->free_chunk == 0 && pairs->chunk_count == pairs->chunk_max) {
        free_some(pairs);
        if (pair->noisy) {
            return NULL;
        }
    }
    uint32_t number = pairs->free_chunk;
    if (number != 0) {
        pairs->free_chunk = pairs->chunks[number - 1].next;
    } else if (pairs->chunk_count < pairs->chunk_max) {
        number = (uint32_t)++pairs->chunk_count;
    } else {
        return NULL;
    }
    hmi_chunk_of_samples *chunk = &pairs->chunks[number - 1];
    chunk->next = 0;
    chunk->used = 0;
    if (pair->head == 0) {
        pair->head = number;
    } else {
        pairs->chunks[pair->tail - 1].next = number;
    }
    pair->tail = number;
    return chunk;
}

/* Most pairs are people: their moments are given up when there are enough to see it. */
static void give_up_uneven(hmi_pairs *pairs, hmi_pair *pair)
{
    bool time_to_look = pair->samples >= UNEVEN_LOOK && (pair->samples & (pair->samples - 1)) == 0;
    if (time_to_look && is_uneven(pairs, pair)) {
        free_samples(pairs, pair);
        pair->noisy = true;
    }
}

static uint32_t small(uint64_t bytes)
{
    return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

static void sample(hmi_pairs *pairs, hmi_pair *pair, uint32_t second, const hmi_act *act)
{
    if (pair->noisy || pair->samples >= HMI_PAIR_SAMPLES_MAX) {
        return;
    }
    hmi_chunk_of_samples *chunk = pair->tail != 0 ? &pairs->chunks[pair->tail - 1] : NULL;
    if (chunk == NULL || chunk->used == HMI_PAIR_CHUNK) {
        chunk = new_chunk(pairs, pair);
    }
    if (chunk != NULL) {
        give_up_uneven(pairs, pair);
    }
    if (chunk != NULL && !pair->noisy) {
        chunk->samples[chunk->used++] =
            (hmi_sample){ second, small(act->bytes_up), small(act->bytes) };
        pair->samples++;
    }
}

hmi_pair *hmi_pairs_act(hmi_pairs *pairs, uint32_t client, uint32_t target, const hmi_act *act,
                        bool *ret_new)
{
    uint32_t second = hmi_second_of(act->us);
    size_t slot = slot_of(pairs, client, target);
    *ret_new = pairs->slots[slot] == 0;
    if (*ret_new) {
        if (pairs->count == pairs->max) {
            if (!make_room(pairs)) {
                pairs->given_up++;
                return NULL;
            }
            slot = slot_of(pairs, client, target);
        }
        pairs->list[pairs->count] = (hmi_pair){ .client = client,
                                                .target = target,
                                                .offset = act->offset,
                                                .first_s = second,
                                                .last_s = second };
        pairs->slots[slot] = (uint32_t)++pairs->count;
    }
    hmi_pair *pair = &pairs->list[pairs->slots[slot] - 1];
    pair->count += act->repeat > 0 ? act->repeat : 1;
    pair->bytes_up += act->bytes_up;
    pair->bytes += act->bytes;
    pair->open_us += act->duration_us;
    pair->longest_us = act->duration_us > pair->longest_us ? act->duration_us : pair->longest_us;
    if (act->port != 0) {
        pair->port = act->port;
        pair->ports |= UINT64_C(1) << (act->port * 0x9e3779b1u >> 26);
    }
    if (second != 0) {
        pair->first_s = pair->first_s == 0 || second < pair->first_s ? second : pair->first_s;
        pair->last_s = second > pair->last_s ? second : pair->last_s;
        pairs->first_s = pairs->first_s == 0 || second < pairs->first_s ? second : pairs->first_s;
        pairs->last_s = second > pairs->last_s ? second : pairs->last_s;
        sample(pairs, pair, second, act);
    }
    return pair;
}

/* ---- What is said */

typedef struct examine {
    hmi_sample *samples;
    uint32_t *seconds;
    double *sizes, *room, *spectrum;
    size_t max;
} examine;

typedef struct beacon {
    const hmi_pair *pair;
    hmi_rita_score score;
    hmi_rhythm rhythm;
    bool rhythmic;
    double size;         /* most usual, 0: unknown or many */
    unsigned prevalence; /* percent of clients that talk to the same target */
} beacon;

static bool examine_init(examine *e, const hmi_pairs *pairs)
{
    size_t most = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        most = hmi_max(most, pairs->list[i].samples);
    }
    e->max = most;
    e->samples = hmi_new_array(pairs->arena, hmi_sample, most);
    e->seconds = hmi_new_array(pairs->arena, uint32_t, most);
    e->sizes = hmi_new_array(pairs->arena, double, most);
    e->room = hmi_new_array(pairs->arena, double, most);
    e->spectrum = hmi_new_array(pairs->arena, double, HMI_SPECTRUM_ROOM);
    return e->samples && e->seconds && e->sizes && e->room && e->spectrum;
}

/* The most frequent of sorted sizes when it makes up most of them. */
static double usual_size(const double *sorted, size_t count)
{
    double best = 0;
    size_t best_run = 0;
    for (size_t i = 0, run = 0; i < count; i++) {
        run = i > 0 && sorted[i] - sorted[i - 1] < 0.5 ? run + 1 : 1;
        if (run > best_run) {
            best_run = run;
            best = sorted[i];
        }
    }
    return best_run * 2 > count ? best : 0;
}

/* Of the days of the evidence, the one in which the pair was met at most different seconds. */
static void busiest_day(const hmi_sample *samples, size_t count, uint32_t begin, uint32_t end,
                        uint32_t *ret_begin, uint32_t *ret_end)
{
    *ret_begin = begin;
    *ret_end = end;
    if (end - begin <= DAY_S) {
        return;
    }
    size_t best = 0;
    for (size_t i = 0; i < count;) {
        uint32_t day = (samples[i].second - begin) / DAY_S, last = 0;
        size_t here = 0;
        for (; i < count && (samples[i].second - begin) / DAY_S == day; i++) {
            here += samples[i].second != last;
            last = samples[i].second;
        }
        if (here > best) {
            best = here;
            *ret_begin = begin + day * DAY_S;
            *ret_end = end - *ret_begin < DAY_S ? end : *ret_begin + DAY_S;
        }
    }
    if (*ret_end - *ret_begin < DAY_S) { /* the last day is a whole one, too */
        *ret_begin = *ret_end - DAY_S;
    }
}

static bool score_pair(const hmi_pairs *pairs, const hmi_pair *pair, examine *e, bool spectrum,
                       beacon *ret)
{
    size_t count = samples_of(pairs, pair, e->samples, e->max), kept = 0;
    uint32_t begin = 0, end = 0;
    qsort(e->samples, count, sizeof(*e->samples), by_second);
    busiest_day(e->samples, count, pairs->first_s, pairs->last_s, &begin, &end);
    bool up = pair->bytes_up > 0;
    for (size_t i = 0; i < count; i++) {
        if (e->samples[i].second >= begin && e->samples[i].second <= end) {
            e->seconds[kept] = e->samples[i].second;
            e->sizes[kept++] = up ? e->samples[i].up : e->samples[i].down;
        }
    }
    *ret = (beacon){ .pair = pair };
    if (!hmi_rita_beacon(e->seconds, e->sizes, kept, begin, end, e->room, &ret->score)) {
        return false;
    }
    ret->size = usual_size(e->sizes, kept);
    ret->rhythmic = spectrum && hmi_spectrum_rhythm(e->seconds, kept, e->spectrum, &ret->rhythm);
    return true;
}

static bool is_inside(const hmi_names *names, uint32_t number)
{
    const hmi_name *name = &names->list[number - 1];
    const char *why = NULL;
    if (name->class_id == HMI_ADDRESS) {
        return hmi_trait_is_noise(HMI_ADDRESS, name->text, &why);
    }
    return hmi_find_byte(hmi_text_bytes(name->text), '.') == HMI_NPOS;
}

/* RITA: a target that few know is worth more, one that most know less. */
static double with_prevalence(double score, unsigned percent, size_t clients)
{
    if (clients < COMMON_CLIENTS_MIN) {
        return score;
    }
    double sum = score + (percent <= 2 ? 0.15 : percent >= 50 ? -0.15 : 0);
    return sum > 1 ? 1 : sum;
}

static int by_score(const void *a, const void *b)
{
    const beacon *x = a, *y = b;
    if (fabs(x->score.all - y->score.all) > 1e-9) {
        return x->score.all < y->score.all ? 1 : -1;
    }
    return (x->pair->offset > y->pair->offset) - (x->pair->offset < y->pair->offset);
}

static void say_beacon(const beacon *b, const hmi_names *names, hmi_voice *voice)
{
    const hmi_rita_score *s = &b->score;
    double period = b->rhythmic && s->timestamps < 0.9 ? b->rhythm.period_s : s->median_s;
    unsigned jitter = (unsigned)(s->spread * 200 / 5 + 0.5) * 5;
    char every[24], size[40] = "";
    hmi_period_text(period, every);
    hmi_span span = { b->pair->offset, b->pair->count, hmi_us_of(b->pair->first_s),
                      hmi_us_of(b->pair->last_s) };
    if (b->size >= 1) {
        (void)snprintf(size, sizeof(size), ", %.0f bytes", b->size);
    }
    hmi_say_traitf(voice, HMI_BEACON, &span, "every %s", every);
    if (jitter > 0 || size[0] != 0) {
        hmi_say_traitf(voice, HMI_BEACON, &span, "every %s, jitter %u %%%s", every, jitter, size);
    }
    char rhythm[96] = "";
    if (b->rhythmic) {
        (void)snprintf(rhythm, sizeof(rhythm), "; spectrum: %.1f s, %.1f times the power around",
                       b->rhythm.period_s, b->rhythm.power);
    }
    hmi_say_fact(voice, "behaviour-beacon",
                 "%.*s -> %.*s: score %.3f = timestamps %.3f, sizes %.3f, histogram %.3f, duration "
                 "%.3f; %u connections, median interval %.1f s; %u %% of clients know the target%s",
                 HMI_FMT(hmi_names_text(names, b->pair->client)),
                 HMI_FMT(hmi_names_text(names, b->pair->target)), s->all, s->timestamps, s->sizes,
                 s->histogram, s->duration, b->pair->count, s->median_s, b->prevalence, rhythm);
}

/* How many clients know each target; the number of clients comes back. */
static size_t count_knowers(const hmi_pairs *pairs, uint32_t *knowers, uint8_t *is_client)
{
    size_t clients = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        knowers[pairs->list[i].target]++;
        clients += !is_client[pairs->list[i].client];
        is_client[pairs->list[i].client] = 1;
    }
    return clients;
}

static void find_beacons(hmi_pairs *pairs, const hmi_names *names, hmi_voice *voice)
{
    size_t found = 0, examined = 0, spectra = 0;
    beacon *list = hmi_new_array(pairs->arena, beacon, HMI_STUDY_TRAITS_MAX);
    uint32_t *knowers = hmi_new_array(pairs->arena, uint32_t, names->count + 1);
    uint8_t *is_client = hmi_new_array(pairs->arena, uint8_t, names->count + 1);
    examine e;
    if (list == NULL || knowers == NULL || is_client == NULL || !examine_init(&e, pairs)) {
        hmi_say_note(voice, "no memory to look for beacons: none are told");
        return;
    }
    size_t clients = count_knowers(pairs, knowers, is_client);
    for (size_t i = 0; i < pairs->count && examined < HMI_BEACONS_EXAMINED_MAX; i++) {
        const hmi_pair *pair = &pairs->list[i];
        beacon b;
        if (pair->samples < HMI_RITA_CONNECTIONS_MIN ||
            (is_inside(names, pair->client) && is_inside(names, pair->target))) {
            continue;
        }
        if (pair->count >= HMI_RITA_STROBE) {
            hmi_span span = { pair->offset, pair->count, hmi_us_of(pair->first_s),
                              hmi_us_of(pair->last_s) };
            hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "strobe");
            continue;
        }
        examined++;
        bool spectrum = pair->samples >= HMI_SPECTRUM_EVENTS_MIN && spectra < SPECTRA_MAX;
        spectra += spectrum;
        if (!score_pair(pairs, pair, &e, spectrum, &b)) {
            continue;
        }
        b.prevalence = (unsigned)(knowers[pair->target] * 100 / (clients ? clients : 1));
        double score = with_prevalence(b.score.all, b.prevalence, clients);
        if (score >= BEACON_MIN || (b.rhythmic && score >= RHYTHM_MIN &&
                                    (clients < COMMON_CLIENTS_MIN || b.prevalence < 50))) {
            if (found < HMI_STUDY_TRAITS_MAX) {
                list[found++] = b;
            } else if (list[found - 1].score.all < b.score.all) {
                list[found - 1] = b;
            }
            qsort(list, found, sizeof(*list), by_score);
        }
    }
    for (size_t i = 0; i < found; i++) {
        say_beacon(&list[i], names, voice);
    }
}

/* RITA's steps: 1, 4, 8, 12 hours, of one connection or of all of a pair that is open most of the
 * time between. */
static void find_long(const hmi_pairs *pairs, const hmi_names *names, hmi_voice *voice)
{
    static const unsigned hours[] = { 12, 8, 4, 1 };
    for (size_t i = 0; i < pairs->count; i++) {
        const hmi_pair *pair = &pairs->list[i];
        uint64_t open_s = pair->longest_us / 1000000, all_s = pair->open_us / 1000000;
        uint64_t span_s = pair->last_s - pair->first_s + open_s;
        open_s = all_s > open_s && all_s * 2 >= span_s ? hmi_min(all_s, span_s) : open_s;
        if (open_s < LONG_S || (is_inside(names, pair->client) && is_inside(names, pair->target))) {
            continue;
        }
        unsigned at_least = 0;
        for (size_t h = HMI_COUNT(hours); h > 0; h--) {
            at_least = open_s >= (uint64_t)hours[h - 1] * 3600 ? hours[h - 1] : at_least;
        }
        hmi_span span = { pair->offset, pair->count, hmi_us_of(pair->first_s),
                          hmi_us_of(pair->last_s) + (int64_t)pair->longest_us };
        hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "long connection over %u h to port %u",
                       at_least, pair->port);
        hmi_say_fact(
            voice, "behaviour-long-connection",
            "%.*s -> %.*s port %u: open %llu s in %u connections, %llu bytes up, %llu down",
            HMI_FMT(hmi_names_text(names, pair->client)),
            HMI_FMT(hmi_names_text(names, pair->target)), pair->port, (unsigned long long)open_s,
            pair->count, (unsigned long long)pair->bytes_up, (unsigned long long)pair->bytes);
    }
}

void hmi_pairs_say(hmi_pairs *pairs, const hmi_names *names, hmi_voice *voice)
{
    hmi_voice_begin(voice);
    find_beacons(pairs, names, voice);
    hmi_voice_begin(voice);
    find_long(pairs, names, voice);
    if (pairs->given_up > 0) {
        hmi_say_note(voice, "%llu pairs of machines that talked seldom were not followed",
                     (unsigned long long)pairs->given_up);
    }
    if (pairs->unsampled > 0) {
        hmi_say_note(voice, "%llu pairs talked too much to be looked at for a rhythm",
                     (unsigned long long)pairs->unsampled);
    }
}
