/* SPDX-License-Identifier: Apache-2.0
 *
 * known.c - postings of incidents and of actors, kept exact under additions and withdrawals.
 *
 * WHY    Attribution asks "how many incidents of this actor show this trait, how lately, and how
 *        many of others do". Pairs are never stored; a report taken back must leave nothing.
 * FORM   Per term eight bytes: how many incidents show it, and which or where the list is. In the
 *        list: the slots that show it, and per actor a count and a fixed-point sum of
 *        2^((day - EPOCH) / half-life), scaled so that 2026 is near 2^40: 23 bits of count fit
 *        until 2040, and what rounding loses of a report of 2010 is under 1e-6 of itself.
 *        A term of one incident (four of five) needs no list.
 * TRUST  Terms come from the lexicon, never from outside.
 * OWNS   Nothing: the arena it was given. Lists that outgrow their place leave the old one there;
 *        lists that nobody needs serve the next term.
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

/* ---- Holders */
static void set_posting(hmi_posting *posting, hmi_kind kind, uint32_t df, uint32_t at)
{
    posting->packed = (uint32_t)kind << HMI_POSTING_DF_BITS | df;
    posting->at = at;
}

static int new_holders(hmi_known *known, uint32_t *ret, hm_err *err)
{
    if (known->free_holder > 0) { /* with the lists it had */
        *ret = known->free_holder - 1;
        known->free_holder = known->holders[*ret].next_free;
        return HM_OK;
    }
    hmi_holders *holders = hmi_arena_grow(known->arena, known->holders, known->holder_count,
                                          &known->holder_capacity, sizeof(*holders));
    if (holders == NULL) {
        return hmi_arena_fail(known->arena, err);
    }
    known->holders = holders;
    *ret = (uint32_t)known->holder_count++;
    holders[*ret] = (hmi_holders){ 0 };
    return HM_OK;
}

static int room_in_list(hmi_known *known, hmi_holders *holders, uint32_t count, hm_err *err)
{
    if (count < holders->slot_capacity) {
        return HM_OK;
    }
    const uint32_t capacity = holders->slot_capacity > 0 ? holders->slot_capacity * 2 : 4;
    uint32_t *slots = hmi_new_array(known->arena, uint32_t, capacity);
    if (slots == NULL) {
        return hmi_arena_fail(known->arena, err);
    }
    if (count > 0) {
        memcpy(slots, holders->slots, count * sizeof(*slots));
    }
    holders->slots = slots;
    holders->slot_capacity = capacity;
    return HM_OK;
}

