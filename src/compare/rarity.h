/* SPDX-License-Identifier: Apache-2.0
 *
 * rarity.h - what agreeing on one trait is worth, from how rare it is.
 */
#ifndef HMI_COMPARE_RARITY_H
#define HMI_COMPARE_RARITY_H

#include "trait/class.h"

enum {
    HMI_HUB_INCIDENTS_MAX = 1000, /* a trait of more incidents than this links none of them */
    HMI_HUB_BASELINE_PART = 50,   /* a trait of every 50th harmless file is a hub */
    HMI_HUB_BASELINE_MIN = 3,     /* ... when at least this many carry it */
    HMI_BASELINE_ENOUGH = 32,     /* harmless files from which on the baseline knows programs */
    HMI_SMALL_FUNCTION = 6,       /* instructions: at and below, a function says nothing */
    HMI_WHOLE_FUNCTION = 32       /* at and above, all that its rarity says */
};

typedef struct hmi_counts {
    uint64_t others;       /* incidents that hold it besides the two compared */
    uint64_t others_all;   /* incidents besides the two compared */
    uint64_t baseline;     /* harmless files that carry it */
    uint64_t baseline_all; /* harmless files learned */
} hmi_counts;

/* log2 of the likelihood ratio of one agreement, >= 0, before discount and caps. 0 for claims. */
double hmi_rarity_bits(const hmi_class_row *row, const hmi_counts *counts);
/* Common enough in the harmless world to say nothing: of code, one harmless program is enough. */
bool hmi_rarity_is_hub(const hmi_class_row *row, const hmi_counts *counts);
/* 0 .. 1: how much of its rarity a function of so many instructions may claim. */
double hmi_function_part(uint32_t instructions);
/* 0 .. 1: how much of its rarity a likeness may claim; 1 for equality, 0 at HMI_ALIKE_MIN. */
double hmi_likeness_part(double similarity);

#define HMI_ALIKE_MIN 0.6

#endif
