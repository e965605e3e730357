/* SPDX-License-Identifier: Apache-2.0
 *
 * walk.c - follows control through one function.
 *
 * WHY    A function is what control can reach from its first byte without leaving the window; all
 *        later questions (what does it call, what shape has it) are asked of the result.
 * FORM   Depth-first from the start: decode straight on, note targets, come back for them.
 *        1. Each offset is decoded at most once, so the work is bounded by the window.
 *        2. `seen` and `leaders` are all zero between two walks.
 *        3. Steps stand in the order of decoding until hmi_walk_blocks() sorts them.
 * TRUST  Any bytes: overlapping instructions, targets into the middle of others, tables to nowhere.
 * OWNS   Scratch arrays in the reading's arena, reused for each function.
 */
#include "code/walk.h"

#include <stdlib.h>

#include "code/discover.h"

#include "base/error.h"
#include "base/num.h"
#include "code/a64/a64.h"

int hmi_walk_init(hmi_walk *walk, hmi_arena *arena, hmi_ranges *ranges, hm_err *err)
{
    *walk = (hmi_walk){ .ranges = ranges,
                        .image = ranges->image,
                        .arena = arena,
                        .wide = ranges->image->machine != HMI_MACHINE_X86,
                        .a64 = ranges->image->machine == HMI_MACHINE_AARCH64 };
    size_t words = HMI_CODE_WINDOW_MAX / 64 + 1;
    walk->seen = hmi_new_array(arena, uint64_t, words);
    walk->leaders = hmi_new_array(arena, uint64_t, words);
    return walk->seen && walk->leaders ? HM_OK : hmi_arena_fail(arena, err);
}

/* Makes room for one more in the scratch array named. */
#define ROOM(walk, array, count, capacity)                                                    \
    ((walk)->count < (walk)->capacity || grow((walk), (void **)&(walk)->array, (walk)->count, \
                                              &(walk)->capacity, sizeof *(walk)->array))

static bool grow(hmi_walk *walk, void **array, size_t count, size_t *capacity, size_t size)
{
    void *more = hmi_arena_grow(walk->arena, *array, count, capacity, size);
    if (more == NULL) {
        return false;
    }
    *array = more;
    return true;
}

bool hmi_walk_mark_leader(hmi_walk *walk, uint32_t at)
{
    if (hmi_bit_get(walk->leaders, at)) {
        return true;
    }
    if (!ROOM(walk, marked, marked_count, marked_capacity)) {
        return false;
    }
    hmi_bit_set(walk->leaders, at);
    walk->marked[walk->marked_count++] = at;
    return true;
}

/* A leader to come back for. */
bool hmi_walk_add_work(hmi_walk *walk, uint32_t at)
{
    if (!hmi_walk_mark_leader(walk, at)) {
        return false;
    }
    if (hmi_bit_get(walk->seen, at)) {
        return true;
    }
    if (!ROOM(walk, work, work_count, work_capacity)) {
        return false;
    }
    if (walk->a64) {
        if (walk->work_count >= walk->known_capacity &&
            !grow(walk, (void **)&walk->known_then, walk->work_count, &walk->known_capacity,
                  sizeof *walk->known_then)) {
            return false;
        }
        walk->known_then[walk->work_count] = walk->known;
    }
    walk->work[walk->work_count++] = at;
    return true;
}

static bool follow_table(hmi_walk *walk, size_t step)
{
    uint32_t to[HMI_CODE_TABLE_ENTRIES_MAX];
    size_t count = hmi_jump_table(walk, step, to, HMI_CODE_TABLE_ENTRIES_MAX);
    uint32_t from = walk->steps[step].at;
    for (size_t i = 0; i < count; i++) {
        if (walk->edge_count == HMI_CODE_EDGES_MAX) {
            walk->cut = true;
            return true;
        }
        if (!ROOM(walk, edges, edge_count, edge_capacity) || !hmi_walk_add_work(walk, to[i])) {
            return false;
        }
        walk->edges[walk->edge_count++] = (hmi_edge){ from, to[i] };
    }
    return true;
}

