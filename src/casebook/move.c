/* SPDX-License-Identifier: Apache-2.0
 *
 * move.c - a whole casebook into another place: from a folder to a server, back, or to its like.
 *
 * WHY    A casebook that outgrew its machine goes on elsewhere with every number, name and hash it
 *        has, so that what was said of it stays true; and it can come back.
 * FORM   1. The new one is made and marked unfinished (version 0): nobody opens it until it is
 * whole.
 *        2. Each table is read in one moment of the old one and written, many rows at a time.
 *        3. Files (evidence, segments of the baseline) follow.
 *        4. Each table is read back and compared with what was read: the number of rows and a sum
 * of their hashes, which does not ask for their order. Evidence is read back by its hash.
 *        5. The mark is taken away.
 *        The old one is never changed. What was cut off is begun anew.
 * TRUST  The old casebook is believed as far as verify would: a file that is not what its hash says
 *        ends the work.
 * OWNS   Both stores, the rows in hand.
 */
#include "casebook/move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casebook/content.h"
#include "casebook/schema.h"

enum {
    BATCH_ROWS_MAX = 4096,
    BATCH_BYTES_MAX = 16 << 20,
    BATCHES_A_COMMIT = 64,
    COLUMNS_MAX = 16,
    FILES_A_COMMIT = 64
};

typedef struct table {
    const char *name, *kinds;
    hmi_query_id from, into;
} table;

static const table TABLES[] = {
#define HMI_TABLE(name, columns, parameters, kinds) \
    { #name, kinds, HMI_Q_MOVE_FROM_##name, HMI_Q_MOVE_INTO_##name },
#include "casebook/tables.h"
#undef HMI_TABLE
};

typedef struct value {
    bool is_null;
    int64_t number;
    hm_bytes bytes;
} value;

/* Order plays no part in it. */
typedef struct row_sum {
    uint64_t rows, sum;
} row_sum;

typedef struct moving {
    hmi_store *from, *to;
    hmi_move_report report;
    row_sum sums[HMI_COUNT(TABLES)];
    hmi_arena arena;
    value *rows; /* of one batch */
    size_t row_count;
    const table *table;
} moving;

/* ---- Rows */

static uint64_t hash_value(const value *one, uint64_t seed)
{
    if (one->is_null) {
        return hmi_xxh3(HM_BYTES("null"), seed);
    }
    if (one->bytes.ptr != NULL) {
        return hmi_xxh3(one->bytes, seed + 1);
    }
    return hmi_xxh3(hmi_bytes(&one->number, sizeof(one->number)), seed + 2);
}

static void add_row(row_sum *all, const value *row, size_t columns)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < columns; i++) {
        hash = hash_value(&row[i], hash);
    }
    all->rows++;
    all->sum += hash;
}

/* The row that `stmt` stands at; bytes are copied into the arena, or lent when that is NULL. */
static int read_row(hmi_stmt *stmt, const char *kinds, hmi_arena *arena, value *ret, hm_err *err)
{
    for (int i = 0; kinds[i] != '\0'; i++) {
        ret[i] = (value){ .is_null = hmi_column_is_null(stmt, i) };
        if (ret[i].is_null) {
            continue;
        }
        if (kinds[i] == 'n') {
            ret[i].number = hmi_column(stmt, i);
            continue;
        }
        hm_bytes lent = hmi_column_lent(stmt, i);
        lent = lent.ptr != NULL ? lent : HM_BYTES("");
        ret[i].bytes = arena != NULL ? hmi_arena_bytes(arena, lent) : lent;
        if (ret[i].bytes.ptr == NULL) {
            return hmi_arena_fail(arena, err);
        }
    }
    return HM_OK;
}

