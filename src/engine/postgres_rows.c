/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres_rows.c - many rows and many questions in one journey.
 *
 * WHY    A statement costs a journey to the server and back, a tenth of a millisecond on one
 *        machine and one or more between two: a piece with ten thousand traits cannot pay that by
 *        row. So rows go by COPY, or, where an INSERT says more than "add", as arrays; questions go
 *        as arrays, too, and come back with their number.
 * FORM   COPY binary: a head of 19 bytes, rows of (count i16, (length i32, bytes) ...), -1 i16.
 *        Array: dimensions i32, has nulls i32, type i32, length i32, first i32, then (length i32,
 *        bytes) ...; all big-endian.
 * OWNS   Its buffers for the call.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "engine/postgres_inside.h"

enum {
    COPY_ROWS_MIN = 32, /* fewer go as arrays: one journey instead of two */
    COPY_PART = 256 << 10,
    ROWS_MAX = 8192,      /* in one statement with arrays */
    ARRAY_MAX = 16 << 20, /* bytes of one array */
    ARRAY_HEAD = 20
};

static void add_be16(hmi_buf *out, uint16_t value)
{
    hmi_buf_add(out, hmi_bytes(((uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }), 2));
}

static void put_be32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static void add_be32(hmi_buf *out, uint32_t value)
{
    uint8_t bytes[4];
    put_be32(bytes, value);
    hmi_buf_add(out, hmi_bytes(bytes, sizeof(bytes)));
}

static void add_field(hmi_buf *out, const hmi_pg_param *param)
{
    if (param->kind == HMI_PG_NULL) {
        add_be32(out, UINT32_MAX);
    } else if (param->kind == HMI_PG_NUMBER) {
        add_be32(out, 8);
        hmi_buf_add(out, hmi_bytes(param->number, 8));
    } else {
        add_be32(out, (uint32_t)param->bytes.len);
        hmi_buf_add(out, param->bytes);
    }
}

/* Row `index` of the caller's in the engine's rowwise statement. */
static const hmi_pg_param *bound(hmi_pg *engine, int columns, hmi_row_bind bind, const void *with,
                                 size_t index)
{
    hmi_pg_stmt *row = &engine->rowwise;
    row->param_count = 0;
    bind(&row->base, 1, with, index);
    hmi_assert(row->param_count == columns);
    return row->params;
}

/* ---- COPY */

static int copy_end(hmi_pg *engine, hm_err *err)
{
    int code = HM_OK;
    if (PQputCopyEnd(engine->conn, NULL) != 1) {
        code = hmi_pg_fail(engine, NULL, "cannot write to the casebook", err);
    }
    for (PGresult *result; (result = PQgetResult(engine->conn)) != NULL;) {
        if (PQresultStatus(result) == PGRES_COMMAND_OK || code != HM_OK) {
            PQclear(result);
        } else {
            code = hmi_pg_fail(engine, result, "cannot write to the casebook", err);
        }
    }
    return code;
}

static int copy_part(hmi_pg *engine, hmi_buf *part, hm_err *err)
{
    HMI_TRY(hmi_buf_check(part, err));
    if (PQputCopyData(engine->conn, (const char *)part->ptr, (int)part->len) != 1) {
        return hmi_pg_fail(engine, NULL, "cannot write to the casebook", err);
    }
    hmi_buf_clear(part);
    return HM_OK;
}

static int copy_rows(hmi_pg *engine, int columns, size_t count, hmi_row_bind bind, const void *with,
                     hmi_buf *part, hm_err *err)
{
    static const char HEAD[19] = "PGCOPY\n\377\r\n";
    hmi_buf_add(part, hmi_bytes(HEAD, sizeof(HEAD)));
    for (size_t i = 0; i < count; i++) {
        const hmi_pg_param *params = bound(engine, columns, bind, with, i);
        add_be16(part, (uint16_t)columns);
        for (int at = 0; at < columns; at++) {
            add_field(part, &params[at]);
        }
        if (part->len >= COPY_PART || part->bad) {
            HMI_TRY(copy_part(engine, part, err));
        }
    }
    add_be16(part, UINT16_MAX);
    return copy_part(engine, part, err);
}

static int copy(hmi_pg *engine, const char *sql, int columns, size_t count, hmi_row_bind bind,
                const void *with, hm_err *err)
{
    PGresult *result = PQexec(engine->conn, sql);
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        return hmi_pg_fail(engine, result, "cannot write to the casebook", err);
    }
    PQclear(result);
    hmi_buf part;
    hmi_buf_init(&part, 0);
    int code = copy_rows(engine, columns, count, bind, with, &part, err);
    hmi_buf_fini(&part);
    int end = copy_end(engine, code == HM_OK ? err : NULL);
    return code == HM_OK ? end : code;
}