bool hmi_walk_call_stops(const hmi_walk *walk, const hmi_insn *insn)
{
    if (insn->flow == HMI_FLOW_CALL_INDIRECT && (insn->flags & HMI_INSN_ADDRESSED)) {
        const hmi_import *import = hmi_image_import(walk->image, insn->mem);
        return import != NULL && hmi_import_stops(import);
    }
    if (insn->flow != HMI_FLOW_CALL || walk->marks == NULL) {
        return false;
    }
    uint64_t line = hmi_ranges_line(walk->ranges, insn->target);
    return line != HMI_NOWHERE && (hmi_marks_get(walk->marks, line) & HMI_MARK_STOPS);
}

/* What the instruction just stored means for where to go on. *ret_on: straight on. */
static bool follow(hmi_walk *walk, size_t step, bool *ret_on)
{
    hmi_insn *insn = &walk->steps[step].insn;
    uint32_t next = walk->steps[step].at + insn->len;
    if (hmi_walk_call_stops(walk, insn)) {
        *ret_on = false;
        return true;
    }
    *ret_on = !hmi_flow_ends(insn->flow);
    switch (insn->flow) {
    case HMI_FLOW_BRANCH:
        if (next < walk->window && !hmi_walk_mark_leader(walk, next)) {
            return false;
        }
        return !hmi_walk_in_window(walk, insn->target) ||
               hmi_walk_add_work(walk, (uint32_t)(insn->target - walk->start));
    case HMI_FLOW_JUMP:
        return !hmi_walk_in_window(walk, insn->target) ||
               hmi_walk_add_work(walk, (uint32_t)(insn->target - walk->start));
    case HMI_FLOW_JUMP_INDIRECT:
        return follow_table(walk, step);
    default:
        return true;
    }
}

/* Position-independent 32-bit code asks where it is ("call thunk; add ebx, n") and then reaches its
 * data relative to the GOT. Which registers hold the GOT is followed in the order of decoding; what
 * is reached through them becomes an address like any other. */
static void follow_got(hmi_walk *walk, hmi_insn *insn, uint32_t at)
{
    if (walk->got_asked < 8 && insn->kind == HMI_KIND_ADD && (insn->flags & HMI_INSN_IMMEDIATE) &&
        (insn->rm == walk->got_asked || (insn->rm == HMI_REG_NONE && walk->got_asked == 0)) &&
        !(insn->flags & HMI_INSN_MEMORY)) {
        walk->got = (walk->start + at + insn->imm) & 0xffffffff;
        walk->got_registers |= (uint8_t)(1u << walk->got_asked);
        insn->flags &= (uint8_t)~HMI_INSN_IMMEDIATE; /* says where the GOT is, nothing else */
        insn->flags |= HMI_INSN_ADDRESSED;
        insn->mem = walk->got;
        insn->disp_at = insn->imm_at;
        insn->disp_len = insn->imm_len;
        walk->got_asked = HMI_REG_NONE;
        return;
    }
    walk->got_asked = HMI_REG_NONE;
    bool through =
        (insn->flags & HMI_INSN_MEMORY) &&
        ((insn->base < 8 && (walk->got_registers >> insn->base & 1)) ||
         (insn->index < 8 && insn->scale == 1 && (walk->got_registers >> insn->index & 1)));
    if (through && insn->disp_len == 4) {
        insn->mem = (walk->got + (uint64_t)(int64_t)insn->disp) & 0xffffffff;
        insn->flags |= HMI_INSN_ADDRESSED;
    }
    if (insn->flow == HMI_FLOW_CALL) {
        walk->got_registers &= (uint8_t)~7u; /* eax, ecx, edx do not survive calls */
        hm_bytes thunk = hmi_ranges_at(walk->ranges, insn->target, 4);
        if (thunk.len == 4 && thunk.ptr[0] == 0x8b && (thunk.ptr[1] & 0xc7) == 4 &&
            thunk.ptr[2] == 0x24 && thunk.ptr[3] == 0xc3) {
            walk->got_asked = thunk.ptr[1] >> 3 & 7; /* mov reg, [esp]; ret */
        }
        return;
    }
    bool loads = insn->kind == HMI_KIND_MOVE || insn->kind == HMI_KIND_ADDRESS ||
                 insn->kind == HMI_KIND_EXTEND;
    if (loads && insn->reg < 3 && !(insn->flags & HMI_INSN_WRITES)) {
        walk->got_registers &= (uint8_t) ~(1u << insn->reg);
    }
}

/* Does the number of four or eight bytes at `at` name a place? Where the loader moves the program
 * its relocations say so; elsewhere every number does that the program has a byte at. */
