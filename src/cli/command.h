/* SPDX-License-Identifier: Apache-2.0
 *
 * command.h - what a command of the program is; one table row feeds everything.
 *
 * The same rows make the parser, `--help`, the man pages (hallmark help --scdoc COMMAND), and the
 * shell completions, so that none of them can lie about another.
 *
 * To add a command: write src/cli/NAME.c with an hmi_command, name it in commands.c, and add a
 * session to tests/cli/.
 */
#ifndef HMI_CLI_COMMAND_H
#define HMI_CLI_COMMAND_H

#include "base/arena.h"
#include "cli/out.h"

/* Exit codes, the same for every command. */
enum {
    HMI_EXIT_DONE = 0,
    HMI_EXIT_NOTHING = 1,      /* nothing found, where that was the question */
    HMI_EXIT_USAGE = 2,        /* the command line is wrong */
    HMI_EXIT_INPUT = 3,        /* some input could not be read; the rest was */
    HMI_EXIT_CASEBOOK = 4,     /* the casebook, the jail or the system failed */
    HMI_EXIT_INTERRUPTED = 130 /* Ctrl-C; what was acknowledged is kept */
};

enum { HMI_OPTIONS_MAX = 24 };

typedef struct hmi_option {
    const char *name;     /* "size-max" */
    const char *argument; /* "BYTES"; NULL for a switch */
    const char *help;     /* one line */
    char letter;          /* short form, 0 = none */
    bool repeats;         /* may be given more than once */
} hmi_option;

typedef struct hmi_invocation hmi_invocation;

typedef struct hmi_command {
    const char *name;     /* "add", "baseline learn" */
    const char *operands; /* "INCIDENT PATH..." */
    const char *summary;  /* one line, lower case */
    const char *about;    /* paragraphs separated by a blank line, no markup but *bold* _under_ */
    const char *examples; /* lines "command # what it does"; NULL = none */
    const hmi_option *options; /* ends with a NULL name; the common ones are added */
    size_t operands_min, operands_max;
    int (*run)(hmi_invocation *inv);
    bool no_json; /* writes a form of its own, or nothing but how it went: --json is refused */
} hmi_command;

/* Ends with NULL. */
extern const hmi_command *const hmi_commands[];
extern const hmi_option hmi_common_options[];
/* Whether a command has this one of the common options. */
bool hmi_has_common(const hmi_command *command, const hmi_option *option);

struct hmi_invocation {
    const hmi_command *command;
    hmi_arena *arena;
    hmi_out *out;
    const char **operands;
    size_t operand_count;
    size_t given_count;
    struct {
        const hmi_option *option;
        const char *value; /* NULL for switches */
    } given[64];
};

bool hmi_given(const hmi_invocation *inv, const char *option);
/* The last value given, or NULL. */
const char *hmi_given_text(const hmi_invocation *inv, const char *option);
/* All values of an option, in order, into `ret` of at most `max`; returns how many. */
size_t hmi_given_all(const hmi_invocation *inv, const char *option, hm_text *ret, size_t max);
/* A whole number with an optional suffix k, M, G (powers of 1024). *ret keeps its value when the
 * option is absent; a bad number prints a usage error and answers false. */
bool hmi_given_size(const hmi_invocation *inv, const char *option, uint64_t *ret);
/* A decimal fraction; the same rules. */
bool hmi_given_real(const hmi_invocation *inv, const char *option, double *ret);

/* Where the casebook is: --casebook, $HALLMARK_CASEBOOK, ./casebook. */
const char *hmi_casebook_path(const hmi_invocation *inv);
/* The folder in which it keeps what is beside its tables: itself, or one of this machine when it
 * lies on a server, which is asked for its name. In the invocation's arena. */
int hmi_casebook_folder(const hmi_invocation *inv, const char **ret, hm_err *err);
/* The same; HM_E_NOT_FOUND when there is no casebook. */
int hmi_casebook_folder_of(const hmi_invocation *inv, const char **ret, hm_err *err);

/* Prints "hallmark COMMAND: ..." and a hint; returns HMI_EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int hmi_usage_error(const hmi_invocation *inv,
                                                          const char *format, ...);
/* Prints the error and returns the exit code that fits its hm_code. */
int hmi_failed(const hmi_invocation *inv, const hm_err *err);

const hmi_command *hmi_command_find(const char *const *words, size_t count, size_t *ret_used);
void hmi_help_print(hmi_buf *buf, const hmi_command *command);
void hmi_help_scdoc(hmi_buf *buf, const hmi_command *command);
void hmi_help_overview(hmi_buf *buf);

/* Ctrl-C and SIGTERM ask politely; the second time the process ends. */
void hmi_catch_interrupts(void);
bool hmi_interrupted(void *unused);
/* SIGHUP asks to read files again; when it came because our terminal is gone it is an interrupt. */
void hmi_catch_hangups(void);
bool hmi_was_hung_up(void); /* since the last call */

#endif
