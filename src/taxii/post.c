/* SPDX-License-Identifier: Apache-2.0
 *
 * post.c - objects that partners add (TAXII 2.1 section 5.5).
 *
 * WHY    The status says "complete" when the objects are on the disk and not before; each object
 *        that is refused is named with its reason, the others are kept.
 * FORM   1. read the envelope, 2. look at each object: valid? whose? known?, 3. one record of the
 *        journal with what is new and the status, 4. answer. Only step 3 excludes other writers.
 * TRUST  A partner may send anything: other people's objects, older versions, dates in the future,
 *        a TLP definition of its own. What it is told must not tell it what it may not see: an id
 *        that others own and it cannot see looks free (see applies() in view.c).
 * OWNS   Parser and checker, lent from the service.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "share/marking.h"
#include "share/stix_check.h"
#include "taxii/inside.h"
#include "trait/stix_id.h"

enum { POST_MEMORY_MAX = 1 << 30, BYTES_PER_VALUE = 4, VALUES_LEAST = 65536 };

#define FUTURE_US (INT64_C(24) * 3600 * 1000000)
#define NO_VERSION "1970-01-01T00:00:00.000Z" /* of objects that carry no time */

typedef struct candidate {
    hmi_journal_object object;
    const char *failure; /* NULL: none; in the arena or fixed */
    const char *message;
    bool keep;    /* goes into the journal */
    bool foreign; /* somebody else's, and this partner can see it */
} candidate;

typedef struct posting {
    hmi_asked *a;
    hmi_http_answer *answer;
    hmi_arena *arena;
    hmi_json *json;
    hmi_stix_checker *checker;
    candidate *list;
    size_t count;
    char status_id[HMI_UUID_TEXT + 1];
    hm_err *err;
} posting;

/* -- One object. */

static void fail(candidate *c, const char *why)
{
    c->failure = why;
    c->keep = false;
}

static bool read_version(posting *p, candidate *c, hmi_value object)
{
    hmi_instant at;
    hm_text text = hmi_json_text(hmi_json_get(object, "modified"), p->arena);
    text = text.ptr == NULL ? hmi_json_text(hmi_json_get(object, "created"), p->arena) : text;
    text = text.ptr == NULL ? HM_TEXT(NO_VERSION) : text;
    if (text.len > 64 || !hmi_time_parse_rfc3339(text, &at) || at.trust != HMI_TIME_EXACT) {
        return false;
    }
    c->object.version = text;
    c->object.version_us = at.us;
    return true;
}

static uint8_t spec_of(posting *p, hmi_value object)
{
    hm_text spec = hmi_json_text(hmi_json_get(object, "spec_version"), p->arena);
    bool versioned = hmi_json_is(hmi_json_get(object, "created"));
    return spec.ptr != NULL ? (hmi_text_is(spec, "2.0") ? 20 : 21) : versioned ? 20 : 21;
}

static const char *first_error(posting *p, const hmi_stix_report *report)
{
    for (size_t i = 0; i < report->fault_count; i++) {
        const hmi_stix_fault *f = &report->faults[i];
        if (f->is_error) {
            hm_text text = hmi_arena_printf(
                p->arena, "%.*s: %.*s (STIX 2.1 section %s)",
                (int)(f->path.len < 200 ? f->path.len : 200), f->path.ptr,
                (int)(f->text.len < 200 ? f->text.len : 200), f->text.ptr, f->section);
            hm_text clean =
                text.ptr == NULL ? text : hmi_text_safe(p->arena, hmi_text_bytes(text), 400);
            const char *out = clean.ptr == NULL ? NULL : hmi_arena_cstr(p->arena, clean);
            return out != NULL ? out : "not valid STIX";
        }
    }
    return "not valid STIX";
}

