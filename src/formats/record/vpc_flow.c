/* SPDX-License-Identifier: Apache-2.0
 *
 * vpc_flow.c - flow logs of AWS virtual networks.
 *
 * FORM   Values between spaces; a first line names the columns ("version account-id interface-id
 *        srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status", or
 *        any others). Without it, version 2's order is that one. "-" is nothing; NODATA and
 * SKIPDATA records have nothing else. TRUST  At most COLUMNS_MAX columns. A flow has one direction;
 * the client is whoever has the port that no service has. OWNS   Nothing.
 */
#include "formats/record/formats.h"
#include "formats/record/names.h"
#include "formats/record/words.h"

enum { COLUMNS_MAX = 64, COLUMNS_V2 = 14, PORTS_KNOWN = 1024 };

typedef enum column {
    COLUMN_OTHER = 0,
    COLUMN_SOURCE,
    COLUMN_TARGET,
    COLUMN_SOURCE_PORT,
    COLUMN_TARGET_PORT,
    COLUMN_BYTES,
    COLUMN_START,
    COLUMN_END,
    COLUMN_ACTION,
    COLUMN_COUNT
} column;

typedef struct vpc_state {
    uint8_t columns[COLUMNS_MAX];
    size_t count;
} vpc_state;

static const char *const NAMES[COLUMN_COUNT] = { NULL,      "srcaddr", "dstaddr",
                                                 "srcport", "dstport", "bytes",
                                                 "start",   "end",     "action" };
static const uint8_t VERSION_2[COLUMNS_V2] = { 0,
                                               0,
                                               0,
                                               COLUMN_SOURCE,
                                               COLUMN_TARGET,
                                               COLUMN_SOURCE_PORT,
                                               COLUMN_TARGET_PORT,
                                               0,
                                               0,
                                               COLUMN_BYTES,
                                               COLUMN_START,
                                               COLUMN_END,
                                               COLUMN_ACTION,
                                               0 };

static int read_header(vpc_state *state, hm_text line)
{
    hm_text word;
    bool source = false, target = false;
    size_t count = 0;
    uint8_t columns[COLUMNS_MAX];
    while (count < COLUMNS_MAX && hmi_split(&line, ' ', &word)) {
        columns[count] = COLUMN_OTHER;
        for (unsigned i = 1; i < COLUMN_COUNT; i++) {
            columns[count] = hmi_text_is(word, NAMES[i]) ? (uint8_t)i : columns[count];
        }
        source |= columns[count] == COLUMN_SOURCE;
        target |= columns[count] == COLUMN_TARGET;
        count++;
    }
    if (!source || !target) {
        return HMI_LINE_NOT;
    }
    memcpy(state->columns, columns, count);
    state->count = count;
    return HMI_LINE_QUIET;
}

static uint64_t number_of(hm_bytes digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len && i < 18 && hmi_ascii_digit((char)digits.ptr[i]); i++) {
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
    }
    return value;
}

static void fill(const hm_bytes *value, hmi_event *event)
{
    uint64_t source = number_of(value[COLUMN_SOURCE_PORT]);
    uint64_t target = number_of(value[COLUMN_TARGET_PORT]);
    bool up = source >= PORTS_KNOWN || target < PORTS_KNOWN;
    hmi_instant end;
    event->kind = HMI_EVENT_FLOW;
    event->client_port = (uint16_t)(up ? source : target);
    event->server_port = (uint16_t)(up ? target : source);
    hmi_event_add_host(event, up ? HMI_ROLE_CLIENT : HMI_ROLE_SERVER, value[COLUMN_SOURCE], NULL);
    hmi_event_add_host(event, up ? HMI_ROLE_SERVER : HMI_ROLE_CLIENT, value[COLUMN_TARGET], NULL);
    *(up ? &event->bytes_up : &event->bytes) = number_of(value[COLUMN_BYTES]);
    if (hmi_epoch_parse(value[COLUMN_START], &event->time) &&
        hmi_epoch_parse(value[COLUMN_END], &end) && end.us > event->time.us) {
        event->duration_us = (uint64_t)(end.us - event->time.us);
    }
    event->outcome = hmi_bytes_eq(value[COLUMN_ACTION], HM_BYTES("ACCEPT"))   ? HMI_OUTCOME_SUCCESS
                     : hmi_bytes_eq(value[COLUMN_ACTION], HM_BYTES("REJECT")) ? HMI_OUTCOME_FAILURE
                                                                              : HMI_OUTCOME_UNKNOWN;
}

static int parse_vpc(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                     __attribute__((unused)) hm_err *err)
{
    vpc_state *state = ctx->state;
    hm_text rest = hmi_text((const char *)line.ptr, line.len), word;
    bool bare = hmi_starts_with(line, HM_BYTES("2 "));
    if (!bare && hmi_ascii_alpha((char)line.ptr[0]) && line.len < HMI_LINE_DETECT_BYTES) {
        int verdict = hmi_find(line, HM_BYTES("srcaddr")) == HMI_NPOS ? HMI_LINE_NOT
                                                                      : read_header(state, rest);
        if (verdict != HMI_LINE_NOT) {
            return verdict;
        }
    }
    bool headed = state->count > 0;
    if (!headed && !bare) {
        return HMI_LINE_NOT;
    }
    const uint8_t *columns = headed ? state->columns : VERSION_2;
    size_t want = headed ? state->count : COLUMNS_V2, count = 0;
    hm_bytes value[COLUMN_COUNT] = { { NULL, 0 } };
    while (count <= want && hmi_split(&rest, ' ', &word)) {
        if (count < want && columns[count] != COLUMN_OTHER) {
            value[columns[count]] = hmi_text_bytes(word);
        }
        count++;
    }
    hm_bytes start = value[COLUMN_START];
    if (count != want || (start.len > 0 && !hmi_all_digits(start))) {
        return HMI_LINE_NOT;
    }
    bool nothing = value[COLUMN_SOURCE].len == 1 && value[COLUMN_SOURCE].ptr[0] == '-';
    if (nothing) {
        return HMI_LINE_QUIET;
    }
    fill(value, event);
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_vpc_flow = { "vpc-flow", sizeof(vpc_state), parse_vpc, NULL };
