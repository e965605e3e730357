/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_text.c - the forms of free text, and the small helpers all forms share.
 *
 * WHY    Most classes are text that somebody typed. Equality must not hang on a trailing blank or
 *        a line break, and no value may carry a control character to a terminal, a log or a CSV.
 * TRUST  Hostile. The caller says the text is clean UTF-8; that is checked here once more, because
 *        everything behind the canonical form relies on it.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

#include "base/text.h"

enum { HMI_USER_AGENT_MAX = 1024 };

void hmi_canon_add_number(hmi_canon *out, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    hmi_canon_add(out, hmi_text(digits + at, sizeof(digits) - at));
}

bool hmi_decimal(hm_text text, uint64_t max, uint64_t *ret)
{
    if (text.len == 0 || text.len > 19 || (text.ptr[0] == '0' && text.len > 1)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_digit(text.ptr[i])) {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (value > max) {
        return false;
    }
    *ret = value;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* C0, DEL, and C1 (two bytes in UTF-8, of which the second lies below 0xa0). */
static bool has_control(hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
        if (c == 0xc2 && i + 1 < text.len && (uint8_t)text.ptr[i + 1] < 0xa0) {
            return true;
        }
    }
    return false;
}

static bool is_ascii(hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

bool hmi_form_exact(hm_text raw, hmi_canon *out)
{
    if (raw.len > HMI_TRAIT_VALUE_MAX || has_control(raw) ||
        (!is_ascii(raw) && !hmi_utf8_clean(hmi_text_bytes(raw)))) {
        return false;
    }
    hmi_canon_add(out, raw);
    return true;
}

bool hmi_form_trimmed(hm_text raw, hmi_canon *out)
{
    return hmi_form_exact(hmi_text_trim(raw), out);
}

bool hmi_form_line(hm_text raw, hmi_canon *out)
{
    bool gap = false;
    for (size_t i = 0; i < raw.len; i++) {
        if (is_blank(raw.ptr[i])) {
            gap = out->len > 0;
            continue;
        }
        if (gap) {
            hmi_canon_put(out, ' ');
            gap = false;
        }
        hmi_canon_put(out, raw.ptr[i]);
    }
    hm_text line = hmi_canon_text(out);
    return !has_control(line) && (is_ascii(line) || hmi_utf8_clean(hmi_text_bytes(line)));
}

bool hmi_form_fold(hm_text raw, hmi_canon *out)
{
    if (!hmi_form_line(raw, out)) {
        return false;
    }
    for (size_t i = 0; i < out->len; i++) {
        out->bytes[i] = hmi_ascii_lower(out->bytes[i]);
    }
    return true;
}

bool hmi_form_agent(hm_text raw, hmi_canon *out)
{
    return raw.len <= HMI_USER_AGENT_MAX && !hmi_text_is(raw, "-") && hmi_form_line(raw, out);
}

bool hmi_form_account(hm_text raw, hmi_canon *out)
{
    return !hmi_text_is(raw, "-") && hmi_form_exact(raw, out);
}
