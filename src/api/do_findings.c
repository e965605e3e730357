/* SPDX-License-Identifier: Apache-2.0
 *
 * do_findings.c - what incidents have in common, whose they may be, and who says so.
 *
 * WHY    Nothing is weighed here: the rooms compare/ and tell/ do, and the page shows the very
 *        numbers that the commands print.
 * OWNS   The actors of one request.
 */
#include "api/routes_made.h"
#include "compare/attribute.h"
#include "compare/finding_json.h"
#include "share/marking.h"
#include "tell/advisory.h"
#include "tell/attribution_json.h"
#include "tell/phrase.h"
#include "tell/statements.h"

enum { MATCHES_MAX = 50, GROUPS_PLANTED_MAX = 8 };
#define CARRYING_BITS 1.0

/* ---- Findings */

static bool in_with(hmi_call *call, int64_t *ret)
{
    hm_text with = hmi_in_query(call, "with");
    *ret = 0;
    if (with.ptr == NULL) {
        return true;
    }
    return !hmi_failed_call(call, hmi_incident_named(call->store, with, ret, &call->err),
                            "query.with");
}

static bool compare(hmi_call *call, const hmi_incident *i, hmi_compare_options *options,
                    hmi_finding *ret)
{
    uint64_t matches = 20;
    if (!in_with(call, &options->only) ||
        !hmi_in_number(call, "matches", 1, MATCHES_MAX, &matches)) {
        return false;
    }
    options->matches_max = (size_t)matches;
    int code = hmi_compare(call->store, call->arena, i->id, options, ret, &call->err);
    return !hmi_failed_call(call, code, "");
}

void hmi_do_finding_get(hmi_call *call)
{
    static const char *const NAMES[] = { "with", "matches", NULL };
    hmi_incident i;
    hmi_finding finding;
    hmi_compare_options options = { 0 };
    if (!hmi_in_queries(call, NAMES) || !hmi_in_incident(call, 0, &i) ||
        !compare(call, &i, &options, &finding)) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    (void)hmi_failed_call(call, hmi_finding_json(call->store, call->arena, &finding, w, &call->err),
                          "");
}

/* "code,file": which groups are taken as planted. */
static bool in_planted(hmi_call *call, bool planted[HMI_GROUP_COUNT])
{
    hm_text rest = hmi_in_query(call, "planted"), part;
    memset(planted, 0, HMI_GROUP_COUNT * sizeof(*planted));
    while (rest.ptr != NULL && rest.len > 0 && hmi_split(&rest, ',', &part)) {
        bool known = false;
        for (int g = 1; g < HMI_GROUP_COUNT; g++) {
            if (hmi_text_is(part, hmi_group_get((hmi_group)g)->name)) {
                known = planted[g] = true;
            }
        }
        if (!known) {
            hmi_refuse(call, 400, "malformed", "query.planted", "it names groups: code, build ...");
            return false;
        }
    }
    return true;
}

typedef struct supposed {
    const hmi_match *match;
    double bits;
    bool related;
} supposed;

static supposed suppose(const hmi_finding *f, const hmi_match *m, const bool *planted)
{
    supposed s = { .match = m, .bits = m->bits };
    double carrying = 0;
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        if (planted[g]) {
            s.bits -= m->group_bits[g];
        } else if (g != HMI_GROUP_BUILD && g != HMI_GROUP_TECHNIQUE && g != HMI_GROUP_CLAIM) {
            carrying += m->group_bits[g];
        }
    }
    s.related = m->related && s.bits >= f->related_bits && carrying >= CARRYING_BITS;
    return s;
}

static int by_bits(const void *a, const void *b)
{
    const supposed *x = a, *y = b;
    if (x->bits != y->bits) {
        return x->bits < y->bits ? 1 : -1;
    }
    return (x->match > y->match) - (x->match < y->match);
}

