/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unjailed.c - the product's worker: what comes through the walls is what the readers say
 * without them, and no reader asks the system for anything that the walls forbid.
 */
#include "check.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/hash.h"
#include "collect.h"
#include "jail/jail.h"
#include "trait/tally.h"

enum { SIZE_MAX_READ = 64 << 20, ARENA_MAX = 256 << 20 };

static const char NAME[] = "a program";

static void read_jailed(hmi_jail *jail, int fd, uint64_t size, collect *c)
{
    hm_err err = { 0 };
    hmi_job_done done;
    hmi_job job = { .id = 1,
                    .fd = fd,
                    .size = size,
                    .name = HM_BYTES(NAME),
                    .sink = &c->sink,
                    .context_us = HMI_TIME_NONE };
    CHECK_OK(hmi_jail_submit(jail, &job, &err));
    CHECK_EQ(hmi_jail_wait(jail, -1, &done, &err), 1);
    if (done.verdict > HMI_VERDICT_UNKNOWN) {
        print_error("%s: %s\n", hmi_verdict_name(done.verdict), done.reason.text);
    }
    CHECK(done.verdict <= HMI_VERDICT_UNKNOWN);
}

static void read_open(hm_bytes file, collect *c)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_tally *tally;
    hmi_arena_init(&arena, ARENA_MAX);
    CHECK_OK(hmi_tally_new(&c->sink, 8 << 20, &tally, &err));
    hmi_reading reading = { .arena = &arena,
                            .sink = hmi_tally_sink(tally),
                            .name = HM_BYTES(NAME),
                            .context_us = HMI_TIME_NONE };
    CHECK_OK(hmi_jail_read_unjailed(&reading, file, &err));
    CHECK_OK(hmi_tally_flush(tally, &err));
    hmi_tally_free(tally);
    hmi_arena_fini(&arena);
}

TEST(a_program_reads_the_same_inside_and_outside)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    hmi_jail_options options = { .cpu_ms = 60000, .memory_max = 512 << 20 };
    CHECK_OK(hmi_jail_open(&options, &jail, &err)); /* finds HALLMARK_WORKER */
    CHECK(hmi_jail_readers(jail) > 0);
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int fd = -1;
    uint64_t size = 0;
    CHECK_OK(hmi_jail_seal_fd(self, SIZE_MAX_READ, &fd, &size, &err));
    close(self);
    collect inside, outside;
    collect_init(&inside);
    collect_init(&outside);
    read_jailed(jail, fd, size, &inside);
    uint8_t *file = malloc(size);
    CHECK(file != NULL && pread(fd, file, size, 0) == (ssize_t)size);
    read_open(hmi_bytes(file, size), &outside);
    CHECK(inside.traits > 0 && inside.facts > 0);
    CHECK_EQ(inside.traits, outside.traits);
    CHECK_EQ(inside.lines.len, outside.lines.len);
    CHECK(hmi_bytes_eq(hmi_buf_bytes(&inside.lines), hmi_buf_bytes(&outside.lines)));
    free(file);
    close(fd);
    collect_fini(&inside);
    collect_fini(&outside);
    hmi_jail_close(jail);
}

RUN_TESTS()
