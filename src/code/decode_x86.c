/* SPDX-License-Identifier: Apache-2.0
 *
 * decode_x86.c - lengths, kinds and numbers of x86 and x86-64 instructions.
 *
 * WHY    Everything about code starts here, once per byte of every program, so it is a walk over
 *        tables: no text, no operand objects. Zydis is its judge in the tests.
 * FORM   prefixes* [REX] opcode [ModRM [SIB] [disp8|16|32]] [imm8|16|32|64], at most 15 bytes
 *        opcode: one byte, 0f xx, 0f 38 xx, 0f 3a xx; or VEX c4/c5, EVEX 62, XOP 8f (maps 8-10)
 * TRUST  Any bytes. Reads never leave the slice; undefined opcodes give 0 where the maps say so.
 *        It accepts some encodings a processor refuses (lock on a load), never the reverse.
 * OWNS   Nothing.
 *
 * Mnemonic numbers: 0x000 one-byte opcodes folded onto one per operation; 0x100 their groups;
 * 0x180 x87; 0x200 two-byte; 0x400 | prefix << 8 two-byte SSE; 0x800 0f38; 0xc00 0f3a; 0x1000 EVEX
 * maps 5-6; 0x1800 XOP. VEX and EVEX forms share the number of the SSE form: the same operation.
 */
#include "code/decode_x86_tables.h"
#include "code/insn.h"

typedef struct state {
    const uint8_t *code;
    unsigned len; /* of what may be read, at most 15 */
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
} state;

static bool need(const state *s, unsigned count)
{
    return s->len - s->pos >= count;
}

static uint64_t read_le(const uint8_t *at, unsigned width)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    return value;
}

static uint64_t sign_extend(uint64_t value, unsigned width)
{
    unsigned shift = 64 - 8 * width;
    return (uint64_t)((int64_t)(value << shift) >> shift);
}

/* Legacy prefixes and REX; leaves pos at the opcode. */
static bool read_prefixes(state *s)
{
    for (; s->pos < s->len; s->pos++) {
        uint8_t byte = s->code[s->pos];
        if (s->wide && (byte & 0xf0) == 0x40) {
            s->rex = byte;
            continue;
        }
        switch (byte) {
        case 0x66:
            s->operand16 = true;
            break;
        case 0x67:
            s->address_short = true;
            break;
        case 0xf0:
            s->lock = true;
            break;
        case 0xf2:
        case 0xf3:
            s->rep = byte;
            break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
            break;
        default:
            return true;
        }
        s->rex = 0; /* counts only right before the opcode */
    }
    return false;
}

