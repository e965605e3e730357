/* SPDX-License-Identifier: Apache-2.0
 *
 * finder.c - the index of triples behind search-as-you-type.
 *
 * WHY    A part of a word in ten million values within the time of a key press needs an index; to
 *        fill it while evidence comes in would make every intake pay for it. So a thread follows
 *        the casebook, and what is a second old may be missing for a second.
 *        Several servers of one casebook on a machine follow it each by itself: search-2.db ...
 * FORM   page/search.db: text(row) contentless, row = place * 4 + part; place(part, last) says how
 *        far each part of the casebook is in. Only triples are kept: what they propose is compared
 *        with the value itself.
 * TRUST  The needle is anybody's: it goes in as quoted triples, each a bound text. The file is ours
 *        and holds nothing that is not in the casebook; when it is damaged it is made again.
 * OWNS   The thread, its casebook, one connection for writing and one for reading.
 */
#include "api/finder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

enum {
    BATCH = 2000,
    BATCH_MEMORY = 64 << 20,
    PARTS = 3,
    DIGEST_DIGITS = 32,
    PATH_LEN = 4200,
    PLACES_MAX = 16
};

static const char SCHEMA[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "CREATE VIRTUAL TABLE IF NOT EXISTS text USING fts5(t, content='', columnsize=0, detail='none',"
    " tokenize='trigram');"
    "CREATE TABLE IF NOT EXISTS place (part INTEGER NOT NULL PRIMARY KEY, last INTEGER NOT NULL)"
    " STRICT;";

struct hmi_finder {
    char path[PATH_LEN];
    int lock_fd;      /* nobody else follows with this file */
    hmi_store *store; /* the thread's */
    sqlite3 *writer, *reader;
    sqlite3_stmt *put, *place, *ask;
    const hmi_log *log;
    pthread_t thread;
    pthread_mutex_t lock; /* of the reader and of what follows */
    pthread_cond_t changed;
    bool started, ending, poked;
    uint64_t rounds; /* that found nothing new */
    atomic_bool ready;
    atomic_uint_fast64_t indexed;
    int64_t last[PARTS];
};

const char *hmi_found_kind_name(hmi_found_kind kind)
{
    static const char *const NAMES[] = { "trait", "evidence", "note" };
    return NAMES[kind];
}

static int fail(sqlite3 *db, hm_err *err)
{
    return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the search index: %s", sqlite3_errmsg(db));
}

/* ---- Filling */

/* Digests have no parts that anybody types, and would be most of the index. */
static bool is_digest(hm_bytes text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        digits += hmi_hex_digit((char)text.ptr[i]) >= 0;
    }
    return text.len >= DIGEST_DIGITS && digits * 10 >= text.len * 9;
}

static bool is_wanted(const hmi_part_text *t)
{
    const hmi_class_row *row = hmi_class_find((int)t->class_id);
    return (row == NULL || row->group != HMI_GROUP_CODE) && !is_digest(t->text);
}

static int put_one(hmi_finder *f, hmi_arena *arena, int part, const hmi_part_text *t, hm_err *err)
{
    hm_bytes cut = hmi_slice(t->text, 0, HMI_FIND_TEXT_MAX);
    hm_text clean = hmi_text_lossy(arena, cut);
    if (clean.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    (void)sqlite3_bind_int64(f->put, 1, t->place * 4 + part);
    (void)sqlite3_bind_text64(f->put, 2, clean.ptr, clean.len, SQLITE_STATIC, SQLITE_UTF8);
    int rc = sqlite3_step(f->put);
    (void)sqlite3_reset(f->put);
    return rc == SQLITE_DONE ? HM_OK : fail(f->writer, err);
}

static int put_place(hmi_finder *f, int part, int64_t last, hm_err *err)
{
    (void)sqlite3_bind_int(f->place, 1, part);
    (void)sqlite3_bind_int64(f->place, 2, last);
    int rc = sqlite3_step(f->place);
    (void)sqlite3_reset(f->place);
    return rc == SQLITE_DONE ? HM_OK : fail(f->writer, err);
}

static int put_batch(hmi_finder *f, hmi_arena *arena, int part, const hmi_part_text *list,
                     size_t count, hm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(&list[i])) {
            HMI_TRY(put_one(f, arena, part, &list[i], err));
        }
    }
    return put_place(f, part, list[count - 1].place, err);
}

