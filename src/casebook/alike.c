/* SPDX-License-Identifier: Apache-2.0
 *
 * alike.c - functions like a given one, in the casebook and in the harmless world.
 *
 * WHY    Nobody can compare with a million functions. Two that are alike share a probe (code.h):
 * the index leads from the probes to candidates, those that share most are compared exactly. FORM
 * probes-*.seg: probe -> trait id of a function; harmless-*.seg: probe -> number of a function of
 * the baseline. TRUST  Fingerprints come from workers and partners: code/ decodes them as hostile.
 * A probe that very many functions share says nothing and is passed over, so the work is bounded.
 * OWNS   Nothing beyond a call.
 */
#include <stdlib.h>

#include "casebook/index.h"
#include "code/code.h"

enum {
    PROBES_MAX = 24,       /* of one function */
    COMMON_MAX = 2048,     /* a probe shared by more leads nowhere */
    EACH_MAX = 512,        /* candidates one probe may name */
    RARE_MAX = 64,         /* a probe shared by no more is rare */
    ENOUGH = 8,            /* candidates by rare probes that make common ones needless */
    COMPARED_MAX = 256,    /* candidates of the baseline compared exactly */
    COMPARED_HERE_MAX = 16 /* of the casebook */
};

/* ---- Building */

int hmi_collect_probes(hmi_store *store, uint32_t kind, uint64_t from, uint64_t *to, size_t max,
                       hmi_pairs *all, hm_err *err)
{
    hmi_query_id id =
        kind == HMI_KIND_PROBES ? HMI_Q_FUNCTION_RANGE : HMI_Q_BASELINE_FUNCTION_RANGE;
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)from);
    hmi_bind(stmt, 2, (int64_t)*to);
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        uint64_t number = (uint64_t)sqlite3_column_int64(stmt, 0);
        if (all->count >= max) {
            *to = number - 1;
            rc = 0;
            break;
        }
        const void *ptr = sqlite3_column_blob(stmt, 1);
        hm_bytes print = hmi_bytes(ptr, ptr == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt, 1));
        uint64_t probes[PROBES_MAX];
        size_t count = hmi_fingerprint_probes(print, probes, PROBES_MAX);
        for (size_t i = 0; rc >= 0 && i < count; i++) {
            rc = hmi_pairs_add(all, probes[i], (uint32_t)number, err);
        }
        if (rc < 0) {
            break;
        }
    }
    (void)sqlite3_reset(stmt);
    return rc;
}

/* ---- Candidates */

typedef struct candidate {
    uint32_t number, shared;
} candidate;

typedef struct candidates {
    candidate *items; /* in order of first appearance, at most `each` of every probe */
    uint32_t *slots;  /* number -> place in items + 1, open addressing */
    size_t count, slot_mask, each;
} candidates;

static void count_one(candidates *all, uint32_t number)
{
    size_t at = ((uint64_t)number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & all->slot_mask;
    while (all->slots[at] != 0 && all->items[all->slots[at] - 1].number != number) {
        at = (at + 1) & all->slot_mask;
    }
    if (all->slots[at] == 0) {
        all->items[all->count++] = (candidate){ number, 0 };
        all->slots[at] = (uint32_t)all->count;
    }
    all->items[all->slots[at] - 1].shared++;
}

static int add_candidates(void *with, size_t index, const hmi_values *values, hm_err *err)
{
    (void)index;
    (void)err;
    candidates *all = with;
    size_t common = all->each == RARE_MAX ? RARE_MAX : COMMON_MAX;
    for (size_t i = 0; values->total <= common && i < values->count && i < all->each; i++) {
        count_one(all, values->ptr[i]);
    }
    return HM_OK;
}

/* Before: it shares more probes; among equals the lower number. */
static bool goes_before(const candidate *a, const candidate *b)
{
    return a->shared != b->shared ? a->shared > b->shared : a->number < b->number;
}

/* Moves the best to the front, in order; the rest is forgotten. */
static void keep_best(candidates *all, size_t max)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        candidate one = all->items[i];
        if (kept == max && !goes_before(&one, &all->items[kept - 1])) {
            continue;
        }
        kept += kept < max;
        size_t at = kept - 1;
        for (; at > 0 && goes_before(&one, &all->items[at - 1]); at--) {
            all->items[at] = all->items[at - 1];
        }
        all->items[at] = one;
    }
    all->count = kept;
}

/* What the probes lead to; those that more than `each` share are passed over (COMMON_MAX when
 * `each` is EACH_MAX). */
static int follow_probes(hmi_store *store, uint32_t kind, const uint64_t *probes, size_t count,
                         size_t each, candidates *all, hm_err *err)
{
    size_t slots = 1024;
    while (slots < 2 * count * each) {
        slots *= 2;
    }
    free(all->items);
    free(all->slots);
    *all = (candidates){ .items = malloc((count * each + 1) * sizeof(*all->items)),
                         .slots = calloc(slots, sizeof(*all->slots)),
                         .slot_mask = slots - 1,
                         .each = each };
    if (all->items == NULL || all->slots == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to look for functions");
    }
    return hmi_index_find(store, kind, probes, count, COMMON_MAX, add_candidates, all, err);
}

static void candidates_free(candidates *all)
{
    free(all->items);
    free(all->slots);
}

