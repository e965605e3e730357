/* SPDX-License-Identifier: Apache-2.0
 *
 * fields.h - prefixes, opcode, ModRM, displacement and immediate of one instruction.
 *
 * WHY    A header, as all of it must become one function: passing the state through memory between
 *        small functions took more time than decoding.
 * TRUST  The caller has X86_READABLE bytes in front of it, zeros behind the slice's end; whoever
 *        reads past that end is found out once, afterwards, by `pos`.
 */
#ifndef HMI_CODE_X86_FIELDS_H
#define HMI_CODE_X86_FIELDS_H

#include "code/insn.h"
#include "code/x86/tables.h"

#define X86_INLINE static inline __attribute__((always_inline))

/* 15 prefixes, three bytes of opcode, ModRM, SIB, displacement, immediate. */
enum { X86_READABLE = 40 };

typedef struct x86 {
    const uint8_t *code;
    unsigned pos;
    bool wide;
    bool operand16, address_short, lock;
    uint8_t rep; /* 0, f2, f3 */
    uint8_t rex; /* 0 when absent; VEX sets its W, R, X, B here too */
    uint8_t map; /* 0 one byte, 1 0f, 2 0f38, 3 0f3a, 5, 6 EVEX, 8..10 XOP */
    uint8_t op;
    bool vex;
    uint8_t pp; /* 0 none, 1 66, 2 f3, 3 f2 */
    uint8_t modrm;
} x86;

X86_INLINE uint64_t x86_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

X86_INLINE uint64_t x86_signed(const uint8_t *at, unsigned width)
{
    switch (width) {
    case 1:
        return (uint64_t)(int64_t)(int8_t)at[0];
    case 2:
        return (uint64_t)(int64_t)(int16_t)(uint16_t)(at[0] | at[1] << 8);
    case 4:
        return (uint64_t)(int64_t)(int32_t)x86_u32(at);
    case 8:
        return x86_u32(at) | x86_u32(at + 4) << 32;
    default:
        return 0;
    }
}

/* Legacy prefixes and REX; leaves pos at the opcode. */
X86_INLINE void x86_prefixes(x86 *s)
{
    for (; s->pos < HMI_INSN_LEN_MAX; s->pos++) {
        uint8_t byte = s->code[s->pos];
        if (s->wide && (byte & 0xf0) == 0x40) {
            s->rex = byte;
            continue;
        }
        if (!(hmi_x86_prefix[byte / 64] >> (byte % 64) & 1)) {
            return;
        }
        s->operand16 |= byte == 0x66;
        s->address_short |= byte == 0x67;
        s->lock |= byte == 0xf0;
        s->rep = (byte & 0xfe) == 0xf2 ? byte : s->rep;
        s->rex = 0; /* counts only right before the opcode */
    }
}

/* Is this byte, here, the beginning of VEX, EVEX or XOP? In 32-bit code those bytes are also LDS,
 * LES, BOUND and POP; what those could not encode tells. */
X86_INLINE bool x86_starts_vex(const x86 *s, uint8_t byte)
{
    uint8_t next = s->code[s->pos + 1];
    switch (byte) {
    case 0xc4:
    case 0xc5:
    case 0x62:
        return s->wide || next >= 0xc0;
    case 0x8f:
        return (next & 0x1f) >= 8;
    default:
        return false;
    }
}

