/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_archive.c - any bytes as each container: the first byte chooses which.
 */
#include "fuzz_sink.h"

#include "formats/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = {
        "zip",  "7z",    "tar", "cpio", "ar",   "cab", "iso",
        "gzip", "bzip2", "xz",  "lzip", "zstd", "lz4", "compress"
    };
    static const hm_text passwords[] = { HM_TEXT_INIT("infected"), HM_TEXT_INIT("x") };
    if (size == 0) {
        return 0;
    }
    const hmi_reader *reader = hmi_reader_find(hmi_text_of(kinds[data[0] % HMI_COUNT(kinds)]));
    hm_bytes file = { data + 1, size - 1 };
    hm_err err;
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 20);
    hmi_reading reading = fuzz_reading(&arena);
    reading.output_max = 4 << 20;
    reading.passwords = passwords;
    reading.password_count = HMI_COUNT(passwords);
    (void)reader->detect(file, reading.name);
    (void)reader->read(&reading, file, &err);
    hmi_arena_fini(&arena);
    return 0;
}
