/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unpack.c - compressed files through the walls: whole, cut, damaged, a bomb, and given up
 * early.
 */
#include "check.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "jail/unpack.h"

enum { CONTENT = 3 << 20 };

static int file_of(const uint8_t *bytes, size_t len)
{
    int fd = memfd_create("compressed", MFD_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, bytes, len), (ssize_t)len);
    return fd;
}

/* Reads to the end; the bytes that came, or -1 with *ret_len of them before. */
static int drain(int fd, uint8_t *to, size_t room, size_t *ret_len)
{
    hmi_unpack *u = hmi_unpack_new(fd, true);
    CHECK(u != NULL);
    CHECK(!hmi_unpack_begun(u));
    ssize_t got = 1;
    *ret_len = 0;
    while (got > 0 && *ret_len < room) {
        got = hmi_unpack_read(u, to + *ret_len, room - *ret_len);
        *ret_len += got > 0 ? (size_t)got : 0;
    }
    CHECK(hmi_unpack_begun(u));
    if (got < 0) {
        CHECK_EQ(errno, EIO);
        CHECK(strlen(hmi_unpack_why(u)) > 10);
    }
    hmi_unpack_free(u);
    return got < 0 ? -1 : 0;
}

TEST(zstandard_whole_and_cut)
{
    uint8_t *content = malloc(CONTENT);
    uint8_t *again = malloc(CONTENT + 1);
    size_t room = ZSTD_compressBound(CONTENT);
    uint8_t *packed = malloc(room);
    for (size_t i = 0; i < CONTENT; i++) {
        content[i] = (uint8_t)(i * i >> 7);
    }
    size_t len = ZSTD_compress(packed, room, content, CONTENT, 1);
    CHECK(!ZSTD_isError(len));
    size_t got;
    int fd = file_of(packed, len);
    CHECK_EQ(drain(fd, again, CONTENT + 1, &got), 0);
    CHECK_EQ(got, CONTENT);
    CHECK(memcmp(content, again, CONTENT) == 0);
    close(fd);
    for (size_t cut = 5; cut < len; cut += len / 7) {
        fd = file_of(packed, cut);
        CHECK_EQ(drain(fd, again, CONTENT + 1, &got), -1);
        CHECK(got < CONTENT && memcmp(content, again, got) == 0);
        close(fd);
    }
    free(content);
    free(again);
    free(packed);
}

TEST(gzip_and_what_is_none)
{
    static const uint8_t GZIP[] = { 0x1f, 0x8b, 8,    0,    0,    0,    0,    0, 2,
                                    3,    0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 2, 0,
                                    0x20, 0x30, 0x3a, 0x36, 6,    0,    0,    0 };
    uint8_t out[64];
    size_t got;
    int fd = file_of(GZIP, sizeof(GZIP));
    CHECK_EQ(drain(fd, out, sizeof(out), &got), 0);
    CHECK_EQ(got, 6);
    CHECK(memcmp(out, "hello\n", 6) == 0);
    close(fd);
    fd = file_of((const uint8_t *)"plain text\n", 11);
    CHECK(hmi_unpack_new(fd, true) == NULL);
    close(fd);
    fd = file_of(GZIP, 4); /* the head alone */
    CHECK_EQ(drain(fd, out, sizeof(out), &got), -1);
    close(fd);
}

TEST(a_bomb_costs_no_memory_and_may_be_given_up)
{
    enum { ZEROES = 256 << 20 };
    uint8_t *block = calloc(1, 1 << 20);
    size_t room = 1 << 20;
    uint8_t *packed = malloc(room);
    ZSTD_CStream *stream = ZSTD_createCStream();
    ZSTD_outBuffer out = { packed, room, 0 };
    for (size_t i = 0; i < ZEROES >> 20; i++) {
        ZSTD_inBuffer in = { block, 1 << 20, 0 };
        CHECK(!ZSTD_isError(ZSTD_compressStream(stream, &out, &in)));
    }
    CHECK_EQ(ZSTD_endStream(stream, &out), 0);
    ZSTD_freeCStream(stream);
    int fd = file_of(packed, out.pos);
    hmi_unpack *u = hmi_unpack_new(fd, true);
    size_t all = 0;
    for (unsigned i = 0; i < 40; i++) {
        ssize_t got = hmi_unpack_read(u, block, 1 << 20);
        CHECK(got > 0);
        all += (size_t)got;
    }
    CHECK(all > 0);
    hmi_unpack_free(u); /* in the middle: the process goes with it */
    hmi_unpack_free(NULL);
    close(fd);
    free(block);
    free(packed);
}

RUN_TESTS()
