/* SPDX-License-Identifier: Apache-2.0
 *
 * tables.c - the A64 instruction words, group by group.
 *
 * Rows stand from the narrow to the wide: an alias (cmp, mov, tst) before what it is an alias of.
 * Numbers of operations are those of x86 where the operation is the same, so that its weights
 * (weights.c) hold here too; others begin at 0x2000. Never renumbered.
 */
#include "code/a64/tables.h"
#include "base/num.h"
#include "code/insn.h"

#define ROW(mask, match, kind, form, mnemonic)                                  \
    {                                                                           \
        (mask), (match), (mnemonic), HMI_KIND_##kind, HMI_FLOW_NEXT, A64_##form \
    }
#define FLOW(mask, match, kind, flow, form, mnemonic)                             \
    {                                                                             \
        (mask), (match), (mnemonic), HMI_KIND_##kind, HMI_FLOW_##flow, A64_##form \
    }

static const a64_row reserved[] = {
    FLOW(0xffff0000, 0x00000000, TRAP, STOP, PLAIN, 0x20b), /* udf */
};

static const a64_row scalable[] = {
    ROW(0x1e000000, 0x04000000, VECTOR, PLAIN, 0x2400), /* SVE, told no further */
};

static const a64_row numbers[] = {
    ROW(0x9f000000, 0x10000000, ADDRESS, ADR, 0x8d),
    ROW(0x9f000000, 0x90000000, NOP, ADRP, 0x2001),
    ROW(0x7f80001f, 0x7100001f, COMPARE, ADD_NUMBER, 0x38),   /* cmp */
    ROW(0x7f80001f, 0x3100001f, COMPARE, ADD_NUMBER, 0x2002), /* cmn */
    ROW(0x5f800000, 0x11000000, ADD, ADD_NUMBER, 0x00),
    ROW(0x5f800000, 0x51000000, ADD, ADD_NUMBER, 0x28),
    ROW(0xbf800000, 0x91800000, ADD, PLAIN, 0x2003),          /* addg, subg */
    ROW(0x7f80001f, 0x7200001f, COMPARE, LOGIC_NUMBER, 0x84), /* tst */
    ROW(0x7f8003e0, 0x320003e0, MOVE, LOGIC_NUMBER, 0x88),
    ROW(0x7f800000, 0x12000000, LOGIC, LOGIC_NUMBER, 0x20),
    ROW(0x7f800000, 0x32000000, LOGIC, LOGIC_NUMBER, 0x08),
    ROW(0x7f800000, 0x52000000, LOGIC, LOGIC_NUMBER, 0x30),
    ROW(0x7f800000, 0x72000000, LOGIC, LOGIC_NUMBER, 0x20),
    ROW(0x7f800000, 0x12800000, MOVE, MOVE_WIDE, 0x88),   /* movn */
    ROW(0x7f800000, 0x52800000, MOVE, MOVE_WIDE, 0x88),   /* movz */
    ROW(0x7f800000, 0x72800000, MOVE, MOVE_WIDE, 0x2004), /* movk */
    ROW(0x7f800000, 0x13000000, SHIFT, BITFIELD, 0x2005),
    ROW(0x7f800000, 0x33000000, BITS, BITFIELD, 0x2006),
    ROW(0x7f800000, 0x53000000, SHIFT, BITFIELD, 0x2007),
    ROW(0x7fa00000, 0x13800000, SHIFT, TWO, 0x2008), /* extr, ror */
};

