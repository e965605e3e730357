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

int hmi_team_end_all(hmi_team *team, hm_text user, const char *keep, bool tokens, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_SESSION_END_ALL, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    hmi_bind_text(stmt, 2, hmi_text_of(keep != NULL ? keep : ""));
    HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    if (!tokens) {
        return HM_OK;
    }
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_TOKEN_END_ALL, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    return hmi_team_run(team, stmt, NULL, err);
}

static void put_name(hmi_signed *who, hmi_stmt *stmt, int at)
{
    const hm_bytes name = hmi_column_lent(stmt, at);
    who->name_len = name.len > HMI_TEAM_NAME_MAX ? HMI_TEAM_NAME_MAX : name.len;
    memcpy(who->name, name.ptr, who->name_len);
    who->name[who->name_len] = '\0';
}

static void put_id(hmi_signed *who, hmi_stmt *stmt, int at)
{
    snprintf(who->id, sizeof(who->id), "%.*s", HMI_FMT(hmi_column_lent_text(stmt, at)));
}

/* ---- Sessions */

static int insert_session(hmi_team *team, hm_text user, hm_text peer, hm_text agent, int64_t now_us,
                          const hmi_sha256 *kept, const char *id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_SESSION_TIDY, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    hmi_bind(stmt, 2, HMI_TEAM_SESSIONS_MAX - 1);
    hmi_bind(stmt, 3, now_us - HMI_SESSION_IDLE_S * 1000000);
    hmi_bind(stmt, 4, now_us - HMI_SESSION_LIFE_S * 1000000);
    HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_SESSION_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(id));
    hmi_team_bind_digest(stmt, 2, kept);
    hmi_bind_text(stmt, 3, user);
    hmi_bind(stmt, 4, now_us);
    hmi_bind_text(stmt, 5, peer);
    hmi_bind_text(stmt, 6, agent);
    HMI_TRY(hmi_team_run(team, stmt, NULL, err));
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_SEEN, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    hmi_bind(stmt, 2, now_us);
    return hmi_team_run(team, stmt, NULL, err);
}

static int find_session(hmi_team *team, const hmi_sha256 *kept, int64_t now_us, hmi_signed *ret,
                        hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_SESSION_FIND, &stmt, err));
    hmi_team_bind_digest(stmt, 1, kept);
    hmi_bind(stmt, 2, now_us - HMI_SESSION_IDLE_S * 1000000);
    hmi_bind(stmt, 3, now_us - HMI_SESSION_LIFE_S * 1000000);
    int rc = hmi_stmt_step(stmt, err);
    int64_t seen_us = 0;
    hmi_signed who = { 0 };
    if (rc == 1) {
        put_id(&who, stmt, 0);
        put_name(&who, stmt, 1);
        who.right = (hmi_right)hmi_column_int(stmt, 2);
        who.created_us = hmi_column(stmt, 3);
        seen_us = hmi_column(stmt, 4);
        who.expires_us = who.created_us + HMI_SESSION_LIFE_S * 1000000;
    }
    hmi_reset(stmt);
    if (rc != 1) {
        return rc < 0 ? rc : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "nobody is signed in");
    }
    if (now_us - seen_us > SEEN_EVERY_US) { /* not a write a request */
        HMI_TRY(hmi_team_ask(team, HMI_TEAM_SESSION_SEEN, &stmt, err));
        hmi_bind_text(stmt, 1, hmi_text_of(who.id));
        hmi_bind(stmt, 2, now_us);
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
    hmi_stmt *stmt = NULL;
    hmi_session *rows = NULL;
    size_t count = 0, capacity = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_SESSION_LIST, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    hmi_bind(stmt, 2, now_us - HMI_SESSION_IDLE_S * 1000000);
    hmi_bind(stmt, 3, now_us - HMI_SESSION_LIFE_S * 1000000);
    int rc, code = HM_OK;
    while (code == HM_OK && (rc = hmi_stmt_step(stmt, err)) != 0) {
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
                                     .created_us = hmi_column(stmt, 4),
                                     .seen_us = hmi_column(stmt, 5) };
        rows[count].expires_us = rows[count].created_us + HMI_SESSION_LIFE_S * 1000000;
        count++;
    }
    hmi_reset(stmt);
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

