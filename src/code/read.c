/* SPDX-License-Identifier: Apache-2.0
 *
 * read.c - a program's code as traits: functions, rare constants, tables, algorithms.
 *
 * WHY    The one door of this room for program readers.
 * FORM   1. find functions (discover.c)
 *        2. walk each: what it is goes into a fingerprint without context, kept as long as there is
 *           room; the few names that say most are kept for its neighbours
 *        3. for each: add what its callees and callers name, emit. Where there was no room the
 *           function is walked again: memory is bounded, the result the same.
 * TRUST  Any image. Budgets: HMI_CODE_..._MAX of discover.h, walk.h, feature.h; the arena's
 *        ceiling. What a limit left out is said in a note.
 * OWNS   Nothing beyond the reading's arena.
 */
#include "code/read.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "code/code.h"
#include "code/constants.h"
#include "code/fingerprint.h"
#include "code/listing.h"

enum {
    HMI_CODE_CONTEXT_MAX = 12,     /* names that a function lends its callers and callees */
    HMI_CODE_POOL_BLOCK = 1 << 20, /* of fingerprints that wait for their context */
    HMI_CODE_POOL_BLOCKS_MAX = 24,
    HMI_CODE_NEIGHBOURS_MAX = 48, /* callees, and callers, that are asked */
    HMI_CODE_EMIT_MIN = 8         /* instructions below which a function says nothing alone */
};

/* What is remembered of a function between the two looks: few bytes, as there may be many. */
typedef struct lent_names {
    uint8_t *names; /* `count` ids of 4 bytes, unaligned */
    uint8_t *print;
    uint32_t first_call; /* into calls[] */
    uint16_t print_len;  /* 0: not kept, or nothing to say */
    uint8_t count, call_count;
} lent_names;

typedef struct code_reading {
    hmi_reading *reading;
    hmi_function_read *read;
    void *context;
    hmi_ranges ranges;
    hmi_walk walk;
    hmi_discovery discovery;
    hmi_features features;
    hmi_constants constants;
    lent_names *contexts; /* one a function */
    uint32_t *calls;      /* callee indices, function by function */
    size_t call_count, call_capacity;
    uint32_t *callers, *first_caller; /* the same edges by callee */
    unsigned pool_blocks;
    bool pool_full;
    size_t looked; /* functions seen before memory became short: the rest is left out */
} code_reading;

/* The pool may take what these leave: room for a large function, for names and for calls. */
static bool pool_may_grow(const hmi_arena *arena)
{
    return hmi_arena_left(arena) > arena->ceiling / 16 * 5;
}

/* What must still be had when all functions were looked at: the edges turned round. */
static bool memory_is_short(const code_reading *r)
{
    enum { SLACK = 256 << 10 };
    const hmi_arena *arena = r->reading->arena;
    size_t need = sizeof(uint32_t) * (r->discovery.count + 2 + r->call_count) + SLACK;
    return hmi_arena_left(arena) < need;
}

static int walk_one(code_reading *r, const hmi_function *function, hm_err *err)
{
    HMI_TRY(hmi_walk_function(&r->walk, function->start, function->start + function->window, err));
    return hmi_features_evidence(&r->features, &r->walk, &r->discovery, err);
}

/* Who lists functions wants the small ones, too: they are called by others. */
static size_t emit_min(const code_reading *r)
{
    return r->reading->functions ? 1 : HMI_CODE_EMIT_MIN;
}

/* The rest of the walked function: everything but its context. */
static int complete(code_reading *r, hm_err *err)
{
    HMI_TRY(hmi_walk_blocks(&r->walk, err));
    HMI_TRY(hmi_features_code(&r->features, &r->walk, err));
    return hmi_features_exact(&r->features, &r->walk, &r->discovery, err);
}

static size_t pack(const code_reading *r, uint8_t *out)
{
    uint8_t flags = r->features.cut || r->walk.cut ? HMI_FINGERPRINT_CUT : 0;
    return hmi_fingerprint_pack(&r->features, r->walk.image->machine, flags, out);
}

/* Room for a fingerprint that waits: first what discovery left behind, then a share of the arena.
 * NULL when there is none: the function will be walked again. */
