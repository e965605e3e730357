/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sealed.c - a sealed file appears whole or not at all, whatever call fails.
 */
#include "index/sealed.h"

#include <errno.h>

#include "room.h"

static int write_one(const char *path, const char *what, hm_err *err)
{
    hmi_sealed *sealed = NULL;
    int code = hmi_sealed_begin(path, &sealed, err);
    if (code != HM_OK) {
        return code;
    }
    hm_text text = hmi_text_of(what);
    code = hmi_sealed_write(sealed, hmi_text_bytes(text), err);
    if (code != HM_OK) {
        hmi_sealed_abandon(sealed);
        return code;
    }
    return hmi_sealed_commit(sealed, 0400, err);
}

TEST(a_sealed_file_is_whole_and_read_only)
{
    hm_err err = { 0 };
    const char *path = room_path("a");
    CHECK_OK(write_one(path, "evidence", &err));
    hm_bytes bytes = room_read(path);
    CHECK(hmi_bytes_eq(bytes, HM_BYTES("evidence")));
    free((void *)(uintptr_t)bytes.ptr);
    struct stat st;
    CHECK_EQ(stat(path, &st), 0);
    CHECK_EQ(st.st_mode & 07777, 0400);
    CHECK_EQ(room_files(true), 1);
}

TEST(an_abandoned_file_leaves_nothing)
{
    hm_err err = { 0 };
    hmi_sealed *sealed = NULL;
    CHECK_OK(hmi_sealed_begin(room_path("b"), &sealed, &err));
    CHECK_OK(hmi_sealed_write(sealed, HM_BYTES("half"), &err));
    CHECK_EQ(hmi_sealed_size(sealed), 4);
    hmi_sealed_abandon(sealed);
    hmi_sealed_abandon(NULL);
    CHECK_EQ(room_files(true), 0);
}

/* The n-th call fails, for every n, with each error: the old content stays or the new is whole. */
TEST(every_failing_call_is_reported_and_leaves_old_or_new)
{
    static const int ERRORS[] = { EIO, ENOSPC, EDQUOT };
    hm_err err = { 0 };
    const char *path = room_path("c");
    for (size_t e = 0; e < HMI_COUNT(ERRORS); e++) {
        for (uint64_t nth = 1;; nth++) {
            unlink(path);
            CHECK_OK(write_one(path, "old", &err));
            hmi_sealed_fail_at(nth, ERRORS[e], true);
            int code = write_one(path, "new and longer", &err);
            bool reached = hmi_sealed_calls() >= nth;
            hmi_sealed_fail_at(0, 0, false);
            if (!reached) {
                CHECK_EQ(code, HM_OK);
                CHECK(nth > 6);
                break;
            }
            CHECK(code < 0);
            CHECK(strlen(err.text) > 10);
            hm_bytes bytes = room_read(path);
            CHECK(hmi_bytes_eq(bytes, HM_BYTES("old")) ||
                  hmi_bytes_eq(bytes, HM_BYTES("new and longer")));
            free((void *)(uintptr_t)bytes.ptr);
            CHECK_EQ(room_files(false), 1);
        }
    }
    room_files(true);
}

TEST(sweeping_takes_leftovers_and_spares_work_in_progress)
{
    hm_err err = { 0 };
    hmi_sealed *sealed = NULL;
    CHECK_OK(hmi_sealed_begin(room_path("d"), &sealed, &err));
    room_write(room_path("e.tmp-1-1"), HM_BYTES("left by a dead process"));
    room_write(room_path("kept"), HM_BYTES("not ours to judge"));
    CHECK_EQ(hmi_sealed_sweep(room_folder, &err), 1);
    CHECK_EQ(room_files(false), 2);
    CHECK_OK(hmi_sealed_commit(sealed, 0600, &err));
    CHECK_EQ(hmi_sealed_sweep(room_folder, &err), 0);
    CHECK_EQ(room_files(true), 2);
    CHECK_EQ(hmi_sealed_sweep("/nonexistent/folder", &err), HM_E_NOT_FOUND);
}

TEST(reading_back_knows_the_end)
{
    hm_err err = { 0 };
    hmi_sealed *sealed = NULL;
    uint8_t out[8] = { 0 };
    CHECK_OK(hmi_sealed_begin(room_path("f"), &sealed, &err));
    CHECK_OK(hmi_sealed_write_at(sealed, 4, HM_BYTES("abcd"), &err));
    CHECK_OK(hmi_sealed_read_at(sealed, 0, out, 8, &err));
    CHECK_EQ(memcmp(out, "\0\0\0\0abcd", 8), 0);
    CHECK_EQ(hmi_sealed_read_at(sealed, 1, out, 8, &err), HM_E_TRUNCATED);
    hmi_sealed_abandon(sealed);
}

RUN_TESTS()
