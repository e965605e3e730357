/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_listing.c - what a worker says of functions and instructions is taken within bounds.
 */
#include <stdlib.h>

#include "code/code.h"
#include "code/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool good)
{
    if (!good) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hmi_listed listed;
    hmi_rows rows;
    hmi_row row;
    hm_err err = { 0 };
    hm_bytes raw = { data, size };
    if (hmi_listed_parse(raw, &listed, &err) == HM_OK) {
        want(hmi_fingerprint_valid(listed.print) && listed.name.len <= HMI_LISTED_NAME_MAX);
        for (size_t i = 0; i < listed.call_count; i++) {
            (void)hmi_listed_call(&listed, i);
        }
    }
    if (hmi_rows_open(raw, &rows, &err) == HM_OK) {
        size_t count = 0;
        while (hmi_rows_next(&rows, &row, &err) == 1) {
            want(++count <= HMI_LISTED_ROWS_MAX && row.note.len <= HMI_LISTED_TEXT_MAX);
        }
    }
    return 0;
}
