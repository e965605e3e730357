/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - reads incidents from JSON lines and names their traits.
 *
 * WHY    The model is fitted and judged on public reports; the casebook's own incidents take the
 *        same shape (attribute.c), so that both meet the same code.
 * FORM   See report.h. A line that cannot be read is counted and left out; the rest goes on.
 * TRUST  The file is a stranger's. Kinds that are unknown, values that are empty or too long are
 *        left out.
 * OWNS   Nothing: the caller's arena. Texts point into the caller's bytes where they can.
 */
#include "compare/actor/report.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"

/* ---- Names of traits */
int hmi_lexicon_init(hmi_lexicon *lexicon, hmi_arena *arena, hm_err *err)
{
    *lexicon = (hmi_lexicon){ .arena = arena, .slot_mask = (1u << 12) - 1 };
    lexicon->slots = hmi_new_array(arena, uint64_t, lexicon->slot_mask + 1);
    return lexicon->slots != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

static uint32_t hash_of(hmi_kind kind, hm_text value)
{
    return (uint32_t)(hmi_xxh3(hmi_text_bytes(value), hmi_hash_seed() + (uint64_t)kind) >> 16);
}

static size_t slot_of(const hmi_lexicon *lexicon, hmi_kind kind, hm_text value, uint32_t hash)
{
    size_t at = hash & lexicon->slot_mask;
    while (lexicon->slots[at] != 0) {
        if (lexicon->slots[at] >> 32 == hash) {
            const struct hmi_term *term = &lexicon->terms[(uint32_t)lexicon->slots[at] - 1];
            if (term->kind == kind && hmi_text_eq(term->value, value)) {
                break;
            }
        }
        at = (at + 1) & lexicon->slot_mask;
    }
    return at;
}

int64_t hmi_lexicon_find(const hmi_lexicon *lexicon, hmi_kind kind, hm_text value)
{
    return (int64_t)(uint32_t)lexicon->slots[slot_of(lexicon, kind, value, hash_of(kind, value))] -
           1;
}

static int widen_to(hmi_lexicon *lexicon, size_t mask, hm_err *err)
{
    uint64_t *slots = hmi_new_array(lexicon->arena, uint64_t, mask + 1);
    if (slots == NULL) {
        return hmi_arena_fail(lexicon->arena, err);
    }
    for (size_t i = 0; i < lexicon->count; i++) {
        size_t at = lexicon->terms[i].hash & mask;
        while (slots[at] != 0) {
            at = (at + 1) & mask;
        }
        slots[at] = (uint64_t)lexicon->terms[i].hash << 32 | (i + 1);
    }
    lexicon->slots = slots;
    lexicon->slot_mask = mask;
    return HM_OK;
}

int hmi_lexicon_reserve(hmi_lexicon *lexicon, size_t terms, hm_err *err)
{
    size_t mask = lexicon->slot_mask;
    if (terms >= UINT32_MAX / 2) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more terms than a lexicon holds");
    }
    while (terms * 2 > mask) {
        mask = mask * 2 + 1;
    }
    if (mask > lexicon->slot_mask) {
        HMI_TRY(widen_to(lexicon, mask, err));
    }
    if (terms > lexicon->capacity) {
        struct hmi_term *room = hmi_new_array(lexicon->arena, struct hmi_term, terms);
        if (room == NULL) {
            return hmi_arena_fail(lexicon->arena, err);
        }
        if (lexicon->count > 0) {
            memcpy(room, lexicon->terms, lexicon->count * sizeof(*room));
        }
        lexicon->terms = room;
        lexicon->capacity = terms;
    }
    return HM_OK;
}

static int put_hashed(hmi_lexicon *lexicon, hmi_kind kind, hm_text value, uint32_t hash,
                      uint32_t *ret_id, hm_err *err)
{
    size_t at = slot_of(lexicon, kind, value, hash);
    if (lexicon->slots[at] != 0) {
        *ret_id = (uint32_t)lexicon->slots[at] - 1;
        return HM_OK;
    }
    if (lexicon->count * 2 > lexicon->slot_mask) {
        HMI_TRY(widen_to(lexicon, lexicon->slot_mask * 4 + 3, err));
        at = slot_of(lexicon, kind, value, hash);
    }
    struct hmi_term *terms = hmi_arena_grow(lexicon->arena, lexicon->terms, lexicon->count,
                                            &lexicon->capacity, sizeof(*terms));
    hm_text copy = hmi_arena_text(lexicon->arena, value);
    if (terms == NULL || copy.ptr == NULL) {
        return hmi_arena_fail(lexicon->arena, err);
    }
    lexicon->terms = terms;
    terms[lexicon->count] = (struct hmi_term){ copy, kind, hash };
    *ret_id = (uint32_t)lexicon->count++;
    lexicon->slots[at] = (uint64_t)hash << 32 | (*ret_id + 1);
    return HM_OK;
}

