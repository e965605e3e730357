/* SPDX-License-Identifier: Apache-2.0
 *
 * weights.c - how much sharing one feature says.
 */
#include "code/fingerprint.h"

unsigned hmi_feature_weight(hmi_feature_class class_id, uint32_t id)
{
    (void)id;
    static const uint8_t weights[HMI_FEATURE_CLASSES] = { 8, 6, 5, 4, 6, 6, 4, 4, 4, 4 };
    return weights[class_id];
}
