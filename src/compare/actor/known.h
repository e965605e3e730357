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

/* Of a term that two or more incidents show. */
typedef struct hmi_holders {
    uint32_t *slots;  /* unordered */
    hmi_shown *shown; /* by actor */
    uint32_t slot_capacity, shown_count, shown_capacity;
    uint32_t next_free;
} hmi_holders;

/* Eight bytes a term: four of five terms are shown by one incident only, and a question looks at
 * thousands of them. */
typedef struct hmi_posting {
    uint32_t at;     /* df 1: the slot; more: the place in known->holders */
    uint32_t packed; /* kind << 27 | df */
} hmi_posting;
enum { HMI_POSTING_DF_BITS = 27 };
_Static_assert(HMI_KIND_COUNT <= 32, "a kind is five bits of a posting");

typedef struct hmi_known_incident {
    uint32_t actor;
    int32_t day;
    uint32_t term_count;
    uint32_t kinds; /* bit set */
    uint32_t place; /* in its actor's slots */
    bool withdrawn;
    const uint32_t *terms; /* distinct */
    hm_text id;
} hmi_known_incident;

typedef struct hmi_known_actor {
    uint32_t incidents;
    uint32_t *slots; /* of its incidents, unordered */
    size_t slot_capacity;
    uint64_t changes; /* counts additions and withdrawals */
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
    hmi_holders *holders;
    size_t holder_count, holder_capacity;
    uint32_t free_holder;          /* place + 1 of the first that nobody needs */
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
/* Takes a withdrawn incident in again, in its old slot. */
int hmi_known_restore(hmi_known *known, uint32_t slot, hm_err *err);
/* Room for so many terms at once: building then copies no table twice. */
int hmi_known_reserve(hmi_known *known, size_t terms, hm_err *err);
static inline uint32_t hmi_posting_df(const hmi_posting *posting)
{
    return posting->packed & ((1u << HMI_POSTING_DF_BITS) - 1);
}
static inline hmi_kind hmi_posting_kind(const hmi_posting *posting)
{
    return (hmi_kind)(posting->packed >> HMI_POSTING_DF_BITS);
}
static inline uint32_t hmi_known_df(const hmi_known *known, uint32_t term)
{
    return term < known->posting_capacity ? hmi_posting_df(&known->postings[term]) : 0;
}
/* The slots that show a term; hmi_known_df of them. Valid until the next change. */
static inline const uint32_t *hmi_known_slots(const hmi_known *known, uint32_t term)
{
    const hmi_posting *posting = &known->postings[term];
    return hmi_posting_df(posting) > 1 ? known->holders[posting->at].slots : &posting->at;
}
/* What actors have shown of a term, by actor; `one` holds it where there is but one incident. */
size_t hmi_known_shown(const hmi_known *known, uint32_t term, hmi_shown *one,
                       const hmi_shown **ret);

/* Distinct terms of a report, observed and derived, in no order that means anything; in the arena.
 */
int hmi_report_terms(const hmi_report *report, hmi_arena *arena, uint32_t **ret, size_t *ret_count,
                     hm_err *err);
/* Drops doubles in place; returns how many are left. */
size_t hmi_terms_distinct(uint32_t *terms, size_t count);
/* Drops one term in place. */
size_t hmi_terms_without(uint32_t *terms, size_t count, uint32_t term);

#endif
