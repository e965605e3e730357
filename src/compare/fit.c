/* SPDX-License-Identifier: Apache-2.0
 *
 * fit.c - the trainer: weights that would have answered past questions best.
 *
 * WHY    The weights price what no formula knows: how far kinds of evidence repeat each other, how
 *        much a near incident means beside a shared path. Fitting them on answers given in time
 *        order is the calibration.
 * FORM   Conditional logit over the actors known at the time and "none". Group sums pass the soft
 *        cap inside the fit, so that weights know it. Loss: mean -ln posterior of the truth, each
 *        question weighing n(actor)^-balance, plus ridge. A balanced fit is then set right on
 *        the unbalanced questions by three numbers: scale of evidence, scale of prior, constant
 *        of none; they are folded into the weights, which are rounded to six decimals: what is
 *        written is what was judged.
 * TRUST  The file is a stranger's (report.c). OWNS: one arena.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "compare/actor/lbfgs.h"
#include "compare/actor/replay.h"
#include "compare/arith.h"

enum { PAIRS_LATER = 182 };
static const size_t FIT_MEMORY_MAX = (size_t)6 << 30;

/* Of options.cap, by group: what is published most readily is capped lowest. */
static const double CAP_PART[HMI_PLANT_COUNT] = { 1, 1, 1, 1, 0.4, 0.4, 1 };

/* What a question without regard to time weighs beside one in time order. */
#define TIMELESS_PART 0.3

typedef struct entry {
    float value;
    uint8_t col;
} entry;

typedef struct row {
    uint32_t count;
    size_t first;
} row;

typedef struct sample {
    size_t first_row;
    uint32_t row_count; /* the last is "none" */
    uint32_t truth;
    uint32_t truth_actor; /* for balance; actor_count: none */
    double weight;
    double tools_room;
    bool timeless;
} sample;

typedef struct trainer {
    hmi_arena *arena;
    const hmi_fit_options *options;
    entry *entries;
    size_t entry_count, entry_capacity;
    row *rows;
    size_t row_count, row_capacity;
    sample *samples;
    size_t sample_count, sample_capacity;
    bool timeless; /* what is asked now */
    double weight_sum;
    double ridge;
    double cap[HMI_PLANT_COUNT];
    uint8_t group[HMI_COL_COUNT];
    /* working memory of one sample */
    double *z, *slope;
    /* second step */
    double *evidence, *prior; /* per row */
} trainer;

