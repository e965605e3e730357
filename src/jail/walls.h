/* SPDX-License-Identifier: Apache-2.0
 *
 * walls.h - what keeps a worker in: one function for the zygote, one for each worker.
 *
 * Linux only; another system brings its own walls.c behind these two functions.
 */
#ifndef HMI_JAIL_WALLS_H
#define HMI_JAIL_WALLS_H

#include <hallmark/base.h>
#include <stdbool.h>

enum {
    HMI_WALL_NO_NEW_PRIVS = 1,
    HMI_WALL_NAMESPACES = 2,
    HMI_WALL_LANDLOCK = 4,
    HMI_WALL_SECCOMP = 8,
    HMI_WALL_RLIMITS = 16
};

typedef struct hmi_walls_limits {
    uint64_t address_space_max; /* bytes, all in all; 0: none */
    uint32_t cpu_ms;
    int channel; /* the only descriptor it may write to */
} hmi_walls_limits;

/* Once, in the zygote, in this order. Namespaces: whatever of user, pid, net, mount, ipc and uts
 * the system allows, with an empty root; the caller must fork once afterwards to be inside the pid
 * one. Then rights: no capabilities, no new privileges, Landlock. Each returns HMI_WALL_ bits. */
unsigned hmi_walls_namespaces(void);
unsigned hmi_walls_rights(void);
/* The Landlock version of this kernel, 0 without it. */
int hmi_walls_landlock_abi(void);

/* In a worker, last thing before it reads. Returns the bits that stand. */
unsigned hmi_walls_worker(const hmi_walls_limits *limits);

/* Parts of hmi_walls_rights and hmi_walls_worker. */
bool hmi_walls_landlock(void);
bool hmi_walls_seccomp(int channel);

#endif
