/* SPDX-License-Identifier: Apache-2.0
 * test_json_parse.c - strict JSON is taken, everything else refused with its byte. Runs under every
 * implementation that simdjson has for this machine (see meson.build). */
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "check.h"

static hmi_json *the_parser(void)
{
    static hmi_json *parser;
    hm_err err = { 0 };
    if (parser == NULL) {
        CHECK_OK(hmi_json_new(&parser, &err));
    }
    return parser;
}

/* Parses a copy that ends where a forbidden page begins. */
static int parse(hm_bytes input, hmi_value *ret_root, hm_err *err)
{
    static uint8_t *area;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = 16 * page;
    if (area == NULL) {
        area = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(area != MAP_FAILED && mprotect(area + room, page, PROT_NONE) == 0);
    }
    CHECK(input.len <= room);
    if (input.len > 0) {
        memcpy(area + room - input.len, input.ptr, input.len);
    }
    return hmi_json_parse(the_parser(), hmi_bytes(area + room - input.len, input.len), 0, ret_root,
                          err);
}

/* The cases of the public JSON test suites, by our own hand: what every reader must accept ... */
static const hm_text GOOD[] = {
    HM_TEXT_INIT("[]"),
    HM_TEXT_INIT("{}"),
    HM_TEXT_INIT(" [ ] "),
    HM_TEXT_INIT("[[]   ]"),
    HM_TEXT_INIT("[\"\"]"),
    HM_TEXT_INIT("[\"a\"]"),
    HM_TEXT_INIT("[false]"),
    HM_TEXT_INIT("[null, 1, \"1\", {}]"),
    HM_TEXT_INIT("[1\n]"),
    HM_TEXT_INIT(" [1]"),
    HM_TEXT_INIT("[1,null,null,null,2]"),
    HM_TEXT_INIT("[2] "),
    HM_TEXT_INIT("[0e+1]"),
    HM_TEXT_INIT("[0e1]"),
    HM_TEXT_INIT("[ 4]"),
    HM_TEXT_INIT("[-0.0000000000000000000001]"),
    HM_TEXT_INIT("[20e1]"),
    HM_TEXT_INIT("[-0]"),
    HM_TEXT_INIT("[-123]"),
    HM_TEXT_INIT("[-1]"),
    HM_TEXT_INIT("[1E22]"),
    HM_TEXT_INIT("[1E-2]"),
    HM_TEXT_INIT("[1E+2]"),
    HM_TEXT_INIT("[123e45]"),
    HM_TEXT_INIT("[123.456e78]"),
    HM_TEXT_INIT("[1e-2]"),
    HM_TEXT_INIT("[1e+2]"),
    HM_TEXT_INIT("[123]"),
    HM_TEXT_INIT("[123.456789]"),
    HM_TEXT_INIT("{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"),
    HM_TEXT_INIT("{\"asd\":\"sdf\"}"),
    HM_TEXT_INIT("{\"\":0}"),
    HM_TEXT_INIT("{\"foo\\u0000bar\": 42}"),
    HM_TEXT_INIT("{ \"min\": -1.0e+28, \"max\": 1.0e+28 }"),
    HM_TEXT_INIT("{\"x\":[{\"id\": \"x\"}], \"id\": \"x\"}"),
    HM_TEXT_INIT("{\"a\":[]}"),
    HM_TEXT_INIT("{\"title\":\"\\u041f\\u043e\" }"),
    HM_TEXT_INIT("{\n\"a\": \"b\"\n}"),
    HM_TEXT_INIT("[\"\\u0060\\u012a\\u12AB\"]"),
    HM_TEXT_INIT("[\"\\uD801\\udc37\"]"),
    HM_TEXT_INIT("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"),
    HM_TEXT_INIT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    HM_TEXT_INIT("[\"\\\\u0000\"]"),
    HM_TEXT_INIT("[\"\\\"\"]"),
    HM_TEXT_INIT("[\"a/*b*/c/*d//e\"]"),
    HM_TEXT_INIT("[\"\\\\a\"]"),
    HM_TEXT_INIT("[\"\\u0012\"]"),
    HM_TEXT_INIT("[\"\\uFFFF\"]"),
    HM_TEXT_INIT("[ \"asd\"]"),
    HM_TEXT_INIT("[\"\\uDBFF\\uDFFF\"]"),
    HM_TEXT_INIT("[\"new\\u00A0line\"]"),
    HM_TEXT_INIT("[\"\xf4\x8f\xbf\xbf\"]"),
    HM_TEXT_INIT("[\"\xef\xbf\xbf\"]"),
    HM_TEXT_INIT("[\"\\u0000\"]"),
    HM_TEXT_INIT("[\"\x2c\"]"),
    HM_TEXT_INIT("[\"\xcf\x80\"]"),
    HM_TEXT_INIT("[\"asd \"]"),
    HM_TEXT_INIT("\" \""),
    HM_TEXT_INIT("[\"\xe2\x80\xa8\"]"),
    HM_TEXT_INIT("[\"\xe2\x80\xa9\"]"),
    HM_TEXT_INIT("[\"\x7f\"]"),
    HM_TEXT_INIT("false"),
    HM_TEXT_INIT("42"),
    HM_TEXT_INIT("-0.1"),
    HM_TEXT_INIT("null"),
    HM_TEXT_INIT("\"asd\""),
    HM_TEXT_INIT("true"),
    HM_TEXT_INIT("\"\""),
    HM_TEXT_INIT("[\"a\"]\n"),
    HM_TEXT_INIT("[true]"),
    HM_TEXT_INIT("\t[\r\n] "),
    HM_TEXT_INIT("[{}, [], {\"a\": [{}]}]"),
    /* ... and what each reader may decide: numbers keep their digits, so all of these are fine. */
    HM_TEXT_INIT("[123.456e-789]"),
    HM_TEXT_INIT("[0.4e00669999999999999999999999999999999999]"),
    HM_TEXT_INIT("[-1e+9999]"),
    HM_TEXT_INIT("[1.5e+9999]"),
    HM_TEXT_INIT("[-123123e100000]"),
    HM_TEXT_INIT("[123123123123123123123123123123]"),
    HM_TEXT_INIT("[100000000000000000000]"),
};

