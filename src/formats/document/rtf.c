/* SPDX-License-Identifier: Apache-2.0
 *
 * rtf.c - RTF documents: embedded objects, links that load themselves, who wrote them.
 *
 * WHY    An object in RTF is a file in hexadecimal digits, and a template named in RTF is fetched
 *        when the document is opened.
 * FORM   RTF 1.9.1: "{" and "}" are groups, "\word-12 " controls, "\'8e" bytes, "\*" marks a group
 *        that may be passed over. Objects: \objclass text, \objdata digits of an OLE 1.0 stream:
 *        version u32, kind u32 (1 linked, 2 embedded), class, topic, item (u32 length and bytes
 *        each), then u32 length and native data. \fldinst, \template, \generator, \info texts,
 *        \rsidroot: the number drawn when the document was begun.
 * TRUST  None. Digits are taken as Word takes them: whatever is no digit is passed over, nested
 *        groups and controls too. 1. Groups deeper than HMI_RTF_DEPTH_MAX keep what was outside.
 *        2. All objects together are no larger than the file.
 * OWNS   The buffers of one text and one object.
 */
#include "base/cursor.h"
#include "base/error.h"
#include "base/text.h"
#include "formats/document/ole/ole.h"
#include "formats/parts.h"
#include "formats/reader.h"
#include "formats/scan/observables.h"

enum {
    HMI_RTF_DEPTH_MAX = 1024,
    HMI_RTF_TEXT_MAX = 8192,
    HMI_RTF_WORD_MAX = 32,
    HMI_RTF_TEMPLATES_MAX = 16,
    SCRATCH_MAX = 1 << 20
};

/* What the text of a group is. */
typedef enum rtf_use {
    USE_TEXT,
    USE_OBJECT,
    USE_CLASS,
    USE_FIELD,
    USE_TEMPLATE,
    USE_GENERATOR,
    USE_TITLE,
    USE_AUTHOR,
    USE_OPERATOR,
    USE_COMPANY,
    USE_CREATED,
    USE_REVISED,
    USE_COUNT
} rtf_use;

static const struct {
    hm_text word;
    rtf_use use;
} USES[] = {
    { HM_TEXT_INIT("objdata"), USE_OBJECT },      { HM_TEXT_INIT("objclass"), USE_CLASS },
    { HM_TEXT_INIT("fldinst"), USE_FIELD },       { HM_TEXT_INIT("template"), USE_TEMPLATE },
    { HM_TEXT_INIT("generator"), USE_GENERATOR }, { HM_TEXT_INIT("title"), USE_TITLE },
    { HM_TEXT_INIT("author"), USE_AUTHOR },       { HM_TEXT_INIT("operator"), USE_OPERATOR },
    { HM_TEXT_INIT("company"), USE_COMPANY },     { HM_TEXT_INIT("creatim"), USE_CREATED },
    { HM_TEXT_INIT("revtim"), USE_REVISED },
};

static const char *const KEYS[USE_COUNT] = {
    [USE_GENERATOR] = "application", [USE_TITLE] = "title",     [USE_AUTHOR] = "author",
    [USE_OPERATOR] = "modified-by",  [USE_COMPANY] = "company", [USE_CREATED] = "created",
    [USE_REVISED] = "modified",
};

typedef struct rtf {
    hmi_reading *reading;
    hm_bytes file;
    hmi_parts parts;
    size_t pos;
    uint8_t uses[HMI_RTF_DEPTH_MAX];
    size_t depth; /* may be larger than the stack */
    hmi_buf text, object;
    size_t text_at, object_at;
    int high; /* the first of two digits, -1 */
    hmi_civil moment;
    hmi_arena scratch; /* emptied with each text */
    unsigned objects, links, fields, updates;
} rtf;

static int detect_rtf(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    size_t i = 0;
    while (i < file.len && i < 64 && file.ptr[i] <= ' ') {
        i++;
    }
    return hmi_starts_with(hmi_slice(file, i, 8), HM_BYTES("{\\rt")) ? 95 : 0;
}

