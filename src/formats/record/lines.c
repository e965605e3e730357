/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.c - cuts a log into lines and finds for each the format that understands it.
 *
 * WHY    Logs come mixed (one syslog carries web, mail and DNS), cut by rotation and damaged by
 *        crashes. So nothing is decided for the whole file: each line stands for itself, and what
 *        cannot be understood is counted with the first place, never in the way of the rest.
 * FORM   Lines end with LF or CRLF; the last may end with the file.
 * TRUST  None. A line without end is cut at HMI_LINE_MAX. Each line is tried by each format at most
 *        once, and each format is linear in the line.
 * OWNS   The scratch arena, for one call.
 */
#include "formats/record/lines.h"

#include "base/error.h"
#include "formats/record/formats.h"
#include "formats/record/inner.h"

/* Specific formats first: a weak one would take their lines. */
const hmi_line_format *const hmi_line_formats[] = {
#define LINE_FORMAT(name) &hmi_line_##name,
#include "formats/record/formats.def"
#undef LINE_FORMAT
    NULL
};

enum { SCRATCH_MAX = 8 << 20 };

typedef struct line_reader {
    hmi_line_ctx ctx;
    void *states[HMI_LINE_FORMATS_MAX];
    size_t format_count;
    size_t won;  /* understood this line */
    size_t last; /* was sure of a line before: asked first */
    const uint8_t *line_end; /* of the line in hand */
    hmi_inner inner;
    hmi_event event;
} line_reader;

static int reader_init(line_reader *r, hmi_arena *arena, hmi_arena *scratch, int64_t context_us,
                       hm_err *err)
{
    r->ctx = (hmi_line_ctx){
        .arena = arena, .scratch = scratch, .context_us = context_us, .inner = &r->inner
    };
    r->last = 0;
    for (r->format_count = 0; hmi_line_formats[r->format_count] != NULL; r->format_count++) {
        hmi_assert(r->format_count < HMI_LINE_FORMATS_MAX);
        size_t size = hmi_line_formats[r->format_count]->state_size;
        r->states[r->format_count] = hmi_arena_take(arena, 1, size ? size : 1);
        if (r->states[r->format_count] == NULL) {
            return hmi_arena_fail(arena, err);
        }
    }
    return HM_OK;
}

static void reader_fini(line_reader *r)
{
    for (size_t i = 0; i < r->format_count; i++) {
        if (hmi_line_formats[i]->fini != NULL) {
            hmi_line_formats[i]->fini(r->states[i]);
        }
    }
    hmi_inner_fini(&r->inner);
}

static int try_format(line_reader *r, size_t index, hm_bytes line, uint64_t offset, hm_err *err)
{
    hmi_event_clear(&r->event, offset);
    r->ctx.state = r->states[index];
    r->ctx.unsure = false;
    return hmi_line_formats[index]->parse(&r->ctx, line, &r->event, err);
}

/* The verdict of the first format that understands the line, or HMI_LINE_NOT. */
static int understand(line_reader *r, hm_bytes line, uint64_t offset, hm_err *err)
{
    r->won = r->last;
    int verdict = try_format(r, r->last, line, offset, err);
    for (size_t i = 0; verdict == HMI_LINE_NOT && i < r->format_count; i++) {
        if (i != r->last) {
            verdict = try_format(r, i, line, offset, err);
            r->won = i;
        }
    }
    if (verdict > HMI_LINE_NOT && !r->ctx.unsure) {
        r->last = r->won;
    }
    return verdict;
}

static void count_first(uint64_t *count, uint64_t *first, uint64_t offset)
{
    if ((*count)++ == 0) {
        *first = offset;
    }
}

static void count_event(hmi_lines_sums *sums, const hmi_event *event)
{
    sums->events++;
    if (event->cut) {
        count_first(&sums->cut, &sums->first_cut, event->offset);
    }
    if (event->time.us == HMI_TIME_NONE) {
        return;
    }
    sums->zone_assumed += (event->time.trust & HMI_TIME_ZONE_ASSUMED) != 0;
    sums->year_assumed += (event->time.trust & HMI_TIME_YEAR_ASSUMED) != 0;
    if (sums->first_us == HMI_TIME_NONE || event->time.us < sums->first_us) {
        sums->first_us = event->time.us;
    }
    if (event->time.us > sums->last_us) { /* HMI_TIME_NONE is the smallest number */
        sums->last_us = event->time.us;
    }
}

static bool is_blank(hm_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t' && line.ptr[i] != '\r') {
            return false;
        }
    }
    return true;
}

typedef struct line_cut {
    hm_bytes line; /* without its end, at most HMI_LINE_MAX */
    size_t used;   /* with its end */
    bool is_long;
} line_cut;

/* Where the line ends, or NULL. Several records of one long line ask for the same end: it is
 * looked for once. */
static const uint8_t *line_end(line_reader *r, hm_bytes text)
{
    const uint8_t *all = text.ptr + text.len;
    if (r->line_end == NULL || r->line_end < text.ptr) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        r->line_end = end != NULL ? end : all;
    }
    return r->line_end == all ? NULL : r->line_end;
}

