/* SPDX-License-Identifier: Apache-2.0
 *
 * syslog.c - RFC 3164, RFC 5424, and the two ways daemons write them to files.
 *
 * WHY    The envelope of nearly everything that Unix machines and network devices say.
 * FORM   3164   [<PRI>]Oct  7 13:55:36 host program[pid]: message      no year, no zone
 *               some devices leave the host out, some add the year behind the day
 *        file   2025-10-07T13:55:36.123456+02:00 host program[pid]: message       (rsyslog,
 * journalctl) 5424   <PRI>1 2025-10-07T13:55:36Z host program pid msgid [id key="value"] message
 *        framed "LENGTH <PRI>..." by RFC 6587: octets counted, so a message may hold line feeds.
 * TRUST  Anyone who can send a datagram writes such lines. A counted length is believed only when a
 *        frame, a line feed or the end stands behind it. What is inside the message is read by the
 *        formats that programs write through syslog; else it is free text.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "formats/record/formats.h"
#include "formats/record/inner.h"

enum { FRAME_MAX = HMI_LINE_MAX, TAG_MAX = 256, SD_MAX = 64, DATED_LEN = 20 };

typedef struct envelope {
    hmi_instant time;
    hm_bytes host, program, message;
} envelope;

static hm_bytes take_word(hm_bytes *rest)
{
    size_t len = hmi_find_byte(*rest, ' ');
    hm_bytes word = len == HMI_NPOS ? *rest : hmi_slice(*rest, 0, len);
    *rest = hmi_slice(*rest, len == HMI_NPOS ? rest->len : len + 1, rest->len);
    return word;
}

/* "<34>": false when something else stands here; nothing is taken then. */
static bool take_priority(hm_bytes *rest)
{
    size_t i = 1;
    while (i < rest->len && i < 4 && hmi_ascii_digit((char)rest->ptr[i])) {
        i++;
    }
    if (rest->len < 3 || rest->ptr[0] != '<' || i < 2 || i >= rest->len || rest->ptr[i] != '>') {
        return false;
    }
    *rest = hmi_slice(*rest, i + 1, rest->len);
    return true;
}

static bool ends_word(hm_bytes rest, size_t used)
{
    return used == rest.len || rest.ptr[used] == ' ' || rest.ptr[used] == ':';
}

/* Some devices: "Oct  7 2025 13:55:36". */
static bool take_dated_time(hm_text text, hmi_instant *ret)
{
    char moved[] = "Oct  7 13:55:36";
    if (text.len < DATED_LEN || text.ptr[6] != ' ' || text.ptr[11] != ' ') {
        return false;
    }
    int year = 0;
    for (size_t i = 7; i < 11; i++) {
        if (!hmi_ascii_digit(text.ptr[i])) {
            return false;
        }
        year = year * 10 + (text.ptr[i] - '0');
    }
    memcpy(moved, text.ptr, 6);
    memcpy(moved + 6, text.ptr + 11, 9);
    hmi_civil last = { .year = year, .month = 12, .day = 30, .hour = 23, .minute = 59 };
    int64_t context;
    size_t used;
    if (!hmi_civil_to_us(&last, 0, &context) ||
        !hmi_time_parse_rfc3164(hmi_text(moved, 15), context, ret, &used) || used != 15 ||
        hmi_us_to_civil(ret->us).year != year) {
        return false;
    }
    ret->trust = HMI_TIME_ZONE_ASSUMED;
    return true;
}

/* A moment to read year-less times by when none is known: only to see whether they are times. */
#define ANY_CONTEXT (INT64_C(978307199) * 1000000) /* the end of 2000, a leap year */

static bool take_time(hm_bytes *rest, int64_t context_us, hmi_instant *ret)
{
    if (rest->len < 15) {
        return false;
    }
    hm_text text = hmi_text((const char *)rest->ptr, rest->len < 48 ? rest->len : 48);
    size_t used = 0;
    bool known = context_us != HMI_TIME_NONE;
    if (hmi_ascii_digit(text.ptr[0])) {
        if (!hmi_time_parse_rfc3339_prefix(text, ret, &used) || used < 19 || text.ptr[10] == ' ' ||
            !ends_word(*rest, used)) {
            return false;
        }
    } else if (hmi_time_parse_rfc3164(text, known ? context_us : ANY_CONTEXT, ret, &used) &&
               ends_word(*rest, used)) {
        if (!known) {
            *ret = HMI_INSTANT_NONE;
        }
    } else if (take_dated_time(text, ret)) {
        used = DATED_LEN;
    } else {
        return false;
    }
    *rest = hmi_slice(*rest, used, rest->len);
    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == ':')) {
        *rest = hmi_slice(*rest, 1, rest->len);
    }
    return true;
}

/* The program's name without its folder and process number; empty when there is no tag. */
static hm_bytes take_tag(hm_bytes *rest)
{
    hm_bytes head = hmi_slice(*rest, 0, TAG_MAX);
    size_t end = 0;
    while (end < head.len && head.ptr[end] != ':' && head.ptr[end] != '[' && head.ptr[end] != ' ' &&
           head.ptr[end] > ' ') {
        end++;
    }
    size_t behind = end;
    if (behind < head.len && head.ptr[behind] == '[') {
        size_t close = hmi_find_byte(hmi_slice(head, behind, head.len), ']');
        behind = close == HMI_NPOS ? end : behind + close + 1;
    }
    if (end == 0 || behind >= head.len || head.ptr[behind] != ':') {
        return (hm_bytes){ NULL, 0 };
    }
    hm_bytes tag = hmi_slice(*rest, 0, end);
    size_t slash = hmi_find_last_byte(tag, '/');
    *rest = hmi_slice(*rest, behind + 1, rest->len);
    if (rest->len > 0 && rest->ptr[0] == ' ') {
        *rest = hmi_slice(*rest, 1, rest->len);
    }
    return slash == HMI_NPOS ? tag : hmi_slice(tag, slash + 1, tag.len);
}

