/* SPDX-License-Identifier: Apache-2.0
 *
 * regex_inside.h - what the files of the regular expressions share. Only regex_*.c use it.
 *
 *     "ab|c*"   parse    alt(cat(set a, set b), repeat 0.. (set c))
 *               compile  0: match   1: byte b ->0   2: byte a ->1   3: split 4 0   4: byte c ->3
 *                        5: split 2 3              (written backwards: each step knows its next)
 *               search   sets of steps, each set one state of an automaton that is made as needed
 */
#ifndef HMI_PATTERN_REGEX_INSIDE_H
#define HMI_PATTERN_REGEX_INSIDE_H

#include "base/error.h"
#include "pattern/regex.h"

typedef struct hmi_re_range {
    uint32_t low, high;
} hmi_re_range;

typedef struct hmi_re_class {
    hmi_re_range *ranges; /* ascending and apart once settled */
    size_t count, capacity;
} hmi_re_class;

typedef enum hmi_re_kind {
    HMI_RE_EMPTY,
    HMI_RE_CLASS,
    HMI_RE_CAT,
    HMI_RE_ALT,
    HMI_RE_REPEAT,
    HMI_RE_ASSERT
} hmi_re_kind;

typedef enum hmi_re_assert {
    HMI_RE_TEXT_START,
    HMI_RE_LINE_START,
    HMI_RE_TEXT_END,
    HMI_RE_LINE_END,
    HMI_RE_LAST_LINE_END, /* $ and \Z: at the end, or before a line end there */
    HMI_RE_WORD_EDGE,
    HMI_RE_NO_WORD_EDGE
} hmi_re_assert;

typedef struct hmi_re_node hmi_re_node;
struct hmi_re_node {
    hmi_re_kind kind;
    hmi_re_node *first, *last; /* children of CAT, ALT; the one of REPEAT */
    hmi_re_node *next;         /* sibling */
    hmi_re_class cls;
    uint32_t min, max; /* UINT32_MAX = no end */
    hmi_re_assert assert;
};

#define HMI_RE_UNBOUNDED UINT32_MAX

/* ---- regex_class.c */
bool hmi_re_class_add(hmi_arena *arena, hmi_re_class *cls, uint32_t low, uint32_t high);
/* d w s h, upper case for the opposite; `top` is the highest character. */
bool hmi_re_class_add_escape(hmi_arena *arena, hmi_re_class *cls, char name, uint32_t top);
/* "alpha" of [[:alpha:]], "^alpha" for all others; *ret_known false when there is no such name. */
bool hmi_re_class_add_named(hmi_arena *arena, hmi_re_class *cls, hm_text name, uint32_t top,
                            bool *ret_known);
bool hmi_re_class_fold(hmi_arena *arena, hmi_re_class *cls, uint32_t top);
void hmi_re_class_settle(hmi_re_class *cls);
bool hmi_re_class_negate(hmi_arena *arena, hmi_re_class *cls, uint32_t top);

/* ---- regex_parse.c */
int hmi_re_parse(hmi_arena *arena, hm_text pattern, unsigned flags, hmi_re_node **ret_tree,
                 hm_err *err);

/* ---- regex_compile.c */
typedef enum hmi_re_op {
    HMI_OP_MATCH,
    HMI_OP_RANGE,
    HMI_OP_SET,
    HMI_OP_SPLIT,
    HMI_OP_ASSERT
} hmi_re_op;

typedef struct hmi_re_step {
    uint8_t op;
    uint8_t low, high;    /* RANGE; low of ASSERT is its kind */
    uint16_t next, other; /* other: second way of SPLIT, number of SET */
} hmi_re_step;

typedef struct hmi_re_set {
    uint64_t bits[4];
} hmi_re_set;

typedef struct hmi_re_cache hmi_re_cache;

/* Steps reached so far: `at` says where in `list` a step stands, if it does. */
typedef struct hmi_re_reached {
    uint16_t *list, *at;
    size_t count;
} hmi_re_reached;

struct hmi_regex {
    hmi_arena *arena;
    hmi_re_step *steps;
    size_t count, capacity;
    hmi_re_set *sets;
    size_t set_count, set_capacity;
    uint16_t start;
    bool asserts;  /* what stands before a byte matters */
    bool anchored; /* matches begin where the text does */
    uint8_t class_of[256];
    unsigned classes; /* of bytes that no step tells apart */
    hm_text words[HMI_REGEX_WORDS_MAX];
    size_t word_count;
    hmi_re_reached now, then; /* scratch of a search */
    hmi_re_cache *cache;
    bool cache_refused;
};

/* ---- regex_words.c */
int hmi_re_find_words(hmi_regex *regex, const hmi_re_node *tree, hm_err *err);

static inline bool hmi_re_word_byte(int byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

static inline bool hmi_re_set_has(const hmi_re_set *set, unsigned byte)
{
    return (set->bits[byte >> 6] >> (byte & 63) & 1) != 0;
}

#endif
