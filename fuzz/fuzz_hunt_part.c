/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_hunt_part.c - a file of the index with bytes changed and its checksums made good again:
 * refused, or harmless to ask, to merge and to write anew.
 *
 * FORM   Changes of five bytes each: offset (32 bits, taken modulo the size), the new byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "hunt/list.h"
#include "hunt/part_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t good[1 << 16];
static size_t good_len;

static void make_good(void)
{
    static const hmi_hunt_seed SEED = { { 1, 2 } };
    static const uint64_t NUMBERS[] = { 1, 2, 70, 0x2d4d0109, 0xffffffff };
    char path[] = "/tmp/hallmark-fuzz-part-XXXXXX";
    hm_err err;
    hmi_draft draft;
    hmi_indexed_source source = { .inode = 1 };
    hmi_segment segment = { .len = 100, .lines = 1 };
    close(mkstemp(path));
    hmi_draft_init(&draft, &SEED);
    if (hmi_draft_source(&draft, &source, HM_TEXT("/records"), &segment.source, &err) != HM_OK) {
        abort();
    }
    for (unsigned i = 0; i < HMI_LIST_KINDS; i++) {
        size_t before = draft.lists.len;
        hmi_list_pack(&draft.lists, NUMBERS, HMI_COUNT(NUMBERS));
        segment.list_lens[i] = draft.lists.len - before;
    }
    if (hmi_draft_segment(&draft, &segment, &err) != HM_OK ||
        hmi_part_write(&draft, path, &err) != HM_OK) {
        abort();
    }
    FILE *file = fopen(path, "rb");
    good_len = file != NULL ? fread(good, 1, sizeof(good), file) : 0;
    if (file == NULL || fclose(file) != 0 || good_len < sizeof(hmi_part_head)) {
        abort();
    }
    unlink(path);
    hmi_draft_fini(&draft);
}

static void mend(uint8_t *bytes)
{
    hmi_part_head head;
    memcpy(&head, bytes, sizeof(head));
    const hmi_part_section *gate = &head.sections[HMI_GS_GATE];
    if (gate->offset < sizeof(head) || gate->offset > good_len ||
        gate->len > good_len - gate->offset) {
        return;
    }
    head.gate_checksum = hmi_checksum(hmi_bytes(bytes + gate->offset, (size_t)gate->len));
    memcpy(bytes, &head, sizeof(head));
    head.checksum = hmi_part_checksum(bytes, (size_t)gate->offset);
    memcpy(bytes, &head, sizeof(head));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[sizeof(good)];
    char path[64];
    hm_err err;
    hmi_part part;
    hmi_draft draft;
    if (good_len == 0) {
        make_good();
    }
    memcpy(bytes, good, good_len);
    for (; size >= 5; data += 5, size -= 5) {
        uint32_t at;
        memcpy(&at, data, 4);
        bytes[at % good_len] = data[4];
    }
    mend(bytes);
    int fd = memfd_create("part", MFD_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (fd >= 0 && write(fd, bytes, good_len) == (ssize_t)good_len &&
        hmi_part_open(path, &part, &err) == HM_OK) {
        uint64_t sum = 0;
        for (size_t i = 0; i < part.segment_count; i++) {
            const hmi_segment *s = &part.segments[i];
            sum += hmi_part_may_hold(&part, HMI_LIST_V4, i) + hmi_part_path(&part, s->source).len;
            for (unsigned k = 0; k < HMI_LIST_KINDS; k++) {
                sum += hmi_list_touches(hmi_segment_list(&part, s, (hmi_list_kind)k), 60, 80);
            }
        }
        hmi_draft_init(&draft, &part.seed);
        (void)hmi_draft_take(&draft, &part, &err);
        hmi_draft_fini(&draft);
        hmi_part_close(&part);
        if (sum == UINT64_MAX) {
            abort();
        }
    }
    close(fd);
    return 0;
}
