/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_value.c - what stands in an observation against what stands in a pattern.
 *
 * FORM   text with text by code points; number with number; truth with truth; bytes with bytes, and
 *        with a text whose characters are all below U+0100, each one byte; a moment with a text
 *        that is a timestamp. Everything else cannot be compared: then = is false and != true.
 * TRUST  Both sides are anybody's.
 * OWNS   Nothing: copies are the arena's.
 */
#include <stdlib.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "detect/stix_test.h"

static bool ends_in(hm_text key, const char *end)
{
    return hmi_ends_with(hmi_text_bytes(key), hmi_text_bytes(hmi_text_of(end)));
}

static bool see_binary(hmi_arena *arena, hm_text text, bool hex, hmi_stix_seen *ret)
{
    ret->kind = HMI_SEEN_BINARY;
    if (!hex) {
        return hmi_base64_read(arena, text, &ret->binary);
    }
    uint8_t *out = hmi_arena_take(arena, text.len / 2, 1);
    ret->binary = hmi_bytes(out, text.len / 2);
    return out != NULL && text.len % 2 == 0 && hmi_unhex(text, out, text.len / 2);
}

bool hmi_stix_see(hmi_arena *arena, hmi_value value, hm_text key, hmi_stix_seen *ret)
{
    *ret = (hmi_stix_seen){ .kind = HMI_SEEN_OTHER };
    switch (hmi_json_kind_of(value)) {
    case HMI_JSON_STRING:
        ret->kind = HMI_SEEN_TEXT;
        ret->text = hmi_json_text(value, arena);
        if (ret->text.ptr == NULL) {
            return false;
        }
        return ends_in(key, "_hex")   ? see_binary(arena, ret->text, true, ret)
               : ends_in(key, "_bin") ? see_binary(arena, ret->text, false, ret)
                                      : true;
    case HMI_JSON_NUMBER:
        ret->kind = HMI_SEEN_NUMBER;
        ret->is_integer = hmi_json_int(value, &ret->integer);
        return hmi_json_double(value, &ret->number);
    case HMI_JSON_TRUE:
    case HMI_JSON_FALSE:
        ret->kind = HMI_SEEN_BOOLEAN;
        ret->truth = hmi_json_is_true(value);
        return true;
    case HMI_JSON_NONE:
        return false;
    default:
        return true;
    }
}

static hmi_stix_order order_of(int cmp)
{
    return cmp < 0 ? HMI_ORDER_LESS : cmp > 0 ? HMI_ORDER_GREATER : HMI_ORDER_EQUAL;
}

/* Text as bytes, one character each; false when one does not fit. */
static bool narrow(hmi_arena *arena, hm_text text, hm_bytes *ret)
{
    uint8_t *out = hmi_arena_take(arena, text.len, 1);
    size_t len = 0;
    for (size_t pos = 0; out != NULL && pos < text.len;) {
        uint32_t c = hmi_utf8_next_lossy(hmi_text_bytes(text), &pos);
        if (c > 0xff) {
            return false;
        }
        out[len++] = (uint8_t)c;
    }
    *ret = hmi_bytes(out, len);
    return out != NULL;
}

static hmi_stix_order compare_binary(hmi_arena *arena, const hmi_stix_seen *seen,
                                     const hmi_stix_literal *literal)
{
    hm_bytes a = seen->binary, b = literal->binary;
    if ((seen->kind == HMI_SEEN_TEXT && !narrow(arena, seen->text, &a)) ||
        (literal->kind == HMI_STIX_TEXT && !narrow(arena, literal->text, &b))) {
        return HMI_ORDER_NONE;
    }
    return order_of(hmi_bytes_cmp(a, b));
}

static int compare_moment(hmi_stix_asking *asking, hm_text text, int64_t literal,
                          hmi_stix_order *ret)
{
    int64_t us;
    if (!hmi_stix_time_read(text, &us)) {
        hm_text safe = hmi_text_safe(asking->arena, hmi_text_bytes(text), 40);
        return hmi_fail(asking->err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "the pattern compares with a timestamp what is none: \"%.*s\"",
                        safe.ptr ? (int)safe.len : 0, safe.ptr ? safe.ptr : "");
    }
    *ret = us < literal ? HMI_ORDER_LESS : us > literal ? HMI_ORDER_GREATER : HMI_ORDER_EQUAL;
    return HM_OK;
}

