/* SPDX-License-Identifier: Apache-2.0
 *
 * score.c - counts to log likelihood ratios, coverage and nearness.
 *
 * WHY    Whose habits are these? For each actor: how much more often it shows each trait than
 *        everybody else does, how much of the incident it explains, and how near its incidents are.
 * FORM   For a term f of kind c, an actor a (its own incidents left out of the background):
 *          p(f)   = (df - n + 1/2) / (N_c - N_ac + 1)
 *          P(f|a) = (n~ + p) / (N~_ac + 1)              shrunk towards the background
 *          l(f,a) = max(0, ln P/p)
 *          S_c = sum 0.6^k l_(k), D_c = sum 0.95^k l_(k) over the 24 largest, of the 64 rarest
 *          V_c = idf-weighted share of the query's terms of the kind with l > 0
 * TRUST  Works on ids of the lexicon. OWNS: its working memory, in the arena it was given.
 */
#include "compare/actor/score.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/actor/near.h"
#include "compare/arith.h"

#define FAST 0.6
#define SLOW 0.95

/* ---- Names */
const char *hmi_col_name(int col, char buffer[32])
{
    static const char *const VIEWS[] = { "all", "name", "infra", "path", "ttp", "exact" };
    static const char *const NEAR[] = { "near:1",    "near:10",    "near30:1",  "near30:10",
                                        "near120:1", "near120:10", "near365:1", "near365:10",
                                        "vote:60",   "mass:60",    "vote:365",  "mass:365",
                                        "vote:1460", "mass:1460" };
    static const char *const VIEW[] = { "1", "10", "120" };
    static const char *const REST[] = { "prior",       "recent",     "prior:30",  "prior:90",
                                        "prior:365",   "none",       "none:size", "none:novel",
                                        "none:near",   "none:kinds", "none:ttp",  "none:net",
                                        "none:novel2", "none:alone", "none:many" };
    if (col < HMI_COL_NEAR) {
        snprintf(buffer, 32, "%c:%s", "SDV"[col % 3], hmi_kind_name((hmi_kind)(col / 3)));
    } else if (col < HMI_COL_VIEW) {
        snprintf(buffer, 32, "%s", NEAR[col - HMI_COL_NEAR]);
    } else if (col < HMI_COL_EVIDENCE) {
        snprintf(buffer, 32, "near-%s:%s", VIEWS[1 + (col - HMI_COL_VIEW) / 3],
                 VIEW[(col - HMI_COL_VIEW) % 3]);
    } else if (col < HMI_COL_COUNT) {
        snprintf(buffer, 32, "%s", REST[col - HMI_COL_EVIDENCE]);
    } else {
        buffer[0] = 0;
    }
    return buffer;
}

/* ---- Questions */
static int by_term(const void *a, const void *b, void *lexicon)
{
    return hmi_lexicon_compare(lexicon, *(const uint32_t *)a, *(const uint32_t *)b);
}

static void sort_terms(const hmi_lexicon *lexicon, uint32_t *terms, size_t count)
{
    if (count > 1) {
        qsort_r(terms, count, sizeof(*terms), by_term, (void *)(uintptr_t)lexicon);
    }
}

static double novelty(const hmi_known *known, const uint32_t *terms, size_t count)
{
    double all = 0, seen = 0;
    for (size_t i = 0; i < count; i++) {
        const double weight = hmi_near_weight(known, terms[i]);
        all += weight;
        seen += hmi_known_df(known, terms[i]) > 0 ? weight : 0;
    }
    return 1 - seen / (all > 1e-9 ? all : 1e-9);
}

static void count_kinds(const hmi_lexicon *lexicon, const hmi_report *report, hmi_query *ret)
{
    uint32_t kinds = 0;
    for (size_t i = 0; i < report->observed_count; i++) {
        const hmi_kind kind = lexicon->terms[report->observed[i].term].kind;
        kinds |= 1u << kind;
        ret->ttp += kind == HMI_KIND_TECHNIQUE || kind == HMI_KIND_SOFTWARE;
    }
    ret->kinds = (size_t)__builtin_popcount(kinds);
    ret->ttp_alone =
        ret->ttp > 0 && (kinds & ~(1u << HMI_KIND_TECHNIQUE | 1u << HMI_KIND_SOFTWARE)) == 0;
    ret->has_net = (kinds & (1u << HMI_KIND_DOMAIN | 1u << HMI_KIND_IP)) != 0;
}

