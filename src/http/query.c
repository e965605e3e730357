/* SPDX-License-Identifier: Apache-2.0
 *
 * query.c - names and values of a URL's query, strictly.
 *
 * WHY    TAXII asks for 400 on any malformed parameter (section 3.4), and two parameters of one
 *        name are two meanings. FORM   name "=" value *( "&" ... ), percent-encoded (RFC 3986).
 * TRUST  A client's bytes. OWNS   Nothing: the arena's.
 */
#include "http/query.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

int hmi_http_unescape(hm_text raw, hmi_arena *arena, hm_text *ret, hm_err *err)
{
    char *out = hmi_new_array(arena, char, raw.len + 1);
    if (out == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%') {
            uint8_t byte;
            if (raw.len - i < 3 || !hmi_unhex(hmi_text(raw.ptr + i + 1, 2), &byte, 1)) {
                return hmi_fail(err, HM_E_MALFORMED, i, "a '%%' is not followed by two digits");
            }
            c = (char)byte;
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            return hmi_fail(err, HM_E_MALFORMED, i, "a control character stands in the URL");
        }
        out[len++] = c;
    }
    hm_text text;
    if (!hmi_text_from(hmi_bytes(out, len), &text)) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "the URL is no UTF-8");
    }
    *ret = text;
    return HM_OK;
}

static int read_field(hm_text part, hmi_arena *arena, hmi_http_query *query, hm_err *err)
{
    size_t equals = hmi_find_byte(hmi_text_bytes(part), '=');
    if (equals == HMI_NPOS || equals == 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "a parameter has no name or no value");
    }
    if (query->count == HMI_HTTP_FIELDS_MAX) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "more than %d parameters", HMI_HTTP_FIELDS_MAX);
    }
    hmi_http_field *f = &query->fields[query->count];
    HMI_TRY(hmi_http_unescape(hmi_text_slice(part, 0, equals), arena, &f->name, err));
    HMI_TRY(hmi_http_unescape(hmi_text_slice(part, equals + 1, part.len), arena, &f->value, err));
    for (size_t i = 0; i < query->count; i++) {
        if (hmi_text_eq(query->fields[i].name, f->name)) {
            return hmi_fail(err, HM_E_MALFORMED, 0, "a parameter stands twice");
        }
    }
    query->count++;
    return HM_OK;
}

int hmi_http_query_read(hm_text raw, hmi_arena *arena, hmi_http_query *ret, hm_err *err)
{
    hmi_http_query *query = hmi_new(arena, hmi_http_query);
    if (query == NULL) {
        return hmi_arena_fail(arena, err);
    }
    hm_text part;
    while (raw.len > 0 && hmi_split(&raw, '&', &part)) {
        if (part.len > 0) {
            HMI_TRY(read_field(part, arena, query, err));
        }
    }
    *ret = *query;
    return HM_OK;
}

hm_text hmi_http_query_find(const hmi_http_query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++) {
        if (hmi_text_is(query->fields[i].name, name)) {
            return query->fields[i].value;
        }
    }
    return (hm_text){ NULL, 0 };
}
