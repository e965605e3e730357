/* SPDX-License-Identifier: Apache-2.0
 * test_json_canonical.c - the examples of RFC 8785, and numbers at their borders. */
#include <math.h>

#include "base/json.h"
#include "base/json_node.h"
#include "check.h"

static hm_text canonical(const char *text)
{
    static hmi_json *json;
    static hmi_buf buf;
    hm_err err = { 0 };
    hmi_value root;
    if (json == NULL) {
        CHECK_OK(hmi_json_new(&json, &err));
    }
    hmi_buf_clear(&buf);
    CHECK_OK(hmi_json_parse(json, hmi_text_bytes(hmi_text_of(text)), 0, &root, &err));
    CHECK_OK(hmi_json_canonical(root, &buf, &err));
    return hmi_buf_text(&buf);
}

TEST(rfc_8785_section_3_2_2)
{
    CHECK_TEXT(canonical("{\n \"numbers\": [333333333.33333329, 1E30, 4.50,\n 2e-3, "
                         "0.000000000000000000000000001],\n \"string\": "
                         "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                         " \"literals\": [null, true, false]\n}"),
               "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,"
               "1e-27],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(keys_are_sorted_by_utf16_units)
{
    CHECK_TEXT(canonical("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":"
                         "\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":"
                         "\"Emoji\",\"\\u0080\":\"Control\",\"\\u00f6\":\"Diaeresis\"}"),
               "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
               "\"\xc3\xb6\":\"Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":"
               "\"Emoji\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
    CHECK_TEXT(canonical("{\"ab\":1,\"a\":2,\"\":3,\"a\\u0000\":4}"),
               "{\"\":3,\"a\":2,\"a\\u0000\":4,\"ab\":1}");
}

/* RFC 8785, appendix B: bits of the double and its text. */
TEST(rfc_8785_appendix_b)
{
    static const struct {
        uint64_t bits;
        const char *text;
    } CASES[] = {
        { 0x0000000000000000, "0" },
        { 0x8000000000000000, "0" },
        { 0x0000000000000001, "5e-324" },
        { 0x8000000000000001, "-5e-324" },
        { 0x7fefffffffffffff, "1.7976931348623157e+308" },
        { 0xffefffffffffffff, "-1.7976931348623157e+308" },
        { 0x4340000000000000, "9007199254740992" },
        { 0xc340000000000000, "-9007199254740992" },
        { 0x4430000000000000, "295147905179352830000" },
        { 0x44b52d02c7e14af5, "9.999999999999997e+22" },
        { 0x44b52d02c7e14af6, "1e+23" },
        { 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
        { 0x444b1ae4d6e2ef4e, "999999999999999700000" },
        { 0x444b1ae4d6e2ef4f, "999999999999999900000" },
        { 0x444b1ae4d6e2ef50, "1e+21" },
        { 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
        { 0x3eb0c6f7a0b5ed8d, "0.000001" },
        { 0x41b3de4355555553, "333333333.3333332" },
        { 0x41b3de4355555554, "333333333.33333325" },
        { 0x41b3de4355555555, "333333333.3333333" },
        { 0x41b3de4355555556, "333333333.3333334" },
        { 0x41b3de4355555557, "333333333.33333343" },
        { 0xbecbf647612f3696, "-0.0000033333333333333333" },
        { 0x43143ff3c1cb0959, "1424953923781206.2" },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hmi_buf buf;
        double value;
        hmi_buf_init(&buf, 0);
        memcpy(&value, &CASES[i].bits, sizeof(value));
        hmi_json_add_number(&buf, value);
        CHECK_TEXT(hmi_buf_text(&buf), CASES[i].text);
        hmi_buf_fini(&buf);
    }
}

TEST(a_number_without_canonical_form_is_refused_with_its_place)
{
    hmi_json *json;
    hmi_buf buf;
    hm_err err = { 0 };
    hmi_value root;
    hmi_buf_init(&buf, 0);
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_json_parse(json, HM_BYTES("[0, 1e400]"), 0, &root, &err));
    CHECK_EQ(hmi_json_canonical(root, &buf, &err), HM_E_UNSUPPORTED);
    CHECK_EQ(err.offset, 4);
    CHECK_EQ(hmi_json_canonical((hmi_value){ NULL, 0 }, &buf, &err), HM_E_MISUSE);
    hmi_buf small;
    hmi_buf_init(&small, 3);
    CHECK_OK(hmi_json_parse(json, HM_BYTES("[0, 12]"), 0, &root, &err));
    CHECK_EQ(hmi_json_canonical(root, &small, &err), HM_E_LIMIT);
    hmi_buf_fini(&small);
    hmi_buf_fini(&buf);
    hmi_json_free(json);
}

RUN_TESTS()
