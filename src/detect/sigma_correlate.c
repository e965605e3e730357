/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_correlate.c - rules over hits: so many, of so many values, several together, in this order.
 *
 * WHY    One failed login is a typing error; fifty in ten minutes are not.
 * FORM   correlation: {type, rules, group-by, timespan, condition, aliases, generate}, as in the
 *        Sigma specification 2.1.
 *        event_count       N hits within the span: the N newest moments are kept
 *        value_count       N different values of a field: each value's newest moment is kept
 *        temporal          all rules within the span: each rule's newest moment is kept
 *        temporal_ordered  the same in the order of the list: for each beginning of the list, the
 *                          latest moment at which it could have begun
 *        State is kept for each combination of values of the group-by fields. A correlation that
 *        fires begins anew. Conditions that no event could fulfil by itself (lt, lte, neq alone)
 *        are refused: they would need a clock.
 * TRUST  Rules and events are anybody's. Groups and kept moments have ceilings; when they are
 *        reached, what is older than its span goes, and then everything, which is counted.
 * OWNS   hmi_sigma_correlations, with its groups.
 */
#include <stdlib.h>

#include "base/num.h"
#include "base/time.h"
#include "detect/sigma_inside.h"

enum { GROUP_FIELDS_MAX = 8, RULES_MAX = 64, COUNT_MAX = 1 << 16 };
static const int64_t SECOND_US = 1000000;

typedef enum kind { EVENT_COUNT, VALUE_COUNT, TEMPORAL, TEMPORAL_ORDERED } kind;

typedef struct correlation {
    hmi_sigma_rule_info info;
    kind kind;
    const hm_text *rules;
    size_t rule_count, group_count;
    int64_t span_us;
    uint32_t at_least, at_most; /* hits or values; at_most 0: no bound */
    uint32_t value_field;
    uint32_t
        *fields; /* [rule * group_count + i]: the group-by fields as this rule's events call them */
    bool generate, missing;
} correlation;

/* One moment kept; `mark`: hash of a value, or nothing. */
typedef struct kept {
    int64_t us;
    uint64_t mark;
} kept;

typedef struct group {
    uint64_t key; /* 0: free */
    uint32_t correlation;
    uint32_t count, room, next; /* next: where the ring of event_count goes on */
    int64_t last_us;
    kept *list;
} group;

struct hmi_sigma_correlations {
    correlation *list;
    size_t count, capacity;
    group *groups;
    size_t group_count, kept_count;
    uint64_t forgotten;
    int64_t now_us;
    uint32_t time_fields[8];
    size_t time_field_count;
};

/* ---- Reading a rule */

static bool read_span(hm_text text, int64_t *ret_us)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = { { 's', 1 },      { 'm', 60 },      { 'h', 3600 },    { 'd', 86400 },
                  { 'w', 604800 }, { 'M', 2592000 }, { 'y', 31536000 } };
    uint64_t number = 0;
    if (text.len < 2 || !hmi_decimal(hmi_text_slice(text, 0, text.len - 1), 1000000, &number)) {
        return false;
    }
    for (size_t i = 0; i < HMI_COUNT(units); i++) {
        if (units[i].letter == text.ptr[text.len - 1] && number > 0) {
            *ret_us = (int64_t)number * units[i].seconds * SECOND_US;
            return true;
        }
    }
    return false;
}

static int read_texts(hmi_sigma_reading *r, const hmi_yaml *node, size_t max, const char *what,
                      const hm_text **ret, size_t *ret_count)
{
    bool list = node != NULL && node->kind == HMI_YAML_LIST;
    size_t count = node == NULL ? 0 : list ? node->count : 1;
    hm_text *texts = hmi_new_array(&r->set->arena, hm_text, count);
    if (texts == NULL) {
        return hmi_arena_fail(&r->set->arena, r->err);
    }
    if (count > max) {
        return hmi_sigma_refuse(r, HM_E_LIMIT, node, "more than %zu %s", max, what);
    }
    const hmi_yaml *one = list ? node->first : node;
    for (size_t i = 0; i < count; i++, one = one->next) {
        if (one->kind != HMI_YAML_SCALAR || one->text.len == 0) {
            return hmi_sigma_refuse(r, HM_E_MALFORMED, one, "%s must be names", what);
        }
        texts[i] = one->text;
    }
    *ret = texts;
    *ret_count = count;
    return HM_OK;
}

