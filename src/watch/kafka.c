/* SPDX-License-Identifier: Apache-2.0
 *
 * kafka.c - records out of a topic of Kafka, by librdkafka.
 *
 * WHY    Where logs are shipped through Kafka, that is where they are all together. Positions are
 *        the caller's, in the same checkpoint as those of files, written after the hits are where
 *        they belong: a group of consumers, with positions of its own on the brokers, would be a
 *        second truth.
 * TRUST  Brokers are who the name and the certificates say; messages are anybody's.
 * OWNS   The consumer, the message in hand, and the event descriptor.
 */
#include "watch/kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

typedef struct partition {
    int32_t number;
    uint64_t oldest, end, next;
} partition;

struct hmi_kafka {
    rd_kafka_t *client;
    char topic[256];
    partition *parts;
    size_t part_count;
    rd_kafka_message_t *message;
    int event;
    bool begun;
    char trouble[256]; /* to tell; "" = none */
};

bool hmi_kafka_is(const char *name)
{
    return strncmp(name, "kafka:", 6) == 0;
}

/* ---- Beginning */

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client;
    (void)level;
    (void)facility;
    (void)text; /* what matters comes as an error */
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *user)
{
    hmi_kafka *k = user;
    (void)client;
    (void)snprintf(k->trouble, sizeof(k->trouble), "%.60s: %.180s",
                   rd_kafka_err2str((rd_kafka_resp_err_t)code), reason);
}

static int set(rd_kafka_conf_t *conf, const char *property, const char *value, hm_err *err)
{
    char why[256];
    return rd_kafka_conf_set(conf, property, value, why, sizeof(why)) == RD_KAFKA_CONF_OK
               ? HM_OK
               : hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "Kafka's \"%.80s\": %.180s", property,
                          why);
}

/* One line, "property=value"; blanks around both do not count. */
static int set_line(rd_kafka_conf_t *conf, hm_text line, hm_err *err)
{
    char property[128];
    char value[1024];
    line = hmi_text_trim(line);
    if (line.len == 0 || line.ptr[0] == '#') {
        return HM_OK;
    }
    size_t equals = hmi_find_byte(hmi_text_bytes(line), '=');
    hm_text left = hmi_text_trim(hmi_text_slice(line, 0, equals));
    hm_text right = equals == HMI_NPOS ? hmi_text(NULL, 0)
                                       : hmi_text_trim(hmi_text_slice(line, equals + 1, line.len));
    if (equals == HMI_NPOS || left.len == 0 || left.len >= sizeof(property) ||
        right.len >= sizeof(value)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "Kafka's settings are lines of PROPERTY=VALUE");
    }
    if (hmi_text_is(left, "plugin.library.paths")) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE, "plugins of librdkafka are not loaded");
    }
    (void)snprintf(property, sizeof(property), "%.*s", HMI_FMT(left));
    (void)snprintf(value, sizeof(value), "%.*s", HMI_FMT(right));
    return set(conf, property, value, err);
}

static int configure(hmi_kafka *k, rd_kafka_conf_t *conf, hm_text brokers, hm_text config,
                     hm_err *err)
{
    char text[1024];
    char ahead[16];
    if (brokers.len == 0 || brokers.len >= sizeof(text)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a topic is named kafka:BROKER:PORT/TOPIC");
    }
    hm_bytes rest = hmi_text_bytes(config);
    hm_bytes line;
    while (hmi_next_line(&rest, &line)) {
        HMI_TRY(set_line(conf, hmi_text((const char *)line.ptr, line.len), err));
    }
    (void)snprintf(text, sizeof(text), "%.*s", HMI_FMT(brokers));
    (void)snprintf(ahead, sizeof(ahead), "%d", HMI_KAFKA_AHEAD_MAX_KB);
    HMI_TRY(set(conf, "bootstrap.servers", text, err));
    HMI_TRY(set(conf, "group.id", "hallmark", err)); /* asked for, never joined */
    HMI_TRY(set(conf, "enable.auto.commit", "false", err));
    HMI_TRY(set(conf, "enable.auto.offset.store", "false", err));
    HMI_TRY(set(conf, "auto.offset.reset", "error", err));
    HMI_TRY(set(conf, "allow.auto.create.topics", "false", err));
    HMI_TRY(set(conf, "queued.max.messages.kbytes", ahead, err));
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_opaque(conf, k);
    return HM_OK;
}

