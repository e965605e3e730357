/* SPDX-License-Identifier: Apache-2.0
 *
 * diff_show.h - what diff found: for people, for programs.
 */
#ifndef HMI_CLI_DIFF_SHOW_H
#define HMI_CLI_DIFF_SHOW_H

#include "cli/programs.h"
#include "differ/align.h"
#include "differ/pair.h"

/* A function whose instructions are shown; `left` or `right` is SIZE_MAX when it has no partner. */
typedef struct hmi_shown_code {
    size_t left, right;
    hmi_code_rows left_code, right_code;
    hmi_line *lines;
    size_t line_count;
} hmi_shown_code;

typedef struct hmi_diff {
    hmi_program left, right;
    hmi_pairing pairing;
    hmi_shown_code *codes;
    size_t code_count;
    size_t listed_max; /* of each list */
    bool whole;        /* equal instructions are not folded */
    hmi_arena *arena;
} hmi_diff;

void hmi_diff_text(hmi_out *out, const hmi_diff *diff);
void hmi_diff_json(hmi_out *out, const hmi_diff *diff);

#endif
