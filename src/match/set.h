/* SPDX-License-Identifier: Apache-2.0
 *
 * set.h - the compiled set of indicators: one block of memory, the same on disk and in use.
 *
 * FORM   head | gate | ranges16 | ranges24 | slots | rows | sources | text        (little-endian)
 *          gate      64-bit words: a register-blocked Bloom filter, one load per question
 *          ranges16  one bit per IPv4 /16 that some range touches; ranges24 the same per /24
 *          slots     open addressing over keyed hashes: row number + 1, and 32 bits to compare
 *          rows      one per indicator
 *          sources   where each source's name lies in text
 *          text      canonical values, each followed by its sender's id
 *        Everything before `text` is what scanning touches.
 * TRUST  A file is believed only after set_file.c has checked every offset and the checksum; from
 *        then on rows and slots are used without further question.
 */
#ifndef HMI_MATCH_SET_H
#define HMI_MATCH_SET_H

#include <hallmark/matcher.h>

#include "base/bytes.h"
#include "trait/class.h"

enum {
    HMI_SET_VERSION = 2,
    HMI_SET_ALIGN = 4096,
    HMI_SET_INDICATORS_MAX = 100000000,
    HMI_SET_SOURCES_MAX = 65535,
    HMI_SET_ID_MAX = 255,
    HMI_SET_PROBES_MAX = 4096, /* slots looked at for one question, however the keys fell */
    HMI_SET_RANGES16 = 65536 / 8,
    HMI_SET_RANGES24 = (1 << 24) / 8
};

/* What a key is: part of its hash, so that a mail address never answers for a domain. */
typedef enum hmi_key_group {
    HMI_KEY_ADDRESS,
    HMI_KEY_RANGE,
    HMI_KEY_NAME,      /* domains and onion services */
    HMI_KEY_URL,       /* without its scheme */
    HMI_KEY_URL_BELOW, /* without scheme and trailing slash */
    HMI_KEY_MAIL,
    HMI_KEY_HASH,
    HMI_KEY_FILE_NAME,
    HMI_KEY_FIELD,
    HMI_KEY_GROUPS
} hmi_key_group;

/* The questions that the gate is asked. */
typedef enum hmi_gate_kind {
    HMI_GATE_V4,
    HMI_GATE_V6,
    HMI_GATE_RANGE,
    HMI_GATE_TAIL,       /* the last two labels of a name, at most 16 bytes */
    HMI_GATE_TWO_LABELS, /* the same, where an indicator has no more */
    HMI_GATE_THREE,      /* the last three labels, at most 16 bytes of what precedes the tail */
    HMI_GATE_HASH,
    HMI_GATE_FIELD,
    HMI_GATE_URL_HOST, /* a host of some URL, whole */
    HMI_GATE_KINDS
} hmi_gate_kind;

typedef struct hmi_row {
    uint32_t text_low;
    uint8_t text_high; /* offset of the value in text: 40 bits */
    uint8_t class_id;
    uint8_t reach;
    uint8_t id_len;
    uint16_t value_len;
    uint16_t source; /* 0 = none, else index + 1 */
    uint32_t line;
} hmi_row;

typedef struct hmi_slot {
    uint32_t row; /* + 1; 0 = empty */
    uint32_t tag;
} hmi_slot;

typedef struct hmi_source {
    uint64_t offset;
    uint64_t len;
} hmi_source;

typedef struct hmi_section {
    uint64_t offset, len;
} hmi_section;

enum {
    HMI_SEC_GATE,
    HMI_SEC_R16,
    HMI_SEC_R24,
    HMI_SEC_SLOTS,
    HMI_SEC_ROWS,
    HMI_SEC_SOURCES,
    HMI_SEC_TEXT,
    HMI_SEC_COUNT
};

typedef struct hmi_set_head {
    char magic[8]; /* "hmwatch\0" */
    uint32_t version;
    uint32_t head_len;
    uint64_t size;     /* of everything */
    uint64_t checksum; /* XXH3-64 of everything behind this field */
    uint64_t seed[2];
    uint64_t gate_keys[2 * HMI_GATE_KINDS];
    uint64_t v6_lengths[3];    /* bit n: some range has n bits (of the 128-bit form) */
    uint32_t groups;           /* bit of hmi_key_group: some indicator is such */
    uint32_t field_classes[4]; /* bit n: some indicator of class n is matched by field */
    uint32_t probes_max;       /* longest chain of slots there is */
    hmi_section sections[HMI_SEC_COUNT];
} hmi_set_head;

struct hm_matcher {
    uint8_t *map;
    size_t map_len;
    const hmi_set_head *head;
    const uint64_t *gate;
    uint64_t gate_words;
    const uint8_t *ranges16;
    const uint8_t *ranges24; /* NULL without ranges */
    const hmi_slot *slots;
    uint64_t slot_count;
    const hmi_row *rows;
    uint32_t row_count;
    const hmi_source *sources;
    const char *text;
};

/* ---- set.c */
uint64_t hmi_sip(const uint64_t seed[2], uint64_t tweak, hm_bytes bytes);
/* Fills pointers from a head that has been checked or just made. */
void hmi_set_attach(hm_matcher *set);
hm_text hmi_set_value(const hm_matcher *set, uint32_t row);
hm_text hmi_set_id(const hm_matcher *set, uint32_t row);
hm_text hmi_set_source(const hm_matcher *set, uint32_t row);
/* What `value` of such a class is looked up by. */
hm_text hmi_set_key(hmi_key_group group, hm_text value);
hmi_key_group hmi_set_group(hmi_class class_id, hm_reach reach);
static inline uint64_t hmi_set_hash(const hmi_set_head *head, hmi_key_group group, hm_text key)
{
    return hmi_sip(head->seed, group, (hm_bytes){ (const uint8_t *)key.ptr, key.len });
}

