/* SPDX-License-Identifier: Apache-2.0
 *
 * finder.h - which values, names of evidence and notes hold some text, as fast as one types.
 *
 * An index of triples of letters (SQLite's FTS5) over traits of words, names and notes, kept in
 * page/search.db, brought up to date by a thread of its own and made again whenever it is not that
 * of this casebook. What it proposes is looked at in the casebook before it is told. Values that
 * are digests are found whole, without it.
 *
 * Threads: any number may ask.
 */
#ifndef HMI_API_FINDER_H
#define HMI_API_FINDER_H

#include "base/log.h"
#include "casebook/store.h"

enum {
    HMI_FIND_LETTERS_MIN = 3,
    HMI_FIND_MAX = 200,             /* values looked at that match */
    HMI_FIND_CANDIDATES_MAX = 2000, /* proposed by the index */
    HMI_FIND_INCIDENTS_MAX = 1000,  /* of one trait */
    HMI_FIND_TEXT_MAX = 512         /* bytes of a value or name that are indexed */
};

typedef struct hmi_finder hmi_finder;

typedef enum hmi_found_kind { HMI_FOUND_TRAIT, HMI_FOUND_EVIDENCE, HMI_FOUND_NOTE } hmi_found_kind;
const char *hmi_found_kind_name(hmi_found_kind kind);

typedef struct hmi_found {
    hmi_found_kind kind;
    hmi_class class_id;
    int64_t trait, incident, evidence; /* 0: not of this kind */
    hm_bytes text;
} hmi_found;

typedef struct hmi_found_pair {
    int64_t incident;
    size_t found;
} hmi_found_pair;

typedef struct hmi_found_list {
    hmi_found *list;
    size_t count;
    bool more;          /* the index proposed more than was looked at */
    int64_t *incidents; /* that hold any of them, ascending */
    size_t incident_count;
    hmi_found_pair *pairs; /* in order of incident */
    size_t pair_count;
} hmi_found_list;

typedef struct hmi_finder_facts {
    bool ready; /* nothing waits to be indexed */
    uint64_t indexed;
} hmi_finder_facts;

/* Starts the thread. `log` may be NULL. */
int hmi_finder_open(const char *casebook, const hmi_log *log, hmi_finder **ret, hm_err *err);
void hmi_finder_close(hmi_finder *finder);
/* Everything that holds the text, in any case; nothing below HMI_FIND_LETTERS_MIN letters. */
int hmi_find_texts(hmi_finder *finder, hmi_store *store, hmi_arena *arena, hm_text needle,
                   size_t max, hmi_found_list *ret, hm_err *err);
/* And the incidents that hold any of it. */
int hmi_find_incidents(hmi_finder *finder, hmi_store *store, hmi_arena *arena, hm_text needle,
                       hmi_found_list *ret, hm_err *err);
/* Waits until what is stored now is indexed: for tests and measurements. */
int hmi_finder_wait(hmi_finder *finder, hm_err *err);
void hmi_finder_facts_get(hmi_finder *finder, hmi_finder_facts *ret);

#endif
