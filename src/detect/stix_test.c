/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_test.c - does an object pass one comparison of a STIX pattern?
 *
 * WHY    A path may lead to many values ([*], references): the comparison holds when it holds for
 *        one of them, and NOT is asked of each value by itself.
 * FORM   type:step.step[3].step[*]. A property whose name ends in _ref or _refs stands for the
 *        objects it refers to.
 * TRUST  Patterns and objects are anybody's. References may form circles and fans: one comparison
 *        looks at HMI_STIX_WALK_MAX values, at most.
 * OWNS   Nothing.
 */
#include "detect/stix_test.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

typedef struct walk {
    hmi_stix_asking *asking;
    const hmi_stix_test *test;
    const hmi_stix_ready *ready;
    bool found;
} walk;

static bool all_below(hm_text text, uint32_t top)
{
    for (size_t pos = 0; pos < text.len;) {
        if (hmi_utf8_next_lossy(hmi_text_bytes(text), &pos) >= top) {
            return false;
        }
    }
    return true;
}

static int ready_regex(hmi_arena *arena, const hmi_stix_test *test, hmi_stix_ready *ready,
                       hm_err *err)
{
    hm_text text = hmi_nfc(arena, test->values[0].text);
    ready->narrow = all_below(text, 0x100);
    if (text.ptr != NULL && test->op == HMI_STIX_LIKE) {
        text = hmi_like_regex(arena, text);
    }
    if (text.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    int code = hmi_regex_compile(arena, text, 0, &ready->regex, err);
    if (code == HM_OK && ready->narrow && test->op == HMI_STIX_MATCHES) {
        code = hmi_regex_compile(arena, text, HMI_REGEX_BYTES, &ready->bytes_regex, err);
    }
    if (code != HM_OK && err != NULL) {
        err->offset = test->values[0].offset;
    }
    return code;
}

int hmi_stix_test_ready(hmi_arena *arena, const hmi_stix_test *test, hmi_stix_ready *ret,
                        hm_err *err)
{
    hmi_stix_ready ready = { 0 };
    if (test->op == HMI_STIX_MATCHES || test->op == HMI_STIX_LIKE) {
        HMI_TRY(ready_regex(arena, test, &ready, err));
    }
    if (test->op == HMI_STIX_IN && test->value_count > 0) {
        hmi_stix_literal *sorted = hmi_new_array(arena, hmi_stix_literal, test->value_count);
        if (sorted == NULL) {
            return hmi_arena_fail(arena, err);
        }
        memcpy(sorted, test->values, test->value_count * sizeof(*sorted));
        qsort(sorted, test->value_count, sizeof(*sorted), hmi_stix_literal_cmp);
        ready.sorted = sorted;
    }
    *ret = ready;
    return HM_OK;
}

static bool matches(const hmi_stix_asking *asking, const hmi_stix_test *test,
                    const hmi_stix_ready *ready, const hmi_stix_seen *seen)
{
    if (seen->kind == HMI_SEEN_BINARY && test->op == HMI_STIX_LIKE) {
        return ready->narrow && hmi_utf8_clean(seen->binary) &&
               hmi_regex_search(ready->regex, seen->binary);
    }
    if (seen->kind == HMI_SEEN_BINARY) {
        return ready->bytes_regex != NULL && hmi_regex_search(ready->bytes_regex, seen->binary);
    }
    if (seen->kind != HMI_SEEN_TEXT) {
        return false;
    }
    hm_text text = hmi_nfc(asking->arena, seen->text);
    return text.ptr != NULL && hmi_regex_search(ready->regex, hmi_text_bytes(text));
}

/* An address or a range, as a range. */
static bool as_range(hm_text text, hmi_address *ret_base, unsigned *ret_bits)
{
    *ret_bits = 128;
    return hmi_range_parse(text, ret_base, ret_bits) || hmi_address_parse(text, ret_base);
}

/* Is all of `inner` within `outer`, which is a range? */
static bool within(hm_text inner, hm_text outer)
{
    hmi_address base, outer_base;
    unsigned bits, outer_bits;
    return as_range(inner, &base, &bits) && as_range(outer, &outer_base, &outer_bits) &&
           bits >= outer_bits && hmi_range_holds(&outer_base, outer_bits, &base);
}

static int in_set(walk *w, const hmi_stix_seen *seen, bool *ret)
{
    const hmi_stix_literal *values = w->ready->sorted;
    hmi_stix_literal key = { .text = seen->text,
                             .binary = seen->binary,
                             .truth = seen->truth,
                             .number = seen->number,
                             .integer = seen->integer };
    *ret = false;
    if (w->test->value_count == 0 || seen->kind == HMI_SEEN_OTHER) {
        return HM_OK;
    }
    key.kind = seen->kind == HMI_SEEN_TEXT      ? HMI_STIX_TEXT
               : seen->kind == HMI_SEEN_BINARY  ? HMI_STIX_BINARY
               : seen->kind == HMI_SEEN_BOOLEAN ? HMI_STIX_BOOLEAN
               : seen->is_integer               ? HMI_STIX_INTEGER
                                                : HMI_STIX_FLOAT;
    if (values[0].kind == HMI_STIX_TIME && seen->kind == HMI_SEEN_TEXT) {
        hmi_stix_order order;
        HMI_TRY(hmi_stix_compare(w->asking, seen, &values[0], &order));
        key.kind = HMI_STIX_TIME;
        (void)hmi_stix_time_read(seen->text, &key.integer);
    }
    *ret = bsearch(&key, values, w->test->value_count, sizeof(key), hmi_stix_literal_cmp) != NULL;
    return HM_OK;
}

static int ask(walk *w, const hmi_stix_seen *seen, bool *ret)
{
    const hmi_stix_literal *literal = w->test->values;
    hmi_stix_order order;
    switch (w->test->op) {
    case HMI_STIX_EQUAL:
    case HMI_STIX_NOT_EQUAL:
        HMI_TRY(hmi_stix_compare(w->asking, seen, literal, &order));
        *ret = (order == HMI_ORDER_EQUAL) == (w->test->op == HMI_STIX_EQUAL);
        return HM_OK;
    case HMI_STIX_IN:
        return in_set(w, seen, ret);
    case HMI_STIX_LIKE:
    case HMI_STIX_MATCHES:
        *ret = matches(w->asking, w->test, w->ready, seen);
        return HM_OK;
    case HMI_STIX_ISSUBSET:
        *ret = seen->kind == HMI_SEEN_TEXT && within(seen->text, literal->text);
        return HM_OK;
    case HMI_STIX_ISSUPERSET:
        *ret = seen->kind == HMI_SEEN_TEXT && within(literal->text, seen->text);
        return HM_OK;
    default:
        break;
    }
    HMI_TRY(hmi_stix_compare(w->asking, seen, literal, &order));
    if (order == HMI_ORDER_NONE) { /* neither < nor >=: and then NOT changes nothing */
        *ret = w->test->negated;
        return HM_OK;
    }
    *ret = w->test->op == HMI_STIX_LESS         ? order < 0
           : w->test->op == HMI_STIX_LESS_EQUAL ? order <= 0
           : w->test->op == HMI_STIX_GREATER    ? order > 0
                                                : order >= 0;
    return HM_OK;
}

static int at_end(walk *w, hmi_value value, hm_text key)
{
    hmi_stix_seen seen;
    bool passes = false;
    if (w->test->op == HMI_STIX_EXISTS) {
        w->found = true;
        return HM_OK;
    }
    if (!hmi_stix_see(w->asking->arena, value, key, &seen)) {
        return HM_OK;
    }
    HMI_TRY(ask(w, &seen, &passes));
    w->found = passes != w->test->negated;
    return HM_OK;
}

static int go_on(walk *w, hmi_value value, size_t step, hm_text key);

/* The object that a _ref or an element of _refs names; none when it is not there. */
static int resolve(walk *w, hmi_value reference, hm_text key, hmi_value *ret)
{
    hm_text id = hmi_json_text(reference, w->asking->arena);
    *ret = (hmi_value){ NULL, 0 };
    if (hmi_json_kind_of(reference) != HMI_JSON_STRING || id.ptr == NULL) {
        return hmi_fail(w->asking->err, HM_E_MALFORMED, hmi_json_offset(reference),
                        "a reference is no string: %.*s", key.len < 64 ? (int)key.len : 64,
                        key.ptr);
    }
    const hmi_observed_object *object = hmi_observed_find(w->asking->observation, id);
    *ret = object != NULL ? object->value : *ret;
    return HM_OK;
}

/* A list's elements, or the objects that they name. */
static int go_into_list(walk *w, hmi_value list, size_t step, hm_text key, bool references)
{
    bool last = step >= w->test->step_count;
    bool any = last || w->test->steps[step].kind == HMI_STIX_ANY_INDEX;
    int64_t index = 0;
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v) && !w->found; v = hmi_json_next(v)) {
        hmi_value element = v;
        if (references) {
            HMI_TRY(resolve(w, v, key, &element));
            if (!hmi_json_is(element)) {
                continue;
            }
        }
        if (last) {
            return at_end(w, list, key);
        }
        if (any || index == w->test->steps[step].index) {
            HMI_TRY(go_on(w, element, step + 1, references ? (hm_text){ "", 0 } : key));
        }
        index++;
    }
    return HM_OK;
}

