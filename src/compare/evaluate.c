/* SPDX-License-Identifier: Apache-2.0
 *
 * evaluate.c - how right a model is, how sure it is, and for whom.
 *
 * WHY    Accuracy follows the five largest actors. So macro figures and figures by support stand
 *        beside top-1, always, and calibration beside both.
 * FORM   Streaming: each question adds to counts; only what an AUROC needs is kept. Ties count
 *        against us (rank = better + 1 + half of the equal, rounded up).
 *        Cllr (Bruemmer & du Preez): half the mean of log2(1 + 1/LR) over true actors and half
 *        that of log2(1 + LR) over all others.
 * TRUST  See report.c. OWNS: one arena.
 */
#include <stdlib.h>

#include "base/error.h"
#include "compare/actor/replay.h"
#include "compare/arith.h"

static const size_t EVALUATE_MEMORY_MAX = (size_t)4 << 30;

typedef struct answer {
    double score;
    bool known;
} answer;

typedef struct judge {
    const hmi_model *model;
    const hmi_model *halves; /* cross-fitted: by parity of the fold; or NULL */
    bool with_prior;
    hmi_evaluation *out;
    double *posteriors, *llrs;
    size_t capacity;
    hmi_arena *arena;
    uint32_t *hits, *misses, *claims; /* per actor: right, true but missed, claimed wrongly */
    size_t actor_count;
    answer *bests, *nones;
    size_t answer_count, answer_capacity, none_capacity;
    double target_loss, other_loss;
    size_t targets, others;
    double reliability_sum[HMI_RELIABILITY_ROWS];
    size_t accurate;
} judge;

static int keep(judge *j, double best, double none, bool known, hm_err *err)
{
    answer *bests =
        hmi_arena_grow(j->arena, j->bests, j->answer_count, &j->answer_capacity, sizeof(*bests));
    answer *nones =
        hmi_arena_grow(j->arena, j->nones, j->answer_count, &j->none_capacity, sizeof(*nones));
    if (bests == NULL || nones == NULL) {
        return hmi_arena_fail(j->arena, err);
    }
    j->bests = bests;
    j->nones = nones;
    bests[j->answer_count] = (answer){ best, known };
    nones[j->answer_count++] = (answer){ -none, known };
    return HM_OK;
}

static void count_rank(judge *j, const hmi_scorer *scorer, size_t truth, size_t best)
{
    size_t better = 0, equal = 0;
    const double mine = j->posteriors[truth];
    for (size_t i = 0; i < scorer->present_count; i++) {
        better += j->posteriors[i] > mine;
        equal += i != truth && !(j->posteriors[i] > mine) && !(j->posteriors[i] < mine);
    }
    const size_t rank = better + 1 + (equal + 1) / 2;
    hmi_evaluation *out = j->out;
    out->top1 += rank == 1;
    out->top3 += rank <= 3;
    out->mrr += 1.0 / (double)rank;
    if (best == truth) {
        j->hits[scorer->present[truth]] += 1;
    } else {
        j->misses[scorer->present[truth]] += 1;
        j->claims[scorer->present[best]] += 1;
    }
    static const double FROM[HMI_SUPPORT_ROWS] = { 0, 1.5, 4.5, 14.5, 49.5 };
    const double support =
        hmi_exp(hmi_score_row(scorer, scorer->present[truth])[HMI_COL_PRIOR]) - 1;
    int at = HMI_SUPPORT_ROWS - 1;
    while (at > 0 && support < FROM[at]) {
        at--;
    }
    out->support[at].queries += 1;
    out->support[at].top1 += rank == 1;
}

static void count_calibration(judge *j, double confidence, bool right, bool named, double at_truth,
                              double squares)
{
    static const double NAMED[3] = { 0.5, 0.8, 0.95 };
    hmi_evaluation *out = j->out;
    int bin = (int)(confidence * HMI_RELIABILITY_ROWS);
    bin = bin < HMI_RELIABILITY_ROWS ? bin : HMI_RELIABILITY_ROWS - 1;
    out->reliability[bin].queries += 1;
    out->reliability[bin].confidence += confidence;
    out->reliability[bin].right += right;
    for (int i = 0; i < 3; i++) {
        if (named && confidence >= NAMED[i]) {
            out->named[i] += 1;
            out->named_right[i] += right;
        }
    }
    out->brier += squares - 2 * at_truth + 1;
    out->log_loss -= hmi_ln(at_truth > 1e-12 ? at_truth : 1e-12);
    j->accurate += right;
}

