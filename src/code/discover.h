/* SPDX-License-Identifier: Apache-2.0
 *
 * discover.h - all functions of a program.
 */
#ifndef HMI_CODE_DISCOVER_H
#define HMI_CODE_DISCOVER_H

#include "code/walk.h"

enum {
    HMI_CODE_FUNCTIONS_MAX = 1 << 19,
    HMI_CODE_DISCOVERY_MAX = 1 << 25,    /* instructions decoded to find functions */
    HMI_CODE_INSTRUCTIONS_MAX = 1 << 23, /* instructions fingerprinted in one program */
    HMI_LINE_STRIDE = 512                /* bytes of code that share a count of functions */
};

typedef struct hmi_function {
    uint64_t start;
    uint32_t window; /* bytes to the next function */
    uint32_t import; /* 1 + index of the import that this stub jumps to; 0: no stub */
    uint64_t alias;  /* the function that this one only jumps to; 0: none */
} hmi_function;

typedef struct hmi_discovery {
    hmi_function *functions; /* by address */
    size_t count;
    uint64_t covered;       /* bytes that unwind tables claim */
    uint64_t unwind_bad_at; /* in .eh_frame, HM_OFFSET_NONE when it was sound */
    bool cut;               /* a limit left something out */
    hmi_marks marks;        /* flags of starts, by line position */
    uint64_t *listed;       /* bitmap over the line: where functions[] begin */
    uint32_t *before;       /* how many begin before each HMI_LINE_STRIDE of it */
    hmi_ranges *ranges;
    uint8_t *spare; /* memory that discovery needed and nobody needs now */
    size_t spare_len;
} hmi_discovery;

int hmi_discover(hmi_discovery *discovery, hmi_walk *walk, hmi_arena *arena, hm_err *err);
/* Index of the function that begins there, SIZE_MAX if none. */
size_t hmi_function_at(const hmi_discovery *discovery, uint64_t address);
/* exit, abort and the like. */
bool hmi_import_stops(const hmi_import *import);

#endif
