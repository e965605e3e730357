/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - builds one line and hands it to the sink.
 *
 * WHY    A log is read by people in a hurry and by programs that count; both need one event on one
 *        line, and neither may be fooled by a value that holds a line end or an escape sequence.
 * FORM   JSON: time, level, event, then the fields in their order. Plain: the time of day, the
 * level, the event, then name=value; a value with blanks, quotes or '=' stands in quotes. TRUST
 * Values are anybody's; names and events are ours. OWNS   One buffer for the time of a call.
 * Without memory a fixed line says that one was lost.
 */
#include "base/log.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

static const char WITHHELD[] = "[withheld]";

const char *hmi_log_level_name(hmi_log_level level)
{
    static const char *const NAMES[] = { "debug", "info", "warn", "error" };
    hmi_assert((size_t)level < HMI_COUNT(NAMES));
    return NAMES[level];
}

bool hmi_log_is_secret(const char *name)
{
    static const char *const PARTS[] = { "passw",   "passphrase", "secret",      "token",
                                         "cookie",  "credential", "private_key", "authorization",
                                         "api_key", "session_id" };
    hm_text whole = hmi_text_of(name);
    for (size_t at = 0; at < whole.len; at++) {
        for (size_t i = 0; i < HMI_COUNT(PARTS); i++) {
            if (hmi_text_istarts(hmi_text_slice(whole, at, whole.len), hmi_text_of(PARTS[i]))) {
                return true;
            }
        }
    }
    return false;
}

/* At most HMI_LOG_VALUE_MAX bytes, not cut inside a character. */
static hm_bytes cut(hm_bytes value, bool *ret_cut)
{
    size_t len = value.len;
    *ret_cut = len > HMI_LOG_VALUE_MAX;
    if (*ret_cut) {
        len = HMI_LOG_VALUE_MAX;
        for (int i = 0; i < 3 && (value.ptr[len] & 0xc0) == 0x80; i++) {
            len--;
        }
    }
    return (hm_bytes){ value.ptr, len };
}

/* -- JSON. */

static void put_json_text(hmi_json_writer *w, hm_bytes value)
{
    bool was_cut;
    hm_bytes part = cut(value, &was_cut);
    hmi_json_put_lossy(w, part);
    if (was_cut && w->out->bad == 0) {
        w->out->len--; /* the dots go in front of the closing quote */
        hmi_buf_add_cstr(w->out, "...\"");
    }
}

static void put_json_field(hmi_json_writer *w, const hmi_log_field *field)
{
    hmi_json_put_key(w, hmi_text_of(field->name));
    if (hmi_log_is_secret(field->name)) {
        hmi_json_put_text(w, hmi_text_of(WITHHELD));
        return;
    }
    switch (field->kind) {
    case HMI_LOG_INT_FIELD:
        hmi_json_put_int(w, field->number);
        return;
    case HMI_LOG_UINT_FIELD:
        hmi_json_put_uint(w, field->count);
        return;
    case HMI_LOG_BOOL_FIELD:
        hmi_json_put_bool(w, field->count != 0);
        return;
    default:
        put_json_text(w, field->text);
    }
}

static void write_json(hmi_buf *out, const hmi_log *log, hmi_log_level level, const char *event,
                       const hmi_log_field *fields, size_t count)
{
    hmi_json_writer w;
    hmi_json_begin(&w, out, false);
    hmi_json_open_object(&w);
    if (log->now_us != NULL) {
        hmi_buf time;
        hmi_buf_init(&time, 0);
        hmi_buf_add_stix_time(&time, log->now_us());
        hmi_json_member_text(&w, "time", hmi_buf_text(&time));
        hmi_buf_fini(&time);
    }
    hmi_json_member_text(&w, "level", hmi_text_of(hmi_log_level_name(level)));
    hmi_json_member_text(&w, "event", hmi_text_of(event));
    for (size_t i = 0; i < count; i++) {
        put_json_field(&w, &fields[i]);
    }
    hmi_json_close_object(&w);
}

/* -- Plain. */

static bool needs_quotes(hm_bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == ' ' || value.ptr[i] == '"' || value.ptr[i] == '=') {
            return true;
        }
    }
    return value.len == 0;
}

static void put_plain_text(hmi_buf *out, hm_bytes value)
{
    bool was_cut;
    hm_bytes part = cut(value, &was_cut);
    if (!needs_quotes(part)) {
        hmi_buf_add_safe(out, part);
    } else {
        hmi_buf_add_char(out, '"');
        while (part.len > 0) {
            size_t quote = hmi_find_byte(part, '"');
            hmi_buf_add_safe(out, hmi_slice(part, 0, quote));
            if (quote == HMI_NPOS) {
                break;
            }
            hmi_buf_add_cstr(out, "\\\"");
            part = hmi_slice(part, quote + 1, part.len);
        }
        hmi_buf_add_char(out, '"');
    }
    hmi_buf_add_cstr(out, was_cut ? "..." : "");
}

static void put_plain_field(hmi_buf *out, const hmi_log_field *field)
{
    hmi_buf_printf(out, " %s=", field->name);
    if (hmi_log_is_secret(field->name)) {
        hmi_buf_add_cstr(out, WITHHELD);
        return;
    }
    switch (field->kind) {
    case HMI_LOG_INT_FIELD:
        hmi_buf_printf(out, "%lld", (long long)field->number);
        return;
    case HMI_LOG_UINT_FIELD:
        hmi_buf_printf(out, "%llu", (unsigned long long)field->count);
        return;
    case HMI_LOG_BOOL_FIELD:
        hmi_buf_add_cstr(out, field->count != 0 ? "yes" : "no");
        return;
    default:
        put_plain_text(out, field->text);
    }
}

static void write_plain(hmi_buf *out, const hmi_log *log, hmi_log_level level, const char *event,
                        const hmi_log_field *fields, size_t count)
{
    if (log->now_us != NULL) {
        hmi_civil now = hmi_us_to_civil(log->now_us());
        hmi_buf_printf(out, "%02u:%02u:%02u ", now.hour, now.minute, now.second);
    }
    hmi_buf_printf(out, "%-5s %s%s", hmi_log_level_name(level), event, count > 0 ? " " : "");
    for (size_t i = 0; i < count; i++) {
        put_plain_field(out, &fields[i]);
    }
}

void hmi_log_write(const hmi_log *log, hmi_log_level level, const char *event,
                   const hmi_log_field *fields, size_t count)
{
    hmi_assert(count <= HMI_LOG_FIELDS_MAX);
    if (log == NULL || log->sink == NULL || level < log->least) {
        return;
    }
    hmi_buf line;
    hmi_buf_init(&line, 0);
    if (log->form == HMI_LOG_JSON) {
        write_json(&line, log, level, event, fields, count);
    } else {
        write_plain(&line, log, level, event, fields, count);
    }
    log->sink(log->user, level,
              line.bad == 0 ? hmi_buf_text(&line)
                            : HM_TEXT("{\"level\":\"error\",\"event\":\"log line lost\"}"));
    hmi_buf_fini(&line);
}

void hmi_log_failure(const hmi_log *log, hmi_log_level level, const char *event, const hm_err *err)
{
    const hmi_log_field fields[] = {
        hmi_log_cstr("code", hm_code_name(err->code)),
        hmi_log_cstr("reason", err->text),
        hmi_log_uint("offset", err->offset),
    };
    hmi_log_write(log, level, event, fields, err->offset == HM_OFFSET_NONE ? 2 : 3);
}
