/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of this room share: an entry being written.
 *
 * An entry is one line of JSON: {"hallmark":"given 1","seq":..,"prev":"..","at":"..","kind":"..",
 * "partner":"..", ...}. Its hash is SHA-256 over its bytes; as `prev` stands inside, the hash of
 * one entry fixes all before it.
 */
#ifndef HMI_GIVEN_INSIDE_H
#define HMI_GIVEN_INSIDE_H

#include "base/error.h"
#include "base/json.h"
#include "given/giver.h"

enum { HMI_GIVEN_KEY = 32, HMI_GIVEN_SECRET = 64, HMI_STIX_ID_BYTES_MAX = 300 };
#define HMI_ENTRY_FORM "given 1"
#define HMI_ENTRY_DOMAIN "hallmark given 1"

struct hmi_giver {
    hmi_store *store;
    uint8_t public_key[HMI_GIVEN_KEY], secret[HMI_GIVEN_SECRET];
    char *warning;
    bool begun; /* a transaction of ours is open */
    uint64_t seq;
    hmi_sha256 hash; /* of the newest entry */
};

typedef struct hmi_draft {
    hmi_buf buf;
    hmi_json_writer w;
    uint64_t seq;
    int64_t at_us;
    hm_text kind, partner, incident; /* borrowed */
} hmi_draft;

/* Begins a transaction; several entries may follow. On failure nothing is open. */
int hmi_giver_begin(hmi_giver *giver, hm_err *err);
/* Opens the entry's object and writes what each has. */
void hmi_draft_begin(hmi_giver *giver, hmi_draft *draft, const char *kind, hm_text partner,
                     hm_text incident);
/* Closes, hashes, signs, stores. Frees the draft either way. */
int hmi_draft_end(hmi_giver *giver, hmi_draft *draft, hm_err *err);
/* Commits when `code` is HM_OK and remembers the head, else undoes all; returns what came of it. */
int hmi_giver_end(hmi_giver *giver, int code, hm_err *err);
/* Lower case: ids are compared without regard to it. */
hm_text hmi_id_lower(hmi_arena *arena, hm_text id);

#endif
