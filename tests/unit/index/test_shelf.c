/* SPDX-License-Identifier: Apache-2.0
 *
 * test_shelf.c - segments that follow each other answer as one; gaps, damage and void ones are
 * known.
 */
#include "index/shelf.h"

#include "room.h"

static hmi_shelf_plan plan_to(uint64_t newest)
{
    return (hmi_shelf_plan){ room_folder, "thing", 7, 5, newest };
}

/* Number n holds key n % 10 and key 1000 with value n. */
static void seal(hmi_shelf *shelf, uint64_t from, uint64_t to)
{
    hm_err err = { 0 };
    hmi_postings_pair pairs[512];
    size_t count = 0;
    for (uint64_t n = from + 1; n <= to; n++) {
        pairs[count++] = (hmi_postings_pair){ n % 10, (uint32_t)n };
        pairs[count++] = (hmi_postings_pair){ 1000, (uint32_t)n };
    }
    CHECK_OK(hmi_shelf_seal(shelf, from, to, pairs, count, &err));
}

static void check_holds(hmi_shelf *shelf, uint64_t newest)
{
    hm_err err = { 0 };
    const uint32_t *values = NULL;
    size_t count = 0, all = 0;
    uint64_t total = 0;
    CHECK_OK(hmi_shelf_find(shelf, 1000, SIZE_MAX, &values, &count, &all, &err));
    CHECK_EQ(count, newest);
    for (size_t i = 0; i < count; i++) {
        CHECK_EQ(values[i], i + 1);
    }
    CHECK_OK(hmi_shelf_count(shelf, 1000, &total, &err));
    CHECK_EQ(total, newest);
    CHECK_OK(hmi_shelf_find(shelf, 77, SIZE_MAX, &values, &count, &all, &err));
    CHECK_EQ(count, 0);
}

TEST(segments_answer_as_one_before_and_after_merging)
{
    hm_err err = { 0 };
    hmi_shelf *shelf = NULL;
    hmi_shelf_plan plan = plan_to(0);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    for (uint64_t n = 0; n < 64; n++) {
        seal(shelf, n, n + 1);
        check_holds(shelf, n + 1);
        CHECK_OK(hmi_shelf_tidy(shelf, false, &err));
        check_holds(shelf, n + 1);
        CHECK(hmi_shelf_segments(shelf) <= 8);
        CHECK_EQ(room_files(false), hmi_shelf_segments(shelf));
    }
    CHECK_OK(hmi_shelf_tidy(shelf, true, &err));
    CHECK_EQ(hmi_shelf_segments(shelf), 1);
    CHECK_EQ(hmi_shelf_pairs(shelf), 128);
    hmi_shelf_close(shelf);
    plan = plan_to(64);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    check_holds(shelf, 64);
    hmi_shelf_close(shelf);
    room_files(true);
}

TEST(a_value_in_two_segments_counts_once)
{
    hm_err err = { 0 };
    hmi_shelf *shelf = NULL;
    hmi_shelf_plan plan = plan_to(0);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    for (uint64_t n = 0; n < 2; n++) {
        hmi_postings_pair pairs[] = { { 4, 9 }, { 4, (uint32_t)n } };
        CHECK_OK(hmi_shelf_seal(shelf, n, n + 1, pairs, 2, &err));
    }
    const uint32_t *values = NULL;
    size_t count = 0, all = 0;
    CHECK_OK(hmi_shelf_find(shelf, 4, 1, &values, &count, &all, &err));
    CHECK(count == 3 && values[0] == 0 && values[1] == 1 && values[2] == 9);
    CHECK_OK(hmi_shelf_tidy(shelf, true, &err));
    CHECK_OK(hmi_shelf_find(shelf, 4, 1, &values, &count, &all, &err));
    CHECK(count == 1 && all == 3 && values[0] == 0);
    hmi_shelf_close(shelf);
    room_files(true);
}

