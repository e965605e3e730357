/* SPDX-License-Identifier: Apache-2.0
 *
 * pair.h - the functions of two programs, one to one.
 */
#ifndef HMI_DIFFER_PAIR_H
#define HMI_DIFFER_PAIR_H

#include "differ/program.h"

enum {
    HMI_PAIR_FEATURES_MAX = 1 << 23, /* of one program that candidates are looked up by */
    HMI_PAIR_CANDIDATES = 16,        /* compared with one function */
    HMI_PAIR_COMMON_MAX = 64,        /* functions that share a feature; more lead nowhere */
    HMI_PAIR_NEIGHBOURS_MAX = 48,    /* callers of one function that are looked at */
    HMI_PAIR_ROUNDS_MAX = 8,         /* looks from one bar */
    HMI_PAIR_WORK_MAX = 1 << 25      /* comparisons of neighbours; then none vouches any more */
};

/* How a pair was found. */
typedef enum hmi_paired_by {
    HMI_PAIRED_NOT = 0,
    HMI_PAIRED_NAME,  /* one symbol of this name on each side */
    HMI_PAIRED_EXACT, /* equal code */
    HMI_PAIRED_ALIKE, /* the likest on both sides */
    HMI_PAIRED_CALLS, /* called by, or calls, what is paired already, and alike */
    HMI_PAIRED_ORDER  /* stands beside what is paired already, and alike */
} hmi_paired_by;
const char *hmi_paired_by_name(hmi_paired_by by); /* "name", "exact" ... */

typedef struct hmi_partner {
    uint32_t index; /* of the other program's function; meaningless when not paired */
    hmi_paired_by by;
    double similarity; /* 0 .. 1; 1: equal code */
} hmi_partner;

typedef struct hmi_pairing {
    hmi_partner *left, *right; /* one a function */
    size_t pairs, equal;
    bool cut;          /* HMI_PAIR_WORK_MAX was reached: what had been paired stands */
    double similarity; /* of the whole: of pairs, by instructions; unpaired ones count 0, library
                        * functions nothing */
} hmi_pairing;

typedef struct hmi_pair_options {
    bool ignore_names;
} hmi_pair_options;

/* Deterministic. `library` of the functions is looked at for the sum only. */
int hmi_pair_programs(hmi_arena *arena, const hmi_program *left, const hmi_program *right,
                      const hmi_pair_options *options, hmi_pairing *ret, hm_err *err);

#endif
