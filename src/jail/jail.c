/* SPDX-License-Identifier: Apache-2.0
 *
 * jail.c - the jobs in hand: gives them to workers, hears the workers, keeps the clocks.
 *
 * WHY    One thread serves many workers; none of them can make it wait, grow or believe.
 * FORM   A job: place taken -> task sent on its channel, RUN ordered -> packets decoded into its
 *        sink -> channel at its end and EXIT reported (in any order) -> given out by wait().
 *        A job is judged at once when it breaks a rule that we keep (protocol, quota, wall clock,
 *        a failing sink): its channel is closed, KILL is ordered, and only EXIT is awaited.
 *        Otherwise the verdict is read from its end (verdict.c).
 * TRUST  Channels: none. Control socket: our own program.
 * OWNS   The zygote, the channels, the decoders.
 */
#include "jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"
#include "jail/clock.h"
#include "jail/launch.h"
#include "jail/verdict.h"
#include "jail/walls.h"

enum {
    CPU_MS_DEFAULT = 2000,
    MEMBERS_DEFAULT = 10000,
    MEMORY_DEFAULT = 64 << 20,
    MEMORY_MIN = 4 << 20,
    OUTPUT_DEFAULT = 256 << 20,
    PACKETS_PER_TURN = 16, /* then the next channel */
    DEATH_MS_MAX = 10000,  /* a killed worker that does not end: the zygote hangs */
    RESTARTS_MAX = 1
};

typedef struct jail_job {
    bool taken, over; /* over: waits to be given out */
    bool judged;      /* verdict and reason stand */
    bool exited;
    hmi_job_done done;
    uint32_t ticket;
    int channel; /* -1 at its end */
    hmi_decoder decoder;
    int status;
    hmi_job_clock clock;
    int64_t killed_us;
    uint32_t cpu_ms, wall_ms; /* its limits */
} jail_job;

struct hmi_jail {
    hmi_jail_options options; /* no zero left */
    hmi_jail_level level;
    hmi_launched zygote;
    uint32_t restarts, last_ticket;
    jail_job jobs[HMI_JAIL_WORKERS_MAX];
    char worker[4096];
    uint8_t packet[HMI_PACKET_MAX];
};

/* --- what stands ----------------------------------------------------------------------------- */

static hmi_jail_level level_of(const hmi_report *hello)
{
    hmi_jail_level level = { .seccomp = (hello->walls & HMI_WALL_SECCOMP) != 0,
                             .landlock = (hello->walls & HMI_WALL_LANDLOCK) != 0,
                             .no_new_privs = (hello->walls & HMI_WALL_NO_NEW_PRIVS) != 0,
                             .namespaces = (hello->walls & HMI_WALL_NAMESPACES) != 0,
                             .rlimits = (hello->walls & HMI_WALL_RLIMITS) != 0,
                             .landlock_abi = hello->landlock_abi };
    const char *missing[] = { level.seccomp ? NULL : "seccomp", level.landlock ? NULL : "Landlock",
                              level.namespaces ? NULL : "namespaces",
                              level.no_new_privs ? NULL : "no-new-privileges",
                              level.rlimits ? NULL : "resource limits" };
    size_t used = 0;
    for (size_t i = 0; i < HMI_COUNT(missing); i++) {
        if (missing[i] != NULL) {
            used += (size_t)snprintf(level.missing + used, sizeof(level.missing) - used, "%s%s",
                                     used ? ", " : "this system lacks: ", missing[i]);
        }
    }
    return level;
}

static int start_zygote(hmi_jail *jail, hm_err *err)
{
    const char *worker = jail->worker[0] != '\0' ? jail->worker : NULL;
    HMI_TRY(hmi_launch(worker, &jail->zygote, err));
    jail->level = level_of(&jail->zygote.hello);
    if (!jail->level.seccomp && !jail->level.landlock && !jail->options.allow_weak) {
        hmi_launched_stop(&jail->zygote);
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                        "this system has neither seccomp nor Landlock to confine readers with; "
                        "evidence is not read unless weak confinement is allowed");
    }
    return HM_OK;
}

