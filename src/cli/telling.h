/* SPDX-License-Identifier: Apache-2.0
 *
 * telling.h - what watch and hunt have in common: their indicators, and how a hit is told.
 */
#ifndef HMI_CLI_TELLING_H
#define HMI_CLI_TELLING_H

#include <hallmark/matcher.h>

#include "cli/sending.h"

typedef struct hmi_telling {
    hmi_invocation *inv;
    uint64_t refusals;
    hmi_buf json;
    struct hmi_refresh *refresh; /* of a watch that goes on */
    struct hmi_benign *benign;   /* NULL: no list was named */
    uint64_t harmless;           /* hits that were not told for their sake */
    hmi_sending sending;
} hmi_telling;

/* Where indicators come from; the same options for both. */
#define HMI_INDICATOR_OPTIONS                                                                     \
    { "indicators", "FILE",                                                                       \
      "a list, table, STIX or MISP document of indicators, or a folder of such documents", 'i',   \
      true },                                                                                     \
        { "incident", "NAME", "what published intelligence in this incident states", 0, false },  \
        { "benign", "FILE", "a MISP warninglist or list of names: hits on these are not told", 0, \
          true },                                                                                 \
        { "show-benign", NULL, "tell them, with the list that calls them harmless", 0, false },   \
        { "subdomains", NULL, "every domain also means the names below it", 0, false },           \
    {                                                                                             \
        "allow-harmless", NULL, "take indicators that hit the harmless world too", 0, false       \
    }

/* *ret_exit is set when everything has been said already. */
int hmi_telling_build(hmi_telling *telling, hm_matcher **ret_matcher, int *ret_exit, hm_err *err);
/* The lists of --benign; nothing when none is named. */
int hmi_telling_benign(hmi_telling *telling, hm_err *err);
void hmi_telling_end(hmi_telling *telling);
/* For listeners; `with` is the hmi_telling. */
int hmi_telling_hit(void *with, const hmi_watch_hit *hit, hm_err *err);
void hmi_telling_notice(void *with, hm_text what, hm_text about);
bool hmi_telling_cancelled(void *with);

#endif
