/* SPDX-License-Identifier: Apache-2.0
 *
 * search.h - have I seen these functions, in what, and how unusual are they?
 */
#ifndef HMI_DIFFER_SEARCH_H
#define HMI_DIFFER_SEARCH_H

#include "casebook/store.h"
#include "differ/program.h"

enum {
    HMI_SEARCH_NEAR_MAX = 32,      /* functions of the casebook for each asked one */
    HMI_SEARCH_HUB = 64,           /* incidents of one function; of more only the number is told */
    HMI_SEARCH_INCIDENTS_MAX = 64, /* whose programs are looked into */
    HMI_SEARCH_PROGRAMS_MAX = 4096 /* that are looked into */
};

typedef struct hmi_near_function {
    int64_t trait;
    double similarity; /* 1: equal code */
    hm_text hash;
    const int64_t *incidents; /* none when there are more than HMI_SEARCH_HUB */
    size_t incident_count;    /* HMI_SEARCH_HUB + 1: more than that */
} hmi_near_function;

typedef struct hmi_asked_function {
    size_t index; /* in the program */
    hmi_near_function *near;
    size_t near_count; /* the likest first */
    uint32_t harmless; /* harmless files with code as alike as was asked for */
} hmi_asked_function;

typedef struct hmi_near_program {
    hmi_evidence evidence;
    int64_t *incidents;
    size_t incident_count;
    size_t shared, equal, rare; /* functions found in it; of these equal; in no harmless file */
    double similarity; /* how much of what was asked for it holds, by instructions; library code is
                        * not counted */
} hmi_near_program;

typedef struct hmi_search_result {
    hmi_asked_function *asked; /* that have something near: the rarest first, then the longest */
    size_t asked_count;
    hmi_near_program *programs; /* that hold most, first */
    size_t program_count;
    size_t searched; /* functions that were asked about: eight instructions and more */
    size_t library;  /* of these known as harmless: shown, weighing nothing */
    uint64_t incidents, harmless_files; /* in the casebook */
} hmi_search_result;

typedef struct hmi_search_options {
    double similarity;       /* at least */
    size_t near_max;         /* at most HMI_SEARCH_NEAR_MAX */
    const size_t *functions; /* NULL: all */
    size_t function_count;
    bool (*cancelled)(void *with); /* may be NULL */
} hmi_search_options;

int hmi_search_program(hmi_store *store, hmi_arena *arena, const hmi_program *program,
                       const hmi_search_options *options, hmi_search_result *ret, hm_err *err);

#endif
