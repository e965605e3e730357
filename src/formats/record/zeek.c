/* SPDX-License-Identifier: Apache-2.0
 *
 * zeek.c - Zeek's tab-separated logs, any of them, by their header.
 *
 * WHY    conn, dns, http, ssl, files, smtp, ssh ... and whatever a site adds: the header names the
 *        columns, so none needs code of its own.
 * FORM   #separator \x09 / #set_separator<TAB>, / #empty_field / #unset_field / #path / #fields /
 * #types then one row a line. Values escape as \xNN. Rotated files repeat the header. TRUST  A row
 * may have fewer columns than the header (killed in the middle) or more (somebody's tab): columns
 * beyond the header are ignored, missing ones are missing. OWNS   The columns of the last header,
 * in the file's arena.
 */
#include <endian.h>

#include "base/error.h"
#include "formats/record/formats.h"
#include "formats/record/names.h"

enum { COLUMNS_MAX = 256 };

/* A column whose name means something to us. */
typedef struct column {
    const hmi_name_rule *rule;
    size_t number;
} column;

typedef struct zeek_state {
    column known[COLUMNS_MAX];
    size_t known_count, column_count;
    bool timed;                 /* the first column is the time */
    uint32_t ends[COLUMNS_MAX]; /* of the row in hand's columns */
    uint8_t separator, set_separator;
    hm_bytes empty, unset;
    hmi_event_kind kind;
} zeek_state;

static void start_header(zeek_state *state)
{
    state->column_count = 0;
    state->separator = '\t';
    state->set_separator = ',';
    state->empty = HM_BYTES("(empty)");
    state->unset = HM_BYTES("-");
    state->kind = HMI_EVENT_OTHER;
}

static void read_separator(zeek_state *state, hm_bytes value)
{
    int high = value.len == 4 ? hmi_hex_digit((char)value.ptr[2]) : -1;
    int low = high >= 0 ? hmi_hex_digit((char)value.ptr[3]) : -1;
    if (low >= 0 && value.ptr[0] == '\\' && value.ptr[1] == 'x') {
        state->separator = (uint8_t)(high << 4 | low);
    } else if (value.len == 1) {
        state->separator = value.ptr[0];
    }
}

static hmi_event_kind kind_of_path(hm_bytes path)
{
    static const struct {
        const char *path;
        hmi_event_kind kind;
    } kinds[] = {
        { "http", HMI_EVENT_REQUEST }, { "dns", HMI_EVENT_QUERY },    { "conn", HMI_EVENT_FLOW },
        { "ssh", HMI_EVENT_LOGIN },    { "notice", HMI_EVENT_ALERT }, { "ssl", HMI_EVENT_FLOW },
    };
    for (size_t i = 0; i < HMI_COUNT(kinds); i++) {
        if (hmi_bytes_eq(path, hmi_text_bytes(hmi_text_of(kinds[i].path)))) {
            return kinds[i].kind;
        }
    }
    return HMI_EVENT_OTHER;
}

static void read_fields(zeek_state *state, hm_bytes names)
{
    hm_text rest = hmi_text((const char *)names.ptr, names.len), name;
    state->column_count = state->known_count = 0;
    while (state->column_count < COLUMNS_MAX && hmi_split(&rest, (char)state->separator, &name)) {
        const hmi_name_rule *rule = hmi_name_find(HMI_DIALECT_ZEEK, hmi_text_bytes(name));
        if (rule != NULL) {
            state->known[state->known_count++] = (column){ rule, state->column_count };
        }
        state->column_count++;
    }
    state->timed = state->known_count > 0 && state->known[0].number == 0 &&
                   state->known[0].rule->use == HMI_USE_TIME;
}

