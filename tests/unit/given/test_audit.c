/* SPDX-License-Identifier: Apache-2.0
 *
 * test_audit.c - whatever is done to the memory of what was given is noticed and named.
 */
#include "room.h"

#include "given/audit.h"

static unsigned seen[HMI_AUDIT_COPIES + 1];

static void hear(void *with, hmi_audit_fault fault, uint64_t seq, hm_text sentence)
{
    (void)with;
    (void)seq;
    CHECK(sentence.len > 0);
    seen[fault]++;
}

static hmi_audit_report audit(const hmi_head *remembered)
{
    hm_err err = { 0 };
    hmi_audit_report report;
    hmi_store *store = room_open("book");
    memset(seen, 0, sizeof(seen));
    CHECK_OK(hmi_audit(store, remembered, hear, NULL, &report, &err));
    hmi_store_close(store);
    return report;
}

/* Five entries: the key, four releases. Returns the head. */
static hmi_head some_history(void)
{
    static const char *const IDS[] = { ROOM_ONE, ROOM_TWO, ROOM_ONE, ROOM_TWO };
    hm_err err = { 0 };
    hmi_head head;
    room_remove(room_path("state"));
    hmi_store *store = room_store("book");
    hmi_giver *giver = room_giver(store);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(room_give(giver, i < 2 ? ROOM_A : ROOM_B, IDS[i], "{}", "kept", false), i + 2);
    }
    CHECK(hmi_giver_warning(giver) == NULL);
    hmi_giver_close(giver);
    hmi_store_close(store);
    CHECK_OK(hmi_head_recalled(room_path("book"), &head, &err));
    CHECK_EQ(head.seq, 5);
    return head;
}

TEST(a_memory_nobody_touched_is_whole)
{
    hmi_head head = some_history();
    hmi_audit_report report = audit(&head);
    CHECK_EQ(report.faults, 0);
    CHECK_EQ(report.entries, 5);
    CHECK(memcmp(&report.head.hash, &head.hash, sizeof(head.hash)) == 0);
    CHECK_EQ(audit(NULL).faults, 0);
}

TEST(each_tampering_has_its_name)
{
    static const struct {
        const char *sql;
        hmi_audit_fault fault;
    } CASES[] = {
        { "UPDATE given SET entry = CAST(replace(CAST(entry AS TEXT), 'somebody', 'nobody') AS "
          "BLOB)"
          " WHERE seq = 3",
          HMI_AUDIT_CHANGED },
        { "UPDATE given SET partner = 'x' WHERE seq = 3", HMI_AUDIT_CHANGED },
        { "UPDATE given SET at_us = at_us + 1 WHERE seq = 3", HMI_AUDIT_CHANGED },
        { "UPDATE given SET hash = zeroblob(32) WHERE seq = 3", HMI_AUDIT_CHANGED },
        { "UPDATE given SET signature = zeroblob(64) WHERE seq = 3", HMI_AUDIT_FORGED },
        { "DELETE FROM given WHERE seq = 3", HMI_AUDIT_MISSING },
        { "DELETE FROM given WHERE seq <= 3", HMI_AUDIT_MISSING },
        { "UPDATE given SET seq = 100 WHERE seq = 3; UPDATE given SET seq = 3 WHERE seq = 4;"
          "UPDATE given SET seq = 4 WHERE seq = 100",
          HMI_AUDIT_REORDERED },
        { "DELETE FROM given WHERE seq = 5", HMI_AUDIT_TRUNCATED },
        { "DELETE FROM given_copy; DELETE FROM given", HMI_AUDIT_TRUNCATED },
        { "DELETE FROM given_copy WHERE seq = 4", HMI_AUDIT_COPIES },
        { "INSERT INTO given_copy VALUES ('tool--x', 'p', '', '', zeroblob(32), 2)",
          HMI_AUDIT_COPIES },
        { "INSERT INTO recalled VALUES ('tool--x', 2)", HMI_AUDIT_COPIES },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        hmi_head head = some_history();
        room_tamper("book", CASES[i].sql);
        CHECK(audit(&head).faults > 0);
        CHECK(seen[CASES[i].fault] > 0);
    }
}

