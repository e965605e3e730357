/* SPDX-License-Identifier: Apache-2.0
 *
 * lanes.h - sixteen bytes looked at together, in the compilers' own words.
 *
 * WHY    The shape of an id or a moment is a question about each of its bytes; asked one by one it
 *        costs more than everything else that is asked of most texts.
 * FORM   Vectors as gcc and clang have them on every processor; where there are none they become
 *        loops. A comparison gives 0xff where it holds and 0 elsewhere.
 */
#ifndef HMI_BASE_LANES_H
#define HMI_BASE_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { HMI_LANES = 16 };

typedef uint8_t hmi_lanes __attribute__((vector_size(HMI_LANES)));

static inline hmi_lanes hmi_lanes_at(const void *ptr)
{
    hmi_lanes lanes;
    memcpy(&lanes, ptr, sizeof(lanes));
    return lanes;
}

static inline hmi_lanes hmi_lanes_digit(hmi_lanes c)
{
    return (hmi_lanes)((hmi_lanes)(c - '0') <= 9);
}

static inline hmi_lanes hmi_lanes_hex(hmi_lanes c)
{
    return hmi_lanes_digit(c) | (hmi_lanes)((hmi_lanes)((c | 0x20) - 'a') <= 5);
}

static inline hmi_lanes hmi_lanes_lower(hmi_lanes c)
{
    return c | ((hmi_lanes)((hmi_lanes)(c - 'A') <= 'Z' - 'A') & 0x20);
}

static inline bool hmi_lanes_all(hmi_lanes lanes)
{
    uint64_t halves[2];
    memcpy(halves, &lanes, sizeof(halves));
    return (halves[0] & halves[1]) == UINT64_MAX;
}

#endif
