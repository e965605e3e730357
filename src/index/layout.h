/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.h - how a segment lies on the disk; for the files of this room alone.
 *
 *     0    "HMPOST1\n"      8  version u32     12  kind u32
 *     16   epoch u64       24  from u64        32  to u64
 *     40   keys u64        48  pairs u64       56  bytes of lists u64
 *     64   prefix bits u32 68  zero            72  XXH3 of the checksum table u64
 *     80   zero ...       120  XXH3 of bytes 0..119 u64
 *     128  body:  prefix table u32[2^bits + 1], padded to 8
 *                 entries of 12 bytes, keys ascending: key u64, slot u32: bit 31 set: the key's
 * only value; else where its list begins lists: uleb count, uleb first value, uleb differences (at
 * least 1) then        checksum table u64[blocks]: XXH3 of each 512 bytes of the body
 *
 * Version 1, still read: after the prefix table first all keys u64, then all slots u32, a checksum
 * for each KiB. What was learned of harmless files is nowhere else.
 *
 * A look-up costs the pages it touches: one of the prefix table, which is small as a prefix leads
 * to a score of keys, one or two of entries, one of lists.
 *
 * All little-endian. Places are computed from the counts, never read, so they cannot lie.
 */
#ifndef HMI_INDEX_LAYOUT_H
#define HMI_INDEX_LAYOUT_H

#include <endian.h>

#include "index/postings.h"

enum {
    HMI_SEGMENT_VERSION = 2,
    HMI_SEGMENT_HEAD = 128,
    HMI_SEGMENT_HEAD_SUMMED = 120,
    HMI_SEGMENT_BLOCK_BITS = 9,
    HMI_SEGMENT_BLOCK_BITS_1 = 10, /* of version 1 */
    HMI_SEGMENT_ENTRY = 12,
    HMI_SEGMENT_PREFIX_BITS_MAX = 20,
    HMI_SEGMENT_PREFIX_KEYS_BITS = 5, /* at most so many keys, as a power, to a prefix on average */
    HMI_ULEB32_MAX = 5                /* bytes of one number in a list */
};
#define HMI_SLOT_SINGLE UINT32_C(0x80000000)

typedef struct hmi_segment_shape {
    hmi_postings_label label;
    uint64_t keys, pairs, lists;
    uint32_t prefix_bits;
    uint32_t version, block_bits;
    uint64_t keys_at, slots_at;   /* of the first entry; from the body's beginning, as all places */
    uint32_t key_step, slot_step; /* from entry to entry */
    uint64_t lists_at, body;
    uint64_t blocks, file;
    uint64_t table_sum;
} hmi_segment_shape;

/* Fills the places in from version, keys, lists and prefix_bits; false when the counts are
 * impossible. */
bool hmi_segment_place(hmi_segment_shape *shape);
uint32_t hmi_segment_prefix_bits(uint64_t keys);
void hmi_segment_head_write(const hmi_segment_shape *shape, uint8_t out[HMI_SEGMENT_HEAD]);
int hmi_segment_head_read(hm_bytes head, hmi_segment_shape *ret_shape, hm_err *err);

static inline uint64_t hmi_segment_prefix(uint64_t key, uint32_t bits)
{
    return bits == 0 ? 0 : key >> (64 - bits);
}

static inline uint32_t hmi_le32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static inline uint64_t hmi_le64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

/* How many bytes one list takes in the lists section; 0 when its only value fits in the slot. */
uint64_t hmi_segment_list_size(const uint32_t *values, size_t count);

/* Writes a segment whose counts are known, key by key in ascending order. */
typedef struct hmi_segment_writer hmi_segment_writer;
int hmi_segment_begin(const char *path, const hmi_postings_label *label, uint64_t keys,
                      uint64_t pairs, uint64_t lists, hmi_segment_writer **ret_writer, hm_err *err);
int hmi_segment_put(hmi_segment_writer *writer, uint64_t key, const uint32_t *values, size_t count,
                    hm_err *err);
int hmi_segment_commit(hmi_segment_writer *writer, hm_err *err);
void hmi_segment_abandon(hmi_segment_writer *writer);

/* The i-th key and its values; *values is malloc'ed memory of *capacity that grows as needed. */
int hmi_postings_at(hmi_postings_map *map, uint64_t index, uint64_t *ret_key, uint32_t **values,
                    size_t *capacity, size_t *ret_count, hm_err *err);

#endif
