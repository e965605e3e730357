/* SPDX-License-Identifier: Apache-2.0
 *
 * insn.h - one machine instruction as everything after the decoder sees it.
 *
 * A decoder knows its processor; the rest of the room knows only this: how long, what kind of work,
 * where control goes, what memory and which numbers are named. `kind` means the same on every
 * processor, `mnemonic` is a stable number of ours that means something on one processor only.
 */
#ifndef HMI_CODE_INSN_H
#define HMI_CODE_INSN_H

#include <stdbool.h>

#include "base/bytes.h"
#include "code/image.h"

/* What an instruction does, whoever made the processor. Hashed into fingerprints: never renumbered.
 */
typedef enum hmi_kind {
    HMI_KIND_OTHER = 0,
    HMI_KIND_MOVE = 1,    /* register to register, immediate to register, load, store */
    HMI_KIND_ADDRESS = 2, /* computes an address: lea, adr */
    HMI_KIND_ADD = 3,     /* add, subtract, increment, negate */
    HMI_KIND_MULTIPLY = 4,
    HMI_KIND_DIVIDE = 5,
    HMI_KIND_LOGIC = 6,
    HMI_KIND_SHIFT = 7,
    HMI_KIND_BITS = 8, /* count, scan, test, reverse */
    HMI_KIND_COMPARE = 9,
    HMI_KIND_SELECT = 10, /* set or move on a condition */
    HMI_KIND_EXTEND = 11,
    HMI_KIND_BRANCH = 12,
    HMI_KIND_JUMP = 13,
    HMI_KIND_CALL = 14,
    HMI_KIND_RETURN = 15,
    HMI_KIND_PUSH = 16,
    HMI_KIND_POP = 17,
    HMI_KIND_FLOAT_MOVE = 18,
    HMI_KIND_FLOAT = 19,
    HMI_KIND_FLOAT_COMPARE = 20,
    HMI_KIND_FLOAT_CONVERT = 21,
    HMI_KIND_VECTOR = 22,
    HMI_KIND_CRYPTO = 23,
    HMI_KIND_STRING = 24,
    HMI_KIND_ATOMIC = 25,
    HMI_KIND_SYSTEM = 26,
    HMI_KIND_NOP = 27,
    HMI_KIND_TRAP = 28,
    HMI_KIND_LOAD = 29, /* never decoded: the memory part of another instruction, in streams */
    HMI_KIND_STORE = 30,
    HMI_KIND_COUNT = 31
} hmi_kind;

typedef enum hmi_flow {
    HMI_FLOW_NEXT = 0,
    HMI_FLOW_BRANCH, /* to target or on */
    HMI_FLOW_JUMP,   /* to target */
    HMI_FLOW_JUMP_INDIRECT,
    HMI_FLOW_CALL,
    HMI_FLOW_CALL_INDIRECT,
    HMI_FLOW_RETURN,
    HMI_FLOW_STOP /* control does not come back: ud2, hlt, int3 */
} hmi_flow;

enum {
    HMI_INSN_MEMORY = 1,    /* has a memory operand (lea counts) */
    HMI_INSN_IMMEDIATE = 2, /* imm is a number of the program */
    HMI_INSN_ADDRESSED = 4, /* `mem` holds the operand's address: absolute or relative to here */
    HMI_INSN_INDEXED = 8,   /* the memory operand has an index register */
    HMI_INSN_READS = 16,    /* reads memory through that operand */
    HMI_INSN_WRITES = 32,
    HMI_INSN_TARGET = 64, /* `target` is known */
    HMI_INSN_PADDING = 128
};

/* Which numbers of an instruction name a place in the program: the walk finds out, no decoder can.
 */
enum { HMI_PLACE_IMMEDIATE = 1, HMI_PLACE_DISPLACEMENT = 2 };

enum { HMI_REG_NONE = 0xff, HMI_INSN_LEN_MAX = 15 };

/* Mnemonics of A64 that are asked for by name: cbz, cbnz, tbz, tbnz; ldp and stp. */
enum {
    HMI_A64_CBZ = 0x2014,
    HMI_A64_TBNZ = 0x2017,
    HMI_A64_PAIR = 0x2026,
    HMI_A64_FLOAT_PAIR = 0x2027
};

typedef struct hmi_insn {
    uint64_t imm; /* sign-extended to 64 bits */
    union {
        uint64_t target; /* where control goes, when flags say HMI_INSN_TARGET */
        uint64_t mem;    /* where the operand is, when they say HMI_INSN_ADDRESSED */
    };
    int32_t disp; /* displacement as written */
    uint16_t mnemonic;
    uint8_t kind;
    uint8_t flow;
    uint8_t reg; /* the register operand that is not rm, where there is one */
    uint8_t rm;  /* the register in rm, HMI_REG_NONE when that is memory */
    uint8_t base, index;
    uint8_t len;
    uint8_t flags;
    uint8_t width; /* operand size in bytes */
    uint8_t scale;
    uint8_t disp_at, disp_len; /* where the fields lie in the bytes, to mask them */
    uint8_t imm_at, imm_len;
    uint8_t places; /* HMI_PLACE_..., set by the walk */
} hmi_insn;

/* Length of the instruction at the beginning of `code`, 0 when there is none. `address` is where it
 * runs. x86 and x86-64: */
unsigned hmi_decode_x86(hm_bytes code, uint64_t address, bool wide, hmi_insn *ret_insn);
/* AArch64: */
unsigned hmi_decode_a64(hm_bytes code, uint64_t address, hmi_insn *ret_insn);

static inline bool hmi_machine_decodes(hmi_machine machine)
{
    return machine == HMI_MACHINE_X86 || machine == HMI_MACHINE_X86_64 ||
           machine == HMI_MACHINE_AARCH64;
}

static inline unsigned hmi_decode(hmi_machine machine, hm_bytes code, uint64_t address,
                                  hmi_insn *ret_insn)
{
    return machine == HMI_MACHINE_AARCH64
               ? hmi_decode_a64(code, address, ret_insn)
               : hmi_decode_x86(code, address, machine == HMI_MACHINE_X86_64, ret_insn);
}

#endif
