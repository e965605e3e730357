/* SPDX-License-Identifier: Apache-2.0
 *
 * outgoing.c - the traits, objects and words about an incident that a partner may have.
 *
 * WHY    Whatever form something is told in, one function decides whether it leaves. A trait is no
 *        object, so each is decided through the object that would carry it.
 * FORM   A trait found in our own evidence: its observable, marked with the level the owner names;
 *        one without an observable, and our own words: a stand-in with the same marking. A trait
 *        that was only read in somebody's report leaves when an object of his that names it does:
 *        an observable with its id, or an indicator whose pattern asks for it.
 * TRUST  Stored objects are hostile JSON. A value counts as named only where pattern and class
 *        agree on type, property and canonical value: what is held cannot lend its values to what
 *        leaves.
 * OWNS   One JSON parser while deciding.
 */
#include "tell/outgoing.h"

#include <stdlib.h>

#include "base/error.h"
#include "given/giver.h"
#include "tell/claims.h"
#include "trait/stix_id.h"
#include "trait/stix_pattern.h"

/* The formats of formats/report/, as the fact "format" names them. */
bool hmi_is_report(hm_text format)
{
    static const char *const REPORTS[] = { "stix", "list", "openioc", "misp" };
    for (size_t i = 0; i < HMI_COUNT(REPORTS); i++) {
        if (hmi_text_is(format, REPORTS[i])) {
            return true;
        }
    }
    return false;
}

/* A trait by the id of its observable. */
typedef struct named {
    hm_text id;
    hmi_key key;
} named;

typedef struct deciding {
    hmi_store *store;
    hmi_arena *arena;
    const hmi_incident *incident;
    const hmi_tlp_marking *tlp;
    const hmi_evidence *evidence;
    size_t evidence_count;
    const hmi_incident_trait *traits;
    size_t trait_count;
    bool *home;
    named *named; /* by id */
    size_t named_count;
    hmi_outgoing out;
} deciding;

static int add_object(deciding *d, hm_bytes raw, hm_err *err)
{
    hmi_release_object *grown =
        hmi_arena_grow(d->arena, d->out.objects, d->out.count, &d->out.capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(d->arena, err);
    }
    d->out.objects = grown;
    grown[d->out.count++] = (hmi_release_object){ .raw = raw };
    return HM_OK;
}

static int add_key(deciding *d, hmi_key key, size_t object, hm_err *err)
{
    hmi_outgoing_trait *grown = hmi_arena_grow(d->arena, d->out.traits, d->out.trait_count,
                                               &d->out.trait_capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(d->arena, err);
    }
    d->out.traits = grown;
    grown[d->out.trait_count++] = (hmi_outgoing_trait){ key, object };
    return HM_OK;
}

/* ---- What is asked about */

static int seen_at_home(const deciding *d, hmi_arena *scratch, int64_t trait, bool *ret,
                        hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t count = 0;
    *ret = false;
    HMI_TRY(hmi_trait_seen(d->store, scratch, d->incident->id, trait, &seen, &count, err));
    for (size_t i = 0; i < count && !*ret; i++) {
        for (size_t k = 0; k < d->evidence_count; k++) {
            *ret |= d->evidence[k].id == seen[i].evidence && !hmi_is_report(d->evidence[k].format);
        }
    }
    return HM_OK;
}

static int keep(deciding *d, hmi_buf *text, hm_err *err)
{
    HMI_TRY(hmi_buf_check(text, err));
    hm_bytes raw = hmi_arena_bytes(d->arena, hmi_buf_bytes(text));
    return raw.ptr != NULL ? add_object(d, raw, err) : hmi_arena_fail(d->arena, err);
}

static void add_mark(const deciding *d, hmi_buf *text)
{
    if (d->tlp != NULL) {
        text->len--; /* the closing brace */
        hmi_buf_printf(text, ",\"object_marking_refs\":[\"%s\"]}", d->tlp->id);
    }
}

static int add_observable(deciding *d, const hmi_incident_trait *trait, hm_err *err)
{
    hmi_buf text, id;
    bool recalled = false;
    hmi_buf_init(&text, 0);
    hmi_buf_init(&id, 0);
    int code = hmi_stix_observable(trait->class_id, trait->value, &text, err);
    code = code == HM_OK ? hmi_stix_observable_id(trait->class_id, trait->value, &id, err) : code;
    code =
        code == HM_OK ? hmi_object_is_recalled(d->store, hmi_buf_text(&id), &recalled, err) : code;
    if (code == HM_OK && !recalled) {
        add_mark(d, &text);
        code = keep(d, &text, err);
    }
    hmi_buf_fini(&id);
    hmi_buf_fini(&text);
    return code == HM_E_UNSUPPORTED ? HM_OK : code;
}

