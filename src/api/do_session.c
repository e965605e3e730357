/* SPDX-License-Identifier: Apache-2.0
 *
 * do_session.c - signing in and out, and the first start.
 *
 * WHY    Signing in always draws a new secret: a cookie that came along is never taken over, so
 *        nobody can be signed in under a secret that somebody else planted.
 * TRUST  Names and passwords are anybody's. A wrong name, a wrong password, a wrong code and a
 *        disabled account are one answer after the same work.
 * OWNS   Nothing.
 */
#include "api/routes_made.h"
#include "base/text.h"

static void put_user(hmi_json_writer *w, const hmi_user *user)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "name", user->name);
    hmi_json_member_text(w, "role", hmi_text_of(hmi_right_name(user->right)));
    hmi_put_time(w, "created", user->created_us);
    hmi_json_member_bool(w, "disabled", user->disabled);
    hmi_json_member_bool(w, "totp", user->totp);
    if (user->seen_us != 0) {
        hmi_put_time(w, "seen", user->seen_us);
    }
    hmi_json_close_object(w);
}

static void answer_session(hmi_call *call, int status, hm_text secret)
{
    hmi_user user;
    char csrf[HMI_SECRET_TEXT] = "";
    int code =
        hmi_user_get(call->api->team, call->arena, hmi_signed_name(&call->who), &user, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    if (secret.ptr != NULL) {
        hmi_csrf_of(secret, csrf);
    }
    hmi_json_writer *w = hmi_answer_json(call, status);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("user"));
    put_user(w, &user);
    hmi_json_member_text(w, "csrf", hmi_text_of(csrf));
    hmi_put_time(w, "expires", call->who.expires_us);
    hmi_json_member_text(w, "id", hmi_text_of(call->who.id));
    hmi_json_close_object(w);
}