/* A copy, because the header is gone when the rows come from a later cut of the text. */
static int keep(hmi_arena *arena, hm_bytes value, hm_bytes *ret, hm_err *err)
{
    hm_bytes copy = hmi_arena_bytes(arena, hmi_slice(value, 0, HMI_NAME_MAX));
    if (copy.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    *ret = copy;
    return HM_OK;
}

static int read_header(hmi_line_ctx *ctx, zeek_state *state, hm_bytes line, hm_err *err)
{
    if (hmi_starts_with(line, HM_BYTES("#separator "))) {
        start_header(state);
        read_separator(state, hmi_slice(line, 11, line.len));
        return HMI_LINE_QUIET;
    }
    size_t at = hmi_find_byte(line, state->separator ? state->separator : '\t');
    if (at == HMI_NPOS) {
        return HMI_LINE_NOT;
    }
    hm_bytes key = { line.ptr, at }, value = hmi_slice(line, at + 1, line.len);
    if (hmi_bytes_eq(key, HM_BYTES("#fields"))) {
        if (state->separator == 0) {
            start_header(state);
        }
        read_fields(state, value);
    } else if (hmi_bytes_eq(key, HM_BYTES("#path"))) {
        state->kind = kind_of_path(value);
    } else if (hmi_bytes_eq(key, HM_BYTES("#set_separator")) && value.len == 1) {
        state->set_separator = value.ptr[0];
    } else if (hmi_bytes_eq(key, HM_BYTES("#unset_field"))) {
        HMI_TRY(keep(ctx->arena, value, &state->unset, err));
    } else if (hmi_bytes_eq(key, HM_BYTES("#empty_field"))) {
        HMI_TRY(keep(ctx->arena, value, &state->empty, err));
    } else if (!hmi_bytes_eq(key, HM_BYTES("#types")) && !hmi_bytes_eq(key, HM_BYTES("#open")) &&
               !hmi_bytes_eq(key, HM_BYTES("#close"))) {
        return HMI_LINE_NOT;
    }
    return HMI_LINE_QUIET;
}

/* Where the row's columns end, at most `most` of them, eight bytes at a time. */
static size_t find_ends(hm_bytes line, uint8_t separator, size_t most, uint32_t *ends)
{
    const uint64_t each = UINT64_C(0x0101010101010101), low = 0x7f * each;
    size_t count = 0, at = 0;
    for (; at + 8 <= line.len; at += 8) {
        uint64_t eight;
        memcpy(&eight, line.ptr + at, 8);
        eight = le64toh(eight) ^ separator * each;
        /* bit 7 of each byte that is zero now, and of no other */
        uint64_t hits = ~(((eight & low) + low) | eight | low);
        if (hits == 0) {
            continue;
        }
        for (; hits != 0 && count < most; hits &= hits - 1) {
            ends[count++] = (uint32_t)at + ((uint32_t)__builtin_ctzll(hits) >> 3);
        }
        if (count == most) {
            return count;
        }
    }
    for (; at < line.len && count < most; at++) {
        ends[count] = (uint32_t)at;
        count += line.ptr[at] == separator ? 1 : 0;
    }
    if (count < most) {
        ends[count++] = (uint32_t)line.len;
    }
    return count;
}

static bool is(hm_bytes value, hm_bytes word)
{
    return value.len == word.len && value.ptr[0] == word.ptr[0] && hmi_bytes_eq(value, word);
}

/* `value` is not empty. */
static void put_value(const zeek_state *state, hmi_assembly *assembly, hmi_event *event,
                      const hmi_name_rule *rule, hm_bytes value)
{
    if (is(value, state->unset) || is(value, state->empty)) {
        return;
    }
    if (rule->use == HMI_USE_TIME) {
        (void)hmi_any_time_parse(value, &event->time);
        return;
    }
    if (rule->use != HMI_USE_LIST) {
        hmi_assembly_put(assembly, event, rule, value, HMI_SPELL_BACKSLASH);
        return;
    }
    hm_text rest = hmi_text((const char *)value.ptr, value.len), member;
    while (event->field_count < HMI_EVENT_FIELDS_MAX &&
           hmi_split(&rest, (char)state->set_separator, &member)) {
        hmi_assembly_put(assembly, event, rule, hmi_text_bytes(member), HMI_SPELL_BACKSLASH);
    }
}

static int parse_zeek(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err)
{
    zeek_state *state = ctx->state;
    const uint32_t *ends = state->ends;
    if (line.ptr[0] == '#') {
        return read_header(ctx, state, line, err);
    }
    if (state->column_count < 2 || line.len > UINT32_MAX) {
        return HMI_LINE_NOT;
    }
    size_t count = find_ends(line, state->separator, state->column_count, state->ends);
    if (count < 2) {
        return HMI_LINE_NOT;
    }
    hmi_assembly assembly = { .host_role = HMI_ROLE_QUERY };
    for (size_t i = 0; i < state->known_count && state->known[i].number < count; i++) {
        size_t number = state->known[i].number, from = number == 0 ? 0 : ends[number - 1] + 1;
        if (ends[number] > from) {
            put_value(state, &assembly, event, state->known[i].rule,
                      (hm_bytes){ line.ptr + from, ends[number] - from });
        }
        /* Every Zeek log but a few begins with its time: a first column that is none is no row. */
        if (i == 0 && state->timed && event->time.us == HMI_TIME_NONE) {
            return HMI_LINE_NOT;
        }
    }
    event->cut = count < state->column_count;
    event->kind = state->kind;
    hmi_assembly_end(&assembly, event, ctx->scratch);
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_zeek = { "zeek", sizeof(zeek_state), parse_zeek, NULL };
