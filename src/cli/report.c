/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - hallmark report: the skeleton of a joint advisory, in English, Korean or Japanese.
 *
 * WHY    What several countries write together begins with what the casebook can show. For a
 *        partner the release rules decide about every trait, name and statement in it, and it is
 *        entered first.
 * OWNS   The store and the text, freed on every way out.
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/hand.h"
#include "cli/open.h"
#include "cli/statements.h"
#include "tell/advisory.h"
#include "tell/phrase.h"

typedef struct reporting {
    hmi_invocation *inv;
    hmi_advisory advisory;
    const char *path, *to;
    hmi_asked asked;
    hmi_outgoing outgoing;
    hmi_finding finding;
    hmi_actors *actors;
    hmi_attribution attribution;
    hmi_told_list claims;
} reporting;

static int read_options(hmi_invocation *inv, reporting *r)
{
    const char *format = hmi_given_text(inv, "format"), *level = hmi_given_text(inv, "tlp");
    const char *language = hmi_given_text(inv, "lang");
    r->path = hmi_given_text(inv, "output");
    r->to = hmi_given_text(inv, "to");
    r->advisory.tlp = hmi_tlp_find_value(hmi_text_of(level ? level : "amber+strict"), true);
    if (r->advisory.tlp == NULL) {
        return hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
    }
    if (format != NULL && strcmp(format, "html") != 0 && strcmp(format, "markdown") != 0) {
        return hmi_usage_error(inv, "--format is html or markdown");
    }
    if (language != NULL && !hmi_language_find(hmi_text_of(language), &r->advisory.language)) {
        return hmi_usage_error(inv, "--lang is en, ko or ja");
    }
    r->advisory.html = format != NULL && strcmp(format, "html") == 0;
    if (r->to == NULL) {
        return 0;
    }
    if (r->path == NULL || level == NULL) {
        return hmi_usage_error(inv,
                               "--to needs --tlp, the marking of what is ours, and --output FILE: "
                               "what is given is entered first");
    }
    return hmi_given_policy(inv, &r->asked);
}

static int attribute(reporting *r, hmi_store *store, const hmi_incident *incident, hm_err *err)
{
    hmi_statements statements = { 0 };
    hmi_model model;
    HMI_TRY(hmi_statements_read(r->inv, store, &statements, err));
    if (statements.count == 0) {
        return HM_OK; /* nobody says anything: nobody is known */
    }
    HMI_TRY(hmi_model_builtin(&model, err));
    HMI_TRY(hmi_actors_new(store, statements.list, statements.count, &model, &r->actors, err));
    HMI_TRY(hmi_attribute(r->actors, store, r->inv->arena, incident->id, hmi_now_us(), NULL,
                          &r->attribution, err));
    r->advisory.attribution = &r->attribution;
    return HM_OK;
}

static int gather(reporting *r, hmi_store *store, const hmi_incident *incident, hm_err *err)
{
    hmi_advisory *a = &r->advisory;
    hmi_civil day = hmi_us_to_civil(hmi_now_us());
    a->store = store;
    a->arena = r->inv->arena;
    a->incident = incident;
    a->day = hmi_arena_printf(a->arena, "%04d-%02d-%02d", (int)day.year, day.month, day.day);
    if (a->day.ptr == NULL) {
        return hmi_arena_fail(a->arena, err);
    }
    if (r->to != NULL) {
        HMI_TRY(hmi_outgoing_decide(store, a->arena, incident, &r->asked.policy, r->asked.partner,
                                    r->asked.purpose, a->tlp, &r->outgoing, err));
        a->outgoing = &r->outgoing;
    }
    HMI_TRY(hmi_claims_of(store, a->arena, incident, &r->claims, err));
    a->claims = &r->claims;
    /* Their numbers rest on all incidents: to a partner only where the caller says so. */
    if (r->to == NULL || (hmi_given(r->inv, "with-findings") && r->outgoing.own)) {
        HMI_TRY(hmi_compare(store, a->arena, incident->id, NULL, &r->finding, err));
        a->finding = &r->finding;
        HMI_TRY(attribute(r, store, incident, err));
    }
    return HM_OK;
}

