/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - listening, the loops that read sockets, the workers that may take their time.
 *
 * WHY    A library was meant to do this. The one that Debian has (libmicrohttpd 0.9.75) reads heads
 *        leniently, and a gate in front of it that saw every byte, inside TLS too, would have been
 *        this server already; so the gate is the parser and the library is left out.
 * FORM   Each loop has an epoll set and its connections. A connection that needs time goes to the
 *        list of work, a worker does its part, and it comes back through its loop's list of
 *        finished ones, announced by an eventfd.
 * OWNS   The listener, the threads, every connection.
 */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "http/inside.h"

enum { EVENTS = 64, TICK_MS = 250, ACCEPTS = 32, BACKLOG = 512, END_MS = 1000 };

/* -- Work. */

bool hmi_http_work_add(hmi_http_connection *c)
{
    hmi_http_server *s = c->loop->server;
    pthread_mutex_lock(&s->lock);
    bool room = s->waiting < HMI_HTTP_WAITING_MAX && !atomic_load(&s->ending);
    if (room) {
        c->queued = NULL;
        *s->work_end = c;
        s->work_end = &c->queued;
        s->waiting++;
        pthread_cond_signal(&s->more);
    }
    pthread_mutex_unlock(&s->lock);
    return room;
}

static hmi_http_connection *take_work(hmi_http_server *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->work == NULL && !atomic_load(&s->ending)) {
        pthread_cond_wait(&s->more, &s->lock);
    }
    hmi_http_connection *c = s->work;
    if (c != NULL) {
        s->work = c->queued;
        s->work_end = s->work == NULL ? &s->work : s->work_end;
        s->waiting--;
    }
    pthread_mutex_unlock(&s->lock);
    return c;
}

static void wake(const hmi_http_loop *loop)
{
    uint64_t one = 1;
    (void)!write(loop->wake, &one, sizeof(one));
}

static void *worker_main(void *with)
{
    hmi_http_server *s = with;
    for (hmi_http_connection *c; (c = take_work(s)) != NULL;) {
        hmi_http_connection_work(c);
        hmi_http_loop *loop = c->loop;
        pthread_mutex_lock(&loop->lock);
        c->queued = loop->finished;
        loop->finished = c;
        pthread_mutex_unlock(&loop->lock);
        wake(loop);
    }
    return NULL;
}

/* -- A loop and its connections. */

/* Closing its socket is not enough: a process that was forked a moment ago may still have it too,
 * and then the loop would go on hearing of a connection that is no more. */
static void forget(hmi_http_connection *c)
{
    hmi_http_loop *loop = c->loop;
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        loop->first = c->next;
    }
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    hmi_http_connection_free(c);
    atomic_fetch_sub(&loop->server->connections, 1);
}

