/* SPDX-License-Identifier: Apache-2.0
 *
 * test_jail.c - abuse cases 01, 02, 03 and 09 against real workers (misbehave.c), and the ways in
 * which a worker, or all of them, can end.
 */
#include "check.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "collect.h"
#include "jail/jail.h"

static const hmi_jail_options QUICK = { .workers_max = 4, .cpu_ms = 200, .wall_ms = 20000 };

static const char *test_worker(void)
{
    return getenv("HALLMARK_TEST_WORKER");
}

static hmi_jail *open_jail(hmi_jail_options options)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    options.worker = test_worker();
    CHECK_OK(hmi_jail_open(&options, &jail, &err));
    return jail;
}

static void submit(hmi_jail *jail, uint64_t id, hm_bytes evidence, hmi_sink *sink)
{
    hm_err err = { 0 };
    hmi_job job = { .id = id,
                    .size = evidence.len,
                    .name = HM_BYTES("a name"),
                    .sink = sink,
                    .context_us = HMI_TIME_NONE };
    CHECK_OK(hmi_jail_seal(evidence, &job.fd, &err));
    CHECK_OK(hmi_jail_submit(jail, &job, &err));
    close(job.fd);
}

/* One piece from beginning to end. */
static hmi_job_done read_one(hmi_jail *jail, const char *evidence, collect *c)
{
    hm_err err = { 0 };
    hmi_job_done done = { .verdict = HMI_VERDICT_UNREADABLE };
    submit(jail, 42, hmi_text_bytes(hmi_text_of(evidence)), &c->sink);
    CHECK_EQ(hmi_jail_wait(jail, 30000, &done, &err), 1);
    CHECK_EQ(done.id, 42);
    return done;
}

static hmi_job_done verdict_on(hmi_jail *jail, const char *evidence)
{
    collect c;
    collect_init(&c);
    hmi_job_done done = read_one(jail, evidence, &c);
    collect_fini(&c);
    return done;
}

/* The jail is unharmed: the next piece is read. */
static void check_serves(hmi_jail *jail)
{
    CHECK_EQ(verdict_on(jail, "behave").verdict, HMI_VERDICT_READ);
}

TEST(a_worker_says_what_it_reads)
{
    hm_err err = { 0 };
    hmi_jail *jail = open_jail(QUICK);
    collect c;
    collect_init(&c);
    hm_text passwords[2] = { HM_TEXT("infected"), HM_TEXT("") };
    hmi_job job = { .id = 1,
                    .size = 6,
                    .name = HM_BYTES("its name"),
                    .sink = &c.sink,
                    .depth = 3,
                    .context_us = -5,
                    .passwords = passwords,
                    .password_count = 2 };
    CHECK_OK(hmi_jail_seal(HM_BYTES("behave"), &job.fd, &err));
    CHECK_OK(hmi_jail_submit(jail, &job, &err));
    close(job.fd);
    hmi_job_done done;
    CHECK_EQ(hmi_jail_wait(jail, -1, &done, &err), 1);
    CHECK_EQ(done.verdict, HMI_VERDICT_READ);
    CHECK_EQ(done.reason.code, HM_OK);
    CHECK(done.memory_peak > 0);
    CHECK(collect_has(&c, "fact format=test\n"));
    CHECK(collect_has(&c, "trait 40 1 well behaved @0 x1 "));
    CHECK(collect_has(&c, "member its name 6 @0 0 behave\n"));
    CHECK(collect_has(&c, "object indicator--1 indicator  6 @0\n"));
    CHECK(collect_has(&c, "fact password=infected\nfact password=\nfact state=none\n"));
    CHECK(collect_has(&c, "note 0 0 @0 depth 3, context -5\n"));
    CHECK_EQ(hmi_jail_readers(jail), 7);
    CHECK_EQ(hmi_jail_wait(jail, -1, &done, &err), 0); /* nothing in hand: does not hang */
    collect_fini(&c);
    hmi_jail_close(jail);
}

typedef enum outcome { KILLED, REFUSED, FAULT } outcome;
#ifdef HMI_SANITIZED /* sanitizers need these, without effect (seccomp.c) */
enum { FILES = REFUSED, ELSEWHERE = REFUSED, PRLIMIT = FAULT, SIGNALS = FAULT };
#else
enum { FILES = KILLED, ELSEWHERE = REFUSED, PRLIMIT = KILLED, SIGNALS = KILLED };
#endif

