/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.c - hallmark rules check: which Sigma rules of a folder are understood?
 *
 * TRUST  Rule files are anybody's: they are parsed, never run. Folders are walked to DEPTH_MAX;
 *        links inside them are not followed.
 */
#include "cli/rules.h"

#include <fts.h>
#include <inttypes.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/open.h"

enum { RULE_FILE_MAX = 4 << 20, FOLDER_DEPTH_MAX = 32, EXPANSIONS_MAX = 64 };

static void on_rule(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused)
{
    hmi_rules_report *report = with;
    report->good += refused == NULL ? 1 : 0;
    report->bad += refused != NULL ? 1 : 0;
    report->waiting += refused == NULL && rule->waits ? 1 : 0;
    if (report->on_rule != NULL) {
        report->on_rule(report, report->path, rule, refused);
    }
}

static int load_file(hmi_rules_report *report, const char *path, hm_err *err)
{
    hmi_buf buf;
    hm_err why = { 0 };
    hmi_buf_init(&buf, 0);
    report->path = path;
    report->files++;
    int code = hmi_input_read(path, RULE_FILE_MAX, &buf, &why);
    if (code != HM_OK) {
        hmi_sigma_rule_info none = { .line = 0 };
        on_rule(report, &none, &why);
        code = HM_OK;
    } else {
        code = hmi_sigma_add(report->set, hmi_buf_bytes(&buf), on_rule, report, err);
    }
    hmi_buf_fini(&buf);
    return code;
}

static bool is_rule_file(const FTSENT *entry)
{
    hm_bytes name = hmi_bytes(entry->fts_name, entry->fts_namelen);
    return entry->fts_info == FTS_F &&
           (entry->fts_level == FTS_ROOTLEVEL || hmi_ends_with(name, HM_BYTES(".yml")) ||
            hmi_ends_with(name, HM_BYTES(".yaml")));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

int hmi_rules_load(hmi_rules_report *report, const char *path, hm_err *err)
{
    char *copy = hmi_arena_cstr(report->inv->arena, hmi_text_of(path));
    char *paths[] = { copy, NULL };
    FTS *fts =
        copy != NULL ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, by_name) : NULL;
    int code = fts != NULL ? HM_OK : hmi_fail_errno(err, "cannot open \"%.150s\"", path);
    for (FTSENT *entry; code == HM_OK && (entry = fts_read(fts)) != NULL;) {
        if (entry->fts_info == FTS_D && entry->fts_level > FOLDER_DEPTH_MAX) {
            (void)fts_set(fts, entry, FTS_SKIP);
        } else if (entry->fts_info == FTS_NS && entry->fts_level == FTS_ROOTLEVEL) {
            code =
                hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                         "\"%.150s\": there is no such file or folder: look at its spelling", path);
        } else if (is_rule_file(entry)) {
            code = load_file(report, entry->fts_path, err);
        }
        if (hmi_interrupted(NULL)) {
            code = hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
    if (fts != NULL) {
        fts_close(fts);
    }
    return code;
}

bool hmi_rules_expand(hmi_invocation *inv, hmi_sigma *set, int *ret_code)
{
    hm_text given[EXPANSIONS_MAX];
    size_t count = hmi_given_all(inv, "expand", given, EXPANSIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        hm_err err = { 0 };
        size_t cut = hmi_find_byte(hmi_text_bytes(given[i]), '=');
        if (cut == HMI_NPOS) {
            *ret_code = hmi_usage_error(inv, "--expand wants NAME=VALUE");
            return false;
        }
        hm_text value = hmi_text_slice(given[i], cut + 1, SIZE_MAX);
        if (hmi_sigma_expand(set, hmi_text_slice(given[i], 0, cut), value, &err) != HM_OK) {
            *ret_code = hmi_failed(inv, &err);
            return false;
        }
    }
    return true;
}

static void tell_rule(hmi_rules_report *report, const char *path, const hmi_sigma_rule_info *rule,
                      const hm_err *refused)
{
    hmi_out *out = report->inv->out;
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_put_key(&out->json, HM_TEXT("file"));
        hmi_json_put_lossy(&out->json, hmi_text_bytes(hmi_text_of(path)));
        hmi_json_member_uint(&out->json, "line", rule->line);
        hmi_json_member_bool(&out->json, "understood", refused == NULL);
        if (refused != NULL) {
            hmi_json_member_text(&out->json, "reason", hmi_text_of(refused->text));
        } else {
            hmi_json_member_text(&out->json, "title", rule->title);
            hmi_json_member_text(&out->json, "id", rule->id);
            hmi_json_member_bool(&out->json, "waits_for_values", rule->waits);
        }
        hmi_json_close_object(&out->json);
        return;
    }
    if (refused != NULL || (rule->waits && !out->quiet)) {
        hmi_say_style(out, refused != NULL ? HMI_BAD : HMI_WARN);
        hmi_say(out, "%s", refused != NULL ? "refused  " : "waits    ");
        hmi_say_style(out, HMI_PLAIN);
        hmi_out_safe(out, hmi_text_bytes(hmi_text_of(path)), 0, 0);
        hmi_say(out, ": %s\n",
                refused != NULL ? refused->text
                                : "a placeholder has no value (--expand NAME=VALUE)");
    }
}

