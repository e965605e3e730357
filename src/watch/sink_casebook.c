/* SPDX-License-Identifier: Apache-2.0
 *
 * sink_casebook.c - hits as STIX sightings, in an incident of the casebook.
 *
 * WHY    What was seen in one's own records belongs beside what is known: compared, searched,
 *        shared under the same rules, and still there when the log is gone.
 * FORM   Each batch is one piece of evidence: a STIX bundle, kept, with its objects and, as traits
 *        of the incident, what was found. A sighting that the casebook holds is not written again,
 *        so that a batch that a killed run repeats leaves no trace, whatever else is in it.
 * TRUST  Values are hostile text; the store takes only what is clean. What was found and is no
 *        clean text is still in its sighting, but is no trait.
 * OWNS   The open casebook.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "casebook/store.h"
#include "jail/jail.h"
#include "trait/class.h"
#include "watch/sighting.h"
#include "watch/sink.h"

enum { BATCH_ARENA_MAX = 256 << 20 };

typedef struct keeping {
    hmi_store *store;
    int64_t incident;
} keeping;

/* One hit in a batch: a head, then its four texts. */
typedef struct head {
    hmi_sighting sighting;
    hmi_class class_id;
    size_t indicator_len, json_len, found_len;
} head;

/* ---- Into the batch */

/* A range and a name with all below it met something else than themselves. */
static hm_text trait_of(const hm_hit *m, hmi_class *ret_class)
{
    const hmi_class_row *row = hmi_class_by_name(hmi_text_of(m->kind));
    bool other = m->semantic == HM_SEM_RANGE || m->semantic == HM_SEM_SUBDOMAIN;
    *ret_class = m->semantic == HM_SEM_RANGE ? HMI_ADDRESS : row == NULL ? HMI_CLASS_NONE : row->id;
    return other ? m->found : m->value;
}

static bool is_trait(hm_text value)
{
    return value.len > 0 && value.len <= HMI_TRAIT_VALUE_MAX &&
           hmi_utf8_clean(hmi_text_bytes(value)) && memchr(value.ptr, 0, value.len) == NULL;
}

static void put(void *state, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us, hmi_buf *out)
{
    const hm_hit *m = hit->match;
    hmi_buf indicator;
    hmi_buf sighting;
    head h = { 0 };
    hm_text found = trait_of(m, &h.class_id);
    (void)state;
    (void)json;
    hmi_buf_init(&indicator, 0);
    hmi_buf_init(&sighting, 0);
    hmi_sighting_name(hit, &h.sighting);
    if (h.sighting.own_indicator) {
        hmi_sighting_indicator(hit, &h.sighting, now_us, &indicator);
    }
    hmi_sighting_json(hit, &h.sighting, now_us, &sighting);
    h.indicator_len = indicator.len;
    h.json_len = sighting.len;
    h.found_len = is_trait(found) ? found.len : 0;
    hmi_buf_add(out, hmi_bytes(&h, sizeof(h)));
    hmi_buf_add(out, hmi_buf_bytes(&indicator));
    hmi_buf_add(out, hmi_buf_bytes(&sighting));
    hmi_buf_add(out, hmi_bytes(found.ptr, h.found_len));
    if (indicator.bad != 0 || sighting.bad != 0) {
        out->bad = indicator.bad != 0 ? indicator.bad : sighting.bad;
    }
    hmi_buf_fini(&indicator);
    hmi_buf_fini(&sighting);
}

/* ---- Out of the batch */

typedef struct bundle {
    keeping *to;
    hmi_arena arena;
    hmi_buf text, author, extension;
    hmi_object *objects;
    size_t object_count, object_capacity;
    hmi_trait *traits;
    size_t trait_count, trait_capacity;
} bundle;

