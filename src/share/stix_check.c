/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_check.c - walks a STIX document by the tables.
 *
 * WHY    One walk looks at each value once: names are found in the lexicon, values checked by kind,
 *        required and exclusive properties by bit sets at the object's end.
 * FORM   document := bundle | object. An object is checked as its type's space combined with the
 *        common properties of its role (SDO, SCO, meta, marking).
 * TRUST  Hostile; base/json has read it strictly (depth, duplicate keys, UTF-8). Recursion follows
 *        the tables' structures, never the input's depth; faults are counted beyond
 *        HMI_STIX_FAULTS_MAX but not kept.
 * OWNS   The checker: parser, lexicon and the arena of the last report.
 */
#include "share/stix_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "share/stix_lift.h"
#include "share/stix_walk.h"

enum { REPORT_MEMORY_MAX = 256 << 20, TEXT_MAX = 512, PATH_MAX_LEN = 512 };

static const struct {
    const char *name, *section;
    bool is_error;
} CHECKS[HMI_STIX_CHECK_COUNT] = {
#define ROW(name, spelling, is_error, section) \
    [HMI_STIX_CHECK_##name] = { spelling, section, is_error },
    HMI_STIX_CHECKS(ROW)
#undef ROW
};

const char *hmi_stix_check_name(hmi_stix_check check)
{
    return (unsigned)check < HMI_STIX_CHECK_COUNT ? CHECKS[check].name : "";
}

bool hmi_stix_check_find(hm_text name, hmi_stix_check *ret_check)
{
    for (unsigned i = 0; i < HMI_STIX_CHECK_COUNT; i++) {
        if (hmi_text_is(name, CHECKS[i].name)) {
            *ret_check = (hmi_stix_check)i;
            return true;
        }
    }
    return false;
}

/* -- Where we are, and what was wrong there. */

void hmi_stix_enter_key(hmi_stix_checker *c, hm_text key)
{
    hmi_assert(c->depth < HMI_COUNT(c->path));
    c->path[c->depth++] = (hmi_stix_step){ key.ptr ? key : HM_TEXT(""), 0 };
}

void hmi_stix_enter_index(hmi_stix_checker *c, size_t index)
{
    hmi_assert(c->depth < HMI_COUNT(c->path));
    c->path[c->depth++] = (hmi_stix_step){ { NULL, 0 }, index };
}

void hmi_stix_leave(hmi_stix_checker *c)
{
    hmi_assert(c->depth > 0);
    c->depth--;
}

/* `member`: the last step, when the path has not entered it. */
static hm_text path_text(hmi_stix_checker *c, hm_text member)
{
    char path[PATH_MAX_LEN];
    size_t len = 0;
    for (size_t i = 0; i < c->depth && len < sizeof(path) - 1; i++) {
        const hmi_stix_step *step = &c->path[i];
        int made = step->key.ptr == NULL
                       ? snprintf(path + len, sizeof(path) - len, "[%zu]", step->index)
                       : snprintf(path + len, sizeof(path) - len, "%s%.*s", i > 0 ? "." : "",
                                  (int)hmi_utf8_span(hmi_slice(hmi_text_bytes(step->key), 0, 64)),
                                  step->key.ptr);
        len += made > 0 ? (size_t)made : 0;
    }
    if (member.ptr != NULL && len < sizeof(path) - 1) {
        int made =
            snprintf(path + len, sizeof(path) - len, "%s%.*s", c->depth > 0 ? "." : "",
                     (int)hmi_utf8_span(hmi_slice(hmi_text_bytes(member), 0, 64)), member.ptr);
        len += made > 0 ? (size_t)made : 0;
    }
    len = len < sizeof(path) ? len : sizeof(path) - 1;
    len = hmi_utf8_span(hmi_bytes(path, len));
    return hmi_arena_text(&c->arena, hmi_text(path, len));
}

void hmi_stix_fault_at(hmi_stix_checker *c, hmi_stix_check check, hmi_value at, const char *section,
                       const char *format, ...)
{
    if ((c->options.ignore >> check & 1) != 0) {
        return;
    }
    *(CHECKS[check].is_error ? &c->errors : &c->warnings) += 1;
    if (c->fault_count >= HMI_STIX_FAULTS_MAX) {
        return;
    }
    hmi_stix_fault *faults =
        hmi_arena_grow(&c->arena, c->faults, c->fault_count, &c->fault_capacity, sizeof(*faults));
    if (faults == NULL) {
        c->out_of_memory = true;
        return;
    }
    c->faults = faults;
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    int made = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    size_t len = made < 0 ? 0 : (size_t)made < sizeof(text) ? (size_t)made : sizeof(text) - 1;
    len = hmi_utf8_span(hmi_bytes(text, len));
    if (section == NULL) {
        section = CHECKS[check].section != NULL   ? CHECKS[check].section
                  : c->type < HMI_STIX_TYPE_COUNT ? hmi_stix_space_of(c->type)->section
                                                  : "3.2";
    }
    uint64_t offset = hmi_json_is(at) ? hmi_json_offset(at) : hmi_json_offset(c->object);
    offset = c->lifted_at != HM_OFFSET_NONE ? c->lifted_at : offset;
    hmi_stix_fault *fault = &faults[c->fault_count];
    *fault = (hmi_stix_fault){ check,
                               CHECKS[check].is_error,
                               offset,
                               c->id,
                               path_text(c, c->by_rule ? hmi_json_key(at, &c->arena)
                                                       : (hm_text){ NULL, 0 }),
                               hmi_arena_text(&c->arena, hmi_text(text, len)),
                               section };
    c->out_of_memory |= fault->path.ptr == NULL || fault->text.ptr == NULL;
    c->fault_count++;
}

/* -- The members of one place. */

hmi_value hmi_stix_found_at(const hmi_stix_checker *c, const hmi_stix_found *found, uint64_t bit)
{
    return (found->seen & bit) != 0
               ? (hmi_value){ c->object.doc, found->nodes[__builtin_ctzll(bit)] }
               : (hmi_value){ NULL, 0 };
}

/* < 0, 0, > 0. */
static int compare_moments(hm_text x, hm_text y)
{
    if (x.len == y.len) { /* same digits: the text's order is the moments' */
        return memcmp(x.ptr, y.ptr, x.len);
    }
    hmi_instant one, two;
    if (!hmi_time_parse_rfc3339(x, &one) || !hmi_time_parse_rfc3339(y, &two)) {
        return 0;
    }
    return one.us < two.us ? -1 : one.us > two.us;
}

static void check_order(hmi_stix_checker *c, const hmi_stix_compiled *rule,
                        const hmi_stix_found *found)
{
    hmi_value a = hmi_stix_found_at(c, found, rule->a), b = hmi_stix_found_at(c, found, rule->b);
    if (!hmi_json_is(a) || !hmi_json_is(b)) {
        return;
    }
    bool after = rule->relation == HMI_STIX_AFTER;
    hm_text x = hmi_json_text(a, &c->arena), y = hmi_json_text(b, &c->arena);
    if (hmi_stix_timestamp_digits(x) == 0 || hmi_stix_timestamp_digits(y) == 0) {
        return; /* said already, where it stands */
    }
    int order = compare_moments(x, y);
    if (order < 0 || (after && order == 0)) {
        c->by_rule = true;
        hmi_stix_fault_at(c, HMI_STIX_CHECK_ORDER, a, NULL, "\"%s\" is %s \"%s\"", rule->row->a,
                          after ? "not later than" : "earlier than", rule->row->b);
        c->by_rule = false;
    }
}

static void check_recommended(hmi_stix_checker *c, hmi_value object, const hmi_stix_compiled *rule,
                              const hmi_stix_found *found)
{
    if ((found->seen & rule->a) == 0) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_RECOMMENDED, object, NULL, "\"%s\" should be given",
                          rule->row->a);
    }
}

