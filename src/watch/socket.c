/* SPDX-License-Identifier: Apache-2.0
 *
 * socket.c - datagrams and streams into lines.
 *
 * OWNS   Its descriptors, a buffer for each client, and the name of a Unix socket, which it
 * removes.
 */
#include "watch/socket_tls.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"

typedef enum socket_kind { UDP, TCP, TLS, UNIX } socket_kind;

typedef struct client {
    int fd;              /* -1: free */
    hmi_tls_client *tls; /* NULL: plain */
    hmi_buf pending;
} client;

struct hmi_socket {
    socket_kind kind;
    int fd;
    hmi_socket_tls *tls;                                    /* of all clients; NULL: plain */
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* of a Unix socket; else "" */
    client clients[HMI_SOCKET_CLIENTS_MAX];
    uint32_t overflow; /* as the kernel counts */
    uint64_t lost;
    uint8_t datagram[HMI_SOCKET_DATAGRAM_MAX];
};

static const char *const KINDS[] = { "udp:", "tcp:", "tls:", "unix:" };

static bool has_clients(const hmi_socket *s)
{
    return s->kind == TCP || s->kind == TLS;
}

static bool kind_of(const char *name, socket_kind *ret_kind, const char **ret_rest)
{
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        if (strncmp(name, KINDS[i], strlen(KINDS[i])) == 0) {
            *ret_kind = (socket_kind)i;
            *ret_rest = name + strlen(KINDS[i]);
            return true;
        }
    }
    return false;
}

bool hmi_socket_is(const char *name)
{
    socket_kind kind;
    const char *rest;
    return kind_of(name, &kind, &rest);
}

/* ---- Opening */

/* getaddrinfo takes 99999 and listens on 34463. */
static bool is_port(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len > 0 && len <= 5 && text[len] == '\0' && strtoul(text, NULL, 10) <= UINT16_MAX;
}

/* "[::]:514", "127.0.0.1:514", ":514". */
static int find_address(const char *rest, socket_kind kind, struct addrinfo **ret, hm_err *err)
{
    char host[256];
    const char *colon = strrchr(rest, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - rest);
    if (colon == NULL || len >= sizeof(host) || !is_port(colon + 1)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a socket is named udp:ADDRESS:PORT, tcp:ADDRESS:PORT, tls:ADDRESS:PORT or "
                        "unix:PATH");
    }
    bool brackets = len >= 2 && rest[0] == '[' && rest[len - 1] == ']';
    memcpy(host, rest + (brackets ? 1 : 0), len - (brackets ? 2 : 0));
    host[len - (brackets ? 2 : 0)] = '\0';
    struct addrinfo hints = { .ai_socktype = kind == UDP ? SOCK_DGRAM : SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
    int code = getaddrinfo(host[0] == '\0' ? NULL : host, colon + 1, &hints, ret);
    return code == 0 ? HM_OK
                     : hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                                "\"%.100s\" is no numeric address and port: %s", rest,
                                gai_strerror(code));
}

static int bind_inet(hmi_socket *s, const char *rest, hm_err *err)
{
    struct addrinfo *found = NULL;
    HMI_TRY(find_address(rest, s->kind, &found, err));
    int on = 1;
    int size = HMI_SOCKET_BUFFER;
    int code = HM_OK;
    s->fd = socket(found->ai_family, found->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd >= 0) {
        (void)setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        (void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
        (void)setsockopt(s->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
    }
    if (s->fd < 0 || bind(s->fd, found->ai_addr, found->ai_addrlen) != 0 ||
        (has_clients(s) && listen(s->fd, HMI_SOCKET_CLIENTS_MAX) != 0)) {
        code = hmi_fail_errno(err, "listening on %.100s", rest);
    }
    freeaddrinfo(found);
    return code;
}

/* A socket that a dead process left is replaced; any other file is left alone. */
static int bind_unix(hmi_socket *s, const char *path, hm_err *err)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    struct stat st;
    int size = HMI_SOCKET_BUFFER;
    if (path[0] == '\0' || strlen(path) >= sizeof(name.sun_path)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "the path of a Unix socket is too long");
    }
    memcpy(name.sun_path, path, strlen(path));
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        (void)unlink(path);
    }
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (const struct sockaddr *)(const void *)&name, sizeof(name)) != 0) {
        return hmi_fail_errno(err, "listening on %.100s", path);
    }
    (void)setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    memcpy(s->path, path, strlen(path));
    return HM_OK;
}

