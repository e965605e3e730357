/* SPDX-License-Identifier: Apache-2.0
 *
 * input.c - what came with a request, taken apart with where and why.
 *
 * WHY    A value that is not as it must be is refused by name and never guessed at; a name that
 *        nobody knows is refused too, or a mistyped filter would show everything.
 * TRUST  Everything here is anybody's.
 * OWNS   Nothing: texts lie in the request's arena.
 */
#include "api/inside.h"
#include "base/text.h"

enum { WHERE_MAX = 96, DIGITS_MAX = 18 };

static const char *at(hmi_call *call, const char *part, hm_text name)
{
    hm_text safe = hmi_text_safe(call->arena, hmi_text_bytes(name), 40);
    hm_text where = hmi_arena_printf(call->arena, "%s.%.*s", part, HMI_FMT(safe));
    const char *text = where.ptr != NULL ? hmi_arena_cstr(call->arena, where) : NULL;
    return text != NULL ? text : part;
}

static bool is_among(hm_text name, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (hmi_text_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* ---- The body */

bool hmi_in_only(hmi_call *call, const char *const *keys)
{
    if (hmi_json_kind_of(call->body) != HMI_JSON_OBJECT) {
        hmi_refuse(call, 400, "malformed", "body", "the body is a JSON object");
        return false;
    }
    for (hmi_value v = hmi_json_first(call->body); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, call->arena);
        if (!is_among(key, keys)) {
            hmi_refuse(call, 400, "malformed", at(call, "body", key), "nothing is known of it");
            return false;
        }
    }
    return true;
}

static bool absent(hmi_call *call, hmi_value v, const char *key, hmi_need need, bool *ret_good)
{
    if (hmi_json_kind_of(v) != HMI_JSON_NONE && hmi_json_kind_of(v) != HMI_JSON_NULL) {
        return false;
    }
    *ret_good = need == HMI_OPTIONAL;
    if (need == HMI_NEEDED) {
        hmi_refuse(call, 400, "malformed", at(call, "body", hmi_text_of(key)), "it is missing");
    }
    return true;
}

bool hmi_in_text(hmi_call *call, const char *key, hmi_need need, size_t min, size_t max,
                 hm_text *ret)
{
    hmi_value v = hmi_json_get(call->body, key);
    bool good = false;
    *ret = (hm_text){ NULL, 0 };
    if (absent(call, v, key, need, &good)) {
        return good;
    }
    hm_text text = hmi_json_text(v, call->arena);
    if (text.ptr == NULL || text.len < min || text.len > max) {
        hmi_refuse(call, 400, "malformed", at(call, "body", hmi_text_of(key)),
                   "it is a text of %zu to %zu bytes", min, max);
        return false;
    }
    *ret = text;
    return true;
}

bool hmi_in_int(hmi_call *call, const char *key, hmi_need need, int64_t min, int64_t max,
                int64_t *ret)
{
    hmi_value v = hmi_json_get(call->body, key);
    int64_t number = 0;
    bool good = false;
    if (absent(call, v, key, need, &good)) {
        return good;
    }
    if (!hmi_json_int(v, &number) || number < min || number > max) {
        hmi_refuse(call, 400, "malformed", at(call, "body", hmi_text_of(key)),
                   "it is a whole number from %lld to %lld", (long long)min, (long long)max);
        return false;
    }
    *ret = number;
    return true;
}

bool hmi_in_bool(hmi_call *call, const char *key, bool *ret, bool *ret_given)
{
    hmi_value v = hmi_json_get(call->body, key);
    hmi_json_kind kind = hmi_json_kind_of(v);
    *ret_given = kind != HMI_JSON_NONE;
    if (kind != HMI_JSON_NONE && kind != HMI_JSON_TRUE && kind != HMI_JSON_FALSE) {
        hmi_refuse(call, 400, "malformed", at(call, "body", hmi_text_of(key)),
                   "it is true or false");
        return false;
    }
    *ret = kind == HMI_JSON_TRUE;
    return true;
}

/* ---- The query */

hm_text hmi_in_query(const hmi_call *call, const char *name)
{
    return hmi_http_query_find(&call->query, name);
}

bool hmi_in_queries(hmi_call *call, const char *const *names)
{
    for (size_t i = 0; i < call->query.count; i++) {
        if (!is_among(call->query.fields[i].name, names)) {
            hmi_refuse(call, 400, "malformed", at(call, "query", call->query.fields[i].name),
                       "nothing is known of it");
            return false;
        }
    }
    return true;
}

bool hmi_in_number(hmi_call *call, const char *name, uint64_t min, uint64_t max, uint64_t *ret)
{
    hm_text text = hmi_in_query(call, name);
    if (text.ptr == NULL) {
        return true;
    }
    uint64_t number = 0;
    bool good = text.len > 0 && text.len <= DIGITS_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        good = hmi_ascii_digit(text.ptr[i]);
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (!good || number < min || number > max) {
        hmi_refuse(call, 400, "malformed", at(call, "query", hmi_text_of(name)),
                   "it is a whole number from %llu to %llu", (unsigned long long)min,
                   (unsigned long long)max);
        return false;
    }
    *ret = number;
    return true;
}

bool hmi_in_limit(hmi_call *call, size_t otherwise, size_t max, size_t *ret)
{
    uint64_t limit = otherwise;
    if (!hmi_in_number(call, "limit", 1, max, &limit)) {
        return false;
    }
    *ret = (size_t)limit;
    return true;
}

bool hmi_in_moment(hmi_call *call, const char *name, int64_t *ret_us)
{
    hm_text text = hmi_in_query(call, name);
    if (text.ptr == NULL) {
        return true;
    }
    hm_text full =
        text.len == 10 ? hmi_arena_printf(call->arena, "%.*sT00:00:00Z", HMI_FMT(text)) : text;
    hmi_instant when;
    if (full.ptr == NULL || full.len > 40 || !hmi_time_parse_rfc3339(full, &when)) {
        hmi_refuse(call, 400, "malformed", at(call, "query", hmi_text_of(name)),
                   "it is a day like 2014-11-24 or a moment like 2014-11-24T08:00:00Z");
        return false;
    }
    *ret_us = when.us;
    return true;
}

bool hmi_in_word(hmi_call *call, const char *name, const char *const *words, size_t count,
                 size_t *ret)
{
    hm_text text = hmi_in_query(call, name);
    if (text.ptr == NULL) {
        return true;
    }
    hmi_buf all;
    hmi_buf_init(&all, 200);
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_is(text, words[i])) {
            *ret = i;
            hmi_buf_fini(&all);
            return true;
        }
        hmi_buf_printf(&all, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    hmi_refuse(call, 400, "malformed", at(call, "query", hmi_text_of(name)), "it is one of %.*s",
               (int)all.len, (const char *)all.ptr);
    hmi_buf_fini(&all);
    return false;
}

/* ---- The path */

bool hmi_in_incident(hmi_call *call, size_t part, hmi_incident *ret)
{
    int64_t id = 0;
    int code = hmi_incident_named(call->store, call->parts[part], &id, &call->err);
    code = code == HM_OK ? hmi_incident_get(call->store, call->arena, id, ret, &call->err) : code;
    return !hmi_failed_call(call, code, "path.incident");
}

bool hmi_is_name(hm_text name, size_t max)
{
    if (name.len == 0 || name.len > max || !hmi_utf8_clean(hmi_text_bytes(name)) ||
        hmi_text_trim(name).len != name.len) {
        return false;
    }
    for (size_t pos = 0; pos < name.len;) {
        uint32_t code = hmi_utf8_next(name, &pos);
        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || hmi_is_hidden(code)) {
            return false;
        }
    }
    return true;
}
