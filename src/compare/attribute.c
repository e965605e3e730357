/* SPDX-License-Identifier: Apache-2.0
 *
 * attribute.c - a casebook's incidents as known ones, and an incident as a question to them.
 *
 * WHY    See attribute.h. The casebook's traits take the form the model was fitted on, so that a
 *        finding is judged by the very code whose figures are published.
 * FORM   Traits -> kinds (table KIND_OF). A URL gives its host and path as well. The victim's own
 *        machines, noise and claims are left out, as in a comparison.
 * TRUST  Values are data; names of actors are shown, never compared with anything but themselves.
 * OWNS   hmi_actors: its arena holds everything it knows.
 */
#include "compare/attribute.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/arith.h"
#include "compare/gather.h"
#include "compare/words.h"

enum {
    SUSPECTS_DEFAULT = 5,
    ARGUMENTS_DEFAULT = 20,
    MISSING_MAX = 5,
    NEAREST_MAX = 3,
    CARRIED_MAX = 8,
    NEAR_MAX = 128
};
static const size_t ACTORS_MEMORY_MAX = (size_t)8 << 30;

typedef struct stated {
    int64_t incident;
    uint32_t slot;
    bool withdrawn;
} stated;

struct hmi_actors {
    hmi_arena arena;
    hmi_lexicon lexicon;
    hmi_known known;
    hmi_scorer scorer;
    hmi_model model;
    hm_text *names; /* by actor */
    size_t name_count, name_capacity;
    stated *stated;
    size_t stated_count, stated_capacity;
};

/* ---- Traits to kinds */
static bool kind_of(hmi_class class_id, hmi_kind *ret)
{
    static const struct {
        hmi_class class_id;
        hmi_kind kind;
    } KIND_OF[] = {
        { HMI_ADDRESS, HMI_KIND_IP },      { HMI_DOMAIN, HMI_KIND_DOMAIN },
        { HMI_MD5, HMI_KIND_MD5 },         { HMI_SHA1, HMI_KIND_SHA1 },
        { HMI_SHA256, HMI_KIND_SHA256 },   { HMI_STRING, HMI_KIND_STRING },
        { HMI_PASSWORD, HMI_KIND_STRING }, { HMI_FILE_NAME, HMI_KIND_FILENAME },
        { HMI_MUTEX, HMI_KIND_MUTEX },     { HMI_TECHNIQUE, HMI_KIND_TECHNIQUE },
        { HMI_TOOL, HMI_KIND_SOFTWARE },   { HMI_VULNERABILITY, HMI_KIND_CVE },
        { HMI_FUNCTION, HMI_KIND_BYTES },  { HMI_CONSTANT_TABLE, HMI_KIND_BYTES },
    };
    for (size_t i = 0; i < HMI_COUNT(KIND_OF); i++) {
        if (KIND_OF[i].class_id == class_id) {
            *ret = KIND_OF[i].kind;
            return true;
        }
    }
    return false;
}

static int observe_url(hmi_report *report, hmi_lexicon *lexicon, hm_text url, hm_err *err)
{
    const size_t scheme = hmi_find(hmi_text_bytes(url), HM_BYTES("://"));
    const hm_text rest = scheme == HMI_NPOS ? url : hmi_text_slice(url, scheme + 3, url.len);
    const size_t slash = hmi_find_byte(hmi_text_bytes(rest), '/');
    HMI_TRY(hmi_report_observe(report, lexicon, HMI_KIND_URL, rest, false, err));
    if (slash == HMI_NPOS || slash + 1 >= rest.len) {
        return HM_OK;
    }
    return hmi_report_observe(report, lexicon, HMI_KIND_PATH, hmi_text_slice(rest, slash, rest.len),
                              false, err);
}

static bool speaks(const hmi_incident_trait *trait)
{
    return !hmi_trait_is_noise(trait->class_id, trait->value, NULL) &&
           !hmi_is_victims_own(trait->class_id, trait->roles) &&
           !(trait->class_id == HMI_FILE_NAME && trait->roles == 1u << HMI_ROLE_SELF);
}

/* The incident as a report. */
static int report_of(hmi_store *store, hmi_lexicon *lexicon, hmi_arena *arena, int64_t incident,
                     hmi_report *ret, hm_err *err)
{
    hmi_incident_trait *traits = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_traits(store, arena, incident, &traits, &count, err));
    for (size_t i = 0; i < count; i++) {
        hmi_kind kind = HMI_KIND_COUNT;
        if (!speaks(&traits[i])) {
            continue;
        }
        if (traits[i].class_id == HMI_URL) {
            HMI_TRY(observe_url(ret, lexicon, traits[i].value, err));
        } else if (kind_of(traits[i].class_id, &kind)) {
            HMI_TRY(hmi_report_observe(ret, lexicon, kind, traits[i].value, false, err));
        }
    }
    return HM_OK;
}

