/* SPDX-License-Identifier: Apache-2.0
 *
 * filter.c - reads URL parameters into a filter; matches fields inside objects.
 *
 * WHY    Section 3.4: a malformed parameter is a 400, each field stands once, fields are ANDed and
 *        values ORed. FORM  The table below is the profile's list of optional fields.
 * TRUST  The query is a client's; the object is hostile JSON, of a depth that JSON bounds.
 * OWNS   Nothing: the arena's.
 */
#include "taxii/filter.h"

#include "base/error.h"
#include "base/time.h"
#include "share/marking.h"

typedef enum kind { TOP, TOP_FALSE, LIST, NESTED, TLP, REFERENCES, LEAST, MOST } kind;
typedef enum value_type { STRING, INTEGER, TIME } value_type;

struct hmi_filter_field {
    const char *name;     /* in match[...] */
    const char *property; /* NULL: the same */
    kind kind;
    value_type type; /* of calculations */
};

static const hmi_filter_field FIELDS[] = {
    /* tier 1: simple properties at the top */
    { "account_type", NULL, TOP, STRING },
    { "confidence", NULL, TOP, STRING },
    { "context", NULL, TOP, STRING },
    { "data_type", NULL, TOP, STRING },
    { "dst_port", NULL, TOP, STRING },
    { "encryption_algorithm", NULL, TOP, STRING },
    { "identity_class", NULL, TOP, STRING },
    { "name", NULL, TOP, STRING },
    { "number", NULL, TOP, STRING },
    { "opinion", NULL, TOP, STRING },
    { "pattern", NULL, TOP, STRING },
    { "pattern_type", NULL, TOP, STRING },
    { "primary_motivation", NULL, TOP, STRING },
    { "region", NULL, TOP, STRING },
    { "relationship_type", NULL, TOP, STRING },
    { "resource_level", NULL, TOP, STRING },
    { "result", NULL, TOP, STRING },
    { "revoked", NULL, TOP_FALSE, STRING },
    { "src_port", NULL, TOP, STRING },
    { "sophistication", NULL, TOP, STRING },
    { "subject", NULL, TOP, STRING },
    { "value", NULL, TOP, STRING },
    /* tier 2: lists at the top */
    { "aliases", NULL, LIST, STRING },
    { "architecture_execution_envs", NULL, LIST, STRING },
    { "capabilities", NULL, LIST, STRING },
    { "extension_types", NULL, LIST, STRING },
    { "implementation_languages", NULL, LIST, STRING },
    { "indicator_types", NULL, LIST, STRING },
    { "infrastructure_types", NULL, LIST, STRING },
    { "labels", NULL, LIST, STRING },
    { "malware_types", NULL, LIST, STRING },
    { "personal_motivations", NULL, LIST, STRING },
    { "report_types", NULL, LIST, STRING },
    { "roles", NULL, LIST, STRING },
    { "secondary_motivations", NULL, LIST, STRING },
    { "sectors", NULL, LIST, STRING },
    { "threat_actor_types", NULL, LIST, STRING },
    { "tool_types", NULL, LIST, STRING },
    /* tier 3: properties inside others */
    { "address_family", NULL, NESTED, STRING },
    { "external_id", NULL, NESTED, STRING },
    { "MD5", NULL, NESTED, STRING },
    { "SHA-1", NULL, NESTED, STRING },
    { "SHA-256", NULL, NESTED, STRING },
    { "SHA-512", NULL, NESTED, STRING },
    { "SHA3-256", NULL, NESTED, STRING },
    { "SHA3-512", NULL, NESTED, STRING },
    { "SSDEEP", NULL, NESTED, STRING },
    { "TLSH", NULL, NESTED, STRING },
    { "integrity_level", NULL, NESTED, STRING },
    { "pe_type", NULL, NESTED, STRING },
    { "phase_name", NULL, NESTED, STRING },
    { "service_status", NULL, NESTED, STRING },
    { "service_type", NULL, NESTED, STRING },
    { "socket_type", NULL, NESTED, STRING },
    { "source_name", NULL, NESTED, STRING },
    { "start_type", NULL, NESTED, STRING },
    { "tlp", NULL, TLP, STRING },
    { "relationships-all", NULL, REFERENCES, STRING },
    /* calculations */
    { "confidence-gte", "confidence", LEAST, INTEGER },
    { "confidence-lte", "confidence", MOST, INTEGER },
    { "modified-gte", "modified", LEAST, TIME },
    { "modified-lte", "modified", MOST, TIME },
    { "number-gte", "number", LEAST, INTEGER },
    { "number-lte", "number", MOST, INTEGER },
    { "src_port-gte", "src_port", LEAST, INTEGER },
    { "src_port-lte", "src_port", MOST, INTEGER },
    { "dst_port-gte", "dst_port", LEAST, INTEGER },
    { "dst_port-lte", "dst_port", MOST, INTEGER },
    { "valid_until-gte", "valid_until", LEAST, TIME },
    { "valid_from-lte", "valid_from", MOST, TIME },
};

