/* SPDX-License-Identifier: Apache-2.0
 *
 * json_write.c - JSON out, the same bytes for the same calls on every machine.
 *
 * WHY    Commas and nesting are easy to get wrong by hand and hard to see in review.
 * FORM   Strings escape what RFC 8259 demands (", \, below U+0020) and what commands a terminal,
 *        ends a line for JavaScript, reorders or hides (text_safe.c): people read JSON on screens
 *        too, and \u202e is the same string. Numbers never ask the locale.
 * TRUST  Values are anybody's; keys and the order of calls are ours. Nesting deeper than
 *        HMI_JSON_DEPTH_MAX can come from a document we copy, so it is remembered in the buffer as
 *        HM_E_LIMIT like any other output that does not fit.
 * OWNS   Nothing: the buffer is the caller's.
 */
#include <math.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/json_node.h"
#include "base/text.h"

/* A character that a terminal would obey or an eye would miss: DEL, C1, and what text_safe.c hides.
 * Its length in bytes, 0 when it is an ordinary one. */
static size_t unseen(hm_bytes bytes, size_t at, uint32_t *ret_code)
{
    if (bytes.ptr[at] < 0x7f) {
        return 0;
    }
    size_t end = at;
    uint32_t code = hmi_utf8_next_lossy(bytes, &end);
    *ret_code = code;
    return (code >= 0x7f && code < 0xa0) || hmi_is_hidden(code) ? end - at : 0;
}

/* How many bytes from `at` need no escape. */
static size_t plain_span(hm_bytes bytes, size_t from, bool show_all)
{
    uint32_t code;
    size_t at = from;
    while (at < bytes.len) {
        uint8_t c = bytes.ptr[at];
        if (c < 0x20 || c == '"' || c == '\\' || (show_all && unseen(bytes, at, &code) > 0)) {
            break;
        }
        at++;
    }
    return at - from;
}

static void add_unit(hmi_buf *out, uint32_t unit)
{
    uint8_t bytes[2] = { (uint8_t)(unit >> 8), (uint8_t)unit };
    hmi_buf_add_cstr(out, "\\u");
    hmi_buf_add_hex(out, hmi_bytes(bytes, sizeof(bytes)));
}

static void add_escape(hmi_buf *out, uint32_t code)
{
    static const char MEANINGS[] = "\"\\\b\f\n\r\t", NAMES[] = "\"\\bfnrt";
    const char *at = code != 0 && code < 0x7f ? strchr(MEANINGS, (int)code) : NULL;
    if (at != NULL) {
        hmi_buf_add_char(out, '\\');
        hmi_buf_add_char(out, NAMES[at - MEANINGS]);
    } else if (code > 0xffff) {
        add_unit(out, 0xd800 + ((code - 0x10000) >> 10));
        add_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
        add_unit(out, code);
    }
}

static void add_escaped(hmi_buf *out, hm_bytes bytes, bool show_all)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t plain = plain_span(bytes, at, show_all);
        hmi_buf_add(out, hmi_slice(bytes, at, plain));
        at += plain;
        if (at == bytes.len) {
            break;
        }
        uint32_t code = bytes.ptr[at];
        size_t used = unseen(bytes, at, &code);
        add_escape(out, code);
        at += used > 0 ? used : 1;
    }
}

void hmi_json_add_quoted(hmi_buf *out, hm_text text, bool show_all)
{
    hmi_buf_add_char(out, '"');
    add_escaped(out, hmi_text_bytes(text), show_all);
    hmi_buf_add_char(out, '"');
}

/* ECMAScript's Number::toString over the shortest digits "d.ddde+XX". */
void hmi_json_add_number(hmi_buf *out, double value)
{
    char text[HMI_DECIMAL_MAX], digits[HMI_DECIMAL_MAX];
    if (value == 0) {
        hmi_buf_add_char(out, '0');
        return;
    }
    size_t len = hmi_decimal_shortest(fabs(value), text), count = 0, at = 0;
    for (; at < len && text[at] != 'e'; at++) {
        if (text[at] != '.') {
            digits[count++] = text[at];
        }
    }
    int exponent = 0; /* of the first digit */
    for (size_t i = at + 2; i < len; i++) {
        exponent = exponent * 10 + (text[i] - '0');
    }
    exponent = text[at + 1] == '-' ? -exponent : exponent;
    int point = exponent + 1; /* digits in front of the point */
    hm_text all = { digits, count };
    hmi_buf_add_cstr(out, value < 0 ? "-" : "");
    if (point > 21 || point < -5) {
        hmi_buf_add_char(out, digits[0]);
        hmi_buf_add_cstr(out, count > 1 ? "." : "");
        hmi_buf_add_text(out, hmi_text_slice(all, 1, count));
        hmi_buf_printf(out, "e%+d", exponent);
        return;
    }
    if (point <= 0) {
        hmi_buf_add_text(out, hmi_text_slice(HM_TEXT("0.00000"), 0, 2 + (size_t)-point));
        hmi_buf_add_text(out, all);
        return;
    }
    hmi_buf_add_text(out, hmi_text_slice(all, 0, (size_t)point));
    for (int i = (int)count; i < point; i++) {
        hmi_buf_add_char(out, '0');
    }
    if ((size_t)point < count) {
        hmi_buf_add_char(out, '.');
        hmi_buf_add_text(out, hmi_text_slice(all, (size_t)point, count));
    }
}