static void check_count(hmi_stix_checker *c, hmi_value object, const hmi_stix_compiled *rule,
                        const hmi_stix_found *found)
{
    int count = __builtin_popcountll(found->seen & rule->a);
    if (count == 0) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TOGETHER, object, NULL,
                          "one of these must be given: %s", rule->row->a);
    } else if (count > 1 && rule->relation == HMI_STIX_EXACTLY_ONE) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TOGETHER, object, NULL,
                          "only one of these may be given: %s", rule->row->a);
    }
}

static void check_pair(hmi_stix_checker *c, hmi_value object, const hmi_stix_compiled *rule,
                       const hmi_stix_found *found)
{
    bool has_a = (found->seen & rule->a) != 0, has_b = (found->seen & rule->b) != 0;
    bool all_b = (found->seen & rule->b) == rule->b;
    bool is_true = hmi_json_is_true(hmi_stix_found_at(c, found, rule->a));
    bool is_false = hmi_json_kind_of(hmi_stix_found_at(c, found, rule->a)) == HMI_JSON_FALSE;
    const char *a = rule->row->a, *b = rule->row->b;
    const char *wrong = NULL;
    switch (rule->relation) {
    case HMI_STIX_NOT_BOTH:
        wrong = has_a && has_b ? "\"%s\" and \"%s\" exclude each other" : NULL;
        break;
    case HMI_STIX_NEEDS:
        wrong = has_a && !all_b ? "\"%s\" is only allowed together with \"%s\"" : NULL;
        break;
    case HMI_STIX_WHEN_TRUE_NEEDS:
        wrong = is_true && !has_b ? "as \"%s\" is true, \"%s\" must be given" : NULL;
        break;
    case HMI_STIX_WHEN_TRUE_NOT:
        wrong = is_true && has_b ? "as \"%s\" is true, \"%s\" must not be given" : NULL;
        break;
    default:
        wrong = is_false && has_b ? "as \"%s\" is false, \"%s\" must not be given" : NULL;
    }
    if (wrong != NULL) {
        char text[TEXT_MAX];
        const char *first = strstr(wrong, "%s"), *second = strstr(first + 2, "%s");
        snprintf(text, sizeof(text), "%.*s%s%.*s%s%s", (int)(first - wrong), wrong, a,
                 (int)(second - first - 2), first + 2, b, second + 2);
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TOGETHER, object, NULL, "%s", text);
    }
}

