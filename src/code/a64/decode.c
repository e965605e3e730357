/* SPDX-License-Identifier: Apache-2.0
 *
 * decode.c - kinds, flow, operands and numbers of A64 instructions.
 *
 * WHY    Programs of phones, servers and routers come for AArch64; what a function does there is
 *        said in the same words as on x86, so that the two can be compared.
 * FORM   One word of four bytes, little-endian. Bits 28 to 25 choose a group of rows (tables.c), a
 *        row names the form of its operands. Registers are told by our numbers, in which the stack
 *        pointer is 4 and the frame pointer 5 as on x86: x4 is told as 31, x5 as 29; vector
 *        registers begin at 32. Where x86 would say lea, an addition into another register is an
 *        ADDRESS here too.
 * TRUST  Any word. Some that a processor refuses are taken (SVE and most of the vector unit are not
 *        looked into), never the reverse: Capstone is the judge in the tests.
 * OWNS   Nothing.
 */
#include "code/a64/a64.h"
#include "code/a64/tables.h"

enum { ZERO = 31, VECTORS = 32 };

static inline uint32_t bits(uint32_t word, unsigned at, unsigned count)
{
    return word >> at & ((1u << count) - 1);
}

static inline int64_t signed_bits(uint32_t word, unsigned at, unsigned count)
{
    return (int64_t)((uint64_t)word << (64 - at - count)) >> (64 - count);
}

/* A register where 31 means zero. */
static uint8_t general_or_zero(uint32_t number)
{
    return number == ZERO ? HMI_REG_NONE : hmi_a64_register(number);
}

/* The condition as x86 numbers it: "above" asks the same on both. */
static uint16_t condition(uint32_t cond)
{
    static const uint8_t as_x86[16] = { 4, 5, 3, 2, 8, 9, 0, 1, 7, 6, 13, 12, 15, 14, 10, 11 };
    return as_x86[cond & 15];
}

/* A run of ones, turned and repeated; false where the fields mean none. */
static bool logic_number(uint32_t word, uint64_t *ret)
{
    unsigned n = bits(word, 22, 1), turn = bits(word, 16, 6), ones = bits(word, 10, 6);
    bool wide = word >> 31;
    if (n && !wide) {
        return false;
    }
    unsigned key = n << 6 | (~ones & 63);
    if (key < 2) {
        return false;
    }
    unsigned size = 1u << (31 - (unsigned)__builtin_clz(key));
    ones &= size - 1;
    turn &= size - 1;
    if (ones == size - 1) {
        return false;
    }
    uint64_t run = (UINT64_C(1) << (ones + 1)) - 1;
    if (turn > 0) {
        uint64_t mask = size == 64 ? UINT64_MAX : (UINT64_C(1) << size) - 1;
        run = (run >> turn | run << (size - turn)) & mask;
    }
    for (; size < 64; size *= 2) {
        run |= run << size;
    }
    *ret = wide ? run : run & 0xffffffff;
    return true;
}

static void number(hmi_insn *insn, uint64_t value)
{
    insn->imm = value;
    insn->flags |= HMI_INSN_IMMEDIATE;
}

static void target(hmi_insn *insn, uint64_t address)
{
    insn->target = address;
    insn->flags |= HMI_INSN_TARGET;
}

static void at_base(hmi_insn *insn, uint32_t base, int64_t disp)
{
    insn->base = hmi_a64_register(base);
    insn->disp = (int32_t)disp;
    insn->flags |= HMI_INSN_MEMORY;
}

static void add_number(uint32_t word, hmi_insn *insn)
{
    uint64_t value = (uint64_t)bits(word, 10, 12) << (bits(word, 22, 1) ? 12 : 0);
    bool sets_flags = bits(word, 29, 1), subtracts = bits(word, 30, 1);
    uint32_t to = bits(word, 0, 5), from = bits(word, 5, 5);
    insn->rm = hmi_a64_register(from);
    insn->reg = sets_flags ? general_or_zero(to) : hmi_a64_register(to);
    bool stack = to == ZERO || from == ZERO; /* 31 is the stack pointer here */
    if (insn->kind != HMI_KIND_COMPARE && !sets_flags && value == 0 && stack) {
        insn->kind = HMI_KIND_MOVE; /* mov from or to the stack pointer */
        insn->mnemonic = 0x88;
    } else if (insn->kind != HMI_KIND_COMPARE && !sets_flags && to != from && to != ZERO) {
        insn->kind = HMI_KIND_ADDRESS;
        insn->mnemonic = 0x8d;
        at_base(insn, from, subtracts ? -(int64_t)value : (int64_t)value);
    } else {
        bool negated = insn->kind == HMI_KIND_COMPARE && !subtracts; /* cmn */
        number(insn, negated ? 0 - value : value);
    }
}

