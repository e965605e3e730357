/* SPDX-License-Identifier: Apache-2.0
 *
 * scan.h - what the parts of a scan share: the text in hand, the places to look at, the hits.
 *
 * A chunk of records goes through three steps:
 *   anchors    64 bytes at a time become bit masks; the masks say where an indicator can end
 *              (anchors.h, compiled once per kind of machine); each place costs one gate question
 *   checks     places behind an open gate are looked at properly (check_*.c), byte by byte
 *   matches    hits of the chunk are put in order, given line numbers and handed on (scanner.c)
 * The first step may let too much through, never too little; the second alone decides.
 */
#ifndef HMI_MATCH_SCAN_H
#define HMI_MATCH_SCAN_H

#include "base/buf.h"
#include "base/num.h"
#include "match/observe.h"
#include "match/set.h"
#include "trait/canon.h"

enum {
    HMI_CHUNK = 16384, /* bytes between two looks at the hits; fits the first-level cache */
    HMI_CHUNK_BLOCKS = HMI_CHUNK / 64,
    HMI_PLACES_MAX = HMI_CHUNK / 2 + 8, /* no two anchors of a kind are closer than two bytes */
    HMI_BATCH = 64,                     /* questions whose loads overlap */
    HMI_NAME_RAW_MAX = 1024,            /* a dotted run longer than this is no name */
    HMI_URL_RAW_MAX = 4096,
    HMI_FANG_SPAN = 512,   /* looked at on each side of a bracketed dot */
    HMI_SPLIT_SPAN = 4096, /* host and path in separate fields are at most so far apart */
    HMI_SPLIT_PATHS_MAX = 64,
    HMI_URL_CUTS_MAX = 16,
    HMI_FILE_NAME_MAX = 255,
    HMI_FILE_NAME_STARTS_MAX = 32,
    HMI_SEEN_RECENT = 1 << 14,
    /* No token begins further before the place that shows it: a whole field is the longest. */
    HMI_REACH_BACK = HMI_TRAIT_VALUE_MAX + 64
};

typedef struct hmi_hit {
    uint64_t offset; /* in the buffer */
    uint64_t line;
    uint32_t len;
    uint32_t row;
    uint32_t found, found_len; /* in hm_scanner.found */
    hm_semantic semantic;
    uint8_t wrapped; /* hm_unwrap bits */
} hmi_hit;

/* What the anchors of one chunk found: positions in the buffer. */
typedef struct hmi_places {
    uint32_t name_count, quad_count, fang_count, colon_count, digit_count;
    uint32_t names[HMI_PLACES_MAX];  /* one behind the last label */
    uint32_t quads[HMI_PLACES_MAX];  /* the third dot */
    uint32_t fangs[HMI_PLACES_MAX];  /* a bracket, or the dot behind one */
    uint32_t colons[HMI_PLACES_MAX]; /* inside something that may be an IPv6 address */
    uint32_t digits[HMI_PLACES_MAX]; /* inside 16 hexadecimal digits */
} hmi_places;

/* What one block leaves for the next: its last bits, and whether a last label goes on. */
typedef struct hmi_carry {
    uint64_t name, dot, between, second, label;
    uint64_t newlines; /* in the chunk */
    unsigned separators;
} hmi_carry;

/* The text in hand: the records themselves, or a part of them with its brackets undone. */
typedef struct hmi_view {
    const uint8_t *ptr;
    size_t len;
    const uint32_t
        *origin; /* where each byte stood, from `base`; NULL = here. origin[len]: the end */
    size_t base;
    size_t line_start, line_end; /* of the last line asked for; start > end = none yet */
} hmi_view;

/* An observer's, instead of a set's answers (observe.h). */
typedef struct hmi_seen {
    hmi_seen_fn *fn;
    void *with;
    uint64_t seed[2]; /* of the hashes of recent names: whoever guesses wins nothing */
    uint64_t recent[HMI_SEEN_RECENT];
} hmi_seen;

