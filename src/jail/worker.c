/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.c - one process, one piece of evidence: maps it, locks itself in, reads, says, ends.
 *
 * WHY    Whatever the bytes make of this process, it holds nothing but these bytes and one socket
 *        to say what they are; no state survives it.
 * FORM   Everything that needs the system happens before the walls: mapping, the task. After them
 *        only memory and the channel remain.
 * TRUST  None from the first byte that the reader looks at.
 * OWNS   Itself: nothing is freed, the process is.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "jail/verdict.h"
#include "jail/walls.h"
#include "jail/zygote.h"
#include "trait/tally.h"

enum {
    CHANNEL = 3,
    EXIT_NO_TASK = 71, /* our own program's mistakes: the parent shows them as "protocol" */
    EXIT_NO_VOICE = 72,
    /* What a worker's own stack, channel buffer and allocator need beside the reading. */
    WORKER_OVERHEAD = 2 << 20,
    PASSED_STEP = 4 << 20 /* bytes of evidence that stay in memory behind the reader */
};

#ifdef HMI_SANITIZED
/* A report ends as a crash, without calling another program; leaks are nobody's business in a
 * process that ends anyway. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0:abort_on_error=1:symbolize=0:color=never";
}
#endif

static hmi_encoder encoder;
static uint8_t task_packet[HMI_PACKET_MAX];

static int say(void *with, hm_bytes packet, hm_err *err)
{
    (void)with;
    ssize_t sent;
    do {
        sent = write(CHANNEL, packet.ptr, packet.len);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)packet.len ? HM_OK
                                       : hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "nobody listens");
}

/* Leaves nothing open but the channel. Old kernels lack close_range: then descriptor by descriptor,
 * as far as the zygote can have any. */
static void keep_only_channel(void)
{
    close(0);
    close(1);
#ifndef HMI_SANITIZED /* there 2 stays open for reports */
    close(2);
#endif
    if (syscall(SYS_close_range, CHANNEL + 1, ~0U, 0) < 0) {
        for (int fd = CHANNEL + 1; fd < 1024; fd++) {
            close(fd);
        }
    }
}

static hm_bytes map_evidence(int fd, uint64_t size)
{
    if (size == 0) {
        return (hm_bytes){ NULL, 0 };
    }
    void *at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) {
        _exit(EXIT_NO_TASK);
    }
    return hmi_bytes(at, (size_t)size);
}

static struct {
    hm_bytes file;
    size_t released;
} evidence_in_memory;

/* Pages of the evidence come back from its file when they are looked at again. */
static void let_go(size_t offset)
{
    static const size_t PAGE_MASK = (64 << 10) - 1; /* no page is larger where this runs */
    size_t from = evidence_in_memory.released, to = offset & ~PAGE_MASK;
    if (offset < from) {
        evidence_in_memory.released = 0;
        from = 0;
    }
    if (to - from >= PASSED_STEP && to <= evidence_in_memory.file.len) {
        (void)madvise((void *)(uintptr_t)(evidence_in_memory.file.ptr + from), to - from,
                      MADV_DONTNEED);
        evidence_in_memory.released = to;
    }
}

static void get_task(hmi_task *task)
{
    ssize_t got = recv(CHANNEL, task_packet, sizeof(task_packet), 0);
    if (got <= 0 || hmi_task_decode(hmi_bytes(task_packet, (size_t)got), task, NULL) < 0) {
        _exit(EXIT_NO_TASK);
    }
}

/* Equal traits become one with a count: a log names one address a million times. What the tally
 * still holds is said even if the reading was stopped. */
static int read_through_tally(const hmi_worker_trade *trade, hmi_reading *reading, hm_bytes file,
                              size_t ceiling, hm_err *err)
{
    hmi_tally *tally;
    HMI_TRY(hmi_tally_new(&encoder.sink, ceiling, &tally, err));
    reading->sink = hmi_tally_sink(tally);
    int code = trade->read(reading, file, err);
    hm_err late = { .offset = HM_OFFSET_NONE };
    int flushed = hmi_tally_flush(tally, &late);
    if (code == HM_OK && flushed < 0) {
        *err = late;
        return flushed;
    }
    return code;
}

static _Noreturn void work(const hmi_worker_trade *trade, const hmi_task *task, hm_bytes file)
{
    /* Below RLIMIT_AS, so that most bombs meet a ceiling that answers instead of a wall: an eighth
     * for the tally, five for the reading, the rest for libraries that allocate by themselves. */
    size_t eighth = (size_t)task->memory_max / 8;
    hmi_arena arena;
    hmi_arena_init(&arena, 5 * eighth);
    hmi_encoder_init(&encoder, task->quota, say, NULL);
    encoder.evidence_size = file.len;
    evidence_in_memory.file = file;
    hmi_reading reading = { .arena = &arena,
                            .context_us = task->context_us,
                            .name = task->name,
                            .passwords = task->passwords,
                            .password_count = task->password_count,
                            .output_max = task->quota.output_max,
                            .depth = task->depth,
                            .moments = task->moments,
                            .apart = task->apart,
                            .passed = let_go,
                            .functions = task->functions,
                            .spelled = task->spelled,
                            .spelled_count = task->spelled_count };
    hm_err why = { .offset = HM_OFFSET_NONE };
    int code = read_through_tally(trade, &reading, file, eighth, &why);
    why.code = code;
    bool memory = code == HM_E_LIMIT && arena.limited;
    _exit(hmi_encoder_end(&encoder, &why, memory, NULL) < 0 ? EXIT_NO_VOICE : 0);
}

void hmi_worker_main(const hmi_worker_trade *trade, const hmi_order *order, int evidence,
                     int channel, uint64_t base)
{
    static hmi_task task;
    hm_bytes file = map_evidence(evidence, order->size);
    if (dup2(channel, CHANNEL) < 0) {
        _exit(EXIT_NO_TASK);
    }
    keep_only_channel();
    get_task(&task);
    hmi_walls_limits limits = { .cpu_ms = order->cpu_ms, .channel = CHANNEL };
    if (base != 0) {
        limits.address_space_max = base + order->size + order->memory_max + WORKER_OVERHEAD;
    }
    unsigned stands = hmi_walls_worker(&limits) | (order->walls & HMI_WALL_NAMESPACES);
    if ((order->walls & ~stands) != 0) {
        _exit(HMI_EXIT_NO_WALLS);
    }
    work(trade, &task, file);
}