static bool logic_of_number(uint32_t word, hmi_insn *insn)
{
    uint64_t value;
    if (!logic_number(word, &value)) {
        return false;
    }
    insn->reg = general_or_zero(bits(word, 0, 5));
    insn->rm = general_or_zero(bits(word, 5, 5));
    bool cuts = value == 0xff || value == 0xffff || value == 0xffffffff;
    if (cuts && insn->mnemonic == 0x20 && bits(word, 29, 2) == 0) {
        insn->kind = HMI_KIND_EXTEND;
        return true;
    }
    if (insn->kind == HMI_KIND_COMPARE || bits(word, 29, 2) == 3) {
        insn->reg = general_or_zero(bits(word, 0, 5));
    } else if (bits(word, 0, 5) == ZERO) {
        insn->reg = HMI_A64_STACK;
    }
    number(insn, value);
    return true;
}

static bool move_wide(uint32_t word, hmi_insn *insn)
{
    unsigned shift = 16 * bits(word, 21, 2), operation = bits(word, 29, 2);
    bool wide = word >> 31;
    if (!wide && shift > 16) {
        return false;
    }
    uint64_t value = (uint64_t)bits(word, 5, 16) << shift;
    value = operation == 0 ? ~value : value;
    value = wide ? value : value & 0xffffffff;
    insn->reg = general_or_zero(bits(word, 0, 5));
    number(insn, !wide && operation == 0 ? (uint64_t)(int64_t)(int32_t)(uint32_t)value : value);
    return true;
}

static bool bitfield(uint32_t word, hmi_insn *insn)
{
    unsigned first = bits(word, 16, 6), last = bits(word, 10, 6), wide = word >> 31;
    if (bits(word, 22, 1) != wide || (!wide && (first > 31 || last > 31))) {
        return false;
    }
    insn->reg = general_or_zero(bits(word, 0, 5));
    insn->rm = general_or_zero(bits(word, 5, 5));
    bool extends = first == 0 && (last == 7 || last == 15 || last == 31);
    if (extends && insn->kind == HMI_KIND_SHIFT) {
        insn->kind = HMI_KIND_EXTEND;
        insn->mnemonic = bits(word, 30, 1) ? 0x2b6 : 0x2be; /* movzx, movsx */
    }
    return true;
}

/* An addition of registers: where x86 would say lea, so does this. */
static void add_registers(uint32_t word, hmi_insn *insn, unsigned shift, bool plain_shift)
{
    uint32_t to = bits(word, 0, 5), from = bits(word, 5, 5), other = bits(word, 16, 5);
    bool subtracts = bits(word, 30, 1), sets_flags = bits(word, 29, 1);
    insn->reg = general_or_zero(to);
    insn->rm = general_or_zero(from);
    insn->index = general_or_zero(other);
    insn->scale = (uint8_t)(1u << (shift & 7));
    if (!subtracts && !sets_flags && to != from && to != other && plain_shift && shift <= 3) {
        insn->kind = HMI_KIND_ADDRESS;
        insn->mnemonic = 0x8d;
        insn->base = insn->rm;
        insn->flags |= HMI_INSN_MEMORY | HMI_INSN_INDEXED;
    }
}

