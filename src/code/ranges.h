/* SPDX-License-Identifier: Apache-2.0
 *
 * ranges.h - the executable part of an image as one line of bytes, and what is known of each.
 *
 * An image's segments may overlap, wrap and number 65,535. Here they become at most
 * HMI_CODE_RANGES_MAX sorted, disjoint pieces; each executable byte has a position on one line
 * (pieces joined end to end), and facts about bytes are bitmaps over that line.
 */
#ifndef HMI_CODE_RANGES_H
#define HMI_CODE_RANGES_H

#include "base/arena.h"
#include "code/image.h"

enum {
    HMI_CODE_RANGES_MAX = 4096,
    HMI_CODE_EXECUTABLE_MAX = 192 << 20 /* bytes of code looked at in one program */
};
#define HMI_NOWHERE UINT64_MAX

typedef struct hmi_range {
    uint64_t address;
    hm_bytes content;
    uint64_t offset; /* in the evidence */
    hm_text name;    /* of the section, lossy */
    uint64_t line;   /* executable: position of the first byte on the line */
    bool execute, write, read;
} hmi_range;

typedef struct hmi_ranges {
    const hmi_image *image;
    hmi_range *all;
    size_t count;
    uint64_t line_len;
    bool cut;    /* a limit left something out */
    size_t last; /* where the last look-up ended: most follow each other */
} hmi_ranges;

int hmi_ranges_init(hmi_ranges *ranges, hmi_arena *arena, const hmi_image *image, hm_err *err);
/* The piece that holds this address, NULL when none does. */
const hmi_range *hmi_ranges_find(hmi_ranges *ranges, uint64_t address);
/* At most `len` bytes at an address, empty when nothing is there. */
hm_bytes hmi_ranges_at(hmi_ranges *ranges, uint64_t address, size_t len);
/* The machine word that will stand at an address: relocated, if it is; 0 when nothing is there. */
uint64_t hmi_ranges_word(hmi_ranges *ranges, uint64_t address);
/* Position on the line, HMI_NOWHERE when the address is not executable. */
uint64_t hmi_ranges_line(hmi_ranges *ranges, uint64_t address);
/* Back from the line to the address. */
uint64_t hmi_ranges_address(hmi_ranges *ranges, uint64_t line);
const hmi_range *hmi_ranges_of_line(hmi_ranges *ranges, uint64_t line);

/* Bitmaps over the line. */
static inline bool hmi_bit_get(const uint64_t *bits, uint64_t at)
{
    return bits[at / 64] >> (at % 64) & 1;
}

static inline void hmi_bit_set(uint64_t *bits, uint64_t at)
{
    bits[at / 64] |= UINT64_C(1) << (at % 64);
}

/* First set bit in [from, to), or `to`. */
static inline uint64_t hmi_bit_next(const uint64_t *bits, uint64_t from, uint64_t to)
{
    while (from < to) {
        uint64_t word = bits[from / 64] >> (from % 64);
        if (word != 0) {
            from += (unsigned)__builtin_ctzll(word);
            return from < to ? from : to;
        }
        from = (from / 64 + 1) * 64;
    }
    return to;
}

#endif
