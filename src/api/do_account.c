/* SPDX-License-Identifier: Apache-2.0
 *
 * do_account.c - one's own password, second factor, tokens and preferences.
 *
 * WHY    What weakens or opens an account asks for the password again: a page left open on a desk
 *        is not enough.
 * OWNS   Nothing.
 */
#include "api/routes_made.h"

/* The password in body `key` is mine; else it is refused, at most ten times. */
static bool is_mine(hmi_call *call, const char *key)
{
    hm_text password, peer = hmi_text_of(call->request->peer), name = hmi_signed_name(&call->who);
    hmi_entry entry = HMI_ENTRY_BAD;
    if (!hmi_in_text(call, key, HMI_NEEDED, 0, HMI_PASSWORD_MAX, &password)) {
        return false;
    }
    int64_t now = hmi_now_us();
    uint32_t wait = hmi_throttle_take(call->api->throttle, name, peer, now);
    if (wait > 0) {
        call->answer->retry_after_s = wait;
        hmi_refuse(call, 429, "slow-down", "", "too many tries");
        return false;
    }
    int code = hmi_user_verify(call->api->team, name, password, (hm_text){ NULL, 0 }, now, &entry,
                               &call->err);
    if (hmi_failed_call(call, code, "")) {
        return false;
    }
    if (entry == HMI_ENTRY_BAD) {
        hmi_refuse(call, 403, "denied", "body", "the password is wrong");
        return false;
    }
    hmi_throttle_give_back(call->api->throttle, name, peer);
    return true;
}

void hmi_do_password_set(hmi_call *call)
{
    static const char *const KEYS[] = { "old", "new", NULL };
    hm_text password;
    if (!hmi_in_only(call, KEYS) ||
        !hmi_in_text(call, "new", HMI_NEEDED, HMI_PASSWORD_MIN, HMI_PASSWORD_MAX, &password) ||
        !is_mine(call, "old")) {
        return;
    }
    int code = hmi_user_password_set(call->api->team, hmi_signed_name(&call->who), password,
                                     call->who.id, &call->err);
    if (!hmi_failed_call(call, code, "body.new")) {
        hmi_deed_note(call, "password-changed", HM_TEXT(""));
        hmi_answer_empty(call);
    }
}

void hmi_do_totp_begin(hmi_call *call)
{
    static const char *const KEYS[] = { "password", NULL };
    uint8_t secret[HMI_TOTP_SECRET];
    char text[HMI_TOTP_TEXT];
    hm_text name = hmi_signed_name(&call->who);
    if (!hmi_in_only(call, KEYS) || !is_mine(call, "password")) {
        return;
    }
    int code = hmi_totp_begin(call->api->team, name, secret, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_totp_text(secret, text);
    hmi_buf uri;
    hmi_buf_init(&uri, 1024);
    hmi_buf_add_cstr(&uri, "otpauth://totp/Hallmark:");
    for (size_t i = 0; i < name.len; i++) {
        hmi_buf_printf(&uri, hmi_ascii_alnum(name.ptr[i]) ? "%c" : "%%%02X",
                       (unsigned char)name.ptr[i]);
    }
    hmi_buf_printf(&uri, "?secret=%s&issuer=Hallmark", text);
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "secret", hmi_text_of(text));
    hmi_json_member_text(w, "uri", hmi_buf_text(&uri));
    hmi_json_close_object(w);
    hmi_buf_fini(&uri);
}

void hmi_do_totp_confirm(hmi_call *call)
{
    static const char *const KEYS[] = { "code", NULL };
    hm_text digits;
    if (!hmi_in_only(call, KEYS) || !hmi_in_text(call, "code", HMI_NEEDED, 6, 6, &digits)) {
        return;
    }
    int code = hmi_totp_confirm(call->api->team, hmi_signed_name(&call->who), digits, hmi_now_us(),
                                &call->err);
    if (!hmi_failed_call(call, code, "body.code")) {
        hmi_deed_note(call, "totp-on", HM_TEXT(""));
        hmi_answer_empty(call);
    }
}

void hmi_do_totp_end(hmi_call *call)
{
    static const char *const KEYS[] = { "password", NULL };
    if (!hmi_in_only(call, KEYS) || !is_mine(call, "password")) {
        return;
    }
    int code = hmi_totp_end(call->api->team, hmi_signed_name(&call->who), &call->err);
    if (!hmi_failed_call(call, code, "")) {
        hmi_deed_note(call, "totp-off", HM_TEXT(""));
        hmi_answer_empty(call);
    }
}

