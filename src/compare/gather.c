/* SPDX-License-Identifier: Apache-2.0
 *
 * gather.c - prices each trait of an incident and finds who else holds it.
 *
 * WHY    Cost must follow the incidents that hold a trait. So: one posting list per trait, hubs cut
 *        off before they cost anything, then one counting sort by incident.
 * FORM   Invariants: (1) a candidate's agreements are contiguous, in order of probe, equality
 *        before likeness; (2) a probe agrees with a candidate at most once; (3) the order of
 * everything follows from (class, key) and incident ids alone. TRUST  The store's answers are
 * checked for size only; values are data. OWNS   Nothing: all in the caller's arena.
 */
#include "compare/gather.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "code/code.h"

typedef struct pick {
    uint32_t probe;
    uint32_t instructions;
} pick;

bool hmi_is_victims_own(hmi_class class_id, uint32_t roles)
{
    if (class_id != HMI_ADDRESS && class_id != HMI_DOMAIN && class_id != HMI_RANGE &&
        class_id != HMI_MAC_ADDRESS) {
        return false;
    }
    const uint32_t host = 1u << HMI_ROLE_HOST, server = 1u << HMI_ROLE_SERVER;
    const uint32_t stated = 1u << HMI_ROLE_INDICATED | 1u << HMI_ROLE_OBSERVED |
                            1u << HMI_ROLE_CONTENT | 1u << HMI_ROLE_QUERY;
    return (roles & host) != 0 || ((roles & server) != 0 && (roles & stated) == 0);
}

double hmi_discount(const double *bits_descending, size_t count)
{
    double sum = 0, weight = 1;
    for (size_t i = 0; i < count; i++) {
        sum += weight * bits_descending[i];
        weight *= HMI_DISCOUNT;
    }
    return sum;
}

