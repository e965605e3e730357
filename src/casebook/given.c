/* SPDX-License-Identifier: Apache-2.0
 *
 * given.c - the memory of what was given: rows appended, rows found.
 *
 * WHY    An entry and what is made from it (copies, recalled objects, obligations) are written in
 * one transaction, so that "who has a copy" never says less than the entries do. TRUST  Rows may
 * have been changed by hand: sizes are checked here, meaning by the room given/. OWNS   Nothing.
 */
#include "casebook/given.h"

#include "casebook/inside.h"

static int damaged(hm_err *err)
{
    return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                    "an entry of the memory of what was given is damaged");
}

int hmi_given_head(hmi_store *store, uint64_t *ret_seq, hmi_sha256 *ret_hash, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_HEAD, &stmt, err));
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    uint64_t seq = 0;
    hmi_sha256 hash = { { 0 } };
    bool good = true;
    if (rc == 1) {
        seq = (uint64_t)hmi_column(stmt, 0);
        good = hmi_column_exactly(stmt, 1, hash.bytes, sizeof(hash.bytes));
    }
    hmi_reset(stmt);
    if (!good) {
        return damaged(err);
    }
    *ret_seq = seq;
    *ret_hash = hash;
    return HM_OK;
}

int hmi_given_begin(hmi_store *store, uint64_t *ret_seq, hmi_sha256 *ret_hash, hm_err *err)
{
    HMI_TRY(hmi_begin(store, err));
    int code = hmi_given_head(store, ret_seq, ret_hash, err);
    if (code != HM_OK) {
        hmi_rollback(store);
    }
    return code;
}

int hmi_given_commit(hmi_store *store, hm_err *err)
{
    return hmi_commit(store, err);
}

void hmi_given_abandon(hmi_store *store)
{
    hmi_rollback(store);
}

int hmi_given_put(hmi_store *store, const hmi_given_row *row, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_assert(store->writing);
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_ADD, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)row->seq);
    hmi_bind(stmt, 2, row->at_us);
    hmi_bind_text(stmt, 3, row->kind);
    hmi_bind_text(stmt, 4, row->partner);
    hmi_bind_text(stmt, 5, row->incident);
    hmi_bind_bytes(stmt, 6, row->entry);
    hmi_bind_bytes(stmt, 7, hmi_bytes(row->hash.bytes, sizeof(row->hash.bytes)));
    hmi_bind_bytes(stmt, 8, hmi_bytes(row->signature, sizeof(row->signature)));
    return hmi_run(store, stmt, err);
}

static void bind_copy(hmi_stmt *stmt, const hmi_given_copy *copy)
{
    hmi_bind_text(stmt, 1, copy->stix_id);
    hmi_bind_text(stmt, 2, copy->partner);
    hmi_bind_text(stmt, 3, copy->modified);
    hmi_bind_bytes(stmt, 4, hmi_bytes(copy->sha256.bytes, sizeof(copy->sha256.bytes)));
}

int hmi_given_copy_put(hmi_store *store, const hmi_given_copy *copy, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_assert(store->writing);
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_COPY_ADD, &stmt, err));
    bind_copy(stmt, copy);
    hmi_bind_text(stmt, 5, copy->incident);
    hmi_bind(stmt, 6, (int64_t)copy->seq);
    return hmi_run(store, stmt, err);
}

int hmi_given_holds(hmi_store *store, const hmi_given_copy *copy, bool *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_COPY_HELD, &stmt, err));
    bind_copy(stmt, copy);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hmi_reset(stmt);
    *ret = rc == 1;
    return HM_OK;
}

int hmi_given_copy_entry(hmi_store *store, const hmi_given_copy *copy, uint64_t *ret_seq,
                         hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t seq = 0;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_COPY_ENTRY, &stmt, err));
    bind_copy(stmt, copy);
    hmi_bind_text(stmt, 5, copy->incident);
    int code = hmi_run_number(store, stmt, &seq, err);
    if (code != HM_OK && code != HM_E_NOT_FOUND) {
        return code;
    }
    *ret_seq = (uint64_t)seq;
    return HM_OK;
}

