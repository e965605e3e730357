/* SPDX-License-Identifier: Apache-2.0
 *
 * lex.c - cuts a script into words, numbers, strings and signs.
 *
 * WHY    Two scripts are the same hand when their tokens come in the same order, whatever the names
 *        and comments are.
 * FORM   One table row a language: how comments begin and end, which quotes there are, what escapes
 *        inside them, what a word may begin with. Good enough for likeness, not a compiler: regular
 *        expressions of JavaScript are taken as signs and words, here-documents as words.
 * TRUST  Linear in the text; at most HMI_SCRIPT_TOKENS_MAX tokens, then a note.
 * OWNS   Nothing; tokens are in the reading's arena.
 */
#include "formats/script/script.h"

typedef struct grammar {
    const char *line_comments[2];
    const char *block_open, *block_close;
    const char *quotes;
    char escape;            /* inside double quotes; 0: none */
    bool single_plain;      /* nothing escapes inside single quotes */
    bool doubled;           /* a doubled quote stands for one */
    bool long_strings;      /* strings go over lines */
    const char *word_marks; /* what words hold beside letters, digits and _ */
} grammar;

static const grammar GRAMMARS[HMI_LANGUAGE_COUNT] = {
    [HMI_LANGUAGE_POWERSHELL] = { { "#" }, "<#", "#>", "\"'", '`', true, true, true, "$`-" },
    [HMI_LANGUAGE_VBSCRIPT] = { { "'" }, NULL, NULL, "\"", 0, false, true, false, "" },
    [HMI_LANGUAGE_JAVASCRIPT] = { { "//" }, "/*", "*/", "\"'`", '\\', false, false, false, "$" },
    [HMI_LANGUAGE_SHELL] = { { "#" }, NULL, NULL, "\"'", '\\', true, false, true, "$-./" },
    [HMI_LANGUAGE_PYTHON] = { { "#" }, NULL, NULL, "\"'", '\\', false, false, false, "" },
    [HMI_LANGUAGE_BATCH] = { { "::" }, NULL, NULL, "\"", 0, false, false, false, "%-./\\~" },
    [HMI_LANGUAGE_MARKUP] = { { NULL }, "<!--", "-->", "\"'", 0, true, false, true, "-" },
};

typedef struct lexer {
    const grammar *g;
    const uint8_t *p;
    size_t len, at;
} lexer;

static bool word_char(const grammar *g, uint8_t c)
{
    return hmi_ascii_alnum((char)c) || c == '_' || c >= 0x80 ||
           (c != 0 && strchr(g->word_marks, c) != NULL);
}

static bool here(const lexer *l, const char *what)
{
    size_t len = what == NULL ? 0 : strlen(what);
    return len > 0 && l->len - l->at >= len && memcmp(l->p + l->at, what, len) == 0;
}

static void skip_line(lexer *l)
{
    while (l->at < l->len && l->p[l->at] != '\n') {
        l->at++;
    }
}

static bool skip_comment(lexer *l)
{
    const grammar *g = l->g;
    if (here(l, g->block_open)) {
        l->at += strlen(g->block_open);
        while (l->at < l->len && !here(l, g->block_close)) {
            l->at++;
        }
        l->at += l->at < l->len ? strlen(g->block_close) : 0;
        return true;
    }
    for (unsigned i = 0; i < 2; i++) {
        /* "#" and "::" begin a comment only where a word could begin */
        if (here(l, g->line_comments[i])) {
            skip_line(l);
            return true;
        }
    }
    return false;
}

/* Python's """: up to the same three. */
static bool long_string(lexer *l)
{
    uint8_t quote = l->p[l->at];
    if (l->g != &GRAMMARS[HMI_LANGUAGE_PYTHON] || l->len - l->at < 3 || l->p[l->at + 1] != quote ||
        l->p[l->at + 2] != quote) {
        return false;
    }
    for (l->at += 3; l->at < l->len; l->at++) {
        if (l->len - l->at >= 3 && l->p[l->at] == quote && l->p[l->at + 1] == quote &&
            l->p[l->at + 2] == quote) {
            l->at += 3;
            return true;
        }
    }
    return true;
}

