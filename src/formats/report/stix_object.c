/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_object.c - what one STIX object says, as traits and facts.
 *
 * WHY    Every object is kept as the sender's bytes; besides, what it names takes part in
 *        comparisons: observables as seen, indicators' patterns as stated, techniques, tools,
 *        vulnerabilities, and who is said to be behind it (a claim, never weighed).
 * FORM   STIX 2.1, and 2.0 where it differs: observed-data with its own "objects", indicators
 *        without pattern_type. A table by type says what is done; types without a row are kept and
 *        nothing is read out of them.
 * TRUST  Hostile. The JSON is strict by now; ids, types, dates, patterns are not trusted to be
 *        what their keys say. What cannot be read is a note, never a guess.
 * OWNS   Nothing; unescaped texts live in stix->scratch until the next object.
 */
#include "formats/report/stix.h"

#include "base/error.h"
#include "trait/canon.h"
#include "trait/stix_id.h"
#include "trait/stix_pattern.h"

#include <stdarg.h>
#include <stdio.h>

enum { HMI_STIX_OBSERVABLES_MAX = 65536, HMI_STIX_PATH_MAX = 96, HMI_STIX_LIST_MAX = 4096 };

/* What all traits of one object have in common. */
typedef struct said {
    hmi_role role;
    uint64_t count;
    int64_t first_us, last_us;
} said;

