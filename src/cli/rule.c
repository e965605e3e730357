/* SPDX-License-Identifier: Apache-2.0
 *
 * rule.c - hallmark rule: a YARA rule from an incident's rarest strings and tables, tried first.
 *
 * WHY    A rule is only worth sharing when it does not ring in harmless programs: strings that the
 *        baseline knows are never taken, and with --against the rule is tried on whole folders
 *        before it is printed. What rings there is taken out, and the rule is tried again.
 * TRUST  Files of --against are read as bytes and searched, never parsed.
 * OWNS   One file's bytes at a time.
 */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/open.h"
#include "intake/walk.h"
#include "tell/yara.h"

enum { AGAINST_MAX = 16, FILE_MAX_BYTES = 256 << 20 };

typedef struct trying {
    hmi_invocation *inv;
    hmi_yara_rule rule;
    uint64_t files, unread;
    hmi_buf bytes; /* of the file in hand */
} trying;

/* Takes out what a harmless file has, as long as the rule hits it. */
static void try_bytes(trying *t, hm_bytes file)
{
    bool seen[HMI_YARA_STRINGS_MAX];
    while (hmi_yara_hits(&t->rule, file, seen)) {
        size_t at = t->rule.count;
        while (at > 0 && !seen[at - 1]) {
            at--;
        }
        hmi_assert(at > 0);
        hmi_yara_drop(&t->rule, at - 1);
    }
}

/* Reads the whole file; a file that changes meanwhile is read as far as it goes. */
static int read_file(int fd, uint64_t size, hmi_buf *bytes, hm_err *err)
{
    hmi_buf_clear(bytes);
    uint8_t *room = hmi_buf_extend(bytes, (size_t)size);
    HMI_TRY(hmi_buf_check(bytes, err));
    size_t got = 0;
    while (got < size) {
        ssize_t part = pread(fd, room + got, (size_t)size - got, (off_t)got);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        if (part <= 0) {
            break;
        }
        got += (size_t)part;
    }
    bytes->len = got;
    return HM_OK;
}

static int try_found(void *with, const hmi_found *found, hm_err *err)
{
    trying *t = with;
    if (hmi_interrupted(NULL)) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "interrupted: no rule is printed");
    }
    if (found->fd < 0) {
        t->unread += !found->skipped;
        return HM_OK;
    }
    if ((uint64_t)found->stat.st_size > FILE_MAX_BYTES) {
        t->unread++;
        return HM_OK;
    }
    HMI_TRY(read_file(found->fd, (uint64_t)found->stat.st_size, &t->bytes, err));
    try_bytes(t, hmi_buf_bytes(&t->bytes));
    t->files++;
    return HM_OK;
}

static int try_folders(trying *t, hm_err *err)
{
    hm_text given[AGAINST_MAX];
    const char *paths[AGAINST_MAX];
    size_t count = hmi_given_all(t->inv, "against", given, AGAINST_MAX);
    for (size_t i = 0; i < count; i++) {
        paths[i] = hmi_arena_cstr(t->inv->arena, given[i]);
        if (paths[i] == NULL) {
            return hmi_arena_fail(t->inv->arena, err);
        }
        if (access(paths[i], R_OK) != 0) {
            return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                            "\"%.150s\", to try the rule on: there is no such "
                            "file or folder: look at its spelling",
                            paths[i]);
        }
    }
    hmi_buf_init(&t->bytes, FILE_MAX_BYTES + 1);
    int code = count > 0 ? hmi_walk(paths, count, try_found, t, err) : HM_OK;
    hmi_buf_fini(&t->bytes);
    return code;
}

/* Is there still a program that the rule hits, with at least two of its strings? */
static bool is_worth_printing(const hmi_yara_rule *rule)
{
    return rule->count > 0 && rule->needed > 0 && rule->program_count > 0;
}

static int tell(trying *t, hm_err *err)
{
    const char *path = hmi_given_text(t->inv, "output");
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = hmi_yara_write(&t->rule, &text, err);
    if (code == HM_OK && path != NULL) {
        code = hmi_write_file(path, hmi_buf_bytes(&text), err);
    } else if (code == HM_OK) {
        hmi_buf_add(&t->inv->out->buf, hmi_buf_bytes(&text));
    }
    hmi_buf_fini(&text);
    if (code == HM_OK && !t->inv->out->quiet) {
        hmi_complain("rule: %zu of %zu strings make a hit; %zu candidates were taken out because "
                     "harmless files have them; it hits %zu of the incident's programs%s",
                     t->rule.needed, t->rule.count, t->rule.common, t->rule.program_count,
                     t->rule.needed < 2 ? "; one string alone is a weak rule" : "");
    }
    return code;
}

static int make(trying *t, hmi_store *store, const hmi_incident *incident,
                const hmi_tlp_marking *tlp, bool *ret_found, hm_err *err)
{
    hmi_export e = { .store = store, .incident = incident, .tlp = tlp };
    *ret_found = false;
    HMI_TRY(hmi_export_select(&e, t->inv->arena, hmi_export_format_find(HM_TEXT("yara")), NULL,
                              NULL, err));
    HMI_TRY(hmi_yara_make(&e, &t->rule, err));
    if (t->rule.baseline_files == 0 && !hmi_given(t->inv, "against")) {
        return hmi_fail(
            err, HM_E_MISUSE, HM_OFFSET_NONE,
            "nothing harmless is known to check the rule against: run \"hallmark baseline "
            "learn /usr/bin\", or name a folder of harmless files with --against");
    }
    HMI_TRY(try_folders(t, err));
    if (t->unread > 0) {
        hmi_complain("rule: %" PRIu64 " files of --against could not be read", t->unread);
    }
    if (is_worth_printing(&t->rule)) {
        *ret_found = true;
        t->rule.baseline_files += t->files;
        return tell(t, err);
    }
    hmi_complain(
        "rule: nothing in the incident's programs is rare enough for a rule (%zu candidates "
        "are in harmless files)",
        t->rule.common);
    return HM_OK;
}

static int run_rule(hmi_invocation *inv)
{
    trying t = { .inv = inv };
    hmi_store *store = NULL;
    hmi_incident incident;
    hm_err err = { 0 };
    int code = 0;
    const char *level = hmi_given_text(inv, "tlp");
    const hmi_tlp_marking *tlp =
        hmi_tlp_find_value(hmi_text_of(level ? level : "amber+strict"), true);
    if (tlp == NULL) {
        return hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
    }
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        bool found = false;
        int done = make(&t, store, &incident, tlp, &found, &err);
        code = done != HM_OK ? hmi_failed(inv, &err) : found ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option RULE_OPTIONS[] = {
    { "against", "PATH", "try it on these harmless files first", 0, true },
    { "output", "FILE", "write the rule to a file", 'o', false },
    { "tlp", "LEVEL", "its marking: clear, green, amber, amber+strict (default) or red", 0, false },
    { 0 },
};

const hmi_command hmi_command_rule = {
    .name = "rule",
    .operands = "INCIDENT",
    .summary = "a YARA rule from its rarest strings and tables, tried on harmless files first",
    .about =
        "Takes strings, passwords, names and constant tables that stand in the incident's programs "
        "and in no learned harmless file, the rarest first; those that several incidents share "
        "come "
        "first. The rule is tried on the programs that it was made from, and with *--against* on "
        "whole folders: what rings there is taken out, and it is not printed when nothing is left."
        "\n\n"
        "The exit code is 1 when nothing was rare enough.",
    .examples = "  hallmark rule culver-city-2014 --against /usr/bin -o culver.yar\n",
    .options = RULE_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_rule,
    .no_json = true,
};
