/* SPDX-License-Identifier: Apache-2.0
 *
 * incident.c - the incidents of a casebook.
 *
 * WHY    An incident has a name for people, which is unique, and a STIX id for the world, drawn
 *        once.
 * TRUST  Names come from people: any clean text; length and emptiness are checked here.
 * OWNS   Nothing.
 */
#include "base/time.h"
#include "casebook/inside.h"
#include "trait/stix_id.h"

enum { INCIDENT_NAME_MAX = 200 };

static int find_id(hmi_store *store, hm_text name, int64_t *ret_id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_INCIDENT_ID, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    return hmi_run_number(store, stmt, ret_id, err);
}

static int add(hmi_store *store, hm_text name, int64_t *ret_id, hm_err *err)
{
    char stix_id[10 + HMI_UUID_TEXT + 1] = "incident--";
    HMI_TRY(hmi_uuid4(stix_id + 10, err));
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_INCIDENT_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, hmi_text_of(stix_id));
    hmi_bind_text(stmt, 2, name);
    hmi_bind(stmt, 3, hmi_now_us());
    return hmi_run_number(store, stmt, ret_id, err);
}

int hmi_incident_put(hmi_store *store, hm_text name, int64_t *ret_id, hm_err *err)
{
    if (name.len == 0 || name.len > INCIDENT_NAME_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "an incident's name has 1 to %d bytes, not %zu", INCIDENT_NAME_MAX,
                        name.len);
    }
    int64_t id = 0;
    int code = find_id(store, name, &id, err);
    if (code == HM_E_NOT_FOUND) {
        HMI_TRY(hmi_begin(store, err));
        code = find_id(store, name, &id, err); /* another process may have been faster */
        if (code == HM_E_NOT_FOUND) {
            code = add(store, name, &id, err);
        }
        if (code == HM_OK) {
            code = hmi_commit(store, err);
        } else {
            hmi_rollback(store);
        }
    }
    HMI_TRY(code);
    *ret_id = id;
    return HM_OK;
}

static int read_row(hmi_arena *arena, hmi_stmt *stmt, hmi_incident *ret, hm_err *err)
{
    hmi_incident one = {
        .id = hmi_column(stmt, 0),
        .stix_id = hmi_column_text(arena, stmt, 1),
        .name = hmi_column_text(arena, stmt, 2),
        .created_us = hmi_column(stmt, 3),
        .evidence_count = (uint64_t)hmi_column(stmt, 4),
        .trait_count = (uint64_t)hmi_column(stmt, 5),
    };
    if (one.stix_id.ptr == NULL || one.name.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret = one;
    return HM_OK;
}

int hmi_incident_get(hmi_store *store, hmi_arena *arena, int64_t id, hmi_incident *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_INCIDENT_GET, &stmt, err));
    hmi_bind(stmt, 1, id);
    int rc = hmi_step(store, stmt, err);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no incident number %lld",
                        (long long)id);
    }
    HMI_TRY(rc < 0 ? rc : HM_OK);
    int code = read_row(arena, stmt, ret, err);
    hmi_reset(stmt);
    return code;
}

int hmi_incident_find(hmi_store *store, hmi_arena *arena, hm_text name, hmi_incident *ret,
                      hm_err *err)
{
    int64_t id = 0;
    int code = find_id(store, name, &id, err);
    if (code == HM_E_NOT_FOUND) {
        return hmi_fail(err, code, HM_OFFSET_NONE, "there is no incident of that name");
    }
    HMI_TRY(code);
    return hmi_incident_get(store, arena, id, ret, err);
}

int hmi_incident_list(hmi_store *store, hmi_arena *arena, hmi_incident **ret, size_t *ret_count,
                      hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_INCIDENT_LIST, &stmt, err));
    hmi_incident *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_incident *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        int code =
            grown == NULL ? hmi_arena_fail(arena, err) : read_row(arena, stmt, &grown[count], err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        list = grown;
        count++;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_incident_count(hmi_store *store, uint64_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t count = 0;
    HMI_TRY(hmi_query(store, HMI_Q_INCIDENT_COUNT, &stmt, err));
    HMI_TRY(hmi_run_number(store, stmt, &count, err));
    *ret_count = (uint64_t)count;
    return HM_OK;
}
