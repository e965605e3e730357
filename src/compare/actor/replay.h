/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.h - dated reports asked one after the other, each seeing only what was known before its
 * month. The one protocol under which fitting and judging are honest. Private to this room.
 */
#ifndef HMI_COMPARE_ACTOR_REPLAY_H
#define HMI_COMPARE_ACTOR_REPLAY_H

#include "compare/model.h"

typedef struct hmi_replay {
    hmi_arena *arena;  /* reports, lexicon, the known */
    hmi_arena scratch; /* of one question */
    hmi_reports reports;
    hmi_known known;
    hmi_scorer scorer;
    uint32_t **terms; /* per report */
    size_t *term_count;
    size_t added; /* reports that are known by now */
} hmi_replay;

/* `bytes` must stay alive. */
int hmi_replay_init(hmi_replay *replay, hmi_arena *arena, hm_bytes bytes, bool reference,
                    hm_err *err);
void hmi_replay_fini(hmi_replay *replay);

/* One question: the scorer holds its rows. `truth` is the actor's number, or -1 when nothing of it
 * was known yet. */
typedef struct hmi_replay_question {
    size_t report;
    int64_t truth;
    const hmi_query *query;
    int32_t today;
} hmi_replay_question;
typedef int (*hmi_replay_ask)(void *with, hmi_replay *replay, const hmi_replay_question *question,
                              hm_err *err);

/* Asks every report dated from_day to to_day that is one of `queries`, in order. */
int hmi_replay_run(hmi_replay *replay, int32_t from_day, int32_t to_day, hmi_queries queries,
                   hmi_replay_ask ask, void *with, hm_err *err);
/* Asks in `folds` parts, each seeing all others, time ignored; reports later than to_day are not
 * there. */
int hmi_replay_folds(hmi_replay *replay, size_t folds, int32_t to_day, hmi_queries queries,
                     hmi_replay_ask ask, void *with, hm_err *err);
/* The fold a report falls into: by its name, so that adding reports moves no other. */
size_t hmi_report_fold(const hmi_report *report, size_t folds);
bool hmi_report_is(const hmi_report *report, const hmi_lexicon *lexicon, hmi_queries queries);

#endif
