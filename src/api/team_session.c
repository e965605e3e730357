/* SPDX-License-Identifier: Apache-2.0
 *
 * team_session.c - sessions and tokens: a secret that stands for somebody, for a while.
 *
 * WHY    A session is drawn when somebody signs in and never before, so that nobody can sign in
 *        under a secret that a stranger knows. Its owner sees all of them and ends each. It ends by
 *        itself after twelve hours without a request and after a week.
 * TRUST  Secrets come from anybody; they are looked up by digest, so no comparison tells how much
 *        of one was right.
 * OWNS   Nothing.
 */
#include "api/team_inside.h"

#define SEEN_EVERY_US INT64_C(60000000)

static int end_some(hmi_team *team, const char *sql, hm_text user, const char *keep, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, sql, &stmt, err));
    hmi_team_bind(stmt, 1, user);
    hmi_team_bind(stmt, 2, hmi_text_of(keep != NULL ? keep : ""));
    return hmi_team_run(team, stmt, NULL, err);
}

int hmi_team_end_all(hmi_team *team, hm_text user, const char *keep, bool tokens, hm_err *err)
{
    HMI_TRY(end_some(team, "DELETE FROM session WHERE user = ?1 AND id <> ?2", user, keep, err));
    return tokens
               ? end_some(team, "DELETE FROM token WHERE user = ?1 AND id <> ?2", user, NULL, err)
               : HM_OK;
}

static void put_name(hmi_signed *who, sqlite3_stmt *stmt, int at)
{
    int len = sqlite3_column_bytes(stmt, at);
    who->name_len = len > HMI_TEAM_NAME_MAX ? HMI_TEAM_NAME_MAX : (size_t)len;
    memcpy(who->name, sqlite3_column_text(stmt, at), who->name_len);
    who->name[who->name_len] = '\0';
}

/* ---- Sessions */

static int insert_session(hmi_team *team, hm_text user, hm_text peer, hm_text agent, int64_t now_us,
                          const hmi_sha256 *kept, const char *id, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team,
                         "DELETE FROM session WHERE seen_us < ?3 OR created_us < ?4 OR (user = ?1"
                         " AND id IN (SELECT id FROM session WHERE user = ?1"
                         " ORDER BY seen_us DESC LIMIT -1 OFFSET ?2))",
                         &stmt, err));
    hmi_team_bind(stmt, 1, user);
    (void)sqlite3_bind_int(stmt, 2, HMI_TEAM_SESSIONS_MAX - 1);
    (void)sqlite3_bind_int64(stmt, 3, now_us - HMI_SESSION_IDLE_S * 1000000);
    (void)sqlite3_bind_int64(stmt, 4, now_us - HMI_SESSION_LIFE_S * 1000000);
    HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    HMI_TRY(
        hmi_team_ask(team, "INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)", &stmt, err));
    hmi_team_bind(stmt, 1, hmi_text_of(id));
    hmi_team_bind_digest(stmt, 2, kept);
    hmi_team_bind(stmt, 3, user);
    (void)sqlite3_bind_int64(stmt, 4, now_us);
    hmi_team_bind(stmt, 5, peer);
    hmi_team_bind(stmt, 6, agent);
    HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    HMI_TRY(hmi_team_ask(team, "UPDATE user SET seen_us = ?2 WHERE name = ?1", &stmt, err));
    hmi_team_bind(stmt, 1, user);
    (void)sqlite3_bind_int64(stmt, 2, now_us);
    return hmi_team_run(team, stmt, NULL, err);
}

