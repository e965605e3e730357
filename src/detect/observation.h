/* SPDX-License-Identifier: Apache-2.0
 *
 * observation.h - STIX observed-data, ready to be asked by patterns.
 *
 * Understood: an observed-data object of STIX 2.0 (with "objects"), a bundle of 2.1 (with
 * "object_refs"), arrays of either, several of them together: objects of one may be referred to
 * by another. The values point into the JSON documents: keep them.
 */
#ifndef HMI_DETECT_OBSERVATION_H
#define HMI_DETECT_OBSERVATION_H

#include "base/json.h"

enum {
    HMI_OBSERVATIONS_MAX = 1 << 20,
    HMI_OBSERVATION_OBJECTS_MAX = 1 << 20 /* of one observation */
};

typedef struct hmi_observed_object {
    hm_text id; /* key in "objects", or "id" */
    hm_text type;
    hmi_value value;
} hmi_observed_object;

typedef struct hmi_observation {
    hm_text id; /* empty where 2.0 has none */
    int64_t first_us, last_us;
    uint64_t number;              /* how often it was observed */
    hmi_observed_object *objects; /* by id */
    size_t object_count;
    size_t order; /* 0, 1, ... as they were added */
} hmi_observation;

typedef struct hmi_observations hmi_observations;

hmi_observations *hmi_observations_new(hmi_arena *arena); /* NULL: the arena refused */
/* Takes one parsed document. HM_E_MALFORMED names the object and what it lacks. */
int hmi_observations_add(hmi_observations *observations, hmi_value document, hm_err *err);
/* When all documents were added: resolves references. HM_E_NOT_FOUND when there is none at all. */
int hmi_observations_settle(hmi_observations *observations, const hmi_observation **ret_list,
                            size_t *ret_count, hm_err *err);
/* The object with this id within one observation; NULL if there is none. */
const hmi_observed_object *hmi_observed_find(const hmi_observation *observation, hm_text id);

#endif
