/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.c - traits of an incident's own evidence.
 *
 * WHY    What was only read in a report is the report's author's to give.
 */
#include "cli/gather.h"

#include "base/error.h"
#include "tell/outgoing.h"

/* Was the trait seen in evidence that is no report? */
static int seen_at_home(hmi_store *store, hmi_arena *arena, int64_t incident, int64_t trait,
                        const hmi_evidence *evidence, size_t evidence_count, bool *ret, hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t count = 0;
    *ret = false;
    int code = hmi_trait_seen(store, arena, incident, trait, &seen, &count, err);
    for (size_t i = 0; code == HM_OK && i < count && !*ret; i++) {
        for (size_t k = 0; k < evidence_count; k++) {
            *ret |= evidence[k].id == seen[i].evidence && !hmi_is_report(evidence[k].format);
        }
    }
    return code;
}

int hmi_each_home_trait(hmi_store *store, hmi_arena *arena, int64_t incident,
                        int (*each)(void *with, const hmi_incident_trait *trait, hm_err *err),
                        void *with, hm_err *err)
{
    hmi_incident_trait *traits = NULL;
    hmi_evidence *evidence = NULL;
    size_t count = 0, evidence_count = 0;
    HMI_TRY(hmi_evidence_list(store, arena, incident, &evidence, &evidence_count, err));
    HMI_TRY(hmi_incident_traits(store, arena, incident, &traits, &count, err));
    hmi_arena scratch;
    int code = HM_OK;
    hmi_arena_init(&scratch, 64 << 20);
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        bool home = false;
        code = seen_at_home(store, &scratch, incident, traits[i].id, evidence, evidence_count,
                            &home, err);
        if (code == HM_OK && home) {
            code = each(with, &traits[i], err);
        }
        hmi_arena_reset(&scratch);
    }
    hmi_arena_fini(&scratch);
    return code;
}
