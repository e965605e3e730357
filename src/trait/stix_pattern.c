/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_pattern.c - reads STIX patterns (STIX 2.1 section 9) for the values they name.
 *
 * WHY    Most published indicators are [type:property = 'value'], alone or joined. Those values are
 *        traits. What says more than "this value" is parsed all the same, so that nothing is taken
 *        out of a pattern that was not understood to its end.
 * FORM   observations  := observation (("AND" | "OR" | "FOLLOWEDBY") observation)*
 *        observation   := ("[" comparisons "]" | "(" observations ")") qualifier*
 *        qualifier     := "WITHIN" n "SECONDS" | "REPEATS" n "TIMES" | "START" t "STOP" t
 *        comparisons   := comparison (("AND" | "OR") comparison)*
 *        comparison    := "(" comparisons ")" | "NOT"? "EXISTS" path
 *                       | path "NOT"? operator literal | path "NOT"? "IN" "(" literal, ... ")"
 *        path          := type ":" step (("." step) | ("[" index "]"))*
 * TRUST  Hostile text. Nesting is bounded by HMI_PATTERN_DEPTH_MAX, the rest by the pattern's
 *        length; a pattern that fails gives no atom at all.
 * OWNS   Nothing: atoms and unescaped values are the arena's.
 */
#include "trait/stix_pattern.h"

#include "base/error.h"

enum {
    HMI_PATTERN_DEPTH_MAX = 32,
    HMI_PATTERN_ATOMS_MAX = 65536,
    HMI_PATTERN_PATH_MAX = 256,
    HMI_PATTERN_LEN_MAX = 4 << 20
};

typedef enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* identifier or keyword, may hold '-' and '_' */
    TOKEN_STRING, /* '...' */
    TOKEN_NUMBER,
    TOKEN_TYPED, /* t'...', h'...', b'...' */
    TOKEN_SIGN   /* punctuation or operator */
} token_kind;

typedef struct token {
    token_kind kind;
    hm_text text; /* of a string: between the quotes, still escaped */
    size_t at;
} token;

typedef struct parser {
    hmi_arena *arena;
    hm_text in;
    size_t pos;
    token now;
    unsigned depth;
    hmi_stix_pattern pattern;
    hm_err *err;
} parser;

static int refuse(parser *p, size_t at, const char *what)
{
    return hmi_fail(p->err, HM_E_MALFORMED, at, "pattern: %s at character %zu", what, at);
}

static bool word_char(char c)
{
    return hmi_ascii_alnum(c) || c == '_' || c == '-';
}

static char peek(const parser *p, size_t ahead)
{
    return p->in.len - p->pos > ahead ? p->in.ptr[p->pos + ahead] : '\0';
}

/* Blanks and the grammar's two kinds of comments. */
static void skip_blanks(parser *p)
{
    for (;;) {
        char c = peek(p, 0);
        if (p->pos < p->in.len && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            p->pos++;
        } else if (c == '/' && peek(p, 1) == '/') {
            while (p->pos < p->in.len && p->in.ptr[p->pos] != '\n') {
                p->pos++;
            }
        } else if (c == '/' && peek(p, 1) == '*') {
            hm_bytes rest = hmi_text_bytes(hmi_text_slice(p->in, p->pos + 2, p->in.len));
            size_t end = hmi_find(rest, HM_BYTES("*/"));
            p->pos = end == HMI_NPOS ? p->in.len : p->pos + 2 + end + 2;
        } else {
            return;
        }
    }
}

/* At the opening quote; leaves the text between the quotes in p->now. */
static int read_quoted(parser *p, token_kind kind)
{
    size_t start = ++p->pos;
    while (p->pos < p->in.len && p->in.ptr[p->pos] != '\'') {
        p->pos += p->in.ptr[p->pos] == '\\' ? 2 : 1;
    }
    if (p->pos >= p->in.len) {
        p->pos = p->in.len;
        return refuse(p, start - 1, "string without an end");
    }
    p->now.kind = kind;
    p->now.text = hmi_text_slice(p->in, start, p->pos - start);
    p->pos++;
    return HM_OK;
}

