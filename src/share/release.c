/* SPDX-License-Identifier: Apache-2.0
 *
 * release.c - judges markings: the first half of docs/RELEASE.md.
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
void hmi_release_judge_item(hmi_release_run *run, hmi_release_item *item)
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

static int name_all(const hmi_release_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const hmi_release_item *item = &run->items[i];
        size_t count = item->marking_count + item->granular_count + item->extension_count +
                       item->reference_count;
        hm_text *names = hmi_new_array(run->arena, hm_text, count);
        if (names == NULL) {
            return hmi_arena_fail(run->arena, run->err);
        }
        size_t at = 0;
        for (size_t k = 0; k < item->marking_count; k++) {
            names[at++] = item->markings[k];
        }
        for (size_t k = 0; k < item->granular_count; k++) {
            if (item->granulars[k].marking.ptr != NULL) {
                names[at++] = item->granulars[k].marking;
            }
        }
        for (size_t k = 0; k < item->extension_count; k++) {
            names[at++] = item->extensions[k];
        }
        for (size_t k = 0; k < item->reference_count; k++) {
            names[at++] = item->references[k].target;
        }
        item->object->names = names;
        item->object->name_count = at;
    }
    return HM_OK;
}

int hmi_release(const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                hmi_release_object *objects, size_t count, hmi_arena *arena, hm_err *err)
{
    return hmi_release_beside(policy, partner, purpose, NULL, objects, count, arena, err);
}

int hmi_release_beside(const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                       const hmi_release_world *world, hmi_release_object *objects, size_t count,
                       hmi_arena *arena, hm_err *err)
{
    hmi_assert(policy != NULL && partner != NULL);
    if (count > HMI_RELEASE_OBJECTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d objects at once",
                        HMI_RELEASE_OBJECTS_MAX);
    }
    hmi_release_run run = { .policy = policy,
                            .partner = partner,
                            .purpose = purpose,
                            .world = world,
                            .arena = arena,
                            .count = count,
                            .err = err };
    int code = hmi_json_new(&run.json, err);
    code = code == HM_OK ? hmi_stix_checker_new(&run.checker, err) : code;
    code = code == HM_OK ? gather_all(&run, objects) : code;
    code = code == HM_OK ? hmi_release_settle(&run) : code;
    code = code == HM_OK ? name_all(&run) : code;
    hmi_json_free(run.json);
    hmi_stix_checker_free(run.checker);
    return code;
}