int hmi_query_make(const hmi_known *known, const hmi_report *report, hmi_arena *arena,
                   hmi_query *ret, hm_err *err)
{
    const hmi_lexicon *lexicon = known->lexicon;
    const size_t most = report->observed_count + report->derived_count;
    hmi_query query = { 0 };
    uint32_t *all = NULL;
    query.terms = hmi_new_array(arena, uint32_t, most);
    query.bare = hmi_new_array(arena, uint32_t, most);
    if (query.terms == NULL || query.bare == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < report->observed_count; i++) {
        const hmi_observed *seen = &report->observed[i];
        if (hmi_kind_is_root(lexicon->terms[seen->term].kind) &&
            hmi_known_df(known, seen->term) > 0) {
            query.terms[query.term_count++] = seen->term;
            continue;
        }
        query.bare[query.bare_count++] = seen->term;
        for (size_t k = 0; k < seen->derived_count; k++) {
            query.bare[query.bare_count++] = report->derived[seen->derived_first + k];
        }
    }
    query.bare_count = hmi_terms_distinct(query.bare, query.bare_count);
    memcpy(query.terms + query.term_count, query.bare, query.bare_count * sizeof(*query.bare));
    query.term_count = hmi_terms_distinct(query.terms, query.term_count + query.bare_count);
    sort_terms(lexicon, query.bare, query.bare_count);
    sort_terms(lexicon, query.terms, query.term_count);
    HMI_TRY(hmi_report_terms(report, arena, &all, &query.all_count, err));
    sort_terms(lexicon, all, query.all_count);
    query.novel = novelty(known, all, query.all_count);
    count_kinds(lexicon, report, &query);
    *ret = query;
    return HM_OK;
}

/* ---- Working memory */
void hmi_scorer_init(hmi_scorer *scorer, const hmi_known *known, hmi_arena *arena)
{
    *scorer = (hmi_scorer){ .known = known, .arena = arena };
}

int hmi_scorer_room(hmi_scorer *s, hm_err *err)
{
    const hmi_known *known = s->known;
    if (s->row_capacity < known->actor_count) {
        s->row_capacity = known->actor_count + known->actor_count / 2 + 16;
        s->rows = hmi_new_array(s->arena, double, s->row_capacity *HMI_COL_COUNT);
        s->present = hmi_new_array(s->arena, uint32_t, s->row_capacity);
        s->matches = hmi_new_array(s->arena, double, s->row_capacity *HMI_SCORE_RAREST);
        s->match_count = hmi_new_array(s->arena, uint8_t, s->row_capacity);
    }
    if (s->slot_capacity < known->slot_count) {
        s->slot_capacity = known->slot_count + known->slot_count / 2 + 64;
        s->dots = hmi_new_array(s->arena, double, s->slot_capacity);
        s->touched = hmi_new_array(s->arena, uint32_t, s->slot_capacity);
        s->near = hmi_new_array(s->arena, hmi_near_row, s->slot_capacity);
    }
    if (s->square_capacity <= known->count) {
        s->square_capacity = (size_t)known->count * 2 + 64;
        s->squares = hmi_new_array(s->arena, uint64_t, s->square_capacity);
        s->square_count = known->count;
    } else if (s->square_count != known->count) {
        memset(s->squares, 0, s->square_capacity * sizeof(*s->squares));
        s->square_count = known->count;
    }
    const bool rows = s->row_capacity == 0 || (s->rows != NULL && s->present != NULL &&
                                               s->matches != NULL && s->match_count != NULL);
    const bool slots =
        s->slot_capacity == 0 || (s->dots != NULL && s->touched != NULL && s->near != NULL);
    return rows && slots && s->squares != NULL ? HM_OK : hmi_arena_fail(s->arena, err);
}

int hmi_scorer_marks(hmi_scorer *s, size_t terms, hm_err *err)
{
    size_t need = 64;
    while (need < terms * 4) {
        need *= 2;
    }
    if (s->mark_capacity < need) {
        s->marks = hmi_new_array(s->arena, hmi_mark, need);
        if (s->marks == NULL) {
            return hmi_arena_fail(s->arena, err);
        }
        s->mark_capacity = need;
    }
    s->mark_mask = need - 1;
    return HM_OK;
}

