/* SPDX-License-Identifier: Apache-2.0
 *
 * check_address.c - is this an address, and does an indicator name it or hold it?
 *
 * WHY    1.2.3.4 must not be met in 11.2.3.45, in 1.2.3.4.5 or in "Server/1.2.3.4".
 * FORM   A quad is four numbers with three dots, not continued by letters, digits, '_' or another
 *        dotted part on either side. It is a version, not an address, where a product name and a
 *        slash or a dash precede it ("Chrome/1.2.3.4", "lib-1.2.3.4") and no port follows, or where
 *        "-" and something other than a quad follow. An IPv6 address is the longest run of
 *        hexadecimal digits and colons, with a dotted quad at its end if there is one; a quad that
 *        ends an IPv6 address is that address.
 * TRUST  Records; each side is looked at for a few dozen bytes at most.
 */
#include "match/scan.h"

enum { WORD_MAX = 64, V6_MAX = 45 };

static void find_ranges(hm_scanner *s, const hmi_view *v, size_t start, size_t end,
                        const hmi_address *address, hm_text text)
{
    const hmi_set_head *head = s->set->head;
    bool v4 = hmi_address_is_v4(address);
    if (v4) {
        uint32_t n = (uint32_t)address->bytes[12] << 16 | (uint32_t)address->bytes[13] << 8 |
                     address->bytes[14];
        if (s->set->ranges24 == NULL || (s->set->ranges24[n / 8] >> (n % 8) & 1) == 0) {
            return;
        }
    }
    for (unsigned bits = v4 ? 96 : 0; bits <= 128; bits++) {
        if ((head->v6_lengths[bits / 64] >> (bits % 64) & 1) == 0) {
            continue;
        }
        uint8_t key[17];
        for (unsigned i = 0; i < 16; i++) {
            unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
            key[i] =
                (uint8_t)(kept >= 8 ? address->bytes[i] : address->bytes[i] & (0xff00u >> kept));
        }
        key[16] = (uint8_t)bits;
        if (!hmi_gate_open(s->set, hmi_sip(head->seed, HMI_GATE_RANGE, hmi_bytes(key, 17)))) {
            continue;
        }
        HMI_CANON(range);
        hmi_address base;
        memcpy(base.bytes, key, 16);
        range.len = hmi_address_format(&base, range.bytes);
        hmi_canon_put(&range, '/');
        hmi_canon_add_number(&range, hmi_address_is_v4(&base) ? bits - 96 : bits);
        hmi_lookup at = { 0 };
        uint32_t row;
        while (hmi_set_find(s->set, HMI_KEY_RANGE, hmi_canon_text(&range), &at, &row)) {
            hmi_hit_add(s, v, start, end, row, HM_SEM_RANGE, text);
        }
    }
}

static void find_address(hm_scanner *s, hmi_view *v, size_t start, size_t end,
                         const hmi_address *address)
{
    if (s->seen != NULL) {
        hmi_seen_tell(s, HMI_SEEN_ADDRESS, hmi_bytes(address->bytes, sizeof(address->bytes)));
        return;
    }
    char out[HMI_ADDRESS_TEXT_MAX + 1];
    hm_text text = { out, hmi_address_format(address, out) };
    hmi_lookup at = { 0 };
    uint32_t row;
    while (hmi_set_find(s->set, HMI_KEY_ADDRESS, text, &at, &row)) {
        hmi_hit_add(s, v, start, end, row, HM_SEM_ADDRESS, text);
    }
    if (hmi_has(s, HMI_KEY_RANGE)) {
        find_ranges(s, v, start, end, address, text);
    }
    if (hmi_has(s, HMI_KEY_URL) || hmi_has(s, HMI_KEY_URL_BELOW)) {
        hmi_check_url(s, v, start, end, text);
    }
}

static uint8_t at_or_space(const hmi_view *v, size_t pos)
{
    return pos < v->len ? v->ptr[pos] : ' ';
}

/* Four numbers at `pos`, without regard to what follows. */
static bool quad_at(const hmi_view *v, size_t pos, size_t *ret_end)
{
    for (unsigned part = 0; part < 4; part++) {
        size_t digits = 0;
        while (digits < 4 && hmi_byte_is(at_or_space(v, pos), HMI_B_DIGIT)) {
            digits++;
            pos++;
        }
        if (digits == 0 || digits > 3 || (part < 3 && at_or_space(v, pos++) != '.')) {
            return false;
        }
    }
    *ret_end = pos;
    return true;
}

static bool right_is_clean(const hmi_view *v, size_t end)
{
    uint8_t c = at_or_space(v, end);
    uint8_t next = at_or_space(v, end + 1);
    size_t unused;
    if (hmi_byte_is(c, HMI_B_ALNUM) || c == '_' || hmi_fang_at(v, end)) {
        return false;
    }
    if (c == '.') {
        return !hmi_byte_is(next, HMI_B_ALNUM) && next != '_' && next != '-';
    }
    return c != '-' || !hmi_byte_is(next, HMI_B_ALNUM) || quad_at(v, end + 1, &unused);
}

