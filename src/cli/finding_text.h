/* SPDX-License-Identifier: Apache-2.0
 *
 * finding_text.h - a finding as a person reads it on a terminal.
 */
#ifndef HMI_CLI_FINDING_TEXT_H
#define HMI_CLI_FINDING_TEXT_H

#include "cli/command.h"
#include "compare/finding_json.h"

int hmi_finding_text(hmi_invocation *inv, hmi_store *store, const hmi_finding *finding,
                     hm_err *err);

#endif
