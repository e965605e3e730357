/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.c - our SQL, which is SQLite's, in PostgreSQL's words.
 *
 * WHY    There is one schema and one list of questions (casebook/schema.c, queries.h). What the
 *        other engine writes otherwise is little, and stands here:
 *        - parameters: ?1 is $1;
 *        - types: INTEGER is bigint, TEXT and BLOB are both bytea. So text is compared and ordered
 *          byte by byte on both, whatever the database's encoding and collation, and may hold
 *          U+0000, which PostgreSQL's own text cannot;
 *        - STRICT, WITHOUT ROWID and REFERENCES are left out: see sqlite.c for why references are
 *          looked up by verify and not at every row;
 *        - an index takes keys up to 2,704 bytes: the two keys that may be longer are kept by hash.
 * TRUST  The SQL is our own literals; what cannot be understood is our own mistake.
 * OWNS   Nothing.
 */
#include "engine/dialect.h"

#include <ctype.h>
#include <stdio.h>

#include "base/error.h"

/* Keys that may be too long for an index; what is asked by them, too. */
static const struct {
    const char *ours, *theirs;
} OTHERWISE[] = {
    { "UNIQUE (incident, evidence, parent, name)",
      "name_hash bytea GENERATED ALWAYS AS (sha256(name)) STORED,"
      " UNIQUE (incident, evidence, parent, name_hash)" },
    { "ON CONFLICT (incident, evidence, parent, name)",
      "ON CONFLICT (incident, evidence, parent, name_hash)" },
    { "PRIMARY KEY (scope, path)",
      "path_hash bytea GENERATED ALWAYS AS (sha256(path)) STORED, PRIMARY KEY (scope, path_hash)" },
    { "ON CONFLICT (scope, path)", "ON CONFLICT (scope, path_hash)" },
    { "scope = ?1 AND path = ?2", "scope = ?1 AND path = ?2 AND path_hash = sha256(?2)" },
};

static const struct {
    const char *ours, *theirs;
} WORDS[] = {
    { "INTEGER", "bigint" },
    { "TEXT", "bytea" },
    { "BLOB", "bytea" },
};

/* Where a string literal that begins at `at` ends. */
static const char *past_literal(const char *at)
{
    for (at++; *at != '\0'; at++) {
        if (*at == '\'' && at[1] == '\'') {
            at++;
        } else if (*at == '\'') {
            return at + 1;
        }
    }
    hmi_assert(false);
    return at;
}

static bool begins(const char *at, const char *with)
{
    return strncmp(at, with, strlen(with)) == 0;
}

static void add(hmi_buf *out, const char *from, const char *to)
{
    hmi_buf_add(out, hmi_bytes(from, (size_t)(to - from)));
}

/* The text with long keys written otherwise; ends with a zero byte. */
static void replace(const char *sql, hmi_buf *out)
{
    while (*sql != '\0') {
        size_t i = 0;
        while (i < HMI_COUNT(OTHERWISE) && !begins(sql, OTHERWISE[i].ours)) {
            i++;
        }
        if (i < HMI_COUNT(OTHERWISE)) {
            hmi_buf_add_cstr(out, OTHERWISE[i].theirs);
            sql += strlen(OTHERWISE[i].ours);
        } else {
            hmi_buf_add_char(out, *sql++);
        }
    }
    hmi_buf_add_char(out, '\0');
}

/* Copies [sql, end) with each parameter as `prefix` and its number. */
static void parameters(const char *sql, const char *end, const char *prefix, hmi_buf *out)
{
    int next = 1;
    while (sql < end) {
        if (*sql == '\'') {
            const char *past = past_literal(sql);
            add(out, sql, past);
            sql = past;
        } else if (*sql == '?') {
            int number = 0;
            for (sql++; sql < end && isdigit((unsigned char)*sql); sql++) {
                number = number * 10 + (*sql - '0');
            }
            hmi_buf_printf(out, "%s%d", prefix, number == 0 ? next++ : number);
        } else {
            hmi_buf_add_char(out, *sql++);
        }
    }
}

typedef void (*rewriter)(const char *sql, void *with, hmi_buf *out);

/* Long keys first, then what `rewrite` makes of it, then a zero byte. */
static void rewritten(const char *sql, rewriter rewrite, void *with, hmi_buf *out)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    replace(sql, &text);
    if (text.bad) {
        out->bad = text.bad;
    } else {
        rewrite((const char *)text.ptr, with, out);
        hmi_buf_add_char(out, '\0');
    }
    hmi_buf_fini(&text);
}

static void query(const char *sql, void *with, hmi_buf *out)
{
    (void)with;
    parameters(sql, sql + strlen(sql), "$", out);
}

void hmi_dialect_query(const char *sql, hmi_buf *out)
{
    rewritten(sql, query, NULL, out);
}

/* ---- Tables */

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Behind "REFERENCES table (column)". */
static const char *past_references(const char *at)
{
    const char *end = strchr(at, ')');
    hmi_assert(end != NULL);
    return end + 1;
}

