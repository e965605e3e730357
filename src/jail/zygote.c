/* SPDX-License-Identifier: Apache-2.0
 *
 * zygote.c - the process that workers are copied from.
 *
 * WHY    A fork from hallmark itself would copy its database and its secrets and cost 30 ms at
 *        1 GiB; starting a program for each piece costs a millisecond. A small process that has
 *        loaded everything once and holds nothing forks a ready worker in a tenth of that.
 * FORM   main: prepare, namespaces (one fork more, to be process 1 of the new pid namespace),
 *        rights, one trial worker that proves the walls, HELLO. Then orders in, exits out, until
 *        the parent is gone.
 * TRUST  The parent. It never looks at evidence and never hears a worker.
 * OWNS   Its workers: they die with it.
 */
#include "jail/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "jail/jail.h"
#include "jail/walls.h"

enum {
    TRIAL_CPU_MS = 1000,
    TRIAL_OPENED = 1 /* the trial worker could open a folder */
};

typedef struct running {
    pid_t pid; /* 0: free */
    uint32_t ticket;
} running;

typedef struct zygote {
    const hmi_worker_trade *trade;
    running workers[HMI_JAIL_WORKERS_MAX];
    uint64_t base; /* our address space, which workers inherit; 0 unknown */
    unsigned walls;
    int signals;
} zygote;

static uint64_t address_space(void)
{
    unsigned long long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm == NULL) {
        return 0;
    }
    int got = fscanf(statm, "%llu", &pages);
    fclose(statm);
    return got == 1 ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* The kernel, short of memory, takes a worker first and hallmark last. */
static void offer_ourselves(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "1000", 4);
        close(fd);
    }
}

static int compare_bytes(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

/* What the C library looks up once and keeps: the size of memory, for which qsort asks. */
static void warm_up(void)
{
    char many[2048] = { 1, 0 };
    qsort(many, sizeof(many), 1, compare_bytes);
}

static void report(const hmi_report *what)
{
    while (send(HMI_ZYGOTE_FD, what, sizeof(*what), MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) {
            _exit(0); /* the parent is gone */
        }
    }
}

/* Has itself walled in, says what stands, and tries what must not work. */
static _Noreturn void be_trial(int channel)
{
    unsigned char stands;
    hmi_walls_limits limits = { .cpu_ms = TRIAL_CPU_MS, .channel = channel };
    stands = (unsigned char)hmi_walls_worker(&limits);
    if (write(channel, &stands, 1) != 1) {
        _exit(0);
    }
    _exit(open("/", O_RDONLY | O_DIRECTORY) >= 0 ? TRIAL_OPENED : 0);
}

/* Measures instead of believing: a trial worker says what stands around it, then tries to open a
 * folder; what it disproves is struck out. */
static unsigned try_walls(void)
{
    int ends[2];
    unsigned char stands = 0;
    int status = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return 0;
    }
    pid_t pid = fork();
    if (pid == 0) {
        be_trial(ends[1]);
    }
    close(ends[1]);
    if (pid < 0 || read(ends[0], &stands, 1) != 1 || waitpid(pid, &status, 0) != pid) {
        stands = 0;
    }
    close(ends[0]);
#ifndef HMI_SANITIZED
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
        stands &= (unsigned char)~HMI_WALL_SECCOMP;
    }
#endif
    if (WIFEXITED(status) && WEXITSTATUS(status) == TRIAL_OPENED) {
        stands &= (unsigned char)~(HMI_WALL_LANDLOCK | HMI_WALL_SECCOMP);
    }
    return stands;
}

static void say_exit(uint32_t ticket, int status, const struct rusage *used)
{
    hmi_report exit_report = { .kind = HMI_REPORT_EXIT, .ticket = ticket, .status = status };
    if (used != NULL) {
        int64_t us = (int64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000 +
                     used->ru_utime.tv_usec + used->ru_stime.tv_usec;
        exit_report.cpu_ms = (uint32_t)(us / 1000);
        exit_report.memory_peak = (uint64_t)used->ru_maxrss * 1024;
    }
    report(&exit_report);
}

static void reap(zygote *z)
{
    struct signalfd_siginfo ignored;
    (void)!read(z->signals, &ignored, sizeof(ignored));
    int status;
    struct rusage used;
    pid_t pid;
    while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0) {
        for (size_t i = 0; i < HMI_JAIL_WORKERS_MAX; i++) {
            if (z->workers[i].pid == pid) {
                z->workers[i].pid = 0;
                say_exit(z->workers[i].ticket, status, &used);
            }
        }
    }
}

