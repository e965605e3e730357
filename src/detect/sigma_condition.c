/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_condition.c - a rule's selections, and the condition over them.
 *
 * FORM   condition := and ("or" and)*
 *        and       := not ("and" not)*
 *        not       := "not" not | "(" condition ")" | ("1"|n|"all"|"any") "of" (name* | "them") |
 * name a list of conditions is their OR TRUST  Rules are anybody's: parentheses and "not" nest to
 * HMI_SIGMA_DEPTH_MAX. OWNS   Nothing.
 */
#include "base/text.h"
#include "detect/sigma_inside.h"

typedef struct named {
    hm_text name;
    hmi_sigma_expr *expr;
} named;

typedef struct condition {
    hmi_sigma_reading *r;
    const hmi_yaml *at;
    hm_text in;
    size_t pos;
    hm_text word; /* empty at the end */
    unsigned depth;
    const named *selections;
    size_t count;
} condition;

static hmi_sigma_expr *new_expr(hmi_sigma_reading *r, hmi_sigma_join join, int *ret_code)
{
    hmi_sigma_expr *expr = hmi_sigma_expr_new(r->set, join);
    *ret_code = expr != NULL ? HM_OK : hmi_arena_fail(&r->set->arena, r->err);
    return expr;
}

/* A map: all of its items. */
static int read_map(hmi_sigma_reading *r, const hmi_yaml *map, hmi_sigma_expr **ret)
{
    int code;
    hmi_sigma_expr *all = new_expr(r, HMI_SIGMA_AND, &code);
    HMI_TRY(code);
    if (map->count == 0) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, map, "a selection that is empty");
    }
    for (const hmi_yaml *item = map->first; item != NULL; item = item->next) {
        hmi_sigma_expr *expr;
        HMI_TRY(hmi_sigma_read_item(r, item, &expr));
        HMI_TRY(hmi_sigma_expr_add(r->set, all, expr, r->err));
    }
    *ret = all;
    return HM_OK;
}

/* A keyword outside of any map is an item without a name. */
static int read_keyword(hmi_sigma_reading *r, const hmi_yaml *scalar, hmi_sigma_expr **ret)
{
    hmi_yaml keyword = *scalar;
    keyword.key = (hm_text){ "", 0 };
    return hmi_sigma_read_item(r, &keyword, ret);
}

static int read_selection(hmi_sigma_reading *r, const hmi_yaml *yaml, hmi_sigma_expr **ret)
{
    int code;
    if (yaml->kind == HMI_YAML_MAP) {
        return read_map(r, yaml, ret);
    }
    if (yaml->kind == HMI_YAML_SCALAR) {
        return read_keyword(r, yaml, ret);
    }
    hmi_sigma_expr *any = new_expr(r, HMI_SIGMA_OR, &code);
    HMI_TRY(code);
    for (const hmi_yaml *v = yaml->first; v != NULL; v = v->next) {
        hmi_sigma_expr *expr;
        if (v->kind == HMI_YAML_LIST) {
            return hmi_sigma_refuse(r, HM_E_MALFORMED, v, "a list in a list");
        }
        HMI_TRY(v->kind == HMI_YAML_MAP ? read_map(r, v, &expr) : read_keyword(r, v, &expr));
        HMI_TRY(hmi_sigma_expr_add(r->set, any, expr, r->err));
    }
    *ret = any;
    return any->count > 0 ? HM_OK
                          : hmi_sigma_refuse(r, HM_E_MALFORMED, yaml, "a selection that is empty");
}

static int refuse(condition *c, int code, const char *what)
{
    hm_text safe = hmi_text_safe(&c->r->set->scratch, hmi_text_bytes(c->word), 40);
    return hmi_sigma_refuse(c->r, code, c->at, "condition: %s%s%.*s", what,
                            safe.len > 0 ? ", at " : "", safe.ptr ? (int)safe.len : 0,
                            safe.ptr ? safe.ptr : "");
}

