/* SPDX-License-Identifier: Apache-2.0
 * test_arena.c - the ceiling holds, failures say which kind they are, memory comes zeroed. */
#include "base/arena.h"
#include "check.h"

TEST(memory_is_zeroed_and_aligned)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    for (size_t size = 1; size < 3000; size += 7) {
        uint8_t *at = hmi_arena_take(&arena, 1, size);
        CHECK(at != NULL);
        CHECK_EQ((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < size; i++) {
            CHECK_EQ(at[i], 0);
        }
        memset(at, 0xa5, size);
        if (size % 50 == 0) {
            hmi_arena_reset(&arena);
        }
    }
    hmi_arena_fini(&arena);
}

TEST(ceiling_is_a_limit_not_a_crash)
{
    hmi_arena arena;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 100000);
    size_t taken = 0;
    while (hmi_arena_take(&arena, 1, 1000) != NULL) {
        taken += 1000;
    }
    CHECK(taken > 60000 && taken <= 100000);
    CHECK_EQ(hmi_arena_fail(&arena, &err), HM_E_LIMIT);
    CHECK(hmi_arena_take(&arena, SIZE_MAX, 2) == NULL);
    CHECK_EQ(hmi_arena_fail(&arena, &err), HM_E_LIMIT);
    hmi_arena_fini(&arena);
    CHECK_EQ(arena.used, 0);
}

TEST(a_failing_system_is_told_apart)
{
    hmi_arena arena;
    hm_err err = { 0 };
    hmi_arena_init(&arena, 1 << 20);
    hmi_arena_fail_at(1);
    CHECK(hmi_arena_take(&arena, 1, 10) == NULL);
    CHECK_EQ(hmi_arena_fail(&arena, &err), HM_E_MEMORY);
    CHECK(hmi_arena_take(&arena, 1, 10) != NULL);
    hmi_arena_fini(&arena);
}

TEST(copies_and_growing)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hm_text copy = hmi_arena_text(&arena, HM_TEXT("hello"));
    CHECK_TEXT(copy, "hello");
    CHECK_TEXT(hmi_arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    CHECK_CSTR(hmi_arena_cstr(&arena, copy), "hello");
    CHECK(hmi_arena_text(&arena, (hm_text){ NULL, 0 }).ptr != NULL);
    uint32_t *list = NULL;
    size_t capacity = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        list = hmi_arena_grow(&arena, list, i, &capacity, sizeof(*list));
        CHECK(list != NULL);
        list[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK_EQ(list[i], i);
    }
    hmi_arena_fini(&arena);
    hmi_arena_fini(NULL);
}

TEST(what_was_taken_last_can_be_given_back)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    uint8_t *first = hmi_arena_take(&arena, 100, 1);
    uint8_t *second = hmi_arena_take(&arena, 100, 1);
    size_t used = arena.used;
    memset(second, 1, 100);
    hmi_arena_give_back(&arena, first, 100, 1); /* not the last: stays */
    hmi_arena_give_back(&arena, second, 100, 1);
    uint8_t *again = hmi_arena_take(&arena, 100, 1);
    CHECK(again == second && again[0] == 0 && again[99] == 0);
    for (int i = 0; i < 100; i++) { /* far more than the ceiling in all */
        void *large = hmi_arena_take(&arena, 1000, 700);
        CHECK(large != NULL);
        hmi_arena_give_back(&arena, large, 1000, 700);
    }
    CHECK_EQ(arena.used, used);
    hmi_arena_give_back(&arena, NULL, 1, 1);
    hmi_arena_fini(&arena);
}

TEST(what_is_left_counts_the_open_block)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    CHECK_EQ(hmi_arena_left(&arena), 1 << 20);
    CHECK(hmi_arena_take(&arena, 100, 1) != NULL);
    size_t left = hmi_arena_left(&arena);
    CHECK(left < 1 << 20 && left > (1 << 20) - 200);
    while (hmi_arena_take(&arena, 1000, 1) != NULL) {
    }
    CHECK(hmi_arena_left(&arena) < 1024);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