static void bind_row(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const moving *m = with;
    const char *kinds = m->table->kinds;
    const value *row = &m->rows[index * COLUMNS_MAX];
    for (int i = 0; kinds[i] != '\0'; i++) {
        if (row[i].is_null) {
            hmi_bind_null(stmt, first + i);
        } else if (kinds[i] == 'n') {
            hmi_bind(stmt, first + i, row[i].number);
        } else if (kinds[i] == 't') {
            hmi_bind_text(stmt, first + i,
                          hmi_text((const char *)row[i].bytes.ptr, row[i].bytes.len));
        } else {
            hmi_bind_bytes(stmt, first + i, row[i].bytes);
        }
    }
}

static int write_batch(moving *m, hm_err *err)
{
    hmi_store *to = m->to;
    if (to->engine->far) {
        return to->engine->ops->write_many(to->engine, m->table->into, m->table->into,
                                           (int)strlen(m->table->kinds), m->row_count, bind_row, m,
                                           err);
    }
    for (size_t i = 0; i < m->row_count; i++) {
        hmi_stmt *stmt = NULL;
        HMI_TRY(hmi_query(to, m->table->into, &stmt, err));
        bind_row(stmt, 1, m, i);
        HMI_TRY(hmi_run(to, stmt, err));
    }
    return HM_OK;
}

/* Writes the batch in hand and forgets it. */
static int flush(moving *m, hm_err *err)
{
    HMI_TRY(write_batch(m, err));
    m->report.rows += m->row_count;
    m->row_count = 0;
    hmi_arena_reset(&m->arena);
    return HM_OK;
}

static int commit_and_go_on(moving *m, hm_err *err)
{
    HMI_TRY(hmi_engine_commit(m->to->engine, err));
    return hmi_engine_begin(m->to->engine, HMI_ENGINE_WRITING, err);
}

static int copy_table(moving *m, size_t which, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    size_t batches = 0;
    int rc;
    m->table = &TABLES[which];
    HMI_TRY(hmi_query(m->from, m->table->from, &stmt, err));
    while ((rc = hmi_step(m->from, stmt, err)) == 1) {
        value *row = &m->rows[m->row_count * COLUMNS_MAX];
        HMI_TRY(read_row(stmt, m->table->kinds, &m->arena, row, err));
        add_row(&m->sums[which], row, strlen(m->table->kinds));
        if (++m->row_count < BATCH_ROWS_MAX && m->arena.used < BATCH_BYTES_MAX) {
            continue;
        }
        HMI_TRY(flush(m, err));
        HMI_TRY(++batches % BATCHES_A_COMMIT == 0 ? commit_and_go_on(m, err) : HM_OK);
    }
    HMI_TRY(rc);
    return flush(m, err);
}

static int compare_table(moving *m, size_t which, hm_err *err)
{
    value row[COLUMNS_MAX];
    row_sum is = { 0, 0 };
    hmi_stmt *stmt = NULL;
    int rc;
    HMI_TRY(hmi_query(m->to, TABLES[which].from, &stmt, err));
    while ((rc = hmi_step(m->to, stmt, err)) == 1) {
        HMI_TRY(read_row(stmt, TABLES[which].kinds, NULL, row, err));
        add_row(&is, row, strlen(TABLES[which].kinds));
    }
    HMI_TRY(rc);
    if (is.rows == m->sums[which].rows && is.sum == m->sums[which].sum) {
        return HM_OK;
    }
    return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                    "table %s came out otherwise than it went in (%llu rows of %llu): move again",
                    TABLES[which].name, (unsigned long long)is.rows,
                    (unsigned long long)m->sums[which].rows);
}

/* ---- Files */