int hmi_socket_new(const char *name, const hmi_socket_files *files, hmi_socket **ret_socket,
                   hm_err *err)
{
    const char *rest = name;
    hmi_socket *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a socket");
    }
    hmi_assert(kind_of(name, &s->kind, &rest));
    s->fd = -1;
    for (size_t i = 0; i < HMI_SOCKET_CLIENTS_MAX; i++) {
        s->clients[i].fd = -1;
    }
    int code = s->kind == TLS ? hmi_socket_tls_new(files, &s->tls, err) : HM_OK;
    if (code == HM_OK) {
        code = s->kind == UNIX ? bind_unix(s, rest, err) : bind_inet(s, rest, err);
    }
    if (code != HM_OK) {
        hmi_socket_free(s);
        return code;
    }
    *ret_socket = s;
    return HM_OK;
}

static void close_client(client *c)
{
    hmi_tls_client_free(c->tls);
    close(c->fd);
    c->tls = NULL;
    c->fd = -1;
    hmi_buf_fini(&c->pending);
}

void hmi_socket_free(hmi_socket *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < HMI_SOCKET_CLIENTS_MAX; i++) {
        if (s->clients[i].fd >= 0) {
            close_client(&s->clients[i]);
        }
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    if (s->path[0] != '\0') {
        (void)unlink(s->path);
    }
    hmi_socket_tls_free(s->tls);
    free(s);
}

uint64_t hmi_socket_lost(const hmi_socket *s)
{
    return s->lost + s->overflow;
}

/* ---- Taking */

static void add_record(hmi_buf *lines, const uint8_t *ptr, size_t len)
{
    while (len > 0 && (ptr[len - 1] == '\n' || ptr[len - 1] == '\0' || ptr[len - 1] == '\r')) {
        len--;
    }
    if (len > 0) {
        hmi_buf_add(lines, hmi_bytes(ptr, len));
        hmi_buf_add_char(lines, '\n');
    }
}

static bool take_datagram(hmi_socket *s, hmi_buf *lines)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(sizeof(uint32_t))];
    } control;
    struct iovec into = { s->datagram, sizeof(s->datagram) };
    struct msghdr message = { .msg_iov = &into,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
    ssize_t got = recvmsg(s->fd, &message, 0);
    if (got < 0) {
        return false;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&s->overflow, CMSG_DATA(c), sizeof(s->overflow));
        }
    }
    add_record(lines, s->datagram, (size_t)got);
    return true;
}

static void accept_clients(hmi_socket *s)
{
    for (;;) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        size_t i = 0;
        while (i < HMI_SOCKET_CLIENTS_MAX && s->clients[i].fd >= 0) {
            i++;
        }
        hmi_tls_client *tls =
            s->tls != NULL && i < HMI_SOCKET_CLIENTS_MAX ? hmi_tls_client_new(s->tls, fd) : NULL;
        if (i == HMI_SOCKET_CLIENTS_MAX || (s->tls != NULL && tls == NULL)) {
            s->lost++;
            close(fd);
            continue;
        }
        s->clients[i].fd = fd;
        s->clients[i].tls = tls;
        hmi_buf_init(&s->clients[i].pending, 2 * HMI_SOCKET_FRAME_MAX);
    }
}