TEST(every_good_document_is_taken)
{
    hm_err err = { 0 };
    hmi_value root;
    for (size_t i = 0; i < HMI_COUNT(GOOD); i++) {
        CHECK_OK(parse(hmi_text_bytes(GOOD[i]), &root, &err));
        CHECK(hmi_json_is(root));
    }
}

/* What no reader may accept, and where we say so. */
static const struct {
    hm_text in;
    int at;
} BAD[] = {
    { HM_TEXT_INIT(""), 0 },
    { HM_TEXT_INIT(" \n"), 2 },
    { HM_TEXT_INIT("[1 true]"), 3 },
    { HM_TEXT_INIT("[a\xe5]"), 2 },
    { HM_TEXT_INIT("[\"\": 1]"), 3 },
    { HM_TEXT_INIT("[\"\"],"), 4 },
    { HM_TEXT_INIT("[,1]"), 1 },
    { HM_TEXT_INIT("[1,,2]"), 3 },
    { HM_TEXT_INIT("[\"x\",,]"), 5 },
    { HM_TEXT_INIT("[\"x\"]]"), 5 },
    { HM_TEXT_INIT("[\"\",]"), 4 },
    { HM_TEXT_INIT("[\"x\""), 4 },
    { HM_TEXT_INIT("[x"), 1 },
    { HM_TEXT_INIT("[3[4]]"), 2 },
    { HM_TEXT_INIT("[1:2]"), 2 },
    { HM_TEXT_INIT("[,]"), 1 },
    { HM_TEXT_INIT("[-]"), 2 },
    { HM_TEXT_INIT("[   , \"\"]"), 4 },
    { HM_TEXT_INIT("[\"a\",\n4\n,1,"), 11 },
    { HM_TEXT_INIT("[1,]"), 3 },
    { HM_TEXT_INIT("[\"\x0b"
                   "a\"\\f]"),
      2 },
    { HM_TEXT_INIT("[*]"), 1 },
    { HM_TEXT_INIT("[\"\""), 3 },
    { HM_TEXT_INIT("[1,"), 3 },
    { HM_TEXT_INIT("[{}"), 3 },
    { HM_TEXT_INIT("[fals]"), 5 },
    { HM_TEXT_INIT("[nul]"), 4 },
    { HM_TEXT_INIT("[tru]"), 4 },
    { HM_TEXT_INIT("[truex]"), 5 },
    { HM_TEXT_INIT("123\0"), 3 },
    { HM_TEXT_INIT("[++1234]"), 1 },
    { HM_TEXT_INIT("[+1]"), 1 },
    { HM_TEXT_INIT("[-01]"), 3 },
    { HM_TEXT_INIT("[-1.0.]"), 5 },
    { HM_TEXT_INIT("[-2.]"), 4 },
    { HM_TEXT_INIT("[-NaN]"), 2 },
    { HM_TEXT_INIT("[.-1]"), 1 },
    { HM_TEXT_INIT("[.2e-3]"), 1 },
    { HM_TEXT_INIT("[0.1.2]"), 4 },
    { HM_TEXT_INIT("[0.3e+]"), 6 },
    { HM_TEXT_INIT("[0.3e]"), 5 },
    { HM_TEXT_INIT("[0.e1]"), 3 },
    { HM_TEXT_INIT("[0E+]"), 4 },
    { HM_TEXT_INIT("[0e]"), 3 },
    { HM_TEXT_INIT("[1.0e-]"), 6 },
    { HM_TEXT_INIT("[1 000.0]"), 3 },
    { HM_TEXT_INIT("[1eE2]"), 3 },
    { HM_TEXT_INIT("[2.e+3]"), 3 },
    { HM_TEXT_INIT("[9.e+]"), 3 },
    { HM_TEXT_INIT("[Inf]"), 1 },
    { HM_TEXT_INIT("[NaN]"), 1 },
    { HM_TEXT_INIT("[\xef\xbc\x91]"), 1 },
    { HM_TEXT_INIT("[1+2]"), 2 },
    { HM_TEXT_INIT("[0x1]"), 2 },
    { HM_TEXT_INIT("[Infinity]"), 1 },
    { HM_TEXT_INIT("[- 1]"), 2 },
    { HM_TEXT_INIT("[-012]"), 3 },
    { HM_TEXT_INIT("[-1x]"), 3 },
    { HM_TEXT_INIT("[1ea]"), 3 },
    { HM_TEXT_INIT("[1.]"), 3 },
    { HM_TEXT_INIT("[.123]"), 1 },
    { HM_TEXT_INIT("[012]"), 2 },
    { HM_TEXT_INIT("[1.8011670033376514H-308]"), 19 },
    { HM_TEXT_INIT("[\"x\", truth]"), 9 },
    { HM_TEXT_INIT("{[: \"x\"}\n"), 1 },
    { HM_TEXT_INIT("{\"x\", null}"), 4 },
    { HM_TEXT_INIT("{\"x\"::\"b\"}"), 5 },
    { HM_TEXT_INIT("{\"a\":\"a\" 123}"), 9 },
    { HM_TEXT_INIT("{key: 'value'}"), 1 },
    { HM_TEXT_INIT("{\"a\" b}"), 5 },
    { HM_TEXT_INIT("{:\"b\"}"), 1 },
    { HM_TEXT_INIT("{\"a\" \"b\"}"), 5 },
    { HM_TEXT_INIT("{\"a\":"), 5 },
    { HM_TEXT_INIT("{\"a\""), 4 },
    { HM_TEXT_INIT("{1:1}"), 1 },
    { HM_TEXT_INIT("{null:null,null:null}"), 1 },
    { HM_TEXT_INIT("{\"id\":0,,,,,}"), 8 },
    { HM_TEXT_INIT("{'a':0}"), 1 },
    { HM_TEXT_INIT("{\"id\":0,}"), 8 },
    { HM_TEXT_INIT("{\"a\":\"b\"}/**/"), 9 },
    { HM_TEXT_INIT("{\"a\":\"b\"}//"), 9 },
    { HM_TEXT_INIT("{\"a\":\"b\",,\"c\":\"d\"}"), 9 },
    { HM_TEXT_INIT("{a: \"b\"}"), 1 },
    { HM_TEXT_INIT("{\"a\":\"a"), 7 },
    { HM_TEXT_INIT("{ \"foo\" : \"bar\", \"a\" }"), 21 },
    { HM_TEXT_INIT("{\"a\":\"b\"}#"), 9 },
    { HM_TEXT_INIT(" "), 1 },
    { HM_TEXT_INIT("[\"\\uD800\\\"]"), 11 },
    { HM_TEXT_INIT("[\"\\uD800\\u\"]"), 2 },
    { HM_TEXT_INIT("[\"\\uD800\\u1\"]"), 2 },
    { HM_TEXT_INIT("[\"\\uD800\\u1x00\"]"), 11 },
    { HM_TEXT_INIT("[\"\\uD800\"]"), 2 },
    { HM_TEXT_INIT("[\"\\uDC00\"]"), 2 },
    { HM_TEXT_INIT("[\"\\uD800abcdef\"]"), 2 },
    { HM_TEXT_INIT("[\"\\uD800\\u0041\"]"), 2 },
    { HM_TEXT_INIT("[\"\\uD800\\uD800\"]"), 2 },
    { HM_TEXT_INIT("[\xc3\xa9]"), 1 },
    { HM_TEXT_INIT("[\"\\x00\"]"), 3 },
    { HM_TEXT_INIT("[\"\\\\\\\"]"), 7 },
    { HM_TEXT_INIT("[\"\\\t\"]"), 3 },
    { HM_TEXT_INIT("[\"\\\xf0\x9f\x8c\x80\"]"), 3 },
    { HM_TEXT_INIT("[\"\\\"]"), 5 },
    { HM_TEXT_INIT("[\"\\u00A\"]"), 7 },
    { HM_TEXT_INIT("[\"\\a\"]"), 3 },
    { HM_TEXT_INIT("[\"\\uqqqq\"]"), 4 },
    { HM_TEXT_INIT("[\"\\\xe5\"]"), 3 },
    { HM_TEXT_INIT("[\\u0020\"asd\"]"), 1 },
    { HM_TEXT_INIT("[\\n]"), 1 },
    { HM_TEXT_INIT("\""), 1 },
    { HM_TEXT_INIT("['single quote']"), 1 },
    { HM_TEXT_INIT("abc"), 0 },
    { HM_TEXT_INIT("[\"\\"), 3 },
    { HM_TEXT_INIT("[\"a\0a\"]"), 3 },
    { HM_TEXT_INIT("[\"new\nline\"]"), 5 },
    { HM_TEXT_INIT("[\"\t\"]"), 2 },
    { HM_TEXT_INIT("\"\\UA66D\""), 2 },
    { HM_TEXT_INIT("\"\"x"), 2 },
    { HM_TEXT_INIT("\"a\"\"b\""), 3 },
    { HM_TEXT_INIT("<.>"), 0 },
    { HM_TEXT_INIT("[<null>]"), 1 },
    { HM_TEXT_INIT("aa\xc3\xa5"), 0 },
    { HM_TEXT_INIT("[True]"), 1 },
    { HM_TEXT_INIT("1]"), 1 },
    { HM_TEXT_INIT("{\"x\": true,"), 11 },
    { HM_TEXT_INIT("[][]"), 2 },
    { HM_TEXT_INIT("]"), 0 },
    { HM_TEXT_INIT("\xef\xbb\xbf{}"), 0 },
    { HM_TEXT_INIT("\xef\xbb{}"), 0 },
    { HM_TEXT_INIT("\xe5"), 0 },
    { HM_TEXT_INIT("["), 1 },
    { HM_TEXT_INIT("{"), 1 },
    { HM_TEXT_INIT("{}}"), 2 },
    { HM_TEXT_INIT("{]"), 1 },
    { HM_TEXT_INIT("[}"), 1 },
    { HM_TEXT_INIT("{\"a\":1]"), 6 },
    { HM_TEXT_INIT("[1}"), 2 },
    { HM_TEXT_INIT("[\"asd]"), 6 },
    { HM_TEXT_INIT("[\x0c]"), 1 },
    { HM_TEXT_INIT("[\xe2\x81\xa0]"), 1 },
    { HM_TEXT_INIT("[1\x1a"
                   "2]"),
      2 },
    { HM_TEXT_INIT("[\"\xff\"]"), 2 },
    { HM_TEXT_INIT("[\"\xc0\xaf\"]"), 2 },
    { HM_TEXT_INIT("[\"\xed\xa0\x80\"]"), 2 },
    { HM_TEXT_INIT("[\"\xf4\xbf\xbf\xbf\"]"), 2 },
    { HM_TEXT_INIT("\\\"abc\""), 0 },
    { HM_TEXT_INIT("{\"a\":1,\"a\":1}"), 7 },
    { HM_TEXT_INIT("{\"a\":1,\"\\u0061\":1}"), 7 },
    { HM_TEXT_INIT("{\"\":1,\"b\":{\"\":1},\"\":1}"), 17 },
    { HM_TEXT_INIT("{\"\\ud83d\\ude00\":1, \"\xf0\x9f\x98\x80\":1}"), 19 },
};

