/* SPDX-License-Identifier: Apache-2.0
 *
 * hallmark/casebook.h - incidents, their evidence, and the question what they have in common.
 *
 *     hm_err err;
 *     hm_casebook *casebook;
 *     const char *paths[] = { "evidence/" };
 *     if (hm_casebook_open("casebook", &casebook, &err) == HM_OK) {
 *         hm_casebook_add(casebook, "seoul-2013", paths, 1, NULL, &err);
 *         hm_finding *finding;
 *         if (hm_compare(casebook, "culver-city-2014", &finding, &err) == HM_OK) {
 *             puts(hm_finding_json(finding));
 *             hm_finding_free(finding);
 *         }
 *         hm_casebook_close(casebook);
 *     }
 *
 * Evidence is parsed in separate processes that can open no file and no connection (the program
 * hallmark-worker, found beside the library's users or in its own place). Nothing is ever run,
 * nothing is sent anywhere.
 *
 * Strings are NUL-terminated UTF-8 unless said otherwise; paths are the system's bytes.
 * Threads: one thread per casebook; open the same casebook again for another thread.
 */
#ifndef HALLMARK_CASEBOOK_H
#define HALLMARK_CASEBOOK_H

#include <hallmark/base.h>

HM_BEGIN_DECLS

/* "0.1.0" */
HM_API const char *hm_version(void);

typedef struct hm_casebook hm_casebook;

/* Makes an empty casebook at a directory that is absent or empty. HM_E_EXISTS otherwise. */
HM_API int hm_casebook_create(const char *path, hm_err *err);
/* *ret_casebook is yours: hm_casebook_close(). HM_E_NOT_FOUND, HM_E_CORRUPT, HM_E_UNSUPPORTED when
 * it was written by a newer version. */
HM_API int hm_casebook_open(const char *path, hm_casebook **ret_casebook, hm_err *err);
HM_API void hm_casebook_close(hm_casebook *casebook); /* NULL is fine */

/* What became of a batch. Pieces are files and the files inside them. */
typedef struct hm_add_totals {
    uint64_t files, pieces;
    uint64_t read, partial, known, unknown, bad, skipped;
    uint64_t bytes, traits;
} hm_add_totals;

/* Reads everything under `paths` into the incident, which is made if it is new. A piece that cannot
 * be read costs itself alone and is counted as bad; what was acknowledged is on the disk even when
 * the call fails later. `ret_totals` may be NULL; it is filled also on failure. */
HM_API int hm_casebook_add(hm_casebook *casebook, const char *incident, const char *const *paths,
                           size_t path_count, hm_add_totals *ret_totals, hm_err *err);
/* Learns what is common from harmless files. Goes on where an earlier call stopped. */
HM_API int hm_casebook_learn(hm_casebook *casebook, const char *const *paths, size_t path_count,
                             hm_add_totals *ret_totals, hm_err *err);

/* The answer to "what does it share with the incidents already known, and how rare is that?" */
typedef struct hm_finding hm_finding;

/* HM_E_NOT_FOUND when there is no such incident. *ret_finding is yours: hm_finding_free(). */
HM_API int hm_compare(hm_casebook *casebook, const char *incident, hm_finding **ret_finding,
                      hm_err *err);
HM_API void hm_finding_free(hm_finding *finding); /* NULL is fine */

/* A finding never changes: any number of threads may read it. What it lends is lent until
 * hm_finding_free(). */

/* One incident that shares something, best first. */
typedef struct hm_match {
    const char *incident;
    double bits;       /* log2 of the likelihood ratio "same origin" against "unrelated" */
    const char *words; /* the same on the ENFSI verbal scale */
    int related;       /* whether it reaches the threshold by more than what is easy to plant */
    size_t hallmarks;  /* how many are listed */
} hm_match;

/* One shared, rare trait. */
typedef struct hm_hallmark {
    const char *trait_class; /* "function", "domain" ... */
    const char *value;
    double bits;
    double similarity; /* 1 when equal, less when alike */
    uint64_t incidents, incidents_all;
    uint64_t baseline, baseline_all;
} hm_hallmark;

HM_API size_t hm_finding_matches(const hm_finding *finding);
/* HM_E_MISUSE when there is no such index. */
HM_API int hm_finding_match(const hm_finding *finding, size_t index, hm_match *ret_match);
HM_API int hm_finding_hallmark(const hm_finding *finding, size_t match, size_t index,
                               hm_hallmark *ret_hallmark);
/* The whole finding as one JSON object; its members are described in docs/JSON.md. */
HM_API const char *hm_finding_json(const hm_finding *finding);

/* ---- Answers as JSON
 *
 * One object, NUL-terminated UTF-8, with the members that the program's --json gives (docs/JSON.md;
 * the schemas lie in share/hallmark/schemas). Each *ret_json is yours: hm_free(). */

/* Frees what a function of this library handed over; NULL is fine. */
HM_API void hm_free(void *answer);

/* Every incident, by name. Since 0.1. */
HM_API int hm_incidents_json(hm_casebook *casebook, char **ret_json, hm_err *err);
/* An incident's traits, of one class ("domain", "function" ...) or, with NULL, of all.
 * HM_E_NOT_FOUND when there is no such incident, HM_E_MISUSE when there is no such class. Since
 * 0.1. */
HM_API int hm_traits_json(hm_casebook *casebook, const char *incident, const char *trait_class,
                          char **ret_json, hm_err *err);
/* Who holds this value, and how common is it in the harmless world? As one class, or, with NULL, as
 * every class in which it can be written; defanged spellings are understood. A value that nobody
 * holds is an answer with an empty "found". A trait that more than 1000 incidents hold is
 * "too_many", and its holders are not listed. Since 0.1. */
HM_API int hm_search_json(hm_casebook *casebook, const char *trait_class, const char *value,
                          char **ret_json, hm_err *err);

typedef struct hm_attribute_options {
    uint32_t version;       /* 0 */
    const char *statements; /* a file, INCIDENT <tab> ACTOR [<tab> DAY] a line; NULL: what published
                               intelligence in the evidence claims */
    int uniform_prior;      /* every actor alike before the evidence */
} hm_attribute_options;

/* Whose may it be? "None that I know" is an answer: it is the member "none". `options` may be NULL.
 * HM_E_NOT_FOUND when there is no such incident or no such file. Since 0.1. */
HM_API int hm_attribute_json(hm_casebook *casebook, const char *incident,
                             const hm_attribute_options *options, char **ret_json, hm_err *err);

HM_END_DECLS

#endif
