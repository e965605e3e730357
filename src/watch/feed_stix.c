/* SPDX-License-Identifier: Apache-2.0
 *
 * feed_stix.c - STIX indicators that are plain values, ranges, or all below a name or a path.
 *
 * WHY    Nearly all shared patterns are [type:property = 'value'], alone or joined by OR: these go
 *        into the matcher as they are, and so do IN, ISSUBSET, LIKE '%.name', LIKE 'http://.../%',
 *        which ask for what an indicator can ask for. A pattern that asks for more is refused here
 * by name, so that nobody believes it is watched for. FORM   A bundle or one object; of indicators
 * with pattern_type "stix" (or none) the pattern. TRUST  Hostile JSON of bounded depth and size;
 * patterns are read by a cursor that cannot leave them. OWNS   One JSON document for the time of
 * the call.
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
    { "x509-certificate:hashes.'SHA-256'", "certificate" },
    { "x-hallmark-trait:'ja3'", "ja3" }, /* as our own sightings write them */
    { "x-hallmark-trait:'ja4'", "ja4" },
    { "x-hallmark-trait:'service-name'", "service-name" },
    { "x-hallmark-trait:'pipe-name'", "pipe-name" },
    { "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", "user-agent" },
};

typedef enum term_how { EQUAL, SUBSET, LIKE } term_how;