/* One word of a script; what stands behind it. */
static const char *script_word(const char *at, hmi_buf *out)
{
    const char *end = at;
    while (is_word_char(*end)) {
        end++;
    }
    const size_t len = (size_t)(end - at);
    for (size_t i = 0; i < HMI_COUNT(WORDS); i++) {
        if (len == strlen(WORDS[i].ours) && begins(at, WORDS[i].ours)) {
            hmi_buf_add_cstr(out, WORDS[i].theirs);
            return end;
        }
    }
    if (len == strlen("REFERENCES") && begins(at, "REFERENCES")) {
        return past_references(end);
    }
    if (len == strlen("STRICT") && begins(at, "STRICT")) {
        return strchr(end, ';') != NULL ? strchr(end, ';') : end + strlen(end);
    }
    add(out, at, end);
    return end;
}

static void script(const char *sql, void *with, hmi_buf *out)
{
    (void)with;
    while (*sql != '\0') {
        if (*sql == '\'') {
            const char *past = past_literal(sql);
            add(out, sql, past);
            sql = past;
        } else if (is_word_char(*sql)) {
            sql = script_word(sql, out);
        } else {
            hmi_buf_add_char(out, *sql++);
        }
    }
}

void hmi_dialect_script(const char *sql, hmi_buf *out)
{
    rewritten(sql, script, NULL, out);
}

/* ---- Many rows, many questions */

#define INSERT "INSERT INTO "
#define VALUES " VALUES ("

/* INSERT INTO [into, list - VALUES) VALUES ([list, rest - 1)) [rest... */
typedef struct insert_parts {
    const char *into, *into_end, *list, *list_end, *rest;
} insert_parts;

static insert_parts take_apart(const char *sql)
{
    hmi_assert(begins(sql, INSERT));
    insert_parts parts = { .into = sql + strlen(INSERT), .into_end = strstr(sql, VALUES) };
    hmi_assert(parts.into_end != NULL);
    parts.list = parts.into_end + strlen(VALUES);
    int depth = 1;
    const char *at = parts.list;
    for (; *at != '\0' && depth > 0; at++) {
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
    }
    hmi_assert(depth == 0);
    parts.list_end = at - 1;
    parts.rest = at;
    return parts;
}

/* Are these the parameters, each once, in order, and nothing else? */
static bool only_parameters(const char *at, const char *end)
{
    for (int next = 1; at < end; next++) {
        char want[16];
        int len = snprintf(want, sizeof(want), "?%d", next);
        if (begins(at, want) && !isdigit((unsigned char)at[len])) {
            at += len;
        } else if (*at == '?' && !isdigit((unsigned char)at[1])) {
            at++;
        } else {
            return false;
        }
        while (at < end && (*at == ',' || *at == ' ')) {
            at++;
        }
    }
    return true;
}

bool hmi_dialect_copy(const char *sql, hmi_buf *out)
{
    const insert_parts parts = take_apart(sql);
    if (*parts.rest != '\0' || !only_parameters(parts.list, parts.list_end)) {
        return false;
    }
    hmi_buf_add_cstr(out, "COPY ");
    add(out, parts.into, parts.into_end);
    hmi_buf_add_cstr(out, " FROM STDIN (FORMAT binary)");
    hmi_buf_add_char(out, '\0');
    return true;
}

typedef struct arrays {
    const hmi_dialect_kind *kinds;
    int count;
} arrays;

static void unnest(const arrays *of, const char *last, hmi_buf *out)
{
    hmi_buf_add_cstr(out, "unnest(");
    for (int i = 0; i < of->count; i++) {
        hmi_buf_printf(out, "%s$%d::%s[]", i > 0 ? ", " : "", i + 1,
                       of->kinds[i] == HMI_DIALECT_NUMBER ? "bigint" : "bytea");
    }
    hmi_buf_printf(out, ")%s AS q(", last != NULL ? " WITH ORDINALITY" : "");
    for (int i = 0; i < of->count; i++) {
        hmi_buf_printf(out, "%sp%d", i > 0 ? ", " : "", i + 1);
    }
    hmi_buf_printf(out, "%s%s)", last != NULL ? ", " : "", last != NULL ? last : "");
}

static void insert_many(const char *sql, void *with, hmi_buf *out)
{
    const insert_parts parts = take_apart(sql);
    add(out, sql, parts.into_end);
    hmi_buf_add_cstr(out, " SELECT ");
    parameters(parts.list, parts.list_end, "q.p", out);
    hmi_buf_add_cstr(out, " FROM ");
    unnest(with, NULL, out);
    hmi_buf_add_cstr(out, parts.rest);
}

void hmi_dialect_insert_many(const char *sql, const hmi_dialect_kind *kinds, int count,
                             hmi_buf *out)
{
    arrays of = { kinds, count };
    rewritten(sql, insert_many, &of, out);
}

/* OFFSET 0 keeps each question a look-up by index: joined into one, the answers to ten thousand
 * questions would be looked for in a table of ten million rows by reading it whole. */
static void ask_many(const char *sql, void *with, hmi_buf *out)
{
    hmi_buf_add_cstr(out, "SELECT a.*, q.n FROM ");
    unnest(with, "n", out);
    hmi_buf_add_cstr(out, " CROSS JOIN LATERAL (");
    parameters(sql, sql + strlen(sql), "q.p", out);
    hmi_buf_add_cstr(out, " OFFSET 0) AS a ORDER BY q.n");
}

void hmi_dialect_ask_many(const char *sql, const hmi_dialect_kind *kinds, int count, hmi_buf *out)
{
    arrays of = { kinds, count };
    rewritten(sql, ask_many, &of, out);
}
