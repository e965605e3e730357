/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - a folder of Sigma rules, loaded. Shared by rules check and detect.
 */
#ifndef HMI_CLI_RULES_H
#define HMI_CLI_RULES_H

#include "cli/command.h"
#include "detect/sigma.h"

typedef struct hmi_rules_report hmi_rules_report;
struct hmi_rules_report {
    hmi_sigma *set;
    size_t files, good, bad, waiting;
    void (*on_rule)(hmi_rules_report *report, const char *path, const hmi_sigma_rule_info *rule,
                    const hm_err *refused); /* may be NULL */
    hmi_invocation *inv;
    const char *path; /* of the file in hand */
};

/* Adds every *.yml and *.yaml under the path (or the file), in order of names. */
int hmi_rules_load(hmi_rules_report *report, const char *path, hm_err *err);
/* After compile: correlations whose rules are not there count as refused. */
void hmi_rules_missing(hmi_rules_report *report);
/* --expand NAME=VALUE; false after telling what is wrong. */
bool hmi_rules_expand(hmi_invocation *inv, hmi_sigma *set, int *ret_code);
#define HMI_RULES_EXPAND_OPTION                                          \
    {                                                                    \
        "expand", "NAME=VALUE", "a value for %NAME% in rules", 'e', true \
    }

#endif
