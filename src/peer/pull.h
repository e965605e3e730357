/* SPDX-License-Identifier: Apache-2.0
 *
 * pull.h - what is new in a partner's collection, page by page, as files on the disk.
 *
 * Each page becomes one bundle of the sender's bytes; the state is written after the page, so that
 * a pull that was cut off goes on where it stopped: nothing is lost, nothing is there twice.
 */
#ifndef HMI_PEER_PULL_H
#define HMI_PEER_PULL_H

#include "peer/client.h"

enum { HMI_PULL_PAGES_MAX = 1000000, HMI_PULL_STATE_MAX = 65536, HMI_PULL_TEXT_MAX = 4096 };

typedef struct hmi_pull_state {
    char since[64];               /* date_added up to which everything is here; "" at first */
    char next[HMI_PULL_TEXT_MAX]; /* cursor of a sequence that is under way; "" when none is */
    uint64_t first_page;          /* of that sequence */
    uint64_t page;                /* to be written next */
    uint64_t first_objects;       /* in all pages before that sequence */
    uint64_t objects;             /* in all pages so far */
} hmi_pull_state;

typedef struct hmi_pull_result {
    uint64_t pages, objects; /* of this run */
    uint64_t missing;        /* in the partner's manifest and not here; with `verify` */
    bool verified, whole;    /* whole: nothing more was there */
} hmi_pull_result;

typedef struct hmi_pull_options {
    const char *folder; /* exists; pages and "state" go there */
    uint32_t page_size; /* 0: 1000 */
    bool verify;        /* count against the partner's manifest */
    bool (*stop)(void *user);
    void *user;
} hmi_pull_options;

int hmi_pull(hmi_client *client, const hmi_remote *remote, const hmi_pull_options *options,
             hmi_pull_result *ret, hm_err *err);

#endif