int hmi_stix_note(hmi_stix *stix, hmi_severity severity, int code, uint64_t offset,
                  const char *format, ...)
{
    char text[HMI_NOTE_TEXT_MAX + 1];
    if (stix->notes_left == 0) {
        return HM_OK;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (--stix->notes_left == 0) {
        return hmi_emit_note(stix->reading, HMI_NOTE_INFO, HM_OK, offset, stix->err,
                             "more notes of this document are left out");
    }
    return hmi_emit_note(stix->reading, severity, code, offset, stix->err, "%s", text);
}

static hm_text text_of(hmi_stix *stix, hmi_value object, const char *key)
{
    return hmi_json_text(hmi_json_get(object, key), stix->scratch);
}

static uint64_t offset_of(const hmi_stix *stix, hmi_value value)
{
    return stix->base + hmi_json_offset(value);
}

static int fact(hmi_stix *stix, const char *name, hm_text value)
{
    if (value.len == 0 || value.len > HMI_TRAIT_VALUE_MAX || stix->facts_left == 0) {
        return HM_OK;
    }
    stix->facts_left--;
    return hmi_emit_fact(stix->reading, name, value, stix->err);
}

static int64_t time_of(hmi_stix *stix, hmi_value object, const char *key)
{
    hmi_instant instant;
    hm_text text = text_of(stix, object, key);
    return text.len > 0 && hmi_time_parse_rfc3339(text, &instant) ? instant.us : HMI_TIME_NONE;
}

static said said_of(hmi_stix *stix, hmi_value object, hmi_role role, const char *first,
                    const char *last)
{
    return (said){ .role = role,
                   .count = 1,
                   .first_us = time_of(stix, object, first),
                   .last_us = time_of(stix, object, last) };
}

/* ---- Values */

/* "ipv4-addr:value" may hold a range, a reference's value a name. */
static hmi_class narrow(hmi_class class_id, hm_text text)
{
    if (class_id != HMI_ADDRESS) {
        return class_id;
    }
    if (hmi_find_byte(hmi_text_bytes(text), '/') != HMI_NPOS) {
        return HMI_RANGE;
    }
    hmi_address address;
    return hmi_address_parse(text, &address) ? HMI_ADDRESS : HMI_DOMAIN;
}

static int emit(hmi_stix *stix, const said *how, hmi_class class_id, hm_text text, uint64_t offset)
{
    class_id = narrow(class_id, text);
    HMI_CANON(canon);
    if (!hmi_canon_run(class_id, text, false, &canon) &&
        !(class_id == HMI_DOMAIN && hmi_canon_run(HMI_ONION, text, false, &canon))) {
        return hmi_stix_note(stix, HMI_NOTE_INFO, HM_OK, offset, "a value cannot be read as %s",
                             hmi_class_find((int)class_id)->label);
    }
    hmi_trait like = { .class_id = class_id,
                       .role = how->role,
                       .offset = offset,
                       .count = how->count,
                       .first_us = how->first_us,
                       .last_us = how->last_us };
    return hmi_emit_like(stix->reading, &like, text, stix->err);
}

static int emit_value(hmi_stix *stix, const said *how, hmi_class class_id, hmi_value value)
{
    hm_text text = hmi_json_text(value, stix->scratch);
    if (hmi_json_kind_of(value) == HMI_JSON_NUMBER) {
        hm_bytes digits = hmi_json_raw(value);
        text = hmi_text((const char *)digits.ptr, digits.len);
    }
    if (text.len == 0) {
        return HM_OK;
    }
    return emit(stix, how, class_id, text, offset_of(stix, value));
}

/* ---- Observables */

/* Follows "a/b/c" into the object. */
static hmi_value follow(hmi_value object, const char *path)
{
    hm_text rest = hmi_text_of(path);
    hm_text step;
    while (hmi_json_is(object) && hmi_split(&rest, '/', &step)) {
        char key[HMI_STIX_PATH_MAX];
        hmi_assert(step.len < sizeof(key));
        memcpy(key, step.ptr, step.len);
        key[step.len] = '\0';
        object = hmi_json_get(object, key);
    }
    return object;
}

static int emit_hashes(hmi_stix *stix, const said *how, hm_text type, hmi_value hashes)
{
    if (hmi_json_kind_of(hashes) != HMI_JSON_OBJECT) {
        return HM_OK;
    }
    for (hmi_value v = hmi_json_first(hashes); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_class class_id = hmi_stix_class_of_hash(type, hmi_json_key(v, stix->scratch));
        if (class_id != HMI_CLASS_NONE) {
            HMI_TRY(emit_value(stix, how, class_id, v));
        }
    }
    return HM_OK;
}

static int read_observable(hmi_stix *stix, hm_text type, hmi_value object, const said *how)
{
    hmi_class class_id;
    const char *path;
    for (size_t i = 0; (path = hmi_stix_path_at(type, i, &class_id)) != NULL; i++) {
        hmi_value value = follow(object, path);
        if (hmi_json_is(value)) {
            HMI_TRY(emit_value(stix, how, class_id, value));
        }
    }
    if (hmi_stix_class_of(type, HM_TEXT("hashes/sha256")) != HMI_CLASS_NONE) {
        return emit_hashes(stix, how, type, hmi_json_get(object, "hashes"));
    }
    return HM_OK;
}

/* STIX 2.0 kept what was seen inside observed-data; 2.1 only refers to it. */
static int read_observed(hmi_stix *stix, hmi_value object)
{
    hmi_value objects = hmi_json_get(object, "objects");
    if (hmi_json_kind_of(objects) != HMI_JSON_OBJECT) {
        return HM_OK;
    }
    said how = said_of(stix, object, HMI_ROLE_OBSERVED, "first_observed", "last_observed");
    int64_t count;
    if (hmi_json_int(hmi_json_get(object, "number_observed"), &count) && count > 0) {
        how.count = (uint64_t)count;
    }
    size_t left = HMI_STIX_OBSERVABLES_MAX;
    for (hmi_value v = hmi_json_first(objects); hmi_json_is(v) && left > 0; v = hmi_json_next(v)) {
        left--;
        HMI_TRY(read_observable(stix, text_of(stix, v, "type"), v, &how));
    }
    if (left == 0) {
        return hmi_stix_note(stix, HMI_NOTE_DAMAGE, HM_E_LIMIT, offset_of(stix, objects),
                             "only the first %d observables were read", HMI_STIX_OBSERVABLES_MAX);
    }
    return HM_OK;
}

/* ---- Indicators */

static int emit_atom(hmi_stix *stix, const said *how, const hmi_stix_atom *atom, uint64_t offset,
                     size_t *left_out)
{
    hmi_class class_id = hmi_stix_class_of(atom->type, atom->path);
    if (atom->is_range && class_id == HMI_ADDRESS) {
        return emit(stix, how, HMI_RANGE, atom->value, offset);
    }
    if (atom->is_range || class_id == HMI_CLASS_NONE || atom->value.len == 0) {
        (*left_out)++;
        return HM_OK;
    }
    return emit(stix, how, class_id, atom->value, offset);
}

static int read_pattern(hmi_stix *stix, hmi_value object, hm_text text)
{
    uint64_t offset = offset_of(stix, hmi_json_get(object, "pattern"));
    hmi_stix_pattern pattern;
    hm_err why = { .offset = 0 };
    int code = hmi_stix_pattern_parse(stix->scratch, text, &pattern, &why);
    if (code == HM_E_MEMORY) {
        return hmi_arena_fail(stix->scratch, stix->err);
    }
    if (code < 0) {
        return hmi_stix_note(stix, HMI_NOTE_DAMAGE, code, offset, "%s", why.text);
    }
    said how = said_of(stix, object, HMI_ROLE_INDICATED, "first_seen", "last_seen");
    size_t left_out = pattern.left_out;
    for (size_t i = 0; i < pattern.count; i++) {
        HMI_TRY(emit_atom(stix, &how, &pattern.atoms[i], offset, &left_out));
    }
    if (left_out > 0 || pattern.conditional) {
        return hmi_stix_note(
            stix, HMI_NOTE_INFO, HM_OK, offset,
            "the pattern asks for more than its %zu values: %zu comparisons%s not taken as traits",
            pattern.count, left_out, pattern.conditional ? " and its order or timing" : "");
    }
    return HM_OK;
}

static int read_indicator(hmi_stix *stix, hmi_value object)
{
    hm_text kind = text_of(stix, object, "pattern_type");
    hm_text pattern = text_of(stix, object, "pattern");
    if (kind.len > 0 && !hmi_text_is(kind, "stix")) {
        return hmi_stix_note(stix, HMI_NOTE_INFO, HM_OK, stix->base,
                             "the indicator is kept, its pattern is of another language");
    }
    if (pattern.len == 0) {
        return hmi_stix_note(stix, HMI_NOTE_ODD, HM_OK, stix->base, "indicator without a pattern");
    }
    return read_pattern(stix, object, pattern);
}

/* ---- Names */

/* External ids of sources whose name begins with `source`, where they are of the class's form. */
static int emit_references(hmi_stix *stix, hmi_value object, hm_text source, hmi_class class_id)
{
    said how = said_of(stix, object, HMI_ROLE_OBSERVED, "first_seen", "last_seen");
    hmi_value list = hmi_json_get(object, "external_references");
    size_t left = HMI_STIX_LIST_MAX;
    if (hmi_json_kind_of(list) != HMI_JSON_ARRAY) {
        return HM_OK;
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v) && left > 0; v = hmi_json_next(v)) {
        left--;
        hmi_value id = hmi_json_get(v, "external_id");
        if (hmi_json_is(id) && hmi_text_istarts(text_of(stix, v, "source_name"), source)) {
            HMI_TRY(emit_value(stix, &how, class_id, id));
        }
    }
    return HM_OK;
}

