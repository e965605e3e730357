/* SPDX-License-Identifier: Apache-2.0
 *
 * nearest.h - what somebody meant who typed a word that is not there.
 */
#ifndef HMI_CLI_NEAREST_H
#define HMI_CLI_NEAREST_H

#include "base/buf.h"

/* Keeps the best of the words offered so far. */
typedef struct hmi_nearest {
    hm_text typed, best;
    size_t distance;
} hmi_nearest;

hmi_nearest hmi_nearest_to(hm_text typed);
/* Up to two letters added, left out, exchanged or swapped are a slip, less in short words. */
void hmi_nearest_offer(hmi_nearest *nearest, hm_text word);

/* Says that there is no command such as argv begins with, and what there is instead; returns the
 * exit code. */
int hmi_no_such_command(int argc, char **argv);
/* `: did you mean "domain"?`, or nothing, for a trait class that does not exist. Ends with NUL. */
void hmi_class_meant(const char *typed, char *ret, size_t size);

#endif
