/* SPDX-License-Identifier: Apache-2.0
 *
 * w3c.c - W3C extended logs: IIS, and others that begin with #Fields.
 *
 * WHY    The web and mail servers of Windows write this.
 * FORM   #Software / #Version / #Date / #Fields: date time c-ip cs-method cs-uri-stem ...
 *        then values separated by blanks; a blank inside a value is written + ; "-" is nothing.
 *        The header comes again after a restart and may name other fields. Date and time are UTC
 *        in IIS and stand in two columns; without a date column #Date's counts.
 * TRUST  More values than fields: the rest is ignored. Fewer: the record is cut.
 * OWNS   The columns of the last header.
 */
#include "formats/record/formats.h"
#include "formats/record/names.h"

enum { COLUMNS_MAX = 64, DATE_LEN = 10 };

typedef struct w3c_state {
    const hmi_name_rule *columns[COLUMNS_MAX];
    size_t column_count, date_column, time_column;
    char date[DATE_LEN]; /* of #Date */
    char blank;          /* between the values: most use a blank, some a tab */
} w3c_state;

static void read_fields(w3c_state *state, hm_bytes names)
{
    hm_text rest = hmi_text_trim(hmi_text((const char *)names.ptr, names.len)), name;
    state->blank = hmi_find_byte(hmi_text_bytes(rest), '\t') != HMI_NPOS ? '\t' : ' ';
    state->column_count = 0;
    state->date_column = COLUMNS_MAX;
    state->time_column = COLUMNS_MAX;
    while (state->column_count < COLUMNS_MAX && hmi_split(&rest, state->blank, &name)) {
        if (hmi_text_is(name, "date")) {
            state->date_column = state->column_count;
        } else if (hmi_text_is(name, "time")) {
            state->time_column = state->column_count;
        }
        state->columns[state->column_count++] =
            hmi_name_find(HMI_DIALECT_W3C, hmi_text_bytes(name));
    }
}

static int read_header(w3c_state *state, hm_bytes line)
{
    if (hmi_starts_with(line, HM_BYTES("#Fields: "))) {
        read_fields(state, hmi_slice(line, 9, line.len));
        return HMI_LINE_QUIET;
    }
    if (hmi_starts_with(line, HM_BYTES("#Date: ")) && line.len >= 7 + DATE_LEN) {
        memcpy(state->date, line.ptr + 7, DATE_LEN);
        return HMI_LINE_QUIET;
    }
    bool known = hmi_starts_with(line, HM_BYTES("#Software: ")) ||
                 hmi_starts_with(line, HM_BYTES("#Version: ")) ||
                 hmi_starts_with(line, HM_BYTES("#Start-Date: ")) ||
                 hmi_starts_with(line, HM_BYTES("#End-Date: ")) ||
                 hmi_starts_with(line, HM_BYTES("#Remark: "));
    return known ? HMI_LINE_QUIET : HMI_LINE_NOT;
}

static bool read_time(const w3c_state *state, hm_bytes date, hm_bytes time, hmi_instant *ret)
{
    char text[DATE_LEN + 1 + 16 + 1];
    if (time.len < 8 || time.len > 16) {
        return false;
    }
    if (date.len == DATE_LEN) {
        memcpy(text, date.ptr, DATE_LEN);
    } else {
        memcpy(text, state->date, DATE_LEN);
    }
    text[DATE_LEN] = 'T';
    memcpy(text + DATE_LEN + 1, time.ptr, time.len);
    text[DATE_LEN + 1 + time.len] = 'Z';
    return hmi_time_parse_rfc3339(hmi_text(text, DATE_LEN + 2 + time.len), ret);
}

static int parse_w3c(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                     __attribute__((unused)) hm_err *err)
{
    w3c_state *state = ctx->state;
    if (line.ptr[0] == '#') {
        return read_header(state, line);
    }
    if (state->column_count < 2) {
        return HMI_LINE_NOT;
    }
    hmi_assembly assembly = { .host_role = HMI_ROLE_SERVER };
    hm_bytes date = { NULL, 0 }, time = { NULL, 0 };
    size_t column = 0, at = 0;
    for (; column < state->column_count && at <= line.len; column++) {
        const uint8_t *end =
            at < line.len ? memchr(line.ptr + at, state->blank, line.len - at) : NULL;
        size_t stop = end ? (size_t)(end - line.ptr) : line.len;
        hm_bytes value = { line.ptr + at, stop - at };
        if (column == state->date_column) {
            date = value;
        } else if (column == state->time_column) {
            time = value;
        } else if (state->columns[column] != NULL) {
            /* In paths and queries a + is the client's own. */
            bool words = state->columns[column]->use == HMI_USE_VALUE;
            hmi_assembly_put(&assembly, event, state->columns[column], value,
                             words ? HMI_SPELL_PLUS : HMI_SPELL_PLAIN);
        }
        at = stop + 1;
    }
    bool timed = state->time_column < COLUMNS_MAX;
    if (timed && !read_time(state, date, time, &event->time)) {
        return HMI_LINE_NOT;
    }
    event->cut = column < state->column_count;
    event->kind = HMI_EVENT_REQUEST;
    hmi_assembly_end(&assembly, event, ctx->scratch);
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_w3c = { "w3c", sizeof(w3c_state), parse_w3c, NULL };
