/* SPDX-License-Identifier: Apache-2.0
 *
 * overlap.c - hallmark overlap: what a partner and we have in common, by messages passed by hand.
 *
 * WHY    Two liaisons want to know whether it is worth talking before either says anything. What
 * may enter is decided by the release rules, how often a partner may ask by the memory of what was
 * given, and values follow only on a count that both have seen. OWNS   The casebook, the key, and a
 * state file between two steps, removed when it was used.
 */
#include "overlap/session.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/gather.h"
#include "cli/open.h"
#include "cli/policy.h"
#include "share/marking.h"

enum {
    EPOCH_DAYS = 30,
    EPOCH_SESSIONS_MAX = 16,    /* offers of one partner that are answered in an epoch */
    EPOCH_POINTS_MAX = 1 << 21, /* and their points in all */
    MEMORY_MAX = 1 << 30,
    PATH_BYTES_MAX = 4096
};
#define DAY_US (INT64_C(86400) * 1000000)

typedef struct overlapping {
    hmi_invocation *inv;
    hmi_asked asked;
    const uint8_t *peer;
    hmi_giver *giver;
    hmi_store *store;
    hmi_arena arena;
    hmi_buf in, out;
    const char *message_path, *output;
    hmi_overlap_element *elements;
    size_t count, capacity;
    uint64_t held;
} overlapping;

static bool agree(const overlapping *o)
{
    return hmi_given(o->inv, "values");
}

/* -- What may enter: traits of our own evidence that the rules would let this partner have. */

static int add_element(overlapping *o, const hmi_class_row *row, hm_text value, hm_err *err)
{
    hmi_overlap_element *grown =
        hmi_arena_grow(&o->arena, o->elements, o->count, &o->capacity, sizeof(*grown));
    if (grown == NULL) {
        return hmi_arena_fail(&o->arena, err);
    }
    o->elements = grown;
    grown[o->count++] = (hmi_overlap_element){ hmi_text_of(row->name), value };
    return HM_OK;
}

static bool class_wanted(const hmi_invocation *inv, const hmi_class_row *row)
{
    hm_text names[64];
    size_t count = hmi_given_all(inv, "class", names, HMI_COUNT(names));
    bool found = count == 0;
    for (size_t i = 0; i < count; i++) {
        found |= hmi_text_is(names[i], row->name);
    }
    return found && row->exact && row->group != HMI_GROUP_CLAIM;
}

/* The rules judge an object: here one that is nothing but its marking. */
static int may_enter(overlapping *o, const hmi_tlp_marking *tlp, bool *ret, hm_err *err)
{
    hm_text marks = tlp != NULL
                        ? hmi_arena_printf(&o->arena, ",\"object_marking_refs\":[\"%s\"]", tlp->id)
                        : HM_TEXT("");
    hm_text raw = hmi_arena_printf(&o->arena,
                                   "{\"type\":\"x-hallmark-trait\",\"id\":\"x-hallmark-trait--"
                                   "3b1c2a52-6a0e-4e0c-8f8e-0d7d4f0f8a11\"%.*s}",
                                   HMI_FMT(marks));
    if (marks.ptr == NULL || raw.ptr == NULL) {
        return hmi_arena_fail(&o->arena, err);
    }
    hmi_release_object object = { .raw = hmi_text_bytes(raw) };
    HMI_TRY(hmi_release(&o->asked.policy, o->asked.partner, o->asked.purpose, &object, 1, &o->arena,
                        err));
    *ret = object.answer == HMI_RELEASE;
    return HM_OK;
}

static int each_trait(void *with, const hmi_incident_trait *trait, hm_err *err)
{
    overlapping *o = with;
    const hmi_class_row *row = hmi_class_find((int)trait->class_id);
    if (row == NULL || !class_wanted(o->inv, row) ||
        hmi_trait_is_noise(trait->class_id, trait->value, NULL)) {
        return HM_OK;
    }
    return add_element(o, row, trait->value, err);
}

