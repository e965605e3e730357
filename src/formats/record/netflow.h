/* SPDX-License-Identifier: Apache-2.0
 *
 * netflow.h - exported flows: NetFlow 5 and 9, IPFIX.
 */
#ifndef HMI_FORMATS_NETFLOW_H
#define HMI_FORMATS_NETFLOW_H

#include "formats/record/event.h"

enum {
    HMI_NETFLOW_TEMPLATES_MAX = 4096, /* of one file */
    HMI_NETFLOW_FIELDS_MAX = 256      /* of one template */
};

typedef struct hmi_netflow_sums {
    uint64_t messages, flows, templates;
    uint64_t unknown, first_unknown; /* sets whose template is not in the file */
    uint64_t damaged, first_damaged;
    int64_t first_us, last_us;
} hmi_netflow_sums;

int hmi_netflow_read(hmi_arena *arena, hm_bytes file, hmi_event_sink *sink,
                     hmi_netflow_sums *ret_sums, hm_err *err);

#endif
