/* SPDX-License-Identifier: Apache-2.0
 *
 * page.h - which entries of a view answer a request.
 */
#ifndef HMI_TAXII_PAGE_H
#define HMI_TAXII_PAGE_H

#include "taxii/filter.h"
#include "taxii/view.h"

enum {
    HMI_PAGE_DEFAULT = 1000,       /* objects, when the client names no limit */
    HMI_PAGE_MAX = 10000,          /* objects, whatever it names */
    HMI_PAGE_BYTES_MAX = 64 << 20, /* but always at least one object */
    HMI_PAGE_PARSED_MAX = 20000,   /* objects read for one page; then the page ends early */
    HMI_VERSIONS_MAX = 1000        /* of one object in one collection */
};

typedef struct hmi_page {
    uint32_t *entries; /* numbers; in the arena */
    size_t count;
    bool more;
    int64_t reached_us; /* date up to which everything was looked at */
    bool known;         /* filter by one id: some version of it is there */
} hmi_page;

/* `also` (may be NULL): a second filter that everything must pass. `from_us`: only later entries
 * (HMI_TIME_NONE: all). The view is locked by the caller. */
int hmi_page_select(hmi_view *view, const hmi_filter *filter, const hmi_filter *also,
                    int64_t from_us, hmi_json *json, hmi_arena *arena, hmi_page *ret, hm_err *err);

#endif
