/* SPDX-License-Identifier: Apache-2.0
 *
 * incident_json.c - incidents, evidence and traits, for programs.
 *
 * WHY    The command line, the library and the page must tell one and the same in the same words.
 * TRUST  Names, reasons and notes hold what attackers wrote: they leave as JSON text, repaired
 *        where they are none.
 */
#include "tell/incident_json.h"

#include "base/num.h"
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

void hmi_evidence_json_members(hmi_json_writer *w, const hmi_evidence *e, const char *verdict)
{
    char hex[65];
    hmi_hex(hmi_bytes(e->sha256.bytes, sizeof(e->sha256.bytes)), hex);
    hmi_json_put_key(w, HM_TEXT("name"));
    hmi_json_put_lossy(w, e->name);
    hmi_json_member_text(w, "sha256", hmi_text_of(hex));
    hmi_json_member_uint(w, "size", e->size);
    hmi_json_member_text(w, "format", e->format);
    hmi_json_member_text(w, "verdict", hmi_text_of(verdict));
    if (e->reason.len > 0) {
        hmi_json_member_text(w, "reason", e->reason);
    }
    hmi_json_member_time(w, "added", e->added_us);
    hmi_json_member_uint(w, "traits", e->trait_count);
    hmi_json_member_bool(w, "kept", e->kept);
}

void hmi_evidence_notes_json(hmi_json_writer *w, const hmi_evidence_note *notes, size_t count)
{
    /* The words of `stix validate` and of every log; a number from a casebook may be any. */
    static const char *const SEVERITIES[] = { "info", "warning", "error" };
    hmi_json_put_key(w, HM_TEXT("notes"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        size_t severity = hmi_min((size_t)notes[i].severity, HMI_COUNT(SEVERITIES) - 1);
        hmi_json_open_object(w);
        hmi_json_member_text(w, "severity", hmi_text_of(SEVERITIES[severity]));
        hmi_json_member_text(w, "code", hmi_text_of(hm_code_name(notes[i].code)));
        if (notes[i].offset != HM_OFFSET_NONE) {
            hmi_json_member_uint(w, "offset", notes[i].offset);
        }
        hmi_json_member_text(w, "text", notes[i].text);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

void hmi_evidence_facts_json(hmi_json_writer *w, const hmi_evidence_fact *facts, size_t count)
{
    hmi_json_put_key(w, HM_TEXT("facts"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "name", facts[i].name);
        hmi_json_member_text(w, "value", facts[i].value);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}
