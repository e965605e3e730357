/* SPDX-License-Identifier: Apache-2.0
 *
 * observation.c - gathers what was observed, and what it refers to.
 *
 * FORM   2.0: {"type":"observed-data","first_observed":..,"last_observed":..,"number_observed":n,
 *              "objects":{"0":{"type":..},..}}
 *        2.1: {"type":"bundle","objects":[{"type":"observed-data",..,"object_refs":[id,..]},
 *              {"type":..,"id":id,..},..]}
 * TRUST  Anybody's documents. Times and counts must be what STIX says; a reference to what is not
 *        there is no error (partners redact). Ids are found by searching sorted lists.
 * OWNS   Nothing: all is the arena's.
 */
#include "detect/observation.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "pattern/stix_pattern.h"

typedef struct sighted {
    hmi_observation seen;
    hmi_value source;
} sighted;

struct hmi_observations {
    hmi_arena *arena;
    sighted *seen;
    size_t count, capacity;
    hmi_observed_object *objects; /* of all 2.1 documents */
    size_t object_count, object_capacity;
};

hmi_observations *hmi_observations_new(hmi_arena *arena)
{
    hmi_observations *all = hmi_new(arena, hmi_observations);
    if (all != NULL) {
        all->arena = arena;
    }
    return all;
}

static int by_id(const void *a, const void *b)
{
    const hmi_observed_object *x = a, *y = b;
    return hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
}

static const hmi_observed_object *find(const hmi_observed_object *list, size_t count, hm_text id)
{
    hmi_observed_object key = { .id = id };
    return count == 0 ? NULL : bsearch(&key, list, count, sizeof(*list), by_id);
}

const hmi_observed_object *hmi_observed_find(const hmi_observation *observation, hm_text id)
{
    return find(observation->objects, observation->object_count, id);
}

static int no_such(hmi_value at, hm_err *err, const char *what)
{
    return hmi_fail(err, HM_E_MALFORMED, hmi_json_offset(at), "observed-data: %s", what);
}

static int read_moment(hmi_observations *all, hmi_value object, const char *key, int64_t *ret,
                       hm_err *err)
{
    hm_text text = hmi_json_text(hmi_json_get(object, key), all->arena);
    if (text.ptr == NULL || !hmi_stix_time_read(text, ret)) {
        return hmi_fail(err, HM_E_MALFORMED, hmi_json_offset(object),
                        "observed-data: no %s, or no timestamp", key);
    }
    return HM_OK;
}

static int add_object(hmi_observations *all, hmi_observed_object **list, size_t *count,
                      size_t *capacity, hmi_observed_object object, hm_err *err)
{
    if (*count >= HMI_OBSERVATION_OBJECTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, hmi_json_offset(object.value),
                        "observed-data: more than %d objects", HMI_OBSERVATION_OBJECTS_MAX);
    }
    hmi_observed_object *more = hmi_arena_grow(all->arena, *list, *count, capacity, sizeof(*more));
    if (more == NULL) {
        return hmi_arena_fail(all->arena, err);
    }
    *list = more;
    more[(*count)++] = object;
    return HM_OK;
}

/* "objects" of STIX 2.0. */
static int read_embedded(hmi_observations *all, hmi_value objects, hmi_observation *seen,
                         hm_err *err)
{
    size_t capacity = 0;
    for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_observed_object object = { .id = hmi_json_key(v, all->arena), .value = v };
        object.type = hmi_json_text(hmi_json_get(v, "type"), all->arena);
        HMI_TRY(add_object(all, &seen->objects, &seen->object_count, &capacity, object, err));
    }
    if (seen->object_count > 0) {
        qsort(seen->objects, seen->object_count, sizeof(*seen->objects), by_id);
    }
    return HM_OK;
}

