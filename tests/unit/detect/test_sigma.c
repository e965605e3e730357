/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sigma.c - which Sigma rules fire on which events, and which are refused and where.
 */
#include "check.h"
#include "detect/sigma.h"

typedef struct told {
    size_t good, bad, hits;
    bool waits;
    char why[300];
} told;

static void on_rule(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused)
{
    told *t = with;
    t->good += refused == NULL;
    t->bad += refused != NULL;
    t->waits |= rule->waits;
    if (refused != NULL) {
        snprintf(t->why, sizeof(t->why), "%s", refused->text);
    }
}

static void on_hit(void *with, const hmi_sigma_rule_info *rule)
{
    told *t = with;
    CHECK(rule->title.len > 0);
    t->hits++;
}

/* 1 fires, 0 does not, -1 refused. */
static int fires_from(const char *source, const char *detection, const char *event, told *ret)
{
    hmi_sigma *set;
    hmi_json *json;
    hmi_value root;
    hm_err err = { 0 };
    char rule[4096];
    memset(ret, 0, sizeof(*ret));
    CHECK_OK(hmi_sigma_new(&set, &err));
    CHECK_OK(hmi_json_new(&json, &err));
    CHECK_OK(hmi_sigma_expand(set, HM_TEXT("admins"), HM_TEXT("root"), &err));
    CHECK_OK(hmi_sigma_expand(set, HM_TEXT("admins"), HM_TEXT("adm*"), &err));
    snprintf(rule, sizeof(rule), "title: a\nlogsource:\n  %s\ndetection:\n%s\n", source, detection);
    CHECK_OK(hmi_sigma_add(set, hmi_text_bytes(hmi_text_of(rule)), on_rule, ret, &err));
    CHECK_OK(hmi_sigma_compile(set, &err));
    CHECK_OK(hmi_json_parse(json, hmi_text_bytes(hmi_text_of(event)), 0, &root, &err));
    for (int i = 0; i < 2; i++) { /* the second time with what the first left behind */
        ret->hits = 0;
        CHECK_OK(hmi_sigma_match(set, root, on_hit, ret, &err));
    }
    hmi_json_free(json);
    hmi_sigma_free(set);
    return ret->bad > 0 ? -1 : (int)ret->hits;
}

static int fires(const char *detection, const char *event)
{
    told t;
    return fires_from("product: test", detection, event, &t);
}

#define SEL(text) "  s:\n    " text "\n  condition: s"

