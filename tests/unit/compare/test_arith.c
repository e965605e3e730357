/* SPDX-License-Identifier: Apache-2.0
 *
 * test_arith.c - our logarithm and exponential against the C library's, and their extremes.
 */
#include "check.h"

#include <math.h>

#include "compare/arith.h"

static bool near_enough(double ours, double theirs)
{
    return fabs(ours - theirs) <= 4e-16 * (fabs(theirs) > 1 ? fabs(theirs) : 1);
}

TEST(logarithms_agree_with_the_library)
{
    for (double x = 1e-300; x < 1e300; x *= 1.37) {
        CHECK(near_enough(hmi_ln(x), log(x)));
        CHECK(near_enough(hmi_log2(x), log2(x)));
    }
    for (int i = 1; i < 2000; i++) {
        CHECK(near_enough(hmi_ln(i / 1000.0), log(i / 1000.0)));
    }
    CHECK(hmi_log2(8) >= 3 && hmi_log2(8) <= 3);
}

TEST(the_exponential_agrees_with_the_library)
{
    for (double x = -700; x < 700; x += 0.731) {
        const double theirs = exp(x);
        CHECK(fabs(hmi_exp(x) - theirs) <= 1e-14 * theirs);
    }
    CHECK(hmi_exp(0) >= 1 && hmi_exp(0) <= 1);
}

TEST(extremes_are_answers)
{
    CHECK(hmi_ln(0) < -1e299 && hmi_ln(-1) < -1e299);
    CHECK(hmi_exp(-1e9) <= 0 && hmi_exp(1e9) > 1e300);
    CHECK(hmi_exp((double)NAN) <= 0);
    CHECK(near_enough(hmi_softplus(0), log(2)));
    CHECK(hmi_softplus(1000) >= 1000 && hmi_softplus(-1000) < 1e-300);
    CHECK(near_enough(hmi_square_root(2), sqrt(2)) && hmi_square_root(-1) <= 0);
}

RUN_TESTS()