/* ---- What is known */
static int actor_number(hmi_actors *actors, hm_text name, uint32_t *ret, hm_err *err)
{
    for (size_t i = 0; i < actors->name_count; i++) {
        if (hmi_text_eq(actors->names[i], name)) {
            *ret = (uint32_t)i;
            return HM_OK;
        }
    }
    hm_text *names = hmi_arena_grow(&actors->arena, actors->names, actors->name_count,
                                    &actors->name_capacity, sizeof(*names));
    const hm_text copy = hmi_arena_text(&actors->arena, name);
    if (names == NULL || copy.ptr == NULL) {
        return hmi_arena_fail(&actors->arena, err);
    }
    actors->names = names;
    names[actors->name_count] = copy;
    *ret = (uint32_t)actors->name_count++;
    return HM_OK;
}

static int32_t day_of(int64_t us)
{
    const int64_t day_us = 86400ll * 1000000;
    return (int32_t)(us / day_us - (us % day_us < 0));
}

int hmi_actors_say(hmi_actors *actors, hmi_store *store, const hmi_statement *statement,
                   hm_err *err)
{
    hmi_arena scratch;
    hmi_incident incident = { 0 };
    hmi_report report = { 0 };
    uint32_t *terms = NULL, actor = 0, slot = 0;
    size_t term_count = 0;
    hmi_actors_unsay(actors, statement->incident);
    hmi_arena_init(&scratch, 512 << 20);
    int code = hmi_incident_get(store, &scratch, statement->incident, &incident, err);
    if (code == HM_OK) {
        code = report_of(store, &actors->lexicon, &scratch, statement->incident, &report, err);
    }
    const int64_t when =
        statement->when_us != HMI_TIME_NONE ? statement->when_us : incident.created_us;
    const hm_text id = hmi_arena_text(&actors->arena, incident.stix_id);
    hmi_arena_fini(&scratch);
    HMI_TRY(code);
    HMI_TRY(actor_number(actors, statement->actor, &actor, err));
    HMI_TRY(hmi_report_terms(&report, &actors->arena, &terms, &term_count, err));
    stated *grown = hmi_arena_grow(&actors->arena, actors->stated, actors->stated_count,
                                   &actors->stated_capacity, sizeof(*grown));
    if (grown == NULL || id.ptr == NULL) {
        return hmi_arena_fail(&actors->arena, err);
    }
    actors->stated = grown;
    HMI_TRY(hmi_known_add(&actors->known, actor, day_of(when), id, terms, term_count, &slot, err));
    grown[actors->stated_count++] = (stated){ statement->incident, slot, false };
    return HM_OK;
}

void hmi_actors_unsay(hmi_actors *actors, int64_t incident)
{
    for (size_t i = 0; i < actors->stated_count; i++) {
        if (actors->stated[i].incident == incident && !actors->stated[i].withdrawn) {
            hmi_known_withdraw(&actors->known, actors->stated[i].slot);
            actors->stated[i].withdrawn = true;
        }
    }
}

int hmi_actors_new(hmi_store *store, const hmi_statement *statements, size_t count,
                   const hmi_model *model, hmi_actors **ret_actors, hm_err *err)
{
    hmi_actors *actors = calloc(1, sizeof(*actors));
    if (actors == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the known actors");
    }
    hmi_arena_init(&actors->arena, ACTORS_MEMORY_MAX);
    actors->model = *model;
    int code = hmi_lexicon_init(&actors->lexicon, &actors->arena, err);
    hmi_known_init(&actors->known, &actors->arena, &actors->lexicon);
    hmi_scorer_init(&actors->scorer, &actors->known, &actors->arena);
    actors->scorer.near_max = NEAR_MAX;
    for (size_t i = 0; i < count && code == HM_OK; i++) {
        code = hmi_actors_say(actors, store, &statements[i], err);
    }
    if (code < 0) {
        hmi_actors_free(actors);
        return code;
    }
    *ret_actors = actors;
    return HM_OK;
}

void hmi_actors_free(hmi_actors *actors)
{
    if (actors != NULL) {
        hmi_arena_fini(&actors->arena);
        free(actors);
    }
}

