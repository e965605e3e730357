/* SPDX-License-Identifier: Apache-2.0
 *
 * evtx_write.h - writes small Windows event logs for tests and measurements.
 *
 * A log is a file header and chunks; in each chunk the first record of a kind carries its template,
 * the others point at it, as Windows does it.
 */
#ifndef HMI_TESTS_EVTX_WRITE_H
#define HMI_TESTS_EVTX_WRITE_H

#include <string.h>

#include "base/buf.h"

typedef struct evtx_writer {
    hmi_buf file;
    size_t chunk, record;  /* where they begin in the file */
    uint32_t outer, inner; /* where in the chunk the templates stand, 0 = not yet */
    uint64_t number;
    const char *const *labels; /* of the event's data, ends with NULL */
} evtx_writer;

static inline void evtx_patch(evtx_writer *w, size_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        w->file.ptr[at + i] = (uint8_t)(value >> (8 * i));
    }
}

static inline void evtx_wide(hmi_buf *buf, const char *word)
{
    for (; *word != '\0'; word++) {
        hmi_buf_add_u16(buf, (uint8_t)*word);
    }
}

static inline uint32_t evtx_here(const evtx_writer *w)
{
    return (uint32_t)(w->file.len - w->chunk);
}

/* A name at its first use: the offset points right behind itself. */
static inline void evtx_name(evtx_writer *w, const char *word)
{
    hmi_buf_add_u32(&w->file, evtx_here(w) + 4);
    hmi_buf_add_u32(&w->file, 0);
    hmi_buf_add_u16(&w->file, 0x1234);
    hmi_buf_add_u16(&w->file, (uint16_t)strlen(word));
    evtx_wide(&w->file, word);
    hmi_buf_add_u16(&w->file, 0);
}

static inline void evtx_open(evtx_writer *w, const char *word, bool attributes)
{
    hmi_buf_add_u8(&w->file, attributes ? 0x41 : 0x01);
    hmi_buf_add_u16(&w->file, 0xffff);
    hmi_buf_add_u32(&w->file, 0);
    evtx_name(w, word);
    if (attributes) {
        hmi_buf_add_u32(&w->file, 0);
    }
}

static inline void evtx_attribute(evtx_writer *w, const char *word)
{
    hmi_buf_add_u8(&w->file, 0x06);
    evtx_name(w, word);
}

static inline void evtx_literal(evtx_writer *w, const char *word)
{
    hmi_buf_add(&w->file, HM_BYTES("\5\1"));
    hmi_buf_add_u16(&w->file, (uint16_t)strlen(word));
    evtx_wide(&w->file, word);
}

static inline void evtx_place(evtx_writer *w, unsigned number, uint8_t type)
{
    hmi_buf_add_u8(&w->file, 0x0e);
    hmi_buf_add_u16(&w->file, (uint16_t)number);
    hmi_buf_add_u8(&w->file, type);
}

static inline void evtx_token(evtx_writer *w, uint8_t token)
{
    hmi_buf_add_u8(&w->file, token);
}

/* "0f 0c" and where the template stands; true when it must be written now, right here. */
static inline bool evtx_begin_tree(evtx_writer *w, uint32_t *where, size_t *ret_length_at)
{
    bool first = *where == 0;
    hmi_buf_add(&w->file, HM_BYTES("\x0f\1\1\0\x0c\1\x44\x33\x22\x11"));
    if (first) {
        *where = evtx_here(w) + 4;
    }
    hmi_buf_add_u32(&w->file, *where);
    if (first) {
        hmi_buf_add_u32(&w->file, 0);
        hmi_buf_add(&w->file, HM_BYTES("0123456789abcdef"));
        *ret_length_at = w->file.len;
        hmi_buf_add_u32(&w->file, 0);
        hmi_buf_add(&w->file, HM_BYTES("\x0f\1\1\0"));
    }
    return first;
}

static inline void evtx_end_template(evtx_writer *w, size_t length_at)
{
    evtx_token(w, 0);
    evtx_patch(w, length_at, (uint32_t)(w->file.len - length_at - 4));
}

static inline void evtx_begin_chunk(evtx_writer *w)
{
    w->chunk = w->file.len;
    w->outer = w->inner = 0;
    hmi_buf_add(&w->file, HM_BYTES("ElfChnk\0"));
    while (w->file.len - w->chunk < 512) {
        hmi_buf_add_u8(&w->file, 0);
    }
}

static inline void evtx_end_chunk(evtx_writer *w)
{
    evtx_patch(w, w->chunk + 48, evtx_here(w));
    size_t rest = 65536 - (w->file.len - w->chunk);
    memset(hmi_buf_extend(&w->file, rest), 0, rest);
}