int hmi_lexicon_put(hmi_lexicon *lexicon, hmi_kind kind, hm_text value, uint32_t *ret_id,
                    hm_err *err)
{
    return put_hashed(lexicon, kind, value, hash_of(kind, value), ret_id, err);
}

int hmi_lexicon_put_many(hmi_lexicon *lexicon, const hmi_named *named, size_t count,
                         uint32_t *ret_ids, hm_err *err)
{
    enum { TOGETHER = 32 };
    for (size_t from = 0; from < count; from += TOGETHER) {
        const size_t some = count - from < TOGETHER ? count - from : TOGETHER;
        uint32_t hashes[TOGETHER];
        for (size_t i = 0; i < some; i++) {
            hashes[i] = hash_of(named[from + i].kind, named[from + i].value);
            __builtin_prefetch(&lexicon->slots[hashes[i] & lexicon->slot_mask], 1);
        }
        for (size_t i = 0; i < some; i++) { /* the likeliest term of each */
            const uint64_t slot = lexicon->slots[hashes[i] & lexicon->slot_mask];
            if (slot >> 32 == hashes[i] && slot != 0) {
                __builtin_prefetch(&lexicon->terms[(uint32_t)slot - 1]);
            }
        }
        for (size_t i = 0; i < some; i++) {
            const uint64_t slot = lexicon->slots[hashes[i] & lexicon->slot_mask];
            if (slot >> 32 == hashes[i] && slot != 0) {
                __builtin_prefetch(lexicon->terms[(uint32_t)slot - 1].value.ptr);
            }
        }
        for (size_t i = 0; i < some; i++) {
            HMI_TRY(put_hashed(lexicon, named[from + i].kind, named[from + i].value, hashes[i],
                               &ret_ids[from + i], err));
        }
    }
    return HM_OK;
}

int hmi_lexicon_compare(const hmi_lexicon *lexicon, uint32_t a, uint32_t b)
{
    const struct hmi_term *x = &lexicon->terms[a], *y = &lexicon->terms[b];
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(x->value), hmi_text_bytes(y->value));
}