static int gather_incident(overlapping *o, const char *name, hm_err *err)
{
    hmi_incident incident;
    HMI_TRY(hmi_incident_find(o->store, &o->arena, hmi_text_of(name), &incident, err));
    return hmi_each_home_trait(o->store, &o->arena, incident.id, each_trait, o, err);
}

static int gather(overlapping *o, const char *const *names, size_t count,
                  const hmi_tlp_marking *tlp, hm_err *err)
{
    bool enters = false;
    HMI_TRY(may_enter(o, tlp, &enters, err));
    for (size_t i = 0; i < count; i++) {
        int code = gather_incident(o, names[i], err);
        if (code != HM_OK) {
            return hmi_fail_in(err, "incident \"%s\"", names[i]);
        }
    }
    if (!enters) {
        o->held = o->count;
        o->count = 0;
    }
    return HM_OK;
}

/* -- The memory: every message is entered before it leaves. */

typedef struct past {
    overlapping *o;
    hmi_json *json;
    int64_t since_us;
    uint64_t answered, points, counted;
} past;

static int each_entry(void *with, const hmi_given_row *row, hm_err *err)
{
    past *p = with;
    hmi_value root;
    int64_t points = 0;
    if (row->at_us < p->since_us || !hmi_text_is(row->kind, "overlap") ||
        !hmi_text_ieq(row->partner, p->o->asked.partner->id)) {
        return HM_OK;
    }
    HMI_TRY(hmi_json_parse(p->json, row->entry, 0, &root, err));
    hm_text step = hmi_json_text(hmi_json_get(root, "step"), &p->o->arena);
    hm_text mode = hmi_json_text(hmi_json_get(root, "mode"), &p->o->arena);
    if (hmi_text_is(step, "answer") && hmi_json_int(hmi_json_get(root, "theirs"), &points)) {
        p->answered++;
        p->points += (uint64_t)points;
    }
    p->counted +=
        (hmi_text_is(step, "finish") || hmi_text_is(step, "result")) && hmi_text_is(mode, "count");
    return HM_OK;
}

static int look_back(overlapping *o, past *ret, hm_err *err)
{
    *ret = (past){ .o = o, .since_us = hmi_now_us() - EPOCH_DAYS * DAY_US };
    HMI_TRY(hmi_json_new(&ret->json, err));
    int code = hmi_given_walk(o->store, each_entry, ret, err);
    hmi_json_free(ret->json);
    return code;
}

static int check_values(const past *p, bool values, hm_err *err)
{
    return !values || p->counted > 0
               ? HM_OK
               : hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                          "values follow a count: none was finished with this partner in %d days",
                          EPOCH_DAYS);
}

static int enter(overlapping *o, const char *step, const hmi_overlap_state *state, uint32_t theirs,
                 const hmi_overlap_found *found, hm_bytes message, hm_err *err)
{
    char session[2 * HMI_OVERLAP_SESSION + 1], digest[65] = "";
    hmi_sha256 hash = hmi_sha256_of(message);
    uint64_t seq = 0;
    hmi_hex(hmi_bytes(state->session, sizeof(state->session)), session);
    hmi_hex(hmi_bytes(hash.bytes, sizeof(hash.bytes)), digest);
    hm_text partner = hmi_arena_text(&o->arena, o->asked.partner->id);
    hm_text body = hmi_arena_printf(
        &o->arena,
        "\"step\":\"%s\",\"mode\":\"%s\",\"session\":\"%s\",\"elements\":%zu,\"ours\":%u,"
        "\"theirs\":%u,\"common\":%u,\"message\":\"%s\"",
        step, hmi_overlap_mode_name(state->mode), session, state->element_count, state->padded,
        theirs, found != NULL ? found->common : 0, digest);
    if (partner.ptr == NULL || body.ptr == NULL) {
        return hmi_arena_fail(&o->arena, err);
    }
    HMI_TRY(hmi_give_note(o->giver, "overlap", partner, body, &seq, err));
    if (hmi_giver_warning(o->giver) != NULL) {
        hmi_complain("%s: the newest entry is not remembered outside the casebook: %s",
                     o->inv->command->name, hmi_giver_warning(o->giver));
    }
    return HM_OK;
}

