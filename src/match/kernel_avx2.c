/* SPDX-License-Identifier: Apache-2.0
 *
 * kernel_avx2.c - anchors with AVX2 and BMI: 32 bytes an instruction.
 *
 * FORM   A byte's class is looked up by its two halves: LOW[low nibble] & HIGH[high nibble] keeps a
 *        bit for each class, as each class is a product of a set of low and a set of high nibbles.
 *        Compiled for such machines only; kernels.c asks the processor first.
 */
#include "match/scan.h"

#if defined(__x86_64__)

#include <immintrin.h>

typedef struct hmi_masks {
    uint64_t name, above, dot, colon;
    uint32_t high, rare;
    __m256i rare_low, rare_high;
} hmi_masks;

/* Of each byte of a block, at most 64 blocks. */
typedef struct hmi_newlines {
    __m256i count;
} hmi_newlines;

/* digits and a few signs; a-o; p-z; '-'; '_' */
enum { K_DIGIT = 1, K_AO = 2, K_PZ = 4, K_DASH = 8, K_LOWLINE = 16 };

static const uint8_t LOWS[16] = {
    K_DIGIT | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_DIGIT | K_AO | K_PZ,
    K_AO | K_PZ,
    K_AO,
    K_AO,
    K_AO | K_DASH,
    K_AO,
    K_AO | K_LOWLINE,
};
static const uint8_t HIGHS[16] = {
    0, 0, K_DASH, K_DIGIT, K_AO, K_PZ | K_LOWLINE, K_AO, K_PZ, 0, 0, 0, 0, 0, 0, 0, 0,
};

static inline __attribute__((always_inline)) __m256i table(const uint8_t rows[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)rows));
}

static inline __attribute__((always_inline)) uint32_t bits(__m256i v)
{
    return (uint32_t)_mm256_movemask_epi8(v);
}

static inline __attribute__((always_inline)) __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline __attribute__((always_inline)) __m256i all(char c)
{
    return _mm256_set1_epi8(c);
}

/* The byte that is no part of a name has no class; a byte above 0x7f has none and is one. */
static inline __attribute__((always_inline)) uint32_t not_name(__m256i v)
{
    __m256i c = _mm256_and_si256(
        _mm256_shuffle_epi8(table(LOWS), v),
        _mm256_shuffle_epi8(table(HIGHS), _mm256_and_si256(_mm256_srli_epi16(v, 4), all(15))));
    return bits(_mm256_andnot_si256(v, _mm256_cmpeq_epi8(c, _mm256_setzero_si256())));
}

/* An opening bracket with d or a behind it, or a colon with a colon. A byte is one of a few when
 * the table has it in the place of its low half. */
static inline __attribute__((always_inline)) __m256i rare(__m256i v, const uint8_t *p)
{
    static const uint8_t OPENING[16] = { [8] = '(', [11] = '{' };
    static const uint8_t BEHIND[16] = { ['a' & 15] = 'a', ['d' & 15] = 'd' };
    __m256i next = load(p + 1);
    __m256i lower = _mm256_or_si256(v, all(0x20));
    __m256i lower_next = _mm256_or_si256(next, all(0x20));
    __m256i open = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table(OPENING), v), lower);
    __m256i da = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table(BEHIND), next), lower_next);
    __m256i colons =
        _mm256_and_si256(_mm256_cmpeq_epi8(v, all(':')), _mm256_cmpeq_epi8(next, all(':')));
    return _mm256_or_si256(colons, _mm256_and_si256(open, da));
}

#define BOTH(low, high) ((uint64_t)(low) | (uint64_t)(high) << 32)

static inline __attribute__((always_inline)) void hmi_classify(const uint8_t *p, hmi_masks *m,
                                                               hmi_newlines *newlines)
{
    __m256i a = load(p);
    __m256i b = load(p + 32);
    m->name = ~BOTH(not_name(a), not_name(b));
    /* Bit 7 of the sum: the byte is 0x3a or more. */
    m->above = BOTH(bits(_mm256_adds_epu8(a, all(0x46))), bits(_mm256_adds_epu8(b, all(0x46))));
    m->dot = BOTH(bits(_mm256_cmpeq_epi8(a, all('.'))), bits(_mm256_cmpeq_epi8(b, all('.'))));
    m->colon = BOTH(bits(_mm256_cmpeq_epi8(a, all(':'))), bits(_mm256_cmpeq_epi8(b, all(':'))));
    m->rare_low = rare(a, p);
    m->rare_high = rare(b, p + 32);
    m->rare = bits(_mm256_or_si256(m->rare_low, m->rare_high));
    m->high = bits(_mm256_or_si256(a, b));
    newlines->count = _mm256_sub_epi8(newlines->count, _mm256_cmpeq_epi8(a, all('\n')));
    newlines->count = _mm256_sub_epi8(newlines->count, _mm256_cmpeq_epi8(b, all('\n')));
}

static inline __attribute__((always_inline)) uint64_t hmi_rare(const hmi_masks *m)
{
    return BOTH(bits(m->rare_low), bits(m->rare_high));
}

static inline __attribute__((always_inline)) uint64_t hmi_newlines_sum(const hmi_newlines *newlines)
{
    __m256i sums = _mm256_sad_epu8(newlines->count, _mm256_setzero_si256());
    return (uint64_t)(_mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) +
                      _mm256_extract_epi64(sums, 2) + _mm256_extract_epi64(sums, 3));
}

/* 64 if there is none. */
static inline __attribute__((always_inline)) uint32_t hmi_lowest(uint64_t mask)
{
    return (uint32_t)_tzcnt_u64(mask);
}

static inline __attribute__((always_inline)) unsigned hmi_highest_zeros(uint64_t mask)
{
    return (unsigned)_lzcnt_u64(mask);
}

#include "match/quad_x86.h"

/* Last: it uses all that stands above. */
#include "match/anchors.h"

static void avx2_chunk(hm_scanner *s, size_t start, size_t len)
{
    scan_chunk(s, start, len);
}

/* The compiler's own word for what it was told it may use (src/match/meson.build). */
enum {
    NEEDS = HMI_CPU_AVX2
#if defined(__BMI__)
            | HMI_CPU_BMI
#endif
#if defined(__BMI2__)
            | HMI_CPU_BMI2
#endif
#if defined(__LZCNT__)
            | HMI_CPU_LZCNT
#endif
#if defined(__POPCNT__)
            | HMI_CPU_POPCNT
#endif
};

const hmi_kernel hmi_kernel_avx2 = { "avx2", NEEDS, avx2_chunk };

#endif
