/* SPDX-License-Identifier: Apache-2.0
 *
 * test_finder.c - what is stored is found by any part of it, what is not is not, and a damaged or
 * foreign index is made again.
 */
#include "api/finder.h"
#include "unit/casebook/room.h"

static hmi_store *filled(const char *words)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t id = 0;
    room_piece one = { .incident = room_incident(store, "a"),
                       .content = "Firefox-setup.exe",
                       .words = words };
    room_piece two = { .incident = room_incident(store, "b"),
                       .content = "other.bin",
                       .words = "evil.test.example plain" };
    CHECK_OK(room_add(store, &one, &id, &err));
    CHECK_OK(room_add(store, &two, &id, &err));
    (void)mkdir(room_path("book/page"), 0700);
    return store;
}

static hmi_finder *finder(void)
{
    hm_err err = { 0 };
    hmi_finder *f = NULL;
    CHECK_OK(hmi_finder_open(room_where("book"), NULL, &f, &err));
    CHECK_OK(hmi_finder_wait(f, &err));
    return f;
}

static size_t incidents(hmi_finder *f, hmi_store *store, const char *needle)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_found_list found;
    hmi_arena_init(&arena, 16 << 20);
    CHECK_OK(hmi_find_incidents(f, store, &arena, hmi_text_of(needle), &found, &err));
    size_t count = found.incident_count;
    hmi_arena_fini(&arena);
    return count;
}

TEST(any_part_of_three_letters_is_found)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_remark note;
    hmi_store *store = filled("evil.test.example beta \"quoted\" 안녕하세요");
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_remark_add(store, &arena, 2, HM_TEXT("kim"), HM_TEXT("Seen twice"), &note, &err));
    hmi_finder *f = finder();
    CHECK_EQ(incidents(f, store, "vil.TEST"), 2);
    CHECK_EQ(incidents(f, store, "evil.test.example"), 2); /* whole */
    CHECK_EQ(incidents(f, store, "bet"), 1);
    CHECK_EQ(incidents(f, store, "be"), 0); /* too short */
    CHECK_EQ(incidents(f, store, "FIREFOX"), 1);
    CHECK_EQ(incidents(f, store, "seen tw"), 1);
    CHECK_EQ(incidents(f, store, "\"quoted\""), 1);
    CHECK_EQ(incidents(f, store, "녕하세"), 1);
    CHECK_EQ(incidents(f, store, "evil OR beta"), 0); /* no language is spoken */
    CHECK_EQ(incidents(f, store, "%%%"), 0);
    CHECK_EQ(incidents(f, store, "tes.tevil"), 0); /* all its triples, but not it */
    room_piece more = { .incident = 1, .content = "late", .words = "latecomer" };
    int64_t id = 0;
    CHECK_OK(room_add(store, &more, &id, &err));
    CHECK_OK(hmi_finder_wait(f, &err));
    CHECK_EQ(incidents(f, store, "tecome"), 1);
    hmi_finder_close(f);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(a_damaged_or_foreign_index_is_made_again)
{
    hmi_store *store = filled("alpha beta gamma delta epsilon");
    hmi_finder *f = finder();
    CHECK_EQ(incidents(f, store, "epsil"), 1);
    hmi_finder_close(f);
    int fd = open(room_path("book/page/search.db"), O_WRONLY);
    CHECK(fd >= 0 && pwrite(fd, "this is no database", 19, 0) == 19);
    close(fd);
    f = finder();
    CHECK_EQ(incidents(f, store, "epsil"), 1);
    hmi_finder_close(f);
    hmi_store_close(store);
    CHECK(rename(room_path("book/page/search.db"), room_path("old.db")) == 0);
    store = filled("omega");
    CHECK(rename(room_path("old.db"), room_path("book/page/search.db")) == 0);
    f = finder();
    CHECK_EQ(incidents(f, store, "omega"), 1);
    CHECK_EQ(incidents(f, store, "epsil"), 0);
    hmi_finder_close(f);
    hmi_store_close(store);
}

RUN_TESTS()
