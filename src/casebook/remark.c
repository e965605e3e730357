/* SPDX-License-Identifier: Apache-2.0
 *
 * remark.c - what analysts write about an incident, with its history.
 *
 * WHY    Two people write at the same time. Who changes a remark says which version was seen; when
 *        another came first nothing is written, and the answer to the loser is the newest version.
 * TRUST  Texts come from people: any clean text; lengths are checked here.
 * OWNS   Nothing: answers lie in the caller's arena.
 */
#include "base/time.h"
#include "casebook/inside.h"
#include "trait/stix_id.h"

static int check(hm_text author, hm_text text, hm_err *err)
{
    if (author.len == 0 || author.len > HMI_REMARK_AUTHOR_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "an author has 1 to %d bytes",
                        HMI_REMARK_AUTHOR_MAX);
    }
    if (text.len == 0 || text.len > HMI_REMARK_TEXT_MAX) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "a note has 1 to %d bytes, not %zu",
                        HMI_REMARK_TEXT_MAX, text.len);
    }
    return HM_OK;
}

static int read_row(hmi_arena *arena, hmi_stmt *stmt, hmi_remark *ret, hm_err *err)
{
    hmi_remark one = { .stix_id = hmi_column_text(arena, stmt, 0),
                       .version = hmi_column(stmt, 1),
                       .incident = hmi_column(stmt, 2),
                       .author = hmi_column_text(arena, stmt, 3),
                       .at_us = hmi_column(stmt, 4),
                       .removed = hmi_column_int(stmt, 5) != 0,
                       .text = hmi_column_text(arena, stmt, 6),
                       .created_us = hmi_column(stmt, 7) };
    if (one.stix_id.ptr == NULL || one.author.ptr == NULL || one.text.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret = one;
    return HM_OK;
}

static int list(hmi_store *store, hmi_arena *arena, hmi_stmt *stmt, hmi_remark **ret,
                size_t *ret_count, hm_err *err)
{
    hmi_remark *rows = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_remark *grown = hmi_arena_grow(arena, rows, count, &capacity, sizeof(*rows));
        int code =
            grown == NULL ? hmi_arena_fail(arena, err) : read_row(arena, stmt, &grown[count], err);
        if (code != HM_OK) {
            hmi_reset(stmt);
            return code;
        }
        rows = grown;
        count++;
    }
    HMI_TRY(rc);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

int hmi_remark_get(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_remark *ret,
                   hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_REMARK_GET, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such note");
    }
    int code = read_row(arena, stmt, ret, err);
    hmi_reset(stmt);
    return code;
}

static int write_row(hmi_store *store, const hmi_remark *row, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_REMARK_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, row->stix_id);
    hmi_bind(stmt, 2, row->version);
    hmi_bind(stmt, 3, row->incident);
    hmi_bind_text(stmt, 4, row->author);
    hmi_bind(stmt, 5, row->at_us);
    hmi_bind(stmt, 6, row->removed ? 1 : 0);
    hmi_bind_text(stmt, 7, row->text);
    return hmi_run(store, stmt, err);
}

static int end(hmi_store *store, int code, hm_err *err)
{
    if (code != HM_OK) {
        hmi_rollback(store);
        return code;
    }
    return hmi_commit(store, err);
}

/* Inside a transaction. */
static int write_first(hmi_store *store, const hmi_remark *row, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t one = 0;
    HMI_TRY(hmi_query(store, HMI_Q_INCIDENT_EXISTS, &stmt, err));
    hmi_bind(stmt, 1, row->incident);
    int code = hmi_run_number(store, stmt, &one, err);
    if (code == HM_E_NOT_FOUND) {
        return hmi_fail(err, code, HM_OFFSET_NONE, "there is no such incident");
    }
    HMI_TRY(code);
    return write_row(store, row, err);
}

int hmi_remark_add(hmi_store *store, hmi_arena *arena, int64_t incident, hm_text author,
                   hm_text text, hmi_remark *ret, hm_err *err)
{
    char uuid[HMI_UUID_TEXT + 1];
    HMI_TRY(check(author, text, err));
    HMI_TRY(hmi_uuid4(uuid, err));
    int64_t now = hmi_now_us();
    hmi_remark row = { .stix_id = hmi_arena_printf(arena, "note--%s", uuid),
                       .version = 1,
                       .incident = incident,
                       .author = hmi_arena_text(arena, author),
                       .at_us = now,
                       .created_us = now,
                       .text = hmi_arena_text(arena, text) };
    if (row.stix_id.ptr == NULL || row.author.ptr == NULL || row.text.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_begin(store, err));
    HMI_TRY(end(store, write_first(store, &row, err), err));
    *ret = row;
    return HM_OK;
}

/* Inside a transaction, so that nobody writes between the look and the row. */
static int change(hmi_store *store, hmi_arena *arena, int64_t seen, const hmi_remark *wanted,
                  hmi_remark *ret, hm_err *err)
{
    hmi_remark newest;
    HMI_TRY(hmi_remark_get(store, arena, wanted->stix_id, &newest, err));
    if (newest.version != seen || newest.removed) {
        return hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE, "the note was %s meanwhile",
                        newest.removed ? "removed" : "changed");
    }
    newest.version++;
    newest.author = hmi_arena_text(arena, wanted->author);
    newest.at_us = hmi_now_us();
    newest.removed = wanted->removed;
    newest.text = wanted->removed ? newest.text : hmi_arena_text(arena, wanted->text);
    if (newest.author.ptr == NULL || newest.text.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(write_row(store, &newest, err));
    *ret = newest;
    return HM_OK;
}

int hmi_remark_change(hmi_store *store, hmi_arena *arena, hm_text stix_id, int64_t seen,
                      hm_text author, hm_text text, bool removed, hmi_remark *ret, hm_err *err)
{
    HMI_TRY(check(author, removed ? HM_TEXT("-") : text, err));
    hmi_remark wanted = { .stix_id = stix_id, .author = author, .text = text, .removed = removed };
    hmi_remark row;
    HMI_TRY(hmi_begin(store, err));
    HMI_TRY(end(store, change(store, arena, seen, &wanted, &row, err), err));
    *ret = row;
    return HM_OK;
}

int hmi_remark_list(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_remark **ret,
                    size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_REMARK_LIST, &stmt, err));
    hmi_bind(stmt, 1, incident);
    return list(store, arena, stmt, ret, ret_count, err);
}

int hmi_remark_versions(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_remark **ret,
                        size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_REMARK_VERSIONS, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    return list(store, arena, stmt, ret, ret_count, err);
}

int hmi_remark_count(hmi_store *store, int64_t incident, uint64_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t count = 0;
    HMI_TRY(hmi_query(store, HMI_Q_REMARK_COUNT, &stmt, err));
    hmi_bind(stmt, 1, incident);
    HMI_TRY(hmi_run_number(store, stmt, &count, err));
    *ret_count = (uint64_t)count;
    return HM_OK;
}
