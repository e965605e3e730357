/* SPDX-License-Identifier: Apache-2.0
 * The contract of engine.h, kept by both makers: a file of SQLite, and, when HALLMARK_TEST_POSTGRES
 * names a server, PostgreSQL.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "check.h"
#include "engine/postgres.h"
#include "engine/sqlite.h"

enum { THING_ADD, THING_ADD_MANY, THING_GET, THING_ALL, THING_SUM, THING_UP, THING_BY_NAME, COUNT };
static const char *const SQL[COUNT] = {
    [THING_ADD] = ("INSERT INTO thing (id, name, raw, of) VALUES (?1, ?2, ?3, ?4)"),
    [THING_ADD_MANY] = ("INSERT INTO thing (id, name, raw, of) VALUES (?, ?, ?, ?), (?, ?, ?, ?),"
                        " (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?),"
                        " (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?),"
                        " (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)"),
    [THING_GET] = ("SELECT id, name, raw, of FROM thing WHERE id = ?1"),
    [THING_ALL] = ("SELECT id, name FROM thing WHERE id > ?1 ORDER BY name"),
    [THING_SUM] = ("SELECT count(*), coalesce(CAST(sum(id) AS BIGINT), 0), 7 FROM thing"),
    [THING_UP] = ("INSERT INTO thing (id, name, raw, of) VALUES (?1, ?2, ?3, 1)"
                  " ON CONFLICT (id) DO UPDATE SET of = thing.of + 1, name = excluded.name"),
    [THING_BY_NAME] = ("SELECT id FROM thing WHERE name = ?1"),
};
static const bool WALKS[COUNT] = { [THING_ALL] = true };
static const hmi_engine_plan PLAN = { SQL, WALKS, COUNT };
static const char SCHEMA[] = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                             " raw BLOB NOT NULL, of INTEGER) STRICT;";

static char file[] = "/tmp/hallmark-engine-XXXXXX";

static const char *address(void)
{
    return getenv("HALLMARK_TEST_POSTGRES");
}

static hmi_engine *open_engine(bool create, uint32_t busy_ms)
{
    hm_err err = { 0 };
    hmi_engine *engine = NULL;
    if (address() != NULL) {
        hmi_postgres_options options = { .create = create, .busy_ms = busy_ms };
        CHECK_OK(hmi_postgres_open(address(), &PLAN, &options, &engine, &err));
    } else {
        hmi_sqlite_options options = { .create = create, .busy_ms = busy_ms };
        CHECK_OK(hmi_sqlite_open(file, &PLAN, &options, &engine, &err));
    }
    return engine;
}

/* An engine with an empty table. */
static hmi_engine *fresh(void)
{
    hm_err err = { 0 };
    if (address() == NULL) {
        int fd = mkstemp(file);
        if (fd < 0) { /* the template is used up: the file of the test before */
            unlink(file);
        } else {
            close(fd);
        }
    }
    hmi_engine *engine = open_engine(true, 1000);
    CHECK_OK(hmi_engine_script(engine, "DROP TABLE IF EXISTS thing", &err));
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    CHECK_OK(hmi_engine_script(engine, SCHEMA, &err));
    CHECK_OK(hmi_engine_commit(engine, &err));
    return engine;
}

static void add(hmi_engine *engine, int64_t id, hm_text name, hm_bytes raw, int64_t of)
{
    hm_err err = { 0 };
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, THING_ADD, &stmt, &err));
    hmi_bind(stmt, 1, id);
    hmi_bind_text(stmt, 2, name);
    hmi_bind_bytes(stmt, 3, raw);
    hmi_bind_unless(stmt, 4, of, -1);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 0);
}

static int64_t sum(hmi_engine *engine, int64_t *ret_count)
{
    hm_err err = { 0 };
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, THING_SUM, &stmt, &err));
    CHECK_EQ(hmi_stmt_step(stmt, &err), 1);
    CHECK_EQ(hmi_column(stmt, 2), 7);
    *ret_count = hmi_column(stmt, 0);
    int64_t all = hmi_column(stmt, 1);
    hmi_reset(stmt);
    return all;
}

