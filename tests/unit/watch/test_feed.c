/* SPDX-License-Identifier: Apache-2.0
 *
 * test_feed.c - feeds of every form: what can be loaded is, the rest is told with its line.
 */
#include "check.h"

#include "watch/feed.h"

static hm_matcher_builder *begin(void)
{
    hm_err err = { 0 };
    hm_matcher_options options = { .seed = { 9, 9 } };
    hm_matcher_builder *b = NULL;
    CHECK_OK(hm_matcher_begin(&options, &b, &err));
    return b;
}

typedef struct seen {
    unsigned refused;
    uint32_t line;
} seen;

static void on_refuse(void *with, const char *feed, uint32_t line, hm_text value, const hm_err *why)
{
    seen *s = with;
    (void)value;
    CHECK_CSTR(feed, "feed");
    CHECK(why->text[0] != '\0');
    s->refused++;
    s->line = line;
}

static hmi_feed feed_of(const char *text, seen *s)
{
    hm_err err = { 0 };
    hmi_feed feed = { .builder = begin(), .name = "feed", .with = s, .refuse = on_refuse };
    *s = (seen){ 0 };
    CHECK_OK(hmi_feed_bytes(&feed, hmi_bytes(text, strlen(text)), &err));
    hm_matcher_builder_free(feed.builder);
    feed.builder = NULL;
    return feed;
}

TEST(feeds_of_every_form_load_what_can_be_loaded)
{
    seen s;
    CHECK_EQ(feed_of("# c\n45.77.1.2\r\n\nbadhost.net\nco.uk\n", &s).taken, 2);
    CHECK_EQ(s.refused, 1);
    CHECK_EQ(s.line, 5);
    CHECK_EQ(feed_of("0.0.0.0 badhost.net\n127.0.0.1\tother.net", &s).taken, 2);
    CHECK_EQ(feed_of("id,type,value\n1,domain,\"badhost.net\"\n2,md5,"
                     "9e107d9d372bb6826bd81d3542a419d6\n3,url,x\n",
                     &s)
                 .taken,
             2);
    CHECK_EQ(s.line, 4);
    CHECK_EQ(feed_of("45.77.1.2,C2,2014\nbadhost.net;x\n", &s).taken, 2);
    CHECK_EQ(feed_of("\xef\xbb\xbf"
                     "domain\tnote\nbadhost.net\tx\n",
                     &s)
                 .taken,
             1);
    CHECK_EQ(
        feed_of("{\"type\":\"indicator\",\"id\":\"indicator--1\",\"pattern\":\"[file:hashes.'SHA-"
                "256' = 'd7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592' OR "
                "url:value = 'http://badhost.net/it\\\\'s']\"}",
                &s)
            .taken,
        2);
    CHECK_EQ(s.refused, 0);
    CHECK_EQ(
        feed_of("{\"type\":\"indicator\",\"id\":\"i\",\"pattern\":\"[a:b = 'c' AND a:d = 'e']\"}",
                &s)
            .taken,
        0);
    CHECK_EQ(s.refused, 1);
    CHECK_EQ(feed_of("", &s).taken, 0);
}

/* What a pattern may ask for beside equality, and what asks for more than the matcher can. */
TEST(patterns_of_stix)
{
    static const struct {
        const char *pattern;
        unsigned taken, refused;
    } CASES[] = {
        { "[ipv4-addr:value ISSUBSET '45.77.0.0/16']", 1, 0 },
        { "[ipv4-addr:value = '45.77.1.2' OR ipv4-addr:value ISSUBSET '45.78.0.0/16']", 2, 0 },
        { "[domain-name:value IN ('badhost.net', 'other.net','third.net')]", 3, 0 },
        { "[domain-name:value = 'badhost.net' OR domain-name:value LIKE '%.badhost.net']", 2, 0 },
        { "[url:value LIKE 'http://badhost.net/kit/%']", 1, 0 },
        { "[x-hallmark-trait:'ja4' = 't13d1516h2_8daaf6152771_b186095e22b6']", 1, 0 },
        { "[domain-name:value LIKE 'bad%.net']", 0, 1 },
        { "[domain-name:value LIKE '%.bad_host.net']", 0, 1 },
        { "[url:value LIKE '%/kit/%']", 0, 1 },
        { "[file:name LIKE '%.exe']", 0, 1 },
        { "[domain-name:value ISSUBSET 'badhost.net']", 0, 1 },
        { "[domain-name:value IN ('badhost.net']", 0, 1 },
        { "[domain-name:value IN ()]", 0, 1 },
        { "[domain-name:value IN 'badhost.net']", 0, 1 },
        { "[domain-name:value NOT = 'badhost.net']", 0, 1 },
        { "[ipv4-addr:value = '45.77.1.2' AND domain-name:value = 'badhost.net']", 0, 1 },
        { "[ipv4-addr:value = '45.77.1.2'] WITHIN 5 SECONDS", 0, 1 },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        char text[512];
        seen s;
        snprintf(text, sizeof(text), "{\"type\":\"indicator\",\"id\":\"i\",\"pattern\":\"%s\"}",
                 CASES[i].pattern);
        hmi_feed feed = feed_of(text, &s);
        if (feed.taken != CASES[i].taken || s.refused != CASES[i].refused) {
            fail_msg("%s: %d taken, %d refused", CASES[i].pattern, (int)feed.taken, (int)s.refused);
        }
        for (size_t len = 0; len < strlen(text); len++) { /* cut anywhere it is no JSON */
            hm_err err = { 0 };
            hmi_feed cut = { .builder = begin(), .name = "feed", .with = &s, .refuse = on_refuse };
            (void)hmi_feed_bytes(&cut, hmi_bytes(text, len), &err);
            CHECK_EQ(cut.taken, 0);
            hm_matcher_builder_free(cut.builder);
        }
    }
}