static void name_peer(const struct sockaddr_storage *from, socklen_t len, char *name, size_t size)
{
    if (getnameinfo((const struct sockaddr *)from, len, name, (socklen_t)size, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        snprintf(name, size, "unknown");
    }
}

/* Too many: said at once, as far as one write goes. */
static void turn_away(const hmi_http_server *s, int fd)
{
    static const char FULL[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";
    if (!s->secure) {
        (void)send(fd, FULL, sizeof(FULL) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(fd, SHUT_WR);
    }
    close(fd);
}

static bool accept_one(hmi_http_loop *loop)
{
    hmi_http_server *s = loop->server;
    struct sockaddr_storage from;
    socklen_t len = sizeof(from);
    int fd = accept4(s->listener, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (atomic_fetch_add(&s->connections, 1) >= HMI_HTTP_CONNECTIONS_MAX) {
        atomic_fetch_sub(&s->connections, 1);
        turn_away(s, fd);
        return true;
    }
    int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    char peer[HMI_HTTP_PEER_LEN];
    name_peer(&from, len, peer, sizeof(peer));
    hmi_http_connection *c = hmi_http_connection_new(loop, fd, peer);
    if (c == NULL) {
        atomic_fetch_sub(&s->connections, 1);
        turn_away(s, fd);
        return true;
    }
    c->next = loop->first;
    if (c->next != NULL) {
        c->next->previous = c;
    }
    loop->first = c;
    c->events = EPOLLIN;
    struct epoll_event e = { .events = c->events, .data.ptr = c };
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &e) != 0 || !hmi_http_connection_go(c)) {
        forget(c);
    }
    return true;
}

static void take_finished(hmi_http_loop *loop)
{
    uint64_t count;
    (void)!read(loop->wake, &count, sizeof(count));
    pthread_mutex_lock(&loop->lock);
    hmi_http_connection *list = loop->finished;
    loop->finished = NULL;
    pthread_mutex_unlock(&loop->lock);
    while (list != NULL) {
        hmi_http_connection *c = list;
        list = c->queued;
        if (!hmi_http_connection_resume(c)) {
            forget(c);
        }
    }
}

static void sweep(hmi_http_loop *loop)
{
    int64_t now = hmi_clock_us();
    for (hmi_http_connection *c = loop->first, *next; c != NULL; c = next) {
        next = c->next;
        bool good = c->state == HMI_HTTP_BUSY     ? true
                    : c->state == HMI_HTTP_STREAM ? hmi_http_connection_stream(c)
                                                  : hmi_http_connection_in_time(c, now);
        if (!good) {
            forget(c);
        }
    }
}

/* Taking finished ones may free connections that stand later in the same batch: that comes last. */
static void handle(hmi_http_loop *loop, const struct epoll_event *e, bool *woken)
{
    if (e->data.ptr == loop) {
        *woken = true;
    } else if (e->data.ptr == loop->server) {
        for (int i = 0; i < ACCEPTS && accept_one(loop); i++) {
        }
    } else {
        hmi_http_connection *c = e->data.ptr;
        if (c->state == HMI_HTTP_BUSY) {
            /* It hung up while a worker has it: the answer's first write will notice. */
            (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, c->fd, NULL);
            c->gone = true;
        } else if (!hmi_http_connection_go(c)) {
            forget(c);
        }
    }
}

static void *loop_main(void *with)
{
    hmi_http_loop *loop = with;
    struct epoll_event events[EVENTS];
    int64_t swept = hmi_clock_us(), end = 0;
    for (;;) {
        int count = epoll_wait(loop->epoll, events, EVENTS, TICK_MS);
        bool woken = false;
        for (int i = 0; i < count; i++) {
            handle(loop, &events[i], &woken);
        }
        if (woken) {
            take_finished(loop);
        }
        int64_t now = hmi_clock_us();
        if (now - swept > TICK_MS * 1000) {
            sweep(loop);
            swept = now;
        }
        if (atomic_load(&loop->server->ending)) {
            end = end == 0 ? now + END_MS * 1000 : end;
            bool idle = true;
            for (hmi_http_connection *c = loop->first; c != NULL; c = c->next) {
                idle &= c->state == HMI_HTTP_HEAD || c->state == HMI_HTTP_LINGER ||
                        c->state == HMI_HTTP_STREAM;
            }
            if (idle || now > end) {
                return NULL;
            }
        }
    }
}

/* -- Beginning and end. */

static bool know_port(hmi_http_server *s)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);
    if (getsockname(s->listener, (struct sockaddr *)&at, &len) != 0) {
        return false;
    }
    s->port = at.ss_family == AF_INET6  ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
              : at.ss_family == AF_INET ? ntohs(((struct sockaddr_in *)&at)->sin_port)
                                        : 0;
    return true;
}

/* Somebody else listens already: whoever started us opened the socket. */
static int listen_on(hmi_http_server *s, hm_err *err)
{
    s->listener = s->options.listener;
    int flags = fcntl(s->listener, F_GETFL);
    bool good = flags >= 0 && fcntl(s->listener, F_SETFL, flags | O_NONBLOCK) == 0 &&
                fcntl(s->listener, F_SETFD, FD_CLOEXEC) == 0 && know_port(s);
    return good ? HM_OK : hmi_fail_errno(err, "cannot listen on the socket that was handed over");
}

static int listen_at(hmi_http_server *s, hm_err *err)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char port[8];
    snprintf(port, sizeof(port), "%u", s->options.port);
    if (getaddrinfo(s->options.address, port, &hints, &found) != 0) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "\"%s\" is no numeric address",
                        s->options.address);
    }
    int yes = 1;
    s->listener = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good = s->listener >= 0 &&
                setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
                bind(s->listener, found->ai_addr, found->ai_addrlen) == 0 &&
                listen(s->listener, BACKLOG) == 0;
    good = good && know_port(s);
    int code =
        good ? HM_OK : hmi_fail_errno(err, "cannot listen at %s port %s", s->options.address, port);
    freeaddrinfo(found);
    return code;
}