static void next(condition *c)
{
    static const hm_bytes ENDS = { (const uint8_t *)" \t\r\n()|", 7 };
    while (c->pos < c->in.len &&
           hmi_find_byte(HM_BYTES(" \t\r\n"), (uint8_t)c->in.ptr[c->pos]) != HMI_NPOS) {
        c->pos++;
    }
    size_t start = c->pos;
    if (c->pos < c->in.len && hmi_find_byte(ENDS, (uint8_t)c->in.ptr[c->pos]) != HMI_NPOS) {
        c->pos++;
    } else {
        while (c->pos < c->in.len && hmi_find_byte(ENDS, (uint8_t)c->in.ptr[c->pos]) == HMI_NPOS) {
            c->pos++;
        }
    }
    c->word = hmi_text_slice(c->in, start, c->pos - start);
}

static bool is(const condition *c, const char *word)
{
    return hmi_text_ieq(c->word, hmi_text_of(word));
}

static bool fits(hm_text name, hm_text pattern)
{
    if (hmi_text_is(pattern, "them")) {
        return name.len > 0 && name.ptr[0] != '_';
    }
    size_t star = hmi_find_byte(hmi_text_bytes(pattern), '*');
    if (star == HMI_NPOS) {
        return hmi_text_eq(name, pattern);
    }
    hm_text head = hmi_text_slice(pattern, 0, star),
            tail = hmi_text_slice(pattern, star + 1, SIZE_MAX);
    return name.len >= head.len + tail.len &&
           hmi_starts_with(hmi_text_bytes(name), hmi_text_bytes(head)) &&
           hmi_ends_with(hmi_text_bytes(name), hmi_text_bytes(tail));
}

/* At least `want` of the children, 1 < want < count: one of the ways to choose them. Few are used.
 */
static int choose(condition *c, hmi_sigma_expr *const *from, size_t count, size_t want,
                  hmi_sigma_expr **ret)
{
    enum { CHOICES_MAX = 6 };
    int code;
    hmi_sigma_expr *any = new_expr(c->r, HMI_SIGMA_OR, &code);
    HMI_TRY(code);
    if (count > CHOICES_MAX) {
        return refuse(c, HM_E_LIMIT, "n of more than 6 selections");
    }
    for (unsigned set = 0; set < 1u << count; set++) {
        if ((size_t)__builtin_popcount(set) != want) {
            continue;
        }
        hmi_sigma_expr *all = new_expr(c->r, HMI_SIGMA_AND, &code);
        HMI_TRY(code);
        for (size_t i = 0; i < count; i++) {
            if ((set >> i & 1) != 0) {
                HMI_TRY(hmi_sigma_expr_add(c->r->set, all, from[i], c->r->err));
            }
        }
        HMI_TRY(hmi_sigma_expr_add(c->r->set, any, all, c->r->err));
    }
    *ret = any;
    return HM_OK;
}

static int read_of(condition *c, size_t want, hmi_sigma_expr **ret)
{
    int code;
    next(c); /* of */
    next(c);
    hm_text pattern = c->word;
    hmi_sigma_expr *join = new_expr(c->r, want == 1 ? HMI_SIGMA_OR : HMI_SIGMA_AND, &code);
    HMI_TRY(code);
    for (size_t i = 0; i < c->count; i++) {
        if (fits(c->selections[i].name, pattern)) {
            HMI_TRY(hmi_sigma_expr_add(c->r->set, join, c->selections[i].expr, c->r->err));
        }
    }
    if (join->count == 0 || (want != SIZE_MAX && want > join->count)) {
        return refuse(c, HM_E_MALFORMED, "no such selections");
    }
    next(c);
    *ret = join;
    return want > 1 && want < join->count ? choose(c, join->children, join->count, want, ret)
                                          : HM_OK;
}

static bool next_is_of(const condition *c)
{
    condition ahead = *c;
    next(&ahead);
    return is(&ahead, "of");
}

static int read_or(condition *c, hmi_sigma_expr **ret);

