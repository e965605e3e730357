/* SPDX-License-Identifier: Apache-2.0
 *
 * release.c - hallmark release explain and hallmark share: what a partner would get, and why.
 *
 * WHY    Both ask the one function that decides (share/release.h); neither decides anything.
 *        What leaves an incident is its stored objects, and observables of what was found in its
 *        own evidence. What was only read in a report belongs to the report's author: it leaves
 *        as the author's objects with their markings, or not at all.
 * OWNS   The documents and the store, closed on every way out.
 */
#include <inttypes.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/open.h"
#include "share/marking.h"
#include "share/release.h"
#include "trait/stix_id.h"

enum { DOCUMENT_MAX = 1 << 30 };

typedef struct asking {
    hmi_invocation *inv;
    hmi_policy policy;
    const hmi_partner *partner;
    hmi_purpose purpose;
    hmi_release_object *objects;
    size_t count, capacity;
} asking;

/* -- What is asked for. */

static int read_policy(asking *a)
{
    const char *path = hmi_given_text(a->inv, "policy"), *to = hmi_given_text(a->inv, "to");
    const char *purpose = hmi_given_text(a->inv, "purpose");
    hm_err err = { 0 };
    hmi_buf text;
    if (path == NULL || to == NULL) {
        return hmi_usage_error(a->inv, "--to and --policy are needed");
    }
    a->purpose = HMI_PURPOSE_INFORM;
    if (purpose != NULL && !hmi_purpose_find(hmi_text_of(purpose), &a->purpose)) {
        return hmi_usage_error(a->inv, "--purpose is detect, respond, inform or publish");
    }
    hmi_buf_init(&text, HMI_POLICY_BYTES_MAX + 1);
    int code = hmi_read_file(path, HMI_POLICY_BYTES_MAX, &text, &err);
    code = code == HM_OK ? hmi_policy_read(hmi_buf_bytes(&text), a->inv->arena, &a->policy, &err)
                         : code;
    hmi_buf_fini(&text);
    if (code != HM_OK) {
        return hmi_failed(a->inv, &err);
    }
    a->partner = hmi_policy_partner(&a->policy, hmi_text_of(to));
    return a->partner != NULL ? 0
                              : hmi_usage_error(a->inv, "the policy names no partner \"%s\"", to);
}

static int add_object(asking *a, hm_bytes raw, hm_err *err)
{
    hmi_release_object *grown =
        hmi_arena_grow(a->inv->arena, a->objects, a->count, &a->capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(a->inv->arena, err);
    }
    a->objects = grown;
    grown[a->count++] = (hmi_release_object){ .raw = raw };
    return HM_OK;
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

static void tell(const asking *a)
{
    hmi_out *out = a->inv->out;
    uint64_t counts[3] = { 0 };
    for (size_t i = 0; i < a->count; i++) {
        counts[a->objects[i].answer]++;
    }
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_member_text(w, "partner", a->partner->name);
        hmi_json_member_text(w, "partner_id", a->partner->id);
        hmi_json_member_uint(w, "released", counts[HMI_RELEASE]);
        hmi_json_member_uint(w, "redacted", counts[HMI_REDACT]);
        hmi_json_member_uint(w, "held", counts[HMI_HOLD]);
        hmi_json_put_key(w, HM_TEXT("objects"));
        hmi_json_open_array(w);
        for (size_t i = 0; i < a->count; i++) {
            object_json(w, &a->objects[i]);
        }
        hmi_json_close_array(w);
        hmi_json_close_object(w);
        hmi_say(out, "\n");
        return;
    }
    for (size_t i = 0; i < a->count && !out->quiet; i++) {
        object_text(out, &a->objects[i]);
    }
    hmi_say(out, "to ");
    hmi_out_text(out, a->partner->name, 0, 0);
    hmi_say(out, ": %" PRIu64 " released, %" PRIu64 " redacted, %" PRIu64 " held\n",
            counts[HMI_RELEASE], counts[HMI_REDACT], counts[HMI_HOLD]);
}

static int decide(asking *a, hm_err *err)
{
    return hmi_release(&a->policy, a->partner, a->purpose, a->objects, a->count, a->inv->arena,
                       err);
}

/* -- hallmark release explain */

