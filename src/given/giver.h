/* SPDX-License-Identifier: Apache-2.0
 *
 * giver.h - the memory of what was given: nothing leaves without an entry.
 *
 *     hmi_giver *giver = NULL;
 *     hmi_giver_open(store, &giver, err);
 *     hmi_give(giver, &giving, &seq, err);      HM_OK: the entry is on the disk: now hand it out
 *     hmi_giver_close(giver);
 *
 * Entries are texts, each holding the hash of the one before it, each signed with the casebook's
 * Ed25519 key (a file in the casebook, made with the first entry; $HALLMARK_SIGNING_KEY names
 * another place). Where the key cannot be read nothing can be entered, and so nothing may leave.
 * After each entry the log's head is remembered outside the casebook (head.h).
 *
 * Threads: one hmi_giver per hmi_store, so one per thread. Several processes may append.
 */
#ifndef HMI_GIVEN_GIVER_H
#define HMI_GIVEN_GIVER_H

#include "casebook/given.h"

enum {
    HMI_GIVING_ENTRY_OBJECTS_MAX = 65536, /* more are spread over several entries */
    HMI_GIVEN_TEXT_MAX = 4000             /* a reason, a name, the words of an acknowledgement */
};

typedef struct hmi_giver hmi_giver;

int hmi_giver_open(hmi_store *store, hmi_giver **ret_giver, hm_err *err);
void hmi_giver_close(hmi_giver *giver);
/* Why the head could not be remembered outside the casebook; NULL while it could. */
const char *hmi_giver_warning(const hmi_giver *giver);
hmi_store *hmi_giver_store(const hmi_giver *giver);
/* 32 bytes. */
hm_bytes hmi_giver_public_key(const hmi_giver *giver);
/* 64 bytes over `message` with the casebook's key; `domain` says what is signed, so that a
 * signature of one kind never passes for another. */
void hmi_giver_sign(const hmi_giver *giver, const char *domain, hm_bytes message,
                    uint8_t ret_signature[HMI_GIVEN_SIGNATURE]);
bool hmi_signature_good(hm_bytes public_key, const char *domain, hm_bytes message,
                        const uint8_t signature[HMI_GIVEN_SIGNATURE]);

typedef struct hmi_giving_object {
    hm_text id, modified; /* modified is empty for what has no versions */
    hm_text answer, rule; /* what the release rules said */
    hm_bytes bytes;       /* as they leave */
} hmi_giving_object;

typedef struct hmi_giving {
    hm_text partner_id;   /* UUID, as in the policy */
    hm_text partner_name; /* for people */
    hm_text incident;     /* its name; empty when it was given for none */
    hm_text channel;      /* "file", "taxii", "misp", ... */
    hm_text purpose;
    const hmi_giving_object *objects;
    size_t count;
    /* Leave out what this partner holds already in these very bytes, and make no entry when nothing
     * is left: for servers, which give the same page again and again. */
    bool skip_held;
} hmi_giving;

/* *ret_seq: the (last) entry; 0 when skip_held left nothing. */
int hmi_give(hmi_giver *giver, const hmi_giving *giving, uint64_t *ret_seq, hm_err *err);
/* What entry `seq` announced did not leave, or not whole: says so, never removes it. */
int hmi_give_failed(hmi_giver *giver, uint64_t seq, hm_text why, hm_err *err);
/* Was an object with this id called back? Ids are compared without regard to case; anything else
 * than an id is not. */
int hmi_object_is_recalled(hmi_store *store, hm_text stix_id, bool *ret, hm_err *err);
/* An entry of another room: `body` is the inside of a JSON object, '"a":1,"b":2', written by us. */
int hmi_give_note(hmi_giver *giver, const char *kind, hm_text partner_id, hm_text body,
                  uint64_t *ret_seq, hm_err *err);

#endif
