/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of the server share. Only src/http uses it.
 */
#ifndef HMI_HTTP_INSIDE_H
#define HMI_HTTP_INSIDE_H

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/server.h"

enum { HMI_HTTP_PEER_LEN = 64 };

typedef struct hmi_http_loop hmi_http_loop;

typedef enum hmi_http_state {
    HMI_HTTP_HANDSHAKE,
    HMI_HTTP_HEAD,
    HMI_HTTP_BODY,
    HMI_HTTP_BUSY, /* a worker has it */
    HMI_HTTP_WRITE,
    HMI_HTTP_STREAM, /* what there was to say is said, and there will be more */
    HMI_HTTP_LINGER  /* all is said; what the client still sends is thrown away for a moment */
} hmi_http_state;

typedef struct hmi_http_connection {
    struct hmi_http_connection *previous, *next; /* of its loop */
    struct hmi_http_connection *queued;          /* in a list of work or of finished work */
    hmi_http_loop *loop;
    int fd;
    gnutls_session_t session; /* NULL: plain */
    hmi_http_tls *tls;        /* what its client was judged by */
    unsigned renewals;        /* of the server, then */
    hmi_http_state state;
    uint32_t events;  /* what epoll is asked for */
    int64_t since_us; /* when this state was entered */
    int64_t moved_us; /* when bytes last moved */
    uint64_t moved;   /* bytes of this body or answer so far */
    uint64_t requests;
    uint8_t in[HMI_HTTP_HEAD_MAX];
    size_t in_len;
    hmi_http_head head;
    uint8_t *body;
    size_t body_len, body_max;
    hmi_arena arena;
    hmi_http_request request;
    hmi_http_answer answer;
    hmi_buf out; /* the answer's head */
    size_t part; /* 0: out, then the parts */
    size_t part_at;
    bool want_body, body_ready, close, gone;
    uint8_t certificate[32];
    char peer[HMI_HTTP_PEER_LEN];
} hmi_http_connection;

struct hmi_http_loop {
    hmi_http_server *server;
    pthread_t thread;
    int epoll, wake;
    hmi_http_connection *first;
    pthread_mutex_t lock;          /* of `finished` */
    hmi_http_connection *finished; /* by workers */
};

struct hmi_http_server {
    hmi_http_handler handler;
    hmi_http_options options;
    bool secure;
    hmi_http_tls *tls; /* of new connections; under `lock` */
    atomic_uint renewals;
    int listener;
    uint16_t port;
    hmi_http_loop loops[HMI_HTTP_LOOPS_MAX];
    unsigned loop_count;
    pthread_t workers[HMI_HTTP_WORKERS_MAX];
    unsigned worker_count;
    pthread_mutex_t lock; /* of the list of work, and of `tls` */
    pthread_cond_t more;
    hmi_http_connection *work, **work_end;
    size_t waiting;
    atomic_size_t connections, body_bytes;
    atomic_bool ending;
};

/* tls.c */
hmi_http_tls *hmi_http_tls_ref(hmi_http_tls *tls); /* NULL is fine */
/* The session is judged by this from now on; it must outlive that. */
int hmi_http_tls_move(hmi_http_tls *tls, gnutls_session_t session);
int hmi_http_tls_session(hmi_http_tls *tls, int fd, gnutls_session_t *ret_session);
/* After the handshake: false when the client's certificate is not to be trusted. *ret_has says
 * whether there is one; `ret_sha256` gets its digest. */
bool hmi_http_tls_peer(gnutls_session_t session, uint8_t ret_sha256[32], bool *ret_has);

/* connection.c */
hmi_http_connection *hmi_http_connection_new(hmi_http_loop *loop, int fd, const char *peer);
void hmi_http_connection_free(hmi_http_connection *c);
/* Goes on as far as it can without waiting. False: free it. */
bool hmi_http_connection_go(hmi_http_connection *c);
/* In a stream: is there more to say? False: free it. */
bool hmi_http_connection_stream(hmi_http_connection *c);
/* After a worker is done with it. */
bool hmi_http_connection_resume(hmi_http_connection *c);
/* Is it taking too long? Then false: free it, or an answer is on its way. */
bool hmi_http_connection_in_time(hmi_http_connection *c, int64_t now_us);
/* In a worker. */
void hmi_http_connection_work(hmi_http_connection *c);

/* server.c: false when too much is waiting already. */
bool hmi_http_work_add(hmi_http_connection *c);
/* A reference to what new connections begin with, or NULL: plain. */
hmi_http_tls *hmi_http_server_tls(hmi_http_server *s, unsigned *ret_renewals);

#endif
