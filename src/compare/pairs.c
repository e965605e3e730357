/* SPDX-License-Identifier: Apache-2.0
 *
 * pairs.c - two incidents, one origin? Fitted and judged in time order.
 *
 * WHY    A correlation must say how sure it is. What a publisher named helps: how likely the
 *        question is that actor's is one column among the others. Shared traits are priced by
 * rarity (Fellegi-Sunter), discounted within a kind, and weighed by a logistic fitted on earlier
 *        pairs, together with likeness and the days between: campaigns come in bursts.
 * FORM   w_f = ln((m + (1 - m) u) / u), u = (df + 1/2) / (N_c + 1) among the known incidents, of
 *        which the question is none; G_c = sum 0.6^k w_(k) over the 12 largest. Candidates: the 60
 * most alike and all that share an exact value. Each question weighs the same, half on pairs of one
 *        actor, half on the others: the fitted score is a log likelihood ratio.
 * TRUST  See actor/report.c. OWNS: one arena.
 */
#include <stdlib.h>

#include "base/error.h"
#include "compare/actor/lbfgs.h"
#include "compare/actor/near.h"
#include "compare/actor/replay.h"
#include "compare/arith.h"

enum { CANDIDATES = 60, SUMMED = 12, LISTED = 10 };
static const size_t PAIRS_MEMORY_MAX = (size_t)6 << 30;

typedef struct pair {
    float x[HMI_PAIR_COUNT];
    float weight;
    bool same;
} pair;

typedef struct scored {
    double score;
    uint32_t actor;
    bool same;
} scored;

/* In a list, each further incident of one actor stands this many nats lower: ten of one actor leave
 * no room for the next. Measured on 2022 (hit@10): 0 .788, 0.5 .834, 1 .852, 1.5 .856. */
#define FURTHER 1.5

typedef struct pairing {
    hmi_arena *arena;
    const hmi_model *model;
    bool fitting;
    double *posteriors; /* by place in the scorer's present actors */
    double *likely;     /* by actor */
    size_t actor_capacity;
    pair *pairs;
    size_t pair_count, pair_capacity;
    scored *all;
    size_t all_count, all_capacity;
    hmi_pairs_evaluation *out;
    uint8_t *marks; /* per term: in the query */
    size_t mark_capacity;
    double weight_sum, ridge;
} pairing;

static double chance_of_sharing(hmi_kind kind)
{
    switch (kind) {
    case HMI_KIND_SUFFIX:
        return 0.5;
    case HMI_KIND_TECHNIQUE:
        return 0.4;
    case HMI_KIND_GRAM:
    case HMI_KIND_SHAPE:
    case HMI_KIND_FORM:
    case HMI_KIND_EXT:
        return 0.3;
    case HMI_KIND_PORT:
    case HMI_KIND_SOFTWARE:
        return 0.2;
    case HMI_KIND_TOKEN:
        return 0.1;
    default:
        return 0.05;
    }
}

static double agreement(const hmi_known *known, uint32_t term)
{
    const hmi_kind kind = known->lexicon->terms[term].kind;
    const double m = chance_of_sharing(kind);
    double u = (hmi_known_df(known, term) + 0.5) / (known->kind_incidents[kind] + 1.0);
    u = u < 1 ? u : 1;
    return hmi_ln((m + (1 - m) * u) / u);
}

/* Sums of what a candidate shares, by kind. */
static void sum_kinds(const pairing *p, const hmi_known *known, uint32_t slot, float *x)
{
    double best[HMI_KIND_WEIGHED][SUMMED];
    uint8_t count[HMI_KIND_WEIGHED] = { 0 };
    const hmi_known_incident *incident = &known->incidents[slot];
    for (size_t i = 0; i < incident->term_count; i++) {
        const uint32_t term = incident->terms[i];
        const hmi_kind kind = known->lexicon->terms[term].kind;
        if (!p->marks[term] || kind >= HMI_KIND_WEIGHED) {
            continue;
        }
        const double w = agreement(known, term);
        size_t at = count[kind] < SUMMED ? count[kind]++ : SUMMED;
        if (at == SUMMED) {
            if (w <= best[kind][SUMMED - 1]) {
                continue;
            }
            at--;
        }
        for (; at > 0 && best[kind][at - 1] < w; at--) {
            best[kind][at] = best[kind][at - 1];
        }
        best[kind][at] = w;
    }
    for (int kind = 0; kind < HMI_KIND_WEIGHED; kind++) {
        double sum = 0, part = 1;
        for (int i = 0; i < count[kind]; i++, part *= 0.6) {
            sum += part * best[kind][i];
        }
        x[kind] = (float)sum;
    }
}