static int check_object(posting *p, candidate *c, hmi_value object)
{
    hmi_stix_report report;
    const hmi_tlp_marking *tlp = hmi_tlp_find(c->object.id);
    if (tlp != NULL && !hmi_tlp_is_genuine(object, tlp, p->arena)) {
        fail(c, "nobody redefines a predefined marking");
        hmi_taxii_alert(p->a, "a predefined marking was redefined", c->object.id);
        return HM_OK;
    }
    HMI_TRY(hmi_stix_check_object(p->checker, object, NULL, &report, p->err));
    if (report.errors > 0) {
        const char *error = first_error(p, &report);
        if (!p->a->collection->keep_faulty) {
            fail(c, error);
            return HM_OK;
        }
        c->object.flags |= HMI_ROW_FAULTY;
        c->message = error;
    }
    if (!read_version(p, c, object)) {
        fail(c, "modified or created is no timestamp");
    } else if (c->object.version_us > p->a->now_us + FUTURE_US) {
        fail(c, "this version is of more than a day from now");
        hmi_taxii_alert(p->a, "a version from the future", c->object.id);
    }
    return HM_OK;
}

/* False, with the answer made: the envelope is none. */
static bool unprocessable(posting *p, const char *why)
{
    hmi_taxii_error(p->answer, 422, "Unprocessable content", why);
    return false;
}

static bool read_head(posting *p, candidate *c, hmi_value object)
{
    hm_text id = hmi_json_text(hmi_json_get(object, "id"), p->arena);
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), p->arena);
    if (hmi_json_kind_of(object) != HMI_JSON_OBJECT || id.ptr == NULL || type.ptr == NULL) {
        return unprocessable(p, "each element of objects is a STIX object with a type and an id");
    }
    if (hmi_text_is(type, "bundle")) {
        return unprocessable(p, "an envelope holds objects, not bundles");
    }
    if (id.len > HMI_POST_ID_MAX) {
        return unprocessable(p, "an id is too long");
    }
    c->object = (hmi_journal_object){
        .raw = hmi_json_raw(object), .id = id, .version = HM_TEXT(NO_VERSION), .spec = 21
    };
    c->keep = true;
    if (!hmi_stix_id_is(id) ||
        !hmi_text_eq(hmi_text_slice(id, 0, id.len - HMI_UUID_TEXT - 2), type)) {
        fail(c, "the id is not the type, \"--\" and a UUID");
    }
    c->object.spec = spec_of(p, object);
    return true;
}

/* *ret_good false: the answer says why. */
static int read_envelope(posting *p, bool *ret_good)
{
    hm_err why = { 0 };
    hmi_value root;
    *ret_good = false;
    /* No honest envelope has a value for every few bytes; a table for one that has is memory lost.
     */
    size_t values_max = p->a->request->body.len / BYTES_PER_VALUE + VALUES_LEAST;
    int code = hmi_json_parse(p->json, p->a->request->body, values_max, &root, &why);
    if (code == HM_E_MEMORY) {
        return hmi_fail(p->err, code, HM_OFFSET_NONE, "%s", why.text);
    }
    if (code != HM_OK) {
        hm_text text =
            hmi_arena_printf(p->arena, "byte %llu: %s", (unsigned long long)why.offset, why.text);
        hmi_taxii_error(p->answer, code == HM_E_LIMIT ? 422 : 400, "Bad request",
                        text.ptr != NULL ? text.ptr : why.text);
        return HM_OK;
    }
    hmi_value objects = hmi_json_get(root, "objects");
    /* stix2, the common library, sends a bundle where an envelope belongs: its objects are meant.
     */
    if (hmi_json_kind_of(root) != HMI_JSON_OBJECT || hmi_json_kind_of(objects) != HMI_JSON_ARRAY ||
        hmi_json_count(objects) == 0) {
        unprocessable(p,
                      "the body is an envelope: {\"objects\": [ ... ]} with at least one object");
        return HM_OK;
    }
    p->count = hmi_json_count(objects);
    if (p->count > HMI_POST_OBJECTS_MAX) {
        unprocessable(p, "too many objects in one envelope");
        return HM_OK;
    }
    p->list = hmi_new_array(p->arena, candidate, p->count);
    if (p->list == NULL) {
        return hmi_arena_fail(p->arena, p->err);
    }
    size_t i = 0;
    for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v), i++) {
        if (!read_head(p, &p->list[i], v)) {
            return HM_OK;
        }
        if (p->list[i].failure == NULL) {
            HMI_TRY(check_object(p, &p->list[i], v));
        }
    }
    *ret_good = true;
    return HM_OK;
}