static void fill_in(hmi_jail_options *o)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->workers_max == 0) {
        o->workers_max = processors > 0 ? (uint32_t)processors : 1;
    }
    o->workers_max = (uint32_t)hmi_min(o->workers_max, HMI_JAIL_WORKERS_MAX);
    o->cpu_ms = o->cpu_ms != 0 ? o->cpu_ms : CPU_MS_DEFAULT;
    o->wall_ms = o->wall_ms != 0 ? o->wall_ms : 2 * o->cpu_ms;
    o->memory_max = o->memory_max != 0 ? o->memory_max : MEMORY_DEFAULT;
    o->memory_max = hmi_max(o->memory_max, MEMORY_MIN);
    o->output_max = o->output_max != 0 ? o->output_max : OUTPUT_DEFAULT;
    o->members_max = o->members_max != 0 ? o->members_max : MEMBERS_DEFAULT;
}

int hmi_jail_open(const hmi_jail_options *options, hmi_jail **ret_jail, hm_err *err)
{
    hmi_jail *jail = calloc(1, sizeof(*jail));
    if (jail == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
    }
    jail->options = options != NULL ? *options : (hmi_jail_options){ .allow_weak = false };
    fill_in(&jail->options);
    const char *worker = jail->options.worker != NULL ? jail->options.worker : "";
    jail->options.worker = NULL; /* lent; ours is jail->worker */
    int code =
        snprintf(jail->worker, sizeof(jail->worker), "%s", worker) < (int)sizeof(jail->worker)
            ? start_zygote(jail, err)
            : hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the worker's path is too long");
    if (code < 0) {
        free(jail);
        return code;
    }
    *ret_jail = jail;
    return HM_OK;
}

const hmi_jail_level *hmi_jail_level_of(const hmi_jail *jail)
{
    return &jail->level;
}

uint32_t hmi_jail_readers(const hmi_jail *jail)
{
    return jail->zygote.hello.readers;
}

uint32_t hmi_jail_free_places(const hmi_jail *jail)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        taken += jail->jobs[i].taken;
    }
    return jail->options.workers_max - taken;
}

/* --- the life of a job ----------------------------------------------------------------------- */

static void close_channel(jail_job *job)
{
    if (job->channel >= 0) {
        close(job->channel);
        job->channel = -1;
    }
}

static void release(jail_job *job)
{
    close_channel(job);
    hmi_decoder_fini(&job->decoder);
    *job = (jail_job){ .channel = -1 };
}

/* The verdict stands before the worker's end: nothing more is heard from it. */
static void judge(hmi_jail *jail, jail_job *job, hmi_verdict verdict, const hm_err *reason)
{
    hmi_assert(!job->judged);
    job->judged = true;
    job->done.verdict = verdict;
    job->done.reason = *reason;
    close_channel(job);
    if (!job->exited) {
        hmi_order order = { .kind = HMI_ORDER_KILL, .ticket = job->ticket };
        job->killed_us = hmi_clock_us();
        (void)hmi_launched_order(&jail->zygote, &order, -1, -1, NULL); /* failing: DEATH_MS_MAX */
    }
}

static void finish(jail_job *job)
{
    if (!job->judged) {
        hmi_ending ending = { job->status, job->done.cpu_ms, job->cpu_ms, &job->decoder };
        job->done.verdict = hmi_verdict_of(&ending, &job->done.reason);
    }
    job->done.wall_ms = hmi_job_clock_elapsed_ms(&job->clock);
    job->over = true;
    hmi_decoder_fini(&job->decoder);
}

static int encode_task(const hmi_jail *jail, const hmi_job *job, hmi_buf *packet, hm_err *err)
{
    hmi_task task = { .quota = { jail->options.output_max, jail->options.members_max },
                      .memory_max = jail->options.memory_max,
                      .context_us = job->context_us,
                      .depth = job->depth,
                      .moments = job->moments,
                      .apart = job->apart,
                      .functions = job->functions,
                      .name = job->name };
    if (job->password_count > HMI_JAIL_PASSWORDS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "%zu passwords to try, more than %d",
                        job->password_count, HMI_JAIL_PASSWORDS_MAX);
    }
    if (job->spelled_count > HMI_JAIL_SPELLED_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "the instructions of %zu functions, more than %d", job->spelled_count,
                        HMI_JAIL_SPELLED_MAX);
    }
    task.spelled_count = (uint32_t)job->spelled_count;
    for (size_t i = 0; i < job->spelled_count; i++) {
        task.spelled[i] = job->spelled[i];
    }
    task.password_count = (uint32_t)job->password_count;
    for (size_t i = 0; i < job->password_count; i++) {
        task.passwords[i] = job->passwords[i];
    }
    return hmi_task_encode(&task, packet, err);
}

