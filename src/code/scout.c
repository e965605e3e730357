/* SPDX-License-Identifier: Apache-2.0
 *
 * scout.c - goes through a function only to see where else it leads.
 *
 * WHY    To find all functions each must be gone through once before any can be fingerprinted, and
 *        for that lengths and targets are enough. Same order, same ends, same budget as walk.c: a
 *        test holds them together.
 * FORM   64-bit x86 alone; jump tables, 32-bit code that must follow where the GOT is, and A64 are
 *        left to the full walk, whose steps then say the same.
 * TRUST  As walk.c.
 * OWNS   Nothing beyond what the walk has.
 */
#include "base/error.h"
#include "code/walk.h"
#include "code/x86/quick.h"

/* What scouting asks of one instruction. */
typedef struct sight {
    uint64_t target;
    unsigned len;
    uint8_t flow;
    bool stops;     /* a call that does not come back */
    bool has_table; /* a jump whose targets may stand in a table */
} sight;

static bool see_any(const hmi_walk *walk, uint32_t at, sight *ret)
{
    hmi_insn insn;
    if (hmi_decode_x86(hmi_walk_rest(walk, at), walk->start + at, true, &insn) == 0) {
        return false;
    }
    bool jumps = insn.flow == HMI_FLOW_JUMP_INDIRECT;
    *ret = (sight){
        .target = insn.target,
        .len = insn.len,
        .flow = insn.flow,
        .stops = hmi_walk_call_stops(walk, &insn),
        .has_table = jumps && (!(insn.flags & HMI_INSN_MEMORY) || (insn.flags & HMI_INSN_INDEXED)),
    };
    return true;
}

/* The instruction at `at`; false when there is none. */
static inline bool see(const hmi_walk *walk, uint32_t at, sight *ret)
{
    x86_layout l;
    if (walk->code.len - at < X86_READABLE || !x86_lay_out(walk->code.ptr + at, &l)) {
        return see_any(walk, at, ret);
    }
    *ret = (sight){ .len = l.len, .flow = l.own->flow };
    if (l.own->flow == HMI_FLOW_NEXT) {
        return true;
    }
    if (!(l.row->quick & X86_DISTANCE) && l.own->flow != HMI_FLOW_RETURN) {
        return see_any(walk, at, ret);
    }
    int64_t distance = x86_number(walk->code.ptr + at + l.imm_at, l.row->imm);
    ret->target = walk->start + at + l.len + (uint64_t)distance;
    if (l.own->flow == HMI_FLOW_CALL) {
        hmi_insn call = { .flow = HMI_FLOW_CALL, .target = ret->target };
        ret->stops = hmi_walk_call_stops(walk, &call);
    }
    return true;
}

static bool add_exit(hmi_walk *walk, uint64_t target, uint8_t flow)
{
    if (walk->exit_count >= walk->exit_capacity) {
        void *more = hmi_arena_grow(walk->arena, walk->exits, walk->exit_count,
                                    &walk->exit_capacity, sizeof *walk->exits);
        if (more == NULL) {
            return false;
        }
        walk->exits = more;
    }
    walk->exits[walk->exit_count++] = (hmi_exit){ target, flow };
    return true;
}

/* What an instruction at `at` says about where control goes, for both ways of looking. */
static bool note_exit(hmi_walk *walk, uint32_t at, unsigned len, uint8_t flow, uint64_t target)
{
    switch (flow) {
    case HMI_FLOW_CALL:
        /* call to the next instruction: 32-bit code asking where it is */
        return target == walk->start + at + len || add_exit(walk, target, flow);
    case HMI_FLOW_JUMP:
    case HMI_FLOW_BRANCH:
        if (hmi_walk_in_window(walk, target)) {
            return true;
        }
        walk->returns = true;
        return add_exit(walk, target, flow);
    case HMI_FLOW_RETURN:
    case HMI_FLOW_JUMP_INDIRECT:
        walk->returns = true;
        return true;
    default:
        return true;
    }
}

static bool follow(hmi_walk *walk, const sight *s)
{
    if (s->flow != HMI_FLOW_JUMP && s->flow != HMI_FLOW_BRANCH) {
        return true;
    }
    return !hmi_walk_in_window(walk, s->target) ||
           hmi_walk_add_work(walk, (uint32_t)(s->target - walk->start));
}

/* As run_from() of walk.c. *ret_table: a table must be read, start again with the full walk. */
static bool scout_from(hmi_walk *walk, uint32_t *io_at, bool *ret_table)
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
        sight s;
        if (!see(walk, at, &s) || s.len > walk->window - at) {
            walk->broken = true;
            return true;
        }
        walk->steps_left--;
        walk->step_count++;
        hmi_bit_set(walk->seen, at);
        if (s.flow != HMI_FLOW_NEXT) {
            *ret_table = s.has_table;
            if (s.has_table) {
                *io_at = at + s.len;
                return true;
            }
            if (!note_exit(walk, at, s.len, s.flow, s.target) || (!s.stops && !follow(walk, &s))) {
                return false;
            }
            on = !s.stops && !hmi_flow_ends(s.flow);
        }
        at += s.len;
    }
    return true;
}

static int by_walking(hmi_walk *walk, uint64_t start, uint64_t limit, hm_err *err)
{
    HMI_TRY(hmi_walk_function(walk, start, limit, err));
    for (size_t i = 0; i < walk->step_count; i++) {
        const hmi_insn *insn = &walk->steps[i].insn;
        if (!note_exit(walk, walk->steps[i].at, insn->len, insn->flow, insn->target)) {
            return hmi_arena_fail(walk->arena, err);
        }
    }
    return HM_OK;
}

int hmi_walk_scout(hmi_walk *walk, uint64_t start, uint64_t limit, hm_err *err)
{
    walk->returns = false;
    if (walk->image->machine != HMI_MACHINE_X86_64) {
        return by_walking(walk, start, limit, err);
    }
    uint64_t budget = walk->steps_left;
    if (!hmi_walk_begin(walk, start, limit)) {
        return HM_OK;
    }
    bool table = false;
    if (!hmi_walk_add_work(walk, 0)) {
        return hmi_arena_fail(walk->arena, err);
    }
    while (walk->work_count > 0 && !table) {
        uint32_t at = walk->work[--walk->work_count], end = at;
        size_t first = walk->step_count;
        if (!scout_from(walk, &end, &table)) {
            return hmi_arena_fail(walk->arena, err);
        }
        uint32_t count = (uint32_t)(walk->step_count - first);
        if (count > 0 && !hmi_walk_add_run(walk, (hmi_run){ at, end, (uint32_t)first, count })) {
            return hmi_arena_fail(walk->arena, err);
        }
    }
    if (!table) {
        return HM_OK;
    }
    walk->steps_left = budget;
    walk->returns = false;
    return by_walking(walk, start, limit, err);
}
