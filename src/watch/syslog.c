/* SPDX-License-Identifier: Apache-2.0
 *
 * syslog.c - hits as messages of RFC 5424.
 *
 * FORM   <84>1 2014-11-24T08:00:00.000Z host hallmark 4711 hit - {"@timestamp":...
 *        84: security, warning. UDP and Unix: a datagram each (RFC 5426). TCP: its length and a
 * blank in front (RFC 6587). The batch holds them in that last form for all three. TRUST  A
 * receiver's bytes are thrown away. What the kernel took can still be lost on its way: syslog has
 * no answer that says more. OWNS   The socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "trait/canon.h"
#include "watch/sink.h"

enum { UDP, TCP, UNIX };
enum { SEND_MS = 10000, PRIORITY = 10 * 8 + 4 };

typedef struct receiver {
    int kind, fd;
    union {
        struct sockaddr any;
        struct sockaddr_storage inet;
        struct sockaddr_un local;
    } to;
    socklen_t to_len;
    char host[256]; /* ours */
} receiver;

void hmi_syslog_line(hmi_buf *out, hm_text host, long process, hm_bytes json, int64_t now_us)
{
    hmi_buf stamp;
    hmi_buf_init(&stamp, 64);
    hmi_buf_add_stix_time(&stamp, now_us);
    hmi_buf_printf(out, "<%d>1 %.*s ", PRIORITY, HMI_FMT(hmi_buf_text(&stamp)));
    hmi_buf_fini(&stamp);
    for (size_t i = 0; i < host.len && i < 255; i++) {
        hmi_buf_add_char(out, host.ptr[i] > ' ' && host.ptr[i] < 0x7f ? host.ptr[i] : '_');
    }
    hmi_buf_printf(out, "%s hallmark %ld hit - ", host.len == 0 ? "-" : "", process);
    size_t len = json.len > 0 && json.ptr[json.len - 1] == '\n' ? json.len - 1 : json.len;
    hmi_buf_add(out, hmi_slice(json, 0, len));
}

void hmi_syslog_frame(hmi_buf *out, hm_text host, hm_bytes json, int64_t now_us)
{
    hmi_buf line;
    hmi_buf_init(&line, 0);
    hmi_syslog_line(&line, host, (long)getpid(), json, now_us);
    hmi_buf_printf(out, "%zu ", line.len);
    hmi_buf_add(out, hmi_buf_bytes(&line));
    if (line.bad != 0) {
        out->bad = line.bad;
    }
    hmi_buf_fini(&line);
}

static void put(void *state, const hmi_watch_hit *hit, hm_bytes json, int64_t now_us, hmi_buf *out)
{
    const receiver *r = state;
    char small[128];
    if (r->kind != TCP && json.len > HMI_SINK_DATAGRAM_MAX) {
        int len = snprintf(small, sizeof(small),
                           "{\"event\":{\"id\":\"%s\"},\"hallmark\":{\"too_long\":true}}", hit->id);
        json = hmi_bytes(small, (size_t)len);
    }
    hmi_syslog_frame(out, hmi_text_of(r->host), json, now_us);
}

static void hang_up(receiver *r)
{
    if (r->fd >= 0) {
        close(r->fd);
    }
    r->fd = -1;
}

static bool wait_for(const receiver *r, short what)
{
    struct pollfd polled = { .fd = r->fd, .events = what };
    return poll(&polled, 1, SEND_MS) > 0;
}

static bool connected(receiver *r)
{
    int type = r->kind == TCP ? SOCK_STREAM : SOCK_DGRAM, trouble = 0;
    socklen_t len = sizeof(trouble);
    char thrown[512];
    ssize_t got = r->fd >= 0 ? recv(r->fd, thrown, sizeof(thrown), MSG_DONTWAIT) : -1;
    if (r->kind == TCP && got == 0) { /* it hung up */
        hang_up(r);
    }
    if (r->fd >= 0) {
        return true;
    }
    r->fd = socket(r->to.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (r->fd < 0 || (connect(r->fd, &r->to.any, r->to_len) != 0 && errno != EINPROGRESS)) {
        return false;
    }
    if (r->kind != TCP) {
        return true;
    }
    if (!wait_for(r, POLLOUT) || getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &trouble, &len) != 0) {
        errno = ETIMEDOUT;
        return false;
    }
    errno = trouble;
    return trouble == 0;
}

