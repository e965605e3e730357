/* SPDX-License-Identifier: Apache-2.0
 *
 * command.c - the command line: parsing by table, errors that say what to type instead.
 *
 * FORM   hallmark COMMAND [SUBCOMMAND] [--option[=value] | -x value | operand]... [-- operand...]
 *        Options may stand anywhere after the command; "--" ends them.
 * OWNS   Nothing; everything lives in the invocation's arena or the process's argv.
 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "casebook/store.h"

const hmi_option hmi_common_options[] = {
    { "casebook", "DIR",
      "the casebook to work on, also postgresql://... (default: $HALLMARK_CASEBOOK, then "
      "./casebook)",
      'c', false },
    { "json", NULL, "answer as one JSON document", 'j', false },
    { "quiet", NULL, "no progress, no remarks: only the answer and errors", 'q', false },
    { "color", "WHEN", "auto, always or never (NO_COLOR is respected)", 0, false },
    { "help", NULL, "say how this command is used", 'h', false },
    { 0 },
};

bool hmi_has_common(const hmi_command *command, const hmi_option *option)
{
    return option->letter != 'j' || !command->no_json;
}

bool hmi_given(const hmi_invocation *inv, const char *option)
{
    for (size_t i = 0; i < inv->given_count; i++) {
        if (strcmp(inv->given[i].option->name, option) == 0) {
            return true;
        }
    }
    return false;
}

const char *hmi_given_text(const hmi_invocation *inv, const char *option)
{
    const char *value = NULL;
    for (size_t i = 0; i < inv->given_count; i++) {
        if (strcmp(inv->given[i].option->name, option) == 0) {
            value = inv->given[i].value;
        }
    }
    return value;
}

size_t hmi_given_all(const hmi_invocation *inv, const char *option, hm_text *ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < inv->given_count && count < max; i++) {
        if (strcmp(inv->given[i].option->name, option) == 0) {
            ret[count++] = hmi_text_of(inv->given[i].value);
        }
    }
    return count;
}

bool hmi_given_size(const hmi_invocation *inv, const char *option, uint64_t *ret)
{
    const char *value = hmi_given_text(inv, option);
    if (value == NULL) {
        return true;
    }
    char *end = NULL;
    errno = 0;
    uint64_t number = strtoull(value, &end, 10);
    uint64_t unit = 1;
    switch (*end) {
    case 'k':
    case 'K':
        unit = 1 << 10, end++;
        break;
    case 'M':
        unit = 1 << 20, end++;
        break;
    case 'G':
        unit = 1 << 30, end++;
        break;
    default:
        break;
    }
    if (!hmi_ascii_digit(value[0]) || *end != '\0' || errno != 0 || !hmi_mul(number, unit, ret)) {
        hmi_usage_error(inv, "--%s wants a number such as 500, 64k, 20M or 2G, not \"%s\"", option,
                        value);
        return false;
    }
    return true;
}

bool hmi_given_real(const hmi_invocation *inv, const char *option, double *ret)
{
    const char *value = hmi_given_text(inv, option);
    if (value == NULL) {
        return true;
    }
    char *end = NULL;
    double number = strtod(value, &end);
    if (end == value || *end != '\0' || !(number >= 0 && number < 1e15)) {
        hmi_usage_error(inv, "--%s wants a number such as 0.5, not \"%s\"", option, value);
        return false;
    }
    *ret = number;
    return true;
}

const char *hmi_casebook_path(const hmi_invocation *inv)
{
    const char *path = hmi_given_text(inv, "casebook");
    if (path == NULL) {
        path = getenv("HALLMARK_CASEBOOK");
    }
    return path != NULL && path[0] != '\0' ? path : "casebook";
}

int hmi_casebook_folder_of(const hmi_invocation *inv, const char **ret, hm_err *err)
{
    char *folder = NULL;
    HMI_TRY(hmi_store_folder_of(hmi_casebook_path(inv), &folder, err));
    const char *copy = hmi_arena_cstr(inv->arena, hmi_text_of(folder));
    free(folder);
    if (copy == NULL) {
        return hmi_arena_fail(inv->arena, err);
    }
    *ret = copy;
    return HM_OK;
}

int hmi_casebook_folder(const hmi_invocation *inv, const char **ret, hm_err *err)
{
    const char *path = hmi_casebook_path(inv);
    if (hmi_store_is_address(path)) {
        return hmi_casebook_folder_of(inv, ret, err);
    }
    *ret = path;
    return HM_OK;
}

int hmi_usage_error(const hmi_invocation *inv, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    hmi_complain("%s: %s", inv->command->name, line);
    fprintf(stderr, "usage: hallmark %s%s%s\nTry \"hallmark help %s\".\n", inv->command->name,
            inv->command->operands[0] != '\0' ? " " : "", inv->command->operands,
            inv->command->name);
    return HMI_EXIT_USAGE;
}

int hmi_failed(const hmi_invocation *inv, const hm_err *err)
{
    hmi_complain("%s: %s", inv->command->name, err->text);
    switch (err->code) {
    case HM_E_CANCELLED:
        return HMI_EXIT_INTERRUPTED;
    case HM_E_TRUNCATED:
    case HM_E_MALFORMED:
        return HMI_EXIT_INPUT;
    case HM_E_MISUSE:
        return HMI_EXIT_USAGE;
    default:
        return HMI_EXIT_CASEBOOK;
    }
}

/* A two-word command wins over a one-word command of the same beginning. */
const hmi_command *hmi_command_find(const char *const *words, size_t count, size_t *ret_used)
{
    const hmi_command *found = NULL;
    *ret_used = 0;
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        const char *name = hmi_commands[i]->name;
        const char *blank = strchr(name, ' ');
        size_t first = blank ? (size_t)(blank - name) : strlen(name);
        if (count == 0 || strlen(words[0]) != first || memcmp(words[0], name, first) != 0) {
            continue;
        }
        if (blank == NULL && *ret_used < 1) {
            found = hmi_commands[i];
            *ret_used = 1;
        } else if (blank != NULL && count > 1 && strcmp(words[1], blank + 1) == 0) {
            found = hmi_commands[i];
            *ret_used = 2;
        }
    }
    return found;
}

static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
    if (interrupts++ > 0) {
        _exit(128 + number);
    }
}

void hmi_catch_interrupts(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static volatile sig_atomic_t hangups;
static bool had_terminal;

static bool has_terminal(void)
{
    int saved = errno, fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    errno = saved;
    return fd >= 0;
}

static void on_hangup(int number)
{
    (void)number;
    if (had_terminal && !has_terminal()) {
        interrupts = interrupts > 0 ? interrupts : 1; /* shells tell twice */
    } else {
        hangups = 1;
    }
}

void hmi_catch_hangups(void)
{
    struct sigaction action = { .sa_handler = on_hangup };
    had_terminal = has_terminal();
    sigaction(SIGHUP, &action, NULL);
}

bool hmi_was_hung_up(void)
{
    bool was = hangups > 0;
    hangups = 0;
    return was;
}

bool hmi_interrupted(void *unused)
{
    (void)unused;
    return interrupts > 0;
}
