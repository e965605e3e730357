/* SPDX-License-Identifier: Apache-2.0
 *
 * cite.h - the sources of an advisory: numbered as they are first cited, listed at its end.
 */
#ifndef HMI_TELL_CITE_H
#define HMI_TELL_CITE_H

#include "tell/advisory.h"
#include "tell/phrase.h"

typedef enum hmi_source_kind {
    HMI_SOURCE_EVIDENCE, /* a byte of a piece of evidence, or the whole */
    HMI_SOURCE_TRAIT,    /* the observable of a trait whose evidence may not be named */
    HMI_SOURCE_CLAIM,
    HMI_SOURCE_METHOD,
    HMI_SOURCE_LIST /* the advisory's own list of evidence */
} hmi_source_kind;

typedef struct hmi_source {
    hmi_source_kind kind;
    const hmi_evidence *evidence;
    uint64_t offset;
    hm_text id; /* of the observable */
    const hmi_told *claim;
} hmi_source;

typedef struct hmi_citing {
    const hmi_advisory *advisory;
    hmi_page *page;
    hmi_source *sources;
    size_t count, capacity;
    const hmi_evidence *evidence; /* of the incident, what may be named */
    size_t evidence_count;
} hmi_citing;

/* Writes the mark of a source, new or known. */
int hmi_cite(hmi_citing *c, const hmi_source *source, hm_err *err);
/* Cites where a trait was seen in an incident, or its observable. `evidence` are the pieces that
 * may be named. */
int hmi_cite_trait(hmi_citing *c, int64_t incident, const hmi_evidence *evidence, size_t count,
                   int64_t trait, hmi_class class_id, hm_text value, hm_err *err);
int hmi_cite_seen(hmi_citing *c, const hmi_evidence *evidence, size_t count, const hmi_seen *seen,
                  size_t seen_count, hmi_class class_id, hm_text value, hm_err *err);
/* The list at the end. */
void hmi_cite_list(hmi_citing *c);

#endif