void hmi_do_whatif(hmi_call *call)
{
    static const char *const NAMES[] = { "with", "planted", "matches", NULL };
    hmi_incident i;
    hmi_finding f;
    bool planted[HMI_GROUP_COUNT];
    supposed list[MATCHES_MAX];
    hmi_compare_options options = { .hallmarks_max = 1 };
    if (!hmi_in_queries(call, NAMES) || !in_planted(call, planted) ||
        !hmi_in_incident(call, 0, &i) || !compare(call, &i, &options, &f)) {
        return;
    }
    size_t count = hmi_min(f.match_count, MATCHES_MAX);
    for (size_t m = 0; m < count; m++) {
        list[m] = suppose(&f, &f.matches[m], planted);
    }
    qsort(list, count, sizeof(*list), by_bits);
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "incident", i.name);
    hmi_json_member_text(w, "id", i.stix_id);
    hmi_json_put_key(w, HM_TEXT("planted"));
    hmi_json_open_array(w);
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        if (planted[g]) {
            hmi_json_put_text(w, hmi_text_of(hmi_group_get((hmi_group)g)->name));
        }
    }
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("matches"));
    hmi_json_open_array(w);
    for (size_t m = 0; m < count; m++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "id", list[m].match->incident.stix_id);
        hmi_json_member_text(w, "incident", list[m].match->incident.name);
        hmi_json_member_fixed(w, "bits", list[m].bits, 3);
        hmi_json_member_fixed(w, "bits_before", list[m].match->bits, 3);
        hmi_json_member_bool(w, "related", list[m].related);
        hmi_json_member_bool(w, "related_before", list[m].match->related);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

/* ---- Whose */

static int attribute(hmi_call *call, const hmi_incident *i, hmi_actors **actors,
                     hmi_attribution *ret, bool *ret_known)
{
    hmi_statements statements = { 0 };
    hmi_model model;
    HMI_TRY(hmi_statements_read_claims(call->store, call->arena, &statements, &call->err));
    *ret_known = statements.count > 0;
    if (!*ret_known) {
        return HM_OK;
    }
    HMI_TRY(hmi_model_builtin(&model, &call->err));
    HMI_TRY(
        hmi_actors_new(call->store, statements.list, statements.count, &model, actors, &call->err));
    return hmi_attribute(*actors, call->store, call->arena, i->id, hmi_now_us(), NULL, ret,
                         &call->err);
}

void hmi_do_attribution_get(hmi_call *call)
{
    hmi_incident i;
    hmi_actors *actors = NULL;
    hmi_attribution a;
    hmi_told_list claims = { 0 };
    bool known = false;
    if (!hmi_in_incident(call, 0, &i)) {
        return;
    }
    int code = attribute(call, &i, &actors, &a, &known);
    code = code == HM_OK ? hmi_claims_of(call->store, call->arena, &i, &claims, &call->err) : code;
    if (!hmi_failed_call(call, code, "") && !known) {
        hmi_refuse(call, 404, "nobody-known", "", "nobody states whose any incident is");
    } else if (code == HM_OK) {
        hmi_attribution_json(hmi_answer_json(call, 200), i.name, &a, &claims);
    }
    hmi_actors_free(actors);
}

/* ---- Claims and actors */

