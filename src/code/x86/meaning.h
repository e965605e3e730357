/* SPDX-License-Identifier: Apache-2.0
 *
 * meaning.h - what one x86 instruction does, once its fields are known.
 *
 * FORM   Kind, flow, mnemonic and memory access stand in the tables; opcodes whose row says
 *        X86_SPECIAL mean different things by ModRM.reg, or are undefined for some of its values.
 */
#ifndef HMI_CODE_X86_MEANING_H
#define HMI_CODE_X86_MEANING_H

#include "code/x86/fields.h"

_Static_assert(HMI_INSN_READS == X86_R << 4 && HMI_INSN_WRITES == X86_W << 4,
               "a row's access becomes an instruction's flags by one shift");

X86_INLINE void x86_set_access(hmi_insn *insn, unsigned access)
{
    if (insn->flags & HMI_INSN_MEMORY) {
        insn->flags &= (uint8_t) ~(HMI_INSN_READS | HMI_INSN_WRITES);
        insn->flags |= (uint8_t)(access << 4);
    }
}

X86_INLINE void x86_describe_ff(uint8_t reg, hmi_insn *insn)
{
    static const uint16_t mnemonics[8] = { 0x40, 0x48, 0xe8, 0x9a, 0xe9, 0xea, 0x50, 0xff };
    static const uint8_t kinds[8] = { HMI_KIND_ADD,  HMI_KIND_ADD,  HMI_KIND_CALL, HMI_KIND_CALL,
                                      HMI_KIND_JUMP, HMI_KIND_JUMP, HMI_KIND_PUSH, HMI_KIND_OTHER };
    static const uint8_t flows[8] = { 0,
                                      0,
                                      HMI_FLOW_CALL_INDIRECT,
                                      HMI_FLOW_CALL_INDIRECT,
                                      HMI_FLOW_JUMP_INDIRECT,
                                      HMI_FLOW_JUMP_INDIRECT,
                                      0,
                                      0 };
    insn->mnemonic = mnemonics[reg];
    insn->kind = kinds[reg];
    insn->flow = flows[reg];
    x86_set_access(insn, reg < 2 ? X86_R | X86_W : X86_R);
}

/* Opcodes of the first map whose meaning stands in ModRM.reg. */
X86_INLINE void x86_describe_one(const x86 *s, hmi_insn *insn)
{
    static const uint8_t alu_kind[8] = { HMI_KIND_ADD,   HMI_KIND_LOGIC,  HMI_KIND_ADD,
                                         HMI_KIND_ADD,   HMI_KIND_LOGIC,  HMI_KIND_ADD,
                                         HMI_KIND_LOGIC, HMI_KIND_COMPARE };
    static const uint8_t unary_kind[8] = { HMI_KIND_COMPARE, HMI_KIND_COMPARE,  HMI_KIND_LOGIC,
                                           HMI_KIND_ADD,     HMI_KIND_MULTIPLY, HMI_KIND_MULTIPLY,
                                           HMI_KIND_DIVIDE,  HMI_KIND_DIVIDE };
    uint8_t reg = s->modrm >> 3 & 7;
    switch (s->op) {
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83:
        insn->mnemonic = (uint16_t)(reg * 8);
        insn->kind = alu_kind[reg];
        x86_set_access(insn, reg == 7 ? X86_R : X86_R | X86_W);
        break;
    case 0xc0:
    case 0xc1:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        insn->mnemonic = (uint16_t)(0x100 | (reg == 6 ? 4 : reg));
        break;
    case 0xf6:
    case 0xf7:
        insn->mnemonic = reg < 2 ? 0x84 : (uint16_t)(0x108 | reg);
        insn->kind = unary_kind[reg];
        x86_set_access(insn, reg == 2 || reg == 3 ? X86_R | X86_W : X86_R);
        break;
    case 0xfe:
        insn->mnemonic = reg ? 0x48 : 0x40;
        break;
    case 0xff:
        x86_describe_ff(reg, insn);
        break;
    case 0x90:
        if (s->rex & 1) {
            insn->mnemonic = 0x86;
            insn->kind = HMI_KIND_MOVE;
        }
        break;
    default:
        if (s->op >= 0xd8 && s->op <= 0xdf) {
            insn->mnemonic = (uint16_t)(0x180 | (s->op & 7) << 3 | reg);
            bool stores =
                (s->op & 1) && (reg == 2 || reg == 3 || reg == 7 || (s->op == 0xdf && reg == 6));
            x86_set_access(insn, stores ? X86_W : X86_R);
            insn->kind = (s->op & 1) && reg != 5 ? HMI_KIND_FLOAT_MOVE : HMI_KIND_FLOAT;
        }
        break;
    }
}

