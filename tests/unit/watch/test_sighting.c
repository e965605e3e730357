/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sighting.c - hits as STIX sightings: their ids, their patterns, their moments; and kept in a
 * casebook once.
 */
#include "check.h"

#include <unistd.h>

#include "base/json.h"
#include "base/time.h"
#include "casebook/store.h"
#include "trait/stix_pattern.h"
#include "watch/sighting.h"
#include "watch/sink.h"

static hm_hit hit_of(const char *kind, const char *value, hm_semantic semantic, const char *found)
{
    return (hm_hit){ .record = HM_BYTES("2014-11-24T08:00:00+09:00 a record"),
                     .semantic = semantic,
                     .kind = kind,
                     .value = hmi_text_of(value),
                     .found = hmi_text_of(found),
                     .source = HM_TEXT("list.txt"),
                     .line = 7,
                     .offset = 26 };
}

static hmi_watch_hit named(const hm_hit *m, hmi_sighting *ret_sighting)
{
    hmi_watch_hit hit;
    hmi_watch_name(HM_TEXT("/var/log/a.log"), m, &hit);
    hmi_sighting_name(&hit, ret_sighting);
    return hit;
}

TEST(ids_depend_on_the_hit_alone)
{
    hmi_sighting first;
    hmi_sighting second;
    hm_hit m = hit_of("domain", "evil.example", HM_SEM_DOMAIN, "evil.example");
    (void)named(&m, &first);
    (void)named(&m, &second);
    CHECK_TEXT(hmi_text_of(first.id), second.id);
    CHECK_TEXT(hmi_text_of(first.indicator_id), second.indicator_id);
    CHECK(hmi_stix_id_is(hmi_text_of(first.id)));
    CHECK(hmi_stix_id_is(hmi_text_of(first.indicator_id)));
    CHECK(first.own_indicator);

    m.offset++; /* elsewhere: another sighting of the same indicator */
    (void)named(&m, &second);
    CHECK(strcmp(first.id, second.id) != 0);
    CHECK_TEXT(hmi_text_of(first.indicator_id), second.indicator_id);

    m.semantic = HM_SEM_SUBDOMAIN; /* an indicator that asks for more is another */
    (void)named(&m, &second);
    CHECK(strcmp(first.indicator_id, second.indicator_id) != 0);
}

TEST(an_indicator_with_a_stix_id_is_meant_by_it)
{
    static const char *const NO_IDS[] = { "", "incident of 2014", "indicator--7",
                                          "malware--eb877185-05d0-4017-9769-0a4b0170a232",
                                          "indicator--eb877185-05d0-4017-9769-0a4b0170a23" };
    hmi_sighting s;
    hm_hit m = hit_of("domain", "evil.example", HM_SEM_DOMAIN, "evil.example");
    m.id = HM_TEXT("indicator--eb877185-05d0-4017-9769-0a4b0170a232");
    (void)named(&m, &s);
    CHECK(!s.own_indicator);
    CHECK_TEXT(m.id, s.indicator_id);
    for (size_t i = 0; i < HMI_COUNT(NO_IDS); i++) {
        m.id = hmi_text_of(NO_IDS[i]);
        (void)named(&m, &s);
        CHECK(s.own_indicator);
    }
}

