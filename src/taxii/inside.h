/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of the service share. Only src/taxii uses it.
 */
#ifndef HMI_TAXII_INSIDE_H
#define HMI_TAXII_INSIDE_H

#include <pthread.h>

#include "taxii/account.h"
#include "taxii/journal.h"
#include "taxii/page.h"
#include "taxii/service.h"

typedef struct hmi_recalled_ids {
    char **slots;
    size_t count, room;
} hmi_recalled_ids;

struct hmi_taxii {
    pthread_rwlock_t rules; /* held by each request while it is looked at */
    uint64_t generation;    /* of the four below and of the tables by partner and collection */
    const hmi_taxii_config *config;
    const hmi_policy *policy;
    hmi_accounts *accounts;
    hmi_journal *journal;
    int64_t (*now_us)(void);
    const hmi_log *log;
    pthread_mutex_t lock; /* of `views` */
    hmi_view **views;     /* collection * partners + partner; made when first asked for */
    uint32_t *collection_numbers, *partner_numbers; /* in the journal */
    hmi_taxii_give give;                            /* may be NULL */
    void *give_user;
    pthread_mutex_t giving;      /* while who is outside is asked, about giving or recalls */
    hmi_taxii_recalled recalled; /* may be NULL */
    void *recalled_user;
    pthread_mutex_t recalling; /* of all below; taken before `giving` and the journal's lock */
    hmi_recalled_ids recalled_ids;
    uint64_t recalled_to;
    size_t rows_looked_at;
    int64_t asked_us;
    bool asked;
};

/* renew.c */
int hmi_taxii_note_rules(hmi_taxii *t, size_t partner, bool *ret_other, hm_err *err);

/* recall.c: before a view is looked at, with no lock held. */
int hmi_taxii_follow_recalls(hmi_taxii *t, hm_err *err);
void hmi_recalled_free(hmi_recalled_ids *ids);

typedef enum hmi_endpoint {
    HMI_END_DISCOVERY,
    HMI_END_ROOT,
    HMI_END_COLLECTIONS,
    HMI_END_COLLECTION,
    HMI_END_MANIFEST,
    HMI_END_OBJECTS,
    HMI_END_OBJECT,
    HMI_END_VERSIONS,
    HMI_END_STATUS
} hmi_endpoint;

/* A request that was understood: who asks for what. */
typedef struct hmi_asked {
    hmi_taxii *taxii;
    hmi_http_request *request;
    size_t partner;
    hmi_endpoint endpoint;
    const hmi_taxii_root *root;
    const hmi_taxii_collection *collection;
    bool reads, writes; /* may this partner, here */
    hm_text name;       /* of the object or the status */
    int64_t now_us;
    uint64_t generation; /* of the rules it was let in by */
    bool patient;        /* may this take time? */
} hmi_asked;

/* service.c */
void hmi_taxii_error(hmi_http_answer *answer, int status, const char *title, const char *why);
/* An answer for our own failure: never says what is inside. */
void hmi_taxii_failure(hmi_taxii *taxii, hmi_http_answer *answer, const hm_err *err);
/* The view of a collection (of its source, when it is a query) for the one who asks. */
int hmi_taxii_view(hmi_asked *a, hmi_view **ret_view, hm_err *err);
void hmi_taxii_alert(hmi_asked *a, const char *event, hm_text id);

/* objects.c: false: it must be asked where it may take time. */
bool hmi_taxii_get(hmi_asked *a, hmi_http_answer *answer);
/* post.c */
void hmi_taxii_post(hmi_asked *a, hmi_http_answer *answer);
/* remove.c */
void hmi_taxii_delete(hmi_asked *a, hmi_http_answer *answer);
void hmi_taxii_add_date(hmi_buf *out, int64_t us); /* with six digits */

#endif
