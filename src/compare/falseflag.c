/* SPDX-License-Identifier: Apache-2.0
 *
 * falseflag.c - how easily the model is framed.
 *
 * WHY    Four planted indicators fool exact matching in 98 of 100 cases. A caller must know what
 *        that figure is here, for each kind of evidence, before trusting a name.
 * FORM   For each incident the model had right, another actor with ten or more earlier incidents
 *        is drawn, and what its latest reports published is added: what any forger can read.
 *        Draws come from a counter hashed with the seed and the incident's id: adding incidents
 *        changes no other draw.
 * TRUST  See report.c. OWNS: one arena.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "compare/actor/replay.h"

enum { EARLIER_MIN = 10, OFFERED_MAX = 60, PLANS_MAX = 10 };
static const size_t MEMORY_MAX = (size_t)4 << 30;

typedef struct plan {
    hmi_kind kind;
    size_t count;
    hmi_planted of;
} plan;

static const plan PLANS[PLANS_MAX] = {
    { HMI_KIND_DOMAIN, 3, HMI_PLANTED_INFRA },    { HMI_KIND_IP, 1, HMI_PLANTED_INFRA },
    { HMI_KIND_PATH, 2, HMI_PLANTED_PANEL },      { HMI_KIND_SHA256, 1, HMI_PLANTED_FILES },
    { HMI_KIND_MD5, 1, HMI_PLANTED_FILES },       { HMI_KIND_SHA1, 1, HMI_PLANTED_FILES },
    { HMI_KIND_STRING, 2, HMI_PLANTED_FILES },    { HMI_KIND_SOFTWARE, 3, HMI_PLANTED_TOOLS },
    { HMI_KIND_TECHNIQUE, 3, HMI_PLANTED_TOOLS }, { HMI_KIND_COUNT, 0, HMI_PLANTED_COUNT },
};

const char *hmi_planted_name(hmi_planted planted)
{
    static const char *const NAMES[] = { "infra", "panel", "files", "tools", "all" };
    return planted < HMI_PLANTED_COUNT ? NAMES[planted] : "";
}

typedef struct forger {
    const hmi_model *model;
    hmi_false_flag *out;
    hmi_arena *arena;
    double *posteriors;
    size_t capacity;
    uint64_t seed;
    size_t right, wrong;
} forger;

static size_t first_of(const double *posteriors, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        best = posteriors[i] > posteriors[best] ? i : best;
    }
    return best;
}

static bool has_term(const hmi_report *report, uint32_t term)
{
    for (size_t i = 0; i < report->observed_count; i++) {
        if (report->observed[i].term == term) {
            return true;
        }
    }
    return false;
}

/* Adds up to `count` values of a kind that the actor's latest known reports show and this one does
 * not. */
static int plant_kind(hmi_replay *replay, uint32_t victim, const plan *what, hmi_report *to,
                      size_t *ret_planted, hm_err *err)
{
    hmi_lexicon *lexicon = &replay->reports.lexicon;
    size_t offered = 0, planted = 0;
    for (size_t i = replay->added; i-- > 0 && offered < OFFERED_MAX && planted < what->count;) {
        const hmi_report *from = &replay->reports.reports[i];
        if (replay->reports.actor_of[i] != victim) {
            continue;
        }
        for (size_t k = 0;
             k < from->observed_count && offered < OFFERED_MAX && planted < what->count; k++) {
            const struct hmi_term *term = &lexicon->terms[from->observed[k].term];
            if (term->kind != what->kind) {
                continue;
            }
            offered++;
            if (!has_term(to, from->observed[k].term)) {
                HMI_TRY(hmi_report_observe(to, lexicon, what->kind, term->value, false, err));
                planted++;
            }
        }
    }
    *ret_planted += planted;
    return HM_OK;
}

/* Another actor with enough earlier incidents; false when there is none. */
static bool draw_victim(forger *f, const hmi_scorer *scorer, hm_text id, int64_t truth,
                        uint32_t *ret_victim)
{
    size_t eligible = 0;
    for (size_t i = 0; i < scorer->present_count; i++) {
        const uint32_t actor = scorer->present[i];
        eligible += actor != truth && scorer->known->actors[actor].incidents >= EARLIER_MIN;
    }
    if (eligible == 0) {
        return false;
    }
    size_t at = (size_t)(hmi_xxh3(hmi_text_bytes(id), f->seed) % eligible);
    for (size_t i = 0; i < scorer->present_count; i++) {
        const uint32_t actor = scorer->present[i];
        if (actor != truth && scorer->known->actors[actor].incidents >= EARLIER_MIN && at-- == 0) {
            *ret_victim = actor;
            return true;
        }
    }
    return false;
}

