/* SPDX-License-Identifier: Apache-2.0
 *
 * search.c - functions of a program, looked up in the casebook; the programs that hold most of
 * them.
 *
 * WHY    One function alone may be anybody's. Which evidence holds many, and which of them no
 * harmless file has, is the answer that a responder needs. FORM   1. each function: the likest of
 * the casebook (index, then compared), who holds them, how many harmless files have it
 *        2. the incidents that hold most by instructions; their programs' functions are laid over
 * what was found TRUST  Fingerprints and the casebook's rows are hostile data; the work is bounded
 * by HMI_SEARCH_..._MAX. OWNS   Nothing: the arena's.
 */
#include "differ/search.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum { TELLING_MIN = 8 /* instructions: what is smaller is not in the casebook */ };

typedef struct near_trait {
    int64_t trait;
    uint32_t asked;
    double similarity;
} near_trait;

typedef struct weighed {
    int64_t incident;
    uint64_t weight;
} weighed;

typedef struct searching {
    hmi_store *store;
    hmi_arena *arena;
    const hmi_program *program;
    const hmi_search_options *options;
    hmi_search_result *result;
    near_trait *traits;
    size_t trait_count, trait_room, asked_room;
    weighed *incidents;
    size_t incident_count, incident_room;
    double *best; /* by asked function: the likest in the program in hand */
} searching;

static const hmi_listed_function *function_of(const searching *s, const hmi_asked_function *asked)
{
    return &s->program->functions[asked->index];
}

/* ---- One function */

