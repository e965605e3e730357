/* SPDX-License-Identifier: Apache-2.0
 *
 * time.h - moments with how sure we are of them.
 *
 * A moment is microseconds since 1970-01-01T00:00:00Z (proleptic Gregorian, leap seconds folded
 * into the next second as POSIX does), 0001-01-01 to 9999-12-31. Records often leave out the zone
 * or the year; then somebody assumed it, and the moment says so.
 */
#ifndef HMI_BASE_TIME_H
#define HMI_BASE_TIME_H

#include "base/buf.h"
#include "base/bytes.h"

#define HMI_TIME_NONE INT64_MIN

typedef enum hmi_time_trust {
    HMI_TIME_EXACT = 0,        /* zone was given */
    HMI_TIME_ZONE_ASSUMED = 1, /* no zone in the record */
    HMI_TIME_YEAR_ASSUMED = 2  /* no year in the record (may be or-ed with ZONE_ASSUMED) */
} hmi_time_trust;

typedef struct hmi_instant {
    int64_t us;           /* UTC microseconds, HMI_TIME_NONE = unknown */
    int16_t zone_minutes; /* offset east of UTC that the record had */
    uint8_t trust;        /* hmi_time_trust bits */
    uint8_t digits;       /* fractional digits given, 0..9 (more than 6 are cut) */
} hmi_instant;

#define HMI_INSTANT_NONE ((hmi_instant){ .us = HMI_TIME_NONE })

typedef struct hmi_civil {
    int32_t year;
    uint8_t month, day, hour, minute, second;
    uint32_t us;
} hmi_civil;

/* False when the fields are no real date and time (30 February, hour 24). Second 60 is taken as
 * 59.999999. */
bool hmi_civil_to_us(const hmi_civil *civil, int16_t zone_minutes, int64_t *ret_us);
hmi_civil hmi_us_to_civil(int64_t us);

/* RFC 3339 ("2014-11-24T08:00:00.5+09:00", 't', 'z', a space for 'T' and "+0900"
 * accepted). The whole text must be it. Without a zone: accepted with ZONE_ASSUMED at UTC. */
bool hmi_time_parse_rfc3339(hm_text text, hmi_instant *ret);
/* Same, and takes only a prefix: *ret_used says how much. What stands behind must not go on as a
 * number or half a zone would ("...:00+09"): then false, rather than a wrong moment. */
bool hmi_time_parse_rfc3339_prefix(hm_text text, hmi_instant *ret, size_t *ret_used);
/* "24/Nov/2014:08:00:00 +0900" (Apache). */
bool hmi_time_parse_clf(hm_text text, hmi_instant *ret);
/* "Nov 24 08:00:00" (RFC 3164): the year is the one that puts it nearest before `context_us` + 1
 * day. False when the context is HMI_TIME_NONE. */
bool hmi_time_parse_rfc3164(hm_text text, int64_t context_us, hmi_instant *ret, size_t *ret_used);

/* "2014-11-24T08:00:00Z", with the shortest fraction of 3 or 6 digits when there is one.
 * HMI_TIME_NONE writes nothing; what lies outside the years 1 to 9999 is written as the nearest
 * moment inside. */
void hmi_buf_add_time(hmi_buf *buf, int64_t us);
/* STIX 2.1 timestamp: the same, always with at least milliseconds ("...:00.000Z"). */
void hmi_buf_add_stix_time(hmi_buf *buf, int64_t us);

/* The clock. Only outer rooms may ask it; formats/ and code/ never do. */
int64_t hmi_now_us(void);
/* Monotonic, for durations. */
int64_t hmi_clock_us(void);

#endif
