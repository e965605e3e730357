/* SPDX-License-Identifier: Apache-2.0
 *
 * strings.c - the strings of any file, the most telling of them as traits.
 *
 * WHY    Text that somebody typed is a hallmark; a hundred thousand accidental runs of printable
 *        bytes are not. So runs are scored, and the best HMI_STRINGS_MAX stay.
 * FORM   ASCII: a run of TAB and 20..7e. UTF-16LE: the same, each followed by a zero byte. The
 *        score looks at length, share of letters, how often the kind of character changes (chance
 *        changes it twice in three steps, people seldom) and whether a NUL follows, as C writes it.
 * TRUST  One pass, each byte looked at a bounded number of times. At most HMI_STRINGS_HELD_MAX
 *        candidates are in hand; when more come, the better half stays. Integers only: the same
 *        answer on every machine.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/scan/scan.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "formats/scan/observables.h"

enum {
    HMI_STRINGS_PIECE = 32768,     /* UTF-16 text is narrowed in pieces of this size */
    HMI_STRINGS_SAY_STEP = 1 << 20 /* after so many bytes we say how far we are */
};

typedef struct candidate {
    uint64_t offset, hash;
    uint32_t len; /* characters, cut at HMI_STRING_LEN_MAX */
    uint16_t score;
    bool wide;
} candidate;

typedef struct finder {
    hmi_reading *reading;
    hm_bytes file;
    hm_err *err;
    uint8_t *piece; /* scratch of HMI_STRINGS_PIECE */
    candidate *held, *scratch;
    size_t count;
} finder;

enum { KIND_NONE, KIND_LOWER, KIND_UPPER, KIND_DIGIT, KIND_SPACE, KIND_MARK, KIND_RARE };

static uint8_t kind_of(uint8_t c)
{
    if (c >= 'a' && c <= 'z') {
        return KIND_LOWER;
    }
    if (c >= 'A' && c <= 'Z') {
        return KIND_UPPER;
    }
    if (c >= '0' && c <= '9') {
        return KIND_DIGIT;
    }
    if (c == ' ' || c == '\t') {
        return KIND_SPACE;
    }
    if (c < 0x20 || c > 0x7e) {
        return KIND_NONE;
    }
    return memchr("._-/\\:%@,()='\"&?", c, 16) != NULL ? KIND_MARK : KIND_RARE;
}

typedef struct mix {
    uint32_t of[KIND_RARE + 1];
    uint32_t changes, distinct;
} mix;

static mix mix_of(hm_bytes text)
{
    mix m = { .changes = 0 };
    uint64_t seen[2] = { 0, 0 };
    uint8_t last = KIND_NONE;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i], kind = kind_of(c);
        m.of[kind]++;
        /* "Word" is one word: a capital in front of small letters is no change */
        m.changes += kind != last && !(last == KIND_UPPER && kind == KIND_LOWER) &&
                     kind != KIND_SPACE && last != KIND_SPACE;
        seen[c >> 6 & 1] |= UINT64_C(1) << (c & 63);
        last = kind;
    }
    m.distinct = (uint32_t)(__builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]));
    return m;
}

/* 0: says nothing. */
static uint16_t score_of(hm_bytes text, bool ended)
{
    mix m = mix_of(text);
    uint32_t len = (uint32_t)text.len;
    uint32_t letters = m.of[KIND_LOWER] + m.of[KIND_UPPER];
    bool typed = letters * 2 >= len, keyed = len >= 16 && letters + m.of[KIND_DIGIT] >= len / 8 * 7;
    if (m.distinct < 4 || (!typed && !keyed) || (!ended && len < 12) || m.of[KIND_RARE] * 4 > len) {
        return 0;
    }
    if (!ended && len < 24 && m.of[KIND_LOWER] == 0 && m.of[KIND_SPACE] == 0) {
        return 0; /* AWAVAUATVWUSH: how x86-64 code saves its registers */
    }
    if (len < 24 && m.changes * 2 > len + 2) {
        return 0; /* changes as chance does */
    }
    uint32_t score = 2 * (len < 64 ? len : 64) + letters * 16 / len +
                     2 * (m.of[KIND_SPACE] < 8 ? m.of[KIND_SPACE] : 8);
    uint32_t chance = m.changes * 16 / len + m.of[KIND_RARE] * 16 / len;
    score += m.distinct < 20 ? m.distinct : 20;
    return (uint16_t)(score > chance ? score - chance : 1);
}

static int better(const candidate *a, const candidate *b)
{
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int by_hash(const candidate *a, const candidate *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return a->len != b->len ? (a->len < b->len ? -1 : 1) : better(a, b);
}

static int by_offset(const candidate *a, const candidate *b)
{
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void sort(finder *f, int (*order)(const candidate *a, const candidate *b))
{
    candidate *from = f->held, *to = f->scratch;
    for (size_t width = 1; width < f->count; width *= 2) {
        for (size_t begin = 0; begin < f->count; begin += 2 * width) {
            size_t a = begin, a_end = hmi_min(begin + width, f->count);
            size_t b = a_end, b_end = hmi_min(a_end + width, f->count);
            for (size_t out = begin; out < b_end; out++) {
                bool take_a = a < a_end && (b >= b_end || order(&from[a], &from[b]) <= 0);
                to[out] = from[take_a ? a++ : b++];
            }
        }
        candidate *swap = from;
        from = to;
        to = swap;
    }
    f->held = from;
    f->scratch = to;
}

/* Drops equal strings, then keeps the best `keep`. */
static void prune(finder *f, size_t keep)
{
    sort(f, by_hash);
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (kept == 0 || f->held[kept - 1].hash != f->held[i].hash ||
            f->held[kept - 1].len != f->held[i].len) {
            f->held[kept++] = f->held[i];
        }
    }
    f->count = kept;
    sort(f, better);
    f->count = hmi_min(f->count, keep);
}

static void consider(finder *f, hm_bytes text, uint64_t offset, bool wide, bool ended)
{
    text = hmi_slice(text, 0, HMI_STRING_LEN_MAX);
    uint16_t score = score_of(text, ended);
    if (score == 0) {
        return;
    }
    if (f->count == HMI_STRINGS_HELD_MAX) {
        prune(f, HMI_STRINGS_HELD_MAX / 2);
    }
    f->held[f->count++] = (candidate){ .offset = offset,
                                       .hash = hmi_xxh3(text, 0),
                                       .len = (uint32_t)text.len,
                                       .score = score,
                                       .wide = wide };
}

static hm_bytes narrow(const uint8_t *wide, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = wide[2 * i];
    }
    return hmi_bytes(out, count);
}

