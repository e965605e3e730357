/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_address.c - addresses, ranges, MAC addresses and autonomous systems.
 *
 * WHY    One address has many spellings: ::FFFF:1.2.3.4, 1.2.3.4; 2001:DB8:0::1, 2001:db8::1.
 * FORM   IPv4 is a strict dotted quad: "010" is refused, because half the world reads it as eight.
 *        IPv6 is any spelling of RFC 4291 section 2.2, with brackets or a zone ("%eth0") dropped;
 *        written by RFC 5952. An IPv4-mapped address is the IPv4 address. A range is base/bits
 *        with the host bits cleared.
 * TRUST  Hostile text; every index is bounded by the group count or the text.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

enum { GROUPS = 8, V4_PREFIX_BITS = 96 };

static const uint8_t V4_PREFIX[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool parse_quad(hm_text text, uint8_t out[4])
{
    size_t part = 0;
    size_t pos = 0;
    while (part < 4) {
        size_t start = pos;
        unsigned value = 0;
        while (pos < text.len && pos - start < 3 && hmi_ascii_digit(text.ptr[pos])) {
            value = value * 10 + (unsigned)(text.ptr[pos++] - '0');
        }
        if (pos == start || value > 255 || (pos - start > 1 && text.ptr[start] == '0')) {
            return false;
        }
        out[part++] = (uint8_t)value;
        if (part < 4 && (pos >= text.len || text.ptr[pos++] != '.')) {
            return false;
        }
    }
    return pos == text.len;
}

/* One group of one to four hex digits at *pos. */
static bool parse_group(hm_text text, size_t *pos, uint16_t *ret)
{
    unsigned value = 0;
    size_t start = *pos;
    while (*pos < text.len && *pos - start < 4 && hmi_hex_digit(text.ptr[*pos]) >= 0) {
        value = value << 4 | (unsigned)hmi_hex_digit(text.ptr[*pos]);
        (*pos)++;
    }
    *ret = (uint16_t)value;
    return *pos > start;
}

typedef struct v6_groups {
    uint16_t group[GROUPS];
    size_t count;
    size_t gap; /* where "::" stands, GROUPS + 1 if nowhere */
} v6_groups;

/* A dotted quad may stand for the last two groups. */
static bool parse_tail_quad(hm_text text, size_t pos, v6_groups *v6)
{
    uint8_t quad[4];
    if (v6->count > GROUPS - 2 || !parse_quad(hmi_text_slice(text, pos, text.len), quad)) {
        return false;
    }
    v6->group[v6->count++] = (uint16_t)(quad[0] << 8 | quad[1]);
    v6->group[v6->count++] = (uint16_t)(quad[2] << 8 | quad[3]);
    return true;
}

static bool parse_groups(hm_text text, v6_groups *v6)
{
    size_t pos = 0;
    v6->count = 0;
    v6->gap = GROUPS + 1;
    if (text.len >= 2 && text.ptr[0] == ':' && text.ptr[1] == ':') {
        v6->gap = 0;
        pos = 2;
    }
    while (pos < text.len) {
        size_t start = pos;
        if (v6->count == GROUPS || !parse_group(text, &pos, &v6->group[v6->count])) {
            return false;
        }
        if (pos < text.len && text.ptr[pos] == '.') {
            return parse_tail_quad(text, start, v6);
        }
        v6->count++;
        if (pos == text.len) {
            return true;
        }
        if (text.ptr[pos++] != ':') {
            return false;
        }
        if (pos < text.len && text.ptr[pos] == ':') {
            if (v6->gap <= GROUPS) {
                return false;
            }
            v6->gap = v6->count;
            pos++;
        } else if (pos == text.len) {
            return false; /* one colon at the end */
        }
    }
    return true;
}

static bool parse_v6(hm_text text, hmi_address *ret)
{
    v6_groups v6;
    if (!parse_groups(text, &v6)) {
        return false;
    }
    bool gap = v6.gap <= GROUPS;
    if (gap ? v6.count >= GROUPS : v6.count != GROUPS) {
        return false;
    }
    hmi_address address = { { 0 } };
    for (size_t i = 0; i < v6.count; i++) {
        size_t at = gap && i >= v6.gap ? i + GROUPS - v6.count : i;
        address.bytes[2 * at] = (uint8_t)(v6.group[i] >> 8);
        address.bytes[2 * at + 1] = (uint8_t)v6.group[i];
    }
    *ret = address;
    return true;
}

static bool zone_is(hm_text zone)
{
    for (size_t i = 0; i < zone.len; i++) {
        char c = zone.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return zone.len > 0 && zone.len <= 32;
}

bool hmi_address_parse(hm_text text, hmi_address *ret)
{
    hmi_address address;
    memcpy(address.bytes, V4_PREFIX, sizeof(V4_PREFIX));
    if (text.len >= 7 && text.len <= 15 && parse_quad(text, address.bytes + 12)) {
        *ret = address;
        return true;
    }
    if (text.len >= 4 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']') {
        text = hmi_text_slice(text, 1, text.len - 2);
    }
    size_t percent = hmi_find_byte(hmi_text_bytes(text), '%');
    if (percent != HMI_NPOS) {
        if (!zone_is(hmi_text_slice(text, percent + 1, text.len))) {
            return false;
        }
        text.len = percent;
    }
    return text.len >= 2 && text.len <= 45 && parse_v6(text, ret);
}

bool hmi_address_is_v4(const hmi_address *address)
{
    return memcmp(address->bytes, V4_PREFIX, sizeof(V4_PREFIX)) == 0;
}

static size_t put_decimal(char *out, unsigned value)
{
    size_t len = 0;
    if (value >= 100) {
        out[len++] = (char)('0' + value / 100);
    }
    if (value >= 10) {
        out[len++] = (char)('0' + value / 10 % 10);
    }
    out[len++] = (char)('0' + value % 10);
    return len;
}

static size_t put_hex(char *out, unsigned value)
{
    static const char DIGITS[] = "0123456789abcdef";
    size_t len = 0;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = value >> shift & 15;
        if (digit != 0 || len > 0 || shift == 0) {
            out[len++] = DIGITS[digit];
        }
    }
    return len;
}

static unsigned group_at(const hmi_address *address, size_t i)
{
    return (unsigned)address->bytes[2 * i] << 8 | address->bytes[2 * i + 1];
}

/* The longest run of at least two zero groups, the first of equals (RFC 5952 section 4.2). */
static void longest_zeros(const hmi_address *address, size_t *ret_start, size_t *ret_len)
{
    size_t best = 0;
    size_t best_len = 1;
    for (size_t i = 0; i < GROUPS; i++) {
        size_t run = 0;
        while (i + run < GROUPS && group_at(address, i + run) == 0) {
            run++;
        }
        if (run > best_len) {
            best = i;
            best_len = run;
        }
    }
    *ret_start = best_len > 1 ? best : GROUPS;
    *ret_len = best_len > 1 ? best_len : 0;
}

static size_t format_v6(const hmi_address *address, char *out)
{
    size_t gap;
    size_t gap_len;
    longest_zeros(address, &gap, &gap_len);
    size_t len = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == gap) {
            out[len++] = ':';
            out[len++] = ':';
            i += gap_len - 1;
            continue;
        }
        if (i > 0 && i != gap + gap_len) {
            out[len++] = ':';
        }
        len += put_hex(out + len, group_at(address, i));
    }
    return len;
}

