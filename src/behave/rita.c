/* SPDX-License-Identifier: Apache-2.0
 *
 * rita.c - the four marks of a beacon: even intervals, even sizes, an even day, a long one.
 *
 * WHY    See rita.h. A program that calls home keeps a rhythm; a person does not.
 * FORM   Quartiles as RITA's statistics library takes them: medians of the halves below and above
 *        the median, which itself belongs to neither. Rounding is half away from zero.
 * TRUST  Times and sizes are the log's; any numbers give some score between 0 and 1.
 * OWNS   Nothing.
 */
#include "behave/rita.h"

#include <math.h>
#include <stdlib.h>

static double three_decimals(double x)
{
    return round(x * 1000) / 1000;
}

static double median_of(const double *sorted, size_t count)
{
    return count == 0       ? 0
           : count % 2 == 1 ? sorted[count / 2]
                            : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_second(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

typedef struct quartiles {
    double low, mid, high;
} quartiles;

static quartiles quartiles_of(const double *sorted, size_t count)
{
    size_t half = count / 2, above = count - half;
    return (quartiles){ median_of(sorted, half), median_of(sorted, count),
                        median_of(sorted + above, half) };
}

static double skew_score(quartiles q)
{
    double width = q.high - q.low;
    /* Closer quartiles than this say nothing about skew. */
    if (width < 10 || q.mid <= q.low || q.mid >= q.high) {
        return 1;
    }
    return 1 - fabs((q.low + q.high - 2 * q.mid) / width);
}

/* The median distance from the median, without another array: the distances of a sorted series
 * rise to both sides of its median, so the two rows are merged up to the middle. */
static double deviation_of(const double *sorted, size_t count, double median)
{
    size_t right = 0;
    while (right < count && sorted[right] < median) {
        right++;
    }
    size_t left = right, middle = count / 2;
    double before = 0, here = 0;
    for (size_t taken = 0; taken <= middle; taken++) {
        before = here;
        double to_left = left > 0 ? median - sorted[left - 1] : INFINITY;
        double to_right = right < count ? sorted[right] - median : INFINITY;
        if (to_left < to_right) {
            here = to_left;
            left--;
        } else {
            here = to_right;
            right++;
        }
    }
    return count % 2 == 1 ? here : (before + here) / 2;
}

double hmi_rita_statistic(const double *sorted, size_t count, double default_mad)
{
    if (count < 3) {
        return 0;
    }
    double median = median_of(sorted, count), mad_score = default_mad;
    if (median >= 1) {
        mad_score = (median - deviation_of(sorted, count, median)) / median;
    }
    mad_score = mad_score > 0 ? mad_score : 0;
    return three_decimals((skew_score(quartiles_of(sorted, count)) + mad_score) / 2);
}

/* Intervals of more than no time, ascending. */
static size_t intervals_of(const uint32_t *seconds, size_t count, double *ret)
{
    size_t n = 0;
    for (size_t i = 1; i < count; i++) {
        if (seconds[i] > seconds[i - 1]) {
            ret[n++] = (double)(seconds[i] - seconds[i - 1]);
        }
    }
    qsort(ret, n, sizeof(*ret), by_value);
    return n;
}

bool hmi_rita_timestamps(const uint32_t *seconds, size_t count, double *room, double *ret)
{
    size_t n = intervals_of(seconds, count, room);
    if (n < HMI_RITA_CONNECTIONS_MIN - 1) {
        return false;
    }
    *ret = hmi_rita_statistic(room, n, 1);
    return true;
}

void hmi_rita_histogram(const uint32_t *seconds, size_t count, int64_t begin, int64_t end,
                        unsigned bins, uint32_t *ret_bins)
{
    double step = (double)(end - begin) / bins;
    for (unsigned i = 0; i < bins; i++) {
        ret_bins[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        double at = floor(((double)seconds[i] - (double)begin) / step);
        unsigned bin = at <= 0 ? 0 : at >= bins ? bins - 1 : (unsigned)at;
        /* The edge itself decides, not what division made of it. */
        while (bin > 0 && seconds[i] < (double)begin + bin * step) {
            bin--;
        }
        while (bin + 1 < bins && seconds[i] >= (double)begin + (bin + 1) * step) {
            bin++;
        }
        ret_bins[bin]++;
    }
}

static double variation_score(const uint32_t *bins, unsigned count)
{
    double total = 0, squares = 0;
    for (unsigned i = 0; i < count; i++) {
        total += bins[i];
    }
    double mean = total / count;
    for (unsigned i = 0; i < count; i++) {
        squares += (bins[i] - mean) * (bins[i] - mean);
    }
    double variation = mean > 0 ? sqrt(squares / count) / mean : 2;
    return variation > 1 ? 0 : three_decimals(1 - variation);
}

/* Which share of the bars has one of the two most frequent heights; heights within a twentieth of
 * the highest bar are one. */
static double bimodal_score(const uint32_t *bins, unsigned count, unsigned bars)
{
    enum { HEIGHTS_MAX = 64 };
    double highest = 0, heights[HEIGHTS_MAX];
    unsigned seen[HEIGHTS_MAX], height_count = 0;
    for (unsigned i = 0; i < count; i++) {
        highest = bins[i] > highest ? bins[i] : highest;
    }
    double width = ceil(highest * 0.05);
    for (unsigned i = 0; i < count; i++) {
        double height = floor(bins[i] / width) * width;
        unsigned h = 0;
        while (h < height_count && fabs(heights[h] - height) > 0.5) {
            h++;
        }
        if (bins[i] == 0 || h == HEIGHTS_MAX) {
            continue;
        }
        if (h == height_count) {
            heights[height_count] = height;
            seen[height_count++] = 0;
        }
        seen[h]++;
    }
    unsigned most = 0, next = 0;
    for (unsigned h = 0; h < height_count; h++) {
        if (seen[h] > most) {
            next = most;
            most = seen[h];
        } else if (seen[h] > next) {
            next = seen[h];
        }
    }
    double others = bars > 2 ? bars - 1 : 1; /* one bar may be an outlier */
    double fit = three_decimals((most + next) / others);
    return fit > 1 ? 1 : fit;
}

double hmi_rita_histogram_score(const uint32_t *bins, unsigned bin_count, unsigned bimodal_min,
                                unsigned *ret_bars, unsigned *ret_run)
{
    unsigned bars = 0, run = 0, longest = 0;
    for (unsigned i = 0; i < bin_count * 2; i++) {
        bool bar = bins[i % bin_count] > 0;
        bars += bar && i < bin_count;
        run = bar ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    *ret_bars = bars;
    *ret_run = longest > bin_count ? bin_count : longest;
    if (bars == 0) {
        return 0;
    }
    double variation = variation_score(bins, bin_count);
    double modes = bars >= bimodal_min ? bimodal_score(bins, bin_count, bars) : 0;
    return variation > modes ? variation : modes;
}

double hmi_rita_duration(int64_t begin, int64_t end, int64_t first, int64_t last, unsigned bars,
                         unsigned run)
{
    if (bars < HMI_RITA_DURATION_HOURS_MIN || end <= begin || last <= first) {
        return 0;
    }
    double coverage = ceil((double)(last - first) / (double)(end - begin) * 1000) / 1000;
    double consistency = ceil((double)run / HMI_RITA_IDEAL_HOURS * 1000) / 1000;
    double best = coverage > consistency ? coverage : consistency;
    return best > 1 ? 1 : best;
}

bool hmi_rita_beacon(uint32_t *seconds, double *sizes, size_t count, int64_t begin, int64_t end,
                     double *room, hmi_rita_score *ret)
{
    hmi_rita_score score = { 0 };
    uint32_t bins[HMI_RITA_BINS];
    unsigned bars = 0, run = 0;
    if (count < HMI_RITA_CONNECTIONS_MIN || end <= begin) {
        return false;
    }
    qsort(seconds, count, sizeof(*seconds), by_second);
    qsort(sizes, count, sizeof(*sizes), by_value);
    if (!hmi_rita_timestamps(seconds, count, room, &score.timestamps)) {
        return false;
    }
    size_t n = intervals_of(seconds, count, room);
    quartiles q = quartiles_of(room, n);
    score.median_s = q.mid;
    score.spread = q.mid > 0 ? (q.high - q.low) / 2 / q.mid : 0;
    score.sizes = hmi_rita_statistic(sizes, count, 0);
    hmi_rita_histogram(seconds, count, begin, end, HMI_RITA_BINS, bins);
    score.histogram =
        hmi_rita_histogram_score(bins, HMI_RITA_BINS, HMI_RITA_BIMODAL_HOURS_MIN, &bars, &run);
    score.duration = hmi_rita_duration(begin, end, seconds[0], seconds[count - 1], bars, run);
    score.all = three_decimals(0.25 * score.timestamps + 0.25 * score.sizes +
                               0.25 * score.duration + 0.25 * score.histogram);
    *ret = score;
    return true;
}
