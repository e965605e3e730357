/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_bind.h - can observations be found that stand together as a pattern asks? Only stix_*.c use
 * it.
 */
#ifndef HMI_DETECT_STIX_BIND_H
#define HMI_DETECT_STIX_BIND_H

#include "detect/stix_match.h"
#include "detect/stix_test.h"

typedef struct hmi_stix_binding hmi_stix_binding;

int hmi_stix_binding_new(const hmi_observation *list, size_t count, hmi_stix_binding **ret,
                         hm_err *err);
void hmi_stix_binding_free(hmi_stix_binding *binding);
/* This [ ] holds for that observation. All of one leaf, then its end, leaf by leaf. */
int hmi_stix_binding_add(hmi_stix_binding *binding, const hmi_stix_node *leaf, size_t observation,
                         hm_err *err);
int hmi_stix_binding_end(hmi_stix_binding *binding, const hmi_stix_node *leaf, hm_err *err);
int hmi_stix_bind(hmi_stix_binding *binding, const hmi_stix_node *root, hmi_arena *arena,
                  hmi_stix_outcome *ret_outcome, hm_err *err);

#endif
