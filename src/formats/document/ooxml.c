/* SPDX-License-Identifier: Apache-2.0
 *
 * ooxml.c - the XML parts of new Office documents, each as it comes out of its zip.
 *
 * WHY    A .docx is a zip: its parts are read as members, macros by the reader of compound files.
 *        What loads something from elsewhere, who wrote it and which documents it descends from
 *        stands in small XML parts.
 * FORM   ECMA-376. Relationships: <Relationship Type=".../attachedTemplate" Target="http://..."
 *        TargetMode="External"/>. docProps/core.xml: dc:creator, cp:lastModifiedBy ...; app.xml:
 *        Application, Company, Template ...; settings.xml: w:rsidRoot, w15:docId; document.xml:
 *        w:instrText (a field in pieces), w:fldSimple; Excel: ddeLink.
 * TRUST  None. No XML parser: tags are walked once, entities other than the five and numbers are
 *        left as they are, nothing is fetched, nothing nests.
 * OWNS   The buffers of one text.
 */
#include "base/error.h"
#include "base/num.h"
#include "base/text.h"
#include "formats/parts.h"
#include "formats/reader.h"
#include "formats/scan/observables.h"

enum { HMI_OOXML_TEXT_MAX = 16 << 10, HMI_OOXML_NOTES_MAX = 16, DETECT_BYTES = 4096 };

typedef struct ooxml {
    hmi_reading *reading;
    hm_bytes file;
    hmi_parts parts;
    hmi_buf value, field;
    size_t field_at;
    unsigned notes;
} ooxml;

typedef struct tag {
    hm_bytes name, attributes;
    size_t at, end; /* of "<", and behind ">" */
    bool closing;
} tag;

static int detect_ooxml(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    hm_bytes head = hmi_slice(file, 0, DETECT_BYTES);
    static const hm_text SPACES[] = { HM_TEXT_INIT("://schemas.openxmlformats.org/"),
                                      HM_TEXT_INIT("://purl.oclc.org/ooxml/"),
                                      HM_TEXT_INIT("://schemas.microsoft.com/office/") };
    bool markup =
        hmi_starts_with(head, HM_BYTES("<")) || hmi_starts_with(head, HM_BYTES("\xef\xbb\xbf<"));
    for (size_t i = 0; i < HMI_COUNT(SPACES) && markup; i++) {
        if (hmi_find(head, hmi_text_bytes(SPACES[i])) != HMI_NPOS) {
            return 85;
        }
    }
    return 0;
}

static bool next_tag(hm_bytes file, size_t *pos, tag *ret)
{
    size_t open = hmi_find_byte(hmi_slice(file, *pos, file.len), '<');
    if (open == HMI_NPOS) {
        return false;
    }
    size_t at = *pos + open, close = hmi_find_byte(hmi_slice(file, at, file.len), '>');
    if (close == HMI_NPOS) {
        return false;
    }
    hm_bytes inside = hmi_slice(file, at + 1, close - 1);
    ret->closing = inside.len > 0 && inside.ptr[0] == '/';
    inside = hmi_slice(inside, ret->closing, inside.len);
    size_t len = 0;
    while (len < inside.len && inside.ptr[len] > ' ' && inside.ptr[len] != '/') {
        len++;
    }
    ret->name = hmi_slice(inside, 0, len);
    ret->attributes = hmi_slice(inside, len, inside.len);
    ret->at = at;
    ret->end = at + close + 1;
    *pos = ret->end;
    return true;
}

/* The name without its space's prefix. */
static hm_text local_name(hm_bytes name)
{
    size_t colon = hmi_find_byte(name, ':');
    hm_bytes local = colon == HMI_NPOS ? name : hmi_slice(name, colon + 1, name.len);
    return hmi_text((const char *)local.ptr, local.len);
}