static int malformed(hm_err *err, const char *what)
{
    return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "%s", what);
}

/* -- Values. */

static int split_values(hm_text text, hmi_arena *arena, hmi_filter_values *ret, hm_err *err)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == ',';
    }
    if (count > HMI_FILTER_VALUES_MAX) {
        return malformed(err, "a match parameter has too many values");
    }
    hm_text *values = hmi_new_array(arena, hm_text, count);
    if (values == NULL) {
        return hmi_arena_fail(arena, err);
    }
    hm_text part;
    for (size_t i = 0; i < count && hmi_split(&text, ',', &part); i++) {
        if (part.len == 0) {
            return malformed(err, "a match parameter has an empty value");
        }
        values[i] = part;
    }
    if (values[count - 1].len == 0) {
        return malformed(err, "a match parameter has an empty value");
    }
    *ret = (hmi_filter_values){ values, count };
    return HM_OK;
}

/* A timestamp as TAXII and STIX write it, with any number of digits up to nine. */
static bool read_time(hm_text text, int64_t *ret_us)
{
    hmi_instant at;
    bool shape = text.len >= 20 && text.len <= 30 && text.ptr[10] == 'T' &&
                 text.ptr[text.len - 1] == 'Z' && hmi_time_parse_rfc3339(text, &at) &&
                 at.trust == HMI_TIME_EXACT;
    if (shape) {
        *ret_us = at.us;
    }
    return shape;
}

static bool read_number(hm_text text, int64_t *ret)
{
    bool minus = text.len > 1 && text.ptr[0] == '-';
    size_t at = minus ? 1 : 0;
    int64_t value = 0;
    if (text.len == 0 || text.len - at > HMI_FILTER_LIMIT_DIGITS_MAX) {
        return false;
    }
    for (; at < text.len; at++) {
        if (!hmi_ascii_digit(text.ptr[at])) {
            return false;
        }
        value = value * 10 + (text.ptr[at] - '0');
    }
    *ret = minus ? -value : value;
    return true;
}

static int read_versions(hm_text text, hmi_arena *arena, hmi_filter *f, hm_err *err)
{
    hmi_filter_values words;
    HMI_TRY(split_values(text, arena, &words, err));
    hmi_filter_version *versions = hmi_new_array(arena, hmi_filter_version, words.count);
    if (versions == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < words.count; i++) {
        hm_text word = words.values[i];
        versions[i].kind = hmi_text_is(word, "last")    ? HMI_VERSION_LAST
                           : hmi_text_is(word, "first") ? HMI_VERSION_FIRST
                           : hmi_text_is(word, "all")   ? HMI_VERSION_ALL
                                                        : HMI_VERSION_AT;
        if (versions[i].kind == HMI_VERSION_AT && !read_time(word, &versions[i].us)) {
            return malformed(err, "match[version] is first, last, all or a timestamp");
        }
        if (versions[i].kind == HMI_VERSION_ALL && words.count > 1) {
            return malformed(err, "match[version]=all stands alone");
        }
        for (size_t k = 0; k < i; k++) {
            if (versions[k].kind == versions[i].kind && versions[k].us == versions[i].us) {
                return malformed(err, "match[version] has a value twice");
            }
        }
    }
    f->versions = versions;
    f->version_count = words.count;
    return HM_OK;
}

static int read_specs(hm_text text, hmi_arena *arena, hmi_filter *f, hm_err *err)
{
    hmi_filter_values words;
    HMI_TRY(split_values(text, arena, &words, err));
    f->spec_given = true;
    for (size_t i = 0; i < words.count; i++) {
        hm_text w = words.values[i];
        if (w.len != 3 || !hmi_ascii_digit(w.ptr[0]) || w.ptr[1] != '.' ||
            !hmi_ascii_digit(w.ptr[2])) {
            return malformed(err, "match[spec_version] is a version like 2.1");
        }
        f->spec_20 |= hmi_text_is(w, "2.0");
        f->spec_21 |= hmi_text_is(w, "2.1");
    }
    return HM_OK;
}