/* ---- Dates */
int32_t hmi_day_of(int year, int month, int day)
{
    /* days from civil, proleptic Gregorian */
    const int y = month <= 2 ? year - 1 : year;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int of_era = y - era * 400;
    const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void hmi_day_month(int32_t day, int *ret_year, int *ret_month)
{
    const int shifted = day + 719468;
    const int era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int of_era = shifted - era * 146097;
    const int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int of_year = of_era - (365 * year + year / 4 - year / 100);
    const int from_march = (5 * of_year + 2) / 153;
    *ret_month = from_march < 10 ? from_march + 3 : from_march - 9;
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

bool hmi_day_parse(hm_text text, int32_t *ret_day)
{
    static const int DAYS[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-') {
        return false;
    }
    int part[3] = { 0 };
    for (size_t i = 0; i < 10; i++) {
        if (i == 4 || i == 7) {
            continue;
        }
        if (!hmi_ascii_digit(text.ptr[i])) {
            return false;
        }
        int *to = &part[i < 4 ? 0 : i < 7 ? 1 : 2];
        *to = *to * 10 + (text.ptr[i] - '0');
    }
    if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > DAYS[part[1] - 1]) {
        return false;
    }
    *ret_day = hmi_day_of(part[0], part[1], part[2]);
    return true;
}

/* ---- One report */
typedef struct derivation {
    hmi_report *report;
    hmi_lexicon *lexicon;
    bool reference_only;
} derivation;

static int take_derived(void *with, hmi_kind kind, hm_text value, hm_err *err)
{
    derivation *to = with;
    uint32_t term = 0;
    if (to->reference_only && kind >= HMI_KIND_REFERENCE && kind < HMI_KIND_WEIGHED) {
        return HM_OK;
    }
    HMI_TRY(hmi_lexicon_put(to->lexicon, kind, value, &term, err));
    uint32_t *derived =
        hmi_arena_grow(to->lexicon->arena, to->report->derived, to->report->derived_count,
                       &to->report->derived_capacity, sizeof(*derived));
    if (derived == NULL) {
        return hmi_arena_fail(to->lexicon->arena, err);
    }
    to->report->derived = derived;
    derived[to->report->derived_count++] = term;
    return HM_OK;
}

int hmi_report_observe(hmi_report *report, hmi_lexicon *lexicon, hmi_kind kind, hm_text value,
                       bool reference_only, hm_err *err)
{
    hmi_observed seen = { .derived_first = (uint32_t)report->derived_count };
    derivation to = { report, lexicon, reference_only };
    if (value.len == 0 || value.len > HMI_DERIVE_PATH_MAX ||
        report->observed_count >= HMI_REPORT_OBSERVED_MAX) {
        return HM_OK;
    }
    HMI_TRY(hmi_lexicon_put(lexicon, kind, value, &seen.term, err));
    HMI_TRY(hmi_derive(kind, value, take_derived, &to, err));
    seen.derived_count = (uint32_t)report->derived_count - seen.derived_first;
    hmi_observed *observed =
        hmi_arena_grow(lexicon->arena, report->observed, report->observed_count,
                       &report->observed_capacity, sizeof(*observed));
    if (observed == NULL) {
        return hmi_arena_fail(lexicon->arena, err);
    }
    report->observed = observed;
    observed[report->observed_count++] = seen;
    return HM_OK;
}

/* ---- The file */

/* Which actor a source is cited for; a second one makes it disputed. */
typedef struct source {
    uint64_t hash;
    uint32_t report; /* the first that cites it */
} source;

typedef struct reading {
    hmi_reports *out;
    hmi_json *json;
    source *sources;
    size_t source_count, source_capacity;
    bool *disputed; /* per report, in order of the file; filled at the end */
    bool reference_only;
} reading;

static int read_observed(reading *r, hmi_report *report, hmi_value obs, hm_err *err)
{
    for (hmi_value list = hmi_json_first(obs); hmi_json_is(list); list = hmi_json_next(list)) {
        hmi_kind kind = HMI_KIND_COUNT;
        if (!hmi_kind_by_name(hmi_json_key(list, r->out->arena), &kind)) {
            continue;
        }
        for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
            hm_text value = hmi_json_text(v, r->out->arena);
            HMI_TRY(
                hmi_report_observe(report, &r->out->lexicon, kind, value, r->reference_only, err));
        }
    }
    return HM_OK;
}

static int read_sources(reading *r, uint32_t index, hmi_value urls, hm_err *err)
{
    for (hmi_value v = hmi_json_first(urls); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text url = hmi_json_text(v, r->out->arena);
        source *sources = hmi_arena_grow(r->out->arena, r->sources, r->source_count,
                                         &r->source_capacity, sizeof(*sources));
        if (sources == NULL) {
            return hmi_arena_fail(r->out->arena, err);
        }
        r->sources = sources;
        sources[r->source_count++] =
            (source){ hmi_xxh3(hmi_text_bytes(url), hmi_hash_seed()), index };
    }
    return HM_OK;
}

static int read_line(reading *r, hm_bytes line, hm_err *err)
{
    hmi_reports *out = r->out;
    hmi_value root = { 0 };
    hm_err ignored = { 0 };
    if (line.len > HMI_REPORT_LINE_MAX || hmi_json_parse(r->json, line, 0, &root, &ignored) < 0 ||
        hmi_json_kind_of(root) != HMI_JSON_OBJECT) {
        out->malformed += 1;
        return HM_OK;
    }
    hmi_report report = { .day = INT32_MIN };
    /* copies: the parser's table is used again for the next line, escapes live in the arena */
    report.id = hmi_arena_text(out->arena, hmi_json_text(hmi_json_get(root, "id"), out->arena));
    report.actor =
        hmi_arena_text(out->arena, hmi_json_text(hmi_json_get(root, "actor"), out->arena));
    hm_text date = hmi_json_text(hmi_json_get(root, "date"), out->arena);
    if (report.id.len == 0 || report.actor.len == 0) {
        out->malformed += 1;
        return HM_OK;
    }
    if (date.ptr != NULL && !hmi_day_parse(date, &report.day)) {
        out->malformed += 1;
        return HM_OK;
    }
    if (out->count >= HMI_REPORTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d incidents", HMI_REPORTS_MAX);
    }
    HMI_TRY(read_sources(r, (uint32_t)out->count, hmi_json_get(root, "urls"), err));
    HMI_TRY(read_observed(r, &report, hmi_json_get(root, "obs"), err));
    hmi_report *reports =
        hmi_arena_grow(out->arena, out->reports, out->count, &out->capacity, sizeof(*reports));
    if (reports == NULL) {
        return hmi_arena_fail(out->arena, err);
    }
    out->reports = reports;
    reports[out->count++] = report;
    return HM_OK;
}