static void add_unescaped(hmi_buf *buf, hm_bytes raw)
{
    static const struct {
        hm_text name;
        char means;
    } NAMED[] = { { HM_TEXT_INIT("amp;"), '&' },
                  { HM_TEXT_INIT("lt;"), '<' },
                  { HM_TEXT_INIT("gt;"), '>' },
                  { HM_TEXT_INIT("quot;"), '"' },
                  { HM_TEXT_INIT("apos;"), '\'' } };
    for (size_t i = 0; i < raw.len; i++) {
        hm_bytes rest = hmi_slice(raw, i + 1, raw.len);
        bool done = false;
        for (size_t k = 0; raw.ptr[i] == '&' && k < HMI_COUNT(NAMED) && !done; k++) {
            if (hmi_starts_with(rest, hmi_text_bytes(NAMED[k].name))) {
                hmi_buf_add_char(buf, NAMED[k].means);
                i += NAMED[k].name.len;
                done = true;
            }
        }
        if (!done && raw.ptr[i] == '&' && hmi_starts_with(rest, HM_BYTES("#"))) {
            bool hex = rest.len > 1 && (rest.ptr[1] | 32) == 'x';
            uint32_t code = 0;
            size_t k = hex ? 2 : 1;
            for (; k < rest.len && k < 10 && hmi_hex_digit((char)rest.ptr[k]) >= 0; k++) {
                code = code * (hex ? 16 : 10) + (uint32_t)hmi_hex_digit((char)rest.ptr[k]);
            }
            if (k < rest.len && rest.ptr[k] == ';') {
                hmi_buf_add_utf8(buf, code);
                i += k + 1;
                done = true;
            }
        }
        if (!done) {
            hmi_buf_add_u8(buf, raw.ptr[i]);
        }
    }
}

/* An attribute by its local name, unescaped; lives until the next. False when it is not there. */
static bool attribute(ooxml *x, const tag *t, const char *name, hm_bytes *ret)
{
    hm_bytes rest = t->attributes;
    hm_text want = hmi_text_of(name);
    for (size_t at = 0; at < rest.len;) {
        size_t equal = hmi_find_byte(hmi_slice(rest, at, rest.len), '=');
        if (equal == HMI_NPOS || at + equal + 1 >= rest.len) {
            return false;
        }
        hm_text key = hmi_text_trim(hmi_text((const char *)rest.ptr + at, equal));
        uint8_t quote = rest.ptr[at + equal + 1];
        size_t begin = at + equal + 2;
        size_t len = hmi_find_byte(hmi_slice(rest, begin, rest.len), quote);
        if ((quote != '"' && quote != '\'') || len == HMI_NPOS) {
            return false;
        }
        if (hmi_text_eq(local_name(hmi_text_bytes(key)), want)) {
            hmi_buf_clear(&x->value);
            add_unescaped(&x->value, hmi_slice(rest, begin, hmi_min(len, HMI_OOXML_TEXT_MAX)));
            *ret = hmi_buf_bytes(&x->value);
            return x->value.bad == 0;
        }
        at = begin + len + 1;
    }
    return false;
}

static int note(ooxml *x, size_t at, const char *what, hm_bytes about, hm_err *err)
{
    if (x->notes++ >= HMI_OOXML_NOTES_MAX) {
        return HM_OK;
    }
    hm_text safe = hmi_text_safe(x->reading->arena, about, 80);
    return hmi_emit_note(x->reading, HMI_NOTE_ODD, HM_OK, at, err, "%s: %.*s", what, HMI_FMT(safe));
}

/* ---- What loads something from elsewhere */