/* *ret_count is how many rows were new. */
static int follow(hmi_finder *f, int part, size_t *ret_count, hm_err *err)
{
    hmi_arena arena;
    hmi_part_text *list = NULL;
    size_t count = 0;
    hmi_arena_init(&arena, BATCH_MEMORY);
    int code = hmi_part_texts(f->store, &arena, (hmi_part_of)part, f->last[part], BATCH, &list,
                              &count, err);
    if (code == HM_OK && count > 0) {
        code = sqlite3_exec(f->writer, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK
                   ? put_batch(f, &arena, part, list, count, err)
                   : fail(f->writer, err);
        const char *end = code == HM_OK ? "COMMIT" : "ROLLBACK";
        if (sqlite3_exec(f->writer, end, NULL, NULL, NULL) != SQLITE_OK && code == HM_OK) {
            code = fail(f->writer, err);
        }
    }
    if (code == HM_OK && count > 0) {
        f->last[part] = list[count - 1].place;
        atomic_fetch_add(&f->indexed, count);
    }
    hmi_arena_fini(&arena);
    *ret_count = count;
    return code;
}

/* Until it is asked to end; then `code` does not matter. */
static void wait_a_moment(hmi_finder *f, bool idle)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&f->lock);
    if (idle) {
        f->rounds++;
        pthread_cond_broadcast(&f->changed);
    }
    if (!f->ending && !f->poked) {
        (void)pthread_cond_timedwait(&f->changed, &f->lock, &until);
    }
    f->poked = false;
    pthread_mutex_unlock(&f->lock);
}

static bool is_ending(hmi_finder *f)
{
    pthread_mutex_lock(&f->lock);
    bool ending = f->ending;
    pthread_mutex_unlock(&f->lock);
    return ending;
}

static void *follow_main(void *with)
{
    hmi_finder *f = with;
    while (!is_ending(f)) {
        size_t count = 0, sum = 0;
        int code = HM_OK;
        hm_err err = { 0 };
        for (int part = 0; part < PARTS && code == HM_OK; part++) {
            code = follow(f, part, &count, &err);
            sum += count;
        }
        if (code != HM_OK) {
            hmi_log_failure(f->log, HMI_LOG_WARN, "the search index does not follow", &err);
        }
        atomic_store(&f->ready, code == HM_OK && sum == 0);
        if (code != HM_OK || sum == 0) {
            wait_a_moment(f, code == HM_OK);
        }
    }
    return NULL;
}

int hmi_finder_wait(hmi_finder *f, hm_err *err)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 600;
    pthread_mutex_lock(&f->lock);
    uint64_t goal = f->rounds + 2; /* a round may be under way: the next one sees all */
    int rc = 0;
    while (f->rounds < goal && rc == 0) {
        f->poked = true;
        pthread_cond_broadcast(&f->changed);
        rc = pthread_cond_timedwait(&f->changed, &f->lock, &until);
    }
    pthread_mutex_unlock(&f->lock);
    return rc == 0 ? HM_OK : hmi_fail(err, HM_E_BUSY, HM_OFFSET_NONE, "the index takes too long");
}

/* ---- Opening */

static int open_one(const char *path, bool write, sqlite3 **ret, hm_err *err)
{
    int rc = sqlite3_open_v2(
        path, ret, write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY, NULL);
    if (rc != SQLITE_OK) {
        return fail(*ret, err);
    }
    (void)sqlite3_busy_timeout(*ret, 10000);
    return HM_OK;
}

static int read_places(hmi_finder *f, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(f->writer, "SELECT part, last FROM place", -1, &stmt, NULL) !=
        SQLITE_OK) {
        return fail(f->writer, err);
    }
    int rc;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int part = sqlite3_column_int(stmt, 0);
        if (part >= 0 && part < PARTS) {
            f->last[part] = sqlite3_column_int64(stmt, 1);
        }
    }
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? HM_OK : fail(f->writer, err);
}

/* As private as the rest of the folder: SQLite gives its log the same rights. */
static int open_writer(hmi_finder *f, hm_err *err)
{
    int fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return hmi_fail_errno(err, "\"%.200s\"", f->path);
    }
    close(fd);
    HMI_TRY(open_one(f->path, true, &f->writer, err));
    if (sqlite3_exec(f->writer, SCHEMA, NULL, NULL, NULL) != SQLITE_OK) {
        return fail(f->writer, err);
    }
    return read_places(f, err);
}

