/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_value.c - `Field|modifier|modifier: values` as an expression over atoms.
 *
 * WHY    Modifiers are applied here, once, so that matching knows only a handful of comparisons.
 * FORM   values are joined by OR, by AND with `all`; what a modifier makes of one value (three
 *        Base64 forms, five dashes) is always joined by OR.
 * TRUST  Rules are anybody's: HMI_SIGMA_VALUES_MAX values in one rule. A modifier that is not known
 *        refuses the rule, since guessing would make it fire or keep silent at random.
 * OWNS   Nothing.
 */
#include <stdarg.h>

#include "base/decimal.h"
#include "base/text.h"
#include "detect/sigma_string.h"

enum modifier {
    M_CONTAINS = 1 << 0,
    M_STARTS = 1 << 1,
    M_ENDS = 1 << 2,
    M_ALL = 1 << 3,
    M_RE = 1 << 4,
    M_RE_I = 1 << 5,
    M_RE_M = 1 << 6,
    M_RE_S = 1 << 7,
    M_CIDR = 1 << 8,
    M_BASE64 = 1 << 9,
    M_BASE64OFFSET = 1 << 10,
    M_UTF16LE = 1 << 11,
    M_UTF16BE = 1 << 12,
    M_UTF16 = 1 << 13,
    M_WINDASH = 1 << 14,
    M_EXPAND = 1 << 15,
    M_EXISTS = 1 << 16,
    M_FIELDREF = 1 << 17,
    M_CASED = 1 << 18,
    M_GT = 1 << 19,
    M_GTE = 1 << 20,
    M_LT = 1 << 21,
    M_LTE = 1 << 22,
    M_NEQ = 1 << 23
};

static const struct known {
    const char *name;
    unsigned bit;
} MODIFIERS[] = {
    { "contains", M_CONTAINS },
    { "startswith", M_STARTS },
    { "endswith", M_ENDS },
    { "all", M_ALL },
    { "re", M_RE },
    { "i", M_RE_I },
    { "ignorecase", M_RE_I },
    { "m", M_RE_M },
    { "multiline", M_RE_M },
    { "s", M_RE_S },
    { "dotall", M_RE_S },
    { "cidr", M_CIDR },
    { "base64", M_BASE64 },
    { "base64offset", M_BASE64OFFSET },
    { "wide", M_UTF16LE },
    { "utf16le", M_UTF16LE },
    { "utf16be", M_UTF16BE },
    { "utf16", M_UTF16 },
    { "windash", M_WINDASH },
    { "expand", M_EXPAND },
    { "exists", M_EXISTS },
    { "fieldref", M_FIELDREF },
    { "cased", M_CASED },
    { "gt", M_GT },
    { "gte", M_GTE },
    { "lt", M_LT },
    { "lte", M_LTE },
    { "neq", M_NEQ },
};

typedef struct item {
    hmi_sigma_reading *r;
    uint32_t field;
    unsigned mods;
    const hmi_yaml *at; /* the value in hand */
} item;

int hmi_sigma_refuse(hmi_sigma_reading *r, int code, const hmi_yaml *at, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return hmi_fail(r->err, code, at->line, "line %u: %s", at->line, text);
}

static int no_memory(const item *it)
{
    return hmi_arena_fail(&it->r->set->arena, it->r->err);
}

static int add_atom(item *it, const hmi_sigma_atom *like, hmi_sigma_expr *parent)
{
    hmi_sigma *set = it->r->set;
    hmi_sigma_expr *leaf = hmi_sigma_expr_new(set, HMI_SIGMA_ATOM);
    if (leaf == NULL) {
        return no_memory(it);
    }
    if (++it->r->values > HMI_SIGMA_VALUES_MAX) {
        return hmi_sigma_refuse(it->r, HM_E_LIMIT, it->at, "more than %d values in one rule",
                                HMI_SIGMA_VALUES_MAX);
    }
    HMI_TRY(hmi_sigma_atom_number(set, like, &leaf->atom, it->r->err));
    return hmi_sigma_expr_add(set, parent, leaf, it->r->err);
}

static int add_regex(item *it, hmi_sigma_atom *atom, hm_text text, hmi_sigma_expr *parent)
{
    hm_err why;
    atom->text = text;
    int code = hmi_regex_compile(&it->r->set->arena, text, atom->regex_flags, &atom->regex, &why);
    if (code != HM_OK) {
        return hmi_sigma_refuse(it->r, code, it->at, "%s", why.text);
    }
    return add_atom(it, atom, parent);
}

