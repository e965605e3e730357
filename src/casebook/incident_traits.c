/* SPDX-License-Identifier: Apache-2.0
 *
 * incident_traits.c - the list of an incident's traits, each with its value and fingerprint.
 *
 * WHY    A comparison begins with ten thousand of them. Asked one by one, each is a walk from the
 *        root of two tables; but what an incident brought first lies together.
 * FORM   1. posting says which traits (one range).
 *        2. In order of id, trait and function are gone through side by side: a row that is near is
 *           stepped to, one that is far is looked up.
 *        3. What is listed follows class and key, which are the same everywhere; ids follow
 * arrival. TRUST  Rows are our own; a row that cannot be, or is missing, is HM_E_CORRUPT. OWNS
 * Nothing: answers lie in the caller's arena.
 */
#include <endian.h>
#include <stdlib.h>

#include "casebook/inside.h"

enum { NEAR = 16 }; /* a look-up costs about as much as so many steps */

typedef struct trait_list {
    hmi_incident_trait *items;
    size_t count, capacity;
} trait_list;

/* One row of (trait, role): a new trait, or another role of the last one. */
static int add_row(hmi_arena *arena, hmi_stmt *stmt, trait_list *list, hm_err *err)
{
    int64_t id = hmi_column(stmt, 0);
    if (list->count == 0 || list->items[list->count - 1].id != id) {
        hmi_incident_trait *grown =
            hmi_arena_grow(arena, list->items, list->count, &list->capacity, sizeof(*grown));
        if (grown == NULL) {
            return hmi_arena_fail(arena, err);
        }
        list->items = grown;
        list->items[list->count++] = (hmi_incident_trait){
            .id = id,
            .class_id = (hmi_class)hmi_column_int(stmt, 1),
        };
    }
    hmi_incident_trait *one = &list->items[list->count - 1];
    int role = hmi_column_int(stmt, 2);
    if (role < 0 || role > HMI_ROLE_MAX) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "a trait with role %d", role);
    }
    one->roles |= UINT32_C(1) << role;
    one->count += (uint64_t)hmi_column(stmt, 3);
    return HM_OK;
}

static int read_postings(hmi_store *store, hmi_arena *arena, int64_t incident, int from, int to,
                         trait_list *list, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_POSTING_TRAITS, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, from);
    hmi_bind(stmt, 3, to);
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        int code = add_row(arena, stmt, list, err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
    }
    return rc;
}

/* A table read from one wanted row to the next, in ascending order. */
typedef struct row_scan {
    hmi_store *store;
    hmi_stmt *stmt;     /* its column 0 is the row's id */
    hmi_query_id query; /* the rows from ?1 on */
    int64_t at;         /* where it stands; 0: nowhere */
} row_scan;

static int scan_step(row_scan *scan, hm_err *err)
{
    int rc = hmi_step(scan->store, scan->stmt, err);
    scan->at = rc == 1 ? hmi_column(scan->stmt, 0) : 0;
    return rc;
}

/* 1: it stands at the row; 0: there is no such row. */
static int scan_to(row_scan *scan, int64_t id, hm_err *err)
{
    if (scan->at == 0 || scan->at > id || id - scan->at > NEAR) {
        HMI_TRY(hmi_query(scan->store, scan->query, &scan->stmt, err));
        hmi_bind(scan->stmt, 1, id);
        scan->at = 0;
    }
    int rc = 1;
    while (rc == 1 && scan->at < id) {
        rc = scan_step(scan, err);
    }
    return rc < 0 ? rc : rc == 1 && scan->at == id;
}

int hmi_trait_read_key(hmi_stmt *stmt, hmi_incident_trait *io_trait, hm_err *err)
{
    if (!hmi_column_exactly(stmt, 1, &io_trait->key, sizeof(io_trait->key))) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "trait %lld has no key",
                        (long long)io_trait->id);
    }
    return HM_OK;
}

