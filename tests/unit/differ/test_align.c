/* SPDX-License-Identifier: Apache-2.0
 *
 * test_align.c - rows stand opposite what they became; every row stands once, in order.
 */
#include "differ/align.h"

#include "check.h"

static hmi_arena arena;

static hmi_row row(uint16_t mnemonic, uint64_t key)
{
    return (hmi_row){ .mnemonic = mnemonic, .key = key };
}

/* One letter a row: the letter is the operation, a capital has other operands. */
static size_t rows_of(const char *text, hmi_row *rows)
{
    size_t count = 0;
    for (; text[count] != '\0'; count++) {
        char c = text[count];
        rows[count] = row((uint16_t)(c | 0x20), (uint64_t)c);
    }
    return count;
}

/* What was made of it: s(ame) c(hanged) l(eft) r(ight). */
static const char *align(const char *left, const char *right)
{
    static char made[256];
    static hmi_row a[100], b[100];
    hmi_line *lines;
    size_t count, l = 0, r = 0;
    hm_err err = { 0 };
    size_t left_count = rows_of(left, a), right_count = rows_of(right, b);
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_align(&arena, a, left_count, b, right_count, NULL, NULL, &lines, &count, &err));
    for (size_t i = 0; i < count; i++) {
        made[i] = "sclr"[lines[i].kind];
        if (lines[i].kind != HMI_LINE_RIGHT) {
            CHECK_EQ(lines[i].left, l++);
        }
        if (lines[i].kind != HMI_LINE_LEFT) {
            CHECK_EQ(lines[i].right, r++);
        }
    }
    made[count] = '\0';
    CHECK_EQ(l, left_count);
    CHECK_EQ(r, right_count);
    hmi_arena_fini(&arena);
    return made;
}

TEST(equal_rows_stand_opposite)
{
    CHECK_CSTR(align("", ""), "");
    CHECK_CSTR(align("abc", "abc"), "sss");
    CHECK_CSTR(align("abc", ""), "lll");
    CHECK_CSTR(align("", "ab"), "rr");
    CHECK_CSTR(align("abcd", "abxcd"), "ssrss");
    CHECK_CSTR(align("abxcd", "abcd"), "sslss");
    CHECK_CSTR(align("x", "y"), "lr");
}

TEST(changed_operands_are_a_change)
{
    CHECK_CSTR(align("abcd", "aBcd"), "scss");
    CHECK_CSTR(align("aaaa", "aaAa"), "sscs");
    CHECK_CSTR(align("abcdefgh", "abxxefGh"), "ssllrrsscs");
}

TEST(an_equal_row_is_worth_more_than_a_like_one)
{
    CHECK_CSTR(align("Ab", "aAb"), "rss");
    CHECK_CSTR(align("zAb", "zaAb"), "srss");
}

static bool never(const void *with, const hmi_row *left, const hmi_row *right)
{
    (void)with;
    (void)left;
    (void)right;
    return false;
}

TEST(another_target_is_a_change)
{
    hmi_row a = { .mnemonic = 7, .key = 7, .target = 0x1000 };
    hmi_row b = { .mnemonic = 7, .key = 7, .target = 0x2000 };
    hmi_line *lines;
    size_t count;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_align(&arena, &a, 1, &b, 1, never, NULL, &lines, &count, &err));
    CHECK_EQ(count, 1);
    CHECK_EQ(lines[0].kind, HMI_LINE_CHANGED);
    b.target = 0x1000;
    CHECK_OK(hmi_align(&arena, &a, 1, &b, 1, never, NULL, &lines, &count, &err));
    CHECK_EQ(lines[0].kind, HMI_LINE_SAME);
    hmi_arena_fini(&arena);
}

TEST(too_many_rows_are_shown_one_behind_the_other)
{
    enum { MANY = 10000 };
    static hmi_row a[MANY], b[MANY];
    hmi_line *lines;
    size_t count;
    hm_err err = { 0 };
    for (size_t i = 0; i < MANY; i++) {
        a[i] = row(1, i);
        b[i] = row(2, i + MANY);
    }
    hmi_arena_init(&arena, 1 << 24);
    CHECK_OK(hmi_align(&arena, a, MANY, b, MANY, NULL, NULL, &lines, &count, &err));
    CHECK_EQ(count, 2 * MANY);
    CHECK_EQ(lines[0].kind, HMI_LINE_LEFT);
    CHECK_EQ(lines[count - 1].kind, HMI_LINE_RIGHT);
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 4096);
    CHECK_EQ(hmi_align(&arena, a, MANY, b, MANY, NULL, NULL, &lines, &count, &err), HM_E_LIMIT);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
