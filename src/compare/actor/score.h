/* SPDX-License-Identifier: Apache-2.0
 *
 * score.h - an incident against the known ones: for each actor, numbers that say how well it fits.
 *
 * Nothing here is fitted: counting, logarithms, cosines. model.h turns a row into a likelihood.
 * Natural logarithms throughout (nats); findings convert to bits.
 */
#ifndef HMI_COMPARE_ACTOR_SCORE_H
#define HMI_COMPARE_ACTOR_SCORE_H

#include "compare/actor/known.h"

/* The columns of a row. For each weighed kind three: S (discounted sum of log likelihood ratios),
 * D (the same with a slow discount), V (share of the query's traits of that kind the actor has
 * shown, by rarity). Then nearness, prior, and the columns of "none of the known". */
enum {
    HMI_VIEW_ALL, /* nearness over all traits */
    HMI_VIEW_NAME,
    HMI_VIEW_INFRA,
    HMI_VIEW_PATH,
    HMI_VIEW_TTP,
    HMI_VIEW_EXACT,
    HMI_VIEW_COUNT
};
enum {
    HMI_COL_NEAR = 3 * HMI_KIND_WEIGHED, /* cosine to the nearest incident of the actor */
    HMI_COL_NEAR10,                      /* its share of the ten nearest */
    HMI_COL_NEAR_AGED, /* near, near10 with incidents fading in 30, 120, 365 days */
    HMI_COL_VOTE =
        HMI_COL_NEAR_AGED + 6,       /* share and mass of squared cosines, 60, 365, 1460 days */
    HMI_COL_VIEW = HMI_COL_VOTE + 6, /* near, near10, near in 120 days, of each other view */
    HMI_COL_EVIDENCE = HMI_COL_VIEW + 3 * (HMI_VIEW_COUNT - 1), /* evidence ends here */
    HMI_COL_PRIOR = HMI_COL_EVIDENCE,      /* ln(1 + incidents, fading in two years) */
    HMI_COL_RECENT,                        /* seen within a year */
    HMI_COL_PRIOR_AGED,                    /* ln(1 + incidents) fading in 30, 90, 365 days */
    HMI_COL_NONE = HMI_COL_PRIOR_AGED + 3, /* only in the row of "none": 1 */
    HMI_COL_NONE_SIZE,                     /* ln(1 + traits) */
    HMI_COL_NONE_NOVEL,                    /* share of traits never seen, by rarity */
    HMI_COL_NONE_NEAR,                     /* cosine to the nearest incident of all */
    HMI_COL_NONE_KINDS,                    /* ln(1 + kinds observed) */
    HMI_COL_NONE_TTP,                      /* has techniques or tools */
    HMI_COL_NONE_NET,                      /* has names or addresses */
    HMI_COL_NONE_NOVEL2,                   /* novelty squared */
    HMI_COL_NONE_ALONE,                    /* techniques and tools are all there is */
    HMI_COL_NONE_MANY,                     /* ln(1 + techniques and tools) */
    HMI_COL_COUNT
};
/* "S:ip", "near:10", "vote:365", "none:size" ...; as model files name them. */
const char *hmi_col_name(int col, char buffer[32]);

enum {
    HMI_SCORE_STRONGEST = 24,  /* agreements of a kind that are summed */
    HMI_SCORE_NEAR_MAX = 128,  /* incidents weighed for nearness in a casebook */
    HMI_SCORE_RAREST = 64,     /* traits of a kind that are looked at */
    HMI_SCORE_NEAR_HUB = 10000 /* a trait of more incidents brings none of them up */
};

/* A report as a question. */
typedef struct hmi_query {
    uint32_t *terms; /* an observable that is known counts once, without what derives from it */
    size_t term_count;
    uint32_t *bare; /* without known observables: what is left is habit */
    size_t bare_count;
    size_t all_count; /* distinct traits, observed and derived */
    size_t kinds;     /* kinds observed */
    size_t ttp;       /* techniques and tools observed */
    bool ttp_alone;   /* nothing else was */
    bool has_net;
    double novel; /* share of all traits never seen, by rarity */
} hmi_query;

/* A term of the question, and in which views it counts. */
typedef struct hmi_mark {
    uint32_t term; /* + 1; 0: free */
    uint32_t views;
} hmi_mark;

typedef struct hmi_scorer {
    const hmi_known *known;
    hmi_arena *arena; /* of the scorer: its working memory, grows to the largest need */
    size_t near_max;  /* incidents weighed for nearness; 0: all that share anything */
    bool reference;   /* compute only the reference's columns */
    /* working memory */
    double *rows;      /* actor_count x HMI_COL_COUNT */
    uint32_t *present; /* actors with incidents, ascending */
    size_t present_count;
    size_t row_capacity, slot_capacity, mark_capacity;
    double *matches; /* actor x HMI_SCORE_RAREST */
    uint8_t *match_count;
    double *dots; /* per slot */
    uint32_t *touched;
    struct hmi_near_row *near;
    size_t near_count;
    uint64_t *squares; /* by df: fixed-point squared weight; 0: not computed yet */
    size_t square_capacity;
    uint32_t square_count; /* of how many incidents */
    hmi_mark *marks;       /* the question's terms that are known: a table by term */
    size_t mark_mask;
    uint64_t query_sums[HMI_VIEW_COUNT]; /* fixed-point squared norms of the question, by view */
    double none[HMI_COL_COUNT - HMI_COL_NONE];
    size_t ttp; /* of the question last scored */
    bool ttp_alone;
} hmi_scorer;

void hmi_scorer_init(hmi_scorer *scorer, const hmi_known *known, hmi_arena *arena);
/* In `arena`, which may be reset before the next. */
int hmi_query_make(const hmi_known *known, const hmi_report *report, hmi_arena *arena,
                   hmi_query *ret, hm_err *err);
/* Fills scorer->rows for the actors in scorer->present, and scorer->none. `today`: ages count from
 * here. */
int hmi_score(hmi_scorer *scorer, const hmi_query *query, int32_t today, hmi_arena *arena,
              hm_err *err);
/* The same for fewer terms of the question measured last, near rows as they stand (near.h). */
int hmi_score_again(hmi_scorer *scorer, const hmi_query *query, int32_t today, hmi_arena *arena,
                    hm_err *err);
static inline const double *hmi_score_row(const hmi_scorer *scorer, uint32_t actor)
{
    return scorer->rows + (size_t)actor * HMI_COL_COUNT;
}

/* The log likelihood ratio of one trait for an actor; 0 when it says nothing for it. */
double hmi_trait_llr(const hmi_known *known, uint32_t term, uint32_t actor, int32_t today);

/* Nearest incidents, best first: for explanations and for correlation. */
typedef struct hmi_nearest {
    uint32_t slot;
    double cosine;
} hmi_nearest;
/* Of the question last scored, and of one actor; at most `max`. */
size_t hmi_score_nearest(const hmi_scorer *scorer, uint32_t actor, hmi_nearest *ret, size_t max);

#endif
