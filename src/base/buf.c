/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.c - a growing buffer that remembers its first failure.
 *
 * WHY    Output is built in many small writes; checking each would hide the writing.
 * OWNS   buf->ptr, malloc'ed.
 */
#include "base/buf.h"

#include "base/error.h"
#include "base/num.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hmi_buf_init(hmi_buf *buf, size_t ceiling)
{
    *buf = (hmi_buf){ .ceiling = ceiling };
}

void hmi_buf_fini(hmi_buf *buf)
{
    if (buf == NULL) {
        return;
    }
    free(buf->ptr);
    *buf = (hmi_buf){ .ceiling = buf->ceiling };
}

void hmi_buf_clear(hmi_buf *buf)
{
    buf->len = 0;
    buf->bad = 0;
}

static bool grow_to(hmi_buf *buf, size_t need)
{
    size_t capacity = hmi_max(buf->capacity, 64);
    while (capacity < need) {
        if (!hmi_mul(capacity, (size_t)2, &capacity)) {
            buf->bad = HM_E_LIMIT;
            return false;
        }
    }
    uint8_t *larger = realloc(buf->ptr, capacity);
    if (larger == NULL) {
        buf->bad = HM_E_MEMORY;
        return false;
    }
    buf->ptr = larger;
    buf->capacity = capacity;
    return true;
}

uint8_t *hmi_buf_extend(hmi_buf *buf, size_t len)
{
    size_t need;
    if (buf->bad != 0) {
        return NULL;
    }
    if (!hmi_add(buf->len, len, &need) || (buf->ceiling != 0 && need > buf->ceiling)) {
        buf->bad = HM_E_LIMIT;
        return NULL;
    }
    if (need > buf->capacity || buf->ptr == NULL) {
        if (!grow_to(buf, need)) {
            return NULL;
        }
    }
    uint8_t *at = buf->ptr + buf->len;
    buf->len = need;
    return at;
}

void hmi_buf_add(hmi_buf *buf, hm_bytes bytes)
{
    uint8_t *at = hmi_buf_extend(buf, bytes.len);
    if (at != NULL && bytes.len > 0) {
        memcpy(at, bytes.ptr, bytes.len);
    }
}

void hmi_buf_add_text(hmi_buf *buf, hm_text text)
{
    hmi_buf_add(buf, hmi_text_bytes(text));
}

void hmi_buf_add_cstr(hmi_buf *buf, const char *cstr)
{
    hmi_buf_add_text(buf, hmi_text_of(cstr));
}

void hmi_buf_add_char(hmi_buf *buf, char c)
{
    hmi_buf_add_u8(buf, (uint8_t)c);
}

static void add_uint(hmi_buf *buf, uint64_t value, unsigned width)
{
    uint8_t *at = hmi_buf_extend(buf, width);
    for (unsigned i = 0; at != NULL && i < width; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

void hmi_buf_add_u8(hmi_buf *buf, uint8_t value)
{
    add_uint(buf, value, 1);
}

void hmi_buf_add_u16(hmi_buf *buf, uint16_t value)
{
    add_uint(buf, value, 2);
}

void hmi_buf_add_u32(hmi_buf *buf, uint32_t value)
{
    add_uint(buf, value, 4);
}

void hmi_buf_add_u64(hmi_buf *buf, uint64_t value)
{
    add_uint(buf, value, 8);
}

void hmi_buf_add_uleb(hmi_buf *buf, uint64_t value)
{
    do {
        uint8_t low = value & 0x7f;
        value >>= 7;
        hmi_buf_add_u8(buf, value ? low | 0x80 : low);
    } while (value != 0);
}

void hmi_buf_add_hex(hmi_buf *buf, hm_bytes bytes)
{
    static const char DIGITS[] = "0123456789abcdef";
    size_t twice;
    uint8_t *at = hmi_mul(bytes.len, (size_t)2, &twice) ? hmi_buf_extend(buf, twice) : NULL;
    for (size_t i = 0; at != NULL && i < bytes.len; i++) {
        at[2 * i] = (uint8_t)DIGITS[bytes.ptr[i] >> 4];
        at[2 * i + 1] = (uint8_t)DIGITS[bytes.ptr[i] & 15];
    }
}

void hmi_buf_printf(hmi_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* One byte more for the NUL that vsnprintf insists on; given back at once. */
    uint8_t *at = len < 0 ? NULL : hmi_buf_extend(buf, (size_t)len + 1);
    if (at != NULL) {
        vsnprintf((char *)at, (size_t)len + 1, format, again);
        buf->len--;
    }
    va_end(again);
}

int hmi_buf_check(const hmi_buf *buf, hm_err *err)
{
    if (buf->bad == HM_E_LIMIT) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "output limit of %zu bytes reached",
                        buf->ceiling);
    }
    if (buf->bad != 0) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    return HM_OK;
}
