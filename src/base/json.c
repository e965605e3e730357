/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - looking at a parsed document.
 *
 * WHY    A value is two words, {document, node}; everything else is read from the table and from
 * the sender's bytes when asked. TRUST  The bytes were checked by json_parse.c: strings are closed,
 * escapes whole, numbers in their grammar. A value of an older document that the parser has since
 * replaced reads as "none" or as a value of the new one, never as memory that is not the table's.
 * OWNS   Nothing.
 */
#include "base/json.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/json_node.h"
#include "base/text.h"

static const hmi_json_node *node_of(hmi_value value)
{
    return value.doc != NULL && value.node < value.doc->count ? &value.doc->nodes[value.node]
                                                              : NULL;
}

hmi_json_kind hmi_json_kind_of(hmi_value value)
{
    const hmi_json_node *node = node_of(value);
    return node ? (hmi_json_kind)(node->bits & HMI_JSON_KIND) : HMI_JSON_NONE;
}

hm_bytes hmi_json_raw(hmi_value value)
{
    const hmi_json_node *node = node_of(value);
    return node ? hmi_slice(value.doc->input, node->start, node->end - node->start)
                : (hm_bytes){ NULL, 0 };
}

uint64_t hmi_json_offset(hmi_value value)
{
    const hmi_json_node *node = node_of(value);
    return node ? node->start : HM_OFFSET_NONE;
}

size_t hmi_json_count(hmi_value value)
{
    const hmi_json_node *node = node_of(value);
    return node ? node->bits >> HMI_JSON_COUNT_AT : 0;
}

/* -- Walking. */

hmi_value hmi_json_first(hmi_value array_or_object)
{
    hmi_json_kind kind = hmi_json_kind_of(array_or_object);
    bool is_object = kind == HMI_JSON_OBJECT;
    if ((!is_object && kind != HMI_JSON_ARRAY) || hmi_json_count(array_or_object) == 0) {
        return (hmi_value){ NULL, 0 };
    }
    return (hmi_value){ array_or_object.doc, array_or_object.node + (is_object ? 2 : 1) };
}

hmi_value hmi_json_next(hmi_value element)
{
    const hmi_json_node *node = node_of(element);
    if (node == NULL || (node->bits & HMI_JSON_LAST) != 0 || node->next >= element.doc->count) {
        return (hmi_value){ NULL, 0 };
    }
    bool key = (element.doc->nodes[node->next].bits & HMI_JSON_KEY) != 0;
    return (hmi_value){ element.doc, node->next + (key ? 1 : 0) };
}

/* -- Strings. */

static uint32_t unit_at(const uint8_t *in)
{
    uint32_t unit = 0;
    for (size_t i = 0; i < 4; i++) {
        unit = unit << 4 | (uint32_t)hmi_hex_digit((char)in[i]);
    }
    return unit;
}

