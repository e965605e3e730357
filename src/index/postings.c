/* SPDX-License-Identifier: Apache-2.0
 *
 * postings.c - sorting pairs into a segment, and merging segments.
 *
 * WHY    Random insertion is what kills a B-tree; a radix sort and one sequential write build the
 *        same answer ten times as fast, and merging two sorted files needs no memory at all.
 * TRUST  Merging reads segments as postings_map.c does: a damaged one ends the merge, and the old
 *        segments stay.
 * OWNS   Nothing beyond a call.
 */
#include "index/postings.h"

#include <stdlib.h>

#include "base/error.h"
#include "index/layout.h"

enum { RADIX_BYTES = 12 }; /* 4 of the value, then 8 of the key */

static uint8_t radix_byte(const hmi_postings_pair *pair, unsigned byte)
{
    return byte < 4 ? (uint8_t)(pair->value >> (8 * byte))
                    : (uint8_t)(pair->key >> (8 * (byte - 4)));
}

static bool is_less(const hmi_postings_pair *a, const hmi_postings_pair *b)
{
    return a->key < b->key || (a->key == b->key && a->value < b->value);
}

static bool is_sorted(const hmi_postings_pair *pairs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (is_less(&pairs[i], &pairs[i - 1])) {
            return false;
        }
    }
    return true;
}

/* One stable pass; false when all bytes were equal and nothing moved. */
static bool radix_pass(const hmi_postings_pair *from, hmi_postings_pair *to, size_t count,
                       unsigned byte)
{
    size_t places[256] = { 0 };
    for (size_t i = 0; i < count; i++) {
        places[radix_byte(&from[i], byte)]++;
    }
    if (places[radix_byte(&from[0], byte)] == count) {
        return false;
    }
    size_t sum = 0;
    for (unsigned i = 0; i < 256; i++) {
        size_t here = places[i];
        places[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) {
        to[places[radix_byte(&from[i], byte)]++] = from[i];
    }
    return true;
}

size_t hmi_postings_sort(hmi_postings_pair *pairs, size_t count)
{
    if (!is_sorted(pairs, count)) {
        hmi_postings_pair *scratch = calloc(count, sizeof(*scratch));
        if (scratch == NULL) {
            return HMI_NPOS;
        }
        hmi_postings_pair *from = pairs, *to = scratch;
        for (unsigned byte = 0; byte < RADIX_BYTES; byte++) {
            if (radix_pass(from, to, count, byte)) {
                hmi_postings_pair *swap = from;
                from = to;
                to = swap;
            }
        }
        if (from != pairs) {
            memcpy(pairs, from, count * sizeof(*pairs));
        }
        free(scratch);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || is_less(&pairs[kept - 1], &pairs[i])) {
            pairs[kept++] = pairs[i];
        }
    }
    return kept;
}

/* The values of the key at pairs[start], into `values`; returns where the next key begins. */
static size_t gather(const hmi_postings_pair *pairs, size_t count, size_t start, uint32_t *values)
{
    size_t end = start;
    while (end < count && pairs[end].key == pairs[start].key) {
        values[end - start] = pairs[end].value;
        end++;
    }
    return end;
}

static int write_sorted(const char *path, const hmi_postings_label *label,
                        const hmi_postings_pair *pairs, size_t count, uint32_t *values, hm_err *err)
{
    uint64_t keys = 0, lists = 0;
    for (size_t at = 0, next; at < count; at = next) {
        next = gather(pairs, count, at, values);
        keys++;
        lists += hmi_segment_list_size(values, next - at);
    }
    hmi_segment_writer *writer = NULL;
    HMI_TRY(hmi_segment_begin(path, label, keys, count, lists, &writer, err));
    for (size_t at = 0, next; at < count; at = next) {
        next = gather(pairs, count, at, values);
        int code = hmi_segment_put(writer, pairs[at].key, values, next - at, err);
        if (code != HM_OK) {
            hmi_segment_abandon(writer);
            return code;
        }
    }
    return hmi_segment_commit(writer, err);
}

int hmi_postings_write(const char *path, const hmi_postings_label *label, hmi_postings_pair *pairs,
                       size_t count, hm_err *err)
{
    hmi_assert(path != NULL && label != NULL && label->from <= label->to);
    if (count > HMI_POSTINGS_PAIRS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "%zu postings are too many for one segment", count);
    }
    size_t kept = hmi_postings_sort(pairs, count);
    size_t longest = 0;
    for (size_t i = 0, run = 0; kept != HMI_NPOS && i < kept; i++) {
        run = i > 0 && pairs[i].key == pairs[i - 1].key ? run + 1 : 1;
        longest = run > longest ? run : longest;
    }
    uint32_t *values = kept == HMI_NPOS ? NULL : malloc((longest + 1) * sizeof(*values));
    if (values == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to sort %zu postings", count);
    }
    int code = write_sorted(path, label, pairs, kept, values, err);
    free(values);
    return code;
}