int hmi_recalled_put(hmi_store *store, uint64_t recall, hm_text stix_id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_assert(store->writing);
    HMI_TRY(hmi_query(store, HMI_Q_RECALLED_ADD, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    hmi_bind(stmt, 2, (int64_t)recall);
    return hmi_run(store, stmt, err);
}

int hmi_obligation_put(hmi_store *store, uint64_t recall, hm_text partner, int64_t due_us,
                       hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_assert(store->writing);
    HMI_TRY(hmi_query(store, HMI_Q_OBLIGATION_ADD, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)recall);
    hmi_bind_text(stmt, 2, partner);
    hmi_bind(stmt, 3, due_us);
    return hmi_run(store, stmt, err);
}

int hmi_obligation_mark(hmi_store *store, uint64_t recall, hm_text partner, bool acknowledged,
                        uint64_t seq, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    hmi_assert(store->writing);
    HMI_TRY(hmi_query(store, acknowledged ? HMI_Q_OBLIGATION_ACKNOWLEDGED : HMI_Q_OBLIGATION_SENT,
                      &stmt, err));
    hmi_bind(stmt, 1, (int64_t)recall);
    hmi_bind_text(stmt, 2, partner);
    hmi_bind(stmt, 3, (int64_t)seq);
    int64_t one = 0;
    int code = hmi_run_number(store, stmt, &one, err);
    return code == HM_E_NOT_FOUND
               ? hmi_fail(err, code, HM_OFFSET_NONE, "this partner owes nothing for that recall")
               : code;
}

/* ---- Finding */

/* Lent until the statement moves on. */
static int row_of(hmi_stmt *stmt, hmi_given_row *ret, hm_err *err)
{
    hmi_given_row row = {
        .seq = (uint64_t)hmi_column(stmt, 0),
        .at_us = hmi_column(stmt, 1),
        .kind = hmi_column_lent_text(stmt, 2),
        .partner = hmi_column_lent_text(stmt, 3),
        .incident = hmi_column_lent_text(stmt, 4),
        .entry = hmi_column_lent(stmt, 5),
    };
    if (!hmi_column_exactly(stmt, 6, row.hash.bytes, sizeof(row.hash.bytes)) ||
        !hmi_column_exactly(stmt, 7, row.signature, sizeof(row.signature))) {
        return damaged(err);
    }
    *ret = row;
    return HM_OK;
}

int hmi_given_walk(hmi_store *store, int (*each)(void *with, const hmi_given_row *row, hm_err *err),
                   void *with, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_ALL, &stmt, err));
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_given_row row;
        int code = row_of(stmt, &row, err);
        code = code == HM_OK ? each(with, &row, err) : code;
        if (code < 0) {
            hmi_reset(stmt);
            return code;
        }
    }
    return rc;
}

int hmi_given_get(hmi_store *store, hmi_arena *arena, uint64_t seq, hmi_given_row *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_GET, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)seq);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "there is no entry %llu in the memory of what was given: \"hallmark audit "
                        "list\" shows them",
                        (unsigned long long)seq);
    }
    hmi_given_row row;
    int code = row_of(stmt, &row, err);
    if (code == HM_OK) {
        row.kind = hmi_arena_text(arena, row.kind);
        row.partner = hmi_arena_text(arena, row.partner);
        row.incident = hmi_arena_text(arena, row.incident);
        row.entry = hmi_arena_bytes(arena, row.entry);
        code = row.kind.ptr == NULL || row.partner.ptr == NULL || row.incident.ptr == NULL ||
                       row.entry.ptr == NULL
                   ? hmi_arena_fail(arena, err)
                   : HM_OK;
    }
    hmi_reset(stmt);
    if (code == HM_OK) {
        *ret = row;
    }
    return code;
}