size_t hmi_json_unescape_step(const uint8_t *in, size_t len, char out[4], size_t *ret_used)
{
    static const char NAMES[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
    if (in[0] != '\\') {
        out[0] = (char)in[0];
        *ret_used = 1;
        return 1;
    }
    hmi_assert(len >= 2);
    const char *name = memchr(NAMES, in[1], sizeof(NAMES) - 1);
    if (name != NULL) {
        out[0] = MEANINGS[name - NAMES];
        *ret_used = 2;
        return 1;
    }
    hmi_assert(in[1] == 'u' && len >= 6);
    uint32_t code = unit_at(in + 2);
    *ret_used = 6;
    if (code >= 0xd800 && code <= 0xdbff) {
        hmi_assert(len >= 12);
        code = 0x10000 + ((code - 0xd800) << 10) + (unit_at(in + 8) - 0xdc00);
        *ret_used = 12;
    }
    return hmi_utf8_put(code, out);
}

size_t hmi_json_unescape(hm_bytes in, char *out)
{
    size_t len = 0;
    while (in.len > 0) {
        const uint8_t *at = memchr(in.ptr, '\\', in.len);
        size_t plain = at ? (size_t)(at - in.ptr) : in.len, used = 0;
        memcpy(out + len, in.ptr, plain);
        len += plain;
        in = (hm_bytes){ in.ptr + plain, in.len - plain };
        if (in.len > 0) {
            char piece[4];
            size_t made = hmi_json_unescape_step(in.ptr, in.len, piece, &used);
            memcpy(out + len, piece, made);
            len += made;
            in = (hm_bytes){ in.ptr + used, in.len - used };
        }
    }
    return len;
}

static hm_text string_text(const hmi_json *json, const hmi_json_node *node, hmi_arena *arena)
{
    hm_bytes inside = hmi_json_inside(json, node);
    if ((node->bits & HMI_JSON_ESCAPED) == 0) {
        return (hm_text){ (const char *)inside.ptr, inside.len };
    }
    char *out = hmi_new_array(arena, char, inside.len);
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    return (hm_text){ out, hmi_json_unescape(inside, out) };
}

hm_text hmi_json_text(hmi_value value, hmi_arena *arena)
{
    if (hmi_json_kind_of(value) != HMI_JSON_STRING) {
        return (hm_text){ NULL, 0 };
    }
    return string_text(value.doc, node_of(value), arena);
}

hm_text hmi_json_key(hmi_value value, hmi_arena *arena)
{
    const hmi_json_node *node = node_of(value);
    if (node == NULL || value.node == 0 || (node[-1].bits & HMI_JSON_KEY) == 0) {
        return (hm_text){ NULL, 0 };
    }
    return string_text(value.doc, node - 1, arena);
}

static bool key_is(const hmi_json *json, const hmi_json_node *node, hm_bytes key)
{
    hm_bytes in = hmi_json_inside(json, node);
    if ((node->bits & HMI_JSON_ESCAPED) == 0) {
        return hmi_bytes_eq(in, key);
    }
    while (in.len > 0) {
        char piece[4];
        size_t used, made = hmi_json_unescape_step(in.ptr, in.len, piece, &used);
        if (!hmi_starts_with(key, hmi_bytes(piece, made))) {
            return false;
        }
        key = (hm_bytes){ key.ptr + made, key.len - made };
        in = (hm_bytes){ in.ptr + used, in.len - used };
    }
    return key.len == 0;
}

hmi_value hmi_json_get(hmi_value object, const char *key)
{
    if (hmi_json_kind_of(object) != HMI_JSON_OBJECT) {
        return (hmi_value){ NULL, 0 };
    }
    hm_bytes want = hmi_text_bytes(hmi_text_of(key));
    hmi_value at = hmi_json_first(object);
    while (hmi_json_is(at) && !key_is(at.doc, &at.doc->nodes[at.node - 1], want)) {
        at = hmi_json_next(at);
    }
    return at;
}

/* -- Numbers. */

/* The digits of a number without its point: they read as an integer times ten to the `scale`. */
typedef struct decimal {
    uint64_t digits; /* leading and trailing zeros left out; at most 19 of them */
    int64_t scale;
    bool minus, fits;
} decimal;

enum { EXPONENT_MAX = 1000000000, DIGITS_MAX = 19 };

static int64_t read_exponent(hm_bytes text)
{
    bool minus = text.len > 0 && text.ptr[0] == '-';
    int64_t exponent = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_ascii_digit((char)text.ptr[i]) && exponent < EXPONENT_MAX * INT64_C(10)) {
            exponent = exponent * 10 + (text.ptr[i] - '0');
        }
    }
    return minus ? -exponent : exponent;
}

static decimal take_apart(hm_bytes raw)
{
    decimal d = { .minus = raw.ptr[0] == '-', .fits = true };
    size_t used = 0, zeros = 0; /* zeros behind the last digit that counts */
    bool fraction = false;
    size_t at = d.minus ? 1 : 0;
    for (; at < raw.len && (raw.ptr[at] | 0x20) != 'e'; at++) {
        uint8_t c = raw.ptr[at];
        if (c == '.') {
            fraction = true;
            continue;
        }
        d.scale -= fraction ? 1 : 0;
        if (c == '0') {
            zeros += used > 0 ? 1 : 0;
            continue;
        }
        if (used + zeros + 1 > DIGITS_MAX) {
            d.fits = false;
            return d;
        }
        for (; zeros > 0; zeros--, used++) {
            d.digits *= 10;
        }
        d.digits = d.digits * 10 + (c - '0');
        used++;
    }
    d.scale += (int64_t)zeros;
    if (at < raw.len) {
        d.scale += read_exponent(hmi_slice(raw, at + 1, raw.len));
    }
    return d;
}

bool hmi_json_int(hmi_value value, int64_t *ret)
{
    if (hmi_json_kind_of(value) != HMI_JSON_NUMBER) {
        return false;
    }
    decimal d = take_apart(hmi_json_raw(value));
    if (!d.fits || (d.digits != 0 && (d.scale < 0 || d.scale > DIGITS_MAX))) {
        return false;
    }
    uint64_t magnitude = d.digits;
    for (int64_t i = 0; d.digits != 0 && i < d.scale; i++) {
        if (__builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude)) {
            return false;
        }
    }
    if (magnitude > (uint64_t)INT64_MAX + (d.minus ? 1 : 0)) {
        return false;
    }
    *ret = d.minus ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool hmi_json_double(hmi_value value, double *ret)
{
    if (hmi_json_kind_of(value) != HMI_JSON_NUMBER) {
        return false;
    }
    hm_bytes raw = hmi_json_raw(value);
    return hmi_decimal_read((const char *)raw.ptr, raw.len, ret);
}
