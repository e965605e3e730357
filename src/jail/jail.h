/* SPDX-License-Identifier: Apache-2.0
 *
 * jail.h - reading hostile bytes in a process that can do nothing else.
 *
 *     hmi_jail_open(&options, &jail, err);            starts the zygote
 *     hmi_jail_submit(jail, &job, err);               a sealed memory file goes in
 *     while (hmi_jail_wait(jail, &event, -1, err) ...  traits come out, verdicts close jobs
 *     hmi_jail_close(jail);
 *
 * The zygote is a small separate program (hallmark-worker) that forks one worker per piece of
 * evidence: seccomp allow-list, Landlock deny-all, rlimits, no network, no new file, no state that
 * survives. What it answers is treated as hostile: every message is checked against the table of
 * what may come when, every value against its class's canonical form. A worker that crashes, loops
 * or eats memory costs its own piece.
 *
 * A job's wall clock does not run while we keep its worker waiting (a slow sink costs no verdict),
 * nor while its worker waits for a processor (a loaded machine costs none either). If the zygote
 * dies, its jobs end as CRASHED and a new one is started, once.
 *
 * Threads: one thread per jail at a time.
 */
#ifndef HMI_JAIL_JAIL_H
#define HMI_JAIL_JAIL_H

#include "trait/trait.h"

enum {
    HMI_JAIL_WORKERS_MAX = 64,
    HMI_JAIL_PASSWORDS_MAX = 64,
    HMI_JAIL_PASSWORD_MAX = 512,
    HMI_JAIL_SPELLED_MAX = 1024,   /* functions whose instructions are asked for in one reading */
    HMI_JAIL_TRAITS_MAX = 4 << 20, /* told per piece, repeated ones included, and for each MiB: */
    HMI_JAIL_TRAITS_PER_MIB = 64 << 10,
    HMI_JAIL_NOTES_MAX = 10000,
    HMI_JAIL_FACTS_MAX = 10000,
    HMI_JAIL_OBJECTS_MAX = 1 << 20,
    HMI_JAIL_CPU_MS_PER_MIB = 40 /* long evidence may take longer, in proportion */
};

typedef struct hmi_jail hmi_jail;

typedef struct hmi_jail_options {
    const char *worker;   /* path of hallmark-worker; NULL: found beside us or in libexec */
    uint32_t workers_max; /* at once, at most HMI_JAIL_WORKERS_MAX; 0: number of processors */
    uint32_t cpu_ms;      /* per piece, and HMI_JAIL_CPU_MS_PER_MIB for each MiB of it; 0: 2000 */
    uint32_t wall_ms;     /* per piece, and twice what its size adds; 0: twice cpu_ms */
    uint64_t memory_max;  /* bytes beside the evidence itself; 0: 64 MiB */
    uint64_t output_max;  /* bytes of members one piece may give; 0: 256 MiB */
    uint32_t members_max; /* 0: 10,000 */
    bool allow_weak;      /* go on with neither seccomp nor Landlock */
} hmi_jail_options;

/* What the kernel gave. */
typedef struct hmi_jail_level {
    bool seccomp, landlock, no_new_privs, namespaces, rlimits;
    int landlock_abi;
    char missing[128]; /* "" or a sentence naming what is missing */
} hmi_jail_level;

typedef enum hmi_verdict {
    HMI_VERDICT_READ = 0,       /* read to the end */
    HMI_VERDICT_PARTIAL = 1,    /* something was damaged or cut; what was read is kept */
    HMI_VERDICT_UNKNOWN = 2,    /* no reader claims it; generic traits only */
    HMI_VERDICT_TIME = 3,       /* time limit */
    HMI_VERDICT_MEMORY = 4,     /* memory limit */
    HMI_VERDICT_CRASHED = 5,    /* killed by a signal */
    HMI_VERDICT_POLICY = 6,     /* killed for a forbidden system call */
    HMI_VERDICT_PROTOCOL = 7,   /* answered nonsense */
    HMI_VERDICT_UNREADABLE = 8, /* we could not get at the bytes (set by intake, never by jail) */
    HMI_VERDICT_LIMIT = 9       /* another stated limit (output, members, traits) */
} hmi_verdict;
const char *hmi_verdict_name(hmi_verdict verdict); /* "read", "time-limit", ... */

