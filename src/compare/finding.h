/* SPDX-License-Identifier: Apache-2.0
 *
 * finding.h - the answer to "what does this incident share with the ones already known, and how
 * rare is that?"
 *
 * Weight is in bits: log2 of the likelihood ratio "same origin" against "unrelated". Each trait
 * class and each forgeability group has a cap (trait/class.h); what is common in the casebook or
 * in the harmless baseline weighs nothing and is listed as ignored; what should agree and does not
 * weighs against. Same casebook state, same finding, byte for byte.
 */
#ifndef HMI_COMPARE_FINDING_H
#define HMI_COMPARE_FINDING_H

#include "casebook/store.h"

typedef struct hmi_hallmark {
    hmi_class class_id;
    int64_t trait_here, trait_there; /* equal for exact matches */
    hm_text value, value_there;
    double similarity;  /* 1 for exact matches */
    uint64_t incidents; /* how many incidents carry it */
    uint64_t incidents_all;
    uint64_t baseline; /* how many harmless files carry it */
    uint64_t baseline_all;
    double bits_alone; /* from rarity */
    double bits;       /* after discount and caps; a group's hallmarks add up to its bits */
    bool same_file;    /* seen in one and the same file on both sides: the file is the fact */
    uint32_t roles_here, roles_there;
    hmi_seen *seen_here, *seen_there; /* first few */
    size_t seen_here_count, seen_there_count;
} hmi_hallmark;

typedef struct hmi_ignored {
    hmi_class class_id;
    hm_text value;
    hm_text why; /* "in 812 of 913 harmless files", "a hub", "noise: public resolver" */
    uint64_t incidents, baseline;
} hmi_ignored;

typedef struct hmi_against {
    hm_text sentence;
    double bits; /* <= 0 */
} hmi_against;

typedef struct hmi_match {
    hmi_incident incident;
    double bits;                           /* total, capped */
    double group_bits[HMI_GROUP_COUNT];    /* per group, after caps */
    double without_group[HMI_GROUP_COUNT]; /* total if everything of that group were planted */
    const char *words;                     /* ENFSI verbal scale for the likelihood ratio */
    bool related;                          /* reaches finding.related_bits, and not by groups that
                                              anybody can plant (build, technique, claim) alone */
    double unlearned_bits; /* not counted, as no baseline tells libraries from the intruder's own */
    const char *why_not;   /* one sentence when not related, else NULL */
    hmi_hallmark *hallmarks; /* by weight */
    size_t hallmark_count;
    size_t hallmark_total; /* all shared traits; more than are listed or weighed */
    hmi_against *against;
    size_t against_count;
} hmi_match;

typedef struct hmi_finding {
    hmi_incident incident;
    uint64_t generation; /* casebook state */
    const char *model;   /* name and version of the weights */
    double related_bits; /* what a match must reach: log2 of max(100, incidents compared) */
    uint64_t incidents_all, baseline_all, traits;
    hmi_match *matches; /* best first */
    size_t match_count;
    size_t match_total;   /* incidents that share anything at all that is not ignored */
    hmi_ignored *ignored; /* most widespread first */
    size_t ignored_count;
    size_t ignored_total;
} hmi_finding;

typedef struct hmi_compare_options {
    int64_t only;         /* compare with this incident alone; 0: with all */
    size_t matches_max;   /* 0: 20 */
    size_t hallmarks_max; /* per match; 0: 50 */
    size_t ignored_max;   /* 0: 20 */
} hmi_compare_options;

/* Everything in *ret lives in the arena, which should allow 256 MiB for large incidents. Cost grows
 * with the incidents that hold each trait (hubs excepted), never with pairs. */
int hmi_compare(hmi_store *store, hmi_arena *arena, int64_t incident,
                const hmi_compare_options *options, hmi_finding *ret, hm_err *err);

#endif
