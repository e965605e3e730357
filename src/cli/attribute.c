/* SPDX-License-Identifier: Apache-2.0
 *
 * attribute.c - hallmark attribute: whose may it be? "None that I know" is an answer.
 *
 * WHY    The likelihood ratio of the evidence, the probability with everything known, what stands
 * behind them, what could be planted, and what others say: each in its own sentence.
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/attribute_files.h"
#include "cli/claim_text.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "cli/statements.h"
#include "compare/arith.h"
#include "compare/attribute.h"
#include "compare/words.h"
#include "tell/attribution_json.h"
#include "tell/chances.h"

/* ---- Telling */

static double as_bits(double nats)
{
    return nats * 1.4426950408889634;
}

static void say_arguments(hmi_out *out, const hmi_suspect *s)
{
    for (size_t i = 0; i < s->argument_count && i < 8; i++) {
        const hmi_argument *a = &s->arguments[i];
        hmi_say(out, "   %5.1f  %-18s ", as_bits(a->nats), hmi_kind_name(a->kind));
        hmi_out_text(out, a->value, 48, 0);
        hmi_say(out,
                "  in %" PRIu32 " of its %" PRIu32 " incidents, %" PRIu32 " of all, %" PRIu32
                " other actors\n",
                a->actor_incidents, a->actor_all, a->incidents, a->other_actors);
    }
    for (size_t i = 0; i < s->missing_count && i < 3; i++) {
        hmi_say(out, "          typical of it and missing here: %s ",
                hmi_kind_name(s->missing[i].kind));
        hmi_out_text(out, s->missing[i].value, 48, 0);
        hmi_say(out, "\n");
    }
}

static void say_planted(hmi_out *out, const hmi_suspect *s)
{
    hmi_say(out, "   if planted: ");
    bool first = true;
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        if (s->weighed.group[g] > 0.05) {
            hmi_say(out, "%swithout %s %.0f %%", first ? "" : ", ", hmi_plant_name((hmi_plant)g),
                    100 * s->without_group[g]);
            first = false;
        }
    }
    hmi_say(out, first ? "nothing to plant\n" : "\n");
}

static void say_groups(hmi_out *out, const hmi_suspect *s)
{
    hmi_say(out, "   after discount and caps:");
    for (int g = 0; g < HMI_PLANT_COUNT; g++) {
        if (s->weighed.group[g] > 0.05) {
            hmi_say(out, " %s %.1f", hmi_plant_name((hmi_plant)g), as_bits(s->weighed.group[g]));
        }
    }
    hmi_say(out, " bits\n");
}

/* How likely, how strong the evidence, how broad the basis: three things, three lines. */
static void say_suspect(hmi_out *out, size_t rank, const hmi_suspect *s, bool contradiction)
{
    hmi_say(out, "\n%2zu ", rank);
    hmi_say_style(out, HMI_STRONG);
    hmi_out_text(out, s->actor, 0, 0);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "   %s: %.1f %%, %s (before the evidence %.1f %%)\n",
            s->nameable ? "consistent with" : "shares traits with", 100 * s->posterior,
            s->posterior_words, 100 * hmi_prior_of(s));
    hmi_say(out, "   evidence alone: likelihood ratio %.3g, %.1f bits, %s\n", hmi_exp(s->llr),
            as_bits(s->llr), s->lr_words);
    hmi_say(out, "   basis: %s; %" PRIu32 " known incidents of it\n",
            hmi_basis_of(s, contradiction), s->incidents);
    say_arguments(out, s);
    say_groups(out, s);
    say_planted(out, s);
}

static void say_text(hmi_out *out, hm_text incident, const hmi_attribution *a)
{
    hmi_out_text(out, incident, 0, 0);
    hmi_say(out, ": against %zu actors with %zu known incidents (%s)\n", a->actors_known,
            a->incidents_known, a->model);
    hmi_say(out, "none that I know: %.1f %%, %s\n", 100 * a->none, hmi_words_icd203(a->none));
    for (size_t i = 0; i < a->suspect_count; i++) {
        say_suspect(out, i + 1, &a->suspects[i], a->contradiction);
    }
    if (a->contradiction) {
        hmi_say_style(out, HMI_WARN);
        hmi_say(out, "\nwhat can be copied points to one actor and habit to another: a false flag "
                     "is possible\n");
        hmi_say_style(out, HMI_PLAIN);
    }
    if (a->carried_by > 0) {
        hmi_say(out, "\nthe first place rests on %zu trait%s\n", a->carried_by,
                a->carried_by == 1 ? "" : "s");
    }
}

