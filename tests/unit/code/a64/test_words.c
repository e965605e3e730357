/* SPDX-License-Identifier: Apache-2.0
 *
 * test_words.c - what an assembler made of a line is read back as what the line says; any word at
 * all is read within its bounds, and the same each time.
 *
 * The words are those of LLVM 14: each line as `echo LINE | llvm-mc -triple=aarch64
 * -mattr=+v8.5a,+sve,+crypto,+crc -show-encoding` says it; what is expected of it was written down
 * from the line by hand. Pointer authentication and SVE, which Capstone 4 does not know, are here.
 */
#include "check.h"
#include "code/a64/a64.h"

enum { HERE = 0x100000, STACK = 4 };

typedef enum asks { NOTHING, NUMBER, TARGET, PLACE, BASE } asks;

typedef struct line {
    uint32_t word;
    const char *text;
    hmi_kind kind;
    hmi_flow flow;
    asks asks;
    uint64_t value;
    uint8_t base; /* by our numbers: the stack pointer is 4, x29 5, x4 31 */
} line;

static const line LINES[] = {
    { 0xaa0103e0, "mov x0, x1", HMI_KIND_MOVE, HMI_FLOW_NEXT },
    { 0x52a24680, "mov w0, #0x12340000", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = 0x12340000 },
    { 0x910003e0, "mov x0, sp", HMI_KIND_MOVE, HMI_FLOW_NEXT },
    { 0x910103ff, "add sp, sp, #0x40", HMI_KIND_ADD, HMI_FLOW_NEXT, .asks = NUMBER, .value = 0x40 },
    { 0xd10103ff, "sub sp, sp, #0x40", HMI_KIND_ADD, HMI_FLOW_NEXT, .asks = NUMBER, .value = 0x40 },
    { 0x91004020, "add x0, x1, #0x10", HMI_KIND_ADDRESS, HMI_FLOW_NEXT, .asks = BASE, .value = 0x10,
      .base = 1 },
    { 0xd10043a0, "sub x0, x29, #0x10", HMI_KIND_ADDRESS, HMI_FLOW_NEXT, .asks = BASE,
      .value = (uint64_t)-0x10, .base = 5 },
    { 0x91400400, "add x0, x0, #0x1, lsl #12", HMI_KIND_ADD, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = 0x1000 },
    { 0x71007c1f, "cmp w0, #0x1f", HMI_KIND_COMPARE, HMI_FLOW_NEXT, .asks = NUMBER, .value = 0x1f },
    { 0x3100041f, "cmn w0, #0x1", HMI_KIND_COMPARE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = (uint64_t)-0x1 },
    { 0x72181c1f, "tst w0, #0xff00", HMI_KIND_COMPARE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = 0xff00 },
    { 0x12001c20, "and w0, w1, #0xff", HMI_KIND_EXTEND, HMI_FLOW_NEXT },
    { 0x927cec20, "and x0, x1, #0xfffffffffffffff0", HMI_KIND_LOGIC, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = (uint64_t)-0x10 },
    { 0x4a020020, "eor w0, w1, w2", HMI_KIND_LOGIC, HMI_FLOW_NEXT },
    { 0xb200f020, "orr x0, x1, #0x5555555555555555", HMI_KIND_LOGIC, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = UINT64_C(0x5555555555555555) },
    { 0x72af47e0, "movk w0, #0x7a3f, lsl #16", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = 0x7a3f0000 },
    { 0x92800020, "mov x0, #-2", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = (uint64_t)-0x2 },
    { 0x12800020, "mov w0, #-2", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = (uint64_t)-0x2 },
    { 0x531d7020, "lsl w0, w1, #3", HMI_KIND_SHIFT, HMI_FLOW_NEXT },
    { 0x53001c20, "uxtb w0, w1", HMI_KIND_EXTEND, HMI_FLOW_NEXT },
    { 0x93407c20, "sxtw x0, w1", HMI_KIND_EXTEND, HMI_FLOW_NEXT },
    { 0x13811c20, "ror w0, w1, #7", HMI_KIND_SHIFT, HMI_FLOW_NEXT },
    { 0x4b0103e0, "neg w0, w1", HMI_KIND_ADD, HMI_FLOW_NEXT },
    { 0x1b027c20, "mul w0, w1, w2", HMI_KIND_MULTIPLY, HMI_FLOW_NEXT },
    { 0x9bc27c20, "umulh x0, x1, x2", HMI_KIND_MULTIPLY, HMI_FLOW_NEXT },
    { 0x1ac20820, "udiv w0, w1, w2", HMI_KIND_DIVIDE, HMI_FLOW_NEXT },
    { 0x9ac20c20, "sdiv x0, x1, x2", HMI_KIND_DIVIDE, HMI_FLOW_NEXT },
    { 0x5ac01020, "clz w0, w1", HMI_KIND_BITS, HMI_FLOW_NEXT },
    { 0xdac00c20, "rev x0, x1", HMI_KIND_BITS, HMI_FLOW_NEXT },
    { 0x1a828020, "csel w0, w1, w2, hi", HMI_KIND_SELECT, HMI_FLOW_NEXT },
    { 0x7a451800, "ccmp w0, #5, #0, ne", HMI_KIND_COMPARE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = 0x5 },
    { 0x9a020020, "adc x0, x1, x2", HMI_KIND_ADD, HMI_FLOW_NEXT },
    { 0xf9400420, "ldr x0, [x1, #8]", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0x8,
      .base = 1 },
    { 0xb9400fe0, "ldr w0, [sp, #12]", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0xc,
      .base = 4 },
    { 0x38626820, "ldrb w0, [x1, x2]", HMI_KIND_EXTEND, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 1 },
    { 0xb8a27820, "ldrsw x0, [x1, x2, lsl #2]", HMI_KIND_EXTEND, HMI_FLOW_NEXT, .asks = BASE,
      .value = 0, .base = 1 },
    { 0x78dfe020, "ldrsh w0, [x1, #-2]", HMI_KIND_EXTEND, HMI_FLOW_NEXT, .asks = BASE,
      .value = (uint64_t)-0x2, .base = 1 },
    { 0xf8010420, "str x0, [x1], #16", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 1 },
    { 0xb8004c80, "str w0, [x4, #4]!", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0x4,
      .base = 31 },
    { 0x39007fbf, "strb wzr, [x29, #31]", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0x1f,
      .base = 5 },
    { 0xa8c27bfd, "ldp x29, x30, [sp], #32", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 4 },
    { 0xa9bf53f3, "stp x19, x20, [sp, #-16]!", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE,
      .value = (uint64_t)-0x10, .base = 4 },
    { 0x6d0127e8, "stp d8, d9, [sp, #16]", HMI_KIND_FLOAT_MOVE, HMI_FLOW_NEXT, .asks = BASE,
      .value = 0x10, .base = 4 },
    { 0x69410440, "ldpsw x0, x1, [x2, #8]", HMI_KIND_EXTEND, HMI_FLOW_NEXT, .asks = BASE,
      .value = 0x8, .base = 2 },
    { 0x3dc00820, "ldr q0, [x1, #32]", HMI_KIND_FLOAT_MOVE, HMI_FLOW_NEXT, .asks = BASE,
      .value = 0x20, .base = 1 },
    { 0x58008000, "ldr x0, .+0x1000", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = PLACE,
      .value = 0x101000 },
    { 0x10ffffe0, "adr x0, .-4", HMI_KIND_ADDRESS, HMI_FLOW_NEXT, .asks = PLACE, .value = 0xffffc },
    { 0x14000002, "b .+0x8", HMI_KIND_JUMP, HMI_FLOW_JUMP, .asks = TARGET, .value = 0x100008 },
    { 0x16000000, "b .-0x8000000", HMI_KIND_JUMP, HMI_FLOW_JUMP, .asks = TARGET,
      .value = UINT64_C(0xfffffffff8100000) },
    { 0x94000001, "bl .+0x4", HMI_KIND_CALL, HMI_FLOW_CALL, .asks = TARGET, .value = 0x100004 },
    { 0x54000080, "b.eq .+0x10", HMI_KIND_BRANCH, HMI_FLOW_BRANCH, .asks = TARGET,
      .value = 0x100010 },
    { 0x54ffff89, "b.ls .-0x10", HMI_KIND_BRANCH, HMI_FLOW_BRANCH, .asks = TARGET,
      .value = 0xffff0 },
    { 0x34000100, "cbz w0, .+0x20", HMI_KIND_BRANCH, HMI_FLOW_BRANCH, .asks = TARGET,
      .value = 0x100020 },
    { 0xb5ffff13, "cbnz x19, .-0x20", HMI_KIND_BRANCH, HMI_FLOW_BRANCH, .asks = TARGET,
      .value = 0xfffe0 },
    { 0x36180200, "tbz w0, #3, .+0x40", HMI_KIND_BRANCH, HMI_FLOW_BRANCH, .asks = TARGET,
      .value = 0x100040 },
    { 0xb7fffe00, "tbnz x0, #63, .-0x40", HMI_KIND_BRANCH, HMI_FLOW_BRANCH, .asks = TARGET,
      .value = 0xfffc0 },
    { 0xd61f0200, "br x16", HMI_KIND_JUMP, HMI_FLOW_JUMP_INDIRECT },
    { 0xd63f0100, "blr x8", HMI_KIND_CALL, HMI_FLOW_CALL_INDIRECT },
    { 0xd65f03c0, "ret", HMI_KIND_RETURN, HMI_FLOW_RETURN },
    { 0xd65f0140, "ret x10", HMI_KIND_RETURN, HMI_FLOW_RETURN },
    { 0xd65f0bff, "retaa", HMI_KIND_RETURN, HMI_FLOW_RETURN },
    { 0xd63f091f, "blraaz x8", HMI_KIND_CALL, HMI_FLOW_CALL_INDIRECT },
    { 0xd71f0a11, "braa x16, x17", HMI_KIND_JUMP, HMI_FLOW_JUMP_INDIRECT },
    { 0xd69f03e0, "eret", HMI_KIND_RETURN, HMI_FLOW_RETURN },
    { 0xd4200020, "brk #0x1", HMI_KIND_TRAP, HMI_FLOW_STOP },
    { 0x00000000, "udf #0", HMI_KIND_TRAP, HMI_FLOW_STOP },
    { 0xd4400000, "hlt #0", HMI_KIND_TRAP, HMI_FLOW_STOP },
    { 0xd4000001, "svc #0", HMI_KIND_SYSTEM, HMI_FLOW_NEXT },
    { 0xd53bd040, "mrs x0, tpidr_el0", HMI_KIND_SYSTEM, HMI_FLOW_NEXT },
    { 0xd5033bbf, "dmb ish", HMI_KIND_ATOMIC, HMI_FLOW_NEXT },
    { 0xd503201f, "nop", HMI_KIND_NOP, HMI_FLOW_NEXT },
    { 0xd503245f, "bti c", HMI_KIND_NOP, HMI_FLOW_NEXT },
    { 0xd503233f, "paciasp", HMI_KIND_NOP, HMI_FLOW_NEXT },
    { 0xd50323bf, "autiasp", HMI_KIND_NOP, HMI_FLOW_NEXT },
    { 0x885f7c20, "ldxr w0, [x1]", HMI_KIND_ATOMIC, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 1 },
    { 0x8802fc20, "stlxr w2, w0, [x1]", HMI_KIND_ATOMIC, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 1 },
    { 0xb8e00041, "ldaddal w0, w1, [x2]", HMI_KIND_ATOMIC, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 2 },
    { 0xc8e0fc41, "casal x0, x1, [x2]", HMI_KIND_ATOMIC, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 2 },
    { 0xf8200420, "ldraa x0, [x1]", HMI_KIND_MOVE, HMI_FLOW_NEXT, .asks = BASE, .value = 0,
      .base = 1 },
    { 0x1e6e1000, "fmov d0, #1.0", HMI_KIND_FLOAT_MOVE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = UINT64_C(0x3ff0000000000000) },
    { 0x1e301000, "fmov s0, #-2.0", HMI_KIND_FLOAT_MOVE, HMI_FLOW_NEXT, .asks = NUMBER,
      .value = UINT64_C(0xc0000000) },
    { 0x1e622820, "fadd d0, d1, d2", HMI_KIND_FLOAT, HMI_FLOW_NEXT },
    { 0x1f020c20, "fmadd s0, s1, s2, s3", HMI_KIND_FLOAT, HMI_FLOW_NEXT },
    { 0x1e612000, "fcmp d0, d1", HMI_KIND_FLOAT_COMPARE, HMI_FLOW_NEXT },
    { 0x1e780020, "fcvtzs w0, d1", HMI_KIND_FLOAT_CONVERT, HMI_FLOW_NEXT },
    { 0x1e620020, "scvtf d0, w1", HMI_KIND_FLOAT_CONVERT, HMI_FLOW_NEXT },
    { 0x1e62cc20, "fcsel d0, d1, d2, gt", HMI_KIND_SELECT, HMI_FLOW_NEXT },
    { 0x4e284820, "aese v0.16b, v1.16b", HMI_KIND_CRYPTO, HMI_FLOW_NEXT },
    { 0x5e024020, "sha256h q0, q1, v2.4s", HMI_KIND_CRYPTO, HMI_FLOW_NEXT },
    { 0x1ac25020, "crc32cb w0, w1, w2", HMI_KIND_CRYPTO, HMI_FLOW_NEXT },
    { 0x4ea28420, "add v0.4s, v1.4s, v2.4s", HMI_KIND_VECTOR, HMI_FLOW_NEXT },
    { 0x4cdf7000, "ld1 { v0.16b }, [x0], #16", HMI_KIND_VECTOR, HMI_FLOW_NEXT, .asks = BASE,
      .value = 0, .base = 0 },
    { 0x4c00a020, "st1 { v0.16b, v1.16b }, [x1]", HMI_KIND_VECTOR, HMI_FLOW_NEXT, .asks = BASE,
      .value = 0, .base = 1 },
    { 0x2518e3e0, "ptrue p0.b", HMI_KIND_VECTOR, HMI_FLOW_NEXT },
    { 0xf9800000, "prfm pldl1keep, [x0]", HMI_KIND_NOP, HMI_FLOW_NEXT },
};

