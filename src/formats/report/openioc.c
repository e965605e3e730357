/* SPDX-License-Identifier: Apache-2.0
 *
 * openioc.c - OpenIOC 1.0 and 1.1: indicators as XML.
 *
 * WHY    Years of published intelligence are kept in it.
 * FORM   <ioc> or <OpenIOC>, anywhere <IndicatorItem condition=".."> with <Context search="TERM"/>
 *        and <Content>VALUE</Content>; names may have a prefix. short_description, authored_by,
 *        authored_date and published_date name the document. Of XML: elements, attributes,
 *        character data, CDATA, comments, processing instructions, the five entities and numbers of
 *        characters. A document type is passed over: its entities are unknown, so that nothing can
 *        expand.
 * TRUST  Hostile. The reading goes from '<' to '<' and never back; nesting is not followed, only
 *        what item a value stands in. What is cut or wrong is a note, and the next element is read.
 * OWNS   A scratch arena, for one call.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "formats/reader.h"
#include "trait/canon.h"
#include "trait/openioc.h"

enum {
    DETECT_WINDOW = 8 << 10,
    HMI_OPENIOC_ITEMS_MAX = 1 << 20,
    HMI_OPENIOC_VALUE_MAX = HMI_TRAIT_VALUE_MAX,
    HMI_OPENIOC_NOTES_MAX = 32,
    HMI_OPENIOC_SCRATCH_MAX = 1 << 20,
    ATTRIBUTES_MAX = 32
};

typedef struct tag {
    hm_bytes name;       /* without prefix */
    hm_bytes attributes; /* as written */
    uint64_t offset;
    bool closes, empty;
} tag;

typedef struct ioc {
    hmi_reading *reading;
    hm_err *err;
    hm_bytes file;
    size_t pos;
    hmi_arena scratch;
    const hmi_openioc_term *term; /* of the item in hand */
    bool in_item, negated, pattern;
    bool all; /* the innermost Indicator says AND */
    size_t items, taken, unknown, left_out, together;
    size_t notes_left;
} ioc;

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static hm_bytes trim(hm_bytes bytes)
{
    while (bytes.len > 0 && is_space(bytes.ptr[0])) {
        bytes = hmi_slice(bytes, 1, bytes.len);
    }
    while (bytes.len > 0 && is_space(bytes.ptr[bytes.len - 1])) {
        bytes.len--;
    }
    return bytes;
}

/* ---- XML */

/* Behind what ends with `end`; the end of the file when that is missing. */
static bool skip_to(ioc *x, hm_bytes end)
{
    size_t at = hmi_find(hmi_slice(x->file, x->pos, x->file.len), end);
    x->pos = at == HMI_NPOS ? x->file.len : x->pos + at + end.len;
    return at != HMI_NPOS;
}

/* The end of a tag: '>' outside of quotes. */
static size_t tag_end(hm_bytes rest)
{
    uint8_t quote = 0;
    for (size_t i = 0; i < rest.len; i++) {
        if (quote != 0) {
            quote = rest.ptr[i] == quote ? 0 : quote;
        } else if (rest.ptr[i] == '"' || rest.ptr[i] == '\'') {
            quote = rest.ptr[i];
        } else if (rest.ptr[i] == '>') {
            return i;
        }
    }
    return HMI_NPOS;
}

static void split_tag(hm_bytes inside, tag *ret)
{
    size_t len = 0;
    while (len < inside.len && !is_space(inside.ptr[len]) && inside.ptr[len] != '/') {
        len++;
    }
    ret->name = hmi_slice(inside, 0, len);
    ret->attributes = hmi_slice(inside, len, inside.len);
    size_t colon = hmi_find_byte(ret->name, ':');
    if (colon != HMI_NPOS) {
        ret->name = hmi_slice(ret->name, colon + 1, len);
    }
}

