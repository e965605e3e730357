/* SPDX-License-Identifier: Apache-2.0
 *
 * pattern.c - hallmark pattern match: does a STIX pattern match these observations?
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/input.h"
#include "cli/open.h"
#include "detect/stix_match.h"

enum { FILE_MAX_BYTES = 256 << 20, MEMORY_MAX_BYTES = 1 << 30 };

typedef struct documents {
    hmi_json **parsed; /* one each: values point into them */
    hmi_buf *bytes;
    size_t count;
} documents;

static void documents_free(documents *docs)
{
    for (size_t i = 0; i < docs->count; i++) {
        hmi_json_free(docs->parsed[i]);
        hmi_buf_fini(&docs->bytes[i]);
    }
}

static int read_document(documents *docs, const char *path, hmi_observations *all, hm_err *err)
{
    hmi_buf *buf = &docs->bytes[docs->count];
    hmi_value root;
    hmi_buf_init(buf, 0);
    docs->parsed[docs->count++] = NULL;
    HMI_TRY(hmi_input_read(path, FILE_MAX_BYTES, buf, err));
    HMI_TRY(hmi_json_new(&docs->parsed[docs->count - 1], err));
    int code = hmi_json_parse(docs->parsed[docs->count - 1], hmi_buf_bytes(buf), 0, &root, err);
    return hmi_about_file(path, code == HM_OK ? hmi_observations_add(all, root, err) : code, err);
}

static void say_bound(hmi_out *out, const hmi_observation *seen)
{
    hmi_say(out, "  ");
    if (seen->id.len > 0) {
        hmi_out_text(out, seen->id, 0, 0);
    } else {
        hmi_say(out, "observation %zu", seen->order + 1);
    }
    hmi_say(out, "  ");
    hmi_buf_add_time(&out->buf, seen->first_us);
    if (seen->last_us != seen->first_us) {
        hmi_say(out, " to ");
        hmi_buf_add_time(&out->buf, seen->last_us);
    }
    if (seen->number > 1) {
        hmi_say(out, ", %" PRIu64 " times", seen->number);
    }
    hmi_say(out, "\n");
}

static void put_bound(hmi_json_writer *w, hmi_arena *arena, const hmi_observation *seen)
{
    hmi_buf moment;
    hmi_buf_init(&moment, 64);
    hmi_json_open_object(w);
    if (seen->id.len > 0) {
        hmi_json_member_text(w, "id", seen->id);
    }
    hmi_json_member_uint(w, "observation", seen->order + 1);
    hmi_buf_add_stix_time(&moment, seen->first_us);
    hmi_json_member_text(w, "first_observed", hmi_arena_text(arena, hmi_buf_text(&moment)));
    hmi_buf_clear(&moment);
    hmi_buf_add_stix_time(&moment, seen->last_us);
    hmi_json_member_text(w, "last_observed", hmi_arena_text(arena, hmi_buf_text(&moment)));
    hmi_json_member_uint(w, "number_observed", seen->number);
    hmi_json_close_object(w);
    hmi_buf_fini(&moment);
}

static void tell(hmi_invocation *inv, const hmi_observation *list, size_t count,
                 const hmi_stix_outcome *outcome)
{
    hmi_out *out = inv->out;
    if (out->as_json) {
        hmi_json_open_object(&out->json);
        hmi_json_member_bool(&out->json, "matched", outcome->matched);
        hmi_json_member_uint(&out->json, "observations", count);
        hmi_json_put_key(&out->json, HM_TEXT("bound"));
        hmi_json_open_array(&out->json);
        for (size_t i = 0; i < outcome->bound_count; i++) {
            put_bound(&out->json, inv->arena, &list[outcome->bound[i]]);
        }
        hmi_json_close_array(&out->json);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
        return;
    }
    hmi_say(out, "%s in %zu observation%s\n", outcome->matched ? "match" : "no match", count,
            count == 1 ? "" : "s");
    for (size_t i = 0; i < outcome->bound_count; i++) {
        say_bound(out, &list[outcome->bound[i]]);
    }
}

static int match(hmi_invocation *inv, hmi_arena *arena, documents *docs, hm_text pattern)
{
    hm_err err = { 0 };
    hmi_stix_matcher *matcher;
    const hmi_observation *list;
    size_t count;
    hmi_stix_outcome outcome = { 0 };
    if (hmi_stix_matcher_new(arena, pattern, &matcher, &err) != HM_OK) {
        return hmi_usage_error(inv, "%s", err.text);
    }
    hmi_observations *all = hmi_observations_new(arena);
    for (size_t i = 1; all != NULL && i < inv->operand_count; i++) {
        int code = read_document(docs, inv->operands[i], all, &err);
        if (code != HM_OK) {
            (void)hmi_failed(inv, &err);
            return code == HM_E_MEMORY ? HMI_EXIT_CASEBOOK : HMI_EXIT_INPUT;
        }
    }
    if (all == NULL || hmi_observations_settle(all, &list, &count, &err) != HM_OK ||
        hmi_stix_match(matcher, list, count, &outcome, &err) != HM_OK) {
        (void)(all == NULL && hmi_arena_fail(arena, &err));
        (void)hmi_failed(inv, &err);
        return err.code == HM_E_MEMORY ? HMI_EXIT_CASEBOOK : HMI_EXIT_INPUT;
    }
    tell(inv, list, count, &outcome);
    return outcome.matched ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

static int run_pattern_match(hmi_invocation *inv)
{
    hm_text pattern;
    int code = 0;
    if (!hmi_operand_text(inv, inv->operands[0], &pattern, &code)) {
        return code;
    }
    hmi_arena arena;
    hmi_arena_init(&arena, MEMORY_MAX_BYTES);
    documents docs = { 0 };
    docs.parsed = hmi_new_array(&arena, hmi_json *, inv->operand_count);
    docs.bytes = hmi_new_array(&arena, hmi_buf, inv->operand_count);
    if (docs.parsed == NULL || docs.bytes == NULL) {
        hm_err err = { 0 };
        (void)hmi_arena_fail(&arena, &err);
        code = hmi_failed(inv, &err);
    } else {
        code = match(inv, &arena, &docs, pattern);
        documents_free(&docs);
    }
    hmi_arena_fini(&arena);
    return code;
}

const hmi_command hmi_command_pattern_match = {
    .name = "pattern match",
    .operands = "PATTERN FILE...",
    .summary = "does a STIX pattern match these observations?",
    .about =
        "Reads STIX observed-data (2.0 or 2.1, bundles or lists, several files together) and says "
        "whether the pattern matches, and which observations were bound to it. The whole language "
        "of "
        "STIX 2.1 section 9 is understood. Regular expressions that cannot be searched in linear "
        "time "
        "are refused when the pattern is read."
        "\n\n"
        "The exit code is 0 for a match, 1 for none, 2 when the pattern is wrong, 3 when the "
        "observations are. A file named - is standard input.",
    .examples = "  hallmark pattern match \"[file:size > 5]\" observed.json\n",
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .run = run_pattern_match,
};
