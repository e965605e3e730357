/* SPDX-License-Identifier: Apache-2.0
 *
 * api.h - the team's casebook over HTTP: what `hallmark serve` answers under /api/v1, and the page.
 *
 *     hmi_api_new(&options, &api, &err);
 *     hmi_http_handler handler = hmi_api_handler(api);
 *     hmi_http_server_start(&http, &handler, &server, &err);
 *     ...
 *     hmi_http_server_stop(server);
 *     hmi_api_free(api);
 *
 * Routes, who may ask them and how large a body may be stand in openapi.json, from which the table
 * of routes is made. Every request passes the same gates in the same order: host, route, who,
 * right, CSRF, size, body; only then does a function of the room see it.
 *
 * Threads: the handler may be called by any number of threads.
 */
#ifndef HMI_API_API_H
#define HMI_API_API_H

#include "base/log.h"
#include "http/server.h"
#include "jail/jail.h"
#include "share/policy.h"

enum { HMI_API_WORKERS = 4 };

typedef struct hmi_api_options {
    const char *casebook;
    const hmi_policy *policy; /* NULL: nobody is a partner */
    const hmi_log *log;       /* NULL: nobody listens */
    const char *place;        /* where it will listen, for people; NULL: not known */
    hmi_jail_options jail;    /* for evidence that is dropped in */
    bool secure;              /* TLS: cookies are for TLS alone, and any host name is taken */
    bool no_reading;          /* tests: uploads wait for ever */
} hmi_api_options;

typedef struct hmi_api hmi_api;

/* Makes what the page keeps beside the casebook (page/) when it is not there. */
int hmi_api_new(const hmi_api_options *options, hmi_api **ret_api, hm_err *err);
/* Other partners from here on; waits until nothing looks at the old ones. Any thread. */
void hmi_api_renew(hmi_api *api, const hmi_policy *policy);
/* After the server was stopped. NULL is fine. */
void hmi_api_free(hmi_api *api);
hmi_http_handler hmi_api_handler(hmi_api *api);
/* The code that makes the first admin, once; "" when there is an account. */
const char *hmi_api_setup_code(const hmi_api *api);
/* Is the page built into the program? */
bool hmi_api_has_page(void);
/* True when requests for `host` are taken without TLS: this machine's own names alone, so that no
 * name of a stranger's that leads here can ask. */
bool hmi_host_is_local(hm_text host);

#endif
