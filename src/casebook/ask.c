/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - what a comparison and a page ask of the store.
 *
 * WHY    Cost follows what is asked: the traits of one incident are one walk through posting, the
 *        incidents of many traits are one pass over the index; pairs of incidents are never made.
 * TRUST  Rows are our own; a row that cannot be is HM_E_CORRUPT.
 * OWNS   Nothing: answers lie in the caller's arena.
 */
#include <stdlib.h>

#include "casebook/index.h"

/* ---- Incidents of traits */

typedef struct incident_gathering {
    hmi_arena *arena;
    uint32_t max_each;
    uint32_t *from, *totals;
    int64_t *ids;
    size_t count, capacity;
} incident_gathering;

static int gather_incidents(void *with, size_t index, const hmi_values *values, hm_err *err)
{
    incident_gathering *all = with;
    const bool many = values->total > all->max_each;
    const size_t take = many ? 0 : values->count;
    if (take > UINT32_MAX - all->count) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "these traits are in too many incidents");
    }
    while (all->capacity - all->count < take) {
        int64_t *grown =
            hmi_arena_grow(all->arena, all->ids, all->capacity, &all->capacity, sizeof(*grown));
        if (grown == NULL) {
            return hmi_arena_fail(all->arena, err);
        }
        all->ids = grown;
    }
    for (size_t i = 0; i < take; i++) {
        all->ids[all->count++] = values->ptr[i];
    }
    all->totals[index] = many ? all->max_each + 1 : (uint32_t)values->total;
    all->from[index + 1] = (uint32_t)all->count;
    return HM_OK;
}

int hmi_traits_incidents(hmi_store *store, hmi_arena *arena, const int64_t *traits, size_t count,
                         uint32_t max_each, hmi_incidents_of *ret, hm_err *err)
{
    incident_gathering all = { .arena = arena, .max_each = max_each };
    all.from = hmi_new_array(arena, uint32_t, count + 1);
    all.totals = hmi_new_array(arena, uint32_t, count);
    uint64_t *keys = hmi_new_array(arena, uint64_t, count);
    if (all.from == NULL || all.totals == NULL || keys == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = hmi_trait_posting_key(traits[i]);
    }
    HMI_TRY(hmi_index_find_few(store, HMI_KIND_POSTINGS, keys, count, max_each, gather_incidents,
                               &all, err));
    *ret = (hmi_incidents_of){ all.from, all.totals, all.ids };
    return HM_OK;
}

typedef struct one_trait {
    int64_t *ids;
    size_t max, total;
} one_trait;

static int copy_incidents(void *with, size_t index, const hmi_values *values, hm_err *err)
{
    (void)index;
    (void)err;
    one_trait *out = with;
    const bool many = values->total > out->max;
    for (size_t i = 0; i < values->count && !many; i++) {
        out->ids[i] = values->ptr[i];
    }
    out->total = many ? out->max + 1 : values->total;
    return HM_OK;
}

static int count_incidents(void *with, size_t index, const hmi_values *values, hm_err *err)
{
    (void)index;
    (void)err;
    *(size_t *)with = values->total;
    return HM_OK;
}

int hmi_trait_incident_count(hmi_store *store, int64_t trait, size_t *ret_count, hm_err *err)
{
    uint64_t key = hmi_trait_posting_key(trait);
    size_t count = 0;
    HMI_TRY(hmi_index_find(store, HMI_KIND_POSTINGS, &key, 1, 0, count_incidents, &count, err));
    *ret_count = count;
    return HM_OK;
}

int hmi_trait_incidents(hmi_store *store, int64_t trait, int64_t *ret_ids, size_t max,
                        size_t *ret_total, hm_err *err)
{
    uint64_t key = hmi_trait_posting_key(trait);
    one_trait out = { ret_ids, max, 0 };
    HMI_TRY(hmi_index_find_few(store, HMI_KIND_POSTINGS, &key, 1, max, copy_incidents, &out, err));
    *ret_total = out.total;
    return HM_OK;
}

/* ---- One trait */

static int read_trait(hmi_arena *arena, hmi_stmt *stmt, hmi_incident_trait *ret, hm_err *err)
{
    hmi_incident_trait one = {
        .id = hmi_column(stmt, 0),
        .class_id = (hmi_class)hmi_column_int(stmt, 3),
    };
    HMI_TRY(hmi_trait_read_key(stmt, &one, err));
    one.value = hmi_column_text(arena, stmt, 2);
    if (!hmi_column_is_null(stmt, 4)) {
        one.detail = hmi_column_bytes(arena, stmt, 4);
    }
    if (one.value.ptr == NULL || (one.detail.ptr == NULL && !hmi_column_is_null(stmt, 4))) {
        return hmi_arena_fail(arena, err);
    }
    *ret = one;
    return HM_OK;
}

int hmi_trait_get(hmi_store *store, hmi_arena *arena, int64_t trait, hmi_incident_trait *ret,
                  hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_TRAIT_GET, &stmt, err));
    hmi_bind(stmt, 1, trait);
    int rc = hmi_step(store, stmt, err);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no trait number %lld",
                        (long long)trait);
    }
    HMI_TRY(rc < 0 ? rc : HM_OK);
    int code = read_trait(arena, stmt, ret, err);
    hmi_reset(stmt);
    return code;
}

int hmi_trait_find(hmi_store *store, hmi_class class_id, hm_text value, int64_t *ret_trait,
                   hm_err *err)
{
    hmi_key key = hmi_trait_key(class_id, value);
    int64_t id = 0, hash = 0;
    HMI_TRY(hmi_trait_lookup(store, &key, &id, &hash, err));
    if (id == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "the casebook has no such trait");
    }
    *ret_trait = id;
    return HM_OK;
}

