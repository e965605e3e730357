/* SPDX-License-Identifier: Apache-2.0
 *
 * team_user.c - accounts: made, changed, verified.
 *
 * WHY    A team without an admin cannot help itself, so the last admin who can sign in keeps that
 *        right. Whoever changes a password or a right ends what was open under the old one.
 * TRUST  Names and passwords are anybody's. An unknown name costs the same work as a wrong
 *        password and gets the same answer.
 * OWNS   Nothing.
 */
#include <sodium.h>

#include "api/inside.h"
#include "api/team_inside.h"

static const char *const RIGHTS[] = { "none", "reader", "analyst", "liaison", "admin" };

const char *hmi_right_name(hmi_right right)
{
    return RIGHTS[right];
}

bool hmi_right_find(hm_text name, hmi_right *ret)
{
    for (hmi_right r = HMI_RIGHT_READER; r <= HMI_RIGHT_ADMIN; r++) {
        if (hmi_text_is(name, RIGHTS[r])) {
            *ret = r;
            return true;
        }
    }
    return false;
}

static int check_password(hm_text password, hm_err *err)
{
    if (password.len < HMI_PASSWORD_MIN || password.len > HMI_PASSWORD_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "a password has %d to %d bytes",
                        HMI_PASSWORD_MIN, HMI_PASSWORD_MAX);
    }
    return HM_OK;
}

static int check_new(hm_text name, hm_text password, hm_err *err)
{
    if (!hmi_is_name(name, HMI_TEAM_NAME_MAX)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a name has 1 to %d bytes of text, nothing invisible, no blank at an end",
                        HMI_TEAM_NAME_MAX);
    }
    return check_password(password, err);
}

static int number(hmi_team *team, hmi_team_query which, int64_t *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, which, &stmt, err));
    return hmi_team_number(stmt, ret, err);
}

static int insert(hmi_team *team, hm_text name, hmi_right right, const char *kept, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind(stmt, 2, (int)right);
    hmi_bind_text(stmt, 3, hmi_text_of(kept));
    hmi_bind(stmt, 4, hmi_now_us());
    hmi_bind_text(stmt, 5, HM_TEXT("{}"));
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    return changed == 1
               ? HM_OK
               : hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE, "there is an account of that name");
}

/* Inside a transaction. */
static int insert_first(hmi_team *team, hm_text name, hmi_right right, const char *kept,
                        hm_err *err)
{
    int64_t users = 0;
    HMI_TRY(number(team, HMI_TEAM_USER_COUNT, &users, err));
    return users == 0 ? insert(team, name, right, kept, err)
                      : hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE, "there is an account already");
}

static int add(hmi_team *team, hm_text name, hmi_right right, hm_text password, bool first,
               hm_err *err)
{
    char kept[HMI_PASSWORD_KEPT];
    HMI_TRY(check_new(name, password, err));
    HMI_TRY(hmi_password_keep(password, kept, err));
    hmi_team_lock(team);
    int code = hmi_team_begin(team, err);
    if (code == HM_OK) {
        code = first ? insert_first(team, name, right, kept, err)
                     : insert(team, name, right, kept, err);
        code = hmi_team_finish(team, code, err);
    }
    return hmi_team_unlock(team, code);
}

int hmi_user_add(hmi_team *team, hm_text name, hmi_right right, hm_text password, hm_err *err)
{
    return add(team, name, right, password, false, err);
}

int hmi_user_add_first(hmi_team *team, hm_text name, hm_text password, hm_err *err)
{
    return add(team, name, HMI_RIGHT_ADMIN, password, true, err);
}

/* ---- Looking */

static int read_user(hmi_arena *arena, hmi_stmt *stmt, hmi_user *ret, hm_err *err)
{
    *ret = (hmi_user){ .name = hmi_team_column(arena, stmt, 0),
                       .right = (hmi_right)hmi_column_int(stmt, 1),
                       .disabled = hmi_column_int(stmt, 2) != 0,
                       .totp = hmi_column_int(stmt, 3) != 0,
                       .created_us = hmi_column(stmt, 4),
                       .seen_us = hmi_column(stmt, 5) };
    return ret->name.ptr != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

static int get(hmi_team *team, hmi_arena *arena, hm_text name, hmi_user *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_user one;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_GET, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    int rc = hmi_stmt_step(stmt, err);
    int code = rc < 0    ? rc
               : rc == 0 ? hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                                    "there is no such account: \"hallmark user list\" shows them")
                         : read_user(arena, stmt, &one, err);
    hmi_reset(stmt);
    HMI_TRY(code);
    *ret = one;
    return HM_OK;
}

