/* SPDX-License-Identifier: Apache-2.0
 *
 * fingerprint.h - the inside of a fingerprint, for the files of this room.
 *
 * Versions 1 and 2, little-endian:
 *   0  version u8         1 machine u8     2 flags u8     3 number of lists u8
 *   4  instructions u32   8 blocks u32
 *  12  exact hash, 16 bytes
 *  28  HMI_COUNTS logarithmic counts, u8 each
 *  52  for each list: kept u8, mass u16, bar u16 (short floats: exponent 5 bits, value 11 bits)
 *   then the lists: ids of 24 bits, ascending, without repeats
 *
 * A list keeps a function's features of one class, at most its limit. When there were more, the
 * sample is coordinated (priority sampling: Duffield, Lund, Thorup 2007): a feature's rank is its
 * own hash divided by its weight, and the lowest ranks stay, on every machine the same. `bar` is
 * the lowest rank that was left out, 0 when none was: below the bar two samples are complete and
 * can be compared fairly. `mass` is the sum of squared weights of all features, kept or not.
 */
#ifndef HMI_CODE_FINGERPRINT_H
#define HMI_CODE_FINGERPRINT_H

#include "code/code.h"
#include "code/feature.h"

enum {
    HMI_FINGERPRINT_HEAD = 52,
    HMI_FINGERPRINT_LIST = 5,
    HMI_FINGERPRINT_MAX =
        HMI_FINGERPRINT_HEAD + HMI_FEATURE_CLASSES * HMI_FINGERPRINT_LIST + 3 * 300,
    HMI_KEPT_MAX = 48
};
enum { HMI_FINGERPRINT_STUB = 1, HMI_FINGERPRINT_CUT = 2 };

/* How many features of each class are kept. */
extern const uint8_t hmi_kept_max[HMI_FEATURE_CLASSES];

typedef struct hmi_fingerprint_list {
    const uint8_t *ids; /* 3 bytes each */
    uint8_t kept;
    uint64_t mass;
    uint64_t bar; /* UINT64_MAX when nothing was left out */
} hmi_fingerprint_list;

typedef struct hmi_fingerprint {
    uint8_t machine, flags;
    uint32_t instructions, blocks;
    const uint8_t *exact;
    const uint8_t *counts;
    hmi_fingerprint_list lists[HMI_FEATURE_CLASSES];
} hmi_fingerprint;

/* False when the bytes are no fingerprint of a version we know. */
bool hmi_fingerprint_parse(hm_bytes bytes, hmi_fingerprint *ret);
/* Packs settled features; returns the length, at most HMI_FINGERPRINT_MAX. */
size_t hmi_fingerprint_pack(const hmi_features *features, hmi_machine machine, uint8_t flags,
                            uint8_t *out);

/* Adds the CALLEE and CALLER lists and their counts to a fingerprint packed without; it has room
 * for HMI_FINGERPRINT_MAX bytes. Returns the new length. */
size_t hmi_fingerprint_add_context(uint8_t *print, size_t len, const hmi_features *features);

static inline uint32_t hmi_id24(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

/* 1 .. 15: how much sharing this feature says (weights.c). */
unsigned hmi_feature_weight(uint32_t id);
/* An id's own random number over its weight: lower stays. By a reciprocal, as division is slow. */
static inline uint64_t hmi_feature_rank(uint32_t id, unsigned weight)
{
#define HMI_PART(w) (UINT64_C(0x100000000) / (w))
    static const uint64_t part[16] = {
        HMI_PART(1),  HMI_PART(1),  HMI_PART(2),  HMI_PART(3),  HMI_PART(4),  HMI_PART(5),
        HMI_PART(6),  HMI_PART(7),  HMI_PART(8),  HMI_PART(9),  HMI_PART(10), HMI_PART(11),
        HMI_PART(12), HMI_PART(13), HMI_PART(14), HMI_PART(15),
    };
#undef HMI_PART
    uint64_t draw = hmi_mix64(id + UINT64_C(0x5bd1e995)) >> 32;
    return draw * part[weight & 15] >> 32;
}

typedef struct hmi_feature_sum {
    uint64_t weights, squares;
} hmi_feature_sum;
/* Of all of a list at once: rank << 24 | id, the order of the sample, and the sums of weights. */
void hmi_feature_ranks(const uint32_t *ids, size_t count, uint64_t *ret_ranks,
                       hmi_feature_sum *ret);

/* 11 bits of a number and where they stand; rounds down. */
static inline uint16_t hmi_short_float(uint64_t value)
{
    unsigned exponent = 0;
    while (value > 0x7ff && exponent < 31) {
        value >>= 1;
        exponent++;
    }
    return (uint16_t)(exponent << 11 | (value > 0x7ff ? 0x7ff : value));
}

static inline uint64_t hmi_short_float_value(uint16_t packed)
{
    return (uint64_t)(packed & 0x7ff) << (packed >> 11);
}

/* Quarter steps of a doubling: 0 for 0, 4 for 1, 8 for 3, 12 for 7. */
static inline uint8_t hmi_log_count(uint32_t value)
{
    uint64_t x = (uint64_t)value + 1;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(x);
    uint64_t quarter = exponent >= 2 ? x >> (exponent - 2) & 3 : (x << (2 - exponent)) & 3;
    return (uint8_t)(4 * exponent + quarter);
}

/* What a unit of squared weight in each class is worth when two functions are compared. */
typedef struct hmi_worth {
    double classes[HMI_FEATURE_CLASSES];
    double counts;
    double inlined; /* a name of one side's own found among the other's callees' */
} hmi_worth;
extern const hmi_worth hmi_worth_same;  /* both of one processor */
extern const hmi_worth hmi_worth_other; /* of two */
/* 0 .. 1, as hmi_fingerprint_similarity gives it, of fingerprints parsed once. */
double hmi_similarity(const hmi_fingerprint *a, const hmi_fingerprint *b);
double hmi_cosine(const hmi_fingerprint *a, const hmi_fingerprint *b, const hmi_worth *worth);

#endif
