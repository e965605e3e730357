/* SPDX-License-Identifier: Apache-2.0
 *
 * moments.h - what happened when: events as rows of a time line.
 *
 * Like events that follow each other within a quarter of an hour become one moment with a count, so
 * that a million requests of a scanner are one line. Each goes to the reading's sink as an object
 * of type "moment" whose bytes are JSON:
 *
 *     {"first":US,"last":US,"count":N,"assumed":"zone","host":..,"actor":..,"target":..,
 *      "kind":"login","outcome":"failure","what":"root"}
 *
 * Members that would be empty are left out. The object's offset is that of the first event.
 */
#ifndef HMI_FORMATS_MOMENTS_H
#define HMI_FORMATS_MOMENTS_H

#include "formats/record/event.h"

enum {
    HMI_MOMENTS_OPEN_MAX = 1 << 14, /* that may still grow */
    HMI_MOMENT_TEXT_MAX = 200       /* bytes of each text */
};

typedef struct hmi_moments hmi_moments;
int hmi_moments_new(hmi_reading *reading, hmi_moments **ret_moments, hm_err *err);
int hmi_moments_event(hmi_moments *moments, const hmi_event *event, hm_err *err);
int hmi_moments_end(hmi_moments *moments, hm_err *err);
void hmi_moments_free(hmi_moments *moments); /* NULL is fine */

#endif