static int refuse(hm_err *err, const hmi_kafka *k, rd_kafka_resp_err_t code)
{
    return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "Kafka's topic \"%.80s\" cannot be read: %.200s",
                    k->topic, k->trouble[0] != '\0' ? k->trouble : rd_kafka_err2str(code));
}

static int read_parts(hmi_kafka *k, const struct rd_kafka_metadata_topic *topic, hm_err *err)
{
    if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR || topic->partition_cnt <= 0) {
        return refuse(err, k,
                      topic->err != RD_KAFKA_RESP_ERR_NO_ERROR ? topic->err
                                                               : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC);
    }
    if (topic->partition_cnt > HMI_KAFKA_PARTITIONS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "Kafka's topic \"%.80s\" has %d partitions; %d are the most", k->topic,
                        topic->partition_cnt, HMI_KAFKA_PARTITIONS_MAX);
    }
    k->part_count = (size_t)topic->partition_cnt;
    k->parts = calloc(k->part_count, sizeof(*k->parts));
    if (k->parts == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for Kafka's partitions");
    }
    for (size_t i = 0; i < k->part_count; i++) {
        int64_t oldest = 0;
        int64_t end = 0;
        k->parts[i].number = topic->partitions[i].id;
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
            k->client, k->topic, k->parts[i].number, &oldest, &end, HMI_KAFKA_PATIENCE_MS);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return refuse(err, k, code);
        }
        k->parts[i].oldest = k->parts[i].next = (uint64_t)oldest;
        k->parts[i].end = (uint64_t)end;
    }
    return HM_OK;
}

static int ask_parts(hmi_kafka *k, hm_err *err)
{
    const struct rd_kafka_metadata *answer = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(k->client, k->topic, NULL);
    if (topic == NULL) {
        return refuse(err, k, rd_kafka_last_error());
    }
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(k->client, 0, topic, &answer, HMI_KAFKA_PATIENCE_MS);
    (void)rd_kafka_poll(k->client, 0); /* what it has to say about that */
    int result = code != RD_KAFKA_RESP_ERR_NO_ERROR || answer->topic_cnt != 1
                     ? refuse(err, k, code)
                     : read_parts(k, &answer->topics[0], err);
    if (answer != NULL) {
        rd_kafka_metadata_destroy(answer);
    }
    rd_kafka_topic_destroy(topic);
    return result;
}

static int open_client(hmi_kafka *k, const char *name, hm_text config, hm_err *err)
{
    char why[256];
    const char *rest = name + 6;
    const char *slash = strrchr(rest, '/');
    hm_text brokers = hmi_text(rest, slash == NULL ? 0 : (size_t)(slash - rest));
    if (slash == NULL || slash[1] == '\0' || strlen(slash + 1) >= sizeof(k->topic)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a topic is named kafka:BROKER:PORT/TOPIC");
    }
    memcpy(k->topic, slash + 1, strlen(slash + 1));
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int code = configure(k, conf, brokers, config, err);
    if (code != HM_OK) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    k->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
    if (k->client == NULL) {
        rd_kafka_conf_destroy(conf);
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "Kafka: %.200s", why);
    }
    HMI_TRY(ask_parts(k, err));
    rd_kafka_poll_set_consumer(k->client);
    k->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (k->event < 0) {
        return hmi_fail_errno(err, "no descriptor to wait for Kafka with");
    }
    uint64_t one = 1;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(k->client);
    rd_kafka_queue_io_event_enable(queue, k->event, &one, sizeof(one));
    rd_kafka_queue_destroy(queue);
    return HM_OK;
}

int hmi_kafka_new(const char *name, hm_text config, hmi_kafka **ret_kafka, hm_err *err)
{
    hmi_kafka *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for Kafka");
    }
    k->event = -1;
    int code = open_client(k, name, config, err);
    if (code != HM_OK) {
        hmi_kafka_free(k);
        return code;
    }
    *ret_kafka = k;
    return HM_OK;
}

void hmi_kafka_free(hmi_kafka *k)
{
    if (k == NULL) {
        return;
    }
    if (k->message != NULL) {
        rd_kafka_message_destroy(k->message);
    }
    if (k->client != NULL) {
        (void)rd_kafka_consumer_close(k->client);
        rd_kafka_destroy(k->client);
    }
    if (k->event >= 0) {
        close(k->event);
    }
    free(k->parts);
    free(k);
}

