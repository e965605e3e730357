/* SPDX-License-Identifier: Apache-2.0
 *
 * postings.h - a sealed, memory-mapped, sorted table of 64-bit keys with postings.
 *
 * A segment is written once, checksummed, fsynced, renamed into place and never changed: any number
 * of processes map it, a crash cannot damage it, a damaged one is noticed where it is touched and
 * rebuilt. Everything read from it is checked as if a stranger had sent it.
 *
 * Threads: a map belongs to one thread (it remembers which blocks it has checked).
 */
#ifndef HMI_INDEX_POSTINGS_H
#define HMI_INDEX_POSTINGS_H

#include "base/bytes.h"

typedef struct hmi_postings_pair {
    uint64_t key;
    uint32_t value;
} hmi_postings_pair;

/* The owner's: what it is, and which part of which state it was built from. */
typedef struct hmi_postings_label {
    uint32_t kind;
    uint64_t epoch;
    uint64_t from, to; /* built from what is numbered from + 1 .. to */
} hmi_postings_label;

enum {
    HMI_POSTINGS_PAIRS_MAX = 1 << 30, /* in one segment */
    HMI_POSTINGS_DATA_MAX = INT32_MAX /* bytes of its lists */
};

/* Sorts `pairs` in place (radix; a scratch of the same size is taken), drops doubles, writes `path`
 * through a temporary file beside it. */
int hmi_postings_write(const char *path, const hmi_postings_label *label, hmi_postings_pair *pairs,
                       size_t count, hm_err *err);
/* Orders by key, then value, and drops doubles; returns how many are left. HMI_NPOS: no memory. */
size_t hmi_postings_sort(hmi_postings_pair *pairs, size_t count);

typedef struct hmi_postings_map hmi_postings_map;
/* HM_E_CORRUPT when its header, size or checksum table is wrong, HM_E_UNSUPPORTED for a newer
 * version; blocks are checked when they are first touched. */
int hmi_postings_open(const char *path, uint32_t kind, hmi_postings_map **ret_map, hm_err *err);
void hmi_postings_close(hmi_postings_map *map);
const hmi_postings_label *hmi_postings_label_of(const hmi_postings_map *map);
uint64_t hmi_postings_keys(const hmi_postings_map *map);
uint64_t hmi_postings_pairs(const hmi_postings_map *map);
/* Values of a key, ascending: at most `max` are written, *ret_total counts all (0: no such key).
 * HM_E_CORRUPT when a block that was needed is damaged. */
int hmi_postings_find(hmi_postings_map *map, uint64_t key, uint32_t *ret_values, size_t max,
                      size_t *ret_total, hm_err *err);
/* As hmi_postings_find, but a list of more than `max` values is not read at all. */
int hmi_postings_find_few(hmi_postings_map *map, uint64_t key, uint32_t *ret_values, size_t max,
                          size_t *ret_total, hm_err *err);
/* Walks all keys in ascending order. `values` is lent for the call; a visitor's failure ends it. */
typedef int (*hmi_postings_visit)(void *with, uint64_t key, const uint32_t *values, size_t count,
                                  hm_err *err);
int hmi_postings_each(hmi_postings_map *map, hmi_postings_visit visit, void *with, hm_err *err);
/* Everything: all checksums, order of keys and values, counts, prefix table. */
int hmi_postings_check(hmi_postings_map *map, hm_err *err);
/* Writes the union of segments of one kind and epoch whose ranges follow each other. Streams: needs
 * no memory that grows with them. HM_E_LIMIT when it would not fit in one segment. */
int hmi_postings_merge(const char *path, hmi_postings_map *const *maps, size_t count, hm_err *err);

#endif
