/* SPDX-License-Identifier: Apache-2.0
 *
 * rarity.c - Fellegi-Sunter agreement weight with a shrunk, value-specific frequency.
 *
 * WHY    "The same address" may be worth twelve bits or none: only counting tells. Few counts lie,
 *        so the casebook's own frequency is shrunk towards what is known beforehand: how often
 *        harmless files carry the value (programs) or how often any value of this kind repeats.
 * FORM   u = (others + K pi) / (others_all + K)      K = 32
 *        w = log2((m + (1 - m) u) / u)
 *        u: chance that an unrelated incident holds it; m: chance that an incident of the same
 *        origin does. pi = (baseline + 1/2) / (baseline_all + 1) for what programs carry (without a
 *        baseline: what a program's value is met with in programs of other origins), else 1/64
 *        (rates of repetition in public reports: a value seen elsewhere at all is the exception),
 *        1/8 for techniques and behaviour, which are few and shared: among four web servers what
 *        two share was asked of the third as well, so a handful of incidents must not make it rare.
 *        Less than 2 bits (1 for techniques) count as nothing. The two incidents compared are left
 *        out of the counts: they are the question, not the background.
 * TRUST  Any counts. OWNS nothing.
 */
#include "compare/rarity.h"

#include "compare/arith.h"

static const double SHRINK = 32.0;

static double same_origin_chance(hmi_group group)
{
    switch (group) {
    case HMI_GROUP_CODE:
    case HMI_GROUP_BUILD:
        return 0.3;
    case HMI_GROUP_FILE:
    case HMI_GROUP_TEXT:
    case HMI_GROUP_BEHAVIOUR:
        return 0.2;
    case HMI_GROUP_INFRASTRUCTURE:
        return 0.1;
    case HMI_GROUP_TECHNIQUE:
        return 0.4;
    default:
        return 0.0;
    }
}

/* Measured by bench/price.py: 421 programs of 107 source packages. Each meets what it holds of
 * these in a program of another origin that often; what is met less often is taken to be any value.
 */
static double unlearned_rate(hmi_class class_id)
{
    switch (class_id) {
    case HMI_FUNCTION:
        return 0.16;
    case HMI_ALGORITHM:
        return 0.046;
    case HMI_SECTION_NAMES:
        return 0.076;
    case HMI_FILE_PATH:
        return 0.52;
    default:
        return 1.0 / 64;
    }
}

static double prior_rate(const hmi_class_row *row, const hmi_counts *counts)
{
    double baseline = ((double)counts->baseline + 0.5) / ((double)counts->baseline_all + 1.0);
    switch (row->group) {
    case HMI_GROUP_CODE:
    case HMI_GROUP_BUILD:
    case HMI_GROUP_FILE:
    case HMI_GROUP_TEXT:
        return counts->baseline_all >= HMI_BASELINE_ENOUGH ? baseline : unlearned_rate(row->id);
    case HMI_GROUP_TECHNIQUE:
        return 1.0 / 8;
    case HMI_GROUP_BEHAVIOUR:
        /* What was derived takes one of few names; what was written down has any value at all. But
         * requests and accounts meet by being the common ones: everybody's scanners ask every
         * server for the same twenty pages, as the same twenty users. */
        return row->id == HMI_USER_AGENT || row->id == HMI_PROTOCOL_MARK ? 1.0 / 64 : 1.0 / 8;
    default:
        return counts->baseline > 0 && baseline > 1.0 / 64 ? baseline : 1.0 / 64;
    }
}

/* Below this a trait is shared but no hallmark: twenty user agents of everybody's browser, each
 * worth half a bit, must not add up to a conclusion. Techniques are few and never worth much. */
static double rare_enough(hmi_group group)
{
    return group == HMI_GROUP_TECHNIQUE ? 1.0 : 2.0;
}

double hmi_rarity_bits(const hmi_class_row *row, const hmi_counts *counts)
{
    double m = same_origin_chance(row->group);
    double u = ((double)counts->others + SHRINK * prior_rate(row, counts)) /
               ((double)counts->others_all + SHRINK);
    if (m <= 0 || u >= 1) {
        return 0;
    }
    double bits = hmi_log2((m + (1 - m) * u) / u);
    return bits >= rare_enough(row->group) ? bits : 0;
}

bool hmi_rarity_is_hub(const hmi_class_row *row, const hmi_counts *counts)
{
    /* Code that any harmless program holds is a library's or a compiler's, and anybody's to use. */
    if (row->group == HMI_GROUP_CODE && row->id != HMI_ALGORITHM && counts->baseline > 0) {
        return true;
    }
    return counts->baseline >= HMI_HUB_BASELINE_MIN &&
           counts->baseline >= counts->baseline_all / HMI_HUB_BASELINE_PART;
}

double hmi_function_part(uint32_t instructions)
{
    if (instructions <= HMI_SMALL_FUNCTION) {
        return 0;
    }
    if (instructions >= HMI_WHOLE_FUNCTION) {
        return 1;
    }
    return (double)(instructions - HMI_SMALL_FUNCTION) / (HMI_WHOLE_FUNCTION - HMI_SMALL_FUNCTION);
}

double hmi_likeness_part(double similarity)
{
    if (similarity >= 1) {
        return 1;
    }
    double part = (similarity - HMI_ALIKE_MIN) / (1 - HMI_ALIKE_MIN);
    return part > 0 ? part : 0;
}
