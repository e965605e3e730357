/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.h - the options --to, --policy and --purpose of every command that hands something out.
 */
#ifndef HMI_CLI_POLICY_H
#define HMI_CLI_POLICY_H

#include "cli/command.h"
#include "share/release.h"

typedef struct hmi_asked {
    hmi_policy policy;
    const hmi_partner *partner;
    hmi_purpose purpose;
    const char *purpose_name;
} hmi_asked;

/* 0, or the exit code after telling why. */
int hmi_given_policy(hmi_invocation *inv, hmi_asked *ret);
/* What a partner would get, or got, object by object, and the counts. `recalled` objects were not
 * considered. */
void hmi_tell_release(hmi_out *out, const hmi_asked *asked, const hmi_release_object *objects,
                      size_t count, uint64_t recalled, uint64_t entry);

#define HMI_POLICY_OPTIONS                                                             \
    { "to", "PARTNER", "a partner of the policy, by name or id", 0, false },           \
        { "policy", "FILE", "who the partners are and what they may have", 0, false }, \
    {                                                                                  \
        "purpose", "WORD", "detect, respond, inform (default) or publish", 0, false    \
    }

#endif
