/* SPDX-License-Identifier: Apache-2.0
 *
 * test_journal.c - what was acknowledged is there after every possible cut of the file; damage in
 * the middle is named and never read over.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "taxii/journal.h"

#define COLLECTION "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
#define PARTNER "11111111-1111-4111-8111-111111111111"
#define STATUS "22222222-2222-4222-8222-22222222222"

static char folder[] = "/tmp/hallmark-journal-XXXXXX";
static char path[64];

static hmi_journal *open_it(void)
{
    hm_err err = { 0 };
    hmi_journal *j = NULL;
    CHECK_OK(hmi_journal_open(folder, &j, &err));
    return j;
}

static void add(hmi_journal *j, const char *id, const char *raw, char status, int64_t now)
{
    hm_err err = { 0 };
    uint32_t collection, partner;
    char status_id[] = STATUS "0";
    status_id[35] = status;
    hmi_journal_object o = {
        hmi_text_bytes(hmi_text_of(raw)), hmi_text_of(id), HM_TEXT("v"), 5, 21, 0
    };
    CHECK_OK(hmi_journal_number(j, HM_TEXT(COLLECTION), &collection, &err));
    CHECK_OK(hmi_journal_number(j, HM_TEXT(PARTNER), &partner, &err));
    hmi_journal_write_begin(j);
    CHECK_OK(hmi_journal_add(j, collection, partner, now, hmi_text_of(status_id), HM_BYTES("{}"),
                             &o, 1, &err));
    hmi_journal_write_end(j);
}

static void begin(void)
{
    snprintf(folder, sizeof(folder), "/tmp/hallmark-journal-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/journal", folder);
}

static void end(void)
{
    unlink(path);
    rmdir(folder);
}

TEST(what_is_added_is_found_again)
{
    begin();
    hmi_journal *j = open_it();
    uint8_t secret[HMI_JOURNAL_SECRET];
    memcpy(secret, hmi_journal_secret(j), sizeof(secret));
    add(j, "tool--A", "{1}", 'a', 100);
    add(j, "tool--a", "{2}", 'b', 50); /* a clock that went back */
    uint32_t row = 0;
    hm_err err = { 0 };
    CHECK_OK(hmi_journal_remove(j, 0, 1, 60, &row, 1, &err));
    hmi_journal_close(j);
    j = open_it();
    CHECK(memcmp(secret, hmi_journal_secret(j), sizeof(secret)) == 0);
    CHECK_EQ(hmi_journal_row_count(j), 2);
    CHECK_EQ(hmi_journal_event_count(j), 3);
    CHECK_EQ(hmi_journal_find(j, 0, HM_TEXT("TOOL--a")), 2);
    const hmi_journal_row *r = hmi_journal_row_at(j, 1);
    CHECK_EQ(r->older, 1);
    CHECK(memcmp(r->raw, "{2},", 4) == 0);
    CHECK_TEXT(hmi_row_version(r), "v");
    CHECK_EQ(hmi_journal_row_at(j, 0)->removed, 3);
    CHECK_EQ(hmi_journal_event_at(j, 1)->time_us, 50); /* as it was: nothing of its neighbours */
    CHECK_OK(hmi_journal_policy(j, 1, 70, HM_BYTES("digest"), &err));
    CHECK_EQ(hmi_journal_event_at(j, 3)->time_us, 101); /* later than whatever was seen by then */
    CHECK(hmi_journal_status(j, HM_TEXT(STATUS "b")) == hmi_journal_event_at(j, 1));
    CHECK(hmi_journal_status(j, HM_TEXT(STATUS "c")) == NULL);
    CHECK_EQ(hmi_journal_find(j, 1, HM_TEXT("tool--a")), 0);
    hmi_journal *second = NULL;
    CHECK_EQ(hmi_journal_open(folder, &second, &err), HM_E_BUSY);
    hmi_journal_close(j);
    end();
}

static size_t read_file(uint8_t *bytes, size_t size)
{
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, bytes, size);
    close(fd);
    CHECK(got > 0);
    return (size_t)got;
}

static void write_file(const uint8_t *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    CHECK(write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

TEST(every_cut_leaves_whole_batches)
{
    static uint8_t bytes[4096];
    begin();
    hmi_journal *j = open_it();
    size_t ends[3];
    for (int i = 0; i < 3; i++) {
        char id[] = "tool--0";
        id[6] = (char)('0' + i);
        add(j, id, "{\"a\":1}", (char)('a' + i), i);
        struct stat st;
        CHECK_EQ(stat(path, &st), 0);
        ends[i] = (size_t)st.st_size;
    }
    hmi_journal_close(j);
    size_t len = read_file(bytes, sizeof(bytes));
    CHECK_EQ(len, ends[2]);
    for (size_t cut = 64; cut <= len; cut++) {
        write_file(bytes, cut);
        j = open_it();
        size_t whole =
            (size_t)(cut >= ends[0]) + (size_t)(cut >= ends[1]) + (size_t)(cut >= ends[2]);
        CHECK_EQ(hmi_journal_row_count(j), whole);
        add(j, "tool--new", "{}", 'f', 1000); /* and it goes on */
        CHECK_EQ(hmi_journal_row_count(j), whole + 1);
        hmi_journal_close(j);
    }
    end();
}

TEST(every_changed_bit_is_noticed)
{
    static uint8_t bytes[4096];
    begin();
    hmi_journal *j = open_it();
    add(j, "tool--0", "{\"a\":1}", 'a', 1);
    struct stat st;
    CHECK_EQ(stat(path, &st), 0);
    size_t first = (size_t)st.st_size;
    add(j, "tool--1", "{\"a\":2}", 'b', 2);
    hmi_journal_close(j);
    size_t len = read_file(bytes, sizeof(bytes));
    for (size_t bit = 64 * 8; bit < first * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_file(bytes, len);
        hm_err err = { 0 };
        j = NULL;
        int code = hmi_journal_open(folder, &j, &err);
        /* A record that seems to end behind the file looks like the last one, cut. Its length is
         * in bytes 8 to 15; and the padding is nobody's. */
        size_t at = bit / 8 - 64;
        bool length = at >= 8 && at < 16;
        if (code == HM_OK && !length) {
            CHECK_EQ(hmi_journal_row_count(j), 2);
        } else if (!length) {
            CHECK_EQ(code, HM_E_CORRUPT);
        }
        hmi_journal_close(j);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    end();
}

RUN_TESTS()
