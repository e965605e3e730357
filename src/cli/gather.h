/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.h - what an incident has of its own, as against what was only read in somebody's report.
 */
#ifndef HMI_CLI_GATHER_H
#define HMI_CLI_GATHER_H

#include "casebook/store.h"

/* Each trait that was seen in evidence which is no report. A negative code of `each` ends it. */
int hmi_each_home_trait(hmi_store *store, hmi_arena *arena, int64_t incident,
                        int (*each)(void *with, const hmi_incident_trait *trait, hm_err *err),
                        void *with, hm_err *err);

#endif
