/* SPDX-License-Identifier: Apache-2.0
 *
 * seal.h - a file on the disk becomes a sealed memory file with a name, or a spooled one.
 *
 * From then on nobody can change or shrink it under a reader's hands.
 */
#ifndef HMI_INTAKE_SEAL_H
#define HMI_INTAKE_SEAL_H

#include "base/hash.h"
#include "casebook/store.h"
#include "intake/walk.h"

typedef struct hmi_sealed {
    int fd; /* the caller's to close */
    uint64_t size;
    hmi_sha256 sha256;
} hmi_sealed;

enum { HMI_SPOOL_FROM = 32 << 20 }; /* longer files are not taken into memory */

typedef struct hmi_seal_limits {
    uint64_t size_max;
    uint64_t spool_from; /* 0: HMI_SPOOL_FROM */
    const char *folder;  /* where longer files are spooled (hmi_jail_spool_fd) */
} hmi_seal_limits;

/* HM_E_LIMIT when the file is larger than `size_max` (told before reading). */
int hmi_seal_file(const hmi_found *found, const hmi_seal_limits *limits, hmi_sealed *ret_sealed,
                  hm_err *err);
hmi_file_stamp hmi_stamp_of(const struct stat *status);
int64_t hmi_modified_us(const struct stat *status);

#endif
