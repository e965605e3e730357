/* SPDX-License-Identifier: Apache-2.0
 *
 * verify.c - hallmark verify: is everything in the casebook still what was put there?
 */
#include <inttypes.h>

#include "cli/commands.h"
#include "cli/open.h"
#include "given/audit.h"

static void say_fault(void *with, hm_text sentence)
{
    hmi_out *out = with;
    if (out->as_json) {
        hmi_json_put_text(&out->json, sentence);
    } else {
        hmi_say_style(out, HMI_BAD);
        hmi_say(out, "fault  ");
        hmi_say_style(out, HMI_PLAIN);
        hmi_out_text(out, sentence, 0, 0);
        hmi_say(out, "\n");
    }
}

/* The memory of what was given; what only a remembered head shows is "audit verify"'s to find. */
static void say_given(void *with, hmi_audit_fault fault, uint64_t seq, hm_text sentence)
{
    (void)fault;
    (void)seq;
    say_fault(with, sentence);
}

static int run_verify(hmi_invocation *inv)
{
    hmi_out *out = inv->out;
    hmi_store *store = NULL;
    hm_err err = { 0 };
    int code = 0;
    if (!hmi_open_casebook(inv, false, &store, &code)) {
        return code;
    }
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_put_key(&out->json, HM_TEXT("faults"));
        hmi_json_open_array(&out->json);
    }
    hmi_verify_report report = { 0 };
    hmi_audit_report given = { 0 };
    int checked = hmi_store_verify(store, say_fault, out, &report, &err);
    checked = checked == HM_OK ? hmi_audit(store, NULL, say_given, out, &given, &err) : checked;
    hmi_store_close(store);
    uint64_t bad = report.evidence_bad + report.rows_bad + given.faults;
    if (out->as_json) {
        hmi_json_close_array(&out->json);
        hmi_json_member_uint(&out->json, "evidence_checked", report.evidence_checked);
        hmi_json_member_uint(&out->json, "evidence_bad", report.evidence_bad);
        hmi_json_member_uint(&out->json, "rows_checked", report.rows_checked);
        hmi_json_member_uint(&out->json, "rows_bad", report.rows_bad);
        hmi_json_member_uint(&out->json, "entries_checked", given.entries);
        hmi_json_member_uint(&out->json, "entries_bad", given.faults);
        hmi_json_member_uint(&out->json, "index_rebuilt", report.index_rebuilt);
        hmi_json_member_uint(&out->json, "orphans_removed", report.orphans_removed);
        hmi_json_member_bool(&out->json, "sound", checked == HM_OK && bad == 0);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    } else if (checked == HM_OK) {
        hmi_say(
            out,
            "%s: %" PRIu64 " pieces of evidence and %" PRIu64 " rows checked, %" PRIu64 " bad\n",
            bad == 0 ? "sound" : "NOT SOUND", report.evidence_checked, report.rows_checked, bad);
        if (report.index_rebuilt > 0) {
            hmi_say(out, "%" PRIu64 " damaged index segments rebuilt\n", report.index_rebuilt);
        }
    }
    if (checked != HM_OK) {
        (void)hmi_failed(inv, &err);
        return HMI_EXIT_CASEBOOK;
    }
    return bad == 0 ? HMI_EXIT_DONE : HMI_EXIT_CASEBOOK;
}

const hmi_command hmi_command_verify = {
    .name = "verify",
    .operands = "",
    .summary = "check every hash and the database",
    .about = "Checks that every stored piece of evidence still has its hash, that the database is "
             "whole, that every trait has the key that belongs to it, and that every index segment "
             "agrees with the database, and that the memory of what was given is whole in itself "
             "(*hallmark audit verify* also looks for a missing end). Each fault is named. Damaged "
             "index segments are rebuilt; "
             "nothing else is changed.",
    .run = run_verify,
};