static bool send_all(const receiver *r, hm_bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(r->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes = hmi_slice(bytes, (size_t)sent, SIZE_MAX);
        } else if ((errno != EAGAIN && errno != EINTR && errno != ENOBUFS) ||
                   !wait_for(r, POLLOUT)) {
            return false;
        }
    }
    return true;
}

/* Each message of the batch without its length. */
static bool send_datagrams(const receiver *r, hm_bytes batch)
{
    while (batch.len > 0) {
        size_t blank = hmi_find_byte(batch, ' ');
        uint64_t len = 0;
        bool good = blank != HMI_NPOS &&
                    hmi_decimal(hmi_text((const char *)batch.ptr, blank), batch.len, &len);
        hmi_assert(good && len <= batch.len - blank - 1);
        if (!send_all(r, hmi_slice(batch, blank + 1, (size_t)len))) {
            return false;
        }
        batch = hmi_slice(batch, blank + 1 + (size_t)len, SIZE_MAX);
    }
    return true;
}

static hmi_sent send_batch(void *state, hm_bytes batch, unsigned *ret_wait_s, hm_err *err)
{
    receiver *r = state;
    (void)ret_wait_s;
    if (connected(r) && (r->kind == TCP ? send_all(r, batch) : send_datagrams(r, batch))) {
        return HMI_SENT;
    }
    (void)hmi_fail_errno(err, "syslog");
    hang_up(r); /* a message that was sent in part must not be continued by another */
    return HMI_SENT_LATER;
}

static void close_receiver(void *state)
{
    receiver *r = state;
    hang_up(r);
    free(r);
}

static const hmi_sink_kind SYSLOG = { put, send_batch, close_receiver };

/* "[::1]:514", "192.0.2.1:514", "loghost:6514". */
static int find_address(receiver *r, const char *rest, hm_err *err)
{
    char host[256];
    const char *colon = strrchr(rest, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - rest);
    uint64_t port = 0;
    if (colon == NULL || len == 0 || len >= sizeof(host) ||
        !hmi_decimal(hmi_text_of(colon + 1), UINT16_MAX, &port) || port == 0) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a syslog receiver is named syslog:udp:ADDRESS:PORT, "
                        "syslog:tcp:ADDRESS:PORT, syslog:tls:HOST:PORT or syslog:unix:PATH");
    }
    bool brackets = len >= 2 && rest[0] == '[' && rest[len - 1] == ']';
    memcpy(host, rest + (brackets ? 1 : 0), len - (brackets ? 2 : 0));
    host[len - (brackets ? 2 : 0)] = '\0';
    struct addrinfo hints = { .ai_socktype = r->kind == UDP ? SOCK_DGRAM : SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    int code = getaddrinfo(host, colon + 1, &hints, &found);
    if (code != 0) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "\"%.100s\" has no address: %s", rest,
                        gai_strerror(code));
    }
    memcpy(&r->to, found->ai_addr, found->ai_addrlen);
    r->to_len = found->ai_addrlen;
    freeaddrinfo(found);
    return HM_OK;
}

static int find_path(receiver *r, const char *path, hm_err *err)
{
    if (path[0] == '\0' || strlen(path) >= sizeof(r->to.local.sun_path)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "the path of a Unix socket is too long");
    }
    r->to.local.sun_family = AF_UNIX;
    memcpy(r->to.local.sun_path, path, strlen(path) + 1);
    r->to_len = sizeof(r->to.local);
    return HM_OK;
}

int hmi_syslog_open(const char *name, const hmi_sink_kind **ret_kind, void **ret_state, hm_err *err)
{
    static const char *const KINDS[] = { "udp:", "tcp:", "unix:" };
    receiver *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    r->fd = -1;
    r->kind = 0;
    while (r->kind < UNIX && strncmp(name, KINDS[r->kind], strlen(KINDS[r->kind])) != 0) {
        r->kind++;
    }
    (void)gethostname(r->host, sizeof(r->host) - 1);
    size_t prefix = strlen(KINDS[r->kind]);
    int code = strncmp(name, KINDS[r->kind], prefix) != 0 ? find_address(r, "", err)
               : r->kind == UNIX                          ? find_path(r, name + prefix, err)
                                                          : find_address(r, name + prefix, err);
    if (code != HM_OK) {
        close_receiver(r);
        return code;
    }
    *ret_kind = &SYSLOG;
    *ret_state = r;
    return HM_OK;
}
