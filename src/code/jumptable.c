/* SPDX-License-Identifier: Apache-2.0
 *
 * jumptable.c - where a switch goes.
 *
 * WHY    Blocks reached only through a table are most of what a walk misses, and each missed block
 *        looks like a function of its own afterwards.
 * FORM   cmp index, N; ja default;  then one of
 *          jmp [table + index*W]                                absolute entries (W 4 or 8)
 *          lea b,[rip+table]; movsxd r,[b+index*4]; add r,b; jmp r   entries relative to the table
 *          mov r,[b+index*4+table]; add r,b; jmp r              relative to the image or the GOT
 *        The kinds are tried in that order; the first whose first entry lands inside the function
 *        is it. Entries are read up to N + 1 where the comparison was found, else until one lands
 *        outside.
 * TRUST  Tables lie, overlap and end early: every entry must land in the window, at most
 *        HMI_CODE_TABLE_ENTRIES_MAX are read.
 * OWNS   Nothing.
 */
#include "code/walk.h"

typedef struct table {
    uint64_t at;
    uint64_t plus; /* added to each entry */
    unsigned width;
    bool is_signed;
} table;

static bool entry(hmi_walk *walk, const table *t, size_t index, uint32_t *ret_to)
{
    hm_bytes raw = hmi_ranges_at(walk->ranges, t->at + index * t->width, t->width);
    if (raw.len < t->width) {
        return false;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < t->width; i++) {
        value |= (uint64_t)raw.ptr[i] << (8 * i);
    }
    if (t->is_signed && t->width == 4) {
        value = (uint64_t)(int64_t)(int32_t)(uint32_t)value;
    }
    value += t->plus;
    if (!walk->wide) {
        value &= 0xffffffff;
    }
    if (value < walk->start || value - walk->start >= walk->window) {
        return false;
    }
    *ret_to = (uint32_t)(value - walk->start);
    return true;
}

static size_t read_entries(hmi_walk *walk, const table *t, size_t bound, uint32_t *ret_to)
{
    size_t count = 0;
    while (count < bound && entry(walk, t, count, &ret_to[count])) {
        count++;
    }
    /* One entry alone is no switch, unless the comparison said so. */
    return count >= 2 ? count : 0;
}

/* Largest index, from the comparison in front; `max` when none is found. */
static size_t bound_of(const hmi_walk *walk, size_t at, size_t max)
{
    size_t first = at > HMI_CODE_LOOKBACK ? at - HMI_CODE_LOOKBACK : 0;
    for (size_t i = at; i-- > first;) {
        const hmi_insn *insn = &walk->steps[i].insn;
        if (insn->kind == HMI_KIND_COMPARE && (insn->flags & HMI_INSN_IMMEDIATE) &&
            insn->imm < max && insn->mnemonic == 0x38) {
            return (size_t)insn->imm + 1;
        }
        if (hmi_flow_ends(insn->flow)) {
            break;
        }
    }
    return max;
}

/* Last value that register `reg` got by an address computation before steps[at]. */
static bool base_in_register(const hmi_walk *walk, size_t at, uint8_t reg, uint64_t *ret_value)
{
    for (size_t i = at; i-- > 0 && at - i <= 4 * HMI_CODE_LOOKBACK;) {
        const hmi_insn *insn = &walk->steps[i].insn;
        if (insn->reg != reg) {
            continue;
        }
        if (insn->kind == HMI_KIND_ADDRESS && (insn->flags & HMI_INSN_ADDRESSED)) {
            *ret_value = insn->mem;
            return true;
        }
        if (insn->kind == HMI_KIND_MOVE && (insn->flags & HMI_INSN_IMMEDIATE) &&
            !(insn->flags & HMI_INSN_MEMORY)) {
            *ret_value = insn->imm;
            return true;
        }
    }
    return false;
}

/* jmp r: the load of the entry stands a few instructions before. */
static size_t through_register(hmi_walk *walk, size_t at, size_t bound, uint32_t *ret_to)
{
    for (size_t i = at; i-- > 0 && at - i <= HMI_CODE_LOOKBACK;) {
        const hmi_insn *load = &walk->steps[i].insn;
        if (hmi_flow_ends(load->flow)) {
            return 0;
        }
        if (!(load->flags & HMI_INSN_READS) || !(load->flags & HMI_INSN_INDEXED) ||
            (load->scale != 4 && load->scale != 8)) {
            continue;
        }
        uint64_t base = 0;
        bool has_base = load->base != HMI_REG_NONE && base_in_register(walk, i, load->base, &base);
        uint64_t at_table = base + (uint64_t)load->disp;
        const table tries[] = {
            { at_table, base, load->scale, true }, /* relative to the table */
            { at_table, 0, load->scale, false },   /* absolute */
            { walk->image->base + (uint64_t)load->disp, walk->image->base, 4, false },
        };
        for (size_t t = 0; t < HMI_COUNT(tries); t++) {
            if (t == 0 && !has_base) {
                continue;
            }
            size_t count = read_entries(walk, &tries[t], bound, ret_to);
            if (count > 0) {
                return count;
            }
        }
        return 0;
    }
    return 0;
}

size_t hmi_jump_table(hmi_walk *walk, size_t at, uint32_t *ret_to, size_t max)
{
    const hmi_insn *jump = &walk->steps[at].insn;
    size_t bound = bound_of(walk, at, max);
    if (!(jump->flags & HMI_INSN_MEMORY)) {
        return through_register(walk, at, bound, ret_to);
    }
    if (!(jump->flags & HMI_INSN_INDEXED) || jump->base != HMI_REG_NONE) {
        uint64_t base = 0;
        if (!(jump->flags & HMI_INSN_INDEXED) || jump->base == HMI_REG_NONE ||
            !base_in_register(walk, at, jump->base, &base)) {
            return 0;
        }
        table t = { base + (uint64_t)jump->disp, 0, walk->wide ? 8 : 4, false };
        return read_entries(walk, &t, bound, ret_to);
    }
    table t = { jump->mem, 0, walk->wide ? 8 : 4, false };
    return read_entries(walk, &t, bound, ret_to);
}