static int frame(forger *f, hmi_replay *replay, const hmi_replay_question *question,
                 hmi_planted planted, uint32_t victim, hm_err *err)
{
    const hmi_report *honest = &replay->reports.reports[question->report];
    hmi_report forged = *honest;
    hmi_query query = { 0 };
    size_t count = 0;
    forged.observed_capacity = forged.observed_count; /* growing copies: the honest one stays */
    forged.derived_capacity = forged.derived_count;
    for (const plan *p = PLANS; p->kind != HMI_KIND_COUNT; p++) {
        if (p->of == planted || planted == HMI_PLANTED_ALL) {
            HMI_TRY(plant_kind(replay, victim, p, &forged, &count, err));
        }
    }
    if (count == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_query_make(&replay->known, &forged, &replay->scratch, &query, err));
    HMI_TRY(hmi_score(&replay->scorer, &query, question->today, &replay->scratch, err));
    const double none = hmi_model_posterior(f->model, &replay->scorer, true, f->posteriors, NULL);
    const size_t best = first_of(f->posteriors, replay->scorer.present_count);
    const bool framed = replay->scorer.present[best] == victim && f->posteriors[best] > none;
    hmi_false_flag_row *row = &f->out->row[planted];
    row->incidents += 1;
    row->framed += replay->scorer.present[best] == victim;
    row->framed_half += framed && f->posteriors[best] >= 0.5;
    row->framed_sure += framed && f->posteriors[best] >= 0.8;
    row->still_right += replay->scorer.present[best] == question->truth;
    row->alarm += hmi_model_contradiction(f->model, &replay->scorer);
    return HM_OK;
}

static int ask(void *with, hmi_replay *replay, const hmi_replay_question *question, hm_err *err)
{
    forger *f = with;
    uint32_t victim = 0;
    const size_t count = replay->scorer.present_count;
    if (f->capacity < count) {
        f->capacity = count * 2;
        f->posteriors = hmi_new_array(f->arena, double, f->capacity);
        if (f->posteriors == NULL) {
            return hmi_arena_fail(f->arena, err);
        }
    }
    const double none = hmi_model_posterior(f->model, &replay->scorer, true, f->posteriors, NULL);
    const size_t best = first_of(f->posteriors, count);
    const bool right =
        count > 0 && replay->scorer.present[best] == question->truth && f->posteriors[best] > none;
    const bool alarm = hmi_model_contradiction(f->model, &replay->scorer);
    f->right += right;
    f->wrong += !right;
    f->out->alarm_right += right && alarm;
    f->out->alarm_wrong += !right && alarm;
    if (!right || !draw_victim(f, &replay->scorer, replay->reports.reports[question->report].id,
                               question->truth, &victim)) {
        return HM_OK;
    }
    for (int planted = 0; planted < HMI_PLANTED_COUNT; planted++) {
        HMI_TRY(frame(f, replay, question, (hmi_planted)planted, victim, err));
    }
    return HM_OK;
}

static void finish(forger *f)
{
    for (int i = 0; i < HMI_PLANTED_COUNT; i++) {
        hmi_false_flag_row *row = &f->out->row[i];
        const double n = row->incidents > 0 ? (double)row->incidents : 1;
        row->framed /= n;
        row->framed_half /= n;
        row->framed_sure /= n;
        row->still_right /= n;
        row->alarm /= n;
    }
    f->out->alarm_right /= f->right > 0 ? (double)f->right : 1;
    f->out->alarm_wrong /= f->wrong > 0 ? (double)f->wrong : 1;
}

int hmi_model_false_flag(const char *path, const hmi_model *model, int32_t from_day, int32_t to_day,
                         uint64_t seed, hmi_false_flag *ret, hm_err *err)
{
    hmi_arena arena;
    hmi_replay replay = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0;
    HMI_TRY(hmi_model_read_file(path, &bytes, &len, err));
    hmi_arena_init(&arena, MEMORY_MAX);
    hmi_false_flag out = { 0 };
    forger f = { .model = model, .out = &out, .arena = &arena, .seed = seed };
    int code = hmi_replay_init(&replay, &arena, hmi_bytes(bytes, len), model->reference, err);
    if (code == HM_OK) {
        code = hmi_replay_run(&replay, from_day, to_day, HMI_QUERIES_ALL, ask, &f, err);
    }
    if (code == HM_OK) {
        finish(&f);
        *ret = out;
    }
    hmi_replay_fini(&replay);
    hmi_arena_fini(&arena);
    free(bytes);
    return code;
}