TEST(every_bad_document_is_refused_at_its_byte)
{
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hm_err err = { 0 };
        hmi_value root = { NULL, 77 };
        int code = parse(hmi_text_bytes(BAD[i].in), &root, &err);
        if ((code != HM_E_MALFORMED && code != HM_E_TRUNCATED) ||
            err.offset != (uint64_t)BAD[i].at) {
            print_error("case %zu \"%.*s\": %d at %llu, expected at %d: %s\n", i,
                        HMI_FMT(BAD[i].in), code, (unsigned long long)err.offset, BAD[i].at,
                        err.text);
        }
        CHECK(code == HM_E_MALFORMED || code == HM_E_TRUNCATED);
        CHECK_EQ(err.offset, BAD[i].at);
        CHECK(root.doc == NULL && root.node == 77);
    }
}

static const char WHOLE[] =
    "{\"type\": \"bundle\", \"objects\": [{\"id\": \"x--1\", \"n\": [-1.5e+10, 0, true, null, "
    "false], \"\\u00e9\\ud83d\\ude00\": \"caf\xc3\xa9 \\\\ \\\" \\n\"}, [], {}, \"\"], \"z\": {}}";

TEST(every_prefix_is_refused_and_touches_nothing)
{
    hm_err err = { 0 };
    hmi_value root = { NULL, 77 };
    for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
        int code = parse(hmi_bytes(WHOLE, len), &root, &err);
        CHECK(code == HM_E_TRUNCATED || code == HM_E_MALFORMED);
        CHECK(root.doc == NULL && root.node == 77);
    }
    CHECK_OK(parse(hmi_bytes(WHOLE, sizeof(WHOLE) - 1), &root, &err));
}