/* Of another history: it knows of a row that this casebook does not have. */
static bool is_foreign(hmi_finder *f)
{
    hmi_arena arena;
    bool foreign = false;
    hmi_arena_init(&arena, BATCH_MEMORY);
    for (int part = 0; part < PARTS; part++) {
        hmi_part_text *one = NULL;
        size_t count = 0;
        if (f->last[part] > 0 &&
            hmi_part_texts(f->store, &arena, (hmi_part_of)part, f->last[part] - 1, 1, &one, &count,
                           NULL) == HM_OK) {
            foreign |= part == HMI_PART_TRAITS && (count == 0 || one[0].place != f->last[part]);
        }
    }
    hmi_arena_fini(&arena);
    return foreign;
}

static void remove_files(hmi_finder *f)
{
    static const char *const ENDS[] = { "", "-wal", "-shm" };
    char path[PATH_LEN + 8];
    (void)sqlite3_close(f->writer);
    f->writer = NULL;
    memset(f->last, 0, sizeof(f->last));
    for (size_t i = 0; i < HMI_COUNT(ENDS); i++) {
        snprintf(path, sizeof(path), "%s%s", f->path, ENDS[i]);
        (void)unlink(path);
    }
}

static int prepare(hmi_finder *f, hm_err *err)
{
    bool good = sqlite3_prepare_v2(f->writer, "INSERT INTO text (rowid, t) VALUES (?1, ?2)", -1,
                                   &f->put, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(f->writer,
                                   "INSERT INTO place VALUES (?1, ?2)"
                                   " ON CONFLICT (part) DO UPDATE SET last = excluded.last",
                                   -1, &f->place, NULL) == SQLITE_OK;
    if (!good) {
        return fail(f->writer, err);
    }
    HMI_TRY(open_one(f->path, false, &f->reader, err));
    return sqlite3_prepare_v2(f->reader, "SELECT rowid FROM text WHERE text MATCH ?1 LIMIT ?2", -1,
                              &f->ask, NULL) == SQLITE_OK
               ? HM_OK
               : fail(f->reader, err);
}

/* One index a process: the first that nobody else on this machine follows with. */
static int find_place(hmi_finder *f, hm_err *err)
{
    char path[PATH_LEN + 8];
    const char *cache = hmi_store_cache(f->store);
    snprintf(path, sizeof(path), "%.4000s/page", cache);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "\"%.200s\"", path);
    }
    for (int i = 1; i <= PLACES_MAX; i++) {
        char number[16] = "";
        if (i > 1) {
            snprintf(number, sizeof(number), "-%d", i);
        }
        snprintf(f->path, sizeof(f->path), "%.4000s/page/search%s.db", cache, number);
        snprintf(path, sizeof(path), "%.4000s/page/search%s.lock", cache, number);
        f->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (f->lock_fd < 0) {
            return hmi_fail_errno(err, "\"%.200s\"", path);
        }
        if (flock(f->lock_fd, LOCK_EX | LOCK_NB) == 0) {
            return HM_OK;
        }
        close(f->lock_fd);
        f->lock_fd = -1;
    }
    return hmi_fail(err, HM_E_BUSY, HM_OFFSET_NONE,
                    "%d servers of this casebook's page run on this machine already", PLACES_MAX);
}

static int open_all(hmi_finder *f, const char *casebook, hm_err *err)
{
    HMI_TRY(hmi_store_open(casebook, NULL, &f->store, err));
    HMI_TRY(find_place(f, err));
    if (open_writer(f, err) != HM_OK || is_foreign(f)) {
        remove_files(f);
        HMI_TRY(open_writer(f, err));
    }
    HMI_TRY(prepare(f, err));
    int rc = pthread_create(&f->thread, NULL, follow_main, f);
    f->started = rc == 0;
    return rc == 0 ? HM_OK : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "cannot start a thread");
}

int hmi_finder_open(const char *casebook, const hmi_log *log, hmi_finder **ret, hm_err *err)
{
    hmi_finder *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the search index");
    }
    f->log = log;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    f->lock_fd = -1;
    int code = open_all(f, casebook, err);
    if (code != HM_OK) {
        hmi_finder_close(f);
        return code;
    }
    *ret = f;
    return HM_OK;
}