/* ---- Arrays */

typedef struct array {
    hmi_dialect_kind kind;
    bool known, has_null; /* known: a value said the kind */
    hmi_buf bytes;
} array;

typedef struct arrays {
    array columns[HMI_DIALECT_PARAMS_MAX];
    int count;
    size_t rows;
} arrays;

static void arrays_fini(arrays *all)
{
    for (int i = 0; i < all->count; i++) {
        hmi_buf_fini(&all->columns[i].bytes);
    }
}

static void arrays_clear(arrays *all)
{
    static const uint8_t HEAD[ARRAY_HEAD];
    for (int i = 0; i < all->count; i++) {
        hmi_buf_clear(&all->columns[i].bytes);
        hmi_buf_add(&all->columns[i].bytes, hmi_bytes(HEAD, sizeof(HEAD)));
        all->columns[i].has_null = false;
    }
    all->rows = 0;
}

/* Adds a row; true when the arrays are full. */
static bool arrays_add(arrays *all, const hmi_pg_param *params)
{
    bool full = ++all->rows == ROWS_MAX;
    for (int i = 0; i < all->count; i++) {
        array *column = &all->columns[i];
        add_field(&column->bytes, &params[i]);
        if (params[i].kind == HMI_PG_NULL) {
            column->has_null = true;
        } else {
            column->kind = params[i].kind == HMI_PG_NUMBER ? HMI_DIALECT_NUMBER : HMI_DIALECT_BYTES;
            column->known = true;
        }
        full |= column->bytes.len >= ARRAY_MAX;
    }
    return full;
}

static void finish_head(array *column, size_t rows)
{
    uint8_t *head = column->bytes.ptr;
    put_be32(head, 1);
    put_be32(head + 4, column->has_null);
    put_be32(head + 8, column->kind == HMI_DIALECT_NUMBER ? HMI_PG_INT8 : HMI_PG_BYTEA);
    put_be32(head + 12, (uint32_t)rows);
    put_be32(head + 16, 1);
}

static int send_arrays(hmi_pg *engine, arrays *all, const char *sql, PGresult **ret_result,
                       hm_err *err)
{
    const char *values[HMI_DIALECT_PARAMS_MAX];
    int lengths[HMI_DIALECT_PARAMS_MAX], formats[HMI_DIALECT_PARAMS_MAX];
    for (int i = 0; i < all->count; i++) {
        HMI_TRY(hmi_buf_check(&all->columns[i].bytes, err));
        finish_head(&all->columns[i], all->rows);
        values[i] = (const char *)all->columns[i].bytes.ptr;
        lengths[i] = (int)all->columns[i].bytes.len;
        formats[i] = 1;
    }
    PGresult *result =
        PQexecParams(engine->conn, sql, all->count, NULL, values, lengths, formats, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        return hmi_pg_fail(engine, result,
                           engine->base.writing ? "cannot write to the casebook"
                                                : "cannot read the casebook",
                           err);
    }
    *ret_result = result;
    return HM_OK;
}

static void kinds_of(const arrays *all, hmi_dialect_kind kinds[HMI_DIALECT_PARAMS_MAX])
{
    for (int i = 0; i < all->count; i++) {
        hmi_assert(all->columns[i].known); /* a column of nulls alone has no kind */
        kinds[i] = all->columns[i].kind;
    }
}

static void arrays_init(arrays *all, int count)
{
    hmi_assert(count >= 1 && count <= HMI_DIALECT_PARAMS_MAX);
    *all = (arrays){ .count = count };
    for (int i = 0; i < count; i++) {
        hmi_buf_init(&all->columns[i].bytes, 0);
    }
    arrays_clear(all);
}

/* ---- Rows */

static int insert_part(hmi_pg *engine, const char *sql, arrays *all, hm_err *err)
{
    hmi_dialect_kind kinds[HMI_DIALECT_PARAMS_MAX];
    kinds_of(all, kinds);
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_dialect_insert_many(sql, kinds, all->count, &text);
    PGresult *result = NULL;
    int code = hmi_buf_check(&text, err);
    if (code == HM_OK) {
        code = send_arrays(engine, all, (const char *)text.ptr, &result, err);
    }
    hmi_buf_fini(&text);
    PQclear(result);
    arrays_clear(all);
    return code;
}