static int tell(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                const hmi_attribution *answer, hm_err *err)
{
    hmi_out *out = inv->out;
    if (out->as_json) {
        hmi_told_list claims;
        HMI_TRY(hmi_claims_of(store, inv->arena, incident, &claims, err));
        hmi_attribution_json(&out->json, incident->name, answer, &claims);
        hmi_say(out, "\n");
        return HM_OK;
    }
    say_text(out, incident->name, answer);
    return hmi_claims_tell(inv, store, incident, err);
}

static int attribute(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                     const hmi_statements *all, hmi_attribution *ret, hm_err *err)
{
    hmi_model model;
    hmi_actors *actors = NULL;
    hmi_attribute_options options = { .uniform_prior = hmi_given(inv, "evidence-only") };
    HMI_TRY(hmi_model_builtin(&model, err));
    HMI_TRY(hmi_actors_new(store, all->list, all->count, &model, &actors, err));
    int code =
        hmi_attribute(actors, store, inv->arena, incident->id, hmi_now_us(), &options, ret, err);
    code = code == HM_OK ? hmi_attribute_files(inv, store, incident, all, ret, err) : code;
    code = code == HM_OK ? tell(inv, store, incident, ret, err) : code;
    hmi_actors_free(actors);
    return code;
}

static int run_attribute(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_incident incident;
    hm_err err = { 0 };
    hmi_statements all = { 0 };
    hmi_attribution answer = { 0 };
    int code = 0;
    if (!hmi_attribute_files_given(inv, &code) || !hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        const char *path = hmi_given_text(inv, "statements");
        int done = hmi_statements_read(inv, store, &all, &err);
        if (done == HM_OK) {
            done = attribute(inv, store, &incident, &all, &answer, &err);
        }
        bool named = answer.suspect_count > 0 && answer.suspects[0].posterior > answer.none;
        code = done != HM_OK ? hmi_failed(inv, &err) : named ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
        code = path != NULL && done == HM_E_NOT_FOUND ? HMI_EXIT_INPUT : code;
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option ATTRIBUTE_OPTIONS[] = {
    HMI_STATEMENTS_OPTION,
    { "evidence-only", NULL, "every actor alike before the evidence", 0, false },
    { "stix", "FILE", "write the finding as STIX 2.1: a grouping, a note, relationships", 0,
      false },
    { "navigator", "FOLDER",
      "write ATT&CK Navigator layers: the incident, each actor, the difference", 0, false },
    { "tlp", "LEVEL", "the marking of --stix: clear to red, amber+strict by default", 0, false },
    { 0 },
};

const hmi_command hmi_command_attribute = {
    .name = "attribute",
    .operands = "INCIDENT",
    .summary = "whose may it be? \"none that I know\" is an answer",
    .about =
        "Ranks the actors whose incidents the casebook holds. Which incident is whose is "
        "somebody's "
        "statement: it is taken from *--statements*, or else from what published intelligence in "
        "the "
        "evidence claims, when it claims one name only. Such claims say whom to compare with and "
        "add no weight themselves; names are never merged."
        "\n\n"
        "The likelihood ratio of the evidence and the posterior are told apart, with what is left "
        "if "
        "everything of one group was planted, and a warning when what can be copied points to one "
        "actor and habit to another. How likely it is (ICD 203), how strong the evidence is "
        "(ENFSI) and how "
        "broad its basis is are three things and stand in three lines. The exit code is 1 when "
        "\"none that I know\" is the likeliest "
        "answer.",
    .examples =
        "  hallmark attribute culver-city-2014 --statements who-says.tsv\n"
        "  hallmark attribute culver-city-2014 -s who-says.tsv --stix finding.json --navigator "
        "layers\n",
    .options = ATTRIBUTE_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_attribute,
};
