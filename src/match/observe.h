/* SPDX-License-Identifier: Apache-2.0
 *
 * observe.h - everything in records that any indicator could be: what an index of records holds.
 *
 *     hmi_observer_new(seen, with, &observer, err);
 *     hmi_observer_scan(observer, records, err);      whole lines
 *     hmi_observer_free(observer);
 *
 * The same anchors and checks as a scan, with every gate open; where a scan would ask its set for
 * an address, a name, a digest, a file name or a field, the observer is told instead. So what a
 * scan can hit, an observer has seen: a URL or a mail address through its host, a range through the
 * addresses inside it. A value may be told many times.
 */
#ifndef HMI_MATCH_OBSERVE_H
#define HMI_MATCH_OBSERVE_H

#include "base/bytes.h"

typedef enum hmi_seen_kind {
    HMI_SEEN_ADDRESS, /* 16 bytes, IPv4 mapped */
    HMI_SEEN_NAME,    /* a canonical host name */
    HMI_SEEN_FILE,    /* hmi_file_tail of a name with an extension, as spelled */
    HMI_SEEN_HASH,    /* digits in lower case */
    HMI_SEEN_FIELD    /* hmi_field_tail of a field, as spelled */
} hmi_seen_kind;
typedef void hmi_seen_fn(void *with, hmi_seen_kind kind, hm_bytes value);

typedef struct hmi_observer hmi_observer;
int hmi_observer_new(hmi_seen_fn *seen, void *with, hmi_observer **ret_observer, hm_err *err);
void hmi_observer_free(hmi_observer *observer); /* NULL is fine */
/* What was told before is told again, fields too. */
void hmi_observer_forget(hmi_observer *observer);
/* Until then no more fields. */
void hmi_observer_skip_fields(hmi_observer *observer);
int hmi_observer_scan(hmi_observer *observer, hm_bytes records, hm_err *err);

#endif
