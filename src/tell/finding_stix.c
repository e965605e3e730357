/* SPDX-License-Identifier: Apache-2.0
 *
 * finding_stix.c - what was found, as STIX 2.1.
 *
 * FORM   bundle: TLP marking, identity of the program, extension definition, incident, for each
 *        suspect an intrusion-set and a relationship related-to, for each related incident the
 *        same, a note that tells it in words, one for each statement of the ledger that stands, and
 *        a grouping of all. confidence of a relationship to an actor is the value of STIX 2.1
 *        Appendix A's DNI scale for the posterior's row; the scale is named in the extension. A
 *        relationship between incidents has no confidence: its degree is a likelihood ratio.
 * TRUST  Names are publishers' and analysts'; the JSON writer makes them text.
 * OWNS   Nothing.
 */
#include "tell/finding_stix.h"

#include <inttypes.h>

#include "base/error.h"
#include "compare/arith.h"
#include "tell/chances.h"
#include "tell/claims.h"
#include "tell/stix_head.h"
#include "trait/stix_id.h"

typedef struct telling {
    const hmi_finding_telling *t;
    hmi_json_writer w;
    hm_text *ids; /* of all but the grouping, in order */
    size_t id_count;
} telling;

static hm_text told_id(telling *x, const char *type, hm_text with)
{
    hmi_buf id;
    hmi_buf_init(&id, 0);
    hmi_told_id(x->t->incident->stix_id, type, with, &id);
    hm_text text = hmi_arena_text(x->t->arena, hmi_buf_text(&id));
    hmi_buf_fini(&id);
    return text;
}

/* An actor has one id wherever it is told of: it is a name, nothing more. */
static hm_text actor_id(telling *x, hm_text actor)
{
    hmi_buf id;
    hmi_buf_init(&id, 0);
    hmi_told_id(HM_TEXT(""), "intrusion-set", actor, &id);
    hm_text text = hmi_arena_text(x->t->arena, hmi_buf_text(&id));
    hmi_buf_fini(&id);
    return text;
}

static void open_object(telling *x, const char *type, hm_text id, int64_t created_us)
{
    hmi_json_writer *w = &x->w;
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", hmi_text_of(type));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", id);
    hmi_json_member_text(w, "created_by_ref", HM_TEXT(HMI_STIX_PROGRAM));
    hmi_stix_member_time(w, "created", created_us);
    hmi_stix_member_time(w, "modified", x->t->when_us > created_us ? x->t->when_us : created_us);
    hmi_json_put_key(w, HM_TEXT("object_marking_refs"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, hmi_text_of(x->t->tlp->id));
    hmi_json_close_array(w);
    x->ids[x->id_count++] = id;
}

static void open_extension(telling *x)
{
    hmi_json_put_key(&x->w, HM_TEXT("extensions"));
    hmi_json_open_object(&x->w);
    hmi_json_put_key(&x->w, HM_TEXT(HMI_FINDING_EXTENSION));
    hmi_json_open_object(&x->w);
    hmi_json_member_text(&x->w, "extension_type", HM_TEXT("property-extension"));
}

static void close_extension(telling *x)
{
    hmi_json_close_object(&x->w);
    hmi_json_close_object(&x->w);
}

/* ---- The program and its extension */

