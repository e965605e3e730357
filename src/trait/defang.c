/* SPDX-License-Identifier: Apache-2.0
 *
 * defang.c - undoes the spellings that keep people from clicking on an indicator.
 *
 * WHY    Reports write hxxps://evil[.]example and name(at)evil[dot]example.
 * FORM   One pass from left to right over the table below; the scheme by itself. There is no
 *        standard: the rows are what reports do, each between brackets that no host may hold.
 * TRUST  Hostile text. Each replacement is shorter than what it replaces, so the output fits
 *        whenever the input does.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

typedef struct spelling {
    hm_text fanged, plain;
} spelling;

/* Longer spellings before their own beginnings. */
static const spelling SPELLINGS[] = {
    { HM_TEXT_INIT("[://]"), HM_TEXT_INIT("://") }, { HM_TEXT_INIT("[:]//"), HM_TEXT_INIT("://") },
    { HM_TEXT_INIT("[:]"), HM_TEXT_INIT(":") },     { HM_TEXT_INIT("[/]"), HM_TEXT_INIT("/") },
    { HM_TEXT_INIT("[.]"), HM_TEXT_INIT(".") },     { HM_TEXT_INIT("(.)"), HM_TEXT_INIT(".") },
    { HM_TEXT_INIT("{.}"), HM_TEXT_INIT(".") },     { HM_TEXT_INIT("<.>"), HM_TEXT_INIT(".") },
    { HM_TEXT_INIT("[dot]"), HM_TEXT_INIT(".") },   { HM_TEXT_INIT("(dot)"), HM_TEXT_INIT(".") },
    { HM_TEXT_INIT("{dot}"), HM_TEXT_INIT(".") },   { HM_TEXT_INIT("[punkt]"), HM_TEXT_INIT(".") },
    { HM_TEXT_INIT("[."), HM_TEXT_INIT(".") },      { HM_TEXT_INIT(".]"), HM_TEXT_INIT(".") },
    { HM_TEXT_INIT("\\."), HM_TEXT_INIT(".") },     { HM_TEXT_INIT("[@]"), HM_TEXT_INIT("@") },
    { HM_TEXT_INIT("(@)"), HM_TEXT_INIT("@") },     { HM_TEXT_INIT("{@}"), HM_TEXT_INIT("@") },
    { HM_TEXT_INIT("[at]"), HM_TEXT_INIT("@") },    { HM_TEXT_INIT("(at)"), HM_TEXT_INIT("@") },
    { HM_TEXT_INIT("{at}"), HM_TEXT_INIT("@") },
};

static const spelling SCHEMES[] = {
    { HM_TEXT_INIT("hxxps"), HM_TEXT_INIT("https") },
    { HM_TEXT_INIT("hxxp"), HM_TEXT_INIT("http") },
    { HM_TEXT_INIT("h**ps"), HM_TEXT_INIT("https") },
    { HM_TEXT_INIT("h**p"), HM_TEXT_INIT("http") },
    { HM_TEXT_INIT("htxps"), HM_TEXT_INIT("https") },
    { HM_TEXT_INIT("htxp"), HM_TEXT_INIT("http") },
    { HM_TEXT_INIT("fxp"), HM_TEXT_INIT("ftp") },
};

static const spelling *find_spelling(const spelling *rows, size_t count, hm_text at)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_istarts(at, rows[i].fanged)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Only in front of a colon, plain or bracketed: "hxxp.com" is a name of its own. */
static const spelling *find_scheme(hm_text raw)
{
    const spelling *scheme = find_spelling(SCHEMES, HMI_COUNT(SCHEMES), raw);
    if (scheme == NULL) {
        return NULL;
    }
    hm_text rest = hmi_text_slice(raw, scheme->fanged.len, 2);
    bool colon = rest.len > 0 && (rest.ptr[0] == ':' || hmi_text_is(rest, "[:"));
    return colon ? scheme : NULL;
}

size_t hmi_refang_one(hm_text at, hm_text *ret_plain)
{
    char c = at.len > 0 ? at.ptr[0] : ' ';
    if (c != '[' && c != '(' && c != '{' && c != '<' && c != '\\' && c != '.') {
        return 0;
    }
    const spelling *row = find_spelling(SPELLINGS, HMI_COUNT(SPELLINGS), at);
    if (row == NULL) {
        return 0;
    }
    *ret_plain = row->plain;
    return row->fanged.len;
}

/* Hardly any value of a feed is written so; most are copied whole. */
static bool may_have_fangs(hm_text raw)
{
    static const bool MARKS[256] = {
        ['['] = true, [']'] = true, ['('] = true, ['{'] = true, ['<'] = true, ['\\'] = true
    };
    bool any = false;
    for (size_t i = 0; i < raw.len; i++) {
        any |= MARKS[(uint8_t)raw.ptr[i]];
    }
    return any;
}

bool hmi_refang(hm_text raw, hmi_canon *out)
{
    const spelling *scheme = find_scheme(raw);
    if (scheme == NULL && !may_have_fangs(raw)) {
        hmi_canon_add(out, raw);
        return !out->full;
    }
    size_t pos = 0;
    if (scheme != NULL) {
        hmi_canon_add(out, scheme->plain);
        pos = scheme->fanged.len;
    }
    while (pos < raw.len) {
        hm_text plain;
        size_t used = hmi_refang_one(hmi_text_slice(raw, pos, 8), &plain);
        hmi_canon_add(out, used > 0 ? plain : hmi_text(&raw.ptr[pos], 1));
        pos += used > 0 ? used : 1;
    }
    return !out->full;
}