static uint8_t *pool_take(code_reading *r, size_t len)
{
    if (r->discovery.spare_len >= len) {
        uint8_t *taken = r->discovery.spare;
        r->discovery.spare += len;
        r->discovery.spare_len -= len;
        return taken;
    }
    r->discovery.spare_len = 0;
    const hmi_arena *arena = r->reading->arena;
    if (!pool_may_grow(arena) || r->pool_blocks == HMI_CODE_POOL_BLOCKS_MAX) {
        return NULL;
    }
    r->discovery.spare = hmi_arena_take(r->reading->arena, HMI_CODE_POOL_BLOCK, 1);
    r->discovery.spare_len = r->discovery.spare ? HMI_CODE_POOL_BLOCK : 0;
    r->pool_blocks++;
    return r->discovery.spare_len >= len ? pool_take(r, len) : NULL;
}

static void keep_print(code_reading *r, lent_names *c)
{
    uint8_t packed[HMI_FINGERPRINT_MAX];
    size_t len = pack(r, packed);
    c->print = pool_take(r, len);
    if (c->print != NULL) {
        memcpy(c->print, packed, len);
        c->print_len = (uint16_t)len;
    } else {
        r->pool_full = true;
    }
}

/* The names that say most: rare before common. */
static int keep_context(code_reading *r, lent_names *c, hm_err *err)
{
    static const hmi_feature_class order[] = { HMI_FEATURE_STRING, HMI_FEATURE_IMPORT,
                                               HMI_FEATURE_CONSTANT };
    uint32_t weights[HMI_CODE_CONTEXT_MAX], ids[HMI_CODE_CONTEXT_MAX];
    size_t count = 0;
    for (size_t o = 0; o < HMI_COUNT(order); o++) {
        const hmi_feature_list *list = &r->features.lists[order[o]];
        for (size_t i = 0; i < list->count; i++) {
            uint32_t id = list->ids[i], weight = hmi_feature_weight(id);
            size_t at = count;
            while (at > 0 &&
                   (weights[at - 1] < weight || (weights[at - 1] == weight && ids[at - 1] > id))) {
                at--;
            }
            if (at == HMI_CODE_CONTEXT_MAX) {
                continue;
            }
            size_t moved = hmi_min(count, HMI_CODE_CONTEXT_MAX - 1) - at;
            memmove(&weights[at + 1], &weights[at], moved * sizeof weights[0]);
            memmove(&ids[at + 1], &ids[at], moved * sizeof ids[0]);
            weights[at] = weight;
            ids[at] = id;
            count += count < HMI_CODE_CONTEXT_MAX;
        }
    }
    if (count == 0) {
        return HM_OK;
    }
    c->names = pool_take(r, count * sizeof ids[0]);
    if (c->names == NULL) {
        c->names = hmi_arena_take(r->reading->arena, count, sizeof ids[0]);
    }
    if (c->names == NULL) {
        return hmi_arena_fail(r->reading->arena, err);
    }
    memcpy(c->names, ids, count * sizeof ids[0]);
    c->count = (uint8_t)count;
    return HM_OK;
}

/* Different callees, in ascending order. */
static int keep_calls(code_reading *r, lent_names *c, hm_err *err)
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

static int first_look(code_reading *r, size_t index, hm_err *err)
{
    const hmi_function *function = &r->discovery.functions[index];
    lent_names *c = &r->contexts[index];
    HMI_TRY(walk_one(r, function, err));
    HMI_TRY(hmi_constants_note(&r->constants, &r->walk, &r->features, err));
    bool speaks = function->alias == 0 && r->walk.step_count >= emit_min(r);
    bool keeps = speaks && !r->pool_full;
    if (keeps) {
        HMI_TRY(complete(r, err));
    }
    HMI_TRY(hmi_features_settle(&r->features, err));
    HMI_TRY(keep_context(r, c, err));
    HMI_TRY(keep_calls(r, c, err));
    if (!keeps) {
        return HM_OK;
    }
    if (r->read != NULL) {
        return r->read(r->context, function, &r->walk, &r->features, err);
    }
    keep_print(r, c);
    return HM_OK;
}

/* A function too large for the memory that is left is left out; the next one may be small. */
static int leave_out(code_reading *r, int code)
{
    if (code != HM_E_LIMIT || !r->reading->arena->limited) {
        return code;
    }
    hmi_walk_reset(&r->walk);
    r->discovery.cut = true;
    return HM_OK;
}

static int try_look(code_reading *r, size_t index, hm_err *err)
{
    size_t calls = r->call_count;
    int code = first_look(r, index, err);
    if (code < 0) {
        r->call_count = calls;
        r->contexts[index] = (lent_names){ 0 };
    }
    return leave_out(r, code);
}

