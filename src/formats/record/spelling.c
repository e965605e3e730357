/* SPDX-License-Identifier: Apache-2.0
 *
 * spelling.c - undoing what log writers do to values, and the shape of a request.
 *
 * WHY    Each log escapes in its own way; a value must come out the same from all of them, or two
 *        incidents never meet. And requests differ in numbers and secrets while the tool that sent
 *        them shows in paths and the names and order of parameters.
 * FORM   HMI_SPELL_BACKSLASH: \" \\ \/ \= \| \n \r \t \b \v \f \e, \xNN, \NNN (decimal, DNS, with a
 * value over 255 left alone). HMI_SPELL_PLUS: + is a space. HMI_SPELL_HEX: pairs of digits, NUL
 *        between words.
 * TRUST  Decoding never grows a value.
 * OWNS   Nothing; copies are the arena's.
 */
#include "formats/record/spelling.h"

#include "base/text.h"

#include <string.h>

/* The byte that \c stands for, -1 when it is no such escape. */
static int simple_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case '\'':
    case '=': /* CEF */
    case '|':
        return c;
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'v':
        return '\v';
    case 'f':
        return '\f';
    case 'e':
        return 0x1b;
    default:
        return -1;
    }
}

/* Decodes the escape at p (a backslash); returns its length, 0 when it is none. */
static size_t read_escape(const uint8_t *p, size_t left, uint8_t *ret_byte)
{
    if (left >= 4 && p[1] == 'x' && hmi_hex_digit((char)p[2]) >= 0 &&
        hmi_hex_digit((char)p[3]) >= 0) {
        *ret_byte = (uint8_t)(hmi_hex_digit((char)p[2]) << 4 | hmi_hex_digit((char)p[3]));
        return 4;
    }
    if (left >= 4 && hmi_ascii_digit((char)p[1]) && hmi_ascii_digit((char)p[2]) &&
        hmi_ascii_digit((char)p[3])) {
        int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
        *ret_byte = (uint8_t)value;
        return value <= 255 ? 4 : 0;
    }
    int byte = left >= 2 ? simple_escape((char)p[1]) : -1;
    *ret_byte = (uint8_t)byte;
    return byte >= 0 ? 2 : 0;
}

static hm_bytes decode_backslash(hmi_arena *arena, hm_bytes raw)
{
    if (hmi_find_byte(raw, '\\') == HMI_NPOS) {
        return raw;
    }
    uint8_t *out = hmi_arena_take(arena, raw.len, 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < raw.len;) {
        uint8_t byte = 0;
        size_t used = raw.ptr[i] == '\\' ? read_escape(raw.ptr + i, raw.len - i, &byte) : 0;
        out[len++] = used ? byte : raw.ptr[i];
        i += used ? used : 1;
    }
    return (hm_bytes){ out, len };
}

static hm_bytes decode_plus(hmi_arena *arena, hm_bytes raw)
{
    if (hmi_find_byte(raw, '+') == HMI_NPOS) {
        return raw;
    }
    hm_bytes copy = hmi_arena_bytes(arena, raw);
    uint8_t *out = (uint8_t *)(uintptr_t)copy.ptr; /* ours: just copied */
    for (size_t i = 0; out != NULL && i < raw.len; i++) {
        out[i] = raw.ptr[i] == '+' ? ' ' : raw.ptr[i];
    }
    return copy;
}

/* What is no hexadecimal was written in the clear. */
static hm_bytes decode_hex(hmi_arena *arena, hm_bytes raw)
{
    if (raw.len == 0 || raw.len % 2 != 0) {
        return raw;
    }
    uint8_t *out = hmi_arena_take(arena, raw.len / 2, 1);
    for (size_t i = 0; out != NULL && i < raw.len; i += 2) {
        int high = hmi_hex_digit((char)raw.ptr[i]), low = hmi_hex_digit((char)raw.ptr[i + 1]);
        if (high < 0 || low < 0) {
            return raw;
        }
        /* the kernel's own end of a word on a command line */
        out[i / 2] = high + low > 0 ? (uint8_t)(high << 4 | low) : ' ';
    }
    return (hm_bytes){ out, raw.len / 2 };
}