static void copy_file(const char *from, const char *to)
{
    char part[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    CHECK(in != NULL && out != NULL);
    for (size_t got; (got = fread(part, 1, sizeof(part), in)) > 0;) {
        CHECK_EQ(fwrite(part, 1, got, out), got);
    }
    fclose(in);
    fclose(out);
}

TEST(yesterdays_casebook_put_back_is_noticed)
{
    (void)some_history();
    room_tamper("book", "PRAGMA wal_checkpoint(TRUNCATE)");
    copy_file(room_path("book/casebook.db"), room_path("yesterday"));
    hmi_store *store = room_open("book");
    hmi_giver *giver = room_giver(store);
    CHECK_EQ(room_give(giver, ROOM_A, ROOM_ONE, "{\"new\":1}", "", false), 6);
    hmi_giver_close(giver);
    hmi_store_close(store);
    room_tamper("book", "PRAGMA wal_checkpoint(TRUNCATE)");
    hm_err err = { 0 };
    hmi_head head;
    CHECK_OK(hmi_head_recalled(room_path("book"), &head, &err));
    CHECK_EQ(head.seq, 6);
    copy_file(room_path("yesterday"), room_path("book/casebook.db"));
    CHECK(audit(&head).faults > 0);
    CHECK(seen[HMI_AUDIT_ROLLED_BACK] > 0);
    CHECK_EQ(audit(NULL).faults, 0); /* nothing inside shows it: that is what the head is for */
}

TEST(another_history_with_another_key_is_noticed)
{
    hmi_head head = some_history();
    room_tamper("book", "DELETE FROM given_copy; DELETE FROM given");
    CHECK_EQ(unlink(room_path("book/signing.key")), 0);
    hmi_store *store = room_open("book");
    hmi_giver *giver = room_giver(store);
    for (unsigned i = 0; i < 5; i++) {
        (void)room_give(giver, ROOM_A, ROOM_ONE, i % 2 ? "{}" : "{ }", "", false);
    }
    hmi_giver_close(giver);
    hmi_store_close(store);
    CHECK_EQ(audit(NULL).faults, 0);
    CHECK(audit(&head).faults > 0);
    CHECK(seen[HMI_AUDIT_REWRITTEN] > 0);
    hm_err err = { 0 };
    hmi_head still;
    CHECK_OK(hmi_head_recalled(room_path("book"), &still, &err));
    CHECK_EQ(still.seq, 5); /* the new one did not take the old one's place */
    CHECK(memcmp(still.public_key, head.public_key, 32) == 0);
}

TEST(without_its_key_nothing_is_given)
{
    hm_err err = { 0 };
    hmi_giver *giver = NULL;
    (void)some_history();
    hmi_store *store = room_open("book");
    CHECK_EQ(rename(room_path("book/signing.key"), room_path("kept.key")), 0);
    CHECK_EQ(hmi_giver_open(store, &giver, &err), HM_E_NOT_FOUND);
    CHECK_EQ(access(room_path("book/signing.key"), F_OK), -1); /* and none is made in its place */
    copy_file(room_path("kept.key"), room_path("book/signing.key"));
    CHECK_EQ(chmod(room_path("book/signing.key"), 0644), 0);
    CHECK_EQ(hmi_giver_open(store, &giver, &err), HM_E_DENIED);
    CHECK_EQ(unlink(room_path("book/signing.key")), 0);
    setenv("HALLMARK_SIGNING_KEY", room_path("kept.key"), 1);
    CHECK_OK(hmi_giver_open(store, &giver, &err));
    hmi_giver_close(giver);
    unsetenv("HALLMARK_SIGNING_KEY");
    hmi_store_close(store);
    /* Another casebook's key. */
    hmi_store *other = room_store("other");
    hmi_giver *second = room_giver(other);
    (void)room_give(second, ROOM_A, ROOM_ONE, "{}", "", false);
    hmi_giver_close(second);
    hmi_store_close(other);
    copy_file(room_path("other/signing.key"), room_path("book/signing.key"));
    CHECK_EQ(chmod(room_path("book/signing.key"), 0400), 0);
    store = room_open("book");
    giver = NULL;
    CHECK_EQ(hmi_giver_open(store, &giver, &err), HM_E_DENIED);
    CHECK(giver == NULL);
    hmi_store_close(store);
}

TEST(a_server_enters_a_copy_once)
{
    hmi_store *store = room_store("book");
    hmi_giver *giver = room_giver(store);
    CHECK_EQ(room_give(giver, ROOM_A, ROOM_ONE, "{}", "", true), 2);
    CHECK_EQ(room_give(giver, ROOM_A, ROOM_ONE, "{}", "", true), 0);
    CHECK_EQ(room_give(giver, ROOM_A, "TOOL--0C7B5B88-8FF7-4A4D-AA9D-FEB398CD0061", "{}", "", true),
             0);
    CHECK_EQ(room_give(giver, ROOM_A, ROOM_ONE, "{ }", "", true), 3);
    CHECK_EQ(room_give(giver, ROOM_B, ROOM_ONE, "{}", "", true), 4);
    CHECK_EQ(room_give(giver, ROOM_A, ROOM_ONE, "{}", "", false), 5);
    hmi_giver_close(giver);
    hmi_store_close(store);
    CHECK_EQ(audit(NULL).faults, 0);
}

TEST(a_giving_larger_than_an_entry_is_spread_and_stays_whole)
{
    enum { MANY = HMI_GIVING_ENTRY_OBJECTS_MAX + 3 };
    hm_err err = { 0 };
    uint64_t seq = 0;
    static char ids[MANY][48];
    static hmi_giving_object objects[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(ids[i], sizeof(ids[i]), "tool--0c7b5b88-8ff7-4a4d-aa9d-%012x", i);
        objects[i] = (hmi_giving_object){ hmi_text_of(ids[i]), HM_TEXT(""), HM_TEXT("release"),
                                          HM_TEXT("allowed"), HM_BYTES("{}") };
    }
    hmi_store *store = room_store("book");
    hmi_giver *giver = room_giver(store);
    hmi_giving giving = { .partner_id = HM_TEXT(ROOM_A),
                          .partner_name = HM_TEXT("a"),
                          .incident = HM_TEXT("i"),
                          .channel = HM_TEXT("file"),
                          .purpose = HM_TEXT("inform"),
                          .objects = objects,
                          .count = MANY };
    CHECK_OK(hmi_give(giver, &giving, &seq, &err));
    CHECK_EQ(seq, 3);
    hmi_giver_close(giver);
    hmi_store_close(store);
    hmi_audit_report report = audit(NULL);
    CHECK_EQ(report.faults, 0);
    CHECK_EQ(report.entries, 3);
}

TEST(a_head_is_read_strictly)
{
    hm_err err = { 0 };
    hmi_head head = some_history(), back;
    hmi_buf line;
    hmi_buf_init(&line, 0);
    hmi_head_write(&head, &line);
    CHECK_OK(hmi_head_read(hmi_buf_text(&line), &back, &err));
    CHECK_EQ(back.seq, 5);
    CHECK_EQ(back.generation, head.generation);
    for (size_t len = 0; len < line.len; len++) {
        CHECK_EQ(hmi_head_read(hmi_text_slice(hmi_buf_text(&line), 0, len), &back, &err),
                 HM_E_MALFORMED);
    }
    hmi_buf_add_cstr(&line, " x");
    CHECK_EQ(hmi_head_read(hmi_buf_text(&line), &back, &err), HM_E_MALFORMED);
    hmi_buf_fini(&line);
}

TEST(a_signature_is_for_one_purpose)
{
    uint8_t signature[HMI_GIVEN_SIGNATURE];
    hmi_store *store = room_store("book");
    hmi_giver *giver = room_giver(store);
    hm_bytes key = hmi_giver_public_key(giver);
    hmi_giver_sign(giver, "one", HM_BYTES("text"), signature);
    CHECK(hmi_signature_good(key, "one", HM_BYTES("text"), signature));
    CHECK(!hmi_signature_good(key, "two", HM_BYTES("text"), signature));
    CHECK(!hmi_signature_good(key, "one", HM_BYTES("Text"), signature));
    CHECK(!hmi_signature_good(hmi_slice(key, 0, 31), "one", HM_BYTES("text"), signature));
    hmi_giver_close(giver);
    hmi_store_close(store);
}

RUN_TESTS()
