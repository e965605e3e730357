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
#include "compare/explain.h"
#include "compare/gather.h"

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
    hmi_habits habits;
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
    actors->scorer.near_max = HMI_SCORE_NEAR_MAX;
    hmi_habits_init(&actors->habits, &actors->arena, &actors->known);
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
static int64_t incident_of(const void *with, uint32_t slot)
{
    const hmi_actors *actors = with;
    for (size_t i = 0; i < actors->stated_count; i++) {
        if (actors->stated[i].slot == slot) {
            return actors->stated[i].incident;
        }
    }
    return 0;
}

static int answer(hmi_actors *actors, const hmi_report *report, hmi_arena *arena, int32_t today,
                  const hmi_attribute_options *options, hmi_attribution *ret, hm_err *err)
{
    hmi_query query = { 0 };
    HMI_TRY(hmi_query_make(&actors->known, report, arena, &query, err));
    HMI_TRY(hmi_score(&actors->scorer, &query, today, arena, err));
    ret->incidents_known = actors->known.count;
    ret->actors_known = actors->scorer.present_count;
    const hmi_explaining e = { .scorer = &actors->scorer,
                               .model = &actors->model,
                               .habits = &actors->habits,
                               .names = actors->names,
                               .query = &query,
                               .today = today,
                               .options = options,
                               .incident_of = incident_of,
                               .with = actors };
    return hmi_explain(&e, arena, ret, err);
}

int hmi_attribute(hmi_actors *actors, hmi_store *store, hmi_arena *arena, int64_t incident,
                  int64_t today_us, const hmi_attribute_options *options, hmi_attribution *ret,
                  hm_err *err)
{
    static const hmi_attribute_options none = { 0 };
    const hmi_attribute_options *said = options != NULL ? options : &none;
    hmi_attribution attribution = { .model = actors->model.name };
    hmi_report report = { 0 };
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
    int code = answer(actors, &report, arena, day_of(today_us), said, &attribution, err);
    if (own != NULL) {
        const int back = hmi_known_restore(&actors->known, own->slot, code == HM_OK ? err : NULL);
        code = code == HM_OK ? back : code;
    }
    HMI_TRY(code);
    *ret = attribution;
    return HM_OK;
}
