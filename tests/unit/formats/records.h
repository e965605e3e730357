/* SPDX-License-Identifier: Apache-2.0
 *
 * records.h - what the tests of line formats share: lines in, events or traits out.
 */
#ifndef HMI_TESTS_RECORDS_H
#define HMI_TESTS_RECORDS_H

#include "check.h"
#include "collect.h"
#include "formats/reader.h"
#include "formats/record/formats.h"

enum { RECORDS_EVENTS_MAX = 64 };

/* Keeps the events of a text; fields borrow from the text or from the arena. */
typedef struct records {
    hmi_event_sink sink; /* first */
    hmi_arena arena;
    hmi_event events[RECORDS_EVENTS_MAX];
    size_t count;
    hmi_lines_sums sums;
    int code;
} records;

static inline int records_event(hmi_event_sink *sink, const hmi_event *event, hm_err *err)
{
    (void)err;
    records *r = (records *)(void *)sink;
    if (r->count < RECORDS_EVENTS_MAX) {
        hmi_event *copy = &r->events[r->count];
        *copy = *event;
        for (unsigned i = 0; i < copy->field_count; i++) {
            copy->fields[i].raw = hmi_arena_bytes(&r->arena, event->fields[i].raw);
        }
    }
    r->count++;
    return HM_OK;
}

static inline records *records_of(hm_bytes text, int64_t context_us)
{
    records *r = calloc(1, sizeof(*r));
    hm_err err = { 0 };
    assert_non_null(r);
    r->sink.event = records_event;
    hmi_arena_init(&r->arena, 64 << 20);
    r->code = hmi_lines_read(&r->arena, context_us, text, &r->sink, NULL, NULL, &r->sums, &err);
    return r;
}

static inline void records_free(records *r)
{
    hmi_arena_fini(&r->arena);
    free(r);
}

/* The n-th field of an event with that class and role (HMI_ROLE_NONE: any); empty if none. */
static inline hm_text field_of(const hmi_event *event, hmi_class class_id, hmi_role role,
                               unsigned n)
{
    for (unsigned i = 0; i < event->field_count; i++) {
        const hmi_field *field = &event->fields[i];
        if (field->class_id == class_id && (role == HMI_ROLE_NONE || field->role == role) &&
            n-- == 0) {
            return hmi_text((const char *)field->raw.ptr, field->raw.len);
        }
    }
    return (hm_text){ NULL, 0 };
}

/* Does a line of that format win, and is the line an event? */
static inline bool records_won(const records *r, const char *format)
{
    for (size_t i = 0; hmi_line_formats[i] != NULL; i++) {
        if (r->sums.by_format[i] > 0 && strcmp(hmi_line_formats[i]->name, format) == 0) {
            return true;
        }
    }
    return false;
}

static inline int64_t records_us(const char *rfc3339)
{
    hmi_instant instant = HMI_INSTANT_NONE;
    CHECK(hmi_time_parse_rfc3339(hmi_text_of(rfc3339), &instant));
    return instant.us;
}

/* Each prefix and each flipped bit of `text` gets an answer and never a read outside; a good line
 * in front and one behind stay events whatever happens between. */
static inline void records_sweep(hm_bytes text)
{
    for (size_t len = 0; len <= text.len; len++) {
        uint8_t *cut = malloc(len ? len : 1); /* exact: a sanitizer sees one byte too far */
        memcpy(cut, text.ptr, len);
        records *r = records_of((hm_bytes){ cut, len }, HMI_TIME_NONE);
        CHECK_EQ(r->code, HM_OK);
        records_free(r);
        free(cut);
    }
    uint8_t *copy = malloc(text.len);
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        memcpy(copy, text.ptr, text.len);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        records *r = records_of((hm_bytes){ copy, text.len }, HMI_TIME_NONE);
        CHECK_EQ(r->code, HM_OK);
        records_free(r);
    }
    free(copy);
}

/* Reads `text` as a file, through detection, into traits. */
static inline int records_collect(collector *got, hm_bytes text, hm_err *err)
{
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    return hmi_formats_read(&reading, text, err);
}

#endif
