/* SPDX-License-Identifier: Apache-2.0
 *
 * arith.c - ln, log2, exp by argument reduction and a short series.
 *
 * WHY    See arith.h: byte-identical findings across machines, compilers and C libraries.
 * FORM   x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh((m-1)/(m+1)), a series in the
 *        square of an argument below 0.172, so twelve terms reach 1e-17. exp: x = k ln 2 + r,
 *        |r| <= 0.347, Taylor to the fourteenth power.
 * TRUST  Any double; NaN comes back as the answer for 0.
 * OWNS   Nothing.
 */
#include "compare/arith.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static double atanh_twice(double s)
{
    double s2 = s * s;
    double sum = 1.0 / 25.0;
    for (int k = 23; k >= 1; k -= 2) {
        sum = sum * s2 + 1.0 / k;
    }
    return 2.0 * s * sum;
}

static double split(double x, int *ret_exponent)
{
    int exponent = 0;
    double m = frexp(x, &exponent); /* exact: moves bits only */
    if (m < 0.70710678118654752440) {
        m *= 2.0;
        exponent -= 1;
    }
    *ret_exponent = exponent;
    return m;
}

double hmi_ln(double x)
{
    if (!(x > 0)) {
        return -HMI_LN_HUGE;
    }
    int e = 0;
    double m = split(x, &e);
    /* ln 2 in two parts: the first has trailing zeros, so e * high is exact */
    const double high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
    return e * high + (e * low + atanh_twice((m - 1.0) / (m + 1.0)));
}

double hmi_log2(double x)
{
    if (!(x > 0)) {
        return -HMI_LN_HUGE;
    }
    int e = 0;
    double m = split(x, &e);
    return e + atanh_twice((m - 1.0) / (m + 1.0)) * 1.44269504088896340736;
}

double hmi_exp(double x)
{
    if (!(x > -745.0)) {
        return 0.0;
    }
    if (x > 709.0) {
        x = 709.0;
    }
    const double high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
    double scaled = x * 1.44269504088896340736;
    int k = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    double r = (x - k * high) - k * low;
    double sum = 1.0;
    for (int n = 14; n >= 1; n--) {
        sum = 1.0 + sum * r / n;
    }
    return ldexp(sum, k);
}

double hmi_softplus(double x)
{
    if (x > 36.0) {
        return x;
    }
    return hmi_ln(1.0 + hmi_exp(x));
}

double hmi_square_root(double x)
{
    return x > 0 ? sqrt(x) : 0.0; /* IEEE 754 defines sqrt exactly */
}
