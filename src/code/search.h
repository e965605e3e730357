/* SPDX-License-Identifier: Apache-2.0
 *
 * search.h - what the files share that look for functions.
 */
#ifndef HMI_CODE_SEARCH_H
#define HMI_CODE_SEARCH_H

#include "code/discover.h"

typedef struct hmi_search {
    hmi_discovery *found;
    hmi_walk *walk;
    hmi_ranges *ranges;
    hmi_arena *arena;
    uint64_t *starts, *code; /* bitmaps over the line */
    uint32_t *queue;         /* line positions */
    size_t queue_count, queue_capacity;
    size_t start_count;
} hmi_search;

/* A function begins there, unless that is no code; `strong`: more than an unwind table says so. */
int hmi_search_start(hmi_search *s, uint64_t address, bool strong, hm_err *err);
int hmi_search_mark(hmi_search *s, uint64_t line, unsigned flag, hm_err *err);
/* Goes through all starts that wait, and those that they lead to. */
int hmi_search_drain(hmi_search *s, hm_err *err);
/* Address of the next start behind `line`, or the end of its range or of the widest window. */
uint64_t hmi_search_limit(hmi_search *s, const hmi_range *range, uint64_t line);

/* stubs.c: 1 + index of the import that the code there only jumps to, 0 when it is none. */
uint32_t hmi_stub_import(hmi_ranges *ranges, uint64_t address);
int hmi_find_stubs(hmi_search *s, hm_err *err);
/* gaps.c */
int hmi_scan_gaps(hmi_search *s, hm_err *err);
/* functions.c */
int hmi_list_functions(hmi_search *s, hm_err *err);

#endif
