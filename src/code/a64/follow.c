/* SPDX-License-Identifier: Apache-2.0
 *
 * follow.c - which registers hold addresses, and numbers that are made in pieces.
 *
 * WHY    An instruction of four bytes has no room for an address or a large number: adrp names a
 *        page and the next load or addition the place on it; movz and movk make a number sixteen
 *        bits at a time. Only when they are put together again does code name the strings, imports
 *        and constants that it names on x86.
 * FORM   In the order of decoding, which is an order in which control can come by: what is known
 *        at a jump is remembered for the place it leads to (walk.c). A load or addition over a
 *        register that holds an address becomes HMI_INSN_ADDRESSED; the last movk carries the
 *        whole number, the ones before it none.
 * TRUST  Any words: a wrong guess is a wrong address, which every reader of one looks up first.
 * OWNS   Nothing beyond what the walk has.
 */
#include "code/a64/a64.h"
#include "code/walk.h"

static void forget(hmi_walk *walk, uint8_t reg)
{
    if (reg < HMI_KNOWN_REGISTERS) {
        walk->known.set &= ~(UINT32_C(1) << reg);
        walk->number_steps[reg] = 0;
    }
}

static void learn(hmi_walk *walk, uint8_t reg, uint64_t value)
{
    forget(walk, reg);
    if (reg < HMI_KNOWN_REGISTERS && reg != HMI_A64_STACK) {
        walk->known.set |= UINT32_C(1) << reg;
        walk->known.value[reg] = value;
    }
}

static bool knows(const hmi_walk *walk, uint8_t reg, uint64_t *ret)
{
    if (reg >= HMI_KNOWN_REGISTERS || !(walk->known.set >> reg & 1)) {
        return false;
    }
    *ret = walk->known.value[reg];
    return true;
}

/* What a callee need not keep: x0 to x18 and the link register (x4 and x5 are told as 31, 29). */
static void forget_for_call(hmi_walk *walk)
{
    enum { KEPT_FIRST = 19, KEPT_LAST = 28 };
    uint32_t kept = (UINT32_C(1) << (KEPT_LAST + 1)) - (UINT32_C(1) << KEPT_FIRST);
    walk->known.set &= kept | UINT32_C(1) << HMI_A64_FRAME;
    memset(walk->number_steps, 0, sizeof walk->number_steps);
}

/* movz, movn, movk: `at` is the step's index. */
static void make_number(hmi_walk *walk, size_t at, uint32_t word)
{
    enum { KEEPS = 3, WIDE_MIN = 0x10000 };
    hmi_insn *insn = &walk->steps[at].insn;
    uint8_t reg = insn->reg;
    if (reg >= HMI_KNOWN_REGISTERS) {
        return;
    }
    uint32_t before = walk->number_steps[reg];
    forget(walk, reg);
    if ((word >> 29 & 3) == KEEPS) {
        if (before == 0 || before > at) {
            insn->flags &= (uint8_t)~HMI_INSN_IMMEDIATE; /* a piece of what nobody knows */
            return;
        }
        hmi_insn *first = &walk->steps[before - 1].insn;
        uint64_t piece = UINT64_C(0xffff) << (16 * (word >> 21 & 3));
        insn->imm |= first->imm & ~piece;
        insn->imm &= insn->width == 8 ? UINT64_MAX : 0xffffffff;
        first->flags &= (uint8_t)~HMI_INSN_IMMEDIATE;
    }
    insn->imm_len = insn->imm > UINT32_MAX && insn->width == 8 ? 8 : insn->imm >= WIDE_MIN ? 4 : 0;
    walk->number_steps[reg] = (uint32_t)at + 1;
}

static void name(hmi_insn *insn, uint64_t address)
{
    insn->mem = address;
    insn->flags |= HMI_INSN_ADDRESSED | HMI_INSN_MEMORY;
}

/* Additions to what is known. */
static void follow_sum(hmi_walk *walk, hmi_insn *insn, uint32_t word)
{
    enum { PAGE_MASK = 0xfff };
    uint64_t value;
    if (insn->kind == HMI_KIND_ADDRESS &&
        !(insn->flags & (HMI_INSN_ADDRESSED | HMI_INSN_INDEXED)) &&
        knows(walk, insn->base, &value)) {
        name(insn, value + (uint64_t)(int64_t)insn->disp);
    } else if (insn->kind == HMI_KIND_ADD && (insn->flags & HMI_INSN_IMMEDIATE) &&
               insn->rm == insn->reg && !(word >> 30 & 1) && knows(walk, insn->rm, &value) &&
               (value & PAGE_MASK) == 0) {
        insn->flags &= (uint8_t)~HMI_INSN_IMMEDIATE;
        insn->kind = HMI_KIND_ADDRESS;
        insn->mnemonic = 0x8d;
        name(insn, value + insn->imm);
    }
    if (insn->kind == HMI_KIND_ADDRESS && (insn->flags & HMI_INSN_ADDRESSED)) {
        learn(walk, insn->reg, insn->mem);
    } else {
        forget(walk, insn->reg);
    }
}

static bool writes_base_back(const hmi_insn *insn, uint32_t word)
{
    bool is_pair = (word & 0x3a000000) == 0x28000000;
    bool is_short = (word & 0x3b200000) == 0x38000000;
    return insn->base != HMI_A64_STACK &&
           ((is_pair && (word >> 23 & 1)) || (is_short && (word >> 10 & 1)));
}

static void follow_memory(hmi_walk *walk, hmi_insn *insn, uint32_t word)
{
    uint64_t value;
    if (!(insn->flags & (HMI_INSN_ADDRESSED | HMI_INSN_INDEXED)) &&
        knows(walk, insn->base, &value)) {
        name(insn, value + (uint64_t)(int64_t)insn->disp);
    }
    bool is_pair = (word & 0x3a000000) == 0x28000000 && !(word >> 26 & 1);
    if (insn->flags & HMI_INSN_READS) {
        forget(walk, insn->reg);
        if (is_pair) {
            forget(walk, hmi_a64_register(word >> 10 & 31));
        }
    }
    if (writes_base_back(insn, word)) {
        forget(walk, insn->base);
    }
}

void hmi_a64_follow(hmi_walk *walk, size_t at)
{
    hmi_step *step = &walk->steps[at];
    hmi_insn *insn = &step->insn;
    uint32_t word = hmi_a64_word(walk->code.ptr + step->at);
    uint64_t value;
    if (insn->flow == HMI_FLOW_CALL || insn->flow == HMI_FLOW_CALL_INDIRECT) {
        forget_for_call(walk);
    } else if (hmi_a64_is_page(word)) {
        learn(walk, insn->reg, hmi_a64_page(word, walk->start + step->at));
    } else if (insn->kind == HMI_KIND_ADDRESS || insn->kind == HMI_KIND_ADD) {
        follow_sum(walk, insn, word);
    } else if (insn->flags & HMI_INSN_MEMORY) {
        follow_memory(walk, insn, word);
    } else if ((word & 0x1f800000) == 0x12800000) {
        make_number(walk, at, word);
    } else if (insn->kind == HMI_KIND_MOVE && knows(walk, insn->rm, &value)) {
        learn(walk, insn->reg, value);
    } else if (insn->kind != HMI_KIND_COMPARE && insn->flow == HMI_FLOW_NEXT) {
        forget(walk, insn->reg);
    }
}
