/* SPDX-License-Identifier: Apache-2.0
 *
 * recall.c - hallmark recall: call back what was given, tell partners, keep asking.
 */
#include "given/recall.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/hand.h"
#include "cli/open.h"
#include "trait/stix_id.h"

enum { DUE_DAYS = 7, DUE_DAYS_MAX = 3650 };
#define DAY_US (INT64_C(86400) * 1000000)

static hm_text lower(hmi_invocation *inv, const char *text)
{
    char *copy = hmi_arena_cstr(inv->arena, hmi_text_of(text));
    for (char *c = copy; c != NULL && *c != '\0'; c++) {
        *c = hmi_ascii_lower(*c);
    }
    return hmi_text_of(copy);
}

static void warn(hmi_invocation *inv, const hmi_giver *giver)
{
    if (hmi_giver_warning(giver) != NULL) {
        hmi_complain("%s: the newest entry is not remembered outside the casebook: %s",
                     inv->command->name, hmi_giver_warning(giver));
    }
}

/* Runs `act` with the casebook open for writing and its key at hand. */
static int with_giver(hmi_invocation *inv, int (*act)(hmi_giver *giver, void *with, hm_err *err),
                      void *with)
{
    hmi_store *store = NULL;
    hmi_giver *giver = NULL;
    hm_err err = { 0 };
    int exit_code = 0;
    if (!hmi_open_casebook(inv, false, &store, &exit_code)) {
        return exit_code;
    }
    int code = hmi_giver_open(store, &giver, &err);
    if (code == HM_OK) {
        code = act(giver, with, &err);
        warn(inv, giver);
    }
    hmi_giver_close(giver);
    hmi_store_close(store);
    if (code == HM_E_NOT_FOUND) {
        hmi_complain("%s: %s", inv->command->name, err.text);
        return HMI_EXIT_NOTHING;
    }
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

static bool given_number(const hmi_invocation *inv, const char *text, uint64_t *ret)
{
    uint64_t sum = 0;
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!hmi_ascii_digit(text[i]) || len > 15) {
            hmi_usage_error(
                inv, "\"%s\" is no recall's number: \"hallmark recall list\" shows them", text);
            return false;
        }
        sum = sum * 10 + (uint64_t)(text[i] - '0');
    }
    *ret = sum;
    return len > 0;
}

/* -- hallmark recall */

typedef struct calling {
    hmi_invocation *inv;
    hm_text reason;
    int64_t due_us;
} calling;

static int call_back(hmi_giver *giver, void *with, hm_err *err)
{
    calling *c = with;
    hmi_invocation *inv = c->inv;
    hmi_given_copy *copies = NULL;
    size_t count = 0;
    uint64_t recall = 0;
    hm_text target = lower(inv, inv->operands[0]), incident = HM_TEXT("");
    hmi_store *store = hmi_giver_store(giver);
    if (hmi_stix_id_is(target)) {
        HMI_TRY(hmi_given_copies(store, inv->arena, target, &copies, &count, err));
    } else {
        incident = hmi_text_of(inv->operands[0]);
        HMI_TRY(hmi_given_incident_copies(store, inv->arena, incident, &copies, &count, err));
    }
    HMI_TRY(
        hmi_recall(giver, inv->arena, copies, count, incident, c->reason, c->due_us, &recall, err));
    if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_json_member_uint(&inv->out->json, "recall", recall);
        hmi_json_close_object(&inv->out->json);
        hmi_say(inv->out, "\n");
        return HM_OK;
    }
    hmi_say(inv->out, "recall %" PRIu64 ": \"hallmark recall list\" shows who must be told\n",
            recall);
    return HM_OK;
}

static int run_recall(hmi_invocation *inv)
{
    uint64_t days = DUE_DAYS;
    const char *reason = hmi_given_text(inv, "reason");
    calling c = { .inv = inv };
    if (reason == NULL || !hmi_text_from(hmi_bytes(reason, strlen(reason)), &c.reason) ||
        c.reason.len == 0) {
        return hmi_usage_error(inv, "--reason is needed: the partners will read it");
    }
    if (!hmi_given_size(inv, "due", &days)) {
        return HMI_EXIT_USAGE;
    }
    if (days > DUE_DAYS_MAX) {
        return hmi_usage_error(inv, "--due is at most %d days", DUE_DAYS_MAX);
    }
    c.due_us = hmi_now_us() / 1000000 * 1000000 + (int64_t)days * DAY_US;
    return with_giver(inv, call_back, &c);
}