static int read_attack_pattern(hmi_stix *stix, hmi_value object)
{
    /* mitre-attack, mitre-mobile-attack, mitre-ics-attack */
    return emit_references(stix, object, HM_TEXT("mitre-"), HMI_TECHNIQUE);
}

static int read_vulnerability(hmi_stix *stix, hmi_value object)
{
    hm_text name = text_of(stix, object, "name");
    if (hmi_text_istarts(name, HM_TEXT("CVE-"))) {
        said how = said_of(stix, object, HMI_ROLE_OBSERVED, "first_seen", "last_seen");
        return emit_value(stix, &how, HMI_VULNERABILITY, hmi_json_get(object, "name"));
    }
    return emit_references(stix, object, HM_TEXT("cve"), HMI_VULNERABILITY);
}

static int emit_name(hmi_stix *stix, hmi_value object, hmi_class class_id)
{
    said how = said_of(stix, object, HMI_ROLE_OBSERVED, "first_seen", "last_seen");
    return emit_value(stix, &how, class_id, hmi_json_get(object, "name"));
}

static int read_tool(hmi_stix *stix, hmi_value object)
{
    return emit_name(stix, object, HMI_TOOL);
}

static int read_actor(hmi_stix *stix, hmi_value object)
{
    return emit_name(stix, object, HMI_ACTOR_CLAIM);
}