typedef struct attempt {
    const char *name;
    int outcome;
} attempt;

#define ATTEMPT(name, outcome, call) { #name, outcome },
static const attempt ATTEMPTS[] = {
#include "attempts.def"
};
#undef ATTEMPT

static bool denied(const attempt *a, const hmi_job_done *done, const collect *c)
{
    if (collect_has(c, "escaped")) {
#ifdef HMI_SANITIZED
        return a->outcome == FAULT;
#else
        return false;
#endif
    }
    switch (a->outcome) {
    case KILLED:
        return done->verdict == HMI_VERDICT_POLICY && !collect_has(c, "refused");
    case REFUSED:
        return done->verdict == HMI_VERDICT_READ && collect_has(c, "refused");
    default:
        return true;
    }
}

TEST(no_escape_works_and_the_next_piece_is_read)
{
    CHECK(HMI_COUNT(ATTEMPTS) >= 40);
    hmi_jail *jail = open_jail(QUICK);
    if (!hmi_jail_level_of(jail)->seccomp) {
        print_message("without seccomp here: %s\n", hmi_jail_level_of(jail)->missing);
        hmi_jail_close(jail);
        skip();
    }
    size_t good = 0;
    for (size_t i = 0; i < HMI_COUNT(ATTEMPTS); i++) {
        char evidence[64];
        collect c;
        collect_init(&c);
        snprintf(evidence, sizeof(evidence), "try %s", ATTEMPTS[i].name);
        hmi_job_done done = read_one(jail, evidence, &c);
        bool held = denied(&ATTEMPTS[i], &done, &c);
        if (!held) {
            print_error("%s: %s, %.*s\n", ATTEMPTS[i].name, hmi_verdict_name(done.verdict),
                        HMI_FMT(hmi_buf_text(&c.lines)));
        }
        good += held;
        collect_fini(&c);
        check_serves(jail);
    }
    print_message("%zu of %zu attempts denied\n", good, HMI_COUNT(ATTEMPTS));
    CHECK_EQ(good, HMI_COUNT(ATTEMPTS));
    hmi_jail_close(jail);
}

TEST(a_loop_and_a_sleep_end_at_the_time_limit)
{
    hmi_jail *jail = open_jail(QUICK);
    hmi_job_done loop = verdict_on(jail, "loop");
    CHECK_EQ(loop.verdict, HMI_VERDICT_TIME);
    CHECK_EQ(loop.reason.code, HM_E_LIMIT);
    print_message("looped %u ms, %u ms of processor: %s\n", loop.wall_ms, loop.cpu_ms,
                  loop.reason.text);
    /* How far it gets beyond the limit is the kernel's and the machine's business: seconds are the
     * second wall (RLIMIT_CPU). */
    CHECK(loop.cpu_ms >= QUICK.cpu_ms && loop.cpu_ms <= 3000);
    check_serves(jail);
    CHECK_EQ(verdict_on(jail, "flood-for-ever").verdict, HMI_VERDICT_TIME);
    hmi_jail_close(jail);
    jail = open_jail((hmi_jail_options){ .workers_max = 4, .cpu_ms = 5000, .wall_ms = 300 });
    hmi_job_done asleep = verdict_on(jail, "sleep");
    CHECK_EQ(asleep.verdict, HMI_VERDICT_TIME);
    CHECK(asleep.wall_ms >= 300 && asleep.cpu_ms < 5000);
    hmi_jail_close(jail);
}

/* Eight workers on one processor each see an eighth of it: more than their time by the clock, all
 * of it in line for the processor. */
