/* SPDX-License-Identifier: Apache-2.0
 *
 * json_parse.c - from bytes to the table of nodes, refusing whatever is not strict JSON.
 *
 * WHY    Reports come from partners and from attackers. Two readers that understand the same bytes
 *        differently are an attack, so nothing is guessed, repaired or taken twice.
 * FORM   RFC 8259. The index names where tokens begin; between two of them stand only the rest of
 *        the first token and blanks, and here each such gap is looked at to its last byte:
 *          string   ends at the last quote before the next token (nothing but blanks behind it)
 *          others   must match their grammar, then blanks
 * TRUST  The input is anybody's. Nesting is a fixed array, not the C stack. All positions come from
 *        the index, which holds only offsets inside the input.
 * OWNS   The parser's table; grows to the largest document and is kept.
 *
 * Backslashes: one memchr runs ahead of the walk, so strings without any cost nothing.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/json_node.h"
#include "base/num.h"
#include "base/text.h"

typedef struct level {
    uint32_t node;
    uint32_t last; /* newest value inside */
    uint32_t count;
    bool is_object;
} level;

typedef struct walk {
    hmi_json *json;
    const uint8_t *in;
    size_t len;
    const uint32_t *at; /* where tokens begin */
    size_t tokens, token;
    size_t node_max;
    size_t backslash; /* the first one not yet looked at; len if none */
    unsigned depth;
    level levels[HMI_JSON_DEPTH_MAX + 1]; /* [0] is around the root */
    hm_err *err;
} walk;

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t token_start(const walk *w, size_t token)
{
    return token < w->tokens ? w->at[token] : w->len;
}

static int refuse(const walk *w, size_t offset, const char *what)
{
    int code = offset >= w->len ? HM_E_TRUNCATED : HM_E_MALFORMED;
    return hmi_fail(w->err, code, offset, "JSON: %s", what);
}

static int expected(const walk *w, size_t offset, const char *what)
{
    if (offset >= w->len) {
        return hmi_fail(w->err, HM_E_TRUNCATED, offset, "JSON: ends where %s must stand", what);
    }
    return hmi_fail(w->err, HM_E_MALFORMED, offset, "JSON: byte 0x%02x where %s must stand",
                    w->in[offset], what);
}

/* From the end of a token to the next one only blanks may stand. */
static int only_blanks(const walk *w, size_t from, size_t to)
{
    while (from < to && is_blank(w->in[from])) {
        from++;
    }
    return from == to ? HM_OK : expected(w, from, "a comma, a bracket or the end");
}

/* -- Nodes. */

static int add_node(walk *w, size_t start, size_t end, uint32_t bits)
{
    hmi_json *json = w->json;
    if (json->count >= w->node_max) {
        return hmi_fail(w->err, HM_E_LIMIT, start, "JSON: more than %zu values", w->node_max);
    }
    hmi_json_node *node = &json->nodes[json->count++];
    *node = (hmi_json_node){ (uint32_t)start, (uint32_t)end, (uint32_t)json->count, bits };
    return HM_OK;
}

static int add_value(walk *w, size_t start, size_t end, uint32_t bits)
{
    level *inside = &w->levels[w->depth];
    if (inside->count >= HMI_JSON_COUNT_MAX) {
        return hmi_fail(w->err, HM_E_LIMIT, start, "JSON: more than %d values in one container",
                        HMI_JSON_COUNT_MAX);
    }
    inside->last = (uint32_t)w->json->count;
    inside->count++;
    return add_node(w, start, end, bits);
}

/* -- Strings. */

static int hex4(const walk *w, size_t at, size_t end, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (size_t i = at; i < at + 4; i++) {
        int digit = i < end ? hmi_hex_digit((char)w->in[i]) : -1;
        if (digit < 0) {
            return refuse(w, i, "\\u without four hexadecimal digits");
        }
        unit = unit << 4 | (uint32_t)digit;
    }
    *ret_unit = unit;
    return HM_OK;
}

static bool is_escape(uint8_t c)
{
    return c == '"' || c == '\\' || c == '/' || c == 'n' || c == 'u' || c == 't' || c == 'r' ||
           c == 'b' || c == 'f';
}

