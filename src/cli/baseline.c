/* SPDX-License-Identifier: Apache-2.0
 *
 * baseline.c - hallmark baseline learn, baseline show: what is common in the harmless world.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/progress.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "intake/intake.h"

typedef struct learning {
    hmi_invocation *inv;
    hmi_progress progress;
    bool named_unread; /* something that the user named could not be read */
} learning;

static void on_progress(void *with, const hmi_intake_totals *so_far, uint64_t files_all)
{
    learning *l = with;
    l->progress.view.total = files_all;
    hmi_progress_set(&l->progress, so_far->files);
}

/* A folder of the system may hold files that are not ours to read; what was named must be there. */
static void on_outcome(void *with, const hmi_outcome *o)
{
    learning *l = with;
    for (size_t i = 0; o->verdict == HMI_VERDICT_UNREADABLE && i < l->inv->operand_count; i++) {
        const char *path = l->inv->operands[i];
        if (hmi_bytes_eq(o->path, hmi_bytes(path, strlen(path)))) {
            hmi_progress_wipe(&l->progress);
            hmi_complain("baseline learn: \"%s\": %s", path, o->reason.text);
            l->named_unread = true;
            return;
        }
    }
}

static void say_totals(hmi_invocation *inv, const hmi_intake_totals *t, uint64_t files)
{
    hmi_out *out = inv->out;
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_member_uint(&out->json, "files", t->files);
        hmi_json_member_uint(&out->json, "learned", t->pieces);
        hmi_json_member_uint(&out->json, "known", t->known);
        hmi_json_member_uint(&out->json, "bytes", t->bytes);
        hmi_json_member_uint(&out->json, "baseline_files", files);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    } else if (!out->quiet) {
        hmi_say(out, "baseline: %" PRIu64 " files learned (", t->pieces);
        hmi_out_size(out, t->bytes);
        hmi_say(out, "), %" PRIu64 " known before; it holds %" PRIu64 " harmless files now\n",
                t->known, files);
    }
}

static int learn(hmi_invocation *inv, hmi_store *store, const hmi_learn_options *options)
{
    hm_err err = { 0 };
    learning l = { .inv = inv };
    if (!inv->out->quiet && !inv->out->as_json) {
        hmi_progress_begin(&l.progress, STDERR_FILENO, "learning", HMI_PROGRESS_COUNT, 0);
    }
    hmi_intake_watch watch = {
        .with = &l, .outcome = on_outcome, .progress = on_progress, .cancelled = hmi_interrupted
    };
    hmi_intake_totals totals = { 0 };
    int code = hmi_learn(store, inv->operands, inv->operand_count, options, &watch, &totals, &err);
    hmi_progress_end(&l.progress);
    if (code == HM_E_CANCELLED) {
        hmi_complain("baseline learn: stopped on request; what was learned is kept, run the same "
                     "command again for the rest");
        return HMI_EXIT_INTERRUPTED;
    }
    uint64_t files = 0;
    if (code == HM_OK) {
        code = hmi_baseline_files(store, &files, &err);
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    say_totals(inv, &totals, files);
    if (l.named_unread) {
        return HMI_EXIT_INPUT;
    }
    return totals.files == 0 ? HMI_EXIT_NOTHING : HMI_EXIT_DONE;
}

static int run_learn(hmi_invocation *inv)
{
    hmi_learn_options options = { 0 };
    hmi_store *store = NULL;
    int code = 0;
    if (!hmi_given_jail(inv, &options.jail, &options.size_max) ||
        !hmi_given_size(inv, "files-max", &options.files_max)) {
        return HMI_EXIT_USAGE;
    }
    if (!hmi_open_casebook(inv, false, &store, &code)) {
        return code;
    }
    hmi_catch_interrupts();
    code = learn(inv, store, &options);
    hmi_store_close(store);
    return code;
}

static int run_show(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hm_err err = { 0 };
    uint64_t files = 0;
    int code = 0;
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (hmi_baseline_files(store, &files, &err) != HM_OK) {
        code = hmi_failed(inv, &err);
    } else if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_json_member_uint(&inv->out->json, "baseline_files", files);
        hmi_json_close_object(&inv->out->json);
        hmi_say(inv->out, "\n");
    } else {
        hmi_say(inv->out, "the baseline holds %" PRIu64 " harmless files\n", files);
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option LEARN_OPTIONS[] = {
    { "files-max", "N", "learn an even choice of N of the files found", 0, false },
    HMI_JAIL_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_baseline_learn = {
    .name = "baseline learn",
    .operands = "PATH...",
    .summary = "learn what is common from harmless files",
    .about = "Reads harmless files, such as /usr/bin and /usr/lib, and remembers how many of them "
             "carry each trait. A trait that harmless files carry says little about an attack, and "
             "a comparison weighs it accordingly. Nothing of the files is kept but counts."
             "\n\n"
             "Files learned before are not read again; an interrupted run goes on where it "
             "stopped.",
    .examples = "  hallmark baseline learn /usr/bin /usr/lib\n"
                "  hallmark baseline learn --files-max 500 /usr\n",
    .options = LEARN_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_learn,
};

const hmi_command hmi_command_baseline_show = {
    .name = "baseline show",
    .operands = "",
    .summary = "say how much the baseline holds",
    .about = "Prints how many harmless files the baseline was learned from.",
    .run = run_show,
};
