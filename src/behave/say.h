/* SPDX-License-Identifier: Apache-2.0
 *
 * say.h - how each study speaks: a trait, and a fact that explains it.
 */
#ifndef HMI_BEHAVE_SAY_H
#define HMI_BEHAVE_SAY_H

#include "behave/study.h"

/* Where and when what is said was seen. */
typedef struct hmi_span {
    uint64_t offset, count;
    int64_t first_us, last_us;
} hmi_span;

typedef struct hmi_voice {
    hmi_reading *reading;
    hm_err *err;
    int code;             /* the first failure; nothing is said after it */
    size_t traits, facts; /* of the kind in hand */
} hmi_voice;

/* Begins another kind: its traits and facts are counted anew. */
static inline void hmi_voice_begin(hmi_voice *voice)
{
    voice->traits = 0;
    voice->facts = 0;
}

void hmi_say_trait(hmi_voice *voice, hmi_class class_id, const hmi_span *span, hm_text value);
__attribute__((format(printf, 4, 5))) void
hmi_say_traitf(hmi_voice *voice, hmi_class class_id, const hmi_span *span, const char *format, ...);
/* "behaviour-NAME": one sentence. */
__attribute__((format(printf, 3, 4))) void hmi_say_fact(hmi_voice *voice, const char *name,
                                                        const char *format, ...);
__attribute__((format(printf, 2, 3))) void hmi_say_note(hmi_voice *voice, const char *format, ...);

static inline int64_t hmi_us_of(uint32_t second)
{
    return (int64_t)second * 1000000;
}

/* The seconds of a moment; 0 when it has none or lies outside 1970 to 2106. */
static inline uint32_t hmi_second_of(int64_t us)
{
    return us == HMI_TIME_NONE || us <= 0 || us / 1000000 > UINT32_MAX ? 0
                                                                       : (uint32_t)(us / 1000000);
}

/* For tables that only need to tell how many different things there were, roughly: linear
 * counting over one word of bits. */
static inline void hmi_bits_add(uint64_t *bits, size_t words, uint64_t hash)
{
    size_t bit = (size_t)(hash >> 40) % (words * 64);
    bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}
/* The same for a word, by its bytes: its own hash differs from run to run, and counts may not. */
void hmi_bits_add_word(uint64_t *bits, size_t words, const hmi_word *word);
unsigned hmi_bits_count(const uint64_t *bits, size_t words);

/* "1", "5", "15", "60", ...: seconds in words of people, for canonical values. */
void hmi_period_text(double seconds, char out[24]);

#endif
