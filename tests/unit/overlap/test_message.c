/* SPDX-License-Identifier: Apache-2.0
 *
 * test_message.c - a message is read whole or refused, and every bit of it is signed.
 */
#include "room.h"

#include <sodium.h>

static hmi_buf message;
static hmi_arena arena;
static side us, them;

static void make(void)
{
    hm_err err = { 0 };
    hmi_overlap_state state;
    us = side_open("us");
    them = side_open("them");
    hmi_arena_init(&arena, 64 << 20);
    hmi_buf_init(&message, 0);
    CHECK_OK(hmi_overlap_offer(us.giver, HMI_OVERLAP_COUNT, them.key, words(&arena, 0, 3), 3,
                               &arena, &state, &message, &err));
}

static void unmake(void)
{
    hmi_buf_fini(&message);
    hmi_arena_fini(&arena);
    side_close(&us);
    side_close(&them);
}

TEST(a_message_is_read_and_its_sender_known)
{
    hm_err err = { 0 };
    hmi_overlap_message read;
    make();
    CHECK_OK(hmi_overlap_read(hmi_buf_bytes(&message), &read, &err));
    CHECK_EQ(read.step, HMI_OVERLAP_OFFER);
    CHECK_EQ(read.point_count, HMI_OVERLAP_POINTS_MIN);
    CHECK_EQ(read.tag_count, 0);
    CHECK(memcmp(read.sender, us.key, 32) == 0);
    CHECK(memcmp(read.receiver, them.key, 32) == 0);
    CHECK(hmi_overlap_signed(hmi_buf_bytes(&message), &read));
    unmake();
}

TEST(a_shorter_message_is_refused_and_changes_nothing)
{
    hmi_overlap_message read = { .common = 7 };
    make();
    for (size_t len = 0; len < message.len; len++) {
        hm_err err = { 0 };
        CHECK(hmi_overlap_read(hmi_slice(hmi_buf_bytes(&message), 0, len), &read, &err) < 0);
        CHECK_EQ(read.common, 7);
        CHECK(err.text[0] != '\0');
    }
    unmake();
}

TEST(every_bit_matters)
{
    hm_err err = { 0 };
    make();
    for (size_t bit = 0; bit < message.len * 8; bit += bit < 2000 ? 1 : 97) {
        hmi_overlap_message read;
        message.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (hmi_overlap_read(hmi_buf_bytes(&message), &read, &err) == HM_OK) {
            CHECK(!hmi_overlap_signed(hmi_buf_bytes(&message), &read));
        }
        message.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    unmake();
}

TEST(counts_at_their_extremes_are_refused)
{
    static const uint32_t COUNTS[] = { 0, 1, 255, 257, 1 << 21, 0x80000000, UINT32_MAX };
    make();
    for (size_t at = 12; at <= 16; at += 4) {
        for (size_t i = 0; i < HMI_COUNT(COUNTS); i++) {
            hm_err err = { 0 };
            hmi_overlap_message read;
            uint8_t kept[4];
            if (at == 16 && COUNTS[i] == 0) {
                continue; /* an offer has no tags */
            }
            memcpy(kept, message.ptr + at, 4);
            memcpy(message.ptr + at, &COUNTS[i], 4);
            CHECK_EQ(hmi_overlap_read(hmi_buf_bytes(&message), &read, &err), HM_E_MALFORMED);
            memcpy(message.ptr + at, kept, 4);
        }
    }
    unmake();
}

TEST(a_point_that_comes_twice_is_refused)
{
    hm_err err = { 0 };
    hmi_overlap_message read;
    make();
    memcpy(message.ptr + HMI_OVERLAP_HEAD + 32, message.ptr + HMI_OVERLAP_HEAD, 32);
    CHECK_EQ(hmi_overlap_read(hmi_buf_bytes(&message), &read, &err), HM_E_MALFORMED);
    unmake();
}

TEST(what_is_no_point_is_refused)
{
    static uint8_t points[3 * 32], out[3 * 32];
    uint8_t scalar[32];
    hm_err err = { 0 };
    CHECK(sodium_init() >= 0);
    hmi_overlap_scalar(scalar);
    hmi_overlap_pad(3, points);
    CHECK_OK(hmi_overlap_raise(points, 3, scalar, out, &err));
    memset(points + 32, 0, 32); /* the neutral element */
    CHECK_EQ(hmi_overlap_raise(points, 3, scalar, out, &err), HM_E_MALFORMED);
    CHECK_EQ(err.offset, HMI_OVERLAP_HEAD + 32);
    memset(points + 32, 0xff, 32); /* not canonical */
    CHECK_EQ(hmi_overlap_raise(points, 3, scalar, out, &err), HM_E_MALFORMED);
    memset(points + 32, 0, 32);
    points[32] = 1; /* odd: negative */
    CHECK_EQ(hmi_overlap_raise(points, 3, scalar, out, &err), HM_E_MALFORMED);
}

RUN_TESTS()