static bool names_place(hmi_walk *walk, uint64_t value, uint64_t at)
{
    enum { ADDRESS_MIN = 0x1000 };
    if (!walk->wide) {
        value &= 0xffffffff;
    }
    return value >= ADDRESS_MIN && hmi_ranges_find(walk->ranges, value) != NULL &&
           (!walk->image->relocatable || hmi_image_relocates(walk->image, at));
}

static uint8_t places_of(hmi_walk *walk, const hmi_insn *insn, uint64_t address)
{
    uint8_t places = 0;
    if ((insn->flags & HMI_INSN_IMMEDIATE) && insn->imm_len >= 4 &&
        names_place(walk, insn->imm, address + insn->imm_at)) {
        places |= HMI_PLACE_IMMEDIATE;
    }
    if (!(insn->flags & HMI_INSN_ADDRESSED) && insn->disp_len >= 4 && !walk->wide &&
        names_place(walk, (uint64_t)(int64_t)insn->disp, address + insn->disp_at)) {
        places |= HMI_PLACE_DISPLACEMENT;
    }
    return places;
}

/* Decodes from `at` until control ends, joins what was seen, or leaves the window. */
static bool run_from(hmi_walk *walk, uint32_t *io_at)
{
    uint32_t at = *io_at;
    for (bool on = true; on; *io_at = at) {
        if (at >= walk->window) {
            walk->runs_out = true;
            return true;
        }
        if (hmi_bit_get(walk->seen, at)) {
            return true;
        }
        if (walk->step_count == HMI_CODE_STEPS_MAX || walk->steps_left == 0) {
            walk->cut = true;
            return true;
        }
        if (!ROOM(walk, steps, step_count, step_capacity)) {
            return false;
        }
        hmi_step *step = &walk->steps[walk->step_count];
        unsigned len = hmi_decode(walk->image->machine, hmi_walk_rest(walk, at), walk->start + at,
                                  &step->insn);
        if (len == 0 || len > walk->window - at) {
            walk->broken = true;
            return true;
        }
        step->at = at;
        if (!walk->wide) {
            follow_got(walk, &step->insn, at);
        }
        if (walk->a64) {
            hmi_a64_follow(walk, walk->step_count);
        } else {
            step->insn.places = places_of(walk, &step->insn, walk->start + at);
        }
        walk->steps_left--;
        hmi_bit_set(walk->seen, at);
        walk->step_count++;
        if (!follow(walk, walk->step_count - 1, &on)) {
            return false;
        }
        at += walk->steps[walk->step_count - 1].insn.len;
    }
    return true;
}

static int by_offset(const void *a, const void *b)
{
    uint32_t left = ((const hmi_step *)a)->at, right = ((const hmi_step *)b)->at;
    return left < right ? -1 : left > right;
}

static int by_first(const void *a, const void *b)
{
    uint32_t left = ((const hmi_run *)a)->at, right = ((const hmi_run *)b)->at;
    return left < right ? -1 : left > right;
}

/* Steps came in runs, each in order: the runs are sorted and joined. Only where instructions
 * overlap is that not enough. */
static int sort_steps(hmi_walk *walk, hm_err *err)
{
    bool sorted = true;
    for (size_t i = 1; i < walk->run_count && sorted; i++) {
        sorted = walk->runs[i].at > walk->runs[i - 1].at;
    }
    if (!sorted) {
        if (walk->joined_capacity < walk->step_count) {
            walk->joined = hmi_new_array(walk->arena, hmi_step, walk->step_capacity);
            if (walk->joined == NULL) {
                walk->joined_capacity = 0;
                return hmi_arena_fail(walk->arena, err);
            }
            walk->joined_capacity = walk->step_capacity;
        }
        qsort(walk->runs, walk->run_count, sizeof *walk->runs, by_first);
        size_t count = 0;
        for (size_t i = 0; i < walk->run_count; i++) {
            const hmi_run *run = &walk->runs[i];
            memcpy(walk->joined + count, walk->steps + run->first, run->count * sizeof(hmi_step));
            count += run->count;
        }
        hmi_assert(count == walk->step_count);
        hmi_step *steps = walk->steps;
        size_t capacity = walk->step_capacity;
        walk->steps = walk->joined;
        walk->step_capacity = walk->joined_capacity;
        walk->joined = steps;
        walk->joined_capacity = capacity;
    }
    for (size_t i = 1; i < walk->step_count; i++) {
        if (walk->steps[i].at < walk->steps[i - 1].at) {
            qsort(walk->steps, walk->step_count, sizeof *walk->steps, by_offset);
            break;
        }
    }
    return HM_OK;
}