/* The next element's begin or end; false at the end of the document. *ret_cut: it is cut there. */
static bool next_tag(ioc *x, tag *ret, bool *ret_cut)
{
    *ret_cut = false;
    while (x->pos < x->file.len) {
        size_t at = hmi_find_byte(hmi_slice(x->file, x->pos, x->file.len), '<');
        if (at == HMI_NPOS) {
            x->pos = x->file.len;
            return false;
        }
        x->pos += at;
        hm_bytes rest = hmi_slice(x->file, x->pos, x->file.len);
        if (hmi_starts_with(rest, HM_BYTES("<!--"))) {
            *ret_cut = !skip_to(x, HM_BYTES("-->"));
        } else if (hmi_starts_with(rest, HM_BYTES("<![CDATA["))) {
            *ret_cut = !skip_to(x, HM_BYTES("]]>"));
        } else if (hmi_starts_with(rest, HM_BYTES("<?")) || hmi_starts_with(rest, HM_BYTES("<!"))) {
            *ret_cut = !skip_to(x, HM_BYTES(">"));
        } else {
            size_t end = tag_end(hmi_slice(rest, 1, rest.len));
            if (end == HMI_NPOS) {
                *ret_cut = true;
                x->pos = x->file.len;
                return false;
            }
            hm_bytes inside = hmi_slice(rest, 1, end);
            *ret = (tag){ .offset = x->pos,
                          .closes = hmi_starts_with(inside, HM_BYTES("/")),
                          .empty = hmi_ends_with(inside, HM_BYTES("/")) };
            split_tag(hmi_slice(inside, ret->closes ? 1 : 0, inside.len), ret);
            x->pos += end + 2;
            return true;
        }
    }
    return false;
}

/* The value of an attribute, as written; .ptr NULL when there is none. */
static hm_bytes attribute(const tag *t, const char *name)
{
    hm_bytes rest = t->attributes;
    for (size_t i = 0; i < ATTRIBUTES_MAX; i++) {
        rest = trim(rest);
        size_t equal = hmi_find_byte(rest, '=');
        if (equal == HMI_NPOS) {
            break;
        }
        hm_bytes key = trim(hmi_slice(rest, 0, equal));
        rest = trim(hmi_slice(rest, equal + 1, rest.len));
        if (rest.len == 0 || (rest.ptr[0] != '"' && rest.ptr[0] != '\'')) {
            break;
        }
        size_t end = hmi_find_byte(hmi_slice(rest, 1, rest.len), rest.ptr[0]);
        if (end == HMI_NPOS) {
            break;
        }
        if (hmi_bytes_eq(key, hmi_text_bytes(hmi_text_of(name)))) {
            return hmi_slice(rest, 1, end);
        }
        rest = hmi_slice(rest, end + 2, rest.len);
    }
    return (hm_bytes){ NULL, 0 };
}

/* One "&...;"; returns its bytes, 0 when it is none that we know. */
static size_t entity(hm_bytes rest, uint32_t *ret_code)
{
    static const struct {
        const char *name;
        uint32_t code;
    } NAMES[] = {
        { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' }
    };
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        hm_bytes name = hmi_text_bytes(hmi_text_of(NAMES[i].name));
        if (hmi_starts_with(rest, name)) {
            *ret_code = NAMES[i].code;
            return name.len;
        }
    }
    bool hex = hmi_starts_with(rest, HM_BYTES("&#x"));
    uint32_t code = 0;
    size_t at = hex ? 3 : 2, from = at;
    if (!hmi_starts_with(rest, HM_BYTES("&#"))) {
        return 0;
    }
    for (; at < rest.len && at < from + 7; at++) {
        int digit = hmi_hex_digit((char)rest.ptr[at]);
        if (digit < 0 || (!hex && digit > 9)) {
            break;
        }
        code = code * (hex ? 16 : 10) + (uint32_t)digit;
    }
    *ret_code = code;
    return at > from && at < rest.len && rest.ptr[at] == ';' && code != 0 ? at + 1 : 0;
}