static int give(reporting *r, const hmi_buf *text, hm_err *err)
{
    uint64_t entry = 0;
    hmi_handing hand = { .store = r->advisory.store,
                         .asked = &r->asked,
                         .incident = r->advisory.incident->name,
                         .channel = HM_TEXT("report"),
                         .objects = r->outgoing.objects,
                         .count = r->outgoing.count };
    HMI_TRY(hmi_hand_out_bytes(r->inv, &hand, hmi_buf_bytes(text), r->path, &entry, err));
    if (!r->inv->out->quiet) {
        hmi_say(r->inv->out, "report to ");
        hmi_out_text(r->inv->out, r->asked.partner->name, 0, 0);
        hmi_say(r->inv->out, ", entry %" PRIu64 " of the memory of what was given\n", entry);
    }
    return HM_OK;
}

static int report(reporting *r, hmi_store *store, const hmi_incident *incident, hm_err *err)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = gather(r, store, incident, err);
    code = code == HM_OK ? hmi_advisory_write(&r->advisory, &text, err) : code;
    if (code == HM_OK && r->to != NULL) {
        code = give(r, &text, err);
    } else if (code == HM_OK && r->path != NULL) {
        code = hmi_write_file(r->path, hmi_buf_bytes(&text), err);
    } else if (code == HM_OK) {
        hmi_buf_add(&r->inv->out->buf, hmi_buf_bytes(&text));
    }
    hmi_buf_fini(&text);
    hmi_actors_free(r->actors);
    return code;
}

static int run_report(hmi_invocation *inv)
{
    reporting r = { .inv = inv };
    hmi_store *store = NULL;
    hmi_incident incident;
    hm_err err = { 0 };
    int code = read_options(inv, &r);
    if (code != 0 || !hmi_open_casebook(inv, r.to == NULL, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        int done = report(&r, store, &incident, &err);
        code = done == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
        code = done == HM_E_NOT_FOUND ? HMI_EXIT_INPUT : code; /* the file of --statements */
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option REPORT_OPTIONS[] = {
    { "format", "FORMAT", "markdown (default) or html", 'f', false },
    { "lang", "LANGUAGE", "en (default), ko or ja", 'l', false },
    { "tlp", "LEVEL", "its marking: clear, green, amber, amber+strict (default) or red", 0, false },
    { "output", "FILE", "write to a file", 'o', false },
    HMI_STATEMENTS_OPTION,
    HMI_POLICY_OPTIONS,
    { "with-findings", NULL, "tell a partner what was found in common and whose it may be", 0,
      false },
    { 0 },
};

const hmi_command hmi_command_report = {
    .name = "report",
    .operands = "INCIDENT",
    .summary = "the skeleton of a joint advisory, in English, Korean or Japanese",
    .about =
        "Writes what the casebook can show of an incident: what it has in common with known ones, "
        "whose "
        "it may be, what others state, the files, techniques and indicators. Every such sentence "
        "ends "
        "with its source: a piece of evidence by its hash and byte, a statement with its day, or "
        "the "
        "computation. What only the authoring agencies can say stands in brackets. The marking "
        "stands on "
        "every page; HTML is one file that fetches nothing and runs nothing."
        "\n\n"
        "With *--to* the release rules decide, as for *hallmark export*; files, names and "
        "statements that "
        "are held do not appear. What was found in common and whose it may be rest on the whole "
        "casebook, and are told to a partner only with *--with-findings*: they name other "
        "incidents.",
    .examples =
        "  hallmark report culver-city-2014 --format html --lang ko -o advisory.html\n"
        "  hallmark report seoul-2013 --tlp green --to us-cert --policy policy.txt -o seoul.md\n",
    .options = REPORT_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_report,
    .no_json = true,
};
