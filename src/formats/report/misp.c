/* SPDX-License-Identifier: Apache-2.0
 *
 * misp.c - MISP: events, answers of its API, manifests of feeds, warning lists, galaxies.
 *
 * WHY    Most communities share what they know as MISP events.
 * FORM   {"Event": {...}}, [{"Event": ..}] or {"response": [{"Event": ..}]}: an event has
 * attributes, objects of attributes, tags, galaxies, a distribution, perhaps a sharing group. A
 * value of a composite type ("filename|md5") is two values. A manifest is {"UUID": {"info",
 * "Orgc"}}; a warning list {"name", "type", "list": [..]}; a galaxy's clusters {"type", "values":
 * [..]}. TRUST  Hostile. Whatever is no such thing is passed over and counted; attributes that are
 * deleted or that somebody reported as false positives are no indicators. OWNS   The JSON parser
 * and a scratch arena, freed before read returns.
 */
#include "trait/misp.h"

#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "formats/reader.h"
#include "formats/report/list.h"

enum {
    DETECT_WINDOW = 16 << 10,
    HMI_MISP_EVENTS_MAX = 10000,
    HMI_MISP_FACTS_MAX = 512,
    HMI_MISP_FACT_LEN_MAX = 1000,
    HMI_MISP_SCRATCH_MAX = 4 << 20
};

typedef struct misp {
    hmi_reading *reading;
    hm_err *err;
    hmi_arena *scratch;
    size_t facts_left;
    size_t attributes, taken, unknown, unread, deleted, denied;
} misp;

/* ---- What is it? */

static bool has(hm_bytes bytes, const char *needle)
{
    return hmi_find(bytes, hmi_text_bytes(hmi_text_of(needle))) != HMI_NPOS;
}

static bool is_manifest(hm_bytes head)
{
    size_t quote = hmi_find_byte(head, '"');
    hm_bytes key = quote == HMI_NPOS ? head : hmi_slice(head, quote + 1, 37);
    bool uuid = key.len == 37 && key.ptr[36] == '"';
    for (size_t i = 0; uuid && i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        uuid = dash ? key.ptr[i] == '-' : hmi_hex_digit((char)key.ptr[i]) >= 0;
    }
    return uuid && has(head, "\"Orgc\"") && has(head, "\"info\"");
}

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    hm_bytes head = hmi_slice(file, 0, DETECT_WINDOW);
    hm_bytes tail = hmi_slice(file, file.len > 4096 ? file.len - 4096 : 0, 4096);
    while (head.len > 0 && memchr("\xef\xbb\xbf \t\r\n", head.ptr[0], 7) != NULL) {
        head = hmi_slice(head, 1, head.len);
    }
    if (head.len == 0 || (head.ptr[0] != '{' && head.ptr[0] != '[')) {
        return 0;
    }
    if (has(head, "\"Event\"") && has(head, "\"uuid\"") &&
        (has(head, "\"info\"") || has(head, "\"Attribute\""))) {
        return 92;
    }
    if (head.ptr[0] == '{' && is_manifest(head)) {
        return 90;
    }
    bool tells = has(head, "\"description\"") && has(tail, "\"version\"");
    if (tells && has(head, "\"list\"") && has(tail, "\"type\"")) {
        return 88;
    }
    return tells && has(head, "\"values\"") && has(head, "\"authors\"") ? 88 : 0;
}

/* ---- Telling */

static int fact(misp *m, const char *name, hm_text value)
{
    if (value.len == 0 || m->facts_left == 0) {
        return HM_OK;
    }
    m->facts_left--;
    hm_text cut = hmi_text_slice(value, 0, HMI_MISP_FACT_LEN_MAX);
    cut.len = hmi_utf8_span(hmi_text_bytes(cut));
    return hmi_emit_fact(m->reading, name, cut, m->err);
}

static hm_text text(misp *m, hmi_value object, const char *key)
{
    hmi_value value = hmi_json_get(object, key);
    if (hmi_json_kind_of(value) == HMI_JSON_NUMBER) {
        hm_bytes raw = hmi_json_raw(value);
        return hmi_text((const char *)raw.ptr, raw.len);
    }
    return hmi_json_text(value, m->scratch);
}

/* MISP writes true, "1" and 1. */
static bool is_set(misp *m, hmi_value object, const char *key)
{
    hm_text said = text(m, object, key);
    return hmi_json_is_true(hmi_json_get(object, key)) || hmi_text_is(said, "1") ||
           hmi_text_is(said, "true");
}

static int64_t moment(misp *m, hmi_value object, const char *key)
{
    hmi_instant at;
    return hmi_time_parse_rfc3339(text(m, object, key), &at) ? at.us : HMI_TIME_NONE;
}

/* ---- Attributes */

