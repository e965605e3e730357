/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack_worker.c - inside: one compressed file, mapped before the walls stand, written to one
 * pipe.
 *
 * WHY    Decoders of compressed data are old and large; what they are given here was written by
 *        anybody who can make a server log. They get memory and a pipe, nothing else.
 * FORM   libarchive's filters over its raw format: no archive is ever opened.
 * TRUST  None in the file. It may even shrink while it is mapped: then this process dies by
 *        SIGBUS, alone.
 */
#include "jail/unpack.h"

#include <archive.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jail/walls.h"

static uint8_t block[HMI_UNPACK_BLOCK];

static bool write_all(const uint8_t *ptr, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(STDOUT_FILENO, ptr, len);
        if (wrote <= 0) {
            return false;
        }
        ptr += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

static hmi_unpack_end unpack(struct archive *a, const void *file, size_t len)
{
    struct archive_entry *entry;
    if (archive_read_open_memory(a, file, len) != ARCHIVE_OK) {
        return HMI_UNPACK_DAMAGED;
    }
    int code = archive_read_next_header(a, &entry);
    if (code == ARCHIVE_EOF && archive_filter_code(a, 0) != ARCHIVE_FILTER_NONE) {
        return HMI_UNPACK_DONE;
    }
    /* Without a filter it would hand on the packed bytes as they are. */
    bool packed = archive_filter_code(a, 0) != ARCHIVE_FILTER_NONE;
    la_ssize_t got = code == ARCHIVE_OK && packed ? 1 : -1;
    while (got > 0 && (got = archive_read_data(a, block, sizeof(block))) > 0) {
        if (!write_all(block, (size_t)got)) {
            return HMI_UNPACK_DONE; /* nobody reads any more */
        }
    }
    return got < 0 ? HMI_UNPACK_DAMAGED : HMI_UNPACK_DONE;
}

int hmi_unpack_main(bool allow_weak)
{
    struct stat st;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (fstat(STDIN_FILENO, &st) != 0 || st.st_size <= 0) {
        _exit(HMI_UNPACK_NO_FILE);
    }
    size_t len = (size_t)st.st_size;
    void *file = mmap(NULL, len, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
    struct archive *a = archive_read_new();
    if (file == MAP_FAILED || a == NULL || archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
        archive_read_support_filter_bzip2(a) != ARCHIVE_OK ||
        archive_read_support_filter_xz(a) != ARCHIVE_OK ||
        archive_read_support_format_raw(a) != ARCHIVE_OK) {
        _exit(HMI_UNPACK_NO_FILE);
    }
    close(STDIN_FILENO);
    hmi_walls_limits limits = { .address_space_max = (uint64_t)len + HMI_UNPACK_MEMORY_MAX,
                                .cpu_ms = HMI_UNPACK_CPU_MS,
                                .channel = STDOUT_FILENO };
    unsigned stands = hmi_walls_namespaces() | hmi_walls_rights();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* becoming nobody forgets it */
    stands |= hmi_walls_worker(&limits);
    if (!allow_weak && (stands & (HMI_WALL_SECCOMP | HMI_WALL_LANDLOCK)) == 0) {
        _exit(HMI_UNPACK_NO_WALLS);
    }
    _exit((int)unpack(a, file, len));
}