/* Every value's bytes must again be a document: then no byte was skipped unseen. */
static void reparse_each(hmi_value value, hmi_json *second)
{
    hm_err err = { 0 };
    hmi_value again;
    CHECK_OK(hmi_json_parse(second, hmi_json_raw(value), 0, &again, &err));
    CHECK_EQ(hmi_json_kind_of(again), hmi_json_kind_of(value));
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v); v = hmi_json_next(v)) {
        reparse_each(v, second);
    }
}

TEST(every_flipped_bit_is_survived)
{
    hm_err err = { 0 };
    hmi_json *second = NULL;
    CHECK_OK(hmi_json_new(&second, &err));
    size_t taken = 0;
    for (size_t bit = 0; bit < 8 * (sizeof(WHOLE) - 1); bit++) {
        uint8_t bytes[sizeof(WHOLE)];
        memcpy(bytes, WHOLE, sizeof(WHOLE));
        bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        hmi_value root;
        if (parse(hmi_bytes(bytes, sizeof(WHOLE) - 1), &root, &err) == HM_OK) {
            taken++;
            reparse_each(root, second);
        }
    }
    CHECK(taken > 0);
    hmi_json_free(second);
}

TEST(depth_of_64_is_taken_and_65_is_not)
{
    char text[200];
    hm_err err = { 0 };
    hmi_value root;
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    CHECK_OK(parse(hmi_bytes(text + 1, 128), &root, &err));
    CHECK_EQ(parse(hmi_bytes(text, 130), &root, &err), HM_E_LIMIT);
    CHECK_EQ(err.offset, 64);
}

