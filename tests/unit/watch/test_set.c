/* SPDX-License-Identifier: Apache-2.0
 *
 * test_set.c - building, refusing, saving and opening compiled sets; feeds of every form.
 */
#include "check.h"

#include <unistd.h>

#include <hallmark/matcher.h>

#include "watch/feed.h"
#include "watch/set.h"

static int add(hm_matcher_builder *b, const char *kind, const char *value, hm_err *err)
{
    hm_indicator indicator = { .kind = kind, .value = value, .value_len = strlen(value) };
    return hm_matcher_add(b, &indicator, err);
}

static hm_matcher_builder *begin(void)
{
    hm_err err = { 0 };
    hm_matcher_options options = { .seed = { 9, 9 } };
    hm_matcher_builder *b = NULL;
    CHECK_OK(hm_matcher_begin(&options, &b, &err));
    return b;
}

TEST(what_would_hit_the_harmless_world_is_refused_with_its_reason)
{
    static const struct {
        const char *kind, *value;
    } POISON[] = {
        { NULL, "0.0.0.0/0" },
        { NULL, "10.0.0.0/8" },
        { NULL, "192.168.1.1" },
        { NULL, "192.0.0.0/8" },
        { NULL, "8.8.8.8" },
        { NULL, "::/0" },
        { NULL, "fe80::1" },
        { "domain", "co.kr" },
        { "domain", "localhost.localhost" },
        { "domain", "example.com" },
        { NULL, "http://127.0.0.1/x" },
        { NULL, "d41d8cd98f00b204e9800998ecf8427e" },
        { NULL, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    };
    hm_matcher_builder *b = begin();
    for (size_t i = 0; i < HMI_COUNT(POISON); i++) {
        hm_err err = { 0 };
        CHECK_EQ(add(b, POISON[i].kind, POISON[i].value, &err), HM_E_DENIED);
        CHECK(strlen(err.text) > 40);
    }
    hm_err err = { 0 };
    CHECK_EQ(add(b, NULL, "no indicator", &err), HM_E_MALFORMED);
    CHECK_EQ(add(b, "colour", "red", &err), HM_E_UNSUPPORTED);
    CHECK_EQ(add(b, "technique", "T1059", &err), HM_E_UNSUPPORTED);
    CHECK_EQ(add(b, "url", "http://fileserver/x", &err), HM_E_UNSUPPORTED);
    CHECK_EQ(add(b, "domain", "badhost.net", &err), HM_OK);
    CHECK_EQ(add(b, "domain", "BadHost[.]net.", &err), HM_E_EXISTS);
    CHECK_EQ(add(b, "domain", "\xff.net", &err), HM_E_MALFORMED);
    hm_matcher_builder_free(b);
}

static hm_matcher *some_set(void)
{
    hm_err err = { 0 };
    hm_matcher_builder *b = begin();
    hm_matcher *set = NULL;
    for (unsigned i = 0; i < 300; i++) {
        char value[64];
        snprintf(value, sizeof(value), i % 2 ? "bad%u.net" : "45.77.%u.9", i % 256);
        (void)add(b, NULL, value, &err);
    }
    CHECK_OK(add(b, NULL, "45.80.0.0/16", &err));
    CHECK_OK(hm_matcher_build(b, &set, &err));
    return set;
}

static int count(void *user, const hm_match *m, hm_err *err)
{
    (void)err;
    CHECK(m->value.len > 0);
    ++*(unsigned *)user;
    return HM_OK;
}

static unsigned hits_of(const hm_matcher *set)
{
    static const char TEXT[] = "bad1.net 45.77.2.9\n45.80.7.7 bad2.net\n45.77.4.91\n";
    unsigned hits = 0;
    hm_err err = { 0 };
    CHECK_OK(hm_matcher_scan(set, hmi_bytes(TEXT, sizeof(TEXT) - 1), count, &hits, &err));
    return hits;
}

TEST(a_saved_set_answers_as_the_one_in_memory)
{
    hm_err err = { 0 };
    char path[] = "/tmp/hallmark-set-XXXXXX";
    close(mkstemp(path));
    hm_matcher *set = some_set();
    hm_matcher *again = NULL;
    CHECK_EQ(hits_of(set), 3);
    CHECK_OK(hm_matcher_save(set, path, &err));
    CHECK_OK(hm_matcher_open(path, &again, &err));
    CHECK_EQ(hits_of(again), 3);
    hm_matcher_facts a;
    hm_matcher_facts b;
    hm_matcher_facts_get(set, &a);
    hm_matcher_facts_get(again, &b);
    CHECK_EQ(a.indicators, b.indicators);
    CHECK_EQ(a.hot_bytes, b.hot_bytes);
    hm_matcher_free(set);
    hm_matcher_free(again);
    unlink(path);
}

static int open_bytes(const char *path, const uint8_t *bytes, size_t len, hm_matcher **ret)
{
    hm_err err = { 0 };
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    return hm_matcher_open(path, ret, &err);
}

TEST(a_damaged_set_is_refused)
{
    hm_err err = { 0 };
    char path[] = "/tmp/hallmark-set-XXXXXX";
    close(mkstemp(path));
    hm_matcher *set = some_set();
    CHECK_OK(hm_matcher_save(set, path, &err));
    size_t len = set->map_len;
    uint8_t *bytes = malloc(len);
    FILE *file = fopen(path, "rb");
    CHECK_EQ(fread(bytes, 1, len, file), len);
    fclose(file);
    hm_matcher *never = NULL;
    static const size_t CUTS[] = { 0, 1, 100, 4096 };
    for (size_t i = 0; i < HMI_COUNT(CUTS); i++) {
        CHECK(open_bytes(path, bytes, CUTS[i], &never) < 0);
    }
    CHECK_EQ(open_bytes(path, bytes, len - 1, &never), HM_E_CORRUPT);
    for (size_t bit = 0; bit < 8 * sizeof(hmi_set_head); bit += 7) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << (bit % 8));
        CHECK(open_bytes(path, bytes, len, &never) < 0);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << (bit % 8));
    }
    for (size_t at = sizeof(hmi_set_head); at < len; at += len / 16) {
        bytes[at] = (uint8_t)(bytes[at] ^ 1u);
        CHECK_EQ(open_bytes(path, bytes, len, &never), HM_E_CORRUPT);
        bytes[at] = (uint8_t)(bytes[at] ^ 1u);
    }
    CHECK(never == NULL);
    free(bytes);
    hm_matcher_free(set);
    unlink(path);
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

RUN_TESTS()
