/* SPDX-License-Identifier: Apache-2.0
 *
 * weigh.c - from shared traits to bits: where they were seen, what comes together, who could
 * plant it.
 *
 * WHY    Thirty functions of one copied library are one fact, and ten hashes of one copied file
 *        are one fact too. A sum of rarities would count them forty times.
 * FORM   1. Of each class the 24 strongest agreements; each is placed: the first piece of evidence
 *           that holds it here and there.
 *        2. Agreements that exist only inside one and the same file on both sides are that file:
 *           the strongest of them counts, once, in the group "file" (copying a file).
 *        3. Of one class and one pair of files: sum of bits 0.6^k. Pairs of one class: their sums,
 *           0.8^k, as different files are less dependent than one file's parts.
 *        4. min(class cap), sum over classes, min(group cap), sum over groups.
 *        5. Without a baseline all that is read out of programs may be one library that anybody
 *           links (gnulib alone makes grep and tar agree on sixty things): it counts as one fact,
 *           the strongest.
 *        6. A capped or discounted hallmark keeps its share, so that a group's hallmarks add up
 *           to the group's bits.
 *        All sums run in the order (class, bits descending, probe, id): the same bits everywhere.
 * TRUST  Values and roles are data from strangers; a value seen as the victim's own machine on
 *        either side is dropped here.
 * OWNS   Nothing: the caller's arena.
 */
#include "compare/weigh.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/words.h"

#define PAIR_DISCOUNT 0.8

/* An agreement on its way through the steps. */
typedef struct lead {
    const hmi_agreement *with;
    const hmi_probe *probe;
    hmi_seen *there;
    size_t there_count;
    uint32_t roles_there;
    int64_t file_here, file_there; /* the pair it is placed in */
    double bits;
    bool same_file, dropped;
} lead;

static int by_strength(const void *a, const void *b)
{
    const lead *x = a, *y = b;
    if (x->probe->row->id != y->probe->row->id) {
        return x->probe->row->id < y->probe->row->id ? -1 : 1;
    }
    if (x->with->bits < y->with->bits || x->with->bits > y->with->bits) {
        return x->with->bits > y->with->bits ? -1 : 1;
    }
    if (x->with->probe != y->with->probe) {
        return x->with->probe < y->with->probe ? -1 : 1;
    }
    return x->with->there < y->with->there ? -1 : x->with->there > y->with->there;
}

static int by_weight(const void *a, const void *b)
{
    const lead *x = a, *y = b;
    if (x->bits < y->bits || x->bits > y->bits) {
        return x->bits > y->bits ? -1 : 1;
    }
    if (x->with->bits < y->with->bits || x->with->bits > y->with->bits) {
        return x->with->bits > y->with->bits ? -1 : 1;
    }
    return by_strength(a, b);
}

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The strongest of each class, in order (class, strength). */
static int strongest(hmi_gathering *g, const hmi_candidate *candidate, lead **ret,
                     size_t *ret_count, hm_err *err)
{
    lead *all = hmi_new_array(g->arena, lead, candidate->count);
    if (all == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t i = 0; i < candidate->count; i++) {
        const hmi_agreement *with = hmi_agreement_of(g, candidate, i);
        all[i] = (lead){ .with = with, .probe = &g->probes[with->probe] };
    }
    qsort(all, candidate->count, sizeof(*all), by_strength);
    size_t kept = 0, of_class = 0;
    for (size_t i = 0; i < candidate->count; i++) {
        of_class = i > 0 && all[i].probe->row == all[i - 1].probe->row ? of_class + 1 : 0;
        if (of_class < HMI_TOP_OF_CLASS) {
            all[kept++] = all[i];
        }
    }
    *ret = all;
    *ret_count = kept;
    return HM_OK;
}

/* ---- Placing */
static bool among(const hmi_seen *seen, size_t count, int64_t evidence)
{
    for (size_t i = 0; i < count; i++) {
        if (seen[i].evidence == evidence) {
            return true;
        }
    }
    return false;
}

