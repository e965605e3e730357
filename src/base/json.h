/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - strict JSON (RFC 8259 + I-JSON, RFC 7493) in and out.
 *
 * Reading: simdjson finds the structure and checks UTF-8 at memory speed (json_index.cc);
 * json_parse.c walks that index once and builds a flat table of nodes that point back into the
 * input. Nothing is copied, numbers stay the sender's digits, every value knows its byte range, so
 * an object can be kept, hashed and forwarded as the very bytes it came in.
 *
 * Refused, with the byte where it stands: duplicate keys in one object (after unescaping), depth
 * over HMI_JSON_DEPTH_MAX, invalid UTF-8, lone surrogates in escapes, control characters in
 * strings, numbers outside RFC 8259's grammar, trailing content, a byte order mark, more than
 * 2^32-1 bytes.
 *
 * A document borrows its input: keep the bytes alive. Threads: a parsed document is read-only.
 */
#ifndef HMI_BASE_JSON_H
#define HMI_BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"

enum { HMI_JSON_DEPTH_MAX = 64 };

typedef enum hmi_json_kind {
    HMI_JSON_NONE, /* no such value: what a missing member gives */
    HMI_JSON_NULL,
    HMI_JSON_FALSE,
    HMI_JSON_TRUE,
    HMI_JSON_NUMBER,
    HMI_JSON_STRING,
    HMI_JSON_ARRAY,
    HMI_JSON_OBJECT
} hmi_json_kind;

typedef struct hmi_json hmi_json;

/* A value: a place in a document. {NULL, 0} is "none", and every function below accepts it. */
typedef struct hmi_value {
    const hmi_json *doc;
    uint32_t node;
} hmi_value;

/* Makes a reusable parser; its memory grows to the largest document and is kept. Not thread-safe.
 */
int hmi_json_new(hmi_json **ret_json, hm_err *err);
void hmi_json_free(hmi_json *json);
/* Reads one document. `nodes_max` bounds the table (0 = 16 bytes per input byte at most).
 * The value is valid until the next parse with the same parser. */
int hmi_json_parse(hmi_json *json, hm_bytes input, size_t nodes_max, hmi_value *ret_root,
                   hm_err *err);

hmi_json_kind hmi_json_kind_of(hmi_value value);
/* The sender's bytes of this value, quotes and braces included. */
hm_bytes hmi_json_raw(hmi_value value);
/* Byte offset of the value in the document: for error messages. */
uint64_t hmi_json_offset(hmi_value value);
/* Number of elements or members. */
size_t hmi_json_count(hmi_value value);

/* Member by key (compared after unescaping); none if absent or not an object. Linear. */
hmi_value hmi_json_get(hmi_value object, const char *key);
/* for (hmi_value v = hmi_json_first(a); hmi_json_is(v); v = hmi_json_next(v)): the elements of an
 * array, or the values of an object in the sender's order. */
hmi_value hmi_json_first(hmi_value array_or_object);
hmi_value hmi_json_next(hmi_value element);
static inline bool hmi_json_is(hmi_value value)
{
    return value.doc != NULL;
}
/* The key of a value that hmi_json_first/next gave from an object. Unescapes into the arena only
 * when it has escapes. */
hm_text hmi_json_key(hmi_value value, hmi_arena *arena);

/* The string, unescaped into the arena when needed; {NULL, 0} if not a string or refused. */
hm_text hmi_json_text(hmi_value value, hmi_arena *arena);
/* True and *ret when the number is an integer that fits (1e3 and 1.0 are integers: RFC 8259 has
 * one number type); *ret untouched otherwise. */
bool hmi_json_int(hmi_value value, int64_t *ret);
bool hmi_json_double(hmi_value value, double *ret);
static inline bool hmi_json_is_true(hmi_value value)
{
    return hmi_json_kind_of(value) == HMI_JSON_TRUE;
}

/* ---- Writing. Commas and nesting are kept by the writer; keys are ours, values anybody's. */
typedef struct hmi_json_writer {
    hmi_buf *out;
    uint8_t depth;
    bool pretty; /* two spaces, one member a line */
    bool first[HMI_JSON_DEPTH_MAX + 1];
    bool after_key;
} hmi_json_writer;

void hmi_json_begin(hmi_json_writer *w, hmi_buf *out, bool pretty);
void hmi_json_open_object(hmi_json_writer *w);
void hmi_json_close_object(hmi_json_writer *w);
void hmi_json_open_array(hmi_json_writer *w);
void hmi_json_close_array(hmi_json_writer *w);
void hmi_json_put_key(hmi_json_writer *w, hm_text key);
void hmi_json_put_text(hmi_json_writer *w, hm_text value);
/* Bytes that may not be UTF-8: invalid parts become U+FFFD. */
void hmi_json_put_lossy(hmi_json_writer *w, hm_bytes value);
void hmi_json_put_int(hmi_json_writer *w, int64_t value);
void hmi_json_put_uint(hmi_json_writer *w, uint64_t value);
/* Shortest form that reads back the same; NaN and infinities become null. */
void hmi_json_put_double(hmi_json_writer *w, double value);
/* Rounded to `decimals`: for figures people read; the same on every machine. */
void hmi_json_put_fixed(hmi_json_writer *w, double value, unsigned decimals);
void hmi_json_put_bool(hmi_json_writer *w, bool value);
void hmi_json_put_null(hmi_json_writer *w);
/* Already JSON. */
void hmi_json_put_raw(hmi_json_writer *w, hm_bytes json);
/* key and value in one line */
void hmi_json_member_text(hmi_json_writer *w, const char *key, hm_text value);
void hmi_json_member_uint(hmi_json_writer *w, const char *key, uint64_t value);
void hmi_json_member_fixed(hmi_json_writer *w, const char *key, double value, unsigned decimals);
void hmi_json_member_bool(hmi_json_writer *w, const char *key, bool value);

/* Appends a value in RFC 8785 canonical form (sorted keys by UTF-16 units, ECMAScript numbers). */
int hmi_json_canonical(hmi_value value, hmi_buf *out, hm_err *err);

#endif