typedef struct hmi_job {
    uint64_t id; /* the caller's name for it, given back with each event */
    int fd;      /* sealed memfd, or a spooled file; borrowed until hmi_jail_submit returns */
    uint64_t size;
    hm_bytes name; /* data */
    int64_t context_us;
    uint32_t depth;
    const hm_text *passwords;
    size_t password_count;
    bool moments;   /* hmi_reading.moments */
    bool apart;     /* hmi_reading.apart */
    bool functions; /* hmi_reading.functions, .spelled */
    const uint64_t *spelled;
    size_t spelled_count;
    hmi_sink *sink; /* gets what the worker says, checked; called inside hmi_jail_wait */
} hmi_job;

typedef struct hmi_job_done {
    uint64_t id;
    hmi_verdict verdict;
    hm_err reason; /* for everything but READ: a sentence; PARTIAL: the first damage, or the
                    * sink's own failure */
    uint32_t cpu_ms, wall_ms;
    uint64_t memory_peak;
} hmi_job_done;

int hmi_jail_open(const hmi_jail_options *options, hmi_jail **ret_jail, hm_err *err);
void hmi_jail_close(hmi_jail *jail);
const hmi_jail_level *hmi_jail_level_of(const hmi_jail *jail);
/* Free places now; submit fails with HM_E_BUSY at 0. */
uint32_t hmi_jail_free_places(const hmi_jail *jail);
int hmi_jail_submit(hmi_jail *jail, const hmi_job *job, hm_err *err);
/* Serves sinks until one job is done (returns 1), the time is over or no job is in hand (returns
 * 0), or the jail itself fails (negative: the zygote is gone for good, and every job was given
 * back). timeout_ms -1 waits for ever. A sink's failure ends its job with that code as reason:
 * verdict LIMIT for HM_E_LIMIT, else PARTIAL. */
int hmi_jail_wait(hmi_jail *jail, int timeout_ms, hmi_job_done *ret_done, hm_err *err);
/* Version of the set of readers that the workers run: grows when the same bytes would give other
 * traits (sum over hmi_readers[] and the code analysis). */
uint32_t hmi_jail_readers(const hmi_jail *jail);
/* A sealed memfd holding a copy of `bytes`. The caller closes it. */
int hmi_jail_seal(hm_bytes bytes, int *ret_fd, hm_err *err);
/* The same of what can be read from `fd`, from its position to its end, without taking it into
 * this process's memory. HM_E_LIMIT when it is longer than `size_max`. */
int hmi_jail_seal_fd(int fd, uint64_t size_max, int *ret_fd, uint64_t *ret_size, hm_err *err);

/* Evidence that is too long for memory, kept on the disk instead: a file in `folder` that has no
 * name, so that nobody else opens it. It is written through `to`; `from` only reads, and is what a
 * job takes once `to` is closed. The worker maps it and lets go of what it has passed: its
 * resident memory does not grow with the evidence. */
typedef struct hmi_spool {
    int to, from;
} hmi_spool;
int hmi_jail_spool_open(const char *folder, hmi_spool *ret_spool, hm_err *err);
/* As hmi_jail_seal_fd, onto the disk. */
int hmi_jail_spool_fd(int fd, const char *folder, uint64_t size_max, int *ret_fd,
                      uint64_t *ret_size, hm_err *err);

/* Test and debugging only: the same reading in this very process, without walls. */
int hmi_jail_read_unjailed(hmi_reading *reading, hm_bytes file, hm_err *err);

#endif