int hmi_user_get(hmi_team *team, hmi_arena *arena, hm_text name, hmi_user *ret, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, get(team, arena, name, ret, err));
}

static int list(hmi_team *team, hmi_arena *arena, hmi_user **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_user *rows = NULL;
    size_t count = 0, capacity = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_LIST, &stmt, err));
    int rc, code = HM_OK;
    while (code == HM_OK && (rc = hmi_stmt_step(stmt, err)) != 0) {
        hmi_user *grown =
            rc < 0 ? NULL : hmi_arena_grow(arena, rows, count, &capacity, sizeof(*rows));
        code = rc < 0          ? rc
               : grown == NULL ? hmi_arena_fail(arena, err)
                               : read_user(arena, stmt, &grown[count], err);
        rows = grown;
        count++;
    }
    hmi_reset(stmt);
    HMI_TRY(code);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_user_list(hmi_team *team, hmi_arena *arena, hmi_user **ret, size_t *ret_count, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, list(team, arena, ret, ret_count, err));
}

int hmi_user_count(hmi_team *team, uint64_t *ret, hm_err *err)
{
    int64_t count = 0;
    hmi_team_lock(team);
    HMI_TRY(hmi_team_unlock(team, number(team, HMI_TEAM_USER_COUNT, &count, err)));
    *ret = (uint64_t)count;
    return HM_OK;
}

/* ---- Changing */

/* Inside a transaction. */
static int keep_an_admin(hmi_team *team, hm_err *err)
{
    int64_t left = 0;
    HMI_TRY(number(team, HMI_TEAM_USER_ADMINS, &left, err));
    return left > 0 ? HM_OK
                    : hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE,
                               "no admin would be left who can sign in");
}

static int change(hmi_team *team, hm_text name, const hmi_user_change *c, const char *kept,
                  hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_CHANGE, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind_unless(stmt, 2, (int)c->right, HMI_RIGHT_NONE);
    hmi_bind_unless(stmt, 3, c->set_disabled ? (int)c->disabled : -1, -1);
    if (kept != NULL) {
        hmi_bind_text(stmt, 4, hmi_text_of(kept));
    } else {
        hmi_bind_null(stmt, 4);
    }
    hmi_bind(stmt, 5, c->drop_totp);
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    if (changed == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "there is no such account: \"hallmark user list\" shows them");
    }
    HMI_TRY(keep_an_admin(team, err));
    return hmi_team_end_all(team, name, NULL, c->disabled || c->right != HMI_RIGHT_NONE, err);
}

int hmi_user_change_one(hmi_team *team, hm_text name, const hmi_user_change *c, hm_err *err)
{
    char kept[HMI_PASSWORD_KEPT];
    if (c->password.ptr != NULL) {
        HMI_TRY(check_password(c->password, err));
        HMI_TRY(hmi_password_keep(c->password, kept, err));
    }
    hmi_team_lock(team);
    int code = hmi_team_begin(team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(
            team, change(team, name, c, c->password.ptr != NULL ? kept : NULL, err), err);
    }
    return hmi_team_unlock(team, code);
}

static int drop_user(hmi_team *team, hm_text name, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_DROP, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    if (changed == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "there is no such account: \"hallmark user list\" shows them");
    }
    HMI_TRY(hmi_team_end_all(team, name, NULL, true, err));
    return keep_an_admin(team, err);
}

int hmi_user_remove(hmi_team *team, hm_text name, hm_err *err)
{
    hmi_team_lock(team);
    int code = hmi_team_begin(team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(team, drop_user(team, name, err), err);
    }
    return hmi_team_unlock(team, code);
}

static int set_password(hmi_team *team, hm_text name, const char *kept, const char *keep_session,
                        hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_USER_PASSWORD, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind_text(stmt, 2, hmi_text_of(kept));
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    return changed == 1 ? hmi_team_end_all(team, name, keep_session, false, err)
                        : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                                   "there is no such account: \"hallmark user list\" shows them");
}

int hmi_user_password_set(hmi_team *team, hm_text name, hm_text password, const char *keep_session,
                          hm_err *err)
{
    char kept[HMI_PASSWORD_KEPT];
    HMI_TRY(check_password(password, err));
    HMI_TRY(hmi_password_keep(password, kept, err));
    hmi_team_lock(team);
    int code = hmi_team_begin(team, err);
    if (code == HM_OK) {
        code = hmi_team_finish(team, set_password(team, name, kept, keep_session, err), err);
    }
    return hmi_team_unlock(team, code);
}

/* ---- Verifying */

