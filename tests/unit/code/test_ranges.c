/* SPDX-License-Identifier: Apache-2.0
 * test_ranges.c - overlapping, wrapping and empty segments become disjoint pieces on one line. */
#include "check.h"
#include "code/ranges.h"

static const uint8_t bytes[256];

static hmi_segment segment(uint64_t address, size_t len, bool execute)
{
    return (hmi_segment){ .address = address,
                          .size = len,
                          .content = { bytes, len },
                          .offset = address & 0xff,
                          .read = true,
                          .execute = execute };
}

TEST(pieces_are_disjoint_and_on_one_line)
{
    hmi_segment segments[] = { segment(0x3000, 64, true),  segment(0x1000, 64, true),
                               segment(0x1020, 64, true),  segment(0x1010, 16, true),
                               segment(0x2000, 64, false), segment(UINT64_MAX - 7, 64, true),
                               segment(0x5000, 0, true) };
    hmi_image image = { .bits = 64, .segments = segments, .segment_count = HMI_COUNT(segments) };
    hmi_arena arena;
    hmi_ranges ranges;
    hm_err err;
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_ranges_init(&ranges, &arena, &image, &err));
    CHECK_EQ(ranges.count, 4);
    CHECK_EQ(ranges.line_len, 64 + 32 + 64);
    CHECK_EQ(hmi_ranges_line(&ranges, 0x1000), 0);
    CHECK_EQ(hmi_ranges_line(&ranges, 0x1040), 64);
    CHECK_EQ(hmi_ranges_line(&ranges, 0x105f), 95);
    CHECK(hmi_ranges_line(&ranges, 0x1060) == HMI_NOWHERE);
    CHECK(hmi_ranges_line(&ranges, 0x2000) == HMI_NOWHERE);
    for (uint64_t line = 0; line < ranges.line_len; line++) {
        CHECK_EQ(hmi_ranges_line(&ranges, hmi_ranges_address(&ranges, line)), line);
    }
    CHECK(hmi_ranges_of_line(&ranges, ranges.line_len) == NULL);
    CHECK_EQ(hmi_ranges_at(&ranges, 0x103e, 100).len, 2);
    CHECK_EQ(hmi_ranges_at(&ranges, 0x5000, 1).len, 0);
    hmi_arena_fini(&arena);
}

TEST(bits_are_found)
{
    uint64_t bits[4] = { 0 };
    hmi_bit_set(bits, 3);
    hmi_bit_set(bits, 130);
    CHECK_EQ(hmi_bit_next(bits, 0, 256), 3);
    CHECK_EQ(hmi_bit_next(bits, 4, 256), 130);
    CHECK_EQ(hmi_bit_next(bits, 4, 100), 100);
    CHECK_EQ(hmi_bit_next(bits, 131, 256), 256);
}

RUN_TESTS()