static int copies(hmi_store *store, hmi_arena *arena, hmi_query_id id, hm_text name,
                  hmi_given_copy **ret, size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    hmi_bind_text(stmt, 1, name);
    hmi_given_copy *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_given_copy *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hmi_given_copy one = {
            .stix_id = hmi_column_text(arena, stmt, 0),
            .partner = hmi_column_text(arena, stmt, 1),
            .incident = hmi_column_text(arena, stmt, 2),
            .modified = hmi_column_text(arena, stmt, 3),
            .seq = (uint64_t)hmi_column(stmt, 5),
        };
        bool whole = hmi_column_exactly(stmt, 4, one.sha256.bytes, sizeof(one.sha256.bytes));
        if (grown == NULL || one.stix_id.ptr == NULL || one.partner.ptr == NULL ||
            one.incident.ptr == NULL || one.modified.ptr == NULL || !whole) {
            hmi_reset(stmt);
            return whole ? hmi_arena_fail(arena, err) : damaged(err);
        }
        list = grown;
        list[count++] = one;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_given_copies(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_given_copy **ret,
                     size_t *ret_count, hm_err *err)
{
    return copies(store, arena, HMI_Q_GIVEN_COPIES, stix_id, ret, ret_count, err);
}

int hmi_given_incident_copies(hmi_store *store, hmi_arena *arena, hm_text incident,
                              hmi_given_copy **ret, size_t *ret_count, hm_err *err)
{
    return copies(store, arena, HMI_Q_GIVEN_INCIDENT_COPIES, incident, ret, ret_count, err);
}

int hmi_is_recalled(hmi_store *store, hm_text stix_id, bool *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_RECALLED_IS, &stmt, err));
    hmi_bind_text(stmt, 1, stix_id);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hmi_reset(stmt);
    *ret = rc == 1;
    return HM_OK;
}

/* Ids in column 0; the last of column 1 goes to *io_newest, which may be NULL. */
static int list_recalled(hmi_store *store, hmi_arena *arena, hmi_stmt *stmt, hm_text **ret,
                         size_t *ret_count, uint64_t *io_newest, hm_err *err)
{
    hm_text *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hm_text *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hm_text one = hmi_column_text(arena, stmt, 0);
        if (grown == NULL || one.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = one;
        if (io_newest != NULL) {
            *io_newest = (uint64_t)hmi_column(stmt, 1);
        }
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_recalled_list(hmi_store *store, hmi_arena *arena, uint64_t recall, hm_text **ret,
                      size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_RECALLED_LIST, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)recall);
    return list_recalled(store, arena, stmt, ret, ret_count, NULL, err);
}

int hmi_recalled_since(hmi_store *store, hmi_arena *arena, uint64_t since, hm_text **ret,
                       size_t *ret_count, uint64_t *ret_newest, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    uint64_t newest = since;
    HMI_TRY(hmi_query(store, HMI_Q_RECALLED_SINCE, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)since);
    HMI_TRY(list_recalled(store, arena, stmt, ret, ret_count, &newest, err));
    *ret_newest = newest;
    return HM_OK;
}

int hmi_obligations(hmi_store *store, hmi_arena *arena, hmi_obligation **ret, size_t *ret_count,
                    hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OBLIGATION_LIST, &stmt, err));
    hmi_obligation *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_obligation *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        hmi_obligation one = {
            .recall = (uint64_t)hmi_column(stmt, 0),
            .partner = hmi_column_text(arena, stmt, 1),
            .due_us = hmi_column(stmt, 2),
            .sent = (uint64_t)hmi_column(stmt, 3),
            .acknowledged = (uint64_t)hmi_column(stmt, 4),
        };
        if (grown == NULL || one.partner.ptr == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = one;
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

int hmi_given_count(hmi_store *store, hm_text kind, hm_text partner, int64_t since_us,
                    uint64_t *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t count = 0;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_COUNT, &stmt, err));
    hmi_bind_text(stmt, 1, partner);
    hmi_bind_text(stmt, 2, kind);
    hmi_bind(stmt, 3, since_us);
    HMI_TRY(hmi_run_number(store, stmt, &count, err));
    *ret = (uint64_t)count;
    return HM_OK;
}

int hmi_given_totals_get(hmi_store *store, hmi_given_totals *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_GIVEN_TOTALS, &stmt, err));
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hmi_assert(rc == 1);
    *ret = (hmi_given_totals){ (uint64_t)hmi_column(stmt, 0), (uint64_t)hmi_column(stmt, 1),
                               (uint64_t)hmi_column(stmt, 2), (uint64_t)hmi_column(stmt, 3) };
    hmi_reset(stmt);
    return HM_OK;
}
