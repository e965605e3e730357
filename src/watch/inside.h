/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the parts of a watch share.
 *
 * watch.c runs and settles, sources.c knows names and files, reading.c takes bytes and lines,
 * hits.c decides which hits are told.
 */
#ifndef HMI_WATCH_INSIDE_H
#define HMI_WATCH_INSIDE_H

#include "jail/unpack.h"
#include "watch/kafka.h"
#include "watch/socket.h"
#include "watch/watch.h"

typedef struct hmi_source {
    char path[HMI_WATCH_PATH_MAX];
    int fd; /* -1: not there now */
    bool is_pipe, done;
    uint64_t device, inode;
    uint64_t offset; /* of the next byte to read */
    uint64_t head;
    uint32_t head_len;
    hmi_unpack *unpack; /* for compressed files */
    hmi_socket *socket; /* for records that are sent: is_pipe too */
    uint64_t lost;      /* of them, told already */
    hmi_kafka *kafka;   /* for topics: is_pipe too */
    hm_scanner *scanner;
    hmi_buf pending; /* behind the last line end */
} hmi_source;

struct hmi_watch {
    const hm_matcher *matcher;
    hmi_watch_options options;
    hmi_watch_listener listener;
    hmi_breaker *breaker;
    hmi_source **sources;
    size_t source_count;
    char **folders;
    size_t folder_count;
    hmi_position *kept;
    size_t kept_count;
    hmi_source *current;
    uint64_t current_lines; /* of that source, before the batch in hand */
    int inotify;
    bool started, moved;
    hmi_watch_sums sums;
};

/* ---- watch.c */
void hmi_watch_notice(hmi_watch *w, const char *what, hm_text about);
bool hmi_watch_cancelled(const hmi_watch *w);
/* What was told is where it belongs; then the positions are kept. */
int hmi_watch_settle(hmi_watch *w, hm_err *err);

/* Between two batches: the set to go on with. */
void hmi_watch_refresh(hmi_watch *w);

/* ---- sources.c */
int hmi_source_add_folder(hmi_watch *w, const char *folder, hm_err *err);
void hmi_source_open(hmi_watch *w, hmi_source *s);
void hmi_source_close(hmi_source *s);
void hmi_source_learn_head(hmi_source *s);
/* Did the file shrink, or was it replaced by another of the same name? Then from its beginning. */
void hmi_source_check(hmi_watch *w, hmi_source *s);
bool hmi_source_replaced(const hmi_source *s);

/* ---- reading.c: to the end of what is there; a file that was replaced is followed by its
 * successor. */
int hmi_source_pump(hmi_watch *w, hmi_source *s, hm_err *err);

/* ---- topics.c: Kafka's */
int hmi_topic_open(hmi_watch *w, hmi_source *s, hm_err *err);
int hmi_topic_pump(hmi_watch *w, hmi_source *s, hm_err *err);
/* The places of its partitions, hmi_kafka_parts() of them. */
void hmi_topic_positions(const hmi_source *s, hmi_position *ret_positions);

/* ---- hits.c */
int hmi_watch_scan(hmi_watch *w, hmi_source *s, hm_bytes records, hm_err *err);

#endif
