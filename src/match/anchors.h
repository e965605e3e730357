/* SPDX-License-Identifier: Apache-2.0
 *
 * anchors.h - where in a chunk an indicator can end; the body of every kernel.
 *
 * WHY    Of a record's bytes hardly one in fifty can end an address, a name or a digest. 64 bytes
 *        become bit masks (hmi_classify, which each kernel brings along); arithmetic on the masks
 *        finds those places for all 64 at once; each costs one load from the gate.
 * FORM   names   a label that begins with a letter behind a dot: adding its first bit to the mask
 *                of names (labels and the dots between them) carries to the byte behind the name.
 *        quads   the third of three dots with digits behind them, each two to four bytes apart
 *        colons  "::", or six colons with name bytes before them within two blocks
 *        digits  16 aligned name bytes: any run of 32 hexadecimal digits holds such
 *        fangs   a dot behind no name, or an opening bracket before d or a
 * TRUST  Nothing read here decides anything: too many places only cost time. Masks of the block
 *        before are kept, so a token may lie across blocks and chunks.
 *
 * Included by kernel_*.c after hmi_classify has been defined.
 */
#include "match/scan.h"

#define HMI_INLINE static inline __attribute__((always_inline))

/* Appends the places of the bits in `mask`. Two are written whatever their number: a branch for
 * each would be guessed wrong too often. */
HMI_INLINE uint32_t put_places(uint32_t *places, uint32_t count, uint64_t mask, uint32_t base)
{
    uint32_t *at = places + count;
    count += (uint32_t)__builtin_popcountll(mask);
    for (;;) {
        at[0] = base + hmi_lowest(mask);
        mask &= mask - 1;
        at[1] = base + hmi_lowest(mask);
        mask &= mask - 1;
        if (__builtin_expect(mask == 0, 1)) {
            return count;
        }
        at += 2;
    }
}

/* Bits two, three or four places above those of `x`. */
HMI_INLINE uint64_t soon_after(uint64_t x, uint64_t before)
{
    return x << 2 | x << 3 | x << 4 | before;
}

/* The same, of what falls into the block behind. */
HMI_INLINE uint64_t fallen(uint64_t x)
{
    return x >> 62 | x >> 61 | x >> 60;
}

/* Of the two common lists, kept where the processor counts fastest. */
typedef struct hmi_counts {
    uint32_t names, quads;
} hmi_counts;

HMI_INLINE void block_anchors(hmi_places *at, hmi_counts *n, hmi_carry *c, const hmi_masks *m,
                              uint32_t base)
{
    const uint64_t last = 1ull << 63;
    const uint64_t digit = m->name & ~m->above; /* and '-', which the checks refuse */

    /* Labels, and the dots between them: what is added to the first letter of a label behind a
     * dot is carried to the end of the whole name. */
    uint64_t inner = m->name | (m->dot & m->name >> 1);
    uint64_t first = (m->dot << 1 | c->dot) & m->above & m->name;
    uint64_t sum;
    bool over = __builtin_add_overflow(inner, first, &sum);
    over |= __builtin_add_overflow(sum, c->label, &sum);
    /* A carry into a block that begins with no name byte: the name ended exactly there. */
    c->label = over;
    n->names = put_places(at->names, n->names, sum & ~inner, base);

    uint64_t between = m->dot & (digit >> 1 | last);
    uint64_t second = between & soon_after(between, c->between);
    uint64_t third = second & soon_after(second, c->second);
    c->between = fallen(between);
    c->second = fallen(second);
    n->quads = put_places(at->quads, n->quads, third, base);

    uint64_t behind_name = m->name << 1 | c->name;
    uint64_t separating = m->colon & behind_name;
    unsigned separators = (unsigned)__builtin_popcountll(separating);
    bool many = separators + c->separators >= 6;
    /* Sixteen aligned name bytes: a lane that is zero when turned round. */
    uint64_t run = (~m->name - 0x0001000100010001ull) & m->name & 0x8000800080008000ull;
    uint64_t bare = m->dot & ~behind_name;
    c->separators = separators;
    c->name = m->name >> 63;
    c->dot = m->dot >> 63;
    if (__builtin_expect(((m->rare | run | bare) != 0) | many, 0)) {
        uint64_t rare = hmi_rare(m);
        uint64_t colons = (rare & m->colon) | (many ? separating : 0);
        at->colon_count = put_places(at->colons, at->colon_count, colons, base);
        at->digit_count = put_places(at->digits, at->digit_count, run, base);
        at->fang_count = put_places(at->fangs, at->fang_count, bare | (rare & ~m->colon), base);
    }
}