static void put_program(telling *x)
{
    hmi_json_writer *w = &x->w;
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", HM_TEXT("identity"));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", HM_TEXT(HMI_STIX_PROGRAM));
    hmi_stix_member_time(w, "created", HMI_STIX_PROGRAM_MADE_US);
    hmi_stix_member_time(w, "modified", HMI_STIX_PROGRAM_MADE_US);
    hmi_json_member_text(w, "name", HM_TEXT("Hallmark"));
    hmi_json_member_text(w, "identity_class", HM_TEXT("system"));
    hmi_json_close_object(w);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "type", HM_TEXT("extension-definition"));
    hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(w, "id", HM_TEXT(HMI_FINDING_EXTENSION));
    hmi_json_member_text(w, "created_by_ref", HM_TEXT(HMI_STIX_PROGRAM));
    hmi_stix_member_time(w, "created", HMI_STIX_PROGRAM_MADE_US);
    hmi_stix_member_time(w, "modified", HMI_STIX_PROGRAM_MADE_US);
    hmi_json_member_text(w, "name", HM_TEXT("Hallmark finding"));
    hmi_json_member_text(
        w, "description",
        HM_TEXT(
            "Numbers behind a relationship or a note: likelihood ratio in bits (log2), prior and "
            "posterior probability, the words of ENFSI 2015 and ICD 203, contributions by group of "
            "evidence, the posterior or the bits that would be left if a group were planted, the "
            "version of the weights, the state of the casebook."));
    hmi_json_member_text(
        w, "schema",
        HM_TEXT(
            "All optional: likelihood_ratio_bits, prior, posterior: number; evidence_words, "
            "posterior_words, confidence_scale, model: string; known_incidents, casebook_state, "
            "carried_by: integer; contradiction: boolean; groups, without_group: object of "
            "numbers."));
    hmi_json_member_text(w, "version", HM_TEXT("1.0.0"));
    hmi_json_put_key(w, HM_TEXT("extension_types"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, HM_TEXT("property-extension"));
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

/* ---- Actors */

static void put_suspect(telling *x, const hmi_suspect *s)
{
    const hmi_attribution *a = x->t->attribution;
    hmi_json_writer *w = &x->w;
    hm_text actor = actor_id(x, s->actor);
    open_object(x, "intrusion-set", actor, HMI_STIX_PROGRAM_MADE_US);
    hmi_json_member_text(w, "name", s->actor);
    hmi_json_close_object(w);
    open_object(x, "relationship", told_id(x, "relationship", s->actor),
                x->t->incident->created_us);
    hmi_json_member_text(w, "relationship_type", HM_TEXT("related-to"));
    hmi_json_member_text(w, "source_ref", x->t->incident->stix_id);
    hmi_json_member_text(w, "target_ref", actor);
    hmi_json_member_uint(w, "confidence", hmi_dni_value(s->posterior));
    open_extension(x);
    hmi_json_member_fixed(w, "likelihood_ratio_bits", s->llr / HMI_LN2, 3);
    hmi_json_member_text(w, "evidence_words", hmi_text_of(s->lr_words));
    hmi_json_member_fixed(w, "prior", hmi_prior_of(s), 6);
    hmi_json_member_fixed(w, "posterior", s->posterior, 6);
    hmi_json_member_text(w, "posterior_words", hmi_text_of(s->posterior_words));
    hmi_json_member_text(w, "confidence_scale", HM_TEXT("DNI"));
    hmi_json_member_uint(w, "known_incidents", s->incidents);
    hmi_json_member_bool(w, "contradiction", a->contradiction);
    hmi_json_member_uint(w, "carried_by", a->carried_by);
    hmi_json_put_key(w, HM_TEXT("groups"));
    hmi_json_open_object(w);
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_plant_name((hmi_plant)g), s->weighed.group[g] / HMI_LN2, 3);
    }
    hmi_json_close_object(w);
    hmi_json_put_key(w, HM_TEXT("without_group"));
    hmi_json_open_object(w);
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_plant_name((hmi_plant)g), s->without_group[g], 4);
    }
    hmi_json_close_object(w);
    hmi_json_member_text(w, "model", hmi_text_of(a->model));
    hmi_json_member_uint(w, "casebook_state", a->generation);
    close_extension(x);
    hmi_json_close_object(w);
}

/* ---- Incidents */

static void put_match(telling *x, const hmi_match *m)
{
    hmi_json_writer *w = &x->w;
    open_object(x, "incident", m->incident.stix_id, m->incident.created_us);
    hmi_json_member_text(w, "name", m->incident.name);
    hmi_json_close_object(w);
    open_object(x, "relationship", told_id(x, "relationship", m->incident.stix_id),
                x->t->incident->created_us);
    hmi_json_member_text(w, "relationship_type", HM_TEXT("related-to"));
    hmi_json_member_text(w, "source_ref", x->t->incident->stix_id);
    hmi_json_member_text(w, "target_ref", m->incident.stix_id);
    open_extension(x);
    hmi_json_member_fixed(w, "likelihood_ratio_bits", m->bits, 3);
    hmi_json_member_text(w, "evidence_words", hmi_text_of(m->words));
    hmi_json_put_key(w, HM_TEXT("groups"));
    hmi_json_open_object(w);
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_group_get((hmi_group)g)->name, m->group_bits[g], 3);
    }
    hmi_json_close_object(w);
    hmi_json_put_key(w, HM_TEXT("without_group"));
    hmi_json_open_object(w);
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        hmi_json_member_fixed(w, hmi_group_get((hmi_group)g)->name, m->without_group[g], 3);
    }
    hmi_json_close_object(w);
    hmi_json_member_text(w, "model", hmi_text_of(x->t->finding->model));
    hmi_json_member_uint(w, "casebook_state", x->t->finding->generation);
    close_extension(x);
    hmi_json_close_object(w);
}

