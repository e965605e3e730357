/* SPDX-License-Identifier: Apache-2.0
 *
 * baseline.c - what is common in the harmless world: key -> number of harmless files.
 *
 * WHY    A baseline has a hundred times the traits of an incident and is asked for counts alone. So
 *        it keeps no values, only 64 bits of each key with the numbers of the files that carry it,
 *        in segments; learning is a sort and a sequential write.
 * FORM   Files are numbered; baseline/files-EPOCH-FROM-TO.seg holds the pairs of the files from + 1
 *        .. to. The segment is durable before the transaction that names its files; one that lies
 *        ahead of the database is a crash's leftover and removed before its numbers are used again.
 * TRUST  Segments are data here, not index: nothing can make them again. A damaged one is never
 *        answered from (a count that is too low would make a common trait look rare); verify
 * forgets its files so that they are learned again. OWNS   The batch until commit or abandon; the
 * open shelf until hmi_store_close.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "casebook/index.h"

enum {
    BATCH_PAIRS_MAX = 1 << 21,
    BATCH_MEMORY_MAX = 32 << 20, /* names and fingerprints */
    FIRST_SLOTS = 4096
};

typedef struct learned_file {
    hmi_sha256 sha256;
    hm_bytes name;
} learned_file;

typedef struct learned_function {
    uint64_t key;
    hm_bytes fingerprint;
    int64_t number; /* once written on a server; -1: it was known */
} learned_function;

struct hmi_baseline_batch {
    hmi_store *store;
    hmi_arena arena;
    learned_file *files;
    size_t file_count, file_capacity;
    learned_function *functions; /* in order of arrival, then sorted by key */
    size_t function_count, function_capacity;
    uint32_t *slots; /* index + 1 into functions, by key: outsiders cannot choose keys */
    size_t slot_count;
    hmi_pairs pairs; /* value: index of the file in this batch */
};

/* ---- Opening */

void hmi_baseline_close(hmi_store *store)
{
    hmi_shelf_close(store->baseline);
    store->baseline = NULL;
}

static int refresh(hmi_store *store, hm_err *err)
{
    int64_t newest = 0;
    HMI_TRY(hmi_meta_get(store, "baseline_newest", &newest, err));
    if (store->baseline != NULL && store->baseline_newest == (uint64_t)newest) {
        return HM_OK;
    }
    hmi_baseline_close(store);
    HMI_TRY(hmi_baseline_shelf(store, (uint64_t)newest, &store->baseline, err));
    uint64_t from = 0, to = 0;
    if (store->engine->far) {
        HMI_TRY(hmi_baseline_fetch(store, (uint64_t)newest, &store->baseline, err));
    }
    if (hmi_shelf_gap(store->baseline, (uint64_t)newest, &from, &to)) {
        hmi_baseline_close(store);
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                        "the baseline lost its files %llu to %llu: verify the casebook, then learn "
                        "them again",
                        (unsigned long long)from + 1, (unsigned long long)to);
    }
    store->baseline_newest = (uint64_t)newest;
    return HM_OK;
}

/* ---- Learning */

static int batch_new(hmi_store *store, hmi_baseline_batch **ret_batch, hm_err *err)
{
    hmi_baseline_batch *batch = calloc(1, sizeof(*batch));
    uint32_t *slots = calloc(FIRST_SLOTS, sizeof(*slots));
    if (batch == NULL || slots == NULL) {
        free(batch);
        free(slots);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to learn");
    }
    batch->store = store;
    batch->slots = slots;
    batch->slot_count = FIRST_SLOTS;
    hmi_arena_init(&batch->arena, 2 * (size_t)BATCH_MEMORY_MAX);
    *ret_batch = batch;
    return HM_OK;
}

int hmi_baseline_begin(hmi_store *store, hmi_baseline_batch **ret_batch, hm_err *err)
{
    HMI_TRY(hmi_refuse_writing(store, err));
    if (store->batch != NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "another batch is being learned");
    }
    HMI_TRY(batch_new(store, &store->batch, err));
    *ret_batch = store->batch;
    return HM_OK;
}