typedef struct term {
    hm_text path, value; /* value as it stands between its quotes */
    term_how how;
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

/* 'value', as it stands between its quotes. */
static bool take_literal(hm_text *rest, hm_text *ret)
{
    size_t end = 0;
    if (!take(rest, "'")) {
        return false;
    }
    while (end < rest->len && rest->ptr[end] != '\'') {
        end += rest->ptr[end] == '\\' && end + 1 < rest->len ? 2 : 1;
    }
    if (end >= rest->len) {
        return false;
    }
    *ret = hmi_text_slice(*rest, 0, end);
    *rest = hmi_text_slice(*rest, end + 1, rest->len);
    return true;
}

typedef struct terms {
    term *list;
    size_t count;
} terms;

static bool add_term(terms *to, hm_text path, term_how how, hm_text value)
{
    if (to->count >= HMI_FEED_TERMS_MAX) {
        return false;
    }
    to->list[to->count++] = (term){ path, value, how };
    return true;
}

/* path = 'value', path IN ('one', 'two'), path ISSUBSET 'range', path LIKE '%.name'. */
static bool take_term(hm_text *rest, terms *to)
{
    skip_blanks(rest);
    size_t end = 0;
    bool quoted = false;
    while (end < rest->len &&
           (quoted || (rest->ptr[end] != '=' && rest->ptr[end] != ' ' && rest->ptr[end] != ']'))) {
        quoted = quoted != (rest->ptr[end] == '\'');
        end++;
    }
    hm_text value;
    hm_text path = hmi_text_slice(*rest, 0, end);
    *rest = hmi_text_slice(*rest, end, rest->len);
    if (take(rest, "=")) {
        return take_literal(rest, &value) && add_term(to, path, EQUAL, value);
    }
    if (take(rest, "ISSUBSET ")) {
        return take_literal(rest, &value) && add_term(to, path, SUBSET, value);
    }
    if (take(rest, "LIKE ")) {
        return take_literal(rest, &value) && add_term(to, path, LIKE, value);
    }
    if (!take(rest, "IN") || !take(rest, "(")) {
        return false;
    }
    do {
        if (!take_literal(rest, &value) || !add_term(to, path, EQUAL, value)) {
            return false;
        }
    } while (take(rest, ","));
    return take(rest, ")");
}

/* Only such terms joined by OR, in one pair of brackets or several. */
static bool read_pattern(hm_text pattern, terms *to)
{
    hm_text rest = pattern;
    to->count = 0;
    do {
        if (!take(&rest, "[")) {
            return false;
        }
        do {
            if (!take_term(&rest, to)) {
                return false;
            }
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

/* "%.name" and "http://host/path/%" say what an indicator can ask for: all that lies below. */
static bool reach_of(hmi_arena *arena, const char *kind, hm_text *value)
{
    hm_text rest = *value;
    bool name = kind != NULL && strcmp(kind, "domain") == 0;
    if (name && rest.len > 2 && rest.ptr[0] == '%' && rest.ptr[1] == '.') {
        rest = *value = hmi_text_slice(rest, 1, rest.len);
    } else if (kind != NULL && strcmp(kind, "url") == 0 && rest.len > 2 &&
               rest.ptr[rest.len - 1] == '%' && rest.ptr[rest.len - 2] == '/') {
        rest.len--;
        *value = hmi_arena_printf(arena, "%.*s*", HMI_FMT(rest));
    } else {
        return false;
    }
    return hmi_find_byte(hmi_text_bytes(rest), '%') == HMI_NPOS &&
           hmi_find_byte(hmi_text_bytes(rest), '_') == HMI_NPOS && value->ptr != NULL;
}

static int take_one(hmi_feed *feed, hmi_arena *arena, const term *t, const char *id, hm_err *err)
{
    const char *kind = NULL;
    bool known = false;
    for (size_t k = 0; k < HMI_COUNT(PATHS) && !known; k++) {
        known = hmi_text_is(t->path, PATHS[k].path);
        kind = known ? PATHS[k].kind : NULL;
    }
    hm_text value = unescaped(arena, t->value);
    if (value.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    if (!known || (t->how == SUBSET && kind != NULL)) {
        refuse(feed, t->path, "records are not searched for this STIX property");
        return HM_OK;
    }
    if (t->how == LIKE && !reach_of(arena, kind, &value)) {
        refuse(feed, value, "of LIKE, records are searched for '%.name' and 'http://.../%' alone");
        return HM_OK;
    }
    hm_indicator indicator = { .kind = kind, .value = value.ptr, .value_len = value.len, .id = id };
    return hmi_feed_one(feed, &indicator, err);
}

static int take_terms(hmi_feed *feed, hmi_arena *arena, const terms *all, const char *id,
                      hm_err *err)
{
    for (size_t i = 0; i < all->count; i++) {
        HMI_TRY(take_one(feed, arena, &all->list[i], id, err));
    }
    return HM_OK;
}

static int take_object(hmi_feed *feed, hmi_value object, hmi_arena *arena, terms *all, hm_err *err)
{
    if (!hmi_text_is(hmi_json_text(hmi_json_get(object, "type"), arena), "indicator")) {
        return HM_OK;
    }
    hm_text id = hmi_json_text(hmi_json_get(object, "id"), arena);
    hm_text pattern = hmi_json_text(hmi_json_get(object, "pattern"), arena);
    hm_text type = hmi_json_text(hmi_json_get(object, "pattern_type"), arena);
    if (hmi_json_is_true(hmi_json_get(object, "revoked"))) {
        return HM_OK;
    }
    if (type.len > 0 && !hmi_text_is(type, "stix")) {
        refuse(feed, id, "its pattern is not written in STIX patterning");
        return HM_OK;
    }
    if (!read_pattern(pattern, all)) {
        refuse(feed, id, "its pattern asks for more than plain equalities joined by OR");
        return HM_OK;
    }
    char *id_copy = hmi_arena_cstr(arena, id);
    return take_terms(feed, arena, all, id_copy, err);
}

int hmi_feed_stix(hmi_feed *feed, hm_bytes bytes, hm_err *err)
{
    enum { ARENA_MAX = 64 << 20 };
    hmi_json *json = NULL;
    hmi_value root;
    hmi_arena arena;
    hmi_arena_init(&arena, ARENA_MAX);
    terms all = { .list = hmi_new_array(&arena, term, HMI_FEED_TERMS_MAX) };
    int code = all.list == NULL ? hmi_arena_fail(&arena, err) : hmi_json_new(&json, err);
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
            code = take_object(feed, root, &scratch, &all, err);
        }
        for (hmi_value o = hmi_json_first(objects); code == HM_OK && hmi_json_is(o);
             o = hmi_json_next(o)) {
            code = take_object(feed, o, &scratch, &all, err);
            hmi_arena_reset(&scratch);
        }
    }
    hmi_json_free(json);
    hmi_arena_fini(&scratch);
    hmi_arena_fini(&arena);
    return code;
}
