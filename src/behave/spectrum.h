/* SPDX-License-Identifier: Apache-2.0
 *
 * spectrum.h - is there a rhythm in these moments, however jittered, and which?
 */
#ifndef HMI_BEHAVE_SPECTRUM_H
#define HMI_BEHAVE_SPECTRUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HMI_SPECTRUM_BINS = 4096,     /* of time */
    HMI_SPECTRUM_EVENTS_MIN = 16, /* fewer say nothing */
    HMI_SPECTRUM_PERIODS_MIN = 8  /* of the rhythm within the time seen */
};

typedef struct hmi_rhythm {
    double period_s;
    double power;        /* of the peak, against its surroundings in the spectrum */
    double chance_log10; /* of a peak so high in moments without rhythm */
    double likeness;     /* autocorrelation at the period, against what its neighbours have */
} hmi_rhythm;

/* Room for hmi_spectrum_rhythm, in doubles. */
enum { HMI_SPECTRUM_ROOM = HMI_SPECTRUM_BINS * 4 };

/* `seconds` ascending. False: no rhythm that chance would not make. */
bool hmi_spectrum_rhythm(const uint32_t *seconds, size_t count, double *room, hmi_rhythm *ret);

#endif