/* The pair of different files the agreement was first seen in; one and the same file when there
 * is no such pair. */
static void place_pair(const hmi_probe *here, lead *it)
{
    for (size_t i = 0; i < here->seen_count && it->file_here == 0; i++) {
        if (!among(it->there, it->there_count, here->seen[i].evidence)) {
            it->file_here = here->seen[i].evidence;
        }
    }
    for (size_t i = 0; i < it->there_count && it->file_there == 0; i++) {
        if (!among(here->seen, here->seen_count, it->there[i].evidence)) {
            it->file_there = it->there[i].evidence;
        }
    }
    if (it->file_here == 0 || it->file_there == 0) {
        it->same_file = here->seen_count > 0 && it->there_count > 0;
        it->file_here = it->file_there = here->seen_count > 0 ? here->seen[0].evidence : 0;
    }
}

static int place(hmi_gathering *g, const hmi_candidate *candidate, lead *it, hm_err *err)
{
    hmi_probe *here = &g->probes[it->with->probe];
    if (!here->seen_known) {
        HMI_TRY(hmi_trait_seen(g->store, g->arena, g->incident, here->trait->id, &here->seen,
                               &here->seen_count, err));
        here->seen_known = true;
    }
    HMI_TRY(hmi_trait_seen(g->store, g->arena, candidate->incident, it->with->there, &it->there,
                           &it->there_count, err));
    for (size_t i = 0; i < it->there_count; i++) {
        it->roles_there |= 1u << (it->there[i].role & HMI_ROLE_MAX);
    }
    const hmi_class class_id = here->row->id;
    if (hmi_is_victims_own(class_id, it->roles_there)) {
        it->dropped = true;
        return hmi_gather_aside(g, it->with->probe, HMI_ASIDE_VICTIM, NULL, err);
    }
    if (class_id == HMI_FILE_NAME && it->roles_there == 1u << HMI_ROLE_SELF) {
        it->dropped = true;
        return hmi_gather_aside(g, it->with->probe, HMI_ASIDE_FILED, NULL, err);
    }
    place_pair(here, it);
    return HM_OK;
}

/* One function there answers for one function here: the strongest keeps it. */
static void drop_doubles(lead *leads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i && !leads[i].dropped; k++) {
            leads[i].dropped = !leads[k].dropped && leads[k].with->there == leads[i].with->there;
        }
    }
}

/* ---- Summing. Each step sets lead.bits to the share it leaves. */

/* Step 2: what only a copied file explains. Returns the group's part; the leads keep it. */
static void weigh_same_files(lead *leads, size_t count, double *ret_bits)
{
    double files[HMI_TOP_OF_CLASS];
    size_t file_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!leads[i].same_file || leads[i].dropped || leads[i].file_there == -1) {
            continue;
        }
        size_t best = i;
        const int64_t file = leads[i].file_here;
        for (size_t k = i; k < count; k++) {
            if (leads[k].same_file && !leads[k].dropped && leads[k].file_here == file) {
                best = leads[k].with->bits > leads[best].with->bits ? k : best;
                leads[k].file_there = -1; /* taken */
                leads[k].bits = 0;
            }
        }
        if (file_count < HMI_TOP_OF_CLASS) {
            leads[best].bits = leads[best].with->bits;
            files[file_count++] = leads[best].bits;
        }
    }
    qsort(files, file_count, sizeof(*files), by_double);
    double sum = hmi_discount(files, file_count), plain = 0;
    for (size_t i = 0; i < file_count; i++) {
        plain += files[i];
    }
    double scale = plain > 0 ? sum / plain : 0;
    for (size_t i = 0; i < count; i++) {
        if (leads[i].same_file) {
            leads[i].bits *= scale;
        }
    }
    *ret_bits = sum;
}

