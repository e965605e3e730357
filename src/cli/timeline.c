/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.c - hallmark timeline: everything of an incident on one clock.
 */
#include "timeline/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/open.h"

enum { SHOWN_DEFAULT = 1000 };

/* ---- What is asked for */

/* "2014-11-24", "2014-11-24T08:00", with or without seconds and zone (UTC then). `end`: the last
 * moment of what is named. */
static bool read_moment(hm_text text, bool end, int64_t *ret)
{
    char full[40];
    hmi_instant instant;
    static const struct {
        size_t len;
        const char *first;
        const char *last;
    } shapes[] = { { 10, "T00:00:00Z", "T23:59:59.999999Z" },
                   { 13, ":00:00Z", ":59:59.999999Z" },
                   { 16, ":00Z", ":59.999999Z" },
                   { 19, "Z", ".999999Z" } };
    if (hmi_time_parse_rfc3339(text, &instant) && text.len > 19) {
        *ret = instant.us;
        return true;
    }
    for (size_t i = 0; i < HMI_COUNT(shapes); i++) {
        if (text.len == shapes[i].len) {
            (void)snprintf(full, sizeof(full), "%.*s%s", HMI_FMT(text),
                           end ? shapes[i].last : shapes[i].first);
            if (hmi_time_parse_rfc3339(hmi_text_of(full), &instant)) {
                *ret = instant.us;
                return true;
            }
        }
    }
    return false;
}

static bool read_filter(hmi_invocation *inv, hmi_timeline_filter *ret, int *ret_code)
{
    static const char *const names[] = { "from", "to" };
    *ret = (hmi_timeline_filter){ .from_us = HMI_TIME_NONE, .to_us = HMI_TIME_NONE };
    for (int i = 0; i < 2; i++) {
        const char *given = hmi_given_text(inv, names[i]);
        if (given != NULL &&
            !read_moment(hmi_text_of(given), i == 1, i == 0 ? &ret->from_us : &ret->to_us)) {
            *ret_code = hmi_usage_error(inv,
                                        "--%s wants a moment such as 2014-11-24 or "
                                        "2014-11-24T08:00:00+09:00, not \"%.60s\"",
                                        names[i], given);
            return false;
        }
    }
    ret->host = hmi_text_of(hmi_given_text(inv, "host"));
    ret->kind = hmi_text_of(hmi_given_text(inv, "class"));
    return true;
}

/* ---- What is shown */

static void put_time(hmi_json_writer *w, const char *key, int64_t us)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_time(&text, us);
    hmi_json_member_text(w, key, hmi_buf_text(&text));
    hmi_buf_fini(&text);
}

static void put_member(hmi_json_writer *w, const char *key, hm_text value)
{
    if (value.len > 0) {
        hmi_json_member_text(w, key, value);
    }
}

static void row_json(hmi_json_writer *w, const hmi_timeline_row *row)
{
    hmi_json_open_object(w);
    put_time(w, "first", row->first_us);
    put_time(w, "last", row->last_us);
    put_member(w, "assumed", row->assumed);
    hmi_json_member_uint(w, "count", row->count);
    put_member(w, "host", row->host);
    put_member(w, "actor", row->actor);
    put_member(w, "target", row->target);
    put_member(w, "class", row->kind);
    put_member(w, "deed", row->deed);
    put_member(w, "outcome", row->outcome);
    put_member(w, "what", row->what);
    put_member(w, "evidence", row->evidence);
    if (row->offset != HM_OFFSET_NONE) {
        hmi_json_member_uint(w, "offset", row->offset);
    }
    hmi_json_close_object(w);
}

static void say_moment(hmi_out *out, const hmi_timeline_row *row)
{
    hmi_buf text;
    hmi_buf_init(&text, 64);
    hmi_buf_add_time(&text, row->first_us / 1000000 * 1000000);
    hmi_say(out, "%.*s%s ", HMI_FMT(hmi_buf_text(&text)), row->assumed.len > 0 ? "~" : " ");
    hmi_buf_fini(&text);
}

