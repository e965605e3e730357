/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_shape.c - is a text what its format asks for: moments, addresses, URIs, names?
 *
 * WHY    Shapes only: whether a media type or character set is registered changes by the week, that
 *        it looks like one does not. TRUST  Hostile text; every function is linear. OWNS  Nothing.
 */
#include "base/lanes.h"
#include "share/stix_walk.h"

static size_t span_digits(hm_text text, size_t at)
{
    size_t end = at;
    while (end < text.len && hmi_ascii_digit(text.ptr[end])) {
        end++;
    }
    return end - at;
}

static unsigned two(const char *at)
{
    return (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0');
}

/* YYYY-MM-DDTHH:mm:ss[.s+]Z, a real day (section 2.16). */
unsigned hmi_stix_timestamp_digits(hm_text text)
{
    static const char FORM[] = "dddd-dd-ddTdd:dd:dd";
    enum { HEAD = sizeof(FORM) - 1 };
    if (text.len < HEAD + 1 || text.ptr[text.len - 1] != 'Z') {
        return 0;
    }
    hmi_lanes form = hmi_lanes_at(FORM), head = hmi_lanes_at(text.ptr);
    hmi_lanes digit = (hmi_lanes)(form == 'd');
    bool fits =
        hmi_lanes_all((digit & hmi_lanes_digit(head)) | (~digit & (hmi_lanes)(head == form))) &&
        text.ptr[16] == ':' && hmi_ascii_digit(text.ptr[17]) && hmi_ascii_digit(text.ptr[18]);
    if (!fits) {
        return 0;
    }
    static const uint8_t DAYS[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const char *t = text.ptr;
    unsigned year = two(t) * 100 + two(t + 2), month = two(t + 5), day = two(t + 8);
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month < 1 || month > 12 || day < 1 || day > DAYS[month - 1] ||
        (month == 2 && day == 29 && !leap) || two(t + 11) > 23 || two(t + 14) > 59 ||
        two(t + 17) > 60) {
        return 0;
    }
    if (text.len == HEAD + 1) {
        return 1;
    }
    size_t digits = text.ptr[HEAD] == '.' ? span_digits(text, HEAD + 1) : 0;
    return digits > 0 && HEAD + 1 + digits + 1 == text.len ? (unsigned)digits + 1 : 0;
}

/* Well-formed by RFC 5646 section 2.1: subtags of 1 to 8 letters and digits, a language of 2 to 8
 * letters first (or x, or i), nothing empty, no single character last. */
bool hmi_stix_language_is(hm_text text)
{
    hm_text rest = text, part;
    size_t count = 0, last = 0;
    bool own = false;
    while (rest.ptr != NULL && hmi_split(&rest, '-', &part)) {
        if (part.len == 0 || part.len > 8) {
            return false;
        }
        for (size_t i = 0; i < part.len; i++) {
            bool fits = count == 0 ? hmi_ascii_alpha(part.ptr[i]) : hmi_ascii_alnum(part.ptr[i]);
            if (!fits) {
                return false;
            }
        }
        if (count == 0 && part.len == 1) {
            char c = hmi_ascii_lower(part.ptr[0]);
            own = c == 'x' || c == 'i';
            if (!own) {
                return false;
            }
        }
        last = part.len;
        count++;
    }
    return count > 0 && (last > 1 || (own && count > 1));
}

static bool is_decimal(hm_text text, unsigned max)
{
    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    unsigned value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_digit(text.ptr[i])) {
            return false;
        }
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return value <= max;
}

/* Cuts "/prefix" off; false when there is a bad one. */
static bool cut_prefix(hm_text *text, unsigned max)
{
    size_t slash = hmi_find_byte(hmi_text_bytes(*text), '/');
    if (slash == HMI_NPOS) {
        return true;
    }
    bool good = is_decimal(hmi_text_slice(*text, slash + 1, text->len), max);
    *text = hmi_text_slice(*text, 0, slash);
    return good;
}

static bool is_dotted(hm_text text)
{
    hm_text rest = text, part;
    size_t count = 0;
    while (rest.ptr != NULL && hmi_split(&rest, '.', &part)) {
        if (!is_decimal(part, 255)) {
            return false;
        }
        count++;
    }
    return count == 4;
}

static bool is_ipv4(hm_text text)
{
    return cut_prefix(&text, 32) && is_dotted(text);
}

/* Groups of hexadecimal digits between colons; *ret_groups counts them, an IPv4 tail as two. */
static bool count_groups(hm_text text, bool may_end_in_ipv4, size_t *ret_groups)
{
    *ret_groups = 0;
    hm_text rest = text, part;
    if (text.len == 0) {
        return true;
    }
    while (rest.ptr != NULL && hmi_split(&rest, ':', &part)) {
        if (rest.ptr == NULL && may_end_in_ipv4 && is_dotted(part)) {
            *ret_groups += 2;
            return true;
        }
        if (part.len < 1 || part.len > 4) {
            return false;
        }
        for (size_t i = 0; i < part.len; i++) {
            if (hmi_hex_digit(part.ptr[i]) < 0) {
                return false;
            }
        }
        *ret_groups += 1;
    }
    return true;
}

static bool is_ipv6(hm_text text)
{
    if (!cut_prefix(&text, 128)) {
        return false;
    }
    size_t gap = hmi_find(hmi_text_bytes(text), HM_BYTES("::")), head, tail;
    if (gap == HMI_NPOS) {
        return count_groups(text, true, &head) && head == 8;
    }
    return count_groups(hmi_text_slice(text, 0, gap), false, &head) &&
           count_groups(hmi_text_slice(text, gap + 2, text.len), true, &tail) && head + tail <= 7;
}

