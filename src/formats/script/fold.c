/* SPDX-License-Identifier: Apache-2.0
 *
 * fold.c - works out constant expressions of texts, as the script's interpreter would.
 *
 * WHY    "htt" & "p://" & Chr(99) hides a host from every search that looks at the file's bytes.
 * FORM   expression = part { ("+" | "&") part }
 *        part = string | "(" expression ")" | Chr(n) | String.fromCharCode(n, ...) | [char] n
 *             | StrReverse(e) | Replace(e, e, e) | unescape(e), and behind it
 *               .replace(e, e) | .split(s).reverse().join(s) | [::-1] | -f s, ... | -join s
 *        n = number { ("+" | "-" | "*" | Xor) number }
 * TRUST  1. Depth and length are bounded. 2. Nothing is called, no variable is followed. 3. What is
 *        not understood ends the expression before it.
 * OWNS   The buffer of one expression.
 */
#include "formats/script/script.h"

#include "base/text.h"
#include "formats/scan/observables.h"

typedef struct folding {
    hmi_script *script;
    hmi_buf out;
    size_t at; /* the next token */
    unsigned pieces;
    bool made; /* something was worked out */
    unsigned depth;
} folding;

static bool expression(folding *f);

static const hmi_token *peek(const folding *f, size_t ahead)
{
    const hmi_script *s = f->script;
    return ahead < s->token_count - f->at ? &s->tokens[f->at + ahead] : NULL;
}

static bool sign_at(const folding *f, size_t ahead, char sign)
{
    const hmi_token *token = peek(f, ahead);
    return token != NULL && token->kind == HMI_TOKEN_SIGN &&
           f->script->text.ptr[token->at] == (uint8_t)sign;
}

static bool word_at(const folding *f, size_t ahead, const char *word)
{
    const hmi_token *token = peek(f, ahead);
    if (token == NULL || token->kind != HMI_TOKEN_WORD) {
        return false;
    }
    hm_bytes raw = hmi_token_text(f->script, token);
    return hmi_text_ieq(hmi_text((const char *)raw.ptr, raw.len), hmi_text_of(word));
}

static bool eat(folding *f, char sign)
{
    if (!sign_at(f, 0, sign)) {
        return false;
    }
    f->at++;
    return true;
}

/* ---- Numbers */

bool hmi_script_number(hm_bytes text, uint32_t *ret)
{
    uint64_t value = 0;
    bool hex = text.len > 2 && text.ptr[0] == '0' && (text.ptr[1] | 32) == 'x';
    for (size_t i = hex ? 2 : 0; i < text.len; i++) {
        int digit = hmi_hex_digit((char)text.ptr[i]);
        if (digit < 0 || (!hex && digit > 9)) {
            return false;
        }
        value = value * (hex ? 16 : 10) + (unsigned)digit;
        if (value > UINT32_MAX) {
            return false;
        }
    }
    *ret = (uint32_t)value;
    return text.len > 0;
}

static bool one_number(folding *f, uint32_t *ret)
{
    const hmi_token *token = peek(f, 0);
    /* VBScript's &H41 */
    if (sign_at(f, 0, '&') && peek(f, 1) != NULL && peek(f, 1)->kind == HMI_TOKEN_WORD) {
        hm_bytes raw = hmi_token_text(f->script, peek(f, 1));
        uint32_t value = 0;
        if (raw.len < 2 || raw.len > 8 || (raw.ptr[0] | 32) != 'h') {
            return false;
        }
        for (size_t i = 1; i < raw.len; i++) {
            int digit = hmi_hex_digit((char)raw.ptr[i]);
            if (digit < 0) {
                return false;
            }
            value = value << 4 | (uint32_t)digit;
        }
        *ret = value;
        f->at += 2;
        return true;
    }
    if (token == NULL || token->kind != HMI_TOKEN_NUMBER ||
        !hmi_script_number(hmi_token_text(f->script, token), ret)) {
        return false;
    }
    f->at++;
    return true;
}

static bool number(folding *f, uint32_t *ret)
{
    uint32_t value, other;
    if (!one_number(f, &value)) {
        return false;
    }
    for (;;) {
        size_t before = f->at;
        char how = eat(f, '+') ? '+' : eat(f, '-') ? '-' : eat(f, '*') ? '*' : 0;
        if (how == 0 && word_at(f, 0, "xor")) {
            how = '^';
            f->at++;
        }
        if (how == 0 || !one_number(f, &other)) {
            f->at = before;
            *ret = value;
            return true;
        }
        value = how == '+'   ? value + other
                : how == '-' ? value - other
                : how == '*' ? value * other
                             : value ^ other;
    }
}

