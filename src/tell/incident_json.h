/* SPDX-License-Identifier: Apache-2.0
 *
 * incident_json.h - incidents, evidence and traits as JSON: what --json prints, what the library
 *                   hands out, what the page is answered.
 */
#ifndef HMI_TELL_INCIDENT_JSON_H
#define HMI_TELL_INCIDENT_JSON_H

#include "base/json.h"
#include "casebook/store.h"

/* Each appends one object; the members are a promise (docs/JSON.md). */
void hmi_incident_json(hmi_json_writer *w, const hmi_incident *incident);
void hmi_trait_json(hmi_json_writer *w, const hmi_class_row *row, const hmi_incident_trait *trait);

/* Members of an object that the caller has opened and closes: "name" (repaired to UTF-8), "sha256",
 * "size" (bytes), "format", "verdict", "reason" (only where there is one), "added", "traits",
 * "kept". `verdict` is the name of the evidence's verdict, which only the jail's room knows. */
void hmi_evidence_json_members(hmi_json_writer *w, const hmi_evidence *evidence,
                               const char *verdict);
/* "notes": [{severity: info | warning | error, code, offset (bytes; only where known), text}]. */
void hmi_evidence_notes_json(hmi_json_writer *w, const hmi_evidence_note *notes, size_t count);
/* "facts": [{name, value}]. */
void hmi_evidence_facts_json(hmi_json_writer *w, const hmi_evidence_fact *facts, size_t count);
/* "key": a moment in RFC 3339. */
void hmi_json_member_time(hmi_json_writer *w, const char *key, int64_t us);

#endif
