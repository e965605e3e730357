/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_reader.c - a format's reader on any bytes: no crash, and what it says is canonical and
 * bounded (sink.h).
 *
 * Built once for each reader of formats/readers.def, which HMI_FUZZ_READER names: a new format has
 * its fuzz target by being in that list.
 */
#include "formats/reader.h"
#include "sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const hm_text passwords[] = { HM_TEXT_INIT("infected"), HM_TEXT_INIT("x") };
    const hm_bytes file = hmi_bytes(data, size);
    hm_err err;
    fuzz_sink fuzz;
    hmi_reading reading = fuzz_begin(&fuzz);
    reading.output_max = 4 << 20;
    reading.passwords = passwords;
    reading.password_count = HMI_COUNT(passwords);
    const int score = HMI_FUZZ_READER.detect(file, reading.name);
    fuzz_want(score >= 0 && score <= HMI_DETECT_SURE);
    (void)HMI_FUZZ_READER.read(&reading, file, &err);
    fuzz_end(&fuzz);
    return 0;
}
