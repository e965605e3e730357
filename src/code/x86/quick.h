/* SPDX-License-Identifier: Apache-2.0
 *
 * quick.h - nine of ten instructions of 64-bit code, decoded with hardly a branch.
 *
 * WHY    Which instruction comes next cannot be predicted; a decoder that asks "has it a REX? a
 *        ModRM? a displacement?" one by one pays for most answers. Here they are table entries.
 * FORM   [REX] opcode | 0f opcode, ModRM, SIB, disp8|32, imm8|32. Everything else (legacy prefixes,
 *        VEX, rows without X86_QUICK) is left to decode.c. Both say the same of what this one
 *        takes: a test goes through all of it.
 * TRUST  X86_READABLE bytes stand in front of it.
 */
#ifndef HMI_CODE_X86_QUICK_H
#define HMI_CODE_X86_QUICK_H

#include <string.h>

#include "code/x86/fields.h"

typedef struct x86_layout {
    const hmi_x86_row *row; /* of the opcode */
    const hmi_x86_row *own; /* what it does: the same, or its group's */
    const hmi_x86_modrm_row *modrm;
    unsigned rex, op, sib;
    bool alone; /* an index and no base */
    unsigned disp_at, disp_len, imm_at, len;
} x86_layout;

/* Where everything stands; false: ask the other path. */
X86_INLINE bool x86_lay_out(const uint8_t *code, x86_layout *l)
{
    unsigned has_rex = (code[0] & 0xf0) == 0x40;
    unsigned is_0f = code[has_rex] == 0x0f;
    unsigned at = has_rex + is_0f;
    l->rex = code[0] & (0u - has_rex);
    l->op = code[at];
    l->row = &hmi_x86_rows[is_0f][l->op];
    unsigned quick = l->row->quick, byte = code[at + 1];
    unsigned has_modrm = l->row->shape >> 4 & 1u;
    l->modrm = &hmi_x86_modrm[has_modrm ? byte : X86_MODRM_NONE];
    unsigned grouped = 0u - ((quick >> 4 & 7) != 0);
    unsigned place = (l->op & ~grouped) | (((quick >> 1 & 0x38) | (byte >> 3 & 7)) & grouped);
    l->own = &hmi_x86_rows[is_0f | (2 & grouped)][place];
    l->disp_at = at + 1 + has_modrm;
    l->disp_len = l->modrm->disp;
    l->alone = false;
    if (l->modrm->sib) {
        l->sib = code[l->disp_at++];
        l->alone = (l->sib & 7) == 5 && byte < 0x40;
        l->disp_len += 4 * l->alone;
    }
    l->imm_at = l->disp_at + l->disp_len;
    l->len = l->imm_at + l->row->imm;
    /* lea of a register, mov of 64 bits, index r12 */
    bool rare = ((quick & X86_LEA) && !l->modrm->flags) || (quick & l->rex & X86_REGISTER) ||
                (l->modrm->sib && (l->rex & 2));
    return (quick & l->own->quick & X86_QUICK) && !rare;
}

/* `width` bytes at `at`, 0 to 4, as a signed number. The shifts are split as one by 64 means none.
 */
X86_INLINE int64_t x86_number(const uint8_t *at, unsigned width)
{
    unsigned shift = 63 - 8 * width;
    return (int64_t)((x86_u32(at) << 1) << shift) >> shift >> 1;
}

X86_INLINE void x86_quick_registers(const x86_layout *l, hmi_insn *insn)
{
    uint32_t all, high;
    memcpy(&all, &l->modrm->reg, sizeof all);
    memcpy(&high, hmi_x86_rex[l->rex & 7], sizeof high);
    all |= high; /* none, 0xff, stays none */
    memcpy(&insn->reg, &all, sizeof all);
    insn->scale = 0;
    if (l->row->quick & X86_REGISTER) {
        insn->reg = (uint8_t)((l->op & 7) | (l->rex & 1) << 3);
    }
    if (l->modrm->sib) {
        unsigned index = l->sib >> 3 & 7;
        insn->base = (uint8_t)(l->alone ? HMI_REG_NONE : (l->sib & 7) | (l->rex & 1) << 3);
        insn->index = (uint8_t)(index == 4 ? HMI_REG_NONE : index);
        insn->scale = (uint8_t)(index == 4 ? 0 : 1u << (l->sib >> 6));
    }
}

X86_INLINE void x86_quick_flags(const x86_layout *l, hmi_insn *insn)
{
    unsigned quick = l->row->quick, flags = l->modrm->flags;
    flags |= (quick & X86_NUMBER) | (quick & X86_DISTANCE) << 4; /* immediate, target */
    flags |= (unsigned)l->own->access << 4 & l->modrm->access;
    flags |= (unsigned)(l->own->kind == HMI_KIND_NOP) << 7;
    if (l->modrm->sib) {
        flags |= l->alone ? (unsigned)HMI_INSN_ADDRESSED : 0;
        flags |= insn->scale ? (unsigned)HMI_INSN_INDEXED : 0;
    }
    if ((quick & X86_LEA) && insn->disp == 0 && insn->base == insn->reg &&
        insn->index == HMI_REG_NONE && !(l->rex & 8)) { /* lea 0(%rsi),%rsi */
        insn->kind = HMI_KIND_NOP;
        flags |= HMI_INSN_PADDING;
    }
    insn->flags = (uint8_t)flags;
}

/* A row's bits become flags by shifts. */
_Static_assert((int)HMI_INSN_IMMEDIATE == (int)X86_NUMBER, "");
_Static_assert((int)HMI_INSN_TARGET == (int)X86_DISTANCE << 4, "");
_Static_assert(HMI_INSN_READS == X86_R << 4 && HMI_INSN_WRITES == X86_W << 4, "");
_Static_assert(HMI_INSN_PADDING == 1 << 7, "");

/* Length, or 0: ask the other path. */
X86_INLINE unsigned x86_quick(const uint8_t *code, uint64_t address, hmi_insn *insn)
{
    x86_layout l;
    if (!x86_lay_out(code, &l)) {
        return 0;
    }
    int64_t number = x86_number(code + l.imm_at, l.row->imm);
    int64_t disp = x86_number(code + l.disp_at, l.disp_len);
    uint64_t next = address + l.len;
    uint64_t mem = l.modrm->flags & HMI_INSN_ADDRESSED ? next + (uint64_t)disp : 0;
    mem = l.alone ? (uint64_t)disp : mem;
    insn->imm = l.row->quick & X86_NUMBER ? (uint64_t)number : 0;
    insn->mem = l.row->quick & X86_DISTANCE ? next + (uint64_t)number : mem;
    insn->disp = (int32_t)disp;
    insn->mnemonic = l.own->mnemonic;
    insn->kind = l.own->kind;
    insn->flow = l.own->flow;
    insn->len = (uint8_t)l.len;
    insn->width = l.rex & 8 ? 8 : 4;
    insn->disp_at = (uint8_t)(l.modrm->flags ? l.disp_at : 0);
    insn->disp_len = (uint8_t)l.disp_len;
    insn->imm_at = (uint8_t)l.imm_at;
    insn->imm_len = l.row->imm;
    x86_quick_registers(&l, insn);
    x86_quick_flags(&l, insn);
    return l.len;
}

#endif
