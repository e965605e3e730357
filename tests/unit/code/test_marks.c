/* SPDX-License-Identifier: Apache-2.0
 * test_marks.c - flags of few places are kept through growing, and a full arena is an answer. */
#include "check.h"
#include "code/marks.h"

TEST(flags_are_kept_through_growing)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_marks marks = { .arena = &arena };
    CHECK_EQ(hmi_marks_get(&marks, 5), 0);
    for (uint64_t line = 0; line < 10000; line++) {
        CHECK(hmi_marks_add(&marks, line * 17, HMI_MARK_STRONG));
        if (line % 3 == 0) {
            CHECK(hmi_marks_add(&marks, line * 17, HMI_MARK_STOPS));
        }
    }
    for (uint64_t line = 0; line < 10000; line++) {
        CHECK_EQ(hmi_marks_get(&marks, line * 17),
                 HMI_MARK_STRONG | (line % 3 == 0 ? HMI_MARK_STOPS : 0));
        CHECK_EQ(hmi_marks_get(&marks, line * 17 + 1), 0);
    }
    CHECK_EQ(marks.count, 10000);
    hmi_arena_fini(&arena);
}

TEST(a_full_arena_refuses_and_keeps)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 16 << 10);
    hmi_marks marks = { .arena = &arena };
    uint64_t kept = 0;
    while (hmi_marks_add(&marks, kept, HMI_MARK_PART)) {
        kept++;
    }
    CHECK(kept > 0 && kept < (16 << 10) / 4);
    for (uint64_t line = 0; line < kept; line++) {
        CHECK_EQ(hmi_marks_get(&marks, line), HMI_MARK_PART);
    }
    hmi_arena_fini(&arena);
}

RUN_TESTS()
