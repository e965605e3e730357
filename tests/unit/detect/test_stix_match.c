/* SPDX-License-Identifier: Apache-2.0
 *
 * test_stix_match.c - STIX patterns against observations: own cases, and the public suite's.
 *
 * EVIDENCE-OF: STIX 2.1 section 9, STIX 2.0 part 5.
 */
#include "check.h"
#include "detect/stix_match.h"

typedef struct world {
    hmi_arena arena;
    hmi_json *json;
    const hmi_observation *list;
    size_t count;
    hm_err err;
} world;

static int world_open(world *w, hmi_value document)
{
    hmi_observations *all = hmi_observations_new(&w->arena);
    int code = hmi_observations_add(all, document, &w->err);
    return code == HM_OK ? hmi_observations_settle(all, &w->list, &w->count, &w->err) : code;
}

static int world_init(world *w, const char *json)
{
    hmi_value root;
    memset(w, 0, sizeof(*w));
    hmi_arena_init(&w->arena, (size_t)256 << 20);
    CHECK_EQ(hmi_json_new(&w->json, &w->err), HM_OK);
    if (hmi_json_parse(w->json, hmi_text_bytes(hmi_text_of(json)), 0, &root, &w->err) != HM_OK) {
        fail_msg("%s", w->err.text);
    }
    return world_open(w, root);
}

static void world_fini(world *w)
{
    hmi_json_free(w->json);
    hmi_arena_fini(&w->arena);
}

static int ask(world *w, hm_text pattern, hmi_stix_outcome *ret)
{
    hmi_stix_matcher *matcher;
    int code = hmi_stix_matcher_new(&w->arena, pattern, &matcher, &w->err);
    return code == HM_OK ? hmi_stix_match(matcher, w->list, w->count, ret, &w->err) : code;
}

/* 1, 0 or the code of a failure. */
static int matches(const char *json, const char *pattern)
{
    world w;
    hmi_stix_outcome outcome = { 0 };
    int code = world_init(&w, json);
    code = code == HM_OK ? ask(&w, hmi_text_of(pattern), &outcome) : code;
    code = code == HM_OK ? outcome.matched : code;
    world_fini(&w);
    return code;
}

#define SEEN(begin, end, number, objects)                                             \
    "{\"type\":\"observed-data\",\"first_observed\":\"2014-11-24T08:00:" begin "Z\"," \
    "\"last_observed\":\"2014-11-24T08:00:" end "Z\",\"number_observed\":" number     \
    ",\"objects\":{" objects "}}"
#define FILE_NAMED(name) "\"0\":{\"type\":\"file\",\"name\":\"" name "\"}"

static const char STEPS[] = "[" SEEN("00", "00", "1", FILE_NAMED("a")) "," SEEN(
    "05", "05", "3", FILE_NAMED("b")) "," SEEN("09", "20", "1", FILE_NAMED("c")) "]";

TEST(values_and_operators)
{
    static const char ONE[] =
        SEEN("00", "00", "1",
             "\"0\":{\"type\":\"file\",\"size\":7,\"ratio\":0.5,\"name\":\"calc.exe\",\"hidden\":"
             "true,\"body_bin\":\"AAH/\",\"when\":\"2014-11-24T08:00:00.5Z\",\"nothing\":null,"
             "\"list\":[\"x\",{\"deep\":[1,2]}],\"net\":\"10.1.0.0/16\",\"six\":\"2001:db8::5\"}");
    static const struct {
        const char *pattern;
        int outcome;
    } ROWS[] = {
        { "[file:size = 7.0]", 1 },
        { "[file:size IN (1, 7)]", 1 },
        { "[file:size IN ()]", 0 },
        { "[file:size NOT IN ()]", 1 },
        { "[file:ratio >= 0.5 AND file:size < 8]", 1 },
        { "[file:name LIKE 'c_lc%']", 1 },
        { "[file:name LIKE 'alc%']", 0 },
        { "[file:name LIKE 'calc.ex']", 0 },
        { "[file:name MATCHES 'LC' OR file:name MATCHES '(?i)LC']", 1 },
        { "[file:hidden = true]", 1 },
        { "[file:hidden NOT = true]", 0 },
        { "[file:body_bin = h'0001ff']", 1 },
        { "[file:body_bin MATCHES '^\\\\x00\\\\x01\xc3\xbf$']", 1 },
        { "[file:body_bin > h'0001']", 1 },
        { "[file:when > t'2014-11-24T08:00:00.4Z']", 1 },
        { "[file:when IN (t'2014-11-24T08:00:00.5Z')]", 1 },
        { "[file:name = t'2014-11-24T08:00:00Z']", HM_E_MALFORMED },
        { "[EXISTS file:nothing]", 1 },
        { "[EXISTS file:none]", 0 },
        { "[NOT EXISTS file:none]", 1 },
        { "[NOT EXISTS process:pid]", 0 },
        { "[file:list[0] = 'x']", 1 },
        { "[file:list[1].deep[*] = 2]", 1 },
        { "[file:list[*].deep[1] = 2]", 1 },
        { "[file:list[-1] = 'x']", 0 },
        { "[file:list[7] = 'x']", 0 },
        { "[file:list = 'x']", 0 },
        { "[file:net ISSUBSET '10.0.0.0/8']", 1 },
        { "[file:net ISSUPERSET '10.1.2.3']", 1 },
        { "[file:net ISSUPERSET '10.2.2.3']", 0 },
        { "[file:six ISSUBSET '2001:db8::/32']", 1 },
        { "[file:name ISSUBSET '10.0.0.0/8']", 0 },
        { "[file:size = 7 AND process:pid = 1]", 0 },
        { "[file:size > 9223372036854775807]", 0 },
        { "[file:name MATCHES '(a+)+$']", 0 },
        { "[file:name MATCHES '(?=a)']", HM_E_UNSUPPORTED },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        int outcome = matches(ONE, ROWS[i].pattern);
        if (outcome != ROWS[i].outcome) {
            fail_msg("%s: %d, expected %d", ROWS[i].pattern, outcome, ROWS[i].outcome);
        }
    }
}

