/* SPDX-License-Identifier: Apache-2.0
 *
 * constants.h - numbers and tables that say who wrote a program: collected while it is walked.
 */
#ifndef HMI_CODE_CONSTANTS_H
#define HMI_CODE_CONSTANTS_H

#include "code/feature.h"

enum {
    HMI_RARE_CONSTANTS_MAX = 1 << 12, /* of one program */
    HMI_TABLE_REFERENCES_MAX = 1 << 16,
    HMI_CONSTANT_TABLES_MAX = 512,
    HMI_CONSTANT_TABLE_MIN = 64, /* bytes */
    HMI_CONSTANT_TABLE_MAX = 4096
};

typedef struct hmi_rare_constant {
    uint64_t value;
    uint64_t offset; /* of the first instruction that has it, in the evidence */
    uint32_t count;
} hmi_rare_constant;

typedef struct hmi_constants {
    hmi_reading *reading;
    hmi_ranges *ranges;
    hmi_rare_constant *rare; /* in order of appearance */
    size_t rare_count;
    uint16_t *slots; /* open addressing over `rare`: 1 + index */
    uint64_t *references;
    size_t reference_count;
    uint64_t marks[4]; /* bits over the numbers that algorithms are known by */
} hmi_constants;

int hmi_constants_init(hmi_constants *constants, hmi_reading *reading, hmi_ranges *ranges,
                       hm_err *err);
int hmi_constants_note(hmi_constants *constants, hmi_walk *walk, const hmi_features *features,
                       hm_err *err);
int hmi_constants_emit(hmi_constants *constants, hm_err *err);

/* Is this number so unusual that sharing it means something? Not: small, round, masks, powers of
 * two, reciprocals of small divisors, text, common floating-point values. */
bool hmi_constant_is_rare(uint64_t value, unsigned width);

/* algorithms.c: remembers a number that an algorithm is known by; names what was seen. */
void hmi_algorithms_note(uint64_t *marks, uint64_t value);
int hmi_algorithms_emit(hmi_constants *constants, hm_err *err);

#endif
