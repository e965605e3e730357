/* SPDX-License-Identifier: Apache-2.0
 * test_text_safe.c - nothing that a terminal obeys gets through, and nothing is hidden. */
#include "base/text.h"
#include "check.h"

static hm_text safe(hmi_buf *buf, hm_bytes bytes)
{
    hmi_buf_clear(buf);
    hmi_buf_add_safe(buf, bytes);
    return hmi_buf_text(buf);
}

TEST(what_is_shown_and_what_is_escaped)
{
    static const struct {
        hm_text in;
        const char *out;
    } CASES[] = {
        { HM_TEXT_INIT("plain text, caf\xc3\xa9 \xe2\x82\xac"),
          "plain text, caf\xc3\xa9 \xe2\x82\xac" },
        { HM_TEXT_INIT("a\\b"), "a\\\\b" },
        { HM_TEXT_INIT("\x1b[31m"), "\\x1b[31m" },
        { HM_TEXT_INIT("\0\t\n\r\x7f"), "\\x00\\x09\\x0a\\x0d\\x7f" },
        { HM_TEXT_INIT("\xc2\x9b"
                       "31m"),
          "\\xc2\\x9b31m" },
        { HM_TEXT_INIT("\x9b"
                       "31m"),
          "\\x9b31m" },
        { HM_TEXT_INIT("\xff\xe2\x82"), "\\xff\\xe2\\x82" },
        { HM_TEXT_INIT("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
        { HM_TEXT_INIT("\xe2\x80\xaegpj.exe"), "\\u{202e}gpj.exe" },
        { HM_TEXT_INIT("a\xc2\xad"
                       "b"),
          "a\\u{00ad}b" },
        { HM_TEXT_INIT("a\xe2\x80\xa8"
                       "b"),
          "a\\u{2028}b" },
        { HM_TEXT_INIT("\xef\xbb\xbf"
                       "a"),
          "\\u{feff}a" },
        { HM_TEXT_INIT("\xf3\xa0\x81\x81"), "\\u{e0041}" },
        { HM_TEXT_INIT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
    };
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        CHECK_TEXT(safe(&buf, hmi_text_bytes(CASES[i].in)), CASES[i].out);
    }
    hmi_buf_fini(&buf);
}

TEST(every_control_and_format_character_is_escaped)
{
    static const uint32_t HIDDEN[][2] = {
        { 0, 0x1f },        { 0x7f, 0x9f },       { 0xad, 0xad },     { 0x61c, 0x61c },
        { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f }, { 0xfe00, 0xfe0f },
        { 0xfeff, 0xfeff }, { 0xe0000, 0xe007f },
    };
    hmi_buf in, out;
    hmi_buf_init(&in, 0);
    hmi_buf_init(&out, 0);
    for (size_t i = 0; i < HMI_COUNT(HIDDEN); i++) {
        for (uint32_t code = HIDDEN[i][0]; code <= HIDDEN[i][1]; code++) {
            hmi_buf_clear(&in);
            hmi_buf_add_utf8(&in, code);
            hm_text text = safe(&out, hmi_buf_bytes(&in));
            CHECK(text.len >= 4 && text.ptr[0] == '\\');
            for (size_t k = 0; k < text.len; k++) {
                CHECK(text.ptr[k] > 0x20 && text.ptr[k] < 0x7f);
            }
        }
    }
    hmi_buf_fini(&in);
    hmi_buf_fini(&out);
}

TEST(output_is_clean_for_every_pair_of_bytes)
{
    hmi_buf out;
    hmi_buf_init(&out, 0);
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        uint8_t in[2] = { (uint8_t)(pair >> 8), (uint8_t)pair };
        hm_text text = safe(&out, hmi_bytes(in, 2));
        if (!hmi_utf8_clean(hmi_text_bytes(text)) || text.len < 2) {
            CHECK_EQ(pair, -1);
        }
    }
    hmi_buf_fini(&out);
}

TEST(cut_to_a_width_never_inside_an_escape)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("abcdef"), 6), "abcdef");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("abcdefg"), 6), "abc...");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("ab\ncdef"), 8), "ab...");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("ab\ncdef"), 9), "ab\\x0a...");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("ab\ncdef"), 10), "ab\\x0acdef");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("abcdef"), 2), "..");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("abcdef"), 0), "");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES(""), 0), "");
    CHECK_TEXT(
        hmi_text_safe(&arena, HM_BYTES("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"), 4),
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
    CHECK_TEXT(hmi_text_safe(&arena, HM_BYTES("abc\xff"), SIZE_MAX), "abc\\xff");
    hmi_arena_fini(&arena);
}

RUN_TESTS()
