/* SPDX-License-Identifier: Apache-2.0
 *
 * near.h - likeness of whole incidents. Private to this room; score.h has what others need.
 */
#ifndef HMI_COMPARE_ACTOR_NEAR_H
#define HMI_COMPARE_ACTOR_NEAR_H

#include "compare/actor/score.h"

typedef struct hmi_near_row {
    uint32_t slot, actor;
    double faded[3]; /* 0.5 ^ (age / 30, 120, 365) */
    double cosine[HMI_VIEW_COUNT];
    uint64_t dots[HMI_VIEW_COUNT], sums[HMI_VIEW_COUNT]; /* in units of 2^-32 */
    int32_t day;
} hmi_near_row;

/* ln((incidents + 1) / (df + 1)): of all terms, whatever their kind. */
double hmi_near_weight(const hmi_known *known, uint32_t term);
/* Fills scorer->near with the known incidents that share a term. hmi_scorer_room comes first. */
int hmi_near_measure(hmi_scorer *scorer, const hmi_query *query, int32_t today, hm_err *err);
/* Spreads what was measured into the actors' rows, where these columns are 0. */
void hmi_near_spread(hmi_scorer *scorer);
/* As if the question measured last had not shown the term: among the incidents measured. */
void hmi_near_drop(hmi_scorer *scorer, uint32_t term);
/* Room for the terms of a question. */
int hmi_scorer_marks(hmi_scorer *scorer, size_t terms, hm_err *err);
/* Working memory for what is known now. */
int hmi_scorer_room(hmi_scorer *scorer, hm_err *err);

#endif