X86_INLINE bool x86_vex(x86 *s, uint8_t first)
{
    static const uint8_t prefix_of_pp[4] = { 0, 1, 2, 3 };
    unsigned bytes = first == 0xc5 ? 1 : first == 0x62 ? 3 : 2;
    const uint8_t *p = s->code + s->pos + 1;
    if (s->rex != 0 || s->operand16 || s->rep != 0 || s->lock) {
        return false;
    }
    s->vex = true;
    if (first == 0xc5) {
        s->map = 1;
        s->rex = (uint8_t)(0x40 | ((p[0] & 0x80) ? 0 : 4));
        s->pp = prefix_of_pp[p[0] & 3];
    } else {
        uint8_t inverted = (uint8_t)~p[0];
        s->rex = (uint8_t)(0x40 | (inverted >> 5 & 7) | ((p[1] & 0x80) ? 8 : 0));
        s->pp = prefix_of_pp[p[1] & 3];
        s->map = first == 0x62 ? (p[0] & 7) : (p[0] & 0x1f);
        if (first == 0x62 && ((p[0] & 8) != 0 || (p[1] & 4) == 0)) {
            return false;
        }
    }
    if (first == 0x8f) {
        if (s->map < 8 || s->map > 10) {
            return false;
        }
    } else if (s->map == 0 || s->map > 6 || s->map == 4 || (first != 0x62 && s->map > 3)) {
        return false;
    }
    s->pos += bytes + 1;
    s->op = s->code[s->pos++];
    return true;
}

/* The two-byte maps behind 0f; pos is behind it. */
X86_INLINE void x86_opcode_0f(x86 *s)
{
    s->map = 1;
    s->op = s->code[s->pos++];
    if (s->op == 0x38 || s->op == 0x3a) {
        s->map = s->op == 0x38 ? 2 : 3;
        s->op = s->code[s->pos++];
    }
    s->pp = s->rep == 0xf3 ? 2 : s->rep == 0xf2 ? 3 : s->operand16 ? 1 : 0;
}

X86_INLINE uint8_t x86_shape_two(const x86 *s)
{
    if (s->vex) {
        bool imm = (hmi_x86_two[s->op].shape & X86_IMM_MASK) && hmi_x86_vex_imm(s->op);
        return s->op == 0x77 ? 0 : (uint8_t)(X86_MODRM | (imm ? X86_IB : 0));
    }
    if (s->op == 0x78 && (s->pp == 1 || s->pp == 3)) {
        return X86_MODRM | X86_IB2; /* extrq, insertq */
    }
    if (s->op == 0xb8 && s->pp != 2) {
        return X86_BAD;
    }
    return hmi_x86_two[s->op].shape;
}

/* What follows an opcode of any map but the first: X86_MODRM and the kind of immediate. */
X86_INLINE uint8_t x86_shape(const x86 *s)
{
    switch (s->map) {
    case 1:
        return x86_shape_two(s);
    case 3:
    case 8:
        return X86_MODRM | X86_IB;
    case 10:
        return X86_MODRM | X86_ID;
    default:
        return X86_MODRM;
    }
}

