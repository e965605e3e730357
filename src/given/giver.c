/* SPDX-License-Identifier: Apache-2.0
 *
 * giver.c - appends to the memory of what was given.
 *
 * WHY    "Who has a copy of this?" must have an answer that nobody can change afterwards unseen.
 * FORM   inside.h. The first entry, kind "key", names the public key that signs all others.
 * TRUST  Names and reasons come from people, ids from partners: all goes through the JSON writer.
 * OWNS   The key in memory, wiped at close.
 */
#include "given/giver.h"

#include <sodium.h>

#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "given/head.h"
#include "given/key.h"

/* ---- Signing: Ed25519 over SHA-256 of "domain NUL message". */

static hmi_sha256 signed_digest(const char *domain, hm_bytes message)
{
    hmi_sha256 digest;
    hmi_digests *digests = hmi_digests_new();
    hmi_assert(digests != NULL);
    hmi_digests_add(digests, hmi_bytes(domain, strlen(domain) + 1));
    hmi_digests_add(digests, message);
    hmi_digests_end(digests, &digest, NULL, NULL);
    hmi_digests_free(digests);
    return digest;
}

void hmi_giver_sign(const hmi_giver *giver, const char *domain, hm_bytes message,
                    uint8_t ret_signature[HMI_GIVEN_SIGNATURE])
{
    hmi_sha256 digest = signed_digest(domain, message);
    (void)crypto_sign_detached(ret_signature, NULL, digest.bytes, sizeof(digest.bytes),
                               giver->secret);
}

bool hmi_signature_good(hm_bytes public_key, const char *domain, hm_bytes message,
                        const uint8_t signature[HMI_GIVEN_SIGNATURE])
{
    hmi_sha256 digest = signed_digest(domain, message);
    return public_key.len == HMI_GIVEN_KEY &&
           crypto_sign_verify_detached(signature, digest.bytes, sizeof(digest.bytes),
                                       public_key.ptr) == 0;
}

/* ---- Open and close */

static int belongs(hmi_giver *giver, hm_err *err)
{
    hmi_arena arena;
    hmi_given_row first;
    char key[2 * HMI_GIVEN_KEY + 1], member[2 * HMI_GIVEN_KEY + 32];
    hmi_arena_init(&arena, 1 << 20);
    int code = hmi_given_get(giver->store, &arena, 1, &first, err);
    if (code == HM_OK) {
        hmi_hex(hmi_bytes(giver->public_key, HMI_GIVEN_KEY), key);
        int len = snprintf(member, sizeof(member), "\"public_key\":\"%s\"", key);
        if (hmi_find(first.entry, hmi_bytes(member, (size_t)len)) == HMI_NPOS) {
            code = hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                            "the signing key is not the one that signed this casebook's memory of "
                            "what was given: nothing may leave");
        }
    }
    hmi_arena_fini(&arena);
    return code;
}

static int open_giver(hmi_giver *giver, hm_err *err)
{
    HMI_TRY(hmi_given_head(giver->store, &giver->seq, &giver->hash, err));
    int code = hmi_key_open(hmi_store_folder(giver->store), giver->seq == 0, giver->public_key,
                            giver->secret, err);
    if (code != HM_OK) {
        return hmi_fail_in(err, "nothing may leave without an entry");
    }
    return giver->seq == 0 ? HM_OK : belongs(giver, err);
}

int hmi_giver_open(hmi_store *store, hmi_giver **ret_giver, hm_err *err)
{
    hmi_giver *giver = calloc(1, sizeof(*giver));
    if (giver == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory");
    }
    giver->store = store;
    int code = open_giver(giver, err);
    if (code != HM_OK) {
        hmi_giver_close(giver);
        return code;
    }
    *ret_giver = giver;
    return HM_OK;
}

void hmi_giver_close(hmi_giver *giver)
{
    if (giver != NULL) {
        free(giver->warning);
        sodium_memzero(giver, sizeof(*giver));
        free(giver);
    }
}

