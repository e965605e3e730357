/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.c - who comes first, what for, what against, and how easily that changes.
 *
 * WHY    A name without its reasons is a rumour. Each suspect comes with the traits that speak for
 *        it, what is typical of it and absent, its nearest incidents, what is left if one kind of
 *        evidence was planted, and the first place with the few traits that carry it.
 * FORM   Every actor is weighed once; all that follows reads these weights. The carriers: the
 *        fewest of the strongest arguments, taken away together, after which another answer comes
 *        first: none, or one of the sixteen likeliest; found by halving, nearness among the
 *        incidents that were measured.
 * TRUST  Works on what is known. OWNS nothing: the caller's arena.
 */
#include "compare/explain.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/actor/near.h"
#include "compare/arith.h"
#include "compare/words.h"

enum {
    SUSPECTS_DEFAULT = 5,
    ARGUMENTS_DEFAULT = 20,
    MISSING_MAX = 5,
    NEAREST_MAX = 3,
    CARRIED_MAX = 8,
    HABIT_INCIDENTS_MIN = 3,
    RIVALS_MAX = 16
};

typedef struct asking {
    const hmi_explaining *e;
    const hmi_known *known;
    hmi_arena *arena;
    const hmi_weighed *weighed; /* by place in present */
    double *posteriors, *llrs;
    double none;
    double without[HMI_PLANT_COUNT]; /* sum of exp z if the group were planted */
    double highest;                  /* of all z */
    uint32_t kinds;                  /* of the question */
} asking;

typedef struct standing {
    double posterior;
    size_t at; /* in present */
    hm_text name;
} standing;

static int by_posterior(const void *a, const void *b)
{
    const standing *x = a, *y = b;
    if (x->posterior < y->posterior || x->posterior > y->posterior) {
        return x->posterior > y->posterior ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(x->name), hmi_text_bytes(y->name));
}

static int by_nats(const void *a, const void *b)
{
    const hmi_argument *x = a, *y = b;
    if (x->nats < y->nats || x->nats > y->nats) {
        return x->nats > y->nats ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(x->value), hmi_text_bytes(y->value));
}

/* ---- Arguments */
static hmi_argument argue(const asking *a, uint32_t term, uint32_t actor)
{
    const hmi_known *known = a->known;
    const struct hmi_term *named = &known->lexicon->terms[term];
    hmi_shown one;
    const hmi_shown *shown = NULL;
    const size_t count = hmi_known_shown(known, term, &one, &shown);
    hmi_argument argument = { .kind = named->kind,
                              .value = named->value,
                              .term = term,
                              .incidents = hmi_known_df(known, term),
                              .nats = hmi_trait_llr(known, term, actor, a->e->today),
                              .actor_all = known->actors[actor].kind_incidents[named->kind],
                              .group = hmi_plant_of(3 * (int)named->kind) };
    for (size_t i = 0; i < count; i++) {
        if (shown[i].actor == actor) {
            argument.actor_incidents = shown[i].incidents;
        } else {
            argument.other_actors += 1;
        }
    }
    return argument;
}