static rtf_use use_now(const rtf *r)
{
    return r->depth == 0 ? USE_TEXT : (rtf_use)r->uses[hmi_min(r->depth, HMI_RTF_DEPTH_MAX) - 1];
}

/* ---- Objects */

static hm_bytes counted(hmi_cur *cur)
{
    uint32_t len = hmi_cur_u32(cur);
    hm_bytes text = hmi_cur_bytes(cur, len);
    return hmi_slice(text, 0, hmi_find_byte(text, 0));
}

static int give_object(rtf *r, hm_err *err)
{
    hm_bytes raw = hmi_buf_bytes(&r->object);
    hmi_cur cur = hmi_cur_over(raw);
    hmi_cur_skip(&cur, 4);
    uint32_t kind = hmi_cur_u32(&cur);
    hm_bytes class_name = counted(&cur), topic = counted(&cur);
    (void)counted(&cur);
    r->objects++;
    if (cur.bad || (kind != 1 && kind != 2)) {
        return hmi_parts_givef(&r->parts, raw, r->object_at, err, "object-%u", r->objects);
    }
    HMI_TRY(hmi_property(&r->parts, "object-class", class_name, r->object_at, err));
    if (kind == 1) {
        if (r->links++ == 0) {
            HMI_TRY(hmi_emit_note(r->reading, HMI_NOTE_ODD, HM_OK, r->object_at, err,
                                  "a linked object is loaded when the document is opened"));
        }
        return hmi_scan_text_step(r->reading, topic, r->object_at, 0, HMI_ROLE_CONTENT, err);
    }
    uint32_t len = hmi_cur_u32(&cur);
    hm_bytes native = hmi_slice(raw, cur.pos, len);
    if (hmi_bytes_eq(class_name, HM_BYTES("Package"))) {
        return hmi_package_give(&r->parts, native, r->object_at, err);
    }
    return hmi_parts_givef(&r->parts, native, r->object_at, err, "object-%u", r->objects);
}

static void take_digit(rtf *r, uint8_t c)
{
    int digit = hmi_hex_digit((char)c);
    if (digit < 0) {
        return;
    }
    if (r->high < 0) {
        r->high = digit;
        return;
    }
    hmi_buf_add_u8(&r->object, (uint8_t)(r->high << 4 | digit));
    r->high = -1;
}

/* ---- Texts */

static int give_field(rtf *r, hm_text text, hm_err *err)
{
    static const hm_text LOADING[] = { HM_TEXT_INIT("DDE"), HM_TEXT_INIT("INCLUDE"),
                                       HM_TEXT_INIT("LINK") };
    hm_text trimmed = hmi_text_trim(text);
    for (size_t i = 0; i < HMI_COUNT(LOADING); i++) {
        if (hmi_text_istarts(trimmed, LOADING[i])) {
            HMI_TRY(
                hmi_emit(r->reading, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, trimmed, r->text_at, err));
            if (r->fields++ == 0) {
                HMI_TRY(hmi_emit_note(r->reading, HMI_NOTE_ODD, HM_OK, r->text_at, err,
                                      "a field loads or starts something (first of such)"));
            }
        }
    }
    return hmi_scan_text_step(r->reading, hmi_text_bytes(text), r->text_at, 0, HMI_ROLE_CONTENT,
                              err);
}

