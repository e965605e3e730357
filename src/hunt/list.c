/* SPDX-License-Identifier: Apache-2.0
 *
 * list.c - Rice-coded distances, with a directory to begin in the middle.
 */
#include "hunt/list.h"

enum { HEAD = 8, ENTRY = 12, TAIL = 8, QUOTIENT_MAX = 40, K_BITS = 6 };

/* ---- Packing */

typedef struct bit_writer {
    hmi_buf *out;
    uint64_t word;
    unsigned used;
    uint64_t bits; /* written so far */
} bit_writer;

static void put_bits(bit_writer *w, uint64_t value, unsigned count)
{
    w->word |= value << w->used;
    w->used += count;
    w->bits += count;
    while (w->used >= 8) {
        hmi_buf_add_u8(w->out, (uint8_t)w->word);
        w->word >>= 8;
        w->used -= 8;
    }
}

/* A quotient that would be long is written as QUOTIENT_MAX ones, then the distance in full. */
static void put_distance(bit_writer *w, uint64_t distance, unsigned k)
{
    uint64_t quotient = distance >> k;
    if (quotient >= QUOTIENT_MAX) {
        put_bits(w, (1ull << QUOTIENT_MAX) - 1, QUOTIENT_MAX);
        put_bits(w, distance, HMI_LIST_BITS_MAX);
        return;
    }
    put_bits(w, (1ull << quotient) - 1, (unsigned)quotient + 1);
    put_bits(w, distance & ((1ull << k) - 1), k);
}

