/* SPDX-License-Identifier: Apache-2.0
 *
 * team.c - the database of a team: opened, asked, left whole.
 *
 * WHY    Beside the casebook and not in it: a casebook is copied, sent and verified, and nobody's
 *        password goes with it. Written rarely, read with every request.
 * FORM   page/team.db, SQLite, mode 0600 in a folder of mode 0700; user_version 1.
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

enum { PATH_MAX_ = 4096, TEAM_VERSION = 1 };

static const char SCHEMA[] = "PRAGMA journal_mode = WAL;"
                             "PRAGMA synchronous = FULL;"
                             "PRAGMA foreign_keys = ON;"
                             "CREATE TABLE IF NOT EXISTS user ("
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
                             "CREATE TABLE IF NOT EXISTS session ("
                             "  id TEXT NOT NULL PRIMARY KEY,"
                             "  secret BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),"
                             "  user TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,"
                             "  created_us INTEGER NOT NULL,"
                             "  seen_us INTEGER NOT NULL,"
                             "  peer TEXT NOT NULL,"
                             "  agent TEXT NOT NULL"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX IF NOT EXISTS session_user ON session (user);"
                             "CREATE TABLE IF NOT EXISTS token ("
                             "  id TEXT NOT NULL PRIMARY KEY,"
                             "  secret BLOB NOT NULL UNIQUE CHECK (length(secret) = 32),"
                             "  user TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,"
                             "  name TEXT NOT NULL,"
                             "  role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),"
                             "  created_us INTEGER NOT NULL,"
                             "  expires_us INTEGER NOT NULL,"
                             "  seen_us INTEGER NOT NULL"
                             ") STRICT, WITHOUT ROWID;"
                             "CREATE INDEX IF NOT EXISTS token_user ON token (user);"
                             "CREATE TABLE IF NOT EXISTS deed ("
                             "  seq INTEGER PRIMARY KEY AUTOINCREMENT,"
                             "  at_us INTEGER NOT NULL,"
                             "  who TEXT NOT NULL,"
                             "  peer TEXT NOT NULL,"
                             "  what TEXT NOT NULL,"
                             "  about TEXT NOT NULL"
                             ") STRICT;";

static int fail(hmi_team *team, hm_err *err)
{
    int rc = sqlite3_extended_errcode(team->db) & 0xff;
    int code = rc == SQLITE_BUSY || rc == SQLITE_LOCKED      ? HM_E_BUSY
               : rc == SQLITE_NOMEM                          ? HM_E_MEMORY
               : rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? HM_E_CORRUPT
               : rc == SQLITE_CONSTRAINT                     ? HM_E_EXISTS
                                                             : HM_E_IO;
    return hmi_fail(err, code, HM_OFFSET_NONE, "accounts: %s", sqlite3_errmsg(team->db));
}

/* ---- Statements */

int hmi_team_ask(hmi_team *team, const char *sql, sqlite3_stmt **ret, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(team->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        return fail(team, err);
    }
    *ret = stmt;
    return HM_OK;
}

int hmi_team_step(hmi_team *team, sqlite3_stmt *stmt, hm_err *err)
{
    int rc = sqlite3_step(stmt);
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(team, err);
}

int hmi_team_run(hmi_team *team, sqlite3_stmt *stmt, int *ret_changed, hm_err *err)
{
    int rc = hmi_team_step(team, stmt, err);
    (void)sqlite3_finalize(stmt);
    if (rc == 0 && ret_changed != NULL) {
        *ret_changed = sqlite3_changes(team->db);
    }
    return rc < 0 ? rc : HM_OK;
}

int hmi_team_number(hmi_team *team, sqlite3_stmt *stmt, int64_t *ret, hm_err *err)
{
    int rc = hmi_team_step(team, stmt, err);
    int64_t number = rc == 1 ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt);
    if (rc != 1) {
        return rc < 0 ? rc : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such row");
    }
    *ret = number;
    return HM_OK;
}

void hmi_team_bind(sqlite3_stmt *stmt, int at, hm_text text)
{
    (void)sqlite3_bind_text64(stmt, at, text.ptr != NULL ? text.ptr : "", text.len,
                              SQLITE_TRANSIENT, SQLITE_UTF8);
}

void hmi_team_bind_digest(sqlite3_stmt *stmt, int at, const hmi_sha256 *digest)
{
    (void)sqlite3_bind_blob(stmt, at, digest->bytes, (int)sizeof(digest->bytes), SQLITE_TRANSIENT);
}

hm_text hmi_team_column(hmi_arena *arena, sqlite3_stmt *stmt, int at)
{
    const char *text = (const char *)sqlite3_column_text(stmt, at);
    return hmi_arena_text(
        arena, hmi_text(text != NULL ? text : "", (size_t)sqlite3_column_bytes(stmt, at)));
}

static int run_plain(hmi_team *team, const char *sql, hm_err *err)
{
    return sqlite3_exec(team->db, sql, NULL, NULL, NULL) == SQLITE_OK ? HM_OK : fail(team, err);
}

int hmi_team_begin(hmi_team *team, hm_err *err)
{
    return run_plain(team, "BEGIN IMMEDIATE", err);
}

int hmi_team_finish(hmi_team *team, int code, hm_err *err)
{
    if (code == HM_OK) {
        code = run_plain(team, "COMMIT", err);
    }
    if (code != HM_OK) {
        (void)run_plain(team, "ROLLBACK", NULL);
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

static int make_file(const char *casebook, char *path, size_t size, hm_err *err)
{
    char *folder = NULL;
    HMI_TRY(hmi_store_folder_of(casebook, &folder, err));
    snprintf(path, size, "%.4000s/page", folder);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        free(folder);
        return hmi_fail_errno(err, "\"%.200s\"", path);
    }
    snprintf(path, size, "%.4000s/page/team.db", folder);
    free(folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return hmi_fail_errno(err, "\"%.200s\"", path);
    }
    close(fd);
    return HM_OK;
}

static int prepare(hmi_team *team, hm_err *err)
{
    int64_t version = 0;
    sqlite3_stmt *stmt = NULL;
    (void)sqlite3_busy_timeout(team->db, 10000);
    HMI_TRY(hmi_team_ask(team, "PRAGMA user_version", &stmt, err));
    HMI_TRY(hmi_team_number(team, stmt, &version, err));
    if (version > TEAM_VERSION) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "the accounts have version %lld, this program knows up to %d",
                        (long long)version, TEAM_VERSION);
    }
    HMI_TRY(run_plain(team, SCHEMA, err));
    return run_plain(team, "PRAGMA user_version = 1", err);
}

int hmi_team_open(const char *casebook, hmi_team **ret_team, hm_err *err)
{
    char path[PATH_MAX_ + 32];
    HMI_TRY(hmi_secrets_ready(err));
    HMI_TRY(make_file(casebook, path, sizeof(path), err));
    hmi_team *team = calloc(1, sizeof(*team));
    if (team == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for accounts");
    }
    pthread_mutex_init(&team->lock, NULL);
    int rc = sqlite3_open_v2(path, &team->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL);
    int code = rc == SQLITE_OK ? prepare(team, err) : fail(team, err);
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
        (void)sqlite3_close(team->db);
        pthread_mutex_destroy(&team->lock);
        free(team);
    }
}
