/* SPDX-License-Identifier: Apache-2.0
 *
 * known.c - postings of incidents and of actors, kept exact under additions and withdrawals.
 *
 * WHY    Attribution asks "how many incidents of this actor show this trait, how lately, and how
 *        many of others do". Pairs are never stored; a report taken back must leave nothing.
 * FORM   Per term: the slots that show it, and per actor a count and a fixed-point sum of
 *        2^((day - EPOCH) / half-life), scaled so that 2026 is near 2^40: 23 bits of count fit
 *        until 2040, and what rounding loses of a report of 2010 is under 1e-6 of itself.
 *        A term of one incident (four of five) needs no list.
 * TRUST  Terms come from the lexicon, never from outside.
 * OWNS   Nothing: the arena it was given. Lists that outgrow their place leave the old one there.
 */
#include "compare/actor/known.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/arith.h"

static const struct {
    double half_life;
    int bits; /* weight on EPOCH: 2^bits */
} AGES[HMI_AGE_COUNT] = {
    { 365, 24 }, { 730, 32 }, { 1460, 36 }, { 90, 24 }, { 30, 24 },
};
enum { EPOCH = 14610 }; /* 2010-01-01 */

hmi_age hmi_kind_age(hmi_kind kind)
{
    switch (kind) {
    case HMI_KIND_IP:
    case HMI_KIND_NET24:
    case HMI_KIND_NET16:
        return HMI_AGE_YEAR;
    case HMI_KIND_DOMAIN:
    case HMI_KIND_URL:
    case HMI_KIND_PORT:
        return HMI_AGE_2YEARS;
    default:
        return HMI_AGE_4YEARS;
    }
}

uint64_t hmi_age_weight(hmi_age age, int32_t day)
{
    const double exponent = (day - EPOCH) / AGES[age].half_life + AGES[age].bits;
    const double weight = hmi_exp(exponent * HMI_LN2);
    if (exponent >= 62) {
        return 1ull << 62;
    }
    return (uint64_t)(weight + 0.5);
}

double hmi_age_scale(hmi_age age, int32_t today)
{
    return hmi_exp(-((today - EPOCH) / AGES[age].half_life + AGES[age].bits) * HMI_LN2);
}

void hmi_known_init(hmi_known *known, hmi_arena *arena, const hmi_lexicon *lexicon)
{
    *known = (hmi_known){ .arena = arena, .lexicon = lexicon };
}

/* ---- Room */
static int room_for_term(hmi_known *known, uint32_t term, hm_err *err)
{
    if (term < known->posting_capacity) {
        return HM_OK;
    }
    size_t capacity = known->posting_capacity > 0 ? known->posting_capacity : 4096;
    while (capacity <= term) {
        capacity *= 2;
    }
    hmi_posting *postings = hmi_new_array(known->arena, hmi_posting, capacity);
    if (postings == NULL) {
        return hmi_arena_fail(known->arena, err);
    }
    if (known->posting_capacity > 0) {
        memcpy(postings, known->postings, known->posting_capacity * sizeof(*postings));
    }
    known->postings = postings;
    known->posting_capacity = capacity;
    return HM_OK;
}

static int room_for_actor(hmi_known *known, uint32_t actor, hm_err *err)
{
    while (known->actor_count <= actor) {
        hmi_known_actor *actors = hmi_arena_grow(known->arena, known->actors, known->actor_count,
                                                 &known->actor_capacity, sizeof(*actors));
        if (actors == NULL) {
            return hmi_arena_fail(known->arena, err);
        }
        known->actors = actors;
        actors[known->actor_count++] = (hmi_known_actor){ .last_day = INT32_MIN };
    }
    return HM_OK;
}

static int room_in_list(hmi_known *known, hmi_posting *posting, hm_err *err)
{
    if (posting->df == 1) { /* from one to a list */
        uint32_t *list = hmi_new_array(known->arena, uint32_t, 4);
        if (list == NULL) {
            return hmi_arena_fail(known->arena, err);
        }
        list[0] = posting->in.one;
        posting->in.list = list;
        posting->list_capacity = 4;
    }
    if (posting->df == posting->list_capacity) {
        uint32_t *list = hmi_new_array(known->arena, uint32_t, (size_t)posting->df * 2);
        if (list == NULL) {
            return hmi_arena_fail(known->arena, err);
        }
        memcpy(list, posting->in.list, posting->df * sizeof(*list));
        posting->in.list = list;
        posting->list_capacity = posting->df * 2;
    }
    return HM_OK;
}

