/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.h - every command, each defined in the file of its name.
 */
#ifndef HMI_CLI_COMMANDS_H
#define HMI_CLI_COMMANDS_H

#include "cli/command.h"

extern const hmi_command hmi_command_add;
extern const hmi_command hmi_command_attribute;
extern const hmi_command hmi_command_audit_list;
extern const hmi_command hmi_command_audit_verify;
extern const hmi_command hmi_command_baseline_learn;
extern const hmi_command hmi_command_baseline_show;
extern const hmi_command hmi_command_casebook_move;
extern const hmi_command hmi_command_claim_add;
extern const hmi_command hmi_command_claim_list;
extern const hmi_command hmi_command_claim_withdraw;
extern const hmi_command hmi_command_compare;
extern const hmi_command hmi_command_completion;
extern const hmi_command hmi_command_detect;
extern const hmi_command hmi_command_export;
extern const hmi_command hmi_command_help;
extern const hmi_command hmi_command_hunt;
extern const hmi_command hmi_command_hunt_index;
extern const hmi_command hmi_command_init;
extern const hmi_command hmi_command_model_evaluate;
extern const hmi_command hmi_command_model_fit;
extern const hmi_command hmi_command_model_pairs;
extern const hmi_command hmi_command_model_show;
extern const hmi_command hmi_command_overlap_answer;
extern const hmi_command hmi_command_overlap_finish;
extern const hmi_command hmi_command_overlap_key;
extern const hmi_command hmi_command_overlap_offer;
extern const hmi_command hmi_command_overlap_result;
extern const hmi_command hmi_command_recall;
extern const hmi_command hmi_command_recall_answer;
extern const hmi_command hmi_command_recall_list;
extern const hmi_command hmi_command_recall_send;
extern const hmi_command hmi_command_release_explain;
extern const hmi_command hmi_command_serve;
extern const hmi_command hmi_command_user_add;
extern const hmi_command hmi_command_user_list;
extern const hmi_command hmi_command_user_password;
extern const hmi_command hmi_command_user_remove;
extern const hmi_command hmi_command_user_token;
extern const hmi_command hmi_command_partner_add;
extern const hmi_command hmi_command_partner_list;
extern const hmi_command hmi_command_partner_remove;
extern const hmi_command hmi_command_partner_trust;
extern const hmi_command hmi_command_partner_admit;
extern const hmi_command hmi_command_pull;
extern const hmi_command hmi_command_push;
extern const hmi_command hmi_command_sync;
extern const hmi_command hmi_command_taxii_check;
extern const hmi_command hmi_command_share;
extern const hmi_command hmi_command_pattern_match;
extern const hmi_command hmi_command_report;
extern const hmi_command hmi_command_diff;
extern const hmi_command hmi_command_search;
extern const hmi_command hmi_command_rule;
extern const hmi_command hmi_command_rules_check;
extern const hmi_command hmi_command_show;
extern const hmi_command hmi_command_stix_lift;
extern const hmi_command hmi_command_stix_validate;
extern const hmi_command hmi_command_timeline;
extern const hmi_command hmi_command_verify;
extern const hmi_command hmi_command_version;
extern const hmi_command hmi_command_watch;

#endif
