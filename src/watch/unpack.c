/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack.c - gzip and Zstandard, streamed.
 *
 * WHY    Rotated logs are compressed; nobody wants to unpack them to a disk first.
 * FORM   By the first bytes, not by the name: 1f 8b is gzip, 28 b5 2f fd Zstandard. libarchive's
 *        filters do the rest; no archive format is ever opened.
 * TRUST  A bomb costs time, never memory: the content streams through a buffer of the caller's.
 */
#include "watch/unpack.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hmi_unpack {
    struct archive *archive;
    bool begun;
};

static bool is_compressed(int fd)
{
    uint8_t head[4] = { 0 };
    if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head)) {
        return false;
    }
    return (head[0] == 0x1f && head[1] == 0x8b) || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0;
}

hmi_unpack *hmi_unpack_new(int fd)
{
    enum { BLOCK = 1 << 18 };
    struct archive_entry *entry;
    if (!is_compressed(fd)) {
        return NULL;
    }
    hmi_unpack *u = calloc(1, sizeof(*u));
    struct archive *a = archive_read_new();
    if (u == NULL || a == NULL || archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
        archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
        archive_read_support_format_raw(a) != ARCHIVE_OK ||
        archive_read_open_fd(a, fd, BLOCK) != ARCHIVE_OK ||
        archive_read_next_header(a, &entry) != ARCHIVE_OK) {
        archive_read_free(a);
        free(u);
        return NULL;
    }
    u->archive = a;
    return u;
}

void hmi_unpack_free(hmi_unpack *u)
{
    if (u != NULL) {
        archive_read_free(u->archive);
        free(u);
    }
}

ssize_t hmi_unpack_read(hmi_unpack *u, uint8_t *to, size_t len)
{
    u->begun = true;
    ssize_t got = archive_read_data(u->archive, to, len);
    if (got < 0) {
        errno = EIO;
        return -1;
    }
    return got;
}

bool hmi_unpack_begun(const hmi_unpack *u)
{
    return u->begun;
}

const char *hmi_unpack_why(const hmi_unpack *u)
{
    const char *why = archive_error_string(u->archive);
    return why != NULL ? why : "the compressed file is damaged";
}
