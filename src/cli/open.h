/* SPDX-License-Identifier: Apache-2.0
 *
 * open.h - what nearly every command does first.
 */
#ifndef HMI_CLI_OPEN_H
#define HMI_CLI_OPEN_H

#include "casebook/store.h"
#include "cli/command.h"
#include "jail/jail.h"

/* Opens the invocation's casebook. False, with *ret_code the exit code, after telling why. */
bool hmi_open_casebook(hmi_invocation *inv, bool read_only, hmi_store **ret_store, int *ret_code);
/* Looks an incident up by the name the user typed; same convention. */
bool hmi_open_incident(hmi_invocation *inv, hmi_store *store, const char *name, hmi_incident *ret,
                       int *ret_code);
/* An operand as text: command lines may hold any bytes. */
bool hmi_operand_text(hmi_invocation *inv, const char *operand, hm_text *ret, int *ret_code);

/* The options that bound reading, shared by add and baseline learn. */
#define HMI_JAIL_OPTIONS                                                                        \
    { "cpu-ms", "MS", "processor time for one piece of evidence (default 2000)", 0, false },    \
        { "memory-max", "BYTES", "memory for reading one piece (default 64M)", 0, false },      \
        { "size-max", "BYTES", "do not read files larger than this (default 64G)", 0, false },  \
        { "jobs", "N", "pieces read side by side (default: one a processor)", 0, false },       \
    {                                                                                           \
        "allow-weak-jail", NULL,                                                                \
            "read evidence even where the kernel offers neither seccomp nor Landlock", 0, false \
    }
bool hmi_given_jail(const hmi_invocation *inv, hmi_jail_options *ret, uint64_t *ret_size_max);

#endif
