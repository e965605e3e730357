/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.h - the distinct keys of one segment of records.
 *
 *     hmi_gather_new(&seed, &gather, err);
 *     hmi_gather_lines(gather, lines, err);        whole lines, again and again
 *     hmi_gather_seal(gather, &lists, &facts, err);  packed lists; the next segment begins
 */
#ifndef HMI_HUNT_GATHER_H
#define HMI_HUNT_GATHER_H

#include "base/buf.h"
#include "hunt/keys.h"

enum {
    HMI_GATHER_KEYS_MAX = 8 << 20, /* of one list and segment; with more it is CROWDED */
    HMI_GATHER_FIELD_BYTES = 2048, /* of records for each distinct field that is indexed */
    HMI_GATHER_FIELDS_MAX = 40000,
    HMI_GATHER_FIELDS_MIN = 64 /* so many always */
};

typedef enum hmi_segment_flags {
    HMI_SEGMENT_CROWDED = 1,  /* has no lists: always read */
    HMI_SEGMENT_NO_FIELDS = 2 /* too many distinct fields: read for any indicator of that kind */
} hmi_segment_flags;

typedef struct hmi_gather hmi_gather;
int hmi_gather_new(const hmi_hunt_seed *seed, hmi_gather **ret_gather, hm_err *err);
void hmi_gather_free(hmi_gather *gather); /* NULL is fine */
int hmi_gather_lines(hmi_gather *gather, hm_bytes lines, hm_err *err);
/* Appends the packed lists to `out`, one behind the other, and their lengths to `lens`. */
int hmi_gather_seal(hmi_gather *gather, hmi_buf *out, uint64_t lens[HMI_LIST_KINDS],
                    uint32_t *ret_flags, hm_err *err);

#endif