static hmi_stix_order compare_numbers(const hmi_stix_seen *seen, const hmi_stix_literal *literal)
{
    if (seen->is_integer && literal->kind == HMI_STIX_INTEGER) {
        return seen->integer < literal->integer   ? HMI_ORDER_LESS
               : seen->integer > literal->integer ? HMI_ORDER_GREATER
                                                  : HMI_ORDER_EQUAL;
    }
    return seen->number < literal->number   ? HMI_ORDER_LESS
           : seen->number > literal->number ? HMI_ORDER_GREATER
                                            : HMI_ORDER_EQUAL;
}

int hmi_stix_compare(hmi_stix_asking *asking, const hmi_stix_seen *seen,
                     const hmi_stix_literal *literal, hmi_stix_order *ret)
{
    *ret = HMI_ORDER_NONE;
    switch (literal->kind) {
    case HMI_STIX_TEXT:
        if (seen->kind == HMI_SEEN_TEXT) {
            *ret =
                order_of(hmi_bytes_cmp(hmi_text_bytes(seen->text), hmi_text_bytes(literal->text)));
        } else if (seen->kind == HMI_SEEN_BINARY) {
            *ret = compare_binary(asking->arena, seen, literal);
        }
        return HM_OK;
    case HMI_STIX_BINARY:
        if (seen->kind == HMI_SEEN_TEXT || seen->kind == HMI_SEEN_BINARY) {
            *ret = compare_binary(asking->arena, seen, literal);
        }
        return HM_OK;
    case HMI_STIX_INTEGER:
    case HMI_STIX_FLOAT:
        *ret = seen->kind == HMI_SEEN_NUMBER ? compare_numbers(seen, literal) : HMI_ORDER_NONE;
        return HM_OK;
    case HMI_STIX_BOOLEAN:
        if (seen->kind == HMI_SEEN_BOOLEAN) {
            *ret = order_of((int)seen->truth - (int)literal->truth);
        }
        return HM_OK;
    case HMI_STIX_TIME:
        return seen->kind == HMI_SEEN_TEXT
                   ? compare_moment(asking, seen->text, literal->integer, ret)
                   : HM_OK;
    default:
        return HM_OK;
    }
}

/* Kinds that compare with each other stand together: whole numbers and fractions are one. */
int hmi_stix_literal_cmp(const void *a, const void *b)
{
    const hmi_stix_literal *x = a, *y = b;
    bool numbers = (x->kind == HMI_STIX_INTEGER || x->kind == HMI_STIX_FLOAT) &&
                   (y->kind == HMI_STIX_INTEGER || y->kind == HMI_STIX_FLOAT);
    if (x->kind == y->kind && (x->kind == HMI_STIX_INTEGER || x->kind == HMI_STIX_TIME)) {
        return x->integer < y->integer ? -1 : x->integer > y->integer;
    }
    if (numbers) {
        return x->number < y->number ? -1 : x->number > y->number;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->kind == HMI_STIX_TEXT) {
        return hmi_bytes_cmp(hmi_text_bytes(x->text), hmi_text_bytes(y->text));
    }
    return x->kind == HMI_STIX_BINARY ? hmi_bytes_cmp(x->binary, y->binary)
                                      : (int)x->truth - (int)y->truth;
}

hm_text hmi_nfc(hmi_arena *arena, hm_text text)
{
    bool ascii = true;
    for (size_t i = 0; ascii && i < text.len; i++) {
        ascii = (uint8_t)text.ptr[i] < 0x80;
    }
    if (ascii) {
        return text;
    }
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &out,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (len < 0) {
        return (hm_text){ NULL, 0 };
    }
    hm_text copy = hmi_arena_text(arena, hmi_text((const char *)out, (size_t)len));
    free(out);
    return copy;
}

/* % and _ as the regular expression they stand for, so that it is linear too. */
hm_text hmi_like_regex(hmi_arena *arena, hm_text like)
{
    char *out = hmi_arena_take(arena, 2 * like.len + 16, 1);
    size_t len = 0;
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    memcpy(out, "(?s)\\A", 6);
    len = 6;
    for (size_t i = 0; i < like.len; i++) {
        char c = like.ptr[i];
        if (c == '%') {
            out[len++] = '.';
            out[len++] = '*';
        } else if (c == '_') {
            out[len++] = '.';
        } else {
            if ((uint8_t)c < 0x80 && !hmi_ascii_alnum(c)) {
                out[len++] = '\\';
            }
            out[len++] = c;
        }
    }
    memcpy(out + len, "\\z", 2);
    return hmi_text(out, len + 2);
}
