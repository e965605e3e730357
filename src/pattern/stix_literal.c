/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_literal.c - the constants of STIX patterns: text, numbers, truth, bytes, moments.
 *
 * FORM   'text'   12   -1.5   true   h'6a'   b'ag=='   t'2014-11-24T08:00:00Z'
 * TRUST  Anybody's. A whole number that does not fit 64 bits becomes the nearest double.
 * OWNS   Nothing.
 */
#include "base/decimal.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/time.h"
#include "pattern/stix_token.h"

bool hmi_stix_time_read(hm_text text, int64_t *ret_us)
{
    static const char SHAPE[] = "dddd-dd-ddTdd:dd:dd";
    size_t len = sizeof(SHAPE) - 1;
    if (text.len <= len || text.ptr[text.len - 1] != 'Z') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (SHAPE[i] == 'd' ? !hmi_ascii_digit(text.ptr[i]) : text.ptr[i] != SHAPE[i]) {
            return false;
        }
    }
    if (text.len > len + 1 && (text.ptr[len] != '.' || text.len == len + 2)) {
        return false;
    }
    hmi_instant instant;
    if (!hmi_time_parse_rfc3339(text, &instant)) {
        return false;
    }
    *ret_us = instant.us;
    return true;
}

static int base64_digit(char c)
{
    if (hmi_ascii_alpha(c)) {
        return c >= 'a' ? c - 'a' + 26 : c - 'A';
    }
    return hmi_ascii_digit(c) ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool hmi_base64_read(hmi_arena *arena, hm_text text, hm_bytes *ret)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=') {
        padding++;
    }
    if (text.len % 4 != 0) {
        return false;
    }
    uint8_t *out = hmi_arena_take(arena, text.len / 4 * 3 + 1, 1);
    size_t len = 0;
    uint32_t held = 0;
    for (size_t i = 0; out != NULL && i < text.len - padding; i++) {
        int digit = base64_digit(text.ptr[i]);
        if (digit < 0) {
            return false;
        }
        held = held << 6 | (uint32_t)digit;
        if (i % 4 != 0) {
            out[len++] = (uint8_t)(held >> (6 - 2 * (i % 4)));
        }
    }
    if (out == NULL) {
        return false;
    }
    *ret = hmi_bytes(out, len);
    return true;
}

static int read_integer(hmi_stix_reader *r, hmi_stix_literal *ret)
{
    hm_text digits = ret->text;
    bool minus = digits.ptr[0] == '-';
    size_t i = minus || digits.ptr[0] == '+' ? 1 : 0;
    hm_text unsigned_part = hmi_text_slice(digits, i, digits.len);
    while (unsigned_part.len > 1 && unsigned_part.ptr[0] == '0') {
        unsigned_part = hmi_text_slice(unsigned_part, 1, unsigned_part.len);
    }
    int64_t value = 0;
    bool fits = true;
    for (size_t k = 0; fits && k < unsigned_part.len; k++) {
        int64_t digit = unsigned_part.ptr[k] - '0';
        fits = hmi_mul(value, 10, &value) && hmi_add(value, minus ? -digit : digit, &value);
    }
    if (!hmi_decimal_read(unsigned_part.ptr, unsigned_part.len, &ret->number)) {
        return hmi_stix_refuse(r, ret->offset, "a number that is too large");
    }
    ret->number = minus ? -ret->number : ret->number;
    ret->integer = value;
    ret->kind = fits ? HMI_STIX_INTEGER : HMI_STIX_FLOAT;
    return HM_OK;
}

static int read_float(hmi_stix_reader *r, hmi_stix_literal *ret)
{
    bool minus = ret->text.ptr[0] == '-';
    hm_text part = hmi_text_slice(ret->text, minus || ret->text.ptr[0] == '+' ? 1 : 0, SIZE_MAX);
    hm_text text = hmi_arena_printf(r->arena, "0%.*s", HMI_FMT(part));
    if (part.len > 4096 || text.ptr == NULL) { /* "%.*s" takes an int */
        return hmi_fail(r->err, HM_E_LIMIT, ret->offset, "pattern: a number of %zu digits",
                        part.len);
    }
    size_t zeros = 0; /* "0.5" and ".5" both; "0012.5" is no JSON number */
    while (zeros + 1 < text.len && text.ptr[zeros] == '0' && hmi_ascii_digit(text.ptr[zeros + 1])) {
        zeros++;
    }
    if (!hmi_decimal_read(text.ptr + zeros, text.len - zeros, &ret->number)) {
        return hmi_stix_refuse(r, ret->offset, "a number that is too large");
    }
    ret->number = minus ? -ret->number : ret->number;
    ret->kind = HMI_STIX_FLOAT;
    return HM_OK;
}

static bool read_hex(hmi_stix_reader *r, hmi_stix_literal *ret)
{
    uint8_t *out = hmi_arena_take(r->arena, ret->text.len / 2, 1);
    if (out == NULL || ret->text.len % 2 != 0 || !hmi_unhex(ret->text, out, ret->text.len / 2)) {
        return false;
    }
    ret->binary = hmi_bytes(out, ret->text.len / 2);
    return true;
}

static int read_typed(hmi_stix_reader *r, char type, hmi_stix_literal *ret)
{
    bool good = false;
    if (type == 't') {
        ret->kind = HMI_STIX_TIME;
        good = hmi_stix_time_read(ret->text, &ret->integer);
    } else {
        ret->kind = HMI_STIX_BINARY;
        good = type == 'h' ? read_hex(r, ret) : hmi_base64_read(r->arena, ret->text, &ret->binary);
    }
    if (!good && r->lenient) {
        ret->kind = HMI_STIX_TEXT;
        return HM_OK;
    }
    if (!good) {
        return hmi_stix_refuse(r, ret->offset,
                               type == 't'   ? "a timestamp that is none"
                               : type == 'h' ? "bytes in hexadecimal that are none"
                                             : "bytes in Base64 that are none");
    }
    return HM_OK;
}

int hmi_stix_read_literal(hmi_stix_reader *r, hmi_stix_literal *ret)
{
    hmi_stix_token token = r->now;
    *ret = (hmi_stix_literal){ .text = token.text, .offset = token.at };
    if (hmi_stix_is_word(r, "true") || hmi_stix_is_word(r, "false")) {
        ret->kind = HMI_STIX_BOOLEAN;
        ret->truth = hmi_stix_is_word(r, "true");
        return hmi_stix_next(r);
    }
    switch (token.kind) {
    case HMI_TOKEN_STRING:
        ret->kind = HMI_STIX_TEXT;
        HMI_TRY(hmi_stix_unescape(r, &token, &ret->text));
        break;
    case HMI_TOKEN_INTEGER:
        HMI_TRY(read_integer(r, ret));
        break;
    case HMI_TOKEN_FLOAT:
        HMI_TRY(read_float(r, ret));
        break;
    case HMI_TOKEN_TYPED:
        HMI_TRY(read_typed(r, token.type, ret));
        break;
    default:
        return hmi_stix_refuse(r, token.at, "a value is missing");
    }
    return hmi_stix_next(r);
}
