/* SPDX-License-Identifier: Apache-2.0
 *
 * export.c - hallmark export: an incident as a STIX 2.1 bundle, a list, or CSV, on standard output.
 *
 * WHY    The owner's own copy of what was found. Everything is marked with the TLP level that the
 *        owner names (STIX 2.1 section 7.2.1.4, TLP 2.0 as OASIS defined it), so that it never
 *        travels unmarked.
 * FORM   incident + one SCO a trait that STIX has an observable for + an observed-data that refers
 *        to the SCOs + a relationship between the two + the marking definition. SCO ids are
 *        deterministic (section 2.9), the rest is derived from the incident's own id by UUIDv5, so
 *        that the same state exports the same ids.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/nearest.h"
#include "cli/open.h"
#include "trait/stix_id.h"

typedef struct tlp {
    const char *name, *id, *label;
} tlp;

/* TLP 2.0 marking definitions, ids from the OASIS extension definition's common objects. */
static const tlp TLPS[] = {
    { "clear", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR" },
    { "green", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN" },
    { "amber", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER" },
    { "amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
      "TLP:AMBER+STRICT" },
    { "red", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED" },
};

typedef struct exporting {
    hmi_invocation *inv;
    const hmi_incident *incident;
    const hmi_class_row *only;
    hmi_incident_trait *traits;
    size_t count;
    const tlp *marking;
} exporting;

static bool wanted(const exporting *e, const hmi_incident_trait *t)
{
    const hmi_class_row *row = hmi_class_find((int)t->class_id);
    return row != NULL && row->group != HMI_GROUP_CLAIM && (e->only == NULL || e->only == row);
}

static const uint8_t *name_space(void)
{
    static const uint8_t HALLMARK[16] = { 0x6f, 0x2a, 0x1c, 0x5e, 0x8d, 0x40, 0x5b, 0x1e,
                                          0x9a, 0x7c, 0x31, 0x04, 0xee, 0x52, 0x90, 0x18 };
    return HALLMARK;
}

/* "type--uuid" that belongs to this incident and no other. */
static hm_text derived_id(const exporting *e, const char *type, char *ret, size_t size)
{
    char uuid[HMI_UUID_TEXT + 1], seed[128];
    snprintf(seed, sizeof(seed), "%s %.*s", type, HMI_FMT(e->incident->stix_id));
    hmi_uuid5(name_space(), hmi_bytes(seed, strlen(seed)), uuid);
    snprintf(ret, size, "%s--%s", type, uuid);
    return hmi_text_of(ret);
}

static void put_stix_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_stix_time(&text, us);
    hmi_json_member_text(w, key, hmi_buf_text(&text));
    hmi_buf_fini(&text);
}

/* The properties every SDO has. */
static void open_sdo(const exporting *e, hmi_json_writer *w, const char *type, hm_text id)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", hmi_text_of(type));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", id);
    put_stix_time(w, "created", e->incident->created_us);
    put_stix_time(w, "modified", e->incident->created_us);
    hmi_json_put_key(w, HM_TEXT("object_marking_refs"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, hmi_text_of(e->marking->id));
    hmi_json_close_array(w);
}

static void put_marking(const exporting *e, hmi_json_writer *w)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", HM_TEXT("marking-definition"));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", hmi_text_of(e->marking->id));
    hmi_json_member_text(w, "created", HM_TEXT("2022-10-01T00:00:00.000Z"));
    hmi_json_member_text(w, "name", hmi_text_of(e->marking->label));
    hmi_json_put_key(w, HM_TEXT("extensions"));
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"));
    hmi_json_open_object(w);
    hmi_json_member_text(w, "extension_type", HM_TEXT("property-extension"));
    hmi_json_member_text(w, "tlp_2_0", hmi_text_of(e->marking->name));
    hmi_json_close_object(w);
    hmi_json_close_object(w);
    hmi_json_close_object(w);
}