TEST(time_in_line_for_a_processor_is_not_charged)
{
    enum { CROWD = 8 };
    hm_err err = { 0 };
    cpu_set_t before, one;
    if (access("/proc/self/schedstat", R_OK) != 0 ||
        sched_getaffinity(0, sizeof(before), &before) != 0) {
        print_message("this kernel does not say how long a process waited: skipped\n");
        skip();
    }
    CPU_ZERO(&one);
    for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &before)) {
            CPU_SET(cpu, &one);
        }
    }
    CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0); /* the zygote inherits it */
    hmi_jail *jail =
        open_jail((hmi_jail_options){ .workers_max = CROWD, .cpu_ms = 100, .wall_ms = 200 });
    CHECK_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
    collect c;
    collect_init(&c);
    for (uint64_t id = 0; id < CROWD; id++) {
        submit(jail, id, HM_BYTES("loop"), &c.sink);
    }
    for (int i = 0; i < CROWD; i++) {
        hmi_job_done done;
        CHECK_EQ(hmi_jail_wait(jail, 30000, &done, &err), 1);
        CHECK_EQ(done.verdict, HMI_VERDICT_TIME);
        CHECK(done.cpu_ms >= 100); /* its own time, all of it */
    }
    collect_fini(&c);
    hmi_jail_close(jail);
}

TEST(a_looping_worker_does_not_hold_up_the_others)
{
    hm_err err = { 0 };
    hmi_jail *jail = open_jail((hmi_jail_options){ .workers_max = 2, .cpu_ms = 60000 });
    collect c;
    collect_init(&c);
    hmi_job_done done;
    submit(jail, 1, HM_BYTES("loop"), &c.sink);
    for (uint64_t id = 2; id < 20; id++) {
        submit(jail, id, HM_BYTES("behave"), &c.sink);
        CHECK_EQ(hmi_jail_free_places(jail), 0);
        CHECK_EQ(hmi_jail_wait(jail, 30000, &done, &err), 1);
        CHECK_EQ(done.id, id);
        CHECK_EQ(hmi_jail_free_places(jail), 1);
    }
    hmi_jail_close(jail); /* takes the looping one along */
    collect_fini(&c);
}

static long resident_pages(void)
{
    long size = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    CHECK(statm != NULL && fscanf(statm, "%ld %ld", &size, &resident) == 2);
    fclose(statm);
    return resident;
}

TEST(memory_ends_at_its_limit_and_costs_us_nothing)
{
    hmi_jail *jail = open_jail((hmi_jail_options){ .cpu_ms = 2000 });
    check_serves(jail);
    long before = resident_pages();
    hmi_job_done arena = verdict_on(jail, "take-arena");
    CHECK_EQ(arena.verdict, HMI_VERDICT_MEMORY);
#ifndef HMI_SANITIZED /* no RLIMIT_AS there: the shadow memory is larger than any limit */
    hmi_job_done heap = verdict_on(jail, "take-4-gib");
    CHECK_EQ(heap.verdict, HMI_VERDICT_MEMORY);
    CHECK(heap.memory_peak < 80 << 20);
    CHECK(labs(resident_pages() - before) * sysconf(_SC_PAGESIZE) <= 1 << 20);
#else
    (void)before;
#endif
    check_serves(jail);
    hmi_jail_close(jail);
}

TEST(crashes_are_contained_and_named)
{
    static const char *const WAYS[] = { "die null", "die stack", "die abort", "die assert" };
    static const char *const SIGNALS_[] = { "SIGSEGV", "SIGSEGV", "SIGABRT", "SIGABRT" };
    hmi_jail *jail = open_jail(QUICK);
    for (size_t i = 0; i < HMI_COUNT(WAYS); i++) {
        hmi_job_done done = verdict_on(jail, WAYS[i]);
        if (done.verdict != HMI_VERDICT_CRASHED) {
            print_error("%s: %s\n", WAYS[i], hmi_verdict_name(done.verdict));
        }
        CHECK_EQ(done.verdict, HMI_VERDICT_CRASHED);
        CHECK_EQ(done.reason.code, HM_E_CRASHED);
#ifndef HMI_SANITIZED /* a sanitizer ends them in its own way */
        CHECK(strstr(done.reason.text, SIGNALS_[i]) != NULL);
#else
        (void)SIGNALS_;
#endif
        check_serves(jail);
    }
    hmi_jail_close(jail);
}

TEST(nonsense_is_an_offence)
{
    static const char *const WORDS[] = { "babble noise",     "babble dirty",     "babble class",
                                         "babble canonical", "babble after-end", "babble empty",
                                         "babble long",      "die silently" };
    hmi_jail *jail = open_jail(QUICK);
    for (size_t i = 0; i < HMI_COUNT(WORDS); i++) {
        hmi_job_done done = verdict_on(jail, WORDS[i]);
        if (done.verdict != HMI_VERDICT_PROTOCOL) {
            print_error("%s: %s: %s\n", WORDS[i], hmi_verdict_name(done.verdict), done.reason.text);
        }
        CHECK_EQ(done.verdict, HMI_VERDICT_PROTOCOL);
        CHECK_EQ(done.reason.code, HM_E_MALFORMED);
        check_serves(jail);
    }
    hmi_jail_close(jail);
}

