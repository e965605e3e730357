/* SPDX-License-Identifier: Apache-2.0
 *
 * statements.h - which known incident is whose, as somebody states it.
 */
#ifndef HMI_CLI_STATEMENTS_H
#define HMI_CLI_STATEMENTS_H

#include "cli/command.h"
#include "tell/statements.h"

/* From the file of --statements, or else from what published intelligence claims in the casebook,
 * where it claims one name only. */
int hmi_statements_read(hmi_invocation *inv, hmi_store *store, hmi_statements *ret, hm_err *err);

#define HMI_STATEMENTS_OPTION                                                                   \
    {                                                                                           \
        "statements", "FILE",                                                                   \
            "who says which incident is whose: INCIDENT<tab>ACTOR[<tab>DAY] a line", 's', false \
    }

#endif