static void check_rules(hmi_stix_checker *c, hmi_value object, hmi_stix_space space,
                        const hmi_stix_found *found)
{
    size_t count;
    const hmi_stix_compiled *rules = hmi_stix_rules_of(c->lexicon, space, &count);
    for (size_t i = 0; i < count; i++) {
        switch (rules[i].relation) {
        case HMI_STIX_NOT_BEFORE:
        case HMI_STIX_AFTER:
            check_order(c, &rules[i], found);
            break;
        case HMI_STIX_SHOULD_HAVE:
            check_recommended(c, object, &rules[i], found);
            break;
        case HMI_STIX_ONE_OF:
        case HMI_STIX_EXACTLY_ONE:
            check_count(c, object, &rules[i], found);
            break;
        default:
            check_pair(c, object, &rules[i], found);
        }
    }
}

static void check_required(hmi_stix_checker *c, hmi_value object, hmi_stix_space space,
                           uint64_t seen)
{
    uint64_t missing = hmi_stix_required(c->lexicon, space) & ~seen;
    const hmi_stix_properties *p = hmi_stix_space_of(space);
    for (; missing != 0; missing &= missing - 1) {
        const char *name = p->rows[__builtin_ctzll(missing)].name;
        bool contained = hmi_json_is(c->container) && strcmp(name, "id") == 0;
        if (!contained) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_REQUIRED, object, p->section,
                              "the required property \"%s\" is missing", name);
        }
    }
}

/* Looks one member up and checks it; what no table knows is custom. */
static void check_member(hmi_stix_checker *c, hmi_value value, hmi_stix_space space,
                         hmi_stix_space common, hmi_stix_found *found)
{
    hm_text name = hmi_json_key(value, &c->arena);
    int bit = hmi_stix_member_find(c->lexicon, space, common, name);
    hmi_stix_enter_key(c, name);
    if (bit < 0) {
        hmi_stix_custom_property(c, value, name, space);
    } else {
        bool shared = bit >= HMI_STIX_COMMON_BIT;
        const hmi_stix_properties *owner = hmi_stix_space_of(shared ? common : space);
        found->seen |= UINT64_C(1) << bit;
        found->nodes[bit] = value.node;
        hmi_stix_value(c, &owner->rows[bit - (shared ? HMI_STIX_COMMON_BIT : 0)], value);
    }
    hmi_stix_leave(c);
}

void hmi_stix_members(hmi_stix_checker *c, hmi_value object, hmi_stix_space space,
                      hmi_stix_space common, hmi_stix_found *found)
{
    found->seen = 0;
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        check_member(c, v, space, common, found);
    }
    if (space < HMI_STIX_SPACE_COUNT) {
        check_required(c, object, space, found->seen);
    }
    if (common < HMI_STIX_SPACE_COUNT) {
        check_required(c, object, common, found->seen >> HMI_STIX_COMMON_BIT);
        check_rules(c, object, common, found);
    }
    if (space < HMI_STIX_SPACE_COUNT) {
        check_rules(c, object, space, found);
    }
}

