/* SPDX-License-Identifier: Apache-2.0
 *
 * release.h - the one function that decides what leaves: docs/RELEASE.md in C.
 *
 * Pure: no clock, no file, no randomness. The same objects, partner, purpose and policy give the
 * same answer, and what is held has no influence on the bytes that leave.
 */
#ifndef HMI_SHARE_RELEASE_H
#define HMI_SHARE_RELEASE_H

#include "base/buf.h"
#include "share/policy.h"

typedef enum hmi_answer { HMI_RELEASE, HMI_REDACT, HMI_HOLD } hmi_answer;

/* In the order in which they are reported. */
typedef enum hmi_rule {
    HMI_RULE_MALFORMED,
    HMI_RULE_NO_MARKING,
    HMI_RULE_UNKNOWN_MARKING,
    HMI_RULE_TLP_RED,
    HMI_RULE_TLP_AMBER_STRICT,
    HMI_RULE_TLP_AMBER,
    HMI_RULE_TLP_GREEN,
    HMI_RULE_PAP,
    HMI_RULE_RELEASABLE,
    HMI_RULE_STATEMENT,
    HMI_RULE_TOO_OPEN,
    HMI_RULE_REDACTION,
    HMI_RULE_REFERENCE,
    HMI_RULE_UNREFERENCED,
    HMI_RULE_ALLOWED,
    HMI_RULE_COUNT
} hmi_rule;

/* A top-level property that went, or lost an element. */
typedef struct hmi_gone {
    hm_text property;
    bool whole;
} hmi_gone;

typedef struct hmi_release_object {
    hm_bytes raw; /* given: one STIX object, borrowed */
    /* answered */
    hmi_answer answer;
    hmi_rule rule;
    hm_text id, type, modified; /* in the arena; NULL when malformed */
    hm_bytes out;               /* what leaves: `raw` itself, or redacted bytes in the arena */
    hmi_gone *gone;
    size_t gone_count;
    const hm_text *names; /* every id that it names: references, markings, extensions; lower case */
    size_t name_count;
} hmi_release_object;

/* What has left for this partner already, outside the set that is decided about: a collection
 * that grows is decided about part by part. */
typedef struct hmi_release_world {
    void *user;
    bool (*leaves)(void *user, hm_text id);   /* an object with this id has left */
    bool (*redacted)(void *user, hm_text id); /* ... one with something taken out */
    bool (*used)(void *user, hm_text id);     /* ... one that uses the definition with this id */
} hmi_release_world;

enum { HMI_RELEASE_OBJECTS_MAX = 1 << 20 };

/* Decides about a set of objects together: references among them count. HM_E_LIMIT, HM_E_MEMORY:
 * then nothing may leave. */
int hmi_release(const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                hmi_release_object *objects, size_t count, hmi_arena *arena, hm_err *err);
/* The same beside what has left before: references to that may stay, and definitions among it are
 * in use. */
int hmi_release_beside(const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                       const hmi_release_world *world, hmi_release_object *objects, size_t count,
                       hmi_arena *arena, hm_err *err);
/* Appends the bundle of what leaves, ordered. */
int hmi_release_bundle(const hmi_release_object *objects, size_t count, hmi_arena *arena,
                       hmi_buf *out, hm_err *err);
const char *hmi_rule_name(hmi_rule rule);
const char *hmi_answer_name(hmi_answer answer);

#endif
