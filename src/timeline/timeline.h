/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.h - all evidence of an incident on one clock.
 *
 * Records are read again, in the jail, for what happened when (formats/record/moments.h); what was
 * concluded from them (behaviour) and what other evidence says of time (when a program was built)
 * comes from the casebook. Rows are sorted by their first moment, then by evidence and place, so
 * that the same casebook gives the same time line.
 */
#ifndef HMI_TIMELINE_TIMELINE_H
#define HMI_TIMELINE_TIMELINE_H

#include "base/json.h"
#include "casebook/store.h"
#include "jail/jail.h"

enum {
    HMI_TIMELINE_ROWS_MAX = 200000,
    HMI_TIMELINE_MEMORY_MAX = 256 << 20,
    HMI_TIMELINE_WORD_MAX = 64 /* bytes of a kind, an outcome, an assumption */
};

typedef struct hmi_timeline_row {
    int64_t first_us, last_us;
    uint64_t count;
    hm_text host, actor, target; /* empty: unknown */
    hm_text kind;                /* "login", ..., or a trait class: "behaviour", "build-time" */
    hm_text deed, outcome, what;
    hm_text assumed;  /* "", "zone", "zone and year": what the records did not say */
    hm_text evidence; /* its name, clean */
    uint64_t offset;  /* HM_OFFSET_NONE: none */
    uint32_t piece;   /* number of the evidence, for a stable order */
} hmi_timeline_row;

typedef struct hmi_timeline_filter {
    int64_t from_us, to_us; /* HMI_TIME_NONE: no bound; rows that reach into the span are kept */
    hm_text host;           /* empty: all; part of a host's, actor's or target's name in any case */
    hm_text kind;           /* empty: all */
} hmi_timeline_filter;

/* A piece whose records could not be told, or not to their end. */
typedef struct hmi_timeline_gap {
    hm_text evidence, reason;
} hmi_timeline_gap;

typedef struct hmi_timeline {
    hmi_timeline_row *rows;
    size_t count;
    uint64_t left_out; /* rows within the filter beyond HMI_TIMELINE_ROWS_MAX */
    hmi_timeline_gap *gaps;
    size_t gap_count;
} hmi_timeline;

/* Everything lives in the arena. `cancelled` may be NULL. */
int hmi_timeline_read(hmi_store *store, hmi_arena *arena, int64_t incident,
                      const hmi_jail_options *jail, const hmi_timeline_filter *filter,
                      bool (*cancelled)(void *with), hmi_timeline *ret, hm_err *err);

/* One moment as a worker told it: JSON in, row out. HM_E_MALFORMED when it is none. Texts live in
 * the arena. */
int hmi_timeline_parse(hmi_json *json, hm_bytes moment, hmi_arena *arena, hmi_timeline_row *ret,
                       hm_err *err);
bool hmi_timeline_keeps(const hmi_timeline_filter *filter, const hmi_timeline_row *row);

#endif
