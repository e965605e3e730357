/* SPDX-License-Identifier: Apache-2.0
 *
 * align.h - two functions, instruction beside instruction.
 */
#ifndef HMI_DIFFER_ALIGN_H
#define HMI_DIFFER_ALIGN_H

#include "base/arena.h"
#include "code/listing.h"

enum {
    HMI_ALIGN_CELLS_MAX = 1 << 26 /* rows times rows; more are shown one behind the other */
};

typedef enum hmi_line_kind {
    HMI_LINE_SAME,    /* equal but for addresses */
    HMI_LINE_CHANGED, /* the same operation, other operands */
    HMI_LINE_LEFT,    /* only on the left */
    HMI_LINE_RIGHT
} hmi_line_kind;

typedef struct hmi_line {
    hmi_line_kind kind;
    uint32_t left, right; /* rows; meaningless where the kind has none */
} hmi_line;

/* Do these two addresses mean the same: the same function, the same name? */
typedef bool hmi_same_target(const void *with, const hmi_row *left, const hmi_row *right);

int hmi_align(hmi_arena *arena, const hmi_row *left, size_t left_count, const hmi_row *right,
              size_t right_count, hmi_same_target *same, const void *with, hmi_line **ret_lines,
              size_t *ret_count, hm_err *err);

#endif