void hmi_baseline_abandon(hmi_baseline_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    batch->store->batch = NULL;
    hmi_arena_fini(&batch->arena);
    free(batch->slots);
    free(batch->pairs.items);
    free(batch);
}

static void batch_clear(hmi_baseline_batch *batch)
{
    hmi_arena_reset(&batch->arena);
    memset(batch->slots, 0, batch->slot_count * sizeof(*batch->slots));
    batch->files = NULL;
    batch->functions = NULL;
    batch->file_count = batch->file_capacity = 0;
    batch->function_count = batch->function_capacity = 0;
    batch->pairs.count = 0;
}

static int grow_slots(hmi_baseline_batch *batch, hm_err *err)
{
    size_t count = batch->slot_count * 4;
    uint32_t *slots = calloc(count, sizeof(*slots));
    if (slots == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to learn");
    }
    for (size_t i = 0; i < batch->function_count; i++) {
        size_t slot = batch->functions[i].key & (count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (count - 1);
        }
        slots[slot] = (uint32_t)i + 1;
    }
    free(batch->slots);
    batch->slots = slots;
    batch->slot_count = count;
    return HM_OK;
}

/* A fingerprint is kept once a batch, and once in the database. */
static int add_function(hmi_baseline_batch *batch, uint64_t key, hm_bytes fingerprint, hm_err *err)
{
    if (batch->function_count * 2 >= batch->slot_count) {
        HMI_TRY(grow_slots(batch, err));
    }
    size_t slot = key & (batch->slot_count - 1);
    for (; batch->slots[slot] != 0; slot = (slot + 1) & (batch->slot_count - 1)) {
        if (batch->functions[batch->slots[slot] - 1].key == key) {
            return HM_OK;
        }
    }
    learned_function *grown = hmi_arena_grow(&batch->arena, batch->functions, batch->function_count,
                                             &batch->function_capacity, sizeof(*grown));
    hm_bytes copy = hmi_arena_bytes(&batch->arena, fingerprint);
    if (grown == NULL || copy.ptr == NULL) {
        return hmi_arena_fail(&batch->arena, err);
    }
    batch->functions = grown;
    batch->functions[batch->function_count++] = (learned_function){ key, copy, 0 };
    batch->slots[slot] = (uint32_t)batch->function_count;
    return HM_OK;
}

static int write_batch(hmi_baseline_batch *batch, hm_err *err);

static int add_traits(hmi_baseline_batch *batch, uint32_t file, const hmi_trait *traits,
                      size_t count, hm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t key = hmi_key_high(hmi_trait_key(traits[i].class_id, traits[i].value));
        HMI_TRY(hmi_pairs_add(&batch->pairs, key, file, err));
        if (traits[i].class_id == HMI_FUNCTION && traits[i].detail.len > 0) {
            HMI_TRY(add_function(batch, key, traits[i].detail, err));
        }
    }
    return HM_OK;
}

int hmi_baseline_file(hmi_baseline_batch *batch, const hmi_sha256 *sha256, hm_bytes name,
                      const hmi_trait *traits, size_t count, hm_err *err)
{
    if (count > BATCH_PAIRS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "one file with %zu traits", count);
    }
    bool known = false;
    HMI_TRY(hmi_baseline_knows(batch->store, sha256, &known, err));
    if (known) {
        return HM_OK;
    }
    bool full = batch->pairs.count + count > BATCH_PAIRS_MAX ||
                batch->arena.used > (size_t)BATCH_MEMORY_MAX;
    if (full && batch->file_count > 0) {
        HMI_TRY(write_batch(batch, err));
    }
    learned_file *grown = hmi_arena_grow(&batch->arena, batch->files, batch->file_count,
                                         &batch->file_capacity, sizeof(*grown));
    hm_bytes copy = hmi_arena_bytes(&batch->arena, hmi_slice(name, 0, HMI_MEMBER_NAME_MAX));
    if (grown == NULL || copy.ptr == NULL) {
        return hmi_arena_fail(&batch->arena, err);
    }
    batch->files = grown;
    size_t before = batch->pairs.count;
    int code = add_traits(batch, (uint32_t)batch->file_count, traits, count, err);
    if (code != HM_OK) {
        batch->pairs.count = before; /* the file is not in the batch */
        return code;
    }
    batch->files[batch->file_count++] = (learned_file){ *sha256, copy };
    return HM_OK;
}

