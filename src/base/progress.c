/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.c - the line of progress.h: a pure part that formats, a thin one that draws.
 *
 * WHY    Who waits wants to know whether it moves and when it ends; who reads a log of the same run
 *        wants none of it.
 * FORM   Each part of the line is built first; parts are then left out until the rest fits.
 * TRUST  `what` may hold a file's name, so it is made harmless.
 * OWNS   Nothing between calls.
 */
#include "base/progress.h"

#include <math.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/text.h"
#include "base/time.h"

enum { SILENT_US = 1000000, DRAW_US = 100000, BAR = 20, WHAT_MAX = 40, COLUMNS_MAX = 400 };

/* -- Pure. */

void hmi_buf_add_amount(hmi_buf *out, double amount, hmi_progress_unit unit)
{
    static const char PREFIXES[] = "kMGTPE";
    char digits[HMI_DECIMAL_MAX];
    size_t step = 0;
    bool bytes = unit == HMI_PROGRESS_BYTES;
    amount = isfinite(amount) && amount > 0 ? amount : 0;
    while (amount >= 999.5 && step < sizeof(PREFIXES) - 1) {
        amount /= 1000;
        step++;
    }
    unsigned places = step == 0 ? 0 : amount < 9.995 ? 2 : amount < 99.95 ? 1 : 0;
    hmi_buf_add_text(out, (hm_text){ digits, hmi_decimal_fixed(amount, places, digits) });
    hmi_buf_add_cstr(out, bytes ? " " : "");
    if (step > 0) {
        hmi_buf_add_char(out, PREFIXES[step - 1]);
    }
    hmi_buf_add_cstr(out, bytes ? "B" : "");
}

void hmi_buf_add_duration(hmi_buf *out, double seconds)
{
    if (!(seconds < 100.0 * 3600)) {
        hmi_buf_add_cstr(out, "long");
        return;
    }
    unsigned whole = seconds > 0 ? (unsigned)ceil(seconds) : 0;
    if (whole >= 3600) {
        hmi_buf_printf(out, "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        hmi_buf_printf(out, "%u:%02u", whole / 60, whole % 60);
    }
}

double hmi_progress_rate(double rate, uint64_t delta, int64_t delta_us)
{
    if (delta_us <= 0) {
        return rate;
    }
    double seconds = (double)delta_us / 1e6, now = (double)delta / seconds;
    if (rate <= 0) {
        return now;
    }
    double keep = exp2(-seconds / 3);
    return rate * keep + now * (1 - keep);
}

static double share_done(const hmi_progress_view *view)
{
    double share = view->total > 0 ? (double)view->done / (double)view->total : 0;
    return share > 1 ? 1 : share;
}

static void add_bar(hmi_buf *out, const hmi_progress_view *view)
{
    if (view->total == 0) {
        return;
    }
    unsigned full = (unsigned)(share_done(view) * BAR);
    hmi_buf_add_cstr(out, view->color ? "  [\x1b[32m" : "  [");
    for (unsigned i = 0; i < BAR; i++) {
        if (i == full && view->color) {
            hmi_buf_add_cstr(out, "\x1b[0m");
        }
        hmi_buf_add_char(out, i < full ? '#' : '-');
    }
    hmi_buf_add_cstr(out, full == BAR && view->color ? "\x1b[0m]" : "]");
}

static void add_percent(hmi_buf *out, const hmi_progress_view *view)
{
    if (view->total > 0) {
        hmi_buf_printf(out, "  %3u %%", (unsigned)(share_done(view) * 100));
    }
}

static void add_amounts(hmi_buf *out, const hmi_progress_view *view)
{
    hmi_buf_add_cstr(out, "  ");
    hmi_buf_add_amount(out, (double)view->done, view->unit);
    if (view->total > 0) {
        hmi_buf_add_cstr(out, " of ");
        hmi_buf_add_amount(out, (double)view->total, view->unit);
    }
}

static void add_rate(hmi_buf *out, const hmi_progress_view *view)
{
    if (view->rate > 0) {
        hmi_buf_add_cstr(out, "  ");
        hmi_buf_add_amount(out, view->rate, view->unit);
        hmi_buf_add_cstr(out, "/s");
    }
}

static void add_rest(hmi_buf *out, const hmi_progress_view *view)
{
    if (view->rate > 0 && view->total > view->done) {
        hmi_buf_add_cstr(out, "  ");
        hmi_buf_add_duration(out, (double)(view->total - view->done) / view->rate);
        hmi_buf_add_cstr(out, " left");
    }
}

/* The parts in their order on the line, and the order in which they give way: 1 goes first. */
static const struct {
    void (*add)(hmi_buf *out, const hmi_progress_view *view);
    int gives_way;
} PARTS[] = {
    { add_bar, 1 }, { add_percent, 5 }, { add_amounts, 2 }, { add_rate, 3 }, { add_rest, 4 },
};

/* Columns that text takes on the terminal; our own colour sequences take none. */
static size_t width_of(hm_text text)
{
    size_t width = 0;
    for (size_t pos = 0; pos < text.len;) {
        if (hmi_utf8_next(text, &pos) != 0x1b) {
            width++;
            continue;
        }
        while (pos < text.len && text.ptr[pos++] != 'm') {
        }
    }
    return width;
}

static void add_parts(hmi_buf *out, const hmi_progress_view *view, hm_text what, int left_out)
{
    hmi_buf_add_text(out, what);
    for (size_t i = 0; i < HMI_COUNT(PARTS); i++) {
        if (PARTS[i].gives_way > left_out) {
            PARTS[i].add(out, view);
        }
    }
}

void hmi_progress_line(hmi_buf *out, const hmi_progress_view *view)
{
    size_t room = view->columns > 0 ? view->columns - 1 : 0, begin = out->len;
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 16);
    hm_text what = hmi_text_safe(&arena, hmi_text_bytes(hmi_text_of(view->what)),
                                 room < WHAT_MAX ? room : WHAT_MAX);
    for (int left_out = 0; left_out <= (int)HMI_COUNT(PARTS); left_out++) {
        add_parts(out, view, what, left_out);
        if (out->bad != 0 || width_of(hmi_text_slice(hmi_buf_text(out), begin, out->len)) <= room) {
            break;
        }
        out->len = begin;
    }
    hmi_arena_fini(&arena);
}

