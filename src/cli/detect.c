/* SPDX-License-Identifier: Apache-2.0
 *
 * detect.c - hallmark detect: which Sigma rules do these events fire?
 *
 * FORM   Events are JSON: one a line, or documents one behind the other, or one list.
 * TRUST  Files are anybody's. An event that is no JSON is counted and named, the next line goes on.
 */
#include <inttypes.h>

#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/open.h"
#include "cli/rules.h"

enum { EVENT_MAX_BYTES = 64 << 20, FLUSH_BYTES = 1 << 16, COMPLAINTS_MAX = 20 };

typedef struct detecting {
    hmi_invocation *inv;
    hmi_sigma *set;
    hmi_json *json;
    const char *path;
    uint64_t line, document; /* of the event in hand: first line, and which in its file */
    uint64_t events, hits, bad;
} detecting;

static void put_hit(detecting *d, const hmi_sigma_rule_info *rule)
{
    hmi_json_writer *w = &d->inv->out->json;
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("file"));
    hmi_json_put_lossy(w, hmi_text_bytes(hmi_text_of(d->path)));
    hmi_json_member_uint(w, "line", d->line);
    hmi_json_member_uint(w, "event", d->document);
    hmi_json_member_text(w, "rule", rule->title);
    hmi_json_member_text(w, "id", rule->id);
    hmi_json_member_text(w, "level", rule->level);
    hmi_json_put_key(w, HM_TEXT("tags"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < rule->tag_count; i++) {
        hmi_json_put_text(w, rule->tags[i]);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static void on_hit(void *with, const hmi_sigma_rule_info *rule)
{
    detecting *d = with;
    hmi_out *out = d->inv->out;
    d->hits++;
    if (out->as_json) {
        put_hit(d, rule);
    } else {
        hmi_out_safe(out, hmi_text_bytes(hmi_text_of(d->path)), 0, 0);
        hmi_say(out, ":%" PRIu64 "  ", d->line);
        hmi_out_text(out, rule->level, 0, 14);
        hmi_out_text(out, rule->title, 0, 0);
        hmi_say(out, "  ");
        hmi_say_style(out, HMI_FAINT);
        hmi_out_text(out, rule->id, 0, 0);
        hmi_say_style(out, HMI_PLAIN);
        hmi_say(out, "\n");
    }
    if (out->buf.len > FLUSH_BYTES && !out->as_json) {
        (void)hmi_out_flush(out);
    }
}

static int on_document(detecting *d, hmi_value document, hm_err *err)
{
    if (hmi_json_kind_of(document) != HMI_JSON_ARRAY) {
        d->events++;
        d->document++;
        return hmi_sigma_match(d->set, document, on_hit, d, err);
    }
    for (hmi_value v = hmi_json_first(document); hmi_json_is(v); v = hmi_json_next(v)) {
        HMI_TRY(on_document(d, v, err));
    }
    return HM_OK;
}

/* Brackets opened minus closed outside strings: a document that goes on has more than 0. */
static int64_t left_open(hm_bytes text)
{
    int64_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else {
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        }
    }
    return depth;
}

static uint64_t lines_of(hm_bytes text)
{
    uint64_t count = 0;
    for (size_t at = 0; (at = hmi_find_byte(text, '\n')) != HMI_NPOS; count++) {
        text = hmi_slice(text, at + 1, SIZE_MAX);
    }
    return count;
}

static void complain(detecting *d, const hm_err *why)
{
    if (d->bad++ < COMPLAINTS_MAX) {
        hmi_complain("detect: %.100s, line %" PRIu64 ": %s", d->path, d->line, why->text);
    }
}

static int read_file(detecting *d, hmi_input *input, hm_err *err)
{
    hm_bytes text;
    int code = HM_OK;
    d->line = 1;
    d->document = 0;
    while (hmi_input_line(input, &text, &code, err)) {
        hmi_value root;
        hm_err why = { 0 };
        bool blank = hmi_text_trim(hmi_text((const char *)text.ptr, text.len)).len == 0;
        if (d->line == 1 && hmi_starts_with(text, HM_BYTES("\xef\xbb\xbf"))) {
            text = hmi_slice(text, 3, SIZE_MAX);
        }
        int parsed = blank ? HM_OK : hmi_json_parse(d->json, text, 0, &root, &why);
        if (parsed != HM_OK && left_open(text) > 0) { /* a document of several lines */
            while (left_open(text) > 0 && hmi_input_more(input, &text, &code, err)) {
            }
            parsed = hmi_json_parse(d->json, text, 0, &root, &why);
        }
        if (parsed != HM_OK) {
            complain(d, &why);
        } else if (!blank) {
            HMI_TRY(on_document(d, root, err));
        }
        d->line += lines_of(text);
        if (hmi_interrupted(NULL)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
    return code;
}

static int detect_all(detecting *d, hm_err *err)
{
    for (size_t i = 0; i < d->inv->operand_count; i++) {
        hmi_input input;
        d->path = d->inv->operands[i];
        int code = hmi_input_open(&input, d->path, EVENT_MAX_BYTES, err);
        code = code == HM_OK ? read_file(d, &input, err) : code;
        hmi_input_close(&input);
        if (code == HM_E_CANCELLED || code == HM_E_MEMORY) {
            return code;
        }
        if (code != HM_OK) {
            d->bad++;
            hmi_complain("detect: %.100s: %s", d->path, err->text);
        }
    }
    return HM_OK;
}

static int load(detecting *d, hmi_rules_report *report, hm_err *err)
{
    enum { PATHS_MAX = 32 };
    hm_text paths[PATHS_MAX];
    size_t count = hmi_given_all(d->inv, "rules", paths, PATHS_MAX);
    for (size_t i = 0; i < count; i++) {
        char *path = hmi_arena_cstr(d->inv->arena, paths[i]);
        if (path == NULL) {
            return hmi_arena_fail(d->inv->arena, err);
        }
        HMI_TRY(hmi_rules_load(report, path, err));
    }
    hmi_sigma_set_source(d->set, hmi_text_of(hmi_given_text(d->inv, "product")),
                         hmi_text_of(hmi_given_text(d->inv, "category")),
                         hmi_text_of(hmi_given_text(d->inv, "service")));
    HMI_TRY(hmi_sigma_compile(d->set, err));
    hmi_rules_missing(report);
    return HM_OK;
}

static void tell_sum(detecting *d, const hmi_rules_report *rules, int64_t us)
{
    hmi_out *out = d->inv->out;
    if (out->as_json) {
        hmi_json_close_array(&out->json);
        hmi_json_member_uint(&out->json, "events", d->events);
        hmi_json_member_uint(&out->json, "hit_count", d->hits);
        hmi_json_member_uint(&out->json, "unreadable", d->bad);
        hmi_json_member_uint(&out->json, "rules", rules->good);
        hmi_json_member_uint(&out->json, "rules_refused", rules->bad);
        hmi_json_close_object(&out->json);
        hmi_say(out, "\n");
    } else if (!out->quiet) {
        hmi_say(out,
                "%" PRIu64 " events, %zu rules, %" PRIu64 " hits, %" PRIu64
                " unreadable; %.0f events a second\n",
                d->events, rules->good, d->hits, d->bad,
                us > 0 ? (double)d->events * 1e6 / (double)us : 0.0);
    }
}

static int detect(detecting *d, hmi_rules_report *rules, hm_err *err)
{
    HMI_TRY(load(d, rules, err));
    if (rules->good == 0) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE,
                        "no rule that is understood in \"%.100s\": --rules names .yml files "
                        "of Sigma or a folder of them; \"hallmark rules check\" says more",
                        hmi_given_text(d->inv, "rules"));
    }
    if (rules->bad > 0 && !d->inv->out->quiet) {
        hmi_complain("detect: %zu rules were refused (hallmark rules check says why)", rules->bad);
    }
    if (d->inv->out->as_json) {
        hmi_json_open_object(&d->inv->out->json);
        hmi_json_member_text(&d->inv->out->json, "type", HM_TEXT("hallmark-detections"));
        hmi_json_put_key(&d->inv->out->json, HM_TEXT("hits"));
        hmi_json_open_array(&d->inv->out->json);
    }
    int64_t began = hmi_clock_us();
    int code = detect_all(d, err);
    if (hmi_sigma_forgotten(d->set) > 0) {
        hmi_complain("detect: correlations had to forget %" PRIu64 " groups: more values than they "
                     "can follow",
                     hmi_sigma_forgotten(d->set));
    }
    tell_sum(d, rules, hmi_clock_us() - began);
    return code;
}

static int run_detect(hmi_invocation *inv)
{
    hm_err err = { 0 };
    detecting d = { .inv = inv };
    hmi_rules_report rules = { .inv = inv };
    int code = 0;
    if (!hmi_given(inv, "rules")) {
        return hmi_usage_error(inv, "--rules PATH is missing: it says where the rules are");
    }
    if (hmi_sigma_new(&d.set, &err) != HM_OK || hmi_json_new(&d.json, &err) != HM_OK) {
        hmi_sigma_free(d.set);
        return hmi_failed(inv, &err);
    }
    rules.set = d.set;
    hmi_catch_interrupts();
    if (hmi_rules_expand(inv, d.set, &code)) {
        code = detect(&d, &rules, &err);
        code = code != HM_OK ? hmi_failed(inv, &err)
               : d.bad > 0   ? HMI_EXIT_INPUT
               : d.hits == 0 ? HMI_EXIT_NOTHING
                             : HMI_EXIT_DONE;
    }
    hmi_json_free(d.json);
    hmi_sigma_free(d.set);
    return code;
}

static const hmi_option DETECT_OPTIONS[] = {
    { "rules", "PATH", "Sigma rules: a folder or a file (may be given again)", 'r', true },
    { "product", "NAME", "events are from this product (windows, linux, aws ...)", 0, false },
    { "category", "NAME", "events are of this category (process_creation ...)", 0, false },
    { "service", "NAME", "events are from this service (security, auditd ...)", 0, false },
    HMI_RULES_EXPAND_OPTION,
    { 0 },
};

const hmi_command hmi_command_detect = {
    .name = "detect",
    .operands = "FILE...",
    .summary = "which Sigma rules do these events fire?",
    .about =
        "Reads events as JSON (one a line, one document behind the other, or a list; - is standard "
        "input) and names each Sigma rule that fires, with file and line. Windows events say by "
        "channel and number which log sources they belong to, in whatever wrapping they were "
        "shipped; "
        "ECS names are read as Sigma's. Of other events --product, --category and --service say "
        "it; "
        "without them every rule is asked."
        "\n\n"
        "What *--json* writes is evidence: added to an incident, its rules and techniques, and the "
        "order in which techniques came first, are traits of the incident."
        "\n\n"
        "Rules that are not understood are left out and counted; *hallmark rules check* says why. "
        "An "
        "event that cannot be read costs itself alone. The exit code is 1 when nothing fired, 3 "
        "when "
        "an event could not be read.",
    .examples =
        "  hallmark detect --rules sigma/rules events.jsonl\n"
        "  hallmark detect --rules my.yml --product linux --service auditd audit.json\n"
        "  hallmark detect --rules sigma/rules --json events.jsonl > hits.json; hallmark add "
        "seoul-2013 hits.json\n",
    .options = DETECT_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_detect,
};
