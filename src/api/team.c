/* SPDX-License-Identifier: Apache-2.0
 *
 * team.c - the database of a team: opened, asked, left whole.
 *
 * WHY    Beside the casebook and not in it: a casebook that is copied or moved takes nobody's
 *        password along. Beside a casebook on a server it is tables there, so that somebody who
 *        signed in at one of several servers of the page is known to all. Its writers take turns by
 *        a row of their own: nobody waits for evidence that is being stored to sign in.
 *        Written rarely, read with every request.
 * FORM   page/team.db, SQLite, mode 0600 in a folder of mode 0700; on a server the tables named
 *        page_... beside the casebook's. Version 1, a file alone, had other names.
 * OWNS   The connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/team_inside.h"
#include "casebook/store.h"
#include "engine/postgres.h"
#include "engine/sqlite.h"

enum { TEAM_VERSION = 3, BUSY_MS = 10000 };

static const char SCHEMA[] = "CREATE TABLE page_user ("
                             "  name TEXT NOT NULL PRIMARY KEY,"
                             "  role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),"
                             "  password TEXT NOT NULL,"
                             "  disabled INTEGER NOT NULL,"
                             "  totp BLOB,"
                             "  totp_wanted BLOB,"
                             "  totp_last INTEGER NOT NULL,"
                             "  created_us INTEGER NOT NULL,"
                             "  seen_us INTEGER NOT NULL,"
                             "  preferences TEXT NOT NULL"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE TABLE page_session ("
                             "  id TEXT NOT NULL PRIMARY KEY,"
                             "  secret BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),"
                             "  owner TEXT NOT NULL REFERENCES page_user (name),"
                             "  created_us INTEGER NOT NULL,"
                             "  seen_us INTEGER NOT NULL,"
                             "  peer TEXT NOT NULL,"
                             "  agent TEXT NOT NULL"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX page_session_owner ON page_session (owner);"
                             "CREATE TABLE page_token ("
                             "  id TEXT NOT NULL PRIMARY KEY,"
                             "  secret BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),"
                             "  owner TEXT NOT NULL REFERENCES page_user (name),"
                             "  name TEXT NOT NULL,"
                             "  role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),"
                             "  created_us INTEGER NOT NULL,"
                             "  expires_us INTEGER NOT NULL,"
                             "  seen_us INTEGER NOT NULL"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX page_token_owner ON page_token (owner);"
                             "CREATE TABLE page_deed ("
                             "  seq INTEGER PRIMARY KEY,"
                             "  at_us INTEGER NOT NULL,"
                             "  who TEXT NOT NULL,"
                             "  peer TEXT NOT NULL,"
                             "  what TEXT NOT NULL,"
                             "  about TEXT NOT NULL"
                             ") STRICT;";

/* What servers of one page tell each other, and evidence on its way in. */
static const char SCHEMA_3[] = "CREATE TABLE page_node ("
                               "  id TEXT NOT NULL PRIMARY KEY,"
                               "  machine TEXT NOT NULL,"
                               "  pid INTEGER NOT NULL,"
                               "  birth INTEGER NOT NULL," /* tells processes of one number apart */
                               "  version TEXT NOT NULL,"
                               "  place TEXT NOT NULL,"
                               "  began_us INTEGER NOT NULL,"
                               "  seen_us INTEGER NOT NULL"
                               ") STRICT, WITHOUT ROWID;"
                               "CREATE TABLE page_news ("
                               "  number INTEGER PRIMARY KEY,"
                               "  owner TEXT NOT NULL," /* '': for everybody */
                               "  name TEXT NOT NULL,"
                               "  data TEXT NOT NULL"
                               ") STRICT;"
                               "CREATE TABLE page_upload ("
                               "  id TEXT NOT NULL PRIMARY KEY,"
                               "  owner TEXT NOT NULL,"
                               "  incident TEXT NOT NULL,"
                               "  name TEXT NOT NULL,"
                               "  size INTEGER NOT NULL,"
                               "  arrived INTEGER NOT NULL,"
                               "  created_us INTEGER NOT NULL,"
                               "  moved_us INTEGER NOT NULL,"
                               "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),"
                               "  cancelled INTEGER NOT NULL,"
                               "  reader TEXT NOT NULL," /* page_node.id of who reads it */
                               "  why TEXT NOT NULL,"
                               "  outcomes TEXT NOT NULL"
                               ") STRICT, WITHOUT ROWID;"
                               "CREATE TABLE page_upload_part ("
                               "  upload TEXT NOT NULL,"
                               "  arrived INTEGER NOT NULL," /* how much had before it */
                               "  bytes BLOB NOT NULL,"
                               "  PRIMARY KEY (upload, arrived)"
                               ") STRICT;";