TEST(values_come_back_as_they_went_in)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    const hm_text odd = hmi_text("a\0b\xc3\xa9'\\x", 9);
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    add(engine, INT64_MAX, odd, HM_BYTES("\0\1\377"), INT64_MIN);
    add(engine, -5, HM_TEXT(""), hmi_bytes("", 0), -1);
    CHECK_OK(hmi_engine_commit(engine, &err));
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, THING_GET, &stmt, &err));
    hmi_bind(stmt, 1, INT64_MAX);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 1);
    CHECK_EQ(hmi_column(stmt, 0), INT64_MAX);
    CHECK(hmi_bytes_eq(hmi_column_lent(stmt, 1), hmi_text_bytes(odd)));
    CHECK(hmi_bytes_eq(hmi_column_lent(stmt, 2), HM_BYTES("\0\1\377")));
    CHECK_EQ(hmi_column(stmt, 3), INT64_MIN);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 0);
    hmi_bind(stmt, 1, -5);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 1);
    CHECK_EQ(hmi_column_lent(stmt, 2).len, 0);
    CHECK(hmi_column_is_null(stmt, 3));
    CHECK_EQ(hmi_column_or(stmt, 3, 9), 9);
    CHECK_EQ(hmi_column(stmt, 3), 0);
    hmi_reset(stmt);
    hmi_bind(stmt, 1, 6);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 0);
    hmi_engine_close(engine);
}

TEST(two_statements_stand_in_the_middle_of_their_answers)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    for (int64_t i = 1; i <= 1000; i++) {
        char name[20];
        snprintf(name, sizeof(name), "%04lld", (long long)(1000 - i));
        add(engine, i, hmi_text_of(name), HM_BYTES("x"), i);
    }
    CHECK_OK(hmi_engine_commit(engine, &err));
    for (int inside = 0; inside < 2; inside++) { /* a walk by itself, and in a transaction */
        if (inside) {
            CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_READING, &err));
        }
        hmi_stmt *walk = NULL, *get = NULL;
        CHECK_OK(hmi_engine_statement(engine, THING_ALL, &walk, &err));
        hmi_bind(walk, 1, 0);
        int64_t want = 1000;
        int rc;
        while ((rc = hmi_stmt_step(walk, &err)) == 1) {
            CHECK_EQ(hmi_column(walk, 0), want--);
            CHECK_OK(hmi_engine_statement(engine, THING_GET, &get, &err));
            hmi_bind(get, 1, hmi_column(walk, 0));
            CHECK_EQ(hmi_stmt_step(get, &err), 1);
            CHECK(hmi_bytes_eq(hmi_column_lent(get, 1), hmi_column_lent(walk, 1)));
        }
        CHECK_EQ(rc, 0);
        CHECK_EQ(want, 0);
        CHECK_OK(hmi_engine_statement(engine, THING_ALL, &walk, &err)); /* left in the middle */
        hmi_bind(walk, 1, 0);
        CHECK_EQ(hmi_stmt_step(walk, &err), 1);
        hmi_reset(walk);
        hmi_bind(walk, 1, 999);
        CHECK_EQ(hmi_stmt_step(walk, &err), 1);
        CHECK_EQ(hmi_column(walk, 0), 1000);
        CHECK_EQ(hmi_engine_in_transaction(engine), inside);
        if (inside) {
            CHECK_OK(hmi_engine_commit(engine, &err));
        }
    }
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err)); /* with a walk still open */
    CHECK_OK(hmi_engine_commit(engine, &err));
    hmi_engine_close(engine);
}

static void bind_thing(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    const int64_t *base = with;
    const int64_t id = *base + (int64_t)index;
    hmi_bind(stmt, first, id);
    hmi_bind_text(stmt, first + 1, HM_TEXT("n\0m"));
    hmi_bind_bytes(stmt, first + 2, hmi_bytes("0123456789", (size_t)(id % 10)));
    hmi_bind_unless(stmt, first + 3, id % 3, 0);
}

static void bind_up(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    hmi_bind(stmt, first, *(const int64_t *)with + (int64_t)index);
    hmi_bind_text(stmt, first + 1, HM_TEXT("up"));
    hmi_bind_bytes(stmt, first + 2, HM_BYTES("u"));
}