static void put_claims(hmi_json_writer *w, const hmi_told_list *list, hm_text actor)
{
    hmi_json_put_key(w, HM_TEXT("claims"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < list->count; i++) {
        const hmi_told *t = &list->list[i];
        if (actor.ptr == NULL || hmi_text_eq(t->target, actor) ||
            (t->incident == 0 && hmi_text_eq(t->about, actor))) {
            hmi_told_json(w, t);
        }
    }
    hmi_json_close_array(w);
}

void hmi_do_claim_list(hmi_call *call)
{
    hmi_incident i;
    hmi_told_list claims;
    if (!hmi_in_incident(call, 0, &i)) {
        return;
    }
    int code = hmi_claims_of(call->store, call->arena, &i, &claims, &call->err);
    if (!hmi_failed_call(call, code, "")) {
        hmi_json_writer *w = hmi_answer_json(call, 200);
        hmi_json_open_object(w);
        put_claims(w, &claims, (hm_text){ NULL, 0 });
        hmi_json_close_object(w);
    }
}

void hmi_do_claim_add(hmi_call *call)
{
    static const char *const KEYS[] = { "relation",   "target", "publisher", "said",   "opinion",
                                        "confidence", "grade",  "ground",    "source", NULL };
    hmi_incident i;
    int64_t opinion = 5, confidence = -1;
    hm_text id;
    hmi_claim c = { 0 };
    const size_t max = HMI_CLAIM_TEXT_MAX;
    if (!hmi_in_only(call, KEYS) ||
        !hmi_in_text(call, "relation", HMI_NEEDED, 1, 40, &c.relation) ||
        !hmi_in_text(call, "target", HMI_NEEDED, 1, max, &c.target) ||
        !hmi_in_text(call, "publisher", HMI_NEEDED, 1, max, &c.publisher) ||
        !hmi_in_text(call, "said", HMI_NEEDED, 10, 40, &c.said) ||
        !hmi_in_int(call, "opinion", HMI_OPTIONAL, 1, 5, &opinion) ||
        !hmi_in_int(call, "confidence", HMI_OPTIONAL, 0, 100, &confidence) ||
        !hmi_in_text(call, "grade", HMI_OPTIONAL, 0, 2, &c.grade) ||
        !hmi_in_text(call, "ground", HMI_OPTIONAL, 0, max, &c.ground) ||
        !hmi_in_text(call, "source", HMI_OPTIONAL, 0, max, &c.source) ||
        !hmi_in_incident(call, 0, &i)) {
        return;
    }
    c.incident = i.id;
    c.opinion = (int)opinion;
    c.confidence = (int)confidence;
    int code = hmi_claim_add(call->store, call->arena, &c, &id, &call->err);
    if (!hmi_failed_call(call, code, "body")) {
        hmi_deed_note(call, "claim-added", id);
        hmi_json_writer *w = hmi_answer_json(call, 201);
        hmi_json_open_object(w);
        hmi_json_member_text(w, "id", id);
        hmi_json_close_object(w);
    }
}

void hmi_do_claim_withdraw(hmi_call *call)
{
    static const char *const KEYS[] = { "why", NULL };
    hm_text why;
    if (!hmi_in_only(call, KEYS) ||
        !hmi_in_text(call, "why", HMI_NEEDED, 1, HMI_CLAIM_TEXT_MAX, &why)) {
        return;
    }
    int code = hmi_claim_is_held(call->store, call->parts[0])
                   ? hmi_claim_withdraw(call->store, call->parts[0], why, &call->err)
                   : hmi_fail(&call->err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "there is no such claim");
    if (!hmi_failed_call(call, code, "path.claim")) {
        hmi_deed_note(call, "claim-withdrawn", call->parts[0]);
        hmi_answer_empty(call);
    }
}

typedef struct actor {
    hm_text name;
    size_t incidents, claims;
} actor;

static int by_target(const void *a, const void *b)
{
    const hmi_told *x = *(const hmi_told *const *)a, *y = *(const hmi_told *const *)b;
    int order = hmi_bytes_cmp(hmi_text_bytes(x->target), hmi_text_bytes(y->target));
    return order != 0 ? order : (x->incident > y->incident) - (x->incident < y->incident);
}

/* Claims that attribute an incident, by actor and incident. */
static int sorted_claims(hmi_call *call, const hmi_told ***ret, size_t *ret_count)
{
    hmi_told_list all;
    HMI_TRY(hmi_claims_all(call->store, call->arena, &all, &call->err));
    const hmi_told **list = hmi_new_array(call->arena, const hmi_told *, all.count);
    size_t count = 0;
    if (list == NULL) {
        return hmi_arena_fail(call->arena, &call->err);
    }
    for (size_t i = 0; i < all.count; i++) {
        const hmi_told *t = &all.list[i];
        if (t->incident != 0 && !t->withdrawn && hmi_text_is(t->relation, "attributed-to")) {
            list[count++] = t;
        }
    }
    if (count > 0) {
        qsort(list, count, sizeof(const hmi_told *), by_target);
    }
    *ret = list;
    *ret_count = count;
    return HM_OK;
}

void hmi_do_actor_list(hmi_call *call)
{
    const hmi_told **list = NULL;
    size_t count = 0;
    if (hmi_failed_call(call, sorted_claims(call, &list, &count), "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("actors"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count;) {
        actor a = { .name = list[i]->target };
        int64_t last = 0;
        for (; i < count && hmi_text_eq(list[i]->target, a.name); i++) {
            a.incidents += list[i]->incident != last;
            a.claims++;
            last = list[i]->incident;
        }
        hmi_json_open_object(w);
        hmi_json_member_text(w, "name", a.name);
        hmi_json_member_uint(w, "incidents", a.incidents);
        hmi_json_member_uint(w, "claims", a.claims);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static int answer_actor(hmi_call *call, hm_text name, bool *ret_known)
{
    const hmi_told **list = NULL;
    size_t count = 0;
    hmi_told_list all;
    int64_t last = 0;
    *ret_known = false;
    HMI_TRY(hmi_claims_all(call->store, call->arena, &all, &call->err));
    HMI_TRY(sorted_claims(call, &list, &count));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "name", name);
    hmi_json_put_key(w, HM_TEXT("incidents"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_eq(list[i]->target, name) && list[i]->incident != last) {
            hmi_incident one;
            last = list[i]->incident;
            *ret_known = true;
            HMI_TRY(hmi_incident_head(call->store, call->arena, last, &one, &call->err));
            hmi_json_open_object(w);
            hmi_json_member_text(w, "id", one.stix_id);
            hmi_json_member_text(w, "name", one.name);
            hmi_json_close_object(w);
        }
    }
    hmi_json_close_array(w);
    put_claims(w, &all, name);
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_actor_get(hmi_call *call)
{
    bool known = false;
    int code = answer_actor(call, call->parts[0], &known);
    if (!hmi_failed_call(call, code, "") && !known) {
        hmi_refuse(call, 404, "not-found", "path.actor", "nobody names such an actor");
    }
}

/* ---- The report */

static int write_report(hmi_call *call, hmi_advisory *a, hmi_actors **actors)
{
    hmi_told_list claims;
    hmi_finding finding;
    hmi_attribution attribution;
    bool known = false;
    hmi_civil day = hmi_us_to_civil(hmi_now_us());
    a->day = hmi_arena_printf(call->arena, "%04d-%02d-%02d", (int)day.year, day.month, day.day);
    if (a->day.ptr == NULL) {
        return hmi_arena_fail(call->arena, &call->err);
    }
    HMI_TRY(hmi_claims_of(call->store, call->arena, a->incident, &claims, &call->err));
    HMI_TRY(hmi_compare(call->store, call->arena, a->incident->id, NULL, &finding, &call->err));
    HMI_TRY(attribute(call, a->incident, actors, &attribution, &known));
    a->claims = &claims;
    a->finding = &finding;
    a->attribution = known ? &attribution : NULL;
    (void)hmi_answer_json(call, 200);
    return hmi_advisory_write(a, &call->answer->body, &call->err);
}

void hmi_do_report(hmi_call *call)
{
    static const char *const NAMES[] = { "format", "language", "tlp", NULL };
    static const char *const FORMS[] = { "html", "markdown" };
    static const char *const LANGUAGES[] = { "en", "ko", "ja" };
    static const char *const LEVELS[] = { "clear", "green", "amber", "amber+strict", "red" };
    size_t form = 0, language = 0, level = 3;
    hmi_incident i;
    hmi_actors *actors = NULL;
    if (!hmi_in_queries(call, NAMES) || !hmi_in_word(call, "format", FORMS, 2, &form) ||
        !hmi_in_word(call, "language", LANGUAGES, 3, &language) ||
        !hmi_in_word(call, "tlp", LEVELS, 5, &level) || !hmi_in_incident(call, 0, &i)) {
        return;
    }
    hmi_advisory a = { .store = call->store,
                       .arena = call->arena,
                       .incident = &i,
                       .tlp = hmi_tlp_find_value(hmi_text_of(LEVELS[level]), true),
                       .html = form == 0 };
    (void)hmi_language_find(hmi_text_of(LANGUAGES[language]), &a.language);
    int code = write_report(call, &a, &actors);
    hmi_actors_free(actors);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    call->answer->type = form == 0 ? "text/html; charset=utf-8" : "text/markdown; charset=utf-8";
    hmi_buf_printf(&call->answer->head, "Content-Disposition: attachment; filename=\"%s.%s\"\r\n",
                   "advisory", form == 0 ? "html" : "md");
}
