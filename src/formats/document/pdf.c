/* SPDX-License-Identifier: Apache-2.0
 *
 * pdf.c - PDF documents: what they do when opened, what they carry, who made them.
 *
 * WHY    A document that starts something says so in a few keys; and the program that wrote it left
 *        its name, the moments and an id that stays the same over all versions.
 * FORM   Keys of dictionaries anywhere: URI, JS (a text, or a stream by reference), S (kind of an
 *        action), OpenAction, AA, Launch with F and P, EmbeddedFile streams, XFA, Metadata (XMP);
 *        of the object that a trailer's Info names: Author, Creator, Producer ...; ID of a trailer.
 * TRUST  None: see pdf_object.c. Older versions of an object are looked at too: what was replaced
 * by a later one is still in the file, and still evidence. Encrypted texts are not read. OWNS   The
 * buffer of one text.
 */
#include "formats/document/pdf.h"

#include "base/hash.h"
#include "base/text.h"
#include "formats/scan/observables.h"

static int detect_pdf(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    size_t at = hmi_find(hmi_slice(file, 0, HMI_PDF_START_MAX + 5), HM_BYTES("%PDF-"));
    return at == HMI_NPOS ? 0 : at == 0 ? 95 : 60;
}

/* ---- Texts */

static void add_escaped(hmi_buf *buf, hm_bytes raw)
{
    static const char NAMES[] = "nrtbf", MEANS[] = "\n\r\t\b\f";
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t c = raw.ptr[i];
        if (c != '\\' || i + 1 >= raw.len) {
            hmi_buf_add_u8(buf, c);
            continue;
        }
        c = raw.ptr[++i];
        const char *name = c == 0 ? NULL : strchr(NAMES, c);
        if (c >= '0' && c <= '7') {
            unsigned value = 0, n = 0;
            for (; n < 3 && i + n < raw.len && raw.ptr[i + n] >= '0' && raw.ptr[i + n] <= '7';
                 n++) {
                value = value * 8 + (raw.ptr[i + n] - (unsigned)'0');
            }
            i += n - 1;
            hmi_buf_add_u8(buf, (uint8_t)value);
        } else if (c != '\n' && c != '\r') {
            hmi_buf_add_u8(buf, name != NULL ? (uint8_t)MEANS[name - NAMES] : c);
        }
    }
}

static void add_hex(hmi_buf *buf, hm_bytes raw)
{
    int high = -1;
    for (size_t i = 0; i < raw.len; i++) {
        int digit = hmi_hex_digit((char)raw.ptr[i]);
        if (digit >= 0 && high >= 0) {
            hmi_buf_add_u8(buf, (uint8_t)(high << 4 | digit));
            high = -1;
        } else if (digit >= 0) {
            high = digit;
        }
    }
}

/* What a text means: escapes undone, UTF-16 made UTF-8. Lives until the next. */
static int text_of(hmi_pdf *pdf, const hmi_pdf_token *token, hm_bytes *ret, hm_err *err)
{
    hmi_buf_clear(&pdf->text);
    hm_bytes raw = hmi_slice(token->text, 0, HMI_PDF_TEXT_MAX);
    if (token->kind == HMI_PDF_STRING) {
        add_escaped(&pdf->text, raw);
    } else if (token->kind == HMI_PDF_HEX) {
        add_hex(&pdf->text, raw);
    }
    HMI_TRY(hmi_buf_check(&pdf->text, err));
    *ret = hmi_buf_bytes(&pdf->text);
    if (hmi_starts_with(*ret, HM_BYTES("\xfe\xff"))) {
        hm_text text = hmi_text_from_utf16(pdf->reading->arena, hmi_slice(*ret, 2, ret->len), true);
        if (text.ptr == NULL && ret->len > 3) {
            return hmi_arena_fail(pdf->reading->arena, err);
        }
        *ret = hmi_text_bytes(text);
    }
    return HM_OK;
}

