/* SPDX-License-Identifier: Apache-2.0
 *
 * pdf_object.c - PDF: tokens, objects, and streams unpacked.
 *
 * WHY    What an attacked reader takes from a document is decided by objects, whatever the table of
 *        objects says: so the table is not read at all.
 * FORM   ISO 32000-1, 7.2 to 7.5. "12 0 obj" dictionary ["stream" bytes "endstream"] "endobj". A
 *        stream of type ObjStm holds N pairs (number, place) and from First on their objects.
 *        Filters: FlateDecode, ASCIIHexDecode, ASCII85Decode, up to four in a row; a predictor is
 *        not undone.
 * TRUST  None. 1. The file is walked once, from front to back; an object that does not end, ends
 *        where the next begins. 2. Unpacked bytes are bounded over the whole file. 3. Objects in
 *        streams hold no streams, so nothing nests.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "formats/document/pdf.h"

#include "formats/inflate.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static bool is_delimiter(uint8_t c)
{
    return c != 0 && strchr("()<>[]{}/%", c) != NULL;
}

static bool is_plain(uint8_t c)
{
    return !is_blank(c) && !is_delimiter(c);
}

static size_t skip_blanks(hm_bytes body, size_t at)
{
    while (at < body.len) {
        if (body.ptr[at] == '%') {
            while (at < body.len && body.ptr[at] != '\n' && body.ptr[at] != '\r') {
                at++;
            }
        } else if (is_blank(body.ptr[at])) {
            at++;
        } else {
            break;
        }
    }
    return at;
}

static hmi_pdf_token string_token(hm_bytes body, size_t *pos)
{
    size_t at = *pos + 1, begin = at, depth = 1;
    for (; at < body.len; at++) {
        uint8_t c = body.ptr[at];
        at += c == '\\';
        depth += c == '(';
        depth -= c == ')';
        if (depth == 0) {
            break;
        }
    }
    at = hmi_min(at, body.len);
    *pos = hmi_min(at + 1, body.len);
    return (hmi_pdf_token){ HMI_PDF_STRING, hmi_slice(body, begin, at - begin) };
}

hmi_pdf_token hmi_pdf_next(hm_bytes body, size_t *pos)
{
    size_t at = skip_blanks(body, *pos), begin = at;
    if (at >= body.len) {
        *pos = body.len;
        return (hmi_pdf_token){ .kind = HMI_PDF_END };
    }
    uint8_t c = body.ptr[at], next = at + 1 < body.len ? body.ptr[at + 1] : 0;
    *pos = at;
    if (c == '(') {
        return string_token(body, pos);
    }
    if ((c == '<' || c == '>') && next == c) {
        *pos = at + 2;
        return (hmi_pdf_token){ c == '<' ? HMI_PDF_DICT_OPEN : HMI_PDF_DICT_CLOSE,
                                hmi_slice(body, at, 2) };
    }
    if (c == '<') {
        size_t len = hmi_find_byte(hmi_slice(body, at + 1, body.len), '>');
        len = len == HMI_NPOS ? body.len - at - 1 : len;
        *pos = hmi_min(at + len + 2, body.len);
        return (hmi_pdf_token){ HMI_PDF_HEX, hmi_slice(body, at + 1, len) };
    }
    if (c == '[' || c == ']') {
        *pos = at + 1;
        return (hmi_pdf_token){ c == '[' ? HMI_PDF_ARRAY_OPEN : HMI_PDF_ARRAY_CLOSE,
                                hmi_slice(body, at, 1) };
    }
    at += c == '/' || is_delimiter(c);
    while (at < body.len && is_plain(body.ptr[at]) && (c == '/' || !is_delimiter(c))) {
        at++;
    }
    *pos = at;
    bool name = c == '/';
    return (hmi_pdf_token){ name ? HMI_PDF_NAME : HMI_PDF_WORD,
                            hmi_slice(body, begin + name, at - begin - name) };
}

hm_text hmi_pdf_name(hm_bytes raw, char out[64], bool *ret_odd)
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len && len < 64; i++) {
        int high = raw.ptr[i] == '#' && i + 2 < raw.len ? hmi_hex_digit((char)raw.ptr[i + 1]) : -1;
        int low = high >= 0 ? hmi_hex_digit((char)raw.ptr[i + 2]) : -1;
        if (low >= 0) {
            out[len++] = (char)(high << 4 | low);
            *ret_odd = true;
            i += 2;
        } else {
            out[len++] = (char)raw.ptr[i];
        }
    }
    return hmi_text(out, len);
}

bool hmi_pdf_number(hm_bytes text, uint32_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_digit((char)text.ptr[i]) || i > 9) {
            return false;
        }
        value = value * 10 + (text.ptr[i] - (unsigned)'0');
    }
    *ret = (uint32_t)value;
    return text.len > 0 && value <= UINT32_MAX;
}

size_t hmi_pdf_value(hm_bytes body, const char *key)
{
    size_t pos = 0;
    char name[64];
    bool odd;
    for (;;) {
        hmi_pdf_token token = hmi_pdf_next(body, &pos);
        if (token.kind == HMI_PDF_END) {
            return HMI_NPOS;
        }
        if (token.kind == HMI_PDF_NAME && hmi_text_is(hmi_pdf_name(token.text, name, &odd), key)) {
            return pos;
        }
    }
}

static bool value_number(hm_bytes body, const char *key, uint32_t *ret)
{
    size_t pos = hmi_pdf_value(body, key);
    return pos != HMI_NPOS && hmi_pdf_number(hmi_pdf_next(body, &pos).text, ret);
}

static bool value_is_name(hm_bytes body, const char *key, const char *name)
{
    char out[64];
    bool odd;
    size_t pos = hmi_pdf_value(body, key);
    if (pos == HMI_NPOS) {
        return false;
    }
    hmi_pdf_token token = hmi_pdf_next(body, &pos);
    return token.kind == HMI_PDF_NAME && hmi_text_is(hmi_pdf_name(token.text, out, &odd), name);
}

/* ---- Streams */

