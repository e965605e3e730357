/* SPDX-License-Identifier: Apache-2.0
 *
 * feed.h - where indicators come from: lists, tables, STIX, MISP, the casebook.
 *
 * A feed is loaded as far as it can be. Each entry that is refused is told with its line and the
 * reason; the rest goes into the builder.
 */
#ifndef HMI_WATCH_FEED_H
#define HMI_WATCH_FEED_H

#include <hallmark/matcher.h>

#include "base/bytes.h"
#include "base/json.h"
#include "casebook/store.h"

enum {
    HMI_FEED_BYTES_MAX = 1 << 30,
    HMI_FEED_LINE_MAX = 1 << 16,
    HMI_FEED_COLUMNS_MAX = 64,
    HMI_FEED_TERMS_MAX = 256 /* comparisons in one STIX pattern */
};

typedef struct hmi_feed {
    hm_matcher_builder *builder;
    const char *name; /* of the source, as hits show it */
    hm_reach reach;   /* for domains that do not say: BELOW when the user asks */
    uint64_t taken, known, refused;
    void *with;
    /* May be NULL. `value` is hostile text. */
    void (*refuse)(void *with, const char *feed, uint32_t line, hm_text value, const hm_err *why);
} hmi_feed;

/* A list (one value a line, # comments), a table (CSV with a header that names its columns, or the
 * value in the first column), a STIX document (a TAXII envelope too), or MISP events. Only codes
 * that end the work are returned. */
int hmi_feed_bytes(hmi_feed *feed, hm_bytes bytes, hm_err *err);
/* What published intelligence in the casebook states as malicious. `incident` 0 = all. */
int hmi_feed_casebook(hmi_feed *feed, hmi_store *store, int64_t incident, hm_err *err);
/* feed_stix.c */
int hmi_feed_stix(hmi_feed *feed, hm_bytes bytes, hm_err *err);
/* feed_misp.c: is this MISP, and its attributes; `scratch` is emptied between them. */
bool hmi_feed_misp_is(hmi_value root);
int hmi_feed_misp(hmi_feed *feed, hmi_value root, hmi_arena *scratch, hm_err *err);
/* One value, for those above. */
int hmi_feed_one(hmi_feed *feed, hm_indicator *indicator, hm_err *err);

#endif