/* "D:20141124080000+09'00'" */
static int64_t moment_of(hm_bytes text)
{
    hmi_civil civil = { .month = 1, .day = 1 };
    unsigned digits[14] = { 0 };
    size_t at = hmi_starts_with(text, HM_BYTES("D:")) ? 2 : 0, n = 0;
    for (; n < 14 && at < text.len && hmi_ascii_digit((char)text.ptr[at]); n++, at++) {
        digits[n] = text.ptr[at] - (unsigned)'0';
    }
    if (n < 8) {
        return HMI_TIME_NONE;
    }
    civil.year = (int32_t)(digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]);
    uint8_t *fields[5] = { &civil.month, &civil.day, &civil.hour, &civil.minute, &civil.second };
    for (unsigned i = 0; i < 5; i++) {
        *fields[i] = (uint8_t)(digits[4 + 2 * i] * 10 + digits[5 + 2 * i]);
    }
    int zone = 0;
    if (at + 2 < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-')) {
        bool west = text.ptr[at] == '-';
        unsigned parts[2] = { 0, 0 };
        for (unsigned i = 0, k = 0; i < 5 && at + 1 + i < text.len && k < 4; i++) {
            uint8_t c = text.ptr[at + 1 + i];
            if (hmi_ascii_digit((char)c)) {
                parts[k / 2] = parts[k / 2] * 10 + (c - (unsigned)'0');
                k++;
            }
        }
        zone = (int)(parts[0] * 60 + parts[1]);
        zone = zone > 14 * 60 ? 0 : west ? -zone : zone;
    }
    int64_t us;
    return hmi_civil_to_us(&civil, (int16_t)zone, &us) ? us : HMI_TIME_NONE;
}

/* ---- What a key says */

static const struct {
    const char *name, *key;
} INFO[] = { { "Author", "author" },   { "Creator", "application" },  { "Producer", "producer" },
             { "Title", "title" },     { "Subject", "subject" },      { "Keywords", "keywords" },
             { "Company", "company" }, { "CreationDate", "created" }, { "ModDate", "modified" } };

static int info_text(hmi_pdf *pdf, const hmi_pdf_object *object, hm_text key,
                     const hmi_pdf_token *token, hm_err *err)
{
    hm_bytes text;
    for (size_t i = 0; i < HMI_COUNT(INFO); i++) {
        if (!hmi_text_is(key, INFO[i].name)) {
            continue;
        }
        HMI_TRY(text_of(pdf, token, &text, err));
        return i < 7 ? hmi_property(&pdf->parts, INFO[i].key, text, object->place, err)
                     : hmi_property_time(&pdf->parts, INFO[i].key, moment_of(text), object->place,
                                         err);
    }
    return HM_OK;
}

static int emit_class(hmi_pdf *pdf, const hmi_pdf_object *object, hmi_class class_id, hm_bytes text,
                      hm_err *err)
{
    hm_text clean = hmi_text_lossy(pdf->reading->arena, hmi_slice(text, 0, HMI_TRAIT_VALUE_MAX));
    if (clean.ptr == NULL && text.len > 0) {
        return hmi_arena_fail(pdf->reading->arena, err);
    }
    HMI_TRY(hmi_emit(pdf->reading, class_id, HMI_ROLE_CONTENT, clean, object->place, err));
    return hmi_scan_text_step(pdf->reading, text, object->place, 0, HMI_ROLE_CONTENT, err);
}

static int key_text(hmi_pdf *pdf, const hmi_pdf_object *object, hm_text key,
                    const hmi_pdf_token *token, hm_err *err)
{
    static const struct {
        const char *key;
        hmi_class class_id;
    } TEXTS[] = { { "URI", HMI_URL },
                  { "F", HMI_FILE_PATH },
                  { "UF", HMI_FILE_PATH },
                  { "P", HMI_COMMAND_LINE } };
    hm_bytes text;
    if (hmi_text_is(key, "JS")) {
        HMI_TRY(text_of(pdf, token, &text, err));
        return hmi_parts_givef(&pdf->parts, text, object->place, err, "object-%u.js",
                               object->number);
    }
    for (size_t i = 0; i < HMI_COUNT(TEXTS); i++) {
        if (hmi_text_is(key, TEXTS[i].key)) {
            HMI_TRY(text_of(pdf, token, &text, err));
            return emit_class(pdf, object, TEXTS[i].class_id, text, err);
        }
    }
    return HM_OK;
}

/* The id that a trailer gives: the first half stays over all versions of the document. */
static int trailer_id(hmi_pdf *pdf, const hmi_pdf_object *object, const hmi_pdf_token *token,
                      hm_err *err)
{
    hm_bytes id;
    HMI_TRY(text_of(pdf, token, &id, err));
    hm_bytes part = hmi_slice(id, 0, 32);
    char hex[65];
    if (token->kind != HMI_PDF_HEX && token->kind != HMI_PDF_STRING) {
        return HM_OK;
    }
    hmi_hex(part, hex);
    return part.len < 8 ? HM_OK
                        : hmi_property(&pdf->parts, "pdf-id", hmi_bytes(hex, 2 * part.len),
                                       object->place, err);
}

