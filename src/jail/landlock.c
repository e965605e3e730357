/* SPDX-License-Identifier: Apache-2.0
 *
 * landlock.c - a Landlock domain in which nothing may be opened, reached or signalled.
 *
 * WHY    seccomp forbids calls, Landlock forbids effects: if one of them has a hole, the other
 *        stands.
 * FORM   A rule set that handles every right this kernel knows and grants none. The kernel's ABI
 *        number says which rights it knows; older headers lack the newer names, so they stand here.
 * TRUST  -
 * OWNS   The rule set's descriptor, for the length of the call.
 */
#include "jail/walls.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#define __NR_landlock_restrict_self 446
#endif

enum {
    VERSION_FLAG = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
    /* Number of LANDLOCK_ACCESS_FS_ bits by ABI: 1: up to MAKE_SYM, 2: REFER, 3: TRUNCATE,
     * 5: IOCTL_DEV. */
    FS_BITS_1 = 13,
    FS_BITS_2 = 14,
    FS_BITS_3 = 15,
    FS_BITS_5 = 16,
    NET_BITS_4 = 2,  /* BIND_TCP, CONNECT_TCP */
    SCOPE_BITS_6 = 2 /* ABSTRACT_UNIX_SOCKET, SIGNAL */
};

/* struct landlock_ruleset_attr as of ABI 6. */
typedef struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
} ruleset;

static uint64_t bits(unsigned count)
{
    return (UINT64_C(1) << count) - 1;
}

int hmi_walls_landlock_abi(void)
{
    long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
    return abi > 0 ? (int)abi : 0;
}

bool hmi_walls_landlock(void)
{
    int abi = hmi_walls_landlock_abi();
    if (abi < 1) {
        return false;
    }
    ruleset all = { .handled_access_fs = bits(abi >= 5   ? FS_BITS_5
                                              : abi >= 3 ? FS_BITS_3
                                              : abi >= 2 ? FS_BITS_2
                                                         : FS_BITS_1) };
    size_t size = sizeof(all.handled_access_fs);
    if (abi >= 4) {
        all.handled_access_net = bits(NET_BITS_4);
        size += sizeof(all.handled_access_net);
    }
    if (abi >= 6) {
        all.scoped = bits(SCOPE_BITS_6);
        size += sizeof(all.scoped);
    }
    long fd = syscall(__NR_landlock_create_ruleset, &all, size, 0);
    if (fd < 0) {
        return false;
    }
    bool inside = syscall(__NR_landlock_restrict_self, fd, 0) == 0;
    close((int)fd);
    return inside;
}
