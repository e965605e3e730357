/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_walk.h - what the files that check STIX share while they walk one document.
 */
#ifndef HMI_SHARE_STIX_WALK_H
#define HMI_SHARE_STIX_WALK_H

#include "share/stix_check.h"
#include "share/stix_lexicon.h"

/* One step from the document's root: a key, or an index. */
typedef struct hmi_stix_step {
    hm_text key; /* NULL: an index */
    size_t index;
} hmi_stix_step;

struct hmi_stix_checker {
    const hmi_stix_lexicon *lexicon;
    hmi_json *json;
    hmi_arena arena;   /* of the report */
    hmi_arena scratch; /* of one pattern */
    hmi_stix_check_options options;
    /* where we are */
    hmi_stix_step path[HMI_JSON_DEPTH_MAX + 4];
    size_t depth;
    hmi_value object;    /* the object in hand */
    hm_text id;          /* its id, as given */
    hm_text type_text;   /* and its type; .ptr NULL without one */
    hmi_stix_space type; /* HMI_STIX_TYPE_COUNT: none of the specification's */
    hmi_value container; /* the observable container around it; none otherwise */
    bool by_rule;        /* faults are about members of the object that the path has not entered */
    hmi_json *lifted;    /* an object of STIX 2.0 as 2.1 has it; made when the first comes */
    uint64_t lifted_at;  /* where it came from; HM_OFFSET_NONE: the object in hand is of 2.1 */
    int toplevel;        /* does it use a toplevel-property-extension? -1: not asked yet */
    /* what was found */
    hmi_stix_fault *faults;
    size_t fault_count, fault_capacity;
    uint64_t errors, warnings, objects;
    bool out_of_memory;
};

/* The properties of one place as they were found: bits as in stix_lexicon.h. */
typedef struct hmi_stix_found {
    uint64_t seen;
    uint32_t nodes[HMI_STIX_ROWS_MAX];
} hmi_stix_found;

void hmi_stix_enter_key(hmi_stix_checker *c, hm_text key);
void hmi_stix_enter_index(hmi_stix_checker *c, size_t index);
void hmi_stix_leave(hmi_stix_checker *c);
/* Notes a fault at a value (or at the object when it is none). `section` NULL: the check's own, or
 * the object's. */
__attribute__((format(printf, 5, 6))) void hmi_stix_fault_at(hmi_stix_checker *c,
                                                             hmi_stix_check check, hmi_value at,
                                                             const char *section,
                                                             const char *format, ...);

/* stix_check.c: the members of an object that belongs to `space`; `common` is the space it is
 * combined with, or HMI_STIX_SPACE_COUNT. */
void hmi_stix_members(hmi_stix_checker *c, hmi_value object, hmi_stix_space space,
                      hmi_stix_space common, hmi_stix_found *found);
/* The member of the object in hand that has this bit, or none. */
hmi_value hmi_stix_found_at(const hmi_stix_checker *c, const hmi_stix_found *found, uint64_t bit);
/* An object inside an observable container. */
void hmi_stix_contained(hmi_stix_checker *c, hmi_value object);
/* stix_custom.c: a property that the specification does not define. */
void hmi_stix_custom_property(hmi_stix_checker *c, hmi_value value, hm_text name,
                              hmi_stix_space space);
/* The type of the object in hand is not the specification's. */
void hmi_stix_custom_type(hmi_stix_checker *c, hm_text type);
void hmi_stix_extensions(hmi_stix_checker *c, hmi_value extensions);
/* Does an extension of the object in hand say it is of this kind? */
bool hmi_stix_uses_extension(hmi_value object, const char *extension_type);
/* stix_value.c: a value of a known property. */
void hmi_stix_value(hmi_stix_checker *c, const hmi_stix_property *property, hmi_value value);
/* Nothing empty inside a value that no table describes. */
void hmi_stix_nothing_empty(hmi_stix_checker *c, hmi_value value);
/* stix_shape.c: is a text what its format asks for? */
bool hmi_stix_shape_is(hmi_stix_kind kind, hm_text text);
/* 0: no timestamp; otherwise 1 + its digits behind the second. */
unsigned hmi_stix_timestamp_digits(hm_text text);
bool hmi_stix_language_is(hm_text text);
/* stix_special.c: what no table says: markings, ids, patterns, relationship types. */
void hmi_stix_special(hmi_stix_checker *c, hmi_value object, const hmi_stix_found *found);
void hmi_stix_external_reference(hmi_stix_checker *c, hmi_value reference);
void hmi_stix_selector(hmi_stix_checker *c, hmi_value selector, hm_text text);

#endif
