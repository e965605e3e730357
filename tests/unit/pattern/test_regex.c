/* SPDX-License-Identifier: Apache-2.0
 *
 * test_regex.c - what regular expressions match, what they refuse, and that none is slow.
 */
#include "check.h"
#include "pattern/regex.h"

static int compile(hmi_arena *arena, hm_text pattern, unsigned flags, hmi_regex **ret, hm_err *err)
{
    hmi_arena_init(arena, (size_t)16 << 20);
    return hmi_regex_compile(arena, pattern, flags, ret, err);
}

/* Both ways of searching must agree: 1, 0, or a failure's code. */
static int search(const char *pattern, unsigned flags, hm_bytes subject)
{
    hmi_arena arena;
    hmi_regex *regex;
    hm_err err = { 0 };
    int code = compile(&arena, hmi_text_of(pattern), flags, &regex, &err);
    if (code == HM_OK) {
        code = hmi_regex_search(regex, subject);
        CHECK_EQ(hmi_regex_search_slow(regex, subject), code);
        CHECK_EQ(hmi_regex_search(regex, subject), code); /* now with what it learned */
    }
    hmi_arena_fini(&arena);
    return code;
}

static const struct row {
    const char *pattern, *subject;
    int found;
    unsigned flags;
} ROWS[] = {
    { "", "", 1, 0 },
    { "", "abc", 1, 0 },
    { "b", "abc", 1, 0 },
    { "^b", "abc", 0, 0 },
    { "^a.c$", "abc", 1, 0 },
    { "^a.c$", "abcd", 0, 0 },
    { "c$", "abc\n", 1, 0 },
    { "c\\z", "abc\n", 0, 0 },
    { "c\\Z", "abc\n", 1, 0 },
    { "\\Ac", "a\nc", 0, HMI_REGEX_MULTILINE },
    { "^c$", "a\nc\nd", 1, HMI_REGEX_MULTILINE },
    { "^c$", "a\nc\nd", 0, 0 },
    { "a.c", "a\nc", 0, 0 },
    { "a.c", "a\nc", 1, HMI_REGEX_DOT_ALL },
    { "(?s)a.c", "a\nc", 1, 0 },
    { "(?-s:a.c)", "a\nc", 0, HMI_REGEX_DOT_ALL },
    { "a|bc|d", "xbcx", 1, 0 },
    { "(a|b)c", "bc", 1, 0 },
    { "^(a|b|)$", "", 1, 0 },
    { "^(?:ab)+$", "ababab", 1, 0 },
    { "^(?:ab)+$", "ababa", 0, 0 },
    { "^a{2,3}$", "a", 0, 0 },
    { "^a{2,3}$", "aaa", 1, 0 },
    { "^a{2,3}$", "aaaa", 0, 0 },
    { "^a{3}$", "aaa", 1, 0 },
    { "^a{2,}$", "aaaaaa", 1, 0 },
    { "^a{0}b$", "b", 1, 0 },
    { "a{,3}", "a{,3}", 1, 0 },
    { "{x}", "{x}", 1, 0 },
    { "^a*?b+?c??$", "aabb", 1, 0 },
    { "[a-c]x[^a-c]", "bxd", 1, 0 },
    { "[a-c]x[^a-c]", "bxb", 0, 0 },
    { "[]a]+$", "]]a", 1, 0 },
    { "^[^]a]$", "b", 1, 0 },
    { "[a\\-z]", "-", 1, 0 },
    { "[a-]", "-", 1, 0 },
    { "[\\w-]+x", "--x", 1, 0 },
    { "^[[:digit:]]+$", "123", 1, 0 },
    { "^[[:^digit:]", "x", HM_E_MALFORMED, 0 },
    { "^[[:^digit:]_]$", "x", 1, 0 },
    { "^[[:^digit:]_]$", "5", 0, 0 },
    { "^[[:none:]]$", ":]", 1, 0 },
    { "^[^\\d\\s]+$", "ab", 1, 0 },
    { "^[^\\d\\s]+$", "a b", 0, 0 },
    { "^[\\D]$", "5", 0, 0 },
    { "^\\d\\D\\w\\W\\s\\S$", "1xy-\tz", 1, 0 },
    { "\\bfoo\\b", "a foo.", 1, 0 },
    { "\\bfoo\\b", "afoo", 0, 0 },
    { "\\Boo\\b", "foo", 1, 0 },
    { "^\\x41\\x{42}\\u0043\\0104$", "ABCD", 0, 0 },
    { "^\\x41\\x{42}\\u0043$", "ABC", 1, 0 },
    { "\\t\\n\\r\\f\\v\\a\\e", "\t\n\r\f\v\a\x1b", 1, 0 },
    { "\\Qa.b*\\E+c", "a.b**c", 1, 0 },
    { "\\Qa.b", "axb", 0, 0 },
    { "(?i)PoWeR", "POWERSHELL", 1, 0 },
    { "a(?i)B", "ab", 1, 0 },
    { "(a(?i)B)C", "abc", 0, 0 },
    { "POWER[A-C]", "powerb", 1, HMI_REGEX_IGNORE_CASE },
    { "\xc3\x84", "\xc3\xa4", 1, HMI_REGEX_IGNORE_CASE },
    { "(?i)[^a]", "A", 0, 0 },
    { "^.$", "\xe2\x82\xac", 1, 0 },
    { "^..$", "\xe2\x82\xac", 0, 0 },
    { "^[\xc3\xa0-\xe2\x82\xac]$", "\xd0\x96", 1, 0 },
    { "^[^\xd0\x96]$", "\xd0\x96", 0, 0 },
    { "^[^a]$", "\xf0\x9f\x98\x80", 1, 0 },
    { "(?#note)a(?<name>b)(?P<n>c)(?'q'd)", "abcd", 1, 0 },
    { "a\\.b\\/c\\-d", "a.b/c-d", 1, 0 },
    { "^(([a-z])+.)+[A-Z]([a-z])+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0 },
    { "(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0, 0 },
    { "(?=a)b", "b", HM_E_UNSUPPORTED, 0 },
    { "(?!a)b", "b", HM_E_UNSUPPORTED, 0 },
    { "(?<=a)b", "b", HM_E_UNSUPPORTED, 0 },
    { "(?<!a)b", "b", HM_E_UNSUPPORTED, 0 },
    { "(a)\\1", "aa", HM_E_UNSUPPORTED, 0 },
    { "(?P<n>a)(?P=n)", "aa", HM_E_UNSUPPORTED, 0 },
    { "\\k<n>", "aa", HM_E_UNSUPPORTED, 0 },
    { "a++b", "aab", HM_E_UNSUPPORTED, 0 },
    { "(?>a+)b", "aab", HM_E_UNSUPPORTED, 0 },
    { "(?R)", "a", HM_E_UNSUPPORTED, 0 },
    { "\\p{L}", "a", HM_E_UNSUPPORTED, 0 },
    { "(*FAIL)", "a", HM_E_UNSUPPORTED, 0 },
    { "(", "", HM_E_MALFORMED, 0 },
    { ")", "", HM_E_MALFORMED, 0 },
    { "[a", "", HM_E_MALFORMED, 0 },
    { "[z-a]", "", HM_E_MALFORMED, 0 },
    { "*a", "", HM_E_MALFORMED, 0 },
    { "a**", "", HM_E_MALFORMED, 0 },
    { "a{3,2}", "", HM_E_MALFORMED, 0 },
    { "a\\", "", HM_E_MALFORMED, 0 },
    { "[\\", "", HM_E_MALFORMED, 0 },
    { "a{1001}", "", HM_E_LIMIT, 0 },
    { "((a{1000}){1000}){1000}", "", HM_E_LIMIT, 0 },
    { "((((){1000}){1000}){1000}){1000}", "", HM_E_LIMIT, 0 },
};

TEST(rows)
{
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        const struct row *row = &ROWS[i];
        int found = search(row->pattern, row->flags, hmi_text_bytes(hmi_text_of(row->subject)));
        if (found != row->found) {
            fail_msg("/%s/ on \"%s\": %d, expected %d", row->pattern, row->subject, found,
                     row->found);
        }
    }
}

TEST(bytes_that_are_no_text)
{
    static const uint8_t RAW[] = { 0x00, 0xff, 0xe9, 0x80 };
    hm_bytes raw = hmi_bytes(RAW, sizeof(RAW));
    CHECK_EQ(search("^\\x00\\xff\xc3\xa9.$", HMI_REGEX_BYTES, raw), 1);
    CHECK_EQ(search("^[^\\xff]{4}$", HMI_REGEX_BYTES, raw), 0);
    CHECK_EQ(search("\xc4\x83", HMI_REGEX_BYTES, raw), HM_E_UNSUPPORTED);
}

TEST(what_is_wrong_is_named_by_its_byte)
{
    hmi_arena arena;
    hmi_regex *regex = NULL;
    hm_err err;
    CHECK_EQ(compile(&arena, HM_TEXT("ab(?=c)"), 0, &regex, &err), HM_E_UNSUPPORTED);
    CHECK_EQ(err.offset, 2);
    CHECK(regex == NULL);
    hmi_arena_fini(&arena);
}

static void check_words(const char *pattern, const char *expected)
{
    hmi_arena arena;
    hmi_regex *regex;
    hm_err err;
    char joined[256] = "";
    CHECK_OK(compile(&arena, hmi_text_of(pattern), 0, &regex, &err));
    const hm_text *words;
    size_t count = hmi_regex_words(regex, &words);
    for (size_t i = 0; i < count; i++) {
        snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%.*s", i ? "|" : "",
                 HMI_FMT(words[i]));
    }
    CHECK_CSTR(joined, expected);
    hmi_arena_fini(&arena);
}

