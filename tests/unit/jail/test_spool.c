/* SPDX-License-Identifier: Apache-2.0
 *
 * test_spool.c - evidence that is too long for memory: on the disk without a name, read as any
 * other, in memory that does not grow with it, with time that does.
 */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "collect.h"
#include "jail/jail.h"

enum { LONG_MIB = 64 };

static const char LINE[] = "192.0.2.%u - - [14/Nov/2023:22:13:%02u +0000] \"GET /page%u.html?v=1 "
                           "HTTP/1.1\" 200 10853 \"https://www.site.test/start\" \"Mozilla/5.0\"\n";

static char folder[] = "/tmp/hallmark-spool-XXXXXX";

static void remove_folder(void)
{
    (void)rmdir(folder); /* it is empty, or a test has said so */
}

__attribute__((constructor)) static void make_folder(void)
{
    if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0) {
        abort();
    }
}

static size_t names_in(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    CHECK(dir != NULL);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static void write_lines(int fd, size_t bytes)
{
    hmi_buf block;
    hmi_buf_init(&block, 2 << 20);
    for (unsigned i = 0; block.len < (1 << 20); i++) {
        char line[sizeof(LINE) + 32];
        hmi_buf_printf(&block, "%.*s", snprintf(line, sizeof(line), LINE, i % 199, i % 60, i % 997),
                       line);
    }
    for (size_t done = 0; done < bytes; done += block.len) {
        CHECK_EQ(write(fd, block.ptr, block.len), (ssize_t)block.len);
    }
    hmi_buf_fini(&block);
}

static hmi_job_done read_with(const char *worker, uint32_t cpu_ms, int fd, collect *c)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    struct stat about;
    hmi_jail_options options = { .worker = worker, .workers_max = 1, .cpu_ms = cpu_ms };
    hmi_job_done done = { .verdict = HMI_VERDICT_UNREADABLE };
    options.wall_ms = 60000;
    CHECK_EQ(fstat(fd, &about), 0);
    hmi_job job = { .fd = fd,
                    .size = (uint64_t)about.st_size,
                    .name = HM_BYTES("access.log"),
                    .sink = &c->sink,
                    .context_us = HMI_TIME_NONE };
    CHECK_OK(hmi_jail_open(&options, &jail, &err));
    CHECK_OK(hmi_jail_submit(jail, &job, &err));
    CHECK_EQ(hmi_jail_wait(jail, 60000, &done, &err), 1);
    hmi_jail_close(jail);
    return done;
}

TEST(a_spooled_file_has_no_name_and_is_only_read)
{
    hm_err err = { 0 };
    int from = open(folder, O_TMPFILE | O_RDWR, 0600), fd = -1;
    if (from < 0) { /* no such files here */
        from = memfd_create("file", 0);
    }
    uint64_t size = 0;
    char back[8] = { 0 };
    struct stat about;
    CHECK_EQ(write(from, "0123456789", 10), 10);
    CHECK_EQ(lseek(from, 4, SEEK_SET), 4);
    CHECK_OK(hmi_jail_spool_fd(from, folder, 6, &fd, &size, &err));
    CHECK_EQ(size, 6);
    CHECK_EQ(pread(fd, back, sizeof(back), 0), 6);
    CHECK_CSTR(back, "456789");
    CHECK_EQ(write(fd, "x", 1), -1);
    CHECK_EQ(ftruncate(fd, 1), -1);
    CHECK_EQ(fstat(fd, &about), 0);
    CHECK_EQ(about.st_nlink, 0);
    CHECK_EQ(names_in(folder), 2); /* . and .. */
    close(fd);
    fd = -7;
    CHECK_EQ(lseek(from, 4, SEEK_SET), 4);
    CHECK_EQ(hmi_jail_spool_fd(from, folder, 5, &fd, &size, &err), HM_E_LIMIT);
    CHECK_EQ(fd, -7);
    CHECK(hmi_jail_spool_fd(from, "/nowhere/at/all", 99, &fd, &size, &err) < 0);
    CHECK_EQ(fd, -7);
    CHECK_EQ(names_in(folder), 2);
    close(from);
}

