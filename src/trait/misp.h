/* SPDX-License-Identifier: Apache-2.0
 *
 * misp.h - what MISP calls things: attribute types and the classes they are.
 */
#ifndef HMI_TRAIT_MISP_H
#define HMI_TRAIT_MISP_H

#include "trait/class.h"

typedef struct hmi_misp_type {
    const char *name; /* "ip-dst" */
    hmi_class class_id;
    const char *category; /* where MISP files it by default */
} hmi_misp_type;

/* By name, one half of a composite ("filename|md5") at a time; NULL when it has no class. */
const hmi_misp_type *hmi_misp_type_find(hm_text name);
/* What a class is written as; NULL when MISP has no attribute that would be read back the same. */
const hmi_misp_type *hmi_misp_type_of(hmi_class class_id);

#endif
