/* SPDX-License-Identifier: Apache-2.0
 *
 * words.c - from numbers to the agreed words.
 *
 * WHY    A court, a minister and a partner abroad must read the same sentence in the same way.
 * FORM   ENFSI guideline for evaluative reporting (2015): 1-2, 2-10, 10-100, 100-1,000,
 *        1,000-10,000, 10,000-1,000,000, above. ICD 203: 5, 20, 45, 55, 80, 95 per cent.
 * TRUST  Any double. OWNS nothing.
 */
#include "compare/words.h"

#include "compare/arith.h"

typedef struct step {
    double from;
    const char *words;
} step;

/* A border belongs to the higher row; 1e-9 forgives the last bits of a sum. */
static const char *pick(const step *steps, int count, double value)
{
    for (int i = count - 1; i > 0; i--) {
        if (value >= steps[i].from - 1e-9) {
            return steps[i].words;
        }
    }
    return steps[0].words;
}

const char *hmi_words_enfsi(double bits)
{
    static const step support[] = {
        { 0, "no support either way" },
        { 1, "weak support" },
        { 3.3219280948873623, "moderate support" },
        { 6.6438561897747248, "moderately strong support" },
        { 9.9657842846620870, "strong support" },
        { 13.287712379549449, "very strong support" },
        { 19.931568569324174, "extremely strong support" },
    };
    static const step contrary[] = {
        { 0, "no support either way" },
        { 1, "weak support for unrelated origins" },
        { 3.3219280948873623, "moderate support for unrelated origins" },
        { 6.6438561897747248, "moderately strong support for unrelated origins" },
    };
    return bits >= 0 ? pick(support, 7, bits) : pick(contrary, 4, -bits);
}

const char *hmi_words_icd203(double probability)
{
    static const step steps[] = {
        { 0, "almost no chance" },       { 0.05, "very unlikely" }, { 0.20, "unlikely" },
        { 0.45, "roughly even chance" }, { 0.55, "likely" },        { 0.80, "very likely" },
        { 0.95, "almost certain" },
    };
    return pick(steps, 7, probability);
}
