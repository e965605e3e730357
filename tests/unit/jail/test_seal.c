/* SPDX-License-Identifier: Apache-2.0
 *
 * test_seal.c - sealed evidence holds the bytes and takes no others.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jail/jail.h"

static void check_sealed(int fd, const char *content)
{
    char back[64] = { 0 };
    size_t len = strlen(content);
    struct stat about;
    CHECK_EQ(fstat(fd, &about), 0);
    CHECK_EQ(about.st_size, (off_t)len);
    CHECK_EQ(pread(fd, back, sizeof(back), 0), (ssize_t)len);
    CHECK_CSTR(back, content);
    CHECK_EQ(pwrite(fd, "x", 1, 0), -1);
    CHECK_EQ(ftruncate(fd, (off_t)len - 1), -1);
    CHECK_EQ(ftruncate(fd, 100), -1);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
}

TEST(bytes_are_sealed)
{
    hm_err err = { 0 };
    int fd = -1;
    CHECK_OK(hmi_jail_seal(HM_BYTES("evidence"), &fd, &err));
    check_sealed(fd, "evidence");
    close(fd);
    CHECK_OK(hmi_jail_seal((hm_bytes){ NULL, 0 }, &fd, &err));
    check_sealed(fd, "");
    close(fd);
}

TEST(a_file_is_sealed_from_its_position_on)
{
    hm_err err = { 0 };
    int from = memfd_create("file", MFD_CLOEXEC), fd = -1;
    uint64_t size = 0;
    CHECK_EQ(write(from, "0123456789", 10), 10);
    CHECK_EQ(lseek(from, 4, SEEK_SET), 4);
    CHECK_OK(hmi_jail_seal_fd(from, 6, &fd, &size, &err));
    CHECK_EQ(size, 6);
    check_sealed(fd, "456789");
    close(fd);
    fd = -7;
    CHECK_EQ(lseek(from, 4, SEEK_SET), 4);
    CHECK_EQ(hmi_jail_seal_fd(from, 5, &fd, &size, &err), HM_E_LIMIT);
    CHECK_EQ(fd, -7);
    CHECK_EQ(lseek(from, 10, SEEK_SET), 10);
    CHECK_OK(hmi_jail_seal_fd(from, 0, &fd, &size, &err));
    check_sealed(fd, "");
    close(fd);
    close(from);
}

TEST(a_pipe_is_sealed_too)
{
    hm_err err = { 0 };
    int ends[2], fd = -1;
    uint64_t size = 0;
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    CHECK_EQ(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    CHECK_OK(hmi_jail_seal_fd(ends[0], 100, &fd, &size, &err));
    check_sealed(fd, "piped");
    close(fd);
    close(ends[0]);
}

TEST(what_cannot_be_read_says_so)
{
    hm_err err = { 0 };
    int fd = -7;
    uint64_t size = 7;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(hmi_jail_seal_fd(folder, 100, &fd, &size, &err) < 0);
    CHECK_EQ(fd, -7);
    CHECK_EQ(size, 7);
    close(folder);
}

RUN_TESTS()
