/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_taxii_config.c - a server's configuration.
 */
#include "taxii/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hmi_arena arena;
    hmi_policy policy;
    hmi_taxii_config config;
    hm_err err;
    hmi_arena_init(&arena, 64 << 20);
    if (hmi_policy_read(HM_BYTES("partner a 11111111-1111-4111-8111-111111111111 community\n"),
                        &arena, &policy, &err) == HM_OK) {
        (void)hmi_taxii_config_read(hmi_bytes(data, size), HM_BYTES(""), &policy, &arena, &config,
                                    &err);
    }
    hmi_arena_fini(&arena);
    return 0;
}
