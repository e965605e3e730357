/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.c - the list of commands, in the order in which people meet them.
 */
#include "cli/commands.h"

const hmi_command *const hmi_commands[] = {
    &hmi_command_init,
    &hmi_command_add,
    &hmi_command_show,
    &hmi_command_compare,
    &hmi_command_attribute,
    &hmi_command_claim_add,
    &hmi_command_claim_list,
    &hmi_command_claim_withdraw,
    &hmi_command_export,
    &hmi_command_rule,
    &hmi_command_baseline_learn,
    &hmi_command_baseline_show,
    &hmi_command_model_fit,
    &hmi_command_model_evaluate,
    &hmi_command_model_show,
    &hmi_command_watch,
    &hmi_command_hunt,
    &hmi_command_hunt_index,
    &hmi_command_detect,
    &hmi_command_rules_check,
    &hmi_command_pattern_match,
    &hmi_command_verify,
    &hmi_command_share,
    &hmi_command_release_explain,
    &hmi_command_audit_list,
    &hmi_command_audit_verify,
    &hmi_command_recall,
    &hmi_command_recall_list,
    &hmi_command_recall_send,
    &hmi_command_recall_answer,
    &hmi_command_stix_validate,
    &hmi_command_completion,
    &hmi_command_version,
    &hmi_command_help,
    NULL,
};
