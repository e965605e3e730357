/* SPDX-License-Identifier: Apache-2.0
 *
 * feature.h - what a function is made of, as sets of 24-bit hashes.
 *
 * Each class of feature survives another kind of change: constants and strings survive compilers,
 * grams survive little, callers survive inlining of callees. So they are kept apart and weighed
 * apart. Everything but MNEMONIC means the same on every processor.
 */
#ifndef HMI_CODE_FEATURES_H
#define HMI_CODE_FEATURES_H

#include "code/discover.h"

/* Stored in fingerprints: never renumbered. */
typedef enum hmi_feature_class {
    HMI_FEATURE_STRING = 0,       /* text the function points to */
    HMI_FEATURE_CONSTANT = 1,     /* immediates that are no addresses */
    HMI_FEATURE_IMPORT = 2,       /* foreign functions it calls */
    HMI_FEATURE_DISPLACEMENT = 3, /* offsets into structures */
    HMI_FEATURE_CALLEE = 4,       /* strings, constants, imports of the functions it calls */
    HMI_FEATURE_CALLER = 5,       /* ... and of those that call it */
    HMI_FEATURE_GRAM = 6,         /* runs of 2 and 4 kinds of instruction */
    HMI_FEATURE_SHAPE = 7,        /* neighbourhoods in the control-flow graph */
    HMI_FEATURE_BLOCK = 8,        /* what a block does, in any order */
    HMI_FEATURE_MNEMONIC = 9,     /* runs of 1 and 3 operations of this processor */
    HMI_FEATURE_CLASSES = 10
} hmi_feature_class;

/* Logarithmic counts: quarter steps of a doubling. Stored: never renumbered. */
typedef enum hmi_count {
    HMI_COUNT_INSTRUCTIONS,
    HMI_COUNT_BLOCKS,
    HMI_COUNT_EDGES,
    HMI_COUNT_LOOPS, /* edges backwards */
    HMI_COUNT_CALLS,
    HMI_COUNT_CALLEES, /* different functions of this program called */
    HMI_COUNT_IMPORTS,
    HMI_COUNT_CALLERS,
    HMI_COUNT_LOADS,
    HMI_COUNT_STORES,
    HMI_COUNT_ARITHMETIC,
    HMI_COUNT_MULTIPLY,
    HMI_COUNT_LOGIC,
    HMI_COUNT_SHIFTS,
    HMI_COUNT_COMPARES,
    HMI_COUNT_FLOATS,
    HMI_COUNT_VECTORS,
    HMI_COUNT_STRINGS,
    HMI_COUNT_CONSTANTS,
    HMI_COUNT_RETURNS,
    HMI_COUNT_SWITCH,   /* jump table entries */
    HMI_COUNT_STRAIGHT, /* instructions of the longest block */
    HMI_COUNTS = 24
} hmi_count;

enum {
    HMI_CODE_FEATURES_MAX = 1 << 15,  /* of one class in one function */
    HMI_CODE_CALLS_MAX = 1 << 12,     /* different functions one function calls */
    HMI_CODE_STRING_MIN = 4,          /* characters */
    HMI_CODE_STRING_MAX = 256,        /* bytes hashed of a string */
    HMI_CODE_REFERENCES_MAX = 1 << 12 /* data addresses remembered of one function */
};

typedef struct hmi_feature_entry {
    uint32_t id, seen;
} hmi_feature_entry;

typedef struct hmi_feature_list {
    uint32_t *ids; /* 24 bits each */
    size_t count, capacity;
} hmi_feature_list;

/* Counts one class of one function. */
typedef struct hmi_feature_counter {
    hmi_feature_entry *entries; /* different ids, in order of first appearance */
    uint16_t *slots;            /* open addressing over them: 1 + index */
    uint32_t count;
    uint32_t left; /* how often it may count on */
    uint32_t size; /* slots in use now, a power of two */
    bool cut;
    size_t entry_capacity, slot_capacity;
} hmi_feature_counter;

typedef struct hmi_features {
    hmi_feature_list lists[HMI_FEATURE_CLASSES];
    hmi_feature_counter counters[HMI_FEATURE_CLASSES]; /* of GRAM and later */
    uint32_t counts[HMI_COUNTS];                       /* plain, made logarithmic when packed */
    uint32_t *calls; /* indices of functions called, repeated as called */
    size_t call_count, call_capacity;
    uint64_t *references; /* data addresses named */
    size_t reference_count, reference_capacity;
    uint8_t exact[16]; /* position-independent hash */
    hmi_arena *arena;
    bool cut;
    uint32_t *scratch; /* to find repeats */
    size_t scratch_capacity;
    uint64_t *ranks; /* two for each id of the longest list: for fingerprint.c */
    size_t rank_capacity;
    void *graph; /* for shape.c */
    size_t graph_bytes;
    uint8_t *masked; /* for exact.c */
    size_t masked_capacity;
} hmi_features;

/* Gathers what the walked function names: STRING, CONSTANT, IMPORT, DISPLACEMENT, calls. */
int hmi_features_evidence(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                          hm_err *err);
/* Adds GRAM, SHAPE, BLOCK, MNEMONIC and counts; the walk has its blocks. */
int hmi_features_code(hmi_features *features, const hmi_walk *walk, hm_err *err);
/* Sets `exact`: the hash of the instructions with all that depends on the place masked. */
int hmi_features_exact(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                       hm_err *err);
int hmi_feature_add(hmi_features *features, hmi_feature_class class_id, uint32_t id, hm_err *err);
/* Makes the lists of names sets. */
int hmi_features_settle(hmi_features *features, hm_err *err);
/* Empty counters for GRAM and later; `most`: how often each may count from now on. */
int hmi_features_open(hmi_features *features, const size_t *most, hm_err *err);
/* Makes lists of what was counted: the second, fourth ... of the same is a feature of its own. */
void hmi_features_close(hmi_features *features);
/* Twice the slots, as a counter is half full. */
void hmi_feature_spread(hmi_feature_counter *counter);

static inline uint64_t hmi_mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return x;
}

static inline uint32_t hmi_feature_id(uint64_t salt, uint64_t value)
{
    return (uint32_t)(hmi_mix64(value + salt * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
}

/* One more of this id. */
static inline void hmi_feature_count(hmi_feature_counter *counter, uint32_t id)
{
    if (counter->left == 0) {
        counter->cut = true;
        return;
    }
    counter->left--;
    uint32_t at = id & (counter->size - 1), index;
    while ((index = counter->slots[at]) != 0) {
        if (counter->entries[index - 1].id == id) {
            counter->entries[index - 1].seen++;
            return;
        }
        at = (at + 1) & (counter->size - 1);
    }
    counter->entries[counter->count++] = (hmi_feature_entry){ id, 1 };
    counter->slots[at] = (uint16_t)counter->count;
    if (2 * counter->count > counter->size) {
        hmi_feature_spread(counter);
    }
}

#endif