static void row_text(hmi_out *out, const hmi_timeline_row *row)
{
    say_moment(out, row);
    hmi_out_text(out, row->host.len > 0 ? row->host : HM_TEXT("-"), 16, 17);
    hmi_out_text(out, row->actor.len > 0 ? row->actor : HM_TEXT("-"), 20, 21);
    bool loud = row->deed.len > 0;
    hmi_say_style(out, loud                                   ? HMI_BAD
                       : hmi_text_is(row->outcome, "failure") ? HMI_WARN
                                                              : HMI_PLAIN);
    hmi_out_text(out, loud ? row->deed : row->kind, 15, 16);
    hmi_say_style(out, HMI_PLAIN);
    hmi_out_text(out, row->what, 0, 0);
    if (row->target.len > 0 && !hmi_text_eq(row->target, row->what)) {
        hmi_say(out, " -> ");
        hmi_out_text(out, row->target, 0, 0);
    }
    hmi_say_style(out, HMI_FAINT);
    if (row->outcome.len > 0) {
        hmi_say(out, " (%.*s)", HMI_FMT(row->outcome));
    }
    if (row->count > 1) {
        hmi_say(out, "  x%" PRIu64 " in %" PRId64 " s", row->count,
                (row->last_us - row->first_us) / 1000000);
    }
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "\n");
}

static const hmi_timeline_row *sorting; /* qsort has no room for it */
static bool sorting_by_actor;

static hm_text group_of(const hmi_timeline_row *row, bool by_actor)
{
    return by_actor ? row->actor : row->host;
}

static int by_group(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = hmi_bytes_cmp(hmi_text_bytes(group_of(&sorting[x], sorting_by_actor)),
                              hmi_text_bytes(group_of(&sorting[y], sorting_by_actor)));
    return order != 0 ? order : (x > y) - (x < y);
}

static void say_heading(hmi_out *out, hm_text name, bool by_actor)
{
    hmi_say(out, "\n");
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "%s ", by_actor ? "actor" : "host");
    hmi_out_text(out, name.len > 0 ? name : HM_TEXT("(not named by the records)"), 0, 0);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "\n");
}

static int show_text(hmi_invocation *inv, const hmi_timeline *line, size_t shown, const char *by)
{
    hmi_out *out = inv->out;
    uint32_t *order = hmi_new_array(inv->arena, uint32_t, shown);
    if (order == NULL) {
        return HMI_EXIT_CASEBOOK;
    }
    for (size_t i = 0; i < shown; i++) {
        order[i] = (uint32_t)i;
    }
    sorting = line->rows;
    sorting_by_actor = by != NULL && by[0] == 'a';
    if (by != NULL && shown > 0) {
        qsort(order, shown, sizeof(*order), by_group);
    }
    size_t assumed = 0;
    for (size_t i = 0; i < shown; i++) {
        const hmi_timeline_row *row = &line->rows[order[i]];
        hm_text group = group_of(row, sorting_by_actor);
        if (by != NULL && (i == 0 || !hmi_text_eq(group, group_of(&line->rows[order[i - 1]],
                                                                  sorting_by_actor)))) {
            say_heading(out, group, sorting_by_actor);
        }
        row_text(out, row);
        assumed += row->assumed.len > 0;
        if (out->buf.len > 1 << 16 && !hmi_out_flush(out)) {
            break;
        }
    }
    hmi_say_style(out, HMI_FAINT);
    if (assumed > 0) {
        hmi_say(out,
                "~ the record has no zone (or no year): UTC was taken, the hour may be another\n");
    }
    uint64_t more = line->count - shown + line->left_out;
    if (more > 0) {
        hmi_say(out,
                "%" PRIu64 " more moments: narrow them with --from, --to, --host, --class, or "
                "raise --max\n",
                more);
    }
    hmi_say_style(out, HMI_PLAIN);
    return HMI_EXIT_DONE;
}