static const hmi_option RECALL_OPTIONS[] = {
    { "reason", "TEXT", "why; the partners will read it", 0, false },
    { "due", "DAYS", "when an acknowledgement is overdue (default 7)", 0, false },
    { 0 },
};

const hmi_command hmi_command_recall = {
    .name = "recall",
    .operands = "OBJECT|INCIDENT",
    .summary = "call back an object, or all that was given for an incident",
    .about =
        "OBJECT is a STIX id, INCIDENT a name. Every partner who was given a copy owes an "
        "acknowledgement from now on; what was recalled is not given again. Nothing is sent by "
        "this command: *hallmark recall send* makes what a partner is told."
        "\n\n"
        "Exit code 1 says that nobody was given a copy.",
    .examples = "  hallmark recall indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --reason \"a "
                "hospital's address\"\n"
                "  hallmark recall seoul-2013 --reason \"shared too early\" --due 2\n",
    .options = RECALL_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_recall,
};

/* -- hallmark recall list */

static void debt_json(hmi_json_writer *w, const hmi_obligation *o, const char *state)
{
    hmi_buf due;
    hmi_buf_init(&due, 0);
    hmi_buf_add_time(&due, o->due_us);
    hmi_json_open_object(w);
    hmi_json_member_uint(w, "recall", o->recall);
    hmi_json_member_text(w, "partner", o->partner);
    hmi_json_member_text(w, "state", hmi_text_of(state));
    hmi_json_member_text(w, "due", hmi_buf_text(&due));
    hmi_json_member_uint(w, "sent", o->sent);
    hmi_json_member_uint(w, "acknowledged", o->acknowledged);
    hmi_json_close_object(w);
    hmi_buf_fini(&due);
}

static void debt_text(hmi_out *out, const hmi_obligation *o, hmi_debt debt)
{
    static const hmi_style STYLES[] = { HMI_WARN, HMI_PLAIN, HMI_BAD, HMI_GOOD };
    hmi_buf due;
    hmi_buf_init(&due, 0);
    hmi_buf_add_time(&due, o->due_us);
    hmi_say(out, "%6" PRIu64 "  ", o->recall);
    hmi_say_style(out, STYLES[debt]);
    hmi_say(out, "%-13s", hmi_debt_name(debt));
    hmi_say_style(out, HMI_PLAIN);
    hmi_out_text(out, o->partner, 0, 0);
    hmi_say(out, "  due ");
    hmi_out_text(out, hmi_buf_text(&due), 0, 0);
    hmi_say(out, "\n");
    hmi_buf_fini(&due);
}

