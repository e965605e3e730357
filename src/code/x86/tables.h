/* SPDX-License-Identifier: Apache-2.0
 *
 * tables.h - one row an opcode: what follows it and what it does.
 *
 * Source: Intel SDM volume 2, appendix A, and AMD APM volume 3, appendix A.
 */
#ifndef HMI_CODE_X86_TABLES_H
#define HMI_CODE_X86_TABLES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    /* immediates */
    X86_IB = 1,
    X86_IW,
    X86_IZ,    /* 4, or 2 behind 66 */
    X86_ID,    /* 4 */
    X86_IV,    /* 4, 2 behind 66, 8 with REX.W */
    X86_JB,    /* relative, 1 byte */
    X86_JZ,    /* relative, 4 bytes (2 in 32-bit code behind 66) */
    X86_MOFFS, /* an absolute address */
    X86_ENTER, /* 2 + 1 */
    X86_FAR,   /* 4 + 2 */
    X86_IB2,   /* 1 + 1 */
    X86_IMM_MASK = 0x0f,
    X86_MODRM = 0x10,
    X86_NOT64 = 0x20,
    X86_SPECIAL = 0x40, /* first map: ModRM.reg decides what it means or whether it is defined */
    X86_BAD = 0x80,
    /* what happens to a memory operand */
    X86_R = 1,
    X86_W = 2
};

/* The bits of `quick`: what quick.h asks of a row. */
enum {
    X86_QUICK = 1,     /* that path knows the opcode */
    X86_NUMBER = 2,    /* the immediate is a number of the program */
    X86_DISTANCE = 4,  /* it is where control goes */
    X86_REGISTER = 8,  /* mov to the register in the opcode; not quick with REX.W */
    X86_LEA = 0x80,    /* the last bit of a group's number: lea has none */
    X86_GROUP1 = 0x10, /* the row of ModRM.reg in this group */
    X86_GROUP_SHIFT = 0x20,
    X86_GROUP_STORE = 0x30,
    X86_GROUP_UNARY = 0x40,
    X86_GROUP_FE = 0x50,
    X86_GROUP_FF = 0x60
};

typedef struct hmi_x86_row {
    uint16_t mnemonic;
    uint8_t kind;
    uint8_t flow;
    uint8_t shape;
    uint8_t access;
    uint8_t imm; /* bytes of immediate in 64-bit code without 66 and REX.W */
    uint8_t quick;
} hmi_x86_row;

extern const hmi_x86_row hmi_x86_rows[3][256]; /* one-byte, two-byte opcodes, groups of eight */
#define hmi_x86_one (hmi_x86_rows[0])
#define hmi_x86_two (hmi_x86_rows[1])

/* What a ModRM byte says in 64-bit code without REX; the last row: there is none. */
typedef struct hmi_x86_modrm_row {
    uint8_t reg, rm, base, index;
    uint8_t flags;  /* of the instruction */
    uint8_t access; /* which of a row's access flags can be meant */
    uint8_t disp;   /* bytes of displacement */
    uint8_t sib;    /* 1: a SIB byte follows and says more */
} hmi_x86_modrm_row;
enum { X86_MODRM_NONE = 256 };
extern const hmi_x86_modrm_row hmi_x86_modrm[X86_MODRM_NONE + 1];
extern const uint8_t hmi_x86_rex[8][4];  /* what REX.RXB adds to reg, rm, base, index */
extern const uint64_t hmi_x86_prefix[4]; /* bits: which bytes are legacy prefixes */

/* Two-byte opcodes whose operation depends on the 66, f2, f3 prefix. */
static inline bool hmi_x86_two_is_sse(uint8_t op)
{
    return (op >= 0x10 && op <= 0x17) || (op >= 0x28 && op <= 0x2f) || (op >= 0x50 && op <= 0x7f) ||
           op == 0xb8 || op == 0xbc || op == 0xbd || op == 0xc2 || (op >= 0xc4 && op <= 0xc6) ||
           (op >= 0xd0 && op != 0xff);
}

/* Under VEX and EVEX the first map keeps the immediates of its vector opcodes only. */
static inline bool hmi_x86_vex_imm(uint8_t op)
{
    return (op >= 0x70 && op <= 0x73) || op == 0xc2 || (op >= 0xc4 && op <= 0xc6);
}

uint8_t hmi_x86_kind_38(uint8_t map, uint8_t op);

#endif
