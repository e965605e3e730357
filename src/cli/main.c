/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the program: finds the command, reads its options, runs it.
 *
 * OWNS   The arena and the output of one invocation.
 */
#include <signal.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/nearest.h"

enum { INVOCATION_MEMORY_MAX = 1 << 30 };

static const hmi_option *find_option(const hmi_command *command, const char *name, size_t len)
{
    const hmi_option *tables[] = { command->options, hmi_common_options };
    for (size_t t = 0; t < HMI_COUNT(tables); t++) {
        for (const hmi_option *o = tables[t]; o != NULL && o->name != NULL; o++) {
            if (strlen(o->name) == len && memcmp(o->name, name, len) == 0) {
                return o;
            }
        }
    }
    return NULL;
}

static const hmi_option *find_letter(const hmi_command *command, char letter)
{
    const hmi_option *tables[] = { command->options, hmi_common_options };
    for (size_t t = 0; t < HMI_COUNT(tables); t++) {
        for (const hmi_option *o = tables[t]; o != NULL && o->name != NULL; o++) {
            if (o->letter == letter) {
                return o;
            }
        }
    }
    return NULL;
}

/* 0, or an exit code after telling why. */
static int keep(hmi_invocation *inv, const hmi_option *option, const char *value)
{
    if (!option->repeats && hmi_given(inv, option->name)) {
        return hmi_usage_error(inv, "--%s may be given once", option->name);
    }
    if (inv->given_count == HMI_COUNT(inv->given)) {
        return hmi_usage_error(inv, "too many options");
    }
    inv->given[inv->given_count].option = option;
    inv->given[inv->given_count++].value = value;
    return 0;
}

static int read_long(hmi_invocation *inv, const char *word, char **argv, int argc, int *at)
{
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const hmi_option *option = find_option(inv->command, word, len);
    if (option == NULL) {
        return hmi_usage_error(inv, "there is no option --%.*s", (int)len, word);
    }
    if (option->argument == NULL) {
        return equals ? hmi_usage_error(inv, "--%s takes no value", option->name)
                      : keep(inv, option, NULL);
    }
    if (equals != NULL) {
        return keep(inv, option, equals + 1);
    }
    if (*at + 1 >= argc) {
        return hmi_usage_error(inv, "--%s wants %s", option->name, option->argument);
    }
    return keep(inv, option, argv[++*at]);
}

static int read_short(hmi_invocation *inv, const char *letters, char **argv, int argc, int *at)
{
    for (; *letters != '\0'; letters++) {
        const hmi_option *option = find_letter(inv->command, *letters);
        if (option == NULL) {
            return hmi_usage_error(inv, "there is no option -%c", *letters);
        }
        const char *value = NULL;
        if (option->argument != NULL) {
            value = letters[1] != '\0' ? letters + 1 : *at + 1 < argc ? argv[++*at] : NULL;
            if (value == NULL) {
                return hmi_usage_error(inv, "-%c wants %s", *letters, option->argument);
            }
        }
        int code = keep(inv, option, value);
        if (code != 0 || value != NULL) {
            return code;
        }
    }
    return 0;
}

