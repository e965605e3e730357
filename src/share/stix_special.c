/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_special.c - what no table says: markings, ids of observables, patterns, relationship types.
 *
 * TRUST  Hostile. Patterns are parsed by trait/stix_pattern.c, which has its own limits.
 * OWNS   Nothing beyond the call.
 */
#include "base/error.h"
#include "share/marking.h"
#include "share/selector.h"
#include "share/stix_walk.h"
#include "trait/stix_id.h"
#include "trait/stix_pattern.h"

enum { QUOTE_MAX = 60, PATTERN_MEMORY_MAX = 64 << 20 };

#define QUOTED(text) (int)(text.len < QUOTE_MAX ? text.len : QUOTE_MAX), text.ptr

static hm_text text_of(hmi_stix_checker *c, hmi_value object, const char *key)
{
    return hmi_json_text(hmi_json_get(object, key), &c->arena);
}

/* -- External references: CVE and CAPEC have a form (sections 4.1 and 4.19). */

static bool is_cve(hm_text id)
{
    if (id.len < 13 || !hmi_starts_with(hmi_text_bytes(id), HM_BYTES("CVE-")) || id.ptr[8] != '-') {
        return false;
    }
    for (size_t i = 4; i < id.len; i++) {
        if (i != 8 && !hmi_ascii_digit(id.ptr[i])) {
            return false;
        }
    }
    return id.len == 13 || id.ptr[9] != '0';
}

static bool is_numbered(hm_text id, const char *prefix)
{
    size_t skip = strlen(prefix);
    if (id.len <= skip ||
        !hmi_starts_with(hmi_text_bytes(id), hmi_text_bytes(hmi_text_of(prefix)))) {
        return false;
    }
    for (size_t i = skip; i < id.len; i++) {
        if (!hmi_ascii_digit(id.ptr[i])) {
            return false;
        }
    }
    return true;
}

void hmi_stix_external_reference(hmi_stix_checker *c, hmi_value reference)
{
    hm_text source = text_of(c, reference, "source_name");
    hm_text id = text_of(c, reference, "external_id");
    if (source.ptr == NULL) {
        return;
    }
    if (hmi_text_ieq(source, HM_TEXT("cve")) && (!hmi_text_is(source, "cve") || !is_cve(id))) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_VALUE, reference, "4.19",
                          "a CVE has the source_name \"cve\" and an external_id CVE-YYYY-NNNN");
    }
    if (hmi_text_ieq(source, HM_TEXT("capec")) &&
        (!hmi_text_is(source, "capec") || !is_numbered(id, "CAPEC-"))) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_VALUE, reference, "4.1",
                          "a CAPEC has the source_name \"capec\" and an external_id CAPEC-NNN");
    }
}

/* -- Markings. */

void hmi_stix_selector(hmi_stix_checker *c, hmi_value selector, hm_text text)
{
    if (!hmi_json_is(hmi_selector_find(c->object, text, &c->arena))) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_SELECTOR, selector, NULL,
                          "\"%.*s\" selects nothing that is in this object", QUOTED(text));
    }
}

static void check_circles(hmi_stix_checker *c, hmi_value object)
{
    hmi_value refs = hmi_json_get(object, "object_marking_refs");
    for (hmi_value v = hmi_json_first(refs); hmi_json_is(v); v = hmi_json_next(v)) {
        if (hmi_text_eq(hmi_json_text(v, &c->arena), c->id)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_CIRCLE, v, NULL, "a marking may not mark itself");
        }
    }
    hmi_value granular = hmi_json_get(object, "granular_markings");
    for (hmi_value v = hmi_json_first(granular); hmi_json_is(v); v = hmi_json_next(v)) {
        if (hmi_text_eq(text_of(c, v, "marking_ref"), c->id)) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_CIRCLE, v, NULL, "a marking may not mark itself");
        }
    }
}

