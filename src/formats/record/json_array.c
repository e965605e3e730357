/* SPDX-License-Identifier: Apache-2.0
 *
 * json_array.c - records that are the elements of one JSON array, on one line or over many.
 *
 * WHY    CloudTrail writes {"Records":[{...},{...}]} on one line; exports of many consoles are
 *        [{...},{...}]. A reader of lines would see one enormous line, or none.
 * FORM   The opening makes no event; then each "{...}" up to its closing brace is given to the
 *        format of JSON objects, wherever it stands; "]" ends the array.
 * TRUST  An object must end within HMI_LINE_MAX bytes; one that JSON refuses is a cut record, and
 *        the next one is read.
 * OWNS   The state of the JSON format.
 */
#include "base/error.h"
#include "formats/record/formats.h"

typedef struct array_state {
    void *json;
    bool inside;
} array_state;

static size_t skip_blank(hm_bytes text, size_t at)
{
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t' || text.ptr[at] == '\r' ||
                             text.ptr[at] == '\n')) {
        at++;
    }
    return at;
}

static bool skip(hm_bytes text, size_t *at, hm_bytes token)
{
    *at = skip_blank(text, *at);
    if (!hmi_starts_with(hmi_slice(text, *at, token.len), token)) {
        return false;
    }
    *at += token.len;
    return true;
}

/* Bytes up to the first element; 0 when no array of objects begins here. */
static size_t opening(hm_bytes text, bool *ret_named)
{
    static const hm_text names[] = { HM_TEXT_INIT("\"Records\""), HM_TEXT_INIT("\"records\""),
                                     HM_TEXT_INIT("\"Events\""), HM_TEXT_INIT("\"value\"") };
    size_t at = 0;
    *ret_named = false;
    if (skip(text, &at, HM_BYTES("{"))) {
        for (size_t i = 0; i < HMI_COUNT(names) && !*ret_named; i++) {
            *ret_named = skip(text, &at, hmi_text_bytes(names[i]));
        }
        if (!*ret_named || !skip(text, &at, HM_BYTES(":"))) {
            return 0;
        }
    }
    if (!skip(text, &at, HM_BYTES("["))) {
        return 0;
    }
    at = skip_blank(text, at);
    return at < text.len && text.ptr[at] == '{' ? at : 0;
}

/* The length of the object that begins here; 0 when it does not end within the bound. */
static size_t object_length(hm_bytes text)
{
    hm_bytes near = hmi_slice(text, 0, HMI_LINE_MAX);
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < near.len; i++) {
        uint8_t c = near.ptr[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (--depth == 0) {
                return i + 1;
            }
        }
    }
    return 0;
}

static int read_element(hmi_line_ctx *ctx, array_state *state, size_t at, hmi_event *event,
                        hm_err *err)
{
    size_t len = object_length(hmi_slice(ctx->text, at, ctx->text.len));
    if (len == 0) {
        state->inside = false;
        return HMI_LINE_NOT;
    }
    void *own = ctx->state;
    ctx->state = state->json;
    int verdict = hmi_line_json.parse(ctx, hmi_slice(ctx->text, at, len), event, err);
    ctx->state = own;
    if (verdict == HMI_LINE_NOT) {
        event->cut = true;
        verdict = HMI_LINE_EVENT;
        ctx->unsure = true;
    }
    ctx->next = at + len;
    return verdict;
}

static int parse_array(hmi_line_ctx *ctx, __attribute__((unused)) hm_bytes line, hmi_event *event,
                       hm_err *err)
{
    array_state *state = ctx->state;
    size_t at = 0;
    if (!state->inside) {
        bool named = false;
        at = opening(ctx->text, &named);
        if (at == 0) {
            return HMI_LINE_NOT;
        }
        if (state->json == NULL) {
            state->json = hmi_arena_take(ctx->arena, 1, hmi_line_json.state_size);
        }
        if (state->json == NULL) {
            return hmi_arena_fail(ctx->arena, err);
        }
        state->inside = true;
        ctx->unsure = !named;
        ctx->next = at;
        return HMI_LINE_QUIET;
    }
    (void)skip(ctx->text, &at, HM_BYTES(","));
    at = skip_blank(ctx->text, at);
    if (at < ctx->text.len && ctx->text.ptr[at] == '{') {
        return read_element(ctx, state, at, event, err);
    }
    state->inside = false;
    return at < ctx->text.len && ctx->text.ptr[at] == ']' ? HMI_LINE_QUIET : HMI_LINE_NOT;
}

static void array_fini(void *state)
{
    array_state *s = state;
    if (s->json != NULL) {
        hmi_line_json.fini(s->json);
    }
}

const hmi_line_format hmi_line_json_array = { "json-array", sizeof(array_state), parse_array,
                                              array_fini };
