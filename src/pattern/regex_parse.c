/* SPDX-License-Identifier: Apache-2.0
 *
 * regex_parse.c - from the text of a regular expression to its tree.
 *
 * WHY    What cannot be had in linear time must be refused here, by name, so that the author of a
 *        pattern learns it when it is loaded and not by its silence.
 * FORM   alternation := sequence ("|" sequence)*
 *        sequence    := (atom quantifier?)*
 *        atom        := "(" alternation ")" | "[" class "]" | "." | "^" | "$" | "\" escape | char
 * TRUST  Anybody's text. Groups nest to HMI_REGEX_DEPTH_MAX, everything else is a loop.
 * OWNS   Nothing: the tree is the arena's.
 */
#include "base/text.h"
#include "pattern/regex_inside.h"

typedef struct parser {
    hmi_arena *arena;
    hm_text in;
    size_t pos;
    unsigned flags;
    unsigned depth;
    bool quoted; /* between \Q and \E */
    uint32_t top;
    hm_err *err;
} parser;

static int refuse(parser *p, int code, size_t at, const char *what)
{
    return hmi_fail(p->err, code, at, "regular expression: %s at byte %zu", what, at);
}

static bool more(const parser *p)
{
    return p->pos < p->in.len;
}

static char peek(const parser *p, size_t ahead)
{
    return p->in.len - p->pos > ahead ? p->in.ptr[p->pos + ahead] : '\0';
}

static bool take(parser *p, const char *sign)
{
    hm_text want = hmi_text_of(sign);
    if (!hmi_text_eq(hmi_text_slice(p->in, p->pos, want.len), want)) {
        return false;
    }
    p->pos += want.len;
    return true;
}

static int new_node(parser *p, hmi_re_kind kind, hmi_re_node **ret)
{
    *ret = hmi_new(p->arena, hmi_re_node);
    if (*ret == NULL) {
        return hmi_arena_fail(p->arena, p->err);
    }
    (*ret)->kind = kind;
    return HM_OK;
}

static void append(hmi_re_node *parent, hmi_re_node *child)
{
    if (parent->last != NULL) {
        parent->last->next = child;
    } else {
        parent->first = child;
    }
    parent->last = child;
}

static int settle(parser *p, hmi_re_class *cls, bool negated)
{
    bool fold = (p->flags & HMI_REGEX_IGNORE_CASE) != 0;
    if ((fold && !hmi_re_class_fold(p->arena, cls, p->top)) ||
        (negated && !hmi_re_class_negate(p->arena, cls, p->top))) {
        return hmi_arena_fail(p->arena, p->err);
    }
    hmi_re_class_settle(cls);
    return HM_OK;
}

static int literal(parser *p, uint32_t c, hmi_re_node **ret)
{
    if (c > p->top) {
        return refuse(p, HM_E_UNSUPPORTED, p->pos, "a character that no byte can be");
    }
    HMI_TRY(new_node(p, HMI_RE_CLASS, ret));
    if (!hmi_re_class_add(p->arena, &(*ret)->cls, c, c)) {
        return hmi_arena_fail(p->arena, p->err);
    }
    return settle(p, &(*ret)->cls, false);
}

static int assertion(parser *p, hmi_re_assert kind, hmi_re_node **ret)
{
    HMI_TRY(new_node(p, HMI_RE_ASSERT, ret));
    (*ret)->assert = kind;
    return HM_OK;
}

/* Up to `digits_max` digits; false when there is none. */
static bool digits(parser *p, unsigned base, unsigned digits_max, uint32_t *ret)
{
    uint32_t value = 0;
    unsigned count = 0;
    for (; count < digits_max && more(p); count++, p->pos++) {
        int digit = hmi_hex_digit(peek(p, 0));
        if (digit < 0 || (unsigned)digit >= base) {
            break;
        }
        value = value * base + (unsigned)digit;
    }
    *ret = value;
    return count > 0;
}

