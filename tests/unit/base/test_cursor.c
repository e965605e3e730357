/* SPDX-License-Identifier: Apache-2.0
 * test_cursor.c - a cursor never leaves its slice and remembers its first failure. */
#include "base/cursor.h"
#include "check.h"

TEST(reads_both_orders)
{
    hmi_cur cur = hmi_cur_over(HM_BYTES("\x01\x02\x03\x04\x05\x06\x07\x08rest"));
    CHECK_EQ(hmi_cur_u16(&cur), 0x0201);
    cur.big = true;
    CHECK_EQ(hmi_cur_u16(&cur), 0x0304);
    CHECK_EQ(hmi_cur_u32(&cur), 0x05060708);
    CHECK(hmi_cur_match(&cur, HM_BYTES("re")));
    CHECK(!hmi_cur_match(&cur, HM_BYTES("xx")));
    CHECK(!cur.bad);
    CHECK_EQ(hmi_cur_left(&cur), 2);
}

TEST(first_failure_stays)
{
    hmi_cur cur = hmi_cur_over(HM_BYTES("\x01\x02\x03"));
    CHECK_EQ(hmi_cur_u16(&cur), 0x0201);
    CHECK_EQ(hmi_cur_u32(&cur), 0);
    CHECK(cur.bad);
    CHECK_EQ(cur.bad_at, 2);
    CHECK_EQ(hmi_cur_u8(&cur), 0);
    hmi_cur_seek(&cur, 0);
    CHECK_EQ(hmi_cur_u8(&cur), 0);
    CHECK_EQ(cur.bad_at, 2);
    CHECK_EQ(hmi_cur_left(&cur), 0);
}

TEST(seeking_and_strings)
{
    hmi_cur cur = hmi_cur_over(HM_BYTES("ab\0cd"));
    CHECK(hmi_bytes_eq(hmi_cur_cstr(&cur), HM_BYTES("ab")));
    CHECK_EQ(hmi_cur_cstr(&cur).len, 0);
    CHECK(cur.bad);
    cur = hmi_cur_over(HM_BYTES("abc"));
    hmi_cur_seek(&cur, 3);
    CHECK(!cur.bad);
    hmi_cur_seek(&cur, UINT64_MAX);
    CHECK(cur.bad);
}

TEST(leb128)
{
    hmi_cur cur = hmi_cur_over(HM_BYTES("\xe5\x8e\x26\x7f\x80\x7f"));
    CHECK_EQ(hmi_cur_uleb(&cur), 624485);
    CHECK_EQ(hmi_cur_sleb(&cur), -1);
    CHECK_EQ(hmi_cur_sleb(&cur), -128);
    cur = hmi_cur_over(HM_BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
    CHECK_EQ(hmi_cur_uleb(&cur), 0);
    CHECK(cur.bad);
}

RUN_TESTS()
