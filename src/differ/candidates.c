/* SPDX-License-Identifier: Apache-2.0
 *
 * candidates.c - who shares rare features with whom.
 *
 * WHY    Comparing all with all is a thousand million comparisons for two large programs. Two
 * functions that are one share features that few others have. FORM   The right program's features,
 * sorted, are an index; each feature of a left function that at most HMI_PAIR_COMMON_MAX have gives
 * them its weight squared. The HMI_PAIR_CANDIDATES with most are compared. TRUST  Hostile programs
 * may share every feature: the work is bounded a function. OWNS   Nothing: the arena's.
 */
#include "differ/candidates.h"

#include <stdlib.h>

#include "base/error.h"

static const double LEAST = 0.3; /* less alike is no candidate */

typedef struct feature_index {
    uint64_t *entries; /* class and id in the high half, the function in the low */
    size_t count;
    uint32_t one_in; /* features used, by their hash: large programs are sampled */
} feature_index;

typedef struct voting {
    uint32_t *votes; /* by right function */
    uint32_t *voted;
    size_t count;
} voting;

static uint32_t key_of(size_t class_id, uint32_t id)
{
    return (uint32_t)class_id << 24 | id;
}

static bool is_used(const feature_index *x, uint32_t key)
{
    return x->one_in == 1 || hmi_mix64(key) % x->one_in == 0;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int build(hmi_arena *arena, const hmi_program *program, feature_index *ret, hm_err *err)
{
    feature_index x = { .one_in = 1 };
    uint64_t total = 0;
    for (size_t i = 0; i < program->count; i++) {
        for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
            total += program->functions[i].parsed.lists[c].kept;
        }
    }
    x.one_in = (uint32_t)(total / HMI_PAIR_FEATURES_MAX) + 1;
    x.entries = hmi_new_array(arena, uint64_t, (size_t)total);
    if (x.entries == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < program->count; i++) {
        for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
            const hmi_fingerprint_list *list = &program->functions[i].parsed.lists[c];
            for (size_t k = 0; k < list->kept; k++) {
                uint32_t key = key_of(c, hmi_id24(list->ids + 3 * k));
                if (is_used(&x, key)) {
                    x.entries[x.count++] = (uint64_t)key << 32 | i;
                }
            }
        }
    }
    if (x.count > 1) {
        qsort(x.entries, x.count, sizeof(*x.entries), by_value);
    }
    *ret = x;
    return HM_OK;
}

static size_t first_of(const feature_index *x, uint32_t key)
{
    size_t low = 0, high = x->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x->entries[middle] >> 32 < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void vote(voting *v, const feature_index *x, size_t class_id, uint32_t id)
{
    uint32_t key = key_of(class_id, id);
    size_t from = first_of(x, key), to = from;
    while (to < x->count && x->entries[to] >> 32 == key && to - from <= HMI_PAIR_COMMON_MAX) {
        to++;
    }
    if (to - from > HMI_PAIR_COMMON_MAX) {
        return;
    }
    uint32_t weight = hmi_feature_weight(id);
    for (; from < to; from++) {
        uint32_t right = (uint32_t)x->entries[from];
        if (v->votes[right] == 0) {
            v->voted[v->count++] = right;
        }
        v->votes[right] += weight * weight + 1;
    }
}

/* Moves those with most votes to the front, at most HMI_PAIR_CANDIDATES, and forgets the votes. */
static size_t take_best(voting *v, uint32_t *best)
{
    uint32_t votes[HMI_PAIR_CANDIDATES];
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++) {
        uint32_t right = v->voted[i], mine = v->votes[right];
        v->votes[right] = 0;
        size_t at = count;
        while (at > 0 &&
               (votes[at - 1] < mine || (votes[at - 1] == mine && best[at - 1] > right))) {
            at--;
        }
        if (at == HMI_PAIR_CANDIDATES) {
            continue;
        }
        count += count < HMI_PAIR_CANDIDATES;
        for (size_t k = count - 1; k > at; k--) {
            votes[k] = votes[k - 1];
            best[k] = best[k - 1];
        }
        votes[at] = mine;
        best[at] = right;
    }
    v->count = 0;
    return count;
}

int hmi_candidates_find(hmi_arena *arena, const hmi_program *left, const hmi_program *right,
                        hmi_candidates *ret, hm_err *err)
{
    feature_index x = { .one_in = 1 };
    HMI_TRY(build(arena, right, &x, err));
    voting v = { .votes = hmi_new_array(arena, uint32_t, right->count),
                 .voted = hmi_new_array(arena, uint32_t, right->count) };
    hmi_candidates found = { .count = 0 };
    size_t room = 0;
    if (v.votes == NULL || v.voted == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < left->count; i++) {
        uint32_t best[HMI_PAIR_CANDIDATES];
        const hmi_fingerprint *print = &left->functions[i].parsed;
        for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
            for (size_t k = 0; k < print->lists[c].kept; k++) {
                vote(&v, &x, c, hmi_id24(print->lists[c].ids + 3 * k));
            }
        }
        size_t count = take_best(&v, best);
        for (size_t k = 0; k < count; k++) {
            double similarity = hmi_similarity(print, &right->functions[best[k]].parsed);
            if (similarity < LEAST) {
                continue;
            }
            hmi_candidate *all = hmi_arena_grow(arena, found.all, found.count, &room, sizeof(*all));
            if (all == NULL) {
                return hmi_arena_fail(arena, err);
            }
            found.all = all;
            found.all[found.count++] = (hmi_candidate){ (uint32_t)i, best[k], similarity };
        }
    }
    *ret = found;
    return HM_OK;
}