static int read_number(parser *p)
{
    size_t start = p->pos;
    p->pos += p->in.ptr[start] == '-' || p->in.ptr[start] == '+' ? 1 : 0;
    size_t digits = 0;
    for (bool dot = false; p->pos < p->in.len; p->pos++) {
        char c = p->in.ptr[p->pos];
        if (c == '.' && !dot) {
            dot = true;
        } else if (hmi_ascii_digit(c)) {
            digits++;
        } else {
            break;
        }
    }
    if (digits == 0) {
        return refuse(p, start, "number without digits");
    }
    p->now.kind = TOKEN_NUMBER;
    p->now.text = hmi_text_slice(p->in, start, p->pos - start);
    return HM_OK;
}

static int read_sign(parser *p)
{
    static const char *const SIGNS[] = { "!=", "==", "<>", "<=", ">=", "=", "<", ">",
                                         "[",  "]",  "(",  ")",  ",",  ":", ".", "*" };
    for (size_t i = 0; i < HMI_COUNT(SIGNS); i++) {
        hm_text sign = hmi_text_of(SIGNS[i]);
        if (hmi_text_eq(hmi_text_slice(p->in, p->pos, sign.len), sign)) {
            p->now.kind = TOKEN_SIGN;
            p->now.text = sign;
            p->pos += sign.len;
            return HM_OK;
        }
    }
    return refuse(p, p->pos, "unexpected character");
}

static int next(parser *p)
{
    skip_blanks(p);
    p->now = (token){ .kind = TOKEN_END, .at = p->pos };
    if (p->pos >= p->in.len) {
        return HM_OK;
    }
    char c = p->in.ptr[p->pos];
    if (c == '\'') {
        return read_quoted(p, TOKEN_STRING);
    }
    if ((c == 't' || c == 'h' || c == 'b') && peek(p, 1) == '\'') {
        p->pos++;
        return read_quoted(p, TOKEN_TYPED);
    }
    if (hmi_ascii_digit(c) || c == '-' || c == '+' || (c == '.' && hmi_ascii_digit(peek(p, 1)))) {
        return read_number(p);
    }
    if (hmi_ascii_alpha(c) || c == '_') {
        size_t start = p->pos;
        while (p->pos < p->in.len && word_char(p->in.ptr[p->pos])) {
            p->pos++;
        }
        p->now.kind = TOKEN_WORD;
        p->now.text = hmi_text_slice(p->in, start, p->pos - start);
        return HM_OK;
    }
    return read_sign(p);
}

static bool is_word(const parser *p, const char *word)
{
    return p->now.kind == TOKEN_WORD && hmi_text_is(p->now.text, word);
}

static bool is_sign(const parser *p, const char *sign)
{
    return p->now.kind == TOKEN_SIGN && hmi_text_is(p->now.text, sign);
}

static int want_sign(parser *p, const char *sign, const char *complaint)
{
    if (!is_sign(p, sign)) {
        return refuse(p, p->now.at, complaint);
    }
    return next(p);
}

static int want_word(parser *p, const char *word, const char *complaint)
{
    if (!is_word(p, word)) {
        return refuse(p, p->now.at, complaint);
    }
    return next(p);
}

