/* SPDX-License-Identifier: Apache-2.0
 *
 * statements.c - which known incident is whose: from --statements, or from what the evidence
 * claims.
 */
#include "cli/statements.h"

int hmi_statements_read(hmi_invocation *inv, hmi_store *store, hmi_statements *ret, hm_err *err)
{
    const char *path = hmi_given_text(inv, "statements");
    return path != NULL ? hmi_statements_read_file(store, inv->arena, path, ret, err)
                        : hmi_statements_read_claims(store, inv->arena, ret, err);
}
