/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_bind.c - finds observations that stand together as a STIX pattern asks.
 *
 * WHY    AND, FOLLOWEDBY and REPEATS want different observations, WITHIN and START..STOP want them
 *        at certain times. An observation with number_observed n may stand for n of them.
 * FORM   A search that binds one observation after the other and goes back when none fits. What is
 *        left to do is a chain of goals; around them stand frames:
 *
 *          ([a] AND [b]) WITHIN 5 SECONDS FOLLOWEDBY [c]
 *          frame L: first side of FOLLOWEDBY      frame R: second side, behind L
 *            frame W: within 5 seconds              [c]
 *              [a] [b]
 *
 *        A frame knows the latest beginning and the earliest end of what is bound inside it. So
 *        each frame says in which span a next observation must lie, and that check is complete:
 *          1. WITHIN d:       latest beginning <= earliest end + d
 *          2. L FOLLOWEDBY R: latest beginning in L <= earliest end in R
 *          3. START s STOP e: each one ends at s or later and begins before e
 * TRUST  Choosing is exponential for patterns made for it: HMI_STIX_STEPS_MAX trials, then
 *        HM_E_LIMIT. Recursion is bounded by GOALS_MAX.
 * OWNS   The binding: one arena of its own.
 */
#include "detect/stix_bind.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum { GOALS_MAX = 6144, BINDING_MAX = 1 << 30 };

/* The observations that one [ ] holds for, by their beginning. */
typedef struct leaf {
    const hmi_stix_node *node;
    size_t *candidates;
    size_t count, capacity;
    int64_t longest_us; /* of all of them */
} leaf;

typedef struct frame frame;
struct frame {
    frame *parent;
    const frame *before;       /* the side of FOLLOWEDBY in front of this one */
    const hmi_stix_node *node; /* WITHIN or START_STOP, or NULL */
    int64_t latest_begin, earliest_end;
};

typedef struct undo {
    frame *frame;
    int64_t latest_begin, earliest_end;
} undo;

typedef struct goal goal;
struct goal {
    const hmi_stix_node *node;
    frame *frame;
    const frame *before; /* FOLLOWEDBY: the side in front */
    uint64_t index;      /* AND, FOLLOWEDBY: which child; REPEATS: how many are done */
    const goal *next;
};

struct hmi_stix_binding {
    hmi_arena arena;
    const hmi_observation *list;
    size_t count;
    uint64_t *used;      /* how many of each observation's number are bound */
    uint64_t number_all; /* of all observations */
    leaf *leaves;        /* by node */
    size_t leaf_count, leaf_capacity;
    undo *undone;
    size_t undo_count, undo_capacity;
    size_t steps, goals, bound;
    int failed; /* HM_E_LIMIT or HM_E_MEMORY: the search stops */
};

int hmi_stix_binding_new(const hmi_observation *list, size_t count, hmi_stix_binding **ret,
                         hm_err *err)
{
    hmi_stix_binding *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    hmi_arena_init(&b->arena, BINDING_MAX);
    b->list = list;
    b->count = count;
    b->used = hmi_new_array(&b->arena, uint64_t, count);
    if (b->used == NULL) {
        int code = hmi_arena_fail(&b->arena, err);
        hmi_stix_binding_free(b);
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        if (!hmi_add(b->number_all, list[i].number, &b->number_all)) {
            b->number_all = UINT64_MAX;
        }
    }
    *ret = b;
    return HM_OK;
}

void hmi_stix_binding_free(hmi_stix_binding *b)
{
    if (b != NULL) {
        hmi_arena_fini(&b->arena);
        free(b);
    }
}

static leaf *leaf_of(hmi_stix_binding *b, const hmi_stix_node *node)
{
    if (b->leaf_count > 0 && b->leaves[b->leaf_count - 1].node == node) {
        return &b->leaves[b->leaf_count - 1];
    }
    leaf *leaves =
        hmi_arena_grow(&b->arena, b->leaves, b->leaf_count, &b->leaf_capacity, sizeof(*leaves));
    if (leaves == NULL) {
        return NULL;
    }
    b->leaves = leaves;
    leaves[b->leaf_count] = (leaf){ .node = node };
    return &leaves[b->leaf_count++];
}