static int action(hmi_pdf *pdf, const hmi_pdf_object *object, hm_text what, hm_err *err)
{
    static const char *const ACTIONS[] = { "JavaScript", "Launch", "SubmitForm",  "ImportData",
                                           "GoToR",      "GoToE",  "Rendition",   "RichMedia",
                                           "OpenAction", "XFA",    "EmbeddedFile" };
    for (size_t i = 0; i < HMI_COUNT(ACTIONS); i++) {
        if (hmi_text_is(what, ACTIONS[i]) && !(pdf->actions_told >> i & 1)) {
            pdf->actions_told |= 1u << i;
            HMI_TRY(hmi_emit_fact(pdf->reading, "action", what, err));
            return hmi_text_is(what, "Launch")
                       ? hmi_emit_note(pdf->reading, HMI_NOTE_ODD, HM_OK, object->place, err,
                                       "the document starts a program")
                       : HM_OK;
        }
    }
    return HM_OK;
}

/* "12 0 R" behind a key; *pos behind it when it stands there. */
static bool reference(hm_bytes body, const hmi_pdf_token *first, size_t *pos, uint32_t *ret)
{
    size_t at = *pos;
    uint32_t generation;
    if (first->kind != HMI_PDF_WORD || !hmi_pdf_number(first->text, ret) ||
        !hmi_pdf_number(hmi_pdf_next(body, &at).text, &generation)) {
        return false;
    }
    hmi_pdf_token last = hmi_pdf_next(body, &at);
    if (last.kind != HMI_PDF_WORD || !hmi_bytes_eq(last.text, HM_BYTES("R"))) {
        return false;
    }
    *pos = at;
    return true;
}

/* XMP names the document and each of its versions. */
static int read_metadata(hmi_pdf *pdf, hm_bytes xml, uint64_t place, hm_err *err)
{
    static const struct {
        hm_text mark;
        const char *key;
    } MARKS[] = { { HM_TEXT_INIT("xmpMM:DocumentID"), "xmp-document-id" },
                  { HM_TEXT_INIT("xmpMM:OriginalDocumentID"), "xmp-original-id" },
                  { HM_TEXT_INIT("xmp:CreatorTool"), "xmp-tool" } };
    for (size_t i = 0; i < HMI_COUNT(MARKS); i++) {
        size_t at = hmi_find(xml, hmi_text_bytes(MARKS[i].mark));
        if (at == HMI_NPOS) {
            continue;
        }
        hm_bytes rest = hmi_slice(xml, at + MARKS[i].mark.len, 512);
        bool quoted = hmi_starts_with(rest, HM_BYTES("=\""));
        rest = hmi_slice(rest, quoted ? 2 : 1, rest.len);
        hm_bytes value = hmi_slice(rest, 0, hmi_find_byte(rest, quoted ? '"' : '<'));
        HMI_TRY(hmi_property(&pdf->parts, MARKS[i].key, value, place, err));
    }
    return HM_OK;
}

static int key_reference(hmi_pdf *pdf, const hmi_pdf_object *object, hm_text key, uint32_t number,
                         hm_err *err)
{
    bool script = hmi_text_is(key, "JS"), form = hmi_text_is(key, "XFA");
    bool metadata = hmi_text_is(key, "Metadata");
    if (!script && !form && !metadata) {
        return HM_OK;
    }
    const hmi_pdf_object *target = hmi_pdf_find(pdf, number);
    hm_bytes bytes = { NULL, 0 };
    if (target == NULL || target->stream.len == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_pdf_stream(pdf, target, &bytes, err));
    if (metadata) {
        return read_metadata(pdf, bytes, target->place, err);
    }
    (void)object;
    return hmi_parts_givef(&pdf->parts, bytes, target->place, err, "object-%u.%s", target->number,
                           script ? "js" : "xml");
}

/* ---- Objects */