/* -- The state between two steps, in the casebook. */

static int state_path(const overlapping *o, const uint8_t session[HMI_OVERLAP_SESSION],
                      bool answers, char out[PATH_BYTES_MAX], hm_err *err)
{
    char hex[2 * HMI_OVERLAP_SESSION + 1];
    hmi_hex(hmi_bytes(session, HMI_OVERLAP_SESSION), hex);
    int len = snprintf(out, PATH_BYTES_MAX, "%s/overlap", hmi_store_folder(o->store));
    if (len < 0 || len >= PATH_BYTES_MAX - 64) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the casebook's path is too long");
    }
    if (mkdir(out, 0700) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "\"%s\" cannot be made", out);
    }
    snprintf(out + len, (size_t)(PATH_BYTES_MAX - len), "/%s.%s", hex,
             answers ? "answer" : "offer");
    return HM_OK;
}

static int keep_state(const overlapping *o, const hmi_overlap_state *state, hm_err *err)
{
    char path[PATH_BYTES_MAX];
    hmi_buf bytes;
    HMI_TRY(state_path(o, state->session, state->answers, path, err));
    hmi_buf_init(&bytes, 0);
    int code = hmi_overlap_state_write(state, &bytes, err);
    code = code == HM_OK ? hmi_write_file(path, hmi_buf_bytes(&bytes), err) : code;
    explicit_bzero(bytes.ptr, bytes.len);
    hmi_buf_fini(&bytes);
    return code;
}

static int recall_state(overlapping *o, bool answers, hmi_overlap_state *ret, hm_err *err)
{
    hmi_overlap_message message;
    char path[PATH_BYTES_MAX];
    hmi_buf bytes;
    HMI_TRY(hmi_overlap_read(hmi_buf_bytes(&o->in), &message, err));
    HMI_TRY(state_path(o, message.session, answers, path, err));
    hmi_buf_init(&bytes, 0);
    int code = hmi_read_file(path, MEMORY_MAX, &bytes, err);
    hm_bytes copy = hmi_arena_bytes(&o->arena, hmi_buf_bytes(&bytes));
    if (bytes.len > 0) {
        explicit_bzero(bytes.ptr, bytes.len);
    }
    hmi_buf_fini(&bytes);
    if (code == HM_E_NOT_FOUND) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "this casebook takes no part in that overlap, or it is over");
    }
    HMI_TRY(code);
    return copy.ptr == NULL ? hmi_arena_fail(&o->arena, err)
                            : hmi_overlap_state_read(copy, &o->arena, ret, err);
}

static void forget_state(const overlapping *o, const hmi_overlap_state *state)
{
    char path[PATH_BYTES_MAX];
    if (state_path(o, state->session, state->answers, path, NULL) == HM_OK) {
        (void)unlink(path);
    }
}

/* -- Telling */

static void tell_sent(const overlapping *o, const hmi_overlap_state *state)
{
    hmi_out *out = o->inv->out;
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_member_text(&out->json, "mode", hmi_text_of(hmi_overlap_mode_name(state->mode)));
        hmi_json_member_uint(&out->json, "entered", state->element_count);
        hmi_json_member_uint(&out->json, "held", o->held);
        hmi_json_member_uint(&out->json, "padded", state->padded);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
        return;
    }
    hmi_say(out,
            "%zu traits enter, %" PRIu64 " held back by the release rules; they look like %u\n",
            state->element_count, o->held, state->padded);
}