static int hex_escape(parser *p, size_t at, uint32_t *ret)
{
    if (take(p, "{")) {
        if (!digits(p, 16, 6, ret) || !take(p, "}") || *ret > 0x10ffff) {
            return refuse(p, HM_E_MALFORMED, at, "\\x{} without a character's number");
        }
        return HM_OK;
    }
    if (!digits(p, 16, 2, ret)) {
        *ret = 0; /* as PCRE: \x alone is NUL */
    }
    return HM_OK;
}

/* Behind the backslash: an escape that is one character. *ret_is false when it is none. */
static int char_escape(parser *p, size_t at, uint32_t *ret, bool *ret_is)
{
    static const char NAMES[] = "tnrfvae", VALUES[] = "\t\n\r\f\v\a\x1b";
    char c = peek(p, 0);
    const char *name = c != '\0' ? strchr(NAMES, c) : NULL;
    if (!more(p)) {
        return refuse(p, HM_E_MALFORMED, at, "a backslash at the end");
    }
    *ret_is = true;
    if (name != NULL) {
        p->pos++;
        *ret = (uint8_t)VALUES[name - NAMES];
        return HM_OK;
    }
    if (take(p, "x")) {
        return hex_escape(p, at, ret);
    }
    if (c == '0') {
        (void)digits(p, 8, 3, ret);
        return HM_OK;
    }
    if (take(p, "u")) {
        return digits(p, 16, 4, ret) ? HM_OK : refuse(p, HM_E_MALFORMED, at, "\\u without digits");
    }
    if (hmi_ascii_alnum(c)) {
        *ret_is = false;
        return HM_OK;
    }
    *ret = hmi_utf8_next_lossy(hmi_text_bytes(p->in), &p->pos);
    return HM_OK;
}

static int escape(parser *p, hmi_re_node **ret)
{
    size_t at = p->pos++;
    char c = peek(p, 0);
    if (c >= '1' && c <= '9') {
        return refuse(p, HM_E_UNSUPPORTED, at,
                      "a back reference cannot be searched in linear time");
    }
    uint32_t value = 0;
    bool is_char = false;
    HMI_TRY(char_escape(p, at, &value, &is_char));
    if (is_char) {
        return literal(p, value, ret);
    }
    p->pos++;
    switch (c) {
    case 'A':
        return assertion(p, HMI_RE_TEXT_START, ret);
    case 'z':
        return assertion(p, HMI_RE_TEXT_END, ret);
    case 'Z':
        return assertion(p, HMI_RE_LAST_LINE_END, ret);
    case 'b':
        return assertion(p, HMI_RE_WORD_EDGE, ret);
    case 'B':
        return assertion(p, HMI_RE_NO_WORD_EDGE, ret);
    case 'k':
    case 'g':
        return refuse(p, HM_E_UNSUPPORTED, at,
                      "a back reference cannot be searched in linear time");
    default:
        break;
    }
    if (strchr("dDwWsShH", c) == NULL) {
        return refuse(p, HM_E_UNSUPPORTED, at, "an escape that is not known here");
    }
    HMI_TRY(new_node(p, HMI_RE_CLASS, ret));
    if (!hmi_re_class_add_escape(p->arena, &(*ret)->cls, c, p->top)) {
        return hmi_arena_fail(p->arena, p->err);
    }
    return settle(p, &(*ret)->cls, false);
}

/* One end of a range in a class; *ret_set when it was a set (\w, [:alpha:]) instead. */
static int class_item(parser *p, hmi_re_class *cls, uint32_t *ret, bool *ret_set)
{
    size_t at = p->pos;
    *ret_set = false;
    if (take(p, "[:")) {
        hm_bytes rest = hmi_text_bytes(hmi_text_slice(p->in, p->pos, 16));
        size_t len = hmi_find(rest, HM_BYTES(":]"));
        bool known = false;
        if (len != HMI_NPOS &&
            !hmi_re_class_add_named(p->arena, cls, hmi_text_slice(p->in, p->pos, len), p->top,
                                    &known)) {
            return hmi_arena_fail(p->arena, p->err);
        }
        if (known) {
            p->pos += len + 2;
            *ret_set = true;
            return HM_OK;
        }
        p->pos = at; /* "[[:x]": an ordinary bracket */
    }
    if (!take(p, "\\")) {
        *ret = hmi_utf8_next_lossy(hmi_text_bytes(p->in), &p->pos);
        return HM_OK;
    }
    char c = peek(p, 0);
    if (c == 'b') {
        p->pos++;
        *ret = '\b';
        return HM_OK;
    }
    bool is_char = false;
    HMI_TRY(char_escape(p, at, ret, &is_char));
    if (is_char) {
        return HM_OK;
    }
    if (strchr("dDwWsShH", c) == NULL) {
        return refuse(p, HM_E_UNSUPPORTED, at, "an escape that is not known in a class");
    }
    p->pos++;
    *ret_set = true;
    return hmi_re_class_add_escape(p->arena, cls, c, p->top) ? HM_OK
                                                             : hmi_arena_fail(p->arena, p->err);
}