/* ---- Places */

size_t hmi_kafka_parts(const hmi_kafka *k)
{
    return k->part_count;
}

int32_t hmi_kafka_part(const hmi_kafka *k, size_t part, uint64_t *ret_next)
{
    hmi_assert(part < k->part_count);
    *ret_next = k->parts[part].next;
    return k->parts[part].number;
}

void hmi_kafka_seek(hmi_kafka *k, size_t part, uint64_t next)
{
    hmi_assert(part < k->part_count && !k->begun);
    k->parts[part].next = next;
}

void hmi_kafka_seek_end(hmi_kafka *k, size_t part)
{
    hmi_kafka_seek(k, part, k->parts[part].end);
}

int hmi_kafka_fd(const hmi_kafka *k)
{
    return k->event;
}

/* ---- Taking */

static rd_kafka_resp_err_t assign(hmi_kafka *k)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)k->part_count);
    for (size_t i = 0; i < k->part_count; i++) {
        rd_kafka_topic_partition_list_add(list, k->topic, k->parts[i].number)->offset =
            (int64_t)k->parts[i].next;
    }
    rd_kafka_resp_err_t code = rd_kafka_assign(k->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static partition *part_of(hmi_kafka *k, int32_t number)
{
    for (size_t i = 0; i < k->part_count; i++) {
        if (k->parts[i].number == number) {
            return &k->parts[i];
        }
    }
    return NULL;
}

/* What the topic's retention deleted before it was read. */
static void go_on_with_oldest(hmi_kafka *k, partition *p)
{
    int64_t oldest = 0;
    int64_t end = 0;
    if (rd_kafka_query_watermark_offsets(k->client, k->topic, p->number, &oldest, &end,
                                         HMI_KAFKA_PATIENCE_MS) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    p->next = (uint64_t)oldest;
    (void)assign(k);
    (void)snprintf(k->trouble, sizeof(k->trouble),
                   "partition %d has not the message that was to come next any more (or never "
                   "had): read from its oldest on",
                   (int)p->number);
}

static bool at_end(const hmi_kafka *k)
{
    for (size_t i = 0; i < k->part_count; i++) {
        if (k->parts[i].next < k->parts[i].end) {
            return false;
        }
    }
    return true;
}

static hmi_kafka_took trouble_or(hmi_kafka *k, hmi_kafka_took otherwise, const char **ret_trouble)
{
    static __thread char told[sizeof(k->trouble)];
    if (k->trouble[0] == '\0') {
        return otherwise;
    }
    memcpy(told, k->trouble, sizeof(told));
    k->trouble[0] = '\0';
    *ret_trouble = told;
    return HMI_KAFKA_TROUBLE;
}

hmi_kafka_took hmi_kafka_take(hmi_kafka *k, int wait_ms, hmi_kafka_message *ret_message,
                              const char **ret_trouble)
{
    uint64_t events;
    if (!k->begun) {
        k->begun = true;
        if (assign(k) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            (void)snprintf(k->trouble, sizeof(k->trouble), "its partitions cannot be taken");
        }
    }
    if (k->message != NULL) {
        rd_kafka_message_destroy(k->message);
    }
    (void)!read(k->event, &events, sizeof(events));
    k->message = rd_kafka_consumer_poll(k->client, wait_ms);
    if (k->message == NULL) {
        return trouble_or(k, at_end(k) ? HMI_KAFKA_END : HMI_KAFKA_NOTHING, ret_trouble);
    }
    partition *p = part_of(k, k->message->partition);
    if (k->message->err == RD_KAFKA_RESP_ERR_NO_ERROR && p != NULL) {
        p->next = (uint64_t)k->message->offset + 1;
        *ret_message = (hmi_kafka_message){ .record = { k->message->payload, k->message->len },
                                            .part = (size_t)(p - k->parts),
                                            .offset = (uint64_t)k->message->offset };
        return HMI_KAFKA_MESSAGE;
    }
    if (k->message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && p != NULL) {
        go_on_with_oldest(k, p);
    } else {
        on_error(k->client, k->message->err, rd_kafka_message_errstr(k->message), k);
    }
    return trouble_or(k, HMI_KAFKA_NOTHING, ret_trouble);
}