static void describe(const pairing *p, const hmi_known *known, const hmi_near_row *row, int32_t day,
                     float *x)
{
    const int32_t apart = day > row->day ? day - row->day : 0;
    sum_kinds(p, known, row->slot, x);
    x[HMI_PAIR_DAYS] = (float)(hmi_ln(1 + (double)apart) / 8);
    for (int view = 0; view < HMI_VIEW_COUNT; view++) {
        x[HMI_PAIR_COSINE + view] = (float)row->cosine[view];
    }
    x[HMI_PAIR_FADED] = (float)(row->cosine[HMI_VIEW_ALL] * row->faded[0]);
    x[HMI_PAIR_FADED + 1] = (float)(row->cosine[HMI_VIEW_ALL] * row->faded[1]);
    x[HMI_PAIR_ACTOR] = (float)hmi_ln(1 + 1000 * p->likely[row->actor]);
    x[HMI_PAIR_CONSTANT] = 1;
}

static double score(const hmi_model *model, const float *x)
{
    double z = 0;
    for (int i = 0; i < HMI_PAIR_COUNT; i++) {
        z += model->pair[i] * (double)x[i];
    }
    return z;
}

static int by_cosine(const void *a, const void *b, void *with)
{
    const hmi_near_row *x = a, *y = b;
    const hmi_known *known = with;
    const double p = x->cosine[HMI_VIEW_ALL], q = y->cosine[HMI_VIEW_ALL];
    if (p < q || p > q) {
        return p > q ? -1 : 1;
    }
    if (x->day != y->day) {
        return x->day > y->day ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(known->incidents[x->slot].id),
                         hmi_text_bytes(known->incidents[y->slot].id));
}

static bool shares_exact(const pairing *p, const hmi_known *known, uint32_t slot)
{
    const hmi_known_incident *incident = &known->incidents[slot];
    for (size_t i = 0; i < incident->term_count; i++) {
        if (p->marks[incident->terms[i]] &&
            hmi_kind_is_exact(known->lexicon->terms[incident->terms[i]].kind)) {
            return true;
        }
    }
    return false;
}

static int mark(pairing *p, const hmi_known *known, const uint32_t *terms, size_t count, uint8_t as,
                hm_err *err)
{
    if (p->mark_capacity < known->lexicon->count) {
        p->mark_capacity = known->lexicon->count * 2;
        p->marks = hmi_new_array(p->arena, uint8_t, p->mark_capacity);
        if (p->marks == NULL) {
            return hmi_arena_fail(p->arena, err);
        }
    }
    for (size_t i = 0; i < count; i++) {
        p->marks[terms[i]] = as;
    }
    return HM_OK;
}

/* Keeps the candidates at the front of the scorer's near rows; returns how many. */
static size_t choose(const pairing *p, hmi_scorer *scorer)
{
    size_t kept = 0;
    if (scorer->near_count > 1) {
        qsort_r(scorer->near, scorer->near_count, sizeof(*scorer->near), by_cosine,
                (void *)(uintptr_t)scorer->known);
    }
    for (size_t i = 0; i < scorer->near_count; i++) {
        if (scorer->near[i].cosine[HMI_VIEW_ALL] > 0 &&
            (i < CANDIDATES || (scorer->near[i].cosine[HMI_VIEW_EXACT] > 0 &&
                                shares_exact(p, scorer->known, scorer->near[i].slot)))) {
            scorer->near[kept++] = scorer->near[i];
        }
    }
    return kept;
}

static int gather_pairs(pairing *p, const hmi_scorer *scorer, size_t count, int32_t day,
                        int64_t truth, hm_err *err)
{
    size_t same = 0;
    for (size_t i = 0; i < count; i++) {
        same += scorer->near[i].actor == truth;
    }
    if (same == 0 || same == count) {
        return HM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        pair *pairs =
            hmi_arena_grow(p->arena, p->pairs, p->pair_count, &p->pair_capacity, sizeof(*pairs));
        if (pairs == NULL) {
            return hmi_arena_fail(p->arena, err);
        }
        p->pairs = pairs;
        pair *one = &pairs[p->pair_count++];
        describe(p, scorer->known, &scorer->near[i], day, one->x);
        one->same = scorer->near[i].actor == truth;
        one->weight = (float)(0.5 / (double)(one->same ? same : count - same));
    }
    p->weight_sum += 1;
    return HM_OK;
}