/* The 56 bits or more that end before bit `place`, the last on top. */
HMI_INLINE uint64_t window(const uint64_t *bits, uint32_t place)
{
    uint64_t word;
    memcpy(&word, (const uint8_t *)(bits + 1) + place / 8 + 1, 8);
    return word << (8 - place % 8);
}

/* Of a window: its lowest bit is never set. */
HMI_INLINE unsigned leading_ones(uint64_t x)
{
    return hmi_highest_zeros(~x);
}

enum { HEAD = 128 };    /* in the first bytes of a buffer everything is checked directly */
enum { TAIL_MAX = 24 }; /* the gate looks at 16 bytes; the rest may be the letters of an escape */

/* The two words of the gate for the last `len` bytes before `end`, of which 16 count. */
HMI_INLINE void last_words(const uint8_t *end, unsigned len, uint64_t *ret_last,
                           uint64_t *ret_before)
{
    static const uint64_t KEEP[5] = { 0, 0, ~0ull, ~0ull, ~0ull };
    const uint8_t *keep = (const uint8_t *)KEEP + (len < 16 ? len : 16);
    uint64_t before;
    uint64_t last;
    memcpy(&before, keep, 8);
    memcpy(&last, keep + 8, 8);
    *ret_before = hmi_last8(end - 8, 8) & before;
    *ret_last = hmi_last8(end, 8) & last;
}

/* Behind the first gate: does some indicator end with these two labels and have no more, or with
 * these three? Names below a crowded suffix (co.uk) mostly end here. */
static bool second_gate(const hm_scanner *s, size_t end)
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

/* The same from the masks, for the many at once that a crowded suffix lets through; what is odd
 * goes the long way. */
HMI_INLINE void ask_second(hm_scanner *s, size_t start, const uint32_t *opened, uint32_t count)
{
    enum { SEEN = 54 };
    const uint8_t *text = s->view.ptr;
    const hm_matcher *set = s->set;
    const uint64_t *keys = set->head->gate_keys;
    for (uint32_t i = 0; i < count;) {
        uint32_t n = 0;
        for (; i < count && n < HMI_BATCH; i++) {
            uint32_t place = opened[i];
            size_t end = start + place;
            const uint8_t *p = text + end;
            uint64_t name = window(s->names, place);
            unsigned one = leading_ones(name);
            name = name << one << 1;
            unsigned two = leading_ones(name);
            name = name << two << 1;
            unsigned three = leading_ones(name);
            const uint8_t *tail = p - one - 1 - two;
            bool deep = tail[-1] == '.';
            const uint8_t *from = tail - (deep ? three + 1 : 0);
            bool odd = (one + two + three > SEEN) | (two == 0) | (deep & (three == 0)) |
                       hmi_byte_is(from[-1], HMI_B_ESCAPES) | (from[0] == '-');
            if (__builtin_expect(odd, 0)) {
                if (second_gate(s, end)) {
                    hmi_check_name(s, &s->view, end);
                }
                continue;
            }
            uint64_t last;
            uint64_t before;
            uint64_t a;
            uint64_t b;
            last_words(p, one + 1 + two, &last, &before);
            last_words(tail, three + 1, &a, &b);
            uint64_t hash = hmi_gate_mix(keys, HMI_GATE_TWO_LABELS, last, before);
            uint64_t deeper =
                hmi_gate_mix(keys, HMI_GATE_THREE, last + 3 * b, before ^ (a << 1 | a >> 63));
            s->hashes[n] = hash;
            s->deeper[n] = deep ? deeper : hash;
            __builtin_prefetch(&set->gate[hmi_gate_word(hash, set->gate_words)]);
            __builtin_prefetch(&set->gate[hmi_gate_word(s->deeper[n], set->gate_words)]);
            s->where[n++] = place;
        }
        for (uint32_t k = 0; k < n; k++) {
            if (hmi_gate_open(set, s->hashes[k]) || hmi_gate_open(set, s->deeper[k])) {
                hmi_check_name(s, &s->view, start + s->where[k]);
            }
        }
    }
}

