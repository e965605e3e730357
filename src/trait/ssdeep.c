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
 * TRUST  Two passes over at most HMI_LIKENESS_BYTES_MAX bytes: the first counts the cuts of all
 *        block sizes at once. Digests to compare are an attacker's: lengths are bounded by the
 * form. OWNS   Nothing.
 */
#include "trait/likeness.h"

#include <stdio.h>

enum {
    WINDOW = 7,
    LENGTH = 64,
    BLOCK_MIN = 3,
    BLOCKS = 31,
    PIECE_INIT = 0x28021967,
    PIECE_PRIME = 0x01000193
};

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

typedef struct rolling {
    uint32_t sum, weighted, shifted;
    uint8_t window[WINDOW];
    unsigned at;
} rolling;

static uint32_t roll(rolling *r, uint8_t c)
{
    r->weighted -= r->sum;
    r->weighted += WINDOW * (uint32_t)c;
    r->sum += c;
    r->sum -= r->window[r->at];
    r->window[r->at] = c;
    r->at = r->at + 1 == WINDOW ? 0 : r->at + 1;
    r->shifted = r->shifted << 5 ^ c;
    return r->sum + r->weighted + r->shifted;
}

static uint32_t block_size(unsigned n)
{
    return (uint32_t)BLOCK_MIN << n;
}

/* The block size whose pieces are enough, from the one that the length suggests downwards. */
static unsigned choose(hm_bytes bytes)
{
    uint32_t exact[BLOCKS] = { 0 };
    rolling r = { .sum = 0 };
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t next = roll(&r, bytes.ptr[i]) + 1;
        if (next != 0 && next % BLOCK_MIN == 0) {
            unsigned twos = (unsigned)__builtin_ctz(next / BLOCK_MIN);
            exact[twos < BLOCKS ? twos : BLOCKS - 1]++;
        }
    }
    unsigned guess = 0;
    while ((uint64_t)block_size(guess) * LENGTH < bytes.len) {
        guess++;
    }
    uint64_t cuts = 0;
    for (unsigned n = BLOCKS; n-- > 0;) {
        cuts += exact[n];
        if (n <= guess && (cuts >= LENGTH / 2 || n == 0)) {
            return n;
        }
    }
    return 0;
}

typedef struct pieces {
    char text[LENGTH + 1];
    unsigned count, max;
    uint32_t hash;
    bool full; /* the last place holds what has no place of its own */
} pieces;

static void cut(pieces *p)
{
    p->text[p->count] = DIGITS[p->hash & 63];
    if (p->count < p->max - 1) {
        p->count++;
        p->hash = PIECE_INIT;
    } else {
        p->full = true;
    }
}

static void finish(pieces *p, bool more)
{
    if (more) {
        p->text[p->count] = DIGITS[p->hash & 63];
    }
    p->count += more || p->full;
    p->text[p->count] = '\0';
}

bool hmi_ssdeep_of(hm_bytes bytes, char ret[HMI_SSDEEP_TEXT_MAX + 1])
{
    if (bytes.len == 0 || bytes.len > HMI_LIKENESS_BYTES_MAX) {
        return false;
    }
    uint32_t block = block_size(choose(bytes)), last = 0;
    rolling r = { .sum = 0 };
    pieces one = { .max = LENGTH, .hash = PIECE_INIT };
    pieces two = { .max = LENGTH / 2, .hash = PIECE_INIT };
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        last = roll(&r, c);
        one.hash = one.hash * PIECE_PRIME ^ c;
        two.hash = two.hash * PIECE_PRIME ^ c;
        if (last % block == block - 1) {
            cut(&one);
            if (last % (2 * block) == 2 * block - 1) {
                cut(&two);
            }
        }
    }
    finish(&one, last != 0);
    finish(&two, last != 0);
    (void)snprintf(ret, HMI_SSDEEP_TEXT_MAX + 1, "%u:%s:%s", block, one.text, two.text);
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