static int read_trait(hmi_arena *arena, row_scan *scan, hmi_incident_trait *one, hm_err *err)
{
    int rc = scan_to(scan, one->id, err);
    HMI_TRY(rc);
    if (rc == 0) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "trait %lld is missing",
                        (long long)one->id);
    }
    HMI_TRY(hmi_trait_read_key(scan->stmt, one, err));
    one->value = hmi_column_text(arena, scan->stmt, 2);
    return one->value.ptr != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

/* Functions have a fingerprint beside; one that has none was never fingerprinted. */
static int read_function(hmi_arena *arena, row_scan *scan, hmi_incident_trait *one, hm_err *err)
{
    int rc = scan_to(scan, one->id, err);
    if (rc != 1) {
        return rc;
    }
    one->detail = hmi_column_bytes(arena, scan->stmt, 1);
    return one->detail.ptr != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

/* A small stand-in for sorting: what decides first, and which item. */
typedef struct place {
    uint64_t first;
    uint32_t index;
} place;

static int by_first(const void *a, const void *b)
{
    uint64_t x = ((const place *)a)->first, y = ((const place *)b)->first;
    return x < y ? -1 : x > y;
}

/* ---- Far away, all of them are asked at once */

typedef struct filling {
    hmi_arena *arena;
    hmi_incident_trait *items;
    const place *places; /* of those that are asked for */
    size_t found;
} filling;

static void bind_place(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const filling *all = with;
    hmi_bind(stmt, first, (int64_t)all->places[index].first);
}

static int take_trait(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    filling *all = with;
    hmi_incident_trait *one = &all->items[all->places[index].index];
    HMI_TRY(hmi_trait_read_key(stmt, one, err));
    one->value = hmi_column_text(all->arena, stmt, 2);
    all->found++;
    return one->value.ptr != NULL ? HM_OK : hmi_arena_fail(all->arena, err);
}

static int take_function(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    filling *all = with;
    hmi_incident_trait *one = &all->items[all->places[index].index];
    one->detail = hmi_column_bytes(all->arena, stmt, 1);
    return one->detail.ptr != NULL ? HM_OK : hmi_arena_fail(all->arena, err);
}

static int fill_in_far(hmi_store *store, hmi_arena *arena, const trait_list *list, place *places,
                       hm_err *err)
{
    filling all = { arena, list->items, places, 0 };
    size_t functions = 0;
    for (size_t i = 0; i < list->count; i++) {
        places[i] = (place){ (uint64_t)list->items[i].id, (uint32_t)i };
    }
    HMI_TRY(hmi_rows_ask(store, HMI_Q_TRAIT_ROW, 1, list->count, bind_place, &all, take_trait, &all,
                         err));
    if (all.found != list->count) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "%zu traits are missing",
                        list->count - all.found);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].class_id == HMI_FUNCTION) {
            places[functions++] = (place){ (uint64_t)list->items[i].id, (uint32_t)i };
        }
    }
    return hmi_rows_ask(store, HMI_Q_FUNCTION_GET, 1, functions, bind_place, &all, take_function,
                        &all, err);
}

static int fill_in(hmi_store *store, hmi_arena *arena, const trait_list *list, place *places,
                   hm_err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        places[i] = (place){ (uint64_t)list->items[i].id, (uint32_t)i };
    }
    qsort(places, list->count, sizeof(*places), by_first);
    row_scan traits = { .store = store, .query = HMI_Q_TRAIT_FROM };
    row_scan functions = { .store = store, .query = HMI_Q_FUNCTION_FROM };
    int code = HM_OK;
    for (size_t i = 0; i < list->count && code == HM_OK; i++) {
        hmi_incident_trait *one = &list->items[places[i].index];
        code = read_trait(arena, &traits, one, err);
        if (code == HM_OK && one->class_id == HMI_FUNCTION) {
            code = read_function(arena, &functions, one, err);
        }
    }
    hmi_reset(traits.stmt);
    hmi_reset(functions.stmt);
    return code;
}

