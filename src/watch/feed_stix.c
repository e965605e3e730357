/* SPDX-License-Identifier: Apache-2.0
 *
 * feed_stix.c - the plain equalities among STIX indicators.
 *
 * WHY    Nearly all shared patterns are [type:property = 'value'], alone or joined by OR: these go
 *        into the matcher as they are. A pattern that asks for more is refused here by name, so
 *        that nobody believes it is watched for.
 * FORM   A bundle or one object; of indicators with pattern_type "stix" (or none) the pattern.
 * TRUST  Hostile JSON of bounded depth and size; patterns are read by a cursor that cannot leave
 *        them.
 * OWNS   One JSON document for the time of the call.
 */
#include "base/error.h"
#include "base/json.h"
#include "watch/feed.h"

static const struct {
    const char *path, *kind;
} PATHS[] = {
    { "ipv4-addr:value", NULL },
    { "ipv6-addr:value", NULL },
    { "domain-name:value", "domain" },
    { "url:value", "url" },
    { "email-addr:value", "mail" },
    { "email-message:from_ref.value", "mail" },
    { "email-message:sender_ref.value", "mail" },
    { "file:hashes.MD5", "md5" },
    { "file:hashes.'MD5'", "md5" },
    { "file:hashes.'SHA-1'", "sha1" },
    { "file:hashes.SHA1", "sha1" },
    { "file:hashes.'SHA-256'", "sha256" },
    { "file:hashes.SHA256", "sha256" },
    { "file:hashes.'SHA-512'", "sha512" },
    { "file:name", "file-name" },
    { "windows-registry-key:key", "registry-key" },
    { "mutex:name", "mutex" },
    { "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", "user-agent" },
};

typedef struct term {
    hm_text path, value; /* value as it stands between its quotes */
} term;

static void skip_blanks(hm_text *rest)
{
    *rest = hmi_text_trim(*rest);
}

static bool take(hm_text *rest, const char *what)
{
    skip_blanks(rest);
    hm_text word = hmi_text_of(what);
    if (!hmi_text_istarts(*rest, word)) {
        return false;
    }
    *rest = hmi_text_slice(*rest, word.len, rest->len);
    return true;
}

/* path = 'value' */
static bool take_term(hm_text *rest, term *ret)
{
    skip_blanks(rest);
    size_t end = 0;
    bool quoted = false;
    while (end < rest->len &&
           (quoted || (rest->ptr[end] != '=' && rest->ptr[end] != ' ' && rest->ptr[end] != ']'))) {
        quoted = quoted != (rest->ptr[end] == '\'');
        end++;
    }
    ret->path = hmi_text_slice(*rest, 0, end);
    *rest = hmi_text_slice(*rest, end, rest->len);
    if (!take(rest, "=") || !take(rest, "'")) {
        return false;
    }
    end = 0;
    while (end < rest->len && rest->ptr[end] != '\'') {
        end += rest->ptr[end] == '\\' && end + 1 < rest->len ? 2 : 1;
    }
    if (end >= rest->len) {
        return false;
    }
    ret->value = hmi_text_slice(*rest, 0, end);
    *rest = hmi_text_slice(*rest, end + 1, rest->len);
    return true;
}

/* Only equalities joined by OR, in one pair of brackets or several. */
static bool read_pattern(hm_text pattern, term *terms, size_t *ret_count)
{
    hm_text rest = pattern;
    *ret_count = 0;
    do {
        if (!take(&rest, "[")) {
            return false;
        }
        do {
            if (*ret_count >= HMI_FEED_TERMS_MAX || !take_term(&rest, &terms[*ret_count])) {
                return false;
            }
            (*ret_count)++;
        } while (take(&rest, "OR "));
        if (!take(&rest, "]")) {
            return false;
        }
    } while (take(&rest, "OR "));
    skip_blanks(&rest);
    return rest.len == 0;
}

