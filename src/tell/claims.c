/* SPDX-License-Identifier: Apache-2.0
 *
 * claims.c - the ledger and the documents, one list by date.
 *
 * WHY    The seed of this program is a chain of statements: each had an author, a day, a ground,
 *        and some were wrong. They are shown beside what the evidence says, and never become
 *        evidence.
 * TRUST  Names and grounds are somebody's text; whoever prints them makes them safe.
 * OWNS   Two JSON parsers while gathering.
 */
#include "tell/claims.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/time.h"
#include "tell/claims_inside.h"
#include "trait/stix_id.h"

static const char *const OPINIONS[] = { NULL,    "strongly-disagree", "disagree", "neutral",
                                        "agree", "strongly-agree" };

int hmi_opinion_of(hm_text word)
{
    for (int i = 1; i < (int)HMI_COUNT(OPINIONS); i++) {
        if (hmi_text_is(word, OPINIONS[i])) {
            return i;
        }
    }
    return 0;
}

const char *hmi_opinion_name(int opinion)
{
    hmi_assert(opinion >= 1 && opinion <= 5);
    return OPINIONS[opinion];
}

void hmi_told_id(hm_text incident_id, const char *what, hm_text actor, hmi_buf *out)
{
    /* The name space of what hallmark tells; never used for anything else. */
    static const uint8_t SPACE[16] = { 0xc4, 0x0b, 0x91, 0x5e, 0x26, 0x77, 0x4d, 0x3a,
                                       0xb1, 0x68, 0x0e, 0xa3, 0x59, 0x42, 0xd7, 0x1c };
    char uuid[HMI_UUID_TEXT + 1];
    hmi_buf name;
    hmi_buf_init(&name, 0);
    hmi_buf_add_cstr(&name, what);
    hmi_buf_add_char(&name, '\0');
    hmi_buf_add_text(&name, incident_id);
    hmi_buf_add_char(&name, '\0');
    hmi_buf_add_text(&name, actor);
    hmi_uuid5(SPACE, hmi_buf_bytes(&name), uuid);
    hmi_buf_printf(out, "%s--%s", what, uuid);
    hmi_buf_fini(&name);
}

int hmi_claiming_add(hmi_claiming *c, const hmi_told *told, hm_err *err)
{
    if (c->count >= HMI_CLAIMS_MAX) {
        c->cut = true;
        return HM_OK;
    }
    hmi_told *grown = hmi_arena_grow(c->arena, c->list, c->count, &c->capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(c->arena, err);
    }
    c->list = grown;
    c->list[c->count] = *told;
    hmi_told *added = &c->list[c->count++];
    int64_t at = 0;
    int code = hmi_claim_withdrawn(c->store, c->arena, told->id, &at, &added->withdrawn_why, err);
    added->withdrawn |= code == HM_OK;
    return code == HM_E_NOT_FOUND ? HM_OK : code;
}

/* ---- From the ledger */

static int add_row(hmi_claiming *c, const hmi_claim *row, hm_err *err)
{
    hmi_told told = { .id = row->stix_id,
                      .type = HM_TEXT("ledger"),
                      .incident = row->incident,
                      .about = row->about,
                      .relation = row->relation,
                      .target = row->target,
                      .publisher = row->publisher,
                      .said = row->said,
                      .opinion = row->opinion,
                      .confidence = row->confidence,
                      .grade = row->grade,
                      .ground = row->ground,
                      .source = row->source,
                      .has_document = row->has_document,
                      .document = row->document,
                      .withdrawn_why = HM_TEXT("") };
    if (row->incident != 0) {
        hmi_incident incident;
        HMI_TRY(hmi_incident_get(c->store, c->arena, row->incident, &incident, err));
        told.about = incident.name;
    }
    return hmi_claiming_add(c, &told, err);
}

static int from_ledger(hmi_claiming *c, int64_t incident, hm_err *err)
{
    hmi_claim *rows = NULL;
    size_t count = 0;
    HMI_TRY(hmi_claim_list(c->store, c->arena, incident, &rows, &count, err));
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(add_row(c, &rows[i], err));
    }
    return HM_OK;
}

/* ---- From documents */

static const hmi_sha256 *document_of(const hmi_evidence *evidence, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (evidence[i].id == id) {
            return &evidence[i].sha256;
        }
    }
    return NULL;
}

