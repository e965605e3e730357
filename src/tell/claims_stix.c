/* SPDX-License-Identifier: Apache-2.0
 *
 * claims_stix.c - what a STIX object claims about whose an incident is.
 *
 * WHY    A partner answers in STIX: a relationship says whose, an opinion agrees or not, a note or
 *        a report names an actor. Its author, day and confidence belong to the claim.
 * FORM   relationship: attributed-to or related-to, from an incident, campaign or intrusion set to
 *        an intrusion set, threat actor, campaign or incident. note, report: each such object among
 *        object_refs. opinion: about a relationship, note or report in the list, or about what we
 *        told of the incident, by its id.
 * TRUST  Hostile objects, strict JSON. Names are somebody's text; references may lead nowhere, then
 *        the id stands for the name. Lists are read up to HMI_CLAIM_REFS_MAX.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "tell/claims_inside.h"
#include "trait/stix_id.h"

static const hm_text NOBODY = HM_TEXT_INIT("(no author)");

/* At most HMI_CLAIM_TEXT_MAX bytes, never half a character. */
static hm_text cut(hm_text text)
{
    size_t len = text.len > HMI_CLAIM_TEXT_MAX ? HMI_CLAIM_TEXT_MAX : text.len;
    while (len < text.len && len > 0 && ((uint8_t)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return text.ptr != NULL ? hmi_text(text.ptr, len) : HM_TEXT("");
}

static hm_text text_at(hmi_claiming *c, hmi_value object, const char *key)
{
    return cut(hmi_json_text(hmi_json_get(object, key), c->arena));
}

static bool type_is(hm_text id, const char *type)
{
    const hm_text name = hmi_text_of(type);
    return id.len == name.len + 2 + HMI_UUID_TEXT &&
           hmi_starts_with(hmi_text_bytes(id), hmi_text_bytes(name)) && id.ptr[name.len] == '-' &&
           id.ptr[name.len + 1] == '-';
}

static bool is_actor(hm_text id)
{
    return type_is(id, "intrusion-set") || type_is(id, "threat-actor");
}

static bool is_event(hm_text id)
{
    return type_is(id, "incident") || type_is(id, "campaign");
}

/* The name of the object with this id, or the id itself. */
static int name_of(hmi_claiming *c, hm_text id, hm_text *ret, hm_err *err)
{
    hmi_stored_object found;
    hmi_value object;
    *ret = id;
    int code = hmi_object_newest(c->store, c->arena, id, &found, err);
    if (code == HM_E_NOT_FOUND) {
        return HM_OK;
    }
    HMI_TRY(code);
    code = hmi_json_parse(c->other, found.raw, 0, &object, err);
    if (code == HM_E_MEMORY) {
        return code;
    }
    hm_text name = code == HM_OK ? text_at(c, object, "name") : HM_TEXT("");
    *ret = name.len > 0 ? name : id;
    return HM_OK;
}

static void read_source(hmi_claiming *c, hmi_value object, hmi_told *told)
{
    hmi_value first = hmi_json_first(hmi_json_get(object, "external_references"));
    hm_text name = text_at(c, first, "source_name"), url = text_at(c, first, "url");
    told->source = url.len == 0 ? name
                   : name.len == 0
                       ? url
                       : hmi_arena_printf(c->arena, "%.*s, %.*s", HMI_FMT(name), HMI_FMT(url));
    if (told->source.ptr == NULL) {
        told->source = HM_TEXT("");
    }
}

/* What all kinds have: author, day, confidence, source, withdrawal. */
static int read_head(hmi_claiming *c, hmi_value object, const hmi_stored_object *stored,
                     const hmi_sha256 *document, hmi_told *ret, hm_err *err)
{
    hm_text author = text_at(c, object, "created_by_ref");
    hmi_value authors = hmi_json_get(object, "authors");
    int64_t confidence = -1;
    *ret = (hmi_told){ .id = stored->id,
                       .type = stored->type,
                       .publisher = NOBODY,
                       .said = text_at(c, object, "published"),
                       .opinion = 5,
                       .confidence = -1,
                       .grade = HM_TEXT(""),
                       .ground = HM_TEXT(""),
                       .withdrawn_why = HM_TEXT(""),
                       .raw = stored->raw };
    if (ret->said.len == 0) {
        ret->said = stored->modified;
    }
    if (hmi_json_kind_of(authors) == HMI_JSON_ARRAY && hmi_json_count(authors) > 0) {
        hm_text first = hmi_json_text(hmi_json_first(authors), c->arena);
        ret->publisher = first.len > 0 ? cut(first) : NOBODY;
    } else if (author.len > 0) {
        HMI_TRY(name_of(c, author, &ret->publisher, err));
    }
    if (hmi_json_int(hmi_json_get(object, "confidence"), &confidence) && confidence >= 0 &&
        confidence <= 100) {
        ret->confidence = (int)confidence;
    }
    if (document != NULL) {
        ret->has_document = true;
        ret->document = *document;
    }
    if (hmi_json_is_true(hmi_json_get(object, "revoked"))) {
        ret->withdrawn = true;
        ret->withdrawn_why = HM_TEXT("revoked by its author");
    }
    read_source(c, object, ret);
    return HM_OK;
}

/* An event's id: this incident's own, or that of one that came with its evidence. */
static void about_event(hmi_told *told, const hmi_incident *incident)
{
    told->incident = incident->id;
    told->about = incident->name;
}

static int relationship(hmi_claiming *c, hmi_value object, const hmi_incident *incident,
                        hmi_told *told, hm_err *err)
{
    hm_text from = text_at(c, object, "source_ref"), to = text_at(c, object, "target_ref");
    told->relation = text_at(c, object, "relationship_type");
    told->ground = text_at(c, object, "description");
    bool attributed = hmi_text_is(told->relation, "attributed-to");
    if ((!attributed && !hmi_text_is(told->relation, "related-to")) || hmi_text_eq(from, to)) {
        return HM_OK;
    }
    if (is_event(from) && incident != NULL && (is_actor(to) || is_event(to))) {
        about_event(told, incident);
    } else if (type_is(from, "intrusion-set") && is_actor(to)) {
        HMI_TRY(name_of(c, from, &told->about, err));
    } else {
        return HM_OK;
    }
    HMI_TRY(name_of(c, to, &told->target, err));
    return hmi_claiming_add(c, told, err);
}

/* Notes and reports: every actor among what they are about. */
static int mentions(hmi_claiming *c, hmi_value object, const hmi_incident *incident, hmi_told *told,
                    hm_err *err)
{
    hmi_value refs = hmi_json_get(object, "object_refs");
    size_t left = HMI_CLAIM_REFS_MAX;
    if (incident == NULL || hmi_json_kind_of(refs) != HMI_JSON_ARRAY) {
        return HM_OK;
    }
    about_event(told, incident);
    told->relation = HM_TEXT("related-to");
    hm_text title = text_at(c, object, hmi_text_is(told->type, "note") ? "abstract" : "name");
    told->ground = text_at(c, object, hmi_text_is(told->type, "note") ? "content" : "description");
    if (told->ground.len == 0) {
        told->ground = title;
    }
    for (hmi_value v = hmi_json_first(refs); hmi_json_is(v) && left > 0; v = hmi_json_next(v)) {
        hm_text ref = hmi_json_text(v, c->arena);
        left--;
        if (is_actor(ref)) {
            hmi_told one = *told;
            HMI_TRY(name_of(c, ref, &one.target, err));
            HMI_TRY(hmi_claiming_add(c, &one, err));
        }
    }
    return HM_OK;
}

static int parse(hmi_claiming *c, const hmi_stored_object *stored, hmi_value *ret, hm_err *err)
{
    hm_err why = { 0 };
    int code = hmi_json_parse(c->json, stored->raw, 0, ret, &why);
    if (code == HM_E_MEMORY) {
        return hmi_fail(err, code, why.offset, "%s", why.text);
    }
    return code == HM_OK ? HM_OK : HM_E_MALFORMED;
}

int hmi_claiming_object(hmi_claiming *c, const hmi_stored_object *stored,
                        const hmi_incident *incident, const hmi_sha256 *document, hm_err *err)
{
    static const struct {
        const char *type;
        int (*read)(hmi_claiming *c, hmi_value object, const hmi_incident *incident, hmi_told *told,
                    hm_err *err);
    } KINDS[] = { { "relationship", relationship }, { "note", mentions }, { "report", mentions } };
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        if (hmi_text_is(stored->type, KINDS[i].type)) {
            hmi_value object;
            hmi_told told;
            int code = parse(c, stored, &object, err);
            if (code != HM_OK) {
                return code == HM_E_MALFORMED ? HM_OK : code;
            }
            HMI_TRY(read_head(c, object, stored, document, &told, err));
            return KINDS[i].read(c, object, incident, &told, err);
        }
    }
    return HM_OK;
}

/* ---- Opinions */

/* Names of all actors of the casebook's objects, and of the claims in the list. */
static int gather_names(hmi_claiming *c, hm_err *err)
{
    static const char *const TYPES[] = { "intrusion-set", "threat-actor" };
    size_t capacity = 0;
    if (c->names_known) {
        return HM_OK;
    }
    for (size_t k = 0; k < HMI_COUNT(TYPES); k++) {
        hmi_stored_object *objects = NULL;
        size_t count = 0;
        HMI_TRY(hmi_objects_of_type(c->store, c->arena, hmi_text_of(TYPES[k]), HM_TEXT(""),
                                    &objects, &count, err));
        for (size_t i = 0; i < count; i++) {
            hm_text *grown =
                hmi_arena_grow(c->arena, c->names, c->name_count, &capacity, sizeof(*grown));
            if (grown == NULL) {
                return hmi_arena_fail(c->arena, err);
            }
            c->names = grown;
            HMI_TRY(name_of(c, objects[i].id, &grown[c->name_count++], err));
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        hm_text *grown =
            hmi_arena_grow(c->arena, c->names, c->name_count, &capacity, sizeof(*grown));
        if (grown == NULL) {
            return hmi_arena_fail(c->arena, err);
        }
        c->names = grown;
        grown[c->name_count++] = c->list[i].target;
    }
    c->names_known = true;
    return HM_OK;
}

static bool told_id_is(hm_text id, hm_text incident_id, const char *what, hm_text actor)
{
    hmi_buf made;
    hmi_buf_init(&made, 0);
    hmi_told_id(incident_id, what, actor, &made);
    bool same = hmi_text_eq(hmi_buf_text(&made), id);
    hmi_buf_fini(&made);
    return same;
}

/* Is the id one of those under which we tell of the incident? Then what it says. */
static int what_we_told(hmi_claiming *c, hm_text id, const hmi_incident *incident, hmi_told *told,
                        bool *ret_found, hm_err *err)
{
    static const char *const WHOLE[] = { "grouping", "note" };
    *ret_found = false;
    about_event(told, incident);
    told->relation = HM_TEXT("related-to");
    if (hmi_text_eq(id, incident->stix_id)) {
        told->target = incident->name;
        *ret_found = true;
        return HM_OK;
    }
    for (size_t i = 0; i < HMI_COUNT(WHOLE); i++) {
        if (told_id_is(id, incident->stix_id, WHOLE[i], HM_TEXT(""))) {
            told->target = HM_TEXT("our finding");
            *ret_found = true;
            return HM_OK;
        }
    }
    if (!type_is(id, "relationship")) {
        return HM_OK;
    }
    HMI_TRY(gather_names(c, err));
    for (size_t i = 0; i < c->name_count && !*ret_found; i++) {
        if (told_id_is(id, incident->stix_id, "relationship", c->names[i])) {
            told->target = c->names[i];
            *ret_found = true;
        }
    }
    return HM_OK;
}

static int opinion_on(hmi_claiming *c, hm_text ref, const hmi_incident *incident, hmi_told *told,
                      hm_err *err)
{
    bool found = false;
    for (size_t i = 0; i < c->count; i++) {
        const hmi_told *claim = &c->list[i];
        if (hmi_text_eq(claim->id, ref) && !hmi_text_is(claim->type, "opinion")) {
            hmi_told one = *told;
            one.incident = claim->incident;
            one.about = claim->about;
            one.relation = claim->relation;
            one.target = claim->target;
            return hmi_claiming_add(c, &one, err);
        }
    }
    if (incident == NULL) {
        return HM_OK;
    }
    if (is_actor(ref)) {
        about_event(told, incident);
        told->relation = HM_TEXT("related-to");
        HMI_TRY(name_of(c, ref, &told->target, err));
        found = true;
    } else {
        HMI_TRY(what_we_told(c, ref, incident, told, &found, err));
    }
    return found ? hmi_claiming_add(c, told, err) : HM_OK;
}

int hmi_claiming_opinion(hmi_claiming *c, const hmi_stored_object *stored,
                         const hmi_incident *incident, const hmi_sha256 *document, hm_err *err)
{
    hmi_value object;
    hmi_told told;
    int code = parse(c, stored, &object, err);
    if (code != HM_OK) {
        return code == HM_E_MALFORMED ? HM_OK : code;
    }
    HMI_TRY(read_head(c, object, stored, document, &told, err));
    told.opinion = hmi_opinion_of(text_at(c, object, "opinion"));
    told.ground = text_at(c, object, "explanation");
    hmi_value refs = hmi_json_get(object, "object_refs");
    size_t left = HMI_CLAIM_REFS_MAX;
    if (told.opinion == 0 || hmi_json_kind_of(refs) != HMI_JSON_ARRAY) {
        return HM_OK;
    }
    for (hmi_value v = hmi_json_first(refs); hmi_json_is(v) && left > 0; v = hmi_json_next(v)) {
        hm_text ref = hmi_json_text(v, c->arena);
        hmi_told one = told;
        left--;
        if (ref.ptr != NULL) {
            HMI_TRY(opinion_on(c, ref, incident, &one, err));
        }
    }
    return HM_OK;
}