static int find_session(hmi_team *team, const hmi_sha256 *kept, int64_t now_us, hmi_signed *ret,
                        hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team,
                         "SELECT s.id, s.user, u.role, s.created_us, s.seen_us FROM session s"
                         " JOIN user u ON u.name = s.user WHERE s.secret = ?1 AND u.disabled = 0"
                         " AND s.seen_us >= ?2 AND s.created_us >= ?3",
                         &stmt, err));
    hmi_team_bind_digest(stmt, 1, kept);
    (void)sqlite3_bind_int64(stmt, 2, now_us - HMI_SESSION_IDLE_S * 1000000);
    (void)sqlite3_bind_int64(stmt, 3, now_us - HMI_SESSION_LIFE_S * 1000000);
    int rc = hmi_team_step(team, stmt, err);
    int64_t seen_us = 0;
    hmi_signed who = { 0 };
    if (rc == 1) {
        snprintf(who.id, sizeof(who.id), "%s", (const char *)sqlite3_column_text(stmt, 0));
        put_name(&who, stmt, 1);
        who.right = (hmi_right)sqlite3_column_int(stmt, 2);
        who.created_us = sqlite3_column_int64(stmt, 3);
        seen_us = sqlite3_column_int64(stmt, 4);
        who.expires_us = who.created_us + HMI_SESSION_LIFE_S * 1000000;
    }
    (void)sqlite3_finalize(stmt);
    if (rc != 1) {
        return rc < 0 ? rc : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "nobody is signed in");
    }
    if (now_us - seen_us > SEEN_EVERY_US) { /* not a write a request */
        HMI_TRY(hmi_team_ask(team, "UPDATE session SET seen_us = ?2 WHERE id = ?1", &stmt, err));
        hmi_team_bind(stmt, 1, hmi_text_of(who.id));
        (void)sqlite3_bind_int64(stmt, 2, now_us);
        HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    }
    *ret = who;
    return HM_OK;
}

int hmi_session_new(hmi_team *team, hm_text user, hm_text peer, hm_text agent, int64_t now_us,
                    char ret_secret[HMI_SECRET_TEXT], hmi_signed *ret, hm_err *err)
{
    char secret[HMI_SECRET_TEXT], id[HMI_TEAM_ID];
    hmi_secret_new(secret);
    hmi_team_id(id);
    hmi_sha256 kept = hmi_secret_kept(hmi_text_of(secret));
    hmi_team_lock(team);
    int code = hmi_team_begin(team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(
            team, insert_session(team, user, peer, agent, now_us, &kept, id, err), err);
    }
    code = code == HM_OK ? find_session(team, &kept, now_us, ret, err) : code;
    if (code == HM_OK) {
        memcpy(ret_secret, secret, sizeof(secret));
    }
    return hmi_team_unlock(team, code);
}

int hmi_session_find(hmi_team *team, hm_text secret, int64_t now_us, hmi_signed *ret, hm_err *err)
{
    hmi_sha256 kept = hmi_secret_kept(secret);
    hmi_team_lock(team);
    return hmi_team_unlock(team, find_session(team, &kept, now_us, ret, err));
}

static int list_sessions(hmi_team *team, hmi_arena *arena, hm_text user, int64_t now_us,
                         hmi_session **ret, size_t *ret_count, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    hmi_session *rows = NULL;
    size_t count = 0, capacity = 0;
    HMI_TRY(hmi_team_ask(team,
                         "SELECT id, user, peer, agent, created_us, seen_us FROM session"
                         " WHERE (?1 = '' OR user = ?1) AND seen_us >= ?2 AND created_us >= ?3"
                         " ORDER BY seen_us DESC, id LIMIT 1000",
                         &stmt, err));
    hmi_team_bind(stmt, 1, user);
    (void)sqlite3_bind_int64(stmt, 2, now_us - HMI_SESSION_IDLE_S * 1000000);
    (void)sqlite3_bind_int64(stmt, 3, now_us - HMI_SESSION_LIFE_S * 1000000);
    int rc, code = HM_OK;
    while (code == HM_OK && (rc = hmi_team_step(team, stmt, err)) != 0) {
        hmi_session *grown =
            rc < 0 ? NULL : hmi_arena_grow(arena, rows, count, &capacity, sizeof(*rows));
        if (grown == NULL) {
            code = rc < 0 ? rc : hmi_arena_fail(arena, err);
            break;
        }
        rows = grown;
        rows[count] = (hmi_session){ .id = hmi_team_column(arena, stmt, 0),
                                     .user = hmi_team_column(arena, stmt, 1),
                                     .peer = hmi_team_column(arena, stmt, 2),
                                     .agent = hmi_team_column(arena, stmt, 3),
                                     .created_us = sqlite3_column_int64(stmt, 4),
                                     .seen_us = sqlite3_column_int64(stmt, 5) };
        rows[count].expires_us = rows[count].created_us + HMI_SESSION_LIFE_S * 1000000;
        count++;
    }
    (void)sqlite3_finalize(stmt);
    HMI_TRY(code);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_session_list(hmi_team *team, hmi_arena *arena, hm_text user, int64_t now_us,
                     hmi_session **ret, size_t *ret_count, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, list_sessions(team, arena, user, now_us, ret, ret_count, err));
}

