/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_pattern.c - the values a STIX pattern names, and nothing out of patterns not
 * understood.
 *
 * EVIDENCE-OF: STIX 2.1 section 9.
 */
#include "base/json.h"
#include "check.h"
#include "trait/stix_pattern.h"

typedef struct parsed {
    hmi_arena arena;
    hmi_stix_pattern pattern;
    hm_err err;
    int code;
} parsed;

static void parse(parsed *p, const char *text)
{
    memset(p, 0, sizeof(*p));
    hmi_arena_init(&p->arena, 1 << 20);
    p->code = hmi_stix_pattern_parse(&p->arena, hmi_text_of(text), &p->pattern, &p->err);
}

static void check_atom(const parsed *p, size_t i, const char *type, const char *path,
                       const char *value)
{
    CHECK(i < p->pattern.count);
    CHECK_TEXT(p->pattern.atoms[i].type, type);
    CHECK_TEXT(p->pattern.atoms[i].path, path);
    CHECK_TEXT(p->pattern.atoms[i].value, value);
}

TEST(one_value)
{
    parsed p;
    parse(&p, "[ipv4-addr:value = '198.51.100.3']");
    CHECK_EQ(p.code, HM_OK);
    CHECK_EQ(p.pattern.count, 1);
    check_atom(&p, 0, "ipv4-addr", "value", "198.51.100.3");
    CHECK_EQ(p.pattern.left_out, 0);
    CHECK(!p.pattern.conditional);
    hmi_arena_fini(&p.arena);
}

TEST(values_joined_nested_and_escaped)
{
    parsed p;
    parse(&p, "( [file:hashes.'SHA-256' = 'aa' OR (file:name='it\\'s \\\\ x' AND file:size = 7)] "
              "/* why */ AND [domain-name:value IN ('a.com','b.com')]) // end");
    CHECK_EQ(p.code, HM_OK);
    CHECK_EQ(p.pattern.count, 5);
    check_atom(&p, 0, "file", "hashes/SHA-256", "aa");
    check_atom(&p, 1, "file", "name", "it's \\ x");
    check_atom(&p, 2, "file", "size", "7");
    check_atom(&p, 4, "domain-name", "value", "b.com");
    CHECK(!p.pattern.conditional);
    hmi_arena_fini(&p.arena);
}

TEST(ranges_and_list_indexes)
{
    parsed p;
    parse(&p, "[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR "
              "x:list[*].'y z'[3].w == 'v']");
    CHECK_EQ(p.code, HM_OK);
    CHECK(p.pattern.atoms[0].is_range);
    check_atom(&p, 1, "x", "list/y z/w", "v");
    hmi_arena_fini(&p.arena);
}

TEST(what_names_no_value_is_counted_not_taken)
{
    parsed p;
    parse(&p, "[file:name LIKE 'a%' OR file:name MATCHES '^a' OR file:size > 10 OR file:name != 'x'"
              " OR file:name NOT = 'y' OR NOT EXISTS file:name OR file:name NOT IN ('p', 'q')"
              " OR file:ctime = t'2014-11-24T00:00:00Z' OR x:b = true OR x:h = h'00']");
    CHECK_EQ(p.code, HM_OK);
    CHECK_EQ(p.pattern.count, 0);
    CHECK_EQ(p.pattern.left_out, 11);
    hmi_arena_fini(&p.arena);
}

TEST(order_and_timing_are_conditions)
{
    static const char *const CONDITIONAL[] = {
        "[a:b='c'] FOLLOWEDBY [a:b='d']",
        "[a:b='c'] WITHIN 5.5 SECONDS",
        "([a:b='c'] OR [a:b='d']) REPEATS 5 TIMES WITHIN 1 SECONDS",
        "[a:b='c'] START t'2014-11-24T00:00:00Z' STOP t'2014-11-25T00:00:00Z'",
    };
    for (size_t i = 0; i < HMI_COUNT(CONDITIONAL); i++) {
        parsed p;
        parse(&p, CONDITIONAL[i]);
        CHECK_EQ(p.code, HM_OK);
        CHECK(p.pattern.conditional && p.pattern.count > 0);
        hmi_arena_fini(&p.arena);
    }
}

