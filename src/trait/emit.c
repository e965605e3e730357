/* SPDX-License-Identifier: Apache-2.0
 *
 * emit.c - how readers speak to a sink.
 *
 * WHY    Readers scan: most of what they meet is nothing. Here the spelling is made canonical, what
 *        is no such thing is dropped, and sentences are made safe, so that no reader has to.
 * TRUST  Values are an attacker's. 1. What reaches the sink is canonical. 2. A note is clean UTF-8
 *        without control characters, at most HMI_NOTE_TEXT_MAX bytes.
 * OWNS   Nothing; values are lent from the stack for the duration of the sink's call.
 */
#include "trait/trait.h"

#include "base/error.h"
#include "base/text.h"
#include "trait/canon.h"

#include <stdarg.h>
#include <stdio.h>

static void order_moments(hmi_trait *trait)
{
    const int64_t first = trait->first_us, last = trait->last_us;
    if (first == HMI_TIME_NONE || last == HMI_TIME_NONE) {
        trait->first_us = trait->last_us = first == HMI_TIME_NONE ? last : first;
    } else if (first > last) {
        trait->first_us = last;
        trait->last_us = first;
    }
}

int hmi_emit_like(hmi_reading *reading, const hmi_trait *like, hm_text raw, hm_err *err)
{
    hmi_assert(hmi_class_find((int)like->class_id) != NULL);
    hmi_assert(like->detail.len <= HMI_TRAIT_DETAIL_MAX);
    hmi_trait trait = *like;
    HMI_CANON(canon);
    if (!hmi_canon_run(trait.class_id, raw, false, &canon)) {
        /* An onion service's name is a domain to whoever met it on the wire. */
        if (trait.class_id != HMI_DOMAIN || !hmi_canon_run(HMI_ONION, raw, false, &canon)) {
            return HM_OK;
        }
        trait.class_id = HMI_ONION;
    }
    trait.value = hmi_canon_text(&canon);
    if (trait.count == 0) {
        trait.count = 1;
    }
    order_moments(&trait);
    return hmi_sink_trait(reading->sink, &trait, err);
}

int hmi_emit(hmi_reading *reading, hmi_class class_id, hmi_role role, hm_text raw, uint64_t offset,
             hm_err *err)
{
    hmi_trait like = {
        .class_id = class_id,
        .role = role,
        .offset = offset,
        .count = 1,
        .first_us = HMI_TIME_NONE,
        .last_us = HMI_TIME_NONE,
    };
    return hmi_emit_like(reading, &like, raw, err);
}

/* Control bytes become blanks, bytes that are no UTF-8 '?'; a character that the end cut goes. */
static size_t clean_note(char *text, size_t len, bool cut)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c < 0x20 || c == 0x7f) {
            text[i] = ' ';
        } else if (c == 0xc2 && i + 1 < len && (uint8_t)text[i + 1] < 0xa0) {
            text[i] = '?'; /* C1: its second byte follows as no UTF-8 */
        }
    }
    size_t good;
    while ((good = hmi_utf8_span(hmi_bytes(text, len))) < len) {
        if (cut && len - good < 4 && (uint8_t)text[good] >= 0xc0) {
            return good;
        }
        text[good] = '?';
    }
    return len;
}

int hmi_emit_note(hmi_reading *reading, hmi_severity severity, int code, uint64_t offset,
                  hm_err *err, const char *format, ...)
{
    char text[HMI_NOTE_TEXT_MAX + 1];
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hmi_assert(wanted >= 0);
    bool cut = (size_t)wanted > HMI_NOTE_TEXT_MAX;
    size_t len = clean_note(text, cut ? HMI_NOTE_TEXT_MAX : (size_t)wanted, cut);
    hmi_note note = {
        .severity = severity, .code = code, .offset = offset, .text = hmi_text(text, len)
    };
    return hmi_sink_note(reading->sink, &note, err);
}

int hmi_emit_fact(hmi_reading *reading, const char *name, hm_text value, hm_err *err)
{
    return hmi_sink_fact(reading->sink, hmi_text_of(name), value, err);
}
