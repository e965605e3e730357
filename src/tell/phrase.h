/* SPDX-License-Identifier: Apache-2.0
 *
 * phrase.h - the sentences of an advisory in English, Korean and Japanese.
 *
 * A sentence is a template: {0} is the first argument as text, {v0} as a value out of evidence.
 * Each language has its own order.
 */
#ifndef HMI_TELL_PHRASE_H
#define HMI_TELL_PHRASE_H

#include "tell/page.h"
#include "trait/class.h"

typedef enum hmi_phrase {
#define PHRASE(name, en, ko, ja) HMI_P_##name,
#include "tell/phrases.def"
#undef PHRASE
    HMI_PHRASE_COUNT
} hmi_phrase;

enum { HMI_PHRASE_ARGUMENTS_MAX = 6 };

/* False when the word is no language ("en", "ko", "ja"). */
bool hmi_language_find(hm_text word, hmi_language *ret);
hm_text hmi_phrase_text(hmi_language language, hmi_phrase phrase);
/* Writes the sentence with its arguments. */
void hmi_page_phrase(hmi_page *page, hmi_phrase phrase, const hm_bytes *arguments, size_t count);
/* What a claim says, by opinion 1 .. 5. */
hmi_phrase hmi_phrase_of_claim(bool attributed, int opinion);
/* ENFSI and ICD 203 words, labels of classes and groups; English when there is no other. */
hm_text hmi_phrase_word(hmi_language language, const char *english);

#endif