struct hm_scanner {
    const hm_matcher *set;
    const struct hmi_kernel *kernel;
    uint64_t offset, lines; /* before the buffer in hand */
    hmi_view view;
    size_t chunk_start;
    hmi_places places;
    /* Bit masks of the chunk; [0] and [1] are of the last two blocks of the chunk before. */
    uint64_t names[HMI_CHUNK_BLOCKS + 3];
    uint64_t digits[HMI_CHUNK_BLOCKS + 3];
    uint32_t high[HMI_CHUNK_BLOCKS + 3]; /* not 0: a byte above 0x7f is in it */
    uint32_t opened[HMI_PLACES_MAX];     /* places behind the first gate */
    hmi_carry carry;
    uint64_t hashes[HMI_BATCH], deeper[HMI_BATCH]; /* asked of the gate together */
    uint32_t where[HMI_BATCH], addresses[HMI_BATCH];
    size_t v6_done, digits_done, fangs_done; /* looked at already, up to here */
    size_t field_start;                      /* where the field in hand begins */
    hmi_hit *hits;
    size_t hit_count, hit_capacity;
    size_t hits_waiting; /* of them, from chunks before: something may still begin before them */
    hmi_buf found, waiting;
    hmi_seen *seen;                    /* NULL: a scan */
    struct hmi_unwrapping *unwrapping; /* NULL: records as they stand */
    int bad;                           /* HM_E_MEMORY while gathering hits */
};

/* What a processor can have beyond the least of its kind. */
enum {
    HMI_CPU_AVX2 = 1,
    HMI_CPU_BMI = 2,
    HMI_CPU_BMI2 = 4,
    HMI_CPU_LZCNT = 8,
    HMI_CPU_POPCNT = 16
};

/* One way of finding anchors. `len` bytes from `start`; calls the checks below. */
typedef struct hmi_kernel {
    const char *name;
    unsigned needs; /* HMI_CPU_ bits: all that its file was compiled for */
    void (*chunk)(struct hm_scanner *s, size_t start, size_t len);
} hmi_kernel;
extern const hmi_kernel hmi_kernel_portable;
#if defined(__x86_64__)
extern const hmi_kernel hmi_kernel_avx2;
#endif
/* ---- kernels.c: what this processor has, and the best kernel for one that has so much. */
unsigned hmi_cpu_has(void);
const hmi_kernel *hmi_kernel_for(unsigned has);

/* ---- bytes.c: what stands around a token */
enum {
    HMI_B_NAME = 1,
    HMI_B_ALNUM = 2,
    HMI_B_HEX = 4,
    HMI_B_ALPHA = 8,
    HMI_B_HIGH = 16,
    HMI_B_DIGIT = 32,
    HMI_B_PERCENT = 64,
    HMI_B_ESCAPES = 192 /* '%' and '\\' */
};
extern const uint8_t hmi_byte_bits[256];
static inline bool hmi_byte_is(uint8_t c, unsigned bits)
{
    return (hmi_byte_bits[c] & bits) != 0;
}
/* When an escape (%2F, \x2f, \u002f, or \n in a line of JSON) ends at `pos` or covers it, the
 * place behind it; otherwise `pos`. *ret_escaped says whether there was one. */
size_t hmi_escape_end(hmi_view *v, size_t pos, bool *ret_escaped);
void hmi_line_bounds(hmi_view *v, size_t pos, size_t *ret_start, size_t *ret_end);
/* A bracketed dot ends, or begins, here: the token goes on behind it. */
bool hmi_fang_before(const hmi_view *v, size_t pos);
bool hmi_fang_at(const hmi_view *v, size_t pos);

/* ---- The checks: is there an indicator at this place? */
void hmi_check_name(hm_scanner *s, hmi_view *v, size_t end);
void hmi_check_quad(hm_scanner *s, hmi_view *v, size_t third_dot);
void hmi_check_colon(hm_scanner *s, hmi_view *v, size_t pos);
void hmi_check_digits(hm_scanner *s, hmi_view *v, size_t pos);
void hmi_check_fang(hm_scanner *s, hmi_view *v, size_t pos);
/* Every field that ends in [start, end). */
void hmi_check_fields(hm_scanner *s, hmi_view *v, size_t start, size_t end);
/* The URL whose host stands at [start, end); `host` is what it is called. */
void hmi_check_url(hm_scanner *s, hmi_view *v, size_t start, size_t end, hm_text host);
void hmi_hit_add(hm_scanner *s, const hmi_view *v, size_t start, size_t end, uint32_t row,
                 hm_semantic semantic, hm_text found);
/* For an observer. */
bool hmi_seen_before(hm_scanner *s, hm_bytes token);
void hmi_seen_tell(hm_scanner *s, hmi_seen_kind kind, hm_bytes value);
void hmi_seen_file(hm_scanner *s, hmi_view *v, size_t end);
static inline bool hmi_has(const hm_scanner *s, hmi_key_group group)
{
    return (s->set->head->groups >> group & 1) != 0;
}

#endif
