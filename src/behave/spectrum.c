/* SPDX-License-Identifier: Apache-2.0
 *
 * spectrum.c - periodogram, checked by autocorrelation.
 *
 * WHY    Medians of intervals are fooled by a program that sleeps "60 s plus or minus half", or
 *        that misses every third call. Its mean rhythm still stands out of the spectrum, as
 *        BAYWATCH (DSN 2016) showed on real proxies.
 * FORM   1. Moments are counted in bins over the time seen. 2. The power at each frequency is
 *        compared with that around it: without rhythm, powers are exponentially distributed, so the
 *        highest of M exceeds T times the mean with chance M * exp(-T). 3. Of a peak and its
 *        harmonics the lowest strong frequency is the rhythm. 4. The autocorrelation at that
 *        distance must stand above its surroundings: a burst has a wide spectrum but no such peak.
 *        The transform is Cooley and Tukey's, over twice the bins, the second half empty, so that
 *        the autocorrelation does not wrap around.
 * TRUST  Any moments; cost is the same for all.
 * OWNS   Nothing: the caller lends the room.
 */
#include "behave/spectrum.h"

#include <math.h>
#include <string.h>

enum { SIZE = HMI_SPECTRUM_BINS * 2 };
static const double CHANCE_MAX = 1e-6, HARMONIC_SHARE = 0.35, LIKENESS_MIN = 1.2, HUMP_MIN = 2;

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* re and im, in place; the same twice gives SIZE times the input, backwards. */
static void transform(double *re, double *im)
{
    for (unsigned i = 1, j = 0; i < SIZE; i++) {
        unsigned bit = SIZE >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            swap(&re[i], &re[j]);
            swap(&im[i], &im[j]);
        }
    }
    for (unsigned len = 2; len <= SIZE; len <<= 1) {
        double angle = -6.283185307179586 / len, step_re = cos(angle), step_im = sin(angle);
        for (unsigned i = 0; i < SIZE; i += len) {
            double w_re = 1, w_im = 0;
            for (unsigned k = i; k < i + len / 2; k++) {
                unsigned m = k + len / 2;
                double a = re[m] * w_re - im[m] * w_im, b = re[m] * w_im + im[m] * w_re;
                re[m] = re[k] - a;
                im[m] = im[k] - b;
                re[k] += a;
                im[k] += b;
                double next = w_re * step_re - w_im * step_im;
                w_im = w_re * step_im + w_im * step_re;
                w_re = next;
            }
        }
    }
}

/* Counts per bin less their mean, over the time seen; what lies behind stays 0. */
static unsigned fill(const uint32_t *seconds, size_t count, double bin_s, double *re)
{
    double last = (double)(seconds[count - 1] - seconds[0]) / bin_s;
    unsigned used = last >= HMI_SPECTRUM_BINS - 1 ? HMI_SPECTRUM_BINS : (unsigned)last + 1;
    memset(re, 0, sizeof(*re) * SIZE);
    for (size_t i = 0; i < count; i++) {
        double at = (double)(seconds[i] - seconds[0]) / bin_s;
        unsigned bin = at >= HMI_SPECTRUM_BINS ? HMI_SPECTRUM_BINS - 1 : (unsigned)at;
        re[bin] += 1;
    }
    double mean = (double)count / used;
    for (unsigned i = 0; i < used; i++) {
        re[i] -= mean;
    }
    return used;
}

/* The lowest frequency of which the peak is a multiple and that is strong itself. */
static unsigned fundamental(const double *power, unsigned peak, unsigned low)
{
    for (unsigned part = 6; part > 1; part--) {
        unsigned at = (peak + part / 2) / part, best = at;
        for (unsigned k = at > 2 ? at - 2 : 1; k <= at + 2; k++) {
            best = power[k] > power[best] ? k : best;
        }
        if (at >= low && power[best] > power[peak] * HARMONIC_SHARE) {
            return best;
        }
    }
    return peak;
}

/* How much more alike the moments are at this distance than a little nearer and farther. */
static double likeness(const double *correlation, double lag)
{
    double near = 0, around = 0;
    unsigned near_count = 0, around_count = 0;
    double half = lag * 0.15 > 1 ? lag * 0.15 : 1;
    for (unsigned k = (unsigned)(lag * 0.5); k <= (unsigned)(lag * 1.5) && k < HMI_SPECTRUM_BINS;
         k++) {
        if (k == 0) {
            continue;
        }
        double value = correlation[k] > 0 ? correlation[k] : 0;
        if (fabs(k - lag) <= half) {
            near += value;
            near_count++;
        } else {
            around += value;
            around_count++;
        }
    }
    if (near_count == 0 || around_count == 0 || near <= 0) {
        return 0;
    }
    double base = around / around_count;
    return base > 0 ? near / near_count / base : 1000;
}

