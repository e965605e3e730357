/* SPDX-License-Identifier: Apache-2.0
 *
 * unwrap.c - UTF-16 and base64 in records, written out as the text that they hold.
 *
 * WHY    Windows writes UTF-16, commands carry their arguments in base64, PowerShell one in the
 *        other; an indicator inside is the same indicator.
 * FORM   UTF-16: ASCII characters with a zero byte between each two, in either byte order, wherever
 *        they stand. Any other character ends the stretch, as bytes above 0x7f end an ASCII name.
 *        base64: a run of its alphabet or of the URL-safe one, "\/" for "/" as in JSON, in one
 *        line. As nobody says where in a run the value begins, each of the four phases is decoded;
 *        UTF-16 in it is written out too. A hit in base64 stands where its run stands.
 * TRUST  Records. Each window's text is bounded by five times its bytes, runs by the window.
 * OWNS   The text, the stretches and hits of a window, and the scanner for it.
 */
#include "match/unwrap.h"

#include <stdlib.h>

#include "base/error.h"

/* 0: none; else one more than what the character stands for. */
static const uint8_t SEXTETS[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
    ['-'] = 63, ['_'] = 64,
};

int hmi_unwrapping_new(const hm_scanner *outer, unsigned what, hmi_unwrapping **ret, hm_err *err)
{
    hmi_unwrapping *u = calloc(1, sizeof(*u));
    if (u == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to unwrap with");
    }
    int code = hm_scanner_new(outer->set, &u->inner, err);
    if (code != HM_OK) {
        free(u);
        return code;
    }
    u->what = what;
    u->inner->kernel = outer->kernel;
    hmi_buf_init(&u->text, 0);
    hmi_buf_init(&u->plain, 0);
    hmi_buf_init(&u->found, 0);
    *ret = u;
    return HM_OK;
}

void hmi_unwrapping_free(hmi_unwrapping *u)
{
    if (u != NULL) {
        hm_scanner_free(u->inner);
        hmi_buf_fini(&u->text);
        hmi_buf_fini(&u->plain);
        hmi_buf_fini(&u->found);
        free(u->stretches);
        free(u->hits);
        free(u);
    }
}

void hmi_unwrapping_begin(hmi_unwrapping *u)
{
    u->done = 0;
    u->hit_count = u->next = 0;
    u->bad = 0;
}

/* ---- What is wrapped, written out */

static void add_stretch(hmi_unwrapping *u, const hmi_stretch *stretch)
{
    if (u->stretch_count == u->stretch_capacity) {
        size_t capacity = u->stretch_capacity == 0 ? 256 : 2 * u->stretch_capacity;
        hmi_stretch *grown = reallocarray(u->stretches, capacity, sizeof(*grown));
        if (grown == NULL) {
            u->bad = HM_E_MEMORY;
            return;
        }
        u->stretches = grown;
        u->stretch_capacity = capacity;
    }
    u->stretches[u->stretch_count++] = *stretch;
    hmi_buf_add_char(&u->text, '\n');
}

static bool is_text(uint8_t c)
{
    return c == '\t' || c == '\r' || (c >= 0x20 && c < 0x7f);
}

/* `part` is of the records, or of what was decoded out of the run `within`. */
static void unwrap_wide(hmi_unwrapping *u, hm_bytes part, size_t base, const hmi_stretch *within)
{
    size_t at = 0; /* behind the stretch before */
    const uint8_t *zero = part.ptr;
    const uint8_t *end = part.ptr + part.len;
    while (zero < end && (zero = memchr(zero, 0, (size_t)(end - zero))) != NULL) {
        size_t start = (size_t)(zero - part.ptr);
        zero++;
        if (start == at || !is_text(part.ptr[start - 1])) {
            continue;
        }
        size_t pos = --start;
        while (pos + 1 < part.len && is_text(part.ptr[pos]) && part.ptr[pos + 1] == 0) {
            pos += 2;
        }
        /* The last character of big-endian text has nothing behind it. */
        bool last = pos + 1 == part.len && is_text(part.ptr[pos]);
        size_t count = (pos - start) / 2 + (last ? 1 : 0);
        zero = part.ptr + pos;
        at = pos;
        if (count < HMI_WIDE_RUN_MIN) {
            continue;
        }
        hmi_stretch stretch = { .at = u->text.len, .len = count, .how = HM_UNWRAP_UTF16 };
        stretch.from = within != NULL ? within->from : base + start;
        stretch.from_len = within != NULL ? within->from_len : pos - start + (last ? 1 : 0);
        stretch.how |= within != NULL ? within->how : 0;
        uint8_t *to = hmi_buf_extend(&u->text, count);
        for (size_t i = 0; to != NULL && i < count; i++) {
            to[i] = part.ptr[start + 2 * i];
        }
        add_stretch(u, &stretch);
    }
}

