/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.h - the database's tables, one migration a version.
 */
#ifndef HMI_CASEBOOK_SCHEMA_H
#define HMI_CASEBOOK_SCHEMA_H

#include <sqlite3.h>

#include "base/bytes.h"

enum { HMI_SCHEMA_APPLICATION = 0x484d4b31 }; /* "HMK1" */

typedef struct hmi_migration {
    int version; /* what the database is afterwards */
    const char *sql;
} hmi_migration;

/* In ascending order of version, 1 first. */
const hmi_migration *hmi_migrations(size_t *ret_count);
/* Reads user_version; HM_E_CORRUPT when this is no casebook of ours. */
int hmi_schema_version(sqlite3 *db, int *ret_version, hm_err *err);
/* Applies what is newer than the database, each version in its own transaction. HM_E_UNSUPPORTED
 * when the database is newer than the last of them. */
int hmi_schema_migrate(sqlite3 *db, const hmi_migration *steps, size_t count, hm_err *err);

#endif
