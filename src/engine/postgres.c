/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres.c - PostgreSQL's statements: bound, asked, read row by row.
 *
 * WHY    A statement is prepared when it is first used and again after a lost connection. Answers
 *        come whole, so that several statements may stand in the middle of theirs at once; those of
 *        a walk (plan.walks), which may be longer than memory, come in parts through a cursor.
 * FORM   Everything goes and comes in binary: numbers are 8 bytes, texts and blobs are bytea
 *        (dialect.h), so what is lent is what lies in libpq's answer.
 * TRUST  The server is believed about rows as the database file is: the casebook checks lengths and
 *        hashes. Its words in errors are cleaned before they are shown.
 * OWNS   The connection, its prepared statements and answers, until close.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "engine/postgres_inside.h"

enum {
    PART_ROWS_FIRST = 64, /* rows in the first part of a walk */
    PART_ROWS_MAX = 16384,
    PART_BYTES = 4 << 20 /* parts of a walk grow towards this size */
};

static hmi_pg *engine_of(const hmi_pg_stmt *stmt)
{
    return (hmi_pg *)stmt->base.engine;
}

static bool is_walk(const hmi_pg_stmt *stmt)
{
    const hmi_engine_plan *plan = &engine_of(stmt)->plan;
    return plan->walks != NULL && plan->walks[stmt->which];
}

/* ---- Resetting */

/* A walk outside of all transactions has one of its own, which ends with it. */
static void end_own_transaction(hmi_pg *engine)
{
    if (engine->for_walk) {
        hmi_pg_rollback(&engine->base);
    }
}

static void clear(hmi_pg_stmt *stmt)
{
    PQclear(stmt->rows);
    stmt->rows = NULL;
    stmt->at = 0;
    stmt->fetched = 0;
    stmt->walking = false;
}

static void reset(hmi_stmt *base)
{
    hmi_pg_stmt *stmt = (hmi_pg_stmt *)base;
    hmi_pg *engine = engine_of(stmt);
    const bool walking = stmt->walking;
    clear(stmt);
    if (walking && engine->for_walk) {
        end_own_transaction(engine);
    } else if (walking && engine->in_transaction && !engine->lost) {
        char sql[40];
        snprintf(sql, sizeof(sql), "CLOSE w%zu", stmt->which);
        (void)hmi_pg_run(engine, sql, "", NULL, NULL);
    }
}

void hmi_pg_reset_all(hmi_pg *engine)
{
    for (size_t i = 0; i < engine->plan.count; i++) {
        clear(&engine->statements[i]);
    }
    clear(&engine->rowwise);
}

static int statement(hmi_engine *base, size_t which, hmi_stmt **ret_stmt, hm_err *err)
{
    (void)err;
    hmi_pg *engine = (hmi_pg *)base;
    hmi_assert(which < engine->plan.count);
    hmi_pg_stmt *stmt = &engine->statements[which];
    if (stmt->rows != NULL || stmt->walking) {
        reset(&stmt->base);
    }
    stmt->param_count = 0;
    *ret_stmt = &stmt->base;
    return HM_OK;
}

/* ---- Parameters */

static hmi_pg_param *param_at(hmi_stmt *base, int at)
{
    hmi_pg_stmt *stmt = (hmi_pg_stmt *)base;
    hmi_assert(at >= 1 && at <= HMI_DIALECT_PARAMS_MAX);
    for (; stmt->param_count < at; stmt->param_count++) {
        stmt->params[stmt->param_count] = (hmi_pg_param){ .kind = HMI_PG_NULL };
    }
    return &stmt->params[at - 1];
}

static void bind_number(hmi_stmt *base, int at, int64_t value)
{
    hmi_pg_param *param = param_at(base, at);
    param->kind = HMI_PG_NUMBER;
    hmi_put_be64(param->number, (uint64_t)value);
}

static void bind_bytes(hmi_stmt *base, int at, hm_bytes bytes)
{
    hmi_pg_param *param = param_at(base, at);
    param->kind = HMI_PG_BYTES;
    param->bytes = bytes;
}

static void bind_text(hmi_stmt *base, int at, hm_text text)
{
    bind_bytes(base, at, hmi_text_bytes(text));
}

static void bind_null(hmi_stmt *base, int at)
{
    param_at(base, at)->kind = HMI_PG_NULL;
}