static int read_dictionary(hmi_pdf *pdf, const hmi_pdf_object *object, hm_err *err)
{
    char key_bytes[64], value_bytes[64];
    hm_text key = HM_TEXT("");
    bool odd = false, described = object->number != 0 && object->number == pdf->info;
    for (size_t pos = 0;;) {
        hmi_pdf_token token = hmi_pdf_next(object->body, &pos);
        uint32_t number;
        if (token.kind == HMI_PDF_END) {
            break;
        }
        if (token.kind == HMI_PDF_NAME) {
            hm_text name = hmi_pdf_name(token.text, value_bytes, &odd);
            HMI_TRY(action(pdf, object, name, err));
            memcpy(key_bytes, value_bytes, sizeof(key_bytes));
            key = hmi_text(key_bytes, name.len);
        } else if (token.kind == HMI_PDF_STRING || token.kind == HMI_PDF_HEX) {
            if (!pdf->encrypted && described) {
                HMI_TRY(info_text(pdf, object, key, &token, err));
            } else if (!pdf->encrypted) {
                HMI_TRY(key_text(pdf, object, key, &token, err));
            }
            if (hmi_text_is(key, "ID") && object->number == 0) {
                HMI_TRY(trailer_id(pdf, object, &token, err));
            }
            key = HM_TEXT("");
        } else if (key.len > 0 && reference(object->body, &token, &pos, &number)) {
            HMI_TRY(key_reference(pdf, object, key, number, err));
            key = HM_TEXT("");
        }
    }
    if (odd && !pdf->spelt_oddly) {
        pdf->spelt_oddly = true;
        return hmi_emit_note(pdf->reading, HMI_NOTE_ODD, HM_OK, object->place, err,
                             "names are spelt with #: nobody writes so without a reason");
    }
    return HM_OK;
}

static int read_embedded(hmi_pdf *pdf, const hmi_pdf_object *object, hm_err *err)
{
    hm_bytes bytes;
    char out[64];
    bool odd;
    size_t pos = hmi_pdf_value(object->body, "Type");
    if (object->stream.len == 0 || pos == HMI_NPOS) {
        return HM_OK;
    }
    hmi_pdf_token type = hmi_pdf_next(object->body, &pos);
    if (!hmi_text_is(hmi_pdf_name(type.text, out, &odd), "EmbeddedFile")) {
        return HM_OK;
    }
    HMI_TRY(hmi_pdf_stream(pdf, object, &bytes, err));
    return hmi_parts_givef(&pdf->parts, bytes, object->place, err, "object-%u", object->number);
}

/* What trailers, and streams that stand for one, say of the whole. */
static void read_trailers(hmi_pdf *pdf)
{
    for (size_t i = 0; i < pdf->object_count; i++) {
        hmi_pdf_object *object = &pdf->objects[i];
        bool trailer = object->number == 0;
        if (!trailer && object->stream.len > 0 &&
            hmi_find(object->body, HM_BYTES("XRef")) != HMI_NPOS) {
            trailer = true;
        }
        if (!trailer) {
            continue;
        }
        size_t pos = hmi_pdf_value(object->body, "Info");
        uint32_t number;
        if (pos != HMI_NPOS && hmi_pdf_number(hmi_pdf_next(object->body, &pos).text, &number)) {
            pdf->info = number;
        }
        pdf->encrypted |= hmi_pdf_value(object->body, "Encrypt") != HMI_NPOS;
        object->number = 0; /* its ID is the document's */
    }
}

static int read_all(hmi_pdf *pdf, hm_err *err)
{
    HMI_TRY(hmi_pdf_objects(pdf, err));
    read_trailers(pdf);
    if (pdf->encrypted) {
        HMI_TRY(hmi_emit_note(pdf->reading, HMI_NOTE_ODD, HM_E_DENIED, HM_OFFSET_NONE, err,
                              "the document is encrypted: texts and streams are not read"));
    }
    for (size_t i = 0; i < pdf->object_count; i++) {
        HMI_TRY(read_dictionary(pdf, &pdf->objects[i], err));
        if (!pdf->encrypted) {
            HMI_TRY(read_embedded(pdf, &pdf->objects[i], err));
        }
    }
    return hmi_scan_text(pdf->reading, pdf->file, 0, HMI_ROLE_CONTENT, err);
}

static int read_pdf(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    if (detect_pdf(file, (hm_bytes){ NULL, 0 }) == 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no mark of a PDF document");
    }
    hmi_pdf pdf = { .reading = reading, .file = file, .lookups_left = HMI_PDF_LOOKUPS_MAX };
    pdf.parts = hmi_parts_begin(reading, file);
    pdf.decoded_left = hmi_min(HMI_PDF_DECODED_MAX, hmi_arena_left(reading->arena) / 3);
    hmi_buf_init(&pdf.text, 4 * (size_t)HMI_PDF_TEXT_MAX);
    int code = read_all(&pdf, err);
    hmi_buf_fini(&pdf.text);
    return code;
}

const hmi_reader hmi_reader_pdf = { "pdf", "PDF documents", 1, detect_pdf, read_pdf, true };
