/* SPDX-License-Identifier: Apache-2.0
 *
 * release_set.h - what the files that decide releases share. Only release*.c use it.
 */
#ifndef HMI_SHARE_RELEASE_SET_H
#define HMI_SHARE_RELEASE_SET_H

#include "base/json.h"
#include "share/marking.h"
#include "share/release.h"
#include "share/stix_check.h"

enum { HMI_WHOLE_PROPERTY = -1, HMI_NO_ID = UINT32_MAX };

/* What a marking definition says. */
typedef enum hmi_mark_kind { HMI_MARK_UNKNOWN, HMI_MARK_STATEMENT, HMI_MARK_PAP } hmi_mark_kind;
typedef struct hmi_mark {
    hm_text id;
    hmi_mark_kind kind;
    int level; /* of PAP: 0 clear, 1 green, 2 amber, 3 red */
} hmi_mark;

typedef struct hmi_granular {
    hm_text marking;
    hm_text property; /* the first step of one selector */
    bool deeper;      /* the selector goes into it */
    bool gone;        /* the marking says no */
} hmi_granular;

typedef struct hmi_reference {
    hm_text target;
    hm_text property;
    int64_t element; /* of a top-level list, or HMI_WHOLE_PROPERTY */
    uint32_t id;     /* number of the target among the ids of the set, or HMI_NO_ID */
    bool gone;
} hmi_reference;

typedef struct hmi_release_item {
    hmi_release_object *object;
    bool definition; /* marking-definition or extension-definition */
    uint32_t id;
    hm_text *markings;
    size_t marking_count;
    hmi_granular *granulars;
    size_t granular_count;
    hmi_reference *references;
    size_t reference_count;
    hm_text *extensions; /* keys of "extensions" */
    size_t extension_count;
} hmi_release_item;

typedef struct hmi_release_run {
    const hmi_policy *policy;
    const hmi_partner *partner;
    hmi_purpose purpose;
    const hmi_release_world *world; /* NULL: nothing has left before */
    hmi_arena *arena;
    hmi_json *json;
    hmi_stix_checker *checker;
    hmi_release_item *items;
    size_t count;
    hmi_mark *marks; /* sorted by id, one each */
    size_t mark_count;
    hm_err *err;
} hmi_release_run;

/* release_gather.c: everything that a decision needs to know about one object. A malformed one is
 * answered so; an error is only for memory. `ret_mark` gets a meaning when it is a marking
 * definition (kind UNKNOWN when none is understood), .id.ptr == NULL otherwise. */
int hmi_release_gather(hmi_release_run *run, hmi_release_item *item, hmi_mark *ret_mark);
/* release.c: the first rule that says no, or HMI_RULE_ALLOWED. */
hmi_rule hmi_release_judge(const hmi_release_run *run, const hm_text *markings, size_t count,
                           bool granular);
/* release.c: what one object's own markings say; notes which properties must go. */
void hmi_release_judge_item(hmi_release_run *run, hmi_release_item *item);
/* release_web.c: decides about all of them together. */
int hmi_release_settle(hmi_release_run *run);
/* release_redact.c: takes out what is marked gone; answers hold, redact or release. */
int hmi_release_redact(hmi_release_run *run, hmi_release_item *item);

#endif
