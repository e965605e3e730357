/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.h - records from files that grow, rotate and vanish; hits to whoever listens.
 *
 *     hmi_watch_new(matcher, &options, &listener, &watch, err);
 *     hmi_watch_add_path(watch, "/var/log/nginx/access.log", err);   a file, a folder or "-"
 *     hmi_watch_run(watch, err);       until cancelled, or to the end of what is there (once)
 *
 * After each batch of hits `settled` is called, then positions are written to the checkpoint: who
 * is killed between the two repeats that batch and loses none. Ids of hits depend on the record
 * alone, so a repeated hit is known by its id.
 */
#ifndef HMI_WATCH_WATCH_H
#define HMI_WATCH_WATCH_H

#include <hallmark/matcher.h>

#include "base/buf.h"
#include "watch/socket.h"

enum {
    HMI_WATCH_READ = 1 << 20,        /* bytes asked for at once */
    HMI_WATCH_RECORD_MAX = 16 << 20, /* a longer line is cut here, counted and said */
    HMI_WATCH_SOURCES_MAX = 4096,
    HMI_WATCH_POSITIONS_MAX = 65536, /* in a checkpoint: a topic has many */
    HMI_WATCH_HEAD = 256, /* bytes that tell a grown file from a new one of the same name */
    HMI_WATCH_PATH_MAX = 4096,
    HMI_BREAK_HITS = 1000, /* an indicator is broken off after so many hits ... */
    HMI_BREAK_PERCENT = 20 /* ... if they are so large a share of the lines since the first */
};

typedef struct hmi_watch_hit {
    const hm_hit *match;
    hm_text path; /* of the source, as given */
    char id[33];  /* 32 hexadecimal digits: the same record and indicator, the same id */
    char line_sha256[65];
    uint64_t times;   /* that this indicator has hit in this run; 0 = not counted */
    unsigned wrapped; /* hm_unwrap bits */
    hm_text benign_list, benign_value; /* what calls it harmless; empty = nothing does */
} hmi_watch_hit;

/* Names a hit: the same record at the same place of the same path has the same id. */
void hmi_watch_name(hm_text path, const hm_hit *match, hmi_watch_hit *ret_hit);

typedef struct hmi_watch_sums {
    uint64_t bytes, lines, hits, suppressed, long_lines, rotations, truncations, broken_off;
    uint64_t sources, unreadable, lost;
} hmi_watch_sums;

typedef struct hmi_watch_listener {
    void *with;
    int (*hit)(void *with, const hmi_watch_hit *hit, hm_err *err);
    /* Everything told so far must be where it belongs when this returns. */
    int (*settled)(void *with, hm_err *err);
    /* Something a person should know: a source vanished, an indicator was broken off. */
    void (*notice)(void *with, hm_text what, hm_text about);
    bool (*cancelled)(void *with);
    /* May be NULL. The set to use from now on; asked between two batches. The one before is not
     * used any more when it is asked again. */
    const hm_matcher *(*refresh)(void *with);
} hmi_watch_listener;

typedef struct hmi_watch_options {
    bool once;
    bool from_end;          /* of files met for the first time at the start, only what comes */
    const char *checkpoint; /* NULL: none is kept */
    uint32_t break_hits;    /* 0: HMI_BREAK_HITS */
    bool allow_weak_jail;   /* unpack without seccomp and Landlock too */
    unsigned unwrap;        /* hm_unwrap bits: what is looked through */
    hmi_socket_files tls;   /* of sockets that speak it */
    hm_text kafka_config;   /* lines of PROPERTY=VALUE */
} hmi_watch_options;

typedef struct hmi_watch hmi_watch;
int hmi_watch_new(const hm_matcher *matcher, const hmi_watch_options *options,
                  const hmi_watch_listener *listener, hmi_watch **ret_watch, hm_err *err);
void hmi_watch_free(hmi_watch *watch); /* NULL is fine */
int hmi_watch_add_path(hmi_watch *watch, const char *path, hm_err *err);
/* HM_OK, HM_E_CANCELLED, or what a listener or the checkpoint answered. */
int hmi_watch_run(hmi_watch *watch, hm_err *err);
void hmi_watch_sums_get(const hmi_watch *watch, hmi_watch_sums *ret_sums);

/* ---- breaker.c: an indicator that hits every line says nothing. */
typedef struct hmi_breaker hmi_breaker;
hmi_breaker *hmi_breaker_new(uint32_t hits); /* NULL without memory */
void hmi_breaker_free(hmi_breaker *breaker);
typedef enum hmi_break { HMI_BREAK_NO, HMI_BREAK_NOW, HMI_BREAK_BEFORE } hmi_break;
/* `key` is a hash of the indicator (sets are swapped, rows change), or HMI_BREAK_SOURCE plus one of
 * its feed. */
#define HMI_BREAK_SOURCE (1ull << 40)
/* How often that key has hit. */
uint64_t hmi_breaker_count(const hmi_breaker *breaker, uint64_t key);
hmi_break hmi_breaker_hit(hmi_breaker *breaker, uint64_t key, uint64_t lines);
/* A feed is broken off after HMI_BREAK_FEED times as many hits: not for one bad indicator. */
enum { HMI_BREAK_FEED = 10 };

/* ---- checkpoint.c: how far each source was read. */
typedef struct hmi_position {
    char path[HMI_WATCH_PATH_MAX];
    uint64_t device, inode, offset, lines;
    uint64_t head; /* hash of the first head_len bytes */
    uint32_t head_len;
} hmi_position;
/* A missing file is no position at all. */
int hmi_checkpoint_read(const char *path, hmi_position **ret, size_t *ret_count, hm_err *err);
int hmi_checkpoint_write(const char *path, const hmi_position *positions, size_t count,
                         hm_err *err);

/* ---- hit_json.c: one hit as one line of JSON in the fields of the Elastic Common Schema. */
void hmi_hit_json(hmi_buf *out, const hmi_watch_hit *hit, int64_t now_us);

#endif
