/* SPDX-License-Identifier: Apache-2.0
 *
 * postings.h - a sealed, memory-mapped, sorted table of 64-bit keys with postings.
 *
 * A segment is written once, checksummed, fsynced, renamed into place and never changed: any number
 * of processes map it, a crash cannot damage it, a damaged one is noticed at open and rebuilt.
 * Everything read from it is checked as if a stranger had sent it.
 */
#ifndef HMI_INDEX_POSTINGS_H
#define HMI_INDEX_POSTINGS_H

#include "base/bytes.h"

typedef struct hmi_postings_pair {
    uint64_t key;
    uint32_t value;
} hmi_postings_pair;

/* Sorts `pairs` in place (radix), drops doubles, writes `path` through a temporary file beside it.
 * `kind` and `stamp` are the owner's: what it is, and what state it was built from. */
int hmi_postings_write(const char *path, uint32_t kind, uint64_t stamp, hmi_postings_pair *pairs,
                      size_t count, hm_err *err);

typedef struct hmi_postings_map hmi_postings_map;
/* HM_E_CORRUPT when anything is wrong with it. */
int hmi_postings_open(const char *path, uint32_t kind, hmi_postings_map **ret_map, hm_err *err);
void hmi_postings_close(hmi_postings_map *map);
uint64_t hmi_postings_stamp(const hmi_postings_map *map);
uint64_t hmi_postings_keys(const hmi_postings_map *map);
/* Values of a key, ascending: at most `max` are written, the total is returned. */
size_t hmi_postings_find(const hmi_postings_map *map, uint64_t key, uint32_t *ret_values, size_t max);
/* Walks all pairs in order of key: for merging. */
typedef int (*hmi_postings_visit)(void *with, uint64_t key, const uint32_t *values, size_t count);
int hmi_postings_each(const hmi_postings_map *map, hmi_postings_visit visit, void *with, hm_err *err);

#endif
