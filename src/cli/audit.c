/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - hallmark audit list and hallmark audit verify: what was given, and is the memory whole?
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "given/audit.h"
#include "given/entry.h"
#include "given/giver.h"

enum { ENTRY_MEMORY_MAX = 256 << 20 };

/* -- hallmark audit list */

typedef struct listing {
    hmi_invocation *inv;
    hmi_json *json;
    hmi_arena arena;
    hm_text partner, object;
    uint64_t shown;
} listing;

static bool gives(const hmi_entry *entry, hm_text id)
{
    for (size_t i = 0; i < entry->object_count; i++) {
        if (hmi_text_ieq(entry->objects[i].id, id)) {
            return true;
        }
    }
    return false;
}

static bool owes(const hmi_entry *entry, hm_text partner)
{
    bool found = false;
    for (size_t i = 0; i < entry->debtor_count; i++) {
        found |= hmi_text_ieq(entry->debtors[i].partner, partner);
    }
    return found;
}

static void say_moment(hmi_out *out, int64_t us)
{
    hmi_buf at;
    hmi_buf_init(&at, 0);
    hmi_buf_add_time(&at, us / 1000000 * 1000000);
    hmi_out_text(out, hmi_buf_text(&at), 0, 0);
    hmi_buf_fini(&at);
}

static void say_part(hmi_out *out, const char *before, hm_text text)
{
    if (text.len > 0) {
        hmi_say(out, "%s", before);
        hmi_out_text(out, text, 0, 0);
    }
}

static void entry_text(hmi_out *out, const hmi_entry *e)
{
    hmi_say(out, "%6" PRIu64 "  ", e->seq);
    say_moment(out, e->at_us);
    hmi_say(out, "  ");
    hmi_say_style(out, HMI_STRONG);
    hmi_out_text(out, e->kind, 0, 12);
    hmi_say_style(out, HMI_PLAIN);
    if (hmi_text_is(e->kind, "release") || hmi_text_is(e->kind, "recall")) {
        hmi_say(out, "  %zu objects", e->object_count);
    }
    say_part(out, "  to ", e->name.len > 0 ? e->name : e->partner);
    say_part(out, "  for ", e->incident);
    say_part(out, "  by ", e->channel);
    if (e->of > 0) {
        hmi_say(out, "  of entry %" PRIu64, e->of);
    }
    say_part(out, ": ", e->reason);
    hmi_say(out, "\n");
}

static int each_entry(void *with, const hmi_given_row *row, hm_err *err)
{
    listing *l = with;
    hmi_entry entry;
    hmi_out *out = l->inv->out;
    hmi_arena_reset(&l->arena);
    HMI_TRY(hmi_interrupted(NULL) ? hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "interrupted")
                                  : HM_OK);
    int code = hmi_entry_read(l->json, row->entry, &l->arena, &entry, err);
    if (code != HM_OK) {
        return hmi_fail_in(err, "entry %" PRIu64, row->seq);
    }
    if ((l->partner.ptr != NULL && !hmi_text_ieq(entry.partner, l->partner) &&
         !hmi_text_ieq(entry.name, l->partner) && !owes(&entry, l->partner)) ||
        (l->object.ptr != NULL && !gives(&entry, l->object))) {
        return HM_OK;
    }
    l->shown++;
    if (out->as_json) {
        hmi_json_put_raw(&out->json, row->entry);
    } else {
        entry_text(out, &entry);
    }
    return HM_OK;
}

static int run_list(hmi_invocation *inv)
{
    listing l = { .inv = inv };
    hmi_store *store = NULL;
    hm_err err = { 0 };
    int code = 0;
    const char *partner = hmi_given_text(inv, "partner"), *object = hmi_given_text(inv, "object");
    l.partner = hmi_text_of(partner);
    l.object = hmi_text_of(object);
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    hmi_arena_init(&l.arena, ENTRY_MEMORY_MAX);
    if (inv->out->as_json) {
        hmi_json_open_array(&inv->out->json);
    }
    code = hmi_json_new(&l.json, &err);
    code = code == HM_OK ? hmi_given_walk(store, each_entry, &l, &err) : code;
    hmi_json_free(l.json);
    hmi_arena_fini(&l.arena);
    hmi_store_close(store);
    if (inv->out->as_json) {
        hmi_json_close_array(&inv->out->json);
        hmi_say(inv->out, "\n");
    } else if (l.shown == 0 && code == HM_OK) {
        hmi_say(inv->out, "nothing was given\n");
    }
    return code == HM_OK ? (l.shown > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING) : hmi_failed(inv, &err);
}

static const hmi_option LIST_OPTIONS[] = {
    { "partner", "PARTNER", "only what concerns this partner, by id or the name it had", 0, false },
    { "object", "ID", "only entries that name this object", 0, false },
    { 0 },
};

const hmi_command hmi_command_audit_list = {
    .name = "audit list",
    .operands = "",
    .summary = "what was given to whom, and what was called back",
    .about =
        "Every entry of the casebook's memory: a release, a release that failed, a recall, a "
        "partner who was told of it or acknowledged it. With --json the entries are printed as "
        "they were signed."
        "\n\n"
        "Exit code 1 says that there is no such entry.",
    .examples = "  hallmark audit list\n"
                "  hallmark audit list --object indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\n",
    .options = LIST_OPTIONS,
    .run = run_list,
};