hm_bytes hmi_spelling_decode(hmi_arena *arena, hm_bytes raw, hmi_spelling spelling)
{
    switch (spelling) {
    case HMI_SPELL_BACKSLASH:
        return decode_backslash(arena, raw);
    case HMI_SPELL_PLUS:
        return decode_plus(arena, raw);
    case HMI_SPELL_HEX:
        return decode_hex(arena, raw);
    case HMI_SPELL_UTF16:
        return hmi_text_bytes(hmi_text_from_utf16(arena, raw, false));
    case HMI_SPELL_PLAIN:
    default:
        return raw;
    }
}

hm_bytes hmi_percent_decode(hmi_arena *arena, hm_bytes raw)
{
    if (hmi_find_byte(raw, '%') == HMI_NPOS) {
        return raw;
    }
    uint8_t *out = hmi_arena_take(arena, raw.len, 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < raw.len; i++) {
        int high = i + 2 < raw.len && raw.ptr[i] == '%' ? hmi_hex_digit((char)raw.ptr[i + 1]) : -1;
        int low = high >= 0 ? hmi_hex_digit((char)raw.ptr[i + 2]) : -1;
        if (low >= 0) {
            out[len++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            out[len++] = raw.ptr[i];
        }
    }
    return (hm_bytes){ out, len };
}

/* ---- Shapes */

typedef struct shape {
    char *out;
    size_t len;
} shape;

static void put(shape *s, hm_bytes bytes)
{
    size_t room = HMI_SHAPE_MAX - s->len;
    size_t len = bytes.len < room ? bytes.len : room;
    if (len > 0) {
        memcpy(s->out + s->len, bytes.ptr, len);
    }
    s->len += len;
}

static bool is_uuid(hm_bytes word)
{
    if (word.len != 36) {
        return false;
    }
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? word.ptr[i] != '-' : hmi_hex_digit((char)word.ptr[i]) < 0) {
            return false;
        }
    }
    return true;
}

/* One path segment: all digits are a number, 16 and more hexadecimal digits a token. */
static void put_segment(shape *s, hm_bytes word)
{
    size_t digits = 0, hex = 0;
    for (size_t i = 0; i < word.len; i++) {
        digits += hmi_ascii_digit((char)word.ptr[i]);
        hex += hmi_hex_digit((char)word.ptr[i]) >= 0;
    }
    if (word.len > 0 && digits == word.len) {
        put(s, HM_BYTES("{n}"));
    } else if (word.len >= 16 && hex == word.len) {
        put(s, HM_BYTES("{hex}"));
    } else if (is_uuid(word)) {
        put(s, HM_BYTES("{uuid}"));
    } else {
        put(s, word);
    }
}

static void put_path(shape *s, hm_bytes path)
{
    for (size_t at = 0; at <= path.len;) {
        hm_bytes rest = hmi_slice(path, at, path.len);
        size_t end = hmi_find_byte(rest, '/');
        end = end == HMI_NPOS ? rest.len : end;
        put_segment(s, (hm_bytes){ rest.ptr, end });
        at += end + 1;
        if (at <= path.len) {
            put(s, HM_BYTES("/"));
        }
    }
}

static void put_parameters(shape *s, hm_bytes query)
{
    hm_text rest = hmi_text((const char *)query.ptr, query.len), part;
    bool first = true;
    while (hmi_split(&rest, '&', &part)) {
        hm_bytes word = hmi_text_bytes(part);
        size_t equals = hmi_find_byte(word, '=');
        put(s, first ? HM_BYTES("?") : HM_BYTES("&"));
        first = false;
        if (equals == HMI_NPOS) {
            put_segment(s, word);
        } else {
            put(s, hmi_slice(word, 0, equals + 1));
        }
    }
}

bool hmi_request_shape(hm_bytes request, char *out, size_t *ret_len)
{
    size_t space = hmi_find_byte(request, ' ');
    if (space == HMI_NPOS || space == 0 || space + 1 >= request.len) {
        return false;
    }
    shape s = { .out = out };
    hm_bytes target = hmi_slice(request, space + 1, request.len);
    size_t mark = hmi_find_byte(target, '?');
    put(&s, hmi_slice(request, 0, space + 1));
    put_path(&s, hmi_slice(target, 0, mark == HMI_NPOS ? target.len : mark));
    if (mark != HMI_NPOS) {
        put_parameters(&s, hmi_slice(target, mark + 1, target.len));
    }
    *ret_len = s.len;
    return true;
}
