/* SPDX-License-Identifier: Apache-2.0
 *
 * db.c - SQLite opened the careful way, one shape for its errors, transactions.
 *
 * WHY    What commit acknowledged must survive a power cut: WAL with synchronous=FULL (NORMAL loses
 *        acknowledged commits, measured). After a failed fsync nothing is tried again: the kernel
 *        may have dropped the pages, and a later success would stand on a hole. So the store then
 *        refuses every write until it is opened anew, and opening moves the whole log into the
 *        database first, which writes those pages again.
 *        References between tables are not looked up at every row, which took a quarter of the time
 * of writing one: what comes from outside (an incident, a container) is looked up by who takes it,
 * all other numbers were made in the same transaction, and verify checks every reference. TRUST The
 * database file may have been damaged or handed to us: defensive mode, no triggers, no views, no
 * trusted schema, cells checked, never mapped. OWNS   The prepared statements, until
 * hmi_store_close.
 */
#include <stdio.h>
#include <time.h>

#include "casebook/inside.h"
#include "casebook/schema.h"

enum { BUSY_MS = 10000, CACHE_KIB = 32768, LENGTH_MAX = 1 << 28 };

#define HMI_ROWS_4(row) row "," row "," row "," row
#define HMI_ROWS(row) HMI_ROWS_4(row) "," HMI_ROWS_4(row) "," HMI_ROWS_4(row) "," HMI_ROWS_4(row)
static const char *const SQL[HMI_QUERY_COUNT] = {
#define HMI_QUERY(name, sql) [HMI_Q_##name] = sql,
#include "casebook/queries.h"
#undef HMI_QUERY
};

static int code_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HM_E_BUSY;
    case SQLITE_NOMEM:
        return HM_E_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* our own rules hold unless the file was changed by others */
    case SQLITE_MISMATCH:
        return HM_E_CORRUPT;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return HM_E_DENIED;
    case SQLITE_TOOBIG:
        return HM_E_LIMIT;
    case SQLITE_CANTOPEN:
        return HM_E_NOT_FOUND;
    default:
        return HM_E_IO;
    }
}

/* The sentence for `rc`: where our user can do something about it, what. */
static int say(int rc, sqlite3 *db, const char *what, hm_err *err)
{
    const char *words = db == NULL ? "no memory" : sqlite3_errmsg(db);
    int code = code_of(rc);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hmi_fail(err, code, HM_OFFSET_NONE,
                        "the casebook is busy: another process is writing to it; try again when it "
                        "is done");
    case SQLITE_FULL:
        return hmi_fail(err, code, HM_OFFSET_NONE,
                        "the disk is full; nothing stored was lost: make room, then run the same "
                        "command again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return hmi_fail(err, code, HM_OFFSET_NONE,
                        "%s: the casebook's database is damaged (%s); \"hallmark verify\" names "
                        "what is wrong",
                        what, words);
    default:
        return hmi_fail(err, code, HM_OFFSET_NONE, "%s: %s", what, words);
    }
}

int hmi_db_fail(hmi_store *store, const char *what, hm_err *err)
{
    int rc = sqlite3_extended_errcode(store->db);
    bool sync = rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC;
    if (sync && store->broken[0] == '\0') {
        snprintf(store->broken, sizeof(store->broken), "the disk refused to make data durable (%s)",
                 sqlite3_errmsg(store->db));
    }
    return say(rc, store->db, what, err);
}

int hmi_refuse_writing(hmi_store *store, hm_err *err)
{
    if (store->read_only) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE, "the casebook is open for reading only");
    }
    if (store->broken[0] != '\0') {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "%s; check the disk and open the casebook again", store->broken);
    }
    return HM_OK;
}

/* SQLite's own way of waiting soon sleeps 100 ms at a time; beside a writer that commits piece by
 * piece a second one then never finds the gap between two commits and gives up. */
static int wait_turn(void *with, int tries)
{
    enum { STEP_MS = 2 };
    static const struct timespec STEP = { 0, STEP_MS * 1000000 };
    if ((uint64_t)tries * STEP_MS >= (uintptr_t)with) {
        return 0;
    }
    nanosleep(&STEP, NULL);
    return 1;
}

static int harden(sqlite3 *db)
{
    static const struct {
        int what, to;
    } SWITCHES[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
        { SQLITE_DBCONFIG_ENABLE_FKEY, 0 },    { SQLITE_DBCONFIG_DQS_DML, 0 },
        { SQLITE_DBCONFIG_DQS_DDL, 0 },
    };
    for (size_t i = 0; i < HMI_COUNT(SWITCHES); i++) {
        int rc = sqlite3_db_config(db, SWITCHES[i].what, SWITCHES[i].to, NULL);
        if (rc != SQLITE_OK) {
            return rc;
        }
    }
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
    return SQLITE_OK;
}

