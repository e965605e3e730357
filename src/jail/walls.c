/* SPDX-License-Identifier: Apache-2.0
 *
 * walls.c - puts up what this Linux has, and says what stands.
 *
 * WHY    Kernels and containers differ: user namespaces may be switched off, Landlock may be too
 *        old, a container may hold neither. Each wall is tried, none is taken for granted; the
 *        parent decides whether what stands is enough.
 * FORM   Zygote, once: namespaces, empty root, then rights. Worker, each: rlimits, a timer,
 *        Landlock again (its own domain, so it cannot signal its siblings), seccomp last.
 * TRUST  -
 * OWNS   Nothing.
 */
#include "jail/walls.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

enum { NOBODY = 65534, STACK_MAX = 8 << 20 };

/* Replaces the whole file tree by one empty, unwritable folder. Needs a mount namespace. */
static void empty_root(void)
{
    static const char *const PLACES[] = { "/tmp", "/proc", "/dev" };
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
        unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
        if (mount("none", PLACES[i], "tmpfs", flags, "size=4k,nr_inodes=2,mode=000") == 0 &&
            chdir(PLACES[i]) == 0 && syscall(SYS_pivot_root, ".", ".") == 0) {
            /* The old tree is stacked upon the new one now. */
            (void)umount2(".", MNT_DETACH);
            (void)!chdir("/");
            return;
        }
    }
}

unsigned hmi_walls_namespaces(void)
{
    enum { INNER = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID };
    /* Root may do it without a user namespace, and can then become nobody for good; everybody else,
     * and the root of a container, needs one. */
    bool inside = geteuid() == 0 && unshare(INNER) == 0;
    if (!inside && unshare(CLONE_NEWUSER | INNER) < 0) {
        return 0;
    }
    empty_root();
    return HMI_WALL_NAMESPACES;
}

static void drop_capabilities(void)
{
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
        (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    }
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    /* Where root is real, stop being it: files of root are root's even without capabilities. */
    if (geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0) {
        (void)!setresuid(NOBODY, NOBODY, NOBODY);
    }
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };
    (void)syscall(SYS_capset, &header, none);
}

unsigned hmi_walls_rights(void)
{
    unsigned stands = 0;
    (void)personality(PER_LINUX); /* a parent's READ_IMPLIES_EXEC must not come along */
    drop_capabilities();
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        stands |= HMI_WALL_NO_NEW_PRIVS;
    }
    if (hmi_walls_landlock()) {
        stands |= HMI_WALL_LANDLOCK;
    }
    return stands;
}

static bool limit(int what, rlim_t soft, rlim_t hard)
{
    struct rlimit old;
    if (getrlimit((__rlimit_resource_t)what, &old) < 0) {
        return false;
    }
    struct rlimit now = { soft < old.rlim_max ? soft : old.rlim_max,
                          hard < old.rlim_max ? hard : old.rlim_max };
    return setrlimit((__rlimit_resource_t)what, &now) == 0;
}

/* RLIMIT_CPU counts whole seconds; this kills on the millisecond. Not ITIMER_PROF: that one counts
 * clock ticks that somebody else may have used. */
static bool start_timer(uint32_t cpu_ms)
{
    timer_t timer;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF };
    struct itimerspec when = { .it_value = { cpu_ms / 1000, (long)(cpu_ms % 1000) * 1000000 } };
    return timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0 &&
           timer_settime(timer, 0, &when, NULL) == 0;
}

static bool limits_up(const hmi_walls_limits *limits)
{
    rlim_t seconds = limits->cpu_ms / 1000 + 1;
    bool good = limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_NOFILE, 0, 0) &&
                limit(RLIMIT_NPROC, 0, 0) && limit(RLIMIT_MEMLOCK, 0, 0) &&
                limit(RLIMIT_MSGQUEUE, 0, 0) && limit(RLIMIT_STACK, STACK_MAX, STACK_MAX) &&
                limit(RLIMIT_CPU, seconds, seconds + 1);
#ifndef HMI_SANITIZED /* reports may go to a file; the shadow memory is terabytes of addresses */
    good = limit(RLIMIT_FSIZE, 0, 0) && good;
    if (limits->address_space_max != 0) {
        good = limit(RLIMIT_AS, limits->address_space_max, limits->address_space_max) && good;
    }
#endif
    return start_timer(limits->cpu_ms) && good;
}

unsigned hmi_walls_worker(const hmi_walls_limits *limits)
{
    unsigned stands = 0;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
        stands |= HMI_WALL_NO_NEW_PRIVS;
    }
#ifndef HMI_SANITIZED
    (void)prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
#endif
    /* Landlock opens a descriptor, so it goes before the limits. */
    if (hmi_walls_landlock()) {
        stands |= HMI_WALL_LANDLOCK;
    }
    if (limits_up(limits)) {
        stands |= HMI_WALL_RLIMITS;
    }
    if (hmi_walls_seccomp(limits->channel)) {
        stands |= HMI_WALL_SECCOMP;
    }
    return stands;
}
