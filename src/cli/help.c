/* SPDX-License-Identifier: Apache-2.0
 *
 * help.c - what the command table says, as help text, as manual pages, as an overview.
 *
 * WHY    One table, three renderings: an option cannot exist without being documented.
 */
#include <stdio.h>

#include "cli/command.h"

static const char EXIT_CODES[] =
    "0 done; 1 nothing found, where that was the question; 2 the command line is wrong; "
    "3 some input could not be read (the rest was); 4 the casebook or the system failed; "
    "130 interrupted (what was acknowledged is kept).";

static void add_option(hmi_buf *buf, const hmi_option *o)
{
    char left[64];
    char letter[8] = "    ";
    if (o->letter != 0) {
        snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    }
    snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    hmi_buf_printf(buf, "  %-28s %s%s\n", left, o->help, o->repeats ? " (may be repeated)" : "");
}

static void add_options(hmi_buf *buf, const hmi_command *command, const hmi_option *options)
{
    for (const hmi_option *o = options; o != NULL && o->name != NULL; o++) {
        if (options != hmi_common_options || hmi_has_common(command, o)) {
            add_option(buf, o);
        }
    }
}

/* Paragraphs, wrapped at 80 columns, without the *bold* and _underline_ marks. */
static void add_wrapped(hmi_buf *buf, const char *text)
{
    size_t column = 0;
    for (const char *at = text; *at != '\0';) {
        if (at[0] == '\n' && at[1] == '\n') {
            hmi_buf_add_cstr(buf, "\n\n");
            column = 0;
            at += 2;
            continue;
        }
        size_t len = strcspn(at, " \n");
        if (len == 0) {
            at++;
            continue;
        }
        if (column > 0 && column + 1 + len > 80) {
            hmi_buf_add_char(buf, '\n');
            column = 0;
        }
        if (column > 0) {
            hmi_buf_add_char(buf, ' ');
            column++;
        }
        for (size_t i = 0; i < len; i++) {
            if (at[i] != '*') {
                hmi_buf_add_char(buf, at[i]);
            }
        }
        column += len;
        at += len;
    }
    hmi_buf_add_char(buf, '\n');
}

void hmi_help_print(hmi_buf *buf, const hmi_command *command)
{
    hmi_buf_printf(buf, "hallmark %s - %s\n\nusage: hallmark %s [options] %s\n\n", command->name,
                   command->summary, command->name, command->operands);
    add_wrapped(buf, command->about);
    hmi_buf_add_cstr(buf, "\nOptions:\n");
    add_options(buf, command, command->options);
    add_options(buf, command, hmi_common_options);
    if (command->examples != NULL) {
        hmi_buf_printf(buf, "\nExamples:\n%s", command->examples);
    }
    hmi_buf_add_cstr(buf, "\nExit codes:\n");
    add_wrapped(buf, EXIT_CODES);
}

/* scdoc's marks inside our plain words would act; a backslash disarms them. */
static void add_scdoc_text(hmi_buf *buf, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("_*\\<>#|[]", *text) != NULL) {
            hmi_buf_add_char(buf, '\\');
        }
        hmi_buf_add_char(buf, *text);
    }
}

/* The same, but *bold* stays bold. */
static void add_scdoc_about(hmi_buf *buf, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("_\\<>#|[]", *text) != NULL) {
            hmi_buf_add_char(buf, '\\');
        }
        hmi_buf_add_char(buf, *text);
    }
}

static void add_scdoc_options(hmi_buf *buf, const hmi_command *command, const hmi_option *options)
{
    for (const hmi_option *o = options; o != NULL && o->name != NULL; o++) {
        if (options == hmi_common_options && !hmi_has_common(command, o)) {
            continue;
        }
        if (o->letter != 0) {
            hmi_buf_printf(buf, "*-%c*, ", o->letter);
        }
        hmi_buf_printf(buf, "*--%s*", o->name);
        if (o->argument != NULL) {
            hmi_buf_add_cstr(buf, " _");
            add_scdoc_text(buf, o->argument);
            hmi_buf_add_char(buf, '_');
        }
        hmi_buf_add_cstr(buf, "\n\t");
        add_scdoc_text(buf, o->help);
        hmi_buf_add_cstr(buf, o->repeats ? " (may be repeated)\n\n" : "\n\n");
    }
}

