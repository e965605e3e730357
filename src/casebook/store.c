/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c - making, opening and closing a casebook; its small counters.
 *
 * WHY    A casebook is a folder that can be copied, backed up and handed over:
 *            casebook.db (-wal, -shm)  the database, which is the truth
 *            evidence/ab/cdef...       content by SHA-256, masked and compressed
 *            index/                    segments, made from the database, may be deleted
 *            baseline/                 segments of learned files: data, not index
 *        or a database on a server, which then holds all of it; index/ and what is fetched of
 *        baseline/ lie in a folder of this machine (folder.c).
 * OWNS   The connection, the index in memory, pending stamps.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "casebook/inside.h"
#include "casebook/schema.h"
#include "engine/postgres.h"
#include "engine/sqlite.h"
#include "index/sealed.h"

static const char *const FOLDERS[] = { "evidence", "index", "baseline" };
#define DATABASE "casebook.db"
enum { BUSY_MS = 10000 };

bool hmi_store_is_address(const char *where)
{
    return hmi_postgres_is_address(where);
}

const char *hmi_store_where(const hmi_store *store)
{
    return store->where;
}

const char *hmi_store_folder(const hmi_store *store)
{
    return store->state;
}

const char *hmi_store_cache(const hmi_store *store)
{
    return store->folder;
}

static int folder_of_server(const char *where, char **ret_folder, hm_err *err)
{
    static const hmi_engine_plan NO_QUESTIONS;
    const hmi_postgres_options options = { .read_only = true };
    char path[HMI_PATH_MAX];
    hmi_engine *engine = NULL;
    HMI_TRY(hmi_postgres_open(where, &NO_QUESTIONS, &options, &engine, err));
    int code = hmi_folder_state(hmi_postgres_casebook(engine), path, err);
    hmi_engine_close(engine);
    HMI_TRY(code);
    *ret_folder = strdup(path);
    return HM_OK;
}

int hmi_store_folder_of(const char *where, char **ret_folder, hm_err *err)
{
    char path[HMI_PATH_MAX + sizeof(DATABASE)];
    char *folder = NULL;
    if (hmi_postgres_is_address(where)) {
        HMI_TRY(folder_of_server(where, &folder, err));
    } else {
        snprintf(path, sizeof(path), "%.4095s/" DATABASE, where);
        if (access(path, F_OK) != 0) {
            return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                            "there is no casebook at \"%.150s\"; make one with hallmark init",
                            where);
        }
        folder = strdup(where);
    }
    if (folder == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to find a casebook");
    }
    *ret_folder = folder;
    return HM_OK;
}

int hmi_store_path(const hmi_store *store, const char *part, char out[HMI_PATH_MAX], hm_err *err)
{
    int len = snprintf(out, HMI_PATH_MAX, "%s/%s", store->folder, part);
    if (len < 0 || len >= HMI_PATH_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the casebook's path is too long");
    }
    return HM_OK;
}

static bool is_empty_folder(const char *where)
{
    DIR *dir = opendir(where);
    bool empty = dir != NULL;
    for (struct dirent *entry; empty && (entry = readdir(dir)) != NULL;) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return empty;
}

/* A number nobody can guess: index segments of another history must not be taken for ours. */
static int random_epoch(int64_t *ret, hm_err *err)
{
    int64_t epoch = 0;
    if (getrandom(&epoch, sizeof(epoch), 0) != (ssize_t)sizeof(epoch)) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the system gives no random numbers");
    }
    *ret = epoch & INT64_MAX;
    return HM_OK;
}

const char *hmi_index_epoch(uint32_t kind)
{
    static const char *const NAMES[] = { [HMI_KIND_POSTINGS] = "postings_epoch",
                                         [HMI_KIND_PROBES] = "probes_epoch",
                                         [HMI_KIND_BASELINE] = "baseline_epoch",
                                         [HMI_KIND_BASELINE_PROBES] = "harmless_epoch" };
    hmi_assert(kind < HMI_COUNT(NAMES) && NAMES[kind] != NULL);
    return NAMES[kind];
}

int hmi_index_void(hmi_store *store, uint32_t kind, hm_err *err)
{
    int64_t epoch = 0;
    HMI_TRY(random_epoch(&epoch, err));
    return hmi_meta_set(store, hmi_index_epoch(kind), epoch, err);
}

