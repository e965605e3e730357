/* SPDX-License-Identifier: Apache-2.0
 *
 * chances.h - probabilities and degrees as other papers write them.
 */
#ifndef HMI_TELL_CHANCES_H
#define HMI_TELL_CHANCES_H

#include "compare/attribute.h"

/* The probability before the evidence: the posterior's odds without the likelihood ratio. */
double hmi_prior_of(const hmi_suspect *suspect);
/* STIX 2.1 Appendix A, DNI scale: the value of the ICD 203 row of a probability. */
uint64_t hmi_dni_value(double probability);
/* "low", "moderate" or "high": how broad the basis is, never how likely. */
const char *hmi_basis_of(const hmi_suspect *suspect, bool contradiction);

#endif