/* What a load or a store of the common forms moves. */
static bool access(uint32_t word, hmi_insn *insn)
{
    unsigned size = word >> 30, operation = bits(word, 22, 2);
    bool vector = bits(word, 26, 1), loads = vector ? operation & 1 : operation != 0;
    if (vector) {
        if (operation >= 2 && size != 0) {
            return false;
        }
        insn->width = (uint8_t)(operation >= 2 ? 16 : 1u << size);
        insn->reg = (uint8_t)(VECTORS + bits(word, 0, 5));
    } else {
        if ((size == 3 && operation >= 2) || (size == 2 && operation == 3)) {
            return false;
        }
        insn->width = (uint8_t)(1u << size);
        insn->reg = general_or_zero(bits(word, 0, 5));
        insn->kind = loads && (size < 2 || operation == 2) ? HMI_KIND_EXTEND : HMI_KIND_MOVE;
        insn->mnemonic = insn->kind == HMI_KIND_MOVE ? 0x88 : operation == 1 ? 0x2b6 : 0x2be;
    }
    insn->flags |= loads ? HMI_INSN_READS : HMI_INSN_WRITES;
    return true;
}

static bool unscaled(uint32_t word, hmi_insn *insn)
{
    int64_t distance = signed_bits(word, 12, 9);
    bool behind = bits(word, 10, 2) == 1;
    if (insn->kind == HMI_KIND_MOVE || insn->kind == HMI_KIND_FLOAT_MOVE) {
        if (!access(word, insn)) {
            return false;
        }
    } else {
        insn->flags |= bits(word, 22, 2) ? HMI_INSN_READS : HMI_INSN_WRITES;
    }
    at_base(insn, bits(word, 5, 5), behind ? 0 : distance);
    if (behind && insn->base != HMI_A64_STACK) {
        number(insn, (uint64_t)distance);
    }
    return true;
}

static bool by_register(uint32_t word, hmi_insn *insn)
{
    if (!access(word, insn) || !bits(word, 14, 1)) {
        return false;
    }
    at_base(insn, bits(word, 5, 5), 0);
    insn->index = general_or_zero(bits(word, 16, 5));
    insn->scale = (uint8_t)(bits(word, 12, 1) ? insn->width : 1);
    insn->flags |= HMI_INSN_INDEXED;
    return true;
}

static bool pair(uint32_t word, hmi_insn *insn)
{
    unsigned size = word >> 30;
    bool vector = bits(word, 26, 1);
    if (size == 3) {
        return false;
    }
    insn->width = (uint8_t)(vector ? 4u << size : size == 2 ? 8 : 4);
    unsigned step = !vector && size == 1 && !bits(word, 22, 1) ? 16 : insn->width;
    insn->reg = vector ? (uint8_t)(VECTORS + bits(word, 0, 5)) : general_or_zero(bits(word, 0, 5));
    insn->flags |= bits(word, 22, 1) ? HMI_INSN_READS : HMI_INSN_WRITES;
    at_base(insn, bits(word, 5, 5),
            bits(word, 23, 2) == 1 ? 0 : signed_bits(word, 15, 7) * (int64_t)step);
    return true;
}

static bool literal(uint32_t word, uint64_t address, hmi_insn *insn)
{
    bool vector = bits(word, 26, 1);
    unsigned size = word >> 30;
    if (size == 3) {
        return false;
    }
    insn->reg = vector ? (uint8_t)(VECTORS + bits(word, 0, 5)) : general_or_zero(bits(word, 0, 5));
    insn->width = (uint8_t)(vector ? 4u << size : size == 1 ? 8 : 4);
    insn->mem = address + (uint64_t)(signed_bits(word, 5, 19) * 4);
    insn->flags |= HMI_INSN_MEMORY | HMI_INSN_ADDRESSED | HMI_INSN_READS;
    return true;
}

/* Eight bits as the number of 32 or 64 that they stand for. */
static void float_number(uint32_t word, hmi_insn *insn)
{
    uint64_t small = bits(word, 13, 8), sign = small >> 7, low = small & 63, high = small >> 6 & 1;
    insn->reg = (uint8_t)(VECTORS + bits(word, 0, 5));
    if (bits(word, 22, 2) == 0) {
        number(insn, sign << 31 | (high ? UINT64_C(0x1f) << 25 : UINT64_C(1) << 30) | low << 19);
        insn->imm_len = 4;
    } else if (bits(word, 22, 2) == 1) {
        number(insn, sign << 63 | (high ? UINT64_C(0xff) << 54 : UINT64_C(1) << 62) | low << 48);
        insn->imm_len = 8;
    }
}