static int argue_all(const asking *a, uint32_t actor, hmi_suspect *ret, hm_err *err)
{
    const hmi_query *query = a->e->query;
    const size_t max =
        a->e->options->arguments_max > 0 ? a->e->options->arguments_max : ARGUMENTS_DEFAULT;
    hmi_argument *all = hmi_new_array(a->arena, hmi_argument, query->term_count);
    if (all == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    size_t count = 0;
    for (size_t i = 0; i < query->term_count; i++) {
        const uint32_t term = query->terms[i];
        if (hmi_known_df(a->known, term) == 0 ||
            a->known->lexicon->terms[term].kind >= HMI_KIND_WEIGHED) {
            continue;
        }
        const hmi_argument argument = argue(a, term, actor);
        if (argument.nats > 0) {
            all[count++] = argument;
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof(*all), by_nats);
    }
    ret->arguments = all;
    ret->argument_count = hmi_min(count, max);
    return HM_OK;
}

/* ---- What is typical of an actor */
void hmi_habits_init(hmi_habits *habits, hmi_arena *arena, const hmi_known *known)
{
    *habits = (hmi_habits){ .arena = arena, .known = known };
}

static bool is_habit(const hmi_known *known, uint32_t term, uint32_t actor)
{
    const hmi_kind kind = hmi_posting_kind(&known->postings[term]);
    hmi_shown one;
    const hmi_shown *shown = NULL;
    if (hmi_known_df(known, term) < HABIT_INCIDENTS_MIN || kind >= HMI_KIND_WEIGHED) {
        return false;
    }
    const size_t count = hmi_known_shown(known, term, &one, &shown);
    for (size_t i = 0; i < count; i++) {
        if (shown[i].actor == actor) {
            return shown[i].incidents >= HABIT_INCIDENTS_MIN &&
                   shown[i].incidents * 2 >= known->actors[actor].kind_incidents[kind];
        }
    }
    return false;
}

static int room_for_habits(hmi_habits *habits, hm_err *err)
{
    if (habits->capacity >= habits->known->actor_count) {
        return HM_OK;
    }
    const size_t capacity = habits->known->actor_count * 2;
    struct hmi_habit *of = hmi_new_array(habits->arena, struct hmi_habit, capacity);
    if (of == NULL) {
        return hmi_arena_fail(habits->arena, err);
    }
    if (habits->capacity > 0) {
        memcpy(of, habits->of, habits->capacity * sizeof(*of));
    }
    habits->of = of;
    habits->capacity = capacity;
    return HM_OK;
}

static int habits_of(hmi_habits *habits, uint32_t actor, const struct hmi_habit **ret, hm_err *err)
{
    const hmi_known *known = habits->known;
    const hmi_known_actor *whose = &known->actors[actor];
    HMI_TRY(room_for_habits(habits, err));
    struct hmi_habit *habit = &habits->of[actor];
    *ret = habit;
    if (habit->changes == whose->changes) {
        return HM_OK;
    }
    habit->count = 0;
    for (uint32_t i = 0; i < whose->incidents; i++) {
        const hmi_known_incident *incident = &known->incidents[whose->slots[i]];
        for (size_t k = 0; k < incident->term_count; k++) {
            if (!is_habit(known, incident->terms[k], actor)) {
                continue;
            }
            uint32_t *terms = hmi_arena_grow(habits->arena, habit->terms, habit->count,
                                             &habit->capacity, sizeof(*terms));
            if (terms == NULL) {
                return hmi_arena_fail(habits->arena, err);
            }
            habit->terms = terms;
            terms[habit->count++] = incident->terms[k];
        }
        if (habit->count > 4096) { /* the same ones again and again */
            habit->count = hmi_terms_distinct(habit->terms, habit->count);
        }
    }
    habit->count = hmi_terms_distinct(habit->terms, habit->count);
    habit->changes = whose->changes;
    return HM_OK;
}

static bool asked(const hmi_query *query, uint32_t term)
{
    for (size_t i = 0; i < query->term_count; i++) {
        if (query->terms[i] == term) {
            return true;
        }
    }
    return false;
}

/* What half of the actor's incidents with the kind show and is rare elsewhere, of a kind the
 * question has, and absent from it: what speaks against. */
static int argue_missing(const asking *a, uint32_t actor, hmi_suspect *ret, hm_err *err)
{
    hmi_argument *missing = hmi_new_array(a->arena, hmi_argument, MISSING_MAX + 1);
    const struct hmi_habit *habit = NULL;
    size_t count = 0;
    if (missing == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    HMI_TRY(habits_of(a->e->habits, actor, &habit, err));
    for (size_t i = 0; i < habit->count; i++) {
        const uint32_t term = habit->terms[i];
        if ((a->kinds >> hmi_posting_kind(&a->known->postings[term]) & 1) == 0 ||
            asked(a->e->query, term)) {
            continue;
        }
        const hmi_argument argument = argue(a, term, actor);
        if (argument.nats < 1) {
            continue;
        }
        missing[count] = argument;
        count += 1;
        for (size_t k = count - 1; k > 0 && by_nats(&missing[k - 1], &missing[k]) > 0; k--) {
            const hmi_argument weaker = missing[k - 1];
            missing[k - 1] = missing[k];
            missing[k] = weaker;
        }
        count = hmi_min(count, MISSING_MAX);
    }
    ret->missing = missing;
    ret->missing_count = count;
    return HM_OK;
}

/* ---- If all of one group were planted: it is left out for every actor */
static double z_of(const asking *a, const hmi_weighed *w)
{
    return w->evidence + (a->e->options->uniform_prior ? 0 : w->prior);
}

static void sum_without(asking *a)
{
    const size_t count = a->e->scorer->present_count;
    const double none = hmi_model_none(a->e->model, a->e->scorer->none);
    a->highest = none;
    for (size_t i = 0; i < count; i++) {
        const double z = z_of(a, &a->weighed[i]);
        a->highest = z > a->highest ? z : a->highest;
    }
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        a->without[group] = hmi_exp(none - a->highest);
    }
    for (size_t i = 0; i < count; i++) {
        const double z = z_of(a, &a->weighed[i]) - a->highest;
        const double whole = hmi_exp(z);
        for (int group = 0; group < HMI_PLANT_COUNT; group++) {
            const double part = a->weighed[i].group[group];
            a->without[group] += part > 0 ? hmi_exp(z - part) : whole;
        }
    }
}

static void what_if(const asking *a, size_t at, hmi_suspect *ret)
{
    const double z = z_of(a, &a->weighed[at]) - a->highest;
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        ret->without_group[group] = hmi_exp(z - a->weighed[at].group[group]) / a->without[group];
    }
}

