/* SPDX-License-Identifier: Apache-2.0
 *
 * row.c - a moment becomes a row, if the filter keeps it.
 *
 * WHY    Apart from reading, so that a test can give it nonsense.
 * FORM   See formats/record/moments.h.
 * TRUST  A worker wrote it, with an attacker's bytes in its hands: times are bounded, texts are
 *        clean UTF-8 because the JSON reader refuses others, words of ours are short ASCII.
 * OWNS   Nothing beyond the arena.
 */
#include "base/error.h"
#include "timeline/timeline.h"

static const int64_t EARLIEST_US = INT64_C(-62135596800000000),
                     LATEST_US = INT64_C(253402300799999999);

static hm_text text_of(hmi_value object, const char *key, hmi_arena *arena)
{
    hm_text text = hmi_json_text(hmi_json_get(object, key), arena);
    return text.len > 0 ? hmi_arena_text(arena, text) : HM_TEXT("");
}

/* Our own words: lower-case letters, blanks, hyphens. */
static bool word_of(hmi_value object, const char *key, hmi_arena *arena, hm_text *ret)
{
    hm_text word = text_of(object, key, arena);
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (!(c >= 'a' && c <= 'z') && c != '-' && c != ' ') {
            return false;
        }
    }
    *ret = word;
    return word.len <= HMI_TIMELINE_WORD_MAX;
}

int hmi_timeline_parse(hmi_json *json, hm_bytes moment, hmi_arena *arena, hmi_timeline_row *ret,
                       hm_err *err)
{
    hmi_value root;
    hmi_timeline_row row = { .offset = HM_OFFSET_NONE };
    int64_t count = 0;
    HMI_TRY(hmi_json_parse(json, moment, 64, &root, err));
    bool good = hmi_json_int(hmi_json_get(root, "first"), &row.first_us) &&
                hmi_json_int(hmi_json_get(root, "last"), &row.last_us) &&
                hmi_json_int(hmi_json_get(root, "count"), &count) && count > 0 &&
                row.first_us >= EARLIEST_US && row.last_us <= LATEST_US &&
                row.first_us <= row.last_us && word_of(root, "kind", arena, &row.kind) &&
                word_of(root, "deed", arena, &row.deed) &&
                word_of(root, "outcome", arena, &row.outcome) &&
                word_of(root, "assumed", arena, &row.assumed);
    if (!good || row.kind.len == 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "a worker told a moment that is none");
    }
    row.count = (uint64_t)count;
    row.host = text_of(root, "host", arena);
    row.actor = text_of(root, "actor", arena);
    row.target = text_of(root, "target", arena);
    row.what = text_of(root, "what", arena);
    if (row.host.ptr == NULL || row.actor.ptr == NULL || row.target.ptr == NULL ||
        row.what.ptr == NULL || row.kind.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret = row;
    return HM_OK;
}

static bool holds(hm_text text, hm_text part)
{
    for (size_t at = 0; at + part.len <= text.len; at++) {
        if (hmi_text_ieq(hmi_text_slice(text, at, part.len), part)) {
            return true;
        }
    }
    return false;
}

bool hmi_timeline_keeps(const hmi_timeline_filter *filter, const hmi_timeline_row *row)
{
    if ((filter->from_us != HMI_TIME_NONE && row->last_us < filter->from_us) ||
        (filter->to_us != HMI_TIME_NONE && row->first_us > filter->to_us) ||
        (filter->kind.len > 0 && !hmi_text_eq(filter->kind, row->kind) &&
         !hmi_text_eq(filter->kind, row->deed))) {
        return false;
    }
    return filter->host.len == 0 || holds(row->host, filter->host) ||
           holds(row->actor, filter->host) || holds(row->target, filter->host);
}
