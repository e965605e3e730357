/* SPDX-License-Identifier: Apache-2.0
 *
 * moments.c - from events to the rows of a time line.
 *
 * WHY    A person cannot read a million records; he can read what changed.
 * FORM   An open moment per (host, actor, target, kind, outcome, what), found by a hash of the raw
 *        fields that make them up. It closes when a quarter of an hour passes without another, or
 *        when the table is full: then all close.
 * TRUST  Texts are the record's; they are decoded, cut, and made clean UTF-8. The hash is seeded.
 * OWNS   A table and two arenas.
 */
#include "formats/record/moments.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "formats/record/acts.h"

enum { TEXTS_MAX = 16 << 20, SCRATCH_MAX = 1 << 20, LIKE_US = 900 * 1000000 };

typedef struct moment {
    uint64_t hash, offset, count;
    int64_t first_us, last_us;
    hm_text host, actor, target, what;
    uint8_t kind, outcome, trust, deed;
} moment;

struct hmi_moments {
    hmi_sink *sink;
    hmi_arena texts, scratch;
    moment *list;
    uint32_t *slots;
    size_t count;
    uint64_t seed;
    hmi_deeds deeds;
    hmi_buf json;
};

int hmi_moments_new(hmi_reading *reading, hmi_moments **ret_moments, hm_err *err)
{
    hmi_moments *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a time line");
    }
    m->sink = reading->sink;
    m->seed = hmi_hash_seed();
    hmi_arena_init(&m->texts, TEXTS_MAX);
    hmi_arena_init(&m->scratch, SCRATCH_MAX);
    hmi_buf_init(&m->json, 1 << 16);
    m->list = hmi_new_array(reading->arena, moment, HMI_MOMENTS_OPEN_MAX);
    m->slots = hmi_new_array(reading->arena, uint32_t, HMI_MOMENTS_OPEN_MAX * 2);
    if (m->list == NULL || m->slots == NULL) {
        hmi_moments_free(m);
        return hmi_arena_fail(reading->arena, err);
    }
    *ret_moments = m;
    return HM_OK;
}

void hmi_moments_free(hmi_moments *m)
{
    if (m != NULL) {
        hmi_arena_fini(&m->texts);
        hmi_arena_fini(&m->scratch);
        hmi_buf_fini(&m->json);
        free(m);
    }
}

/* ---- One moment is told */

static const char *kind_name(unsigned kind)
{
    static const char *const names[] = { "other", "request", "login",   "query",
                                         "flow",  "alert",   "process", "message" };
    return kind < HMI_COUNT(names) ? names[kind] : "other";
}

static const char *deed_name(unsigned deed)
{
    static const char *const names[HMI_DEED_COUNT] = {
        "", "log-cleared", "service-stopped", "backup-deleted", "shutdown", "wiped", ""
    };
    return deed < HMI_DEED_COUNT ? names[deed] : "";
}

static void member(hmi_json_writer *w, const char *key, hm_text value)
{
    if (value.len > 0) {
        hmi_json_member_text(w, key, value);
    }
}

static int tell(hmi_moments *m, const moment *row, hm_err *err)
{
    hmi_json_writer w;
    hmi_buf_clear(&m->json);
    hmi_json_begin(&w, &m->json, false);
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("first"));
    hmi_json_put_int(&w, row->first_us);
    hmi_json_put_key(&w, HM_TEXT("last"));
    hmi_json_put_int(&w, row->last_us);
    hmi_json_member_uint(&w, "count", row->count);
    if (row->trust != HMI_TIME_EXACT) {
        hmi_json_member_text(&w, "assumed",
                             row->trust & HMI_TIME_YEAR_ASSUMED ? HM_TEXT("zone and year")
                                                                : HM_TEXT("zone"));
    }
    member(&w, "host", row->host);
    member(&w, "actor", row->actor);
    member(&w, "target", row->target);
    hmi_json_member_text(&w, "kind", hmi_text_of(kind_name(row->kind)));
    member(&w, "deed", hmi_text_of(deed_name(row->deed)));
    member(&w, "outcome",
           row->outcome == HMI_OUTCOME_SUCCESS   ? HM_TEXT("success")
           : row->outcome == HMI_OUTCOME_FAILURE ? HM_TEXT("failure")
                                                 : HM_TEXT(""));
    member(&w, "what", row->what);
    hmi_json_close_object(&w);
    HMI_TRY(hmi_buf_check(&m->json, err));
    hmi_object object = { .id = HM_TEXT("moment"),
                          .type = HM_TEXT("moment"),
                          .raw = hmi_buf_bytes(&m->json),
                          .offset = row->offset };
    return hmi_sink_object(m->sink, &object, err);
}

static int tell_all(hmi_moments *m, hm_err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        HMI_TRY(tell(m, &m->list[i], err));
    }
    m->count = 0;
    hmi_arena_reset(&m->texts);
    memset(m->slots, 0, sizeof(*m->slots) * HMI_MOMENTS_OPEN_MAX * 2);
    return HM_OK;
}

int hmi_moments_end(hmi_moments *m, hm_err *err)
{
    return tell_all(m, err);
}

/* ---- From an event */

