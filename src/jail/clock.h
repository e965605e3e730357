/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - how long a worker has kept us waiting, fairly.
 */
#ifndef HMI_JAIL_CLOCK_H
#define HMI_JAIL_CLOCK_H

#include "trait/trait.h"

typedef struct hmi_job_clock {
    int64_t asked_us;  /* when the job was given */
    int64_t looked_us; /* up to when it is counted */
    int64_t used_us;   /* counted against the worker */
    int64_t waited_us; /* of that, taken back: it waited for a processor */
    int32_t pid;       /* as we see it; 0 until it has started */
} hmi_job_clock;

hmi_job_clock hmi_job_clock_start(void);
/* The worker runs from now on. */
void hmi_job_clock_running(hmi_job_clock *clock, int32_t pid);
/* Counts up to `now`. While its words waited for us (`ready`), only the time that we listened. */
void hmi_job_clock_count(hmi_job_clock *clock, bool ready, int64_t listened_us, int64_t now);
int64_t hmi_job_clock_left_us(const hmi_job_clock *clock, uint32_t wall_ms);
/* True when its time is over. Asks the kernel how long it waited, and takes that back, first. */
bool hmi_job_clock_over(hmi_job_clock *clock, uint32_t wall_ms);
uint32_t hmi_job_clock_elapsed_ms(const hmi_job_clock *clock);

#endif
