/* SPDX-License-Identifier: Apache-2.0
 *
 * test_claim.c - claims are kept as given, refused when they are none, and withdrawn by another
 * row.
 */
#include "room.h"

static hmi_claim fbi(int64_t incident)
{
    return (hmi_claim){ .incident = incident,
                        .relation = HM_TEXT("attributed-to"),
                        .target = HM_TEXT("North Korea"),
                        .publisher = HM_TEXT("FBI"),
                        .said = HM_TEXT("2014-12-19"),
                        .opinion = 5,
                        .confidence = -1,
                        .grade = HM_TEXT("B2"),
                        .ground = HM_TEXT("lines of code, \"encryption\"\n algorithms"),
                        .source = HM_TEXT("Update on Sony Investigation") };
}

TEST(a_claim_comes_back_as_it_was_given)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "culver-city-2014");
    hmi_claim claim = fbi(incident), later = fbi(incident), *list = NULL;
    later.said = HM_TEXT("2016-02-24T12:00:00Z");
    later.has_document = true;
    later.document = hmi_sha256_of(HM_BYTES("report"));
    later.confidence = 0;
    hm_text id = { NULL, 0 }, other = { NULL, 0 };
    CHECK_OK(hmi_claim_add(store, &arena, &later, &other, &err));
    CHECK_OK(hmi_claim_add(store, &arena, &claim, &id, &err));
    claim.incident = 0;
    claim.about = HM_TEXT("Lazarus");
    CHECK_OK(hmi_claim_add(store, &arena, &claim, &other, &err));
    size_t count = 0;
    CHECK_OK(hmi_claim_list(store, &arena, incident, &list, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_TEXT(list[0].said, "2014-12-19"); /* by date */
    CHECK(hmi_text_eq(list[0].stix_id, id));
    CHECK_TEXT(list[0].ground, "lines of code, \"encryption\"\n algorithms");
    CHECK_EQ(list[0].confidence, -1);
    CHECK(!list[0].has_document && list[0].entered_us > 0);
    CHECK_EQ(list[1].confidence, 0);
    CHECK(list[1].has_document && memcmp(&list[1].document, &later.document, 32) == 0);
    CHECK_OK(hmi_claim_list(store, &arena, 0, &list, &count, &err));
    CHECK_EQ(count, 3);
    CHECK(hmi_claim_is_held(store, id) && !hmi_claim_is_held(store, HM_TEXT("note--x")));
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(what_is_no_claim_is_refused_and_leaves_nothing)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a");
    static char long_text[HMI_CLAIM_TEXT_MAX + 1];
    memset(long_text, 'x', sizeof(long_text));
    for (int i = 0; i < 12; i++) {
        hmi_claim claim = fbi(incident);
        switch (i) {
        case 0:
            claim.publisher = HM_TEXT("");
            break;
        case 1:
            claim.target = HM_TEXT("");
            break;
        case 2:
            claim.incident = 0;
            break;
        case 3:
            claim.about = HM_TEXT("Lazarus");
            break;
        case 4:
            claim.relation = HM_TEXT("is");
            break;
        case 5:
            claim.said = HM_TEXT("yesterday");
            break;
        case 6:
            claim.said = HM_TEXT("2014-02-30");
            break;
        case 7:
            claim.opinion = 6;
            break;
        case 8:
            claim.confidence = 101;
            break;
        case 9:
            claim.grade = HM_TEXT("G1");
            break;
        case 10:
            claim.ground = hmi_text(long_text, sizeof(long_text));
            break;
        default:
            claim.said = HM_TEXT("");
            break;
        }
        hm_text id = HM_TEXT("untouched");
        int code = hmi_claim_add(store, &arena, &claim, &id, &err);
        CHECK_EQ(code, i == 10 ? HM_E_LIMIT : HM_E_MISUSE);
        CHECK_TEXT(id, "untouched");
    }
    hmi_claim *list = NULL;
    size_t count = 9;
    CHECK_OK(hmi_claim_list(store, &arena, 0, &list, &count, &err));
    CHECK_EQ(count, 0);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(a_withdrawal_is_a_row_of_its_own_with_its_reason)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_store *store = room_store("book");
    hmi_claim claim = fbi(room_incident(store, "a")), *list = NULL;
    hm_text id, why;
    int64_t at = 0;
    size_t count = 0;
    CHECK_OK(hmi_claim_add(store, &arena, &claim, &id, &err));
    CHECK_EQ(hmi_claim_withdrawn(store, &arena, id, &at, &why, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_claim_withdraw(store, id, HM_TEXT("the bank's own address"), &err));
    CHECK_EQ(hmi_claim_withdraw(store, id, HM_TEXT("again"), &err), HM_E_EXISTS);
    CHECK_OK(hmi_claim_withdrawn(store, &arena, id, &at, &why, &err));
    CHECK_TEXT(why, "the bank's own address");
    CHECK(at > 0);
    CHECK_OK(hmi_claim_list(store, &arena, 0, &list, &count, &err));
    CHECK_EQ(count, 1); /* it stays to be read */
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
