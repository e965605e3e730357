/* SPDX-License-Identifier: Apache-2.0
 *
 * rita.h - how much a series of connections looks like a beacon, by the formulas of RITA v5.
 *
 * RITA (activecm/rita, analysis/beacons.go) publishes its formulas and what they give for known
 * traffic. They are written anew here and give the same numbers, to the third decimal: an
 * investigator may compare them with what his own RITA says.
 */
#ifndef HMI_BEHAVE_RITA_H
#define HMI_BEHAVE_RITA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HMI_RITA_CONNECTIONS_MIN = 4,    /* at different seconds */
    HMI_RITA_STROBE = 86400,         /* this many are no beacon: "strobe" */
    HMI_RITA_BINS = 24,              /* of the histogram */
    HMI_RITA_BIMODAL_HOURS_MIN = 11, /* bins seen before two modes are looked for */
    HMI_RITA_DURATION_HOURS_MIN = 6, /* bins seen before duration counts */
    HMI_RITA_IDEAL_HOURS = 12        /* a run of so many bins is full marks */
};

/* Ascending. (median - MAD) / median and 1 - |Bowley skew|, averaged, to 3 decimals. Values below
 * a median of 1 have no MAD score: `default_mad` stands for it. */
double hmi_rita_statistic(const double *sorted, size_t count, double default_mad);
/* `seconds` ascending; `room` holds count numbers. False: too few of them at different times. */
bool hmi_rita_timestamps(const uint32_t *seconds, size_t count, double *room, double *ret);
/* Counts of [begin, end] in `bins` bins of equal width. */
void hmi_rita_histogram(const uint32_t *seconds, size_t count, int64_t begin, int64_t end,
                        unsigned bins, uint32_t *ret_bins);
/* *ret_bars: bins that are not empty; *ret_run: the longest row of them, around the end too. */
double hmi_rita_histogram_score(const uint32_t *bins, unsigned bin_count, unsigned bimodal_min,
                                unsigned *ret_bars, unsigned *ret_run);
double hmi_rita_duration(int64_t begin, int64_t end, int64_t first, int64_t last, unsigned bars,
                         unsigned run);

typedef struct hmi_rita_score {
    double all, timestamps, sizes, histogram, duration;
    double median_s; /* between connections */
    double spread;   /* half of the middle half of the intervals, against the median */
} hmi_rita_score;
/* The whole of it for connections within [begin, end]. `seconds` and `sizes` are sorted in place;
 * `room` holds count numbers. False: too few, or no time passes. */
bool hmi_rita_beacon(uint32_t *seconds, double *sizes, size_t count, int64_t begin, int64_t end,
                     double *room, hmi_rita_score *ret);

#endif