static int add_row(trainer *t, const double *values, int from, int to, hm_err *err)
{
    row *rows = hmi_arena_grow(t->arena, t->rows, t->row_count, &t->row_capacity, sizeof(*rows));
    if (rows == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    t->rows = rows;
    rows[t->row_count] = (row){ .first = t->entry_count };
    for (int col = from; col < to; col++) {
        if (values[col - from] <= 0 && values[col - from] >= 0) {
            continue;
        }
        entry *entries = hmi_arena_grow(t->arena, t->entries, t->entry_count, &t->entry_capacity,
                                        sizeof(*entries));
        if (entries == NULL) {
            return hmi_arena_fail(t->arena, err);
        }
        t->entries = entries;
        entries[t->entry_count++] = (entry){ (float)values[col - from], (uint8_t)col };
        rows[t->row_count].count += 1;
    }
    t->row_count += 1;
    return HM_OK;
}

static int take(void *with, hmi_replay *replay, const hmi_replay_question *question, hm_err *err)
{
    trainer *t = with;
    const hmi_scorer *scorer = &replay->scorer;
    const hmi_report *report = &replay->reports.reports[question->report];
    if (t->options->without_folds >> hmi_report_fold(report, HMI_FIT_FOLDS) & 1) {
        return HM_OK;
    }
    sample *samples = hmi_arena_grow(t->arena, t->samples, t->sample_count, &t->sample_capacity,
                                     sizeof(*samples));
    if (samples == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    t->samples = samples;
    sample *one = &samples[t->sample_count++];
    *one = (sample){ .first_row = t->row_count,
                     .row_count = (uint32_t)scorer->present_count + 1,
                     .truth = (uint32_t)scorer->present_count,
                     .truth_actor = (uint32_t)replay->reports.actor_count,
                     .tools_room = hmi_tools_room(scorer->ttp, scorer->ttp_alone),
                     .timeless = t->timeless };
    for (size_t i = 0; i < scorer->present_count; i++) {
        if (scorer->present[i] == question->truth) {
            one->truth = (uint32_t)i;
            one->truth_actor = scorer->present[i];
        }
        HMI_TRY(add_row(t, hmi_score_row(scorer, scorer->present[i]), 0, HMI_COL_NONE, err));
    }
    return add_row(t, scorer->none, HMI_COL_NONE, HMI_COL_COUNT, err);
}

/* ---- The loss */
static void weigh_rows(trainer *t, const sample *one, const double *w)
{
    for (uint32_t i = 0; i < one->row_count; i++) {
        const row *r = &t->rows[one->first_row + i];
        double sums[HMI_PLANT_NONE + 1] = { 0 };
        for (uint32_t k = 0; k < r->count; k++) {
            const entry *e = &t->entries[r->first + k];
            sums[t->group[e->col]] += w[e->col] * (double)e->value;
        }
        double *slope = t->slope + (size_t)i * HMI_PLANT_COUNT;
        double z = sums[HMI_PLANT_PRIOR] + sums[HMI_PLANT_NONE];
        for (int g = 0; g < HMI_PLANT_COUNT; g++) {
            slope[g] = 1;
            const double cap = t->cap[g] * (g == HMI_PLANT_TOOLS ? one->tools_room : 1);
            if (cap > 0 && sums[g] > 0) {
                slope[g] = hmi_exp(-sums[g] / cap);
                sums[g] = cap * (1 - slope[g]);
            }
            z += sums[g];
        }
        t->z[i] = z;
    }
}

/* Turns z into posteriors; returns -ln posterior of the truth. */
static double settle(double *z, uint32_t count, uint32_t truth)
{
    double best = z[0], sum = 0;
    for (uint32_t i = 1; i < count; i++) {
        best = z[i] > best ? z[i] : best;
    }
    const double at_truth = z[truth] - best;
    for (uint32_t i = 0; i < count; i++) {
        z[i] = hmi_exp(z[i] - best);
        sum += z[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        z[i] /= sum;
    }
    return hmi_ln(sum) - at_truth;
}

static double loss_of(void *with, const double *w, double *g)
{
    trainer *t = with;
    double loss = 0;
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        g[col] = 0;
    }
    for (size_t s = 0; s < t->sample_count; s++) {
        const sample *one = &t->samples[s];
        weigh_rows(t, one, w);
        loss += one->weight * settle(t->z, one->row_count, one->truth);
        for (uint32_t i = 0; i < one->row_count; i++) {
            const row *r = &t->rows[one->first_row + i];
            const double off = one->weight * (t->z[i] - (i == one->truth ? 1.0 : 0.0));
            const double *slope = t->slope + (size_t)i * HMI_PLANT_COUNT;
            if (off < 1e-12 && off > -1e-12) {
                continue;
            }
            for (uint32_t k = 0; k < r->count; k++) {
                const entry *e = &t->entries[r->first + k];
                const uint8_t group = t->group[e->col];
                g[e->col] += off * (group < HMI_PLANT_COUNT ? slope[group] : 1) * (double)e->value;
            }
        }
    }
    loss /= t->weight_sum;
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        g[col] = g[col] / t->weight_sum + 2 * t->ridge * w[col];
        loss += t->ridge * w[col] * w[col];
    }
    return loss;
}

/* ---- The second step: three numbers */
static double loss_of_three(void *with, const double *v, double *g)
{
    trainer *t = with;
    double loss = 0, count = 0;
    g[0] = g[1] = g[2] = 0;
    for (size_t s = 0; s < t->sample_count; s++) {
        const sample *one = &t->samples[s];
        if (one->timeless) {
            continue;
        }
        count += 1;
        const uint32_t none = one->row_count - 1;
        for (uint32_t i = 0; i < one->row_count; i++) {
            t->z[i] = v[0] * t->evidence[one->first_row + i] + v[1] * t->prior[one->first_row + i] +
                      (i == none ? v[2] : 0);
        }
        loss += settle(t->z, one->row_count, one->truth);
        for (uint32_t i = 0; i < one->row_count; i++) {
            const double off = t->z[i] - (i == one->truth ? 1.0 : 0.0);
            g[0] += off * t->evidence[one->first_row + i];
            g[1] += off * t->prior[one->first_row + i];
            g[2] += i == none ? off : 0;
        }
    }
    for (int i = 0; i < 3; i++) {
        g[i] /= count;
    }
    return loss / count;
}

static int set_right(trainer *t, double *w, double *cap, hm_err *err)
{
    const signed char sign[3] = { 1, 1, 0 };
    double v[3] = { 1, 1, 0 }, loss = 0;
    t->evidence = hmi_new_array(t->arena, double, t->row_count);
    t->prior = hmi_new_array(t->arena, double, t->row_count);
    if (t->evidence == NULL || t->prior == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    for (size_t s = 0; s < t->sample_count; s++) {
        const sample *one = &t->samples[s];
        weigh_rows(t, one, w);
        for (uint32_t i = 0; i < one->row_count; i++) {
            const row *r = &t->rows[one->first_row + i];
            double prior = 0;
            for (uint32_t k = 0; k < r->count; k++) {
                const entry *e = &t->entries[r->first + k];
                prior += t->group[e->col] == HMI_PLANT_PRIOR ? w[e->col] * (double)e->value : 0;
            }
            t->prior[one->first_row + i] = prior;
            t->evidence[one->first_row + i] = t->z[i] - prior;
        }
    }
    hmi_lbfgs(loss_of_three, t, v, sign, 3, 100, &loss);
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        w[col] *= t->group[col] == HMI_PLANT_PRIOR ? v[1] : v[0];
    }
    w[HMI_COL_NONE] += v[2];
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        cap[g] *= v[0];
    }
    return HM_OK;
}

