/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack.c - our end of a file being unpacked: starts the process, reads its pipe, says how it
 * ended.
 *
 * FORM   By the first bytes, not by the name: 1f 8b is gzip, 28 b5 2f fd Zstandard, "BZh" and a
 *        digit bzip2, fd "7zXZ" NUL xz.
 * TRUST  What comes through the pipe is as hostile as any record. The process is our own program,
 *        but may have been taken over by the file: it is only ever read from, and killed at the end.
 * OWNS   The process and the pipe, until hmi_unpack_free.
 */
#include "jail/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "jail/launch.h"

struct hmi_unpack {
    pid_t pid; /* 0: ended */
    int pipe;  /* -1: never started */
    bool begun;
    hm_err why;
};

bool hmi_unpack_can(int fd)
{
    uint8_t head[6] = { 0 };
    if (pread(fd, head, sizeof(head), 0) < 4) {
        return false;
    }
    return (head[0] == 0x1f && head[1] == 0x8b) || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 ||
           (memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9') ||
           memcmp(head,
                  "\xfd"
                  "7zXZ",
                  6) == 0;
}

static int spawn(hmi_unpack *u, int fd, int theirs, const char *path, bool allow_weak)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char name[] = "hallmark-worker";
    char strong[] = HMI_UNPACK_ARGUMENT;
    char weak[] = HMI_UNPACK_WEAK;
    char *arguments[] = { name, allow_weak ? weak : strong, NULL };
    char *environment[] = { NULL };
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        return code;
    }
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        bool good = posix_spawn_file_actions_adddup2(&actions, fd, 0) == 0 &&
                    posix_spawn_file_actions_adddup2(&actions, theirs, 1) == 0 &&
                    posix_spawn_file_actions_addclosefrom_np(&actions, 3) == 0 &&
                    hmi_launch_attributes(&attributes);
#ifndef HMI_SANITIZED
        good = good && posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0;
#endif
        code = good ? posix_spawn(&u->pid, path, &actions, &attributes, arguments, environment)
                    : ENOMEM;
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static int start(hmi_unpack *u, int fd, bool allow_weak)
{
    char path[HMI_LAUNCH_PATH];
    int ends[2];
    if (!hmi_launch_find(NULL, path)) {
        return hmi_fail(&u->why, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "no hallmark-worker to unpack it with; set HALLMARK_WORKER to its path");
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return hmi_fail_errno(&u->why, "making a pipe to unpack through");
    }
    errno = spawn(u, fd, ends[1], path, allow_weak);
    close(ends[1]);
    if (errno != 0) {
        int code = hmi_fail_errno(&u->why, "starting %s", path);
        close(ends[0]);
        u->pid = 0;
        return code;
    }
    u->pipe = ends[0];
    return HM_OK;
}

hmi_unpack *hmi_unpack_new(int fd, bool allow_weak)
{
    if (!hmi_unpack_can(fd)) {
        return NULL;
    }
    hmi_unpack *u = calloc(1, sizeof(*u));
    if (u != NULL) {
        u->pipe = -1;
        (void)start(u, fd, allow_weak);
    }
    return u;
}

static int wait_for(hmi_unpack *u)
{
    int status = 0;
    while (u->pid > 0 && waitpid(u->pid, &status, 0) < 0 && errno == EINTR) {
    }
    u->pid = 0;
    return status;
}

void hmi_unpack_free(hmi_unpack *u)
{
    if (u == NULL) {
        return;
    }
    if (u->pipe >= 0) {
        close(u->pipe);
    }
    if (u->pid > 0) {
        kill(u->pid, SIGKILL);
        (void)wait_for(u);
    }
    free(u);
}

static const char *why_signalled(int number)
{
    switch (number) {
    case SIGBUS:
        return "the compressed file was cut while it was read";
    case SIGSYS:
        return "unpacking was stopped: it asked the system for what unpacking does not need";
    case SIGPROF:
    case SIGXCPU:
        return "unpacking took longer than its limit";
    default:
        return "unpacking crashed";
    }
}

/* How the process ended, as a sentence; false when all went well. */
static bool ended_badly(hmi_unpack *u)
{
    int status = wait_for(u);
    if (WIFEXITED(status) && WEXITSTATUS(status) == HMI_UNPACK_DONE) {
        return false;
    }
    const char *why = "the compressed file is damaged";
    if (WIFSIGNALED(status)) {
        why = why_signalled(WTERMSIG(status));
    } else if (WEXITSTATUS(status) == HMI_UNPACK_NO_WALLS) {
        why =
            "not unpacked: this system gives neither seccomp nor Landlock (--allow-weak-jail goes "
            "on)";
    } else if (WEXITSTATUS(status) == HMI_UNPACK_NO_FILE) {
        why = "the compressed file cannot be mapped";
    }
    (void)hmi_fail(&u->why, HM_E_CORRUPT, HM_OFFSET_NONE, "%s", why);
    return true;
}

ssize_t hmi_unpack_read(hmi_unpack *u, uint8_t *to, size_t len)
{
    u->begun = true;
    if (u->pipe < 0) {
        errno = EIO;
        return -1;
    }
    ssize_t got = read(u->pipe, to, len);
    if (got == 0 && u->pid > 0 && ended_badly(u)) {
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
    return u->why.text[0] != '\0' ? u->why.text : "the compressed file cannot be read";
}
