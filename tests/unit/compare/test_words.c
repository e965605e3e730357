/* SPDX-License-Identifier: Apache-2.0
 *
 * test_words.c - the borders of both verbal scales.
 */
#include "check.h"

#include "compare/words.h"

TEST(a_likelihood_ratio_speaks_enfsi)
{
    CHECK_CSTR(hmi_words_enfsi(0), "no support either way");
    CHECK_CSTR(hmi_words_enfsi(1), "weak support");
    CHECK_CSTR(hmi_words_enfsi(3.3), "weak support");
    CHECK_CSTR(hmi_words_enfsi(3.33), "moderate support");
    CHECK_CSTR(hmi_words_enfsi(6.65), "moderately strong support");
    CHECK_CSTR(hmi_words_enfsi(10), "strong support");
    CHECK_CSTR(hmi_words_enfsi(14), "very strong support");
    CHECK_CSTR(hmi_words_enfsi(20), "extremely strong support");
    CHECK_CSTR(hmi_words_enfsi(-2), "weak support for unrelated origins");
    CHECK_CSTR(hmi_words_enfsi(-40), "moderately strong support for unrelated origins");
}

TEST(a_probability_speaks_icd203)
{
    CHECK_CSTR(hmi_words_icd203(0), "almost no chance");
    CHECK_CSTR(hmi_words_icd203(0.05), "very unlikely");
    CHECK_CSTR(hmi_words_icd203(0.3), "unlikely");
    CHECK_CSTR(hmi_words_icd203(0.5), "roughly even chance");
    CHECK_CSTR(hmi_words_icd203(0.79), "likely");
    CHECK_CSTR(hmi_words_icd203(0.80), "very likely");
    CHECK_CSTR(hmi_words_icd203(1), "almost certain");
}

RUN_TESTS()
