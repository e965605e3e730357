/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of this room share: the open store, its statements, transactions.
 *
 * Every statement is a row of queries.c. A function gets one with hmi_query (reset, unbound),
 * binds, steps with hmi_step or hmi_run; a statement left in the middle is reset by hmi_query's
 * next use and by the end of the transaction.
 */
#ifndef HMI_CASEBOOK_INSIDE_H
#define HMI_CASEBOOK_INSIDE_H

#include "base/error.h"
#include "casebook/store.h"
#include "engine/engine.h"
#include "index/sealed.h"
#include "index/shelf.h"

typedef enum hmi_query_id {
#define HMI_QUERY(name, sql) HMI_Q_##name,
#include "casebook/queries.h"
#undef HMI_QUERY
    HMI_QUERY_COUNT
} hmi_query_id;

enum {
    HMI_KIND_POSTINGS = 1,        /* trait id -> incident */
    HMI_KIND_PROBES = 2,          /* probe -> function number */
    HMI_KIND_BASELINE = 3,        /* upper half of key -> baseline file number */
    HMI_KIND_BASELINE_PROBES = 4, /* probe -> baseline function number */
    HMI_KIND_END = 5,
    HMI_TRAIT_PROBES_MAX = 64, /* numbers tried when two keys want the same name */
    HMI_STAMPS_PENDING_MAX = 4096,
    HMI_GROUP_CONTENTS_MAX = 256, /* files that wait for a group's end; more are sealed at once */
    HMI_PATH_MAX = 4096,
    HMI_TRAIT_ID_MAX = INT32_MAX
};

typedef struct hmi_tail hmi_tail; /* index.c: what no segment holds yet */
typedef struct hmi_pending_stamp hmi_pending_stamp;

/* What was written together and is not durable yet. */
typedef struct hmi_write_group {
    bool on;   /* between hmi_group_begin and its end */
    bool open; /* its transaction has begun */
    bool lost; /* rolled back: nothing more may be written into it */
    hmi_sealed *contents[HMI_GROUP_CONTENTS_MAX];
    size_t content_count;
} hmi_write_group;

struct hmi_store {
    hmi_engine *engine;
    char *where; /* as it was named: a folder, or an address */
    char *
        folder; /* `where`, or the folder of this machine for what is made from a server's tables */
    char *state; /* `where`, or the folder of this machine for what stays with it */
    bool read_only;
    bool writing; /* a transaction of ours is open */
    hmi_write_group group;
    uint32_t snapshots; /* begun and not ended */
    hmi_tail *tails[HMI_KIND_END];
    hmi_pending_stamp *stamps;
    size_t stamp_count;
    hmi_shelf *baseline; /* opened when first asked; NULL after it changed */
    uint64_t baseline_newest;
    hmi_baseline_batch *batch; /* the one being learned, NULL if none */
};

/* ---- db.c */
/* Every question, by hmi_query_id. */
hmi_engine_plan hmi_db_plan(void);
int hmi_query(hmi_store *store, hmi_query_id id, hmi_stmt **ret_stmt, hm_err *err);
/* 1: a row, 0: the end, negative: failed. */
int hmi_step(hmi_store *store, hmi_stmt *stmt, hm_err *err);
/* For statements that give no row. */
int hmi_run(hmi_store *store, hmi_stmt *stmt, hm_err *err);
/* One number: HM_E_NOT_FOUND when there is no row. */
int hmi_run_number(hmi_store *store, hmi_stmt *stmt, int64_t *ret, hm_err *err);
/* Many rows of one kind; `many` is the statement for several at once, for the maker that needs one.
 */
int hmi_rows_write(hmi_store *store, hmi_query_id one, hmi_query_id many, int columns, size_t count,
                   hmi_row_bind bind, const void *with, hm_err *err);
/* Many questions of one kind, each with one answer or none. */
int hmi_rows_ask(hmi_store *store, hmi_query_id which, int columns, size_t count, hmi_row_bind bind,
                 const void *from, hmi_row_take take, void *with, hm_err *err);
/* In a group: joins its transaction. */
int hmi_begin(hmi_store *store, hm_err *err);
/* Counts the generation up and makes it durable, or leaves that to the group; rolls back on
 * failure.
 */
int hmi_commit(hmi_store *store, hm_err *err);
/* In a group: undoes all of it. */
void hmi_rollback(hmi_store *store);
/* Column 1 of a row of a trait that has its id. */
int hmi_trait_read_key(hmi_stmt *stmt, hmi_incident_trait *io_trait, hm_err *err);
int hmi_refuse_writing(hmi_store *store, hm_err *err);
int hmi_meta_get(hmi_store *store, const char *name, int64_t *ret, hm_err *err);
int hmi_meta_set(hmi_store *store, const char *name, int64_t number, hm_err *err);

/* A trait is found by 63 bits of its key, or by the next free number when another was there first.
 */
static inline int64_t hmi_trait_first_hash(hmi_key key)
{
    return (int64_t)(hmi_key_high(key) >> 1);
}

static inline int64_t hmi_trait_next_hash(int64_t hash)
{
    return hash == INT64_MAX ? 0 : hash + 1;
}

/* Copies of a column into the arena; .ptr NULL when it refused. */
hm_bytes hmi_column_bytes(hmi_arena *arena, hmi_stmt *stmt, int at);
hm_text hmi_column_text(hmi_arena *arena, hmi_stmt *stmt, int at);

