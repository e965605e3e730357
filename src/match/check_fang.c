/* SPDX-License-Identifier: Apache-2.0
 *
 * check_fang.c - evil[.]example, 1.2.3[.]4, name[at]evil[dot]example.
 *
 * WHY    Tickets, mails and chat logs are records too, and people defang there.
 * FORM   Around a bracketed dot or "at", the text up to the next blank, quote, comma or bar is
 *        copied with its brackets undone, each byte remembering where it stood, and looked at as
 *        any text is. Only what a bracket stands in is news; the rest was seen in the record.
 * TRUST  Records. HMI_FANG_SPAN bytes on each side, and each stretch once.
 */
#include "base/num.h"
#include "match/scan.h"

static bool ends_span(uint8_t c)
{
    return c <= 0x20 || c == 0x7f || c == '"' || c == '\'' || c == ',' || c == ';' || c == '|' ||
           c == '`';
}

/* Does a spelling that stands for '.' or '@' begin here? */
static bool is_fang(const hmi_view *v, size_t pos)
{
    hm_text plain;
    hm_text at = { (const char *)v->ptr + pos, hmi_min(v->len - pos, 8) };
    return pos < v->len && v->ptr[pos] != '.' && hmi_refang_one(at, &plain) > 0;
}

typedef struct undone {
    uint8_t text[2 * HMI_FANG_SPAN + 16];
    uint32_t origin[2 * HMI_FANG_SPAN + 17];
    size_t len;
} undone;

static void undo(const hmi_view *v, size_t start, size_t end, undone *out)
{
    out->len = 0;
    size_t pos = start;
    while (pos < end) {
        hm_text plain = { (const char *)v->ptr + pos, 1 };
        size_t used = 0;
        if (v->ptr[pos] != '.') {
            used = hmi_refang_one((hm_text){ (const char *)v->ptr + pos, hmi_min(end - pos, 8) },
                                  &plain);
        }
        for (size_t i = 0; i < plain.len; i++) {
            out->text[out->len] = (uint8_t)plain.ptr[i];
            out->origin[out->len++] = (uint32_t)(pos - start);
        }
        pos += used > 0 ? used : 1;
    }
    out->origin[out->len] = (uint32_t)(end - start);
}

/* Every token of a short text. */
static void check_all(hm_scanner *s, hmi_view *v)
{
    unsigned dots = 0;
    for (size_t i = 0; i < v->len; i++) {
        bool more = i + 1 < v->len;
        if (v->ptr[i] == '.') {
            dots++;
            if (dots >= 3 && more && hmi_byte_is(v->ptr[i + 1], HMI_B_DIGIT)) {
                hmi_check_quad(s, v, i);
            }
        } else if (hmi_byte_is(v->ptr[i], HMI_B_NAME) && dots > 0 &&
                   (!more || !hmi_byte_is(v->ptr[i + 1], HMI_B_NAME))) {
            hmi_check_name(s, v, i + 1);
        }
    }
}

void hmi_check_fang(hm_scanner *s, hmi_view *v, size_t pos)
{
    size_t bracket = v->ptr[pos] == '.' && pos > 0 ? pos - 1 : pos;
    if (bracket < s->fangs_done || !is_fang(v, bracket)) {
        return;
    }
    size_t start = bracket;
    size_t end = bracket;
    while (start > 0 && bracket - start < HMI_FANG_SPAN && !ends_span(v->ptr[start - 1])) {
        start--;
    }
    while (end < v->len && end - bracket < HMI_FANG_SPAN && !ends_span(v->ptr[end])) {
        end++;
    }
    s->fangs_done = end;
    undone out __attribute__((uninitialized));
    undo(v, start, end, &out);
    hmi_view part = {
        .ptr = out.text, .len = out.len, .origin = out.origin, .base = start, .line_start = 1
    };
    check_all(s, &part);
}
