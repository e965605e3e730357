/* SPDX-License-Identifier: Apache-2.0
 *
 * anchors.h - where in a chunk an indicator can end; the body of every kernel.
 *
 * WHY    Of a record's bytes hardly one in fifty can end an address, a name or a digest. 64 bytes
 *        become bit masks (hmi_classify, which each kernel brings along); arithmetic on the masks
 *        finds those places for all 64 at once; each costs one load from the gate.
 * FORM   names   a label that begins with a letter behind a dot: adding its first bit to the mask
 *                of name bytes carries to the byte behind the label. Not if a dot and more follow.
 *        quads   the third of three dots with one to three digits before each of the last two
 *        colons  "::", or six colons with digits before them within two blocks
 *        digits  16 aligned bytes of hexadecimal digits: any run of 32 holds such
 *        fangs   a dot behind no name, or an opening bracket before d or a
 * TRUST  Nothing read here decides anything: too many places only cost time. Masks of the block
 *        before are kept, so a token may lie across blocks and chunks.
 *
 * Included by kernel_*.c after hmi_classify has been defined.
 */
#include "match/scan.h"

/* x moved up by k places, filled from the block before. */
static inline __attribute__((always_inline)) uint64_t moved(uint64_t x, uint64_t before, unsigned k)
{
    return x << k | before >> (64 - k);
}

#define HMI_INLINE static inline __attribute__((always_inline))

/* Appends the places of the bits in `mask`. Four are written whatever their number: a branch for
 * each would be guessed wrong too often. */
HMI_INLINE uint32_t put_places(uint32_t *places, uint32_t count, uint64_t mask, uint32_t base)
{
    const uint64_t stop = 1ull << 63;
    uint32_t found = (uint32_t)__builtin_popcountll(mask);
    uint32_t *at = places + count;
    for (;;) {
        at[0] = base + (uint32_t)__builtin_ctzll(mask | stop);
        mask &= mask - 1;
        at[1] = base + (uint32_t)__builtin_ctzll(mask | stop);
        mask &= mask - 1;
        at[2] = base + (uint32_t)__builtin_ctzll(mask | stop);
        mask &= mask - 1;
        at[3] = base + (uint32_t)__builtin_ctzll(mask | stop);
        mask &= mask - 1;
        if (__builtin_expect(mask == 0, 1)) {
            return count + found;
        }
        at += 4;
    }
}

HMI_INLINE void block_anchors(hmi_places *at, hmi_carry *c, const hmi_masks *m, uint32_t base)
{
    const uint64_t last = 1ull << 63;

    uint64_t first = moved(m->dot, c->dot, 1) & (m->alpha | m->high);
    uint64_t sum;
    bool over = __builtin_add_overflow(m->name, first, &sum);
    over |= __builtin_add_overflow(sum, c->label, &sum);
    /* A carry into a block that begins with no name byte: the label ended exactly there. */
    uint64_t ends = sum & ~m->name & ~(m->dot & (m->name >> 1));
    c->label = over;
    at->name_count = put_places(at->names, at->name_count, ends, base);

    uint64_t d1 = moved(m->digit, c->digit, 1);
    uint64_t d2 = moved(m->digit, c->digit, 2);
    uint64_t d3 = moved(m->digit, c->digit, 3);
    uint64_t octet = m->dot & d1 &
                     (moved(m->dot, c->dot, 2) |
                      (d2 & (moved(m->dot, c->dot, 3) | (d3 & moved(m->dot, c->dot, 4)))));
    uint64_t third = m->dot & d1 & (m->digit >> 1 | last) &
                     (moved(octet, c->octet, 2) |
                      (d2 & (moved(octet, c->octet, 3) | (d3 & moved(octet, c->octet, 4)))));
    c->octet = octet;
    at->quad_count = put_places(at->quads, at->quad_count, third, base);

    uint64_t behind_hex = m->colon & moved(m->hex, c->hex, 1);
    uint64_t colons = m->colon & moved(m->colon, c->colon, 1);
    if (__builtin_expect(
            __builtin_popcountll(behind_hex) + __builtin_popcountll(c->behind_hex) >= 6, 0)) {
        colons |= behind_hex;
    }
    c->behind_hex = behind_hex;
    c->colon = m->colon;
    c->hex = m->hex;

    uint64_t run = m->hex & m->hex >> 1;
    run &= run >> 2;
    run &= run >> 4;
    run &= run >> 8;
    run &= 0x0001000100010001ull;

    uint64_t bare = m->dot & ~moved(m->name | m->dot, c->name | c->dot, 1);
    uint64_t fangs = bare | (m->open & (m->da >> 1 | last));
    c->name = m->name;
    c->dot = m->dot;
    c->digit = m->digit;
    c->newlines += (uint64_t)__builtin_popcountll(m->newline);
    if (__builtin_expect((colons | run | fangs) != 0, 0)) {
        at->colon_count = put_places(at->colons, at->colon_count, colons, base);
        at->digit_count = put_places(at->digits, at->digit_count, run, base);
        at->fang_count = put_places(at->fangs, at->fang_count, fangs, base);
    }
}

