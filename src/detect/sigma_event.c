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
    bool everything; /* keywords look at every value */
    hm_err *err;
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

static int add_value(flattening *f, uint32_t field, hmi_value v)
{
    hmi_sigma *set = f->set;
    hmi_sigma_value *values = hmi_arena_grow(&set->scratch, set->values, set->value_count,
                                             &set->value_capacity, sizeof(*values));
    if (values == NULL) {
        return hmi_arena_fail(&set->scratch, f->err);
    }
    set->values = values;
    hmi_sigma_value value = { .field = field };
    hm_bytes raw = hmi_json_raw(v);
    value.is_null = hmi_json_kind_of(v) == HMI_JSON_NULL;
    value.raw = hmi_json_kind_of(v) == HMI_JSON_STRING
                    ? hmi_json_text(v, &set->scratch)
                    : hmi_text((const char *)raw.ptr, value.is_null ? 0 : raw.len);
    value.folded = value.raw.ptr != NULL ? hmi_sigma_fold(&set->scratch, value.raw) : value.raw;
    if (value.folded.ptr == NULL) {
        return hmi_arena_fail(&set->scratch, f->err);
    }
    value.next = set->fields[field].first_value;
    set->fields[field].first_value = (uint32_t)set->value_count + 1;
    values[set->value_count++] = value;
    return HM_OK;
}

static int leaf(flattening *f, hmi_value v, size_t len, size_t wrapped)
{
    hmi_sigma *set = f->set;
    if (set->value_count >= HMI_SIGMA_FIELDS_MAX) {
        return HM_OK;
    }
    hm_text inner = hmi_text(f->name + wrapped, len - wrapped);
    uint32_t field = hmi_sigma_table_find(&set->field_table, hmi_sigma_field_key(set, inner));
    if (field == UINT32_MAX && wrapped > 0) {
        field = hmi_sigma_table_find(&set->field_table,
                                     hmi_sigma_field_key(set, hmi_text(f->name, len)));
    }
    if (field == UINT32_MAX && !f->everything) {
        return HM_OK;
    }
    return add_value(f, field == UINT32_MAX ? 0 : field, v);
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

static int walk(flattening *f, hmi_value v, size_t len, size_t wrapped, unsigned wrappers);

/* One member of an object whose name is the first `len` bytes of f->name. */
static int member(flattening *f, hmi_value v, hm_text key, size_t len, size_t wrapped,
                  unsigned wrappers)
{
    bool attributes = hmi_text_is(key, "#attributes") || hmi_text_is(key, "#text");
    bool dot = len > 0 && len != wrapped + 0 && !attributes;
    if (attributes) { /* Provider.#attributes.Name is Provider_Name */
        if (len > 0 && len < NAME_MAX_BYTES && hmi_text_is(key, "#attributes")) {
            f->name[len] = '_';
            len++;
        }
        return walk(f, v, len, wrapped, 0);
    }
    if (dot && f->name[len - 1] != '_' && f->name[len - 1] != '.' && len < NAME_MAX_BYTES) {
        f->name[len++] = '.';
    }
    if (key.len > NAME_MAX_BYTES - 1 - len) {
        return HM_OK;
    }
    memcpy(f->name + len, key.ptr, key.len);
    len += key.len;
    bool object = hmi_json_kind_of(v) == HMI_JSON_OBJECT;
    bool inside_user_data = wrappers == 2;
    if (object && (inside_user_data || (len - key.len == wrapped && is_wrapper(key)))) {
        f->name[len++] = '.';
        bool user = hmi_text_is(key, "UserData") || hmi_text_is(key, "user_data");
        return walk(f, v, len, len, user ? 2 : 1);
    }
    return walk(f, v, len, wrapped, 0);
}

static int walk(flattening *f, hmi_value v, size_t len, size_t wrapped, unsigned wrappers)
{
    hmi_json_kind kind = hmi_json_kind_of(v);
    if (kind != HMI_JSON_OBJECT && kind != HMI_JSON_ARRAY) {
        return leaf(f, v, len, wrapped);
    }
    for (hmi_value c = hmi_json_first(v); hmi_json_is(c); c = hmi_json_next(c)) {
        if (kind == HMI_JSON_ARRAY) {
            HMI_TRY(walk(f, c, len, wrapped, 0));
        } else {
            HMI_TRY(member(f, c, hmi_json_key(c, &f->set->scratch), len, wrapped, wrappers));
        }
    }
    return HM_OK;
}

int hmi_sigma_flatten(hmi_sigma *set, hmi_value event, bool everything, hm_err *err)
{
    flattening f;
    f.set = set;
    f.err = err;
    f.everything = everything;
    for (size_t i = 0; i < set->value_count; i++) {
        set->fields[set->values[i].field].first_value = 0;
    }
    hmi_arena_reset(&set->scratch);
    set->values = NULL;
    set->value_count = set->value_capacity = 0;
    return walk(&f, event, 0, 0, 0);
}
