/* SPDX-License-Identifier: Apache-2.0
 *
 * test_recall.c - a recall makes an obligation per partner who has a copy, and tells each only of
 * it.
 */
#include "room.h"

#include "given/recall.h"

static hmi_arena arena;
static hm_err err;

static hmi_obligation *debts(hmi_store *store, size_t *count)
{
    hmi_obligation *list = NULL;
    CHECK_OK(hmi_obligations(store, &arena, &list, count, &err));
    return list;
}

static uint64_t call_back(hmi_giver *giver, const char *id, const char *incident, int64_t due_us)
{
    hmi_given_copy *copies = NULL;
    size_t count = 0;
    uint64_t recall = 0;
    hmi_store *store = hmi_giver_store(giver);
    if (id != NULL) {
        CHECK_OK(hmi_given_copies(store, &arena, hmi_text_of(id), &copies, &count, &err));
    } else {
        CHECK_OK(
            hmi_given_incident_copies(store, &arena, hmi_text_of(incident), &copies, &count, &err));
    }
    CHECK_OK(hmi_recall(giver, &arena, copies, count, HM_TEXT(""), HM_TEXT("a mistake"), due_us,
                        &recall, &err));
    return recall;
}

TEST(who_has_a_copy_owes_and_nobody_else)
{
    enum { LATER = 2000 };
    size_t count = 0;
    bool recalled = false;
    hmi_arena_init(&arena, 16 << 20);
    hmi_store *store = room_store("book");
    hmi_giver *giver = room_giver(store);
    (void)room_give(giver, ROOM_A, ROOM_ONE, "{}", "x", false);
    (void)room_give(giver, ROOM_A, ROOM_ONE, "{ }", "x", false);
    (void)room_give(giver, ROOM_B, ROOM_TWO, "{}", "x", false);
    (void)room_give(giver, ROOM_B, ROOM_ONE, "{}", "y", false);
    uint64_t first = call_back(giver, ROOM_TWO, NULL, LATER);
    hmi_obligation *list = debts(store, &count);
    CHECK_EQ(count, 1);
    CHECK_TEXT(list[0].partner, ROOM_B);
    CHECK_EQ(hmi_debt_of(&list[0], LATER - 1), HMI_DEBT_OPEN);
    CHECK_EQ(hmi_debt_of(&list[0], LATER + 1), HMI_DEBT_OVERDUE);
    CHECK_OK(hmi_object_is_recalled(store, HM_TEXT(ROOM_TWO), &recalled, &err));
    CHECK(recalled);
    CHECK_OK(hmi_object_is_recalled(store, HM_TEXT(ROOM_ONE), &recalled, &err));
    CHECK(!recalled);
    CHECK_OK(hmi_recall_mark(giver, first, HM_TEXT(ROOM_B), false, HM_TEXT(""), &err));
    list = debts(store, &count);
    CHECK_EQ(hmi_debt_of(&list[0], LATER - 1), HMI_DEBT_SENT);
    CHECK_EQ(hmi_debt_of(&list[0], LATER + 1), HMI_DEBT_OVERDUE);
    CHECK_OK(hmi_recall_mark(giver, first, HM_TEXT(ROOM_B), true, HM_TEXT("done"), &err));
    list = debts(store, &count);
    CHECK_EQ(hmi_debt_of(&list[0], LATER + 1), HMI_DEBT_ACKNOWLEDGED);
    /* Who owes nothing can neither be told nor acknowledge; and no entry says so. */
    uint64_t seq = 0, after = 0;
    hmi_sha256 hash;
    CHECK_OK(hmi_given_head(store, &seq, &hash, &err));
    CHECK_EQ(hmi_recall_mark(giver, first, HM_TEXT(ROOM_A), true, HM_TEXT(""), &err),
             HM_E_NOT_FOUND);
    CHECK_EQ(hmi_recall_mark(giver, 77, HM_TEXT(ROOM_B), true, HM_TEXT(""), &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_given_head(store, &after, &hash, &err));
    CHECK_EQ(after, seq);
    /* An incident: each partner once, whatever it holds. */
    (void)call_back(giver, NULL, "x", LATER);
    list = debts(store, &count);
    CHECK_EQ(count, 3);
    CHECK_TEXT(list[1].partner, ROOM_A);
    CHECK_TEXT(list[2].partner, ROOM_B);
    hmi_giver_close(giver);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(what_nobody_has_cannot_be_called_back)
{
    uint64_t recall = 7;
    hmi_arena_init(&arena, 1 << 20);
    hmi_store *store = room_store("book");
    hmi_giver *giver = room_giver(store);
    CHECK_EQ(hmi_recall(giver, &arena, NULL, 0, HM_TEXT(""), HM_TEXT("r"), 0, &recall, &err),
             HM_E_NOT_FOUND);
    CHECK_EQ(recall, 7);
    hmi_giver_close(giver);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