TEST(gaps_are_known_wherever_they_are)
{
    hm_err err = { 0 };
    hmi_shelf *shelf = NULL;
    hmi_shelf_plan plan = plan_to(0);
    uint64_t from = 9, to = 9;
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    CHECK(!hmi_shelf_gap(shelf, 0, &from, &to));
    CHECK(hmi_shelf_gap(shelf, 5, &from, &to));
    CHECK(from == 0 && to == 5);
    seal(shelf, 0, 2);
    seal(shelf, 6, 8);
    CHECK(hmi_shelf_gap(shelf, 8, &from, &to));
    CHECK(from == 2 && to == 6);
    seal(shelf, 2, 6);
    CHECK(!hmi_shelf_gap(shelf, 8, &from, &to));
    CHECK(hmi_shelf_gap(shelf, 10, &from, &to));
    CHECK(from == 8 && to == 10);
    check_holds(shelf, 8);
    hmi_shelf_close(shelf);
    room_files(true);
}

static size_t said;
static void hear(void *with, hm_text sentence)
{
    (void)with;
    CHECK(sentence.len > 20);
    said++;
}

TEST(damage_is_named_removed_and_shows_as_a_gap)
{
    hm_err err = { 0 };
    hmi_shelf *shelf = NULL;
    hmi_shelf_plan plan = plan_to(0);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    seal(shelf, 0, 2);
    seal(shelf, 2, 4);
    hmi_shelf_close(shelf);
    const char *path = room_path("thing-0000000000000005-2-4.seg");
    hm_bytes bytes = room_read(path);
    ((uint8_t *)(uintptr_t)bytes.ptr)[150] ^= 1;
    room_write(path, bytes);
    free((void *)(uintptr_t)bytes.ptr);
    plan = plan_to(4);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    const uint32_t *values = NULL;
    size_t count = 0, all = 0;
    CHECK_EQ(hmi_shelf_find(shelf, 1000, SIZE_MAX, &values, &count, &all, &err), HM_E_CORRUPT);
    said = 0;
    CHECK_EQ(hmi_shelf_check(shelf, hear, NULL, &err), 1);
    CHECK_EQ(said, 1);
    uint64_t from = 0, to = 0;
    CHECK(hmi_shelf_gap(shelf, 4, &from, &to));
    CHECK(from == 2 && to == 4);
    seal(shelf, 2, 4);
    check_holds(shelf, 4);
    CHECK_EQ(hmi_shelf_check(shelf, hear, NULL, &err), 0);
    hmi_shelf_close(shelf);
    room_files(true);
}

TEST(other_epochs_and_what_lies_ahead_are_not_used)
{
    hm_err err = { 0 };
    hmi_shelf *shelf = NULL;
    hmi_shelf_plan plan = plan_to(0);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    seal(shelf, 0, 2);
    seal(shelf, 2, 9);
    hmi_shelf_close(shelf);
    room_write(room_path("thing-5-0-2.seg"), HM_BYTES("not named as we name"));
    plan = plan_to(4);
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    check_holds(shelf, 2);
    CHECK_OK(hmi_shelf_clear_ahead(shelf, &err));
    CHECK_EQ(room_files(false), 2);
    hmi_shelf_close(shelf);
    plan.epoch = 6;
    CHECK_OK(hmi_shelf_open(&plan, &shelf, &err));
    CHECK_EQ(hmi_shelf_segments(shelf), 0);
    CHECK_OK(hmi_shelf_tidy(shelf, false, &err));
    CHECK_EQ(room_files(true), 1);
    hmi_shelf_close(shelf);
}

/* A reader that listed the folder before a merge finds the merged segment by looking again. */
TEST(a_reader_survives_a_merge_under_it)
{
    hm_err err = { 0 };
    hmi_shelf *writer = NULL, *reader = NULL;
    hmi_shelf_plan plan = plan_to(0);
    CHECK_OK(hmi_shelf_open(&plan, &writer, &err));
    seal(writer, 0, 3);
    seal(writer, 3, 6);
    plan = plan_to(6);
    CHECK_OK(hmi_shelf_open(&plan, &reader, &err));
    CHECK_OK(hmi_shelf_tidy(writer, true, &err));
    check_holds(reader, 6);
    check_holds(writer, 6);
    hmi_shelf_close(reader);
    hmi_shelf_close(writer);
    room_files(true);
}

RUN_TESTS()
