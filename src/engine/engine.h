/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - a database engine: prepared statements, rows, transactions, one shape of errors.
 *
 * Two makers stand behind it: SQLite (sqlite.h), a file of ours, and PostgreSQL (postgres.h), a
 * server of somebody else's. Both are asked the same plain SQL, in SQLite's notation (?1, ?2 ...);
 * what PostgreSQL writes otherwise stands in dialect.h alone.
 *
 * A statement is got with hmi_engine_statement (reset, unbound), bound, stepped. What is bound is
 * borrowed until the step; what a row lends lives until the next step or reset of that statement.
 * One that is left in the middle is reset by its next use and by the end of the transaction.
 *
 * Writing: one transaction at a time in the whole casebook. Whoever begins waits until the one
 * before has ended, so numbers read inside it stand still until its end.
 *
 * Threads: one at a time per engine.
 */
#ifndef HMI_ENGINE_ENGINE_H
#define HMI_ENGINE_ENGINE_H

#include "base/bytes.h"
#include "base/error.h"

typedef struct hmi_engine hmi_engine;
typedef struct hmi_stmt hmi_stmt;

typedef enum hmi_engine_mode { HMI_ENGINE_READING, HMI_ENGINE_WRITING } hmi_engine_mode;

/* Binds row `index` of the caller's to the parameters from `first` on. */
typedef void (*hmi_row_bind)(hmi_stmt *stmt, int first, const void *with, size_t index);
/* Takes one row of the answer to question `index`; anything but HM_OK ends the asking. */
typedef int (*hmi_row_take)(hmi_stmt *stmt, void *with, size_t index, hm_err *err);

typedef struct hmi_engine_ops {
    void (*close)(hmi_engine *engine);
    int (*statement)(hmi_engine *engine, size_t which, hmi_stmt **ret_stmt, hm_err *err);
    int (*step)(hmi_stmt *stmt, hm_err *err);
    void (*reset)(hmi_stmt *stmt);
    int64_t (*number)(hmi_stmt *stmt, int at);
    hm_bytes (*lent)(hmi_stmt *stmt, int at);
    bool (*is_null)(hmi_stmt *stmt, int at);
    void (*bind_number)(hmi_stmt *stmt, int at, int64_t number);
    void (*bind_bytes)(hmi_stmt *stmt, int at, hm_bytes bytes);
    void (*bind_text)(hmi_stmt *stmt, int at, hm_text text);
    void (*bind_null)(hmi_stmt *stmt, int at);
    int (*write_many)(hmi_engine *engine, size_t one, size_t many, int columns, size_t count,
                      hmi_row_bind bind, const void *with, hm_err *err);
    /* Each question has one answer or none, or their order does not matter. */
    int (*ask_many)(hmi_engine *engine, size_t which, int columns, size_t count, hmi_row_bind bind,
                    const void *from, hmi_row_take take, void *with, hm_err *err);
    int (*begin)(hmi_engine *engine, hmi_engine_mode mode, hm_err *err);
    int (*commit)(hmi_engine *engine, hm_err *err);
    void (*rollback)(hmi_engine *engine);
    bool (*in_transaction)(hmi_engine *engine);
    int (*script)(hmi_engine *engine, const char *sql, hm_err *err);
    int (*version)(hmi_engine *engine, int *ret_version, hm_err *err);
    int (*version_set)(hmi_engine *engine, int version, hm_err *err);
} hmi_engine_ops;

struct hmi_engine {
    const hmi_engine_ops *ops;
    bool writing; /* a writing transaction is open */
    bool far;     /* every question is a journey: many are asked at once where that is cheaper */
    char broken[160]; /* why nothing may be written any more; "" while all is well */
};

struct hmi_stmt {
    const hmi_engine_ops *ops;
    hmi_engine *engine;
};

/* What is asked of it, by number; lives as long as the engine. */
typedef struct hmi_engine_plan {
    const char *const *sql;
    const bool *walks; /* by number: its answer may be longer than memory; NULL: none is */
    size_t count;
} hmi_engine_plan;

static inline void hmi_engine_close(hmi_engine *engine)
{
    if (engine != NULL) {
        engine->ops->close(engine);
    }
}