TEST(words_that_every_match_holds)
{
    check_words("^foo.*barbaz$", "barbaz");
    check_words("(?i)PowerShell\\s+-e", "powershell");
    check_words("x(cmd|powershell)\\.exe", ".exe");
    check_words("(cmdlet|powershell)\\d", "cmdlet|powershell");
    check_words("(cmd|.)x", "");
    check_words("(abc)?d", "");
    check_words("(abc)+d", "abc");
    check_words("[a-z]+", "");
    check_words("a\xc3\x84zzz", "zzz");
}

/* Patterns that keep a backtracking engine busy for ever, on a megabyte. */
TEST(no_pattern_is_slow)
{
    static const char *const EVIL[] = { "(a+)+$",        "(a|aa)+$",   "(a|a?)+b$",
                                        "([a-zA-Z]+)+$", "(.*a){12}$", "^(a?){30}a{30}$" };
    size_t len = (size_t)1 << 20;
    uint8_t *subject = malloc(len);
    CHECK(subject != NULL);
    memset(subject, 'a', len);
    subject[len - 1] = '!';
    for (size_t i = 0; i < HMI_COUNT(EVIL); i++) {
        hmi_arena arena;
        hmi_regex *regex;
        hm_err err;
        CHECK_OK(compile(&arena, hmi_text_of(EVIL[i]), 0, &regex, &err));
        CHECK(!hmi_regex_search(regex, hmi_bytes(subject, len)));
        hmi_arena_fini(&arena);
    }
    free(subject);
}

