/* SPDX-License-Identifier: Apache-2.0
 *
 * incident_json.c - incidents and traits, for programs.
 *
 * WHY    The command line and the library must tell one and the same.
 */
#include "tell/incident_json.h"

#include "base/time.h"

void hmi_json_member_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_time(&text, us);
    hmi_json_member_text(w, key, hmi_buf_text(&text));
    hmi_buf_fini(&text);
}

void hmi_incident_json(hmi_json_writer *w, const hmi_incident *i)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "name", i->name);
    hmi_json_member_text(w, "id", i->stix_id);
    hmi_json_member_time(w, "created", i->created_us);
    hmi_json_member_uint(w, "evidence", i->evidence_count);
    hmi_json_member_uint(w, "traits", i->trait_count);
    hmi_json_close_object(w);
}

void hmi_trait_json(hmi_json_writer *w, const hmi_class_row *row, const hmi_incident_trait *trait)
{
    char key[33];
    hmi_hex(hmi_bytes(trait->key.bytes, sizeof(trait->key.bytes)), key);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "class", hmi_text_of(row->name));
    hmi_json_member_text(w, "value", trait->value);
    hmi_json_member_text(w, "key", hmi_text_of(key));
    hmi_json_member_uint(w, "count", trait->count);
    hmi_json_close_object(w);
}
