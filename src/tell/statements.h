/* SPDX-License-Identifier: Apache-2.0
 *
 * statements.h - which known incident is whose, as somebody states it.
 *
 *     hmi_statements all = { 0 };
 *     HMI_TRY(hmi_statements_read_file(store, arena, "who-says.tsv", &all, err));
 *
 * Everything lives in the arena.
 */
#ifndef HMI_TELL_STATEMENTS_H
#define HMI_TELL_STATEMENTS_H

#include "compare/attribute.h"

typedef struct hmi_statements {
    hmi_statement *list;
    size_t count, capacity;
} hmi_statements;

/* From a file. HM_E_NOT_FOUND also when a line names an incident that is not there. */
int hmi_statements_read_file(hmi_store *store, hmi_arena *arena, const char *path,
                             hmi_statements *ret, hm_err *err);
/* From what published intelligence claims in the casebook, where it claims one name only. */
int hmi_statements_read_claims(hmi_store *store, hmi_arena *arena, hmi_statements *ret,
                               hm_err *err);

#endif
