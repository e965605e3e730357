/* SPDX-License-Identifier: Apache-2.0
 *
 * roster.h - the names of all incidents in memory, in the orders that a table shows.
 *
 * 100,000 names are some megabytes: to look through all of them for a part of a name takes a few
 * milliseconds and needs no index. New incidents are taken in whenever it is asked; names never
 * change. Threads: any number.
 */
#ifndef HMI_API_ROSTER_H
#define HMI_API_ROSTER_H

#include "casebook/store.h"

enum { HMI_ROSTER_MAX = 10000000, HMI_ROSTER_NEEDLE_MAX = 200 };

typedef struct hmi_roster hmi_roster;

typedef enum hmi_roster_order {
    HMI_ROSTER_NEWEST,
    HMI_ROSTER_OLDEST,
    HMI_ROSTER_NAME,
    HMI_ROSTER_NAME_BACK
} hmi_roster_order;

typedef struct hmi_roster_asked {
    hm_text needle;      /* part of the name, in any case; empty: all */
    const int64_t *also; /* incidents that are listed though their name does not match; ascending */
    size_t also_count;
    int64_t from_us, to_us; /* made in [from, to); HMI_TIME_NONE: no bound */
    hmi_roster_order order;
    int64_t after; /* the last incident of the part before; 0: from the beginning */
    size_t max;
} hmi_roster_asked;

typedef struct hmi_roster_row {
    int64_t id;
    bool by_name; /* its name matches */
} hmi_roster_row;

hmi_roster *hmi_roster_new(void); /* NULL without memory */
void hmi_roster_free(hmi_roster *roster);
/* Takes in what is new. */
int hmi_roster_refresh(hmi_roster *roster, hmi_store *store, hm_err *err);
/* `ret` has room for asked->max rows. *ret_total is how many match in all, *ret_more whether there
 * are more behind the last. */
int hmi_roster_ask(hmi_roster *roster, const hmi_roster_asked *asked, hmi_roster_row *ret,
                   size_t *ret_count, size_t *ret_total, bool *ret_more, hm_err *err);

#endif