static int by_score(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->score < y->score || x->score > y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->same - y->same; /* equal scores: the wrong ones first */
}

/* Brings the first LISTED into the order they are shown in. `all` is sorted by score. */
static void list(scored *all, size_t count)
{
    for (size_t place = 0; place < LISTED && place < count; place++) {
        size_t best = place;
        double most = 0;
        for (size_t i = place; i < count; i++) {
            double worth = all[i].score;
            for (size_t k = 0; k < place; k++) {
                worth -= all[k].actor == all[i].actor ? FURTHER : 0;
            }
            if (i == place || worth > most) {
                most = worth;
                best = i;
            }
        }
        const scored chosen = all[best];
        memmove(all + place + 1, all + place, (best - place) * sizeof(*all));
        all[place] = chosen;
    }
}

static int judge(pairing *p, const hmi_scorer *scorer, size_t count, int32_t day, int64_t truth,
                 hm_err *err)
{
    const size_t first = p->all_count;
    for (size_t i = 0; i < count; i++) {
        float x[HMI_PAIR_COUNT];
        scored *all =
            hmi_arena_grow(p->arena, p->all, p->all_count, &p->all_capacity, sizeof(*all));
        if (all == NULL) {
            return hmi_arena_fail(p->arena, err);
        }
        p->all = all;
        describe(p, scorer->known, &scorer->near[i], day, x);
        all[p->all_count++] =
            (scored){ score(p->model, x), scorer->near[i].actor, scorer->near[i].actor == truth };
    }
    if (truth < 0) {
        return HM_OK;
    }
    p->out->queries += 1;
    if (count > 1) {
        qsort(p->all + first, count, sizeof(*p->all), by_score);
    }
    list(p->all + first, count);
    for (size_t i = 0; i < count; i++) {
        if (p->all[first + i].same) {
            p->out->p1 += i == 0;
            p->out->hit5 += i < 5;
            p->out->hit10 += i < 10;
            p->out->mrr += 1.0 / (double)(i + 1);
            break;
        }
    }
    return HM_OK;
}

/* How likely the question is each actor's. */
static int name_actors(pairing *p, const hmi_scorer *scorer, hm_err *err)
{
    if (p->actor_capacity < scorer->known->actor_count) {
        p->actor_capacity = scorer->known->actor_count * 2;
        p->posteriors = hmi_new_array(p->arena, double, p->actor_capacity);
        p->likely = hmi_new_array(p->arena, double, p->actor_capacity);
        if (p->posteriors == NULL || p->likely == NULL) {
            return hmi_arena_fail(p->arena, err);
        }
    }
    hmi_model_posterior(p->model, scorer, true, p->posteriors, NULL);
    for (size_t i = 0; i < scorer->present_count; i++) {
        p->likely[scorer->present[i]] = p->posteriors[i];
    }
    return HM_OK;
}

static int ask(void *with, hmi_replay *replay, const hmi_replay_question *question, hm_err *err)
{
    pairing *p = with;
    hmi_scorer *scorer = &replay->scorer;
    const hmi_report *report = &replay->reports.reports[question->report];
    uint32_t *terms = replay->terms[question->report];
    const size_t count = replay->term_count[question->report];
    const hmi_query whole = {
        .terms = terms, .term_count = count, .bare = terms, .bare_count = count
    };
    HMI_TRY(name_actors(p, scorer, err));
    HMI_TRY(mark(p, &replay->known, terms, count, 1, err));
    HMI_TRY(hmi_near_measure(scorer, &whole, question->today, err));
    const size_t candidates = choose(p, scorer);
    int code = p->fitting ? gather_pairs(p, scorer, candidates, report->day, question->truth, err)
                          : judge(p, scorer, candidates, report->day, question->truth, err);
    HMI_TRY(code);
    return mark(p, &replay->known, terms, count, 0, err);
}