typedef struct sighting {
    hmi_seen seen;
    hm_bytes name, sha256;
} sighting;

static int read_sighting(hmi_arena *arena, hmi_stmt *stmt, sighting *ret, hm_err *err)
{
    *ret = (sighting){
        .seen = { .evidence = hmi_column(stmt, 0),
                  .role = (hmi_role)hmi_column_int(stmt, 1),
                  .count = (uint64_t)hmi_column(stmt, 2),
                  .offset = (uint64_t)hmi_column_or(stmt, 3, (int64_t)HM_OFFSET_NONE),
                  .first_us = hmi_column_or(stmt, 4, HMI_TIME_NONE),
                  .last_us = hmi_column_or(stmt, 5, HMI_TIME_NONE) },
        .name = hmi_column_bytes(arena, stmt, 6),
        .sha256 = hmi_column_bytes(arena, stmt, 7),
    };
    return ret->name.ptr == NULL || ret->sha256.ptr == NULL ? hmi_arena_fail(arena, err) : HM_OK;
}

/* The same piece in the same role by its least name first. */
static int by_piece(const void *a, const void *b)
{
    const sighting *x = a, *y = b;
    if (x->seen.evidence != y->seen.evidence) {
        return x->seen.evidence < y->seen.evidence ? -1 : 1;
    }
    if (x->seen.role != y->seen.role) {
        return x->seen.role < y->seen.role ? -1 : 1;
    }
    return hmi_bytes_cmp(x->name, y->name);
}

/* By name and hash, not by number: numbers depend on which worker was done first. */
static int by_name(const void *a, const void *b)
{
    const sighting *x = a, *y = b;
    int order = hmi_bytes_cmp(x->name, y->name);
    order = order != 0 ? order : hmi_bytes_cmp(x->sha256, y->sha256);
    return order != 0 ? order : (int)x->seen.role - (int)y->seen.role;
}

/* A piece that an incident has under several names was found once for each: the least one stays. */
static size_t order_sightings(sighting *all, size_t count)
{
    if (count < 2) {
        return count;
    }
    size_t kept = 0;
    qsort(all, count, sizeof(*all), by_piece);
    for (size_t i = 0; i < count; i++) {
        const hmi_seen *last = kept > 0 ? &all[kept - 1].seen : NULL;
        if (last == NULL || last->evidence != all[i].seen.evidence ||
            last->role != all[i].seen.role) {
            all[kept++] = all[i];
        }
    }
    qsort(all, kept, sizeof(*all), by_name);
    return kept;
}

int hmi_trait_seen(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t trait,
                   hmi_seen **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OCCURRENCE_SEEN, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, trait);
    sighting *all = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        sighting *grown = hmi_arena_grow(arena, all, count, &capacity, sizeof(*all));
        int code = grown == NULL ? hmi_arena_fail(arena, err)
                                 : read_sighting(arena, stmt, &grown[count], err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        all = grown;
        count++;
    }
    HMI_TRY(rc);
    count = order_sightings(all, count);
    hmi_seen *list = hmi_new_array(arena, hmi_seen, count);
    if (list == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = all[i].seen;
    }
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

/* ---- Notes, facts, objects */

int hmi_evidence_notes(hmi_store *store, hmi_arena *arena, int64_t evidence,
                       hmi_evidence_note **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_NOTE_LIST, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    hmi_evidence_note *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_evidence_note *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hm_text text = hmi_column_text(arena, stmt, 3);
        if (grown == NULL || text.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = (hmi_evidence_note){
            .severity = (hmi_severity)hmi_column_int(stmt, 0),
            .code = hmi_column_int(stmt, 1),
            .offset = (uint64_t)hmi_column_or(stmt, 2, (int64_t)HM_OFFSET_NONE),
            .text = text,
        };
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_evidence_facts(hmi_store *store, hmi_arena *arena, int64_t evidence,
                       hmi_evidence_fact **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_FACT_LIST, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    hmi_evidence_fact *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_evidence_fact *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hmi_evidence_fact one = { hmi_column_text(arena, stmt, 0),
                                  hmi_column_text(arena, stmt, 1) };
        if (grown == NULL || one.name.ptr == NULL || one.value.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = one;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

static int objects(hmi_store *store, hmi_arena *arena, hmi_stmt *stmt, hmi_stored_object **ret,
                   size_t *ret_count, hm_err *err)
{
    hmi_stored_object *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_stored_object *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hmi_stored_object one = {
            .id = hmi_column_text(arena, stmt, 0),
            .type = hmi_column_text(arena, stmt, 1),
            .modified = hmi_column_text(arena, stmt, 2),
            .raw = hmi_column_bytes(arena, stmt, 3),
            .evidence = hmi_column(stmt, 4),
        };
        if (grown == NULL || one.id.ptr == NULL || one.type.ptr == NULL ||
            one.modified.ptr == NULL || one.raw.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = one;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_incident_objects(hmi_store *store, hmi_arena *arena, int64_t incident,
                         hmi_stored_object **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_LIST, &stmt, err));
    hmi_bind(stmt, 1, incident);
    return objects(store, arena, stmt, ret, ret_count, err);
}

int hmi_object_versions(hmi_store *store, hmi_arena *arena, hm_text stix_id,
                        hmi_stored_object **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OBJECT_VERSIONS, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    return objects(store, arena, stmt, ret, ret_count, err);
}
