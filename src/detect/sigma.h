/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma.h - Sigma rules over events.
 *
 *     hmi_sigma *set;
 *     HMI_TRY(hmi_sigma_new(&set, err));
 *     for each file:  hmi_sigma_add(set, bytes, on_rule, with);
 *     HMI_TRY(hmi_sigma_compile(set, err));
 *     for each event: hmi_sigma_match(set, event, on_hit, with, err);
 *
 * Thousands of rules share one search per field: literals of all rules that an event of this kind
 * can fire are found in a value at once, and only rules that one of them makes possible are looked
 * at. Hits of one event come in the order in which the rules were added.
 *
 * Read: selections (maps, lists of maps, keywords), conditions (and or not, 1 of, N of, all of,
 * them, *), modifiers contains startswith endswith all re (i m s) cidr base64 base64offset wide
 * utf16 utf16le utf16be windash expand exists fieldref cased gt gte lt lte neq i; correlations
 * event_count, value_count, temporal, temporal_ordered over the hits of one set. Refused, with
 * line and reason: what the set does not know; a rule is never half understood.
 *
 * One thread at a time.
 */
#ifndef HMI_DETECT_SIGMA_H
#define HMI_DETECT_SIGMA_H

#include "base/json.h"

enum {
    HMI_SIGMA_RULES_MAX = 1 << 17,
    HMI_SIGMA_ATOMS_MAX = 1 << 22,  /* different comparisons of all rules */
    HMI_SIGMA_VALUES_MAX = 1 << 16, /* of one rule, after modifiers */
    HMI_SIGMA_DEPTH_MAX = 32,       /* parentheses in a condition */
    HMI_SIGMA_FIELDS_MAX = 4096,    /* fields of one event that are looked at; for keywords as many
                                       that no rule names */
    HMI_SIGMA_KINDS_MAX = 256,      /* channels with event numbers that are told apart */
    HMI_SIGMA_MEMORY_MAX = 1 << 30, /* bytes of all rules */
    HMI_SIGMA_GROUPS_MAX = 1 << 16, /* combinations of group-by values that correlations follow */
    HMI_SIGMA_KEPT_MAX = 4 << 20    /* moments of all groups */
};

typedef struct hmi_sigma hmi_sigma;

typedef struct hmi_sigma_rule_info {
    hm_text title, id, level, status;
    hm_text product, category, service; /* empty: any */
    const hm_text *tags;
    size_t tag_count;
    uint32_t line; /* of the document in its file */
    uint32_t number;
    bool waits; /* a placeholder (expand) has no values: part of it can never match */
} hmi_sigma_rule_info;

/* Of each rule of a file: `refused` NULL when it was taken. */
typedef void hmi_sigma_on_rule(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused);
typedef void hmi_sigma_on_hit(void *with, const hmi_sigma_rule_info *rule);

int hmi_sigma_new(hmi_sigma **ret_set, hm_err *err);
void hmi_sigma_free(hmi_sigma *set);
/* Values of %name%; before the rules are added. */
int hmi_sigma_expand(hmi_sigma *set, hm_text name, hm_text value, hm_err *err);
/* Fails only without memory, or when the set is full; bad rules are told to on_rule. */
int hmi_sigma_add(hmi_sigma *set, hm_bytes file, hmi_sigma_on_rule *on_rule, void *with,
                  hm_err *err);
int hmi_sigma_compile(hmi_sigma *set, hm_err *err);
/* After compile: tells, as refused, each correlation that names a rule which is not in the set. */
void hmi_sigma_missing(const hmi_sigma *set, hmi_sigma_on_rule *on_rule, void *with);
/* Groups that correlations had to forget for want of room. */
uint64_t hmi_sigma_forgotten(const hmi_sigma *set);
/* Where events come from, when they do not say so themselves; empty: unknown. */
void hmi_sigma_set_source(hmi_sigma *set, hm_text product, hm_text category, hm_text service);
int hmi_sigma_match(hmi_sigma *set, hmi_value event, hmi_sigma_on_hit *on_hit, void *with,
                    hm_err *err);
/* The same hits by the slow, obviously right way, without correlations: for tests. */
int hmi_sigma_match_slow(hmi_sigma *set, hmi_value event, hmi_sigma_on_hit *on_hit, void *with,
                         hm_err *err);

#endif