/* One phase of a run, whose characters are in `plain` as numbers. */
static void decode(hmi_unwrapping *u, size_t phase, const hmi_stretch *run)
{
    const uint8_t *from = u->plain.ptr + phase;
    size_t count = u->plain.len - phase;
    hmi_stretch stretch = *run;
    stretch.at = u->text.len;
    stretch.len = count * 6 / 8;
    uint8_t *to = hmi_buf_extend(&u->text, stretch.len);
    uint32_t bits = 0;
    size_t held = 0;
    size_t len = 0;
    for (size_t i = 0; to != NULL && i < count; i++) {
        bits = bits << 6 | from[i];
        held += 6;
        if (held >= 8) {
            held -= 8;
            to[len++] = (uint8_t)(bits >> held);
        }
    }
    if (to == NULL) {
        return;
    }
    add_stretch(u, &stretch);
    /* From a copy, as the text moves when it grows. */
    if (memchr(u->text.ptr + stretch.at, 0, stretch.len) != NULL) {
        hmi_buf copy;
        hmi_buf_init(&copy, 0);
        hmi_buf_add(&copy, hmi_bytes(u->text.ptr + stretch.at, stretch.len));
        u->bad = copy.bad != 0 ? copy.bad : u->bad;
        unwrap_wide(u, hmi_buf_bytes(&copy), 0, run);
        hmi_buf_fini(&copy);
    }
}

/* The characters of the run that begins at `start`; where it ends. */
static size_t gather_run(hmi_unwrapping *u, hm_bytes part, size_t start)
{
    size_t pos = start;
    hmi_buf_clear(&u->plain);
    while (pos < part.len) {
        bool slash = part.ptr[pos] == '\\' && pos + 1 < part.len && part.ptr[pos + 1] == '/';
        uint8_t sextet = SEXTETS[part.ptr[pos + (slash ? 1 : 0)]];
        if (sextet == 0) {
            break;
        }
        hmi_buf_add_u8(&u->plain, (uint8_t)(sextet - 1));
        pos += slash ? 2 : 1;
    }
    return pos;
}

static bool in_run(hm_bytes part, size_t pos)
{
    bool slash = part.ptr[pos] == '\\' && pos + 1 < part.len && part.ptr[pos + 1] == '/';
    return SEXTETS[part.ptr[pos]] != 0 || slash;
}

static void unwrap_base64(hmi_unwrapping *u, hm_bytes part, size_t base)
{
    enum { PHASES = 4 };
    size_t from = 0; /* a run that is not yet seen begins here or later */
    while (part.len - from >= HMI_BASE64_RUN_MIN) {
        size_t pos = from + HMI_BASE64_RUN_MIN;
        while (pos > from && in_run(part, pos - 1)) {
            pos--;
        }
        if (pos > from) {
            from = pos;
            continue;
        }
        size_t end = gather_run(u, part, from);
        hmi_stretch run = { .from = base + from, .from_len = end - from };
        run.how = HM_UNWRAP_BASE64;
        for (size_t phase = 0; phase < PHASES; phase++) {
            if (u->plain.len >= phase + HMI_BASE64_RUN_MIN) {
                decode(u, phase, &run);
            }
        }
        from = end;
    }
}

/* ---- Its hits */