TEST(comparisons_and_modifiers)
{
    static const struct {
        const char *detection, *event;
        int fires;
    } ROWS[] = {
        { SEL("A: x"), "{\"A\":\"X\"}", 1 },
        { SEL("A: x"), "{\"A\":\"xy\"}", 0 },
        { SEL("A|cased: x"), "{\"A\":\"X\"}", 0 },
        { SEL("A|cased|contains: xY"), "{\"A\":\"axYb\"}", 1 },
        { SEL("A: 4688"), "{\"A\":4688}", 1 },
        { SEL("A: true"), "{\"A\":true}", 1 },
        { SEL("A: ''"), "{\"A\":\"\"}", 1 },
        { SEL("A: null"), "{\"A\":null}", 1 },
        { SEL("A: null"), "{\"B\":1}", 1 },
        { SEL("A: null"), "{\"A\":\"x\"}", 0 },
        { SEL("A: '*'"), "{\"A\":\"x\"}", 1 },
        { SEL("A: '*'"), "{\"B\":\"x\"}", 0 },
        { SEL("A: 'c:\\\\*\\\\x?.exe'"), "{\"A\":\"C:\\\\a\\\\b\\\\x1.EXE\"}", 1 },
        { SEL("A: 'c:\\\\*\\\\x?.exe'"), "{\"A\":\"C:\\\\a\\\\b\\\\x11.EXE\"}", 0 },
        { SEL("A: '\\*lit'"), "{\"A\":\"*lit\"}", 1 },
        { SEL("A: '\\*lit'"), "{\"A\":\"xlit\"}", 0 },
        { SEL("A|contains: ' -e'"), "{\"A\":\"x -E y\"}", 1 },
        { SEL("A|contains: 'q'"), "{\"A\":\"aQa\"}", 1 },
        { SEL("A|contains: powershell"), "{\"A\":\"xPowerShellx\"}", 1 },
        { SEL("A|contains: '\xc3\x84pfel'"), "{\"A\":\"x\xc3\xa4PFEL\"}", 1 },
        { SEL("A|startswith: ab"), "{\"A\":\"abc\"}", 1 },
        { SEL("A|startswith: abcde"), "{\"A\":\"xabcde\"}", 0 },
        { SEL("A|startswith: abcde"), "{\"A\":\"ABCDEF\"}", 1 },
        { SEL("A|endswith: '\\cmd.exe'"), "{\"A\":\"C:\\\\CMD.exe\"}", 1 },
        { SEL("A|endswith: '\\cmd.exe'"), "{\"A\":\"C:\\\\CMD.exe.bak\"}", 0 },
        { SEL("A|endswith: xe"), "{\"A\":\"x.exe\"}", 1 },
        { SEL("A|contains|all: [foo, bar]"), "{\"A\":\"bar foo\"}", 1 },
        { SEL("A|contains|all: [foo, bar]"), "{\"A\":\"bar fo\"}", 0 },
        { SEL("A: [x, y]"), "{\"A\":\"y\"}", 1 },
        { SEL("A|re: '^a+b$'"), "{\"A\":\"aaab\"}", 1 },
        { SEL("A|re: 'foo.bar'"), "{\"A\":\"FOOxBAR\"}", 0 },
        { SEL("A|re|i: 'foo.bar'"), "{\"A\":\"FOOxBAR\"}", 1 },
        { SEL("A|re: '(?=a)'"), "{}", -1 },
        { SEL("A|cidr: 10.0.0.0/8"), "{\"A\":\"10.1.2.3\"}", 1 },
        { SEL("A|cidr: 10.0.0.0/8"), "{\"A\":\"110.1.2.3\"}", 0 },
        { SEL("A|cidr: '2001:db8::/32'"), "{\"A\":\"2001:db8::1\"}", 1 },
        { SEL("A|cidr: nowhere"), "{}", -1 },
        { SEL("A|base64: foobar"), "{\"A\":\"Zm9vYmFy\"}", 1 },
        { SEL("A|base64offset|contains: foobar"), "{\"A\":\"x Zvb2Jhc x\"}", 1 },
        { SEL("A|base64offset|contains: foobar"), "{\"A\":\"x mb29iYX x\"}", 1 },
        { SEL("A|wide|base64offset|contains: ping"), "{\"A\":\"cABpAG4AZw\"}", 1 },
        { SEL("A|windash|contains: ' -enc'"), "{\"A\":\"x /enc y\"}", 1 },
        { SEL("A|windash|contains: ' -enc'"),
          "{\"A\":\"x \xe2\x80\x93"
          "enc y\"}",
          1 },
        { SEL("A|expand: '%admins%'"), "{\"A\":\"root\"}", 1 },
        { SEL("A|expand: '%admins%'"), "{\"A\":\"admin\"}", 1 },
        { SEL("A|expand: '%nobody%'"), "{\"A\":\"nobody\"}", 0 },
        { SEL("A|exists: true"), "{\"A\":1}", 1 },
        { SEL("A|exists: false"), "{\"B\":1}", 1 },
        { SEL("A|fieldref: B"), "{\"A\":\"x\",\"B\":\"X\"}", 1 },
        { SEL("A|fieldref: B"), "{\"A\":\"x\",\"B\":\"y\"}", 0 },
        { SEL("A|fieldref|startswith: B"), "{\"A\":\"xyz\",\"B\":\"xy\"}", 1 },
        { SEL("A|gt: 5"), "{\"A\":6}", 1 },
        { SEL("A|gte: 5"), "{\"A\":\"5\"}", 1 },
        { SEL("A|lt: 5"), "{\"A\":5}", 0 },
        { SEL("A|lte: 5"), "{\"A\":4.5}", 1 },
        { SEL("A|neq: x"), "{\"A\":\"y\"}", 1 },
        { SEL("A|nonsense: x"), "{}", -1 },
        { "  s: [one, two]\n  condition: s", "{\"A\":\"a TWO b\"}", 1 },
        { "  s: [one, two]\n  condition: s", "{\"A\":{\"B\":[\"xonex\"]}}", 1 },
        { "  s: [one, two]\n  condition: s", "{\"A\":\"three\"}", 0 },
        { "  s:\n    '|all': [one, two]\n  condition: s", "{\"A\":\"one\",\"B\":\"two\"}", 1 },
        { "  s:\n    - A: x\n    - B: y\n  condition: s", "{\"B\":\"y\"}", 1 },
        { SEL("A.b: x"), "{\"A\":{\"b\":\"x\"}}", 1 },
        { SEL("A.b: x"), "{\"A\":[{\"b\":\"y\"},{\"b\":\"x\"}]}", 1 },
        { SEL("Image: x"), "{\"process\":{\"executable\":\"x\"}}", 1 },
        { SEL("SourceName: x"), "{\"Event\":{\"EventData\":{\"Source Name\":\"x\"}}}", 1 },
        { SEL("Provider_Name: x"),
          "{\"Event\":{\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"x\"}}}}}", 1 },
        { SEL("F: x"), "{\"Event\":{\"UserData\":{\"Any\":{\"F\":\"x\"}}}}", 1 },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        int got = fires(ROWS[i].detection, ROWS[i].event);
        if (got != ROWS[i].fires) {
            fail_msg("%s on %s: %d, expected %d", ROWS[i].detection, ROWS[i].event, got,
                     ROWS[i].fires);
        }
    }
}