/* -- Objects. */

static void begin_object(hmi_stix_checker *c, hmi_value object, hm_text type, hm_text id)
{
    c->object = object;
    c->id = id;
    c->type_text = type;
    c->type = type.ptr ? hmi_stix_type_find(c->lexicon, type) : HMI_STIX_TYPE_COUNT;
    c->toplevel = -1;
    c->by_rule = false;
}

static bool has_type(hmi_stix_checker *c, hmi_value object, hm_text type)
{
    if (hmi_json_kind_of(object) != HMI_JSON_OBJECT) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TYPE, object, NULL, "this is not an object");
        return false;
    }
    if (type.ptr == NULL) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TYPE, object, NULL,
                          "the required property \"type\" is missing or no text");
        return false;
    }
    return true;
}

/* What decides how an object is read. One walk: these stand among the first members of most. */
typedef struct head {
    hmi_value type, id, spec_version;
} head;

static hm_text type_of(hmi_stix_checker *c, const head *h)
{
    return hmi_json_text(h->type, &c->arena);
}

static head head_of(hmi_stix_checker *c, hmi_value object)
{
    head h = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
    if (hmi_json_kind_of(object) != HMI_JSON_OBJECT) {
        return h;
    }
    unsigned missing = 3;
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v) && missing > 0;
         v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, &c->arena);
        hmi_value *to = key.len == 2 && hmi_text_is(key, "id")              ? &h.id
                        : key.len == 4 && hmi_text_is(key, "type")          ? &h.type
                        : key.len == 12 && hmi_text_is(key, "spec_version") ? &h.spec_version
                                                                            : NULL;
        if (to != NULL) {
            *to = v;
            missing--;
        }
    }
    return h;
}

static bool is_20(hmi_stix_checker *c, hmi_value object, const head *h)
{
    bool other = hmi_json_is(h->spec_version) &&
                 !hmi_text_is(hmi_json_text(h->spec_version, &c->arena), "2.0");
    return !other && hmi_stix_is_20(object, &c->arena);
}

static void check_version(hmi_stix_checker *c, hmi_value object, const head *h);

/* An object of STIX 2.0 is what its lifted form is. */
static bool check_lifted(hmi_stix_checker *c, hmi_value object)
{
    hmi_buf text;
    hmi_value lifted;
    if (c->lifted == NULL && hmi_json_new(&c->lifted, NULL) != HM_OK) {
        c->out_of_memory = true;
        return false;
    }
    hmi_buf_init(&text, 0);
    int code = hmi_stix_lift(object, &c->arena, &text, NULL);
    hm_bytes copy =
        code == HM_OK ? hmi_arena_bytes(&c->arena, hmi_buf_bytes(&text)) : (hm_bytes){ NULL, 0 };
    hmi_buf_fini(&text);
    if (copy.ptr == NULL || hmi_json_parse(c->lifted, copy, 0, &lifted, NULL) != HM_OK) {
        c->out_of_memory |= copy.ptr == NULL;
        return false; /* lifting gave a member twice: judged as it is */
    }
    hmi_stix_fault_at(c, HMI_STIX_CHECK_OLD_VERSION, object, NULL,
                      "an object of STIX 2.0 is checked as 2.1 would have it");
    c->lifted_at = hmi_json_offset(object);
    head h = head_of(c, lifted);
    check_version(c, lifted, &h);
    c->lifted_at = HM_OFFSET_NONE;
    return true;
}

static void check_object(hmi_stix_checker *c, hmi_value object)
{
    head h = head_of(c, object);
    c->objects++;
    begin_object(c, object, HM_TEXT(""), hmi_json_text(h.id, &c->arena));
    if (!has_type(c, object, type_of(c, &h))) {
        return;
    }
    if (!is_20(c, object, &h) || !check_lifted(c, object)) {
        check_version(c, object, &h);
    }
}

static void check_version(hmi_stix_checker *c, hmi_value object, const head *h)
{
    hm_text type = type_of(c, h);
    begin_object(c, object, type, hmi_json_text(h->id, &c->arena));
    hmi_stix_found found;
    if (c->type == HMI_STIX_TYPE_COUNT) {
        hmi_stix_custom_type(c, type);
        bool observable = hmi_stix_uses_extension(object, "new-sco");
        hmi_stix_members(c, object, HMI_STIX_SPACE_COUNT,
                         observable ? HMI_STIX_COMMON_SCO : HMI_STIX_COMMON, &found);
    } else if (c->type == HMI_STIX_BUNDLE) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TYPE, object, "8", "a bundle may not hold a bundle");
    } else {
        hmi_stix_members(c, object, c->type, hmi_stix_common_of(hmi_stix_role_of(c->type)), &found);
        c->by_rule = true;
        hmi_stix_special(c, object, &found);
        c->by_rule = false;
    }
}