static int read_bound(hmi_sigma_reading *r, const hmi_yaml *item, correlation *c)
{
    uint64_t number = 0;
    if (item->kind != HMI_YAML_SCALAR || !hmi_decimal(item->text, COUNT_MAX, &number)) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, item, "a condition counts up to %d", COUNT_MAX);
    }
    uint32_t n = (uint32_t)number;
    if (hmi_text_is(item->key, "gte") || hmi_text_is(item->key, "gt")) {
        c->at_least = n + hmi_text_is(item->key, "gt");
    } else if (hmi_text_is(item->key, "eq")) {
        c->at_least = c->at_most = n;
    } else if (hmi_text_is(item->key, "lte") || (hmi_text_is(item->key, "lt") && n > 0)) {
        c->at_most = n - hmi_text_is(item->key, "lt");
    } else {
        return hmi_sigma_refuse(r, HM_E_UNSUPPORTED, item, "condition \"%.*s\" is not known",
                                HMI_FMT(hmi_text_slice(item->key, 0, 40)));
    }
    return HM_OK;
}

static int read_condition(hmi_sigma_reading *r, const hmi_yaml *parent, correlation *c)
{
    const hmi_yaml *node = hmi_yaml_get(parent, "condition");
    if (c->kind == TEMPORAL || c->kind == TEMPORAL_ORDERED) {
        return node == NULL ? HM_OK
                            : hmi_sigma_refuse(r, HM_E_UNSUPPORTED, node,
                                               "conditions over temporal rules are not read");
    }
    if (node == NULL || node->kind != HMI_YAML_MAP) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, parent, "a correlation without a condition");
    }
    for (const hmi_yaml *item = node->first; item != NULL; item = item->next) {
        if (hmi_text_is(item->key, "field")) {
            c->value_field = hmi_sigma_field_number(r->set, item->text);
            if (c->value_field == UINT32_MAX) {
                return hmi_arena_fail(&r->set->arena, r->err);
            }
            continue;
        }
        HMI_TRY(read_bound(r, item, c));
    }
    if (c->at_least == 0) {
        return hmi_sigma_refuse(
            r, HM_E_UNSUPPORTED, node,
            "a condition that no event fulfils needs a clock: use gte, gt or eq");
    }
    if (c->kind == VALUE_COUNT && c->value_field == 0) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, node, "value_count without a field");
    }
    return HM_OK;
}

/* The field that this rule's events have for a group-by name. */
static hm_text alias_of(const hmi_yaml *aliases, hm_text name, hm_text rule)
{
    if (aliases != NULL && aliases->kind == HMI_YAML_MAP) {
        for (const hmi_yaml *a = aliases->first; a != NULL; a = a->next) {
            if (!hmi_text_eq(a->key, name) || a->kind != HMI_YAML_MAP) {
                continue;
            }
            for (const hmi_yaml *m = a->first; m != NULL; m = m->next) {
                if (hmi_text_eq(m->key, rule) && m->kind == HMI_YAML_SCALAR) {
                    return m->text;
                }
            }
        }
    }
    return name;
}

static int read_groups(hmi_sigma_reading *r, const hmi_yaml *node, correlation *c)
{
    const hm_text *names = NULL;
    HMI_TRY(read_texts(r, hmi_yaml_get(node, "group-by"), GROUP_FIELDS_MAX, "group-by fields",
                       &names, &c->group_count));
    c->fields = hmi_new_array(&r->set->arena, uint32_t, c->rule_count * c->group_count);
    if (c->fields == NULL) {
        return hmi_arena_fail(&r->set->arena, r->err);
    }
    const hmi_yaml *aliases = hmi_yaml_get(node, "aliases");
    for (size_t i = 0; i < c->rule_count * c->group_count; i++) {
        hm_text name = alias_of(aliases, names[i % c->group_count], c->rules[i / c->group_count]);
        c->fields[i] = hmi_sigma_field_number(r->set, name);
        if (c->fields[i] == UINT32_MAX) {
            return hmi_arena_fail(&r->set->arena, r->err);
        }
    }
    return HM_OK;
}

static int read_kind(hmi_sigma_reading *r, const hmi_yaml *node, correlation *c)
{
    static const char *const names[] = { "event_count", "value_count", "temporal",
                                         "temporal_ordered" };
    hm_text type = hmi_yaml_text(node, "type");
    for (size_t i = 0; i < HMI_COUNT(names); i++) {
        if (hmi_text_is(type, names[i])) {
            c->kind = (kind)i;
            return HM_OK;
        }
    }
    return hmi_sigma_refuse(r, HM_E_UNSUPPORTED, node, "correlation type \"%.*s\" is not known",
                            HMI_FMT(hmi_text_slice(type, 0, 40)));
}

