/* SPDX-License-Identifier: Apache-2.0
 *
 * test_intake.c - a piece goes in whole or not at all, and comes out as it went in.
 */
#include "room.h"

static size_t shared_incidents(hmi_store *store, const char *word, int64_t *ids, size_t max)
{
    hm_err err = { 0 };
    int64_t trait = 0;
    size_t total = 0;
    if (hmi_trait_find(store, HMI_STRING, hmi_text_of(word), &trait, &err) == HM_E_NOT_FOUND) {
        return 0;
    }
    CHECK_OK(hmi_trait_incidents(store, trait, ids, max, &total, &err));
    return total;
}

TEST(a_piece_comes_out_as_it_went_in)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "seoul-2013"), evidence = 0;
    room_piece piece = { .incident = incident,
                         .content = "MZ bytes",
                         .words = "mutex one two one",
                         .readers = 3,
                         .keep = true };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    CHECK_EQ(hmi_intake_traits(intake), 3);
    hmi_sink *sink = hmi_intake_sink(intake);
    hmi_trait trait = room_trait(HMI_ADDRESS, "192.0.2.7");
    trait.role = HMI_ROLE_CLIENT;
    trait.count = 5;
    trait.first_us = 100;
    trait.last_us = 200;
    CHECK_OK(hmi_sink_trait(sink, &trait, &err));
    trait.first_us = 50;
    trait.last_us = HMI_TIME_NONE;
    trait.offset = HM_OFFSET_NONE;
    CHECK_OK(hmi_sink_trait(sink, &trait, &err));
    trait.role = HMI_ROLE_SERVER;
    CHECK_OK(hmi_sink_trait(sink, &trait, &err));
    CHECK_EQ(hmi_intake_traits(intake), 4);
    hmi_note note = { HMI_NOTE_DAMAGE, HM_E_TRUNCATED, 17, HM_TEXT("cut short") };
    CHECK_OK(hmi_sink_note(sink, &note, &err));
    CHECK_OK(hmi_sink_fact(sink, HM_TEXT("format"), HM_TEXT("pe"), &err));
    hmi_member member = { 0 };
    CHECK_EQ(hmi_sink_member(sink, &member, &err), HM_E_MISUSE);
    CHECK_OK(hmi_intake_commit(intake, 1, HM_TEXT("cut"), &evidence, &err));
    hmi_store_close(store);

    store = room_open("book");
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("MZ bytes"));
    hmi_evidence found;
    CHECK_OK(hmi_evidence_find(store, &sha256, &arena, &found, &err));
    CHECK(found.id == evidence && found.size == 8 && found.kept && found.complete);
    CHECK_TEXT(found.format, "pe");
    CHECK_TEXT(found.reason, "cut");
    CHECK_EQ(found.verdict, 1);
    CHECK_EQ(found.readers, 3);
    CHECK_EQ(found.trait_count, 4);
    uint8_t *bytes = NULL;
    size_t len = 0, count = 0;
    CHECK_OK(hmi_evidence_bytes(store, &sha256, &bytes, &len, &err));
    CHECK(len == 8 && memcmp(bytes, "MZ bytes", 8) == 0);
    free(bytes);
    hmi_incident_trait *traits = NULL;
    CHECK_OK(hmi_incident_traits(store, &arena, incident, &traits, &count, &err));
    CHECK_EQ(count, 4);
    for (size_t i = 0; i < count; i++) {
        hmi_key key = hmi_trait_key(traits[i].class_id, traits[i].value);
        CHECK(memcmp(&key, &traits[i].key, sizeof(key)) == 0);
        CHECK(i == 0 || traits[i].class_id > traits[i - 1].class_id ||
              memcmp(&traits[i].key, &traits[i - 1].key, sizeof(key)) > 0);
    }
    CHECK_TEXT(traits[3].value, "192.0.2.7");
    CHECK_EQ(traits[3].roles, 1u << HMI_ROLE_CLIENT | 1u << HMI_ROLE_SERVER);
    CHECK_EQ(traits[3].count, 15);
    hmi_seen *seen = NULL;
    CHECK_OK(hmi_trait_seen(store, &arena, incident, traits[3].id, &seen, &count, &err));
    CHECK_EQ(count, 2);
    CHECK(seen[0].role == HMI_ROLE_CLIENT && seen[0].count == 10 && seen[0].offset == 7);
    CHECK(seen[0].first_us == 50 && seen[0].last_us == 200);
    CHECK(seen[1].offset == HM_OFFSET_NONE && seen[1].last_us == HMI_TIME_NONE);
    uint32_t counts[HMI_CLASS_MAX + 1];
    CHECK_OK(hmi_incident_class_counts(store, incident, counts, &err));
    CHECK(counts[HMI_STRING] == 3 && counts[HMI_ADDRESS] == 1 && counts[HMI_URL] == 0);
    CHECK_OK(
        hmi_incident_class_traits(store, &arena, incident, HMI_ADDRESS, &traits, &count, &err));
    CHECK_EQ(count, 1);
    hmi_evidence_note *notes = NULL;
    CHECK_OK(hmi_evidence_notes(store, &arena, evidence, &notes, &count, &err));
    CHECK(count == 1 && notes[0].offset == 17 && notes[0].code == HM_E_TRUNCATED);
    CHECK_TEXT(notes[0].text, "cut short");
    hmi_evidence_fact *facts = NULL;
    CHECK_OK(hmi_evidence_facts(store, &arena, evidence, &facts, &count, &err));
    CHECK_EQ(count, 1);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.evidence_checked, 1);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(an_abandoned_piece_leaves_no_trace)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    room_piece piece = {
        .incident = room_incident(store, "a"), .content = "x", .words = "w", .keep = true
    };
    hmi_intake *intake = NULL;
    uint64_t before = 0, after = 0;
    CHECK_OK(hmi_store_generation(store, &before, &err));
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    hmi_intake_abandon(intake);
    hmi_intake_abandon(NULL);
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("x"));
    hmi_evidence found;
    CHECK_EQ(hmi_evidence_find(store, &sha256, &arena, &found, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_store_generation(store, &after, &err));
    CHECK_EQ(before, after);
    CHECK_OK(room_add(store, &piece, NULL, &err));
    CHECK_OK(hmi_store_generation(store, &after, &err));
    CHECK_EQ(after, before + 1);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(content_that_is_not_what_was_announced_is_refused)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int fd = room_memory(HM_BYTES("other"));
    hmi_piece piece = { .incident = room_incident(store, "a"),
                        .sha256 = hmi_sha256_of(HM_BYTES("x")),
                        .size = 5,
                        .name = HM_BYTES("n"),
                        .keep = true,
                        .content_fd = fd };
    hmi_intake *intake = NULL;
    CHECK_EQ(hmi_intake_begin(store, &piece, &intake, &err), HM_E_CONFLICT);
    piece.sha256 = hmi_sha256_of(HM_BYTES("other"));
    piece.size = 6;
    CHECK_EQ(hmi_intake_begin(store, &piece, &intake, &err), HM_E_CONFLICT);
    CHECK(intake == NULL);
    piece.size = 5;
    CHECK_OK(hmi_intake_begin(store, &piece, &intake, &err));
    hmi_intake_abandon(intake);
    close(fd);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(several_intakes_may_be_open_at_once)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a"), ids[4];
    hmi_intake *one = NULL, *two = NULL;
    room_piece a = { .incident = incident, .content = "a", .words = "common only-a", .keep = true };
    room_piece b = { .incident = incident, .content = "b", .words = "common only-b", .keep = true };
    CHECK_OK(room_begin(store, &a, &one, &err));
    CHECK_OK(room_begin(store, &b, &two, &err));
    CHECK_OK(hmi_intake_commit(two, 0, HM_TEXT(""), NULL, &err));
    CHECK_OK(hmi_intake_commit(one, 0, HM_TEXT(""), NULL, &err));
    CHECK_EQ(shared_incidents(store, "common", ids, 4), 1);
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_incident is;
    CHECK_OK(hmi_incident_get(store, &arena, incident, &is, &err));
    CHECK(is.evidence_count == 2 && is.trait_count == 4);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(linking_a_container_brings_its_members_even_those_that_hold_themselves)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t first = room_incident(store, "first"), second = room_incident(store, "second");
    int64_t outer = 0, inner = 0, ids[4] = { 0 };
    room_piece zip = {
        .incident = first, .content = "zip", .words = "zip-word", .members_follow = true
    };
    CHECK_OK(room_add(store, &zip, &outer, &err));
    room_piece member = { .incident = first, .parent = outer, .content = "in", .words = "in-word" };
    CHECK_OK(room_add(store, &member, &inner, &err));
    CHECK_OK(hmi_evidence_link(store, first, outer, HM_BYTES("me.zip"), inner, &err));
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_evidence found;
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("zip"));
    CHECK_OK(hmi_evidence_find(store, &sha256, &arena, &found, &err));
    CHECK(!found.complete);
    CHECK_OK(hmi_evidence_complete(store, outer, &err));
    CHECK_OK(hmi_evidence_find(store, &sha256, &arena, &found, &err));
    CHECK(found.complete);

    CHECK_EQ(shared_incidents(store, "in-word", ids, 4), 1);
    CHECK_OK(hmi_evidence_link(store, second, outer, HM_BYTES("again.zip"), 0, &err));
    uint64_t generation = 0, after = 0;
    CHECK_OK(hmi_store_generation(store, &generation, &err));
    CHECK_OK(hmi_evidence_link(store, second, outer, HM_BYTES("again.zip"), 0, &err));
    CHECK_OK(hmi_store_generation(store, &after, &err));
    CHECK_EQ(after, generation); /* all links are there: nothing is written */
    CHECK_EQ(shared_incidents(store, "in-word", ids, 4), 2);
    CHECK(ids[0] == first && ids[1] == second);
    hmi_evidence *list = NULL;
    size_t count = 0;
    CHECK_OK(hmi_evidence_list(store, &arena, second, &list, &count, &err));
    CHECK_EQ(count, 3); /* again.zip, in, me.zip inside in */
    CHECK_EQ(hmi_evidence_link(store, second, 999, HM_BYTES("n"), 0, &err), HM_E_NOT_FOUND);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(a_newer_reading_replaces_the_older_in_every_incident)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t first = room_incident(store, "first"), second = room_incident(store, "second");
    int64_t evidence = 0, again = 0, ids[4];
    room_piece piece = { .incident = first, .content = "p", .words = "kept gone", .readers = 1 };
    CHECK_OK(room_add(store, &piece, &evidence, &err));
    CHECK_OK(hmi_evidence_link(store, second, evidence, HM_BYTES("q"), 0, &err));
    room_piece other = { .incident = first, .content = "o", .words = "gone-not kept" };
    CHECK_OK(room_add(store, &other, NULL, &err));
    CHECK_OK(hmi_store_settle(store, &err));
    CHECK_EQ(shared_incidents(store, "gone", ids, 4), 2);
    piece.words = "kept new";
    piece.readers = 2;
    CHECK_OK(room_add(store, &piece, &again, &err));
    CHECK_EQ(again, evidence);
    CHECK_EQ(shared_incidents(store, "gone", ids, 4), 0);
    CHECK_EQ(shared_incidents(store, "new", ids, 4), 2);
    CHECK_EQ(shared_incidents(store, "kept", ids, 4), 2);
    uint32_t counts[HMI_CLASS_MAX + 1];
    CHECK_OK(hmi_incident_class_counts(store, first, counts, &err));
    CHECK_EQ(counts[HMI_STRING], 3);
    CHECK_OK(hmi_incident_class_counts(store, second, counts, &err));
    CHECK_EQ(counts[HMI_STRING], 2);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(objects_that_contradict_each_other_are_both_kept_and_named)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a"), evidence[3] = { 0 };
    const char *raw[] = { "{\"a\":1}", "{\"a\":2}", "{\"a\":1}" };
    for (int i = 0; i < 3; i++) {
        char content[2] = { (char)('a' + i), 0 };
        room_piece piece = { .incident = incident, .content = content, .words = "" };
        hmi_intake *intake = NULL;
        CHECK_OK(room_begin(store, &piece, &intake, &err));
        hmi_sink *sink = hmi_intake_sink(intake);
        hmi_object object = { HM_TEXT("malware--1"), HM_TEXT("malware"),
                              HM_TEXT("2014-11-24T00:00:00Z"), hmi_text_bytes(hmi_text_of(raw[i])),
                              4 };
        CHECK_OK(hmi_sink_object(sink, &object, &err));
        CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), &evidence[i], &err));
    }
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_stored_object *objects = NULL;
    size_t count = 0;
    CHECK_OK(hmi_incident_objects(store, &arena, incident, &objects, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_TEXT(objects[0].type, "malware");
    CHECK(!hmi_bytes_eq(objects[0].raw, objects[1].raw));
    hmi_evidence_note *notes = NULL;
    CHECK_OK(hmi_evidence_notes(store, &arena, evidence[0], &notes, &count, &err));
    CHECK_EQ(count, 0);
    CHECK_OK(hmi_evidence_notes(store, &arena, evidence[1], &notes, &count, &err));
    CHECK(count == 1 && notes[0].code == HM_E_CONFLICT);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(a_full_piece_goes_on_counting_and_keeps_room_for_what_is_said_last)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    room_piece piece = { .incident = room_incident(store, "a"), .content = "p", .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    hmi_sink *sink = hmi_intake_sink(intake);
    uint64_t told = 0;
    static char value[3001];
    memset(value, 'v', sizeof(value) - 1);
    hmi_trait trait = room_trait(HMI_STRING, value);
    for (; hmi_intake_refused(intake) == 0 && told < 100000; told++) {
        char number[16];
        memcpy(value, number,
               (size_t)snprintf(number, sizeof(number), "%08llu", (unsigned long long)told));
        CHECK_OK(sink->ops->trait(sink, &trait, &err));
    }
    CHECK(told > 1000 && told < 100000);
    CHECK_EQ(hmi_intake_traits(intake), told - 1);
    CHECK_OK(sink->ops->trait(sink, &trait, &err));
    CHECK_EQ(hmi_intake_refused(intake), 2);
    memcpy(value, "00000000", 8);
    CHECK_OK(sink->ops->trait(sink, &trait, &err)); /* known */
    CHECK_EQ(hmi_intake_refused(intake), 2);
    hmi_trait behaviour = room_trait(HMI_STRING, "every 60 s");
    behaviour.role = HMI_ROLE_DERIVED;
    CHECK_OK(sink->ops->trait(sink, &behaviour, &err));
    CHECK_EQ(hmi_intake_traits(intake), told);
    CHECK_EQ(hmi_intake_refused(intake), 2);
    hmi_note note = { HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, HM_TEXT("n") };
    CHECK_OK(sink->ops->note(sink, &note, &err));
    hmi_intake_abandon(intake);
    hmi_store_close(store);
}

TEST(what_cannot_be_stored_is_refused_with_a_reason)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    room_piece piece = { .incident = room_incident(store, "a"), .content = "p", .words = "" };
    hmi_intake *intake = NULL;
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    hmi_sink *sink = hmi_intake_sink(intake);
    hmi_trait good = room_trait(HMI_STRING, "x"), bad = good;
    bad.class_id = (hmi_class)99;
    CHECK_EQ(hmi_sink_trait(sink, &bad, &err), HM_E_MALFORMED);
    bad = good;
    bad.value = HM_TEXT("\xff");
    CHECK_EQ(hmi_sink_trait(sink, &bad, &err), HM_E_MALFORMED);
    bad.value = HM_TEXT("a\0b");
    CHECK_EQ(hmi_sink_trait(sink, &bad, &err), HM_E_MALFORMED);
    bad.value = HM_TEXT("");
    CHECK_EQ(hmi_sink_trait(sink, &bad, &err), HM_E_MALFORMED);
    bad = good;
    bad.role = (hmi_role)32;
    CHECK_EQ(hmi_sink_trait(sink, &bad, &err), HM_E_MALFORMED);
    bad = good;
    bad.count = 0;
    CHECK_EQ(hmi_sink_trait(sink, &bad, &err), HM_E_MALFORMED);
    bad.count = UINT64_MAX;
    CHECK_OK(hmi_sink_trait(sink, &bad, &err));
    CHECK_OK(hmi_sink_trait(sink, &bad, &err));
    hmi_note note = { HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, HM_TEXT("n") };
    for (int i = 0; i < 1200; i++) {
        CHECK_OK(hmi_sink_note(sink, &note, &err));
    }
    int64_t evidence = 0;
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), &evidence, &err));
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 22);
    hmi_evidence_note *notes = NULL;
    size_t count = 0;
    CHECK_OK(hmi_evidence_notes(store, &arena, evidence, &notes, &count, &err));
    CHECK_EQ(count, 1001);
    CHECK_TEXT(notes[1000].text, "200 more notes were not kept");
    piece.incident = 77; /* no such incident: nothing may stay */
    piece.content = "unlinked";
    CHECK(room_add(store, &piece, NULL, &err) < 0);
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("unlinked"));
    hmi_evidence found;
    CHECK_EQ(hmi_evidence_find(store, &sha256, &arena, &found, &err), HM_E_NOT_FOUND);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

