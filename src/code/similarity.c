/* SPDX-License-Identifier: Apache-2.0
 *
 * similarity.c - how alike two functions are, from their fingerprints alone.
 *
 * WHY    Every comparison of the product ends here, millions of times: no allocation, no parsing
 *        twice, no number that depends on the machine.
 * FORM   For each class the weight of what both have (estimated below the lower of the two bars);
 *        the sum over classes, over the geometric mean of both masses, is a cosine. Counts join in
 *        as one more class that everybody has. A compiler that inlines moves names from a callee
 *        into its caller: names of one side's own among the other's callees' count too.
 * TRUST  Both fingerprints are hostile: parsed first, masses that contradict the lists only make
 *        the result smaller or hit the cap of 1.
 * OWNS   Nothing.
 */
#include <math.h>

#include "code/fingerprint.h"

/* Found by coordinate ascent on bzip2, cjson, lz4, zstd, libtommath, sqlite, pcre2 and libsodium in
 * eight configurations (eval_code --train --tune); order of hmi_feature_class, counts, inlined. */
const hmi_worth hmi_worth_same = { { 4, 5.6, 4, 4, 0.7, 1, 0.42, 0.15, 0.42, 0.15 }, 196, 0.6 };
const hmi_worth hmi_worth_other = { { 2, 3, 4, 0, 2, 1.2, 0.3, 0.15, 0.6, 0 }, 400, 0.8 };

typedef struct sums {
    double both, left, right;
} sums;

/* Squared weight of the features that both lists have. */
static double shared_mass(const hmi_fingerprint_list *a, const hmi_fingerprint_list *b)
{
    uint64_t bar = a->bar < b->bar ? a->bar : b->bar;
    double shared = 0;
    size_t i = 0, j = 0;
    while (i < a->kept && j < b->kept) {
        uint32_t left = hmi_id24(a->ids + 3 * i), right = hmi_id24(b->ids + 3 * j);
        if (left == right) {
            unsigned weight = hmi_feature_weight(left);
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

double hmi_cosine(const hmi_fingerprint *a, const hmi_fingerprint *b, const hmi_worth *worth)
{
    sums sum = { 0, 0, 0 };
    for (size_t c = 0; c < HMI_FEATURE_CLASSES; c++) {
        double unit = worth->classes[c];
        if (unit > 0) {
            sum.left += unit * (double)a->lists[c].mass;
            sum.right += unit * (double)b->lists[c].mass;
            sum.both += unit * shared_mass(&a->lists[c], &b->lists[c]);
        }
    }
    if (worth->inlined > 0) {
        for (size_t c = HMI_FEATURE_STRING; c <= HMI_FEATURE_IMPORT; c++) {
            sum.both += worth->inlined * shared_mass(&a->lists[c], &b->lists[HMI_FEATURE_CALLEE]);
            sum.both += worth->inlined * shared_mass(&a->lists[HMI_FEATURE_CALLEE], &b->lists[c]);
        }
    }
    double alike = counts_alike(a->counts, b->counts);
    sum.both += worth->counts * alike * alike;
    sum.left += worth->counts;
    sum.right += worth->counts;
    double cosine = sum.both / sqrt(sum.left * sum.right);
    return cosine < 1 ? cosine : 1;
}

/* A cosine says nothing by itself. Measured (bench/code/eval_code.c): of unrelated functions about
 * one in a thousand reaches EVEN; what a reader takes for "rather alike" begins there, at one half.
 */
static double calibrated(double cosine)
{
    static const double EVEN = 0.4, MOST = 0.99;
    double value =
        cosine < EVEN ? 0.5 * cosine / EVEN : 0.5 + (MOST - 0.5) * (cosine - EVEN) / (1 - EVEN);
    return value < MOST ? value : MOST;
}

double hmi_similarity(const hmi_fingerprint *a, const hmi_fingerprint *b)
{
    if (a->machine == b->machine && memcmp(a->exact, b->exact, 16) == 0) {
        return 1;
    }
    bool same = a->machine == b->machine;
    return calibrated(hmi_cosine(a, b, same ? &hmi_worth_same : &hmi_worth_other));
}

double hmi_fingerprint_similarity(hm_bytes a, hm_bytes b)
{
    hmi_fingerprint left, right;
    if (!hmi_fingerprint_parse(a, &left) || !hmi_fingerprint_parse(b, &right)) {
        return 0;
    }
    return hmi_similarity(&left, &right);
}