/* ---- Answering */
typedef struct asking {
    hmi_actors *actors;
    hmi_arena *arena;
    const hmi_attribute_options *options;
    const hmi_query *query;
    int32_t today;
    double *posteriors, *llrs; /* by place in present */
    double none;
} asking;

typedef struct standing {
    double posterior;
    size_t at; /* in present */
    hm_text name;
} standing;

static int by_posterior(const void *a, const void *b)
{
    const standing *x = a, *y = b;
    if (x->posterior < y->posterior || x->posterior > y->posterior) {
        return x->posterior > y->posterior ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(x->name), hmi_text_bytes(y->name));
}

static int by_nats(const void *a, const void *b)
{
    const hmi_argument *x = a, *y = b;
    if (x->nats < y->nats || x->nats > y->nats) {
        return x->nats > y->nats ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(x->value), hmi_text_bytes(y->value));
}

static hmi_argument argue(const asking *a, uint32_t term, uint32_t actor)
{
    const hmi_known *known = &a->actors->known;
    const struct hmi_term *named = &a->actors->lexicon.terms[term];
    const hmi_posting *posting = &known->postings[term];
    hmi_argument argument = { .kind = named->kind,
                              .value = named->value,
                              .incidents = posting->df,
                              .nats = hmi_trait_llr(known, term, actor, a->today),
                              .actor_all = known->actors[actor].kind_incidents[named->kind],
                              .group = hmi_plant_of(3 * (int)named->kind) };
    if (posting->df == 1) {
        const bool own = known->incidents[posting->in.one].actor == actor;
        argument.actor_incidents = own;
        argument.other_actors = !own;
        return argument;
    }
    for (uint32_t i = 0; i < posting->shown_count; i++) {
        if (posting->shown[i].actor == actor) {
            argument.actor_incidents = posting->shown[i].incidents;
        } else {
            argument.other_actors += 1;
        }
    }
    return argument;
}

static int argue_all(const asking *a, uint32_t actor, hmi_suspect *ret, hm_err *err)
{
    const hmi_query *query = a->query;
    const size_t max =
        a->options->arguments_max > 0 ? a->options->arguments_max : ARGUMENTS_DEFAULT;
    hmi_argument *all = hmi_new_array(a->arena, hmi_argument, query->term_count);
    if (all == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    size_t count = 0;
    for (size_t i = 0; i < query->term_count; i++) {
        const uint32_t term = query->terms[i];
        if (hmi_known_df(&a->actors->known, term) == 0 ||
            a->actors->lexicon.terms[term].kind >= HMI_KIND_WEIGHED) {
            continue;
        }
        const hmi_argument argument = argue(a, term, actor);
        if (argument.nats > 0) {
            all[count++] = argument;
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof(*all), by_nats);
    }
    ret->arguments = all;
    ret->argument_count = hmi_min(count, max);
    return HM_OK;
}

/* Traits half of the actor's incidents with the kind show, rare elsewhere, of a kind the question
 * has, and absent from it: what speaks against. */
static int argue_missing(const asking *a, uint32_t actor, hmi_suspect *ret, hm_err *err)
{
    const hmi_known *known = &a->actors->known;
    hmi_argument *missing = hmi_new_array(a->arena, hmi_argument, MISSING_MAX + 1);
    uint32_t kinds = 0;
    if (missing == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    for (size_t i = 0; i < a->query->term_count; i++) {
        kinds |= 1u << a->actors->lexicon.terms[a->query->terms[i]].kind;
    }
    size_t count = 0;
    for (size_t term = 0; term < a->actors->lexicon.count; term++) {
        const hmi_kind kind = a->actors->lexicon.terms[term].kind;
        if ((kinds >> kind & 1) == 0 || kind >= HMI_KIND_WEIGHED ||
            hmi_known_df(known, (uint32_t)term) < 3) {
            continue;
        }
        hmi_argument argument = argue(a, (uint32_t)term, actor);
        if (argument.actor_incidents * 2 < argument.actor_all || argument.actor_incidents < 3 ||
            argument.nats < 1) {
            continue;
        }
        bool there = false;
        for (size_t i = 0; i < a->query->term_count && !there; i++) {
            there = a->query->terms[i] == term;
        }
        if (there) {
            continue;
        }
        missing[count] = argument;
        count += count < MISSING_MAX + 1;
        if (count > MISSING_MAX) {
            qsort(missing, count, sizeof(*missing), by_nats);
            count = MISSING_MAX;
        }
    }
    if (count > 1) {
        qsort(missing, count, sizeof(*missing), by_nats);
    }
    ret->missing = missing;
    ret->missing_count = count;
    return HM_OK;
}

/* The posterior if all of one group were planted: the group is left out for every actor. */
static void what_if(const asking *a, size_t at, hmi_suspect *ret)
{
    const hmi_scorer *scorer = &a->actors->scorer;
    const double none = hmi_model_none(&a->actors->model, scorer->none);
    double mine[HMI_PLANT_COUNT] = { 0 }, sum[HMI_PLANT_COUNT];
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        sum[group] = hmi_exp(none);
    }
    for (size_t i = 0; i < scorer->present_count; i++) {
        const hmi_weighed w = hmi_model_weigh(&a->actors->model, scorer, scorer->present[i]);
        const double z = w.evidence + (a->options->uniform_prior ? 0 : w.prior);
        for (int group = 0; group < HMI_PLANT_COUNT; group++) {
            const double part = hmi_exp(z - w.group[group]);
            sum[group] += part;
            mine[group] = i == at ? part : mine[group];
        }
    }
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        ret->without_group[group] = mine[group] / sum[group];
    }
}

