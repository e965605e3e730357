/* SPDX-License-Identifier: Apache-2.0
 *
 * compare.c - hmi_compare: one incident against all others.
 *
 * WHY    The question the project exists for. gather.c finds who shares what, weigh.c prices the
 *        best of them exactly, against.c says what contradicts, this file chooses and tells.
 * FORM   Candidates are ranked by their rough bits (each class one fact); twice as many as asked
 *        for are weighed exactly and ranked again by (bits descending, incident id).
 * TRUST  See gather.c. OWNS nothing: the caller's arena.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/arith.h"
#include "compare/weigh.h"

enum { MATCHES_DEFAULT = 20, HALLMARKS_DEFAULT = 50, IGNORED_DEFAULT = 20 };
static const char MODEL[] = "hallmark-rarity 3";

/* qsort that takes an empty array without an address. */
static void sort(void *array, size_t count, size_t size, int (*order)(const void *, const void *))
{
    if (count > 1) {
        qsort(array, count, size, order);
    }
}

static int by_rough(const void *a, const void *b)
{
    const hmi_candidate *x = a, *y = b;
    if (x->rough < y->rough || x->rough > y->rough) {
        return x->rough > y->rough ? -1 : 1;
    }
    return x->incident < y->incident ? -1 : x->incident > y->incident;
}

typedef struct ranked {
    hmi_match match;
    const hmi_candidate *candidate;
} ranked;

static int by_bits(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->match.bits < y->match.bits || x->match.bits > y->match.bits) {
        return x->match.bits > y->match.bits ? -1 : 1;
    }
    return x->candidate->incident < y->candidate->incident ? -1 : 1;
}

/* A match by chance must be expected less than once: with N incidents asked, a likelihood ratio
 * under N is what the best of N unrelated ones may reach. Never under 100. */
static double related_bits(uint64_t incidents_all)
{
    return hmi_log2((double)(incidents_all > 100 ? incidents_all : 100));
}

static int choose(hmi_gathering *g, const hmi_compare_options *options, hmi_finding *ret,
                  hm_err *err)
{
    const size_t matches_max = options->matches_max > 0 ? options->matches_max : MATCHES_DEFAULT;
    const size_t hallmarks_max =
        options->hallmarks_max > 0 ? options->hallmarks_max : HALLMARKS_DEFAULT;
    sort(g->candidates, g->candidate_count, sizeof(*g->candidates), by_rough);
    size_t count = hmi_min(g->candidate_count, hmi_min(matches_max, SIZE_MAX / 2) * 2);
    ranked *best = hmi_new_array(g->arena, ranked, count);
    if (best == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t i = 0; i < count; i++) {
        best[i].candidate = &g->candidates[i];
        HMI_TRY(hmi_weigh(g, &g->candidates[i], hallmarks_max, &best[i].match, err));
        HMI_TRY(hmi_weigh_against(g, &g->candidates[i], &best[i].match, err));
    }
    sort(best, count, sizeof(*best), by_bits);
    ret->match_total = g->candidate_count;
    ret->match_count = hmi_min(count, matches_max);
    ret->matches = hmi_new_array(g->arena, hmi_match, ret->match_count);
    if (ret->matches == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t i = 0; i < ret->match_count; i++) {
        ret->matches[i] = best[i].match;
        HMI_TRY(hmi_incident_get(g->store, g->arena, best[i].candidate->incident,
                                 &ret->matches[i].incident, err));
        hmi_weigh_verdict(ret->related_bits, &ret->matches[i]);
    }
    return HM_OK;
}

/* ---- What was shared and links nothing */
static int by_spread(const void *a, const void *b)
{
    const hmi_aside *x = a, *y = b;
    if (x->others != y->others) {
        return x->others > y->others ? -1 : 1;
    }
    if (x->baseline != y->baseline) {
        return x->baseline > y->baseline ? -1 : 1;
    }
    return x->probe < y->probe ? -1 : x->probe > y->probe;
}

