/* SPDX-License-Identifier: Apache-2.0
 *
 * walk.h - every file under the given paths, in a fixed order, opened safely.
 *
 * Directories are entered in byte order of their names; symbolic links inside them are never
 * followed (evidence must not lead out of its folder), those named by the user are. Nothing that is
 * not a regular file is ever opened for reading: a FIFO would block, a device would act. A
 * directory that contains itself (bind mounts can) is entered once.
 */
#ifndef HMI_INTAKE_WALK_H
#define HMI_INTAKE_WALK_H

#include <sys/stat.h>

#include "base/arena.h"

enum { HMI_WALK_DEPTH_MAX = 64 };

/* One thing found. Either `fd` is open on a regular file, or `fd` is -1 and `reason` says why it
 * was not read; then `skipped` tells "not evidence" (a link, a socket) from "could not be read". */
typedef struct hmi_found {
    hm_bytes path; /* as the OS spells it: data */
    int fd;        /* the visitor may read it; closed after the visit */
    struct stat stat;
    bool skipped;
    hm_err reason;
} hmi_found;

/* Returning a negative code ends the walk with it. */
typedef int (*hmi_visit)(void *with, const hmi_found *found, hm_err *err);

int hmi_walk(const char *const *paths, size_t count, hmi_visit visit, void *with, hm_err *err);

#endif