/* Version 1's tables under their new names: "user" is a word of SQL. */
static const char FROM_1[] = "ALTER TABLE user RENAME TO page_user;"
                             "ALTER TABLE session RENAME TO page_session;"
                             "ALTER TABLE page_session RENAME COLUMN user TO owner;"
                             "ALTER TABLE token RENAME TO page_token;"
                             "ALTER TABLE page_token RENAME COLUMN user TO owner;"
                             "ALTER TABLE deed RENAME TO page_deed;";

static const char *const SQL[HMI_TEAM_QUERY_COUNT] = {
#define HMI_QUERY(name, sql) [HMI_TEAM_##name] = sql,
#include "api/team_queries.h"
#undef HMI_QUERY
};

/* ---- Statements */

int hmi_team_ask(hmi_team *team, hmi_team_query which, hmi_stmt **ret, hm_err *err)
{
    return hmi_engine_statement(team->engine, which, ret, err);
}

int hmi_team_touch(hmi_stmt *stmt, int *ret_changed, hm_err *err)
{
    int changed = 0, rc;
    while ((rc = hmi_stmt_step(stmt, err)) == 1) {
        changed++;
    }
    if (rc == 0 && ret_changed != NULL) {
        *ret_changed = changed;
    }
    return rc;
}

int hmi_team_run(hmi_team *team, hmi_stmt *stmt, int *ret_changed, hm_err *err)
{
    if (hmi_engine_in_transaction(team->engine)) {
        return hmi_team_touch(stmt, ret_changed, err);
    }
    HMI_TRY(hmi_team_begin(team, err));
    return hmi_team_finish(team, hmi_team_touch(stmt, ret_changed, err), err);
}

int hmi_team_number(hmi_stmt *stmt, int64_t *ret, hm_err *err)
{
    int rc = hmi_stmt_step(stmt, err);
    if (rc != 1) {
        return rc < 0 ? rc : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such row");
    }
    *ret = hmi_column(stmt, 0);
    hmi_reset(stmt);
    return HM_OK;
}

void hmi_team_bind_digest(hmi_stmt *stmt, int at, const hmi_sha256 *digest)
{
    hmi_bind_bytes(stmt, at, hmi_bytes(digest->bytes, sizeof(digest->bytes)));
}

hm_text hmi_team_column(hmi_arena *arena, hmi_stmt *stmt, int at)
{
    return hmi_arena_text(arena, hmi_column_lent_text(stmt, at));
}

int hmi_team_begin(hmi_team *team, hm_err *err)
{
    if (team->engine->broken[0] != '\0') {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "accounts: %s; check the disk and start again", team->engine->broken);
    }
    return hmi_engine_begin(team->engine, HMI_ENGINE_WRITING, err);
}

int hmi_team_finish(hmi_team *team, int code, hm_err *err)
{
    if (code == HM_OK) {
        code = hmi_engine_commit(team->engine, err);
    }
    if (code != HM_OK) {
        hmi_engine_rollback(team->engine);
    }
    return code;
}

void hmi_team_lock(hmi_team *team)
{
    pthread_mutex_lock(&team->lock);
}