TEST(observations_together)
{
    static const struct {
        const char *pattern;
        int outcome;
    } ROWS[] = {
        { "[file:name='a'] FOLLOWEDBY [file:name='b'] FOLLOWEDBY [file:name='c']", 1 },
        { "[file:name='b'] FOLLOWEDBY [file:name='a']", 0 },
        { "([file:name='a'] AND [file:name='b']) WITHIN 5 SECONDS", 1 },
        { "([file:name='a'] AND [file:name='b']) WITHIN 4.999999 SECONDS", 0 },
        { "[file:name='b'] REPEATS 3 TIMES", 1 },
        { "[file:name='b'] REPEATS 4 TIMES", 0 },
        { "[file:name='b'] REPEATS 4294967296 TIMES", 0 },
        { "[file:name='b'] AND [file:name='b'] AND [file:name='b']", 1 },
        { "[file:name='b'] AND [file:name='b'] AND [file:name='b'] AND [file:name='b']", 0 },
        { "([file:name='b'] REPEATS 2 TIMES) AND ([file:name >= 'b'] REPEATS 2 TIMES)", 1 },
        { "[file:name >= 'a'] REPEATS 5 TIMES", 1 },
        { "[file:name >= 'a'] REPEATS 5 TIMES WITHIN 8 SECONDS", 0 },
        { "[file:name >= 'a'] REPEATS 4 TIMES WITHIN 5 SECONDS", 1 },
        { "([file:name='a'] OR [file:name='b']) REPEATS 4 TIMES", 1 },
        { "([file:name='a'] AND [file:name='b']) REPEATS 2 TIMES", 0 },
        { "[file:name='c'] START t'2014-11-24T08:00:20Z' STOP t'2014-11-24T08:00:21Z'", 1 },
        { "[file:name='c'] START t'2014-11-24T08:00:00Z' STOP t'2014-11-24T08:00:09Z'", 0 },
        { "[file:name='c'] START '2014-11-24T08:00:09Z' STOP '2014-11-24T08:00:09Z'", 0 },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        int outcome = matches(STEPS, ROWS[i].pattern);
        if (outcome != ROWS[i].outcome) {
            fail_msg("%s: %d, expected %d", ROWS[i].pattern, outcome, ROWS[i].outcome);
        }
    }
}

TEST(what_was_bound_is_named)
{
    world w;
    hmi_stix_outcome outcome = { 0 };
    CHECK_EQ(world_init(&w, STEPS), HM_OK);
    CHECK_EQ(ask(&w, HM_TEXT("[file:name='a'] FOLLOWEDBY [file:name='c']"), &outcome), HM_OK);
    CHECK(outcome.matched);
    CHECK_EQ(outcome.bound_count, 2);
    CHECK(outcome.bound[0] == 0 && outcome.bound[1] == 2);
    world_fini(&w);
}

