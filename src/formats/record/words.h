/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - taking a line apart: the few cuts that nearly every log format needs.
 */
#ifndef HMI_FORMATS_WORDS_H
#define HMI_FORMATS_WORDS_H

#include "base/bytes.h"

/* Skips blanks, then takes what stands before the next one; false at the end. */
static inline bool hmi_word(hm_bytes *rest, hm_bytes *ret_word)
{
    while (rest->len > 0 && rest->ptr[0] == ' ') {
        *rest = hmi_slice(*rest, 1, rest->len);
    }
    if (rest->len == 0) {
        return false;
    }
    size_t len = hmi_find_byte(*rest, ' ');
    len = len == HMI_NPOS ? rest->len : len;
    *ret_word = (hm_bytes){ rest->ptr, len };
    *rest = hmi_slice(*rest, len, rest->len);
    return true;
}

/* What stands before `by`, which is taken too; false (and nothing taken) without one. */
static inline bool hmi_until(hm_bytes *rest, hm_bytes by, hm_bytes *ret_part)
{
    size_t at = hmi_find(*rest, by);
    if (at == HMI_NPOS) {
        return false;
    }
    *ret_part = hmi_slice(*rest, 0, at);
    *rest = hmi_slice(*rest, at + by.len, rest->len);
    return true;
}

/* What follows `key` up to `by` or the end; empty when the key is missing. */
static inline hm_bytes hmi_after(hm_bytes text, hm_bytes key, uint8_t by)
{
    size_t at = hmi_find(text, key);
    if (at == HMI_NPOS) {
        return (hm_bytes){ NULL, 0 };
    }
    hm_bytes value = hmi_slice(text, at + key.len, text.len);
    size_t end = hmi_find_byte(value, by);
    return end == HMI_NPOS ? value : hmi_slice(value, 0, end);
}

static inline bool hmi_all_digits(hm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_digit((char)text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

#endif