static int go_by_key(walk *w, hmi_value object, size_t step)
{
    hm_text key = w->test->steps[step].key;
    hmi_value v = hmi_json_first(object);
    while (hmi_json_is(v) && !hmi_text_eq(hmi_json_key(v, w->asking->arena), key)) {
        v = hmi_json_next(v);
    }
    if (!hmi_json_is(v)) {
        return HM_OK;
    }
    if (hmi_ends_with(hmi_text_bytes(key), HM_BYTES("_ref"))) {
        hmi_value target;
        HMI_TRY(resolve(w, v, key, &target));
        return hmi_json_is(target) ? go_on(w, target, step + 1, key) : HM_OK;
    }
    if (hmi_ends_with(hmi_text_bytes(key), HM_BYTES("_refs"))) {
        if (hmi_json_kind_of(v) != HMI_JSON_ARRAY) {
            return hmi_fail(w->asking->err, HM_E_MALFORMED, hmi_json_offset(v),
                            "a list of references is no list");
        }
        if (step + 1 < w->test->step_count && w->test->steps[step + 1].kind == HMI_STIX_KEY) {
            return HM_OK;
        }
        return go_into_list(w, v, step + 1, key, true);
    }
    return go_on(w, v, step + 1, key);
}

static int go_on(walk *w, hmi_value value, size_t step, hm_text key)
{
    if (w->found) {
        return HM_OK;
    }
    if (++w->asking->walked > HMI_STIX_WALK_MAX) {
        return hmi_fail(w->asking->err, HM_E_LIMIT, hmi_json_offset(value),
                        "a path leads to more than %d values", HMI_STIX_WALK_MAX);
    }
    if (step >= w->test->step_count) {
        return at_end(w, value, key);
    }
    hmi_json_kind kind = hmi_json_kind_of(value);
    if (w->test->steps[step].kind == HMI_STIX_KEY) {
        return kind == HMI_JSON_OBJECT ? go_by_key(w, value, step) : HM_OK;
    }
    return kind == HMI_JSON_ARRAY ? go_into_list(w, value, step, key, false) : HM_OK;
}

int hmi_stix_test_object(hmi_stix_asking *asking, const hmi_stix_test *test,
                         const hmi_stix_ready *ready, hmi_value object, bool *ret)
{
    walk w = { .asking = asking, .test = test, .ready = ready };
    asking->walked = 0;
    HMI_TRY(go_on(&w, object, 0, (hm_text){ "", 0 }));
    *ret = test->op == HMI_STIX_EXISTS ? w.found != test->negated : w.found;
    return HM_OK;
}
