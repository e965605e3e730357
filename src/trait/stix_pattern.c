/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_pattern.c - takes the values that a STIX pattern names out of its tree.
 *
 * WHY    Most published indicators are [type:property = 'value'], alone or joined. Those values are
 *        traits. What says more than "this value" is parsed all the same, so that nothing is taken
 *        out of a pattern that was not understood to its end.
 * FORM   The tree of pattern/stix_pattern.h, read leniently: feeds leave out quotes.
 * TRUST  The tree's depth and counts are bounded by its reader.
 * OWNS   Nothing: atoms and unescaped values are the arena's.
 */
#include "trait/stix_pattern.h"

#include "base/error.h"
#include "pattern/stix_pattern.h"

enum { PATH_MAX_BYTES = 256 };

typedef struct taker {
    hmi_arena *arena;
    hmi_stix_pattern pattern;
    hm_err *err;
} taker;

/* The keys joined by '/', indexes left out; .ptr NULL when that is too long to be any we know. */
static int join_path(taker *t, const hmi_stix_test *test, hm_text *ret)
{
    char path[PATH_MAX_BYTES];
    size_t len = 0;
    *ret = (hm_text){ NULL, 0 };
    for (size_t i = 0; i < test->step_count; i++) {
        hm_text key = test->steps[i].key;
        if (test->steps[i].kind != HMI_STIX_KEY) {
            continue;
        }
        if (key.len > PATH_MAX_BYTES - 1 - len) {
            return HM_OK;
        }
        if (len > 0) {
            path[len++] = '/';
        }
        memcpy(path + len, key.ptr, key.len);
        len += key.len;
    }
    *ret = hmi_arena_text(t->arena, hmi_text(path, len));
    return ret->ptr != NULL ? HM_OK : hmi_arena_fail(t->arena, t->err);
}

static bool names_a_value(const hmi_stix_literal *literal)
{
    return literal->kind == HMI_STIX_TEXT || literal->kind == HMI_STIX_INTEGER ||
           literal->kind == HMI_STIX_FLOAT;
}

static int take_test(taker *t, const hmi_stix_test *test)
{
    hmi_stix_pattern *pattern = &t->pattern;
    bool names = !test->negated && (test->op == HMI_STIX_EQUAL || test->op == HMI_STIX_IN ||
                                    test->op == HMI_STIX_ISSUBSET);
    hmi_stix_atom atom = { .type = test->type,
                           .offset = test->offset,
                           .is_range = test->op == HMI_STIX_ISSUBSET };
    if (names) {
        HMI_TRY(join_path(t, test, &atom.path));
    }
    if (test->op == HMI_STIX_EXISTS) {
        pattern->left_out++;
    }
    for (size_t i = 0; i < test->value_count; i++) {
        if (!names || atom.path.ptr == NULL || !names_a_value(&test->values[i])) {
            pattern->left_out++;
            continue;
        }
        hmi_stix_atom *atoms = hmi_arena_grow(t->arena, pattern->atoms, pattern->count,
                                              &pattern->capacity, sizeof(*atoms));
        if (atoms == NULL) {
            return hmi_arena_fail(t->arena, t->err);
        }
        pattern->atoms = atoms;
        atom.value = test->values[i].text;
        atoms[pattern->count++] = atom;
    }
    return HM_OK;
}

static int take_node(taker *t, const hmi_stix_node *node)
{
    if (node->kind == HMI_STIX_NODE_TEST) {
        return take_test(t, node->test);
    }
    t->pattern.conditional |= node->kind >= HMI_STIX_NODE_FOLLOWEDBY;
    for (size_t i = 0; i < node->child_count; i++) {
        HMI_TRY(take_node(t, node->children[i]));
    }
    return HM_OK;
}

int hmi_stix_pattern_parse(hmi_arena *arena, hm_text pattern, hmi_stix_pattern *ret_pattern,
                           hm_err *err)
{
    hmi_stix_tree tree;
    taker t = { .arena = arena, .err = err };
    HMI_TRY(hmi_stix_pattern_read(arena, pattern, HMI_STIX_LENIENT, &tree, err));
    HMI_TRY(take_node(&t, tree.root));
    *ret_pattern = t.pattern;
    return HM_OK;
}
