/* SPDX-License-Identifier: Apache-2.0
 *
 * socket.h - records that are sent: syslog over UDP, TCP and TLS, datagrams on a Unix socket.
 *
 * FORM   "udp:ADDRESS:PORT", "tcp:ADDRESS:PORT", "tls:ADDRESS:PORT" ("udp::PORT" listens on this
 * machine alone), "unix:PATH". A datagram is a record. On TCP and TLS a record ends with a line or,
 * where it begins with a number and a blank, after so many bytes (RFC 6587, RFC 5425). TRUST
 * Anybody who can reach the socket: messages, clients and what is kept for each are bounded. What
 * the kernel had to drop because we were slow is counted.
 */
#ifndef HMI_WATCH_SOCKET_H
#define HMI_WATCH_SOCKET_H

#include <poll.h>

#include "base/buf.h"

enum {
    HMI_SOCKET_CLIENTS_MAX = 64,
    HMI_SOCKET_DATAGRAM_MAX = 65536,
    HMI_SOCKET_FRAME_MAX = 1 << 20, /* of one record on TCP; a longer one is cut there */
    HMI_SOCKET_BUFFER = 8 << 20     /* asked of the kernel */
};

/* Of a socket that speaks TLS, all PEM. */
typedef struct hmi_socket_files {
    const char *certificate, *key;
    const char *client_ca; /* clients must have a certificate of this authority; NULL: anybody */
} hmi_socket_files;

typedef struct hmi_socket hmi_socket;
bool hmi_socket_is(const char *name);
/* `files` may be NULL where no name asks for TLS. */
int hmi_socket_new(const char *name, const hmi_socket_files *files, hmi_socket **ret_socket,
                   hm_err *err);
void hmi_socket_free(hmi_socket *socket); /* NULL is fine */
/* Appends what is there as whole lines, about `len` bytes at most. True when more may be there now.
 */
bool hmi_socket_take(hmi_socket *socket, hmi_buf *lines, size_t len);
/* Datagrams that the kernel dropped, clients turned away or not agreed with, frames cut: since the
 * beginning. */
uint64_t hmi_socket_lost(const hmi_socket *socket);
/* What to wait for; returns how many of `room` were filled. */
size_t hmi_socket_polled(const hmi_socket *socket, struct pollfd *polled, size_t room);

#endif
