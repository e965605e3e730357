/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_string.c - what Sigma's modifiers make of a value.
 *
 * FORM   "C:\\*\x" is C:\ (any) \x: a backslash escapes only * ? and itself.
 * TRUST  Rules are anybody's; each result is at most a few times its operand.
 * OWNS   Nothing.
 */
#include "detect/sigma_string.h"

#include "base/text.h"

hmi_sigma_string hmi_sigma_string_new(hmi_arena *arena, size_t len)
{
    hmi_sigma_string s = { .len = len };
    s.text = hmi_arena_take(arena, len + 1, 1);
    s.wild = hmi_arena_take(arena, len + 1, 1);
    s.text = s.wild != NULL ? s.text : NULL;
    return s;
}

hmi_sigma_string hmi_sigma_string_read(hmi_arena *arena, hm_text text)
{
    hmi_sigma_string s = hmi_sigma_string_new(arena, text.len);
    size_t len = 0;
    for (size_t i = 0; s.text != NULL && i < text.len; i++) {
        char c = text.ptr[i];
        char behind = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (c == '\\' && (behind == '*' || behind == '?' || behind == '\\')) {
            c = behind;
            i++;
        } else if (c == '*' || c == '?') {
            s.wild[len] = (uint8_t)c;
        }
        s.text[len++] = c;
    }
    s.len = len;
    return s;
}

hmi_sigma_string hmi_sigma_string_of(hmi_arena *arena, hm_bytes bytes)
{
    hmi_sigma_string s = hmi_sigma_string_new(arena, bytes.len);
    if (s.text != NULL && bytes.len > 0) {
        memcpy(s.text, bytes.ptr, bytes.len);
    }
    return s;
}

bool hmi_sigma_string_is_wild(const hmi_sigma_string *s)
{
    for (size_t i = 0; i < s->len; i++) {
        if (s->wild[i] != 0) {
            return true;
        }
    }
    return false;
}

static void append(hmi_sigma_string *to, const hmi_sigma_string *part)
{
    if (part->len > 0) {
        memcpy(to->text + to->len, part->text, part->len);
        memcpy(to->wild + to->len, part->wild, part->len);
        to->len += part->len;
    }
}

hmi_sigma_string hmi_sigma_string_join(hmi_arena *arena, hmi_sigma_string a, hmi_sigma_string b,
                                       hmi_sigma_string c)
{
    hmi_sigma_string s = hmi_sigma_string_new(arena, a.len + b.len + c.len);
    if (s.text != NULL) {
        s.len = 0;
        append(&s, &a);
        append(&s, &b);
        append(&s, &c);
    }
    return s;
}

static void put16(hmi_sigma_string *s, uint32_t unit, bool big)
{
    char low = (char)(unit & 0xff), high = (char)(unit >> 8);
    s->text[s->len++] = big ? high : low;
    s->text[s->len++] = big ? low : high;
}

hmi_sigma_string hmi_sigma_string_utf16(hmi_arena *arena, hmi_sigma_string from, bool big,
                                        bool mark)
{
    hmi_sigma_string s = hmi_sigma_string_new(arena, 2 * from.len + 2);
    hm_bytes bytes = hmi_bytes(from.text, from.len);
    s.len = 0;
    if (s.text != NULL && mark) {
        put16(&s, 0xfeff, big);
    }
    for (size_t pos = 0; s.text != NULL && pos < from.len;) {
        uint32_t c = hmi_utf8_next_lossy(bytes, &pos);
        if (c > 0xffff) {
            put16(&s, 0xd800 + ((c - 0x10000) >> 10), big);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        put16(&s, c, big);
    }
    return s;
}

static hmi_sigma_string base64(hmi_arena *arena, hm_bytes bytes)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    hmi_sigma_string s = hmi_sigma_string_new(arena, (bytes.len + 2) / 3 * 4);
    size_t len = 0;
    for (size_t i = 0; s.text != NULL && i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t three = (uint32_t)bytes.ptr[i] << 16 |
                         (left > 1 ? (uint32_t)bytes.ptr[i + 1] << 8 : 0) |
                         (left > 2 ? bytes.ptr[i + 2] : 0u);
        for (unsigned k = 0; k < 4; k++) {
            s.text[len++] = k <= left ? DIGITS[three >> (18 - 6 * k) & 63] : '=';
        }
    }
    return s;
}

hmi_sigma_string hmi_sigma_string_base64(hmi_arena *arena, hmi_sigma_string from, int shift)
{
    static const size_t BEGIN[3] = { 0, 2, 3 }, END[3] = { 0, 3, 2 };
    if (shift < 0) {
        return base64(arena, hmi_bytes(from.text, from.len));
    }
    size_t by = (size_t)shift;
    hmi_sigma_string shifted = hmi_sigma_string_new(arena, by + from.len);
    if (shifted.text == NULL) {
        return shifted;
    }
    memset(shifted.text, ' ', by);
    memcpy(shifted.text + by, from.text, from.len);
    hmi_sigma_string s = base64(arena, hmi_bytes(shifted.text, shifted.len));
    size_t cut = BEGIN[by] + END[shifted.len % 3];
    if (s.text != NULL) {
        s.len = s.len > cut ? s.len - cut : 0;
        s.text += BEGIN[by];
    }
    return s;
}

static bool word(char c)
{
    return hmi_ascii_alnum(c) || c == '_';
}

/* A - or / in front of a word and not inside one. */
static bool dash_at(const hmi_sigma_string *s, size_t i)
{
    return (s->text[i] == '-' || s->text[i] == '/') && (i == 0 || !word(s->text[i - 1])) &&
           i + 1 < s->len && word(s->text[i + 1]);
}

hmi_sigma_string hmi_sigma_string_dashes(hmi_arena *arena, hmi_sigma_string from, size_t way,
                                         size_t *ret_ways)
{
    static const char *const DASHES[] = { "-", "/", "\xe2\x80\x93", "\xe2\x80\x94",
                                          "\xe2\x80\x95" };
    hmi_sigma_string s = hmi_sigma_string_new(arena, 3 * from.len);
    size_t ways = 1, dashes = 0;
    s.len = 0;
    for (size_t i = 0; s.text != NULL && i < from.len; i++) {
        if (dash_at(&from, i) && dashes++ < HMI_SIGMA_DASHES_MAX) {
            const char *dash = DASHES[way / ways % HMI_COUNT(DASHES)];
            memcpy(s.text + s.len, dash, strlen(dash));
            s.len += strlen(dash);
            ways *= HMI_COUNT(DASHES);
        } else {
            s.wild[s.len] = from.wild[i];
            s.text[s.len++] = from.text[i];
        }
    }
    *ret_ways = ways;
    return s;
}

hm_text hmi_sigma_string_regex(hmi_arena *arena, hmi_sigma_string s)
{
    char *out = hmi_arena_take(arena, 2 * s.len + 16, 1);
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    memcpy(out, "(?s)\\A", 6);
    size_t len = 6;
    for (size_t i = 0; i < s.len; i++) {
        if (s.wild[i] != 0) {
            out[len++] = '.';
            if (s.wild[i] == '*') {
                out[len++] = '*';
            }
            continue;
        }
        if ((uint8_t)s.text[i] < 0x80 && !hmi_ascii_alnum(s.text[i])) {
            out[len++] = '\\';
        }
        out[len++] = s.text[i];
    }
    memcpy(out + len, "\\z", 2);
    return hmi_text(out, len + 2);
}