/* The 64 bits that end before place `at` (counted from the chunk's start), the last on top. */
HMI_INLINE uint64_t window(uint64_t here, uint64_t before, unsigned bit)
{
    return bit == 0 ? before : here << (64 - bit) | before >> bit;
}

HMI_INLINE unsigned leading_ones(uint64_t x)
{
    return ~x == 0 ? 64 : (unsigned)__builtin_clzll(~x);
}

enum { TAIL_MAX = 24 }; /* the gate looks at 16 bytes; the rest may be the letters of an escape */

/* Length of the last two labels before place `bit`, at most TAIL_MAX. */
HMI_INLINE unsigned tail_len(const hmi_block *b, unsigned bit)
{
    uint64_t name = window(b[0].name, b[-1].name, bit);
    unsigned label = leading_ones(name);
    if (label >= TAIL_MAX - 1) {
        return TAIL_MAX;
    }
    uint64_t rest = name << (label + 1);
    unsigned len = label + 1 + leading_ones(rest);
    return len > TAIL_MAX ? TAIL_MAX : len;
}

HMI_INLINE uint64_t tail_hash(const uint64_t *keys, const uint8_t *end, unsigned len)
{
    uint64_t last = hmi_last8(end, len < 8 ? len : 8);
    uint64_t before = hmi_last8(end - 8, len > 8 ? hmi_min(len - 8, 8) : 0);
    return hmi_gate_mix(keys, HMI_GATE_TAIL, last, before);
}

/* Behind the first gate: does some indicator end with these two labels and have no more, or with
 * these three? Names below a crowded suffix (co.uk) mostly end here. */
HMI_INLINE bool second_gate(const hm_scanner *s, size_t end)
{
    const uint8_t *text = s->view.ptr;
    const uint64_t *keys = s->set->head->gate_keys;
    size_t from = end;
    size_t two = 0;
    while (end - from < 128 && from > 0 &&
           (text[from - 1] == '.' || hmi_byte_is(text[from - 1], HMI_B_NAME))) {
        if (hmi_byte_is(text[from - 1], HMI_B_HIGH)) {
            return true; /* the gate knows the ASCII form only */
        }
        if (text[from - 1] == '.') {
            if (two != 0) {
                break;
            }
            two = memchr(text + from, '.', end - from) != NULL ? from : 0;
        }
        from--;
    }
    if (from == 0 || end - from >= 128 || text[from - 1] == '%' || text[from - 1] == '\\' ||
        text[from] == '-' || text[from] == '.') {
        return true;
    }
    hm_bytes three = { text + from, end - from };
    hm_bytes tail = two != 0 ? (hm_bytes){ text + two, end - two } : three;
    return hmi_gate_open(s->set, hmi_gate_text(keys, HMI_GATE_TWO_LABELS, tail)) ||
           (two != 0 && hmi_gate_open(s->set, hmi_gate_three(keys, three)));
}