int hmi_stix_binding_add(hmi_stix_binding *b, const hmi_stix_node *node, size_t observation,
                         hm_err *err)
{
    leaf *l = leaf_of(b, node);
    size_t *more =
        l == NULL ? NULL
                  : hmi_arena_grow(&b->arena, l->candidates, l->count, &l->capacity, sizeof(*more));
    if (more == NULL) {
        return hmi_arena_fail(&b->arena, err);
    }
    l->candidates = more;
    more[l->count++] = observation;
    const hmi_observation *seen = &b->list[observation];
    int64_t length = seen->last_us - seen->first_us;
    l->longest_us = length > l->longest_us ? length : l->longest_us;
    return HM_OK;
}

static int by_begin(const void *x, const void *y, void *with)
{
    const hmi_observation *list = with;
    size_t i = *(const size_t *)x, k = *(const size_t *)y;
    if (list[i].first_us != list[k].first_us) {
        return list[i].first_us < list[k].first_us ? -1 : 1;
    }
    return i < k ? -1 : i > k;
}

int hmi_stix_binding_end(hmi_stix_binding *b, const hmi_stix_node *node, hm_err *err)
{
    leaf *l = leaf_of(b, node);
    if (l == NULL) {
        return hmi_arena_fail(&b->arena, err);
    }
    if (l->count > 1) {
        union {
            const hmi_observation *from;
            void *to;
        } list = { .from = b->list };
        qsort_r(l->candidates, l->count, sizeof(*l->candidates), by_begin, list.to);
    }
    return HM_OK;
}

static int by_node(const void *x, const void *y)
{
    const leaf *a = x, *b = y;
    return a->node < b->node ? -1 : a->node > b->node;
}

static const leaf *find_leaf(const hmi_stix_binding *b, const hmi_stix_node *node)
{
    leaf key = { .node = node };
    return bsearch(&key, b->leaves, b->leaf_count, sizeof(key), by_node);
}

/* ---- Frames */

typedef struct span {
    int64_t begin_max; /* begins at this moment at the latest */
    int64_t end_min;   /* ends at this moment at the earliest */
} span;

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return hmi_add(a, b, &sum) ? sum : b > 0 ? INT64_MAX : INT64_MIN;
}

static void narrow(span *s, int64_t begin_max, int64_t end_min)
{
    s->begin_max = begin_max < s->begin_max ? begin_max : s->begin_max;
    s->end_min = end_min > s->end_min ? end_min : s->end_min;
}

/* Where the next observation bound in this frame must lie. */
static span span_in(const frame *f)
{
    span s = { INT64_MAX, INT64_MIN };
    for (; f != NULL; f = f->parent) {
        for (const frame *before = f->before; before != NULL; before = before->before) {
            narrow(&s, INT64_MAX, before->latest_begin);
        }
        if (f->node == NULL) {
            continue;
        }
        if (f->node->kind == HMI_STIX_NODE_START_STOP) {
            bool empty = f->node->start_us >= f->node->stop_us;
            narrow(&s, empty ? INT64_MIN : f->node->stop_us - 1, f->node->start_us);
        } else if (f->earliest_end != INT64_MAX) {
            narrow(&s, plus(f->earliest_end, f->node->within_us),
                   plus(f->latest_begin, -f->node->within_us));
        }
    }
    return s;
}

static bool lies_in(const hmi_observation *seen, const span *s)
{
    return seen->first_us <= s->begin_max && seen->last_us >= s->end_min;
}

static void fail(hmi_stix_binding *b, int code)
{
    b->failed = b->failed == 0 ? code : b->failed;
}

/* Binds `number` of the observation in this frame and those around it. */
static bool bind(hmi_stix_binding *b, frame *f, size_t observation, uint64_t number)
{
    const hmi_observation *seen = &b->list[observation];
    if (b->bound >= HMI_STIX_BOUND_MAX) {
        fail(b, HM_E_LIMIT);
        return false;
    }
    for (; f != NULL; f = f->parent) {
        undo *more =
            hmi_arena_grow(&b->arena, b->undone, b->undo_count, &b->undo_capacity, sizeof(*more));
        if (more == NULL) {
            fail(b, HM_E_MEMORY);
            return false;
        }
        b->undone = more;
        more[b->undo_count++] = (undo){ f, f->latest_begin, f->earliest_end };
        f->latest_begin = seen->first_us > f->latest_begin ? seen->first_us : f->latest_begin;
        f->earliest_end = seen->last_us < f->earliest_end ? seen->last_us : f->earliest_end;
    }
    b->used[observation] += number;
    b->bound++;
    return true;
}