static bool read_vex(state *s, uint8_t first)
{
    static const uint8_t prefix_of_pp[4] = { 0, 1, 2, 3 };
    unsigned bytes = first == 0xc5 ? 1 : first == 0x62 ? 3 : 2;
    if (!need(s, bytes + 2)) {
        return false;
    }
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

/* Is this byte, here, the beginning of VEX, EVEX or XOP? In 32-bit code those bytes are also LDS,
 * LES, BOUND and POP; what those could not encode tells. */
static bool starts_vex(const state *s, uint8_t byte)
{
    if (!need(s, 2)) {
        return false;
    }
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

static bool read_opcode(state *s)
{
    uint8_t byte = s->code[s->pos];
    if (starts_vex(s, byte)) {
        return read_vex(s, byte);
    }
    s->pos++;
    s->op = byte;
    if (byte == 0x0f) {
        if (!need(s, 1)) {
            return false;
        }
        s->map = 1;
        s->op = s->code[s->pos++];
        if (s->op == 0x38 || s->op == 0x3a) {
            s->map = s->op == 0x38 ? 2 : 3;
            if (!need(s, 1)) {
                return false;
            }
            s->op = s->code[s->pos++];
        }
        s->pp = s->rep == 0xf3 ? 2 : s->rep == 0xf2 ? 3 : s->operand16 ? 1 : 0;
    }
    return true;
}

/* What follows the opcode: HAS_MODRM and the kind of immediate. */
static uint8_t shape_of(const state *s)
{
    switch (s->map) {
    case 0:
        return s->wide && (hmi_x86_one[s->op].shape & X86_NOT64) ? X86_BAD
                                                                 : hmi_x86_one[s->op].shape;
    case 1:
        if (s->vex) {
            return s->op == 0x77 ? 0
                                 : (uint8_t)(X86_MODRM | (hmi_x86_two[s->op].shape & X86_IMM_MASK &&
                                                                  hmi_x86_vex_imm(s->op)
                                                              ? X86_IB
                                                              : 0));
        }
        if (s->op == 0x78 && (s->pp == 1 || s->pp == 3)) {
            return X86_MODRM | X86_IB2; /* extrq, insertq */
        }
        if (s->op == 0xb8 && s->pp != 2) {
            return X86_BAD;
        }
        return hmi_x86_two[s->op].shape;
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
static bool read_memory16(state *s, hmi_insn *insn)
{
    uint8_t mod = s->modrm >> 6, rm = s->modrm & 7;
    unsigned width = mod == 1 ? 1 : (mod == 2 || rm == 6) ? 2 : 0;
    if (!need(s, width)) {
        return false;
    }
    static const uint8_t bases[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
    insn->base = mod == 0 && rm == 6 ? HMI_REG_NONE : bases[rm];
    insn->disp_at = (uint8_t)s->pos;
    insn->disp_len = (uint8_t)width;
    insn->disp = width ? (int32_t)sign_extend(read_le(s->code + s->pos, width), width) : 0;
    s->pos += width;
    return true;
}

static bool read_memory(state *s, hmi_insn *insn, bool *ret_relative)
{
    uint8_t mod = s->modrm >> 6, rm = s->modrm & 7;
    insn->flags |= HMI_INSN_MEMORY;
    if (!s->wide && s->address_short) {
        return read_memory16(s, insn);
    }
    unsigned width = mod == 1 ? 1 : mod == 2 ? 4 : 0;
    if (rm == 4) {
        if (!need(s, 1)) {
            return false;
        }
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
    if (!need(s, width)) {
        return false;
    }
    insn->disp_at = (uint8_t)s->pos;
    insn->disp_len = (uint8_t)width;
    insn->disp = width ? (int32_t)sign_extend(read_le(s->code + s->pos, width), width) : 0;
    s->pos += width;
    return true;
}

static unsigned immediate_width(const state *s, uint8_t imm)
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
static uint8_t immediate_of(const state *s, uint8_t shape)
{
    if (s->map == 0 && (s->op == 0xf6 || s->op == 0xf7)) {
        return (s->modrm & 0x30) ? 0 : s->op == 0xf6 ? X86_IB : X86_IZ;
    }
    return shape & X86_IMM_MASK;
}

static bool read_immediate(state *s, uint8_t imm, uint64_t address, hmi_insn *insn)
{
    unsigned width = immediate_width(s, imm);
    if (!need(s, width)) {
        return false;
    }
    const uint8_t *at = s->code + s->pos;
    insn->imm_at = (uint8_t)s->pos;
    insn->imm_len = (uint8_t)width;
    s->pos += width;
    switch (imm) {
    case 0:
        break;
    case X86_JB:
    case X86_JZ:
        insn->target = address + s->pos + sign_extend(read_le(at, width), width);
        if (!s->wide) {
            insn->target &= width == 2 ? 0xffff : 0xffffffff;
        }
        insn->flags |= HMI_INSN_TARGET;
        break;
    case X86_MOFFS:
        insn->mem = read_le(at, width);
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
        insn->imm = sign_extend(read_le(at, width), width);
        insn->flags |= HMI_INSN_IMMEDIATE;
        break;
    }
    return true;
}

static bool read_modrm(state *s, hmi_insn *insn, bool *ret_relative)
{
    if (!need(s, 1)) {
        return false;
    }
    s->modrm = s->code[s->pos++];
    insn->reg = (uint8_t)((s->modrm >> 3 & 7) | (s->rex & 4 ? 8 : 0));
    bool control_register = s->map == 1 && !s->vex && s->op >= 0x20 && s->op <= 0x23;
    if (s->modrm >= 0xc0 || control_register) {
        insn->rm = (uint8_t)((s->modrm & 7) | (s->rex & 1 ? 8 : 0));
        return true;
    }
    return read_memory(s, insn, ret_relative);
}

static void describe_group(const state *s, hmi_insn *insn);

/* Kind, mnemonic and memory access, from the tables. */
static void describe(const state *s, hmi_insn *insn)
{
    const hmi_x86_row *row = NULL;
    uint8_t access = X86_R;
    switch (s->map) {
    case 0:
        row = &hmi_x86_one[s->op];
        insn->mnemonic = row->mnemonic;
        insn->kind = row->kind;
        access = row->access;
        break;
    case 1:
        row = &hmi_x86_two[s->op];
        insn->mnemonic =
            hmi_x86_two_is_sse(s->op) ? (uint16_t)(0x400 | s->pp << 8 | s->op) : row->mnemonic;
        insn->kind = row->kind;
        access = row->access;
        if (s->op == 0x7e && s->pp == 2) {
            access = X86_R; /* movq xmm, m64 loads; movd r/m, xmm stores */
        }
        break;
    case 2:
    case 3:
        insn->mnemonic = (uint16_t)((s->map == 2 ? 0x800 : 0xc00) | s->pp << 8 | s->op);
        insn->kind = hmi_x86_kind_38(s->map, s->op);
        break;
    default:
        insn->mnemonic = (uint16_t)((s->map >= 8 ? 0x1800 : 0x1000) | (s->map & 3) << 8 | s->op);
        insn->kind = HMI_KIND_VECTOR;
        break;
    }
    if (row != NULL) {
        insn->flow = row->flow;
    }
    insn->width = s->rex & 8 ? 8 : s->operand16 ? 2 : 4;
    if (insn->flags & HMI_INSN_MEMORY) {
        insn->flags |= access & X86_R ? HMI_INSN_READS : 0;
        insn->flags |= access & X86_W ? HMI_INSN_WRITES : 0;
    }
    if (s->map <= 1 && !s->vex) {
        describe_group(s, insn);
    }
    if (s->lock) {
        insn->kind = HMI_KIND_ATOMIC;
    }
}

static void set_access(hmi_insn *insn, unsigned access)
{
    if (insn->flags & HMI_INSN_MEMORY) {
        insn->flags &= (uint8_t) ~(HMI_INSN_READS | HMI_INSN_WRITES);
        insn->flags |= access & X86_R ? HMI_INSN_READS : 0;
        insn->flags |= access & X86_W ? HMI_INSN_WRITES : 0;
    }
}

static void describe_ff(uint8_t reg, hmi_insn *insn)
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
    set_access(insn, reg < 2 ? X86_R | X86_W : X86_R);
}

/* Opcodes whose meaning stands in ModRM.reg. */
static void describe_group(const state *s, hmi_insn *insn)
{
    uint8_t reg = s->modrm >> 3 & 7;
    static const uint8_t alu_kind[8] = { HMI_KIND_ADD,   HMI_KIND_LOGIC,  HMI_KIND_ADD,
                                         HMI_KIND_ADD,   HMI_KIND_LOGIC,  HMI_KIND_ADD,
                                         HMI_KIND_LOGIC, HMI_KIND_COMPARE };
    static const uint8_t unary_kind[8] = { HMI_KIND_COMPARE, HMI_KIND_COMPARE,  HMI_KIND_LOGIC,
                                           HMI_KIND_ADD,     HMI_KIND_MULTIPLY, HMI_KIND_MULTIPLY,
                                           HMI_KIND_DIVIDE,  HMI_KIND_DIVIDE };
    if (s->map == 1) {
        if (s->op == 0xba) {
            insn->mnemonic = (uint16_t)(0x200 | (0xa3 + 8 * (reg & 3)));
            set_access(insn, reg == 4 ? X86_R : X86_R | X86_W);
        } else if (s->op == 0x01 || s->op == 0x00 || s->op == 0xae || s->op == 0xc7) {
            insn->mnemonic = (uint16_t)(0x300 | (s->op & 0x1f) << 3 | reg);
        } else if (s->op == 0x1e && s->rep == 0xf3 && s->modrm >= 0xfa) {
            insn->mnemonic = 0x21e; /* endbr: says where a function may begin, not what it does */
        }
        return;
    }
    switch (s->op) {
    case 0x80:
    case 0x81:
    case 0x82:
    case 0x83:
        insn->mnemonic = (uint16_t)(reg * 8);
        insn->kind = alu_kind[reg];
        set_access(insn, reg == 7 ? X86_R : X86_R | X86_W);
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
        set_access(insn, reg == 2 || reg == 3 ? X86_R | X86_W : X86_R);
        break;
    case 0xfe:
        insn->mnemonic = reg ? 0x48 : 0x40;
        break;
    case 0xff:
        describe_ff(reg, insn);
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
            set_access(insn, stores ? X86_W : X86_R);
            insn->kind = (s->op & 1) && reg != 5 ? HMI_KIND_FLOAT_MOVE : HMI_KIND_FLOAT;
        }
        break;
    }
}

/* Encodings a processor does not define although the maps lead there. */
static bool undefined(const state *s)
{
    uint8_t reg = s->modrm >> 3 & 7;
    bool is_register = s->modrm >= 0xc0;
    if (s->vex) {
        return false;
    }
    if (s->map == 0) {
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
    return s->map == 1 && s->op == 0xba && reg < 4;
}

/* Fill between functions: nop forms, int3, and the moves onto themselves that assemblers use. */
static bool is_padding(const state *s, const hmi_insn *insn)
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

unsigned hmi_decode_x86(hm_bytes code, uint64_t address, bool wide, hmi_insn *ret_insn)
{
    state s = { .code = code.ptr, .wide = wide };
    s.len = code.len < HMI_INSN_LEN_MAX ? (unsigned)code.len : HMI_INSN_LEN_MAX;
    hmi_insn insn = {
        .reg = HMI_REG_NONE, .rm = HMI_REG_NONE, .base = HMI_REG_NONE, .index = HMI_REG_NONE
    };
    if (!read_prefixes(&s) || !read_opcode(&s)) {
        return 0;
    }
    uint8_t shape = shape_of(&s);
    if (shape == X86_BAD) {
        return 0;
    }
    bool relative = false;
    if ((shape & X86_MODRM) && !read_modrm(&s, &insn, &relative)) {
        return 0;
    }
    if (undefined(&s) || !read_immediate(&s, immediate_of(&s, shape), address, &insn)) {
        return 0;
    }
    insn.len = (uint8_t)s.pos;
    if ((insn.flags & HMI_INSN_MEMORY) && insn.base == HMI_REG_NONE && s.map < 8 &&
        insn.disp_len >= 4 && insn.imm_at != insn.disp_at) {
        insn.mem = (uint64_t)(int64_t)insn.disp + (relative ? address + s.pos : 0);
        insn.mem &= wide ? UINT64_MAX : 0xffffffff;
        insn.flags |= HMI_INSN_ADDRESSED;
    }
    describe(&s, &insn);
    if (is_padding(&s, &insn)) {
        insn.flags |= HMI_INSN_PADDING;
        insn.kind = insn.kind == HMI_KIND_TRAP ? HMI_KIND_TRAP : HMI_KIND_NOP;
    }
    if (s.map == 0 && (s.op & 0xf8) == 0xb8) {
        insn.reg = (uint8_t)((s.op & 7) | (s.rex & 1 ? 8 : 0));
    }
    *ret_insn = insn;
    return s.pos;
}
