/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_match.c - which observations each [ ] of a STIX pattern holds for.
 *
 * WHY    Comparisons look at one object of one observation; only then come questions of which
 *        observations stand together (stix_bind.c). So each [ ] is asked of each observation once.
 * FORM   All comparisons joined by AND inside one [ ] must hold for the same object.
 * TRUST  Patterns and observations are anybody's.
 * OWNS   Its scratch memory, for the time of one call.
 */
#include "detect/stix_match.h"

#include <stdlib.h>

#include "base/error.h"
#include "detect/stix_bind.h"

enum { SCRATCH_MAX = 256 << 20 };

struct hmi_stix_matcher {
    hmi_arena *arena;
    hmi_stix_tree tree;
    hmi_stix_ready *ready; /* by the test's number */
};

static int make_ready(hmi_stix_matcher *matcher, const hmi_stix_node *node, hm_err *err)
{
    if (node->kind == HMI_STIX_NODE_TEST) {
        return hmi_stix_test_ready(matcher->arena, node->test, &matcher->ready[node->test->number],
                                   err);
    }
    for (size_t i = 0; i < node->child_count; i++) {
        HMI_TRY(make_ready(matcher, node->children[i], err));
    }
    return HM_OK;
}

int hmi_stix_matcher_new(hmi_arena *arena, hm_text pattern, hmi_stix_matcher **ret_matcher,
                         hm_err *err)
{
    hmi_stix_matcher *matcher = hmi_new(arena, hmi_stix_matcher);
    if (matcher == NULL) {
        return hmi_arena_fail(arena, err);
    }
    matcher->arena = arena;
    HMI_TRY(hmi_stix_pattern_read(arena, pattern, HMI_STIX_STRICT, &matcher->tree, err));
    matcher->ready = hmi_new_array(arena, hmi_stix_ready, matcher->tree.test_count);
    if (matcher->ready == NULL) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(make_ready(matcher, matcher->tree.root, err));
    *ret_matcher = matcher;
    return HM_OK;
}

static int ask(hmi_stix_matcher *matcher, hmi_stix_asking *asking, const hmi_stix_node *node,
               const hmi_observed_object *object, bool *ret)
{
    if (node->kind == HMI_STIX_NODE_TEST) {
        *ret = false;
        return hmi_text_eq(node->test->type, object->type)
                   ? hmi_stix_test_object(asking, node->test, &matcher->ready[node->test->number],
                                          object->value, ret)
                   : HM_OK;
    }
    bool all = node->kind == HMI_STIX_NODE_ALL;
    *ret = all;
    for (size_t i = 0; i < node->child_count && *ret == all; i++) {
        HMI_TRY(ask(matcher, asking, node->children[i], object, ret));
    }
    return HM_OK;
}

/* *ret: does the [ ] hold for one object of the observation? */
static int holds(hmi_stix_matcher *matcher, hmi_stix_asking *asking, const hmi_stix_node *leaf,
                 bool *ret)
{
    *ret = false;
    for (size_t i = 0; i < asking->observation->object_count && !*ret; i++) {
        const hmi_observed_object *object = &asking->observation->objects[i];
        HMI_TRY(ask(matcher, asking, leaf->children[0], object, ret));
        hmi_arena_reset(asking->arena);
    }
    return HM_OK;
}

typedef struct matching {
    hmi_stix_matcher *matcher;
    hmi_stix_asking asking;
    const hmi_observation *list;
    size_t count;
    hmi_stix_binding *binding;
} matching;

static int add_leaves(matching *m, const hmi_stix_node *node, hm_err *err)
{
    if (node->kind != HMI_STIX_NODE_OBSERVATION) {
        for (size_t i = 0; i < node->child_count; i++) {
            HMI_TRY(add_leaves(m, node->children[i], err));
        }
        return HM_OK;
    }
    for (size_t i = 0; i < m->count; i++) {
        bool passes;
        m->asking.observation = &m->list[i];
        HMI_TRY(holds(m->matcher, &m->asking, node, &passes));
        if (passes) {
            HMI_TRY(hmi_stix_binding_add(m->binding, node, i, err));
        }
    }
    return hmi_stix_binding_end(m->binding, node, err);
}

int hmi_stix_match(hmi_stix_matcher *matcher, const hmi_observation *list, size_t count,
                   hmi_stix_outcome *ret_outcome, hm_err *err)
{
    hmi_arena scratch;
    hmi_arena_init(&scratch, SCRATCH_MAX);
    matching m = { .matcher = matcher,
                   .list = list,
                   .count = count,
                   .asking = { .arena = &scratch, .err = err } };
    hmi_stix_outcome outcome = { 0 };
    int code = hmi_stix_binding_new(list, count, &m.binding, err);
    if (code == HM_OK) {
        code = add_leaves(&m, matcher->tree.root, err);
    }
    if (code == HM_OK) {
        code = hmi_stix_bind(m.binding, matcher->tree.root, matcher->arena, &outcome, err);
    }
    hmi_stix_binding_free(m.binding);
    hmi_arena_fini(&scratch);
    if (code == HM_OK) {
        *ret_outcome = outcome;
    }
    return code;
}
