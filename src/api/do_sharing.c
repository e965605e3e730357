/* SPDX-License-Identifier: Apache-2.0
 *
 * do_sharing.c - partners, what one would get, what it got, and what it owes.
 *
 * WHY    A preview asks the one function that decides (share/release.h) and gives nothing: what
 *        leaves, leaves by hallmark share and by TAXII, with its entry first.
 * OWNS   Nothing.
 */
#include "api/routes_made.h"
#include "casebook/given.h"
#include "given/recall.h"
#include "share/marking.h"
#include "tell/outgoing.h"

static const hmi_partner *in_partner(hmi_call *call, hm_text id, const char *where)
{
    const hmi_policy *policy = call->api->options.policy;
    for (size_t i = 0; policy != NULL && i < policy->partner_count; i++) {
        if (hmi_text_eq(policy->partners[i].id, id)) {
            return &policy->partners[i];
        }
    }
    hmi_refuse(call, 404, "not-found", where, "there is no such partner in the policy");
    return NULL;
}

static void list_partners(hmi_call *call)
{
    const hmi_policy *policy = call->api->options.policy;
    hmi_obligation *owed = NULL;
    size_t owed_count = 0;
    int code = hmi_obligations(call->store, call->arena, &owed, &owed_count, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("partners"));
    hmi_json_open_array(w);
    for (size_t i = 0; policy != NULL && i < policy->partner_count; i++) {
        const hmi_partner *p = &policy->partners[i];
        uint64_t given = 0;
        size_t open = 0;
        for (size_t o = 0; o < owed_count; o++) {
            open += owed[o].acknowledged == 0 && hmi_text_eq(owed[o].partner, p->id);
        }
        code = hmi_given_count(call->store, HM_TEXT("given"), p->id, 0, &given, &call->err);
        if (hmi_failed_call(call, code, "")) {
            return;
        }
        hmi_json_open_object(w);
        hmi_json_member_text(w, "id", p->id);
        hmi_json_member_text(w, "name", p->name);
        hmi_json_member_uint(w, "given", given);
        hmi_json_member_uint(w, "obligations", open);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_member_bool(w, "policy", policy != NULL);
    hmi_json_close_object(w);
}

static void put_object(hmi_json_writer *w, const hmi_release_object *o)
{
    static const char *const ANSWERS[] = { "release", "redact", "hold" };
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", o->id.ptr != NULL ? o->id : HM_TEXT(""));
    hmi_json_member_text(w, "type", o->type.ptr != NULL ? o->type : HM_TEXT(""));
    hmi_json_member_text(w, "answer", hmi_text_of(ANSWERS[o->answer]));
    hmi_json_member_text(w, "rule", hmi_text_of(hmi_rule_name(o->rule)));
    if (o->answer == HMI_REDACT) {
        hmi_json_put_key(w, HM_TEXT("redactions"));
        hmi_json_open_array(w);
        for (size_t g = 0; g < o->gone_count; g++) {
            hmi_json_open_object(w);
            hmi_json_member_text(w, "where", o->gone[g].property);
            hmi_json_member_bool(w, "whole", o->gone[g].whole);
            hmi_json_close_object(w);
        }
        hmi_json_close_array(w);
        hmi_json_put_key(w, HM_TEXT("before"));
        hmi_json_put_raw(w, o->raw);
        hmi_json_put_key(w, HM_TEXT("after"));
        hmi_json_put_raw(w, o->out);
    }
    hmi_json_close_object(w);
}

/* What was called back would not be given again, whatever the rules say. */
static int put_preview(hmi_call *call, const hmi_outgoing *out)
{
    size_t counts[3] = { 0 }, recalled = 0;
    hmi_json_writer *w = &call->w;
    hmi_json_put_key(w, HM_TEXT("objects"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < out->count; i++) {
        bool gone = false;
        if (i == out->stand_in) {
            continue; /* stands for our own words: no object that leaves */
        }
        HMI_TRY(hmi_object_is_recalled(call->store, out->objects[i].id, &gone, &call->err));
        if (gone) {
            recalled++;
            continue;
        }
        counts[out->objects[i].answer]++;
        put_object(w, &out->objects[i]);
    }
    hmi_json_close_array(w);
    hmi_json_member_uint(w, "released", counts[HMI_RELEASE]);
    hmi_json_member_uint(w, "redacted", counts[HMI_REDACT]);
    hmi_json_member_uint(w, "held", counts[HMI_HOLD]);
    hmi_json_member_uint(w, "recalled", recalled);
    return HM_OK;
}

static void preview(hmi_call *call)
{
    static const char *const NAMES[] = { "partner", "purpose", "tlp", NULL };
    static const char *const PURPOSES[] = { "detect", "respond", "inform", "publish" };
    static const char *const LEVELS[] = {
        "none", "clear", "green", "amber", "amber+strict", "red"
    };
    size_t purpose = HMI_PURPOSE_INFORM, level = 0;
    hmi_incident i;
    hmi_outgoing out = { 0 };
    if (!hmi_in_queries(call, NAMES) ||
        !hmi_in_word(call, "purpose", PURPOSES, HMI_COUNT(PURPOSES), &purpose) ||
        !hmi_in_word(call, "tlp", LEVELS, HMI_COUNT(LEVELS), &level)) {
        return;
    }
    const hmi_partner *partner = in_partner(call, hmi_in_query(call, "partner"), "query.partner");
    if (partner == NULL || !hmi_in_incident(call, 0, &i)) {
        return;
    }
    const hmi_tlp_marking *tlp =
        level > 0 ? hmi_tlp_find_value(hmi_text_of(LEVELS[level]), true) : NULL;
    int code = hmi_outgoing_decide(call->store, call->arena, &i, call->api->options.policy, partner,
                                   (hmi_purpose)purpose, tlp, &out, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "partner", partner->id);
    hmi_json_member_text(w, "purpose", hmi_text_of(PURPOSES[purpose]));
    code = put_preview(call, &out);
    hmi_json_close_object(w);
    (void)hmi_failed_call(call, code, "");
}

/* Partners are the policy's: it stays until the answer is made. */
static void under_the_rules(hmi_call *call, void (*run)(hmi_call *call))
{
    pthread_rwlock_rdlock(&call->api->rules);
    run(call);
    pthread_rwlock_unlock(&call->api->rules);
}

void hmi_do_partner_list(hmi_call *call)
{
    under_the_rules(call, list_partners);
}

void hmi_do_preview(hmi_call *call)
{
    under_the_rules(call, preview);
}

void hmi_do_recall_list(hmi_call *call)
{
    hmi_obligation *list = NULL;
    size_t count = 0;
    int64_t now = hmi_now_us();
    int code = hmi_obligations(call->store, call->arena, &list, &count, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("obligations"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_uint(w, "recall", list[i].recall);
        hmi_json_member_text(w, "partner", list[i].partner);
        hmi_json_member_text(w, "state", hmi_text_of(hmi_debt_name(hmi_debt_of(&list[i], now))));
        hmi_put_time(w, "due", list[i].due_us);
        hmi_json_member_uint(w, "sent", list[i].sent);
        hmi_json_member_uint(w, "acknowledged", list[i].acknowledged);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}