/* ---- Asking */

int hmi_pg_prepare(hmi_pg *engine, const char *name, const char *sql, int count, const Oid *types,
                   hm_err *err)
{
    PGresult *result = PQprepare(engine->conn, name, sql, count, types);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        return hmi_pg_fail(engine, result, "the casebook's database does not answer", err);
    }
    PQclear(result);
    return HM_OK;
}

static Oid type_of(const hmi_pg_param *param)
{
    static const Oid TYPES[] = {
        [HMI_PG_NULL] = 0, [HMI_PG_NUMBER] = HMI_PG_INT8, [HMI_PG_BYTES] = HMI_PG_BYTEA
    };
    return TYPES[param->kind];
}

/* How libpq wants the parameters. */
typedef struct wire {
    Oid types[HMI_DIALECT_PARAMS_MAX];
    const char *values[HMI_DIALECT_PARAMS_MAX];
    int lengths[HMI_DIALECT_PARAMS_MAX];
    int formats[HMI_DIALECT_PARAMS_MAX];
} wire;

static int put_on_wire(const hmi_pg_stmt *stmt, wire *out, hm_err *err)
{
    for (int i = 0; i < stmt->param_count; i++) {
        const hmi_pg_param *param = &stmt->params[i];
        out->types[i] = type_of(param);
        out->formats[i] = 1;
        out->values[i] = NULL;
        out->lengths[i] = 0;
        if (param->kind == HMI_PG_NUMBER) {
            out->values[i] = (const char *)param->number;
            out->lengths[i] = 8;
        } else if (param->kind == HMI_PG_BYTES) {
            if (param->bytes.len > INT32_MAX / 2) {
                return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                                "%zu bytes are too many for one value of the casebook",
                                param->bytes.len);
            }
            out->values[i] = param->bytes.ptr != NULL ? (const char *)param->bytes.ptr : "";
            out->lengths[i] = (int)param->bytes.len;
        }
    }
    return HM_OK;
}

/* Prepared under its number on this connection; as a cursor's declaration when it is a walk. */
static int prepare(hmi_pg_stmt *stmt, const wire *params, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    if (stmt->known_on == engine->connection) {
        return HM_OK;
    }
    char name[24];
    snprintf(name, sizeof(name), "q%zu", stmt->which);
    hmi_buf sql;
    hmi_buf_init(&sql, 0);
    hmi_dialect_query(engine->plan.sql[stmt->which], &sql);
    int code = hmi_buf_check(&sql, err);
    if (code == HM_OK) {
        code = hmi_pg_prepare(engine, name, (const char *)sql.ptr, stmt->param_count, params->types,
                              err);
    }
    hmi_buf_fini(&sql);
    HMI_TRY(code);
    stmt->known_on = engine->connection;
    return HM_OK;
}

static const char *what_failed(const hmi_pg *engine)
{
    return engine->base.writing ? "cannot write to the casebook" : "cannot read the casebook";
}

static int ask_whole(hmi_pg_stmt *stmt, const wire *params, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    HMI_TRY(prepare(stmt, params, err));
    char name[24];
    snprintf(name, sizeof(name), "q%zu", stmt->which);
    PGresult *rows = PQexecPrepared(engine->conn, name, stmt->param_count, params->values,
                                    params->lengths, params->formats, 1);
    ExecStatusType status = PQresultStatus(rows);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        return hmi_pg_fail(engine, rows, what_failed(engine), err);
    }
    stmt->rows = rows;
    return HM_OK;
}

/* ---- Walking */

static int fetch(hmi_pg_stmt *stmt, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    int rows = PART_ROWS_FIRST;
    if (stmt->rows != NULL) { /* as many as make a part of the wanted size */
        size_t each = PQresultMemorySize(stmt->rows) / (size_t)stmt->fetched + 1;
        size_t want = (size_t)PART_BYTES / each + 1;
        size_t most = (size_t)stmt->fetched * 4;
        want = want < most ? want : most;
        rows = (int)(want < PART_ROWS_MAX ? want : PART_ROWS_MAX);
    }
    char sql[64];
    snprintf(sql, sizeof(sql), "FETCH FORWARD %d FROM w%zu", rows, stmt->which);
    PGresult *part = PQexecParams(engine->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(part) != PGRES_TUPLES_OK) {
        return hmi_pg_fail(engine, part, what_failed(engine), err);
    }
    PQclear(stmt->rows);
    stmt->rows = part;
    stmt->fetched = rows;
    stmt->at = 0;
    return HM_OK;
}

