/* SPDX-License-Identifier: Apache-2.0
 *
 * json_canonical.c - one form for one meaning: RFC 8785 (JCS).
 *
 * WHY    STIX derives identifiers from it, and equal objects of two senders must hash equally.
 * FORM   No blanks; keys sorted by their UTF-16 units; numbers as ECMAScript writes the nearest
 *        double; strings with the fewest escapes.
 * TRUST  A parsed document, so depth is bounded. A number too large for a double has no canonical
 *        form and is refused with its place.
 * OWNS   An arena for the sorted members while it runs.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/json_node.h"

typedef struct member {
    hm_text key;
    hmi_value value;
} member;

/* A byte's rank in UTF-16 order: U+10000 and above (f0..f4) are written with surrogates there and
 * so come before U+E000..U+FFFF (ee, ef). */
static int rank(uint8_t byte)
{
    return byte >= 0xf0 ? byte - 2 : byte >= 0xee ? byte + 5 : byte;
}

static int by_key(const void *left, const void *right)
{
    hm_bytes a = hmi_text_bytes(((const member *)left)->key);
    hm_bytes b = hmi_text_bytes(((const member *)right)->key);
    size_t at = 0;
    while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at]) {
        at++;
    }
    if (at == a.len || at == b.len) {
        return (a.len > b.len) - (a.len < b.len);
    }
    return rank(a.ptr[at]) - rank(b.ptr[at]);
}

static int add_value(hmi_value value, hmi_buf *out, hmi_arena *arena, hm_err *err);

static int add_object(hmi_value object, hmi_buf *out, hmi_arena *arena, hm_err *err)
{
    size_t count = 0;
    member *members = hmi_new_array(arena, member, hmi_json_count(object));
    if (members == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        members[count] = (member){ hmi_json_key(v, arena), v };
        if (members[count++].key.ptr == NULL) {
            return hmi_arena_fail(arena, err);
        }
    }
    qsort(members, count, sizeof(*members), by_key);
    hmi_buf_add_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add_cstr(out, i > 0 ? "," : "");
        hmi_json_add_quoted(out, members[i].key, false);
        hmi_buf_add_char(out, ':');
        HMI_TRY(add_value(members[i].value, out, arena, err));
    }
    hmi_buf_add_char(out, '}');
    return HM_OK;
}

static int add_array(hmi_value array, hmi_buf *out, hmi_arena *arena, hm_err *err)
{
    bool first = true;
    hmi_buf_add_char(out, '[');
    for (hmi_value v = hmi_json_first(array); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_buf_add_cstr(out, first ? "" : ",");
        first = false;
        HMI_TRY(add_value(v, out, arena, err));
    }
    hmi_buf_add_char(out, ']');
    return HM_OK;
}

static int add_value(hmi_value value, hmi_buf *out, hmi_arena *arena, hm_err *err)
{
    double number;
    hm_text text;
    switch (hmi_json_kind_of(value)) {
    case HMI_JSON_OBJECT:
        return add_object(value, out, arena, err);
    case HMI_JSON_ARRAY:
        return add_array(value, out, arena, err);
    case HMI_JSON_STRING:
        text = hmi_json_text(value, arena);
        if (text.ptr == NULL) {
            return hmi_arena_fail(arena, err);
        }
        hmi_json_add_quoted(out, text, false);
        return HM_OK;
    case HMI_JSON_NUMBER:
        if (!hmi_json_double(value, &number)) {
            return hmi_fail(err, HM_E_UNSUPPORTED, hmi_json_offset(value),
                            "number too large for the canonical form of RFC 8785");
        }
        hmi_json_add_number(out, number);
        return HM_OK;
    default:
        hmi_buf_add(out, hmi_json_raw(value));
        return HM_OK;
    }
}

int hmi_json_canonical(hmi_value value, hmi_buf *out, hm_err *err)
{
    if (!hmi_json_is(value)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no value to write in canonical form");
    }
    hmi_arena arena;
    hmi_arena_init(&arena, SIZE_MAX);
    int code = add_value(value, out, &arena, err);
    hmi_arena_fini(&arena);
    return code < 0 ? code : hmi_buf_check(out, err);
}