/* Steps 3 and 4 for the leads of one class, strongest first. */
static double weigh_class(lead *leads, size_t count)
{
    double pairs[HMI_TOP_OF_CLASS], plain = 0, sum = 0, weight = 1;
    size_t pair_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (leads[i].same_file || leads[i].dropped || leads[i].bits > 0) {
            continue;
        }
        double part = 1;
        pairs[pair_count] = 0;
        for (size_t k = i; k < count; k++) {
            if (!leads[k].same_file && !leads[k].dropped &&
                leads[k].file_here == leads[i].file_here &&
                leads[k].file_there == leads[i].file_there) {
                leads[k].bits = part * leads[k].with->bits;
                pairs[pair_count] += leads[k].bits;
                part *= HMI_DISCOUNT;
            }
        }
        plain += pairs[pair_count++];
    }
    qsort(pairs, pair_count, sizeof(*pairs), by_double);
    for (size_t i = 0; i < pair_count; i++) {
        sum += weight * pairs[i];
        weight *= PAIR_DISCOUNT;
    }
    const double cap = count > 0 ? (double)leads[0].probe->row->cap_bits : 0;
    sum = sum < cap ? sum : cap;
    for (size_t i = 0; i < count; i++) {
        if (!leads[i].same_file && !leads[i].dropped && plain > 0) {
            leads[i].bits *= sum / plain;
        }
    }
    return sum;
}

static hmi_group group_of(const lead *it)
{
    return it->same_file ? HMI_GROUP_FILE : it->probe->row->group;
}

/* Read out of a file on both sides; what a report states is its author's choice. */
static bool is_read(const lead *it)
{
    const uint32_t stated = 1u << HMI_ROLE_INDICATED | 1u << HMI_ROLE_OBSERVED;
    const hmi_group group = it->probe->row->group;
    return (group == HMI_GROUP_CODE || group == HMI_GROUP_BUILD || group == HMI_GROUP_TEXT ||
            group == HMI_GROUP_FILE) &&
           !it->dropped && ((it->probe->trait->roles | it->roles_there) & stated) == 0;
}

/* Step 5: takes off what is more than the strongest of them. */
static void weigh_unlearned(lead *leads, size_t count, hmi_match *ret)
{
    double sum = 0, strongest = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_read(&leads[i])) {
            sum += leads[i].bits;
            strongest = leads[i].with->bits > strongest ? leads[i].with->bits : strongest;
        }
    }
    if (sum <= strongest) {
        return;
    }
    const double part = strongest / sum;
    for (size_t i = 0; i < count; i++) {
        if (is_read(&leads[i])) {
            ret->group_bits[group_of(&leads[i])] -= leads[i].bits * (1 - part);
            leads[i].bits *= part;
        }
    }
    ret->unlearned_bits = sum - strongest;
    ret->bits -= ret->unlearned_bits;
}

static void weigh_groups(lead *leads, size_t count, uint64_t baseline_all, hmi_match *ret)
{
    double sums[HMI_GROUP_COUNT] = { 0 };
    weigh_same_files(leads, count, &sums[HMI_GROUP_FILE]);
    for (size_t i = 0, end = 0; i < count; i = end) {
        for (end = i; end < count && leads[end].probe->row == leads[i].probe->row; end++) {
        }
        sums[leads[i].probe->row->group] += weigh_class(leads + i, end - i);
    }
    for (int group = 1; group < HMI_GROUP_COUNT; group++) {
        const double cap = (double)hmi_group_get((hmi_group)group)->cap_bits;
        ret->group_bits[group] = sums[group] < cap ? sums[group] : cap;
        ret->bits += ret->group_bits[group];
    }
    for (size_t i = 0; i < count; i++) {
        const hmi_group group = group_of(&leads[i]);
        if (sums[group] > ret->group_bits[group]) {
            leads[i].bits *= ret->group_bits[group] / sums[group];
        }
    }
    if (baseline_all < HMI_BASELINE_ENOUGH) {
        weigh_unlearned(leads, count, ret);
    }
    for (int group = 0; group < HMI_GROUP_COUNT; group++) {
        ret->without_group[group] = ret->bits - ret->group_bits[group];
    }
}