/* Objects come ordered by id and moment: the last of each id is its newest version. */
static bool is_newest(const hmi_stored_object *list, size_t count, size_t i)
{
    return i + 1 == count || !hmi_text_eq(list[i].id, list[i + 1].id);
}

static int from_evidence_of_type(hmi_claiming *c, const hmi_incident *incident, const char *type,
                                 const hmi_evidence *evidence, size_t evidence_count, hm_err *err)
{
    bool opinions = strcmp(type, "opinion") == 0;
    hmi_stored_object *objects = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_objects_of_type(c->store, c->arena, incident->id, hmi_text_of(type),
                                         &objects, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (is_newest(objects, count, i)) {
            const hmi_sha256 *document = document_of(evidence, evidence_count, objects[i].evidence);
            HMI_TRY(opinions ? hmi_claiming_opinion(c, &objects[i], incident, document, err)
                             : hmi_claiming_object(c, &objects[i], incident, document, err));
        }
    }
    return HM_OK;
}

static const char *const CLAIMING_TYPES[] = { "relationship", "note", "report" };

static int from_evidence(hmi_claiming *c, const hmi_incident *incident, bool opinions, hm_err *err)
{
    hmi_evidence *evidence = NULL;
    size_t count = 0;
    HMI_TRY(hmi_evidence_list(c->store, c->arena, incident->id, &evidence, &count, err));
    if (opinions) {
        return from_evidence_of_type(c, incident, "opinion", evidence, count, err);
    }
    for (size_t i = 0; i < HMI_COUNT(CLAIMING_TYPES); i++) {
        HMI_TRY(from_evidence_of_type(c, incident, CLAIMING_TYPES[i], evidence, count, err));
    }
    return HM_OK;
}

