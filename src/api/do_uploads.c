/* SPDX-License-Identifier: Apache-2.0
 *
 * do_uploads.c - evidence that is dropped on the page, and what is told meanwhile.
 *
 * OWNS   A listener's place in the news, until its stream ends.
 */
#include <stdlib.h>

#include "api/routes_made.h"
#include "api/uploads.h"

/* A stream is ended now and then: whose session is over cannot open the next one. */
#define STREAM_US INT64_C(60000000)
#define BREATH_US INT64_C(15000000)

static void answer_upload(hmi_call *call, int status, hm_text id)
{
    hmi_json_writer *w = hmi_answer_json(call, status);
    int code = hmi_upload_json(call->api->uploads, hmi_signed_name(&call->who), id, w, &call->err);
    (void)hmi_failed_call(call, code, "path.upload");
}

void hmi_do_upload_begin(hmi_call *call)
{
    static const char *const KEYS[] = { "name", "size", NULL };
    hmi_incident i;
    hm_text name;
    int64_t size = 0;
    char id[HMI_UPLOAD_ID];
    if (!hmi_in_only(call, KEYS) ||
        !hmi_in_text(call, "name", HMI_NEEDED, 1, HMI_UPLOAD_NAME_MAX, &name) ||
        !hmi_in_int(call, "size", HMI_NEEDED, 0, HMI_UPLOAD_SIZE_MAX, &size) ||
        !hmi_in_incident(call, 0, &i)) {
        return;
    }
    int code = hmi_upload_begin(call->api->uploads, hmi_signed_name(&call->who), i.stix_id, name,
                                (uint64_t)size, id, &call->err);
    if (!hmi_failed_call(call, code, "")) {
        hmi_deed_note(call, "upload-begun", i.stix_id);
        answer_upload(call, 201, hmi_text_of(id));
    }
}

void hmi_do_upload_list(hmi_call *call)
{
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("uploads"));
    int code = hmi_upload_list_json(call->api->uploads, hmi_signed_name(&call->who), w, &call->err);
    hmi_json_close_object(w);
    (void)hmi_failed_call(call, code, "");
}

void hmi_do_upload_get(hmi_call *call)
{
    answer_upload(call, 200, call->parts[0]);
}

void hmi_do_upload_cancel(hmi_call *call)
{
    int code = hmi_upload_cancel(call->api->uploads, hmi_signed_name(&call->who), call->parts[0],
                                 &call->err);
    if (!hmi_failed_call(call, code, "path.upload")) {
        hmi_answer_empty(call);
    }
}

static bool in_header(hmi_call *call, const char *name, uint64_t *ret)
{
    hm_text text = hmi_http_header_find(call->request->head, name);
    uint64_t number = 0;
    bool good = text.len > 0 && text.len <= 18;
    for (size_t i = 0; good && i < text.len; i++) {
        good = hmi_ascii_digit(text.ptr[i]);
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *ret = good ? number : 0;
    return good;
}

static void refuse_offset(hmi_call *call)
{
    hm_text name = hmi_signed_name(&call->who);
    hmi_json_writer *w = hmi_answer_json(call, 409);
    call->refused = true;
    hmi_json_open_object(w);
    hmi_json_member_uint(w, "status", 409);
    hmi_json_member_text(w, "code", HM_TEXT("conflict"));
    hmi_json_member_text(w, "where", HM_TEXT("header.Upload-Offset"));
    hmi_json_member_text(w, "why", HM_TEXT("it stands at another offset: go on there"));
    hmi_json_put_key(w, HM_TEXT("newest"));
    int code = hmi_upload_json(call->api->uploads, name, call->parts[0], w, &call->err);
    hmi_json_close_object(w);
    (void)hmi_failed_call(call, code, "path.upload");
}

void hmi_do_upload_append(hmi_call *call)
{
    uint64_t offset = 0;
    if (!in_header(call, "Upload-Offset", &offset)) {
        hmi_refuse(call, 400, "malformed", "header.Upload-Offset", "it says where the bytes begin");
        return;
    }
    int code = hmi_upload_append(call->api->uploads, hmi_signed_name(&call->who), call->parts[0],
                                 offset, call->request->body, &call->err);
    if (code == HM_E_CONFLICT) {
        refuse_offset(call);
    } else if (!hmi_failed_call(call, code, "path.upload")) {
        answer_upload(call, 200, call->parts[0]);
    }
}

/* ---- Events */

typedef struct listener {
    hmi_news *news;
    char user[HMI_TEAM_NAME_MAX + 1];
    uint64_t at;
    int64_t began_us, said_us;
} listener;

static bool more(void *held, hmi_buf *out)
{
    listener *l = held;
    int64_t now = hmi_clock_us();
    hmi_news_write(l->news, hmi_text_of(l->user), &l->at, out);
    if (out->len == 0 && now - l->said_us > BREATH_US) {
        hmi_buf_add_cstr(out, ": still here\n\n");
    }
    l->said_us = out->len > 0 ? now : l->said_us;
    return now - l->began_us < STREAM_US;
}

void hmi_do_events(hmi_call *call)
{
    uint64_t last = 0;
    listener *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        hmi_refuse(call, 503, "memory", "", "no memory for a listener");
        return;
    }
    l->news = call->api->news;
    l->at = in_header(call, "Last-Event-ID", &last) ? last : hmi_news_newest(l->news);
    l->began_us = l->said_us = hmi_clock_us();
    snprintf(l->user, sizeof(l->user), "%s", call->who.name);
    (void)hmi_answer_json(call, 200);
    call->answer->type = "text/event-stream";
    hmi_buf_add_cstr(&call->answer->body, "retry: 500\n\n");
    call->answer->more = more;
    call->answer->held = l;
    call->answer->release = free;
}
