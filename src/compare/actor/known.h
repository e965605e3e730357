/* SPDX-License-Identifier: Apache-2.0
 *
 * known.h - the incidents whose actor somebody names, by trait and by actor.
 *
 * Adding or withdrawing an incident touches its own postings only, and all counts are integers
 * (decayed ones in fixed point), so that any order of additions and withdrawals gives exactly what
 * a rebuild gives.
 */
#ifndef HMI_COMPARE_ACTOR_KNOWN_H
#define HMI_COMPARE_ACTOR_KNOWN_H

#include "compare/actor/report.h"

/* How fast kinds of evidence age. */
typedef enum hmi_age {
    HMI_AGE_YEAR,   /* half of it in 365 days: addresses, networks */
    HMI_AGE_2YEARS, /* names, ports, the count of incidents */
    HMI_AGE_4YEARS, /* the rest */
    HMI_AGE_90DAYS, /* how busy an actor is just now */
    HMI_AGE_30DAYS,
    HMI_AGE_COUNT
} hmi_age;
hmi_age hmi_kind_age(hmi_kind kind);
/* The fixed-point weight of one incident of a day. */
uint64_t hmi_age_weight(hmi_age age, int32_t day);
/* What the fixed-point weights of an age are worth on a day: decayed count = sum * this. */
double hmi_age_scale(hmi_age age, int32_t today);

/* How often an actor has shown a trait. */
typedef struct hmi_shown {
    uint32_t actor, incidents;
    uint64_t weight; /* sum of fixed-point weights */
} hmi_shown;

typedef struct hmi_posting {
    uint32_t df; /* incidents that show it */
    uint32_t list_capacity;
    uint32_t shown_count, shown_capacity;
    union {
        uint32_t one;   /* df == 1 */
        uint32_t *list; /* slots, unordered */
    } in;
    hmi_shown *shown; /* by actor; NULL while df <= 1 */
} hmi_posting;

typedef struct hmi_known_incident {
    uint32_t actor;
    int32_t day;
    uint32_t term_count;
    uint32_t kinds; /* bit set */
    bool withdrawn;
    const uint32_t *terms; /* distinct */
    hm_text id;
} hmi_known_incident;

typedef struct hmi_known_actor {
    uint32_t incidents;
    int32_t last_day;
    uint64_t weight[HMI_AGE_COUNT];
    uint32_t kind_incidents[HMI_KIND_COUNT];
    uint64_t kind_weight[HMI_KIND_COUNT];
} hmi_known_actor;

typedef struct hmi_known {
    hmi_arena *arena;
    const hmi_lexicon *lexicon;
    hmi_posting *postings; /* by term */
    size_t posting_capacity;
    hmi_known_incident *incidents; /* by slot */
    size_t slot_count, slot_capacity;
    uint32_t count; /* not withdrawn */
    hmi_known_actor *actors;
    size_t actor_count, actor_capacity;
    uint32_t kind_incidents[HMI_KIND_COUNT];
} hmi_known;

void hmi_known_init(hmi_known *known, hmi_arena *arena, const hmi_lexicon *lexicon);
/* `terms` are distinct (hmi_report_terms); they and `id` must stay alive. When it fails, the whole
 * of `known` is to be given up. */
int hmi_known_add(hmi_known *known, uint32_t actor, int32_t day, hm_text id, const uint32_t *terms,
                  size_t term_count, uint32_t *ret_slot, hm_err *err);
/* Leaves no trace. */
void hmi_known_withdraw(hmi_known *known, uint32_t slot);
static inline uint32_t hmi_known_df(const hmi_known *known, uint32_t term)
{
    return term < known->posting_capacity ? known->postings[term].df : 0;
}

/* Distinct terms of a report, observed and derived, in no order that means anything; in the arena.
 */
int hmi_report_terms(const hmi_report *report, hmi_arena *arena, uint32_t **ret, size_t *ret_count,
                     hm_err *err);
/* Drops doubles in place; returns how many are left. */
size_t hmi_terms_distinct(uint32_t *terms, size_t count);
/* Drops one term in place. */
size_t hmi_terms_without(uint32_t *terms, size_t count, uint32_t term);

#endif
