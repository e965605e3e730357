/* SPDX-License-Identifier: Apache-2.0
 *
 * throttle.h - how often somebody may try: by the name that is tried and by where it comes from.
 *
 * Ten tries at once, then one every half minute; what succeeded is given back. The table has a
 * fixed size and is keyed with a secret of the process, so nobody can choose who shares a place.
 */
#ifndef HMI_API_THROTTLE_H
#define HMI_API_THROTTLE_H

#include "base/bytes.h"

enum { HMI_THROTTLE_PLACES = 4096, HMI_THROTTLE_BURST = 10, HMI_THROTTLE_REFILL_S = 30 };

typedef struct hmi_throttle hmi_throttle;

hmi_throttle *hmi_throttle_new(void); /* NULL without memory */
void hmi_throttle_free(hmi_throttle *throttle);
/* 0: go on; else the seconds after which a try is taken again. */
uint32_t hmi_throttle_take(hmi_throttle *throttle, hm_text name, hm_text peer, int64_t now_us);
void hmi_throttle_give_back(hmi_throttle *throttle, hm_text name, hm_text peer);

#endif