static void show_json(hmi_out *out, const hmi_timeline *line, size_t shown)
{
    hmi_json_writer *w = &out->json;
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("moments"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < shown; i++) {
        row_json(w, &line->rows[i]);
    }
    hmi_json_close_array(w);
    hmi_json_member_uint(w, "left_out", line->count - shown + line->left_out);
    hmi_json_put_key(w, HM_TEXT("gaps"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < line->gap_count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "evidence", line->gaps[i].evidence);
        hmi_json_member_text(w, "reason", line->gaps[i].reason);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    hmi_say(out, "\n");
}

static int show(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident)
{
    hmi_timeline_filter filter;
    hmi_jail_options jail;
    hmi_timeline line;
    hm_err err = { 0 };
    uint64_t max = inv->out->as_json ? HMI_TIMELINE_ROWS_MAX : SHOWN_DEFAULT, size_max = 0;
    const char *by = hmi_given_text(inv, "by");
    int code = HMI_EXIT_USAGE;
    if (by != NULL && strcmp(by, "host") != 0 && strcmp(by, "actor") != 0) {
        return hmi_usage_error(inv, "--by wants \"host\" or \"actor\"");
    }
    if (!read_filter(inv, &filter, &code) || !hmi_given_size(inv, "max", &max) ||
        !hmi_given_jail(inv, &jail, &size_max)) {
        return code;
    }
    hmi_arena arena;
    hmi_arena_init(&arena, HMI_TIMELINE_MEMORY_MAX);
    hmi_catch_interrupts();
    if (hmi_timeline_read(store, &arena, incident->id, &jail, &filter, hmi_interrupted, &line,
                          &err) != HM_OK) {
        hmi_arena_fini(&arena);
        return hmi_failed(inv, &err);
    }
    size_t shown = line.count < max ? line.count : (size_t)max;
    code = HMI_EXIT_DONE;
    if (inv->out->as_json) {
        show_json(inv->out, &line, shown);
    } else {
        code = show_text(inv, &line, shown, by);
    }
    for (size_t i = 0; i < line.gap_count; i++) {
        hmi_complain("timeline: %.*s: %.*s", (int)hmi_text_slice(line.gaps[i].evidence, 0, 100).len,
                     line.gaps[i].evidence.ptr,
                     HMI_FMT(hmi_text_slice(line.gaps[i].reason, 0, 200)));
        code = HMI_EXIT_INPUT;
    }
    code = code == HMI_EXIT_DONE && line.count == 0 ? HMI_EXIT_NOTHING : code;
    (void)hmi_out_flush(inv->out);
    hmi_arena_fini(&arena);
    return code;
}

static int run_timeline(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_incident incident;
    int code = 0;
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        code = show(inv, store, &incident);
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option TIMELINE_OPTIONS[] = {
    { "from", "MOMENT", "nothing before (2014-11-24, 2014-11-24T08:00:00+09:00; UTC without zone)",
      0, false },
    { "to", "MOMENT", "nothing after; a day means all of it", 0, false },
    { "host", "NAME", "only where a host, actor or target has this in its name", 0, false },
    { "class", "CLASS", "only login, request, query, flow, process, behaviour, log-cleared ...", 0,
      false },
    { "by", "host|actor", "under a heading each instead of one after the other", 0, false },
    { "max", "N", "show at most N moments (default 1000; all with --json)", 0, false },
    HMI_JAIL_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_timeline = {
    .name = "timeline",
    .operands = "INCIDENT",
    .summary = "what happened when: all evidence of an incident on one clock",
    .about =
        "Reads the records of the incident again, in the jail, and shows what happened, sorted by "
        "time, with the host whose record it is and who acted. Like events within a quarter of an "
        "hour are one line with a count. Beside them stands what was concluded (behaviour, "
        "beacons, "
        "onset) and when programs say they were built."
        "\n\n"
        "All times are UTC. A *~* behind a time says that the record has no zone, or no year: it "
        "was "
        "taken for UTC, and its hour may be another. The exit code is 1 when nothing is within the "
        "bounds, 3 when some evidence could not be read to its end.",
    .examples =
        "  hallmark timeline seoul-2013\n"
        "  hallmark timeline seoul-2013 --from 2013-03-20T05:00 --to 2013-03-20T06:00 --by host\n"
        "  hallmark timeline seoul-2013 --class login --host 10.0.0.9 --json\n",
    .options = TIMELINE_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_timeline,
};
