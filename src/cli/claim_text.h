/* SPDX-License-Identifier: Apache-2.0
 *
 * claim_text.h - claims, told beside a finding.
 */
#ifndef HMI_CLI_CLAIM_TEXT_H
#define HMI_CLI_CLAIM_TEXT_H

#include "cli/command.h"
#include "tell/claims.h"

/* A paragraph, or nothing when there are none; at most `max` claims. */
void hmi_claims_say(hmi_invocation *inv, const hmi_told_list *claims, size_t max);
/* "claims": [...] */
void hmi_claims_json(hmi_json_writer *w, const hmi_told_list *claims);
/* Gathers those about the incident and tells them, as text or as a JSON member. */
int hmi_claims_tell(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                    hm_err *err);

#endif
