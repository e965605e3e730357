/* SPDX-License-Identifier: Apache-2.0
 *
 * index.c - what the database knows, turned round: from a trait to the incidents that have it.
 *
 * WHY    A comparison asks ten thousand traits at once; SQLite answers 300 a millisecond, a sealed
 *        segment ten times as many. So what was linked lies in segments (index/), and what came
 *        since the last one is kept in memory: the tail.
 * FORM   Links are numbered (link.seq); a segment holds the pairs (trait, incident) of a range of
 *        them. Reading a piece anew draws a new epoch, which makes all segments void.
 * TRUST  The database is the truth. A segment that is damaged is removed and made again.
 * OWNS   One shelf and one tail a kind, until hmi_store_close.
 */
#include "casebook/index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    TAIL_PAIRS_MAX = 4096,   /* more than that is sealed before a question is answered */
    SEAL_PAIRS_MAX = 1 << 21 /* in one segment made from the database */
};

static const char *const NAMES[] = { [HMI_KIND_POSTINGS] = "postings",
                                     [HMI_KIND_PROBES] = "probes",
                                     [HMI_KIND_BASELINE_PROBES] = "harmless" };

struct hmi_tail {
    bool pinned; /* up to date as long as the snapshot lasts */
    hmi_shelf *shelf;
    int64_t epoch;
    uint64_t newest;
    hmi_postings_pair *pairs; /* what no segment holds, sorted */
    size_t count;
    uint32_t *values; /* room for a union of segment and tail */
    size_t capacity;
};

static void tail_free(hmi_tail *tail)
{
    if (tail == NULL) {
        return;
    }
    hmi_shelf_close(tail->shelf);
    free(tail->pairs);
    free(tail->values);
    free(tail);
}

void hmi_tail_unpin(hmi_tail *tail)
{
    if (tail != NULL) {
        tail->pinned = false;
    }
}

void hmi_tails_free(hmi_store *store)
{
    for (size_t i = 0; i < HMI_COUNT(store->tails); i++) {
        tail_free(store->tails[i]);
        store->tails[i] = NULL;
    }
}

/* ---- What the database has */

static int current_state(hmi_store *store, uint32_t kind, int64_t *ret_epoch, uint64_t *ret_newest,
                         hm_err *err)
{
    hmi_query_id id = kind == HMI_KIND_POSTINGS ? HMI_Q_LINK_NEWEST
                      : kind == HMI_KIND_PROBES ? HMI_Q_FUNCTION_NEWEST
                                                : HMI_Q_BASELINE_FUNCTION_NEWEST;
    hmi_stmt *stmt = NULL;
    int64_t newest = 0;
    HMI_TRY(hmi_meta_get(store, hmi_index_epoch(kind), ret_epoch, err));
    HMI_TRY(hmi_query(store, id, &stmt, err));
    HMI_TRY(hmi_run_number(store, stmt, &newest, err));
    *ret_newest = (uint64_t)newest;
    return HM_OK;
}

int hmi_pairs_add(hmi_pairs *all, uint64_t key, uint32_t value, hm_err *err)
{
    if (all->count == all->capacity) {
        size_t capacity = all->capacity == 0 ? 4096 : all->capacity * 2;
        hmi_postings_pair *grown = realloc(all->items, capacity * sizeof(*grown));
        if (grown == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to build the index");
        }
        all->items = grown;
        all->capacity = capacity;
    }
    all->items[all->count++] = (hmi_postings_pair){ key, value };
    return HM_OK;
}

/* Pairs of the links from + 1 .. *to; when there are too many, *to becomes the last whole link. */
static int collect_postings(hmi_store *store, uint64_t from, uint64_t *to, hmi_pairs *all,
                            hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_LINK_PAIRS, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)from);
    hmi_bind(stmt, 2, (int64_t)*to);
    uint64_t seq = from;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        uint64_t here = (uint64_t)hmi_column(stmt, 0);
        if (here != seq && all->count >= SEAL_PAIRS_MAX) {
            *to = here - 1;
            rc = 0;
            break;
        }
        seq = here;
        rc = hmi_pairs_add(all, hmi_trait_posting_key(hmi_column(stmt, 2)),
                           (uint32_t)hmi_column(stmt, 1), err);
        if (rc != HM_OK) {
            break;
        }
    }
    hmi_reset(stmt);
    return rc;
}