static int declare(hmi_pg_stmt *stmt, const wire *params, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    hmi_buf sql;
    hmi_buf_init(&sql, 0);
    hmi_buf_printf(&sql, "DECLARE w%zu NO SCROLL CURSOR FOR ", stmt->which);
    hmi_dialect_query(engine->plan.sql[stmt->which], &sql);
    int code = hmi_buf_check(&sql, err);
    PGresult *result = NULL;
    if (code == HM_OK) {
        result = PQexecParams(engine->conn, (const char *)sql.ptr, stmt->param_count, params->types,
                              params->values, params->lengths, params->formats, 1);
    }
    hmi_buf_fini(&sql);
    HMI_TRY(code);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        return hmi_pg_fail(engine, result, what_failed(engine), err);
    }
    PQclear(result);
    stmt->walking = true;
    return fetch(stmt, err);
}

static int walk(hmi_pg_stmt *stmt, const wire *params, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    bool own = !engine->in_transaction;
    if (own) {
        HMI_TRY(hmi_pg_begin(&engine->base, HMI_ENGINE_READING, err));
        engine->for_walk = true;
    }
    int code = declare(stmt, params, err);
    if (code != HM_OK && own) {
        end_own_transaction(engine);
    }
    return code;
}

/* Asked outside of all transactions, it is asked once more when the connection was lost. */
static int ask(hmi_pg_stmt *stmt, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    wire params;
    HMI_TRY(put_on_wire(stmt, &params, err));
    HMI_TRY(hmi_pg_ready(engine, err));
    const bool again = !engine->in_transaction;
    int code = is_walk(stmt) ? walk(stmt, &params, err) : ask_whole(stmt, &params, err);
    if (code != HM_OK && again && hmi_pg_is_lost(engine, NULL)) {
        HMI_TRY(hmi_pg_ready(engine, err));
        code = is_walk(stmt) ? walk(stmt, &params, err) : ask_whole(stmt, &params, err);
    }
    return code;
}

static int next_part(hmi_pg_stmt *stmt, hm_err *err)
{
    hmi_pg *engine = engine_of(stmt);
    if (!stmt->walking || PQntuples(stmt->rows) < stmt->fetched) {
        return HM_OK;
    }
    if (engine->lost) {
        return hmi_pg_ready(engine, err);
    }
    return fetch(stmt, err);
}

static int step(hmi_stmt *base, hm_err *err)
{
    hmi_pg_stmt *stmt = (hmi_pg_stmt *)base;
    int code = HM_OK;
    if (stmt->rows == NULL) {
        code = ask(stmt, err);
    } else if (++stmt->at == PQntuples(stmt->rows)) {
        code = next_part(stmt, err);
    }
    if (code == HM_OK && stmt->at < PQntuples(stmt->rows)) {
        return 1;
    }
    reset(base);
    return code;
}

/* ---- Columns */

static int64_t number(hmi_stmt *base, int at)
{
    const hmi_pg_stmt *stmt = (const hmi_pg_stmt *)base;
    if (PQgetisnull(stmt->rows, stmt->at, at)) {
        return 0;
    }
    const uint8_t *bytes = (const uint8_t *)PQgetvalue(stmt->rows, stmt->at, at);
    const int len = PQgetlength(stmt->rows, stmt->at, at);
    uint64_t value = 0;
    for (int i = 0; i < len && i < 8; i++) {
        value = value << 8 | bytes[i];
    }
    return len == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

static hm_bytes lent(hmi_stmt *base, int at)
{
    const hmi_pg_stmt *stmt = (const hmi_pg_stmt *)base;
    if (PQgetisnull(stmt->rows, stmt->at, at)) {
        return hmi_bytes(NULL, 0);
    }
    return hmi_bytes(PQgetvalue(stmt->rows, stmt->at, at),
                     (size_t)PQgetlength(stmt->rows, stmt->at, at));
}

static bool is_null(hmi_stmt *base, int at)
{
    const hmi_pg_stmt *stmt = (const hmi_pg_stmt *)base;
    return PQgetisnull(stmt->rows, stmt->at, at) != 0;
}

/* ---- Schema */

static int script(hmi_engine *base, const char *sql, hm_err *err)
{
    hmi_pg *engine = (hmi_pg *)base;
    hmi_buf theirs;
    hmi_buf_init(&theirs, 0);
    hmi_dialect_script(sql, &theirs);
    int code = hmi_buf_check(&theirs, err);
    if (code == HM_OK) {
        code = hmi_pg_run(engine, (const char *)theirs.ptr, "cannot make tables", NULL, err);
    }
    hmi_buf_fini(&theirs);
    return code;
}

static int version_get(hmi_engine *base, int *ret_version, hm_err *err)
{
    hmi_pg *engine = (hmi_pg *)base;
    PGresult *result = NULL;
    char sql[80];
    snprintf(sql, sizeof(sql), "SELECT version FROM %s WHERE one = 1", engine->home);
    HMI_TRY(hmi_pg_run(engine, sql, "cannot read the casebook's version", &result, err));
    int version = PQntuples(result) == 1 ? (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) : -1;
    PQclear(result);
    if (version < 0) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "this database is no casebook");
    }
    *ret_version = version;
    return HM_OK;
}