static int read_not(condition *c, hmi_sigma_expr **ret)
{
    int code;
    if (c->depth >= HMI_SIGMA_DEPTH_MAX) {
        return refuse(c, HM_E_LIMIT, "nested too deep");
    }
    if (is(c, "not")) {
        hmi_sigma_expr *inner, *negation = new_expr(c->r, HMI_SIGMA_NOT, &code);
        HMI_TRY(code);
        c->depth++;
        next(c);
        HMI_TRY(read_not(c, &inner));
        c->depth--;
        *ret = negation;
        return hmi_sigma_expr_add(c->r->set, negation, inner, c->r->err);
    }
    if (is(c, "(")) {
        c->depth++;
        next(c);
        HMI_TRY(read_or(c, ret));
        c->depth--;
        if (!is(c, ")")) {
            return refuse(c, HM_E_MALFORMED, "a parenthesis is not closed");
        }
        next(c);
        return HM_OK;
    }
    if (c->word.len > 0 && next_is_of(c)) {
        uint64_t want = 0;
        if (is(c, "all") || is(c, "any")) {
            return read_of(c, is(c, "all") ? SIZE_MAX : 1, ret);
        }
        if (hmi_decimal(c->word, 1000, &want) && want > 0) {
            return read_of(c, (size_t)want, ret);
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        if (hmi_text_eq(c->selections[i].name, c->word)) {
            *ret = c->selections[i].expr;
            next(c);
            return HM_OK;
        }
    }
    return refuse(c, HM_E_MALFORMED, c->word.len > 0 ? "no such selection" : "it ends too soon");
}

static int read_joined(condition *c, const char *word, hmi_sigma_join kind,
                       int (*part)(condition *c, hmi_sigma_expr **ret), hmi_sigma_expr **ret)
{
    int code;
    hmi_sigma_expr *one, *join = NULL;
    HMI_TRY(part(c, &one));
    while (is(c, word)) {
        if (join == NULL) {
            join = new_expr(c->r, kind, &code);
            HMI_TRY(code);
            HMI_TRY(hmi_sigma_expr_add(c->r->set, join, one, c->r->err));
        }
        next(c);
        HMI_TRY(part(c, &one));
        HMI_TRY(hmi_sigma_expr_add(c->r->set, join, one, c->r->err));
    }
    *ret = join != NULL ? join : one;
    return HM_OK;
}

static int read_and(condition *c, hmi_sigma_expr **ret)
{
    return read_joined(c, "and", HMI_SIGMA_AND, read_not, ret);
}

static int read_or(condition *c, hmi_sigma_expr **ret)
{
    return read_joined(c, "or", HMI_SIGMA_OR, read_and, ret);
}

static int read_condition(condition *c, const hmi_yaml *yaml, hmi_sigma_expr **ret)
{
    if (yaml->kind != HMI_YAML_SCALAR) {
        return hmi_sigma_refuse(c->r, HM_E_MALFORMED, yaml, "a condition that is no text");
    }
    c->at = yaml;
    c->in = yaml->text;
    c->pos = 0;
    c->depth = 0;
    next(c);
    HMI_TRY(read_or(c, ret));
    if (is(c, "|")) {
        return refuse(c, HM_E_UNSUPPORTED, "aggregation was replaced by correlation rules");
    }
    return c->word.len == 0 ? HM_OK : refuse(c, HM_E_MALFORMED, "something stands behind the end");
}

int hmi_sigma_read_detection(hmi_sigma_reading *r, const hmi_yaml *detection, hmi_sigma_expr **ret)
{
    const hmi_yaml *conditions = hmi_yaml_get(detection, "condition");
    named *selections = hmi_new_array(&r->set->scratch, named, detection->count);
    condition c = { .r = r, .selections = selections };
    int code;
    if (selections == NULL) {
        return hmi_arena_fail(&r->set->scratch, r->err);
    }
    if (conditions == NULL) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, detection, "detection without a condition");
    }
    for (const hmi_yaml *s = detection->first; s != NULL; s = s->next) {
        if (s != conditions && !hmi_text_is(s->key, "timeframe")) {
            HMI_TRY(read_selection(r, s, &selections[c.count].expr));
            selections[c.count++].name = s->key;
        }
    }
    if (conditions->kind != HMI_YAML_LIST) {
        return read_condition(&c, conditions, ret);
    }
    hmi_sigma_expr *any = new_expr(r, HMI_SIGMA_OR, &code);
    HMI_TRY(code);
    for (const hmi_yaml *one = conditions->first; one != NULL; one = one->next) {
        hmi_sigma_expr *expr;
        HMI_TRY(read_condition(&c, one, &expr));
        HMI_TRY(hmi_sigma_expr_add(r->set, any, expr, r->err));
    }
    *ret = any;
    return any->count > 0 ? HM_OK : hmi_sigma_refuse(r, HM_E_MALFORMED, conditions, "no condition");
}
