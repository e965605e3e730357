/* SPDX-License-Identifier: Apache-2.0
 *
 * read.c - a program's code as traits: functions, rare constants, tables, algorithms.
 *
 * WHY    The one door of this room for program readers.
 * FORM   1. find functions (discover.c)
 *        2. walk each once for what it names and calls; keep the few names that say most
 *        3. walk each again, add what its callees and callers name, pack, emit
 *        Two short walks cost less than keeping every function's features until its callers are
 *        known, and memory stays at a few dozen bytes a function.
 * TRUST  Any image. Budgets: HMI_CODE_..._MAX of discover.h, walk.h, feature.h; the arena's
 *        ceiling. What a limit left out is said in a note.
 * OWNS   Nothing beyond the reading's arena.
 */
#include <stdio.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "code/code.h"
#include "code/constants.h"
#include "code/fingerprint.h"

enum {
    HMI_CODE_CONTEXT_MAX = 12,    /* names that a function lends its callers and callees */
    HMI_CODE_NEIGHBOURS_MAX = 48, /* callees, and callers, that are asked */
    HMI_CODE_EMIT_MIN = 8         /* instructions below which a function says nothing alone */
};

typedef struct context {
    uint32_t ids[HMI_CODE_CONTEXT_MAX];
    uint8_t count;
    bool calls_cut;
    uint32_t first_call, call_count; /* into calls[] */
} context;

typedef struct code_reading {
    hmi_reading *reading;
    hmi_ranges ranges;
    hmi_walk walk;
    hmi_discovery discovery;
    hmi_features features;
    hmi_constants constants;
    context *contexts; /* one a function */
    uint32_t *calls;   /* callee indices, function by function */
    size_t call_count, call_capacity;
    uint32_t *callers, *first_caller; /* the same edges by callee */
    uint32_t damaged;
} code_reading;

static int walk_one(code_reading *r, const hmi_function *function, hm_err *err)
{
    HMI_TRY(hmi_walk_function(&r->walk, function->start, function->start + function->window, err));
    return hmi_features_evidence(&r->features, &r->walk, &r->discovery, err);
}

/* The names that say most: strings before imports before constants, rare before common. */
static void keep_context(code_reading *r, context *c)
{
    static const hmi_feature_class order[] = { HMI_FEATURE_STRING, HMI_FEATURE_IMPORT,
                                               HMI_FEATURE_CONSTANT };
    unsigned weights[HMI_CODE_CONTEXT_MAX];
    for (size_t o = 0; o < HMI_COUNT(order); o++) {
        const hmi_feature_list *list = &r->features.lists[order[o]];
        for (size_t i = 0; i < list->count; i++) {
            unsigned weight = hmi_feature_weight(order[o], list->ids[i]);
            size_t at = c->count;
            while (at > 0 && weights[at - 1] < weight) {
                at--;
            }
            if (at == HMI_CODE_CONTEXT_MAX) {
                continue;
            }
            size_t moved = hmi_min(c->count, HMI_CODE_CONTEXT_MAX - 1) - at;
            memmove(&weights[at + 1], &weights[at], moved * sizeof weights[0]);
            memmove(&c->ids[at + 1], &c->ids[at], moved * sizeof c->ids[0]);
            weights[at] = weight;
            c->ids[at] = list->ids[i];
            if (c->count < HMI_CODE_CONTEXT_MAX) {
                c->count++;
            }
        }
    }
}

/* Different callees, in ascending order. */
static int keep_calls(code_reading *r, context *c, hm_err *err)
{
    hmi_features *f = &r->features;
    c->first_call = (uint32_t)r->call_count;
    for (size_t i = 0; i < f->call_count && c->call_count < HMI_CODE_NEIGHBOURS_MAX; i++) {
        bool known = false;
        for (size_t k = c->first_call; k < r->call_count && !known; k++) {
            known = r->calls[k] == f->calls[i];
        }
        if (known) {
            continue;
        }
        if (r->call_count >= r->call_capacity) {
            void *more = hmi_arena_grow(r->reading->arena, r->calls, r->call_count,
                                        &r->call_capacity, sizeof *r->calls);
            if (more == NULL) {
                return hmi_arena_fail(r->reading->arena, err);
            }
            r->calls = more;
        }
        r->calls[r->call_count++] = f->calls[i];
        c->call_count++;
    }
    return HM_OK;
}

