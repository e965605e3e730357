/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_inside.h - what the files of the Sigma engine share. Only sigma_*.c use it.
 *
 *     selection: {Image|endswith: [\a.exe, \b.exe], User: x}      condition: selection and not
 * filter
 *
 *     AND( AND( OR( Image ends \a.exe, Image ends \b.exe ), User is x ), NOT( ... ) )
 *
 * Leaves are atoms: one field, one comparison, one value. Equal atoms of different rules are one.
 */
#ifndef HMI_DETECT_SIGMA_INSIDE_H
#define HMI_DETECT_SIGMA_INSIDE_H

#include "base/error.h"
#include "base/hash.h"
#include "detect/plain_yaml.h"
#include "detect/sigma.h"
#include "pattern/regex.h"
#include "trait/canon.h"

/* Fields that every set has; field 0 is any field (keywords). */
enum { HMI_SIGMA_FIELD_CHANNEL = 1, HMI_SIGMA_FIELD_EVENT_ID = 2 };

typedef enum hmi_sigma_test {
    HMI_SIGMA_IS,
    HMI_SIGMA_STARTS,
    HMI_SIGMA_ENDS,
    HMI_SIGMA_CONTAINS,
    HMI_SIGMA_GLOB, /* * and ? in the middle, as a regular expression */
    HMI_SIGMA_REGEX,
    HMI_SIGMA_CIDR,
    HMI_SIGMA_LESS,
    HMI_SIGMA_LESS_EQUAL,
    HMI_SIGMA_GREATER,
    HMI_SIGMA_GREATER_EQUAL,
    HMI_SIGMA_NULL,
    HMI_SIGMA_EXISTS,
    HMI_SIGMA_FIELDREF, /* text: the other field; how: IS, STARTS, ENDS, CONTAINS */
    HMI_SIGMA_NEVER     /* a placeholder without values */
} hmi_sigma_test;

typedef struct hmi_sigma_atom {
    uint32_t field;
    uint8_t test;
    uint8_t how;
    bool cased;
    uint8_t regex_flags;
    hm_text text; /* folded unless cased; of REGEX and GLOB the expression */
    double number;
    uint32_t other_field;
    hmi_regex *regex;
    hmi_address base;
    unsigned bits;
    uint32_t *rules; /* that this atom makes possible */
    size_t rule_count, rule_capacity;
    uint64_t true_at; /* number of the event for which it holds */
} hmi_sigma_atom;

typedef enum hmi_sigma_join {
    HMI_SIGMA_ATOM,
    HMI_SIGMA_AND,
    HMI_SIGMA_OR,
    HMI_SIGMA_NOT
} hmi_sigma_join;

typedef struct hmi_sigma_expr hmi_sigma_expr;
struct hmi_sigma_expr {
    hmi_sigma_join join;
    uint32_t atom;
    hmi_sigma_expr **children;
    size_t count, capacity;
};

/* A rule's place in a correlation: which, and the how manieth of its rules. */
typedef struct hmi_sigma_part {
    uint32_t correlation, part;
} hmi_sigma_part;

typedef struct hmi_sigma_rule {
    hmi_sigma_rule_info info;
    hm_text name; /* correlations refer to it */
    hmi_sigma_expr *expr;
    uint32_t source;
    uint64_t tried_at;
    bool hidden; /* only what correlates it is told */
    hmi_sigma_part *parts;
    size_t part_count, part_capacity;
} hmi_sigma_rule;

typedef struct hmi_sigma_correlations hmi_sigma_correlations;

typedef struct hmi_sigma_source {
    hm_text product, category, service;
} hmi_sigma_source;

typedef struct hmi_sigma_index hmi_sigma_index;

typedef struct hmi_sigma_field {
    hm_text name;
    hmi_sigma_index *index; /* literals of this field's atoms; NULL if none */
    uint32_t *direct;       /* atoms that are asked of every value */
    size_t direct_count, direct_capacity;
    uint32_t first_value; /* of the event in hand: number + 1 in values */
} hmi_sigma_field;

typedef struct hmi_sigma_value {
    hm_text raw, folded;
    bool is_null;
    uint32_t next; /* another value of the same field: number + 1 */
    uint32_t field;
} hmi_sigma_value;

typedef struct hmi_sigma_expansion {
    hm_text name, value;
} hmi_sigma_expansion;

/* Numbers by 64-bit key; keys are hashes with a secret seed. */
typedef struct hmi_sigma_table {
    uint64_t *keys;
    uint32_t *numbers; /* + 1; 0 = free */
    size_t count, size;
} hmi_sigma_table;

