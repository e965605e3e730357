/* SPDX-License-Identifier: Apache-2.0
 *
 * seal.c - copies a file to where nobody can change it, and hashes the copy.
 *
 * WHY    What is hashed must be what is read and what is stored, even if somebody writes to the
 *        file meanwhile: so it is copied once, sealed, and everything works on the copy. A long
 *        file is copied onto the disk: memory must not grow with the evidence.
 * TRUST  A file may grow while it is copied: what outgrows memory is begun again on the disk.
 * OWNS   The copy, until it is handed over.
 */
#include "intake/seal.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/error.h"
#include "jail/jail.h"

int64_t hmi_modified_us(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000000 + status->st_mtim.tv_nsec / 1000;
}

hmi_file_stamp hmi_stamp_of(const struct stat *status)
{
    return (hmi_file_stamp){
        .device = status->st_dev,
        .inode = status->st_ino,
        .size = (uint64_t)status->st_size,
        .modified_ns = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec,
        .changed_ns = (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec,
    };
}

static int copy(const hmi_found *found, const hmi_seal_limits *limits, hmi_sealed *sealed,
                hm_err *err)
{
    uint64_t spool_from = limits->spool_from != 0 ? limits->spool_from : HMI_SPOOL_FROM;
    if ((uint64_t)found->stat.st_size <= spool_from) {
        uint64_t max = limits->size_max < spool_from ? limits->size_max : spool_from;
        int code = hmi_jail_seal_fd(found->fd, max, &sealed->fd, &sealed->size, err);
        if (code != HM_E_LIMIT || max == limits->size_max) {
            return code;
        }
        if (lseek(found->fd, 0, SEEK_SET) != 0) {
            return hmi_fail_errno(err, "beginning the file again");
        }
    }
    return hmi_jail_spool_fd(found->fd, limits->folder, limits->size_max, &sealed->fd,
                             &sealed->size, err);
}

int hmi_seal_file(const hmi_found *found, const hmi_seal_limits *limits, hmi_sealed *ret_sealed,
                  hm_err *err)
{
    uint64_t size = (uint64_t)found->stat.st_size;
    if (size > limits->size_max) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "%" PRIu64 " bytes are over the limit of %" PRIu64
                        " for one piece: raise it with --size-max, nothing was read",
                        size, limits->size_max);
    }
    hmi_sealed sealed = { .fd = -1 };
    HMI_TRY(copy(found, limits, &sealed, err));
    int code = hmi_sha256_of_fd(sealed.fd, sealed.size, &sealed.sha256, err);
    if (code != HM_OK) {
        close(sealed.fd);
        return code;
    }
    *ret_sealed = sealed;
    return HM_OK;
}
