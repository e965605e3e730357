/* SPDX-License-Identifier: Apache-2.0
 *
 * sighting.h - one hit as STIX 2.1: the indicator that was seen, and that it was seen.
 */
#ifndef HMI_WATCH_SIGHTING_H
#define HMI_WATCH_SIGHTING_H

#include "trait/stix_id.h"
#include "watch/watch.h"

#define HMI_SIGHTING_EXTENSION "extension-definition--eb877185-05d0-4017-9769-0a4b0170a232"

enum { HMI_SIGHTING_LOOK_MAX = 65536 /* bytes of a record that are searched for its moment */ };

typedef struct hmi_sighting {
    char id[sizeof("sighting--") + HMI_UUID_TEXT];
    char indicator_id[sizeof("indicator--") + HMI_UUID_TEXT];
    bool own_indicator; /* its feed gave no STIX id: this program states it */
    int64_t seen_us;    /* what the record says, HMI_TIME_NONE when nothing */
} hmi_sighting;

/* The same hit has the same ids, in every run. */
void hmi_sighting_name(const hmi_watch_hit *hit, hmi_sighting *ret_sighting);
/* Appends the sighting, as one JSON object. */
void hmi_sighting_json(const hmi_watch_hit *hit, const hmi_sighting *sighting, int64_t now_us,
                       hmi_buf *out);
/* Appends the indicator of one whose feed gave none. */
void hmi_sighting_indicator(const hmi_watch_hit *hit, const hmi_sighting *sighting, int64_t now_us,
                            hmi_buf *out);
/* Appends who made them, and what the extension says: one JSON object each. */
void hmi_sighting_author(hmi_buf *out);
void hmi_sighting_extension(hmi_buf *out);
/* The first date and time with a zone in a record; HMI_TIME_NONE. */
int64_t hmi_sighting_moment(hm_bytes record);

#endif
