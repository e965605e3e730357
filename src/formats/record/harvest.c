/* SPDX-License-Identifier: Apache-2.0
 *
 * harvest.c - from events to traits, at the speed of reading.
 *
 * WHY    Making a value canonical costs far more than finding it, and a log repeats few values very
 *        often. So raw spellings are counted in a small table first; each distinct one is decoded
 *        and made canonical when it is handed on, and a tally joins different spellings of one.
 * FORM   rows in order of first appearance, and an open-addressed index over them. A full table is
 *        handed on and starts again: counts add up behind us.
 * TRUST  Values are an attacker's: the index is seeded per process, order never depends on it.
 *        A value keeps the role of its field; what stands inside a value is CONTENT.
 * OWNS   The tally and two arenas. Rows point into the file, or into `copies`: into a long file,
 *        too, nothing points, so that what was passed may leave memory.
 */
#include "formats/record/harvest.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/text.h"
#include "formats/record/acts.h"
#include "formats/record/moments.h"
#include "formats/record/spelling.h"
#include "formats/scan/scan.h"
#include "trait/tally.h"

typedef struct harvest_row {
    hm_bytes raw;
    uint64_t hash, count, offset;
    int64_t first_us, last_us;
    uint8_t class_id, role, spelling;
} harvest_row;

/* A sink in front of the tally that gives what a scan finds the counts of the row it scans. */
typedef struct stamp {
    hmi_sink sink; /* first */
    hmi_sink *next;
    uint64_t count;
    int64_t first_us, last_us;
} stamp;

struct hmi_harvest {
    hmi_event_sink sink; /* first */
    hmi_reading reading; /* speaks into `stamp` */
    stamp stamp;
    hmi_tally *tally;
    hm_bytes file;
    hmi_arena copies, scratch;
    size_t copied;
    harvest_row *rows;
    size_t row_count, row_max;
    uint32_t *slots; /* row number + 1; twice row_max and more, a power of two */
    size_t slot_count;
    uint64_t seed;
    hmi_moments *moments; /* instead of everything else, when the reading asks for them */
    hmi_study *study;     /* NULL: there was no memory for one */
    hmi_deeds deeds;
    bool unstudied;
};

static int stamp_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    stamp *s = (stamp *)(void *)sink;
    hmi_trait stamped = *trait;
    stamped.count = s->count;
    stamped.first_us = s->first_us;
    stamped.last_us = s->last_us;
    return hmi_sink_trait(s->next, &stamped, err);
}

static const hmi_sink_ops stamp_ops = { .trait = stamp_trait };

/* ---- One distinct value is handed on */

static hm_bytes url_host(hm_bytes url)
{
    size_t scheme = hmi_find(url, HM_BYTES("://"));
    hm_bytes rest =
        scheme == HMI_NPOS ? (hm_bytes){ NULL, 0 } : hmi_slice(url, scheme + 3, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?' && rest.ptr[end] != '#') {
        end++;
    }
    rest.len = end;
    size_t user = hmi_find_last_byte(rest, '@');
    return user == HMI_NPOS ? rest : hmi_slice(rest, user + 1, rest.len);
}

static int emit_value(hmi_harvest *h, const harvest_row *row, hmi_class class_id, hm_bytes value,
                      hm_err *err)
{
    if (value.len == 0 || value.len > HMI_TRAIT_VALUE_MAX) {
        return HM_OK;
    }
    hm_text text = hmi_text_lossy(&h->scratch, value);
    if (text.ptr == NULL) {
        return hmi_arena_fail(&h->scratch, err);
    }
    hmi_trait like = { .class_id = class_id,
                       .role = (hmi_role)row->role,
                       .offset = row->offset,
                       .count = row->count,
                       .first_us = row->first_us,
                       .last_us = row->last_us };
    return hmi_emit_like(&h->reading, &like, text, err);
}

/* The host of a URL is a trait of its own: lists know hosts more often than URLs. */
static int emit_url(hmi_harvest *h, const harvest_row *row, hm_bytes url, hm_err *err)
{
    hmi_event host = { .field_count = 0 };
    hmi_event_add_host(&host, (hmi_role)row->role, url_host(url), NULL);
    for (unsigned i = 0; i < host.field_count; i++) {
        HMI_TRY(emit_value(h, row, (hmi_class)host.fields[i].class_id, host.fields[i].raw, err));
    }
    return emit_value(h, row, HMI_URL, url, err);
}

static int look_into(hmi_harvest *h, const harvest_row *row, hm_bytes value, hm_err *err)
{
    hm_bytes clear = hmi_percent_decode(&h->scratch, hmi_slice(value, 0, HMI_HARVEST_LOOK_MAX));
    if (clear.ptr == NULL && value.len > 0) {
        return hmi_arena_fail(&h->scratch, err);
    }
    return hmi_scan_text(&h->reading, clear, row->offset, HMI_ROLE_CONTENT, err);
}

