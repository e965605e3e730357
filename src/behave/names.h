/* SPDX-License-Identifier: Apache-2.0
 *
 * names.h - small numbers for the values that acts are made of.
 */
#ifndef HMI_BEHAVE_NAMES_H
#define HMI_BEHAVE_NAMES_H

#include "behave/act.h"

enum {
    HMI_NAMES_MAX = 1 << 15,   /* different values of one place that are told apart */
    HMI_NAMES_BYTES_EACH = 32, /* of text, on average */
    HMI_NAME_TEXT_MAX = 255    /* longer values are cut */
};

/* What the word means (of a request: its shape); .ptr NULL when it means nothing or the arena
 * refuses. */
typedef hm_bytes hmi_word_decode(hmi_arena *scratch, const hmi_word *word);

typedef struct hmi_name {
    uint64_t hash;
    hm_text text;
    uint8_t class_id;
} hmi_name;

typedef struct hmi_names {
    hmi_arena *arena;
    hmi_word_decode *decode;
    hmi_name *list; /* numbers begin with 1: list[number - 1] */
    uint32_t *slots;
    size_t count, max, text_bytes;
    uint64_t refused; /* acts whose value found no room */
} hmi_names;

/* `max` is made a power of two of at most HMI_NAMES_MAX. */
int hmi_names_init(hmi_names *names, hmi_arena *arena, size_t max, hmi_word_decode *decode,
                   hm_err *err);
/* 0 when the word is empty or there is no room. */
uint32_t hmi_names_put(hmi_names *names, const hmi_word *word, hmi_arena *scratch);
/* The decoded word as clean text of at most HMI_NAME_TEXT_MAX bytes; empty when it is none. */
hm_text hmi_word_text(hmi_word_decode *decode, const hmi_word *word, hmi_arena *scratch);
/* The same as put of text that is clean already. */
uint32_t hmi_names_put_text(hmi_names *names, hm_text text, uint8_t class_id);
static inline hm_text hmi_names_text(const hmi_names *names, uint32_t number)
{
    return number == 0 ? (hm_text){ "", 0 } : names->list[number - 1].text;
}

#endif
