/* SPDX-License-Identifier: Apache-2.0
 *
 * db.c - the store's questions put to its engine, and its transactions.
 *
 * WHY    A transaction of the store counts the generation up and writes what waited for it; in a
 *        group, several share one of the engine's.
 * OWNS   Nothing: the engine owns connection and statements.
 */
#include "casebook/inside.h"

#define HMI_ROWS_4(row) row "," row "," row "," row
#define HMI_ROWS(row) HMI_ROWS_4(row) "," HMI_ROWS_4(row) "," HMI_ROWS_4(row) "," HMI_ROWS_4(row)
/* The number behind the last one: nobody else gives numbers while we write. */
#define HMI_NEXT(column, table) "(SELECT coalesce(max(" column "), 0) + 1 FROM " table ")"
static const char *const SQL[HMI_QUERY_COUNT] = {
#define HMI_QUERY(name, sql) [HMI_Q_##name] = sql,
#include "casebook/queries.h"
#undef HMI_QUERY
};

static const bool WALKS[HMI_QUERY_COUNT] = {
#define HMI_QUERY(name, sql)
#define HMI_WALK(name, sql) [HMI_Q_##name] = true,
#include "casebook/queries.h"
#undef HMI_QUERY
};

hmi_engine_plan hmi_db_plan(void)
{
    return (hmi_engine_plan){ SQL, WALKS, HMI_QUERY_COUNT };
}

int hmi_refuse_writing(hmi_store *store, hm_err *err)
{
    if (store->read_only) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE, "the casebook is open for reading only");
    }
    if (store->engine->broken[0] != '\0') {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "%s; check the disk and open the casebook again", store->engine->broken);
    }
    return HM_OK;
}

int hmi_query(hmi_store *store, hmi_query_id id, hmi_stmt **ret_stmt, hm_err *err)
{
    hmi_assert(id >= 0 && id < HMI_QUERY_COUNT);
    return hmi_engine_statement(store->engine, id, ret_stmt, err);
}

int hmi_step(hmi_store *store, hmi_stmt *stmt, hm_err *err)
{
    (void)store;
    return hmi_stmt_step(stmt, err);
}

int hmi_run(hmi_store *store, hmi_stmt *stmt, hm_err *err)
{
    int rc = hmi_step(store, stmt, err);
    hmi_assert(rc != 1);
    return rc;
}

int hmi_run_number(hmi_store *store, hmi_stmt *stmt, int64_t *ret, hm_err *err)
{
    int rc = hmi_step(store, stmt, err);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "the casebook has no such thing");
    }
    *ret = hmi_column(stmt, 0);
    hmi_reset(stmt);
    return HM_OK;
}

/* ---- Transactions */

static int run_query(hmi_store *store, hmi_query_id id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    return hmi_run(store, stmt, err);
}

int hmi_rows_write(hmi_store *store, hmi_query_id one, hmi_query_id many, int columns, size_t count,
                   hmi_row_bind bind, const void *with, hm_err *err)
{
    return store->engine->ops->write_many(store->engine, one, many, columns, count, bind, with,
                                          err);
}

int hmi_rows_ask(hmi_store *store, hmi_query_id which, int columns, size_t count, hmi_row_bind bind,
                 const void *from, hmi_row_take take, void *with, hm_err *err)
{
    return store->engine->ops->ask_many(store->engine, which, columns, count, bind, from, take,
                                        with, err);
}

int hmi_begin(hmi_store *store, hm_err *err)
{
    hmi_assert(!store->writing && store->snapshots == 0);
    HMI_TRY(hmi_refuse_writing(store, err));
    if (store->group.lost) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "what was to be stored together with this could not be stored");
    }
    if (!store->group.open) {
        HMI_TRY(hmi_engine_begin(store->engine, HMI_ENGINE_WRITING, err));
        store->group.open = store->group.on;
    }
    store->writing = true;
    return HM_OK;
}

void hmi_rollback(hmi_store *store)
{
    store->engine->ops->rollback(store->engine);
    store->group.lost = store->group.open;
    store->group.open = false;
    store->writing = false;
}

static int commit(hmi_store *store, hm_err *err)
{
    HMI_TRY(hmi_stamps_write(store, err));
    if (store->group.on) {
        return HM_OK;
    }
    HMI_TRY(run_query(store, HMI_Q_META_GENERATION, err));
    return hmi_engine_commit(store->engine, err);
}

int hmi_commit(hmi_store *store, hm_err *err)
{
    hmi_assert(store->writing);
    int code = commit(store, err);
    if (code != HM_OK) {
        hmi_rollback(store);
        return code;
    }
    store->writing = false;
    hmi_stamps_drop(store);
    return HM_OK;
}

/* ---- Snapshots */

int hmi_snapshot_begin(hmi_store *store, hm_err *err)
{
    hmi_assert(!store->writing && !store->group.on);
    if (store->snapshots > 0) {
        store->snapshots++;
        return HM_OK;
    }
    HMI_TRY(hmi_index_ready(store, err)); /* what is to be sealed is sealed now */
    HMI_TRY(hmi_engine_begin(store->engine, HMI_ENGINE_READING, err));
    store->snapshots = 1;
    int code = hmi_index_ready(store, err); /* the first reading fixes the moment */
    if (code != HM_OK) {
        hmi_snapshot_end(store);
    }
    return code;
}

void hmi_snapshot_end(hmi_store *store)
{
    hmi_assert(store->snapshots > 0);
    if (--store->snapshots == 0 && hmi_engine_commit(store->engine, NULL) != HM_OK) {
        hmi_rollback(store);
    }
    for (size_t i = 0; store->snapshots == 0 && i < HMI_KIND_END; i++) {
        hmi_tail_unpin(store->tails[i]);
    }
}

int hmi_meta_get(hmi_store *store, const char *name, int64_t *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_META_GET, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(name));
    int code = hmi_run_number(store, stmt, ret, err);
    if (code == HM_E_NOT_FOUND) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "the casebook lost its own entry \"%s\"",
                        name);
    }
    return code;
}

int hmi_meta_set(hmi_store *store, const char *name, int64_t number, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_META_SET, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(name));
    hmi_bind(stmt, 2, number);
    return hmi_run(store, stmt, err);
}

/* ---- Columns */

hm_bytes hmi_column_bytes(hmi_arena *arena, hmi_stmt *stmt, int at)
{
    return hmi_arena_bytes(arena, hmi_column_lent(stmt, at));
}

hm_text hmi_column_text(hmi_arena *arena, hmi_stmt *stmt, int at)
{
    return hmi_arena_text(arena, hmi_column_lent_text(stmt, at));
}
