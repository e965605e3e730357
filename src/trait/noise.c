/* SPDX-License-Identifier: Apache-2.0
 *
 * noise.c - does this value identify anything at all?
 *
 * WHY    Two incidents that share 8.8.8.8, 10.0.0.1 or the empty file's hash share nothing. The
 *        measured baseline says what is common; these lists say what is meaningless by its
 *        definition, so they need no measuring and hold on an empty casebook.
 * FORM   Values against noise_lists.c. Ranges are compared as numbers, names on label borders.
 * TRUST  Values come from evidence but are canonical by contract; one that is not is no noise.
 * OWNS   Nothing.
 */
#include "trait/noise.h"

#include "trait/canon.h"

enum { BROADEST_V4 = 96 + 8, BROADEST_V6 = 16 };

static bool say(const char **ret_why, const char *why)
{
    if (ret_why != NULL) {
        *ret_why = why;
    }
    return true;
}

/* hmi_range_holds() without a copy: asked for every address there is. */
static bool row_holds(const hmi_noise_range *row, const hmi_address *address)
{
    unsigned whole = row->bits / 8;
    unsigned rest = row->bits % 8;
    if (memcmp(row->base.bytes, address->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || (row->base.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

/* The list's row that holds all of base/bits. */
static bool range_is_noise(const hmi_address *base, unsigned bits, const char **ret_why)
{
    size_t count;
    const hmi_noise_range *rows = hmi_noise_ranges(&count);
    for (size_t i = 0; i < count; i++) {
        if (bits >= rows[i].bits && row_holds(&rows[i], base)) {
            return say(ret_why, rows[i].why);
        }
    }
    return false;
}

static bool address_is_noise(hm_text value, const char **ret_why)
{
    hmi_address address;
    return hmi_address_parse(value, &address) && range_is_noise(&address, 128, ret_why);
}

static bool block_is_noise(hm_text value, const char **ret_why)
{
    hmi_address base;
    unsigned bits;
    if (!hmi_range_parse(value, &base, &bits)) {
        return false;
    }
    if (bits < (hmi_address_is_v4(&base) ? BROADEST_V4 : BROADEST_V6)) {
        return say(ret_why, "range too broad to name anybody");
    }
    return range_is_noise(&base, bits, ret_why);
}

/* Is `domain` the name or below it? */
static bool below(hm_text domain, hm_text name)
{
    if (domain.len <= name.len) {
        return hmi_text_eq(domain, name);
    }
    size_t start = domain.len - name.len;
    return domain.ptr[start - 1] == '.' &&
           hmi_text_eq(hmi_text_slice(domain, start, name.len), name);
}

/* `through`: the name is only the host of a URL or of a mail address. */
static bool name_is_noise(hm_text domain, bool through, const char **ret_why)
{
    size_t count;
    const hmi_noise_name *rows = hmi_noise_names(&count);
    for (size_t i = 0; i < count; i++) {
        hm_text name = rows[i].name;
        bool hit = rows[i].reach == HMI_NOISE_BELOW ? below(domain, name)
                                                    : !through && hmi_text_eq(domain, name);
        if (hit) {
            return say(ret_why, rows[i].why);
        }
    }
    return false;
}

static bool url_is_noise(hm_text url, const char **ret_why)
{
    hm_text host = hmi_url_host(url);
    hmi_address address;
    if (hmi_address_parse(host, &address)) {
        return range_is_noise(&address, 128, ret_why);
    }
    return name_is_noise(host, true, ret_why);
}

static bool mail_is_noise(hm_text mail, const char **ret_why)
{
    size_t at = hmi_find_last_byte(hmi_text_bytes(mail), '@');
    return at != HMI_NPOS && name_is_noise(hmi_text_slice(mail, at + 1, mail.len), true, ret_why);
}

/* IANA's registry of special-purpose AS numbers. */
static bool asn_is_noise(hm_text value, const char **ret_why)
{
    static const struct {
        uint32_t first, last;
        const char *why;
    } SPECIAL[] = {
        { 0, 0, "AS number 0 (RFC 7607)" },
        { 112, 112, "AS112 anycast (RFC 7534)" },
        { 23456, 23456, "placeholder AS_TRANS (RFC 6793)" },
        { 64496, 64511, "AS number for documentation (RFC 5398)" },
        { 64512, 65534, "private AS number (RFC 6996)" },
        { 65535, 65535, "last AS number (RFC 7300)" },
        { 65536, 65551, "AS number for documentation (RFC 5398)" },
        { 4200000000u, 4294967294u, "private AS number (RFC 6996)" },
        { 4294967295u, 4294967295u, "last AS number (RFC 7300)" },
    };
    uint64_t number;
    if (!hmi_decimal(hmi_text_slice(value, 2, value.len), UINT32_MAX, &number)) {
        return false;
    }
    for (size_t i = 0; i < HMI_COUNT(SPECIAL); i++) {
        if (number >= SPECIAL[i].first && number <= SPECIAL[i].last) {
            return say(ret_why, SPECIAL[i].why);
        }
    }
    return false;
}

/* The lowest bit of the first byte marks a group of receivers (IEEE 802). */
static bool mac_is_noise(hm_text value, const char **ret_why)
{
    if (hmi_text_is(value, "00:00:00:00:00:00")) {
        return say(ret_why, "empty MAC address");
    }
    int low = value.len > 1 ? hmi_hex_digit(value.ptr[1]) : -1;
    return low >= 0 && (low & 1) != 0 && say(ret_why, "multicast or broadcast MAC address");
}

static bool value_is_noise(hmi_class class_id, hm_text value, const char **ret_why)
{
    size_t count;
    const hmi_noise_value *rows = hmi_noise_values(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].class_id == (int)class_id && hmi_text_is(value, rows[i].value)) {
            return say(ret_why, rows[i].why);
        }
    }
    return false;
}

bool hmi_trait_is_noise(hmi_class class_id, hm_text value, const char **ret_why)
{
    switch (class_id) {
    case HMI_ADDRESS:
        return address_is_noise(value, ret_why);
    case HMI_RANGE:
        return block_is_noise(value, ret_why);
    case HMI_DOMAIN:
        return name_is_noise(value, false, ret_why);
    case HMI_URL:
        return url_is_noise(value, ret_why);
    case HMI_MAIL:
        return mail_is_noise(value, ret_why);
    case HMI_ASN:
        return asn_is_noise(value, ret_why);
    case HMI_MAC_ADDRESS:
        return mac_is_noise(value, ret_why);
    default:
        return value_is_noise(class_id, value, ret_why);
    }
}
