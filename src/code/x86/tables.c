/* SPDX-License-Identifier: Apache-2.0
 *
 * tables.c - the one-byte and two-byte opcode maps, row by row.
 *
 * A row: what follows the opcode, the kind of work, where control goes, what happens to a memory
 * operand, and our number of the operation. Opcodes that do the same get the same number.
 */
#include "code/x86/tables.h"
#include "code/insn.h"

#define M X86_MODRM
#define G X86_SPECIAL
#define IMM(shape) ((shape)&X86_IMM_MASK)
#define BYTES(shape)                                    \
    (IMM(shape) == X86_IB || IMM(shape) == X86_JB   ? 1 \
     : IMM(shape) == X86_IZ || IMM(shape) == X86_ID ? 4 \
     : IMM(shape) == X86_IV || IMM(shape) == X86_JZ ? 4 \
                                                    : 0)
#define NUMBERED(shape) \
    (IMM(shape) == 0 ? 0 : IMM(shape) == X86_JB || IMM(shape) == X86_JZ ? X86_DISTANCE : X86_NUMBER)
#define PLAIN(shape)                                                                     \
    (((shape) & (X86_BAD | X86_NOT64 | G)) == 0 && (IMM(shape) == 0 || BYTES(shape) > 0) \
         ? X86_QUICK | NUMBERED(shape)                                                   \
         : 0)
/* Rows that the quick path may take, if their shape is plain; and rows that it may not. */
#define QUICK(shape, kind, flow, access, mnemonic)                                     \
    {                                                                                  \
        (mnemonic), HMI_KIND_##kind, HMI_FLOW_##flow, (shape), (access), BYTES(shape), \
            PLAIN(shape)                                                               \
    }
#define SLOW(shape, kind, flow, access, mnemonic)                                        \
    {                                                                                    \
        (mnemonic), HMI_KIND_##kind, HMI_FLOW_##flow, (shape), (access), BYTES(shape), 0 \
    }
/* Rows whose meaning stands in a row of its group. */
#define GROUP(group, shape, kind, access, mnemonic)                                      \
    {                                                                                    \
        (mnemonic), HMI_KIND_##kind, HMI_FLOW_NEXT, (shape) | G, (access), BYTES(shape), \
            X86_QUICK | NUMBERED(shape) | X86_GROUP##group                               \
    }
#define ROW(shape, kind, access, mnemonic) QUICK(shape, kind, NEXT, access, mnemonic)
#define FLOW(shape, kind, flow, mnemonic) QUICK(shape, kind, flow, X86_R, mnemonic)
#define BAD                       \
    {                             \
        0, 0, 0, X86_BAD, 0, 0, 0 \
    }
enum { RW = X86_R | X86_W };

/* op r/m,r  op r,r/m  op al,ib  op eax,iz */
#define ALU(op, kind, access)                                                   \
    [(op)] = ROW(M, kind, access, op), [(op) + 1] = ROW(M, kind, access, op),   \
    [(op) + 2] = ROW(M, kind, X86_R, op), [(op) + 3] = ROW(M, kind, X86_R, op), \
    [(op) + 4] = ROW(X86_IB, kind, 0, op), [(op) + 5] = ROW(X86_IZ, kind, 0, op)
#define JCC(cc) [0x70 + (cc)] = FLOW(X86_JB, BRANCH, BRANCH, 0x70 + (cc))
#define JCC_NEAR(cc) [0x80 + (cc)] = FLOW(X86_JZ, BRANCH, BRANCH, 0x70 + (cc))
#define SETCC(cc) [0x90 + (cc)] = QUICK(M, SELECT, NEXT, X86_W, 0x290 + (cc))
#define CMOV(cc) [0x40 + (cc)] = QUICK(M, SELECT, NEXT, X86_R, 0x240 + (cc))
/* The second map: prefixes change what most of it means, so few rows are quick. */
#define REST(shape, kind, access, mnemonic) SLOW(shape, kind, NEXT, access, mnemonic)
#define V(op, kind) [op] = REST(M, kind, X86_R, 0x200 | (op))
#define VW(op, kind) [op] = REST(M, kind, X86_W, 0x200 | (op))
#define OF_GROUP(group, reg) ((X86_GROUP##group >> 4) * 8 + (reg))
#define OF(kind, flow, access, mnemonic)                                        \
    {                                                                           \
        (mnemonic), HMI_KIND_##kind, HMI_FLOW_##flow, 0, (access), 0, X86_QUICK \
    }
