/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.c - pieces that are known: finding, linking, listing, giving their bytes back.
 *
 * WHY    Content is stored once, whatever it is called and wherever it came from; a link says under
 *        which name and inside which container an incident has it.
 * TRUST  Containers may hold themselves (an archive that is its own member): following members
 *        visits each piece once.
 * OWNS   Nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "casebook/content.h"

enum { FOLLOWED_MAX = 1 << 20 };

int hmi_evidence_row(hmi_arena *arena, hmi_stmt *stmt, hmi_evidence *ret, hm_err *err)
{
    hmi_evidence one = {
        .id = hmi_column(stmt, 0),
        .size = (uint64_t)hmi_column(stmt, 2),
        .name = hmi_column_bytes(arena, stmt, 3),
        .format = hmi_column_text(arena, stmt, 4),
        .verdict = hmi_column_int(stmt, 5),
        .reason = hmi_column_text(arena, stmt, 6),
        .added_us = hmi_column(stmt, 7),
        .parent = hmi_column(stmt, 8),
        .trait_count = (uint64_t)hmi_column(stmt, 9),
        .readers = (uint32_t)hmi_column(stmt, 10),
        .kept = hmi_column_int(stmt, 11) != 0,
        .complete = hmi_column_int(stmt, 12) != 0,
    };
    if (!hmi_column_exactly(stmt, 1, &one.sha256, sizeof(one.sha256))) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "a piece of evidence has no hash");
    }
    if (one.name.ptr == NULL || one.format.ptr == NULL || one.reason.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret = one;
    return HM_OK;
}

int hmi_evidence_find(hmi_store *store, const hmi_sha256 *sha256, hmi_arena *arena,
                      hmi_evidence *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_EVIDENCE_FIND, &stmt, err));
    hmi_bind_bytes(stmt, 1, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
    int rc = hmi_step(store, stmt, err);
    if (rc == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "no evidence with this content");
    }
    HMI_TRY(rc < 0 ? rc : HM_OK);
    int code = hmi_evidence_row(arena, stmt, ret, err);
    hmi_reset(stmt);
    return code;
}

int hmi_evidence_list(hmi_store *store, hmi_arena *arena, int64_t incident, hmi_evidence **ret,
                      size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_EVIDENCE_LIST, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_evidence *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hmi_evidence *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        int code = grown == NULL ? hmi_arena_fail(arena, err)
                                 : hmi_evidence_row(arena, stmt, &grown[count], err);
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

int hmi_evidence_functions(hmi_store *store, hmi_arena *arena, int64_t evidence, int64_t **ret,
                           size_t *ret_count, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t *list = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    HMI_TRY(hmi_query(store, HMI_Q_EVIDENCE_FUNCTIONS, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        int64_t *grown = hmi_arena_grow(arena, list, count, &capacity, sizeof(*list));
        if (grown == NULL) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
        list = grown;
        list[count++] = hmi_column(stmt, 0);
    }
    HMI_TRY(rc);
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

/* ---- Links */

/* HM_E_NOT_FOUND when no row has this number. */
static int exists(hmi_store *store, hmi_query_id query, int64_t id, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t one = 0;
    HMI_TRY(hmi_query(store, query, &stmt, err));
    hmi_bind(stmt, 1, id);
    return hmi_run_number(store, stmt, &one, err);
}

int hmi_link_add(hmi_store *store, int64_t incident, int64_t evidence, hm_bytes name,
                 int64_t parent, hm_err *err)
{
    hmi_assert(store->writing);
    HMI_TRY(exists(store, HMI_Q_INCIDENT_EXISTS, incident, err));
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_LINK_ADD, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, evidence);
    hmi_bind(stmt, 3, parent);
    hmi_bind_bytes(stmt, 4, name);
    return hmi_run(store, stmt, err);
}

int hmi_link_put(hmi_store *store, int64_t incident, int64_t evidence, hm_bytes name,
                 int64_t parent, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_LINK_HELD, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, evidence);
    int held = hmi_step(store, stmt, err);
    HMI_TRY(held < 0 ? held : HM_OK);
    hmi_reset(stmt);
    HMI_TRY(hmi_link_add(store, incident, evidence, name, parent, err));
    return held ? HM_OK : hmi_postings_count(store, incident, evidence, 1, err);
}

/* Pieces still to be followed; each enters once. */
typedef struct followed {
    struct {
        int64_t evidence, parent;
        hm_bytes name;
    } * items;
    size_t count, capacity;
} followed;

static int follow(hmi_arena *arena, followed *all, int64_t evidence, int64_t parent, hm_bytes name)
{
    void *grown = all->count >= FOLLOWED_MAX ? NULL
                                             : hmi_arena_grow(arena, all->items, all->count,
                                                              &all->capacity, sizeof(*all->items));
    if (grown == NULL) {
        return HM_E_LIMIT;
    }
    all->items = grown;
    all->items[all->count].evidence = evidence;
    all->items[all->count].parent = parent;
    all->items[all->count].name = name;
    all->count++;
    return HM_OK;
}

static int add_members(hmi_store *store, hmi_arena *arena, followed *all, int64_t of, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_LINK_MEMBERS, &stmt, err));
    hmi_bind(stmt, 1, of);
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        hm_bytes name = hmi_column_bytes(arena, stmt, 1);
        if (name.ptr == NULL || follow(arena, all, hmi_column(stmt, 0), of, name) != HM_OK) {
            hmi_reset(stmt);
            return hmi_arena_fail(arena, err);
        }
    }
    return rc;
}

