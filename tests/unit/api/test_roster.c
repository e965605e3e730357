/* SPDX-License-Identifier: Apache-2.0
 *
 * test_roster.c - every order, page by page, is the whole list once; parts of names in any case.
 */
#include "api/roster.h"
#include "base/time.h"
#include "unit/casebook/room.h"

static size_t ask(hmi_roster *r, hmi_roster_asked asked, hmi_roster_row *rows, size_t *total,
                  bool *more)
{
    hm_err err = { 0 };
    size_t count = 0;
    asked.from_us = asked.to_us = HMI_TIME_NONE;
    CHECK_OK(hmi_roster_ask(r, &asked, rows, &count, total, more, &err));
    return count;
}

TEST(pages_of_every_order_are_the_whole_list_once)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_roster *r = hmi_roster_new();
    for (int i = 0; i < 23; i++) {
        room_incident(store, room_path("%d-%d", i * 7 % 23, i) + strlen(room_parent) + 1);
    }
    CHECK_OK(hmi_roster_refresh(r, store, &err));
    for (int order = 0; order < 4; order++) {
        for (size_t max = 1; max < 25; max += 3) {
            bool seen[24] = { false }, more = true;
            size_t sum = 0, total = 0;
            int64_t after = 0;
            for (int turn = 0; more && turn < 30; turn++) {
                hmi_roster_row rows[25];
                size_t count =
                    ask(r,
                        (hmi_roster_asked){
                            .order = (hmi_roster_order)order, .after = after, .max = max },
                        rows, &total, &more);
                for (size_t i = 0; i < count; i++) {
                    CHECK(!seen[rows[i].id]);
                    seen[rows[i].id] = true;
                }
                sum += count;
                after = count > 0 ? rows[count - 1].id : after;
            }
            CHECK_EQ(sum, 23);
            CHECK_EQ(total, 23);
        }
    }
    hmi_roster_free(r);
    hmi_store_close(store);
}

TEST(parts_of_names_in_any_case_and_script)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_roster *r = hmi_roster_new();
    hmi_roster_row rows[8];
    size_t total = 0;
    bool more = false;
    room_incident(store, "Culver-City-2014");
    room_incident(store, "서울 2013");
    room_incident(store, "ΣΊΣΥΦΟΣ");
    CHECK_OK(hmi_roster_refresh(r, store, &err));
    room_incident(store, "culver again");
    CHECK_OK(hmi_roster_refresh(r, store, &err)); /* takes in what is new */
    CHECK_EQ(
        ask(r, (hmi_roster_asked){ .needle = HM_TEXT("CULVER"), .max = 8 }, rows, &total, &more),
        2);
    CHECK(rows[0].by_name && !more);
    CHECK_EQ(ask(r, (hmi_roster_asked){ .needle = HM_TEXT("서울"), .max = 8 }, rows, &total, &more),
             1);
    CHECK_EQ(
        ask(r, (hmi_roster_asked){ .needle = HM_TEXT("σίσυφος"), .max = 8 }, rows, &total, &more),
        1);
    CHECK_EQ(
        ask(r, (hmi_roster_asked){ .needle = HM_TEXT("nothing"), .max = 8 }, rows, &total, &more),
        0);
    int64_t also[] = { 2 };
    CHECK_EQ(ask(r,
                 (hmi_roster_asked){
                     .needle = HM_TEXT("again"), .also = also, .also_count = 1, .max = 8 },
                 rows, &total, &more),
             2);
    CHECK(rows[1].id == 2 && !rows[1].by_name);
    hmi_roster_free(r);
    hmi_store_close(store);
}

RUN_TESTS()
