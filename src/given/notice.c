/* SPDX-License-Identifier: Apache-2.0
 *
 * notice.c - what a partner is told when something is called back.
 *
 * WHY    STIX lets only the creator of an object revoke it, and observables not at all. So the
 *        bundle holds a revoked version of what is ours, and a note that names everything. All of
 *        it goes through the release rules like anything else: a property that was kept back when
 *        the object was given is kept back again.
 * FORM   Moments are those of the recall's entry, the note's id is made from its hash and the
 * partner: the same recall always makes the same bytes, so that telling twice makes no second
 * claim. TRUST  Stored objects are their senders' bytes: members are copied, never pasted as text.
 * OWNS   Nothing: everything lives in the arena.
 */
#include "base/time.h"
#include "given/entry.h"
#include "given/inside.h"
#include "given/recall.h"
#include "share/marking.h"
#include "trait/stix_id.h"

/* Name space of the notes' ids. */
static const uint8_t NOTES[16] = { 0x6d, 0x61, 0x0c, 0x1e, 0x52, 0x0f, 0x4b, 0x8e,
                                   0x9b, 0x2d, 0x1c, 0x7a, 0x66, 0x1b, 0x0d, 0x53 };

typedef struct telling {
    hmi_store *store;
    hmi_json *json;
    hmi_arena *arena;
    const hmi_recall_notice *notice;
    hmi_entry entry;
    hmi_sha256 hash; /* of the recall's entry */
    hm_text partner; /* lower case */
    hmi_release_object *objects;
    size_t count, capacity;
    hm_text *known;
    size_t known_count, known_capacity;
} telling;

static int push(telling *t, hm_bytes raw, hm_err *err)
{
    hmi_release_object *grown =
        hmi_arena_grow(t->arena, t->objects, t->count, &t->capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    t->objects = grown;
    grown[t->count++] = (hmi_release_object){ .raw = raw };
    return HM_OK;
}

static int push_known(telling *t, hm_text id, hm_err *err)
{
    hm_text *grown =
        hmi_arena_grow(t->arena, t->known, t->known_count, &t->known_capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    t->known = grown;
    grown[t->known_count++] = id;
    return HM_OK;
}

static int holds(telling *t, hm_text id, bool *ret, hm_err *err)
{
    hmi_given_copy *copies = NULL;
    size_t count = 0;
    HMI_TRY(hmi_given_copies(t->store, t->arena, id, &copies, &count, err));
    *ret = false;
    for (size_t i = 0; i < count && !*ret; i++) {
        *ret = hmi_text_eq(copies[i].partner, t->partner);
    }
    return HM_OK;
}

/* An id that an object names: what the partner holds may stay named, and what the object needs to
 * be judged (its markings, its author) comes along. */
static int named(telling *t, hm_text id, bool bring, hm_err *err)
{
    bool held = false;
    hmi_stored_object *versions = NULL;
    size_t count = 0;
    if (id.ptr == NULL) {
        return HM_OK;
    }
    id = hmi_id_lower(t->arena, id);
    if (id.ptr == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    HMI_TRY(holds(t, id, &held, err));
    if (held) {
        HMI_TRY(push_known(t, id, err));
    }
    if (bring) {
        HMI_TRY(hmi_object_versions(t->store, t->arena, id, &versions, &count, err));
    }
    return count > 0 ? push(t, versions[count - 1].raw, err) : HM_OK;
}

static int references(telling *t, hmi_value object, hm_err *err)
{
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_bytes key = hmi_text_bytes(hmi_json_key(v, t->arena));
        bool one = hmi_ends_with(key, HM_BYTES("_ref")),
             many = hmi_ends_with(key, HM_BYTES("_refs"));
        bool bring = hmi_bytes_eq(key, HM_BYTES("created_by_ref")) ||
                     hmi_bytes_eq(key, HM_BYTES("object_marking_refs"));
        if (one) {
            HMI_TRY(named(t, hmi_json_text(v, t->arena), bring, err));
        }
        for (hmi_value e = many ? hmi_json_first(v) : (hmi_value){ 0 }; hmi_json_is(e);
             e = hmi_json_next(e)) {
            HMI_TRY(named(t, hmi_json_text(e, t->arena), bring, err));
        }
    }
    return HM_OK;
}

/* The moment of the recall, or right after a version that claims to be later. */
static void add_moment(telling *t, hm_text modified, hmi_buf *out)
{
    hmi_instant old;
    int64_t us = t->entry.at_us / 1000 * 1000;
    if (hmi_time_parse_rfc3339(modified, &old) && old.us >= us) {
        us = old.us / 1000 * 1000 + 1000;
    }
    hmi_buf_add_stix_time(out, us);
}

static int revoked_version(telling *t, hmi_value object, hm_text modified, hm_bytes *ret,
                           hm_err *err)
{
    hmi_buf out, at;
    hmi_json_writer w;
    hmi_buf_init(&out, 0);
    hmi_buf_init(&at, 0);
    add_moment(t, modified, &at);
    hmi_json_begin(&w, &out, false);
    hmi_json_open_object(&w);
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, t->arena);
        if (hmi_text_is(key, "revoked")) {
            continue;
        }
        hmi_json_put_key(&w, key);
        if (hmi_text_is(key, "modified")) {
            hmi_json_put_text(&w, hmi_buf_text(&at));
        } else {
            hmi_json_put_raw(&w, hmi_json_raw(v));
        }
    }
    hmi_json_member_bool(&w, "revoked", true);
    hmi_json_close_object(&w);
    int code = hmi_buf_check(&out, err);
    *ret = hmi_arena_bytes(t->arena, hmi_buf_bytes(&out));
    code = code == HM_OK && ret->ptr == NULL ? hmi_arena_fail(t->arena, err) : code;
    hmi_buf_fini(&at);
    hmi_buf_fini(&out);
    return code;
}