static int list_nearest(const asking *a, uint32_t actor, hmi_suspect *ret, hm_err *err)
{
    hmi_nearest nearest[NEAREST_MAX];
    const size_t count = hmi_score_nearest(a->e->scorer, actor, nearest, NEAREST_MAX);
    ret->nearest = hmi_new_array(a->arena, struct hmi_like, count);
    if (ret->nearest == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        ret->nearest[i].incident = a->e->incident_of(a->e->with, nearest[i].slot);
        ret->nearest[i].cosine = nearest[i].cosine;
    }
    ret->nearest_count = count;
    return HM_OK;
}

static int tell_suspect(const asking *a, size_t at, hmi_suspect *ret, hm_err *err)
{
    const hmi_scorer *scorer = a->e->scorer;
    const uint32_t actor = scorer->present[at];
    const hmi_known_actor *known = &a->known->actors[actor];
    *ret = (hmi_suspect){ .actor = a->e->names[actor],
                          .llr = a->llrs[at],
                          .posterior = a->posteriors[at],
                          .weighed = a->weighed[at],
                          .incidents = known->incidents,
                          .support = hmi_exp(hmi_score_row(scorer, actor)[HMI_COL_PRIOR]) - 1,
                          .last_day = known->last_day };
    ret->lr_words = hmi_words_enfsi(ret->llr / HMI_LN2);
    ret->posterior_words = hmi_words_icd203(ret->posterior);
    int speaking = 0;
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        speaking += ret->weighed.group[group] >= 1;
    }
    ret->nameable = speaking >= 2;
    what_if(a, at, ret);
    HMI_TRY(argue_all(a, actor, ret, err));
    HMI_TRY(argue_missing(a, actor, ret, err));
    return list_nearest(a, actor, ret, err);
}

/* ---- The fewest traits that carry the first place */
typedef struct carrying {
    const asking *a;
    const hmi_suspect *first;
    uint32_t rivals[RIVALS_MAX]; /* actors that may come first instead */
    size_t rival_count;
    hmi_near_row *near; /* as measured for the whole question */
    uint64_t sums[HMI_VIEW_COUNT];
    uint32_t *terms;
} carrying;

/* Does another answer come first without the `taken` strongest arguments? */
static int falls_without(carrying *c, size_t taken, bool *ret, hm_err *err)
{
    const hmi_explaining *e = c->a->e;
    hmi_scorer *scorer = e->scorer;
    hmi_query left = *e->query;
    memcpy(scorer->near, c->near, scorer->near_count * sizeof(*c->near));
    memcpy(scorer->query_sums, c->sums, sizeof(c->sums));
    memcpy(c->terms, left.terms, left.term_count * sizeof(*c->terms));
    left.terms = c->terms;
    for (size_t i = 0; i < taken; i++) {
        left.term_count =
            hmi_terms_without(left.terms, left.term_count, c->first->arguments[i].term);
        hmi_near_drop(scorer, c->first->arguments[i].term);
    }
    HMI_TRY(hmi_score_again(scorer, &left, e->today, c->a->arena, err));
    hmi_weighed weighed[RIVALS_MAX];
    hmi_model_weigh_some(e->model, scorer, c->rivals, c->rival_count, weighed);
    const double first = z_of(c->a, &weighed[0]);
    *ret = hmi_model_none(e->model, scorer->none) >= first;
    for (size_t i = 1; i < c->rival_count; i++) {
        *ret = *ret || z_of(c->a, &weighed[i]) > first;
    }
    return HM_OK;
}