/* Character data with its entities undone, in the scratch arena; .ptr NULL when refused. */
static hm_text plain(ioc *x, hm_bytes raw)
{
    raw = trim(raw);
    hm_bytes cdata = HM_BYTES("<![CDATA[");
    bool literal = hmi_starts_with(raw, cdata) && hmi_ends_with(raw, HM_BYTES("]]>"));
    if (literal) {
        raw = hmi_slice(raw, cdata.len, raw.len - cdata.len - 3);
    }
    char *out = hmi_new_array(&x->scratch, char, 4 * raw.len + 1);
    size_t len = 0;
    if (out == NULL) {
        return (hm_text){ NULL, 0 };
    }
    for (size_t i = 0; i < raw.len;) {
        uint32_t code = 0;
        size_t used = literal || raw.ptr[i] != '&' ? 0 : entity(hmi_slice(raw, i, raw.len), &code);
        if (used > 0) {
            len += hmi_utf8_put(code, out + len);
            i += used;
        } else {
            out[len++] = (char)raw.ptr[i++];
        }
    }
    return hmi_text_lossy(&x->scratch, hmi_bytes(out, len));
}

/* What stands between the begin in hand and the next tag, CDATA included. */
static hm_bytes content(ioc *x)
{
    size_t from = x->pos;
    hm_bytes rest = hmi_slice(x->file, from, x->file.len);
    hm_bytes lead = rest;
    while (lead.len > 0 && is_space(lead.ptr[0])) {
        lead = hmi_slice(lead, 1, lead.len);
    }
    size_t skipped = rest.len - lead.len;
    if (hmi_starts_with(lead, HM_BYTES("<![CDATA["))) {
        size_t end = hmi_find(lead, HM_BYTES("]]>"));
        return end == HMI_NPOS ? (hm_bytes){ NULL, 0 } : hmi_slice(rest, 0, skipped + end + 3);
    }
    size_t end = hmi_find_byte(rest, '<');
    return end == HMI_NPOS ? (hm_bytes){ NULL, 0 } : hmi_slice(rest, 0, end);
}

/* ---- OpenIOC */

__attribute__((format(printf, 4, 5))) static int note(ioc *x, hmi_severity severity,
                                                      uint64_t offset, const char *format, ...)
{
    char text[HMI_NOTE_TEXT_MAX + 1];
    if (x->notes_left == 0) {
        return HM_OK;
    }
    x->notes_left--;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return hmi_emit_note(x->reading, severity, severity == HMI_NOTE_DAMAGE ? HM_E_MALFORMED : HM_OK,
                         offset, x->err, "%s", text);
}

static bool name_is(const tag *t, const char *name)
{
    return hmi_text_ieq(hmi_text((const char *)t->name.ptr, t->name.len), hmi_text_of(name));
}

static bool value_is(hm_bytes value, const char *word)
{
    return hmi_text_ieq(hmi_text((const char *)value.ptr, value.len), hmi_text_of(word));
}

static void begin_item(ioc *x, const tag *t)
{
    hm_bytes condition = attribute(t, "condition"), negate = attribute(t, "negate");
    x->in_item = true;
    x->term = NULL;
    x->negated = value_is(condition, "isnot") || value_is(condition, "containsnot") ||
                 value_is(negate, "true");
    x->pattern =
        condition.len > 0 && !value_is(condition, "is") && !value_is(condition, "contains");
    x->items++;
}

static int take_value(ioc *x, const tag *t)
{
    hm_bytes raw = content(x);
    if (raw.ptr == NULL) {
        return note(x, HMI_NOTE_DAMAGE, t->offset, "the value of an item is cut short");
    }
    if (!x->in_item || x->term == NULL || x->negated || x->pattern) {
        x->unknown += x->in_item && x->term == NULL;
        x->left_out += x->in_item && x->term != NULL;
        return HM_OK;
    }
    if (raw.len > HMI_OPENIOC_VALUE_MAX) {
        return note(x, HMI_NOTE_DAMAGE, t->offset, "a value is longer than %d bytes",
                    HMI_OPENIOC_VALUE_MAX);
    }
    hm_text value = plain(x, raw);
    if (value.ptr == NULL) {
        return hmi_arena_fail(&x->scratch, x->err);
    }
    HMI_CANON(canon);
    if (!hmi_canon_run(x->term->class_id, value, false, &canon)) {
        return note(x, HMI_NOTE_INFO, t->offset, "a value cannot be read as %s",
                    hmi_class_find((int)x->term->class_id)->label);
    }
    x->taken++;
    x->together += x->all;
    return hmi_emit(x->reading, x->term->class_id, HMI_ROLE_INDICATED, value, t->offset, x->err);
}

