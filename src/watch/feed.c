/* SPDX-License-Identifier: Apache-2.0
 *
 * feed.c - lists and tables of indicators, and those of the casebook.
 *
 * WHY    Feeds agree on one thing only: one indicator a line.
 * FORM   '#', ';' and "//" begin comments. A table's header names a column of values ("value",
 *        "indicator", "ioc", or a kind such as "domain") and perhaps one of kinds ("type").
 *        "0.0.0.0 name" and "127.0.0.1 name", as hosts files block names, mean the name.
 * TRUST  Hostile. Lines and columns are bounded; what cannot be read is told with its line.
 * OWNS   Nothing.
 */
#include "watch/feed.h"

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

/* Names that feeds give to kinds. NULL: by shape. */
static const struct {
    const char *name, *kind;
} KINDS[] = {
    { "ip", NULL },
    { "ipv4", NULL },
    { "ipv6", NULL },
    { "ip-src", NULL },
    { "ip-dst", NULL },
    { "ipv4-addr", NULL },
    { "ipv6-addr", NULL },
    { "address", NULL },
    { "cidr", "range" },
    { "range", "range" },
    { "domain", "domain" },
    { "domain-name", "domain" },
    { "hostname", "domain" },
    { "host", "domain" },
    { "fqdn", "domain" },
    { "url", "url" },
    { "uri", "url" },
    { "mail", "mail" },
    { "email", "mail" },
    { "email-addr", "mail" },
    { "email-src", "mail" },
    { "md5", "md5" },
    { "filehash-md5", "md5" },
    { "sha1", "sha1" },
    { "sha-1", "sha1" },
    { "filehash-sha1", "sha1" },
    { "sha256", "sha256" },
    { "sha-256", "sha256" },
    { "filehash-sha256", "sha256" },
    { "sha512", "sha512" },
    { "sha-512", "sha512" },
    { "filename", "file-name" },
    { "file-name", "file-name" },
    { "regkey", "registry-key" },
    { "registry-key", "registry-key" },
    { "mutex", "mutex" },
    { "user-agent", "user-agent" },
    { "useragent", "user-agent" },
    { "ja3", "ja3" },
    { "ja3-fingerprint-md5", "ja3" },
    { "ja4", "ja4" },
    { "onion", "onion" },
};

static bool kind_named(hm_text name, const char **ret_kind)
{
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        if (hmi_text_ieq(name, hmi_text_of(KINDS[i].name))) {
            *ret_kind = KINDS[i].kind;
            return true;
        }
    }
    return false;
}

int hmi_feed_one(hmi_feed *feed, hm_indicator *indicator, hm_err *err)
{
    hm_err why = { 0 };
    indicator->source = feed->name;
    bool asked = indicator->kind == NULL || hmi_text_is(hmi_text_of(indicator->kind), "domain");
    /* A URL by shape is not meant by "names below domains". */
    bool url =
        hmi_find(hmi_bytes(indicator->value, indicator->value_len), HM_BYTES("://")) != HMI_NPOS;
    indicator->reach = asked && !url ? feed->reach : HM_REACH_SELF;
    int code = hm_matcher_add(feed->builder, indicator, &why);
    switch (code) {
    case HM_OK:
        feed->taken++;
        return HM_OK;
    case HM_E_EXISTS:
        feed->known++;
        return HM_OK;
    case HM_E_MALFORMED:
    case HM_E_UNSUPPORTED:
    case HM_E_DENIED:
        feed->refused++;
        if (feed->refuse != NULL) {
            feed->refuse(feed->with, feed->name, indicator->line,
                         (hm_text){ indicator->value, indicator->value_len }, &why);
        }
        return HM_OK;
    default:
        return hmi_fail(err, code, why.offset, "%s", why.text);
    }
}

typedef struct table {
    char separator;            /* 0: a list */
    int value, kind;           /* columns, -1 = none */
    const char *kind_of_value; /* the header's word for the value column */
    bool by_header;
} table;

static hm_text unquoted(hm_text field)
{
    field = hmi_text_trim(field);
    if (field.len >= 2 && field.ptr[0] == '"' && field.ptr[field.len - 1] == '"') {
        field = hmi_text_slice(field, 1, field.len - 2);
    }
    return field;
}

/* The field that ends before the next separator outside quotes. */
static bool next_field(hm_text *rest, char separator, hm_text *ret)
{
    if (rest->ptr == NULL) {
        return false;
    }
    bool quoted = false;
    for (size_t i = 0; i < rest->len; i++) {
        quoted = quoted != (rest->ptr[i] == '"');
        if (rest->ptr[i] == separator && !quoted) {
            *ret = hmi_text_slice(*rest, 0, i);
            *rest = i + 1 < rest->len ? hmi_text_slice(*rest, i + 1, rest->len)
                                      : (hm_text){ rest->ptr + i + 1, 0 };
            return true;
        }
    }
    *ret = *rest;
    *rest = (hm_text){ NULL, 0 };
    return true;
}

