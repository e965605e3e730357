/* SPDX-License-Identifier: Apache-2.0
 *
 * similarity.c - how alike two functions are, from their fingerprints alone.
 *
 * WHY    Every comparison of the product ends here, millions of times: no allocation, no parsing
 *        twice, no number that depends on the machine.
 * FORM   For each class the weight of what both have (estimated below the lower of the two bars);
 *        the sum over classes, over the geometric mean of both masses, is a cosine. Counts join in
 *        as one more class that everybody has.
 * TRUST  Both fingerprints are hostile: parsed first, masses that contradict the lists only make
 *        the result smaller or hit the cap of 1.
 * OWNS   Nothing.
 */
#include <math.h>

#include "code/fingerprint.h"

/* What one unit of squared weight in each class is worth, and the same between processors. */
static const double worth_same[HMI_FEATURE_CLASSES] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
static const double worth_other[HMI_FEATURE_CLASSES] = { 1, 1, 1, 0, 1, 1, 1, 1, 1, 0 };
static const double worth_counts = 400;

typedef struct sums {
    double both, left, right;
} sums;

/* Squared weight of the features that both lists have. */
static double shared_mass(const hmi_fingerprint_list *a, const hmi_fingerprint_list *b,
                          hmi_feature_class class_id)
{
    uint64_t bar = a->bar < b->bar ? a->bar : b->bar;
    double shared = 0;
    size_t i = 0, j = 0;
    while (i < a->kept && j < b->kept) {
        uint32_t left = hmi_id24(a->ids + 3 * i), right = hmi_id24(b->ids + 3 * j);
        if (left == right) {
            unsigned weight = hmi_feature_weight(class_id, left);
            double value = (double)(weight * weight);
            if (bar == UINT64_MAX) {
                shared += value;
            } else if (hmi_feature_rank(left, weight) < bar) {
                double chance = (double)weight * (double)bar / 4294967296.0;
                shared += chance < 1 ? value / chance : value;
            }
        }
        i += left <= right;
        j += right <= left;
    }
    return shared;
}

static double counts_alike(const uint8_t *a, const uint8_t *b)
{
    double apart = 0, all = 0;
    for (size_t i = 0; i < HMI_COUNTS; i++) {
        int difference = (int)a[i] - (int)b[i];
        apart += difference < 0 ? -difference : difference;
        all += a[i] > b[i] ? a[i] : b[i];
    }
    return all > 0 ? 1 - apart / all : 1;
}

static double raw_similarity(const hmi_fingerprint *a, const hmi_fingerprint *b)
{
    const double *worth = a->machine == b->machine ? worth_same : worth_other;
    sums sum = { 0, 0, 0 };
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        if (worth[c] > 0) {
            sum.left += worth[c] * (double)a->lists[c].mass;
            sum.right += worth[c] * (double)b->lists[c].mass;
            sum.both += worth[c] * shared_mass(&a->lists[c], &b->lists[c], (hmi_feature_class)c);
        }
    }
    double alike = counts_alike(a->counts, b->counts);
    sum.both += worth_counts * alike * alike;
    sum.left += worth_counts;
    sum.right += worth_counts;
    double cosine = sum.both / sqrt(sum.left * sum.right);
    return cosine < 1 ? cosine : 1;
}

double hmi_fingerprint_similarity(hm_bytes a, hm_bytes b)
{
    hmi_fingerprint left, right;
    if (!hmi_fingerprint_parse(a, &left) || !hmi_fingerprint_parse(b, &right)) {
        return 0;
    }
    if (left.machine == right.machine && memcmp(left.exact, right.exact, 16) == 0) {
        return 1;
    }
    double similarity = raw_similarity(&left, &right);
    return similarity < 0.99 ? similarity : 0.99;
}
