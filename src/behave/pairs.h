/* SPDX-License-Identifier: Apache-2.0
 *
 * pairs.h - who talked to whom, how often and when: beacons and long connections.
 */
#ifndef HMI_BEHAVE_PAIRS_H
#define HMI_BEHAVE_PAIRS_H

#include "behave/say.h"

enum {
    HMI_PAIRS_MAX = 1 << 14,
    HMI_PAIR_SAMPLES_MAX = 86400, /* moments of one pair; more is no beacon */
    HMI_PAIR_CHUNK = 14,
    HMI_PAIR_CHUNKS_MAX = 1 << 14, /* of all pairs: 229,376 moments */
    HMI_BEACONS_EXAMINED_MAX = 4096
};

typedef struct hmi_pair {
    uint32_t client, target; /* names */
    uint32_t count;
    uint32_t first_s, last_s;
    uint32_t head, tail, samples; /* chunk numbers + 1 */
    uint64_t offset, bytes_up, bytes, open_us, longest_us;
    uint64_t ports; /* bits */
    uint16_t port;  /* the last one */
    bool noisy;     /* its moments were given up: no rhythm in the first ones */
} hmi_pair;

typedef struct hmi_sample {
    uint32_t second, up, down;
} hmi_sample;
typedef struct hmi_chunk_of_samples {
    uint32_t next, used;
    hmi_sample samples[HMI_PAIR_CHUNK];
} hmi_chunk_of_samples;

typedef struct hmi_pairs {
    hmi_pair *list;
    uint32_t *slots;
    size_t count, max;
    hmi_chunk_of_samples *chunks;
    size_t chunk_count, chunk_max;
    uint32_t free_chunk;
    uint64_t given_up, unsampled;
    uint32_t first_s, last_s; /* of everything */
    hmi_arena *arena;
} hmi_pairs;

int hmi_pairs_init(hmi_pairs *pairs, hmi_arena *arena, size_t max, hm_err *err);
/* *ret_new: they never talked before. NULL without room. */
hmi_pair *hmi_pairs_act(hmi_pairs *pairs, uint32_t client, uint32_t target, const hmi_act *act,
                        bool *ret_new);
void hmi_pairs_say(hmi_pairs *pairs, const hmi_names *names, hmi_voice *voice);

#endif
