/* SPDX-License-Identifier: Apache-2.0
 *
 * kernel_portable.c - anchors on any machine: a table of classes, eight bytes at a time.
 */
#include "match/scan.h"

typedef struct hmi_masks {
    uint64_t name, above, dot, colon, rare;
    uint32_t high;
} hmi_masks;

typedef struct hmi_newlines {
    uint64_t count;
} hmi_newlines;

enum {
    C_NAME = 1,
    C_ABOVE = 2, /* 0x3a or more */
    C_HIGH = 4,
    C_DOT = 8,
    C_COLON = 16,
    C_OPEN = 32,
    C_DA = 64,
    C_NEWLINE = 128
};

#define LETTER (C_NAME | C_ABOVE)
static const uint8_t CLASSES[256] = {
    ['\n'] = C_NEWLINE,       ['('] = C_OPEN,
    ['-'] = C_NAME,           ['.'] = C_DOT,
    ['0' ... '9'] = C_NAME,   [':'] = C_COLON | C_ABOVE,
    [';' ... '@'] = C_ABOVE,  ['A'] = LETTER | C_DA,
    ['B' ... 'C'] = LETTER,   ['D'] = LETTER | C_DA,
    ['E' ... 'Z'] = LETTER,   ['['] = C_OPEN | C_ABOVE,
    ['\\' ... '^'] = C_ABOVE, ['_'] = LETTER,
    ['`'] = C_ABOVE,          ['a'] = LETTER | C_DA,
    ['b' ... 'c'] = LETTER,   ['d'] = LETTER | C_DA,
    ['e' ... 'z'] = LETTER,   ['{'] = C_OPEN | C_ABOVE,
    ['|' ... 0x7f] = C_ABOVE, [0x80 ... 0xff] = LETTER | C_HIGH,
};

/* The lowest bit of each byte, gathered into eight bits. */
static inline __attribute__((always_inline)) uint64_t gather(uint64_t ones)
{
    return (ones & 0x0101010101010101ull) * 0x0102040810204080ull >> 56;
}

static inline __attribute__((always_inline)) void hmi_classify(const uint8_t *p, hmi_masks *m,
                                                               hmi_newlines *newlines)
{
    uint64_t open = 0;
    uint64_t da = 0;
    uint64_t high = 0;
    *m = (hmi_masks){ 0 };
    for (unsigned i = 0; i < 64; i += 8) {
        uint64_t classes = 0;
        for (unsigned k = 0; k < 8; k++) {
            classes |= (uint64_t)CLASSES[p[i + k]] << (8 * k);
        }
        m->name |= gather(classes) << i;
        m->above |= gather(classes >> 1) << i;
        m->dot |= gather(classes >> 3) << i;
        m->colon |= gather(classes >> 4) << i;
        open |= gather(classes >> 5) << i;
        da |= gather(classes >> 6) << i;
        high |= classes;
        newlines->count += (uint64_t)__builtin_popcountll(classes & 0x8080808080808080ull);
    }
    m->high = (high & 0x0404040404040404ull) != 0;
    const uint64_t last = 1ull << 63;
    m->rare = (open & (da >> 1 | last)) | (m->colon & (m->colon >> 1 | last));
}

static inline __attribute__((always_inline)) uint64_t hmi_rare(const hmi_masks *m)
{
    return m->rare;
}

static inline __attribute__((always_inline)) uint64_t hmi_newlines_sum(const hmi_newlines *newlines)
{
    return newlines->count;
}

/* Anything if there is none. */
static inline __attribute__((always_inline)) uint32_t hmi_lowest(uint64_t mask)
{
    return (uint32_t)__builtin_ctzll(mask | 1ull << 63);
}

static inline __attribute__((always_inline)) unsigned hmi_highest_zeros(uint64_t mask)
{
    return (unsigned)__builtin_clzll(mask | 1);
}

/* Up to three digits that end before `end`, `len` of them. */
static inline __attribute__((always_inline)) uint32_t octet_value(const uint8_t *end, unsigned len)
{
    uint32_t word;
    memcpy(&word, end - 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    uint64_t digits = (word & 0x0f0f0f0fu) & (0xffffff00u << (8 * (3 - len)));
    return (uint32_t)(digits * (1u | 10u << 8 | 100u << 16) >> 24) & 0xff; /* too large: anything */
}

static inline __attribute__((always_inline)) uint32_t
hmi_quad_value(const uint8_t *from, unsigned first, unsigned second, unsigned third, unsigned last)
{
    const uint8_t *end = from + first;
    uint32_t address = octet_value(end, first) << 24;
    end += 1 + second;
    address |= octet_value(end, second) << 16;
    end += 1 + third;
    return address | octet_value(end, third) << 8 | octet_value(end + 1 + last, last);
}

#include "match/anchors.h"

static void portable_chunk(hm_scanner *s, size_t start, size_t len)
{
    scan_chunk(s, start, len);
}

const hmi_kernel hmi_kernel_portable = { "portable", 0, portable_chunk };
