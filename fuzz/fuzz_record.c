/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_record.c - any bytes as a log: all line formats through the line reader, into traits.
 */
#include "sink.h"

#include "formats/record/formats.h"
#include "formats/record/harvest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_err err;
    fuzz_sink fuzz;
    hmi_lines_sums sums;
    hmi_harvest *harvest = NULL;
    hmi_reading reading = fuzz_begin(&fuzz);
    hm_bytes file = { data, size };
    reading.context_us = INT64_C(1760000000) * 1000000;
    (void)hmi_lines_share(file);
    if (hmi_harvest_new(&reading, file, &harvest, &err) == HM_OK &&
        hmi_lines_read(&fuzz.arena, reading.context_us, file, hmi_harvest_sink(harvest), NULL, NULL,
                       &sums, &err) == HM_OK) {
        (void)hmi_harvest_end(harvest, &err);
    }
    hmi_harvest_free(harvest);
    fuzz_end(&fuzz);
    return 0;
}