void hmi_stix_contained(hmi_stix_checker *c, hmi_value object)
{
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), &c->arena);
    if (!has_type(c, object, type)) {
        return;
    }
    hmi_stix_space outer = c->type, inner = hmi_stix_type_find(c->lexicon, type);
    hmi_value around = c->object;
    hmi_stix_found found;
    c->object = object;
    c->type = inner;
    if (inner < HMI_STIX_TYPE_COUNT && hmi_stix_role_of(inner) == HMI_STIX_SCO) {
        hmi_stix_members(c, object, inner, HMI_STIX_COMMON_SCO, &found);
    } else if (inner < HMI_STIX_TYPE_COUNT) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_TYPE, object, "2.13",
                          "only observables may be in an observable container");
    }
    c->object = around;
    c->type = outer;
}

/* -- The bundle: each object, and what one object may not say about another. */

typedef struct claim {
    hm_text id, modified;
    hmi_value object;
    size_t index;
} claim;

/* Does any id and version come twice? Asked by hash first: in nearly every bundle none does. */
static bool any_twice(hmi_stix_checker *c, const claim *claims, size_t count)
{
    size_t slots = 16;
    while (slots < count * 2) {
        slots *= 2;
    }
    uint64_t *seen = hmi_new_array(&c->scratch, uint64_t, slots);
    if (seen == NULL) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = hmi_xxh3(hmi_text_bytes(claims[i].modified),
                                 hmi_xxh3(hmi_text_bytes(claims[i].id), hmi_hash_seed()));
        hash += hash == 0;
        size_t at = hash & (slots - 1);
        for (; seen[at] != 0 && seen[at] != hash; at = (at + 1) & (slots - 1)) {
        }
        if (seen[at] == hash) {
            return true;
        }
        seen[at] = hash;
    }
    return false;
}

static int by_id(const void *a, const void *b)
{
    const claim *x = a, *y = b;
    int order = hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
    order = order != 0 ? order
                       : hmi_bytes_cmp(hmi_text_bytes(x->modified), hmi_text_bytes(y->modified));
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* The same id and version twice: the same bytes are only a waste, other bytes a contradiction. */
static void check_claims(hmi_stix_checker *c, hmi_value objects)
{
    size_t count = hmi_json_count(objects), used = 0;
    claim *claims = count > 1 ? hmi_new_array(&c->arena, claim, count) : NULL;
    if (claims == NULL) {
        c->out_of_memory |= count > 1;
        return;
    }
    size_t index = 0;
    for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v), index++) {
        hm_text id = hmi_json_text(hmi_json_get(v, "id"), &c->arena);
        if (id.ptr != NULL) {
            claims[used++] =
                (claim){ id, hmi_json_text(hmi_json_get(v, "modified"), &c->arena), v, index };
        }
    }
    hmi_arena_reset(&c->scratch);
    if (!any_twice(c, claims, used)) {
        return;
    }
    qsort(claims, used, sizeof(*claims), by_id);
    for (size_t i = 1; i < used; i++) {
        const claim *a = &claims[i - 1], *b = &claims[i];
        if (!hmi_text_eq(a->id, b->id) || !hmi_text_eq(a->modified, b->modified)) {
            continue;
        }
        bool same = hmi_bytes_eq(hmi_json_raw(a->object), hmi_json_raw(b->object));
        c->id = b->id;
        hmi_stix_enter_index(c, b->index);
        hmi_stix_fault_at(c, HMI_STIX_CHECK_DUPLICATE, b->object, NULL,
                          "this id and version stand twice in the bundle");
        if (!same && b->modified.ptr != NULL) {
            hmi_stix_fault_at(c, HMI_STIX_CHECK_CONFLICT, b->object, NULL,
                              "the same id and \"modified\" come with other content");
        }
        hmi_stix_leave(c);
    }
}