static void tell_found(const overlapping *o, const hmi_overlap_state *state,
                       const hmi_overlap_found *found)
{
    hmi_out *out = o->inv->out;
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_member_text(&out->json, "mode", hmi_text_of(hmi_overlap_mode_name(state->mode)));
        hmi_json_member_uint(&out->json, "common", found->common);
        hmi_json_member_uint(&out->json, "entered", state->element_count);
        hmi_json_put_key(&out->json, HM_TEXT("values"));
        hmi_json_open_array(&out->json);
    } else {
        hmi_say(out, "%u in common of our %zu\n", found->common, state->element_count);
    }
    for (size_t i = 0; i < found->element_count; i++) {
        const hmi_overlap_element *e = found->elements[i];
        if (out->as_json) {
            hmi_json_open_object(&out->json);
            hmi_json_member_text(&out->json, "class", e->class_name);
            hmi_json_member_text(&out->json, "value", e->value);
            hmi_json_close_object(&out->json);
        } else {
            hmi_out_text(out, e->class_name, 0, 20);
            hmi_out_text(out, e->value, 0, 0);
            hmi_say(out, "\n");
        }
    }
    if (out->as_json) {
        hmi_json_close_array(&out->json);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    }
}

/* -- The four steps */

static int offer(overlapping *o, const hmi_tlp_marking *tlp, hm_err *err)
{
    hmi_overlap_state state;
    past before;
    HMI_TRY(look_back(o, &before, err));
    HMI_TRY(check_values(&before, agree(o), err));
    HMI_TRY(gather(o, o->inv->operands, o->inv->operand_count, tlp, err));
    HMI_TRY(hmi_overlap_offer(o->giver, agree(o) ? HMI_OVERLAP_VALUES : HMI_OVERLAP_COUNT, o->peer,
                              o->elements, o->count, &o->arena, &state, &o->out, err));
    HMI_TRY(keep_state(o, &state, err));
    HMI_TRY(enter(o, "offer", &state, 0, NULL, hmi_buf_bytes(&o->out), err));
    HMI_TRY(hmi_write_file(o->output, hmi_buf_bytes(&o->out), err));
    tell_sent(o, &state);
    hmi_overlap_state_wipe(&state);
    return HM_OK;
}

static int check_epoch(const past *before, uint32_t theirs, hm_err *err)
{
    if (before->answered >= EPOCH_SESSIONS_MAX || before->points + theirs > EPOCH_POINTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "this partner was answered %" PRIu64 " times with %" PRIu64
                        " points in %d days: %d times and %d points are the most",
                        before->answered, before->points, EPOCH_DAYS, EPOCH_SESSIONS_MAX,
                        EPOCH_POINTS_MAX);
    }
    return HM_OK;
}

static int answer(overlapping *o, const hmi_tlp_marking *tlp, hm_err *err)
{
    hmi_overlap_state state;
    hmi_overlap_message theirs;
    past before;
    HMI_TRY(hmi_overlap_read(hmi_buf_bytes(&o->in), &theirs, err));
    HMI_TRY(look_back(o, &before, err));
    HMI_TRY(check_epoch(&before, theirs.point_count, err));
    HMI_TRY(check_values(&before, theirs.mode == HMI_OVERLAP_VALUES, err));
    HMI_TRY(gather(o, o->inv->operands + 1, o->inv->operand_count - 1, tlp, err));
    HMI_TRY(hmi_overlap_answer(o->giver, hmi_buf_bytes(&o->in), o->peer, agree(o), o->elements,
                               o->count, &o->arena, &state, &o->out, err));
    HMI_TRY(keep_state(o, &state, err));
    HMI_TRY(enter(o, "answer", &state, theirs.point_count, NULL, hmi_buf_bytes(&o->out), err));
    HMI_TRY(hmi_write_file(o->output, hmi_buf_bytes(&o->out), err));
    tell_sent(o, &state);
    hmi_overlap_state_wipe(&state);
    return HM_OK;
}

static int finish(overlapping *o, const hmi_tlp_marking *tlp, hm_err *err)
{
    hmi_overlap_state state;
    hmi_overlap_found found;
    (void)tlp;
    HMI_TRY(recall_state(o, false, &state, err));
    HMI_TRY(hmi_overlap_finish(o->giver, &state, hmi_buf_bytes(&o->in), &o->arena, &found, &o->out,
                               err));
    HMI_TRY(enter(o, "finish", &state, 0, &found, hmi_buf_bytes(&o->out), err));
    HMI_TRY(hmi_write_file(o->output, hmi_buf_bytes(&o->out), err));
    tell_found(o, &state, &found);
    forget_state(o, &state);
    hmi_overlap_state_wipe(&state);
    return HM_OK;
}