const char *hmi_giver_warning(const hmi_giver *giver)
{
    return giver->warning;
}

hmi_store *hmi_giver_store(const hmi_giver *giver)
{
    return giver->store;
}

hm_bytes hmi_giver_public_key(const hmi_giver *giver)
{
    return hmi_bytes(giver->public_key, sizeof(giver->public_key));
}

/* ---- One entry */

hm_text hmi_id_lower(hmi_arena *arena, hm_text id)
{
    char *lower = hmi_arena_take(arena, id.len + 1, 1);
    for (size_t i = 0; lower != NULL && i < id.len; i++) {
        lower[i] = hmi_ascii_lower(id.ptr[i]);
    }
    return hmi_text(lower, lower == NULL ? 0 : id.len);
}

void hmi_draft_begin(hmi_giver *giver, hmi_draft *draft, const char *kind, hm_text partner,
                     hm_text incident)
{
    hmi_json_writer *w = &draft->w;
    hmi_assert(giver->begun);
    hmi_buf_init(&draft->buf, 0);
    draft->seq = giver->seq + 1;
    draft->at_us = hmi_now_us();
    draft->kind = hmi_text_of(kind);
    draft->partner = partner;
    draft->incident = incident;
    hmi_json_begin(w, &draft->buf, false);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "hallmark", HM_TEXT(HMI_ENTRY_FORM));
    hmi_json_member_uint(w, "seq", draft->seq);
    char hex[65];
    hmi_hex(hmi_bytes(giver->hash.bytes, sizeof(giver->hash.bytes)), hex);
    hmi_json_member_text(w, "prev", hmi_text_of(hex));
    hmi_buf at;
    hmi_buf_init(&at, 0);
    hmi_buf_add_time(&at, draft->at_us);
    hmi_json_member_text(w, "at", hmi_buf_text(&at));
    hmi_buf_fini(&at);
    hmi_json_member_text(w, "kind", draft->kind);
    hmi_json_member_text(w, "partner", partner);
    hmi_json_member_text(w, "incident", incident);
}

static int store_draft(hmi_giver *giver, const hmi_draft *draft, hm_err *err)
{
    HMI_TRY(hmi_buf_check(&draft->buf, err));
    hmi_given_row row = { .seq = draft->seq,
                          .at_us = draft->at_us,
                          .kind = draft->kind,
                          .partner = draft->partner,
                          .incident = draft->incident,
                          .entry = hmi_buf_bytes(&draft->buf) };
    row.hash = hmi_sha256_of(row.entry);
    hmi_giver_sign(giver, HMI_ENTRY_DOMAIN, row.entry, row.signature);
    HMI_TRY(hmi_given_put(giver->store, &row, err));
    giver->seq = row.seq;
    giver->hash = row.hash;
    return HM_OK;
}

int hmi_draft_end(hmi_giver *giver, hmi_draft *draft, hm_err *err)
{
    hmi_json_close_object(&draft->w);
    int code = store_draft(giver, draft, err);
    hmi_buf_fini(&draft->buf);
    return code;
}

static int first_entry(hmi_giver *giver, hm_err *err)
{
    hmi_draft draft;
    char key[2 * HMI_GIVEN_KEY + 1];
    hmi_hex(hmi_giver_public_key(giver), key);
    hmi_draft_begin(giver, &draft, "key", HM_TEXT(""), HM_TEXT(""));
    hmi_json_member_text(&draft.w, "public_key", hmi_text_of(key));
    return hmi_draft_end(giver, &draft, err);
}

int hmi_giver_begin(hmi_giver *giver, hm_err *err)
{
    hmi_assert(!giver->begun);
    HMI_TRY(hmi_given_begin(giver->store, &giver->seq, &giver->hash, err));
    giver->begun = true;
    if (giver->seq > 0) {
        return HM_OK;
    }
    int code = first_entry(giver, err);
    return code == HM_OK ? HM_OK : hmi_giver_end(giver, code, err);
}

