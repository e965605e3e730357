/* SPDX-License-Identifier: Apache-2.0
 *
 * claim.c - hallmark claim add, list, withdraw: who says what about whose it is.
 *
 * WHY    Statements are part of a case: who made them, when, how sure, on what ground. They are
 *        kept where everybody sees them and where no weight is computed from them.
 * OWNS   The store, closed on every way out.
 */
#include "base/error.h"
#include "cli/claim_text.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/open.h"

enum { DOCUMENT_MAX = 1 << 30 };

/* ---- add */

static hm_text given(const hmi_invocation *inv, const char *option)
{
    const char *value = hmi_given_text(inv, option);
    return value != NULL ? hmi_text_of(value) : HM_TEXT("");
}

/* A number, or STIX 2.1's words (Appendix A): the middle of each range. */
static bool read_confidence(hm_text word, int *ret)
{
    static const struct {
        const char *word;
        int value;
    } WORDS[] = { { "none", 0 }, { "low", 15 }, { "medium", 50 }, { "high", 85 } };
    for (size_t i = 0; i < HMI_COUNT(WORDS); i++) {
        if (hmi_text_is(word, WORDS[i].word)) {
            *ret = WORDS[i].value;
            return true;
        }
    }
    int value = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (!hmi_ascii_digit(word.ptr[i]) || i > 2) {
            return false;
        }
        value = value * 10 + (word.ptr[i] - '0');
    }
    *ret = value;
    return word.len > 0 && value <= 100;
}

static int read_claim(hmi_invocation *inv, hmi_claim *ret)
{
    const char *const TEXTS[] = { "by", "on", "actor", "like", "of", "grade", "ground", "source" };
    for (size_t i = 0; i < HMI_COUNT(TEXTS); i++) {
        hm_text text;
        int code = 0;
        const char *value = hmi_given_text(inv, TEXTS[i]);
        if (value != NULL && !hmi_operand_text(inv, value, &text, &code)) {
            return code;
        }
    }
    hm_text actor = given(inv, "actor"), like = given(inv, "like"), word = given(inv, "opinion");
    *ret =
        (hmi_claim){ .about = given(inv, "of"),
                     .relation = actor.len > 0 ? HM_TEXT("attributed-to") : HM_TEXT("related-to"),
                     .target = actor.len > 0 ? actor : like,
                     .publisher = given(inv, "by"),
                     .said = given(inv, "on"),
                     .opinion = word.len > 0 ? hmi_opinion_of(word) : 5,
                     .confidence = -1,
                     .grade = given(inv, "grade"),
                     .ground = given(inv, "ground"),
                     .source = given(inv, "source") };
    if ((actor.len > 0) == (like.len > 0)) {
        return hmi_usage_error(inv, "one of --actor and --like says what the claim points to");
    }
    if ((inv->operand_count == 1) == (ret->about.len > 0)) {
        return hmi_usage_error(inv,
                               "name the INCIDENT that the claim is about, or an actor by --of");
    }
    if (ret->publisher.len == 0 || ret->said.len == 0) {
        return hmi_usage_error(inv,
                               "--by PUBLISHER and --on DAY are needed: a claim has an author and "
                               "a day");
    }
    if (ret->opinion == 0) {
        return hmi_usage_error(inv, "--opinion is strongly-disagree, disagree, neutral, agree or "
                                    "strongly-agree");
    }
    if (hmi_given(inv, "confidence") &&
        !read_confidence(given(inv, "confidence"), &ret->confidence)) {
        return hmi_usage_error(inv, "--confidence is 0 to 100, none, low, medium or high");
    }
    return 0;
}

static int read_document(hmi_invocation *inv, hmi_claim *claim)
{
    const char *path = hmi_given_text(inv, "document");
    hm_err err = { 0 };
    hmi_buf bytes;
    if (path == NULL) {
        return 0;
    }
    hmi_buf_init(&bytes, DOCUMENT_MAX);
    int code = hmi_read_file(path, DOCUMENT_MAX, &bytes, &err);
    if (code == HM_OK) {
        claim->document = hmi_sha256_of(hmi_buf_bytes(&bytes));
        claim->has_document = true;
    }
    hmi_buf_fini(&bytes);
    if (code != HM_OK) {
        (void)hmi_failed(inv, &err);
        return HMI_EXIT_INPUT;
    }
    return 0;
}

static int run_add(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_claim claim;
    hmi_incident incident;
    hm_err err = { 0 };
    hm_text id;
    int code = read_claim(inv, &claim);
    code = code == 0 ? read_document(inv, &claim) : code;
    if (code != 0 || !hmi_open_casebook(inv, false, &store, &code)) {
        return code;
    }
    if (inv->operand_count == 0 ||
        hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        claim.incident = inv->operand_count > 0 ? incident.id : 0;
        int done = hmi_claim_add(store, inv->arena, &claim, &id, &err);
        if (done == HM_OK && inv->out->as_json) {
            hmi_json_open_object(&inv->out->json);
            hmi_json_member_text(&inv->out->json, "id", id);
            hmi_json_close_object(&inv->out->json);
            hmi_say(inv->out, "\n");
        } else if (done == HM_OK) {
            hmi_say(inv->out, "%.*s\n", HMI_FMT(id));
        }
        code = done == HM_OK         ? HMI_EXIT_DONE
               : done == HM_E_MISUSE ? hmi_usage_error(inv, "%s", err.text)
                                     : hmi_failed(inv, &err);
    }
    hmi_store_close(store);
    return code;
}

/* ---- list */

