/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_custom.c - what the specification does not define: custom types, properties, extensions
 * (sections 7.3 and 11).
 *
 * WHY    Unknown content is allowed, but it should come with an extension definition, and the older
 *        way (names with x_) is deprecated. An object's extensions are looked at once and
 *        remembered. TRUST  Hostile names. OWNS  Nothing.
 */
#include "share/stix_walk.h"
#include "trait/stix_id.h"

enum { NAME_MIN = 3, NAME_MAX = 250, QUOTE_MAX = 60 };

#define QUOTED(text) (int)(text.len < QUOTE_MAX ? text.len : QUOTE_MAX), text.ptr
static const char DEFINITION[] = "extension-definition--";

bool hmi_stix_uses_extension(hmi_value object, const char *extension_type)
{
    hmi_value extensions = hmi_json_get(object, "extensions");
    hm_bytes want = hmi_text_bytes(hmi_text_of(extension_type));
    for (hmi_value v = hmi_json_first(extensions); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_bytes said = hmi_json_raw(hmi_json_get(v, "extension_type"));
        if (said.len == want.len + 2 && hmi_bytes_eq(hmi_slice(said, 1, want.len), want)) {
            return true;
        }
    }
    return false;
}

static bool toplevel(hmi_stix_checker *c)
{
    if (c->toplevel < 0) {
        c->toplevel = hmi_stix_uses_extension(c->object, "toplevel-property-extension");
    }
    return c->toplevel > 0;
}

/* [a-z] first, then a-z 0-9 and `joint` ('_' or '-'); NAME_MIN to NAME_MAX. */
static bool name_form(hm_text name, char joint)
{
    if (name.len < NAME_MIN || name.len > NAME_MAX || name.ptr[0] < 'a' || name.ptr[0] > 'z') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !hmi_ascii_digit(c) && c != joint) {
            return false;
        }
    }
    return true;
}

/* "x_" and, when `source` is asked for, one more joint with something on both sides. */
static bool has_prefix(hm_text name, char joint, bool source)
{
    if (name.len < 3 || name.ptr[0] != 'x' || name.ptr[1] != joint) {
        return false;
    }
    if (!source) {
        return true;
    }
    hm_bytes rest = hmi_slice(hmi_text_bytes(name), 3, name.len);
    size_t at = hmi_find_byte(rest, (uint8_t)joint);
    return at != HMI_NPOS && at + 1 < rest.len;
}

static void check_prefix(hmi_stix_checker *c, hmi_value at, hm_text name, char joint)
{
    if (!has_prefix(name, joint, true)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_CUSTOM_PREFIX, at, NULL,
                          "the custom name \"%.*s\" should begin with x%c, its source and %c",
                          QUOTED(name), joint, joint);
    }
    if (!has_prefix(name, joint, false)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_CUSTOM_X, at, NULL,
                          "the custom name \"%.*s\" should begin with x%c", QUOTED(name), joint);
    }
}

static bool is_reserved(hm_text name)
{
    return hmi_text_is(name, "severity") || hmi_text_is(name, "action") ||
           hmi_text_is(name, "username") || hmi_text_is(name, "phone_numbers");
}

void hmi_stix_custom_property(hmi_stix_checker *c, hmi_value value, hm_text name,
                              hmi_stix_space space)
{
    static const hmi_stix_property FREE = { "", HMI_STIX_DICTIONARY, 0, 0, 0, 0, 0 };
    bool in_custom_type = space == HMI_STIX_SPACE_COUNT;
    if (hmi_json_kind_of(value) == HMI_JSON_OBJECT) {
        hmi_stix_value(c, &FREE, value);
    } else {
        hmi_stix_nothing_empty(c, value);
    }
    if (hmi_json_kind_of(value) == HMI_JSON_NULL) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, value, "2",
                          "null is no value: leave the property out");
    }
    if (is_reserved(name) && (space <= HMI_STIX_TYPE_COUNT || in_custom_type)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_RESERVED, value, NULL,
                          "\"%.*s\" is reserved for later versions", QUOTED(name));
        return;
    }
    if (!name_form(name, '_')) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_PROPERTY_NAME, value, NULL,
                          "\"%.*s\" must have 3 to 250 characters a-z, 0-9 and _, a letter first",
                          QUOTED(name));
    }
    bool declared = toplevel(c) && space < HMI_STIX_TYPE_COUNT && space != HMI_STIX_BUNDLE;
    if (in_custom_type || declared) {
        return;
    }
    if (c->options.no_custom_properties) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_CUSTOM_REFUSED, value, NULL,
                          "\"%.*s\" is not defined by the specification", QUOTED(name));
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_EXTENSION_USE, value, NULL,
                      "the custom property \"%.*s\" should come with an extension definition",
                      QUOTED(name));
    check_prefix(c, value, name, '_');
}

