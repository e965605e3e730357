/* SPDX-License-Identifier: Apache-2.0
 *
 * gate_keys.c - what the gate is told of each indicator.
 *
 * WHY    The gate is built from and asked with the same words (set.h, anchors.h), or recall is lost
 *        silently: tests/semantics runs every case on every kernel.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "match/build.h"

bool hmi_build_room(void *array_ptr, size_t count, size_t *capacity, size_t size)
{
    void **array = array_ptr;
    if (count < *capacity) {
        return true;
    }
    size_t want = *capacity == 0 ? 1024 : *capacity * 2;
    void *grown = reallocarray(*array, want, size);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *capacity = want;
    return true;
}

static bool gate_add(hm_matcher_builder *b, uint64_t hash)
{
    if (!hmi_build_room(&b->gate_hashes, b->gate_count, &b->gate_capacity,
                        sizeof(*b->gate_hashes))) {
        return false;
    }
    b->gate_hashes[b->gate_count++] = hash;
    return true;
}

static bool gate_address(hm_matcher_builder *b, const hmi_address *a)
{
    const uint64_t *keys = b->head.gate_keys;
    if (hmi_address_is_v4(a)) {
        return gate_add(b, hmi_gate_v4(keys, (uint32_t)a->bytes[12] << 24 |
                                                 (uint32_t)a->bytes[13] << 16 |
                                                 (uint32_t)a->bytes[14] << 8 | a->bytes[15]));
    }
    return gate_add(b, hmi_gate_text(keys, HMI_GATE_V6, hmi_bytes(a->bytes, 16)));
}

static bool gate_name(hm_matcher_builder *b, hm_text name)
{
    const uint64_t *keys = b->head.gate_keys;
    hm_bytes bytes = hmi_text_bytes(name);
    hm_bytes tail = hmi_name_tail(bytes, 2);
    bool deep = tail.len < bytes.len;
    return gate_add(b, hmi_gate_text(keys, HMI_GATE_TAIL, tail)) &&
           gate_add(b, deep ? hmi_gate_three(keys, bytes)
                            : hmi_gate_text(keys, HMI_GATE_TWO_LABELS, tail));
}

static bool gate_field(hm_matcher_builder *b, hmi_class class_id, hm_text value)
{
    b->head.field_classes[class_id / 32] |= 1u << (class_id % 32);
    return gate_add(
        b, hmi_gate_text(b->head.gate_keys, HMI_GATE_FIELD, hmi_field_tail(hmi_text_bytes(value))));
}

/* A file name is met where names with an extension are: at the end of its last label. */
static bool gate_file_name(hm_matcher_builder *b, hm_text value)
{
    hm_bytes tail;
    if (!hmi_file_tail(value, &tail)) {
        return gate_field(b, HMI_FILE_NAME, value);
    }
    return gate_add(b, hmi_gate_text(b->head.gate_keys, HMI_GATE_TAIL, tail)) &&
           gate_add(b, hmi_gate_text(b->head.gate_keys, HMI_GATE_TWO_LABELS, tail));
}

static bool gate_range(hm_matcher_builder *b, hm_text value)
{
    hmi_address base;
    unsigned bits = 0;
    hmi_assert(hmi_range_parse(value, &base, &bits));
    b->head.v6_lengths[bits / 64] |= 1ull << (bits % 64);
    uint8_t key[17];
    memcpy(key, base.bytes, 16);
    key[16] = (uint8_t)bits;
    uint64_t hash = hmi_sip(b->head.seed, HMI_GATE_RANGE, hmi_bytes(key, sizeof(key)));
    if (!gate_add(b, hash)) {
        return false;
    }
    if (!hmi_address_is_v4(&base)) {
        return true;
    }
    if (b->ranges24 == NULL && (b->ranges24 = calloc(1, HMI_SET_RANGES24)) == NULL) {
        return false;
    }
    uint32_t first =
        (uint32_t)base.bytes[12] << 16 | (uint32_t)base.bytes[13] << 8 | base.bytes[14];
    uint32_t count = bits >= 120 ? 1 : 1u << (120 - bits);
    for (uint32_t n = first; n < first + count && n < 1u << 24; n++) {
        b->ranges24[n / 8] = (uint8_t)(b->ranges24[n / 8] | 1u << (n % 8));
        b->ranges16[n / 2048] = (uint8_t)(b->ranges16[n / 2048] | 1u << (n / 256 % 8));
    }
    return true;
}

static bool gate_hash(hm_matcher_builder *b, hm_text value)
{
    return gate_add(b, hmi_gate_hash(b->head.gate_keys, (const uint8_t *)value.ptr));
}

static bool gate_host(hm_matcher_builder *b, hm_text host)
{
    hmi_address address;
    return hmi_address_parse(host, &address) ? gate_address(b, &address) : gate_name(b, host);
}

static bool gate_url(hm_matcher_builder *b, hm_text host)
{
    return gate_host(b, host) && gate_add(b, hmi_gate_url_host(&b->head, host));
}

bool hmi_build_gate(hm_matcher_builder *b, const hmi_taken *r)
{
    hm_text value = hmi_canon_text(&r->canon);
    switch (hmi_set_group(r->class_id, r->reach)) {
    case HMI_KEY_ADDRESS:
        return gate_host(b, value);
    case HMI_KEY_RANGE:
        return gate_range(b, value);
    case HMI_KEY_NAME:
        return gate_name(b, value);
    case HMI_KEY_URL:
    case HMI_KEY_URL_BELOW:
        return gate_url(b, hmi_url_host(value));
    case HMI_KEY_MAIL:
        return gate_name(
            b,
            hmi_text_slice(value, hmi_find_last_byte(hmi_text_bytes(value), '@') + 1, value.len));
    case HMI_KEY_HASH:
        return gate_hash(b, value);
    case HMI_KEY_FILE_NAME:
        return gate_file_name(b, value);
    default:
        return gate_field(b, r->class_id, value);
    }
}
