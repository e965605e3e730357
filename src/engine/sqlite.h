/* SPDX-License-Identifier: Apache-2.0
 *
 * sqlite.h - the engine that is a file: SQLite, opened the careful way.
 */
#ifndef HMI_ENGINE_SQLITE_H
#define HMI_ENGINE_SQLITE_H

#include <sqlite3.h>

#include "engine/engine.h"

enum { HMI_SQLITE_ROWS_MANY = 16 /* rows in a statement that ends in _MANY */ };

typedef struct hmi_sqlite_options {
    bool create, read_only;
    uint32_t busy_ms; /* how long to wait for another writer */
    bool unmarked;    /* a file beside a casebook: it has no application's number */
} hmi_sqlite_options;

int hmi_sqlite_open(const char *path, const hmi_engine_plan *plan,
                    const hmi_sqlite_options *options, hmi_engine **ret_engine, hm_err *err);
/* Writes the whole log into the database: if a program before us met a failing fsync, its pages are
 * written again now instead of being believed. Readers may hold it back; then it stays as it is. */
void hmi_sqlite_settle_log(hmi_engine *engine);
/* For tests. */
sqlite3 *hmi_sqlite_handle(hmi_engine *engine);

#endif
