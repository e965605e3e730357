/* SPDX-License-Identifier: Apache-2.0
 *
 * dated.c - any line that begins with a full date and time.
 *
 * WHY    Thousands of programs log "time, then words": what cannot be taken apart can still be
 * dated and searched. FORM   2025-10-07 13:55:36[.,fraction][zone] words      or the time in
 * brackets; T for the blank TRUST  Says nothing about roles: the words are free text. OWNS Nothing.
 */
#include "formats/record/formats.h"
#include "formats/record/inner.h"

static int parse_dated(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err)
{
    hm_bytes rest = line.ptr[0] == '[' ? hmi_slice(line, 1, line.len) : line;
    hm_text head = hmi_text((const char *)rest.ptr, rest.len < 48 ? rest.len : 48);
    size_t used = 0;
    if (head.len < 20 || !hmi_ascii_digit(head.ptr[0]) ||
        !hmi_time_parse_rfc3339_prefix(head, &event->time, &used) || used < 19 ||
        used >= rest.len) {
        return HMI_LINE_NOT;
    }
    ctx->unsure = true;
    return hmi_inner_message(ctx, (hm_bytes){ NULL, 0 }, hmi_slice(rest, used + 1, rest.len),
                             HMI_SPELL_PLAIN, event, err);
}

const hmi_line_format hmi_line_dated = { "dated", 0, parse_dated, NULL };
