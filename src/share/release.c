/* SPDX-License-Identifier: Apache-2.0
 *
 * release.c - judges markings, and decides about a set of objects until nothing changes.
 *
 * WHY    docs/RELEASE.md is the promise; this follows it line by line, so that both can be read
 * side by side. FORM  1. gather each object, 2. judge its markings, 3. take out references to what
 *        does not leave, which may hold more, 4. drop definitions that nothing uses.
 * TRUST  Objects are hostile, the policy is the owner's. Work is bounded by the number of
 *        references: each goes at most once, and each going looks at its object once.
 * OWNS   The parser and the checker of one run.
 */
#include "share/release.h"

#include <stdlib.h>

#include "base/error.h"
#include "share/release_set.h"

static const char *const RULES[HMI_RULE_COUNT] = {
    "malformed", "no-marking",   "unknown-marking", "tlp-red",   "tlp-amber-strict", "tlp-amber",
    "tlp-green", "pap",          "releasable",      "statement", "too-open",         "redaction",
    "reference", "unreferenced", "allowed",
};

const char *hmi_rule_name(hmi_rule rule)
{
    return (unsigned)rule < HMI_RULE_COUNT ? RULES[rule] : "";
}

const char *hmi_answer_name(hmi_answer answer)
{
    static const char *const NAMES[] = { "release", "redact", "hold" };
    return (unsigned)answer < HMI_COUNT(NAMES) ? NAMES[answer] : "";
}

/* -- One marking: the rules that say no, as bits. */

#define NO(rule) (UINT32_C(1) << HMI_RULE_##rule)

static uint32_t judge_tlp(const hmi_release_run *run, hmi_tlp level)
{
    const hmi_partner *p = run->partner;
    bool own = p->kind == HMI_PARTNER_OWN;
    switch (level) {
    case HMI_TLP_RED:
        return hmi_policy_has(run->policy->red, run->policy->red_count, p->id) ? 0 : NO(TLP_RED);
    case HMI_TLP_AMBER_STRICT:
        return own ? 0 : NO(TLP_AMBER_STRICT);
    case HMI_TLP_AMBER:
        return own || p->kind == HMI_PARTNER_CLIENT ? 0 : NO(TLP_AMBER);
    case HMI_TLP_GREEN:
        return p->kind == HMI_PARTNER_PUBLIC ? NO(TLP_GREEN) : 0;
    default:
        return 0;
    }
}

static uint32_t judge_releasable(const hmi_release_run *run, const hmi_marking_line *line)
{
    const hmi_partner *p = run->partner;
    bool named = hmi_policy_has(line->uuids, line->uuid_count, p->id);
    for (size_t i = 0; i < p->group_count && !named; i++) {
        named = hmi_policy_has(line->uuids, line->uuid_count, p->groups[i]);
    }
    return named ? 0 : NO(RELEASABLE);
}

static uint32_t judge_pap(const hmi_release_run *run, int level)
{
    enum { GREEN = 1, AMBER, RED };
    bool own = run->partner->kind == HMI_PARTNER_OWN, no = false;
    switch (level) {
    case RED:
        no = run->purpose != HMI_PURPOSE_INFORM;
        break;
    case AMBER:
        no = run->purpose == HMI_PURPOSE_PUBLISH || (run->purpose == HMI_PURPOSE_RESPOND && !own);
        break;
    case GREEN:
        no = run->purpose == HMI_PURPOSE_PUBLISH;
        break;
    default:
        break;
    }
    return no ? NO(PAP) : 0;
}