/* -- hallmark audit verify */

static void say_fault(void *with, hmi_audit_fault fault, uint64_t seq, hm_text sentence)
{
    hmi_out *out = with;
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "fault", hmi_text_of(hmi_audit_fault_name(fault)));
        hmi_json_member_uint(w, "entry", seq);
        hmi_json_member_text(w, "text", sentence);
        hmi_json_close_object(w);
        return;
    }
    hmi_say_style(out, HMI_BAD);
    hmi_say(out, "%-12s", hmi_audit_fault_name(fault));
    hmi_say_style(out, HMI_PLAIN);
    hmi_out_text(out, sentence, 0, 0);
    hmi_say(out, "\n");
}

/* The head to compare with: from the command line, else from the user's memory. */
static int find_remembered(hmi_invocation *inv, hmi_head *head, bool *ret_any)
{
    hm_err err = { 0 };
    const char *line = hmi_given_text(inv, "head");
    if (line != NULL) {
        *ret_any = true;
        int code = hmi_head_read(hmi_text_of(line), head, &err);
        return code == HM_OK ? 0 : hmi_usage_error(inv, "--head: %s", err.text);
    }
    const char *folder = NULL;
    int code = hmi_casebook_folder(inv, &folder, &err);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    code = hmi_head_recalled(folder, head, &err);
    *ret_any = code == HM_OK;
    return code == HM_OK || code == HM_E_NOT_FOUND ? 0 : hmi_failed(inv, &err);
}

static void tell_audit(hmi_out *out, const hmi_audit_report *report)
{
    hmi_buf head;
    hmi_buf_init(&head, 0);
    hmi_head_write(&report->head, &head);
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_close_array(w);
        hmi_json_member_uint(w, "entries", report->entries);
        hmi_json_member_uint(w, "fault_count", report->faults);
        hmi_json_member_bool(w, "remembered", report->remembered);
        hmi_json_member_bool(w, "whole", report->faults == 0);
        hmi_json_member_text(w, "head", report->entries > 0 ? hmi_buf_text(&head) : HM_TEXT(""));
        hmi_json_close_object(w);
        hmi_say(out, "\n");
    } else {
        hmi_say(out, "%s: %" PRIu64 " entries, %" PRIu64 " faults\n",
                report->faults == 0 ? "whole" : "NOT WHOLE", report->entries, report->faults);
        if (!report->remembered) {
            hmi_say(out, "no head is remembered: whether the end is still there cannot be said\n");
        }
        if (report->entries > 0) {
            hmi_out_text(out, hmi_buf_text(&head), 0, 0);
            hmi_say(out, "\n");
        }
    }
    hmi_buf_fini(&head);
}

static int run_verify(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hm_err err = { 0 };
    hmi_head head;
    hmi_audit_report report;
    bool any = false;
    int code = find_remembered(inv, &head, &any);
    if (code != 0 || !hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_json_put_key(&inv->out->json, HM_TEXT("faults"));
        hmi_json_open_array(&inv->out->json);
    }
    code = hmi_audit(store, any ? &head : NULL, say_fault, inv->out, &report, &err);
    const char *folder = hmi_arena_cstr(inv->arena, hmi_text_of(hmi_store_folder(store)));
    hmi_store_close(store);
    if (code == HM_OK && folder == NULL) {
        code = hmi_arena_fail(inv->arena, &err);
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    tell_audit(inv->out, &report);
    bool keep = report.entries > 0 && (report.faults == 0 || hmi_given(inv, "accept"));
    if (keep && hmi_head_remember(folder, &report.head, hmi_given(inv, "accept"), &err) != HM_OK) {
        hmi_complain("%s: the head is not remembered: %s", inv->command->name, err.text);
    }
    return report.faults == 0 ? HMI_EXIT_DONE : HMI_EXIT_CASEBOOK;
}

static const hmi_option VERIFY_OPTIONS[] = {
    { "head", "LINE", "compare with this head, as an earlier run printed it", 0, false },
    { "accept", NULL, "remember the log as it is now, whatever was remembered before", 0, false },
    { 0 },
};

const hmi_command hmi_command_audit_verify = {
    .name = "audit verify",
    .operands = "",
    .summary = "is the memory of what was given whole?",
    .about =
        "Reads every entry: its hash, its signature, its place in the chain, and whether the list "
        "of "
        "who has a copy says the same. Then the end is compared with the newest entry that this "
        "user remembers outside the casebook (under $HALLMARK_STATE, else "
        "~/.local/state/hallmark), "
        "or with --head. A fault is named: changed, forged, missing, reordered, broken, damaged, "
        "truncated, rolled-back, rewritten, copies."
        "\n\n"
        "The last line printed is the head: note it down elsewhere, or send it to a partner; given "
        "back with --head it shows on any machine whether the log still contains what it did. Who "
        "holds both the casebook and its key (CASEBOOK/signing.key, or where "
        "$HALLMARK_SIGNING_KEY says) can write another history; only a head that is kept elsewhere "
        "shows that."
        "\n\n"
        "Exit code 4 says that something was found. --accept is for after a restore from a backup, "
        "when somebody has understood what is missing.",
    .examples = "  hallmark audit verify\n",
    .options = VERIFY_OPTIONS,
    .run = run_verify,
};