static double loss_of(void *with, const double *w, double *g)
{
    const pairing *p = with;
    double loss = 0;
    for (int i = 0; i < HMI_PAIR_COUNT; i++) {
        g[i] = 0;
    }
    for (size_t k = 0; k < p->pair_count; k++) {
        const pair *one = &p->pairs[k];
        double z = 0;
        for (int i = 0; i < HMI_PAIR_COUNT; i++) {
            z += w[i] * (double)one->x[i];
        }
        const double likely = 1 / (1 + hmi_exp(-z));
        const double off = (likely - (one->same ? 1.0 : 0.0)) * (double)one->weight;
        loss += (double)one->weight * hmi_softplus(one->same ? -z : z);
        for (int i = 0; i < HMI_PAIR_COUNT; i++) {
            g[i] += off * (double)one->x[i];
        }
    }
    loss /= p->weight_sum;
    for (int i = 0; i < HMI_PAIR_COUNT; i++) {
        const double ridge = i == HMI_PAIR_CONSTANT ? 0 : p->ridge;
        g[i] = g[i] / p->weight_sum + 2 * ridge * w[i];
        loss += ridge * w[i] * w[i];
    }
    return loss;
}

static void train(pairing *p, hmi_model *model)
{
    signed char sign[HMI_PAIR_COUNT];
    double w[HMI_PAIR_COUNT], loss = 0;
    for (int i = 0; i < HMI_PAIR_COUNT; i++) {
        sign[i] = i == HMI_PAIR_DAYS ? -1 : i == HMI_PAIR_CONSTANT ? 0 : 1;
        w[i] = sign[i] * 0.1;
    }
    hmi_lbfgs(loss_of, p, w, sign, HMI_PAIR_COUNT, 300, &loss);
    for (int i = 0; i < HMI_PAIR_COUNT; i++) {
        const double scaled = w[i] * 1e6;
        model->pair[i] = (double)(long long)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) / 1e6;
    }
}

/* All pairs' scores, best first, turn into AUROC and Cllr. */
static void finish(pairing *p)
{
    hmi_pairs_evaluation *out = p->out;
    const double n = out->queries > 0 ? (double)out->queries : 1;
    double below = 0, same_loss = 0, other_loss = 0;
    size_t others = 0;
    out->p1 /= n;
    out->hit5 /= n;
    out->hit10 /= n;
    out->mrr /= n;
    if (p->all_count > 1) {
        qsort(p->all, p->all_count, sizeof(*p->all), by_score);
    }
    for (size_t i = 0; i < p->all_count; i++) {
        if (p->all[i].same) {
            out->same += 1;
            below += (double)others;
            same_loss += hmi_softplus(-p->all[i].score);
        } else {
            others++;
            other_loss += hmi_softplus(p->all[i].score);
        }
    }
    out->pairs = p->all_count;
    const double same = out->same > 0 ? (double)out->same : 1,
                 other = others > 0 ? (double)others : 1;
    out->auroc = 1 - below / (same * other);
    out->cllr = 0.5 * (same_loss / same + other_loss / other) / HMI_LN2;
}

static int run(pairing *p, const char *path, int32_t from_day, int32_t to_day, hmi_model *fitted,
               hm_err *err)
{
    hmi_arena arena;
    hmi_replay replay = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0;
    HMI_TRY(hmi_model_read_file(path, &bytes, &len, err));
    hmi_arena_init(&arena, PAIRS_MEMORY_MAX);
    p->arena = &arena;
    int code = hmi_replay_init(&replay, &arena, hmi_bytes(bytes, len), false, err);
    if (code == HM_OK) {
        code = hmi_replay_run(&replay, from_day, to_day, HMI_QUERIES_ALL, ask, p, err);
    }
    if (code == HM_OK && fitted != NULL && p->pair_count == 0) {
        code = hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no pairs of incidents in these days");
    }
    if (code == HM_OK && fitted != NULL) {
        train(p, fitted);
    } else if (code == HM_OK) {
        finish(p);
    }
    hmi_replay_fini(&replay);
    hmi_arena_fini(&arena);
    free(bytes);
    return code;
}

int hmi_model_fit_pairs(const char *path, int32_t from_day, int32_t to_day, hmi_model *model,
                        hm_err *err)
{
    pairing p = { .model = model, .fitting = true, .ridge = 1e-3 };
    return run(&p, path, from_day, to_day, model, err);
}

int hmi_model_evaluate_pairs(const char *path, const hmi_model *model, int32_t from_day,
                             int32_t to_day, hmi_pairs_evaluation *ret, hm_err *err)
{
    hmi_pairs_evaluation out = { 0 };
    pairing p = { .model = model, .out = &out };
    HMI_TRY(run(&p, path, from_day, to_day, NULL, err));
    *ret = out;
    return HM_OK;
}
