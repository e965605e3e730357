/* SPDX-License-Identifier: Apache-2.0
 *
 * programs.h - a program that the user names: a file, or evidence of the casebook by its SHA-256.
 */
#ifndef HMI_CLI_PROGRAMS_H
#define HMI_CLI_PROGRAMS_H

#include "casebook/store.h"
#include "cli/command.h"
#include "differ/program.h"

enum {
    HMI_PROGRAM_CPU_MS = 10000, /* one program was asked for: it may take longer than one of many */
    HMI_PROGRAM_MEMORY = 256 << 20
};

/* HMI_JAIL_OPTIONS for one program. */
#define HMI_PROGRAM_OPTIONS                                                                     \
    { "cpu-ms", "MS", "processor time for one program (default 10000)", 0, false },             \
        { "memory-max", "BYTES", "memory for reading one program (default 256M)", 0, false },   \
        { "size-max", "BYTES", "do not read files larger than this (default 1G)", 0, false },   \
    {                                                                                           \
        "allow-weak-jail", NULL,                                                                \
            "read programs even where the kernel offers neither seccomp nor Landlock", 0, false \
    }

/* Seals it for the jail. Files come first; 64 hex digits that name no file are evidence, and
 * `*store` is opened for them when it is not. False, with the exit code, after telling why. */
bool hmi_program_seal(hmi_invocation *inv, const char *operand, uint64_t size_max,
                      hmi_store **store, int *ret_fd, uint64_t *ret_size, int *ret_code);
/* The jail's bounds for one program, as given or as above. */
bool hmi_program_jail(const hmi_invocation *inv, hmi_jail_options *ret, uint64_t *ret_size_max);
/* Tells on standard error what was not read of it; true when there is something to work with. */
bool hmi_program_told(const hmi_invocation *inv, const hmi_program *program);
/* Of a function: its name, or "sub_401000". */
hm_text hmi_function_label(hmi_arena *arena, const hmi_listed_function *function);
/* Index of the function that a NAME or ADDR names; SIZE_MAX when none does. */
size_t hmi_function_named(const hmi_program *program, hm_text named);
/* "name", "format", "functions", "verdict", "reason", "notes". */
void hmi_program_json(hmi_json_writer *w, const char *key, const hmi_program *program);
/* "address", "offset", "name", "instructions", "library"... of a function, as an open object. */
void hmi_function_json(hmi_json_writer *w, const hmi_listed_function *function);
void hmi_address_json(hmi_json_writer *w, const char *key, uint64_t address);

#endif