void hmi_finder_close(hmi_finder *f)
{
    if (f == NULL) {
        return;
    }
    pthread_mutex_lock(&f->lock);
    f->ending = true;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    if (f->started) {
        pthread_join(f->thread, NULL);
    }
    (void)sqlite3_finalize(f->put);
    (void)sqlite3_finalize(f->place);
    (void)sqlite3_finalize(f->ask);
    (void)sqlite3_close(f->writer);
    (void)sqlite3_close(f->reader);
    hmi_store_close(f->store);
    if (f->lock_fd >= 0) {
        close(f->lock_fd);
    }
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->changed);
    free(f);
}

void hmi_finder_facts_get(hmi_finder *f, hmi_finder_facts *ret)
{
    *ret =
        (hmi_finder_facts){ .ready = atomic_load(&f->ready), .indexed = atomic_load(&f->indexed) };
}

/* ---- Asking */

/* "abc" AND "bcd" ...: one for each place a triple begins at. 0: fewer than three letters. */
static size_t write_triples(hm_text needle, hmi_buf *out)
{
    size_t starts[4] = { 0 }, letters = 0, triples = 0;
    for (size_t pos = 0; pos < needle.len;) {
        starts[letters % 4] = pos;
        (void)hmi_utf8_next(needle, &pos);
        letters++;
        if (letters < 3) {
            continue;
        }
        size_t from = starts[(letters - 3) % 4];
        hmi_buf_add_cstr(out, triples++ > 0 ? " AND \"" : "\"");
        for (size_t i = from; i < pos; i++) {
            hmi_buf_add_cstr(out, needle.ptr[i] == '"' ? "\"" : "");
            hmi_buf_add_char(out, needle.ptr[i]);
        }
        hmi_buf_add_char(out, '"');
    }
    return triples;
}

static int propose(hmi_finder *f, hm_text needle, int64_t *rows, size_t *ret_count, hm_err *err)
{
    hmi_buf query;
    hmi_buf_init(&query, 16384);
    size_t count = 0;
    int rc = SQLITE_DONE;
    if (write_triples(needle, &query) > 0 && query.bad == 0) {
        pthread_mutex_lock(&f->lock);
        (void)sqlite3_bind_text64(f->ask, 1, (const char *)query.ptr, query.len, SQLITE_STATIC,
                                  SQLITE_UTF8);
        (void)sqlite3_bind_int(f->ask, 2, HMI_FIND_CANDIDATES_MAX);
        while (count < HMI_FIND_CANDIDATES_MAX && (rc = sqlite3_step(f->ask)) == SQLITE_ROW) {
            rows[count++] = sqlite3_column_int64(f->ask, 0);
        }
        (void)sqlite3_reset(f->ask);
        (void)sqlite3_clear_bindings(f->ask);
        pthread_mutex_unlock(&f->lock);
    }
    hmi_buf_fini(&query);
    *ret_count = count;
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? HM_OK : fail(f->reader, err);
}

/* ASCII in any case; other letters as they are. The index has done the rest. */
static bool holds(hm_bytes text, hm_text needle)
{
    for (size_t i = 0; needle.len <= text.len && i <= text.len - needle.len; i++) {
        if (hmi_text_ieq(hmi_text((const char *)text.ptr + i, needle.len), needle)) {
            return true;
        }
    }
    return false;
}

static int add_candidate(hmi_store *store, hmi_arena *arena, int64_t row, hm_text needle,
                         hmi_found_list *ret, hm_err *err)
{
    int part = (int)(row & 3);
    hmi_part_text *one = NULL;
    size_t count = 0;
    if (part >= PARTS) {
        return HM_OK;
    }
    HMI_TRY(hmi_part_texts(store, arena, (hmi_part_of)part, row / 4 - 1, 1, &one, &count, err));
    if (count == 0 || one[0].place != row / 4 || !holds(one[0].text, needle)) {
        return HM_OK;
    }
    ret->list[ret->count++] = (hmi_found){ .kind = (hmi_found_kind)part,
                                           .class_id = one[0].class_id,
                                           .trait = part == HMI_PART_TRAITS ? one[0].place : 0,
                                           .incident = one[0].incident,
                                           .evidence = one[0].evidence,
                                           .text = hmi_slice(one[0].text, 0, HMI_FIND_TEXT_MAX) };
    return HM_OK;
}