static size_t from_hex(hm_bytes in, uint8_t *out)
{
    size_t done = 0;
    int high = -1;
    for (size_t i = 0; i < in.len && in.ptr[i] != '>'; i++) {
        int digit = hmi_hex_digit((char)in.ptr[i]);
        if (digit >= 0 && high >= 0) {
            out[done++] = (uint8_t)(high << 4 | digit);
            high = -1;
        } else if (digit >= 0) {
            high = digit;
        }
    }
    if (high >= 0) {
        out[done++] = (uint8_t)(high << 4);
    }
    return done;
}

static size_t from_ascii85(hm_bytes in, uint8_t *out)
{
    uint32_t value = 0;
    size_t done = 0, count = 0;
    for (size_t i = 0; i < in.len && in.ptr[i] != '~'; i++) {
        uint8_t c = in.ptr[i];
        if (c == 'z' && count == 0) {
            memset(out + done, 0, 4);
            done += 4;
        } else if (c >= '!' && c <= 'u') {
            value = value * 85 + (c - (unsigned)'!');
            if (++count == 5) {
                for (unsigned k = 0; k < 4; k++) {
                    out[done++] = (uint8_t)(value >> (24 - 8 * k));
                }
                count = 0;
                value = 0;
            }
        }
    }
    for (size_t k = count; count > 1 && k < 5; k++) {
        value = value * 85 + 84;
    }
    for (unsigned k = 0; count > 1 && k < count - 1; k++) {
        out[done++] = (uint8_t)(value >> (24 - 8 * k));
    }
    return done;
}

static int take_off(hmi_pdf *pdf, hm_text filter, hm_bytes *bytes, hm_err *err)
{
    hmi_arena *arena = pdf->reading->arena;
    bool whole;
    if (hmi_text_is(filter, "FlateDecode") || hmi_text_is(filter, "Fl")) {
        HMI_TRY(hmi_inflate(arena, *bytes, true, pdf->decoded_left, bytes, &whole, err));
        pdf->decoded_left -= bytes->len;
        return HM_OK;
    }
    bool hex = hmi_text_is(filter, "ASCIIHexDecode") || hmi_text_is(filter, "AHx");
    bool base85 = hmi_text_is(filter, "ASCII85Decode") || hmi_text_is(filter, "A85");
    if (!hex && !base85) {
        *bytes = (hm_bytes){ NULL, 0 };
        return HM_OK;
    }
    /* "z" stands for four bytes */
    size_t most = base85 ? bytes->len * 4 + 8 : bytes->len / 2 + 1;
    if (most > pdf->decoded_left) {
        *bytes = (hm_bytes){ NULL, 0 };
        return HM_OK;
    }
    uint8_t *out = hmi_arena_take(arena, most, 1);
    if (out == NULL) {
        return hmi_arena_fail(arena, err);
    }
    size_t len = hex ? from_hex(*bytes, out) : from_ascii85(*bytes, out);
    pdf->decoded_left -= most;
    *bytes = hmi_bytes(out, len);
    return HM_OK;
}