static bool is_mac(hm_text text)
{
    if (text.len != 17) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool fits = i % 3 == 2 ? c == ':' : hmi_ascii_digit(c) || (c >= 'a' && c <= 'f');
        if (!fits) {
            return false;
        }
    }
    return true;
}

/* addr-spec (RFC 5322 section 3.4.1), no display name, no comment. */
static bool is_mail(hm_text text)
{
    size_t at = hmi_find_last_byte(hmi_text_bytes(text), '@');
    if (at == HMI_NPOS || at == 0 || at + 1 == text.len) {
        return false;
    }
    bool quoted = text.ptr[0] == '"' && at > 1 && text.ptr[at - 1] == '"';
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool inside = quoted && i < at;
        if (!inside && ((unsigned char)c <= ' ' || strchr("<>()[],;\"", c) != NULL) &&
            !(i > at && (c == '[' || c == ']'))) {
            return false;
        }
    }
    return true;
}

static bool is_domain(hm_text text)
{
    enum { DOMAIN_MAX = 254 * 4 };
    hm_text rest = text, label;
    if (text.len == 0 || text.len > DOMAIN_MAX) {
        return false;
    }
    while (rest.ptr != NULL && hmi_split(&rest, '.', &label)) {
        if (label.len == 0 && rest.ptr == NULL && text.len > 1) {
            return true; /* the root's dot */
        }
        if (label.len == 0 || label.len > 63 * 4 || label.ptr[0] == '-' ||
            label.ptr[label.len - 1] == '-') {
            return false;
        }
        for (size_t i = 0; i < label.len; i++) {
            unsigned char c = (unsigned char)label.ptr[i];
            if (c < 0x80 && !hmi_ascii_alnum((char)c) && c != '-' && c != '_') {
                return false;
            }
        }
    }
    return true;
}

/* RFC 3986 (or its form in other scripts): a scheme, then something without blanks. */
static bool is_uri(hm_text text)
{
    size_t colon = hmi_find_byte(hmi_text_bytes(text), ':');
    if (colon == HMI_NPOS || colon == 0 || colon + 1 == text.len || !hmi_ascii_alpha(text.ptr[0])) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool scheme = i >= colon || hmi_ascii_alnum((char)c) || strchr("+-.", c) != NULL;
        if (c <= ' ' || c == 0x7f || !scheme || (c < 0x80 && strchr("<>\"{}|\\^`", c) != NULL)) {
            return false;
        }
    }
    return true;
}

/* cpe:2.3 with eleven more parts; a backslash quotes the character behind it. */
static bool is_cpe(hm_text text)
{
    if (!hmi_starts_with(hmi_text_bytes(text), HM_BYTES("cpe:2.3:"))) {
        return false;
    }
    size_t parts = 1, length = 0;
    for (size_t i = 8; i < text.len; i++, length++) {
        if (text.ptr[i] == ':') {
            if (length == 0) {
                return false;
            }
            parts++;
            length = SIZE_MAX;
        } else if (text.ptr[i] == '\\') {
            i++;
        } else if ((unsigned char)text.ptr[i] <= ' ') {
            return false;
        }
    }
    return parts == 11 && length > 0 && strchr("aho*-", text.ptr[8]) != NULL;
}

static bool all_of(hm_text text, size_t min, size_t max, const char *others)
{
    if (text.len < min || text.len > max) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_alnum(text.ptr[i]) &&
            (text.ptr[i] == '\0' || strchr(others, text.ptr[i]) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_media_type(hm_text text)
{
    static const char *const TREES[] = { "application", "audio", "font",      "image", "message",
                                         "model",       "text",  "multipart", "video" };
    size_t slash = hmi_find_byte(hmi_text_bytes(text), '/');
    if (slash == HMI_NPOS || !all_of(hmi_text_slice(text, slash + 1, 128), 1, 127, ".+_-!#$&^")) {
        return false;
    }
    hm_text tree = hmi_text_slice(text, 0, slash);
    for (size_t i = 0; i < HMI_COUNT(TREES); i++) {
        if (hmi_text_ieq(tree, hmi_text_of(TREES[i]))) {
            return true;
        }
    }
    return false;
}

/* Section 6.17: the hive is written out. */
static bool is_registry_path(hm_text text)
{
    static const char *const SHORT[] = { "HKLM", "HKCC", "HKCR", "HKCU", "HKU" };
    size_t slash = hmi_find_byte(hmi_text_bytes(text), '\\');
    hm_text hive = hmi_text_slice(text, 0, slash == HMI_NPOS ? text.len : slash);
    for (size_t i = 0; i < HMI_COUNT(SHORT); i++) {
        if (hmi_text_ieq(hive, hmi_text_of(SHORT[i]))) {
            return false;
        }
    }
    return true;
}

bool hmi_stix_shape_is(hmi_stix_kind kind, hm_text text)
{
    switch (kind) {
    case HMI_STIX_IPV4:
        return is_ipv4(text);
    case HMI_STIX_IPV6:
        return is_ipv6(text);
    case HMI_STIX_MAC:
        return is_mac(text);
    case HMI_STIX_MAIL:
        return is_mail(text);
    case HMI_STIX_DOMAIN:
        return is_domain(text);
    case HMI_STIX_URI:
        return is_uri(text);
    case HMI_STIX_CPE:
        return is_cpe(text);
    case HMI_STIX_CHARSET:
        return all_of(text, 2, 45, "-_:()+");
    case HMI_STIX_MEDIA_TYPE:
        return is_media_type(text);
    case HMI_STIX_PROTOCOL:
        return all_of(text, 1, 15, "-");
    case HMI_STIX_REGISTRY_PATH:
        return is_registry_path(text);
    default:
        return true;
    }
}