static int explain(asking *a, hmi_json *json, hmi_buf *text, hm_err *err)
{
    hmi_value root;
    HMI_TRY(hmi_read_file(a->inv->operands[0], DOCUMENT_MAX, text, err));
    HMI_TRY(hmi_json_parse(json, hmi_buf_bytes(text), 0, &root, err));
    hmi_value list = hmi_json_get(root, "objects");
    if (hmi_json_kind_of(list) != HMI_JSON_ARRAY) {
        HMI_TRY(add_object(a, hmi_json_raw(root), err));
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(add_object(a, hmi_json_raw(v), err));
    }
    HMI_TRY(decide(a, err));
    tell(a);
    return HM_OK;
}

static int run_explain(hmi_invocation *inv)
{
    asking a = { .inv = inv };
    hm_err err = { 0 };
    hmi_json *json = NULL;
    int exit_code = read_policy(&a);
    if (exit_code != 0) {
        return exit_code;
    }
    if (hmi_json_new(&json, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    hmi_buf text;
    hmi_buf_init(&text, DOCUMENT_MAX);
    int code = explain(&a, json, &text, &err);
    hmi_json_free(json);
    hmi_buf_fini(&text);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

/* -- hallmark share */

/* Evidence that somebody else wrote about other evidence. */
static bool is_report(hm_text format)
{
    return hmi_text_is(format, "stix") || hmi_text_is(format, "list");
}

typedef struct found {
    hmi_store *store;
    int64_t incident;
    const hmi_evidence *evidence;
    size_t evidence_count;
    const hmi_tlp_marking *tlp;
} found;

/* Was the trait seen in evidence that is no report? */
static int seen_at_home(const found *f, hmi_arena *arena, int64_t trait, bool *ret, hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t count = 0;
    *ret = false;
    int code = hmi_trait_seen(f->store, arena, f->incident, trait, &seen, &count, err);
    for (size_t i = 0; code == HM_OK && i < count && !*ret; i++) {
        for (size_t k = 0; k < f->evidence_count; k++) {
            *ret |= f->evidence[k].id == seen[i].evidence && !is_report(f->evidence[k].format);
        }
    }
    return code;
}

static int add_observable(asking *a, const found *f, const hmi_incident_trait *trait, hm_err *err)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = hmi_stix_observable(trait->class_id, trait->value, &text, err);
    if (code == HM_E_UNSUPPORTED) {
        hmi_buf_fini(&text);
        return HM_OK;
    }
    if (code == HM_OK && f->tlp != NULL && text.len > 0) {
        text.len--; /* the closing brace */
        hmi_buf_printf(&text, ",\"object_marking_refs\":[\"%s\"]}", f->tlp->id);
        code = hmi_buf_check(&text, err);
    }
    if (code == HM_OK) {
        hm_bytes raw = hmi_arena_bytes(a->inv->arena, hmi_buf_bytes(&text));
        code = raw.ptr != NULL ? add_object(a, raw, err) : hmi_arena_fail(a->inv->arena, err);
    }
    hmi_buf_fini(&text);
    return code;
}

static int add_observables(asking *a, const found *f, hm_err *err)
{
    hmi_incident_trait *traits = NULL;
    size_t count = 0;
    int code = hmi_incident_traits(f->store, a->inv->arena, f->incident, &traits, &count, err);
    hmi_arena scratch;
    hmi_arena_init(&scratch, 64 << 20);
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        bool home = false;
        code = seen_at_home(f, &scratch, traits[i].id, &home, err);
        if (code == HM_OK && home) {
            code = add_observable(a, f, &traits[i], err);
        }
        hmi_arena_reset(&scratch);
    }
    hmi_arena_fini(&scratch);
    return code;
}

static int gather(asking *a, found *f, hm_err *err)
{
    hmi_stored_object *stored = NULL;
    hmi_evidence *evidence = NULL;
    size_t count = 0;
    int code = hmi_incident_objects(f->store, a->inv->arena, f->incident, &stored, &count, err);
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        code = add_object(a, stored[i].raw, err);
    }
    if (code == HM_OK) {
        code = hmi_evidence_list(f->store, a->inv->arena, f->incident, &evidence,
                                 &f->evidence_count, err);
        f->evidence = evidence;
    }
    return code == HM_OK ? add_observables(a, f, err) : code;
}

