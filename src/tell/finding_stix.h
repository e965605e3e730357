/* SPDX-License-Identifier: Apache-2.0
 *
 * finding_stix.h - what was found, as STIX 2.1: a grouping, a note, relationships with confidence,
 * and our extension with the numbers.
 *
 * An incident is only ever related-to an actor or another incident here: that it is attributed-to
 * one is for a person to sign. Competing actors are several relationships. Ids follow from the
 * incident and the actor, so that a partner's opinion finds them (claims.h).
 */
#ifndef HMI_TELL_FINDING_STIX_H
#define HMI_TELL_FINDING_STIX_H

#include "compare/attribute.h"
#include "compare/finding.h"
#include "share/marking.h"
#include "tell/claims.h"

#define HMI_FINDING_EXTENSION "extension-definition--5d0a2a6e-0c8c-4f1e-9d27-7a6f1b3c9e52"

typedef struct hmi_finding_telling {
    hmi_arena *arena;
    const hmi_incident *incident;
    const hmi_tlp_marking *tlp;
    int64_t when_us;                    /* asked when: the objects' modified */
    const hmi_finding *finding;         /* NULL: not told */
    const hmi_attribution *attribution; /* NULL: not told */
    const hmi_told_list *claims;        /* the ledger's own go along as notes; NULL: none */
} hmi_finding_telling;

int hmi_finding_stix(const hmi_finding_telling *telling, hmi_buf *out, hm_err *err);

#endif