static int remove_one(hmi_team *team, const char *sql, hm_text id, hm_text user, const char *what,
                      hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, sql, &stmt, err));
    hmi_team_bind(stmt, 1, id);
    hmi_team_bind(stmt, 2, user);
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    return changed > 0 ? HM_OK
                       : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such %s", what);
}

int hmi_session_end(hmi_team *team, hm_text id, hm_text user, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(
        team, remove_one(team, "DELETE FROM session WHERE id = ?1 AND (?2 = '' OR user = ?2)", id,
                         user, "session", err));
}

int hmi_session_count(hmi_team *team, int64_t now_us, uint64_t *ret, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t count = 0;
    hmi_team_lock(team);
    int code = hmi_team_ask(team, "SELECT count(*) FROM session WHERE seen_us >= ?1", &stmt, err);
    if (code == HM_OK) {
        (void)sqlite3_bind_int64(stmt, 1, now_us - HMI_SESSION_IDLE_S * 1000000);
        code = hmi_team_number(team, stmt, &count, err);
    }
    HMI_TRY(hmi_team_unlock(team, code));
    *ret = (uint64_t)count;
    return HM_OK;
}

/* ---- Tokens */

static int insert_token(hmi_team *team, hm_text user, hm_text name, hmi_right right, int64_t now_us,
                        int64_t expires_us, const hmi_sha256 *kept, const char *id, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team,
                         "INSERT INTO token SELECT ?1, ?2, ?3, ?4, min(?5, role), ?6, ?7, 0"
                         " FROM user WHERE name = ?3"
                         " AND (SELECT count(*) FROM token WHERE user = ?3) < ?8",
                         &stmt, err));
    hmi_team_bind(stmt, 1, hmi_text_of(id));
    hmi_team_bind_digest(stmt, 2, kept);
    hmi_team_bind(stmt, 3, user);
    hmi_team_bind(stmt, 4, name);
    (void)sqlite3_bind_int(stmt, 5, (int)right);
    (void)sqlite3_bind_int64(stmt, 6, now_us);
    (void)sqlite3_bind_int64(stmt, 7, expires_us);
    (void)sqlite3_bind_int(stmt, 8, HMI_TEAM_TOKENS_MAX);
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    return changed == 1 ? HM_OK
                        : hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                                   "there is no such account, or it has %d tokens already",
                                   HMI_TEAM_TOKENS_MAX);
}

int hmi_token_new(hmi_team *team, hm_text user, hm_text name, hmi_right right, int64_t now_us,
                  int64_t expires_us, char ret_secret[HMI_SECRET_TEXT], char ret_id[HMI_TEAM_ID],
                  hm_err *err)
{
    char secret[HMI_SECRET_TEXT], id[HMI_TEAM_ID];
    hmi_secret_new(secret);
    hmi_team_id(id);
    hmi_sha256 kept = hmi_secret_kept(hmi_text_of(secret));
    hmi_team_lock(team);
    HMI_TRY(hmi_team_unlock(
        team, insert_token(team, user, name, right, now_us, expires_us, &kept, id, err)));
    memcpy(ret_secret, secret, sizeof(secret));
    memcpy(ret_id, id, sizeof(id));
    return HM_OK;
}