/* Something of ours that no other object stands for. */
static int add_stand_in(deciding *d, hm_err *err)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "{\"type\":\"tool\",\"spec_version\":\"2.1\",\"id\":\"");
    hmi_told_id(d->incident->stix_id, "tool", HM_TEXT(""), &text);
    hmi_buf_add_cstr(&text, "\",\"created\":\"2000-01-01T00:00:00.000Z\","
                            "\"modified\":\"2000-01-01T00:00:00.000Z\",\"name\":\"ours\"}");
    add_mark(d, &text);
    d->out.stand_in = d->out.count;
    int code = keep(d, &text, err);
    hmi_buf_fini(&text);
    return code;
}

static int gather(deciding *d, hm_err *err)
{
    hmi_stored_object *stored = NULL;
    hmi_evidence *evidence = NULL;
    hmi_incident_trait *traits = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_objects(d->store, d->arena, d->incident->id, &stored, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool recalled = false; /* what was called back is not given again */
        HMI_TRY(hmi_object_is_recalled(d->store, stored[i].id, &recalled, err));
        if (!recalled) {
            HMI_TRY(add_object(d, stored[i].raw, err));
        }
    }
    HMI_TRY(
        hmi_evidence_list(d->store, d->arena, d->incident->id, &evidence, &d->evidence_count, err));
    d->evidence = evidence;
    HMI_TRY(
        hmi_incident_traits(d->store, d->arena, d->incident->id, &traits, &d->trait_count, err));
    d->traits = traits;
    d->home = hmi_new_array(d->arena, bool, d->trait_count);
    if (d->home == NULL) {
        return hmi_arena_fail(d->arena, err);
    }
    hmi_arena scratch;
    hmi_arena_init(&scratch, 64 << 20);
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < d->trait_count; i++) {
        code = seen_at_home(d, &scratch, traits[i].id, &d->home[i], err);
        if (code == HM_OK && d->home[i]) {
            code = add_observable(d, &traits[i], err);
        }
        hmi_arena_reset(&scratch);
    }
    hmi_arena_fini(&scratch);
    HMI_TRY(code);
    return add_stand_in(d, err);
}

/* ---- What follows for traits */

/* "hashes.'SHA-256'" and "hashes/SHA-256" are one property. */
static bool same_property(const char *ours, hm_text path)
{
    size_t at = 0;
    for (; *ours != '\0'; ours++) {
        if (*ours == '\'' || *ours == '.' || *ours == '-') {
            continue;
        }
        while (at < path.len && (path.ptr[at] == '/' || path.ptr[at] == '-')) {
            at++;
        }
        if (at >= path.len || hmi_ascii_lower(path.ptr[at++]) != hmi_ascii_lower(*ours)) {
            return false;
        }
    }
    return at == path.len;
}

static bool same_type(const hmi_class_row *row, hm_text type)
{
    return row->stix_type != NULL &&
           (hmi_text_is(type, row->stix_type) ||
            ((row->id == HMI_ADDRESS || row->id == HMI_RANGE) && hmi_text_is(type, "ipv6-addr")));
}

static int add_named(deciding *d, const hmi_stix_atom *atom, size_t object, hm_err *err)
{
    size_t count = 0;
    const hmi_class_row *rows = hmi_classes(&count);
    for (size_t i = 0; i < count; i++) {
        hm_text canonical;
        hm_err why = { 0 };
        if (same_type(&rows[i], atom->type) && same_property(rows[i].stix_property, atom->path) &&
            hmi_trait_canonical(d->arena, rows[i].id, atom->value, false, &canonical, &why) ==
                HM_OK) {
            HMI_TRY(add_key(d, hmi_trait_key(rows[i].id, canonical), object, err));
        }
    }
    return HM_OK;
}

static int add_pattern(deciding *d, hmi_value object, size_t number, hm_err *err)
{
    hm_text language = hmi_json_text(hmi_json_get(object, "pattern_type"), d->arena);
    hm_text text = hmi_json_text(hmi_json_get(object, "pattern"), d->arena);
    hmi_stix_pattern pattern;
    hm_err why = { 0 };
    if (text.len == 0 || !hmi_text_is(language, "stix")) {
        return HM_OK;
    }
    int code = hmi_stix_pattern_parse(d->arena, text, &pattern, &why);
    if (code == HM_E_MEMORY || code == HM_E_LIMIT) {
        return hmi_fail(err, code, why.offset, "%s", why.text);
    }
    for (size_t i = 0; code == HM_OK && i < pattern.count; i++) {
        HMI_TRY(add_named(d, &pattern.atoms[i], number, err));
    }
    return HM_OK;
}

static int by_id(const void *a, const void *b)
{
    return hmi_bytes_cmp(hmi_text_bytes(((const named *)a)->id),
                         hmi_text_bytes(((const named *)b)->id));
}

static int name_traits(deciding *d, hm_err *err)
{
    d->named = hmi_new_array(d->arena, named, d->trait_count);
    if (d->named == NULL) {
        return hmi_arena_fail(d->arena, err);
    }
    hmi_buf id;
    hmi_buf_init(&id, 0);
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < d->trait_count; i++) {
        hmi_buf_clear(&id);
        if (hmi_stix_observable_id(d->traits[i].class_id, d->traits[i].value, &id, NULL) == HM_OK) {
            named *one = &d->named[d->named_count++];
            *one = (named){ hmi_arena_text(d->arena, hmi_buf_text(&id)), d->traits[i].key };
            code = one->id.ptr != NULL ? HM_OK : hmi_arena_fail(d->arena, err);
        }
    }
    hmi_buf_fini(&id);
    if (d->named_count > 1) {
        qsort(d->named, d->named_count, sizeof(*d->named), by_id);
    }
    return code;
}

