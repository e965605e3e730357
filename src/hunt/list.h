/* SPDX-License-Identifier: Apache-2.0
 *
 * list.h - sorted numbers of up to 48 bits in about as many bits as they are apart.
 *
 * FORM   count u32, blocks u32, a directory (first number u64, bit offset u32 of each block of
 *        HMI_LIST_BLOCK numbers), then bits: per block six bits k, then for each further number of
 * it the distance less one as a Rice code (quotient in ones, a zero, k low bits), last a zero word.
 * TRUST  Packed bytes come from a file: every read is bounded, what makes no sense is "not there".
 */
#ifndef HMI_HUNT_LIST_H
#define HMI_HUNT_LIST_H

#include "base/buf.h"

enum { HMI_LIST_BLOCK = 128, HMI_LIST_BITS_MAX = 48 };

/* `sorted` ascending, each number once. Appends to `out`. */
void hmi_list_pack(hmi_buf *out, const uint64_t *sorted, size_t count);
/* Is any number of [first, last] in it? */
bool hmi_list_touches(hm_bytes packed, uint64_t first, uint64_t last);
static inline bool hmi_list_has(hm_bytes packed, uint64_t number)
{
    return hmi_list_touches(packed, number, number);
}
uint32_t hmi_list_count(hm_bytes packed);
/* All of them, in order, into room for hmi_list_count. False when the bytes make no sense. */
bool hmi_list_unpack(hm_bytes packed, uint64_t *out);

#endif
