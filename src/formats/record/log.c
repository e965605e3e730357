/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the reader of logs: recognises them by their first lines, and says what reading showed.
 *
 * WHY    One reader for all line formats: a rotated, merged or relayed log may hold several, and a
 *        file must not be read once for each. Which ones it held is the fact "log-formats".
 * FORM   Whatever formats.def names.
 * TRUST  A file with many NUL bytes near its beginning is no text log; a few are somebody's
 *        attempt to have it taken for none. Control bytes inside lines are somebody's attempt to
 *        write lines of his own or to command a terminal: noted as odd.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "base/text.h"
#include "formats/reader.h"
#include "formats/record/formats.h"
#include "formats/record/harvest.h"

enum { LOG_VERSION = 3, DETECT_NUL = 4096, NUL_SHARE = 64 /* one in so many is too many */ };

static int detect_log(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    /* journald's binary fields have lengths, and lengths have NULs. */
    bool journal = hmi_starts_with(file, HM_BYTES("__CURSOR="));
    hm_bytes start = hmi_slice(file, 0, DETECT_NUL);
    size_t nuls = 0;
    for (size_t i = 0; i < start.len; i++) {
        nuls += start.ptr[i] == 0;
    }
    if (!journal && nuls > start.len / NUL_SHARE + 1) {
        return 0;
    }
    /* All lines: 90; half of them: still a log with something else in it, but no claim. Lines
     * taken unsurely never claim: that a line is JSON does not make its file a log. */
    unsigned share = hmi_lines_share(file);
    return share > 50 ? 10 + (int)share * 4 / 5 : (int)share / 2;
}

static int stray_line(void *state, hm_bytes line, uint64_t offset, hm_err *err)
{
    return hmi_harvest_text(state, line, offset, HMI_TIME_NONE, err);
}

/* ---- What is said at the end */

/* Bytes that no log writer puts into a line by itself. A carriage return counts unless it stands
 * before the line feed. */
static uint64_t count_control(const hmi_reading *reading, hm_bytes file, uint64_t *ret_first)
{
    uint64_t count = 0;
    for (size_t block = 0; block < file.len; block += 65536) {
        hm_bytes part = hmi_slice(file, block, 65536);
        unsigned odd = 0;
        hmi_passed(reading, block);
        for (size_t i = 0; i < part.len; i++) { /* without branches: compilers make it wide */
            uint8_t c = part.ptr[i];
            odd += (unsigned)(c < 0x20) & (unsigned)(c != '\n') & (unsigned)(c != '\t');
        }
        for (size_t i = 0; odd > 0 && i < part.len; i++) {
            uint8_t c = part.ptr[i];
            size_t at = block + i;
            bool line_end = c == '\r' && (at + 1 == file.len || file.ptr[at + 1] == '\n');
            if (c < 0x20 && c != '\n' && c != '\t' && !line_end && count++ == 0) {
                *ret_first = at;
            }
        }
    }
    return count;
}

static int note_count(hmi_reading *reading, hmi_severity severity, int code, uint64_t count,
                      uint64_t first, const char *what, hm_err *err)
{
    if (count == 0) {
        return HM_OK;
    }
    return hmi_emit_note(reading, severity, code, first, err, "%llu %s (first here)",
                         (unsigned long long)count, what);
}

static int emit_notes(hmi_reading *reading, hm_bytes file, const hmi_lines_sums *sums, hm_err *err)
{
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, sums->skipped, sums->first_skipped,
                       "lines not understood: searched for observables only", err));
    HMI_TRY(note_count(reading, HMI_NOTE_INFO, HM_OK, sums->continued, sums->first_continued,
                       "indented lines continue the record before them", err));
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, sums->cut, sums->first_cut,
                       "records end in the middle: what stands before the cut is kept", err));
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, sums->long_lines, sums->first_long,
                       "lines longer than 1 MiB: read up to there", err));
    uint64_t first = HM_OFFSET_NONE, control = count_control(reading, file, &first);
    HMI_TRY(note_count(reading, HMI_NOTE_ODD, HM_OK, control, first,
                       "control bytes inside lines: perhaps injected", err));
    HMI_TRY(note_count(reading, HMI_NOTE_INFO, HM_OK, sums->zone_assumed, HM_OFFSET_NONE,
                       "times without a zone: taken as UTC", err));
    return note_count(reading, HMI_NOTE_INFO, HM_OK, sums->year_assumed, HM_OFFSET_NONE,
                      "times without a year: taken as the one nearest the file's own time", err);
}

static void add_formats(hmi_buf *buf, const hmi_lines_sums *sums)
{
    for (size_t i = 0; hmi_line_formats[i] != NULL; i++) {
        if (sums->by_format[i] > 0) {
            hmi_buf_printf(buf, "%s%s", buf->len > 0 ? "+" : "", hmi_line_formats[i]->name);
        }
    }
}

static int emit_facts(hmi_reading *reading, const hmi_lines_sums *sums, hm_err *err)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 4096);
    add_formats(&buf, sums);
    int code = hmi_emit_fact(reading, "log-formats", hmi_buf_text(&buf), err);
    hmi_buf_clear(&buf);
    hmi_buf_printf(&buf, "%llu", (unsigned long long)sums->events);
    if (code == HM_OK) {
        code = hmi_emit_fact(reading, "records", hmi_buf_text(&buf), err);
    }
    int64_t moments[2] = { sums->first_us, sums->last_us };
    const char *const names[2] = { "first-record", "last-record" };
    for (int i = 0; i < 2 && code == HM_OK && moments[i] != HMI_TIME_NONE; i++) {
        hmi_buf_clear(&buf);
        hmi_buf_add_time(&buf, moments[i]);
        code = hmi_emit_fact(reading, names[i], hmi_buf_text(&buf), err);
    }
    hmi_buf_fini(&buf);
    return code;
}

static int read_log(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_harvest *harvest = NULL;
    hmi_lines_sums sums;
    HMI_TRY(hmi_harvest_new(reading, file, &harvest, err));
    int code = hmi_lines_read(reading->arena, reading->context_us, file, hmi_harvest_sink(harvest),
                              stray_line, harvest, &sums, err);
    if (code == HM_OK && sums.events + sums.quiet == 0) {
        code = hmi_fail(err, HM_E_MALFORMED, 0, "no line is a record of a known log");
    } else if (code == HM_OK) {
        code = hmi_harvest_end(harvest, err);
        code = code == HM_OK ? emit_facts(reading, &sums, err) : code;
        code = code == HM_OK ? emit_notes(reading, file, &sums, err) : code;
    }
    hmi_harvest_free(harvest);
    return code;
}

const hmi_reader hmi_reader_log = { "log", "logs of one record a line, in many formats",
                                    LOG_VERSION, detect_log, read_log };