typedef struct kept_user {
    bool found, disabled, has_totp;
    char password[HMI_PASSWORD_KEPT];
    uint8_t totp[HMI_TOTP_SECRET];
    uint64_t last;
} kept_user;

static int load(hmi_team *team, hm_text name, hmi_team_query which, kept_user *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, which, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    int rc = hmi_stmt_step(stmt, err);
    *ret = (kept_user){ .found = rc == 1 };
    if (rc == 1) {
        snprintf(ret->password, sizeof(ret->password), "%.*s",
                 HMI_FMT(hmi_column_lent_text(stmt, 0)));
        ret->disabled = hmi_column_int(stmt, 1) != 0;
        ret->has_totp = hmi_column_exactly(stmt, 2, ret->totp, HMI_TOTP_SECRET);
        ret->last = (uint64_t)hmi_column(stmt, 3);
    }
    hmi_reset(stmt);
    return rc < 0 ? rc : HM_OK;
}

/* Two who send the same code at the same time: one row changes once. */
static int use_step(hmi_team *team, hm_text name, uint64_t step, bool *ret_good, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int changed = 0;
    HMI_TRY(hmi_team_ask(team, HMI_TEAM_TOTP_USE, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_bind(stmt, 2, (int64_t)step);
    HMI_TRY(hmi_team_run(team, stmt, &changed, err));
    *ret_good = changed == 1;
    return HM_OK;
}

int hmi_user_verify(hmi_team *team, hm_text name, hm_text password, hm_text code, int64_t now_us,
                    hmi_entry *ret, hm_err *err)
{
    kept_user user;
    uint64_t step = 0;
    hmi_team_lock(team);
    HMI_TRY(hmi_team_unlock(team, load(team, name, HMI_TEAM_USER_LOAD, &user, err)));
    bool good = hmi_password_good(user.found ? user.password : NULL, password) && !user.disabled;
    hmi_entry entry = good ? HMI_ENTRY_GOOD : HMI_ENTRY_BAD;
    if (good && user.has_totp && code.ptr == NULL) {
        entry = HMI_ENTRY_NEEDS_CODE;
    } else if (good && user.has_totp) {
        bool first = false;
        if (hmi_totp_good(user.totp, code, now_us, user.last, &step)) {
            hmi_team_lock(team);
            HMI_TRY(hmi_team_unlock(team, use_step(team, name, step, &first, err)));
        }
        entry = first ? HMI_ENTRY_GOOD : HMI_ENTRY_BAD;
    }
    sodium_memzero(&user, sizeof(user));
    *ret = entry;
    return HM_OK;
}

/* ---- The second factor */

static int set_totp(hmi_team *team, hmi_team_query which, hm_text name, const uint8_t *secret,
                    uint64_t step, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_team_ask(team, which, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    if (secret != NULL) {
        hmi_bind_bytes(stmt, 2, hmi_bytes(secret, HMI_TOTP_SECRET));
    }
    if (which == HMI_TEAM_TOTP_CONFIRM) {
        hmi_bind(stmt, 3, (int64_t)step);
    }
    return hmi_team_run(team, stmt, NULL, err);
}

int hmi_totp_begin(hmi_team *team, hm_text name, uint8_t ret_secret[HMI_TOTP_SECRET], hm_err *err)
{
    uint8_t secret[HMI_TOTP_SECRET];
    randombytes_buf(secret, sizeof(secret));
    hmi_team_lock(team);
    HMI_TRY(hmi_team_unlock(team, set_totp(team, HMI_TEAM_TOTP_BEGIN, name, secret, 0, err)));
    memcpy(ret_secret, secret, sizeof(secret));
    return HM_OK;
}

int hmi_totp_confirm(hmi_team *team, hm_text name, hm_text code, int64_t now_us, hm_err *err)
{
    kept_user user;
    uint64_t step = 0;
    hmi_team_lock(team);
    int rc = load(team, name, HMI_TEAM_USER_LOAD_WANTED, &user, err);
    if (rc == HM_OK && !user.has_totp) {
        rc = hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no second factor was begun");
    }
    if (rc == HM_OK && !hmi_totp_good(user.totp, code, now_us, user.last, &step)) {
        rc = hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE, "the code is not right");
    }
    if (rc == HM_OK) {
        rc = set_totp(team, HMI_TEAM_TOTP_CONFIRM, name, user.totp, step, err);
    }
    sodium_memzero(&user, sizeof(user));
    return hmi_team_unlock(team, rc);
}

int hmi_totp_end(hmi_team *team, hm_text name, hm_err *err)
{
    hmi_team_lock(team);
    return hmi_team_unlock(team, set_totp(team, HMI_TEAM_TOTP_END, name, NULL, 0, err));
}
