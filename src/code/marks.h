/* SPDX-License-Identifier: Apache-2.0
 *
 * marks.h - what is known of few places on the line of code.
 *
 * A bitmap costs a bit for each byte of code, and most programs of 30 MB have 100,000 functions:
 * their flags stand in a small table instead.
 */
#ifndef HMI_CODE_MARKS_H
#define HMI_CODE_MARKS_H

#include "base/arena.h"
#include "code/ranges.h"

enum {
    HMI_MARK_STRONG = 1, /* a start that more than an unwind table names */
    HMI_MARK_PART = 2,   /* another function branches there */
    HMI_MARK_STOPS = 4,  /* a start that never comes back */
    HMI_MARK_BITS = 3    /* ... in the lowest bits of a slot, the line position above them */
};
_Static_assert((uint64_t)HMI_CODE_EXECUTABLE_MAX << HMI_MARK_BITS <= UINT32_MAX, "fits a slot");

typedef struct hmi_marks {
    uint32_t *slots; /* 0: empty */
    size_t count, capacity;
    hmi_arena *arena;
} hmi_marks;

/* False when the arena refused. */
bool hmi_marks_add(hmi_marks *marks, uint64_t line, unsigned flag);

static inline size_t hmi_mark_slot(uint64_t line, size_t capacity)
{
    return (size_t)(line * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (capacity - 1);
}

static inline unsigned hmi_marks_get(const hmi_marks *marks, uint64_t line)
{
    if (marks->count == 0) {
        return 0;
    }
    size_t at = hmi_mark_slot(line, marks->capacity);
    for (; marks->slots[at] != 0; at = (at + 1) & (marks->capacity - 1)) {
        if (marks->slots[at] >> HMI_MARK_BITS == line) {
            return marks->slots[at] & ((1u << HMI_MARK_BITS) - 1);
        }
    }
    return 0;
}

#endif
