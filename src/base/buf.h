/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.h - bytes that grow while they are written, up to a ceiling.
 *
 * A failed write is remembered (`bad`) and every later one is ignored: write everything, ask once.
 * The memory is malloc'ed: hmi_buf_fini() frees it, NULL and zeroed buffers are fine.
 */
#ifndef HMI_BASE_BUF_H
#define HMI_BASE_BUF_H

#include <stdbool.h>

#include "base/bytes.h"

typedef struct hmi_buf {
    uint8_t *ptr;
    size_t len;
    size_t capacity;
    size_t ceiling; /* 0 = none */
    int bad;        /* 0, HM_E_LIMIT or HM_E_MEMORY */
} hmi_buf;

void hmi_buf_init(hmi_buf *buf, size_t ceiling);
void hmi_buf_fini(hmi_buf *buf);
/* Empties it, keeps the memory, forgets `bad`. */
void hmi_buf_clear(hmi_buf *buf);
/* `len` writable bytes at the end, already counted; NULL when refused. */
uint8_t *hmi_buf_extend(hmi_buf *buf, size_t len);
void hmi_buf_add(hmi_buf *buf, hm_bytes bytes);
void hmi_buf_add_text(hmi_buf *buf, hm_text text);
void hmi_buf_add_cstr(hmi_buf *buf, const char *cstr);
void hmi_buf_add_char(hmi_buf *buf, char c);
void hmi_buf_add_u8(hmi_buf *buf, uint8_t value);
/* Little-endian, as all our own formats are. */
void hmi_buf_add_u16(hmi_buf *buf, uint16_t value);
void hmi_buf_add_u32(hmi_buf *buf, uint32_t value);
void hmi_buf_add_u64(hmi_buf *buf, uint64_t value);
void hmi_buf_add_uleb(hmi_buf *buf, uint64_t value);
void hmi_buf_add_hex(hmi_buf *buf, hm_bytes bytes); /* lower case */
__attribute__((format(printf, 2, 3))) void hmi_buf_printf(hmi_buf *buf, const char *format, ...);

static inline hm_bytes hmi_buf_bytes(const hmi_buf *buf)
{
    return (hm_bytes){ buf->ptr, buf->len };
}

static inline hm_text hmi_buf_text(const hmi_buf *buf)
{
    return (hm_text){ (const char *)buf->ptr, buf->len };
}

/* HM_OK, or the code of the first write that failed, with a sentence. */
int hmi_buf_check(const hmi_buf *buf, hm_err *err);

#endif