/* Sightings: how often, when last; is it reported as a false positive? */
static void read_sightings(misp *m, hmi_value attribute, hmi_trait *like, bool *ret_denied)
{
    hmi_value list = hmi_json_get(attribute, "Sighting");
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text kind = text(m, v, "type"), when = text(m, v, "date_sighting");
        int64_t seconds = 0;
        for (size_t i = 0; i < when.len && i < 11 && hmi_ascii_digit(when.ptr[i]); i++) {
            seconds = seconds * 10 + (when.ptr[i] - '0');
        }
        if (hmi_text_is(kind, "1")) {
            *ret_denied = true;
        } else if (hmi_text_is(kind, "0") || kind.len == 0) {
            int64_t us = seconds * 1000000;
            like->count++;
            like->last_us = seconds > 0 && (like->last_us == HMI_TIME_NONE || us > like->last_us)
                                ? us
                                : like->last_us;
        }
    }
}

static hmi_class class_of(const hmi_misp_type *type, hm_text value)
{
    bool onion = hmi_ends_with(hmi_text_bytes(value), HM_BYTES(".onion"));
    if (type->class_id == HMI_DOMAIN && onion) {
        return HMI_ONION;
    }
    bool range = hmi_find_byte(hmi_text_bytes(value), '/') != HMI_NPOS;
    return type->class_id == HMI_ADDRESS && range ? HMI_RANGE : type->class_id;
}

static int emit_value(misp *m, const hmi_trait *like, hm_text kind, hm_text value)
{
    const hmi_misp_type *type = hmi_misp_type_find(kind);
    hmi_trait one = *like;
    hm_text canonical;
    if (type == NULL) {
        m->unknown++;
        return HM_OK;
    }
    one.class_id = class_of(type, value);
    int code = hmi_trait_canonical(m->scratch, one.class_id, value, true, &canonical, NULL);
    if (code == HM_E_MALFORMED) {
        m->unread++;
        return HM_OK;
    }
    HMI_TRY(code);
    m->taken++;
    return hmi_emit_like(m->reading, &one, canonical, m->err);
}

static int read_attribute(misp *m, hmi_value attribute)
{
    hm_text kind = text(m, attribute, "type"), value = text(m, attribute, "value");
    bool denied = false;
    m->attributes++;
    if (is_set(m, attribute, "deleted")) {
        m->deleted++;
        return HM_OK;
    }
    hmi_trait like = { .offset = hmi_json_offset(attribute),
                       .count = 1,
                       .first_us = moment(m, attribute, "first_seen"),
                       .last_us = moment(m, attribute, "last_seen") };
    read_sightings(m, attribute, &like, &denied);
    m->denied += denied;
    like.role = is_set(m, attribute, "to_ids") && !denied ? HMI_ROLE_INDICATED : HMI_ROLE_OBSERVED;
    size_t bar = hmi_find_byte(hmi_text_bytes(kind), '|');
    if (hmi_text_is(kind, "malware-sample")) {
        kind = HM_TEXT("malware-sample|md5");
        bar = sizeof("malware-sample") - 1;
    }
    if (bar == HMI_NPOS) {
        return emit_value(m, &like, kind, value);
    }
    bool first = hmi_text_is(hmi_text_slice(kind, 0, bar), "regkey");
    size_t cut = first ? hmi_find_byte(hmi_text_bytes(value), '|')
                       : hmi_find_last_byte(hmi_text_bytes(value), '|');
    if (cut == HMI_NPOS) {
        m->unread++;
        return HM_OK;
    }
    HMI_TRY(emit_value(m, &like, hmi_text_slice(kind, 0, bar), hmi_text_slice(value, 0, cut)));
    hm_text behind = hmi_text_slice(kind, bar + 1, kind.len);
    if (hmi_text_is(behind, "port") || hmi_text_is(behind, "value")) {
        return HM_OK; /* of the first, not a thing of its own */
    }
    behind = hmi_text_is(behind, "ip") ? HM_TEXT("ip-dst") : behind;
    return emit_value(m, &like, behind, hmi_text_slice(value, cut + 1, value.len));
}

static int read_attributes(misp *m, hmi_value list)
{
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(read_attribute(m, v));
        hmi_arena_reset(m->scratch);
    }
    return HM_OK;
}

/* ---- Tags, galaxies, who may have it */

/* The last word of the form T1234 or T1234.001. */
static hm_text technique_in(hm_text tag)
{
    hm_text found = { NULL, 0 };
    for (size_t i = 0; i + 5 <= tag.len; i++) {
        size_t len = 1;
        while (i + len < tag.len && hmi_ascii_digit(tag.ptr[i + len])) {
            len++;
        }
        bool whole = tag.ptr[i] == 'T' && len == 5 && (i == 0 || !hmi_ascii_alnum(tag.ptr[i - 1]));
        if (whole && i + 9 <= tag.len && tag.ptr[i + 5] == '.' && hmi_ascii_digit(tag.ptr[i + 6]) &&
            hmi_ascii_digit(tag.ptr[i + 7]) && hmi_ascii_digit(tag.ptr[i + 8])) {
            len = 9;
        }
        if (whole) {
            found = hmi_text_slice(tag, i, len);
        }
    }
    return found;
}