static int count_carriers(const asking *a, const hmi_suspect *first, const standing *standings,
                          size_t *ret, hm_err *err)
{
    const hmi_scorer *scorer = a->e->scorer;
    carrying c = { .a = a, .first = first };
    size_t most = hmi_min(first->argument_count, CARRIED_MAX), least = 1;
    bool falls = false;
    c.near = hmi_new_array(a->arena, hmi_near_row, scorer->near_count);
    c.terms = hmi_new_array(a->arena, uint32_t, a->e->query->term_count);
    if (c.near == NULL || c.terms == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    c.rival_count = hmi_min(scorer->present_count, RIVALS_MAX);
    for (size_t i = 0; i < c.rival_count; i++) {
        c.rivals[i] = scorer->present[standings[i].at];
    }
    memcpy(c.near, scorer->near, scorer->near_count * sizeof(*c.near));
    memcpy(c.sums, scorer->query_sums, sizeof(c.sums));
    *ret = 0;
    if (most > 0) {
        HMI_TRY(falls_without(&c, most, &falls, err));
    }
    if (!falls) {
        return HM_OK; /* more than we look at */
    }
    while (least < most) {
        const size_t middle = (least + most) / 2;
        HMI_TRY(falls_without(&c, middle, &falls, err));
        if (falls) {
            most = middle;
        } else {
            least = middle + 1;
        }
    }
    *ret = most;
    return HM_OK;
}

/* ---- The whole answer */
static int weigh_all(asking *a, hm_err *err)
{
    const hmi_scorer *scorer = a->e->scorer;
    const size_t count = scorer->present_count;
    hmi_weighed *weighed = hmi_new_array(a->arena, hmi_weighed, count);
    a->posteriors = hmi_new_array(a->arena, double, count);
    a->llrs = hmi_new_array(a->arena, double, 2 * count);
    if (weighed == NULL || a->posteriors == NULL || a->llrs == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    hmi_model_weigh_all(a->e->model, scorer, weighed);
    a->weighed = weighed;
    a->none = hmi_weighed_posterior(weighed, count, hmi_model_none(a->e->model, scorer->none),
                                    !a->e->options->uniform_prior, a->posteriors, a->llrs);
    for (size_t i = 0; i < a->e->query->term_count; i++) {
        a->kinds |= 1u << a->known->lexicon->terms[a->e->query->terms[i]].kind;
    }
    sum_without(a);
    return HM_OK;
}

int hmi_explain(const hmi_explaining *explaining, hmi_arena *arena, hmi_attribution *ret,
                hm_err *err)
{
    asking a = { .e = explaining, .known = explaining->scorer->known, .arena = arena };
    const hmi_scorer *scorer = explaining->scorer;
    const size_t count = scorer->present_count;
    const size_t max = explaining->options->suspects_max > 0 ? explaining->options->suspects_max
                                                             : SUSPECTS_DEFAULT;
    standing *standings = hmi_new_array(arena, standing, count);
    if (standings == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(weigh_all(&a, err));
    for (size_t i = 0; i < count; i++) {
        standings[i] = (standing){ a.posteriors[i], i, explaining->names[scorer->present[i]] };
    }
    if (count > 1) {
        qsort(standings, count, sizeof(*standings), by_posterior);
    }
    ret->none = a.none;
    ret->contradiction = hmi_weighed_contradiction(a.weighed, count);
    ret->suspect_count = hmi_min(count, max);
    ret->suspects = hmi_new_array(arena, hmi_suspect, ret->suspect_count);
    if (ret->suspects == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < ret->suspect_count; i++) {
        HMI_TRY(tell_suspect(&a, standings[i].at, &ret->suspects[i], err));
    }
    ret->carried_by = 0;
    if (ret->suspect_count > 0 && ret->suspects[0].posterior > ret->none) {
        return count_carriers(&a, &ret->suspects[0], standings, &ret->carried_by, err);
    }
    return HM_OK;
}