static int collect(hmi_store *store, uint32_t kind, uint64_t from, uint64_t *to, hmi_pairs *all,
                   hm_err *err)
{
    if (kind != HMI_KIND_POSTINGS) {
        return hmi_collect_probes(store, kind, from, to, SEAL_PAIRS_MAX, all, err);
    }
    return collect_postings(store, from, to, all, err);
}

/* ---- Bringing a tail up to date */

static int open_shelf(hmi_store *store, uint32_t kind, hmi_tail *tail, hm_err *err)
{
    char folder[HMI_PATH_MAX];
    HMI_TRY(hmi_store_path(store, "index", folder, err));
    hmi_shelf_plan plan = { folder, NAMES[kind], kind, (uint64_t)tail->epoch, tail->newest };
    hmi_shelf *shelf = NULL;
    HMI_TRY(hmi_shelf_open(&plan, &shelf, err));
    hmi_shelf_close(tail->shelf);
    tail->shelf = shelf;
    return HM_OK;
}

static int tail_reset(hmi_store *store, uint32_t kind, hmi_tail **ret_tail, hm_err *err)
{
    if (store->tails[kind] == NULL) {
        store->tails[kind] = calloc(1, sizeof(hmi_tail));
    }
    if (store->tails[kind] == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open the index");
    }
    hmi_tail *tail = store->tails[kind];
    tail->count = 0;
    HMI_TRY(current_state(store, kind, &tail->epoch, &tail->newest, err));
    int code = open_shelf(store, kind, tail, err);
    if (code != HM_OK) {
        tail->epoch = -1; /* never believed until it succeeds */
        return code;
    }
    *ret_tail = tail;
    return HM_OK;
}

/* Seals what is missing, oldest gap first. Under the write lock, so that numbers and epoch stand
 * still and nobody else seals; the transaction itself changes nothing. */
static int seal_gaps(hmi_store *store, uint32_t kind, hm_err *err)
{
    hmi_tail *tail = NULL;
    HMI_TRY(tail_reset(store, kind, &tail, err));
    HMI_TRY(hmi_shelf_clear_ahead(tail->shelf, err));
    uint64_t from = 0, to = 0;
    hmi_pairs all = { NULL, 0, 0 };
    int code = HM_OK;
    while (code == HM_OK && hmi_shelf_gap(tail->shelf, tail->newest, &from, &to)) {
        all.count = 0;
        code = collect(store, kind, from, &to, &all, err);
        if (code == HM_OK) {
            code = hmi_shelf_seal(tail->shelf, from, to, all.items, all.count, err);
        }
    }
    free(all.items);
    return code == HM_OK ? hmi_shelf_tidy(tail->shelf, false, err) : code;
}

/* A server's writers are not held up for segments of this machine: a snapshot makes numbers stand
 * still, a lock in the cache keeps other programs of this machine from sealing the same. */
static int seal_here(hmi_store *store, uint32_t kind, hm_err *err)
{
    char path[HMI_PATH_MAX];
    HMI_TRY(hmi_store_path(store, "index/lock", path, err));
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        int code = hmi_fail_errno(err, "cannot lock %s", path);
        if (lock >= 0) {
            close(lock);
        }
        return code;
    }
    int code = hmi_engine_begin(store->engine, HMI_ENGINE_READING, err);
    if (code == HM_OK) {
        code = seal_gaps(store, kind, err);
        hmi_engine_rollback(store->engine);
    }
    close(lock);
    return code;
}

/* In a group the links it wrote could still be undone: nothing is sealed then. */
int hmi_index_seal(hmi_store *store, uint32_t kind, hm_err *err)
{
    hmi_assert(!store->group.on);
    if (store->engine->far) {
        return seal_here(store, kind, err);
    }
    HMI_TRY(hmi_begin(store, err));
    int code = seal_gaps(store, kind, err);
    hmi_rollback(store);
    return code;
}

