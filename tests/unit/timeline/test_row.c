/* SPDX-License-Identifier: Apache-2.0
 *
 * test_row.c - what a worker tells is checked before it is a row; filters keep what they say.
 */
#include "timeline/timeline.h"

#include "check.h"

static hmi_arena arena;
static hmi_json *json;

static int parse(const char *text, hmi_timeline_row *row)
{
    hm_err err = { 0 };
    if (json == NULL) {
        hmi_arena_init(&arena, 16 << 20);
        CHECK_OK(hmi_json_new(&json, &err));
    }
    return hmi_timeline_parse(json, hmi_text_bytes(hmi_text_of(text)), &arena, row, &err);
}

#define GOOD                                                                                 \
    "{\"first\":1000000,\"last\":2000000,\"count\":3,\"assumed\":\"zone\",\"host\":\"PC1\"," \
    "\"actor\":\"45.9.9.9\",\"target\":\"db\",\"kind\":\"login\",\"outcome\":\"failure\","   \
    "\"what\":\"root\"}"

TEST(a_good_moment_is_a_row)
{
    hmi_timeline_row row;
    CHECK_EQ(parse(GOOD, &row), HM_OK);
    CHECK_EQ(row.first_us, 1000000);
    CHECK_EQ(row.last_us, 2000000);
    CHECK_EQ(row.count, 3);
    CHECK_TEXT(row.host, "PC1");
    CHECK_TEXT(row.actor, "45.9.9.9");
    CHECK_TEXT(row.kind, "login");
    CHECK_TEXT(row.outcome, "failure");
    CHECK_TEXT(row.what, "root");
    CHECK_TEXT(row.assumed, "zone");
}

TEST(nonsense_is_refused_and_changes_nothing)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "7",
        "{\"first\":1,\"last\":2,\"count\":1}",
        "{\"first\":3,\"last\":2,\"count\":1,\"kind\":\"login\"}",
        "{\"first\":1,\"last\":2,\"count\":0,\"kind\":\"login\"}",
        "{\"first\":1,\"last\":2,\"count\":-1,\"kind\":\"login\"}",
        "{\"first\":\"1\",\"last\":2,\"count\":1,\"kind\":\"login\"}",
        "{\"first\":1,\"last\":9223372036854775807,\"count\":1,\"kind\":\"login\"}",
        "{\"first\":-9223372036854775808,\"last\":1,\"count\":1,\"kind\":\"login\"}",
        "{\"first\":1,\"last\":2,\"count\":1,\"kind\":\"lo\\u001bgin\"}",
        "{\"first\":1,\"last\":2,\"count\":1,\"kind\":\"login\",\"deed\":\"RM\"}",
        "{\"first\":1,\"last\":2,\"count\":1,\"kind\":\"login\",\"what\":\"\xff\"}",
    };
    for (size_t i = 0; i < HMI_COUNT(bad); i++) {
        hmi_timeline_row row = { .count = 77 };
        CHECK(parse(bad[i], &row) < 0);
        CHECK_EQ(row.count, 77);
    }
    char cut[] = GOOD;
    for (size_t len = 0; len + 1 < sizeof(GOOD); len++) {
        hmi_timeline_row row;
        cut[len] = 0;
        CHECK(parse(cut, &row) < 0);
        cut[len] = GOOD[len];
    }
}

static bool keeps(int64_t from, int64_t to, const char *host, const char *kind)
{
    hmi_timeline_row row;
    hmi_timeline_filter filter = { from, to, hmi_text_of(host), hmi_text_of(kind) };
    CHECK_EQ(parse(GOOD, &row), HM_OK);
    row.deed = HM_TEXT("log-cleared");
    return hmi_timeline_keeps(&filter, &row);
}

TEST(filters_keep_what_they_say)
{
    CHECK(keeps(HMI_TIME_NONE, HMI_TIME_NONE, NULL, NULL));
    CHECK(keeps(2000000, HMI_TIME_NONE, NULL, NULL)); /* it reaches in */
    CHECK(!keeps(2000001, HMI_TIME_NONE, NULL, NULL));
    CHECK(keeps(HMI_TIME_NONE, 1000000, NULL, NULL));
    CHECK(!keeps(HMI_TIME_NONE, 999999, NULL, NULL));
    CHECK(keeps(HMI_TIME_NONE, HMI_TIME_NONE, "pc", NULL));
    CHECK(keeps(HMI_TIME_NONE, HMI_TIME_NONE, "45.9.9.9", NULL));
    CHECK(!keeps(HMI_TIME_NONE, HMI_TIME_NONE, "pc2", NULL));
    CHECK(keeps(HMI_TIME_NONE, HMI_TIME_NONE, NULL, "login"));
    CHECK(keeps(HMI_TIME_NONE, HMI_TIME_NONE, NULL, "log-cleared"));
    CHECK(!keeps(HMI_TIME_NONE, HMI_TIME_NONE, NULL, "flow"));
}

RUN_TESTS()