#define EACH16(m)                                                                                  \
    m(0), m(1), m(2), m(3), m(4), m(5), m(6), m(7), m(8), m(9), m(10), m(11), m(12), m(13), m(14), \
        m(15)

const hmi_x86_row hmi_x86_rows[3][256] = {
    {
        ALU(0x00, ADD, RW),
        ALU(0x08, LOGIC, RW),
        ALU(0x10, ADD, RW),
        ALU(0x18, ADD, RW),
        ALU(0x20, LOGIC, RW),
        ALU(0x28, ADD, RW),
        ALU(0x30, LOGIC, RW),
        ALU(0x38, COMPARE, X86_R),
        [0x06] = ROW(X86_NOT64, PUSH, 0, 0x06),
        [0x07] = ROW(X86_NOT64, POP, 0, 0x07),
        [0x0e] = ROW(X86_NOT64, PUSH, 0, 0x06),
        [0x0f] = BAD,
        [0x16] = ROW(X86_NOT64, PUSH, 0, 0x06),
        [0x17] = ROW(X86_NOT64, POP, 0, 0x07),
        [0x1e] = ROW(X86_NOT64, PUSH, 0, 0x06),
        [0x1f] = ROW(X86_NOT64, POP, 0, 0x07),
        [0x26] = BAD,
        [0x27] = ROW(X86_NOT64, OTHER, 0, 0x27),
        [0x2e] = BAD,
        [0x2f] = ROW(X86_NOT64, OTHER, 0, 0x2f),
        [0x36] = BAD,
        [0x37] = ROW(X86_NOT64, OTHER, 0, 0x37),
        [0x3e] = BAD,
        [0x3f] = ROW(X86_NOT64, OTHER, 0, 0x3f),
        [0x40 ... 0x47] = ROW(X86_NOT64, ADD, 0, 0x40),
        [0x48 ... 0x4f] = ROW(X86_NOT64, ADD, 0, 0x48),
        [0x50 ... 0x57] = ROW(0, PUSH, 0, 0x50),
        [0x58 ... 0x5f] = ROW(0, POP, 0, 0x58),
        [0x60] = ROW(X86_NOT64, PUSH, 0, 0x60),
        [0x61] = ROW(X86_NOT64, POP, 0, 0x61),
        [0x62] = ROW(G | M | X86_NOT64, COMPARE, X86_R, 0x62),
        [0x63] = ROW(M, EXTEND, X86_R, 0x2be),
        [0x64 ... 0x67] = BAD,
        [0x68] = ROW(X86_IZ, PUSH, 0, 0x50),
        [0x69] = ROW(M | X86_IZ, MULTIPLY, X86_R, 0x10d),
        [0x6a] = ROW(X86_IB, PUSH, 0, 0x50),
        [0x6b] = ROW(M | X86_IB, MULTIPLY, X86_R, 0x10d),
        [0x6c ... 0x6d] = ROW(0, SYSTEM, 0, 0x6c),
        [0x6e ... 0x6f] = ROW(0, SYSTEM, 0, 0x6e),
        EACH16(JCC),
        [0x80] = GROUP(1, M | X86_IB, ADD, RW, 0),
        [0x81] = GROUP(1, M | X86_IZ, ADD, RW, 0),
        [0x82] = ROW(G | M | X86_IB | X86_NOT64, ADD, RW, 0),
        [0x83] = GROUP(1, M | X86_IB, ADD, RW, 0),
        [0x84 ... 0x85] = ROW(M, COMPARE, X86_R, 0x84),
        [0x86 ... 0x87] = ROW(M, ATOMIC, RW, 0x86),
        [0x88 ... 0x89] = ROW(M, MOVE, X86_W, 0x88),
        [0x8a ... 0x8b] = ROW(M, MOVE, X86_R, 0x88),
        [0x8c] = ROW(G | M, SYSTEM, X86_W, 0x8c),
        [0x8d] = { 0x8d, HMI_KIND_ADDRESS, HMI_FLOW_NEXT, M | G, 0, 0, X86_QUICK | X86_LEA },
        [0x8e] = ROW(G | M, SYSTEM, X86_R, 0x8c),
        [0x8f] = ROW(G | M, POP, X86_W, 0x58),
        [0x90] = ROW(G, NOP, 0, 0x90),
        [0x91 ... 0x97] = ROW(0, MOVE, 0, 0x86),
        [0x98] = ROW(0, EXTEND, 0, 0x98),
        [0x99] = ROW(0, EXTEND, 0, 0x99),
        [0x9a] = FLOW(X86_FAR | X86_NOT64, CALL, CALL_INDIRECT, 0x9a),
        [0x9b] = ROW(0, FLOAT, 0, 0x9b),
        [0x9c] = ROW(0, PUSH, 0, 0x9c),
        [0x9d] = ROW(0, POP, 0, 0x9d),
        [0x9e] = ROW(0, OTHER, 0, 0x9e),
        [0x9f] = ROW(0, OTHER, 0, 0x9f),
        [0xa0 ... 0xa1] = ROW(X86_MOFFS, MOVE, X86_R, 0x88),
        [0xa2 ... 0xa3] = ROW(X86_MOFFS, MOVE, X86_W, 0x88),
        [0xa4 ... 0xa5] = ROW(0, STRING, 0, 0xa4),
        [0xa6 ... 0xa7] = ROW(0, STRING, 0, 0xa6),
        [0xa8] = ROW(X86_IB, COMPARE, 0, 0x84),
        [0xa9] = ROW(X86_IZ, COMPARE, 0, 0x84),
        [0xaa ... 0xab] = ROW(0, STRING, 0, 0xaa),
        [0xac ... 0xad] = ROW(0, STRING, 0, 0xac),
        [0xae ... 0xaf] = ROW(0, STRING, 0, 0xae),
        [0xb0 ... 0xb7] = ROW(X86_IB, MOVE, 0, 0x88),
        [0xb8 ... 0xbf] = { 0x88, HMI_KIND_MOVE, HMI_FLOW_NEXT, X86_IV, 0, 4,
                            X86_QUICK | X86_NUMBER | X86_REGISTER },
        [0xc0 ... 0xc1] = GROUP(_SHIFT, M | X86_IB, SHIFT, RW, 0x100),
        [0xc2] = FLOW(X86_IW, RETURN, RETURN, 0xc3),
        [0xc3] = FLOW(0, RETURN, RETURN, 0xc3),
        [0xc4 ... 0xc5] = ROW(G | M | X86_NOT64, MOVE, X86_R, 0xc4),
        [0xc6] = GROUP(_STORE, M | X86_IB, MOVE, X86_W, 0x88),
        [0xc7] = GROUP(_STORE, M | X86_IZ, MOVE, X86_W, 0x88),
        [0xc8] = ROW(X86_ENTER, PUSH, 0, 0xc8),
        [0xc9] = ROW(0, POP, 0, 0xc9),
        [0xca] = FLOW(X86_IW, RETURN, RETURN, 0xcb),
        [0xcb] = FLOW(0, RETURN, RETURN, 0xcb),
        [0xcc] = SLOW(0, TRAP, STOP, X86_R, 0xcc),
        [0xcd] = ROW(X86_IB, SYSTEM, 0, 0xcd),
        [0xce] = ROW(X86_NOT64, SYSTEM, 0, 0xce),
        [0xcf] = FLOW(0, RETURN, RETURN, 0xcf),
        [0xd0 ... 0xd3] = GROUP(_SHIFT, M, SHIFT, RW, 0x100),
        [0xd4] = ROW(X86_IB | X86_NOT64, OTHER, 0, 0xd4),
        [0xd5] = ROW(X86_IB | X86_NOT64, OTHER, 0, 0xd5),
        [0xd6] = ROW(X86_NOT64, OTHER, 0, 0xd6),
        [0xd7] = ROW(0, MOVE, 0, 0xd7),
        [0xd8 ... 0xdf] = ROW(G | M, FLOAT, X86_R, 0x180),
        [0xe0 ... 0xe2] = FLOW(X86_JB, BRANCH, BRANCH, 0xe2),
        [0xe3] = FLOW(X86_JB, BRANCH, BRANCH, 0xe3),
        [0xe4 ... 0xe5] = ROW(X86_IB, SYSTEM, 0, 0xe4),
        [0xe6 ... 0xe7] = ROW(X86_IB, SYSTEM, 0, 0xe6),
        [0xe8] = FLOW(X86_JZ, CALL, CALL, 0xe8),
        [0xe9] = FLOW(X86_JZ, JUMP, JUMP, 0xe9),
        [0xea] = FLOW(X86_FAR | X86_NOT64, JUMP, JUMP_INDIRECT, 0xea),
        [0xeb] = FLOW(X86_JB, JUMP, JUMP, 0xe9),
        [0xec ... 0xed] = ROW(0, SYSTEM, 0, 0xe4),
        [0xee ... 0xef] = ROW(0, SYSTEM, 0, 0xe6),
        [0xf0] = BAD,
        [0xf1] = ROW(0, SYSTEM, 0, 0xf1),
        [0xf2 ... 0xf3] = BAD,
        [0xf4] = FLOW(0, TRAP, STOP, 0xf4),
        [0xf5] = ROW(0, OTHER, 0, 0xf5),
        [0xf6 ... 0xf7] = GROUP(_UNARY, M, OTHER, RW, 0x108),
        [0xf8 ... 0xf9] = ROW(0, OTHER, 0, 0xf8),
        [0xfa ... 0xfb] = ROW(0, SYSTEM, 0, 0xfa),
        [0xfc ... 0xfd] = ROW(0, OTHER, 0, 0xfc),
        [0xfe] = GROUP(_FE, M, ADD, RW, 0x40),
        [0xff] = GROUP(_FF, M, OTHER, RW, 0xff),
    },
    {
        [0x00] = REST(M, SYSTEM, RW, 0x300),
        [0x01] = REST(M, SYSTEM, RW, 0x308),
        V(0x02, SYSTEM),
        V(0x03, SYSTEM),
        [0x04] = BAD,
        [0x05] = REST(0, SYSTEM, 0, 0x205),
        [0x06] = REST(0, SYSTEM, 0, 0x206),
        [0x07] = SLOW(0, RETURN, RETURN, X86_R, 0x207),
        [0x08 ... 0x09] = REST(0, SYSTEM, 0, 0x208),
        [0x0a] = BAD,
        [0x0b] = SLOW(0, TRAP, STOP, X86_R, 0x20b),
        [0x0c] = BAD,
        [0x0d] = REST(M, NOP, 0, 0x20d),
        [0x0e] = REST(0, SYSTEM, 0, 0x20e),
        [0x0f] = REST(M | X86_IB, VECTOR, X86_R, 0x20f),
        V(0x10, FLOAT_MOVE),
        VW(0x11, FLOAT_MOVE),
        V(0x12, FLOAT_MOVE),
        VW(0x13, FLOAT_MOVE),
        V(0x14, VECTOR),
        V(0x15, VECTOR),
        V(0x16, FLOAT_MOVE),
        VW(0x17, FLOAT_MOVE),
        [0x18 ... 0x1d] = ROW(M, NOP, 0, 0x21f),
        [0x1e] = REST(M, NOP, 0, 0x21f), /* endbr */
        [0x1f] = ROW(M, NOP, 0, 0x21f),
        [0x20 ... 0x23] = REST(M, SYSTEM, 0, 0x220),
        [0x24 ... 0x27] = BAD,
        V(0x28, FLOAT_MOVE),
        VW(0x29, FLOAT_MOVE),
        V(0x2a, FLOAT_CONVERT),
        VW(0x2b, FLOAT_MOVE),
        V(0x2c, FLOAT_CONVERT),
        V(0x2d, FLOAT_CONVERT),
        V(0x2e, FLOAT_COMPARE),
        V(0x2f, FLOAT_COMPARE),
        [0x30 ... 0x35] = REST(0, SYSTEM, 0, 0x230),
        [0x36] = BAD,
        [0x37] = REST(0, SYSTEM, 0, 0x237),
        [0x38 ... 0x3f] = BAD,
        EACH16(CMOV),
        V(0x50, VECTOR),
        [0x51 ... 0x53] = REST(M, FLOAT, X86_R, 0x251),
        [0x54 ... 0x57] = REST(M, LOGIC, X86_R, 0x254),
        [0x58 ... 0x59] = REST(M, FLOAT, X86_R, 0x258),
        [0x5a ... 0x5b] = REST(M, FLOAT_CONVERT, X86_R, 0x25a),
        [0x5c ... 0x5f] = REST(M, FLOAT, X86_R, 0x25c),
        [0x60 ... 0x6d] = REST(M, VECTOR, X86_R, 0x260),
        V(0x6e, FLOAT_MOVE),
        V(0x6f, FLOAT_MOVE),
        [0x70 ... 0x73] = REST(M | X86_IB, VECTOR, X86_R, 0x270),
        [0x74 ... 0x76] = REST(M, VECTOR, X86_R, 0x274),
        [0x77] = REST(0, VECTOR, 0, 0x277),
        VW(0x78, VECTOR),
        V(0x79, VECTOR),
        [0x7a ... 0x7b] = BAD,
        [0x7c ... 0x7d] = REST(M, FLOAT, X86_R, 0x27c),
        VW(0x7e, FLOAT_MOVE),
        VW(0x7f, FLOAT_MOVE),
        EACH16(JCC_NEAR),
        EACH16(SETCC),
        [0xa0] = REST(0, PUSH, 0, 0x2a0),
        [0xa1] = REST(0, POP, 0, 0x2a1),
        [0xa2] = REST(0, SYSTEM, 0, 0x2a2),
        [0xa3] = ROW(M, BITS, X86_R, 0x2a3),
        [0xa4] = ROW(M | X86_IB, SHIFT, RW, 0x2a4),
        [0xa5] = ROW(M, SHIFT, RW, 0x2a4),
        [0xa6 ... 0xa7] = REST(M, CRYPTO, 0, 0x2a6),
        [0xa8] = REST(0, PUSH, 0, 0x2a0),
        [0xa9] = REST(0, POP, 0, 0x2a1),
        [0xaa] = REST(0, SYSTEM, 0, 0x2aa),
        [0xab] = ROW(M, BITS, RW, 0x2ab),
        [0xac] = ROW(M | X86_IB, SHIFT, RW, 0x2ac),
        [0xad] = ROW(M, SHIFT, RW, 0x2ac),
        [0xae] = REST(M, SYSTEM, RW, 0x370),
        [0xaf] = ROW(M, MULTIPLY, X86_R, 0x10d),
        [0xb0 ... 0xb1] = ROW(M, ATOMIC, RW, 0x2b0),
        V(0xb2, MOVE),
        [0xb3] = ROW(M, BITS, RW, 0x2b3),
        V(0xb4, MOVE),
        V(0xb5, MOVE),
        [0xb6 ... 0xb7] = ROW(M, EXTEND, X86_R, 0x2b6),
        V(0xb8, BITS),
        [0xb9] = SLOW(M, TRAP, STOP, X86_R, 0x20b),
        [0xba] = REST(M | X86_IB, BITS, RW, 0x2ba),
        [0xbb] = ROW(M, BITS, RW, 0x2bb),
        V(0xbc, BITS),
        V(0xbd, BITS),
        [0xbe ... 0xbf] = ROW(M, EXTEND, X86_R, 0x2be),
        [0xc0 ... 0xc1] = ROW(M, ATOMIC, RW, 0x2c0),
        [0xc2] = REST(M | X86_IB, FLOAT_COMPARE, X86_R, 0x2c2),
        VW(0xc3, MOVE),
        [0xc4] = REST(M | X86_IB, VECTOR, X86_R, 0x2c4),
        [0xc5] = REST(M | X86_IB, VECTOR, X86_R, 0x2c5),
        [0xc6] = REST(M | X86_IB, VECTOR, X86_R, 0x2c6),
        [0xc7] = REST(M, ATOMIC, RW, 0x338),
        [0xc8 ... 0xcf] = REST(0, BITS, 0, 0x2c8),
        [0xd0 ... 0xd5] = REST(M, VECTOR, X86_R, 0x2d0),
        VW(0xd6, FLOAT_MOVE),
        [0xd7 ... 0xe5] = REST(M, VECTOR, X86_R, 0x2d7),
        V(0xe6, FLOAT_CONVERT),
        VW(0xe7, FLOAT_MOVE),
        [0xe8 ... 0xee] = REST(M, VECTOR, X86_R, 0x2e8),
        V(0xef, LOGIC),
        V(0xf0, FLOAT_MOVE),
        [0xf1 ... 0xfe] = REST(M, VECTOR, X86_R, 0x2f1),
        [0xff] = SLOW(M, TRAP, STOP, X86_R, 0x20b),
    },
    {
        /* groups; what is missing is left to the other path */
        [OF_GROUP(1, 0)] = OF(ADD, NEXT, RW, 0x00),
        [OF_GROUP(1, 1)] = OF(LOGIC, NEXT, RW, 0x08),
        [OF_GROUP(1, 2)] = OF(ADD, NEXT, RW, 0x10),
        [OF_GROUP(1, 3)] = OF(ADD, NEXT, RW, 0x18),
        [OF_GROUP(1, 4)] = OF(LOGIC, NEXT, RW, 0x20),
        [OF_GROUP(1, 5)] = OF(ADD, NEXT, RW, 0x28),
        [OF_GROUP(1, 6)] = OF(LOGIC, NEXT, RW, 0x30),
        [OF_GROUP(1, 7)] = OF(COMPARE, NEXT, X86_R, 0x38),
        [OF_GROUP(_SHIFT, 0)] = OF(SHIFT, NEXT, RW, 0x100),
        [OF_GROUP(_SHIFT, 1)] = OF(SHIFT, NEXT, RW, 0x101),
        [OF_GROUP(_SHIFT, 2)] = OF(SHIFT, NEXT, RW, 0x102),
        [OF_GROUP(_SHIFT, 3)] = OF(SHIFT, NEXT, RW, 0x103),
        [OF_GROUP(_SHIFT, 4)] = OF(SHIFT, NEXT, RW, 0x104),
        [OF_GROUP(_SHIFT, 5)] = OF(SHIFT, NEXT, RW, 0x105),
        [OF_GROUP(_SHIFT, 6)] = OF(SHIFT, NEXT, RW, 0x104),
        [OF_GROUP(_SHIFT, 7)] = OF(SHIFT, NEXT, RW, 0x107),
        [OF_GROUP(_STORE, 0)] = OF(MOVE, NEXT, X86_W, 0x88),
        [OF_GROUP(_UNARY, 2)] = OF(LOGIC, NEXT, RW, 0x10a),
        [OF_GROUP(_UNARY, 3)] = OF(ADD, NEXT, RW, 0x10b),
        [OF_GROUP(_UNARY, 4)] = OF(MULTIPLY, NEXT, X86_R, 0x10c),
        [OF_GROUP(_UNARY, 5)] = OF(MULTIPLY, NEXT, X86_R, 0x10d),
        [OF_GROUP(_UNARY, 6)] = OF(DIVIDE, NEXT, X86_R, 0x10e),
        [OF_GROUP(_UNARY, 7)] = OF(DIVIDE, NEXT, X86_R, 0x10f),
        [OF_GROUP(_FE, 0)] = OF(ADD, NEXT, RW, 0x40),
        [OF_GROUP(_FE, 1)] = OF(ADD, NEXT, RW, 0x48),
        [OF_GROUP(_FF, 0)] = OF(ADD, NEXT, RW, 0x40),
        [OF_GROUP(_FF, 1)] = OF(ADD, NEXT, RW, 0x48),
        [OF_GROUP(_FF, 2)] = OF(CALL, CALL_INDIRECT, X86_R, 0xe8),
    },
};

