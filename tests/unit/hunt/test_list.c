/* SPDX-License-Identifier: Apache-2.0
 *
 * test_list.c - packed lists hold what was put in and nothing else, also when cut or damaged.
 */
#include "check.h"

#include "hunt/list.h"

static uint64_t drawn;

static uint64_t draw(void)
{
    drawn = drawn * 6364136223846793005ull + 1442695040888963407ull;
    return drawn >> 16;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t some(uint64_t *out, size_t count, uint64_t mask)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = draw() & mask;
    }
    qsort(out, count, sizeof(*out), by_number);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || out[kept - 1] != out[i]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

TEST(what_is_packed_is_there_and_nothing_else)
{
    static const uint64_t MASKS[] = {
        0, 7, 0xff, 0xffff, 0x00ffffff, 0xffffffff, 0xf000000f, 0xffffffffffff, 0xf0000000000f
    };
    static uint64_t numbers[5000];
    static uint64_t again[5000];
    for (size_t m = 0; m < HMI_COUNT(MASKS); m++) {
        for (size_t want = 0; want < 5000; want = want * 3 + 1) {
            size_t count = some(numbers, want, MASKS[m]);
            hmi_buf out;
            hmi_buf_init(&out, 0);
            hmi_buf_add_u8(&out, 9); /* it need not begin a buffer */
            hmi_list_pack(&out, numbers, count);
            hm_bytes packed = hmi_slice(hmi_buf_bytes(&out), 1, out.len);
            CHECK_EQ(hmi_list_count(packed), count);
            CHECK(hmi_list_unpack(packed, again));
            CHECK(count == 0 || memcmp(numbers, again, count * sizeof(*numbers)) == 0);
            for (size_t i = 0; i < count; i += 1 + count / 300) {
                CHECK(hmi_list_has(packed, numbers[i]));
                uint64_t next = i + 1 < count ? numbers[i + 1] : UINT64_MAX;
                if (next - numbers[i] > 1 && i + 1 < count) {
                    CHECK(!hmi_list_has(packed, numbers[i] + 1));
                    CHECK(!hmi_list_touches(packed, numbers[i] + 1, next - 1));
                    CHECK(hmi_list_touches(packed, numbers[i] + 1, next));
                }
            }
            CHECK_EQ(hmi_list_touches(packed, 0, UINT64_MAX), count > 0);
            hmi_buf_fini(&out);
        }
    }
}

TEST(damaged_lists_are_read_within_their_bytes)
{
    static uint64_t numbers[300];
    static uint64_t again[70000];
    drawn = 7;
    size_t count = some(numbers, 300, 0xffffff);
    hmi_buf out;
    hmi_buf_init(&out, 0);
    hmi_list_pack(&out, numbers, count);
    for (size_t len = 0; len < out.len; len++) {
        uint8_t *cut = malloc(len + 1);
        memcpy(cut, out.ptr, len);
        cut = realloc(cut, len + (len == 0));
        if (hmi_list_count(hmi_bytes(cut, len)) <= HMI_COUNT(again)) {
            (void)hmi_list_unpack(hmi_bytes(cut, len), again);
        }
        (void)hmi_list_touches(hmi_bytes(cut, len), draw(), UINT64_MAX);
        free(cut);
    }
    for (size_t bit = 0; bit < 8 * out.len; bit++) {
        out.ptr[bit / 8] = (uint8_t)(out.ptr[bit / 8] ^ 1u << (bit % 8));
        hm_bytes packed = hmi_buf_bytes(&out);
        if (hmi_list_count(packed) <= HMI_COUNT(again)) {
            (void)hmi_list_unpack(packed, again);
        }
        (void)hmi_list_has(packed, draw() & 0xffffff);
        out.ptr[bit / 8] = (uint8_t)(out.ptr[bit / 8] ^ 1u << (bit % 8));
    }
    hmi_buf_fini(&out);
}

RUN_TESTS()
