/* SPDX-License-Identifier: Apache-2.0
 *
 * decode_x86_quick.h - nine of ten instructions of 64-bit code, decoded without a branch between.
 *
 * WHY    Which instruction comes next cannot be predicted; a decoder that asks "has it a REX? a
 *        ModRM? a displacement?" one by one pays for most answers. Here they become numbers.
 * FORM   [REX] opcode | 0f opcode, ModRM, SIB, disp8|32, imm8|32. Everything else (legacy prefixes,
 *        VEX, rows without X86_QUICK) is left to decode_x86.c. Both say the same of what this one
 *        takes: a test goes through all of it.
 * TRUST  X86_READABLE bytes stand in front of it.
 */
#ifndef HMI_CODE_DECODE_X86_QUICK_H
#define HMI_CODE_DECODE_X86_QUICK_H

#include "code/decode_x86_fields.h"

typedef struct x86_layout {
    const hmi_x86_row *row; /* of the opcode */
    const hmi_x86_row *own; /* what it does: the same, or its group's */
    unsigned rex, op, modrm, has_modrm, asks, sib;
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
    l->has_modrm = l->row->shape >> 4 & 1u;
    l->modrm = code[at + 1];
    l->asks = hmi_x86_modrm[l->modrm] & (0u - l->has_modrm);
    unsigned has_sib = l->asks >> 3 & 1u;
    l->sib = code[at + 2] & (0u - has_sib);
    unsigned alone = has_sib & ((l->sib & 7) == 5) & (l->modrm < 0x40); /* an index, no base */
    l->asks |= alone << 5;
    l->disp_len = (l->asks & X86_DISP_MASK) + 4 * alone;
    l->disp_at = at + 1 + l->has_modrm + has_sib;
    l->imm_at = l->disp_at + l->disp_len;
    l->len = l->imm_at + l->row->imm;
    unsigned group = l->row->quick >> 4 & 7;
    unsigned grouped = 0u - (group != 0);
    unsigned table = is_0f | (2 & grouped);
    unsigned place = (l->op & ~grouped) | ((8 * group + (l->modrm >> 3 & 7)) & grouped);
    l->own = &hmi_x86_rows[table][place];
    /* lea of a register, mov of 64 bits */
    unsigned rare = (l->row->quick >> 7 & (l->modrm >= 0xc0)) | (l->row->quick & l->rex & 8);
    return (l->row->quick & l->own->quick & X86_QUICK) > rare;
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
    unsigned high = (l->rex & 1) << 3;
    bool memory = l->asks & X86_HAS_MEMORY, has_base = memory && !(l->asks & X86_HAS_NO_BASE);
    unsigned base = ((l->asks & X86_HAS_SIB ? l->sib : l->modrm) & 7) | high;
    unsigned index = (l->sib >> 3 & 7) | (l->rex & 2) << 2;
    bool indexed = (l->asks & X86_HAS_SIB) && index != 4;
    unsigned reg = l->row->quick & X86_REGISTER ? (l->op & 7) | high : HMI_REG_NONE;
    insn->reg = (uint8_t)(l->has_modrm ? (l->modrm >> 3 & 7) | (l->rex & 4) << 1 : reg);
    insn->rm = (uint8_t)(l->has_modrm && !memory ? (l->modrm & 7) | high : HMI_REG_NONE);
    insn->base = (uint8_t)(has_base ? base : HMI_REG_NONE);
    insn->index = (uint8_t)(indexed ? index : HMI_REG_NONE);
    insn->scale = (uint8_t)(indexed ? 1u << (l->sib >> 6) : 0);
}

X86_INLINE void x86_quick_flags(const x86_layout *l, hmi_insn *insn)
{
    unsigned memory = l->asks >> 4 & 1u;
    unsigned flags = memory * HMI_INSN_MEMORY | (l->row->quick & 2u);
    flags |= (unsigned)l->own->access << 4 & (0u - memory);
    flags |= (l->asks >> 5 & 1u) * HMI_INSN_ADDRESSED;
    flags |= insn->index != HMI_REG_NONE ? (unsigned)HMI_INSN_INDEXED : 0;
    flags |= l->row->quick & X86_DISTANCE ? (unsigned)HMI_INSN_TARGET : 0;
    bool nop = l->own->kind == HMI_KIND_NOP;
    nop |= (l->row->quick & X86_LEA) && insn->disp == 0 && insn->base == insn->reg &&
           insn->index == HMI_REG_NONE && !(l->rex & 8); /* lea 0(%rsi),%rsi */
    insn->kind = nop ? HMI_KIND_NOP : l->own->kind;
    insn->flags = (uint8_t)(flags | (nop ? (unsigned)HMI_INSN_PADDING : 0));
}

/* Length, or 0: ask the other path. */
X86_INLINE unsigned x86_quick(const uint8_t *code, uint64_t address, hmi_insn *insn)
{
    x86_layout l;
    if (!x86_lay_out(code, &l)) {
        return 0;
    }
    bool memory = l.asks & X86_HAS_MEMORY;
    int64_t number = x86_number(code + l.imm_at, l.row->imm);
    insn->disp = (int32_t)x86_number(code + l.disp_at, l.disp_len);
    insn->imm = l.row->quick & X86_NUMBER ? (uint64_t)number : 0;
    uint64_t next = address + l.len;
    uint64_t from = l.asks & X86_HAS_SIB ? 0 : next;
    uint64_t mem = l.asks & X86_HAS_NO_BASE ? from + (uint64_t)(int64_t)insn->disp : 0;
    insn->mem = l.row->quick & X86_DISTANCE ? next + (uint64_t)number : mem;
    insn->mnemonic = l.own->mnemonic;
    insn->len = (uint8_t)l.len;
    insn->flow = l.own->flow;
    insn->width = l.rex & 8 ? 8 : 4;
    insn->disp_at = (uint8_t)(memory ? l.disp_at : 0);
    insn->disp_len = (uint8_t)l.disp_len;
    insn->imm_at = (uint8_t)l.imm_at;
    insn->imm_len = l.row->imm;
    x86_quick_registers(&l, insn);
    x86_quick_flags(&l, insn);
    return l.len;
}

#endif
