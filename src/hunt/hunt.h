/* SPDX-License-Identifier: Apache-2.0
 *
 * hunt.h - past records asked for new indicators, without reading most of them again.
 *
 *     hmi_indexer_new(&catalogue, &options, &indexer, err);
 *     hmi_indexer_file(indexer, "/var/log/squid/access.log", err);   what is new in it
 *     hmi_indexer_done(indexer, &sums, err);                         written; frees it
 *
 *     hmi_hunt(&catalogue, matcher, &options, &listener, &sums, err);
 *
 * The index says of each segment of records which observables it holds, and may say yes too often,
 * never too seldom. Segments that may hold an indicator are read again by the matcher, so a hunt
 * tells what a full pass over the same files would tell. What is not in the index (the end of a
 * file that grew, a file that changed) is read in full.
 */
#ifndef HMI_HUNT_HUNT_H
#define HMI_HUNT_HUNT_H

#include "hunt/catalogue.h"

enum {
    HMI_HUNT_SEGMENT = 64 << 20, /* bytes of records; a segment ends with a line */
    HMI_HUNT_DRAFT_SEGMENTS = 64 /* written at once */
};

typedef struct hmi_hunt_options {
    bool allow_weak_jail;
    uint64_t segment_bytes;   /* 0: HMI_HUNT_SEGMENT */
    const char *const *paths; /* hunt only in these files; NULL: in all that the index knows */
    size_t path_count;
} hmi_hunt_options;

typedef struct hmi_hunt_listener {
    void *with;
    int (*hit)(void *with, hm_text path, const hm_hit *hit, hm_err *err);
    hmi_hunt_notice *notice;       /* may be NULL */
    bool (*cancelled)(void *with); /* may be NULL */
} hmi_hunt_listener;

typedef struct hmi_index_sums {
    uint64_t files, bytes, lines, segments, crowded, index_bytes, unreadable;
} hmi_index_sums;

typedef struct hmi_indexer hmi_indexer;
int hmi_indexer_new(hmi_catalogue *catalogue, const hmi_hunt_options *options,
                    const hmi_hunt_listener *listener, hmi_indexer **ret_indexer, hm_err *err);
void hmi_indexer_free(hmi_indexer *indexer); /* gives up what was not written */
/* Whole lines behind what is indexed. An unreadable file is told and counted; only codes that end
 * the work are returned. */
int hmi_indexer_file(hmi_indexer *indexer, const char *path, hm_err *err);
int hmi_indexer_done(hmi_indexer *indexer, hmi_index_sums *ret_sums, hm_err *err);

typedef struct hmi_hunt_sums {
    uint64_t files, hits, segments, segments_read, unreadable;
    uint64_t bytes_indexed; /* of records that the index answers for */
    uint64_t bytes_read;    /* of records, again */
    uint64_t asked, passed; /* indicators, and those that some gate let through */
} hmi_hunt_sums;

/* Marks the segments that may hold an indicator of `set`. */
int hmi_hunt_ask(const hmi_catalogue *catalogue, const hm_matcher *set, hmi_placed *placed,
                 size_t count, hmi_hunt_sums *sums, hmi_hunt_notice *notice, void *with,
                 hm_err *err);
int hmi_hunt(const hmi_catalogue *catalogue, const hm_matcher *set, const hmi_hunt_options *options,
             const hmi_hunt_listener *listener, hmi_hunt_sums *ret_sums, hm_err *err);

#endif
