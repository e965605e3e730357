/* SPDX-License-Identifier: Apache-2.0
 *
 * benign.c - the matcher once more, asked about one value.
 *
 * WHY    What a list calls harmless is compared as indicators are: a name and those below it,
 * ranges, any spelling. So the lists become a matcher, and what was found becomes its record. TRUST
 * Lists come from strangers too: an entry that is no value is passed over. OWNS   The matcher of
 * the lists and its scanner.
 */
#include "watch/benign.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "watch/watch.h"

struct hmi_benign {
    hm_matcher_builder *builder; /* until sealed */
    hm_matcher *set;
    hm_scanner *scanner;
    hmi_breaker *told;
    uint64_t values;
};

int hmi_benign_new(hmi_benign **ret_benign, hm_err *err)
{
    hm_matcher_options options = { .allow_poison = 1 };
    hmi_benign *b = calloc(1, sizeof(*b));
    if (b == NULL || (b->told = hmi_breaker_new(1)) == NULL) {
        free(b);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for lists of the harmless");
    }
    int code = hm_matcher_begin(&options, &b->builder, err);
    if (code != HM_OK) {
        hmi_benign_free(b);
        return code;
    }
    *ret_benign = b;
    return HM_OK;
}

void hmi_benign_free(hmi_benign *b)
{
    if (b != NULL) {
        hm_matcher_builder_free(b->builder);
        hm_scanner_free(b->scanner);
        hm_matcher_free(b->set);
        hmi_breaker_free(b->told);
        free(b);
    }
}

static int add_value(hmi_benign *b, hm_text value, const char *source, const char *kind,
                     hm_reach reach, hm_err *err)
{
    hm_err why;
    hm_indicator entry = {
        .kind = kind, .value = value.ptr, .value_len = value.len, .source = source, .reach = reach
    };
    int code = hm_matcher_add(b->builder, &entry, &why);
    if (code == HM_E_MEMORY || code == HM_E_LIMIT) {
        return hmi_fail(err, code, HM_OFFSET_NONE, "%s", why.text);
    }
    b->values += code == HM_OK;
    return HM_OK;
}

static int add_lines(hmi_benign *b, hm_bytes bytes, const char *name, hm_err *err)
{
    hm_bytes raw;
    while (hmi_next_line(&bytes, &raw)) {
        hm_text line = hmi_text_trim((hm_text){ (const char *)raw.ptr, raw.len });
        size_t comma = hmi_find_last_byte(hmi_text_bytes(line), ',');
        if (comma != HMI_NPOS) {
            line = hmi_text_trim(hmi_text_slice(line, comma + 1, line.len));
        }
        if (line.len > 0 && line.ptr[0] != '#') {
            HMI_TRY(add_value(b, line, name, NULL, HM_REACH_BELOW, err));
        }
    }
    return HM_OK;
}

static int add_warninglist(hmi_benign *b, hmi_value root, hmi_arena *arena, const char *file,
                           hm_err *err)
{
    hm_text type = hmi_json_text(hmi_json_get(root, "type"), arena);
    hm_text name = hmi_json_text(hmi_json_get(root, "name"), arena);
    hmi_value list = hmi_json_get(root, "list");
    const char *source = name.len > 0 ? hmi_arena_cstr(arena, name) : file;
    bool hosts = hmi_text_is(type, "hostname");
    if (!hmi_json_is(list)) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "this is no MISP warninglist");
    }
    if (!hosts && !hmi_text_is(type, "cidr") && !hmi_text_is(type, "string")) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "a warninglist of type \"%.*s\" is not understood: hostname, cidr and "
                        "string are",
                        type.len < 20 ? (int)type.len : 20, type.ptr != NULL ? type.ptr : "");
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text value = hmi_json_text(v, arena);
        HMI_TRY(add_value(b, value, source, hosts ? "domain" : NULL,
                          hosts ? HM_REACH_BELOW : HM_REACH_SELF, err));
    }
    return HM_OK;
}

int hmi_benign_add(hmi_benign *b, hm_bytes bytes, const char *name, hm_err *err)
{
    hm_text text = hmi_text_trim((hm_text){ (const char *)bytes.ptr, bytes.len });
    if (text.len == 0 || text.ptr[0] != '{') {
        return add_lines(b, bytes, name, err);
    }
    hmi_json *json = NULL;
    hmi_value root;
    hmi_arena arena;
    HMI_TRY(hmi_json_new(&json, err));
    hmi_arena_init(&arena, HMI_BENIGN_BYTES_MAX);
    int code = hmi_json_parse(json, bytes, HMI_BENIGN_NODES_MAX, &root, err);
    if (code == HM_OK) {
        code = add_warninglist(b, root, &arena, name, err);
    }
    hmi_arena_fini(&arena);
    hmi_json_free(json);
    return code;
}

int hmi_benign_seal(hmi_benign *b, hm_err *err)
{
    hm_matcher_builder *builder = b->builder;
    b->builder = NULL;
    HMI_TRY(hm_matcher_build(builder, &b->set, err));
    return hm_scanner_new(b->set, &b->scanner, err);
}

typedef struct asked {
    size_t len;
    bool found;
    hm_text list, value;
} asked;

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    asked *a = user;
    if (hit->len == a->len) {
        a->found = true;
        a->list = hit->source;
        a->value = hit->value;
    }
    return HM_OK;
}

bool hmi_benign_is(hmi_benign *b, const hm_hit *hit, hm_text *ret_list, hm_text *ret_value)
{
    hm_err ignored;
    asked a = { .len = hit->found.len };
    if (hm_scanner_scan(b->scanner, hmi_text_bytes(hit->found), on_hit, &a, &ignored) != HM_OK ||
        !a.found) {
        return false;
    }
    *ret_list = a.list;
    *ret_value = a.value;
    return true;
}

bool hmi_benign_is_news(hmi_benign *b, const hm_hit *hit)
{
    uint64_t key = hmi_xxh3(hmi_text_bytes(hit->value), 3) >> 25;
    return hmi_breaker_hit(b->told, key, 0) == HMI_BREAK_NOW;
}

uint64_t hmi_benign_values(const hmi_benign *b)
{
    return b->values;
}
