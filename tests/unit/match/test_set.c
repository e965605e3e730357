/* SPDX-License-Identifier: Apache-2.0
 *
 * test_set.c - building, refusing, saving and opening compiled sets.
 */
#include "check.h"

#include <unistd.h>

#include <hallmark/matcher.h>

#include "match/set.h"

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

static int count(void *user, const hm_hit *m, hm_err *err)
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

RUN_TESTS()