static int start_loop(hmi_http_server *s, hmi_http_loop *loop, hm_err *err)
{
    loop->server = s;
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event wakes = { .events = EPOLLIN, .data.ptr = loop };
    struct epoll_event calls = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = s };
    if (loop->epoll < 0 || loop->wake < 0 ||
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &wakes) != 0 ||
        epoll_ctl(loop->epoll, EPOLL_CTL_ADD, s->listener, &calls) != 0) {
        int code = hmi_fail_errno(err, "cannot watch sockets");
        if (loop->epoll >= 0) {
            close(loop->epoll);
        }
        if (loop->wake >= 0) {
            close(loop->wake);
        }
        return code;
    }
    errno = pthread_create(&loop->thread, NULL, loop_main, loop);
    if (errno != 0) {
        close(loop->epoll);
        close(loop->wake);
        return hmi_fail_errno(err, "cannot start a thread");
    }
    s->loop_count++;
    return HM_OK;
}

static int start_threads(hmi_http_server *s, hm_err *err)
{
    unsigned workers = s->options.workers > 0 ? s->options.workers : HMI_HTTP_WORKERS;
    for (unsigned i = 0; i < workers && i < HMI_HTTP_WORKERS_MAX; i++) {
        errno = pthread_create(&s->workers[i], NULL, worker_main, s);
        if (errno != 0) {
            return hmi_fail_errno(err, "cannot start a thread");
        }
        s->worker_count++;
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned loops = s->options.loops > 0 ? s->options.loops : processors > 1 ? 2 : 1;
    for (unsigned i = 0; i < loops && i < HMI_HTTP_LOOPS_MAX; i++) {
        HMI_TRY(start_loop(s, &s->loops[i], err));
    }
    return HM_OK;
}

static uint32_t or_else(uint32_t given, uint32_t otherwise)
{
    return given > 0 ? given : otherwise;
}

int hmi_http_server_start(const hmi_http_options *options, const hmi_http_handler *handler,
                          hmi_http_server **ret_server, hm_err *err)
{
    hmi_http_server *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a server");
    }
    s->options = *options;
    s->options.head_ms = or_else(options->head_ms, 10000);
    s->options.body_ms = or_else(options->body_ms, 10000);
    s->options.idle_ms = or_else(options->idle_ms, 60000);
    s->options.write_ms = or_else(options->write_ms, 10000);
    s->secure = options->tls != NULL;
    s->tls = hmi_http_tls_ref(options->tls);
    s->handler = *handler;
    s->listener = -1;
    s->work_end = &s->work;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->more, NULL);
    int code = s->options.listener > 0 ? listen_on(s, err) : listen_at(s, err);
    code = code == HM_OK ? start_threads(s, err) : code;
    if (code != HM_OK) {
        hmi_http_server_stop(s);
        return code;
    }
    *ret_server = s;
    return HM_OK;
}

hmi_http_tls *hmi_http_server_tls(hmi_http_server *s, unsigned *ret_renewals)
{
    pthread_mutex_lock(&s->lock);
    hmi_http_tls *tls = hmi_http_tls_ref(s->tls);
    *ret_renewals = atomic_load(&s->renewals);
    pthread_mutex_unlock(&s->lock);
    return tls;
}

void hmi_http_server_renew(hmi_http_server *s, hmi_http_tls *tls)
{
    hmi_assert(s->secure && tls != NULL);
    pthread_mutex_lock(&s->lock);
    hmi_http_tls *old = s->tls;
    s->tls = hmi_http_tls_ref(tls);
    atomic_fetch_add(&s->renewals, 1);
    pthread_mutex_unlock(&s->lock);
    hmi_http_tls_unref(old);
}

uint16_t hmi_http_server_port(const hmi_http_server *server)
{
    return server->port;
}

void hmi_http_server_stop(hmi_http_server *s)
{
    if (s == NULL) {
        return;
    }
    if (s->listener >= 0) {
        close(s->listener);
    }
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->ending, true);
    pthread_cond_broadcast(&s->more);
    pthread_mutex_unlock(&s->lock);
    /* Workers end when the list is empty; then nothing is a worker's any more. */
    for (unsigned i = 0; i < s->worker_count; i++) {
        pthread_join(s->workers[i], NULL);
    }
    for (unsigned i = 0; i < s->loop_count; i++) {
        wake(&s->loops[i]);
        pthread_join(s->loops[i].thread, NULL);
        while (s->loops[i].first != NULL) {
            forget(s->loops[i].first);
        }
        close(s->loops[i].epoll);
        close(s->loops[i].wake);
        pthread_mutex_destroy(&s->loops[i].lock);
    }
    hmi_http_tls_unref(s->tls);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->more);
    free(s);
}