static bool read_3164(hm_bytes rest, int64_t context_us, envelope *ret)
{
    envelope e = { .time = HMI_INSTANT_NONE };
    if (!take_time(&rest, context_us, &e.time) || rest.len == 0) {
        return false;
    }
    /* Without a host the tag stands here, and ends with a colon. */
    hm_bytes before = rest, word = take_word(&rest);
    if ((word.len > 1 && word.ptr[word.len - 1] == ':') ||
        hmi_starts_with(before, HM_BYTES("CEF:"))) {
        rest = before;
    } else {
        e.host = word;
    }
    /* "CEF:0|" looks like a tag and is none. */
    if (!hmi_starts_with(rest, HM_BYTES("CEF:")) && !hmi_starts_with(rest, HM_BYTES("LEEF:"))) {
        e.program = take_tag(&rest);
    }
    e.message = rest;
    *ret = e;
    return true;
}

/* Takes the structured data: "-" or [id key="value" ...]..., with \" \\ \] escaped. Its values are
 * looked at as free text. */
static bool take_structured(hm_bytes *rest, hmi_event *event)
{
    if (rest->len > 0 && rest->ptr[0] == '-') {
        *rest = hmi_slice(*rest, 1, rest->len);
        return true;
    }
    for (unsigned count = 0; count < SD_MAX && rest->len > 0 && rest->ptr[0] == '['; count++) {
        bool quoted = false;
        size_t i = 1, value = 0;
        for (; i < rest->len && (quoted || rest->ptr[i] != ']'); i++) {
            if (quoted && rest->ptr[i] == '\\') {
                i++;
            } else if (rest->ptr[i] == '"') {
                if (quoted) {
                    hmi_event_add_spelled(event, HMI_CLASS_NONE, HMI_ROLE_CONTENT,
                                          hmi_slice(*rest, value, i - value), HMI_SPELL_BACKSLASH);
                }
                quoted = !quoted;
                value = i + 1;
            }
        }
        if (i >= rest->len) {
            return false;
        }
        *rest = hmi_slice(*rest, i + 1, rest->len);
    }
    return true;
}

static bool read_5424(hm_bytes rest, envelope *ret, hmi_event *event)
{
    envelope e = { .time = HMI_INSTANT_NONE };
    hm_bytes stamp = take_word(&rest);
    if (!hmi_bytes_eq(stamp, HM_BYTES("-")) &&
        !hmi_time_parse_rfc3339(hmi_text((const char *)stamp.ptr, stamp.len), &e.time)) {
        return false;
    }
    e.host = take_word(&rest);
    e.program = take_word(&rest);
    (void)take_word(&rest); /* process */
    (void)take_word(&rest); /* message id */
    if (!take_structured(&rest, event)) {
        event->cut = true;
    }
    if (rest.len > 0 && rest.ptr[0] == ' ') {
        rest = hmi_slice(rest, 1, rest.len);
    }
    e.message =
        hmi_starts_with(rest, HM_BYTES("\xef\xbb\xbf")) ? hmi_slice(rest, 3, rest.len) : rest;
    *ret = e;
    return true;
}

/* RFC 6587: "LENGTH <PRI>...". Gives the frame and moves the next line behind it. */
static bool take_frame(hmi_line_ctx *ctx, hm_bytes *ret_frame)
{
    hm_bytes text = ctx->text;
    size_t digits = 0, length = 0;
    while (digits < 7 && digits < text.len && hmi_ascii_digit((char)text.ptr[digits])) {
        length = length * 10 + (size_t)(text.ptr[digits++] - '0');
    }
    hm_bytes rest = hmi_slice(text, digits, text.len);
    if (digits == 0 || text.ptr[0] == '0' || !hmi_starts_with(rest, HM_BYTES(" <")) ||
        length > FRAME_MAX || length < 3 || length > rest.len - 1) {
        return false;
    }
    size_t end = digits + 1 + length;
    bool line_feed = end < text.len && text.ptr[end] == '\n';
    if (end < text.len && !line_feed && !hmi_ascii_digit((char)text.ptr[end])) {
        return false; /* a wrong length: the line is still a line */
    }
    *ret_frame = hmi_slice(text, digits + 1, length);
    ctx->next = end + (line_feed ? 1 : 0);
    return true;
}

static int read_message(hmi_line_ctx *ctx, const envelope *e, hmi_event *event, hm_err *err)
{
    event->time = e->time;
    event->kind = HMI_EVENT_MESSAGE;
    if (e->host.len > 0) {
        hmi_event_add_host(event, HMI_ROLE_HOST, e->host, NULL);
    }
    return hmi_inner_message(ctx, e->program, e->message, HMI_SPELL_PLAIN, event, err);
}

static int parse_syslog(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err)
{
    size_t next = ctx->next;
    hm_bytes rest = line;
    (void)take_frame(ctx, &rest);
    bool priority = take_priority(&rest);
    envelope e;
    bool read = priority && hmi_starts_with(rest, HM_BYTES("1 "))
                    ? read_5424(hmi_slice(rest, 2, rest.len), &e, event)
                    : read_3164(rest, ctx->context_us, &e);
    if (!read) {
        ctx->next = next;
        return HMI_LINE_NOT;
    }
    return read_message(ctx, &e, event, err);
}

const hmi_line_format hmi_line_syslog = { "syslog", 0, parse_syslog, NULL };
