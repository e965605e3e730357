/* SPDX-License-Identifier: Apache-2.0
 *
 * test_level.c - systems that lack a wall: each one is made here by a filter that lets the calls
 * fail, in a child that opens the jail under it. And the plain user, who lacks rights.
 */
#include "check.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect.h"
#include "jail/jail.h"

#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#endif

enum {
    NO_LANDLOCK = 1,
    NO_SECCOMP = 2,
    NO_NAMESPACES = 4,
    PLAIN_USER = 8,
    NOBODY = 65534,
    EXIT_GOOD = 0,
    EXIT_BAD = 1,
    EXIT_SKIP = 77
};

#define REFUSE_IF(number)                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)

static bool lack(unsigned what)
{
    enum { NEVER = 99999 };
    unsigned landlock = what & NO_LANDLOCK ? __NR_landlock_create_ruleset : NEVER;
    unsigned seccomp = what & NO_SECCOMP ? __NR_seccomp : NEVER;
    unsigned unshare = what & NO_NAMESPACES ? __NR_unshare : NEVER;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE_IF(landlock),
        REFUSE_IF(seccomp),
        REFUSE_IF(unshare),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { HMI_COUNT(filter), filter };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static hmi_verdict verdict_on(hmi_jail *jail, hm_bytes evidence)
{
    collect c;
    collect_init(&c);
    hmi_job job = { .size = evidence.len, .sink = &c.sink, .context_us = HMI_TIME_NONE };
    hmi_job_done done = { .verdict = HMI_VERDICT_UNREADABLE };
    if (hmi_jail_seal(evidence, &job.fd, NULL) == HM_OK &&
        hmi_jail_submit(jail, &job, NULL) == HM_OK) {
        (void)hmi_jail_wait(jail, 30000, &done, NULL);
    }
    collect_fini(&c);
    return done.verdict;
}

#define EXPECT(condition)                           \
    do {                                            \
        if (!(condition)) {                         \
            print_error("child: %s\n", #condition); \
            return EXIT_BAD;                        \
        }                                           \
    } while (0)

static int check_level(hmi_jail *jail, unsigned what)
{
    const hmi_jail_level *level = hmi_jail_level_of(jail);
    print_message("level: seccomp %d, Landlock %d (ABI %d), namespaces %d, rlimits %d; \"%s\"\n",
                  level->seccomp, level->landlock, level->landlock_abi, level->namespaces,
                  level->rlimits, level->missing);
    EXPECT(level->rlimits);
    EXPECT(!(what & NO_LANDLOCK) || !level->landlock);
    EXPECT(!(what & NO_SECCOMP) || !level->seccomp);
    EXPECT(!(what & NO_NAMESPACES) || !level->namespaces);
    EXPECT(level->seccomp == (strstr(level->missing, "seccomp") == NULL));
    EXPECT(level->landlock == (strstr(level->missing, "Landlock") == NULL));
    EXPECT(level->namespaces == (strstr(level->missing, "namespaces") == NULL));
    EXPECT(verdict_on(jail, HM_BYTES("behave")) == HMI_VERDICT_READ);
    EXPECT(verdict_on(jail, HM_BYTES("die null")) == HMI_VERDICT_CRASHED);
#ifndef HMI_SANITIZED
    if (level->seccomp) {
        EXPECT(verdict_on(jail, HM_BYTES("try openat")) == HMI_VERDICT_POLICY);
    }
#endif
    return EXIT_GOOD;
}

static int in_child(unsigned what)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    hmi_jail_options options = { .worker = getenv("HALLMARK_TEST_WORKER"), .cpu_ms = 5000 };
    if (what & PLAIN_USER && geteuid() == 0) {
        EXPECT(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0);
        EXPECT(setresuid(NOBODY, NOBODY, NOBODY) == 0);
        if (access(options.worker, X_OK) < 0) {
            return EXIT_SKIP;
        }
    }
    if (what & ~(unsigned)PLAIN_USER && !lack(what)) {
        return EXIT_SKIP;
    }
    int code = hmi_jail_open(&options, &jail, &err);
    if ((what & NO_SECCOMP) && (what & NO_LANDLOCK)) {
        EXPECT(code == HM_E_DENIED);
        options.allow_weak = true;
        code = hmi_jail_open(&options, &jail, &err);
    }
    if (code < 0) {
        print_error("child: %s\n", err.text);
        return EXIT_BAD;
    }
    code = check_level(jail, what);
    hmi_jail_close(jail);
    return code;
}

static void run(unsigned what)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(in_child(what));
    }
    int status = 0;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    if (WEXITSTATUS(status) == EXIT_SKIP) {
        print_message("cannot be set up here: skipped\n");
        skip();
    }
    CHECK_EQ(WEXITSTATUS(status), EXIT_GOOD);
}

TEST(with_all_that_is_here)
{
    run(0);
}

TEST(as_a_plain_user)
{
    run(PLAIN_USER);
}

TEST(without_landlock)
{
    run(NO_LANDLOCK);
}

TEST(without_seccomp)
{
    run(NO_SECCOMP);
}

TEST(without_namespaces)
{
    run(NO_NAMESPACES);
    run(NO_NAMESPACES | PLAIN_USER);
}

TEST(with_neither_seccomp_nor_landlock_only_if_told)
{
    run(NO_LANDLOCK | NO_SECCOMP);
    run(NO_LANDLOCK | NO_SECCOMP | NO_NAMESPACES);
}

RUN_TESTS()
