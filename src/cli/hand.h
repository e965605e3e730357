/* SPDX-License-Identifier: Apache-2.0
 *
 * hand.h - handing something out: first the entry, then the bytes.
 */
#ifndef HMI_CLI_HAND_H
#define HMI_CLI_HAND_H

#include "cli/policy.h"
#include "given/giver.h"

typedef struct hmi_handing {
    hmi_store *store; /* open for writing */
    const hmi_asked *asked;
    hm_text incident, channel;
    const hmi_release_object *objects; /* decided */
    size_t count;
} hmi_handing;

/* Enters what leaves, then writes its bundle to a file; when that fails, enters that too. */
int hmi_hand_out(hmi_invocation *inv, const hmi_handing *hand, const char *path,
                 uint64_t *ret_entry, hm_err *err);
/* The same for bytes of another form. */
int hmi_hand_out_bytes(hmi_invocation *inv, const hmi_handing *hand, hm_bytes content,
                       const char *path, uint64_t *ret_entry, hm_err *err);

#endif