/* Puts each SCO; returns how many there were. */
static size_t put_observables(const exporting *e, hmi_json_writer *w)
{
    hmi_buf sco;
    hmi_buf_init(&sco, 0);
    size_t put = 0;
    for (size_t i = 0; i < e->count; i++) {
        hmi_buf_clear(&sco);
        if (wanted(e, &e->traits[i]) &&
            hmi_stix_observable(e->traits[i].class_id, e->traits[i].value, &sco, NULL) == HM_OK) {
            hmi_json_put_raw(w, hmi_buf_bytes(&sco));
            put++;
        }
    }
    hmi_buf_fini(&sco);
    return put;
}

static void put_observed(const exporting *e, hmi_json_writer *w)
{
    char id[80];
    hmi_buf ref;
    hmi_buf_init(&ref, 0);
    open_sdo(e, w, "observed-data", derived_id(e, "observed-data", id, sizeof(id)));
    put_stix_time(w, "first_observed", e->incident->created_us);
    put_stix_time(w, "last_observed", e->incident->created_us);
    hmi_json_member_uint(w, "number_observed", 1);
    hmi_json_put_key(w, HM_TEXT("object_refs"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < e->count; i++) {
        hmi_buf_clear(&ref);
        if (wanted(e, &e->traits[i]) &&
            hmi_stix_observable_id(e->traits[i].class_id, e->traits[i].value, &ref, NULL) ==
                HM_OK) {
            hmi_json_put_text(w, hmi_buf_text(&ref));
        }
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    hmi_buf_fini(&ref);
}

static void put_relationship(const exporting *e, hmi_json_writer *w)
{
    char id[80], observed[80];
    open_sdo(e, w, "relationship", derived_id(e, "relationship", id, sizeof(id)));
    hmi_json_member_text(w, "relationship_type", HM_TEXT("related-to"));
    hmi_json_member_text(w, "source_ref", e->incident->stix_id);
    hmi_json_member_text(w, "target_ref",
                         derived_id(e, "observed-data", observed, sizeof(observed)));
    hmi_json_close_object(w);
}

static void export_stix(const exporting *e)
{
    char id[80];
    hmi_json_writer *w = &e->inv->out->json;
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", HM_TEXT("bundle"));
    hmi_json_member_text(w, "id", derived_id(e, "bundle", id, sizeof(id)));
    hmi_json_put_key(w, HM_TEXT("objects"));
    hmi_json_open_array(w);
    put_marking(e, w);
    open_sdo(e, w, "incident", e->incident->stix_id);
    hmi_json_member_text(w, "name", e->incident->name);
    hmi_json_close_object(w);
    if (put_observables(e, w) > 0) {
        put_observed(e, w);
        put_relationship(e, w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    hmi_say(e->inv->out, "\n");
}

/* A cell that a spreadsheet would run as a formula gets an apostrophe in front; quotes doubled. */
static void put_cell(hmi_buf *buf, hm_text text)
{
    hmi_buf safe;
    hmi_buf_init(&safe, 0);
    hmi_buf_add_safe(&safe, hmi_text_bytes(text));
    hmi_buf_add_char(buf, '"');
    if (safe.len > 0 && strchr("=+-@", safe.ptr[0]) != NULL) {
        hmi_buf_add_char(buf, '\'');
    }
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.ptr[i] == '"') {
            hmi_buf_add_char(buf, '"');
        }
        hmi_buf_add_u8(buf, safe.ptr[i]);
    }
    hmi_buf_add_char(buf, '"');
    hmi_buf_fini(&safe);
}

static void export_csv(const exporting *e)
{
    hmi_buf *buf = &e->inv->out->buf;
    hmi_buf_printf(buf, "class,value,count,tlp\n");
    for (size_t i = 0; i < e->count; i++) {
        if (!wanted(e, &e->traits[i])) {
            continue;
        }
        hmi_buf_printf(buf, "%s,", hmi_class_find((int)e->traits[i].class_id)->name);
        put_cell(buf, e->traits[i].value);
        hmi_buf_printf(buf, ",%" PRIu64 ",%s\n", e->traits[i].count, e->marking->label);
    }
}

static bool is_plain(hm_text text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code = hmi_utf8_next(text, &at);
        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || hmi_is_hidden(code)) {
            return false;
        }
    }
    return true;
}

