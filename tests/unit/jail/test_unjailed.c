/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unjailed.c - the product's worker: what comes through the walls is what the readers say
 * without them, and no reader asks the system for anything that the walls forbid.
 */
#include "check.h"

#include <archive.h>
#include <archive_entry.h>
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

static hmi_jail *open_jail(void)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    hmi_jail_options options = { .cpu_ms = 60000, .memory_max = 512 << 20 };
    CHECK_OK(hmi_jail_open(&options, &jail, &err)); /* finds HALLMARK_WORKER */
    return jail;
}

static size_t pack(uint8_t *out, size_t room, const char *format, const char *filter)
{
    static const char TEXT[] = "GET http://host.example.net/path from 203.0.113.9\n";
    size_t used = 0;
    struct archive *a = archive_write_new();
    CHECK_EQ(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
    if (filter != NULL) {
        CHECK_EQ(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    }
    archive_write_set_bytes_in_last_block(a, 1);
    CHECK_EQ(archive_write_open_memory(a, out, room, &used), ARCHIVE_OK);
    for (int i = 0; i < 3; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, i == 0 ? "a.txt" : i == 1 ? "b/c.log" : "d");
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_mtime(entry, 1416787200, 0);
        archive_entry_set_size(entry, sizeof(TEXT) - 1);
        CHECK_EQ(archive_write_header(a, entry), ARCHIVE_OK);
        CHECK_EQ(archive_write_data(a, TEXT, sizeof(TEXT) - 1), (la_ssize_t)sizeof(TEXT) - 1);
        archive_entry_free(entry);
    }
    CHECK_EQ(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return used;
}

TEST(containers_read_the_same_inside_and_outside)
{
    static const struct {
        const char *format, *filter;
    } KINDS[] = { { "zip", NULL },      { "7zip", NULL },  { "ustar", NULL }, { "ustar", "gzip" },
                  { "ustar", "bzip2" }, { "ustar", "xz" }, { "pax", "zstd" }, { "iso9660", NULL } };
    static uint8_t packed[1 << 20];
    hmi_jail *jail = open_jail();
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        hm_err err = { 0 };
        int fd = -1;
        size_t size = pack(packed, sizeof(packed), KINDS[i].format, KINDS[i].filter);
        collect inside, outside;
        collect_init(&inside);
        collect_init(&outside);
        CHECK_OK(hmi_jail_seal(hmi_bytes(packed, size), &fd, &err));
        read_jailed(jail, fd, size, &inside);
        read_open(hmi_bytes(packed, size), &outside);
        close(fd);
        CHECK(inside.facts > 0);
        CHECK(hmi_bytes_eq(hmi_buf_bytes(&inside.lines), hmi_buf_bytes(&outside.lines)));
        print_message("%s %s: %llu members, %llu traits\n", KINDS[i].format,
                      KINDS[i].filter != NULL ? KINDS[i].filter : "",
                      (unsigned long long)inside.members, (unsigned long long)inside.traits);
        collect_fini(&inside);
        collect_fini(&outside);
    }
    hmi_jail_close(jail);
}

TEST(a_program_reads_the_same_inside_and_outside)
{
    hm_err err = { 0 };
    hmi_jail *jail = open_jail();
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