static unsigned decode(uint32_t word, uint64_t address, hmi_insn *ret)
{
    uint8_t code[HMI_A64_LEN] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
                                  (uint8_t)(word >> 24) };
    return hmi_decode_a64(hmi_bytes(code, sizeof code), address, ret);
}

static bool says(const line *l, const hmi_insn *insn)
{
    switch (l->asks) {
    case NUMBER:
        return (insn->flags & HMI_INSN_IMMEDIATE) && insn->imm == l->value;
    case TARGET:
        return (insn->flags & HMI_INSN_TARGET) && insn->target == l->value;
    case PLACE:
        return (insn->flags & HMI_INSN_ADDRESSED) && insn->mem == l->value;
    case BASE:
        return (insn->flags & HMI_INSN_MEMORY) && insn->base == l->base &&
               insn->disp == (int32_t)l->value;
    default:
        return true;
    }
}

TEST(a_word_says_what_its_line_says)
{
    for (size_t i = 0; i < HMI_COUNT(LINES); i++) {
        hmi_insn insn = { 0 };
        const line *l = &LINES[i];
        bool right = decode(l->word, HERE, &insn) == HMI_A64_LEN && insn.len == HMI_A64_LEN &&
                     insn.kind == l->kind && insn.flow == l->flow && says(l, &insn);
        if (!right) {
            print_error("%08x %s: kind %u flow %u flags %02x imm %llx base %u disp %d\n", l->word,
                        l->text, insn.kind, insn.flow, insn.flags, (unsigned long long)insn.imm,
                        insn.base, insn.disp);
        }
        CHECK(right);
    }
}

