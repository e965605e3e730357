/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres_connect.c - the way to a PostgreSQL server: found, lost, found again; its errors.
 *
 * WHY    A server may be shut down, fail over or be cut off at any moment. Then the transaction
 *        that was open is gone, whole; whatever is asked next finds a new connection by itself, at
 *        the same address, which may name several servers.
 *        A client that vanished without a word must not keep others from writing for hours: the
 *        server is told to look after a silent connection within a minute.
 * FORM   casebook, or another home: one row, which every writer locks. casebook_client: see
 *        postgres_turn.c.
 * TRUST  A server's words go to a terminal: what is not printable is left out.
 * OWNS   Nothing: the connection is the engine's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/error.h"
#include "base/hash.h"
#include "engine/postgres_inside.h"

enum {
    APPLICATION = 0x484d4b31, /* "HMK1", as in the file */
    SERVER_VERSION_MIN = 120000,
    WORDS_MAX = 200,
    START_MS = 15000, /* how long a server that is starting is waited for */
    START_PAUSE_MS = 100
};

/* Ours, whatever is configured: what is acknowledged is durable, and plans are not compiled for
 * questions that take a millisecond. */
static const char SETTINGS[] =
    "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET jit = off;"
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
    "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;"
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'";

static const char TABLES[] =
    "CREATE TABLE IF NOT EXISTS %s ("
    "  one bigint PRIMARY KEY CHECK (one = 1),"
    "  application bigint NOT NULL,"
    "  version bigint NOT NULL,"
    "  id bytea NOT NULL CHECK (length(id) = 16)"
    ");"
    "CREATE TABLE IF NOT EXISTS %s_client ("
    "  client bytea PRIMARY KEY CHECK (length(client) = 16),"
    "  turn bigint NOT NULL"
    ");"
    "INSERT INTO %s (one, application, version, id) VALUES (1, %d, 0, '\\x%s')"
    " ON CONFLICT (one) DO NOTHING";

/* ---- Errors */

/* One line of printable words; the rest of what a server or libpq says is left out. */
static void clean(const char *from, char out[WORDS_MAX])
{
    size_t len = 0;
    for (; from != NULL && *from != '\0' && len + 1 < WORDS_MAX; from++) {
        unsigned char c = (unsigned char)*from;
        if (c == '\n' && from[1] == '\0') {
            break;
        }
        out[len++] = c == '\n' || c == '\t' ? ' ' : c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    out[len] = '\0';
}

static bool is_state(const char *state, const char *one)
{
    return state != NULL && strncmp(state, one, strlen(one)) == 0;
}

/* The server went away, or will not answer any more: 57P0x says that it is shutting down. */
bool hmi_pg_is_lost(hmi_pg *engine, const PGresult *result)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    return engine->conn == NULL || PQstatus(engine->conn) == CONNECTION_BAD ||
           is_state(state, "57P") || is_state(state, "08");
}

static int fail_lost(hmi_pg *engine, const char *words, hm_err *err)
{
    if (engine->in_transaction && engine->base.writing) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "the connection to the casebook was lost (%s); what was not acknowledged "
                        "was not stored: run the same command again",
                        words);
    }
    return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the connection to the casebook was lost (%s)",
                    words);
}

static const struct {
    const char *state;
    int code;
    const char *words; /* NULL: the server's */
} STATES[] = {
    { "55P03", HM_E_BUSY,
      "the casebook is busy: another process is writing to it; try again when it is done" },
    { "40", HM_E_BUSY, "the casebook is busy: try again" },
    { "53100", HM_E_IO,
      "the disk of the casebook's server is full; nothing stored was lost: make room there, then "
      "run the same command again" },
    { "53200", HM_E_MEMORY, NULL },
    { "53300", HM_E_BUSY, "the casebook's server has no connection free: try again" },
    { "25006", HM_E_DENIED,
      "this server takes no writes: it is a standby. Name the primary, or several servers and "
      "target_session_attrs=read-write" },
    { "42501", HM_E_DENIED, NULL },
    { "28", HM_E_DENIED, NULL },
    { "3D000", HM_E_NOT_FOUND, NULL },
    { "3F000", HM_E_NOT_FOUND,
      "the casebook's address names no schema that exists: make one with CREATE SCHEMA" },
    { "42P01", HM_E_CORRUPT, NULL },
    { "42703", HM_E_CORRUPT, NULL },
    { "23", HM_E_CORRUPT, NULL },
    { "XX", HM_E_CORRUPT, NULL },
};