/* The same of the second map. */
X86_INLINE void x86_describe_two(const x86 *s, hmi_insn *insn)
{
    uint8_t reg = s->modrm >> 3 & 7;
    if (s->op == 0xba) {
        insn->mnemonic = (uint16_t)(0x200 | (0xa3 + 8 * (reg & 3)));
        x86_set_access(insn, reg == 4 ? X86_R : X86_R | X86_W);
    } else if (s->op == 0x01 || s->op == 0x00 || s->op == 0xae || s->op == 0xc7) {
        insn->mnemonic = (uint16_t)(0x300 | (s->op & 0x1f) << 3 | reg);
    } else if (s->op == 0x1e && s->rep == 0xf3 && s->modrm >= 0xfa) {
        insn->mnemonic = 0x21e; /* endbr: says where a function may begin, not what it does */
    }
}

X86_INLINE void x86_from_row(const hmi_x86_row *row, hmi_insn *insn)
{
    insn->mnemonic = row->mnemonic;
    insn->kind = row->kind;
    insn->flow = row->flow;
    x86_set_access(insn, row->access);
}

/* Kind, mnemonic and memory access of everything outside the first map. */
X86_INLINE void x86_describe_rest(const x86 *s, hmi_insn *insn)
{
    if (s->map == 1) {
        x86_from_row(&hmi_x86_two[s->op], insn);
        if (hmi_x86_two_is_sse(s->op)) {
            insn->mnemonic = (uint16_t)(0x400 | s->pp << 8 | s->op);
        }
        if (s->op == 0x7e && s->pp == 2) {
            x86_set_access(insn, X86_R); /* movq xmm, m64 loads; movd r/m, xmm stores */
        }
        if (!s->vex) {
            x86_describe_two(s, insn);
        }
        return;
    }
    x86_set_access(insn, X86_R);
    if (s->map == 2 || s->map == 3) {
        insn->mnemonic = (uint16_t)((s->map == 2 ? 0x800 : 0xc00) | s->pp << 8 | s->op);
        insn->kind = hmi_x86_kind_38(s->map, s->op);
    } else {
        insn->mnemonic = (uint16_t)((s->map >= 8 ? 0x1800 : 0x1000) | (s->map & 3) << 8 | s->op);
        insn->kind = HMI_KIND_VECTOR;
    }
}

/* Encodings of the first map that a processor does not define although the rows lead there. */
X86_INLINE bool x86_undefined_one(const x86 *s)
{
    uint8_t reg = s->modrm >> 3 & 7;
    bool is_register = s->modrm >= 0xc0;
    switch (s->op) {
    case 0x8d:
    case 0x62:
    case 0xc4:
    case 0xc5:
        return is_register;
    case 0x8f:
        return reg != 0;
    case 0xc6:
    case 0xc7:
        return reg != 0 && s->modrm != 0xf8;
    case 0xfe:
        return reg > 1;
    case 0xff:
        return reg == 7 || (is_register && (reg == 3 || reg == 5));
    case 0x8c:
        return reg > 5;
    case 0x8e:
        return reg > 5 || reg == 1;
    default:
        return false;
    }
}

/* Fill between functions: nop forms, int3, and the moves onto themselves that assemblers use. */
X86_INLINE bool x86_is_padding(const x86 *s, const hmi_insn *insn)
{
    if (insn->kind == HMI_KIND_NOP && insn->mnemonic != 0x21e) {
        return true;
    }
    if (s->map != 0) {
        return false;
    }
    switch (s->op) {
    case 0x8d: /* lea 0(%esi),%esi */
        return insn->disp == 0 && insn->base == insn->reg && (insn->index == HMI_REG_NONE) &&
               !(s->rex & 8);
    case 0x89:
    case 0x8b: /* mov %esi,%esi */
        return !s->wide && insn->rm == insn->reg;
    case 0xcc:
        return true;
    default:
        return false;
    }
}

#endif