#define ABC "  s_a: {A: 1}\n  s_b: {B: 1}\n  s_c: {C: 1}\n  _x: {X: 1}\n  condition: "

TEST(conditions)
{
    static const struct {
        const char *detection, *event;
        int fires;
    } ROWS[] = {
        { ABC "s_a and s_b", "{\"A\":1}", 0 },
        { ABC "s_a or s_b and s_c", "{\"A\":1}", 1 },
        { ABC "(s_a or s_b) and s_c", "{\"A\":1}", 0 },
        { ABC "not s_a", "{}", 1 },
        { ABC "not s_a", "{\"A\":1}", 0 },
        { ABC "s_a and not s_b", "{\"A\":1}", 1 },
        { ABC "1 of s_*", "{\"C\":1}", 1 },
        { ABC "any of s_*", "{\"C\":1}", 1 },
        { ABC "2 of s_*", "{\"C\":1}", 0 },
        { ABC "2 of s_*", "{\"C\":1,\"A\":1}", 1 },
        { ABC "all of s_*", "{\"C\":1,\"A\":1}", 0 },
        { ABC "all of them", "{\"C\":1,\"A\":1,\"B\":1}", 1 },
        { ABC "1 of them", "{\"X\":1}", 0 },
        { ABC "not 1 of s_*", "{\"X\":1}", 1 },
        { ABC "[s_a, s_b]", "{\"B\":1}", 1 },
        { ABC "s_d", "{}", -1 },
        { ABC "1 of t_*", "{}", -1 },
        { ABC "4 of s_*", "{}", -1 },
        { ABC "s_a and", "{}", -1 },
        { ABC "(s_a", "{}", -1 },
        { ABC "s_a s_b", "{}", -1 },
        { ABC "s_a | count() > 5", "{}", -1 },
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        int got = fires(ROWS[i].detection, ROWS[i].event);
        if (got != ROWS[i].fires) {
            fail_msg("%s on %s: %d, expected %d", ROWS[i].detection, ROWS[i].event, got,
                     ROWS[i].fires);
        }
    }
}

#define SYSMON(id, data)                                                                           \
    "{\"Event\":{\"System\":{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":" id \
    "},\"EventData\":{" data "}}}"

TEST(rules_are_asked_of_their_own_log_source)
{
    told t;
    const char *start = SYSMON("1", "\"Image\":\"x\"");
    CHECK_EQ(fires_from("category: process_creation", SEL("Image: x"), start, &t), 1);
    CHECK_EQ(fires_from("category: registry_set", SEL("Image: x"), start, &t), 0);
    CHECK_EQ(fires_from("product: linux", SEL("Image: x"), start, &t), 0);
    CHECK_EQ(fires_from("service: sysmon", SEL("Image: x"), start, &t), 1);
    CHECK_EQ(fires_from("category: registry_event", SEL("Image: x"),
                        SYSMON("13", "\"Image\":\"x\""), &t),
             1);
    CHECK_EQ(fires_from("service: security", SEL("keyword"), start, &t), 0);
    /* an event that does not say: every rule */
    CHECK_EQ(fires_from("category: registry_set", SEL("Image: x"), "{\"Image\":\"x\"}", &t), 1);
}

