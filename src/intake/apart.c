/* SPDX-License-Identifier: Apache-2.0
 *
 * apart.c - a long compressed file, unpacked behind the walls through a pipe onto the disk.
 *
 * WHY    A rotated log unpacks to gigabytes. Handed back as a member it would have to fit in
 *        memory, in the worker's, in ours and once more in a memory file; as a stream it needs a
 *        block.
 * FORM   jail/unpack.h on one side, a nameless file (jail.h) on the other.
 * TRUST  None in what comes: the sum of it is bounded by the ratio and by the size of one piece,
 *        counted as it comes. Damage keeps what came before.
 * OWNS   The process and the file, for one call.
 */
#include "intake/apart.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "jail/jail.h"
#include "jail/unpack.h"

enum { BLOCK = 1 << 18 };

bool hmi_apart_wanted(const hmi_apart *how, int fd, uint64_t size)
{
    return how->folder != NULL && size >= HMI_APART_FROM && hmi_unpack_can(fd);
}

static int write_all(int fd, const uint8_t *ptr, size_t len, hm_err *err)
{
    while (len > 0) {
        ssize_t wrote = write(fd, ptr, len);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return hmi_fail_errno(err, "keeping what was unpacked");
        }
        ptr += wrote;
        len -= (size_t)wrote;
    }
    return HM_OK;
}

/* Until its end, a limit, damage, or somebody who has waited long enough. */
static int pour(const hmi_apart *how, hmi_unpack *u, int to, uint64_t max, uint64_t *size,
                hm_err *err)
{
    static _Thread_local uint8_t block[BLOCK];
    for (;;) {
        ssize_t got = hmi_unpack_read(u, block, sizeof(block));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "cut after %" PRIu64 " bytes: %s",
                            *size, hmi_unpack_why(u));
        }
        if (got == 0) {
            return HM_OK;
        }
        size_t room = (size_t)hmi_min((uint64_t)got, max - *size);
        HMI_TRY(write_all(to, block, room, err));
        *size += room;
        if (room < (size_t)got) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                            "cut after %" PRIu64 " bytes: more than %d for each byte of the "
                            "compressed file, or over the limit for one piece (--size-max)",
                            *size, HMI_APART_RATIO_MAX);
        }
        if (how->cancelled != NULL && how->cancelled(how->with)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
}

int hmi_apart_unpack(const hmi_apart *how, int fd, uint64_t size, int *ret_fd, uint64_t *ret_size,
                     hm_err *ret_cut, hm_err *err)
{
    hmi_spool spool;
    uint64_t max = UINT64_MAX, done = 0;
    hm_err cut = { .offset = HM_OFFSET_NONE };
    (void)hmi_mul(size, (uint64_t)HMI_APART_RATIO_MAX, &max);
    max = hmi_min(max, how->size_max);
    HMI_TRY(hmi_jail_spool_open(how->folder, &spool, err));
    hmi_unpack *u = hmi_unpack_new(fd, how->allow_weak_jail);
    int code = u != NULL ? pour(how, u, spool.to, max, &done, &cut)
                         : hmi_fail(&cut, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to unpack it");
    hmi_unpack_free(u);
    if (close(spool.to) < 0 && code == HM_OK) {
        code = hmi_fail_errno(&cut, "keeping what was unpacked");
    }
    if (code == HM_E_CANCELLED) {
        (void)close(spool.from);
        return hmi_fail(err, code, HM_OFFSET_NONE, "%s", cut.text);
    }
    cut.code = code;
    *ret_fd = spool.from;
    *ret_size = done;
    *ret_cut = cut;
    return HM_OK;
}