static void check_marking(hmi_stix_checker *c, hmi_value object)
{
    if (c->id.ptr == NULL) {
        return;
    }
    check_circles(c, object);
    hm_text type = text_of(c, object, "definition_type");
    hmi_value definition = hmi_json_get(object, "definition");
    const hmi_tlp_marking *known = hmi_tlp_find(c->id);
    if (known != NULL && !hmi_tlp_is_genuine(object, known, &c->arena)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_MARKING, object, "7.2.1.4",
                          "this id is %s and may not be redefined", known->name);
    } else if (known == NULL && hmi_text_is(type, "tlp")) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_MARKING, object, "7.2.1.4",
                          "only the predefined TLP markings may be of the type \"tlp\"");
    }
    if (hmi_text_is(type, "statement") && text_of(c, definition, "statement").ptr == NULL) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_MARKING, definition, "7.2.1.3",
                          "a statement marking must hold the text \"statement\"");
    }
    bool known_type = hmi_text_is(type, "tlp") || hmi_text_is(type, "statement");
    if (!known_type && !hmi_json_is(hmi_json_get(object, "extensions"))) {
        hmi_stix_fault_at(
            c, HMI_STIX_CHECK_EXTENSION_USE, object, "7.2.1",
            "a marking of another type than tlp and statement should be an extension");
        if (type.ptr != NULL) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_VOCABULARY, object, "7.2.1",
                              "\"%.*s\" is no definition_type", QUOTED(type));
        }
    }
}

/* -- Ids. */

static char uuid_version(hm_text id)
{
    return hmi_stix_id_is(id) ? id.ptr[id.len - HMI_UUID_TEXT + 14] : '\0';
}

static void check_sco_id(hmi_stix_checker *c, hmi_value object)
{
    char version = uuid_version(c->id);
    if (version == '\0') {
        return;
    }
    hmi_buf id;
    hm_err why = { 0 };
    hmi_buf_init(&id, 0);
    int code = hmi_stix_sco_id(object, &c->arena, &id, &why);
    hmi_value at = hmi_json_get(object, "id");
    if (c->type == HMI_STIX_PROCESS && version != '4') {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ID_VERSION, at, NULL,
                          "a process must have a UUID of version 4");
        hmi_stix_fault_at(c, HMI_STIX_CHECK_UUID, at, NULL, "the UUID should be of version 4");
    } else if (code == HM_E_UNSUPPORTED && version != '4') {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ID_VERSION, at, NULL,
                          "without a property that makes an id the UUID must be of version 4");
    } else if (code == HM_OK && version != '5') {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_UUID, at, NULL,
                          "an observable should have a UUID of version 5");
    } else if (code == HM_OK && !hmi_text_ieq(hmi_buf_text(&id), c->id)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_SCO_ID, at, NULL,
                          "by its contributing properties the id should be %.*s",
                          HMI_FMT(hmi_buf_text(&id)));
    }
    hmi_buf_fini(&id);
}

static void check_random_id(hmi_stix_checker *c, hmi_value object)
{
    char version = uuid_version(c->id);
    if (version != '\0' && version != '4' && hmi_tlp_find(c->id) == NULL) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_UUID, hmi_json_get(object, "id"), NULL,
                          "the UUID should be of version 4");
    }
}

/* -- Patterns. */

static void check_atom(hmi_stix_checker *c, hmi_value at, const hmi_stix_atom *atom)
{
    hmi_stix_space type = hmi_stix_type_find(c->lexicon, atom->type);
    hm_text property = atom->path;
    size_t slash = hmi_find_byte(hmi_text_bytes(property), '/');
    property = hmi_text_slice(property, 0, slash == HMI_NPOS ? property.len : slash);
    if (atom->type.len < 3 || property.len < 3) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_PATTERN, at, "9.7",
                          "\"%.*s:%.*s\" names nothing: types and properties have 3 characters at "
                          "least",
                          QUOTED(atom->type), QUOTED(property));
        return;
    }
    if (type == HMI_STIX_TYPE_COUNT) {
        if (c->options.no_custom_types) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_CUSTOM_REFUSED, at, "9.7",
                              "the pattern asks for the custom type \"%.*s\"", QUOTED(atom->type));
        }
        return;
    }
    bool known = hmi_stix_property_find(c->lexicon, type, property) >= 0 ||
                 hmi_stix_property_find(c->lexicon, hmi_stix_common_of(hmi_stix_role_of(type)),
                                        property) >= 0;
    if (!known && c->options.no_custom_properties) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_CUSTOM_REFUSED, at, "9.7",
                          "the pattern asks for the custom property \"%.*s\"", QUOTED(property));
    }
}

