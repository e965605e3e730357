/* SPDX-License-Identifier: Apache-2.0
 *
 * socket_tls.h - the TLS of clients that send records.
 */
#ifndef HMI_WATCH_SOCKET_TLS_H
#define HMI_WATCH_SOCKET_TLS_H

#include <sys/types.h>

#include "watch/socket.h"

enum { HMI_TLS_HANDSHAKE_MAX_S = 10 /* a client that has not agreed by then is hung up on */ };

typedef struct hmi_socket_tls hmi_socket_tls;
int hmi_socket_tls_new(const hmi_socket_files *files, hmi_socket_tls **ret_tls, hm_err *err);
void hmi_socket_tls_free(hmi_socket_tls *tls); /* NULL is fine; after all its clients */

typedef struct hmi_tls_client hmi_tls_client;
/* `fd` stays the caller's. NULL without memory. */
hmi_tls_client *hmi_tls_client_new(hmi_socket_tls *tls, int fd);
void hmi_tls_client_free(hmi_tls_client *client); /* NULL is fine */
/* As recv(2) of a socket that does not wait: EAGAIN while they are still agreeing, EPROTO when they
 * will not. */
ssize_t hmi_tls_client_recv(hmi_tls_client *client, uint8_t *to, size_t len);

#endif
