/* SPDX-License-Identifier: Apache-2.0
 *
 * given.h - where the memory of what was given lies: entries and what is made from them.
 *
 * This header only keeps and finds; what an entry says, its chain and its signature are the
 * business of the room given/. Entries are only ever appended: there is no function that changes or
 * removes one. Ids are compared byte by byte: hand them over in lower case.
 *
 * Writing: hmi_given_begin gives the newest entry under the write lock; then entries and what is
 * made from them; then commit (on the disk) or abandon (nothing of it).
 */
#ifndef HMI_CASEBOOK_GIVEN_H
#define HMI_CASEBOOK_GIVEN_H

#include "casebook/store.h"

enum { HMI_GIVEN_SIGNATURE = 64 };

typedef struct hmi_given_row {
    uint64_t seq; /* 1, 2, ... without a gap */
    int64_t at_us;
    hm_text kind, partner, incident; /* as in the entry, to be found quickly; may be empty */
    hm_bytes entry;
    hmi_sha256 hash;
    uint8_t signature[HMI_GIVEN_SIGNATURE];
} hmi_given_row;

/* One version of one object that a partner holds. */
typedef struct hmi_given_copy {
    hm_text stix_id, partner, incident, modified;
    hmi_sha256 sha256; /* of the bytes that left */
    uint64_t seq;      /* of the entry that says so */
} hmi_given_copy;

typedef struct hmi_obligation {
    uint64_t recall; /* seq of the entry that began it */
    hm_text partner;
    int64_t due_us;
    uint64_t sent, acknowledged; /* seq of the entries that say so, 0: none */
} hmi_obligation;

/* seq 0 and a hash of zeros while there is no entry. */
int hmi_given_begin(hmi_store *store, uint64_t *ret_seq, hmi_sha256 *ret_hash, hm_err *err);
int hmi_given_put(hmi_store *store, const hmi_given_row *row, hm_err *err);
/* Idempotent: the first entry that gave a copy stays named. */
int hmi_given_copy_put(hmi_store *store, const hmi_given_copy *copy, hm_err *err);
int hmi_recalled_put(hmi_store *store, uint64_t recall, hm_text stix_id, hm_err *err);
int hmi_obligation_put(hmi_store *store, uint64_t recall, hm_text partner, int64_t due_us,
                       hm_err *err);
/* HM_E_NOT_FOUND when there is no such obligation. */
int hmi_obligation_mark(hmi_store *store, uint64_t recall, hm_text partner, bool acknowledged,
                        uint64_t seq, hm_err *err);
int hmi_given_commit(hmi_store *store, hm_err *err);
void hmi_given_abandon(hmi_store *store);

int hmi_given_head(hmi_store *store, uint64_t *ret_seq, hmi_sha256 *ret_hash, hm_err *err);
/* Every entry in order. What `each` is shown is lent until it returns; a negative code ends it. */
int hmi_given_walk(hmi_store *store, int (*each)(void *with, const hmi_given_row *row, hm_err *err),
                   void *with, hm_err *err);
/* HM_E_NOT_FOUND. */
int hmi_given_get(hmi_store *store, hmi_arena *arena, uint64_t seq, hmi_given_row *ret,
                  hm_err *err);
/* Copies of an object, and copies given for an incident. */
int hmi_given_copies(hmi_store *store, hmi_arena *arena, hm_text stix_id, hmi_given_copy **ret,
                     size_t *ret_count, hm_err *err);
int hmi_given_incident_copies(hmi_store *store, hmi_arena *arena, hm_text incident,
                              hmi_given_copy **ret, size_t *ret_count, hm_err *err);
/* Does this partner hold these very bytes, given for whatever incident? */
int hmi_given_holds(hmi_store *store, const hmi_given_copy *copy, bool *ret, hm_err *err);
/* The entry that this copy, incident included, is said to come from; 0: no such copy. */
int hmi_given_copy_entry(hmi_store *store, const hmi_given_copy *copy, uint64_t *ret_seq,
                         hm_err *err);
int hmi_is_recalled(hmi_store *store, hm_text stix_id, bool *ret, hm_err *err);
/* What one recall calls back. */
int hmi_recalled_list(hmi_store *store, hmi_arena *arena, uint64_t recall, hm_text **ret,
                      size_t *ret_count, hm_err *err);
/* What was called back by entries later than `since`, and the newest of those, or `since`. */
int hmi_recalled_since(hmi_store *store, hmi_arena *arena, uint64_t since, hm_text **ret,
                       size_t *ret_count, uint64_t *ret_newest, hm_err *err);
/* All, by recall and partner. */
int hmi_obligations(hmi_store *store, hmi_arena *arena, hmi_obligation **ret, size_t *ret_count,
                    hm_err *err);
/* Entries of a kind that name a partner, since a moment: how many. */
int hmi_given_count(hmi_store *store, hm_text kind, hm_text partner, int64_t since_us,
                    uint64_t *ret, hm_err *err);
typedef struct hmi_given_totals {
    uint64_t entries, copies, recalled, obligations;
} hmi_given_totals;
int hmi_given_totals_get(hmi_store *store, hmi_given_totals *ret, hm_err *err);

#endif