static int read_numbers(hmi_filter_match *m, hmi_arena *arena, hm_err *err)
{
    int64_t *numbers = hmi_new_array(arena, int64_t, m->values.count);
    if (numbers == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < m->values.count; i++) {
        bool good = m->field->type == TIME ? read_time(m->values.values[i], &numbers[i])
                                           : read_number(m->values.values[i], &numbers[i]);
        if (!good) {
            return malformed(err, m->field->type == TIME ? "this match takes a timestamp"
                                                         : "this match takes a whole number");
        }
    }
    m->numbers = numbers;
    return HM_OK;
}

static int check_words(const hmi_filter_match *m, hm_err *err)
{
    for (size_t i = 0; i < m->values.count; i++) {
        hm_text v = m->values.values[i];
        if (m->field->kind == TLP && hmi_tlp_find_value(v, false) == NULL &&
            hmi_tlp_find_value(v, true) == NULL) {
            return malformed(err, "match[tlp] is white, clear, green, amber, amber+strict or red");
        }
        if (m->field->kind == TOP_FALSE && !hmi_text_is(v, "true") && !hmi_text_is(v, "false")) {
            return malformed(err, "match[revoked] is true or false");
        }
    }
    return HM_OK;
}

/* Fields that we do not know are left alone, as section 3.4 allows. */
static int read_field(hm_text name, hm_text value, hmi_arena *arena, hmi_filter *f, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(FIELDS); i++) {
        if (!hmi_text_is(name, FIELDS[i].name)) {
            continue;
        }
        hmi_filter_match *m = &f->matches[f->match_count++];
        m->field = &FIELDS[i];
        HMI_TRY(split_values(value, arena, &m->values, err));
        HMI_TRY(check_words(m, err));
        return m->field->kind == LEAST || m->field->kind == MOST ? read_numbers(m, arena, err)
                                                                 : HM_OK;
    }
    return HM_OK;
}

static int read_match(hm_text field, hm_text value, hmi_arena *arena, hmi_filter *f, hm_err *err)
{
    if (hmi_text_is(field, "id")) {
        return split_values(value, arena, &f->ids, err);
    }
    if (hmi_text_is(field, "type")) {
        return split_values(value, arena, &f->types, err);
    }
    if (hmi_text_is(field, "version")) {
        return read_versions(value, arena, f, err);
    }
    if (hmi_text_is(field, "spec_version")) {
        return read_specs(value, arena, f, err);
    }
    return read_field(field, value, arena, f, err);
}

static int read_one(const hmi_http_field *q, hmi_arena *arena, hmi_filter *f, hm_err *err)
{
    if (hmi_text_is(q->name, "added_after")) {
        return read_time(q->value, &f->added_after_us)
                   ? HM_OK
                   : malformed(err, "added_after is a timestamp like 2016-01-01T01:01:01.000000Z");
    }
    if (hmi_text_is(q->name, "limit")) {
        int64_t limit = 0;
        if (!read_number(q->value, &limit) || limit <= 0) {
            return malformed(err, "limit is a whole number above 0");
        }
        f->limit = (uint64_t)limit;
        return HM_OK;
    }
    if (hmi_text_is(q->name, "next")) {
        f->next = q->value;
        return HM_OK;
    }
    hm_bytes name = hmi_text_bytes(q->name);
    if (hmi_starts_with(name, HM_BYTES("match["))) {
        return hmi_ends_with(name, HM_BYTES("]")) && name.len > 7
                   ? read_match(hmi_text_slice(q->name, 6, name.len - 7), q->value, arena, f, err)
                   : malformed(err, "a match parameter is match[field]=value");
    }
    return HM_OK;
}

int hmi_filter_read(const hmi_http_query *query, hmi_arena *arena, hmi_filter *ret, hm_err *err)
{
    static const hmi_filter_version LAST = { .kind = HMI_VERSION_LAST };
    hmi_filter f = { .added_after_us = HMI_TIME_NONE, .versions = &LAST, .version_count = 1 };
    f.matches = hmi_new_array(arena, hmi_filter_match, query->count);
    if (f.matches == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < query->count; i++) {
        HMI_TRY(read_one(&query->fields[i], arena, &f, err));
    }
    *ret = f;
    return HM_OK;
}

/* -- Matching inside an object. */

