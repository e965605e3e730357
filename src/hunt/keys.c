/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - observables and indicators into the same numbers.
 *
 * WHY    A scan meets an indicator only where an observer (match/observe.h) is told of its host,
 * digest, name or field. Both sides make their keys here, from the same bytes, or a hit would be
 * lost without a word: tests/unit/hunt compares every case with a full pass. TRUST  Both are
 * hostile. The seed is the index's secret, so nobody can make keys meet on purpose.
 */
#include "hunt/keys.h"

#include "trait/canon.h"

typedef enum key_kind {
    KEY_TWO = 1,
    KEY_THREE,
    KEY_HASH,
    KEY_FIELD,
    KEY_V6 /* + bits of the prefix */
} key_kind;

static const uint8_t V6_PREFIXES[] = { 128, 64, 48, 32, 16 };

static uint64_t key_of(const hmi_hunt_seed *seed, unsigned kind, hm_bytes bytes)
{
    return hmi_sip(seed->words, kind, bytes) >> (64 - HMI_KEY_BITS);
}

/* Of a text only its last 16 bytes count, without regard to case: as the gate does. */
static uint64_t key_of_tail(const hmi_hunt_seed *seed, unsigned kind, hm_bytes text)
{
    uint64_t words[2];
    hmi_tail_words(text, &words[0], &words[1]);
    return key_of(seed, kind, hmi_bytes(words, sizeof(words)));
}

static uint64_t key_of_three(const hmi_hunt_seed *seed, hm_bytes name)
{
    return key_of(seed, KEY_THREE, hmi_name_tail(name, 3));
}

static uint64_t key_of_v6(const hmi_hunt_seed *seed, const uint8_t address[16], unsigned bits)
{
    uint8_t prefix[16] = { 0 };
    memcpy(prefix, address, bits / 8);
    return key_of(seed, KEY_V6 + bits, hmi_bytes(prefix, sizeof(prefix)));
}

static uint32_t v4_of(const hmi_address *a)
{
    return (uint32_t)a->bytes[12] << 24 | (uint32_t)a->bytes[13] << 16 |
           (uint32_t)a->bytes[14] << 8 | a->bytes[15];
}

/* Fields of digits and signs alone (times, sizes) would fill an index and are no indicators. */
static bool has_letter(hm_bytes field)
{
    size_t from = field.len < 16 ? 0 : field.len - 16;
    for (size_t i = from; i < field.len; i++) {
        if (hmi_ascii_alpha((char)field.ptr[i])) {
            return true;
        }
    }
    return false;
}

static unsigned keys_of_address(const hmi_hunt_seed *seed, const uint8_t bytes[16],
                                hmi_list_kind *ret_list, uint64_t *keys)
{
    hmi_address address;
    memcpy(address.bytes, bytes, 16);
    if (hmi_address_is_v4(&address)) {
        *ret_list = HMI_LIST_V4;
        keys[0] = v4_of(&address);
        return 1;
    }
    for (unsigned i = 0; i < HMI_COUNT(V6_PREFIXES); i++) {
        keys[i] = key_of_v6(seed, bytes, V6_PREFIXES[i]);
    }
    return HMI_COUNT(V6_PREFIXES);
}

unsigned hmi_keys_of_seen(const hmi_hunt_seed *seed, hmi_seen_kind kind, hm_bytes value,
                          hmi_list_kind *ret_list, uint64_t keys[HMI_KEYS_OF_ONE_MAX])
{
    *ret_list = HMI_LIST_KEYS;
    switch (kind) {
    case HMI_SEEN_ADDRESS:
        return keys_of_address(seed, value.ptr, ret_list, keys);
    case HMI_SEEN_NAME: {
        hm_bytes two = hmi_name_tail(value, 2);
        keys[0] = key_of_tail(seed, KEY_TWO, two);
        keys[1] = key_of_three(seed, value);
        return two.len < value.len ? 2 : 1;
    }
    case HMI_SEEN_FILE:
        keys[0] = key_of_tail(seed, KEY_TWO, value);
        return 1;
    case HMI_SEEN_HASH:
        keys[0] = key_of(seed, KEY_HASH, value);
        return 1;
    default:
        keys[0] = key_of_tail(seed, KEY_FIELD, value);
        return has_letter(value) ? 1 : 0;
    }
}