/* ---- Actors of a term, sorted by actor */
static size_t place_of(const hmi_posting *posting, uint32_t actor)
{
    size_t low = 0, high = posting->shown_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (posting->shown[middle].actor < actor) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int show(hmi_known *known, hmi_posting *posting, uint32_t actor, uint64_t weight,
                hm_err *err)
{
    const size_t at = place_of(posting, actor);
    if (at < posting->shown_count && posting->shown[at].actor == actor) {
        posting->shown[at].incidents += 1;
        posting->shown[at].weight += weight;
        return HM_OK;
    }
    if (posting->shown_count == posting->shown_capacity) {
        const uint32_t capacity = posting->shown_capacity > 0 ? posting->shown_capacity * 2 : 2;
        hmi_shown *shown = hmi_new_array(known->arena, hmi_shown, capacity);
        if (shown == NULL) {
            return hmi_arena_fail(known->arena, err);
        }
        if (posting->shown_count > 0) {
            memcpy(shown, posting->shown, posting->shown_count * sizeof(*shown));
        }
        posting->shown = shown;
        posting->shown_capacity = capacity;
    }
    memmove(posting->shown + at + 1, posting->shown + at,
            (posting->shown_count - at) * sizeof(*posting->shown));
    posting->shown[at] = (hmi_shown){ actor, 1, weight };
    posting->shown_count += 1;
    return HM_OK;
}

static void unshow(hmi_posting *posting, uint32_t actor, uint64_t weight)
{
    const size_t at = place_of(posting, actor);
    hmi_assert(at < posting->shown_count && posting->shown[at].actor == actor);
    posting->shown[at].incidents -= 1;
    posting->shown[at].weight -= weight;
    if (posting->shown[at].incidents == 0) {
        posting->shown_count -= 1;
        memmove(posting->shown + at, posting->shown + at + 1,
                (posting->shown_count - at) * sizeof(*posting->shown));
    }
}

static int post(hmi_known *known, uint32_t term, uint32_t slot, hm_err *err)
{
    hmi_posting *posting = &known->postings[term];
    const hmi_known_incident *incident = &known->incidents[slot];
    const hmi_age age = hmi_kind_age(known->lexicon->terms[term].kind);
    if (posting->df == 0) {
        posting->in.one = slot;
        posting->df = 1;
        return HM_OK;
    }
    if (posting->df == 1) {
        const hmi_known_incident *first = &known->incidents[posting->in.one];
        HMI_TRY(show(known, posting, first->actor, hmi_age_weight(age, first->day), err));
    }
    HMI_TRY(room_in_list(known, posting, err));
    posting->in.list[posting->df++] = slot;
    return show(known, posting, incident->actor, hmi_age_weight(age, incident->day), err);
}

static void unpost(hmi_known *known, uint32_t term, uint32_t slot)
{
    hmi_posting *posting = &known->postings[term];
    const hmi_known_incident *incident = &known->incidents[slot];
    const hmi_age age = hmi_kind_age(known->lexicon->terms[term].kind);
    if (posting->df == 1) {
        posting->df = 0;
        return;
    }
    size_t at = 0;
    while (posting->in.list[at] != slot) {
        at++;
        hmi_assert(at < posting->df);
    }
    posting->in.list[at] = posting->in.list[--posting->df];
    unshow(posting, incident->actor, hmi_age_weight(age, incident->day));
    if (posting->df == 1) { /* back to one: its actor's row goes */
        const uint32_t last = posting->in.list[0];
        posting->shown_count = 0;
        posting->in.one = last;
        posting->list_capacity = 0;
    }
}

static void count_actor(hmi_known *known, const hmi_known_incident *incident, int sign)
{
    hmi_known_actor *actor = &known->actors[incident->actor];
    known->count += (uint32_t)sign;
    actor->incidents += (uint32_t)sign;
    for (int age = 0; age < HMI_AGE_COUNT; age++) {
        const uint64_t weight = hmi_age_weight((hmi_age)age, incident->day);
        actor->weight[age] += sign > 0 ? weight : 0 - weight;
    }
    for (int kind = 0; kind < HMI_KIND_COUNT; kind++) {
        if ((incident->kinds >> kind & 1) == 0) {
            continue;
        }
        const uint64_t weight = hmi_age_weight(hmi_kind_age((hmi_kind)kind), incident->day);
        known->kind_incidents[kind] += (uint32_t)sign;
        actor->kind_incidents[kind] += (uint32_t)sign;
        actor->kind_weight[kind] += sign > 0 ? weight : 0 - weight;
    }
}

int hmi_known_add(hmi_known *known, uint32_t actor, int32_t day, hm_text id, const uint32_t *terms,
                  size_t term_count, uint32_t *ret_slot, hm_err *err)
{
    hmi_known_incident *incidents =
        hmi_arena_grow(known->arena, known->incidents, known->slot_count, &known->slot_capacity,
                       sizeof(*incidents));
    if (incidents == NULL) {
        return hmi_arena_fail(known->arena, err);
    }
    known->incidents = incidents;
    HMI_TRY(room_for_actor(known, actor, err));
    hmi_known_incident *incident = &incidents[known->slot_count];
    *incident = (hmi_known_incident){
        .actor = actor, .day = day, .terms = terms, .id = id, .term_count = (uint32_t)term_count
    };
    for (size_t i = 0; i < term_count; i++) {
        HMI_TRY(room_for_term(known, terms[i], err));
        incident->kinds |= 1u << known->lexicon->terms[terms[i]].kind;
    }
    const uint32_t slot = (uint32_t)known->slot_count++;
    for (size_t i = 0; i < term_count; i++) {
        HMI_TRY(post(known, terms[i], slot, err));
    }
    count_actor(known, incident, 1);
    if (known->actors[actor].last_day < day) {
        known->actors[actor].last_day = day;
    }
    *ret_slot = slot;
    return HM_OK;
}

void hmi_known_withdraw(hmi_known *known, uint32_t slot)
{
    hmi_known_incident *incident = &known->incidents[slot];
    if (slot >= known->slot_count || incident->withdrawn) {
        return;
    }
    for (size_t i = 0; i < incident->term_count; i++) {
        unpost(known, incident->terms[i], slot);
    }
    count_actor(known, incident, -1);
    hmi_known_actor *actor = &known->actors[incident->actor];
    incident->withdrawn = true;
    if (actor->last_day == incident->day) {
        actor->last_day = INT32_MIN;
        for (size_t i = 0; i < known->slot_count; i++) {
            const hmi_known_incident *other = &known->incidents[i];
            if (!other->withdrawn && other->actor == incident->actor &&
                other->day > actor->last_day) {
                actor->last_day = other->day;
            }
        }
    }
}

/* ---- Terms of a report */
static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t hmi_terms_distinct(uint32_t *terms, size_t count)
{
    if (count < 2) {
        return count;
    }
    qsort(terms, count, sizeof(*terms), by_id);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (terms[i] != terms[kept - 1]) {
            terms[kept++] = terms[i];
        }
    }
    return kept;
}

size_t hmi_terms_without(uint32_t *terms, size_t count, uint32_t term)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (terms[i] != term) {
            terms[kept++] = terms[i];
        }
    }
    return kept;
}

int hmi_report_terms(const hmi_report *report, hmi_arena *arena, uint32_t **ret, size_t *ret_count,
                     hm_err *err)
{
    uint32_t *terms =
        hmi_new_array(arena, uint32_t, report->observed_count + report->derived_count);
    if (terms == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t count = 0;
    for (size_t i = 0; i < report->observed_count; i++) {
        terms[count++] = report->observed[i].term;
    }
    for (size_t i = 0; i < report->derived_count; i++) {
        terms[count++] = report->derived[i];
    }
    *ret_count = hmi_terms_distinct(terms, count);
    *ret = terms;
    return HM_OK;
}
