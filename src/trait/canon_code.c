/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_code.c - names that a catalogue or a standard gives: techniques, CVE ids, languages, times.
 *
 * FORM   ATT&CK: "T1059" or "T1059.001", upper case; "/" for "." as in ATT&CK's own URLs.
 *        CVE: "CVE-2014-0160", four digits or more behind the year.
 *        Language: "ko", "ko-KR", "zh-Hans-CN" in BCP 47's customary case, or "lcid:0x0412".
 *        Build time: RFC 3339 in UTC.
 * TRUST  Hostile text.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

#include "base/time.h"

static bool digits_are(hm_text text, size_t min, size_t max)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_digit(text.ptr[i])) {
            return false;
        }
    }
    return text.len >= min && text.len <= max;
}

bool hmi_form_technique(hm_text raw, hmi_canon *out)
{
    hm_text sub = hmi_text_slice(raw, 6, raw.len);
    if (raw.len < 5 || hmi_ascii_lower(raw.ptr[0]) != 't' ||
        !digits_are(hmi_text_slice(raw, 1, 4), 4, 4)) {
        return false;
    }
    if (raw.len > 5 && ((raw.ptr[5] != '.' && raw.ptr[5] != '/') || !digits_are(sub, 3, 3))) {
        return false;
    }
    hmi_canon_put(out, 'T');
    hmi_canon_add(out, hmi_text_slice(raw, 1, 4));
    if (raw.len > 5) {
        hmi_canon_put(out, '.');
        hmi_canon_add(out, sub);
    }
    return true;
}

bool hmi_form_cve(hm_text raw, hmi_canon *out)
{
    if (!hmi_text_istarts(raw, HM_TEXT("CVE-")) || raw.len < 13 || raw.ptr[8] != '-' ||
        !digits_are(hmi_text_slice(raw, 4, 4), 4, 4) ||
        !digits_are(hmi_text_slice(raw, 9, raw.len), 4, 19)) {
        return false;
    }
    hmi_canon_add(out, HM_TEXT("CVE"));
    hmi_canon_add(out, hmi_text_slice(raw, 3, raw.len));
    return true;
}

static bool lcid_is(hm_text raw, hmi_canon *out)
{
    hm_text digits = hmi_text_slice(raw, 7, raw.len);
    if (digits.len == 0 || digits.len > 8) {
        return false;
    }
    uint32_t number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = hmi_hex_digit(digits.ptr[i]);
        if (digit < 0) {
            return false;
        }
        number = number << 4 | (uint32_t)digit;
    }
    static const char HEX[] = "0123456789abcdef";
    hmi_canon_add(out, HM_TEXT("lcid:0x"));
    for (int shift = number > 0xffff ? 28 : 12; shift >= 0; shift -= 4) {
        hmi_canon_put(out, HEX[number >> shift & 15]);
    }
    return true;
}

/* The first subtag is lower case, a script "Hans", a region "KR", all else lower case. */
static void add_subtag(hm_text tag, size_t index, hmi_canon *out)
{
    bool region = index > 0 && tag.len == 2;
    bool script = index > 0 && tag.len == 4;
    for (size_t i = 0; i < tag.len; i++) {
        char c = hmi_ascii_lower(tag.ptr[i]);
        bool upper = region || (script && i == 0);
        hmi_canon_put(out, upper && c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    }
}

bool hmi_form_language(hm_text raw, hmi_canon *out)
{
    if (hmi_text_istarts(raw, HM_TEXT("lcid:0x"))) {
        return lcid_is(raw, out);
    }
    if (raw.len > 35) {
        return false;
    }
    size_t index = 0;
    size_t start = 0;
    for (size_t i = 0; i <= raw.len; i++) {
        if (i < raw.len && raw.ptr[i] != '-' && raw.ptr[i] != '_') {
            if (!(index == 0 ? hmi_ascii_alpha(raw.ptr[i]) : hmi_ascii_alnum(raw.ptr[i]))) {
                return false;
            }
            continue;
        }
        hm_text tag = hmi_text_slice(raw, start, i - start);
        if (tag.len == 0 || tag.len > 8 || (index == 0 && tag.len < 2)) {
            return false;
        }
        if (index > 0) {
            hmi_canon_put(out, '-');
        }
        add_subtag(tag, index++, out);
        start = i + 1;
    }
    return true;
}

bool hmi_form_build_time(hm_text raw, hmi_canon *out)
{
    hmi_instant instant;
    if (!hmi_time_parse_rfc3339(raw, &instant)) {
        return false;
    }
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_time(&text, instant.us);
    hmi_canon_add(out, hmi_buf_text(&text));
    bool good = text.bad == 0;
    hmi_buf_fini(&text);
    return good;
}
