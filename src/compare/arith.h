/* SPDX-License-Identifier: Apache-2.0
 *
 * arith.h - logarithm and exponential that give the same bits on every machine.
 *
 * The C library picks its implementation by processor and version, and the last bit of its answer
 * may differ; a finding must not. These use only +, -, *, / of IEEE 754 doubles in a fixed order
 * (the build forbids contraction). Within 2 units in the last place of the true value.
 */
#ifndef HMI_COMPARE_ARITH_H
#define HMI_COMPARE_ARITH_H

/* Natural logarithm; of 0 and less: -HMI_LN_HUGE. */
double hmi_ln(double x);
double hmi_log2(double x);
/* e^x; 0 below -745, HUGE_VAL never: clamped at x = 709. */
double hmi_exp(double x);
/* ln(1 + e^x) without overflow. */
double hmi_softplus(double x);
double hmi_square_root(double x);

#define HMI_LN_HUGE 1e300
#define HMI_LN2 0.693147180559945309417232121458

#endif