static int look_at_all(code_reading *r, hm_err *err)
{
    size_t count = r->discovery.count;
    r->contexts = hmi_new_array(r->reading->arena, lent_names, count);
    if (r->contexts == NULL) {
        return hmi_arena_fail(r->reading->arena, err);
    }
    for (; r->looked < count && !memory_is_short(r); r->looked++) {
        if (r->discovery.functions[r->looked].import == 0) {
            HMI_TRY(try_look(r, r->looked, err));
        }
    }
    r->discovery.cut |= r->looked < count;
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
        const lent_names *c = &r->contexts[i];
        for (uint32_t k = 0; k < c->call_count; k++) {
            r->callers[place[r->calls[c->first_call + k]]++] = (uint32_t)i;
        }
    }
    return HM_OK;
}

static int lend(code_reading *r, hmi_feature_class class_id, uint32_t neighbour, hm_err *err)
{
    const lent_names *c = &r->contexts[neighbour];
    for (size_t i = 0; i < c->count; i++) {
        uint32_t id;
        memcpy(&id, c->names + i * sizeof id, sizeof id);
        HMI_TRY(hmi_feature_add(&r->features, class_id, id, err));
    }
    return HM_OK;
}

static int add_neighbours(code_reading *r, size_t index, hm_err *err)
{
    const lent_names *c = &r->contexts[index];
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

/* The fingerprint of a function for which the pool had no room; 0 when it is too short. */
static int second_look(code_reading *r, size_t index, uint8_t *out, size_t *ret_len, hm_err *err)
{
    HMI_TRY(walk_one(r, &r->discovery.functions[index], err));
    *ret_len = 0;
    if (r->walk.step_count < emit_min(r)) {
        return HM_OK;
    }
    HMI_TRY(complete(r, err));
    HMI_TRY(hmi_features_settle(&r->features, err));
    *ret_len = pack(r, out);
    return HM_OK;
}

static int list_function(code_reading *r, size_t index, hm_bytes print, uint64_t offset,
                         hm_err *err)
{
    const lent_names *c = &r->contexts[index];
    uint8_t calls[8 * HMI_CODE_NEIGHBOURS_MAX];
    for (size_t i = 0; i < c->call_count; i++) {
        uint64_t callee = r->discovery.functions[r->calls[c->first_call + i]].start;
        for (size_t b = 0; b < 8; b++) {
            calls[8 * i + b] = (uint8_t)(callee >> (8 * b));
        }
    }
    hmi_listed listed = { .address = r->discovery.functions[index].start,
                          .call_count = c->call_count,
                          .calls = calls,
                          .print = print };
    return hmi_listing_function(r->reading, r->ranges.image, &listed, offset, err);
}

static int emit_function(code_reading *r, size_t index, const uint8_t *print, size_t len,
                         hm_err *err)
{
    const hmi_function *function = &r->discovery.functions[index];
    char value[33];
    hmi_hex((hm_bytes){ print + 12, 16 }, value);
    const hmi_range *range = hmi_ranges_find(&r->ranges, function->start);
    uint64_t offset = range ? range->offset + (function->start - range->address) : HM_OFFSET_NONE;
    if (r->reading->functions) {
        return list_function(r, index, hmi_bytes(print, len), offset, err);
    }
    hmi_trait trait = {
        .class_id = HMI_FUNCTION,
        .role = HMI_ROLE_CONTENT,
        .offset = offset,
        .count = 1,
        .first_us = HMI_TIME_NONE,
        .last_us = HMI_TIME_NONE,
        .detail = { print, len },
    };
    return hmi_emit_like(r->reading, &trait, (hm_text){ value, 32 }, err);
}

static int finish_function(code_reading *r, size_t index, hm_err *err)
{
    const hmi_function *function = &r->discovery.functions[index];
    const lent_names *c = &r->contexts[index];
    uint8_t print[HMI_FINGERPRINT_MAX];
    size_t len = c->print_len;
    if (function->import != 0 || function->alias != 0) {
        return HM_OK;
    }
    if (len > 0) {
        memcpy(print, c->print, len);
    } else if (r->pool_full) {
        HMI_TRY(leave_out(r, second_look(r, index, print, &len, err)));
    }
    if (len == 0) {
        return HM_OK;
    }
    for (size_t i = 0; i < HMI_FEATURE_CLASSES; i++) {
        r->features.lists[i].count = 0;
    }
    HMI_TRY(add_neighbours(r, index, err));
    HMI_TRY(hmi_features_settle(&r->features, err));
    len = hmi_fingerprint_add_context(print, len, &r->features);
    return emit_function(r, index, print, len, err);
}

static int say_what_was_left_out(code_reading *r, bool exhausted, hm_err *err)
{
    if (r->discovery.unwind_bad_at != HM_OFFSET_NONE) {
        HMI_TRY(hmi_emit_note(
            r->reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, r->discovery.unwind_bad_at, err,
            "unwind table damaged; functions listed before the damage were used"));
    }
    if (r->discovery.cut || exhausted) {
        HMI_TRY(hmi_emit_note(r->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, HM_OFFSET_NONE, err,
                              "more code than is looked at in one program; the rest was left out"));
    }
    return HM_OK;
}

static int open_reading(hmi_reading *reading, const hmi_image *image, code_reading **ret,
                        hm_err *err)
{
    code_reading *r = hmi_new(reading->arena, code_reading);
    if (r == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    r->reading = reading;
    r->features.arena = reading->arena;
    HMI_TRY(hmi_ranges_init(&r->ranges, reading->arena, image, err));
    if (r->ranges.line_len > 0) {
        HMI_TRY(hmi_walk_init(&r->walk, reading->arena, &r->ranges, err));
        HMI_TRY(hmi_discover(&r->discovery, &r->walk, reading->arena, err));
        HMI_TRY(hmi_constants_init(&r->constants, reading, &r->ranges, err));
    }
    r->walk.steps_left = HMI_CODE_INSTRUCTIONS_MAX;
    *ret = r;
    return HM_OK;
}

int hmi_code_functions(hmi_reading *reading, const hmi_image *image, hmi_function_read *read,
                       void *context, hm_err *err)
{
    code_reading *r;
    if (!hmi_machine_decodes(image->machine)) {
        return HM_OK;
    }
    HMI_TRY(open_reading(reading, image, &r, err));
    r->read = read;
    r->context = context;
    return look_at_all(r, err);
}

/* The instructions of the functions that were asked for. */
static int spell_all(code_reading *r, hm_err *err)
{
    for (size_t i = 0; i < r->reading->spelled_count; i++) {
        size_t index = hmi_function_at(&r->discovery, r->reading->spelled[i]);
        if (index == SIZE_MAX) {
            continue;
        }
        const hmi_function *function = &r->discovery.functions[index];
        HMI_TRY(
            hmi_walk_function(&r->walk, function->start, function->start + function->window, err));
        HMI_TRY(hmi_walk_blocks(&r->walk, err));
        HMI_TRY(hmi_listing_code(r->reading, &r->walk, &r->discovery, err));
    }
    return HM_OK;
}

static int read_all(hmi_reading *reading, const hmi_image *image, hm_err *err)
{
    code_reading *r;
    HMI_TRY(open_reading(reading, image, &r, err));
    if (r->ranges.line_len == 0) {
        return HM_OK;
    }
    if (reading->spelled_count > 0) {
        return spell_all(r, err);
    }
    HMI_TRY(look_at_all(r, err));
    bool exhausted = r->walk.steps_left == 0;
    HMI_TRY(turn_calls(r, err));
    r->walk.steps_left = HMI_CODE_INSTRUCTIONS_MAX;
    for (size_t i = 0; i < r->looked; i++) {
        HMI_TRY(finish_function(r, i, err));
    }
    if (!reading->functions) {
        HMI_TRY(hmi_constants_emit(&r->constants, err));
    }
    return say_what_was_left_out(r, exhausted, err);
}

int hmi_code_read(hmi_reading *reading, const hmi_image *image, hm_err *err)
{
    if (!hmi_machine_decodes(image->machine) && reading->functions) {
        return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_UNSUPPORTED, HM_OFFSET_NONE, err,
                             "code of this processor is not read: only x86, x86-64 and AArch64");
    }
    if (!hmi_machine_decodes(image->machine)) {
        return HM_OK;
    }
    int code = read_all(reading, image, err);
    if (code == HM_E_LIMIT && reading->arena->limited) {
        /* Ours, not the sink's: what was emitted stands, and so does the rest of the file. */
        return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, HM_OFFSET_NONE, err,
                             "memory limit reached while looking at the code; the rest of it was "
                             "left out");
    }
    return code;
}