static void two_registers(uint32_t word, hmi_insn *insn)
{
    bool vector = (bits(word, 25, 4) & 7) == 7;
    insn->reg = vector ? (uint8_t)(VECTORS + bits(word, 0, 5)) : general_or_zero(bits(word, 0, 5));
    insn->rm = vector ? (uint8_t)(VECTORS + bits(word, 5, 5)) : general_or_zero(bits(word, 5, 5));
}

/* Operands of forms that compute. */
static bool describe_work(const a64_row *row, uint32_t word, uint64_t address, hmi_insn *insn)
{
    switch (row->form) {
    case A64_ADR:
        insn->reg = general_or_zero(bits(word, 0, 5));
        insn->mem = address + (uint64_t)(signed_bits(word, 5, 19) * 4 + bits(word, 29, 2));
        insn->flags |= HMI_INSN_MEMORY | HMI_INSN_ADDRESSED;
        return true;
    case A64_ADRP:
        insn->reg = general_or_zero(bits(word, 0, 5));
        return true;
    case A64_ADD_NUMBER:
        add_number(word, insn);
        return true;
    case A64_LOGIC_NUMBER:
        return logic_of_number(word, insn);
    case A64_MOVE_WIDE:
        return move_wide(word, insn);
    case A64_BITFIELD:
        return bitfield(word, insn);
    case A64_ADD_REG:
        add_registers(word, insn, bits(word, 10, 6), bits(word, 22, 2) == 0);
        return bits(word, 22, 2) != 3 && (word >> 31 || !bits(word, 15, 1));
    case A64_ADD_EXTENDED:
        add_registers(word, insn, bits(word, 10, 3), true);
        insn->rm = hmi_a64_register(bits(word, 5, 5));
        insn->reg = bits(word, 29, 1) ? insn->reg : hmi_a64_register(bits(word, 0, 5));
        insn->base = insn->base == HMI_REG_NONE ? insn->base : insn->rm;
        return bits(word, 10, 3) <= 4;
    case A64_LOGIC_REG:
        two_registers(word, insn);
        return word >> 31 || !bits(word, 15, 1);
    case A64_CHOICE:
        two_registers(word, insn);
        insn->mnemonic = (uint16_t)(row->mnemonic | condition(bits(word, 12, 4)));
        return true;
    case A64_CHOICE_COMPARE_NUMBER:
        number(insn, bits(word, 16, 5));
        insn->rm = general_or_zero(bits(word, 5, 5));
        return true;
    case A64_CHOICE_COMPARE:
        insn->rm = general_or_zero(bits(word, 5, 5));
        return true;
    case A64_FLOAT_NUMBER:
        float_number(word, insn);
        return bits(word, 5, 5) == 0;
    case A64_COPY:
        insn->reg = general_or_zero(bits(word, 0, 5));
        insn->rm = general_or_zero(bits(word, 16, 5));
        return true;
    case A64_ONE:
    case A64_TWO:
        two_registers(word, insn);
        return true;
    default:
        return true;
    }
}

static bool describe_memory(const a64_row *row, uint32_t word, uint64_t address, hmi_insn *insn)
{
    switch (row->form) {
    case A64_LITERAL:
        return literal(word, address, insn);
    case A64_UNSIGNED:
        if (!access(word, insn)) {
            return false;
        }
        at_base(insn, bits(word, 5, 5), (int64_t)bits(word, 10, 12) * insn->width);
        return true;
    case A64_UNSCALED:
        return unscaled(word, insn);
    case A64_REGISTER:
        return by_register(word, insn);
    case A64_PAIR:
        return pair(word, insn);
    case A64_AT_BASE:
        at_base(insn, bits(word, 5, 5), 0);
        insn->reg = row->kind == HMI_KIND_VECTOR ? (uint8_t)(VECTORS + bits(word, 0, 5))
                                                 : general_or_zero(bits(word, 0, 5));
        insn->flags |= row->kind == HMI_KIND_ATOMIC && !bits(word, 22, 1) && bits(word, 24, 6) == 8
                           ? HMI_INSN_WRITES
                       : row->kind == HMI_KIND_VECTOR && !bits(word, 22, 1) ? HMI_INSN_WRITES
                                                                            : HMI_INSN_READS;
        return true;
    default:
        return describe_work(row, word, address, insn);
    }
}

