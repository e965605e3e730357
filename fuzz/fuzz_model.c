/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_model.c - anybody's model file: no crash, and what was read is written and read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "compare/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_err err = { 0 };
    hmi_model model, again;
    hmi_buf first, second;
    if (hmi_model_parse((hm_bytes){ data, size }, &model, &err) != HM_OK) {
        return 0;
    }
    hmi_buf_init(&first, 0);
    hmi_buf_init(&second, 0);
    hmi_model_format(&model, HM_TEXT("fuzz"), &first);
    if (hmi_model_parse(hmi_buf_bytes(&first), &again, &err) != HM_OK) {
        abort();
    }
    hmi_model_format(&again, HM_TEXT("fuzz"), &second);
    if (!hmi_bytes_eq(hmi_buf_bytes(&first), hmi_buf_bytes(&second))) {
        abort();
    }
    hmi_buf_fini(&first);
    hmi_buf_fini(&second);
    return 0;
}
