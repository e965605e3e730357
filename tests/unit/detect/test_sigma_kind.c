/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sigma_kind.c - the fast way and the slow, obviously right way fire the same rules: over
 * rules and events made of the same few pieces, so that nearly everything nearly matches.
 */
#include "check.h"
#include "detect/sigma.h"
#include "detect/sigma_inside.h"

enum { RULES = 220, EVENTS = 1500, HITS_MAX = 2 * RULES };

typedef struct dice {
    uint64_t state;
} dice;

static size_t roll(dice *d, size_t sides)
{
    d->state = d->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(d->state >> 33) % sides;
}

typedef struct hits {
    uint32_t number[HITS_MAX];
    size_t count;
} hits;

static void on_rule(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused)
{
    (void)with;
    (void)rule;
    if (refused != NULL) {
        fail_msg("%s", refused->text);
    }
}

static void on_hit(void *with, const hmi_sigma_rule_info *rule)
{
    hits *h = with;
    CHECK(h->count < HITS_MAX);
    h->number[h->count++] = rule->number;
}

static const char *const PIECES[] = {
    "cmd",   ".exe", "\\\\power", "shell", "MIMI", "katz",         "x",       "10.1", ".2.3",
    " -enc", "k",    "ab",        "4688",  "",     "\xc3\xa4pfel", "windows", "/",    "system32"
};
static const char *const FIELDS[] = { "Image",   "CommandLine", "User",
                                      "EventID", "Channel",     "Message" };
static const char *const MODIFIERS[] = {
    "",          "|contains",        "|startswith", "|endswith", "|re", "|cased",
    "|cidr",     "|contains|all",    "|re|i",       "|exists",   "|gt", "|cased|contains",
    "|fieldref", "|windash|contains"
};
static const char *const CHANNELS[] = { "Security", "Microsoft-Windows-Sysmon/Operational",
                                        "Application", "unheard-of" };
static const char *const SOURCES[] = { "product: windows", "category: process_creation",
                                       "service: security", "product: linux", "service: sysmon" };

static size_t put(char *out, size_t len, size_t room, const char *text)
{
    size_t more = strlen(text);
    CHECK(len + more < room);
    memcpy(out + len, text, more + 1);
    return len + more;
}

/* A few pieces; single quotes of YAML around them, and what regular expressions can bear. */
static size_t put_value(dice *d, char *out, size_t len, size_t room, const char *modifier)
{
    if (strstr(modifier, "cidr") != NULL) {
        return put(out, len, room, "10.1.0.0/16");
    }
    if (strcmp(modifier, "|exists") == 0 || strcmp(modifier, "|gt") == 0) {
        return put(out, len, room, modifier[1] == 'e' ? "true" : "7");
    }
    if (strcmp(modifier, "|fieldref") == 0) {
        return put(out, len, room, FIELDS[roll(d, HMI_COUNT(FIELDS))]);
    }
    size_t count = 1 + roll(d, 3);
    len = put(out, len, room, "'");
    for (size_t i = 0; i < count; i++) {
        len = put(out, len, room, PIECES[roll(d, HMI_COUNT(PIECES))]);
        if (roll(d, 9) == 0) {
            len = put(out, len, room,
                      strstr(modifier, "re") != NULL ? ".*"
                      : roll(d, 2)                   ? "*"
                                                     : "?");
        }
    }
    return put(out, len, room, "'");
}

static size_t put_selection(dice *d, char *out, size_t len, size_t room, char name)
{
    char head[32];
    snprintf(head, sizeof(head), "  s%c:\n", name);
    len = put(out, len, room, head);
    if (roll(d, 6) == 0) { /* keywords */
        len = put(out, len, room, "    - ");
        len = put_value(d, out, len, room, "");
        return put(out, len, room, "\n");
    }
    size_t items = 1 + roll(d, 3), first = roll(d, HMI_COUNT(FIELDS));
    for (size_t i = 0; i < items; i++) {
        const char *modifier = MODIFIERS[roll(d, HMI_COUNT(MODIFIERS))];
        len = put(out, len, room, "    ");
        len = put(out, len, room, FIELDS[(first + i) % HMI_COUNT(FIELDS)]);
        len = put(out, len, room, modifier);
        len = put(out, len, room, ": [");
        for (size_t v = 0, values = 1 + roll(d, 3); v < values; v++) {
            len = put(out, len, room, v > 0 ? ", " : "");
            len = put_value(d, out, len, room, modifier);
        }
        len = put(out, len, room, "]\n");
    }
    return len;
}