static bool has_id(const hmi_claiming *c, hm_text id)
{
    for (size_t i = 0; i < c->count; i++) {
        if (hmi_text_eq(c->list[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* What came with other evidence and names the incident by its id. */
static int from_elsewhere(hmi_claiming *c, const hmi_incident *incident, hm_err *err)
{
    for (size_t k = 0; k < HMI_COUNT(CLAIMING_TYPES); k++) {
        hmi_stored_object *objects = NULL;
        size_t count = 0;
        HMI_TRY(hmi_objects_of_type(c->store, c->arena, hmi_text_of(CLAIMING_TYPES[k]),
                                    incident->stix_id, &objects, &count, err));
        for (size_t i = 0; i < count; i++) {
            if (is_newest(objects, count, i) && !has_id(c, objects[i].id)) {
                HMI_TRY(hmi_claiming_object(c, &objects[i], incident, NULL, err));
            }
        }
    }
    return HM_OK;
}

/* Opinions of any evidence that name something we told of the incident or a claim about it. */
static int opinions_elsewhere(hmi_claiming *c, const hmi_incident *incident, hm_err *err)
{
    hmi_stored_object *objects = NULL;
    size_t count = 0;
    HMI_TRY(hmi_objects_of_type(c->store, c->arena, HM_TEXT("opinion"), HM_TEXT(""), &objects,
                                &count, err));
    for (size_t i = 0; i < count; i++) {
        if (is_newest(objects, count, i) && !has_id(c, objects[i].id)) {
            HMI_TRY(hmi_claiming_opinion(c, &objects[i], incident, NULL, err));
        }
    }
    return HM_OK;
}

/* ---- The list */

static int by_day(const void *a, const void *b)
{
    const hmi_told *x = a, *y = b;
    int order = hmi_bytes_cmp(hmi_text_bytes(x->said), hmi_text_bytes(y->said));
    order = order != 0 ? order : hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
    return order != 0 ? order : hmi_bytes_cmp(hmi_text_bytes(x->target), hmi_text_bytes(y->target));
}

static int start(hmi_store *store, hmi_arena *arena, hmi_claiming *ret, hm_err *err)
{
    *ret = (hmi_claiming){ .store = store, .arena = arena };
    HMI_TRY(hmi_json_new(&ret->json, err));
    return hmi_json_new(&ret->other, err);
}

static int finish(hmi_claiming *c, int code, hmi_told_list *ret)
{
    hmi_json_free(c->json);
    hmi_json_free(c->other);
    if (code == HM_OK) {
        if (c->count > 1) {
            qsort(c->list, c->count, sizeof(*c->list), by_day);
        }
        *ret = (hmi_told_list){ c->list, c->count, c->cut };
    }
    return code;
}

int hmi_claims_of(hmi_store *store, hmi_arena *arena, const hmi_incident *incident,
                  hmi_told_list *ret, hm_err *err)
{
    hmi_claiming c;
    int code = start(store, arena, &c, err);
    code = code == HM_OK ? from_ledger(&c, incident->id, err) : code;
    code = code == HM_OK ? from_evidence(&c, incident, false, err) : code;
    code = code == HM_OK ? from_elsewhere(&c, incident, err) : code;
    code = code == HM_OK ? from_evidence(&c, incident, true, err) : code;
    code = code == HM_OK ? opinions_elsewhere(&c, incident, err) : code;
    return finish(&c, code, ret);
}

/* The claims of one incident that are not in the list yet. */
static int take_over(hmi_claiming *c, const hmi_told_list *from, hm_err *err)
{
    for (size_t i = 0; i < from->count; i++) {
        bool there = false;
        for (size_t k = 0; k < c->count && !there; k++) {
            there = hmi_text_eq(c->list[k].id, from->list[i].id) &&
                    c->list[k].incident == from->list[i].incident &&
                    hmi_text_eq(c->list[k].target, from->list[i].target);
        }
        if (!there) {
            HMI_TRY(hmi_claiming_add(c, &from->list[i], err));
        }
    }
    return HM_OK;
}

int hmi_claims_all(hmi_store *store, hmi_arena *arena, hmi_told_list *ret, hm_err *err)
{
    hmi_claiming c;
    hmi_incident *incidents = NULL;
    size_t count = 0;
    int code = start(store, arena, &c, err);
    code = code == HM_OK ? from_ledger(&c, 0, err) : code;
    code = code == HM_OK ? hmi_incident_list(store, arena, &incidents, &count, err) : code;
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        hmi_told_list one;
        code = hmi_claims_of(store, arena, &incidents[i], &one, err);
        code = code == HM_OK ? take_over(&c, &one, err) : code;
    }
    return finish(&c, code, ret);
}

/* ---- Telling one */

hm_text hmi_told_sentence(hmi_arena *arena, const hmi_told *t)
{
    static const char *const VERBS[] = { NULL,          "rejects that",
                                         "doubts that", "leaves open whether",
                                         "thinks that", "says that" };
    const char *relation =
        hmi_text_is(t->relation, "attributed-to") ? "is attributed to" : "is related to";
    return hmi_arena_printf(arena, "%.*s%s%.*s %s \"%.*s\" %s \"%.*s\"", HMI_FMT(t->publisher),
                            t->said.len > 0 ? " on " : "", HMI_FMT(hmi_text_slice(t->said, 0, 10)),
                            VERBS[t->opinion], HMI_FMT(t->about), relation, HMI_FMT(t->target));
}

void hmi_told_json(hmi_json_writer *w, const hmi_told *t)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", t->id);
    hmi_json_member_text(w, "type", t->type);
    hmi_json_member_text(w, t->incident != 0 ? "incident" : "actor", t->about);
    hmi_json_member_text(w, "relation", t->relation);
    hmi_json_member_text(w, "target", t->target);
    hmi_json_member_text(w, "publisher", t->publisher);
    hmi_json_member_text(w, "said", t->said);
    hmi_json_member_text(w, "opinion", hmi_text_of(hmi_opinion_name(t->opinion)));
    if (t->confidence >= 0) {
        hmi_json_member_uint(w, "confidence", (uint64_t)t->confidence);
    }
    if (t->grade.len > 0) {
        hmi_json_member_text(w, "grade", t->grade);
    }
    hmi_json_member_text(w, "ground", t->ground);
    hmi_json_member_text(w, "source", t->source);
    if (t->has_document) {
        char hex[65];
        hmi_hex(hmi_bytes(t->document.bytes, sizeof(t->document.bytes)), hex);
        hmi_json_member_text(w, "document", hmi_text_of(hex));
    }
    hmi_json_member_bool(w, "withdrawn", t->withdrawn);
    if (t->withdrawn) {
        hmi_json_member_text(w, "withdrawn_why", t->withdrawn_why);
    }
    hmi_json_close_object(w);
}

void hmi_told_list_json(hmi_json_writer *w, const hmi_told_list *list)
{
    hmi_json_open_array(w);
    for (size_t i = 0; i < list->count; i++) {
        hmi_told_json(w, &list->list[i]);
    }
    hmi_json_close_array(w);
}
