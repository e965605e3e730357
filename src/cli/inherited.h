/* SPDX-License-Identifier: Apache-2.0
 *
 * inherited.h - a socket that whoever started us has opened (sd_listen_fds(3), without its
 * library).
 */
#ifndef HMI_CLI_INHERITED_H
#define HMI_CLI_INHERITED_H

#include <stdbool.h>

#include "base/bytes.h"

/* *ret_fd: the one listening socket, 0 when none was handed over. `address` gets its numeric
 * address
 * ("::1"). HM_E_MISUSE when more than one was handed over,
 * or what is no listening TCP socket. Forgets the environment that said so. */
int hmi_inherited_socket(int *ret_fd, char address[64], hm_err *err);

#endif
