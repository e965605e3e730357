/* SPDX-License-Identifier: Apache-2.0
 *
 * unwrap.h - what a scanner looks through: UTF-16, base64.
 *
 * The records are taken a window at a time, ahead of the chunks. What is wrapped in them is written
 * out, a stretch a line, and scanned by a scanner of its own; its hits are told where the stretch
 * stands in the records.
 */
#ifndef HMI_MATCH_UNWRAP_H
#define HMI_MATCH_UNWRAP_H

#include "match/scan.h"

enum {
    HMI_UNWRAP_WINDOW = 1 << 20,      /* of records, then to the end of the line ... */
    HMI_UNWRAP_WINDOW_MAX = 16 << 20, /* ... or to here */
    HMI_WIDE_RUN_MIN = 4,             /* characters; fewer are no text */
    HMI_BASE64_RUN_MIN = 10           /* characters: the shortest address, without padding */
};

/* Where one piece of what was written out stood in the records. */
typedef struct hmi_stretch {
    size_t at, len;        /* in the text */
    size_t from, from_len; /* in the records */
    uint8_t how;           /* hm_unwrap bits */
} hmi_stretch;

typedef struct hmi_unwrapping {
    unsigned what;
    unsigned now; /* how the hit in hand was wrapped */
    hm_scanner *inner;
    size_t done; /* the records are unwrapped up to here */
    hmi_buf text, plain, found;
    hmi_stretch *stretches;
    size_t stretch_count, stretch_capacity;
    hmi_hit *hits; /* in order; those before `next` were handed over */
    size_t hit_count, hit_capacity, next;
    int bad; /* HM_E_MEMORY while gathering */
} hmi_unwrapping;

int hmi_unwrapping_new(const hm_scanner *outer, unsigned what, hmi_unwrapping **ret, hm_err *err);
void hmi_unwrapping_free(hmi_unwrapping *u); /* NULL is fine */
void hmi_unwrapping_begin(hmi_unwrapping *u);
/* Unwraps what is not yet unwrapped before `end`. */
int hmi_unwrap_until(hmi_unwrapping *u, hm_bytes records, size_t end, hm_err *err);
/* The next hit that begins before `end`, or NULL; `*ret_found` is what was found. */
const hmi_hit *hmi_unwrapped_next(hmi_unwrapping *u, size_t end, hm_text *ret_found);

#endif