/* The traits that an object names which leaves. */
static int add_object_traits(deciding *d, hmi_json *json, size_t number, hm_err *err)
{
    const hmi_release_object *object = &d->out.objects[number];
    hmi_value root;
    hm_err why = { 0 };
    if (hmi_text_is(object->type, "indicator")) {
        int code = hmi_json_parse(json, object->out, 0, &root, &why);
        return code == HM_OK ? add_pattern(d, root, number, err) : HM_OK;
    }
    const named wanted = { .id = object->id };
    const named *found = d->named_count > 0
                             ? bsearch(&wanted, d->named, d->named_count, sizeof(wanted), by_id)
                             : NULL;
    return found != NULL ? add_key(d, found->key, number, err) : HM_OK;
}

static int by_key(const void *a, const void *b)
{
    return memcmp(&((const hmi_outgoing_trait *)a)->key, &((const hmi_outgoing_trait *)b)->key,
                  sizeof(hmi_key));
}

static int conclude(deciding *d, hmi_json *json, hm_err *err)
{
    HMI_TRY(name_traits(d, err));
    d->out.own = d->out.objects[d->out.stand_in].answer == HMI_RELEASE;
    for (size_t i = 0; i < d->out.count; i++) {
        if (i != d->out.stand_in && d->out.objects[i].answer != HMI_HOLD) {
            HMI_TRY(add_object_traits(d, json, i, err));
        }
    }
    for (size_t i = 0; d->out.own && i < d->trait_count; i++) {
        const hmi_class_row *row = hmi_class_find((int)d->traits[i].class_id);
        if (d->home[i] && (row == NULL || row->stix_type == NULL)) {
            HMI_TRY(add_key(d, d->traits[i].key, d->out.stand_in, err));
        }
    }
    if (d->out.trait_count > 1) {
        qsort(d->out.traits, d->out.trait_count, sizeof(*d->out.traits), by_key);
    }
    return HM_OK;
}

int hmi_outgoing_decide(hmi_store *store, hmi_arena *arena, const hmi_incident *incident,
                        const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                        const hmi_tlp_marking *tlp, hmi_outgoing *ret, hm_err *err)
{
    deciding d = { .store = store, .arena = arena, .incident = incident, .tlp = tlp };
    hmi_json *json = NULL;
    HMI_TRY(gather(&d, err));
    HMI_TRY(hmi_release(policy, partner, purpose, d.out.objects, d.out.count, arena, err));
    HMI_TRY(hmi_json_new(&json, err));
    int code = conclude(&d, json, err);
    hmi_json_free(json);
    HMI_TRY(code);
    *ret = d.out;
    return HM_OK;
}

bool hmi_outgoing_has_trait(const hmi_outgoing *out, hmi_key key)
{
    const hmi_outgoing_trait wanted = { .key = key };
    return out->trait_count > 0 &&
           bsearch(&wanted, out->traits, out->trait_count, sizeof(wanted), by_key) != NULL;
}

static int by_trait_key(const void *a, const void *b)
{
    return memcmp(a, &((const hmi_incident_trait *)b)->key, sizeof(hmi_key));
}

/* The traits of an incident are listed by class, then key. */
static bool is_among(const hmi_incident_trait *traits, size_t count, hmi_key key)
{
    for (size_t from = 0; from < count;) {
        size_t to = from;
        while (to < count && traits[to].class_id == traits[from].class_id) {
            to++;
        }
        if (bsearch(&key, &traits[from], to - from, sizeof(*traits), by_trait_key) != NULL) {
            return true;
        }
        from = to;
    }
    return false;
}

int hmi_outgoing_narrow(hmi_outgoing *out, hmi_arena *arena, const hmi_incident_trait *traits,
                        size_t count, hm_err *err)
{
    bool *carries = hmi_new_array(arena, bool, out->count);
    if (carries == NULL) {
        return hmi_arena_fail(arena, err);
    }
    carries[out->stand_in] = true;
    for (size_t i = 0; i < out->trait_count; i++) {
        if (!carries[out->traits[i].object]) {
            carries[out->traits[i].object] = is_among(traits, count, out->traits[i].key);
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->objects[i].answer != HMI_HOLD && !carries[i]) {
            out->objects[i].answer = HMI_HOLD;
            out->objects[i].rule = HMI_RULE_UNREFERENCED;
        }
    }
    return HM_OK;
}

bool hmi_outgoing_has_object(const hmi_outgoing *out, hm_bytes raw)
{
    for (size_t i = 0; i < out->count; i++) {
        if (out->objects[i].answer == HMI_RELEASE && hmi_bytes_eq(out->objects[i].raw, raw)) {
            return true;
        }
    }
    return false;
}
