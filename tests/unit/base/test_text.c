/* SPDX-License-Identifier: Apache-2.0
 * test_text.c - clean UTF-8 is known from unclean, and repaired as the Unicode standard says. */
#include "base/text.h"
#include "check.h"

/* The plain definition of well-formed, written apart from text.c: decode by arithmetic, then ask
 * for the shortest form and the range. Returns bytes used, 0 for ill-formed. */
static size_t plain_decode(const uint8_t *s, size_t len, uint32_t *ret_code)
{
    size_t need = s[0] < 0x80         ? 1
                  : (s[0] >> 5) == 6  ? 2
                  : (s[0] >> 4) == 14 ? 3
                  : (s[0] >> 3) == 30 ? 4
                                      : 0;
    static const uint32_t LEAST[] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (need == 0 || need > len) {
        return 0;
    }
    uint32_t code = need == 1 ? s[0] : s[0] & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (s[i] & 0x3f);
    }
    if (code < LEAST[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    *ret_code = code;
    return need;
}

TEST(every_two_and_three_byte_sequence_agrees_with_the_definition)
{
    for (uint32_t word = 0; word < 0x1000000; word += word < 0x800000 ? 0x101 * 7 : 1) {
        uint8_t s[3] = { (uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word };
        size_t want = 0, used;
        uint32_t code;
        while (want < 3 && (used = plain_decode(s + want, 3 - want, &code)) > 0) {
            want += used;
        }
        if (hmi_utf8_span(hmi_bytes(s, 3)) != want) {
            CHECK_EQ(word, -1);
        }
    }
}

TEST(every_scalar_value_goes_out_and_in)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    for (uint32_t code = 0; code < 0x110000; code++) {
        hmi_buf_clear(&buf);
        hmi_buf_add_utf8(&buf, code);
        size_t pos = 0;
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        uint32_t back = hmi_utf8_next(hmi_buf_text(&buf), &pos), plain = 0;
        if (back != (surrogate ? 0xfffd : code) || pos != buf.len ||
            plain_decode(buf.ptr, buf.len, &plain) != buf.len || plain != back) {
            CHECK_EQ(code, -1);
        }
    }
    hmi_buf_clear(&buf);
    hmi_buf_add_utf8(&buf, 0x110000);
    CHECK_TEXT(hmi_buf_text(&buf), "\xef\xbf\xbd");
    hmi_buf_fini(&buf);
}

TEST(bad_byte_is_found_wherever_it_stands)
{
    uint8_t bytes[70];
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        memset(bytes, 'a', sizeof(bytes));
        CHECK_EQ(hmi_utf8_span(hmi_bytes(bytes, len)), len);
        for (size_t at = 0; at < len; at++) {
            bytes[at] = 0xff;
            CHECK_EQ(hmi_utf8_span(hmi_bytes(bytes, len)), at);
            bytes[at] = 'a';
        }
    }
    CHECK_EQ(hmi_utf8_span((hm_bytes){ NULL, 0 }), 0);
}

TEST(cut_sequences_are_unclean_where_they_begin)
{
    hm_bytes whole = HM_BYTES("ab\xf0\x9f\x98\x80");
    for (size_t len = 3; len < whole.len; len++) {
        CHECK_EQ(hmi_utf8_span(hmi_bytes(whole.ptr, len)), 2);
    }
    hm_text text = HM_TEXT("kept");
    CHECK(!hmi_text_from(hmi_bytes(whole.ptr, 4), &text));
    CHECK_TEXT(text, "kept");
    CHECK(hmi_text_from(whole, &text));
    CHECK_EQ(text.len, 6);
    CHECK(text.ptr == (const char *)whole.ptr);
}

#define R "\xef\xbf\xbd"

TEST(lossy_gives_one_mark_per_maximal_part)
{
    static const struct {
        hm_text in;
        const char *out;
    } CASES[] = {
        { HM_TEXT_INIT("\x80"), R },
        { HM_TEXT_INIT("\xc0\xaf"), R R },
        { HM_TEXT_INIT("\xe0\x80\xaf"), R R R },
        { HM_TEXT_INIT("\xed\xa0\x80"), R R R },
        { HM_TEXT_INIT("\xf4\x91\x92\x93\xff"
                       "A\x80\xbf"
                       "B"),
          R R R R R "A" R R "B" },
        { HM_TEXT_INIT("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
                       "A"),
          R R R R "A" },
        { HM_TEXT_INIT("a\xf0\x9f\x98"), "a" R },
        { HM_TEXT_INIT("\xc3\xa9\xc3"), "\xc3\xa9" R },
    };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        CHECK_TEXT(hmi_text_lossy(&arena, hmi_text_bytes(CASES[i].in)), CASES[i].out);
    }
    hm_bytes clean = HM_BYTES("caf\xc3\xa9");
    CHECK(hmi_text_lossy(&arena, clean).ptr == (const char *)clean.ptr);
    CHECK(hmi_text_lossy(&arena, (hm_bytes){ NULL, 0 }).ptr != NULL);
    hmi_arena_fini(&arena);
}

TEST(refused_arena_gives_no_text)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1);
    CHECK(hmi_text_lossy(&arena, HM_BYTES("\xff")).ptr == NULL);
    CHECK(hmi_text_from_utf16(&arena, HM_BYTES("a\0"), false).ptr == NULL);
    hmi_arena_fini(&arena);
}

TEST(utf16_of_both_orders)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    CHECK_TEXT(hmi_text_from_utf16(&arena, HM_BYTES("a\0\xe9\0\x3d\xd8\x00\xde"), false),
               "a\xc3\xa9\xf0\x9f\x98\x80");
    CHECK_TEXT(hmi_text_from_utf16(&arena, HM_BYTES("\0a\0\xe9\xd8\x3d\xde\x00"), true),
               "a\xc3\xa9\xf0\x9f\x98\x80");
    /* lone high, lone low, high at the end, odd byte */
    CHECK_TEXT(hmi_text_from_utf16(&arena,
                                   HM_BYTES("\x3d\xd8"
                                            "a\0"),
                                   false),
               R "a");
    CHECK_TEXT(hmi_text_from_utf16(&arena, HM_BYTES("\x00\xde\x3d\xd8"), false), R R);
    CHECK_TEXT(hmi_text_from_utf16(&arena, HM_BYTES("a\0b"), false), "a");
    CHECK_EQ(hmi_text_from_utf16(&arena, (hm_bytes){ NULL, 0 }, false).len, 0);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
