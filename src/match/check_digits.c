/* SPDX-License-Identifier: Apache-2.0
 *
 * check_digits.c - digests: whole runs of hexadecimal digits of the right length.
 *
 * WHY    An MD5 is no part of a SHA-256, and no part of a word.
 * FORM   A run of 32, 40, 64 or 128 digits with no letter or digit beside it,
 *        the letters of an escape in front left out.
 * TRUST  Records. A run is followed for HMI_HEX_MAX bytes; a longer one is no digest.
 */
#include "match/scan.h"

enum { HMI_HEX_MAX = 140 };

void hmi_check_digits(hm_scanner *s, hmi_view *v, size_t pos)
{
    if ((pos < s->digits_done && v == &s->view) || !hmi_has(s, HMI_KEY_HASH)) {
        return;
    }
    size_t start = pos;
    size_t end = pos;
    while (start > 0 && pos - start < HMI_HEX_MAX && hmi_byte_is(v->ptr[start - 1], HMI_B_HEX)) {
        start--;
    }
    while (end < v->len && end - pos < HMI_HEX_MAX && hmi_byte_is(v->ptr[end], HMI_B_HEX)) {
        end++;
    }
    if (v == &s->view) {
        s->digits_done = end;
    }
    bool escaped;
    start = hmi_escape_end(v, start, &escaped);
    size_t len = end - start;
    if (start > end || (len != 32 && len != 40 && len != 64 && len != 128) ||
        (!escaped && start > 0 && hmi_byte_is(v->ptr[start - 1], HMI_B_ALNUM)) ||
        (end < v->len && hmi_byte_is(v->ptr[end], HMI_B_ALNUM))) {
        return;
    }
    if (!hmi_gate_open(s->set, hmi_gate_hash(s->set->head->gate_keys, v->ptr + start))) {
        return;
    }
    char lower[128];
    for (size_t i = 0; i < len; i++) {
        lower[i] = hmi_ascii_lower((char)v->ptr[start + i]);
    }
    if (s->seen != NULL) {
        hmi_seen_tell(s, HMI_SEEN_HASH, hmi_bytes(lower, len));
        return;
    }
    hmi_lookup at = { 0 };
    uint32_t row;
    while (hmi_set_find(s->set, HMI_KEY_HASH, (hm_text){ lower, len }, &at, &row)) {
        hmi_hit_add(s, v, start, end, row, HM_SEM_HASH, (hm_text){ lower, len });
    }
}
