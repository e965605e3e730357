/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - how far long work has come, on one line of a terminal.
 *
 *     hmi_progress progress;
 *     hmi_progress_begin(&progress, STDERR_FILENO, "reading", HMI_PROGRESS_BYTES, total);
 *     while (...) { hmi_progress_set(&progress, done); }
 *     hmi_progress_end(&progress);                      // wipes the line
 *
 *     reading  [########------------]   41 %  1.24 GB of 3.02 GB  212 MB/s  0:09 left
 *
 * Silent unless the descriptor is a terminal, and for the first second: quick work shows nothing,
 * and nothing ever gets into a pipe or a file. NO_COLOR (no-color.org) and TERM=dumb are obeyed.
 * Only tools begin one; the library's long calls report through their own callbacks.
 */
#ifndef HMI_BASE_PROGRESS_H
#define HMI_BASE_PROGRESS_H

#include "base/buf.h"
#include "base/bytes.h"

typedef enum hmi_progress_unit { HMI_PROGRESS_BYTES, HMI_PROGRESS_COUNT } hmi_progress_unit;

/* Everything the line depends on: the pure part. */
typedef struct hmi_progress_view {
    const char *what; /* "reading"; anybody's text is made harmless */
    hmi_progress_unit unit;
    uint64_t done, total; /* total 0: not known */
    double rate;          /* per second; 0: not known */
    unsigned columns;     /* of the terminal */
    bool color;
} hmi_progress_view;

/* Appends the line, never wider than `columns` - 1; what does not fit is left out from the least
 * important: bar, amounts, rate, rest. */
void hmi_progress_line(hmi_buf *out, const hmi_progress_view *view);
/* The rate after `delta` more in `delta_us`, older speed fading with a half-life of about three
 * seconds. */
double hmi_progress_rate(double rate, uint64_t delta, int64_t delta_us);
/* "999 B", "1.24 kB", "12.4 MB", "124 GB"; for counts "999", "12.4k", "3.02M". */
void hmi_buf_add_amount(hmi_buf *out, double amount, hmi_progress_unit unit);
/* "0:08", "12:34", "5:06:07"; "long" from 100 hours on. */
void hmi_buf_add_duration(hmi_buf *out, double seconds);

typedef struct hmi_progress {
    hmi_progress_view view;
    int fd;
    bool on;    /* a terminal that wants it */
    bool drawn; /* a line stands there */
    int64_t begun_us, drawn_us;
    uint64_t drawn_done;
} hmi_progress;

/* `what` is borrowed until the end. total 0 = not known. */
void hmi_progress_begin(hmi_progress *progress, int fd, const char *what, hmi_progress_unit unit,
                        uint64_t total);
/* Cheap: draws at most ten times a second. */
void hmi_progress_set(hmi_progress *progress, uint64_t done);
/* Makes room for a line of output; the next set draws again. */
void hmi_progress_wipe(hmi_progress *progress);
void hmi_progress_end(hmi_progress *progress);

#endif
