/* SPDX-License-Identifier: Apache-2.0
 *
 * evtx.h - Windows event logs: chunks of records, each an element tree in a binary form.
 *
 *     hmi_evtx_read(&arena, file, sink, &sums, err);
 *
 * Nearly every record is a template and the values that go into it. A template is compiled once per
 * chunk into the few places we want (binxml_compile.c); a record then is little more than picking
 * values (binxml.c).
 */
#ifndef HMI_FORMATS_EVTX_H
#define HMI_FORMATS_EVTX_H

#include "formats/record/event.h"
#include "formats/record/names.h"

enum {
    HMI_EVTX_CHUNK = 65536,
    HMI_EVTX_PLANS_MAX = 512,  /* templates of one chunk */
    HMI_EVTX_SLOTS_MAX = 256,  /* places of one template */
    HMI_EVTX_VALUES_MAX = 512, /* values of one record */
    HMI_EVTX_DEPTH_MAX = 32,   /* elements inside elements */
    HMI_EVTX_NEST_MAX = 4      /* templates inside values */
};

typedef struct hmi_evtx_sums {
    uint64_t records, chunks;
    uint64_t bad_chunks, first_bad_chunk;
    uint64_t bad_records, first_bad_record;
    uint64_t jumps, first_jump; /* places where record numbers are missing inside a chunk */
    bool dirty;
    int64_t first_us, last_us;
} hmi_evtx_sums;

int hmi_evtx_read(hmi_arena *arena, hm_bytes file, hmi_event_sink *sink, hmi_evtx_sums *ret_sums,
                  hm_err *err);

/* ---- Binary XML */

typedef enum hmi_slot_use {
    HMI_SLOT_NESTED = 0, /* whatever stands here, if it is a tree of its own */
    HMI_SLOT_FIELD,
    HMI_SLOT_TEXT, /* a value without a name */
    HMI_SLOT_TIME,
    HMI_SLOT_EVENT_ID,
    HMI_SLOT_PROVIDER,
    HMI_SLOT_CHANNEL,
    HMI_SLOT_COMPUTER
} hmi_slot_use;

typedef struct hmi_slot {
    const hmi_name_rule *rule; /* of a FIELD */
    hm_bytes literal;          /* UTF-16LE; .ptr NULL: value number `value` of the record */
    uint16_t value;
    uint8_t use;
} hmi_slot;

typedef struct hmi_plan {
    hmi_slot slots[HMI_EVTX_SLOTS_MAX];
    uint16_t slot_count;
    bool bad;
} hmi_plan;

/* One chunk in hand. */
typedef struct hmi_chunk {
    hm_bytes bytes; /* at most HMI_EVTX_CHUNK */
    hmi_plan *plans;
    uint32_t plan_at[HMI_EVTX_PLANS_MAX]; /* where in the chunk the template stands */
    size_t plan_count;
    uint16_t plan_slots[HMI_EVTX_PLANS_MAX * 2]; /* number + 1 */
    hmi_arena *scratch;
} hmi_chunk;

/* Compiles the tree at `at` (of at most `len` bytes) of the chunk; *ret_used is where it ended. */
bool hmi_binxml_compile(const hmi_chunk *chunk, size_t at, size_t len, hmi_plan *plan,
                        size_t *ret_used);
/* Fills the event from the tree in [at, at + len) of the chunk; false when it is damaged (what was
 * read before stays in the event). */
bool hmi_binxml_read(hmi_chunk *chunk, size_t at, size_t len, hmi_assembly *assembly,
                     hmi_event *event, unsigned depth);

#endif
