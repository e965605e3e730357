/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c - what every answer has in common, and what a refusal says.
 *
 * WHY    One shape for every refusal: a status for programs, a word for scripts, where and why for
 *        people. An answer that was begun and cannot be ended is thrown away whole.
 * OWNS   Nothing.
 */
#include <stdarg.h>

#include "api/assets.h"
#include "api/inside.h"
#include "base/text.h"

static void common_headers(hmi_http_answer *answer)
{
    hmi_safe_headers(&answer->head);
    hmi_buf_add_cstr(&answer->head, "Cache-Control: no-store\r\n"
                                    "Content-Security-Policy: default-src 'none'; "
                                    "frame-ancestors 'none'\r\n");
}

hmi_json_writer *hmi_answer_json(hmi_call *call, int status)
{
    hmi_http_answer *a = call->answer;
    common_headers(a);
    a->status = status;
    a->type = "application/json";
    a->body.ceiling = HMI_API_ANSWER_MAX;
    hmi_json_begin(&call->w, &a->body, false);
    return &call->w;
}

void hmi_answer_empty(hmi_call *call)
{
    common_headers(call->answer);
    call->answer->status = 204;
}

static void write_problem(hmi_http_answer *answer, int status, const char *code, const char *where,
                          uint64_t offset, hm_text why)
{
    hmi_json_writer w;
    hmi_buf_clear(&answer->head);
    hmi_buf_clear(&answer->body);
    answer->body.ceiling = HMI_API_ANSWER_MAX;
    common_headers(answer);
    answer->status = status;
    answer->type = "application/json";
    hmi_json_begin(&w, &answer->body, false);
    hmi_json_open_object(&w);
    hmi_json_member_uint(&w, "status", (uint64_t)status);
    hmi_json_member_text(&w, "code", hmi_text_of(code));
    if (where[0] != '\0') {
        hmi_json_member_text(&w, "where", hmi_text_of(where));
    }
    hmi_json_member_text(&w, "why", why);
    if (offset != HM_OFFSET_NONE) {
        hmi_json_member_uint(&w, "offset", offset);
    }
    if (answer->retry_after_s > 0) {
        hmi_json_member_uint(&w, "retry_after_s", answer->retry_after_s);
    }
    hmi_json_close_object(&w);
}

void hmi_refuse_plain(hmi_http_answer *answer, int status, const char *code, const char *why)
{
    write_problem(answer, status, code, "", HM_OFFSET_NONE, hmi_text_of(why));
}

void hmi_refuse(hmi_call *call, int status, const char *code, const char *where, const char *format,
                ...)
{
    char why[300];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    call->refused = true;
    hm_text clean = hmi_text_lossy(call->arena, hmi_text_bytes(hmi_text_of(why)));
    write_problem(call->answer, status, code, where, HM_OFFSET_NONE,
                  clean.ptr != NULL ? clean : HM_TEXT("no memory"));
}

static int status_of(int code)
{
    switch (code) {
    case HM_E_NOT_FOUND:
        return 404;
    case HM_E_EXISTS:
    case HM_E_CONFLICT:
        return 409;
    case HM_E_DENIED:
        return 403;
    case HM_E_BUSY:
        return 503;
    case HM_E_MISUSE:
    case HM_E_MALFORMED:
    case HM_E_TRUNCATED:
    case HM_E_UNSUPPORTED:
        return 400;
    case HM_E_LIMIT:
        return 413;
    default:
        return 500;
    }
}

void hmi_refuse_err(hmi_call *call, const char *where)
{
    const hm_err *e = &call->err;
    int status = status_of(e->code);
    call->refused = true;
    bool away = status == 500 && e->code == HM_E_IO && call->api->far; /* a fail-over, as a rule */
    if (status == 500) {
        hmi_log_failure(call->api->options.log, HMI_LOG_ERROR, "a request failed", e);
    }
    status = away ? 503 : status;
    call->answer->retry_after_s = status == 503 ? 1 : 0;
    /* What went wrong inside is ours to know: it may name paths of this machine. */
    write_problem(call->answer, status,
                  status == 400   ? "malformed"
                  : away          ? "busy"
                  : status == 500 ? "failed"
                                  : hm_code_name(e->code),
                  where, status == 400 ? e->offset : HM_OFFSET_NONE,
                  away            ? HM_TEXT("the casebook's database cannot be reached now")
                  : status == 500 ? HM_TEXT("the server could not do it; its log says why")
                                  : hmi_text_of(e->text));
}

bool hmi_failed_call(hmi_call *call, int code, const char *where)
{
    if (code == HM_OK) {
        return false;
    }
    call->err.code = code;
    hmi_refuse_err(call, where);
    return true;
}

void hmi_put_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 64);
    hmi_buf_add_time(&buf, us);
    if (us != HMI_TIME_NONE && buf.bad == 0) {
        hmi_json_member_text(w, key, hmi_buf_text(&buf));
    }
    hmi_buf_fini(&buf);
}

void hmi_put_lossy(hmi_json_writer *w, const char *key, hm_bytes bytes)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_put_lossy(w, bytes);
}

void hmi_put_int(hmi_json_writer *w, const char *key, int64_t number)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_put_int(w, number);
}