static hm_text why(const hmi_gathering *g, const hmi_aside *aside)
{
    const hmi_probe *probe = &g->probes[aside->probe];
    switch (aside->why) {
    case HMI_ASIDE_NOISE:
        return hmi_arena_printf(g->arena, "noise: %s", aside->noise ? aside->noise : "known");
    case HMI_ASIDE_VICTIM:
        return hmi_text_of("a victim's own machine: context, never a link");
    case HMI_ASIDE_FILED:
        return hmi_text_of("only the name the evidence was filed under");
    case HMI_ASIDE_CLAIM:
        return hmi_text_of("a claim: shown, never weighed");
    case HMI_ASIDE_BASELINE:
        return hmi_arena_printf(g->arena, "in %llu of %llu harmless files",
                                (unsigned long long)probe->baseline,
                                (unsigned long long)g->baseline_all);
    case HMI_ASIDE_SMALL:
        return hmi_text_of("a function too small to say anything");
    case HMI_ASIDE_HUB:
    case HMI_ASIDE_COMMON:
    default:
        return hmi_arena_printf(g->arena, "%s in %llu of %llu incidents",
                                aside->why == HMI_ASIDE_HUB ? "a hub:" : "common:",
                                (unsigned long long)probe->others + 1,
                                (unsigned long long)g->incidents_all);
    }
}

static int list_ignored(hmi_gathering *g, const hmi_compare_options *options, hmi_finding *ret,
                        hm_err *err)
{
    const size_t max = options->ignored_max > 0 ? options->ignored_max : IGNORED_DEFAULT;
    ret->ignored = hmi_new_array(g->arena, hmi_ignored, hmi_min(max, g->aside_count));
    if (ret->ignored == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    sort(g->asides, g->aside_count, sizeof(*g->asides), by_spread);
    for (size_t i = 0; i < g->aside_count; i++) {
        const hmi_aside *aside = &g->asides[i];
        if (i > 0 && aside->probe == g->asides[i - 1].probe) {
            continue; /* set aside on several other sides */
        }
        ret->ignored_total += 1;
        if (ret->ignored_count == max) {
            continue;
        }
        hmi_probe *probe = &g->probes[aside->probe];
        if (probe->others > HMI_HUB_INCIDENTS_MAX) { /* until now only known to be a hub's */
            size_t holders = 0;
            HMI_TRY(hmi_trait_incident_count(g->store, probe->trait->id, &holders, err));
            probe->others = holders > 0 ? holders - 1 : 0;
        }
        hm_text reason = why(g, aside);
        if (reason.ptr == NULL) {
            return hmi_arena_fail(g->arena, err);
        }
        ret->ignored[ret->ignored_count++] = (hmi_ignored){ .class_id = probe->trait->class_id,
                                                            .value = probe->trait->value,
                                                            .why = reason,
                                                            .incidents = probe->others + 1,
                                                            .baseline = probe->baseline };
    }
    return HM_OK;
}

static int compare(hmi_store *store, hmi_arena *arena, int64_t incident,
                   const hmi_compare_options *options, hmi_finding *ret, hm_err *err)
{
    static const hmi_compare_options none = { 0 };
    const hmi_compare_options *asked = options != NULL ? options : &none;
    hmi_gathering g = { .store = store, .arena = arena, .incident = incident, .only = asked->only };
    hmi_finding finding = { .model = MODEL };
    HMI_TRY(hmi_incident_get(store, arena, incident, &finding.incident, err));
    HMI_TRY(hmi_store_generation(store, &finding.generation, err));
    HMI_TRY(hmi_gather(&g, err));
    finding.incidents_all = g.incidents_all;
    finding.baseline_all = g.baseline_all;
    finding.traits = g.trait_count;
    finding.related_bits = related_bits(g.incidents_all);
    HMI_TRY(choose(&g, asked, &finding, err));
    HMI_TRY(list_ignored(&g, asked, &finding, err));
    *ret = finding;
    return HM_OK;
}

int hmi_compare(hmi_store *store, hmi_arena *arena, int64_t incident,
                const hmi_compare_options *options, hmi_finding *ret, hm_err *err)
{
    HMI_TRY(hmi_snapshot_begin(store, err));
    int code = compare(store, arena, incident, options, ret, err);
    hmi_snapshot_end(store);
    return code;
}
