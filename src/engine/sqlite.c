/* SPDX-License-Identifier: Apache-2.0
 *
 * sqlite.c - SQLite opened the careful way, one shape for its errors, transactions.
 *
 * WHY    What commit acknowledged must survive a power cut: WAL with synchronous=FULL (NORMAL loses
 *        acknowledged commits, measured). After a failed fsync nothing is tried again: the kernel
 *        may have dropped the pages, and a later success would stand on a hole. So the engine then
 *        counts as broken until it is opened anew, and opening moves the whole log into the
 *        database first, which writes those pages again.
 *        References between tables are not looked up at every row, which took a quarter of the time
 *        of writing one: what comes from outside is looked up by who takes it, all other numbers
 *        were made in the same transaction, and verify checks every reference.
 * TRUST  The database file may have been damaged or handed to us: defensive mode, no triggers, no
 *        views, no trusted schema, cells checked, never mapped.
 * OWNS   The connection and its prepared statements, until close.
 */
#include "engine/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    CACHE_KIB = 32768,
    LENGTH_MAX = 1 << 28,
    APPLICATION = 0x484d4b31 /* "HMK1" */
};

typedef struct lite_stmt {
    hmi_stmt base;
    sqlite3_stmt *stmt;
} lite_stmt;

/* Behind the plan's own statements. */
static const char *const OWN[] = { "BEGIN IMMEDIATE", "BEGIN", "COMMIT" };
enum { OWN_BEGIN_WRITING, OWN_BEGIN_READING, OWN_COMMIT, OWN_COUNT };

typedef struct lite {
    hmi_engine base;
    sqlite3 *db;
    int application;
    hmi_engine_plan plan;
    lite_stmt *statements; /* those of the plan, then OWN */
} lite;

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
                        "%s: the casebook's database is damaged (%s); go back to a copy of it, "
                        "\"hallmark verify\" names "
                        "what is wrong",
                        what, words);
    default:
        return hmi_fail(err, code, HM_OFFSET_NONE, "%s: %s", what, words);
    }
}

