/* SPDX-License-Identifier: Apache-2.0
 *
 * json_node.h - the table that a parsed JSON document is. Only json_*.c use it.
 *
 *     {"a": [1, "x"], "b": null}
 *
 *     node  0        1     2      3    4     5     6
 *           object   "a"   array  1    "x"   "b"   null
 *     next  7        2     5      4    5     6     7        the node behind this one and its inside
 *     flags LAST     KEY                LAST  KEY   LAST
 *
 * Nodes stand in the order of their bytes. A key is followed by its value. LAST marks the last
 * value of its container, so that the next sibling is known without knowing the parent.
 */
#ifndef HMI_BASE_JSON_NODE_H
#define HMI_BASE_JSON_NODE_H

#include "base/json.h"
#include "base/json_index.h"

enum {
    HMI_JSON_KIND = 7,     /* mask of hmi_json_kind */
    HMI_JSON_ESCAPED = 8,  /* a string with at least one backslash */
    HMI_JSON_KEY = 16,     /* a string that is a key */
    HMI_JSON_LAST = 32,    /* last value of its container */
    HMI_JSON_COUNT_AT = 6, /* number of elements or members in the bits above */
    HMI_JSON_COUNT_MAX = (1 << 26) - 1
};

typedef struct hmi_json_node {
    uint32_t start, end; /* bytes of the input */
    uint32_t next;
    uint32_t bits;
} hmi_json_node;

/* A key on its way through the search for duplicates. */
typedef struct hmi_json_name {
    const uint8_t *ptr;
    uint32_t len;
    uint32_t node;
    uint64_t hash;
} hmi_json_name;

struct hmi_json {
    hm_bytes input;
    hmi_json_node *nodes;
    size_t count, capacity;
    hmi_json_index *index;
    /* For the search for duplicate keys; kept between documents. */
    hmi_json_name *names;
    uint32_t *slots;
    size_t name_capacity, slot_capacity;
    hmi_buf unescaped;
};

/* HM_OK when no key stands twice in the object. */
int hmi_json_check_keys(hmi_json *json, uint32_t object, hm_err *err);
/* The bytes between the quotes. */
static inline hm_bytes hmi_json_inside(const hmi_json *json, const hmi_json_node *node)
{
    return (hm_bytes){ json->input.ptr + node->start + 1, node->end - node->start - 2 };
}
/* One step of a string whose escapes were checked: its bytes into out, how many of `in` it used. */
size_t hmi_json_unescape_step(const uint8_t *in, size_t len, char out[4], size_t *ret_used);
/* Unescapes all of `in` to `out`, which has room for in.len bytes; returns the length. */
size_t hmi_json_unescape(hm_bytes in, char *out);
/* Appends the quoted string; `show_all`: what an eye would miss or a terminal obey as escapes. */
void hmi_json_add_quoted(hmi_buf *out, hm_text text, bool show_all);
/* Appends a finite number as ECMAScript writes it. */
void hmi_json_add_number(hmi_buf *out, double value);

#endif
