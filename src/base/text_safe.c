/* SPDX-License-Identifier: Apache-2.0
 *
 * text_safe.c - any bytes, shown so that they command nothing.
 *
 * WHY    A log line can hold escape sequences that rewrite a terminal, right-to-left marks that
 * turn "gpj.exe" into "exe.jpg", and invisible letters that make two names look like one. All of
 *        them must be seen by the analyst, none may be obeyed.
 * FORM   \xNN per byte for controls and for bytes that are not UTF-8, \u{NNNN} for what is
 * invisible or reorders, \\ for a backslash, everything else as it is. The output reads back to
 * exactly one input: a C1 control, two bytes of UTF-8, is shown as both its bytes. TRUST  Any
 * bytes. OWNS   Nothing.
 */
#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

typedef struct range {
    uint32_t first, last;
} range;

/* Unicode 15: Default_Ignorable_Code_Point, Bidi_Control, line and paragraph separators,
 * interlinear annotations, non-characters of the first plane. In order. */
static const range HIDDEN[] = {
    { 0x00ad, 0x00ad },   /* soft hyphen */
    { 0x034f, 0x034f },   /* grapheme joiner */
    { 0x061c, 0x061c },   /* Arabic letter mark */
    { 0x115f, 0x1160 },   /* Hangul fillers */
    { 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
    { 0x180b, 0x180f },   /* Mongolian selectors */
    { 0x200b, 0x200f },   /* zero width, LRM, RLM */
    { 0x2028, 0x202e },   /* separators, embeddings, overrides */
    { 0x2060, 0x206f },   /* word joiner, isolates, shaping */
    { 0x3164, 0x3164 },   /* Hangul filler */
    { 0xfe00, 0xfe0f },   /* variation selectors */
    { 0xfeff, 0xfeff },   /* byte order mark */
    { 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
    { 0xfff0, 0xfffb },   /* reserved, interlinear annotation */
    { 0xfffe, 0xffff },   /* non-characters */
    { 0x1bca0, 0x1bca3 }, /* shorthand format controls */
    { 0x1d173, 0x1d17a }, /* musical format controls */
    { 0xe0000, 0xe0fff }, /* tags, more variation selectors */
};

bool hmi_is_hidden(uint32_t code)
{
    for (size_t i = 0; i < HMI_COUNT(HIDDEN) && code >= HIDDEN[i].first; i++) {
        if (code <= HIDDEN[i].last) {
            return true;
        }
    }
    return false;
}

/* What one step of the input becomes. */
typedef struct piece {
    char out[12];
    size_t len;   /* bytes of `out` */
    size_t width; /* characters of `out` */
    size_t used;  /* bytes of input */
} piece;

static void put_hex_bytes(piece *p, hm_bytes bytes)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        p->out[p->len++] = '\\';
        p->out[p->len++] = 'x';
        p->out[p->len++] = DIGITS[bytes.ptr[i] >> 4];
        p->out[p->len++] = DIGITS[bytes.ptr[i] & 15];
    }
    p->width = p->len;
    p->used = bytes.len;
}

static void put_code_point(piece *p, uint32_t code)
{
    static const char DIGITS[] = "0123456789abcdef";
    unsigned shift = code > 0xffff ? (code > 0xfffff ? 20 : 16) : 12;
    memcpy(p->out, "\\u{", 3);
    p->len = 3;
    for (;; shift -= 4) {
        p->out[p->len++] = DIGITS[code >> shift & 15];
        if (shift == 0) {
            break;
        }
    }
    p->out[p->len++] = '}';
    p->width = p->len;
}

/* The length of the sequence that begins at `at`, by its lead byte; decoding asks text.c. */
static size_t sequence_len(hm_bytes bytes, size_t at)
{
    uint8_t lead = bytes.ptr[at];
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    hm_bytes sequence = hmi_slice(bytes, at, len);
    return sequence.len == len && hmi_utf8_clean(sequence) ? len : 0;
}

static piece piece_at(hm_bytes bytes, size_t at)
{
    piece p = { .len = 0 };
    uint8_t byte = bytes.ptr[at];
    if (byte == '\\') {
        p = (piece){ .out = "\\\\", .len = 2, .width = 2, .used = 1 };
        return p;
    }
    if (byte < 0x20 || byte == 0x7f) {
        put_hex_bytes(&p, hmi_slice(bytes, at, 1));
        return p;
    }
    size_t len = sequence_len(bytes, at);
    if (len == 0) {
        put_hex_bytes(&p, hmi_slice(bytes, at, 1));
        return p;
    }
    size_t pos = 0;
    hm_bytes sequence = hmi_slice(bytes, at, len);
    uint32_t code = hmi_utf8_next((hm_text){ (const char *)sequence.ptr, len }, &pos);
    if (code >= 0x80 && code <= 0x9f) {
        put_hex_bytes(&p, sequence);
    } else if (hmi_is_hidden(code)) {
        put_code_point(&p, code);
    } else {
        memcpy(p.out, sequence.ptr, len);
        p.len = len;
        p.width = 1;
    }
    p.used = len;
    return p;
}

/* Printable ASCII without the backslash: most of any log. */
static size_t plain_span(hm_bytes bytes, size_t from)
{
    size_t at = from;
    while (at < bytes.len && bytes.ptr[at] >= 0x20 && bytes.ptr[at] < 0x7f &&
           bytes.ptr[at] != '\\') {
        at++;
    }
    return at - from;
}

void hmi_buf_add_safe(hmi_buf *buf, hm_bytes bytes)
{
    for (size_t at = 0; at < bytes.len && buf->bad == 0;) {
        size_t plain = plain_span(bytes, at);
        if (plain > 0) {
            hmi_buf_add(buf, hmi_slice(bytes, at, plain));
            at += plain;
            continue;
        }
        piece p = piece_at(bytes, at);
        hmi_buf_add_text(buf, (hm_text){ p.out, p.len });
        at += p.used;
    }
}

hm_text hmi_text_safe(hmi_arena *arena, hm_bytes bytes, size_t width_max)
{
    /* First pass: does it fit, and if not, how much stays in front of the dots? */
    size_t dots = hmi_min(width_max, 3), width = 0, len = 0, kept = 0, at = 0, worst;
    if (!hmi_mul(bytes.len, sizeof(((piece *)NULL)->out), &worst)) {
        return (hm_text){ NULL, 0 };
    }
    while (at < bytes.len && width <= width_max) {
        piece p = piece_at(bytes, at);
        if (width <= width_max - dots) {
            kept = len;
        }
        width += p.width;
        len += p.len;
        at += p.used;
    }
    bool whole = width <= width_max;
    size_t take = whole ? len : kept, end = whole ? take : take + dots;
    char *out = hmi_new_array(arena, char, end);
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    len = 0;
    for (at = 0; len < take;) {
        piece p = piece_at(bytes, at);
        memcpy(out + len, p.out, p.len);
        len += p.len;
        at += p.used;
    }
    memset(out + len, '.', end - len);
    return (hm_text){ out, end };
}