/* All that no segment holds into memory. */
static int load_tail(hmi_store *store, uint32_t kind, hmi_tail *tail, hm_err *err)
{
    uint64_t from = 0, to = 0;
    hmi_pairs all = { NULL, 0, 0 };
    int code = HM_OK;
    if (hmi_shelf_gap(tail->shelf, tail->newest, &from, &to)) {
        for (to = tail->newest; code == HM_OK && from < tail->newest;
             from = to, to = tail->newest) {
            size_t before = all.count;
            hmi_pairs part = { NULL, 0, 0 };
            code = collect(store, kind, from, &to, &part, err);
            for (size_t i = 0; code == HM_OK && i < part.count; i++) {
                code = hmi_pairs_add(&all, part.items[i].key, part.items[i].value, err);
            }
            free(part.items);
            hmi_assert(code != HM_OK || all.count >= before);
        }
    }
    size_t kept = code == HM_OK ? hmi_postings_sort(all.items, all.count) : 0;
    if (kept == HMI_NPOS) {
        code = hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to build the index");
    }
    if (code != HM_OK) {
        free(all.items);
        return code;
    }
    free(tail->pairs);
    tail->pairs = all.items;
    tail->count = kept;
    return HM_OK;
}

/* How many numbers, at most, a gap at the very end may have to be read into memory each time. */
static bool is_small_gap(const hmi_tail *tail)
{
    uint64_t from = 0, to = 0;
    if (!hmi_shelf_gap(tail->shelf, tail->newest, &from, &to)) {
        return true;
    }
    return to == tail->newest && to - from <= TAIL_PAIRS_MAX / 64;
}

static int refresh(hmi_store *store, uint32_t kind, hmi_tail **ret_tail, hm_err *err)
{
    hmi_tail *tail = store->tails[kind];
    int64_t epoch = 0;
    uint64_t newest = 0;
    if (tail != NULL && tail->pinned) {
        *ret_tail = tail;
        return HM_OK;
    }
    HMI_TRY(current_state(store, kind, &epoch, &newest, err));
    if (tail != NULL && tail->epoch == epoch && tail->newest == newest) {
        tail->pinned = store->snapshots > 0;
        *ret_tail = tail;
        return HM_OK;
    }
    HMI_TRY(tail_reset(store, kind, &tail, err));
    bool may_write = store->engine->far || (!store->read_only && store->engine->broken[0] == '\0');
    bool may_seal = may_write && !store->writing && !store->group.on && store->snapshots == 0;
    if (may_seal && !is_small_gap(tail)) {
        hm_err why = { 0 };
        int code = hmi_index_seal(store, kind, &why);
        if (code != HM_OK) { /* a full disk or a busy casebook must not keep the answer from us */
            HMI_TRY(tail_reset(store, kind, &tail, err));
        }
    }
    tail = store->tails[kind];
    HMI_TRY(load_tail(store, kind, tail, err));
    if (may_seal && tail->count > TAIL_PAIRS_MAX) {
        if (hmi_index_seal(store, kind, NULL) != HM_OK) {
            HMI_TRY(tail_reset(store, kind, &tail, err));
        }
        tail = store->tails[kind];
        HMI_TRY(load_tail(store, kind, tail, err));
    }
    tail->pinned = store->snapshots > 0;
    *ret_tail = tail;
    return HM_OK;
}

/* ---- Asking */