int hmi_gather_aside(hmi_gathering *g, uint32_t probe, hmi_aside_why why, const char *noise,
                     hm_err *err)
{
    hmi_aside *grown =
        hmi_arena_grow(g->arena, g->asides, g->aside_count, &g->aside_capacity, sizeof(*g->asides));
    if (grown == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    g->asides = grown;
    g->asides[g->aside_count++] =
        (hmi_aside){ probe, why, noise, g->probes[probe].others, g->probes[probe].baseline };
    return HM_OK;
}

/* Index of the candidate for an incident, made when it is new. */
static int candidate_of(hmi_gathering *g, int64_t incident, uint32_t *ret, hm_err *err)
{
    uint64_t hash = (uint64_t)incident * 0x9e3779b97f4a7c15ull;
    size_t at = (size_t)(hash >> 20) & g->slot_mask;
    while (g->slots[at] != 0) {
        if (g->candidates[g->slots[at] - 1].incident == incident) {
            *ret = g->slots[at] - 1;
            return HM_OK;
        }
        at = (at + 1) & g->slot_mask;
    }
    if (g->candidate_count * 2 > g->slot_mask) {
        return hmi_fail(err, HM_E_BUSY, HM_OFFSET_NONE,
                        "the casebook doubled while it was compared; compare again");
    }
    hmi_candidate *grown = hmi_arena_grow(g->arena, g->candidates, g->candidate_count,
                                          &g->candidate_capacity, sizeof(*g->candidates));
    if (grown == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    g->candidates = grown;
    g->candidates[g->candidate_count] = (hmi_candidate){ .incident = incident };
    *ret = (uint32_t)g->candidate_count++;
    g->slots[at] = *ret + 1;
    return HM_OK;
}

static int add_agreement(hmi_gathering *g, const hmi_agreement *one, uint32_t *ret, hm_err *err)
{
    hmi_agreement *grown = hmi_arena_grow(g->arena, g->agreements, g->agreement_count,
                                          &g->agreement_capacity, sizeof(*g->agreements));
    if (grown == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    g->agreements = grown;
    g->agreements[g->agreement_count] = *one;
    *ret = (uint32_t)g->agreement_count++;
    return HM_OK;
}

static int add_shared(hmi_gathering *g, uint32_t agreement, int64_t incident, hm_err *err)
{
    hmi_shared one = { .agreement = agreement };
    HMI_TRY(candidate_of(g, incident, &one.candidate, err));
    hmi_shared *grown = hmi_arena_grow(g->arena, g->shared, g->shared_count, &g->shared_capacity,
                                       sizeof(*g->shared));
    if (grown == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    g->shared = grown;
    g->shared[g->shared_count++] = one;
    g->candidates[one.candidate].count += 1;
    return HM_OK;
}

static bool wanted(const hmi_gathering *g, int64_t incident)
{
    return incident != g->incident && (g->only == 0 || incident == g->only);
}

static double price(const hmi_gathering *g, const hmi_probe *probe, uint64_t holders,
                    uint32_t baseline, double similarity)
{
    hmi_counts counts = { .others = holders > 0 ? holders - 1 : 0,
                          .others_all = g->incidents_all > 2 ? g->incidents_all - 2 : 0,
                          .baseline = baseline,
                          .baseline_all = g->baseline_all };
    if (hmi_rarity_is_hub(probe->row, &counts)) {
        return 0;
    }
    return hmi_rarity_bits(probe->row, &counts) * probe->part * hmi_likeness_part(similarity);
}

/* Why a shared trait links nothing, whatever its rarity; false when it may link. */
static bool never_links(const hmi_gathering *g, const hmi_probe *probe, hmi_aside *ret)
{
    const hmi_incident_trait *trait = probe->trait;
    hmi_counts counts = { .baseline = probe->baseline, .baseline_all = g->baseline_all };
    if (probe->row->group == HMI_GROUP_CLAIM || probe->row->group == HMI_GROUP_NONE) {
        ret->why = HMI_ASIDE_CLAIM;
    } else if (hmi_trait_is_noise(trait->class_id, trait->value, &ret->noise)) {
        ret->why = HMI_ASIDE_NOISE;
    } else if (hmi_is_victims_own(trait->class_id, trait->roles)) {
        ret->why = HMI_ASIDE_VICTIM;
    } else if (trait->class_id == HMI_FILE_NAME && trait->roles == 1u << HMI_ROLE_SELF) {
        ret->why = HMI_ASIDE_FILED;
    } else if (hmi_rarity_is_hub(probe->row, &counts)) {
        ret->why = HMI_ASIDE_BASELINE;
    } else if (probe->others > HMI_HUB_INCIDENTS_MAX) {
        ret->why = HMI_ASIDE_HUB;
    } else if (probe->part <= 0) {
        ret->why = HMI_ASIDE_SMALL;
    } else {
        return false;
    }
    return true;
}

/* ---- Equality */

static int gather_exact(hmi_gathering *g, uint32_t index, const int64_t *ids, size_t count,
                        size_t total, hm_err *err)
{
    hmi_probe *probe = &g->probes[index];
    probe->others = total > 0 ? total - 1 : 0;
    if (probe->others == 0) {
        return HM_OK;
    }
    hmi_aside aside = { 0 };
    if (never_links(g, probe, &aside)) {
        return hmi_gather_aside(g, index, aside.why, aside.noise, err);
    }
    double bits = price(g, probe, probe->others, probe->baseline, 1);
    if (bits <= 0) {
        return hmi_gather_aside(g, index, HMI_ASIDE_COMMON, NULL, err);
    }
    if (g->shared_count >= HMI_GATHER_SHARED_MAX && probe->others > HMI_GATHER_CROWDED_MAX) {
        return hmi_gather_aside(g, index, HMI_ASIDE_HUB, NULL, err);
    }
    const hmi_agreement same = { .probe = index,
                                 .there = probe->trait->id,
                                 .similarity = 1,
                                 .bits = bits,
                                 .others = probe->others,
                                 .baseline = probe->baseline };
    uint32_t agreement = 0;
    HMI_TRY(add_agreement(g, &same, &agreement, err));
    for (size_t i = 0; i < count; i++) {
        if (wanted(g, ids[i])) {
            HMI_TRY(add_shared(g, agreement, ids[i], err));
        }
    }
    return HM_OK;
}

/* ---- Likeness */
static int by_size(const void *a, const void *b)
{
    const pick *x = a, *y = b;
    if (x->instructions != y->instructions) {
        return x->instructions < y->instructions ? 1 : -1;
    }
    return x->probe < y->probe ? -1 : x->probe > y->probe;
}

/* Chooses the functions worth a look-up by likeness: the largest that are not library code. */
static int choose_alike(hmi_gathering *g, hm_err *err)
{
    pick *picks = hmi_new_array(g->arena, pick, g->trait_count);
    if (picks == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    size_t count = 0;
    for (size_t i = 0; i < g->trait_count; i++) {
        hmi_probe *probe = &g->probes[i];
        hmi_function_facts facts = { 0 };
        if (probe->trait->class_id != HMI_FUNCTION) {
            continue;
        }
        if (!hmi_fingerprint_facts(probe->trait->detail, &facts)) {
            probe->part = 0.5; /* size unknown: half of what its rarity says */
            continue;
        }
        probe->part = facts.thunk ? 0 : hmi_function_part(facts.instructions);
        hmi_counts counts = { .baseline = probe->baseline, .baseline_all = g->baseline_all };
        if (probe->part > 0 && !hmi_rarity_is_hub(probe->row, &counts)) {
            picks[count++] = (pick){ (uint32_t)i, facts.instructions };
        }
    }
    qsort(picks, count, sizeof(*picks), by_size);
    for (size_t i = 0; i < count && i < HMI_GATHER_ALIKE_FUNCTIONS; i++) {
        g->probes[picks[i].probe].alike = true;
    }
    return HM_OK;
}

/* Does this probe agree with the incident already (by equality or a better likeness)? What it
 * shares is the last, from `first`. */
static bool agrees_already(const hmi_gathering *g, size_t first, int64_t incident)
{
    for (size_t i = first; i < g->shared_count; i++) {
        if (g->candidates[g->shared[i].candidate].incident == incident) {
            return true;
        }
    }
    return false;
}

/* The functions like a probe's, without itself; and how many harmless files hold one as alike. */
typedef struct kin {
    hmi_alike of[HMI_GATHER_ALIKE_MAX];
    uint32_t harmless[HMI_GATHER_ALIKE_MAX];
    size_t count;
} kin;

static int find_kin(const hmi_gathering *g, const hmi_probe *probe, kin *ret, hm_err *err)
{
    double similarities[HMI_GATHER_ALIKE_MAX];
    size_t found = 0;
    ret->count = 0;
    HMI_TRY(hmi_functions_alike(g->store, probe->trait->detail, HMI_ALIKE_MIN, ret->of,
                                HMI_GATHER_ALIKE_MAX, &found, err));
    for (size_t i = 0; i < found; i++) {
        if (ret->of[i].trait != probe->trait->id && hmi_likeness_part(ret->of[i].similarity) > 0) {
            similarities[ret->count] = ret->of[i].similarity;
            ret->of[ret->count++] = ret->of[i];
        }
    }
    return hmi_baseline_alike(g->store, probe->trait->detail, similarities, ret->count,
                              ret->harmless, err);
}

static int gather_alike(hmi_gathering *g, uint32_t index, size_t first, int64_t *ids, hm_err *err)
{
    hmi_probe *probe = &g->probes[index];
    kin alike;
    HMI_TRY(find_kin(g, probe, &alike, err));
    uint64_t holders = probe->others;
    for (size_t i = 0; i < alike.count; i++) {
        size_t total = 0;
        HMI_TRY(hmi_trait_incidents(g->store, alike.of[i].trait, ids, HMI_HUB_INCIDENTS_MAX + 1,
                                    &total, err));
        holders += total;
        if (total > HMI_HUB_INCIDENTS_MAX || holders > HMI_HUB_INCIDENTS_MAX) {
            break;
        }
        const uint32_t baseline =
            alike.harmless[i] > probe->baseline ? alike.harmless[i] : probe->baseline;
        const double similarity = alike.of[i].similarity;
        double bits = price(g, probe, holders, baseline, similarity);
        if (bits <= 0) {
            break; /* the next are less alike and more common */
        }
        const hmi_agreement like = { .probe = index,
                                     .there = alike.of[i].trait,
                                     .similarity = similarity,
                                     .bits = bits,
                                     .others = holders,
                                     .baseline = baseline };
        uint32_t agreement = 0;
        HMI_TRY(add_agreement(g, &like, &agreement, err));
        for (size_t k = 0; k < total; k++) {
            if (wanted(g, ids[k]) && !agrees_already(g, first, ids[k])) {
                HMI_TRY(add_shared(g, agreement, ids[k], err));
            }
        }
    }
    return HM_OK;
}

/* ---- By candidate */
static double rough_bits(const hmi_gathering *g, const hmi_candidate *candidate)
{
    double groups[HMI_GROUP_COUNT] = { 0 }, top[HMI_TOP_OF_CLASS];
    size_t count = 0;
    const hmi_class_row *row = NULL;
    for (size_t i = 0; i <= candidate->count; i++) {
        const hmi_agreement *hit = i < candidate->count ? hmi_agreement_of(g, candidate, i) : NULL;
        const hmi_class_row *next = hit != NULL ? g->probes[hit->probe].row : NULL;
        if (row != NULL && next != row) {
            double sum = hmi_discount(top, count);
            groups[row->group] += sum < (double)row->cap_bits ? sum : (double)row->cap_bits;
            count = 0;
        }
        row = next;
        if (hit == NULL) {
            break;
        }
        size_t at = count < HMI_TOP_OF_CLASS ? count++ : HMI_TOP_OF_CLASS;
        if (at == HMI_TOP_OF_CLASS) {
            if (hit->bits <= top[at - 1]) {
                continue;
            }
            at -= 1;
        }
        for (; at > 0 && top[at - 1] < hit->bits; at--) {
            top[at] = top[at - 1];
        }
        top[at] = hit->bits;
    }
    double total = 0;
    for (int group = 1; group < HMI_GROUP_COUNT; group++) {
        double cap = (double)hmi_group_get((hmi_group)group)->cap_bits;
        total += groups[group] < cap ? groups[group] : cap;
    }
    return total;
}

/* Counting sort: stable, so what a candidate shares stays in order of probe. */
static int sort_by_candidate(hmi_gathering *g, hm_err *err)
{
    uint32_t *sorted = hmi_new_array(g->arena, uint32_t, g->shared_count);
    size_t *next = hmi_new_array(g->arena, size_t, g->candidate_count);
    if (sorted == NULL || next == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    size_t at = 0;
    for (size_t i = 0; i < g->candidate_count; i++) {
        g->candidates[i].first = next[i] = at;
        at += g->candidates[i].count;
    }
    for (size_t i = 0; i < g->shared_count; i++) {
        sorted[next[g->shared[i].candidate]++] = g->shared[i].agreement;
    }
    g->by_candidate = sorted;
    for (size_t i = 0; i < g->candidate_count; i++) {
        g->candidates[i].rough = rough_bits(g, &g->candidates[i]);
    }
    return HM_OK;
}

static int load(hmi_gathering *g, hm_err *err)
{
    uint64_t incidents = 0, files = 0;
    HMI_TRY(hmi_incident_count(g->store, &incidents, err));
    HMI_TRY(hmi_baseline_files(g->store, &files, err));
    g->incidents_all = incidents;
    g->baseline_all = files;
    HMI_TRY(hmi_incident_traits(g->store, g->arena, g->incident, &g->traits, &g->trait_count, err));
    if (g->trait_count > UINT32_MAX - 1) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more traits than can be compared");
    }
    size_t slots = 64;
    while (slots < 4 * (g->incidents_all + 16)) {
        slots *= 2;
    }
    g->slot_mask = slots - 1;
    g->slots = hmi_new_array(g->arena, uint32_t, slots);
    g->probes = hmi_new_array(g->arena, hmi_probe, g->trait_count);
    hmi_key *keys = hmi_new_array(g->arena, hmi_key, g->trait_count);
    uint32_t *counts = hmi_new_array(g->arena, uint32_t, g->trait_count);
    if (g->slots == NULL || g->probes == NULL || keys == NULL || counts == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t i = 0; i < g->trait_count; i++) {
        keys[i] = g->traits[i].key;
    }
    HMI_TRY(hmi_baseline_counts(g->store, keys, g->trait_count, counts, err));
    for (size_t i = 0; i < g->trait_count; i++) {
        g->probes[i] = (hmi_probe){ .trait = &g->traits[i],
                                    .row = hmi_class_find((int)g->traits[i].class_id),
                                    .baseline = counts[i],
                                    .part = 1 };
    }
    return HM_OK;
}

/* One probe: who holds the very trait, then who holds one like it. */
static int gather_probe(hmi_gathering *g, uint32_t index, const hmi_incidents_of *holders,
                        size_t at, int64_t *ids, hm_err *err)
{
    const hmi_probe *probe = &g->probes[index];
    const size_t first = g->shared_count;
    if (probe->row == NULL) {
        return HM_OK; /* a class of a newer version */
    }
    if (probe->row->exact) {
        HMI_TRY(gather_exact(g, index, holders->ids + holders->from[at],
                             holders->from[at + 1] - holders->from[at], holders->totals[at], err));
    }
    return probe->alike ? gather_alike(g, index, first, ids, err) : HM_OK;
}

int hmi_gather(hmi_gathering *g, hm_err *err)
{
    HMI_TRY(load(g, err));
    HMI_TRY(choose_alike(g, err));
    int64_t *ids = hmi_new_array(g->arena, int64_t, HMI_HUB_INCIDENTS_MAX + 1);
    int64_t *batch = hmi_new_array(g->arena, int64_t, HMI_GATHER_BATCH);
    if (ids == NULL || batch == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t first = 0; first < g->trait_count; first += HMI_GATHER_BATCH) {
        hmi_incidents_of holders = { 0 };
        const size_t count = hmi_min(g->trait_count - first, HMI_GATHER_BATCH);
        for (size_t i = 0; i < count; i++) {
            batch[i] = g->traits[first + i].id;
        }
        HMI_TRY(hmi_traits_incidents(g->store, g->arena, batch, count, HMI_HUB_INCIDENTS_MAX + 1,
                                     &holders, err));
        for (size_t i = 0; i < count; i++) {
            HMI_TRY(gather_probe(g, (uint32_t)(first + i), &holders, i, ids, err));
        }
    }
    return sort_by_candidate(g, err);
}
