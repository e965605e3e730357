/* SPDX-License-Identifier: Apache-2.0
 *
 * compare.c - hallmark compare: what an incident shares with the ones already known.
 */
#include "cli/commands.h"
#include "cli/finding_text.h"
#include "cli/open.h"
#include "compare/finding_json.h"

static bool any_related(const hmi_finding *f)
{
    for (size_t i = 0; i < f->match_count; i++) {
        if (f->matches[i].related) {
            return true;
        }
    }
    return false;
}

static int compare(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                   const hmi_compare_options *options)
{
    hm_err err = { 0 };
    hmi_finding finding;
    int code = hmi_compare(store, inv->arena, incident->id, options, &finding, &err);
    if (code == HM_OK) {
        code = inv->out->as_json ? hmi_finding_json(store, inv->arena, &finding, &inv->out->json, &err)
                                 : hmi_finding_text(inv, store, &finding, &err);
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (inv->out->as_json) {
        hmi_say(inv->out, "\n");
    }
    return any_related(&finding) ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

static int run_compare(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_incident incident, other;
    hmi_compare_options options = { 0 };
    uint64_t matches = 0, hallmarks = 0, ignored = 0;
    int code = 0;
    if (!hmi_given_size(inv, "matches", &matches) || !hmi_given_size(inv, "hallmarks", &hallmarks) ||
        !hmi_given_size(inv, "ignored", &ignored)) {
        return HMI_EXIT_USAGE;
    }
    options.matches_max = matches;
    options.hallmarks_max = hallmarks ? hallmarks : inv->out->as_json ? 0 : 12;
    options.ignored_max = ignored ? ignored : inv->out->as_json ? 0 : 6;
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code) &&
        (inv->operand_count < 2 ||
         hmi_open_incident(inv, store, inv->operands[1], &other, &code))) {
        options.only = inv->operand_count > 1 ? other.id : 0;
        code = compare(inv, store, &incident, &options);
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option COMPARE_OPTIONS[] = {
    { "matches", "N", "list at most N incidents (default 20)", 0, false },
    { "hallmarks", "N", "list at most N hallmarks for each (default 12, with --json 50)", 0,
      false },
    { "ignored", "N", "list at most N ignored traits (default 6, with --json 20)", 0, false },
    { 0 },
};

const hmi_command hmi_command_compare = {
    .name = "compare",
    .operands = "INCIDENT [OTHER]",
    .summary = "what does it share with the incidents already known, and how rare is that?",
    .about =
        "Ranks the known incidents by how much evidence speaks for a common origin, in *bits*: 10 "
        "bits mean that what they share is about a thousand times likelier if the same hand was at "
        "work than if not. Each hallmark is listed with where it was seen on both sides and how rare "
        "it is; what is common in the casebook or in harmless files weighs nothing and is listed as "
        "ignored; what speaks against is listed too."
        "\n\n"
        "Evidence that is easy to plant cannot carry a conclusion: each group of traits has a cap, "
        "and the answer shows how many bits would be left if everything of one group had been "
        "planted. A shared hallmark says the same code, host or habit, not the same author."
        "\n\n"
        "The exit code is 0 when some incident is related, 1 when none is.",
    .examples = "  hallmark compare culver-city-2014\n"
                "  hallmark compare culver-city-2014 seoul-2013 --json\n",
    .options = COMPARE_OPTIONS,
    .operands_min = 1,
    .operands_max = 2,
    .run = run_compare,
};