static bool describe(const a64_row *row, uint32_t word, uint64_t address, hmi_insn *insn)
{
    switch (row->form) {
    case A64_JUMP:
        target(insn, address + (uint64_t)(signed_bits(word, 0, 26) * 4));
        return true;
    case A64_BRANCH:
        target(insn, address + (uint64_t)(signed_bits(word, 5, 19) * 4));
        insn->mnemonic = (uint16_t)(row->mnemonic | condition(bits(word, 0, 4)));
        return true;
    case A64_BRANCH_REG:
        target(insn, address + (uint64_t)(signed_bits(word, 5, 19) * 4));
        insn->rm = general_or_zero(bits(word, 0, 5));
        return true;
    case A64_BRANCH_BIT: {
        unsigned bit = bits(word, 19, 5) | word >> 31 << 5;
        target(insn, address + (uint64_t)(signed_bits(word, 5, 14) * 4));
        insn->rm = general_or_zero(bits(word, 0, 5));
        if (bit != 31 && bit != 63) { /* the sign is asked for without a number elsewhere */
            number(insn, UINT64_C(1) << bit);
        }
        return true;
    }
    case A64_TO_REGISTER:
        insn->rm = hmi_a64_register(bits(word, 5, 5));
        return true;
    default:
        return describe_memory(row, word, address, insn);
    }
}

static const a64_row *row_of(uint32_t word)
{
    const a64_group *group = &hmi_a64_groups[bits(word, 25, 4)];
    for (unsigned i = 0; i < group->count; i++) {
        if ((word & group->rows[i].mask) == group->rows[i].match) {
            return &group->rows[i];
        }
    }
    return NULL;
}

unsigned hmi_decode_a64(hm_bytes code, uint64_t address, hmi_insn *ret_insn)
{
    if (code.len < HMI_A64_LEN) {
        return 0;
    }
    uint32_t word = hmi_a64_word(code.ptr);
    const a64_row *row = row_of(word);
    if (row == NULL) {
        return 0;
    }
    hmi_insn insn = { .mnemonic = row->mnemonic,
                      .kind = row->kind,
                      .flow = row->flow,
                      .reg = HMI_REG_NONE,
                      .rm = HMI_REG_NONE,
                      .base = HMI_REG_NONE,
                      .index = HMI_REG_NONE,
                      .len = HMI_A64_LEN,
                      .width = word >> 31 ? 8 : 4 };
    if (!describe(row, word, address, &insn)) {
        return 0;
    }
    if (row->mnemonic == 0x90 || word == 0) {
        insn.flags |= HMI_INSN_PADDING;
    }
    *ret_insn = insn;
    return HMI_A64_LEN;
}

static uint32_t unplaced(uint32_t word)
{
    const a64_row *row = row_of(word);
    switch (row == NULL ? A64_PLAIN : row->form) {
    case A64_ADR:
    case A64_ADRP:
        return word & 0x9f00001f;
    case A64_JUMP:
        return word & 0xfc000000;
    case A64_BRANCH:
    case A64_BRANCH_REG:
    case A64_LITERAL:
        return word & 0xff00001f;
    case A64_BRANCH_BIT:
        return word & 0xfff8001f;
    case A64_ADD_NUMBER:
    case A64_UNSIGNED:
        return word & 0xffc003ff;
    case A64_UNSCALED:
        return word & 0xffe00fff;
    case A64_PAIR:
        return word & 0xffc07fff;
    default:
        return word;
    }
}

void hmi_a64_mask(uint8_t *at, bool named)
{
    uint32_t word = hmi_a64_word(at);
    if (named || hmi_a64_is_page(word)) {
        word = unplaced(word);
        for (unsigned i = 0; i < HMI_A64_LEN; i++) {
            at[i] = (uint8_t)(word >> (8 * i));
        }
    }
}