static int by_class_and_key(const void *a, const void *b)
{
    const hmi_incident_trait *x = a, *y = b;
    if (x->class_id != y->class_id) {
        return x->class_id < y->class_id ? -1 : 1;
    }
    return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* By class and key: of the key's bytes the first seven decide, all but always. */
static int in_order(hmi_arena *arena, const trait_list *list, place *places,
                    hmi_incident_trait **ret, hm_err *err)
{
    hmi_incident_trait *items = hmi_new_array(arena, hmi_incident_trait, list->count);
    if (items == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < list->count; i++) {
        uint64_t head;
        memcpy(&head, &list->items[i].key, sizeof(head));
        places[i] =
            (place){ (uint64_t)list->items[i].class_id << 56 | be64toh(head) >> 8, (uint32_t)i };
    }
    qsort(places, list->count, sizeof(*places), by_first);
    bool sorted = true;
    for (size_t i = 0; i < list->count; i++) {
        items[i] = list->items[places[i].index];
        sorted &= i == 0 || by_class_and_key(&items[i - 1], &items[i]) <= 0;
    }
    if (!sorted) {
        qsort(items, list->count, sizeof(*items), by_class_and_key);
    }
    *ret = items;
    return HM_OK;
}

static int list_traits(hmi_store *store, hmi_arena *arena, int64_t incident, int from, int to,
                       hmi_incident_trait **ret, size_t *ret_count, hm_err *err)
{
    trait_list list = { NULL, 0, 0 };
    HMI_TRY(read_postings(store, arena, incident, from, to, &list, err));
    if (list.count > 0) {
        place *places = hmi_new_array(arena, place, list.count);
        if (places == NULL) {
            return hmi_arena_fail(arena, err);
        }
        HMI_TRY(store->engine->far ? fill_in_far(store, arena, &list, places, err)
                                   : fill_in(store, arena, &list, places, err));
        HMI_TRY(in_order(arena, &list, places, &list.items, err));
    }
    *ret = list.items;
    *ret_count = list.count;
    return HM_OK;
}

/* The three tables are read as of one moment. */
static int list_at_once(hmi_store *store, hmi_arena *arena, int64_t incident, int from, int to,
                        hmi_incident_trait **ret, size_t *ret_count, hm_err *err)
{
    if (hmi_engine_in_transaction(store->engine)) { /* a snapshot or a transaction of ours is on */
        return list_traits(store, arena, incident, from, to, ret, ret_count, err);
    }
    HMI_TRY(hmi_engine_begin(store->engine, HMI_ENGINE_READING, err));
    int code = list_traits(store, arena, incident, from, to, ret, ret_count, err);
    if (hmi_engine_commit(store->engine, NULL) != HM_OK) {
        hmi_rollback(store);
    }
    return code;
}

int hmi_incident_traits(hmi_store *store, hmi_arena *arena, int64_t incident,
                        hmi_incident_trait **ret, size_t *ret_count, hm_err *err)
{
    return list_at_once(store, arena, incident, 0, HMI_CLASS_MAX, ret, ret_count, err);
}

int hmi_incident_class_traits(hmi_store *store, hmi_arena *arena, int64_t incident,
                              hmi_class class_id, hmi_incident_trait **ret, size_t *ret_count,
                              hm_err *err)
{
    return list_at_once(store, arena, incident, (int)class_id, (int)class_id, ret, ret_count, err);
}

int hmi_incident_class_counts(hmi_store *store, int64_t incident,
                              uint32_t ret_counts[HMI_CLASS_MAX + 1], hm_err *err)
{
    hmi_stmt *stmt = NULL;
    uint32_t counts[HMI_CLASS_MAX + 1] = { 0 };
    HMI_TRY(hmi_query(store, HMI_Q_CLASS_COUNTS, &stmt, err));
    hmi_bind(stmt, 1, incident);
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        int64_t class_id = hmi_column(stmt, 0);
        if (class_id >= 0 && class_id <= HMI_CLASS_MAX) {
            counts[class_id] = (uint32_t)hmi_column(stmt, 1);
        }
    }
    HMI_TRY(rc);
    memcpy(ret_counts, counts, sizeof(counts));
    return HM_OK;
}