static const hmi_mark *find_mark(const hmi_release_run *run, hm_text id)
{
    size_t from = 0, to = run->mark_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = hmi_bytes_cmp(hmi_text_bytes(run->marks[middle].id), hmi_text_bytes(id));
        if (order == 0) {
            return &run->marks[middle];
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return NULL;
}

/* *ret_opens: this marking says who may have it. */
static uint32_t judge_one(const hmi_release_run *run, hm_text id, bool *ret_opens)
{
    const hmi_tlp_marking *tlp = hmi_tlp_find(id);
    *ret_opens = true;
    if (tlp != NULL) {
        return judge_tlp(run, tlp->level);
    }
    const hmi_marking_line *line = hmi_policy_releasable(run->policy, id);
    if (line != NULL) {
        return judge_releasable(run, line);
    }
    *ret_opens = false;
    const hmi_mark *mark = find_mark(run, id);
    if (mark != NULL && mark->kind == HMI_MARK_PAP) {
        return judge_pap(run, mark->level);
    }
    line = hmi_policy_statement(run->policy, id);
    if (mark != NULL && mark->kind == HMI_MARK_STATEMENT && line != NULL) {
        return line->deny ? NO(STATEMENT) : 0;
    }
    return NO(UNKNOWN_MARKING);
}

hmi_rule hmi_release_judge(const hmi_release_run *run, const hm_text *markings, size_t count,
                           bool granular)
{
    uint32_t no = count == 0 ? NO(NO_MARKING) : 0;
    bool opened = false, opens;
    for (size_t i = 0; i < count; i++) {
        no |= judge_one(run, markings[i], &opens);
        opened |= opens;
    }
    no |= opened || granular ? 0 : NO(TOO_OPEN);
    return no == 0 ? HMI_RULE_ALLOWED : (hmi_rule)__builtin_ctz(no);
}

/* -- The set. */

static int by_mark(const void *a, const void *b)
{
    const hmi_mark *x = a, *y = b;
    return hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
}

/* One meaning an id; two different ones are none. */
static void settle_marks(hmi_release_run *run)
{
    if (run->mark_count == 0) {
        return;
    }
    qsort(run->marks, run->mark_count, sizeof(*run->marks), by_mark);
    size_t kept = 1;
    for (size_t i = 1; i < run->mark_count; i++) {
        hmi_mark *last = &run->marks[kept - 1];
        const hmi_mark *next = &run->marks[i];
        if (!hmi_text_eq(last->id, next->id)) {
            run->marks[kept++] = *next;
        } else if (last->kind != next->kind || last->level != next->level) {
            last->kind = HMI_MARK_UNKNOWN;
        }
    }
    run->mark_count = kept;
}

static int gather_all(hmi_release_run *run, hmi_release_object *objects)
{
    run->items = hmi_new_array(run->arena, hmi_release_item, run->count);
    run->marks = hmi_new_array(run->arena, hmi_mark, run->count);
    if (run->items == NULL || run->marks == NULL) {
        return hmi_arena_fail(run->arena, run->err);
    }
    for (size_t i = 0; i < run->count; i++) {
        hmi_mark mark;
        hmi_release_object *o = &objects[i];
        *o = (hmi_release_object){ .raw = o->raw, .answer = HMI_RELEASE, .rule = HMI_RULE_ALLOWED };
        run->items[i].object = o;
        HMI_TRY(hmi_release_gather(run, &run->items[i], &mark));
        if (mark.id.ptr != NULL) {
            run->marks[run->mark_count++] = mark;
        }
    }
    settle_marks(run);
    return HM_OK;
}

/* Steps 2 to 4 for one object. */
static void judge_item(hmi_release_run *run, hmi_release_item *item)
{
    hmi_release_object *o = item->object;
    if (o->answer == HMI_HOLD) {
        return;
    }
    const hm_text *set = item->markings;
    size_t count = item->marking_count;
    if (count == 0 && run->policy->unmarked.ptr != NULL) {
        set = &run->policy->unmarked;
        count = 1;
    }
    bool free_definition = item->definition && count == 0;
    hmi_rule rule = free_definition ? HMI_RULE_ALLOWED : hmi_release_judge(run, set, count, false);
    if (rule != HMI_RULE_ALLOWED) {
        o->answer = HMI_HOLD;
        o->rule = rule;
        return;
    }
    for (size_t i = 0; i < item->granular_count; i++) {
        hmi_granular *g = &item->granulars[i];
        g->gone = g->marking.ptr != NULL &&
                  hmi_release_judge(run, &g->marking, 1, true) != HMI_RULE_ALLOWED;
    }
}

/* -- Ids as numbers, and who refers to each. */

typedef struct web {
    uint32_t id_count;
    uint32_t *leaving;   /* objects with this id that leave */
    uint32_t *from;      /* id_count + 1: where the referrers of an id begin */
    uint32_t *referrers; /* item numbers */
    uint32_t *which;     /* number of the reference in that item */
    uint32_t *queue;     /* ids that no longer leave, or whose object is redacted */
    size_t queue_len, queue_at;
    bool *queued_gone, *queued_redacted;
} web;

typedef struct numbered {
    hm_text id;
    uint32_t item;
} numbered;

static int by_number_id(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    return hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
}

static uint32_t find_number(const numbered *ids, size_t count, hm_text id)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = hmi_bytes_cmp(hmi_text_bytes(ids[middle].id), hmi_text_bytes(id));
        if (order == 0) {
            return (uint32_t)middle;
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return (uint32_t)HMI_NO_ID;
}

static size_t number_ids(hmi_release_run *run, numbered *ids)
{
    size_t used = 0, kept = 0;
    for (size_t i = 0; i < run->count; i++) {
        run->items[i].id = (uint32_t)HMI_NO_ID;
        if (run->items[i].object->id.ptr != NULL) {
            ids[used++] = (numbered){ run->items[i].object->id, (uint32_t)i };
        }
    }
    if (used > 0) {
        qsort(ids, used, sizeof(*ids), by_number_id);
    }
    for (size_t i = 0; i < used; i++) {
        if (kept == 0 || !hmi_text_eq(ids[kept - 1].id, ids[i].id)) {
            ids[kept++] = ids[i];
        }
        run->items[ids[i].item].id = (uint32_t)(kept - 1);
    }
    return kept;
}

static int make_web(hmi_release_run *run, web *w)
{
    numbered *ids = hmi_new_array(run->arena, numbered, run->count + 1);
    w->from = hmi_new_array(run->arena, uint32_t, run->count + 2);
    w->leaving = hmi_new_array(run->arena, uint32_t, run->count + 1);
    w->queue = hmi_new_array(run->arena, uint32_t, 2 * run->count + 1);
    w->queued_gone = hmi_new_array(run->arena, bool, run->count + 1);
    w->queued_redacted = hmi_new_array(run->arena, bool, run->count + 1);
    if (ids == NULL || w->from == NULL || w->leaving == NULL || w->queue == NULL ||
        w->queued_gone == NULL || w->queued_redacted == NULL) {
        return hmi_arena_fail(run->arena, run->err);
    }
    w->id_count = (uint32_t)number_ids(run, ids);
    size_t total = 0;
    for (size_t i = 0; i < run->count; i++) {
        hmi_release_item *item = &run->items[i];
        for (size_t k = 0; k < item->reference_count; k++) {
            item->references[k].id = find_number(ids, w->id_count, item->references[k].target);
            if (item->references[k].id != (uint32_t)HMI_NO_ID) {
                w->from[item->references[k].id + 1]++;
                total++;
            }
        }
    }
    for (uint32_t i = 0; i < w->id_count; i++) {
        w->from[i + 1] += w->from[i];
    }
    w->referrers = hmi_new_array(run->arena, uint32_t, total);
    w->which = hmi_new_array(run->arena, uint32_t, total);
    uint32_t *fill = hmi_new_array(run->arena, uint32_t, w->id_count + 1);
    if (w->referrers == NULL || w->which == NULL || fill == NULL) {
        return hmi_arena_fail(run->arena, run->err);
    }
    for (size_t i = 0; i < run->count; i++) {
        const hmi_release_item *item = &run->items[i];
        for (size_t k = 0; k < item->reference_count; k++) {
            uint32_t id = item->references[k].id;
            if (id != (uint32_t)HMI_NO_ID) {
                uint32_t at = w->from[id] + fill[id]++;
                w->referrers[at] = (uint32_t)i;
                w->which[at] = (uint32_t)k;
            }
        }
    }
    return HM_OK;
}

static bool is_known(const hmi_release_run *run, const hmi_reference *r)
{
    return hmi_policy_has(run->policy->known, run->policy->known_count, r->target);
}

/* After an item's answer changed: what that means for those who refer to it. */
static void tell_referrers(web *w, const hmi_release_item *item)
{
    uint32_t id = item->id;
    if (item->object->answer == HMI_HOLD && w->leaving[id] == 0 && !w->queued_gone[id]) {
        w->queued_gone[id] = true;
        w->queue[w->queue_len++] = id;
    } else if (item->object->answer == HMI_REDACT && !w->queued_redacted[id]) {
        w->queued_redacted[id] = true;
        w->queue[w->queue_len++] = id;
    }
}

static int decide_again(hmi_release_run *run, web *w, hmi_release_item *item)
{
    HMI_TRY(hmi_release_redact(run, item));
    if (item->object->answer == HMI_HOLD) {
        w->leaving[item->id]--;
    }
    tell_referrers(w, item);
    return HM_OK;
}

static int hold_translation(hmi_release_run *run, web *w, hmi_release_item *item)
{
    (void)run;
    item->object->answer = HMI_HOLD;
    item->object->rule = HMI_RULE_REFERENCE;
    item->object->out = (hm_bytes){ NULL, 0 };
    w->leaving[item->id]--;
    tell_referrers(w, item);
    return HM_OK;
}

/* One reference of an item whose target is `id`. */
static int follow(hmi_release_run *run, web *w, uint32_t id, hmi_release_item *item,
                  hmi_reference *r)
{
    if (item->object->answer == HMI_HOLD) {
        return HM_OK;
    }
    if (w->leaving[id] == 0) {
        if (!r->gone && !is_known(run, r)) {
            r->gone = true;
            return decide_again(run, w, item);
        }
        return HM_OK;
    }
    bool translates = hmi_text_is(item->object->type, "language-content") &&
                      hmi_text_is(r->property, "object_ref");
    return translates && w->queued_redacted[id] ? hold_translation(run, w, item) : HM_OK;
}

static int spread(hmi_release_run *run, web *w)
{
    while (w->queue_at < w->queue_len) {
        uint32_t id = w->queue[w->queue_at++];
        for (uint32_t k = w->from[id]; k < w->from[id + 1]; k++) {
            hmi_release_item *item = &run->items[w->referrers[k]];
            HMI_TRY(follow(run, w, id, item, &item->references[w->which[k]]));
        }
    }
    return HM_OK;
}

static int decide_all(hmi_release_run *run, web *w)
{
    for (size_t i = 0; i < run->count; i++) {
        judge_item(run, &run->items[i]);
        if (run->items[i].object->answer != HMI_HOLD) {
            w->leaving[run->items[i].id]++;
        }
    }
    for (size_t i = 0; i < run->count; i++) {
        hmi_release_item *item = &run->items[i];
        for (size_t k = 0; k < item->reference_count; k++) {
            hmi_reference *r = &item->references[k];
            bool leaves = r->id != (uint32_t)HMI_NO_ID && w->leaving[r->id] > 0;
            r->gone = !leaves && !is_known(run, r);
        }
    }
    for (size_t i = 0; i < run->count; i++) {
        if (run->items[i].object->answer != HMI_HOLD) {
            HMI_TRY(decide_again(run, w, &run->items[i]));
        }
    }
    return spread(run, w);
}

/* -- Definitions that nothing uses. */

typedef struct uses {
    hm_text *ids;
    size_t count, room;
} uses;

static int use(hmi_release_run *run, uses *u, hm_text id)
{
    hm_text *ids = hmi_arena_grow(run->arena, u->ids, u->count, &u->room, sizeof(*ids));
    if (ids == NULL) {
        return hmi_arena_fail(run->arena, run->err);
    }
    u->ids = ids;
    ids[u->count++] = id;
    return HM_OK;
}

static bool lost(const hmi_release_object *o, hm_text property)
{
    for (size_t i = 0; i < o->gone_count; i++) {
        if (o->gone[i].whole && hmi_text_eq(o->gone[i].property, property)) {
            return true;
        }
    }
    return false;
}

static int uses_of(hmi_release_run *run, const hmi_release_item *item, uses *u)
{
    const hmi_release_object *o = item->object;
    for (size_t i = 0; i < item->marking_count; i++) {
        HMI_TRY(use(run, u, item->markings[i]));
    }
    for (size_t i = 0; i < item->granular_count; i++) {
        if (item->granulars[i].marking.ptr != NULL && !lost(o, item->granulars[i].property)) {
            HMI_TRY(use(run, u, item->granulars[i].marking));
        }
    }
    for (size_t i = 0; i < item->extension_count && !lost(o, HM_TEXT("extensions")); i++) {
        HMI_TRY(use(run, u, item->extensions[i]));
    }
    for (size_t i = 0; i < item->reference_count; i++) {
        const hmi_reference *r = &item->references[i];
        if (!r->gone && (r->element >= 0 || !lost(o, r->property))) {
            HMI_TRY(use(run, u, r->target));
        }
    }
    return HM_OK;
}

static int drop_unused(hmi_release_run *run, const web *w)
{
    numbered *ids = hmi_new_array(run->arena, numbered, run->count + 1);
    bool *used = hmi_new_array(run->arena, bool, w->id_count + 1);
    uint32_t *first = hmi_new_array(run->arena, uint32_t, w->id_count + 2);
    uint32_t *next = hmi_new_array(run->arena, uint32_t, run->count + 1);
    if (ids == NULL || used == NULL || first == NULL || next == NULL) {
        return hmi_arena_fail(run->arena, run->err);
    }
    for (size_t i = 0; i < run->count; i++) {
        if (run->items[i].id != (uint32_t)HMI_NO_ID) {
            ids[run->items[i].id] = (numbered){ run->items[i].object->id, (uint32_t)i };
        }
    }
    uses u = { 0 };
    for (size_t i = 0; i < run->count; i++) {
        const hmi_release_item *item = &run->items[i];
        if (item->object->answer != HMI_HOLD && !item->definition) {
            HMI_TRY(uses_of(run, item, &u));
        }
    }
    /* Definitions with the same id are chained, so that following one is one step however many
     * there are. */
    for (size_t i = 0; i < run->count; i++) {
        if (run->items[i].definition && run->items[i].id != (uint32_t)HMI_NO_ID) {
            next[i] = first[run->items[i].id];
            first[run->items[i].id] = (uint32_t)i + 1;
        }
    }
    for (size_t at = 0; at < u.count; at++) {
        uint32_t id = find_number(ids, w->id_count, u.ids[at]);
        if (id == (uint32_t)HMI_NO_ID || used[id]) {
            continue;
        }
        used[id] = true;
        for (uint32_t i = first[id]; i != 0; i = next[i - 1]) {
            if (run->items[i - 1].object->answer != HMI_HOLD) {
                HMI_TRY(uses_of(run, &run->items[i - 1], &u));
            }
        }
    }
    for (size_t i = 0; i < run->count; i++) {
        hmi_release_item *item = &run->items[i];
        if (item->definition && item->object->answer != HMI_HOLD && !used[item->id]) {
            item->object->answer = HMI_HOLD;
            item->object->rule = HMI_RULE_UNREFERENCED;
            item->object->out = (hm_bytes){ NULL, 0 };
        }
    }
    return HM_OK;
}

int hmi_release(const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                hmi_release_object *objects, size_t count, hmi_arena *arena, hm_err *err)
{
    hmi_assert(policy != NULL && partner != NULL);
    if (count > HMI_RELEASE_OBJECTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d objects at once",
                        HMI_RELEASE_OBJECTS_MAX);
    }
    hmi_release_run run = { .policy = policy,
                            .partner = partner,
                            .purpose = purpose,
                            .arena = arena,
                            .count = count,
                            .err = err };
    web w = { 0 };
    int code = hmi_json_new(&run.json, err);
    code = code == HM_OK ? hmi_stix_checker_new(&run.checker, err) : code;
    code = code == HM_OK ? gather_all(&run, objects) : code;
    code = code == HM_OK ? make_web(&run, &w) : code;
    code = code == HM_OK ? decide_all(&run, &w) : code;
    code = code == HM_OK ? drop_unused(&run, &w) : code;
    hmi_json_free(run.json);
    hmi_stix_checker_free(run.checker);
    return code;
}
