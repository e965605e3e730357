/* SPDX-License-Identifier: Apache-2.0
 * test_json_against_jansson.c - two independent readers agree about 60,000 generated documents,
 * half of them damaged: what is accepted, and what it says. Built where jansson is installed. */
#include <jansson.h>

#include "base/json.h"
#include "check.h"

static uint64_t random_bits = 88172645463325252u;

static unsigned draw(unsigned below)
{
    random_bits ^= random_bits << 13;
    random_bits ^= random_bits >> 7;
    random_bits ^= random_bits << 17;
    return (unsigned)(random_bits % below);
}

static void add_one_of(hmi_buf *out, const char *const *choices, unsigned count)
{
    hmi_buf_add_cstr(out, choices[draw(count)]);
}

static void add_blank(hmi_buf *out)
{
    static const char *const BLANKS[] = { "", "", "", "", " ", "\n", "\t", "\r\n  " };
    add_one_of(out, BLANKS, HMI_COUNT(BLANKS));
}

static void add_string(hmi_buf *out)
{
    static const char *const PARTS[] = { "a",
                                         "b",
                                         "key",
                                         "\\n",
                                         "\\u0061",
                                         "\\\"",
                                         "\\\\",
                                         "\\ud83d\\ude00",
                                         "\xf0\x9f\x98\x80",
                                         "\xc3\xa9",
                                         "\\/",
                                         " ",
                                         "{",
                                         "]",
                                         ",",
                                         "a longer run of plain text" };
    hmi_buf_add_char(out, '"');
    for (unsigned i = draw(4); i > 0; i--) {
        add_one_of(out, PARTS, HMI_COUNT(PARTS));
    }
    hmi_buf_add_char(out, '"');
}

static void add_any(hmi_buf *out, unsigned depth)
{
    static const char *const SCALARS[] = { "true", "false",    "null",
                                           "0",    "-1",       "12.5",
                                           "1e3",  "-0.25E-2", "9007199254740991" };
    unsigned choice = draw(depth > 0 ? 10 : 6);
    add_blank(out);
    if (choice < 3) {
        add_string(out);
    } else if (choice < 6) {
        add_one_of(out, SCALARS, HMI_COUNT(SCALARS));
    } else {
        bool object = choice < 8;
        hmi_buf_add_char(out, object ? '{' : '[');
        for (unsigned i = 0, count = draw(5); i < count; i++) {
            hmi_buf_add_cstr(out, i > 0 ? "," : "");
            if (object) {
                add_blank(out);
                add_string(out);
                add_blank(out);
                hmi_buf_add_char(out, ':');
            }
            add_any(out, depth - 1);
        }
        add_blank(out);
        hmi_buf_add_char(out, object ? '}' : ']');
    }
    add_blank(out);
}

static void damage(hmi_buf *out)
{
    static const uint8_t BYTES[] = "\"\\{}[]:,u0aeE+-. \n\t\x01\x1f\x80\xc3\xed\xf0tfn";
    for (unsigned i = 1 + draw(2); i > 0 && out->len > 0; i--) {
        size_t at = draw((unsigned)out->len);
        if (draw(3) == 0) {
            memmove(out->ptr + at, out->ptr + at + 1, out->len - at - 1);
            out->len--;
        } else {
            out->ptr[at] = BYTES[draw(sizeof(BYTES) - 1)];
        }
    }
}

static hmi_arena arena;

static void check_same(hmi_value ours, json_t *theirs)
{
    int64_t integer;
    double real;
    switch (json_typeof(theirs)) {
    case JSON_OBJECT:
        CHECK_EQ(hmi_json_kind_of(ours), HMI_JSON_OBJECT);
        CHECK_EQ(hmi_json_count(ours), json_object_size(theirs));
        for (hmi_value v = hmi_json_first(ours); hmi_json_is(v); v = hmi_json_next(v)) {
            json_t *other =
                json_object_get(theirs, hmi_arena_cstr(&arena, hmi_json_key(v, &arena)));
            CHECK(other != NULL);
            check_same(v, other);
        }
        return;
    case JSON_ARRAY: {
        size_t at = 0;
        CHECK_EQ(hmi_json_kind_of(ours), HMI_JSON_ARRAY);
        CHECK_EQ(hmi_json_count(ours), json_array_size(theirs));
        for (hmi_value v = hmi_json_first(ours); hmi_json_is(v); v = hmi_json_next(v)) {
            check_same(v, json_array_get(theirs, at++));
        }
        return;
    }
    case JSON_STRING:
        CHECK(hmi_text_eq(hmi_json_text(ours, &arena),
                          hmi_text(json_string_value(theirs), json_string_length(theirs))));
        return;
    case JSON_INTEGER:
        CHECK(hmi_json_int(ours, &integer) && integer == json_integer_value(theirs));
        return;
    case JSON_REAL:
        CHECK(hmi_json_double(ours, &real) && real == json_real_value(theirs));
        return;
    case JSON_TRUE:
        CHECK_EQ(hmi_json_kind_of(ours), HMI_JSON_TRUE);
        return;
    case JSON_FALSE:
        CHECK_EQ(hmi_json_kind_of(ours), HMI_JSON_FALSE);
        return;
    default:
        CHECK_EQ(hmi_json_kind_of(ours), HMI_JSON_NULL);
    }
}

/* jansson turns numbers into C's at once and has no U+0000 in keys: there the two may differ. */
static bool is_known_difference(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

TEST(both_accept_the_same_and_read_the_same)
{
    hm_err err = { 0 };
    hmi_json *parser;
    hmi_buf text;
    unsigned accepted = 0, refused = 0;
    hmi_buf_init(&text, 0);
    hmi_arena_init(&arena, 16 << 20);
    CHECK_OK(hmi_json_new(&parser, &err));
    for (unsigned i = 0; i < 60000; i++) {
        hmi_value root;
        json_error_t error;
        hmi_buf_clear(&text);
        add_any(&text, 4);
        if (i % 2 == 1) {
            damage(&text);
        }
        json_t *theirs =
            json_loadb((const char *)text.ptr, text.len,
                       JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        bool good = hmi_json_parse(parser, hmi_buf_bytes(&text), 0, &root, &err) == HM_OK;
        if (good != (theirs != NULL) && !(good && is_known_difference(&error))) {
            print_error("\"%.*s\"\nours: %s, jansson: %s\n", HMI_FMT(hmi_buf_text(&text)),
                        good ? "accepted" : err.text, theirs ? "accepted" : error.text);
            fail();
        }
        if (good && theirs != NULL) {
            check_same(root, theirs);
            hmi_arena_reset(&arena);
        }
        accepted += good;
        refused += !good;
        json_decref(theirs);
    }
    CHECK(accepted > 20000 && refused > 10000);
    hmi_json_free(parser);
    hmi_buf_fini(&text);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
