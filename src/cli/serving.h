/* SPDX-License-Identifier: Apache-2.0
 *
 * serving.h - the two files that say what is served to whom.
 */
#ifndef HMI_CLI_SERVING_H
#define HMI_CLI_SERVING_H

#include "cli/command.h"
#include "taxii/config.h"

typedef struct hmi_serving {
    hmi_policy policy;
    hmi_taxii_config config;
    char folder[4096];  /* where the service keeps its things, inside the casebook */
    int listener;       /* handed over by whoever started us; 0: none */
    char handed_at[64]; /* its address */
} hmi_serving;

/* Reads --config, --policy and the casebook's accounts. */
int hmi_serving_read(hmi_invocation *inv, hmi_serving *ret, hm_err *err);

#endif
