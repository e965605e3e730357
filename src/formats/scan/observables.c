/* SPDX-License-Identifier: Apache-2.0
 *
 * observables.c - one linear pass over text that finds what could be an observable.
 *
 * WHY    Programs, logs, scripts and documents all carry the same few kinds of things, and almost
 *        all of their text is none of them. So nothing is parsed: the pass stops only at the bytes
 *        . : @ \ / - which every observable but a digest holds, and looks at both sides of them.
 *        Digests are runs of 32 and more hexadecimal digits: one probe every 32 bytes finds them.
 * FORM   Tokens must stand alone: 1.2.3.4 is none in 11.2.3.45.6, v1.2.3.4 or 1.2.3.4-5.
 * TRUST  Text is the attacker's. `done` is the end of the last token: no byte is taken into two
 *        tokens of one kind, and every look back or ahead that `done` does not bound has a maximum.
 *        What is an address, a domain, a URL is decided by hmi_emit, not here.
 * OWNS   Nothing.
 */
#include "formats/scan/observables.h"

#include "base/error.h"
#include "base/num.h"
#include "formats/scan/scanner.h"

static const uint8_t TRIGGER[256] = {
    ['.'] = 1, [':'] = 1, ['@'] = 1, ['\\'] = 1, ['/'] = 1, ['-'] = 1
};

int hmi_scanner_emit(const hmi_scanner *s, hmi_class class_id, size_t begin, size_t end)
{
    return hmi_emit(s->reading, class_id, s->role,
                    hmi_text((const char *)s->p + begin, end - begin),
                    s->offset + (uint64_t)begin * s->step, s->err);
}

/* 8-4-4-4-12 in braces, as mutexes are often named; `at` is the first hyphen. */
static int guid_at(hmi_scanner *s, size_t at)
{
    enum { LEN = 36 };
    if (at < 9 || s->p[at - 9] != '{' || at - 8 + LEN >= s->len || s->p[at - 8 + LEN] != '}') {
        return HM_OK;
    }
    const uint8_t *p = s->p + at - 8;
    for (size_t i = 0; i < LEN; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? p[i] != '-' : hmi_hex_digit((char)p[i]) < 0) {
            return HM_OK;
        }
    }
    size_t begin = at - 9, end = at - 8 + LEN + 1;
    bool alone = (begin == 0 || s->p[begin - 1] == '"' || s->p[begin - 1] == '\'') &&
                 (end == s->len || s->p[end] == '"' || s->p[end] == '\'');
    s->done = end;
    return alone ? hmi_scanner_emit(s, HMI_MUTEX, begin, end) : HM_OK;
}

static int cve_at(hmi_scanner *s, size_t at)
{
    if (at < 3 || !hmi_text_ieq(hmi_text((const char *)s->p + at - 3, 3), HM_TEXT("cve")) ||
        (at > 3 && hmi_ascii_alnum((char)s->p[at - 4]))) {
        return HM_OK;
    }
    size_t i = at + 1;
    while (i < s->len && i < at + 5 && hmi_ascii_digit((char)s->p[i])) {
        i++;
    }
    if (i != at + 5 || i >= s->len || s->p[i] != '-') {
        return HM_OK;
    }
    size_t first = ++i;
    while (i < s->len && i < first + 8 && hmi_ascii_digit((char)s->p[i])) {
        i++;
    }
    if (i - first < 4 || (i < s->len && hmi_ascii_alnum((char)s->p[i]))) {
        return HM_OK;
    }
    s->done = i;
    return hmi_scanner_emit(s, HMI_VULNERABILITY, at - 3, i);
}

static int hyphen_at(hmi_scanner *s, size_t at)
{
    if (at + 5 < s->len && s->p[at + 5] == '-') {
        HMI_TRY(guid_at(s, at));
        return cve_at(s, at);
    }
    return HM_OK;
}

static bool is_hex(const hmi_scanner *s, size_t i)
{
    return hmi_hex_digit((char)s->p[i]) >= 0;
}

/* The run of hexadecimal digits around the probe, if it has a digest's length and is no number or
 * word. Returns the end of the run. */
static int digest_around(hmi_scanner *s, size_t probe, size_t *ret_end)
{
    size_t begin = probe, end = probe;
    while (begin > 0 && probe - begin < 128 && is_hex(s, begin - 1)) {
        begin--;
    }
    while (end < s->len && end - begin < 130 && is_hex(s, end)) {
        end++;
    }
    *ret_end = end;
    size_t len = end - begin;
    bool alone =
        (begin == 0 || !(hmi_ascii_alnum((char)s->p[begin - 1]) || s->p[begin - 1] == '_')) &&
        (end == s->len || !(hmi_ascii_alnum((char)s->p[end]) || s->p[end] == '_'));
    hmi_class class_id = len == 32    ? HMI_MD5
                         : len == 40  ? HMI_SHA1
                         : len == 64  ? HMI_SHA256
                         : len == 128 ? HMI_SHA512
                                      : HMI_CLASS_NONE;
    if (!alone || class_id == HMI_CLASS_NONE) {
        return HM_OK;
    }
    uint32_t seen = 0, letters = 0;
    for (size_t i = begin; i < end; i++) {
        seen |= UINT32_C(1) << hmi_hex_digit((char)s->p[i]);
        letters += hmi_ascii_alpha((char)s->p[i]);
    }
    /* Of 32 random digits less than 8 kinds, or no letter, come once in millions; alphabets come in
     * order. */
    bool ordered = hmi_find(hmi_bytes(s->p + begin, len), HM_BYTES("0123456789")) != HMI_NPOS;
    if (__builtin_popcount(seen) < 8 || letters == 0 || letters == len || ordered) {
        return HM_OK;
    }
    return hmi_scanner_emit(s, class_id, begin, end);
}

static int digests(hmi_scanner *s)
{
    size_t seen = 0;
    for (size_t probe = 31; probe < s->len; probe += 32) {
        if (probe >= seen && is_hex(s, probe) && is_hex(s, probe - 1)) {
            HMI_TRY(digest_around(s, probe, &seen));
        }
    }
    return HM_OK;
}

static int trigger_at(hmi_scanner *s, size_t at)
{
    switch (s->p[at]) {
    case '.':
        return hmi_scanner_dot(s, at);
    case ':':
        return hmi_scanner_colon(s, at);
    case '@':
        return hmi_scanner_mail(s, at);
    case '\\':
        return hmi_scanner_backslash(s, at);
    case '/':
        return hmi_scanner_slash(s, at);
    default:
        return hyphen_at(s, at);
    }
}

int hmi_scan_text_step(hmi_reading *reading, hm_bytes text, uint64_t offset, uint32_t step,
                       hmi_role role, hm_err *err)
{
    hmi_scanner scanner = { .reading = reading,
                            .p = text.ptr,
                            .len = text.len,
                            .offset = offset,
                            .step = step,
                            .role = role,
                            .err = err };
    const uint8_t *p = text.ptr;
    size_t i = 0;
    while (i < text.len) {
        if (!TRIGGER[p[i]]) {
            i++;
            continue;
        }
        if (i >= scanner.done || p[i] == '@') {
            HMI_TRY(trigger_at(&scanner, i));
        }
        i++;
    }
    return digests(&scanner);
}

int hmi_scan_text(hmi_reading *reading, hm_bytes text, uint64_t offset, hmi_role role, hm_err *err)
{
    return hmi_scan_text_step(reading, text, offset, 1, role, err);
}