/* Copies an ordinary file into a new one that is there whole or not at all. */
static int copy_file(const char *from, const char *to, hm_err *err)
{
    uint8_t block[1 << 16];
    hmi_sealed *sealed = NULL;
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return hmi_fail_errno(err, "cannot open %s", from);
    }
    int code = hmi_sealed_begin(to, &sealed, err);
    while (code == HM_OK) {
        ssize_t got = read(fd, block, sizeof(block));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            code = got < 0 ? hmi_fail_errno(err, "cannot read %s", from) : HM_OK;
            break;
        }
        code = hmi_sealed_write(sealed, hmi_bytes(block, (size_t)got), err);
    }
    close(fd);
    if (code != HM_OK) {
        hmi_sealed_abandon(sealed);
        return code;
    }
    return hmi_sealed_commit(sealed, 0400, err);
}

static int put_in_folder(moving *m, const char *name, const char *path, hm_err *err)
{
    char to[HMI_PATH_MAX];
    HMI_TRY(hmi_store_path(m->to, name, to, err));
    char *slash = strrchr(to, '/');
    *slash = '\0';
    if (mkdir(to, 0700) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "cannot make %s", to);
    }
    *slash = '/';
    return copy_file(path, to, err);
}

static int put_file(moving *m, const char *name, const char *path, hm_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return hmi_fail_errno(err, "cannot look at %s", path);
    }
    HMI_TRY(m->to->engine->far ? hmi_depot_put_file(m->to, hmi_text_of(name), path, err)
                               : put_in_folder(m, name, path, err));
    m->report.bytes += (uint64_t)st.st_size;
    m->report.files++;
    return m->report.files % FILES_A_COMMIT == 0 ? commit_and_go_on(m, err) : HM_OK;
}

/* "evidence/ab/cdef..." or "baseline/...": as a file of this machine, then to where it goes. */
static int copy_one(moving *m, const char *name, hm_err *err)
{
    char path[HMI_PATH_MAX];
    if (!m->from->engine->far) {
        HMI_TRY(hmi_store_path(m->from, name, path, err));
        return put_file(m, name, path, err);
    }
    HMI_TRY(hmi_store_path(m->from, "moving", path, err));
    HMI_TRY(hmi_depot_get_file(m->from, hmi_text_of(name), path, err));
    int code = put_file(m, name, path, err);
    unlink(path);
    return code;
}

static int copy_evidence(moving *m, hm_err *err)
{
    char name[HMI_VAULT_NAME_MAX + 10] = "evidence/";
    hmi_stmt *stmt = NULL;
    int rc;
    HMI_TRY(hmi_query(m->from, HMI_Q_EVIDENCE_KEPT, &stmt, err));
    while ((rc = hmi_step(m->from, stmt, err)) == 1) {
        hmi_sha256 sha256;
        if (!hmi_column_exactly(stmt, 0, &sha256, sizeof(sha256))) {
            return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "a piece of evidence has no hash");
        }
        hmi_vault_name(&sha256, name + 9);
        HMI_TRY(copy_one(m, name, err));
    }
    return rc;
}

static int copy_segment(void *with, const char *name, hm_err *err)
{
    return copy_one(with, name, err);
}

static int check_evidence(moving *m, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    int rc;
    HMI_TRY(hmi_query(m->to, HMI_Q_EVIDENCE_KEPT, &stmt, err));
    while ((rc = hmi_step(m->to, stmt, err)) == 1) {
        hmi_sha256 wanted, is;
        uint64_t size = 0;
        bool good = hmi_column_exactly(stmt, 0, &wanted, sizeof(wanted));
        HMI_TRY(good ? hmi_content_hash(m->to, &wanted, &is, &size, err) : HM_OK);
        if (!good || memcmp(&wanted, &is, sizeof(is)) != 0) {
            return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                            "evidence came out otherwise than it went in: move again");
        }
        m->report.evidence++;
    }
    return rc;
}

/* What signs the memory of what was given goes along; it is the only secret that has to. */
static int copy_key(moving *m, hm_err *err)
{
    char from[HMI_PATH_MAX], to[HMI_PATH_MAX];
    int a = snprintf(from, sizeof(from), "%s/signing.key", m->from->state);
    int b = snprintf(to, sizeof(to), "%s/signing.key", m->to->state);
    if (a < 0 || a >= HMI_PATH_MAX || b < 0 || b >= HMI_PATH_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the casebook's path is too long");
    }
    return access(from, F_OK) != 0 || strcmp(from, to) == 0 ? HM_OK : copy_file(from, to, err);
}

