/* SPDX-License-Identifier: Apache-2.0
 *
 * spell.c - A64 words for people who compare two functions.
 *
 * WHY    No library of ours prints A64, and a full assembler's syntax would only be another place
 *        for mistakes: what a word does, where it goes and the word itself are said; what stands at
 *        an address that it names is said beside it (listing_write.c).
 * FORM   "load 0xf9400021", "branch 0x1040  0x54000041": a kind of ours, a target, the word.
 * TRUST  A word that was decoded.
 * OWNS   Nothing.
 */
#include <stdio.h>

#include "base/hash.h"
#include "code/a64/a64.h"

static const char *name_of(const hmi_insn *insn)
{
    static const char *const names[HMI_KIND_COUNT] = {
        [HMI_KIND_OTHER] = "other",
        [HMI_KIND_MOVE] = "move",
        [HMI_KIND_ADDRESS] = "address",
        [HMI_KIND_ADD] = "add",
        [HMI_KIND_MULTIPLY] = "multiply",
        [HMI_KIND_DIVIDE] = "divide",
        [HMI_KIND_LOGIC] = "logic",
        [HMI_KIND_SHIFT] = "shift",
        [HMI_KIND_BITS] = "bits",
        [HMI_KIND_COMPARE] = "compare",
        [HMI_KIND_SELECT] = "select",
        [HMI_KIND_EXTEND] = "extend",
        [HMI_KIND_BRANCH] = "branch",
        [HMI_KIND_JUMP] = "jump",
        [HMI_KIND_CALL] = "call",
        [HMI_KIND_RETURN] = "return",
        [HMI_KIND_FLOAT_MOVE] = "float move",
        [HMI_KIND_FLOAT] = "float",
        [HMI_KIND_FLOAT_COMPARE] = "float compare",
        [HMI_KIND_FLOAT_CONVERT] = "float convert",
        [HMI_KIND_VECTOR] = "vector",
        [HMI_KIND_CRYPTO] = "crypto",
        [HMI_KIND_ATOMIC] = "atomic",
        [HMI_KIND_SYSTEM] = "system",
        [HMI_KIND_NOP] = "nothing",
        [HMI_KIND_TRAP] = "trap",
    };
    bool moves = insn->kind == HMI_KIND_MOVE || insn->kind == HMI_KIND_EXTEND ||
                 insn->kind == HMI_KIND_FLOAT_MOVE;
    if (moves && (insn->flags & HMI_INSN_READS)) {
        return "load";
    }
    if (moves && (insn->flags & HMI_INSN_WRITES)) {
        return "store";
    }
    return names[insn->kind] != NULL ? names[insn->kind] : "other";
}

uint64_t hmi_spell_a64(hm_bytes code, uint64_t address, const hmi_insn *insn, char *ret_text,
                       size_t size)
{
    uint8_t word[HMI_A64_LEN];
    memcpy(word, code.ptr, sizeof word);
    unsigned long value = hmi_a64_word(word);
    if (hmi_a64_is_page((uint32_t)value)) {
        (void)snprintf(ret_text, size, "page 0x%llx 0x%08lx",
                       (unsigned long long)hmi_a64_page((uint32_t)value, address), value);
    } else if (insn->flags & HMI_INSN_TARGET) {
        (void)snprintf(ret_text, size, "%s 0x%llx 0x%08lx", name_of(insn),
                       (unsigned long long)insn->target, value);
    } else {
        (void)snprintf(ret_text, size, "%s 0x%08lx", name_of(insn), value);
    }
    hmi_a64_mask(word, (insn->flags & (HMI_INSN_TARGET | HMI_INSN_ADDRESSED)) != 0);
    return hmi_xxh3(hmi_bytes(word, sizeof word), 0);
}