/* The attributes that are meant to be looked for, wherever in an event. */
TEST(events_of_misp)
{
    static const char EVENT[] =
        "{\"Event\":{\"uuid\":\"x\",\"info\":\"i\",\"Attribute\":["
        "{\"type\":\"ip-dst\",\"value\":\"45.77.1.2\",\"to_ids\":true,\"uuid\":\"u1\"},"
        "{\"type\":\"ip-dst|port\",\"value\":\"45.77.1.3|443\",\"to_ids\":\"1\"},"
        "{\"type\":\"ip-src\",\"value\":\"45.78.0.0/16\",\"to_ids\":1},"
        "{\"type\":\"domain|ip\",\"value\":\"badhost.net|45.77.1.4\",\"to_ids\":true},"
        "{\"type\":\"filename|md5\",\"value\":\"a|b.exe|9e107d9d372bb6826bd81d3542a419d6\","
        "\"to_ids\":true},"
        "{\"type\":\"comment\",\"value\":\"of no type that is looked for\",\"to_ids\":true},"
        "{\"type\":\"domain\",\"value\":\"seen.net\",\"to_ids\":false},"
        "{\"type\":\"domain\",\"value\":\"gone.net\",\"to_ids\":true,\"deleted\":true},"
        "{\"type\":\"domain\",\"value\":\"false.net\",\"to_ids\":true,\"Sighting\":[{\"type\":"
        "\"1\"}]}],"
        "\"Object\":[{\"Attribute\":[{\"type\":\"url\",\"value\":\"http://other.net/kit\","
        "\"to_ids\":true}]},{\"deleted\":true,\"Attribute\":[{\"type\":\"url\",\"value\":"
        "\"http://third.net/kit\",\"to_ids\":true}]}]}}";
    static const char *const AROUND[][2] = {
        { "", "" }, { "[", "]" }, { "[\n", "\n]" }, { "{\"response\":[", "]}" }
    };
    char text[2048];
    seen s;
    for (size_t i = 0; i < HMI_COUNT(AROUND); i++) {
        snprintf(text, sizeof(text), "%s%s%s", AROUND[i][0], EVENT, AROUND[i][1]);
        hmi_feed feed = feed_of(text, &s);
        CHECK_EQ(feed.taken, 8);
        CHECK_EQ(s.refused, 1);
    }
    CHECK_EQ(feed_of("{\"response\":{\"Attribute\":[{\"type\":\"sha1\",\"value\":"
                     "\"2fd4e1c67a2d28fced849ee1bb76e7391b93eb12\",\"to_ids\":true}]}}",
                     &s)
                 .taken,
             1);
    CHECK_EQ(feed_of("[]", &s).taken, 0);
    CHECK_EQ(feed_of("{\"Event\":7}", &s).taken, 0);
    CHECK_EQ(feed_of("{\"Event\":{\"Attribute\":[1,{},{\"to_ids\":true},{\"to_ids\":true,\"type\":"
                     "\"domain|ip\",\"value\":\"|\"}]}}",
                     &s)
                 .taken,
             0);
    CHECK_EQ(feed_of("[2a0b:1::7]\n", &s).taken + s.refused, 1); /* a list, no JSON */
}

RUN_TESTS()