/* Checks the escape whose backslash is at *pos and moves *pos behind it; `end` is the quote. */
static int check_escape(const walk *w, size_t *pos, size_t end)
{
    size_t at = *pos;
    uint32_t unit;
    if (w->in[at + 1] != 'u') {
        *pos = at + 2;
        return is_escape(w->in[at + 1]) ? HM_OK : refuse(w, at + 1, "no such escape");
    }
    HMI_TRY(hex4(w, at + 2, end, &unit));
    *pos = at + 6;
    if (unit < 0xd800 || unit > 0xdfff) {
        return HM_OK;
    }
    if (unit > 0xdbff || end - *pos < 6 || w->in[*pos] != '\\' || w->in[*pos + 1] != 'u') {
        return refuse(w, at, "lone surrogate");
    }
    HMI_TRY(hex4(w, *pos + 2, end, &unit));
    *pos += 6;
    return unit >= 0xdc00 && unit <= 0xdfff ? HM_OK : refuse(w, at, "lone surrogate");
}

static size_t find_backslash(const walk *w, size_t from)
{
    const uint8_t *at = from < w->len ? memchr(w->in + from, '\\', w->len - from) : NULL;
    return at ? (size_t)(at - w->in) : w->len;
}

/* Checks what the string that ends at `quote` has of them; w->backslash is its first. */
static int check_escapes(walk *w, size_t quote)
{
    while (w->backslash < quote) {
        size_t pos = w->backslash;
        HMI_TRY(check_escape(w, &pos, quote));
        w->backslash = pos < w->len && w->in[pos] == '\\' ? pos : find_backslash(w, pos);
    }
    return HM_OK;
}

/* The string at the present token: where it ends, and HMI_JSON_ESCAPED if it has escapes. */
static int read_string(walk *w, size_t *ret_end, uint32_t *ret_bits)
{
    size_t start = w->at[w->token], end = token_start(w, w->token + 1);
    while (end > start + 1 && is_blank(w->in[end - 1])) {
        end--;
    }
    if (end < start + 2 || w->in[end - 1] != '"') {
        return refuse(w, start, "string without an end");
    }
    *ret_bits = 0;
    if (w->backslash < end) {
        HMI_TRY(check_escapes(w, end - 1));
        *ret_bits = HMI_JSON_ESCAPED;
    }
    *ret_end = end;
    w->token++;
    return HM_OK;
}

/* -- Numbers and literals. */

static size_t digits(const walk *w, size_t at, size_t end)
{
    while (at < end && is_digit(w->in[at])) {
        at++;
    }
    return at;
}

static int read_number(walk *w)
{
    size_t start = w->at[w->token], end = token_start(w, w->token + 1), at = start, from;
    at += w->in[at] == '-' ? 1 : 0;
    from = at;
    at = at < end && w->in[at] == '0' ? at + 1 : digits(w, at, end);
    if (at == from) {
        return expected(w, at, "a digit");
    }
    if (at < end && w->in[at] == '.') {
        from = ++at;
        at = digits(w, at, end);
        if (at == from) {
            return expected(w, at, "a digit");
        }
    }
    if (at < end && (w->in[at] == 'e' || w->in[at] == 'E')) {
        at++;
        at += at < end && (w->in[at] == '+' || w->in[at] == '-') ? 1 : 0;
        from = at;
        at = digits(w, at, end);
        if (at == from) {
            return expected(w, at, "a digit");
        }
    }
    HMI_TRY(only_blanks(w, at, end));
    w->token++;
    return add_value(w, start, at, HMI_JSON_NUMBER);
}

static int read_literal(walk *w, hm_bytes word, hmi_json_kind kind)
{
    size_t start = w->at[w->token], end = token_start(w, w->token + 1), at = 0;
    while (at < word.len && start + at < end && w->in[start + at] == word.ptr[at]) {
        at++;
    }
    if (at < word.len) {
        return expected(w, start + at, "the rest of true, false or null");
    }
    HMI_TRY(only_blanks(w, start + at, end));
    w->token++;
    return add_value(w, start, start + at, kind);
}

