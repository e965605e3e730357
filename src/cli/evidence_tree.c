/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence_tree.c - an incident's evidence in the order in which people look for it.
 *
 * WHY    Workers finish in any order, and so rows are stored in any order. The same evidence shown
 *        twice must read the same, by whichever build on whichever machine.
 * FORM   by_parent[]: all rows sorted by (container, name, hash), so that the rows of one container
 *        lie side by side. A row's own rows are found by bisection; a stack holds the way down.
 * TRUST  Names are the attacker's. A container may hold itself (a quine): each container is opened
 *        once, and a row that no way leads to is listed at the end.
 * OWNS   Nothing beyond the caller's arena.
 */
#include "cli/evidence_tree.h"

#include <stdlib.h>
#include <string.h>

/* Where the walk is inside one container. */
typedef struct level {
    size_t next, end;
} level;

typedef struct walk {
    const hmi_evidence **by_parent;
    bool *opened; /* for each of by_parent: its own rows were listed */
    bool *listed;
    size_t count;
    hmi_evidence_leaf *leaves;
    size_t leaf_count;
    level *levels;
    size_t depth;
} walk;

static int by_parent_name_hash(const void *a, const void *b)
{
    const hmi_evidence *x = *(const hmi_evidence *const *)a, *y = *(const hmi_evidence *const *)b;
    if (x->parent != y->parent) {
        return x->parent < y->parent ? -1 : 1;
    }
    int order = hmi_bytes_cmp(x->name, y->name);
    return order != 0 ? order : memcmp(x->sha256.bytes, y->sha256.bytes, sizeof(x->sha256.bytes));
}

/* The first row whose container is `parent` or a later one. */
static size_t first_of(const walk *w, int64_t parent)
{
    size_t low = 0, high = w->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->by_parent[middle]->parent < parent) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Goes down into the rows of container `id`, unless somebody was there. */
static void open_container(walk *w, int64_t id)
{
    size_t first = first_of(w, id), end = first;
    while (end < w->count && w->by_parent[end]->parent == id) {
        end++;
    }
    if (end > first && !w->opened[first]) {
        w->opened[first] = true;
        w->levels[w->depth++] = (level){ first, end };
    }
}

static void list_row(walk *w, size_t row)
{
    const hmi_evidence *e = w->by_parent[row];
    if (w->listed[row]) {
        return;
    }
    w->listed[row] = true;
    w->leaves[w->leaf_count++] =
        (hmi_evidence_leaf){ e, w->depth > 0 ? (uint32_t)w->depth - 1 : 0 };
    open_container(w, e->id);
}

static void list_all(walk *w)
{
    open_container(w, 0);
    while (w->depth > 0) {
        level *top = &w->levels[w->depth - 1];
        if (top->next == top->end) {
            w->depth--;
        } else {
            list_row(w, top->next++);
        }
    }
}

int hmi_evidence_tree(hmi_arena *arena, const hmi_evidence *list, size_t count,
                      hmi_evidence_leaf **ret, hm_err *err)
{
    walk w = { .by_parent = hmi_new_array(arena, const hmi_evidence *, count + 1),
               .opened = hmi_new_array(arena, bool, count + 1),
               .listed = hmi_new_array(arena, bool, count + 1),
               .leaves = hmi_new_array(arena, hmi_evidence_leaf, count + 1),
               .levels = hmi_new_array(arena, level, count + 1),
               .count = count };
    if (w.by_parent == NULL || w.opened == NULL || w.listed == NULL || w.leaves == NULL ||
        w.levels == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        w.by_parent[i] = &list[i];
    }
    qsort(w.by_parent, count, sizeof(const hmi_evidence *), by_parent_name_hash);
    list_all(&w);
    for (size_t row = 0; row < count; row++) { /* what no way leads to */
        list_row(&w, row);
        list_all(&w);
    }
    *ret = w.leaves;
    return HM_OK;
}
