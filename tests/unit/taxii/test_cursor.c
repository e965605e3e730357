/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cursor.c - a cursor is good for its scope and nothing else, whatever bit is turned.
 */
#include "check.h"
#include "taxii/cursor.h"

TEST(only_ours_and_only_here)
{
    uint8_t secret[HMI_CURSOR_SECRET] = { 1 };
    char text[HMI_CURSOR_LEN + 1];
    int64_t date = 0;
    hmi_cursor_make(secret, HM_BYTES("alice"), 1234567, text);
    CHECK_EQ(strlen(text), HMI_CURSOR_LEN);
    CHECK(hmi_cursor_read(secret, HM_BYTES("alice"), hmi_text_of(text), &date));
    CHECK_EQ(date, 1234567);
    CHECK(!hmi_cursor_read(secret, HM_BYTES("bob"), hmi_text_of(text), &date));
    for (size_t len = 0; len < HMI_CURSOR_LEN; len++) {
        CHECK(!hmi_cursor_read(secret, HM_BYTES("alice"), hmi_text(text, len), &date));
    }
    for (size_t bit = 0; bit < HMI_CURSOR_LEN * 8; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        CHECK(!hmi_cursor_read(secret, HM_BYTES("alice"), hmi_text_of(text), &date));
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
    }
    secret[31] = 1;
    CHECK(!hmi_cursor_read(secret, HM_BYTES("alice"), hmi_text_of(text), &date));
}

RUN_TESTS()
