/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h - what the files of the script reader know of one text.
 *
 * language.c recognises, lex.c cuts into tokens, shape.c makes traits of their order, fold.c works
 * out constant expressions, layers.c decodes what strings hide, script.c is the reader.
 */
#ifndef HMI_FORMATS_SCRIPT_H
#define HMI_FORMATS_SCRIPT_H

#include "base/error.h"
#include "base/num.h"
#include "formats/parts.h"
#include "formats/reader.h"

enum {
    HMI_SCRIPT_DETECT_MAX = 64 << 10, /* bytes looked at to recognise a language */
    HMI_SCRIPT_BYTES_MAX = 4 << 20,   /* bytes cut into tokens; the rest is only searched */
    HMI_SCRIPT_TOKENS_MAX = 512 << 10,
    HMI_SCRIPT_SHAPE_MIN = 16, /* fewer tokens have no shape of their own */
    HMI_SCRIPT_PART_TOKENS = 20,
    HMI_SCRIPT_PART_WINDOW = 16, /* of so many neighbouring parts one is kept */
    HMI_SCRIPT_PARTS_MAX = 256,
    HMI_SCRIPT_FOLD_DEPTH_MAX = 16,
    HMI_SCRIPT_FOLD_MAX = 1 << 20, /* bytes of one constant expression */
    HMI_SCRIPT_LAYERS_MAX = 64,
    HMI_SCRIPT_LAYER_BYTES_MAX = 8 << 20, /* of all layers */
    HMI_SCRIPT_RUN_MIN = 40,              /* characters of base64 or hexadecimal */
    HMI_SCRIPT_NUMBERS_MIN = 32,          /* of a list of bytes */
    HMI_SCRIPT_EMBEDDED_MAX = 64          /* <script> elements */
};

typedef enum hmi_language {
    HMI_LANGUAGE_NONE = 0,
    HMI_LANGUAGE_POWERSHELL,
    HMI_LANGUAGE_VBSCRIPT, /* and VBA: one family, one shape */
    HMI_LANGUAGE_JAVASCRIPT,
    HMI_LANGUAGE_SHELL,
    HMI_LANGUAGE_PYTHON,
    HMI_LANGUAGE_BATCH,
    HMI_LANGUAGE_MARKUP, /* HTML, HTA, WSF, SCT: scripts inside elements */
    HMI_LANGUAGE_COUNT
} hmi_script_language;

const char *hmi_language_name(hmi_script_language language);
/* What language a text is in; *ret_sure: 0 to 100. */
hmi_script_language hmi_language_of(hm_bytes text, int *ret_sure);

typedef enum hmi_token_kind {
    HMI_TOKEN_WORD,
    HMI_TOKEN_NUMBER,
    HMI_TOKEN_STRING, /* with its quotes */
    HMI_TOKEN_SIGN    /* one character */
} hmi_token_kind;

typedef struct hmi_token {
    uint32_t at, len; /* in the text */
    uint8_t kind;
} hmi_token;

typedef struct hmi_script {
    hmi_reading *reading;
    hm_bytes file, text; /* the text is the file, or UTF-8 made of it */
    size_t text_at;      /* where in the file it begins, when it is part of it */
    bool wide;           /* the file is UTF-16 */
    hmi_script_language language;
    hmi_token *tokens;
    size_t token_count;
    hmi_parts parts;
    unsigned layers;
    size_t layer_bytes; /* still to be decoded */
} hmi_script;

/* Comments are left out. Strings that do not end, end with the line (or the text). */
int hmi_script_lex(hmi_script *script, hm_err *err);
static inline hm_bytes hmi_token_text(const hmi_script *script, const hmi_token *token)
{
    return hmi_slice(script->text, token->at, token->len);
}
/* Place in the evidence of a place in the text. */
uint64_t hmi_script_offset(const hmi_script *script, size_t at);

/* The traits script-shape and script-part. */
int hmi_script_shape(hmi_script *script, hm_err *err);

/* Works out every constant expression: each is looked at for observables and layers. */
int hmi_script_fold(hmi_script *script, hm_err *err);
/* A number token's value; false when it is none up to 2^32 - 1. */
bool hmi_script_number(hm_bytes text, uint32_t *ret);

/* Decodes what a text may hide and hands it on: base64, hexadecimal, percent and character codes.
 * `made`: it does not stand in the file as it is. */
int hmi_script_look_into(hmi_script *script, hm_bytes text, size_t at, bool made, hm_err *err);
/* Every run of base64 or hexadecimal digits in the text. */
int hmi_script_runs(hmi_script *script, hm_err *err);
/* Hands on one decoded layer if it says something: `how` and its place become its name. */
int hmi_script_layer(hmi_script *script, hm_bytes decoded, size_t at, const char *how, bool trusted,
                     hm_err *err);

#endif