static void on_missing(void *with, const hmi_sigma_rule_info *rule, const hm_err *refused)
{
    hmi_rules_report *report = with;
    report->good--; /* it was taken when it was read */
    report->bad++;
    if (report->on_rule != NULL) {
        report->on_rule(report, "correlation", rule, refused);
    }
}

void hmi_rules_missing(hmi_rules_report *report)
{
    hmi_sigma_missing(report->set, on_missing, report);
}

static int check(hmi_invocation *inv, hmi_rules_report *report, hm_err *err)
{
    for (size_t i = 0; i < inv->operand_count; i++) {
        HMI_TRY(hmi_rules_load(report, inv->operands[i], err));
    }
    HMI_TRY(hmi_sigma_compile(report->set, err));
    hmi_rules_missing(report);
    return HM_OK;
}

static int run_rules_check(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_out *out = inv->out;
    hmi_rules_report report = { .inv = inv, .on_rule = tell_rule };
    int code = 0;
    if (hmi_sigma_new(&report.set, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (!hmi_rules_expand(inv, report.set, &code)) {
        hmi_sigma_free(report.set);
        return code;
    }
    hmi_catch_interrupts();
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_put_key(&out->json, HM_TEXT("rules"));
        hmi_json_open_array(&out->json);
    }
    code = check(inv, &report, &err);
    hmi_sigma_free(report.set);
    if (out->as_json) {
        hmi_json_close_array(&out->json);
        hmi_json_member_uint(&out->json, "files", report.files);
        hmi_json_member_uint(&out->json, "understood", report.good);
        hmi_json_member_uint(&out->json, "refused", report.bad);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    } else if (code == HM_OK) {
        hmi_say(out, "%zu files: %zu rules understood, %zu refused", report.files, report.good,
                report.bad);
        hmi_say(out, report.waiting > 0 ? ", %zu wait for values\n" : "\n", report.waiting);
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    return report.bad > 0 ? HMI_EXIT_INPUT : report.good == 0 ? HMI_EXIT_NOTHING : HMI_EXIT_DONE;
}

static const hmi_option RULES_OPTIONS[] = { HMI_RULES_EXPAND_OPTION, { 0 } };

const hmi_command hmi_command_rules_check = {
    .name = "rules check",
    .operands = "PATH...",
    .summary = "which Sigma rules are understood, and why not the others?",
    .about =
        "Reads Sigma rules (files, or folders with *.yml and *.yaml) and names each that is "
        "refused with its file, line and reason. A rule is taken whole or not at all. The exit "
        "code is 3 when one was refused.",
    .examples = "  hallmark rules check sigma/rules\n",
    .options = RULES_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_rules_check,
};
