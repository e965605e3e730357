/* SPDX-License-Identifier: Apache-2.0
 *
 * alike.c - functions like a given one, in the casebook and in the harmless world.
 *
 * WHY    Nobody can compare with a million functions. Two that are alike share a probe (code.h):
 *        the index leads from the probes to candidates, those that share most are compared exactly.
 * FORM   probes-*.seg: probe -> trait id of a function; harmless-*.seg: probe -> number of a
 *        function of the baseline.
 * TRUST  Fingerprints come from workers and partners: code/ decodes them as hostile. A probe that
 *        very many functions share says nothing and is passed over, so the work is bounded.
 * OWNS   Nothing beyond a call.
 */
#include <stdlib.h>

#include "casebook/index.h"
#include "code/code.h"

/* Measured on 4,096 functions of /usr/bin among 352,000 traits: of candidates that share one probe
 * 2 in 1,000 are alike and of all that are alike they are 7 in 100, but they are three quarters of
 * all candidates. So a function with probes enough passes over them. */
enum {
    PROBES_MAX = 24,   /* of one function */
    PROBES_ENOUGH = 8, /* from here on a candidate must share two */
    COMMON_MAX = 512,  /* a probe shared by more leads nowhere */
    RARE_MAX = 64,     /* a probe shared by no more is rare */
    ENOUGH = 8,        /* candidates by rare probes that make common ones needless */
    COMPARED_MAX = 48  /* candidates compared exactly */
};

/* ---- Building */

int hmi_collect_probes(hmi_store *store, uint32_t kind, uint64_t from, uint64_t *to, size_t max,
                       hmi_pairs *all, hm_err *err)
{
    hmi_query_id id =
        kind == HMI_KIND_PROBES ? HMI_Q_FUNCTION_RANGE : HMI_Q_BASELINE_FUNCTION_RANGE;
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    hmi_bind(stmt, 1, (int64_t)from);
    hmi_bind(stmt, 2, (int64_t)*to);
    int rc;
    while ((rc = hmi_step(store, stmt, err)) == 1) {
        uint64_t number = (uint64_t)hmi_column(stmt, 0);
        if (all->count >= max) {
            *to = number - 1;
            rc = 0;
            break;
        }
        hm_bytes print = hmi_column_lent(stmt, 1);
        uint64_t probes[PROBES_MAX];
        size_t count = hmi_fingerprint_probes(print, probes, PROBES_MAX);
        for (size_t i = 0; rc >= 0 && i < count; i++) {
            rc = hmi_pairs_add(all, probes[i], (uint32_t)number, err);
        }
        if (rc < 0) {
            break;
        }
    }
    hmi_reset(stmt);
    return rc;
}

/* ---- Candidates */

typedef struct candidate {
    uint32_t number, shared;
} candidate;

/* What the probes of one function lead to. */
typedef struct lead {
    uint32_t rare[PROBES_MAX * RARE_MAX], common[PROBES_MAX * COMMON_MAX];
    size_t rare_count, common_count;
} lead;

static int add_values(void *with, size_t index, const hmi_values *values, hm_err *err)
{
    (void)index;
    (void)err;
    lead *all = with;
    if (values->count <= RARE_MAX) {
        memcpy(all->rare + all->rare_count, values->ptr, values->count * sizeof(*values->ptr));
        all->rare_count += values->count;
    } else if (values->count <= COMMON_MAX) {
        memcpy(all->common + all->common_count, values->ptr, values->count * sizeof(*values->ptr));
        all->common_count += values->count;
    }
    return HM_OK;
}

typedef struct candidates {
    candidate *items; /* in order of first appearance */
    uint32_t *slots;  /* number -> place in items + 1, open addressing */
    size_t count, slot_mask;
} candidates;

static void candidates_free(candidates *all)
{
    free(all->items);
    free(all->slots);
    *all = (candidates){ .items = NULL };
}

static int candidates_new(candidates *all, size_t max, hm_err *err)
{
    size_t slots = 64;
    while (slots < 2 * max) {
        slots *= 2;
    }
    *all = (candidates){ .items = malloc((max + 1) * sizeof(*all->items)),
                         .slots = calloc(slots, sizeof(*all->slots)),
                         .slot_mask = slots - 1 };
    if (all->items == NULL || all->slots == NULL) {
        candidates_free(all);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to look for functions");
    }
    return HM_OK;
}

static void count_each(candidates *all, const uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = ((uint64_t)numbers[i] * UINT64_C(0x9e3779b97f4a7c15) >> 32) & all->slot_mask;
        while (all->slots[at] != 0 && all->items[all->slots[at] - 1].number != numbers[i]) {
            at = (at + 1) & all->slot_mask;
        }
        if (all->slots[at] == 0) {
            all->items[all->count++] = (candidate){ numbers[i], 0 };
            all->slots[at] = (uint32_t)all->count;
        }
        all->items[all->slots[at] - 1].shared++;
    }
}

/* Before: it shares more probes; among equals the lower number. */
static bool goes_before(const candidate *a, const candidate *b)
{
    return a->shared != b->shared ? a->shared > b->shared : a->number < b->number;
}

static void drop_chance(candidates *all, uint32_t shared_min)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].shared >= shared_min) {
            all->items[kept++] = all->items[i];
        }
    }
    all->count = kept;
}