static void forget(hmi_walk *walk)
{
    for (size_t i = 0; i < walk->run_count; i++) {
        size_t first = walk->runs[i].at / 64, last = walk->runs[i].end / 64;
        memset(walk->seen + first, 0, (last - first + 1) * sizeof *walk->seen);
    }
    for (size_t i = 0; i < walk->marked_count; i++) {
        walk->leaders[walk->marked[i] / 64] = 0;
    }
    walk->step_count = walk->block_count = walk->edge_count = 0;
    walk->work_count = walk->marked_count = walk->run_count = walk->exit_count = 0;
    walk->cut = walk->broken = walk->runs_out = false;
    walk->got_asked = HMI_REG_NONE;
    walk->got_registers = 0;
    walk->known.set = 0;
}

void hmi_walk_reset(hmi_walk *walk)
{
    size_t words = HMI_CODE_WINDOW_MAX / 64 + 1;
    forget(walk);
    memset(walk->seen, 0, words * sizeof *walk->seen);
    memset(walk->leaders, 0, words * sizeof *walk->leaders);
}

bool hmi_walk_begin(hmi_walk *walk, uint64_t start, uint64_t limit)
{
    forget(walk);
    const hmi_range *range = hmi_ranges_find(walk->ranges, start);
    walk->start = start;
    walk->window = 0;
    if (range == NULL || !range->execute || limit <= start) {
        return false;
    }
    walk->line = range->line + (start - range->address);
    walk->code = hmi_slice(range->content, (size_t)(start - range->address), SIZE_MAX);
    uint64_t window = limit - start;
    window = window < walk->code.len ? window : walk->code.len;
    walk->window = (uint32_t)(window < HMI_CODE_WINDOW_MAX ? window : HMI_CODE_WINDOW_MAX);
    return true;
}

bool hmi_walk_add_run(hmi_walk *walk, hmi_run run)
{
    if (!ROOM(walk, runs, run_count, run_capacity)) {
        return false;
    }
    walk->runs[walk->run_count++] = run;
    return true;
}

int hmi_walk_function(hmi_walk *walk, uint64_t start, uint64_t limit, hm_err *err)
{
    if (!hmi_walk_begin(walk, start, limit)) {
        return HM_OK;
    }
    if (!hmi_walk_add_work(walk, 0)) {
        return hmi_arena_fail(walk->arena, err);
    }
    while (walk->work_count > 0) {
        uint32_t at = walk->work[--walk->work_count], end = at;
        size_t first = walk->step_count;
        if (walk->a64) {
            walk->known = walk->known_then[walk->work_count];
            memset(walk->number_steps, 0, sizeof walk->number_steps);
        }
        if (!run_from(walk, &end)) {
            return hmi_arena_fail(walk->arena, err);
        }
        uint32_t count = (uint32_t)(walk->step_count - first);
        if (count > 0 && !hmi_walk_add_run(walk, (hmi_run){ at, end, (uint32_t)first, count })) {
            return hmi_arena_fail(walk->arena, err);
        }
    }
    return HM_OK;
}

int hmi_walk_blocks(hmi_walk *walk, hm_err *err)
{
    HMI_TRY(sort_steps(walk, err));
    walk->block_count = 0;
    uint32_t expected = UINT32_MAX;
    for (size_t i = 0; i < walk->step_count; i++) {
        const hmi_step *step = &walk->steps[i];
        if (step->at != expected || hmi_bit_get(walk->leaders, step->at)) {
            if (!ROOM(walk, blocks, block_count, block_capacity)) {
                return hmi_arena_fail(walk->arena, err);
            }
            walk->blocks[walk->block_count++] = (hmi_block){ step->at, (uint32_t)i, 0 };
        }
        walk->blocks[walk->block_count - 1].count++;
        uint8_t flow = step->insn.flow;
        bool ends = hmi_flow_ends(flow) || flow == HMI_FLOW_BRANCH;
        expected = ends ? UINT32_MAX : step->at + step->insn.len;
    }
    return HM_OK;
}

size_t hmi_walk_block_at(const hmi_walk *walk, uint32_t at)
{
    size_t low = 0, high = walk->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->blocks[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < walk->block_count && walk->blocks[low].at == at ? low : SIZE_MAX;
}
