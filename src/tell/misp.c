/* SPDX-License-Identifier: Apache-2.0
 *
 * misp.c - an incident as a MISP event, and the manifest of a feed of such events.
 *
 * WHY    Partners who work with MISP take events, and a folder of them with a manifest is a feed.
 * FORM   One attribute for each trait that MISP has a type for (trait/misp.h); techniques and tools
 *        are tags; the TLP level is a tag and decides the distribution, never wider than it says:
 *        CLEAR all communities, GREEN this community, others the organisation. What MISP has no
 * type for stands counted in an attribute of type comment: a loss is said, not hidden. Ids are
 * derived from the incident's, so that the same state gives the same event again. TRUST  Values go
 * through the JSON writer. A manifest that is there is anybody's: entries of it are copied only
 * when it parses. OWNS   Nothing.
 */
#include "tell/export.h"

#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "trait/misp.h"
#include "trait/stix_id.h"

enum { SECOND_US = 1000000 };

static void member_number_text(hmi_json_writer *w, const char *key, int64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)number);
    hmi_json_member_text(w, key, hmi_text_of(text));
}

static void member_date(hmi_json_writer *w, const char *key, int64_t us)
{
    char text[24];
    hmi_civil c = hmi_us_to_civil(us);
    snprintf(text, sizeof(text), "%04d-%02d-%02d", c.year, c.month, c.day);
    hmi_json_member_text(w, key, hmi_text_of(text));
}

static void put_tag(hmi_json_writer *w, hm_text name)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "name", name);
    hmi_json_close_object(w);
}

static void put_tags(const hmi_export *e, hmi_json_writer *w)
{
    hmi_buf name;
    hmi_buf_init(&name, 0);
    hmi_json_put_key(w, HM_TEXT("Tag"));
    hmi_json_open_array(w);
    hmi_buf_printf(&name, "tlp:%s", e->tlp->value);
    put_tag(w, hmi_buf_text(&name));
    for (size_t i = 0; i < e->count; i++) {
        const hmi_incident_trait *t = &e->traits[i];
        if (t->class_id == HMI_TECHNIQUE || t->class_id == HMI_TOOL) {
            hmi_buf_clear(&name);
            hmi_buf_printf(&name, "misp-galaxy:%s=\"",
                           t->class_id == HMI_TECHNIQUE ? "mitre-attack-pattern" : "tool");
            hmi_buf_add_text(&name, t->value);
            hmi_buf_add_char(&name, '"');
            put_tag(w, hmi_buf_text(&name));
        }
    }
    hmi_json_close_array(w);
    hmi_buf_fini(&name);
}

/* The head that events and their manifest share. */
static void put_head(const hmi_export *e, hmi_json_writer *w)
{
    static const char *const WIDTH[HMI_TLP_COUNT] = { [HMI_TLP_CLEAR] = "3",
                                                      [HMI_TLP_GREEN] = "1",
                                                      [HMI_TLP_AMBER] = "0",
                                                      [HMI_TLP_AMBER_STRICT] = "0",
                                                      [HMI_TLP_RED] = "0" };
    hmi_json_member_text(w, "info", hmi_export_title(e));
    member_date(w, "date", e->incident->created_us);
    member_number_text(w, "timestamp", e->incident->created_us / SECOND_US);
    hmi_json_member_text(w, "threat_level_id", HM_TEXT("4")); /* undefined */
    hmi_json_member_text(w, "analysis", HM_TEXT("0"));
    hmi_json_member_text(w, "distribution", hmi_text_of(WIDTH[e->tlp->level]));
    hmi_json_put_key(w, HM_TEXT("Orgc"));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "name", HM_TEXT("Hallmark"));
    hmi_json_member_text(w, "uuid", HM_TEXT("0f6c9d9c-6f6e-5b1c-9a55-3b1df0a1c0d5"));
    hmi_json_close_object(w);
    put_tags(e, w);
}

static hm_text value_of(const hmi_incident_trait *t)
{
    /* Import hashes name their kind in front; MISP's are those of PE files. */
    static const hm_text PE = HM_TEXT_INIT("imphash:");
    return t->class_id == HMI_IMPORT_HASH && hmi_text_istarts(t->value, PE)
               ? hmi_text_slice(t->value, PE.len, t->value.len)
               : t->value;
}

static const hmi_misp_type *type_of(const hmi_incident_trait *t)
{
    bool foreign = t->class_id == HMI_IMPORT_HASH &&
                   hmi_find_byte(hmi_text_bytes(value_of(t)), ':') != HMI_NPOS;
    return foreign ? NULL : hmi_misp_type_of(t->class_id);
}

