/* SPDX-License-Identifier: Apache-2.0
 *
 * weigh_dump.c - prints each question's rows and likelihood ratios, for comparing with the
 * published reference (weigh_compare.py). Usage: weigh_dump INCIDENTS.jsonl MODEL FROM TO
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "compare/actor/replay.h"

typedef struct dumping {
    hmi_model model;
    double *posteriors, *llrs;
} dumping;

static int dump(void *with, hmi_replay *replay, const hmi_replay_question *question, hm_err *err)
{
    dumping *d = with;
    const hmi_scorer *scorer = &replay->scorer;
    const hmi_report *report = &replay->reports.reports[question->report];
    (void)err;
    hmi_model_posterior(&d->model, scorer, true, d->posteriors, d->llrs);
    for (size_t i = 0; i < scorer->present_count; i++) {
        const hm_text actor = replay->reports.actors[scorer->present[i]];
        const double *row = hmi_score_row(scorer, scorer->present[i]);
        char name[32];
        printf("%.*s %.*s %.17g", HMI_FMT(report->id), HMI_FMT(actor), d->llrs[i]);
        for (int col = 0; col < HMI_COL_NONE; col++) {
            if (row[col] > 0) {
                printf(" %s=%.17g", hmi_col_name(col, name), row[col]);
            }
        }
        putchar('\n');
    }
    return HM_OK;
}

int main(int argc, char **argv)
{
    static dumping d;
    hmi_arena arena;
    hmi_replay replay;
    hm_err err = { 0 };
    uint8_t *bytes = NULL, *weights = NULL;
    size_t len = 0, weights_len = 0;
    int32_t from = 0, to = 0;
    if (argc != 5 || !hmi_day_parse(hmi_text_of(argv[3]), &from) ||
        !hmi_day_parse(hmi_text_of(argv[4]), &to)) {
        fprintf(stderr, "usage: weigh_dump INCIDENTS.jsonl MODEL FROM TO\n");
        return 2;
    }
    hmi_arena_init(&arena, (size_t)4 << 30);
    int code = hmi_model_read_file(argv[1], &bytes, &len, &err);
    if (code == HM_OK) {
        code = hmi_model_read_file(argv[2], &weights, &weights_len, &err);
    }
    if (code == HM_OK) {
        code = hmi_model_parse(hmi_bytes(weights, weights_len), &d.model, &err);
    }
    if (code == HM_OK) {
        code = hmi_replay_init(&replay, &arena, hmi_bytes(bytes, len), d.model.reference, &err);
    }
    if (code == HM_OK) {
        d.posteriors = hmi_new_array(&arena, double, replay.reports.actor_count);
        d.llrs = hmi_new_array(&arena, double, 2 * replay.reports.actor_count);
        code = hmi_replay_run(&replay, from, to, HMI_QUERIES_ALL, dump, &d, &err);
        hmi_replay_fini(&replay);
    }
    if (code < 0) {
        fprintf(stderr, "weigh_dump: %s\n", err.text);
    }
    hmi_arena_fini(&arena);
    free(bytes);
    free(weights);
    return code < 0;
}