#define NONE 0xff /* HMI_REG_NONE */
#define EACH8(m) m(0), m(1), m(2), m(3), m(4), m(5), m(6), m(7)
/* reg, rm, base, index, flags, access, disp, sib; MEMORY is 1, ADDRESSED 4 */
#define AT(reg, base, disp)                              \
    {                                                    \
        (reg), NONE, (base), NONE, 1, RW << 4, (disp), 0 \
    }
#define AT_SIB(reg, disp)                              \
    {                                                  \
        (reg), NONE, NONE, NONE, 1, RW << 4, (disp), 1 \
    }
#define AT_NEXT(reg)                              \
    {                                             \
        (reg), NONE, NONE, NONE, 5, RW << 4, 4, 0 \
    }
#define IN(reg, rm)                         \
    {                                       \
        (reg), (rm), NONE, NONE, 0, 0, 0, 0 \
    }
#define MOD0(reg)                                                                             \
    AT(reg, 0, 0), AT(reg, 1, 0), AT(reg, 2, 0), AT(reg, 3, 0), AT_SIB(reg, 0), AT_NEXT(reg), \
        AT(reg, 6, 0), AT(reg, 7, 0)
#define MOD(reg, disp)                                                                         \
    AT(reg, 0, disp), AT(reg, 1, disp), AT(reg, 2, disp), AT(reg, 3, disp), AT_SIB(reg, disp), \
        AT(reg, 5, disp), AT(reg, 6, disp), AT(reg, 7, disp)
