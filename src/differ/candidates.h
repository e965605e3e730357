/* SPDX-License-Identifier: Apache-2.0
 *
 * candidates.h - for each function of one program those of the other that may be it.
 */
#ifndef HMI_DIFFER_CANDIDATES_H
#define HMI_DIFFER_CANDIDATES_H

#include "differ/pair.h"

typedef struct hmi_candidate {
    uint32_t left, right;
    double similarity;
} hmi_candidate;

typedef struct hmi_candidates {
    hmi_candidate *all; /* by left */
    size_t count;
} hmi_candidates;

int hmi_candidates_find(hmi_arena *arena, const hmi_program *left, const hmi_program *right,
                        hmi_candidates *ret, hm_err *err);

#endif
