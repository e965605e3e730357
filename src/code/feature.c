/* SPDX-License-Identifier: Apache-2.0
 *
 * feature.c - the sets that a function's features are gathered in.
 *
 * WHY    A function of 100 instructions says some 500 things, most of them more than once, and this
 *        is done for every function of every program: what is counted goes straight into a table.
 * FORM   Names (STRING to CALLER) are few: a list, made a set at the end. The rest is counted as it
 *        comes: the first, second, fourth ... of the same is a feature of its own.
 *        1. Slots hold indices of entries, two bytes each: few enough to be cleared each time.
 *        2. Room for all that a function can say is made before: counting cannot fail.
 * TRUST  Lists are capped at HMI_CODE_FEATURES_MAX and say so.
 * OWNS   Lists and tables in the reading's arena, reused for each function.
 */
#include "code/feature.h"

#include "base/error.h"
#include "base/num.h"

int hmi_feature_add(hmi_features *features, hmi_feature_class class_id, uint32_t id, hm_err *err)
{
    hmi_feature_list *list = &features->lists[class_id];
    if (list->count >= list->capacity) {
        if (list->count >= HMI_CODE_FEATURES_MAX) {
            features->cut = true;
            return HM_OK;
        }
        void *more = hmi_arena_grow(features->arena, list->ids, list->count, &list->capacity,
                                    sizeof *list->ids);
        if (more == NULL) {
            return hmi_arena_fail(features->arena, err);
        }
        list->ids = more;
    }
    list->ids[list->count++] = id;
    return HM_OK;
}

static bool grow_ids(hmi_features *features, hmi_feature_list *list, size_t count)
{
    if (count <= list->capacity) {
        return true;
    }
    size_t capacity = hmi_max(count, 2 * list->capacity);
    list->ids = hmi_new_array(features->arena, uint32_t, capacity);
    list->capacity = list->ids ? capacity : 0;
    return list->ids != NULL;
}

static bool grow_ranks(hmi_features *features, size_t count)
{
    if (2 * count <= features->rank_capacity) {
        return true;
    }
    features->ranks = hmi_new_array(features->arena, uint64_t, 2 * count);
    features->rank_capacity = features->ranks ? 2 * count : 0;
    return features->ranks != NULL;
}

static bool grow_counter(hmi_features *features, hmi_feature_counter *c, size_t most, size_t size)
{
    if (most > c->entry_capacity) {
        c->entries = hmi_new_array(features->arena, hmi_feature_entry, 2 * most);
        c->entry_capacity = c->entries ? 2 * most : 0;
    }
    if (size > c->slot_capacity) {
        c->slots = hmi_new_array(features->arena, uint16_t, size);
        c->slot_capacity = c->slots ? size : 0;
    }
    return most <= c->entry_capacity && size <= c->slot_capacity;
}

/* Room for `most` different things of one class; few slots to begin with, as most repeat. */
static bool open_class(hmi_features *features, size_t class_id, size_t most)
{
    enum { SLOTS_MIN = 64, REPEATS = 8 };
    most = hmi_min(most, HMI_CODE_FEATURES_MAX);
    hmi_feature_counter *counter = &features->counters[class_id];
    size_t size = SLOTS_MIN, first;
    while (size < most / REPEATS) {
        size *= 2;
    }
    for (first = size; size < 2 * most + 2;) {
        size *= 2;
    }
    if (!grow_counter(features, counter, most, size) ||
        !grow_ids(features, &features->lists[class_id], most) || !grow_ranks(features, most)) {
        return false;
    }
    counter->count = 0;
    counter->cut = false;
    counter->left = (uint32_t)most;
    counter->size = (uint32_t)first;
    memset(counter->slots, 0, first * sizeof *counter->slots);
    return true;
}

int hmi_features_open(hmi_features *features, const size_t *most, hm_err *err)
{
    for (size_t c = HMI_FEATURE_GRAM; c < HMI_FEATURE_CLASSES; c++) {
        if (!open_class(features, c, most[c])) {
            return hmi_arena_fail(features->arena, err);
        }
    }
    return HM_OK;
}

void hmi_feature_spread(hmi_feature_counter *counter)
{
    counter->size *= 2;
    hmi_assert(counter->size <= counter->slot_capacity);
    memset(counter->slots, 0, counter->size * sizeof *counter->slots);
    for (uint32_t i = 0; i < counter->count; i++) {
        uint32_t at = counter->entries[i].id & (counter->size - 1);
        while (counter->slots[at] != 0) {
            at = (at + 1) & (counter->size - 1);
        }
        counter->slots[at] = (uint16_t)(i + 1);
    }
}

void hmi_features_close(hmi_features *features)
{
    enum { SALT_REPEAT = 100 };
    for (size_t c = HMI_FEATURE_GRAM; c < HMI_FEATURE_CLASSES; c++) {
        const hmi_feature_counter *counter = &features->counters[c];
        hmi_feature_list *list = &features->lists[c];
        features->cut |= counter->cut;
        for (uint32_t i = 0; i < counter->count; i++) {
            hmi_feature_entry entry = counter->entries[i];
            list->ids[list->count++] = entry.id;
            for (unsigned level = 1; entry.seen >> level != 0; level++) {
                list->ids[list->count++] = hmi_feature_id(SALT_REPEAT + level, entry.id);
            }
        }
        hmi_assert(list->count <= list->capacity);
    }
}

/* To a set, in order of first appearance. `table` has `size` zeroed places of two words, a power of
 * two, at least twice the count. */
static size_t drop_repeats(uint32_t *ids, size_t count, uint32_t *table, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t id = ids[i];
        size_t at = id & (size - 1);
        while (table[2 * at + 1] != 0 && table[2 * at] != id) {
            at = (at + 1) & (size - 1);
        }
        if (table[2 * at + 1] == 0) {
            table[2 * at] = id;
            table[2 * at + 1] = 1;
            ids[kept++] = id;
        }
    }
    return kept;
}

static bool scratch_for(hmi_features *features, size_t words)
{
    if (words <= features->scratch_capacity) {
        return true;
    }
    features->scratch = hmi_new_array(features->arena, uint32_t, 2 * words);
    features->scratch_capacity = features->scratch ? 2 * words : 0;
    return features->scratch != NULL;
}

int hmi_features_settle(hmi_features *features, hm_err *err)
{
    for (size_t c = 0; c < HMI_FEATURE_GRAM; c++) {
        hmi_feature_list *list = &features->lists[c];
        size_t size = 16;
        while (size < 2 * list->count) {
            size *= 2;
        }
        if (!scratch_for(features, 2 * size) || !grow_ranks(features, size)) {
            return hmi_arena_fail(features->arena, err);
        }
        if (list->count > 1) {
            memset(features->scratch, 0, 2 * size * sizeof *features->scratch);
            list->count = drop_repeats(list->ids, list->count, features->scratch, size);
        }
    }
    return HM_OK;
}
