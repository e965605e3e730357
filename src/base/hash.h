/* SPDX-License-Identifier: Apache-2.0
 *
 * hash.h - digests. SHA-256, SHA-1, MD5 (FIPS 180-4, RFC 1321) by nettle; XXH3 by xxHash.
 *
 * SHA-256 names evidence and traits. SHA-1 and MD5 are computed because the world's lists speak
 * them, never trusted. XXH3 is for tables inside one process and for checksums of our own files;
 * where an outsider chooses the keys, seed it (hmi_hash_seed()).
 */
#ifndef HMI_BASE_HASH_H
#define HMI_BASE_HASH_H

#include "base/bytes.h"

typedef struct hmi_sha256 {
    uint8_t bytes[32];
} hmi_sha256;
typedef struct hmi_sha1 {
    uint8_t bytes[20];
} hmi_sha1;
typedef struct hmi_md5 {
    uint8_t bytes[16];
} hmi_md5;

hmi_sha256 hmi_sha256_of(hm_bytes bytes);
hmi_sha1 hmi_sha1_of(hm_bytes bytes);
hmi_md5 hmi_md5_of(hm_bytes bytes);

/* The first `size` bytes behind a descriptor, by pread: its position stays. HM_E_TRUNCATED when
 * there are fewer. */
int hmi_sha256_of_fd(int fd, uint64_t size, hmi_sha256 *ret_digest, hm_err *err);

/* All three at once over a stream: a byte is fetched from memory once. */
typedef struct hmi_digests hmi_digests;
hmi_digests *hmi_digests_new(void); /* NULL without memory */
void hmi_digests_add(hmi_digests *digests, hm_bytes bytes);
/* Any of the three may be NULL. Ends the stream. */
void hmi_digests_end(hmi_digests *digests, hmi_sha256 *sha256, hmi_sha1 *sha1, hmi_md5 *md5);
void hmi_digests_free(hmi_digests *digests);

uint64_t hmi_xxh3(hm_bytes bytes, uint64_t seed);
/* A random number drawn once per process, for seeding tables that outsiders fill. */
uint64_t hmi_hash_seed(void);
/* CRC-32C-like checksum role for our own files: XXH3-64 of the bytes with seed 0. */
static inline uint64_t hmi_checksum(hm_bytes bytes)
{
    return hmi_xxh3(bytes, 0);
}

/* `out` gets 2 * len lower-case digits and a NUL. */
void hmi_hex(hm_bytes bytes, char *out);
/* Reads exactly 2 * len hex digits of either case; false otherwise. */
bool hmi_unhex(hm_text text, uint8_t *out, size_t len);

#endif
