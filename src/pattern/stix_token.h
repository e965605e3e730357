/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_token.h - the words of a STIX pattern. Only stix_*.c of this room use it.
 */
#ifndef HMI_PATTERN_STIX_TOKEN_H
#define HMI_PATTERN_STIX_TOKEN_H

#include "base/error.h"
#include "pattern/stix_pattern.h"

typedef enum hmi_stix_token_kind {
    HMI_TOKEN_END,
    HMI_TOKEN_WORD,   /* identifier or keyword; may hold '-' and '_' */
    HMI_TOKEN_STRING, /* '...' */
    HMI_TOKEN_INTEGER,
    HMI_TOKEN_FLOAT,
    HMI_TOKEN_TYPED, /* t'...', h'...', b'...' */
    HMI_TOKEN_SIGN   /* punctuation or operator */
} hmi_stix_token_kind;

typedef struct hmi_stix_token {
    hmi_stix_token_kind kind;
    hm_text text; /* of a string: between the quotes, still escaped */
    char type;    /* of TYPED */
    bool escaped; /* the string holds a backslash */
    size_t at;
} hmi_stix_token;

typedef struct hmi_stix_reader {
    hmi_arena *arena;
    hm_text in;
    size_t pos;
    bool lenient;
    hmi_stix_token now;
    unsigned depth;
    size_t tests, values;
    hm_err *err;
} hmi_stix_reader;

int hmi_stix_refuse(hmi_stix_reader *r, size_t at, const char *what);
/* Moves on to the next token. */
int hmi_stix_next(hmi_stix_reader *r);
bool hmi_stix_is_word(const hmi_stix_reader *r, const char *word);
bool hmi_stix_is_sign(const hmi_stix_reader *r, const char *sign);
int hmi_stix_want_sign(hmi_stix_reader *r, const char *sign, const char *complaint);
int hmi_stix_want_word(hmi_stix_reader *r, const char *word, const char *complaint);
/* The text of the STRING in hand, unescaped. */
int hmi_stix_unescape(hmi_stix_reader *r, const hmi_stix_token *token, hm_text *ret);

/* ---- stix_literal.c: the literal in hand; moves behind it. */
int hmi_stix_read_literal(hmi_stix_reader *r, hmi_stix_literal *ret);

#endif
