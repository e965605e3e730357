/* SPDX-License-Identifier: Apache-2.0
 *
 * kernel_portable.c - anchors on any machine: a table of classes, eight bytes at a time.
 */
#include "match/scan.h"

typedef struct hmi_masks {
    uint64_t name, alpha, high, digit, hex, dot, colon, open, da, newline;
} hmi_masks;

enum {
    C_NAME = 1,
    C_ALPHA = 2,
    C_HIGH = 4,
    C_DIGIT = 8,
    C_HEX = 16,
    C_DOT = 32,
    C_OPEN = 64,
    C_DA = 128
};

#define LETTER (C_NAME | C_ALPHA)
static const uint8_t CLASSES[256] = {
    ['0' ... '9'] = C_NAME | C_DIGIT | C_HEX,
    ['A'] = LETTER | C_HEX | C_DA,
    ['B' ... 'C'] = LETTER | C_HEX,
    ['D'] = LETTER | C_HEX | C_DA,
    ['E' ... 'F'] = LETTER | C_HEX,
    ['G' ... 'Z'] = LETTER,
    ['a'] = LETTER | C_HEX | C_DA,
    ['b' ... 'c'] = LETTER | C_HEX,
    ['d'] = LETTER | C_HEX | C_DA,
    ['e' ... 'f'] = LETTER | C_HEX,
    ['g' ... 'z'] = LETTER,
    ['-'] = C_NAME,
    ['_'] = C_NAME,
    [0x80 ... 0xff] = C_NAME | C_HIGH,
    ['.'] = C_DOT,
    ['['] = C_OPEN,
    ['{'] = C_OPEN,
    ['('] = C_OPEN,
};

/* The lowest bit of each byte, gathered into eight bits. */
static inline __attribute__((always_inline)) uint64_t gather(uint64_t ones)
{
    return (ones & 0x0101010101010101ull) * 0x0102040810204080ull >> 56;
}

static inline __attribute__((always_inline)) void hmi_classify(const uint8_t *p, hmi_masks *m)
{
    *m = (hmi_masks){ 0 };
    for (unsigned i = 0; i < 64; i += 8) {
        uint64_t classes = 0;
        uint64_t colons = 0;
        uint64_t newlines = 0;
        for (unsigned k = 0; k < 8; k++) {
            classes |= (uint64_t)CLASSES[p[i + k]] << (8 * k);
            colons |= (uint64_t)(p[i + k] == ':') << k;
            newlines |= (uint64_t)(p[i + k] == '\n') << k;
        }
        m->name |= gather(classes) << i;
        m->alpha |= gather(classes >> 1) << i;
        m->high |= gather(classes >> 2) << i;
        m->digit |= gather(classes >> 3) << i;
        m->hex |= gather(classes >> 4) << i;
        m->dot |= gather(classes >> 5) << i;
        m->open |= gather(classes >> 6) << i;
        m->da |= gather(classes >> 7) << i;
        m->colon |= colons << i;
        m->newline |= newlines << i;
    }
}

#include "match/anchors.h"

static void portable_chunk(hm_scanner *s, size_t start, size_t len)
{
    scan_chunk(s, start, len);
}

const hmi_kernel hmi_kernel_portable = { "portable", portable_chunk };
