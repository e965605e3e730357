/* SPDX-License-Identifier: Apache-2.0
 *
 * claims.h - who says what about whose it is: the ledger's rows and what documents claim, in one
 * list by date.
 *
 * A document's claims are STIX objects with an author: relationships attributed-to and related-to
 * between an incident or campaign and an actor, opinions about those or about what we told, notes
 * and reports that name an actor. An object counts for an incident when it came with its evidence,
 * or names the incident (or what was told of it) by its id. Nothing here is ever weighed.
 */
#ifndef HMI_TELL_CLAIMS_H
#define HMI_TELL_CLAIMS_H

#include "base/json.h"
#include "casebook/store.h"

enum { HMI_CLAIMS_MAX = 10000, HMI_CLAIM_REFS_MAX = 1000 };

typedef struct hmi_told {
    hm_text id;       /* of the claim, or of the object that makes it */
    hm_text type;     /* "ledger", "relationship", "opinion", "note", "report" */
    int64_t incident; /* what it is about; 0: an actor */
    hm_text about;    /* the incident's name, or the actor's */
    hm_text relation; /* "attributed-to", "related-to" */
    hm_text target;
    hm_text publisher; /* "(no author)" when the document names none */
    hm_text said;      /* RFC 3339 day or moment; may be empty */
    int opinion;       /* 1 .. 5 */
    int confidence;    /* -1: not stated */
    hm_text grade, ground, source;
    bool has_document;
    hmi_sha256 document; /* the evidence it stands in, or the document the analyst named */
    bool withdrawn;
    hm_text withdrawn_why;
    hm_bytes raw; /* the object's bytes; empty for the ledger's */
} hmi_told;

typedef struct hmi_told_list {
    hmi_told *list;
    size_t count;
    bool cut; /* there are more than HMI_CLAIMS_MAX */
} hmi_told_list;

/* All about one incident; withdrawn and revoked ones are marked, not left out. */
int hmi_claims_of(hmi_store *store, hmi_arena *arena, const hmi_incident *incident,
                  hmi_told_list *ret, hm_err *err);
/* The whole ledger and every claim in any document. */
int hmi_claims_all(hmi_store *store, hmi_arena *arena, hmi_told_list *ret, hm_err *err);

/* "strongly-disagree" ... "strongly-agree", as STIX has them; 0 when the word is none. */
int hmi_opinion_of(hm_text word);
const char *hmi_opinion_name(int opinion);
/* One sentence without a full stop: FBI on 2014-12-19 says that "culver-city-2014" is ... */
hm_text hmi_told_sentence(hmi_arena *arena, const hmi_told *told);
void hmi_told_json(hmi_json_writer *w, const hmi_told *told);
/* An array of all. */
void hmi_told_list_json(hmi_json_writer *w, const hmi_told_list *list);

/* Ids of what we tell of an incident: the same for the same casebook's incident, always. `what`
 * is "grouping", "note", "relationship"; `actor` may be empty. Appends "type--uuid". */
void hmi_told_id(hm_text incident_id, const char *what, hm_text actor, hmi_buf *out);

#endif
