/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.h - reading logs of one record a line, whatever their formats, mixed or not.
 *
 * A line format looks at one line and says whether it is one of its records. The line reader gives
 * each line to the format that understood the line before, then to the others in the list's order.
 * So a file may change its format as often as it likes, and a bad line costs only itself.
 *
 * To add a line format: write record/NAME.c with `const hmi_line_format hmi_line_NAME`, name it in
 * lines.c's list (specific ones first), add cases to tests/unit/formats/test_NAME.c.
 */
#ifndef HMI_FORMATS_LINES_H
#define HMI_FORMATS_LINES_H

#include "base/arena.h"
#include "formats/record/event.h"

enum {
    HMI_LINE_MAX = 1 << 20, /* longer lines are cut here */
    HMI_LINE_FORMATS_MAX = 32,
    HMI_LINE_DETECT_LINES = 64, /* looked at to recognise a log */
    HMI_LINE_DETECT_BYTES = 1 << 18
};

typedef enum hmi_line_verdict {
    HMI_LINE_NOT = 0, /* no record of this format */
    HMI_LINE_EVENT,   /* the event is filled */
    HMI_LINE_QUIET    /* belongs to the format, says nothing: a header, a comment */
} hmi_line_verdict;

/* What a parser has in hand beside the line. */
typedef struct hmi_line_ctx {
    void *state;             /* the format's own, zeroed at the start, lives as long as the file */
    hmi_arena *arena;        /* lives as long as the file */
    struct hmi_inner *inner; /* for records that carry other records (inner.h) */
    hmi_arena *scratch;      /* emptied after each line */
    int64_t context_us;      /* a moment near the records, HMI_TIME_NONE if unknown */
    /* For records that are not one line: the file from the beginning of this line, and where in it
     * the next line begins. A parser that understands the record may move `next` (not back to 0).
     */
    hm_bytes text;
    size_t next;
    bool unsure;    /* set by a parser whose format takes many lines that are something else */
    unsigned depth; /* how many records are wrapped around this one */
} hmi_line_ctx;

typedef struct hmi_line_format {
    const char *name; /* "combined": stated in the fact "log-formats" */
    size_t state_size;
    /* The event comes cleared. A verdict, or a negative code when memory is out. */
    int (*parse)(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err);
    void (*fini)(void *state); /* NULL when the state owns nothing */
} hmi_line_format;

extern const hmi_line_format *const hmi_line_formats[]; /* ends with NULL */

/* What reading a log has shown beside its events. */
typedef struct hmi_lines_sums {
    uint64_t lines, events, quiet;
    uint64_t skipped, first_skipped;     /* lines no format understood */
    uint64_t continued, first_continued; /* of those: indented, so the tail of a record */
    uint64_t cut, first_cut;             /* records that end in the middle */
    uint64_t long_lines, first_long;
    uint64_t zone_assumed, year_assumed; /* events */
    int64_t first_us, last_us;
    uint64_t by_format[HMI_LINE_FORMATS_MAX]; /* events and quiet lines */
} hmi_lines_sums;

/* Sends every record of `text` to `sink`; lines that nobody understands are counted and, when
 * `stray` is given, handed to it. */
typedef int hmi_stray_line(void *state, hm_bytes line, uint64_t offset, hm_err *err);
int hmi_lines_read(hmi_arena *arena, int64_t context_us, hm_bytes text, hmi_event_sink *sink,
                   hmi_stray_line *stray, void *stray_state, hmi_lines_sums *ret_sums, hm_err *err);

/* Percent of the first lines that are records; those taken unsurely count half. */
unsigned hmi_lines_share(hm_bytes text);

#endif
