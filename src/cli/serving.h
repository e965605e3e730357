/* SPDX-License-Identifier: Apache-2.0
 *
 * serving.h - the files that say what is served to whom, and by which certificate.
 */
#ifndef HMI_CLI_SERVING_H
#define HMI_CLI_SERVING_H

#include "base/log.h"
#include "cli/command.h"
#include "http/server.h"
#include "taxii/config.h"

typedef struct hmi_serving {
    hmi_arena arena;
    bool has_policy; /* else nobody is a partner */
    hmi_policy policy;
    hmi_taxii_config config;
    hmi_http_tls *partners_tls, *page_tls; /* NULL: plain */
} hmi_serving;

/* Reads --policy, --config, the casebook's accounts, and the certificates that they and --page-cert
 * name. Without --config there are no partners to be served. *ret_serving is yours. */
int hmi_serving_read(hmi_invocation *inv, hmi_serving **ret_serving, hm_err *err);
void hmi_serving_free(hmi_serving *serving); /* NULL is fine */
/* May `next` take the place of `now` while it is served? */
int hmi_serving_may_follow(const hmi_serving *now, const hmi_serving *next, hm_err *err);
/* Says of certificates that have ended, or will within a fortnight. */
void hmi_serving_warn(const hmi_serving *serving, const hmi_log *log);
/* Where the service keeps its things, inside the casebook. */
int hmi_serving_folder(hmi_invocation *inv, const char **ret, hm_err *err);

#endif
