/* SPDX-License-Identifier: Apache-2.0
 *
 * a64.h - what the rest of the room asks about A64 words beside what they do (hmi_decode_a64).
 */
#ifndef HMI_CODE_A64_A64_H
#define HMI_CODE_A64_A64_H

#include "code/walk.h"

enum { HMI_A64_LEN = 4 };

static inline uint32_t hmi_a64_word(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* x0 .. x30, and 31 as the stack pointer, by our numbers: the stack and frame pointers are told as
 * on x86, and x4 and x5 take the places that this leaves. */
enum { HMI_A64_STACK = 4, HMI_A64_FRAME = 5 };

static inline uint8_t hmi_a64_register(uint32_t number)
{
    switch (number) {
    case 31:
        return HMI_A64_STACK;
    case 29:
        return HMI_A64_FRAME;
    case 4:
        return 31;
    case 5:
        return 29;
    default:
        return (uint8_t)number;
    }
}

/* adrp: an address without its low twelve bits. */
static inline bool hmi_a64_is_page(uint32_t word)
{
    return (word & 0x9f000000) == 0x90000000;
}

static inline uint64_t hmi_a64_page(uint32_t word, uint64_t address)
{
    uint64_t distance = (uint64_t)(word >> 5 & 0x7ffff) << 2 | (word >> 29 & 3);
    distance = (distance ^ UINT64_C(1) << 20) - (UINT64_C(1) << 20);
    return (address & ~UINT64_C(0xfff)) + (distance << 12);
}

/* The first instruction of a function that keeps a frame, or one that marks where calls may land.
 */
static inline bool hmi_a64_is_prologue(uint32_t word)
{
    return (word & 0xffc003e0) == 0xa98003e0 || /* stp x, x, [sp, #n]! */
           (word & 0xffc003e0) == 0x6d8003e0 || /* stp d, d, [sp, #n]! */
           (word & 0xff8003ff) == 0xd10003ff || /* sub sp, sp, #n */
           (word & 0xffe00fe0) == 0xf8000fe0 || /* str x, [sp, #n]! */
           (word & 0xffffffbf) == 0xd503233f || /* paciasp, pacibsp */
           (word & 0xffffff7f) == 0xd503245f;   /* bti c, bti jc */
}

/* follow.c: what the step just decoded, steps[at], means for what registers hold; operands that are
 * known then become addresses. */
void hmi_a64_follow(hmi_walk *walk, size_t at);
/* table.c: as hmi_jump_table(); `bound` entries at most. */
size_t hmi_a64_jump_table(hmi_walk *walk, size_t at, size_t bound, uint32_t *ret_to);
/* spell.c: text, and a key that is equal for words that differ at most in where something is. */
uint64_t hmi_spell_a64(hm_bytes code, uint64_t address, const hmi_insn *insn, char *ret_text,
                       size_t size);
/* stub.c: the slot that the code there only jumps through, 0 when it does something else. */
uint64_t hmi_a64_stub_slot(hmi_ranges *ranges, uint64_t address);

/* Clears the field of the word that says how far away something is or where on its page: of adrp
 * always, of others when `named`. */
void hmi_a64_mask(uint8_t *word, bool named);

#endif