static void put_attribute(const hmi_export *e, hmi_json_writer *w, const char *type,
                          const char *category, hm_text value, bool to_ids)
{
    char uuid[HMI_UUID_TEXT + 1];
    hmi_buf what;
    hmi_buf_init(&what, 0);
    hmi_buf_printf(&what, "misp %s ", type);
    hmi_buf_add_text(&what, value);
    hmi_buf_add_char(&what, '\0');
    hmi_export_uuid(e, what.bad == 0 ? (const char *)what.ptr : type, uuid);
    hmi_buf_fini(&what);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "uuid", hmi_text_of(uuid));
    hmi_json_member_text(w, "type", hmi_text_of(type));
    hmi_json_member_text(w, "category", hmi_text_of(category));
    hmi_json_member_text(w, "value", value);
    hmi_json_member_bool(w, "to_ids", to_ids);
    hmi_json_member_text(w, "distribution", HM_TEXT("5")); /* as the event */
    member_number_text(w, "timestamp", e->incident->created_us / SECOND_US);
    hmi_json_close_object(w);
}

int hmi_export_misp_loss(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    uint32_t lost[HMI_CLASS_MAX + 1] = { 0 };
    size_t from = out->len;
    for (size_t i = 0; i < e->count; i++) {
        const hmi_incident_trait *t = &e->traits[i];
        bool tag = t->class_id == HMI_TECHNIQUE || t->class_id == HMI_TOOL;
        lost[t->class_id] += !tag && type_of(t) == NULL;
    }
    for (int id = 0; id <= HMI_CLASS_MAX; id++) {
        if (lost[id] > 0) {
            hmi_buf_printf(out, "%s%u of class %s", out->len > from ? ", " : "", lost[id],
                           hmi_class_find(id)->name);
        }
    }
    return hmi_buf_check(out, err);
}

/* What MISP has no type for, counted by class, where whoever reads the event finds it. */
static void put_loss(const hmi_export *e, hmi_json_writer *w)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    if (hmi_export_misp_loss(e, &text, NULL) == HM_OK && text.len > 0) {
        hmi_buf_add_cstr(&text, ": MISP has no type for them, left out");
        put_attribute(e, w, "comment", "Other", hmi_buf_text(&text), false);
    }
    hmi_buf_fini(&text);
}

int hmi_export_misp(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    char uuid[HMI_UUID_TEXT + 1];
    hmi_json_writer w;
    hmi_export_uuid(e, "misp event", uuid);
    hmi_json_begin(&w, out, true);
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("Event"));
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "uuid", hmi_text_of(uuid));
    put_head(e, &w);
    hmi_json_member_bool(&w, "published", false);
    hmi_json_put_key(&w, HM_TEXT("Attribute"));
    hmi_json_open_array(&w);
    for (size_t i = 0; i < e->count; i++) {
        const hmi_incident_trait *t = &e->traits[i];
        const hmi_misp_type *type = type_of(t);
        if (type != NULL) {
            bool to_ids = (t->roles >> HMI_ROLE_INDICATED & 1) != 0 &&
                          !hmi_trait_is_noise(t->class_id, t->value, NULL);
            put_attribute(e, &w, type->name, type->category, value_of(t), to_ids);
        }
    }
    put_loss(e, &w);
    hmi_json_close_array(&w);
    hmi_json_close_object(&w);
    hmi_json_close_object(&w);
    hmi_buf_add_char(out, '\n');
    return hmi_buf_check(out, err);
}

void hmi_export_misp_name(const hmi_export *e, char ret[HMI_EXPORT_MISP_NAME])
{
    char uuid[HMI_UUID_TEXT + 1];
    hmi_export_uuid(e, "misp event", uuid);
    snprintf(ret, HMI_EXPORT_MISP_NAME, "%s.json", uuid);
}

int hmi_export_misp_manifest(const hmi_export *e, hm_bytes before, hmi_buf *out, hm_err *err)
{
    char uuid[HMI_UUID_TEXT + 1];
    hmi_json *json = NULL;
    hmi_json_writer w;
    hmi_value root = { NULL, 0 };
    HMI_TRY(hmi_json_new(&json, err));
    if (before.len > 0) {
        int code = hmi_json_parse(json, before, 0, &root, err);
        code = code == HM_OK && hmi_json_kind_of(root) != HMI_JSON_OBJECT
                   ? hmi_fail(err, HM_E_MALFORMED, 0, "it is no manifest")
                   : code;
        if (code != HM_OK) {
            hmi_json_free(json);
            return hmi_fail_in(err, "the feed's manifest");
        }
    }
    hmi_export_uuid(e, "misp event", uuid);
    hmi_json_begin(&w, out, true);
    hmi_json_open_object(&w);
    for (hmi_value v = hmi_json_first(root); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, e->arena);
        if (!hmi_text_is(key, uuid)) {
            hmi_json_put_key(&w, key);
            hmi_json_put_raw(&w, hmi_json_raw(v));
        }
    }
    hmi_json_put_key(&w, hmi_text_of(uuid));
    hmi_json_open_object(&w);
    put_head(e, &w);
    hmi_json_close_object(&w);
    hmi_json_close_object(&w);
    hmi_buf_add_char(out, '\n');
    hmi_json_free(json);
    return hmi_buf_check(out, err);
}