/* ---- The whole */

static int copy_all(moving *m, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(TABLES); i++) {
        HMI_TRY(copy_table(m, i, err));
        HMI_TRY(commit_and_go_on(m, err));
    }
    HMI_TRY(copy_evidence(m, err));
    HMI_TRY(hmi_baseline_each(m->from, copy_segment, m, err));
    if (!m->to->engine->far) {
        static const char *const FOLDERS[] = { "evidence", "baseline" };
        for (size_t i = 0; i < HMI_COUNT(FOLDERS); i++) {
            char path[HMI_PATH_MAX];
            HMI_TRY(hmi_store_path(m->to, FOLDERS[i], path, err));
            HMI_TRY(hmi_sync_folder(path, err));
        }
    }
    return copy_key(m, err);
}

static int compare_all(moving *m, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(TABLES); i++) {
        HMI_TRY(compare_table(m, i, err));
        m->report.tables++;
    }
    return check_evidence(m, err);
}

/* Nothing may have been written to the old one since its moment. */
static int still_the_same(moving *m, hm_err *err)
{
    uint64_t before = 0, now = 0;
    HMI_TRY(hmi_store_generation(m->to, &before, err));
    HMI_TRY(hmi_store_generation(m->from, &now, err));
    return before == now ? HM_OK
                         : hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE,
                                    "somebody wrote to the casebook while it was moved: stop them, "
                                    "then move again");
}

static int in_transactions(moving *m, hm_err *err)
{
    hmi_engine *from = m->from->engine, *to = m->to->engine;
    HMI_TRY(hmi_engine_begin(from, HMI_ENGINE_READING, err));
    HMI_TRY(hmi_engine_begin(to, HMI_ENGINE_WRITING, err));
    m->to->writing = true;
    int code = copy_all(m, err);
    m->to->writing = false;
    HMI_TRY(code);
    HMI_TRY(hmi_engine_commit(to, err));
    HMI_TRY(compare_all(m, err));
    HMI_TRY(hmi_engine_commit(from, err));
    HMI_TRY(still_the_same(m, err));
    HMI_TRY(hmi_engine_begin(to, HMI_ENGINE_WRITING, err));
    HMI_TRY(hmi_engine_version_set(to, hmi_schema_newest(), err));
    HMI_TRY(to->far ? hmi_engine_script(to, "DROP TABLE casebook_moving", err) : HM_OK);
    return hmi_engine_commit(to, err);
}

int hmi_store_move(const char *from, const char *to, hmi_move_report *ret, hm_err *err)
{
    const hmi_store_options options = { .read_only = true };
    moving *m = calloc(1, sizeof(*m));
    if (m == NULL || (m->rows = calloc(BATCH_ROWS_MAX, COLUMNS_MAX * sizeof(*m->rows))) == NULL) {
        free(m);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to move a casebook");
    }
    hmi_arena_init(&m->arena, (size_t)8 * BATCH_BYTES_MAX);
    int code = hmi_store_open(from, &options, &m->from, err);
    code = code == HM_OK ? hmi_store_open_unfinished(to, &m->to, err) : code;
    code = code == HM_OK ? in_transactions(m, err) : code;
    if (m->from != NULL) {
        hmi_engine_rollback(m->from->engine);
    }
    if (m->to != NULL) {
        hmi_engine_rollback(m->to->engine);
    }
    hmi_store_close(m->from);
    hmi_store_close(m->to);
    if (code == HM_OK) {
        *ret = m->report;
    }
    hmi_arena_fini(&m->arena);
    free(m->rows);
    free(m);
    return code;
}
