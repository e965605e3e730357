/* SPDX-License-Identifier: Apache-2.0
 *
 * worker_main.c - hallmark-worker: the zygote with the trade of reading formats.
 *
 * Started by hallmark, never by hand (docs/JAIL.md).
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "code/code.h"
#include "formats/generic.h"
#include "formats/reader.h"
#include "jail/unpack.h"
#include "jail/zygote.h"

/* Grows when any reader's version does, or that of code analysis, so that evidence known from an
 * older set is read again. */
static uint32_t readers_version(void)
{
    uint32_t sum = HMI_GENERIC_VERSION + HMI_FINGERPRINT_VERSION;
    for (const hmi_reader *const *reader = hmi_readers; *reader != NULL; reader++) {
        sum += (*reader)->version;
    }
    return sum;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strncmp(argv[1], HMI_UNPACK_ARGUMENT, strlen(HMI_UNPACK_ARGUMENT)) == 0) {
        return hmi_unpack_main(strcmp(argv[1], HMI_UNPACK_ARGUMENT) != 0);
    }
    int type = 0;
    socklen_t len = sizeof(type);
    if (getsockopt(HMI_ZYGOTE_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_SEQPACKET) {
        fputs("hallmark-worker reads evidence for hallmark, which starts it; alone it does "
              "nothing\n",
              stderr);
        return 2;
    }
    hmi_worker_trade trade = { readers_version(), hmi_formats_prepare, hmi_formats_read };
    return hmi_zygote_main(&trade);
}