TEST(what_is_no_pattern_is_refused_where_it_goes_wrong)
{
    static const struct {
        const char *text;
        size_t at;
    } BAD[] = {
        { "", 0 },
        { "a:b='c'", 0 },
        { "[a:b='c'", 8 },
        { "[a:b='c]", 5 },
        { "[a:b=]", 5 },
        { "[a:b 'c']", 5 },
        { "[a='c']", 2 },
        { "[a:='c']", 3 },
        { "[a:b='c'] x", 10 },
        { "[a:b='c'] AND", 13 },
        { "[a:b='c' AND]", 12 },
        { "[]", 1 },
        { "[a:b IN 'c']", 8 },
        { "[a:b='c'] WITHIN 5", 18 },
        { "[a:b='c'] START '1'", 19 },
        { "[a:b[='c']", 5 },
        { "[a:b='c'}", 8 },
        { "[a:b=-]", 5 },
        { "[NOT a:b='c']", 5 },
        { "([a:b='c']", 10 },
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        parsed p;
        parse(&p, BAD[i].text);
        if (p.code != HM_E_MALFORMED || p.err.offset != BAD[i].at) {
            fail_msg("\"%s\": code %d at %d", BAD[i].text, p.code, (int)p.err.offset);
        }
        CHECK_EQ(p.pattern.count, 0);
        hmi_arena_fini(&p.arena);
    }
}

TEST(depth_is_limited)
{
    static char text[5000];
    memset(text, '(', 4000);
    text[4000] = '\0';
    parsed p;
    parse(&p, text);
    CHECK_EQ(p.code, HM_E_LIMIT);
    hmi_arena_fini(&p.arena);
    text[0] = '[';
    parse(&p, text);
    CHECK_EQ(p.code, HM_E_LIMIT);
    hmi_arena_fini(&p.arena);
}

TEST(every_prefix_and_every_flipped_bit)
{
    static const char GOOD[] =
        "([file:hashes.'SHA-256' = 'a\\'a' OR x:l[*].y NOT IN ('p', -1.5)] FOLLOWEDBY "
        "[a:b ISSUBSET '1/2']) REPEATS 5 TIMES START t'1' STOP t'2'";
    size_t whole = 0;
    for (size_t change = 0; change < sizeof(GOOD) * 9 - 9; change++) {
        char text[sizeof(GOOD)];
        memcpy(text, GOOD, sizeof(GOOD));
        if (change < sizeof(GOOD) - 1) {
            text[change] = '\0';
        } else {
            size_t bit = change - (sizeof(GOOD) - 1);
            text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        }
        parsed p;
        parse(&p, text);
        CHECK(p.code == HM_OK || p.code == HM_E_MALFORMED);
        whole += p.code == HM_OK;
        CHECK(p.code == HM_OK || p.err.offset <= sizeof(GOOD));
        hmi_arena_fini(&p.arena);
    }
    CHECK(whole > 50 && whole < 900);
}

/* Patterns of the public matcher's tests: those it matches or does not match are patterns. */
TEST(patterns_of_the_public_corpus)
{
    const char *shared = getenv("HALLMARK_SHARED");
    char path[512];
    snprintf(path, sizeof(path), "%s/testdata/stix/stix_pattern_match_corpus.jsonl",
             shared ? shared : "/nonexistent");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("skipped: HALLMARK_SHARED has no pattern corpus\n");
        skip();
    }
    hmi_json *json;
    hm_err err;
    CHECK_OK(hmi_json_new(&json, &err));
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    size_t good = 0, bad = 0;
    while ((len = getline(&line, &room, file)) > 0) {
        hmi_value row;
        hmi_arena arena;
        hmi_stix_pattern pattern;
        hmi_arena_init(&arena, 1 << 20);
        CHECK_OK(hmi_json_parse(json, hmi_bytes(line, (size_t)len), 0, &row, &err));
        hm_text outcome = hmi_json_text(hmi_json_get(row, "outcome"), &arena);
        hm_text text = hmi_json_text(hmi_json_get(row, "pattern"), &arena);
        int code = hmi_stix_pattern_parse(&arena, text, &pattern, &err);
        if (!hmi_text_is(outcome, "error") && code != HM_OK) {
            print_error("%.*s: %s\n", HMI_FMT(text), err.text);
            bad++;
        }
        good += code == HM_OK;
        hmi_arena_fini(&arena);
    }
    free(line);
    fclose(file);
    hmi_json_free(json);
    CHECK_EQ(bad, 0);
    CHECK(good > 300);
}

RUN_TESTS()
