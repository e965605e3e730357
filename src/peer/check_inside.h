/* SPDX-License-Identifier: Apache-2.0
 *
 * check_inside.h - what the files of the conformance suite share. Only check*.c use it.
 */
#ifndef HMI_PEER_CHECK_INSIDE_H
#define HMI_PEER_CHECK_INSIDE_H

#include "peer/check.h"

typedef struct hmi_check {
    hmi_client *client;
    const hmi_remote *remote;
    const hmi_check_options *options;
    hmi_arena *arena;
    hmi_json *json;
    hmi_check_row *row; /* the one that is decided now */
    bool unreachable;
    hm_err *err;
    /* of the last answer */
    const hmi_client_answer *answer;
    hmi_value root; /* none when it is no JSON */
    /* what was found out */
    hm_text collection;     /* as given, or the first that can be read */
    hm_text first_id, type; /* of some object there */
    hm_text first, last;    /* dates of a page */
    size_t total;           /* objects on the first page; SIZE_MAX: not asked */
    bool more;
    bool can_write;
    hm_text status_id;
} hmi_check;

typedef struct hmi_check_entry {
    const char *name, *section, *requirement;
    void (*run)(hmi_check *k);
} hmi_check_entry;

/* A requirement starts as passed; these change that. */
__attribute__((format(printf, 2, 3))) void hmi_check_fail(hmi_check *k, const char *format, ...);
void hmi_check_skip(hmi_check *k, const char *why);
/* One request; false when there is no answer. `extra` goes behind the path of the collection. */
bool hmi_check_ask(hmi_check *k, const hmi_client_request *request);
bool hmi_check_get(hmi_check *k, const char *path);
bool hmi_check_collection(hmi_check *k, const char *extra);
/* Sends an envelope to the collection. */
bool hmi_check_post(hmi_check *k, const char *type, hm_text body);
/* Fails the requirement unless the last answer has this status. */
bool hmi_check_status(hmi_check *k, int wanted);
bool hmi_check_refused(hmi_check *k); /* any of 4xx */
hm_text hmi_check_keep(hmi_check *k, hm_text text);
hm_text hmi_check_text(hmi_check *k, hmi_value object, const char *key);
bool hmi_check_is_date(hm_text text); /* with exactly six digits */

extern const hmi_check_entry hmi_check_reading[];
extern const hmi_check_entry hmi_check_writing[];

#endif
