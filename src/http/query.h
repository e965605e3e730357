/* SPDX-License-Identifier: Apache-2.0
 *
 * query.h - the part of a URL behind '?', as names and values.
 */
#ifndef HMI_HTTP_QUERY_H
#define HMI_HTTP_QUERY_H

#include "base/arena.h"
#include "base/bytes.h"

enum { HMI_HTTP_FIELDS_MAX = 64 };

typedef struct hmi_http_field {
    hm_text name, value; /* unescaped, clean UTF-8 without controls; in the arena */
} hmi_http_field;

typedef struct hmi_http_query {
    hmi_http_field fields[HMI_HTTP_FIELDS_MAX];
    size_t count;
} hmi_http_query;

/* HM_E_MALFORMED: a '%' without two digits, bytes that are no text, a control character, too many
 * fields, a name that stands twice. `raw` {NULL, 0} is an empty query. '+' is a plus: this is no
 * form. */
int hmi_http_query_read(hm_text raw, hmi_arena *arena, hmi_http_query *ret, hm_err *err);
/* Unescapes one part of a path by the same rules. */
int hmi_http_unescape(hm_text raw, hmi_arena *arena, hm_text *ret, hm_err *err);
/* The value, or {NULL, 0}. */
hm_text hmi_http_query_find(const hmi_http_query *query, const char *name);

#endif