static void remember(hmi_giver *giver)
{
    hmi_head head = { .seq = giver->seq, .hash = giver->hash };
    hm_err err = { 0 };
    memcpy(head.public_key, giver->public_key, sizeof(head.public_key));
    int code = hmi_store_generation(giver->store, &head.generation, &err);
    code = code == HM_OK ? hmi_head_remember(hmi_store_folder(giver->store), &head, false, &err)
                         : code;
    free(giver->warning);
    giver->warning = code == HM_OK ? NULL : strdup(err.text);
}

int hmi_giver_end(hmi_giver *giver, int code, hm_err *err)
{
    hmi_assert(giver->begun);
    giver->begun = false;
    if (code != HM_OK) {
        hmi_given_abandon(giver->store);
        return code;
    }
    HMI_TRY(hmi_given_commit(giver->store, err));
    remember(giver);
    return HM_OK;
}

/* ---- Giving */

static int copy_of(const hmi_giving *giving, hmi_arena *arena, const hmi_giving_object *object,
                   uint64_t seq, hmi_given_copy *ret, hm_err *err)
{
    if (object->id.len > HMI_STIX_ID_BYTES_MAX || object->modified.len > HMI_STIX_ID_BYTES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "an object's id is too long to be entered");
    }
    *ret = (hmi_given_copy){ .stix_id = hmi_id_lower(arena, object->id),
                             .partner = hmi_id_lower(arena, giving->partner_id),
                             .incident = giving->incident,
                             .modified = object->modified,
                             .sha256 = hmi_sha256_of(object->bytes),
                             .seq = seq };
    return ret->stix_id.ptr == NULL || ret->partner.ptr == NULL ? hmi_arena_fail(arena, err)
                                                                : HM_OK;
}

static void write_copy(hmi_json_writer *w, const hmi_given_copy *copy,
                       const hmi_giving_object *object)
{
    char hex[65];
    hmi_hex(hmi_bytes(copy->sha256.bytes, sizeof(copy->sha256.bytes)), hex);
    hmi_json_open_array(w);
    hmi_json_put_text(w, copy->stix_id);
    hmi_json_put_text(w, copy->modified);
    hmi_json_put_text(w, hmi_text_of(hex));
    hmi_json_put_text(w, object->answer);
    hmi_json_put_text(w, object->rule);
    hmi_json_close_array(w);
}

/* The entry refers to its copies and they to it: first the entry, then they. */
static int give_some(hmi_giver *giver, const hmi_giving *giving, hmi_arena *arena,
                     const size_t *which, size_t count, hm_err *err)
{
    hmi_draft draft;
    hmi_given_copy *list = hmi_new_array(arena, hmi_given_copy, count);
    hm_text partner = hmi_id_lower(arena, giving->partner_id);
    if (list == NULL || partner.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    hmi_draft_begin(giver, &draft, "release", partner, giving->incident);
    hmi_json_writer *w = &draft.w;
    hmi_json_member_text(w, "name", giving->partner_name);
    hmi_json_member_text(w, "channel", giving->channel);
    hmi_json_member_text(w, "purpose", giving->purpose);
    hmi_json_put_key(w, HM_TEXT("objects"));
    hmi_json_open_array(w);
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        const hmi_giving_object *object = &giving->objects[which[i]];
        code = copy_of(giving, arena, object, draft.seq, &list[i], err);
        if (code == HM_OK) {
            write_copy(w, &list[i], object);
        }
    }
    hmi_json_close_array(w);
    int stored = hmi_draft_end(giver, &draft, code == HM_OK ? err : NULL);
    code = code == HM_OK ? stored : code;
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        code = hmi_given_copy_put(giver->store, &list[i], err);
    }
    return code;
}

