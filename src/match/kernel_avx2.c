/* SPDX-License-Identifier: Apache-2.0
 *
 * kernel_avx2.c - anchors with AVX2 and BMI: 32 bytes an instruction.
 *
 * FORM   A byte's class is looked up by its two halves: LOW[low nibble] & HIGH[high nibble] keeps a
 *        bit for each class, as each class is a product of a set of low and a set of high nibbles.
 *        Compiled for such machines only; scanner.c asks the processor before it calls.
 */
#include "match/scan.h"

#if defined(__x86_64__)

#include <immintrin.h>

typedef struct hmi_masks {
    uint64_t name, alpha, high, digit, hex, dot, colon, open, da, newline;
} hmi_masks;

/* digits; a-f; a-o; p-z; '-'; '_'; bytes above 0x7f; a and d */
enum {
    K_DIGIT = 1,
    K_AF = 2,
    K_AO = 4,
    K_PZ = 8,
    K_DASH = 16,
    K_LOWLINE = 32,
    K_DA = 64,
    K_HIGH = 128
};

#define MOST (K_AO | K_PZ | K_HIGH)
static const uint8_t LOWS[16] = {
    K_DIGIT | K_PZ | K_HIGH,
    K_DIGIT | K_AF | K_DA | MOST,
    K_DIGIT | K_AF | MOST,
    K_DIGIT | K_AF | MOST,
    K_DIGIT | K_AF | K_DA | MOST,
    K_DIGIT | K_AF | MOST,
    K_DIGIT | K_AF | MOST,
    K_DIGIT | MOST,
    K_DIGIT | MOST,
    K_DIGIT | MOST,
    MOST,
    K_AO | K_HIGH,
    K_AO | K_HIGH,
    K_AO | K_DASH | K_HIGH,
    K_AO | K_HIGH,
    K_AO | K_LOWLINE | K_HIGH,
};
static const uint8_t HIGHS[16] = {
    0,
    0,
    K_DASH,
    K_DIGIT,
    K_AF | K_AO | K_DA,
    K_PZ | K_LOWLINE,
    K_AF | K_AO | K_DA,
    K_PZ,
    K_HIGH,
    K_HIGH,
    K_HIGH,
    K_HIGH,
    K_HIGH,
    K_HIGH,
    K_HIGH,
    K_HIGH,
};

static inline __attribute__((always_inline)) __m256i table(const uint8_t rows[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)rows));
}

static inline __attribute__((always_inline)) uint32_t bits(__m256i v)
{
    return (uint32_t)_mm256_movemask_epi8(v);
}

/* Bit `which` of each byte. Shifting whole 16-bit lanes moves it to the top of its byte. */
#define CLASS(v, which) bits(_mm256_slli_epi16((v), 7 - (which)))

static inline __attribute__((always_inline)) void classify_half(const uint8_t *p, unsigned shift,
                                                                hmi_masks *m)
{
    const __m256i lows = table(LOWS);
    const __m256i highs = table(HIGHS);
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i nibble = _mm256_set1_epi8(15);
    __m256i c = _mm256_and_si256(
        _mm256_shuffle_epi8(lows, _mm256_and_si256(v, nibble)),
        _mm256_shuffle_epi8(highs, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble)));
    uint32_t digit = CLASS(c, 0);
    uint32_t none = bits(_mm256_cmpeq_epi8(
        _mm256_and_si256(
            c, _mm256_set1_epi8((char)(K_DIGIT | K_AO | K_PZ | K_DASH | K_LOWLINE | K_HIGH))),
        _mm256_setzero_si256()));
    uint32_t not_letter = bits(_mm256_cmpeq_epi8(_mm256_and_si256(c, _mm256_set1_epi8(K_AO | K_PZ)),
                                                 _mm256_setzero_si256()));
    __m256i open = _mm256_or_si256(
        _mm256_cmpeq_epi8(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('{')),
        _mm256_cmpeq_epi8(v, _mm256_set1_epi8('(')));
    m->digit |= (uint64_t)digit << shift;
    m->hex |= (uint64_t)(digit | CLASS(c, 1)) << shift;
    m->name |= (uint64_t)(~none) << shift;
    m->alpha |= (uint64_t)(~not_letter) << shift;
    m->high |= (uint64_t)bits(v) << shift;
    m->da |= (uint64_t)CLASS(c, 6) << shift;
    m->dot |= (uint64_t)bits(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('.'))) << shift;
    m->colon |= (uint64_t)bits(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(':'))) << shift;
    m->newline |= (uint64_t)bits(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('\n'))) << shift;
    m->open |= (uint64_t)bits(open) << shift;
}

static inline __attribute__((always_inline)) void hmi_classify(const uint8_t *p, hmi_masks *m)
{
    *m = (hmi_masks){ 0 };
    classify_half(p, 0, m);
    classify_half(p + 32, 32, m);
}

#include "match/anchors.h"

static void avx2_chunk(hm_scanner *s, size_t start, size_t len)
{
    scan_chunk(s, start, len);
}

const hmi_kernel hmi_kernel_avx2 = { "avx2", avx2_chunk };

#endif