static int first_entries(hmi_store *store, hm_err *err)
{
    HMI_TRY(hmi_begin(store, err));
    int code =
        store->engine->far ? hmi_engine_script(store->engine, hmi_schema_depot(), err) : HM_OK;
    if (code == HM_OK) {
        code = hmi_meta_set(store, "generation", 0, err);
    }
    if (code == HM_OK) {
        code = hmi_meta_set(store, "created_us", hmi_now_us(), err);
    }
    if (code == HM_OK) {
        code = hmi_meta_set(store, "baseline_newest", 0, err);
    }
    for (uint32_t kind = HMI_KIND_POSTINGS; code == HM_OK && kind < HMI_KIND_END; kind++) {
        code = hmi_index_void(store, kind, err);
    }
    if (code == HM_OK) {
        return hmi_commit(store, err);
    }
    hmi_rollback(store);
    return code;
}

static int make_subfolders(hmi_store *store, hm_err *err)
{
    char path[HMI_PATH_MAX];
    for (size_t i = 0; i < HMI_COUNT(FOLDERS); i++) {
        HMI_TRY(hmi_store_path(store, FOLDERS[i], path, err));
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return hmi_fail_errno(err, "cannot make %s", path);
        }
    }
    return HM_OK;
}

static int make_folders(hmi_store *store, hm_err *err)
{
    if (mkdir(store->where, 0700) != 0 && errno != EEXIST) {
        return errno == ENOENT
                   ? hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                              "cannot make %s: the folder it is to lie in does not exist",
                              store->where)
                   : hmi_fail_errno(err, "cannot make %s", store->where);
    }
    if (!is_empty_folder(store->where)) {
        return hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE,
                        "\"%s\" exists already and is not empty: a new casebook wants a "
                        "name that is free",
                        store->where);
    }
    return make_subfolders(store, err);
}

static int set_folders(hmi_store *store, const char *folder, const char *state, hm_err *err)
{
    store->folder = strdup(folder);
    store->state = strdup(state);
    return store->folder != NULL && store->state != NULL
               ? HM_OK
               : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open a casebook");
}

static int open_server(hmi_store *store, bool create, uint32_t busy_ms, hm_err *err)
{
    const hmi_engine_plan plan = hmi_db_plan();
    const hmi_postgres_options options = { .create = create,
                                           .read_only = store->read_only,
                                           .busy_ms = busy_ms == 0 ? BUSY_MS : busy_ms };
    char cache[HMI_PATH_MAX], state[HMI_PATH_MAX];
    HMI_TRY(hmi_postgres_open(store->where, &plan, &options, &store->engine, err));
    HMI_TRY(hmi_folder_cache(hmi_postgres_history(store->engine), cache, err));
    HMI_TRY(hmi_folder_state(hmi_postgres_casebook(store->engine), state, err));
    HMI_TRY(set_folders(store, cache, state, err));
    return make_subfolders(store, err);
}

static int open_file(hmi_store *store, bool create, uint32_t busy_ms, hm_err *err)
{
    char path[HMI_PATH_MAX];
    HMI_TRY(hmi_store_path(store, DATABASE, path, err));
    const hmi_engine_plan plan = hmi_db_plan();
    const hmi_sqlite_options options = { .create = create,
                                         .read_only = store->read_only,
                                         .busy_ms = busy_ms == 0 ? BUSY_MS : busy_ms };
    return hmi_sqlite_open(path, &plan, &options, &store->engine, err);
}

static int open_database(hmi_store *store, bool create, uint32_t busy_ms, hm_err *err)
{
    HMI_TRY(hmi_postgres_is_address(store->where) ? open_server(store, create, busy_ms, err)
                                                  : open_file(store, create, busy_ms, err));
    size_t count = 0;
    const hmi_migration *steps = hmi_migrations(&count);
    int version = 0;
    HMI_TRY(hmi_engine_version(store->engine, &version, err));
    if (version == 0 && !create) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                        "%s is an unfinished casebook: make it anew", store->where);
    }
    if (store->read_only && version < steps[count - 1].version) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                        "the casebook has version %d: open it once for writing to bring it to %d",
                        version, steps[count - 1].version);
    }
    return hmi_schema_migrate(store->engine, steps, count, err);
}

static int store_new(const char *where, bool read_only, hmi_store **ret_store, hm_err *err)
{
    hmi_store *store = calloc(1, sizeof(*store));
    if (store == NULL || (store->where = strdup(where)) == NULL) {
        free(store);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open a casebook");
    }
    store->read_only = read_only;
    int code = hmi_postgres_is_address(where) ? HM_OK : set_folders(store, where, where, err);
    if (code != HM_OK) {
        hmi_store_close(store);
        return code;
    }
    *ret_store = store;
    return HM_OK;
}

/* Again when it was cut off before: what is there already is left as it is. */
static int create_on_server(hmi_store *store, hm_err *err)
{
    int64_t generation = 0;
    HMI_TRY(open_database(store, true, 0, err));
    int code = hmi_meta_get(store, "generation", &generation, err);
    if (code != HM_E_CORRUPT) {
        return code == HM_OK ? hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE,
                                        "there is a casebook at this address already")
                             : code;
    }
    return first_entries(store, err);
}