/* A string whose modifiers are done: which comparison is it? */
static int add_string(item *it, hmi_sigma_string s, hmi_sigma_expr *parent)
{
    hmi_arena *arena = &it->r->set->arena;
    hmi_sigma_atom atom = { .field = it->field, .cased = (it->mods & M_CASED) != 0 };
    bool any = it->field == 0; /* keywords: anywhere in the value */
    bool open_left = (it->mods & (M_CONTAINS | M_ENDS)) != 0 || any;
    bool open_right = (it->mods & (M_CONTAINS | M_STARTS)) != 0 || any;
    while (s.len > 0 && s.wild[0] == '*') {
        open_left = true;
        s.text++;
        s.wild++;
        s.len--;
    }
    while (s.len > 0 && s.wild[s.len - 1] == '*') {
        open_right = true;
        s.len--;
    }
    if (hmi_sigma_string_is_wild(&s)) {
        hmi_sigma_string star = hmi_sigma_string_read(arena, HM_TEXT("*")), none = { .len = 0 };
        s = hmi_sigma_string_join(arena, open_left ? star : none, s, open_right ? star : none);
        hm_text regex = s.text != NULL ? hmi_sigma_string_regex(arena, s) : (hm_text){ NULL, 0 };
        atom.test = HMI_SIGMA_GLOB;
        atom.regex_flags = atom.cased ? 0 : HMI_REGEX_IGNORE_CASE;
        return regex.ptr != NULL ? add_regex(it, &atom, regex, parent) : no_memory(it);
    }
    atom.test = open_left ? (open_right ? HMI_SIGMA_CONTAINS : HMI_SIGMA_ENDS)
                          : (open_right ? HMI_SIGMA_STARTS : HMI_SIGMA_IS);
    atom.text = hmi_text(s.text, s.len);
    if (!atom.cased) {
        atom.text = hmi_sigma_fold(arena, atom.text);
    }
    return atom.text.ptr != NULL ? add_atom(it, &atom, parent) : no_memory(it);
}

/* base64, base64offset: of bytes in any encoding. */
static int add_encoded(item *it, hmi_sigma_string s, hmi_sigma_expr *parent)
{
    hmi_arena *arena = &it->r->set->arena;
    unsigned encoded = it->mods & (M_UTF16LE | M_UTF16BE | M_UTF16);
    if (hmi_sigma_string_is_wild(&s) && (it->mods & (M_BASE64 | M_BASE64OFFSET)) != 0) {
        return hmi_sigma_refuse(it->r, HM_E_UNSUPPORTED, it->at,
                                "wildcards cannot be encoded in Base64");
    }
    if (encoded != 0) {
        s = hmi_sigma_string_utf16(arena, s, encoded == M_UTF16BE, encoded == M_UTF16);
    }
    if (s.text == NULL) {
        return no_memory(it);
    }
    if ((it->mods & M_BASE64OFFSET) != 0) {
        for (int shift = 0; shift < 3; shift++) {
            hmi_sigma_string part = hmi_sigma_string_base64(arena, s, shift);
            if (part.text == NULL) {
                return no_memory(it);
            }
            HMI_TRY(add_string(it, part, parent));
        }
        return HM_OK;
    }
    if ((it->mods & M_BASE64) != 0) {
        s = hmi_sigma_string_base64(arena, s, -1);
    }
    return s.text != NULL ? add_string(it, s, parent) : no_memory(it);
}

static int add_dashed(item *it, hmi_sigma_string s, hmi_sigma_expr *parent)
{
    size_t ways = 1;
    if ((it->mods & M_WINDASH) == 0) {
        return add_encoded(it, s, parent);
    }
    for (size_t i = 0; i < ways; i++) {
        hmi_sigma_string one = hmi_sigma_string_dashes(&it->r->set->arena, s, i, &ways);
        if (one.text == NULL) {
            return no_memory(it);
        }
        HMI_TRY(add_encoded(it, one, parent));
    }
    return HM_OK;
}

