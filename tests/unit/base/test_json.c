/* SPDX-License-Identifier: Apache-2.0
 * test_json.c - values are found, walked and read; "none" is accepted everywhere. */
#include "base/json.h"
#include "check.h"

static hmi_json *parser;
static hmi_arena arena;

static hmi_value parse(const char *text)
{
    hm_err err = { 0 };
    hmi_value root = { NULL, 0 };
    if (parser == NULL) {
        CHECK_OK(hmi_json_new(&parser, &err));
        hmi_arena_init(&arena, 1 << 20);
    }
    CHECK_OK(hmi_json_parse(parser, hmi_text_bytes(hmi_text_of(text)), 0, &root, &err));
    return root;
}

static hm_text raw(hmi_value value)
{
    hm_bytes bytes = hmi_json_raw(value);
    return (hm_text){ (const char *)bytes.ptr, bytes.len };
}

TEST(members_are_found_and_walked_in_order)
{
    hmi_value root = parse("{\"a\": [1, [2], \"x\"], \"b\": {\"c\": null, \"d\": {}}, \"e\": 5 }");
    CHECK_EQ(hmi_json_kind_of(root), HMI_JSON_OBJECT);
    CHECK_EQ(hmi_json_count(root), 3);
    hmi_value a = hmi_json_get(root, "a"), b = hmi_json_get(root, "b");
    CHECK_TEXT(raw(a), "[1, [2], \"x\"]");
    CHECK_EQ(hmi_json_offset(a), 6);
    CHECK_TEXT(raw(b), "{\"c\": null, \"d\": {}}");
    CHECK_TEXT(raw(hmi_json_get(b, "d")), "{}");
    CHECK_EQ(hmi_json_kind_of(hmi_json_get(b, "c")), HMI_JSON_NULL);
    CHECK_TEXT(raw(root), "{\"a\": [1, [2], \"x\"], \"b\": {\"c\": null, \"d\": {}}, \"e\": 5 }");
    static const char *const KEYS[] = { "a", "b", "e" };
    size_t i = 0;
    for (hmi_value v = hmi_json_first(root); hmi_json_is(v); v = hmi_json_next(v)) {
        CHECK(i < 3);
        CHECK_TEXT(hmi_json_key(v, &arena), KEYS[i++]);
    }
    CHECK_EQ(i, 3);
    hmi_value first = hmi_json_first(a), second = hmi_json_next(first);
    CHECK_TEXT(raw(first), "1");
    CHECK_TEXT(raw(second), "[2]");
    CHECK(!hmi_json_is(hmi_json_next(hmi_json_first(second))));
    CHECK_TEXT(raw(hmi_json_next(second)), "\"x\"");
    CHECK(!hmi_json_is(hmi_json_next(hmi_json_next(second))));
    CHECK(hmi_json_key(first, &arena).ptr == NULL);
    CHECK(!hmi_json_is(hmi_json_first(hmi_json_get(b, "d"))));
    CHECK(!hmi_json_is(hmi_json_next(root)));
}

TEST(none_is_accepted_everywhere)
{
    hmi_value none = { NULL, 0 }, string = parse("\"text\"");
    int64_t number = 7;
    double real = 7;
    CHECK_EQ(hmi_json_kind_of(none), HMI_JSON_NONE);
    CHECK(hmi_json_raw(none).ptr == NULL);
    CHECK(hmi_json_offset(none) == HM_OFFSET_NONE);
    CHECK_EQ(hmi_json_count(none), 0);
    CHECK(!hmi_json_is(hmi_json_get(none, "a")));
    CHECK(!hmi_json_is(hmi_json_get(string, "a")));
    CHECK(!hmi_json_is(hmi_json_first(none)));
    CHECK(!hmi_json_is(hmi_json_first(string)));
    CHECK(!hmi_json_is(hmi_json_next(none)));
    CHECK(hmi_json_key(none, &arena).ptr == NULL);
    CHECK(hmi_json_text(none, &arena).ptr == NULL);
    CHECK(!hmi_json_int(none, &number) && !hmi_json_int(string, &number));
    CHECK(!hmi_json_double(none, &real) && !hmi_json_double(string, &real));
    CHECK(number == 7 && real == 7);
    CHECK(!hmi_json_is_true(none));
}

