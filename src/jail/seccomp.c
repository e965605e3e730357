/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp.c - the system calls a worker may make; any other one ends it.
 *
 * WHY    A reader needs memory and one way to answer. Everything else is the attacker's wish, so
 *        the answer is death by SIGSYS, which the parent shows as "policy".
 * FORM   A classic BPF program over struct seccomp_data: the architecture, then one block a call.
 *        Fifteen calls are allowed:
 *          write              to the channel only (else EBADF)
 *          mmap               anonymous, never executable
 *          mprotect           never executable
 *          munmap mremap brk madvise
 *          exit_group futex clock_gettime getrandom getpid gettid
 *          tgkill             SIGABRT to itself
 *          rt_sigprocmask     only to unblock: abort() needs these two
 *        writev answers EBADF: it is how the C library says its last words.
 *        Builds with sanitizers (HMI_SANITIZED) allow what their run-times need besides, and answer
 *        file calls with EACCES, so that a report still comes out.
 * TRUST  -
 * OWNS   Nothing.
 */
#include "jail/walls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCH AUDIT_ARCH_RISCV64
#else
#error "seccomp.c: name this architecture here"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "seccomp.c: arguments are looked at by their low half, which stands elsewhere here"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The low half: the kernel takes these arguments as 32 bits, or we test bits of the low half. */
#define LOAD_ARG(n) LOAD(args[n])
#define END_WITH(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ALLOW END_WITH(SECCOMP_RET_ALLOW)
#define KILL END_WITH(SECCOMP_RET_KILL_PROCESS)
#define REFUSE(error) END_WITH(SECCOMP_RET_ERRNO | (error))
/* Goes on with the next steps if ..., else leaves out `skip` of them. */
#define IF_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF_NOT_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (skip), 0)
#define IF_BITS(value, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (value), 0, (skip))
#define ALLOW_CALL(name) IF_EQUAL(__NR_##name, 1), ALLOW
#define REFUSE_CALL(name, error) IF_EQUAL(__NR_##name, 1), REFUSE(error)

bool hmi_walls_seccomp(int channel)
{
    struct sock_filter filter[] = {
        LOAD(arch),
        IF_NOT_EQUAL(THIS_ARCH, 1),
        KILL,
        LOAD(nr),
#ifdef HMI_SANITIZED
        ALLOW_CALL(write),
#endif
        IF_EQUAL(__NR_write, 4),
        LOAD_ARG(0),
        IF_EQUAL((uint32_t)channel, 1),
        ALLOW,
        REFUSE(EBADF),
        IF_EQUAL(__NR_mmap, 7),
        LOAD_ARG(2),
        IF_BITS(PROT_EXEC, 1),
        KILL,
        LOAD_ARG(3),
        IF_BITS(MAP_ANONYMOUS, 1),
        ALLOW,
        KILL,
        IF_EQUAL(__NR_mprotect, 4),
        LOAD_ARG(2),
        IF_BITS(PROT_EXEC, 1),
        KILL,
        ALLOW,
        ALLOW_CALL(munmap),
        ALLOW_CALL(mremap),
        ALLOW_CALL(brk),
        ALLOW_CALL(madvise),
        ALLOW_CALL(exit_group),
        ALLOW_CALL(futex),
        ALLOW_CALL(clock_gettime),
        ALLOW_CALL(getrandom),
        ALLOW_CALL(getpid),
        ALLOW_CALL(gettid),
        REFUSE_CALL(writev, EBADF),
#ifdef HMI_SANITIZED
        ALLOW_CALL(rt_sigprocmask),
        ALLOW_CALL(rt_sigaction),
        ALLOW_CALL(rt_sigreturn),
        ALLOW_CALL(sigaltstack),
        ALLOW_CALL(sched_yield),
        ALLOW_CALL(getrlimit),
        ALLOW_CALL(prlimit64),
        REFUSE_CALL(openat, EACCES),
        REFUSE_CALL(readlinkat, EACCES),
#ifdef __NR_open
        REFUSE_CALL(open, EACCES),
        REFUSE_CALL(readlink, EACCES),
#endif
#endif
        IF_EQUAL(__NR_rt_sigprocmask, 4),
        LOAD_ARG(0),
        IF_EQUAL(SIG_UNBLOCK, 1),
        ALLOW,
        KILL,
        IF_EQUAL(__NR_tgkill, 6),
        LOAD_ARG(0),
        IF_EQUAL((uint32_t)getpid(), 3),
        LOAD_ARG(2),
        IF_EQUAL(SIGABRT, 1),
        ALLOW,
        KILL,
        KILL, /* whatever else */
    };
    struct sock_fprog program = { (unsigned short)(sizeof(filter) / sizeof(filter[0])), filter };
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