TEST(observations_that_are_none)
{
    static const struct {
        const char *json;
        int code;
    } ROWS[] = {
        { "{}", HM_E_NOT_FOUND },
        { "[]", HM_E_NOT_FOUND },
        { "7", HM_E_MALFORMED },
        { "[7]", HM_E_MALFORMED },
        { SEEN("00", "00", "0", ""), HM_E_MALFORMED },
        { SEEN("01", "00", "1", ""), HM_E_MALFORMED },
        { SEEN("99", "00", "1", ""), HM_E_MALFORMED },
        { "{\"objects\":[{\"type\":\"observed-data\",\"first_observed\":\"2014-11-24T08:00:00Z\","
          "\"last_observed\":\"2014-11-24T08:00:00Z\",\"number_observed\":1}]}",
          HM_E_MALFORMED },
        { SEEN("00", "00", "1", "\"0\":{\"type\":\"file\",\"x_ref\":7}"), HM_E_MALFORMED },
        { SEEN("00", "00", "1", "\"0\":{\"type\":\"file\",\"x_refs\":\"0\"}"), 0 },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        CHECK_EQ(matches(ROWS[i].json, "[file:x_ref.y = 1]"), ROWS[i].code);
    }
    CHECK_EQ(matches(SEEN("00", "00", "1", "\"0\":{\"type\":\"file\",\"x_refs\":\"0\"}"),
                     "[file:x_refs[*].y = 1]"),
             HM_E_MALFORMED);
}

TEST(references_in_circles_end)
{
    static const char CIRCLE[] =
        SEEN("00", "00", "1",
             "\"0\":{\"type\":\"file\",\"a_refs\":[\"0\",\"1\",\"9\"],\"n\":1},"
             "\"1\":{\"type\":\"file\",\"a_refs\":[\"0\",\"1\"],\"n\":2}");
    char pattern[4096] = "[file:";
    CHECK_EQ(matches(CIRCLE, "[file:a_refs[1].n = 2 AND file:a_refs[*].a_refs[*].n = 1]"), 1);
    CHECK_EQ(matches(CIRCLE, "[EXISTS file:a_refs]"), 1);
    for (int i = 0; i < 30; i++) {
        strcat(pattern, "a_refs[*].");
    }
    strcat(pattern, "n = 3]");
    CHECK_EQ(matches(CIRCLE, pattern), HM_E_LIMIT);
}

TEST(combinations_without_end_are_refused)
{
    char *json = malloc(200000), *at = json;
    CHECK(json != NULL);
    at += sprintf(at, "[");
    for (int i = 0; i < 200; i++) {
        at += sprintf(at, "%s" SEEN("00", "00", "1", FILE_NAMED("a")), i ? "," : "");
    }
    sprintf(at, "]");
    char pattern[9000] = "[file:name='a']";
    for (int i = 0; i < 150; i++) {
        strcat(pattern, " AND [file:name='a']");
    }
    CHECK_EQ(matches(json, pattern), 1);
    strcat(pattern, " AND [file:name='b']");
    CHECK_EQ(matches(json, pattern), 0); /* known before anything is combined */
    CHECK_EQ(matches(json, "([file:name='a'] AND [file:name='a'] AND [file:name='a'] AND "
                           "[file:name='a']) WITHIN 1 SECONDS REPEATS 51 TIMES"),
             HM_E_LIMIT);
    free(json);
}

static hmi_value member(hmi_value row, const char *key)
{
    return hmi_json_get(row, key);
}

static bool agrees(hmi_value row, char *ret_said, size_t room)
{
    world w;
    memset(&w, 0, sizeof(w));
    hmi_arena_init(&w.arena, (size_t)64 << 20);
    hmi_stix_outcome outcome = { 0 };
    int code = world_open(&w, member(row, "observations"));
    code =
        code == HM_OK ? ask(&w, hmi_json_text(member(row, "pattern"), &w.arena), &outcome) : code;
    const char *said = code != HM_OK ? "error" : outcome.matched ? "match" : "no-match";
    bool same = hmi_text_is(hmi_json_text(member(row, "outcome"), &w.arena), said);
    snprintf(ret_said, room, "%s (%s)", said, code != HM_OK ? w.err.text : "");
    hmi_arena_fini(&w.arena);
    return same;
}

/* 419 cases of the public matcher's own tests, with the outcome that it documents. */
TEST(the_public_suite_agrees)
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
    size_t room = 0, good = 0, bad = 0;
    for (ssize_t len; (len = getline(&line, &room, file)) > 0;) {
        hmi_value row;
        char said[400];
        CHECK_OK(hmi_json_parse(json, hmi_bytes(line, (size_t)len), 0, &row, &err));
        if (agrees(row, said, sizeof(said))) {
            good++;
        } else {
            hm_bytes pattern = hmi_json_raw(member(row, "pattern"));
            print_error("%.*s: %s\n", (int)pattern.len, (const char *)pattern.ptr, said);
            bad++;
        }
    }
    CHECK_EQ(bad, 0);
    CHECK_EQ(good, 419);
    free(line);
    fclose(file);
    hmi_json_free(json);
}

RUN_TESTS()