/* Names: gate by gate for all places of the chunk, so that the loads overlap. Odd cases (escapes,
 * bytes above 0x7f, dashes at an end, the first bytes of the buffer) go to the check directly. */
HMI_INLINE void ask_names(hm_scanner *s, size_t start, bool any_high)
{
    const uint8_t *text = s->view.ptr;
    const hm_matcher *set = s->set;
    const uint64_t *keys = set->head->gate_keys;
    const uint64_t *gate = set->gate;
    const uint32_t *names = s->places.names;
    const uint64_t words = set->gate_words;
    const uint32_t count = s->places.name_count;
    const uint32_t head = start < HEAD ? HEAD - (uint32_t)start : 0;
    uint32_t opened = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t n = 0;
        for (; i < count && n < HMI_BATCH; i++) {
            uint32_t place = names[i];
            size_t end = start + place;
            const uint8_t *p = text + end;
            if (__builtin_expect((place < head) | any_high, 0) &&
                ((place < head) | s->high[2 + place / 64] | s->high[1 + place / 64]) != 0) {
                hmi_check_name(s, &s->view, end);
                continue;
            }
            uint64_t name = window(s->names, place);
            unsigned label = leading_ones(name);
            unsigned len = label + 1 + leading_ones(name << label << 1);
            const uint8_t *from = p - len;
            bool odd = (len < TAIL_MAX) & (hmi_byte_is(from[-1], HMI_B_ESCAPES) | (from[0] == '-'));
            if (__builtin_expect(odd | (p[-1] == '-'), 0)) {
                hmi_check_name(s, &s->view, end);
                continue;
            }
            uint64_t last;
            uint64_t ahead;
            last_words(p, len, &last, &ahead);
            uint64_t hash = hmi_gate_mix(keys, HMI_GATE_TAIL, last, ahead);
            __builtin_prefetch(&gate[hmi_gate_word(hash, words)]);
            s->hashes[n] = hash;
            s->where[n++] = place;
        }
        for (uint32_t k = 0; k < n; k++) {
            uint64_t hash = s->hashes[k];
            uint64_t bits = hmi_gate_bits(hash);
            s->opened[opened] = s->where[k];
            opened += (gate[hmi_gate_word(hash, words)] & bits) == bits;
        }
    }
    ask_second(s, start, s->opened, opened);
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
    /* At the ends of the buffer an address may not be read at one go. */
    const bool edge = start < HEAD || text_len - start < 2 * HMI_CHUNK;
    for (uint32_t i = 0; i < count;) {
        uint32_t n = 0;
        for (; i < count && n < HMI_BATCH; i++) {
            uint32_t place = quads[i];
            size_t pos = start + place;
            const uint8_t *p = text + pos;
            if (edge && (pos < HEAD || text_len - pos < 16)) {
                hmi_check_quad(s, &s->view, pos);
                continue;
            }
            uint64_t digits = window(s->digits, place);
            unsigned third = leading_ones(digits);
            digits = digits << third << 1;
            unsigned second = leading_ones(digits);
            digits = digits << second << 1;
            unsigned first = leading_ones(digits);
            const uint8_t *from = p - (third + second + first + 2);
            /* Perhaps the letters of an escape; but a number there must be. */
            bool odd = (first > 3) | hmi_byte_is(from[-1], HMI_B_ALNUM | HMI_B_PERCENT) |
                       (from[0] == '-') | (from[1] == '-');
            if (__builtin_expect(odd, 0)) {
                if (first != 0) {
                    hmi_check_quad(s, &s->view, pos);
                }
                continue;
            }
            unsigned more = p[2] - (unsigned)'0' < 10;
            unsigned last = 1 + more + (more & (p[3] - (unsigned)'0' < 10));
            uint32_t address = hmi_quad_value(from, first, second, third, last);
            uint64_t hash = hmi_gate_v4(keys, address);
            __builtin_prefetch(&gate[hmi_gate_word(hash, words)]);
            s->hashes[n] = hash;
            s->addresses[n] = address;
            s->where[n++] = place;
        }
        for (uint32_t k = 0; k < n; k++) {
            uint64_t hash = s->hashes[k];
            uint64_t bits = hmi_gate_bits(hash);
            /* Both are asked, so that no branch is guessed wrong. */
            unsigned in_gate = (gate[hmi_gate_word(hash, words)] & bits) == bits;
            unsigned in_ranges = ranges_touch(set, s->addresses[k]);
            if (in_gate | in_ranges) {
                hmi_check_quad(s, &s->view, start + s->where[k]);
            }
        }
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

HMI_INLINE uint32_t scan_block(hm_scanner *s, hmi_counts *counts, hmi_carry *carry,
                               hmi_newlines *newlines, size_t i, const uint8_t *p)
{
    hmi_masks m __attribute__((uninitialized));
    hmi_classify(p, &m, newlines);
    s->names[2 + i] = m.name;
    s->digits[2 + i] = m.name & ~m.above;
    s->high[2 + i] = m.high;
    block_anchors(&s->places, counts, carry, &m, (uint32_t)(64 * i));
    return m.high;
}

HMI_INLINE void scan_chunk(hm_scanner *s, size_t start, size_t len)
{
    hmi_places *at = &s->places;
    at->fang_count = at->colon_count = at->digit_count = 0;
    hmi_counts counts = { 0 };
    hmi_carry carry = s->carry;
    carry.newlines = 0;
    const uint8_t *text = s->view.ptr + start;
    /* A block is read with the byte behind it. */
    size_t count = (start + len == s->view.len ? len - 1 : len) / 64;
    uint32_t high = s->high[0] | s->high[1];
    for (size_t i = 0; i < count;) {
        hmi_newlines newlines = { 0 };
        size_t stop = hmi_min(count, i + 64);
        for (; i < stop; i++) {
            high |= scan_block(s, &counts, &carry, &newlines, i, text + 64 * i);
        }
        carry.newlines += hmi_newlines_sum(&newlines);
    }
    if (len > 64 * count) {
        /* What stands behind the end is no part of anything, and no new line. */
        uint8_t rest[65] = { 0 };
        hmi_newlines newlines = { 0 };
        memcpy(rest, text + 64 * count, len - 64 * count);
        high |= scan_block(s, &counts, &carry, &newlines, count, rest);
        carry.newlines += hmi_newlines_sum(&newlines);
        count++;
    }
    if (start + len == s->view.len && carry.label != 0) {
        at->names[counts.names++] = (uint32_t)len; /* the text ends with a name */
        carry.label = 0;
        s->high[2 + count] = 0;
    }
    s->carry = carry;
    at->name_count = counts.names;
    at->quad_count = counts.quads;
    ask_names(s, start, high != 0);
    ask_quads(s, start);
    ask_rare(s, start);
    memmove(s->names, s->names + count, 16);
    memmove(s->digits, s->digits + count, 16);
    memmove(s->high, s->high + count, 8);
}