static const a64_row flow[] = {
    FLOW(0xfc000000, 0x14000000, JUMP, JUMP, JUMP, 0xe9),
    FLOW(0xfc000000, 0x94000000, CALL, CALL, JUMP, 0xe8),
    FLOW(0x7f000000, 0x34000000, BRANCH, BRANCH, BRANCH_REG, HMI_A64_CBZ), /* cbz, cbnz */
    FLOW(0x7f000000, 0x35000000, BRANCH, BRANCH, BRANCH_REG, 0x2015),
    FLOW(0x7f000000, 0x36000000, BRANCH, BRANCH, BRANCH_BIT, 0x2016), /* tbz, tbnz */
    FLOW(0x7f000000, 0x37000000, BRANCH, BRANCH, BRANCH_BIT, HMI_A64_TBNZ),
    FLOW(0xff000000, 0x54000000, BRANCH, BRANCH, BRANCH, 0x70),
    ROW(0xffe0001f, 0xd4000001, SYSTEM, PLAIN, 0x205),       /* svc */
    ROW(0xffe0001c, 0xd4000000, SYSTEM, PLAIN, 0x2018),      /* hvc, smc */
    FLOW(0xffe0001f, 0xd4200000, TRAP, STOP, PLAIN, 0x20b),  /* brk */
    FLOW(0xffe0001f, 0xd4400000, TRAP, STOP, PLAIN, 0x2019), /* hlt */
    ROW(0xffe0001c, 0xd4a00000, SYSTEM, PLAIN, 0x201a),      /* dcps */
    ROW(0xffffffff, 0xd503201f, NOP, PLAIN, 0x90),           /* nop */
    ROW(0xfffff01f, 0xd503201f, NOP, PLAIN, 0x21e),          /* bti, paciasp, yield ... */
    ROW(0xfffff01f, 0xd503301f, ATOMIC, PLAIN, 0x201b),      /* dmb, dsb, isb, clrex */
    ROW(0xfff8f01f, 0xd500401f, SYSTEM, PLAIN, 0x201c),      /* msr of a number */
    ROW(0xffe00000, 0xd5000000, SYSTEM, PLAIN, 0x201d),      /* sys, sysl, msr, mrs */
    ROW(0xffe00000, 0xd5200000, SYSTEM, PLAIN, 0x201d),
    FLOW(0xfffffc1f, 0xd61f0000, JUMP, JUMP_INDIRECT, TO_REGISTER, 0x1a0),
    FLOW(0xfffffc1f, 0xd63f0000, CALL, CALL_INDIRECT, TO_REGISTER, 0x1a1),
    FLOW(0xfffffc1f, 0xd65f0000, RETURN, RETURN, TO_REGISTER, 0xc3),
    FLOW(0xfeff0800, 0xd61f0800, JUMP, JUMP_INDIRECT, TO_REGISTER, 0x1a0), /* braa ... */
    FLOW(0xfeff0800, 0xd63f0800, CALL, CALL_INDIRECT, TO_REGISTER, 0x1a1),
    FLOW(0xfffffbff, 0xd65f0bff, RETURN, RETURN, PLAIN, 0xc3),   /* retaa, retab */
    FLOW(0xffffffff, 0xd69f03e0, RETURN, RETURN, PLAIN, 0xcf),   /* eret */
    FLOW(0xfffffbff, 0xd69f0bff, RETURN, RETURN, PLAIN, 0xcf),   /* eretaa */
    FLOW(0xffffffff, 0xd6bf03e0, RETURN, RETURN, PLAIN, 0x201e), /* drps */
};

static const a64_row memory[] = {
    ROW(0xbfbf0000, 0x0c000000, VECTOR, AT_BASE, 0x2401), /* ld1 ... st4 */
    ROW(0xbfa00000, 0x0c800000, VECTOR, AT_BASE, 0x2401),
    ROW(0xbf9f0000, 0x0d000000, VECTOR, AT_BASE, 0x2402),
    ROW(0xbf800000, 0x0d800000, VECTOR, AT_BASE, 0x2402),
    ROW(0x3f000000, 0x08000000, ATOMIC, AT_BASE, 0x2020), /* ldxr ... stlr, cas */
    ROW(0x3f200c00, 0x19000000, ATOMIC, UNSCALED, 0x2021),
    ROW(0xff200000, 0xd9200000, OTHER, UNSCALED, 0x2022), /* tags */
    ROW(0xff000000, 0xd8000000, NOP, PLAIN, 0x2023),      /* prfm */
    ROW(0xff000000, 0x98000000, EXTEND, LITERAL, 0x2be),
    ROW(0xbf000000, 0x18000000, MOVE, LITERAL, 0x88),
    ROW(0x3f000000, 0x1c000000, FLOAT_MOVE, LITERAL, 0x410),
    ROW(0xfe400000, 0x68400000, EXTEND, PAIR, 0x2024), /* ldpsw */
    ROW(0xfe400000, 0x68000000, OTHER, PAIR, 0x2025),  /* stgp */
    ROW(0x3e000000, 0x28000000, MOVE, PAIR, HMI_A64_PAIR),
    ROW(0x3e000000, 0x2c000000, FLOAT_MOVE, PAIR, HMI_A64_FLOAT_PAIR),
    ROW(0x3f200c00, 0x38200000, ATOMIC, AT_BASE, 0x2028), /* swp, ldadd ... */
    ROW(0xff200400, 0xf8200400, MOVE, AT_BASE, 0x88),     /* ldraa, ldrab */
    ROW(0xffe00c00, 0xf8800000, NOP, PLAIN, 0x2023),      /* prfum, prfm */
    ROW(0xffe00c00, 0xf8a00800, NOP, PLAIN, 0x2023),
    ROW(0xffc00000, 0xf9800000, NOP, PLAIN, 0x2023),
    ROW(0x3f200c00, 0x38200800, MOVE, REGISTER, 0x88),
    ROW(0x3f200c00, 0x3c200800, FLOAT_MOVE, REGISTER, 0x410),
    ROW(0x3f200000, 0x38000000, MOVE, UNSCALED, 0x88),
    ROW(0x3f200000, 0x3c000000, FLOAT_MOVE, UNSCALED, 0x410),
    ROW(0x3f000000, 0x39000000, MOVE, UNSIGNED, 0x88),
    ROW(0x3f000000, 0x3d000000, FLOAT_MOVE, UNSIGNED, 0x410),
};