/* ---- Actors of a term, sorted by actor */
static size_t place_of(const hmi_holders *holders, uint32_t actor)
{
    size_t low = 0, high = holders->shown_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (holders->shown[middle].actor < actor) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int show(hmi_known *known, hmi_holders *holders, uint32_t actor, uint64_t weight,
                hm_err *err)
{
    const size_t at = place_of(holders, actor);
    if (at < holders->shown_count && holders->shown[at].actor == actor) {
        holders->shown[at].incidents += 1;
        holders->shown[at].weight += weight;
        return HM_OK;
    }
    if (holders->shown_count == holders->shown_capacity) {
        const uint32_t capacity = holders->shown_capacity > 0 ? holders->shown_capacity * 2 : 2;
        hmi_shown *shown = hmi_new_array(known->arena, hmi_shown, capacity);
        if (shown == NULL) {
            return hmi_arena_fail(known->arena, err);
        }
        if (holders->shown_count > 0) {
            memcpy(shown, holders->shown, holders->shown_count * sizeof(*shown));
        }
        holders->shown = shown;
        holders->shown_capacity = capacity;
    }
    memmove(holders->shown + at + 1, holders->shown + at,
            (holders->shown_count - at) * sizeof(*holders->shown));
    holders->shown[at] = (hmi_shown){ actor, 1, weight };
    holders->shown_count += 1;
    return HM_OK;
}

static void unshow(hmi_holders *holders, uint32_t actor, uint64_t weight)
{
    const size_t at = place_of(holders, actor);
    hmi_assert(at < holders->shown_count && holders->shown[at].actor == actor);
    holders->shown[at].incidents -= 1;
    holders->shown[at].weight -= weight;
    if (holders->shown[at].incidents == 0) {
        holders->shown_count -= 1;
        memmove(holders->shown + at, holders->shown + at + 1,
                (holders->shown_count - at) * sizeof(*holders->shown));
    }
}

/* An incident's weight for a kind: one exponential an age, not one a term. */
typedef struct weights {
    uint64_t of[HMI_AGE_COUNT];
} weights;

static weights weights_of(int32_t day)
{
    weights w;
    for (int age = 0; age < HMI_AGE_COUNT; age++) {
        w.of[age] = hmi_age_weight((hmi_age)age, day);
    }
    return w;
}

static int post(hmi_known *known, uint32_t term, uint32_t slot, const weights *w, hm_err *err)
{
    hmi_posting *posting = &known->postings[term];
    const uint32_t df = hmi_posting_df(posting);
    if (df == 0) {
        set_posting(posting, known->lexicon->terms[term].kind, 1, slot);
        return HM_OK;
    }
    const hmi_kind kind = hmi_posting_kind(posting);
    const hmi_age age = hmi_kind_age(kind);
    uint32_t at = posting->at;
    if (df == 1) {
        const uint32_t only = posting->at;
        const hmi_known_incident *first = &known->incidents[only];
        HMI_TRY(new_holders(known, &at, err));
        hmi_holders *fresh = &known->holders[at];
        HMI_TRY(room_in_list(known, fresh, 0, err));
        fresh->shown_count = 0;
        fresh->slots[0] = only;
        HMI_TRY(show(known, fresh, first->actor, hmi_age_weight(age, first->day), err));
    }
    hmi_holders *holders = &known->holders[at];
    HMI_TRY(room_in_list(known, holders, df, err));
    holders->slots[df] = slot;
    set_posting(posting, kind, df + 1, at);
    return show(known, holders, known->incidents[slot].actor, w->of[age], err);
}

static void unpost(hmi_known *known, uint32_t term, uint32_t slot, const weights *w)
{
    hmi_posting *posting = &known->postings[term];
    const hmi_kind kind = hmi_posting_kind(posting);
    const uint32_t df = hmi_posting_df(posting), place = posting->at;
    if (df == 1) {
        set_posting(posting, kind, 0, 0);
        return;
    }
    hmi_holders *holders = &known->holders[place];
    size_t at = 0;
    while (holders->slots[at] != slot) {
        at++;
        hmi_assert(at < df);
    }
    holders->slots[at] = holders->slots[df - 1];
    unshow(holders, known->incidents[slot].actor, w->of[hmi_kind_age(kind)]);
    set_posting(posting, kind, df - 1, place);
    if (df == 2) { /* back to one: the place is free for others */
        set_posting(posting, kind, 1, holders->slots[0]);
        holders->next_free = known->free_holder;
        known->free_holder = place + 1;
    }
}

size_t hmi_known_shown(const hmi_known *known, uint32_t term, hmi_shown *one, const hmi_shown **ret)
{
    const uint32_t df = hmi_known_df(known, term);
    if (df == 0) {
        return 0;
    }
    const hmi_posting *posting = &known->postings[term];
    if (df > 1) {
        *ret = known->holders[posting->at].shown;
        return known->holders[posting->at].shown_count;
    }
    const hmi_known_incident *incident = &known->incidents[posting->at];
    *one = (hmi_shown){ .actor = incident->actor, .incidents = 1 };
    one->weight = hmi_age_weight(hmi_kind_age(hmi_posting_kind(posting)), incident->day);
    *ret = one;
    return 1;
}

static void count_actor(hmi_known *known, const hmi_known_incident *incident, const weights *w,
                        int sign)
{
    hmi_known_actor *actor = &known->actors[incident->actor];
    known->count += (uint32_t)sign;
    actor->incidents += (uint32_t)sign;
    actor->changes += 1;
    for (int age = 0; age < HMI_AGE_COUNT; age++) {
        actor->weight[age] += sign > 0 ? w->of[age] : 0 - w->of[age];
    }
    for (int kind = 0; kind < HMI_KIND_COUNT; kind++) {
        if ((incident->kinds >> kind & 1) == 0) {
            continue;
        }
        const uint64_t weight = w->of[hmi_kind_age((hmi_kind)kind)];
        known->kind_incidents[kind] += (uint32_t)sign;
        actor->kind_incidents[kind] += (uint32_t)sign;
        actor->kind_weight[kind] += sign > 0 ? weight : 0 - weight;
    }
}

/* Terms stand anywhere in the table: what comes soon is fetched while this one is worked on. */
enum { AHEAD = 24, AHEAD_LIST = 16, AHEAD_SHOWN = 8 };

static void fetch(const hmi_known *known, const hmi_known_incident *incident, size_t i)
{
    if (i + AHEAD < incident->term_count) {
        __builtin_prefetch(&known->postings[incident->terms[i + AHEAD]], 1);
    }
    if (i + AHEAD_LIST < incident->term_count) {
        const hmi_posting *posting = &known->postings[incident->terms[i + AHEAD_LIST]];
        if (hmi_posting_df(posting) > 1) {
            __builtin_prefetch(&known->holders[posting->at], 1);
        }
    }
    if (i + AHEAD_SHOWN < incident->term_count) {
        const hmi_posting *posting = &known->postings[incident->terms[i + AHEAD_SHOWN]];
        const uint32_t df = hmi_posting_df(posting);
        if (df > 1) {
            const hmi_holders *holders = &known->holders[posting->at];
            __builtin_prefetch(holders->slots + df, 1);
            __builtin_prefetch(holders->shown, 1);
            __builtin_prefetch(holders->shown + holders->shown_count / 2, 1);
        }
    }
}

static int post_all(hmi_known *known, uint32_t slot, hm_err *err)
{
    hmi_known_incident *incident = &known->incidents[slot];
    const weights w = weights_of(incident->day);
    for (size_t i = 0; i < incident->term_count; i++) {
        fetch(known, incident, i);
        HMI_TRY(post(known, incident->terms[i], slot, &w, err));
        incident->kinds |= 1u << hmi_posting_kind(&known->postings[incident->terms[i]]);
    }
    hmi_known_actor *actor = &known->actors[incident->actor];
    uint32_t *slots = hmi_arena_grow(known->arena, actor->slots, actor->incidents,
                                     &actor->slot_capacity, sizeof(*slots));
    if (slots == NULL) {
        return hmi_arena_fail(known->arena, err);
    }
    actor->slots = slots;
    slots[actor->incidents] = slot;
    incident->place = actor->incidents;
    count_actor(known, incident, &w, 1);
    if (actor->last_day < incident->day) {
        actor->last_day = incident->day;
    }
    incident->withdrawn = false;
    return HM_OK;
}

int hmi_known_reserve(hmi_known *known, size_t terms, hm_err *err)
{
    return terms > 0 && terms <= UINT32_MAX ? room_for_term(known, (uint32_t)(terms - 1), err)
                                            : HM_OK;
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
    }
    const uint32_t slot = (uint32_t)known->slot_count++;
    HMI_TRY(post_all(known, slot, err));
    *ret_slot = slot;
    return HM_OK;
}

int hmi_known_restore(hmi_known *known, uint32_t slot, hm_err *err)
{
    if (slot >= known->slot_count || !known->incidents[slot].withdrawn) {
        return HM_OK;
    }
    return post_all(known, slot, err);
}

void hmi_known_withdraw(hmi_known *known, uint32_t slot)
{
    if (slot >= known->slot_count || known->incidents[slot].withdrawn) {
        return;
    }
    hmi_known_incident *incident = &known->incidents[slot];
    const weights w = weights_of(incident->day);
    for (size_t i = 0; i < incident->term_count; i++) {
        unpost(known, incident->terms[i], slot, &w);
    }
    count_actor(known, incident, &w, -1);
    hmi_known_actor *actor = &known->actors[incident->actor];
    incident->withdrawn = true;
    const uint32_t last = actor->slots[actor->incidents];
    actor->slots[incident->place] = last;
    known->incidents[last].place = incident->place;
    if (actor->last_day == incident->day) {
        actor->last_day = INT32_MIN;
        for (size_t i = 0; i < actor->incidents; i++) {
            const int32_t day = known->incidents[actor->slots[i]].day;
            actor->last_day = day > actor->last_day ? day : actor->last_day;
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