/* The first half of a group of lines says which registers, by our numbers. */
TEST(registers_are_told_by_our_numbers)
{
    hmi_insn insn;
    CHECK_EQ(decode(0xaa0403e5, HERE, &insn), HMI_A64_LEN); /* mov x5, x4 */
    CHECK_EQ(insn.reg, 29);
    CHECK_EQ(insn.rm, 31);
    CHECK_EQ(decode(0x910003fd, HERE, &insn), HMI_A64_LEN); /* mov x29, sp */
    CHECK_EQ(insn.reg, 5);
    CHECK_EQ(insn.rm, STACK);
    CHECK_EQ(decode(0xb900001f, HERE, &insn), HMI_A64_LEN); /* str wzr, [x0] */
    CHECK_EQ(insn.reg, HMI_REG_NONE);
    CHECK(insn.flags & HMI_INSN_WRITES);
}

TEST(a_short_slice_is_no_instruction)
{
    static const uint8_t RET[HMI_A64_LEN] = { 0xc0, 0x03, 0x5f, 0xd6 };
    hmi_insn insn = { .len = 99 };
    for (size_t len = 0; len < sizeof RET; len++) {
        CHECK_EQ(hmi_decode_a64(hmi_bytes(RET, len), HERE, &insn), 0);
        CHECK_EQ(insn.len, 99); /* untouched */
    }
    CHECK_EQ(decode(0xffffffff, HERE, &insn), 0);
    CHECK_EQ(insn.len, 99);
}

