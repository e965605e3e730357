/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_parse.c - from the text of a STIX pattern to its tree.
 *
 * WHY    Most published indicators are [type:property = 'value'], alone or joined; but what says
 *        more must be understood to its end before anything of it is used.
 * FORM   pattern      := ors ("FOLLOWEDBY" ors)*          loosest
 *        ors          := ands ("OR" ands)*
 *        ands         := observation ("AND" observation)*
 *        observation  := ("[" any "]" | "(" pattern ")") qualifier*
 *        qualifier    := "WITHIN" n "SECONDS" | "REPEATS" n "TIMES" | "START" t "STOP" t
 *        any          := all ("OR" all)*
 *        all          := test ("AND" test)*
 *        test         := "(" any ")" | "NOT"? "EXISTS" path
 *                      | path "NOT"? operator literal | path "NOT"? "IN" "(" literal, ... ")"
 *        path         := type ":" step (("." step) | ("[" index "]"))*
 * TRUST  Anybody's text. Parentheses nest to HMI_STIX_PATTERN_DEPTH_MAX; joins are loops, so that
 *        20,000 ORs neither nest nor take more than their length.
 * OWNS   Nothing: the tree is the arena's.
 */
#include "base/error.h"
#include "base/time.h"
#include "pattern/stix_token.h"

