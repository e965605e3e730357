/* SPDX-License-Identifier: Apache-2.0
 *
 * add.c - hallmark add: evidence into an incident.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/progress.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "intake/intake.h"

typedef struct telling {
    hmi_invocation *inv;
    hmi_progress progress;
    bool deaf; /* nobody takes our answer any more */
} telling;

static void outcome_json(hmi_json_writer *w, const hmi_outcome *o)
{
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("path"));
    hmi_json_put_lossy(w, o->path);
    hmi_json_member_uint(w, "size", o->size);
    hmi_json_member_uint(w, "depth", o->depth);
    hmi_json_member_text(
        w, "verdict", o->skipped ? HM_TEXT("skipped") : hmi_text_of(hmi_verdict_name(o->verdict)));
    hmi_json_member_bool(w, "known", o->known);
    hmi_json_member_uint(w, "traits", o->traits);
    if (o->reason.text[0] != '\0') {
        hmi_json_member_text(w, "reason", hmi_text_of(o->reason.text));
        if (o->reason.offset != HM_OFFSET_NONE) {
            hmi_json_member_uint(w, "offset", o->reason.offset);
        }
    }
    hmi_json_close_object(w);
}

static bool is_bad(const hmi_outcome *o)
{
    return !o->skipped && o->verdict >= HMI_VERDICT_TIME;
}

/* On a terminal only what went wrong is said one by one; the rest is in the sum. */
static void outcome_text(hmi_out *out, const hmi_outcome *o)
{
    bool odd = o->skipped || is_bad(o) || (o->verdict == HMI_VERDICT_PARTIAL && !o->known);
    if (!odd || out->quiet) {
        return;
    }
    hmi_say_style(out, is_bad(o) ? HMI_BAD : HMI_WARN);
    hmi_say(out, "%-12s", o->skipped ? "skipped" : hmi_verdict_name(o->verdict));
    hmi_say_style(out, HMI_PLAIN);
    hmi_out_safe(out, o->path, 0, 0);
    if (o->reason.text[0] != '\0') {
        hmi_say(out, ": %s", o->reason.text);
    }
    if (o->reason.offset != HM_OFFSET_NONE && o->reason.offset != 0) {
        hmi_say(out, " (byte %" PRIu64 ")", o->reason.offset);
    }
    hmi_say(out, "\n");
}

static void on_outcome(void *with, const hmi_outcome *outcome)
{
    telling *t = with;
    hmi_out *out = t->inv->out;
    if (out->as_json) {
        outcome_json(&out->json, outcome);
    } else {
        outcome_text(out, outcome);
    }
    if (out->buf.len == 0) {
        return;
    }
    /* Said at once: what was listed is on the disk, whatever happens to us afterwards. */
    hmi_progress_wipe(&t->progress);
    if (t->deaf) {
        hmi_buf_clear(&out->buf);
    } else {
        t->deaf = !hmi_out_flush(out);
    }
}

static void on_progress(void *with, const hmi_intake_totals *so_far, uint64_t files_all)
{
    telling *t = with;
    (void)files_all;
    hmi_progress_set(&t->progress, so_far->bytes);
}

static void totals_json(hmi_json_writer *w, const hmi_intake_totals *t)
{
    hmi_json_put_key(w, HM_TEXT("totals"));
    hmi_json_open_object(w);
    hmi_json_member_uint(w, "files", t->files);
    hmi_json_member_uint(w, "pieces", t->pieces);
    hmi_json_member_uint(w, "read", t->read);
    hmi_json_member_uint(w, "unknown", t->unknown);
    hmi_json_member_uint(w, "partial", t->partial);
    hmi_json_member_uint(w, "known", t->known);
    hmi_json_member_uint(w, "bad", t->bad);
    hmi_json_member_uint(w, "skipped", t->skipped);
    hmi_json_member_uint(w, "bytes", t->bytes);
    hmi_json_member_uint(w, "traits", t->traits);
    hmi_json_close_object(w);
}

static void totals_text(hmi_out *out, hm_text incident, const hmi_intake_totals *t)
{
    hmi_out_text(out, incident, 0, 0);
    hmi_say(out, ": %" PRIu64 " piece%s of evidence, ", t->pieces, t->pieces == 1 ? "" : "s");
    hmi_out_size(out, t->bytes);
    hmi_say(out, ", %" PRIu64 " traits", t->traits);
    const struct {
        uint64_t count;
        const char *what;
    } parts[] = { { t->known, "known before" },
                  { t->unknown, "of unknown format" },
                  { t->partial, "damaged in part" },
                  { t->bad, "could not be read" },
                  { t->skipped, "skipped" } };
    for (size_t i = 0; i < HMI_COUNT(parts); i++) {
        if (parts[i].count > 0) {
            hmi_say(out, "; %" PRIu64 " %s", parts[i].count, parts[i].what);
        }
    }
    hmi_say(out, "\n");
}

