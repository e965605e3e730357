/* SPDX-License-Identifier: Apache-2.0
 *
 * table.c - where a switch of A64 code goes.
 *
 * FORM   An entry is loaded from a table of bytes, halves or words, shifted, and added to a place:
 *          gcc    ldrb w1, [xT, w0, uxtw]; adr x2, P; add x1, x2, w1, sxtb #2; br x1
 *          clang  ldrb wE, [xT, xI]; adr xP, P; add xP, xP, xE, lsl #2; br xP
 *                 ldrsw xE, [xT, xI, lsl #2]; add xT, xT, xE; br xT
 *        or it is the address itself: ldr xE, [xT, xI, lsl #3]; br xE.
 * TRUST  As jumptable.c: every entry must land in the window, as many as the comparison says.
 * OWNS   Nothing.
 */
#include "code/a64/a64.h"

typedef struct table {
    uint64_t at, plus;
    unsigned width, shift;
    bool is_signed;
} table;

static bool entry(hmi_walk *walk, const table *t, size_t index, uint32_t *ret_to)
{
    uint64_t place = t->at + index * t->width;
    hm_bytes raw = hmi_ranges_at(walk->ranges, place, t->width);
    if (raw.len < t->width) {
        return false;
    }
    uint64_t value = t->width == 8 ? hmi_image_pointer(walk->image, place) : 0;
    raw.len = value ? 0 : raw.len;
    for (unsigned i = 0; i < raw.len; i++) {
        value |= (uint64_t)raw.ptr[i] << (8 * i);
    }
    if (t->is_signed && t->width < 8) {
        uint64_t sign = UINT64_C(1) << (8 * t->width - 1);
        value = (value ^ sign) - sign;
    }
    value = (value << t->shift) + t->plus;
    if (!hmi_walk_in_window(walk, value) || value % HMI_A64_LEN != 0) {
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
    return count >= 2 ? count : 0;
}

static uint32_t word_of(const hmi_walk *walk, size_t step)
{
    return hmi_a64_word(walk->code.ptr + walk->steps[step].at);
}

/* The step before `at` that last wrote a register; SIZE_MAX when it is too far away. */
static size_t writer_of(const hmi_walk *walk, size_t at, uint8_t reg)
{
    for (size_t i = at; i-- > 0 && at - i <= HMI_CODE_LOOKBACK;) {
        const hmi_insn *insn = &walk->steps[i].insn;
        if (hmi_flow_ends(insn->flow)) {
            break;
        }
        if (insn->reg == reg && insn->kind != HMI_KIND_COMPARE &&
            !(insn->flags & HMI_INSN_WRITES)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The table that the load of an entry at steps[at] reads. */
static bool table_of_load(const hmi_walk *walk, size_t at, table *ret)
{
    const hmi_insn *load = &walk->steps[at].insn;
    if (!(load->flags & HMI_INSN_READS) || !(load->flags & HMI_INSN_INDEXED) || load->width > 8 ||
        !hmi_walk_address_in(walk, at, load->base, &ret->at)) {
        return false;
    }
    ret->width = load->width;
    ret->is_signed = (word_of(walk, at) >> 23 & 1) != 0;
    return true;
}

/* Reads what the `add` at steps[at] makes: a place and an entry, in either order. */
static size_t through_sum(hmi_walk *walk, size_t at, size_t bound, uint32_t *ret_to)
{
    enum { EXTENDED = 1 << 21, SIGNED_EXTEND = 1 << 15 };
    const hmi_insn *sum = &walk->steps[at].insn;
    uint32_t word = word_of(walk, at);
    if ((word & 0x7f000000) != 0x0b000000) {
        return 0;
    }
    uint8_t sides[2] = { sum->rm, sum->index };
    for (unsigned i = 0; i < 2; i++) {
        table t = { 0 };
        size_t load = writer_of(walk, at, sides[1 - i]);
        if (load == SIZE_MAX || !table_of_load(walk, load, &t) ||
            !hmi_walk_address_in(walk, at, sides[i], &t.plus)) {
            continue;
        }
        if (i == 0) { /* the second operand is the one that is shifted and extended */
            t.is_signed |= (word & EXTENDED) && (word & SIGNED_EXTEND);
            t.shift = word & EXTENDED ? word >> 10 & 7 : word >> 10 & 63;
        }
        return t.shift <= 4 ? read_entries(walk, &t, bound, ret_to) : 0;
    }
    return 0;
}

size_t hmi_a64_jump_table(hmi_walk *walk, size_t at, size_t bound, uint32_t *ret_to)
{
    size_t from = writer_of(walk, at, walk->steps[at].insn.rm);
    table t = { 0 };
    if (from == SIZE_MAX) {
        return 0;
    }
    if (table_of_load(walk, from, &t)) {
        return t.width == 8 ? read_entries(walk, &t, bound, ret_to) : 0;
    }
    return through_sum(walk, from, bound, ret_to);
}