TEST(what_could_still_be_written_is_refused)
{
    hm_err err = { 0 };
    hmi_jail *jail = NULL;
    hmi_spool spool;
    collect c;
    collect_init(&c);
    CHECK_OK(hmi_jail_open(NULL, &jail, &err));
    CHECK_OK(hmi_jail_spool_open(folder, &spool, &err));
    CHECK_EQ(write(spool.to, "abc", 3), 3);
    hmi_job job = { .fd = spool.to, .size = 3, .sink = &c.sink, .context_us = HMI_TIME_NONE };
    CHECK_EQ(hmi_jail_submit(jail, &job, &err), HM_E_MISUSE);
    int named = open("/proc/self/exe", O_RDONLY);
    struct stat about;
    CHECK_EQ(fstat(named, &about), 0);
    job.fd = named;
    job.size = (uint64_t)about.st_size;
    CHECK_EQ(hmi_jail_submit(jail, &job, &err), HM_E_MISUSE);
    close(named);
    close(spool.to);
    close(spool.from);
    hmi_jail_close(jail);
    collect_fini(&c);
}

TEST(it_is_read_as_from_memory)
{
    hm_err err = { 0 };
    hmi_spool spool;
    collect from_disk, from_memory;
    int fd = -1;
    uint64_t size = 0;
    collect_init(&from_disk);
    collect_init(&from_memory);
    CHECK_OK(hmi_jail_spool_open(folder, &spool, &err));
    write_lines(spool.to, 1 << 20);
    CHECK_EQ(read_with(NULL, 2000, spool.from, &from_disk).verdict, HMI_VERDICT_READ);
    CHECK_EQ(lseek(spool.to, 0, SEEK_SET), 0);
    CHECK_OK(hmi_jail_seal_fd(spool.to, 8 << 20, &fd, &size, &err));
    CHECK_EQ(read_with(NULL, 2000, fd, &from_memory).verdict, HMI_VERDICT_READ);
    CHECK(from_memory.traits > 1000);
    CHECK(hmi_bytes_eq(hmi_buf_bytes(&from_disk.lines), hmi_buf_bytes(&from_memory.lines)));
    close(fd);
    close(spool.to);
    close(spool.from);
    collect_fini(&from_disk);
    collect_fini(&from_memory);
}

TEST(memory_does_not_grow_with_it)
{
    hm_err err = { 0 };
    hmi_spool spool;
    collect c;
    collect_init(&c);
    CHECK_OK(hmi_jail_spool_open(folder, &spool, &err));
    write_lines(spool.to, (size_t)LONG_MIB << 20);
    hmi_job_done done = read_with(NULL, 20000, spool.from, &c);
    CHECK_EQ(done.verdict, HMI_VERDICT_READ);
    CHECK(collect_has(&c, "fact format=log\n"));
#ifndef HMI_SANITIZED /* whose shadow memory is several times what is read */
    CHECK(done.memory_peak < (uint64_t)LONG_MIB << 20);
#endif
    close(spool.to);
    close(spool.from);
    collect_fini(&c);
}

TEST(time_grows_with_it)
{
    hm_err err = { 0 };
    hmi_spool spool;
    collect c;
    collect_init(&c);
    CHECK_OK(hmi_jail_spool_open(folder, &spool, &err));
    CHECK_EQ(write(spool.to, "loop ", 5), 5);
    CHECK_EQ(ftruncate(spool.to, 8 << 20), 0);
    hmi_job_done done = read_with(getenv("HALLMARK_TEST_WORKER"), 100, spool.from, &c);
    CHECK_EQ(done.verdict, HMI_VERDICT_TIME);
    CHECK(done.cpu_ms >= 8 * HMI_JAIL_CPU_MS_PER_MIB);
    close(spool.to);
    close(spool.from);
    collect_fini(&c);
}

RUN_TESTS()