TEST(too_many_states_are_forgotten_and_found_again)
{
    /* 2^13 states: more than the table holds */
    char subject[20000];
    uint32_t random = 7;
    for (size_t i = 0; i < sizeof(subject); i++) {
        random = random * 1664525 + 1013904223;
        subject[i] = random >> 31 ? 'a' : 'b';
    }
    hm_bytes bytes = hmi_bytes(subject, sizeof(subject));
    CHECK_EQ(search("a[ab]{12}c", 0, bytes), 0);
    CHECK_EQ(search("a[ab]{12}$", 0, bytes), subject[sizeof(subject) - 13] == 'a');
    CHECK_EQ(search("b[ab]{12}$", 0, bytes), subject[sizeof(subject) - 13] == 'b');
}

TEST(without_room_for_states_it_is_still_right)
{
    hmi_arena arena;
    hmi_regex *regex;
    hm_err err;
    hmi_arena_init(&arena, 60000);
    CHECK_OK(hmi_regex_compile(&arena, HM_TEXT("x[0-9]+y"), 0, &regex, &err));
    CHECK(hmi_regex_search(regex, HM_BYTES("ax123y")));
    CHECK(!hmi_regex_search(regex, HM_BYTES("ax123")));
    hmi_arena_fini(&arena);
}

TEST(every_prefix_and_every_flipped_bit)
{
    static const char GOOD[] = "(?i)^a[b-d\\w]{2,3}(?:x|\\.y)*?[[:alpha:]]+\\x41\\Q.\\E$";
    size_t compiled = 0;
    for (size_t change = 0; change < sizeof(GOOD) * 9 - 9; change++) {
        char text[sizeof(GOOD)];
        memcpy(text, GOOD, sizeof(GOOD));
        size_t len = sizeof(GOOD) - 1;
        if (change < len) {
            len = change;
        } else {
            text[(change - len) / 8] = (char)(text[(change - len) / 8] ^ 1 << (change - len) % 8);
        }
        hmi_arena arena;
        hmi_regex *regex;
        hm_err err = { 0 };
        int code = compile(&arena, hmi_text(text, len), 0, &regex, &err);
        if (code == HM_OK) {
            compiled++;
            CHECK_EQ(hmi_regex_search(regex, HM_BYTES("abcx.yzA.\n")),
                     hmi_regex_search_slow(regex, HM_BYTES("abcx.yzA.\n")));
        } else {
            CHECK(err.offset <= len);
        }
        hmi_arena_fini(&arena);
    }
    CHECK(compiled > 100);
}

RUN_TESTS()
