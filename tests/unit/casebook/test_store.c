/* SPDX-License-Identifier: Apache-2.0
 *
 * test_store.c - making, opening, migrating; incidents; stamps; readers beside a writer.
 */
#include "base/time.h"
#include "casebook/inside.h"
#include "casebook/schema.h"
#include "engine/sqlite.h"
#include "room.h"

TEST(a_casebook_is_made_once_and_only_where_nothing_is)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    CHECK_EQ(hmi_store_open(room_where("absent"), NULL, &store, &err), HM_E_NOT_FOUND);
    room_clear("book");
    CHECK_OK(hmi_store_create(room_where("book"), &err));
    CHECK_EQ(hmi_store_create(room_where("book"), &err), HM_E_EXISTS);
    CHECK(strstr(err.text, room_server() ? "already" : "not empty") != NULL);
    CHECK_EQ(hmi_store_create(room_where(room_server() ? "nowhere" : "no/such/parent"), &err),
             HM_E_NOT_FOUND);
    CHECK_EQ(hmi_store_open(NULL, NULL, &store, &err), HM_E_MISUSE);
    CHECK_OK(hmi_store_open(room_where("book"), NULL, &store, &err));
    hmi_store_close(store);
    hmi_store_close(NULL);
}

static void spoil(const char *name, const char *sql, const char *on_server)
{
    sqlite3 *db = NULL;
    if (room_server() != NULL) {
        room_sql(room_where(name), on_server);
        return;
    }
    CHECK_EQ(sqlite3_open(room_path("%s/casebook.db", name), &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

TEST(what_is_no_casebook_or_too_new_is_refused)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    hmi_store_close(room_store("book"));
    spoil("book", "PRAGMA application_id = 7", "UPDATE casebook SET application = 7");
    CHECK_EQ(hmi_store_open(room_where("book"), NULL, &store, &err), HM_E_CORRUPT);
    hmi_store_close(room_store("book"));
    spoil("book", "PRAGMA user_version = 1000", "UPDATE casebook SET version = 1000");
    CHECK_EQ(hmi_store_open(room_where("book"), NULL, &store, &err), HM_E_UNSUPPORTED);
    CHECK(strstr(err.text, "newer") != NULL);
    if (room_server() != NULL) {
        return;
    }
    FILE *file = fopen(room_path("book/casebook.db"), "wb");
    fputs("this is no database at all, but long enough to be one; this is no database at all, ....",
          file);
    fclose(file);
    CHECK_EQ(hmi_store_open(room_path("book"), NULL, &store, &err), HM_E_CORRUPT);
    CHECK(store == NULL);
}

/* The next release's second step, applied to a database of the first. */
TEST(an_older_database_becomes_a_newer_one_and_keeps_what_it_had)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    (void)room_incident(store, "kept");
    size_t count = 0;
    const hmi_migration *now = hmi_migrations(&count);
    hmi_migration next[8];
    memcpy(next, now, count * sizeof(*now));
    next[count] = (hmi_migration){ now[count - 1].version + 1,
                                   "ALTER TABLE incident ADD COLUMN colour TEXT" };
    CHECK_OK(hmi_schema_migrate(store->engine, next, count + 1, &err));
    CHECK_OK(hmi_schema_migrate(store->engine, next, count + 1, &err));
    int version = 0;
    CHECK_OK(hmi_engine_version(store->engine, &version, &err));
    CHECK_EQ(version, now[count - 1].version + 1);
    CHECK_OK(hmi_engine_script(store->engine, "SELECT colour FROM incident", &err));
    CHECK_EQ(hmi_schema_migrate(store->engine, now, count, &err), HM_E_UNSUPPORTED);
    /* A step that fails leaves the version before it. */
    next[count + 1] = (hmi_migration){ version + 1, "CREATE TABLE half (a); NONSENSE" };
    CHECK_EQ(hmi_schema_migrate(store->engine, next, count + 2, &err), HM_E_IO);
    CHECK_OK(hmi_engine_version(store->engine, &version, &err));
    CHECK_EQ(version, now[count - 1].version + 1);
    CHECK(hmi_engine_script(store->engine, "SELECT a FROM half", &err) != HM_OK);
    hmi_store_close(store);
}

TEST(the_database_is_opened_the_careful_way)
{
    static const struct {
        const char *pragma, *value;
    } WANTED[] = { { "PRAGMA journal_mode", "wal" },
                   { "PRAGMA synchronous", "2" },
                   { "PRAGMA trusted_schema", "0" },
                   { "PRAGMA cell_size_check", "1" } };
    if (room_server() != NULL) {
        return;
    }
    hmi_store *store = room_store("book");
    for (size_t i = 0; i < HMI_COUNT(WANTED); i++) {
        sqlite3_stmt *stmt = NULL;
        CHECK_EQ(
            sqlite3_prepare_v2(hmi_sqlite_handle(store->engine), WANTED[i].pragma, -1, &stmt, NULL),
            SQLITE_OK);
        CHECK_EQ(sqlite3_step(stmt), SQLITE_ROW);
        CHECK_CSTR((const char *)sqlite3_column_text(stmt, 0), WANTED[i].value);
        sqlite3_finalize(stmt);
    }
    CHECK(sqlite3_exec(hmi_sqlite_handle(store->engine),
                       "PRAGMA writable_schema=ON; DELETE FROM sqlite_schema", NULL, NULL,
                       NULL) != SQLITE_OK);
    hmi_store_close(store);
}

TEST(incidents_are_found_by_name_and_listed)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    int64_t b = room_incident(store, "b"), a = room_incident(store, "a");
    CHECK_EQ(room_incident(store, "b"), b);
    CHECK(a != b);
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 16);
    hmi_incident *list = NULL, one;
    size_t count = 0;
    uint64_t total = 0;
    CHECK_OK(hmi_incident_list(store, &arena, &list, &count, &err));
    CHECK_EQ(count, 2);
    CHECK_TEXT(list[0].name, "a");
    CHECK(list[0].evidence_count == 0 && list[0].trait_count == 0);
    CHECK_OK(hmi_incident_find(store, &arena, HM_TEXT("b"), &one, &err));
    CHECK_EQ(one.id, b);
    CHECK(one.stix_id.len == 46 && memcmp(one.stix_id.ptr, "incident--", 10) == 0);
    CHECK(!hmi_text_eq(one.stix_id, list[0].stix_id));
    CHECK_OK(hmi_incident_count(store, &total, &err));
    CHECK_EQ(total, 2);
    CHECK_EQ(hmi_incident_find(store, &arena, HM_TEXT("c"), &one, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hmi_incident_get(store, &arena, 99, &one, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hmi_incident_put(store, HM_TEXT(""), &a, &err), HM_E_MISUSE);
    hmi_arena tiny;
    hmi_arena_init(&tiny, 16);
    CHECK_EQ(hmi_incident_get(store, &tiny, b, &one, &err), HM_E_LIMIT);
    hmi_arena_fini(&tiny);
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(a_reader_sees_what_was_committed_and_cannot_write)
{
    hm_err err = { 0 };
    hmi_store *writer = room_store("book"), *reader = NULL;
    int64_t id = 0;
    hmi_store_options options = { .read_only = true };
    CHECK_OK(hmi_store_open(room_where("book"), &options, &reader, &err));
    (void)room_incident(writer, "a");
    uint64_t count = 0;
    CHECK_OK(hmi_incident_count(reader, &count, &err));
    CHECK_EQ(count, 1);
    CHECK_EQ(hmi_incident_put(reader, HM_TEXT("b"), &id, &err), HM_E_DENIED);
    CHECK_OK(hmi_begin(writer, &err));
    CHECK_OK(hmi_incident_count(reader, &count, &err));
    hmi_store *second = NULL;
    options = (hmi_store_options){ .busy_ms = 1 };
    CHECK_OK(hmi_store_open(room_where("book"), &options, &second, &err));
    CHECK_EQ(hmi_incident_put(second, HM_TEXT("b"), &id, &err), HM_E_BUSY);
    CHECK(strstr(err.text, "another process") != NULL);
    hmi_rollback(writer);
    CHECK_OK(hmi_incident_put(second, HM_TEXT("b"), &id, &err));
    hmi_store_close(second);
    hmi_store_close(reader);
    hmi_store_close(writer);
}

TEST(unchanged_files_are_remembered_and_changed_or_fresh_ones_are_not)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    hmi_file_stamp stamp = { 1, UINT64_MAX, 3, 4, 5 };
    hmi_sha256 is = hmi_sha256_of(HM_BYTES("x")), got;
    hm_bytes path = HM_BYTES("/evidence/\xff.bin");
    CHECK_EQ(hmi_stamp_find(store, 1, path, &stamp, &got, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_stamp_put(store, 1, path, &stamp, &is, &err));
    CHECK_OK(hmi_stamp_find(store, 1, path, &stamp, &got, &err));
    CHECK_OK(hmi_stamp_flush(store, &err));
    hmi_store_close(store);
    store = room_open("book");
    CHECK_OK(hmi_stamp_find(store, 1, path, &stamp, &got, &err));
    CHECK(memcmp(&got, &is, sizeof(is)) == 0);
    CHECK_EQ(hmi_stamp_find(store, 2, path, &stamp, &got, &err), HM_E_NOT_FOUND);
    hmi_file_stamp changed = stamp;
    changed.changed_ns++;
    CHECK_EQ(hmi_stamp_find(store, 1, path, &changed, &got, &err), HM_E_NOT_FOUND);
    CHECK_OK(hmi_stamp_put(store, 1, path, &changed, &is, &err));
    CHECK_EQ(hmi_stamp_find(store, 1, path, &stamp, &got, &err), HM_E_NOT_FOUND);
    hmi_file_stamp fresh = stamp;
    fresh.modified_ns = hmi_now_us() * 1000;
    CHECK_OK(hmi_stamp_put(store, 1, HM_BYTES("/new"), &fresh, &is, &err));
    CHECK_EQ(hmi_stamp_find(store, 1, HM_BYTES("/new"), &fresh, &got, &err), HM_E_NOT_FOUND);
    hmi_store_close(store);
}

RUN_TESTS()