static size_t first_pair(const hmi_tail *tail, uint64_t key)
{
    size_t low = 0, high = tail->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tail->pairs[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Segment's values and the tail's into one ascending list. */
static int unite(hmi_tail *tail, const uint32_t *values, size_t count, size_t at, uint64_t key,
                 hmi_values *ret, hm_err *err)
{
    size_t end = at;
    while (end < tail->count && tail->pairs[end].key == key) {
        end++;
    }
    if (count + (end - at) > tail->capacity) {
        size_t capacity = (count + (end - at)) * 2;
        uint32_t *grown = realloc(tail->values, capacity * sizeof(*grown));
        if (grown == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a list of postings");
        }
        tail->values = grown;
        tail->capacity = capacity;
    }
    size_t kept = 0, i = 0;
    while (i < count || at < end) {
        uint32_t next;
        if (at == end || (i < count && values[i] <= tail->pairs[at].value)) {
            next = values[i++];
        } else {
            next = tail->pairs[at++].value;
        }
        if (kept == 0 || tail->values[kept - 1] != next) {
            tail->values[kept++] = next;
        }
    }
    *ret = (hmi_values){ tail->values, kept, kept };
    return HM_OK;
}

typedef int (*shelf_find)(hmi_shelf *shelf, uint64_t key, size_t max, const uint32_t **ret_values,
                          size_t *ret_count, size_t *ret_total, hm_err *err);

static int find_in(hmi_tail *tail, shelf_find find, uint64_t key, size_t max, hmi_values *ret,
                   hm_err *err)
{
    size_t at = first_pair(tail, key);
    bool in_tail = at < tail->count && tail->pairs[at].key == key;
    const uint32_t *values = NULL;
    size_t count = 0, total = 0;
    /* Only whole lists can be united. */
    HMI_TRY(in_tail ? hmi_shelf_find(tail->shelf, key, SIZE_MAX, &values, &count, &total, err)
                    : find(tail->shelf, key, max, &values, &count, &total, err));
    if (in_tail) {
        return unite(tail, values, count, at, key, ret, err);
    }
    *ret = (hmi_values){ values, count, total };
    return HM_OK;
}

static void hear_nothing(void *with, hm_text sentence)
{
    (void)with;
    (void)sentence;
}

/* Removes damaged segments and makes them again; returns how many. */
static int repair_outside(hmi_store *store, uint32_t kind,
                          void (*say)(void *with, hm_text sentence), void *with, hm_err *err)
{
    hmi_tail *tail = NULL;
    HMI_TRY(tail_reset(store, kind, &tail, err));
    int damaged = hmi_shelf_check(tail->shelf, say, with, err);
    HMI_TRY(damaged < 0 ? damaged : HM_OK);
    HMI_TRY(hmi_index_seal(store, kind, err));
    return damaged;
}

/* Sealing needs the write lock: a snapshot ends for it and begins anew. */
static int repair(hmi_store *store, uint32_t kind, void (*say)(void *with, hm_text sentence),
                  void *with, hm_err *err)
{
    uint32_t snapshots = store->snapshots;
    store->snapshots = snapshots > 0;
    if (snapshots > 0) {
        hmi_snapshot_end(store);
    }
    int damaged = repair_outside(store, kind, say, with, err);
    if (snapshots > 0) {
        HMI_TRY(hmi_snapshot_begin(store, err));
        store->snapshots = snapshots;
    }
    return damaged;
}

static int find_each(hmi_store *store, uint32_t kind, shelf_find find, const uint64_t *keys,
                     size_t count, size_t max, hmi_index_visit visit, void *with, hm_err *err)
{
    hmi_tail *tail = NULL;
    HMI_TRY(refresh(store, kind, &tail, err));
    bool repaired = false;
    for (size_t i = 0; i < count;) {
        hmi_values values;
        int code = find_in(tail, find, keys[i], max, &values, err);
        if (code == HM_E_CORRUPT && !repaired && !store->read_only && !store->group.on) {
            repaired = true;
            int damaged = repair(store, kind, hear_nothing, NULL, err);
            HMI_TRY(damaged < 0 ? damaged : HM_OK);
            tail = store->tails[kind];
            HMI_TRY(load_tail(store, kind, tail, err));
            continue;
        }
        HMI_TRY(code);
        HMI_TRY(visit(with, i, &values, err));
        i++;
    }
    return HM_OK;
}

int hmi_index_find(hmi_store *store, uint32_t kind, const uint64_t *keys, size_t count, size_t max,
                   hmi_index_visit visit, void *with, hm_err *err)
{
    return find_each(store, kind, hmi_shelf_find, keys, count, max, visit, with, err);
}

int hmi_index_find_few(hmi_store *store, uint32_t kind, const uint64_t *keys, size_t count,
                       size_t max, hmi_index_visit visit, void *with, hm_err *err)
{
    return find_each(store, kind, hmi_shelf_find_few, keys, count, max, visit, with, err);
}

static const uint32_t KINDS[] = { HMI_KIND_POSTINGS, HMI_KIND_PROBES, HMI_KIND_BASELINE_PROBES };

int hmi_index_ready(hmi_store *store, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        hmi_tail *tail = NULL;
        HMI_TRY(refresh(store, KINDS[i], &tail, err));
    }
    return HM_OK;
}

int hmi_store_settle(hmi_store *store, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        HMI_TRY(hmi_index_seal(store, KINDS[i], err));
    }
    return HM_OK;
}

