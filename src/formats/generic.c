/* SPDX-License-Identifier: Apache-2.0
 *
 * generic.c - what can be said of any file at all: digests, name, size, entropy.
 *
 * WHY    Lists of the world name files by digest, so each piece has its three even when no reader
 *        knows it; and they are said first, so that a piece whose reader is stopped keeps them.
 * FORM   None: any bytes.
 * TRUST  The name is the sender's and only data: its last component becomes a trait, with whatever
 *        is not UTF-8 replaced. It is never opened.
 * OWNS   Nothing: the arena is the reading's.
 */
#include "formats/generic.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

enum { HMI_LOG2_FRACTION_BITS = 24, HMI_GENERIC_BLOCK = 1 << 16 };

/* log2 in fixed point by repeated squaring: integers only, so that no libm shows in the result. */
static uint64_t log2_fixed(uint64_t value)
{
    unsigned whole = 63 - (unsigned)__builtin_clzll(value);
    /* mantissa in [1, 2) with 31 fraction bits */
    uint64_t mantissa = whole >= 31 ? value >> (whole - 31) : value << (31 - whole);
    uint64_t result = whole;
    for (int bit = 0; bit < HMI_LOG2_FRACTION_BITS; bit++) {
        mantissa = mantissa * mantissa >> 31;
        result <<= 1;
        if (mantissa >> 32) {
            result |= 1;
            mantissa >>= 1;
        }
    }
    return result;
}

/* Four tables: neighbouring equal bytes would otherwise wait for each other's store. */
typedef struct byte_counts {
    uint64_t of[4][256];
} byte_counts;

/* In pieces whose lengths are multiples of 4, but for the last. */
static void count_bytes(byte_counts *counts, hm_bytes bytes)
{
    size_t i = 0;
    for (; i + 4 <= bytes.len; i += 4) {
        counts->of[0][bytes.ptr[i]]++;
        counts->of[1][bytes.ptr[i + 1]]++;
        counts->of[2][bytes.ptr[i + 2]]++;
        counts->of[3][bytes.ptr[i + 3]]++;
    }
    for (; i < bytes.len; i++) {
        counts->of[0][bytes.ptr[i]]++;
    }
}

static unsigned entropy_of(const byte_counts *counts, uint64_t len)
{
    if (len == 0) {
        return 0;
    }
    unsigned __int128 sum = 0;
    for (unsigned value = 0; value < 256; value++) {
        uint64_t count = counts->of[0][value] + counts->of[1][value] + counts->of[2][value] +
                         counts->of[3][value];
        if (count > 0) {
            sum += (unsigned __int128)count * log2_fixed(count);
        }
    }
    uint64_t mean = (uint64_t)(sum / len), whole = log2_fixed(len);
    uint64_t bits = whole > mean ? whole - mean : 0;
    uint64_t milli = (bits * 1000 + (1u << (HMI_LOG2_FRACTION_BITS - 1))) >> HMI_LOG2_FRACTION_BITS;
    return milli > 8000 ? 8000 : (unsigned)milli;
}

unsigned hmi_entropy_milli(hm_bytes bytes)
{
    byte_counts counts;
    memset(&counts, 0, sizeof(counts));
    count_bytes(&counts, bytes);
    return entropy_of(&counts, bytes.len);
}

static int emit_digest(hmi_reading *reading, hmi_class class_id, hm_bytes digest, hm_err *err)
{
    char hex[2 * sizeof(hmi_sha256) + 1];
    hmi_hex(digest, hex);
    return hmi_emit(reading, class_id, HMI_ROLE_SELF, hmi_text(hex, 2 * digest.len), HM_OFFSET_NONE,
                    err);
}

/* One pass for all of it, as long evidence comes from the disk. */
static int emit_digests(hmi_reading *reading, hm_bytes file, unsigned *ret_entropy, hm_err *err)
{
    hmi_sha256 sha256;
    hmi_sha1 sha1;
    hmi_md5 md5;
    byte_counts counts;
    hmi_digests *digests = hmi_digests_new();
    if (digests == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for digests");
    }
    memset(&counts, 0, sizeof(counts));
    for (size_t at = 0; at < file.len; at += HMI_GENERIC_BLOCK) {
        hm_bytes block = hmi_slice(file, at, HMI_GENERIC_BLOCK);
        hmi_digests_add(digests, block);
        count_bytes(&counts, block);
        hmi_passed(reading, at);
    }
    hmi_digests_end(digests, &sha256, &sha1, &md5);
    hmi_digests_free(digests);
    *ret_entropy = entropy_of(&counts, file.len);
    HMI_TRY(emit_digest(reading, HMI_SHA256, hmi_bytes(sha256.bytes, sizeof(sha256)), err));
    HMI_TRY(emit_digest(reading, HMI_SHA1, hmi_bytes(sha1.bytes, sizeof(sha1)), err));
    return emit_digest(reading, HMI_MD5, hmi_bytes(md5.bytes, sizeof(md5)), err);
}

static int emit_name(hmi_reading *reading, hm_err *err)
{
    hm_bytes name = reading->name;
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
            name = hmi_slice(name, i, name.len);
            break;
        }
    }
    if (name.len == 0 || name.len > HMI_TRAIT_VALUE_MAX) {
        return HM_OK;
    }
    hm_text text = hmi_text_lossy(reading->arena, name);
    if (text.ptr == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    return hmi_emit(reading, HMI_FILE_NAME, HMI_ROLE_SELF, text, HM_OFFSET_NONE, err);
}

static int emit_figures(hmi_reading *reading, hm_bytes file, unsigned entropy, hm_err *err)
{
    hm_text size = hmi_arena_printf(reading->arena, "%zu", file.len);
    hm_text bits = hmi_arena_printf(reading->arena, "%u.%03u", entropy / 1000, entropy % 1000);
    if (size.ptr == NULL || bits.ptr == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    HMI_TRY(hmi_emit_fact(reading, "size", size, err));
    return hmi_emit_fact(reading, "entropy", bits, err);
}

int hmi_generic_identity(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    unsigned entropy = 0;
    HMI_TRY(emit_digests(reading, file, &entropy, err));
    HMI_TRY(emit_name(reading, err));
    return emit_figures(reading, file, entropy, err);
}