static hmi_value property(const hmi_stix_checker *c, const hmi_stix_found *found, hm_text name)
{
    int bit = hmi_stix_property_find(c->lexicon, c->type, name);
    return bit >= 0 ? hmi_stix_found_at(c, found, UINT64_C(1) << bit) : (hmi_value){ NULL, 0 };
}

static void check_pattern(hmi_stix_checker *c, const hmi_stix_found *found)
{
    hmi_value at = property(c, found, HM_TEXT("pattern"));
    hm_text text = hmi_json_text(at, &c->arena);
    hm_text kind = hmi_json_text(property(c, found, HM_TEXT("pattern_type")), &c->arena);
    if (text.ptr == NULL || !hmi_text_is(kind, "stix")) {
        return;
    }
    hmi_stix_pattern pattern;
    hm_err why = { 0 };
    hmi_arena_reset(&c->scratch);
    if (hmi_stix_pattern_parse(&c->scratch, text, &pattern, &why) < 0) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_PATTERN, at, NULL, "%s", why.text);
        return;
    }
    for (size_t i = 0; i < pattern.count; i++) {
        check_atom(c, at, &pattern.atoms[i]);
    }
}

/* -- Relationship types that the specification knows. */

static void check_relationship(hmi_stix_checker *c, hmi_value object)
{
    hmi_value at = hmi_json_get(object, "relationship_type");
    hm_text name = hmi_json_text(at, &c->arena);
    hm_text from = text_of(c, object, "source_ref"), to = text_of(c, object, "target_ref");
    if (name.ptr == NULL || !hmi_stix_id_is(from) || !hmi_stix_id_is(to) ||
        hmi_text_is(name, "related-to") || hmi_text_is(name, "derived-from") ||
        hmi_text_is(name, "duplicate-of")) {
        return;
    }
    hm_text from_type = hmi_text_slice(from, 0, from.len - HMI_UUID_TEXT - 2);
    hm_text to_type = hmi_text_slice(to, 0, to.len - HMI_UUID_TEXT - 2);
    hmi_stix_space source = hmi_stix_type_find(c->lexicon, from_type);
    hmi_stix_space target = hmi_stix_type_find(c->lexicon, to_type);
    if (source == HMI_STIX_TYPE_COUNT || target == HMI_STIX_TYPE_COUNT) {
        return; /* custom objects have custom relationships */
    }
    for (size_t i = 0; i < hmi_stix_edge_count; i++) {
        const hmi_stix_edge *edge = &hmi_stix_edges[i];
        if (edge->source == source && (edge->targets >> target & 1) != 0 &&
            hmi_text_is(name, edge->name)) {
            return;
        }
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_RELATIONSHIP, at, NULL,
                      "\"%.*s\" is not suggested between %.*s and %.*s", QUOTED(name),
                      QUOTED(from_type), QUOTED(to_type));
}

void hmi_stix_special(hmi_stix_checker *c, hmi_value object, const hmi_stix_found *found)
{
    hmi_stix_role role = hmi_stix_role_of(c->type);
    if (role == HMI_STIX_SCO) {
        check_sco_id(c, object);
    } else {
        check_random_id(c, object);
    }
    if (c->type == HMI_STIX_MARKING_DEFINITION) {
        check_marking(c, object);
    } else if (c->type == HMI_STIX_INDICATOR) {
        check_pattern(c, found);
    } else if (c->type == HMI_STIX_RELATIONSHIP) {
        check_relationship(c, object);
    }
}
