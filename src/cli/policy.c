/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.c - who is asked for, under which policy, and what the rules answered, told to people.
 */
#include "cli/policy.h"

#include <inttypes.h>

#include "cli/file.h"

int hmi_given_policy(hmi_invocation *inv, hmi_asked *ret)
{
    const char *path = hmi_given_text(inv, "policy"), *to = hmi_given_text(inv, "to");
    const char *purpose = hmi_given_text(inv, "purpose");
    hm_err err = { 0 };
    hmi_buf text;
    if (path == NULL || to == NULL) {
        return hmi_usage_error(inv, "--to and --policy are needed");
    }
    ret->purpose = HMI_PURPOSE_INFORM;
    ret->purpose_name = purpose != NULL ? purpose : "inform";
    if (purpose != NULL && !hmi_purpose_find(hmi_text_of(purpose), &ret->purpose)) {
        return hmi_usage_error(inv, "--purpose is detect, respond, inform or publish");
    }
    hmi_buf_init(&text, HMI_POLICY_BYTES_MAX + 1);
    int code = hmi_read_file(path, HMI_POLICY_BYTES_MAX, &text, &err);
    code = code == HM_OK ? hmi_policy_read(hmi_buf_bytes(&text), inv->arena, &ret->policy, &err)
                         : code;
    code = code == HM_E_MALFORMED ? hmi_about_file(path, code, &err) : code;
    hmi_buf_fini(&text);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    ret->partner = hmi_policy_partner(&ret->policy, hmi_text_of(to));
    return ret->partner != NULL
               ? 0
               : hmi_usage_error(inv,
                                 "the policy \"%.150s\" names no partner \"%.60s\": "
                                 "add a line \"partner NAME UUID KIND\" to it",
                                 path, to);
}

/* -- What a partner would get. */

static void object_json(hmi_json_writer *w, const hmi_release_object *o)
{
    hmi_json_open_object(w);
    hmi_json_member_text(w, "id", o->id);
    hmi_json_member_text(w, "modified", o->modified);
    hmi_json_member_text(w, "answer", hmi_text_of(hmi_answer_name(o->answer)));
    hmi_json_member_text(w, "rule", hmi_text_of(hmi_rule_name(o->rule)));
    if (o->answer == HMI_REDACT) {
        hmi_json_put_key(w, HM_TEXT("gone"));
        hmi_json_open_array(w);
        for (size_t i = 0; i < o->gone_count; i++) {
            hmi_json_put_text(w, o->gone[i].property);
        }
        hmi_json_close_array(w);
    }
    hmi_json_close_object(w);
}

static void object_text(hmi_out *out, const hmi_release_object *o)
{
    static const hmi_style STYLES[] = { HMI_GOOD, HMI_WARN, HMI_BAD };
    hmi_say_style(out, STYLES[o->answer]);
    hmi_say(out, "%-8s", hmi_answer_name(o->answer));
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "%-18s", hmi_rule_name(o->rule));
    hmi_out_text(out, o->id.ptr != NULL ? o->id : HM_TEXT("(no id)"), 0, 0);
    for (size_t i = 0; o->answer == HMI_REDACT && i < o->gone_count; i++) {
        hmi_say(out, i == 0 ? "  without " : ", ");
        hmi_out_text(out, o->gone[i].property, 0, 0);
        hmi_say(out, o->gone[i].whole ? "" : " (in part)");
    }
    hmi_say(out, "\n");
}

void hmi_tell_release(hmi_out *out, const hmi_asked *asked, const hmi_release_object *objects,
                      size_t count, uint64_t recalled, uint64_t entry)
{
    uint64_t counts[3] = { 0 };
    for (size_t i = 0; i < count; i++) {
        counts[objects[i].answer]++;
    }
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "partner", asked->partner->name);
        hmi_json_member_text(w, "partner_id", asked->partner->id);
        hmi_json_member_uint(w, "released", counts[HMI_RELEASE]);
        hmi_json_member_uint(w, "redacted", counts[HMI_REDACT]);
        hmi_json_member_uint(w, "held", counts[HMI_HOLD]);
        hmi_json_member_uint(w, "recalled", recalled);
        hmi_json_member_uint(w, "entry", entry);
        hmi_json_put_key(w, HM_TEXT("objects"));
        hmi_json_open_array(w);
        for (size_t i = 0; i < count; i++) {
            object_json(w, &objects[i]);
        }
        hmi_json_close_array(w);
        hmi_json_close_object(w);
        hmi_say(out, "\n");
        return;
    }
    for (size_t i = 0; i < count && !out->quiet; i++) {
        object_text(out, &objects[i]);
    }
    hmi_say(out, "to ");
    hmi_out_text(out, asked->partner->name, 0, 0);
    hmi_say(out, ": %" PRIu64 " released, %" PRIu64 " redacted, %" PRIu64 " held\n",
            counts[HMI_RELEASE], counts[HMI_REDACT], counts[HMI_HOLD]);
    if (recalled > 0) {
        hmi_say(out, "%" PRIu64 " recalled, not considered\n", recalled);
    }
    if (entry > 0) {
        hmi_say(out, "entry %" PRIu64 " of the memory of what was given\n", entry);
    }
}
