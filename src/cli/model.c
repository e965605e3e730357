/* SPDX-License-Identifier: Apache-2.0
 *
 * model.c - hallmark model fit, evaluate, show: the weights behind attribution, made and judged.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/commands.h"
#include "compare/model.h"

#define DAY_US (INT64_C(86400) * 1000000)
enum { FIRST_DAY = 18993, LAST_DAY = 19357 }; /* of 2022 */

/* "2022-01-01" to days since 1970; keeps *ret when the option is absent. */
static bool given_day(const hmi_invocation *inv, const char *option, int32_t *ret)
{
    const char *said = hmi_given_text(inv, option);
    hmi_civil civil = { 0 };
    int64_t us = 0;
    if (said == NULL) {
        return true;
    }
    hm_text rest = hmi_text_of(said), part;
    unsigned numbers[3] = { 0 };
    size_t count = 0;
    bool good = true;
    while (hmi_split(&rest, '-', &part) && good) {
        good = count < 3 && part.len >= 2 && part.len <= 4;
        for (size_t i = 0; good && i < part.len; i++) {
            good = hmi_ascii_digit(part.ptr[i]);
            numbers[count] = numbers[count] * 10 + (unsigned)(part.ptr[i] - '0');
        }
        count++;
    }
    civil.year = (int32_t)numbers[0];
    civil.month = (uint8_t)numbers[1];
    civil.day = (uint8_t)numbers[2];
    if (!good || count != 3 || numbers[1] > 12 || numbers[2] > 31 ||
        !hmi_civil_to_us(&civil, 0, &us)) {
        hmi_usage_error(inv, "--%s wants a day such as 2022-01-31, not \"%s\"", option, said);
        return false;
    }
    *ret = (int32_t)(us / DAY_US);
    return true;
}

/* The model of --model, or the built-in one. */
static int take_model(const hmi_invocation *inv, hmi_model *ret, hm_err *err)
{
    const char *path = hmi_given_text(inv, "model");
    if (path == NULL) {
        return hmi_model_builtin(ret, err);
    }
    uint8_t *bytes = NULL;
    size_t len = 0;
    int code = hmi_model_read_file(path, &bytes, &len, err);
    if (code == HM_OK) {
        code = hmi_model_parse(hmi_bytes(bytes, len), ret, err);
    }
    free(bytes);
    return code;
}

static int write_file(const char *path, hm_bytes bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    while (fd >= 0 && bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote < 0 && errno != EINTR) {
            break;
        }
        bytes = hmi_slice(bytes, wrote > 0 ? (size_t)wrote : 0, bytes.len);
    }
    bool good = fd >= 0 && bytes.len == 0 && fsync(fd) == 0;
    if ((fd >= 0 && close(fd) != 0) || !good) {
        hmi_complain("model fit: %s could not be written: %s", path, strerror(errno));
        return HMI_EXIT_CASEBOOK;
    }
    return HMI_EXIT_DONE;
}

/* ---- fit */

