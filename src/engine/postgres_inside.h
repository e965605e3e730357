/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres_inside.h - what the files of the PostgreSQL maker share.
 */
#ifndef HMI_ENGINE_POSTGRES_INSIDE_H
#define HMI_ENGINE_POSTGRES_INSIDE_H

#include <libpq-fe.h>

#include "engine/dialect.h"
#include "engine/postgres.h"

enum {
    HMI_PG_INT8 = 20,
    HMI_PG_INT4 = 23,
    HMI_PG_BYTEA = 17,
    HMI_PG_INT8_ARRAY = 1016,
    HMI_PG_BYTEA_ARRAY = 1001
};

#define HMI_PG_HOME "casebook"

typedef enum hmi_pg_kind { HMI_PG_NULL, HMI_PG_NUMBER, HMI_PG_BYTES } hmi_pg_kind;

typedef struct hmi_pg_param {
    hmi_pg_kind kind;
    uint8_t number[8]; /* as PostgreSQL sends it */
    hm_bytes bytes;    /* borrowed until the step */
} hmi_pg_param;

typedef struct hmi_pg_stmt {
    hmi_stmt base;
    size_t which;
    uint32_t known_on; /* the connection it was prepared on, 0: none */
    hmi_pg_param params[HMI_DIALECT_PARAMS_MAX];
    int param_count;
    PGresult *rows; /* of the answer, or of its part that was fetched */
    int at;
    bool walking; /* its cursor is open */
    int fetched;  /* rows asked for by the last fetch */
} hmi_pg_stmt;

typedef struct hmi_pg {
    hmi_engine base;
    char *address;
    const char *home;
    PGconn *conn;
    uint32_t connection; /* its number: counts up with each new one */
    bool read_only;
    uint32_t busy_ms;
    bool in_transaction;
    bool lost;       /* the transaction is gone with its connection */
    bool for_walk;   /* the transaction is one that a walk alone began */
    uint64_t turn;   /* of this client's writing transactions */
    char client[33]; /* drawn at opening */
    char casebook[33];
    char history[50]; /* the casebook and the server's time line */
    hmi_engine_plan plan;
    hmi_pg_stmt *statements;
    hmi_pg_stmt rowwise; /* what rows are bound to when many go at once, and read from */
} hmi_pg;

/* ---- postgres_connect.c */
int hmi_pg_connect(hmi_pg *engine, hm_err *err);
/* Connected, or an error: a transaction that is lost stays lost until it is rolled back. */
int hmi_pg_ready(hmi_pg *engine, hm_err *err);
/* The error of `result` (NULL: of the connection) in our words; frees it. */
int hmi_pg_fail(hmi_pg *engine, PGresult *result, const char *what, hm_err *err);
/* Is the connection gone? Remembers that it is. */
bool hmi_pg_is_lost(hmi_pg *engine, const PGresult *result);
/* Statements without parameters; the answer of the last is given when asked for. */
int hmi_pg_run(hmi_pg *engine, const char *sql, const char *what, PGresult **ret_result,
               hm_err *err);
/* Finds the casebook in the database, or makes its first tables. */
int hmi_pg_found(hmi_pg *engine, bool create, hm_err *err);

/* ---- postgres_turn.c */
int hmi_pg_begin(hmi_engine *base, hmi_engine_mode mode, hm_err *err);
int hmi_pg_commit(hmi_engine *base, hm_err *err);
void hmi_pg_rollback(hmi_engine *base);
bool hmi_pg_in_transaction(hmi_engine *base);

/* ---- postgres_rows.c */
int hmi_pg_write_many(hmi_engine *engine, size_t one, size_t many, int columns, size_t count,
                      hmi_row_bind bind, const void *with, hm_err *err);
int hmi_pg_ask_many(hmi_engine *engine, size_t which, int columns, size_t count, hmi_row_bind bind,
                    const void *from, hmi_row_take take, void *with, hm_err *err);

/* ---- postgres.c */
/* Resets every statement that is in the middle. */
void hmi_pg_reset_all(hmi_pg *engine);
int hmi_pg_prepare(hmi_pg *engine, const char *name, const char *sql, int count, const Oid *types,
                   hm_err *err);

static inline void hmi_put_be64(uint8_t out[8], uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

#endif