/* ---- Telling */
static void tell(const hmi_gathering *g, const lead *it, hmi_hallmark *ret)
{
    const hmi_incident_trait *trait = it->probe->trait;
    *ret = (hmi_hallmark){ .class_id = trait->class_id,
                           .trait_here = trait->id,
                           .trait_there = it->with->there,
                           .value = trait->value,
                           .value_there = trait->value,
                           .similarity = it->with->similarity,
                           .incidents = it->with->others + 1,
                           .incidents_all = g->incidents_all,
                           .baseline = it->with->baseline,
                           .baseline_all = g->baseline_all,
                           .bits_alone = it->with->bits,
                           .bits = it->bits,
                           .same_file = it->same_file,
                           .roles_here = trait->roles,
                           .roles_there = it->roles_there,
                           .seen_here = it->probe->seen,
                           .seen_here_count = hmi_min(it->probe->seen_count, HMI_SEEN_LISTED),
                           .seen_there = it->there,
                           .seen_there_count = hmi_min(it->there_count, HMI_SEEN_LISTED) };
}

/* A likeness has a value of its own on the other side. */
static int tell_other_values(hmi_gathering *g, hmi_match *match, hm_err *err)
{
    for (size_t i = 0; i < match->hallmark_count; i++) {
        hmi_hallmark *hallmark = &match->hallmarks[i];
        if (hallmark->trait_there != hallmark->trait_here) {
            hmi_incident_trait other = { 0 };
            HMI_TRY(hmi_trait_get(g->store, g->arena, hallmark->trait_there, &other, err));
            hallmark->value_there = other.value;
        }
    }
    return HM_OK;
}

int hmi_weigh(hmi_gathering *g, const hmi_candidate *candidate, size_t hallmarks_max,
              hmi_match *ret, hm_err *err)
{
    lead *leads = NULL;
    size_t count = 0, kept = 0;
    HMI_TRY(strongest(g, candidate, &leads, &count, err));
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(place(g, candidate, &leads[i], err));
    }
    drop_doubles(leads, count);
    *ret = (hmi_match){ .incident = { .id = candidate->incident },
                        .hallmark_total = candidate->count };
    weigh_groups(leads, count, g->baseline_all, ret);
    for (size_t i = 0; i < count; i++) {
        if (!leads[i].dropped) {
            leads[kept++] = leads[i];
        }
    }
    ret->hallmark_total -= count - kept;
    qsort(leads, kept, sizeof(*leads), by_weight);
    ret->hallmark_count = kept < hallmarks_max ? kept : hallmarks_max;
    ret->hallmarks = hmi_new_array(g->arena, hmi_hallmark, ret->hallmark_count);
    if (ret->hallmarks == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t i = 0; i < ret->hallmark_count; i++) {
        tell(g, &leads[i], &ret->hallmarks[i]);
    }
    return tell_other_values(g, ret, err);
}

#define CARRYING_BITS 3.3219280948873623 /* log2 10 */

void hmi_weigh_verdict(double related_bits, hmi_match *match)
{
    double carrying = 0;
    for (int group = 1; group < HMI_GROUP_COUNT; group++) {
        if (group != HMI_GROUP_BUILD && group != HMI_GROUP_TECHNIQUE && group != HMI_GROUP_CLAIM) {
            carrying += match->group_bits[group];
        }
    }
    match->words = hmi_words_enfsi(match->bits);
    match->why_not = NULL;
    if (match->bits < related_bits && match->bits + match->unlearned_bits >= related_bits) {
        match->why_not = "without a baseline all that these programs share may be one common "
                         "library, so it counts as one fact: learn a baseline and compare again";
    } else if (match->bits < related_bits) {
        match->why_not = "the evidence does not reach the threshold";
    } else if (carrying < CARRYING_BITS) {
        match->why_not = "build marks, techniques and claims alone never carry a conclusion: "
                         "anybody can plant them";
    }
    match->related = match->why_not == NULL;
}
