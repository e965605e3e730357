/* SPDX-License-Identifier: Apache-2.0
 *
 * test_claims.c - what documents claim is read with author, day and ground; opinions find what they
 * are about; damaged objects claim nothing and break nothing.
 */
#include "../casebook/room.h"
#include "base/error.h"
#include "tell/claims_inside.h"

#define HEAD(type, id)                                                             \
    "{\"type\":\"" type "\",\"spec_version\":\"2.1\",\"id\":\"" type "--" id "\"," \
    "\"created\":\"2014-12-19T00:00:00.000Z\",\"modified\":\"2014-12-19T00:00:00.000Z\","
#define U(n) "11111111-1111-4111-8111-11111111111" n

static const char IDENTITY[] = HEAD("identity", U("1")) "\"name\":\"FBI\"}";
static const char EVENT[] = HEAD("incident", U("2")) "\"name\":\"the studio\"}";
static const char ACTOR[] = HEAD("intrusion-set", U("3")) "\"name\":\"Kestrel \\u202e\"}";
static const char EDGE[] = HEAD("relationship", U("4")) //
    "\"created_by_ref\":\"identity--" U(
        "1") "\",\"relationship_type\":\"attributed-to\","
             "\"source_ref\":\"incident--" U("2") "\",\"target_ref\":\"intrusion-set--" U(
                 "3") "\","
                      "\"confidence\":85,\"description\":\"lines of code\",\"external_references\":"
                      "[{\"source_name\":\"Update\",\"url\":\"https://example.org/u\"}]}";
static const char NOTE[] = HEAD("note", U("5")) //
    "\"authors\":[\"Kaspersky\"],\"content\":\"do not prove\",\"object_refs\":[\"incident--" U(
        "2") "\","
             "\"intrusion-set--" U("3") "\",\"intrusion-set--" U("9") "\"]}";
static const char OPINION[] = HEAD("opinion", U("6")) //
    "\"opinion\":\"strongly-disagree\",\"explanation\":\"six "
    "individuals\",\"object_refs\":[\"relationship--" U("4") "\"]}";
static const char REVOKED[] = HEAD("report", U("7")) //
    "\"name\":\"early "
    "report\",\"published\":\"2014-12-01T00:00:00Z\",\"revoked\":true,\"object_refs\":[\"intrusion-"
    "set--" U("3") "\"]}";

static hmi_object object_of(const char *raw)
{
    hm_text text = hmi_text_of(raw), id = text, type = text;
    size_t at = hmi_find(hmi_text_bytes(text), HM_BYTES("\"id\":\"")) + 6;
    id = hmi_text_slice(text, at, text.len);
    id.len = hmi_find_byte(hmi_text_bytes(id), '"');
    type = hmi_text_slice(id, 0, id.len - 38);
    return (hmi_object){ .id = id,
                         .type = type,
                         .modified = HM_TEXT("2014-12-19T00:00:00.000Z"),
                         .raw = hmi_text_bytes(text),
                         .offset = 0 };
}

static void add_objects(hmi_store *store, int64_t incident, const char *name,
                        const char *const *objects, size_t count)
{
    hm_err err = { 0 };
    hmi_intake *intake = NULL;
    room_piece piece = { .incident = incident, .content = name, .words = "w" };
    CHECK_OK(room_begin(store, &piece, &intake, &err));
    for (size_t i = 0; i < count; i++) {
        hmi_object object = object_of(objects[i]);
        hmi_sink *sink = hmi_intake_sink(intake);
        CHECK_OK(hmi_sink_object(sink, &object, &err));
    }
    CHECK_OK(hmi_intake_commit(intake, 0, HM_TEXT(""), NULL, &err));
}

static const hmi_told *find(const hmi_told_list *claims, const char *type, const char *target)
{
    for (size_t i = 0; i < claims->count; i++) {
        if (hmi_text_is(claims->list[i].type, type) &&
            hmi_text_is(claims->list[i].target, target)) {
            return &claims->list[i];
        }
    }
    return NULL;
}