TEST(patterns)
{
    static const struct {
        const char *kind, *value;
        hm_semantic semantic;
        const char *pattern;
    } CASES[] = {
        { "address", "45.77.10.20", HM_SEM_ADDRESS, "[ipv4-addr:value = '45.77.10.20']" },
        { "address", "2001:db8::1", HM_SEM_ADDRESS, "[ipv6-addr:value = '2001:db8::1']" },
        { "range", "45.77.0.0/16", HM_SEM_RANGE, "[ipv4-addr:value ISSUBSET '45.77.0.0/16']" },
        { "domain", "evil.example", HM_SEM_SUBDOMAIN,
          "[domain-name:value = 'evil.example' OR domain-name:value LIKE '%.evil.example']" },
        { "sha256", "ab", HM_SEM_HASH, "[file:hashes.'SHA-256' = 'ab']" },
        { "file-name", "it's\\a.exe", HM_SEM_FILE_NAME, "[file:name = 'it\\'s\\\\a.exe']" },
        { "user-agent", "Bad/1", HM_SEM_FIELD,
          "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Bad/1']" },
        { "ja4", "t13d", HM_SEM_FIELD, "[x-hallmark-trait:'ja4' = 't13d']" },
    };
    hmi_json *json;
    hm_err err;
    CHECK_OK(hmi_json_new(&json, &err));
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hm_hit m = hit_of(CASES[i].kind, CASES[i].value, CASES[i].semantic, CASES[i].value);
        hmi_sighting s;
        hmi_watch_hit hit = named(&m, &s);
        hmi_arena arena;
        hmi_buf out;
        hmi_value root;
        hmi_stix_pattern parsed;
        hmi_arena_init(&arena, 1 << 20);
        hmi_buf_init(&out, 0);
        hmi_sighting_indicator(&hit, &s, 0, &out);
        CHECK_OK(hmi_json_parse(json, hmi_buf_bytes(&out), 0, &root, &err));
        hm_text pattern = hmi_json_text(hmi_json_get(root, "pattern"), &arena);
        CHECK_TEXT(pattern, CASES[i].pattern);
        CHECK_OK(hmi_stix_pattern_parse(&arena, pattern, &parsed, &err));
        hmi_buf_fini(&out);
        hmi_arena_fini(&arena);
    }
    hmi_json_free(json);
}

TEST(moments_of_records)
{
    static const struct {
        const char *record, *moment;
    } CASES[] = {
        { "2014-11-24T08:00:00+09:00 x", "2014-11-23T23:00:00Z" },
        { "{\"a\":1,\"ts\":\"2014-11-24T08:00:00.5Z\",\"b\":\"2020-01-01T00:00:00Z\"}",
          "2014-11-24T08:00:00.500Z" },
        { "1.2.3.4 - - [24/Nov/2014:08:00:00 +0900] \"GET /\"", "2014-11-23T23:00:00Z" },
        { "2014-11-24 08:00:00 no zone", "" },
        { "Nov 24 08:00:00 no year", "" },
        { "1416816000.5 seconds", "" },
        { "92014-11-24T08:00:00Z", "" },
        { "[24/Nov/2014:08:00:00 +0900", "" },
        { "", "" },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hmi_buf out;
        hmi_buf_init(&out, 64);
        hm_text record = hmi_text_of(CASES[i].record);
        hmi_buf_add_time(&out, hmi_sighting_moment(hmi_text_bytes(record)));
        CHECK_TEXT(hmi_buf_text(&out), CASES[i].moment);
        for (size_t len = 0; len < record.len; len++) {
            (void)hmi_sighting_moment(hmi_slice(hmi_text_bytes(record), 0, len));
        }
        hmi_buf_fini(&out);
    }
}

/* ---- Into a casebook */

typedef struct house {
    char path[64];
    hmi_sink_options options;
    hmi_hit_sink *sink;
    hmi_store *store;
    hmi_arena arena;
    hm_err err;
} house;

static void open_house(house *h)
{
    memset(h, 0, sizeof(*h));
    snprintf(h->path, sizeof(h->path), "/tmp/hallmark-sighting-XXXXXX");
    CHECK(mkdtemp(h->path) != NULL);
    hmi_arena_init(&h->arena, 64 << 20);
    h->options.casebook = h->path;
    if (hmi_store_create(h->path, &h->err) != HM_OK ||
        hmi_sink_open("casebook:own", &h->options, &h->sink, &h->err) != HM_OK ||
        hmi_store_open(h->path, &(hmi_store_options){ .read_only = true }, &h->store, &h->err) !=
            HM_OK) {
        fail_msg("%s", h->err.text);
    }
}

static void close_house(house *h)
{
    char command[128];
    hmi_sink_close(h->sink);
    hmi_store_close(h->store);
    hmi_arena_fini(&h->arena);
    snprintf(command, sizeof(command), "rm -rf %s", h->path);
    CHECK_EQ(system(command), 0);
}