static int gather_contexts(code_reading *r, hm_err *err)
{
    size_t count = r->discovery.count;
    r->contexts = hmi_new_array(r->reading->arena, context, count);
    if (r->contexts == NULL) {
        return hmi_arena_fail(r->reading->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        const hmi_function *function = &r->discovery.functions[i];
        if (function->import != 0) {
            continue;
        }
        HMI_TRY(walk_one(r, function, err));
        HMI_TRY(hmi_features_settle(&r->features, err));
        keep_context(r, &r->contexts[i]);
        HMI_TRY(keep_calls(r, &r->contexts[i], err));
    }
    return HM_OK;
}

/* Counting sort of the call edges by callee. */
static int turn_calls(code_reading *r, hm_err *err)
{
    size_t count = r->discovery.count;
    r->first_caller = hmi_new_array(r->reading->arena, uint32_t, count + 2);
    r->callers = hmi_new_array(r->reading->arena, uint32_t, r->call_count);
    if (r->first_caller == NULL || r->callers == NULL) {
        return hmi_arena_fail(r->reading->arena, err);
    }
    uint32_t *place = r->first_caller + 1; /* after filling, place[i] is first_caller[i + 1] */
    for (size_t i = 0; i < r->call_count; i++) {
        place[r->calls[i] + 1]++;
    }
    for (size_t i = 1; i <= count; i++) {
        place[i] += place[i - 1];
    }
    for (size_t i = 0; i < count; i++) {
        const context *c = &r->contexts[i];
        for (uint32_t k = 0; k < c->call_count; k++) {
            r->callers[place[r->calls[c->first_call + k]]++] = (uint32_t)i;
        }
    }
    return HM_OK;
}

static int lend(code_reading *r, hmi_feature_class class_id, uint32_t neighbour, hm_err *err)
{
    const context *c = &r->contexts[neighbour];
    for (size_t i = 0; i < c->count; i++) {
        HMI_TRY(hmi_feature_add(&r->features, class_id, c->ids[i], err));
    }
    return HM_OK;
}

static int add_neighbours(code_reading *r, size_t index, hm_err *err)
{
    const context *c = &r->contexts[index];
    for (uint32_t k = 0; k < c->call_count; k++) {
        if (r->calls[c->first_call + k] != index) {
            HMI_TRY(lend(r, HMI_FEATURE_CALLEE, r->calls[c->first_call + k], err));
        }
    }
    uint32_t from = r->first_caller[index], to = r->first_caller[index + 1];
    for (uint32_t k = from; k < to && k - from < HMI_CODE_NEIGHBOURS_MAX; k++) {
        if (r->callers[k] != index) {
            HMI_TRY(lend(r, HMI_FEATURE_CALLER, r->callers[k], err));
        }
    }
    r->features.counts[HMI_COUNT_CALLEES] = c->call_count;
    r->features.counts[HMI_COUNT_CALLERS] = to - from;
    return HM_OK;
}

static int emit_function(code_reading *r, const hmi_function *function, hm_err *err)
{
    uint8_t packed[HMI_FINGERPRINT_MAX];
    uint8_t flags = function->import || function->alias ? HMI_FINGERPRINT_STUB : 0;
    flags |= r->features.cut || r->walk.cut ? HMI_FINGERPRINT_CUT : 0;
    size_t len = hmi_fingerprint_pack(&r->features, r->walk.image->machine, flags, packed);
    char value[33];
    hmi_hex((hm_bytes){ r->features.exact, 16 }, value);
    const hmi_range *range = hmi_ranges_find(&r->ranges, function->start);
    hmi_trait trait = {
        .class_id = HMI_FUNCTION,
        .role = HMI_ROLE_CONTENT,
        .offset = range ? range->offset + (function->start - range->address) : HM_OFFSET_NONE,
        .count = 1,
        .first_us = HMI_TIME_NONE,
        .last_us = HMI_TIME_NONE,
        .detail = { packed, len },
    };
    return hmi_emit_like(r->reading, &trait, (hm_text){ value, 32 }, err);
}

static int read_function(code_reading *r, size_t index, hm_err *err)
{
    const hmi_function *function = &r->discovery.functions[index];
    if (function->import != 0 || function->alias != 0) {
        return HM_OK;
    }
    HMI_TRY(walk_one(r, function, err));
    HMI_TRY(hmi_constants_note(&r->constants, &r->walk, &r->features, err));
    if (r->walk.step_count < HMI_CODE_EMIT_MIN) {
        return HM_OK;
    }
    HMI_TRY(hmi_walk_blocks(&r->walk, err));
    HMI_TRY(hmi_features_code(&r->features, &r->walk, err));
    HMI_TRY(hmi_features_exact(&r->features, &r->walk, &r->discovery, err));
    HMI_TRY(add_neighbours(r, index, err));
    HMI_TRY(hmi_features_settle(&r->features, err));
    return emit_function(r, function, err);
}

static int say_what_was_left_out(code_reading *r, hm_err *err)
{
    if (r->discovery.unwind_bad_at != HM_OFFSET_NONE) {
        HMI_TRY(hmi_emit_note(
            r->reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, r->discovery.unwind_bad_at, err,
            "unwind table damaged; functions listed before the damage were used"));
    }
    if (r->discovery.cut || r->walk.steps_left == 0) {
        HMI_TRY(hmi_emit_note(r->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, HM_OFFSET_NONE, err,
                              "more code than is looked at in one program; the rest was left out"));
    }
    return HM_OK;
}

int hmi_code_read(hmi_reading *reading, const hmi_image *image, hm_err *err)
{
    if (!hmi_machine_decodes(image->machine)) {
        return HM_OK;
    }
    code_reading *r = hmi_new(reading->arena, code_reading);
    if (r == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    r->reading = reading;
    r->features.arena = reading->arena;
    HMI_TRY(hmi_ranges_init(&r->ranges, reading->arena, image, err));
    if (r->ranges.line_len == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_walk_init(&r->walk, reading->arena, &r->ranges, err));
    HMI_TRY(hmi_discover(&r->discovery, &r->walk, reading->arena, err));
    HMI_TRY(hmi_constants_init(&r->constants, reading, &r->ranges, err));
    r->walk.steps_left = HMI_CODE_INSTRUCTIONS_MAX;
    HMI_TRY(gather_contexts(r, err));
    HMI_TRY(turn_calls(r, err));
    r->walk.steps_left = HMI_CODE_INSTRUCTIONS_MAX;
    for (size_t i = 0; i < r->discovery.count; i++) {
        HMI_TRY(read_function(r, i, err));
    }
    HMI_TRY(hmi_constants_emit(&r->constants, err));
    return say_what_was_left_out(r, err);
}