static int remove_one(hmi_team *team, hmi_team_query which, hm_text id, hm_text user,
                      const char *what, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, which, &stmt, err));
    hmi_bind_text(stmt, 1, id);
    hmi_bind_text(stmt, 2, user);
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    return changed > 0 ? HM_OK
                       : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such %s", what);
}

int hmi_session_end(hmi_team *team, hm_text id, hm_text user, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, remove_one(team, HMI_TEAM_SESSION_END, id, user, "session", err));
}

int hmi_session_count(hmi_team *team, int64_t now_us, uint64_t *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t count = 0;
    hmi_team_lock(team);
    int code = hmi_team_ask(team, HMI_TEAM_SESSION_COUNT, &stmt, err);
    if (code == HM_OK) {
        hmi_bind(stmt, 1, now_us - HMI_SESSION_IDLE_S * 1000000);
        code = hmi_team_number(stmt, &count, err);
    }
    HMI_TRY(hmi_team_unlock(team, code));
    *ret = (uint64_t)count;
    return HM_OK;
}

/* ---- Tokens */

static int insert_token(hmi_team *team, hm_text user, hm_text name, hmi_right right, int64_t now_us,
                        int64_t expires_us, const hmi_sha256 *kept, const char *id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_TOKEN_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(id));
    hmi_team_bind_digest(stmt, 2, kept);
    hmi_bind_text(stmt, 3, user);
    hmi_bind_text(stmt, 4, name);
    hmi_bind(stmt, 5, (int)right);
    hmi_bind(stmt, 6, now_us);
    hmi_bind(stmt, 7, expires_us);
    hmi_bind(stmt, 8, HMI_TEAM_TOKENS_MAX);
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
    hmi_stmt *stmt = NULL;
    hmi_signed who = { .token = true };
    int64_t seen_us = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_TOKEN_FIND, &stmt, err));
    hmi_team_bind_digest(stmt, 1, kept);
    hmi_bind(stmt, 2, now_us);
    int rc = hmi_stmt_step(stmt, err);
    bool found = rc == 1;
    if (found) {
        put_id(&who, stmt, 0);
        put_name(&who, stmt, 1);
        who.right = (hmi_right)hmi_column_int(stmt, 2);
        who.created_us = hmi_column(stmt, 3);
        who.expires_us = hmi_column(stmt, 4);
        seen_us = hmi_column(stmt, 5);
    }
    hmi_reset(stmt);
    if (!found) {
        return rc < 0 ? rc : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no such token");
    }
    if (now_us - seen_us > SEEN_EVERY_US) {
        HMI_TRY(hmi_team_ask(team, HMI_TEAM_TOKEN_SEEN, &stmt, err));
        hmi_bind_text(stmt, 1, hmi_text_of(who.id));
        hmi_bind(stmt, 2, now_us);
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
    hmi_stmt *stmt = NULL;
    hmi_token *rows = hmi_new_array(arena, hmi_token, HMI_TEAM_TOKENS_MAX);
    size_t count = 0;
    if (rows == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_TOKEN_LIST, &stmt, err));
    hmi_bind_text(stmt, 1, user);
    int rc = 0;
    while (count < HMI_TEAM_TOKENS_MAX && (rc = hmi_stmt_step(stmt, err)) == 1) {
        rows[count++] = (hmi_token){ .id = hmi_team_column(arena, stmt, 0),
                                     .name = hmi_team_column(arena, stmt, 1),
                                     .right = (hmi_right)hmi_column_int(stmt, 2),
                                     .created_us = hmi_column(stmt, 3),
                                     .expires_us = hmi_column(stmt, 4),
                                     .seen_us = hmi_column(stmt, 5) };
    }
    hmi_reset(stmt);
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
    return hmi_team_unlock(team, remove_one(team, HMI_TEAM_TOKEN_DROP, id, user, "token", err));
}