/* ---- Words */

static void tell_match(hmi_buf *out, const hmi_match *m)
{
    hmi_buf_printf(out, "\nIn common with %.*s: %.1f bits, %s.\n", HMI_FMT(m->incident.name),
                   m->bits, m->words);
    for (size_t i = 0; i < m->hallmark_count && i < 20; i++) {
        const hmi_hallmark *h = &m->hallmarks[i];
        hmi_buf_printf(out,
                       "%.1f | %s | %.*s | in %" PRIu64 " of %" PRIu64 " incidents, %" PRIu64
                       " of %" PRIu64 " harmless files\n",
                       h->bits, hmi_class_find((int)h->class_id)->label, HMI_FMT(h->value),
                       h->incidents, h->incidents_all, h->baseline, h->baseline_all);
    }
}

static void tell_suspect(hmi_buf *out, const hmi_suspect *s)
{
    hmi_buf_printf(
        out,
        "\n%s %.*s. Evidence alone: %.1f bits, %s. Probability: prior %.1f %%, posterior "
        "%.1f %%, %s. Known incidents: %" PRIu32 ".\n",
        s->nameable ? "Consistent with" : "Shares traits with", HMI_FMT(s->actor), s->llr / HMI_LN2,
        s->lr_words, 100 * hmi_prior_of(s), 100 * s->posterior, s->posterior_words, s->incidents);
    for (size_t i = 0; i < s->argument_count && i < 20; i++) {
        const hmi_argument *a = &s->arguments[i];
        hmi_buf_printf(out,
                       "%.1f | %s | %.*s | in %" PRIu32 " of its %" PRIu32 " incidents, %" PRIu32
                       " of all, %" PRIu32 " other actors\n",
                       a->nats / HMI_LN2, hmi_kind_name(a->kind), HMI_FMT(a->value),
                       a->actor_incidents, a->actor_all, a->incidents, a->other_actors);
    }
}

static int put_note(telling *x, hm_err *err)
{
    const hmi_finding_telling *t = x->t;
    size_t about = x->id_count; /* all told so far, the program and the marking left out */
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_printf(&text,
                   "Hallmark's finding on %.*s. A shared trait shows the same code, host or habit, "
                   "not the same author.\n",
                   HMI_FMT(t->incident->name));
    for (size_t i = 0; t->finding != NULL && i < t->finding->match_count; i++) {
        if (t->finding->matches[i].related) {
            tell_match(&text, &t->finding->matches[i]);
        }
    }
    if (t->attribution != NULL) {
        hmi_buf_printf(&text, "\nNone of the known actors: %.1f %%.\n", 100 * t->attribution->none);
        for (size_t i = 0; i < t->attribution->suspect_count; i++) {
            tell_suspect(&text, &t->attribution->suspects[i]);
        }
        hmi_buf_add_cstr(&text,
                         t->attribution->contradiction
                             ? "\nWhat can be copied points to one actor and habit to another: a "
                               "false flag is possible.\n"
                             : "");
    }
    int code = hmi_buf_check(&text, err);
    if (code == HM_OK) {
        open_object(x, "note", told_id(x, "note", HM_TEXT("")), t->incident->created_us);
        hmi_json_member_text(&x->w, "abstract", HM_TEXT("Hallmark finding"));
        hmi_json_put_key(&x->w, HM_TEXT("content"));
        hmi_json_put_lossy(&x->w, hmi_buf_bytes(&text));
        hmi_json_put_key(&x->w, HM_TEXT("object_refs"));
        hmi_json_open_array(&x->w);
        for (size_t i = 0; i < about; i++) {
            hmi_json_put_text(&x->w, x->ids[i]);
        }
        hmi_json_close_array(&x->w);
        hmi_json_close_object(&x->w);
    }
    hmi_buf_fini(&text);
    return code;
}

/* The ledger's rows: notes whose author is the one who said it, with the id that opinions answer
 * to. */
