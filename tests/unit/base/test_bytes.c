/* SPDX-License-Identifier: Apache-2.0
 * test_bytes.c - slices never leave their bytes; searching and splitting at every edge. */
#include "base/bytes.h"
#include "check.h"

TEST(slices_clip)
{
    hm_bytes all = HM_BYTES("0123456789");
    CHECK_EQ(hmi_slice(all, 4, 3).len, 3);
    CHECK_EQ(hmi_slice(all, 8, 100).len, 2);
    CHECK_EQ(hmi_slice(all, 10, 1).len, 0);
    CHECK_EQ(hmi_slice(all, SIZE_MAX, SIZE_MAX).len, 0);
    CHECK_EQ(hmi_slice(all, 5, SIZE_MAX).len, 5);
}

TEST(comparing)
{
    CHECK(hmi_bytes_cmp(HM_BYTES("a"), HM_BYTES("b")) < 0);
    CHECK(hmi_bytes_cmp(HM_BYTES("ab"), HM_BYTES("a")) > 0);
    CHECK(hmi_bytes_cmp(HM_BYTES("\xff"), HM_BYTES("a")) > 0);
    CHECK_EQ(hmi_bytes_cmp(HM_BYTES(""), (hm_bytes){ NULL, 0 }), 0);
    CHECK(hmi_text_ieq(HM_TEXT("HeLLo"), HM_TEXT("hEllO")));
    CHECK(!hmi_text_ieq(HM_TEXT("hello"), HM_TEXT("hell")));
    CHECK(hmi_starts_with(HM_BYTES("abc"), HM_BYTES("")));
    CHECK(!hmi_ends_with(HM_BYTES("c"), HM_BYTES("bc")));
    CHECK_EQ(hmi_hex_digit('F'), 15);
    CHECK_EQ(hmi_hex_digit('g'), -1);
}

TEST(finding)
{
    CHECK_EQ(hmi_find(HM_BYTES("aXbXc"), HM_BYTES("Xc")), 3);
    CHECK_EQ(hmi_find(HM_BYTES("abc"), HM_BYTES("")), 0);
    CHECK(hmi_find(HM_BYTES(""), HM_BYTES("a")) == HMI_NPOS);
    CHECK_EQ(hmi_find_byte(HM_BYTES("abcb"), 'b'), 1);
    CHECK_EQ(hmi_find_last_byte(HM_BYTES("abcb"), 'b'), 3);
    CHECK_TEXT(hmi_text_trim(HM_TEXT(" \t a b\r\n")), "a b");
    CHECK_TEXT(hmi_text_trim(HM_TEXT("  ")), "");
}

TEST(splitting)
{
    hm_text rest = HM_TEXT("a,,b"), part;
    CHECK(hmi_split(&rest, ',', &part));
    CHECK_TEXT(part, "a");
    CHECK(hmi_split(&rest, ',', &part));
    CHECK_TEXT(part, "");
    CHECK(hmi_split(&rest, ',', &part));
    CHECK_TEXT(part, "b");
    CHECK(!hmi_split(&rest, ',', &part));
    rest = HM_TEXT("x,");
    CHECK(hmi_split(&rest, ',', &part));
    CHECK(hmi_split(&rest, ',', &part));
    CHECK_TEXT(part, "");
    CHECK(!hmi_split(&rest, ',', &part));
}

TEST(lines)
{
    hm_bytes rest = HM_BYTES("one\r\n\ntwo\r"), line;
    CHECK(hmi_next_line(&rest, &line));
    CHECK(hmi_bytes_eq(line, HM_BYTES("one")));
    CHECK(hmi_next_line(&rest, &line));
    CHECK_EQ(line.len, 0);
    CHECK(hmi_next_line(&rest, &line));
    CHECK(hmi_bytes_eq(line, HM_BYTES("two\r")));
    CHECK(!hmi_next_line(&rest, &line));
}

RUN_TESTS()