static int create_in_folder(hmi_store *store, hm_err *err)
{
    HMI_TRY(make_folders(store, err));
    HMI_TRY(open_database(store, true, 0, err));
    HMI_TRY(first_entries(store, err));
    return hmi_sync_folder(store->where, err);
}

int hmi_store_create(const char *where, hm_err *err)
{
    hmi_store *store = NULL;
    HMI_TRY(store_new(where, false, &store, err));
    int code = hmi_postgres_is_address(where) ? create_on_server(store, err)
                                              : create_in_folder(store, err);
    hmi_store_close(store);
    return code;
}

/* What a move that was cut off had written. Only tables that stand beside its mark are a move's:
 * others of the same name may be somebody's. */
static int drop_tables(hmi_store *store, hm_err *err)
{
    static const char DROPS[] =
#define HMI_TABLE(name, columns, parameters, kinds) "DROP TABLE IF EXISTS " #name ";"
#include "casebook/tables.h"
#undef HMI_TABLE
        "DROP TABLE IF EXISTS depot; DROP TABLE IF EXISTS depot_piece; DROP TABLE casebook_moving";
    if (hmi_engine_script(store->engine, "SELECT one FROM casebook_moving", NULL) != HM_OK) {
        return HM_OK;
    }
    return hmi_engine_script(store->engine, DROPS, err);
}

static int make_unfinished(hmi_store *store, hm_err *err)
{
    size_t count = 0;
    const hmi_migration *steps = hmi_migrations(&count);
    const bool far = hmi_postgres_is_address(store->where);
    int version = 0;
    HMI_TRY(far ? HM_OK : make_folders(store, err));
    HMI_TRY(far ? open_server(store, true, 0, err) : open_file(store, true, 0, err));
    HMI_TRY(hmi_engine_version(store->engine, &version, err));
    if (version != 0) {
        return hmi_fail(err, HM_E_EXISTS, HM_OFFSET_NONE,
                        "there is a casebook at this address already");
    }
    HMI_TRY(far ? drop_tables(store, err) : HM_OK);
    HMI_TRY(hmi_engine_begin(store->engine, HMI_ENGINE_WRITING, err));
    HMI_TRY(
        far ? hmi_engine_script(store->engine, "CREATE TABLE casebook_moving (one INTEGER)", err)
            : HM_OK);
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(hmi_engine_script(store->engine, steps[i].sql, err));
    }
    HMI_TRY(far ? hmi_engine_script(store->engine, hmi_schema_depot(), err) : HM_OK);
    return hmi_engine_commit(store->engine, err);
}

int hmi_store_open_unfinished(const char *where, hmi_store **ret_store, hm_err *err)
{
    hmi_store *store = NULL;
    HMI_TRY(store_new(where, false, &store, err));
    int code = make_unfinished(store, err);
    if (code != HM_OK) {
        hmi_store_close(store);
        return code;
    }
    *ret_store = store;
    return HM_OK;
}

int hmi_store_open(const char *where, const hmi_store_options *options, hmi_store **ret_store,
                   hm_err *err)
{
    static const hmi_store_options DEFAULTS;
    if (where == NULL || ret_store == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no casebook was named");
    }
    options = options != NULL ? options : &DEFAULTS;
    char path[HMI_PATH_MAX];
    hmi_store *store = NULL;
    HMI_TRY(store_new(where, options->read_only, &store, err));
    const bool far = hmi_postgres_is_address(where);
    int code = far ? HM_OK : hmi_store_path(store, DATABASE, path, err);
    if (!far && code == HM_OK && access(path, F_OK) != 0) {
        code = hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no casebook at %s", where);
    }
    if (code == HM_OK) {
        code = open_database(store, false, options->busy_ms, err);
    }
    if (code != HM_OK) {
        hmi_store_close(store);
        return code;
    }
    if (!store->read_only && !far) {
        hmi_sqlite_settle_log(store->engine);
    }
    *ret_store = store;
    return HM_OK;
}

void hmi_store_close(hmi_store *store)
{
    if (store == NULL) {
        return;
    }
    hmi_group_abandon(store);
    if (store->writing) {
        hmi_rollback(store);
    }
    hmi_tails_free(store);
    hmi_baseline_close(store);
    hmi_stamps_drop(store);
    free(store->stamps);
    hmi_engine_close(store->engine);
    free(store->where);
    free(store->folder);
    free(store->state);
    free(store);
}

int hmi_store_generation(hmi_store *store, uint64_t *ret_generation, hm_err *err)
{
    int64_t generation = 0;
    HMI_TRY(hmi_meta_get(store, "generation", &generation, err));
    *ret_generation = (uint64_t)generation;
    return HM_OK;
}