/* %name% with each of its values; one placeholder a value, as rules write it. */
static int add_expanded(item *it, hm_text text, hmi_sigma_expr *parent)
{
    hmi_sigma *set = it->r->set;
    size_t begin = hmi_find_byte(hmi_text_bytes(text), '%');
    hm_text rest = hmi_text_slice(text, begin == HMI_NPOS ? text.len : begin + 1, text.len);
    size_t end = hmi_find_byte(hmi_text_bytes(rest), '%');
    if ((it->mods & M_EXPAND) == 0 || end == HMI_NPOS || rest.len == 0) {
        return add_dashed(it, hmi_sigma_string_read(&set->arena, text), parent);
    }
    hm_text name = hmi_text_slice(rest, 0, end), behind = hmi_text_slice(rest, end + 1, rest.len);
    size_t found = 0;
    for (size_t i = 0; i < set->expansion_count; i++) {
        if (hmi_text_eq(set->expansions[i].name, name)) {
            hmi_sigma_string s = hmi_sigma_string_join(
                &set->arena, hmi_sigma_string_read(&set->arena, hmi_text_slice(text, 0, begin)),
                hmi_sigma_string_read(&set->arena, set->expansions[i].value),
                hmi_sigma_string_read(&set->arena, behind));
            found++;
            HMI_TRY(s.text != NULL ? add_dashed(it, s, parent) : no_memory(it));
        }
    }
    if (found > 0) {
        return HM_OK;
    }
    it->r->waits = true;
    hmi_sigma_atom never = { .field = it->field, .test = HMI_SIGMA_NEVER };
    return add_atom(it, &never, parent);
}

static int add_number(item *it, hmi_sigma_expr *parent)
{
    hmi_sigma_atom atom = { .field = it->field };
    hm_text text = it->at->text;
    atom.test = (it->mods & M_GT) != 0    ? HMI_SIGMA_GREATER
                : (it->mods & M_GTE) != 0 ? HMI_SIGMA_GREATER_EQUAL
                : (it->mods & M_LT) != 0  ? HMI_SIGMA_LESS
                                          : HMI_SIGMA_LESS_EQUAL;
    if (!hmi_decimal_read(text.ptr, text.len, &atom.number)) {
        return hmi_sigma_refuse(it->r, HM_E_MALFORMED, it->at, "gt, gte, lt, lte need a number");
    }
    return add_atom(it, &atom, parent);
}

static int add_cidr(item *it, hmi_sigma_expr *parent)
{
    hmi_sigma_atom atom = { .field = it->field, .test = HMI_SIGMA_CIDR, .text = it->at->text };
    if (!hmi_range_parse(it->at->text, &atom.base, &atom.bits)) {
        atom.bits = 128;
        if (!hmi_address_parse(it->at->text, &atom.base)) {
            return hmi_sigma_refuse(it->r, HM_E_MALFORMED, it->at, "cidr without a network");
        }
    }
    return add_atom(it, &atom, parent);
}

static int add_fieldref(item *it, hmi_sigma_expr *parent)
{
    hmi_sigma_atom atom = { .field = it->field,
                            .test = HMI_SIGMA_FIELDREF,
                            .how = HMI_SIGMA_IS,
                            .cased = (it->mods & M_CASED) != 0 };
    if (it->mods & (M_CONTAINS | M_STARTS | M_ENDS)) {
        atom.how = it->mods & M_CONTAINS ? HMI_SIGMA_CONTAINS
                   : it->mods & M_STARTS ? HMI_SIGMA_STARTS
                                         : HMI_SIGMA_ENDS;
    }
    atom.other_field = hmi_sigma_field_number(it->r->set, it->at->text);
    return atom.other_field != UINT32_MAX ? add_atom(it, &atom, parent) : no_memory(it);
}

static int add_exists(item *it, hmi_sigma_expr *parent)
{
    hmi_sigma_atom atom = { .field = it->field, .test = HMI_SIGMA_EXISTS };
    hmi_sigma_expr *not = hmi_sigma_expr_new(it->r->set, HMI_SIGMA_NOT);
    bool yes =
        hmi_text_ieq(it->at->text, HM_TEXT("true")) || hmi_text_ieq(it->at->text, HM_TEXT("yes"));
    if (!yes && !hmi_text_ieq(it->at->text, HM_TEXT("false")) &&
        !hmi_text_ieq(it->at->text, HM_TEXT("no"))) {
        return hmi_sigma_refuse(it->r, HM_E_MALFORMED, it->at, "exists is neither true nor false");
    }
    if (yes) {
        return add_atom(it, &atom, parent);
    }
    if (not == NULL) {
        return no_memory(it);
    }
    HMI_TRY(add_atom(it, &atom, not ));
    return hmi_sigma_expr_add(it->r->set, parent, not, it->r->err);
}

