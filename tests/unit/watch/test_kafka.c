/* SPDX-License-Identifier: Apache-2.0
 *
 * test_kafka.c - topics watched, against the mock cluster of librdkafka: nothing lost, nothing told
 * under another id, wherever a run ends.
 */
#include "check.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

#include "base/error.h"
#include "watch/kafka.h"
#include "watch/watch.h"

enum { PARTITIONS = 3, MESSAGES = 300 };

typedef struct world {
    rd_kafka_t *producer;
    rd_kafka_mock_cluster_t *cluster;
    hm_matcher *matcher;
    char source[256], folder[64], checkpoint[128];
} world;

static hm_matcher *compile(void)
{
    hm_indicator indicator = { .kind = "address", .value = "45.77.10.20", .value_len = 11 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_err err = { 0 };
    CHECK_OK(hm_matcher_begin(NULL, &builder, &err));
    CHECK_OK(hm_matcher_add(builder, &indicator, &err));
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    return matcher;
}

static void open_world(world *w)
{
    char why[256];
    memset(w, 0, sizeof(*w));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    w->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    CHECK(w->producer != NULL);
    w->cluster = rd_kafka_mock_cluster_new(w->producer, 1);
    CHECK(w->cluster != NULL);
    CHECK_EQ(rd_kafka_mock_topic_create(w->cluster, "weblogs", PARTITIONS, 1), 0);
    const char *brokers = rd_kafka_mock_cluster_bootstraps(w->cluster);
    CHECK(rd_kafka_brokers_add(w->producer, brokers) > 0);
    snprintf(w->source, sizeof(w->source), "kafka:%s/weblogs", brokers);
    snprintf(w->folder, sizeof(w->folder), "/tmp/hallmark-kafka-XXXXXX");
    CHECK(mkdtemp(w->folder) != NULL);
    snprintf(w->checkpoint, sizeof(w->checkpoint), "%s/state", w->folder);
    w->matcher = compile();
}

static void close_world(world *w)
{
    (void)unlink(w->checkpoint);
    (void)rmdir(w->folder);
    hm_matcher_free(w->matcher);
    rd_kafka_mock_cluster_destroy(w->cluster);
    rd_kafka_destroy(w->producer);
}

static void produce(world *w, int from, int to)
{
    for (int i = from; i < to; i++) {
        char text[64];
        snprintf(text, sizeof(text), i % 3 == 0 ? "m%d 45.77.10.20" : "m%d says nothing", i);
        size_t len = i % 50 == 49 ? 0 : strlen(text); /* some are empty */
        CHECK_EQ(rd_kafka_producev(w->producer, RD_KAFKA_V_TOPIC("weblogs"),
                                   RD_KAFKA_V_PARTITION(i % PARTITIONS),
                                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                   RD_KAFKA_V_VALUE(len == 0 ? NULL : text, len), RD_KAFKA_V_END),
                 RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    CHECK_EQ(rd_kafka_flush(w->producer, 30000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* Which messages were told, how often, and under which ids. */
typedef struct told {
    unsigned count, times[MESSAGES];
    char ids[MESSAGES][33];
    char last_path[HMI_WATCH_PATH_MAX];
    unsigned fail_at; /* the receiver stops taking hits after so many, 0 = never */
} told;

static int on_hit(void *with, const hmi_watch_hit *hit, hm_err *err)
{
    told *t = with;
    int number = atoi((const char *)hit->match->record.ptr + 1);
    (void)err;
    CHECK(number >= 0 && number < MESSAGES && number % 3 == 0);
    t->count++;
    t->times[number]++;
    if (t->ids[number][0] != '\0') {
        CHECK_TEXT(hmi_text_of(hit->id), t->ids[number]);
    }
    memcpy(t->ids[number], hit->id, sizeof(hit->id));
    memcpy(t->last_path, hit->path.ptr, hit->path.len);
    t->last_path[hit->path.len] = '\0';
    return HM_OK;
}

static int on_settled(void *with, hm_err *err)
{
    told *t = with;
    return t->fail_at != 0 && t->count >= t->fail_at
               ? hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the receiver is gone")
               : HM_OK;
}

static int run(world *w, told *t, bool from_end)
{
    hm_err err = { 0 };
    hmi_watch *watch = NULL;
    hmi_watch_options options = {
        .once = true, .from_end = from_end, .checkpoint = w->checkpoint, .break_hits = 1000000
    };
    hmi_watch_listener listener = { .with = t, .hit = on_hit, .settled = on_settled };
    CHECK_OK(hmi_watch_new(w->matcher, &options, &listener, &watch, &err));
    CHECK_OK(hmi_watch_add_path(watch, w->source, &err));
    int code = hmi_watch_run(watch, &err);
    hmi_watch_sums sums;
    hmi_watch_sums_get(watch, &sums);
    CHECK_EQ(sums.unreadable, 0);
    hmi_watch_free(watch);
    return code;
}

TEST(a_topic_is_read_once)
{
    world w;
    static told t;
    open_world(&w);
    produce(&w, 0, MESSAGES / 2);
    CHECK_EQ(run(&w, &t, false), HM_OK);
    unsigned half = t.count;
    CHECK(half > 40);
    CHECK(strncmp(t.last_path, w.source, strlen(w.source)) == 0);
    CHECK(strchr(t.last_path, '@') != NULL);
    CHECK_EQ(run(&w, &t, false), HM_OK); /* nothing new */
    CHECK_EQ(t.count, half);
    produce(&w, MESSAGES / 2, MESSAGES);
    CHECK_EQ(run(&w, &t, false), HM_OK);
    for (unsigned i = 0; i < MESSAGES; i++) {
        CHECK_EQ(t.times[i], i % 3 == 0 && i % 50 != 49);
    }
    close_world(&w);
}

TEST(what_was_not_taken_comes_again_under_the_same_ids)
{
    world w;
    static told t;
    open_world(&w);
    produce(&w, 0, MESSAGES);
    t.fail_at = 1;
    CHECK_EQ(run(&w, &t, false), HM_E_IO);
    CHECK(t.count > 0);
    t.fail_at = 0;
    CHECK_EQ(run(&w, &t, false), HM_OK);
    for (unsigned i = 0; i < MESSAGES; i++) {
        CHECK_EQ(t.times[i], i % 3 == 0 && i % 50 != 49 ? 2 : 0);
    }
    close_world(&w);
}

TEST(only_what_comes_from_now_on)
{
    world w;
    hm_err err = { 0 };
    hmi_kafka *k = NULL;
    hmi_kafka_message message;
    const char *trouble = NULL;
    uint64_t next;
    open_world(&w);
    produce(&w, 0, 90);
    CHECK_OK(hmi_kafka_new(w.source, HM_TEXT("# none\n client.id = hallmark \n"), &k, &err));
    CHECK_EQ(hmi_kafka_parts(k), PARTITIONS);
    for (size_t i = 0; i < PARTITIONS; i++) {
        hmi_kafka_seek_end(k, i);
        CHECK_EQ(hmi_kafka_part(k, i, &next), i);
        CHECK_EQ(next, 30);
    }
    produce(&w, 90, 91);
    hmi_kafka_took took = HMI_KAFKA_NOTHING;
    for (unsigned i = 0; i < 100 && took != HMI_KAFKA_MESSAGE; i++) {
        took = hmi_kafka_take(k, 100, &message, &trouble);
    }
    CHECK_EQ(took, HMI_KAFKA_MESSAGE);
    CHECK_EQ(message.offset, 30);
    CHECK(hmi_bytes_eq(message.record, HM_BYTES("m90 45.77.10.20")));
    hmi_kafka_free(k);
    close_world(&w);
}

/* A checkpoint that is older than what the topic keeps, or of another topic of that name. */
TEST(a_place_that_is_no_more)
{
    world w;
    hm_err err = { 0 };
    hmi_kafka *k = NULL;
    hmi_kafka_message message;
    const char *trouble = NULL;
    bool told_so = false;
    open_world(&w);
    produce(&w, 0, 1);
    CHECK_OK(hmi_kafka_new(w.source, HM_TEXT(""), &k, &err));
    hmi_kafka_seek(k, 0, 1000000);
    hmi_kafka_took took = HMI_KAFKA_NOTHING;
    for (unsigned i = 0; i < 100 && took != HMI_KAFKA_MESSAGE; i++) {
        took = hmi_kafka_take(k, 100, &message, &trouble);
        told_so = told_so || (took == HMI_KAFKA_TROUBLE && strstr(trouble, "partition 0") != NULL);
    }
    CHECK(told_so);
    CHECK_EQ(took, HMI_KAFKA_MESSAGE);
    CHECK_EQ(message.offset, 0);
    hmi_kafka_free(k);
    close_world(&w);
}

TEST(what_is_no_topic)
{
    static const char *const NAMES[] = { "kafka:", "kafka:a:1", "kafka:/t", "kafka:a:1/" };
    static const char *const CONFIGS[] = { "no equals sign", "no.such.property=1", "= value",
                                           "plugin.library.paths=/tmp/x.so" };
    world w;
    hmi_kafka *k = NULL;
    hm_err err = { 0 };
    open_world(&w);
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        CHECK(hmi_kafka_is(NAMES[i]));
        CHECK_EQ(hmi_kafka_new(NAMES[i], HM_TEXT(""), &k, &err), HM_E_MISUSE);
    }
    for (size_t i = 0; i < HMI_COUNT(CONFIGS); i++) {
        int code = hmi_kafka_new(w.source, hmi_text_of(CONFIGS[i]), &k, &err);
        CHECK(code == HM_E_MISUSE || code == HM_E_DENIED);
    }
    CHECK(k == NULL);
    close_world(&w);
}

RUN_TESTS()
