/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_token.c - cuts a STIX pattern into its words.
 *
 * FORM   Words, 'strings' with \' and \\, numbers with a sign, t'..' h'..' b'..', signs; blanks
 *        (Unicode's too) and both kinds of comments between them mean nothing.
 * TRUST  Anybody's text, clean UTF-8. One pass, no memory but for unescaped strings.
 * OWNS   Nothing.
 */
#include "pattern/stix_token.h"

#include "base/text.h"

int hmi_stix_refuse(hmi_stix_reader *r, size_t at, const char *what)
{
    return hmi_fail(r->err, HM_E_MALFORMED, at, "pattern: %s at byte %zu", what, at);
}

static bool word_char(char c)
{
    return hmi_ascii_alnum(c) || c == '_' || c == '-';
}

static char peek(const hmi_stix_reader *r, size_t ahead)
{
    return r->in.len - r->pos > ahead ? r->in.ptr[r->pos + ahead] : '\0';
}

/* The blanks of the grammar beyond ASCII. */
static bool wide_blank(uint32_t c)
{
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool skip_blank(hmi_stix_reader *r)
{
    char c = peek(r, 0);
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        r->pos++;
        return true;
    }
    size_t pos = r->pos;
    if (pos < r->in.len && (uint8_t)c >= 0x80 &&
        wide_blank(hmi_utf8_next_lossy(hmi_text_bytes(r->in), &pos))) {
        r->pos = pos;
        return true;
    }
    return false;
}

static int skip_blanks(hmi_stix_reader *r)
{
    for (;;) {
        if (skip_blank(r)) {
            continue;
        }
        if (peek(r, 0) != '/' || (peek(r, 1) != '/' && peek(r, 1) != '*')) {
            return HM_OK;
        }
        bool line = peek(r, 1) == '/';
        hm_bytes rest = hmi_text_bytes(hmi_text_slice(r->in, r->pos + 2, r->in.len));
        size_t end = hmi_find(rest, line ? HM_BYTES("\n") : HM_BYTES("*/"));
        if (end == HMI_NPOS && !line) {
            return hmi_stix_refuse(r, r->pos, "a comment without an end");
        }
        r->pos = end == HMI_NPOS ? r->in.len : r->pos + 2 + end + (line ? 1 : 2);
    }
}

/* At the opening quote; leaves the text between the quotes in r->now. */
static int read_quoted(hmi_stix_reader *r, hmi_stix_token_kind kind)
{
    size_t start = ++r->pos;
    for (; r->pos < r->in.len && r->in.ptr[r->pos] != '\''; r->pos++) {
        if (r->in.ptr[r->pos] != '\\') {
            continue;
        }
        char behind = peek(r, 1);
        bool escape = behind == '\\' || behind == '\'';
        if (!escape && !r->lenient) {
            return hmi_stix_refuse(r, r->pos, "a backslash that escapes neither \\ nor '");
        }
        r->now.escaped = true;
        r->pos += escape ? 1 : 0;
    }
    if (r->pos >= r->in.len) {
        return hmi_stix_refuse(r, start - 1, "a string without an end");
    }
    r->now.kind = kind;
    r->now.text = hmi_text_slice(r->in, start, r->pos - start);
    r->pos++;
    return HM_OK;
}

static int read_number(hmi_stix_reader *r)
{
    size_t start = r->pos, before = 0, behind = 0;
    r->pos += r->in.ptr[start] == '-' || r->in.ptr[start] == '+' ? 1 : 0;
    size_t first = r->pos;
    for (; hmi_ascii_digit(peek(r, 0)); r->pos++) {
        before++;
    }
    bool dot = peek(r, 0) == '.' && hmi_ascii_digit(peek(r, 1));
    for (r->pos += dot ? 1 : 0; dot && hmi_ascii_digit(peek(r, 0)); r->pos++) {
        behind++;
    }
    if (before + behind == 0) {
        return hmi_stix_refuse(r, start, "a number without digits");
    }
    if (!dot && before > 1 && r->in.ptr[first] == '0' && !r->lenient) {
        return hmi_stix_refuse(r, start, "a number that begins with 0");
    }
    r->now.kind = dot ? HMI_TOKEN_FLOAT : HMI_TOKEN_INTEGER;
    r->now.text = hmi_text_slice(r->in, start, r->pos - start);
    return HM_OK;
}

static int read_sign(hmi_stix_reader *r)
{
    char c = peek(r, 0), d = peek(r, 1);
    bool two =
        (d == '=' && (c == '!' || c == '=' || c == '<' || c == '>')) || (c == '<' && d == '>');
    if (!two && (c == '\0' || strchr("=<>[](),:.*", c) == NULL)) {
        return hmi_stix_refuse(r, r->pos, "an unexpected character");
    }
    r->now.kind = HMI_TOKEN_SIGN;
    r->now.text = hmi_text_slice(r->in, r->pos, two ? 2 : 1);
    r->pos += r->now.text.len;
    return HM_OK;
}

int hmi_stix_next(hmi_stix_reader *r)
{
    HMI_TRY(skip_blanks(r));
    r->now = (hmi_stix_token){ .kind = HMI_TOKEN_END, .at = r->pos };
    if (r->pos >= r->in.len) {
        return HM_OK;
    }
    char c = r->in.ptr[r->pos];
    if (c == '\'') {
        return read_quoted(r, HMI_TOKEN_STRING);
    }
    if ((c == 't' || c == 'h' || c == 'b') && peek(r, 1) == '\'') {
        r->now.type = c;
        r->pos++;
        return read_quoted(r, HMI_TOKEN_TYPED);
    }
    if (hmi_ascii_digit(c) || c == '-' || c == '+' || (c == '.' && hmi_ascii_digit(peek(r, 1)))) {
        return read_number(r);
    }
    if (hmi_ascii_alpha(c) || c == '_') {
        size_t start = r->pos;
        while (word_char(peek(r, 0))) {
            r->pos++;
        }
        r->now.kind = HMI_TOKEN_WORD;
        r->now.text = hmi_text_slice(r->in, start, r->pos - start);
        return HM_OK;
    }
    return read_sign(r);
}

bool hmi_stix_is_word(const hmi_stix_reader *r, const char *word)
{
    return r->now.kind == HMI_TOKEN_WORD && hmi_text_is(r->now.text, word);
}

bool hmi_stix_is_sign(const hmi_stix_reader *r, const char *sign)
{
    return r->now.kind == HMI_TOKEN_SIGN && r->now.text.len > 0 && r->now.text.ptr[0] == sign[0] &&
           hmi_text_is(r->now.text, sign);
}

int hmi_stix_want_sign(hmi_stix_reader *r, const char *sign, const char *complaint)
{
    return hmi_stix_is_sign(r, sign) ? hmi_stix_next(r) : hmi_stix_refuse(r, r->now.at, complaint);
}

int hmi_stix_want_word(hmi_stix_reader *r, const char *word, const char *complaint)
{
    return hmi_stix_is_word(r, word) ? hmi_stix_next(r) : hmi_stix_refuse(r, r->now.at, complaint);
}

int hmi_stix_unescape(hmi_stix_reader *r, const hmi_stix_token *token, hm_text *ret)
{
    hm_text raw = token->text;
    if (!token->escaped) {
        *ret = raw;
        return HM_OK;
    }
    char *out = hmi_arena_take(r->arena, raw.len, 1);
    if (out == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        bool escape = raw.ptr[i] == '\\' && i + 1 < raw.len &&
                      (raw.ptr[i + 1] == '\\' || raw.ptr[i + 1] == '\'');
        i += escape ? 1 : 0;
        out[len++] = raw.ptr[i];
    }
    *ret = hmi_text(out, len);
    return HM_OK;
}