static bool character(folding *f)
{
    uint32_t code;
    if (!number(f, &code) || code > 0x10ffff) {
        return false;
    }
    hmi_buf_add_utf8(&f->out, code);
    f->made = true;
    f->pieces++;
    return true;
}

/* ---- Strings */

static uint32_t hex_digits(hm_bytes text, size_t at, size_t count, bool *ret_good)
{
    uint32_t value = 0;
    *ret_good = count <= text.len && at <= text.len - count;
    for (size_t i = 0; *ret_good && i < count; i++) {
        int digit = hmi_hex_digit((char)text.ptr[at + i]);
        *ret_good = digit >= 0;
        value = value << 4 | (uint32_t)(digit & 15);
    }
    return value;
}

/* \n, \x41, \u0041 and the like, from behind the backslash; how many bytes it took. */
static size_t backslash(folding *f, hm_bytes body, size_t at)
{
    static const char NAMES[] = "nrt0", MEANS[] = "\n\r\t\0";
    char c = (char)body.ptr[at];
    bool good = false;
    if (c == 'x' || c == 'u') {
        uint32_t code = hex_digits(body, at + 1, c == 'x' ? 2 : 4, &good);
        if (good) {
            hmi_buf_add_utf8(&f->out, code);
            f->made = true;
            return c == 'x' ? 3 : 5;
        }
    }
    const char *name = c == 0 ? NULL : strchr(NAMES, c);
    hmi_buf_add_u8(&f->out, name != NULL ? (uint8_t)MEANS[name - NAMES] : (uint8_t)c);
    return 1;
}

static void string_body(folding *f, hm_bytes body, char quote)
{
    hmi_script_language language = f->script->language;
    bool slashes = language == HMI_LANGUAGE_JAVASCRIPT || language == HMI_LANGUAGE_PYTHON;
    bool ticks = language == HMI_LANGUAGE_POWERSHELL && quote == '"';
    bool doubled = language == HMI_LANGUAGE_VBSCRIPT || language == HMI_LANGUAGE_POWERSHELL;
    for (size_t i = 0; i < body.len; i++) {
        uint8_t c = body.ptr[i];
        bool more = i + 1 < body.len;
        if (slashes && c == '\\' && more) {
            i += backslash(f, body, i + 1);
        } else if (ticks && c == '`' && more) {
            hmi_buf_add_u8(&f->out, body.ptr[++i]);
            f->made = true;
        } else {
            hmi_buf_add_u8(&f->out, c);
            i += doubled && c == (uint8_t)quote && more && body.ptr[i + 1] == c;
        }
    }
}

static bool string(folding *f)
{
    const hmi_token *token = peek(f, 0);
    if (token == NULL || token->kind != HMI_TOKEN_STRING || token->len < 2) {
        return false;
    }
    hm_bytes raw = hmi_token_text(f->script, token);
    bool triple = f->script->language == HMI_LANGUAGE_PYTHON && raw.len >= 6 &&
                  raw.ptr[0] == raw.ptr[1] && raw.ptr[1] == raw.ptr[2];
    size_t cut = triple ? 3 : 1;
    string_body(f, hmi_slice(raw, cut, raw.len - 2 * cut), (char)raw.ptr[0]);
    f->at++;
    f->pieces++;
    return true;
}

/* ---- What is done to a text that stands at the end of the buffer */

static void reverse(folding *f, size_t from)
{
    for (size_t a = from, b = f->out.len; a + 1 < b; a++) {
        b--;
        uint8_t swap = f->out.ptr[a];
        f->out.ptr[a] = f->out.ptr[b];
        f->out.ptr[b] = swap;
    }
    f->made = true;
}

static void percent(folding *f, size_t from)
{
    size_t to = from;
    for (size_t i = from; i < f->out.len; i++) {
        bool good = false;
        uint32_t code =
            f->out.ptr[i] == '%' ? hex_digits(hmi_buf_bytes(&f->out), i + 1, 2, &good) : 0;
        f->out.ptr[to++] = good ? (uint8_t)code : f->out.ptr[i];
        i += good ? 2 : 0;
    }
    f->out.len = to;
    f->made = true;
}

