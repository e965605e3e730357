/* SPDX-License-Identifier: Apache-2.0
 *
 * tally.h - a sink that counts equal traits instead of repeating them.
 *
 * A log names one address a million times; the tally keeps one row per (class, role, value) with
 * its count, first place, first and last moment, and hands each on once, when it is flushed. When
 * its ceiling is reached it hands on what was not met again, and keeps what comes often: the
 * receiver adds counts up. Order is by first appearance within a flush, so the same input gives the
 * same messages. Everything else passes straight through.
 */
#ifndef HMI_TRAIT_TALLY_H
#define HMI_TRAIT_TALLY_H

#include "trait/trait.h"

typedef struct hmi_tally hmi_tally;
/* `ceiling` bounds its memory in bytes. `next` is borrowed. */
int hmi_tally_new(hmi_sink *next, size_t ceiling, hmi_tally **ret_tally, hm_err *err);
hmi_sink *hmi_tally_sink(hmi_tally *tally);
int hmi_tally_flush(hmi_tally *tally, hm_err *err);
void hmi_tally_free(hmi_tally *tally);

#endif
