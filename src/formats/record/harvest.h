/* SPDX-License-Identifier: Apache-2.0
 *
 * harvest.h - an event sink that turns the values of events, and behaviour over them, into traits.
 *
 *     hmi_harvest_new(&reading, file, &harvest, err);
 *     hmi_lines_read(..., hmi_harvest_sink(harvest), ...);
 *     hmi_harvest_end(harvest, err);       hands everything on
 *     hmi_harvest_free(harvest);
 *
 * A value is counted as the record spells it; it is decoded, made canonical and looked into (a URL
 * inside a user agent) once, however often it came. `file` must stay where it is until the end.
 */
#ifndef HMI_FORMATS_HARVEST_H
#define HMI_FORMATS_HARVEST_H

#include "formats/record/event.h"

enum {
    HMI_HARVEST_ROWS_MAX = 1 << 16,  /* distinct values in hand; more are handed on in between */
    HMI_HARVEST_COPY_MAX = 4 << 20,  /* bytes of values that do not stand in the file as such */
    HMI_HARVEST_LEND_MAX = 32 << 20, /* bytes of a file that values are lent from, not copied */
    HMI_HARVEST_TALLY_MAX = 16 << 20,
    HMI_HARVEST_LOOK_MAX = 1 << 16, /* bytes of one value that are looked into */
    HMI_HARVEST_ACT_BYTES = 64      /* a record takes at least so many bytes of its file */
};

typedef struct hmi_harvest hmi_harvest;
int hmi_harvest_new(hmi_reading *reading, hm_bytes file, hmi_harvest **ret_harvest, hm_err *err);
hmi_event_sink *hmi_harvest_sink(hmi_harvest *harvest);
/* Looks for observables in text that belongs to no event. */
int hmi_harvest_text(hmi_harvest *harvest, hm_bytes text, uint64_t offset, int64_t when_us,
                     hm_err *err);
int hmi_harvest_end(hmi_harvest *harvest, hm_err *err);
void hmi_harvest_free(hmi_harvest *harvest); /* NULL is fine */

#endif