#define MOD1(reg) MOD(reg, 1)
#define MOD2(reg) MOD(reg, 4)
#define MOD3(reg) \
    IN(reg, 0), IN(reg, 1), IN(reg, 2), IN(reg, 3), IN(reg, 4), IN(reg, 5), IN(reg, 6), IN(reg, 7)

const hmi_x86_modrm_row hmi_x86_modrm[X86_MODRM_NONE + 1] = {
    EACH8(MOD0), EACH8(MOD1), EACH8(MOD2), EACH8(MOD3), IN(NONE, NONE),
};

/* B extends rm and base, X the index, R reg. */
const uint8_t hmi_x86_rex[8][4] = {
    { 0, 0, 0, 0 }, { 0, 8, 8, 0 }, { 0, 0, 0, 8 }, { 0, 8, 8, 8 },
    { 8, 0, 0, 0 }, { 8, 8, 8, 0 }, { 8, 0, 0, 8 }, { 8, 8, 8, 8 },
};

/* 26 2e 36 3e, 64 to 67, f0 f2 f3. */
const uint64_t hmi_x86_prefix[4] = { UINT64_C(0x4040404000000000), UINT64_C(0x000000f000000000), 0,
                                     UINT64_C(0x000d000000000000) };

uint8_t hmi_x86_kind_38(uint8_t map, uint8_t op)
{
    if (map == 2) {
        if ((op >= 0xc8 && op <= 0xcd) || (op >= 0xdb && op <= 0xdf)) {
            return HMI_KIND_CRYPTO; /* sha, aes */
        }
        if (op == 0xf0 || op == 0xf1) {
            return HMI_KIND_BITS; /* crc32, movbe */
        }
        if (op >= 0xf2 && op <= 0xf7) {
            return op == 0xf7 ? HMI_KIND_SHIFT : HMI_KIND_BITS;
        }
        if (op >= 0x96 && op <= 0xbf) {
            return HMI_KIND_FLOAT; /* fused multiply-add */
        }
        return HMI_KIND_VECTOR;
    }
    if (op == 0xcc || op == 0xdf || op == 0x44) {
        return HMI_KIND_CRYPTO;
    }
    return op == 0xf0 ? HMI_KIND_SHIFT : HMI_KIND_VECTOR;
}