static double rounded(double x)
{
    const double scaled = x * 1e6;
    return (double)(long long)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) / 1e6;
}

/* How many questions each actor answers; evens them out. */
static int balance(trainer *t, size_t actor_count, double power, hm_err *err)
{
    size_t *counts = hmi_new_array(t->arena, size_t, actor_count + 1);
    if (counts == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    for (size_t s = 0; s < t->sample_count; s++) {
        counts[t->samples[s].truth_actor] += 1;
    }
    for (size_t s = 0; s < t->sample_count; s++) {
        sample *one = &t->samples[s];
        one->weight = hmi_exp(-power * hmi_ln((double)counts[one->truth_actor]));
        one->weight *= one->timeless ? TIMELESS_PART : 1;
        t->weight_sum += one->weight;
    }
    return HM_OK;
}

static int train(trainer *t, size_t actor_count, hmi_model *ret, hmi_fit_report *report,
                 hm_err *err)
{
    const hmi_fit_options *o = t->options;
    double w[HMI_COL_COUNT];
    signed char sign[HMI_COL_COUNT];
    HMI_TRY(balance(t, actor_count, o->reference ? 0 : o->balance, err));
    t->z = hmi_new_array(t->arena, double, actor_count + 1);
    t->slope = hmi_new_array(t->arena, double, (actor_count + 1) * HMI_PLANT_COUNT);
    if (t->z == NULL || t->slope == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        t->group[col] = (uint8_t)hmi_plant_of(col);
        sign[col] = col < HMI_COL_EVIDENCE ? 1 : 0;
        w[col] = 0.1;
    }
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        t->cap[g] = ret->cap[g] = o->reference ? 0 : o->cap * CAP_PART[g];
    }
    report->iterations = hmi_lbfgs(loss_of, t, w, sign, HMI_COL_COUNT,
                                   o->iterations_max > 0 ? o->iterations_max : 300, &report->loss);
    if (!o->reference && o->balance > 0) {
        HMI_TRY(set_right(t, w, ret->cap, err));
    }
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        ret->weight[col] = rounded(w[col]);
    }
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        ret->cap[g] = rounded(ret->cap[g]);
    }
    return HM_OK;
}

