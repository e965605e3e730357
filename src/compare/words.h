/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - the two scales people read, each for its own number and never in one sentence.
 *
 * A likelihood ratio (how strongly the evidence supports a common origin) speaks ENFSI 2015; a
 * probability (how likely it is, all considered) speaks ICD 203.
 */
#ifndef HMI_COMPARE_WORDS_H
#define HMI_COMPARE_WORDS_H

/* For bits = log2 of the likelihood ratio. Negative bits name support for the other side. */
const char *hmi_words_enfsi(double bits);
/* For a probability in 0 .. 1. */
const char *hmi_words_icd203(double probability);

#endif