/* What is left to be entered. Asked before the casebook is locked: copies are never taken away. */
static int choose(hmi_giver *giver, const hmi_giving *giving, hmi_arena *arena, size_t **ret_which,
                  size_t *ret_count, hm_err *err)
{
    size_t *which = hmi_new_array(arena, size_t, giving->count);
    size_t count = 0;
    if (which == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < giving->count; i++) {
        bool held = false;
        if (giving->skip_held) {
            hmi_given_copy copy;
            HMI_TRY(copy_of(giving, arena, &giving->objects[i], 0, &copy, err));
            HMI_TRY(hmi_given_holds(giver->store, &copy, &held, err));
        }
        which[count] = i;
        count += !held;
    }
    *ret_which = which;
    *ret_count = count;
    return HM_OK;
}

static int give_chosen(hmi_giver *giver, const hmi_giving *giving, hmi_arena *arena,
                       const size_t *which, size_t count, hm_err *err)
{
    size_t from = 0;
    int code = HM_OK;
    HMI_TRY(hmi_giver_begin(giver, err));
    do {
        size_t some = hmi_min(count - from, HMI_GIVING_ENTRY_OBJECTS_MAX);
        code = give_some(giver, giving, arena, which + from, some, err);
        from += some;
    } while (code == HM_OK && from < count);
    return hmi_giver_end(giver, code, err);
}

int hmi_give(hmi_giver *giver, const hmi_giving *giving, uint64_t *ret_seq, hm_err *err)
{
    hmi_arena arena;
    size_t *which = NULL, count = 0;
    hmi_arena_init(&arena, (size_t)1 << 30);
    int code = choose(giver, giving, &arena, &which, &count, err);
    bool nothing = giving->skip_held && count == 0;
    if (code == HM_OK && !nothing) {
        code = give_chosen(giver, giving, &arena, which, count, err);
    }
    hmi_arena_fini(&arena);
    if (code == HM_OK) {
        *ret_seq = nothing ? 0 : giver->seq;
    }
    return code;
}

int hmi_object_is_recalled(hmi_store *store, hm_text stix_id, bool *ret, hm_err *err)
{
    char lower[HMI_STIX_ID_BYTES_MAX];
    if (stix_id.ptr == NULL || stix_id.len > sizeof(lower)) {
        *ret = false;
        return HM_OK;
    }
    for (size_t i = 0; i < stix_id.len; i++) {
        lower[i] = hmi_ascii_lower(stix_id.ptr[i]);
    }
    return hmi_is_recalled(store, hmi_text(lower, stix_id.len), ret, err);
}

int hmi_give_failed(hmi_giver *giver, uint64_t seq, hm_text why, hm_err *err)
{
    hmi_draft draft;
    HMI_TRY(hmi_giver_begin(giver, err));
    hmi_draft_begin(giver, &draft, "failed", HM_TEXT(""), HM_TEXT(""));
    hmi_json_member_uint(&draft.w, "of", seq);
    hmi_json_put_key(&draft.w, HM_TEXT("why"));
    hmi_json_put_lossy(&draft.w, hmi_slice(hmi_text_bytes(why), 0, HMI_GIVEN_TEXT_MAX));
    return hmi_giver_end(giver, hmi_draft_end(giver, &draft, err), err);
}

int hmi_give_note(hmi_giver *giver, const char *kind, hm_text partner_id, hm_text body,
                  uint64_t *ret_seq, hm_err *err)
{
    hmi_draft draft;
    HMI_TRY(hmi_giver_begin(giver, err));
    hmi_draft_begin(giver, &draft, kind, partner_id, HM_TEXT(""));
    if (body.len > 0) {
        hmi_buf_add_char(&draft.buf, ',');
        hmi_buf_add_text(&draft.buf, body);
    }
    HMI_TRY(hmi_giver_end(giver, hmi_draft_end(giver, &draft, err), err));
    *ret_seq = giver->seq;
    return HM_OK;
}