static int64_t incident_of(const hmi_actors *actors, uint32_t slot)
{
    for (size_t i = 0; i < actors->stated_count; i++) {
        if (actors->stated[i].slot == slot) {
            return actors->stated[i].incident;
        }
    }
    return 0;
}

static int list_nearest(const asking *a, uint32_t actor, hmi_suspect *ret, hm_err *err)
{
    hmi_nearest nearest[NEAREST_MAX];
    const size_t count = hmi_score_nearest(&a->actors->scorer, actor, nearest, NEAREST_MAX);
    ret->nearest = hmi_new_array(a->arena, struct hmi_like, count);
    if (ret->nearest == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        ret->nearest[i].incident = incident_of(a->actors, nearest[i].slot);
        ret->nearest[i].cosine = nearest[i].cosine;
    }
    ret->nearest_count = count;
    return HM_OK;
}

static int tell_suspect(const asking *a, size_t at, hmi_suspect *ret, hm_err *err)
{
    const hmi_scorer *scorer = &a->actors->scorer;
    const uint32_t actor = scorer->present[at];
    const hmi_known_actor *known = &a->actors->known.actors[actor];
    *ret = (hmi_suspect){ .actor = a->actors->names[actor],
                          .llr = a->llrs[at],
                          .posterior = a->posteriors[at],
                          .weighed = hmi_model_weigh(&a->actors->model, scorer, actor),
                          .incidents = known->incidents,
                          .support = hmi_exp(hmi_score_row(scorer, actor)[HMI_COL_PRIOR]) - 1,
                          .last_day = known->last_day };
    ret->lr_words = hmi_words_enfsi(ret->llr / HMI_LN2);
    ret->posterior_words = hmi_words_icd203(ret->posterior);
    int speaking = 0;
    for (int group = 0; group < HMI_PLANT_COUNT; group++) {
        speaking += ret->weighed.group[group] >= 1;
    }
    ret->nameable = speaking >= 2;
    what_if(a, at, ret);
    HMI_TRY(argue_all(a, actor, ret, err));
    HMI_TRY(argue_missing(a, actor, ret, err));
    return list_nearest(a, actor, ret, err);
}

static size_t first_place(const hmi_scorer *scorer, const double *posteriors, double none)
{
    size_t best = scorer->present_count;
    double most = none;
    for (size_t i = 0; i < scorer->present_count; i++) {
        if (posteriors[i] > most) {
            most = posteriors[i];
            best = i;
        }
    }
    return best;
}