static int run_recall_list(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_obligation *list = NULL;
    size_t count = 0, open = 0;
    hm_err err = { 0 };
    hmi_out *out = inv->out;
    int code = 0;
    int64_t now = hmi_now_us();
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    code = hmi_obligations(store, inv->arena, &list, &count, &err);
    hmi_store_close(store);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (out->as_json) {
        hmi_json_open_array(&out->json);
    }
    for (size_t i = 0; i < count; i++) {
        hmi_debt debt = hmi_debt_of(&list[i], now);
        open += debt != HMI_DEBT_ACKNOWLEDGED;
        if (out->as_json) {
            debt_json(&out->json, &list[i], hmi_debt_name(debt));
        } else {
            debt_text(out, &list[i], debt);
        }
    }
    if (out->as_json) {
        hmi_json_close_array(&out->json);
        hmi_say(out, "\n");
    } else {
        hmi_say(out, "%zu obligations, %zu not acknowledged\n", count, open);
    }
    return open > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

const hmi_command hmi_command_recall_list = {
    .name = "recall list",
    .operands = "",
    .summary = "who still holds what was called back",
    .about =
        "One line for each partner of each recall: *open* (not told yet), *sent*, *overdue*, or "
        "*acknowledged*."
        "\n\n"
        "Exit code 1 says that nobody owes anything.",
    .examples = "  hallmark recall list --json\n",
    .run = run_recall_list,
};

/* -- hallmark recall send */

typedef struct sending {
    hmi_invocation *inv;
    hmi_asked asked;
    hmi_recall_notice notice;
    const char *path;
} sending;

static int send_notice(hmi_giver *giver, void *with, hm_err *err)
{
    sending *s = with;
    hmi_invocation *inv = s->inv;
    hmi_json *json = NULL;
    hmi_release_object *objects = NULL;
    size_t count = 0;
    uint64_t entry = 0;
    hmi_store *store = hmi_giver_store(giver);
    HMI_TRY(hmi_json_new(&json, err));
    int code = hmi_recall_objects(store, json, &s->notice, inv->arena, &objects, &count, err);
    hmi_json_free(json);
    HMI_TRY(code);
    hmi_handing hand = { .store = store,
                         .asked = &s->asked,
                         .incident = HM_TEXT(""),
                         .channel = HM_TEXT("recall"),
                         .objects = objects,
                         .count = count };
    HMI_TRY(hmi_hand_out(inv, &hand, s->path, &entry, err));
    hm_text partner = lower(inv, hmi_arena_cstr(inv->arena, s->asked.partner->id));
    HMI_TRY(hmi_recall_mark(giver, s->notice.recall, partner, false, HM_TEXT(""), err));
    hmi_tell_release(inv->out, &s->asked, objects, count, 0, entry);
    return HM_OK;
}

static int run_send(hmi_invocation *inv)
{
    sending s = { .inv = inv, .path = hmi_given_text(inv, "output") };
    const char *identity = hmi_given_text(inv, "identity");
    int code = hmi_given_policy(inv, &s.asked);
    if (code != 0) {
        return code;
    }
    if (s.path == NULL) {
        return hmi_usage_error(inv, "--output is needed");
    }
    if (identity != NULL && !hmi_stix_id_is(hmi_text_of(identity))) {
        return hmi_usage_error(inv, "--identity is a STIX id, identity--UUID");
    }
    if (!given_number(inv, inv->operands[0], &s.notice.recall)) {
        return HMI_EXIT_USAGE;
    }
    s.notice.identity = hmi_text_of(identity);
    s.notice.policy = &s.asked.policy;
    s.notice.partner = s.asked.partner;
    s.notice.purpose = s.asked.purpose;
    return with_giver(inv, send_notice, &s);
}

static const hmi_option SEND_OPTIONS[] = {
    HMI_POLICY_OPTIONS,
    { "output", "FILE", "write the bundle for the partner", 'o', false },
    { "identity", "ID", "objects with this created_by_ref are ours to revoke", 0, false },
    { 0 },
};

const hmi_command hmi_command_recall_send = {
    .name = "recall send",
    .operands = "RECALL",
    .summary = "what a partner is told of a recall, as a STIX bundle",
    .about =
        "Writes a note that names every recalled object the partner holds, with the reason, and a "
        "new version with \"revoked\": true of those that --identity made: STIX lets nobody else "
        "revoke an object, and observables not at all. All of it goes through the release rules. "
        "The "
        "obligation counts as *sent* from then on; the same recall always makes the same bytes.",
    .examples = "  hallmark recall send 12 --to us-cert --policy policy.txt -o recall.json\n",
    .options = SEND_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_send,
};

/* -- hallmark recall answer */

typedef struct thanking {
    uint64_t recall;
    hm_text partner, words;
} thanking;

static int acknowledge(hmi_giver *giver, void *with, hm_err *err)
{
    const thanking *t = with;
    return hmi_recall_mark(giver, t->recall, t->partner, true, t->words, err);
}

static int run_acknowledge(hmi_invocation *inv)
{
    thanking t = { .words = HM_TEXT("") };
    const char *words = hmi_given_text(inv, "words");
    if (!given_number(inv, inv->operands[0], &t.recall)) {
        return HMI_EXIT_USAGE;
    }
    t.partner = lower(inv, inv->operands[1]);
    if (!hmi_uuid_is(t.partner)) {
        return hmi_usage_error(inv, "a partner is named by its UUID, as \"hallmark recall list\" "
                                    "shows it");
    }
    if (words != NULL && !hmi_text_from(hmi_bytes(words, strlen(words)), &t.words)) {
        return hmi_usage_error(inv, "--words must be text in UTF-8");
    }
    return with_giver(inv, acknowledge, &t);
}

static const hmi_option ACKNOWLEDGE_OPTIONS[] = {
    { "words", "TEXT", "what they said, for the record", 0, false },
    { 0 },
};

const hmi_command hmi_command_recall_answer = {
    .name = "recall answer",
    .operands = "RECALL PARTNER-ID",
    .summary = "enter that a partner has deleted what was called back",
    .about = "Exit code 1 says that this partner owes nothing for that recall.",
    .examples = "  hallmark recall answer 12 11111111-1111-4111-8111-111111111111 --words "
                "\"deleted, J. Kim, by phone\"\n",
    .options = ACKNOWLEDGE_OPTIONS,
    .operands_min = 2,
    .operands_max = 2,
    .run = run_acknowledge,
    .no_json = true,
};