static int take_fact(ioc *x, const tag *t)
{
    static const struct {
        const char *element, *fact;
    } FACTS[] = { { "short_description", "report" },
                  { "authored_by", "author" },
                  { "authored_date", "published" },
                  { "published_date", "published" } };
    for (size_t i = 0; i < HMI_COUNT(FACTS); i++) {
        hm_bytes raw = name_is(t, FACTS[i].element) ? content(x) : (hm_bytes){ NULL, 0 };
        if (raw.len > 0 && raw.len <= HMI_OPENIOC_VALUE_MAX) {
            hm_text value = plain(x, raw);
            if (value.ptr == NULL) {
                return hmi_arena_fail(&x->scratch, x->err);
            }
            return value.len > 0 ? hmi_emit_fact(x->reading, FACTS[i].fact, value, x->err) : HM_OK;
        }
    }
    return HM_OK;
}

static int begin(ioc *x, const tag *t)
{
    if (name_is(t, "Indicator")) {
        x->all = value_is(attribute(t, "operator"), "AND");
    } else if (name_is(t, "IndicatorItem")) {
        begin_item(x, t);
    } else if (name_is(t, "Context") && x->in_item) {
        hm_bytes search = attribute(t, "search");
        x->term = hmi_openioc_of_search(hmi_text((const char *)search.ptr, search.len));
    } else if (name_is(t, "Content") && x->in_item && !t->empty) {
        return take_value(x, t);
    } else if (!x->in_item && !t->empty && x->notes_left > 0) {
        return take_fact(x, t);
    }
    return HM_OK;
}

static int read_all(ioc *x)
{
    tag t;
    bool cut = false;
    while (x->items < HMI_OPENIOC_ITEMS_MAX && next_tag(x, &t, &cut)) {
        if (t.closes) {
            x->in_item = x->in_item && !name_is(&t, "IndicatorItem");
            continue;
        }
        HMI_TRY(begin(x, &t));
        hmi_arena_reset(&x->scratch);
    }
    if (cut) {
        HMI_TRY(note(x, HMI_NOTE_DAMAGE, x->file.len, "the document is cut short"));
    }
    if (x->items == 0) {
        return hmi_fail(x->err, HM_E_MALFORMED, 0, "no OpenIOC indicator in it");
    }
    if (x->unknown + x->left_out > 0) {
        HMI_TRY(note(x, HMI_NOTE_INFO, HM_OFFSET_NONE,
                     "%zu items are of terms that have no class here, %zu are negated or patterns: "
                     "not taken",
                     x->unknown, x->left_out));
    }
    return x->together == 0
               ? HM_OK
               : note(x, HMI_NOTE_INFO, HM_OFFSET_NONE,
                      "%zu values are indicators only together with others", x->together);
}

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    hm_bytes head = trim(hmi_slice(file, 0, DETECT_WINDOW));
    if (hmi_starts_with(head, HM_BYTES("\xef\xbb\xbf"))) {
        head = hmi_slice(head, 3, head.len);
    }
    if (head.len == 0 || head.ptr[0] != '<') {
        return 0;
    }
    bool space = hmi_find(head, HM_BYTES("schemas.mandiant.com/2010/ioc")) != HMI_NPOS ||
                 hmi_find(head, HM_BYTES("openioc.org/schemas")) != HMI_NPOS;
    return space ? 95 : hmi_find(head, HM_BYTES("<IndicatorItem")) != HMI_NPOS ? 60 : 0;
}

static int read_openioc(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    ioc x = { .reading = reading, .err = err, .file = file, .notes_left = HMI_OPENIOC_NOTES_MAX };
    hmi_arena_init(&x.scratch, HMI_OPENIOC_SCRATCH_MAX);
    int code = read_all(&x);
    hmi_arena_fini(&x.scratch);
    return code;
}

const hmi_reader hmi_reader_openioc = { "openioc", "OpenIOC 1.0 and 1.1", 1, detect, read_openioc };
