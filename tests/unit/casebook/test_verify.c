/* SPDX-License-Identifier: Apache-2.0
 *
 * test_verify.c - every kind of damage is named, and what can be made again is.
 */
#include "casebook/inside.h"
#include "engine/sqlite.h"
#include "room.h"

static hmi_store *filled(void)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t incident = room_incident(store, "a");
    for (int i = 0; i < 10; i++) {
        char content[20], words[100];
        snprintf(content, sizeof(content), "content %d", i);
        snprintf(words, sizeof(words), "common w%d x%d", i, i);
        room_piece piece = { .incident = i < 5 ? incident : room_incident(store, content),
                             .content = content,
                             .words = words,
                             .keep = true };
        CHECK_OK(room_add(store, &piece, NULL, &err));
    }
    CHECK_OK(hmi_store_settle(store, &err));
    return store;
}

/* Damages the database behind the store's back. */
static hmi_store *spoiled(hmi_store *store, const char *sql)
{
    hmi_store_close(store);
    if (room_server() != NULL) {
        room_sql(room_where("book"), sql);
        return room_open("book");
    }
    sqlite3 *db = NULL;
    CHECK_EQ(sqlite3_open(room_path("book/casebook.db"), &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    return room_open("book");
}

TEST(a_sound_casebook_has_no_faults)
{
    hmi_store *store = filled();
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.evidence_checked, 10);
    CHECK(report.rows_checked > 20);
    CHECK(report.index_rebuilt == 0 && report.orphans_removed == 0);
    hmi_store_close(store);
}

TEST(changed_rows_are_named)
{
    static const char *const CHANGES[] = {
        "UPDATE trait SET value = 'changed' WHERE value = 'w3'",
        "UPDATE trait SET class = 44 WHERE value = 'w3'",
        "UPDATE trait_name SET hash = hash + 1000 WHERE trait = 4",
        "DELETE FROM trait_name WHERE trait = 4",
        "UPDATE posting SET count = count + 1 WHERE trait = 4",
        "DELETE FROM posting WHERE trait = 4",
        "INSERT INTO posting VALUES (2, 40, 4, 1, 1, 1)",
        "UPDATE class_count SET traits = traits + 1 WHERE incident = 1",
        "DELETE FROM evidence WHERE id = 2",
        "UPDATE link SET parent = 77 WHERE seq = 1",
        ("INSERT INTO remark (number, stix_id, version, incident, author, at_us, removed, text)"
         " VALUES (77, 'note--x', 2, 1, 'a', 0, 0, 'the second without a first')"),
    };
    for (size_t i = 0; i < HMI_COUNT(CHANGES); i++) {
        hmi_store *store = spoiled(filled(), CHANGES[i]);
        hmi_verify_report report;
        if (room_verify(store, true, &report) == 0) {
            print_error("not noticed: %s\n", CHANGES[i]);
            fail();
        }
        CHECK(report.rows_bad > 0);
        hmi_store_close(store);
    }
}

static void evidence_path(const char *content, char out[300])
{
    char hex[65];
    hmi_sha256 sha256 = hmi_sha256_of(hmi_text_bytes(hmi_text_of(content)));
    hmi_hex(hmi_bytes(sha256.bytes, sizeof(sha256.bytes)), hex);
    snprintf(out, 300, "%s", room_path("book/evidence/%.2s/%s", hex, hex + 2));
}

TEST(damaged_exchanged_and_missing_evidence_is_named)
{
    if (room_server() != NULL) {
        return; /* see a_damaged_depot_is_named */
    }
    hmi_store *store = filled();
    char one[300], two[300], three[300];
    evidence_path("content 1", one);
    evidence_path("content 2", two);
    evidence_path("content 3", three);
    chmod(one, 0600);
    FILE *file = fopen(one, "r+b");
    fseek(file, 70, SEEK_SET);
    fputc(0x55, file);
    fclose(file);
    CHECK_EQ(unlink(two), 0);
    char other[300];
    evidence_path("content 4", other);
    CHECK_EQ(unlink(three), 0);
    CHECK_EQ(link(other, three), 0);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, true, &report), 3);
    CHECK_EQ(report.evidence_bad, 3);
    hm_err err = { 0 };
    uint8_t *bytes = NULL;
    size_t len = 0;
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("content 3"));
    CHECK_EQ(hmi_evidence_bytes(store, &sha256, &bytes, &len, &err), HM_E_CORRUPT);
    hmi_store_close(store);
}

