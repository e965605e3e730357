/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_capture.c - any bytes as a capture file, through flows and heads, into traits.
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
    hm_bytes file = { data, size };
    (void)hmi_reader_pcapng.detect(file, (hm_bytes){ NULL, 0 });
    (void)hmi_reader_pcap.read(&reading, file, &err);
    hmi_arena_fini(&arena);
    return 0;
}
