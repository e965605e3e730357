/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_postings.c - a hostile segment: opened, asked, walked, merged, within bounds and in time.
 *
 * The input is the file. As a forger would, the harness puts right checksums in, so that what lies
 * behind them is reached; one bit of the first byte says when not to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "index/layout.h"

static void forge(uint8_t *file, size_t len)
{
    hmi_segment_shape shape;
    hm_err err;
    if (len < HMI_SEGMENT_HEAD) {
        return;
    }
    memcpy(file, "HMPOST1\n", 8);
    file[8] = (uint8_t)(1 + file[8] % HMI_SEGMENT_VERSION);
    uint64_t sum = hmi_checksum(hmi_bytes(file, HMI_SEGMENT_HEAD_SUMMED));
    memcpy(file + HMI_SEGMENT_HEAD_SUMMED, &sum, 8);
    if (hmi_segment_head_read(hmi_bytes(file, len), &shape, &err) != HM_OK || shape.file != len) {
        return;
    }
    uint8_t *body = file + HMI_SEGMENT_HEAD, *table = body + shape.body;
    for (uint64_t b = 0; b < shape.blocks; b++) {
        hm_bytes whole = hmi_bytes(body, (size_t)shape.body);
        sum = hmi_checksum(
            hmi_slice(whole, (size_t)b << shape.block_bits, (size_t)1 << shape.block_bits));
        memcpy(table + b * 8, &sum, 8);
    }
    shape.table_sum = hmi_checksum(hmi_bytes(table, (size_t)shape.blocks * 8));
    hmi_segment_head_write(&shape, file);
}

static void use(hmi_postings_map *map)
{
    hm_err err;
    uint32_t values[16];
    size_t total = 0;
    for (uint64_t i = 0; i < 64; i++) {
        (void)hmi_postings_find(map, i << 58 | i, values, 16, &total, &err);
    }
    (void)hmi_postings_check(map, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char path[64];
    hm_err err;
    if (path[0] == 0) {
        snprintf(path, sizeof(path), "/tmp/hallmark-fuzz-postings-%ld", (long)getpid());
    }
    if (len < 1) {
        return 0;
    }
    uint8_t *file = malloc(len);
    memcpy(file, data, len);
    if ((data[0] & 1) == 0) {
        forge(file, len);
    }
    FILE *out = fopen(path, "wb");
    if (out != NULL) {
        (void)fwrite(file, 1, len, out);
        fclose(out);
        hmi_postings_map *map = NULL;
        if (hmi_postings_open(path, len > 12 ? file[12] : 0, &map, &err) == HM_OK) {
            use(map);
            hmi_postings_close(map);
        }
        (void)unlink(path);
    }
    free(file);
    return 0;
}
