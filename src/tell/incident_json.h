/* SPDX-License-Identifier: Apache-2.0
 *
 * incident_json.h - incidents and traits as JSON: what --json prints, what the library hands out.
 */
#ifndef HMI_TELL_INCIDENT_JSON_H
#define HMI_TELL_INCIDENT_JSON_H

#include "base/json.h"
#include "casebook/store.h"

/* Each appends one object; the members are a promise (docs/JSON.md). */
void hmi_incident_json(hmi_json_writer *w, const hmi_incident *incident);
void hmi_trait_json(hmi_json_writer *w, const hmi_class_row *row, const hmi_incident_trait *trait);
/* "key": a moment in RFC 3339. */
void hmi_json_member_time(hmi_json_writer *w, const char *key, int64_t us);

#endif