/* Four million words, spread evenly over all, at both ends of the address space. */
TEST(any_word_is_read_within_bounds_and_the_same_each_time)
{
    enum { STRIDE = 1021 }; /* prime: every field takes every value */
    size_t taken = 0, all = 0;
    for (uint64_t word = 0; word <= UINT32_MAX; word += STRIDE, all++) {
        hmi_insn once = { 0 }, twice = { 0 };
        uint64_t address = all & 1 ? UINT64_MAX - 3 : 0;
        unsigned len = decode((uint32_t)word, address, &once);
        if (len != decode((uint32_t)word, address, &twice) ||
            memcmp(&once, &twice, sizeof once) != 0) {
            fail_msg("%08x is not always the same", (unsigned)word);
        }
        if (len == 0) {
            continue;
        }
        taken++;
        bool bounded = len == HMI_A64_LEN && once.kind < HMI_KIND_COUNT &&
                       once.flow <= HMI_FLOW_STOP && once.width <= 16 &&
                       (once.base < 32 || once.base == HMI_REG_NONE) &&
                       (!(once.flags & HMI_INSN_TARGET) || once.target % HMI_A64_LEN == 0);
        if (!bounded) {
            fail_msg("%08x: kind %u flow %u width %u base %u", (unsigned)word, once.kind, once.flow,
                     once.width, once.base);
        }
    }
    CHECK(taken > all / 4 && taken < all);
}

RUN_TESTS()
