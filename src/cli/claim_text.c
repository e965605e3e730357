/* SPDX-License-Identifier: Apache-2.0
 *
 * claim_text.c - claims, told beside a finding.
 *
 * WHY    A reader must never take what somebody said for what the evidence says: each claim names
 *        its author and its day in front, and the paragraph says that none of it was weighed.
 * TRUST  Names and grounds are anybody's text and pass hmi_out_text.
 */
#include "cli/claim_text.h"

#include "base/error.h"

static void say_ground(hmi_out *out, const hmi_told *t)
{
    if (t->ground.len > 0) {
        hmi_say(out, "      ground: ");
        hmi_out_text(out, t->ground, out->width > 60 ? (out->width - 16) * 3 : 130, 0);
        hmi_say(out, "\n");
    }
    if (t->source.len > 0) {
        hmi_say(out, "      source: ");
        hmi_out_text(out, t->source, 0, 0);
        hmi_say(out, "\n");
    }
    if (t->withdrawn) {
        hmi_say(out, "      withdrawn: ");
        hmi_out_text(out, t->withdrawn_why.len > 0 ? t->withdrawn_why : HM_TEXT("no reason given"),
                     0, 0);
        hmi_say(out, "\n");
    }
}

static void say_one(hmi_invocation *inv, const hmi_told *t)
{
    hmi_out *out = inv->out;
    hmi_say(out, "   ");
    if (t->withdrawn) {
        hmi_say_style(out, HMI_FAINT);
    }
    hmi_out_text(out, hmi_told_sentence(inv->arena, t), 0, 0);
    if (t->confidence >= 0) {
        hmi_say(out, ", stated confidence %d of 100", t->confidence);
    }
    if (t->grade.len > 0) {
        hmi_say(out, ", graded %.*s", HMI_FMT(t->grade));
    }
    hmi_say(out, "\n");
    hmi_say_style(out, HMI_FAINT);
    hmi_say(out, "      ");
    hmi_out_text(out, t->id, 0, 0);
    if (t->has_document) {
        char hex[65];
        hmi_hex(hmi_bytes(t->document.bytes, sizeof(t->document.bytes)), hex);
        hmi_say(out, " in document %.16s", hex);
    }
    hmi_say(out, "\n");
    hmi_say_style(out, HMI_PLAIN);
    say_ground(out, t);
}

void hmi_claims_say(hmi_invocation *inv, const hmi_told_list *claims, size_t max)
{
    if (claims->count == 0) {
        return;
    }
    hmi_say(inv->out, "\nwhat others say (shown, never weighed):\n");
    for (size_t i = 0; i < claims->count && i < max; i++) {
        say_one(inv, &claims->list[i]);
    }
    if (claims->count > max || claims->cut) {
        hmi_say(inv->out, "   and %zu more%s: hallmark claim list\n",
                claims->count > max ? claims->count - max : 0,
                claims->cut ? ", others left out" : "");
    }
}

void hmi_claims_json(hmi_json_writer *w, const hmi_told_list *claims)
{
    hmi_json_put_key(w, HM_TEXT("claims"));
    hmi_told_list_json(w, claims);
}

int hmi_claims_tell(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident,
                    hm_err *err)
{
    enum { SHOWN_MAX = 12 };
    hmi_told_list claims;
    HMI_TRY(hmi_claims_of(store, inv->arena, incident, &claims, err));
    if (inv->out->as_json) {
        hmi_claims_json(&inv->out->json, &claims);
    } else {
        hmi_claims_say(inv, &claims, SHOWN_MAX);
    }
    return HM_OK;
}