/* 16-bit addressing exists only in 32-bit code behind 67. */
X86_INLINE void x86_memory16(x86 *s, hmi_insn *insn)
{
    static const uint8_t bases[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
    uint8_t mod = s->modrm >> 6, rm = s->modrm & 7;
    unsigned width = mod == 1 ? 1 : (mod == 2 || (mod == 0 && rm == 6)) ? 2 : 0;
    insn->base = mod == 0 && rm == 6 ? HMI_REG_NONE : bases[rm];
    insn->disp_at = (uint8_t)s->pos;
    insn->disp_len = (uint8_t)width;
    insn->disp = (int32_t)x86_signed(s->code + s->pos, width);
    s->pos += width;
}

X86_INLINE void x86_memory(x86 *s, hmi_insn *insn, bool *ret_relative)
{
    uint8_t mod = s->modrm >> 6, rm = s->modrm & 7;
    insn->flags |= HMI_INSN_MEMORY;
    if (!s->wide && s->address_short) {
        x86_memory16(s, insn);
        return;
    }
    unsigned width = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    if (rm == 4) {
        uint8_t sib = s->code[s->pos++];
        uint8_t index = (uint8_t)((sib >> 3 & 7) | (s->rex & 2 ? 8 : 0));
        if (index != 4) {
            insn->index = index;
            insn->scale = (uint8_t)(1u << (sib >> 6));
            insn->flags |= HMI_INSN_INDEXED;
        }
        if (mod == 0 && (sib & 7) == 5) {
            width = 4;
        } else {
            insn->base = (uint8_t)((sib & 7) | (s->rex & 1 ? 8 : 0));
        }
    } else if (mod == 0 && rm == 5) {
        width = 4;
        *ret_relative = s->wide;
    } else {
        insn->base = (uint8_t)(rm | (s->rex & 1 ? 8 : 0));
    }
    insn->disp_at = (uint8_t)s->pos;
    insn->disp_len = (uint8_t)width;
    insn->disp = (int32_t)x86_signed(s->code + s->pos, width);
    s->pos += width;
}

X86_INLINE void x86_modrm(x86 *s, hmi_insn *insn, bool *ret_relative)
{
    s->modrm = s->code[s->pos++];
    insn->reg = (uint8_t)((s->modrm >> 3 & 7) | (s->rex & 4 ? 8 : 0));
    bool control_register = s->map == 1 && !s->vex && s->op >= 0x20 && s->op <= 0x23;
    if (s->modrm >= 0xc0 || control_register) {
        insn->rm = (uint8_t)((s->modrm & 7) | (s->rex & 1 ? 8 : 0));
        return;
    }
    x86_memory(s, insn, ret_relative);
}

X86_INLINE unsigned x86_immediate_width(const x86 *s, uint8_t imm)
{
    bool word = s->operand16 && !(s->rex & 8);
    switch (imm) {
    case X86_IB:
    case X86_JB:
        return 1;
    case X86_IW:
    case X86_IB2:
        return 2;
    case X86_IZ:
        return word ? 2 : 4;
    case X86_ID:
        return 4;
    case X86_IV:
        return s->rex & 8 ? 8 : word ? 2 : 4;
    case X86_JZ:
        return !s->wide && s->operand16 ? 2 : 4;
    case X86_MOFFS:
        return s->wide ? (s->address_short ? 4 : 8) : (s->address_short ? 2 : 4);
    case X86_ENTER:
        return 3;
    case X86_FAR:
        return s->operand16 ? 4 : 6;
    default:
        return 0;
    }
}

/* The groups whose immediate depends on ModRM.reg: TEST among F6 and F7. */
X86_INLINE uint8_t x86_immediate_of(const x86 *s, uint8_t shape)
{
    if (s->map == 0 && (s->op & 0xfe) == 0xf6) {
        return (s->modrm & 0x30) ? 0 : s->op == 0xf6 ? X86_IB : X86_IZ;
    }
    return shape & X86_IMM_MASK;
}

X86_INLINE void x86_immediate(x86 *s, uint8_t imm, uint64_t address, hmi_insn *insn)
{
    insn->imm_at = (uint8_t)s->pos;
    if (imm == 0) {
        return;
    }
    unsigned width = x86_immediate_width(s, imm);
    const uint8_t *at = s->code + s->pos;
    insn->imm_len = (uint8_t)width;
    s->pos += width;
    switch (imm) {
    case X86_JB:
    case X86_JZ:
        insn->target = address + s->pos + x86_signed(at, width);
        if (!s->wide) {
            insn->target &= width == 2 ? 0xffff : 0xffffffff;
        }
        insn->flags |= HMI_INSN_TARGET;
        break;
    case X86_MOFFS:
        insn->mem = x86_signed(at, width);
        insn->mem &= width == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
        insn->disp_at = insn->imm_at;
        insn->disp_len = (uint8_t)width;
        insn->imm_len = 0;
        insn->flags |= HMI_INSN_MEMORY | HMI_INSN_ADDRESSED;
        break;
    case X86_ENTER:
    case X86_FAR:
    case X86_IB2:
        break;
    default:
        insn->imm = x86_signed(at, width);
        insn->flags |= HMI_INSN_IMMEDIATE;
        break;
    }
}

#endif