/* "123 <34>...": the length of the record, and how many bytes say so. 0: not so framed. */
static size_t counted(hm_bytes bytes, size_t *ret_head)
{
    enum { DIGITS_MAX = 7 };
    size_t number = 0;
    size_t i = 0;
    while (i < bytes.len && i < DIGITS_MAX && bytes.ptr[i] >= '0' && bytes.ptr[i] <= '9') {
        number = number * 10 + (size_t)(bytes.ptr[i++] - '0');
    }
    bool framed = i > 0 && bytes.ptr[0] != '0' && i + 1 < bytes.len && bytes.ptr[i] == ' ' &&
                  bytes.ptr[i + 1] == '<' && number <= HMI_SOCKET_FRAME_MAX;
    *ret_head = i + 1;
    return framed ? number : 0;
}

/* The first whole record of a client's bytes: its place, and all that it takes. */
static bool next_record(hmi_socket *s, hm_bytes bytes, hm_bytes *ret_record, size_t *ret_used)
{
    size_t head;
    size_t len = counted(bytes, &head);
    if (len > 0) {
        *ret_record = hmi_slice(bytes, head, len);
        *ret_used = head + len;
        return bytes.len >= head + len;
    }
    size_t end = hmi_find_byte(bytes, '\n');
    bool cut = end == HMI_NPOS && bytes.len >= HMI_SOCKET_FRAME_MAX;
    s->lost += cut;
    *ret_used = cut ? bytes.len : end == HMI_NPOS ? 0 : end + 1;
    *ret_record = hmi_slice(bytes, 0, *ret_used);
    return *ret_used > 0;
}

static void take_records(hmi_socket *s, client *c, hmi_buf *lines, bool at_end)
{
    hm_bytes rest = hmi_buf_bytes(&c->pending);
    hm_bytes record;
    size_t used;
    while (rest.len > 0 && next_record(s, rest, &record, &used)) {
        add_record(lines, record.ptr, record.len);
        rest = hmi_slice(rest, used, rest.len);
    }
    if (at_end && rest.len > 0) {
        add_record(lines, rest.ptr, rest.len);
        rest.len = 0;
    }
    if (rest.len > 0) {
        memmove(c->pending.ptr, rest.ptr, rest.len);
    }
    c->pending.len = rest.len;
}

static bool take_client(hmi_socket *s, client *c, hmi_buf *lines)
{
    enum { STEP = 65536 };
    uint8_t *to = hmi_buf_extend(&c->pending, STEP);
    if (to == NULL) {
        s->lost++;
        close_client(c);
        return false;
    }
    ssize_t got = c->tls != NULL ? hmi_tls_client_recv(c->tls, to, STEP) : recv(c->fd, to, STEP, 0);
    c->pending.len -= STEP - (size_t)(got > 0 ? got : 0);
    bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
    s->lost += got < 0 && errno == EPROTO;
    take_records(s, c, lines, got <= 0 && !later);
    if (got <= 0 && !later) {
        close_client(c);
    }
    return got > 0;
}

bool hmi_socket_take(hmi_socket *s, hmi_buf *lines, size_t len)
{
    size_t start = lines->len;
    bool more = true;
    if (has_clients(s)) {
        accept_clients(s);
    }
    while (more && lines->bad == 0 && lines->len - start < len) {
        more = !has_clients(s) && take_datagram(s, lines);
        for (size_t i = 0; has_clients(s) && i < HMI_SOCKET_CLIENTS_MAX; i++) {
            more |= s->clients[i].fd >= 0 && take_client(s, &s->clients[i], lines);
        }
    }
    return more;
}

size_t hmi_socket_polled(const hmi_socket *s, struct pollfd *polled, size_t room)
{
    size_t count = 0;
    if (room > 0) {
        polled[count++] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
    }
    for (size_t i = 0; i < HMI_SOCKET_CLIENTS_MAX && count < room; i++) {
        if (s->clients[i].fd >= 0) {
            polled[count++] = (struct pollfd){ .fd = s->clients[i].fd, .events = POLLIN };
        }
    }
    return count;
}
