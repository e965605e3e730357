/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.c - one client's connection, from handshake to farewell.
 *
 * FORM   HANDSHAKE -> HEAD -> [BUSY] -> [BODY] -> [BUSY] -> WRITE -> HEAD ... -> LINGER
 *        An answer without an end goes WRITE -> STREAM -> WRITE ... -> LINGER.
 *        Each state has its time. A body and an answer must also keep moving: a client that takes
 *        a byte a second holds a connection for ten seconds, not for a day.
 * TRUST  The client is hostile. Nothing is allocated for a body before the handler wants it.
 * OWNS   The socket, the session, the body, the arena; only one thread has a connection at a time:
 *        its loop's, or in BUSY a worker's.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "http/inside.h"

enum {
    PIECES_MAX = 64,    /* parts given to one writev */
    WRITES_MAX = 16,    /* before others have their turn */
    RATE_LEAST = 16384, /* bytes a second that a body or an answer must move */
    LINGER_MS = 1000,
    PATIENCE_MS = 1000000
};

static void enter(hmi_http_connection *c, hmi_http_state state)
{
    c->state = state;
    c->since_us = c->moved_us = hmi_clock_us();
    c->moved = 0;
}

hmi_http_connection *hmi_http_connection_new(hmi_http_loop *loop, int fd, const char *peer)
{
    hmi_http_connection *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->loop = loop;
    c->fd = fd;
    snprintf(c->peer, sizeof(c->peer), "%s", peer);
    c->tls = hmi_http_server_tls(loop->server, &c->renewals);
    if (c->tls != NULL && hmi_http_tls_session(c->tls, fd, &c->session) != HM_OK) {
        hmi_http_tls_unref(c->tls);
        free(c);
        return NULL;
    }
    hmi_arena_init(&c->arena, HMI_HTTP_REQUEST_MEMORY_MAX);
    hmi_buf_init(&c->out, HMI_HTTP_HEAD_MAX * 2);
    enter(c, c->session != NULL ? HMI_HTTP_HANDSHAKE : HMI_HTTP_HEAD);
    return c;
}

static void drop_answer(hmi_http_connection *c)
{
    if (c->answer.release != NULL) {
        c->answer.release(c->answer.held);
    }
    hmi_buf_fini(&c->answer.head);
    hmi_buf_fini(&c->answer.body);
    c->answer = (hmi_http_answer){ 0 };
}

static void drop_body(hmi_http_connection *c)
{
    if (c->body != NULL) {
        free(c->body);
        atomic_fetch_sub(&c->loop->server->body_bytes, c->body_max);
    }
    c->body = NULL;
    c->body_len = c->body_max = 0;
}

void hmi_http_connection_free(hmi_http_connection *c)
{
    drop_answer(c);
    drop_body(c);
    hmi_buf_fini(&c->out);
    hmi_arena_fini(&c->arena);
    if (c->session != NULL) {
        gnutls_deinit(c->session);
    }
    hmi_http_tls_unref(c->tls);
    close(c->fd);
    free(c);
}

/* -- Bytes in and out. <0: gone, 0: would wait, else how many. *ret_events: what to wait for. */

static ssize_t tls_result(hmi_http_connection *c, ssize_t rc, uint32_t *ret_events)
{
    if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) {
        *ret_events = gnutls_record_get_direction(c->session) == 1 ? EPOLLOUT : EPOLLIN;
        return 0;
    }
    return rc <= 0 ? -1 : rc; /* renegotiation is one of the errors */
}

static ssize_t take(hmi_http_connection *c, uint8_t *into, size_t room, uint32_t *ret_events)
{
    *ret_events = EPOLLIN;
    if (c->session != NULL) {
        return tls_result(c, gnutls_record_recv(c->session, into, room), ret_events);
    }
    ssize_t got = recv(c->fd, into, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0;
    }
    return got <= 0 ? -1 : got;
}

static hm_bytes piece(const hmi_http_connection *c, size_t number)
{
    if (number == 0) {
        return hmi_buf_bytes(&c->out);
    }
    return c->answer.parts[number - 1];
}