static inline int hmi_engine_statement(hmi_engine *engine, size_t which, hmi_stmt **ret_stmt,
                                       hm_err *err)
{
    return engine->ops->statement(engine, which, ret_stmt, err);
}

/* 1: a row, 0: the end, negative: failed. After the end and after a failure it is reset. */
static inline int hmi_stmt_step(hmi_stmt *stmt, hm_err *err)
{
    return stmt->ops->step(stmt, err);
}

/* NULL is fine. */
static inline void hmi_reset(hmi_stmt *stmt)
{
    if (stmt != NULL) {
        stmt->ops->reset(stmt);
    }
}

static inline int hmi_engine_begin(hmi_engine *engine, hmi_engine_mode mode, hm_err *err)
{
    return engine->ops->begin(engine, mode, err);
}

/* On failure the transaction is still open: roll it back. */
static inline int hmi_engine_commit(hmi_engine *engine, hm_err *err)
{
    return engine->ops->commit(engine, err);
}

/* Fine without a transaction. */
static inline void hmi_engine_rollback(hmi_engine *engine)
{
    engine->ops->rollback(engine);
}

static inline bool hmi_engine_in_transaction(hmi_engine *engine)
{
    return engine->ops->in_transaction(engine);
}

/* Several statements that make tables, in SQLite's words. */
static inline int hmi_engine_script(hmi_engine *engine, const char *sql, hm_err *err)
{
    return engine->ops->script(engine, sql, err);
}

/* The schema's version, 0 for an empty database; HM_E_CORRUPT when this is no casebook of ours. */
static inline int hmi_engine_version(hmi_engine *engine, int *ret_version, hm_err *err)
{
    return engine->ops->version(engine, ret_version, err);
}

static inline int hmi_engine_version_set(hmi_engine *engine, int version, hm_err *err)
{
    return engine->ops->version_set(engine, version, err);
}

/* ---- Columns of the row it stands at, from 0 */

static inline int64_t hmi_column(hmi_stmt *stmt, int at)
{
    return stmt->ops->number(stmt, at);
}

static inline int hmi_column_int(hmi_stmt *stmt, int at)
{
    return (int)stmt->ops->number(stmt, at);
}

static inline bool hmi_column_is_null(hmi_stmt *stmt, int at)
{
    return stmt->ops->is_null(stmt, at);
}

/* The bytes of a text or a blob; .ptr NULL for none. */
static inline hm_bytes hmi_column_lent(hmi_stmt *stmt, int at)
{
    return stmt->ops->lent(stmt, at);
}

static inline hm_text hmi_column_lent_text(hmi_stmt *stmt, int at)
{
    hm_bytes bytes = stmt->ops->lent(stmt, at);
    return hmi_text(bytes.ptr != NULL ? (const char *)bytes.ptr : "", bytes.len);
}

/* Copies `len` bytes out; false, and nothing copied, when the column has any other length. */
static inline bool hmi_column_exactly(hmi_stmt *stmt, int at, void *out, size_t len)
{
    hm_bytes bytes = stmt->ops->lent(stmt, at);
    if (bytes.ptr == NULL || bytes.len != len) {
        return false;
    }
    memcpy(out, bytes.ptr, len);
    return true;
}

static inline int64_t hmi_column_or(hmi_stmt *stmt, int at, int64_t none)
{
    return stmt->ops->is_null(stmt, at) ? none : stmt->ops->number(stmt, at);
}

/* ---- Parameters, from 1 */

static inline void hmi_bind(hmi_stmt *stmt, int at, int64_t number)
{
    stmt->ops->bind_number(stmt, at, number);
}

static inline void hmi_bind_bytes(hmi_stmt *stmt, int at, hm_bytes bytes)
{
    stmt->ops->bind_bytes(stmt, at, bytes);
}

static inline void hmi_bind_text(hmi_stmt *stmt, int at, hm_text text)
{
    stmt->ops->bind_text(stmt, at, text);
}

static inline void hmi_bind_null(hmi_stmt *stmt, int at)
{
    stmt->ops->bind_null(stmt, at);
}

/* The value that says "none" goes in as NULL. */
static inline void hmi_bind_unless(hmi_stmt *stmt, int at, int64_t number, int64_t none)
{
    if (number == none) {
        stmt->ops->bind_null(stmt, at);
    } else {
        stmt->ops->bind_number(stmt, at, number);
    }
}

#endif