TEST(a_value_of_a_replaced_document_stays_inside_the_table)
{
    hmi_value last = hmi_json_get(parse("{\"a\": 1, \"b\": 2, \"c\": 3}"), "c");
    parse("1");
    CHECK_EQ(hmi_json_kind_of(last), HMI_JSON_NONE);
    CHECK(!hmi_json_is(hmi_json_next(last)));
}

TEST(strings_are_lent_or_unescaped)
{
    hmi_value root = parse("[\"plain\", \"\", \"\\\"\\\\\\/\\b\\f\\n\\r\\t\", "
                           "\"\\u00e9\\u20AC\\ud83d\\ude00x\", \"a\\u0000b\"]");
    hmi_value v = hmi_json_first(root);
    hm_text text = hmi_json_text(v, &arena);
    CHECK_TEXT(text, "plain");
    CHECK(text.ptr == (const char *)hmi_json_raw(v).ptr + 1);
    v = hmi_json_next(v);
    CHECK(hmi_json_text(v, &arena).ptr != NULL);
    CHECK_TEXT(hmi_json_text(v, &arena), "");
    v = hmi_json_next(v);
    CHECK_TEXT(hmi_json_text(v, &arena), "\"\\/\b\f\n\r\t");
    v = hmi_json_next(v);
    CHECK_TEXT(hmi_json_text(v, &arena), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x");
    v = hmi_json_next(v);
    CHECK(hmi_text_eq(hmi_json_text(v, &arena), HM_TEXT("a\0b")));
    hmi_arena tiny;
    hmi_arena_init(&tiny, 1);
    CHECK(hmi_json_text(v, &tiny).ptr == NULL);
    hmi_arena_fini(&tiny);
}

TEST(keys_are_compared_after_unescaping)
{
    hmi_value root = parse("{\"\\u0061b\": 1, \"a\": 2, \"\\\"\": 3, \"\": 4}");
    CHECK_TEXT(raw(hmi_json_get(root, "ab")), "1");
    CHECK_TEXT(raw(hmi_json_get(root, "a")), "2");
    CHECK_TEXT(raw(hmi_json_get(root, "\"")), "3");
    CHECK_TEXT(raw(hmi_json_get(root, "")), "4");
    CHECK(!hmi_json_is(hmi_json_get(root, "abc")));
    CHECK_TEXT(hmi_json_key(hmi_json_first(root), &arena), "ab");
}

TEST(integers_in_every_dress)
{
    static const struct {
        const char *text;
        bool is;
        int64_t value;
    } CASES[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "0.000", true, 0 },
        { "0e99999999999999999999", true, 0 },
        { "1e3", true, 1000 },
        { "1.0", true, 1 },
        { "1.50e1", true, 15 },
        { "1200e-2", true, 12 },
        { "1.5", false, 0 },
        { "1e-1", false, 0 },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "-9223372036854775809", false, 0 },
        { "-9223372036854775808.000", true, INT64_MIN },
        { "18446744073709551616", false, 0 },
        { "9.223372036854775807e18", true, INT64_MAX },
        { "1e18", true, INT64_C(1000000000000000000) },
        { "1e19", false, 0 },
        { "1e400", false, 0 },
        { "1e99999999999999999999999999", false, 0 },
        { "0.000000000000000000000000000001e30", true, 1 },
        { "1000000000000000000000000000000e-30", true, 1 },
        { "100000000000000000000000000001e-30", false, 0 },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        int64_t got = 77;
        bool is = hmi_json_int(parse(CASES[i].text), &got);
        if (is != CASES[i].is || got != (is ? CASES[i].value : 77)) {
            print_error("%s: %d %lld\n", CASES[i].text, is, (long long)got);
        }
        CHECK_EQ(is, CASES[i].is);
        CHECK_EQ(got, is ? CASES[i].value : 77);
    }
}

TEST(doubles_refuse_what_they_cannot_hold)
{
    double got = 77;
    CHECK(hmi_json_double(parse("-1.5e3"), &got) && got == -1500);
    got = 77;
    CHECK(!hmi_json_double(parse("1e400"), &got) && got == 77);
    CHECK(hmi_json_double(parse("1e-400"), &got) && got == 0);
    CHECK(hmi_json_is_true(parse("true")) && !hmi_json_is_true(parse("false")));
}

RUN_TESTS()