/* ---- Likelihood ratios */

static double llr(const hmi_known *known, hmi_kind kind, uint32_t df, const hmi_shown *shown,
                  double scale)
{
    const hmi_known_actor *actor = &known->actors[shown->actor];
    const double p = (df - shown->incidents + 0.5) /
                     (known->kind_incidents[kind] - actor->kind_incidents[kind] + 1.0);
    const double likely =
        ((double)shown->weight * scale + p) / ((double)actor->kind_weight[kind] * scale + 1.0);
    return hmi_ln(likely / p);
}

double hmi_trait_llr(const hmi_known *known, uint32_t term, uint32_t actor, int32_t today)
{
    const uint32_t df = hmi_known_df(known, term);
    const hmi_kind kind = known->lexicon->terms[term].kind;
    const double scale = hmi_age_scale(hmi_kind_age(kind), today);
    hmi_shown one;
    const hmi_shown *shown = NULL;
    const size_t count = hmi_known_shown(known, term, &one, &shown);
    for (size_t i = 0; i < count; i++) {
        if (shown[i].actor == actor) {
            const double l = llr(known, kind, df, &shown[i], scale);
            return l > 0 ? l : 0;
        }
    }
    return 0;
}

typedef struct rare {
    uint32_t term, order;
    double idf;
} rare;