/* -- Known already? */

/* Twice in one envelope: the first counts. */
static int find_twins(posting *p)
{
    size_t room = 16;
    while (room < 2 * p->count) {
        room *= 2;
    }
    uint32_t *slots = hmi_new_array(p->arena, uint32_t, room);
    if (slots == NULL) {
        return hmi_arena_fail(p->arena, p->err);
    }
    for (size_t i = 0; i < p->count; i++) {
        candidate *c = &p->list[i];
        if (c->failure != NULL) {
            continue;
        }
        size_t at = (size_t)hmi_xxh3(hmi_text_bytes(c->object.id),
                                     hmi_hash_seed() ^ (uint64_t)c->object.version_us) &
                    (room - 1);
        for (; slots[at] != 0; at = (at + 1) & (room - 1)) {
            const candidate *other = &p->list[slots[at] - 1];
            if (other->object.version_us == c->object.version_us &&
                hmi_text_eq(other->object.id, c->object.id)) {
                break;
            }
        }
        if (slots[at] == 0) {
            slots[at] = (uint32_t)i + 1;
        } else if (hmi_bytes_eq(p->list[slots[at] - 1].object.raw, c->object.raw)) {
            c->keep = false;
            c->message = "already there";
        } else {
            c->object.flags |= HMI_ROW_CONFLICT;
            c->failure =
                "another content came under this id and version; this one is kept as a claim";
        }
    }
    return HM_OK;
}

/* Ids that others own and this partner sees: then it may be told so. */
static int find_foreign(posting *p)
{
    hmi_view *view;
    hmi_asked *a = p->a;
    if (!a->reads) {
        return HM_OK;
    }
    HMI_TRY(hmi_taxii_view(a, &view, p->err));
    HMI_TRY(hmi_view_begin(view, p->err));
    for (size_t i = 0; i < p->count; i++) {
        uint32_t e = hmi_view_find(view, p->list[i].object.id);
        for (; e != 0 && !p->list[i].foreign; e = hmi_view_older(view, e)) {
            const hmi_journal_row *row = hmi_view_row(view, hmi_view_at(view, e - 1));
            p->list[i].foreign = row->poster != a->taxii->partner_numbers[a->partner];
        }
    }
    hmi_view_end(view);
    return HM_OK;
}

static void compare_row(candidate *c, const hmi_journal_row *row, bool own)
{
    bool same = hmi_bytes_eq(hmi_bytes(row->raw, row->raw_len), c->object.raw);
    if (same && (own || c->foreign)) {
        c->keep = false;
        c->failure = NULL;
        c->message = "already there";
    } else if (own && row->version_us == c->object.version_us) {
        c->object.flags |= HMI_ROW_CONFLICT;
        c->failure =
            "another content is known under this id and version; this one is kept as a claim";
    }
}

/* Under the journal's lock for writers: nothing changes meanwhile. */
static void compare_known(posting *p, candidate *c, uint32_t collection, uint32_t self)
{
    hmi_journal *j = p->a->taxii->journal;
    uint32_t at = hmi_journal_find(j, collection, c->object.id);
    size_t versions = 0;
    bool others = false;
    while (at != 0 && c->keep) {
        const hmi_journal_row *row = hmi_journal_row_at(j, at - 1);
        if (row->removed == 0) {
            others |= row->poster != self;
            versions += row->poster == self;
            compare_row(c, row, row->poster == self);
        }
        at = row->older;
    }
    if (c->keep && versions >= HMI_VERSIONS_MAX) {
        fail(c, "too many versions of this object");
        return;
    }
    if (c->keep && others) {
        hmi_taxii_alert(p->a, "a claim about somebody else's object", c->object.id);
        if (c->foreign) {
            c->failure = "this object is somebody else's; yours is kept as a claim";
        }
    }
}

