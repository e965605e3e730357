/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.c - what stands around a token: classes of bytes, escapes, lines.
 *
 * WHY    Writers of records glue escapes to values: %2Fevil.example, \x22evil.example, and in JSON
 *        \nevil.example. The letters of the escape are no part of the name.
 * TRUST  Positions are the caller's and lie in the view; nothing before or behind it is read.
 */
#include "match/scan.h"

#include "base/num.h"

#define D (HMI_B_NAME | HMI_B_ALNUM | HMI_B_HEX | HMI_B_DIGIT)
#define X (HMI_B_NAME | HMI_B_ALNUM | HMI_B_HEX | HMI_B_ALPHA)
#define A (HMI_B_NAME | HMI_B_ALNUM | HMI_B_ALPHA)
#define H (HMI_B_NAME | HMI_B_HIGH)

const uint8_t hmi_byte_bits[256] = {
    ['0' ... '9'] = D,   ['A' ... 'F'] = X,     ['G' ... 'Z'] = A,
    ['a' ... 'f'] = X,   ['g' ... 'z'] = A,     ['-'] = HMI_B_NAME,
    ['_'] = HMI_B_NAME,  ['%'] = HMI_B_PERCENT, ['\\'] = HMI_B_ESCAPES - HMI_B_PERCENT,
    [0x80 ... 0xff] = H,
};

void hmi_line_bounds(hmi_view *v, size_t pos, size_t *ret_start, size_t *ret_end)
{
    if (pos < v->line_start || pos > v->line_end) {
        const uint8_t *before = pos == 0 ? NULL : memrchr(v->ptr, '\n', pos);
        const uint8_t *after = memchr(v->ptr + pos, '\n', v->len - pos);
        v->line_start = before == NULL ? 0 : (size_t)(before - v->ptr) + 1;
        v->line_end = after == NULL ? v->len : (size_t)(after - v->ptr);
    }
    *ret_start = v->line_start;
    *ret_end = v->line_end;
}

static bool line_is_json(hmi_view *v, size_t pos)
{
    size_t start;
    size_t end;
    hmi_line_bounds(v, pos, &start, &end);
    while (start < end && (v->ptr[start] == ' ' || v->ptr[start] == '\t')) {
        start++;
    }
    return start < end && (v->ptr[start] == '{' || v->ptr[start] == '[');
}

static bool hex_at(const hmi_view *v, size_t pos, size_t count)
{
    if (v->len - pos < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!hmi_byte_is(v->ptr[pos + i], HMI_B_HEX)) {
            return false;
        }
    }
    return true;
}

/* An even number of backslashes before one makes it a plain character. */
static bool backslash_escapes(const hmi_view *v, size_t pos)
{
    enum { RUN_MAX = 64 };
    size_t run = 0;
    while (run < RUN_MAX && run < pos && v->ptr[pos - 1 - run] == '\\') {
        run++;
    }
    return run % 2 == 0;
}

/* Length of the escape that begins at `pos`, 0 if none does. */
static size_t escape_len(hmi_view *v, size_t pos)
{
    if (v->ptr[pos] == '%') {
        return hex_at(v, pos + 1, 2) ? 3 : 0;
    }
    if (v->ptr[pos] != '\\' || v->len - pos < 2 || !backslash_escapes(v, pos)) {
        return 0;
    }
    switch (v->ptr[pos + 1]) {
    case 'x':
        return hex_at(v, pos + 2, 2) ? 4 : 0;
    case 'u':
        return hex_at(v, pos + 2, 4) && line_is_json(v, pos) ? 6 : 0;
    case 'n':
    case 'r':
    case 't':
    case 'b':
    case 'f':
        return line_is_json(v, pos) ? 2 : 0;
    default:
        return 0;
    }
}

size_t hmi_escape_end(hmi_view *v, size_t pos, bool *ret_escaped)
{
    enum { LONGEST = 6 };
    *ret_escaped = false;
    for (size_t back = 1; back <= LONGEST && back <= pos; back++) {
        uint8_t c = v->ptr[pos - back];
        if (c != '%' && c != '\\') {
            if (!hmi_byte_is(c, HMI_B_ALNUM)) {
                return pos;
            }
            continue;
        }
        size_t len = escape_len(v, pos - back);
        if (len >= back) {
            *ret_escaped = true;
            return pos - back + len;
        }
        return pos;
    }
    return pos;
}

bool hmi_fang_at(const hmi_view *v, size_t pos)
{
    hm_text plain;
    hm_text at = { (const char *)v->ptr + pos, hmi_min(v->len - pos, 8) };
    return pos < v->len && v->ptr[pos] != '.' && hmi_refang_one(at, &plain) > 0 &&
           hmi_text_is(plain, ".");
}

bool hmi_fang_before(const hmi_view *v, size_t pos)
{
    enum { LONGEST = 7 };
    if (pos < 2 || (strchr(")]}>.", v->ptr[pos - 1]) == NULL || v->ptr[pos - 1] == '\0')) {
        return false;
    }
    for (size_t back = 2; back <= LONGEST && back <= pos; back++) {
        hm_text plain;
        hm_text at = { (const char *)v->ptr + pos - back, back };
        if (hmi_refang_one(at, &plain) == back && hmi_text_is(plain, ".")) {
            return true;
        }
    }
    return false;
}
