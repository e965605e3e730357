/* SPDX-License-Identifier: Apache-2.0
 *
 * say.c - traits, facts and notes of behaviour, and the rounding that makes them comparable.
 *
 * WHY    Two incidents share a behaviour when their traits have equal values. So a value carries
 *        what a tool's author chose (every 60 s, port 445, these names in this order) and not what
 *        happened by chance (61.3 s on average); the exact figures stand in facts.
 * TRUST  Values hold names out of the evidence: they go the way of all traits, through their
 *        canonical form.
 * OWNS   Nothing.
 */
#include "behave/say.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

enum { SENTENCE_MAX = 1024 };

void hmi_say_trait(hmi_voice *voice, hmi_class class_id, const hmi_span *span, hm_text value)
{
    if (voice->code < 0 || voice->traits++ >= HMI_STUDY_TRAITS_MAX) {
        return;
    }
    hmi_trait like = { .class_id = class_id,
                       .role = HMI_ROLE_DERIVED,
                       .offset = span->offset,
                       .count = span->count > 0 ? span->count : 1,
                       .first_us = span->first_us,
                       .last_us = span->last_us };
    voice->code = hmi_emit_like(voice->reading, &like, value, voice->err);
}

/* What does not fit is cut at a character. */
__attribute__((format(printf, 2, 0))) static hm_text sentence(char out[SENTENCE_MAX],
                                                              const char *format, va_list args)
{
    int len = vsnprintf(out, SENTENCE_MAX, format, args);
    size_t kept = len < 0 ? 0 : len >= SENTENCE_MAX ? SENTENCE_MAX - 1 : (size_t)len;
    return hmi_text(out, hmi_utf8_span(hmi_bytes(out, kept)));
}

void hmi_say_traitf(hmi_voice *voice, hmi_class class_id, const hmi_span *span, const char *format,
                    ...)
{
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    hmi_say_trait(voice, class_id, span, sentence(text, format, args));
    va_end(args);
}

void hmi_say_fact(hmi_voice *voice, const char *name, const char *format, ...)
{
    if (voice->code < 0 || voice->facts++ >= HMI_STUDY_FACTS_MAX) {
        return;
    }
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    hm_text value = sentence(text, format, args);
    va_end(args);
    voice->code = hmi_emit_fact(voice->reading, name, value, voice->err);
}

void hmi_say_note(hmi_voice *voice, const char *format, ...)
{
    if (voice->code < 0) {
        return;
    }
    char text[SENTENCE_MAX];
    va_list args;
    va_start(args, format);
    hm_text value = sentence(text, format, args);
    va_end(args);
    voice->code = hmi_emit_note(voice->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, voice->err,
                                "%.*s", HMI_FMT(value));
}

void hmi_bits_add_word(uint64_t *bits, size_t words, const hmi_word *word)
{
    hmi_bits_add(bits, words, hmi_xxh3(word->raw, UINT64_C(0x68616c6c6d61726b)));
}

unsigned hmi_bits_count(const uint64_t *bits, size_t words)
{
    unsigned set = 0;
    for (size_t i = 0; i < words; i++) {
        set += (unsigned)__builtin_popcountll(bits[i]);
    }
    double all = (double)words * 64, empty = all - set;
    return (unsigned)lround(all * log(all / (empty < 1 ? 1 : empty)));
}

/* Rhythms that people configure; others are rounded to two digits. */
void hmi_period_text(double seconds, char out[24])
{
    static const double usual[] = { 1,    2,    3,    5,     10,    15,    20,    30,    45,   60,
                                    90,   120,  180,  240,   300,   600,   900,   1200,  1800, 2700,
                                    3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200, 86400 };
    for (size_t i = 0; i < HMI_COUNT(usual); i++) {
        if (fabs(seconds - usual[i]) <= usual[i] * 0.04) {
            (void)snprintf(out, 24, "%.0f s", usual[i]);
            return;
        }
    }
    double unit = seconds >= 10 ? pow(10, floor(log10(seconds)) - 1) : 1;
    (void)snprintf(out, 24, "%.0f s", round(seconds / unit) * unit);
}
