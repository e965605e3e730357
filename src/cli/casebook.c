/* SPDX-License-Identifier: Apache-2.0
 *
 * casebook.c - hallmark casebook move: all of a casebook into another place.
 */
#include "casebook/move.h"
#include "cli/commands.h"

static void tell(hmi_invocation *inv, const hmi_move_report *report)
{
    hmi_out *out = inv->out;
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_member_uint(&out->json, "tables", report->tables);
        hmi_json_member_uint(&out->json, "rows", report->rows);
        hmi_json_member_uint(&out->json, "files", report->files);
        hmi_json_member_uint(&out->json, "bytes", report->bytes);
        hmi_json_member_uint(&out->json, "evidence_checked", report->evidence);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
        return;
    }
    if (out->quiet) {
        return;
    }
    hmi_say(out,
            "moved: %llu rows of %llu tables and %llu files (%llu bytes); each table was read back "
            "and compared, %llu pieces of evidence by their hash\n",
            (unsigned long long)report->rows, (unsigned long long)report->tables,
            (unsigned long long)report->files, (unsigned long long)report->bytes,
            (unsigned long long)report->evidence);
    hmi_say(out, "The old casebook is left as it was: remove it when nobody uses it any more.\n");
}

static int run_move(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_move_report report = { 0 };
    if (hmi_store_move(inv->operands[0], inv->operands[1], &report, &err) != HM_OK) {
        int code = hmi_failed(inv, &err);
        return code == HMI_EXIT_INPUT ? HMI_EXIT_CASEBOOK : code;
    }
    tell(inv, &report);
    return HMI_EXIT_DONE;
}

const hmi_command hmi_command_casebook_move = {
    .name = "casebook move",
    .operands = "FROM TO",
    .summary = "copy a whole casebook to another place, and compare",
    .about =
        "FROM and TO are folders or addresses of databases, *postgresql://HOST/DATABASE*. At TO "
        "there must be no casebook. Every number and name stays what it is, so findings stay "
        "the same to the byte. The new casebook cannot be opened before all of it was read back "
        "and compared; FROM is left as it is. The signing key goes along; accounts of the page "
        "and of partners, and overlaps that are not finished, do not. Nobody may write to FROM "
        "meanwhile.",
    .examples = "  hallmark casebook move casebook postgresql://db.example.org/cases\n"
                "  hallmark casebook move postgresql://db.example.org/cases /srv/copy\n",
    .operands_min = 2,
    .operands_max = 2,
    .run = run_move,
};
