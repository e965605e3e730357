/* SPDX-License-Identifier: Apache-2.0
 *
 * vault_form.h - the container of one piece of evidence; for vault_read.c and vault_write.c alone.
 *
 *     0   "HMEVID1\n"     8  version u32   12  zero u32
 *     16  size of the content u64          24  size of the payload u64
 *     32  seed of the keystream u64        40  checksum of the payload u64
 *     48  zero u64                         56  XXH3 of bytes 0..55 u64
 *     64  payload: one zstd frame, byte i XORed with byte i of the keystream
 *
 * Little-endian. Keystream: eight bytes at a time, splitmix64 of (seed + i). Checksum: XXH3 of each
 * 64 KiB of the masked payload, seeded with the one before, 0 first.
 */
#ifndef HMI_CASEBOOK_VAULT_FORM_H
#define HMI_CASEBOOK_VAULT_FORM_H

#include <endian.h>

#include "base/bytes.h"

#define HMI_VAULT_MAGIC "HMEVID1\n"
enum {
    HMI_VAULT_VERSION = 1,
    HMI_VAULT_HEAD = 64,
    HMI_VAULT_HEAD_SUMMED = 56,
    HMI_VAULT_BLOCK = 1 << 16,
    HMI_VAULT_WINDOW_LOG_MAX = 23 /* zstd may ask for 8 MiB, no more */
};

static inline uint64_t hmi_vault_stream(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Masks or unmasks the payload's bytes from `offset` on, which is a multiple of 8. */
static inline void hmi_vault_mask(uint64_t seed, uint64_t offset, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t stream = htole64(hmi_vault_stream(seed, (offset + i) / 8));
        uint8_t key[8];
        memcpy(key, &stream, 8);
        for (size_t k = 0; k < 8 && i + k < len; k++) {
            bytes[i + k] ^= key[k];
        }
    }
}

static inline void hmi_put_le(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

#endif