static int find_token(hmi_team *team, const hmi_sha256 *kept, int64_t now_us, hmi_signed *ret,
                      hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    hmi_signed who = { .token = true };
    int64_t seen_us = 0;
    HMI_TRY(hmi_team_ask(team,
                         "SELECT t.id, t.user, min(t.role, u.role), t.created_us, t.expires_us,"
                         " t.seen_us FROM token t JOIN user u ON u.name = t.user"
                         " WHERE t.secret = ?1 AND u.disabled = 0 AND t.expires_us > ?2",
                         &stmt, err));
    hmi_team_bind_digest(stmt, 1, kept);
    (void)sqlite3_bind_int64(stmt, 2, now_us);
    int rc = hmi_team_step(team, stmt, err);
    bool found = rc == 1 && sqlite3_column_type(stmt, 0) != SQLITE_NULL;
    if (found) {
        snprintf(who.id, sizeof(who.id), "%s", (const char *)sqlite3_column_text(stmt, 0));
        put_name(&who, stmt, 1);
        who.right = (hmi_right)sqlite3_column_int(stmt, 2);
        who.created_us = sqlite3_column_int64(stmt, 3);
        who.expires_us = sqlite3_column_int64(stmt, 4);
        seen_us = sqlite3_column_int64(stmt, 5);
    }
    (void)sqlite3_finalize(stmt);
    if (!found) {
        return rc < 0 ? rc : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no such token");
    }
    if (now_us - seen_us > SEEN_EVERY_US) {
        HMI_TRY(hmi_team_ask(team, "UPDATE token SET seen_us = ?2 WHERE id = ?1", &stmt, err));
        hmi_team_bind(stmt, 1, hmi_text_of(who.id));
        (void)sqlite3_bind_int64(stmt, 2, now_us);
        HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    }
    *ret = who;
    return HM_OK;
}

int hmi_token_find(hmi_team *team, hm_text secret, int64_t now_us, hmi_signed *ret, hm_err *err)
{
    hmi_sha256 kept = hmi_secret_kept(secret);
    hmi_team_lock(team);
    return hmi_team_unlock(team, find_token(team, &kept, now_us, ret, err));
}

static int list_tokens(hmi_team *team, hmi_arena *arena, hm_text user, hmi_token **ret,
                       size_t *ret_count, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    hmi_token *rows = hmi_new_array(arena, hmi_token, HMI_TEAM_TOKENS_MAX);
    size_t count = 0;
    if (rows == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_team_ask(team,
                         "SELECT id, name, role, created_us, expires_us, seen_us FROM token"
                         " WHERE user = ?1 ORDER BY created_us, id",
                         &stmt, err));
    hmi_team_bind(stmt, 1, user);
    int rc = 0;
    while (count < HMI_TEAM_TOKENS_MAX && (rc = hmi_team_step(team, stmt, err)) == 1) {
        rows[count++] = (hmi_token){ .id = hmi_team_column(arena, stmt, 0),
                                     .name = hmi_team_column(arena, stmt, 1),
                                     .right = (hmi_right)sqlite3_column_int(stmt, 2),
                                     .created_us = sqlite3_column_int64(stmt, 3),
                                     .expires_us = sqlite3_column_int64(stmt, 4),
                                     .seen_us = sqlite3_column_int64(stmt, 5) };
    }
    (void)sqlite3_finalize(stmt);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_token_list(hmi_team *team, hmi_arena *arena, hm_text user, hmi_token **ret,
                   size_t *ret_count, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, list_tokens(team, arena, user, ret, ret_count, err));
}

int hmi_token_remove(hmi_team *team, hm_text id, hm_text user, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, remove_one(team, "DELETE FROM token WHERE id = ?1 AND user = ?2",
                                            id, user, "token", err));
}
