/* SPDX-License-Identifier: Apache-2.0
 *
 * finding_json.h - a finding as JSON: what --json prints, what the library hands out.
 *
 * The members and their meaning are a promise (docs/JSON.md); bits have three decimals and are the
 * same on every machine.
 */
#ifndef HMI_COMPARE_FINDING_JSON_H
#define HMI_COMPARE_FINDING_JSON_H

#include "base/json.h"
#include "compare/finding.h"

/* Evidence ids of one incident with their names, for "where was it seen". */
typedef struct hmi_evidence_names {
    const hmi_evidence *list; /* ascending by id */
    size_t count;
} hmi_evidence_names;
int hmi_evidence_names_load(hmi_store *store, hmi_arena *arena, int64_t incident,
                            hmi_evidence_names *ret, hm_err *err);
/* "?" for an id that is not there. */
hm_bytes hmi_evidence_name(const hmi_evidence_names *names, int64_t evidence);

/* "key": where a trait was seen, an array. */
void hmi_seen_json(hmi_json_writer *w, const char *key, const hmi_evidence_names *names,
                   const hmi_seen *seen, size_t count);

/* Appends one object. */
int hmi_finding_json(hmi_store *store, hmi_arena *arena, const hmi_finding *finding,
                     hmi_json_writer *w, hm_err *err);

#endif