/* Whole values of any class: digests, and what is newer than the index. */
static int add_exact(hmi_store *store, hmi_arena *arena, hm_text needle, size_t max,
                     hmi_found_list *ret, hm_err *err)
{
    for (int c = 1; c <= HMI_CLASS_MAX && ret->count < max; c++) {
        int64_t trait = 0;
        if (hmi_class_find(c) == NULL) {
            continue;
        }
        int code = hmi_trait_find(store, (hmi_class)c, needle, &trait, NULL);
        if (code == HM_OK) {
            hm_bytes text = hmi_arena_bytes(arena, hmi_text_bytes(needle));
            if (text.ptr == NULL) {
                return hmi_arena_fail(arena, err);
            }
            ret->list[ret->count++] = (hmi_found){
                .kind = HMI_FOUND_TRAIT, .class_id = (hmi_class)c, .trait = trait, .text = text
            };
        }
    }
    return HM_OK;
}

static bool is_there(const hmi_found_list *l, size_t exact, int64_t row)
{
    for (size_t i = 0; i < exact; i++) {
        if ((row & 3) == HMI_PART_TRAITS && l->list[i].trait == row / 4) {
            return true;
        }
    }
    return false;
}

int hmi_find_texts(hmi_finder *f, hmi_store *store, hmi_arena *arena, hm_text needle, size_t max,
                   hmi_found_list *ret, hm_err *err)
{
    hmi_found_list found = { .list = hmi_new_array(arena, hmi_found, max) };
    int64_t *rows = hmi_new_array(arena, int64_t, HMI_FIND_CANDIDATES_MAX);
    size_t count = 0;
    if (found.list == NULL || rows == NULL) {
        return hmi_arena_fail(arena, err);
    }
    if (needle.len >= HMI_FIND_LETTERS_MIN) {
        HMI_TRY(add_exact(store, arena, needle, max, &found, err));
        HMI_TRY(propose(f, needle, rows, &count, err));
    }
    size_t exact = found.count, looked = 0;
    for (; looked < count && found.count < max; looked++) {
        if (!is_there(&found, exact, rows[looked])) {
            HMI_TRY(add_candidate(store, arena, rows[looked], needle, &found, err));
        }
    }
    found.more = looked < count || count == HMI_FIND_CANDIDATES_MAX;
    *ret = found;
    return HM_OK;
}

static int by_incident(const void *a, const void *b)
{
    const hmi_found_pair *x = a, *y = b;
    int order = (x->incident > y->incident) - (x->incident < y->incident);
    return order != 0 ? order : (x->found > y->found) - (x->found < y->found);
}

static int add_pair(hmi_arena *arena, hmi_found_list *l, size_t *capacity, int64_t incident,
                    size_t found, hm_err *err)
{
    hmi_found_pair *grown =
        hmi_arena_grow(arena, l->pairs, l->pair_count, capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(arena, err);
    }
    l->pairs = grown;
    l->pairs[l->pair_count++] = (hmi_found_pair){ incident, found };
    return HM_OK;
}

static int add_holders(hmi_store *store, hmi_arena *arena, hmi_found_list *l, size_t *capacity,
                       size_t at, hm_err *err)
{
    static const size_t MAX = HMI_FIND_INCIDENTS_MAX;
    int64_t ids[HMI_FIND_INCIDENTS_MAX];
    size_t total = 0;
    if (l->list[at].trait == 0) {
        return add_pair(arena, l, capacity, l->list[at].incident, at, err);
    }
    HMI_TRY(hmi_trait_incidents(store, l->list[at].trait, ids, MAX, &total, err));
    l->more |= total > MAX; /* a hub: none is told */
    for (size_t i = 0; total <= MAX && i < total; i++) {
        HMI_TRY(add_pair(arena, l, capacity, ids[i], at, err));
    }
    return HM_OK;
}

int hmi_find_incidents(hmi_finder *f, hmi_store *store, hmi_arena *arena, hm_text needle,
                       hmi_found_list *ret, hm_err *err)
{
    hmi_found_list l;
    size_t capacity = 0;
    HMI_TRY(hmi_find_texts(f, store, arena, needle, HMI_FIND_MAX, &l, err));
    for (size_t i = 0; i < l.count; i++) {
        HMI_TRY(add_holders(store, arena, &l, &capacity, i, err));
    }
    if (l.pair_count > 0) {
        qsort(l.pairs, l.pair_count, sizeof(*l.pairs), by_incident);
    }
    l.incidents = hmi_new_array(arena, int64_t, l.pair_count);
    if (l.incidents == NULL && l.pair_count > 0) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < l.pair_count; i++) {
        if (i == 0 || l.pairs[i].incident != l.pairs[i - 1].incident) {
            l.incidents[l.incident_count++] = l.pairs[i].incident;
        }
    }
    *ret = l;
    return HM_OK;
}