TEST(placeholders_without_values_are_named)
{
    told t;
    CHECK_EQ(fires_from("product: a", SEL("A|expand: '%nobody%'"), "{}", &t), 0);
    CHECK(t.waits);
}

static void refused(const char *file, const char *why)
{
    hmi_sigma *set;
    hm_err err = { 0 };
    told t = { 0 };
    CHECK_OK(hmi_sigma_new(&set, &err));
    CHECK_OK(hmi_sigma_add(set, hmi_text_bytes(hmi_text_of(file)), on_rule, &t, &err));
    hmi_sigma_free(set);
    if (t.bad != 1 || strstr(t.why, why) == NULL) {
        fail_msg("\"%s\" was told for %s", t.why, file);
    }
}

TEST(what_is_no_rule_is_refused_with_its_line)
{
    refused("a: [", "line 2: did not find");
    refused("title: x\n", "without detection");
    refused("- x\n", "not a map");
    refused("title: x\ndetection: {s: {A: 1}, condition: s}\n", "without logsource");
    refused("title: x\nlogsource: {product: a}\ndetection:\n  s: {A: 1}\n", "without a condition");
    refused("title: x\nlogsource: {}\ndetection:\n  s:\n    A: {b: c}\n  condition: s\n", "line 5");
    refused("title: x\nlogsource: {}\ndetection: {s: {}, condition: s}\n", "empty");
    refused("title: x\ntitle: y\n", "line 2: a key stands twice");
    refused("a: &x 1\nb: *x\n", "anchors");
    refused("a: !!str 1\n", "tags");
    refused("title: x\ncorrelation: {type: event_count}\n", "no rules");
    refused("title: x\ncorrelation: {type: sum, rules: a}\n", "not known");
    refused("title: x\ncorrelation: {type: event_count, rules: a, timespan: soon}\n", "timespan");
    refused("title: x\ncorrelation: {type: event_count, rules: a, timespan: 5m}\n", "condition");
    refused(
        "title: x\ncorrelation: {type: event_count, rules: a, timespan: 5m, condition: {lt: 5}}\n",
        "clock");
    refused(
        "title: x\ncorrelation: {type: value_count, rules: a, timespan: 5m, condition: {gt: 5}}\n",
        "field");
    refused("\xff", "UTF-8");
    char deep[200] = "";
    memset(deep, '[', 100);
    refused(deep, "nested too deep");
}

TEST(many_documents_in_one_file)
{
    static const char FILE[] =
        "title: a\nlogsource: {}\ndetection: {s: {A: 1}, condition: s}\n---\n"
        "title: b\n---\n"
        "title: c\nlogsource: {}\ndetection: {s: {A: 1}, condition: s}\n";
    hmi_sigma *set;
    hm_err err = { 0 };
    told t = { 0 };
    CHECK_OK(hmi_sigma_new(&set, &err));
    CHECK_OK(hmi_sigma_add(set, HM_BYTES(FILE), on_rule, &t, &err));
    CHECK_EQ(t.good, 2);
    CHECK_EQ(t.bad, 1);
    hmi_sigma_free(set);
}

TEST(every_prefix_and_every_flipped_bit)
{
    static const char GOOD[] = "title: a\nlogsource: {product: x}\ndetection:\n  s:\n"
                               "    A|contains|windash: [' -x', '*y?']\n    B|re: 'a+b'\n"
                               "  condition: 1 of s* and not (s)\n";
    for (size_t change = 0; change < sizeof(GOOD) * 9 - 9; change++) {
        char text[sizeof(GOOD)];
        memcpy(text, GOOD, sizeof(GOOD));
        size_t len = sizeof(GOOD) - 1;
        if (change < len) {
            len = change;
        } else {
            text[(change - len) / 8] = (char)(text[(change - len) / 8] ^ 1 << (change - len) % 8);
        }
        hmi_sigma *set;
        hm_err err = { 0 };
        told t = { 0 };
        CHECK_OK(hmi_sigma_new(&set, &err));
        CHECK_OK(hmi_sigma_add(set, hmi_bytes(text, len), on_rule, &t, &err));
        CHECK_OK(hmi_sigma_compile(set, &err));
        CHECK(t.good + t.bad <= 1);
        hmi_sigma_free(set);
    }
}

RUN_TESTS()