static int class_range(parser *p, hmi_re_class *cls)
{
    size_t at = p->pos;
    uint32_t low = 0, high = 0;
    bool set = false, set_behind = false;
    HMI_TRY(class_item(p, cls, &low, &set));
    if (set) {
        return HM_OK;
    }
    high = low;
    if (peek(p, 0) == '-' && p->in.len - p->pos > 1 && peek(p, 1) != ']') {
        p->pos++;
        HMI_TRY(class_item(p, cls, &high, &set_behind));
        if (set_behind) { /* [a-\d]: a minus sign */
            high = low;
            if (!hmi_re_class_add(p->arena, cls, '-', '-')) {
                return hmi_arena_fail(p->arena, p->err);
            }
        }
    }
    if (high < low || high > p->top) {
        return refuse(p, HM_E_MALFORMED, at,
                      "a range of characters that runs backwards or too far");
    }
    return hmi_re_class_add(p->arena, cls, low, high) ? HM_OK : hmi_arena_fail(p->arena, p->err);
}

static int class_node(parser *p, hmi_re_node **ret)
{
    size_t at = p->pos++;
    bool negated = take(p, "^"), first = true;
    HMI_TRY(new_node(p, HMI_RE_CLASS, ret));
    for (; more(p) && (first || peek(p, 0) != ']'); first = false) {
        HMI_TRY(class_range(p, &(*ret)->cls));
    }
    if (!take(p, "]")) {
        return refuse(p, HM_E_MALFORMED, at, "a class without its ]");
    }
    return settle(p, &(*ret)->cls, negated);
}

static int dot(parser *p, hmi_re_node **ret)
{
    HMI_TRY(new_node(p, HMI_RE_CLASS, ret));
    hmi_re_class *cls = &(*ret)->cls;
    bool all = (p->flags & HMI_REGEX_DOT_ALL) != 0;
    bool done = all ? hmi_re_class_add(p->arena, cls, 0, p->top)
                    : hmi_re_class_add(p->arena, cls, 0, '\n' - 1) &&
                          hmi_re_class_add(p->arena, cls, '\n' + 1, p->top);
    return done ? HM_OK : hmi_arena_fail(p->arena, p->err);
}

/* Behind "(?": the letters of "ims-ims", up to ":" or ")". */
static int inline_flags(parser *p, size_t at)
{
    for (bool off = false; more(p); p->pos++) {
        unsigned flag = 0;
        switch (peek(p, 0)) {
        case 'i':
            flag = HMI_REGEX_IGNORE_CASE;
            break;
        case 'm':
            flag = HMI_REGEX_MULTILINE;
            break;
        case 's':
            flag = HMI_REGEX_DOT_ALL;
            break;
        case '-':
            off = true;
            break;
        case 'u': /* Unicode: always */
            break;
        default:
            return HM_OK;
        }
        p->flags = off ? p->flags & ~flag : p->flags | flag;
    }
    return refuse(p, HM_E_MALFORMED, at, "a group that does not end");
}

