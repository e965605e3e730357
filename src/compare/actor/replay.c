/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - the time protocol: a question sees only what was dated before the first day of its
 * month.
 *
 * WHY    Random splits leak the future and frozen bases go stale; both lie (docs/WEIGHING.md).
 * FORM   Reports are sorted by day. For each month: what is older becomes known, then all of the
 *        month is asked. Folds: each part in turn is withdrawn, asked, and put back.
 * TRUST  See report.c. OWNS: its scratch arena.
 */
#include "compare/actor/replay.h"

#include "base/error.h"

enum { SCRATCH_MAX = 256 << 20, TIMELESS_DAY = 0 };

int hmi_replay_init(hmi_replay *replay, hmi_arena *arena, hm_bytes bytes, bool reference,
                    hm_err *err)
{
    *replay = (hmi_replay){ .arena = arena };
    hmi_arena_init(&replay->scratch, SCRATCH_MAX);
    HMI_TRY(hmi_reports_read(&replay->reports, arena, bytes, reference, err));
    hmi_known_init(&replay->known, arena, &replay->reports.lexicon);
    hmi_scorer_init(&replay->scorer, &replay->known, arena);
    replay->scorer.reference = reference;
    replay->terms = hmi_new_array(arena, uint32_t *, replay->reports.count);
    replay->term_count = hmi_new_array(arena, size_t, replay->reports.count);
    if (replay->terms == NULL || replay->term_count == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < replay->reports.count; i++) {
        HMI_TRY(hmi_report_terms(&replay->reports.reports[i], arena, &replay->terms[i],
                                 &replay->term_count[i], err));
    }
    return HM_OK;
}

void hmi_replay_fini(hmi_replay *replay)
{
    hmi_arena_fini(&replay->scratch);
}

bool hmi_report_is(const hmi_report *report, const hmi_lexicon *lexicon, hmi_queries queries)
{
    size_t ttp = 0;
    bool net = false, code = false;
    for (size_t i = 0; i < report->observed_count; i++) {
        const hmi_kind kind = lexicon->terms[report->observed[i].term].kind;
        ttp += kind == HMI_KIND_TECHNIQUE || kind == HMI_KIND_SOFTWARE;
        net = net || hmi_kind_is_root(kind) || kind == HMI_KIND_PORT;
        code = code || (hmi_kind_is_exact(kind) && !hmi_kind_is_root(kind));
    }
    switch (queries) {
    case HMI_QUERIES_NET:
        return net;
    case HMI_QUERIES_CODE:
        return code;
    case HMI_QUERIES_TTP:
        return ttp >= 5;
    case HMI_QUERIES_MULTI:
        return net + code + (ttp >= 5) >= 2;
    case HMI_QUERIES_ALL:
    default:
        return true;
    }
}

static int make_known(hmi_replay *replay, size_t report, uint32_t *ret_slot, hm_err *err)
{
    const hmi_report *r = &replay->reports.reports[report];
    return hmi_known_add(&replay->known, replay->reports.actor_of[report], r->day, r->id,
                         replay->terms[report], replay->term_count[report], ret_slot, err);
}

static int ask_one(hmi_replay *replay, size_t report, int32_t today, hmi_replay_ask ask, void *with,
                   hm_err *err)
{
    hmi_query query = { 0 };
    const uint32_t actor = replay->reports.actor_of[report];
    const bool known =
        actor < replay->known.actor_count && replay->known.actors[actor].incidents > 0;
    hmi_arena_reset(&replay->scratch);
    HMI_TRY(hmi_query_make(&replay->known, &replay->reports.reports[report], &replay->scratch,
                           &query, err));
    HMI_TRY(hmi_score(&replay->scorer, &query, today, &replay->scratch, err));
    const hmi_replay_question question = {
        .report = report, .truth = known ? (int64_t)actor : -1, .query = &query, .today = today
    };
    return ask(with, replay, &question, err);
}

int hmi_replay_run(hmi_replay *replay, int32_t from_day, int32_t to_day, hmi_queries queries,
                   hmi_replay_ask ask, void *with, hm_err *err)
{
    const hmi_reports *reports = &replay->reports;
    for (size_t i = 0; i < reports->count; i++) {
        const hmi_report *report = &reports->reports[i];
        int year = 0, month = 0;
        if (report->day < from_day || report->day > to_day ||
            !hmi_report_is(report, &reports->lexicon, queries)) {
            continue;
        }
        hmi_day_month(report->day, &year, &month);
        const int32_t today = hmi_day_of(year, month, 1);
        while (replay->added < reports->count && reports->reports[replay->added].day < today) {
            uint32_t slot = 0;
            HMI_TRY(make_known(replay, replay->added, &slot, err));
            replay->added += 1;
        }
        HMI_TRY(ask_one(replay, i, today, ask, with, err));
    }
    return HM_OK;
}

size_t hmi_report_fold(const hmi_report *report, size_t folds)
{
    size_t value = 0;
    for (size_t i = 0; i < 6 && i < report->id.len; i++) {
        const int digit = hmi_hex_digit(report->id.ptr[i]);
        value = value * 16 + (digit >= 0 ? (size_t)digit : (size_t)(uint8_t)report->id.ptr[i] % 16);
    }
    return value % folds;
}

/* In and out of what is known, one fold at a time. */
typedef struct folding {
    size_t folds;
    uint32_t *slots;
    bool *there;
} folding;

static int ask_fold(hmi_replay *replay, const folding *f, size_t fold, hmi_queries queries,
                    hmi_replay_ask ask, void *with, hm_err *err)
{
    const hmi_reports *reports = &replay->reports;
    for (size_t i = 0; i < reports->count; i++) {
        if (f->there[i] && hmi_report_fold(&reports->reports[i], f->folds) == fold) {
            hmi_known_withdraw(&replay->known, f->slots[i]);
        }
    }
    for (size_t i = 0; i < reports->count; i++) {
        if (f->there[i] && hmi_report_fold(&reports->reports[i], f->folds) == fold &&
            hmi_report_is(&reports->reports[i], &reports->lexicon, queries)) {
            HMI_TRY(ask_one(replay, i, TIMELESS_DAY, ask, with, err));
        }
    }
    for (size_t i = 0; i < reports->count; i++) {
        if (f->there[i] && hmi_report_fold(&reports->reports[i], f->folds) == fold) {
            HMI_TRY(hmi_known_restore(&replay->known, f->slots[i], err));
        }
    }
    return HM_OK;
}

int hmi_replay_folds(hmi_replay *replay, size_t folds, int32_t to_day, hmi_queries queries,
                     hmi_replay_ask ask, void *with, hm_err *err)
{
    const hmi_reports *reports = &replay->reports;
    const folding f = { .folds = folds,
                        .slots = hmi_new_array(replay->arena, uint32_t, reports->count),
                        .there = hmi_new_array(replay->arena, bool, reports->count) };
    if (f.slots == NULL || f.there == NULL) {
        return hmi_arena_fail(replay->arena, err);
    }
    for (size_t i = 0; i < reports->count; i++) {
        f.there[i] = reports->reports[i].day <= to_day;
        replay->reports.reports[i].day = TIMELESS_DAY; /* no report ages */
        if (f.there[i]) {
            HMI_TRY(make_known(replay, i, &f.slots[i], err));
        }
    }
    for (size_t fold = 0; fold < folds; fold++) {
        HMI_TRY(ask_fold(replay, &f, fold, queries, ask, with, err));
    }
    return HM_OK;
}