/* What the evidence's size adds to its time. */
static uint32_t more_ms(uint64_t size)
{
    uint64_t ms = (size >> 20) * HMI_JAIL_CPU_MS_PER_MIB;
    return ms < UINT32_MAX / 8 ? (uint32_t)ms : UINT32_MAX / 8;
}

static uint32_t sum_ms(uint32_t a, uint32_t b)
{
    return a < UINT32_MAX - b ? a + b : UINT32_MAX;
}

/* Makes the channel, puts the task into it and has the zygote fork. */
static int send_out(hmi_jail *jail, jail_job *place, const hmi_job *job, hm_bytes task, hm_err *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return hmi_fail_errno(err, "making a channel for a worker");
    }
    hmi_order order = { .kind = HMI_ORDER_RUN,
                        .ticket = ++jail->last_ticket,
                        .size = job->size,
                        .memory_max = jail->options.memory_max,
                        .cpu_ms = sum_ms(jail->options.cpu_ms, more_ms(job->size)),
                        .walls = jail->zygote.hello.walls };
    int code = HM_OK;
    if (send(ends[0], task.ptr, task.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)task.len) {
        code = hmi_fail_errno(err, "giving a worker its task");
    } else {
        code = hmi_launched_order(&jail->zygote, &order, job->fd, ends[1], err);
    }
    close(ends[1]);
    if (code < 0) {
        close(ends[0]);
        return code;
    }
    *place = (jail_job){ .taken = true,
                         .done = { .id = job->id },
                         .ticket = order.ticket,
                         .channel = ends[0],
                         .cpu_ms = order.cpu_ms,
                         .wall_ms = sum_ms(jail->options.wall_ms, 2 * more_ms(job->size)),
                         .clock = hmi_job_clock_start() };
    hmi_quota quota = { jail->options.output_max, jail->options.members_max };
    hmi_decoder_init(&place->decoder, quota, job->size, job->sink);
    return HM_OK;
}

/* Nobody can change it any more: sealed memory, or a file without a name that is only read. */
static bool is_settled(int fd, const struct stat *about)
{
    enum { NEEDED = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK };
    int seals = fcntl(fd, F_GET_SEALS), flags = fcntl(fd, F_GETFL);
    return (seals >= 0 && (seals & NEEDED) == NEEDED) ||
           (S_ISREG(about->st_mode) && about->st_nlink == 0 && flags >= 0 &&
            (flags & O_ACCMODE) == O_RDONLY);
}

static int check_evidence(const hmi_job *job, hm_err *err)
{
    struct stat about;
    if (job->sink == NULL || fstat(job->fd, &about) < 0 || !is_settled(job->fd, &about) ||
        (uint64_t)about.st_size != job->size) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "a job needs a sink and a sealed memory file, or a spooled one, of the "
                        "stated size");
    }
    return HM_OK;
}

static int revive(hmi_jail *jail, hm_err *err);

int hmi_jail_submit(hmi_jail *jail, const hmi_job *job, hm_err *err)
{
    HMI_TRY(check_evidence(job, err));
    HMI_TRY(revive(jail, err));
    jail_job *place = NULL;
    for (uint32_t i = 0; i < jail->options.workers_max && place == NULL; i++) {
        place = jail->jobs[i].taken ? NULL : &jail->jobs[i];
    }
    if (place == NULL) {
        return hmi_fail(err, HM_E_BUSY, HM_OFFSET_NONE, "every worker is busy");
    }
    hmi_buf task;
    hmi_buf_init(&task, HMI_PACKET_MAX);
    int code = encode_task(jail, job, &task, err);
    if (code == HM_OK) {
        code = send_out(jail, place, job, hmi_buf_bytes(&task), err);
    }
    hmi_buf_fini(&task);
    return code;
}

/* --- hearing --------------------------------------------------------------------------------- */