/* The mean of power[low..high] by its running sums. */
static double mean_of(const double *sums, unsigned low, unsigned high)
{
    return (sums[high] - sums[low - 1]) / (high - low + 1);
}

/* How far the mean power of 2 * half + 1 frequencies around k stands above what lies half an octave
 * to each side, and how unlikely (natural logarithm) that is by chance: such a mean of exponential
 * powers exceeds r times its expectation with at most exp(-n (r - 1 - log r)). */
static double stands_out(const double *sums, unsigned k, unsigned half, double *ret_chance)
{
    unsigned low = k * 2 / 3, high = k * 3 / 2 < SIZE / 2 ? k * 3 / 2 : SIZE / 2 - 1;
    unsigned guard = k / 10 > half + 3 ? k / 10 : half + 3;
    *ret_chance = 0;
    if (low < 1 || low + guard + 4 >= k || k + guard + 4 >= high || half >= k) {
        return 0;
    }
    double left = mean_of(sums, low, k - guard - 1), right = mean_of(sums, k + guard + 1, high);
    double around = left > right ? left : right;
    double ratio = around > 0 ? mean_of(sums, k - half, k + half) / around : 0;
    if (ratio > 1) {
        *ret_chance = -(half * 2 + 1.0) * (ratio - 1 - log(ratio));
    }
    return ratio;
}

/* The frequency that stands out most. A program that sleeps afresh after each call drifts: its
 * rhythm is a hump, wider the more it jitters; so humps of several widths are looked for. Against
 * the mean of all frequencies, each visit of a person would be a rhythm: hence the surroundings. */
static unsigned highest(const double *sums, unsigned low, double *ret_ratio, double *ret_chance)
{
    static const unsigned shares[] = { 0, 64, 24, 12 };
    unsigned peak = 0;
    /* Narrow ones first: a wide window near a line is high, too, but not where the line is. */
    for (size_t i = 0; i < sizeof(shares) / sizeof(*shares) && peak == 0; i++) {
        double best = HUMP_MIN;
        for (unsigned k = low; k < SIZE / 2 - 8; k++) {
            double chance = 0, ratio = stands_out(sums, k, shares[i] ? k / shares[i] : 0, &chance);
            if (ratio > best && chance < log(CHANCE_MAX / (HMI_SPECTRUM_BINS * 4.0))) {
                best = ratio;
                *ret_ratio = ratio;
                *ret_chance = chance;
                peak = k;
            }
        }
    }
    return peak;
}

bool hmi_spectrum_rhythm(const uint32_t *seconds, size_t count, double *room, hmi_rhythm *ret)
{
    if (count < HMI_SPECTRUM_EVENTS_MIN || seconds[count - 1] <= seconds[0]) {
        return false;
    }
    double span = (double)(seconds[count - 1] - seconds[0]) + 1;
    double bin_s = span / HMI_SPECTRUM_BINS > 1 ? span / HMI_SPECTRUM_BINS : 1;
    double *re = room, *im = room + SIZE, chance = 0;
    unsigned used = fill(seconds, count, bin_s, re);
    memset(im, 0, sizeof(*im) * SIZE);
    transform(re, im);
    for (unsigned k = 0; k < SIZE; k++) {
        re[k] = re[k] * re[k] + im[k] * im[k];
        im[k] = k > 0 ? im[k - 1] + re[k] : 0; /* running sums */
    }
    /* Lower frequencies have too few periods in the time seen. */
    unsigned low = SIZE / used * HMI_SPECTRUM_PERIODS_MIN;
    hmi_rhythm rhythm = { .power = 0 };
    unsigned peak = low < SIZE / 2 ? highest(im, low, &rhythm.power, &chance) : 0;
    rhythm.chance_log10 = log10(HMI_SPECTRUM_BINS * 4.0) + chance * 0.4342944819032518;
    if (peak == 0) {
        return false;
    }
    memset(im, 0, sizeof(*im) * SIZE);
    double lag = (double)SIZE / fundamental(re, peak, low);
    rhythm.period_s = lag * bin_s;
    transform(re, im); /* of a power spectrum: the autocorrelation */
    rhythm.likeness = likeness(re, lag);
    if (rhythm.likeness < LIKENESS_MIN) {
        return false;
    }
    *ret = rhythm;
    return true;
}