static int relationship(ooxml *x, const tag *t, hm_err *err)
{
    hm_bytes value;
    char kind[64] = "link";
    if (!attribute(x, t, "TargetMode", &value) ||
        !hmi_text_ieq(hmi_text((const char *)value.ptr, value.len), HM_TEXT("external"))) {
        return HM_OK;
    }
    if (attribute(x, t, "Type", &value)) {
        size_t slash = hmi_find_last_byte(value, '/');
        hm_bytes last = slash == HMI_NPOS ? value : hmi_slice(value, slash + 1, value.len);
        size_t len = hmi_min(last.len, sizeof(kind) - 1);
        memcpy(kind, last.len > 0 ? (const char *)last.ptr : "", len);
        kind[len] = '\0';
    }
    if (!attribute(x, t, "Target", &value)) {
        return HM_OK;
    }
    HMI_TRY(hmi_scan_text_step(x->reading, value, t->at, 0, HMI_ROLE_CONTENT, err));
    hm_text kind_text = hmi_text_of(kind);
    if (hmi_text_is(kind_text, "hyperlink") || hmi_text_is(kind_text, "image")) {
        return HM_OK; /* asked for by a click, and by every newsletter */
    }
    if (hmi_text_is(kind_text, "attachedTemplate")) {
        bool elsewhere = hmi_find(value, HM_BYTES("://")) != HMI_NPOS &&
                         !hmi_starts_with(value, HM_BYTES("file:///"));
        HMI_TRY(hmi_property(&x->parts, "template", value, t->at, err));
        if (!elsewhere) {
            return HM_OK;
        }
        HMI_TRY(
            hmi_emit(x->reading, HMI_TECHNIQUE, HMI_ROLE_CONTENT, HM_TEXT("T1221"), t->at, err));
    }
    return note(x, t->at, "loaded from elsewhere when the document is opened", value, err);
}

static int field_ends(ooxml *x, hm_err *err)
{
    static const hm_text LOADING[] = { HM_TEXT_INIT("DDE"), HM_TEXT_INIT("INCLUDE"),
                                       HM_TEXT_INIT("LINK") };
    hm_text text;
    hm_bytes raw = hmi_buf_bytes(&x->field);
    if (raw.len == 0 || x->field.bad != 0 || !hmi_text_from(raw, &text)) {
        hmi_buf_clear(&x->field);
        return HM_OK;
    }
    text = hmi_text_trim(text);
    for (size_t i = 0; i < HMI_COUNT(LOADING); i++) {
        if (hmi_text_istarts(text, LOADING[i])) {
            HMI_TRY(note(x, x->field_at, "a field loads or starts something", raw, err));
            HMI_TRY(
                hmi_emit(x->reading, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, text, x->field_at, err));
        }
    }
    HMI_TRY(hmi_scan_text_step(x->reading, raw, x->field_at, 0, HMI_ROLE_CONTENT, err));
    hmi_buf_clear(&x->field);
    return HM_OK;
}

static int dde_link(ooxml *x, const tag *t, hm_err *err)
{
    hm_bytes value;
    hmi_buf_clear(&x->field);
    x->field_at = t->at;
    hmi_buf_add_cstr(&x->field, "DDE ");
    if (attribute(x, t, "ddeService", &value)) {
        hmi_buf_add(&x->field, value);
        hmi_buf_add_char(&x->field, ' ');
    }
    if (attribute(x, t, "ddeTopic", &value)) {
        hmi_buf_add(&x->field, value);
    }
    return field_ends(x, err);
}

/* ---- Who wrote it */

static const struct {
    const char *element, *key;
    bool moment;
} PROPERTIES[] = {
    { "creator", "author", false },
    { "lastModifiedBy", "modified-by", false },
    { "created", "created", true },
    { "modified", "modified", true },
    { "title", "title", false },
    { "subject", "subject", false },
    { "keywords", "keywords", false },
    { "Company", "company", false },
    { "Manager", "manager", false },
    { "Application", "application", false },
    { "AppVersion", "application-version", false },
    { "Template", "template", false },
};

