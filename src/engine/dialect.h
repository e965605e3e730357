/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.h - our SQL, which is SQLite's, in PostgreSQL's words.
 */
#ifndef HMI_ENGINE_DIALECT_H
#define HMI_ENGINE_DIALECT_H

#include "base/buf.h"

enum { HMI_DIALECT_PARAMS_MAX = 16 };

/* What a parameter holds; decides the type of its array. */
typedef enum hmi_dialect_kind { HMI_DIALECT_NUMBER, HMI_DIALECT_BYTES } hmi_dialect_kind;

/* One statement: ?1 becomes $1. Ends with a zero byte, as all texts made here do. */
void hmi_dialect_query(const char *sql, hmi_buf *out);
/* Statements that make tables. */
void hmi_dialect_script(const char *sql, hmi_buf *out);
/* "INSERT INTO t (a, b) VALUES (?1, ?2)": the COPY that adds many such rows; false, and nothing
 * written, when it says more than that. */
bool hmi_dialect_copy(const char *sql, hmi_buf *out);
/* The same for any INSERT of one row: many rows out of one array a parameter. */
void hmi_dialect_insert_many(const char *sql, const hmi_dialect_kind *kinds, int count,
                             hmi_buf *out);
/* A question asked many times at once; behind its own columns stands which one is answered, from 1.
 * Answers come by that number. */
void hmi_dialect_ask_many(const char *sql, const hmi_dialect_kind *kinds, int count, hmi_buf *out);

#endif
