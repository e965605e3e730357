/* SPDX-License-Identifier: Apache-2.0
 *
 * test_move.c - a casebook copied elsewhere is the same casebook, and nothing is left out.
 */
#include "casebook/inside.h"
#include "casebook/move.h"
#include "engine/sqlite.h"
#include "room.h"

typedef struct known {
    const char *name, *columns, *kinds;
} known;

static const known TABLES[] = {
#define HMI_TABLE(name, columns, parameters, kinds) { #name, columns, kinds },
#include "casebook/tables.h"
#undef HMI_TABLE
};

static void ask(hmi_store *store, const char *sql, char out[1000])
{
    sqlite3_stmt *stmt = NULL;
    CHECK_EQ(sqlite3_prepare_v2(hmi_sqlite_handle(store->engine), sql, -1, &stmt, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_step(stmt), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(stmt, 0);
    snprintf(out, 1000, "%s", text != NULL ? text : "");
    sqlite3_finalize(stmt);
}

TEST(every_table_and_column_of_the_schema_is_moved)
{
    if (room_server() != NULL) {
        return; /* the schema is the same */
    }
    hmi_store *store = room_store("book");
    char is[1000], sql[300];
    ask(store, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", is);
    CHECK_EQ(strtol(is, NULL, 10), HMI_COUNT(TABLES));
    for (size_t i = 0; i < HMI_COUNT(TABLES); i++) {
        snprintf(sql, sizeof(sql), "SELECT group_concat(name, ', ') FROM pragma_table_info('%s')",
                 TABLES[i].name);
        ask(store, sql, is);
        CHECK_CSTR(is, TABLES[i].columns);
        snprintf(sql, sizeof(sql),
                 "SELECT group_concat(CASE type WHEN 'INTEGER' THEN 'n' WHEN 'TEXT' THEN 't'"
                 " ELSE 'b' END, '') FROM pragma_table_info('%s')",
                 TABLES[i].name);
        ask(store, sql, is);
        CHECK_CSTR(is, TABLES[i].kinds);
    }
    hmi_store_close(store);
}

/* Something in most tables, with what may be null or odd. */
static void fill(const char *name)
{
    hm_err err = { 0 };
    hmi_store *store = room_store(name);
    int64_t incident = room_incident(store, "first"), other = room_incident(store, "second"), id;
    for (int i = 0; i < 300; i++) {
        char content[40], words[200];
        snprintf(content, sizeof(content), "content %d", i);
        snprintf(words, sizeof(words), "common w%d x%d y%d \xc3\xa9%d", i, i, i / 7, i);
        room_piece piece = { .incident = i % 3 == 0 ? other : incident,
                             .content = content,
                             .words = words,
                             .keep = i % 2 == 0 };
        if (i % 20 == 0) {
            hmi_group_begin(store);
        }
        CHECK_OK(room_add(store, &piece, &id, &err));
        if (i % 20 == 19) {
            CHECK_OK(hmi_group_commit(store, &err));
        }
    }
    hmi_baseline_batch *batch = NULL;
    hmi_trait trait = room_trait(HMI_STRING, "common");
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("harmless"));
    CHECK_OK(hmi_baseline_begin(store, &batch, &err));
    CHECK_OK(hmi_baseline_file(batch, &sha256, HM_BYTES("harmless"), &trait, 1, &err));
    CHECK_OK(hmi_baseline_commit(batch, &err));
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_remark remark;
    CHECK_OK(
        hmi_remark_add(store, &arena, incident, HM_TEXT("ann"), HM_TEXT("a note"), &remark, &err));
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

static void check_moved(const char *where)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    CHECK_OK(hmi_store_open(where, NULL, &store, &err));
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    CHECK_EQ(report.evidence_checked, 150);
    hmi_key key = hmi_trait_key(HMI_STRING, HM_TEXT("common"));
    uint32_t count = 0;
    CHECK_OK(hmi_baseline_counts(store, &key, 1, &count, &err));
    CHECK_EQ(count, 1);
    int64_t trait = 0;
    size_t incidents = 0;
    CHECK_OK(hmi_trait_find(store, HMI_STRING, HM_TEXT("common"), &trait, &err));
    CHECK_OK(hmi_trait_incident_count(store, trait, &incidents, &err));
    CHECK_EQ(incidents, 2);
    room_piece piece = { .incident = 1, .content = "one more", .words = "common new" };
    int64_t id = 0;
    CHECK_OK(room_add(store, &piece, &id, &err)); /* it goes on where the old one stopped */
    CHECK_EQ(id, 301);
    hmi_store_close(store);
}

TEST(a_moved_casebook_is_the_same_and_goes_on)
{
    hm_err err = { 0 };
    hmi_move_report there = { 0 }, back = { 0 };
    fill("book");
    room_clear("other");
    CHECK_OK(hmi_store_move(room_where("book"), room_where("other"), &there, &err));
    CHECK_EQ(there.tables, HMI_COUNT(TABLES));
    CHECK_EQ(there.evidence, 150);
    CHECK(there.files == 151 && there.rows > 300 * 6);
    CHECK_EQ(hmi_store_move(room_where("book"), room_where("other"), &back, &err), HM_E_EXISTS);
    room_remove(room_path("third")); /* a folder, whatever the others are */
    CHECK_OK(hmi_store_move(room_where("other"), room_path("third"), &back, &err));
    CHECK(back.rows == there.rows && back.files == there.files && back.bytes == there.bytes);
    check_moved(room_where("other"));
    check_moved(room_path("third"));
    if (room_server() != NULL) {
        room_clear("fourth");
        CHECK_OK(hmi_store_move(room_path("third"), room_where("fourth"), &back, &err));
        CHECK(back.rows > there.rows);
    }
}

TEST(what_cannot_be_moved_is_not_half_there)
{
    hm_err err = { 0 };
    hmi_move_report report = { 0 };
    hmi_store *store = NULL;
    fill("book");
    room_clear("other");
    CHECK_EQ(hmi_store_move(room_where("absent"), room_where("other"), &report, &err),
             HM_E_NOT_FOUND);
    if (room_server() == NULL) {
        char path[500];
        snprintf(path, sizeof(path), "find %s/evidence -type f | head -1 | xargs rm -f",
                 room_where("book"));
        CHECK_EQ(system(path), 0);
    } else {
        room_sql(room_where("book"), "DELETE FROM depot_piece WHERE name LIKE 'evidence/%'");
    }
    room_clear("other");
    CHECK(hmi_store_move(room_where("book"), room_where("other"), &report, &err) != HM_OK);
    CHECK_EQ(hmi_store_open(room_where("other"), NULL, &store, &err), HM_E_CORRUPT);
    CHECK(strstr(err.text, "unfinished") != NULL);
    if (room_server() != NULL) { /* begun anew in the same place */
        fill("book");
        CHECK_OK(hmi_store_move(room_where("book"), room_where("other"), &report, &err));
        check_moved(room_where("other"));
        room_clear("other"); /* somebody else's table stays what it is, however often it is tried */
        char sql[200];
        snprintf(sql, sizeof(sql),
                 "CREATE TABLE t%d_other.link (theirs bigint);"
                 "INSERT INTO t%d_other.link VALUES (7)",
                 (int)getpid(), (int)getpid());
        room_sql(room_server(), sql);
        for (int again = 0; again < 2; again++) {
            CHECK(hmi_store_move(room_where("book"), room_where("other"), &report, &err) != HM_OK);
        }
        snprintf(sql, sizeof(sql), "SELECT 1 / (SELECT count(*) FROM t%d_other.link)",
                 (int)getpid());
        room_sql(room_server(), sql);
    }
}

RUN_TESTS()
