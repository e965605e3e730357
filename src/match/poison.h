/* SPDX-License-Identifier: Apache-2.0
 *
 * poison.h - indicators that would hit the harmless world.
 */
#ifndef HMI_MATCH_POISON_H
#define HMI_MATCH_POISON_H

#include "trait/canon.h"

typedef struct hmi_poison hmi_poison;
hmi_poison *hmi_poison_new(void); /* NULL without memory */
void hmi_poison_free(hmi_poison *poison);
/* *ret_why says it in words. Canonical values. */
bool hmi_poison_is(const hmi_poison *poison, hmi_class class_id, hm_text value,
                   const char **ret_why);

#endif
