/* SPDX-License-Identifier: Apache-2.0
 *
 * advisory.h - the skeleton of a joint advisory about one incident, in which every sentence cites
 * what it rests on.
 *
 * What the casebook knows is written; what only the authoring agencies can say stands in brackets.
 * For a partner only what the release rules let out is told, and findings only where the caller
 * says so: their numbers rest on the whole casebook.
 */
#ifndef HMI_TELL_ADVISORY_H
#define HMI_TELL_ADVISORY_H

#include "compare/attribute.h"
#include "compare/finding.h"
#include "share/marking.h"
#include "tell/claims.h"
#include "tell/outgoing.h"
#include "tell/page.h"

enum {
    HMI_ADVISORY_ROWS_MAX = 1000,  /* of one table */
    HMI_ADVISORY_CITES_MAX = 20000 /* different sources */
};

typedef struct hmi_advisory {
    hmi_store *store;
    hmi_arena *arena;
    const hmi_incident *incident;
    const hmi_tlp_marking *tlp;
    hmi_language language;
    bool html;
    hm_text day;                        /* "2026-11-23" */
    const hmi_finding *finding;         /* NULL: not told */
    const hmi_attribution *attribution; /* NULL: not told */
    const hmi_told_list *claims;
    const hmi_outgoing *outgoing; /* NULL: for ourselves */
} hmi_advisory;

int hmi_advisory_write(const hmi_advisory *advisory, hmi_buf *out, hm_err *err);

#endif