static int judge_one(void *with, hmi_replay *replay, const hmi_replay_question *question,
                     hm_err *err)
{
    judge *j = with;
    const hmi_scorer *scorer = &replay->scorer;
    const size_t count = scorer->present_count;
    if (j->capacity < count) {
        j->capacity = count * 2;
        j->posteriors = hmi_new_array(j->arena, double, j->capacity);
        j->llrs = hmi_new_array(j->arena, double, j->capacity * 2);
        if (j->posteriors == NULL || j->llrs == NULL) {
            return hmi_arena_fail(j->arena, err);
        }
    }
    const size_t fold = hmi_report_fold(&replay->reports.reports[question->report], HMI_FIT_FOLDS);
    const hmi_model *model = j->halves != NULL ? &j->halves[fold % 2] : j->model;
    const double none = hmi_model_posterior(model, scorer, j->with_prior, j->posteriors, j->llrs);
    size_t best = 0, truth = count;
    double squares = none * none;
    for (size_t i = 0; i < count; i++) {
        best = j->posteriors[i] > j->posteriors[best] ? i : best;
        truth = scorer->present[i] == question->truth ? i : truth;
        squares += j->posteriors[i] * j->posteriors[i];
        j->other_loss += scorer->present[i] == question->truth ? 0 : hmi_softplus(j->llrs[i]);
    }
    const bool known = truth < count;
    j->out->queries += 1;
    j->out->known += known;
    j->others += count - known;
    const bool named = count > 0 && j->posteriors[best] > none;
    if (known) {
        j->target_loss += hmi_softplus(-j->llrs[truth]);
        j->targets += 1;
        count_rank(j, scorer, truth, best);
    }
    const double confidence = named ? j->posteriors[best] : none;
    count_calibration(j, confidence, named ? known && best == truth : !known, named,
                      known ? j->posteriors[truth] : none, squares);
    return keep(j, count > 0 ? j->posteriors[best] : 0, none, known, err);
}

static int by_score(const void *a, const void *b)
{
    const answer *x = a, *y = b;
    return x->score < y->score ? -1 : x->score > y->score;
}

/* Chance that a known one scores above an unknown one; ties are half. */
static double auroc(answer *answers, size_t count)
{
    double ranks = 0;
    size_t known = 0;
    if (count > 1) {
        qsort(answers, count, sizeof(*answers), by_score);
    }
    for (size_t i = 0, end = 0; i < count; i = end) {
        for (end = i; end < count && !(answers[end].score > answers[i].score); end++) {
        }
        for (size_t k = i; k < end; k++) {
            ranks += answers[k].known ? (double)(i + end + 1) / 2 : 0;
            known += answers[k].known;
        }
    }
    const size_t unknown = count - known;
    if (known == 0 || unknown == 0) {
        return 0;
    }
    return (ranks - (double)known * (double)(known + 1) / 2) / ((double)known * (double)unknown);
}

static void finish_macro(judge *j)
{
    double f1 = 0, recall = 0;
    for (size_t actor = 0; actor < j->actor_count; actor++) {
        const double hits = j->hits[actor], misses = j->misses[actor], claims = j->claims[actor];
        if (hits + misses <= 0) {
            continue;
        }
        j->out->actors += 1;
        f1 += 2 * hits / (2 * hits + misses + claims);
        recall += hits / (hits + misses);
    }
    const double actors = j->out->actors > 0 ? (double)j->out->actors : 1;
    j->out->macro_f1 = f1 / actors;
    j->out->macro_recall = recall / actors;
}