/* The buffer holds text, old and new, which begin at these places: puts new for old in text. */
static bool replace(folding *f, size_t text, size_t old, size_t new)
{
    hmi_buf result;
    hm_bytes all = hmi_buf_bytes(&f->out);
    hm_bytes hay = hmi_slice(all, text, old - text), from = hmi_slice(all, old, new - old);
    hm_bytes to = hmi_slice(all, new, all.len);
    hmi_buf_init(&result, HMI_SCRIPT_FOLD_MAX);
    for (size_t i = 0; i < hay.len;) {
        if (from.len > 0 && hmi_starts_with(hmi_slice(hay, i, hay.len), from)) {
            hmi_buf_add(&result, to);
            i += from.len;
        } else {
            hmi_buf_add_u8(&result, hay.ptr[i++]);
        }
    }
    bool good = result.bad == 0;
    f->out.len = text;
    hmi_buf_add(&f->out, hmi_buf_bytes(&result));
    hmi_buf_fini(&result);
    f->made = true;
    return good;
}

static bool replace_arguments(folding *f, size_t text)
{
    size_t old = f->out.len;
    if (!expression(f) || !eat(f, ',')) {
        return false;
    }
    size_t new = f->out.len;
    return expression(f) && replace(f, text, old, new);
}

/* .split("").reverse().join("") */
static bool split_reverse_join(folding *f, size_t from)
{
    static const char WORDS[3][8] = { "split", "reverse", "join" };
    for (unsigned i = 0; i < 3; i++) {
        if (!eat(f, '.') || !word_at(f, 0, WORDS[i]) || !sign_at(f, 1, '(')) {
            return false;
        }
        f->at += 2;
        f->at += i != 1 && peek(f, 0) != NULL && peek(f, 0)->kind == HMI_TOKEN_STRING;
        if (!eat(f, ')')) {
            return false;
        }
    }
    reverse(f, from);
    return true;
}

/* "{1}{0}" -f "a", "b" */
static bool format(folding *f, size_t from)
{
    enum { ARGUMENTS_MAX = 64 };
    size_t starts[ARGUMENTS_MAX + 1], count = 0;
    hmi_buf result;
    starts[0] = f->out.len;
    do {
        if (count == ARGUMENTS_MAX || !string(f)) {
            return false;
        }
        starts[++count] = f->out.len;
    } while (eat(f, ','));
    hmi_buf_init(&result, HMI_SCRIPT_FOLD_MAX);
    hm_bytes all = hmi_buf_bytes(&f->out);
    for (size_t i = from; i < starts[0]; i++) {
        size_t n = 0, k = i + 1;
        while (k < starts[0] && hmi_ascii_digit((char)all.ptr[k]) && n <= ARGUMENTS_MAX) {
            n = n * 10 + (all.ptr[k++] - (unsigned)'0');
        }
        if (all.ptr[i] == '{' && k > i + 1 && k < starts[0] && all.ptr[k] == '}' && n < count) {
            hmi_buf_add(&result, hmi_slice(all, starts[n], starts[n + 1] - starts[n]));
            i = k;
        } else {
            hmi_buf_add_u8(&result, all.ptr[i]);
        }
    }
    f->out.len = from;
    hmi_buf_add(&f->out, hmi_buf_bytes(&result));
    hmi_buf_fini(&result);
    f->made = true;
    return true;
}

/* What may stand behind a text; false when nothing of it does. */
static bool behind(folding *f, size_t from)
{
    bool reversed = sign_at(f, 0, '[') && sign_at(f, 1, ':') && sign_at(f, 2, ':') &&
                    sign_at(f, 3, '-') && sign_at(f, 5, ']');
    if (reversed) {
        f->at += 6;
        reverse(f, from);
        return true;
    }
    if (sign_at(f, 0, '.') && word_at(f, 1, "replace") && sign_at(f, 2, '(')) {
        f->at += 3;
        return replace_arguments(f, from) && eat(f, ')');
    }
    if (sign_at(f, 0, '.') && word_at(f, 1, "split")) {
        return split_reverse_join(f, from);
    }
    if (word_at(f, 0, "-f")) {
        f->at++;
        return format(f, from);
    }
    if (word_at(f, 0, "-replace")) {
        f->at++;
        return replace_arguments(f, from);
    }
    return false;
}