/* Names: gate by gate for all places of the chunk, so that the loads overlap. Odd cases (escapes,
 * bytes above 0x7f, dashes at an end, the first bytes of the buffer) go to the check directly. */
HMI_INLINE void ask_names(hm_scanner *s, size_t start)
{
    const uint8_t *text = s->view.ptr;
    const hm_matcher *set = s->set;
    const uint64_t *keys = set->head->gate_keys;
    const uint64_t *gate = set->gate;
    const uint32_t *names = s->places.names;
    const uint64_t words = set->gate_words;
    const uint32_t count = s->places.name_count;
    uint32_t opened = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t n = 0;
        for (; i < count && n < 64; i++) {
            uint32_t place = names[i];
            size_t end = start + place;
            const hmi_block *b = &s->blocks[2 + place / 64];
            unsigned len = tail_len(b, place % 64);
            const uint8_t *p = text + end;
            if (__builtin_expect(end < 32 || (b[0].high | b[-1].high) != 0, 0)) {
                s->opened[opened++] = end;
                continue;
            }
            uint8_t before = p[-(ptrdiff_t)len - 1];
            bool odd = (len < TAIL_MAX) &
                       ((before == '%') | (before == '\\') | (p[-(ptrdiff_t)len] == '-'));
            if (__builtin_expect(odd | (p[-1] == '-'), 0)) {
                s->opened[opened++] = end;
                continue;
            }
            uint64_t hash = tail_hash(keys, p, len);
            __builtin_prefetch(&gate[hmi_gate_word(hash, words)]);
            s->hashes[n] = hash;
            s->where[n++] = place;
        }
        for (uint32_t k = 0; k < n; k++) {
            uint64_t hash = s->hashes[k];
            uint64_t bits = hmi_gate_bits(hash);
            s->opened[opened] = start + s->where[k];
            opened += (gate[hmi_gate_word(hash, words)] & bits) == bits;
        }
    }
    for (uint32_t i = 0; i < opened; i++) {
        if (second_gate(s, (size_t)s->opened[i])) {
            hmi_check_name(s, &s->view, (size_t)s->opened[i]);
        }
    }
}