static bool in_bundle(const bundle *b, hm_text id)
{
    for (size_t i = 0; i < b->object_count; i++) {
        if (hmi_text_eq(b->objects[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* In this bundle, or in the casebook. */
static int is_held(bundle *b, hm_text id, bool *ret_held, hm_err *err)
{
    hmi_arena arena;
    hmi_stored_object newest;
    hm_err why = { 0 };
    if (in_bundle(b, id)) {
        *ret_held = true;
        return HM_OK;
    }
    hmi_arena_init(&arena, BATCH_ARENA_MAX);
    int code = hmi_object_newest(b->to->store, &arena, id, &newest, &why);
    hmi_arena_fini(&arena);
    *ret_held = code == HM_OK;
    return code == HM_OK || code == HM_E_NOT_FOUND
               ? HM_OK
               : hmi_fail(err, code, why.offset, "%s", why.text);
}

/* All objects are written by sighting.c, so their members stand where they are looked for. */
static hm_text modified_of(hm_bytes raw)
{
    static const char BEFORE[] = "\"modified\":\"";
    size_t at = hmi_find(raw, hmi_bytes(BEFORE, sizeof(BEFORE) - 1));
    hmi_assert(at != HMI_NPOS);
    hm_bytes rest = hmi_slice(raw, at + sizeof(BEFORE) - 1, raw.len);
    size_t end = hmi_find_byte(rest, '"');
    hmi_assert(end != HMI_NPOS);
    return hmi_text((const char *)rest.ptr, end);
}

static int add_object(bundle *b, const char *type, const char *id, hm_bytes raw, hm_err *err)
{
    hmi_object *grown =
        hmi_arena_grow(&b->arena, b->objects, b->object_count, &b->object_capacity, sizeof(*grown));
    hm_text name = hmi_arena_text(&b->arena, hmi_text_of(id));
    if (grown == NULL || name.ptr == NULL) {
        return hmi_arena_fail(&b->arena, err);
    }
    if (b->object_count > 0) {
        hmi_buf_add_cstr(&b->text, ",\n");
    }
    b->objects = grown;
    b->objects[b->object_count++] = (hmi_object){ .id = name,
                                                  .type = hmi_text_of(type),
                                                  .modified = modified_of(raw),
                                                  .raw = raw,
                                                  .offset = b->text.len };
    hmi_buf_add(&b->text, raw);
    return hmi_buf_check(&b->text, err);
}

static int add_trait(bundle *b, const head *h, hm_text found, hm_err *err)
{
    if (found.len == 0 || h->class_id == HMI_CLASS_NONE) {
        return HM_OK;
    }
    hmi_trait *grown =
        hmi_arena_grow(&b->arena, b->traits, b->trait_count, &b->trait_capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(&b->arena, err);
    }
    b->traits = grown;
    b->traits[b->trait_count++] = (hmi_trait){ .class_id = h->class_id,
                                               .role = HMI_ROLE_OBSERVED,
                                               .value = found,
                                               .offset = b->text.len,
                                               .count = 1,
                                               .first_us = h->sighting.seen_us,
                                               .last_us = h->sighting.seen_us };
    return HM_OK;
}

static int add_hit(bundle *b, const head *h, hm_bytes indicator, hm_bytes json, hm_text found,
                   hm_err *err)
{
    bool held = false;
    HMI_TRY(is_held(b, hmi_text_of(h->sighting.id), &held, err));
    if (held) {
        return HM_OK;
    }
    HMI_TRY(add_trait(b, h, found, err));
    HMI_TRY(add_object(b, "sighting", h->sighting.id, json, err));
    if (!h->sighting.own_indicator) {
        return HM_OK;
    }
    HMI_TRY(is_held(b, hmi_text_of(h->sighting.indicator_id), &held, err));
    return held ? HM_OK : add_object(b, "indicator", h->sighting.indicator_id, indicator, err);
}

static int add_batch(bundle *b, hm_bytes batch, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(batch);
    while (hmi_cur_left(&cur) > 0) {
        head h;
        const uint8_t *at = hmi_cur_need(&cur, sizeof(h));
        hmi_assert(at != NULL);
        memcpy(&h, at, sizeof(h));
        hm_bytes indicator = { hmi_cur_need(&cur, h.indicator_len), h.indicator_len };
        hm_bytes json = { hmi_cur_need(&cur, h.json_len), h.json_len };
        hm_text found = { (const char *)hmi_cur_need(&cur, h.found_len), h.found_len };
        hmi_assert(!cur.bad);
        HMI_TRY(add_hit(b, &h, indicator, json, found, err));
    }
    return HM_OK;
}

static int begin_bundle(bundle *b, hm_bytes batch, hm_err *err)
{
    static const uint8_t SPACE[16] = { 0xd1, 0x0c, 0x5e, 0x33, 0x8a, 0x41, 0x4b, 0x17,
                                       0x90, 0x2e, 0x6b, 0xf8, 0x27, 0x95, 0x0d, 0x64 };
    char uuid[HMI_UUID_TEXT + 1];
    hmi_uuid5(SPACE, batch, uuid);
    hmi_buf_printf(&b->text, "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[\n", uuid);
    hmi_sighting_author(&b->author);
    hmi_sighting_extension(&b->extension);
    HMI_TRY(hmi_buf_check(&b->author, err));
    HMI_TRY(hmi_buf_check(&b->extension, err));
    HMI_TRY(add_object(b, "identity", HMI_STIX_PROGRAM, hmi_buf_bytes(&b->author), err));
    return add_object(b, "extension-definition", HMI_SIGHTING_EXTENSION,
                      hmi_buf_bytes(&b->extension), err);
}

/* ---- Into the casebook */

static int tell(const bundle *b, hmi_sink *sink, hm_err *err)
{
    char count[24];
    (void)snprintf(count, sizeof(count), "%zu", b->object_count);
    HMI_TRY(hmi_sink_fact(sink, HM_TEXT("format"), HM_TEXT("stix"), err));
    HMI_TRY(hmi_sink_fact(sink, HM_TEXT("stix-objects"), hmi_text_of(count), err));
    for (size_t i = 0; i < b->object_count; i++) {
        HMI_TRY(hmi_sink_object(sink, &b->objects[i], err));
    }
    for (size_t i = 0; i < b->trait_count; i++) {
        HMI_TRY(hmi_sink_trait(sink, &b->traits[i], err));
    }
    return HM_OK;
}

static int store(const bundle *b, hm_err *err)
{
    hm_bytes text = hmi_buf_bytes(&b->text);
    hmi_intake *intake = NULL;
    char name[64];
    hmi_piece piece = { .incident = b->to->incident,
                        .sha256 = hmi_sha256_of(text),
                        .size = text.len,
                        .modified_us = hmi_now_us(),
                        .keep = true };
    char hex[65];
    hmi_hex(hmi_bytes(piece.sha256.bytes, sizeof(piece.sha256.bytes)), hex);
    (void)snprintf(name, sizeof(name), "sightings-%.16s.json", hex);
    piece.name = hmi_bytes(name, strlen(name));
    HMI_TRY(hmi_jail_seal(text, &piece.content_fd, err));
    int code = hmi_intake_begin(b->to->store, &piece, &intake, err);
    if (code == HM_OK && (code = tell(b, hmi_intake_sink(intake), err)) == HM_OK) {
        code = hmi_intake_commit(intake, HMI_VERDICT_READ, HM_TEXT(""), NULL, err);
        intake = NULL;
    }
    hmi_intake_abandon(intake);
    close(piece.content_fd);
    return code;
}

static int keep(keeping *k, hm_bytes batch, hm_err *err)
{
    enum { ONLY_THE_HEAD = 2 };
    bundle b = { .to = k };
    hmi_arena_init(&b.arena, BATCH_ARENA_MAX);
    hmi_buf_init(&b.text, HMI_EVIDENCE_BYTES_MAX);
    hmi_buf_init(&b.author, 0);
    hmi_buf_init(&b.extension, 0);
    int code = begin_bundle(&b, batch, err);
    code = code == HM_OK ? add_batch(&b, batch, err) : code;
    if (code == HM_OK && b.object_count > ONLY_THE_HEAD) {
        hmi_buf_add_cstr(&b.text, "]}\n");
        code = hmi_buf_check(&b.text, err);
        code = code == HM_OK ? store(&b, err) : code;
    }
    hmi_buf_fini(&b.extension);
    hmi_buf_fini(&b.author);
    hmi_buf_fini(&b.text);
    hmi_arena_fini(&b.arena);
    return code;
}

static hmi_sent send_batch(void *state, hm_bytes batch, unsigned *ret_wait_s, hm_err *err)
{
    (void)ret_wait_s;
    switch (keep(state, batch, err)) {
    case HM_OK:
        return HMI_SENT;
    case HM_E_BUSY: /* another writes to it */
    case HM_E_IO:   /* a full disk, a server that is away */
    case HM_E_MEMORY:
        return HMI_SENT_LATER;
    default:
        return HMI_SENT_NEVER;
    }
}

static void close_casebook(void *state)
{
    keeping *k = state;
    hmi_store_close(k->store);
    free(k);
}

int hmi_sink_casebook_open(const char *incident, const hmi_sink_options *options,
                           const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err)
{
    static const hmi_sink_kind KIND = { put, send_batch, close_casebook };
    hm_text name;
    if (!hmi_text_from(hmi_bytes(incident, strlen(incident)), &name) || name.len == 0) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "hits are kept in an incident: casebook:INCIDENT, its name in UTF-8");
    }
    if (options->casebook == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no casebook was named to keep hits in");
    }
    keeping *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    int code = hmi_store_open(options->casebook, NULL, &k->store, err);
    if (code == HM_E_NOT_FOUND) {
        code = hmi_fail(err, code, HM_OFFSET_NONE,
                        "there is no casebook at \"%.150s\" to keep hits in: make one with "
                        "\"hallmark init\"",
                        options->casebook);
    }
    code = code == HM_OK ? hmi_incident_put(k->store, name, &k->incident, err) : code;
    if (code != HM_OK) {
        close_casebook(k);
        return code;
    }
    *ret_kind = &KIND;
    *ret_state = k;
    return HM_OK;
}