/* "Chrome/", "nginx/" and "lib-": a word that begins where words begin, and no port behind. */
static bool is_version(const hmi_view *v, size_t start, size_t end)
{
    uint8_t mark = v->ptr[start - 1];
    if (mark != '/' && mark != '-') {
        return false;
    }
    size_t from = start - 1;
    while (from > 0 && start - from < WORD_MAX &&
           (hmi_byte_is(v->ptr[from - 1], HMI_B_NAME) || v->ptr[from - 1] == '.')) {
        from--;
    }
    if (from == start - 1 || !hmi_byte_is(v->ptr[start - 2], HMI_B_ALPHA)) {
        return false;
    }
    if (mark == '-') {
        return true;
    }
    if (at_or_space(v, end) == ':' && hmi_byte_is(at_or_space(v, end + 1), HMI_B_DIGIT)) {
        return false; /* "host/1.2.3.4:80", as Java writes addresses */
    }
    uint8_t before = from > 0 ? v->ptr[from - 1] : ' ';
    return before == ' ' || before == '"' || before == '(' || before == ';' || before == '\n' ||
           before == '\t' || before == '+' || before == ',';
}

static bool left_is_clean(hmi_view *v, size_t start, size_t end, bool escaped)
{
    if (start == 0 || escaped) {
        return true;
    }
    uint8_t c = v->ptr[start - 1];
    if (hmi_byte_is(c, HMI_B_ALNUM) || c == '_' || hmi_fang_before(v, start)) {
        return false;
    }
    if (c == '.') {
        return start < 2 || !hmi_byte_is(v->ptr[start - 2], HMI_B_NAME);
    }
    return !is_version(v, start, end);
}

/* ---- IPv6 */

static bool in_v6(uint8_t c)
{
    return c == ':' || hmi_byte_is(c, HMI_B_HEX);
}

/* The run of digits and colons around `pos`, cut to an address. *ret_end may lie behind a quad. */
static bool v6_around(hmi_view *v, size_t pos, size_t *ret_start, size_t *ret_end, hmi_address *ret)
{
    size_t start = pos;
    size_t end = pos;
    while (start > 0 && in_v6(v->ptr[start - 1])) {
        if (pos - --start > V6_MAX) {
            return false;
        }
    }
    while (end < v->len && in_v6(v->ptr[end])) {
        if (++end - pos > V6_MAX) {
            return false;
        }
    }
    bool escaped;
    size_t clear = hmi_escape_end(v, start, &escaped);
    if (escaped) {
        start = clear;
    } else if (start > 0 &&
               (hmi_byte_is(v->ptr[start - 1], HMI_B_ALNUM) || v->ptr[start - 1] == '_')) {
        /* The end of a word: "iface:2001:db8::1". */
        while (start < end && v->ptr[start] != ':') {
            start++;
        }
        if (end - start < 2 || v->ptr[start + 1] == ':') {
            return false;
        }
        start++;
    }
    if (end - start > 1 && v->ptr[start] == ':' && v->ptr[start + 1] != ':') {
        start++;
    }
    if (at_or_space(v, end) == '.') {
        /* A quad instead of the last two groups. */
        size_t group = end;
        size_t stop;
        while (group > start && hmi_byte_is(v->ptr[group - 1], HMI_B_DIGIT)) {
            group--;
        }
        if (group < end && quad_at(v, group, &stop)) {
            end = stop;
        }
    }
    if (end - start > 1 && v->ptr[end - 1] == ':' && v->ptr[end - 2] != ':') {
        end--;
    }
    if (start > 0 && v->ptr[start - 1] == '.' && start > 1 &&
        hmi_byte_is(v->ptr[start - 2], HMI_B_NAME)) {
        return false;
    }
    uint8_t c = at_or_space(v, end);
    if (hmi_byte_is(c, HMI_B_ALNUM) || c == '_' ||
        (c == '.' && hmi_byte_is(at_or_space(v, end + 1), HMI_B_NAME))) {
        return false;
    }
    *ret_start = start;
    *ret_end = end;
    return pos >= start && pos <= end &&
           hmi_address_parse((hm_text){ (const char *)v->ptr + start, end - start }, ret);
}

void hmi_check_colon(hm_scanner *s, hmi_view *v, size_t pos)
{
    if (pos < s->v6_done && v == &s->view) {
        return;
    }
    size_t start;
    size_t end;
    hmi_address address;
    if (!v6_around(v, pos, &start, &end, &address)) {
        return;
    }
    if (v == &s->view) {
        s->v6_done = end;
    }
    find_address(s, v, start, end, &address);
}

void hmi_check_quad(hm_scanner *s, hmi_view *v, size_t third_dot)
{
    size_t start = third_dot;
    unsigned dots = 0;
    while (start > 0 && third_dot - start < 16) {
        uint8_t c = v->ptr[start - 1];
        if (c == '.' ? ++dots == 3 : !hmi_byte_is(c, HMI_B_DIGIT)) {
            break;
        }
        start--;
    }
    bool escaped;
    start = hmi_escape_end(v, start, &escaped);
    size_t end;
    if (start >= third_dot || !quad_at(v, start, &end) || end < third_dot ||
        !left_is_clean(v, start, end, escaped) || !right_is_clean(v, end)) {
        return;
    }
    hmi_address address;
    size_t v6_start;
    size_t v6_end;
    if (start > 1 && v->ptr[start - 1] == ':' && in_v6(v->ptr[start - 2]) &&
        v6_around(v, start - 1, &v6_start, &v6_end, &address) && v6_end == end) {
        return; /* found by its colons */
    }
    if (hmi_address_parse((hm_text){ (const char *)v->ptr + start, end - start }, &address)) {
        find_address(s, v, start, end, &address);
    }
}