static int by_function_key(const void *a, const void *b)
{
    const learned_function *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void bind_function_key(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    hmi_bind(stmt, first, (int64_t)((const learned_function *)with)[index].key);
}

static int take_known(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    (void)stmt;
    (void)err;
    ((learned_function *)with)[index].number = -1;
    return HM_OK;
}

static void bind_function(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const learned_function *one = (const learned_function *)with + index;
    hmi_bind(stmt, first, one->number);
    hmi_bind(stmt, first + 1, (int64_t)one->key);
    hmi_bind_bytes(stmt, first + 2, one->fingerprint);
}

/* Asked and added all at once; we hold the write lock, so numbers are ours to give. */
static int insert_functions_far(hmi_baseline_batch *batch, hm_err *err)
{
    hmi_store *store = batch->store;
    learned_function *all = batch->functions;
    hmi_stmt *stmt = NULL;
    int64_t newest = 0;
    size_t fresh = 0;
    for (size_t i = 0; i < batch->function_count; i++) {
        all[i].number = 0;
    }
    HMI_TRY(hmi_query(store, HMI_Q_BASELINE_FUNCTION_NEWEST, &stmt, err));
    HMI_TRY(hmi_run_number(store, stmt, &newest, err));
    HMI_TRY(hmi_rows_ask(store, HMI_Q_BASELINE_FUNCTION_KNOWN, 1, batch->function_count,
                         bind_function_key, all, take_known, all, err));
    for (size_t i = 0; i < batch->function_count; i++) {
        if (all[i].number == 0) {
            all[fresh] = all[i];
            all[fresh++].number = ++newest;
        }
    }
    batch->function_count = fresh;
    return hmi_rows_write(store, HMI_Q_BASELINE_FUNCTION_PUT, HMI_Q_BASELINE_FUNCTION_PUT, 3, fresh,
                          bind_function, all, err);
}

static int insert_files(hmi_baseline_batch *batch, uint64_t newest, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    for (size_t i = 0; i < batch->file_count; i++) {
        const learned_file *file = &batch->files[i];
        HMI_TRY(hmi_query(batch->store, HMI_Q_BASELINE_ADD, &stmt, err));
        hmi_bind(stmt, 1, (int64_t)(newest + i + 1));
        hmi_bind_bytes(stmt, 2, hmi_bytes(file->sha256.bytes, sizeof(file->sha256.bytes)));
        hmi_bind_bytes(stmt, 3, file->name);
        HMI_TRY(hmi_run(batch->store, stmt, err));
    }
    if (batch->function_count > 0) {
        qsort(batch->functions, batch->function_count, sizeof(*batch->functions), by_function_key);
    }
    if (batch->store->engine->far) {
        HMI_TRY(insert_functions_far(batch, err));
        return hmi_meta_set(batch->store, "baseline_newest", (int64_t)(newest + batch->file_count),
                            err);
    }
    for (size_t i = 0; i < batch->function_count; i++) {
        HMI_TRY(hmi_query(batch->store, HMI_Q_BASELINE_FUNCTION_ADD, &stmt, err));
        hmi_bind(stmt, 1, (int64_t)batch->functions[i].key);
        hmi_bind_bytes(stmt, 2, batch->functions[i].fingerprint);
        HMI_TRY(hmi_run(batch->store, stmt, err));
    }
    return hmi_meta_set(batch->store, "baseline_newest", (int64_t)(newest + batch->file_count),
                        err);
}

/* Files another process learned since they entered the batch must not count twice. */
static int refuse_doubles(hmi_baseline_batch *batch, hm_err *err)
{
    for (size_t i = 0; i < batch->file_count; i++) {
        hmi_stmt *stmt = NULL;
        HMI_TRY(hmi_query(batch->store, HMI_Q_BASELINE_KNOWS, &stmt, err));
        const hmi_sha256 *sha256 = &batch->files[i].sha256;
        hmi_bind_bytes(stmt, 1, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
        int rc = hmi_step(batch->store, stmt, err);
        hmi_reset(stmt);
        if (rc != 0) {
            return rc < 0 ? rc
                          : hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE,
                                     "another process learned one of these files meanwhile: "
                                     "learn them again");
        }
    }
    return HM_OK;
}

static int open_for_sealing(hmi_store *store, uint64_t newest, hmi_shelf **ret_shelf, hm_err *err)
{
    if (store->engine->far) {
        return hmi_baseline_aside(store, newest, ret_shelf, err);
    }
    HMI_TRY(hmi_baseline_shelf(store, newest, ret_shelf, err));
    return hmi_shelf_clear_ahead(*ret_shelf, err);
}

static int write_in_transaction(hmi_baseline_batch *batch, hmi_shelf **ret_shelf, hm_err *err)
{
    int64_t newest = 0;
    HMI_TRY(hmi_meta_get(batch->store, "baseline_newest", &newest, err));
    HMI_TRY(refuse_doubles(batch, err));
    HMI_TRY(open_for_sealing(batch->store, (uint64_t)newest, ret_shelf, err));
    if ((uint64_t)newest + batch->file_count > UINT32_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "the baseline has all the files it can hold");
    }
    for (size_t i = 0; i < batch->pairs.count; i++) {
        batch->pairs.items[i].value += (uint32_t)newest + 1;
    }
    HMI_TRY(hmi_shelf_seal(*ret_shelf, (uint64_t)newest, (uint64_t)newest + batch->file_count,
                           batch->pairs.items, batch->pairs.count, err));
    HMI_TRY(batch->store->engine->far ? hmi_baseline_put_aside(batch->store, err) : HM_OK);
    return insert_files(batch, (uint64_t)newest, err);
}

