/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_observables.c - any bytes as text and as a file with strings; whatever is found is canonical
 * and lies in the input.
 */
#include "base/error.h"
#include "formats/scan/scan.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    fuzz_sink fuzz;
    hmi_reading reading = fuzz_begin(&fuzz);
    fuzz.offset_max = len;
    hm_err err;
    hm_bytes text = hmi_bytes(bytes, len);
    (void)hmi_scan_text(&reading, text, 0, HMI_ROLE_CONTENT, &err);
    (void)hmi_scan_strings(&reading, text, NULL, 0, &err);
    fuzz_end(&fuzz);
    return 0;
}
