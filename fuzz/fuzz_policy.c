/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_policy.c - a policy and an object, both anybody's: no crash, and what leaves is STIX.
 *
 * FORM   policy text, a NUL byte, one object.
 */
#include <stdlib.h>

#include "share/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_bytes input = { data, size };
    size_t cut = hmi_find_byte(input, 0);
    cut = cut == HMI_NPOS ? size : cut;
    hmi_arena arena;
    hmi_policy policy;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 64 << 20);
    if (hmi_policy_read(hmi_slice(input, 0, cut), &arena, &policy, &err) == HM_OK &&
        policy.partner_count > 0) {
        hmi_release_object object = { .raw = hmi_slice(input, cut + 1, size) };
        if (hmi_release(&policy, &policy.partners[0], HMI_PURPOSE_INFORM, &object, 1, &arena,
                        &err) == HM_OK &&
            (object.answer == HMI_HOLD) != (object.out.ptr == NULL)) {
            abort();
        }
    }
    hmi_arena_fini(&arena);
    return 0;
}
