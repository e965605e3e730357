/* SPDX-License-Identifier: Apache-2.0
 *
 * posting.c - what one incident holds, summed over its pieces of evidence.
 *
 * WHY    A comparison reads an incident's traits in one walk, whatever number of files they came
 *        from. So each link adds what its piece says to the sums, and a newer reading takes the
 *        older one off first.
 * FORM   posting and class_count, schema.c's second invariant.
 * TRUST  Rows are our own; a class that cannot be is HM_E_CORRUPT.
 * OWNS   Nothing beyond a call.
 */
#include <stdlib.h>

#include "casebook/inside.h"

static int posting_is_held(hmi_store *store, int64_t incident, const hmi_tally *row, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_POSTING_HELD, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, row->class_id);
    hmi_bind(stmt, 3, row->trait);
    int rc = hmi_step(store, stmt, err);
    hmi_reset(stmt);
    return rc;
}

static int posting_less(hmi_store *store, int64_t incident, const hmi_tally *row, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_POSTING_LESS, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, row->class_id);
    hmi_bind(stmt, 3, row->trait);
    hmi_bind(stmt, 4, row->role);
    hmi_bind(stmt, 5, row->count);
    return hmi_run(store, stmt, err);
}

static int posting_drop(hmi_store *store, int64_t incident, const hmi_tally *row, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_POSTING_DROP, &stmt, err));
    hmi_bind(stmt, 1, incident);
    hmi_bind(stmt, 2, row->class_id);
    hmi_bind(stmt, 3, row->trait);
    return hmi_run(store, stmt, err);
}

static int write_class_counts(hmi_store *store, int64_t incident,
                              const int32_t changes[HMI_CLASS_MAX + 1], hm_err *err)
{
    for (int class_id = 0; class_id <= HMI_CLASS_MAX; class_id++) {
        if (changes[class_id] == 0) {
            continue;
        }
        hmi_stmt *stmt = NULL;
        HMI_TRY(hmi_query(store, HMI_Q_CLASS_COUNT_ADD, &stmt, err));
        hmi_bind(stmt, 1, incident);
        hmi_bind(stmt, 2, class_id);
        hmi_bind(stmt, 3, changes[class_id]);
        HMI_TRY(hmi_run(store, stmt, err));
    }
    return HM_OK;
}

static int read_tally(hmi_store *store, int64_t evidence, hmi_tally **ret, size_t *ret_count,
                      hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, HMI_Q_OCCURRENCE_CLASSES, &stmt, err));
    hmi_bind(stmt, 1, evidence);
    hmi_tally *rows = NULL;
    size_t count = 0, capacity = 0;
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        if (count == capacity) {
            capacity = capacity == 0 ? 256 : capacity * 2;
            hmi_tally *grown = realloc(rows, capacity * sizeof(*rows));
            if (grown == NULL) {
                hmi_reset(stmt);
                free(rows);
                return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to link evidence");
            }
            rows = grown;
        }
        rows[count++] = (hmi_tally){ .class_id = hmi_column_int(stmt, 0),
                                     .role = hmi_column_int(stmt, 2),
                                     .trait = hmi_column(stmt, 1),
                                     .count = hmi_column(stmt, 3) };
    }
    if (rc < 0) {
        free(rows);
        return rc;
    }
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}

/* The rows of one trait stand together: where those of the next one begin. */
static int end_of_trait(const hmi_tally *rows, size_t count, size_t at, size_t *ret_end,
                        hm_err *err)
{
    if (rows[at].class_id < 0 || rows[at].class_id > HMI_CLASS_MAX) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "a trait of class %d",
                        rows[at].class_id);
    }
    size_t end = at + 1;
    while (end < count && rows[end].trait == rows[at].trait) {
        end++;
    }
    *ret_end = end;
    return HM_OK;
}

typedef struct adding {
    int64_t incident;
    const hmi_tally *rows;
} adding;

static void bind_posting(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const adding *all = with;
    const hmi_tally *row = &all->rows[index];
    hmi_bind(stmt, first, all->incident);
    hmi_bind(stmt, first + 1, row->class_id);
    hmi_bind(stmt, first + 2, row->trait);
    hmi_bind(stmt, first + 3, row->role);
    hmi_bind(stmt, first + 4, row->count);
}

static void bind_first_posting(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const adding *all = with;
    const hmi_tally *row = &all->rows[index];
    hmi_bind(stmt, first, all->incident);
    hmi_bind(stmt, first + 1, row->class_id);
    hmi_bind(stmt, first + 2, row->trait);
    hmi_bind(stmt, first + 3, row->role);
    hmi_bind(stmt, first + 4, 1);
    hmi_bind(stmt, first + 5, row->count);
}

/* Traits that the incident may hold already. */
typedef struct asking {
    int64_t incident;
    const hmi_tally *rows;
    size_t *places; /* in rows, of each trait that is asked for */
    bool *held;     /* by place */
} asking;