static int emit_row(hmi_harvest *h, const harvest_row *row, hm_err *err)
{
    hmi_arena_reset(&h->scratch);
    hm_bytes value = hmi_spelling_decode(&h->scratch, row->raw, (hmi_spelling)row->spelling);
    if (value.ptr == NULL) {
        return hmi_arena_fail(&h->scratch, err);
    }
    h->stamp.count = row->count;
    h->stamp.first_us = row->first_us;
    h->stamp.last_us = row->last_us;
    char shape[HMI_SHAPE_MAX];
    size_t shape_len = 0;
    switch ((hmi_class)row->class_id) {
    case HMI_URL:
        return emit_url(h, row, value, err);
    case HMI_REQUEST_SHAPE:
        if (hmi_request_shape(value, shape, &shape_len)) {
            HMI_TRY(emit_value(h, row, HMI_REQUEST_SHAPE, hmi_bytes(shape, shape_len), err));
        }
        return look_into(h, row, value, err);
    case HMI_USER_AGENT:
    case HMI_COMMAND_LINE:
        HMI_TRY(emit_value(h, row, (hmi_class)row->class_id, value, err));
        return look_into(h, row, value, err);
    default:
        return emit_value(h, row, (hmi_class)row->class_id, value, err);
    }
}

static int hand_on(hmi_harvest *h, hm_err *err)
{
    for (size_t i = 0; i < h->row_count; i++) {
        HMI_TRY(emit_row(h, &h->rows[i], err));
    }
    memset(h->slots, 0, h->slot_count * sizeof(*h->slots));
    h->row_count = 0;
    h->copied = 0;
    hmi_arena_reset(&h->copies);
    return HM_OK;
}

/* ---- Counting */

static bool in_file(const hmi_harvest *h, hm_bytes raw)
{
    uintptr_t at = (uintptr_t)raw.ptr, begin = (uintptr_t)h->file.ptr;
    return at >= begin && at - begin <= h->file.len && raw.len <= h->file.len - (at - begin);
}

/* The last moment of what the event tells of. */
static int64_t end_of(const hmi_event *event)
{
    int64_t end = event->time.us;
    bool fits = end != HMI_TIME_NONE && hmi_add(end, event->duration_us, &end);
    return fits ? end : event->time.us;
}

static void count_again(harvest_row *row, const hmi_event *event)
{
    int64_t us = event->time.us;
    row->count += event->repeat;
    if (us == HMI_TIME_NONE) {
        return;
    }
    if (row->first_us == HMI_TIME_NONE || us < row->first_us) {
        row->first_us = us;
    }
    us = end_of(event);
    if (us > row->last_us) { /* HMI_TIME_NONE is the smallest number */
        row->last_us = us;
    }
}

static int add_row(hmi_harvest *h, const hmi_field *field, const hmi_event *event, uint64_t hash,
                   size_t slot, hm_err *err)
{
    hm_bytes raw = hmi_slice(field->raw, 0, HMI_HARVEST_LOOK_MAX);
    bool stands = in_file(h, raw), borrowed = stands && h->file.len <= HMI_HARVEST_LEND_MAX;
    if (h->row_count == h->row_max || (!borrowed && h->copied + raw.len > HMI_HARVEST_COPY_MAX)) {
        HMI_TRY(hand_on(h, err));
        slot = hash & (h->slot_count - 1);
    }
    uint64_t offset = stands ? (uint64_t)(raw.ptr - h->file.ptr) : event->offset;
    if (!borrowed) {
        raw = hmi_arena_bytes(&h->copies, raw);
        h->copied += raw.len;
        if (raw.ptr == NULL) {
            return hmi_arena_fail(&h->copies, err);
        }
    }
    h->rows[h->row_count] = (harvest_row){ .raw = raw,
                                           .hash = hash,
                                           .count = event->repeat,
                                           .offset = offset,
                                           .first_us = event->time.us,
                                           .last_us = end_of(event),
                                           .class_id = field->class_id,
                                           .role = field->role,
                                           .spelling = field->spelling };
    h->slots[slot] = (uint32_t)++h->row_count;
    return HM_OK;
}

static int count_field(hmi_harvest *h, const hmi_field *field, const hmi_event *event,
                       uint64_t *ret_hash, hm_err *err)
{
    uint64_t kind = (uint64_t)field->class_id << 16 | (uint64_t)field->role << 8 | field->spelling;
    hm_bytes raw = hmi_slice(field->raw, 0, HMI_HARVEST_LOOK_MAX);
    uint64_t hash = hmi_xxh3(raw, h->seed ^ kind);
    *ret_hash = hash;
    size_t mask = h->slot_count - 1, slot = hash & mask;
    for (; h->slots[slot] != 0; slot = (slot + 1) & mask) {
        harvest_row *row = &h->rows[h->slots[slot] - 1];
        if (row->hash == hash && row->class_id == field->class_id && row->role == field->role &&
            row->spelling == field->spelling && hmi_bytes_eq(row->raw, raw)) {
            count_again(row, event);
            return HM_OK;
        }
    }
    return add_row(h, field, event, hash, slot, err);
}

