/* SPDX-License-Identifier: Apache-2.0
 *
 * recall.h - calling back what was given: who owes an answer, and what they are told.
 *
 * A recall is an entry of the memory; it creates one obligation per partner who holds a copy. What
 * was recalled is not given again. A partner is told with a STIX bundle: a new version with
 * "revoked": true of each object that we may revise, and a note that names all of them.
 */
#ifndef HMI_GIVEN_RECALL_H
#define HMI_GIVEN_RECALL_H

#include "base/json.h"
#include "given/giver.h"
#include "share/release.h"

enum { HMI_RECALL_OBJECTS_MAX = 100000 };

typedef enum hmi_debt {
    HMI_DEBT_OPEN,
    HMI_DEBT_SENT,
    HMI_DEBT_OVERDUE, /* not acknowledged when it was due */
    HMI_DEBT_ACKNOWLEDGED
} hmi_debt;
hmi_debt hmi_debt_of(const hmi_obligation *obligation, int64_t now_us);
const char *hmi_debt_name(hmi_debt debt);

/* Calls back everything in `copies` from everybody in it. HM_E_NOT_FOUND when that is nobody. */
int hmi_recall(hmi_giver *giver, hmi_arena *arena, const hmi_given_copy *copies, size_t count,
               hm_text incident, hm_text reason, int64_t due_us, uint64_t *ret_recall, hm_err *err);
/* The partner was told, or said that it is done. HM_E_NOT_FOUND when nothing is owed. */
int hmi_recall_mark(hmi_giver *giver, uint64_t recall, hm_text partner, bool acknowledged,
                    hm_text words, hm_err *err);

typedef struct hmi_recall_notice {
    uint64_t recall;
    hm_text identity; /* objects with this created_by_ref are ours to revoke; empty: none is */
    const hmi_policy *policy;
    const hmi_partner *partner;
    hmi_purpose purpose;
} hmi_recall_notice;
/* What the partner is told: candidates that went through the release rules. The same at each call.
 */
int hmi_recall_objects(hmi_store *store, hmi_json *json, const hmi_recall_notice *notice,
                       hmi_arena *arena, hmi_release_object **ret, size_t *ret_count, hm_err *err);

#endif