/* -- The status resource. */

static void put_details(hmi_json_writer *w, const candidate *c)
{
    const char *message = c->failure != NULL ? c->failure : c->message;
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", c->object.id);
    hmi_json_member_text(w, "version", c->object.version);
    if (message != NULL) {
        hmi_json_member_text(w, "message", hmi_text_of(message));
    }
    hmi_json_close_object(w);
}

static void put_list(const posting *p, hmi_json_writer *w, const char *name, size_t count,
                     bool failed)
{
    if (count == 0) {
        return;
    }
    hmi_json_put_key(w, hmi_text_of(name));
    hmi_json_open_array(w);
    for (size_t i = 0; i < p->count; i++) {
        if ((p->list[i].failure != NULL) == failed) {
            put_details(w, &p->list[i]);
        }
    }
    hmi_json_close_array(w);
}

static void put_status(const posting *p, hmi_buf *out)
{
    size_t failures = 0;
    for (size_t i = 0; i < p->count; i++) {
        failures += p->list[i].failure != NULL;
    }
    hmi_json_writer w;
    hmi_json_begin(&w, out, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "id", hmi_text_of(p->status_id));
    hmi_json_member_text(&w, "status", HM_TEXT("complete"));
    hmi_buf_add_cstr(out, ",\"request_timestamp\":\"");
    hmi_taxii_add_date(out, p->a->now_us);
    hmi_buf_add_char(out, '"');
    hmi_json_member_uint(&w, "total_count", p->count);
    hmi_json_member_uint(&w, "success_count", p->count - failures);
    put_list(p, &w, "successes", p->count - failures, false);
    hmi_json_member_uint(&w, "failure_count", failures);
    put_list(p, &w, "failures", failures, true);
    hmi_json_member_uint(&w, "pending_count", 0);
    hmi_json_close_object(&w);
}

/* -- All of it. */

static int store(posting *p, hmi_buf *status)
{
    hmi_asked *a = p->a;
    hmi_taxii *t = a->taxii;
    uint32_t collection = t->collection_numbers[a->collection->source];
    uint32_t self = t->partner_numbers[a->partner];
    hmi_journal_object *kept = hmi_new_array(p->arena, hmi_journal_object, p->count);
    if (kept == NULL) {
        return hmi_arena_fail(p->arena, p->err);
    }
    size_t count = 0;
    hmi_journal_write_begin(t->journal);
    for (size_t i = 0; i < p->count; i++) {
        candidate *c = &p->list[i];
        if (c->keep) {
            compare_known(p, c, collection, self);
        }
        if (c->keep) {
            kept[count++] = c->object;
        }
    }
    put_status(p, status);
    int code = hmi_buf_check(status, p->err);
    code = code == HM_OK ? hmi_journal_add(t->journal, collection, self, t->now_us(),
                                           hmi_text_of(p->status_id), hmi_buf_bytes(status), kept,
                                           count, p->err)
                         : code;
    hmi_journal_write_end(t->journal);
    return code;
}

static int run(posting *p)
{
    bool good = false;
    HMI_TRY(hmi_json_new(&p->json, p->err));
    HMI_TRY(hmi_stix_checker_new(&p->checker, p->err));
    HMI_TRY(hmi_uuid4(p->status_id, p->err));
    HMI_TRY(read_envelope(p, &good));
    if (!good) {
        return HM_OK;
    }
    HMI_TRY(find_twins(p));
    HMI_TRY(find_foreign(p));
    HMI_TRY(store(p, &p->answer->body));
    p->answer->status = 202;
    p->answer->type = HMI_TAXII_TYPE;
    return HM_OK;
}

void hmi_taxii_post(hmi_asked *a, hmi_http_answer *answer)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, POST_MEMORY_MAX);
    posting p = { .a = a, .answer = answer, .arena = &arena, .err = &err };
    if (run(&p) != HM_OK) {
        hmi_taxii_failure(a->taxii, answer, &err);
    }
    hmi_json_free(p.json);
    hmi_stix_checker_free(p.checker);
    hmi_arena_fini(&arena);
}
