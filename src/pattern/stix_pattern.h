/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_pattern.h - STIX patterning (STIX 2.1 section 9, and 2.0 part 5) as a tree.
 *
 *     ([ipv4-addr:value = '198.51.100.1'] FOLLOWEDBY [file:size > 5]) WITHIN 300 SECONDS
 *
 *     WITHIN 300 -> FOLLOWEDBY -> OBSERVATION -> TEST ipv4-addr: value = text
 *                              -> OBSERVATION -> TEST file: size > integer
 *
 * The tree says what was written; pattern room only reads, detect room matches it against events,
 * formats room takes values out of it. AND, OR and FOLLOWEDBY have any number of children, so that
 * 20,000 ORs are one node. All lives in the arena and may point into the pattern's text.
 */
#ifndef HMI_PATTERN_STIX_PATTERN_H
#define HMI_PATTERN_STIX_PATTERN_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    HMI_STIX_PATTERN_LEN_MAX = 4 << 20,
    HMI_STIX_PATTERN_DEPTH_MAX = 32,     /* parentheses in parentheses */
    HMI_STIX_PATTERN_TESTS_MAX = 65536,  /* comparisons */
    HMI_STIX_PATTERN_VALUES_MAX = 65536, /* of all IN lists together */
    HMI_STIX_PATTERN_STEPS_MAX = 64,     /* of one object path */
    HMI_STIX_PATTERN_QUALIFIERS_MAX = 16 /* behind one observation expression */
};

typedef enum hmi_stix_literal_kind {
    HMI_STIX_TEXT,
    HMI_STIX_INTEGER,
    HMI_STIX_FLOAT,
    HMI_STIX_BOOLEAN,
    HMI_STIX_BINARY, /* h'..' and b'..', decoded */
    HMI_STIX_TIME    /* t'..' */
} hmi_stix_literal_kind;

typedef struct hmi_stix_literal {
    hmi_stix_literal_kind kind;
    hm_text text; /* TEXT unescaped; INTEGER and FLOAT as written */
    hm_bytes binary;
    double number;   /* INTEGER too, as near as a double is */
    int64_t integer; /* of INTEGER; of TIME microseconds */
    bool truth;
    size_t offset;
} hmi_stix_literal;

typedef enum hmi_stix_step_kind {
    HMI_STIX_KEY,
    HMI_STIX_INDEX,
    HMI_STIX_ANY_INDEX
} hmi_stix_step_kind;

typedef struct hmi_stix_step {
    hmi_stix_step_kind kind;
    hm_text key;
    int64_t index;
} hmi_stix_step;

typedef enum hmi_stix_operator {
    HMI_STIX_EQUAL,
    HMI_STIX_NOT_EQUAL,
    HMI_STIX_LESS,
    HMI_STIX_LESS_EQUAL,
    HMI_STIX_GREATER,
    HMI_STIX_GREATER_EQUAL,
    HMI_STIX_IN,
    HMI_STIX_LIKE,
    HMI_STIX_MATCHES,
    HMI_STIX_ISSUBSET,
    HMI_STIX_ISSUPERSET,
    HMI_STIX_EXISTS
} hmi_stix_operator;

typedef struct hmi_stix_test {
    hm_text type;
    hmi_stix_step *steps;
    size_t step_count;
    hmi_stix_operator op;
    bool negated;
    hmi_stix_literal *values; /* none for EXISTS, many for IN, else one */
    size_t value_count;
    size_t offset; /* of its path in the pattern */
    size_t number; /* 0, 1, ... in the order of the text */
} hmi_stix_test;

typedef enum hmi_stix_node_kind {
    /* inside [ ] */
    HMI_STIX_NODE_TEST,
    HMI_STIX_NODE_ALL, /* AND */
    HMI_STIX_NODE_ANY, /* OR */
    /* between [ ] */
    HMI_STIX_NODE_OBSERVATION, /* its child is the comparison expression */
    HMI_STIX_NODE_AND,
    HMI_STIX_NODE_OR,
    HMI_STIX_NODE_FOLLOWEDBY,
    HMI_STIX_NODE_WITHIN,
    HMI_STIX_NODE_REPEATS,
    HMI_STIX_NODE_START_STOP
} hmi_stix_node_kind;

typedef struct hmi_stix_node hmi_stix_node;
struct hmi_stix_node {
    hmi_stix_node_kind kind;
    hmi_stix_node **children;
    size_t child_count, child_capacity;
    hmi_stix_test *test;
    int64_t within_us;
    uint64_t repeats;
    int64_t start_us, stop_us;
    size_t offset;
};

typedef enum hmi_stix_strictness {
    HMI_STIX_STRICT, /* the grammar of STIX 2.0 and 2.1 together */
    HMI_STIX_LENIENT /* and what feeds write: unquoted hyphens in property names, lone backslashes,
                        dates and encodings that are none (they stay as TEXT) */
} hmi_stix_strictness;

typedef struct hmi_stix_tree {
    hmi_stix_node *root;
    size_t test_count;
} hmi_stix_tree;

/* HM_E_MALFORMED or HM_E_LIMIT with err->offset the byte of the pattern. */
int hmi_stix_pattern_read(hmi_arena *arena, hm_text pattern, hmi_stix_strictness strictness,
                          hmi_stix_tree *ret_tree, hm_err *err);
/* STIX timestamps are stricter than RFC 3339: "YYYY-MM-DDThh:mm:ss[.f]Z" in upper case. */
bool hmi_stix_time_read(hm_text text, int64_t *ret_us);
/* "=", "ISSUBSET" ... */
const char *hmi_stix_operator_name(hmi_stix_operator op);
/* RFC 4648 section 4 with its padding; into the arena. False when it is none (or no memory). */
bool hmi_base64_read(hmi_arena *arena, hm_text text, hm_bytes *ret);

#endif
