/* SPDX-License-Identifier: Apache-2.0
 *
 * set.c - asking a compiled set: is this key there, and what do we know about it?
 *
 * WHY    The table holds 32 bits of a keyed hash per slot and compares the value's bytes before it
 *        says yes: no false hit, however many keys there are.
 * TRUST  Keys come from attackers twice: as indicators in a feed and as tokens in a record. SipHash
 *        with the set's secret seed keeps them from choosing where they fall.
 */
#include "match/set.h"

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

typedef struct sip {
    uint64_t v0, v1, v2, v3;
} sip;

static inline void sip_round(sip *s)
{
    s->v0 += s->v1;
    s->v1 = ROTL(s->v1, 13) ^ s->v0;
    s->v0 = ROTL(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = ROTL(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = ROTL(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = ROTL(s->v1, 17) ^ s->v2;
    s->v2 = ROTL(s->v2, 32);
}

/* SipHash-1-3 (Aumasson and Bernstein), as Rust and Python use it for tables. */
uint64_t hmi_sip(const uint64_t seed[2], uint64_t tweak, hm_bytes bytes)
{
    uint64_t k0 = seed[0] ^ tweak * 0x9e3779b97f4a7c15ull;
    sip s = { k0 ^ 0x736f6d6570736575ull, seed[1] ^ 0x646f72616e646f6dull,
              k0 ^ 0x6c7967656e657261ull, seed[1] ^ 0x7465646279746573ull };
    size_t at = 0;
    for (; bytes.len - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, bytes.ptr + at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        s.v3 ^= word;
        sip_round(&s);
        s.v0 ^= word;
    }
    uint64_t last = (uint64_t)bytes.len << 56;
    for (size_t i = 0; at + i < bytes.len; i++) {
        last |= (uint64_t)bytes.ptr[at + i] << (8 * i);
    }
    s.v3 ^= last;
    sip_round(&s);
    s.v0 ^= last;
    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

void hmi_set_attach(hm_matcher *set)
{
    const hmi_set_head *head = (const hmi_set_head *)(const void *)set->map;
    const hmi_section *sec = head->sections;
    set->head = head;
    set->gate = (const uint64_t *)(const void *)(set->map + sec[HMI_SEC_GATE].offset);
    set->gate_words = sec[HMI_SEC_GATE].len / 8;
    set->ranges16 = set->map + sec[HMI_SEC_R16].offset;
    set->ranges24 = sec[HMI_SEC_R24].len > 0 ? set->map + sec[HMI_SEC_R24].offset : NULL;
    set->slots = (const hmi_slot *)(const void *)(set->map + sec[HMI_SEC_SLOTS].offset);
    set->slot_count = sec[HMI_SEC_SLOTS].len / sizeof(hmi_slot);
    set->rows = (const hmi_row *)(const void *)(set->map + sec[HMI_SEC_ROWS].offset);
    set->row_count = (uint32_t)(sec[HMI_SEC_ROWS].len / sizeof(hmi_row));
    set->sources = (const hmi_source *)(const void *)(set->map + sec[HMI_SEC_SOURCES].offset);
    set->text = (const char *)(set->map + sec[HMI_SEC_TEXT].offset);
}

static uint64_t text_offset(const hmi_row *row)
{
    return (uint64_t)row->text_high << 32 | row->text_low;
}

hm_text hmi_set_value(const hm_matcher *set, uint32_t row)
{
    const hmi_row *r = &set->rows[row];
    return (hm_text){ set->text + text_offset(r), r->value_len };
}

hm_text hmi_set_id(const hm_matcher *set, uint32_t row)
{
    const hmi_row *r = &set->rows[row];
    return (hm_text){ set->text + text_offset(r) + r->value_len, r->id_len };
}

hm_text hmi_set_source(const hm_matcher *set, uint32_t row)
{
    uint16_t source = set->rows[row].source;
    if (source == 0) {
        return (hm_text){ "", 0 };
    }
    const hmi_source *s = &set->sources[source - 1];
    return (hm_text){ set->text + s->offset, (size_t)s->len };
}

hmi_key_group hmi_set_group(hmi_class class_id, hm_reach reach)
{
    switch (class_id) {
    case HMI_ADDRESS:
        return HMI_KEY_ADDRESS;
    case HMI_RANGE:
        return HMI_KEY_RANGE;
    case HMI_DOMAIN:
    case HMI_ONION:
        return HMI_KEY_NAME;
    case HMI_URL:
        return reach == HM_REACH_BELOW ? HMI_KEY_URL_BELOW : HMI_KEY_URL;
    case HMI_MAIL:
        return HMI_KEY_MAIL;
    case HMI_MD5:
    case HMI_SHA1:
    case HMI_SHA256:
    case HMI_SHA512:
    case HMI_JA3:
    case HMI_CERTIFICATE:
        return HMI_KEY_HASH;
    case HMI_FILE_NAME:
        return HMI_KEY_FILE_NAME;
    case HMI_USER_AGENT:
    case HMI_REGISTRY_KEY:
    case HMI_MUTEX:
    case HMI_JA4:
    case HMI_SERVICE_NAME:
    case HMI_PIPE_NAME:
        return HMI_KEY_FIELD;
    default:
        return HMI_KEY_GROUPS;
    }
}

hm_text hmi_set_key(hmi_key_group group, hm_text value)
{
    if (group != HMI_KEY_URL && group != HMI_KEY_URL_BELOW) {
        return value;
    }
    size_t colon = hmi_find(hmi_text_bytes(value), HM_BYTES("://"));
    hm_text key = colon == HMI_NPOS ? value : hmi_text_slice(value, colon + 3, value.len);
    while (group == HMI_KEY_URL_BELOW && key.len > 0 && key.ptr[key.len - 1] == '/') {
        key.len--;
    }
    return key;
}

static bool name_byte(char c)
{
    return hmi_ascii_alnum(c) || c == '-' || c == '_';
}

bool hmi_file_tail(hm_text name, hm_bytes *ret_tail)
{
    size_t dot = hmi_find_last_byte(hmi_text_bytes(name), '.');
    bool anchored = dot != HMI_NPOS && dot > 0 && dot + 1 < name.len &&
                    hmi_ascii_alpha(name.ptr[dot + 1]) && name.ptr[name.len - 1] != '-' &&
                    name_byte(name.ptr[dot - 1]) && name.ptr[dot - 1] != '-';
    for (size_t i = dot + 1; anchored && i < name.len; i++) {
        anchored = name_byte(name.ptr[i]);
    }
    if (!anchored) {
        return false;
    }
    size_t from = dot;
    while (from > 0 && name_byte(name.ptr[from - 1])) {
        from--;
    }
    while (from < dot && name.ptr[from] == '-') {
        from++;
    }
    *ret_tail = hmi_bytes(name.ptr + from, name.len - from);
    return true;
}

bool hmi_set_find(const hm_matcher *set, hmi_key_group group, hm_text key, hmi_lookup *at,
                  uint32_t *ret_row)
{
    if (at->step == 0) {
        at->hash = hmi_set_hash(set->head, group, key);
    }
    uint64_t slot = hmi_gate_word(at->hash, set->slot_count);
    while (at->step <= set->head->probes_max) {
        const hmi_slot *s = &set->slots[(slot + at->step) % set->slot_count];
        at->step++;
        if (s->row == 0) {
            return false;
        }
        const hmi_row *row = &set->rows[s->row - 1];
        if (s->tag == (uint32_t)at->hash &&
            hmi_set_group((hmi_class)row->class_id, (hm_reach)row->reach) == group &&
            hmi_text_eq(hmi_set_key(group, hmi_set_value(set, s->row - 1)), key)) {
            *ret_row = s->row - 1;
            return true;
        }
    }
    return false;
}

const char *hm_semantic_name(int semantic)
{
    static const char *const NAMES[] = {
        "",          "address",   "range", "domain", "subdomain", "url",
        "url-below", "url-split", "mail",  "hash",   "file-name", "field",
    };
    return semantic > 0 && semantic < (int)HMI_COUNT(NAMES) ? NAMES[semantic] : "";
}

void hm_matcher_facts_get(const hm_matcher *matcher, hm_matcher_facts *ret_facts)
{
    uint64_t text = matcher->head->sections[HMI_SEC_TEXT].len;
    *ret_facts = (hm_matcher_facts){ .indicators = matcher->row_count,
                                     .hot_bytes = matcher->head->size - text,
                                     .cold_bytes = text };
}