int hmi_pg_fail(hmi_pg *engine, PGresult *result, const char *what, hm_err *err)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *said = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char words[WORDS_MAX];
    clean(said != NULL ? said : PQerrorMessage(engine->conn), words);
    if (state ==
        NULL) { /* libpq's own words: after a failed send it still calls itself connected */
        PQfinish(engine->conn);
        engine->conn = NULL;
    }
    if (hmi_pg_is_lost(engine, result)) {
        engine->lost = engine->in_transaction;
        PQclear(result);
        return fail_lost(engine, words, err);
    }
    size_t i = 0;
    while (i < HMI_COUNT(STATES) && !is_state(state, STATES[i].state)) {
        i++;
    }
    int code = i < HMI_COUNT(STATES) ? STATES[i].code : HM_E_IO;
    if (i < HMI_COUNT(STATES) && STATES[i].words != NULL) {
        code = hmi_fail(err, code, HM_OFFSET_NONE, "%s", STATES[i].words);
    } else {
        code = hmi_fail(err, code, HM_OFFSET_NONE, "%s: %s", what, words);
    }
    PQclear(result);
    return code;
}

/* ---- Connecting */

static void hear_nothing(void *with, const PGresult *notice)
{
    (void)with;
    (void)notice;
}

static int refuse_password(const char *address, hm_err *err)
{
    char *why = NULL;
    PQconninfoOption *all = PQconninfoParse(address, &why);
    if (all == NULL) {
        char words[WORDS_MAX];
        clean(why, words);
        PQfreemem(why);
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "this is no address of a casebook: %s",
                        words);
    }
    bool has = false;
    for (const PQconninfoOption *one = all; one->keyword != NULL; one++) {
        has |= one->val != NULL && one->val[0] != '\0' &&
               (strcmp(one->keyword, "password") == 0 || strcmp(one->keyword, "sslpassword") == 0);
    }
    PQconninfoFree(all);
    return has ? hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                          "the casebook's address has a password in it, which every user of this "
                          "machine could read: put it into ~/.pgpass (mode 0600) or a service "
                          "file, and leave it out of the address")
               : HM_OK;
}

static int settle_in(hmi_pg *engine, hm_err *err)
{
    if (PQserverVersion(engine->conn) < SERVER_VERSION_MIN) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "the casebook's server is too old: PostgreSQL 12 or newer is needed");
    }
    PQsetNoticeReceiver(engine->conn, hear_nothing, NULL);
    PGresult *result = PQexec(engine->conn, SETTINGS);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        return hmi_pg_fail(engine, result, "the casebook's server does not take our settings", err);
    }
    PQclear(result);
    return HM_OK;
}

/* Defaults first, then what the address says, which may say otherwise. */
static PGconn *dial(const char *address)
{
    static const char *const KEYS[] = { "connect_timeout",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "tcp_user_timeout",
                                        "application_name",
                                        "dbname",
                                        NULL };
    const char *const values[] = { "10", "20", "10", "3", "60000", "hallmark", address, NULL };
    return PQconnectdbParams(KEYS, values, 1);
}

/* A server that begins anew after a crash says so for some seconds. */
static bool is_on_its_way(const PGconn *conn)
{
    return conn != NULL && PQstatus(conn) == CONNECTION_BAD &&
           strstr(PQerrorMessage(conn), "the database system is ") != NULL;
}

int hmi_pg_connect(hmi_pg *engine, hm_err *err)
{
    static const struct timespec PAUSE = { 0, START_PAUSE_MS * 1000000 };
    HMI_TRY(refuse_password(engine->address, err));
    PQfinish(engine->conn);
    engine->conn = dial(engine->address);
    for (int tries = 0; is_on_its_way(engine->conn) && tries < START_MS / START_PAUSE_MS; tries++) {
        nanosleep(&PAUSE, NULL);
        PQfinish(engine->conn);
        engine->conn = dial(engine->address);
    }
    engine->connection++;
    if (engine->conn == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to reach the casebook");
    }
    if (PQstatus(engine->conn) != CONNECTION_OK) {
        char words[WORDS_MAX];
        clean(PQerrorMessage(engine->conn), words);
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the casebook's server cannot be reached: %s",
                        words);
    }
    return settle_in(engine, err);
}