static int result(overlapping *o, const hmi_tlp_marking *tlp, hm_err *err)
{
    hmi_overlap_state state;
    hmi_overlap_found found;
    (void)tlp;
    HMI_TRY(recall_state(o, true, &state, err));
    HMI_TRY(hmi_overlap_result(o->giver, &state, hmi_buf_bytes(&o->in), &o->arena, &found, err));
    HMI_TRY(enter(o, "result", &state, 0, &found, hmi_buf_bytes(&o->in), err));
    tell_found(o, &state, &found);
    forget_state(o, &state);
    hmi_overlap_state_wipe(&state);
    return HM_OK;
}

/* -- The commands */

static int open_and_act(overlapping *o,
                        int (*act)(overlapping *o, const hmi_tlp_marking *, hm_err *),
                        const hmi_tlp_marking *tlp)
{
    hm_err err = { 0 };
    int exit_code = 0;
    if (!hmi_open_casebook(o->inv, false, &o->store, &exit_code)) {
        return exit_code;
    }
    hmi_arena_init(&o->arena, MEMORY_MAX);
    hmi_buf_init(&o->in, HMI_OVERLAP_MESSAGE_MAX);
    hmi_buf_init(&o->out, HMI_OVERLAP_MESSAGE_MAX);
    int code = hmi_giver_open(o->store, &o->giver, &err);
    if (code == HM_OK && o->message_path != NULL) {
        code = hmi_read_file(o->message_path, HMI_OVERLAP_MESSAGE_MAX, &o->in, &err);
    }
    code = code == HM_OK ? act(o, tlp, &err) : code;
    hmi_buf_fini(&o->in);
    hmi_buf_fini(&o->out);
    hmi_arena_fini(&o->arena);
    hmi_giver_close(o->giver);
    hmi_store_close(o->store);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(o->inv, &err);
}

static int run_step(hmi_invocation *inv, bool reads, bool writes,
                    int (*act)(overlapping *o, const hmi_tlp_marking *, hm_err *))
{
    overlapping o = { .inv = inv, .output = hmi_given_text(inv, "output") };
    const hmi_tlp_marking *tlp = NULL;
    const char *level = hmi_given_text(inv, "tlp");
    int code = hmi_given_policy(inv, &o.asked);
    if (code != 0) {
        return code;
    }
    o.peer = hmi_policy_key(&o.asked.policy, o.asked.partner->id);
    if (o.peer == NULL) {
        return hmi_usage_error(inv, "the policy has no \"key\" line for this partner: \"hallmark "
                                    "overlap key\" prints theirs");
    }
    if (level != NULL && (tlp = hmi_tlp_find_value(hmi_text_of(level), true)) == NULL) {
        return hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
    }
    if (writes && o.output == NULL) {
        return hmi_usage_error(inv, "--output is needed");
    }
    o.message_path = reads ? inv->operands[0] : NULL;
    return open_and_act(&o, act, tlp);
}

static int run_offer(hmi_invocation *inv)
{
    return run_step(inv, false, true, offer);
}

static int run_answer(hmi_invocation *inv)
{
    return run_step(inv, true, true, answer);
}

static int run_finish(hmi_invocation *inv)
{
    return run_step(inv, true, true, finish);
}

static int run_result(hmi_invocation *inv)
{
    return run_step(inv, true, false, result);
}