static int list(hmi_invocation *inv, hmi_store *store, const hmi_incident *incident)
{
    hmi_told_list claims;
    hm_err err = { 0 };
    int code = incident != NULL ? hmi_claims_of(store, inv->arena, incident, &claims, &err)
                                : hmi_claims_all(store, inv->arena, &claims, &err);
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_claims_json(&inv->out->json, &claims);
        hmi_json_close_object(&inv->out->json);
        hmi_say(inv->out, "\n");
        return claims.count > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
    }
    hmi_claims_say(inv, &claims, SIZE_MAX);
    if (claims.count == 0) {
        hmi_say(inv->out,
                "nobody has said anything yet: \"hallmark claim add\" keeps a statement\n");
    }
    return claims.count > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

static int run_list(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hmi_incident incident;
    int code = 0;
    if (!hmi_open_casebook(inv, true, &store, &code)) {
        return code;
    }
    if (inv->operand_count == 0) {
        code = list(inv, store, NULL);
    } else if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        code = list(inv, store, &incident);
    }
    hmi_store_close(store);
    return code;
}

/* ---- withdraw */

static int withdraw(hmi_invocation *inv, hmi_store *store, hm_text id, hm_err *err)
{
    hmi_stored_object object;
    if (!hmi_claim_is_held(store, id)) {
        int code = hmi_object_newest(store, inv->arena, id, &object, err);
        if (code == HM_E_NOT_FOUND) {
            return hmi_fail(err, code, HM_OFFSET_NONE,
                            "there is no claim of that id: \"hallmark claim list\" shows them");
        }
        HMI_TRY(code);
    }
    return hmi_claim_withdraw(store, id, given(inv, "why"), err);
}

static int run_withdraw(hmi_invocation *inv)
{
    hmi_store *store = NULL;
    hm_text id, why;
    hm_err err = { 0 };
    int code = 0;
    if (!hmi_operand_text(inv, inv->operands[0], &id, &code) ||
        (hmi_given(inv, "why") &&
         !hmi_operand_text(inv, hmi_given_text(inv, "why"), &why, &code)) ||
        !hmi_open_casebook(inv, false, &store, &code)) {
        return code;
    }
    int done = withdraw(inv, store, id, &err);
    hmi_store_close(store);
    if (done != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (!inv->out->quiet && !inv->out->as_json) {
        hmi_say(inv->out, "withdrawn; it stays in the ledger with the reason\n");
    }
    return HMI_EXIT_DONE;
}

/* ---- The commands */

static const hmi_option ADD_OPTIONS[] = {
    { "by", "PUBLISHER", "who says so", 0, false },
    { "on", "DAY", "when it was published: 2014-12-19, or a full timestamp", 0, false },
    { "actor", "NAME", "whose it is said to be, as the publisher writes it", 0, false },
    { "like", "NAME", "what it is said to share an origin with: another incident", 0, false },
    { "of", "NAME", "the claim is about this actor instead of an incident", 0, false },
    { "opinion", "WORD", "strongly-disagree to strongly-agree (default) that it is so", 0, false },
    { "confidence", "N", "as the publisher states it: 0 to 100, none, low, medium, high", 0,
      false },
    { "grade", "GRADE", "the Admiralty grade you give it: A to F and 1 to 6, as in B2", 0, false },
    { "ground", "TEXT", "on what ground, in the publisher's words", 0, false },
    { "source", "TEXT", "where it can be read: a URL or a title", 0, false },
    { "document", "FILE", "a copy of the source: its SHA-256 is kept", 0, false },
    { 0 },
};

const hmi_command hmi_command_claim_add = {
    .name = "claim add",
    .operands = "[INCIDENT]",
    .summary = "keep a statement: who says what about whose it is",
    .about =
        "Writes a row into the claims ledger and prints its id. Claims are shown beside what the "
        "evidence says and never change a score. Rows are never changed: *hallmark claim "
        "withdraw* adds another row."
        "\n\n"
        "What documents claim needs no entering: relationships, opinions, notes and reports in "
        "STIX that came with evidence are read where they stand.",
    .examples =
        "  hallmark claim add culver-city-2014 --by FBI --on 2014-12-19 --actor \"North Korea\" "
        "\\\n"
        "      --ground \"similarities in specific lines of code\" --source \"Update on Sony\"\n"
        "  hallmark claim add --of Lazarus --like DarkSeoul --by Novetta --on 2016-02-24\n",
    .options = ADD_OPTIONS,
    .operands_max = 1,
    .run = run_add,
};

const hmi_command hmi_command_claim_list = {
    .name = "claim list",
    .operands = "[INCIDENT]",
    .summary = "who says what, when, how sure, on what ground",
    .about =
        "Lists the ledger and what documents claim, by date; withdrawn claims are marked. With an "
        "incident: what came with its evidence, names it by its id, or is an opinion about what "
        "was told of it.",
    .examples = "  hallmark claim list culver-city-2014\n",
    .operands_max = 1,
    .run = run_list,
};

static const hmi_option WITHDRAW_OPTIONS[] = {
    { "why", "TEXT", "the reason", 0, false },
    { 0 },
};

const hmi_command hmi_command_claim_withdraw = {
    .name = "claim withdraw",
    .operands = "CLAIM",
    .summary = "take a claim back; it stays to be read, marked",
    .about =
        "CLAIM is the id that *hallmark claim list* shows: of a ledger's row, or of the object in "
        "a document that makes the claim.",
    .examples = "  hallmark claim withdraw note--1b6c... --why \"it was the bank's own address\"\n",
    .options = WITHDRAW_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_withdraw,
    .no_json = true,
};
