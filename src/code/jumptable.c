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
#include "code/a64/a64.h"

typedef struct table {
    uint64_t at;
    uint64_t plus; /* added to each entry */
    unsigned width;
    bool is_signed;
} table;

static bool entry(hmi_walk *walk, const table *t, size_t index, uint32_t *ret_to)
{
    uint64_t place = t->at + index * t->width;
    place &= walk->wide ? UINT64_MAX : UINT32_MAX;
    hm_bytes raw = hmi_ranges_at(walk->ranges, place, t->width);
    if (raw.len < t->width) {
        return false;
    }
    uint64_t value = t->plus == 0 ? hmi_image_pointer(walk->image, place) : 0;
    raw.len = value ? 0 : raw.len;
    for (unsigned i = 0; i < raw.len; i++) {
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

static bool gets_address(const hmi_insn *insn, uint8_t reg, uint64_t *ret_value)
{
    if (insn->reg != reg || (insn->flags & HMI_INSN_READS)) {
        return false;
    }
    if (insn->kind == HMI_KIND_ADDRESS && (insn->flags & HMI_INSN_ADDRESSED) &&
        !(insn->flags & HMI_INSN_INDEXED)) {
        *ret_value = insn->mem;
        return true;
    }
    if (insn->kind == HMI_KIND_MOVE && (insn->flags & HMI_INSN_IMMEDIATE) &&
        !(insn->flags & HMI_INSN_MEMORY)) {
        *ret_value = insn->imm;
        return true;
    }
    return false;
}

/* Last address that register `reg` got before steps[at], or the first in the function: interpreters
 * load their table once, far from where they jump. */
bool hmi_walk_address_in(const hmi_walk *walk, size_t at, uint8_t reg, uint64_t *ret_value)
{
    enum { BACK = 256, HEAD = 128 };
    size_t first = at > BACK ? at - BACK : 0;
    for (size_t i = at; i-- > first;) {
        if (gets_address(&walk->steps[i].insn, reg, ret_value)) {
            return true;
        }
    }
    for (size_t i = 0; i < first && i < HEAD; i++) {
        if (gets_address(&walk->steps[i].insn, reg, ret_value)) {
            return true;
        }
    }
    return false;
}

/* Where the entry that `load` reads may be counted from, likeliest first. */
static size_t table_places(const hmi_walk *walk, size_t at, uint64_t *ret, size_t max)
{
    const hmi_insn *load = &walk->steps[at].insn;
    uint64_t disp = (uint64_t)(int64_t)load->disp, base;
    size_t count = 0;
    if (load->flags & HMI_INSN_ADDRESSED) {
        ret[count++] = load->mem;
    }
    if (count < max && load->base != HMI_REG_NONE &&
        hmi_walk_address_in(walk, at, load->base, &base)) {
        ret[count++] = base + disp;
    }
    if (count < max && load->scale == 1 && hmi_walk_address_in(walk, at, load->index, &base)) {
        ret[count++] = base + disp;
    }
    if (count < max && !(load->flags & HMI_INSN_ADDRESSED)) {
        /* Relative to the image, as MSVC does; to the GOT, in a register that was spilled. */
        ret[count++] = (walk->wide ? walk->image->base : walk->got) + disp;
    }
    return count;
}

static size_t read_any(hmi_walk *walk, size_t at, size_t bound, uint32_t *ret_to)
{
    enum { PLACES = 4 };
    uint64_t places[PLACES];
    const hmi_insn *load = &walk->steps[at].insn;
    size_t count = table_places(walk, at, places, PLACES);
    unsigned word = walk->wide ? 8 : 4;
    for (size_t p = 0; p < count; p++) {
        const table tries[] = {
            { places[p], places[p], 4, true },          /* relative to the table */
            { places[p], 0, word, false },              /* absolute */
            { places[p], walk->got, 4, true },          /* relative to the GOT */
            { places[p], walk->image->base, 4, false }, /* relative to the image */
        };
        for (size_t t = 0; t < HMI_COUNT(tries); t++) {
            bool fits = load->scale == 1 || load->scale == tries[t].width;
            if (!fits || (t == 2 && walk->got == 0)) {
                continue;
            }
            size_t entries = read_entries(walk, &tries[t], bound, ret_to);
            if (entries > 0) {
                return entries;
            }
        }
    }
    return 0;
}

/* jmp r: the load of the entry stands a few instructions before. */
static size_t through_register(hmi_walk *walk, size_t at, size_t bound, uint32_t *ret_to)
{
    for (size_t i = at; i-- > 0 && at - i <= HMI_CODE_LOOKBACK;) {
        const hmi_insn *load = &walk->steps[i].insn;
        if (hmi_flow_ends(load->flow)) {
            return 0;
        }
        if ((load->flags & HMI_INSN_READS) && (load->flags & HMI_INSN_INDEXED) &&
            load->scale != 2) {
            return read_any(walk, i, bound, ret_to);
        }
    }
    return 0;
}

size_t hmi_jump_table(hmi_walk *walk, size_t at, uint32_t *ret_to, size_t max)
{
    const hmi_insn *jump = &walk->steps[at].insn;
    size_t bound = bound_of(walk, at, max);
    if (walk->a64) {
        return hmi_a64_jump_table(walk, at, bound, ret_to);
    }
    if (!(jump->flags & HMI_INSN_MEMORY)) {
        return through_register(walk, at, bound, ret_to);
    }
    return jump->flags & HMI_INSN_INDEXED ? read_any(walk, at, bound, ret_to) : 0;
}
