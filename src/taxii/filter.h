/* SPDX-License-Identifier: Apache-2.0
 *
 * filter.h - what a request asks for: TAXII 2.1 section 3.4, and the optional match fields of its
 * interoperability profile (tiers 1 to 3, relationships, calculations).
 */
#ifndef HMI_TAXII_FILTER_H
#define HMI_TAXII_FILTER_H

#include "base/json.h"
#include "http/query.h"

enum { HMI_FILTER_VALUES_MAX = 1024, HMI_FILTER_LIMIT_DIGITS_MAX = 18 };

typedef enum hmi_version_kind {
    HMI_VERSION_LAST,
    HMI_VERSION_FIRST,
    HMI_VERSION_ALL,
    HMI_VERSION_AT
} hmi_version_kind;

typedef struct hmi_filter_version {
    hmi_version_kind kind;
    int64_t us;
} hmi_filter_version;

typedef struct hmi_filter_values {
    const hm_text *values;
    size_t count; /* 0: not asked for */
} hmi_filter_values;

typedef struct hmi_filter_field hmi_filter_field; /* a row of the table in filter.c */

typedef struct hmi_filter_match {
    const hmi_filter_field *field;
    hmi_filter_values values;
    const int64_t *numbers; /* of calculations */
} hmi_filter_match;

typedef struct hmi_filter {
    int64_t added_after_us; /* HMI_TIME_NONE: not asked for */
    uint64_t limit;         /* 0: not asked for */
    hm_text next;           /* .ptr == NULL: not given */
    hmi_filter_values ids, types;
    const hmi_filter_version *versions; /* at least one */
    size_t version_count;
    bool spec_given, spec_20, spec_21;
    hmi_filter_match *matches; /* need the object's JSON */
    size_t match_count;
} hmi_filter;

/* HM_E_MALFORMED with a sentence for the client. Everything is the arena's. */
int hmi_filter_read(const hmi_http_query *query, hmi_arena *arena, hmi_filter *ret, hm_err *err);
/* One object against the fields that need its JSON. */
bool hmi_filter_deep(const hmi_filter *filter, hmi_value object, hmi_arena *arena);
static inline bool hmi_filter_has(hmi_filter_values list, hm_text value)
{
    for (size_t i = 0; i < list.count; i++) {
        if (hmi_text_ieq(list.values[i], value)) {
            return true;
        }
    }
    return list.count == 0;
}

#endif