static void unbind(hmi_stix_binding *b, size_t undo_mark, size_t observation, uint64_t number)
{
    while (b->undo_count > undo_mark) {
        const undo *u = &b->undone[--b->undo_count];
        u->frame->latest_begin = u->latest_begin;
        u->frame->earliest_end = u->earliest_end;
    }
    b->used[observation] -= number;
    b->bound--;
}

static bool tick(hmi_stix_binding *b)
{
    if (b->steps++ >= HMI_STIX_STEPS_MAX) {
        fail(b, HM_E_LIMIT);
    }
    return b->failed == 0;
}

/* ---- Goals */

static bool solve(hmi_stix_binding *b, const goal *g);

/* The first candidate that can still end late enough: those before begin too early for that. */
static size_t first_candidate(const hmi_stix_binding *b, const leaf *l, const span *s)
{
    int64_t from = plus(s->end_min, -l->longest_us);
    size_t low = 0, high = l->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->list[l->candidates[middle]].first_us < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool solve_observation(hmi_stix_binding *b, const goal *g)
{
    const leaf *l = find_leaf(b, g->node);
    span s = span_in(g->frame);
    for (size_t i = first_candidate(b, l, &s); i < l->count; i++) {
        size_t at = l->candidates[i], mark = b->undo_count;
        if (b->list[at].first_us > s.begin_max || !tick(b)) {
            break;
        }
        if (b->used[at] >= b->list[at].number || !lies_in(&b->list[at], &s)) {
            continue;
        }
        if (!bind(b, g->frame, at, 1)) {
            break;
        }
        if (solve(b, g->next)) {
            return true;
        }
        unbind(b, mark, at, 1);
    }
    return false;
}

/* How many more of the leaf's candidates from `i` on could be bound, up to `enough`. */
static uint64_t still_there(hmi_stix_binding *b, const leaf *l, size_t i, const span *s,
                            uint64_t enough)
{
    uint64_t sum = 0;
    for (; i < l->count && sum < enough; i++) {
        size_t at = l->candidates[i];
        if (b->list[at].first_us > s->begin_max || !tick(b)) {
            break;
        }
        if (lies_in(&b->list[at], s)) {
            uint64_t left = b->list[at].number - b->used[at];
            sum = enough - sum < left ? enough : sum + left;
        }
    }
    return sum;
}

/* `need` observations of one leaf, from its i-th candidate on. */
static bool solve_many(hmi_stix_binding *b, const goal *g, const leaf *l, size_t i, uint64_t need)
{
    if (need == 0) {
        return solve(b, g->next);
    }
    for (; i < l->count; i++) {
        span s = span_in(g->frame);
        size_t at = l->candidates[i], mark = b->undo_count;
        if (b->list[at].first_us > s.begin_max || !tick(b) ||
            still_there(b, l, i, &s, need) < need) {
            return false;
        }
        uint64_t left = b->list[at].number - b->used[at];
        if (left == 0 || !lies_in(&b->list[at], &s)) {
            continue;
        }
        for (uint64_t number = left < need ? left : need; number > 0 && tick(b); number--) {
            if (!bind(b, g->frame, at, number)) {
                return false;
            }
            if (solve_many(b, g, l, i + 1, need - number)) {
                return true;
            }
            unbind(b, mark, at, number);
        }
    }
    return false;
}

/* REPEATS of REPEATS of one [ ] is one REPEATS. */
static const hmi_stix_node *repeated_leaf(const hmi_stix_node *node, uint64_t *ret_times)
{
    *ret_times = 1;
    while (node->kind == HMI_STIX_NODE_REPEATS) {
        if (!hmi_mul(*ret_times, node->repeats, ret_times)) {
            *ret_times = UINT64_MAX;
        }
        node = node->children[0];
    }
    return node->kind == HMI_STIX_NODE_OBSERVATION ? node : NULL;
}

static bool solve_repeats(hmi_stix_binding *b, const goal *g)
{
    uint64_t times;
    const hmi_stix_node *node = repeated_leaf(g->node, &times);
    if (node != NULL) {
        const leaf *l = find_leaf(b, node);
        return times <= b->number_all && solve_many(b, g, l, 0, times);
    }
    if (g->node->repeats > b->number_all) {
        return false; /* each takes one observation, at least */
    }
    if (g->index >= g->node->repeats) {
        return solve(b, g->next);
    }
    goal rest = *g;
    rest.index++;
    goal one = { .node = g->node->children[0], .frame = g->frame, .next = &rest };
    return solve(b, &one);
}

static bool solve_and(hmi_stix_binding *b, const goal *g)
{
    if (g->index >= g->node->child_count) {
        return solve(b, g->next);
    }
    goal rest = *g;
    rest.index++;
    goal one = { .node = g->node->children[g->index], .frame = g->frame, .next = &rest };
    return solve(b, &one);
}

static bool solve_followedby(hmi_stix_binding *b, const goal *g)
{
    if (g->index >= g->node->child_count) {
        return solve(b, g->next);
    }
    frame side = { .parent = g->frame,
                   .before = g->before,
                   .latest_begin = INT64_MIN,
                   .earliest_end = INT64_MAX };
    goal rest = *g;
    rest.index++;
    rest.before = &side;
    goal one = { .node = g->node->children[g->index], .frame = &side, .next = &rest };
    return solve(b, &one);
}

static bool solve_framed(hmi_stix_binding *b, const goal *g)
{
    frame around = {
        .parent = g->frame, .node = g->node, .latest_begin = INT64_MIN, .earliest_end = INT64_MAX
    };
    goal inside = { .node = g->node->children[0], .frame = &around, .next = g->next };
    return solve(b, &inside);
}

static bool solve_or(hmi_stix_binding *b, const goal *g)
{
    for (size_t i = 0; i < g->node->child_count && tick(b); i++) {
        goal one = { .node = g->node->children[i], .frame = g->frame, .next = g->next };
        if (solve(b, &one)) {
            return true;
        }
    }
    return false;
}

static bool solve_kind(hmi_stix_binding *b, const goal *g)
{
    switch (g->node->kind) {
    case HMI_STIX_NODE_OBSERVATION:
        return solve_observation(b, g);
    case HMI_STIX_NODE_OR:
        return solve_or(b, g);
    case HMI_STIX_NODE_AND:
        return solve_and(b, g);
    case HMI_STIX_NODE_FOLLOWEDBY:
        return solve_followedby(b, g);
    case HMI_STIX_NODE_REPEATS:
        return solve_repeats(b, g);
    default:
        return solve_framed(b, g);
    }
}

static bool solve(hmi_stix_binding *b, const goal *g)
{
    if (g == NULL) {
        return true;
    }
    if (b->goals >= GOALS_MAX) {
        fail(b, HM_E_LIMIT);
        return false;
    }
    b->goals++;
    bool solved = b->failed == 0 && solve_kind(b, g);
    b->goals--;
    return solved;
}

/* Is there a candidate for everything that needs one? */
static bool possible(const hmi_stix_binding *b, const hmi_stix_node *node)
{
    if (node->kind == HMI_STIX_NODE_OBSERVATION) {
        return find_leaf(b, node)->count > 0;
    }
    bool any = node->kind == HMI_STIX_NODE_OR, holds = !any;
    for (size_t i = 0; i < node->child_count && holds != any; i++) {
        holds = possible(b, node->children[i]);
    }
    return holds;
}

int hmi_stix_bind(hmi_stix_binding *b, const hmi_stix_node *root, hmi_arena *arena,
                  hmi_stix_outcome *ret_outcome, hm_err *err)
{
    hmi_stix_outcome outcome = { 0 };
    goal whole = { .node = root };
    if (b->leaf_count > 1) {
        qsort(b->leaves, b->leaf_count, sizeof(*b->leaves), by_node);
    }
    outcome.matched = possible(b, root) && solve(b, &whole);
    if (b->failed == HM_E_LIMIT) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "too many combinations of observations to try for this pattern");
    }
    if (b->failed != 0) {
        return hmi_arena_fail(&b->arena, err);
    }
    if (outcome.matched) {
        size_t *bound = hmi_new_array(arena, size_t, b->count);
        for (size_t i = 0; bound != NULL && i < b->count; i++) {
            if (b->used[i] > 0) {
                bound[outcome.bound_count++] = i;
            }
        }
        if (bound == NULL) {
            return hmi_arena_fail(arena, err);
        }
        outcome.bound = bound;
    }
    *ret_outcome = outcome;
    return HM_OK;
}
