/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_java.c - any bytes as a Java class.
 */
#include "fuzz_sink.h"

#include "formats/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_err err;
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    hmi_reading reading = fuzz_reading(&arena);
    (void)hmi_reader_java.read(&reading, (hm_bytes){ data, size }, &err);
    hmi_arena_fini(&arena);
    return 0;
}
