/* SPDX-License-Identifier: Apache-2.0
 *
 * kafka.h - records out of a topic of Kafka.
 *
 * FORM   "kafka:BROKER:PORT[,BROKER:PORT]/TOPIC". Each message is a record of its own; its key and
 *        its headers are not looked at. No group of consumers: all partitions that there are when
 *        it begins, from where the caller says.
 * TRUST  Whoever may write to the topic writes records. Memory is bounded by what is fetched ahead.
 */
#ifndef HMI_WATCH_KAFKA_H
#define HMI_WATCH_KAFKA_H

#include "base/bytes.h"

enum {
    HMI_KAFKA_PARTITIONS_MAX = 1024,
    HMI_KAFKA_AHEAD_MAX_KB = 16384, /* fetched ahead of what was scanned */
    HMI_KAFKA_PATIENCE_MS = 10000   /* for brokers to answer at the beginning */
};

typedef struct hmi_kafka hmi_kafka;

typedef struct hmi_kafka_message {
    hm_bytes record; /* until the next take */
    size_t part;     /* index of its partition */
    uint64_t offset;
} hmi_kafka_message;

typedef enum hmi_kafka_took {
    HMI_KAFKA_MESSAGE,
    HMI_KAFKA_NOTHING, /* for now */
    HMI_KAFKA_END,     /* with `once`: each partition was read to what was its end */
    HMI_KAFKA_TROUBLE  /* a sentence; it goes on */
} hmi_kafka_took;

bool hmi_kafka_is(const char *name);
/* Asks the brokers which partitions there are. `config` holds lines of PROPERTY=VALUE for
 * librdkafka; may be empty. HM_E_UNSUPPORTED when the program was built without it. */
int hmi_kafka_new(const char *name, hm_text config, hmi_kafka **ret_kafka, hm_err *err);
void hmi_kafka_free(hmi_kafka *kafka); /* NULL is fine */
size_t hmi_kafka_parts(const hmi_kafka *kafka);
/* The partition's number, and the offset of the message that comes next. */
int32_t hmi_kafka_part(const hmi_kafka *kafka, size_t part, uint64_t *ret_next);
/* Before the first take. Without it a partition is read from the oldest message there is. */
void hmi_kafka_seek(hmi_kafka *kafka, size_t part, uint64_t next);
void hmi_kafka_seek_end(hmi_kafka *kafka, size_t part);
/* Waits up to `wait_ms`. A message counts as read when it was taken. */
hmi_kafka_took hmi_kafka_take(hmi_kafka *kafka, int wait_ms, hmi_kafka_message *ret_message,
                              const char **ret_trouble);
/* Readable when something is there. */
int hmi_kafka_fd(const hmi_kafka *kafka);

#endif
