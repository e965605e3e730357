/* SPDX-License-Identifier: Apache-2.0
 * What PostgreSQL is told in other words than SQLite.
 */
#include "check.h"
#include "engine/dialect.h"

static hmi_buf out;

static const char *made(void)
{
    CHECK_EQ(out.bad, 0);
    return (const char *)out.ptr;
}

TEST(parameters_are_numbered_with_a_dollar_but_not_in_literals)
{
    hmi_buf_clear(&out);
    hmi_dialect_query("SELECT '?1''?2' FROM t WHERE a = ?1 AND b = ?12 AND c = ?1", &out);
    CHECK_CSTR(made(), "SELECT '?1''?2' FROM t WHERE a = $1 AND b = $12 AND c = $1");
    hmi_buf_clear(&out);
    hmi_dialect_query("INSERT INTO t (a, b) VALUES (?, ?)", &out);
    CHECK_CSTR(made(), "INSERT INTO t (a, b) VALUES ($1, $2)");
}

TEST(tables_lose_what_only_sqlite_knows)
{
    hmi_buf_clear(&out);
    hmi_dialect_script("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT NOT NULL,"
                       " raw BLOB, of INTEGER REFERENCES u (id), CHECK (text <> 'TEXT')"
                       ") STRICT, WITHOUT ROWID;CREATE TABLE u (id INTEGER) STRICT;",
                       &out);
    CHECK_CSTR(made(), "CREATE TABLE t (id bigint PRIMARY KEY, text bytea NOT NULL,"
                       " raw bytea, of bigint , CHECK (text <> 'TEXT')"
                       ") ;CREATE TABLE u (id bigint) ;");
}

TEST(keys_that_may_be_long_are_kept_by_their_hash)
{
    hmi_buf_clear(&out);
    hmi_dialect_script("path BLOB, PRIMARY KEY (scope, path)) STRICT", &out);
    CHECK_CSTR(made(), "path bytea, path_hash bytea GENERATED ALWAYS AS (sha256(path)) STORED,"
                       " PRIMARY KEY (scope, path_hash)) ");
    hmi_buf_clear(&out);
    hmi_dialect_query("SELECT size FROM stamp WHERE scope = ?1 AND path = ?2", &out);
    CHECK_CSTR(made(), "SELECT size FROM stamp WHERE scope = $1 AND path = $2"
                       " AND path_hash = sha256($2)");
}

TEST(an_insert_of_bare_parameters_is_a_copy)
{
    hmi_buf_clear(&out);
    CHECK(hmi_dialect_copy("INSERT INTO t (a, b) VALUES (?1, ?2)", &out));
    CHECK_CSTR(made(), "COPY t (a, b) FROM STDIN (FORMAT binary)");
    hmi_buf_clear(&out);
    CHECK(hmi_dialect_copy("INSERT INTO t (a, b) VALUES (?, ?)", &out));
    static const char *const NONE[] = {
        "INSERT INTO t (a, b) VALUES (?2, ?1)",
        "INSERT INTO t (a, b) VALUES (?1, 1)",
        "INSERT INTO t (a, b) VALUES (?1, ?2) ON CONFLICT (a) DO NOTHING",
        "INSERT INTO t (a, b) VALUES ((SELECT max(a) FROM t), ?1)",
    };
    for (size_t i = 0; i < HMI_COUNT(NONE); i++) {
        hmi_buf_clear(&out);
        CHECK(!hmi_dialect_copy(NONE[i], &out));
        CHECK_EQ(out.len, 0);
    }
}

TEST(many_rows_and_many_questions_go_as_arrays)
{
    static const hmi_dialect_kind KINDS[] = { HMI_DIALECT_NUMBER, HMI_DIALECT_BYTES };
    hmi_buf_clear(&out);
    hmi_dialect_insert_many("INSERT INTO t (a, b, c) VALUES (?, 1, ?) ON CONFLICT (a) DO NOTHING",
                            KINDS, 2, &out);
    CHECK_CSTR(made(), "INSERT INTO t (a, b, c) SELECT q.p1, 1, q.p2"
                       " FROM unnest($1::bigint[], $2::bytea[]) AS q(p1, p2)"
                       " ON CONFLICT (a) DO NOTHING");
    hmi_buf_clear(&out);
    hmi_dialect_ask_many("SELECT a FROM t WHERE b = ?2 AND a > ?1", KINDS, 2, &out);
    CHECK_CSTR(made(),
               "SELECT a.*, q.n FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY"
               " AS q(p1, p2, n) CROSS JOIN LATERAL (SELECT a FROM t WHERE b = q.p2 AND a > q.p1"
               " OFFSET 0) AS a ORDER BY q.n");
    hmi_buf_fini(&out);
}

RUN_TESTS()