/* Ours to revoke: we made it, it has versions, and its newest is not revoked yet. */
static int revoke(telling *t, hm_text id, hm_err *err)
{
    hmi_stored_object *versions = NULL;
    size_t count = 0;
    hmi_value root;
    hm_bytes raw;
    HMI_TRY(hmi_object_versions(t->store, t->arena, id, &versions, &count, err));
    if (count == 0 || t->notice->identity.len == 0 ||
        hmi_json_parse(t->json, versions[count - 1].raw, 0, &root, NULL) != HM_OK) {
        return HM_OK;
    }
    hm_text author = hmi_json_text(hmi_json_get(root, "created_by_ref"), t->arena);
    hm_text modified = hmi_json_text(hmi_json_get(root, "modified"), t->arena);
    if (!hmi_text_ieq(author, t->notice->identity) || modified.ptr == NULL ||
        hmi_json_is_true(hmi_json_get(root, "revoked"))) {
        return HM_OK;
    }
    HMI_TRY(revoked_version(t, root, modified, &raw, err));
    HMI_TRY(push(t, raw, err));
    return references(t, root, err);
}

/* The note may be read by whoever may read the least of what this kind of partner is given. */
static const char *note_marking(hmi_partner_kind kind)
{
    const char *level = kind == HMI_PARTNER_PUBLIC      ? "clear"
                        : kind == HMI_PARTNER_COMMUNITY ? "green"
                                                        : "amber";
    return hmi_tlp_find_value(hmi_text_of(level), true)->id;
}