static hm_text unescaped(hmi_arena *arena, hm_text value)
{
    char *out = hmi_arena_take(arena, value.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < value.len; i++) {
        i += value.ptr[i] == '\\' && i + 1 < value.len ? 1 : 0;
        out[len++] = value.ptr[i];
    }
    return (hm_text){ out, len };
}

static void refuse(hmi_feed *feed, hm_text what, const char *sentence)
{
    hm_err why = { 0 };
    (void)hmi_fail(&why, HM_E_UNSUPPORTED, HM_OFFSET_NONE, "%s", sentence);
    feed->refused++;
    if (feed->refuse != NULL) {
        feed->refuse(feed->with, feed->name, 0, what, &why);
    }
}

static int take_terms(hmi_feed *feed, hmi_arena *arena, const term *terms, size_t count,
                      const char *id, hm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *kind = NULL;
        bool known = false;
        for (size_t k = 0; k < HMI_COUNT(PATHS) && !known; k++) {
            known = hmi_text_is(terms[i].path, PATHS[k].path);
            kind = known ? PATHS[k].kind : NULL;
        }
        hm_text value = unescaped(arena, terms[i].value);
        if (value.ptr == NULL) {
            return hmi_arena_fail(arena, err);
        }
        if (!known) {
            refuse(feed, terms[i].path, "records are not searched for this STIX property");
            continue;
        }
        hm_indicator indicator = {
            .kind = kind, .value = value.ptr, .value_len = value.len, .id = id
        };
        HMI_TRY(hmi_feed_one(feed, &indicator, err));
    }
    return HM_OK;
}

static int take_object(hmi_feed *feed, hmi_value object, hmi_arena *arena, term *terms, hm_err *err)
{
    if (!hmi_text_is(hmi_json_text(hmi_json_get(object, "type"), arena), "indicator")) {
        return HM_OK;
    }
    hm_text id = hmi_json_text(hmi_json_get(object, "id"), arena);
    hm_text pattern = hmi_json_text(hmi_json_get(object, "pattern"), arena);
    hm_text type = hmi_json_text(hmi_json_get(object, "pattern_type"), arena);
    size_t count = 0;
    if (hmi_json_is_true(hmi_json_get(object, "revoked"))) {
        return HM_OK;
    }
    if (type.len > 0 && !hmi_text_is(type, "stix")) {
        refuse(feed, id, "its pattern is not written in STIX patterning");
        return HM_OK;
    }
    if (!read_pattern(pattern, terms, &count)) {
        refuse(feed, id, "its pattern asks for more than plain equalities joined by OR");
        return HM_OK;
    }
    char *id_copy = hmi_arena_cstr(arena, id);
    return take_terms(feed, arena, terms, count, id_copy, err);
}

int hmi_feed_stix(hmi_feed *feed, hm_bytes bytes, hm_err *err)
{
    enum { ARENA_MAX = 64 << 20 };
    hmi_json *json = NULL;
    hmi_value root;
    hmi_arena arena;
    hmi_arena_init(&arena, ARENA_MAX);
    term *terms = hmi_new_array(&arena, term, HMI_FEED_TERMS_MAX);
    int code = terms == NULL ? hmi_arena_fail(&arena, err) : hmi_json_new(&json, err);
    if (code == HM_OK) {
        code = hmi_json_parse(json, bytes, 0, &root, err);
    }
    hmi_arena scratch;
    hmi_arena_init(&scratch, ARENA_MAX);
    if (code == HM_OK) {
        hmi_value objects = hmi_json_get(root, "objects");
        if (hmi_feed_misp_is(root)) {
            code = hmi_feed_misp(feed, root, &scratch, err);
        } else if (!hmi_json_is(objects)) {
            code = take_object(feed, root, &scratch, terms, err);
        }
        for (hmi_value o = hmi_json_first(objects); code == HM_OK && hmi_json_is(o);
             o = hmi_json_next(o)) {
            code = take_object(feed, o, &scratch, terms, err);
            hmi_arena_reset(&scratch);
        }
    }
    hmi_json_free(json);
    hmi_arena_fini(&scratch);
    hmi_arena_fini(&arena);
    return code;
}
