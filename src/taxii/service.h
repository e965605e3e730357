/* SPDX-License-Identifier: Apache-2.0
 *
 * service.h - TAXII 2.1: requests in, answers out. The server in src/http calls it; tests do too.
 */
#ifndef HMI_TAXII_SERVICE_H
#define HMI_TAXII_SERVICE_H

#include "base/log.h"
#include "http/server.h"
#include "taxii/config.h"

#define HMI_TAXII_TYPE "application/taxii+json;version=2.1"
#define HMI_STIX_TYPE "application/stix+json;version=2.1"

enum {
    HMI_POST_OBJECTS_MAX = 20000, /* in one envelope */
    HMI_POST_ID_MAX = 512,
    HMI_VIEW_BEHIND_MAX = 2000 /* rows that a quick answer may still catch up with */
};

typedef struct hmi_taxii hmi_taxii;

/* Objects are about to leave to a partner for the first time since the server was started; an error
 * keeps them here. Called by one thread at a time. */
typedef struct hmi_taxii_leaving {
    hm_text id, version;
    bool redacted;
    const char *rule;
    hm_bytes bytes;
} hmi_taxii_leaving;
typedef int (*hmi_taxii_give)(void *user, const hmi_partner *partner,
                              const hmi_taxii_leaving *objects, size_t count, hm_err *err);

/* The ids of objects that were recalled by entries later than `since`, in the arena, and the newest
 * such entry (`since` when there is none). Not asked beside `give`. */
typedef int (*hmi_taxii_recalled)(void *user, uint64_t since, hmi_arena *arena, hm_text **ret_ids,
                                  size_t *ret_count, uint64_t *ret_newest, hm_err *err);

/* Opens or makes the journal in `folder`. `config` and `policy` must outlive it. `now_us` NULL: the
 * clock. `log` may be NULL. */
int hmi_taxii_new(const hmi_taxii_config *config, const hmi_policy *policy, const char *folder,
                  int64_t (*now_us)(void), const hmi_log *log, hmi_taxii **ret_taxii, hm_err *err);
/* Before the first request. */
void hmi_taxii_on_leaving(hmi_taxii *taxii, hmi_taxii_give give, void *user);
/* Before the first request: what is recalled is taken out of the collections, within a second. */
void hmi_taxii_on_recall(hmi_taxii *taxii, hmi_taxii_recalled recalled, void *user);
/* From here on other rules hold: partners, accounts, rights, collections, what may leave. Requests
 * that are looked at are waited for, bodies that are under way are refused (503); then nothing
 * looks at the old ones any more. Views of partners for whom nothing changed are kept. On failure
 * nothing changed. The purpose and the secret of cursors stay. Any thread. */
int hmi_taxii_renew(hmi_taxii *taxii, const hmi_taxii_config *config, const hmi_policy *policy,
                    hm_err *err);
void hmi_taxii_free(hmi_taxii *taxii); /* NULL is fine */
hmi_http_handler hmi_taxii_handler(hmi_taxii *taxii);

#endif
