/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_pattern.h - STIX patterning (STIX 2.1 section 9), as far as it names values.
 *
 * Reading reports, checking what is shared and compiling what is watched for all need to know
 * whether a pattern is one, and which values it asks for.
 */
#ifndef HMI_TRAIT_STIX_PATTERN_H
#define HMI_TRAIT_STIX_PATTERN_H

#include "base/arena.h"
#include "base/bytes.h"

typedef struct hmi_stix_atom {
    hm_text type;
    hm_text path;
    hm_text value; /* unescaped */
    bool is_range; /* ISSUBSET: the value is a range */
    size_t offset; /* in the pattern */
} hmi_stix_atom;

typedef struct hmi_stix_pattern {
    hmi_stix_atom *atoms;
    size_t count, capacity;
    size_t left_out;  /* comparisons that name no value: LIKE, MATCHES, <, NOT, EXISTS ... */
    bool conditional; /* FOLLOWEDBY, WITHIN, REPEATS or START: more than the values is asked for */
} hmi_stix_pattern;
/* HM_E_MALFORMED with the place in the pattern; HM_E_LIMIT, HM_E_MEMORY. Atoms are in the arena. */
int hmi_stix_pattern_parse(hmi_arena *arena, hm_text pattern, hmi_stix_pattern *ret_pattern,
                           hm_err *err);

#endif