static int property(ooxml *x, const tag *t, hm_bytes content, hm_err *err)
{
    hm_text name = local_name(t->name);
    for (size_t i = 0; i < HMI_COUNT(PROPERTIES); i++) {
        if (!hmi_text_is(name, PROPERTIES[i].element)) {
            continue;
        }
        hmi_instant moment;
        hmi_buf_clear(&x->value);
        add_unescaped(&x->value, hmi_slice(content, 0, HMI_PARTS_NAME_MAX));
        if (!PROPERTIES[i].moment) {
            return hmi_property(&x->parts, PROPERTIES[i].key, hmi_buf_bytes(&x->value), t->end,
                                err);
        }
        return hmi_time_parse_rfc3339(hmi_buf_text(&x->value), &moment)
                   ? hmi_property_time(&x->parts, PROPERTIES[i].key, moment.us, t->end, err)
                   : HM_OK;
    }
    return HM_OK;
}

/* Ids that Word draws and keeps over all copies and versions. */
static int document_id(ooxml *x, const tag *t, hm_err *err)
{
    hm_text name = local_name(t->name);
    hm_bytes value;
    const char *key = hmi_text_is(name, "rsidRoot") ? "rsid-root"
                      : hmi_text_is(name, "docId")  ? "doc-id"
                                                    : NULL;
    if (key == NULL || !attribute(x, t, "val", &value)) {
        return HM_OK;
    }
    char lower[64];
    size_t len = hmi_min(value.len, sizeof(lower));
    for (size_t i = 0; i < len; i++) {
        lower[i] = hmi_ascii_lower((char)value.ptr[i]);
    }
    return hmi_property(&x->parts, key, hmi_bytes(lower, len), t->at, err);
}

static int one_tag(ooxml *x, const tag *t, size_t pos, bool properties, hm_err *err)
{
    hm_text name = local_name(t->name);
    hm_bytes value;
    if (t->closing) {
        return hmi_text_is(name, "p") || hmi_text_is(name, "document") ? field_ends(x, err) : HM_OK;
    }
    if (hmi_text_is(name, "Relationship")) {
        return relationship(x, t, err);
    }
    if (hmi_text_is(name, "ddeLink")) {
        return dde_link(x, t, err);
    }
    hm_bytes rest = hmi_slice(x->file, pos, x->file.len);
    hm_bytes content = hmi_slice(rest, 0, hmi_find_byte(rest, '<'));
    if (hmi_text_is(name, "instrText")) {
        x->field_at = x->field.len == 0 ? t->end : x->field_at;
        add_unescaped(&x->field, hmi_slice(content, 0, HMI_OOXML_TEXT_MAX));
        return HM_OK;
    }
    if (hmi_text_is(name, "fldSimple") && attribute(x, t, "instr", &value)) {
        hmi_buf_add(&x->field, value);
        x->field_at = t->at;
        return field_ends(x, err);
    }
    HMI_TRY(document_id(x, t, err));
    if (properties) {
        HMI_TRY(property(x, t, content, err));
    }
    return hmi_scan_text(x->reading, content, t->end, HMI_ROLE_CONTENT, err);
}

static int read_ooxml(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    if (detect_ooxml(file, (hm_bytes){ NULL, 0 }) == 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no part of an Office document");
    }
    ooxml x = { .reading = reading, .file = file, .parts = hmi_parts_begin(reading, file) };
    hmi_buf_init(&x.value, 4 * (size_t)HMI_OOXML_TEXT_MAX);
    hmi_buf_init(&x.field, 4 * (size_t)HMI_OOXML_TEXT_MAX);
    hm_bytes head = hmi_slice(file, 0, DETECT_BYTES);
    bool properties = hmi_find(head, HM_BYTES("-properties")) != HMI_NPOS;
    size_t pos = 0;
    tag t;
    int code = HM_OK;
    while (code == HM_OK && next_tag(file, &pos, &t)) {
        code = one_tag(&x, &t, pos, properties, err);
    }
    code = code == HM_OK ? field_ends(&x, err) : code;
    hmi_buf_fini(&x.value);
    hmi_buf_fini(&x.field);
    return code;
}

const hmi_reader hmi_reader_ooxml = { "ooxml", "parts of Office documents (ECMA-376)", 1,
                                      detect_ooxml, read_ooxml };