static int read_tags(misp *m, hmi_value list)
{
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text name = text(m, v, "name");
        HMI_TRY(fact(m, "misp-tag", name));
        if (hmi_text_istarts(name, HM_TEXT("misp-galaxy:mitre-"))) {
            hm_text technique = technique_in(name);
            hmi_role role = HMI_ROLE_OBSERVED;
            if (technique.ptr != NULL) {
                HMI_TRY(hmi_emit(m->reading, HMI_TECHNIQUE, role, technique, hmi_json_offset(v),
                                 m->err));
            }
        }
    }
    return HM_OK;
}

static int read_galaxies(misp *m, hmi_value list)
{
    for (hmi_value g = hmi_json_first(list); hmi_json_is(g); g = hmi_json_next(g)) {
        hm_text type = text(m, g, "type");
        hmi_value clusters = hmi_json_get(g, "GalaxyCluster");
        for (hmi_value c = hmi_json_first(clusters); hmi_json_is(c); c = hmi_json_next(c)) {
            hm_text value = text(m, c, "value");
            hm_text both =
                hmi_arena_printf(m->scratch, "%.*s: %.*s", HMI_FMT(type), HMI_FMT(value));
            HMI_TRY(fact(m, "misp-galaxy", both));
        }
    }
    return HM_OK;
}

static int read_audience(misp *m, hmi_value event)
{
    static const char *const WORDS[] = { "organisation", "community", "connected communities",
                                         "all communities", "sharing group" };
    hm_text level = text(m, event, "distribution");
    if (level.len == 1 && level.ptr[0] >= '0' && level.ptr[0] <= '4') {
        HMI_TRY(fact(m, "misp-distribution", hmi_text_of(WORDS[level.ptr[0] - '0'])));
    }
    hmi_value group = hmi_json_get(event, "SharingGroup");
    HMI_TRY(fact(m, "misp-sharing-group", text(m, group, "name")));
    return fact(m, "misp-sharing-group-id", text(m, group, "uuid"));
}

/* ---- One event */

static int read_objects(misp *m, hmi_value list)
{
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_value attributes = hmi_json_get(v, "Attribute");
        if (is_set(m, v, "deleted")) {
            m->deleted += hmi_json_count(attributes);
            continue;
        }
        HMI_TRY(read_attributes(m, attributes));
    }
    return HM_OK;
}

static int read_event(misp *m, hmi_value event)
{
    static const struct {
        const char *key, *name;
    } FACTS[] = { { "uuid", "misp-event" },
                  { "info", "misp-info" },
                  { "date", "misp-date" },
                  { "threat_level_id", "misp-threat-level" },
                  { "analysis", "misp-analysis" } };
    for (size_t i = 0; i < HMI_COUNT(FACTS); i++) {
        HMI_TRY(fact(m, FACTS[i].name, text(m, event, FACTS[i].key)));
    }
    HMI_TRY(fact(m, "misp-creator", text(m, hmi_json_get(event, "Orgc"), "name")));
    HMI_TRY(read_audience(m, event));
    HMI_TRY(read_tags(m, hmi_json_get(event, "Tag")));
    HMI_TRY(read_galaxies(m, hmi_json_get(event, "Galaxy")));
    HMI_TRY(read_attributes(m, hmi_json_get(event, "Attribute")));
    return read_objects(m, hmi_json_get(event, "Object"));
}

static int told(misp *m)
{
    if (m->unknown > 0 || m->unread > 0) {
        HMI_TRY(
            hmi_emit_note(m->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, m->err,
                          "%zu attributes are of types that have no class here, %zu are not what "
                          "their type says: not taken",
                          m->unknown, m->unread));
    }
    if (m->deleted > 0) {
        HMI_TRY(hmi_emit_note(m->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, m->err,
                              "%zu attributes are deleted: not taken", m->deleted));
    }
    return m->denied == 0 ? HM_OK
                          : hmi_emit_note(m->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, m->err,
                                          "%zu attributes are reported as false positives: taken, "
                                          "not as indicators",
                                          m->denied);
}

