/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.c - the parts of bytes.h that are more than one line.
 *
 * WHY    One place decides what "equal", "starts with" and "trim" mean, independent of locale.
 * TRUST  The input is anybody's; nothing here reads past a slice's length.
 * OWNS   Nothing.
 */
#include "base/bytes.h"

int hmi_hex_digit(char c)
{
    if (hmi_ascii_digit(c)) {
        return c - '0';
    }
    char lower = hmi_ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int hmi_bytes_cmp(hm_bytes a, hm_bytes b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool hmi_text_istarts(hm_text text, hm_text prefix)
{
    if (text.len < prefix.len) {
        return false;
    }
    if (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0) {
        return true; /* nearly always, where ids are compared */
    }
    for (size_t i = 0; i < prefix.len; i++) {
        if (hmi_ascii_lower(text.ptr[i]) != hmi_ascii_lower(prefix.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool hmi_text_ieq(hm_text a, hm_text b)
{
    return a.len == b.len && hmi_text_istarts(a, b);
}

size_t hmi_find_byte(hm_bytes hay, uint8_t needle)
{
    const uint8_t *at = hay.len ? memchr(hay.ptr, needle, hay.len) : NULL;
    return at ? (size_t)(at - hay.ptr) : HMI_NPOS;
}

size_t hmi_find_last_byte(hm_bytes hay, uint8_t needle)
{
    const uint8_t *at = hay.len ? memrchr(hay.ptr, needle, hay.len) : NULL;
    return at ? (size_t)(at - hay.ptr) : HMI_NPOS;
}

size_t hmi_find(hm_bytes hay, hm_bytes needle)
{
    if (needle.len == 0) {
        return 0;
    }
    const uint8_t *at = hay.len ? memmem(hay.ptr, hay.len, needle.ptr, needle.len) : NULL;
    return at ? (size_t)(at - hay.ptr) : HMI_NPOS;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

hm_text hmi_text_trim(hm_text text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

bool hmi_split(hm_text *rest, char by, hm_text *ret_part)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = hmi_find_byte(hmi_text_bytes(*rest), (uint8_t)by);
    if (at == HMI_NPOS) {
        *ret_part = *rest;
        *rest = (hm_text){ NULL, 0 };
        return true;
    }
    *ret_part = (hm_text){ rest->ptr, at };
    *rest = (hm_text){ rest->ptr + at + 1, rest->len - at - 1 };
    return true;
}

bool hmi_next_line(hm_bytes *rest, hm_bytes *ret_line)
{
    if (rest->len == 0) {
        return false;
    }
    size_t at = hmi_find_byte(*rest, '\n');
    size_t len = at == HMI_NPOS ? rest->len : at;
    size_t used = at == HMI_NPOS ? rest->len : at + 1;
    hm_bytes line = { rest->ptr, len };
    if (at != HMI_NPOS && line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    *ret_line = line;
    *rest = (hm_bytes){ rest->ptr + used, rest->len - used };
    return true;
}