int hmi_pdf_stream(hmi_pdf *pdf, const hmi_pdf_object *object, hm_bytes *ret, hm_err *err)
{
    size_t pos = hmi_pdf_value(object->body, "Filter");
    hm_bytes bytes = object->stream;
    for (unsigned n = 0; pos != HMI_NPOS && n < HMI_PDF_FILTERS_MAX; n++) {
        char name[64];
        bool odd;
        hmi_pdf_token token = hmi_pdf_next(object->body, &pos);
        bool first_bracket = n == 0 && token.kind == HMI_PDF_ARRAY_OPEN;
        if (first_bracket) {
            token = hmi_pdf_next(object->body, &pos);
        }
        if (token.kind != HMI_PDF_NAME) {
            break;
        }
        HMI_TRY(take_off(pdf, hmi_pdf_name(token.text, name, &odd), &bytes, err));
        size_t peek = pos;
        if (n == 0 && !first_bracket) {
            break;
        }
        if (hmi_pdf_next(object->body, &peek).kind != HMI_PDF_NAME) {
            break;
        }
    }
    *ret = bytes;
    return HM_OK;
}

/* ---- Objects */

static int add_object(hmi_pdf *pdf, hmi_pdf_object object, hm_err *err)
{
    if (pdf->object_count == HMI_PDF_OBJECTS_MAX) {
        if (pdf->limit_told) {
            return HM_OK;
        }
        pdf->limit_told = true;
        return hmi_emit_note(pdf->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, object.place, err,
                             "more than %d objects: the rest is only searched for text",
                             HMI_PDF_OBJECTS_MAX);
    }
    hmi_pdf_object *grown = hmi_arena_grow(pdf->reading->arena, pdf->objects, pdf->object_count,
                                           &pdf->object_room, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(pdf->reading->arena, err);
    }
    pdf->objects = grown;
    pdf->objects[pdf->object_count++] = object;
    return HM_OK;
}

/* The bytes of a stream: by Length when that ends at "endstream", else up to the next one. */
static hm_bytes stream_bytes(hm_bytes rest, hm_bytes body)
{
    uint32_t len = 0;
    size_t begin = rest.len > 0 && rest.ptr[0] == '\r';
    begin += begin < rest.len && rest.ptr[begin] == '\n';
    rest = hmi_slice(rest, begin, rest.len);
    if (value_number(body, "Length", &len) && len < rest.len) {
        hm_bytes tail = hmi_slice(rest, len, 12);
        size_t at = hmi_find(tail, HM_BYTES("endstream"));
        if (at != HMI_NPOS && at <= 2) {
            return hmi_slice(rest, 0, len);
        }
    }
    return hmi_slice(rest, 0, hmi_find(rest, HM_BYTES("endstream")));
}

static bool word_is(const hmi_pdf_token *token, const char *word)
{
    return token->kind == HMI_PDF_WORD &&
           hmi_bytes_eq(token->text, hmi_text_bytes(hmi_text_of(word)));
}

/* From behind "obj" to the object's end; moves *pos there. */
static int read_object(hmi_pdf *pdf, uint32_t number, size_t place, size_t *pos, hm_err *err)
{
    size_t begin = *pos, end = begin;
    hmi_pdf_object object = { .number = number, .place = place };
    for (;;) {
        end = *pos;
        hmi_pdf_token token = hmi_pdf_next(pdf->file, pos);
        if (token.kind == HMI_PDF_END || word_is(&token, "endobj")) {
            break;
        }
        if (word_is(&token, "obj")) { /* the last one had no end */
            *pos = end;
            break;
        }
        if (word_is(&token, "stream")) {
            object.body = hmi_slice(pdf->file, begin, end - begin);
            object.stream = stream_bytes(hmi_slice(pdf->file, *pos, pdf->file.len), object.body);
            *pos = object.stream.ptr == NULL
                       ? *pos
                       : (size_t)(object.stream.ptr - pdf->file.ptr) + object.stream.len;
            break;
        }
    }
    object.body = hmi_slice(pdf->file, begin, end - begin);
    return add_object(pdf, object, err);
}