static bool read_header(hm_text line, table *t)
{
    static const char *const VALUES[] = { "value",     "indicator",  "ioc",
                                          "ioc_value", "observable", "indicator_value" };
    static const char SEPARATORS[] = { ',', '\t', ';', '|' };
    for (size_t k = 0; k < sizeof(SEPARATORS); k++) {
        table found = { .separator = SEPARATORS[k], .value = -1, .kind = -1, .by_header = true };
        hm_text rest = line;
        hm_text field;
        for (int i = 0; i < HMI_FEED_COLUMNS_MAX && next_field(&rest, SEPARATORS[k], &field); i++) {
            field = unquoted(field);
            const char *kind;
            for (size_t n = 0; n < HMI_COUNT(VALUES); n++) {
                if (hmi_text_ieq(field, hmi_text_of(VALUES[n])) && found.value < 0) {
                    found.value = i;
                }
            }
            if (hmi_text_ieq(field, HM_TEXT("type")) || hmi_text_ieq(field, HM_TEXT("kind")) ||
                hmi_text_ieq(field, HM_TEXT("indicator_type")) ||
                hmi_text_ieq(field, HM_TEXT("ioc_type"))) {
                found.kind = i;
            } else if (found.value < 0 && kind_named(field, &kind)) {
                found.value = i;
                found.kind_of_value = kind;
            }
        }
        if (found.value >= 0 && hmi_find_byte(hmi_text_bytes(line), '.') == HMI_NPOS) {
            *t = found;
            return true;
        }
    }
    return false;
}

static hm_text hosts_name(hm_text line)
{
    static const char *const SINKS[] = { "0.0.0.0 ", "127.0.0.1 ", "0.0.0.0\t", "127.0.0.1\t" };
    for (size_t i = 0; i < HMI_COUNT(SINKS); i++) {
        if (hmi_text_istarts(line, hmi_text_of(SINKS[i]))) {
            return hmi_text_trim(hmi_text_slice(line, strlen(SINKS[i]), line.len));
        }
    }
    return line;
}

static hm_text first_column(hm_text line)
{
    static const char SEPARATORS[] = { ',', '\t', ';', '|' };
    for (size_t i = 0; i < sizeof(SEPARATORS); i++) {
        hm_text rest = line;
        hm_text field;
        if (next_field(&rest, SEPARATORS[i], &field) && rest.ptr != NULL) {
            return unquoted(field);
        }
    }
    return unquoted(line);
}

static int take_row(hmi_feed *feed, const table *t, hm_text line, uint32_t number, hm_err *err)
{
    hm_text value = { NULL, 0 };
    hm_text kind = { NULL, 0 };
    const char *name = t->kind_of_value;
    hm_text rest = line;
    hm_text field;
    for (int i = 0; i < HMI_FEED_COLUMNS_MAX && next_field(&rest, t->separator, &field); i++) {
        value = i == t->value ? unquoted(field) : value;
        kind = i == t->kind ? unquoted(field) : kind;
    }
    if (kind.len > 0 && !kind_named(kind, &name)) {
        name = NULL;
    }
    hm_indicator indicator = {
        .kind = name, .value = value.ptr, .value_len = value.len, .line = number
    };
    return value.len == 0 ? HM_OK : hmi_feed_one(feed, &indicator, err);
}

static bool is_comment(hm_text line)
{
    return line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';' ||
           hmi_text_istarts(line, HM_TEXT("//"));
}

static int take_lines(hmi_feed *feed, hm_bytes bytes, hm_err *err)
{
    table t = { .value = -1, .kind = -1 };
    hm_bytes rest = bytes;
    hm_bytes raw;
    bool first = true;
    for (uint32_t number = 1; hmi_next_line(&rest, &raw); number++) {
        hm_text line = hmi_text_trim((hm_text){ (const char *)raw.ptr, raw.len });
        if (line.len > HMI_FEED_LINE_MAX || is_comment(line)) {
            continue;
        }
        if (first && read_header(line, &t)) {
            first = false;
            continue;
        }
        first = false;
        if (t.by_header) {
            HMI_TRY(take_row(feed, &t, line, number, err));
            continue;
        }
        line = hosts_name(line);
        hm_text value = first_column(line);
        hm_indicator indicator = { .value = value.ptr, .value_len = value.len, .line = number };
        HMI_TRY(hmi_feed_one(feed, &indicator, err));
    }
    return HM_OK;
}

/* "[::1]" begins a list. */
static bool is_json(hm_text text)
{
    bool list = text.len > 1 && text.ptr[0] == '[' && strchr(" \t\r\n{", text.ptr[1]) != NULL;
    return list || (text.len > 0 && text.ptr[0] == '{');
}

int hmi_feed_bytes(hmi_feed *feed, hm_bytes bytes, hm_err *err)
{
    if (bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0) {
        bytes = hmi_slice(bytes, 3, bytes.len);
    }
    hm_text text = hmi_text_trim((hm_text){ (const char *)bytes.ptr, bytes.len });
    if (is_json(text)) {
        return hmi_feed_stix(feed, bytes, err);
    }
    return take_lines(feed, bytes, err);
}

int hmi_feed_casebook(hmi_feed *feed, hmi_store *store, int64_t incident, hm_err *err)
{
    enum { ARENA_MAX = 1 << 30 };
    hmi_arena arena;
    hmi_incident *incidents = NULL;
    size_t count = 0;
    hmi_arena_init(&arena, ARENA_MAX);
    int code = hmi_incident_list(store, &arena, &incidents, &count, err);
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        hmi_incident_trait *traits = NULL;
        size_t trait_count = 0;
        if (incident != 0 && incidents[i].id != incident) {
            continue;
        }
        code = hmi_incident_traits(store, &arena, incidents[i].id, &traits, &trait_count, err);
        for (size_t k = 0; code == HM_OK && k < trait_count; k++) {
            const hmi_class_row *row = hmi_class_find((int)traits[k].class_id);
            if (row == NULL || (traits[k].roles >> HMI_ROLE_INDICATED & 1) == 0) {
                continue;
            }
            hm_indicator indicator = { .kind = row->name,
                                       .value = traits[k].value.ptr,
                                       .value_len = traits[k].value.len,
                                       .id = hmi_arena_cstr(&arena, incidents[i].name) };
            code = hmi_feed_one(feed, &indicator, err);
        }
    }
    hmi_arena_fini(&arena);
    return code;
}
