/* SPDX-License-Identifier: Apache-2.0
 *
 * seal.c - evidence as a memory file that nobody can change any more.
 *
 * WHY    A stored file may shrink while a worker has it mapped (SIGBUS) or change between two
 *        looks. A sealed copy cannot, and its pages are the kernel's, not ours.
 * FORM   memfd with seals against writing, growing, shrinking and further sealing; not executable
 *        where the kernel knows that.
 * TRUST  What the bytes are does not matter here.
 * OWNS   The descriptor until it is handed over.
 */
#include "jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

enum { COPY_STEP = 1 << 20, READ_STEP = 64 << 10 };

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
            return hmi_fail_errno(err, "writing a memory file");
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
        return hmi_fail_errno(err, "reading the evidence");
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