int hmi_model_read_file(const char *path, uint8_t **ret_bytes, size_t *ret_len, hm_err *err)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT
                   ? hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                              "\"%.150s\", the file of incidents: there is no such file: look at "
                              "its spelling",
                              path)
                   : hmi_fail_errno(err, "\"%.150s\", the file of incidents", path);
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > HMI_MODEL_FILE_MAX) {
        close(fd);
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "\"%.150s\" is no file, or larger than 1 GiB", path);
    }
    uint8_t *bytes = malloc((size_t)st.st_size + 1);
    size_t len = 0;
    while (bytes != NULL && len < (size_t)st.st_size) {
        const ssize_t got = read(fd, bytes + len, (size_t)st.st_size - len);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    close(fd);
    if (bytes == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the file");
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return HM_OK;
}

hmi_fit_options hmi_fit_defaults(void)
{
    return (hmi_fit_options){ .from_day = hmi_day_of(2020, 1, 1),
                              .to_day = hmi_day_of(2022, 12, 31),
                              .ridge = 3e-3,
                              .balance = 0.5,
                              .cap = 4 };
}

/* The questions of the days, then those of reports rich in behaviour once more: these are published
 * late and seldom, so that each is also asked as if the others had been there. */
static int ask_all(trainer *t, hm_bytes bytes, hmi_fit_report *report, hm_err *err)
{
    const hmi_fit_options *o = t->options;
    hmi_replay replay = { 0 };
    int code = hmi_replay_init(&replay, t->arena, bytes, o->reference, err);
    if (code == HM_OK) {
        code = hmi_replay_run(&replay, o->from_day, o->to_day, HMI_QUERIES_ALL, take, t, err);
        report->incidents = replay.reports.count;
        report->actors = replay.reports.actor_count;
        report->queries = t->sample_count;
    }
    hmi_replay_fini(&replay);
    if (code == HM_OK && t->sample_count == 0) {
        code = hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "no dated incident in these days: one JSON object a line is read, "
                        "with its day");
    }
    if (code < 0 || o->reference) {
        return code;
    }
    replay = (hmi_replay){ 0 };
    t->timeless = true;
    code = hmi_replay_init(&replay, t->arena, bytes, false, err);
    if (code == HM_OK) {
        code = hmi_replay_folds(&replay, HMI_FIT_FOLDS, o->to_day, HMI_QUERIES_TTP, take, t, err);
    }
    hmi_replay_fini(&replay);
    return code;
}

int hmi_model_fit(const char *path, const hmi_fit_options *options, hmi_model *ret,
                  hmi_fit_report *ret_report, hm_err *err)
{
    hmi_arena arena;
    uint8_t *bytes = NULL;
    size_t len = 0;
    HMI_TRY(hmi_model_read_file(path, &bytes, &len, err));
    hmi_arena_init(&arena, FIT_MEMORY_MAX);
    trainer t = { .arena = &arena,
                  .options = options,
                  .ridge = options->ridge > 0 ? options->ridge : 1e-3 };
    hmi_model model = { .name = "hallmark-weights 2", .reference = options->reference };
    hmi_fit_report report = { 0 };
    int code = ask_all(&t, hmi_bytes(bytes, len), &report, err);
    if (code == HM_OK) {
        code = train(&t, report.actors, &model, &report, err);
    }
    for (size_t i = 0; i < report.queries && code == HM_OK; i++) {
        report.unknown += t.samples[i].truth + 1 == t.samples[i].row_count;
    }
    hmi_arena_fini(&arena);
    free(bytes);
    if (code == HM_OK && !options->reference && options->without_folds == 0) {
        /* pairs need somebody to be paired with: from half a year later on */
        code = hmi_model_fit_pairs(path, options->from_day + PAIRS_LATER, options->to_day, &model,
                                   err);
    }
    if (code == HM_OK) {
        *ret = model;
        *ret_report = report;
    }
    return code;
}
