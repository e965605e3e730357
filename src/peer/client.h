/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - requests to a partner's server, by libcurl. Only when a command says so.
 *
 * No redirects, no proxies from the environment, TLS 1.2 at least, certificates verified, answers
 * bounded in size and time. A client is for one thread.
 */
#ifndef HMI_PEER_CLIENT_H
#define HMI_PEER_CLIENT_H

#include "base/json.h"
#include "peer/remote.h"

enum {
    HMI_CLIENT_ANSWER_MAX = 256 << 20,
    HMI_CLIENT_CONNECT_S = 10,
    HMI_CLIENT_STALL_S = 30,
    HMI_CLIENT_HEADERS_MAX = 64,
    HMI_CLIENT_URL_MAX = 16384
};

typedef struct hmi_client hmi_client;

typedef struct hmi_client_request {
    const char *method, *path;   /* path: joined to the root's url, or "/..." of the same server */
    const char *accept, *type;   /* NULL: TAXII's, none */
    bool anonymous;              /* without credentials */
    const char *user, *password; /* others than the remote's */
    hm_bytes body;
    bool has_body;
} hmi_client_request;

typedef struct hmi_client_answer {
    int status;
    hmi_buf body;    /* until the next request */
    hmi_buf headers; /* "name: value" lines, names in lower case */
} hmi_client_answer;

int hmi_client_new(const hmi_remote *remote, hmi_client **ret_client, hm_err *err);
void hmi_client_free(hmi_client *client); /* NULL is fine */
/* Any status is an answer; an error is one of the network or of a bound. */
int hmi_client_ask(hmi_client *client, const hmi_client_request *request,
                   const hmi_client_answer **ret, hm_err *err);
/* GET with the usual headers. */
int hmi_client_get(hmi_client *client, const char *path, const hmi_client_answer **ret,
                   hm_err *err);
/* A header's value of the last answer, or {NULL, 0}. */
hm_text hmi_client_header(const hmi_client_answer *answer, const char *lower_name);
/* Says what an answer that is not the one wanted means to the user. */
int hmi_client_refused(const hmi_client_answer *answer, const char *what, hm_err *err);
/* Escapes a value for a query. */
void hmi_client_escape(hmi_buf *out, hm_text value);

#endif