static int new_node(hmi_stix_reader *r, hmi_stix_node_kind kind, hmi_stix_node **ret)
{
    *ret = hmi_new(r->arena, hmi_stix_node);
    if (*ret == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    (*ret)->kind = kind;
    (*ret)->offset = r->now.at;
    return HM_OK;
}

static int add_child(hmi_stix_reader *r, hmi_stix_node *parent, hmi_stix_node *child)
{
    hmi_stix_node **children = hmi_arena_grow(r->arena, parent->children, parent->child_count,
                                              &parent->child_capacity, sizeof(*children));
    if (children == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    parent->children = children;
    children[parent->child_count++] = child;
    return HM_OK;
}

/* part (word part)*: one part is itself, more are children of one node. */
static int read_joined(hmi_stix_reader *r, const char *word, hmi_stix_node_kind kind,
                       int (*read_part)(hmi_stix_reader *r, hmi_stix_node **ret),
                       hmi_stix_node **ret)
{
    hmi_stix_node *part, *join = NULL;
    HMI_TRY(read_part(r, &part));
    while (hmi_stix_is_word(r, word)) {
        if (join == NULL) {
            HMI_TRY(new_node(r, kind, &join));
            join->offset = part->offset;
            HMI_TRY(add_child(r, join, part));
        }
        HMI_TRY(hmi_stix_next(r));
        HMI_TRY(read_part(r, &part));
        HMI_TRY(add_child(r, join, part));
    }
    *ret = join != NULL ? join : part;
    return HM_OK;
}

static int descend(hmi_stix_reader *r)
{
    if (r->depth >= HMI_STIX_PATTERN_DEPTH_MAX) {
        return hmi_fail(r->err, HM_E_LIMIT, r->now.at, "pattern: nested more than %d deep",
                        HMI_STIX_PATTERN_DEPTH_MAX);
    }
    r->depth++;
    return hmi_stix_next(r);
}

/* A path in the making: most have one step. */
typedef struct steps {
    hmi_stix_step steps[HMI_STIX_PATTERN_STEPS_MAX];
    size_t count;
} steps;

static int add_step(hmi_stix_reader *r, steps *path, hmi_stix_step step)
{
    if (path->count >= HMI_STIX_PATTERN_STEPS_MAX) {
        return hmi_fail(r->err, HM_E_LIMIT, r->now.at, "pattern: a path of more than %d steps",
                        HMI_STIX_PATTERN_STEPS_MAX);
    }
    path->steps[path->count++] = step;
    return hmi_stix_next(r);
}

static int read_key(hmi_stix_reader *r, steps *path)
{
    hmi_stix_step step = { .kind = HMI_STIX_KEY, .key = r->now.text };
    if (r->now.kind == HMI_TOKEN_STRING) {
        HMI_TRY(hmi_stix_unescape(r, &r->now, &step.key));
    } else if (r->now.kind != HMI_TOKEN_WORD) {
        return hmi_stix_refuse(r, r->now.at, "a property's name is missing");
    } else if (!r->lenient && hmi_find_byte(hmi_text_bytes(step.key), '-') != HMI_NPOS) {
        return hmi_stix_refuse(r, r->now.at, "a property's name with a hyphen needs quotes");
    }
    if (step.key.len == 0) {
        return hmi_stix_refuse(r, r->now.at, "a property's name is empty");
    }
    return add_step(r, path, step);
}

static int read_index(hmi_stix_reader *r, steps *path)
{
    hmi_stix_step step = { .kind = HMI_STIX_ANY_INDEX };
    HMI_TRY(hmi_stix_next(r));
    if (r->now.kind == HMI_TOKEN_INTEGER) {
        hmi_stix_literal index;
        HMI_TRY(hmi_stix_read_literal(r, &index));
        step.kind = HMI_STIX_INDEX;
        step.index = index.kind == HMI_STIX_INTEGER ? index.integer : INT64_MAX;
    } else {
        HMI_TRY(hmi_stix_want_sign(r, "*", "a list's index is missing"));
    }
    if (!hmi_stix_is_sign(r, "]")) {
        return hmi_stix_refuse(r, r->now.at, "a list's index is not closed");
    }
    return add_step(r, path, step);
}

static int read_steps(hmi_stix_reader *r, steps *path)
{
    HMI_TRY(read_key(r, path));
    for (;;) {
        if (hmi_stix_is_sign(r, "[")) {
            HMI_TRY(read_index(r, path));
        } else if (hmi_stix_is_sign(r, ".")) {
            HMI_TRY(hmi_stix_next(r));
            HMI_TRY(read_key(r, path));
        } else {
            return HM_OK;
        }
    }
}

static int read_path(hmi_stix_reader *r, hmi_stix_test *test)
{
    steps path;
    path.count = 0;
    if (r->now.kind != HMI_TOKEN_WORD) {
        return hmi_stix_refuse(r, r->now.at, "an object's type is missing");
    }
    test->type = r->now.text;
    test->offset = r->now.at;
    HMI_TRY(hmi_stix_next(r));
    HMI_TRY(hmi_stix_want_sign(r, ":", "a colon is missing"));
    HMI_TRY(read_steps(r, &path));
    test->steps = hmi_new_array(r->arena, hmi_stix_step, path.count);
    if (test->steps == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    memcpy(test->steps, path.steps, path.count * sizeof(path.steps[0]));
    test->step_count = path.count;
    return HM_OK;
}

static int count_value(hmi_stix_reader *r)
{
    if (++r->values > HMI_STIX_PATTERN_VALUES_MAX) {
        return hmi_fail(r->err, HM_E_LIMIT, r->now.at, "pattern: more than %d values",
                        HMI_STIX_PATTERN_VALUES_MAX);
    }
    return HM_OK;
}

static int add_value(hmi_stix_reader *r, hmi_stix_test *test, size_t *capacity)
{
    HMI_TRY(count_value(r));
    hmi_stix_literal *values =
        hmi_arena_grow(r->arena, test->values, test->value_count, capacity, sizeof(*values));
    if (values == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    test->values = values;
    return hmi_stix_read_literal(r, &values[test->value_count++]);
}

static int only_value(hmi_stix_reader *r, hmi_stix_test *test)
{
    HMI_TRY(count_value(r));
    test->values = hmi_new(r->arena, hmi_stix_literal);
    if (test->values == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    test->value_count = 1;
    return hmi_stix_read_literal(r, test->values);
}

static bool number(const hmi_stix_literal *value)
{
    return value->kind == HMI_STIX_INTEGER || value->kind == HMI_STIX_FLOAT;
}

static int read_set(hmi_stix_reader *r, hmi_stix_test *test)
{
    size_t capacity = 0;
    HMI_TRY(hmi_stix_want_sign(r, "(", "IN without a list"));
    for (bool more = !hmi_stix_is_sign(r, ")"); more;) {
        HMI_TRY(add_value(r, test, &capacity));
        const hmi_stix_literal *first = test->values, *last = first + test->value_count - 1;
        if (first->kind != last->kind && !(number(first) && number(last)) && !r->lenient) {
            return hmi_stix_refuse(r, last->offset, "a list of values of different kinds");
        }
        more = hmi_stix_is_sign(r, ",");
        if (more) {
            HMI_TRY(hmi_stix_next(r));
        }
    }
    return hmi_stix_want_sign(r, ")", "a list is not closed");
}

static const struct written {
    const char *text;
    hmi_stix_operator op;
    bool sign, needs_text, needs_order;
} OPERATORS[] = {
    { "=", HMI_STIX_EQUAL, true, false, false },
    { "==", HMI_STIX_EQUAL, true, false, false },
    { "!=", HMI_STIX_NOT_EQUAL, true, false, false },
    { "<>", HMI_STIX_NOT_EQUAL, true, false, false },
    { "<", HMI_STIX_LESS, true, false, true },
    { "<=", HMI_STIX_LESS_EQUAL, true, false, true },
    { ">", HMI_STIX_GREATER, true, false, true },
    { ">=", HMI_STIX_GREATER_EQUAL, true, false, true },
    { "IN", HMI_STIX_IN, false, false, false },
    { "LIKE", HMI_STIX_LIKE, false, true, false },
    { "MATCHES", HMI_STIX_MATCHES, false, true, false },
    { "ISSUBSET", HMI_STIX_ISSUBSET, false, true, false },
    { "ISSUPERSET", HMI_STIX_ISSUPERSET, false, true, false },
    { "EXISTS", HMI_STIX_EXISTS, false, false, false },
};

const char *hmi_stix_operator_name(hmi_stix_operator op)
{
    for (size_t i = 0; i < HMI_COUNT(OPERATORS); i++) {
        if (OPERATORS[i].op == op) {
            return OPERATORS[i].text;
        }
    }
    return "";
}

static int read_comparison(hmi_stix_reader *r, hmi_stix_test *test)
{
    const struct written *found = NULL;
    HMI_TRY(read_path(r, test));
    test->negated = hmi_stix_is_word(r, "NOT");
    if (test->negated) {
        HMI_TRY(hmi_stix_next(r));
    }
    for (size_t i = 0; i < HMI_COUNT(OPERATORS) - 1 && found == NULL; i++) {
        bool here = OPERATORS[i].sign ? hmi_stix_is_sign(r, OPERATORS[i].text)
                                      : hmi_stix_is_word(r, OPERATORS[i].text);
        found = here ? &OPERATORS[i] : NULL;
    }
    if (found == NULL) {
        return hmi_stix_refuse(r, r->now.at, "an operator is missing");
    }
    test->op = found->op;
    HMI_TRY(hmi_stix_next(r));
    if (found->op == HMI_STIX_IN) {
        return read_set(r, test);
    }
    HMI_TRY(only_value(r, test));
    if (found->needs_text && test->values->kind != HMI_STIX_TEXT) {
        return hmi_stix_refuse(r, test->values->offset, "this operator needs a string");
    }
    if (found->needs_order && test->values->kind == HMI_STIX_BOOLEAN) {
        return hmi_stix_refuse(r, test->values->offset, "true and false have no order");
    }
    return HM_OK;
}

static int read_exists(hmi_stix_reader *r, hmi_stix_test *test)
{
    test->negated = hmi_stix_is_word(r, "NOT");
    if (test->negated) {
        HMI_TRY(hmi_stix_next(r));
    }
    HMI_TRY(hmi_stix_want_word(r, "EXISTS", "NOT without EXISTS"));
    test->op = HMI_STIX_EXISTS;
    return read_path(r, test);
}

static int read_any(hmi_stix_reader *r, hmi_stix_node **ret);

static int read_test(hmi_stix_reader *r, hmi_stix_node **ret)
{
    if (hmi_stix_is_sign(r, "(")) {
        HMI_TRY(descend(r));
        HMI_TRY(read_any(r, ret));
        r->depth--;
        return hmi_stix_want_sign(r, ")", "a parenthesis is not closed");
    }
    if (r->tests >= HMI_STIX_PATTERN_TESTS_MAX) {
        return hmi_fail(r->err, HM_E_LIMIT, r->now.at, "pattern: more than %d comparisons",
                        HMI_STIX_PATTERN_TESTS_MAX);
    }
    HMI_TRY(new_node(r, HMI_STIX_NODE_TEST, ret));
    hmi_stix_test *test = hmi_new(r->arena, hmi_stix_test);
    if (test == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    (*ret)->test = test;
    test->number = r->tests++;
    bool exists = hmi_stix_is_word(r, "NOT") || hmi_stix_is_word(r, "EXISTS");
    return exists ? read_exists(r, test) : read_comparison(r, test);
}

static int read_all(hmi_stix_reader *r, hmi_stix_node **ret)
{
    return read_joined(r, "AND", HMI_STIX_NODE_ALL, read_test, ret);
}

static int read_any(hmi_stix_reader *r, hmi_stix_node **ret)
{
    return read_joined(r, "OR", HMI_STIX_NODE_ANY, read_all, ret);
}

static int read_within(hmi_stix_reader *r, hmi_stix_node *node)
{
    hmi_stix_literal seconds;
    if (r->now.kind != HMI_TOKEN_INTEGER && r->now.kind != HMI_TOKEN_FLOAT) {
        return hmi_stix_refuse(r, r->now.at, "a number of seconds is missing");
    }
    HMI_TRY(hmi_stix_read_literal(r, &seconds));
    if (!(seconds.number > 0)) {
        return hmi_stix_refuse(r, seconds.offset, "WITHIN needs more than 0 seconds");
    }
    double us = seconds.number * 1e6;
    node->within_us = us < 9e18 ? (int64_t)us : INT64_MAX;
    return hmi_stix_want_word(r, "SECONDS", "SECONDS is missing");
}

static int read_repeats(hmi_stix_reader *r, hmi_stix_node *node)
{
    hmi_stix_literal times;
    if (r->now.kind != HMI_TOKEN_INTEGER) {
        return hmi_stix_refuse(r, r->now.at, "a whole number of times is missing");
    }
    HMI_TRY(hmi_stix_read_literal(r, &times));
    if (!(times.number >= 1)) {
        return hmi_stix_refuse(r, times.offset, "REPEATS needs at least 1");
    }
    node->repeats = times.kind == HMI_STIX_INTEGER ? (uint64_t)times.integer : UINT64_MAX;
    return hmi_stix_want_word(r, "TIMES", "TIMES is missing");
}

static int read_moment(hmi_stix_reader *r, int64_t *ret)
{
    /* STIX 2.0 writes START '...' without the t */
    size_t at = r->now.at;
    bool typed = r->now.kind == HMI_TOKEN_TYPED && r->now.type == 't';
    if (!typed && r->now.kind != HMI_TOKEN_STRING) {
        return hmi_stix_refuse(r, at, "a timestamp is missing");
    }
    *ret = HMI_TIME_NONE;
    if (!hmi_stix_time_read(r->now.text, ret) && !r->lenient) {
        return hmi_stix_refuse(r, at, "a timestamp that is none");
    }
    return hmi_stix_next(r);
}

static int read_start_stop(hmi_stix_reader *r, hmi_stix_node *node)
{
    HMI_TRY(read_moment(r, &node->start_us));
    HMI_TRY(hmi_stix_want_word(r, "STOP", "START without STOP"));
    return read_moment(r, &node->stop_us);
}

static int read_qualifiers(hmi_stix_reader *r, hmi_stix_node **node)
{
    static const struct qualifier {
        const char *word;
        hmi_stix_node_kind kind;
        int (*read)(hmi_stix_reader *r, hmi_stix_node *node);
    } KINDS[] = {
        { "WITHIN", HMI_STIX_NODE_WITHIN, read_within },
        { "REPEATS", HMI_STIX_NODE_REPEATS, read_repeats },
        { "START", HMI_STIX_NODE_START_STOP, read_start_stop },
    };
    for (size_t count = 0;; count++) {
        const struct qualifier *kind = NULL;
        for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
            kind = hmi_stix_is_word(r, KINDS[i].word) ? &KINDS[i] : kind;
        }
        if (kind == NULL) {
            return HM_OK;
        }
        if (count >= HMI_STIX_PATTERN_QUALIFIERS_MAX) {
            return hmi_fail(r->err, HM_E_LIMIT, r->now.at, "pattern: more than %d qualifiers",
                            HMI_STIX_PATTERN_QUALIFIERS_MAX);
        }
        hmi_stix_node *qualified;
        HMI_TRY(new_node(r, kind->kind, &qualified));
        HMI_TRY(add_child(r, qualified, *node));
        HMI_TRY(hmi_stix_next(r));
        HMI_TRY(kind->read(r, qualified));
        *node = qualified;
    }
}

static int read_pattern(hmi_stix_reader *r, hmi_stix_node **ret);

static int read_observation(hmi_stix_reader *r, hmi_stix_node **ret)
{
    if (hmi_stix_is_sign(r, "(")) {
        HMI_TRY(descend(r));
        HMI_TRY(read_pattern(r, ret));
        r->depth--;
        HMI_TRY(hmi_stix_want_sign(r, ")", "a parenthesis is not closed"));
        return read_qualifiers(r, ret);
    }
    HMI_TRY(new_node(r, HMI_STIX_NODE_OBSERVATION, ret));
    HMI_TRY(hmi_stix_want_sign(r, "[", "an observation must begin with ["));
    hmi_stix_node *tests;
    HMI_TRY(read_any(r, &tests));
    HMI_TRY(add_child(r, *ret, tests));
    HMI_TRY(hmi_stix_want_sign(r, "]", "an observation is not closed"));
    return read_qualifiers(r, ret);
}

static int read_ands(hmi_stix_reader *r, hmi_stix_node **ret)
{
    return read_joined(r, "AND", HMI_STIX_NODE_AND, read_observation, ret);
}

static int read_ors(hmi_stix_reader *r, hmi_stix_node **ret)
{
    return read_joined(r, "OR", HMI_STIX_NODE_OR, read_ands, ret);
}

static int read_pattern(hmi_stix_reader *r, hmi_stix_node **ret)
{
    return read_joined(r, "FOLLOWEDBY", HMI_STIX_NODE_FOLLOWEDBY, read_ors, ret);
}

int hmi_stix_pattern_read(hmi_arena *arena, hm_text pattern, hmi_stix_strictness strictness,
                          hmi_stix_tree *ret_tree, hm_err *err)
{
    if (pattern.len > HMI_STIX_PATTERN_LEN_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HMI_STIX_PATTERN_LEN_MAX, "pattern: longer than %d bytes",
                        HMI_STIX_PATTERN_LEN_MAX);
    }
    hmi_stix_reader r = {
        .arena = arena, .in = pattern, .err = err, .lenient = strictness == HMI_STIX_LENIENT
    };
    hmi_stix_tree tree = { 0 };
    HMI_TRY(hmi_stix_next(&r));
    HMI_TRY(read_pattern(&r, &tree.root));
    if (r.now.kind != HMI_TOKEN_END) {
        return hmi_stix_refuse(&r, r.now.at, "something stands behind the end");
    }
    tree.test_count = r.tests;
    *ret_tree = tree;
    return HM_OK;
}
