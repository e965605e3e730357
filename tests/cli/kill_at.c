/* SPDX-License-Identifier: Apache-2.0
 *
 * kill_at.c - a library to preload: kill -9 at the KILL_AT-th change that the program makes to a
 * file, counted from 1. A write is half done then. KILL_COUNT names a file that is told how many
 * changes there were, when it ends by itself.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long changes;

static int now(void)
{
    const char *at = getenv("KILL_AT");
    return atomic_fetch_add(&changes, 1) + 1 == (at == NULL ? -1 : atol(at));
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    pause();
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t place)
{
    if (now()) {
        syscall(SYS_pwrite64, fd, from, size / 2, place);
        die();
    }
    return syscall(SYS_pwrite64, fd, from, size, place);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t place)
{
    return pwrite64(fd, from, size, place);
}

int fsync(int fd)
{
    if (now()) {
        die();
    }
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (now()) {
        die();
    }
    return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t size)
{
    if (now()) {
        die();
    }
    return (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int unlink(const char *path)
{
    if (now()) {
        die();
    }
    return (int)syscall(SYS_unlink, path);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *to = path == NULL ? NULL : fopen(path, "w");
    if (to != NULL) {
        fprintf(to, "%ld\n", atomic_load(&changes));
        fclose(to);
    }
}
