/* SPDX-License-Identifier: Apache-2.0
 * test_buf.c - writes add up, the ceiling is remembered, nothing is half written. */
#include "base/buf.h"
#include "check.h"

TEST(writes_of_every_kind)
{
    hmi_buf buf;
    hm_err err = { 0 };
    hmi_buf_init(&buf, 0);
    hmi_buf_add_cstr(&buf, "ab");
    hmi_buf_add_char(&buf, 'c');
    hmi_buf_printf(&buf, "%d", 42);
    hmi_buf_add_hex(&buf, HM_BYTES("\x00\xfe"));
    CHECK_TEXT(hmi_buf_text(&buf), "abc4200fe");
    hmi_buf_clear(&buf);
    hmi_buf_add_u16(&buf, 0x0102);
    hmi_buf_add_u32(&buf, 0x03040506);
    hmi_buf_add_u64(&buf, 0x0708090a0b0c0d0eull);
    hmi_buf_add_uleb(&buf, 624485);
    static const uint8_t WANT[] = {
        2, 1, 6, 5, 4, 3, 14, 13, 12, 11, 10, 9, 8, 7, 0xe5, 0x8e, 0x26
    };
    CHECK(hmi_bytes_eq(hmi_buf_bytes(&buf), hmi_bytes(WANT, sizeof(WANT))));
    CHECK_OK(hmi_buf_check(&buf, &err));
    hmi_buf_fini(&buf);
}

TEST(ceiling_stops_and_stays)
{
    hmi_buf buf;
    hm_err err = { 0 };
    hmi_buf_init(&buf, 10);
    hmi_buf_add_cstr(&buf, "12345678");
    hmi_buf_add_cstr(&buf, "abc");
    hmi_buf_add_cstr(&buf, "z");
    CHECK_TEXT(hmi_buf_text(&buf), "12345678");
    CHECK_EQ(hmi_buf_check(&buf, &err), HM_E_LIMIT);
    hmi_buf_clear(&buf);
    hmi_buf_add_cstr(&buf, "z");
    CHECK_OK(hmi_buf_check(&buf, &err));
    hmi_buf_fini(&buf);
    hmi_buf_fini(NULL);
}

RUN_TESTS()
