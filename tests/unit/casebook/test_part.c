/* SPDX-License-Identifier: Apache-2.0
 *
 * test_part.c - parts put together are the whole, in whatever pieces they are asked for.
 */
#include "room.h"

static hmi_store *filled(void)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t a = room_incident(store, "a"), b = room_incident(store, "b"), id = 0;
    room_incident(store, "c");
    const room_piece pieces[] = {
        { .incident = a, .content = "one", .words = "alpha beta gamma delta" },
        { .incident = b, .content = "two", .words = "beta zeta" },
        { .incident = a, .content = "three", .words = "beta Gamma eta" },
        { .incident = a, .content = "four", .words = "" },
    };
    for (size_t i = 0; i < HMI_COUNT(pieces); i++) {
        CHECK_OK(room_add(store, &pieces[i], &id, &err));
    }
    return store;
}

TEST(incidents_come_in_parts_and_by_their_stix_id)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_store *store = filled();
    hmi_incident *list = NULL;
    size_t count = 0;
    int64_t id = 0;
    CHECK_OK(hmi_part_incidents(store, &arena, 0, 2, &list, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_TEXT(list[1].name, "b");
    CHECK_OK(hmi_incident_named(store, list[1].stix_id, &id, &err));
    CHECK_EQ(id, list[1].id);
    CHECK_EQ(hmi_incident_named(store, HM_TEXT("incident--x"), &id, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_part_incidents(store, &arena, id, 2, &list, &count, &err));
    CHECK_EQ(count, 1);
    CHECK_TEXT(list[0].name, "c");
    uint64_t pieces = 0, traits = 0, verdicts[3] = { 9, 9, 9 };
    CHECK_OK(hmi_incident_totals(store, 1, &pieces, &traits, &err));
    CHECK_EQ(pieces, 3);
    CHECK_EQ(traits, 6); /* beta is one; gamma and Gamma are two */
    CHECK_OK(hmi_incident_verdicts(store, 1, verdicts, 3, &err));
    CHECK(verdicts[0] == 3 && verdicts[1] == 0 && verdicts[2] == 0);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(evidence_comes_in_the_order_it_came)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_store *store = filled();
    hmi_evidence *list = NULL;
    int64_t *seqs = NULL;
    size_t count = 0;
    uint64_t total = 0;
    CHECK_OK(hmi_part_evidence(store, &arena, 1, 0, 2, &list, &seqs, &count, &total, &err));
    CHECK_EQ(count, 2);
    CHECK_EQ(total, 3);
    CHECK(hmi_bytes_eq(list[1].name, HM_BYTES("three")));
    CHECK_OK(hmi_part_evidence(store, &arena, 1, seqs[1], 2, &list, &seqs, &count, &total, &err));
    CHECK_EQ(count, 1);
    CHECK(hmi_bytes_eq(list[0].name, HM_BYTES("four")));
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(traits_in_parts_of_any_size_are_all_traits)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    hmi_store *store = filled();
    for (size_t max = 1; max <= 7; max++) {
        int64_t last = 0;
        size_t all = 0;
        bool more = true;
        for (int turn = 0; more && turn < 10; turn++) {
            hmi_incident_trait *list = NULL;
            size_t count = 0;
            CHECK_OK(hmi_part_traits(store, &arena, 1, HMI_STRING, last, max, 100, HM_TEXT(""),
                                     &list, &count, &last, &more, &err));
            CHECK(count <= max);
            for (size_t i = 0; i < count; i++) {
                CHECK_EQ(list[i].count, hmi_text_is(list[i].value, "beta") ? 2 : 1);
            }
            all += count;
        }
        CHECK_EQ(all, 6);
        CHECK(!more);
    }
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(traits_that_hold_a_text_in_any_case)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    hmi_store *store = filled();
    hmi_incident_trait *list = NULL, one;
    size_t count = 0;
    int64_t last = 0;
    bool more = true;
    CHECK_OK(hmi_part_traits(store, &arena, 1, HMI_STRING, 0, 10, 100, HM_TEXT("AMM"), &list,
                             &count, &last, &more, &err));
    CHECK_EQ(count, 2);
    CHECK(!more);
    int64_t gamma = list[0].id;
    size_t found = 0, turns = 0;
    for (more = true, last = 0; more && turns < 10; turns++) { /* two looked at in each turn */
        CHECK_OK(hmi_part_traits(store, &arena, 1, HMI_STRING, last, 10, 2, HM_TEXT("amm"), &list,
                                 &count, &last, &more, &err));
        found += count;
    }
    CHECK_EQ(found, 2);
    CHECK_EQ(turns, 3);
    CHECK_OK(hmi_incident_trait_get(store, &arena, 1, gamma, &one, &err));
    CHECK(hmi_text_ieq(one.value, HM_TEXT("gamma")) && one.count == 1);
    int64_t zeta = 0;
    CHECK_OK(hmi_trait_find(store, HMI_STRING, HM_TEXT("zeta"), &zeta, &err));
    CHECK_EQ(hmi_incident_trait_get(store, &arena, 1, zeta, &one, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hmi_incident_trait_get(store, &arena, 1, 12345, &one, &err), HM_E_NOT_FOUND);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(what_a_search_looks_through_comes_once_each)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    hmi_store *store = filled();
    hmi_remark note;
    hmi_part_text *list = NULL;
    size_t count = 0;
    CHECK_OK(hmi_remark_add(store, &arena, 2, HM_TEXT("kim"), HM_TEXT("seen"), &note, &err));
    CHECK_OK(hmi_part_texts(store, &arena, HMI_PART_TRAITS, 0, 100, &list, &count, &err));
    CHECK_EQ(count, 7);
    CHECK_EQ(list[0].class_id, HMI_STRING);
    CHECK_OK(
        hmi_part_texts(store, &arena, HMI_PART_TRAITS, list[4].place, 100, &list, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_OK(hmi_part_texts(store, &arena, HMI_PART_LINKS, 0, 100, &list, &count, &err));
    CHECK_EQ(count, 4);
    CHECK(list[1].incident == 2 && hmi_bytes_eq(list[1].text, HM_BYTES("two")));
    CHECK_OK(hmi_part_texts(store, &arena, HMI_PART_REMARKS, 0, 100, &list, &count, &err));
    CHECK_EQ(count, 1);
    CHECK_EQ(list[0].incident, 2);
    CHECK_OK(
        hmi_part_texts(store, &arena, HMI_PART_REMARKS, list[0].place, 100, &list, &count, &err));
    CHECK_EQ(count, 0);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
