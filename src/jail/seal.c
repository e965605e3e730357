/* SPDX-License-Identifier: Apache-2.0
 *
 * seal.c - evidence as a memory file that nobody can change any more.
 *
 * WHY    A stored file may shrink while a worker has it mapped (SIGBUS) or change between two
 *        looks. A sealed copy cannot, and its pages are the kernel's, not ours.
 * FORM   memfd with seals against writing, growing, shrinking and further sealing; not executable
 *        where the kernel knows that. What is too long for memory goes into a file that loses its
 *        name before its first byte is written: nobody can open it by any, and we hand on a
 *        descriptor that only reads.
 * TRUST  What the bytes are does not matter here.
 * OWNS   The descriptor until it is handed over.
 */
#include "jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum { COPY_STEP = 1 << 20, READ_STEP = 64 << 10, PATH_MAX_HERE = 4096 };

static int open_memory(int *ret_fd, hm_err *err)
{
    int fd = memfd_create("evidence", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create("evidence", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    if (fd < 0) {
        return hmi_fail_errno(err, "making a memory file");
    }
    *ret_fd = fd;
    return HM_OK;
}

static int seal(int fd, hm_err *err)
{
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        return hmi_fail_errno(err, "sealing a memory file");
    }
    return HM_OK;
}

static int write_all(int fd, hm_bytes bytes, hm_err *err)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, hmi_min(bytes.len, (size_t)1 << 30));
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return hmi_fail_errno(err, "keeping a copy of the evidence");
        }
        bytes = hmi_slice(bytes, (size_t)wrote, HMI_NPOS);
    }
    return HM_OK;
}

int hmi_jail_seal(hm_bytes bytes, int *ret_fd, hm_err *err)
{
    int fd = -1;
    HMI_TRY(open_memory(&fd, err));
    int code = write_all(fd, bytes, err);
    if (code == HM_OK) {
        code = seal(fd, err);
    }
    if (code < 0) {
        close(fd);
        return code;
    }
    *ret_fd = fd;
    return HM_OK;
}

/* The next bytes, at most `max`; 0 at the end. Inside the kernel where it can do that. */
static int copy_some(int from, int to, size_t max, bool *spliced, size_t *ret_count, hm_err *err)
{
    ssize_t got = -1;
    if (*spliced) {
        got = sendfile(to, from, NULL, hmi_min(max, COPY_STEP));
        *spliced = got >= 0 || (errno != EINVAL && errno != ENOSYS);
    }
    if (!*spliced) {
        uint8_t step[READ_STEP];
        got = read(from, step, hmi_min(max, sizeof(step)));
        if (got > 0) {
            HMI_TRY(write_all(to, hmi_bytes(step, (size_t)got), err));
        }
    }
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
        return hmi_fail_errno(err, "copying the evidence");
    }
    *ret_count = got > 0 ? (size_t)got : 0;
    return got < 0 ? HM_E_BUSY : HM_OK;
}

static int copy_all(int from, int to, uint64_t size_max, uint64_t *ret_size, hm_err *err)
{
    bool spliced = true;
    uint64_t size = 0;
    for (;;) {
        size_t count = 0;
        /* One byte beyond the limit is asked for: it says that there is more. */
        uint64_t room = size_max - size;
        int code = copy_some(from, to, (size_t)(room < COPY_STEP ? room + 1 : COPY_STEP), &spliced,
                             &count, err);
        if (code == HM_E_BUSY) {
            continue;
        }
        HMI_TRY(code);
        if (count > room) {
            return hmi_fail(err, HM_E_LIMIT, size_max, "longer than %llu bytes",
                            (unsigned long long)size_max);
        }
        size += count;
        if (count == 0) {
            *ret_size = size;
            return HM_OK;
        }
    }
}

int hmi_jail_seal_fd(int fd, uint64_t size_max, int *ret_fd, uint64_t *ret_size, hm_err *err)
{
    int to = -1;
    uint64_t size = 0;
    HMI_TRY(open_memory(&to, err));
    int code = copy_all(fd, to, size_max, &size, err);
    if (code == HM_OK) {
        code = seal(to, err);
    }
    if (code < 0) {
        close(to);
        return code;
    }
    *ret_fd = to;
    *ret_size = size;
    return HM_OK;
}

/* --- on the disk ----------------------------------------------------------------------------- */

/* Opened twice, then without a name. Both ends are the same file, whatever happened in between. */
static int open_ends(char *path, hmi_spool *ret_spool, hm_err *err)
{
    struct stat to_is, from_is;
    hmi_spool spool = { .to = mkostemp(path, O_CLOEXEC) };
    if (spool.to < 0) {
        return hmi_fail_errno(err, "making a file for long evidence in %s", path);
    }
    spool.from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int code = spool.from >= 0 ? HM_OK : hmi_fail_errno(err, "opening %s again", path);
    if (unlink(path) < 0 && code == HM_OK) {
        code = hmi_fail_errno(err, "taking its name from %s", path);
    }
    if (code == HM_OK && (fstat(spool.to, &to_is) < 0 || fstat(spool.from, &from_is) < 0 ||
                          to_is.st_dev != from_is.st_dev || to_is.st_ino != from_is.st_ino)) {
        code = hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE, "somebody changed %s meanwhile", path);
    }
    if (code < 0) {
        close(spool.to);
        if (spool.from >= 0) {
            close(spool.from);
        }
        return code;
    }
    *ret_spool = spool;
    return HM_OK;
}

int hmi_jail_spool_open(const char *folder, hmi_spool *ret_spool, hm_err *err)
{
    char path[PATH_MAX_HERE];
    if (snprintf(path, sizeof(path), "%s/.spool-XXXXXX", folder) >= (int)sizeof(path)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the folder's path is too long");
    }
    return open_ends(path, ret_spool, err);
}

int hmi_jail_spool_fd(int fd, const char *folder, uint64_t size_max, int *ret_fd,
                      uint64_t *ret_size, hm_err *err)
{
    hmi_spool spool;
    uint64_t size = 0;
    HMI_TRY(hmi_jail_spool_open(folder, &spool, err));
    int code = copy_all(fd, spool.to, size_max, &size, err);
    if (close(spool.to) < 0 && code == HM_OK) {
        code = hmi_fail_errno(err, "writing long evidence to %s", folder);
    }
    if (code < 0) {
        close(spool.from);
        return code;
    }
    *ret_fd = spool.from;
    *ret_size = size;
    return HM_OK;
}