int hmi_db_open(const char *path, bool create, bool read_only, uint32_t busy_ms, sqlite3 **ret_db,
                hm_err *err)
{
    int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | (create ? SQLITE_OPEN_CREATE : 0);
    char pragmas[500];
    snprintf(pragmas, sizeof(pragmas),
             "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
             "PRAGMA cache_size=-%d; %sPRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8192; "
             "PRAGMA foreign_keys=OFF;",
             CACHE_KIB,
             read_only ? "" : "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864;");
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, flags, NULL);
    if (rc == SQLITE_OK) {
        rc = harden(db);
    }
    if (rc == SQLITE_OK) {
        uintptr_t patience_ms = busy_ms == 0 ? BUSY_MS : busy_ms;
        rc = sqlite3_busy_handler(db, wait_turn, (void *)patience_ms);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_exec(db, pragmas, NULL, NULL, NULL);
    }
    if (rc != SQLITE_OK) {
        char what[200];
        snprintf(what, sizeof(what), "cannot open %s", path);
        int code = say(rc, db, what, err);
        sqlite3_close(db);
        return code;
    }
    *ret_db = db;
    return HM_OK;
}

int hmi_query(hmi_store *store, hmi_query_id id, sqlite3_stmt **ret_stmt, hm_err *err)
{
    hmi_assert(id >= 0 && id < HMI_QUERY_COUNT);
    sqlite3_stmt *stmt = store->statements[id];
    if (stmt == NULL) {
        if (sqlite3_prepare_v3(store->db, SQL[id], -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
            SQLITE_OK) {
            return hmi_db_fail(store, "the casebook's database does not answer", err);
        }
        store->statements[id] = stmt;
    }
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
    *ret_stmt = stmt;
    return HM_OK;
}

int hmi_step(hmi_store *store, sqlite3_stmt *stmt, hm_err *err)
{
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    int code = rc == SQLITE_DONE ? 0
                                 : hmi_db_fail(store,
                                               store->writing ? "cannot write to the casebook"
                                                              : "cannot read the casebook",
                                               err);
    (void)sqlite3_reset(stmt); /* ends the read, so that no old state is held */
    return code;
}

int hmi_run(hmi_store *store, sqlite3_stmt *stmt, hm_err *err)
{
    int rc = hmi_step(store, stmt, err);
    hmi_assert(rc != 1);
    return rc;
}

int hmi_run_number(hmi_store *store, sqlite3_stmt *stmt, int64_t *ret, hm_err *err)
{
    int rc = hmi_step(store, stmt, err);
    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "the casebook has no such thing");
    }
    *ret = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_reset(stmt);
    return HM_OK;
}

/* ---- Transactions */

static int run_query(hmi_store *store, hmi_query_id id, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    return hmi_run(store, stmt, err);
}

/* A statement costs about as much as a row: many rows in one halve the price. */
int hmi_rows_write(hmi_store *store, hmi_query_id one, hmi_query_id many, int columns, size_t count,
                   hmi_row_bind bind, const void *with, hm_err *err)
{
    for (size_t at = 0; at < count;) {
        const size_t rows = count - at >= HMI_ROWS_MANY ? HMI_ROWS_MANY : 1;
        sqlite3_stmt *stmt = NULL;
        HMI_TRY(hmi_query(store, rows > 1 ? many : one, &stmt, err));
        for (size_t i = 0; i < rows; i++) {
            bind(stmt, 1 + (int)i * columns, with, at + i);
        }
        HMI_TRY(hmi_run(store, stmt, err));
        at += rows;
    }
    return HM_OK;
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
        HMI_TRY(run_query(store, HMI_Q_BEGIN, err));
        store->group.open = store->group.on;
    }
    store->writing = true;
    return HM_OK;
}

void hmi_rollback(hmi_store *store)
{
    for (size_t i = 0; i < HMI_QUERY_COUNT; i++) {
        if (store->statements[i] != NULL) {
            (void)sqlite3_reset(store->statements[i]);
        }
    }
    if (sqlite3_get_autocommit(store->db) == 0) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
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
    return run_query(store, HMI_Q_COMMIT, err);
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
    HMI_TRY(run_query(store, HMI_Q_BEGIN_READING, err));
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
    if (--store->snapshots == 0 && run_query(store, HMI_Q_COMMIT, NULL) != HM_OK) {
        hmi_rollback(store);
    }
    for (size_t i = 0; store->snapshots == 0 && i < HMI_KIND_END; i++) {
        hmi_tail_unpin(store->tails[i]);
    }
}

int hmi_meta_get(hmi_store *store, const char *name, int64_t *ret, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
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
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_META_SET, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(name));
    hmi_bind(stmt, 2, number);
    return hmi_run(store, stmt, err);
}

/* ---- Columns */

hm_bytes hmi_column_bytes(hmi_arena *arena, sqlite3_stmt *stmt, int at)
{
    const void *ptr = sqlite3_column_blob(stmt, at);
    int len = sqlite3_column_bytes(stmt, at);
    return hmi_arena_bytes(arena, hmi_bytes(ptr, ptr == NULL || len < 0 ? 0 : (size_t)len));
}

hm_text hmi_column_text(hmi_arena *arena, sqlite3_stmt *stmt, int at)
{
    const char *ptr = (const char *)sqlite3_column_text(stmt, at);
    int len = sqlite3_column_bytes(stmt, at);
    return hmi_arena_text(arena, hmi_text(ptr, ptr == NULL || len < 0 ? 0 : (size_t)len));
}
