/* SPDX-License-Identifier: Apache-2.0
 *
 * export_plain.c - an incident as a STIX 2.1 bundle, as CSV, as a list.
 *
 * WHY    Everything is marked with the TLP level that the owner names (STIX 2.1 section 7.2.1.4,
 *        TLP 2.0 as OASIS defined it), so that it never travels unmarked.
 * FORM   STIX: incident + one SCO a trait that STIX has an observable for + an observed-data that
 *        refers to the SCOs + a relationship between the two + the marking definition. SCO ids are
 *        deterministic (section 2.9), the rest is derived from the incident's own id by UUIDv5, so
 *        that the same state exports the same ids.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "tell/export.h"
#include "tell/stix_head.h"
#include "trait/stix_id.h"

/* ---- STIX */

/* "type--uuid" that belongs to this incident and no other. */
static hm_text derived_id(const hmi_export *e, const char *type, char *ret, size_t size)
{
    static const uint8_t SPACE[16] = { 0x6f, 0x2a, 0x1c, 0x5e, 0x8d, 0x40, 0x5b, 0x1e,
                                       0x9a, 0x7c, 0x31, 0x04, 0xee, 0x52, 0x90, 0x18 };
    char uuid[HMI_UUID_TEXT + 1], seed[128];
    snprintf(seed, sizeof(seed), "%s %.*s", type, HMI_FMT(e->incident->stix_id));
    hmi_uuid5(SPACE, hmi_bytes(seed, strlen(seed)), uuid);
    snprintf(ret, size, "%s--%s", type, uuid);
    return hmi_text_of(ret);
}

static void open_sdo(const hmi_export *e, hmi_json_writer *w, const char *type, hm_text id)
{
    hmi_stix_open(w, type, id, e->incident->created_us, e->tlp);
}

/* Puts each SCO; returns how many there were. */
static size_t put_observables(const hmi_export *e, hmi_json_writer *w)
{
    hmi_buf sco;
    hmi_buf_init(&sco, 0);
    size_t put = 0;
    for (size_t i = 0; i < e->count; i++) {
        hmi_buf_clear(&sco);
        if (hmi_stix_observable(e->traits[i].class_id, e->traits[i].value, &sco, NULL) == HM_OK) {
            hmi_json_put_raw(w, hmi_buf_bytes(&sco));
            put++;
        }
    }
    hmi_buf_fini(&sco);
    return put;
}

static void put_observed(const hmi_export *e, hmi_json_writer *w)
{
    char id[80];
    hmi_buf ref;
    hmi_buf_init(&ref, 0);
    open_sdo(e, w, "observed-data", derived_id(e, "observed-data", id, sizeof(id)));
    hmi_stix_member_time(w, "first_observed", e->incident->created_us);
    hmi_stix_member_time(w, "last_observed", e->incident->created_us);
    hmi_json_member_uint(w, "number_observed", 1);
    hmi_json_put_key(w, HM_TEXT("object_refs"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < e->count; i++) {
        hmi_buf_clear(&ref);
        if (hmi_stix_observable_id(e->traits[i].class_id, e->traits[i].value, &ref, NULL) ==
            HM_OK) {
            hmi_json_put_text(w, hmi_buf_text(&ref));
        }
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    hmi_buf_fini(&ref);
}

static void put_relationship(const hmi_export *e, hmi_json_writer *w)
{
    char id[80], observed[80];
    open_sdo(e, w, "relationship", derived_id(e, "relationship", id, sizeof(id)));
    hmi_json_member_text(w, "relationship_type", HM_TEXT("related-to"));
    hmi_json_member_text(w, "source_ref", e->incident->stix_id);
    hmi_json_member_text(w, "target_ref",
                         derived_id(e, "observed-data", observed, sizeof(observed)));
    hmi_json_close_object(w);
}

int hmi_export_stix(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    char id[80];
    hmi_json_writer w;
    hmi_json_begin(&w, out, true);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "type", HM_TEXT("bundle"));
    hmi_json_member_text(&w, "id", derived_id(e, "bundle", id, sizeof(id)));
    hmi_json_put_key(&w, HM_TEXT("objects"));
    hmi_json_open_array(&w);
    hmi_stix_marking(&w, e->tlp);
    open_sdo(e, &w, "incident", e->incident->stix_id);
    hmi_json_member_text(&w, "name", e->incident->name);
    hmi_json_close_object(&w);
    if (put_observables(e, &w) > 0) {
        put_observed(e, &w);
        put_relationship(e, &w);
    }
    hmi_json_close_array(&w);
    hmi_json_close_object(&w);
    hmi_buf_add_char(out, '\n');
    return hmi_buf_check(out, err);
}

/* ---- CSV */

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

int hmi_export_csv(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    hmi_buf_add_cstr(out, "class,value,count,tlp\n");
    for (size_t i = 0; i < e->count; i++) {
        hmi_buf_printf(out, "%s,", hmi_class_find((int)e->traits[i].class_id)->name);
        put_cell(out, e->traits[i].value);
        hmi_buf_printf(out, ",%" PRIu64 ",%s\n", e->traits[i].count, e->tlp->name);
    }
    return hmi_buf_check(out, err);
}

/* ---- A list */

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
int hmi_export_list(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    hmi_buf_printf(out, "# %s\n", e->tlp->name);
    for (size_t i = 0; i < e->count; i++) {
        if (is_plain(e->traits[i].value)) {
            hmi_buf_add_text(out, e->traits[i].value);
            hmi_buf_add_char(out, '\n');
        }
    }
    return hmi_buf_check(out, err);
}
