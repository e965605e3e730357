/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_evidence_file.c - a hostile evidence container gives no more than its head says, or an
 * error.
 *
 * The first byte says how the rest is dressed: as it is; with the head's checksum put right; or as
 * a payload to be masked behind a right head, so that the decompressor sees the fuzzer's bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "casebook/vault.h"
#include "casebook/vault_form.h"

enum { RECEIVED_MAX = 1 << 24 };

static uint64_t received;

static int receive(void *with, hm_bytes piece, hm_err *err)
{
    (void)with;
    received += piece.len;
    return received > RECEIVED_MAX ? hmi_fail(err, HM_E_LIMIT, 0, "enough") : HM_OK;
}

static void finish_head(uint8_t *file)
{
    memcpy(file, HMI_VAULT_MAGIC, 8);
    hmi_put_le(file + 8, HMI_VAULT_VERSION, 4);
    hmi_put_le(file + HMI_VAULT_HEAD_SUMMED, hmi_checksum(hmi_bytes(file, HMI_VAULT_HEAD_SUMMED)),
               8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 3) {
        return 0;
    }
    size_t size = len - 3 + HMI_VAULT_HEAD;
    uint8_t *file = calloc(1, size);
    if (data[0] % 3 < 2) {
        size = len - 3;
        memcpy(file, data + 3, size);
        if (data[0] % 3 == 1 && size >= HMI_VAULT_HEAD) {
            finish_head(file);
        }
    } else {
        uint8_t *payload = file + HMI_VAULT_HEAD;
        size_t payload_len = len - 3;
        memcpy(payload, data + 3, payload_len);
        hmi_vault_mask(5, 0, payload, payload_len);
        uint64_t sum = 0;
        for (size_t at = 0; at < payload_len; at += HMI_VAULT_BLOCK) {
            sum = hmi_xxh3(hmi_slice(hmi_bytes(payload, payload_len), at, HMI_VAULT_BLOCK), sum);
        }
        hmi_put_le(file + 16, (uint64_t)data[1] << data[2] % 20, 8);
        hmi_put_le(file + 24, payload_len, 8);
        hmi_put_le(file + 32, 5, 8);
        hmi_put_le(file + 40, sum, 8);
        finish_head(file);
    }
    uint64_t stated = UINT64_MAX;
    received = 0;
    hm_err err;
    int code = hmi_vault_read_bytes(hmi_bytes(file, size), receive, NULL, &stated, &err);
    if (code == HM_OK && received != stated) {
        abort();
    }
    free(file);
    return 0;
}
