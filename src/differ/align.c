/* SPDX-License-Identifier: Apache-2.0
 *
 * align.c - the alignment of two rows of instructions that says most.
 *
 * WHY    A reader wants to see what changed: equal instructions opposite each other, changed ones
 * too, the rest alone. FORM   Equal beginnings and ends are taken off; between them Hirschberg's
 * divide and conquer, whose memory grows with the rows and not with their product. An equal
 * instruction is worth 4, the same operation with other operands 1. TRUST  Rows come from hostile
 * programs: the product is bounded by HMI_ALIGN_CELLS_MAX. OWNS   Nothing: the arena's.
 */
#include "differ/align.h"

#include "base/error.h"

enum { WORTH_EQUAL = 4, WORTH_LIKE = 1 };

typedef struct aligning {
    const hmi_row *left, *right;
    hmi_same_target *same;
    const void *with;
    uint32_t *ahead, *back; /* best sums from the front and from the end, a column each */
    hmi_line *lines;
    size_t count;
} aligning;

static unsigned worth(const aligning *a, size_t i, size_t k)
{
    const hmi_row *x = &a->left[i], *y = &a->right[k];
    if (x->mnemonic != y->mnemonic && x->key != y->key) {
        return 0;
    }
    bool targets = x->target == y->target || a->same == NULL || a->same(a->with, x, y);
    return x->key == y->key && targets ? WORTH_EQUAL : x->mnemonic == y->mnemonic ? WORTH_LIKE : 0;
}

static void say(aligning *a, hmi_line_kind kind, size_t i, size_t k)
{
    a->lines[a->count++] = (hmi_line){ kind, (uint32_t)i, (uint32_t)k };
}

static void say_both(aligning *a, size_t i, size_t k)
{
    say(a, worth(a, i, k) == WORTH_EQUAL ? HMI_LINE_SAME : HMI_LINE_CHANGED, i, k);
}

static void say_apart(aligning *a, size_t i, size_t i_end, size_t k, size_t k_end)
{
    for (; i < i_end; i++) {
        say(a, HMI_LINE_LEFT, i, k);
    }
    for (; k < k_end; k++) {
        say(a, HMI_LINE_RIGHT, i, k);
    }
}

/* ahead[c]: the best sum of rows i .. i_end against k .. k + c. */
static void sum_ahead(aligning *a, size_t i, size_t i_end, size_t k, size_t k_end)
{
    memset(a->ahead, 0, (k_end - k + 1) * sizeof(*a->ahead));
    for (; i < i_end; i++) {
        uint32_t diagonal = 0;
        for (size_t c = 1; c <= k_end - k; c++) {
            uint32_t above = a->ahead[c], here = diagonal + worth(a, i, k + c - 1);
            here = here > above ? here : above;
            a->ahead[c] = here > a->ahead[c - 1] ? here : a->ahead[c - 1];
            diagonal = above;
        }
    }
}

/* back[c]: the best sum of rows i .. i_end against k + c .. k_end. */
static void sum_back(aligning *a, size_t i, size_t i_end, size_t k, size_t k_end)
{
    size_t width = k_end - k;
    memset(a->back, 0, (width + 1) * sizeof(*a->back));
    while (i_end > i) {
        i_end--;
        uint32_t diagonal = 0;
        for (size_t c = width; c-- > 0;) {
            uint32_t above = a->back[c], here = diagonal + worth(a, i_end, k + c);
            here = here > above ? here : above;
            a->back[c] = here > a->back[c + 1] ? here : a->back[c + 1];
            diagonal = above;
        }
    }
}

/* One row on the left: opposite the best on the right, the first of equals. */
static void align_one(aligning *a, size_t i, size_t k, size_t k_end)
{
    size_t best = k_end;
    unsigned most = 0;
    for (size_t c = k; c < k_end; c++) {
        unsigned here = worth(a, i, c);
        if (here > most) {
            most = here;
            best = c;
        }
    }
    if (best == k_end) {
        say_apart(a, i, i + 1, k, k_end);
        return;
    }
    say_apart(a, i, i, k, best);
    say_both(a, i, best);
    say_apart(a, i + 1, i + 1, best + 1, k_end);
}

/* Depth: log2 of the rows on the left. */
static void align_between(aligning *a, size_t i, size_t i_end, size_t k, size_t k_end)
{
    if (i == i_end || k == k_end) {
        say_apart(a, i, i_end, k, k_end);
        return;
    }
    if (i_end - i == 1) {
        align_one(a, i, k, k_end);
        return;
    }
    size_t middle = i + (i_end - i) / 2, cut = 0;
    sum_ahead(a, i, middle, k, k_end);
    sum_back(a, middle, i_end, k, k_end);
    for (size_t c = 1; c <= k_end - k; c++) {
        if (a->ahead[c] + a->back[c] > a->ahead[cut] + a->back[cut]) {
            cut = c;
        }
    }
    align_between(a, i, middle, k, k + cut);
    align_between(a, middle, i_end, k + cut, k_end);
}

int hmi_align(hmi_arena *arena, const hmi_row *left, size_t left_count, const hmi_row *right,
              size_t right_count, hmi_same_target *same, const void *with, hmi_line **ret_lines,
              size_t *ret_count, hm_err *err)
{
    aligning a = { .left = left, .right = right, .same = same, .with = with };
    a.lines = hmi_new_array(arena, hmi_line, left_count + right_count);
    a.ahead = hmi_new_array(arena, uint32_t, right_count + 1);
    a.back = hmi_new_array(arena, uint32_t, right_count + 1);
    if (a.lines == NULL || a.ahead == NULL || a.back == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t first = 0, left_end = left_count, right_end = right_count;
    while (first < left_end && first < right_end && worth(&a, first, first) == WORTH_EQUAL) {
        say_both(&a, first, first);
        first++;
    }
    while (left_end > first && right_end > first &&
           worth(&a, left_end - 1, right_end - 1) == WORTH_EQUAL) {
        left_end--;
        right_end--;
    }
    if ((uint64_t)(left_end - first) * (right_end - first) > HMI_ALIGN_CELLS_MAX) {
        say_apart(&a, first, left_end, first, right_end);
    } else {
        align_between(&a, first, left_end, first, right_end);
    }
    for (; left_end < left_count; left_end++, right_end++) {
        say_both(&a, left_end, right_end);
    }
    *ret_lines = a.lines;
    *ret_count = a.count;
    return HM_OK;
}