struct hmi_sigma {
    hmi_arena arena;
    hmi_arena scratch; /* of one event */
    uint64_t seed;
    hmi_sigma_rule *rules;
    size_t rule_count, rule_capacity;
    hmi_sigma_atom *atoms;
    size_t atom_count, atom_capacity;
    hmi_sigma_field *fields; /* [0]: any field (keywords) */
    size_t field_count, field_capacity;
    hmi_sigma_source *sources;
    size_t source_count, source_capacity;
    hmi_sigma_expansion *expansions;
    size_t expansion_count, expansion_capacity;
    hmi_sigma_table atom_table, field_table;
    uint32_t *always; /* rules that may hold without any atom being true */
    size_t always_count, always_capacity;
    hmi_sigma_correlations *correlations; /* NULL: none */
    hmi_sigma_source forced;
    bool is_forced;
    /* the event in hand */
    uint64_t event;
    hmi_sigma_value *values;
    size_t value_count, value_capacity;
    uint32_t *possible;
    size_t possible_count;
    uint8_t *source_known; /* 0 unknown, 1 fits, 2 does not: of the facts in hand */
    const hmi_sigma_source *facts;
    uint8_t *source_keywords; /* 1: a rule of this source looks at every value */
    bool any_field;           /* ... and one of these sources is the event's */
    bool facts_asked;
};

/* ---- sigma_table.c */
bool hmi_sigma_table_put(hmi_arena *arena, hmi_sigma_table *table, uint64_t key, uint32_t number);
/* UINT32_MAX when it is not there. */
static inline uint32_t hmi_sigma_table_find(const hmi_sigma_table *table, uint64_t key)
{
    if (table->size == 0) {
        return UINT32_MAX;
    }
    size_t at = key & (table->size - 1);
    while (table->numbers[at] != 0 && table->keys[at] != key) {
        at = (at + 1) & (table->size - 1);
    }
    return table->numbers[at] - 1;
}
/* Number of the field with this name, made if it is new; UINT32_MAX without memory. */
uint32_t hmi_sigma_field_number(hmi_sigma *set, hm_text name);
uint64_t hmi_sigma_field_key(const hmi_sigma *set, hm_text name);
/* Lower case; the same text when it is that already. .ptr NULL: refused. */
hm_text hmi_sigma_fold(hmi_arena *arena, hm_text text);
/* The same as another atom, or a new one. */
int hmi_sigma_atom_number(hmi_sigma *set, const hmi_sigma_atom *like, uint32_t *ret, hm_err *err);
hmi_sigma_expr *hmi_sigma_expr_new(hmi_sigma *set, hmi_sigma_join join);
int hmi_sigma_expr_add(hmi_sigma *set, hmi_sigma_expr *parent, hmi_sigma_expr *child, hm_err *err);

/* ---- sigma_value.c: `field|modifiers: values` as an expression. */
typedef struct hmi_sigma_reading {
    hmi_sigma *set;
    size_t values; /* of the rule so far */
    bool waits;
    hm_err *err;
} hmi_sigma_reading;
int hmi_sigma_refuse(hmi_sigma_reading *r, int code, const hmi_yaml *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int hmi_sigma_read_item(hmi_sigma_reading *r, const hmi_yaml *item, hmi_sigma_expr **ret);

/* ---- sigma_condition.c */
int hmi_sigma_read_detection(hmi_sigma_reading *r, const hmi_yaml *detection, hmi_sigma_expr **ret);

/* ---- sigma_index.c: which literals occur in a value? */
int hmi_sigma_index_build(hmi_sigma *set, uint32_t field, hm_err *err);
void hmi_sigma_index_search(hmi_sigma *set, const hmi_sigma_index *index,
                            const hmi_sigma_value *value);

/* ---- sigma_event.c */
/* Other names of the fields that rules use. */
int hmi_sigma_add_aliases(hmi_sigma *set, hm_err *err);
int hmi_sigma_flatten(hmi_sigma *set, hmi_value event, bool everything, hm_err *err);

/* ---- sigma_source.c: what an event says about where it comes from; NULL = nothing. */
const hmi_sigma_source *hmi_sigma_source_of(hm_text channel, hm_text event_id);
bool hmi_sigma_source_fits(const hmi_sigma_source *rule, const hmi_sigma_source *event);

/* ---- sigma_correlate.c */
int hmi_sigma_read_correlation(hmi_sigma_reading *r, const hmi_yaml *document,
                               const hmi_sigma_rule_info *info);
/* When all rules are read: finds those that correlations name. */
int hmi_sigma_link_correlations(hmi_sigma *set, hm_err *err);
/* Once for an event that hits rules with parts. */
void hmi_sigma_look_at_clock(hmi_sigma *set);
int hmi_sigma_correlate(hmi_sigma *set, const hmi_sigma_rule *rule, hmi_sigma_on_hit *on_hit,
                        void *with, hm_err *err);
void hmi_sigma_correlations_free(hmi_sigma_correlations *correlations);

/* ---- sigma_match.c: the value (number) passes the atom's test, asked directly. */
bool hmi_sigma_ask(hmi_sigma *set, hmi_sigma_atom *atom, const hmi_sigma_value *value);
void hmi_sigma_mark(hmi_sigma *set, uint32_t atom);

#endif
