/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_event.c - an event's values by the names that rules give them.
 *
 * WHY    Shippers wrap the same Windows event in a dozen ways; rules name only the innermost field.
 * FORM   {"Event":{"System":{"EventID":1,"Provider":{"#attributes":{"Name":"x"}}},
 *                  "EventData":{"Image":"y"}}}
 *        EventID = 1, Provider_Name = x, Image = y; also by the full dotted name. Lists give one
 *        value for each element. ECS names are read as Sigma's.
 * TRUST  Anybody's event. Depth is JSON's; HMI_SIGMA_FIELDS_MAX values are looked at.
 * OWNS   Nothing: values are the scratch arena's.
 */
#include "base/text.h"
#include "detect/sigma_inside.h"

enum { NAME_MAX_BYTES = 512 };

typedef struct flattening {
    hmi_sigma *set;
    char name[NAME_MAX_BYTES];
} flattening;

/* Objects whose name is no part of the fields inside them. */
static const char *const WRAPPERS[] = { "Event",      "System",  "EventData", "UserData",
                                        "event_data", "winlog",  "win",       "eventdata",
                                        "system",     "_source", "user_data" };

static const struct alias {
    const char *ecs, *sigma;
} ALIASES[] = {
    { "process.command_line", "CommandLine" },
    { "process.executable", "Image" },
    { "process.working_directory", "CurrentDirectory" },
    { "process.pe.original_file_name", "OriginalFileName" },
    { "process.parent.executable", "ParentImage" },
    { "process.parent.command_line", "ParentCommandLine" },
    { "user.name", "User" },
    { "file.path", "TargetFilename" },
    { "dll.path", "ImageLoaded" },
    { "registry.path", "TargetObject" },
    { "registry.data.strings", "Details" },
    { "dns.question.name", "QueryName" },
    { "destination.ip", "DestinationIp" },
    { "destination.port", "DestinationPort" },
    { "destination.domain", "DestinationHostname" },
    { "source.ip", "SourceIp" },
    { "source.port", "SourcePort" },
    { "powershell.file.script_block_text", "ScriptBlockText" },
    { "event.code", "EventID" },
    { "event_id", "EventID" },
    { "channel", "Channel" },
    { "provider_name", "Provider_Name" },
    { "url.original", "c-uri" },
    { "user_agent.original", "c-useragent" },
    { "http.request.method", "cs-method" },
    { "http.response.status_code", "sc-status" },
};

int hmi_sigma_add_aliases(hmi_sigma *set, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(ALIASES); i++) {
        uint64_t ecs = hmi_sigma_field_key(set, hmi_text_of(ALIASES[i].ecs));
        uint64_t sigma = hmi_sigma_field_key(set, hmi_text_of(ALIASES[i].sigma));
        uint32_t number = hmi_sigma_table_find(&set->field_table, sigma);
        if (number != UINT32_MAX && hmi_sigma_table_find(&set->field_table, ecs) == UINT32_MAX &&
            !hmi_sigma_table_put(&set->arena, &set->field_table, ecs, number)) {
            return hmi_arena_fail(&set->arena, err);
        }
    }
    return HM_OK;
}

static void add_value(hmi_sigma *set, uint32_t field, hmi_value v)
{
    hmi_sigma_value *value = &set->values[set->value_count++];
    *value = (hmi_sigma_value){ .json = v,
                                .field = field,
                                .is_null = hmi_json_kind_of(v) == HMI_JSON_NULL,
                                .next = set->fields[field].first_value };
    set->fields[field].first_value = (uint32_t)set->value_count;
}

static void leaf(flattening *f, hmi_value v, size_t len, size_t wrapped)
{
    hmi_sigma *set = f->set;
    uint32_t field = hmi_sigma_field_meant(set, hmi_text(f->name + wrapped, len - wrapped));
    if (field == UINT32_MAX && wrapped > 0) {
        field = hmi_sigma_field_meant(set, hmi_text(f->name, len));
    }
    if (field != UINT32_MAX && set->value_count - set->other_count < HMI_SIGMA_FIELDS_MAX) {
        add_value(set, field, v);
    } else if (field == UINT32_MAX && set->has_keywords &&
               set->other_count < HMI_SIGMA_FIELDS_MAX) {
        set->other_count++;
        add_value(set, 0, v);
    }
}