static bool knows(hmi_store *store, const char *content)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 16);
    hmi_sha256 sha256 = hmi_sha256_of(hmi_text_bytes(hmi_text_of(content)));
    hmi_evidence found;
    int code = hmi_evidence_find(store, &sha256, &arena, &found, &err);
    hmi_arena_fini(&arena);
    return code == HM_OK;
}

TEST(a_group_is_stored_together)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book"), *other = NULL;
    static const hmi_store_options READ_ONLY = { .read_only = true };
    CHECK_OK(hmi_store_open(room_where("book"), &READ_ONLY, &other, &err));
    room_piece piece = { .incident = room_incident(store, "a"), .words = "one two", .keep = true };
    uint64_t before = 0, after = 0;
    CHECK_OK(hmi_store_generation(store, &before, &err));
    hmi_group_begin(store);
    for (int i = 0; i < 300; i++) { /* more than wait for the end */
        char content[20];
        snprintf(content, sizeof(content), "p%d", i);
        piece.content = content;
        CHECK_OK(room_add(store, &piece, NULL, &err));
    }
    CHECK(knows(store, "p7"));
    CHECK(!knows(other, "p7"));
    CHECK_OK(hmi_group_commit(store, &err));
    CHECK(knows(other, "p7") && knows(other, "p299"));
    CHECK_OK(hmi_store_generation(store, &after, &err));
    CHECK_EQ(after, before + 1);
    hmi_group_begin(store);
    CHECK_OK(hmi_group_commit(store, &err)); /* nothing written: nothing counted */
    CHECK_OK(hmi_store_generation(store, &before, &err));
    CHECK_EQ(after, before);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.evidence_checked, 300);
    CHECK_EQ(report.orphans_removed, 0);
    hmi_store_close(other);
    hmi_store_close(store);
}