static int fail(lite *engine, const char *what, hm_err *err)
{
    int rc = sqlite3_extended_errcode(engine->db);
    bool sync = rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC;
    if (sync && engine->base.broken[0] == '\0') {
        snprintf(engine->base.broken, sizeof(engine->base.broken),
                 "the disk refused to make data durable (%s)", sqlite3_errmsg(engine->db));
    }
    return say(rc, engine->db, what, err);
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

/* ---- Statements */

static int statement(hmi_engine *base, size_t which, hmi_stmt **ret_stmt, hm_err *err)
{
    lite *engine = (lite *)base;
    hmi_assert(which < engine->plan.count + OWN_COUNT);
    lite_stmt *one = &engine->statements[which];
    if (one->stmt == NULL) {
        const char *sql =
            which < engine->plan.count ? engine->plan.sql[which] : OWN[which - engine->plan.count];
        one->base = (hmi_stmt){ base->ops, base };
        if (sqlite3_prepare_v3(engine->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &one->stmt, NULL) !=
            SQLITE_OK) {
            return fail(engine, "the casebook's database does not answer", err);
        }
    }
    (void)sqlite3_reset(one->stmt);
    (void)sqlite3_clear_bindings(one->stmt);
    *ret_stmt = &one->base;
    return HM_OK;
}

static int step(hmi_stmt *base, hm_err *err)
{
    sqlite3_stmt *stmt = ((lite_stmt *)base)->stmt;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    int code = rc == SQLITE_DONE ? 0
                                 : fail((lite *)base->engine,
                                        base->engine->writing ? "cannot write to the casebook"
                                                              : "cannot read the casebook",
                                        err);
    (void)sqlite3_reset(stmt); /* ends the read, so that no old state is held */
    return code;
}

static void reset(hmi_stmt *base)
{
    (void)sqlite3_reset(((lite_stmt *)base)->stmt);
}

static int64_t number(hmi_stmt *base, int at)
{
    return sqlite3_column_int64(((lite_stmt *)base)->stmt, at);
}

static hm_bytes lent(hmi_stmt *base, int at)
{
    sqlite3_stmt *stmt = ((lite_stmt *)base)->stmt;
    const void *ptr = sqlite3_column_blob(stmt, at);
    int len = sqlite3_column_bytes(stmt, at);
    return hmi_bytes(ptr, ptr == NULL || len < 0 ? 0 : (size_t)len);
}

static bool is_null(hmi_stmt *base, int at)
{
    return sqlite3_column_type(((lite_stmt *)base)->stmt, at) == SQLITE_NULL;
}

static void bind_number(hmi_stmt *base, int at, int64_t value)
{
    (void)sqlite3_bind_int64(((lite_stmt *)base)->stmt, at, value);
}

static void bind_bytes(hmi_stmt *base, int at, hm_bytes bytes)
{
    (void)sqlite3_bind_blob64(((lite_stmt *)base)->stmt, at,
                              bytes.ptr ? (const void *)bytes.ptr : "", bytes.len, SQLITE_STATIC);
}

static void bind_text(hmi_stmt *base, int at, hm_text text)
{
    (void)sqlite3_bind_text64(((lite_stmt *)base)->stmt, at, text.ptr ? text.ptr : "", text.len,
                              SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_null(hmi_stmt *base, int at)
{
    (void)sqlite3_bind_null(((lite_stmt *)base)->stmt, at);
}

/* A statement costs about as much as a row: many rows in one halve the price. */
static int write_many(hmi_engine *engine, size_t one, size_t many, int columns, size_t count,
                      hmi_row_bind bind, const void *with, hm_err *err)
{
    for (size_t at = 0; at < count;) {
        const size_t rows = count - at >= HMI_SQLITE_ROWS_MANY ? HMI_SQLITE_ROWS_MANY : 1;
        hmi_stmt *stmt = NULL;
        HMI_TRY(statement(engine, rows > 1 ? many : one, &stmt, err));
        for (size_t i = 0; i < rows; i++) {
            bind(stmt, 1 + (int)i * columns, with, at + i);
        }
        int rc = step(stmt, err);
        hmi_assert(rc != 1);
        HMI_TRY(rc);
        at += rows;
    }
    return HM_OK;
}

/* Asked of a file, many questions in one cost what they cost one by one. */
static int ask_many(hmi_engine *engine, size_t which, int columns, size_t count, hmi_row_bind bind,
                    const void *from, hmi_row_take take, void *with, hm_err *err)
{
    (void)columns;
    for (size_t i = 0; i < count; i++) {
        hmi_stmt *stmt = NULL;
        HMI_TRY(statement(engine, which, &stmt, err));
        bind(stmt, 1, from, i);
        int rc;
        while ((rc = step(stmt, err)) == 1) {
            int code = take(stmt, with, i, err);
            if (code != HM_OK) {
                reset(stmt);
                return code;
            }
        }
        HMI_TRY(rc);
    }
    return HM_OK;
}

/* ---- Transactions */

static int run_own(lite *engine, size_t which, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(statement(&engine->base, engine->plan.count + which, &stmt, err));
    int rc = step(stmt, err);
    hmi_assert(rc != 1);
    return rc;
}

static int begin(hmi_engine *base, hmi_engine_mode mode, hm_err *err)
{
    bool writing = mode == HMI_ENGINE_WRITING;
    HMI_TRY(run_own((lite *)base, writing ? OWN_BEGIN_WRITING : OWN_BEGIN_READING, err));
    base->writing = writing;
    return HM_OK;
}

static int commit(hmi_engine *base, hm_err *err)
{
    HMI_TRY(run_own((lite *)base, OWN_COMMIT, err));
    base->writing = false;
    return HM_OK;
}

static bool in_transaction(hmi_engine *base)
{
    return sqlite3_get_autocommit(((lite *)base)->db) == 0;
}

static void rollback(hmi_engine *base)
{
    lite *engine = (lite *)base;
    for (size_t i = 0; i < engine->plan.count + OWN_COUNT; i++) {
        if (engine->statements[i].stmt != NULL) {
            (void)sqlite3_reset(engine->statements[i].stmt);
        }
    }
    if (in_transaction(base)) {
        (void)sqlite3_exec(engine->db, "ROLLBACK", NULL, NULL, NULL);
    }
    base->writing = false;
}

/* ---- Schema */

static int script(hmi_engine *base, const char *sql, hm_err *err)
{
    sqlite3 *db = ((lite *)base)->db;
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        return HM_OK;
    }
    return hmi_fail(err, rc == SQLITE_BUSY ? HM_E_BUSY : HM_E_IO, HM_OFFSET_NONE, "%s",
                    sqlite3_errmsg(db));
}

static int pragma_number(sqlite3 *db, const char *pragma, int *ret, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, pragma, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(stmt);
    }
    int value = rc == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    if (rc != SQLITE_ROW) {
        return hmi_fail(err, rc == SQLITE_BUSY ? HM_E_BUSY : HM_E_CORRUPT, HM_OFFSET_NONE,
                        "the database cannot be read: %s", sqlite3_errmsg(db));
    }
    *ret = value;
    return HM_OK;
}

static int version_get(hmi_engine *base, int *ret_version, hm_err *err)
{
    sqlite3 *db = ((lite *)base)->db;
    const int ours = ((lite *)base)->application;
    int application = 0, version = 0;
    HMI_TRY(pragma_number(db, "PRAGMA application_id", &application, err));
    HMI_TRY(pragma_number(db, "PRAGMA user_version", &version, err));
    if ((application != ours && (application != 0 || version != 0)) || version < 0) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "this database is no casebook");
    }
    *ret_version = version;
    return HM_OK;
}