static const hmi_stretch *stretch_at(const hmi_unwrapping *u, uint64_t offset)
{
    size_t low = 0;
    size_t high = u->stretch_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (u->stretches[middle].at <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &u->stretches[low];
}

static int on_inner(void *user, const hm_hit *m, hm_err *err)
{
    hmi_unwrapping *u = user;
    const hmi_stretch *stretch = stretch_at(u, m->offset);
    if (u->hit_count == u->hit_capacity) {
        size_t capacity = u->hit_capacity == 0 ? 64 : 2 * u->hit_capacity;
        hmi_hit *grown = reallocarray(u->hits, capacity, sizeof(*grown));
        if (grown == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for hits");
        }
        u->hits = grown;
        u->hit_capacity = capacity;
    }
    size_t skip = 0;
    size_t len = stretch->from_len;
    if (stretch->how == HM_UNWRAP_UTF16) {
        skip = 2 * (size_t)(m->offset - stretch->at);
        len = hmi_min(2 * (size_t)m->len, stretch->from_len - skip);
    }
    u->hits[u->hit_count++] = (hmi_hit){ .offset = stretch->from + skip,
                                         .len = (uint32_t)len,
                                         .row = m->indicator,
                                         .found = (uint32_t)u->found.len,
                                         .found_len = (uint32_t)m->found.len,
                                         .semantic = m->semantic,
                                         .wrapped = stretch->how };
    hmi_buf_add_text(&u->found, m->found);
    return hmi_buf_check(&u->found, err);
}

static int by_offset(const void *a, const void *b)
{
    const hmi_hit *x = a;
    const hmi_hit *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static int unwrap_window(hmi_unwrapping *u, hm_bytes records, size_t start, size_t end, hm_err *err)
{
    hm_bytes part = hmi_slice(records, start, end - start);
    hmi_buf_clear(&u->text);
    hmi_buf_clear(&u->found);
    u->stretch_count = u->hit_count = u->next = 0;
    if ((u->what & HM_UNWRAP_UTF16) != 0) {
        unwrap_wide(u, part, start, NULL);
    }
    if ((u->what & HM_UNWRAP_BASE64) != 0) {
        unwrap_base64(u, part, start);
    }
    HMI_TRY(hmi_buf_check(&u->text, err));
    if (u->bad != 0 || u->plain.bad != 0) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to unwrap with");
    }
    if (u->stretch_count == 0) {
        return HM_OK;
    }
    hm_scanner_seek(u->inner, 0, 0);
    HMI_TRY(hm_scanner_scan(u->inner, hmi_buf_bytes(&u->text), on_inner, u, err));
    if (u->hit_count > 1) {
        qsort(u->hits, u->hit_count, sizeof(*u->hits), by_offset);
    }
    return HM_OK;
}

static size_t window_end(hm_bytes records, size_t start)
{
    if (records.len - start <= HMI_UNWRAP_WINDOW) {
        return records.len;
    }
    size_t look = hmi_min(records.len - start, HMI_UNWRAP_WINDOW_MAX) - HMI_UNWRAP_WINDOW;
    const uint8_t *from = records.ptr + start + HMI_UNWRAP_WINDOW;
    const uint8_t *newline = memchr(from, '\n', look);
    return newline != NULL ? (size_t)(newline - records.ptr) + 1 : start + HMI_UNWRAP_WINDOW + look;
}

int hmi_unwrap_until(hmi_unwrapping *u, hm_bytes records, size_t end, hm_err *err)
{
    if (u->done >= end) {
        return HM_OK;
    }
    hmi_assert(u->next == u->hit_count);
    size_t stop = window_end(records, u->done);
    HMI_TRY(unwrap_window(u, records, u->done, stop, err));
    u->done = stop;
    return HM_OK;
}

const hmi_hit *hmi_unwrapped_next(hmi_unwrapping *u, size_t end, hm_text *ret_found)
{
    if (u->next == u->hit_count || u->hits[u->next].offset >= end) {
        return NULL;
    }
    const hmi_hit *hit = &u->hits[u->next++];
    *ret_found = (hm_text){ (const char *)u->found.ptr + hit->found, hit->found_len };
    return hit;
}