static int by_hash(const void *a, const void *b)
{
    const source *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return x->report < y->report ? -1 : x->report > y->report;
}

/* A source cited for two actors cannot be scored: all that cite it are left out. */
static int leave_out(reading *r, hm_err *err)
{
    hmi_reports *out = r->out;
    r->disputed = hmi_new_array(out->arena, bool, out->count);
    if (r->disputed == NULL) {
        return hmi_arena_fail(out->arena, err);
    }
    if (r->source_count > 1) {
        qsort(r->sources, r->source_count, sizeof(*r->sources), by_hash);
    }
    for (size_t i = 0, end = 0; i < r->source_count; i = end) {
        bool two = false;
        for (end = i; end < r->source_count && r->sources[end].hash == r->sources[i].hash; end++) {
            two = two || !hmi_text_eq(out->reports[r->sources[end].report].actor,
                                      out->reports[r->sources[i].report].actor);
        }
        for (size_t k = i; k < end && two; k++) {
            r->disputed[r->sources[k].report] = true;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        const bool undated = out->reports[i].day == INT32_MIN;
        out->undated += undated;
        out->disputed += !undated && r->disputed[i];
        if (!undated && !r->disputed[i]) {
            out->reports[kept++] = out->reports[i];
        }
    }
    out->count = kept;
    return HM_OK;
}

static int by_day(const void *a, const void *b)
{
    const hmi_report *x = a, *y = b;
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    return hmi_bytes_cmp(hmi_text_bytes(x->id), hmi_text_bytes(y->id));
}

static int by_text(const void *a, const void *b)
{
    return hmi_bytes_cmp(hmi_text_bytes(*(const hm_text *)a), hmi_text_bytes(*(const hm_text *)b));
}

static int name_actors(hmi_reports *out, hm_err *err)
{
    out->actors = hmi_new_array(out->arena, hm_text, out->count);
    out->actor_of = hmi_new_array(out->arena, uint32_t, out->count);
    if (out->actors == NULL || out->actor_of == NULL) {
        return hmi_arena_fail(out->arena, err);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->actors[i] = out->reports[i].actor;
    }
    if (out->count > 1) {
        qsort(out->actors, out->count, sizeof(*out->actors), by_text);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (i == 0 || !hmi_text_eq(out->actors[i], out->actors[out->actor_count - 1])) {
            out->actors[out->actor_count++] = out->actors[i];
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        const hm_text *found = bsearch(&out->reports[i].actor, out->actors, out->actor_count,
                                       sizeof(*out->actors), by_text);
        hmi_assert(found != NULL);
        out->actor_of[i] = (uint32_t)(found - out->actors);
    }
    return HM_OK;
}

int hmi_reports_read(hmi_reports *reports, hmi_arena *arena, hm_bytes lines, bool reference_only,
                     hm_err *err)
{
    *reports = (hmi_reports){ .arena = arena };
    reading r = { .out = reports, .reference_only = reference_only };
    hm_bytes rest = lines, line = { 0 };
    size_t number = 0;
    int code = hmi_lexicon_init(&reports->lexicon, arena, err);
    if (code == HM_OK) {
        code = hmi_json_new(&r.json, err);
    }
    while (code == HM_OK && hmi_next_line(&rest, &line)) {
        const size_t bad = reports->malformed;
        number++;
        code = line.len > 0 ? read_line(&r, line, err) : HM_OK;
        if (reports->malformed > bad && reports->first_bad_line == 0) {
            reports->first_bad_line = number;
        }
    }
    hmi_json_free(r.json);
    HMI_TRY(code);
    HMI_TRY(leave_out(&r, err));
    if (reports->count > 1) {
        qsort(reports->reports, reports->count, sizeof(*reports->reports), by_day);
    }
    return name_actors(reports, err);
}
