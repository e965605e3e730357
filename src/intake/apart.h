/* SPDX-License-Identifier: Apache-2.0
 *
 * apart.h - a long compressed file (one stream, no archive) unpacked onto the disk, not through a
 * worker's answer.
 */
#ifndef HMI_INTAKE_APART_H
#define HMI_INTAKE_APART_H

#include <hallmark/base.h>
#include <stdbool.h>

enum {
    /* Shorter ones cannot grow over what a worker may hand back. */
    HMI_APART_FROM = 2 << 20,
    HMI_APART_RATIO_MAX = 100 /* bytes for each byte of the compressed file */
};

typedef struct hmi_apart {
    const char *folder; /* where the nameless file goes; NULL: nothing is unpacked apart */
    uint64_t size_max;
    bool allow_weak_jail;
    bool (*cancelled)(void *with); /* may be NULL */
    void *with;
} hmi_apart;

/* Is this file one that should be unpacked apart? */
bool hmi_apart_wanted(const hmi_apart *how, int fd, uint64_t size);
/* What is in the file, in a nameless file that is only read. What could be unpacked is always
 * handed over; ret_cut->code is HM_OK when it is all of it. Negative: HM_E_CANCELLED, or not even
 * an empty file could be made. */
int hmi_apart_unpack(const hmi_apart *how, int fd, uint64_t size, int *ret_fd, uint64_t *ret_size,
                     hm_err *ret_cut, hm_err *err);

#endif
