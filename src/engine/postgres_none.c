/* SPDX-License-Identifier: Apache-2.0
 *
 * postgres_none.c - what a program built without libpq says of a casebook on a server.
 */
#include "base/error.h"
#include "engine/postgres.h"

int hmi_postgres_open(const char *address, const hmi_engine_plan *plan,
                      const hmi_postgres_options *options, hmi_engine **ret_engine, hm_err *err)
{
    (void)address;
    (void)plan;
    (void)options;
    (void)ret_engine;
    return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                    "this program was built without PostgreSQL: name a folder, or build it with "
                    "libpq (meson setup -Dpostgresql=enabled)");
}

const char *hmi_postgres_casebook(hmi_engine *engine)
{
    (void)engine;
    return "";
}

const char *hmi_postgres_history(hmi_engine *engine)
{
    (void)engine;
    return "";
}

int hmi_postgres_backend(hmi_engine *engine)
{
    (void)engine;
    return 0;
}