TEST(documents_claim_with_author_day_confidence_and_ground)
{
    static const char *const ALL[] = { IDENTITY, EVENT, ACTOR, EDGE, NOTE, OPINION, REVOKED };
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 16 << 20);
    hmi_store *store = room_store("book");
    int64_t id = room_incident(store, "culver-city-2014");
    add_objects(store, id, "report.json", ALL, HMI_COUNT(ALL));
    hmi_incident incident;
    CHECK_OK(hmi_incident_get(store, &arena, id, &incident, &err));
    hmi_told_list claims;
    CHECK_OK(hmi_claims_of(store, &arena, &incident, &claims, &err));
    CHECK_EQ(claims.count, 5);
    const hmi_told *edge = find(&claims, "relationship", "Kestrel \u202e");
    CHECK(edge != NULL);
    CHECK_TEXT(edge->publisher, "FBI");
    CHECK_TEXT(edge->relation, "attributed-to");
    CHECK_TEXT(edge->about, "culver-city-2014");
    CHECK_TEXT(edge->ground, "lines of code");
    CHECK_TEXT(edge->source, "Update, https://example.org/u");
    CHECK_EQ(edge->confidence, 85);
    CHECK(edge->has_document && !edge->withdrawn);
    const hmi_told *note = find(&claims, "note", "intrusion-set--" U("9")); /* leads nowhere */
    CHECK(note != NULL);
    CHECK_TEXT(note->publisher, "Kaspersky");
    CHECK_TEXT(note->relation, "related-to");
    const hmi_told *opinion = find(&claims, "opinion", "Kestrel \u202e");
    CHECK(opinion != NULL);
    CHECK_EQ(opinion->opinion, 1);
    CHECK_TEXT(opinion->relation, "attributed-to");
    CHECK_TEXT(opinion->ground, "six individuals");
    const hmi_told *report = find(&claims, "report", "Kestrel \u202e");
    CHECK(report != NULL && report->withdrawn);
    CHECK(report == &claims.list[0]); /* by day: published on the first */
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(a_partners_opinion_finds_what_was_told_wherever_it_came_in)
{
    static const char *const ACTORS[] = { ACTOR };
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 16 << 20);
    hmi_store *store = room_store("book");
    int64_t id = room_incident(store, "ours"), other = room_incident(store, "mailbox");
    hmi_incident incident, mailbox;
    add_objects(store, other, "actors.json", ACTORS, 1);
    CHECK_OK(hmi_incident_get(store, &arena, id, &incident, &err));
    CHECK_OK(hmi_incident_get(store, &arena, other, &mailbox, &err));
    hmi_buf edge, grouping;
    hmi_buf_init(&edge, 0);
    hmi_buf_init(&grouping, 0);
    hmi_told_id(incident.stix_id, "relationship", HM_TEXT("Kestrel \u202e"), &edge);
    hmi_told_id(incident.stix_id, "grouping", HM_TEXT(""), &grouping);
    hm_text answer = hmi_arena_printf(
        &arena,
        HEAD("opinion", U("8")) "\"opinion\":\"agree\",\"object_refs\":[\"%.*s\",\"%.*s\"]}",
        HMI_FMT(hmi_buf_text(&edge)), HMI_FMT(hmi_buf_text(&grouping)));
    const char *const answers[] = { hmi_arena_cstr(&arena, answer) };
    add_objects(store, other, "answer.json", answers, 1);
    hmi_told_list claims;
    CHECK_OK(hmi_claims_of(store, &arena, &incident, &claims, &err));
    CHECK_EQ(claims.count, 2);
    CHECK(find(&claims, "opinion", "Kestrel \u202e") != NULL);
    CHECK(find(&claims, "opinion", "our finding") != NULL);
    CHECK_OK(hmi_claims_of(store, &arena, &mailbox, &claims, &err));
    CHECK_EQ(claims.count, 0); /* it says nothing of the incident it came with */
    CHECK_OK(hmi_claims_all(store, &arena, &claims, &err));
    CHECK_EQ(claims.count, 2);
    hmi_buf_fini(&edge);
    hmi_buf_fini(&grouping);
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