/* Pieces whose members were listed already, by id: open addressing, 0 is free. */
typedef struct opened {
    int64_t *ids;
    size_t count, capacity;
} opened;

static size_t place_of(const opened *o, int64_t id)
{
    size_t at = (size_t)((uint64_t)id * 0x9e3779b97f4a7c15u >> 32) & (o->capacity - 1);
    while (o->ids[at] != 0 && o->ids[at] != id) {
        at = (at + 1) & (o->capacity - 1);
    }
    return at;
}

/* 1 when it is new, 0 when it was opened before. */
static int open_once(opened *o, int64_t id, hm_err *err)
{
    if (2 * (o->count + 1) > o->capacity) {
        opened larger = { .capacity = o->capacity == 0 ? 64 : 2 * o->capacity };
        larger.ids = calloc(larger.capacity, sizeof(*larger.ids));
        if (larger.ids == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to link evidence");
        }
        for (size_t i = 0; i < o->capacity; i++) {
            if (o->ids[i] != 0) {
                larger.ids[place_of(&larger, o->ids[i])] = o->ids[i];
            }
        }
        larger.count = o->count;
        free(o->ids);
        *o = larger;
    }
    size_t at = place_of(o, id);
    if (o->ids[at] == id) {
        return 0;
    }
    o->ids[at] = id;
    o->count++;
    return 1;
}

/* A piece and all that is inside it, at any depth; each container is looked into once. */
static int follow_all(hmi_store *store, hmi_arena *arena, followed *all, opened *seen, hm_err *err)
{
    for (size_t i = 0; i < all->count; i++) {
        int is_new = open_once(seen, all->items[i].evidence, err);
        HMI_TRY(is_new < 0 ? is_new : HM_OK);
        if (is_new) {
            HMI_TRY(add_members(store, arena, all, all->items[i].evidence, err));
        }
    }
    return HM_OK;
}

/* 1 when the very same link is there, 0 when not. */
static int link_is_there(hmi_store *store, int64_t incident, const followed *all, size_t at,
                         hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_LINK_SAME, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, all->items[at].evidence);
    hmi_bind(stmt, 3, all->items[at].parent);
    hmi_bind_bytes(stmt, 4, all->items[at].name);
    int rc = hmi_step(store, stmt, err);
    hmi_reset(stmt);
    return rc;
}

/* A second run over known evidence finds every link there and writes nothing; else one transaction
 * holds them all. */
static int link_missing(hmi_store *store, int64_t incident, const followed *all, hm_err *err)
{
    size_t first = 0;
    for (int held = 1; first < all->count; first += held == 1) {
        held = link_is_there(store, incident, all, first, err);
        HMI_TRY(held < 0 ? held : HM_OK);
        if (!held) {
            break;
        }
    }
    if (first == all->count) {
        return HM_OK;
    }
    HMI_TRY(hmi_begin(store, err));
    for (size_t i = first; i < all->count; i++) {
        int code = hmi_link_put(store, incident, all->items[i].evidence, all->items[i].name,
                                all->items[i].parent, err);
        if (code != HM_OK) {
            hmi_rollback(store);
            return code;
        }
    }
    return hmi_commit(store, err);
}