static int make_room(hmi_sigma *set, hm_err *err)
{
    static const char *const times[] = { "@timestamp", "TimeCreated", "TimeCreated_SystemTime",
                                         "UtcTime",    "EventTime",   "timestamp",
                                         "eventTime",  "ts" };
    if (set->correlations == NULL) {
        set->correlations = calloc(1, sizeof(*set->correlations));
        if (set->correlations == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
        }
    }
    hmi_sigma_correlations *cs = set->correlations;
    for (size_t i = cs->time_field_count; i < HMI_COUNT(times); i++) {
        cs->time_fields[i] = hmi_sigma_field_number(set, hmi_text_of(times[i]));
        if (cs->time_fields[i] == UINT32_MAX) {
            return hmi_arena_fail(&set->arena, err);
        }
        cs->time_field_count = i + 1;
    }
    correlation *more =
        hmi_arena_grow(&set->arena, cs->list, cs->count, &cs->capacity, sizeof(*more));
    if (more == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    cs->list = more;
    return HM_OK;
}

int hmi_sigma_read_correlation(hmi_sigma_reading *r, const hmi_yaml *document,
                               const hmi_sigma_rule_info *info)
{
    const hmi_yaml *node = hmi_yaml_get(document, "correlation");
    correlation c = { .info = *info };
    if (node->kind != HMI_YAML_MAP) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, node, "correlation must be a map");
    }
    HMI_TRY(read_kind(r, node, &c));
    HMI_TRY(
        read_texts(r, hmi_yaml_get(node, "rules"), RULES_MAX, "rules", &c.rules, &c.rule_count));
    if (c.rule_count == 0) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, node, "a correlation of no rules");
    }
    const hmi_yaml *span = hmi_yaml_get(node, "timespan");
    span = span != NULL ? span : hmi_yaml_get(node, "timeframe");
    if (span == NULL || span->kind != HMI_YAML_SCALAR || !read_span(span->text, &c.span_us)) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, span != NULL ? span : node,
                                "timespan must be a number and s, m, h, d, w, M or y");
    }
    HMI_TRY(read_condition(r, node, &c));
    HMI_TRY(read_groups(r, node, &c));
    c.generate = hmi_text_is(hmi_yaml_text(node, "generate"), "true") ||
                 hmi_text_is(hmi_yaml_text(document, "generate"), "true");
    HMI_TRY(make_room(r->set, r->err));
    r->set->correlations->list[r->set->correlations->count++] = c;
    return HM_OK;
}

/* ---- Making ready */

static hmi_sigma_rule *rule_named(hmi_sigma *set, hm_text name)
{
    for (size_t i = 0; i < set->rule_count; i++) {
        if (hmi_text_eq(set->rules[i].name, name) || hmi_text_eq(set->rules[i].info.id, name)) {
            return &set->rules[i];
        }
    }
    return NULL;
}

