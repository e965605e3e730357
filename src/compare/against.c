/* SPDX-License-Identifier: Apache-2.0
 *
 * against.c - what should agree if two incidents had one origin, and does not.
 *
 * WHY    A list of agreements alone always argues for a link. Heuer's analysis of competing
 *        hypotheses decides by inconsistency; but evidence is incomplete, so silence weighs little.
 * FORM   Each rule: both sides are rich in a kind of trait and share none of it that counts. The
 *        prices are small and their sum is bounded (HMI_AGAINST_MAX_BITS): absence never outweighs
 *        one good hallmark.
 * TRUST  Counts from the store. OWNS nothing: the caller's arena.
 */
#include "base/error.h"
#include "compare/weigh.h"

#define HMI_AGAINST_MAX_BITS 2.0

typedef struct rule {
    hmi_class class_id; /* counted on both sides */
    hmi_group group;    /* nothing of this group is shared */
    uint32_t rich;      /* from this many on, silence means something */
    double bits;
    const char *what;
} rule;

static const rule rules[] = {
    { HMI_FUNCTION, HMI_GROUP_CODE, 64, -1.0, "functions" },
    { HMI_TECHNIQUE, HMI_GROUP_TECHNIQUE, 8, -0.5, "techniques" },
    { HMI_ADDRESS, HMI_GROUP_INFRASTRUCTURE, 32, -0.25, "addresses" },
    { HMI_DOMAIN, HMI_GROUP_INFRASTRUCTURE, 32, -0.25, "domains" },
};

static bool shares_group(const hmi_gathering *g, const hmi_candidate *candidate, hmi_group group)
{
    for (size_t i = 0; i < candidate->count; i++) {
        if (g->probes[hmi_agreement_of(g, candidate, i)->probe].row->group == group) {
            return true;
        }
    }
    return false;
}

static int add(hmi_gathering *g, hmi_match *match, hm_text sentence, double bits, hm_err *err)
{
    if (sentence.ptr == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    double spent = 0;
    for (size_t i = 0; i < match->against_count; i++) {
        spent -= match->against[i].bits;
    }
    if (bits < spent - HMI_AGAINST_MAX_BITS) {
        bits = spent - HMI_AGAINST_MAX_BITS;
    }
    match->against[match->against_count++] = (hmi_against){ sentence, bits };
    match->bits += bits;
    for (int group = 0; group < HMI_GROUP_COUNT; group++) {
        match->without_group[group] += bits;
    }
    return HM_OK;
}

/* Languages of resources: trivially forged, so half a bit when both name some and none agree. */
static int languages(hmi_gathering *g, const hmi_candidate *candidate, hmi_match *match,
                     hm_err *err)
{
    hmi_incident_trait *here = NULL, *there = NULL;
    size_t here_count = 0, there_count = 0;
    HMI_TRY(hmi_incident_class_traits(g->store, g->arena, g->incident, HMI_LANGUAGE, &here,
                                      &here_count, err));
    HMI_TRY(hmi_incident_class_traits(g->store, g->arena, candidate->incident, HMI_LANGUAGE, &there,
                                      &there_count, err));
    for (size_t i = 0; i < here_count; i++) {
        for (size_t k = 0; k < there_count; k++) {
            if (memcmp(&here[i].key, &there[k].key, sizeof(hmi_key)) == 0) {
                return HM_OK;
            }
        }
    }
    if (here_count == 0 || there_count == 0) {
        return HM_OK;
    }
    return add(g, match,
               hmi_arena_printf(g->arena, "the languages differ: %.*s here, %.*s there",
                                HMI_FMT(here[0].value), HMI_FMT(there[0].value)),
               -0.5, err);
}

int hmi_weigh_against(hmi_gathering *g, const hmi_candidate *candidate, hmi_match *match,
                      hm_err *err)
{
    uint32_t here[HMI_CLASS_MAX + 1] = { 0 }, there[HMI_CLASS_MAX + 1] = { 0 };
    HMI_TRY(hmi_incident_class_counts(g->store, g->incident, here, err));
    HMI_TRY(hmi_incident_class_counts(g->store, candidate->incident, there, err));
    match->against = hmi_new_array(g->arena, hmi_against, HMI_COUNT(rules) + 1);
    if (match->against == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    for (size_t i = 0; i < HMI_COUNT(rules); i++) {
        const rule *r = &rules[i];
        if (here[r->class_id] < r->rich || there[r->class_id] < r->rich ||
            shares_group(g, candidate, r->group)) {
            continue;
        }
        HMI_TRY(add(g, match,
                    hmi_arena_printf(g->arena,
                                     "both hold many %s (%u here, %u there) and none that is rare "
                                     "is shared",
                                     r->what, here[r->class_id], there[r->class_id]),
                    r->bits, err));
    }
    return here[HMI_LANGUAGE] > 0 && there[HMI_LANGUAGE] > 0 ? languages(g, candidate, match, err)
                                                             : HM_OK;
}
