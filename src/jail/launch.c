/* SPDX-License-Identifier: Apache-2.0
 *
 * launch.c - finds hallmark-worker, starts it as the zygote, and speaks with it.
 *
 * WHY    The zygote must start from nothing: no descriptor of ours, no environment, no signal
 *        mask, its own session (Ctrl-C is for us, we end it).
 * FORM   zygote.h. The program is looked for: the option, HALLMARK_WORKER, beside this program, in
 *        the build tree (../jail/), where it is installed.
 * TRUST  The zygote is our own program and never hears a worker; a report of the wrong size still
 *        counts as its death.
 * OWNS   The process and our end of the socket, until hmi_launched_stop.
 */
#include "jail/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

enum { STOP_MS_MAX = 2000 };

#ifndef HMI_LIBEXEC
#error "the build names the folder where hallmark-worker is installed"
#endif

/* Our own program's folder, with "/" at its end. */
static bool own_folder(char path[HMI_LAUNCH_PATH])
{
    ssize_t len = readlink("/proc/self/exe", path, HMI_LAUNCH_PATH - 1);
    if (len <= 0) {
        return false;
    }
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        slash[1] = '\0';
    }
    return slash != NULL;
}

bool hmi_launch_find(const char *asked, char found[HMI_LAUNCH_PATH])
{
    char folder[HMI_LAUNCH_PATH];
    const char *named = asked != NULL ? asked : secure_getenv("HALLMARK_WORKER");
    if (named != NULL) {
        return snprintf(found, HMI_LAUNCH_PATH, "%s", named) < HMI_LAUNCH_PATH &&
               access(found, X_OK) == 0;
    }
    if (own_folder(folder)) {
        static const char *const PLACES[] = { "hallmark-worker", "../jail/hallmark-worker",
                                              "../libexec/hallmark/hallmark-worker" };
        for (size_t i = 0; i < HMI_COUNT(PLACES); i++) {
            if (snprintf(found, HMI_LAUNCH_PATH, "%s%s", folder, PLACES[i]) < HMI_LAUNCH_PATH &&
                access(found, X_OK) == 0) {
                return true;
            }
        }
    }
    snprintf(found, HMI_LAUNCH_PATH, "%s", HMI_LIBEXEC "/hallmark-worker");
    return access(found, X_OK) == 0;
}

/* Descriptors of the new program: /dev/null three times, the socket, nothing else. */
static bool set_descriptors(posix_spawn_file_actions_t *actions, int theirs)
{
    bool good = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
                posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0) == 0;
#ifndef HMI_SANITIZED /* there the reports of sanitizers go to our own stderr */
    good = good && posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0) == 0;
#endif
    return good && posix_spawn_file_actions_adddup2(actions, theirs, HMI_ZYGOTE_FD) == 0 &&
           posix_spawn_file_actions_addclosefrom_np(actions, HMI_ZYGOTE_FD + 1) == 0;
}

bool hmi_launch_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    return posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSID) == 0;
}

static int start(const char *path, int theirs, pid_t *ret_pid, hm_err *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char name[] = "hallmark-worker";
    char *arguments[] = { name, NULL };
    char *environment[] = { NULL };
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    errno = ENOMEM;
    if (set_descriptors(&actions, theirs) && hmi_launch_attributes(&attributes)) {
        errno = posix_spawn(ret_pid, path, &actions, &attributes, arguments, environment);
    }
    int code = errno == 0 ? HM_OK : hmi_fail_errno(err, "starting %s", path);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static int await_hello(hmi_launched *launched, const char *path, hm_err *err)
{
    struct pollfd ready = { .fd = launched->control, .events = POLLIN };
    int got = 0;
    do {
        got = poll(&ready, 1, HMI_LAUNCH_HELLO_MS);
    } while (got < 0 && errno == EINTR);
    if (got <= 0 || hmi_launched_hear(launched, &launched->hello) != 1 ||
        launched->hello.kind != HMI_REPORT_HELLO) {
        return hmi_fail(err, HM_E_CRASHED, HM_OFFSET_NONE, "%s does not answer", path);
    }
    if (launched->hello.version != HMI_ZYGOTE_VERSION) {
        return hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE,
                        "%s belongs to another version of hallmark", path);
    }
    return HM_OK;
}

