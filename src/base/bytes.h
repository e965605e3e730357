/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.h - slices: looking at bytes and text without owning them.
 *
 * No function here allocates or fails; those that search answer SIZE_MAX for "not there".
 * Comparisons of bytes are by unsigned value, ASCII case folding never looks at the locale.
 */
#ifndef HMI_BASE_BYTES_H
#define HMI_BASE_BYTES_H

#include <stdbool.h>
#include <string.h>

#include <hallmark/base.h>

#define HM_BYTES(literal) ((hm_bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })
#define HM_TEXT(literal) ((hm_text){ (literal), sizeof(literal) - 1 })
/* The same for static initialisers. */
#define HM_TEXT_INIT(literal)          \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }
/* For printf's "%.*s"; only for text that is known to be short. */
#define HMI_FMT(text) (int)(text).len, (text).ptr
#define HMI_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HMI_NPOS SIZE_MAX

static inline hm_bytes hmi_bytes(const void *ptr, size_t len)
{
    return (hm_bytes){ (const uint8_t *)ptr, len };
}

static inline hm_text hmi_text(const char *ptr, size_t len)
{
    return (hm_text){ ptr, len };
}

static inline hm_text hmi_text_of(const char *cstr)
{
    return (hm_text){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline hm_bytes hmi_text_bytes(hm_text text)
{
    return (hm_bytes){ (const uint8_t *)text.ptr, text.len };
}

/* The part from `off` of at most `len` bytes; shorter, even empty, at the end: never outside. */
static inline hm_bytes hmi_slice(hm_bytes bytes, size_t off, size_t len)
{
    if (off >= bytes.len) {
        return (hm_bytes){ NULL, 0 };
    }
    size_t rest = bytes.len - off;
    return (hm_bytes){ bytes.ptr + off, len < rest ? len : rest };
}

static inline hm_text hmi_text_slice(hm_text text, size_t off, size_t len)
{
    hm_bytes part = hmi_slice(hmi_text_bytes(text), off, len);
    return (hm_text){ (const char *)part.ptr, part.len };
}

static inline bool hmi_bytes_eq(hm_bytes a, hm_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool hmi_text_eq(hm_text a, hm_text b)
{
    return hmi_bytes_eq(hmi_text_bytes(a), hmi_text_bytes(b));
}

static inline bool hmi_text_is(hm_text text, const char *cstr)
{
    return hmi_text_eq(text, hmi_text_of(cstr));
}

static inline bool hmi_starts_with(hm_bytes bytes, hm_bytes prefix)
{
    return bytes.len >= prefix.len &&
           (prefix.len == 0 || !memcmp(bytes.ptr, prefix.ptr, prefix.len));
}

static inline bool hmi_ends_with(hm_bytes bytes, hm_bytes suffix)
{
    return bytes.len >= suffix.len &&
           (suffix.len == 0 || !memcmp(bytes.ptr + bytes.len - suffix.len, suffix.ptr, suffix.len));
}

static inline char hmi_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool hmi_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool hmi_ascii_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool hmi_ascii_alnum(char c)
{
    return hmi_ascii_digit(c) || hmi_ascii_alpha(c);
}

/* Value of one hexadecimal digit, -1 if it is none. */
int hmi_hex_digit(char c);

/* <0, 0, >0 like memcmp, a shorter slice first when one is the other's beginning. */
int hmi_bytes_cmp(hm_bytes a, hm_bytes b);
/* Equal when A-Z and a-z are taken as one. */
bool hmi_text_ieq(hm_text a, hm_text b);
bool hmi_text_istarts(hm_text text, hm_text prefix);
/* First place of a byte or of a slice; HMI_NPOS when absent. An empty needle is at 0. */
size_t hmi_find_byte(hm_bytes hay, uint8_t needle);
size_t hmi_find_last_byte(hm_bytes hay, uint8_t needle);
size_t hmi_find(hm_bytes hay, hm_bytes needle);
/* Without leading and trailing space, tab, CR, LF. */
hm_text hmi_text_trim(hm_text text);
/* Cuts the text before the first `by` off *rest and returns it; at the end returns the whole rest.
 * False when nothing was left to cut: `while (hmi_split(&rest, ',', &part))`. "a,,b" has 3 parts,
 * "" has one empty part, {NULL, 0} has none. */
bool hmi_split(hm_text *rest, char by, hm_text *ret_part);
/* The next line without its LF or CRLF; false at the end. */
bool hmi_next_line(hm_bytes *rest, hm_bytes *ret_line);

#endif