static int write_batch(hmi_baseline_batch *batch, hm_err *err)
{
    hmi_store *store = batch->store;
    if (batch->file_count == 0) {
        return HM_OK;
    }
    hmi_shelf *shelf = NULL;
    HMI_TRY(hmi_begin(store, err));
    int code = write_in_transaction(batch, &shelf, err);
    if (code == HM_OK) {
        code = hmi_commit(store, err);
    } else {
        hmi_rollback(store);
    }
    if (code == HM_OK) {
        if (!store->engine->far) {
            (void)hmi_shelf_tidy(shelf, false, NULL); /* what fails here is merged another time */
        }
        hmi_baseline_close(store);
        batch_clear(batch);
    }
    hmi_shelf_close(shelf);
    return code;
}

int hmi_baseline_commit(hmi_baseline_batch *batch, hm_err *err)
{
    int code = write_batch(batch, err);
    hmi_baseline_abandon(batch);
    return code;
}

int hmi_baseline_merge(hmi_store *store, hm_err *err)
{
    HMI_TRY(hmi_refuse_writing(store, err));
    HMI_TRY(refresh(store, err));
    return hmi_shelf_tidy(store->baseline, true, err);
}

/* ---- Asking */

int hmi_baseline_knows(hmi_store *store, const hmi_sha256 *sha256, bool *ret_known, hm_err *err)
{
    const hmi_baseline_batch *batch = store->batch;
    for (size_t i = 0; batch != NULL && i < batch->file_count; i++) {
        if (memcmp(&batch->files[i].sha256, sha256, sizeof(*sha256)) == 0) {
            *ret_known = true;
            return HM_OK;
        }
    }
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_BASELINE_KNOWS, &stmt, err));
    hmi_bind_bytes(stmt, 1, hmi_bytes(sha256->bytes, sizeof(sha256->bytes)));
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    hmi_reset(stmt);
    *ret_known = rc == 1;
    return HM_OK;
}