/* Reports, campaigns and incidents name what the document is about. */
static int read_story(hmi_stix *stix, hmi_value object)
{
    static const struct {
        const char *type, *fact;
    } NAMES[] = { { "campaign", "campaign" },
                  { "incident", "incident" },
                  { "report", "report" },
                  { "grouping", "grouping" } };
    hm_text type = text_of(stix, object, "type");
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        if (hmi_text_is(type, NAMES[i].type)) {
            HMI_TRY(fact(stix, NAMES[i].fact, text_of(stix, object, "name")));
        }
    }
    HMI_TRY(fact(stix, "first-seen", text_of(stix, object, "first_seen")));
    HMI_TRY(fact(stix, "last-seen", text_of(stix, object, "last_seen")));
    HMI_TRY(fact(stix, "published", text_of(stix, object, "published")));
    hmi_value labels = hmi_json_get(object, "labels");
    if (hmi_json_kind_of(labels) != HMI_JSON_ARRAY) {
        return HM_OK;
    }
    for (hmi_value v = hmi_json_first(labels); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(fact(stix, "label", hmi_json_text(v, stix->scratch)));
    }
    return HM_OK;
}

/* ---- One object */

static const struct {
    const char *type;
    int (*read)(hmi_stix *stix, hmi_value object);
} TYPES[] = {
    { "attack-pattern", read_attack_pattern },
    { "campaign", read_story },
    { "grouping", read_story },
    { "incident", read_story },
    { "indicator", read_indicator },
    { "intrusion-set", read_actor },
    { "malware", read_tool },
    { "observed-data", read_observed },
    { "report", read_story },
    { "threat-actor", read_actor },
    { "tool", read_tool },
    { "vulnerability", read_vulnerability },
};

/* Withdrawn by its author, or by ATT&CK: kept and shown, but it names nothing any more. */
static bool is_withdrawn(hmi_value object)
{
    return hmi_json_is_true(hmi_json_get(object, "revoked")) ||
           hmi_json_is_true(hmi_json_get(object, "x_mitre_deprecated"));
}

static int read_contents(hmi_stix *stix, hm_text type, hmi_value object)
{
    if (is_withdrawn(object)) {
        stix->revoked_count++;
        return HM_OK;
    }
    for (size_t i = 0; i < HMI_COUNT(TYPES); i++) {
        if (hmi_text_is(type, TYPES[i].type)) {
            return TYPES[i].read(stix, object);
        }
    }
    said how = {
        .role = HMI_ROLE_OBSERVED, .count = 1, .first_us = HMI_TIME_NONE, .last_us = HMI_TIME_NONE
    };
    return read_observable(stix, type, object, &how);
}

static int keep(hmi_stix *stix, hm_text id, hm_text type, hmi_value object)
{
    hmi_object kept = { .id = id,
                        .type = type,
                        .modified = text_of(stix, object, "modified"),
                        .raw = hmi_json_raw(object),
                        .offset = offset_of(stix, object) };
    stix->object_count++;
    return hmi_sink_object(stix->reading->sink, &kept, stix->err);
}

int hmi_stix_object(hmi_stix *stix, hmi_value object)
{
    hm_text type = text_of(stix, object, "type");
    hm_text id = text_of(stix, object, "id");
    if (hmi_json_kind_of(object) != HMI_JSON_OBJECT || type.len == 0) {
        return hmi_stix_note(stix, HMI_NOTE_DAMAGE, HM_E_MALFORMED, offset_of(stix, object),
                             "no STIX object: it has no type");
    }
    if (hmi_text_is(type, "bundle")) {
        return hmi_stix_note(stix, HMI_NOTE_ODD, HM_OK, offset_of(stix, object),
                             "a bundle without a list of objects, or inside another");
    }
    bool named = hmi_stix_id_is(id) && id.len > type.len + 2 &&
                 hmi_text_eq(hmi_text_slice(id, 0, type.len), type) && id.ptr[type.len] == '-';
    if (named) {
        HMI_TRY(keep(stix, id, type, object));
    } else {
        HMI_TRY(hmi_stix_note(stix, HMI_NOTE_DAMAGE, HM_E_MALFORMED, offset_of(stix, object),
                              "the object is not kept: its id is none for its type"));
    }
    return read_contents(stix, type, object);
}
