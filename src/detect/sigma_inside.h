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
    uint64_t known_at; /* 2 * number of the event for which it is known, + 1 when it holds */
    uint64_t asked_at; /* event and value that were asked last, because a word was found */
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

enum { HMI_SIGMA_GRAM = 4, HMI_SIGMA_SIEVE_MAX = 128 };

/* A few four-byte pieces, in lower case. */
typedef struct hmi_sigma_sieve {
    uint8_t low[HMI_SIGMA_GRAM][16], high[HMI_SIGMA_GRAM][16];
    uint64_t gate[64]; /* bit: a piece with this hash */
    uint32_t grams[HMI_SIGMA_SIEVE_MAX];
    size_t count;
} hmi_sigma_sieve;

typedef struct hmi_sigma_field {
    hm_text name;
    uint32_t first_value; /* of the event in hand: number + 1 in values */
} hmi_sigma_field;

/* Text is made when it is asked for: most values of an event never are. */
typedef struct hmi_sigma_value {
    hmi_value json;
    hm_text raw, folded; /* .ptr NULL: not made yet */
    bool is_null;
    uint32_t next; /* another value of the same field: number + 1 */
    uint32_t field;
} hmi_sigma_value;

/* An atom that wakes rules: wakes[first_wake ...]. */
typedef struct hmi_sigma_waker {
    uint32_t atom, first_wake, wake_count;
} hmi_sigma_waker;

/* What is looked for in the values of one field. */
typedef struct hmi_sigma_look {
    hmi_sigma_index *index; /* NULL: nothing */
    uint32_t *direct;       /* wakers that are asked of every value */
    size_t direct_count, direct_capacity;
} hmi_sigma_look;

/* Events that say the same about where they come from: which rules they can fire, and what is
 * looked for to know. */
typedef struct hmi_sigma_kind {
    uint64_t key;
    const hmi_sigma_source *facts;
    bool decided;          /* Channel and EventID are the same in all of them */
    hmi_sigma_look *looks; /* by field */
    hmi_sigma_waker *wakers;
    size_t waker_count, waker_capacity;
    uint32_t *wakes;  /* rules */
    uint32_t *always; /* rules that may hold without any waker being true */
    size_t always_count, always_capacity;
    hmi_sigma_sieve *keywords; /* what events must hold for any keyword; NULL: not known */
    uint64_t *searched;        /* bit a: unless the search said so, atom a does not hold */
} hmi_sigma_kind;

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
    hmi_sigma_table spellings; /* of field names, as events have them: number, or field_count */
    hmi_sigma_correlations *correlations; /* NULL: none */
    hmi_sigma_source forced;
    bool is_forced;
    /* the event in hand */
    uint64_t event;
    hmi_sigma_value *values;
    size_t value_count, value_capacity;
    size_t other_count; /* ... of them of fields that no rule names */
    uint32_t *possible;
    size_t possible_count;
    bool starved;           /* there was no room for a value's text */
    bool has_keywords;      /* a rule looks at every value */
    uint32_t *gram_counts;  /* how many atoms hold each four bytes, by hash */
    hmi_sigma_kind **kinds; /* by key */
    size_t kind_count;
    const hmi_sigma_kind *kind; /* of the event in hand; NULL: every atom is asked by itself */
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
/* The field that an event means by this name; UINT32_MAX: none that a rule names. */
uint32_t hmi_sigma_field_meant(hmi_sigma *set, hm_text name);
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
int hmi_sigma_count_grams(hmi_sigma *set, hm_err *err);
/* Looks for the waker in values of the field. */
int hmi_sigma_look_for(hmi_sigma *set, hmi_sigma_kind *kind, uint32_t waker, hm_err *err);
/* All wakers are in. */
int hmi_sigma_index_close(hmi_sigma *set, hmi_sigma_index *index, hm_err *err);
/* Pieces of all literals of the index that JSON writes as they are; *ret_sieve NULL when there is
 * one without. */
int hmi_sigma_index_sieve(hmi_sigma *set, const hmi_sigma_look *look, hmi_sigma_sieve **ret_sieve,
                          hm_err *err);
void hmi_sigma_index_search(hmi_sigma *set, const hmi_sigma_index *index, hmi_sigma_value *value);

/* ---- sigma_sieve.c: where could a few pieces stand? */
bool hmi_sigma_sieve_add(hmi_sigma_sieve *sieve, const char *gram); /* false: full */
/* with_hiding: places that could hide a piece from who reads JSON as bytes pass too. */
void hmi_sigma_sieve_close(hmi_sigma_sieve *sieve, bool with_hiding);
bool hmi_sigma_sieve_is_fast(void); /* on this machine */
size_t hmi_sigma_sieve_next(const hmi_sigma_sieve *sieve, hm_bytes in, size_t from);
/* Could a value of this document hold, in lower case, one of the pieces? */
bool hmi_sigma_sieve_passes(const hmi_sigma_sieve *sieve, hm_bytes json);

/* ---- sigma_kind.c: which rules can an event of this kind fire? */
int hmi_sigma_kinds_ready(hmi_sigma *set, hm_err *err);
void hmi_sigma_forget_kinds(hmi_sigma *set);
/* Where the event in hand comes from; NULL: it does not say. */
const hmi_sigma_source *hmi_sigma_facts(hmi_sigma *set);
/* Of the event in hand. */
int hmi_sigma_kind_of(hmi_sigma *set, const hmi_sigma_kind **ret_kind, hm_err *err);

/* ---- sigma_event.c */
/* Other names of the fields that rules use. */
int hmi_sigma_add_aliases(hmi_sigma *set, hm_err *err);
int hmi_sigma_flatten(hmi_sigma *set, hmi_value event, hm_err *err);
/* As it stands, and in lower case. Empty, with set->starved, when there is no room. */
hm_text hmi_sigma_raw(hmi_sigma *set, hmi_sigma_value *value);
hm_text hmi_sigma_folded(hmi_sigma *set, hmi_sigma_value *value);
/* Of the field's first value; empty without one. */
hm_text hmi_sigma_first_raw(hmi_sigma *set, uint32_t field);
hm_text hmi_sigma_first_folded(hmi_sigma *set, uint32_t field);

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
bool hmi_sigma_ask(hmi_sigma *set, hmi_sigma_atom *atom, hmi_sigma_value *value);
/* Asks all values of its field. */
bool hmi_sigma_atom_holds(hmi_sigma *set, uint32_t atom);
/* It holds: the rules that wait for it are woken. */
void hmi_sigma_mark(hmi_sigma *set, uint32_t waker);

#endif