static inline void evtx_init(evtx_writer *w, const char *const *labels)
{
    memset(w, 0, sizeof(*w));
    hmi_buf_init(&w->file, 0);
    w->labels = labels;
    hmi_buf_add(&w->file, HM_BYTES("ElfFile\0"));
    while (w->file.len < 4096) {
        hmi_buf_add_u8(&w->file, 0);
    }
    evtx_begin_chunk(w);
}

static inline void evtx_system_template(evtx_writer *w, const char *channel)
{
    evtx_open(w, "Event", false);
    evtx_token(w, 2);
    evtx_open(w, "System", false);
    evtx_token(w, 2);
    evtx_open(w, "Provider", true);
    evtx_attribute(w, "Name");
    evtx_literal(w, "Some-Provider");
    evtx_token(w, 3);
    evtx_open(w, "EventID", false);
    evtx_token(w, 2);
    evtx_place(w, 0, 6);
    evtx_token(w, 4);
    evtx_open(w, "TimeCreated", true);
    evtx_attribute(w, "SystemTime");
    evtx_place(w, 1, 0x11);
    evtx_token(w, 3);
    evtx_open(w, "Channel", false);
    evtx_token(w, 2);
    evtx_literal(w, channel);
    evtx_token(w, 4);
    evtx_open(w, "Computer", false);
    evtx_token(w, 2);
    evtx_place(w, 2, 1);
    evtx_token(w, 4);
    evtx_token(w, 4);
    evtx_place(w, 3, 0x21);
    evtx_token(w, 4);
}

static inline void evtx_data_template(evtx_writer *w)
{
    evtx_open(w, "EventData", false);
    evtx_token(w, 2);
    for (unsigned i = 0; w->labels[i] != NULL; i++) {
        bool named = w->labels[i][0] != '\0';
        evtx_open(w, "Data", named);
        if (named) {
            evtx_attribute(w, "Name");
            evtx_literal(w, w->labels[i]);
        }
        evtx_token(w, 2);
        evtx_place(w, i, 1);
        evtx_token(w, 4);
    }
    evtx_token(w, 4);
}

static inline void evtx_data(evtx_writer *w, const char *const *values)
{
    size_t length_at = 0, count = 0;
    if (evtx_begin_tree(w, &w->inner, &length_at)) {
        evtx_data_template(w);
        evtx_end_template(w, length_at);
    }
    while (w->labels[count] != NULL) {
        count++;
    }
    hmi_buf_add_u32(&w->file, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add_u16(&w->file, (uint16_t)(strlen(values[i]) * 2));
        hmi_buf_add_u16(&w->file, 1);
    }
    for (size_t i = 0; i < count; i++) {
        evtx_wide(&w->file, values[i]);
    }
}

/* One record; `ticks` in 100 ns since 1601. Begins a new chunk when this one is nearly full. */
static inline void evtx_record(evtx_writer *w, const char *channel, unsigned id, uint64_t ticks,
                               const char *computer, const char *const *values)
{
    size_t length_at = 0;
    if (evtx_here(w) > 60000) {
        evtx_end_chunk(w);
        evtx_begin_chunk(w);
    }
    w->record = w->file.len;
    hmi_buf_add_u64(&w->file, 0x2a2a);
    hmi_buf_add_u64(&w->file, ++w->number);
    hmi_buf_add_u64(&w->file, ticks);
    if (evtx_begin_tree(w, &w->outer, &length_at)) {
        evtx_system_template(w, channel);
        evtx_end_template(w, length_at);
    }
    hmi_buf_add_u32(&w->file, 4);
    hmi_buf_add(&w->file, HM_BYTES("\2\0\6\0\x08\0\x11\0"));
    hmi_buf_add_u16(&w->file, (uint16_t)(strlen(computer) * 2));
    hmi_buf_add_u16(&w->file, 1);
    size_t tree_length_at = w->file.len;
    hmi_buf_add_u16(&w->file, 0);
    hmi_buf_add_u16(&w->file, 0x21);
    hmi_buf_add_u16(&w->file, (uint16_t)id);
    hmi_buf_add_u64(&w->file, ticks);
    evtx_wide(&w->file, computer);
    size_t tree = w->file.len;
    evtx_data(w, values);
    w->file.ptr[tree_length_at] = (uint8_t)(w->file.len - tree);
    w->file.ptr[tree_length_at + 1] = (uint8_t)((w->file.len - tree) >> 8);
    uint32_t size = (uint32_t)(w->file.len - w->record) + 4;
    hmi_buf_add_u32(&w->file, size);
    evtx_patch(w, w->record + 4, size);
}

#endif