static void bind_id(hmi_stmt *stmt, int first, const void *with, size_t index)
{
    hmi_bind(stmt, first, ((const int64_t *)with)[index]);
}

typedef struct taken {
    size_t count;
    int64_t ids[16];
    size_t which[16];
} taken;

static int take(hmi_stmt *stmt, void *with, size_t index, hm_err *err)
{
    taken *all = with;
    if (all->count == HMI_COUNT(all->ids)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "enough");
    }
    all->which[all->count] = index;
    all->ids[all->count++] = hmi_column(stmt, 0);
    return HM_OK;
}

TEST(many_rows_go_in_at_once_whatever_their_number)
{
    static const size_t NUMBERS[] = { 0, 1, 2, 31, 32, 33, 20000 };
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    int64_t base = 1, count = 0, want = 0, all = 0;
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    for (size_t i = 0; i < HMI_COUNT(NUMBERS); i++) {
        CHECK_OK(engine->ops->write_many(engine, THING_ADD, THING_ADD_MANY, 4, NUMBERS[i],
                                         bind_thing, &base, &err));
        for (size_t k = 0; k < NUMBERS[i]; k++) {
            want += base + (int64_t)k;
        }
        base += (int64_t)NUMBERS[i];
        all += (int64_t)NUMBERS[i];
        CHECK_EQ(sum(engine, &count), want);
        CHECK_EQ(count, all);
    }
    CHECK_OK(hmi_engine_commit(engine, &err));
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, THING_GET, &stmt, &err));
    hmi_bind(stmt, 1, 17);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 1);
    CHECK(hmi_bytes_eq(hmi_column_lent(stmt, 1), HM_BYTES("n\0m")));
    CHECK(hmi_bytes_eq(hmi_column_lent(stmt, 2), HM_BYTES("0123456")));
    CHECK_EQ(hmi_column(stmt, 3), 2);
    hmi_reset(stmt);
    hmi_engine_close(engine);
}

TEST(rows_that_are_there_already_are_changed)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    int64_t base = 1, count = 0;
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    for (int again = 0; again < 2; again++) {
        CHECK_OK(engine->ops->write_many(engine, THING_UP, THING_UP, 3, 1, bind_up, &base, &err));
    }
    if (address() != NULL) { /* SQLite's maker would need a statement of several rows */
        CHECK_OK(engine->ops->write_many(engine, THING_UP, THING_UP, 3, 50, bind_up, &base, &err));
        CHECK_EQ(sum(engine, &count), 50 * 51 / 2);
    }
    CHECK_OK(hmi_engine_commit(engine, &err));
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, THING_GET, &stmt, &err));
    hmi_bind(stmt, 1, 1);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 1);
    CHECK_EQ(hmi_column(stmt, 3), address() != NULL ? 3 : 2);
    hmi_engine_close(engine);
}

TEST(many_questions_are_answered_by_their_number)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    int64_t base = 1;
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    CHECK_OK(engine->ops->write_many(engine, THING_ADD, THING_ADD_MANY, 4, 100, bind_thing, &base,
                                     &err));
    CHECK_OK(hmi_engine_commit(engine, &err));
    static const int64_t IDS[] = { 7, 500, 3, 3, -1, 100 };
    taken all = { 0 };
    CHECK_OK(engine->ops->ask_many(engine, THING_GET, 1, HMI_COUNT(IDS), bind_id, IDS, take, &all,
                                   &err));
    CHECK_EQ(all.count, 4);
    for (size_t i = 0; i < all.count; i++) {
        CHECK_EQ(all.ids[i], IDS[all.which[i]]);
        CHECK(i == 0 || all.which[i - 1] < all.which[i]);
    }
    CHECK_OK(engine->ops->ask_many(engine, THING_GET, 1, 0, bind_id, IDS, take, &all, &err));
    static int64_t many[20000]; /* more than one part; the taker's own error ends it */
    for (size_t i = 0; i < HMI_COUNT(many); i++) {
        many[i] = i < 19990 ? -1 : 5;
    }
    all.count = 0;
    CHECK_OK(engine->ops->ask_many(engine, THING_GET, 1, HMI_COUNT(many), bind_id, many, take, &all,
                                   &err));
    CHECK_EQ(all.count, 10);
    CHECK_EQ(all.which[0], 19990);
    many[0] = many[1] = many[2] = many[3] = 1;
    many[4] = many[5] = many[6] = many[7] = 1;
    all.count = 0;
    CHECK_EQ(engine->ops->ask_many(engine, THING_GET, 1, HMI_COUNT(many), bind_id, many, take, &all,
                                   &err),
             HM_E_LIMIT);
    hmi_engine_close(engine);
}

