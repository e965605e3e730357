/* SPDX-License-Identifier: Apache-2.0
 *
 * index.h - asking the segments in index/ together with what is too new for them.
 */
#ifndef HMI_CASEBOOK_INDEX_H
#define HMI_CASEBOOK_INDEX_H

#include "casebook/inside.h"

typedef struct hmi_pairs {
    hmi_postings_pair *items; /* malloc'ed */
    size_t count, capacity;
} hmi_pairs;
int hmi_pairs_add(hmi_pairs *all, uint64_t key, uint32_t value, hm_err *err);

/* Trait ids have 31 bits; a segment looks at the upper bits of a key first. */
static inline uint64_t hmi_trait_posting_key(int64_t trait)
{
    return (uint64_t)trait << 33;
}

typedef struct hmi_values {
    const uint32_t *ptr; /* ascending, lent for the visit */
    size_t count, total;
} hmi_values;
typedef int (*hmi_index_visit)(void *with, size_t index, const hmi_values *values, hm_err *err);
/* Visits the values of each key in turn, at most about `max` of each. A damaged segment is made
 * again on the way. */
int hmi_index_find(hmi_store *store, uint32_t kind, const uint64_t *keys, size_t count, size_t max,
                   hmi_index_visit visit, void *with, hm_err *err);
/* The same, but of a key with more than `max` values none is given and their total is only known to
 * be more: several times as fast where some keys have thousands. */
int hmi_index_find_few(hmi_store *store, uint32_t kind, const uint64_t *keys, size_t count,
                       size_t max, hmi_index_visit visit, void *with, hm_err *err);
/* alike.c: the probes of functions from + 1 .. *to; when there are too many, *to becomes the last
 * whole function. */
int hmi_collect_probes(hmi_store *store, uint32_t kind, uint64_t from, uint64_t *to, size_t max,
                       hmi_pairs *all, hm_err *err);
/* baseline.c: the numbers of the harmless files that carry a key, lent until the next call. */
int hmi_baseline_carriers(hmi_store *store, uint64_t key, const uint32_t **ret_files,
                          size_t *ret_count, hm_err *err);
/* Seals all that no segment holds, and merges. */
int hmi_index_seal(hmi_store *store, uint32_t kind, hm_err *err);
/* Names damaged segments and those that differ from the database, and makes them again. Returns how
 * many, or a negative code. */
int hmi_index_verify(hmi_store *store, void (*say)(void *with, hm_text sentence), void *with,
                     hm_err *err);

#endif