int hmi_pg_ready(hmi_pg *engine, hm_err *err)
{
    bool good = engine->conn != NULL && PQstatus(engine->conn) == CONNECTION_OK;
    engine->lost |= engine->in_transaction && !good;
    if (engine->lost) {
        return fail_lost(engine, "in the middle of a transaction", err);
    }
    return good ? HM_OK : hmi_pg_connect(engine, err);
}

int hmi_pg_run(hmi_pg *engine, const char *sql, const char *what, PGresult **ret_result,
               hm_err *err)
{
    HMI_TRY(hmi_pg_ready(engine, err));
    PGresult *result = PQexec(engine->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        return hmi_pg_fail(engine, result, what, err);
    }
    if (ret_result != NULL) {
        *ret_result = result;
    } else {
        PQclear(result);
    }
    return HM_OK;
}

/* ---- The casebook in the database */

static int draw(char out[33], hm_err *err)
{
    uint8_t bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the system gives no random numbers");
    }
    hmi_hex(hmi_bytes(bytes, sizeof(bytes)), out);
    return HM_OK;
}

static int is_there(hmi_pg *engine, const char *home, bool *ret_there, hm_err *err)
{
    PGresult *result = NULL;
    char sql[80];
    snprintf(sql, sizeof(sql), "SELECT to_regclass('%s') IS NOT NULL", home);
    HMI_TRY(hmi_pg_run(engine, sql, "cannot look for the casebook", &result, err));
    *ret_there = PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    return HM_OK;
}

static int make_tables(hmi_pg *engine, hm_err *err)
{
    char id[33], sql[sizeof(TABLES) + 120];
    HMI_TRY(draw(id, err));
    snprintf(sql, sizeof(sql), TABLES, engine->home, engine->home, engine->home, APPLICATION, id);
    return hmi_pg_run(engine, sql, "cannot make the casebook", NULL, err);
}

static int read_casebook(hmi_pg *engine, hm_err *err)
{
    PGresult *result = NULL;
    char sql[100];
    snprintf(sql, sizeof(sql), "SELECT application, encode(id, 'hex') FROM %s WHERE one = 1",
             engine->home);
    HMI_TRY(hmi_pg_run(engine, sql, "this database is no casebook", &result, err));
    bool ours = PQntuples(result) == 1 &&
                strtol(PQgetvalue(result, 0, 0), NULL, 10) == APPLICATION &&
                PQgetlength(result, 0, 1) == 32;
    if (ours) {
        memcpy(engine->casebook, PQgetvalue(result, 0, 1), sizeof(engine->casebook));
    }
    PQclear(result);
    return ours ? HM_OK
                : hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "this database is no casebook");
}

/* A new time line begins with each recovery to a moment and each promotion. An engine that speaks
 * the protocol and has none of this has time line 0. */
static void read_history(hmi_pg *engine)
{
    PGresult *result = NULL;
    char line[17] = "0";
    if (hmi_pg_run(engine,
                   "SELECT CASE WHEN pg_is_in_recovery() THEN"
                   " (SELECT to_hex(timeline_id) FROM pg_control_checkpoint())"
                   " ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END",
                   "", &result, NULL) == HM_OK) {
        snprintf(line, sizeof(line), "%llx", strtoull(PQgetvalue(result, 0, 0), NULL, 16));
        PQclear(result);
    }
    snprintf(engine->history, sizeof(engine->history), "%s-%s", engine->casebook, line);
}

int hmi_pg_found(hmi_pg *engine, bool create, hm_err *err)
{
    bool there = false;
    HMI_TRY(draw(engine->client, err));
    HMI_TRY(is_there(engine, HMI_PG_HOME, &there, err));
    if (!there && (!create || strcmp(engine->home, HMI_PG_HOME) != 0)) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "there is no casebook at this address");
    }
    if (there && strcmp(engine->home, HMI_PG_HOME) != 0) {
        HMI_TRY(is_there(engine, engine->home, &there, err));
    }
    if (!there && make_tables(engine, err) != HM_OK) {
        HMI_TRY(is_there(engine, engine->home, &there, err)); /* two who make the same at once */
        if (!there) {
            return err != NULL ? err->code : HM_E_IO;
        }
    }
    HMI_TRY(read_casebook(engine, err));
    read_history(engine);
    return HM_OK;
}