/* *ret_any: there was an event in it. */
static int read_events(misp *m, hmi_value root, bool *ret_any)
{
    hmi_value list = hmi_json_get(root, "response");
    list = hmi_json_kind_of(list) == HMI_JSON_ARRAY ? list : root;
    bool several = hmi_json_kind_of(list) == HMI_JSON_ARRAY;
    size_t count = 0;
    for (hmi_value v = several ? hmi_json_first(list) : root; hmi_json_is(v);
         v = several ? hmi_json_next(v) : (hmi_value){ NULL, 0 }) {
        hmi_value event = hmi_json_get(v, "Event");
        if (hmi_json_kind_of(event) != HMI_JSON_OBJECT) {
            continue;
        }
        if (++count > HMI_MISP_EVENTS_MAX) {
            return hmi_emit_note(m->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, hmi_json_offset(v),
                                 m->err, "more than %d events: the rest is not read",
                                 HMI_MISP_EVENTS_MAX);
        }
        *ret_any = true;
        HMI_TRY(read_event(m, event));
    }
    return HM_OK;
}

/* ---- The other documents */

static int read_manifest(misp *m, hmi_value root)
{
    char count[24];
    snprintf(count, sizeof(count), "%zu", hmi_json_count(root));
    HMI_TRY(fact(m, "misp-feed-events", hmi_text_of(count)));
    for (hmi_value v = hmi_json_first(root); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(fact(m, "misp-feed-event", text(m, v, "info")));
        hmi_arena_reset(m->scratch);
    }
    return HM_OK;
}

static int read_warning_list(misp *m, hmi_value root)
{
    hm_text kind = text(m, root, "type");
    bool values = !hmi_text_is(kind, "regex") && !hmi_text_is(kind, "substring");
    HMI_TRY(fact(m, "misp-warninglist", text(m, root, "name")));
    hmi_value list = hmi_json_get(root, "list");
    for (hmi_value v = hmi_json_first(list); values && hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_canon canon;
        hm_text value = hmi_json_text(v, m->scratch);
        if (value.len > 1 && value.ptr[0] == '.') {
            value = hmi_text_slice(value, 1, value.len); /* ".example.com": and all below */
        }
        hmi_class class_id = hmi_list_guess(value, &canon);
        m->attributes++;
        if (class_id == HMI_CLASS_NONE) {
            m->unread++;
        } else {
            HMI_TRY(hmi_emit(m->reading, class_id, HMI_ROLE_CONTENT, hmi_canon_text(&canon),
                             hmi_json_offset(v), m->err));
        }
        hmi_arena_reset(m->scratch);
    }
    return hmi_emit_note(m->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, m->err,
                         "a warning list of harmless or shared values, %zu of %zu not understood: "
                         "learn it with \"baseline learn\"",
                         m->unread, m->attributes);
}

static int read_galaxy(misp *m, hmi_value root)
{
    hm_text type = text(m, root, "type");
    hmi_value list = hmi_json_get(root, "values");
    HMI_TRY(fact(m, "misp-galaxy-type", type));
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(fact(m, "misp-galaxy-cluster", text(m, v, "value")));
        hmi_value names = hmi_json_get(hmi_json_get(v, "meta"), "synonyms");
        for (hmi_value n = hmi_json_first(names); hmi_json_is(n); n = hmi_json_next(n)) {
            HMI_TRY(fact(m, "misp-galaxy-synonym", hmi_json_text(n, m->scratch)));
        }
    }
    return hmi_emit_note(m->reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, m->err,
                         "a galaxy of %zu clusters: names, no indicators", hmi_json_count(list));
}

static int read_document(misp *m, hmi_value root)
{
    bool any = false;
    HMI_TRY(read_events(m, root, &any));
    if (any) {
        return told(m);
    }
    if (hmi_json_kind_of(hmi_json_get(root, "list")) == HMI_JSON_ARRAY) {
        return read_warning_list(m, root);
    }
    if (hmi_json_kind_of(hmi_json_get(root, "values")) == HMI_JSON_ARRAY) {
        return read_galaxy(m, root);
    }
    hmi_value first = hmi_json_first(root);
    if (hmi_json_kind_of(root) == HMI_JSON_OBJECT && hmi_json_is(hmi_json_get(first, "info"))) {
        return read_manifest(m, root);
    }
    return hmi_fail(m->err, HM_E_MALFORMED, 0, "no MISP event, manifest, warning list or galaxy");
}

static int read_misp(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_json *json = NULL;
    hmi_value root;
    hmi_arena scratch;
    HMI_TRY(hmi_json_new(&json, err));
    hmi_arena_init(&scratch, HMI_MISP_SCRATCH_MAX);
    misp m = {
        .reading = reading, .err = err, .scratch = &scratch, .facts_left = HMI_MISP_FACTS_MAX
    };
    int code = hmi_json_parse(json, file, 0, &root, err);
    code = code == HM_OK ? read_document(&m, root) : code;
    hmi_arena_fini(&scratch);
    hmi_json_free(json);
    return code;
}

const hmi_reader hmi_reader_misp = { "misp", "MISP events, feeds, warning lists and galaxies", 1,
                                     detect, read_misp };
