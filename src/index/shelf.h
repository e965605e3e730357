/* SPDX-License-Identifier: Apache-2.0
 *
 * shelf.h - a growing index made of sealed segments that follow each other.
 *
 * Things are numbered 1, 2, 3 ... by the owner; each segment was built from the numbers from + 1 to
 * `to`, and its file is called NAME-EPOCH-FROM-TO.seg. What no good segment covers is a gap; the
 * owner fills it (hmi_shelf_seal) or, when it is small and last, keeps it in memory. Small segments
 * are merged into large ones so that a question stays a few probes. A new epoch makes everything
 * older void.
 *
 * Readers need no lock: segments never change, and one that vanished under a reader was replaced by
 * a merged one, which it finds by looking again. Removing what lies ahead of the owner's numbers
 * (an older database was put back) needs the owner's write lock: hmi_shelf_clear_ahead.
 *
 * Threads: one at a time per shelf.
 */
#ifndef HMI_INDEX_SHELF_H
#define HMI_INDEX_SHELF_H

#include "index/postings.h"

typedef struct hmi_shelf hmi_shelf;
typedef struct hmi_shelf_plan {
    const char *folder; /* borrowed for the call */
    const char *name;   /* a word of [a-z]; borrowed for the life of the shelf: a literal */
    uint32_t kind;
    uint64_t epoch;
    uint64_t newest; /* the highest number given out so far */
} hmi_shelf_plan;

enum { HMI_SHELF_SEGMENTS_MAX = 4096 };

/* Opens every usable segment. Damaged ones are left out (so they show as gaps) and remembered. */
int hmi_shelf_open(const hmi_shelf_plan *plan, hmi_shelf **ret_shelf, hm_err *err);
void hmi_shelf_close(hmi_shelf *shelf);
/* The first range (from, to] below `newest` that no segment covers; false when there is none. */
bool hmi_shelf_gap(const hmi_shelf *shelf, uint64_t newest, uint64_t *ret_from, uint64_t *ret_to);
size_t hmi_shelf_segments(const hmi_shelf *shelf);
uint64_t hmi_shelf_pairs(const hmi_shelf *shelf);
/* Union of the values of a key over all segments, ascending, lent until the next call: at most
 * about `max` of them (ret_count says how many), *ret_total counts all. */
int hmi_shelf_find(hmi_shelf *shelf, uint64_t key, size_t max, const uint32_t **ret_values,
                   size_t *ret_count, size_t *ret_total, hm_err *err);
/* The same for those who have no use for long lists: when a segment alone has more than `max`
 * values, none is read and *ret_total is only known to be more than `max`. */
int hmi_shelf_find_few(hmi_shelf *shelf, uint64_t key, size_t max, const uint32_t **ret_values,
                       size_t *ret_count, size_t *ret_total, hm_err *err);
/* How many values a key has when no value is in two segments; adds nothing up twice otherwise
 * either, but then is an upper bound. Cheap: reads no list. */
int hmi_shelf_count(hmi_shelf *shelf, uint64_t key, uint64_t *ret_count, hm_err *err);
/* Walks the keys of one segment after the other. */
int hmi_shelf_each(hmi_shelf *shelf, hmi_postings_visit visit, void *with, hm_err *err);
/* Writes the segment (from, to], which must lie in a gap, and opens it. Sorts `pairs`. */
int hmi_shelf_seal(hmi_shelf *shelf, uint64_t from, uint64_t to, hmi_postings_pair *pairs,
                   size_t count, hm_err *err);
/* Merges neighbours of like size (`all`: everything) and removes what was merged or is void. */
int hmi_shelf_tidy(hmi_shelf *shelf, bool all, hm_err *err);
/* Only under the owner's write lock: removes segments of this name that lie ahead of `newest`. */
int hmi_shelf_clear_ahead(hmi_shelf *shelf, hm_err *err);
/* Reads every byte; damaged segments are named to `say`, closed and removed, so that they show as
 * gaps. Returns how many, or a negative code. */
int hmi_shelf_check(hmi_shelf *shelf, void (*say)(void *with, hm_text sentence), void *with,
                    hm_err *err);

#endif
