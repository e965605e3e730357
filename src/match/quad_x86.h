/* SPDX-License-Identifier: Apache-2.0
 *
 * quad_x86.h - four decimal numbers with dots into an address, without a branch.
 *
 * FORM   A row of the table, chosen by the lengths of the four numbers, moves each number's digits
 *        to the right end of its own four bytes; two multiplications weigh and add them.
 * TRUST  The caller has made sure that 16 bytes may be read. Lengths that are none, what is no
 * digit and what is over 255 give some number.
 *
 * Included by the kernels for x86-64.
 */
#define NONE 0x80
/* clang-format off */
#define DIGIT(at, has) (uint8_t)((has) ? (at) : NONE)
#define NUMBER(at, len)                                                                            \
    DIGIT((at), (len) == 3), DIGIT((at) + (len) - 2, (len) >= 2),                                  \
        DIGIT((at) + (len) - 1, (len) >= 1), NONE
/* clang-format on */
#define ROW(a, b, c, d)                                                                            \
    {                                                                                              \
        NUMBER(0, a), NUMBER((a) + 1, b), NUMBER((a) + (b) + 2, c), NUMBER((a) + (b) + (c) + 3, d) \
    }
#define ROWS_1(a, b, c) ROW(a, b, c, 0), ROW(a, b, c, 1), ROW(a, b, c, 2), ROW(a, b, c, 3)
#define ROWS_2(a, b) ROWS_1(a, b, 0), ROWS_1(a, b, 1), ROWS_1(a, b, 2), ROWS_1(a, b, 3)
#define ROWS_3(a) ROWS_2(a, 0), ROWS_2(a, 1), ROWS_2(a, 2), ROWS_2(a, 3)
static const uint8_t QUAD_ROWS[256][16] = { ROWS_3(0), ROWS_3(1), ROWS_3(2), ROWS_3(3) };

static inline __attribute__((always_inline)) uint32_t
hmi_quad_value(const uint8_t *from, unsigned first, unsigned second, unsigned third, unsigned last)
{
    const uint8_t *row = QUAD_ROWS[(first * 64 + second * 16 + third * 4 + last) & 255];
    __m128i text = _mm_loadu_si128((const __m128i *)(const void *)from);
    __m128i digits =
        _mm_and_si128(_mm_shuffle_epi8(text, _mm_loadu_si128((const __m128i *)(const void *)row)),
                      _mm_set1_epi8(15));
    __m128i halves = _mm_maddubs_epi16(digits, _mm_set1_epi32(100 | 10 << 8 | 1 << 16));
    __m128i values = _mm_madd_epi16(halves, _mm_set1_epi16(1));
    __m128i lows = _mm_shuffle_epi8(values, _mm_set1_epi32(0x0004080c));
    return (uint32_t)_mm_cvtsi128_si32(lows);
}
