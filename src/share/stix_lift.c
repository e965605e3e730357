/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_lift.c - what changed between STIX 2.0 and 2.1, undone.
 *
 * WHY    Years of reports are STIX 2.0, and a bundle of 2.1 may hold them as they are (STIX 2.1,
 *        3.2). Whoever checks or forwards them needs to know what they say in today's words.
 * FORM   The changes of STIX 2.1 (appendix "Revision history", and each object's section):
 *          every object                 "spec_version": "2.1"
 *          indicator, malware, report,  the words of "labels" become "indicator_types",
 *          threat-actor, tool           "malware_types", ...
 *          indicator                    "pattern_type": "stix"
 *          malware                      "is_family": 2.0 does not say; false claims less
 *          observed-data, in "objects"  process "binary_ref" is "image_ref", user-account
 *                                       "password_last_changed" is "credential_last_changed"
 *          bundle                       has no "spec_version" any more
 *        What 2.1 left out (process "name" and "arguments", for instance) stays as a custom
 * property. TRUST  Parsed JSON of anybody's. Members are copied as they came. OWNS   Nothing.
 */
#include "share/stix_lift.h"

#include "base/error.h"

typedef struct version {
    const char *type;
    const char *words; /* what "labels" is called now; NULL: as before */
} version;

/* All types of 2.0. */
static const version TYPES[] = {
    { "attack-pattern", NULL },
    { "campaign", NULL },
    { "course-of-action", NULL },
    { "identity", NULL },
    { "indicator", "indicator_types" },
    { "intrusion-set", NULL },
    { "malware", "malware_types" },
    { "marking-definition", NULL },
    { "observed-data", NULL },
    { "relationship", NULL },
    { "report", "report_types" },
    { "sighting", NULL },
    { "threat-actor", "threat_actor_types" },
    { "tool", "tool_types" },
    { "vulnerability", NULL },
};

static const version *version_of(hmi_value object, hmi_arena *arena)
{
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), arena);
    for (size_t i = 0; i < HMI_COUNT(TYPES); i++) {
        if (hmi_text_is(type, TYPES[i].type)) {
            return &TYPES[i];
        }
    }
    return NULL;
}

bool hmi_stix_is_20(hmi_value object, hmi_arena *arena)
{
    hmi_value said = hmi_json_get(object, "spec_version");
    if (hmi_json_is(said) && !hmi_text_is(hmi_json_text(said, arena), "2.0")) {
        return false;
    }
    return version_of(object, arena) != NULL;
}

static bool has(hmi_value object, const char *key)
{
    return hmi_json_is(hmi_json_get(object, key));
}

/* One observable of an observed-data's container. */
static void lift_contained(hmi_json_writer *w, hmi_value object, hmi_arena *arena)
{
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), arena);
    bool process = hmi_text_is(type, "process"), account = hmi_text_is(type, "user-account");
    hmi_json_open_object(w);
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, arena);
        if (process && hmi_text_is(key, "binary_ref") && !has(object, "image_ref")) {
            key = HM_TEXT("image_ref");
        } else if (account && hmi_text_is(key, "password_last_changed") &&
                   !has(object, "credential_last_changed")) {
            key = HM_TEXT("credential_last_changed");
        }
        hmi_json_put_key(w, key);
        hmi_json_put_raw(w, hmi_json_raw(v));
    }
    hmi_json_close_object(w);
}

static void lift_container(hmi_json_writer *w, hmi_value container, hmi_arena *arena)
{
    hmi_json_open_object(w);
    for (hmi_value v = hmi_json_first(container); hmi_json_is(v); v = hmi_json_next(v)) {
        hmi_json_put_key(w, hmi_json_key(v, arena));
        if (hmi_json_kind_of(v) == HMI_JSON_OBJECT) {
            lift_contained(w, v, arena);
        } else {
            hmi_json_put_raw(w, hmi_json_raw(v));
        }
    }
    hmi_json_close_object(w);
}

static void lift_member(hmi_json_writer *w, hmi_value object, hmi_value value, hm_text key,
                        const version *as, hmi_arena *arena)
{
    bool words = as->words != NULL && hmi_text_is(key, "labels") && !has(object, as->words);
    hmi_json_put_key(w, words ? hmi_text_of(as->words) : key);
    if (hmi_text_is(key, "objects") && hmi_text_is(hmi_text_of(as->type), "observed-data") &&
        hmi_json_kind_of(value) == HMI_JSON_OBJECT) {
        lift_container(w, value, arena);
    } else {
        hmi_json_put_raw(w, hmi_json_raw(value));
    }
}

static void lift_object(hmi_json_writer *w, hmi_value object, const version *as, hmi_arena *arena)
{
    hmi_json_open_object(w);
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, arena);
        if (hmi_text_is(key, "spec_version")) {
            continue;
        }
        lift_member(w, object, v, key, as, arena);
        if (hmi_text_is(key, "type")) {
            hmi_json_member_text(w, "spec_version", HM_TEXT("2.1"));
        }
    }
    if (hmi_text_is(hmi_text_of(as->type), "indicator") && !has(object, "pattern_type")) {
        hmi_json_member_text(w, "pattern_type", HM_TEXT("stix"));
    }
    if (hmi_text_is(hmi_text_of(as->type), "malware") && !has(object, "is_family")) {
        hmi_json_member_bool(w, "is_family", false);
    }
    hmi_json_close_object(w);
}

int hmi_stix_lift(hmi_value object, hmi_arena *arena, hmi_buf *out, hm_err *err)
{
    hmi_json_writer w;
    const version *as = version_of(object, arena);
    hmi_assert(as != NULL);
    hmi_json_begin(&w, out, false);
    lift_object(&w, object, as, arena);
    return hmi_buf_check(out, err);
}

static void put_one(hmi_json_writer *w, hmi_value object, hmi_arena *arena, uint64_t *lifted)
{
    if (hmi_json_kind_of(object) == HMI_JSON_OBJECT && hmi_stix_is_20(object, arena)) {
        lift_object(w, object, version_of(object, arena), arena);
        ++*lifted;
    } else {
        hmi_json_put_raw(w, hmi_json_raw(object));
    }
}

int hmi_stix_lift_document(hmi_value root, hmi_arena *arena, hmi_buf *out, uint64_t *ret_lifted,
                           hm_err *err)
{
    hmi_json_writer w;
    uint64_t lifted = 0;
    hmi_value objects = hmi_json_get(root, "objects");
    hm_text type = hmi_json_text(hmi_json_get(root, "type"), arena);
    hmi_json_begin(&w, out, false);
    if (!hmi_text_is(type, "bundle") || hmi_json_kind_of(objects) != HMI_JSON_ARRAY) {
        put_one(&w, root, arena, &lifted);
    } else {
        hmi_json_open_object(&w);
        for (hmi_value v = hmi_json_first(root); hmi_json_is(v); v = hmi_json_next(v)) {
            hm_text key = hmi_json_key(v, arena);
            if (hmi_text_is(key, "spec_version") || hmi_text_is(key, "objects")) {
                continue;
            }
            hmi_json_put_key(&w, key);
            hmi_json_put_raw(&w, hmi_json_raw(v));
        }
        hmi_json_put_key(&w, HM_TEXT("objects"));
        hmi_json_open_array(&w);
        for (hmi_value v = hmi_json_first(objects); hmi_json_is(v); v = hmi_json_next(v)) {
            put_one(&w, v, arena, &lifted);
        }
        hmi_json_close_array(&w);
        hmi_json_close_object(&w);
    }
    HMI_TRY(hmi_buf_check(out, err));
    *ret_lifted = lifted;
    return HM_OK;
}