/* -- The writer. */

void hmi_json_begin(hmi_json_writer *w, hmi_buf *out, bool pretty)
{
    *w = (hmi_json_writer){ .out = out, .pretty = pretty };
    w->first[0] = true;
}

static void new_line(hmi_json_writer *w)
{
    if (!w->pretty) {
        return;
    }
    hmi_buf_add_char(w->out, '\n');
    for (unsigned i = 0; i < w->depth; i++) {
        hmi_buf_add_cstr(w->out, "  ");
    }
}

/* What stands in front of every value and key: a comma, a new line, or nothing. */
static void before(hmi_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (!w->first[w->depth]) {
        hmi_buf_add_char(w->out, ',');
    }
    if (w->depth > 0) {
        new_line(w);
    }
    w->first[w->depth] = false;
}

static void open_with(hmi_json_writer *w, char bracket)
{
    before(w);
    hmi_buf_add_char(w->out, bracket);
    if (w->depth == HMI_JSON_DEPTH_MAX) {
        w->out->bad = w->out->bad != 0 ? w->out->bad : HM_E_LIMIT;
        return;
    }
    w->first[++w->depth] = true;
}

static void close_with(hmi_json_writer *w, char bracket)
{
    /* Behind a failure the depth may be short of what was opened, and nothing is written anyway. */
    if (w->out->bad != 0) {
        if (w->depth > 0) {
            w->depth--;
        }
        return;
    }
    hmi_assert(w->depth > 0 && !w->after_key);
    bool empty = w->first[w->depth--];
    if (!empty) {
        new_line(w);
    }
    hmi_buf_add_char(w->out, bracket);
}

void hmi_json_open_object(hmi_json_writer *w)
{
    open_with(w, '{');
}

void hmi_json_close_object(hmi_json_writer *w)
{
    close_with(w, '}');
}

void hmi_json_open_array(hmi_json_writer *w)
{
    open_with(w, '[');
}

void hmi_json_close_array(hmi_json_writer *w)
{
    close_with(w, ']');
}

void hmi_json_put_key(hmi_json_writer *w, hm_text key)
{
    hmi_assert(!w->after_key);
    before(w);
    hmi_json_add_quoted(w->out, key, true);
    hmi_buf_add_cstr(w->out, w->pretty ? ": " : ":");
    w->after_key = true;
}

void hmi_json_put_text(hmi_json_writer *w, hm_text value)
{
    before(w);
    hmi_json_add_quoted(w->out, value, true);
}

void hmi_json_put_lossy(hmi_json_writer *w, hm_bytes value)
{
    before(w);
    hmi_buf_add_char(w->out, '"');
    while (value.len > 0) {
        size_t clean = hmi_utf8_span(value);
        add_escaped(w->out, hmi_slice(value, 0, clean), true);
        if (clean < value.len) {
            hmi_buf_add_utf8(w->out, hmi_utf8_next_lossy(value, &clean));
        }
        value = hmi_slice(value, clean, value.len);
    }
    hmi_buf_add_char(w->out, '"');
}

void hmi_json_put_int(hmi_json_writer *w, int64_t value)
{
    before(w);
    hmi_buf_printf(w->out, "%lld", (long long)value);
}

void hmi_json_put_uint(hmi_json_writer *w, uint64_t value)
{
    before(w);
    hmi_buf_printf(w->out, "%llu", (unsigned long long)value);
}

void hmi_json_put_double(hmi_json_writer *w, double value)
{
    if (!isfinite(value)) {
        hmi_json_put_null(w);
        return;
    }
    before(w);
    if (value == 0 && signbit(value)) {
        hmi_buf_add_cstr(w->out, "-0");
        return;
    }
    hmi_json_add_number(w->out, value);
}

void hmi_json_put_fixed(hmi_json_writer *w, double value, unsigned decimals)
{
    char text[HMI_DECIMAL_MAX];
    if (!isfinite(value)) {
        hmi_json_put_null(w);
        return;
    }
    before(w);
    hmi_buf_add_text(w->out, (hm_text){ text, hmi_decimal_fixed(value, decimals, text) });
}

void hmi_json_put_bool(hmi_json_writer *w, bool value)
{
    before(w);
    hmi_buf_add_cstr(w->out, value ? "true" : "false");
}

void hmi_json_put_null(hmi_json_writer *w)
{
    before(w);
    hmi_buf_add_cstr(w->out, "null");
}

void hmi_json_put_raw(hmi_json_writer *w, hm_bytes json)
{
    before(w);
    hmi_buf_add(w->out, json);
}

void hmi_json_member_text(hmi_json_writer *w, const char *key, hm_text value)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_put_text(w, value);
}

void hmi_json_member_uint(hmi_json_writer *w, const char *key, uint64_t value)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_put_uint(w, value);
}

void hmi_json_member_fixed(hmi_json_writer *w, const char *key, double value, unsigned decimals)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_put_fixed(w, value, decimals);
}

void hmi_json_member_bool(hmi_json_writer *w, const char *key, bool value)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_put_bool(w, value);
}