static _Noreturn void be_worker(const zygote *z, const hmi_order *order, int evidence, int channel,
                                pid_t zygote_pid)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != zygote_pid) {
        _exit(0); /* it died in between */
    }
    report(&(hmi_report){ .kind = HMI_REPORT_STARTED, .ticket = order->ticket });
    hmi_worker_main(z->trade, order, evidence, channel, z->base);
}

static void run(zygote *z, const hmi_order *order, int evidence, int channel)
{
    running *place = NULL;
    for (size_t i = 0; i < HMI_JAIL_WORKERS_MAX && place == NULL; i++) {
        place = z->workers[i].pid == 0 ? &z->workers[i] : NULL;
    }
    pid_t self = getpid();
    pid_t pid = place != NULL ? fork() : -1;
    if (pid == 0) {
        be_worker(z, order, evidence, channel, self);
    }
    close(evidence);
    close(channel);
    if (pid < 0) {
        say_exit(order->ticket, -1, NULL);
        return;
    }
    *place = (running){ pid, order->ticket };
}

static void kill_worker(const zygote *z, uint32_t ticket)
{
    for (size_t i = 0; i < HMI_JAIL_WORKERS_MAX; i++) {
        if (z->workers[i].pid != 0 && z->workers[i].ticket == ticket) {
            kill(z->workers[i].pid, SIGKILL);
        }
    }
}

static size_t take_descriptors(struct msghdr *message, int descriptors[2])
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
            c->cmsg_len == CMSG_LEN(2 * sizeof(int))) {
            memcpy(descriptors, CMSG_DATA(c), 2 * sizeof(int));
            return 2;
        }
    }
    return 0;
}

/* One order; false when the parent is gone. */
static bool obey(zygote *z)
{
    hmi_order order;
    int descriptors[2];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    struct iovec part = { &order, sizeof(order) };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    ssize_t got = recvmsg(HMI_ZYGOTE_FD, &message, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) {
        return true;
    }
    if (got != sizeof(order)) {
        return false;
    }
    size_t count = take_descriptors(&message, descriptors);
    if (order.kind == HMI_ORDER_RUN && count == 2) {
        run(z, &order, descriptors[0], descriptors[1]);
    } else if (order.kind == HMI_ORDER_KILL && count == 0) {
        kill_worker(z, order.ticket);
    } else {
        return false;
    }
    return true;
}

static void serve(zygote *z)
{
    for (;;) {
        struct pollfd ready[2] = { { .fd = HMI_ZYGOTE_FD, .events = POLLIN },
                                   { .fd = z->signals, .events = POLLIN } };
        if (poll(ready, 2, -1) < 0 && errno != EINTR) {
            return;
        }
        if (ready[1].revents != 0) {
            reap(z);
        }
        if (ready[0].revents != 0 && !obey(z)) {
            return;
        }
    }
}

static void end_workers(const zygote *z)
{
    for (size_t i = 0; i < HMI_JAIL_WORKERS_MAX; i++) {
        if (z->workers[i].pid != 0) {
            kill(z->workers[i].pid, SIGKILL);
        }
    }
    while (wait(NULL) > 0 || errno == EINTR) {
    }
}

/* Process 1 of the new pid namespace goes on; the outer one only waits for it, and takes it along
 * when it is killed. */
static void enter_namespace(void)
{
    pid_t inner = fork();
    if (inner != 0) {
        close(HMI_ZYGOTE_FD);
        int status;
        while (inner > 0 && waitpid(inner, &status, 0) < 0 && errno == EINTR) {
        }
        _exit(0);
    }
}

int hmi_zygote_main(const hmi_worker_trade *trade)
{
    static zygote z;
    z.trade = trade;
    offer_ourselves();
    warm_up();
    trade->prepare();
    z.base = address_space();
    unsigned walls = hmi_walls_namespaces();
    if (walls & HMI_WALL_NAMESPACES) {
        enter_namespace();
    }
    walls |= hmi_walls_rights();
    prctl(PR_SET_NAME, "hallmark-worker", 0, 0, 0);
    if (walls & HMI_WALL_NAMESPACES) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    z.signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    z.walls = (walls & HMI_WALL_NAMESPACES) | try_walls();
    hmi_report hello = { .kind = HMI_REPORT_HELLO,
                         .version = HMI_ZYGOTE_VERSION,
                         .walls = z.walls,
                         .landlock_abi = hmi_walls_landlock_abi(),
                         .readers = trade->readers };
    report(&hello);
    serve(&z);
    end_workers(&z);
    return 0;
}
