/* SPDX-License-Identifier: Apache-2.0
 *
 * server.h - HTTP/1.1 over TCP and TLS for a few hundred partners, none of whom is trusted.
 *
 *     hmi_http_server_start(&options, &handler, &server, &err);
 *     ... until asked to end ...
 *     hmi_http_server_stop(server);
 *
 * A request first shows its head to the handler, in the thread that reads sockets. The handler
 * answers there (quick things: pages come out of memory), asks for the body, or asks to be called
 * again in a worker thread where it may take its time (verifying a password). With a body it is
 * called in a worker. So nobody's slow request makes another one wait, and no byte of a body is
 * read before the handler knows who sends it.
 *
 * Bounded: connections, bytes of a head, bytes of all bodies together, waiting work, and the time
 * for each step. What exceeds a bound is answered 503 with Retry-After, or cut.
 */
#ifndef HMI_HTTP_SERVER_H
#define HMI_HTTP_SERVER_H

#include "base/arena.h"
#include "base/buf.h"
#include "http/gate.h"

enum {
    HMI_HTTP_CONNECTIONS_MAX = 1024,
    HMI_HTTP_BODIES_MAX = 256 << 20, /* bytes of all bodies at one time */
    HMI_HTTP_WAITING_MAX = 64,       /* requests that wait for a worker */
    HMI_HTTP_LOOPS_MAX = 16,
    HMI_HTTP_WORKERS = 2,
    HMI_HTTP_WORKERS_MAX = 16,
    HMI_HTTP_REQUEST_MEMORY_MAX = 256 << 20
};

typedef struct hmi_http_request {
    const hmi_http_head *head;
    hm_bytes body;
    const uint8_t *certificate; /* SHA-256 of the client's verified certificate, or NULL */
    const char *peer;           /* "192.0.2.7" */
    bool secure;
    hmi_arena *arena; /* until the answer is sent */
    void *state;      /* the handler's, from head to body */
} hmi_http_request;

typedef struct hmi_http_answer {
    int status;
    const char *type;      /* NULL: no Content-Type */
    hmi_buf head;          /* further header lines, each with its CRLF */
    hmi_buf body;          /* or: */
    const hm_bytes *parts; /* lent until `release` */
    size_t part_count;
    /* When not NULL the answer has no end yet: after `body` this is asked every quarter of a
     * second, in the thread that reads sockets, for more bytes; false ends answer and connection.
     * `held` is its own. */
    bool (*more)(void *held, hmi_buf *out);
    uint32_t retry_after_s; /* 0: no such header */
    bool close;
    void (*release)(void *held); /* called when the answer is sent or given up; may be NULL */
    void *held;
} hmi_http_answer;

typedef enum hmi_http_step {
    HMI_HTTP_ANSWERED,
    HMI_HTTP_WANT_BODY,
    HMI_HTTP_WANT_TIME
} hmi_http_step;

typedef struct hmi_http_handler {
    void *user;
    /* `patient`: in a worker; then the answer is not HMI_HTTP_WANT_TIME. */
    hmi_http_step (*head)(void *user, hmi_http_request *request, hmi_http_answer *answer,
                          bool patient);
    void (*body)(void *user, hmi_http_request *request, hmi_http_answer *answer);
    /* Fills an answer for a refusal of ours (400, 408, 503 ...). */
    void (*refuse)(void *user, int status, hmi_http_answer *answer);
} hmi_http_handler;

typedef struct hmi_http_tls_files {
    const char *certificate, *key;      /* PEM */
    const char *client_ca, *client_crl; /* PEM; NULL: client certificates are not asked for */
} hmi_http_tls_files;

typedef struct hmi_http_tls hmi_http_tls; /* certificates and lists, as they were read */

typedef struct hmi_http_options {
    const char *address; /* "127.0.0.1", "::1" */
    uint16_t port;       /* 0: any free one */
    int listener; /* a socket that listens already, taken over; 0: none, listen at the address */
    hmi_http_tls *tls; /* NULL: plain; the server takes a reference of its own */
    unsigned loops;    /* threads that read sockets; 0: one a processor, two at most */
    unsigned workers;  /* threads that may take their time; 0: HMI_HTTP_WORKERS */
    uint32_t head_ms, body_ms, idle_ms, write_ms; /* 0: 10 s, 10 s, 60 s, 10 s */
} hmi_http_options;

typedef struct hmi_http_server hmi_http_server;

/* *ret_tls is yours: hmi_http_tls_unref. */
int hmi_http_tls_read(const hmi_http_tls_files *files, hmi_http_tls **ret_tls, hm_err *err);
void hmi_http_tls_unref(hmi_http_tls *tls); /* NULL is fine */
/* When the server's certificate ends; INT64_MAX: unknown. */
int64_t hmi_http_tls_ends_us(const hmi_http_tls *tls);

int hmi_http_server_start(const hmi_http_options *options, const hmi_http_handler *handler,
                          hmi_http_server **ret_server, hm_err *err);
/* New connections begin with these certificates. Open ones go on, but before their next request
 * the client's certificate is judged once more: who was revoked meanwhile is cut off. A reference
 * of its own is taken. Only for servers that speak TLS. Any thread. */
void hmi_http_server_renew(hmi_http_server *server, hmi_http_tls *tls);
uint16_t hmi_http_server_port(const hmi_http_server *server);
/* Stops accepting, gives answers under way a second, ends the threads. NULL is fine. */
void hmi_http_server_stop(hmi_http_server *server);

#endif
