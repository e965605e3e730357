/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - incidents as published reports state them: JSON lines in, traits with their levels
 * out.
 *
 * One object a line: {"id", "actor", "date", "urls", "obs": {kind: [value, ...]}}. This is the form
 * of the public benchmark and of exported casebooks; it holds facts only, no report text.
 */
#ifndef HMI_COMPARE_ACTOR_REPORT_H
#define HMI_COMPARE_ACTOR_REPORT_H

#include "base/arena.h"
#include "compare/actor/derive.h"

enum {
    HMI_REPORT_LINE_MAX = 16 << 20,
    HMI_REPORTS_MAX = 4000000,
    HMI_REPORT_OBSERVED_MAX = 100000
};

/* Names every (kind, value) once. Ids follow first appearance; nothing may depend on their order.
 */
typedef struct hmi_lexicon {
    hmi_arena *arena;
    struct hmi_term {
        hm_text value;
        hmi_kind kind;
        uint32_t hash;
    } * terms;
    size_t count, capacity;
    uint64_t
        *slots; /* hash << 32 | id + 1: most other terms are passed by without a look at them */
    size_t slot_mask;
} hmi_lexicon;

int hmi_lexicon_init(hmi_lexicon *lexicon, hmi_arena *arena, hm_err *err);
/* The id, made when new. */
int hmi_lexicon_put(hmi_lexicon *lexicon, hmi_kind kind, hm_text value, uint32_t *ret_id,
                    hm_err *err);
/* The same for many at once, each looked for while others are fetched: several times faster where
 * the lexicon is larger than the processor's memory. */
typedef struct hmi_named {
    hm_text value;
    hmi_kind kind;
} hmi_named;
int hmi_lexicon_put_many(hmi_lexicon *lexicon, const hmi_named *named, size_t count,
                         uint32_t *ret_ids, hm_err *err);
/* Room for so many terms: building then moves no table. */
int hmi_lexicon_reserve(hmi_lexicon *lexicon, size_t terms, hm_err *err);
/* -1 when absent. */
int64_t hmi_lexicon_find(const hmi_lexicon *lexicon, hmi_kind kind, hm_text value);
/* <0, 0, >0 by (kind, value): the order every sum over traits runs in. */
int hmi_lexicon_compare(const hmi_lexicon *lexicon, uint32_t a, uint32_t b);

/* One thing as seen, with what derives from it. */
typedef struct hmi_observed {
    uint32_t term;
    uint32_t derived_first, derived_count; /* in report.derived */
} hmi_observed;

typedef struct hmi_report {
    hm_text id, actor;
    int32_t day; /* since 1970-01-01 */
    hmi_observed *observed;
    size_t observed_count, observed_capacity;
    uint32_t *derived; /* terms */
    size_t derived_count, derived_capacity;
} hmi_report;

/* Adds what was seen, with its levels; `reference_only` leaves out the kinds that the published
 * reference does not know. */
int hmi_report_observe(hmi_report *report, hmi_lexicon *lexicon, hmi_kind kind, hm_text value,
                       bool reference_only, hm_err *err);

typedef struct hmi_reports {
    hmi_arena *arena;
    hmi_lexicon lexicon;
    hmi_report *reports; /* by (day, id) */
    size_t count, capacity;
    hm_text *actors; /* distinct, sorted */
    size_t actor_count;
    uint32_t *actor_of;                  /* per report: place in `actors` */
    size_t undated, disputed, malformed; /* left out: no date; cited for two actors; not readable */
    size_t first_bad_line;
} hmi_reports;

/* Reads a whole file's bytes (they must stay alive). Undated reports and those whose source is
 * cited for two actors are left out and counted, as the benchmark's rules say. */
int hmi_reports_read(hmi_reports *reports, hmi_arena *arena, hm_bytes lines, bool reference_only,
                     hm_err *err);

/* Days since 1970-01-01 of a date, and back to year and month. */
int32_t hmi_day_of(int year, int month, int day);
void hmi_day_month(int32_t day, int *ret_year, int *ret_month);
/* "2014-11-24"; false when it is no date. */
bool hmi_day_parse(hm_text text, int32_t *ret_day);

#endif
