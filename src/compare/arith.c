/* SPDX-License-Identifier: Apache-2.0
 *
 * arith.c - ln, log2, exp by argument reduction and a short series.
 *
 * WHY    See arith.h: byte-identical findings across machines, compilers and C libraries.
 * FORM   x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh((m-1)/(m+1)), a series in the
 *        square of an argument below 0.172, so twelve terms reach 1e-17. exp: x = k ln 2 + r,
 *        |r| <= 0.347, Taylor to the thirteenth power. Both sums run in pairs, so that the
 * processor does several at once; the order of operations is written out and never contracted.
 * TRUST  Any double; NaN comes back as the answer for 0.
 * OWNS   Nothing.
 */
#include "compare/arith.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static double atanh_twice(double s)
{
    const double x = s * s, x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
    const double a = (1.0 + x * (1.0 / 3)) + x2 * (1.0 / 5 + x * (1.0 / 7));
    const double b = (1.0 / 9 + x * (1.0 / 11)) + x2 * (1.0 / 13 + x * (1.0 / 15));
    const double c = (1.0 / 17 + x * (1.0 / 19)) + x2 * (1.0 / 21 + x * (1.0 / 23));
    return 2.0 * s * ((a + x4 * b) + x8 * (c + x4 * (1.0 / 25)));
}

static double split(double x, int *ret_exponent)
{
    int exponent = 0;
    double m = x;
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    if (bits >> 52 > 0 && bits >> 52 < 0x7ff) { /* a normal number: its exponent is in its bits */
        exponent = (int)(bits >> 52) - 1022;
        bits = (bits & 0xfffffffffffffull) | 1022ull << 52;
        memcpy(&m, &bits, sizeof(m));
    } else {
        m = frexp(x, &exponent);
    }
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

static double times_two_to(double x, int k)
{
    if (k < -1000 || k > 1000) {
        return ldexp(x, k);
    }
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof(power));
    return x * power;
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
    const double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    const double a = (1.0 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
    const double b = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const double c =
        (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
    const double d = 1.0 / 479001600 + r * (1.0 / 6227020800);
    return times_two_to((a + r4 * b) + r8 * (c + r4 * d), k);
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