static void add_rule(dice *d, hmi_sigma *set)
{
    static const char *const CONDITIONS[] = { "sa",
                                              "sa and sb",
                                              "sa or sb",
                                              "sa and not sb",
                                              "not sa",
                                              "1 of s*",
                                              "all of s*",
                                              "not (sa and sb)",
                                              "sb and (sa or sc)",
                                              "2 of s*",
                                              "sc and not 1 of s*" };
    char text[8192];
    hm_err err = { 0 };
    size_t len = put(text, 0, sizeof(text), "title: t\nlogsource:\n  ");
    len = put(text, len, sizeof(text), SOURCES[roll(d, HMI_COUNT(SOURCES))]);
    len = put(text, len, sizeof(text), "\ndetection:\n");
    for (char name = 'a'; name <= 'c'; name++) {
        len = put_selection(d, text, len, sizeof(text), name);
    }
    len = put(text, len, sizeof(text), "  condition: ");
    len = put(text, len, sizeof(text), CONDITIONS[roll(d, HMI_COUNT(CONDITIONS))]);
    len = put(text, len, sizeof(text), "\n");
    CHECK_OK(hmi_sigma_add(set, hmi_bytes(text, len), on_rule, NULL, &err));
}

static size_t put_text(dice *d, char *out, size_t len, size_t room)
{
    static const char *const AS_JSON[] = {
        "cmd",          ".exe",    "\\\\power", "shell",        "MiMi", "\\u006batz", "x",
        "10.1",         ".2.3",    " -enc",     "\xe2\x84\xaa", "AB",   "4688",       " \\/\\n",
        "\xc3\x84pfel", "WINDOWS", "/",         "System32",     "katz"
    };
    len = put(out, len, room, "\"");
    for (size_t i = 0, count = roll(d, 6); i < count; i++) {
        len = put(out, len, room, AS_JSON[roll(d, HMI_COUNT(AS_JSON))]);
    }
    return put(out, len, room, "\"");
}

static size_t make_event(dice *d, char *out, size_t room)
{
    size_t len = put(out, 0, room, "{");
    if (roll(d, 8) > 0) {
        len = put(out, len, room, "\"Channel\":\"");
        len = put(out, len, room, CHANNELS[roll(d, HMI_COUNT(CHANNELS))]);
        len = put(out, len, room, "\",");
    }
    if (roll(d, 8) > 0) {
        static const char *const IDS[] = { "1", "4688", "13", "[1,4688]", "null", "99" };
        len = put(out, len, room, "\"EventID\":");
        len = put(out, len, room, IDS[roll(d, HMI_COUNT(IDS))]);
        len = put(out, len, room, ",");
    }
    static const char *const NAMES[] = { "Image", "CommandLine", "User", "Message", "Other" };
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        if (roll(d, 3) == 0) {
            continue;
        }
        bool list = roll(d, 6) == 0;
        len = put(out, len, room, "\"");
        len = put(out, len, room, NAMES[i]);
        len = put(out, len, room, list ? "\":[" : "\":");
        len = put_text(d, out, len, room);
        len = put(out, len, room, list ? ",17,null," : "");
        len = list ? put_text(d, out, len, room) : len;
        len = put(out, len, room, list ? "]," : ",");
    }
    return put(out, len, room, "\"z\":0}");
}

static void compare_ways(uint64_t seed, bool forced)
{
    hmi_sigma *set;
    hmi_json *json;
    hm_err err = { 0 };
    dice d = { seed };
    size_t fired = 0;
    CHECK_OK(hmi_sigma_new(&set, &err));
    CHECK_OK(hmi_json_new(&json, &err));
    for (size_t i = 0; i < RULES; i++) {
        add_rule(&d, set);
    }
    if (forced) {
        hmi_sigma_set_source(set, HM_TEXT("windows"), HM_TEXT("process_creation"), HM_TEXT(""));
    }
    CHECK_OK(hmi_sigma_compile(set, &err));
    for (size_t i = 0; i < EVENTS; i++) {
        char event[8192];
        hmi_value root;
        hits fast = { .count = 0 }, slow = { .count = 0 };
        size_t len = make_event(&d, event, sizeof(event));
        CHECK_OK(hmi_json_parse(json, hmi_bytes(event, len), 0, &root, &err));
        CHECK_OK(hmi_sigma_match(set, root, on_hit, &fast, &err));
        CHECK_OK(hmi_sigma_match_slow(set, root, on_hit, &slow, &err));
        fired += slow.count;
        if (fast.count != slow.count ||
            memcmp(fast.number, slow.number, fast.count * sizeof(fast.number[0])) != 0) {
            fail_msg("%zu rules fired, %zu should: %s", fast.count, slow.count, event);
        }
    }
    CHECK(fired > EVENTS); /* or nothing was compared */
    hmi_json_free(json);
    hmi_sigma_free(set);
}