static int add_value(item *it, hmi_sigma_expr *parent)
{
    if (it->at->kind != HMI_YAML_SCALAR) {
        return hmi_sigma_refuse(it->r, HM_E_MALFORMED, it->at, "a value that is a list or a map");
    }
    if (hmi_yaml_is_null(it->at)) {
        hmi_sigma_atom null = { .field = it->field, .test = HMI_SIGMA_NULL };
        return add_atom(it, &null, parent);
    }
    if ((it->mods & M_RE) != 0) {
        hmi_sigma_atom atom = { .field = it->field, .test = HMI_SIGMA_REGEX, .cased = true };
        atom.regex_flags = (uint8_t)((it->mods & M_RE_I ? HMI_REGEX_IGNORE_CASE : 0) |
                                     (it->mods & M_RE_M ? HMI_REGEX_MULTILINE : 0) |
                                     (it->mods & M_RE_S ? HMI_REGEX_DOT_ALL : 0));
        return add_regex(it, &atom, it->at->text, parent);
    }
    if ((it->mods & M_CIDR) != 0) {
        return add_cidr(it, parent);
    }
    if ((it->mods & M_FIELDREF) != 0) {
        return add_fieldref(it, parent);
    }
    if ((it->mods & M_EXISTS) != 0) {
        return add_exists(it, parent);
    }
    if ((it->mods & (M_GT | M_GTE | M_LT | M_LTE)) != 0) {
        return add_number(it, parent);
    }
    return add_expanded(it, it->at->text, parent);
}

static int read_key(item *it, const hmi_yaml *yaml)
{
    hm_text rest = yaml->key.ptr != NULL ? yaml->key : (hm_text){ "", 0 }, part, name = rest;
    for (bool first = true; hmi_split(&rest, '|', &part); first = false) {
        unsigned bit = 0;
        if (first) {
            name = part;
            continue;
        }
        for (size_t i = 0; i < HMI_COUNT(MODIFIERS); i++) {
            bit |= hmi_text_is(part, MODIFIERS[i].name) ? MODIFIERS[i].bit : 0;
        }
        if (bit == 0) {
            hm_text safe = hmi_text_safe(&it->r->set->scratch, hmi_text_bytes(part), 40);
            return hmi_sigma_refuse(it->r, HM_E_UNSUPPORTED, yaml, "modifier \"%.*s\" is not known",
                                    safe.ptr ? (int)safe.len : 0, safe.ptr ? safe.ptr : "");
        }
        it->mods |= bit;
    }
    it->field = name.len == 0 ? 0 : hmi_sigma_field_number(it->r->set, name);
    return it->field != UINT32_MAX ? HM_OK : no_memory(it);
}

/* One of several values: what it becomes, by OR. */
static int add_one(item *it, const hmi_yaml *value, hmi_sigma_expr *parent)
{
    it->at = value;
    if ((it->mods & M_ALL) == 0) {
        return add_value(it, parent);
    }
    hmi_sigma_expr *either = hmi_sigma_expr_new(it->r->set, HMI_SIGMA_OR);
    if (either == NULL) {
        return no_memory(it);
    }
    HMI_TRY(add_value(it, either));
    return hmi_sigma_expr_add(it->r->set, parent, either, it->r->err);
}

int hmi_sigma_read_item(hmi_sigma_reading *r, const hmi_yaml *yaml, hmi_sigma_expr **ret)
{
    item it = { .r = r, .at = yaml };
    HMI_TRY(read_key(&it, yaml));
    hmi_sigma_expr *expr =
        hmi_sigma_expr_new(r->set, it.mods & M_ALL ? HMI_SIGMA_AND : HMI_SIGMA_OR);
    if (expr == NULL) {
        return no_memory(&it);
    }
    if (yaml->kind == HMI_YAML_MAP) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, yaml, "a field's value is a map");
    }
    if (yaml->kind == HMI_YAML_SCALAR) {
        HMI_TRY(add_one(&it, yaml, expr));
    }
    for (const hmi_yaml *v = yaml->kind == HMI_YAML_LIST ? yaml->first : NULL; v != NULL;
         v = v->next) {
        HMI_TRY(add_one(&it, v, expr));
    }
    if (expr->count == 0) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, yaml, "a field without values");
    }
    *ret = expr;
    if ((it.mods & M_NEQ) != 0) {
        *ret = hmi_sigma_expr_new(r->set, HMI_SIGMA_NOT);
        return *ret != NULL ? hmi_sigma_expr_add(r->set, *ret, expr, r->err) : no_memory(&it);
    }
    return HM_OK;
}