size_t hmi_address_format(const hmi_address *address, char out[HMI_ADDRESS_TEXT_MAX + 1])
{
    size_t len = 0;
    if (!hmi_address_is_v4(address)) {
        len = format_v6(address, out);
    } else {
        for (size_t i = 12; i < 16; i++) {
            len += put_decimal(out + len, address->bytes[i]);
            out[len++] = '.';
        }
        len--;
    }
    out[len] = '\0';
    return len;
}

static void clear_host_bits(hmi_address *address, unsigned bits)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8) {
            address->bytes[i] = (uint8_t)(address->bytes[i] & (0xff00u >> kept));
        }
    }
}

bool hmi_range_parse(hm_text text, hmi_address *ret_base, unsigned *ret_bits)
{
    size_t slash = hmi_find_last_byte(hmi_text_bytes(text), '/');
    hmi_address base;
    uint64_t bits;
    if (slash == HMI_NPOS || !hmi_address_parse(hmi_text_slice(text, 0, slash), &base) ||
        !hmi_decimal(hmi_text_slice(text, slash + 1, text.len), 128, &bits)) {
        return false;
    }
    bool quad = hmi_find_byte(hmi_text_bytes(hmi_text_slice(text, 0, slash)), ':') == HMI_NPOS;
    if (quad) {
        if (bits > 32) {
            return false;
        }
        bits += V4_PREFIX_BITS;
    }
    clear_host_bits(&base, (unsigned)bits);
    *ret_base = base;
    *ret_bits = (unsigned)bits;
    return true;
}

bool hmi_range_holds(const hmi_address *base, unsigned bits, const hmi_address *address)
{
    size_t whole = bits / 8;
    if (memcmp(address->bytes, base->bytes, whole) != 0) {
        return false;
    }
    unsigned rest = bits % 8;
    return rest == 0 ||
           ((address->bytes[whole] ^ base->bytes[whole]) & (0xff00u >> rest) & 0xff) == 0;
}

bool hmi_form_address(hm_text raw, hmi_canon *out)
{
    hmi_address address;
    if (!hmi_address_parse(raw, &address)) {
        return false;
    }
    out->len = hmi_address_format(&address, out->bytes);
    return true;
}

bool hmi_form_range(hm_text raw, hmi_canon *out)
{
    hmi_address base;
    unsigned bits;
    if (!hmi_range_parse(raw, &base, &bits)) {
        return false;
    }
    out->len = hmi_address_format(&base, out->bytes);
    hmi_canon_put(out, '/');
    hmi_canon_add_number(out, hmi_address_is_v4(&base) ? bits - V4_PREFIX_BITS : bits);
    return true;
}

/* aa:bb:cc:dd:ee:ff, aa-bb-..., aabb.ccdd.eeff or twelve bare digits. */
bool hmi_form_mac(hm_text raw, hmi_canon *out)
{
    char separator = '\0';
    size_t digits = 0;
    size_t run = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (hmi_hex_digit(c) >= 0) {
            if (digits > 0 && digits % 2 == 0) {
                hmi_canon_put(out, ':');
            }
            hmi_canon_put(out, hmi_ascii_lower(c));
            digits++;
            run++;
            continue;
        }
        if ((c != ':' && c != '-' && c != '.') || (separator != '\0' && c != separator) ||
            run != (c == '.' ? 4u : 2u)) {
            return false;
        }
        separator = c;
        run = 0;
    }
    return digits == 12 && run == (separator == '\0' ? 12u : separator == '.' ? 4u : 2u);
}

bool hmi_form_asn(hm_text raw, hmi_canon *out)
{
    uint64_t number;
    if (hmi_text_istarts(raw, HM_TEXT("AS"))) {
        raw = hmi_text_trim(hmi_text_slice(raw, 2, raw.len));
    }
    if (!hmi_decimal(raw, UINT32_MAX, &number)) {
        return false;
    }
    hmi_canon_add(out, HM_TEXT("AS"));
    hmi_canon_add_number(out, number);
    return true;
}