static int read_trailer(hmi_pdf *pdf, size_t place, size_t pos, hm_err *err)
{
    hm_bytes body = hmi_slice(pdf->file, pos, 4096);
    size_t end = hmi_find(body, HM_BYTES("startxref"));
    return add_object(pdf, (hmi_pdf_object){ .place = place, .body = hmi_slice(body, 0, end) },
                      err);
}

static int walk_file(hmi_pdf *pdf, hm_err *err)
{
    uint32_t before[2] = { 0, 0 };
    size_t pos = hmi_find(hmi_slice(pdf->file, 0, HMI_PDF_START_MAX + 5), HM_BYTES("%PDF-"));
    size_t places[2] = { 0, 0 }, trailers = 0;
    for (;;) {
        hmi_pdf_token token = hmi_pdf_next(pdf->file, &pos);
        uint32_t number;
        if (token.kind == HMI_PDF_END) {
            return HM_OK;
        }
        size_t place = (size_t)(token.text.ptr - pdf->file.ptr);
        if (word_is(&token, "obj")) {
            HMI_TRY(read_object(pdf, before[0], places[0], &pos, err));
        } else if (word_is(&token, "trailer") && trailers++ < HMI_PDF_TRAILERS_MAX) {
            HMI_TRY(read_trailer(pdf, place, pos, err));
        } else if (token.kind == HMI_PDF_WORD && hmi_pdf_number(token.text, &number)) {
            before[0] = before[1];
            places[0] = places[1];
            before[1] = number;
            places[1] = place;
        }
    }
}

static int read_nested(hmi_pdf *pdf, size_t index, hm_err *err)
{
    hm_bytes bytes;
    uint32_t count = 0, first = 0;
    const hmi_pdf_object holder = pdf->objects[index];
    if (!value_number(holder.body, "N", &count) || !value_number(holder.body, "First", &first)) {
        return HM_OK;
    }
    HMI_TRY(hmi_pdf_stream(pdf, &holder, &bytes, err));
    size_t pos = 0, left = 2 * bytes.len; /* places may lie: no part is walked again and again */
    hm_bytes head = hmi_slice(bytes, 0, first);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number, at, next = 0;
        if (!hmi_pdf_number(hmi_pdf_next(head, &pos).text, &number) ||
            !hmi_pdf_number(hmi_pdf_next(head, &pos).text, &at)) {
            break;
        }
        size_t peek = pos;
        (void)hmi_pdf_next(head, &peek);
        bool more = hmi_pdf_number(hmi_pdf_next(head, &peek).text, &next) && next > at;
        hm_bytes body = hmi_slice(bytes, (size_t)first + at, more ? next - at : bytes.len);
        body.len = hmi_min(body.len, left);
        left -= body.len;
        HMI_TRY(add_object(
            pdf, (hmi_pdf_object){ .number = number, .place = holder.place, .body = body }, err));
    }
    return HM_OK;
}

int hmi_pdf_objects(hmi_pdf *pdf, hm_err *err)
{
    HMI_TRY(walk_file(pdf, err));
    size_t direct = pdf->object_count, nested = 0;
    for (size_t i = 0; i < direct && nested < HMI_PDF_NESTED_MAX; i++) {
        if (pdf->objects[i].stream.len > 0 &&
            value_is_name(pdf->objects[i].body, "Type", "ObjStm")) {
            nested++;
            HMI_TRY(read_nested(pdf, i, err));
        }
    }
    return HM_OK;
}

const hmi_pdf_object *hmi_pdf_find(hmi_pdf *pdf, uint32_t number)
{
    if (pdf->lookups_left == 0) {
        return NULL;
    }
    pdf->lookups_left--;
    for (size_t i = pdf->object_count; number > 0 && i > 0; i--) {
        if (pdf->objects[i - 1].number == number) {
            return &pdf->objects[i - 1];
        }
    }
    return NULL;
}
