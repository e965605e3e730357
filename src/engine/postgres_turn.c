/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres_turn.c - PostgreSQL's transactions: one writer at a time, and no doubt about COMMIT.
 *
 * WHY    1. A writer locks the one row of its home, `casebook`, so numbers stand still until it
 * ends: what SQLite's BEGIN IMMEDIATE does, in words that every engine with this protocol knows.
 *        2. When the connection is lost while COMMIT is on its way, nobody knows whether it was
 *           done. So each writing transaction writes its number, `turn`, into the row of its client
 *           in casebook_client: a new connection takes the lock, which it gets when the old
 *           transaction has ended, and reads the number. That is true across a fail-over, too.
 *        3. Readers who want one moment read in REPEATABLE READ.
 * OWNS   Nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "engine/postgres_inside.h"

enum {
    ANSWER_S = 60, /* how long a lost COMMIT's answer is looked for: a fail-over takes half of it */
    PAUSE_MS = 500
};

static int begin_once(hmi_pg *engine, hmi_engine_mode mode, hm_err *err)
{
    if (mode == HMI_ENGINE_READING) {
        return hmi_pg_run(engine, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                          "cannot read the casebook", NULL, err);
    }
    char sql[180];
    snprintf(sql, sizeof(sql),
             "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = %u;"
             "SELECT version FROM %s WHERE one = 1 FOR UPDATE; SET LOCAL lock_timeout = 0",
             engine->busy_ms, engine->home);
    return hmi_pg_run(engine, sql, "cannot write to the casebook", NULL, err);
}

int hmi_pg_begin(hmi_engine *base, hmi_engine_mode mode, hm_err *err)
{
    hmi_pg *engine = (hmi_pg *)base;
    if (engine->for_walk) {
        hmi_pg_rollback(base);
    }
    hmi_assert(!engine->in_transaction);
    int code = begin_once(engine, mode, err);
    if (code != HM_OK && hmi_pg_is_lost(engine, NULL)) {
        code = begin_once(engine, mode, err); /* nothing had begun: a new connection may */
    }
    engine->in_transaction = true; /* the server may have come as far as BEGIN */
    if (code != HM_OK) {
        hmi_pg_rollback(base);
        return code;
    }
    base->writing = mode == HMI_ENGINE_WRITING;
    return HM_OK;
}

static void ended(hmi_pg *engine)
{
    hmi_pg_reset_all(engine);
    engine->in_transaction = engine->lost = engine->for_walk = false;
    engine->base.writing = false;
}

void hmi_pg_rollback(hmi_engine *base)
{
    hmi_pg *engine = (hmi_pg *)base;
    if (engine->in_transaction && !engine->lost && engine->conn != NULL &&
        PQstatus(engine->conn) == CONNECTION_OK) {
        PQclear(PQexec(engine->conn, "ROLLBACK"));
    }
    ended(engine);
}

bool hmi_pg_in_transaction(hmi_engine *base)
{
    const hmi_pg *engine = (const hmi_pg *)base;
    return engine->in_transaction && !engine->for_walk;
}

/* ---- COMMIT */

/* The number of this client's last transaction that was committed, under the lock. */
static int read_turn(hmi_pg *engine, uint64_t *ret_turn, hm_err *err)
{
    char sql[120];
    HMI_TRY(begin_once(engine, HMI_ENGINE_WRITING, err));
    snprintf(sql, sizeof(sql), "SELECT turn FROM %s_client WHERE client = '\\x%s'", engine->home,
             engine->client);
    PGresult *result = NULL;
    int code = hmi_pg_run(engine, sql, "cannot read the casebook", &result, err);
    if (code == HM_OK) {
        *ret_turn = PQntuples(result) == 1 ? strtoull(PQgetvalue(result, 0, 0), NULL, 10) : 0;
        PQclear(result);
    }
    PQclear(PQexec(engine->conn, "ROLLBACK"));
    return code;
}

/* Was the transaction `turn` committed? Asked until somebody answers. */
static int learn(hmi_pg *engine, hm_err *err)
{
    static const struct timespec PAUSE = { 0, PAUSE_MS * 1000000 };
    uint64_t last = 0;
    hm_err why = { 0 };
    int code = HM_E_IO;
    struct timespec until, now;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ANSWER_S;
    do {
        code = read_turn(engine, &last, &why);
        if (code != HM_OK) {
            nanosleep(&PAUSE, NULL);
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (code != HM_OK && now.tv_sec < until.tv_sec);
    if (code != HM_OK) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "the connection to the casebook was lost and it cannot be learned whether "
                        "the last step was stored (%.100s): run the same command again, nothing is "
                        "stored twice",
                        why.text);
    }
    return last == engine->turn
               ? HM_OK
               : hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                          "the connection to the casebook was lost before the last step was "
                          "stored: run the same command again");
}

int hmi_pg_commit(hmi_engine *base, hm_err *err)
{
    hmi_pg *engine = (hmi_pg *)base;
    HMI_TRY(hmi_pg_ready(engine, err));
    if (!base->writing) {
        HMI_TRY(hmi_pg_run(engine, "COMMIT", "cannot read the casebook", NULL, err));
        ended(engine);
        return HM_OK;
    }
    char sql[260];
    engine->turn++;
    snprintf(sql, sizeof(sql),
             "INSERT INTO %s_client (client, turn) VALUES ('\\x%s', %llu)"
             " ON CONFLICT (client) DO UPDATE SET turn = excluded.turn; COMMIT",
             engine->home, engine->client, (unsigned long long)engine->turn);
    int code = hmi_pg_run(engine, sql, "cannot write to the casebook", NULL, err);
    if (code != HM_OK && engine->lost) {
        ended(engine);
        code = learn(engine, err);
        engine->in_transaction = code != HM_OK; /* until our caller rolls back */
        engine->lost = code != HM_OK;
        base->writing = code != HM_OK;
    }
    HMI_TRY(code);
    ended(engine);
    return HM_OK;
}
