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
#include "watch/scan.h"

/* x moved up by k places, filled from the block before. */
static inline uint64_t moved(uint64_t x, uint64_t before, unsigned k)
{
    return x << k | before >> (64 - k);
}

/* Appends the places of the bits in `mask`; writes up to three more than it counts. */
static inline uint32_t put_places(uint32_t *places, uint32_t count, uint64_t mask, uint32_t base)
{
    uint32_t found = (uint32_t)__builtin_popcountll(mask);
    for (uint32_t i = 0; i < found; i += 4) {
        for (uint32_t k = 0; k < 4; k++) {
            places[count + i + k] = base + (uint32_t)__builtin_ctzll(mask | 1ull << 63);
            mask &= mask - 1;
        }
    }
    return count + found;
}

/* `prev` and `b` are neighbours in hm_scanner.blocks. */
static inline void block_anchors(hm_scanner *s, const hmi_masks *m, const hmi_block *prev,
                                 uint32_t base)
{
    hmi_places *at = &s->places;
    const uint64_t last = 1ull << 63;

    uint64_t first = moved(m->dot, prev->dot, 1) & (m->alpha | m->high);
    uint64_t sum;
    bool over = __builtin_add_overflow(m->name, first, &sum);
    over |= __builtin_add_overflow(sum, s->carry, &sum);
    /* A carry into a block that begins with no name byte: the label ended exactly there. */
    uint64_t ends = sum & ~m->name;
    s->carry = over;
    ends &= ~(m->dot & (m->name >> 1));
    at->name_count = put_places(at->names, at->name_count, ends, base);

    uint64_t d1 = moved(m->digit, prev->digit, 1);
    uint64_t d2 = moved(m->digit, prev->digit, 2);
    uint64_t d3 = moved(m->digit, prev->digit, 3);
    uint64_t octet = m->dot & d1 &
                     (moved(m->dot, prev->dot, 2) |
                      (d2 & (moved(m->dot, prev->dot, 3) | (d3 & moved(m->dot, prev->dot, 4)))));
    uint64_t third =
        m->dot & d1 &
        (moved(octet, s->prev_octet, 2) |
         (d2 & (moved(octet, s->prev_octet, 3) | (d3 & moved(octet, s->prev_octet, 4)))));
    s->prev_octet = octet;
    third &= m->digit >> 1 | last;
    at->quad_count = put_places(at->quads, at->quad_count, third, base);

    uint64_t behind_hex = m->colon & moved(m->hex, s->prev_hex, 1);
    uint64_t twice = m->colon & moved(m->colon, s->prev_colon, 1);
    if (__builtin_popcountll(behind_hex) + __builtin_popcountll(s->prev_behind) >= 6) {
        twice |= behind_hex;
    }
    if (twice != 0) {
        at->colon_count = put_places(at->colons, at->colon_count, twice, base);
    }
    s->prev_behind = behind_hex;
    s->prev_colon = m->colon;
    s->prev_hex = m->hex;

    uint64_t run = m->hex & m->hex >> 1;
    run &= run >> 2;
    run &= run >> 4;
    run &= run >> 8;
    run &= 0x0001000100010001ull;
    if (run != 0) {
        at->digit_count = put_places(at->digits, at->digit_count, run, base);
    }

    uint64_t solid = m->name | m->dot;
    uint64_t bare = m->dot & ~moved(solid, prev->name | prev->dot, 1);
    uint64_t fangs = bare | (m->open & (m->da >> 1 | last));
    if (fangs != 0) {
        at->fang_count = put_places(at->fangs, at->fang_count, fangs, base);
    }
    s->newlines += (uint64_t)__builtin_popcountll(m->newline);
}

/* The 64 bits that end before place `at` (counted from the chunk's start), the last on top. */
static inline uint64_t window(uint64_t here, uint64_t before, unsigned bit)
{
    return bit == 0 ? before : here << (64 - bit) | before >> bit;
}

static inline unsigned leading_ones(uint64_t x)
{
    return ~x == 0 ? 64 : (unsigned)__builtin_clzll(~x);
}

enum { TAIL_MAX = 24 }; /* the gate looks at 16 bytes; the rest may be the letters of an escape */

/* Length of the last two labels before place `bit`, at most TAIL_MAX. */
static inline unsigned tail_len(const hmi_block *b, unsigned bit)
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

static inline uint64_t tail_hash(const hm_scanner *s, const uint8_t *end, unsigned len)
{
    uint64_t last = hmi_last8(end, len < 8 ? len : 8);
    uint64_t before = hmi_last8(end - 8, len > 8 ? hmi_min(len - 8, 8) : 0);
    return hmi_gate_mix(s->set->head->gate_keys, HMI_GATE_TAIL, last, before);
}

/* Names: gate by gate for all places of the chunk, so that the loads overlap. Odd cases (escapes,
 * bytes above 0x7f, dashes at an end, the first bytes of the buffer) go to the check directly. */
