/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_overlap.c - a partner's message and a kept state, both anybody's bytes: no crash, nothing
 * read beyond them.
 */
#include <stdlib.h>

#include "overlap/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_bytes input = { data, size };
    hmi_overlap_message message;
    hmi_overlap_state state;
    hmi_arena arena;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 64 << 20);
    if (hmi_overlap_read(input, &message, &err) == HM_OK) {
        uint8_t scalar[32] = { 2 };
        size_t count = message.point_count < 4 ? message.point_count : 4;
        uint8_t out[4 * HMI_OVERLAP_POINT];
        (void)hmi_overlap_raise(message.points, count, scalar, out, &err);
        if (hmi_overlap_signed(input, &message) && message.tag_count > HMI_OVERLAP_POINTS_MAX) {
            abort();
        }
    }
    if (hmi_overlap_state_read(input, &arena, &state, &err) == HM_OK) {
        hmi_buf back;
        hmi_buf_init(&back, 0);
        if (hmi_overlap_state_write(&state, &back, &err) == HM_OK && back.len != size) {
            abort();
        }
        hmi_buf_fini(&back);
    }
    hmi_arena_fini(&arena);
    return 0;
}
