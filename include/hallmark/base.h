/* SPDX-License-Identifier: Apache-2.0
 *
 * hallmark/base.h - the few shapes every call of libhallmark speaks in: bytes, text, errors.
 *
 * Slices carry a pointer and a length and own nothing: who lends them says for how long.
 * `hm_bytes` is anything at all; `hm_text` is the same shape known to be clean UTF-8, so the
 * type itself says whether somebody has looked.
 *
 * Every function that can fail returns HM_OK or a negative hm_code and takes an optional
 * `hm_err *err` last, owned by the caller. On failure no `ret_*` argument is touched; on success
 * each is set. There is no "last error" hidden in a thread.
 *
 * Threads: these types have no state. An hm_err belongs to one thread at a time.
 */
#ifndef HALLMARK_BASE_H
#define HALLMARK_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define HM_BEGIN_DECLS extern "C" {
#define HM_END_DECLS }
#else
#define HM_BEGIN_DECLS
#define HM_END_DECLS
#endif

#if defined(__GNUC__)
#define HM_API __attribute__((visibility("default")))
#else
#define HM_API
#endif

HM_BEGIN_DECLS

/* Any bytes. `ptr` may be NULL only when `len` is 0. */
typedef struct hm_bytes {
    const uint8_t *ptr;
    size_t len;
} hm_bytes;

/* Clean UTF-8 (no surrogates, no overlong forms, RFC 3629); may contain U+0000; not
 * NUL-terminated. */
typedef struct hm_text {
    const char *ptr;
    size_t len;
} hm_text;

/* What can go wrong. The numbers are part of the promise and never change meaning. */
typedef enum hm_code {
    HM_OK = 0,
    HM_E_TRUNCATED = -1,   /* the input ends before it should */
    HM_E_MALFORMED = -2,   /* the input breaks its format's rules */
    HM_E_UNSUPPORTED = -3, /* well-formed, but nothing here reads it */
    HM_E_LIMIT = -4,       /* a stated limit was reached: size, depth, count, time, memory */
    HM_E_MEMORY = -5,      /* the system has no memory left */
    HM_E_IO = -6,          /* a file, pipe or socket failed */
    HM_E_NOT_FOUND = -7,   /* no such thing */
    HM_E_EXISTS = -8,      /* it is there already */
    HM_E_DENIED = -9,      /* a rule or a right forbids it */
    HM_E_MISUSE = -10,     /* the caller broke this header's rules */
    HM_E_CORRUPT = -11,    /* something we stored is damaged */
    HM_E_BUSY = -12,       /* somebody else holds it; try again */
    HM_E_CANCELLED = -13,  /* the user or a callback asked to stop */
    HM_E_CRASHED = -14,    /* a worker died of the input; it is contained */
    HM_E_CONFLICT = -15    /* same name or id, different content */
} hm_code;

/* `offset` when the failure has no place in an input. */
#define HM_OFFSET_NONE UINT64_MAX

/* One failure: its code, the byte of the input where it was noticed (or HM_OFFSET_NONE), and one
 * sentence in English without a trailing full stop, NUL-terminated, always clean UTF-8. */
typedef struct hm_err {
    int code;
    uint64_t offset;
    char text[256];
} hm_err;

/* The code's stable lower-case name ("truncated", "limit", ...). Never NULL. */
HM_API const char *hm_code_name(int code);

HM_END_DECLS

#endif