static void check_bundle(hmi_stix_checker *c, hmi_value bundle)
{
    begin_object(c, bundle, HM_TEXT("bundle"),
                 hmi_json_text(hmi_json_get(bundle, "id"), &c->arena));
    hmi_stix_found found;
    hmi_stix_members(c, bundle, HMI_STIX_BUNDLE, HMI_STIX_SPACE_COUNT, &found);
    hmi_value objects = hmi_json_get(bundle, "objects");
    if (hmi_json_kind_of(objects) != HMI_JSON_ARRAY) {
        return;
    }
    hmi_stix_enter_key(c, HM_TEXT("objects"));
    size_t index = 0;
    for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v), index++) {
        hmi_stix_enter_index(c, index);
        check_object(c, v);
        hmi_stix_leave(c);
    }
    c->type = HMI_STIX_BUNDLE;
    check_claims(c, objects);
    hmi_stix_leave(c);
}

/* -- The door. */

int hmi_stix_checker_new(hmi_stix_checker **ret_checker, hm_err *err)
{
    hmi_stix_checker *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to check STIX");
    }
    hmi_arena_init(&c->arena, REPORT_MEMORY_MAX);
    hmi_arena_init(&c->scratch, REPORT_MEMORY_MAX);
    c->lexicon = hmi_stix_lexicon_get();
    int code = hmi_json_new(&c->json, err);
    if (code < 0) {
        hmi_stix_checker_free(c);
        return code;
    }
    *ret_checker = c;
    return HM_OK;
}

void hmi_stix_checker_free(hmi_stix_checker *c)
{
    if (c != NULL) {
        hmi_json_free(c->json);
        hmi_json_free(c->lifted);
        hmi_arena_fini(&c->arena);
        hmi_arena_fini(&c->scratch);
        free(c);
    }
}

static void begin_report(hmi_stix_checker *c, const hmi_stix_check_options *options)
{
    hmi_arena_reset(&c->arena);
    c->options = options ? *options : (hmi_stix_check_options){ 0 };
    c->depth = 0;
    c->object = c->container = (hmi_value){ NULL, 0 };
    c->id = (hm_text){ NULL, 0 };
    c->type = HMI_STIX_TYPE_COUNT;
    c->faults = NULL;
    c->fault_count = c->fault_capacity = 0;
    c->errors = c->warnings = c->objects = 0;
    c->out_of_memory = false;
    c->lifted_at = HM_OFFSET_NONE;
}

static int by_offset(const void *a, const void *b)
{
    const hmi_stix_fault *x = a, *y = b;
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    return x->check != y->check ? (x->check < y->check ? -1 : 1)
                                : hmi_bytes_cmp(hmi_text_bytes(x->text), hmi_text_bytes(y->text));
}

static int end_report(hmi_stix_checker *c, hmi_stix_report *ret, hm_err *err)
{
    if (c->out_of_memory) {
        return hmi_arena_fail(&c->arena, err);
    }
    if (c->fault_count > 1) {
        qsort(c->faults, c->fault_count, sizeof(*c->faults), by_offset);
    }
    *ret = (hmi_stix_report){ c->faults, c->fault_count, c->errors, c->warnings, c->objects };
    return HM_OK;
}

int hmi_stix_check_object(hmi_stix_checker *c, hmi_value object,
                          const hmi_stix_check_options *options, hmi_stix_report *ret, hm_err *err)
{
    begin_report(c, options);
    check_object(c, object);
    return end_report(c, ret, err);
}

int hmi_stix_check_document(hmi_stix_checker *c, hm_bytes document,
                            const hmi_stix_check_options *options, hmi_stix_report *ret,
                            hm_err *err)
{
    begin_report(c, options);
    hm_err why = { 0 };
    hmi_value root = { NULL, 0 };
    int code =
        document.len > HMI_STIX_DOCUMENT_MAX
            ? hmi_fail(&why, HM_E_LIMIT, 0, "a document may have %d bytes", HMI_STIX_DOCUMENT_MAX)
            : hmi_json_parse(c->json, document, 0, &root, &why);
    if (code == HM_E_MEMORY) {
        return hmi_fail(err, code, why.offset, "%s", why.text);
    }
    if (code < 0) {
        hmi_stix_fault_at(c, HMI_STIX_CHECK_JSON, root, NULL, "%s", why.text);
        if (c->fault_count > 0) {
            c->faults[0].offset = why.offset;
        }
        return end_report(c, ret, err);
    }
    hm_text type = hmi_json_text(hmi_json_get(root, "type"), &c->arena);
    if (type.ptr != NULL && hmi_text_is(type, "bundle")) {
        check_bundle(c, root);
    } else {
        check_object(c, root);
    }
    return end_report(c, ret, err);
}
