/* SPDX-License-Identifier: Apache-2.0
 * test_eh_frame.c - function ranges out of unwind tables, whole, cut and flipped. */
#include "check.h"
#include "code/unwind.h"

/* One CIE ("zR", pc-relative sdata4) and two FDEs, at 0x2000: functions at 0x1000+32, 0x1020+16. */
#define TABLE                                                                \
    "\x14\0\0\0\0\0\0\0\x01zR\0\x01\x78\x10\x01\x1b\x0c\x07\x08\x90\x01\0\0" \
    "\x10\0\0\0\x1c\0\0\0\xe0\xef\xff\xff\x20\0\0\0\0\0\0\0"                 \
    "\x10\0\0\0\x30\0\0\0\xec\xef\xff\xff\x10\0\0\0\0\0\0\0"                 \
    "\0\0\0\0"

typedef struct found {
    uint64_t address[8], len[8];
    size_t count;
} found;

static int remember(void *context, uint64_t address, uint64_t len)
{
    found *f = context;
    if (f->count < 8) {
        f->address[f->count] = address;
        f->len[f->count] = len;
    }
    f->count++;
    return HM_OK;
}

static found read_table(hm_bytes table, uint64_t *ret_bad_at)
{
    hmi_image image = {
        .machine = HMI_MACHINE_X86_64, .bits = 64, .eh_frame = table, .eh_frame_address = 0x2000
    };
    found f = { .count = 0 };
    CHECK_EQ(hmi_eh_frame_read(&image, remember, &f, ret_bad_at), HM_OK);
    return f;
}

TEST(entries_are_found)
{
    uint64_t bad_at = 0;
    found f = read_table(HM_BYTES(TABLE), &bad_at);
    CHECK_EQ(f.count, 2);
    CHECK_EQ(f.address[0], 0x1000);
    CHECK_EQ(f.len[0], 32);
    CHECK_EQ(f.address[1], 0x1020);
    CHECK_EQ(f.len[1], 16);
    CHECK(bad_at == HM_OFFSET_NONE);
}

TEST(every_prefix_keeps_what_came_before)
{
    hm_bytes whole = HM_BYTES(TABLE);
    for (size_t len = 0; len < whole.len; len++) {
        uint64_t bad_at;
        found f = read_table((hm_bytes){ whole.ptr, len }, &bad_at);
        CHECK(f.count <= (len >= 64 ? 2u : len >= 44 ? 1u : 0u));
        CHECK(len < 64 || f.count == 2);
    }
}

TEST(every_bit_may_flip)
{
    uint8_t table[sizeof TABLE - 1];
    for (size_t bit = 0; bit < 8 * sizeof table; bit++) {
        memcpy(table, TABLE, sizeof table);
        table[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        uint64_t bad_at;
        found f = read_table((hm_bytes){ table, sizeof table }, &bad_at);
        CHECK(f.count <= 3);
    }
}

RUN_TESTS()