/* -- Containers. */

static int read_key(walk *w)
{
    size_t start = token_start(w, w->token), end;
    uint32_t bits;
    if (start >= w->len || w->in[start] != '"') {
        return expected(w, start, "a key in quotes");
    }
    HMI_TRY(read_string(w, &end, &bits));
    HMI_TRY(add_node(w, start, end, HMI_JSON_STRING | HMI_JSON_KEY | bits));
    size_t colon = token_start(w, w->token);
    if (colon >= w->len || w->in[colon] != ':') {
        return expected(w, colon, "a colon");
    }
    w->token++;
    return HM_OK;
}

static int close_container(walk *w, size_t at)
{
    level *inside = &w->levels[w->depth];
    hmi_json_node *node = &w->json->nodes[inside->node];
    node->end = (uint32_t)at + 1;
    node->next = (uint32_t)w->json->count;
    node->bits |= inside->count << HMI_JSON_COUNT_AT;
    if (inside->count > 0) {
        w->json->nodes[inside->last].bits |= HMI_JSON_LAST;
    }
    w->token++;
    w->depth--;
    return inside->is_object && inside->count > 1
               ? hmi_json_check_keys(w->json, inside->node, w->err)
               : HM_OK;
}

/* Opens the container at the present token; *ret_open is false when it is empty and so complete. */
static int open_container(walk *w, bool is_object, bool *ret_open)
{
    size_t start = w->at[w->token];
    if (w->depth == HMI_JSON_DEPTH_MAX) {
        return hmi_fail(w->err, HM_E_LIMIT, start, "JSON: nested more than %d deep",
                        HMI_JSON_DEPTH_MAX);
    }
    uint32_t node = (uint32_t)w->json->count;
    HMI_TRY(add_value(w, start, start, is_object ? HMI_JSON_OBJECT : HMI_JSON_ARRAY));
    w->levels[++w->depth] = (level){ .node = node, .is_object = is_object };
    w->token++;
    size_t next = token_start(w, w->token);
    if (next < w->len && w->in[next] == (is_object ? '}' : ']')) {
        *ret_open = false;
        return close_container(w, next);
    }
    *ret_open = true;
    return is_object ? read_key(w) : HM_OK;
}

/* Reads a value, of a container only its beginning (*ret_open). */
static int read_value(walk *w, bool *ret_open)
{
    size_t start = token_start(w, w->token), end;
    uint32_t bits;
    *ret_open = false;
    if (start >= w->len) {
        return expected(w, w->len, "a value");
    }
    switch (w->in[start]) {
    case '"':
        HMI_TRY(read_string(w, &end, &bits));
        return add_value(w, start, end, HMI_JSON_STRING | bits);
    case '{':
        return open_container(w, true, ret_open);
    case '[':
        return open_container(w, false, ret_open);
    case 't':
        return read_literal(w, HM_BYTES("true"), HMI_JSON_TRUE);
    case 'f':
        return read_literal(w, HM_BYTES("false"), HMI_JSON_FALSE);
    case 'n':
        return read_literal(w, HM_BYTES("null"), HMI_JSON_NULL);
    default:
        return w->in[start] == '-' || is_digit(w->in[start]) ? read_number(w)
                                                             : expected(w, start, "a value");
    }
}

/* Behind a complete value: closes what ends here, stands at the next value, or is done. */
static int after_value(walk *w, bool *ret_done)
{
    *ret_done = false;
    while (w->depth > 0) {
        bool is_object = w->levels[w->depth].is_object;
        size_t at = token_start(w, w->token);
        uint8_t c = at < w->len ? w->in[at] : 0;
        if (c == ',') {
            w->token++;
            return is_object ? read_key(w) : HM_OK;
        }
        if (c != (is_object ? '}' : ']')) {
            return expected(w, at, is_object ? "a comma or }" : "a comma or ]");
        }
        HMI_TRY(close_container(w, at));
    }
    *ret_done = true;
    return HM_OK;
}

