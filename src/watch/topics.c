/* SPDX-License-Identifier: Apache-2.0
 *
 * topics.c - a topic of Kafka as a source: where it begins, and message after message.
 *
 * WHY    A message is a record with a name of its own, SOURCE/PARTITION@OFFSET, which is what the
 *        ids of its hits are made of: whoever reads it again finds the same ids. Positions are kept
 *        a partition, under SOURCE/PARTITION, in the same checkpoint as those of files.
 * TRUST  Messages are anybody's. OWNS   Nothing but the source's own.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "watch/inside.h"

enum { MESSAGES_AT_ONCE = 4096, WAIT_ONCE_MS = 100, PATIENCE_ONCE = 300 /* of such waits */ };

/* The room behind the name, for "/PARTITION@OFFSET". */
enum { PLACE_MAX = 40 };

static void name_part(const hmi_source *s, size_t part, char ret[HMI_WATCH_PATH_MAX],
                      uint64_t *ret_next)
{
    int32_t number = hmi_kafka_part(s->kafka, part, ret_next);
    (void)snprintf(ret, HMI_WATCH_PATH_MAX, "%.*s/%" PRId32, HMI_WATCH_PATH_MAX - PLACE_MAX,
                   s->path, number);
}

int hmi_topic_open(hmi_watch *w, hmi_source *s, hm_err *err)
{
    if (strlen(s->path) + PLACE_MAX >= sizeof(s->path)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the name of a topic is too long");
    }
    HMI_TRY(hmi_kafka_new(s->path, w->options.kafka_config, &s->kafka, err));
    for (size_t i = 0; i < hmi_kafka_parts(s->kafka); i++) {
        char name[HMI_WATCH_PATH_MAX];
        uint64_t next;
        bool kept = false;
        name_part(s, i, name, &next);
        for (size_t k = 0; k < w->kept_count && !kept; k++) {
            kept = strcmp(w->kept[k].path, name) == 0;
            if (kept) {
                hmi_kafka_seek(s->kafka, i, w->kept[k].offset);
            }
        }
        if (!kept && w->options.from_end) {
            hmi_kafka_seek_end(s->kafka, i);
        }
    }
    return HM_OK;
}

void hmi_topic_positions(const hmi_source *s, hmi_position *ret_positions)
{
    for (size_t i = 0; i < hmi_kafka_parts(s->kafka); i++) {
        ret_positions[i] = (hmi_position){ 0 };
        name_part(s, i, ret_positions[i].path, &ret_positions[i].offset);
    }
}

static int scan_message(hmi_watch *w, hmi_source *s, const hmi_kafka_message *m, hm_err *err)
{
    uint64_t next;
    size_t len = strlen(s->path);
    int32_t number = hmi_kafka_part(s->kafka, m->part, &next);
    (void)snprintf(s->path + len, sizeof(s->path) - len, "/%" PRId32 "@%" PRIu64, number,
                   m->offset);
    hm_scanner_seek(s->scanner, 0, 0);
    int code = hmi_watch_scan(w, s, m->record, err);
    s->path[len] = '\0';
    w->moved = true; /* past an empty message, too */
    return code;
}

/* What is there, for a while; with `once`, all there was when it began. */
int hmi_topic_pump(hmi_watch *w, hmi_source *s, hm_err *err)
{
    unsigned idle = 0;
    for (size_t n = 1; !s->done && !hmi_watch_cancelled(w); n++) {
        hmi_kafka_message message;
        const char *trouble = NULL;
        hmi_kafka_took took =
            hmi_kafka_take(s->kafka, w->options.once ? WAIT_ONCE_MS : 0, &message, &trouble);
        if (took == HMI_KAFKA_MESSAGE) {
            idle = 0;
            HMI_TRY(scan_message(w, s, &message, err));
        } else if (took == HMI_KAFKA_TROUBLE) {
            hmi_watch_notice(w, trouble, hmi_text_of(s->path));
        } else if (took == HMI_KAFKA_END && w->options.once) {
            s->done = true;
        }
        if (w->options.once && took != HMI_KAFKA_MESSAGE && ++idle >= PATIENCE_ONCE) {
            hmi_watch_notice(w, "its brokers do not give what there is", hmi_text_of(s->path));
            w->sums.unreadable++;
            s->done = true;
        }
        if (n % MESSAGES_AT_ONCE == 0) {
            HMI_TRY(hmi_watch_settle(w, err));
            hmi_watch_refresh(w);
        }
        bool dry = took == HMI_KAFKA_NOTHING || took == HMI_KAFKA_END;
        if (!w->options.once && (dry || n >= (size_t)16 * MESSAGES_AT_ONCE)) {
            break; /* other sources have their turn */
        }
    }
    return hmi_watch_settle(w, err);
}