TEST(a_transaction_is_all_or_nothing_and_a_reader_sees_one_moment)
{
    hm_err err = { 0 };
    hmi_engine *writer = fresh(), *reader = open_engine(false, 1000);
    int64_t count = 0;
    CHECK(!hmi_engine_in_transaction(writer));
    CHECK_OK(hmi_engine_begin(writer, HMI_ENGINE_WRITING, &err));
    CHECK(hmi_engine_in_transaction(writer) && writer->writing);
    add(writer, 1, HM_TEXT("one"), HM_BYTES(""), 1);
    hmi_engine_rollback(writer);
    CHECK(!hmi_engine_in_transaction(writer) && !writer->writing);
    CHECK_EQ(sum(writer, &count), 0);
    CHECK_OK(hmi_engine_begin(reader, HMI_ENGINE_READING, &err));
    CHECK_EQ(sum(reader, &count), 0);
    CHECK_OK(hmi_engine_begin(writer, HMI_ENGINE_WRITING, &err));
    add(writer, 2, HM_TEXT("two"), HM_BYTES(""), 1);
    CHECK_OK(hmi_engine_commit(writer, &err));
    CHECK_EQ(sum(reader, &count), 0);
    CHECK_OK(hmi_engine_commit(reader, &err));
    CHECK_EQ(sum(reader, &count), 2);
    hmi_engine_rollback(reader); /* fine without a transaction */
    hmi_engine_close(reader);
    hmi_engine_close(writer);
}

TEST(a_second_writer_waits_and_then_says_busy)
{
    hm_err err = { 0 };
    hmi_engine *first = fresh(), *second = open_engine(false, 50);
    CHECK_OK(hmi_engine_begin(first, HMI_ENGINE_WRITING, &err));
    CHECK_EQ(hmi_engine_begin(second, HMI_ENGINE_WRITING, &err), HM_E_BUSY);
    CHECK(strstr(err.text, "the casebook is busy") != NULL);
    CHECK(!hmi_engine_in_transaction(second));
    CHECK_OK(hmi_engine_commit(first, &err));
    CHECK_OK(hmi_engine_begin(second, HMI_ENGINE_WRITING, &err));
    add(second, 3, HM_TEXT("three"), HM_BYTES(""), 1);
    CHECK_OK(hmi_engine_commit(second, &err));
    hmi_engine_close(second);
    hmi_engine_close(first);
}

TEST(a_broken_rule_is_said_and_undone)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    int64_t count = 0, base = 1;
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    add(engine, 1, HM_TEXT("one"), HM_BYTES(""), 1);
    CHECK_OK(hmi_engine_commit(engine, &err));
    static const size_t NUMBERS[] = { 1, 100 };
    for (size_t i = 0; i < HMI_COUNT(NUMBERS); i++) { /* number 1 is taken */
        CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
        CHECK_EQ(engine->ops->write_many(engine, THING_ADD, THING_ADD_MANY, 4, NUMBERS[i],
                                         bind_thing, &base, &err),
                 HM_E_CORRUPT);
        hmi_engine_rollback(engine);
        CHECK_EQ(sum(engine, &count), 1);
    }
    hmi_engine_close(engine);
}

TEST(the_version_is_kept)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh();
    int version = -1;
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    CHECK_OK(hmi_engine_version_set(engine, 3, &err));
    CHECK_OK(hmi_engine_commit(engine, &err));
    CHECK_OK(hmi_engine_version(engine, &version, &err));
    CHECK_EQ(version, 3);
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    CHECK_OK(hmi_engine_version_set(engine, 0, &err));
    CHECK_OK(hmi_engine_commit(engine, &err));
    hmi_engine_close(engine);
}

TEST(zz_the_last_one_cleans_up)
{
    if (address() == NULL) {
        unlink(file);
    }
}

RUN_TESTS()
