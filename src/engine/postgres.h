/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres.h - the engine that is a server: PostgreSQL by libpq.
 *
 * An address is what libpq takes for one: postgresql://USER@HOST[,HOST]:PORT/DATABASE?options. A
 * password in it is refused (it would stand in the list of processes and in logs): libpq finds
 * passwords in ~/.pgpass or by a service file.
 *
 * Writers take turns by the one row of the table `home`. What has a home of its own beside the
 * casebook, in the same place, does not wait for evidence that is being stored.
 *
 * Each writing transaction leaves its number in the row of its client. So when the connection is
 * lost while COMMIT is on its way, a new connection learns whether it was done: commit's answer is
 * always the truth, or says that it could not be learned.
 */
#ifndef HMI_ENGINE_POSTGRES_H
#define HMI_ENGINE_POSTGRES_H

#include "engine/engine.h"

typedef struct hmi_postgres_options {
    bool create, read_only;
    uint32_t busy_ms; /* how long to wait for another writer */
    const char *home; /* NULL: "casebook" */
} hmi_postgres_options;

/* Does this name a server rather than a folder? */
static inline bool hmi_postgres_is_address(const char *where)
{
    return strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0;
}
/* HM_E_UNSUPPORTED when the program was built without libpq. */
int hmi_postgres_open(const char *address, const hmi_engine_plan *plan,
                      const hmi_postgres_options *options, hmi_engine **ret_engine, hm_err *err);
/* 32 hex digits drawn when the casebook was made. */
const char *hmi_postgres_casebook(hmi_engine *engine);
/* Names the casebook and the server's history: another one when the server was put back to an
 * earlier moment, or another took over. Of [0-9a-f-]. */
const char *hmi_postgres_history(hmi_engine *engine);
/* For tests: the server's process that answers, 0 when there is none. */
int hmi_postgres_backend(hmi_engine *engine);

#endif