static int insert(hmi_pg *engine, const char *sql, int columns, size_t count, hmi_row_bind bind,
                  const void *with, hm_err *err)
{
    arrays all;
    arrays_init(&all, columns);
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        bool full = arrays_add(&all, bound(engine, columns, bind, with, i));
        if (full || i + 1 == count) {
            code = insert_part(engine, sql, &all, err);
        }
    }
    arrays_fini(&all);
    return code;
}

static bool has_null_column(hmi_pg *engine, int columns, size_t count, hmi_row_bind bind,
                            const void *with)
{
    bool known[HMI_DIALECT_PARAMS_MAX] = { false };
    int left = columns;
    for (size_t i = 0; left > 0 && i < count; i++) {
        const hmi_pg_param *params = bound(engine, columns, bind, with, i);
        for (int at = 0; at < columns; at++) {
            if (!known[at] && params[at].kind != HMI_PG_NULL) {
                known[at] = true;
                left--;
            }
        }
    }
    return left > 0;
}

int hmi_pg_write_many(hmi_engine *base, size_t one, size_t many, int columns, size_t count,
                      hmi_row_bind bind, const void *with, hm_err *err)
{
    (void)many;
    hmi_pg *engine = (hmi_pg *)base;
    const char *sql = engine->plan.sql[one];
    HMI_TRY(hmi_pg_ready(engine, err));
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = HM_OK;
    bool can_copy = hmi_dialect_copy(sql, &text);
    if (count == 0) {
        code = HM_OK;
    } else if (can_copy &&
               (count >= COPY_ROWS_MIN || has_null_column(engine, columns, count, bind, with))) {
        code = hmi_buf_check(&text, err);
        code = code != HM_OK
                   ? code
                   : copy(engine, (const char *)text.ptr, columns, count, bind, with, err);
    } else {
        code = insert(engine, sql, columns, count, bind, with, err);
    }
    hmi_buf_fini(&text);
    return code;
}

/* ---- Questions */

typedef struct questions {
    const char *sql;
    int columns;
    size_t count;
    hmi_row_bind bind;
    const void *from;
    hmi_row_take take;
    void *with;
    bool taken; /* an answer was handed over */
} questions;

/* The answers of one part, whose first question is `base`. */
static int take_answers(hmi_pg *engine, questions *q, PGresult *rows, size_t base, hm_err *err)
{
    hmi_pg_stmt *stmt = &engine->rowwise;
    const int last = PQnfields(rows) - 1;
    int code = HM_OK;
    stmt->rows = rows;
    for (int at = 0; code == HM_OK && at < PQntuples(rows); at++) {
        stmt->at = at;
        int64_t which = hmi_column(&stmt->base, last);
        q->taken = true;
        code = q->take(&stmt->base, q->with, base + (size_t)which - 1, err);
    }
    stmt->rows = NULL;
    return code;
}

static int ask_part(hmi_pg *engine, questions *q, arrays *all, size_t base, hm_err *err)
{
    hmi_dialect_kind kinds[HMI_DIALECT_PARAMS_MAX];
    kinds_of(all, kinds);
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_dialect_ask_many(q->sql, kinds, all->count, &text);
    PGresult *result = NULL;
    int code = hmi_buf_check(&text, err);
    if (code == HM_OK) {
        code = send_arrays(engine, all, (const char *)text.ptr, &result, err);
    }
    hmi_buf_fini(&text);
    if (code == HM_OK) {
        code = take_answers(engine, q, result, base, err);
    }
    PQclear(result);
    arrays_clear(all);
    return code;
}

static int ask_all(hmi_pg *engine, questions *q, hm_err *err)
{
    HMI_TRY(hmi_pg_ready(engine, err));
    arrays all;
    arrays_init(&all, q->columns);
    size_t first = 0;
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < q->count; i++) {
        bool full = arrays_add(&all, bound(engine, q->columns, q->bind, q->from, i));
        if (full || i + 1 == q->count) {
            code = ask_part(engine, q, &all, first, err);
            first = i + 1;
        }
    }
    arrays_fini(&all);
    return code;
}

/* Asked outside of all transactions, it is asked once more when the connection was lost; not when
 * something was taken: that cannot be untaken. */
int hmi_pg_ask_many(hmi_engine *base, size_t which, int columns, size_t count, hmi_row_bind bind,
                    const void *from, hmi_row_take take, void *with, hm_err *err)
{
    hmi_pg *engine = (hmi_pg *)base;
    questions q = { engine->plan.sql[which], columns, count, bind, from, take, with, false };
    const bool again = !engine->in_transaction;
    int code = ask_all(engine, &q, err);
    if (code != HM_OK && again && !q.taken && hmi_pg_is_lost(engine, NULL)) {
        code = ask_all(engine, &q, err);
    }
    return code;
}
