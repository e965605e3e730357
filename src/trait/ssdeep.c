/* SPDX-License-Identifier: Apache-2.0
 *
 * ssdeep.c - context triggered piecewise hashing: a text whose pieces follow the file's pieces.
 *
 * WHY    Feeds and partners name files by it. Written from the paper, so that no GPL library is
 *        linked.
 * FORM   Kornblum: "Identifying almost identical files using context triggered piecewise hashing"
 *        (2006). A rolling hash over 7 bytes cuts the file where it is one less than a multiple of
 *        the block size; each piece gives six bits of an FNV hash. The block size is 3 * 2^n, such
 *        that there are 32 to 64 pieces; a second text is made with the double of it, half as long.
 *        Likeness: runs of more than three equal characters are shortened, a common run of seven is
 *        asked for, then the edit distance (replace costs 2) against the lengths; small block sizes
 *        limit it.
 *         The cuts of all block sizes are found in one pass, then the pieces are hashed.
 * TRUST  Three passes at most over HMI_LIKENESS_BYTES_MAX bytes. Digests to compare are an
 *        attacker's: lengths are bounded by the form.
 * OWNS   Nothing.
 */
#include "trait/likeness.h"

#include <stdio.h>

enum {
    WINDOW = 7,
    LENGTH = 64,
    BLOCK_MIN = 3,
    BLOCKS = 31, /* of which HMI_LIKENESS_BYTES_MAX allows 20 to be chosen */
    NEAR = 4,    /* block sizes below the suggested one that the first pass looks at */
    LANES = 4,
    PIECE_INIT = 0x28021967,
    PIECE_PRIME = 0x01000193
};

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t block_size(unsigned n)
{
    return (uint32_t)BLOCK_MIN << n;
}

/* Where one block size cuts the file: as many places as make pieces, and the last one. */
typedef struct cuts {
    uint64_t count;
    uint32_t first[LENGTH - 1]; /* offsets after the byte that cuts */
    uint32_t last;
} cuts;

typedef struct scan {
    cuts by_block[BLOCKS];
    uint32_t end; /* the rolling hash after the last byte */
} scan;

static void note_cut(scan *s, unsigned lowest, unsigned most, uint32_t after)
{
    for (unsigned n = lowest; n <= most; n++) {
        cuts *c = &s->by_block[n];
        if (c->count < LENGTH - 1) {
            c->first[c->count] = after;
        }
        c->last = after;
        c->count++;
    }
}

/* One pass of the rolling hash; notes the cuts of the lowest block size asked for and of all above
 * it: who is cut by the double is cut by the single. */
static void find_cuts(hm_bytes bytes, unsigned lowest, scan *s)
{
    const uint32_t below = ((uint32_t)1 << lowest) - 1;
    uint32_t sum = 0, weighted = 0, shifted = 0, next = 0;
    for (unsigned n = lowest; n < BLOCKS; n++) {
        s->by_block[n].count = 0;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t c = bytes.ptr[i], gone = i < WINDOW ? 0 : bytes.ptr[i - WINDOW];
        weighted += WINDOW * c - sum;
        sum += c - gone;
        shifted = shifted << 5 ^ c;
        next = sum + weighted + shifted + 1;
        if ((next & below) == 0 && next != 0 && next % BLOCK_MIN == 0) {
            unsigned twos = (unsigned)__builtin_ctz(next);
            note_cut(s, lowest, twos < BLOCKS ? twos : BLOCKS - 1, (uint32_t)i + 1);
        }
    }
    s->end = next - 1;
}

/* The block size whose pieces are enough, from the one that the length suggests downwards. Nearly
 * every file needs one of the first few; a monotonous one is gone through again for the rest. */
static unsigned choose(hm_bytes bytes, scan *s)
{
    unsigned guess = 0;
    while ((uint64_t)block_size(guess) * LENGTH < bytes.len) {
        guess++;
    }
    for (unsigned lowest = guess > NEAR ? guess - NEAR : 0;; lowest = 0) {
        find_cuts(bytes, lowest, s);
        for (unsigned n = guess + 1; n-- > lowest;) {
            if (n == 0 || s->by_block[n].count >= LENGTH / 2) {
                return n;
            }
        }
    }
}

/* A piece whose six bits of hash are wanted, and where they go. */
typedef struct piece {
    const uint8_t *at;
    size_t len;
    char *ret;
} piece;

typedef struct pieces {
    piece of[LENGTH + LENGTH / 2];
    size_t count;
} pieces;

/* Each multiplication of a piece's hash waits for the one before it, so that several pieces go
 * side by side. A lane with nothing to do goes along with the first and its hash is dropped. */
static void hash_pieces(pieces *p)
{
    piece lane[LANES] = { 0 };
    uint32_t hash[LANES];
    for (;;) {
        size_t step = SIZE_MAX;
        const uint8_t *at = NULL;
        for (size_t l = 0; l < LANES; l++) {
            while (lane[l].len == 0 && p->count > 0) {
                lane[l] = p->of[--p->count];
                hash[l] = PIECE_INIT;
                *lane[l].ret = DIGITS[hash[l] & 63];
            }
            if (lane[l].len > 0) {
                at = lane[l].at;
                step = lane[l].len < step ? lane[l].len : step;
            }
        }
        if (at == NULL) {
            return;
        }
        const uint8_t *from[LANES];
        for (size_t l = 0; l < LANES; l++) {
            from[l] = lane[l].len > 0 ? lane[l].at : at;
        }
        for (size_t i = 0; i < step; i++) {
#pragma GCC unroll 4
            for (size_t l = 0; l < LANES; l++) {
                hash[l] = hash[l] * PIECE_PRIME ^ from[l][i];
            }
        }
        for (size_t l = 0; l < LANES; l++) {
            if (lane[l].len > 0) {
                *lane[l].ret = DIGITS[hash[l] & 63];
                lane[l].at += step;
                lane[l].len -= step;
            }
        }
    }
}

