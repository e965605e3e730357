/* SPDX-License-Identifier: Apache-2.0
 *
 * decode.c - lengths, kinds and numbers of x86 and x86-64 instructions.
 *
 * WHY    Everything about code starts here, once per byte of every program, so it is a walk over
 *        tables: no text, no operand objects. Zydis is its judge in the tests.
 * FORM   prefixes* [REX] opcode [ModRM [SIB] [disp8|16|32]] [imm8|16|32|64], at most 15 bytes
 *        opcode: one byte, 0f xx, 0f 38 xx, 0f 3a xx; or VEX c4/c5, EVEX 62, XOP 8f (maps 8-10)
 *        The parts stand in fields.h and meaning.h and become one function,
 *        once for each width.
 * TRUST  Any bytes. Reads never leave the slice: near its end they go to a copy with zeros behind.
 *        Undefined opcodes give 0 where the maps say so. It accepts some encodings a processor
 *        refuses (lock on a load), never the reverse.
 * OWNS   Nothing.
 *
 * Mnemonic numbers: 0x000 one-byte opcodes folded onto one per operation; 0x100 their groups;
 * 0x180 x87; 0x200 two-byte; 0x400 | prefix << 8 two-byte SSE; 0x800 0f38; 0xc00 0f3a; 0x1000 EVEX
 * maps 5-6; 0x1800 XOP. VEX and EVEX forms share the number of the SSE form: the same operation.
 */
#include "code/x86/meaning.h"
#include "code/x86/quick.h"

/* Operand's address, where the instruction says it without a register. */
X86_INLINE void address_memory(const x86 *s, bool relative, uint64_t address, hmi_insn *insn)
{
    if ((insn->flags & HMI_INSN_MEMORY) && insn->base == HMI_REG_NONE && s->map < 8 &&
        insn->disp_len >= 4 && insn->imm_at != insn->disp_at) {
        insn->mem = (uint64_t)(int64_t)insn->disp + (relative ? address + s->pos : 0);
        insn->mem &= s->wide ? UINT64_MAX : 0xffffffff;
        insn->flags |= HMI_INSN_ADDRESSED;
    }
}

X86_INLINE void finish(const x86 *s, bool relative, uint64_t address, hmi_insn *insn)
{
    insn->len = (uint8_t)s->pos;
    insn->width = s->rex & 8 ? 8 : s->operand16 ? 2 : 4;
    address_memory(s, relative, address, insn);
}

X86_INLINE void settle_kind(const x86 *s, hmi_insn *insn)
{
    insn->kind = s->lock ? HMI_KIND_ATOMIC : insn->kind;
    if (x86_is_padding(s, insn)) {
        insn->flags |= HMI_INSN_PADDING;
        insn->kind = insn->kind == HMI_KIND_TRAP ? HMI_KIND_TRAP : HMI_KIND_NOP;
    }
}

/* The first map: most of all code. */
X86_INLINE unsigned decode_one(x86 *s, uint64_t address, hmi_insn *insn)
{
    const hmi_x86_row *row = &hmi_x86_one[s->op];
    bool relative = false;
    if (row->shape & (s->wide ? X86_NOT64 | X86_BAD : X86_BAD)) {
        return 0;
    }
    if (row->shape & X86_MODRM) {
        x86_modrm(s, insn, &relative);
    }
    if (row->shape & X86_SPECIAL) {
        if (x86_undefined_one(s)) {
            return 0;
        }
        x86_immediate(s, x86_immediate_of(s, row->shape), address, insn);
        x86_from_row(row, insn);
        x86_describe_one(s, insn);
    } else {
        x86_immediate(s, row->shape & X86_IMM_MASK, address, insn);
        x86_from_row(row, insn);
    }
    finish(s, relative, address, insn);
    settle_kind(s, insn);
    if ((s->op & 0xf8) == 0xb8) {
        insn->reg = (uint8_t)((s->op & 7) | (s->rex & 1 ? 8 : 0));
    }
    return s->pos;
}

X86_INLINE unsigned decode_rest(x86 *s, uint64_t address, hmi_insn *insn)
{
    uint8_t shape = x86_shape(s);
    bool relative = false;
    if (shape & X86_BAD) {
        return 0;
    }
    if (shape & X86_MODRM) {
        x86_modrm(s, insn, &relative);
    }
    if (s->map == 1 && !s->vex && s->op == 0xba && (s->modrm >> 3 & 7) < 4) {
        return 0;
    }
    x86_immediate(s, shape & X86_IMM_MASK, address, insn);
    x86_describe_rest(s, insn);
    finish(s, relative, address, insn);
    settle_kind(s, insn);
    return s->pos;
}

X86_INLINE unsigned decode(const uint8_t *code, uint64_t address, bool wide, hmi_insn *insn)
{
    x86 s = { .code = code, .wide = wide };
    *insn = (hmi_insn){
        .reg = HMI_REG_NONE, .rm = HMI_REG_NONE, .base = HMI_REG_NONE, .index = HMI_REG_NONE
    };
    x86_prefixes(&s);
    uint8_t byte = code[s.pos];
    if (x86_starts_vex(&s, byte)) {
        return x86_vex(&s, byte) ? decode_rest(&s, address, insn) : 0;
    }
    s.pos++;
    if (byte == 0x0f) {
        x86_opcode_0f(&s);
        return decode_rest(&s, address, insn);
    }
    s.op = byte;
    return decode_one(&s, address, insn);
}

/* Out of line, as the quick path must not pay for their registers. */
static __attribute__((noinline)) unsigned decode_wide(const uint8_t *code, uint64_t address,
                                                      hmi_insn *insn)
{
    return decode(code, address, true, insn);
}

static __attribute__((noinline)) unsigned decode_narrow(const uint8_t *code, uint64_t address,
                                                        hmi_insn *insn)
{
    return decode(code, address, false, insn);
}

static __attribute__((noinline)) unsigned decode_slow(hm_bytes code, uint64_t address, bool wide,
                                                      hmi_insn *ret_insn)
{
    uint8_t padded[X86_READABLE];
    const uint8_t *from = code.ptr;
    if (code.len < X86_READABLE) {
        memset(padded, 0, sizeof padded);
        if (code.len > 0) {
            memcpy(padded, code.ptr, code.len);
        }
        from = padded;
    }
    hmi_insn insn;
    unsigned len = wide ? decode_wide(from, address, &insn) : decode_narrow(from, address, &insn);
    if (len == 0 || len > HMI_INSN_LEN_MAX || len > code.len) {
        return 0;
    }
    *ret_insn = insn;
    return len;
}

unsigned hmi_decode_x86(hm_bytes code, uint64_t address, bool wide, hmi_insn *ret_insn)
{
    if (wide && code.len >= X86_READABLE) {
        unsigned len = x86_quick(code.ptr, address, ret_insn);
        if (len > 0) {
            return len;
        }
    }
    return decode_slow(code, address, wide, ret_insn);
}
