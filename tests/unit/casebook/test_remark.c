/* SPDX-License-Identifier: Apache-2.0
 *
 * test_remark.c - what analysts write is never lost: not to another, not to a change of mind.
 */
#include "room.h"

TEST(a_remark_keeps_every_version)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a");
    hmi_remark first, second, *list = NULL;
    size_t count = 0;
    uint64_t number = 9;
    CHECK_OK(hmi_remark_add(store, &arena, incident, HM_TEXT("kim"), HM_TEXT("one"), &first, &err));
    CHECK_EQ(first.version, 1);
    CHECK_OK(hmi_remark_change(store, &arena, first.stix_id, 1, HM_TEXT("lee"), HM_TEXT("two"),
                               false, &second, &err));
    CHECK_EQ(second.version, 2);
    CHECK_EQ(second.created_us, first.created_us);
    CHECK_OK(hmi_remark_list(store, &arena, incident, &list, &count, &err));
    CHECK_EQ(count, 1);
    CHECK_TEXT(list[0].text, "two");
    CHECK_TEXT(list[0].author, "lee");
    CHECK_OK(hmi_remark_change(store, &arena, first.stix_id, 2, HM_TEXT("kim"), HM_TEXT(""), true,
                               &second, &err));
    CHECK(second.removed);
    CHECK_OK(hmi_remark_list(store, &arena, incident, &list, &count, &err));
    CHECK_EQ(count, 0);
    CHECK_OK(hmi_remark_count(store, incident, &number, &err));
    CHECK_EQ(number, 0);
    CHECK_OK(hmi_remark_versions(store, &arena, first.stix_id, &list, &count, &err));
    CHECK_EQ(count, 3);
    CHECK_TEXT(list[0].text, "one");
    CHECK_TEXT(list[2].text, "two"); /* what was removed */
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(the_second_of_two_editors_is_told_and_writes_nothing)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    hmi_store *store = room_store("book"), *other = room_open("book");
    int64_t incident = room_incident(store, "a");
    hmi_remark note, mine;
    memset(&mine, 0x5a, sizeof(mine));
    hmi_remark before = mine;
    CHECK_OK(hmi_remark_add(store, &arena, incident, HM_TEXT("kim"), HM_TEXT("one"), &note, &err));
    CHECK_OK(hmi_remark_change(other, &arena, note.stix_id, 1, HM_TEXT("lee"), HM_TEXT("lee's"),
                               false, &note, &err));
    CHECK_EQ(hmi_remark_change(store, &arena, note.stix_id, 1, HM_TEXT("kim"), HM_TEXT("kim's"),
                               false, &mine, &err),
             HM_E_CONFLICT);
    CHECK(memcmp(&mine, &before, sizeof(mine)) == 0);
    CHECK_EQ(hmi_remark_change(store, &arena, HM_TEXT("note--none"), 1, HM_TEXT("kim"),
                               HM_TEXT("x"), false, &mine, &err),
             HM_E_NOT_FOUND);
    CHECK_OK(hmi_remark_get(store, &arena, note.stix_id, &note, &err));
    CHECK_TEXT(note.text, "lee's");
    CHECK_EQ(note.version, 2);
    hmi_store_close(store);
    hmi_store_close(other);
    hmi_arena_fini(&arena);
}

TEST(what_is_no_remark_is_refused)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a");
    static char text[HMI_REMARK_TEXT_MAX + 1];
    memset(text, 'x', sizeof(text));
    hmi_remark note;
    hm_text all = hmi_text(text, sizeof(text));
    CHECK_EQ(hmi_remark_add(store, &arena, incident, HM_TEXT("kim"), HM_TEXT(""), &note, &err),
             HM_E_MISUSE);
    CHECK_EQ(hmi_remark_add(store, &arena, incident, HM_TEXT(""), HM_TEXT("x"), &note, &err),
             HM_E_MISUSE);
    CHECK_EQ(hmi_remark_add(store, &arena, incident, HM_TEXT("kim"), all, &note, &err),
             HM_E_MISUSE);
    all.len--;
    CHECK_OK(hmi_remark_add(store, &arena, incident, HM_TEXT("kim"), all, &note, &err));
    CHECK_EQ(hmi_remark_add(store, &arena, 77, HM_TEXT("kim"), HM_TEXT("x"), &note, &err),
             HM_E_NOT_FOUND);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