/* ---- Tokens */

static void put_token(hmi_json_writer *w, const hmi_token *t, const char *secret)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", t->id);
    hmi_json_member_text(w, "name", t->name);
    hmi_json_member_text(w, "role", hmi_text_of(hmi_right_name(t->right)));
    hmi_put_time(w, "created", t->created_us);
    hmi_put_time(w, "expires", t->expires_us);
    if (t->seen_us != 0) {
        hmi_put_time(w, "seen", t->seen_us);
    }
    if (secret != NULL) {
        hmi_json_member_text(w, "token", hmi_text_of(secret));
    }
    hmi_json_close_object(w);
}

void hmi_do_token_list(hmi_call *call)
{
    hmi_token *rows = NULL;
    size_t count = 0;
    int code = hmi_token_list(call->api->team, call->arena, hmi_signed_name(&call->who), &rows,
                              &count, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("tokens"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        put_token(w, &rows[i], NULL);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

void hmi_do_token_add(hmi_call *call)
{
    static const char *const KEYS[] = { "name", "role", "days", NULL };
    hm_text name, role;
    int64_t days = 90, now = hmi_now_us();
    hmi_right right = call->who.right;
    char secret[HMI_SECRET_TEXT], id[HMI_TEAM_ID];
    if (!hmi_in_only(call, KEYS) ||
        !hmi_in_text(call, "name", HMI_NEEDED, 1, HMI_TEAM_NAME_MAX, &name) ||
        !hmi_in_text(call, "role", HMI_OPTIONAL, 1, 20, &role) ||
        !hmi_in_int(call, "days", HMI_OPTIONAL, 1, 366, &days)) {
        return;
    }
    if (role.ptr != NULL && !hmi_right_find(role, &right)) {
        hmi_refuse(call, 400, "malformed", "body.role", "it is reader, analyst, liaison or admin");
        return;
    }
    if (right > call->who.right || !hmi_is_name(name, HMI_TEAM_NAME_MAX)) {
        hmi_refuse(call, right > call->who.right ? 403 : 400,
                   right > call->who.right ? "denied" : "malformed",
                   right > call->who.right ? "body.role" : "body.name",
                   right > call->who.right ? "a token has no more rights than its owner"
                                           : "a name has nothing invisible, no blank at an end");
        return;
    }
    int64_t expires = now + days * INT64_C(86400000000);
    int code = hmi_token_new(call->api->team, hmi_signed_name(&call->who), name, right, now,
                             expires, secret, id, &call->err);
    if (hmi_failed_call(call, code, "body.name")) {
        return;
    }
    hmi_deed_note(call, "token-added", name);
    hmi_token t = { .id = hmi_text_of(id),
                    .name = name,
                    .right = right,
                    .created_us = now,
                    .expires_us = expires };
    put_token(hmi_answer_json(call, 201), &t, secret);
}

void hmi_do_token_remove(hmi_call *call)
{
    int code =
        hmi_token_remove(call->api->team, call->parts[0], hmi_signed_name(&call->who), &call->err);
    if (!hmi_failed_call(call, code, "path.token")) {
        hmi_deed_note(call, "token-removed", call->parts[0]);
        hmi_answer_empty(call);
    }
}

/* ---- Preferences */

void hmi_do_preferences_get(hmi_call *call)
{
    hm_text json;
    int code = hmi_preferences_get(call->api->team, call->arena, hmi_signed_name(&call->who), &json,
                                   &call->err);
    if (!hmi_failed_call(call, code, "")) {
        hmi_json_put_raw(hmi_answer_json(call, 200), hmi_text_bytes(json));
    }
}

void hmi_do_preferences_set(hmi_call *call)
{
    if (hmi_json_kind_of(call->body) != HMI_JSON_OBJECT) {
        hmi_refuse(call, 400, "malformed", "body", "it is a JSON object");
        return;
    }
    hm_bytes raw = hmi_json_raw(call->body);
    int code = hmi_preferences_set(call->api->team, hmi_signed_name(&call->who),
                                   hmi_text((const char *)raw.ptr, raw.len), &call->err);
    if (!hmi_failed_call(call, code, "")) {
        hmi_answer_empty(call);
    }
}