static bool printable(uint8_t c)
{
    return (c >= 0x20 && c <= 0x7e) || c == '\t';
}

static int wide_run(finder *f, size_t begin, size_t count)
{
    hm_bytes file = f->file;
    size_t end = begin + 2 * count;
    bool ended = end + 1 < file.len && file.ptr[end] == 0 && file.ptr[end + 1] == 0;
    for (size_t at = 0; at < count; at += HMI_STRINGS_PIECE) {
        size_t part = hmi_min(count - at, HMI_STRINGS_PIECE);
        hm_bytes text = narrow(file.ptr + begin + 2 * at, part, f->piece);
        uint64_t offset = begin + 2 * at;
        HMI_TRY(hmi_scan_text_step(f->reading, text, offset, 2, HMI_ROLE_CONTENT, f->err));
        if (at == 0) {
            consider(f, text, offset, true, ended);
        }
    }
    return HM_OK;
}

/* Runs of [begin, end). */
static int find_in(finder *f, size_t begin, size_t end)
{
    const uint8_t *p = f->file.ptr;
    size_t i = begin, said = begin;
    while (i < end) {
        if (i - said >= HMI_STRINGS_SAY_STEP) {
            hmi_passed(f->reading, i);
            said = i;
        }
        if (!printable(p[i])) {
            i++;
            continue;
        }
        size_t stop = i + 1;
        while (stop < end && printable(p[stop])) {
            stop++;
        }
        if (stop - i >= HMI_STRING_LEN_MIN) {
            hm_bytes text = hmi_bytes(p + i, stop - i);
            HMI_TRY(hmi_scan_text(f->reading, text, i, HMI_ROLE_CONTENT, f->err));
            consider(f, text, i, false, stop < f->file.len && p[stop] == 0);
        } else if (stop < end && p[stop] == 0) {
            /* the last character of the run may begin UTF-16 text */
            size_t first = stop - 1, count = 0;
            while (first + 2 * count + 1 < end && printable(p[first + 2 * count]) &&
                   p[first + 2 * count + 1] == 0) {
                count++;
            }
            if (count >= HMI_STRING_LEN_MIN) {
                HMI_TRY(wide_run(f, first, count));
            }
            stop = count > 1 ? first + 2 * count : stop;
        }
        i = stop;
    }
    return HM_OK;
}

static int emit_best(finder *f)
{
    prune(f, HMI_STRINGS_MAX);
    sort(f, by_offset);
    uint8_t text[HMI_STRING_LEN_MAX];
    for (size_t i = 0; i < f->count; i++) {
        const candidate *c = &f->held[i];
        const uint8_t *at = f->file.ptr + c->offset;
        hm_bytes bytes = c->wide ? narrow(at, c->len, text) : hmi_bytes(at, c->len);
        HMI_TRY(hmi_emit(f->reading, HMI_STRING, HMI_ROLE_CONTENT,
                         hmi_text((const char *)bytes.ptr, bytes.len), c->offset, f->err));
    }
    return HM_OK;
}

/* The nearest range that ends behind `at`; its begin in *ret_begin. */
static uint64_t next_skip(const hmi_scan_range *skip, size_t count, uint64_t at,
                          uint64_t *ret_begin)
{
    uint64_t begin = UINT64_MAX, end = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t stop;
        if (!hmi_add(skip[i].offset, skip[i].size, &stop)) {
            stop = UINT64_MAX;
        }
        if (stop > at && skip[i].size > 0 && skip[i].offset < begin) {
            begin = skip[i].offset;
            end = stop;
        }
    }
    *ret_begin = begin;
    return end;
}

int hmi_scan_strings(hmi_reading *reading, hm_bytes file, const hmi_scan_range *skip,
                     size_t skip_count, hm_err *err)
{
    finder f = { .reading = reading, .file = file, .err = err };
    size_t held = hmi_min(HMI_STRINGS_HELD_MAX, file.len / HMI_STRING_LEN_MIN + 1);
    f.piece = hmi_arena_take(reading->arena, HMI_STRINGS_PIECE, 1);
    f.held = hmi_new_array(reading->arena, candidate, held);
    f.scratch = hmi_new_array(reading->arena, candidate, held);
    if (f.piece == NULL || f.held == NULL || f.scratch == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    size_t at = 0;
    while (at < file.len) {
        uint64_t begin, end = next_skip(skip, skip_count, at, &begin);
        if (begin > at) {
            HMI_TRY(find_in(&f, at, (size_t)(begin < file.len ? begin : file.len)));
        }
        if (begin >= file.len) {
            break;
        }
        at = (size_t)(end < file.len ? end : file.len);
    }
    return emit_best(&f);
}