/* Moves the best to the front, in order; the rest is forgotten. */
static void keep_best(candidates *all)
{
    const size_t max = COMPARED_MAX;
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

/* Rare probes lead to most functions that are alike; what the common ones lead to is counted only
 * when those did not. */
static int count_candidates(const lead *from, candidates *all, hm_err *err)
{
    HMI_TRY(candidates_new(all, from->rare_count, err));
    count_each(all, from->rare, from->rare_count);
    if (all->count >= ENOUGH || from->common_count == 0) {
        return HM_OK;
    }
    candidates_free(all);
    HMI_TRY(candidates_new(all, from->rare_count + from->common_count, err));
    count_each(all, from->rare, from->rare_count);
    count_each(all, from->common, from->common_count);
    return HM_OK;
}

/* Those that share most probes first. */
static int find_candidates(hmi_store *store, uint32_t kind, hm_bytes fingerprint, candidates *all,
                           hm_err *err)
{
    uint64_t probes[PROBES_MAX];
    size_t count = hmi_fingerprint_probes(fingerprint, probes, PROBES_MAX);
    lead *from = malloc(sizeof(*from));
    if (from == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to look for functions");
    }
    from->rare_count = from->common_count = 0;
    int code = hmi_index_find_few(store, kind, probes, count, COMMON_MAX, add_values, from, err);
    if (code == HM_OK) {
        code = count_candidates(from, all, err);
    }
    free(from);
    HMI_TRY(code);
    drop_chance(all, count < PROBES_ENOUGH ? 1 : 2);
    keep_best(all);
    return HM_OK;
}

typedef struct likeness {
    int64_t name; /* what the candidate's row names it */
    double similarity;
} likeness;

/* How alike a candidate is; -1 when its row is gone. */
static int compare(hmi_store *store, hmi_query_id id, uint32_t number, hm_bytes fingerprint,
                   likeness *ret, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(store, id, &stmt, err));
    hmi_bind(stmt, 1, number);
    int rc = hmi_step(store, stmt, err);
    HMI_TRY(rc < 0 ? rc : HM_OK);
    *ret = (likeness){ 0, -1 };
    if (rc == 0) {
        return HM_OK;
    }
    hm_bytes other = hmi_column_lent(stmt, 1);
    ret->name = hmi_column(stmt, 0);
    ret->similarity = hmi_fingerprint_similarity(fingerprint, other);
    hmi_reset(stmt);
    return HM_OK;
}

static int by_similarity(const void *a, const void *b)
{
    const likeness *x = a, *y = b;
    if (x->similarity != y->similarity) {
        return x->similarity > y->similarity ? -1 : 1;
    }
    return x->name < y->name ? -1 : x->name > y->name;
}

/* The functions at least `similarity` alike, best first; `found` has room for COMPARED_MAX
 * of them. */
static int find_alike(hmi_store *store, uint32_t kind, hm_bytes fingerprint, double similarity,
                      likeness *found, size_t *ret_count, hm_err *err)
{
    const hmi_query_id id =
        kind == HMI_KIND_PROBES ? HMI_Q_FUNCTION_GET : HMI_Q_BASELINE_FUNCTION_GET;
    candidates all = { .items = NULL };
    size_t count = 0;
    int code = find_candidates(store, kind, fingerprint, &all, err);
    for (size_t i = 0; code == HM_OK && i < all.count; i++) {
        code = compare(store, id, all.items[i].number, fingerprint, &found[count], err);
        count += code == HM_OK && found[count].similarity >= similarity;
    }
    candidates_free(&all);
    HMI_TRY(code);
    if (count > 1) {
        qsort(found, count, sizeof(*found), by_similarity);
    }
    *ret_count = count;
    return HM_OK;
}

int hmi_functions_alike(hmi_store *store, hm_bytes fingerprint, double similarity, hmi_alike *ret,
                        size_t max, size_t *ret_count, hm_err *err)
{
    likeness found[COMPARED_MAX];
    size_t count = 0;
    HMI_TRY(find_alike(store, HMI_KIND_PROBES, fingerprint, similarity, found, &count, err));
    count = count < max ? count : max;
    for (size_t i = 0; i < count; i++) {
        ret[i] = (hmi_alike){ found[i].name, found[i].similarity };
    }
    *ret_count = count;
    return HM_OK;
}

/* ---- In the harmless world */

/* Marks the files that carry a function; a file with two of them counts once. */
static int mark_files(hmi_store *store, int64_t key, uint8_t *marks, size_t mark_count,
                      uint32_t *marked, hm_err *err)
{
    const uint32_t *files = NULL;
    size_t count = 0;
    HMI_TRY(hmi_baseline_carriers(store, (uint64_t)key, &files, &count, err));
    for (size_t k = 0; k < count; k++) {
        if (files[k] < mark_count && !marks[files[k]]) {
            marks[files[k]] = 1;
            *marked += 1;
        }
    }
    return HM_OK;
}

int hmi_baseline_alike(hmi_store *store, hm_bytes fingerprint, const double *similarities,
                       size_t count, uint32_t *ret_counts, hm_err *err)
{
    int64_t newest = 0;
    HMI_TRY(hmi_meta_get(store, "baseline_newest", &newest, err));
    memset(ret_counts, 0, count * sizeof(*ret_counts));
    if (newest == 0 || count == 0) {
        return HM_OK;
    }
    likeness found[COMPARED_MAX];
    size_t found_count = 0;
    HMI_TRY(find_alike(store, HMI_KIND_BASELINE_PROBES, fingerprint, similarities[count - 1], found,
                       &found_count, err));
    uint8_t *marks = calloc((size_t)newest + 1, 1);
    if (marks == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to look for functions");
    }
    uint32_t marked = 0;
    int code = HM_OK;
    for (size_t i = 0, at = 0; code == HM_OK && i < count; i++) {
        for (; code == HM_OK && at < found_count && found[at].similarity >= similarities[i]; at++) {
            code = mark_files(store, found[at].name, marks, (size_t)newest + 1, &marked, err);
        }
        ret_counts[i] = marked;
    }
    free(marks);
    return code;
}