TEST(what_was_said_decides_the_verdict)
{
    hmi_jail *jail = open_jail(QUICK);
    hmi_job_done damaged = verdict_on(jail, "damage");
    CHECK_EQ(damaged.verdict, HMI_VERDICT_PARTIAL);
    CHECK_EQ(damaged.reason.code, HM_E_TRUNCATED);
    CHECK_EQ(damaged.reason.offset, 3);
    CHECK_CSTR(damaged.reason.text, "cut short");
    CHECK_EQ(verdict_on(jail, "data").verdict, HMI_VERDICT_UNKNOWN);
    CHECK_EQ(verdict_on(jail, "").verdict, HMI_VERDICT_READ); /* an empty file */
    hmi_jail_close(jail);
}

TEST(output_ends_at_its_limit_and_what_came_is_kept)
{
    hmi_jail *jail = open_jail((hmi_jail_options){ .members_max = 5 });
    collect c;
    collect_init(&c);
    hmi_job_done done = read_one(jail, "members-for-ever", &c);
    CHECK_EQ(done.verdict, HMI_VERDICT_LIMIT);
    CHECK_EQ(c.members, 5);
    collect_fini(&c);
    hmi_jail_close(jail);

    jail = open_jail((hmi_jail_options){ .output_max = 10000 });
    collect_init(&c);
    done = read_one(jail, "members-for-ever", &c);
    CHECK_EQ(done.verdict, HMI_VERDICT_LIMIT);
    CHECK_EQ(c.member_bytes, 8192);
    CHECK_EQ(verdict_on(jail, "babble huge-member").verdict, HMI_VERDICT_LIMIT);
    collect_fini(&c);
    hmi_jail_close(jail);
}

TEST(many_traits_arrive_complete)
{
    hmi_jail *jail = open_jail((hmi_jail_options){ .cpu_ms = 20000 });
    collect c;
    collect_init(&c);
    CHECK_EQ(read_one(jail, "flood", &c).verdict, HMI_VERDICT_READ);
    CHECK_EQ(c.traits, 100000);
    collect_fini(&c);
    hmi_jail_close(jail);
}

TEST(a_failing_sink_ends_its_job)
{
    hmi_jail *jail = open_jail(QUICK);
    collect c;
    collect_init(&c);
    c.fail_with = HM_E_IO;
    hmi_job_done done = read_one(jail, "behave", &c);
    CHECK_EQ(done.verdict, HMI_VERDICT_PARTIAL);
    CHECK_EQ(done.reason.code, HM_E_IO);
    CHECK_EQ(c.facts, 1); /* and nothing after it */
    CHECK_EQ(c.traits, 0);
    c.fail_with = HM_E_LIMIT;
    CHECK_EQ(read_one(jail, "behave", &c).verdict, HMI_VERDICT_LIMIT);
    collect_fini(&c);
    check_serves(jail);
    hmi_jail_close(jail);
}

TEST(the_same_bytes_give_the_same_answer_a_thousand_times)
{
    hmi_jail *jail = open_jail((hmi_jail_options){ .workers_max = 1, .cpu_ms = 20000 });
    hmi_sha256 first = { { 0 } };
    for (int i = 0; i < 1000; i++) {
        collect c;
        collect_init(&c);
        CHECK_EQ(read_one(jail, "behave", &c).verdict, HMI_VERDICT_READ);
        hmi_sha256 now = hmi_sha256_of(hmi_buf_bytes(&c.lines));
        first = i == 0 ? now : first;
        CHECK(memcmp(&now, &first, sizeof(now)) == 0);
        collect_fini(&c);
    }
    hmi_jail_close(jail);
}