TEST(the_fast_way_fires_what_the_slow_way_fires)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        compare_ways(seed, seed == 4);
    }
}

/* An author of events who never names a channel twice gets answers all the same. */
TEST(more_kinds_than_are_told_apart)
{
    static const char RULE[] = "title: a\nlogsource: {product: windows}\n"
                               "detection: {s: {EventID: 7, Image: x}, condition: s}\n";
    hmi_sigma *set;
    hmi_json *json;
    hm_err err = { 0 };
    CHECK_OK(hmi_sigma_new(&set, &err));
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_sigma_add(set, HM_BYTES(RULE), on_rule, NULL, &err));
    CHECK_OK(hmi_sigma_compile(set, &err));
    for (unsigned i = 0; i < 3 * HMI_SIGMA_KINDS_MAX; i++) {
        char event[200];
        hmi_value root;
        hits got = { .count = 0 };
        int len = snprintf(event, sizeof(event),
                           "{\"Channel\":\"made up %u\",\"EventID\":%u,\"Image\":\"X\"}", i,
                           i % 2 == 0 ? 7 : i);
        CHECK_OK(hmi_json_parse(json, hmi_bytes(event, (size_t)len), 0, &root, &err));
        CHECK_OK(hmi_sigma_match(set, root, on_hit, &got, &err));
        CHECK_EQ(got.count, i % 2 == 0 || i == 7 ? 1 : 0);
    }
    CHECK(set->kind_count <= HMI_SIGMA_KINDS_MAX + 2);
    hmi_json_free(json);
    hmi_sigma_free(set);
}

static size_t slow_next(hm_bytes in, size_t from, const char *const *grams, size_t count)
{
    for (; from < in.len; from++) {
        for (size_t g = 0; g < count; g++) {
            if (in.len - from >= 4 &&
                hmi_text_ieq(hmi_text((const char *)in.ptr + from, 4), hmi_text_of(grams[g]))) {
                return from;
            }
        }
    }
    return HMI_NPOS;
}

TEST(no_place_of_a_piece_fails_to_pass_a_sieve)
{
    static const char *const GRAMS[] = { "mimi", "katz", ".exe", "4688", "ab c", "zzzz" };
    dice d = { 9 };
    hmi_sigma_sieve sieve = { .count = 0 };
    for (size_t i = 0; i < HMI_COUNT(GRAMS); i++) {
        CHECK(hmi_sigma_sieve_add(&sieve, GRAMS[i]));
    }
    hmi_sigma_sieve_close(&sieve, true);
    for (size_t round = 0; round < 3000; round++) {
        char text[200];
        size_t len = 0, want = 1 + roll(&d, 150);
        while (len < want) {
            const char *gram = GRAMS[roll(&d, HMI_COUNT(GRAMS))];
            size_t some = 1 + roll(&d, 4);
            for (size_t k = 0; k < some; k++) {
                bool letter = gram[k] >= 'a' && gram[k] <= 'z';
                text[len++] = letter && roll(&d, 2) == 0 ? (char)(gram[k] - 32) : gram[k];
            }
        }
        hm_bytes in = hmi_bytes(text, len);
        for (size_t at = 0; at < len;) {
            size_t is = slow_next(in, at, GRAMS, HMI_COUNT(GRAMS));
            CHECK(hmi_sigma_sieve_next(&sieve, in, at) <= is);
            at = is == HMI_NPOS ? len : is + 1;
        }
        CHECK(slow_next(in, 0, GRAMS, HMI_COUNT(GRAMS)) == HMI_NPOS ||
              hmi_sigma_sieve_passes(&sieve, in));
    }
    CHECK(hmi_sigma_sieve_passes(&sieve, HM_BYTES("{\"a\":\"\\u006d\"}")));
    CHECK(!hmi_sigma_sieve_passes(&sieve, HM_BYTES("{\"a\":\"c:\\\\users and so on and on\"}")));
    CHECK(hmi_sigma_sieve_passes(&sieve, HM_BYTES("{\"a\":\"\xe2\x84\xaa\"}")));
    CHECK(!hmi_sigma_sieve_passes(&sieve, HM_BYTES("{\"a\":\"\xec\x97\x90\xec\x84\x9c\"}")));
}

RUN_TESTS()