static void put(house *h, const hm_hit *m)
{
    hmi_watch_hit hit;
    hmi_watch_name(HM_TEXT("/var/log/a.log"), m, &hit);
    CHECK_EQ(hmi_sink_put(h->sink, &hit, HM_BYTES("{}\n"), 1416816000000000, &h->err), HM_OK);
}

static size_t count_of(house *h, const char *type)
{
    hmi_stored_object *objects;
    size_t count = 0;
    CHECK_EQ(hmi_objects_of_type(h->store, &h->arena, hmi_text_of(type), HM_TEXT(""), &objects,
                                 &count, &h->err),
             HM_OK);
    return count;
}

TEST(a_hit_is_kept_once)
{
    house h;
    open_house(&h);
    hm_hit one = hit_of("range", "45.77.0.0/16", HM_SEM_RANGE, "45.77.10.20");
    hm_hit two = one;
    hm_hit three = one;
    two.offset += 100;
    three.offset += 200;
    CHECK_EQ(hmi_sink_settle(h.sink, &h.err), HM_OK); /* nothing is no evidence */
    put(&h, &one);
    put(&h, &two);
    put(&h, &one);
    CHECK_EQ(hmi_sink_settle(h.sink, &h.err), HM_OK);
    CHECK_EQ(count_of(&h, "sighting"), 2);
    CHECK_EQ(count_of(&h, "indicator"), 1);
    put(&h, &two); /* as a killed run repeats, with new ones behind it */
    put(&h, &three);
    CHECK_EQ(hmi_sink_settle(h.sink, &h.err), HM_OK);
    put(&h, &three);
    CHECK_EQ(hmi_sink_settle(h.sink, &h.err), HM_OK);
    CHECK_EQ(count_of(&h, "sighting"), 3);
    CHECK_EQ(count_of(&h, "indicator"), 1);

    hmi_incident own;
    hmi_evidence *pieces;
    hmi_incident_trait *traits;
    size_t piece_count = 0;
    size_t trait_count = 0;
    CHECK_EQ(hmi_incident_find(h.store, &h.arena, HM_TEXT("own"), &own, &h.err), HM_OK);
    CHECK_EQ(hmi_evidence_list(h.store, &h.arena, own.id, &pieces, &piece_count, &h.err), HM_OK);
    CHECK_EQ(piece_count, 2);
    CHECK_EQ(hmi_incident_traits(h.store, &h.arena, own.id, &traits, &trait_count, &h.err), HM_OK);
    CHECK_EQ(trait_count, 1);
    CHECK_EQ(traits[0].class_id, HMI_ADDRESS);
    CHECK_TEXT(traits[0].value, "45.77.10.20");
    CHECK_EQ(traits[0].roles, 1u << HMI_ROLE_OBSERVED);
    CHECK_EQ(traits[0].count, 3);
    close_house(&h);
}

TEST(what_is_no_text_is_no_trait)
{
    house h;
    open_house(&h);
    hm_hit m = hit_of("mutex", "a\xff b", HM_SEM_FIELD, "a\xff b");
    put(&h, &m);
    CHECK_EQ(hmi_sink_settle(h.sink, &h.err), HM_OK);
    CHECK_EQ(count_of(&h, "sighting"), 1);
    close_house(&h);
}

TEST(no_casebook_and_no_incident)
{
    hmi_hit_sink *sink = NULL;
    hm_err err = { 0 };
    hmi_sink_options options = { .casebook = "/nonexistent/casebook" };
    CHECK_EQ(hmi_sink_open("casebook:own", &options, &sink, &err), HM_E_NOT_FOUND);
    CHECK(strstr(err.text, "hallmark init") != NULL);
    CHECK_EQ(hmi_sink_open("casebook:", &options, &sink, &err), HM_E_MISUSE);
    CHECK_EQ(hmi_sink_open("casebook:\xff", &options, &sink, &err), HM_E_MISUSE);
    options.casebook = NULL;
    CHECK_EQ(hmi_sink_open("casebook:own", &options, &sink, &err), HM_E_MISUSE);
    CHECK(sink == NULL);
}

RUN_TESTS()
