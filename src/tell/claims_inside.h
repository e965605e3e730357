/* SPDX-License-Identifier: Apache-2.0
 *
 * claims_inside.h - what claims.c and claims_stix.c share.
 */
#ifndef HMI_TELL_CLAIMS_INSIDE_H
#define HMI_TELL_CLAIMS_INSIDE_H

#include "base/json.h"
#include "tell/claims.h"

typedef struct hmi_claiming {
    hmi_store *store;
    hmi_arena *arena;
    hmi_json *json, *other; /* the object in hand; one it refers to */
    hmi_told *list;
    size_t count, capacity;
    bool cut;
    hm_text *names; /* actors any object names; gathered when an opinion needs them */
    size_t name_count;
    bool names_known;
} hmi_claiming;

int hmi_claiming_add(hmi_claiming *c, const hmi_told *told, hm_err *err);
/* What one object claims. `incident` is the one it came with, or NULL: then only what it says of
 * known incidents by id counts. */
int hmi_claiming_object(hmi_claiming *c, const hmi_stored_object *object,
                        const hmi_incident *incident, const hmi_sha256 *document, hm_err *err);
/* Opinions are about what other objects claim: call it after the others are in the list. */
int hmi_claiming_opinion(hmi_claiming *c, const hmi_stored_object *object,
                         const hmi_incident *incident, const hmi_sha256 *document, hm_err *err);

#endif