TEST(node_limit_counts_keys_and_values)
{
    hm_err err = { 0 };
    hmi_value root;
    hm_bytes input = HM_BYTES("{\"a\":[1,2]}");
    CHECK_OK(hmi_json_parse(the_parser(), input, 5, &root, &err));
    CHECK_EQ(hmi_json_parse(the_parser(), input, 4, &root, &err), HM_E_LIMIT);
    CHECK_EQ(err.offset, 8);
}

/* {"k0":0,"k1":0,...}, the last key as asked. */
static void make_wide(hmi_buf *buf, size_t count, const char *last)
{
    hmi_buf_clear(buf);
    for (size_t i = 0; i < count; i++) {
        hmi_buf_printf(buf, "%c\"k%zu\":0", i ? ',' : '{', i);
    }
    hmi_buf_printf(buf, ",\"%s\":0}", last);
}

TEST(a_second_key_is_found_in_objects_of_every_size)
{
    hm_err err = { 0 };
    hmi_value root;
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    static const size_t COUNTS[] = { 1, 2, 22, 23, 24, 25, 31, 32, 33, 64, 1000, 200000 };
    for (size_t i = 0; i < HMI_COUNT(COUNTS); i++) {
        make_wide(&buf, COUNTS[i], "other");
        CHECK_OK(hmi_json_parse(the_parser(), hmi_buf_bytes(&buf), 0, &root, &err));
        CHECK_EQ(hmi_json_count(root), COUNTS[i] + 1);
        make_wide(&buf, COUNTS[i], "\\u006b0");
        size_t at = buf.len - strlen("\"\\u006b0\":0}");
        CHECK_EQ(hmi_json_parse(the_parser(), hmi_buf_bytes(&buf), 0, &root, &err), HM_E_MALFORMED);
        CHECK_EQ(err.offset, at);
    }
    hmi_buf_fini(&buf);
}

TEST(strings_of_every_length_at_every_place_in_a_block)
{
    hm_err err = { 0 };
    hmi_value root;
    hmi_arena arena;
    uint8_t bytes[400];
    hmi_arena_init(&arena, 1 << 20);
    for (size_t shift = 0; shift < 70; shift++) {
        for (size_t len = 0; len < 140; len += 1 + len / 8) {
            memset(bytes, ' ', sizeof(bytes));
            bytes[shift] = '"';
            memset(bytes + shift + 1, 'x', len);
            bytes[shift + 1 + len] = '"';
            CHECK_OK(parse(hmi_bytes(bytes, shift + len + 2), &root, &err));
            CHECK_EQ(hmi_json_text(root, &arena).len, len);
            CHECK_EQ(hmi_json_offset(root), shift);
        }
    }
    hmi_arena_fini(&arena);
}

RUN_TESTS()