static void judge_fault(hmi_jail *jail, jail_job *job, int code, hm_err *why)
{
    hmi_verdict verdict = HMI_VERDICT_PROTOCOL;
    why->code = code;
    switch (job->decoder.fault) {
    case HMI_FAULT_QUOTA:
        verdict = HMI_VERDICT_LIMIT;
        break;
    case HMI_FAULT_MEMORY:
    case HMI_FAULT_SINK:
        verdict = code == HM_E_LIMIT ? HMI_VERDICT_LIMIT : HMI_VERDICT_PARTIAL;
        break;
    case HMI_FAULT_NONE:
    case HMI_FAULT_WORKER:
        break;
    }
    judge(jail, job, verdict, why);
}

/* One packet; false when there is none now, or no more at all. */
static bool hear_packet(hmi_jail *jail, jail_job *job)
{
    ssize_t got = recv(job->channel, jail->packet, sizeof(jail->packet), MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && errno == EINTR) {
        return true;
    }
    if (got < 0 && errno == EAGAIN && !job->exited) {
        return false;
    }
    if (got <= 0) { /* its end; or it is dead and all it said was heard */
        close_channel(job);
        return false;
    }
    hm_err why = { .offset = HM_OFFSET_NONE };
    hm_bytes packet = { jail->packet, (size_t)got }; /* too long: the decoder refuses it unread */
    int code = hmi_decoder_take(&job->decoder, packet, &why);
    if (code < 0) {
        judge_fault(jail, job, code, &why);
        return false;
    }
    return true;
}

static void hear_channel(hmi_jail *jail, jail_job *job)
{
    for (int i = 0; i < PACKETS_PER_TURN && job->channel >= 0; i++) {
        if (!hear_packet(jail, job)) {
            return;
        }
    }
}

static jail_job *job_of_ticket(hmi_jail *jail, uint32_t ticket)
{
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        jail_job *job = &jail->jobs[i];
        if (job->taken && !job->over && job->ticket == ticket) {
            return job;
        }
    }
    return NULL; /* judged and given out meanwhile */
}

static void take_exit(hmi_jail *jail, jail_job *job, const hmi_report *report)
{
    job->exited = true;
    job->status = report->status;
    job->done.cpu_ms = report->cpu_ms;
    job->done.memory_peak = report->memory_peak;
    if (report->status == -1 && !job->judged) {
        hm_err why;
        hmi_fail(&why, HM_E_MEMORY, HM_OFFSET_NONE, "the system could not start a worker");
        judge(jail, job, HMI_VERDICT_CRASHED, &why);
    }
}

/* The zygote is gone, and its workers with it. */
static void lose_zygote(hmi_jail *jail)
{
    hm_err why;
    hmi_fail(&why, HM_E_CRASHED, HM_OFFSET_NONE, "the worker program ended while this was read");
    hmi_launched_stop(&jail->zygote);
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        jail_job *job = &jail->jobs[i];
        if (job->taken && !job->over) {
            job->exited = true;
            if (!job->judged) {
                judge(jail, job, HMI_VERDICT_CRASHED, &why);
            }
        }
    }
}

static int revive(hmi_jail *jail, hm_err *err)
{
    if (jail->zygote.pid > 0) {
        return HM_OK;
    }
    if (jail->restarts >= RESTARTS_MAX) {
        return hmi_fail(err, HM_E_CRASHED, HM_OFFSET_NONE,
                        "the worker program ended again; no evidence can be read");
    }
    jail->restarts++;
    return start_zygote(jail, err);
}

static void hear_zygote(hmi_jail *jail)
{
    hmi_report report;
    int got;
    while ((got = hmi_launched_hear(&jail->zygote, &report)) == 1) {
        jail_job *job = job_of_ticket(jail, report.ticket);
        if (job != NULL && report.kind == HMI_REPORT_STARTED) {
            hmi_job_clock_running(&job->clock, report.pid);
        } else if (job != NULL && report.kind == HMI_REPORT_EXIT) {
            take_exit(jail, job, &report);
        }
    }
    if (got < 0) {
        lose_zygote(jail);
    }
}