/* ---- Indicators */

static hmi_wanted want_key(uint64_t key)
{
    return (hmi_wanted){ .what = HMI_WANT_KEY, .first = key, .last = key };
}

static hmi_wanted want_address(const hmi_hunt_seed *seed, const hmi_address *address)
{
    if (hmi_address_is_v4(address)) {
        uint32_t number = v4_of(address);
        return (hmi_wanted){ .what = HMI_WANT_INTERVAL, .first = number, .last = number };
    }
    return want_key(key_of_v6(seed, address->bytes, 128));
}

static hmi_wanted want_range(const hmi_hunt_seed *seed, hm_text value)
{
    hmi_address base;
    unsigned bits = 0;
    hmi_wanted all = { .what = HMI_WANT_ALL };
    if (!hmi_range_parse(value, &base, &bits)) {
        return all;
    }
    if (hmi_address_is_v4(&base) && bits >= 96) {
        uint32_t first = v4_of(&base);
        uint32_t rest = bits == 96 ? UINT32_MAX : (uint32_t)((1ull << (128 - bits)) - 1);
        return (hmi_wanted){ .what = HMI_WANT_INTERVAL, .first = first, .last = first | rest };
    }
    for (size_t i = 0; i < HMI_COUNT(V6_PREFIXES); i++) {
        if (V6_PREFIXES[i] <= bits) {
            return want_key(key_of_v6(seed, base.bytes, V6_PREFIXES[i]));
        }
    }
    return all;
}

static hmi_wanted want_name(const hmi_hunt_seed *seed, hm_text name)
{
    hm_bytes bytes = hmi_text_bytes(name);
    hm_bytes two = hmi_name_tail(bytes, 2);
    return want_key(two.len < bytes.len ? key_of_three(seed, bytes)
                                        : key_of_tail(seed, KEY_TWO, two));
}

static hmi_wanted want_host(const hmi_hunt_seed *seed, hm_text host)
{
    hmi_address address;
    return hmi_address_parse(host, &address) ? want_address(seed, &address) : want_name(seed, host);
}

static hmi_wanted want_field(const hmi_hunt_seed *seed, hm_text value)
{
    hm_bytes tail = hmi_field_tail(hmi_text_bytes(value));
    uint64_t key = key_of_tail(seed, KEY_FIELD, tail);
    return (hmi_wanted){ .what = has_letter(tail) ? HMI_WANT_FIELD : HMI_WANT_ALL,
                         .first = key,
                         .last = key };
}

hmi_wanted hmi_wanted_of_row(const hmi_hunt_seed *seed, const hm_matcher *set, uint32_t row)
{
    const hmi_row *r = &set->rows[row];
    hm_text value = hmi_set_value(set, row);
    hm_bytes bytes = hmi_text_bytes(value);
    hm_bytes tail;
    switch (hmi_set_group((hmi_class)r->class_id, (hm_reach)r->reach)) {
    case HMI_KEY_ADDRESS:
        return want_host(seed, value);
    case HMI_KEY_RANGE:
        return want_range(seed, value);
    case HMI_KEY_NAME:
        return want_name(seed, value);
    case HMI_KEY_URL:
    case HMI_KEY_URL_BELOW:
        return want_host(seed, hmi_url_host(value));
    case HMI_KEY_MAIL:
        return want_name(seed,
                         hmi_text_slice(value, hmi_find_last_byte(bytes, '@') + 1, value.len));
    case HMI_KEY_HASH:
        return want_key(key_of(seed, KEY_HASH, bytes));
    case HMI_KEY_FILE_NAME:
        return hmi_file_tail(value, &tail) ? want_key(key_of_tail(seed, KEY_TWO, tail))
                                           : want_field(seed, value);
    default:
        return want_field(seed, value);
    }
}
