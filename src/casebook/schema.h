/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.h - the database's tables, one migration a version.
 */
#ifndef HMI_CASEBOOK_SCHEMA_H
#define HMI_CASEBOOK_SCHEMA_H

#include "engine/engine.h"

typedef struct hmi_migration {
    int version; /* what the database is afterwards */
    const char *sql;
} hmi_migration;

/* The tables of a casebook on a server that stand for a folder's files. */
const char *hmi_schema_depot(void);
/* In ascending order of version, 1 first. */
const hmi_migration *hmi_migrations(size_t *ret_count);
/* The version of a casebook that this program makes. */
int hmi_schema_newest(void);
/* Applies what is newer than the database, each version in its own transaction. HM_E_UNSUPPORTED
 * when the database is newer than the last of them. */
int hmi_schema_migrate(hmi_engine *engine, const hmi_migration *steps, size_t count, hm_err *err);

#endif
