/* SPDX-License-Identifier: Apache-2.0
 *
 * text.c - UTF-8 checked, repaired, and made harmless for a terminal.
 *
 * WHY    Evidence is full of bytes that look like text. The type hm_text promises that somebody
 *        checked; this file is that somebody.
 * FORM   RFC 3629, table 3-7 of the Unicode standard:
 *          00..7f                                   one byte
 *          c2..df 80..bf                            two
 *          e0 a0..bf 80..bf, ed 80..9f 80..bf       three: no overlong forms, no surrogates
 *          e1..ec, ee, ef, 80..bf 80..bf
 *          f0 90..bf .., f1..f3 80..bf .., f4 80..8f ..   four: no overlong forms, <= U+10FFFF
 * TRUST  Any bytes.
 * OWNS   Nothing; results lie in the caller's arena or buffer, or are the input itself.
 */
#include "base/text.h"

#include "base/error.h"
#include "base/num.h"

enum { BAD = 0x110000, REPLACEMENT = 0xfffd };

/* Decodes at `at` (< len). Returns the bytes used; *code is BAD for an ill-formed sequence, and
 * then the bytes used are its maximal part that could have begun a good one (Unicode 15, 3.9). */
static size_t decode(const uint8_t *at, size_t len, uint32_t *code)
{
    uint8_t lead = at[0], low = 0x80, high = 0xbf;
    size_t need;
    uint32_t value;
    if (lead < 0x80) {
        *code = lead;
        return 1;
    }
    *code = BAD;
    if (lead < 0xc2 || lead > 0xf4) {
        return 1;
    }
    if (lead < 0xe0) {
        need = 2;
        value = lead & 0x1fu;
    } else if (lead < 0xf0) {
        need = 3;
        value = lead & 0x0fu;
        low = lead == 0xe0 ? 0xa0 : 0x80;
        high = lead == 0xed ? 0x9f : 0xbf;
    } else {
        need = 4;
        value = lead & 0x07u;
        low = lead == 0xf0 ? 0x90 : 0x80;
        high = lead == 0xf4 ? 0x8f : 0xbf;
    }
    for (size_t i = 1; i < need; i++) {
        if (i >= len || at[i] < low || at[i] > high) {
            return i;
        }
        value = value << 6 | (at[i] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    *code = value;
    return need;
}

/* How many bytes from `at` are ASCII, taken in steps of 16 and 8. */
static size_t ascii_span(const uint8_t *at, size_t len)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    size_t pos = 0;
    uint64_t a, b;
    while (len - pos >= 16) {
        memcpy(&a, at + pos, 8);
        memcpy(&b, at + pos + 8, 8);
        if (((a | b) & high_bits) != 0) {
            break;
        }
        pos += 16;
    }
    if (len - pos >= 8) {
        memcpy(&a, at + pos, 8);
        pos += (a & high_bits) == 0 ? 8 : 0;
    }
    while (pos < len && at[pos] < 0x80) {
        pos++;
    }
    return pos;
}

size_t hmi_utf8_span(hm_bytes bytes)
{
    size_t pos = 0;
    while (pos < bytes.len) {
        if (bytes.ptr[pos] < 0x80) {
            pos += ascii_span(bytes.ptr + pos, bytes.len - pos);
            continue;
        }
        uint32_t code;
        size_t used = decode(bytes.ptr + pos, bytes.len - pos, &code);
        if (code == BAD) {
            return pos;
        }
        pos += used;
    }
    return pos;
}

bool hmi_text_from(hm_bytes bytes, hm_text *ret_text)
{
    if (!hmi_utf8_clean(bytes)) {
        return false;
    }
    *ret_text = (hm_text){ (const char *)bytes.ptr, bytes.len };
    return true;
}

uint32_t hmi_utf8_next_lossy(hm_bytes bytes, size_t *pos)
{
    hmi_assert(*pos < bytes.len);
    uint32_t code;
    *pos += decode(bytes.ptr + *pos, bytes.len - *pos, &code);
    return code == BAD ? REPLACEMENT : code;
}

uint32_t hmi_utf8_next(hm_text text, size_t *pos)
{
    return hmi_utf8_next_lossy(hmi_text_bytes(text), pos);
}

size_t hmi_utf8_put(uint32_t code, char out[4])
{
    if (code >= BAD || (code >= 0xd800 && code <= 0xdfff)) {
        code = REPLACEMENT;
    }
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

void hmi_buf_add_utf8(hmi_buf *buf, uint32_t code_point)
{
    char out[4];
    hmi_buf_add_text(buf, (hm_text){ out, hmi_utf8_put(code_point, out) });
}

hm_text hmi_text_lossy(hmi_arena *arena, hm_bytes bytes)
{
    size_t clean = hmi_utf8_span(bytes), worst;
    if (clean == bytes.len) {
        return (hm_text){ bytes.ptr ? (const char *)bytes.ptr : "", bytes.len };
    }
    /* One bad byte becomes three; the first pass measures, the second writes. */
    size_t len = 0, pos = 0;
    uint32_t code;
    if (!hmi_mul(bytes.len, (size_t)3, &worst)) {
        return (hm_text){ NULL, 0 };
    }
    while (pos < bytes.len) {
        size_t used = decode(bytes.ptr + pos, bytes.len - pos, &code);
        len += code == BAD ? 3 : used;
        pos += used;
    }
    char *out = hmi_new_array(arena, char, len);
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    size_t at = 0;
    for (pos = 0; pos < bytes.len;) {
        pos += decode(bytes.ptr + pos, bytes.len - pos, &code);
        at += hmi_utf8_put(code, out + at);
    }
    hmi_assert(at == len);
    return (hm_text){ out, len };
}

static uint32_t utf16_unit(hm_bytes bytes, size_t pos, bool big_endian)
{
    uint32_t a = bytes.ptr[pos], b = bytes.ptr[pos + 1];
    return big_endian ? a << 8 | b : b << 8 | a;
}

/* One code point of UTF-16 at *pos, U+FFFD for a lone surrogate; at least two bytes are left. */
static uint32_t utf16_next(hm_bytes bytes, size_t *pos, bool big_endian)
{
    uint32_t unit = utf16_unit(bytes, *pos, big_endian);
    *pos += 2;
    if (unit < 0xd800 || unit > 0xdfff) {
        return unit;
    }
    if (unit > 0xdbff || bytes.len - *pos < 2) {
        return REPLACEMENT;
    }
    uint32_t second = utf16_unit(bytes, *pos, big_endian);
    if (second < 0xdc00 || second > 0xdfff) {
        return REPLACEMENT;
    }
    *pos += 2;
    return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

hm_text hmi_text_from_utf16(hmi_arena *arena, hm_bytes bytes, bool big_endian)
{
    char scratch[4];
    size_t even = bytes.len & ~(size_t)1, len = 0, worst;
    bytes.len = even;
    if (!hmi_mul(bytes.len, (size_t)2, &worst)) {
        return (hm_text){ NULL, 0 };
    }
    for (size_t pos = 0; pos < bytes.len;) {
        len += hmi_utf8_put(utf16_next(bytes, &pos, big_endian), scratch);
    }
    char *out = hmi_new_array(arena, char, len);
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    size_t at = 0;
    for (size_t pos = 0; pos < bytes.len;) {
        at += hmi_utf8_put(utf16_next(bytes, &pos, big_endian), out + at);
    }
    hmi_assert(at == len);
    return (hm_text){ out, len };
}
