/* SPDX-License-Identifier: Apache-2.0
 *
 * ask.c - which segments may hold one of these indicators?
 *
 * FORM   Each file of the index is asked through its gate, in batches so that the loads overlap;
 * the few indicators that pass are looked up in the lists of each segment that is not wanted yet.
 * TRUST  A gate that is damaged lets everything pass, lists that are damaged make their segment
 * wanted: damage costs time, never a hit.
 */
#include <stdlib.h>

#include "base/error.h"
#include "hunt/hunt.h"
#include "hunt/list.h"
#include "hunt/part_file.h"

enum { BATCH = 64 };

typedef struct asking {
    hmi_wanted *wanted; /* of every indicator, by the seed in hand */
    hmi_wanted *passed;
    size_t count, passed_count;
    bool all, fields;
} asking;

static void make_wanted(asking *a, const hmi_hunt_seed *seed, const hm_matcher *set)
{
    a->all = a->fields = false;
    for (uint32_t i = 0; i < set->row_count; i++) {
        a->wanted[i] = hmi_wanted_of_row(seed, set, i);
        a->all = a->all || a->wanted[i].what == HMI_WANT_ALL;
        a->fields = a->fields || a->wanted[i].what == HMI_WANT_FIELD;
    }
}

/* A range passes with any of its /24 or /16. */
static bool range_passes(const hmi_part *part, const hmi_wanted *w)
{
    bool narrow = w->last - w->first < 1u << 16;
    unsigned shift = narrow ? 8 : 16;
    for (uint64_t n = w->first >> shift;; n++) {
        if (hmi_part_may_hold(part, narrow ? HMI_LIST_V4_24 : HMI_LIST_V4_16, n)) {
            return true;
        }
        if (n == w->last >> shift) {
            return false;
        }
    }
}

static const uint8_t *gate_of(const hmi_part *part, const hmi_wanted *w)
{
    unsigned list = w->what == HMI_WANT_INTERVAL ? HMI_LIST_V4 : HMI_LIST_KEYS;
    uint64_t hash = hmi_gate_block_hash(list, w->first, part->seed.words[0]);
    return part->gate.ptr + hmi_gate_block_at(part->gate.len, hash);
}

static void pass_gate(asking *a, const hmi_part *part)
{
    a->passed_count = 0;
    for (size_t from = 0; from < a->count; from += BATCH) {
        size_t to = from + BATCH < a->count ? from + BATCH : a->count;
        for (size_t i = from; i < to; i++) {
            __builtin_prefetch(gate_of(part, &a->wanted[i]));
        }
        for (size_t i = from; i < to; i++) {
            const hmi_wanted *w = &a->wanted[i];
            bool pass = w->what == HMI_WANT_ALL || w->first != w->last
                            ? w->what != HMI_WANT_ALL && range_passes(part, w)
                            : hmi_part_may_hold(
                                  part, w->what == HMI_WANT_INTERVAL ? HMI_LIST_V4 : HMI_LIST_KEYS,
                                  w->first);
            a->passed[a->passed_count] = *w;
            a->passed_count += pass;
        }
    }
}

static bool lists_hold(const asking *a, const hmi_part *part, const hmi_segment *segment)
{
    hm_bytes lists[HMI_LIST_KINDS];
    for (unsigned k = 0; k < HMI_LIST_KINDS; k++) {
        lists[k] = hmi_segment_list(part, segment, (hmi_list_kind)k);
    }
    for (size_t i = 0; i < a->passed_count; i++) {
        const hmi_wanted *w = &a->passed[i];
        hm_bytes list = lists[w->what == HMI_WANT_INTERVAL ? HMI_LIST_V4 : HMI_LIST_KEYS];
        if (hmi_list_touches(list, w->first, w->last)) {
            return true;
        }
    }
    return false;
}

static void tell_damage(const hmi_part *part, const hmi_segment *segment, hmi_hunt_notice *notice,
                        void *with)
{
    char what[160];
    snprintf(what, sizeof(what),
             "the index of its bytes %llu to %llu is damaged: they are read again (hunt index "
             "repairs it)",
             (unsigned long long)segment->offset,
             (unsigned long long)(segment->offset + segment->len));
    if (notice != NULL) {
        notice(with, hmi_text_of(what), hmi_part_path(part, segment->source));
    }
}

static bool is_wanted(const asking *a, const hmi_placed *p, hmi_hunt_notice *notice, void *with)
{
    const hmi_segment *s = p->segment;
    if (a->all || (s->flags & HMI_SEGMENT_CROWDED) != 0 ||
        (a->fields && (s->flags & HMI_SEGMENT_NO_FIELDS) != 0)) {
        return true;
    }
    if (a->passed_count == 0) {
        return false;
    }
    if (!hmi_segment_is_good(p->part, s)) {
        tell_damage(p->part, s, notice, with);
        return true;
    }
    return lists_hold(a, p->part, s);
}

int hmi_hunt_ask(const hmi_catalogue *catalogue, const hm_matcher *set, hmi_placed *placed,
                 size_t count, hmi_hunt_sums *sums, hmi_hunt_notice *notice, void *with,
                 hm_err *err)
{
    asking a = { .count = set->row_count,
                 .wanted = malloc((set->row_count + 1ull) * sizeof(*a.wanted)),
                 .passed = malloc((set->row_count + 1ull) * sizeof(*a.passed)) };
    if (a.wanted == NULL || a.passed == NULL) {
        free(a.wanted);
        free(a.passed);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to ask an index with");
    }
    sums->asked = set->row_count;
    for (size_t g = 0; g < catalogue->count; g++) {
        const hmi_part *part = &catalogue->parts[g];
        if (g == 0 || memcmp(&part->seed, &catalogue->parts[g - 1].seed, sizeof(part->seed)) != 0) {
            make_wanted(&a, &part->seed, set);
        }
        pass_gate(&a, part);
        sums->passed += a.passed_count;
        for (size_t i = 0; i < count; i++) {
            if (placed[i].part == part) {
                placed[i].wanted = is_wanted(&a, &placed[i], notice, with);
                sums->segments++;
                sums->segments_read += placed[i].wanted;
                sums->bytes_indexed += placed[i].segment->len;
            }
        }
    }
    free(a.wanted);
    free(a.passed);
    return HM_OK;
}