/* Takes the strongest arguments for the first place away, one after the other, until it falls. */
static int count_carriers(const asking *a, const hmi_suspect *first, size_t *ret, hm_err *err)
{
    hmi_scorer *scorer = &a->actors->scorer;
    hmi_query left = *a->query;
    double *posteriors = hmi_new_array(a->arena, double, scorer->present_count);
    uint32_t *terms = hmi_new_array(a->arena, uint32_t, left.term_count);
    uint32_t *bare = hmi_new_array(a->arena, uint32_t, left.bare_count);
    if (posteriors == NULL || terms == NULL || bare == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    *ret = 0;
    memcpy(terms, left.terms, left.term_count * sizeof(*terms));
    memcpy(bare, left.bare, left.bare_count * sizeof(*bare));
    left.terms = terms;
    left.bare = bare;
    for (size_t taken = 0; taken < CARRIED_MAX && taken < first->argument_count; taken++) {
        const hmi_argument *strongest = &first->arguments[taken];
        const int64_t term =
            hmi_lexicon_find(&a->actors->lexicon, strongest->kind, strongest->value);
        left.term_count = hmi_terms_without(left.terms, left.term_count, (uint32_t)term);
        left.bare_count = hmi_terms_without(left.bare, left.bare_count, (uint32_t)term);
        HMI_TRY(hmi_score(scorer, &left, a->today, a->arena, err));
        const double none = hmi_model_posterior(&a->actors->model, scorer,
                                                !a->options->uniform_prior, posteriors, NULL);
        const size_t best = first_place(scorer, posteriors, none);
        if (best == scorer->present_count ||
            !hmi_text_eq(a->actors->names[scorer->present[best]], first->actor)) {
            *ret = taken + 1;
            return HM_OK;
        }
    }
    return HM_OK;
}

static int answer(asking *a, hmi_attribution *ret, hm_err *err)
{
    hmi_scorer *scorer = &a->actors->scorer;
    const size_t count = scorer->present_count;
    const size_t max = a->options->suspects_max > 0 ? a->options->suspects_max : SUSPECTS_DEFAULT;
    a->posteriors = hmi_new_array(a->arena, double, count);
    a->llrs = hmi_new_array(a->arena, double, 2 * count);
    standing *standings = hmi_new_array(a->arena, standing, count);
    if (a->posteriors == NULL || a->llrs == NULL || standings == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    a->none = hmi_model_posterior(&a->actors->model, scorer, !a->options->uniform_prior,
                                  a->posteriors, a->llrs);
    for (size_t i = 0; i < count; i++) {
        standings[i] = (standing){ a->posteriors[i], i, a->actors->names[scorer->present[i]] };
    }
    if (count > 1) {
        qsort(standings, count, sizeof(*standings), by_posterior);
    }
    ret->none = a->none;
    ret->contradiction = hmi_model_contradiction(&a->actors->model, scorer);
    ret->suspect_count = hmi_min(count, max);
    ret->suspects = hmi_new_array(a->arena, hmi_suspect, ret->suspect_count);
    if (ret->suspects == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    for (size_t i = 0; i < ret->suspect_count; i++) {
        HMI_TRY(tell_suspect(a, standings[i].at, &ret->suspects[i], err));
    }
    if (ret->suspect_count > 0 && ret->suspects[0].posterior > ret->none) {
        return count_carriers(a, &ret->suspects[0], &ret->carried_by, err);
    }
    return HM_OK;
}

int hmi_attribute(hmi_actors *actors, hmi_store *store, hmi_arena *arena, int64_t incident,
                  int64_t today_us, const hmi_attribute_options *options, hmi_attribution *ret,
                  hm_err *err)
{
    static const hmi_attribute_options none = { 0 };
    asking a = { .actors = actors,
                 .arena = arena,
                 .options = options != NULL ? options : &none,
                 .today = day_of(today_us) };
    hmi_attribution attribution = { .model = actors->model.name };
    hmi_report report = { 0 };
    hmi_query query = { 0 };
    stated *own = NULL;
    HMI_TRY(hmi_store_generation(store, &attribution.generation, err));
    HMI_TRY(report_of(store, &actors->lexicon, arena, incident, &report, err));
    for (size_t i = 0; i < actors->stated_count; i++) {
        if (actors->stated[i].incident == incident && !actors->stated[i].withdrawn) {
            own = &actors->stated[i];
        }
    }
    if (own != NULL) { /* never its own witness */
        hmi_known_withdraw(&actors->known, own->slot);
    }
    int code = hmi_query_make(&actors->known, &report, arena, &query, err);
    if (code == HM_OK) {
        a.query = &query;
        code = hmi_score(&actors->scorer, &query, a.today, arena, err);
    }
    if (code == HM_OK) {
        attribution.incidents_known = actors->known.count;
        attribution.actors_known = actors->scorer.present_count;
        code = answer(&a, &attribution, err);
    }
    if (own != NULL) {
        const hmi_known_incident was = actors->known.incidents[own->slot];
        const int back = hmi_known_add(&actors->known, was.actor, was.day, was.id, was.terms,
                                       was.term_count, &own->slot, code == HM_OK ? err : NULL);
        code = code == HM_OK ? back : code;
    }
    HMI_TRY(code);
    *ret = attribution;
    return HM_OK;
}
