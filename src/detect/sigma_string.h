/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_string.h - a value of a Sigma rule: bytes, some of which are wildcards.
 */
#ifndef HMI_DETECT_SIGMA_STRING_H
#define HMI_DETECT_SIGMA_STRING_H

#include "detect/sigma_inside.h"

enum { HMI_SIGMA_DASHES_MAX = 5 }; /* of one windash value: 5 ways each */

typedef struct hmi_sigma_string {
    char *text;
    uint8_t *wild; /* '*', '?', or 0: the byte itself */
    size_t len;
} hmi_sigma_string;

/* Room for `len` bytes; .text NULL when refused. */
hmi_sigma_string hmi_sigma_string_new(hmi_arena *arena, size_t len);
/* A backslash in front of * ? \ makes them themselves. */
hmi_sigma_string hmi_sigma_string_read(hmi_arena *arena, hm_text text);
/* Bytes as they are. */
hmi_sigma_string hmi_sigma_string_of(hmi_arena *arena, hm_bytes bytes);
bool hmi_sigma_string_is_wild(const hmi_sigma_string *s);
hmi_sigma_string hmi_sigma_string_join(hmi_arena *arena, hmi_sigma_string a, hmi_sigma_string b,
                                       hmi_sigma_string c);
/* UTF-16 of text; .text NULL when refused. */
hmi_sigma_string hmi_sigma_string_utf16(hmi_arena *arena, hmi_sigma_string s, bool big, bool mark);
/* Base64 of `shift` unknown bytes and these, as far as it is certain; shift < 0: as it stands. */
hmi_sigma_string hmi_sigma_string_base64(hmi_arena *arena, hmi_sigma_string s, int shift);
/* The i-th way to write the dashes in front of words; *ret_ways is how many there are. */
hmi_sigma_string hmi_sigma_string_dashes(hmi_arena *arena, hmi_sigma_string s, size_t i,
                                         size_t *ret_ways);
/* As a regular expression over the whole value. */
hm_text hmi_sigma_string_regex(hmi_arena *arena, hmi_sigma_string s);

#endif
