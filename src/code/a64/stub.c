/* SPDX-License-Identifier: Apache-2.0
 *
 * stub.c - pieces of code that only jump through a slot.
 *
 * FORM   [bti c] adrp x16, page; ldr x17, [x16, #n]; [add x16, x16, #n]; br x17: ELF's .plt;
 *        Mach-O and Windows use x16 alone.
 * TRUST  Any bytes; five words are looked at.
 * OWNS   Nothing.
 */
#include "code/a64/a64.h"

static bool word_at(hmi_ranges *ranges, uint64_t address, uint32_t *ret)
{
    hm_bytes code = hmi_ranges_at(ranges, address, HMI_A64_LEN);
    if (code.len < HMI_A64_LEN) {
        return false;
    }
    *ret = hmi_a64_word(code.ptr);
    return true;
}

uint64_t hmi_a64_stub_slot(hmi_ranges *ranges, uint64_t address)
{
    uint32_t word = 0;
    if (word_at(ranges, address, &word) && word == 0xd503245f) {
        address += HMI_A64_LEN;
        (void)word_at(ranges, address, &word);
    }
    if (!hmi_a64_is_page(word)) {
        return 0;
    }
    uint32_t base = word & 31, to;
    uint64_t slot = hmi_a64_page(word, address);
    if (!word_at(ranges, address + 4, &word) || (word & 0xffc003e0) != (0xf9400000 | base << 5)) {
        return 0;
    }
    to = word & 31;
    slot += (word >> 10 & 0xfff) * 8;
    if (!word_at(ranges, address + 8, &word)) {
        return 0;
    }
    if ((word & 0xffc00000) == 0x91000000 && !word_at(ranges, address + 12, &word)) {
        return 0;
    }
    return word == (0xd61f0000 | to << 5) ? slot : 0;
}
