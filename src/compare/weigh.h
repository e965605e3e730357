/* SPDX-License-Identifier: Apache-2.0
 *
 * weigh.h - the second half of a comparison: one candidate, weighed with all that it shares.
 * Private to this room.
 */
#ifndef HMI_COMPARE_WEIGH_H
#define HMI_COMPARE_WEIGH_H

#include "compare/gather.h"

enum { HMI_SEEN_LISTED = 8 }; /* places listed of a hallmark on each side */

/* Fills ret->bits, group_bits, without_group, hallmarks (at most `hallmarks_max`, 0: none) and
 * hallmark_total; what speaks against is added by hmi_weigh_against. */
int hmi_weigh(hmi_gathering *g, const hmi_candidate *candidate, size_t hallmarks_max,
              hmi_match *ret, hm_err *err);

/* Adds what should agree and does not, each a sentence with bits < 0, and takes it off the totals.
 */
int hmi_weigh_against(hmi_gathering *g, const hmi_candidate *candidate, hmi_match *match,
                      hm_err *err);

/* Sets words, related and why_not from the totals. */
void hmi_weigh_verdict(double related_bits, hmi_match *match);

#endif
