/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_elf.c - any bytes through the ELF reader, code analysis included.
 */
#include "formats/program/program.h"
#include "quiet_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    quiet q;
    hmi_reading reading = quiet_begin(&q);
    hm_err err;
    hm_bytes file = hmi_bytes(bytes, len);
    (void)hmi_reader_elf.detect(file, HM_BYTES("x"));
    (void)hmi_reader_elf.read(&reading, file, &err);
    quiet_end(&q);
    return 0;
}