static int version_set(hmi_engine *base, int version, hm_err *err)
{
    hmi_pg *engine = (hmi_pg *)base;
    char sql[100];
    snprintf(sql, sizeof(sql), "UPDATE %s SET version = %d WHERE one = 1", engine->home, version);
    return hmi_pg_run(engine, sql, "cannot set the casebook's version", NULL, err);
}

/* ---- Opening */

static void close_engine(hmi_engine *base)
{
    hmi_pg *engine = (hmi_pg *)base;
    hmi_pg_rollback(base);
    hmi_pg_reset_all(engine);
    if (engine->turn > 0 && PQstatus(engine->conn) == CONNECTION_OK) {
        char sql[120]; /* nobody will ask for the turns of this client any more */
        snprintf(sql, sizeof(sql), "DELETE FROM %s_client WHERE client = '\\x%s'", engine->home,
                 engine->client);
        (void)hmi_pg_run(engine, sql, "", NULL, NULL);
    }
    PQfinish(engine->conn);
    free(engine->statements);
    free(engine->address);
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
    .write_many = hmi_pg_write_many,
    .ask_many = hmi_pg_ask_many,
    .begin = hmi_pg_begin,
    .commit = hmi_pg_commit,
    .rollback = hmi_pg_rollback,
    .in_transaction = hmi_pg_in_transaction,
    .script = script,
    .version = version_get,
    .version_set = version_set,
};

int hmi_postgres_open(const char *address, const hmi_engine_plan *plan,
                      const hmi_postgres_options *options, hmi_engine **ret_engine, hm_err *err)
{
    hmi_pg *engine = calloc(1, sizeof(*engine));
    hmi_pg_stmt *statements = calloc(plan->count, sizeof(*statements));
    char *copy = strdup(address);
    if (engine == NULL || statements == NULL || copy == NULL) {
        free(engine);
        free(statements);
        free(copy);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open a casebook");
    }
    *engine = (hmi_pg){ .base = { .ops = &OPS, .far = true },
                        .address = copy,
                        .home = options->home != NULL ? options->home : HMI_PG_HOME,
                        .read_only = options->read_only,
                        .busy_ms = options->busy_ms,
                        .plan = *plan,
                        .statements = statements };
    for (size_t i = 0; i < plan->count; i++) {
        statements[i].base = (hmi_stmt){ &OPS, &engine->base };
        statements[i].which = i;
    }
    engine->rowwise.base = (hmi_stmt){ &OPS, &engine->base };
    int code = hmi_pg_connect(engine, err);
    if (code == HM_OK) {
        code = hmi_pg_found(engine, options->create, err);
    }
    if (code != HM_OK) {
        close_engine(&engine->base);
        return code;
    }
    *ret_engine = &engine->base;
    return HM_OK;
}

const char *hmi_postgres_casebook(hmi_engine *engine)
{
    return ((hmi_pg *)engine)->casebook;
}

const char *hmi_postgres_history(hmi_engine *engine)
{
    return ((hmi_pg *)engine)->history;
}

int hmi_postgres_backend(hmi_engine *engine)
{
    return PQbackendPID(((hmi_pg *)engine)->conn);
}