static int give_text(rtf *r, rtf_use use, hm_err *err)
{
    hm_bytes raw = hmi_buf_bytes(&r->text);
    hmi_arena_reset(&r->scratch);
    hm_text text = hmi_text_lossy(&r->scratch, raw);
    if (text.ptr == NULL && raw.len > 0) {
        return hmi_arena_fail(&r->scratch, err);
    }
    int64_t us;
    switch (use) {
    case USE_FIELD:
        return give_field(r, text, err);
    case USE_TEMPLATE:
        if (r->links++ < HMI_RTF_TEMPLATES_MAX &&
            (hmi_find(raw, HM_BYTES("//")) != HMI_NPOS || hmi_starts_with(raw, HM_BYTES("\\\\")))) {
            HMI_TRY(hmi_emit_note(r->reading, HMI_NOTE_ODD, HM_OK, r->text_at, err,
                                  "the template is fetched from elsewhere"));
            HMI_TRY(hmi_emit(r->reading, HMI_TECHNIQUE, HMI_ROLE_CONTENT, HM_TEXT("T1221"),
                             r->text_at, err));
        }
        HMI_TRY(hmi_property(&r->parts, "template", raw, r->text_at, err));
        return hmi_scan_text_step(r->reading, raw, r->text_at, 0, HMI_ROLE_CONTENT, err);
    case USE_CREATED:
    case USE_REVISED:
        return hmi_civil_to_us(&r->moment, 0, &us)
                   ? hmi_property_time(&r->parts, KEYS[use], us, r->text_at, err)
                   : HM_OK;
    case USE_TEXT:
    case USE_OBJECT:
    case USE_CLASS:
    case USE_COUNT:
        return HM_OK;
    default:
        break;
    }
    while (raw.len > 0 && raw.ptr[raw.len - 1] == ';') {
        raw.len--;
    }
    return hmi_property(&r->parts, KEYS[use], raw, r->text_at, err);
}

static int group_ends(rtf *r, hm_err *err)
{
    rtf_use use = use_now(r);
    r->depth -= r->depth > 0;
    if (use == USE_TEXT || use == use_now(r)) {
        return HM_OK; /* a group inside the group */
    }
    int code = use == USE_OBJECT ? (r->object.len > 0 ? give_object(r, err) : HM_OK)
                                 : give_text(r, use, err);
    hmi_buf_clear(&r->text);
    hmi_buf_clear(&r->object);
    return code;
}

static void group_means(rtf *r, rtf_use use)
{
    if (r->depth == 0 || r->depth > HMI_RTF_DEPTH_MAX) {
        return;
    }
    r->uses[r->depth - 1] = (uint8_t)use;
    hmi_buf_clear(&r->text);
    r->text_at = r->pos;
    r->moment = (hmi_civil){ .year = 0 };
    if (use == USE_OBJECT) {
        hmi_buf_clear(&r->object);
        r->object_at = r->pos;
        r->high = -1;
    }
}

/* ---- Controls */

static int control_number(rtf *r, hm_text word, int64_t number, hm_err *err)
{
    hmi_civil *m = &r->moment;
    static const char *const PARTS[] = { "yr", "mo", "dy", "hr", "min", "sec" };
    uint8_t *const fields[] = { NULL, &m->month, &m->day, &m->hour, &m->minute, &m->second };
    if (hmi_text_is(word, "rsidroot")) {
        char text[24];
        (void)snprintf(text, sizeof(text), "%08llx", (unsigned long long)number & 0xffffffff);
        return hmi_property(&r->parts, "rsid-root", hmi_bytes(text, 8), r->pos, err);
    }
    for (size_t i = 0; i < HMI_COUNT(PARTS); i++) {
        if (hmi_text_is(word, PARTS[i]) && number >= 0 && number < 10000) {
            if (i == 0) {
                m->year = (int32_t)number;
            } else {
                *fields[i] = (uint8_t)(number < 256 ? number : 255);
            }
        }
    }
    return HM_OK;
}

static int bin_control(rtf *r, int64_t number)
{
    size_t len = number < 0 ? 0 : (size_t)number;
    hm_bytes raw = hmi_slice(r->file, r->pos, len);
    if (use_now(r) == USE_OBJECT) {
        hmi_buf_add(&r->object, raw);
    }
    r->pos += raw.len;
    return HM_OK;
}

