/* SPDX-License-Identifier: Apache-2.0
 *
 * test_lbfgs.c - the minimum is found, also when a bound stands before it.
 */
#include "check.h"

#include "compare/actor/lbfgs.h"

/* Rosenbrock's valley: minimum 0 at (1, 1). */
static double valley(void *with, const double *x, double *g)
{
    (void)with;
    const double a = 1 - x[0], b = x[1] - x[0] * x[0];
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return a * a + 100 * b * b;
}

/* sum of (x[i] - i + 3)^2 (i + 1): minimum at i - 3. */
static double bowl(void *with, const double *x, double *g)
{
    double sum = 0;
    *(int *)with += 1;
    for (int i = 0; i < 8; i++) {
        const double off = x[i] - i + 3;
        g[i] = 2 * (i + 1) * off;
        sum += (i + 1) * off * off;
    }
    return sum;
}

TEST(a_curved_valley)
{
    const signed char sign[2] = { 0, 0 };
    double x[2] = { -1.2, 1 }, loss = 9;
    size_t iterations = hmi_lbfgs(valley, NULL, x, sign, 2, 500, &loss);
    CHECK(iterations < 200);
    CHECK(loss < 1e-6);
    CHECK(x[0] > 0.99 && x[0] < 1.01);
}

TEST(bounds_hold_and_the_rest_is_free)
{
    const signed char sign[8] = { 1, 1, 1, 1, 1, -1, -1, 0 };
    double x[8] = { 1, 1, 1, 1, 1, -1, -1, 1 }, loss = 0;
    int calls = 0;
    hmi_lbfgs(bowl, &calls, x, sign, 8, 200, &loss);
    const double expected[8] = { 0, 0, 0, 0, 1, 0, 0, 4 };
    for (int i = 0; i < 8; i++) {
        CHECK(x[i] > expected[i] - 1e-3 && x[i] < expected[i] + 1e-3);
    }
    CHECK(x[0] >= 0 && x[5] <= 0);
}

TEST(no_iterations_change_nothing)
{
    const signed char sign[2] = { 0, 0 };
    double x[2] = { -1.2, 1 }, loss = 0;
    CHECK_EQ(hmi_lbfgs(valley, NULL, x, sign, 2, 0, &loss), 0);
    CHECK(x[0] < -1.19 && loss > 24);
}

RUN_TESTS()
