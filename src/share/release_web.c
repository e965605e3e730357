/* SPDX-License-Identifier: Apache-2.0
 *
 * release_web.c - decides about a set of objects until nothing changes.
 *
 * WHY    Holding one object makes references to it go, which may hold the next: the second half of
 *        docs/RELEASE.md. A secret's neighbours must not tell of it.
 * FORM   1. judge each object's markings, 2. take out references to what does not leave, 3. follow
 *        what that changes, 4. drop definitions that nothing uses. Ids are numbered, and for each
 *        number it is known who refers to it.
 * TRUST  Hostile objects. Work is bounded by the number of references: each goes at most once, and
 *        each going looks at its object once.
 * OWNS   Nothing: all is the run's arena's.
 */
#include <stdlib.h>

#include "base/error.h"
#include "share/release_set.h"

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
    return hmi_policy_has(run->policy->known, run->policy->known_count, r->target) ||
           (run->world != NULL && run->world->leaves(run->world->user, r->target));
}

/* Rule 6 for an object that left before. */
static bool translates_redacted(const hmi_release_run *run, const hmi_release_item *item)
{
    bool asked = run->world != NULL && hmi_text_is(item->object->type, "language-content");
    for (size_t k = 0; asked && k < item->reference_count; k++) {
        const hmi_reference *r = &item->references[k];
        if (hmi_text_is(r->property, "object_ref") &&
            run->world->redacted(run->world->user, r->target)) {
            return true;
        }
    }
    return false;
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
        hmi_release_judge_item(run, &run->items[i]);
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
        if (run->items[i].object->answer != HMI_HOLD && translates_redacted(run, &run->items[i])) {
            HMI_TRY(hold_translation(run, w, &run->items[i]));
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
        bool given = run->world != NULL && item->object->answer != HMI_HOLD &&
                     run->world->used(run->world->user, item->object->id);
        if (item->definition && item->object->answer != HMI_HOLD && !used[item->id] && !given) {
            item->object->answer = HMI_HOLD;
            item->object->rule = HMI_RULE_UNREFERENCED;
            item->object->out = (hm_bytes){ NULL, 0 };
        }
    }
    return HM_OK;
}

int hmi_release_settle(hmi_release_run *run)
{
    web w = { 0 };
    HMI_TRY(make_web(run, &w));
    HMI_TRY(decide_all(run, &w));
    return drop_unused(run, &w);
}