static const struct refused {
    const char *begins, *why;
} REFUSED[] = {
    { "=", "looking ahead cannot be searched in linear time" },
    { "!", "looking ahead cannot be searched in linear time" },
    { "<=", "looking behind cannot be searched in linear time" },
    { "<!", "looking behind cannot be searched in linear time" },
    { ">", "an atomic group cannot be searched in linear time" },
    { "(", "a condition cannot be searched in linear time" },
    { "R", "recursion cannot be searched in linear time" },
    { "&", "recursion cannot be searched in linear time" },
    { "P>", "recursion cannot be searched in linear time" },
    { "P=", "a back reference cannot be searched in linear time" },
    { "|", "a branch reset is not known here" },
};

/* Behind "(?". *ret_group false when no group follows: (?i) and (?#...). */
static int group_kind(parser *p, size_t at, bool *ret_group)
{
    *ret_group = true;
    for (size_t i = 0; i < HMI_COUNT(REFUSED); i++) {
        if (take(p, REFUSED[i].begins)) {
            return refuse(p, HM_E_UNSUPPORTED, at, REFUSED[i].why);
        }
    }
    if (take(p, "#") || take(p, "P<") || take(p, "<") || take(p, "'")) {
        char opened = p->in.ptr[p->pos - 1];
        char end = opened == '#' ? ')' : opened == '<' ? '>' : '\'';
        while (more(p) && peek(p, 0) != end) {
            p->pos++;
        }
        if (!more(p)) {
            return refuse(p, HM_E_MALFORMED, at, "a group that does not end");
        }
        p->pos++;
        *ret_group = opened != '#';
        return HM_OK;
    }
    HMI_TRY(inline_flags(p, at));
    if (take(p, ")")) {
        *ret_group = false;
        return HM_OK;
    }
    return take(p, ":") ? HM_OK : refuse(p, HM_E_UNSUPPORTED, at, "a group that is not known here");
}

static int alternation(parser *p, hmi_re_node **ret);

static int group(parser *p, hmi_re_node **ret)
{
    size_t at = p->pos++;
    unsigned flags = p->flags;
    bool is_group = true;
    if (peek(p, 0) == '*') {
        return refuse(p, HM_E_UNSUPPORTED, at, "a verb of backtracking is not known here");
    }
    if (take(p, "?")) {
        HMI_TRY(group_kind(p, at, &is_group));
    }
    if (!is_group) { /* (?i) holds to the end of the group around it */
        return new_node(p, HMI_RE_EMPTY, ret);
    }
    if (p->depth >= HMI_REGEX_DEPTH_MAX) {
        return refuse(p, HM_E_LIMIT, at, "groups nested too deep");
    }
    p->depth++;
    HMI_TRY(alternation(p, ret));
    p->depth--;
    p->flags = flags;
    return take(p, ")") ? HM_OK : refuse(p, HM_E_MALFORMED, at, "a group without its )");
}

/* "{n}", "{n,}", "{n,m}"; anything else is a brace that stands for itself. */
static bool counted(parser *p, uint32_t *ret_min, uint32_t *ret_max)
{
    size_t start = p->pos;
    bool good = take(p, "{") && digits(p, 10, 9, ret_min);
    *ret_max = *ret_min;
    if (good && take(p, ",")) {
        *ret_max = HMI_RE_UNBOUNDED;
        (void)(peek(p, 0) != '}' && digits(p, 10, 9, ret_max));
    }
    if (!good || !take(p, "}")) {
        p->pos = start;
        return false;
    }
    return true;
}

static bool quantifier(parser *p, uint32_t *ret_min, uint32_t *ret_max)
{
    *ret_min = 0;
    *ret_max = HMI_RE_UNBOUNDED;
    if (take(p, "*")) {
        return true;
    }
    if (take(p, "+")) {
        *ret_min = 1;
        return true;
    }
    if (take(p, "?")) {
        *ret_max = 1;
        return true;
    }
    return counted(p, ret_min, ret_max);
}

