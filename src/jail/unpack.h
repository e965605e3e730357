/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack.h - a compressed file (gzip, Zstandard, bzip2, xz) as a stream, unpacked behind the jail's
 * walls.
 *
 *     hmi_unpack *u = hmi_unpack_new(fd, false);     NULL: not compressed
 *     while ((got = hmi_unpack_read(u, to, len)) > 0) ...
 *     hmi_unpack_free(u);
 *
 * Rotated logs are compressed, may be any size and are read as they stream by: there is no memory
 * file and no verdict, only bytes through a pipe. A bomb costs time, never memory; a decoder that
 * crashes or asks the system for anything costs its own file.
 */
#ifndef HMI_JAIL_UNPACK_H
#define HMI_JAIL_UNPACK_H

#include <stdbool.h>
#include <sys/types.h>

#include <hallmark/base.h>

#define HMI_UNPACK_ARGUMENT "--unpack"
#define HMI_UNPACK_WEAK HMI_UNPACK_ARGUMENT "-weak"

enum {
    HMI_UNPACK_CPU_MS = 4 * 3600 * 1000,
    HMI_UNPACK_MEMORY_MAX = 256 << 20, /* beside the file itself: a Zstandard window and more */
    HMI_UNPACK_BLOCK = 1 << 18
};

/* How hallmark-worker ends. */
typedef enum hmi_unpack_end {
    HMI_UNPACK_DONE = 0,
    HMI_UNPACK_DAMAGED = 10,
    HMI_UNPACK_NO_WALLS = 11,
    HMI_UNPACK_NO_FILE = 12
} hmi_unpack_end;

/* Does the file begin as one that can be unpacked? */
bool hmi_unpack_can(int fd);
typedef struct hmi_unpack hmi_unpack;
/* NULL when the file begins as none of those do, or without memory. What goes wrong
 * later is told by the first read. `allow_weak`: go on with neither seccomp nor Landlock. */
hmi_unpack *hmi_unpack_new(int fd, bool allow_weak);
void hmi_unpack_free(hmi_unpack *unpack); /* NULL is fine */
/* Like read(2); a damaged file gives what could be unpacked, then -1 with EIO. */
ssize_t hmi_unpack_read(hmi_unpack *unpack, uint8_t *to, size_t len);
bool hmi_unpack_begun(const hmi_unpack *unpack);
const char *hmi_unpack_why(const hmi_unpack *unpack); /* after -1: one sentence */

/* In hallmark-worker: descriptor 0 is the file, 1 the pipe. */
int hmi_unpack_main(bool allow_weak);

#endif
