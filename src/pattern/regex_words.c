/* SPDX-License-Identifier: Apache-2.0
 *
 * regex_words.c - words that every match of a regular expression must hold.
 *
 * WHY    Hundreds of expressions over one value: a search for their words, all at once, says which
 *        few of them need to be tried.
 * FORM   Of a sequence the best part counts: its words are necessary for the whole. Of alternatives
 *        all together, if each has words. Better: the shortest word is longer, then fewer words.
 * TRUST  Depth is that of the tree, words are at most HMI_REGEX_WORDS_MAX of WORD_MAX bytes.
 * OWNS   Nothing.
 */
#include "pattern/regex_inside.h"

enum { WORD_MAX = 64, WORD_MIN = 2 };

typedef struct words {
    hm_text word[HMI_REGEX_WORDS_MAX];
    size_t count; /* 0 = none known */
} words;

static size_t shortest(const words *set)
{
    size_t len = set->count > 0 ? SIZE_MAX : 0;
    for (size_t i = 0; i < set->count; i++) {
        len = set->word[i].len < len ? set->word[i].len : len;
    }
    return len;
}

static void keep_better(words *best, const words *other)
{
    size_t a = shortest(best), b = shortest(other);
    if (b > a || (b == a && other->count < best->count)) {
        *best = *other;
    }
}

/* The one character that the class is, in lower case; false when it is more than one. */
static bool one_char(const hmi_re_node *node, uint32_t *ret)
{
    const hmi_re_class *cls = &node->cls;
    if (node->kind != HMI_RE_CLASS || cls->count == 0 || cls->count > 2) {
        return false;
    }
    uint32_t low = cls->ranges[0].low;
    if (cls->ranges[0].high != low || low >= 0x80) {
        return false; /* beyond ASCII lower case is not for us to say */
    }
    if (cls->count == 1) {
        *ret = low >= 'A' && low <= 'Z' ? low + 32 : low;
        return true;
    }
    *ret = cls->ranges[1].low;
    return low >= 'A' && low <= 'Z' && *ret == low + 32 && cls->ranges[1].high == *ret;
}

typedef struct run {
    char text[WORD_MAX];
    size_t len;
} run;

static int end_run(hmi_regex *re, run *r, words *best, hm_err *err)
{
    if (r->len >= WORD_MIN) {
        words one = { .count = 1 };
        one.word[0] = hmi_arena_text(re->arena, hmi_text(r->text, r->len));
        if (one.word[0].ptr == NULL) {
            return hmi_arena_fail(re->arena, err);
        }
        keep_better(best, &one);
    }
    r->len = 0;
    return HM_OK;
}

static int find(hmi_regex *re, const hmi_re_node *node, words *ret, hm_err *err);

static int find_in_sequence(hmi_regex *re, const hmi_re_node *node, words *ret, hm_err *err)
{
    run r = { .len = 0 };
    for (const hmi_re_node *child = node->first; child != NULL; child = child->next) {
        uint32_t c = 0;
        if (one_char(child, &c)) {
            if (r.len >= WORD_MAX) {
                HMI_TRY(end_run(re, &r, ret, err));
            }
            r.text[r.len++] = (char)c;
        } else if (child->kind != HMI_RE_ASSERT && child->kind != HMI_RE_EMPTY) {
            HMI_TRY(end_run(re, &r, ret, err));
            words inner = { .count = 0 };
            HMI_TRY(find(re, child, &inner, err));
            keep_better(ret, &inner);
        }
    }
    return end_run(re, &r, ret, err);
}

static int find_in_branches(hmi_regex *re, const hmi_re_node *node, words *ret, hm_err *err)
{
    words all = { .count = 0 };
    for (const hmi_re_node *child = node->first; child != NULL; child = child->next) {
        words branch = { .count = 0 };
        HMI_TRY(find(re, child, &branch, err));
        if (branch.count == 0 || all.count + branch.count > HMI_REGEX_WORDS_MAX) {
            return HM_OK;
        }
        memcpy(all.word + all.count, branch.word, branch.count * sizeof(branch.word[0]));
        all.count += branch.count;
    }
    *ret = all;
    return HM_OK;
}

static int find(hmi_regex *re, const hmi_re_node *node, words *ret, hm_err *err)
{
    switch (node->kind) {
    case HMI_RE_CAT:
        return find_in_sequence(re, node, ret, err);
    case HMI_RE_ALT:
        return find_in_branches(re, node, ret, err);
    case HMI_RE_REPEAT:
        return node->min > 0 ? find(re, node->first, ret, err) : HM_OK;
    default:
        return HM_OK;
    }
}

int hmi_re_find_words(hmi_regex *re, const hmi_re_node *tree, hm_err *err)
{
    words best = { .count = 0 };
    HMI_TRY(find(re, tree, &best, err));
    memcpy(re->words, best.word, sizeof(best.word));
    re->word_count = best.count;
    return HM_OK;
}