static const a64_row registers[] = {
    ROW(0x7fe0ffe0, 0x2a0003e0, MOVE, COPY, 0x88), /* mov */
    ROW(0x7f20001f, 0x6a00001f, COMPARE, LOGIC_REG, 0x84),
    ROW(0x7f2003e0, 0x2a2003e0, LOGIC, LOGIC_REG, 0x110), /* mvn */
    ROW(0x7f200000, 0x0a000000, LOGIC, LOGIC_REG, 0x20),
    ROW(0x7f200000, 0x0a200000, LOGIC, LOGIC_REG, 0x2030), /* bic */
    ROW(0x7f200000, 0x2a000000, LOGIC, LOGIC_REG, 0x08),
    ROW(0x7f200000, 0x2a200000, LOGIC, LOGIC_REG, 0x2031),
    ROW(0x7f200000, 0x4a000000, LOGIC, LOGIC_REG, 0x30),
    ROW(0x7f200000, 0x4a200000, LOGIC, LOGIC_REG, 0x2032),
    ROW(0x7f200000, 0x6a000000, LOGIC, LOGIC_REG, 0x20),
    ROW(0x7f200000, 0x6a200000, LOGIC, LOGIC_REG, 0x2030),
    ROW(0x7f20001f, 0x6b00001f, COMPARE, ADD_REG, 0x38),
    ROW(0x7f20001f, 0x2b00001f, COMPARE, ADD_REG, 0x2002),
    ROW(0x7fe0001f, 0x6b20001f, COMPARE, ADD_EXTENDED, 0x38),
    ROW(0x7fe0001f, 0x2b20001f, COMPARE, ADD_EXTENDED, 0x2002),
    ROW(0x5f200000, 0x0b000000, ADD, ADD_REG, 0x00),
    ROW(0x5f2003e0, 0x4b0003e0, ADD, COPY, 0x118), /* neg */
    ROW(0x5f200000, 0x4b000000, ADD, ADD_REG, 0x28),
    ROW(0x5fe00000, 0x0b200000, ADD, ADD_EXTENDED, 0x00),
    ROW(0x5fe00000, 0x4b200000, ADD, ADD_EXTENDED, 0x28),
    ROW(0x5fe0fc00, 0x1a000000, ADD, TWO, 0x10),      /* adc */
    ROW(0x5fe0fc00, 0x5a000000, ADD, TWO, 0x18),      /* sbc */
    ROW(0x3fe07c10, 0x3a000400, BITS, PLAIN, 0x2033), /* rmif */
    ROW(0x3fe03c1f, 0x3a00080d, BITS, PLAIN, 0x2034), /* setf */
    ROW(0x3fe00c10, 0x3a400000, COMPARE, CHOICE_COMPARE, 0x2035),
    ROW(0x3fe00c10, 0x3a400800, COMPARE, CHOICE_COMPARE_NUMBER, 0x2035),
    ROW(0x7fe00800, 0x1a800000, SELECT, CHOICE, 0x240),
    ROW(0x7fe00800, 0x5a800000, SELECT, CHOICE, 0x250),
    ROW(0x7fe08000, 0x1b000000, MULTIPLY, TWO, 0x10d),  /* madd, mul */
    ROW(0x7fe08000, 0x1b008000, MULTIPLY, TWO, 0x2036), /* msub */
    ROW(0xff608000, 0x9b200000, MULTIPLY, TWO, 0x10d),  /* smaddl, umaddl: bit 23 */
    ROW(0xff608000, 0x9b208000, MULTIPLY, TWO, 0x2036),
    ROW(0xff608000, 0x9b400000, MULTIPLY, TWO, 0x2037), /* smulh, umulh */
    ROW(0x7fe0fc00, 0x1ac00800, DIVIDE, TWO, 0x11e),    /* udiv */
    ROW(0x7fe0fc00, 0x1ac00c00, DIVIDE, TWO, 0x11f),
    ROW(0x7fe0f000, 0x1ac02000, SHIFT, TWO, 0x2038),  /* lslv ... rorv */
    ROW(0x7fe0e000, 0x1ac04000, CRYPTO, TWO, 0x2039), /* crc32 */
    ROW(0xffe0fc00, 0x9ac03000, CRYPTO, TWO, 0x203a), /* pacga */
    ROW(0xdfe0f000, 0x9ac00000, OTHER, TWO, 0x203b),  /* tags */
    ROW(0xffe0f000, 0x9ac01000, OTHER, TWO, 0x203b),
    ROW(0x7ffff800, 0x5ac00000, BITS, ONE, 0x203c), /* rbit, rev16 */
    ROW(0x7ffffc00, 0x5ac00800, BITS, ONE, 0x2c8),  /* rev, rev32 */
    ROW(0xfffffc00, 0xdac00c00, BITS, ONE, 0x2c8),
    ROW(0x7ffff800, 0x5ac01000, BITS, ONE, 0x2bd),    /* clz, cls */
    ROW(0xffff0000, 0xdac10000, CRYPTO, ONE, 0x203d), /* pacia ... */
};

