/* SPDX-License-Identifier: Apache-2.0
 *
 * csv.c - tables with a header, by the names of their columns.
 *
 * WHY    What consoles, cloud portals and spreadsheets export.
 * FORM   RFC 4180 with comma, semicolon or tab: values may stand in double quotes, a quote inside
 * is doubled. The header must name a time and at least one other field that we know: a table
 *        without times is a list, not a log.
 * TRUST  A quoted value that goes on in the next line is cut there. Fewer values than columns: cut.
 * OWNS   The columns of the header; values that had quotes live in the scratch arena.
 */
#include "base/error.h"
#include "formats/record/formats.h"
#include "formats/record/inner.h"
#include "formats/record/names.h"

enum { COLUMNS_MAX = 128, HEADER_MAX = 8192, HEADER_TRIES_MAX = 64 };

typedef struct csv_state {
    const hmi_name_rule *columns[COLUMNS_MAX];
    size_t column_count;
    hm_bytes header; /* as it stands in the file */
    unsigned tries;  /* lines that might have been a header and were none */
    char by;
} csv_state;

/* Cuts the next value off *rest; false at the end of the line. Doubled quotes become single ones in
 * a copy. */
static bool take_value(hm_bytes *rest, char by, hmi_arena *scratch, bool *ended, hm_bytes *ret)
{
    if (*ended) {
        return false;
    }
    if (rest->len == 0 || rest->ptr[0] != '"') {
        size_t end = hmi_find_byte(*rest, (uint8_t)by);
        *ended = end == HMI_NPOS;
        *ret = *ended ? *rest : hmi_slice(*rest, 0, end);
        *rest = *ended ? (hm_bytes){ NULL, 0 } : hmi_slice(*rest, end + 1, rest->len);
        return true;
    }
    uint8_t *out = hmi_arena_take(scratch, rest->len, 1);
    size_t len = 0, i = 1;
    for (; out != NULL && i < rest->len; i++) {
        if (rest->ptr[i] == '"') {
            if (i + 1 >= rest->len || rest->ptr[i + 1] != '"') {
                break;
            }
            i++;
        }
        out[len++] = rest->ptr[i];
    }
    *ret = (hm_bytes){ out, len };
    *rest = hmi_slice(*rest, i + 1, rest->len);
    *ended = rest->len == 0 || rest->ptr[0] != (uint8_t)by;
    *rest = hmi_slice(*rest, 1, rest->len);
    return true;
}

static char separator_of(hm_bytes line)
{
    size_t commas = 0, semicolons = 0, tabs = 0;
    for (size_t i = 0; i < line.len; i++) {
        commas += line.ptr[i] == ',';
        semicolons += line.ptr[i] == ';';
        tabs += line.ptr[i] == '\t';
    }
    return tabs > commas && tabs > semicolons ? '\t' : semicolons > commas ? ';' : ',';
}

static bool read_header(hmi_line_ctx *ctx, csv_state *state, hm_bytes line)
{
    if (line.len > HEADER_MAX || state->tries >= HEADER_TRIES_MAX) {
        return false;
    }
    state->tries++;
    csv_state header = { .header = line, .by = separator_of(line) };
    size_t times = 0, others = 0;
    bool ended = false;
    hm_bytes name;
    while (header.column_count < COLUMNS_MAX &&
           take_value(&line, header.by, ctx->scratch, &ended, &name)) {
        hm_text trimmed = hmi_text_trim(hmi_text((const char *)name.ptr, name.len));
        const hmi_name_rule *rule = hmi_name_find(HMI_DIALECT_GENERIC, hmi_text_bytes(trimmed));
        times += rule != NULL && rule->use == HMI_USE_TIME;
        others += rule != NULL && rule->use != HMI_USE_TIME;
        header.columns[header.column_count++] = rule;
    }
    if (times == 0 || others == 0 || header.column_count < 3) {
        return false;
    }
    *state = header;
    return true;
}

static int parse_csv(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err)
{
    csv_state *state = ctx->state;
    if (state->column_count == 0) {
        return read_header(ctx, state, line) ? HMI_LINE_QUIET : HMI_LINE_NOT;
    }
    if (hmi_bytes_eq(line, state->header)) { /* parts that were joined */
        return HMI_LINE_QUIET;
    }
    hmi_assembly assembly = { .host_role = HMI_ROLE_HOST };
    hm_bytes value, message = { NULL, 0 };
    bool ended = false;
    size_t column = 0;
    for (;
         column < state->column_count && take_value(&line, state->by, ctx->scratch, &ended, &value);
         column++) {
        const hmi_name_rule *rule = state->columns[column];
        if (rule == NULL) {
            continue;
        }
        if (rule->use == HMI_USE_TIME) {
            hmi_instant time = HMI_INSTANT_NONE;
            if (event->time.us == HMI_TIME_NONE && hmi_any_time_parse(value, &time)) {
                event->time = time;
            }
        } else if (rule->use == HMI_USE_TEXT && message.len == 0) {
            message = value;
        } else {
            hmi_assembly_put(&assembly, event, rule, value, HMI_SPELL_PLAIN);
        }
    }
    /* With a time in its column, or with all columns: else any line with a comma would be a row. */
    bool whole = column == state->column_count && ended && event->field_count > 0;
    if (event->time.us == HMI_TIME_NONE && !whole) {
        return HMI_LINE_NOT;
    }
    event->cut = column < state->column_count;
    hmi_assembly_end(&assembly, event, ctx->scratch);
    return message.len > 0
               ? hmi_inner_message(ctx, (hm_bytes){ NULL, 0 }, message, HMI_SPELL_PLAIN, event, err)
               : HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_csv = { "csv", sizeof(csv_state), parse_csv, NULL };
