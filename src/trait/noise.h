/* SPDX-License-Identifier: Apache-2.0
 *
 * noise.h - the lists behind hmi_trait_is_noise().
 */
#ifndef HMI_TRAIT_NOISE_H
#define HMI_TRAIT_NOISE_H

#include "trait/canon.h"

typedef struct hmi_noise_range {
    hmi_address base; /* host bits are 0 */
    unsigned bits;    /* of 128 */
    const char *why;
} hmi_noise_range;

typedef enum hmi_noise_reach {
    HMI_NOISE_NAME,  /* this name alone: what lies on it or below it may well mean something */
    HMI_NOISE_BELOW, /* the name, all names below it, mail to it and URLs on it */
} hmi_noise_reach;

typedef struct hmi_noise_name {
    hm_text name; /* canonical */
    hmi_noise_reach reach;
    const char *why;
} hmi_noise_name;

typedef struct hmi_noise_value {
    int class_id;
    const char *value; /* canonical */
    const char *why;
} hmi_noise_value;

const hmi_noise_range *hmi_noise_ranges(size_t *ret_count);
const hmi_noise_name *hmi_noise_names(size_t *ret_count);
const hmi_noise_value *hmi_noise_values(size_t *ret_count);

#endif