TEST(leftovers_of_a_cut_off_intake_are_removed)
{
    if (room_server() != NULL) {
        return; /* they are rolled back there */
    }
    hmi_store *store = filled();
    char path[300];
    evidence_path("never committed", path);
    *strrchr(path, '/') = '\0';
    mkdir(path, 0700);
    evidence_path("never committed", path);
    FILE *file = fopen(path, "wb");
    fclose(file);
    strcat(path, ".tmp-1-1");
    file = fopen(path, "wb");
    fclose(file);
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.orphans_removed, 2);
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.orphans_removed, 0);
    hmi_store_close(store);
}

/* What evidence_path names, as the depot names it. */
static void spoil_depot(const char *format, const char *content)
{
    char path[300], sql[600];
    evidence_path(content, path);
    snprintf(sql, sizeof(sql), format, strstr(path, "evidence/"));
    room_sql(room_where("book"), sql);
}

TEST(a_damaged_depot_is_named)
{
    if (room_server() == NULL) {
        return;
    }
    hmi_store *store = filled();
    spoil_depot("UPDATE depot_piece SET bytes = set_byte(bytes, 70, 85) WHERE name = '%s'",
                "content 1");
    spoil_depot("DELETE FROM depot_piece WHERE name = '%s'", "content 2");
    spoil_depot("DELETE FROM depot WHERE name = '%s'", "content 3");
    spoil_depot("UPDATE depot SET size = size + 1 WHERE name = '%s'", "content 4");
    spoil_depot("UPDATE depot SET sha256 = sha256('x') WHERE name = '%s'", "content 5");
    spoil_depot("UPDATE depot_piece SET bytes = 'x', sha256 = sha256('x') WHERE name = '%s'",
                "content 6");
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, true, &report), 6);
    CHECK_EQ(report.evidence_bad, 6);
    hmi_store_close(store);
}

static int spoil_segment(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_F && strstr(path, "/postings-") != NULL) {
        chmod(path, 0600);
        FILE *file = fopen(path, "r+b");
        fseek(file, st->st_size / 2, SEEK_SET);
        int c = fgetc(file);
        fseek(file, st->st_size / 2, SEEK_SET);
        fputc(c ^ 1, file);
        fclose(file);
    }
    return 0;
}

static size_t incidents_of(hmi_store *store, const char *word)
{
    hm_err err = { 0 };
    int64_t trait = 0, ids[20];
    size_t total = 0;
    CHECK_OK(hmi_trait_find(store, HMI_STRING, hmi_text_of(word), &trait, &err));
    CHECK_OK(hmi_trait_incidents(store, trait, ids, 20, &total, &err));
    return total;
}

TEST(a_damaged_index_is_named_and_made_again)
{
    hmi_store *store = filled();
    char index[400];
    snprintf(index, sizeof(index), "%.300s/index", store->folder);
    CHECK_EQ(incidents_of(store, "common"), 6);
    hmi_store_close(store);
    nftw(index, spoil_segment, 8, FTW_PHYS);
    store = room_open("book");
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, true, &report), 1);
    CHECK_EQ(report.index_rebuilt, 1);
    CHECK_EQ(incidents_of(store, "common"), 6);
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
    /* Asking finds it out too, and mends it. */
    nftw(index, spoil_segment, 8, FTW_PHYS);
    store = room_open("book");
    for (int i = 0; i < 10; i++) {
        char word[8];
        snprintf(word, sizeof(word), "w%d", i);
        CHECK_EQ(incidents_of(store, word), 1);
    }
    CHECK_EQ(incidents_of(store, "common"), 6);
    hmi_store_close(store);
    /* And it may vanish altogether. */
    room_remove(index);
    mkdir(index, 0700);
    store = room_open("book");
    CHECK_EQ(incidents_of(store, "common"), 6);
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

TEST(an_index_of_another_history_is_noticed)
{
    hmi_store *store = filled();
    store = spoiled(store, "DELETE FROM occurrence WHERE trait = 4;"
                           "DELETE FROM posting WHERE trait = 4;"
                           "UPDATE class_count SET traits = traits - 1 WHERE incident = 1");
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, true, &report), 1);
    CHECK_EQ(report.index_rebuilt, 1);
    CHECK_EQ(room_verify(store, false, &report), 0);
    hmi_store_close(store);
}

RUN_TESTS()