TEST(an_opinion_about_a_ledger_row_takes_its_subject)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 16 << 20);
    hmi_store *store = room_store("book");
    int64_t id = room_incident(store, "ours");
    hmi_incident incident;
    hmi_claim row = { .incident = id,
                      .relation = HM_TEXT("attributed-to"),
                      .target = HM_TEXT("Heron"),
                      .publisher = HM_TEXT("us"),
                      .said = HM_TEXT("2015-01-01"),
                      .opinion = 4,
                      .confidence = -1 };
    hm_text claim;
    CHECK_OK(hmi_claim_add(store, &arena, &row, &claim, &err));
    hm_text answer = hmi_arena_printf(
        &arena, HEAD("opinion", U("8")) "\"opinion\":\"neutral\",\"object_refs\":[\"%.*s\"]}",
        HMI_FMT(claim));
    const char *const answers[] = { hmi_arena_cstr(&arena, answer) };
    add_objects(store, id, "answer.json", answers, 1);
    CHECK_OK(hmi_incident_get(store, &arena, id, &incident, &err));
    CHECK_OK(hmi_claim_withdraw(store, claim, HM_TEXT("mistaken"), &err));
    hmi_told_list claims;
    CHECK_OK(hmi_claims_of(store, &arena, &incident, &claims, &err));
    CHECK_EQ(claims.count, 2);
    CHECK_EQ(find(&claims, "opinion", "Heron")->opinion, 3);
    CHECK(find(&claims, "ledger", "Heron")->withdrawn);
    CHECK_TEXT(hmi_told_sentence(&arena, find(&claims, "ledger", "Heron")),
               "us on 2015-01-01 thinks that \"ours\" is attributed to \"Heron\"");
    hmi_store_close(store);
    hmi_arena_fini(&arena);
}

static void read_damaged(hmi_store *store, const hmi_incident *incident, hm_bytes raw,
                         const char *type)
{
    hm_err err = { 0 };
    hmi_arena arena;
    hmi_arena_init(&arena, 16 << 20);
    hmi_claiming c = { .store = store, .arena = &arena };
    CHECK_OK(hmi_json_new(&c.json, &err));
    CHECK_OK(hmi_json_new(&c.other, &err));
    hmi_stored_object object = {
        .id = HM_TEXT("x--1"), .type = hmi_text_of(type), .modified = HM_TEXT(""), .raw = raw
    };
    if (strcmp(type, "opinion") == 0) {
        CHECK_OK(hmi_claiming_opinion(&c, &object, incident, NULL, &err));
    } else {
        CHECK_OK(hmi_claiming_object(&c, &object, incident, NULL, &err));
    }
    hmi_json_free(c.json);
    hmi_json_free(c.other);
    hmi_arena_fini(&arena);
}

TEST(every_prefix_and_every_flipped_bit_is_survived)
{
    static const struct {
        const char *type, *raw;
    } CASES[] = { { "relationship", EDGE }, { "note", NOTE }, { "opinion", OPINION } };
    hmi_store *store = room_store("book");
    hmi_incident incident = { .id = room_incident(store, "a"),
                              .name = HM_TEXT("a"),
                              .stix_id = HM_TEXT("incident--" U("2")) };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hm_bytes raw = hmi_text_bytes(hmi_text_of(CASES[i].raw));
        uint8_t copy[1024];
        CHECK(raw.len <= sizeof(copy));
        for (size_t len = 0; len < raw.len; len++) {
            read_damaged(store, &incident, hmi_slice(raw, 0, len), CASES[i].type);
        }
        for (size_t bit = 0; bit < raw.len * 8; bit++) {
            memcpy(copy, raw.ptr, raw.len);
            copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
            read_damaged(store, &incident, hmi_bytes(copy, raw.len), CASES[i].type);
        }
    }
    hmi_store_close(store);
}

RUN_TESTS()