static int give(asking *a, const char *path, hm_err *err)
{
    hmi_buf bundle;
    hmi_buf_init(&bundle, 0);
    int code = hmi_release_bundle(a->objects, a->count, a->inv->arena, &bundle, err);
    code = code == HM_OK ? hmi_write_file(path, hmi_buf_bytes(&bundle), err) : code;
    hmi_buf_fini(&bundle);
    return code;
}

static int read_tlp(const hmi_invocation *inv, const hmi_tlp_marking **ret)
{
    const char *level = hmi_given_text(inv, "tlp");
    *ret = level != NULL ? hmi_tlp_find_value(hmi_text_of(level), true) : NULL;
    return level == NULL || *ret != NULL
               ? 0
               : hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
}

static int run_share(hmi_invocation *inv)
{
    asking a = { .inv = inv };
    found f = { 0 };
    hm_err err = { 0 };
    hmi_incident incident;
    const char *path = hmi_given_text(inv, "output");
    int code = read_policy(&a);
    code = code != 0 ? code : read_tlp(inv, &f.tlp);
    if (code == 0 && (path != NULL) == hmi_given(inv, "preview")) {
        code = hmi_usage_error(inv, "one of --preview and --output is needed");
    }
    if (code != 0 || !hmi_open_casebook(inv, true, &f.store, &code)) {
        return code;
    }
    if (!hmi_open_incident(inv, f.store, inv->operands[0], &incident, &code)) {
        hmi_store_close(f.store);
        return code;
    }
    f.incident = incident.id;
    code = gather(&a, &f, &err);
    code = code == HM_OK ? decide(&a, &err) : code;
    code = code == HM_OK && path != NULL ? give(&a, path, &err) : code;
    hmi_store_close(f.store);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    tell(&a);
    return HMI_EXIT_DONE;
}

#define RULES_ABOUT                                                                                \
    "The rules are those of docs/RELEASE.md: no marking or an unknown one holds, the most "        \
    "restrictive marking wins, references never dangle, and what is held leaves no trace in what " \
    "leaves."

static const hmi_option EXPLAIN_OPTIONS[] = {
    { "to", "PARTNER", "a partner of the policy, by name or id", 0, false },
    { "policy", "FILE", "who the partners are and what they may have", 0, false },
    { "purpose", "WORD", "detect, respond, inform (default) or publish", 0, false },
    { 0 },
};

const hmi_command hmi_command_release_explain = {
    .name = "release explain",
    .operands = "FILE",
    .summary = "say of each object whether a partner may have it, and by which rule",
    .about = "FILE is a STIX bundle or one object; \"-\" is standard input. For each object the "
             "answer is *release*, *redact* or *hold*, with the rule that decided."
             "\n\n" RULES_ABOUT,
    .examples = "  hallmark release explain report.json --to us-cert --policy policy.txt\n",
    .options = EXPLAIN_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_explain,
};

static const hmi_option SHARE_OPTIONS[] = {
    { "to", "PARTNER", "a partner of the policy, by name or id", 0, false },
    { "policy", "FILE", "who the partners are and what they may have", 0, false },
    { "purpose", "WORD", "detect, respond, inform (default) or publish", 0, false },
    { "preview", NULL, "only say what would leave and what is held back", 0, false },
    { "output", "FILE", "write the bundle for the partner", 'o', false },
    { "tlp", "LEVEL", "the marking of what was found in our own evidence", 0, false },
    { 0 },
};

const hmi_command hmi_command_share = {
    .name = "share",
    .operands = "INCIDENT",
    .summary = "what of an incident may leave to a partner, as a STIX bundle",
    .about =
        "Takes the objects that came with the incident's evidence, and observables for the traits "
        "that were found in evidence that is no report; the latter carry the marking of --tlp and "
        "are held without one. --preview tells what would leave, --output writes it. What was only "
        "read in somebody's report leaves as that author's objects with their markings, or not at "
        "all."
        "\n\n" RULES_ABOUT,
    .examples =
        "  hallmark share seoul-2013 --to us-cert --policy policy.txt --preview\n"
        "  hallmark share seoul-2013 --to us-cert --policy policy.txt --tlp green -o out.json\n",
    .options = SHARE_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_share,
};