/* ---- folder.c: made when they are not there */
int hmi_folder_cache(const char *name, char out[HMI_PATH_MAX], hm_err *err);
int hmi_folder_state(const char *name, char out[HMI_PATH_MAX], hm_err *err);

/* ---- depot.c: for a casebook on a server */
int hmi_depot_has(hmi_store *store, hm_text name, bool *ret_has, hm_err *err);
/* Inside a transaction. */
int hmi_depot_put(hmi_store *store, hm_text name, hmi_sealed *file, hm_err *err);
int hmi_depot_put_file(hmi_store *store, hm_text name, const char *path, hm_err *err);
int hmi_depot_drop(hmi_store *store, hm_text name, hm_err *err);
/* HM_E_CORRUPT when it is not what was put there; what was written by then is to be thrown away. */
int hmi_depot_get(hmi_store *store, hm_text name, int fd, hm_err *err);
int hmi_depot_get_file(hmi_store *store, hm_text name, const char *path, hm_err *err);

/* ---- store.c */
/* An empty casebook of version 0, which nobody else opens: to be filled by move.c. */
int hmi_store_open_unfinished(const char *where, hmi_store **ret_store, hm_err *err);
int hmi_store_path(const hmi_store *store, const char *part, char out[HMI_PATH_MAX], hm_err *err);

/* ---- stamp.c */
/* Inside a transaction: writes what hmi_stamp_put gathered; hmi_stamps_drop forgets it. */
int hmi_stamps_write(hmi_store *store, hm_err *err);
void hmi_stamps_drop(hmi_store *store);

/* ---- group.c */
/* Content is made durable and named before the transaction that names it commits. Takes it over. */
int hmi_group_content(hmi_store *store, hmi_sealed *content, hm_err *err);

/* ---- evidence.c */
/* The first thirteen columns of a row, in the order of EVIDENCE_FIND. */
int hmi_evidence_row(hmi_arena *arena, hmi_stmt *stmt, hmi_evidence *ret, hm_err *err);

/* ---- evidence.c, inside a transaction */
/* The link alone; hmi_link_put adds to the incident's postings too, when it is the first. */
int hmi_link_add(hmi_store *store, int64_t incident, int64_t evidence, hm_bytes name,
                 int64_t parent, hm_err *err);
int hmi_link_put(hmi_store *store, int64_t incident, int64_t evidence, hm_bytes name,
                 int64_t parent, hm_err *err);

/* ---- posting.c, inside a transaction */
/* One trait of a piece in one role. */
typedef struct hmi_tally {
    int class_id, role;
    bool is_new; /* no incident can hold this trait yet */
    int64_t trait, count;
} hmi_tally;
/* Adds rows in order of (class, trait, role). */
int hmi_postings_add(hmi_store *store, int64_t incident, const hmi_tally *rows, size_t count,
                     hm_err *err);
/* Adds (sign 1) or takes away (sign -1) all that one piece contributes to an incident's postings.
 */
int hmi_postings_count(hmi_store *store, int64_t incident, int64_t evidence, int sign, hm_err *err);

/* ---- store.c */
/* Draws a new epoch: all segments of that kind are void from this commit on. */
int hmi_index_void(hmi_store *store, uint32_t kind, hm_err *err);
const char *hmi_index_epoch(uint32_t kind);

/* ---- intake_traits.c */
/* The trait with this key and its name; *ret_id 0: there is none, the name is free for it. */
int hmi_trait_lookup(hmi_store *store, const hmi_key *key, int64_t *ret_id, int64_t *ret_hash,
                     hm_err *err);

/* ---- index.c */
/* Brings all indexes up to date, sealing what is new. */
int hmi_index_ready(hmi_store *store, hm_err *err);
void hmi_tails_free(hmi_store *store);
/* The snapshot that it was brought up to date in is over. */
void hmi_tail_unpin(hmi_tail *tail);

/* ---- baseline_shelf.c */
int hmi_baseline_shelf(hmi_store *store, uint64_t newest, hmi_shelf **ret_shelf, hm_err *err);
/* On a server: fetches the segments that this machine lacks; what cannot be had stays a gap. */
int hmi_baseline_fetch(hmi_store *store, uint64_t newest, hmi_shelf **io_shelf, hm_err *err);
/* On a server: an empty shelf to seal the next segment on. */
int hmi_baseline_aside(hmi_store *store, uint64_t newest, hmi_shelf **ret_shelf, hm_err *err);
/* On a server, inside a transaction: stores what was sealed aside. */
int hmi_baseline_put_aside(hmi_store *store, hm_err *err);
/* On a server, inside a transaction: an empty segment takes the place of one that is lost. */
int hmi_baseline_put_lost(hmi_store *store, uint64_t from, uint64_t to, hm_err *err);
/* Every segment that counts, as "baseline/...". */
int hmi_baseline_each(hmi_store *store, int (*visit)(void *with, const char *name, hm_err *err),
                      void *with, hm_err *err);

/* ---- baseline.c */
void hmi_baseline_close(hmi_store *store);
/* Names damaged parts to `say`, forgets the files they held. Returns how many, or negative. */
int hmi_baseline_verify(hmi_store *store, void (*say)(void *with, hm_text sentence), void *with,
                        hm_err *err);

#endif