TEST(several_workers_at_once_keep_their_answers_apart)
{
    enum { PIECES = 200 };
    hm_err err = { 0 };
    hmi_jail *jail = open_jail((hmi_jail_options){ .workers_max = 8, .cpu_ms = 20000 });
    static collect all[PIECES];
    uint64_t next = 0, over = 0;
    while (over < PIECES) {
        while (next < PIECES && hmi_jail_free_places(jail) > 0) {
            char evidence[32];
            int len =
                snprintf(evidence, sizeof(evidence), "number %llu.", (unsigned long long)next);
            collect_init(&all[next]);
            submit(jail, next, hmi_bytes(evidence, (size_t)len), &all[next].sink);
            next++;
        }
        hmi_job_done done;
        CHECK_EQ(hmi_jail_wait(jail, 30000, &done, &err), 1);
        CHECK_EQ(done.verdict, HMI_VERDICT_READ);
        char expected[64];
        snprintf(expected, sizeof(expected), " number %llu.\n", (unsigned long long)done.id);
        CHECK(collect_has(&all[done.id], expected));
        collect_fini(&all[done.id]);
        over++;
    }
    hmi_jail_close(jail);
}

/* The zygote's outer process is our only child. */
static pid_t only_child(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)gettid());
    FILE *children = fopen(path, "re");
    if (children == NULL || fscanf(children, "%d", &pid) != 1) {
        pid = 0;
    }
    if (children != NULL) {
        fclose(children);
    }
    return pid;
}

TEST(a_dead_zygote_is_replaced_once)
{
    hm_err err = { 0 };
    hmi_jail *jail = open_jail((hmi_jail_options){ .workers_max = 3, .cpu_ms = 5000 });
    collect c;
    collect_init(&c);
    hmi_job_done done;
    for (int round = 0; round < 2; round++) {
        submit(jail, 1, HM_BYTES("sleep"), &c.sink);
        submit(jail, 2, HM_BYTES("loop"), &c.sink);
        pid_t zygote = only_child();
        if (zygote == 0) {
            print_message("no /proc/self/task/N/children here: skipped\n");
            skip();
        }
        kill(zygote, SIGKILL);
        CHECK_EQ(hmi_jail_wait(jail, 30000, &done, &err), 1);
        CHECK_EQ(done.verdict, HMI_VERDICT_CRASHED);
        CHECK_EQ(hmi_jail_wait(jail, 30000, &done, &err), 1);
        CHECK_EQ(done.verdict, HMI_VERDICT_CRASHED);
        if (round == 0) {
            CHECK_EQ(hmi_jail_wait(jail, 0, &done, &err), 0);
            check_serves(jail);
        }
    }
    CHECK_EQ(hmi_jail_wait(jail, 0, &done, &err), HM_E_CRASHED);
    collect_fini(&c);
    hmi_jail_close(jail);
}

TEST(misuse_is_refused)
{
    hm_err err = { 0 };
    hmi_jail *jail = open_jail((hmi_jail_options){ .workers_max = 1 });
    collect c;
    collect_init(&c);
    hmi_job job = { .id = 1, .fd = 0, .size = 1, .sink = &c.sink };
    CHECK_EQ(hmi_jail_submit(jail, &job, &err), HM_E_MISUSE); /* not sealed */
    CHECK_OK(hmi_jail_seal(HM_BYTES("behave"), &job.fd, &err));
    CHECK_EQ(hmi_jail_submit(jail, &job, &err), HM_E_MISUSE); /* not its size */
    job.size = 6;
    uint8_t long_name[HMI_MEMBER_NAME_MAX + 1] = { 0 };
    job.name = hmi_bytes(long_name, sizeof(long_name));
    CHECK_EQ(hmi_jail_submit(jail, &job, &err), HM_E_LIMIT);
    job.name = HM_BYTES("x");
    CHECK_OK(hmi_jail_submit(jail, &job, &err));
    CHECK_EQ(hmi_jail_submit(jail, &job, &err), HM_E_BUSY);
    close(job.fd);
    collect_fini(&c);
    hmi_jail_close(jail); /* with a job in hand */
    hmi_jail_options nowhere = { .worker = "/nonexistent/worker" };
    CHECK_EQ(hmi_jail_open(&nowhere, &jail, &err), HM_E_NOT_FOUND);
    nowhere.worker = "/bin/true";
    CHECK_EQ(hmi_jail_open(&nowhere, &jail, &err), HM_E_CRASHED);
}

RUN_TESTS()
