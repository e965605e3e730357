/* SPDX-License-Identifier: Apache-2.0
 *
 * spell.c - instructions as text, by Zydis, and keys that do not know where code was linked.
 *
 * WHY    People read text; our decoder makes none. Text is asked for by the few functions that
 *        somebody looks at, so its speed does not matter, and a formatter of our own would only be
 *        another place for mistakes.
 * TRUST  Any bytes; runs in the worker. Our decoder decides how long the instruction is: where
 * Zydis says otherwise its bytes are shown. OWNS   Nothing; Zydis allocates nothing.
 */
#include "code/x86/spell.h"

#include <stdio.h>

#include <Zydis/Zydis.h>

#include "base/hash.h"
#include "code/feature.h"

static void add(uint64_t *key, uint64_t value)
{
    *key = hmi_mix64(*key * UINT64_C(0x9e3779b97f4a7c15) + value + 1);
}

static void add_operand(uint64_t *key, const ZydisDecodedOperand *operand, bool drop_imm,
                        bool drop_disp)
{
    add(key, (uint64_t)operand->type << 16 | operand->size);
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        add(key, (uint64_t)operand->reg.value);
    } else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY) {
        add(key, (uint64_t)operand->mem.base << 32 | (uint64_t)operand->mem.index << 8 |
                     operand->mem.scale);
        add(key, (uint64_t)operand->mem.segment);
        add(key, drop_disp || !operand->mem.disp.has_displacement
                     ? 0
                     : (uint64_t)operand->mem.disp.value);
    } else if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        add(key, operand->imm.is_relative || drop_imm ? 0 : operand->imm.value.u);
    }
}

static void spell_bytes(hm_bytes code, char *text, size_t size)
{
    int at = snprintf(text, size, ".byte");
    for (size_t i = 0; i < code.len && at > 0 && (size_t)at + 6 < size; i++) {
        at += snprintf(text + at, size - (size_t)at, " 0x%02x", code.ptr[i]);
    }
}

void hmi_spell_x86(hm_bytes code, uint64_t address, bool wide, const hmi_insn *insn, bool drop_imm,
                   bool drop_disp, char *ret_text, size_t size, uint64_t *ret_key)
{
    ZydisDecoder decoder;
    ZydisFormatter formatter;
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    code = hmi_slice(code, 0, insn->len);
    bool good = ZYAN_SUCCESS(
        ZydisDecoderInit(&decoder, wide ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32,
                         wide ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32));
    good = good &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code.ptr, code.len, &decoded, operands));
    good = good && decoded.length == insn->len &&
           ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL));
    (void)ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    (void)ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, 1);
    (void)ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_DISP_PADDING, 1);
    (void)ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_PADDING, 1);
    good = good && ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &decoded, operands,
                                                                decoded.operand_count_visible,
                                                                ret_text, size, address, NULL));
    if (!good) {
        spell_bytes(code, ret_text, size);
        *ret_key = hmi_xxh3(code, 0);
        return;
    }
    uint64_t key = (uint64_t)decoded.mnemonic;
    add(&key, decoded.attributes & (ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_REP |
                                    ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE));
    for (size_t i = 0; i < decoded.operand_count_visible; i++) {
        add_operand(&key, &operands[i], drop_imm, drop_disp);
    }
    *ret_key = key;
}
