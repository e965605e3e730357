/* SPDX-License-Identifier: Apache-2.0
 *
 * show.c - hallmark show: the incidents of a casebook, one incident's evidence, its traits.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/claim_text.h"
#include "cli/commands.h"
#include "cli/evidence_tree.h"
#include "cli/nearest.h"
#include "cli/open.h"
#include "tell/incident_json.h"

static int show_incidents(hmi_invocation *inv, hmi_store *store)
{
    hmi_out *out = inv->out;
    hm_err err = { 0 };
    hmi_incident *list = NULL;
    size_t count = 0;
    if (hmi_incident_list(store, inv->arena, &list, &count, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_put_key(&out->json, HM_TEXT("incidents"));
        hmi_json_open_array(&out->json);
        for (size_t i = 0; i < count; i++) {
            hmi_incident_json(&out->json, &list[i]);
        }
        hmi_json_close_array(&out->json);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
        return count > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
    }
    if (count == 0) {
        hmi_say(out, "no incidents yet: \"hallmark add NAME PATH...\" makes the first\n");
        return HMI_EXIT_NOTHING;
    }
    hmi_say_style(out, HMI_FAINT);
    hmi_say(out, "%-36s %9s %9s\n", "incident", "evidence", "traits");
    hmi_say_style(out, HMI_PLAIN);
    for (size_t i = 0; i < count; i++) {
        hmi_out_text(out, list[i].name, 36, 36);
        hmi_say(out, " %9" PRIu64 " %9" PRIu64 "\n", list[i].evidence_count, list[i].trait_count);
    }
    return HMI_EXIT_DONE;
}

static void notes_text(hmi_out *out, const hmi_evidence_note *notes, size_t count)
{
    static const char *const MARKS[] = { "note", "odd", "damage" };
    for (size_t i = 0; i < count; i++) {
        hmi_say_style(out, notes[i].severity == HMI_NOTE_DAMAGE ? HMI_WARN : HMI_FAINT);
        hmi_say(out, "    %-7s", MARKS[notes[i].severity]);
        hmi_say_style(out, HMI_PLAIN);
        hmi_out_text(out, notes[i].text, 0, 0);
        if (notes[i].offset != HM_OFFSET_NONE) {
            hmi_say(out, " (byte %" PRIu64 ")", notes[i].offset);
        }
        hmi_say(out, "\n");
    }
}

static void evidence_text(hmi_out *out, const hmi_evidence_leaf *leaf)
{
    enum { NAME = 40, INDENT_MAX = 20 };
    const hmi_evidence *e = leaf->evidence;
    size_t indent = leaf->depth < INDENT_MAX / 2 ? 2 * leaf->depth : INDENT_MAX;
    hmi_say(out, "%*s", (int)indent, "");
    hmi_out_safe(out, e->name, NAME - indent, NAME - indent);
    hmi_say(out, " %-14.*s ", HMI_FMT(hmi_text_slice(e->format, 0, 14)));
    bool bad = e->verdict >= HMI_VERDICT_TIME;
    hmi_say_style(out, bad ? HMI_BAD : e->verdict == HMI_VERDICT_READ ? HMI_GOOD : HMI_WARN);
    hmi_say(out, "%-12s", hmi_verdict_name((hmi_verdict)e->verdict));
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, " %8" PRIu64 "  ", e->trait_count);
    hmi_out_size(out, e->size);
    hmi_say(out, "\n");
    if (e->reason.len > 0) {
        hmi_say(out, "    ");
        hmi_out_text(out, e->reason, 0, 0);
        hmi_say(out, "\n");
    }
}

static int show_one_evidence(hmi_invocation *inv, hmi_store *store, const hmi_evidence_leaf *leaf,
                             hm_err *err)
{
    const hmi_evidence *e = leaf->evidence;
    hmi_evidence_note *notes = NULL;
    hmi_evidence_fact *facts = NULL;
    size_t note_count = 0, fact_count = 0;
    int code = hmi_evidence_notes(store, inv->arena, e->id, &notes, &note_count, err);
    if (code == HM_OK) {
        code = hmi_evidence_facts(store, inv->arena, e->id, &facts, &fact_count, err);
    }
    if (code != HM_OK) {
        return code;
    }
    if (!inv->out->as_json) {
        evidence_text(inv->out, leaf);
        notes_text(inv->out, notes, note_count);
        return HM_OK;
    }
    hmi_json_writer *w = &inv->out->json;
    hmi_json_open_object(w);
    hmi_evidence_json_members(w, e, hmi_verdict_name((hmi_verdict)e->verdict));
    hmi_json_member_uint(w, "depth", leaf->depth);
    hmi_evidence_notes_json(w, notes, note_count);
    hmi_evidence_facts_json(w, facts, fact_count);
    hmi_json_close_object(w);
    return HM_OK;
}

static int show_evidence(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident)
{
    hmi_out *out = inv->out;
    hm_err err = { 0 };
    hmi_evidence *list = NULL;
    hmi_evidence_leaf *leaves = NULL;
    size_t count = 0;
    int code = hmi_evidence_list(store, inv->arena, incident->id, &list, &count, &err);
    if (code == HM_OK) {
        code = hmi_evidence_tree(inv->arena, list, count, &leaves, &err);
    }
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_put_key(&out->json, HM_TEXT("incident"));
        hmi_incident_json(&out->json, incident);
        hmi_json_put_key(&out->json, HM_TEXT("evidence"));
        hmi_json_open_array(&out->json);
    } else {
        hmi_say_style(out, HMI_FAINT);
        hmi_say(out, "%-40s %-14s %-12s %8s  %s\n", "evidence", "format", "verdict", "traits",
                "size");
        hmi_say_style(out, HMI_PLAIN);
    }
    for (size_t i = 0; i < count && code == HM_OK; i++) {
        code = show_one_evidence(inv, store, &leaves[i], &err);
    }
    if (out->as_json) {
        hmi_json_close_array(&out->json);
    }
    code = code == HM_OK ? hmi_claims_tell(inv, store, incident, &err) : code;
    if (out->as_json) {
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    }
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static void trait_line(hmi_out *out, const hmi_class_row *row, const hmi_incident_trait *t)
{
    if (out->as_json) {
        hmi_trait_json(&out->json, row, t);
        return;
    }
    hmi_say(out, "%-18s %8" PRIu64 "  ", row->label, t->count);
    hmi_out_text(out, t->value, 0, 0);
    hmi_say(out, "\n");
}

static int show_traits(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                       const hmi_class_row *only)
{
    hmi_out *out = inv->out;
    hm_err err = { 0 };
    hmi_incident_trait *list = NULL;
    size_t count = 0, shown = 0;
    if (hmi_incident_traits(store, inv->arena, incident->id, &list, &count, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_put_key(&out->json, HM_TEXT("incident"));
        hmi_incident_json(&out->json, incident);
        hmi_json_put_key(&out->json, HM_TEXT("traits"));
        hmi_json_open_array(&out->json);
    }
    for (size_t i = 0; i < count; i++) {
        const hmi_class_row *row = hmi_class_find((int)list[i].class_id);
        if (row != NULL && (only == NULL || only == row)) {
            trait_line(out, row, &list[i]);
            shown++;
        }
    }
    if (out->as_json) {
        hmi_json_close_array(&out->json);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    }
    return shown > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

static int run_show(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_incident incident;
    const hmi_class_row *only = NULL;
    int code = 0;
    const char *class_name = hmi_given_text(inv, "class");
    if (class_name != NULL) {
        only = hmi_class_by_name(hmi_text_of(class_name));
        if (only == NULL) {
            char meant[64];
            hmi_class_meant(class_name, meant, sizeof(meant));
            return hmi_usage_error(inv, "there is no trait class \"%s\"%s", class_name, meant);
        }
    }
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (inv->operand_count == 0) {
        code = show_incidents(inv, store);
    } else if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        code = only != NULL || hmi_given(inv, "traits") ? show_traits(inv, store, &incident, only)
                                                        : show_evidence(inv, store, &incident);
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option SHOW_OPTIONS[] = {
    { "traits", NULL, "list the incident's traits instead of its evidence", 't', false },
    { "class", "CLASS", "only traits of this class, such as domain or function", 0, false },
    { 0 },
};

const hmi_command hmi_command_show = {
    .name = "show",
    .operands = "[INCIDENT]",
    .summary = "list incidents, an incident's evidence, or its traits",
    .about = "Without an incident: all incidents of the casebook. With one: each piece of evidence "
             "with its format, verdict, number of traits and what was odd or damaged about it; or, "
             "with *--traits*, everything that was recognised in it.",
    .examples = "  hallmark show\n"
                "  hallmark show seoul-2013\n"
                "  hallmark show seoul-2013 --class domain\n",
    .options = SHOW_OPTIONS,
    .operands_max = 1,
    .run = run_show,
};