static int refer(hmi_sigma *set, hmi_sigma_rule *rule, uint32_t number, uint32_t part, hm_err *err)
{
    hmi_sigma_part *parts = hmi_arena_grow(&set->arena, rule->parts, rule->part_count,
                                           &rule->part_capacity, sizeof(*parts));
    if (parts == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    rule->parts = parts;
    parts[rule->part_count++] = (hmi_sigma_part){ number, part };
    return HM_OK;
}

int hmi_sigma_link_correlations(hmi_sigma *set, hm_err *err)
{
    hmi_sigma_correlations *cs = set->correlations;
    for (size_t i = 0; cs != NULL && i < cs->count; i++) {
        correlation *c = &cs->list[i];
        for (size_t k = 0; k < c->rule_count; k++) {
            c->missing |= rule_named(set, c->rules[k]) == NULL;
        }
        for (size_t k = 0; k < c->rule_count && !c->missing; k++) {
            hmi_sigma_rule *rule = rule_named(set, c->rules[k]);
            rule->hidden |= !c->generate;
            HMI_TRY(refer(set, rule, (uint32_t)i, (uint32_t)k, err));
        }
    }
    if (cs != NULL && cs->groups == NULL) {
        cs->groups = calloc(HMI_SIGMA_GROUPS_MAX * 2, sizeof(*cs->groups));
        if (cs->groups == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
        }
    }
    return HM_OK;
}

void hmi_sigma_missing(const hmi_sigma *set, hmi_sigma_on_rule *on_rule, void *with)
{
    const hmi_sigma_correlations *cs = set->correlations;
    for (size_t i = 0; cs != NULL && i < cs->count; i++) {
        if (cs->list[i].missing) {
            hm_err why = { 0 };
            (void)hmi_fail(&why, HM_E_NOT_FOUND, cs->list[i].info.line,
                           "line %u: a rule that it correlates is not among these rules",
                           cs->list[i].info.line);
            on_rule(with, &cs->list[i].info, &why);
        }
    }
}

uint64_t hmi_sigma_forgotten(const hmi_sigma *set)
{
    return set->correlations != NULL ? set->correlations->forgotten : 0;
}

/* ---- Groups */

static void drop(hmi_sigma_correlations *cs, group *g)
{
    cs->kept_count -= g->room;
    free(g->list);
    *g = (group){ .key = 0 };
}

void hmi_sigma_correlations_free(hmi_sigma_correlations *cs)
{
    for (size_t i = 0; cs != NULL && cs->groups != NULL && i < HMI_SIGMA_GROUPS_MAX * 2; i++) {
        free(cs->groups[i].list);
    }
    if (cs != NULL) {
        free(cs->groups);
        free(cs);
    }
}

/* What is older than its span goes; if that frees little, all does. */
static bool sweep(hmi_sigma_correlations *cs, hm_err *err)
{
    group *old = cs->groups;
    group *new = calloc(HMI_SIGMA_GROUPS_MAX * 2, sizeof(*new));
    if (new == NULL) {
        (void)hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
        return false;
    }
    cs->groups = new;
    size_t before = cs->group_count;
    cs->group_count = 0;
    for (int pass = 0; pass < 2; pass++) {
        bool all = pass == 1 && cs->group_count > before / 4 * 3;
        for (size_t i = 0; i < HMI_SIGMA_GROUPS_MAX * 2; i++) {
            group *g = pass == 0 ? &old[i] : &new[i];
            if (g->key == 0) {
                continue;
            }
            bool gone = cs->now_us - g->last_us > cs->list[g->correlation].span_us;
            if (pass == 1 ? all : gone) {
                cs->forgotten += pass == 1;
                cs->group_count -= pass == 1;
                drop(cs, g);
            } else if (pass == 0) {
                size_t slot = (size_t)g->key & (HMI_SIGMA_GROUPS_MAX * 2 - 1);
                while (new[slot].key != 0) {
                    slot = (slot + 1) & (HMI_SIGMA_GROUPS_MAX * 2 - 1);
                }
                new[slot] = *g;
                cs->group_count++;
            }
        }
    }
    free(old);
    return true;
}

static group *group_of(hmi_sigma_correlations *cs, uint64_t key, uint32_t number, hm_err *err)
{
    if ((cs->group_count == HMI_SIGMA_GROUPS_MAX || cs->kept_count > HMI_SIGMA_KEPT_MAX) &&
        !sweep(cs, err)) {
        return NULL;
    }
    key = key != 0 ? key : 1;
    size_t slot = (size_t)key & (HMI_SIGMA_GROUPS_MAX * 2 - 1);
    while (cs->groups[slot].key != 0 && cs->groups[slot].key != key) {
        slot = (slot + 1) & (HMI_SIGMA_GROUPS_MAX * 2 - 1);
    }
    if (cs->groups[slot].key == 0) {
        cs->groups[slot] = (group){ .key = key, .correlation = number };
        cs->group_count++;
    }
    return &cs->groups[slot];
}

static bool has_room(hmi_sigma_correlations *cs, group *g, uint32_t count, hm_err *err)
{
    if (count <= g->room) {
        return true;
    }
    uint32_t room = g->room > 0 ? g->room * 2 : 4;
    room = room < count ? count : room;
    kept *list = realloc(g->list, room * sizeof(*list));
    if (list == NULL) {
        (void)hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
        return false;
    }
    memset(list + g->room, 0, (room - g->room) * sizeof(*list));
    cs->kept_count += room - g->room;
    g->list = list;
    g->room = room;
    return true;
}

/* ---- One hit */

static bool near(int64_t a, int64_t b, int64_t span)
{
    return a > b ? a - b <= span : b - a <= span;
}

static bool within(const correlation *c, uint32_t count)
{
    return count >= c->at_least && (c->at_most == 0 || count <= c->at_most);
}

/* The newest at_least moments lie in a ring. */
static int count_event(hmi_sigma_correlations *cs, const correlation *c, group *g, hm_err *err)
{
    if (!has_room(cs, g, c->at_least, err)) {
        return HM_E_MEMORY;
    }
    g->list[g->next].us = cs->now_us;
    g->next = (g->next + 1) % c->at_least;
    g->count = g->count < c->at_least ? g->count + 1 : g->count;
    bool full = g->count == c->at_least;
    return full && near(cs->now_us, g->list[g->next].us, c->span_us);
}

static int count_value(hmi_sigma_correlations *cs, const correlation *c, group *g, uint64_t mark,
                       hm_err *err)
{
    uint32_t count = 0;
    bool known = false;
    for (uint32_t i = 0; i < g->count; i++) { /* what is too old makes room */
        if (near(cs->now_us, g->list[i].us, c->span_us) || g->list[i].mark == mark) {
            known |= g->list[i].mark == mark;
            g->list[count] = g->list[i];
            g->list[count].us = g->list[i].mark == mark ? cs->now_us : g->list[i].us;
            count++;
        }
    }
    g->count = count;
    if (!known && g->count < COUNT_MAX) {
        if (!has_room(cs, g, g->count + 1, err)) {
            return HM_E_MEMORY;
        }
        g->list[g->count++] = (kept){ cs->now_us, mark };
    }
    return within(c, g->count);
}

static int see_rule(hmi_sigma_correlations *cs, const correlation *c, group *g, uint32_t part,
                    hm_err *err)
{
    if (!has_room(cs, g, (uint32_t)c->rule_count, err)) {
        return HM_E_MEMORY;
    }
    g->list[part] = (kept){ cs->now_us, 1 };
    for (size_t i = 0; i < c->rule_count; i++) {
        if (g->list[i].mark == 0 || !near(cs->now_us, g->list[i].us, c->span_us)) {
            return false;
        }
    }
    return true;
}

/* list[i]: the latest moment at which a row of the first i + 1 rules could have begun. */
static int see_in_order(hmi_sigma_correlations *cs, const correlation *c, group *g, uint32_t part,
                        hm_err *err)
{
    if (!has_room(cs, g, (uint32_t)c->rule_count, err)) {
        return HM_E_MEMORY;
    }
    if (part == 0) {
        g->list[0] = (kept){ cs->now_us, 1 };
    } else if (g->list[part - 1].mark != 0 && near(cs->now_us, g->list[part - 1].us, c->span_us)) {
        g->list[part] = g->list[part - 1];
    } else {
        return false;
    }
    return part + 1 == c->rule_count;
}

void hmi_sigma_look_at_clock(hmi_sigma *set)
{
    hmi_sigma_correlations *cs = set->correlations;
    for (size_t i = 0; i < cs->time_field_count; i++) {
        hmi_instant instant;
        if (hmi_time_parse_rfc3339(hmi_sigma_first_raw(set, cs->time_fields[i]), &instant)) {
            cs->now_us = instant.us;
            return;
        }
    }
}

static uint64_t key_of(hmi_sigma *set, const correlation *c, uint32_t number, uint32_t part)
{
    uint64_t key = set->seed ^ number;
    for (size_t i = 0; i < c->group_count; i++) {
        hm_text value = hmi_sigma_first_folded(set, c->fields[part * c->group_count + i]);
        key = hmi_xxh3(hmi_text_bytes(value), key) + i;
    }
    return key;
}

int hmi_sigma_correlate(hmi_sigma *set, const hmi_sigma_rule *rule, hmi_sigma_on_hit *on_hit,
                        void *with, hm_err *err)
{
    hmi_sigma_correlations *cs = set->correlations;
    for (size_t i = 0; i < rule->part_count; i++) {
        uint32_t number = rule->parts[i].correlation, part = rule->parts[i].part;
        const correlation *c = &cs->list[number];
        group *g = group_of(cs, key_of(set, c, number, part), number, err);
        if (g == NULL) {
            return HM_E_MEMORY;
        }
        g->last_us = cs->now_us;
        int fires =
            c->kind == EVENT_COUNT ? count_event(cs, c, g, err)
            : c->kind == VALUE_COUNT
                ? count_value(cs, c, g,
                              hmi_xxh3(hmi_text_bytes(hmi_sigma_first_folded(set, c->value_field)),
                                       set->seed),
                              err)
            : c->kind == TEMPORAL ? see_rule(cs, c, g, part, err)
                                  : see_in_order(cs, c, g, part, err);
        HMI_TRY(fires);
        if (fires) {
            on_hit(with, &c->info);
            g->count = 0;
            g->next = 0;
            if (g->list != NULL) {
                memset(g->list, 0, g->room * sizeof(*g->list));
            }
        }
    }
    return HM_OK;
}