static void write_note(telling *t, hmi_buf *out)
{
    hmi_json_writer w;
    hmi_buf name, at;
    char id[6 + HMI_UUID_TEXT + 1] = "note--";
    hmi_buf_init(&name, 0);
    hmi_buf_init(&at, 0);
    hmi_buf_add(&name, hmi_bytes(t->hash.bytes, sizeof(t->hash.bytes)));
    hmi_buf_add_text(&name, t->partner);
    hmi_uuid5(NOTES, hmi_buf_bytes(&name), id + 6);
    hmi_buf_add_stix_time(&at, t->entry.at_us / 1000 * 1000);
    hmi_json_begin(&w, out, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "type", HM_TEXT("note"));
    hmi_json_member_text(&w, "spec_version", HM_TEXT("2.1"));
    hmi_json_member_text(&w, "id", hmi_text_of(id));
    hmi_json_member_text(&w, "created", hmi_buf_text(&at));
    hmi_json_member_text(&w, "modified", hmi_buf_text(&at));
    hmi_json_member_text(&w, "abstract", HM_TEXT("Recalled: delete your copies and say so"));
    hmi_json_member_text(&w, "content", t->entry.reason);
    hmi_json_put_key(&w, HM_TEXT("labels"));
    hmi_json_open_array(&w);
    hmi_json_put_text(&w, HM_TEXT("recall"));
    hmi_json_close_array(&w);
    hmi_json_put_key(&w, HM_TEXT("object_refs"));
    hmi_json_open_array(&w);
    for (size_t i = 0; i < t->known_count; i++) {
        hmi_json_put_text(&w, t->known[i]);
    }
    hmi_json_close_array(&w);
    hmi_json_put_key(&w, HM_TEXT("object_marking_refs"));
    hmi_json_open_array(&w);
    hmi_json_put_text(&w, hmi_text_of(note_marking(t->notice->partner->kind)));
    hmi_json_close_array(&w);
    hmi_json_close_object(&w);
    hmi_buf_fini(&name);
    hmi_buf_fini(&at);
}

static int push_note(telling *t, hm_err *err)
{
    hmi_buf note;
    hmi_buf_init(&note, 0);
    write_note(t, &note);
    int code = hmi_buf_check(&note, err);
    hm_bytes raw = hmi_arena_bytes(t->arena, hmi_buf_bytes(&note));
    hmi_buf_fini(&note);
    HMI_TRY(code);
    return raw.ptr == NULL ? hmi_arena_fail(t->arena, err) : push(t, raw, err);
}

static int read_recall(telling *t, hm_err *err)
{
    hmi_given_row row;
    HMI_TRY(hmi_given_get(t->store, t->arena, t->notice->recall, &row, err));
    HMI_TRY(hmi_entry_read(t->json, row.entry, t->arena, &t->entry, err));
    t->hash = row.hash;
    t->partner = hmi_id_lower(t->arena, t->notice->partner->id);
    if (t->partner.ptr == NULL) {
        return hmi_arena_fail(t->arena, err);
    }
    return hmi_text_is(t->entry.kind, "recall")
               ? HM_OK
               : hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE, "entry %llu is no recall",
                          (unsigned long long)t->notice->recall);
}

static int gather(telling *t, hm_err *err)
{
    HMI_TRY(read_recall(t, err));
    for (size_t i = 0; i < t->entry.object_count; i++) {
        bool held = false;
        HMI_TRY(holds(t, t->entry.objects[i].id, &held, err));
        if (held) {
            HMI_TRY(push_known(t, t->entry.objects[i].id, err));
        }
    }
    if (t->known_count == 0) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "this partner holds nothing of that recall");
    }
    HMI_TRY(push_note(t, err));
    for (size_t i = 0, recalled = t->known_count; i < recalled; i++) {
        HMI_TRY(revoke(t, t->known[i], err));
    }
    return HM_OK;
}

int hmi_recall_objects(hmi_store *store, hmi_json *json, const hmi_recall_notice *notice,
                       hmi_arena *arena, hmi_release_object **ret, size_t *ret_count, hm_err *err)
{
    telling t = { .store = store, .json = json, .arena = arena, .notice = notice };
    hmi_policy policy = *notice->policy;
    HMI_TRY(gather(&t, err));
    for (size_t i = 0; i < policy.known_count; i++) {
        HMI_TRY(push_known(&t, policy.known[i], err));
    }
    policy.known = t.known;
    policy.known_count = t.known_count;
    HMI_TRY(hmi_release(&policy, notice->partner, notice->purpose, t.objects, t.count, arena, err));
    *ret = t.objects;
    *ret_count = t.count;
    return HM_OK;
}
