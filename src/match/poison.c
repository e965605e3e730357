/* SPDX-License-Identifier: Apache-2.0
 *
 * poison.c - indicators that would hit the harmless world, refused before they are compiled.
 *
 * WHY    One public suffix, 0.0.0.0/0 or the empty file's digest in a partner's feed turns every
 *        line into an alarm. The lists are the trait room's (noise_lists.c); what is added here is
 *        what makes a *pattern* harmful: names that many strangers share, ranges around a private
 *        network. A million indicators are asked, so names are hashed once.
 * TRUST  Canonical values of hostile origin.
 * OWNS   Its tables, on the heap.
 */
#include "match/poison.h"

#include <stdlib.h>

#include "base/hash.h"
#include "trait/noise.h"

struct hmi_poison {
    uint8_t touched16[65536 / 8]; /* IPv4 /16s with a harmless range in them */
    const hmi_noise_name *names;
    uint16_t *name_slots; /* index + 1 */
    size_t slot_mask;
};

static bool is_home(const char *why)
{
    return hmi_text_istarts(hmi_text_of(why), HM_TEXT("private")) ||
           hmi_text_istarts(hmi_text_of(why), HM_TEXT("loopback")) ||
           hmi_text_istarts(hmi_text_of(why), HM_TEXT("link-local")) ||
           hmi_text_istarts(hmi_text_of(why), HM_TEXT("carrier"));
}

static size_t name_slot(const hmi_poison *poison, hm_text name)
{
    return (size_t)hmi_xxh3(hmi_text_bytes(name), hmi_hash_seed()) & poison->slot_mask;
}

/* Most addresses are nowhere near any such range. */
static void touch_ranges(hmi_poison *poison)
{
    size_t count;
    const hmi_noise_range *rows = hmi_noise_ranges(&count);
    hmi_address anywhere = { { [10] = 0xff, 0xff, 45, 1, 1, 1 } };
    for (size_t i = 0; i < count; i++) {
        const uint8_t *b = rows[i].base.bytes;
        if (rows[i].bits < 96 && hmi_range_holds(&rows[i].base, rows[i].bits, &anywhere)) {
            memset(poison->touched16, 0xff, sizeof(poison->touched16)); /* around IPv4 */
        }
        if (!hmi_address_is_v4(&rows[i].base) || rows[i].bits < 96) {
            continue;
        }
        uint32_t first = (uint32_t)b[12] << 8 | b[13];
        uint32_t more = rows[i].bits >= 112 ? 0 : (1u << (112 - rows[i].bits)) - 1;
        for (uint32_t n = first; n <= first + more; n++) {
            poison->touched16[n / 8] = (uint8_t)(poison->touched16[n / 8] | 1u << (n % 8));
        }
    }
}

hmi_poison *hmi_poison_new(void)
{
    size_t name_count;
    const hmi_noise_name *names = hmi_noise_names(&name_count);
    hmi_poison *poison = calloc(1, sizeof(*poison));
    if (poison == NULL) {
        return NULL;
    }
    size_t slots = 64;
    while (slots < 2 * name_count) {
        slots *= 2;
    }
    poison->names = names;
    touch_ranges(poison);
    poison->slot_mask = slots - 1;
    poison->name_slots = calloc(slots, sizeof(*poison->name_slots));
    if (poison->name_slots == NULL) {
        hmi_poison_free(poison);
        return NULL;
    }
    for (size_t i = 0; i < name_count; i++) {
        size_t at = name_slot(poison, names[i].name);
        while (poison->name_slots[at] != 0) {
            at = (at + 1) & poison->slot_mask;
        }
        poison->name_slots[at] = (uint16_t)(i + 1);
    }
    return poison;
}

void hmi_poison_free(hmi_poison *poison)
{
    if (poison != NULL) {
        free(poison->name_slots);
        free(poison);
    }
}

static bool is_far(const hmi_poison *poison, const hmi_address *base, unsigned bits)
{
    uint32_t n = (uint32_t)base->bytes[12] << 8 | base->bytes[13];
    return bits >= 112 && hmi_address_is_v4(base) && (poison->touched16[n / 8] >> (n % 8) & 1) == 0;
}

/* Inside a range that names nobody, or around everybody's own network. */
static bool range_is(const hmi_poison *poison, const hmi_address *base, unsigned bits,
                     const char **ret_why)
{
    enum { BROADEST_V4 = 96 + 8, BROADEST_V6 = 16 };
    size_t count;
    const hmi_noise_range *rows = hmi_noise_ranges(&count);
    if (is_far(poison, base, bits)) {
        return false;
    }
    if (bits < (hmi_address_is_v4(base) ? BROADEST_V4 : BROADEST_V6)) {
        *ret_why = "range too broad to name anybody";
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (bits >= rows[i].bits
                ? hmi_range_holds(&rows[i].base, rows[i].bits, base)
                : is_home(rows[i].why) && hmi_range_holds(base, bits, &rows[i].base)) {
            *ret_why = rows[i].why;
            return true;
        }
    }
    return false;
}

static const hmi_noise_name *find_name(const hmi_poison *poison, hm_text name)
{
    size_t at = name_slot(poison, name);
    while (poison->name_slots[at] != 0) {
        const hmi_noise_name *row = &poison->names[poison->name_slots[at] - 1];
        if (hmi_text_eq(name, row->name)) {
            return row;
        }
        at = (at + 1) & poison->slot_mask;
    }
    return NULL;
}

/* `through`: the name is only the host of a URL or of a mail address. */
static bool name_is(const hmi_poison *poison, hm_text name, bool through, const char **ret_why)
{
    hm_text rest = name;
    while (rest.len > 0) {
        const hmi_noise_name *row = find_name(poison, rest);
        bool whole = rest.len == name.len;
        if (row != NULL && (row->reach == HMI_NOISE_BELOW || (whole && !through))) {
            *ret_why = row->why;
            return true;
        }
        size_t dot = hmi_find_byte(hmi_text_bytes(rest), '.');
        rest = dot == HMI_NPOS ? hmi_text(NULL, 0) : hmi_text_slice(rest, dot + 1, rest.len);
    }
    return false;
}

static bool host_is(const hmi_poison *poison, hm_text host, const char **ret_why)
{
    hmi_address address;
    if (hmi_address_parse(host, &address)) {
        return range_is(poison, &address, 128, ret_why);
    }
    return name_is(poison, host, true, ret_why);
}

bool hmi_poison_is(const hmi_poison *poison, hmi_class class_id, hm_text value,
                   const char **ret_why)
{
    hmi_address address;
    unsigned bits = 128;
    switch (class_id) {
    case HMI_ADDRESS:
        return hmi_address_parse(value, &address) && range_is(poison, &address, 128, ret_why);
    case HMI_RANGE:
        return hmi_range_parse(value, &address, &bits) && range_is(poison, &address, bits, ret_why);
    case HMI_DOMAIN:
        if (name_is(poison, value, false, ret_why)) {
            return true;
        }
        *ret_why = "public suffix: strangers share it";
        return hmi_domain_is_suffix(value);
    case HMI_URL:
        return host_is(poison, hmi_url_host(value), ret_why);
    case HMI_MAIL:
        return host_is(
            poison,
            hmi_text_slice(value, hmi_find_last_byte(hmi_text_bytes(value), '@') + 1, value.len),
            ret_why);
    default:
        return hmi_trait_is_noise(class_id, value, ret_why);
    }
}