static line_cut cut_line(line_reader *r, hm_bytes text)
{
    const uint8_t *end = line_end(r, text);
    size_t len = end ? (size_t)(end - text.ptr) : text.len;
    line_cut cut = { .line = { text.ptr, len }, .used = end ? len + 1 : len };
    if (len > 0 && text.ptr[len - 1] == '\r') {
        cut.line.len--;
    }
    if (cut.line.len > HMI_LINE_MAX) {
        cut.is_long = true;
        cut.line.len = HMI_LINE_MAX;
    }
    return cut;
}

static hm_bytes without_mark(hm_bytes text)
{
    return hmi_starts_with(text, HM_BYTES("\xef\xbb\xbf")) ? hmi_slice(text, 3, text.len) : text;
}

/* A line nobody understands: blank, the tail of a record, or something else. */
static int put_aside(hm_bytes line, uint64_t offset, hmi_stray_line *stray, void *stray_state,
                     hmi_lines_sums *sums, hm_err *err)
{
    if (is_blank(line)) {
        sums->quiet++;
        return HM_OK;
    }
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        count_first(&sums->continued, &sums->first_continued, offset);
    } else {
        count_first(&sums->skipped, &sums->first_skipped, offset);
    }
    return stray != NULL ? stray(stray_state, line, offset, err) : HM_OK;
}

static int read_all(line_reader *r, hm_bytes whole, hmi_event_sink *sink, hmi_stray_line *stray,
                    void *stray_state, hmi_lines_sums *sums, hm_err *err)
{
    hm_bytes text = without_mark(whole);
    while (text.len > 0) {
        uint64_t offset = (uint64_t)(text.ptr - whole.ptr);
        line_cut cut = cut_line(r, text);
        sums->lines++;
        r->ctx.text = text;
        r->ctx.next = cut.used;
        int verdict = cut.line.len > 0 ? understand(r, cut.line, offset, err) : HMI_LINE_NOT;
        if (verdict < 0) {
            return verdict;
        }
        if (cut.is_long && r->ctx.next == cut.used) {
            count_first(&sums->long_lines, &sums->first_long, offset);
        }
        if (verdict == HMI_LINE_EVENT) {
            count_event(sums, &r->event);
            HMI_TRY(sink->event(sink, &r->event, err));
        } else if (verdict == HMI_LINE_QUIET) {
            sums->quiet++;
        } else {
            HMI_TRY(put_aside(cut.line, offset, stray, stray_state, sums, err));
        }
        if (verdict != HMI_LINE_NOT) {
            sums->by_format[r->won]++;
        }
        hmi_assert(r->ctx.next > 0 && r->ctx.next <= text.len);
        text = hmi_slice(text, r->ctx.next, text.len);
        if (r->ctx.scratch->used > 0) {
            hmi_arena_reset(r->ctx.scratch);
        }
    }
    return HM_OK;
}

int hmi_lines_read(hmi_arena *arena, int64_t context_us, hm_bytes text, hmi_event_sink *sink,
                   hmi_stray_line *stray, void *stray_state, hmi_lines_sums *ret_sums, hm_err *err)
{
    hmi_lines_sums sums = { .first_us = HMI_TIME_NONE, .last_us = HMI_TIME_NONE };
    hmi_arena scratch;
    line_reader *reader = hmi_new(arena, line_reader);
    if (reader == NULL) {
        return hmi_arena_fail(arena, err);
    }
    hmi_arena_init(&scratch, SCRATCH_MAX);
    int code = reader_init(reader, arena, &scratch, context_us, err);
    if (code == HM_OK) {
        code = read_all(reader, text, sink, stray, stray_state, &sums, err);
    }
    reader_fini(reader);
    hmi_arena_fini(&scratch);
    if (code == HM_OK) {
        *ret_sums = sums;
    }
    return code;
}

unsigned hmi_lines_share(hm_bytes text)
{
    hmi_arena arena, scratch;
    hm_err err;
    unsigned seen = 0, half_points = 0;
    hmi_arena_init(&arena, 4 << 20);
    hmi_arena_init(&scratch, SCRATCH_MAX);
    line_reader *r = hmi_new(&arena, line_reader);
    hm_bytes rest = without_mark(hmi_slice(text, 0, HMI_LINE_DETECT_BYTES));
    bool whole = text.len <= HMI_LINE_DETECT_BYTES;
    if (r != NULL && reader_init(r, &arena, &scratch, HMI_TIME_NONE, &err) == HM_OK) {
        while (rest.len > 0 && seen < HMI_LINE_DETECT_LINES) {
            line_cut cut = cut_line(r, rest);
            if (cut.used == rest.len && !whole && seen > 0) {
                break; /* the last line is cut by our own bound */
            }
            r->ctx.text = rest;
            r->ctx.next = cut.used;
            if (!is_blank(cut.line)) {
                seen++;
                if (understand(r, cut.line, 0, &err) > HMI_LINE_NOT) {
                    half_points += r->ctx.unsure ? 1 : 2;
                }
            }
            rest = hmi_slice(rest, r->ctx.next, rest.len);
            hmi_arena_reset(&scratch);
        }
    }
    if (r != NULL) {
        reader_fini(r);
    }
    hmi_arena_fini(&scratch);
    hmi_arena_fini(&arena);
    return seen > 0 ? half_points * 50 / seen : 0;
}