static void begin_session(hmi_call *call, hm_text name, int status)
{
    char secret[HMI_SECRET_TEXT];
    hm_text agent = hmi_text_safe(
        call->arena, hmi_text_bytes(hmi_http_header_find(call->request->head, "User-Agent")),
        HMI_TEAM_AGENT_MAX);
    int code = hmi_session_new(call->api->team, name, hmi_text_of(call->request->peer), agent,
                               hmi_now_us(), secret, &call->who, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_deed_note(call, "signed-in", HM_TEXT(""));
    answer_session(call, status, hmi_text_of(secret));
    if (!call->refused) {
        hmi_cookie_set(call, secret, HMI_SESSION_LIFE_S);
    }
}

void hmi_do_setup(hmi_call *call)
{
    static const char *const KEYS[] = { "code", "name", "password", NULL };
    hm_text code_text, name, password, peer = hmi_text_of(call->request->peer);
    hmi_api *api = call->api;
    if (!hmi_in_only(call, KEYS) || !hmi_in_text(call, "code", HMI_NEEDED, 1, 200, &code_text) ||
        !hmi_in_text(call, "name", HMI_NEEDED, 1, HMI_TEAM_NAME_MAX, &name) ||
        !hmi_in_text(call, "password", HMI_NEEDED, HMI_PASSWORD_MIN, HMI_PASSWORD_MAX, &password)) {
        return;
    }
    uint32_t wait = hmi_throttle_take(api->throttle, HM_TEXT("\1setup"), peer, hmi_now_us());
    if (wait > 0) {
        call->answer->retry_after_s = wait;
        hmi_refuse(call, 429, "slow-down", "", "too many tries");
        return;
    }
    pthread_mutex_lock(&api->lock);
    bool good = api->setup[0] != '\0' && hmi_secret_same(code_text, hmi_text_of(api->setup));
    pthread_mutex_unlock(&api->lock);
    if (!good) {
        hmi_refuse(call, 403, "denied", "body.code",
                   "the code is not the one that hallmark serve printed, or it was used");
        return;
    }
    int code = hmi_user_add_first(api->team, name, password, &call->err);
    if (hmi_failed_call(call, code, "body.name")) {
        return;
    }
    pthread_mutex_lock(&api->lock);
    api->setup[0] = '\0';
    pthread_mutex_unlock(&api->lock);
    begin_session(call, name, 201);
}

/* Whose door was tried. A name that nobody has is not kept: people type passwords there. */
static hm_text tried_name(hmi_call *call, hm_text name)
{
    hmi_user user;
    hm_err err = { 0 };
    return hmi_user_get(call->api->team, call->arena, name, &user, &err) == HM_OK
               ? hmi_text_safe(call->arena, hmi_text_bytes(name), 64)
               : HM_TEXT("(no account)");
}

void hmi_do_sign_in(hmi_call *call)
{
    static const char *const KEYS[] = { "name", "password", "totp", NULL };
    hm_text name, password, code_text, peer = hmi_text_of(call->request->peer);
    hmi_entry entry = HMI_ENTRY_BAD;
    if (!hmi_in_only(call, KEYS) || !hmi_in_text(call, "name", HMI_NEEDED, 0, 1024, &name) ||
        !hmi_in_text(call, "password", HMI_NEEDED, 0, HMI_PASSWORD_MAX, &password) ||
        !hmi_in_text(call, "totp", HMI_OPTIONAL, 0, 16, &code_text)) {
        return;
    }
    int64_t now = hmi_now_us();
    uint32_t wait = hmi_throttle_take(call->api->throttle, name, peer, now);
    if (wait > 0) {
        call->answer->retry_after_s = wait;
        hmi_refuse(call, 429, "slow-down", "", "too many tries");
        return;
    }
    int code = hmi_user_verify(call->api->team, name, password, code_text, now, &entry, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    if (entry == HMI_ENTRY_NEEDS_CODE) {
        hmi_throttle_give_back(call->api->throttle, name, peer);
        hmi_refuse(call, 401, "totp-needed", "body.totp", "the second factor is asked for");
        return;
    }
    if (entry != HMI_ENTRY_GOOD) {
        hmi_deed_note(call, "sign-in-refused", tried_name(call, name));
        hmi_refuse(call, 401, "refused", "", "name, password or code is wrong");
        return;
    }
    hmi_throttle_give_back(call->api->throttle, name, peer);
    begin_session(call, name, 200);
}

void hmi_do_session_get(hmi_call *call)
{
    answer_session(call, 200, hmi_cookie_find(call->api, call->request));
}

void hmi_do_sign_out(hmi_call *call)
{
    int code = hmi_session_end(call->api->team, hmi_text_of(call->who.id),
                               hmi_signed_name(&call->who), &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_deed_note(call, "signed-out", HM_TEXT(""));
    hmi_answer_empty(call);
    hmi_cookie_set(call, "", 0);
}

void hmi_do_session_list(hmi_call *call)
{
    static const char *const NAMES[] = { "all", NULL };
    hmi_session *rows = NULL;
    size_t count = 0;
    bool all = hmi_text_is(hmi_in_query(call, "all"), "true");
    if (!hmi_in_queries(call, NAMES)) {
        return;
    }
    if (all && call->who.right < HMI_RIGHT_ADMIN) {
        hmi_refuse(call, 403, "denied", "query.all", "this needs the right of admin");
        return;
    }
    int code = hmi_session_list(call->api->team, call->arena,
                                all ? HM_TEXT("") : hmi_signed_name(&call->who), hmi_now_us(),
                                &rows, &count, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("sessions"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "id", rows[i].id);
        hmi_json_member_text(w, "user", rows[i].user);
        hmi_put_time(w, "created", rows[i].created_us);
        hmi_put_time(w, "seen", rows[i].seen_us);
        hmi_put_time(w, "expires", rows[i].expires_us);
        hmi_json_member_text(w, "peer", rows[i].peer);
        hmi_json_member_text(w, "agent", rows[i].agent);
        hmi_json_member_bool(w, "current", hmi_text_is(rows[i].id, call->who.id));
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

void hmi_do_session_end(hmi_call *call)
{
    hm_text owner = call->who.right == HMI_RIGHT_ADMIN ? HM_TEXT("") : hmi_signed_name(&call->who);
    int code = hmi_session_end(call->api->team, call->parts[0], owner, &call->err);
    if (!hmi_failed_call(call, code, "path.session")) {
        hmi_deed_note(call, "session-ended", call->parts[0]);
        hmi_answer_empty(call);
    }
}

/* ---- Accounts, for admins */

void hmi_do_user_list(hmi_call *call)
{
    hmi_user *rows = NULL;
    size_t count = 0;
    int code = hmi_user_list(call->api->team, call->arena, &rows, &count, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("users"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        put_user(w, &rows[i]);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static bool in_right(hmi_call *call, hmi_need need, hmi_right *ret)
{
    hm_text role;
    if (!hmi_in_text(call, "role", need, 1, 20, &role)) {
        return false;
    }
    if (role.ptr != NULL && !hmi_right_find(role, ret)) {
        hmi_refuse(call, 400, "malformed", "body.role", "it is reader, analyst, liaison or admin");
        return false;
    }
    return true;
}

static void answer_user(hmi_call *call, hm_text name, int status)
{
    hmi_user user;
    int code = hmi_user_get(call->api->team, call->arena, name, &user, &call->err);
    if (!hmi_failed_call(call, code, "path.user")) {
        put_user(hmi_answer_json(call, status), &user);
    }
}

void hmi_do_user_add(hmi_call *call)
{
    static const char *const KEYS[] = { "name", "role", "password", NULL };
    hm_text name, password;
    hmi_right right = HMI_RIGHT_NONE;
    if (!hmi_in_only(call, KEYS) ||
        !hmi_in_text(call, "name", HMI_NEEDED, 1, HMI_TEAM_NAME_MAX, &name) ||
        !in_right(call, HMI_NEEDED, &right) ||
        !hmi_in_text(call, "password", HMI_NEEDED, HMI_PASSWORD_MIN, HMI_PASSWORD_MAX, &password)) {
        return;
    }
    int code = hmi_user_add(call->api->team, name, right, password, &call->err);
    if (!hmi_failed_call(call, code, "body.name")) {
        hmi_deed_note(call, "user-added", name);
        answer_user(call, name, 201);
    }
}

void hmi_do_user_change(hmi_call *call)
{
    static const char *const KEYS[] = { "role", "disabled", "password", "totp", NULL };
    hmi_user_change change = { 0 };
    bool totp = true, totp_given = false;
    if (!hmi_in_only(call, KEYS) || !in_right(call, HMI_OPTIONAL, &change.right) ||
        !hmi_in_bool(call, "disabled", &change.disabled, &change.set_disabled) ||
        !hmi_in_bool(call, "totp", &totp, &totp_given) ||
        !hmi_in_text(call, "password", HMI_OPTIONAL, HMI_PASSWORD_MIN, HMI_PASSWORD_MAX,
                     &change.password)) {
        return;
    }
    if (totp_given && totp) {
        hmi_refuse(call, 400, "malformed", "body.totp", "only its owner can turn it on");
        return;
    }
    change.drop_totp = totp_given;
    int code = hmi_user_change_one(call->api->team, call->parts[0], &change, &call->err);
    if (!hmi_failed_call(call, code, "path.user")) {
        hmi_deed_note(call, "user-changed", call->parts[0]);
        answer_user(call, call->parts[0], 200);
    }
}

void hmi_do_user_remove(hmi_call *call)
{
    int code = hmi_user_remove(call->api->team, call->parts[0], &call->err);
    if (!hmi_failed_call(call, code, "path.user")) {
        hmi_deed_note(call, "user-removed", call->parts[0]);
        hmi_answer_empty(call);
    }
}
