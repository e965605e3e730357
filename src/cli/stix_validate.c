/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_validate.c - hallmark stix validate: is this STIX 2.1?
 */
#include <inttypes.h>

#include "cli/commands.h"
#include "cli/file.h"
#include "share/stix_check.h"

enum { DOCUMENT_MAX = 1 << 30, IGNORED_MAX = 48 };

typedef struct validation {
    hmi_invocation *inv;
    hmi_stix_checker *checker;
    hmi_stix_check_options options;
    bool strict;
    uint64_t invalid, unread;
} validation;

static void fault_text(hmi_out *out, const hmi_stix_fault *f)
{
    hmi_say(out, "  ");
    hmi_say_style(out, f->is_error ? HMI_BAD : HMI_WARN);
    hmi_say(out, "%s", f->is_error ? "error  " : "warning");
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "  byte %" PRIu64 "  ", f->offset);
    hmi_out_text(out, f->path, 0, 0);
    hmi_say(out, f->path.len > 0 ? ": " : "");
    hmi_out_text(out, f->text, 0, 0);
    hmi_say(out, " (%s, STIX 2.1 section %s)\n", hmi_stix_check_name(f->check), f->section);
}

static void tell(validation *v, const char *path, const hmi_stix_report *r, bool valid)
{
    hmi_out *out = v->inv->out;
    if (out->as_json) {
        hmi_json_writer *w = &out->json;
        hmi_json_open_object(w);
        hmi_json_put_key(w, HM_TEXT("path"));
        hmi_json_put_lossy(w, hmi_text_bytes(hmi_text_of(path)));
        hmi_stix_report_json(w, r, valid);
        hmi_json_close_object(w);
        return;
    }
    hmi_say_style(out, valid ? HMI_GOOD : HMI_BAD);
    hmi_say(out, "%s", valid ? "valid    " : "invalid  ");
    hmi_say_style(out, HMI_PLAIN);
    hmi_out_safe(out, hmi_text_bytes(hmi_text_of(path)), 0, 0);
    hmi_say(out, ": %" PRIu64 " objects, %" PRIu64 " errors, %" PRIu64 " warnings\n", r->objects,
            r->errors, r->warnings);
    for (size_t i = 0; i < r->fault_count && !out->quiet; i++) {
        fault_text(out, &r->faults[i]);
    }
}

/* False when the program itself failed. */
static bool check_file(validation *v, const char *path, int *ret_code)
{
    hmi_buf text;
    hm_err err = { 0 };
    hmi_stix_report report;
    hmi_buf_init(&text, DOCUMENT_MAX);
    int code = hmi_read_file(path, DOCUMENT_MAX, &text, &err);
    if (code < 0) {
        hmi_complain("stix validate: %s", err.text);
        v->unread++;
        hmi_buf_fini(&text);
        return true;
    }
    code = hmi_stix_check_document(v->checker, hmi_buf_bytes(&text), &v->options, &report, &err);
    if (code == HM_OK) {
        bool valid = report.errors == 0 && (!v->strict || report.warnings == 0);
        v->invalid += valid ? 0 : 1;
        tell(v, path, &report, valid);
    } else {
        *ret_code = hmi_failed(v->inv, &err);
    }
    hmi_buf_fini(&text);
    return code == HM_OK;
}

static bool read_options(validation *v)
{
    hm_text ignored[IGNORED_MAX];
    size_t count = hmi_given_all(v->inv, "ignore", ignored, IGNORED_MAX);
    for (size_t i = 0; i < count; i++) {
        hmi_stix_check check;
        if (!hmi_stix_check_find(ignored[i], &check)) {
            hmi_usage_error(v->inv, "there is no check \"%.*s\"", HMI_FMT(ignored[i]));
            return false;
        }
        v->options.ignore |= UINT64_C(1) << check;
    }
    v->strict = hmi_given(v->inv, "strict");
    v->options.no_custom_properties = v->options.no_custom_types = hmi_given(v->inv, "no-custom");
    return true;
}

static int run_validate(hmi_invocation *inv)
{
    validation v = { .inv = inv };
    hm_err err = { 0 };
    int code = 0;
    if (!read_options(&v)) {
        return HMI_EXIT_USAGE;
    }
    if (hmi_stix_checker_new(&v.checker, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (inv->out->as_json) {
        hmi_json_open_array(&inv->out->json);
    }
    bool good = true;
    for (size_t i = 0; i < inv->operand_count && good; i++) {
        good = check_file(&v, inv->operands[i], &code);
    }
    if (inv->out->as_json) {
        hmi_json_close_array(&inv->out->json);
        hmi_say(inv->out, "\n");
    }
    hmi_stix_checker_free(v.checker);
    if (!good) {
        return code;
    }
    return v.invalid + v.unread > 0 ? HMI_EXIT_INPUT : HMI_EXIT_DONE;
}

static const hmi_option VALIDATE_OPTIONS[] = {
    { "strict", NULL, "warnings make a document invalid too", 0, false },
    { "ignore", "CHECK", "leave this check out", 0, true },
    { "no-custom", NULL, "what the specification does not define is an error", 0, false },
    { 0 },
};

const hmi_command hmi_command_stix_validate = {
    .name = "stix validate",
    .operands = "FILE...",
    .summary = "check documents against the STIX 2.1 specification",
    .about =
        "Each file is a bundle or one object; \"-\" is standard input. Every MUST of the "
        "specification that is broken is an *error*, every SHOULD a *warning*, each with the path "
        "of the value, its byte, the check's name and the section that asks for it. A document "
        "with an error is invalid and the exit code is 3; with --strict a warning is enough."
        "\n\n"
        "The ids of observables are computed and compared, patterns are parsed, selectors "
        "followed, predefined markings compared with what everybody knows under their ids. Whether "
        "a media type, character set or language is registered is not looked up, only its form.",
    .examples = "  hallmark stix validate report.json\n"
                "  hallmark stix validate --strict --ignore deterministic-id feed/*.json\n",
    .options = VALIDATE_OPTIONS,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_validate,
};