int hmi_evidence_link(hmi_store *store, int64_t incident, int64_t evidence, hm_bytes name,
                      int64_t parent, hm_err *err)
{
    HMI_TRY(exists(store, HMI_Q_EVIDENCE_EXISTS, evidence, err));
    hmi_arena arena;
    hmi_arena_init(&arena, (size_t)64 << 20);
    followed all = { NULL, 0, 0 };
    opened seen = { NULL, 0, 0 };
    int code = follow(&arena, &all, evidence, parent, name);
    code =
        code == HM_OK ? follow_all(store, &arena, &all, &seen, err) : hmi_arena_fail(&arena, err);
    if (code == HM_OK) {
        code = link_missing(store, incident, &all, err);
    }
    free(seen.ids);
    hmi_arena_fini(&arena);
    return code;
}

int hmi_evidence_complete(hmi_store *store, int64_t evidence, hm_err *err)
{
    HMI_TRY(exists(store, HMI_Q_EVIDENCE_EXISTS, evidence, err));
    HMI_TRY(hmi_begin(store, err));
    hmi_stmt *stmt = NULL;
    int code = hmi_query(store, HMI_Q_EVIDENCE_COMPLETE, &stmt, err);
    if (code == HM_OK) {
        hmi_bind(stmt, 1, evidence);
        code = hmi_run(store, stmt, err);
    }
    if (code != HM_OK) {
        hmi_rollback(store);
        return code;
    }
    return hmi_commit(store, err);
}

/* ---- Bytes */

static int gather(void *with, hm_bytes piece, hm_err *err)
{
    hmi_buf *all = with;
    hmi_buf_add(all, piece);
    return all->bad ? hmi_buf_check(all, err) : HM_OK;
}

int hmi_evidence_bytes(hmi_store *store, const hmi_sha256 *sha256, uint8_t **ret_bytes,
                       size_t *ret_len, hm_err *err)
{
    hmi_buf all;
    hmi_buf_init(&all, HMI_EVIDENCE_BYTES_MAX);
    uint64_t size = 0;
    int code = hmi_content_read(store, sha256, gather, &all, &size, err);
    if (code == HM_OK) {
        hmi_sha256 is = hmi_sha256_of(hmi_buf_bytes(&all));
        if (memcmp(&is, sha256, sizeof(is)) != 0) {
            code = hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                            "stored evidence is not what its name says");
        }
    }
    if (code == HM_OK && all.ptr == NULL) {
        (void)hmi_buf_extend(&all, 1); /* empty evidence has an address too */
        all.len = 0;
        code = hmi_buf_check(&all, err);
    }
    if (code != HM_OK) {
        hmi_buf_fini(&all);
        return code;
    }
    *ret_bytes = all.ptr;
    *ret_len = all.len;
    return HM_OK;
}

typedef struct writing_out {
    int fd;
    hmi_digests *digests;
} writing_out;

static int write_out(void *with, hm_bytes piece, hm_err *err)
{
    writing_out *w = with;
    hmi_digests_add(w->digests, piece);
    while (piece.len > 0) {
        ssize_t wrote = write(w->fd, piece.ptr, piece.len);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return hmi_fail_errno(err, "writing out kept evidence");
        }
        piece = hmi_slice(piece, (size_t)wrote, HMI_NPOS);
    }
    return HM_OK;
}

int hmi_evidence_write(hmi_store *store, const hmi_sha256 *sha256, int fd, uint64_t *ret_size,
                       hm_err *err)
{
    writing_out w = { .fd = fd, .digests = hmi_digests_new() };
    if (w.digests == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to read stored evidence");
    }
    hmi_sha256 is;
    uint64_t size = 0;
    int code = hmi_content_read(store, sha256, write_out, &w, &size, err);
    hmi_digests_end(w.digests, &is, NULL, NULL);
    hmi_digests_free(w.digests);
    if (code == HM_OK && memcmp(&is, sha256, sizeof(is)) != 0) {
        code = hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                        "stored evidence is not what its name says");
    }
    if (code == HM_OK) {
        *ret_size = size;
    }
    return code;
}
