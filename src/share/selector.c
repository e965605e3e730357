/* SPDX-License-Identifier: Apache-2.0
 *
 * selector.c - walks a selector from the object's root.
 *
 * FORM   selector := step ("." step)*   step := key | "[" number "]"
 * TRUST  Hostile; at most HMI_JSON_DEPTH_MAX steps, each one pass over a container.
 * OWNS   Nothing.
 */
#include "share/selector.h"

static hmi_value member(hmi_value object, hm_text key, hmi_arena *arena)
{
    hmi_value at = { NULL, 0 };
    if (hmi_json_kind_of(object) == HMI_JSON_OBJECT) {
        at = hmi_json_first(object);
    }
    while (hmi_json_is(at) && !hmi_text_eq(hmi_json_key(at, arena), key)) {
        at = hmi_json_next(at);
    }
    return at;
}

static hmi_value element(hmi_value array, hm_text step)
{
    enum { INDEX_DIGITS_MAX = 9 };
    hmi_value none = { NULL, 0 };
    if (hmi_json_kind_of(array) != HMI_JSON_ARRAY || step.len < 3 ||
        step.len > INDEX_DIGITS_MAX + 2 || step.ptr[step.len - 1] != ']') {
        return none;
    }
    size_t index = 0;
    for (size_t i = 1; i + 1 < step.len; i++) {
        if (!hmi_ascii_digit(step.ptr[i])) {
            return none;
        }
        index = index * 10 + (size_t)(step.ptr[i] - '0');
    }
    hmi_value at = hmi_json_first(array);
    for (; index > 0 && hmi_json_is(at); index--) {
        at = hmi_json_next(at);
    }
    return at;
}

hmi_value hmi_selector_find(hmi_value object, hm_text selector, hmi_arena *arena)
{
    hm_text rest = selector, step;
    hmi_value at = object;
    size_t steps = 0;
    if (selector.len == 0) {
        return (hmi_value){ NULL, 0 };
    }
    while (hmi_json_is(at) && rest.ptr != NULL && hmi_split(&rest, '.', &step)) {
        if (step.len == 0 || ++steps > HMI_JSON_DEPTH_MAX) {
            return (hmi_value){ NULL, 0 };
        }
        at = step.ptr[0] == '[' ? element(at, step) : member(at, step, arena);
    }
    return at;
}