/* Those that share most probes first. Rare probes lead to most functions that are alike; the common
 * ones, which cost most, are followed only when those did not, or when none may be missed. */
static int find_candidates(hmi_store *store, uint32_t kind, hm_bytes fingerprint, candidates *all,
                           hm_err *err)
{
    uint64_t probes[PROBES_MAX];
    size_t count = hmi_fingerprint_probes(fingerprint, probes, PROBES_MAX);
    bool harmless = kind == HMI_KIND_BASELINE_PROBES;
    if (!harmless) {
        HMI_TRY(follow_probes(store, kind, probes, count, RARE_MAX, all, err));
    }
    if (harmless || all->count < ENOUGH) {
        HMI_TRY(follow_probes(store, kind, probes, count, EACH_MAX, all, err));
    }
    keep_best(all, harmless ? COMPARED_MAX : COMPARED_HERE_MAX);
    return HM_OK;
}

/* How alike a candidate is, and what its row names it; -1 when the row is gone. */
static int compare(hmi_store *store, hmi_query_id id, uint32_t number, hm_bytes fingerprint,
                   int64_t *ret_name, double *ret_similarity, hm_err *err)
{
    sqlite3_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    hmi_bind(stmt, 1, number);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    if (rc == 0) {
        *ret_similarity = -1;
        return HM_OK;
    }
    const void *ptr = sqlite3_column_blob(stmt, 1);
    hm_bytes other = hmi_bytes(ptr, ptr == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt, 1));
    *ret_name = sqlite3_column_int64(stmt, 0);
    *ret_similarity = hmi_fingerprint_similarity(fingerprint, other);
    (void)sqlite3_reset(stmt);
    return HM_OK;
}

/* ---- In the casebook */

static int by_similarity(const void *a, const void *b)
{
    const hmi_alike *x = a, *y = b;
    if (x->similarity != y->similarity) {
        return x->similarity > y->similarity ? -1 : 1;
    }
    return x->trait < y->trait ? -1 : x->trait > y->trait;
}

static int compare_all(hmi_store *store, const candidates *all, hm_bytes fingerprint,
                       double similarity, hmi_alike found[COMPARED_MAX], size_t *ret_count,
                       hm_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        hmi_alike one = { 0, 0 };
        HMI_TRY(compare(store, HMI_Q_FUNCTION_GET, all->items[i].number, fingerprint, &one.trait,
                        &one.similarity, err));
        if (one.similarity >= similarity) {
            found[count++] = one;
        }
    }
    qsort(found, count, sizeof(*found), by_similarity);
    *ret_count = count;
    return HM_OK;
}

int hmi_functions_alike(hmi_store *store, hm_bytes fingerprint, double similarity, hmi_alike *ret,
                        size_t max, size_t *ret_count, hm_err *err)
{
    candidates all = { .items = NULL };
    hmi_alike found[COMPARED_MAX];
    size_t count = 0;
    int code = find_candidates(store, HMI_KIND_PROBES, fingerprint, &all, err);
    if (code == HM_OK) {
        code = compare_all(store, &all, fingerprint, similarity, found, &count, err);
    }
    candidates_free(&all);
    HMI_TRY(code);
    count = count < max ? count : max;
    memcpy(ret, found, count * sizeof(*ret));
    *ret_count = count;
    return HM_OK;
}

/* ---- In the harmless world */

/* Marks the files that carry one of the functions alike; a file with two of them counts once. */
static int mark_files(hmi_store *store, const candidates *all, hm_bytes fingerprint,
                      double similarity, uint8_t *marks, size_t mark_count, uint32_t *ret_count,
                      hm_err *err)
{
    uint32_t marked = 0;
    for (size_t i = 0; i < all->count; i++) {
        double is = 0;
        int64_t key = 0;
        HMI_TRY(compare(store, HMI_Q_BASELINE_FUNCTION_GET, all->items[i].number, fingerprint, &key,
                        &is, err));
        if (is < similarity) {
            continue;
        }
        const uint32_t *files = NULL;
        size_t count = 0;
        HMI_TRY(hmi_baseline_carriers(store, (uint64_t)key, &files, &count, err));
        for (size_t k = 0; k < count; k++) {
            if (files[k] < mark_count && !marks[files[k]]) {
                marks[files[k]] = 1;
                marked++;
            }
        }
    }
    *ret_count = marked;
    return HM_OK;
}

int hmi_baseline_alike(hmi_store *store, hm_bytes fingerprint, double similarity,
                       uint32_t *ret_count, hm_err *err)
{
    candidates all = { .items = NULL };
    int64_t newest = 0;
    uint32_t count = 0;
    HMI_TRY(hmi_meta_get(store, "baseline_newest", &newest, err));
    if (newest == 0) {
        *ret_count = 0;
        return HM_OK;
    }
    uint8_t *marks = calloc((size_t)newest + 1, 1);
    int code = marks == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to look for functions")
                   : find_candidates(store, HMI_KIND_BASELINE_PROBES, fingerprint, &all, err);
    if (code == HM_OK) {
        code = mark_files(store, &all, fingerprint, similarity, marks, (size_t)newest + 1, &count,
                          err);
    }
    candidates_free(&all);
    free(marks);
    HMI_TRY(code);
    *ret_count = count;
    return HM_OK;
}