static unsigned best_k(const uint64_t *numbers, size_t count)
{
    uint64_t mean = count > 1 ? (numbers[count - 1] - numbers[0]) / (count - 1) : 0;
    unsigned k = 0;
    while (k < HMI_LIST_BITS_MAX - 1 && (1ull << (k + 1)) <= mean) {
        k++;
    }
    return k;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

void hmi_list_pack(hmi_buf *out, const uint64_t *sorted, size_t count)
{
    size_t blocks = (count + HMI_LIST_BLOCK - 1) / HMI_LIST_BLOCK;
    size_t start = out->len;
    hmi_buf_add_u32(out, 0);
    hmi_buf_add_u32(out, 0);
    if (hmi_buf_extend(out, blocks * ENTRY) == NULL) {
        return;
    }
    put_u32(out->ptr + start, (uint32_t)count);
    put_u32(out->ptr + start + 4, (uint32_t)blocks);
    bit_writer w = { .out = out };
    for (size_t b = 0; b < blocks && out->bad == 0; b++) {
        const uint64_t *numbers = sorted + b * HMI_LIST_BLOCK;
        size_t in_block = count - b * HMI_LIST_BLOCK;
        in_block = in_block < HMI_LIST_BLOCK ? in_block : HMI_LIST_BLOCK;
        uint8_t *entry = out->ptr + start + HEAD + b * ENTRY;
        put_u32(entry, (uint32_t)numbers[0]);
        put_u32(entry + 4, (uint32_t)(numbers[0] >> 32));
        put_u32(entry + 8, (uint32_t)w.bits);
        unsigned k = best_k(numbers, in_block);
        put_bits(&w, k, K_BITS);
        for (size_t i = 1; i < in_block; i++) {
            put_distance(&w, numbers[i] - numbers[i - 1] - 1, k);
        }
    }
    put_bits(&w, 0, 7);
    hmi_buf_add_u64(out, 0);
}

/* ---- Asking */

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t get_first(const uint8_t *entry)
{
    return get_u32(entry) | (uint64_t)get_u32(entry + 4) << 32;
}

typedef struct list {
    uint32_t count, blocks;
    const uint8_t *directory;
    const uint8_t *bits;
    uint64_t bit_count; /* a whole word may be read from each of them */
} list;

static bool open_list(hm_bytes packed, list *l)
{
    if (packed.len < HEAD + TAIL) {
        return false;
    }
    l->count = get_u32(packed.ptr);
    l->blocks = get_u32(packed.ptr + 4);
    uint64_t wanted = ((uint64_t)l->count + HMI_LIST_BLOCK - 1) / HMI_LIST_BLOCK;
    if (l->blocks != wanted || l->blocks > (packed.len - HEAD - TAIL) / ENTRY) {
        return false;
    }
    l->directory = packed.ptr + HEAD;
    l->bits = l->directory + (size_t)l->blocks * ENTRY;
    l->bit_count = 8 * (uint64_t)(packed.len - HEAD - TAIL - (size_t)l->blocks * ENTRY);
    return true;
}

static uint64_t peek(const list *l, uint64_t at)
{
    uint64_t word;
    memcpy(&word, l->bits + at / 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word >> (at % 8);
}

/* The next distance; false at the end of the bits. At least 57 bits are seen at once. */
static bool get_distance(const list *l, uint64_t *at, unsigned k, uint64_t *ret)
{
    if (*at >= l->bit_count) {
        return false;
    }
    uint64_t word = peek(l, *at);
    unsigned quotient = ~word == 0 ? 64 : (unsigned)__builtin_ctzll(~word);
    if (quotient >= QUOTIENT_MAX) {
        *at += QUOTIENT_MAX;
        if (*at >= l->bit_count) {
            return false;
        }
        *ret = peek(l, *at) & ((1ull << HMI_LIST_BITS_MAX) - 1);
        *at += HMI_LIST_BITS_MAX;
        return true;
    }
    *at += quotient + 1;
    if (*at >= l->bit_count + 1) {
        return false;
    }
    *ret = ((uint64_t)quotient << k) | (peek(l, *at) & ((1ull << k) - 1));
    *at += k;
    return true;
}

static uint32_t block_len(const list *l, uint32_t block)
{
    uint32_t left = l->count - block * HMI_LIST_BLOCK;
    return left < HMI_LIST_BLOCK ? left : HMI_LIST_BLOCK;
}

static bool block_begin(const list *l, uint32_t block, uint64_t *ret_at, unsigned *ret_k)
{
    uint64_t at = get_u32(l->directory + (size_t)block * ENTRY + 8);
    if (at >= l->bit_count) {
        return false;
    }
    *ret_k = (unsigned)(peek(l, at) & ((1u << K_BITS) - 1));
    *ret_at = at + K_BITS;
    return true;
}

/* The last block that begins at or before `number`. */
static uint32_t find_block(const list *l, uint64_t number)
{
    uint32_t low = 0;
    uint32_t high = l->blocks;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (get_first(l->directory + (size_t)middle * ENTRY) <= number) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

bool hmi_list_touches(hm_bytes packed, uint64_t first, uint64_t last)
{
    list l;
    uint64_t at;
    unsigned k;
    if (!open_list(packed, &l) || l.blocks == 0) {
        return false;
    }
    uint32_t block = find_block(&l, first);
    uint64_t number = get_first(l.directory + (size_t)block * ENTRY);
    if (number >= first) {
        return number <= last;
    }
    if (!block_begin(&l, block, &at, &k)) {
        return false;
    }
    for (uint32_t i = 1; i < block_len(&l, block); i++) {
        uint64_t distance;
        if (!get_distance(&l, &at, k, &distance)) {
            return false;
        }
        number += distance + 1;
        if (number >= first) {
            return number <= last;
        }
    }
    return block + 1 < l.blocks && get_first(l.directory + ((size_t)block + 1) * ENTRY) <= last;
}

uint32_t hmi_list_count(hm_bytes packed)
{
    list l;
    return open_list(packed, &l) ? l.count : 0;
}

bool hmi_list_unpack(hm_bytes packed, uint64_t *out)
{
    list l;
    if (!open_list(packed, &l)) {
        return false;
    }
    for (uint32_t block = 0; block < l.blocks; block++) {
        uint64_t at;
        unsigned k;
        uint64_t number = get_first(l.directory + (size_t)block * ENTRY);
        if (!block_begin(&l, block, &at, &k)) {
            return false;
        }
        *out++ = number;
        for (uint32_t i = 1; i < block_len(&l, block); i++) {
            uint64_t distance;
            if (!get_distance(&l, &at, k, &distance)) {
                return false;
            }
            *out++ = number += distance + 1;
        }
    }
    return true;
}