int hmi_harvest_text(hmi_harvest *h, hm_bytes text, uint64_t offset, int64_t when_us, hm_err *err)
{
    hmi_passed(&h->reading, offset);
    if (h->moments != NULL) {
        return HM_OK;
    }
    h->stamp.count = 1;
    h->stamp.first_us = when_us;
    h->stamp.last_us = when_us;
    return hmi_scan_text(&h->reading, hmi_slice(text, 0, HMI_HARVEST_LOOK_MAX), offset,
                         HMI_ROLE_CONTENT, err);
}

static int harvest_event(hmi_event_sink *sink, const hmi_event *event, hm_err *err)
{
    hmi_harvest *h = (hmi_harvest *)(void *)sink;
    uint64_t hashes[HMI_EVENT_FIELDS_MAX];
    hmi_passed(&h->reading, event->offset);
    if (h->moments != NULL) {
        return hmi_moments_event(h->moments, event, err);
    }
    for (unsigned i = 0; i < event->field_count; i++) {
        const hmi_field *field = &event->fields[i];
        hashes[i] = 0;
        if (field->class_id == HMI_CLASS_NONE) { /* free text: no value, but values may be in it */
            uint64_t offset =
                in_file(h, field->raw) ? (uint64_t)(field->raw.ptr - h->file.ptr) : event->offset;
            HMI_TRY(hmi_harvest_text(h, field->raw, offset, event->time.us, err));
        } else {
            HMI_TRY(count_field(h, field, event, &hashes[i], err));
        }
    }
    if (h->study != NULL) {
        hmi_act act;
        hmi_act_of(event, hashes, &h->deeds, &act);
        hmi_study_act(h->study, &act);
    }
    return HM_OK;
}

/* ---- Life */

/* As many rows as the file can need: a field takes at least some bytes of it. */
static size_t rows_for(hm_bytes file)
{
    size_t rows = 256;
    while (rows < HMI_HARVEST_ROWS_MAX && rows * 16 < file.len) {
        rows *= 2;
    }
    return rows;
}

int hmi_harvest_new(hmi_reading *reading, hm_bytes file, hmi_harvest **ret_harvest, hm_err *err)
{
    hmi_harvest *h = hmi_new(reading->arena, hmi_harvest);
    if (h != NULL && reading->moments) {
        h->sink.event = harvest_event;
        h->reading = *reading;
        HMI_TRY(hmi_moments_new(reading, &h->moments, err));
        *ret_harvest = h;
        return HM_OK;
    }
    size_t row_max = rows_for(file);
    harvest_row *rows = hmi_new_array(reading->arena, harvest_row, row_max);
    uint32_t *slots = hmi_new_array(reading->arena, uint32_t, row_max * 2);
    if (h == NULL || rows == NULL || slots == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    HMI_TRY(hmi_tally_new(reading->sink, HMI_HARVEST_TALLY_MAX, &h->tally, err));
    h->sink.event = harvest_event;
    h->stamp.sink.ops = &stamp_ops;
    h->stamp.next = hmi_tally_sink(h->tally);
    h->reading = *reading;
    h->reading.sink = &h->stamp.sink;
    h->reading.arena = &h->scratch;
    h->file = file;
    hmi_arena_init(&h->copies, HMI_HARVEST_COPY_MAX * 2);
    hmi_arena_init(&h->scratch, HMI_HARVEST_LOOK_MAX * 64);
    h->rows = rows;
    h->row_max = row_max;
    h->slots = slots;
    h->slot_count = row_max * 2;
    h->seed = hmi_hash_seed();
    h->unstudied =
        hmi_study_new(file.len / HMI_HARVEST_ACT_BYTES, hmi_act_decode, &h->study, NULL) < 0;
    *ret_harvest = h;
    return HM_OK;
}

hmi_event_sink *hmi_harvest_sink(hmi_harvest *harvest)
{
    return &harvest->sink;
}

int hmi_harvest_end(hmi_harvest *harvest, hm_err *err)
{
    if (harvest->moments != NULL) {
        return hmi_moments_end(harvest->moments, err);
    }
    HMI_TRY(hand_on(harvest, err));
    hmi_reading speak = harvest->reading;
    speak.sink = hmi_tally_sink(harvest->tally);
    if (harvest->study != NULL) {
        HMI_TRY(hmi_study_end(harvest->study, &speak, err));
    }
    if (harvest->unstudied) {
        HMI_TRY(hmi_emit_note(&speak, HMI_NOTE_INFO, HM_E_LIMIT, HM_OFFSET_NONE, err,
                              "no memory to study behaviour: none is told"));
    }
    return hmi_tally_flush(harvest->tally, err);
}

void hmi_harvest_free(hmi_harvest *harvest)
{
    if (harvest != NULL) {
        hmi_moments_free(harvest->moments);
        hmi_study_free(harvest->study);
        hmi_tally_free(harvest->tally);
        hmi_arena_fini(&harvest->copies);
        hmi_arena_fini(&harvest->scratch);
    }
}
