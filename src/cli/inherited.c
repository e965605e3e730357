/* SPDX-License-Identifier: Apache-2.0
 *
 * inherited.c - a socket that whoever started us has opened.
 *
 * WHY    So the service can live without any network of its own: it answers and can never call.
 * FORM   LISTEN_PID is our process, LISTEN_FDS says how many; they begin at descriptor 3.
 * TRUST  The environment is the administrator's; a descriptor that is no listening socket is
 * refused.
 */
#include "cli/inherited.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

enum { FIRST = 3 };

static long number_of(const char *name)
{
    const char *text = getenv(name);
    char *end = NULL;
    long number = text != NULL ? strtol(text, &end, 10) : -1;
    return end != NULL && *end == '\0' && end != text ? number : -1;
}

static bool is_listening(int fd)
{
    int type = 0, accepts = 0;
    socklen_t len = sizeof(type), accepts_len = sizeof(accepts);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &accepts_len) == 0 && accepts != 0;
}

static bool tell_address(int fd, char address[64])
{
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);
    if (getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        return false;
    }
    if (at.ss_family != AF_INET && at.ss_family != AF_INET6) {
        return false;
    }
    return getnameinfo((struct sockaddr *)&at, len, address, 64, NULL, 0, NI_NUMERICHOST) == 0;
}

int hmi_inherited_socket(int *ret_fd, char address[64], hm_err *err)
{
    long count = number_of("LISTEN_PID") == (long)getpid() ? number_of("LISTEN_FDS") : 0;
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (count <= 0) {
        *ret_fd = 0;
        return HM_OK;
    }
    if (count != 1 || !is_listening(FIRST) || !tell_address(FIRST, address)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "one listening TCP socket is expected from whoever starts the service, "
                        "not %ld descriptors",
                        count);
    }
    *ret_fd = FIRST;
    return HM_OK;
}
