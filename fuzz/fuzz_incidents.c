/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_incidents.c - anybody's file of incidents: read, made known, each asked about, withdrawn
 * again; no crash, and nothing is left.
 */
#include <stdlib.h>

#include "base/error.h"
#include "compare/actor/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ask_and_withdraw(hmi_arena *arena, const hmi_reports *reports, hmi_known *known,
                            hm_err *err)
{
    hmi_scorer scorer;
    hmi_scorer_init(&scorer, known, arena);
    for (size_t i = 0; i < reports->count; i++) {
        hmi_query query;
        HMI_TRY(hmi_query_make(known, &reports->reports[i], arena, &query, err));
        HMI_TRY(hmi_score(&scorer, &query, reports->reports[i].day, arena, err));
    }
    for (uint32_t slot = 0; slot < known->slot_count; slot++) {
        hmi_known_withdraw(known, slot);
    }
    for (uint32_t term = 0; term < reports->lexicon.count; term++) {
        if (hmi_known_df(known, term) != 0) {
            abort();
        }
    }
    return HM_OK;
}

static int run(hmi_arena *arena, hm_bytes lines, hm_err *err)
{
    hmi_reports reports = { 0 };
    hmi_known known;
    HMI_TRY(hmi_reports_read(&reports, arena, lines, false, err));
    hmi_known_init(&known, arena, &reports.lexicon);
    for (size_t i = 0; i < reports.count; i++) {
        uint32_t *terms = NULL, slot = 0;
        size_t count = 0;
        const hmi_report *report = &reports.reports[i];
        HMI_TRY(hmi_report_terms(report, arena, &terms, &count, err));
        HMI_TRY(hmi_known_add(&known, reports.actor_of[i], report->day, report->id, terms, count,
                              &slot, err));
    }
    return ask_and_withdraw(arena, &reports, &known, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hmi_arena arena;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 256 << 20);
    run(&arena, (hm_bytes){ data, size }, &err); /* the ceiling may be reached: an answer */
    hmi_arena_fini(&arena);
    return 0;
}