/* -- The terminal. */

static unsigned columns_of(int fd)
{
    struct winsize size = { 0 };
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

static void put(int fd, const hmi_buf *buf)
{
    /* A terminal that takes nothing must not stop the work: what is lost is a line of progress. */
    ssize_t written = buf->bad == 0 ? write(fd, buf->ptr, buf->len) : 0;
    (void)written;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0';
}

void hmi_progress_begin(hmi_progress *progress, int fd, const char *what, hmi_progress_unit unit,
                        uint64_t total)
{
    const char *term = getenv("TERM");
    *progress = (hmi_progress){
        .view = { .what = what, .unit = unit, .total = total, .color = !is_set("NO_COLOR") },
        .fd = fd,
        .on = isatty(fd) == 1 && term != NULL && strcmp(term, "dumb") != 0,
        .begun_us = hmi_clock_us(),
    };
    progress->drawn_us = progress->begun_us;
}

void hmi_progress_set(hmi_progress *progress, uint64_t done)
{
    if (!progress->on) {
        return;
    }
    int64_t now = hmi_clock_us();
    if (now - progress->begun_us < SILENT_US || now - progress->drawn_us < DRAW_US) {
        return;
    }
    uint64_t delta = done > progress->drawn_done ? done - progress->drawn_done : 0;
    progress->view.done = done;
    progress->view.rate = hmi_progress_rate(progress->view.rate, delta, now - progress->drawn_us);
    progress->view.columns = columns_of(progress->fd);
    hmi_buf line;
    hmi_buf_init(&line, 1 << 16);
    hmi_buf_add_cstr(&line, "\r");
    hmi_progress_line(&line, &progress->view);
    hmi_buf_add_cstr(&line, "\x1b[K");
    put(progress->fd, &line);
    hmi_buf_fini(&line);
    progress->drawn = true;
    progress->drawn_us = now;
    progress->drawn_done = done;
}

void hmi_progress_wipe(hmi_progress *progress)
{
    if (progress->drawn) {
        hmi_buf wipe;
        hmi_buf_init(&wipe, 0);
        hmi_buf_add_cstr(&wipe, "\r\x1b[K");
        put(progress->fd, &wipe);
        hmi_buf_fini(&wipe);
    }
    progress->drawn = false;
}

void hmi_progress_end(hmi_progress *progress)
{
    hmi_progress_wipe(progress);
    progress->on = false;
}
