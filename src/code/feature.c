/* SPDX-License-Identifier: Apache-2.0
 *
 * feature.c - the sets that a function's features are gathered in.
 *
 * WHY    A function of 100 instructions says some 500 things, most of them more than once, and this
 *        is done for every function of every program: what is counted goes straight into a table.
 * FORM   Names (STRING to CALLER) are few: a list, made a set at the end. The rest is counted as it
 *        comes: the first, second, fourth ... of the same is a feature of its own.
 *        1. A slot is taken when its key carries the epoch of this function: tables are cleared
 *           only every 255th time.
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

static bool grow_table(hmi_features *features, hmi_feature_list *list, size_t size)
{
    if (size <= list->slot_capacity) {
        return true;
    }
    list->slots = hmi_new_array(features->arena, hmi_feature_slot, size);
    list->slot_capacity = list->slots ? size : 0;
    return list->slots != NULL;
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
    if (count <= features->rank_capacity) {
        return true;
    }
    features->ranks = hmi_new_array(features->arena, uint64_t, count);
    features->rank_capacity = features->ranks ? count : 0;
    return features->ranks != NULL;
}

/* Room for `most` additions to a class that is counted, and a fresh table. */
static bool open_class(hmi_features *features, hmi_feature_list *list, size_t most)
{
    most = hmi_min(most, HMI_CODE_FEATURES_MAX);
    size_t size = 64;
    while (size < 2 * most) {
        size *= 2;
    }
    list->mask = (uint32_t)(size - 1);
    list->added = 0;
    return grow_table(features, list, size) && grow_ids(features, list, most) &&
           grow_ranks(features, size);
}

int hmi_features_open(hmi_features *features, const size_t *most, hm_err *err)
{
    for (size_t c = HMI_FEATURE_GRAM; c < HMI_FEATURE_CLASSES; c++) {
        if (!open_class(features, &features->lists[c], most[c])) {
            return hmi_arena_fail(features->arena, err);
        }
    }
    features->epoch += 1u << 24;
    if (features->epoch == 0) {
        features->epoch = 1u << 24;
        for (size_t c = HMI_FEATURE_GRAM; c < HMI_FEATURE_CLASSES; c++) {
            hmi_feature_list *list = &features->lists[c];
            memset(list->slots, 0, list->slot_capacity * sizeof *list->slots);
        }
    }
    return HM_OK;
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