static void bind_held(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const asking *all = with;
    hmi_bind(stmt, first, all->incident);
    hmi_bind(stmt, first + 1, all->rows[all->places[index]].class_id);
    hmi_bind(stmt, first + 2, all->rows[all->places[index]].trait);
}

static int take_held(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    (void)stmt;
    (void)err;
    const asking *all = with;
    all->held[all->places[index]] = true;
    return HM_OK;
}

/* Which rows are of a trait that the incident holds already. */
static int ask_held(hmi_store *store, int64_t incident, const hmi_tally *rows, size_t count,
                    size_t *places, bool *held, hm_err *err)
{
    size_t asked = 0;
    asking all = { incident, rows, places, held };
    for (size_t at = 0, end; at < count; at = end) {
        HMI_TRY(end_of_trait(rows, count, at, &end, err));
        places[asked] = at;
        asked += !rows[at].is_new;
    }
    HMI_TRY(
        hmi_rows_ask(store, HMI_Q_POSTING_HELD, 3, asked, bind_held, &all, take_held, &all, err));
    for (size_t at = 1; at < count; at++) { /* the other roles of the trait */
        held[at] |= rows[at].trait == rows[at - 1].trait && held[at - 1];
    }
    return HM_OK;
}

static void count_gains(const hmi_tally *rows, size_t count, const bool *held,
                        int32_t changes[HMI_CLASS_MAX + 1])
{
    for (size_t at = 0; at < count; at++) {
        bool first = at == 0 || rows[at].trait != rows[at - 1].trait;
        changes[rows[at].class_id] += first && !held[at];
    }
}

/* Rows that are in nobody's way go the fast way, where there is one. */
static int write_rows(hmi_store *store, int64_t incident, const hmi_tally *rows, size_t count,
                      const bool *held, hm_err *err)
{
    adding all = { incident, rows };
    size_t fresh = 0, rest = 0;
    if (!store->engine->far) {
        return hmi_rows_write(store, HMI_Q_POSTING_ADD, HMI_Q_POSTING_ADD_MANY, 5, count,
                              bind_posting, &all, err);
    }
    hmi_tally *sorted = calloc(count + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to link evidence");
    }
    for (size_t at = 0; at < count; at++) {
        fresh += !held[at];
    }
    for (size_t at = 0, front = 0; at < count; at++) {
        sorted[held[at] ? fresh + rest : front] = rows[at];
        front += !held[at];
        rest += held[at];
    }
    all.rows = sorted;
    int code = hmi_rows_write(store, HMI_Q_POSTING_PUT, HMI_Q_POSTING_PUT, 6, fresh,
                              bind_first_posting, &all, err);
    all.rows = sorted + fresh;
    code = code == HM_OK ? hmi_rows_write(store, HMI_Q_POSTING_ADD, HMI_Q_POSTING_ADD_MANY, 5, rest,
                                          bind_posting, &all, err)
                         : code;
    free(sorted);
    return code;
}

int hmi_postings_add(hmi_store *store, int64_t incident, const hmi_tally *rows, size_t count,
                     hm_err *err)
{
    hmi_assert(store->writing);
    int32_t changes[HMI_CLASS_MAX + 1] = { 0 };
    size_t *places = calloc(count + 1, sizeof(*places));
    bool *held = calloc(count + 1, sizeof(*held));
    int code = places == NULL || held == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to link evidence")
                   : ask_held(store, incident, rows, count, places, held, err);
    if (code == HM_OK) {
        count_gains(rows, count, held, changes);
        code = write_rows(store, incident, rows, count, held, err);
    }
    free(places);
    free(held);
    return code == HM_OK ? write_class_counts(store, incident, changes, err) : code;
}

static int take_away(hmi_store *store, int64_t incident, const hmi_tally *rows, size_t count,
                     hm_err *err)
{
    hmi_assert(store->writing);
    int32_t changes[HMI_CLASS_MAX + 1] = { 0 };
    for (size_t at = 0, end; at < count; at = end) {
        HMI_TRY(end_of_trait(rows, count, at, &end, err));
        for (size_t i = at; i < end; i++) {
            HMI_TRY(posting_less(store, incident, &rows[i], err));
        }
        HMI_TRY(posting_drop(store, incident, &rows[at], err));
        int held = posting_is_held(store, incident, &rows[at], err);
        HMI_TRY(held < 0 ? held : HM_OK);
        changes[rows[at].class_id] -= held == 0;
    }
    return write_class_counts(store, incident, changes, err);
}

int hmi_postings_count(hmi_store *store, int64_t incident, int64_t evidence, int sign, hm_err *err)
{
    hmi_tally *rows = NULL;
    size_t count = 0;
    hmi_assert(sign == 1 || sign == -1);
    HMI_TRY(read_tally(store, evidence, &rows, &count, err));
    int code = sign > 0 ? hmi_postings_add(store, incident, rows, count, err)
                        : take_away(store, incident, rows, count, err);
    free(rows);
    return code;
}