/* One value a line; values that could command a terminal or hold a line break are left out: written
 * another way they would be other values. */
static void export_list(const exporting *e)
{
    hmi_buf *buf = &e->inv->out->buf;
    hmi_buf_printf(buf, "# %s\n", e->marking->label);
    for (size_t i = 0; i < e->count; i++) {
        hm_text value = e->traits[i].value;
        if (wanted(e, &e->traits[i]) && is_plain(value)) {
            hmi_buf_add_text(buf, value);
            hmi_buf_add_char(buf, '\n');
        }
    }
}

static const struct {
    const char *name;
    void (*write)(const exporting *e);
} FORMATS[] = { { "stix", export_stix }, { "csv", export_csv }, { "list", export_list } };

static const tlp *find_tlp(const char *name)
{
    for (size_t i = 0; i < HMI_COUNT(TLPS); i++) {
        if (hmi_text_ieq(hmi_text_of(name), hmi_text_of(TLPS[i].name))) {
            return &TLPS[i];
        }
    }
    return NULL;
}

static int export_incident(exporting *e, hmi_store *store, size_t format)
{
    hm_err err = { 0 };
    if (hmi_incident_traits(store, e->inv->arena, e->incident->id, &e->traits, &e->count, &err) !=
        HM_OK) {
        return hmi_failed(e->inv, &err);
    }
    FORMATS[format].write(e);
    return HMI_EXIT_DONE;
}

static int run_export(hmi_invocation *inv)
{
    const char *format = hmi_given_text(inv, "format"), *level = hmi_given_text(inv, "tlp");
    const char *class_name = hmi_given_text(inv, "class");
    exporting e = { .inv = inv, .marking = find_tlp(level ? level : "amber+strict") };
    size_t chosen = 0;
    while (format != NULL && chosen < HMI_COUNT(FORMATS) &&
           strcmp(format, FORMATS[chosen].name) != 0) {
        chosen++;
    }
    if (chosen == HMI_COUNT(FORMATS)) {
        return hmi_usage_error(inv, "--format is stix, csv or list");
    }
    if (e.marking == NULL) {
        return hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
    }
    if (class_name != NULL && (e.only = hmi_class_by_name(hmi_text_of(class_name))) == NULL) {
        char meant[64];
        hmi_class_meant(class_name, meant, sizeof(meant));
        return hmi_usage_error(inv, "there is no trait class \"%s\"%s", class_name, meant);
    }
    hmi_store *store = NULL;
    hmi_incident incident;
    int code = 0;
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        e.incident = &incident;
        code = export_incident(&e, store, chosen);
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option EXPORT_OPTIONS[] = {
    { "format", "FORMAT", "stix (default), csv or list", 'f', false },
    { "class", "CLASS", "only traits of this class", 0, false },
    { "tlp", "LEVEL", "clear, green, amber, amber+strict (default) or red", 0, false },
    { 0 },
};

const hmi_command hmi_command_export = {
    .name = "export",
    .operands = "INCIDENT",
    .summary = "write an incident's traits as STIX 2.1, CSV or a list",
    .about = "Writes to standard output. *stix* gives a bundle with the incident, its observables "
             "with deterministic ids, and the TLP 2.0 marking; traits that STIX has no observable "
             "for are left out. *csv* has every trait; cells that a spreadsheet would run as a "
             "formula are disarmed. *list* has one value a line."
             "\n\n"
             "Nothing is sent anywhere. What you do with the file is up to you and its marking.",
    .examples = "  hallmark export seoul-2013 > seoul-2013.json\n"
                "  hallmark export seoul-2013 --format list --class domain --tlp green\n",
    .options = EXPORT_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_export,
};