static int quantified(parser *p, hmi_re_node **atom)
{
    size_t at = p->pos;
    uint32_t min = 0, max = 0;
    if (p->quoted && take(p, "\\E")) {
        p->quoted = false; /* \Qab\E+ repeats the b */
        at = p->pos;
    }
    if (p->quoted || !quantifier(p, &min, &max)) {
        return HM_OK;
    }
    if (min > HMI_REGEX_REPEAT_MAX || (max != HMI_RE_UNBOUNDED && max > HMI_REGEX_REPEAT_MAX)) {
        return refuse(p, HM_E_LIMIT, at, "repeated more than 1000 times");
    }
    if (max < min) {
        return refuse(p, HM_E_MALFORMED, at, "a repeat that runs backwards");
    }
    if (take(p, "+")) {
        return refuse(p, HM_E_UNSUPPORTED, at,
                      "a possessive quantifier cannot be searched in linear time");
    }
    (void)take(p, "?"); /* lazy: matches in the same places */
    uint32_t again_min, again_max;
    if (quantifier(p, &again_min, &again_max)) {
        return refuse(p, HM_E_MALFORMED, at, "nothing to repeat");
    }
    hmi_re_node *repeat;
    HMI_TRY(new_node(p, HMI_RE_REPEAT, &repeat));
    repeat->min = min;
    repeat->max = max;
    append(repeat, *atom);
    *atom = repeat;
    return HM_OK;
}

static int atom_node(parser *p, hmi_re_node **ret)
{
    size_t at = p->pos;
    uint32_t min, max;
    if (p->quoted) {
        return literal(p, hmi_utf8_next_lossy(hmi_text_bytes(p->in), &p->pos), ret);
    }
    switch (peek(p, 0)) {
    case '(':
        return group(p, ret);
    case '[':
        return class_node(p, ret);
    case '\\':
        return escape(p, ret);
    case '.':
        p->pos++;
        return dot(p, ret);
    case '^':
        p->pos++;
        return assertion(p, p->flags & HMI_REGEX_MULTILINE ? HMI_RE_LINE_START : HMI_RE_TEXT_START,
                         ret);
    case '$':
        p->pos++;
        return assertion(p, p->flags & HMI_REGEX_MULTILINE ? HMI_RE_LINE_END : HMI_RE_LAST_LINE_END,
                         ret);
    default:
        break;
    }
    if (quantifier(p, &min, &max)) {
        return refuse(p, HM_E_MALFORMED, at, "nothing to repeat");
    }
    return literal(p, hmi_utf8_next_lossy(hmi_text_bytes(p->in), &p->pos), ret);
}

static int sequence(parser *p, hmi_re_node **ret)
{
    HMI_TRY(new_node(p, HMI_RE_CAT, ret));
    while (more(p)) {
        if (!p->quoted && (peek(p, 0) == '|' || peek(p, 0) == ')')) {
            break;
        }
        if (take(p, p->quoted ? "\\E" : "\\Q")) {
            p->quoted = !p->quoted;
            continue;
        }
        hmi_re_node *atom;
        HMI_TRY(atom_node(p, &atom));
        HMI_TRY(quantified(p, &atom));
        append(*ret, atom);
    }
    return HM_OK;
}

static int alternation(parser *p, hmi_re_node **ret)
{
    hmi_re_node *branch;
    HMI_TRY(sequence(p, &branch));
    if (!more(p) || peek(p, 0) != '|') {
        *ret = branch;
        return HM_OK;
    }
    HMI_TRY(new_node(p, HMI_RE_ALT, ret));
    append(*ret, branch);
    while (take(p, "|")) {
        HMI_TRY(sequence(p, &branch));
        append(*ret, branch);
    }
    return HM_OK;
}

int hmi_re_parse(hmi_arena *arena, hm_text pattern, unsigned flags, hmi_re_node **ret_tree,
                 hm_err *err)
{
    parser p = { .arena = arena,
                 .in = pattern,
                 .flags = flags,
                 .err = err,
                 .top = flags & HMI_REGEX_BYTES ? 0xff : 0x10ffff };
    if (pattern.len > HMI_REGEX_PATTERN_MAX) {
        return refuse(&p, HM_E_LIMIT, HMI_REGEX_PATTERN_MAX, "too long");
    }
    hmi_re_node *tree;
    HMI_TRY(alternation(&p, &tree));
    if (more(&p)) {
        return refuse(&p, HM_E_MALFORMED, p.pos, "a ) without its (");
    }
    *ret_tree = tree;
    return HM_OK;
}
