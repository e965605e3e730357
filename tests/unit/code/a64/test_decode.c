/* SPDX-License-Identifier: Apache-2.0
 *
 * test_decode.c - what Capstone takes for an instruction of A64 we do too, and we say the same of
 * where control goes, which addresses and numbers it names, and what it does.
 */
#include <capstone/capstone.h>

#include "check.h"
#include "code/a64/a64.h"

typedef struct tally {
    unsigned long both, refused, differs;
} tally;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint8_t register_of(arm64_reg reg)
{
    if (reg == ARM64_REG_SP || reg == ARM64_REG_WSP) {
        return 4;
    }
    unsigned number = 0;
    if (reg == ARM64_REG_X29) {
        return 5;
    } else if (reg == ARM64_REG_X30) {
        number = 30;
    } else if (reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28) {
        number = (unsigned)(reg - ARM64_REG_X0);
    } else {
        return HMI_REG_NONE;
    }
    return (uint8_t)(number == 4 ? 31 : number == 5 ? 29 : number);
}

static bool is_immediate(const cs_arm64 *op, unsigned at, int64_t *ret)
{
    if (at >= op->op_count || op->operands[at].type != ARM64_OP_IMM) {
        return false;
    }
    *ret = op->operands[at].imm;
    return true;
}

/* Control: which way, and where to. */
static bool flow_agrees(const cs_insn *theirs, const hmi_insn *ours)
{
    const cs_arm64 *op = &theirs->detail->arm64;
    int64_t to = op->op_count ? op->operands[op->op_count - 1].imm : 0;
    switch (theirs->id) {
    case ARM64_INS_B:
        return ours->flow == (op->cc == ARM64_CC_INVALID ? HMI_FLOW_JUMP : HMI_FLOW_BRANCH) &&
               ours->target == (uint64_t)to;
    case ARM64_INS_BL:
        return ours->flow == HMI_FLOW_CALL && ours->target == (uint64_t)to;
    case ARM64_INS_CBZ:
    case ARM64_INS_CBNZ:
    case ARM64_INS_TBZ:
    case ARM64_INS_TBNZ:
        return ours->flow == HMI_FLOW_BRANCH && ours->target == (uint64_t)to;
    case ARM64_INS_BR:
        return ours->flow == HMI_FLOW_JUMP_INDIRECT && ours->rm == register_of(op->operands[0].reg);
    case ARM64_INS_BLR:
        return ours->flow == HMI_FLOW_CALL_INDIRECT;
    case ARM64_INS_RET:
    case ARM64_INS_ERET:
    case ARM64_INS_DRPS:
        return ours->flow == HMI_FLOW_RETURN;
    case ARM64_INS_BRK:
    case ARM64_INS_HLT:
        return ours->flow == HMI_FLOW_STOP;
    default:
        return ours->flow == HMI_FLOW_NEXT;
    }
}

/* Loads and stores: base, distance, direction. */
static bool memory_agrees(const cs_insn *theirs, const hmi_insn *ours)
{
    const cs_arm64 *op = &theirs->detail->arm64;
    for (unsigned i = 0; i < op->op_count; i++) {
        if (op->operands[i].type != ARM64_OP_MEM) {
            continue;
        }
        if (theirs->id == ARM64_INS_PRFM || theirs->id == ARM64_INS_PRFUM) {
            return true; /* does nothing */
        }
        const arm64_op_mem *mem = &op->operands[i].mem;
        bool loads = theirs->mnemonic[0] == 'l', stores = strncmp(theirs->mnemonic, "st", 2) == 0;
        bool both =
            loads && strncmp(theirs->mnemonic, "ld", 2) == 0 && ours->kind == HMI_KIND_ATOMIC;
        return (ours->flags & HMI_INSN_MEMORY) && ours->base == register_of(mem->base) &&
               ours->disp == mem->disp &&
               ((ours->flags & HMI_INSN_INDEXED) != 0) == (mem->index != ARM64_REG_INVALID) &&
               (both || !loads || (ours->flags & HMI_INSN_READS)) &&
               (!stores || ours->kind == HMI_KIND_ATOMIC || (ours->flags & HMI_INSN_WRITES));
    }
    return true;
}