void hmi_stix_custom_type(hmi_stix_checker *c, hm_text type)
{
    hmi_value at = hmi_json_get(c->object, "type");
    if (hmi_text_is(type, "action")) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_RESERVED, at, NULL, "the type \"action\" is reserved");
    }
    if (!name_form(type, '-') || hmi_find(hmi_text_bytes(type), HM_BYTES("--")) != HMI_NPOS) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TYPE, at, "11.2",
                          "a type must have 3 to 250 characters a-z, 0-9 and -, a letter first, "
                          "and no --");
    }
    if (c->options.no_custom_types) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_CUSTOM_REFUSED, at, NULL,
                          "the type \"%.*s\" is not defined by the specification", QUOTED(type));
    }
    bool declared = hmi_stix_uses_extension(c->object, "new-sdo") ||
                    hmi_stix_uses_extension(c->object, "new-sco") ||
                    hmi_stix_uses_extension(c->object, "new-sro");
    if (!declared) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_EXTENSION_USE, at, NULL,
                          "the custom type \"%.*s\" should come with an extension definition",
                          QUOTED(type));
        check_prefix(c, at, type, '-');
    }
}

/* An extension that has a definition somewhere: only its head is known here. */
static void check_defined(hmi_stix_checker *c, hmi_value value, hm_text key)
{
    static const hmi_stix_property HEAD = {
        "extension_type", HMI_STIX_ENUM, 0, HMI_STIX_EXTENSION_TYPE, 0, 0, 0
    };
    if (!hmi_stix_id_is(key)) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ID, value, "7.3",
                          "\"%.*s\" is no id of an extension definition", QUOTED(key));
    }
    hmi_value type = hmi_json_get(value, "extension_type");
    if (hmi_json_is(type)) {
        hmi_stix_enter_key(c, HM_TEXT("extension_type"));
        hmi_stix_value(c, &HEAD, type);
        hmi_stix_leave(c);
    }
}

static void check_undefined(hmi_stix_checker *c, hmi_value value, hm_text key)
{
    if (!hmi_ends_with(hmi_text_bytes(key), HM_BYTES("-ext")) || !name_form(key, '-')) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_EXTENSION_NAME, value, NULL,
                          "a custom extension must be named in a-z, 0-9 and -, with -ext at its "
                          "end");
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_EXTENSION_USE, value, NULL,
                      "the extension \"%.*s\" should have an extension definition", QUOTED(key));
    check_prefix(c, value, key, '-');
}

static void check_extension(hmi_stix_checker *c, hmi_value value, hm_text key)
{
    if (hmi_json_kind_of(value) != HMI_JSON_OBJECT) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, value, "7.3", "this must be an object");
        return;
    }
    hmi_stix_nothing_empty(c, value);
    hmi_stix_space space = hmi_stix_extension_find(c->type, key);
    if (space < HMI_STIX_SPACE_COUNT) {
        hmi_stix_found found;
        hmi_stix_members(c, value, space, HMI_STIX_SPACE_COUNT, &found);
    } else if (hmi_starts_with(hmi_text_bytes(key), hmi_text_bytes(hmi_text_of(DEFINITION)))) {
        check_defined(c, value, key);
    } else {
        check_undefined(c, value, key);
    }
}

void hmi_stix_extensions(hmi_stix_checker *c, hmi_value extensions)
{
    if (hmi_json_kind_of(extensions) != HMI_JSON_OBJECT) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DATA_TYPE, extensions, "3.2",
                          "this must be a dictionary of extensions");
        return;
    }
    if (hmi_json_count(extensions) == 0) {
        hmi_stix_nothing_empty(c, extensions);
    }
    for (hmi_value v = hmi_json_first(extensions); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, &c->arena);
        hmi_stix_enter_key(c, key);
        check_extension(c, v, key);
        hmi_stix_leave(c);
    }
}