static void check_clock(hmi_jail *jail, jail_job *job)
{
    if (!job->judged && !job->exited && hmi_job_clock_over(&job->clock, job->wall_ms)) {
        hm_err why;
        hmi_fail(&why, HM_E_LIMIT, HM_OFFSET_NONE, "reading it took more than %u ms", job->wall_ms);
        judge(jail, job, HMI_VERDICT_TIME, &why);
    }
}

/* --- waiting --------------------------------------------------------------------------------- */

static bool live(const jail_job *job)
{
    return job->taken && !job->over;
}

/* How long may we sleep before some worker's time is over? */
static int sleep_ms(const hmi_jail *jail, int64_t deadline, int64_t now)
{
    int64_t until = deadline;
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        const jail_job *job = &jail->jobs[i];
        if (!live(job)) {
            continue;
        }
        int64_t left = job->judged ? (int64_t)DEATH_MS_MAX * 1000
                                   : hmi_job_clock_left_us(&job->clock, job->wall_ms);
        until = now + left < until ? now + left : until;
        if (job->exited) {
            until = now;
        }
    }
    if (until == INT64_MAX) {
        return -1;
    }
    int64_t ms = until <= now ? 0 : (until - now + 999) / 1000;
    return ms < 60000 ? (int)ms : 60000;
}

static void serve(hmi_jail *jail, int64_t deadline)
{
    struct pollfd ready[HMI_JAIL_WORKERS_MAX + 1];
    nfds_t count = 0;
    ready[count++] = (struct pollfd){ .fd = jail->zygote.control, .events = POLLIN };
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        int fd = live(&jail->jobs[i]) ? jail->jobs[i].channel : -1; /* -1: poll leaves it out */
        ready[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
    }
    int64_t before = hmi_clock_us();
    if (poll(ready, count, sleep_ms(jail, deadline, before)) < 0) {
        return; /* a signal: the caller looks at its deadline */
    }
    int64_t now = hmi_clock_us();
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        if (live(&jail->jobs[i])) {
            hmi_job_clock_count(&jail->jobs[i].clock, ready[i + 1].revents != 0, now - before, now);
        }
    }
    /* Exits first: a worker that is dead has said all it will say. */
    if (ready[0].revents != 0) {
        hear_zygote(jail);
    }
    bool stuck = false;
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        jail_job *job = &jail->jobs[i];
        if (!live(job)) {
            continue;
        }
        if (job->channel >= 0 && (ready[i + 1].revents != 0 || job->exited)) {
            hear_channel(jail, job);
        }
        check_clock(jail, job);
        stuck |= job->judged && !job->exited && now - job->killed_us > (int64_t)DEATH_MS_MAX * 1000;
    }
    if (stuck) {
        lose_zygote(jail);
    }
}

/* Ends what can be ended; the earliest submitted of the ended jobs, or NULL. *ret_left: in hand. */
static jail_job *next_over(hmi_jail *jail, bool *ret_left)
{
    jail_job *first = NULL;
    *ret_left = false;
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        jail_job *job = &jail->jobs[i];
        if (live(job) && job->exited && job->channel < 0) {
            finish(job);
        }
        *ret_left |= live(job);
        if (job->taken && job->over && (first == NULL || job->ticket < first->ticket)) {
            first = job;
        }
    }
    return first;
}

int hmi_jail_wait(hmi_jail *jail, int timeout_ms, hmi_job_done *ret_done, hm_err *err)
{
    int64_t start = hmi_clock_us();
    int64_t deadline = timeout_ms < 0 ? INT64_MAX : start + (int64_t)timeout_ms * 1000;
    for (bool looked = false;; looked = true) {
        bool left;
        jail_job *over = next_over(jail, &left);
        if (over != NULL) {
            *ret_done = over->done;
            release(over);
            return 1;
        }
        if (!left) {
            return revive(jail, err);
        }
        if (looked && hmi_clock_us() >= deadline) {
            return 0;
        }
        serve(jail, deadline);
    }
}

void hmi_jail_close(hmi_jail *jail)
{
    if (jail == NULL) {
        return;
    }
    hmi_launched_stop(&jail->zygote);
    for (uint32_t i = 0; i < jail->options.workers_max; i++) {
        if (jail->jobs[i].taken) {
            release(&jail->jobs[i]);
        }
    }
    free(jail);
}