/* Rows with that key, one after the other: start with *at = 0 until it answers false. */
typedef struct hmi_lookup {
    uint64_t hash;
    uint64_t step;
} hmi_lookup;
bool hmi_set_find(const hm_matcher *set, hmi_key_group group, hm_text key, hmi_lookup *at,
                  uint32_t *ret_row);

/* ---- The gate */
static inline uint64_t hmi_gate_mix(const uint64_t *keys, hmi_gate_kind kind, uint64_t a,
                                    uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ keys[2 * kind]) * (b ^ keys[2 * kind + 1]);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hmi_gate_word(uint64_t hash, uint64_t words)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)hash * words) >> 64);
}

static inline uint64_t hmi_gate_bits(uint64_t hash)
{
    return 1ull << (hash & 63) | 1ull << (hash >> 6 & 63) | 1ull << (hash >> 12 & 63) |
           1ull << (hash >> 18 & 63);
}

static inline bool hmi_gate_open(const hm_matcher *set, uint64_t hash)
{
    uint64_t bits = hmi_gate_bits(hash);
    return (set->gate[hmi_gate_word(hash, set->gate_words)] & bits) == bits;
}

/* ASCII letters to lower case, eight at once; other bytes change too, but always alike. */
#define HMI_FOLD8 0x2020202020202020ull

/* The last eight bytes before `end`, of which only `len` (0..8) count; the caller knows that eight
 * bytes may be read there. Little-endian: the last byte is the most significant. */
static inline uint64_t hmi_last8(const uint8_t *end, size_t len)
{
    uint64_t word;
    memcpy(&word, end - 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word |= HMI_FOLD8;
    return len >= 8 ? word : len == 0 ? 0 : word & (~0ull << (64 - 8 * len));
}

/* The two words that stand for the last up to 16 bytes of a text. */
static inline void hmi_tail_words(hm_bytes text, uint64_t *ret_last, uint64_t *ret_before)
{
    uint8_t pad[16] = { 0 };
    size_t len = text.len < 16 ? text.len : 16;
    if (len > 0) {
        memcpy(pad + 16 - len, text.ptr + text.len - len, len);
    }
    *ret_last = hmi_last8(pad + 16, len < 8 ? len : 8);
    *ret_before = hmi_last8(pad + 8, len > 8 ? len - 8 : 0);
}

static inline uint64_t hmi_gate_text(const uint64_t *keys, hmi_gate_kind kind, hm_bytes text)
{
    uint64_t last;
    uint64_t before;
    hmi_tail_words(text, &last, &before);
    return hmi_gate_mix(keys, kind, last, before);
}

/* The tail of a name: its last two labels. */
static inline hm_bytes hmi_name_tail(hm_bytes name, unsigned labels)
{
    size_t from = name.len;
    unsigned dots = 0;
    while (from > 0 && (name.ptr[from - 1] != '.' || ++dots < labels)) {
        from--;
    }
    return (hm_bytes){ name.ptr + from, name.len - from };
}

static inline uint64_t hmi_gate_three(const uint64_t *keys, hm_bytes name)
{
    hm_bytes three = hmi_name_tail(name, 3);
    hm_bytes two = hmi_name_tail(name, 2);
    uint64_t last;
    uint64_t before;
    hmi_tail_words(two, &last, &before);
    hm_bytes head = { three.ptr, three.len - two.len };
    uint64_t a;
    uint64_t b;
    hmi_tail_words(head, &a, &b);
    return hmi_gate_mix(keys, HMI_GATE_THREE, last + 3 * b, before ^ (a << 1 | a >> 63));
}

static inline uint64_t hmi_gate_v4(const uint64_t *keys, uint32_t address)
{
    return hmi_gate_mix(keys, HMI_GATE_V4, address, 0);
}

static inline uint64_t hmi_gate_hash(const uint64_t *keys, const uint8_t *digits)
{
    return hmi_gate_mix(keys, HMI_GATE_HASH, hmi_last8(digits + 8, 8), hmi_last8(digits + 16, 8));
}

/* Most hosts that indicators name stand in no URL of theirs: looking for one costs far more. */
static inline uint64_t hmi_gate_url_host(const hmi_set_head *head, hm_text host)
{
    return hmi_sip(head->seed, 2000 + HMI_GATE_URL_HOST,
                   (hm_bytes){ (const uint8_t *)host.ptr, host.len });
}

/* What the name of a file ends with, if it is met where dotted names are: its last label and what
 * is in front of it. False when it is only met as a whole field. */
bool hmi_file_tail(hm_text name, hm_bytes *ret_tail);

/* What a field ends with, behind its last backslash (which a record may double): 16 bytes. */
static inline hm_bytes hmi_field_tail(hm_bytes value)
{
    size_t from = value.len;
    while (from > 0 && value.len - from < 16 && value.ptr[from - 1] != '\\') {
        from--;
    }
    return (hm_bytes){ value.ptr + from, value.len - from };
}

#endif