static void all_behind(folding *f, size_t from)
{
    for (unsigned n = 0; n < HMI_SCRIPT_FOLD_DEPTH_MAX; n++) {
        size_t at = f->at, len = f->out.len;
        if (!behind(f, from)) {
            f->at = at; /* a text that was changed already keeps what it was made */
            f->out.len = hmi_min(len, f->out.len);
            return;
        }
    }
}

/* ---- Parts and expressions */

/* ("a", "b", "c") -join "" */
static bool list_to_join(folding *f)
{
    while (eat(f, ',')) {
        if (!expression(f)) {
            return false;
        }
    }
    if (!eat(f, ')') || !word_at(f, 0, "-join")) {
        return false;
    }
    f->at++;
    f->at += peek(f, 0) != NULL && peek(f, 0)->kind == HMI_TOKEN_STRING;
    f->made = true;
    return true;
}

static bool called(folding *f)
{
    size_t from = f->out.len;
    bool reversing = word_at(f, 0, "strreverse"), replacing = word_at(f, 0, "replace");
    bool unescaping = word_at(f, 0, "unescape") || word_at(f, 0, "decodeuricomponent");
    bool chr = word_at(f, 0, "chr") || word_at(f, 0, "chrw") || word_at(f, 0, "chrb");
    if (word_at(f, 0, "string") && sign_at(f, 1, '.') && word_at(f, 2, "fromcharcode")) {
        f->at += 2;
        chr = true;
    }
    if (!reversing && !replacing && !unescaping && !chr) {
        return false;
    }
    f->at++;
    f->at += sign_at(f, 0, '$');
    if (!eat(f, '(')) {
        return false;
    }
    if (chr) {
        do {
            if (!character(f)) {
                return false;
            }
        } while (eat(f, ','));
    } else if (!expression(f)) {
        return false;
    }
    if (replacing && (!eat(f, ',') || !replace_arguments(f, from))) {
        return false;
    }
    if (reversing) {
        reverse(f, from);
    } else if (unescaping) {
        percent(f, from);
    }
    return eat(f, ')');
}

static bool part(folding *f)
{
    if (string(f)) {
        return true;
    }
    if (sign_at(f, 0, '[') && word_at(f, 1, "char") && sign_at(f, 2, ']')) {
        f->at += 3;
        bool open = eat(f, '(');
        return character(f) && (!open || eat(f, ')'));
    }
    if (eat(f, '(')) {
        return expression(f) && (sign_at(f, 0, ',') ? list_to_join(f) : eat(f, ')'));
    }
    return called(f);
}

static bool expression(folding *f)
{
    if (++f->depth > HMI_SCRIPT_FOLD_DEPTH_MAX) {
        f->depth--;
        return false;
    }
    size_t from = f->out.len;
    bool good = part(f);
    if (good) {
        all_behind(f, from);
    }
    while (good && f->out.bad == 0) {
        size_t at = f->at, len = f->out.len;
        unsigned pieces = f->pieces;
        if (!eat(f, '+') && !eat(f, '&')) {
            break;
        }
        f->at += word_at(f, 0, "_"); /* the line goes on below */
        if (!part(f)) {
            f->at = at;
            f->out.len = hmi_min(len, f->out.len);
            f->pieces = pieces;
            break;
        }
        f->made = true;
        all_behind(f, len);
    }
    f->depth--;
    return good;
}

static bool may_begin(const folding *f)
{
    const hmi_token *token = peek(f, 0);
    return token->kind == HMI_TOKEN_STRING || token->kind == HMI_TOKEN_WORD || sign_at(f, 0, '(') ||
           sign_at(f, 0, '[');
}

int hmi_script_fold(hmi_script *script, hm_err *err)
{
    folding f = { .script = script };
    int code = HM_OK;
    hmi_buf_init(&f.out, HMI_SCRIPT_FOLD_MAX);
    while (f.at < script->token_count && code == HM_OK) {
        size_t begin = f.at;
        hmi_buf_clear(&f.out);
        f.pieces = 0;
        f.made = false;
        f.depth = 0;
        bool good = may_begin(&f) && expression(&f) && f.out.bad == 0 && f.out.len > 0;
        if (good) {
            code = hmi_script_look_into(script, hmi_buf_bytes(&f.out), script->tokens[begin].at,
                                        f.made, err);
        }
        f.at = good && f.at > begin ? f.at : begin + 1;
    }
    hmi_buf_fini(&f.out);
    return code;
}