static int version_set(hmi_engine *base, int version, hm_err *err)
{
    char marks[120];
    snprintf(marks, sizeof(marks), "PRAGMA user_version = %d; PRAGMA application_id = %d", version,
             ((lite *)base)->application);
    return script(base, marks, err);
}

/* ---- Opening */

static void close_engine(hmi_engine *base)
{
    lite *engine = (lite *)base;
    for (size_t i = 0; i < engine->plan.count + OWN_COUNT; i++) {
        (void)sqlite3_finalize(engine->statements[i].stmt);
    }
    int rc = sqlite3_close(engine->db);
    hmi_assert(rc == SQLITE_OK);
    free(engine->statements);
    free(engine);
}

static const hmi_engine_ops OPS = {
    .close = close_engine,
    .statement = statement,
    .step = step,
    .reset = reset,
    .number = number,
    .lent = lent,
    .is_null = is_null,
    .bind_number = bind_number,
    .bind_bytes = bind_bytes,
    .bind_text = bind_text,
    .bind_null = bind_null,
    .write_many = write_many,
    .ask_many = ask_many,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .in_transaction = in_transaction,
    .script = script,
    .version = version_get,
    .version_set = version_set,
};

static int open_file(const char *path, const hmi_sqlite_options *options, sqlite3 **ret_db,
                     hm_err *err)
{
    int flags = options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    flags |= options->create ? SQLITE_OPEN_CREATE : 0;
    char pragmas[500];
    snprintf(pragmas, sizeof(pragmas),
             "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
             "PRAGMA cache_size=-%d; %sPRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8192; "
             "PRAGMA foreign_keys=OFF;",
             CACHE_KIB,
             options->read_only ? ""
                                : "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864;");
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, flags, NULL);
    if (rc == SQLITE_OK) {
        rc = harden(db);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_busy_handler(db, wait_turn, (void *)(uintptr_t)options->busy_ms);
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

int hmi_sqlite_open(const char *path, const hmi_engine_plan *plan,
                    const hmi_sqlite_options *options, hmi_engine **ret_engine, hm_err *err)
{
    lite *engine = calloc(1, sizeof(*engine));
    lite_stmt *statements = calloc(plan->count + OWN_COUNT, sizeof(*statements));
    int code = engine == NULL || statements == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open a casebook")
                   : open_file(path, options, &engine->db, err);
    if (code != HM_OK) {
        free(statements);
        free(engine);
        return code;
    }
    engine->base.ops = &OPS;
    engine->application = options->unmarked ? 0 : APPLICATION;
    engine->plan = *plan;
    engine->statements = statements;
    *ret_engine = &engine->base;
    return HM_OK;
}

void hmi_sqlite_settle_log(hmi_engine *base)
{
    (void)sqlite3_wal_checkpoint_v2(((lite *)base)->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                                    NULL);
}

sqlite3 *hmi_sqlite_handle(hmi_engine *engine)
{
    return ((lite *)engine)->db;
}
