/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.h - from one incident's traits to the incidents that share any of them.
 *
 * The first half of a comparison: each trait is priced by its rarity and looked up in the casebook;
 * what comes back is sorted by incident. weigh.h is the second half. Private to this room.
 */
#ifndef HMI_COMPARE_GATHER_H
#define HMI_COMPARE_GATHER_H

#include "compare/finding.h"
#include "compare/rarity.h"

enum {
    HMI_GATHER_SHARED_MAX = 1000000,  /* (trait, incident) pairs in hand */
    HMI_GATHER_CROWDED_MAX = 64,      /* incidents a trait may link once that is reached */
    HMI_GATHER_ALIKE_FUNCTIONS = 256, /* functions looked up by likeness: the largest */
    HMI_GATHER_BATCH = 4096,          /* traits asked about at once */
    HMI_GATHER_ALIKE_MAX = 32,        /* likenesses taken of each */
    HMI_TOP_OF_CLASS = 24             /* strongest agreements of a class that are weighed */
};

/* One trait of the incident in hand. */
typedef struct hmi_probe {
    const hmi_incident_trait *trait;
    const hmi_class_row *row;
    uint64_t others; /* other incidents that hold it */
    uint32_t baseline;
    bool alike;     /* look it up by likeness too */
    double part;    /* of its rarity that it may claim (size of a function) */
    hmi_seen *seen; /* filled when first needed */
    size_t seen_count;
    bool seen_known;
} hmi_probe;

/* A trait and one that is the same or alike on another side: worth the same with every incident
 * that holds the other, so it is kept once for all of them. */
typedef struct hmi_agreement {
    uint32_t probe;
    uint32_t baseline; /* harmless files that hold it or one as alike */
    int64_t there;     /* the trait's id on the other side */
    double similarity;
    double bits;     /* alone */
    uint64_t others; /* incidents that hold it or one as alike */
} hmi_agreement;

/* An agreement with one incident. */
typedef struct hmi_shared {
    uint32_t candidate, agreement;
} hmi_shared;

typedef struct hmi_candidate {
    int64_t incident;
    size_t first, count; /* its agreements in `by_candidate` */
    double rough;        /* bits with every agreement taken as one fact per class */
} hmi_candidate;

typedef enum hmi_aside_why {
    HMI_ASIDE_NOISE,
    HMI_ASIDE_VICTIM,
    HMI_ASIDE_FILED, /* the name the evidence was filed under */
    HMI_ASIDE_CLAIM,
    HMI_ASIDE_BASELINE,
    HMI_ASIDE_HUB,
    HMI_ASIDE_COMMON,
    HMI_ASIDE_SMALL
} hmi_aside_why;

/* A shared trait that links nothing. */
typedef struct hmi_aside {
    uint32_t probe;
    hmi_aside_why why;
    const char *noise;
    uint64_t others;
    uint32_t baseline;
} hmi_aside;

typedef struct hmi_gathering {
    hmi_store *store;
    hmi_arena *arena;
    int64_t incident, only;
    uint64_t incidents_all, baseline_all;
    hmi_incident_trait *traits;
    hmi_probe *probes; /* as many as traits, in the store's order (class, key) */
    size_t trait_count;
    hmi_agreement *agreements;
    size_t agreement_count, agreement_capacity;
    hmi_shared *shared; /* in order of probe */
    size_t shared_count, shared_capacity;
    uint32_t *by_candidate;    /* agreements by candidate, then probe; hmi_agreement_of() */
    hmi_candidate *candidates; /* in order of first appearance */
    size_t candidate_count, candidate_capacity;
    uint32_t *slots; /* incident -> candidate + 1, open addressing */
    size_t slot_mask;
    hmi_aside *asides;
    size_t aside_count, aside_capacity;
} hmi_gathering;

/* `g` has store, arena, incident and only; the rest is filled. */
int hmi_gather(hmi_gathering *g, hm_err *err);
/* The n-th agreement with a candidate. */
static inline const hmi_agreement *hmi_agreement_of(const hmi_gathering *g,
                                                    const hmi_candidate *candidate, size_t n)
{
    return &g->agreements[g->by_candidate[candidate->first + n]];
}

int hmi_gather_aside(hmi_gathering *g, uint32_t probe, hmi_aside_why why, const char *noise,
                     hm_err *err);

/* The address, name or range of the victim's own machine, by the part it played: inside evidence
 * it is context and never matches outside (Nonghyup 2013). */
bool hmi_is_victims_own(hmi_class class_id, uint32_t roles);

/* sum of bits[k] 0.6^k, largest first: what always comes together counts as little more than one.
 */
double hmi_discount(const double *bits_descending, size_t count);
#define HMI_DISCOUNT 0.6

#endif