static int run_fit(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_fit_options options = hmi_fit_defaults();
    if (!given_day(inv, "from", &options.from_day) || !given_day(inv, "to", &options.to_day) ||
        !hmi_given_real(inv, "ridge", &options.ridge) ||
        !hmi_given_real(inv, "balance", &options.balance) ||
        !hmi_given_real(inv, "cap", &options.cap)) {
        return HMI_EXIT_USAGE;
    }
    options.reference = hmi_given(inv, "reference");
    hmi_model model;
    hmi_fit_report report = { 0 };
    if (hmi_model_fit(inv->operands[0], &options, &model, &report, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    hm_text how =
        hmi_arena_printf(inv->arena, "hallmark model fit: %zu incidents, %zu actors, %zu queries",
                         report.incidents, report.actors, report.queries);
    const char *output = hmi_given_text(inv, "output");
    if (output == NULL) {
        hmi_model_format(&model, how, &inv->out->buf);
        return HMI_EXIT_DONE;
    }
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_model_format(&model, how, &text);
    int code = write_file(output, hmi_buf_bytes(&text));
    hmi_buf_fini(&text);
    if (code == HMI_EXIT_DONE && !inv->out->quiet) {
        hmi_say(inv->out, "%zu queries of %zu incidents by %zu actors, %zu iterations, loss %.4f\n",
                report.queries, report.incidents, report.actors, report.iterations, report.loss);
    }
    return code;
}

/* ---- evaluate */

typedef struct figure {
    const char *name;
    double value;
} figure;

enum { FIGURES = 11 };

static void figures_of(const hmi_evaluation *e, figure ret[FIGURES])
{
    const figure all[FIGURES] = {
        { "top1", e->top1 },
        { "top3", e->top3 },
        { "mrr", e->mrr },
        { "macro_f1", e->macro_f1 },
        { "macro_recall", e->macro_recall },
        { "auroc_known_unknown", e->auroc_best > e->auroc_none ? e->auroc_best : e->auroc_none },
        { "accuracy_with_none", e->accuracy },
        { "ece", e->ece },
        { "brier", e->brier },
        { "log_loss", e->log_loss },
        { "cllr", e->cllr },
    };
    memcpy(ret, all, sizeof(all));
}

static const char *const SUPPORT[HMI_SUPPORT_ROWS] = { "0-1", "2-4", "5-14", "15-49", "50+" };
static const char *const NAMED_AT[3] = { "0.50", "0.80", "0.95" };

static void evaluation_json(hmi_json_writer *w, const hmi_evaluation *e, const figure *figures)
{
    hmi_json_member_uint(w, "queries", e->queries);
    hmi_json_member_uint(w, "known", e->known);
    hmi_json_member_uint(w, "unknown", e->unknown);
    for (size_t i = 0; i < FIGURES; i++) {
        hmi_json_member_fixed(w, figures[i].name, figures[i].value, 4);
    }
    hmi_json_put_key(w, HM_TEXT("named"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < 3; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "posterior", hmi_text_of(NAMED_AT[i]));
        hmi_json_member_fixed(w, "share", e->named[i], 4);
        hmi_json_member_fixed(w, "right", e->named_right[i], 4);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("by_support"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < HMI_SUPPORT_ROWS; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "support", hmi_text_of(SUPPORT[i]));
        hmi_json_member_uint(w, "queries", e->support[i].queries);
        hmi_json_member_fixed(w, "top1", e->support[i].top1, 4);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

static void evaluation_text(hmi_out *out, const hmi_evaluation *e, const figure *figures)
{
    hmi_say(out, "%zu incidents asked about: %zu of known actors, %zu of unknown ones\n\n",
            e->queries, e->known, e->unknown);
    for (size_t i = 0; i < FIGURES; i++) {
        hmi_say(out, "%-22s %.4f\n", figures[i].name, figures[i].value);
    }
    hmi_say(out, "\nnamed at a posterior of    share    right\n");
    for (size_t i = 0; i < 3; i++) {
        hmi_say(out, "  %-22s   %.3f    %.3f\n", NAMED_AT[i], e->named[i], e->named_right[i]);
    }
    hmi_say(out, "\nsupport of the actor     asked    top1\n");
    for (size_t i = 0; i < HMI_SUPPORT_ROWS; i++) {
        hmi_say(out, "  %-20s %7zu    %.3f\n", SUPPORT[i], e->support[i].queries,
                e->support[i].top1);
    }
}

static void false_flag_json(hmi_json_writer *w, const hmi_false_flag *f)
{
    hmi_json_put_key(w, HM_TEXT("false_flag"));
    hmi_json_open_array(w);
    for (int i = 0; i < HMI_PLANTED_COUNT; i++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "planted", hmi_text_of(hmi_planted_name((hmi_planted)i)));
        hmi_json_member_uint(w, "incidents", f->row[i].incidents);
        hmi_json_member_fixed(w, "framed", f->row[i].framed, 4);
        hmi_json_member_fixed(w, "framed_at_0.8", f->row[i].framed_sure, 4);
        hmi_json_member_fixed(w, "alarm", f->row[i].alarm, 4);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

static void false_flag_text(hmi_out *out, const hmi_false_flag *f)
{
    hmi_say(out, "\nplanted false flag     incidents   framed   at 0.8   alarm\n");
    for (int i = 0; i < HMI_PLANTED_COUNT; i++) {
        hmi_say(out, "  %-20s %9zu    %.3f    %.3f   %.3f\n", hmi_planted_name((hmi_planted)i),
                f->row[i].incidents, f->row[i].framed, f->row[i].framed_sure, f->row[i].alarm);
    }
}

static bool evaluate_options(const hmi_invocation *inv, hmi_evaluate_options *ret)
{
    uint64_t folds = 0;
    const char *queries = hmi_given_text(inv, "queries");
    *ret = (hmi_evaluate_options){ .from_day = FIRST_DAY,
                                   .to_day = LAST_DAY,
                                   .with_prior = !hmi_given(inv, "evidence-only") };
    if (!given_day(inv, "from", &ret->from_day) || !given_day(inv, "to", &ret->to_day) ||
        !hmi_given_size(inv, "folds", &folds)) {
        return false;
    }
    ret->folds = folds;
    if (hmi_given(inv, "cross-fit")) {
        static hmi_fit_options defaults;
        defaults = hmi_fit_defaults();
        ret->cross_fit = &defaults;
        ret->folds = HMI_FIT_FOLDS;
    }
    if (queries != NULL && !hmi_queries_by_name(hmi_text_of(queries), &ret->queries)) {
        hmi_usage_error(inv, "--queries is all, net, code, ttp or multi");
        return false;
    }
    return true;
}

static int run_evaluate(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_evaluate_options options;
    if (!evaluate_options(inv, &options)) {
        return HMI_EXIT_USAGE;
    }
    hmi_model model;
    hmi_evaluation evaluation = { 0 };
    hmi_false_flag flags = { 0 };
    bool with_flags = hmi_given(inv, "false-flag");
    int code = take_model(inv, &model, &err);
    if (code == HM_OK) {
        code = hmi_model_evaluate(inv->operands[0], &model, &options, &evaluation, &err);
    }
    if (code == HM_OK && with_flags) {
        code = hmi_model_false_flag(inv->operands[0], &model, options.from_day, options.to_day, 1,
                                    &flags, &err);
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    figure figures[FIGURES];
    figures_of(&evaluation, figures);
    if (inv->out->as_json) {
        hmi_json_open_object(&inv->out->json);
        hmi_json_member_text(&inv->out->json, "model", hmi_text_of(model.name));
        evaluation_json(&inv->out->json, &evaluation, figures);
        if (with_flags) {
            false_flag_json(&inv->out->json, &flags);
        }
        hmi_json_close_object(&inv->out->json);
        hmi_say(inv->out, "\n");
        return HMI_EXIT_DONE;
    }
    hmi_say(inv->out, "%s: ", model.name);
    evaluation_text(inv->out, &evaluation, figures);
    if (with_flags) {
        false_flag_text(inv->out, &flags);
    }
    return HMI_EXIT_DONE;
}

/* ---- pairs */

static void say_pairs(hmi_out *out, const hmi_model *model, const hmi_pairs_evaluation *e)
{
    const figure figures[] = { { "p1", e->p1 },   { "hit5", e->hit5 },   { "hit10", e->hit10 },
                               { "mrr", e->mrr }, { "auroc", e->auroc }, { "cllr", e->cllr } };
    if (!out->as_json) {
        hmi_say(out,
                "%s: %zu incidents that have an earlier one of their actor; %zu pairs weighed, %zu "
                "of one actor\n\n",
                model->name, e->queries, e->pairs, e->same);
        for (size_t i = 0; i < HMI_COUNT(figures); i++) {
            hmi_say(out, "%-22s %.4f\n", figures[i].name, figures[i].value);
        }
        return;
    }
    hmi_json_open_object(&out->json);
    hmi_json_member_text(&out->json, "model", hmi_text_of(model->name));
    hmi_json_member_uint(&out->json, "queries", e->queries);
    hmi_json_member_uint(&out->json, "pairs", e->pairs);
    hmi_json_member_uint(&out->json, "same", e->same);
    for (size_t i = 0; i < HMI_COUNT(figures); i++) {
        hmi_json_member_fixed(&out->json, figures[i].name, figures[i].value, 4);
    }
    hmi_json_close_object(&out->json);
    hmi_say(out, "\n");
}

static int run_pairs(hmi_invocation *inv)
{
    hm_err err = { 0 };
    int32_t from_day = FIRST_DAY, to_day = LAST_DAY;
    hmi_model model;
    hmi_pairs_evaluation evaluation = { 0 };
    if (!given_day(inv, "from", &from_day) || !given_day(inv, "to", &to_day)) {
        return HMI_EXIT_USAGE;
    }
    const bool fit = hmi_given(inv, "fit");
    int code = take_model(inv, &model, &err);
    if (code == HM_OK && fit) {
        code = hmi_model_fit_pairs(inv->operands[0], from_day, to_day, &model, &err);
    } else if (code == HM_OK) {
        code =
            hmi_model_evaluate_pairs(inv->operands[0], &model, from_day, to_day, &evaluation, &err);
    }
    if (code != HM_OK) {
        return hmi_failed(inv, &err);
    }
    if (fit) {
        hmi_model_format(&model, HM_TEXT("hallmark model pairs --fit"), &inv->out->buf);
    } else {
        say_pairs(inv->out, &model, &evaluation);
    }
    return HMI_EXIT_DONE;
}

/* ---- show */

static int run_show(hmi_invocation *inv)
{
    hmi_buf_add(&inv->out->buf, hmi_model_builtin_text());
    return HMI_EXIT_DONE;
}

static const hmi_option FIT_OPTIONS[] = {
    { "output", "FILE", "write the model there instead of standard output", 'o', false },
    { "from", "DAY", "first day asked about (default 2020-01-01)", 0, false },
    { "to", "DAY", "last day asked about (default 2022-12-31)", 0, false },
    { "ridge", "X", "pulls weights towards zero (default 0.003)", 0, false },
    { "balance", "X", "0 to 1: evens out actors of many and few incidents (default 0.5)", 0,
      false },
    { "cap", "NATS", "what one group may add at most (default 4)", 0, false },
    { "reference", NULL, "the published reference model: its columns, no soft cap", 0, false },
    { 0 },
};

static const hmi_option EVALUATE_OPTIONS[] = {
    { "model", "FILE", "judge this model instead of the built-in one", 'm', false },
    { "from", "DAY", "first day asked about (default 2022-01-01)", 0, false },
    { "to", "DAY", "last day asked about (default 2022-12-31)", 0, false },
    { "queries", "KIND", "all (default), net, code, ttp or multi", 0, false },
    { "evidence-only", NULL, "leave the prior out", 0, false },
    { "folds", "N", "N folds without regard to time, instead of time order", 0, false },
    { "cross-fit", NULL, "ten folds, each judged by weights fitted without it (minutes)", 0,
      false },
    { "false-flag", NULL, "also plant other actors' evidence and see who is framed", 0, false },
    { 0 },
};

static const hmi_option PAIRS_OPTIONS[] = {
    { "model", "FILE", "judge or start from this model instead of the built-in one", 'm', false },
    { "from", "DAY", "first day asked about (default 2022-01-01)", 0, false },
    { "to", "DAY", "last day asked about (default 2022-12-31)", 0, false },
    { "fit", NULL, "fit the weights of pairs to these days and print the model", 0, false },
    { 0 },
};

#define FILE_FORM                                                                               \
    "FILE holds one incident a line as JSON, with its actor, its day and its observables "      \
    "(docs/WEIGHING.md). Each incident is asked about as if it were new: it sees only what is " \
    "dated before the first day of its month."

const hmi_command hmi_command_model_fit = {
    .name = "model fit",
    .operands = "FILE",
    .summary = "fit the weights of attribution to incidents whose actors are known",
    .about = "Fits the weights by which traits become likelihood ratios and prints them as a model "
             "that a person can read. The same file and options give the same model on every "
             "machine."
             "\n\n" FILE_FORM,
    .examples = "  hallmark model fit incidents.jsonl -o my.model\n",
    .options = FIT_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_fit,
    .no_json = true,
};

const hmi_command hmi_command_model_evaluate = {
    .name = "model evaluate",
    .operands = "FILE",
    .summary = "judge a model: how often right, how well calibrated, how easily fooled",
    .about = "Prints how often the first place is right, by support of the actor, how well stated "
             "probabilities agree with what happened, and, with *--false-flag*, how often planted "
             "evidence frames another actor."
             "\n\n" FILE_FORM,
    .examples =
        "  hallmark model evaluate incidents.jsonl --false-flag\n"
        "  hallmark model evaluate incidents.jsonl --model my.model --evidence-only --json\n",
    .options = EVALUATE_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_evaluate,
};

const hmi_command hmi_command_model_pairs = {
    .name = "model pairs",
    .operands = "FILE",
    .summary = "judge, or fit, how well pairs of incidents are told apart",
    .about =
        "For each incident of the days asked about, ranks the earlier ones by how likely they "
        "share its origin, and prints how often the first, or one of the first five or ten, is "
        "the same actor's, and how well the likelihood ratios of pairs are calibrated (Cllr: 0 "
        "is perfect, 1 says nothing). With *--fit* the weights of pairs are fitted instead and "
        "the model is printed; all else in it stays as it was."
        "\n\n" FILE_FORM,
    .examples = "  hallmark model pairs incidents.jsonl\n"
                "  hallmark model pairs incidents.jsonl --fit --from 2020-07-01 > my.model\n",
    .options = PAIRS_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_pairs,
};

const hmi_command hmi_command_model_show = {
    .name = "model show",
    .operands = "",
    .summary = "print the model that this program was built with",
    .about = "Prints the built-in weights of attribution: name, version, how they were made, one "
             "weight a line.",
    .run = run_show,
    .no_json = true,
};