/* ---- Merging */

/* One segment's next key, while the others wait. */
typedef struct side {
    hmi_postings_map *map;
    uint64_t next, key;
    uint32_t *values;
    size_t capacity, count;
    bool done;
} side;

typedef struct merger {
    side *sides;
    size_t count;
    uint32_t *values;
    size_t capacity;
} merger;

static int side_step(side *one, hm_err *err)
{
    if (one->next == hmi_postings_keys(one->map)) {
        one->done = true;
        return HM_OK;
    }
    uint64_t before = one->key;
    HMI_TRY(hmi_postings_at(one->map, one->next, &one->key, &one->values, &one->capacity,
                            &one->count, err));
    if (one->next > 0 && one->key <= before) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "keys of a segment are out of order");
    }
    one->next++;
    return HM_OK;
}

static int merger_start(merger *all, hm_err *err)
{
    for (size_t i = 0; i < all->count; i++) {
        all->sides[i].next = 0;
        all->sides[i].done = false;
        HMI_TRY(side_step(&all->sides[i], err));
    }
    return HM_OK;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t without_doubles(uint32_t *values, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || values[i] != values[kept - 1]) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

/* The smallest key of all sides with the union of its values; *ret_count 0 at the end. */
static int merger_next(merger *all, uint64_t *ret_key, size_t *ret_count, hm_err *err)
{
    uint64_t key = UINT64_MAX;
    size_t total = 0, holders = 0;
    for (size_t i = 0; i < all->count; i++) {
        const side *one = &all->sides[i];
        if (!one->done && (holders == 0 || one->key <= key)) {
            holders = one->key < key || holders == 0 ? 1 : holders + 1;
            total = holders == 1 ? one->count : total + one->count;
            key = one->key;
        }
    }
    if (total > all->capacity) {
        uint32_t *grown = realloc(all->values, total * 2 * sizeof(*grown));
        if (grown == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to merge segments");
        }
        all->values = grown;
        all->capacity = total * 2;
    }
    size_t count = 0;
    for (size_t i = 0; holders > 0 && i < all->count; i++) {
        side *one = &all->sides[i];
        if (!one->done && one->key == key) {
            memcpy(all->values + count, one->values, one->count * sizeof(*one->values));
            count += one->count;
            HMI_TRY(side_step(one, err));
        }
    }
    if (holders > 1) {
        qsort(all->values, count, sizeof(*all->values), by_value);
        count = without_doubles(all->values, count);
    }
    *ret_key = key;
    *ret_count = count;
    return HM_OK;
}

static int merge_into(const char *path, const hmi_postings_label *label, merger *all, hm_err *err)
{
    uint64_t keys = 0, pairs = 0, lists = 0, key = 0;
    size_t count = 0;
    HMI_TRY(merger_start(all, err));
    for (;;) {
        HMI_TRY(merger_next(all, &key, &count, err));
        if (count == 0) {
            break;
        }
        keys++;
        pairs += count;
        lists += hmi_segment_list_size(all->values, count);
    }
    hmi_segment_writer *writer = NULL;
    HMI_TRY(hmi_segment_begin(path, label, keys, pairs, lists, &writer, err));
    int code = merger_start(all, err);
    while (code == HM_OK && (code = merger_next(all, &key, &count, err)) == HM_OK && count > 0) {
        code = hmi_segment_put(writer, key, all->values, count, err);
    }
    if (code != HM_OK) {
        hmi_segment_abandon(writer);
        return code;
    }
    return hmi_segment_commit(writer, err);
}

int hmi_postings_merge(const char *path, hmi_postings_map *const *maps, size_t count, hm_err *err)
{
    hmi_assert(count > 0);
    hmi_postings_label label = *hmi_postings_label_of(maps[0]);
    for (size_t i = 1; i < count; i++) {
        const hmi_postings_label *next = hmi_postings_label_of(maps[i]);
        if (next->kind != label.kind || next->epoch != label.epoch || next->from != label.to) {
            return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                            "these segments do not follow each other");
        }
        label.to = next->to;
    }
    merger all = { .sides = calloc(count, sizeof(side)), .count = count };
    if (all.sides == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to merge segments");
    }
    for (size_t i = 0; i < count; i++) {
        all.sides[i].map = maps[i];
    }
    int code = merge_into(path, &label, &all, err);
    for (size_t i = 0; i < count; i++) {
        free(all.sides[i].values);
    }
    free(all.sides);
    free(all.values);
    return code;
}
