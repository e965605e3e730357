/* SPDX-License-Identifier: Apache-2.0
 *
 * program.h - a program as a list of functions, read in the jail.
 *
 *     hmi_jail_open(&options, &jail, err);
 *     hmi_program_read(jail, fd, size, name, arena, &program, err);
 *     hmi_program_code(jail, &program, addresses, count, arena, codes, err);
 *
 * Everything lives in the arena but the descriptor, which stays the caller's.
 */
#ifndef HMI_DIFFER_PROGRAM_H
#define HMI_DIFFER_PROGRAM_H

#include "code/fingerprint.h"
#include "code/listing.h"
#include "jail/jail.h"

enum {
    HMI_DIFFER_FUNCTIONS_MAX = 1 << 17, /* of one program; the rest is left out and said */
    HMI_DIFFER_ROWS_MAX = 1 << 20,      /* instructions of one reading */
    HMI_DIFFER_NOTES_MAX = 8            /* kept of what was damaged */
};

typedef struct hmi_listed_function {
    uint64_t address;
    uint64_t offset; /* in the file, HM_OFFSET_NONE if nowhere */
    hm_text name;    /* empty: no symbol */
    hm_bytes print;
    hmi_fingerprint parsed;
    uint32_t *calls; /* indices, in the order of the code */
    uint32_t call_count;
    uint32_t *callers;
    uint32_t caller_count;
    hm_text library;        /* known from the harmless world under this name; empty: not */
    uint32_t library_files; /* how many harmless files carry it */
} hmi_listed_function;

typedef struct hmi_program {
    int fd;
    uint64_t size;
    hm_bytes name;
    hm_text format;
    hmi_listed_function *functions; /* by address, no two with the same */
    size_t count;
    hmi_verdict verdict;
    hm_text reason; /* for other verdicts than READ */
    hm_text notes[HMI_DIFFER_NOTES_MAX];
    size_t note_count;
    bool cut; /* more functions than are listed */
} hmi_program;

/* HM_OK whatever the bytes are: the verdict says. Fails only when the jail or memory does. */
int hmi_program_read(hmi_jail *jail, int fd, uint64_t size, hm_bytes name, hmi_arena *arena,
                     hmi_program *ret, hm_err *err);
/* Index of the function that holds an address, or that begins before it; SIZE_MAX if none does. */
size_t hmi_program_find(const hmi_program *program, uint64_t address);

typedef struct hmi_code_rows {
    uint64_t address;
    hmi_row *rows;
    size_t count, capacity;
} hmi_code_rows;
/* The instructions of functions that begin at these addresses, in their order, at most
 * HMI_JAIL_SPELLED_MAX; what could not be had has no rows. */
int hmi_program_code(hmi_jail *jail, const hmi_program *program, const uint64_t *addresses,
                     size_t count, hmi_arena *arena, hmi_code_rows *ret_codes, hm_err *err);

#endif