static int by_rarity(const void *a, const void *b)
{
    const rare *x = a, *y = b;
    if (x->idf < y->idf || x->idf > y->idf) {
        return x->idf > y->idf ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

static void keep_match(hmi_scorer *s, uint32_t actor, double l)
{
    double *to = s->matches + (size_t)actor * HMI_SCORE_RAREST;
    size_t at = s->match_count[actor]++;
    for (; at > 0 && to[at - 1] < l; at--) {
        to[at] = to[at - 1];
    }
    to[at] = l;
}

/* S, D and V of one kind for all actors. `rares` are the query's terms of that kind. */
static void score_kind(hmi_scorer *s, hmi_kind kind, rare *rares, size_t count, int32_t today)
{
    const hmi_known *known = s->known;
    const double scale = hmi_age_scale(hmi_kind_age(kind), today);
    const double all = known->kind_incidents[kind] + 1.0;
    double whole = 0;
    size_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t df = hmi_known_df(known, rares[i].term);
        const double idf = hmi_ln(all / (df + 0.5));
        rares[i].idf = idf > 0.05 ? idf : 0.05;
        rares[i].order = (uint32_t)i;
        whole += rares[i].idf;
    }
    for (size_t i = 0; i < count; i++) {
        if (hmi_known_df(known, rares[i].term) > 0) {
            rares[seen++] = rares[i];
        }
    }
    if (seen > HMI_SCORE_RAREST) {
        qsort(rares, seen, sizeof(*rares), by_rarity);
        seen = HMI_SCORE_RAREST;
    }
    for (size_t i = 0; i < seen; i++) {
        const uint32_t df = hmi_known_df(known, rares[i].term);
        hmi_shown one;
        const hmi_shown *shown = NULL;
        const size_t actors = hmi_known_shown(known, rares[i].term, &one, &shown);
        for (size_t k = 0; k < actors; k++) {
            const double l = llr(known, kind, df, &shown[k], scale);
            if (l > 0) {
                keep_match(s, shown[k].actor, l);
                s->rows[(size_t)shown[k].actor * HMI_COL_COUNT + 3 * kind + 2] += rares[i].idf;
            }
        }
    }
    for (size_t i = 0; i < s->present_count && seen > 0; i++) {
        const uint32_t actor = s->present[i];
        double *row = s->rows + (size_t)actor * HMI_COL_COUNT + 3 * kind;
        const double *match = s->matches + (size_t)actor * HMI_SCORE_RAREST;
        double fast = 1, slow = 1;
        for (size_t k = 0; k < s->match_count[actor] && k < HMI_SCORE_STRONGEST; k++) {
            row[0] += fast * match[k];
            row[1] += slow * match[k];
            fast *= FAST;
            slow *= SLOW;
        }
        row[2] /= whole;
        s->match_count[actor] = 0;
    }
}

static int score_kinds(hmi_scorer *s, const hmi_query *query, int32_t today, hmi_arena *arena,
                       hm_err *err)
{
    rare *rares = hmi_new_array(arena, rare, query->term_count);
    if (rares == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0, end = 0; i < query->term_count; i = end) {
        const hmi_kind kind = s->known->lexicon->terms[query->terms[i]].kind;
        for (end = i;
             end < query->term_count && s->known->lexicon->terms[query->terms[end]].kind == kind;
             end++) {
            rares[end - i].term = query->terms[end];
        }
        if (kind < HMI_KIND_WEIGHED) {
            score_kind(s, kind, rares, end - i, today);
        }
    }
    return HM_OK;
}

/* ---- Prior and none */
static void score_prior(hmi_scorer *s, int32_t today)
{
    static const hmi_age AGES[] = { HMI_AGE_30DAYS, HMI_AGE_90DAYS, HMI_AGE_YEAR };
    for (size_t i = 0; i < s->present_count; i++) {
        const hmi_known_actor *actor = &s->known->actors[s->present[i]];
        double *row = s->rows + (size_t)s->present[i] * HMI_COL_COUNT;
        row[HMI_COL_PRIOR] = hmi_ln(1 + (double)actor->weight[HMI_AGE_2YEARS] *
                                            hmi_age_scale(HMI_AGE_2YEARS, today));
        row[HMI_COL_RECENT] = today - actor->last_day <= 365 ? 1 : 0;
        for (int k = 0; k < 3 && !s->reference; k++) {
            row[HMI_COL_PRIOR_AGED + k] =
                hmi_ln(1 + (double)actor->weight[AGES[k]] * hmi_age_scale(AGES[k], today));
        }
    }
}

static void score_none(hmi_scorer *s, const hmi_query *query)
{
    double *none = s->none;
    none[0] = 1;
    none[HMI_COL_NONE_SIZE - HMI_COL_NONE] = hmi_ln(1 + (double)query->all_count);
    if (s->reference) {
        none[HMI_COL_NONE_NEAR - HMI_COL_NONE] = 0;
        return;
    }
    none[HMI_COL_NONE_NOVEL - HMI_COL_NONE] = query->novel;
    none[HMI_COL_NONE_KINDS - HMI_COL_NONE] = hmi_ln(1 + (double)query->kinds);
    none[HMI_COL_NONE_TTP - HMI_COL_NONE] = query->ttp > 0;
    none[HMI_COL_NONE_NET - HMI_COL_NONE] = query->has_net;
    none[HMI_COL_NONE_NOVEL2 - HMI_COL_NONE] = query->novel * query->novel;
    none[HMI_COL_NONE_ALONE - HMI_COL_NONE] = query->ttp_alone;
    none[HMI_COL_NONE_MANY - HMI_COL_NONE] = hmi_ln(1 + (double)query->ttp);
}

static void clear_rows(hmi_scorer *s, const hmi_query *query)
{
    memset(s->none, 0, sizeof(s->none));
    s->present_count = 0;
    s->ttp = query->ttp;
    s->ttp_alone = query->ttp_alone;
    for (size_t actor = 0; actor < s->known->actor_count; actor++) {
        if (s->known->actors[actor].incidents > 0) {
            s->present[s->present_count++] = (uint32_t)actor;
            memset(s->rows + actor * HMI_COL_COUNT, 0, HMI_COL_COUNT * sizeof(double));
            s->match_count[actor] = 0;
        }
    }
}

int hmi_score_again(hmi_scorer *s, const hmi_query *query, int32_t today, hmi_arena *arena,
                    hm_err *err)
{
    clear_rows(s, query);
    HMI_TRY(score_kinds(s, query, today, arena, err));
    hmi_near_spread(s);
    score_prior(s, today);
    score_none(s, query);
    return HM_OK;
}

int hmi_score(hmi_scorer *s, const hmi_query *query, int32_t today, hmi_arena *arena, hm_err *err)
{
    HMI_TRY(hmi_scorer_room(s, err));
    HMI_TRY(hmi_near_measure(s, query, today, err));
    return hmi_score_again(s, query, today, arena, err);
}