static int word_control(rtf *r, hm_err *err)
{
    char word[HMI_RTF_WORD_MAX];
    size_t len = 0;
    const uint8_t *p = r->file.ptr;
    while (r->pos < r->file.len && hmi_ascii_alpha((char)p[r->pos])) {
        if (len < sizeof(word)) {
            word[len++] = (char)p[r->pos];
        }
        r->pos++;
    }
    bool negative = r->pos < r->file.len && p[r->pos] == '-';
    int64_t number = 0;
    bool numbered = false;
    r->pos += negative;
    for (unsigned n = 0; r->pos < r->file.len && hmi_ascii_digit((char)p[r->pos]); r->pos++) {
        number = n++ < 12 ? number * 10 + (p[r->pos] - '0') : number;
        numbered = true;
    }
    number = negative ? -number : number;
    r->pos += r->pos < r->file.len && p[r->pos] == ' ';
    hm_text name = hmi_text(word, len);
    if (hmi_text_is(name, "bin")) {
        return bin_control(r, number);
    }
    if (hmi_text_is(name, "u") && numbered && use_now(r) != USE_TEXT) {
        hmi_buf_add_utf8(&r->text, (uint32_t)(number < 0 ? number + 65536 : number) & 0x1fffff);
        r->pos += r->pos < r->file.len && p[r->pos] == '?';
    }
    if (numbered) {
        return control_number(r, name, number, err);
    }
    for (size_t i = 0; i < HMI_COUNT(USES); i++) {
        if (hmi_text_eq(name, USES[i].word)) {
            group_means(r, USES[i].use);
        }
    }
    return hmi_text_is(name, "objupdate") && r->updates++ == 0
               ? hmi_emit_note(r->reading, HMI_NOTE_ODD, HM_OK, r->pos, err,
                               "an object is loaded without being asked for")
               : HM_OK;
}

static int control(rtf *r, hm_err *err)
{
    if (r->pos >= r->file.len) {
        return HM_OK;
    }
    uint8_t c = r->file.ptr[r->pos];
    if (hmi_ascii_alpha((char)c)) {
        return word_control(r, err);
    }
    r->pos++;
    if (c == '\'') {
        uint8_t byte;
        hm_bytes digits = hmi_slice(r->file, r->pos, 2);
        r->pos += digits.len;
        int high = digits.len == 2 ? hmi_hex_digit((char)digits.ptr[0]) : -1;
        int low = digits.len == 2 ? hmi_hex_digit((char)digits.ptr[1]) : -1;
        byte = high >= 0 && low >= 0 ? (uint8_t)(high << 4 | low) : '?';
        if (use_now(r) != USE_TEXT && use_now(r) != USE_OBJECT) {
            hmi_buf_add_u8(&r->text, byte);
        }
    } else if ((c == '\\' || c == '{' || c == '}') && use_now(r) != USE_TEXT) {
        hmi_buf_add_u8(&r->text, c);
    }
    return HM_OK;
}

static int walk(rtf *r, hm_err *err)
{
    while (r->pos < r->file.len) {
        uint8_t c = r->file.ptr[r->pos++];
        rtf_use use = use_now(r);
        if (c == '{') {
            r->depth++;
            if (r->depth <= HMI_RTF_DEPTH_MAX) {
                r->uses[r->depth - 1] = (uint8_t)use;
            }
        } else if (c == '}') {
            HMI_TRY(group_ends(r, err));
        } else if (c == '\\') {
            HMI_TRY(control(r, err));
        } else if (use == USE_OBJECT) {
            take_digit(r, c);
        } else if (use != USE_TEXT && c != '\r' && c != '\n' && r->text.len < HMI_RTF_TEXT_MAX) {
            hmi_buf_add_u8(&r->text, c);
        }
    }
    return r->object.len > 0 ? give_object(r, err) : HM_OK; /* the last group never ended */
}

static int read_rtf(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    if (detect_rtf(file, (hm_bytes){ NULL, 0 }) == 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no mark of an RTF document");
    }
    rtf *r = hmi_new(reading->arena, rtf);
    if (r == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    *r = (rtf){ .reading = reading, .file = file, .high = -1 };
    r->parts = hmi_parts_begin(reading, file);
    hmi_buf_init(&r->text, 4 * (size_t)HMI_RTF_TEXT_MAX);
    hmi_buf_init(&r->object, 0);
    hmi_arena_init(&r->scratch, SCRATCH_MAX);
    int code = walk(r, err);
    hmi_buf_fini(&r->text);
    hmi_buf_fini(&r->object);
    hmi_arena_fini(&r->scratch);
    return code < 0 ? code : hmi_scan_text(reading, file, 0, HMI_ROLE_CONTENT, err);
}

const hmi_reader hmi_reader_rtf = { "rtf", "RTF documents", 1, detect_rtf, read_rtf, true };