/* The text of one block size: a character a piece; when there are more cuts than places, the last
 * one is of all that follows. What comes after the last cut counts unless the rolling hash is 0. */
static void add_pieces(pieces *p, hm_bytes bytes, const cuts *c, unsigned places, bool more,
                       char *text)
{
    unsigned whole = c->count < places - 1 ? (unsigned)c->count : places - 1;
    size_t from = 0, len = whole;
    for (unsigned i = 0; i < whole; i++) {
        p->of[p->count++] = (piece){ bytes.ptr + from, c->first[i] - from, text + i };
        from = c->first[i];
    }
    if (more || c->count > whole) {
        size_t to = more ? bytes.len : c->last;
        p->of[p->count++] = (piece){ bytes.ptr + from, to - from, text + len++ };
    }
    text[len] = '\0';
}

bool hmi_ssdeep_of(hm_bytes bytes, char ret[HMI_SSDEEP_TEXT_MAX + 1])
{
    if (bytes.len == 0 || bytes.len > HMI_LIKENESS_BYTES_MAX) {
        return false;
    }
    scan s;
    pieces p = { .count = 0 };
    char one[LENGTH + 1], two[LENGTH / 2 + 1];
    unsigned n = choose(bytes, &s);
    add_pieces(&p, bytes, &s.by_block[n], LENGTH, s.end != 0, one);
    add_pieces(&p, bytes, &s.by_block[n + 1], LENGTH / 2, s.end != 0, two);
    hash_pieces(&p);
    (void)snprintf(ret, HMI_SSDEEP_TEXT_MAX + 1, "%u:%s:%s", block_size(n), one, two);
    return true;
}

/* ---- Likeness */

typedef struct digest {
    uint64_t block;
    char part[2][LENGTH];
    size_t len[2];
} digest;

/* A run of one character longer than three says no more than three of it. */
static bool shorten(hm_text text, char out[LENGTH], size_t *ret_len)
{
    size_t len = 0;
    if (text.len > LENGTH) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (i < 3 || c != text.ptr[i - 1] || c != text.ptr[i - 2] || c != text.ptr[i - 3]) {
            out[len++] = c;
        }
    }
    *ret_len = len;
    return true;
}

static bool read_digest(hm_text text, digest *ret)
{
    hm_text rest = text, part;
    uint64_t block = 0;
    if (!hmi_split(&rest, ':', &part) || part.len == 0 || part.len > 10) {
        return false;
    }
    for (size_t i = 0; i < part.len; i++) {
        if (!hmi_ascii_digit(part.ptr[i])) {
            return false;
        }
        block = block * 10 + (unsigned)(part.ptr[i] - '0');
    }
    ret->block = block;
    for (unsigned i = 0; i < 2; i++) {
        if (!hmi_split(&rest, ':', &part) || !shorten(part, ret->part[i], &ret->len[i])) {
            return false;
        }
    }
    return rest.ptr == NULL && block >= BLOCK_MIN;
}

static bool share_a_run(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (size_t i = 0; i + WINDOW <= a_len; i++) {
        for (size_t k = 0; k + WINDOW <= b_len; k++) {
            if (memcmp(a + i, b + k, WINDOW) == 0) {
                return true;
            }
        }
    }
    return false;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned row[LENGTH + 1];
    for (size_t k = 0; k <= b_len; k++) {
        row[k] = (unsigned)k;
    }
    for (size_t i = 1; i <= a_len; i++) {
        unsigned corner = row[0];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= b_len; k++) {
            unsigned up = row[k];
            unsigned same = corner + (a[i - 1] == b[k - 1] ? 0 : 2);
            row[k] = least(least(up + 1, row[k - 1] + 1), same);
            corner = up;
        }
    }
    return row[b_len];
}

static int score(const digest *a, unsigned x, const digest *b, unsigned y, uint64_t block)
{
    size_t a_len = a->len[x], b_len = b->len[y];
    if (a_len < WINDOW || b_len < WINDOW || !share_a_run(a->part[x], a_len, b->part[y], b_len)) {
        return 0;
    }
    unsigned apart = edits(a->part[x], a_len, b->part[y], b_len);
    unsigned scaled = apart * LENGTH / (unsigned)(a_len + b_len) * 100 / LENGTH;
    uint64_t result = scaled >= 100 ? 0 : 100 - scaled;
    /* Short files: few pieces say little. */
    uint64_t most = block / BLOCK_MIN * (a_len < b_len ? a_len : b_len);
    return (int)(block < (99 + WINDOW) / WINDOW * BLOCK_MIN && result > most ? most : result);
}

int hmi_ssdeep_likeness(hm_text a, hm_text b)
{
    digest x, y;
    if (!read_digest(a, &x) || !read_digest(b, &y)) {
        return -1;
    }
    if (x.block == y.block) {
        bool equal = x.len[0] == y.len[0] && x.len[1] == y.len[1] &&
                     memcmp(x.part[0], y.part[0], x.len[0]) == 0 &&
                     memcmp(x.part[1], y.part[1], x.len[1]) == 0;
        int first = score(&x, 0, &y, 0, x.block), second = score(&x, 1, &y, 1, 2 * x.block);
        return equal ? 100 : first > second ? first : second;
    }
    return x.block == 2 * y.block   ? score(&x, 0, &y, 1, x.block)
           : y.block == 2 * x.block ? score(&x, 1, &y, 0, y.block)
                                    : 0;
}
