/* SPDX-License-Identifier: Apache-2.0
 *
 * clock_jump.c - a library to preload: the time of day is CLOCK_JUMP seconds off; with CLOCK_SWINGS it is so at every
 * other question, forth and back while the program runs.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    static atomic_uint questions;
    long code = syscall(SYS_clock_gettime, clock, ret);
    const char *jump = getenv("CLOCK_JUMP");
    if (code == 0 && clock == CLOCK_REALTIME && jump != NULL) {
        if (getenv("CLOCK_SWINGS") == NULL || atomic_fetch_add(&questions, 1) % 2 == 0) {
            ret->tv_sec += atol(jump);
        }
    }
    return (int)code;
}
