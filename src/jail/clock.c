/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.c - how long a worker has kept us waiting, fairly.
 *
 * WHY    A wall clock alone kills honest pieces on a busy machine: a worker with a second of work
 *        may stand in line for a processor for ten. What counts is time in which it could have run
 *        and did not (it sleeps, it is stuck) or ran. Time on the processor has a limit of its own,
 *        kept by the kernel (walls.c).
 * FORM   /proc/PID/schedstat: "<ns on a processor> <ns in line for one> <times>". Read only when
 *        the time seems over. The kernel adds a wait when it ends; so one that stands in line right
 *        now (/proc/PID/stat: "<pid> (<name>) R ...") is looked at again a moment later.
 *        Where neither can be read the time in line counts like any other.
 *        Until the worker has started, START_MS_MAX holds instead: the zygote may stand in line
 * too. TRUST  The pid comes from the kernel with the worker's first report (SCM_CREDENTIALS), sent
 *        before it looks at evidence. A worker cannot lengthen its time in line but by the load of
 *        the whole machine.
 * OWNS   Nothing.
 */
#include "jail/clock.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/time.h"

enum { START_MS_MAX = 30000, MOMENT_US = 50000 };

static int64_t limit_us(const hmi_job_clock *clock, uint32_t wall_ms)
{
    int64_t us = (int64_t)wall_ms * 1000, start_us = (int64_t)START_MS_MAX * 1000;
    return clock->pid == 0 && us < start_us ? start_us : us;
}

static hm_bytes read_about(int32_t pid, const char *what, char *buffer, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%" PRId32 "/%s", pid, what);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return (hm_bytes){ NULL, 0 };
    }
    size_t got = fread(buffer, 1, size - 1, file);
    fclose(file);
    buffer[got] = '\0';
    return hmi_bytes(buffer, got);
}

/* How long the process stood in line for a processor; 0 where nobody says. */
static int64_t in_line_us(int32_t pid)
{
    char words[128];
    uint64_t ran_ns = 0, waited_ns = 0;
    if (read_about(pid, "schedstat", words, sizeof(words)).len == 0 ||
        sscanf(words, "%" SCNu64 " %" SCNu64, &ran_ns, &waited_ns) != 2) {
        return 0;
    }
    return (int64_t)(waited_ns / 1000);
}

/* On a processor or in line for one. */
static bool is_runnable(int32_t pid)
{
    char words[1024];
    hm_bytes stat = read_about(pid, "stat", words, sizeof(words));
    size_t name_end = hmi_find_last_byte(stat, ')');
    return name_end != HMI_NPOS && name_end + 2 < stat.len && stat.ptr[name_end + 2] == 'R';
}

hmi_job_clock hmi_job_clock_start(void)
{
    int64_t now = hmi_clock_us();
    return (hmi_job_clock){ .asked_us = now, .looked_us = now };
}

void hmi_job_clock_running(hmi_job_clock *clock, int32_t pid)
{
    clock->pid = pid;
    clock->used_us = 0;
    clock->looked_us = hmi_clock_us();
}

void hmi_job_clock_count(hmi_job_clock *clock, bool ready, int64_t listened_us, int64_t now)
{
    int64_t away_us = now - clock->looked_us;
    if (away_us > 0) { /* it may have started since `now` was taken */
        clock->used_us += ready && listened_us < away_us ? listened_us : away_us;
        clock->looked_us = now;
    }
}

int64_t hmi_job_clock_left_us(const hmi_job_clock *clock, uint32_t wall_ms)
{
    return limit_us(clock, wall_ms) + clock->waited_us - clock->used_us;
}

bool hmi_job_clock_over(hmi_job_clock *clock, uint32_t wall_ms)
{
    if (hmi_job_clock_left_us(clock, wall_ms) > 0) {
        return false;
    }
    if (clock->pid != 0) {
        int64_t waited_us = in_line_us(clock->pid);
        clock->waited_us = waited_us > clock->waited_us ? waited_us : clock->waited_us;
    }
    int64_t left_us = hmi_job_clock_left_us(clock, wall_ms);
    if (left_us <= 0 && clock->pid != 0 && is_runnable(clock->pid)) {
        clock->waited_us += MOMENT_US - left_us;
        return false;
    }
    return left_us <= 0;
}

uint32_t hmi_job_clock_elapsed_ms(const hmi_job_clock *clock)
{
    return (uint32_t)((hmi_clock_us() - clock->asked_us) / 1000);
}
