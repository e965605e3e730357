/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sigma_correlate.c - correlations fire when they should, per group and within their span.
 */
#include "check.h"
#include "detect/sigma.h"

typedef struct bench {
    hmi_sigma *set;
    hmi_json *json;
    size_t good, bad, hits, base_hits;
    char why[300];
} bench;

static void on_rule(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused)
{
    bench *b = with;
    (void)rule;
    b->good += refused == NULL;
    b->bad += refused != NULL;
    if (refused != NULL) {
        snprintf(b->why, sizeof(b->why), "%s", refused->text);
    }
}

static void on_hit(void *with, const hmi_sigma_rule_info *rule)
{
    bench *b = with;
    b->hits += hmi_text_is(rule->title, "both");
    b->base_hits += !hmi_text_is(rule->title, "both");
}

#define BASE(name, value)                                                                          \
    "title: " name "\nname: " name "\nlogsource: {category: test}\ndetection:\n  s: {kind: " value \
    "}\n  condition: s\n---\n"

static void begin(bench *b, const char *rules)
{
    hm_err err = { 0 };
    memset(b, 0, sizeof(*b));
    CHECK_OK(hmi_sigma_new(&b->set, &err));
    CHECK_OK(hmi_json_new(&b->json, &err));
    CHECK_OK(hmi_sigma_add(b->set, hmi_text_bytes(hmi_text_of(rules)), on_rule, b, &err));
    CHECK_OK(hmi_sigma_compile(b->set, &err));
    hmi_sigma_missing(b->set, on_rule, b);
}

static void end(bench *b)
{
    hmi_json_free(b->json);
    hmi_sigma_free(b->set);
}

/* An event at a second of a day. */
static void event(bench *b, const char *kind, const char *user, const char *source, int second)
{
    char text[300];
    hm_err err = { 0 };
    hmi_value root;
    snprintf(text, sizeof(text),
             "{\"@timestamp\":\"2025-10-10T%02d:%02d:%02dZ\",\"kind\":\"%s\",\"user\":\"%s\","
             "\"source\":\"%s\"}",
             second / 3600, second / 60 % 60, second % 60, kind, user, source);
    CHECK_OK(hmi_json_parse(b->json, hmi_text_bytes(hmi_text_of(text)), 0, &root, &err));
    CHECK_OK(hmi_sigma_match(b->set, root, on_hit, b, &err));
}

TEST(event_count_per_group_and_span)
{
    bench b;
    begin(&b, BASE("failed", "fail") "title: both\ncorrelation:\n  type: event_count\n  rules: "
                                     "[failed]\n  group-by: "
                                     "[user]\n  timespan: 1m\n  condition: {gte: 5}\n");
    CHECK_EQ(b.bad, 0);
    for (int i = 0; i < 4; i++) {
        event(&b, "fail", "anna", "x", i * 10);
        event(&b, "fail", "bert", "x", i * 10);
        event(&b, "good", "anna", "x", i * 10);
    }
    CHECK_EQ(b.hits, 0);
    event(&b, "fail", "anna", "x", 50);
    CHECK_EQ(b.hits, 1);
    event(&b, "fail", "anna", "x", 51); /* it begins anew */
    CHECK_EQ(b.hits, 1);
    event(&b, "fail", "bert", "x", 91); /* his first ones are too old */
    CHECK_EQ(b.hits, 1);
    CHECK_EQ(b.base_hits, 0);
    end(&b);
}

TEST(generate_tells_the_hits_too)
{
    bench b;
    begin(&b, BASE("failed", "fail") "title: both\ncorrelation:\n  type: event_count\n  rules: "
                                     "failed\n  timespan: 1h\n  "
                                     "condition: {gt: 1}\n  generate: true\n");
    event(&b, "fail", "anna", "x", 1);
    event(&b, "fail", "bert", "x", 2);
    CHECK_EQ(b.hits, 1);
    CHECK_EQ(b.base_hits, 2);
    end(&b);
}

TEST(value_count_counts_different_values)
{
    bench b;
    begin(&b,
          BASE("failed", "fail") "title: both\ncorrelation:\n  type: value_count\n  rules: "
                                 "[failed]\n  group-by: "
                                 "[source]\n  timespan: 10m\n  condition: {field: user, gte: 3}\n");
    for (int i = 0; i < 50; i++) {
        event(&b, "fail", i % 2 ? "anna" : "bert", "x", i);
    }
    CHECK_EQ(b.hits, 0);
    event(&b, "fail", "carl", "y", 60);
    CHECK_EQ(b.hits, 0);
    event(&b, "fail", "carl", "x", 61);
    CHECK_EQ(b.hits, 1);
    end(&b);
}

#define TWO BASE("first", "a") BASE("second", "b")

TEST(temporal_in_any_order_and_ordered_in_one)
{
    bench b;
    begin(&b, TWO "title: both\ncorrelation:\n  type: temporal\n  rules: [first, second]\n  "
                  "group-by: [user]\n  timespan: 5m\n");
    event(&b, "b", "anna", "x", 0);
    event(&b, "a", "bert", "x", 10);
    CHECK_EQ(b.hits, 0);
    event(&b, "a", "anna", "x", 200);
    CHECK_EQ(b.hits, 1);
    event(&b, "b", "bert", "x", 400); /* later than five minutes */
    CHECK_EQ(b.hits, 1);
    end(&b);
    begin(&b,
          TWO "title: both\ncorrelation:\n  type: temporal_ordered\n  rules: [first, second]\n  "
              "group-by: [user]\n  timespan: 5m\n");
    event(&b, "b", "anna", "x", 0);
    event(&b, "a", "anna", "x", 10);
    CHECK_EQ(b.hits, 0);
    event(&b, "b", "anna", "x", 20);
    CHECK_EQ(b.hits, 1);
    end(&b);
}

TEST(aliases_name_the_same_thing_in_other_events)
{
    bench b;
    begin(&b,
          TWO "title: both\ncorrelation:\n  type: temporal\n  rules: [first, second]\n  group-by: "
              "[who]\n  timespan: 5m\n  aliases:\n    who: {first: user, second: source}\n");
    CHECK_EQ(b.bad, 0);
    event(&b, "a", "anna", "x", 0);
    event(&b, "b", "x", "bert", 1);
    CHECK_EQ(b.hits, 0);
    event(&b, "b", "x", "anna", 2);
    CHECK_EQ(b.hits, 1);
    end(&b);
}

TEST(a_correlation_without_its_rules_is_told)
{
    bench b;
    begin(&b,
          "title: both\ncorrelation:\n  type: event_count\n  rules: [nobody]\n  timespan: 1m\n  "
          "condition: {gte: 5}\n");
    CHECK_EQ(b.good, 1);
    CHECK_EQ(b.bad, 1);
    CHECK(strstr(b.why, "not among") != NULL);
    event(&b, "fail", "anna", "x", 1);
    end(&b);
}

TEST(a_flood_of_groups_stays_within_its_bounds)
{
    bench b;
    char user[32];
    begin(&b, BASE("failed", "fail") "title: both\ncorrelation:\n  type: event_count\n  rules: "
                                     "[failed]\n  group-by: "
                                     "[user]\n  timespan: 1d\n  condition: {gte: 2}\n");
    for (int i = 0; i < HMI_SIGMA_GROUPS_MAX + 10; i++) {
        snprintf(user, sizeof(user), "user%d", i);
        event(&b, "fail", user, "x", 5);
    }
    CHECK(hmi_sigma_forgotten(b.set) > 0);
    event(&b, "fail", user, "x", 6);
    CHECK_EQ(b.hits, 1);
    end(&b);
}

RUN_TESTS()
