/* SPDX-License-Identifier: Apache-2.0
 *
 * kafka_none.c - what is said of topics by a program that was built without librdkafka.
 */
#include <string.h>

#include "base/error.h"
#include "watch/kafka.h"

bool hmi_kafka_is(const char *name)
{
    return strncmp(name, "kafka:", 6) == 0;
}

int hmi_kafka_new(const char *name, hm_text config, hmi_kafka **ret_kafka, hm_err *err)
{
    (void)name;
    (void)config;
    (void)ret_kafka;
    return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE,
                    "this program was built without librdkafka and reads no topics of Kafka");
}

void hmi_kafka_free(hmi_kafka *kafka)
{
    hmi_assert(kafka == NULL);
}

/* Nobody has one to ask these about. */
size_t hmi_kafka_parts(const hmi_kafka *kafka)
{
    (void)kafka;
    hmi_assert(false);
    return 0;
}

int32_t hmi_kafka_part(const hmi_kafka *kafka, size_t part, uint64_t *ret_next)
{
    (void)part;
    *ret_next = hmi_kafka_parts(kafka);
    return 0;
}

void hmi_kafka_seek(hmi_kafka *kafka, size_t part, uint64_t next)
{
    (void)part;
    (void)next;
    (void)hmi_kafka_parts(kafka);
}

void hmi_kafka_seek_end(hmi_kafka *kafka, size_t part)
{
    hmi_kafka_seek(kafka, part, 0);
}

hmi_kafka_took hmi_kafka_take(hmi_kafka *kafka, int wait_ms, hmi_kafka_message *ret_message,
                              const char **ret_trouble)
{
    (void)wait_ms;
    (void)ret_message;
    (void)ret_trouble;
    (void)hmi_kafka_parts(kafka);
    return HMI_KAFKA_NOTHING;
}

int hmi_kafka_fd(const hmi_kafka *kafka)
{
    (void)hmi_kafka_parts(kafka);
    return -1;
}