static void add_scdoc_examples(hmi_buf *buf, const char *examples)
{
    hmi_buf_add_cstr(buf, "# EXAMPLES\n\n```\n");
    hmi_buf_add_cstr(buf, examples);
    hmi_buf_add_cstr(buf, "```\n\n");
}

void hmi_help_scdoc(hmi_buf *buf, const hmi_command *command)
{
    hm_text name = hmi_text_of(command->name);
    hmi_buf_add_cstr(buf, "hallmark-");
    for (size_t i = 0; i < name.len; i++) {
        hmi_buf_add_char(buf, name.ptr[i] == ' ' ? '-' : name.ptr[i]);
    }
    hmi_buf_add_cstr(buf, "(1)\n\n# NAME\n\nhallmark-");
    for (size_t i = 0; i < name.len; i++) {
        hmi_buf_add_char(buf, name.ptr[i] == ' ' ? '-' : name.ptr[i]);
    }
    hmi_buf_printf(buf, " - %s\n\n# SYNOPSIS\n\n*hallmark %s* \\[options\\] ", command->summary,
                   command->name);
    add_scdoc_text(buf, command->operands);
    hmi_buf_add_cstr(buf, "\n\n# DESCRIPTION\n\n");
    add_scdoc_about(buf, command->about);
    hmi_buf_add_cstr(buf, "\n\n# OPTIONS\n\n");
    add_scdoc_options(buf, command, command->options);
    add_scdoc_options(buf, command, hmi_common_options);
    if (command->examples != NULL) {
        add_scdoc_examples(buf, command->examples);
    }
    hmi_buf_add_cstr(buf, "# EXIT STATUS\n\n");
    add_scdoc_text(buf, EXIT_CODES);
    hmi_buf_add_cstr(buf, "\n\n# SEE ALSO\n\n*hallmark*(1)\n");
}

void hmi_help_overview(hmi_buf *buf)
{
    hmi_buf_add_cstr(buf,
                     "hallmark - what does this attack have in common with the ones already "
                     "known, and how rare is that?\n\nusage: hallmark COMMAND [options] ...\n\n");
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        hmi_buf_printf(buf, "  %-18s %s\n", hmi_commands[i]->name, hmi_commands[i]->summary);
    }
    hmi_buf_add_cstr(buf,
                     "\n\"hallmark help COMMAND\" tells more. Nothing is ever run, and nothing "
                     "leaves this machine.\n");
}

static int run_help(hmi_invocation *inv)
{
    hmi_buf *buf = &inv->out->buf;
    bool scdoc = hmi_given(inv, "scdoc");
    if (inv->operand_count == 0 && !scdoc) {
        hmi_help_overview(buf);
        return HMI_EXIT_DONE;
    }
    size_t used = 0;
    const hmi_command *command = hmi_command_find(inv->operands, inv->operand_count, &used);
    if (command == NULL || used != inv->operand_count) {
        return hmi_usage_error(inv, "there is no command \"%.60s\": \"hallmark help\" lists them",
                               inv->operand_count > 0 ? inv->operands[0] : "");
    }
    (scdoc ? hmi_help_scdoc : hmi_help_print)(buf, command);
    return HMI_EXIT_DONE;
}

static const hmi_option HELP_OPTIONS[] = {
    { "scdoc", NULL, "print the manual page's source", 0, false },
    { 0 },
};

const hmi_command hmi_command_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .summary = "say what the commands do",
    .about =
        "Without a command: the list of all. With one: what it does, its options, examples and "
        "exit codes.",
    .options = HELP_OPTIONS,
    .operands_max = 2,
    .run = run_help,
    .no_json = true,
};