static int put_claim(telling *x, const hmi_told *t, hm_err *err)
{
    hmi_json_writer *w = &x->w;
    hm_text sentence = hmi_told_sentence(x->t->arena, t);
    hm_text content = hmi_arena_printf(x->t->arena, "%.*s.%s%.*s", HMI_FMT(sentence),
                                       t->ground.len > 0 ? " Ground: " : "", HMI_FMT(t->ground));
    if (content.ptr == NULL) {
        return hmi_arena_fail(x->t->arena, err);
    }
    open_object(x, "note", t->id, x->t->incident->created_us);
    hmi_json_member_text(w, "abstract", HM_TEXT("Statement; not weighed"));
    hmi_json_member_text(w, "content", content);
    hmi_json_put_key(w, HM_TEXT("authors"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, t->publisher);
    hmi_json_close_array(w);
    if (t->confidence >= 0) {
        hmi_json_member_uint(w, "confidence", (uint64_t)t->confidence);
    }
    if (t->source.len > 0) {
        hmi_json_put_key(w, HM_TEXT("external_references"));
        hmi_json_open_array(w);
        hmi_json_open_object(w);
        hmi_json_member_text(w, "source_name", t->publisher);
        hmi_json_member_text(w, "description", t->source);
        hmi_json_close_object(w);
        hmi_json_close_array(w);
    }
    hmi_json_put_key(w, HM_TEXT("object_refs"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, x->t->incident->stix_id);
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    return HM_OK;
}

static bool goes_along(const hmi_told *t)
{
    return t->raw.ptr == NULL && t->incident != 0 && !t->withdrawn;
}

static int put_claims(telling *x, hm_err *err)
{
    for (size_t i = 0; x->t->claims != NULL && i < x->t->claims->count; i++) {
        if (goes_along(&x->t->claims->list[i])) {
            HMI_TRY(put_claim(x, &x->t->claims->list[i], err));
        }
    }
    return HM_OK;
}

static void put_grouping(telling *x)
{
    size_t count = x->id_count;
    open_object(x, "grouping", told_id(x, "grouping", HM_TEXT("")), x->t->incident->created_us);
    hmi_json_member_text(&x->w, "name", HM_TEXT("Hallmark finding"));
    hmi_json_member_text(&x->w, "context", HM_TEXT("suspicious-activity"));
    hmi_json_put_key(&x->w, HM_TEXT("object_refs"));
    hmi_json_open_array(&x->w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_put_text(&x->w, x->ids[i]);
    }
    hmi_json_close_array(&x->w);
    hmi_json_close_object(&x->w);
}

static int put_all(telling *x, hm_err *err)
{
    const hmi_finding_telling *t = x->t;
    hmi_stix_marking(&x->w, t->tlp);
    put_program(x);
    open_object(x, "incident", t->incident->stix_id, t->incident->created_us);
    hmi_json_member_text(&x->w, "name", t->incident->name);
    hmi_json_close_object(&x->w);
    for (size_t i = 0; t->finding != NULL && i < t->finding->match_count; i++) {
        if (t->finding->matches[i].related) {
            put_match(x, &t->finding->matches[i]);
        }
    }
    for (size_t i = 0; t->attribution != NULL && i < t->attribution->suspect_count; i++) {
        put_suspect(x, &t->attribution->suspects[i]);
    }
    HMI_TRY(put_note(x, err));
    HMI_TRY(put_claims(x, err));
    put_grouping(x);
    return HM_OK;
}

int hmi_finding_stix(const hmi_finding_telling *t, hmi_buf *out, hm_err *err)
{
    telling x = { .t = t };
    size_t most = 3 + 2 * (t->finding != NULL ? t->finding->match_count : 0) +
                  2 * (t->attribution != NULL ? t->attribution->suspect_count : 0) +
                  (t->claims != NULL ? t->claims->count : 0);
    x.ids = hmi_new_array(t->arena, hm_text, most);
    if (x.ids == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    hmi_json_begin(&x.w, out, true);
    hmi_json_open_object(&x.w);
    hmi_json_member_text(&x.w, "type", HM_TEXT("bundle"));
    hmi_json_member_text(&x.w, "id", told_id(&x, "bundle", HM_TEXT("")));
    hmi_json_put_key(&x.w, HM_TEXT("objects"));
    hmi_json_open_array(&x.w);
    HMI_TRY(put_all(&x, err));
    hmi_json_close_array(&x.w);
    hmi_json_close_object(&x.w);
    hmi_buf_add_char(out, '\n');
    return hmi_buf_check(out, err);
}
