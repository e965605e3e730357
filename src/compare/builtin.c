/* SPDX-License-Identifier: Apache-2.0
 *
 * builtin.c - the model this program was built with: weights.model, embedded as it is.
 *
 * WHY    A finding names its model; the program must be able to show that model's every number.
 * OWNS   Nothing. TRUST: our own file, read by the same reader as anybody's.
 */
#include "compare/model.h"

static const uint8_t WEIGHTS[] = {
#include "compare/weights_model.inc"
};

hm_bytes hmi_model_builtin_text(void)
{
    return (hm_bytes){ WEIGHTS, sizeof(WEIGHTS) };
}

int hmi_model_builtin(hmi_model *ret, hm_err *err)
{
    return hmi_model_parse(hmi_model_builtin_text(), ret, err);
}
