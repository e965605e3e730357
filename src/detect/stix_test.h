/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_test.h - one comparison of a STIX pattern on one object. Only stix_*.c of this room use it.
 */
#ifndef HMI_DETECT_STIX_TEST_H
#define HMI_DETECT_STIX_TEST_H

#include "detect/observation.h"
#include "pattern/regex.h"
#include "pattern/stix_pattern.h"
#include "trait/canon.h"

/* A test made ready: what of its values can be computed once. */
typedef struct hmi_stix_ready {
    hmi_regex *regex;               /* MATCHES and LIKE, on text */
    hmi_regex *bytes_regex;         /* MATCHES, on bytes; NULL when the pattern is no bytes */
    bool narrow;                    /* all its characters are below U+0100: bytes may match it */
    const hmi_stix_literal *sorted; /* IN: values by kind and order */
} hmi_stix_ready;

int hmi_stix_test_ready(hmi_arena *arena, const hmi_stix_test *test, hmi_stix_ready *ret,
                        hm_err *err);

enum { HMI_STIX_WALK_MAX = 1 << 20 }; /* steps along the references of one object */

typedef struct hmi_stix_asking {
    hmi_arena *arena; /* emptied by the caller between objects */
    size_t walked;
    const hmi_observation *observation;
    hm_err *err;
} hmi_stix_asking;

/* *ret: does this object, which has the test's type, pass? */
int hmi_stix_test_object(hmi_stix_asking *asking, const hmi_stix_test *test,
                         const hmi_stix_ready *ready, hmi_value object, bool *ret);

/* ---- stix_value.c: values of observations, and how they compare with literals. */
typedef enum hmi_stix_value_kind {
    HMI_SEEN_OTHER, /* null, a list, an object */
    HMI_SEEN_TEXT,
    HMI_SEEN_NUMBER,
    HMI_SEEN_BOOLEAN,
    HMI_SEEN_BINARY
} hmi_stix_value_kind;

typedef struct hmi_stix_seen {
    hmi_stix_value_kind kind;
    hm_text text;
    hm_bytes binary;
    bool truth, is_integer;
    int64_t integer;
    double number;
} hmi_stix_seen;

/* `key` is the property's name: _hex and _bin values are bytes. False: no value at all. */
bool hmi_stix_see(hmi_arena *arena, hmi_value value, hm_text key, hmi_stix_seen *ret);
typedef enum hmi_stix_order {
    HMI_ORDER_LESS = -1,
    HMI_ORDER_EQUAL = 0,
    HMI_ORDER_GREATER = 1,
    HMI_ORDER_NONE = 2 /* the two cannot be compared */
} hmi_stix_order;
/* HM_E_MALFORMED: a moment was asked of a text that is none. */
int hmi_stix_compare(hmi_stix_asking *asking, const hmi_stix_seen *seen,
                     const hmi_stix_literal *literal, hmi_stix_order *ret);
int hmi_stix_literal_cmp(const void *a, const void *b);
/* NFC; the same text where it is ASCII. .ptr NULL: the arena refused. */
hm_text hmi_nfc(hmi_arena *arena, hm_text text);
/* The regular expression that LIKE's operand stands for: % any text, _ one character, the whole
 * value. .ptr NULL: the arena refused. */
hm_text hmi_like_regex(hmi_arena *arena, hm_text like);

#endif
