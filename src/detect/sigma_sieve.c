/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_sieve.c - where in these bytes could one of a few four-byte pieces stand?
 *
 * WHY    Keywords are looked for in every value of an event, and nearly never are there. A sieve
 *        over the event's bytes as they were sent, 32 at a time, says so before any value is
 *        unescaped or put into lower case.
 * FORM   Pieces go into seven buckets, a bit each. LOW[k][byte & 15] & HIGH[k][byte >> 4] keeps the
 *        bits of buckets with a piece whose k-th byte it could be, in either case; a place passes
 *        when one bit is left over all four. The eighth bit is for what could hide a piece: \u,
 *        and two letters that become ASCII in lower case (K of Kelvin, I with a dot).
 * TRUST  Passing too often costs time; no place that matters ever fails to pass.
 * OWNS   Nothing.
 */
#include "base/text.h"
#include "detect/sigma_inside.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { GRAM = HMI_SIGMA_GRAM, BUCKETS = 7, HIDING = 1 << 7, GATE_SHIFT = 20 };

static unsigned gate_of(uint32_t gram)
{
    return gram * UINT32_C(0x9e3779b1) >> GATE_SHIFT;
}

bool hmi_sigma_sieve_add(hmi_sigma_sieve *sieve, const char *gram)
{
    uint32_t piece;
    memcpy(&piece, gram, GRAM);
    if (sieve->count == HMI_SIGMA_SIEVE_MAX) {
        return false;
    }
    sieve->grams[sieve->count++] = piece;
    sieve->gate[gate_of(piece) >> 6] |= UINT64_C(1) << (gate_of(piece) & 63);
    return true;
}

static void let_through(hmi_sigma_sieve *sieve, size_t k, uint8_t byte, uint8_t bit)
{
    sieve->low[k][byte & 15] |= bit;
    sieve->high[k][byte >> 4] |= bit;
}

static void sort(uint32_t *grams, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint32_t gram = grams[i];
        size_t k = i;
        for (; k > 0 && grams[k - 1] > gram; k--) {
            grams[k] = grams[k - 1];
        }
        grams[k] = gram;
    }
}

void hmi_sigma_sieve_close(hmi_sigma_sieve *sieve, bool with_hiding)
{
    static const char *const HIDERS[] = { "\\u", "\xe2\x84", "\xc4\xb0" };
    sort(sieve->grams, sieve->count); /* alike ones share a bucket */
    for (size_t i = 0; i < sieve->count; i++) {
        uint8_t bit = (uint8_t)(1 << (i * BUCKETS / sieve->count));
        for (size_t k = 0; k < GRAM; k++) {
            uint8_t byte = (uint8_t)(sieve->grams[i] >> (8 * k));
            let_through(sieve, k, byte, bit);
            let_through(sieve, k, byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 32) : byte, bit);
        }
    }
    for (size_t i = 0; with_hiding && i < HMI_COUNT(HIDERS); i++) {
        let_through(sieve, 0, (uint8_t)HIDERS[i][0], HIDING);
        let_through(sieve, 1, (uint8_t)HIDERS[i][1], HIDING);
    }
    for (size_t n = 0; with_hiding && n < 16; n++) {
        sieve->low[2][n] |= HIDING;
        sieve->high[2][n] |= HIDING;
        sieve->low[3][n] |= HIDING;
        sieve->high[3][n] |= HIDING;
    }
}

static size_t next_slow(const hmi_sigma_sieve *sieve, hm_bytes in, size_t from)
{
    for (; from < in.len; from++) {
        uint8_t bits = 0xff;
        for (size_t k = 0; k < GRAM && bits != 0; k++) {
            uint8_t byte = from + k < in.len ? in.ptr[from + k] : 0;
            bits &= sieve->low[k][byte & 15] & sieve->high[k][byte >> 4];
        }
        if (bits != 0) {
            return from;
        }
    }
    return HMI_NPOS;
}

#if defined(__x86_64__)
bool hmi_sigma_sieve_is_fast(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

__attribute__((target("avx2"))) static size_t next_fast(const hmi_sigma_sieve *sieve, hm_bytes in,
                                                        size_t from)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low[GRAM], high[GRAM];
    for (size_t k = 0; k < GRAM; k++) {
        low[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)sieve->low[k]));
        high[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)sieve->high[k]));
    }
    for (; from + 32 + GRAM <= in.len; from += 32) {
        __m256i bits = _mm256_set1_epi8(-1);
        for (size_t k = 0; k < GRAM; k++) {
            __m256i bytes = _mm256_loadu_si256((const void *)(in.ptr + from + k));
            __m256i l = _mm256_shuffle_epi8(low[k], _mm256_and_si256(bytes, nibble));
            __m256i h =
                _mm256_shuffle_epi8(high[k], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
            bits = _mm256_and_si256(bits, _mm256_and_si256(l, h));
        }
        unsigned none =
            (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bits, _mm256_setzero_si256()));
        if (none != UINT32_MAX) {
            return from + (size_t)__builtin_ctz(~none);
        }
    }
    return next_slow(sieve, in, from);
}
#else
bool hmi_sigma_sieve_is_fast(void)
{
    return false;
}

static size_t next_fast(const hmi_sigma_sieve *sieve, hm_bytes in, size_t from)
{
    return next_slow(sieve, in, from);
}
#endif

size_t hmi_sigma_sieve_next(const hmi_sigma_sieve *sieve, hm_bytes in, size_t from)
{
    return hmi_sigma_sieve_is_fast() ? next_fast(sieve, in, from) : next_slow(sieve, in, from);
}

/* \u that is no end of \\u, or a letter that becomes k or i. */
static bool hides(hm_bytes in, size_t at)
{
    const uint8_t *p = in.ptr + at;
    size_t left = in.len - at, slashes = 1;
    if (p[0] != '\\') {
        return (p[0] == 0xe2 && left > 2 && p[1] == 0x84 && p[2] == 0xaa) ||
               (p[0] == 0xc4 && left > 1 && p[1] == 0xb0);
    }
    while (slashes <= at && in.ptr[at - slashes] == '\\') {
        slashes++;
    }
    return slashes % 2 == 1 && left > 1 && p[1] == 'u';
}

bool hmi_sigma_sieve_passes(const hmi_sigma_sieve *sieve, hm_bytes json)
{
    size_t at = hmi_sigma_sieve_next(sieve, json, 0);
    for (; at != HMI_NPOS; at = hmi_sigma_sieve_next(sieve, json, at + 1)) {
        uint32_t gram = 0;
        for (size_t k = 0; k < GRAM && at + k < json.len; k++) {
            gram |= (uint32_t)(uint8_t)hmi_ascii_lower((char)json.ptr[at + k]) << (8 * k);
        }
        if (hides(json, at) || (sieve->gate[gate_of(gram) >> 6] >> (gate_of(gram) & 63) & 1) != 0) {
            return true;
        }
    }
    return false;
}
