/* SPDX-License-Identifier: Apache-2.0
 *
 * entry.h - an entry of the memory, read back.
 */
#ifndef HMI_GIVEN_ENTRY_H
#define HMI_GIVEN_ENTRY_H

#include "base/json.h"
#include "casebook/given.h"

typedef struct hmi_entry_object {
    hm_text id, modified, answer, rule;
    hmi_sha256 sha256;
} hmi_entry_object;

typedef struct hmi_entry_debtor {
    hm_text partner;
    int64_t due_us;
} hmi_entry_debtor;

typedef struct hmi_entry {
    uint64_t seq;
    hmi_sha256 prev;
    int64_t at_us;
    hm_text kind, partner, incident;
    hm_text name, channel, purpose; /* release; NULL in others, as all below */
    hm_text reason;                 /* recall; why (failed); words (acknowledged) */
    uint64_t of;                    /* failed, sent, acknowledged: the entry it is about */
    hmi_entry_object *objects;      /* release: all members; recall: the id alone */
    size_t object_count;
    hmi_entry_debtor *debtors; /* recall */
    size_t debtor_count;
    hm_text public_key; /* key */
} hmi_entry;

/* HM_E_CORRUPT when the text is no entry. Everything lives in the arena. */
int hmi_entry_read(hmi_json *json, hm_bytes text, hmi_arena *arena, hmi_entry *ret, hm_err *err);

#endif