static int add_trait(searching *s, const hmi_near_function *near, hm_err *err)
{
    near_trait *all =
        hmi_arena_grow(s->arena, s->traits, s->trait_count, &s->trait_room, sizeof(*all));
    if (all == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    s->traits = all;
    s->traits[s->trait_count++] =
        (near_trait){ near->trait, (uint32_t)s->result->asked_count, near->similarity };
    return HM_OK;
}

static int add_incident(searching *s, int64_t incident, uint64_t weight, hm_err *err)
{
    weighed *all =
        hmi_arena_grow(s->arena, s->incidents, s->incident_count, &s->incident_room, sizeof(*all));
    if (all == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    s->incidents = all;
    s->incidents[s->incident_count++] = (weighed){ incident, weight };
    return HM_OK;
}

static int look_up_holders(searching *s, hmi_asked_function *asked, hm_err *err)
{
    int64_t ids[HMI_SEARCH_NEAR_MAX];
    hmi_incidents_of of;
    const hmi_listed_function *f = function_of(s, asked);
    for (size_t i = 0; i < asked->near_count; i++) {
        ids[i] = asked->near[i].trait;
    }
    HMI_TRY(
        hmi_traits_incidents(s->store, s->arena, ids, asked->near_count, HMI_SEARCH_HUB, &of, err));
    for (size_t i = 0; i < asked->near_count; i++) {
        hmi_near_function *near = &asked->near[i];
        hmi_incident_trait row;
        HMI_TRY(hmi_trait_get(s->store, s->arena, near->trait, &row, err));
        near->hash = row.value;
        near->incidents = of.ids + of.from[i];
        near->incident_count = of.totals[i];
        HMI_TRY(add_trait(s, near, err));
        for (uint32_t k = of.from[i]; k < of.from[i + 1] && f->library.len == 0; k++) {
            HMI_TRY(add_incident(s, of.ids[k], f->parsed.instructions, err));
        }
    }
    return HM_OK;
}

static int ask_one(searching *s, size_t index, hm_err *err)
{
    const hmi_listed_function *f = &s->program->functions[index];
    hmi_alike alike[HMI_SEARCH_NEAR_MAX];
    hmi_asked_function asked = { .index = index };
    size_t most = hmi_min(s->options->near_max, HMI_SEARCH_NEAR_MAX);
    if (f->parsed.instructions < TELLING_MIN) {
        return HM_OK;
    }
    s->result->searched++;
    s->result->library += f->library.len > 0;
    HMI_TRY(hmi_functions_alike(s->store, f->print, s->options->similarity, alike, most,
                                &asked.near_count, err));
    if (asked.near_count == 0) {
        return HM_OK;
    }
    asked.near = hmi_new_array(s->arena, hmi_near_function, asked.near_count);
    hmi_asked_function *all = hmi_arena_grow(s->arena, s->result->asked, s->result->asked_count,
                                             &s->asked_room, sizeof(*all));
    if (asked.near == NULL || all == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    for (size_t i = 0; i < asked.near_count; i++) {
        asked.near[i] =
            (hmi_near_function){ .trait = alike[i].trait, .similarity = alike[i].similarity };
    }
    HMI_TRY(
        hmi_baseline_alike(s->store, f->print, &s->options->similarity, 1, &asked.harmless, err));
    HMI_TRY(look_up_holders(s, &asked, err));
    s->result->asked = all;
    s->result->asked[s->result->asked_count++] = asked;
    return HM_OK;
}

/* ---- Programs that hold many */

static int by_trait(const void *a, const void *b)
{
    const near_trait *x = a, *y = b;
    if (x->trait != y->trait) {
        return x->trait < y->trait ? -1 : 1;
    }
    return x->asked < y->asked ? -1 : x->asked > y->asked;
}

static int by_incident(const void *a, const void *b)
{
    const weighed *x = a, *y = b;
    return x->incident < y->incident ? -1 : x->incident > y->incident;
}

static int by_weight(const void *a, const void *b)
{
    const weighed *x = a, *y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return by_incident(a, b);
}

/* One row an incident, those that hold most first. */
static void order_incidents(searching *s)
{
    if (s->incident_count == 0) {
        return;
    }
    qsort(s->incidents, s->incident_count, sizeof(*s->incidents), by_incident);
    size_t kept = 0;
    for (size_t i = 1; i < s->incident_count; i++) {
        if (s->incidents[i].incident == s->incidents[kept].incident) {
            s->incidents[kept].weight += s->incidents[i].weight;
        } else {
            s->incidents[++kept] = s->incidents[i];
        }
    }
    s->incident_count = kept + 1;
    qsort(s->incidents, s->incident_count, sizeof(*s->incidents), by_weight);
    s->incident_count = hmi_min(s->incident_count, HMI_SEARCH_INCIDENTS_MAX);
}

static bool is_program(hm_text format)
{
    hm_text part;
    while (hmi_split(&format, '+', &part)) {
        if (hmi_text_is(part, "elf") || hmi_text_is(part, "pe")) {
            return true;
        }
    }
    return false;
}

/* Lays a program's functions over what was found. */
static int weigh_program(searching *s, hmi_near_program *p, hm_err *err)
{
    int64_t *traits = NULL;
    size_t count = 0, at = 0;
    hmi_search_result *r = s->result;
    double both = 0, all = 0;
    HMI_TRY(hmi_evidence_functions(s->store, s->arena, p->evidence.id, &traits, &count, err));
    memset(s->best, 0, r->asked_count * sizeof(*s->best));
    for (size_t i = 0; i < count; i++) {
        while (at < s->trait_count && s->traits[at].trait < traits[i]) {
            at++;
        }
        for (size_t k = at; k < s->trait_count && s->traits[k].trait == traits[i]; k++) {
            double *best = &s->best[s->traits[k].asked];
            *best = s->traits[k].similarity > *best ? s->traits[k].similarity : *best;
        }
    }
    for (size_t i = 0; i < r->asked_count; i++) {
        const hmi_listed_function *f = function_of(s, &r->asked[i]);
        if (s->best[i] > 0 && f->library.len == 0) {
            p->shared++;
            p->equal += s->best[i] == 1;
            p->rare += r->asked[i].harmless == 0;
            both += s->best[i] * f->parsed.instructions;
        }
    }
    size_t asked = s->options->functions ? s->options->function_count : s->program->count;
    for (size_t i = 0; i < asked; i++) {
        const hmi_listed_function *f =
            &s->program->functions[s->options->functions ? s->options->functions[i] : i];
        bool counts = f->parsed.instructions >= TELLING_MIN && f->library.len == 0;
        all += counts ? f->parsed.instructions : 0;
    }
    p->similarity = all > 0 ? both / all : 0;
    return HM_OK;
}

static hmi_near_program *program_with(hmi_search_result *r, int64_t evidence)
{
    for (size_t i = 0; i < r->program_count; i++) {
        if (r->programs[i].evidence.id == evidence) {
            return &r->programs[i];
        }
    }
    return NULL;
}

static int add_program(searching *s, const hmi_evidence *evidence, int64_t incident, size_t *room,
                       hm_err *err)
{
    hmi_search_result *r = s->result;
    hmi_near_program *p = program_with(r, evidence->id);
    if (p == NULL) {
        hmi_near_program one = { .evidence = *evidence };
        HMI_TRY(weigh_program(s, &one, err));
        if (one.shared == 0) {
            return HM_OK;
        }
        one.incidents = hmi_new_array(s->arena, int64_t, HMI_SEARCH_INCIDENTS_MAX);
        hmi_near_program *all =
            hmi_arena_grow(s->arena, r->programs, r->program_count, room, sizeof(*all));
        if (all == NULL || one.incidents == NULL) {
            return hmi_arena_fail(s->arena, err);
        }
        r->programs = all;
        p = &r->programs[r->program_count++];
        *p = one;
    }
    if (p->incident_count == 0 || p->incidents[p->incident_count - 1] != incident) {
        p->incidents[p->incident_count++] = incident;
    }
    return HM_OK;
}

static int by_held(const void *a, const void *b)
{
    const hmi_near_program *x = a, *y = b;
    if (x->similarity != y->similarity) {
        return x->similarity > y->similarity ? -1 : 1;
    }
    return memcmp(x->evidence.sha256.bytes, y->evidence.sha256.bytes,
                  sizeof(x->evidence.sha256.bytes));
}

static bool is_cancelled(const searching *s)
{
    return s->options->cancelled != NULL && s->options->cancelled(NULL);
}

static int find_programs(searching *s, hm_err *err)
{
    size_t room = 0, looked = 0;
    s->best = hmi_new_array(s->arena, double, s->result->asked_count);
    if (s->best == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    if (s->trait_count > 1) {
        qsort(s->traits, s->trait_count, sizeof(*s->traits), by_trait);
    }
    order_incidents(s);
    for (size_t i = 0; i < s->incident_count; i++) {
        hmi_evidence *list = NULL;
        size_t count = 0;
        HMI_TRY(
            hmi_evidence_list(s->store, s->arena, s->incidents[i].incident, &list, &count, err));
        for (size_t k = 0; k < count && looked < HMI_SEARCH_PROGRAMS_MAX; k++) {
            if (is_program(list[k].format) && (k == 0 || list[k].id != list[k - 1].id)) {
                looked++;
                HMI_TRY(add_program(s, &list[k], s->incidents[i].incident, &room, err));
            }
            if (is_cancelled(s)) {
                return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
            }
        }
    }
    if (s->result->program_count > 1) {
        qsort(s->result->programs, s->result->program_count, sizeof(*s->result->programs), by_held);
    }
    return HM_OK;
}

/* ---- All of it */

typedef struct ordered {
    hmi_asked_function asked;
    bool library;
    uint32_t instructions;
} ordered;

static int by_rarity(const void *a, const void *b)
{
    const ordered *x = a, *y = b;
    if (x->library != y->library) {
        return x->library ? 1 : -1;
    }
    if (x->asked.harmless != y->asked.harmless) {
        return x->asked.harmless < y->asked.harmless ? -1 : 1;
    }
    if (x->instructions != y->instructions) {
        return x->instructions > y->instructions ? -1 : 1;
    }
    return x->asked.index < y->asked.index ? -1 : x->asked.index > y->asked.index;
}

static int order_asked(searching *s, hm_err *err)
{
    hmi_search_result *r = s->result;
    ordered *all = hmi_new_array(s->arena, ordered, r->asked_count);
    if (all == NULL) {
        return hmi_arena_fail(s->arena, err);
    }
    for (size_t i = 0; i < r->asked_count; i++) {
        const hmi_listed_function *f = function_of(s, &r->asked[i]);
        all[i] = (ordered){ r->asked[i], f->library.len > 0, f->parsed.instructions };
    }
    if (r->asked_count > 1) {
        qsort(all, r->asked_count, sizeof(*all), by_rarity);
    }
    for (size_t i = 0; i < r->asked_count; i++) {
        r->asked[i] = all[i].asked;
    }
    return HM_OK;
}

static int search(searching *s, hm_err *err)
{
    size_t count = s->options->functions ? s->options->function_count : s->program->count;
    HMI_TRY(hmi_incident_count(s->store, &s->result->incidents, err));
    HMI_TRY(hmi_baseline_files(s->store, &s->result->harmless_files, err));
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(ask_one(s, s->options->functions ? s->options->functions[i] : i, err));
        if (is_cancelled(s)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
    HMI_TRY(find_programs(s, err));
    return order_asked(s, err);
}

int hmi_search_program(hmi_store *store, hmi_arena *arena, const hmi_program *program,
                       const hmi_search_options *options, hmi_search_result *ret, hm_err *err)
{
    hmi_search_result result = { .asked_count = 0 };
    searching s = {
        .store = store, .arena = arena, .program = program, .options = options, .result = &result
    };
    HMI_TRY(hmi_snapshot_begin(store, err));
    int code = search(&s, err);
    hmi_snapshot_end(store);
    HMI_TRY(code);
    *ret = result;
    return HM_OK;
}
