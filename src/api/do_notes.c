/* SPDX-License-Identifier: Apache-2.0
 *
 * do_notes.c - what analysts write, with its history.
 *
 * WHY    Two edit one note: the second is refused with 412 and gets the newest version in the same
 *        answer, so that its page can show both and nobody's text is lost.
 * OWNS   Nothing.
 */
#include "api/routes_made.h"

enum { VERSION_DIGITS_MAX = 15 };

static void put_note(hmi_json_writer *w, const hmi_remark *r)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", r->stix_id);
    hmi_put_int(w, "version", r->version);
    hmi_json_member_text(w, "author", r->author);
    hmi_put_time(w, "created", r->created_us);
    hmi_put_time(w, "modified", r->at_us);
    hmi_json_member_text(w, "text", r->text);
    hmi_json_member_bool(w, "removed", r->removed);
    hmi_json_close_object(w);
}

static void answer_note(hmi_call *call, int status, const hmi_remark *r)
{
    put_note(hmi_answer_json(call, status), r);
    hmi_buf_printf(&call->answer->head, "ETag: \"%lld\"\r\n", (long long)r->version);
}

static void answer_notes(hmi_call *call, const char *key, const hmi_remark *rows, size_t count)
{
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        put_note(w, &rows[i]);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

void hmi_do_note_list(hmi_call *call)
{
    hmi_incident incident;
    hmi_remark *rows = NULL;
    size_t count = 0;
    if (!hmi_in_incident(call, 0, &incident)) {
        return;
    }
    int code = hmi_remark_list(call->store, call->arena, incident.id, &rows, &count, &call->err);
    if (!hmi_failed_call(call, code, "")) {
        answer_notes(call, "notes", rows, count);
    }
}

static bool in_text(hmi_call *call, hm_text *ret)
{
    static const char *const KEYS[] = { "text", NULL };
    return hmi_in_only(call, KEYS) &&
           hmi_in_text(call, "text", HMI_NEEDED, 1, HMI_REMARK_TEXT_MAX, ret);
}

void hmi_do_note_add(hmi_call *call)
{
    hmi_incident incident;
    hmi_remark note;
    hm_text text;
    if (!in_text(call, &text) || !hmi_in_incident(call, 0, &incident)) {
        return;
    }
    int code = hmi_remark_add(call->store, call->arena, incident.id, hmi_signed_name(&call->who),
                              text, &note, &call->err);
    if (!hmi_failed_call(call, code, "body.text")) {
        answer_note(call, 201, &note);
    }
}

/* One that was removed is not there any more, but for its history. */
static bool get_note(hmi_call *call, hmi_remark *ret)
{
    int code = hmi_remark_get(call->store, call->arena, call->parts[0], ret, &call->err);
    if (code == HM_OK && ret->removed) {
        code = hmi_fail(&call->err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such note");
    }
    return !hmi_failed_call(call, code, "path.note");
}

void hmi_do_note_get(hmi_call *call)
{
    hmi_remark note;
    if (get_note(call, &note)) {
        answer_note(call, 200, &note);
    }
}

void hmi_do_note_versions(hmi_call *call)
{
    hmi_remark *rows = NULL;
    size_t count = 0;
    int code =
        hmi_remark_versions(call->store, call->arena, call->parts[0], &rows, &count, &call->err);
    if (code == HM_OK && count == 0) {
        code = hmi_fail(&call->err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such note");
    }
    if (!hmi_failed_call(call, code, "path.note")) {
        answer_notes(call, "versions", rows, count);
    }
}

static bool in_match(hmi_call *call, int64_t *ret)
{
    hm_text tag = hmi_http_header_find(call->request->head, "If-Match");
    if (tag.ptr == NULL) {
        hmi_refuse(call, 428, "malformed", "header.If-Match",
                   "say which version was edited: its ETag");
        return false;
    }
    int64_t number = 0;
    bool good = tag.len >= 3 && tag.len <= VERSION_DIGITS_MAX && tag.ptr[0] == '"' &&
                tag.ptr[tag.len - 1] == '"';
    for (size_t i = 1; good && i + 1 < tag.len; i++) {
        good = hmi_ascii_digit(tag.ptr[i]);
        number = number * 10 + (tag.ptr[i] - '0');
    }
    if (!good) {
        hmi_refuse(call, 400, "malformed", "header.If-Match", "it is a version in quotes: \"3\"");
        return false;
    }
    *ret = number;
    return true;
}

static void refuse_stale(hmi_call *call, const hmi_remark *newest)
{
    hmi_json_writer *w = hmi_answer_json(call, 412);
    call->refused = true;
    hmi_json_open_object(w);
    hmi_json_member_uint(w, "status", 412);
    hmi_json_member_text(w, "code", HM_TEXT("conflict"));
    hmi_json_member_text(w, "where", HM_TEXT("header.If-Match"));
    hmi_json_member_text(w, "why", HM_TEXT("another version came first; nothing was written"));
    hmi_json_put_key(w, HM_TEXT("newest"));
    put_note(w, newest);
    hmi_json_close_object(w);
}

static void change(hmi_call *call, hm_text text, bool removed)
{
    hmi_remark note;
    int64_t seen = 0;
    if (!in_match(call, &seen) || !get_note(call, &note)) {
        return;
    }
    int code = hmi_remark_change(call->store, call->arena, call->parts[0], seen,
                                 hmi_signed_name(&call->who), text, removed, &note, &call->err);
    if (code == HM_E_CONFLICT) {
        if (get_note(call, &note)) {
            refuse_stale(call, &note);
        }
        return;
    }
    if (hmi_failed_call(call, code, "body.text")) {
        return;
    }
    if (removed) {
        hmi_answer_empty(call);
    } else {
        answer_note(call, 200, &note);
    }
}

void hmi_do_note_change(hmi_call *call)
{
    hm_text text;
    if (in_text(call, &text)) {
        change(call, text, false);
    }
}

void hmi_do_note_remove(hmi_call *call)
{
    change(call, HM_TEXT(""), true);
}