/* The value that says most of what happened. */
static hmi_word what_of(const hmi_event *event, const hmi_act *act)
{
    static const hmi_class wanted[] = { HMI_RULE_HIT,  HMI_COMMAND_LINE,  HMI_URL,
                                        HMI_FILE_PATH, HMI_SERVICE_NAME,  HMI_REGISTRY_KEY,
                                        HMI_PIPE_NAME, HMI_PROTOCOL_MARK, HMI_FILE_NAME,
                                        HMI_CLASS_NONE };
    if (hmi_word_is(&act->request)) {
        return act->request;
    }
    if (act->kind == HMI_ACT_QUERY || act->kind == HMI_ACT_REQUEST || act->kind == HMI_ACT_FLOW) {
        return act->name;
    }
    if (act->kind == HMI_ACT_LOGIN) {
        return act->user;
    }
    for (size_t i = 0; i < HMI_COUNT(wanted); i++) {
        for (unsigned f = 0; f < event->field_count; f++) {
            const hmi_field *field = &event->fields[f];
            if (field->class_id == wanted[i]) {
                return (hmi_word){ field->raw, 0, field->spelling, field->class_id };
            }
        }
    }
    return act->name;
}

static hm_text text_of(hmi_moments *m, const hmi_word *word)
{
    if (!hmi_word_is(word)) {
        return HM_TEXT("");
    }
    hm_text text = hmi_word_text(hmi_act_decode, word, &m->scratch);
    size_t len = text.len < HMI_MOMENT_TEXT_MAX ? text.len : HMI_MOMENT_TEXT_MAX;
    len = hmi_utf8_span(hmi_slice(hmi_text_bytes(text), 0, len));
    return hmi_arena_text(&m->texts, hmi_text_slice(text, 0, len));
}

static uint64_t mix(uint64_t hash, const hmi_word *word)
{
    return hmi_xxh3(hmi_slice(word->raw, 0, HMI_MOMENT_TEXT_MAX * 2), hash);
}

static size_t slot_of(const hmi_moments *m, uint64_t hash)
{
    size_t mask = HMI_MOMENTS_OPEN_MAX * 2 - 1, slot = (size_t)hash & mask;
    while (m->slots[slot] != 0 && m->list[m->slots[slot] - 1].hash != hash) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

/* Requests of one shape are alike whatever their values. */
static uint64_t hash_of(hmi_moments *m, const hmi_event *event, const hmi_act *act,
                        const hmi_word *what)
{
    uint64_t hash = m->seed ^ ((uint64_t)event->kind << 8 | (uint64_t)event->outcome << 4 |
                               (uint64_t)act->deed << 16 | (uint64_t)act->port << 32);
    hash = mix(mix(mix(mix(hash, &act->host), &act->client), &act->server), &act->user);
    if (what->class_id == HMI_REQUEST_SHAPE) {
        hm_text shape = hmi_word_text(hmi_act_decode, what, &m->scratch);
        return hmi_xxh3(hmi_text_bytes(shape), hash);
    }
    return mix(hash, what);
}

static int open_moment(hmi_moments *m, uint64_t hash, size_t slot, const hmi_event *event,
                       const hmi_act *act, const hmi_word *what, hm_err *err)
{
    if (m->count == HMI_MOMENTS_OPEN_MAX / 4 * 3 || m->texts.used > TEXTS_MAX / 4 * 3) {
        HMI_TRY(tell_all(m, err));
        slot = slot_of(m, hash);
    }
    bool by_account = act->kind == HMI_ACT_PROCESS || !hmi_word_is(&act->client);
    moment *row = &m->list[m->count];
    *row = (moment){ .hash = hash,
                     .offset = event->offset,
                     .count = event->repeat,
                     .first_us = event->time.us,
                     .last_us = event->time.us,
                     .host = text_of(m, &act->host),
                     .actor = text_of(m, by_account ? &act->user : &act->client),
                     .target = text_of(m, hmi_word_is(&act->server) ? &act->server : &act->name),
                     .what = text_of(m, what),
                     .kind = (uint8_t)event->kind,
                     .outcome = (uint8_t)event->outcome,
                     .trust = event->time.trust,
                     .deed = (uint8_t)act->deed };
    if (event->status >= 400) {
        row->outcome = HMI_OUTCOME_FAILURE;
    }
    if (row->host.ptr == NULL || row->actor.ptr == NULL || row->target.ptr == NULL ||
        row->what.ptr == NULL) {
        return hmi_arena_fail(&m->texts, err);
    }
    m->slots[slot] = (uint32_t)++m->count;
    return HM_OK;
}

int hmi_moments_event(hmi_moments *m, const hmi_event *event, hm_err *err)
{
    uint64_t hashes[HMI_EVENT_FIELDS_MAX] = { 0 };
    hmi_act act;
    if (event->time.us == HMI_TIME_NONE) {
        return HM_OK;
    }
    hmi_arena_reset(&m->scratch);
    for (unsigned i = 0; i < event->field_count; i++) {
        if (event->fields[i].class_id == HMI_COMMAND_LINE) { /* looked at once each */
            hashes[i] = hmi_xxh3(event->fields[i].raw, m->seed);
        }
    }
    hmi_act_of(event, hashes, &m->deeds, &act);
    hmi_word what = what_of(event, &act);
    uint64_t hash = hash_of(m, event, &act, &what);
    size_t slot = slot_of(m, hash);
    if (m->slots[slot] == 0) {
        return open_moment(m, hash, slot, event, &act, &what, err);
    }
    moment *row = &m->list[m->slots[slot] - 1];
    bool like =
        event->time.us >= row->first_us - LIKE_US && event->time.us <= row->last_us + LIKE_US;
    if (!like) {
        HMI_TRY(tell(m, row, err));
        row->first_us = event->time.us;
        row->last_us = event->time.us;
        row->offset = event->offset;
        row->count = 0;
        row->trust = event->time.trust;
    }
    row->count += event->repeat;
    row->first_us = event->time.us < row->first_us ? event->time.us : row->first_us;
    row->last_us = event->time.us > row->last_us ? event->time.us : row->last_us;
    return HM_OK;
}
