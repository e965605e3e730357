/* SPDX-License-Identifier: Apache-2.0
 *
 * group.h - the arithmetic of an overlap: elements become points of ristretto255, points are raised
 * to secret numbers, and what two numbers did in either order is the same.
 */
#ifndef HMI_OVERLAP_GROUP_H
#define HMI_OVERLAP_GROUP_H

#include "overlap/message.h"

enum { HMI_OVERLAP_THREADS_MAX = 8 };

typedef struct hmi_overlap_element {
    hm_text class_name, value; /* canonical */
} hmi_overlap_element;

/* Elements to blinded points, one behind the other into `out`. On every processor there is. */
void hmi_overlap_blind(const hmi_overlap_element *elements, size_t count, const uint8_t scalar[32],
                       uint8_t *out);
/* Points raised to the scalar. HM_E_MALFORMED with the number of the first that is no point of the
 * group, or its neutral element. `in` and `out` may be the same. */
int hmi_overlap_raise(const uint8_t *in, size_t count, const uint8_t scalar[32], uint8_t *out,
                      hm_err *err);
/* Points nobody knows a logarithm of: padding. */
void hmi_overlap_pad(size_t count, uint8_t *out);
void hmi_overlap_scalar(uint8_t ret_scalar[32]);
/* 16 bytes a point, bound to the session. */
void hmi_overlap_tags(const uint8_t *points, size_t count,
                      const uint8_t session[HMI_OVERLAP_SESSION], uint8_t *out);
/* What an element is to the group: for the commitment. */
hmi_sha256 hmi_overlap_commit(const hmi_overlap_element *elements, size_t count,
                              const uint8_t salt[32]);

#endif
