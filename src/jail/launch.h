/* SPDX-License-Identifier: Apache-2.0
 *
 * launch.h - the zygote as the parent sees it: start, order, hear, stop.
 */
#ifndef HMI_JAIL_LAUNCH_H
#define HMI_JAIL_LAUNCH_H

#include <spawn.h>
#include <stdbool.h>
#include <sys/types.h>

#include "jail/jail.h"
#include "jail/zygote.h"

enum { HMI_LAUNCH_HELLO_MS = 10000, HMI_LAUNCH_PATH = 4096 };

typedef struct hmi_launched {
    pid_t pid;
    int control; /* our end */
    hmi_report hello;
} hmi_launched;

/* The path of hallmark-worker; false leaves the last one looked at. */
bool hmi_launch_find(const char *asked, char found[HMI_LAUNCH_PATH]);
/* No signal mask, default handlers, a session of its own: Ctrl-C is for us, we end it. */
bool hmi_launch_attributes(posix_spawnattr_t *attributes);

/* `worker` NULL: looked for (docs/JAIL.md says where). */
int hmi_launch(const char *worker, hmi_launched *ret_launched, hm_err *err);
/* Takes its workers along. */
void hmi_launched_stop(hmi_launched *launched);

/* HM_E_IO when it is gone. Descriptors are lent; both -1 for none. */
int hmi_launched_order(const hmi_launched *launched, const hmi_order *order, int evidence,
                       int channel, hm_err *err);
/* 1: *ret_report is set, 0: nothing to hear now, HM_E_IO: it is gone. */
int hmi_launched_hear(const hmi_launched *launched, hmi_report *ret_report);

#endif