static int walk_all(walk *w)
{
    bool done = false;
    while (!done) {
        bool open;
        HMI_TRY(read_value(w, &open));
        if (!open) {
            HMI_TRY(after_value(w, &done));
        }
    }
    if (w->token != w->tokens) {
        return expected(w, token_start(w, w->token), "the end");
    }
    w->json->nodes[0].bits |= HMI_JSON_LAST;
    return HM_OK;
}

/* The index refused the bytes without a word: find the first of its reasons. */
static int explain(const walk *w)
{
    size_t unclean = hmi_utf8_span((hm_bytes){ w->in, w->len }), opened = w->len;
    for (size_t at = 0; at < unclean; at++) {
        uint8_t c = w->in[at];
        if (opened == w->len) {
            if (c == '\\') {
                return expected(w, at, "a value");
            }
            opened = c == '"' ? at : opened;
        } else if (c < 0x20) {
            return refuse(w, at, "control character in a string");
        } else if (c == '\\' && at + 1 < w->len) {
            if (w->in[++at] < 0x20) {
                return refuse(w, at, "control character in a string");
            }
            if (!is_escape(w->in[at])) {
                return refuse(w, at, "no such escape");
            }
        } else if (c == '"') {
            opened = w->len;
        }
    }
    if (unclean < w->len) {
        return refuse(w, unclean, "not UTF-8");
    }
    if (opened < w->len) {
        return hmi_fail(w->err, HM_E_TRUNCATED, w->len,
                        "JSON: the string that begins at byte %zu has no end", opened);
    }
    size_t at = 0;
    while (at < w->len && is_blank(w->in[at])) {
        at++;
    }
    return expected(w, at, "a value");
}

static int reserve_nodes(hmi_json *json, size_t nodes, hm_err *err)
{
    if (nodes <= json->capacity) {
        return HM_OK;
    }
    free(json->nodes);
    json->capacity = 0;
    json->nodes = reallocarray(NULL, nodes, sizeof(*json->nodes));
    if (json->nodes == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    json->capacity = nodes;
    return HM_OK;
}

int hmi_json_new(hmi_json **ret_json, hm_err *err)
{
    hmi_json *json = calloc(1, sizeof(*json));
    hmi_json_index *index = hmi_json_index_new();
    if (json == NULL || index == NULL) {
        free(json);
        hmi_json_index_free(index);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    json->index = index;
    hmi_buf_init(&json->unescaped, 0);
    *ret_json = json;
    return HM_OK;
}

void hmi_json_free(hmi_json *json)
{
    if (json == NULL) {
        return;
    }
    hmi_json_index_free(json->index);
    hmi_buf_fini(&json->unescaped);
    free(json->nodes);
    free(json->names);
    free(json->slots);
    free(json);
}

int hmi_json_parse(hmi_json *json, hm_bytes input, size_t nodes_max, hmi_value *ret_root,
                   hm_err *err)
{
    json->count = 0;
    json->input = input;
    if (input.len > UINT32_MAX) {
        return hmi_fail(err, HM_E_LIMIT, UINT32_MAX, "JSON: larger than 4 GiB");
    }
    if (hmi_starts_with(input, HM_BYTES("\xef\xbb\xbf"))) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "JSON: begins with a byte order mark");
    }
    walk w = { .json = json, .in = input.ptr, .len = input.len, .err = err };
    int code =
        input.len == 0 ? HM_E_MALFORMED : hmi_json_index_find(json->index, input, &w.at, &w.tokens);
    if (code == HM_E_MALFORMED) {
        return explain(&w);
    }
    if (code < 0) {
        return hmi_fail(err, code, HM_OFFSET_NONE, "the system has no memory left");
    }
    w.node_max = nodes_max != 0 ? hmi_min(nodes_max, w.tokens) : w.tokens;
    HMI_TRY(reserve_nodes(json, w.node_max, err));
    w.backslash = find_backslash(&w, 0);
    code = walk_all(&w);
    if (code < 0) {
        json->count = 0;
        return code;
    }
    *ret_root = (hmi_value){ json, 0 };
    return HM_OK;
}
