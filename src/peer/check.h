/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - scores any TAXII 2.1 server, requirement by requirement, from outside.
 */
#ifndef HMI_PEER_CHECK_H
#define HMI_PEER_CHECK_H

#include "peer/client.h"

typedef enum hmi_check_verdict { HMI_CHECK_PASS, HMI_CHECK_FAIL, HMI_CHECK_SKIP } hmi_check_verdict;

typedef struct hmi_check_row {
    const char *name;        /* stable: "accept-without-version" */
    const char *section;     /* of TAXII 2.1 */
    const char *requirement; /* one sentence */
    hmi_check_verdict verdict;
    char detail[200]; /* what was seen instead, or why it was left out; our words and numbers */
} hmi_check_row;

typedef struct hmi_check_options {
    bool write;         /* may objects be added to and deleted from the remote's collection? */
    const char *prefix; /* marks the objects that are added: random hex digits */
} hmi_check_options;

/* *ret in the arena. Fails only when the server cannot be reached at all. */
int hmi_check_server(hmi_client *client, const hmi_remote *remote, const hmi_check_options *options,
                     hmi_arena *arena, hmi_check_row **ret, size_t *ret_count, hm_err *err);

#endif
