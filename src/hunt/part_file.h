/* SPDX-License-Identifier: Apache-2.0
 *
 * part_file.h - the bytes of part.h, for the one who writes and the one who reads them.
 */
#ifndef HMI_HUNT_PART_FILE_H
#define HMI_HUNT_PART_FILE_H

#include "base/hash.h"
#include "hunt/part.h"

#define HMI_PART_MAGIC "hmhunt\0\0"

enum { HMI_GATE_BLOCK = 32 };

enum { HMI_GS_SOURCES, HMI_GS_SEGMENTS, HMI_GS_PATHS, HMI_GS_GATE, HMI_GS_LISTS, HMI_GS_COUNT };

typedef struct hmi_part_section {
    uint64_t offset, len;
} hmi_part_section;

typedef struct hmi_part_head {
    char magic[8];
    uint32_t version;
    uint32_t head_len;
    uint64_t size;
    uint64_t checksum; /* of all behind it, up to the gate */
    uint64_t gate_checksum;
    uint64_t seed[2];
    hmi_part_section sections[HMI_GS_COUNT];
} hmi_part_head;

static inline uint64_t hmi_part_checksum(const uint8_t *map, size_t facts)
{
    size_t from = offsetof(hmi_part_head, gate_checksum);
    return hmi_checksum(hmi_bytes(map + from, facts - from));
}

/* ---- The gate: a block of eight 32-bit words, one bit in each (Putze, Sanders and Singler; as
 * Parquet lays it out). */
static inline uint64_t hmi_gate_block_hash(unsigned list, uint64_t key, uint64_t seed)
{
    uint64_t z = ((uint64_t)list << 60 ^ key) ^ seed;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static inline size_t hmi_gate_block_at(size_t len, uint64_t hash)
{
    return (size_t)(((hash >> 32) * (len / HMI_GATE_BLOCK)) >> 32) * HMI_GATE_BLOCK;
}

static const uint32_t HMI_GATE_SALTS[8] = { 0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
                                            0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u };

static inline void hmi_gate_block_add(uint8_t *gate, size_t len, unsigned list, uint64_t key,
                                      uint64_t seed)
{
    uint64_t hash = hmi_gate_block_hash(list, key, seed);
    uint32_t *block = (uint32_t *)(void *)(gate + hmi_gate_block_at(len, hash));
    for (unsigned i = 0; i < 8; i++) {
        block[i] |= 1u << ((uint32_t)hash * HMI_GATE_SALTS[i] >> 27);
    }
}

static inline bool hmi_gate_block_has(hm_bytes gate, unsigned list, uint64_t key, uint64_t seed)
{
    uint64_t hash = hmi_gate_block_hash(list, key, seed);
    const uint32_t *block =
        (const uint32_t *)(const void *)(gate.ptr + hmi_gate_block_at(gate.len, hash));
    uint32_t missing = 0;
    for (unsigned i = 0; i < 8; i++) {
        missing |= ~block[i] & 1u << ((uint32_t)hash * HMI_GATE_SALTS[i] >> 27);
    }
    return missing == 0;
}

#endif