TEST(a_group_that_fails_leaves_nothing)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a");
    room_piece good = { .incident = incident, .content = "g", .words = "one", .keep = true };
    room_piece bad = { .incident = 77, .content = "b", .words = "two", .keep = true };
    hmi_group_begin(store);
    CHECK_OK(room_add(store, &good, NULL, &err));
    CHECK(room_add(store, &bad, NULL, &err) < 0);
    CHECK(room_add(store, &good, NULL, &err) < 0); /* undone: nothing joins it any more */
    CHECK(hmi_group_commit(store, &err) < 0);
    CHECK(!knows(store, "g") && !knows(store, "b"));
    hmi_group_begin(store);
    CHECK_OK(room_add(store, &good, NULL, &err));
    hmi_group_abandon(store);
    CHECK(!knows(store, "g"));
    CHECK_OK(room_add(store, &good, NULL, &err));
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.orphans_removed, 0);
    hmi_store_close(store);
}

TEST(a_snapshot_stays_as_it_was)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book"), *other = NULL;
    static const hmi_store_options READ_ONLY = { .read_only = true };
    room_piece piece = { .incident = room_incident(store, "a"), .content = "p", .words = "one" };
    CHECK_OK(room_add(store, &piece, NULL, &err));
    CHECK_OK(hmi_store_open(room_where("book"), &READ_ONLY, &other, &err));
    int64_t trait = 0, ids[4];
    size_t total = 0;
    CHECK_OK(hmi_trait_find(other, HMI_STRING, HM_TEXT("one"), &trait, &err));
    CHECK_OK(hmi_snapshot_begin(other, &err));
    CHECK_OK(hmi_snapshot_begin(other, &err));
    piece.incident = room_incident(store, "b");
    piece.content = "q";
    CHECK_OK(room_add(store, &piece, NULL, &err));
    CHECK_OK(hmi_trait_incidents(other, trait, ids, 4, &total, &err));
    CHECK_EQ(total, 1);
    CHECK(!knows(other, "q"));
    hmi_snapshot_end(other);
    CHECK(!knows(other, "q"));
    hmi_snapshot_end(other);
    CHECK_OK(hmi_trait_incidents(other, trait, ids, 4, &total, &err));
    CHECK_EQ(total, 2);
    CHECK(knows(other, "q"));
    hmi_store_close(other);
    hmi_store_close(store);
}

RUN_TESTS()
