/* SPDX-License-Identifier: Apache-2.0
 *
 * chances.c - probabilities and degrees as other papers write them.
 *
 * WHY    ICD 203 keeps two things apart: how likely it is, and how good the basis of that judgement
 *        is. The first is the posterior; the second rests on how many incidents of the actor are
 *        known, how many kinds of evidence speak, and whether they agree.
 */
#include "tell/chances.h"

#include "compare/arith.h"

double hmi_prior_of(const hmi_suspect *s)
{
    if (s->posterior <= 0 || s->posterior >= 1) {
        return s->posterior;
    }
    double odds = s->posterior / (1 - s->posterior) * hmi_exp(-s->llr);
    return odds / (1 + odds);
}

uint64_t hmi_dni_value(double probability)
{
    static const struct {
        double from;
        uint64_t value;
    } ROWS[] = {
        { 0.95, 95 }, { 0.80, 85 }, { 0.55, 70 }, { 0.45, 50 }, { 0.20, 30 }, { 0.05, 15 }
    };
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (probability >= ROWS[i].from - 1e-9) {
            return ROWS[i].value;
        }
    }
    return 5;
}

const char *hmi_basis_of(const hmi_suspect *s, bool contradiction)
{
    if (contradiction || !s->nameable || s->support < 2) {
        return "low";
    }
    return s->support >= 15 ? "high" : "moderate";
}
