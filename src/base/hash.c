/* SPDX-License-Identifier: Apache-2.0
 *
 * hash.c - digests over nettle and xxHash.
 *
 * WHY    One door to digests: the rest of the house names a role (evidence, table, checksum), not
 *        a library.
 * TRUST  Any bytes. Where outsiders choose the keys of a table, only the seed keeps it fast, so the
 *        seed must be unguessable and must never be written anywhere.
 * OWNS   hmi_digests on the heap; one seed per process.
 *
 * The seed comes from AT_RANDOM, sixteen random bytes that the kernel lays down at exec: it needs
 * no system call, so it works in a jailed worker as well, and cannot fail there. The same bytes
 * make libc's stack canary, so they are digested before use and nothing can be read back from a
 * seed.
 */
#include "base/hash.h"

#include "base/error.h"

#include <errno.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <unistd.h>
#ifdef __x86_64__
#include <xxh_x86dispatch.h> /* the widest registers that this processor has, twice as fast */
#else
#include <xxhash.h>
#endif

struct hmi_digests {
    struct sha256_ctx sha256;
    struct sha1_ctx sha1;
    struct md5_ctx md5;
};

/* nettle copies from `ptr` even for nothing, and NULL there is undefined. */
static const uint8_t *some_ptr(hm_bytes bytes)
{
    return bytes.len ? bytes.ptr : (const uint8_t *)"";
}

hmi_sha256 hmi_sha256_of(hm_bytes bytes)
{
    hmi_sha256 digest;
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    sha256_update(&ctx, bytes.len, some_ptr(bytes));
    sha256_digest(&ctx, sizeof(digest.bytes), digest.bytes);
    return digest;
}

int hmi_sha256_of_fd(int fd, uint64_t size, hmi_sha256 *ret_digest, hm_err *err)
{
    uint8_t chunk[64 * 1024];
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    for (uint64_t at = 0; at < size;) {
        size_t want = size - at < sizeof(chunk) ? (size_t)(size - at) : sizeof(chunk);
        ssize_t got = pread(fd, chunk, want, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return hmi_fail_errno(err, "read to hash");
        }
        if (got == 0) {
            return hmi_fail(err, HM_E_TRUNCATED, at, "the file ends before its size says");
        }
        sha256_update(&ctx, (size_t)got, chunk);
        at += (uint64_t)got;
    }
    sha256_digest(&ctx, sizeof(ret_digest->bytes), ret_digest->bytes);
    return HM_OK;
}

hmi_sha1 hmi_sha1_of(hm_bytes bytes)
{
    hmi_sha1 digest;
    struct sha1_ctx ctx;
    sha1_init(&ctx);
    sha1_update(&ctx, bytes.len, some_ptr(bytes));
    sha1_digest(&ctx, sizeof(digest.bytes), digest.bytes);
    return digest;
}

hmi_md5 hmi_md5_of(hm_bytes bytes)
{
    hmi_md5 digest;
    struct md5_ctx ctx;
    md5_init(&ctx);
    md5_update(&ctx, bytes.len, some_ptr(bytes));
    md5_digest(&ctx, sizeof(digest.bytes), digest.bytes);
    return digest;
}

hmi_digests *hmi_digests_new(void)
{
    hmi_digests *digests = calloc(1, sizeof(*digests));
    if (digests != NULL) {
        sha256_init(&digests->sha256);
        sha1_init(&digests->sha1);
        md5_init(&digests->md5);
    }
    return digests;
}

void hmi_digests_add(hmi_digests *digests, hm_bytes bytes)
{
    /* In pieces that stay in the cache, so that memory is read once and not three times. */
    enum { PIECE = 16384 };
    for (size_t at = 0; at < bytes.len; at += PIECE) {
        hm_bytes piece = hmi_slice(bytes, at, PIECE);
        sha256_update(&digests->sha256, piece.len, piece.ptr);
        sha1_update(&digests->sha1, piece.len, piece.ptr);
        md5_update(&digests->md5, piece.len, piece.ptr);
    }
}

void hmi_digests_end(hmi_digests *digests, hmi_sha256 *sha256, hmi_sha1 *sha1, hmi_md5 *md5)
{
    if (sha256 != NULL) {
        sha256_digest(&digests->sha256, sizeof(sha256->bytes), sha256->bytes);
    }
    if (sha1 != NULL) {
        sha1_digest(&digests->sha1, sizeof(sha1->bytes), sha1->bytes);
    }
    if (md5 != NULL) {
        md5_digest(&digests->md5, sizeof(md5->bytes), md5->bytes);
    }
}

void hmi_digests_free(hmi_digests *digests)
{
    free(digests);
}

uint64_t hmi_xxh3(hm_bytes bytes, uint64_t seed)
{
#ifdef __x86_64__
    return XXH3_64bits_withSeed_dispatch(some_ptr(bytes), bytes.len, seed);
#else
    return XXH3_64bits_withSeed(some_ptr(bytes), bytes.len, seed);
#endif
}

static uint64_t process_seed;

static void draw_seed(void)
{
    uint8_t raw[32] = "hallmark seed";
    const void *given = (const void *)getauxval(AT_RANDOM); /* NULL where there is none */
    if (given != NULL) {
        memcpy(raw + 16, given, 16);
    } else {
        hmi_assert(getentropy(raw + 16, 16) == 0);
    }
    hmi_sha256 digest = hmi_sha256_of((hm_bytes){ raw, sizeof(raw) });
    memcpy(&process_seed, digest.bytes, sizeof(process_seed));
}

uint64_t hmi_hash_seed(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    hmi_assert(pthread_once(&once, draw_seed) == 0);
    return process_seed;
}

void hmi_hex(hm_bytes bytes, char *out)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = DIGITS[bytes.ptr[i] >> 4];
        out[2 * i + 1] = DIGITS[bytes.ptr[i] & 15];
    }
    out[2 * bytes.len] = '\0';
}

bool hmi_unhex(hm_text text, uint8_t *out, size_t len)
{
    if (text.len / 2 != len || text.len % 2 != 0) {
        return false;
    }
    /* Look at everything first: on false `out` is as it was. */
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_hex_digit(text.ptr[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < len; i++) {
        int high = hmi_hex_digit(text.ptr[2 * i]), low = hmi_hex_digit(text.ptr[2 * i + 1]);
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