static bool read_options(hmi_invocation *inv, hm_text *passwords, size_t max, hmi_add_options *ret)
{
    *ret = (hmi_add_options){ .again = hmi_given(inv, "again"),
                              .no_keep = hmi_given(inv, "no-keep"),
                              .passwords = passwords };
    ret->password_count = hmi_given_all(inv, "password", passwords, max);
    for (size_t i = 0; i < ret->password_count; i++) {
        if (!hmi_utf8_clean(hmi_text_bytes(passwords[i]))) {
            hmi_usage_error(inv, "--password must be text in UTF-8");
            return false;
        }
    }
    uint64_t depth = 0;
    if (!hmi_given_size(inv, "depth-max", &depth)) {
        return false;
    }
    ret->depth_max = (uint32_t)(depth > 64 ? 64 : depth);
    return hmi_given_jail(inv, &ret->jail, &ret->size_max);
}

static int add_to(hmi_invocation *inv, hmi_store *store, hm_text incident,
                  const hmi_add_options *options)
{
    hm_err err = { 0 };
    int64_t id = 0;
    if (hmi_incident_put(store, incident, &id, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    telling t = { .inv = inv };
    if (!inv->out->quiet && !inv->out->as_json) {
        hmi_progress_begin(&t.progress, STDERR_FILENO, "reading", HMI_PROGRESS_BYTES, 0);
    }
    hmi_intake_watch watch = {
        .with = &t, .outcome = on_outcome, .progress = on_progress, .cancelled = hmi_interrupted
    };
    hmi_json_writer *w = &inv->out->json;
    if (inv->out->as_json) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "incident", incident);
        hmi_json_put_key(w, HM_TEXT("pieces"));
        hmi_json_open_array(w);
    }
    hmi_intake_totals totals = { 0 };
    int code = hmi_add(store, id, inv->operands + 1, inv->operand_count - 1, options, &watch,
                       &totals, &err);
    if (code == HM_OK) {
        code = hmi_store_settle(store, &err);
    }
    hmi_progress_end(&t.progress);
    if (inv->out->as_json) {
        hmi_json_close_array(w);
        totals_json(w, &totals);
        hmi_json_close_object(w);
        hmi_say(inv->out, "\n");
    } else if (!inv->out->quiet) {
        totals_text(inv->out, incident, &totals);
    }
    if (code == HM_E_CANCELLED) {
        hmi_complain("add: stopped on request; what is listed is stored, run the same command "
                     "again for the rest");
        return HMI_EXIT_INTERRUPTED;
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    return totals.bad > 0 ? HMI_EXIT_INPUT : HMI_EXIT_DONE;
}

static int run_add(hmi_invocation *inv)
{
    enum { PASSWORDS_MAX = 32 };
    hm_text passwords[PASSWORDS_MAX], incident;
    hmi_add_options options;
    hmi_store *store = NULL;
    int code = 0;
    if (!hmi_operand_text(inv, inv->operands[0], &incident, &code)) {
        return code;
    }
    if (!read_options(inv, passwords, PASSWORDS_MAX, &options)) {
        return HMI_EXIT_USAGE;
    }
    if (!hmi_open_casebook(inv, false, &store, &code)) {
        return code;
    }
    hmi_catch_interrupts();
    code = add_to(inv, store, incident, &options);
    hmi_store_close(store);
    return code;
}

static const hmi_option ADD_OPTIONS[] = {
    { "password", "TEXT", "a password to try on encrypted archives", 'p', true },
    { "again", NULL, "read known evidence again", 0, false },
    { "no-keep", NULL, "store what was read, not the evidence's bytes", 0, false },
    { "depth-max", "N", "archives inside archives, at most (default 8)", 0, false },
    HMI_JAIL_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_add = {
    .name = "add",
    .operands = "INCIDENT PATH...",
    .summary = "read evidence into an incident",
    .about =
        "Reads every file under the given paths, and every file inside them, and stores what can "
        "be "
        "recognised: the *traits* of executables, logs, archives and published intelligence. "
        "The incident is made if it is new. Evidence is parsed, never run: each piece is read by a "
        "process of its own that can open no file and no connection, within limits of time and "
        "memory. A piece that cannot be read costs itself alone; it is kept and listed with the "
        "reason, and the exit code is 3."
        "\n\n"
        "Evidence that is known already is only linked, so running the same command again is fast, "
        "and goes on where an interrupted one stopped. Symbolic links inside folders are not "
        "followed.",
    .examples = "  hallmark add seoul-2013 evidence/\n"
                "  hallmark add seoul-2013 mail.zip --password infected\n",
    .options = ADD_OPTIONS,
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .run = run_add,
};