/* Numbers, as far as the same word means the same number to both. */
static bool number_agrees(const cs_insn *theirs, const hmi_insn *ours)
{
    const cs_arm64 *op = &theirs->detail->arm64;
    int64_t value;
    switch (theirs->id) {
    case ARM64_INS_CMP:
        if (!is_immediate(op, 1, &value)) {
            return ours->kind == HMI_KIND_COMPARE;
        }
        value <<= op->operands[1].shift.type == ARM64_SFT_LSL ? op->operands[1].shift.value : 0;
        return ours->kind == HMI_KIND_COMPARE && ours->imm == (uint64_t)value;
    case ARM64_INS_TST:
        return ours->kind == HMI_KIND_COMPARE &&
               (!is_immediate(op, 1, &value) || ours->imm == (uint64_t)value);
    case ARM64_INS_ADR:
        return is_immediate(op, 1, &value) && ours->mem == (uint64_t)value;
    case ARM64_INS_MOVZ:
    case ARM64_INS_ORR:
        return theirs->id != ARM64_INS_ORR || !is_immediate(op, 2, &value) ||
               ours->imm == (uint64_t)value;
    case ARM64_INS_EOR:
        return ours->kind == HMI_KIND_LOGIC &&
               (!is_immediate(op, 2, &value) || ours->imm == (uint64_t)value);
    default:
        return true;
    }
}

static void compare(csh judge, cs_insn *theirs, uint32_t word, tally *count)
{
    uint8_t code[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
                        (uint8_t)(word >> 24) };
    const uint8_t *at = code;
    size_t left = sizeof code;
    uint64_t address = 0x100000;
    if (!cs_disasm_iter(judge, &at, &left, &address, theirs)) {
        return;
    }
    hmi_insn ours = { 0 };
    if (hmi_decode_a64(hmi_bytes(code, sizeof code), 0x100000, &ours) != HMI_A64_LEN) {
        if (count->refused++ < 20) {
            print_error("%08x not decoded: %s %s\n", word, theirs->mnemonic, theirs->op_str);
        }
        return;
    }
    bool vector = ours.kind == HMI_KIND_VECTOR || ours.kind == HMI_KIND_CRYPTO;
    if (!flow_agrees(theirs, &ours) || (!vector && !memory_agrees(theirs, &ours)) ||
        (!vector && !number_agrees(theirs, &ours))) {
        if (count->differs++ < 20) {
            print_error("%08x differs: %s %s: kind %u flow %u base %u disp %d imm %llx\n", word,
                        theirs->mnemonic, theirs->op_str, ours.kind, ours.flow, ours.base,
                        ours.disp, (unsigned long long)ours.imm);
        }
        return;
    }
    count->both++;
}

TEST(agrees_with_capstone)
{
    csh judge;
    if (cs_open(CS_ARCH_ARM64, CS_MODE_ARM, &judge) != CS_ERR_OK) {
        print_message("Capstone here has no A64: not compared\n");
        skip();
    }
    cs_option(judge, CS_OPT_DETAIL, CS_OPT_ON);
    cs_insn *theirs = cs_malloc(judge);
    tally count = { 0 };
    uint64_t seed = 88172645463325252;
    for (unsigned top = 0; top < 1 << 11; top++) { /* every opcode that the first bits can say */
        for (unsigned i = 0; i < 200; i++) {
            compare(judge, theirs, (uint32_t)top << 21 | (next_random(&seed) & 0x1fffff), &count);
        }
    }
    cs_free(theirs, 1);
    cs_close(&judge);
    CHECK(count.both > 100000);
    CHECK_EQ(count.refused, 0);
    CHECK_EQ(count.differs, 0);
}

RUN_TESTS()