int hmi_launch(const char *worker, hmi_launched *ret_launched, hm_err *err)
{
    char path[HMI_LAUNCH_PATH];
    if (!hmi_launch_find(worker, path)) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "no hallmark-worker to read evidence with (looked at %s last); set "
                        "HALLMARK_WORKER to its path",
                        path);
    }
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return hmi_fail_errno(err, "making a socket for hallmark-worker");
    }
    int on = 1; /* without it no time in line is taken back (clock.c) */
    (void)setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    hmi_launched launched = { .control = ends[0] };
    int code = start(path, ends[1], &launched.pid, err);
    close(ends[1]);
    if (code < 0) {
        close(ends[0]);
        return code;
    }
    code = await_hello(&launched, path, err);
    if (code < 0) {
        hmi_launched_stop(&launched);
        return code;
    }
    *ret_launched = launched;
    return HM_OK;
}

/* True when it ended within STOP_MS_MAX. */
static bool ended_by_itself(pid_t pid)
{
    static const struct timespec MOMENT = { 0, 1000000 };
    for (int ms = 0; ms < STOP_MS_MAX; ms++) {
        pid_t got = waitpid(pid, NULL, WNOHANG);
        if (got == pid || (got < 0 && errno == ECHILD)) {
            return true;
        }
        nanosleep(&MOMENT, NULL);
    }
    return false;
}

/* It ends when it hears nobody any more, and reaps its own first: killed at once it would leave
 * them to process 1, which in a container often does not care. */
void hmi_launched_stop(hmi_launched *launched)
{
    if (launched->pid <= 0) {
        return;
    }
    close(launched->control);
    if (!ended_by_itself(launched->pid)) {
        kill(launched->pid, SIGKILL);
        while (waitpid(launched->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    *launched = (hmi_launched){ .control = -1 };
}

int hmi_launched_order(const hmi_launched *launched, const hmi_order *order, int evidence,
                       int channel, hm_err *err)
{
    int descriptors[2] = { evidence, channel };
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(descriptors))] = { 0 };
    union {
        const hmi_order *order;
        void *bytes; /* iovec has no const */
    } from = { order };
    struct iovec part = { from.bytes, sizeof(*order) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (evidence >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof(control);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(descriptors));
        memcpy(CMSG_DATA(c), descriptors, sizeof(descriptors));
    }
    ssize_t sent;
    do {
        sent = sendmsg(launched->control, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof(*order) ? HM_OK
                                           : hmi_fail_errno(err, "speaking with hallmark-worker");
}

/* Who sent it, as a process of our own namespace; 0 when the kernel does not say. */
static int32_t sender_of(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct ucred sender;
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
            c->cmsg_len == CMSG_LEN(sizeof(sender))) {
            memcpy(&sender, CMSG_DATA(c), sizeof(sender));
            return sender.pid;
        }
    }
    return 0;
}

int hmi_launched_hear(const hmi_launched *launched, hmi_report *ret_report)
{
    hmi_report report;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec part = { &report, sizeof(report) };
    struct msghdr message;
    ssize_t got;
    do {
        message = (struct msghdr){ .msg_iov = &part,
                                   .msg_iovlen = 1,
                                   .msg_control = control,
                                   .msg_controllen = sizeof(control) };
        got = recvmsg(launched->control, &message, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof(report)) {
        report.pid = sender_of(&message);
        *ret_report = report;
        return 1;
    }
    return got < 0 && errno == EAGAIN ? 0 : HM_E_IO;
}
