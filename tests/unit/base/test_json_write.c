/* SPDX-License-Identifier: Apache-2.0
 * test_json_write.c - commas, escapes and numbers come out right, and read back. */
#include <math.h>

#include "base/json.h"
#include "check.h"

static hmi_buf buf;
static hmi_json_writer w;

static void begin(bool pretty)
{
    hmi_buf_clear(&buf);
    hmi_json_begin(&w, &buf, pretty);
}

static void write_sample(void)
{
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "a", HM_TEXT("x"));
    hmi_json_put_key(&w, HM_TEXT("list"));
    hmi_json_open_array(&w);
    hmi_json_put_int(&w, -1);
    hmi_json_put_uint(&w, UINT64_MAX);
    hmi_json_put_null(&w);
    hmi_json_open_object(&w);
    hmi_json_close_object(&w);
    hmi_json_put_raw(&w, HM_BYTES("[1]"));
    hmi_json_close_array(&w);
    hmi_json_member_bool(&w, "b", true);
    hmi_json_member_uint(&w, "u", 7);
    hmi_json_member_fixed(&w, "f", 0.25, 3);
    hmi_json_close_object(&w);
}

TEST(commas_and_nesting)
{
    begin(false);
    write_sample();
    CHECK_TEXT(hmi_buf_text(&buf), "{\"a\":\"x\",\"list\":[-1,18446744073709551615,null,{},[1]],"
                                   "\"b\":true,\"u\":7,\"f\":0.250}");
    begin(true);
    write_sample();
    CHECK_TEXT(hmi_buf_text(&buf), "{\n  \"a\": \"x\",\n  \"list\": [\n    -1,\n"
                                   "    18446744073709551615,\n    null,\n    {},\n    [1]\n  ],\n"
                                   "  \"b\": true,\n  \"u\": 7,\n  \"f\": 0.250\n}");
}

TEST(what_commands_or_hides_is_escaped_and_nothing_else)
{
    begin(false);
    hmi_json_put_text(&w, HM_TEXT("\"\\/\b\f\n\r\t\0\x1f\x7f \xc3\xa9 \xe2\x80\xa8\xe2\x80\xa9\xe2"
                                  "\x80\xaa"));
    CHECK_TEXT(hmi_buf_text(&buf), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f \xc3\xa9 "
                                   "\\u2028\\u2029\\u202a\"");
}

TEST(bad_bytes_become_marks)
{
    begin(false);
    hmi_json_put_lossy(&w, HM_BYTES("a\xff\n\xe2\x80"));
    CHECK_TEXT(hmi_buf_text(&buf), "\"a\xef\xbf\xbd\\n\xef\xbf\xbd\"");
}

static hm_text number(double value)
{
    begin(false);
    hmi_json_put_double(&w, value);
    return hmi_buf_text(&buf);
}

TEST(doubles_are_shortest_and_read_back)
{
    CHECK_TEXT(number(0.1), "0.1");
    CHECK_TEXT(number(100), "100");
    CHECK_TEXT(number(-1.5e300), "-1.5e+300");
    CHECK_TEXT(number(-0.0), "-0");
    CHECK_TEXT(number(NAN), "null");
    CHECK_TEXT(number(-INFINITY), "null");
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double value, back;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value)) {
            hm_text text = number(value);
            char copy[64] = { 0 };
            memcpy(copy, text.ptr, text.len);
            back = strtod(copy, NULL);
            CHECK(memcmp(&back, &value, sizeof(value)) == 0);
        }
    }
}

TEST(fixed_is_rounded_and_has_no_negative_zero)
{
    begin(false);
    hmi_json_open_array(&w);
    hmi_json_put_fixed(&w, 2.0 / 3, 4);
    hmi_json_put_fixed(&w, -0.0001, 2);
    hmi_json_put_fixed(&w, INFINITY, 2);
    hmi_json_close_array(&w);
    CHECK_TEXT(hmi_buf_text(&buf), "[0.6667,0.00,null]");
}

TEST(too_deep_is_a_limit_and_not_a_crash)
{
    hm_err err = { 0 };
    begin(false);
    for (int i = 0; i < HMI_JSON_DEPTH_MAX + 3; i++) {
        hmi_json_open_array(&w);
    }
    for (int i = 0; i < HMI_JSON_DEPTH_MAX + 3; i++) {
        hmi_json_close_array(&w);
    }
    CHECK_EQ(hmi_buf_check(&buf, &err), HM_E_LIMIT);
    begin(false);
    for (int i = 0; i < HMI_JSON_DEPTH_MAX; i++) {
        hmi_json_open_array(&w);
    }
    for (int i = 0; i < HMI_JSON_DEPTH_MAX; i++) {
        hmi_json_close_array(&w);
    }
    CHECK_OK(hmi_buf_check(&buf, &err));
    hmi_buf_fini(&buf);
}

RUN_TESTS()