/* \' and \\ are the only escapes; another backslash stands for itself. */
static int unescape(parser *p, hm_text raw, hm_text *ret)
{
    if (hmi_find_byte(hmi_text_bytes(raw), '\\') == HMI_NPOS) {
        *ret = raw;
        return HM_OK;
    }
    char *out = hmi_arena_take(p->arena, raw.len, 1);
    if (out == NULL) {
        return hmi_arena_fail(p->arena, p->err);
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

/* One step of a path, appended behind a '/' to what is there. */
static int add_step(parser *p, char path[HMI_PATTERN_PATH_MAX], size_t *len)
{
    if (p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_STRING) {
        return refuse(p, p->now.at, "a property's name is missing");
    }
    hm_text step;
    HMI_TRY(unescape(p, p->now.text, &step));
    if (step.len == 0 || step.len > HMI_PATTERN_PATH_MAX - 1 - *len) {
        return refuse(p, p->now.at, "the path is empty or too long");
    }
    if (*len > 0) {
        path[(*len)++] = '/';
    }
    memcpy(path + *len, step.ptr, step.len);
    *len += step.len;
    return next(p);
}

static int read_index(parser *p)
{
    HMI_TRY(next(p));
    if (p->now.kind != TOKEN_NUMBER && !is_sign(p, "*")) {
        return refuse(p, p->now.at, "a list's index is missing");
    }
    HMI_TRY(next(p));
    return want_sign(p, "]", "a list's index is not closed");
}

static int read_path(parser *p, hmi_stix_atom *atom)
{
    char path[HMI_PATTERN_PATH_MAX];
    size_t len = 0;
    if (p->now.kind != TOKEN_WORD) {
        return refuse(p, p->now.at, "an object's type is missing");
    }
    atom->type = p->now.text;
    atom->offset = p->now.at;
    HMI_TRY(next(p));
    HMI_TRY(want_sign(p, ":", "a colon is missing"));
    HMI_TRY(add_step(p, path, &len));
    for (;;) {
        if (is_sign(p, "[")) {
            HMI_TRY(read_index(p));
        } else if (is_sign(p, ".")) {
            HMI_TRY(next(p));
            HMI_TRY(add_step(p, path, &len));
        } else {
            break;
        }
    }
    atom->path = hmi_arena_text(p->arena, hmi_text(path, len));
    return atom->path.ptr != NULL ? HM_OK : hmi_arena_fail(p->arena, p->err);
}

static int add_atom(parser *p, const hmi_stix_atom *atom)
{
    hmi_stix_pattern *pattern = &p->pattern;
    if (pattern->count >= HMI_PATTERN_ATOMS_MAX) {
        return hmi_fail(p->err, HM_E_LIMIT, atom->offset, "pattern: more than %d values",
                        HMI_PATTERN_ATOMS_MAX);
    }
    hmi_stix_atom *atoms = hmi_arena_grow(p->arena, pattern->atoms, pattern->count,
                                          &pattern->capacity, sizeof(*atoms));
    if (atoms == NULL) {
        return hmi_arena_fail(p->arena, p->err);
    }
    pattern->atoms = atoms;
    atoms[pattern->count++] = *atom;
    return HM_OK;
}

/* A literal in hand: keeps it if `names`, counts it as left out otherwise. */
static int read_literal(parser *p, hmi_stix_atom *atom, bool names)
{
    token literal = p->now;
    bool boolean = is_word(p, "true") || is_word(p, "false");
    if (literal.kind != TOKEN_STRING && literal.kind != TOKEN_NUMBER &&
        literal.kind != TOKEN_TYPED && !boolean) {
        return refuse(p, literal.at, "a value is missing");
    }
    HMI_TRY(next(p));
    if (!names || (literal.kind != TOKEN_STRING && literal.kind != TOKEN_NUMBER)) {
        p->pattern.left_out++;
        return HM_OK;
    }
    HMI_TRY(unescape(p, literal.text, &atom->value));
    return add_atom(p, atom);
}

static int read_set(parser *p, hmi_stix_atom *atom, bool names)
{
    HMI_TRY(want_sign(p, "(", "IN without a list"));
    if (is_sign(p, ")")) {
        return next(p);
    }
    HMI_TRY(read_literal(p, atom, names));
    while (is_sign(p, ",")) {
        HMI_TRY(next(p));
        HMI_TRY(read_literal(p, atom, names));
    }
    return want_sign(p, ")", "a list is not closed");
}

static int read_test(parser *p)
{
    hmi_stix_atom atom = { .offset = p->now.at };
    HMI_TRY(read_path(p, &atom));
    bool negated = is_word(p, "NOT");
    if (negated) {
        HMI_TRY(next(p));
    }
    if (is_word(p, "IN")) {
        HMI_TRY(next(p));
        return read_set(p, &atom, !negated);
    }
    bool subset = is_word(p, "ISSUBSET");
    bool equal = is_sign(p, "=") || is_sign(p, "==");
    bool other = is_word(p, "LIKE") || is_word(p, "MATCHES") || is_word(p, "ISSUPERSET") ||
                 is_sign(p, "!=") || is_sign(p, "<>") || is_sign(p, "<") || is_sign(p, ">") ||
                 is_sign(p, "<=") || is_sign(p, ">=");
    if (!subset && !equal && !other) {
        return refuse(p, p->now.at, "an operator is missing");
    }
    HMI_TRY(next(p));
    atom.is_range = subset;
    return read_literal(p, &atom, !negated && (equal || subset));
}

static int descend(parser *p)
{
    if (p->depth >= HMI_PATTERN_DEPTH_MAX) {
        return hmi_fail(p->err, HM_E_LIMIT, p->now.at, "pattern: nested more than %d deep",
                        HMI_PATTERN_DEPTH_MAX);
    }
    p->depth++;
    return next(p);
}

static int read_comparisons(parser *p);

static int read_comparison(parser *p)
{
    if (is_sign(p, "(")) {
        HMI_TRY(descend(p));
        HMI_TRY(read_comparisons(p));
        p->depth--;
        return want_sign(p, ")", "a parenthesis is not closed");
    }
    if (is_word(p, "NOT")) {
        HMI_TRY(next(p));
        if (!is_word(p, "EXISTS")) {
            return refuse(p, p->now.at, "NOT without EXISTS");
        }
    }
    if (is_word(p, "EXISTS")) {
        hmi_stix_atom atom = { .offset = p->now.at };
        HMI_TRY(next(p));
        p->pattern.left_out++;
        return read_path(p, &atom);
    }
    return read_test(p);
}

static int read_comparisons(parser *p)
{
    HMI_TRY(read_comparison(p));
    while (is_word(p, "AND") || is_word(p, "OR")) {
        HMI_TRY(next(p));
        HMI_TRY(read_comparison(p));
    }
    return HM_OK;
}

static int want_number(parser *p)
{
    if (p->now.kind != TOKEN_NUMBER) {
        return refuse(p, p->now.at, "a number is missing");
    }
    return next(p);
}

static int want_moment(parser *p)
{
    /* STIX 2.0 writes START '...' without the t */
    if (p->now.kind != TOKEN_TYPED && p->now.kind != TOKEN_STRING) {
        return refuse(p, p->now.at, "a timestamp is missing");
    }
    return next(p);
}

static int read_qualifiers(parser *p)
{
    for (;;) {
        bool within = is_word(p, "WITHIN");
        bool repeats = is_word(p, "REPEATS");
        bool start = is_word(p, "START");
        if (!within && !repeats && !start) {
            return HM_OK;
        }
        p->pattern.conditional = true;
        HMI_TRY(next(p));
        if (start) {
            HMI_TRY(want_moment(p));
            HMI_TRY(want_word(p, "STOP", "START without STOP"));
            HMI_TRY(want_moment(p));
        } else {
            HMI_TRY(want_number(p));
            HMI_TRY(want_word(p, within ? "SECONDS" : "TIMES", "the unit is missing"));
        }
    }
}

static int read_observations(parser *p);

static int read_observation(parser *p)
{
    if (is_sign(p, "(")) {
        HMI_TRY(descend(p));
        HMI_TRY(read_observations(p));
        p->depth--;
        HMI_TRY(want_sign(p, ")", "a parenthesis is not closed"));
    } else {
        HMI_TRY(want_sign(p, "[", "an observation must begin with ["));
        HMI_TRY(read_comparisons(p));
        HMI_TRY(want_sign(p, "]", "an observation is not closed"));
    }
    return read_qualifiers(p);
}

static int read_observations(parser *p)
{
    HMI_TRY(read_observation(p));
    while (is_word(p, "AND") || is_word(p, "OR") || is_word(p, "FOLLOWEDBY")) {
        p->pattern.conditional |= is_word(p, "FOLLOWEDBY");
        HMI_TRY(next(p));
        HMI_TRY(read_observation(p));
    }
    return HM_OK;
}

int hmi_stix_pattern_parse(hmi_arena *arena, hm_text pattern, hmi_stix_pattern *ret_pattern,
                           hm_err *err)
{
    if (pattern.len > HMI_PATTERN_LEN_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HMI_PATTERN_LEN_MAX, "pattern: longer than %d bytes",
                        HMI_PATTERN_LEN_MAX);
    }
    parser p = { .arena = arena, .in = pattern, .err = err };
    HMI_TRY(next(&p));
    HMI_TRY(read_observations(&p));
    if (p.now.kind != TOKEN_END) {
        return refuse(&p, p.now.at, "something stands behind the end");
    }
    *ret_pattern = p.pattern;
    return HM_OK;
}