int hmi_team_unlock(hmi_team *team, int code)
{
    pthread_mutex_unlock(&team->lock);
    return code;
}

void hmi_team_id(char ret[HMI_TEAM_ID])
{
    uint8_t drawn[16];
    randombytes_buf(drawn, sizeof(drawn));
    hmi_hex(hmi_bytes(drawn, sizeof(drawn)), ret);
}

/* ---- Opening */

int hmi_page_folder(const char *casebook, char out[HMI_PAGE_FOLDER], hm_err *err)
{
    char *folder = NULL;
    HMI_TRY(hmi_store_folder_of(casebook, &folder, err));
    snprintf(out, HMI_PAGE_FOLDER, "%.4000s/page", folder);
    free(folder);
    return mkdir(out, 0700) == 0 || errno == EEXIST ? HM_OK
                                                    : hmi_fail_errno(err, "\"%.200s\"", out);
}

static int make_file(const char *casebook, char *path, size_t size, hm_err *err)
{
    char folder[HMI_PAGE_FOLDER];
    HMI_TRY(hmi_page_folder(casebook, folder, err));
    snprintf(path, size, "%s/team.db", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return hmi_fail_errno(err, "\"%.200s\"", path);
    }
    close(fd);
    return HM_OK;
}

static int open_engine(hmi_team *team, const char *casebook, hm_err *err)
{
    static const hmi_engine_plan PLAN = { SQL, NULL, HMI_TEAM_QUERY_COUNT };
    char path[HMI_PAGE_FOLDER + 16];
    if (hmi_postgres_is_address(casebook)) {
        const hmi_postgres_options there = { .create = true, .busy_ms = BUSY_MS, .home = "page" };
        return hmi_postgres_open(casebook, &PLAN, &there, &team->engine, err);
    }
    const hmi_sqlite_options here = { .busy_ms = BUSY_MS, .unmarked = true };
    HMI_TRY(make_file(casebook, path, sizeof(path), err));
    return hmi_sqlite_open(path, &PLAN, &here, &team->engine, err);
}

/* In a transaction: somebody else may have been faster. */
static int bring_forward(hmi_team *team, hm_err *err)
{
    int version = 0;
    HMI_TRY(hmi_engine_version(team->engine, &version, err));
    if (version >= TEAM_VERSION) {
        return HM_OK;
    }
    if (version < 2) {
        HMI_TRY(hmi_engine_script(team->engine, version == 1 ? FROM_1 : SCHEMA, err));
    }
    HMI_TRY(hmi_engine_script(team->engine, SCHEMA_3, err));
    return hmi_engine_version_set(team->engine, TEAM_VERSION, err);
}

static int prepare(hmi_team *team, hm_err *err)
{
    int version = 0;
    HMI_TRY(hmi_engine_version(team->engine, &version, err));
    if (version > TEAM_VERSION) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "the accounts have version %d, this program knows up to %d", version,
                        TEAM_VERSION);
    }
    if (version == TEAM_VERSION) {
        return HM_OK;
    }
    HMI_TRY(hmi_team_begin(team, err));
    return hmi_team_finish(team, bring_forward(team, err), err);
}

int hmi_team_open(const char *casebook, hmi_team **ret_team, hm_err *err)
{
    HMI_TRY(hmi_secrets_ready(err));
    hmi_team *team = calloc(1, sizeof(*team));
    if (team == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for accounts");
    }
    pthread_mutex_init(&team->lock, NULL);
    int code = open_engine(team, casebook, err);
    code = code == HM_OK ? prepare(team, err) : code;
    if (code != HM_OK) {
        hmi_team_close(team);
        return code;
    }
    *ret_team = team;
    return HM_OK;
}

void hmi_team_close(hmi_team *team)
{
    if (team != NULL) {
        hmi_engine_close(team->engine);
        pthread_mutex_destroy(&team->lock);
        free(team);
    }
}
