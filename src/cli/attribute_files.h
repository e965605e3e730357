/* SPDX-License-Identifier: Apache-2.0
 *
 * attribute_files.h - the files that hallmark attribute writes beside its answer.
 */
#ifndef HMI_CLI_ATTRIBUTE_FILES_H
#define HMI_CLI_ATTRIBUTE_FILES_H

#include "cli/statements.h"

/* False, with *ret_code the exit code, when --tlp is no level. */
bool hmi_attribute_files_given(const hmi_invocation *inv, int *ret_code);
/* --stix and --navigator. */
int hmi_attribute_files(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                        const hmi_statements *statements, const hmi_attribution *attribution,
                        hm_err *err);

#endif
