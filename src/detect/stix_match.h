/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_match.h - does a STIX pattern match these observations?
 *
 *     hmi_stix_matcher *matcher;
 *     HMI_TRY(hmi_stix_matcher_new(arena, HM_TEXT("[file:size > 5]"), &matcher, err));
 *     hmi_stix_outcome outcome;
 *     HMI_TRY(hmi_stix_match(matcher, list, count, &outcome, err));
 *
 * Semantics are those of STIX 2.1 section 9; where it leaves a choice, the public reference
 * matcher's tests decide. docs/DETECTION.md lists them.
 */
#ifndef HMI_DETECT_STIX_MATCH_H
#define HMI_DETECT_STIX_MATCH_H

#include "detect/observation.h"

enum {
    HMI_STIX_STEPS_MAX = 1 << 22, /* trials of one search for observations that fit together */
    HMI_STIX_BOUND_MAX = 2048     /* observations bound together by AND, FOLLOWEDBY, REPEATS */
};

typedef struct hmi_stix_matcher hmi_stix_matcher;

/* Refuses what is no pattern (offset: byte of the pattern), and regular expressions that cannot be
 * searched in linear time. The matcher is the arena's; the pattern's text must live as long. */
int hmi_stix_matcher_new(hmi_arena *arena, hm_text pattern, hmi_stix_matcher **ret_matcher,
                         hm_err *err);

typedef struct hmi_stix_outcome {
    bool matched;
    const size_t *bound; /* places in the list, ascending; the arena's */
    size_t bound_count;
} hmi_stix_outcome;

/* HM_E_MALFORMED when a timestamp is compared with a text that is none, a reference is not a text;
 * HM_E_LIMIT when too many combinations would have to be tried. */
int hmi_stix_match(hmi_stix_matcher *matcher, const hmi_observation *list, size_t count,
                   hmi_stix_outcome *ret_outcome, hm_err *err);

#endif
