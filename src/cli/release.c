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
#include "share/release.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/gather.h"
#include "cli/hand.h"
#include "cli/open.h"
#include "share/marking.h"
#include "trait/stix_id.h"

enum { DOCUMENT_MAX = 1 << 30 };

typedef struct asking {
    hmi_invocation *inv;
    hmi_asked asked;
    hmi_release_object *objects;
    size_t count, capacity;
    uint64_t recalled, entry;
} asking;

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

static int decide(asking *a, hm_err *err)
{
    return hmi_release(&a->asked.policy, a->asked.partner, a->asked.purpose, a->objects, a->count,
                       a->inv->arena, err);
}

/* -- hallmark release explain */

static int explain(asking *a, hmi_json *json, hmi_buf *text, hm_err *err)
{
    hmi_value root;
    HMI_TRY(hmi_read_file(a->inv->operands[0], DOCUMENT_MAX, text, err));
    HMI_TRY(hmi_about_file(a->inv->operands[0],
                           hmi_json_parse(json, hmi_buf_bytes(text), 0, &root, err), err));
    hmi_value list = hmi_json_get(root, "objects");
    if (hmi_json_kind_of(list) != HMI_JSON_ARRAY) {
        HMI_TRY(add_object(a, hmi_json_raw(root), err));
    }
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(add_object(a, hmi_json_raw(v), err));
    }
    HMI_TRY(decide(a, err));
    hmi_tell_release(a->inv->out, &a->asked, a->objects, a->count, 0, 0);
    return HM_OK;
}

static int run_explain(hmi_invocation *inv)
{
    asking a = { .inv = inv };
    hm_err err = { 0 };
    hmi_json *json = NULL;
    int exit_code = hmi_given_policy(inv, &a.asked);
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

typedef struct found {
    asking *asking;
    hmi_store *store;
    int64_t incident;
    const hmi_tlp_marking *tlp;
} found;

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

static int each_trait(void *with, const hmi_incident_trait *trait, hm_err *err)
{
    const found *f = with;
    return add_observable(f->asking, f, trait, err);
}

static int gather(asking *a, found *f, hm_err *err)
{
    hmi_stored_object *stored = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_objects(f->store, a->inv->arena, f->incident, &stored, &count, err));
    for (size_t i = 0; i < count; i++) {
        HMI_TRY(add_object(a, stored[i].raw, err));
    }
    f->asking = a;
    return hmi_each_home_trait(f->store, a->inv->arena, f->incident, each_trait, f, err);
}

/* What was called back is not given again. */
static int drop_recalled(asking *a, hmi_store *store, hmi_json *json, hm_err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->count; i++) {
        hmi_value root;
        bool recalled = false;
        if (hmi_json_parse(json, a->objects[i].raw, 0, &root, NULL) == HM_OK) {
            hm_text id = hmi_json_text(hmi_json_get(root, "id"), a->inv->arena);
            HMI_TRY(hmi_object_is_recalled(store, id, &recalled, err));
        }
        a->objects[kept] = a->objects[i];
        kept += !recalled;
        a->recalled += recalled;
    }
    a->count = kept;
    return HM_OK;
}

static int consider(asking *a, found *f, hm_err *err)
{
    hmi_json *json = NULL;
    HMI_TRY(gather(a, f, err));
    HMI_TRY(hmi_json_new(&json, err));
    int code = drop_recalled(a, f->store, json, err);
    hmi_json_free(json);
    return code == HM_OK ? decide(a, err) : code;
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
    const char *path = hmi_given_text(inv, "output"), *format = hmi_given_text(inv, "format");
    if ((path != NULL) == hmi_given(inv, "preview")) {
        return hmi_usage_error(inv, "one of --preview and --output is needed");
    }
    if (format != NULL && strcmp(format, "stix") != 0) {
        if (hmi_given(inv, "json")) {
            return hmi_usage_error(inv, "--json is for STIX alone");
        }
        return hmi_given_text(inv, "to") != NULL
                   ? hmi_command_export.run(inv) /* decides by the same rules, enters the same */
                   : hmi_usage_error(inv, "--to PARTNER is needed");
    }
    int code = hmi_given_policy(inv, &a.asked);
    code = code != 0 ? code : read_tlp(inv, &f.tlp);
    if (code != 0 || !hmi_open_casebook(inv, path == NULL, &f.store, &code)) {
        return code;
    }
    if (!hmi_open_incident(inv, f.store, inv->operands[0], &incident, &code)) {
        hmi_store_close(f.store);
        return code;
    }
    f.incident = incident.id;
    code = consider(&a, &f, &err);
    hmi_handing hand = { .store = f.store,
                         .asked = &a.asked,
                         .incident = incident.name,
                         .channel = HM_TEXT("file"),
                         .objects = a.objects,
                         .count = a.count };
    code = code == HM_OK && path != NULL ? hmi_hand_out(inv, &hand, path, &a.entry, &err) : code;
    hmi_store_close(f.store);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    hmi_tell_release(inv->out, &a.asked, a.objects, a.count, a.recalled, a.entry);
    return HMI_EXIT_DONE;
}

#define RULES_ABOUT                                                                                \
    "The rules are those of docs/RELEASE.md: no marking or an unknown one holds, the most "        \
    "restrictive marking wins, references never dangle, and what is held leaves no trace in what " \
    "leaves."

static const hmi_option EXPLAIN_OPTIONS[] = {
    HMI_POLICY_OPTIONS,
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
    HMI_POLICY_OPTIONS,
    { "preview", NULL, "only say what would leave and what is held back", 0, false },
    { "output", "FILE", "write what leaves for the partner", 'o', false },
    { "format", "FORMAT", "stix (default), misp, or another that hallmark export has", 'f', false },
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
        "all. What is written is first entered in the memory of what was given (*hallmark audit "
        "list*); what was recalled is not considered."
        "\n\n"
        "Other formats than STIX carry traits, not objects: *misp* is a MISP event, *misp-feed* "
        "adds "
        "it to the folder of a feed, the others are those of *hallmark export*. The same rules "
        "decide, the same memory is written. What MISP has no word for is said, class by class, on "
        "standard error and in a comment of the event."
        "\n\n" RULES_ABOUT,
    .examples =
        "  hallmark share seoul-2013 --to us-cert --policy policy.txt --preview\n"
        "  hallmark share seoul-2013 --to us-cert --policy policy.txt --tlp green -o out.json\n"
        "  hallmark share seoul-2013 --to us-cert --policy policy.txt --tlp green -f misp -o "
        "event.json\n",
    .options = SHARE_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_share,
};