static const a64_row vectors[] = {
    ROW(0x5f36fc00, 0x1e260000, FLOAT_MOVE, PLAIN, 0x410), /* fmov, from and to x registers */
    ROW(0x5f20fc00, 0x1e200000, FLOAT_CONVERT, ONE, 0x2500),
    ROW(0x5f3ffc00, 0x1e204000, FLOAT_MOVE, ONE, 0x410),
    ROW(0x5f3e7c00, 0x1e224000, FLOAT_CONVERT, ONE, 0x2500),
    ROW(0x5f207c00, 0x1e204000, FLOAT, ONE, 0x2501), /* fabs, fneg, fsqrt, frint */
    ROW(0x5f203c00, 0x1e202000, FLOAT_COMPARE, TWO, 0x42e),
    ROW(0x5f201c00, 0x1e201000, FLOAT_MOVE, FLOAT_NUMBER, 0x410),
    ROW(0x5f200c00, 0x1e200400, FLOAT_COMPARE, TWO, 0x2502), /* fccmp */
    ROW(0x5f200c00, 0x1e200800, FLOAT, TWO, 0x2510),
    ROW(0x5f200c00, 0x1e200c00, SELECT, TWO, 0x2503),
    ROW(0x5f200000, 0x1e000000, FLOAT_CONVERT, ONE, 0x2504), /* fixed point */
    ROW(0x5f000000, 0x1f000000, FLOAT, TWO, 0x2505),         /* fmadd */
    ROW(0xff3e0c00, 0x4e280800, CRYPTO, PLAIN, 0x2506),      /* aes */
    ROW(0xff208c00, 0x5e000000, CRYPTO, PLAIN, 0x2507),      /* sha */
    ROW(0xff3e0c00, 0x5e280800, CRYPTO, PLAIN, 0x2508),
    ROW(0xff000000, 0xce000000, CRYPTO, PLAIN, 0x2509),        /* sha512, sha3, sm3, sm4 */
    ROW(0xdf3f7c00, 0x5e21d800, FLOAT_CONVERT, PLAIN, 0x2500), /* scvtf, ucvtf of a scalar */
    ROW(0xdf207c00, 0x5e21b800, FLOAT_CONVERT, PLAIN, 0x2500), /* fcvtzs, fcvtzu */
    ROW(0xdf20fc00, 0x5e20d400, FLOAT, PLAIN, 0x2510),         /* fabd and the like */
    ROW(0xbfe0fc00, 0x0e003c00, MOVE, PLAIN, 0x250a),          /* umov */
    ROW(0x9f200400, 0x0e200400, VECTOR, PLAIN, 0x2600),        /* three registers */
    ROW(0x8e000000, 0x0e000000, VECTOR, PLAIN, 0x2601),
};

#define GROUP(rows)             \
    {                           \
        (rows), HMI_COUNT(rows) \
    }

const a64_group hmi_a64_groups[16] = {
    [0] = GROUP(reserved), [2] = GROUP(scalable), [4] = GROUP(memory),  [5] = GROUP(registers),
    [6] = GROUP(memory),   [7] = GROUP(vectors),  [8] = GROUP(numbers), [9] = GROUP(numbers),
    [10] = GROUP(flow),    [11] = GROUP(flow),    [12] = GROUP(memory), [13] = GROUP(registers),
    [14] = GROUP(memory),  [15] = GROUP(vectors),
};