static void take_string(lexer *l)
{
    const grammar *g = l->g;
    uint8_t quote = l->p[l->at];
    if (long_string(l)) {
        return;
    }
    bool escapes = g->escape != 0 && !(quote == '\'' && g->single_plain);
    for (l->at++; l->at < l->len; l->at++) {
        uint8_t c = l->p[l->at];
        if (escapes && c == (uint8_t)g->escape && l->at + 1 < l->len) {
            l->at++;
        } else if (c == quote) {
            l->at++;
            if (!g->doubled || l->at >= l->len || l->p[l->at] != quote) {
                return;
            }
        } else if (c == '\n' && !g->long_strings && quote != '`') {
            return;
        }
    }
}

static void take_word(lexer *l)
{
    while (l->at < l->len && word_char(l->g, l->p[l->at])) {
        l->at++;
    }
}

static hmi_token_kind take(lexer *l)
{
    uint8_t c = l->p[l->at];
    if (c != 0 && strchr(l->g->quotes, c) != NULL) {
        take_string(l);
        return HMI_TOKEN_STRING;
    }
    if (hmi_ascii_digit((char)c)) {
        while (l->at < l->len && (hmi_ascii_alnum((char)l->p[l->at]))) {
            l->at++;
        }
        return HMI_TOKEN_NUMBER;
    }
    bool sign_first = c == '-' || c == '.' || c == '/' || c == '\\' || c == '~';
    if (word_char(l->g, c) &&
        (!sign_first || (l->at + 1 < l->len && hmi_ascii_alpha((char)l->p[l->at + 1])))) {
        l->at++;
        take_word(l);
        return HMI_TOKEN_WORD;
    }
    l->at++;
    return HMI_TOKEN_SIGN;
}

static bool rem_comment(const lexer *l, const hmi_token *token)
{
    bool basic = l->g == &GRAMMARS[HMI_LANGUAGE_VBSCRIPT] || l->g == &GRAMMARS[HMI_LANGUAGE_BATCH];
    return basic && token->kind == HMI_TOKEN_WORD &&
           hmi_text_ieq(hmi_text((const char *)l->p + token->at, token->len), HM_TEXT("rem"));
}

uint64_t hmi_script_offset(const hmi_script *script, size_t at)
{
    uint64_t offset = script->wide ? 2 + 2 * (uint64_t)at : script->text_at + (uint64_t)at;
    return offset < script->file.len ? offset : script->file.len;
}

int hmi_script_lex(hmi_script *script, hm_err *err)
{
    lexer l = { .g = &GRAMMARS[script->language],
                .p = script->text.ptr,
                .len = hmi_min(script->text.len, HMI_SCRIPT_BYTES_MAX) };
    size_t capacity = 0;
    while (l.at < l.len && script->token_count < HMI_SCRIPT_TOKENS_MAX) {
        if (l.p[l.at] <= ' ' || skip_comment(&l)) {
            l.at += l.at < l.len && l.p[l.at] <= ' ';
            continue;
        }
        hmi_token token = { .at = (uint32_t)l.at };
        token.kind = (uint8_t)take(&l);
        token.len = (uint32_t)(l.at - token.at);
        if (rem_comment(&l, &token)) {
            skip_line(&l);
            continue;
        }
        hmi_token *grown = hmi_arena_grow(script->reading->arena, script->tokens,
                                          script->token_count, &capacity, sizeof(*grown));
        if (grown == NULL) {
            return hmi_arena_fail(script->reading->arena, err);
        }
        script->tokens = grown;
        script->tokens[script->token_count++] = token;
    }
    if (l.at < script->text.len) {
        return hmi_emit_note(script->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT,
                             hmi_script_offset(script, l.at), err,
                             "too large a script: what stands behind this was only searched");
    }
    return HM_OK;
}
