/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.h - what a worker's end means.
 */
#ifndef HMI_JAIL_VERDICT_H
#define HMI_JAIL_VERDICT_H

#include "jail/protocol.h"

/* Exit status of a worker that could not put up its walls: it has read nothing. */
enum { HMI_EXIT_NO_WALLS = 70 };

typedef struct hmi_ending {
    int status; /* as wait4() gives it */
    uint32_t cpu_ms, cpu_ms_max;
    const hmi_decoder *decoder;
} hmi_ending;

/* The verdict of a worker that ended by itself or by the kernel, and why (HM_OK only for READ). */
hmi_verdict hmi_verdict_of(const hmi_ending *ending, hm_err *ret_reason);

#endif