int hmi_baseline_counts(hmi_store *store, const hmi_key *keys, size_t count, uint32_t *ret_counts,
                        hm_err *err)
{
    HMI_TRY(refresh(store, err));
    for (size_t i = 0; i < count; i++) {
        uint64_t files = 0;
        int code = hmi_shelf_count(store->baseline, hmi_key_high(keys[i]), &files, err);
        if (code != HM_OK) {
            hmi_baseline_close(store);
            return code == HM_E_CORRUPT ? hmi_fail_in(err, "the baseline is damaged, verify the "
                                                           "casebook and learn again")
                                        : code;
        }
        ret_counts[i] = (uint32_t)files;
    }
    return HM_OK;
}

int hmi_baseline_carriers(hmi_store *store, uint64_t key, const uint32_t **ret_files,
                          size_t *ret_count, hm_err *err)
{
    size_t total = 0;
    HMI_TRY(refresh(store, err));
    return hmi_shelf_find(store->baseline, key, SIZE_MAX, ret_files, ret_count, &total, err);
}

int hmi_baseline_files(hmi_store *store, uint64_t *ret_files, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int64_t files = 0;
    HMI_TRY(hmi_query(store, HMI_Q_BASELINE_FILES, &stmt, err));
    HMI_TRY(hmi_run_number(store, stmt, &files, err));
    *ret_files = (uint64_t)files;
    return HM_OK;
}

/* ---- Verifying */

/* The files of a lost range are forgotten, and an empty segment takes its place. */
static int forget_range(hmi_store *store, hmi_shelf *shelf, uint64_t from, uint64_t to, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_BASELINE_FORGET, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)from);
    hmi_bind(stmt, 2, (int64_t)to);
    HMI_TRY(hmi_run(store, stmt, err));
    HMI_TRY(hmi_shelf_seal(shelf, from, to, NULL, 0, err));
    return store->engine->far ? hmi_baseline_put_lost(store, from, to, err) : HM_OK;
}

static int verify_in_transaction(hmi_store *store, hmi_shelf **io_shelf, uint64_t newest,
                                 void (*say)(void *with, hm_text sentence), void *with, hm_err *err)
{
    HMI_TRY(hmi_shelf_clear_ahead(*io_shelf, err));
    int damaged = hmi_shelf_check(*io_shelf, say, with, err);
    HMI_TRY(damaged < 0 ? damaged : HM_OK);
    if (store->engine->far) {
        HMI_TRY(hmi_baseline_fetch(store, newest, io_shelf, err));
    }
    uint64_t from = 0, to = 0;
    int lost = 0;
    for (; hmi_shelf_gap(*io_shelf, newest, &from, &to); lost++) {
        HMI_TRY(forget_range(store, *io_shelf, from, to, err));
        char sentence[160];
        snprintf(sentence, sizeof(sentence),
                 "baseline files %llu to %llu are lost and forgotten: learn them again",
                 (unsigned long long)from + 1, (unsigned long long)to);
        say(with, hmi_text_of(sentence));
    }
    return lost;
}

int hmi_baseline_verify(hmi_store *store, void (*say)(void *with, hm_text sentence), void *with,
                        hm_err *err)
{
    int64_t newest = 0;
    hmi_shelf *shelf = NULL;
    hmi_baseline_close(store);
    HMI_TRY(hmi_begin(store, err));
    int code = hmi_meta_get(store, "baseline_newest", &newest, err);
    if (code == HM_OK) {
        code = hmi_baseline_shelf(store, (uint64_t)newest, &shelf, err);
    }
    if (code == HM_OK) {
        code = verify_in_transaction(store, &shelf, (uint64_t)newest, say, with, err);
    }
    hmi_shelf_close(shelf);
    if (code > 0) {
        int done = hmi_commit(store, err);
        return done == HM_OK ? code : done;
    }
    hmi_rollback(store);
    return code;
}