static int run_key(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_giver *giver = NULL;
    hm_err err = { 0 };
    int exit_code = 0;
    char hex[65];
    if (!hmi_open_casebook(inv, false, &store, &exit_code)) {
        return exit_code;
    }
    int code = hmi_giver_open(store, &giver, &err);
    if (code == HM_OK) {
        hmi_hex(hmi_giver_public_key(giver), hex);
        if (inv->out->as_json) {
            hmi_json_open_object(&inv->out->json);
            hmi_json_member_text(&inv->out->json, "key", hmi_text_of(hex));
            hmi_json_close_object(&inv->out->json);
            hmi_say(inv->out, "\n");
        } else {
            hmi_say(inv->out, "%s\n", hex);
        }
    }
    hmi_giver_close(giver);
    hmi_store_close(store);
    return code == HM_OK ? HMI_EXIT_DONE : hmi_failed(inv, &err);
}

#define ENTERS_OPTIONS                                                                        \
    { "tlp", "LEVEL", "the marking of what was found in our own evidence", 0, false },        \
        { "class", "CLASS", "only traits of this class", 0, true },                           \
    {                                                                                         \
        "values", NULL, "agree that both sides learn the values, not only how many", 0, false \
    }

#define SEE \
    "\n\n"  \
    "docs/OVERLAP.md says what this protects and what it does not."

static const hmi_option OFFER_OPTIONS[] = {
    HMI_POLICY_OPTIONS,
    ENTERS_OPTIONS,
    { "output", "FILE", "write the message for the partner", 'o', false },
    { 0 },
};

static const hmi_option FINISH_OPTIONS[] = {
    HMI_POLICY_OPTIONS,
    { "output", "FILE", "write the message for the partner", 'o', false },
    { 0 },
};

static const hmi_option RESULT_OPTIONS[] = {
    HMI_POLICY_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_overlap_key = {
    .name = "overlap key",
    .operands = "",
    .summary = "print the key that partners know us by",
    .about =
        "The public half of the casebook's signing key. Partners put it into a \"key\" line of "
        "their policy; compare it by voice.",
    .examples = "  hallmark overlap key\n",
    .run = run_key,
};

const hmi_command hmi_command_overlap_offer = {
    .name = "overlap offer",
    .operands = "INCIDENT...",
    .summary = "begin to learn what a partner and we have in common",
    .about =
        "Writes a message that hides every trait of the incidents' own evidence which the release "
        "rules would let the partner have under the marking of --tlp; without one nothing enters. "
        "The partner answers it with *hallmark overlap answer*, *overlap finish* then tells how "
        "many "
        "are in common. Only after such a count may --values be asked for, and the partner must "
        "agree with its own --values." SEE,
    .examples =
        "  hallmark overlap offer seoul-2013 --to us-cert --policy policy.txt --tlp green -o "
        "offer.msg\n",
    .options = OFFER_OPTIONS,
    .operands_min = 1,
    .operands_max = 64,
    .run = run_offer,
};

const hmi_command hmi_command_overlap_answer = {
    .name = "overlap answer",
    .operands = "MESSAGE INCIDENT...",
    .summary = "answer a partner's offer",
    .about =
        "Checks that the offer is signed by the partner's key of the policy and meant for us, that "
        "this partner did not ask too often, and writes the answer." SEE,
    .examples =
        "  hallmark overlap answer offer.msg seoul-2013 --to korea-cert --policy policy.txt "
        "--tlp green -o answer.msg\n",
    .options = OFFER_OPTIONS,
    .operands_min = 2,
    .operands_max = 64,
    .run = run_answer,
};

const hmi_command hmi_command_overlap_finish = {
    .name = "overlap finish",
    .operands = "MESSAGE",
    .summary = "what is in common, from the partner's answer",
    .about =
        "Prints how many traits are in common, and which when both agreed on values; writes the "
        "message from which the partner learns the same." SEE,
    .examples =
        "  hallmark overlap finish answer.msg --to us-cert --policy policy.txt -o result.msg\n",
    .options = FINISH_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_finish,
};

const hmi_command hmi_command_overlap_result = {
    .name = "overlap result",
    .operands = "MESSAGE",
    .summary = "what is in common, for the side that answered",
    .about = "Checks what the other side says against its tags, and prints the same as it saw." SEE,
    .examples = "  hallmark overlap result result.msg --to korea-cert --policy policy.txt\n",
    .options = RESULT_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_result,
};