static int read_observed(hmi_observations *all, hmi_value object, bool in_bundle, hm_err *err)
{
    if (all->count >= HMI_OBSERVATIONS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, hmi_json_offset(object), "more than %d observations",
                        HMI_OBSERVATIONS_MAX);
    }
    hmi_observation seen = { .order = all->count };
    int64_t number = 0;
    HMI_TRY(read_moment(all, object, "first_observed", &seen.first_us, err));
    HMI_TRY(read_moment(all, object, "last_observed", &seen.last_us, err));
    if (!hmi_json_int(hmi_json_get(object, "number_observed"), &number) || number < 1) {
        return no_such(object, err, "number_observed is not at least 1");
    }
    if (seen.last_us < seen.first_us) {
        return no_such(object, err, "last_observed is before first_observed");
    }
    seen.number = (uint64_t)number;
    seen.id = hmi_json_text(hmi_json_get(object, "id"), all->arena);
    hmi_value refs = hmi_json_get(object, "object_refs"),
              embedded = hmi_json_get(object, "objects");
    if (in_bundle && !hmi_json_is(refs) && !hmi_json_is(embedded)) {
        return no_such(object, err, "neither object_refs nor objects");
    }
    if (!hmi_json_is(refs) && hmi_json_kind_of(embedded) == HMI_JSON_OBJECT) {
        HMI_TRY(read_embedded(all, embedded, &seen, err));
    }
    sighted *more =
        hmi_arena_grow(all->arena, all->seen, all->count, &all->capacity, sizeof(*more));
    if (more == NULL) {
        return hmi_arena_fail(all->arena, err);
    }
    all->seen = more;
    more[all->count++] = (sighted){ .seen = seen, .source = refs };
    return HM_OK;
}

static int read_object(hmi_observations *all, hmi_value object, hm_err *err)
{
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), all->arena);
    hm_text id = hmi_json_text(hmi_json_get(object, "id"), all->arena);
    if (hmi_text_is(type, "observed-data")) {
        return read_observed(all, object, true, err);
    }
    if (type.ptr == NULL || id.ptr == NULL) {
        return HM_OK;
    }
    return add_object(all, &all->objects, &all->object_count, &all->object_capacity,
                      (hmi_observed_object){ .id = id, .type = type, .value = object }, err);
}

int hmi_observations_add(hmi_observations *all, hmi_value document, hm_err *err)
{
    if (hmi_json_kind_of(document) == HMI_JSON_ARRAY) {
        for (hmi_value v = hmi_json_first(document); hmi_json_is(v); v = hmi_json_next(v)) {
            if (hmi_json_kind_of(v) != HMI_JSON_OBJECT) {
                return no_such(v, err, "an element of the list is no object");
            }
            HMI_TRY(hmi_observations_add(all, v, err));
        }
        return HM_OK;
    }
    hmi_value objects = hmi_json_get(document, "objects");
    if (hmi_json_kind_of(objects) == HMI_JSON_ARRAY) {
        for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v)) {
            HMI_TRY(read_object(all, v, err));
        }
        return HM_OK;
    }
    /* 2.0 tools wrap observations in containers of other types: what counts is "objects" */
    if (hmi_json_kind_of(objects) == HMI_JSON_OBJECT) {
        return read_observed(all, document, false, err);
    }
    return hmi_json_kind_of(document) == HMI_JSON_OBJECT
               ? read_object(all, document, err)
               : no_such(document, err, "neither an object nor a list");
}

/* A later object with the same id replaces an earlier one. */
static void settle_objects(hmi_observations *all)
{
    size_t kept = 0;
    if (all->object_count == 0) {
        return;
    }
    qsort(all->objects, all->object_count, sizeof(*all->objects), by_id);
    for (size_t i = 1; i < all->object_count; i++) {
        if (by_id(&all->objects[i], &all->objects[kept]) != 0) {
            kept++;
        }
        all->objects[kept] = all->objects[i];
    }
    all->object_count = kept + 1;
}

static int resolve(hmi_observations *all, sighted *one, hm_err *err)
{
    size_t capacity = 0;
    hmi_observation *seen = &one->seen;
    for (hmi_value v = hmi_json_first(one->source); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text id = hmi_json_text(v, all->arena);
        const hmi_observed_object *object = find(all->objects, all->object_count, id);
        if (id.ptr != NULL && object != NULL) {
            HMI_TRY(add_object(all, &seen->objects, &seen->object_count, &capacity, *object, err));
        }
    }
    if (seen->object_count > 0) {
        qsort(seen->objects, seen->object_count, sizeof(*seen->objects), by_id);
    }
    return HM_OK;
}

int hmi_observations_settle(hmi_observations *all, const hmi_observation **ret_list,
                            size_t *ret_count, hm_err *err)
{
    if (all->count == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no observed-data in the input");
    }
    hmi_observation *list = hmi_new_array(all->arena, hmi_observation, all->count);
    if (list == NULL) {
        return hmi_arena_fail(all->arena, err);
    }
    settle_objects(all);
    for (size_t i = 0; i < all->count; i++) {
        if (hmi_json_is(all->seen[i].source)) {
            HMI_TRY(resolve(all, &all->seen[i], err));
        }
        list[i] = all->seen[i].seen;
    }
    *ret_list = list;
    *ret_count = all->count;
    return HM_OK;
}
