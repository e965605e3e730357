/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_lift.h - objects of STIX 2.0 as STIX 2.1 would have them.
 */
#ifndef HMI_SHARE_STIX_LIFT_H
#define HMI_SHARE_STIX_LIFT_H

#include "base/json.h"

/* Is this an object of STIX 2.0? One of its types without "spec_version", or with "2.0"
 * (STIX 2.1, 3.2: the property's absence means 2.0, except on observables). */
bool hmi_stix_is_20(hmi_value object, hmi_arena *arena);
/* Appends the object as 2.1 has it. Members that are the same keep the sender's bytes. */
int hmi_stix_lift(hmi_value object, hmi_arena *arena, hmi_buf *out, hm_err *err);
/* Appends a whole document, a bundle or one object, with every object of 2.0 in it lifted;
 * *ret_lifted says how many were. */
int hmi_stix_lift_document(hmi_value root, hmi_arena *arena, hmi_buf *out, uint64_t *ret_lifted,
                           hm_err *err);

#endif