/* ---- Verifying */

/* Sums that do not depend on order: equal for equal sets of pairs. */
typedef struct pair_sum {
    uint64_t count, sum;
} pair_sum;

static void add_pair(pair_sum *all, uint64_t key, uint32_t value)
{
    uint64_t both[2] = { key, value };
    all->count++;
    all->sum += hmi_xxh3(hmi_bytes(both, sizeof(both)), 1);
}

static int add_segment_pairs(void *with, uint64_t key, const uint32_t *values, size_t count,
                             hm_err *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++) {
        add_pair(with, key, values[i]);
    }
    return HM_OK;
}

static int sum_probes(hmi_store *store, uint32_t kind, uint64_t newest, pair_sum *ret, hm_err *err)
{
    hmi_pairs part = { NULL, 0, 0 };
    pair_sum all = { 0, 0 };
    int code = HM_OK;
    for (uint64_t from = 0, to = newest; code == HM_OK && from < newest; from = to, to = newest) {
        part.count = 0;
        code = collect(store, kind, from, &to, &part, err);
        for (size_t i = 0; code == HM_OK && i < part.count; i++) {
            add_pair(&all, part.items[i].key, part.items[i].value);
        }
    }
    free(part.items);
    *ret = all;
    return code;
}

static int sum_postings(hmi_store *store, pair_sum *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_VERIFY_PAIRS, &stmt, err));
    pair_sum all = { 0, 0 };
    int64_t incident = 0, trait = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        int64_t next_incident = hmi_column(stmt, 0);
        int64_t next_trait = hmi_column(stmt, 1);
        if (next_incident != incident || next_trait != trait) {
            add_pair(&all, hmi_trait_posting_key(next_trait), (uint32_t)next_incident);
        }
        incident = next_incident;
        trait = next_trait;
    }
    *ret = all;
    return rc;
}

/* Merges all segments into one and compares its pairs with the database's: 1 when they differ. */
static int compare(hmi_store *store, uint32_t kind, hm_err *err)
{
    HMI_TRY(seal_gaps(store, kind, err));
    hmi_tail *tail = store->tails[kind];
    HMI_TRY(hmi_shelf_tidy(tail->shelf, true, err));
    if (hmi_shelf_segments(tail->shelf) > 1) {
        return 0; /* too large to be one: each was checked by itself */
    }
    pair_sum segment = { 0, 0 }, database = { 0, 0 };
    HMI_TRY(hmi_shelf_each(tail->shelf, add_segment_pairs, &segment, err));
    HMI_TRY(kind == HMI_KIND_POSTINGS ? sum_postings(store, &database, err)
                                      : sum_probes(store, kind, tail->newest, &database, err));
    return segment.count != database.count || segment.sum != database.sum;
}

static int verify_kind(hmi_store *store, uint32_t kind, void (*say)(void *with, hm_text sentence),
                       void *with, hm_err *err)
{
    int rebuilt = repair(store, kind, say, with, err);
    HMI_TRY(rebuilt < 0 ? rebuilt : HM_OK);
    HMI_TRY(hmi_begin(store, err));
    int code = compare(store, kind, err);
    if (code == 1) {
        char sentence[100];
        snprintf(sentence, sizeof(sentence),
                 "the index \"%s\" differs from the database and was "
                 "made again",
                 NAMES[kind]);
        say(with, hmi_text_of(sentence));
        rebuilt++;
        code = hmi_index_void(store, kind, err);
        if (code == HM_OK) {
            HMI_TRY(hmi_commit(store, err));
            HMI_TRY(hmi_index_seal(store, kind, err));
            return rebuilt;
        }
    }
    hmi_rollback(store);
    return code < 0 ? code : rebuilt;
}

int hmi_index_verify(hmi_store *store, void (*say)(void *with, hm_text sentence), void *with,
                     hm_err *err)
{
    int rebuilt = 0;
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        int more = verify_kind(store, KINDS[i], say, with, err);
        HMI_TRY(more < 0 ? more : HM_OK);
        rebuilt += more;
    }
    return rebuilt;
}
