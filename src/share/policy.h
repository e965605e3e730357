/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.h - who the partners are and what they may have beyond the rules; docs/RELEASE.md is the
 * promise.
 */
#ifndef HMI_SHARE_POLICY_H
#define HMI_SHARE_POLICY_H

#include "base/arena.h"
#include "base/bytes.h"

enum { HMI_POLICY_BYTES_MAX = 16 << 20, HMI_POLICY_LINES_MAX = 100000 };

typedef enum hmi_partner_kind {
    HMI_PARTNER_OWN,
    HMI_PARTNER_CLIENT,
    HMI_PARTNER_COMMUNITY,
    HMI_PARTNER_PUBLIC
} hmi_partner_kind;

typedef enum hmi_purpose {
    HMI_PURPOSE_DETECT,
    HMI_PURPOSE_RESPOND,
    HMI_PURPOSE_INFORM,
    HMI_PURPOSE_PUBLISH,
    HMI_PURPOSE_COUNT
} hmi_purpose;

typedef struct hmi_partner {
    hm_text name, id; /* the id is a UUID: names are for people */
    hmi_partner_kind kind;
    const hm_text *groups;
    size_t group_count;
} hmi_partner;

/* A line that is about one marking. */
typedef struct hmi_marking_line {
    hm_text id;
    bool deny;            /* statement */
    const hm_text *uuids; /* releasable */
    size_t uuid_count;
} hmi_marking_line;

/* What a partner signs with: Ed25519. */
typedef struct hmi_key_line {
    hm_text partner; /* UUID */
    uint8_t key[32];
} hmi_key_line;

typedef struct hmi_policy {
    hmi_key_line *keys;
    size_t key_count;
    hmi_partner *partners;
    hmi_marking_line *statements, *releasables;
    hm_text *red, *known;
    hm_text unmarked; /* NULL: no line */
    size_t partner_count, statement_count, releasable_count, red_count, known_count;
} hmi_policy;

/* HM_E_MALFORMED with the line's number in the sentence and its byte as offset. Everything lives
 * in the arena; nothing of `text` is kept. */
int hmi_policy_read(hm_bytes text, hmi_arena *arena, hmi_policy *ret, hm_err *err);
/* By name or id; NULL when there is none. */
const hmi_partner *hmi_policy_partner(const hmi_policy *policy, hm_text name_or_id);
const hmi_marking_line *hmi_policy_statement(const hmi_policy *policy, hm_text id);
const hmi_marking_line *hmi_policy_releasable(const hmi_policy *policy, hm_text id);
/* The 32 bytes of a partner's public key, by its id; NULL when there is no line. */
const uint8_t *hmi_policy_key(const hmi_policy *policy, hm_text partner_id);
bool hmi_policy_has(const hm_text *list, size_t count, hm_text id);
bool hmi_purpose_find(hm_text name, hmi_purpose *ret);

#endif