static bool value_is(hmi_value value, hmi_filter_values wanted, hmi_arena *arena)
{
    hmi_json_kind is = hmi_json_kind_of(value);
    hm_bytes raw = hmi_json_raw(value);
    hm_text text = is == HMI_JSON_STRING ? hmi_json_text(value, arena)
                                           : hmi_text((const char *)raw.ptr, raw.len);
    if (is == HMI_JSON_ARRAY || is == HMI_JSON_OBJECT || text.ptr == NULL) {
        return false;
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (hmi_text_eq(wanted.values[i], text)) {
            return true;
        }
    }
    return false;
}

static bool list_has(hmi_value list, hmi_filter_values wanted, hmi_arena *arena)
{
    if (hmi_json_kind_of(list) != HMI_JSON_ARRAY) {
        return value_is(list, wanted, arena);
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        if (value_is(v, wanted, arena)) {
            return true;
        }
    }
    return false;
}

static bool in_range(hmi_value value, const hmi_filter_match *m, hmi_arena *arena)
{
    int64_t number = 0;
    bool good = m->field->type == TIME ? read_time(hmi_json_text(value, arena), &number)
                                       : hmi_json_int(value, &number);
    for (size_t i = 0; good && i < m->values.count; i++) {
        if (m->field->kind == LEAST ? number >= m->numbers[i] : number <= m->numbers[i]) {
            return true;
        }
    }
    return false;
}

static bool fits(hm_text key, hmi_value value, const hmi_filter_match *m, unsigned depth,
                 hmi_arena *arena)
{
    hm_bytes name = hmi_text_bytes(key);
    switch (m->field->kind) {
    case NESTED:
        return depth > 0 && hmi_text_is(key, m->field->name) && value_is(value, m->values, arena);
    case REFERENCES:
        return (hmi_ends_with(name, HM_BYTES("_ref")) || hmi_ends_with(name, HM_BYTES("_refs"))) &&
               list_has(value, m->values, arena);
    default:
        return hmi_text_is(key, m->field->property) && in_range(value, m, arena);
    }
}

/* Anywhere in the object; JSON bounds the depth. */
static bool anywhere(hmi_value container, const hmi_filter_match *m, unsigned depth,
                     hmi_arena *arena)
{
    bool object = hmi_json_kind_of(container) == HMI_JSON_OBJECT;
    for (hmi_value v = hmi_json_first(container); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_json_kind is = hmi_json_kind_of(v);
        if (object && fits(hmi_json_key(v, arena), v, m, depth, arena)) {
            return true;
        }
        if ((is == HMI_JSON_OBJECT || is == HMI_JSON_ARRAY) &&
            anywhere(v, m, depth + 1, arena)) {
            return true;
        }
    }
    return false;
}

static bool marked(hm_text id, hmi_filter_values wanted)
{
    const hmi_tlp_marking *tlp = id.ptr != NULL ? hmi_tlp_find(id) : NULL;
    return tlp != NULL && hmi_filter_has(wanted, hmi_text_of(tlp->value));
}

static bool has_tlp(hmi_value object, hmi_filter_values wanted, hmi_arena *arena)
{
    hmi_value refs = hmi_json_get(object, "object_marking_refs");
    for (hmi_value v = hmi_json_first(refs); hmi_json_is(v); v = hmi_json_next(v)) {
        if (marked(hmi_json_text(v, arena), wanted)) {
            return true;
        }
    }
    hmi_value granular = hmi_json_get(object, "granular_markings");
    for (hmi_value v = hmi_json_first(granular); hmi_json_is(v); v = hmi_json_next(v)) {
        if (marked(hmi_json_text(hmi_json_get(v, "marking_ref"), arena), wanted)) {
            return true;
        }
    }
    return false;
}

static bool fits_object(const hmi_filter_match *m, hmi_value object, hmi_arena *arena)
{
    hmi_value value = hmi_json_get(object, m->field->name);
    switch (m->field->kind) {
    case TOP:
    case LIST:
        return list_has(value, m->values, arena);
    case TOP_FALSE:
        return hmi_json_is(value) ? value_is(value, m->values, arena)
                                  : hmi_filter_has(m->values, HM_TEXT("false"));
    case TLP:
        return has_tlp(object, m->values, arena);
    default:
        return anywhere(object, m, 0, arena);
    }
}

bool hmi_filter_deep(const hmi_filter *filter, hmi_value object, hmi_arena *arena)
{
    for (size_t i = 0; i < filter->match_count; i++) {
        if (!fits_object(&filter->matches[i], object, arena)) {
            return false;
        }
    }
    return true;
}