static void finish(judge *j)
{
    hmi_evaluation *out = j->out;
    const double n = out->queries > 0 ? (double)out->queries : 1;
    const double known = out->known > 0 ? (double)out->known : 1;
    out->unknown = out->queries - out->known;
    out->top1 /= known;
    out->top3 /= known;
    out->mrr /= known;
    finish_macro(j);
    out->auroc_best = auroc(j->bests, j->answer_count);
    out->auroc_none = auroc(j->nones, j->answer_count);
    out->accuracy = (double)j->accurate / n;
    out->brier /= n;
    out->log_loss /= n;
    for (int i = 0; i < HMI_RELIABILITY_ROWS; i++) {
        const double in_row = (double)out->reliability[i].queries;
        if (in_row > 0) {
            out->reliability[i].confidence /= in_row;
            out->reliability[i].right /= in_row;
            const double off = out->reliability[i].confidence - out->reliability[i].right;
            out->ece += (off < 0 ? -off : off) * in_row / n;
        }
    }
    for (int i = 0; i < 3; i++) {
        out->named_right[i] = out->named[i] > 0 ? out->named_right[i] / out->named[i] : 0;
        out->named[i] /= n;
    }
    for (int i = 0; i < HMI_SUPPORT_ROWS; i++) {
        const double in_row = (double)out->support[i].queries;
        out->support[i].top1 = in_row > 0 ? out->support[i].top1 / in_row : 0;
    }
    const double targets = j->targets > 0 ? (double)j->targets : 1;
    const double others = j->others > 0 ? (double)j->others : 1;
    out->cllr = 0.5 * (j->target_loss / targets + j->other_loss / others) / HMI_LN2;
}

/* Even folds are judged by what odd ones teach, and the other way round. */
static int fit_halves(const char *path, const hmi_fit_options *options, hmi_model halves[2],
                      hm_err *err)
{
    for (uint32_t half = 0; half < 2; half++) {
        hmi_fit_options without = *options;
        hmi_fit_report report;
        for (uint32_t fold = half; fold < HMI_FIT_FOLDS; fold += 2) {
            without.without_folds |= 1u << fold;
        }
        HMI_TRY(hmi_model_fit(path, &without, &halves[half], &report, err));
    }
    return HM_OK;
}

int hmi_model_evaluate(const char *path, const hmi_model *model,
                       const hmi_evaluate_options *options, hmi_evaluation *ret, hm_err *err)
{
    hmi_arena arena;
    hmi_replay replay = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0;
    HMI_TRY(hmi_model_read_file(path, &bytes, &len, err));
    hmi_arena_init(&arena, EVALUATE_MEMORY_MAX);
    hmi_evaluation out = { 0 };
    hmi_model halves[2];
    judge j = { .model = model, .with_prior = options->with_prior, .out = &out, .arena = &arena };
    int code = options->cross_fit != NULL && options->folds > 1
                   ? fit_halves(path, options->cross_fit, halves, err)
                   : HM_OK;
    j.halves = options->cross_fit != NULL && options->folds > 1 ? halves : NULL;
    if (code == HM_OK) {
        code = hmi_replay_init(&replay, &arena, hmi_bytes(bytes, len), model->reference, err);
    }
    if (code == HM_OK) {
        j.actor_count = replay.reports.actor_count;
        j.hits = hmi_new_array(&arena, uint32_t, j.actor_count);
        j.misses = hmi_new_array(&arena, uint32_t, j.actor_count);
        j.claims = hmi_new_array(&arena, uint32_t, j.actor_count);
        code = j.hits && j.misses && j.claims ? HM_OK : hmi_arena_fail(&arena, err);
    }
    if (code == HM_OK && options->folds > 1) {
        code = hmi_replay_folds(&replay, options->folds, INT32_MAX, options->queries, judge_one, &j,
                                err);
    } else if (code == HM_OK) {
        code = hmi_replay_run(&replay, options->from_day, options->to_day, options->queries,
                              judge_one, &j, err);
    }
    if (code == HM_OK) {
        finish(&j);
        *ret = out;
    }
    hmi_replay_fini(&replay);
    hmi_arena_fini(&arena);
    free(bytes);
    return code;
}

bool hmi_queries_by_name(hm_text name, hmi_queries *ret)
{
    static const char *const NAMES[] = { "all", "net", "code", "ttp", "multi" };
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        if (hmi_text_is(name, NAMES[i])) {
            *ret = (hmi_queries)i;
            return true;
        }
    }
    return false;
}