hm_text hmi_sigma_raw(hmi_sigma *set, hmi_sigma_value *value)
{
    if (value->raw.ptr == NULL) {
        hm_bytes raw = hmi_json_raw(value->json);
        value->raw = hmi_json_kind_of(value->json) == HMI_JSON_STRING
                         ? hmi_json_text(value->json, &set->scratch)
                         : hmi_text((const char *)raw.ptr, value->is_null ? 0 : raw.len);
    }
    if (value->raw.ptr == NULL) {
        set->starved = true;
        value->raw = (hm_text){ "", 0 };
    }
    return value->raw;
}

hm_text hmi_sigma_folded(hmi_sigma *set, hmi_sigma_value *value)
{
    if (value->folded.ptr == NULL) {
        value->folded = hmi_sigma_fold(&set->scratch, hmi_sigma_raw(set, value));
    }
    if (value->folded.ptr == NULL) {
        set->starved = true;
        value->folded = (hm_text){ "", 0 };
    }
    return value->folded;
}

hm_text hmi_sigma_first_raw(hmi_sigma *set, uint32_t field)
{
    uint32_t number = set->fields[field].first_value;
    return number != 0 ? hmi_sigma_raw(set, &set->values[number - 1]) : (hm_text){ "", 0 };
}

hm_text hmi_sigma_first_folded(hmi_sigma *set, uint32_t field)
{
    uint32_t number = set->fields[field].first_value;
    return number != 0 ? hmi_sigma_folded(set, &set->values[number - 1]) : (hm_text){ "", 0 };
}

static bool is_wrapper(hm_text key)
{
    for (size_t i = 0; i < HMI_COUNT(WRAPPERS); i++) {
        if (hmi_text_is(key, WRAPPERS[i])) {
            return true;
        }
    }
    return false;
}

static void walk(flattening *f, hmi_value v, size_t len, size_t wrapped, unsigned wrappers);

/* One member of an object whose name is the first `len` bytes of f->name. */
static void member(flattening *f, hmi_value v, hm_text key, size_t len, size_t wrapped,
                   unsigned wrappers)
{
    bool attributes = hmi_text_is(key, "#attributes") || hmi_text_is(key, "#text");
    bool dot = len > 0 && len != wrapped + 0 && !attributes;
    if (attributes) { /* Provider.#attributes.Name is Provider_Name */
        if (len > 0 && len < NAME_MAX_BYTES && hmi_text_is(key, "#attributes")) {
            f->name[len] = '_';
            len++;
        }
        walk(f, v, len, wrapped, 0);
        return;
    }
    if (dot && f->name[len - 1] != '_' && f->name[len - 1] != '.' && len < NAME_MAX_BYTES) {
        f->name[len++] = '.';
    }
    if (key.len > NAME_MAX_BYTES - 1 - len) {
        return;
    }
    memcpy(f->name + len, key.ptr, key.len);
    len += key.len;
    bool object = hmi_json_kind_of(v) == HMI_JSON_OBJECT;
    bool inside_user_data = wrappers == 2;
    if (object && (inside_user_data || (len - key.len == wrapped && is_wrapper(key)))) {
        f->name[len++] = '.';
        bool user = hmi_text_is(key, "UserData") || hmi_text_is(key, "user_data");
        walk(f, v, len, len, user ? 2 : 1);
        return;
    }
    walk(f, v, len, wrapped, 0);
}

static void walk(flattening *f, hmi_value v, size_t len, size_t wrapped, unsigned wrappers)
{
    hmi_json_kind kind = hmi_json_kind_of(v);
    if (kind != HMI_JSON_OBJECT && kind != HMI_JSON_ARRAY) {
        leaf(f, v, len, wrapped);
        return;
    }
    for (hmi_value c = hmi_json_first(v); hmi_json_is(c); c = hmi_json_next(c)) {
        if (kind == HMI_JSON_ARRAY) {
            walk(f, c, len, wrapped, 0);
        } else {
            member(f, c, hmi_json_key(c, &f->set->scratch), len, wrapped, wrappers);
        }
    }
}

int hmi_sigma_flatten(hmi_sigma *set, hmi_value event, hm_err *err)
{
    flattening f;
    f.set = set;
    if (set->values == NULL) {
        set->values = hmi_new_array(&set->arena, hmi_sigma_value, 2 * HMI_SIGMA_FIELDS_MAX);
        if (set->values == NULL) {
            return hmi_arena_fail(&set->arena, err);
        }
    }
    for (size_t i = 0; i < set->value_count; i++) {
        set->fields[set->values[i].field].first_value = 0;
    }
    hmi_arena_reset(&set->scratch);
    set->value_count = set->other_count = 0;
    set->starved = false;
    walk(&f, event, 0, 0, 0);
    return HM_OK;
}