/* Up to three digits that end before `end`, `len` of them. */
HMI_INLINE uint32_t octet_value(const uint8_t *end, unsigned len)
{
    uint32_t word;
    memcpy(&word, end - 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    uint64_t digits = (word & 0x0f0f0f0fu) & (0xffffff00u << (8 * (3 - len)));
    return (uint32_t)(digits * (1u | 10u << 8 | 100u << 16) >> 24) & 0xff; /* too large: anything */
}

HMI_INLINE bool ranges_touch(const hm_matcher *set, uint32_t address)
{
    uint32_t n = address >> 16;
    if ((set->ranges16[n / 8] >> (n % 8) & 1) == 0) {
        return false;
    }
    n = address >> 8;
    return (set->ranges24[n / 8] >> (n % 8) & 1) != 0;
}

HMI_INLINE void ask_quads(hm_scanner *s, size_t start)
{
    const hm_matcher *set = s->set;
    const uint64_t *keys = set->head->gate_keys;
    const uint64_t *gate = set->gate;
    const uint8_t *text = s->view.ptr;
    const uint32_t *quads = s->places.quads;
    const uint32_t count = s->places.quad_count;
    const uint64_t words = set->gate_words;
    const size_t text_len = s->view.len;
    uint32_t opened = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t n = 0;
        for (; i < count && n < 64; i++) {
            uint32_t place = quads[i];
            size_t pos = start + place;
            const hmi_block *b = &s->blocks[2 + place / 64];
            const uint8_t *p = text + pos;
            uint64_t digits = window(b[0].digit, b[-1].digit, place % 64);
            unsigned third = leading_ones(digits);
            digits <<= third + 1;
            unsigned second = leading_ones(digits);
            digits <<= second + 1;
            unsigned first = leading_ones(digits);
            ptrdiff_t back = (ptrdiff_t)(third + second + first) + 2;
            if (__builtin_expect(pos < 32 || text_len - pos < 5 || first > 3, 0) ||
                hmi_byte_is(p[-back - 1], HMI_B_ALNUM) || p[-back - 1] == '%') {
                s->opened[opened++] = pos; /* perhaps the letters of an escape */
                continue;
            }
            unsigned last = 1 + (unsigned)hmi_byte_is(p[2], HMI_B_DIGIT);
            last += (last == 2) & (unsigned)hmi_byte_is(p[3], HMI_B_DIGIT);
            const uint8_t *second_end = p - third - 1;
            uint32_t address = octet_value(second_end - second - 1, first) << 24 |
                               octet_value(second_end, second) << 16 | octet_value(p, third) << 8 |
                               octet_value(p + 1 + last, last);
            uint64_t hash = hmi_gate_v4(keys, address);
            __builtin_prefetch(&gate[hmi_gate_word(hash, words)]);
            s->hashes[n] = hash;
            s->addresses[n] = address;
            s->where[n++] = place;
        }
        for (uint32_t k = 0; k < n; k++) {
            uint64_t hash = s->hashes[k];
            uint64_t bits = hmi_gate_bits(hash);
            s->opened[opened] = start + s->where[k];
            /* Both are asked, so that no branch is guessed wrong. */
            unsigned in_gate = (gate[hmi_gate_word(hash, words)] & bits) == bits;
            unsigned in_ranges = ranges_touch(set, s->addresses[k]);
            opened += in_gate | in_ranges;
        }
    }
    for (uint32_t i = 0; i < opened; i++) {
        hmi_check_quad(s, &s->view, (size_t)s->opened[i]);
    }
}

static inline void ask_rare(hm_scanner *s, size_t start)
{
    const hmi_places *at = &s->places;
    for (uint32_t i = 0; i < at->colon_count; i++) {
        hmi_check_colon(s, &s->view, start + at->colons[i]);
    }
    for (uint32_t i = 0; i < at->digit_count; i++) {
        hmi_check_digits(s, &s->view, start + at->digits[i]);
    }
    for (uint32_t i = 0; i < at->fang_count; i++) {
        hmi_check_fang(s, &s->view, start + at->fangs[i]);
    }
}

HMI_INLINE void scan_chunk(hm_scanner *s, size_t start, size_t len)
{
    hmi_places *at = &s->places;
    at->name_count = at->quad_count = at->fang_count = at->colon_count = at->digit_count = 0;
    hmi_carry carry = s->carry;
    carry.newlines = 0;
    const uint8_t *text = s->view.ptr + start;
    size_t count = len / 64;
    hmi_masks m;
    for (size_t i = 0; i < count; i++) {
        hmi_classify(text + 64 * i, &m);
        s->blocks[2 + i] = (hmi_block){ m.name, m.dot, m.digit, m.high };
        block_anchors(at, &carry, &m, (uint32_t)(64 * i));
    }
    if (len % 64 != 0) {
        /* What stands behind the end is no part of anything, and no new line. */
        uint8_t rest[64] = { 0 };
        memcpy(rest, text + 64 * count, len % 64);
        hmi_classify(rest, &m);
        s->blocks[2 + count] = (hmi_block){ m.name, m.dot, m.digit, m.high };
        block_anchors(at, &carry, &m, (uint32_t)(64 * count));
        count++;
    }
    if (start + len == s->view.len && carry.label != 0) {
        at->names[at->name_count++] = (uint32_t)len; /* the text ends with a name */
        carry.label = 0;
        s->blocks[2 + count] = (hmi_block){ 0 };
    }
    s->carry = carry;
    ask_names(s, start);
    ask_quads(s, start);
    ask_rare(s, start);
    s->blocks[0] = s->blocks[count];
    s->blocks[1] = s->blocks[1 + count];
}