static inline void ask_names(hm_scanner *s, size_t start)
{
    const uint8_t *text = s->view.ptr;
    const hm_matcher *set = s->set;
    uint64_t words = set->gate_words;
    uint64_t hashes[64];
    uint32_t where[64];
    for (uint32_t i = 0; i < s->places.name_count;) {
        uint32_t n = 0;
        for (; i < s->places.name_count && n < 64; i++) {
            uint32_t place = s->places.names[i];
            size_t end = start + place;
            const hmi_block *b = &s->blocks[2 + place / 64];
            unsigned len = tail_len(b, place % 64);
            const uint8_t *p = text + end;
            bool odd = end < 32 || (b[0].high | b[-1].high) != 0 || p[-1] == '-';
            if (!odd && len < TAIL_MAX) {
                uint8_t before = p[-(ptrdiff_t)len - 1];
                odd = before == '%' || before == '\\' || p[-(ptrdiff_t)len] == '-';
            }
            if (__builtin_expect(odd, 0)) {
                s->opened[s->opened_count++] = end;
                continue;
            }
            hashes[n] = tail_hash(s, p, len);
            __builtin_prefetch(&set->gate[hmi_gate_word(hashes[n], words)]);
            where[n++] = (uint32_t)place;
        }
        for (uint32_t k = 0; k < n; k++) {
            s->opened[s->opened_count] = start + where[k];
            s->opened_count += hmi_gate_open(set, hashes[k]);
        }
    }
    for (uint32_t i = 0; i < s->opened_count; i++) {
        hmi_check_name(s, &s->view, (size_t)s->opened[i]);
    }
    s->opened_count = 0;
}

/* Up to three digits that end before `end`, `len` of them. */
static inline uint32_t octet_value(const uint8_t *end, unsigned len)
{
    uint32_t word;
    memcpy(&word, end - 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    uint64_t digits = (word & 0x0f0f0f0fu) & (0xffffff00u << (8 * (3 - len)));
    return (uint32_t)(digits * (1u | 10u << 8 | 100u << 16) >> 24) & 0xff; /* too large: anything */
}

static inline bool ranges_touch(const hm_matcher *set, uint32_t address)
{
    uint32_t n = address >> 16;
    if ((set->ranges16[n / 8] >> (n % 8) & 1) == 0) {
        return false;
    }
    n = address >> 8;
    return (set->ranges24[n / 8] >> (n % 8) & 1) != 0;
}

static inline void ask_quads(hm_scanner *s, size_t start)
{
    const hm_matcher *set = s->set;
    const uint8_t *text = s->view.ptr;
    size_t len = s->view.len;
    uint64_t words = set->gate_words;
    uint32_t address[64];
    uint32_t where[64];
    for (uint32_t i = 0; i < s->places.quad_count;) {
        uint32_t n = 0;
        for (; i < s->places.quad_count && n < 64; i++) {
            uint32_t place = s->places.quads[i];
            size_t pos = start + place;
            const hmi_block *b = &s->blocks[2 + place / 64];
            const uint8_t *p = text + pos;
            uint64_t digits = window(b[0].digit, b[-1].digit, place % 64);
            unsigned third = leading_ones(digits);
            digits <<= third + 1;
            unsigned second = leading_ones(digits);
            digits <<= second + 1;
            unsigned first = leading_ones(digits);
            unsigned last = 0;
            while (last < 4 && pos + 1 + last < len && hmi_byte_is(p[1 + last], HMI_B_DIGIT)) {
                last++;
            }
            ptrdiff_t back = (ptrdiff_t)(third + second + first) + 2;
            if (pos < 32 || first > 3 ||
                (p[-back - 1] != ' ' && hmi_byte_is(p[-back - 1], HMI_B_ALNUM)) ||
                p[-back - 1] == '%') {
                s->opened[s->opened_count++] = pos;
                continue;
            }
            if (last == 0 || last > 3 || first == 0) {
                continue;
            }
            const uint8_t *second_end = p - third - 1;
            address[n] = octet_value(second_end - second - 1, first) << 24 |
                         octet_value(second_end, second) << 16 | octet_value(p, third) << 8 |
                         octet_value(p + 1 + last, last);
            __builtin_prefetch(
                &set->gate[hmi_gate_word(hmi_gate_v4(set->head->gate_keys, address[n]), words)]);
            where[n++] = (uint32_t)place;
        }
        for (uint32_t k = 0; k < n; k++) {
            s->opened[s->opened_count] = start + where[k];
            s->opened_count += hmi_gate_open(set, hmi_gate_v4(set->head->gate_keys, address[k])) |
                               ranges_touch(set, address[k]);
        }
    }
    for (uint32_t i = 0; i < s->opened_count; i++) {
        hmi_check_quad(s, &s->view, (size_t)s->opened[i]);
    }
    s->opened_count = 0;
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

static inline void scan_chunk(hm_scanner *s, size_t start, size_t len)
{
    hmi_places *at = &s->places;
    at->name_count = at->quad_count = at->fang_count = at->colon_count = at->digit_count = 0;
    s->newlines = 0;
    size_t count = len / 64;
    hmi_masks m;
    for (size_t i = 0; i < count; i++) {
        hmi_classify(s->view.ptr + start + 64 * i, &m);
        s->blocks[2 + i] = (hmi_block){ m.name, m.dot, m.digit, m.high };
        block_anchors(s, &m, &s->blocks[1 + i], (uint32_t)(64 * i));
    }
    if (len % 64 != 0) {
        /* What stands behind the end is no part of anything, and no new line. */
        uint8_t rest[64] = { 0 };
        memcpy(rest, s->view.ptr + start + 64 * count, len % 64);
        hmi_classify(rest, &m);
        s->blocks[2 + count] = (hmi_block){ m.name, m.dot, m.digit, m.high };
        block_anchors(s, &m, &s->blocks[1 + count], (uint32_t)(64 * count));
        count++;
    }
    if (start + len == s->view.len && s->carry != 0) {
        at->names[at->name_count++] = (uint32_t)len; /* the text ends with a name */
        s->carry = 0;
        s->blocks[2 + count] = (hmi_block){ 0 };
    }
    ask_names(s, start);
    ask_quads(s, start);
    ask_rare(s, start);
    s->blocks[0] = s->blocks[count];
    s->blocks[1] = s->blocks[1 + count];
}
