/* SPDX-License-Identifier: Apache-2.0
 *
 * test_alike.c - a changed function is found again, an unrelated one is not, in casebook and
 * baseline.
 */
#include "made.h"

static void add_functions(hmi_store *store, int64_t incident, const char *content, uint32_t first,
                          uint32_t count)
{
    hm_err err = { 0 };
    room_piece piece = { .incident = incident, .content = content, .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    for (uint32_t i = 0; i < count; i++) {
        made one;
        make_function(first + i, 0, &one);
        hmi_sink *sink = hmi_intake_sink(intake);
        CHECK_OK(hmi_sink_trait(sink, &one.trait, &err));
    }
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
}

/* Versions of one function, each with so many instructions replaced. */
static void add_family(hmi_store *store, int64_t incident, const char *content, int first,
                       int count)
{
    hm_err err = { 0 };
    room_piece piece = { .incident = incident, .content = content, .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    for (int i = 0; i < count; i++) {
        made one;
        make_function(17, first + i, &one);
        CHECK_OK(hmi_sink_trait(hmi_intake_sink(intake), &one.trait, &err));
    }
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
}

TEST(a_changed_function_is_found_again_before_and_after_settling)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a"), want = 0;
    add_functions(store, incident, "one", 0, 40);
    made original, changed, alien;
    make_function(17, 0, &original);
    make_function(17, 6, &changed);
    make_function(5000, 0, &alien);
    CHECK_OK(hmi_trait_find(store, HMI_FUNCTION, original.trait.value, &want, &err));
    double is = hmi_fingerprint_similarity(original.trait.detail, changed.trait.detail);
    CHECK(is > 0.5 && is < 1);
    for (int round = 0; round < 3; round++) {
        hmi_alike found[8];
        size_t count = 0;
        CHECK_OK(hmi_functions_alike(store, original.trait.detail, 0.99, found, 8, &count, &err));
        CHECK(count == 1 && found[0].trait == want && found[0].similarity == 1);
        CHECK_OK(hmi_functions_alike(store, changed.trait.detail, is, found, 8, &count, &err));
        CHECK(count >= 1 && found[0].trait == want && found[0].similarity == is);
        CHECK_OK(hmi_functions_alike(store, changed.trait.detail, 0, found, 1, &count, &err));
        CHECK_EQ(count, 1);
        CHECK_OK(hmi_functions_alike(store, alien.trait.detail, 0.9, found, 8, &count, &err));
        CHECK_EQ(count, 0);
        CHECK_OK(hmi_functions_alike(store, HM_BYTES("no fingerprint"), 0, found, 8, &count, &err));
        CHECK_EQ(count, 0);
        if (round == 0) {
            add_functions(store, incident, "two", 100, 80);
        } else {
            CHECK_OK(hmi_store_settle(store, &err));
        }
    }
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_incident_trait trait;
    CHECK_OK(hmi_trait_get(store, &arena, want, &trait, &err));
    CHECK(hmi_bytes_eq(trait.detail, original.trait.detail));
    hmi_arena_fini(&arena);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

/* What is found is the same however the pieces came in: a probe that each of two segments calls
 * rare is common when both hold it. */
TEST(segments_do_not_change_what_is_alike)
{
    enum { FAMILY = 122, ALIENS = 1100, FOUND = 32 };
    hm_err err = { 0 };
    hmi_alike found[2][FOUND];
    hm_text values[2][FOUND];
    size_t counts[2] = { 0, 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 4 << 20);
    made asked;
    make_function(17, 3, &asked);
    for (int parts = 0; parts < 2; parts++) {
        hmi_store *store = room_store("book");
        int64_t incident = room_incident(store, "a");
        add_family(store, incident, "one", 0, parts == 0 ? FAMILY : FAMILY / 2);
        add_functions(store, incident, "aliens", 1000, ALIENS);
        CHECK_OK(hmi_store_settle(store, &err));
        if (parts == 1) {
            add_family(store, incident, "two", FAMILY / 2, FAMILY / 2);
            CHECK_OK(hmi_store_settle(store, &err));
        }
        CHECK_OK(hmi_functions_alike(store, asked.trait.detail, 0.3, found[parts], FOUND,
                                     &counts[parts], &err));
        for (size_t i = 0; i < counts[parts]; i++) {
            hmi_incident_trait trait;
            CHECK_OK(hmi_trait_get(store, &arena, found[parts][i].trait, &trait, &err));
            values[parts][i] = trait.value;
        }
        hmi_store_close(store);
    }
    CHECK(counts[0] > 0);
    CHECK_EQ(counts[0], counts[1]);
    for (size_t i = 0; i < counts[0]; i++) {
        CHECK(found[0][i].similarity == found[1][i].similarity);
        CHECK(hmi_text_eq(values[0][i], values[1][i]));
    }
    hmi_arena_fini(&arena);
}

TEST(a_newer_fingerprint_takes_the_older_ones_place)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a"), want = 0;
    made original, changed;
    make_function(17, 0, &original);
    make_function(900, 0, &changed);
    add_functions(store, incident, "one", 17, 1);
    CHECK_OK(hmi_store_settle(store, &err));
    room_piece piece = { .incident = incident, .content = "two", .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    hmi_trait newer = original.trait;
    newer.detail = changed.trait.detail;
    hmi_sink *sink = hmi_intake_sink(intake);
    CHECK_OK(hmi_sink_trait(sink, &newer, &err));
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
    CHECK_OK(hmi_trait_find(store, HMI_FUNCTION, original.trait.value, &want, &err));
    hmi_alike found[4];
    size_t count = 0;
    CHECK_OK(hmi_functions_alike(store, newer.detail, 0.99, found, 4, &count, &err));
    CHECK(count == 1 && found[0].trait == want);
    CHECK_OK(hmi_functions_alike(store, original.trait.detail, 0.99, found, 4, &count, &err));
    CHECK_EQ(count, 0);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(harmless_files_with_a_function_alike_are_counted_once_each)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_baseline_batch *batch = NULL;
    made one, two, changed, alien;
    make_function(17, 0, &one);
    make_function(17, 3, &two);
    make_function(17, 6, &changed);
    make_function(5000, 0, &alien);
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    for (int i = 0; i < 6; i++) {
        hmi_trait traits[2] = { i < 3 ? one.trait : alien.trait, i < 2 ? two.trait : alien.trait };
        hmi_sha256 sha256 = hmi_sha256_of(hmi_bytes(&i, sizeof(i)));
        CHECK_OK(hmi_baseline_file(batch, &sha256, HM_BYTES("f"), traits, 2, &err));
    }
    CHECK_OK(hmi_baseline_commit(batch, &err));
    uint32_t count = 9;
    double is = hmi_fingerprint_similarity(one.trait.detail, changed.trait.detail);
    CHECK_OK(hmi_baseline_alike(store, changed.trait.detail, &is, 1, &count, &err));
    CHECK_EQ(count, 3);
    CHECK_OK(hmi_baseline_alike(store, one.trait.detail, &(const double){ 1 }, 1, &count, &err));
    CHECK_EQ(count, 3);
    CHECK_OK(hmi_baseline_alike(store, HM_BYTES("x"), &(const double){ 0.5 }, 1, &count, &err));
    CHECK_EQ(count, 0);
    hmi_store_close(store);
}

RUN_TESTS()