static int read_words(hmi_invocation *inv, char **argv, int argc, int from)
{
    bool only_operands = false;
    for (int at = from; at < argc; at++) {
        const char *word = argv[at];
        int code = 0;
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            inv->operands[inv->operand_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (word[1] == '-') {
            code = read_long(inv, word + 2, argv, argc, &at);
        } else {
            code = read_short(inv, word + 1, argv, argc, &at);
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* The name of the operand at `index` in a row such as "INCIDENT PATH...". */
static const char *operand_word(const char *operands, size_t index, int *ret_len)
{
    for (; index > 0; index--) {
        operands += strcspn(operands, " ");
        operands += strspn(operands, " ");
    }
    *ret_len = (int)strcspn(operands, " .");
    return operands;
}

static int check_operands(const hmi_invocation *inv)
{
    const hmi_command *command = inv->command;
    if (inv->operand_count < command->operands_min) {
        int len = 0;
        const char *word = operand_word(command->operands, inv->operand_count, &len);
        return hmi_usage_error(inv, "%.*s is missing", len, word);
    }
    if (inv->operand_count > command->operands_max) {
        return hmi_usage_error(inv, "\"%s\" is one word too many",
                               inv->operands[command->operands_max]);
    }
    return 0;
}

static int choose_colour(const hmi_invocation *inv, hmi_colour *ret)
{
    static const char *const WORDS[] = { "auto", "always", "never" };
    const char *said = hmi_given_text(inv, "color");
    *ret = HMI_COLOUR_AUTO;
    for (size_t i = 0; said != NULL && i < HMI_COUNT(WORDS); i++) {
        if (strcmp(said, WORDS[i]) == 0) {
            *ret = (hmi_colour)i;
            return 0;
        }
    }
    return said == NULL ? 0 : hmi_usage_error(inv, "--color is auto, always or never");
}

static int run(hmi_invocation *inv)
{
    hmi_out out;
    hmi_colour colour;
    int code = choose_colour(inv, &colour);
    if (code != 0) {
        return code;
    }
    if (inv->command->no_json && hmi_given(inv, "json")) {
        return hmi_usage_error(inv,
                               "what it prints is not JSON: leave --json out; the exit code says "
                               "how it went");
    }
    hmi_out_init(&out, hmi_given(inv, "json"), hmi_given(inv, "quiet"), colour);
    inv->out = &out;
    if (hmi_given(inv, "help")) {
        hmi_help_print(&out.buf, inv->command);
    } else {
        code = check_operands(inv);
        code = code != 0 ? code : inv->command->run(inv);
    }
    if (!hmi_out_flush(&out) && code == 0) {
        code = HMI_EXIT_CASEBOOK;
    }
    hmi_out_fini(&out);
    return code;
}

/* How many words at the beginning are common options ("hallmark -c DIR show"). */
static int leading_options(int argc, char **argv)
{
    static const hmi_command NONE = { 0 };
    int at = 1;
    while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
        const char *word = argv[at] + (argv[at][1] == '-' ? 2 : 1);
        bool is_long = argv[at][1] == '-';
        size_t len = strcspn(word, "=");
        const hmi_option *o = is_long           ? find_option(&NONE, word, len)
                              : word[1] == '\0' ? find_letter(&NONE, word[0])
                                                : NULL;
        if (o == NULL) {
            break;
        }
        at += o->argument != NULL && word[len] != '=' ? 2 : 1;
    }
    return at < argc ? at - 1 : 0;
}

/* Moves them behind everything else, or before "--", where the command's own parser finds them. */
static void put_options_last(int argc, char **argv, int options)
{
    int end = 1;
    while (end < argc && strcmp(argv[end], "--") != 0) {
        end++;
    }
    for (int moved = 0; moved < options; moved++) {
        char *first = argv[1];
        memmove(argv + 1, argv + 2, (size_t)(end - 2) * sizeof(*argv));
        argv[end - 1] = first;
    }
}

static int no_command(int argc, char **argv)
{
    if (argc > 1) {
        return hmi_no_such_command(argc, argv);
    }
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_help_overview(&text);
    fwrite(text.ptr, 1, text.len, stderr);
    hmi_buf_fini(&text);
    return HMI_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    static char VERSION[] = "version", HELP[] = "help";
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a full disk: an error, not our end */
    /* "hallmark --version" and "hallmark --help" are what strangers type first. */
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        argv[1] = VERSION;
    } else if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        argv[1] = HELP;
    }
    put_options_last(argc, argv, leading_options(argc, argv));
    size_t used = 0;
    const hmi_command *command =
        hmi_command_find((const char *const *)argv + 1, (size_t)(argc > 1 ? argc - 1 : 0), &used);
    if (command == NULL) {
        return no_command(argc, argv);
    }
    hmi_arena arena;
    hmi_arena_init(&arena, INVOCATION_MEMORY_MAX);
    hmi_invocation inv = { .command = command, .arena = &arena };
    inv.operands = hmi_new_array(&arena, const char *, (size_t)argc + 1);
    int code = HMI_EXIT_CASEBOOK;
    if (inv.operands == NULL) {
        hmi_complain("no memory left");
    } else {
        code = read_words(&inv, argv, argc, 1 + (int)used);
        code = code != 0 ? code : run(&inv);
    }
    hmi_arena_fini(&arena);
    return code;
}