static ssize_t give_plain(hmi_http_connection *c, size_t pieces)
{
    struct iovec list[PIECES_MAX];
    int count = 0;
    for (size_t i = c->part; i < pieces && count < PIECES_MAX; i++) {
        hm_bytes b = piece(c, i);
        size_t skip = i == c->part ? c->part_at : 0;
        list[count++] = (struct iovec){ (void *)(uintptr_t)(b.ptr + skip), b.len - skip };
    }
    struct msghdr message = { .msg_iov = list, .msg_iovlen = (size_t)count };
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return 0;
    }
    return sent < 0 ? -1 : sent;
}

static ssize_t give(hmi_http_connection *c, size_t pieces, uint32_t *ret_events)
{
    *ret_events = EPOLLOUT;
    if (c->session == NULL) {
        return give_plain(c, pieces);
    }
    hm_bytes b = piece(c, c->part);
    return tls_result(c, gnutls_record_send(c->session, b.ptr + c->part_at, b.len - c->part_at),
                      ret_events);
}

/* -- Answers. */

static void add_date(hmi_buf *out)
{
    static const char *const DAYS[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char *const MONTHS[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t now = hmi_now_us();
    hmi_civil t = hmi_us_to_civil(now);
    int64_t days = now / (INT64_C(86400) * 1000000);
    hmi_buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", DAYS[days % 7], t.day,
                   MONTHS[t.month - 1], (int)t.year, t.hour, t.minute, t.second);
}

static void start_answer(hmi_http_connection *c)
{
    hmi_http_answer *a = &c->answer;
    if (a->head.bad != 0 || a->body.bad != 0) {
        drop_answer(c);
        c->loop->server->handler.refuse(c->loop->server->handler.user, 500, a);
        a->status = 500;
    }
    if (a->parts == NULL) {
        hm_bytes *only = hmi_new(&c->arena, hm_bytes);
        if (only != NULL) {
            *only = hmi_buf_bytes(&a->body);
        }
        a->parts = only;
        a->part_count = only != NULL ? 1 : 0;
        c->close |= only == NULL;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < a->part_count; i++) {
        length += a->parts[i].len;
    }
    c->close |=
        a->close || a->more != NULL || c->head.close || atomic_load(&c->loop->server->ending);
    hmi_buf_clear(&c->out);
    hmi_buf_printf(&c->out, "HTTP/1.1 %d %s\r\n", a->status, hmi_http_reason(a->status));
    add_date(&c->out);
    if (a->type != NULL) {
        hmi_buf_printf(&c->out, "Content-Type: %s\r\n", a->type);
    }
    if (a->more == NULL && a->status != 204 && a->status != 304) { /* those have no body */
        hmi_buf_printf(&c->out, "Content-Length: %llu\r\n", (unsigned long long)length);
    }
    if (a->retry_after_s > 0) {
        hmi_buf_printf(&c->out, "Retry-After: %u\r\n", a->retry_after_s);
    }
    hmi_buf_add(&c->out, hmi_buf_bytes(&a->head));
    hmi_buf_add_cstr(&c->out, c->close ? "Connection: close\r\n\r\n" : "\r\n");
    if (hmi_text_is(c->head.method, "HEAD")) {
        a->part_count = 0;
        a->more = NULL;
    }
    c->close |= c->out.bad != 0;
    c->part = c->part_at = 0;
    enter(c, HMI_HTTP_WRITE);
}

static void refuse(hmi_http_connection *c, int status)
{
    drop_answer(c);
    c->loop->server->handler.refuse(c->loop->server->handler.user, status, &c->answer);
    c->answer.status = status;
    c->answer.retry_after_s = status == 503 ? 1 : 0;
    c->close = true;
    c->want_body = false;
    start_answer(c);
}

/* All is said. True: go on with the next request of this connection. */
static bool finish_answer(hmi_http_connection *c)
{
    drop_answer(c);
    drop_body(c);
    hmi_arena_reset(&c->arena);
    c->want_body = c->body_ready = false;
    c->head = (hmi_http_head){ 0 };
    c->requests++;
    if (c->close) {
        if (c->session != NULL) {
            (void)gnutls_bye(c->session, GNUTLS_SHUT_WR);
        }
        (void)shutdown(c->fd, SHUT_WR);
        enter(c, HMI_HTTP_LINGER);
        return false;
    }
    enter(c, HMI_HTTP_HEAD);
    return true;
}

/* -- The handler. */

static void take_step(hmi_http_connection *c, hmi_http_step step)
{
    if (step == HMI_HTTP_WANT_BODY) {
        c->want_body = true;
    } else if (step == HMI_HTTP_WANT_TIME) {
        enter(c, HMI_HTTP_BUSY);
        if (!hmi_http_work_add(c)) {
            refuse(c, 503);
        }
    } else {
        start_answer(c);
    }
}

void hmi_http_connection_work(hmi_http_connection *c)
{
    const hmi_http_handler *h = &c->loop->server->handler;
    if (c->body_ready) {
        c->request.body = hmi_bytes(c->body, c->body_len);
        h->body(h->user, &c->request, &c->answer);
        return;
    }
    hmi_http_step step = h->head(h->user, &c->request, &c->answer, true);
    hmi_assert(step != HMI_HTTP_WANT_TIME);
    c->want_body = step == HMI_HTTP_WANT_BODY;
}

/* Certificates or lists were read again since the handshake: is the client's still good? */
static bool judge_again(hmi_http_connection *c)
{
    bool has = false;
    hmi_http_tls *old = c->tls;
    c->tls = hmi_http_server_tls(c->loop->server, &c->renewals);
    bool good = hmi_http_tls_move(c->tls, c->session) == HM_OK &&
                hmi_http_tls_peer(c->session, c->certificate, &has);
    hmi_http_tls_unref(old);
    c->request.certificate = has ? c->certificate : NULL;
    return good;
}

static void ask_head(hmi_http_connection *c)
{
    hmi_http_server *s = c->loop->server;
    if (c->session != NULL && c->renewals != atomic_load(&s->renewals) && !judge_again(c)) {
        c->gone = true;
        return;
    }
    c->request = (hmi_http_request){ .head = &c->head,
                                     .certificate = c->request.certificate,
                                     .peer = c->peer,
                                     .secure = c->session != NULL,
                                     .arena = &c->arena };
    take_step(c, s->handler.head(s->handler.user, &c->request, &c->answer, false));
}

/* The handler wants the body: room for it, the part that came with the head, and "go on". */
static void begin_body(hmi_http_connection *c)
{
    hmi_http_server *s = c->loop->server;
    size_t length = (size_t)c->head.length;
    if (atomic_fetch_add(&s->body_bytes, length) + length > HMI_HTTP_BODIES_MAX ||
        (c->body = malloc(length + 1)) == NULL) {
        atomic_fetch_sub(&s->body_bytes, length);
        refuse(c, 503);
        return;
    }
    c->body_max = length;
    size_t here = c->in_len < length ? c->in_len : length;
    memcpy(c->body, c->in, here);
    c->body_len = here;
    memmove(c->in, c->in + here, c->in_len - here);
    c->in_len -= here;
    enter(c, HMI_HTTP_BODY);
    static const char GO_ON[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (c->head.expects && here < length) {
        ssize_t sent = c->session != NULL ? gnutls_record_send(c->session, GO_ON, sizeof(GO_ON) - 1)
                                          : send(c->fd, GO_ON, sizeof(GO_ON) - 1, MSG_NOSIGNAL);
        c->gone |= sent != (ssize_t)(sizeof(GO_ON) - 1); /* a new connection has room for this */
    }
}

/* -- States. Each: true when another step may be taken at once. */

static bool go_handshake(hmi_http_connection *c, uint32_t *ret_events)
{
    int rc = gnutls_handshake(c->session);
    if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED ||
        (rc < 0 && !gnutls_error_is_fatal(rc))) {
        *ret_events = gnutls_record_get_direction(c->session) == 1 ? EPOLLOUT : EPOLLIN;
        return false;
    }
    bool has = false;
    if (rc < 0 || !hmi_http_tls_peer(c->session, c->certificate, &has)) {
        gnutls_alert_send(c->session, GNUTLS_AL_FATAL,
                          rc < 0 ? GNUTLS_A_HANDSHAKE_FAILURE : GNUTLS_A_BAD_CERTIFICATE);
        c->gone = true;
        return false;
    }
    c->request.certificate = has ? c->certificate : NULL;
    enter(c, HMI_HTTP_HEAD);
    return true;
}

static bool go_head(hmi_http_connection *c, uint32_t *ret_events)
{
    size_t used = 0;
    if (c->in_len > 0) {
        int status = hmi_http_head_read(hmi_bytes(c->in, c->in_len), &c->head, &used);
        if (status == 0) {
            /* The head borrows these bytes: they move to the request's memory. */
            hm_bytes kept = hmi_arena_bytes(&c->arena, hmi_bytes(c->in, used));
            if (kept.ptr == NULL || hmi_http_head_read(kept, &c->head, &used) != 0) {
                refuse(c, 503);
                return true;
            }
            memmove(c->in, c->in + used, c->in_len - used);
            c->in_len -= used;
            ask_head(c);
            return true;
        }
        if (status != HMI_HTTP_MORE) {
            refuse(c, status);
            return true;
        }
    }
    size_t old = c->in_len;
    for (;;) {
        ssize_t got = take(c, c->in + c->in_len, sizeof(c->in) - c->in_len, ret_events);
        if (got <= 0) {
            c->gone |= got < 0;
            return false;
        }
        if (c->in_len == 0) {
            enter(c, HMI_HTTP_HEAD); /* its time begins with its first byte */
        }
        c->in_len += (size_t)got;
        bool line = memchr(c->in + old, '\n', c->in_len - old) != NULL;
        if (line || c->in_len == sizeof(c->in)) {
            return true;
        }
    }
}

static bool go_body(hmi_http_connection *c, uint32_t *ret_events)
{
    if (c->body_len < c->body_max) {
        ssize_t got = take(c, c->body + c->body_len, c->body_max - c->body_len, ret_events);
        if (got <= 0) {
            c->gone |= got < 0;
            return false;
        }
        c->body_len += (size_t)got;
        c->moved += (uint64_t)got;
        c->moved_us = hmi_clock_us();
        return true;
    }
    c->want_body = false;
    c->body_ready = true;
    enter(c, HMI_HTTP_BUSY);
    if (!hmi_http_work_add(c)) {
        refuse(c, 503);
    }
    return true;
}

static bool go_write(hmi_http_connection *c, uint32_t *ret_events)
{
    size_t pieces = c->answer.part_count + 1;
    for (int turn = 0; turn < WRITES_MAX; turn++) {
        while (c->part < pieces && c->part_at == piece(c, c->part).len) {
            c->part++;
            c->part_at = 0;
        }
        if (c->part == pieces && c->answer.more != NULL) {
            enter(c, HMI_HTTP_STREAM);
            return true;
        }
        if (c->part == pieces) {
            return finish_answer(c);
        }
        ssize_t sent = give(c, pieces, ret_events);
        if (sent <= 0) {
            c->gone |= sent < 0;
            return false;
        }
        c->moved += (uint64_t)sent;
        c->moved_us = hmi_clock_us();
        size_t left = (size_t)sent;
        while (left > 0) {
            size_t rest = piece(c, c->part).len - c->part_at;
            size_t step = left < rest ? left : rest;
            c->part_at += step;
            left -= step;
            if (c->part_at == piece(c, c->part).len && left > 0) {
                c->part++;
                c->part_at = 0;
            }
        }
    }
    *ret_events = EPOLLOUT; /* others' turn */
    return false;
}

/* Who listens to a stream says nothing more: anything but silence is the end of it. */
static bool go_stream(hmi_http_connection *c, uint32_t *ret_events)
{
    uint8_t waste[256];
    ssize_t got = take(c, waste, sizeof(waste), ret_events);
    c->gone |= got != 0;
    return false;
}

bool hmi_http_connection_stream(hmi_http_connection *c)
{
    hmi_http_answer *a = &c->answer;
    hmi_buf_clear(&c->out);
    bool ends = !a->more(a->held, &c->out) || c->out.bad != 0;
    if (ends) {
        a->more = NULL;
    }
    if (c->out.len == 0 && !ends) {
        return true;
    }
    a->part_count = 0;
    c->part = c->part_at = 0;
    enter(c, HMI_HTTP_WRITE);
    return hmi_http_connection_go(c);
}

static bool go_linger(hmi_http_connection *c, uint32_t *ret_events)
{
    uint8_t waste[4096];
    for (int turn = 0; turn < WRITES_MAX; turn++) {
        *ret_events = EPOLLIN;
        ssize_t got = recv(c->fd, waste, sizeof(waste), 0);
        if (got <= 0) {
            c->gone |= got == 0 || (errno != EAGAIN && errno != EINTR);
            return false;
        }
    }
    return false;
}

static bool step(hmi_http_connection *c, uint32_t *ret_events)
{
    if (c->state == HMI_HTTP_BUSY) {
        *ret_events = 0;
        return false; /* a worker's: nothing of it may be looked at */
    }
    if (c->want_body && c->state != HMI_HTTP_BODY) {
        begin_body(c);
        return !c->gone;
    }
    switch (c->state) {
    case HMI_HTTP_HANDSHAKE:
        return go_handshake(c, ret_events);
    case HMI_HTTP_HEAD:
        return go_head(c, ret_events);
    case HMI_HTTP_BODY:
        return go_body(c, ret_events);
    case HMI_HTTP_WRITE:
        return go_write(c, ret_events);
    case HMI_HTTP_STREAM:
        return go_stream(c, ret_events);
    case HMI_HTTP_LINGER:
        return go_linger(c, ret_events);
    default:
        return false;
    }
}

bool hmi_http_connection_go(hmi_http_connection *c)
{
    uint32_t events = EPOLLIN;
    while (!c->gone && step(c, &events)) {
    }
    if (c->gone) {
        return false;
    }
    if (events != c->events) {
        struct epoll_event e = { .events = events, .data.ptr = c };
        c->events = events;
        return epoll_ctl(c->loop->epoll, EPOLL_CTL_MOD, c->fd, &e) == 0;
    }
    return true;
}

bool hmi_http_connection_resume(hmi_http_connection *c)
{
    if (c->want_body) {
        begin_body(c);
    } else {
        start_answer(c);
    }
    return hmi_http_connection_go(c);
}

/* -- Time. */

static uint32_t time_of(const hmi_http_connection *c)
{
    const hmi_http_options *o = &c->loop->server->options;
    switch (c->state) {
    case HMI_HTTP_HEAD:
        return c->in_len == 0 && c->requests > 0 ? o->idle_ms : o->head_ms;
    case HMI_HTTP_BODY:
        return o->body_ms;
    case HMI_HTTP_WRITE:
        return o->write_ms;
    case HMI_HTTP_LINGER:
        return LINGER_MS;
    case HMI_HTTP_BUSY:
        return PATIENCE_MS;
    default:
        return o->head_ms;
    }
}

bool hmi_http_connection_in_time(hmi_http_connection *c, int64_t now_us)
{
    int64_t limit_us = (int64_t)time_of(c) * 1000;
    int64_t age_us = now_us - c->since_us;
    if (age_us <= limit_us) {
        return true;
    }
    bool moves = c->state == HMI_HTTP_BODY || c->state == HMI_HTTP_WRITE;
    if (moves && now_us - c->moved_us <= limit_us &&
        c->moved >= (uint64_t)(age_us - limit_us) / 1000000 * RATE_LEAST) {
        return true;
    }
    bool mute = c->state == HMI_HTTP_HEAD ? c->in_len == 0 : c->state != HMI_HTTP_BODY;
    if (mute) {
        return false;
    }
    refuse(c, 408);
    return hmi_http_connection_go(c);
}
