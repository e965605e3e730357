/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.h - reading fields out of hostile bytes.
 *
 * A cursor cannot leave its slice. The first read that would do so answers 0 (or an empty slice),
 * sets `bad` and remembers where; every later read answers 0 too. So: read a whole header, then
 * ask once. `big` chooses the byte order of the next reads.
 */
#ifndef HMI_BASE_CURSOR_H
#define HMI_BASE_CURSOR_H

#include <stdbool.h>

#include "base/bytes.h"

typedef struct hmi_cur {
    hm_bytes over;
    size_t pos;
    bool big;
    bool bad;
    size_t bad_at; /* position of the first read that did not fit */
} hmi_cur;

static inline hmi_cur hmi_cur_over(hm_bytes bytes)
{
    return (hmi_cur){ .over = bytes };
}

static inline size_t hmi_cur_left(const hmi_cur *cur)
{
    return cur->bad ? 0 : cur->over.len - cur->pos;
}

/* `len` bytes ahead, or NULL with `bad` set. */
static inline const uint8_t *hmi_cur_need(hmi_cur *cur, size_t len)
{
    if (cur->bad || cur->over.len - cur->pos < len) {
        if (!cur->bad) {
            cur->bad = true;
            cur->bad_at = cur->pos;
        }
        return NULL;
    }
    const uint8_t *at = cur->over.ptr + cur->pos;
    cur->pos += len;
    return at;
}

static inline uint64_t hmi_cur_uint(hmi_cur *cur, unsigned width)
{
    const uint8_t *at = hmi_cur_need(cur, width);
    uint64_t value = 0;
    for (unsigned i = 0; at != NULL && i < width; i++) {
        unsigned shift = 8 * (cur->big ? width - 1 - i : i);
        value |= (uint64_t)at[i] << shift;
    }
    return value;
}

static inline uint8_t hmi_cur_u8(hmi_cur *cur)
{
    return (uint8_t)hmi_cur_uint(cur, 1);
}

static inline uint16_t hmi_cur_u16(hmi_cur *cur)
{
    return (uint16_t)hmi_cur_uint(cur, 2);
}

static inline uint32_t hmi_cur_u32(hmi_cur *cur)
{
    return (uint32_t)hmi_cur_uint(cur, 4);
}

static inline uint64_t hmi_cur_u64(hmi_cur *cur)
{
    return hmi_cur_uint(cur, 8);
}

static inline void hmi_cur_skip(hmi_cur *cur, size_t len)
{
    (void)hmi_cur_need(cur, len);
}

static inline hm_bytes hmi_cur_bytes(hmi_cur *cur, size_t len)
{
    const uint8_t *at = hmi_cur_need(cur, len);
    return (hm_bytes){ at, at ? len : 0 };
}

/* Moves to an absolute position; beyond the end sets `bad`. */
static inline void hmi_cur_seek(hmi_cur *cur, uint64_t pos)
{
    if (cur->bad) {
        return;
    }
    if (pos > cur->over.len) {
        cur->bad = true;
        cur->bad_at = cur->pos;
        return;
    }
    cur->pos = (size_t)pos;
}

/* Consumes `magic` if it stands here. Not standing here is no failure. */
static inline bool hmi_cur_match(hmi_cur *cur, hm_bytes magic)
{
    if (hmi_cur_left(cur) < magic.len) {
        (void)hmi_cur_need(cur, magic.len);
        return false;
    }
    if (memcmp(cur->over.ptr + cur->pos, magic.ptr, magic.len) != 0) {
        return false;
    }
    cur->pos += magic.len;
    return true;
}

/* Bytes up to a NUL (consumed, not included); without one sets `bad`. */
static inline hm_bytes hmi_cur_cstr(hmi_cur *cur)
{
    hm_bytes rest = hmi_slice(cur->over, cur->pos, hmi_cur_left(cur));
    size_t len = hmi_find_byte(rest, 0);
    if (cur->bad || len == HMI_NPOS) {
        (void)hmi_cur_need(cur, rest.len + 1);
        return (hm_bytes){ NULL, 0 };
    }
    cur->pos += len + 1;
    return (hm_bytes){ rest.ptr, len };
}

/* Unsigned and signed LEB128 of at most 64 bits (DWARF 5 section 7.6). */
static inline uint64_t hmi_cur_uleb(hmi_cur *cur)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = hmi_cur_u8(cur);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    cur->bad = true;
    cur->bad_at = cur->pos;
    return 0;
}

static inline int64_t hmi_cur_sleb(hmi_cur *cur)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = hmi_cur_u8(cur);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            if ((byte & 0x40) && shift + 7 < 64) {
                value |= ~UINT64_C(0) << (shift + 7);
            }
            return (int64_t)value;
        }
    }
    cur->bad = true;
    cur->bad_at = cur->pos;
    return 0;
}

#endif
